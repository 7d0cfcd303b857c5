/* Log entries and checkpoints. */
#include "sql.h"

#include "limits.h"

err store_entry_count(struct store *s, uint64_t *ret)
{
    if (!s->writing || !s->counted)
        TRY(sql_count(s, SQL_ENTRY_COUNT, 0, NULL, &s->entries));
    s->counted = s->writing;
    *ret = s->entries;
    return OK;
}

err store_entry_append(struct store *s, struct view bytes, struct view sealed, uint64_t *ret_idx)
{
    uint64_t idx = 0;
    TRY(store_entry_count(s, &idx));
    TRY(sql_write(s, SQL_ENTRY_PUT, SQL_ARGS(sql_int(idx), sql_blob(bytes), sql_blob_or_null(sealed))));
    s->entries++;
    *ret_idx = idx;
    return OK;
}

err store_entry_get(struct store *s, uint64_t idx, struct buf *bytes, struct buf *sealed)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_ENTRY_GET, &q, SQL_ARGS(sql_int(idx))));
    TRY(sql_row(&q));
    TRY(sql_take(&q, 0, bytes));
    return sql_take(&q, 1, sealed);
}

err store_entry_reseal(struct store *s, uint64_t idx, struct view sealed)
{
    TRY(sql_write(s, SQL_ENTRY_RESEAL, SQL_ARGS(sql_int(idx), sql_blob_or_null(sealed))));
    ENSURE(sqlite3_changes64(s->db) == 1, err_newf(ERR_NOT_FOUND, "The log has no entry {}.", "Check its number.",
                                                   err_int((long long)idx)));
    return OK;
}

err store_entries_each(struct store *s, uint64_t from, uint64_t to, store_entry_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_ENTRY_EACH, &q, SQL_ARGS(sql_int(from), sql_int(to))));
    for (;;) {
        bool row = false;
        TRY(sql_step(&q, &row));
        if (!row)
            return OK;
        TRY(fn(ctx, sql_number(&q, 0), sql_view(&q, 1), sql_view(&q, 2)));
    }
}

err store_checkpoint_put(struct store *s, uint64_t size, struct view note)
{
    CLEANUP(buf_free) struct buf old = BUF(LIMIT_BLOB_BYTES);
    err had = store_checkpoint_get(s, size, &old);
    if (had.kind == ERR_NOT_FOUND) {
        uint64_t before;
        err_ignore(had, "it is the first of this size");
        TRY(store_counter_next(s, STORE_CHECKPOINTS, 1, &before));
        return sql_write(s, SQL_CHECKPOINT_PUT, SQL_ARGS(sql_int(size), sql_blob(note)));
    }
    TRY(had);
    ENSURE(view_equal(buf_view(&old), note),
           err_newf(ERR_CONFLICT, "Another checkpoint for {} entries is stored already.",
                    "Find out which process signs besides this one; publish the stored checkpoint.",
                    err_int((long long)size)));
    return OK;
}

static err take(struct sql *q, uint64_t *ret_size, struct buf *to)
{
    TRY(sql_row(q));
    if (ret_size)
        *ret_size = sql_number(q, 0);
    return sql_take(q, 1, to);
}

err store_checkpoint_get(struct store *s, uint64_t size, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_CHECKPOINT_GET, &q, SQL_ARGS(sql_int(size))));
    return take(&q, NULL, to);
}

err store_checkpoint_newest(struct store *s, uint64_t *ret_size, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_CHECKPOINT_NEWEST, &q, 0, NULL));
    return take(&q, ret_size, to);
}
