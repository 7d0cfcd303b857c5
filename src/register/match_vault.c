/* Matching over an open vault: match.h's callbacks. */
#include "match.h"

#include <string.h>

#include "people.h"

enum { TOKENS_AT_ONCE = 8192 };

static err tokens(void *ctx, const struct keeper_value *values, size_t count, uint8_t (*ret)[TOKEN_BYTES])
{
    struct match_vault *mv = ctx;
    for (size_t i = 0; i < count; i += TOKENS_AT_ONCE) {
        size_t n = count - i < TOKENS_AT_ONCE ? count - i : TOKENS_AT_ONCE;
        TRY(keeper_tokens(mv->v->keeper, values + i, n, ret + i));
    }
    return OK;
}

static err find(void *ctx, const uint8_t (*list)[TOKEN_BYTES], size_t count,
                err (*fn)(void *fn_ctx, size_t asked, uint32_t ordinal, uint8_t flags), void *fn_ctx)
{
    struct match_vault *mv = ctx;
    return vault_find(mv->v, list, count, fn, fn_ctx);
}

struct names {
    struct arena *arena;
    const struct config *config;
    uint8_t source;
    uint16_t family, first, full;
    const uint32_t *ordinals;
    size_t count, next;
    struct match_person *people;
};

static struct view kept(struct arena *a, struct view text)
{
    void *copy = arena_copy(a, text.p, text.len);
    return copy ? view_of(copy, text.len) : (struct view){0};
}

/* All values that the person has or had of one field. */
static err all_texts(struct names *n, const struct person *p, uint16_t field, struct view **ret, size_t *ret_count)
{
    *ret_count = 0;
    *ret = arena_array(n->arena, p->count + 2, sizeof **ret);
    ENSURE(*ret, mem_none());
    for (size_t i = 0; i < p->count; i++)
        if (p->values[i].field == field && !p->values[i].print)
            (*ret)[(*ret_count)++] = kept(n->arena, p->values[i].text);
    return OK;
}

/* The fingerprints of those that are no longer kept. */
static err all_prints(struct names *n, const struct person *p, uint16_t field, const uint8_t (**ret)[TOKEN_BYTES], size_t *ret_count)
{
    uint8_t(*list)[TOKEN_BYTES] = arena_array(n->arena, p->count + 1, TOKEN_BYTES);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < p->count; i++)
        if (p->values[i].field == field && p->values[i].print)
            memcpy(list[(*ret_count)++], p->values[i].text.p, TOKEN_BYTES);
    *ret = (const uint8_t(*)[TOKEN_BYTES])list;
    return OK;
}

static err take_ids(struct names *n, const struct person *p, struct match_person *to)
{
    struct match_id *ids = arena_array(n->arena, p->count + 1, sizeof *ids);
    ENSURE(ids, mem_none());
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        const struct field *f = field_of(&n->config->numbers, v->field);
        if (v->source == n->source && f && f->type == TYPE_ID && v->until == PERSON_OPEN)
            ids[to->id_count++] = (struct match_id){v->field, kept(n->arena, v->text)};
    }
    to->ids = ids;
    return OK;
}

static err take_names(struct names *n, const struct person *p, struct match_person *to)
{
    struct view *families, *firsts;
    TRY(all_texts(n, p, n->family, &families, &to->family_count));
    TRY(all_texts(n, p, n->first, &firsts, &to->first_count));
    TRY(all_prints(n, p, n->family, &to->family_prints, &to->family_print_count));
    TRY(all_prints(n, p, n->first, &to->first_prints, &to->first_print_count));
    struct view full = person_text(p, &n->config->numbers, n->full, PERSON_OPEN - 1);
    if (to->family_count == 0 && full.len) {
        struct view family, first;
        match_split_name(full, &family, &first);
        families[to->family_count++] = kept(n->arena, family);
        if (to->first_count == 0)
            firsts[to->first_count++] = kept(n->arena, first);
    }
    to->families = families;
    to->firsts = firsts;
    return OK;
}

static err take_person(struct names *n, const struct person *p, struct match_person *to)
{
    *to = (struct match_person){
        .ordinal = p->ordinal, .there = p->state == CELL_THERE, .joined = p->facts.alias != 0, .birth = p->facts.birth};
    if (!to->there)
        return OK;
    TRY(take_ids(n, p, to));
    return take_names(n, p, to);
}

static err on_person(void *ctx, const struct person *p)
{
    struct names *n = ctx;
    while (n->next < n->count && n->ordinals[n->next] != p->ordinal)
        n->next++;
    CHECK(n->next < n->count);
    return take_person(n, p, &n->people[n->next++]);
}

uint32_t match_categories(const struct config *c, uint8_t source)
{
    uint32_t bits = 1u << CATEGORY_IDENTITY;
    const struct config_source *s = config_source_of(c, source);
    for (size_t i = 0; s && i < s->id_count; i++) {
        const struct field *f = catalogue_find(&c->catalogue, view_text(s->ids[i]));
        bits |= f ? 1u << f->category : 0;
    }
    return bits;
}

static struct names names_of(const struct config *c, struct arena *a, uint8_t source)
{
    const struct field_numbers *numbers = &c->numbers;
    return (struct names){.arena = a,
                          .config = c,
                          .source = source,
                          .family = field_no_of(numbers, "last_name"),
                          .first = field_no_of(numbers, "first_name"),
                          .full = field_no_of(numbers, "display_name")};
}

static err people(void *ctx, struct arena *a, uint8_t source, const uint32_t *ordinals, size_t count,
                  struct match_person *list)
{
    struct match_vault *mv = ctx;
    struct names n = names_of(mv->config, a, source);
    n.ordinals = ordinals;
    n.count = count;
    n.people = list;
    return people_read(mv->v, mv->config, ordinals, count, match_categories(mv->config, source), on_person, &n);
}

err match_person_of(const struct config *c, struct arena *a, uint8_t source, const struct person *p,
                    struct match_person *ret)
{
    struct names n = names_of(c, a, source);
    return take_person(&n, p, ret);
}

static struct match_name_field name_field(const struct config *c, const char *key)
{
    uint16_t no = field_no_of(&c->numbers, key);
    return (struct match_name_field){field_of(&c->numbers, no), no};
}

struct records {
    uint32_t *ret;
    size_t next;
};

static err note_alias(void *ctx, const struct person *p)
{
    struct records *r = ctx;
    r->ret[r->next++] = p->facts.alias ? UINT32_MAX : p->ordinal;
    return OK;
}

static err records(void *ctx, const uint32_t *ordinals, size_t count, uint32_t *ret)
{
    struct match_vault *mv = ctx;
    struct records r = {ret, 0};
    TRY(people_read(mv->v, mv->config, ordinals, count, 0, note_alias, &r));
    CHECK(r.next == count);
    for (size_t i = 0; i < count; i++) {
        struct people_records all;
        if (ret[i] != UINT32_MAX)
            continue;
        TRY(people_records(mv->v, mv->config, ordinals[i], &all));
        ret[i] = all.list[0];
    }
    return OK;
}

struct match_access match_over(struct match_vault *mv)
{
    return (struct match_access){.ctx = mv,
                                 .tokens = tokens,
                                 .find = find,
                                 .people = people,
                                 .records = records,
                                 .family = name_field(mv->config, "last_name"),
                                 .first = name_field(mv->config, "first_name")};
}
