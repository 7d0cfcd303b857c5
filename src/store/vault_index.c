#include "vault_int.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    WRITE_MAX = 1024, /* entries that go into one cell at once: it stays far below its ceiling */
    FIRST_CELL = 1000, /* entries in a cell of a new index, about ... */
    FIRST_MAX = 4096   /* ... and at most: far below its ceiling too */
};

/* --- finding --- */

struct asked {
    uint8_t token[TOKEN_BYTES];
    size_t index;
    uint32_t hits; /* CELL_TOKEN_SHARED: more stand under its continuation */
};

static int by_token(const void *a, const void *b)
{
    return memcmp(a, b, TOKEN_BYTES);
}

/* One past the last of `count` sorted tokens that belong into the cell. */
static size_t cell_end(const struct store_index *at, const uint8_t *first, size_t stride, size_t count)
{
    uint64_t end = (uint64_t)at->prefix + (at->depth ? (uint64_t)1 << (32 - at->depth) : (uint64_t)1 << 32);
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cell_token_start(first + middle * stride) < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static err cell_missing(void)
{
    return err_new(ERR_CORRUPT, "A part of the index is missing, so that people would not be found.", "Run 'candour fsck' and restore a backup.");
}

static err find_in_cell(struct vault *v, struct asked *list, size_t count, struct buf *cell, uint8_t (*tokens)[TOKEN_BYTES],
                        vault_found_fn *fn, void *ctx, size_t *ret_done)
{
    struct store_index at;
    buf_clear(cell);
    err e = store_index_find(v->store, cell_token_start(list[0].token), &at, cell);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "an empty register knows nobody");
        *ret_done = count;
        return OK;
    }
    TRY(e);
    size_t n = cell_end(&at, list[0].token, sizeof *list, count);
    ENSURE(n > 0, cell_missing());
    n = n > WRITE_MAX ? WRITE_MAX : n;
    for (size_t i = 0; i < n; i++)
        memcpy(tokens[i], list[i].token, TOKEN_BYTES);
    struct keeper_cell c = {.no = at.no, .sealed = buf_view(cell)};
    TRY(vault_keys_of(v, KEEPER_INDEX, at.no, &c.keys));
    TRY(keeper_find(v->keeper, &c, (const uint8_t(*)[TOKEN_BYTES])tokens, n));
    *ret_done = n;
    for (bool more = true;;) {
        struct keeper_found found;
        TRY(keeper_next_found(v->keeper, &found, &more));
        if (!more)
            return OK;
        ENSURE(found.asked < n, err_new(ERR_CORRUPT, "A look-up was answered with something that was not asked.", "Run 'candour fsck'."));
        list[found.asked].hits++;
        TRY(fn(ctx, list[found.asked].index, found.ordinal, found.flags));
    }
}

/* The tokens under which the people stand that found no room under these. */
static err continue_tokens(struct vault *v, uint8_t (*tokens)[TOKEN_BYTES], size_t count)
{
    CLEANUP(mem_release) struct keeper_value *values = mem_array(count + 1, sizeof *values);
    CLEANUP(mem_release) uint8_t(*next)[TOKEN_BYTES] = mem_array(count + 1, TOKEN_BYTES);
    ENSURE(values && next, mem_none());
    for (size_t i = 0; i < count; i++)
        values[i] = (struct keeper_value){KEEPER_TOKEN_MORE, 0, view_of(tokens[i], TOKEN_BYTES)};
    TRY(keeper_tokens(v->keeper, values, count, next));
    memcpy(tokens, next, count * TOKEN_BYTES);
    return OK;
}

/* Keeps those of which there are more people, under their continuations. */
static err keep_full(struct vault *v, struct asked *list, size_t *count)
{
    size_t full = 0;
    for (size_t i = 0; i < *count; i++)
        if (list[i].hits >= CELL_TOKEN_SHARED)
            list[full++] = list[i];
    *count = full;
    if (full == 0)
        return OK;
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(full, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    for (size_t i = 0; i < full; i++)
        memcpy(tokens[i], list[i].token, TOKEN_BYTES);
    TRY(continue_tokens(v, tokens, full));
    for (size_t i = 0; i < full; i++) {
        memcpy(list[i].token, tokens[i], TOKEN_BYTES);
        list[i].hits = 0;
    }
    return OK;
}

err vault_find(struct vault *v, const uint8_t (*tokens)[TOKEN_BYTES], size_t count, vault_found_fn *fn, void *ctx)
{
    CLEANUP(mem_release) struct asked *list = mem_array(count + 1, sizeof *list);
    CLEANUP(mem_release) uint8_t(*some)[TOKEN_BYTES] = mem_array(WRITE_MAX, TOKEN_BYTES);
    CLEANUP(buf_free) struct buf cell = BUF(LIMIT_FRAME_BYTES);
    ENSURE(list && some, mem_none());
    for (size_t i = 0; i < count; i++) {
        memcpy(list[i].token, tokens[i], TOKEN_BYTES);
        list[i].index = i;
    }
    while (count) {
        qsort(list, count, sizeof *list, by_token);
        for (size_t i = 0, n; i < count; i += n)
            TRY(find_in_cell(v, list + i, count - i, &cell, some, fn, ctx, &n));
        TRY(keep_full(v, list, &count));
    }
    return OK;
}

/* --- adding --- */

static int by_entry(const void *a, const void *b)
{
    return cell_token_order(a, b);
}

/* Entries that found no room under their tokens. */
struct left {
    struct cell_token *list;
    size_t count, room;
};

static void left_free(struct left *l)
{
    mem_free(l->list);
}

static err leave(struct left *l, struct view full)
{
    size_t n = full.len / CELL_TOKEN_BYTES;
    if (l->count + n > l->room) {
        size_t room = 2 * l->room + n;
        struct cell_token *list = mem_resize(l->list, room * sizeof *list);
        ENSURE(list, mem_none());
        l->list = list;
        l->room = room;
    }
    struct rd r = rd_of(full);
    for (size_t i = 0; i < n; i++) {
        struct cell_token *t = &l->list[l->count++];
        rd_copy(&r, t->token, TOKEN_BYTES);
        t->ordinal = rd_u32(&r);
        t->flags = rd_u8(&r);
    }
    return OK;
}

static err new_cell(struct vault *v, uint32_t prefix, uint8_t depth, const struct cell_token *entries, size_t count, struct left *left)
{
    uint64_t no;
    TRY(store_counter_next(v->store, STORE_INDEX_CELLS, 1, &no));
    struct keeper_cell c = {.no = (uint32_t)no};
    TRY(vault_keys_of(v, KEEPER_INDEX, c.no, &c.keys));
    struct view sealed, full;
    uint32_t now;
    TRY(keeper_write_index(v->keeper, &c, depth, prefix, entries, count, &sealed, &now, &full));
    TRY(leave(left, full));
    return store_index_put(v->store, (struct store_index){c.no, prefix, depth}, sealed);
}

static err add_sorted(struct vault *v, const struct cell_token *entries, size_t count, struct buf *cell, struct left *left);

/* The first entries of an empty index: as many cells as they need, each written once; what is too much for one goes in after. */
static err first_cells(struct vault *v, const struct cell_token *entries, size_t count, struct buf *cell, struct left *left)
{
    uint8_t depth = 0;
    while (depth < 24 && (count >> depth) > FIRST_CELL)
        depth++;
    size_t done = 0;
    for (uint64_t i = 0; i < (uint64_t)1 << depth; i++) {
        struct store_index at = {.prefix = depth ? (uint32_t)(i << (32 - depth)) : 0, .depth = depth};
        size_t n = cell_end(&at, entries[done].token, sizeof *entries, count - done);
        TRY(new_cell(v, at.prefix, depth, entries + done, n < FIRST_MAX ? n : FIRST_MAX, left));
        done += n;
    }
    for (size_t i = 0; i < count && depth < 32;) {
        struct store_index at = {.depth = depth};
        at.prefix = depth ? cell_token_start(entries[i].token) >> (32 - depth) << (32 - depth) : 0;
        size_t n = cell_end(&at, entries[i].token, sizeof *entries, count - i);
        if (n > FIRST_MAX)
            TRY(add_sorted(v, entries + i + FIRST_MAX, n - FIRST_MAX, cell, left));
        i += n;
    }
    return OK;
}

static err split(struct vault *v, const struct store_index *at, struct view sealed)
{
    uint64_t no;
    TRY(store_counter_next(v->store, STORE_INDEX_CELLS, 1, &no));
    struct keeper_cell left = {.no = at->no, .sealed = sealed}, right = {.no = (uint32_t)no};
    TRY(vault_keys_of(v, KEEPER_INDEX, left.no, &left.keys));
    TRY(vault_keys_of(v, KEEPER_INDEX, right.no, &right.keys));
    struct view halves[2];
    uint32_t counts[2];
    TRY(keeper_split_index(v->keeper, &left, &right, halves, counts));
    uint8_t depth = (uint8_t)(at->depth + 1);
    TRY(store_index_put(v->store, (struct store_index){left.no, at->prefix, depth}, halves[0]));
    return store_index_put(v->store, (struct store_index){right.no, at->prefix | 1u << (31 - at->depth), depth}, halves[1]);
}

/* Puts the entries of one cell, or, where they are too many for it, makes two cells of it first. */
static err add_to_cell(struct vault *v, const struct cell_token *entries, size_t count, struct buf *cell, struct left *left, size_t *ret_done)
{
    struct store_index at;
    buf_clear(cell);
    TRY(store_index_find(v->store, cell_token_start(entries[0].token), &at, cell));
    size_t n = cell_end(&at, entries[0].token, sizeof *entries, count);
    *ret_done = 0;
    ENSURE(n > 0, cell_missing());
    if (n > WRITE_MAX && at.depth < 32)
        return split(v, &at, buf_view(cell));
    n = n > WRITE_MAX ? WRITE_MAX : n;
    struct keeper_cell c = {.no = at.no, .sealed = buf_view(cell)};
    TRY(vault_keys_of(v, KEEPER_INDEX, at.no, &c.keys));
    struct view sealed, full;
    uint32_t now;
    TRY(keeper_write_index(v->keeper, &c, at.depth, at.prefix, entries, n, &sealed, &now, &full));
    TRY(leave(left, full));
    TRY(store_index_put(v->store, at, sealed));
    *ret_done = n;
    if (now <= CELL_INDEX_SPLIT || at.depth == 32)
        return OK;
    buf_clear(cell);
    TRY(store_index_get(v->store, at.no, &at, cell));
    return split(v, &at, buf_view(cell));
}

static err add_sorted(struct vault *v, const struct cell_token *entries, size_t count, struct buf *cell, struct left *left)
{
    for (size_t i = 0, n; i < count; i += n)
        TRY(add_to_cell(v, entries + i, count - i, cell, left, &n));
    return OK;
}

static void sort_entries(struct cell_token *entries, size_t count)
{
    /* Bulk callers sort in place themselves: qsort() takes as much memory again. */
    for (size_t i = 1; i < count; i++) {
        if (by_entry(&entries[i - 1], &entries[i]) > 0) {
            qsort(entries, count, sizeof *entries, by_entry);
            return;
        }
    }
}

/* Of doubled entries the last one's flags hold. */
static size_t drop_doubles(struct cell_token *entries, size_t count)
{
    size_t unique = count > 0;
    for (size_t i = 1; i < count; i++) {
        if (cell_token_order(&entries[unique - 1], &entries[i]) == 0)
            entries[unique - 1].flags = entries[i].flags;
        else
            entries[unique++] = entries[i];
    }
    return unique;
}

static err continue_entries(struct vault *v, struct left *l)
{
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(l->count, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    size_t distinct = 0;
    for (size_t i = 0; i < l->count; i++)
        if (i == 0 || memcmp(l->list[i - 1].token, l->list[i].token, TOKEN_BYTES) != 0)
            memcpy(tokens[distinct++], l->list[i].token, TOKEN_BYTES);
    TRY(continue_tokens(v, tokens, distinct));
    uint8_t last[TOKEN_BYTES];
    for (size_t i = 0, k = 0; i < l->count; i++) {
        k += i > 0 && memcmp(last, l->list[i].token, TOKEN_BYTES) != 0;
        memcpy(last, l->list[i].token, TOKEN_BYTES);
        memcpy(l->list[i].token, tokens[k], TOKEN_BYTES);
    }
    return OK;
}

static err add_once(struct vault *v, struct cell_token *entries, size_t count, struct left *left)
{
    CLEANUP(buf_free) struct buf cell = BUF(LIMIT_FRAME_BYTES);
    uint64_t cells;
    sort_entries(entries, count);
    size_t unique = drop_doubles(entries, count);
    TRY(store_index_count(v->store, &cells));
    if (cells == 0)
        return first_cells(v, entries, unique, &cell, left);
    return add_sorted(v, entries, unique, &cell, left);
}

err vault_index_add(struct vault *v, struct cell_token *entries, size_t count)
{
    CLEANUP(left_free) struct left now = {0};
    if (count)
        TRY(add_once(v, entries, count, &now));
    /* A value that thousands share: the rest go under its continuation, and so on. */
    while (now.count) {
        CLEANUP(left_free) struct left next = {0};
        TRY(continue_entries(v, &now));
        TRY(add_once(v, now.list, now.count, &next));
        struct left swap = now;
        now = next;
        next = swap;
    }
    return OK;
}
