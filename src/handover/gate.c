#include "gate.h"

static bool covered(const struct gate_request *r, const struct field *f)
{
    return purpose_covers_field(r->purpose, view_text(f->key)) || f->type == TYPE_ID;
}

unsigned gate_refusals(const struct gate_request *r, const struct field **ret_field)
{
    unsigned found = GATE_FINE;
    const struct field *not_agreed = NULL, *not_covered = NULL;
    int32_t from = r->recipient->contract, until = r->recipient->contract_until;
    if (r->today != DAY_UNKNOWN && until != DAY_UNKNOWN && r->today > until)
        found |= GATE_CONTRACT_OVER;
    if (r->today != DAY_UNKNOWN && from != DAY_UNKNOWN && r->today < from)
        found |= GATE_BEFORE_CONTRACT;
    if (from == DAY_UNKNOWN)
        found |= GATE_NO_CONTRACT;
    if (!recipient_agreed_purpose(r->recipient, r->purpose->key))
        found |= GATE_PURPOSE_NOT_AGREED;
    for (size_t i = 0; i < r->field_count; i++) {
        bool agreed = recipient_agreed_field(r->recipient, r->fields[i]->key), fits = covered(r, r->fields[i]);
        found |= (agreed ? 0u : GATE_FIELD_NOT_AGREED) | (fits ? 0u : GATE_FIELD_NOT_COVERED);
        not_agreed = (not_agreed || agreed) ? not_agreed : r->fields[i];
        not_covered = (not_covered || fits) ? not_covered : r->fields[i];
    }
    if (ret_field)
        *ret_field = not_agreed ? not_agreed : not_covered;
    return found;
}

err gate_refuse(const struct gate_request *r)
{
    const struct field *field;
    unsigned found = gate_refusals(r, &field);
    ENSURE(!(found & GATE_CONTRACT_OVER), err_newf(ERR_INVALID, "The contract with {} is over.",
           "Enter the new one with 'candour recipient edit {} --contract-until DATE', or give nothing.", err_name(r->recipient->id), err_name(r->recipient->id)));
    ENSURE(!(found & GATE_PURPOSE_NOT_AGREED), err_newf(ERR_INVALID, "The purpose {} is not agreed with {}.",
           "Agree it in the contract, then enter it among its purposes: 'candour recipient edit {} --purpose {} ...'.",
           err_name(r->purpose->key), err_name(r->recipient->id), err_name(r->recipient->id), err_name(r->purpose->key)));
    ENSURE(!(found & GATE_FIELD_NOT_AGREED), err_newf(ERR_INVALID, "The field {} is not agreed with {}.",
           "Leave it out of --fields, or agree it in the contract and enter it with 'candour recipient edit'.", err_name(field->key), err_name(r->recipient->id)));
    ENSURE(!(found & GATE_FIELD_NOT_COVERED), err_newf(ERR_INVALID, "The purpose {} does not cover the field {}.",
           "Leave it out of --fields, or enter the purpose anew with it ('candour purpose add').", err_name(r->purpose->key), err_name(field->key)));
    return OK;
}

void gate_marks(unsigned refusals, struct buf *to)
{
    static const struct {
        unsigned bit;
        const char *word;
    } words[] = {{GATE_NO_CONTRACT, "no-contract"},
                 {GATE_BEFORE_CONTRACT, "before-contract"},
                 {GATE_CONTRACT_OVER, "contract-over"},
                 {GATE_PURPOSE_NOT_AGREED, "purpose-not-agreed"},
                 {GATE_FIELD_NOT_AGREED, "field-not-agreed"},
                 {GATE_FIELD_NOT_COVERED, "field-not-covered"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!(refusals & words[i].bit))
            continue;
        buf_str(to, to->len ? "," : "");
        buf_str(to, words[i].word);
    }
}

static bool special(const struct gate_request *r, const struct field *f)
{
    return f->category == CATEGORY_SPECIAL || f->category == CATEGORY_CRIMINAL ||
           (f->category == CATEGORY_MEMBERSHIP && r->membership_is_special);
}

/* 9(2)(a) is consent; 9(2)(d) forbids to give it outside the body without. The other grounds are laws of their own. */
static bool ground_needs_consent(enum art9 ground)
{
    return ground == ART9_NONE || ground == ART9_A || ground == ART9_D;
}

/* Whoever is in its list is, was, or asked to be a member. */
static bool covers_own_only(const struct purpose *p)
{
    const uint32_t own = STATUS_BIT(STATUS_MEMBER) | STATUS_BIT(STATUS_FORMER) | STATUS_BIT(STATUS_APPLICANT) | STATUS_BIT(STATUS_REFUSED);
    return p->statuses && (p->statuses & ~own) == 0;
}

bool gate_needs_consent(const struct gate_request *r)
{
    if (purpose_is_consent(r->purpose))
        return true;
    if (recipient_is_processor(r->recipient->class_) || !ground_needs_consent(r->purpose->special))
        return false;
    bool any = r->membership_is_special && covers_own_only(r->purpose);
    for (size_t i = 0; i < r->field_count; i++)
        any = any || special(r, r->fields[i]);
    for (size_t i = 0; i < r->told_count; i++)
        any = any || special(r, r->told[i]);
    return any;
}

bool gate_consents(const struct facts *f, uint16_t purpose, uint16_t recipient, bool processor, int64_t now)
{
    return processor ? facts_consents(f, purpose, recipient, now) : facts_consents_by_name(f, purpose, recipient, now);
}

enum gate_reason gate_person(const struct gate_person *p, bool needs_consent, bool even_past_end)
{
    if (!p->covered)
        return GATE_OUT_STATUS;
    if (p->objects)
        return GATE_OUT_OBJECTED;
    if (needs_consent && !p->consents)
        return GATE_OUT_NO_CONSENT;
    if (p->past_end && !even_past_end)
        return GATE_OUT_PAST_END;
    return GATE_IN;
}
