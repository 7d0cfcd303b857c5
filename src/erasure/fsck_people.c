/* fsck: key cells, rows, index cells, and everybody's records. */
#include "fsck_int.h"

#include "cell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- key cells and rows --- */

struct cell_walk {
    struct fsck *f;
    uint64_t next;
};

static err on_cell(void *ctx, uint64_t no, struct view blob)
{
    struct cell_walk *w = ctx;
    struct fsck *f = w->f;
    struct keeper_cell cell = {.no = (uint32_t)no, .sealed = blob};
    struct view dropped;
    f->r->cells++;
    for (; w->next < no; w->next++) {
        fsck_fault(f, "Key cell %" PRIu64 " is missing: people %" PRIu64 " to %" PRIu64 " can't be opened.", w->next, w->next * CELL_PLACES,
                   w->next * CELL_PLACES + CELL_PLACES - 1);
        if (w->next * CELL_PLACES < f->people_end)
            fsck_set_bit(f->bad_cells, w->next);
    }
    w->next = no + 1;
    bool counted = no * CELL_PLACES < f->people_end;
    if (f->has_people && !counted)
        fsck_fault(f, "There is a key cell %" PRIu64 ", and people's numbers are given out up to %u only.", no, f->people_end);
    err e = fsck_has_keys(f, KEEPER_PEOPLE, no) ? fsck_keys(f, KEEPER_PEOPLE, no, &cell.keys)
                                                : err_new(ERR_CORRUPT, "Its group of keys is missing or damaged.", "");
    /* Writing nothing opens the cell; what comes of it is dropped. */
    if (e.kind == ERR_OK)
        e = keeper_write_people(f->v->keeper, &cell, NULL, 0, &dropped, NULL);
    if (e.kind != ERR_OK && counted)
        fsck_set_bit(f->bad_cells, no);
    return fsck_told(f, e, "Key cell %" PRIu64 " (people %" PRIu64 " to %" PRIu64 ") does not open", no, no * CELL_PLACES,
                     no * CELL_PLACES + CELL_PLACES - 1);
}

static err on_row(void *ctx, uint64_t ordinal, struct view blob)
{
    struct fsck *f = ctx;
    (void)blob;
    if (ordinal < f->people_end)
        fsck_set_bit(f->rows, ordinal);
    else if (f->has_people)
        fsck_fault(f, "There is a row of person %" PRIu64 ", and numbers are given out up to %u only.", ordinal, f->people_end);
    return OK;
}

err fsck_cells_section(struct fsck *f)
{
    struct cell_walk w = {.f = f};
    uint64_t cells = ((uint64_t)f->people_end + CELL_PLACES - 1) / CELL_PLACES;
    TRY(store_cells_each(f->v->store, 0, UINT32_MAX, on_cell, &w));
    for (; w.next < cells; w.next++) {
        fsck_fault(f, "Key cell %" PRIu64 " is missing: people %" PRIu64 " and following can't be opened.", w.next, w.next * CELL_PLACES);
        fsck_set_bit(f->bad_cells, w.next);
    }
    return store_rows_each(f->v->store, 0, UINT32_MAX, on_row, f);
}

/* --- index cells --- */

struct index_walk {
    struct fsck *f;
    struct store_index *list;
    size_t count, room;
    uint64_t greatest;
    bool good;
};

static void index_walk_end(struct index_walk *w)
{
    mem_free(w->list);
}

static err on_index(void *ctx, struct store_index at, struct view blob)
{
    struct index_walk *w = ctx;
    struct fsck *f = w->f;
    struct keeper_cell cell = {.no = at.no, .sealed = blob};
    struct view dropped;
    uint32_t entries = 0;
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        struct store_index *more = mem_resize(w->list, w->room * sizeof *more);
        ENSURE(more, mem_none());
        w->list = more;
    }
    w->list[w->count++] = at;
    w->greatest = at.no;
    f->r->index_cells++;
    err e = fsck_has_keys(f, KEEPER_INDEX, at.no) ? fsck_keys(f, KEEPER_INDEX, at.no, &cell.keys)
                                                  : err_new(ERR_CORRUPT, "Its group of keys is missing or damaged.", "");
    if (e.kind == ERR_OK && !cell_index_prefix_ok(at.depth, at.prefix))
        e = err_new(ERR_CORRUPT, "The place that stands beside it can't be one.", "");
    if (e.kind == ERR_OK)
        e = keeper_write_index(f->v->keeper, &cell, at.depth, at.prefix, NULL, 0, &dropped, &entries, &dropped);
    f->r->index_entries += entries;
    w->good = w->good && e.kind == ERR_OK;
    return fsck_told(f, e, "Index cell %u does not open", at.no);
}

static int by_prefix(const void *a, const void *b)
{
    const struct store_index *x = a, *y = b;
    return (x->prefix > y->prefix) - (x->prefix < y->prefix);
}

/* Together the cells cover every token once. */
static void check_cover(struct index_walk *w)
{
    uint64_t next = 0;
    if (w->count)
        qsort(w->list, w->count, sizeof *w->list, by_prefix);
    for (size_t i = 0; i < w->count; i++) {
        const struct store_index *at = &w->list[i];
        if (at->depth > 32 || at->prefix != next) {
            fsck_fault(w->f, "Before index cell %u there is a gap, or an overlap: a cell is missing, or its place was changed.", at->no);
            w->good = false;
        }
        next = (uint64_t)at->prefix + ((uint64_t)1 << (32 - (at->depth > 32 ? 32 : at->depth)));
    }
    if (w->count && next != (uint64_t)1 << 32) {
        fsck_fault(w->f, "The last index cell is missing.");
        w->good = false;
    }
}

err fsck_index_section(struct fsck *f)
{
    CLEANUP(index_walk_end) struct index_walk w = {.f = f, .good = true};
    uint64_t next;
    TRY(store_index_each(f->v->store, 0, UINT32_MAX, on_index, &w));
    check_cover(&w);
    f->index_is_good = w.good;
    TRY(store_counter_peek(f->v->store, STORE_INDEX_CELLS, &next));
    if (w.count && next <= w.greatest)
        fsck_fault(f, "The counter of index cells stands at %" PRIu64 ", and number %" PRIu64 " is given out already.", next, w.greatest);
    return OK;
}

/* --- everybody --- */

struct reading {
    struct fsck *f;
    struct fsck_tokens *tokens;
    struct arena *arena; /* people of one cell */
    uint32_t *next;      /* per ordinal: her next record + 1, 0: none */
    uint32_t only;       /* told of in faults */
};

static err on_person(void *ctx, uint32_t ordinal, const struct keeper_person *from)
{
    struct reading *r = ctx;
    struct fsck *f = r->f;
    struct person p = {0};
    f->state[ordinal] = (uint8_t)from->state;
    if (from->state != CELL_THERE)
        return OK;
    f->r->people++;
    f->r->records += from->record_count;
    if (!f->has_config)
        return OK;
    err e = person_take(r->arena, &f->config.numbers, ordinal, from, UINT32_MAX, &p);
    if (e.kind == ERR_OK)
        r->next[ordinal] = p.facts.alias;
    if (e.kind == ERR_OK && p.facts.oldest_past != person_oldest_past(&p))
        fsck_fault(f, "The facts of person %u do not say when her oldest past value ended, so that it would be kept too long.", ordinal);
    if (e.kind == ERR_OK)
        e = fsck_tokens_person(r->tokens, &p);
    return fsck_told(f, e, "The facts or values of person %u are not understood", ordinal);
}

/* What does not open in a cell that opens are rows. */
static err read_singly(struct reading *r, const uint32_t *ordinals, size_t count)
{
    struct fsck *f = r->f;
    for (size_t i = 0; i < count && f->units > 0; i++) {
        f->units--;
        err e = vault_read_people(f->v, &ordinals[i], 1, UINT32_MAX, true, on_person, r);
        if (e.kind == ERR_CORRUPT && f->state[ordinals[i]] == FSCK_UNKNOWN) {
            f->state[ordinals[i]] = CELL_THERE;
            err_ignore(e, "it is told here");
            if (fsck_bit(f->rows, ordinals[i])) /* one that is missing is told by judge_rows() */
                fsck_fault(f, "The row of person %u does not open: it was changed, moved, or put back to an older version.", ordinals[i]);
            continue;
        }
        TRY(e);
    }
    return OK;
}

static err read_cell(struct reading *r, uint64_t cell, uint32_t end)
{
    struct fsck *f = r->f;
    uint32_t ordinals[CELL_PLACES];
    size_t count = 0;
    for (uint64_t o = cell * CELL_PLACES; o < end && count < CELL_PLACES; o++)
        ordinals[count++] = (uint32_t)o;
    if (f->units < count)
        return OK;
    f->units -= count;
    arena_free(r->arena);
    r->arena = arena_new();
    ENSURE(r->arena, mem_none());
    struct fsck_result before = {.people = f->r->people, .records = f->r->records};
    err e = vault_read_people(f->v, ordinals, count, UINT32_MAX, true, on_person, r);
    if (e.kind == ERR_CORRUPT) {
        err_ignore(e, "it is looked for one by one");
        f->r->people = before.people;
        f->r->records = before.records;
        e = read_singly(r, ordinals, count);
    }
    TRY(e);
    return fsck_tokens_made(r->tokens);
}

static void judge_states(struct fsck *f)
{
    for (uint32_t i = 0; i < f->people_end; i++) {
        bool row = fsck_bit(f->rows, i);
        if (f->state[i] == CELL_UNUSED)
            fsck_fault(f, "Number %u was given out, and its key cell knows nobody there.", i);
        if (f->state[i] != CELL_THERE && f->state[i] != FSCK_UNKNOWN && row)
            fsck_fault(f, "There is a row of person %u, who is not there.", i);
        f->r->erased += f->state[i] == CELL_ERASED;
    }
}

static void judge_rows(struct fsck *f)
{
    for (uint32_t i = 0; i < f->people_end; i++)
        if (f->state[i] == CELL_THERE && !fsck_bit(f->rows, i))
            fsck_fault(f, "The row of person %u is missing.", i);
}

/* Who has a next record is the next of exactly one other: then all of them stand in rings. */
static err judge_rings(struct reading *r)
{
    struct fsck *f = r->f;
    CLEANUP(mem_release) uint8_t *met = mem_alloc((size_t)f->people_end / 8 + 1);
    ENSURE(met, mem_none());
    for (uint32_t i = 0; i < f->people_end; i++) {
        uint32_t next = r->next[i] - 1;
        if (!r->next[i])
            continue;
        if (next >= f->people_end || f->state[next] == CELL_UNUSED || (f->state[next] == CELL_THERE && !r->next[next]) || fsck_bit(met, next))
            fsck_fault(f, "The records said to be one person's with that of person %u do not form a ring.", i);
        else
            fsck_set_bit(met, next);
    }
    return OK;
}

/* A warrant for as much; nothing is published on a log that isn't as it should be. */
static err ask_warrant(struct fsck *f, uint64_t wanted, bool *ret)
{
    *ret = false;
    if (f->o->write_nothing || !f->log_is_good)
        return OK;
    err e = f->v->beside[0] ? vault_warrant_reading(f->v, wanted) : vault_warrant(f->v, "fsck", "fsck", UINT32_MAX, wanted);
    *ret = e.kind == ERR_OK;
    if (e.kind == ERR_NOMEM)
        return e;
    vault_undo(f->v);
    if (e.kind != ERR_OK)
        fsck_note(f, "There is no warrant to open everybody: %s", err_text()->what);
    err_ignore(e, "few people can be opened without");
    return OK;
}

/* Without a warrant everybody counts as looked up by this user today: all of it is done, if it is little, or nothing. */
static err allow(struct fsck *f, bool *ret)
{
    struct keeper_status status;
    uint64_t people = f->people_end;
    f->units = 2 * people + 2 * f->r->index_entries + 1000;
    TRY(ask_warrant(f, f->units, ret));
    if (*ret)
        return OK;
    TRY(keeper_status(f->v->keeper, &status));
    *ret = f->units <= FSCK_WITHOUT_WARRANT && status.used_today + f->units <= LIMIT_STAFF_UNITS_A_DAY;
    if (!*ret)
        fsck_note(f, "The records of %" PRIu64 " people were not opened, nor were they looked up: for so many at once a warrant has to be published in the log "
                     "first, or the keeper would raise an alarm. Their key cells and the index were opened. Run 'candour fsck' as it is, once "
                     "the log goes on.", people);
    return OK;
}

static void reading_end(struct reading *r)
{
    arena_free(r->arena);
    fsck_tokens_free(&r->tokens);
    mem_free(r->next);
}

err fsck_people_section(struct fsck *f)
{
    bool allowed;
    if (f->people_end == 0)
        return OK;
    TRY(allow(f, &allowed));
    if (!allowed)
        return OK;
    CLEANUP(reading_end) struct reading r = {.f = f};
    TRY(fsck_tokens_new(f, &r.tokens));
    r.next = mem_array(f->people_end, sizeof *r.next);
    ENSURE(r.next, mem_none());
    uint64_t cells = ((uint64_t)f->people_end + CELL_PLACES - 1) / CELL_PLACES;
    for (uint64_t cell = 0; cell < cells; cell++) {
        fsck_progress(f, "People", cell * CELL_PLACES, f->people_end);
        if (!fsck_bit(f->bad_cells, cell))
            TRY(fsck_told(f, read_cell(&r, cell, f->people_end), "People of key cell %" PRIu64, cell));
    }
    f->r->people_opened = true;
    judge_states(f);
    judge_rows(f);
    TRY(judge_rings(&r));
    TRY(fsck_tokens_end(r.tokens));
    return f->o->write_nothing ? OK : keeper_warrant_end(f->v->keeper);
}
