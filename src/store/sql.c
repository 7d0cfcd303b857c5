#include "sql.h"

#include "limits.h"
#include "mem.h"

#include <string.h>

struct words {
    int rc;
    enum err_kind kind;
    const char *what, *todo;
};

static const struct words results[] = {
    {SQLITE_FULL, ERR_IO, "The disk is full; the register is as it was before this step.",
     "Free some space and run the command again; nothing was lost."},
    {SQLITE_IOERR, ERR_IO, "The disk reported an error at the register; nothing of this step was acknowledged.",
     "Check the disk, then run the command again."},
    {SQLITE_CORRUPT, ERR_CORRUPT, "The file of the register is damaged.",
     "Stop working with it, keep a copy of the folder, and restore the newest backup."},
    {SQLITE_NOTADB, ERR_INVALID, "The file register.db is not a register of Candour.", "Check the path of the folder."},
    {SQLITE_READONLY, ERR_IO, "The register can only be read.",
     "Check who owns the folder and its files, and that the disk is mounted for writing."},
    {SQLITE_CANTOPEN, ERR_IO, "The register can't be opened.", "Check who owns the folder and its files."},
    {SQLITE_PERM, ERR_IO, "The system refuses access to the register.", "Check who owns the folder and its files."},
    {SQLITE_BUSY, ERR_BUSY, "Another process is writing to the register.", "Wait a moment and run the command again."},
    {SQLITE_LOCKED, ERR_BUSY, "Another process is writing to the register.", "Wait a moment and run the command again."},
    {SQLITE_PROTOCOL, ERR_BUSY, "Too many processes are at the register.", "Wait a moment and run the command again."},
    {SQLITE_TOOBIG, ERR_LIMIT, "Something is too large for the register.", "Split it into smaller parts."},
    {SQLITE_CONSTRAINT, ERR_CONFLICT, "That is in the register already.", "Look at what is there before you go on."},
};

err sql_err(int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
        return OK;
    if ((rc & 0xff) == SQLITE_NOMEM)
        return mem_none();
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        if (results[i].rc == (rc & 0xff))
            return err_fail(results[i].kind, results[i].what, results[i].todo, 0, NULL);
    return err_newf(ERR_INTERNAL, "The register failed in an unexpected way (SQLite {}).",
                    "Nothing was acknowledged; report this mistake of the program.", err_int(rc));
}

struct sql_arg sql_int(uint64_t n)
{
    return (struct sql_arg){.type = SQL_NUMBER, .number = n > INT64_MAX ? INT64_MAX : (int64_t)n};
}

struct sql_arg sql_blob(struct view v)
{
    return (struct sql_arg){.type = SQL_BLOB, .bytes = v};
}

struct sql_arg sql_blob_or_null(struct view v)
{
    return v.p ? sql_blob(v) : (struct sql_arg){.type = SQL_NULL};
}

struct sql_arg sql_text(const char *text)
{
    return (struct sql_arg){.type = SQL_TEXT, .bytes = view_text(text)};
}

static int bind(sqlite3_stmt *stmt, int at, struct sql_arg arg)
{
    switch (arg.type) {
    case SQL_NULL:
        return sqlite3_bind_null(stmt, at);
    case SQL_NUMBER:
        return sqlite3_bind_int64(stmt, at, arg.number);
    case SQL_TEXT:
        return sqlite3_bind_text64(stmt, at, (const char *)arg.bytes.p, arg.bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_BLOB:
        break;
    }
    /* A null pointer would bind NULL, not an empty blob. */
    return arg.bytes.len ? sqlite3_bind_blob64(stmt, at, arg.bytes.p, arg.bytes.len, SQLITE_STATIC)
                         : sqlite3_bind_zeroblob(stmt, at, 0);
}

/* The cached statement, or a new one where the cached one is being walked. */
static err prepare(struct store *s, enum sql_id id, struct sql *q)
{
    *q = (struct sql){.store = s, .id = id, .own = s->in_use[id], .stmt = s->in_use[id] ? NULL : s->cached[id]};
    if (!q->stmt) {
        unsigned flags = q->own ? 0 : SQLITE_PREPARE_PERSISTENT;
        TRY(sql_err(sqlite3_prepare_v3(s->db, sql_words[id].text, -1, flags, &q->stmt, NULL)));
    }
    if (!q->own) {
        s->cached[id] = q->stmt;
        s->in_use[id] = true;
    }
    return OK;
}

err sql_start(struct store *s, enum sql_id id, struct sql *ret, size_t count, const struct sql_arg *args)
{
    TRY(prepare(s, id, ret));
    for (size_t i = 0; i < count; i++) {
        int rc = bind(ret->stmt, (int)i + 1, args[i]);
        if (rc) {
            sql_close(ret);
            return sql_err(rc);
        }
    }
    return OK;
}

err sql_step(struct sql *q, bool *ret_row)
{
    int rc = sqlite3_step(q->stmt);
    *ret_row = rc == SQLITE_ROW;
    return sql_err(rc);
}

err sql_row(struct sql *q)
{
    bool row = false;
    TRY(sql_step(q, &row));
    ENSURE(row, err_newf(ERR_NOT_FOUND, "The register has no such {}.", "Check its name or number.",
                         err_name(sql_words[q->id].thing)));
    return OK;
}

void sql_close(struct sql *q)
{
    if (!q->stmt)
        return;
    if (q->own) {
        sqlite3_finalize(q->stmt);
    } else {
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
        q->store->in_use[q->id] = false;
    }
    q->stmt = NULL;
}

err sql_run(struct store *s, enum sql_id id, size_t count, const struct sql_arg *args)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, id, &q, count, args));
    bool row = false;
    return sql_step(&q, &row);
}

err sql_write(struct store *s, enum sql_id id, size_t count, const struct sql_arg *args)
{
    CHECK(s->writing);
    /* After some failures SQLite undoes the transaction by itself; what came after would be a commit of its own. */
    ENSURE(!s->broken && !sqlite3_get_autocommit(s->db),
           err_new(ERR_IO, "An earlier write to the register failed, so this one was not made.",
                   "Run the command again; nothing was acknowledged."));
    for (size_t i = 0; i < count; i++)
        ENSURE(args[i].bytes.len <= LIMIT_BLOB_BYTES, sql_err(SQLITE_TOOBIG));
    err result = sql_run(s, id, count, args);
    s->broken = result.kind != ERR_OK && result.kind != ERR_CONFLICT;
    return result;
}

struct view sql_view(struct sql *q, int column)
{
    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return (struct view){0};
    const uint8_t *p = sqlite3_column_blob(q->stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(q->stmt, column);
    return p ? view_of(p, len) : view_text("");
}

uint64_t sql_number(struct sql *q, int column)
{
    return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

err sql_take(struct sql *q, int column, struct buf *to)
{
    if (!to)
        return OK;
    int type = sqlite3_column_type(q->stmt, column);
    struct view v = sql_view(q, column);
    /* SQLite has no way but this to say that it found no memory for a column. */
    ENSURE(v.len || type == SQLITE_NULL || sqlite3_errcode(sqlite3_db_handle(q->stmt)) != SQLITE_NOMEM, mem_none());
    buf_put(to, v);
    return buf_ok(to);
}

err sql_name(struct sql *q, int column, char ret[STORE_NAME])
{
    struct view v = sql_view(q, column);
    ENSURE(v.len < STORE_NAME, sql_err(SQLITE_CORRUPT));
    if (v.len)
        memcpy(ret, v.p, v.len);
    ret[v.len] = 0;
    return OK;
}

err sql_count(struct store *s, enum sql_id id, size_t count, const struct sql_arg *args, uint64_t *ret)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, id, &q, count, args));
    TRY(sql_row(&q));
    *ret = sql_number(&q, 0);
    return OK;
}

err sql_good_name(const char *name)
{
    size_t len = strlen(name);
    ENSURE(len > 0, err_new(ERR_INVALID, "A name is empty.", "Give it a name."));
    ENSURE(len <= LIMIT_NAME_BYTES, err_newf(ERR_LIMIT, "A name is longer than {} bytes.", "Take a shorter one.",
                                             err_int(LIMIT_NAME_BYTES)));
    return OK;
}

err sql_exec(sqlite3 *db, const char *text)
{
    return sql_err(sqlite3_exec(db, text, NULL, NULL, NULL));
}

err sql_ask(sqlite3 *db, const char *text, int64_t *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
        *ret = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
        rc = rc == SQLITE_DONE ? SQLITE_ERROR : rc;
    }
    err result = sql_err(rc);
    sqlite3_finalize(stmt);
    return result;
}
