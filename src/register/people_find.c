/* Selecting and finding people: the second half of people.h. */
#include "people.h"

#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "text.h"

enum { VALUES_AT_ONCE = 64, QUESTIONS_MAX = 2048, QUESTION_BYTES = 1 << 20 };

/* --- selections --- */

static const char *const from_facts[] = {"status", "joined", "left", "deceased"};

static bool is_from_facts(const char *name)
{
    for (size_t i = 0; i < sizeof from_facts / sizeof from_facts[0]; i++)
        if (strcmp(name, from_facts[i]) == 0)
            return true;
    return false;
}

uint32_t people_select_categories(const struct config *c, const struct select *s)
{
    uint32_t bits = 0;
    for (size_t i = 0; s && i < select_name_count(s); i++) {
        const char *name = select_name(s, i);
        const struct field *f = is_from_facts(name) ? NULL : catalogue_find(&c->catalogue, view_text(name));
        bits |= f ? 1u << f->category : 0;
    }
    return bits;
}

err people_select_prints(struct vault *v, const struct config *c, const struct select *s, uint8_t (**ret)[TOKEN_BYTES])
{
    size_t count = select_text_count(s), made = 0;
    CLEANUP(buf_free) struct buf bytes = BUF_SECRET(count * MATCH_PRINT_BYTES);
    CLEANUP(mem_release) uint8_t(*prints)[TOKEN_BYTES] = mem_array(count + 1, TOKEN_BYTES);
    CLEANUP(mem_release) struct keeper_value *values = mem_array(count + 1, sizeof *values);
    ENSURE(prints && values, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *name;
        struct view text;
        const struct field *f = select_text(s, i, &name, &text) ? catalogue_find(&c->catalogue, view_text(name)) : NULL;
        size_t before = bytes.len;
        if (f)
            TRY(match_print(&bytes, f, field_no(&c->numbers, f), text));
        values[i] = (struct keeper_value){KEEPER_TOKEN_PRINT, TEXT_NORMALISER_VERSION, {NULL, bytes.len - before}};
    }
    for (size_t i = 0; i < count; made += values[i++].value.len)
        values[i].value.p = bytes.p + made;
    TRY(keeper_tokens(v->keeper, values, count, prints));
    *ret = prints;
    prints = NULL;
    return OK;
}

struct holding {
    const struct config *config;
    const uint8_t (*prints)[TOKEN_BYTES];
    const struct person *p;
    int64_t as_of;
    int32_t day;
    struct select_value list[VALUES_AT_ONCE];
};

static void give_text(struct holding *h, const char *text, struct select_values *ret)
{
    h->list[0] = (struct select_value){.text = view_text(text)};
    *ret = (struct select_values){SELECT_KNOWN, h->list, 1};
}

static void give_day(struct holding *h, int32_t day, bool has, struct select_values *ret)
{
    h->list[0] = (struct select_value){.earliest = day, .latest = day};
    *ret = (struct select_values){SELECT_KNOWN, h->list, day != DAY_UNKNOWN};
    if (day == DAY_UNKNOWN && has)
        ret->state = SELECT_PRESENT;
}

static bool give_fact(struct holding *h, const char *name, struct select_values *ret)
{
    const struct facts *f = &h->p->facts;
    enum person_status status = facts_status(f, h->as_of, h->day);
    if (strcmp(name, "status") == 0)
        give_text(h, status_name(status), ret);
    else if (strcmp(name, "deceased") == 0)
        give_text(h, facts_deceased(f, h->day) ? "yes" : "no", ret);
    else if (strcmp(name, "joined") == 0)
        give_day(h, facts_joined(f), f->period_count || status == STATUS_MEMBER || status == STATUS_FORMER, ret);
    else if (strcmp(name, "left") == 0)
        give_day(h, facts_left(f, &h->config->zone, h->as_of, h->day), status == STATUS_FORMER, ret);
    else
        return false;
    return true;
}

static void give_value(const struct field *f, const struct person_value *v, bool differ, struct select_value *to)
{
    *to = (struct select_value){.text = v->text, .print = v->print, .voice = differ ? v->source : 0};
    if (f->type != TYPE_DATE || v->print)
        return;
    int32_t day;
    err e = when_cell_day(v->text, WHEN_YEAR_FIRST, &day);
    bool known = e.kind == ERR_OK && day != DAY_UNKNOWN;
    err_ignore(e, "what is no date compares as none");
    to->earliest = known ? day : 1;
    to->latest = known ? day : 0;
}

static err look_up(void *ctx, size_t i, const char *name, struct select_values *ret)
{
    struct holding *h = ctx;
    (void)i;
    if (give_fact(h, name, ret))
        return OK;
    const struct field_numbers *numbers = &h->config->numbers;
    uint16_t no = field_no_of(numbers, name);
    const struct field *f = field_of(numbers, no);
    const struct person_value *values[VALUES_AT_ONCE];
    bool differ;
    size_t count = person_values_said(h->p, numbers, no, h->as_of, values, VALUES_AT_ONCE, &differ);
    *ret = (struct select_values){SELECT_KNOWN, h->list, count};
    if (count > VALUES_AT_ONCE || (count && f->presence_only)) {
        *ret = (struct select_values){.state = SELECT_PRESENT};
        return OK;
    }
    for (size_t k = 0; k < count; k++)
        give_value(f, values[k], differ, &h->list[k]);
    return OK;
}

static err evaluate(struct holding *h, const struct select *s, const struct person *p, enum truth *ret)
{
    h->p = p;
    *ret = TRUTH_YES;
    return s ? select_eval(s, h->prints, look_up, h, ret) : OK;
}

err people_holds(const struct config *c, const struct select *s, const uint8_t (*prints)[TOKEN_BYTES], const struct person *p,
                 int64_t as_of, enum truth *ret)
{
    CLEANUP(mem_release) struct holding *h = mem_alloc(sizeof *h);
    ENSURE(h, mem_none());
    h->config = c;
    h->prints = prints;
    h->as_of = as_of;
    TRY(when_local_day(&c->zone, as_of, &h->day));
    return evaluate(h, s, p, ret);
}

struct selecting {
    struct holding holding;
    const struct select *select;
    people_chosen *fn;
    void *ctx;
};

static err on_selected(void *ctx, const struct person *p)
{
    struct selecting *s = ctx;
    enum truth truth;
    TRY(evaluate(&s->holding, s->select, p, &truth));
    return truth == TRUTH_NO ? OK : s->fn(s->ctx, p, truth);
}

static err select_from(struct vault *v, const struct config *c, const struct select *s, int64_t as_of, uint32_t categories, bool whole,
                       people_chosen *fn, void *ctx)
{
    CLEANUP(mem_release) struct selecting *w = mem_alloc(sizeof *w);
    ENSURE(w, mem_none());
    w->holding.config = c;
    w->holding.as_of = as_of;
    TRY(when_local_day(&c->zone, as_of, &w->holding.day));
    w->select = s;
    w->fn = fn;
    w->ctx = ctx;
    CLEANUP(mem_release) uint8_t(*prints)[TOKEN_BYTES] = NULL;
    if (s && as_of < vault_now(v)) /* what is so now is known */
        TRY(people_select_prints(v, c, s, &prints));
    w->holding.prints = (const uint8_t(*)[TOKEN_BYTES])prints;
    categories |= people_select_categories(c, s);
    return whole ? people_whole(v, c, NULL, 0, categories, on_selected, w) : people_each(v, c, categories, on_selected, w);
}

err people_select(struct vault *v, const struct config *c, const struct select *s, int64_t as_of, uint32_t categories,
                  people_chosen *fn, void *ctx)
{
    return select_from(v, c, s, as_of, categories, false, fn, ctx);
}

err people_select_whole(struct vault *v, const struct config *c, const struct select *s, int64_t as_of, uint32_t categories,
                        people_chosen *fn, void *ctx)
{
    return select_from(v, c, s, as_of, categories, true, fn, ctx);
}

/* --- finding --- */

struct finding {
    struct arena *arena;
    bool past;
    struct buf bytes;
    struct keeper_value *values;
    size_t *at;
    size_t count;
    uint32_t *found;
    size_t found_count, found_room;
    bool by_id; /* what was found so far */
};

static void finding_free(struct finding *f)
{
    buf_free(&f->bytes);
    mem_free(f->values);
    mem_free(f->at);
    mem_free(f->found);
}

static void ask(struct finding *f, enum keeper_token type, size_t before, bool there)
{
    if (!there || f->count == QUESTIONS_MAX)
        return;
    f->values[f->count] = (struct keeper_value){type, TEXT_NORMALISER_VERSION, {NULL, f->bytes.len - before}};
    f->at[f->count++] = before;
}

static void ask_ids(struct finding *f, const struct config *c, const struct config_source *s, struct view value)
{
    for (uint16_t no = 0; no < c->numbers.count; no++) {
        const struct field *field = field_of(&c->numbers, no);
        size_t before = f->bytes.len;
        if (field && field->type == TYPE_ID)
            ask(f, KEEPER_TOKEN_ID, before, match_value_id(&f->bytes, s->no, no, value));
    }
}

static void ask_all(struct finding *f, const struct config *c, struct view what)
{
    const uint8_t *colon = what.len ? memchr(what.p, ':', what.len) : NULL;
    const struct config_source *named = colon ? config_source(c, view_of(what.p, (size_t)(colon - what.p))) : NULL;
    if (named) {
        ask_ids(f, c, named, view_of(colon + 1, what.len - (size_t)(colon - what.p) - 1));
        return;
    }
    for (size_t i = 0; i < c->source_count; i++)
        ask_ids(f, c, &c->sources[i], what);
    ask_ids(f, c, &(struct config_source){.no = 0}, what);
    size_t before = f->bytes.len;
    ask(f, KEEPER_TOKEN_EMAIL, before, match_value_email(&f->bytes, what));
    before = f->bytes.len;
    ask(f, KEEPER_TOKEN_PHONE, before, match_value_phone(&f->bytes, what));
    before = f->bytes.len;
    ask(f, KEEPER_TOKEN_FAMILY, before, match_value_family(&f->bytes, what));
    struct view family, first;
    match_split_name(what, &family, &first);
    before = f->bytes.len;
    if (first.len)
        ask(f, KEEPER_TOKEN_FAMILY, before, match_value_family(&f->bytes, family));
}

static err on_found(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    struct finding *f = ctx;
    if ((flags & CELL_TOKEN_NEVER) || ((flags & CELL_TOKEN_PAST) && !f->past))
        return OK;
    bool id = f->values[asked].type == KEEPER_TOKEN_ID;
    if (f->by_id && !id)
        return OK;
    if (id && !f->by_id)
        f->found_count = 0;
    f->by_id = id;
    if (f->found_count == f->found_room) {
        size_t room = f->found_room ? f->found_room * 2 : 64;
        uint32_t *more = mem_resize(f->found, room * sizeof *more);
        ENSURE(more, mem_none());
        f->found = more;
        f->found_room = room;
    }
    f->found[f->found_count++] = ordinal;
    return OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

err people_find(struct vault *v, const struct config *c, struct arena *a, struct view what, bool past, const uint32_t **ret,
                size_t *ret_count)
{
    CLEANUP(finding_free) struct finding f = {.arena = a, .past = past, .bytes = BUF(QUESTION_BYTES)};
    f.values = mem_array(QUESTIONS_MAX, sizeof *f.values);
    f.at = mem_array(QUESTIONS_MAX, sizeof *f.at);
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(QUESTIONS_MAX, TOKEN_BYTES);
    ENSURE(f.values && f.at && tokens, mem_none());
    ask_all(&f, c, text_trim(what));
    TRY(buf_ok(&f.bytes));
    for (size_t i = 0; i < f.count; i++)
        f.values[i].value.p = f.bytes.p + f.at[i];
    *ret = NULL;
    *ret_count = 0;
    if (f.count == 0)
        return OK;
    TRY(keeper_tokens(v->keeper, f.values, f.count, tokens));
    TRY(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])tokens, f.count, on_found, &f));
    if (f.found_count == 0)
        return OK;
    qsort(f.found, f.found_count, sizeof *f.found, by_number);
    size_t n = 1;
    for (size_t i = 1; i < f.found_count; i++)
        if (f.found[i] != f.found[n - 1])
            f.found[n++] = f.found[i];
    *ret = arena_copy(a, f.found, n * sizeof *f.found);
    *ret_count = n;
    return *ret ? OK : mem_none();
}

err people_find_one(struct vault *v, const struct config *c, struct view what, uint32_t *ret)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    const uint32_t *found;
    size_t count;
    TRY(people_find(v, c, a, what, false, &found, &count));
    if (count == 0)
        TRY(people_find(v, c, a, what, true, &found, &count));
    ENSURE(count > 0, err_new(ERR_NOT_FOUND, "Nobody was found by that.",
                              "Give an id (as SOURCE:ID), an e-mail address, a telephone number or a family name."));
    struct people_records r;
    TRY(people_records(v, c, found[0], &r));
    for (size_t i = 0; i < count; i++) {
        bool hers = i == 0;
        for (size_t k = 0; k < r.count; k++)
            hers = hers || r.list[k] == found[i];
        ENSURE(hers, err_newf(ERR_CONFLICT, "That means {} people.", "Give an id, as SOURCE:ID.", err_int((long long)count)));
    }
    *ret = count == 1 ? found[0] : r.list[0];
    return OK;
}

/* --- aliases --- */

uint32_t people_canonical(uint32_t ordinal, uint32_t (*alias_of)(void *ctx, uint32_t ordinal), void *ctx)
{
    /* Two walkers, one twice as fast: they meet only in a circle. */
    uint32_t slow = ordinal, fast = ordinal;
    for (;;) {
        for (int step = 0; step < 2; step++) {
            uint32_t next = alias_of(ctx, fast);
            if (next == 0 || next - 1 == fast)
                return fast;
            fast = next - 1;
        }
        slow = alias_of(ctx, slow) - 1;
        if (slow == fast)
            break;
    }
    uint32_t least = slow;
    for (uint32_t at = alias_of(ctx, slow) - 1; at != slow; at = alias_of(ctx, at) - 1)
        least = at < least ? at : least;
    return least;
}

struct aliases {
    struct people_alias *list;
    size_t count, room;
};

static err on_alias(void *ctx, const struct person *p)
{
    struct aliases *l = ctx;
    if (p->facts.alias == 0)
        return OK;
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 256;
        struct people_alias *more = mem_resize(l->list, room * sizeof *more);
        ENSURE(more, mem_none());
        l->list = more;
        l->room = room;
    }
    l->list[l->count++] = (struct people_alias){p->ordinal, p->facts.alias - 1};
    return OK;
}

static int by_from(const void *a, const void *b)
{
    const struct people_alias *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static uint32_t alias_in(void *ctx, uint32_t ordinal)
{
    const struct aliases *l = ctx;
    struct people_alias key = {ordinal, 0};
    const struct people_alias *at = l->count ? bsearch(&key, l->list, l->count, sizeof key, by_from) : NULL;
    return at ? at->to + 1 : 0;
}

static void aliases_free(struct aliases *l)
{
    mem_free(l->list);
}

err people_aliases(struct vault *v, struct arena *a, const struct people_alias **ret, size_t *ret_count)
{
    CLEANUP(aliases_free) struct aliases l = {0};
    struct config none = {0};
    TRY(people_each(v, &none, 0, on_alias, &l));
    if (l.count)
        qsort(l.list, l.count, sizeof *l.list, by_from);
    struct people_alias *list = arena_array(a, l.count + 1, sizeof *list);
    ENSURE(list, mem_none());
    *ret_count = 0;
    for (size_t i = 0; i < l.count; i++) {
        uint32_t to = people_canonical(l.list[i].from, alias_in, &l);
        if (to != l.list[i].from)
            list[(*ret_count)++] = (struct people_alias){l.list[i].from, to};
    }
    *ret = list;
    return OK;
}
