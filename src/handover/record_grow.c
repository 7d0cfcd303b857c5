/* Systems that a recipient runs for us, now (without an end, or one still to come): whoever enters the register is in them from that moment. */
#include "record_int.h"

#include <string.h>

struct growing {
    struct config *c;
    struct handover *h;
    const struct select *select; /* NULL: everybody */
    struct peopleset *people;
    struct peopleset **have; /* per field of the hand-over */
    uint16_t *numbers;
    int64_t now;
};

struct record_growth {
    struct peopleset *people;
};

static void drop(json_t **j)
{
    json_decref(*j);
}

static err grow_person(void *ctx, const struct person *p)
{
    struct growing *g = ctx;
    enum truth truth = TRUTH_YES;
    if (p->state != CELL_THERE || facts_file_only(&p->facts))
        return OK;
    if (g->select)
        TRY(people_holds(g->c, g->select, p, g->now, &truth));
    /* Whoever is in it stays in it, with what is new about her: its sets only grow. */
    if (truth == TRUTH_NO && !peopleset_has(g->people, p->ordinal))
        return OK;
    peopleset_add(g->people, p->ordinal);
    for (size_t i = 0; i < g->h->field_count; i++)
        if (person_has(p, &g->c->numbers, g->numbers[i], g->now))
            peopleset_add(g->have[i], p->ordinal);
    return OK;
}

/* What the selection tells holds for everybody in it. */
static void add_told(struct growing *g)
{
    for (size_t i = 0; g->select && i < g->h->field_count; i++)
        for (size_t k = 0; k < select_given_count(g->select); k++)
            if (strcmp(g->h->fields[i].key, select_given(g->select, k)) == 0)
                peopleset_unite(g->have[i], g->people);
}

static err put_field(struct vault *v, struct growing *g, size_t i, struct handover_field *f)
{
    uint64_t all = peopleset_count(g->people);
    f->people = peopleset_count(g->have[i]);
    f->lacks = f->people > all / 2;
    if (!f->lacks)
        return peopleset_put(v, g->h->id, f->key, g->have[i], &f->sha);
    CLEANUP(peopleset_free) struct peopleset *lack = NULL;
    TRY(peopleset_copy(g->people, &lack));
    peopleset_subtract(lack, g->have[i]);
    return peopleset_put(v, g->h->id, f->key, lack, &f->sha);
}

/* The commitment stays that of the day of recording; what grew since is committed with each scope. */
static err put_grown(struct vault *v, struct arena *a, struct growing *g)
{
    CLEANUP(drop) json_t *doc = NULL;
    struct hash hash;
    struct handover_field *fields = arena_copy(a, g->h->fields, (g->h->field_count + 1) * sizeof *fields);
    ENSURE(fields, mem_none());
    TRY(peopleset_put(v, g->h->id, "people", g->people, &g->h->set_sha));
    for (size_t i = 0; i < g->h->field_count; i++)
        TRY(put_field(v, g, i, &fields[i]));
    g->h->fields = fields;
    g->h->people = peopleset_count(g->people);
    TRY(handover_to_json(g->h, &doc));
    TRY(recipient_document_hash(doc, &hash));
    return vault_doc_put(v, "handover", g->h->id, doc);
}

static void growing_end(struct growing *g)
{
    peopleset_free(&g->people);
    for (size_t i = 0; g->have && i < g->h->field_count; i++)
        peopleset_free(&g->have[i]);
}

static err grow_begin(struct vault *v, struct arena *a, struct growing *g, uint32_t *categories)
{
    struct handover *h = g->h;
    g->have = arena_array(a, h->field_count + 1, sizeof *g->have);
    g->numbers = arena_array(a, h->field_count + 1, sizeof *g->numbers);
    ENSURE(g->have && g->numbers, mem_none());
    if (h->selection[0]) {
        TRY(select_parse(a, &g->c->catalogue, "the selection", h->selection, &g->select));
        *categories |= people_select_categories(g->c, g->select);
    }
    TRY(handover_people(v, h, &g->people));
    for (size_t i = 0; i < h->field_count; i++) {
        const struct field *f = catalogue_find(&g->c->catalogue, view_text(h->fields[i].key));
        TRY(handover_field_people(v, h, i, g->people, &g->have[i]));
        g->numbers[i] = f ? field_no(&g->c->numbers, f) : 0;
        *categories |= f ? 1u << f->category : 0;
    }
    return OK;
}

/* Everybody is opened once, whatever the number of systems. */
struct systems {
    struct growing *list;
    size_t count;
};

static void systems_end(struct systems *s)
{
    for (size_t i = 0; i < s->count; i++)
        growing_end(&s->list[i]);
}

static err grow_all(void *ctx, const struct person *p)
{
    struct systems *s = ctx;
    for (size_t i = 0; i < s->count; i++)
        TRY(grow_person(&s->list[i], p));
    return OK;
}

err record_systems_grow(struct vault *v, struct config *c, const uint32_t *ordinals, size_t count)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct handover *list;
    size_t n;
    int64_t now = vault_now(v);
    uint32_t categories = 0;
    TRY(handover_list(v, a, &list, &n));
    CLEANUP(systems_end) struct systems s = {.list = arena_array(a, n + 1, sizeof *s.list)};
    ENSURE(s.list, mem_none());
    for (size_t i = 0; i < n; i++) {
        if (list[i].kind != HANDOVER_SYSTEM || list[i].sent.latest <= now || list[i].sent.earliest > now)
            continue;
        s.list[s.count] = (struct growing){.c = c, .h = &list[i], .now = now};
        TRY(grow_begin(v, a, &s.list[s.count++], &categories));
    }
    if (s.count == 0)
        return OK;
    TRY(people_read(v, c, ordinals, count, categories, grow_all, &s));
    for (size_t i = 0; i < s.count; i++) {
        add_told(&s.list[i]);
        TRY(put_grown(v, a, &s.list[i]));
    }
    return OK;
}

err record_growth_new(struct record_growth **ret)
{
    struct record_growth *g = mem_alloc(sizeof *g);
    ENSURE(g, mem_none());
    err e = peopleset_new(&g->people);
    if (e.kind != ERR_OK) {
        mem_free(g);
        return e;
    }
    *ret = g;
    return OK;
}

void record_growth_free(struct record_growth **g)
{
    if (!*g)
        return;
    peopleset_free(&(*g)->people);
    mem_free(*g);
    *g = NULL;
}

err record_growth_note(struct record_growth *g, const struct person *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        peopleset_add(g->people, list[i].ordinal);
    return OK;
}

err record_growth_grow(struct record_growth *g, struct vault *v, struct config *c)
{
    CLEANUP(mem_release) uint32_t *ordinals = NULL;
    size_t count;
    TRY(peopleset_list(g->people, &ordinals, &count));
    return count ? record_systems_grow(v, c, ordinals, count) : OK;
}
