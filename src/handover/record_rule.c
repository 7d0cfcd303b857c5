/* Hand-overs by rule, and systems: who would have been in it, worked out from the register. */
#include "record_int.h"

#include <string.h>

struct picking {
    struct record_case *rc;
    struct handover_draft *d;
    const uint16_t *numbers;  /* of the fields given */
    const size_t *places;     /* of each in the draft */
    size_t count;
    const size_t *told;       /* places of what the selection tells */
    int64_t as_of;
    bool system;              /* any time in `span` counts */
    struct when_range span;
};

/* Whether she had a value at any time of the span; the first known value holds for all time before. */
static bool had(const struct picking *k, const struct person *p, uint16_t field)
{
    const struct field_numbers *n = &k->rc->c->numbers;
    if (!k->system)
        return person_has(p, n, field, k->as_of);
    if (person_has(p, n, field, k->span.earliest) || person_has(p, n, field, k->span.latest))
        return true;
    for (size_t i = 0; i < p->count; i++)
        if (p->values[i].field == field && p->values[i].since <= k->span.latest && p->values[i].until > k->span.earliest)
            return true;
    return false;
}

static err pick(void *ctx, const struct person *p, enum truth truth)
{
    struct picking *k = ctx;
    (void)truth; /* doubt includes */
    if (facts_file_only(&p->facts))
        return OK;
    peopleset_add(k->d->people, p->ordinal);
    for (size_t i = 0; i < k->count; i++)
        if (had(k, p, k->numbers[i]))
            peopleset_add(k->d->have[k->places[i]], p->ordinal);
    for (size_t i = 0; i < k->rc->given_count; i++)
        peopleset_add(k->d->have[k->told[i]], p->ordinal);
    return OK;
}

/* All keys: what is given, and what the choice tells. */
static err all_keys(const struct record_case *rc, const struct record_options *o, const char ***ret)
{
    const char **keys = arena_array(rc->a, o->field_count + rc->given_count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < o->field_count; i++)
        keys[i] = o->fields[i];
    for (size_t i = 0; i < rc->given_count; i++)
        keys[o->field_count + i] = rc->given[i];
    *ret = keys;
    return OK;
}

static int64_t as_of(const struct record_options *o, int64_t now)
{
    if (o->has_as_of)
        return o->as_of;
    return o->sent.latest == WHEN_UNKNOWN_LATE ? now : o->sent.latest;
}

err record_rule(struct record_case *rc, const struct record_options *o, const uint8_t key[32], struct handover *h)
{
    struct vault *v = rc->v;
    const char **keys;
    TRY(all_keys(rc, o, &keys));
    const struct field **fields = arena_array(rc->a, o->field_count + 1, sizeof *fields);
    uint16_t *numbers = arena_array(rc->a, o->field_count + 1, sizeof *numbers);
    size_t *places = arena_array(rc->a, o->field_count + 1, sizeof *places);
    size_t *told = arena_array(rc->a, rc->given_count + 1, sizeof *told);
    ENSURE(fields && numbers && places && told, mem_none());
    uint32_t categories = 0;
    for (size_t i = 0; i < o->field_count; i++) {
        TRY(record_field(rc->c, o->fields[i], &fields[i]));
        numbers[i] = field_no(&rc->c->numbers, fields[i]);
        categories |= 1u << fields[i]->category;
    }
    TRY(record_marks(rc, fields, o->field_count, h));

    CLEANUP(handover_draft_end) struct handover_draft d = {0};
    TRY(handover_draft_begin(&d, rc->a, keys, o->field_count + rc->given_count));
    for (size_t i = 0; i < o->field_count; i++)
        places[i] = handover_draft_key(&d, o->fields[i]);
    for (size_t i = 0; i < rc->given_count; i++)
        told[i] = handover_draft_key(&d, rc->given[i]);
    struct picking k = {.rc = rc, .d = &d, .numbers = numbers, .places = places, .count = o->field_count, .told = told,
                        .as_of = as_of(o, vault_now(v)), .system = o->kind == HANDOVER_SYSTEM, .span = o->sent};

    uint64_t everybody;
    TRY(people_count(v, &everybody));
    uint32_t needed = categories | (rc->select ? people_select_categories(rc->c, rc->select) : 0);
    TRY(vault_warrant(v, "handover-record", rc->purpose->key, needed, everybody));
    TRY(vault_begin(v));
    TRY(people_select(v, rc->c, rc->select, k.as_of, categories, pick, &k));
    ENSURE(peopleset_count(d.people) > 0, err_new(ERR_INVALID, "Nobody would have been in it.", "Check the rule and the date; 'candour person count' tries a rule."));
    h->matched = peopleset_count(d.people);
    TRY(handover_save(v, h, &d));
    return record_finish(v, "handover record", key, h);
}
