#include "people.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "match.h"
#include "text.h"

enum { ARENA_PEOPLE = 256, SAVE_BYTES_MAX = 48 << 20, TOKENS_FIRST = 4096, BUCKETS = 1 << 16 };

/* --- reading --- */

struct reading {
    const struct config *config;
    uint32_t categories;
    bool there_only;
    people_fn *fn;
    void *ctx;
    struct arena *arena;
    unsigned used;
};

static void reading_free(struct reading *r)
{
    arena_free(r->arena);
}

static err fresh_arena(struct reading *r)
{
    if (r->arena && r->used++ % ARENA_PEOPLE != 0)
        return OK;
    arena_free(r->arena);
    r->arena = arena_new();
    return r->arena ? OK : mem_none();
}

static err on_person(void *ctx, uint32_t ordinal, const struct keeper_person *from)
{
    struct reading *r = ctx;
    if (r->there_only && from->state != CELL_THERE)
        return OK;
    TRY(fresh_arena(r));
    struct person p;
    TRY(person_take(r->arena, &r->config->numbers, ordinal, from, r->categories, &p));
    return r->fn(r->ctx, &p);
}

err people_read(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, uint32_t categories,
                people_fn *fn, void *ctx)
{
    CLEANUP(reading_free) struct reading r = {.config = c, .categories = categories, .fn = fn, .ctx = ctx};
    return vault_read_people(v, ordinals, count, categories & config_categories(c), true, on_person, &r);
}

struct opening {
    const struct config *config;
    struct arena *arena;
    uint32_t categories;
    struct person *list;
    size_t next, count;
};

static err on_opened(void *ctx, uint32_t ordinal, const struct keeper_person *from)
{
    struct opening *o = ctx;
    CHECK(o->next < o->count);
    return person_take(o->arena, &o->config->numbers, ordinal, from, o->categories, &o->list[o->next++]);
}

err people_open(struct vault *v, const struct config *c, struct arena *a, const uint32_t *ordinals, size_t count,
                uint32_t categories, struct person *list)
{
    struct opening o = {c, a, categories, list, 0, count};
    TRY(vault_read_people(v, ordinals, count, categories & config_categories(c), true, on_opened, &o));
    CHECK(o.next == count);
    return OK;
}

err people_count(struct vault *v, uint64_t *ret)
{
    uint32_t end;
    TRY(vault_people_end(v, &end));
    *ret = end;
    return OK;
}

err people_each(struct vault *v, const struct config *c, uint32_t categories, people_fn *fn, void *ctx)
{
    CLEANUP(reading_free) struct reading r = {.config = c, .categories = categories, .there_only = true, .fn = fn, .ctx = ctx};
    if (categories == 0)
        return vault_read_facts(v, on_person, &r);
    uint64_t end;
    TRY(people_count(v, &end));
    for (uint64_t first = 0; first < end; first += CELL_PLACES) {
        uint32_t ordinals[CELL_PLACES];
        size_t n = end - first < CELL_PLACES ? (size_t)(end - first) : CELL_PLACES;
        for (size_t i = 0; i < n; i++)
            ordinals[i] = (uint32_t)(first + i);
        TRY(vault_read_people(v, ordinals, n, categories & config_categories(c), true, on_person, &r));
    }
    return OK;
}

/* --- tokens --- */

void people_tokens_free(struct people_tokens *t)
{
    mem_free(t->list);
    *t = (struct people_tokens){0};
}

static int by_token(const void *a, const void *b)
{
    return cell_token_order(a, b);
}

static uint32_t bucket_of(const struct cell_token *t)
{
    return (uint32_t)(t->token[0] << 8 | t->token[1]);
}

/* Sorts in place: tokens are spread evenly, so that each first goes to its bucket, and the few of a bucket are sorted there.
 * Millions of them would take as much memory again in qsort(). */
static err sort_tokens(struct cell_token *list, size_t count)
{
    CLEANUP(mem_release) size_t *next = mem_array(BUCKETS, sizeof *next);
    CLEANUP(mem_release) size_t *end = mem_array(BUCKETS, sizeof *end);
    ENSURE(next && end, mem_none());
    for (size_t i = 0; i < count; i++)
        end[bucket_of(&list[i])]++;
    for (size_t b = 1; b < BUCKETS; b++) {
        next[b] = end[b - 1];
        end[b] += end[b - 1];
    }
    for (size_t b = 0; b < BUCKETS; b++) {
        while (next[b] < end[b]) {
            struct cell_token t = list[next[b]];
            for (uint32_t to = bucket_of(&t); to != b; to = bucket_of(&t)) {
                struct cell_token other = list[next[to]];
                list[next[to]++] = t;
                t = other;
            }
            list[next[b]++] = t;
        }
    }
    for (size_t b = 0, from = 0; b < BUCKETS; from = end[b++])
        if (end[b] - from > 1)
            qsort(list + from, end[b] - from, sizeof *list, by_token);
    return OK;
}

err people_tokens_add(struct vault *v, struct people_tokens *t)
{
    TRY(sort_tokens(t->list, t->count));
    TRY(vault_index_add(v, t->list, t->count));
    people_tokens_free(t);
    return OK;
}

/* A token to be made: for whom, of what. */
struct wish {
    uint32_t ordinal;
    uint8_t flags, type;
    size_t at, len;
};

struct saving {
    const struct config *config;
    uint16_t family, full;
    struct buf bytes; /* normalised values */
    struct wish *wishes;
    size_t count, room;
    struct buf records;
};

static void saving_free(struct saving *s)
{
    buf_free(&s->bytes);
    buf_free(&s->records);
    mem_free(s->wishes);
}

/* What kind of token the value needs; false: none. */
static bool normalise(struct saving *s, const struct person_value *v, bool full_counts, uint8_t *ret_type)
{
    const struct field *f = field_of(&s->config->numbers, v->field);
    if (!f || f->presence_only || v->print)
        return false;
    if (v->field == s->family || (v->field == s->full && full_counts)) {
        struct view family = v->text, first;
        if (v->field == s->full)
            match_split_name(v->text, &family, &first);
        *ret_type = KEEPER_TOKEN_FAMILY;
        return match_value_family(&s->bytes, family);
    }
    switch (f->type) {
    case TYPE_ID:
        *ret_type = KEEPER_TOKEN_ID;
        return match_value_id(&s->bytes, v->source, v->field, v->text);
    case TYPE_EMAIL:
        *ret_type = KEEPER_TOKEN_EMAIL;
        return match_value_email(&s->bytes, v->text);
    case TYPE_PHONE:
        *ret_type = KEEPER_TOKEN_PHONE;
        return match_value_phone(&s->bytes, v->text);
    case TYPE_POSTCODE:
        *ret_type = KEEPER_TOKEN_POSTCODE;
        return match_value_postcode(&s->bytes, v->text);
    default:
        return false;
    }
}

static bool is_wished(struct saving *s, size_t from, const struct wish *w)
{
    struct view value = view_of(s->bytes.p + w->at, w->len);
    for (size_t i = from; i < s->count; i++) {
        const struct wish *old = &s->wishes[i];
        if (old->type == w->type && view_equal(view_of(s->bytes.p + old->at, old->len), value))
            return true;
    }
    return false;
}

static err wish_for(struct saving *s, const struct person *p, const struct person_value *v, bool full_counts, uint8_t flags,
                    size_t from)
{
    struct wish w = {.ordinal = p->ordinal, .flags = flags, .at = s->bytes.len};
    bool needed = normalise(s, v, full_counts, &w.type);
    TRY(buf_ok(&s->bytes));
    w.len = s->bytes.len - w.at;
    if (!needed || is_wished(s, from, &w)) {
        s->bytes.len = w.at;
        return OK;
    }
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : TOKENS_FIRST;
        struct wish *more = mem_resize(s->wishes, room * sizeof *more);
        ENSURE(more, mem_none());
        s->wishes = more;
        s->room = room;
    }
    s->wishes[s->count++] = w;
    return OK;
}

/* The present first: what is both, present and past, is present. */
static err wish_tokens(struct saving *s, const struct person *p)
{
    size_t from = s->count;
    bool ended = false, has_family = false;
    for (size_t i = 0; i < p->count; i++) {
        ended = ended || p->values[i].change == VALUE_ENDED;
        has_family = has_family || p->values[i].field == s->family;
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->until == PERSON_OPEN && (v->change == VALUE_NEW || ended))
            TRY(wish_for(s, p, v, !has_family, 0, from));
    }
    for (size_t i = 0; i < p->count && ended; i++)
        if (p->values[i].change == VALUE_ENDED)
            TRY(wish_for(s, p, &p->values[i], !has_family, CELL_TOKEN_PAST, from));
    return OK;
}

static err make_tokens(struct vault *v, struct saving *s, struct people_tokens *t)
{
    if (s->count == 0)
        return OK;
    CLEANUP(mem_release) struct keeper_value *values = mem_array(s->count, sizeof *values);
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(s->count, TOKEN_BYTES);
    ENSURE(values && tokens, mem_none());
    for (size_t i = 0; i < s->count; i++)
        values[i] = (struct keeper_value){s->wishes[i].type, TEXT_NORMALISER_VERSION,
                                          view_of(s->bytes.p + s->wishes[i].at, s->wishes[i].len)};
    TRY(keeper_tokens(v->keeper, values, s->count, tokens));
    if (t->count + s->count > t->room) {
        size_t room = t->room + t->room / 2 + s->count + TOKENS_FIRST;
        struct cell_token *more = mem_resize(t->list, room * sizeof *more);
        ENSURE(more, mem_none());
        t->list = more;
        t->room = room;
    }
    for (size_t i = 0; i < s->count; i++) {
        struct cell_token *to = &t->list[t->count++];
        *to = (struct cell_token){.ordinal = s->wishes[i].ordinal, .flags = s->wishes[i].flags};
        memcpy(to->token, tokens[i], TOKEN_BYTES);
    }
    return OK;
}

/* --- saving --- */

err people_new(struct vault *v, struct person *ret)
{
    uint32_t count;
    struct person p = {.state = CELL_THERE, .facts = FACTS_NONE, .facts_changed = true, .loaded = UINT32_MAX};
    TRY(vault_new_ordinals(v, 1, &p.ordinal, &count));
    *ret = p;
    return OK;
}

/* Where in `records` the pieces of one person lie. */
struct spans {
    size_t facts_at, facts_len;
    size_t count;
    size_t at[CATEGORY_MAX], len[CATEGORY_MAX];
    uint8_t category[CATEGORY_MAX];
};

static err encode_person(struct saving *s, const struct person *p, struct spans *to)
{
    CHECK(p->state == CELL_THERE && (p->changed & ~p->loaded) == 0);
    to->facts_at = s->records.len;
    TRY(facts_encode(&p->facts, &s->records));
    to->facts_len = s->records.len - to->facts_at;
    ENSURE(to->facts_len <= LIMIT_FACTS_BYTES, err_new(ERR_LIMIT, "There are too many facts about one person.",
                                                        "Look for a file in which many people share one id."));
    to->count = 0;
    for (uint8_t category = 0; category < CATEGORY_MAX; category++) {
        if (!(p->changed >> category & 1))
            continue;
        to->category[to->count] = category;
        to->at[to->count] = s->records.len;
        TRY(person_encode(&s->config->numbers, category, p, &s->records));
        to->len[to->count] = s->records.len - to->at[to->count];
        to->count++;
    }
    return OK;
}

/* People of one cell. */
static err save_cell(struct vault *v, struct saving *s, struct person *list, size_t count)
{
    CLEANUP(mem_release) struct spans *spans = mem_array(count, sizeof *spans);
    CLEANUP(mem_release) struct vault_change *changes = mem_array(count, sizeof *changes);
    CLEANUP(mem_release) struct keeper_record *records = mem_array(count * CATEGORY_MAX, sizeof *records);
    ENSURE(spans && changes && records, mem_none());
    buf_clear(&s->records);
    for (size_t i = 0; i < count; i++) {
        TRY(encode_person(s, &list[i], &spans[i]));
        TRY(wish_tokens(s, &list[i]));
    }
    for (size_t i = 0; i < count; i++) {
        const struct spans *at = &spans[i];
        struct keeper_record *mine = records + i * CATEGORY_MAX;
        for (size_t k = 0; k < at->count; k++)
            mine[k] = (struct keeper_record){at->category[k], 0, view_of(s->records.p + at->at[k], at->len[k])};
        changes[i] = (struct vault_change){list[i].ordinal, true, view_of(s->records.p + at->facts_at, at->facts_len), mine,
                                           at->count, list[i].renewed};
    }
    TRY(vault_write_people(v, changes, count));
    for (size_t i = 0; i < count; i++) {
        list[i].changed = list[i].renewed = 0;
        list[i].facts_changed = false;
        for (size_t k = 0; k < list[i].count; k++)
            list[i].values[k].change = VALUE_AS_STORED;
    }
    return OK;
}

err people_save_gather(struct vault *v, const struct config *c, struct person *list, size_t count, struct people_tokens *t)
{
    CLEANUP(saving_free) struct saving s = {.config = c, .bytes = BUF(SAVE_BYTES_MAX), .records = BUF(SAVE_BYTES_MAX)};
    s.family = field_no_of(&c->numbers, "last_name");
    s.full = field_no_of(&c->numbers, "display_name");
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 0; i + n < count && list[i + n].ordinal / CELL_PLACES == list[i].ordinal / CELL_PLACES; n++)
            CHECK(n == 0 || list[i + n - 1].ordinal < list[i + n].ordinal);
        TRY(save_cell(v, &s, list + i, n));
        TRY(make_tokens(v, &s, t));
        s.count = 0;
        buf_clear(&s.bytes);
    }
    return OK;
}

err people_save(struct vault *v, const struct config *c, struct person *list, size_t count)
{
    CLEANUP(people_tokens_free) struct people_tokens t = {0};
    TRY(people_save_gather(v, c, list, count, &t));
    return people_tokens_add(v, &t);
}
