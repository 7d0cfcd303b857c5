/* The one error type of the tree.  A function that can fail returns `err`; the compiler insists that the caller looks at
 * it.  The words for people are kept apart, per thread, and are made of literals, whole numbers and names of things (a
 * file, a column, a field, an id that the officer typed): never of a person's values.  See err_name().
 *
 * Threads: each thread has its own last message.
 */
#ifndef ERR_H
#define ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum err_kind {
    ERR_OK,
    ERR_INVALID,   /* what came from outside is wrong: the data or the gate said no */
    ERR_USAGE,     /* the command line is wrong */
    ERR_NOT_FOUND, /* no such thing */
    ERR_CONFLICT,  /* it is there already, or changed meanwhile */
    ERR_DENIED,    /* not allowed for this caller */
    ERR_GONE,      /* erased: no key is left */
    ERR_LIMIT,     /* a limit of limits.h */
    ERR_BUSY,      /* somebody else is at it; try again */
    ERR_IO,        /* the system or another process failed */
    ERR_CORRUPT,   /* our own stored bytes are not what we wrote */
    ERR_NOMEM,
    ERR_INTERNAL, /* a mistake of ours */
    ERR_KIND_COUNT
};

#ifdef __clang__
#define ERR_MUST_USE __attribute__((warn_unused_result))
#else
#define ERR_MUST_USE
#endif

/* One field, so that neither an int nor a bool passes for it. */
typedef struct ERR_MUST_USE err {
    enum err_kind kind;
} err;

#define OK ((err){ERR_OK})

/* An argument for a `{}` in a message: a number, or the name of a thing. */
struct err_arg {
    const char *name; /* NULL: a number */
    size_t name_len;
    long long number;
};

struct err_arg err_int(long long number);
/* `name` is something that the officer or the catalogue named: a file, a column, a field, an id.  Never a cell of a file,
 * never a value of a person.  Control characters are dropped, long names cut. */
struct err_arg err_name(const char *name);
struct err_arg err_name_n(const char *name, size_t len);

/* Makes an error.  `what` says what happened, `todo` what to do about it; both are string literals in which each `{}`
 * takes the next argument, counting through `what` first. */
#define err_new(kind, what, todo) err_fail((kind), "" what, "" todo, 0, NULL)
#define err_newf(kind, what, todo, ...)                                                                                      \
    err_fail((kind), "" what, "" todo, sizeof((struct err_arg[]){__VA_ARGS__}) / sizeof(struct err_arg),                  \
             (struct err_arg[]){__VA_ARGS__})
void err_record(const char *what, const char *todo, size_t count, const struct err_arg *args);
/* Inline, so that the compiler sees that a failure is never OK. */
static inline err err_fail(enum err_kind kind, const char *what, const char *todo, size_t count, const struct err_arg *args)
{
    err_record(what, todo, count, args);
    return (err){kind};
}

/* An error whose words another of our own processes made by these rules. */
err err_said(enum err_kind kind, const void *what, size_t what_len, const void *todo, size_t todo_len);

/* Adds the place to the newest error: `file` as the officer named it; line and column from 1, 0 where there is none. */
err err_at(err e, const char *file, uint64_t line, uint64_t column);

/* Same kind and words as the system's `errno` calls for; `doing` is a literal such as "write the backup". */
#define err_system(doing) err_errno("" doing)
err err_errno(const char *doing);

/* The words of the newest error of this thread; empty strings where there are none. */
struct err_text {
    char what[1024];
    char where[512];
    char todo[1024];
    uint64_t line, column;
};
const struct err_text *err_text(void);
void err_clear(void);

/* What a kind means for the outside: `exit` of the command line (1 the data said no, 2 usage, 3 input/output). */
struct err_policy {
    const char *name;
    int exit;
};
const struct err_policy *err_policy(enum err_kind kind);

/* Deliberately goes on; `reason` is for the reader of the code. */
#define err_ignore(e, reason) err_ignored((e), "" reason)
void err_ignored(err e, const char *reason);

/* Early return.  The only macros with control flow. */
#define TRY(call)                                                                                                         \
    do {                                                                                                                  \
        err try_error_ = (call);                                                                                          \
        if (try_error_.kind != ERR_OK)                                                                                    \
            return try_error_;                                                                                            \
    } while (0)
#define ENSURE(condition, failure)                                                                                        \
    do {                                                                                                                  \
        if (!(condition))                                                                                                 \
            return (failure);                                                                                             \
    } while (0)

/* Our own mistake: says where and aborts, in every build. */
#define CHECK(condition)                                                                                                  \
    do {                                                                                                                  \
        if (!(condition))                                                                                                 \
            err_abort(__FILE__, __LINE__, #condition);                                                                    \
    } while (0)
_Noreturn void err_abort(const char *file, int line, const char *condition);

#define CLEANUP(function) __attribute__((cleanup(function)))

#endif
