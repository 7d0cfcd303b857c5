/* What the publisher and its checker share: see publish_int.h. */
#include "publish_int.h"

#include "mem.h"
#include "seam.h"
#include "sql.h"

#include <string.h>

err publish_path(const char *dir, const struct tile *t, struct buf *to)
{
    buf_str(to, dir);
    buf_str(to, "/");
    tile_path(t, to);
    (void)buf_text(to);
    return buf_ok(to);
}

err publish_tile_read(const char *dir, const struct tile *t, size_t most, struct buf *to)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    TRY(publish_path(dir, t, &path));
    buf_clear(to);
    return seam_read(buf_text(&path), most, to);
}

err publish_file_read(const char *dir, struct buf *to)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    buf_str(&path, dir);
    buf_str(&path, "/" PUBLISH_CHECKPOINT);
    (void)buf_text(&path);
    TRY(buf_ok(&path));
    buf_clear(to);
    return seam_read(buf_text(&path), LIMIT_NOTE_BYTES, to);
}

static err fetch(void *ctx, const struct tile *t, struct buf *to)
{
    const char *const *dir = ctx;
    struct tile full = *t;
    full.width = TILE_WIDTH;
    err e = publish_tile_read(*dir, t, TILE_WIDTH * HASH_BYTES, to);
    if (e.kind == ERR_NOT_FOUND && t->width != TILE_WIDTH) {
        err_ignore(e, "the full tile starts with the same bytes");
        e = publish_tile_read(*dir, &full, TILE_WIDTH * HASH_BYTES, to);
        if (to->len > (size_t)t->width * HASH_BYTES)
            to->len = (size_t)t->width * HASH_BYTES;
    }
    return e;
}

struct tile_source publish_source(const char *const *dir, uint64_t size)
{
    return tile_source_new(fetch, (void *)(uintptr_t)dir, size);
}

/* --- the database --- */

struct counted {
    store_entry_fn *fn;
    void *ctx;
    uint64_t next;
};

static err missing(uint64_t index)
{
    return err_newf(ERR_CORRUPT, "Entry {} of the log is missing in the database.",
                    "Restore the newest backup, then run 'candour log verify'.", err_int((long long)index));
}

static err count_entry(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    struct counted *c = ctx;
    ENSURE(index == c->next, missing(c->next));
    c->next++;
    return c->fn(c->ctx, index, bytes, sealed);
}

err publish_entries(struct store *s, uint64_t from, uint64_t to, store_entry_fn *fn, void *ctx)
{
    if (from >= to)
        return OK;
    struct counted c = {fn, ctx, from};
    TRY(store_entries_each(s, from, to - 1, count_entry, &c));
    return c.next == to ? OK : missing(c.next);
}

/* Of its own, beside the cached statements of sql.h: it stays open while entries are walked. */
err publish_cursor_open(struct store *s, uint64_t from_size, struct publish_cursor *ret)
{
    CLEANUP(publish_cursor_close) struct publish_cursor c = {0};
    sqlite3_stmt *stmt = NULL;
    TRY(sql_err(
        sqlite3_prepare_v2(s->db, "SELECT size, note FROM checkpoint WHERE size >= ?1 ORDER BY size", -1, &stmt, NULL)));
    c.stmt = stmt;
    TRY(sql_err(sqlite3_bind_int64(stmt, 1, from_size > INT64_MAX ? INT64_MAX : (int64_t)from_size)));
    TRY(publish_cursor_step(&c));
    *ret = c;
    c.stmt = NULL;
    return OK;
}

err publish_cursor_step(struct publish_cursor *c)
{
    sqlite3_stmt *stmt = c->stmt;
    int rc = sqlite3_step(stmt);
    c->there = rc == SQLITE_ROW;
    if (!c->there)
        return sql_err(rc);
    int64_t size = sqlite3_column_int64(stmt, 0);
    c->size = size < 0 ? 0 : (uint64_t)size;
    const uint8_t *p = sqlite3_column_blob(stmt, 1);
    c->note = p ? view_of(p, (size_t)sqlite3_column_bytes(stmt, 1)) : view_text("");
    return OK;
}

void publish_cursor_close(struct publish_cursor *c)
{
    sqlite3_finalize(c->stmt);
    *c = (struct publish_cursor){0};
}

/* --- proofs --- */

static err add_leaf(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct hash *leaves = ctx;
    leaves[index] = merkle_leaf(bytes);
    return OK;
}

static err prove(struct merkle_reader from, const struct publish_claim *c, struct merkle_proof *ret, bool *ret_true)
{
    if (c->inclusion) {
        TRY(merkle_prove_inclusion(from, c->small, c->size, ret));
        *ret_true = merkle_verify_inclusion(c->small, c->size, &c->hash, ret, &c->root);
        return OK;
    }
    TRY(merkle_prove_consistency(from, c->small, c->size, ret));
    *ret_true = merkle_verify_consistency(c->small, c->size, &c->hash, &c->root, ret);
    return OK;
}

err publish_prove(struct store *s, const char *dir, const struct publish_claim *claim, struct merkle_proof *ret,
                  bool *ret_true)
{
    *ret_true = false;
    CLEANUP(tile_source_free) struct tile_source source = publish_source(&dir, claim->size);
    err from_tiles = prove(tile_reader(&source), claim, ret, ret_true);
    if (from_tiles.kind == ERR_OK && *ret_true)
        return OK;
    err_ignore(from_tiles, "the entries are the truth");
    ENSURE(claim->size <= SIZE_MAX / HASH_BYTES, mem_none());
    CLEANUP(mem_release) struct hash *leaves = mem_array((size_t)claim->size, sizeof *leaves);
    ENSURE(leaves, mem_none());
    TRY(publish_entries(s, 0, claim->size, add_leaf, leaves));
    struct merkle_array array = {leaves, (size_t)claim->size};
    return prove(merkle_array_reader(&array), claim, ret, ret_true);
}
