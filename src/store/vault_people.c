#include "vault_int.h"

#include "commitment.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const char next_ordinal[] = "people.next";

err vault_people_end(struct vault *v, uint32_t *ret)
{
    CLEANUP(buf_free) struct buf b = BUF(16);
    *ret = 0;
    err e = store_meta_get(v->store, next_ordinal, &b);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "nobody yet");
        return OK;
    }
    TRY(e);
    struct rd r = rd_of(buf_view(&b));
    *ret = rd_u32(&r);
    ENSURE(rd_done(&r), err_new(ERR_CORRUPT, "The number of people is damaged.", "Run 'candour fsck'."));
    return OK;
}

err vault_new_ordinals(struct vault *v, uint32_t count, uint32_t *ret_first, uint32_t *ret_count)
{
    TRY(vault_people_end(v, ret_first));
    if (*ret_first % CELL_PLACES == 0) {
        uint32_t cell;
        TRY(store_block_next(v->store, &cell, ret_first));
    }
    uint32_t left = CELL_PLACES - *ret_first % CELL_PLACES;
    *ret_count = count < left ? count : left;
    CLEANUP(buf_free) struct buf b = BUF(16);
    buf_u32(&b, *ret_first + *ret_count);
    TRY(buf_ok(&b));
    return store_meta_put(v->store, next_ordinal, buf_view(&b));
}

/* One cell of people with the rows asked for. */
struct loaded {
    struct buf cell, rows;
    struct keeper_cell at;
    size_t row_end[CELL_PLACES]; /* in `rows` */
};

static void loaded_free(struct loaded *l)
{
    buf_free(&l->cell);
    buf_free(&l->rows);
}

static err load_cell(struct vault *v, uint32_t no, struct loaded *l)
{
    buf_clear(&l->cell);
    buf_clear(&l->rows);
    l->at.no = no;
    TRY(vault_keys_of(v, KEEPER_PEOPLE, no, &l->at.keys));
    err e = store_cell_get(v->store, no, &l->cell);
    if (e.kind != ERR_NOT_FOUND)
        TRY(e);
    l->at.sealed = buf_view(&l->cell);
    return OK;
}

static err load_row(struct vault *v, uint32_t ordinal, struct loaded *l, size_t i)
{
    err e = l->at.sealed.len ? store_row_get(v->store, ordinal, &l->rows) : OK;
    if (e.kind != ERR_NOT_FOUND)
        TRY(e);
    l->row_end[i] = l->rows.len;
    return OK;
}

static struct view row_at(const struct loaded *l, size_t i)
{
    size_t from = i ? l->row_end[i - 1] : 0;
    return view_of(l->rows.p + from, l->row_end[i] - from);
}

static size_t same_cell(const uint32_t first, size_t count, size_t stride, const void *ordinals)
{
    size_t n = 0;
    for (const uint8_t *p = ordinals; n < count; n++, p += stride) {
        uint32_t ordinal;
        memcpy(&ordinal, p, sizeof ordinal);
        if (ordinal / CELL_PLACES != first / CELL_PLACES)
            break;
    }
    return n;
}

err vault_write_begin(struct vault *v, const struct vault_change *changes, size_t count, struct vault_writing *ret)
{
    CLEANUP(loaded_free) struct loaded l = {.cell = BUF(LIMIT_FRAME_BYTES), .rows = BUF(LIMIT_FRAME_BYTES)};
    struct keeper_write writes[CELL_PLACES];
    CHECK(count > 0 && count == same_cell(changes[0].ordinal, count, sizeof *changes, &changes[0].ordinal));
    TRY(load_cell(v, changes[0].ordinal / CELL_PLACES, &l));
    for (size_t i = 0; i < count; i++)
        TRY(load_row(v, changes[i].ordinal, &l, i));
    ret->cell = l.at.no;
    ret->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct vault_change *c = &changes[i];
        CHECK(i == 0 || changes[i - 1].ordinal < c->ordinal);
        ret->ordinals[i] = c->ordinal;
        writes[i] = (struct keeper_write){.place = (uint8_t)(c->ordinal % CELL_PLACES), .new_facts = c->new_facts, .new_keys = c->new_keys, .facts = c->facts,
                                          .records = c->records, .record_count = c->record_count, .row = row_at(&l, i)};
    }
    return keeper_write_people_begin(v->keeper, &l.at, writes, count);
}

err vault_write_take(struct vault *v, struct vault_writing *w)
{
    return keeper_write_people_take(v->keeper, w->count, &w->sealed, w->rows);
}

err vault_write_put(struct vault *v, const struct vault_writing *w)
{
    TRY(store_cell_put(v->store, w->cell, w->sealed));
    for (size_t i = 0; i < w->count; i++)
        TRY(store_row_put(v->store, w->ordinals[i], w->rows[i]));
    return OK;
}

err vault_write_people(struct vault *v, const struct vault_change *changes, size_t count)
{
    struct vault_writing w;
    for (size_t i = 0; i < count; i += w.count) {
        size_t n = same_cell(changes[i].ordinal, count - i, sizeof *changes, &changes[i].ordinal);
        TRY(vault_write_begin(v, changes + i, n, &w));
        TRY(vault_write_take(v, &w));
        TRY(vault_write_put(v, &w));
    }
    return OK;
}

static err give_people(struct vault *v, uint32_t cell, vault_person_fn *fn, void *ctx)
{
    CLEANUP(mem_release) struct keeper_person *p = mem_alloc(sizeof *p);
    ENSURE(p, mem_none());
    for (bool more = true;;) {
        TRY(keeper_next_person(v->keeper, p, &more));
        if (!more)
            return OK;
        TRY(fn(ctx, cell * CELL_PLACES + p->place, p));
    }
}

err vault_read_people(struct vault *v, const uint32_t *ordinals, size_t count, uint32_t categories, bool facts, vault_person_fn *fn,
                      void *ctx)
{
    CLEANUP(loaded_free) struct loaded l = {.cell = BUF(LIMIT_FRAME_BYTES), .rows = BUF(LIMIT_FRAME_BYTES)};
    for (size_t i = 0; i < count;) {
        size_t n = same_cell(ordinals[i], count - i, sizeof *ordinals, &ordinals[i]);
        struct keeper_place places[CELL_PLACES];
        CHECK(n <= CELL_PLACES);
        TRY(load_cell(v, ordinals[i] / CELL_PLACES, &l));
        for (size_t k = 0; k < n; k++)
            TRY(load_row(v, ordinals[i + k], &l, k));
        for (size_t k = 0; k < n; k++)
            places[k] = (struct keeper_place){(uint8_t)(ordinals[i + k] % CELL_PLACES), row_at(&l, k)};
        TRY(keeper_read_people(v->keeper, &l.at, places, n, categories, facts));
        TRY(give_people(v, l.at.no, fn, ctx));
        i += n;
    }
    return OK;
}

struct all_facts {
    struct vault *v;
    vault_person_fn *fn;
    void *ctx;
};

static err facts_of_cell(void *ctx, uint64_t no, struct view blob)
{
    struct all_facts *a = ctx;
    struct keeper_cell cell = {.no = (uint32_t)no, .sealed = blob};
    TRY(vault_keys_of(a->v, KEEPER_PEOPLE, cell.no, &cell.keys));
    TRY(keeper_read_facts(a->v->keeper, &cell));
    return give_people(a->v, cell.no, a->fn, a->ctx);
}

err vault_read_facts(struct vault *v, vault_person_fn *fn, void *ctx)
{
    struct all_facts a = {v, fn, ctx};
    return store_cells_each(v->store, 0, UINT32_MAX, facts_of_cell, &a);
}

err vault_commit_set(struct vault *v, const uint8_t id[16], const uint32_t *ordinals, const struct view *fields, size_t count,
                     struct hash *ret_root)
{
    CLEANUP(mem_release) struct hash *leaves = mem_array(count + 1, sizeof *leaves);
    ENSURE(leaves, mem_none());
    CLEANUP(loaded_free) struct loaded l = {.cell = BUF(LIMIT_FRAME_BYTES), .rows = BUF(1)};
    for (size_t i = 0; i < count;) {
        size_t n = same_cell(ordinals[i], count - i, sizeof *ordinals, &ordinals[i]);
        struct keeper_leaf ask[CELL_PLACES];
        TRY(load_cell(v, ordinals[i] / CELL_PLACES, &l));
        for (size_t k = 0; k < n; k++)
            ask[k] = (struct keeper_leaf){(uint8_t)(ordinals[i + k] % CELL_PLACES), fields[i + k]};
        TRY(keeper_leaves(v->keeper, &l.at, id, ask, n, leaves + i));
        i += n;
    }
    commitment_sort(leaves, count);
    TRY(commitment_root(leaves, count, ret_root));
    return store_leaves_put(v->store, id, view_of(leaves, count * sizeof *leaves));
}

err vault_leaf_salt(struct vault *v, const uint8_t id[16], uint32_t ordinal, uint8_t ret_salt[KEY_BYTES])
{
    CLEANUP(loaded_free) struct loaded l = {.cell = BUF(LIMIT_FRAME_BYTES), .rows = BUF(1)};
    TRY(load_cell(v, ordinal / CELL_PLACES, &l));
    return keeper_salt(v->keeper, &l.at, id, (uint8_t)(ordinal % CELL_PLACES), ret_salt);
}
