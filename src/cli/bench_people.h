/* Invented people for measuring and practising: the same number and seed give the same bytes, for ever.
 *
 * Names are put together from invented syllables in fourteen scripts; e-mail addresses are of members.example; telephone numbers are
 * of the ranges that the regulator keeps free for fiction; postcodes begin with letters that none begins with.  Among them are
 * couples with one address, e-mail and telephone, leavers, people who came back (a row a membership), and all kinds of gaps.
 */
#ifndef BENCH_PEOPLE_H
#define BENCH_PEOPLE_H

#include "buf.h"

struct bench_people {
    uint64_t state;      /* of the random numbers */
    uint64_t count;      /* people in all */
    struct buf home;     /* shared by couples: e-mail, address, city, postcode, telephone as cells */
    struct buf last;     /* last name as a cell */
};

void bench_people_start(struct bench_people *b, uint64_t count, uint64_t seed);
void bench_people_end(struct bench_people *b); /* for CLEANUP */
void bench_people_header(struct buf *to);
/* The rows of person `i` of 0 .. count-1; to be called in order. */
void bench_people_rows(struct bench_people *b, uint64_t i, struct buf *to);

#endif
