/* What goes over the whole database: its state in order, checking, tidying, a copy. */
#include "sql.h"

#include "limits.h"
#include "mem.h"
#include "seam.h"

#include <string.h>

/* --- the state ------------------------------------------------------------------------------------------------------- */

/* A part by its statement; number, sub and blob stand in these columns. */
static const struct part {
    enum store_part part;
    enum sql_id id;
    int sub, blob; /* sub -1: none */
    bool ranged;
} parts[] = {
    {STORE_PART_CELLS, SQL_CELL_EACH, -1, 1, true},
    {STORE_PART_INDEX, SQL_INDEX_EACH, 1, 3, true},
    {STORE_PART_KEYS, SQL_KEYS_STATE, 1, 2, false},
    {STORE_PART_DOCS, SQL_DOC_EACH, 1, 4, true},
};

static err walk_part(struct store *s, const struct part *part, store_state_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    struct sql_arg all[] = {sql_int(0), sql_int(UINT64_MAX)};
    TRY(sql_start(s, part->id, &q, part->ranged ? 2 : 0, all));
    for (;;) {
        bool row = false;
        TRY(sql_step(&q, &row));
        if (!row)
            return OK;
        uint64_t sub = part->sub < 0 ? 0 : sql_number(&q, part->sub);
        TRY(fn(ctx, part->part, sql_number(&q, 0), sub, sql_view(&q, part->blob)));
    }
}

err store_state_each(struct store *s, store_state_fn *fn, void *ctx)
{
    CLEANUP(store_read_end) struct store_snapshot snapshot = {0};
    if (!s->writing && !s->reading)
        TRY(store_read_begin(s, &snapshot));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        TRY(walk_part(s, &parts[i], fn, ctx));
    return OK;
}

/* --- checking and tidying ---------------------------------------------------------------------------------------------- */

static int first_text(void *to, int columns, char **values, char **names)
{
    (void)names;
    char *text = to;
    if (!text[0] && columns > 0 && values[0])
        strncat(text, values[0], 199);
    return 0;
}

err store_integrity(struct store *s)
{
    char found[200] = "";
    TRY(sql_err(sqlite3_exec(s->db, "PRAGMA integrity_check(1)", first_text, found, NULL)));
    /* SQLite names pages and tables here, never what is in them. */
    ENSURE(strcmp(found, "ok") == 0,
           err_newf(ERR_CORRUPT, "The file of the register is damaged ({}).",
                    "Stop working with it, keep a copy of the folder, and restore the newest backup.", err_name(found)));
    return OK;
}

static err checkpoint(struct store *s, int mode)
{
    int rc = sqlite3_wal_checkpoint_v2(s->db, "main", mode, NULL, NULL);
    return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? OK : sql_err(rc);
}

err store_tidy(struct store *s)
{
    CHECK(!s->writing && !s->reading);
    /* Never waits: neither for readers nor for writers, nor lets it them wait longer than for the last page. */
    sqlite3_busy_timeout(s->db, 0);
    err e = checkpoint(s, SQLITE_CHECKPOINT_PASSIVE);
    if (e.kind == ERR_OK)
        e = checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
    sqlite3_busy_timeout(s->db, SQL_WAIT_MS);
    return e;
}

/* --- a copy ------------------------------------------------------------------------------------------------------------- */

static err copy_pages(struct store *from, struct store *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
    ENSURE(backup, sql_err(sqlite3_errcode(to->db)));
    int stepped = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    ENSURE(stepped == SQLITE_DONE, sql_err(stepped ? stepped : SQLITE_ERROR));
    return sql_err(finished);
}

static err unlink_if_there(const char *path)
{
    bool there = false;
    TRY(seam_exists(path, &there));
    return there ? seam_unlink(path) : OK;
}

static err make_empty(const char *path)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    return seam_open(&f, path, SEAM_NEW);
}

static err sync_file(const char *path)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    TRY(seam_open(&f, path, SEAM_FOR_WRITING));
    return seam_sync(&f);
}

static err copy_to(struct store *s, const char *part)
{
    CLEANUP(store_close) struct store *copy = NULL;
    TRY(unlink_if_there(part));
    TRY(make_empty(part));
    TRY(sql_open(part, false, &copy));
    /* The copy has another name until it is whole, so that it needs no journal. */
    TRY(sql_exec(copy->db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"));
    TRY(copy_pages(s, copy));
    store_close(&copy);
    return sync_file(part);
}

static err backup(struct store *s, const char *path, const char *part)
{
    bool there = false;
    TRY(seam_exists(path, &there));
    ENSURE(!there, err_new(ERR_CONFLICT, "There is a file at the place of the backup already.", "Choose another name."));
    /* What a failure leaves at `part` is made anew the next time. */
    TRY(copy_to(s, part));
    TRY(seam_rename(part, path));
    return seam_sync_parent(path);
}

err store_backup_to(struct store *s, const char *path)
{
    CHECK(!s->writing);
    CLEANUP(buf_free) struct buf part = BUF(LIMIT_PATH_BYTES);
    buf_str(&part, path);
    buf_str(&part, ".part");
    (void)buf_text(&part);
    TRY(buf_ok(&part));
    return err_at(backup(s, path, buf_text(&part)), path, 0, 0);
}
