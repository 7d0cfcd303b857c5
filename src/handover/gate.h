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
    bool tells_membership; /* the choice of people tells that they are or were members, or another special detail */
    bool membership_is_special;
    int32_t today;
};

/* Why the whole is refused.  A recorded hand-over is only marked with these. */
enum gate_refusal {
    GATE_FINE = 0,
    GATE_CONTRACT_OVER = 1 << 0,
    GATE_PURPOSE_NOT_AGREED = 1 << 1,
    GATE_FIELD_NOT_AGREED = 1 << 2,
    GATE_FIELD_NOT_COVERED = 1 << 3, /* the purpose does not cover a field */
    GATE_NO_CONTRACT = 1 << 4,       /* marks only */
};
/* All that hold; `ret_field` is the first field not agreed or not covered (may be NULL). */
unsigned gate_refusals(const struct gate_request *r, const struct field **ret_field);
err gate_refuse(const struct gate_request *r); /* OK, or the error for the first reason that refuses */
void gate_marks(unsigned refusals, struct buf *to); /* closed words, joined by commas */

/* Whether each person's consent is needed: the purpose rests on it, or special data leaves the body. */
bool gate_needs_consent(const struct gate_request *r);

enum gate_reason { GATE_IN, GATE_OUT_STATUS, GATE_OUT_OBJECTED, GATE_OUT_NO_CONSENT, GATE_OUT_PAST_END, GATE_REASONS };
struct gate_person {
    bool covered;   /* the purpose covers her status */
    bool objects;   /* to this purpose, for this recipient or all */
    bool consents;  /* to this purpose; where the recipient is no processor, naming it */
    bool past_end;  /* some kind of detail that would be given should be gone */
};
enum gate_reason gate_person(const struct gate_person *p, bool needs_consent, bool even_past_end);

#endif
