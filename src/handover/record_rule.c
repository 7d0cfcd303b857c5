/* Hand-overs by rule, and systems: who would have been in it, worked out from the register. */
#include "record_int.h"

struct picking {
    struct record_case *rc;
    struct handover_draft *d;
    const uint16_t *numbers;  /* of the fields given */
    const size_t *places;     /* of each in the draft */
    size_t count;
    const size_t *told;       /* places of what the selection tells */
    int64_t as_of;
    struct record_span span;  /* all the time that counts, where that is more than as_of */
    int32_t last_day;         /* SYSTEM: of its end; DAY_UNKNOWN: open */
};

static void put_person(struct picking *k, const struct person *p, bool (*had)(const struct picking *k, const struct person *p, uint16_t field))
{
    peopleset_add(k->d->people, p->ordinal);
    for (size_t i = 0; i < k->count; i++)
        if (had(k, p, k->numbers[i]))
            peopleset_add(k->d->have[k->places[i]], p->ordinal);
    for (size_t i = 0; i < k->rc->given_count; i++)
        peopleset_add(k->d->have[k->told[i]], p->ordinal);
}

/* --- rules --- */

static bool had_then(const struct picking *k, const struct person *p, uint16_t field)
{
    return person_has(p, &k->rc->c->numbers, field, k->as_of);
}

static err pick(void *ctx, const struct person *p, enum truth truth)
{
    (void)truth; /* doubt includes */
    if (!facts_file_only(&p->facts))
        put_person(ctx, p, had_then);
    return OK;
}

/* --- rules that may have been applied at any time of a span, and systems --- */

static bool had_ever(const struct picking *k, const struct person *p, uint16_t field)
{
    return record_span_had(&k->span, p, field);
}

static err pick_any_time(void *ctx, const struct person *p)
{
    struct picking *k = ctx;
    bool held = false;
    if (facts_file_only(&p->facts))
        return OK;
    TRY(record_span_held(&k->span, p, &held));
    if (held)
        put_person(k, p, had_ever);
    return OK;
}

static err pick_system(void *ctx, const struct person *p)
{
    struct picking *k = ctx;
    bool held = true;
    if (facts_file_only(&p->facts))
        return OK;
    if (k->rc->select)
        TRY(record_span_held(&k->span, p, &held));
    else if (k->last_day != DAY_UNKNOWN)
        held = facts_joined(&p->facts) == DAY_UNKNOWN || facts_joined(&p->facts) <= k->last_day;
    if (!held)
        return OK;
    put_person(k, p, had_ever);
    TRY(record_span_exact(&k->span, p, &held));
    if (held)
        peopleset_add(k->d->exact, p->ordinal);
    return OK;
}

static err run_system(struct picking *k, const struct handover *h, uint32_t categories)
{
    struct vault *v = k->rc->v;
    TRY(record_span_begin(&k->span, v, k->rc->c, k->rc->select, h));
    k->last_day = DAY_UNKNOWN;
    if (h->sent.latest != WHEN_UNKNOWN_LATE)
        TRY(when_local_day(&v->zone, h->sent.latest, &k->last_day));
    return people_each(v, k->rc->c, categories, pick_system, k);
}

/* A rule means one moment where it is said, or where the sending is known to the day. */
static err run_rule(struct picking *k, const struct record_options *o, const struct handover *h, uint32_t given, uint32_t needed)
{
    struct vault *v = k->rc->v;
    int32_t first = DAY_UNKNOWN, last = DAY_UNKNOWN;
    if (!o->has_as_of && o->sent.earliest != WHEN_UNKNOWN_EARLY && o->sent.latest != WHEN_UNKNOWN_LATE) {
        TRY(when_local_day(&v->zone, o->sent.earliest, &first));
        TRY(when_local_day(&v->zone, o->sent.latest, &last));
    }
    if (o->has_as_of || (first == last && first != DAY_UNKNOWN))
        return people_select(v, k->rc->c, k->rc->select, k->as_of, given, pick, k);
    TRY(record_span_begin(&k->span, v, k->rc->c, k->rc->select, h));
    return people_each(v, k->rc->c, needed, pick_any_time, k);
}

/* --- both --- */

/* All keys: what is given, and what the choice tells. */
static err begin_draft(struct picking *k, const struct record_options *o)
{
    struct record_case *rc = k->rc;
    return record_places(rc, k->d, o->fields, o->field_count, &k->places, &k->told);
}

static err find_fields(struct picking *k, const struct record_options *o, struct handover *h, uint32_t *ret_categories)
{
    struct record_case *rc = k->rc;
    const struct field **fields = arena_array(rc->a, o->field_count + 1, sizeof *fields);
    uint16_t *numbers = arena_array(rc->a, o->field_count + 1, sizeof *numbers);
    ENSURE(fields && numbers, mem_none());
    *ret_categories = 0;
    for (size_t i = 0; i < o->field_count; i++) {
        TRY(record_field(rc->c, o->fields[i], &fields[i]));
        numbers[i] = field_no(&rc->c->numbers, fields[i]);
        *ret_categories |= 1u << fields[i]->category;
    }
    k->numbers = numbers;
    k->count = o->field_count;
    return record_marks(rc, fields, o->field_count, h);
}

static int64_t as_of(const struct record_options *o, int64_t now)
{
    int64_t at = o->has_as_of ? o->as_of : o->sent.latest;
    return at == WHEN_UNKNOWN_LATE ? now : at;
}

static void picking_end(struct picking *k)
{
    record_span_end(&k->span);
}

err record_rule(struct record_case *rc, const struct record_options *o, const uint8_t key[32], struct handover *h)
{
    struct vault *v = rc->v;
    CLEANUP(handover_draft_end) struct handover_draft d = {0};
    CLEANUP(picking_end) struct picking k = {.rc = rc, .d = &d, .as_of = as_of(o, vault_now(v))};
    uint32_t categories;
    uint64_t everybody;
    TRY(find_fields(&k, o, h, &categories));
    TRY(begin_draft(&k, o));
    TRY(people_count(v, &everybody));
    uint32_t needed = categories | (rc->select ? people_select_categories(rc->c, rc->select) : 0);
    TRY(vault_warrant_plain(v, (1 + RECORD_REACH_PASSES) * everybody));
    TRY(vault_begin(v));
    if (o->kind == HANDOVER_SYSTEM)
        TRY(run_system(&k, h, needed));
    else
        TRY(run_rule(&k, o, h, categories, needed));
    ENSURE(peopleset_count(d.people) > 0 || o->kind == HANDOVER_SYSTEM,
           err_new(ERR_INVALID, "Nobody would have been in it.", "Check the rule and the date; 'candour person count' tries a rule."));
    h->matched = peopleset_count(d.people);
    TRY(handover_save(v, h, &d));
    return record_finish(rc, "handover record", key, h);
}
