/* The schema of the log's entries, as a table: which kinds there are, and which keys each has.  A new kind is a row; a
 * kind that was ever written keeps its keys for ever, since old entries must go on to check.
 */
#ifndef ENTRY_KINDS_H
#define ENTRY_KINDS_H

#include <stdbool.h>
#include <stddef.h>

enum entry_type {
    ENTRY_WORD,   /* one of the row's words */
    ENTRY_ID,     /* entry_id_ok() */
    ENTRY_IDS,    /* a list of ids, at most LIMIT_ENTRY_LIST */
    ENTRY_TIME,   /* 2021-10-29T14:05:00Z */
    ENTRY_MOMENT, /* such a time, or "unknown" */
    ENTRY_NUMBER, /* a whole number, 0 to 2^53-1: never a number of people */
    ENTRY_COUNT,  /* a number of people or of what belongs to people: 10 and more, or "<10" */
    ENTRY_BOOLEAN,
    ENTRY_HASH,    /* 64 lower-case hex digits */
    ENTRY_HASHES,  /* a list of such, at most LIMIT_ENTRY_LIST */
    ENTRY_HEX16,   /* 16 bytes as 32 lower-case hex digits */
    ENTRY_ORIGIN,  /* checkpoint_origin_ok() */
    ENTRY_COUNTRY, /* two capitals of ISO 3166-1 */
    ENTRY_OBJECT,  /* the row's inner rows */
    ENTRY_BODY,    /* the body of a kind that enters sealed */
};

struct entry_rule {
    const char *key; /* NULL ends the rows */
    enum entry_type type;
    bool optional;
    const char *const *words;        /* ENTRY_WORD: NULL ends them */
    const struct entry_rule *inside; /* ENTRY_OBJECT: one level only */
};

struct entry_kind {
    const char *name;
    bool sealed;                    /* enters as `sealed` and is released later */
    const struct entry_rule *rules; /* besides "kind" and "time" */
};

/* NULL for an unknown one. */
const struct entry_kind *entry_kind_find(const char *name);
/* For lists and tests; NULL past the last. */
const struct entry_kind *entry_kind_at(size_t index);

#endif
