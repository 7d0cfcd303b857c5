/* What a command says: the result on standard output, messages and progress on standard error.
 *
 * With --json exactly one JSON document goes to standard output, also on failure; without it plain words.  A command fills both
 * as it goes (out_set and out_say, of which one is passed over) and out_finish() prints them once, so that nothing is claimed
 * before the command is done.  Long lists go out at once through out_bulk().
 * Failures of out_set and out_say are remembered and come out of out_finish().
 */
#ifndef OUT_H
#define OUT_H

#include <jansson.h>

#include "buf.h"

enum { OUT_TEXT_BYTES = 64 << 20, OUT_BULK_BYTES = 1 << 16 };

struct out {
    bool json;
    json_t *doc;      /* an object */
    struct buf text;  /* plain words */
    struct buf bulk;  /* on its way to standard output */
    bool poor;        /* there was no memory for a value */
    bool raw;         /* out_bulk() was used: the words of the result follow on standard error */
    bool terminal;    /* standard error is one */
    int64_t shown_ms; /* when progress was last shown; 0: never */
};

err out_start(struct out *o, bool json);
void out_free(struct out *o); /* for CLEANUP */

/* A key of the document; takes `value` over, NULL is no memory. */
void out_set(struct out *o, const char *key, json_t *value);
void out_set_text(struct out *o, const char *key, const char *value);
void out_set_number(struct out *o, const char *key, uint64_t value);

/* Words of the result. */
void out_say(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_put(struct out *o, struct view text);
/* 12347 as "12,347". */
struct out_digits {
    char text[32];
};
struct out_digits out_digits(uint64_t n);
#define OUT_N(n) (out_digits((uint64_t)(n)).text)

/* Lines for other programs, to standard output as they come; with --json too, instead of the document. */
err out_bulk(struct out *o, struct view bytes);

/* At once, to standard error. */
void out_note(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Only on a terminal, at most ten times a second.  `total` 0: not known. */
void out_progress(struct out *o, const char *what, uint64_t done, uint64_t total);
void out_progress_end(struct out *o);

/* Prints what there is and, if `e` failed, the error: what, where, what to do.  Returns the exit code. */
int out_finish(struct out *o, err e);

#endif
