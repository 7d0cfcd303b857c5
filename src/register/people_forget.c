/* Past values that are no longer kept: who has some is in the facts, so that nobody else is opened. */
#include "people.h"

#include <string.h>

#include "limits.h"
#include "match.h"
#include "text.h"

struct due {
    int64_t now;
    uint32_t *list;
    size_t count, room;
};

static void due_free(struct due *d)
{
    mem_free(d->list);
}

static err on_facts(void *ctx, const struct person *p)
{
    struct due *d = ctx;
    if (!facts_past_due(&p->facts, d->now))
        return OK;
    if (d->count == d->room) {
        size_t room = d->room ? d->room * 2 : 1024;
        uint32_t *more = mem_resize(d->list, room * sizeof *more);
        ENSURE(more, mem_none());
        d->list = more;
        d->room = room;
    }
    d->list[d->count++] = p->ordinal;
    return OK;
}

static size_t due_values(const struct person *list, size_t count, int64_t now)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < list[i].count; k++)
            n += person_value_due(&list[i].values[k], now);
    return n;
}

/* The fingerprints of all that is due of these people, in order. */
static err make_prints(struct vault *v, const struct config *c, const struct person *list, size_t count, int64_t now, size_t due,
                       uint8_t (*ret)[TOKEN_BYTES])
{
    CLEANUP(buf_free) struct buf bytes = BUF_SECRET(due * MATCH_PRINT_BYTES);
    CLEANUP(mem_release) struct keeper_value *values = mem_array(due + 1, sizeof *values);
    ENSURE(values, mem_none());
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < list[i].count; k++) {
            const struct person_value *value = &list[i].values[k];
            if (person_value_due(value, now))
                TRY(match_print(&bytes, field_of(&c->numbers, value->field), value->field, value->text));
        }
    }
    CHECK(bytes.len == due * MATCH_PRINT_BYTES);
    for (size_t i = 0; i < due; i++)
        values[i] = (struct keeper_value){KEEPER_TOKEN_PRINT, TEXT_NORMALISER_VERSION,
                                          view_of(bytes.p + i * MATCH_PRINT_BYTES, MATCH_PRINT_BYTES)};
    return keeper_tokens(v->keeper, values, due, ret);
}

/* People of one cell. */
static err forget(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, int64_t now, uint64_t *ret_values)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct person *list = arena_array(a, count, sizeof *list);
    ENSURE(list, mem_none());
    TRY(people_open(v, c, a, ordinals, count, PEOPLE_ALL_CATEGORIES, list));
    size_t due = due_values(list, count, now), done = 0;
    CLEANUP(mem_release) uint8_t(*prints)[TOKEN_BYTES] = mem_array(due + 1, TOKEN_BYTES);
    ENSURE(prints, mem_none());
    TRY(make_prints(v, c, list, count, now, due, prints));
    for (size_t i = 0; i < count; i++) {
        size_t mine = due_values(&list[i], 1, now);
        TRY(person_forget(a, &c->numbers, &list[i], now, (const uint8_t(*)[TOKEN_BYTES])prints + done));
        done += mine;
    }
    *ret_values += due;
    CLEANUP(people_tokens_free) struct people_tokens none = {0};
    TRY(people_save_gather(v, c, list, count, &none));
    TRY(people_save_settle(v, &none));
    CHECK(none.count == 0); /* what she was found by in the past she is found by on */
    return OK;
}

err people_forget_past(struct vault *v, const struct config *c, uint64_t *ret_values)
{
    CLEANUP(due_free) struct due d = {.now = vault_now(v)};
    *ret_values = 0;
    TRY(people_each(v, c, 0, on_facts, &d));
    for (size_t i = 0, n; i < d.count; i += n) {
        for (n = 1; i + n < d.count && d.list[i + n] / CELL_PLACES == d.list[i] / CELL_PLACES; n++)
            CHECK(d.list[i + n - 1] < d.list[i + n]);
        TRY(forget(v, c, d.list + i, n, d.now, ret_values));
    }
    return OK;
}
