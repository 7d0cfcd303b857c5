/* The gate: whether a hand-over may be made at all, and of whom.  Pure decisions; each reason names its rule.
 *
 * Rules: CK-16 (contract), CK-18 and A9-2-d (special data leaves the body only with consent, unless to a processor), CK-19
 * (consent), CK-20 and A21.2 (objection), CK-35 (statuses), A5-1e (end dates).
 */
#ifndef GATE_H
#define GATE_H

#include "config.h"
#include "recipient.h"

struct gate_request {
    const struct recipient *recipient;
    const struct purpose *purpose;
    const struct field *const *fields; /* that are to be given */
    size_t field_count;
    const struct field *const *told; /* that the choice of people tells: need not be agreed, but are given all the same */
    size_t told_count;
    bool membership_is_special; /* config.h */
    int32_t today;              /* DAY_UNKNOWN: nothing about the contract's time can be said */
};

/* Why the whole is refused.  A recorded hand-over is only marked with these. */
enum gate_refusal {
    GATE_FINE = 0,
    GATE_CONTRACT_OVER = 1 << 0,
    GATE_PURPOSE_NOT_AGREED = 1 << 1,
    GATE_FIELD_NOT_AGREED = 1 << 2,
    GATE_FIELD_NOT_COVERED = 1 << 3, /* the purpose does not cover a field */
    GATE_NO_CONTRACT = 1 << 4,       /* marks only */
    GATE_BEFORE_CONTRACT = 1 << 5,   /* given before the contract's day; marks only */
};
/* All that hold; `ret_field` is the first field not agreed or, if all are, the first not covered (may be NULL).  The last day of a
 * contract still counts.  Ids of the source's own (TYPE_ID) need not be covered, but agreed. */
unsigned gate_refusals(const struct gate_request *r, const struct field **ret_field);
err gate_refuse(const struct gate_request *r); /* OK, or the error for the first reason that refuses */
void gate_marks(unsigned refusals, struct buf *to); /* closed words, joined by commas */

/* Whether each person's consent is needed: the purpose rests on it, or special data leaves the body (to anybody but a processor)
 * on a ground of Article 9 that forbids it without: 9(2)(a), 9(2)(d), or none.  Special are the fields of that category, criminal
 * ones, and in a party, union or church all of membership; of those given and of those that the choice tells.  A purpose that covers
 * nobody but members (former members, applicants, those refused) tells membership by itself. */
bool gate_needs_consent(const struct gate_request *r);

enum gate_reason { GATE_IN, GATE_OUT_STATUS, GATE_OUT_OBJECTED, GATE_OUT_NO_CONSENT, GATE_OUT_PAST_END, GATE_REASONS };
struct gate_person {
    bool covered;   /* the purpose covers her status */
    bool objects;   /* to this purpose, for this recipient or all */
    bool consents;  /* gate_consents() */
    bool past_end;  /* some kind of detail that would be given should be gone */
};
/* Whether what she agreed to is enough.  For a processor a consent to the purpose is; a body of its own must be named in it:
 * one "for all" names nobody (ICO-CON-2, CK-19). */
bool gate_consents(const struct facts *f, uint16_t purpose, uint16_t recipient, bool processor, int64_t now);
/* The first of these reasons that holds, in this order: status, objection, consent, end date. */
enum gate_reason gate_person(const struct gate_person *p, bool needs_consent, bool even_past_end);

#endif
