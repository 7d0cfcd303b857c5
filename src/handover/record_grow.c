/* Systems that a recipient runs for us, now (without an end, or one still to come): whoever enters the register is in them from that moment. */
#include "record_int.h"

#include "jsonio.h"

#include <string.h>

struct growing {
    const struct config *c;
    struct handover *h;
    const struct select *select; /* NULL: everybody */
    struct peopleset *people, *exact;
    struct peopleset **have; /* per field of the hand-over */
    uint16_t *numbers;
    int64_t now;
    struct record_span span;
    bool only_new; /* nothing is asked about those who are in it already */
    uint64_t before; /* size() at the beginning */
};

/* How many people, how many of them exact, and how many values: its sets only grow. */
static uint64_t size(const struct growing *g)
{
    uint64_t all = peopleset_count(g->people) + peopleset_count(g->exact);
    for (size_t i = 0; i < g->h->field_count; i++)
        all += peopleset_count(g->have[i]);
    return all;
}

static err grow_person(void *ctx, const struct person *p)
{
    struct growing *g = ctx;
    bool is_in = peopleset_has(g->people, p->ordinal), is_exact = peopleset_has(g->exact, p->ordinal), held = true;
    if (p->state != CELL_THERE || facts_file_only(&p->facts) || (is_exact && g->only_new))
        return OK;
    if (g->select && !is_in)
        TRY(record_span_held(&g->span, p, &held));
    if (!held)
        return OK;
    if (!is_exact)
        TRY(record_span_exact(&g->span, p, &is_exact));
    if (is_exact)
        peopleset_add(g->exact, p->ordinal);
    if (is_in && g->only_new)
        return OK;
    /* Whoever is in it stays in it, with what is new about her. */
    peopleset_add(g->people, p->ordinal);
    for (size_t i = 0; i < g->h->field_count; i++)
        if (is_in ? person_has(p, &g->c->numbers, g->numbers[i], g->now) : record_span_had(&g->span, p, g->numbers[i]))
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
    CLEANUP(jsonio_release) json_t *doc = NULL;
    struct handover_field *fields = arena_copy(a, g->h->fields, (g->h->field_count + 1) * sizeof *fields);
    ENSURE(fields, mem_none());
    TRY(peopleset_put(v, g->h->id, ".people", g->people, &g->h->set_sha));
    for (size_t i = 0; i < g->h->field_count; i++)
        TRY(put_field(v, g, i, &fields[i]));
    g->h->fields = fields;
    g->h->people = peopleset_count(g->people);
    TRY(handover_put_exact(v, g->h, g->exact));
    TRY(handover_to_json(g->h, &doc));
    return vault_doc_put(v, "handover", g->h->id, doc, NULL);
}

static void growing_end(struct growing *g)
{
    record_span_end(&g->span);
    peopleset_free(&g->people);
    peopleset_free(&g->exact);
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
    TRY(handover_exact_people(v, h, &g->exact));
    for (size_t i = 0; i < h->field_count; i++) {
        const struct field *f = catalogue_find(&g->c->catalogue, view_text(h->fields[i].key));
        TRY(handover_field_people(v, h, i, g->people, &g->have[i]));
        g->numbers[i] = f ? field_no(&g->c->numbers, f) : 0;
        *categories |= f ? 1u << f->category : 0;
    }
    g->before = size(g);
    return record_span_begin(&g->span, v, g->c, g->select, h);
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

/* Those that run now; or, for those who came under a selection by time alone, all that ran on after they were recorded. */
static bool grows(const struct handover *h, bool by_time, int64_t now)
{
    if (h->kind != HANDOVER_SYSTEM || h->sent.earliest > now)
        return false;
    return by_time ? h->selection[0] && h->sent.latest > h->recorded_at : h->sent.latest > now;
}

static err systems_begin(struct vault *v, const struct config *c, struct arena *a, bool by_time, struct systems *s, uint32_t *categories)
{
    struct handover *list;
    size_t n;
    int64_t now = vault_now(v);
    TRY(handover_list(v, a, &list, &n));
    s->list = arena_array(a, n + 1, sizeof *s->list);
    ENSURE(s->list, mem_none());
    for (size_t i = 0; i < n; i++) {
        if (!grows(&list[i], by_time, now))
            continue;
        s->list[s->count] = (struct growing){.c = c, .h = &list[i], .now = now, .only_new = by_time};
        TRY(grow_begin(v, a, &s->list[s->count++], categories));
    }
    return OK;
}

static err put_all(struct vault *v, struct arena *a, struct systems *s, bool *ret_grown)
{
    for (size_t i = 0; i < s->count; i++) {
        add_told(&s->list[i]);
        if (size(&s->list[i]) == s->list[i].before)
            continue;
        TRY(put_grown(v, a, &s->list[i]));
        *ret_grown = true;
    }
    return OK;
}

err record_systems_grow(struct vault *v, struct config *c, const uint32_t *ordinals, size_t count)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(systems_end) struct systems s = {0};
    uint32_t categories = 0;
    bool grown = false;
    ENSURE(a, mem_none());
    TRY(systems_begin(v, c, a, false, &s, &categories));
    if (s.count == 0)
        return OK;
    TRY(people_read(v, c, ordinals, count, categories, grow_all, &s));
    return put_all(v, a, &s, &grown);
}

err record_systems_catch_up(struct vault *v, const struct config *c, bool *ret_grown)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(systems_end) struct systems s = {0};
    uint32_t categories = 0;
    *ret_grown = false;
    ENSURE(a, mem_none());
    TRY(systems_begin(v, c, a, true, &s, &categories));
    if (s.count == 0)
        return OK;
    TRY(people_each(v, c, categories, grow_all, &s));
    return put_all(v, a, &s, ret_grown);
}

/* --- with an import --- */

struct record_growth {
    struct peopleset *people; /* who was written */
    struct arena *a;
    struct systems before;    /* as they are before anything is written */
    bool begun;
};

err record_growth_new(struct record_growth **ret)
{
    CLEANUP(record_growth_free) struct record_growth *g = mem_alloc(sizeof *g);
    ENSURE(g, mem_none());
    g->a = arena_new();
    ENSURE(g->a, mem_none());
    TRY(peopleset_new(&g->people));
    *ret = g;
    g = NULL;
    return OK;
}

void record_growth_free(struct record_growth **g)
{
    if (!*g)
        return;
    systems_end(&(*g)->before);
    peopleset_free(&(*g)->people);
    arena_free((*g)->a);
    mem_free(*g);
    *g = NULL;
}

err record_growth_before(struct record_growth *g, struct vault *v, const struct config *c, const struct person *list, size_t count)
{
    uint32_t categories = 0;
    if (!g->begun)
        TRY(systems_begin(v, c, g->a, true, &g->before, &categories));
    g->begun = true;
    for (size_t i = 0; i < count && g->before.count; i++)
        TRY(grow_all(&g->before, &list[i]));
    return OK;
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
    bool grown = false;
    TRY(put_all(v, g->a, &g->before, &grown));
    TRY(peopleset_list(g->people, &ordinals, &count));
    return count ? record_systems_grow(v, c, ordinals, count) : OK;
}
