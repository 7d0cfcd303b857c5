/* Shared by match*.c only: who is found under the ids, addresses and names of rows, before it is judged whom they mean. */
#ifndef MATCH_INT_H
#define MATCH_INT_H

#include "match.h"

/* By id all of them count; who is found by a postcode has the family name of the row too (match.h, 2 and 3). */
enum match_via { VIA_ID, VIA_EMAIL, VIA_POSTCODE, VIA_FAMILY };

struct match_hit {
    uint32_t row, ordinal;
    enum match_via via;
    bool past;
    bool named;    /* match_narrow(): to be opened */
    uint32_t name; /* match_narrow(): which of the names looked up */
};

/* One token to be looked up for one row. */
struct match_question {
    uint32_t row;
    enum match_via via;
    uint8_t type;
    size_t at, len; /* its value, in `bytes` */
};

struct match_lookup {
    const struct match_access *access;
    const struct match_row *rows;
    struct match *results; /* only `never` is set here */
    struct buf bytes;
    struct match_question *questions;
    size_t count, room;
    struct match_hit *hits; /* by row and ordinal */
    size_t hit_count, hit_room, hit_max;
    bool too_many; /* more than hit_max: the hits are not whole, ask for fewer rows at once */
};

void match_lookup_free(struct match_lookup *l);
/* Of the first `row_count` rows.  Hits of before are forgotten; each person of each row comes once, by the best that she was found by. */
err match_look_up_ids(struct match_lookup *l, size_t row_count);
/* Only of rows whose result is MATCH_NONE. */
err match_look_up_addresses(struct match_lookup *l, size_t row_count);
/* The first hit of another row. */
size_t match_row_end(const struct match_lookup *l, size_t from);

/* For qsort() of ordinals. */
int match_by_number(const void *a, const void *b);

#endif
