/* Key cells, rows of people, keys of cells, index cells: blobs by number. */
#include "sql.h"

static err put(struct store *s, enum sql_id id, uint64_t no, struct view blob)
{
    return sql_write(s, id, SQL_ARGS(sql_int(no), sql_blob(blob)));
}

static err get(struct store *s, enum sql_id id, uint64_t no, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, id, &q, SQL_ARGS(sql_int(no))));
    TRY(sql_row(&q));
    return sql_take(&q, 0, to);
}

/* The number is in column 0, the blob in column 1. */
static err each(struct sql *q, store_each_fn *fn, void *ctx)
{
    for (;;) {
        bool row = false;
        TRY(sql_step(q, &row));
        if (!row)
            return OK;
        TRY(fn(ctx, sql_number(q, 0), sql_view(q, 1)));
    }
}

static err range(struct store *s, enum sql_id id, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, id, &q, SQL_ARGS(sql_int(from), sql_int(to))));
    return each(&q, fn, ctx);
}

err store_cell_put(struct store *s, uint32_t no, struct view blob)
{
    return put(s, SQL_CELL_PUT, no, blob);
}

err store_cell_get(struct store *s, uint32_t no, struct buf *to)
{
    return get(s, SQL_CELL_GET, no, to);
}

err store_cell_delete(struct store *s, uint32_t no)
{
    return sql_write(s, SQL_CELL_DELETE, SQL_ARGS(sql_int(no)));
}

err store_cells_each(struct store *s, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx)
{
    return range(s, SQL_CELL_EACH, from, to, fn, ctx);
}

err store_cell_count(struct store *s, uint64_t *ret)
{
    return sql_count(s, SQL_CELL_COUNT, 0, NULL, ret);
}

err store_row_put(struct store *s, uint32_t ordinal, struct view blob)
{
    return put(s, SQL_ROW_PUT, ordinal, blob);
}

err store_row_get(struct store *s, uint32_t ordinal, struct buf *to)
{
    return get(s, SQL_ROW_GET, ordinal, to);
}

err store_row_delete(struct store *s, uint32_t ordinal)
{
    return sql_write(s, SQL_ROW_DELETE, SQL_ARGS(sql_int(ordinal)));
}

err store_rows_each(struct store *s, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx)
{
    return range(s, SQL_ROW_EACH, from, to, fn, ctx);
}

err store_row_count(struct store *s, uint64_t *ret)
{
    return sql_count(s, SQL_ROW_COUNT, 0, NULL, ret);
}

err store_keys_put(struct store *s, enum store_keys kind, uint32_t no, struct view blob)
{
    return sql_write(s, SQL_KEYS_PUT, SQL_ARGS(sql_int(kind), sql_int(no), sql_blob(blob)));
}

err store_keys_get(struct store *s, enum store_keys kind, uint32_t no, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_KEYS_GET, &q, SQL_ARGS(sql_int(kind), sql_int(no))));
    TRY(sql_row(&q));
    return sql_take(&q, 0, to);
}

err store_keys_delete(struct store *s, enum store_keys kind, uint32_t no)
{
    return sql_write(s, SQL_KEYS_DELETE, SQL_ARGS(sql_int(kind), sql_int(no)));
}

err store_keys_each(struct store *s, enum store_keys kind, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_KEYS_EACH, &q, SQL_ARGS(sql_int(kind), sql_int(from), sql_int(to))));
    return each(&q, fn, ctx);
}

err store_keys_count(struct store *s, enum store_keys kind, uint64_t *ret)
{
    return sql_count(s, SQL_KEYS_COUNT, SQL_ARGS(sql_int(kind)), ret);
}

/* --- index cells -------------------------------------------------------------------------------------------------- */

err store_index_put(struct store *s, struct store_index at, struct view blob)
{
    CHECK(at.depth <= 32);
    return sql_write(s, SQL_INDEX_PUT, SQL_ARGS(sql_int(at.no), sql_int(at.prefix), sql_int(at.depth), sql_blob(blob)));
}

static struct store_index index_of(struct sql *q)
{
    return (struct store_index){.no = (uint32_t)sql_number(q, 0),
                                .prefix = (uint32_t)sql_number(q, 1),
                                .depth = (uint8_t)sql_number(q, 2)};
}

static err index_get(struct store *s, enum sql_id id, uint32_t key, struct store_index *ret, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, id, &q, SQL_ARGS(sql_int(key))));
    TRY(sql_row(&q));
    if (ret)
        *ret = index_of(&q);
    return sql_take(&q, 3, to);
}

err store_index_get(struct store *s, uint32_t no, struct store_index *ret, struct buf *to)
{
    return index_get(s, SQL_INDEX_GET, no, ret, to);
}

err store_index_find(struct store *s, uint32_t first32, struct store_index *ret, struct buf *to)
{
    return index_get(s, SQL_INDEX_FIND, first32, ret, to);
}

err store_index_delete(struct store *s, uint32_t no)
{
    return sql_write(s, SQL_INDEX_DELETE, SQL_ARGS(sql_int(no)));
}

err store_index_each(struct store *s, uint32_t from, uint32_t to, store_index_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_INDEX_EACH, &q, SQL_ARGS(sql_int(from), sql_int(to))));
    for (;;) {
        bool row = false;
        TRY(sql_step(&q, &row));
        if (!row)
            return OK;
        TRY(fn(ctx, index_of(&q), sql_view(&q, 3)));
    }
}

err store_index_count(struct store *s, uint64_t *ret)
{
    return sql_count(s, SQL_INDEX_COUNT, 0, NULL, ret);
}
