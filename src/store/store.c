#include "store.h"

#include "limits.h"
#include "mem.h"
#include "seam.h"
#include "sql.h"
#include "vfs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define APPLICATION_ID "1129202770" /* "CNDR" in the file's head, for file(1) */
enum { FORMAT = 2 /* 1 had leaves whole */, APPLICATION = 1129202770 };

/* Measured with a million rows of 500 bytes: larger pages are no faster, and smaller ones scatter cells of 50 KB. */
#define PAGE_SIZE "8192"

/* The cache holds 64 MB; the -wal file is emptied at 512 MB, for bulk work (spec/scale.md section 5), and cut to 64 MB. */
static const char settings[] = "PRAGMA synchronous = FULL;"
                               "PRAGMA wal_autocheckpoint = 65536;"
                               "PRAGMA journal_size_limit = 67108864;"
                               "PRAGMA cache_size = -65536;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA secure_delete = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;";

static const char *const counter_keys[STORE_COUNTER_COUNT] = {
    [STORE_ORDINALS] = "store.next.ordinal",
    [STORE_INDEX_CELLS] = "store.next.index_cell",
    [STORE_DOCS] = "store.next.doc",
    [STORE_CHECKPOINTS] = "store.checkpoints",
};
static const char format_key[] = "store.format", epoch_key[] = "store.epoch";

/* --- small values ---------------------------------------------------------------------------------------------------- */

static err number_put(struct store *s, const char *key, uint64_t n)
{
    CLEANUP(buf_free) struct buf b = BUF(8);
    buf_u64(&b, n);
    TRY(buf_ok(&b));
    return sql_write(s, SQL_META_PUT, SQL_ARGS(sql_text(key), sql_blob(buf_view(&b))));
}

static err number_get(struct store *s, const char *key, uint64_t *ret)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_META_GET, &q, SQL_ARGS(sql_text(key))));
    TRY(sql_row(&q));
    struct rd r = rd_of(sql_view(&q, 0));
    uint64_t n = rd_u64(&r);
    ENSURE(rd_done(&r), sql_err(SQLITE_CORRUPT));
    *ret = n;
    return OK;
}

static err foreign_key(const char *key)
{
    ENSURE(strncmp(key, "store.", 6) != 0, err_new(ERR_INTERNAL, "That setting is the store's own.", "Report this mistake."));
    return sql_good_name(key);
}

err store_meta_put(struct store *s, const char *key, struct view value)
{
    TRY(foreign_key(key));
    return sql_write(s, SQL_META_PUT, SQL_ARGS(sql_text(key), sql_blob(value)));
}

err store_meta_get(struct store *s, const char *key, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(foreign_key(key));
    TRY(sql_start(s, SQL_META_GET, &q, SQL_ARGS(sql_text(key))));
    TRY(sql_row(&q));
    return sql_take(&q, 0, to);
}

err store_meta_delete(struct store *s, const char *key)
{
    TRY(foreign_key(key));
    return sql_write(s, SQL_META_DELETE, SQL_ARGS(sql_text(key)));
}

err store_counter_peek(struct store *s, enum store_counter counter, uint64_t *ret)
{
    CHECK((unsigned)counter < STORE_COUNTER_COUNT);
    return number_get(s, counter_keys[counter], ret);
}

err store_counter_next(struct store *s, enum store_counter counter, uint64_t count, uint64_t *ret)
{
    uint64_t next = 0;
    TRY(store_counter_peek(s, counter, &next));
    ENSURE(count <= INT64_MAX - next, err_new(ERR_LIMIT, "The register has no numbers left.", "Report this."));
    TRY(number_put(s, counter_keys[counter], next + count));
    *ret = next;
    return OK;
}

err store_block_next(struct store *s, uint32_t *ret_cell, uint32_t *ret_first_ordinal)
{
    uint64_t first = 0;
    TRY(store_counter_peek(s, STORE_ORDINALS, &first));
    ENSURE(first % STORE_BLOCK == 0, sql_err(SQLITE_CORRUPT));
    ENSURE(first <= UINT32_MAX - (STORE_BLOCK - 1),
           err_new(ERR_LIMIT, "The register has no numbers for people left.", "Begin a new register."));
    TRY(store_counter_next(s, STORE_ORDINALS, STORE_BLOCK, &first));
    *ret_cell = (uint32_t)(first / STORE_BLOCK);
    *ret_first_ordinal = (uint32_t)first;
    return OK;
}

err store_epoch(struct store *s, uint64_t *ret)
{
    return number_get(s, epoch_key, ret);
}

err store_epoch_set(struct store *s, uint64_t epoch)
{
    uint64_t now = 0;
    TRY(store_epoch(s, &now));
    ENSURE(epoch > now, err_newf(ERR_CONFLICT, "The register is at epoch {} already.", "Run the command again.",
                                 err_int((long long)now)));
    return number_put(s, epoch_key, epoch);
}

/* --- transactions ------------------------------------------------------------------------------------------------------ */

static err same_epoch(struct store *s, uint64_t epoch)
{
    uint64_t now = 0;
    TRY(store_epoch(s, &now));
    ENSURE(now == epoch, err_newf(ERR_CONFLICT, "The keys of the register changed meanwhile (epoch {}, not {}).",
                                  "Run the command again.", err_int((long long)now), err_int((long long)epoch)));
    return OK;
}

err sql_begin(struct store *s, struct store_tx *ret)
{
    ENSURE(!s->read_only, err_new(ERR_INTERNAL, "This register was opened for reading only.", "Report this mistake."));
    CHECK(!s->writing && !s->reading);
    TRY(sql_run(s, SQL_BEGIN, 0, NULL));
    s->writing = true;
    s->broken = s->counted = false;
    ret->store = s;
    return OK;
}

void store_patience(struct store *s, bool patient)
{
    s->patience_ms = patient ? SQL_WAIT_MS : SQL_HASTE_MS;
    sqlite3_busy_timeout(s->db, (int)s->patience_ms);
}

err store_begin(struct store *s, uint64_t epoch, struct store_tx *ret)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(sql_begin(s, &tx));
    TRY(same_epoch(s, epoch));
    *ret = tx;
    tx.store = NULL;
    return OK;
}

err store_commit(struct store_tx *tx)
{
    CLEANUP(store_rollback) struct store_tx open = *tx;
    tx->store = NULL;
    CHECK(open.store && open.store->writing);
    struct store *s = open.store;
    ENSURE(!s->broken && !sqlite3_get_autocommit(s->db),
           err_new(ERR_IO, "An earlier write to the register failed, so that nothing was kept.",
                   "Run the command again; nothing was acknowledged."));
    TRY(sql_run(s, SQL_COMMIT, 0, NULL));
    s->writing = false;
    open.store = NULL;
    return OK;
}

void store_rollback(struct store_tx *tx)
{
    struct store *s = tx->store;
    if (!s)
        return;
    if (!sqlite3_get_autocommit(s->db)) {
        /* It runs on the way out of a failure, whose words must stay. */
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
    s->writing = s->broken = false;
    tx->store = NULL;
}

err store_read_begin(struct store *s, struct store_snapshot *ret)
{
    CHECK(!s->writing && !s->reading);
    TRY(sql_run(s, SQL_BEGIN_READ, 0, NULL));
    s->reading = true;
    CLEANUP(store_read_end) struct store_snapshot snapshot = {s};
    /* SQLite takes the snapshot with the first read. */
    uint64_t epoch = 0;
    TRY(store_epoch(s, &epoch));
    *ret = snapshot;
    snapshot.store = NULL;
    return OK;
}

void store_read_end(struct store_snapshot *snapshot)
{
    struct store *s = snapshot->store;
    if (!s)
        return;
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->reading = false;
    snapshot->store = NULL;
}

/* --- opening -------------------------------------------------------------------------------------------------------------- */

static err path_of(const char *dir, struct buf *to)
{
    buf_str(to, dir);
    buf_str(to, "/register.db");
    (void)buf_text(to);
    return buf_ok(to);
}

void store_close(struct store **s)
{
    struct store *it = *s;
    if (!it)
        return;
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(it->cached[i]);
    sqlite3_close_v2(it->db);
    mem_free(it);
    *s = NULL;
}

static err connect(struct store *s, const char *path, int flags)
{
    int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, VFS_NAME);
    if (rc) {
        sqlite3_close_v2(s->db);
        s->db = NULL;
    }
    return sql_err(rc);
}

/* A register is given limits and switches before anything of it is read: its file may have been tampered with. */
static err harden(struct store *s)
{
    static const int off[] = {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                              SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML};
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        TRY(sql_err(sqlite3_db_config(s->db, off[i], 0, NULL)));
    TRY(sql_err(sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL)));
    /* Who only reads does not make others wait for a checkpoint when he leaves. */
    TRY(sql_err(sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, s->read_only, NULL)));
    sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, (int)LIMIT_BLOB_BYTES + (1 << 16));
    sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    s->patience_ms = SQL_WAIT_MS;
    TRY(sql_err(sqlite3_busy_timeout(s->db, SQL_WAIT_MS)));
    return sql_exec(s->db, settings);
}

err sql_open(const char *path, bool read_only, struct store **ret)
{
    TRY(vfs_register());
    CLEANUP(store_close) struct store *s = mem_alloc(sizeof *s);
    ENSURE(s, mem_none());
    s->read_only = read_only;
    err opened = connect(s, path, SQLITE_OPEN_READWRITE);
    /* In a folder that may only be read. */
    if (opened.kind == ERR_IO && read_only)
        opened = connect(s, path, SQLITE_OPEN_READONLY);
    TRY(opened);
    TRY(harden(s));
    *ret = s;
    s = NULL;
    return OK;
}

enum found { FOUND_NOTHING, FOUND_UNFINISHED, FOUND_REGISTER, FOUND_FOREIGN };

/* What kind of file an open database is. */
static err identify(sqlite3 *db, enum found *ret)
{
    int64_t application = 0, tables = 0;
    err e = sql_ask(db, "PRAGMA application_id", &application);
    if (e.kind == ERR_OK)
        e = sql_ask(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (e.kind == ERR_INVALID) {
        err_ignore(e, "a file that is no database is an answer");
        *ret = FOUND_FOREIGN;
        return OK;
    }
    TRY(e);
    *ret = application == APPLICATION ? FOUND_REGISTER : tables || application ? FOUND_FOREIGN : FOUND_UNFINISHED;
    return OK;
}

static err size_of(const char *path, uint64_t *ret_size, bool *ret_there)
{
    struct stat about;
    if (stat(path, &about) == 0) {
        *ret_size = (uint64_t)about.st_size;
        *ret_there = true;
        return OK;
    }
    ENSURE(errno == ENOENT || errno == ENOTDIR, err_at(err_system("open the register"), path, 0, 0));
    *ret_there = false;
    return OK;
}

/* Opens what stands at `path`, *ret NULL where it is nothing or no database. */
static err find(const char *path, bool read_only, enum found *ret_found, struct store **ret)
{
    uint64_t size = 0;
    bool there = false;
    *ret_found = FOUND_NOTHING;
    TRY(size_of(path, &size, &there));
    if (!there)
        return OK;
    CLEANUP(store_close) struct store *s = NULL;
    err opened = sql_open(path, read_only, &s);
    if (opened.kind == ERR_INVALID) {
        err_ignore(opened, "a file that is no database is an answer");
        *ret_found = FOUND_FOREIGN;
        return OK;
    }
    TRY(opened);
    TRY(identify(s->db, ret_found));
    *ret = s;
    s = NULL;
    return OK;
}

static err right_format(struct store *s)
{
    uint64_t format = 0;
    err e = number_get(s, format_key, &format);
    ENSURE(e.kind != ERR_NOT_FOUND, sql_err(SQLITE_CORRUPT));
    TRY(e);
    ENSURE(format == FORMAT,
           err_newf(ERR_INVALID, "The register has format {}; this program knows format {}.",
                    "Use the version of Candour that made it.", err_int((long long)format),
                    err_int(FORMAT)));
    return OK;
}

static err open_dir(const char *dir, bool read_only, struct store **ret)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    CLEANUP(store_close) struct store *s = NULL;
    TRY(path_of(dir, &path));
    enum found found = FOUND_NOTHING;
    TRY(find(buf_text(&path), read_only, &found, &s));
    ENSURE(found != FOUND_NOTHING, err_new(ERR_NOT_FOUND, "There is no register in this folder.",
                                           "Check the path, or make a register with `candour init`."));
    ENSURE(found != FOUND_FOREIGN, sql_err(SQLITE_NOTADB));
    ENSURE(found != FOUND_UNFINISHED,
           err_new(ERR_NOT_FOUND, "The register in this folder is half made: its making was interrupted.",
                   "Run `candour init` again; nothing was in it yet."));
    TRY(right_format(s));
    if (read_only)
        TRY(sql_exec(s->db, "PRAGMA query_only = ON"));
    *ret = s;
    s = NULL;
    return OK;
}

err store_open(const char *dir, enum store_mode mode, struct store **ret)
{
    return err_at(open_dir(dir, mode == STORE_READ, ret), dir, 0, 0);
}

/* --- making ----------------------------------------------------------------------------------------------------------------- */

static err fill(struct store *s)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(sql_begin(s, &tx));
    enum found found = FOUND_NOTHING;
    TRY(identify(s->db, &found));
    ENSURE(found == FOUND_UNFINISHED, err_new(ERR_CONFLICT, "Another process makes a register here.", "Look at it first."));
    TRY(sql_exec(s->db, sql_schema));
    TRY(sql_exec(s->db, "PRAGMA application_id = " APPLICATION_ID));
    TRY(number_put(s, format_key, FORMAT));
    TRY(number_put(s, epoch_key, 0));
    for (size_t i = 0; i < STORE_COUNTER_COUNT; i++)
        TRY(number_put(s, counter_keys[i], i == STORE_DOCS));
    return store_commit(&tx);
}

static err make_empty(const char *path)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    TRY(seam_open(&f, path, SEAM_NEW));
    return seam_sync(&f);
}

static err create_in(const char *dir)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    CLEANUP(store_close) struct store *s = NULL;
    TRY(path_of(dir, &path));
    enum found found = FOUND_NOTHING;
    TRY(find(buf_text(&path), false, &found, &s));
    ENSURE(found != FOUND_REGISTER, err_new(ERR_CONFLICT, "There is a register in this folder already.",
                                            "Choose another folder, or go on with the register that is there."));
    ENSURE(found != FOUND_FOREIGN, err_new(ERR_CONFLICT, "There is a file register.db in this folder that isn't ours.",
                                           "Choose another folder, or move the file away."));
    if (found == FOUND_NOTHING) {
        TRY(make_empty(buf_text(&path)));
        TRY(sql_open(buf_text(&path), false, &s));
    }
    TRY(sql_exec(s->db, "PRAGMA page_size = " PAGE_SIZE "; PRAGMA journal_mode = WAL;"));
    TRY(fill(s));
    store_close(&s);
    return seam_sync_dir(dir);
}

err store_create(const char *dir)
{
    err e = seam_mkdir(dir);
    if (e.kind == ERR_OK)
        e = seam_sync_parent(dir);
    if (e.kind == ERR_OK)
        e = create_in(dir);
    return err_at(e, dir, 0, 0);
}
