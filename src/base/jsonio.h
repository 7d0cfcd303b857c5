/* JSON written with one check at the end and read strictly: every key, no other, whole numbers, texts within their limit and free of
 * control characters, times as RFC 3339 UTC or null.
 */
#ifndef JSONIO_H
#define JSONIO_H

#include <jansson.h>

#include "buf.h"
#include "err.h"
#include "mem.h"
#include "when.h"

void jsonio_release(json_t **j); /* for CLEANUP */
/* Values; NULL is no memory. */
json_t *jsonio_list(const char *const *texts, size_t count);
json_t *jsonio_moment(int64_t at);                   /* UTC; null where unknown, either way */
json_t *jsonio_whole(json_t *list_taken, bool bad); /* the list; NULL if anything failed */

/* Writing.  Zero-initialise with jsonio_object(); the first failure is remembered; free with jsonio_drop (CLEANUP). */
struct jsonio {
    json_t *object;
    bool bad;
};

struct jsonio jsonio_object(void);
void jsonio_drop(struct jsonio *j);
void jsonio_put_text(struct jsonio *j, const char *key, const char *text); /* NULL is "" */
void jsonio_put_number(struct jsonio *j, const char *key, uint64_t number);
void jsonio_put_bool(struct jsonio *j, const char *key, bool value);
void jsonio_put_time(struct jsonio *j, const char *key, int64_t at); /* null where unknown, either way */
void jsonio_put_texts(struct jsonio *j, const char *key, const char *const *texts, size_t count);
void jsonio_put(struct jsonio *j, const char *key, json_t *value_taken); /* NULL is a failure */
void jsonio_append(json_t *array, struct jsonio *object_taken, bool *bad);
json_t *jsonio_take(struct jsonio *j); /* NULL if anything failed */
/* Takes the object; ERR_NOMEM if anything failed. */
err jsonio_finish(struct jsonio *j, json_t **ret);
/* Compact, keys sorted. */
err jsonio_dump(struct buf *to, const json_t *from);
/* One document, no duplicate keys, nothing after it.  `ret` is a new reference. */
err jsonio_load(struct view bytes, size_t most, json_t **ret);

/* Reading an object key by key.  Errors are ERR_INVALID naming the key. */
struct jsonio_in {
    struct arena *arena;
    const json_t *object;
    size_t taken;
};

err jsonio_open(struct arena *a, const json_t *object, const char *what, struct jsonio_in *ret);
err jsonio_text(struct jsonio_in *in, const char *key, size_t most, const char **ret);
err jsonio_line(struct jsonio_in *in, const char *key, size_t most, const char **ret); /* not empty, without line feeds or tabs */
err jsonio_word(struct jsonio_in *in, const char *key, struct view *ret);              /* for a table; lives as long as the object */
err jsonio_value(struct jsonio_in *in, const char *key, const json_t **ret);           /* whatever it is */
err jsonio_number(struct jsonio_in *in, const char *key, uint64_t most, uint64_t *ret);
err jsonio_bool(struct jsonio_in *in, const char *key, bool *ret);
err jsonio_time(struct jsonio_in *in, const char *key, int64_t if_null, int64_t *ret);
err jsonio_array(struct jsonio_in *in, const char *key, size_t most, const json_t **ret);
err jsonio_inner(struct jsonio_in *in, const char *key, struct jsonio_in *ret);
err jsonio_texts(struct jsonio_in *in, const char *key, size_t most, size_t most_bytes, const char *const **ret,
                  size_t *ret_count);
/* Fails if the object had a key that nobody asked for. */
err jsonio_close(const struct jsonio_in *in);

/* Valid UTF-8, at most `most` bytes, no control characters but line feed and tab. */
err jsonio_check_text(const char *text, size_t most, const char *what);

#endif
