/* The set arithmetic of a scope. */
#include "scope_sets.h"

#include "setunion.h"

#include <stdlib.h>
#include <string.h>

/* --- what is decided about --- */

static struct when_range days_range(const struct vault *v, int32_t first, int32_t last, int64_t unknown_first, int64_t unknown_last)
{
    struct when_range r = {unknown_first, unknown_last};
    int64_t t;
    if (first != DAY_UNKNOWN && when_local_start(&v->zone, first, 0, &t).kind == ERR_OK)
        r.earliest = t;
    if (last != DAY_UNKNOWN && when_local_end(&v->zone, last, 86399, &t).kind == ERR_OK)
        r.latest = t;
    return r;
}

static err load_links(struct vault *v, struct arena *a, struct scope_link **ret, size_t *ret_count)
{
    struct recipient *list;
    size_t count, n = 0;
    TRY(recipient_list(v, a, &list, &count));
    for (size_t i = 0; i < count; i++)
        n += list[i].link_count;
    struct scope_link *links = arena_array(a, n + 1, sizeof *links);
    ENSURE(links, mem_none());
    n = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < list[i].link_count; k++) {
            const struct recipient_link *l = &list[i].links[k];
            /* A day that nobody knows may be any: doubt includes. */
            links[n++] = (struct scope_link){
                .recipient = list[i].id,
                .sub_processor = l->sub,
                .purpose = l->purpose[0] ? l->purpose : NULL,
                .from = days_range(v, l->from, l->from, WHEN_UNKNOWN_EARLY, l->from == DAY_UNKNOWN ? WHEN_UNKNOWN_EARLY : WHEN_UNKNOWN_LATE),
                .until = days_range(v, l->until, l->until, l->until == DAY_UNKNOWN ? WHEN_UNKNOWN_LATE : WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE),
            };
        }
    }
    *ret = links;
    *ret_count = n;
    return OK;
}

static err load_certificates(struct vault *v, struct arena *a, struct scope_certificate **ret, size_t *ret_count)
{
    struct handover_certificate *list;
    TRY(handover_certificates(v, a, &list, ret_count));
    struct scope_certificate *out = arena_array(a, *ret_count + 1, sizeof *out);
    ENSURE(out, mem_none());
    for (size_t i = 0; i < *ret_count; i++) {
        const struct handover_certificate *c = &list[i];
        out[i] = (struct scope_certificate){.id = c->id, .recipient = c->recipient, .handovers = c->handovers, .handover_count = c->handover_count,
                                            .all_before = c->all_before, .before = c->before, .deleted = c->deleted, .backups = c->backups,
                                            .sub_processors_left_out = c->sub_processors_left_out, .received_at = c->received_at, .recorded_at = c->recorded_at,
                                            .believed = c->believed};
    }
    *ret = out;
    return OK;
}

static enum scope_kind kind_of(enum handover_kind kind)
{
    static const enum scope_kind kinds[HANDOVER_KINDS] = {[HANDOVER_FILE] = SCOPE_FILE, [HANDOVER_RULE] = SCOPE_RULE, [HANDOVER_SYSTEM] = SCOPE_SYSTEM,
                                                          [HANDOVER_THEIR_LIST] = SCOPE_THEIR_LIST, [HANDOVER_CREATED] = SCOPE_FILE};
    return kinds[kind];
}

static enum scope_evidence evidence_of(enum handover_evidence evidence)
{
    static const enum scope_evidence list[HANDOVER_EVIDENCES] = {[HANDOVER_EXACT] = SCOPE_EXACT, [HANDOVER_LISTED] = SCOPE_LISTED, [HANDOVER_REBUILT] = SCOPE_REBUILT};
    return list[evidence];
}

static bool concerns_self(const struct incident *inc)
{
    for (size_t i = 0; i < inc->recipient_count; i++)
        if (strcmp(inc->recipients[i], RECIPIENT_SELF) == 0)
            return true;
    return false;
}

err scope_aliases(struct vault *v, struct arena *a, struct scope_aliases *ret)
{
    return people_aliases(v, a, &ret->list, &ret->count);
}

err scope_gather(struct vault *v, struct arena *a, const struct incident *inc, const struct scope_aliases *aliases, struct scope_gathered *g)
{
    g->aliases = aliases;
    struct handover *handovers;
    TRY(handover_list(v, a, &handovers, &g->stored_count));
    bool self = concerns_self(inc);
    g->count = g->stored_count + self;
    struct scope_handover *list = arena_array(a, g->count + 1, sizeof *list);
    g->handovers = arena_array(a, g->count + 1, sizeof *g->handovers);
    ENSURE(list && g->handovers, mem_none());
    memcpy(g->handovers, handovers, g->stored_count * sizeof *handovers);
    if (self)
        g->handovers[g->stored_count] = (struct handover){.id = SCOPE_SELF_HANDOVER, .recipient = RECIPIENT_SELF, .purpose = "", .kind = HANDOVER_SYSTEM,
                                                          .evidence = HANDOVER_EXACT, .sent = {WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE},
                                                          .delete_by = DAY_UNKNOWN};
    for (size_t i = 0; i < g->count; i++) {
        const struct handover *h = &g->handovers[i];
        list[i] = (struct scope_handover){.id = h->id, .recipient = h->recipient, .purpose = h->purpose[0] ? h->purpose : NULL,
                                          .sent = {h->sent.earliest, handover_sent_latest(h)},
                                          .kind = kind_of(h->kind), .evidence = evidence_of(h->evidence),
                                          .delete_by = days_range(v, h->delete_by, h->delete_by, WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE)};
    }
    struct scope_link *links;
    struct scope_certificate *certificates;
    TRY(load_links(v, a, &links, &g->input.link_count));
    TRY(load_certificates(v, a, &certificates, &g->input.certificate_count));
    g->input.incident = (struct scope_incident){.recipients = inc->recipients, .recipient_count = inc->recipient_count,
                                                .from = incident_edge_range(inc->from), .to = incident_edge_range(inc->to), .opened_at = inc->opened_at};
    if (inc->to.state == INCIDENT_EDGE_ONGOING)
        g->input.incident.to = (struct when_range){WHEN_UNKNOWN_LATE, WHEN_UNKNOWN_LATE};
    g->input.handovers = list;
    g->input.handover_count = g->count;
    g->input.links = links;
    g->input.certificates = certificates;
    return OK;
}

/* --- our own system --- */

struct own {
    const struct config *c;
    struct peopleset *people;
    struct peopleset **fields; /* by field number */
    int64_t began;             /* the incident: what was forgotten before was not in our system any more */
};

static err own_person(void *ctx, const struct person *p)
{
    struct own *o = ctx;
    peopleset_add(o->people, p->ordinal);
    for (size_t no = 1; no < o->c->numbers.count; no++)
        if (o->c->numbers.by_no[no] && facts_has_field(&p->facts, (uint16_t)no))
            peopleset_add(o->fields[no], p->ordinal);
    /* Past values lie in our system too, until only their fingerprint was left. */
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field < o->c->numbers.count && o->c->numbers.by_no[v->field] && (!v->print || v->forgotten > o->began))
            peopleset_add(o->fields[v->field], p->ordinal);
    }
    return OK;
}

/* --- canonical people --- */

static void canonical(struct peopleset *s, const struct scope_aliases *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (peopleset_has(s, a->list[i].from))
            peopleset_add(s, a->list[i].to);
    for (size_t i = 0; i < a->count; i++)
        peopleset_remove(s, a->list[i].from);
}

/* --- uniting --- */

/* The number of this key's set. */
static err key_no(struct scope_sets *s, const char *key, size_t *ret)
{
    for (*ret = 0; *ret < s->key_count; ++*ret)
        if (strcmp(s->keys[*ret], key) == 0)
            return OK;
    ENSURE(s->key_count < SCOPE_KEYS_MAX, err_new(ERR_LIMIT, "The hand-overs have too many different fields.", "Report this mistake."));
    TRY(peopleset_new(&s->fields[s->key_count]));
    s->keys[s->key_count++] = key;
    return OK;
}

/* Unions are numbered: one for each evidence, then one for each key. */
static err unite_stored(struct set_union *u, const struct handover *h, bool people_only, struct scope_sets *s)
{
    /* Those who are exact are taken off the others in the end. */
    TRY(set_union_people(u, h, evidence_of(h->evidence)));
    if (h->kind == HANDOVER_SYSTEM)
        TRY(set_union_exact(u, h, SCOPE_EXACT));
    for (size_t i = 0; i < h->field_count && !people_only; i++) {
        size_t no;
        TRY(key_no(s, h->fields[i].key, &no));
        TRY(set_union_field(u, h, i, SCOPE_EVIDENCE_COUNT + no));
    }
    return OK;
}

static err finish_union(struct set_union *u, struct scope_sets *s)
{
    struct peopleset *sets[SCOPE_EVIDENCE_COUNT + SCOPE_KEYS_MAX];
    memcpy(sets, s->evidence, sizeof s->evidence);
    memcpy(sets + SCOPE_EVIDENCE_COUNT, s->fields, s->key_count * sizeof *s->fields);
    return set_union_end(u, sets, SCOPE_EVIDENCE_COUNT + s->key_count);
}

static void free_sets(struct peopleset ***list)
{
    if (!*list)
        return;
    for (size_t i = 0; (*list)[i] || i == 0; i++)
        peopleset_free(&(*list)[i]);
    mem_free(*list);
    *list = NULL;
}

static int64_t began(const struct scope_gathered *g)
{
    const struct scope_what_if *w = &g->input.what_if;
    int64_t from = w->other_from ? w->from.earliest : g->input.incident.from.earliest;
    return from < WHEN_FIRST ? WHEN_UNKNOWN_EARLY : from;
}

/* Of whom nothing is asked but that she may be in it: the erased too. */
static err add_all(struct vault *v, struct peopleset *to)
{
    uint64_t end;
    TRY(people_count(v, &end));
    for (uint32_t i = 0; i < end; i++)
        peopleset_add(to, i);
    return OK;
}

static err unite_self(struct vault *v, const struct config *c, const struct scope_gathered *g, struct scope_sets *s)
{
    if (g->people_only)
        return add_all(v, s->evidence[SCOPE_EXACT]);
    /* From 1; index 0 holds a set too, so that the list ends at its first NULL. */
    CLEANUP(free_sets) struct peopleset **by_no = mem_array(c->numbers.count + 2, sizeof *by_no);
    ENSURE(by_no, mem_none());
    for (size_t no = 0; no <= c->numbers.count; no++)
        TRY(peopleset_new(&by_no[no]));
    struct own o = {c, s->evidence[SCOPE_EXACT], by_no, began(g)};
    TRY(people_each(v, c, config_categories(c), own_person, &o));
    for (size_t no = 1; no < c->numbers.count; no++) {
        size_t key;
        if (!c->numbers.by_no[no] || peopleset_count(by_no[no]) == 0)
            continue;
        TRY(key_no(s, c->numbers.by_no[no]->key, &key));
        peopleset_unite(s->fields[key], by_no[no]);
    }
    return OK;
}

/* What nobody affected had: an empty column. */
static void drop_empty(struct scope_sets *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->key_count; i++) {
        if (peopleset_count(s->fields[i]) == 0) {
            peopleset_free(&s->fields[i]);
            continue;
        }
        s->keys[kept] = s->keys[i];
        s->fields[kept++] = s->fields[i];
    }
    s->key_count = kept;
}

static void sort_keys(struct scope_sets *s)
{
    for (size_t i = 1; i < s->key_count; i++) {
        const char *key = s->keys[i];
        struct peopleset *set = s->fields[i];
        size_t k = i;
        for (; k > 0 && strcmp(s->keys[k - 1], key) > 0; k--) {
            s->keys[k] = s->keys[k - 1];
            s->fields[k] = s->fields[k - 1];
        }
        s->keys[k] = key;
        s->fields[k] = set;
    }
}

void scope_sets_end(struct scope_sets *s)
{
    peopleset_free(&s->affected);
    for (int i = 0; i < SCOPE_EVIDENCE_COUNT; i++)
        peopleset_free(&s->evidence[i]);
    for (size_t i = 0; i < s->key_count; i++)
        peopleset_free(&s->fields[i]);
    s->key_count = 0;
}

err scope_unite(struct vault *v, const struct config *c, const struct scope_gathered *g, const struct scope *decision, struct scope_sets *s)
{
    TRY(peopleset_new(&s->affected));
    for (int i = 0; i < SCOPE_EVIDENCE_COUNT; i++)
        TRY(peopleset_new(&s->evidence[i]));
    CLEANUP(set_union_free) struct set_union *u = NULL;
    TRY(set_union_begin(v, NULL, &u));
    for (size_t i = 0; i < decision->count; i++) {
        const struct scope_verdict *d = &decision->verdicts[i];
        const struct handover *h = &g->handovers[d->handover];
        if (!d->counts || d->drop == SCOPE_DROP_ALL)
            continue;
        if (d->handover >= g->stored_count)
            TRY(unite_self(v, c, g, s));
        else
            TRY(unite_stored(u, h, g->people_only, s));
    }
    TRY(finish_union(u, s));
    for (int i = 0; i < SCOPE_EVIDENCE_COUNT; i++) {
        canonical(s->evidence[i], g->aliases);
        /* Each person under her surest evidence: those before it are taken off. */
        peopleset_subtract(s->evidence[i], s->affected);
        peopleset_unite(s->affected, s->evidence[i]);
    }
    for (size_t i = 0; i < s->key_count; i++)
        canonical(s->fields[i], g->aliases);
    drop_empty(s);
    sort_keys(s);
    return OK;
}

err scope_whom_they_can_hold(struct vault *v, const struct config *c, struct arena *a, const struct incident *inc,
                             const struct scope_aliases *aliases, struct peopleset **ret)
{
    struct scope_gathered g = {0};
    struct scope decision;
    CLEANUP(scope_sets_end) struct scope_sets s = {0};
    TRY(scope_gather(v, a, inc, aliases, &g));
    g.people_only = true;
    TRY(scope_can_hold(a, &g.input, &decision));
    TRY(scope_unite(v, c, &g, &decision, &s));
    *ret = s.affected;
    s.affected = NULL;
    return OK;
}
