#include "people.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

enum { ARENA_PEOPLE = 256 };

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

err people_new(struct vault *v, struct person *ret)
{
    uint32_t count;
    struct person p = {.state = CELL_THERE, .facts = FACTS_NONE, .facts_changed = true, .loaded = UINT32_MAX};
    TRY(vault_new_ordinals(v, 1, &p.ordinal, &count));
    *ret = p;
    return OK;
}
