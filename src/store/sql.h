/* The inside of the store, for the files of this room only: statements by name, prepared once, and what SQLite's results
 * mean in our words.  The texts stand in sql_text.c.
 */
#ifndef SQL_H
#define SQL_H

#include "store.h"

#include <sqlite3.h>

enum { SQL_WAIT_MS = 5000, SQL_HASTE_MS = 300 }; /* for another writer */

enum sql_id {
    SQL_META_PUT,
    SQL_META_GET,
    SQL_META_DELETE,
    SQL_CELL_PUT,
    SQL_CELL_GET,
    SQL_CELL_DELETE,
    SQL_CELL_EACH,
    SQL_CELL_COUNT,
    SQL_ROW_PUT,
    SQL_ROW_GET,
    SQL_ROW_DELETE,
    SQL_ROW_EACH,
    SQL_ROW_COUNT,
    SQL_KEYS_PUT,
    SQL_KEYS_GET,
    SQL_KEYS_DELETE,
    SQL_KEYS_EACH,
    SQL_KEYS_COUNT,
    SQL_KEYS_STATE,
    SQL_INDEX_PUT,
    SQL_INDEX_GET,
    SQL_INDEX_FIND,
    SQL_INDEX_DELETE,
    SQL_INDEX_EACH,
    SQL_INDEX_COUNT,
    SQL_DOC_PUT,
    SQL_DOC_RESEAL,
    SQL_DOC_DELETE,
    SQL_DOC_GET,
    SQL_DOC_NEWEST,
    SQL_DOC_VERSION,
    SQL_DOC_LIST,
    SQL_DOC_EACH,
    SQL_DOC_COUNT,
    SQL_SET_PUT,
    SQL_SET_GET,
    SQL_SET_DELETE,
    SQL_SET_EACH,
    SQL_SET_EACH_OF,
    SQL_LEAVES_PUT,
    SQL_LEAVES_GET,
    SQL_LEAVES_DELETE,
    SQL_ENTRY_PUT,
    SQL_ENTRY_GET,
    SQL_ENTRY_RESEAL,
    SQL_ENTRY_EACH,
    SQL_ENTRY_COUNT,
    SQL_CHECKPOINT_PUT,
    SQL_CHECKPOINT_GET,
    SQL_CHECKPOINT_NEWEST,
    SQL_JOB_PUT,
    SQL_JOB_GET,
    SQL_JOB_ADVANCE,
    SQL_JOB_DELETE,
    SQL_JOBS_DROP,
    SQL_JOB_EACH,
    SQL_JOB_EACH_OF,
    SQL_LEASE_PUT,
    SQL_LEASE_GET,
    SQL_LEASE_DELETE,
    SQL_BEGIN,
    SQL_BEGIN_READ,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_COUNT
};

struct sql_words {
    const char *text;
    const char *thing; /* what a row is, in "The register has no such ..." */
};
extern const struct sql_words sql_words[SQL_COUNT];
extern const char *const sql_schema; /* makes every table */

struct store {
    sqlite3 *db;
    sqlite3_stmt *cached[SQL_COUNT];
    bool in_use[SQL_COUNT]; /* the cached statement is being walked */
    bool read_only, writing, reading;
    uint32_t patience_ms; /* how long it waits for other writers */
    bool broken; /* a write of this transaction failed: it can't be committed */
    bool counted; /* in this transaction, which is the only one that adds any: */
    uint64_t entries;
};

/* An argument of a statement.  Blobs and texts are borrowed until the statement is closed. */
struct sql_arg {
    enum { SQL_NULL, SQL_NUMBER, SQL_BLOB, SQL_TEXT } type;
    int64_t number;
    struct view bytes;
};
struct sql_arg sql_int(uint64_t n); /* at most 2^63 - 1: more counts as that */
struct sql_arg sql_blob(struct view v);
struct sql_arg sql_blob_or_null(struct view v); /* p NULL: NULL */
struct sql_arg sql_text(const char *text);

/* A statement at work; for CLEANUP(sql_close) = {0}. */
struct sql {
    struct store *store;
    sqlite3_stmt *stmt;
    enum sql_id id;
    bool own; /* a second one of its kind: not cached */
};
err sql_start(struct store *s, enum sql_id id, struct sql *ret, size_t count, const struct sql_arg *args);
err sql_step(struct sql *q, bool *ret_row);
err sql_row(struct sql *q); /* the one row, or ERR_NOT_FOUND */
void sql_close(struct sql *q);
/* A statement without rows.  sql_write also insists on a transaction. */
err sql_run(struct store *s, enum sql_id id, size_t count, const struct sql_arg *args);
err sql_write(struct store *s, enum sql_id id, size_t count, const struct sql_arg *args);

/* A list of arguments, and their number before it. */
#define SQL_ARGS(...) sizeof((struct sql_arg[]){__VA_ARGS__}) / sizeof(struct sql_arg), (struct sql_arg[]){__VA_ARGS__}

struct view sql_view(struct sql *q, int column); /* until the next step; NULL: p NULL */
uint64_t sql_number(struct sql *q, int column);
err sql_take(struct sql *q, int column, struct buf *to);         /* appends; to may be NULL */
err sql_name(struct sql *q, int column, char ret[STORE_NAME]);   /* ERR_CORRUPT if it is too long */
err sql_count(struct store *s, enum sql_id id, size_t count, const struct sql_arg *args, uint64_t *ret);

/* Names from callers: 1 to LIMIT_NAME_BYTES bytes. */
err sql_good_name(const char *name);

/* SQLite's result in our words. */
err sql_err(int rc);

/* A connection to a file that exists, with all settings; nothing is read yet. */
err sql_open(const char *path, bool read_only, struct store **ret);
/* A write transaction that doesn't look at the epoch. */
err sql_begin(struct store *s, struct store_tx *ret);

/* Runs statements that take no arguments and give no rows. */
err sql_exec(sqlite3 *db, const char *text);
err sql_ask(sqlite3 *db, const char *text, int64_t *ret); /* one number */

#endif
