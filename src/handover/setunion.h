/* Who is in any of very many stored sets, for several unions in one pass: piece by piece of 65,536 people, so that what is being united
 * stays in the processor's caches, and no set is ever decoded whole.
 *
 *     begin; for each hand-over: add its people, then with() each of its fields; end.
 *
 * Memory: the sets of a pass beside those kept (setkept.h), and 8 KB a union.
 */
#ifndef SETUNION_H
#define SETUNION_H

#include "handover.h"

struct set_union;

/* Bytes of stored sets. */
struct set_union_memory {
    size_t pass; /* united at a time: LIMIT_SETS_PASS_BYTES */
    size_t kept; /* for the next question: LIMIT_SETS_KEPT_BYTES, or a quarter of the machine's memory if that is less */
};
err set_union_begin(struct vault *v, const struct set_union_memory *memory, struct set_union **ret); /* NULL: the limits */
void set_union_free(struct set_union **u); /* for CLEANUP */

/* The hand-over's people go into union `to`; unions are numbered from 0, below SET_UNIONS_MAX. */
enum { SET_UNIONS_MAX = 2048 };
err set_union_people(struct set_union *u, const struct handover *h, size_t to);
/* Of the hand-over added last: who had a value of field `i`; who of a system is exact. */
err set_union_field(struct set_union *u, const struct handover *h, size_t i, size_t to);
err set_union_exact(struct set_union *u, const struct handover *h, size_t to);

/* Unites: sets[n] grows by union n.  ERR_CORRUPT: what is stored is no set. */
err set_union_end(struct set_union *u, struct peopleset **sets, size_t count);

#endif
