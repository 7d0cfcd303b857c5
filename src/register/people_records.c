/* Several records of one person: people.h. */
#include "people.h"

#include <stdlib.h>
#include <string.h>

enum { WHOLE_AT_ONCE = 128 };

/* --- the ring --- */

/* Records that were read already, rising. */
struct links {
    struct people_alias *list; /* to the next of the ring */
    size_t count, room;
};

static int by_from(const void *a, const void *b)
{
    const struct people_alias *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static err next_of(struct vault *v, const struct config *c, const struct links *known, struct arena *a, uint32_t ordinal, uint32_t *ret)
{
    struct people_alias key = {ordinal, 0};
    const struct people_alias *link = known->count ? bsearch(&key, known->list, known->count, sizeof key, by_from) : NULL;
    struct person p = {0};
    if (link) {
        *ret = link->to;
        return OK;
    }
    TRY(people_open(v, c, a, &ordinal, 1, 0, &p));
    *ret = p.state == CELL_THERE && p.facts.alias ? p.facts.alias - 1 : ordinal;
    return OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static err damaged(void)
{
    return err_new(ERR_CORRUPT, "The records of one person don't lead back to each other.", "Run 'candour fsck'.");
}

static err walk(struct vault *v, const struct config *c, const struct links *known, uint32_t ordinal, struct people_records *ret)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    uint32_t at = ordinal;
    ret->count = 0;
    do {
        ENSURE(ret->count < PEOPLE_RECORDS_MAX, damaged());
        ret->list[ret->count++] = at;
        TRY(next_of(v, c, known, a, at, &at));
    } while (at != ordinal);
    qsort(ret->list, ret->count, sizeof ret->list[0], by_number);
    return OK;
}

err people_records(struct vault *v, const struct config *c, uint32_t ordinal, struct people_records *ret)
{
    return walk(v, c, &(struct links){0}, ordinal, ret);
}

static bool has_record(const struct people_records *r, uint32_t ordinal)
{
    return bsearch(&ordinal, r->list, r->count, sizeof ordinal, by_number) != NULL;
}

static err open_there(struct vault *v, const struct config *c, struct arena *a, const uint32_t *ordinals, size_t count, struct person *list)
{
    TRY(people_open(v, c, a, ordinals, count, 0, list));
    for (size_t i = 0; i < count; i++)
        ENSURE(list[i].state == CELL_THERE, err_new(ERR_GONE, "That person was erased.", "Nothing is kept that could be changed."));
    return OK;
}

/* What holds one of them holds all, from now on each by itself. */
static err share_holds(struct arena *a, struct person *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = list[i].facts.hold_count;
        for (size_t k = 0; k < count; k++)
            for (size_t h = 0; k != i && h < list[k].facts.hold_count; h++)
                TRY(facts_hold(a, &list[i].facts, list[k].facts.holds[h].incident, list[k].facts.holds[h].since));
        list[i].facts_changed = list[i].facts_changed || list[i].facts.hold_count != before;
    }
    return OK;
}

static struct person *of_ordinal(struct person *list, size_t count, uint32_t ordinal)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].ordinal == ordinal)
            return &list[i];
    return NULL;
}

/* Two rings become one where the links of one record of each are exchanged. */
static err link_rings(struct person *list, size_t count, uint32_t one, uint32_t other)
{
    struct person *a = of_ordinal(list, count, one), *b = of_ordinal(list, count, other);
    ENSURE(a && b, damaged());
    uint32_t after = a->facts.alias ? a->facts.alias : one + 1;
    a->facts.alias = b->facts.alias ? b->facts.alias : other + 1;
    b->facts.alias = after;
    a->facts_changed = b->facts_changed = true;
    return OK;
}

err people_merge(struct vault *v, const struct config *c, uint32_t one, uint32_t other, bool *ret_changed)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct people_records r, second;
    struct person list[PEOPLE_RECORDS_MAX];
    *ret_changed = false;
    TRY(people_records(v, c, one, &r));
    if (has_record(&r, other))
        return OK;
    TRY(people_records(v, c, other, &second));
    ENSURE(r.count + second.count <= PEOPLE_RECORDS_MAX,
           err_newf(ERR_LIMIT, "One person can have {} records.", "Take some out with 'candour person unmerge'.", err_int(PEOPLE_RECORDS_MAX)));
    memcpy(r.list + r.count, second.list, second.count * sizeof second.list[0]);
    r.count += second.count;
    qsort(r.list, r.count, sizeof r.list[0], by_number);
    TRY(open_there(v, c, a, r.list, r.count, list));
    TRY(link_rings(list, r.count, one, other));
    TRY(share_holds(a, list, r.count));
    *ret_changed = true;
    return people_save(v, c, list, r.count);
}

err people_merge_from_files(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, bool *ret_one)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    size_t otherwise = 0, records = 0;
    for (size_t i = 0; i < count; i++) {
        struct people_records r;
        struct person p = {0};
        TRY(people_records(v, c, ordinals[i], &r));
        records += r.count;
        TRY(people_open_whole(v, c, a, ordinals[i], 0, &p));
        otherwise += p.state != CELL_THERE || !facts_file_only(&p.facts);
    }
    *ret_one = otherwise <= 1 && records <= PEOPLE_RECORDS_MAX;
    for (size_t i = 1; i < count && *ret_one; i++)
        TRY(people_merge(v, c, ordinals[0], ordinals[i], &(bool){false}));
    return OK;
}

err people_record_for(struct vault *v, const struct config *c, uint32_t ordinal, uint8_t source, uint32_t *ret)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct people_records r;
    struct person list[PEOPLE_RECORDS_MAX];
    TRY(people_records(v, c, ordinal, &r));
    TRY(people_open(v, c, a, r.list, r.count, 0, list));
    uint32_t in_source = UINT32_MAX, in_any = UINT32_MAX;
    for (size_t i = r.count; i-- > 0;) {
        in_source = facts_in_source(&list[i].facts, source) ? r.list[i] : in_source;
        in_any = facts_file_only(&list[i].facts) ? in_any : r.list[i];
    }
    *ret = in_source != UINT32_MAX ? in_source : in_any != UINT32_MAX ? in_any : r.list[0];
    return OK;
}

err people_unmerge(struct vault *v, const struct config *c, uint32_t ordinal, bool *ret_changed)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct people_records r;
    struct person list[PEOPLE_RECORDS_MAX];
    *ret_changed = false;
    TRY(people_records(v, c, ordinal, &r));
    if (r.count == 1)
        return OK;
    TRY(open_there(v, c, a, r.list, r.count, list));
    TRY(share_holds(a, list, r.count));
    struct person *out = NULL, *before = NULL;
    for (size_t i = 0; i < r.count; i++) {
        out = list[i].ordinal == ordinal ? &list[i] : out;
        before = list[i].facts.alias == ordinal + 1 ? &list[i] : before;
    }
    ENSURE(out && before, damaged());
    before->facts.alias = r.count == 2 ? 0 : out->facts.alias;
    out->facts.alias = 0;
    before->facts_changed = out->facts_changed = *ret_changed = true;
    return people_save(v, c, list, r.count);
}

/* --- all records of a person at once --- */

static err join(struct arena *a, const struct person *list, size_t count, struct person *ret)
{
    struct facts *facts = arena_array(a, count, sizeof *facts);
    size_t values = 0;
    for (size_t i = 0; i < count; i++)
        values += list[i].count;
    struct person_value *all = arena_array(a, values + 1, sizeof *all);
    ENSURE(facts && all, mem_none());
    *ret = list[0];
    ret->values = all;
    ret->count = ret->room = 0;
    for (size_t i = 0; i < count; i++) {
        facts[i] = list[i].facts;
        facts[i].also = i + 1 < count ? &facts[i + 1] : NULL;
        ret->loaded &= list[i].loaded;
        if (list[i].count)
            memcpy(all + ret->count, list[i].values, list[i].count * sizeof *all);
        ret->count += list[i].count;
    }
    ret->facts = facts[0];
    return OK;
}

static err open_all(struct vault *v, const struct config *c, struct arena *a, const struct people_records *r, uint32_t categories, struct person *ret)
{
    struct person list[PEOPLE_RECORDS_MAX], ordered[PEOPLE_RECORDS_MAX];
    size_t there = 0;
    TRY(people_open(v, c, a, r->list, r->count, categories, list));
    if (r->count == 1) {
        *ret = list[0];
        return OK;
    }
    /* Of values that are equally new those of a record that says she is a member go first. */
    for (int member = 1; member >= 0; member--) {
        for (size_t i = 0; i < r->count; i++)
            if (list[i].state == CELL_THERE && (facts_status(&list[i].facts, vault_now(v), vault_today(v)) == STATUS_MEMBER) == member)
                ordered[there++] = list[i];
    }
    ENSURE(there, damaged());
    TRY(join(a, ordered, there, ret));
    ret->ordinal = r->list[0];
    return OK;
}

err people_open_whole(struct vault *v, const struct config *c, struct arena *a, uint32_t ordinal, uint32_t categories, struct person *ret)
{
    struct people_records r;
    TRY(people_records(v, c, ordinal, &r));
    return open_all(v, c, a, &r, categories, ret);
}

struct wholes {
    people_fn *fn;
    void *ctx;
    struct links later; /* those with several records */
};

static void wholes_end(struct wholes *w)
{
    mem_free(w->later.list);
}

static err on_record(void *ctx, const struct person *p)
{
    struct wholes *w = ctx;
    if (p->facts.alias == 0)
        return w->fn(w->ctx, p);
    struct links *l = &w->later;
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

err people_whole(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, uint32_t categories, people_fn *fn, void *ctx)
{
    CLEANUP(wholes_end) struct wholes w = {.fn = fn, .ctx = ctx};
    TRY(ordinals ? people_read(v, c, ordinals, count, categories, on_record, &w) : people_each(v, c, categories, on_record, &w));
    CLEANUP(arena_release) struct arena *a = NULL;
    for (size_t i = 0; i < w.later.count; i++) {
        uint32_t ordinal = w.later.list[i].from;
        struct people_records r;
        struct person p = {0};
        if (i % WHOLE_AT_ONCE == 0) {
            arena_release(&a);
            ENSURE(a = arena_new(), mem_none());
        }
        TRY(walk(v, c, &w.later, ordinal, &r));
        if (r.list[0] != ordinal)
            continue;
        TRY(open_all(v, c, a, &r, categories, &p));
        TRY(fn(ctx, &p));
    }
    return OK;
}
