/* JSON of this room, written with one check at the end and read strictly: every key, no other, whole numbers, texts
 * within their limit and free of control characters, times as RFC 3339 UTC or null. For the sources of src/incident
 * only.
 */
#ifndef INCJSON_H
#define INCJSON_H

#include <jansson.h>

#include "buf.h"
#include "err.h"
#include "mem.h"
#include "when.h"

/* Writing.  Zero-initialise with incjson_object(); the first failure is remembered; free with incjson_drop (CLEANUP). */
struct incjson {
    json_t *object;
    bool bad;
};

struct incjson incjson_object(void);
void incjson_drop(struct incjson *j);
void incjson_put_text(struct incjson *j, const char *key, const char *text); /* NULL is "" */
void incjson_put_number(struct incjson *j, const char *key, uint64_t number);
void incjson_put_bool(struct incjson *j, const char *key, bool value);
void incjson_put_time(struct incjson *j, const char *key, int64_t at); /* null where unknown, either way */
void incjson_put_texts(struct incjson *j, const char *key, const char *const *texts, size_t count);
void incjson_put(struct incjson *j, const char *key, json_t *value_taken); /* NULL is a failure */
void incjson_append(json_t *array, struct incjson *object_taken, bool *bad);
json_t *incjson_whole(json_t *list_taken, bool bad); /* the list; NULL if anything failed */
json_t *incjson_texts_json(const char *const *texts, size_t count); /* a list of them; NULL if anything failed */
json_t *incjson_take(struct incjson *j); /* NULL if anything failed */
/* Takes the object; ERR_NOMEM if anything failed. */
err incjson_finish(struct incjson *j, json_t **ret);
/* Compact, keys sorted. */
err incjson_dump(struct buf *to, const json_t *from);
/* One document, no duplicate keys, nothing after it.  `ret` is a new reference. */
err incjson_load(struct view bytes, size_t most, json_t **ret);
void incjson_release(json_t **j); /* for CLEANUP */

/* Reading an object key by key.  Errors are ERR_INVALID naming the key. */
struct incjson_in {
    struct arena *arena;
    const json_t *object;
    size_t taken;
};

err incjson_open(struct arena *a, const json_t *object, const char *what, struct incjson_in *ret);
err incjson_text(struct incjson_in *in, const char *key, size_t most, const char **ret);
err incjson_number(struct incjson_in *in, const char *key, uint64_t most, uint64_t *ret);
err incjson_bool(struct incjson_in *in, const char *key, bool *ret);
err incjson_time(struct incjson_in *in, const char *key, int64_t if_null, int64_t *ret);
err incjson_array(struct incjson_in *in, const char *key, size_t most, const json_t **ret);
err incjson_inner(struct incjson_in *in, const char *key, struct incjson_in *ret);
err incjson_texts(struct incjson_in *in, const char *key, size_t most, size_t most_bytes, const char *const **ret,
                  size_t *ret_count);
/* Fails if the object had a key that nobody asked for. */
err incjson_close(const struct incjson_in *in);

/* Valid UTF-8, at most `most` bytes, no control characters but line feed and tab. */
err incjson_check_text(const char *text, size_t most, const char *what);

#endif
