/* What the measuring commands share: a folder of their own with an installation in it, commands run as processes, clocks, and figures
 * told beside their limits and aims.
 *
 * The folder is made under --dir (else in the present one), so that what is measured is that disk, and is removed at the end; with the
 * slot gone, the keeper and signer that served it end by themselves.
 */
#ifndef BENCH_H
#define BENCH_H

#include "cli.h"

struct bench {
    struct cli *c;
    char root[LIMIT_PATH_BYTES];
    const char *data, *slot; /* in it; nothing there before bench_init() */
    json_t *figures;
    int alive; /* an end of a pipe: closed, nobody measures here any more */
};

#define BENCH_NONE ((struct bench){.alive = -1}) /* to begin with: for CLEANUP */
err bench_begin(struct cli *c, struct bench *ret);
void bench_end(struct bench *b); /* for CLEANUP */
/* A path in the folder, in the command's arena. */
const char *bench_path(const struct bench *b, const char *name);

/* --- people --- */

enum { BENCH_PEOPLE_MAX = 20000000 };

/* --people, checked; `otherwise` where it is not given. */
err bench_count(struct cli *c, const char *option, uint64_t otherwise, uint64_t max, uint64_t *ret);
/* A new file with invented people.  `ret_bytes` may be NULL. */
err bench_register(struct cli *c, const char *path, uint64_t people, uint64_t seed, uint64_t *ret_bytes);

/* --- commands as processes --- */

struct bench_ran {
    double seconds;
    double processor;    /* seconds of processors that the command's process used; not its keeper's */
    uint64_t peak_bytes; /* of the memory of the command's process */
};

/* `words` end with NULL; -C is added, and --json where `doc` wants what it prints (NULL: nobody does).  A command that fails is an error, and its
 * words are shown.  Whoever calls must be small: a process counts as at least as large as its starter was. */
err bench_run(struct bench *b, const char *const *words, struct bench_ran *ret, json_t **doc);
/* `candour init`, for practice. */
err bench_init(struct bench *b);
/* The most memory that the keeper of the slot ever had; 0 where none runs. */
uint64_t bench_keeper_peak(const struct bench *b);
/* The installation, opened in this process. */
err bench_open(struct bench *b, enum store_mode mode, struct vault **ret);

/* --- measuring --- */

double bench_now(void); /* seconds, of a clock that only goes forward */
double bench_processor(void); /* seconds of processors that this process used */

/* Times of single steps. */
struct bench_times {
    double *list;
    size_t count, room;
};
err bench_times_new(size_t room, struct bench_times *ret);
void bench_times_free(struct bench_times *t); /* for CLEANUP */
void bench_times_add(struct bench_times *t, double seconds); /* past the room they are dropped */
double bench_times_at(struct bench_times *t, unsigned percent); /* sorts */

struct bench_figure {
    const char *name, *unit;
    double value;
    const char *limit_name; /* NULL: there is none in this run */
    double limit;
    double least, most; /* the aim for `value`; 0: none */
};
/* Adds it to the answer, in words and as JSON: {name, unit, value, limit?, aim?, met?}. */
void bench_figure(struct bench *b, const struct bench_figure *f);
/* The machine, the figures: last of all. */
void bench_say(struct bench *b);

#endif
