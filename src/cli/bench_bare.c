#include "bench_bare.h"

#include "mem.h"
#include "seam.h"
#include "secret.h"

#include <sqlite3.h>
#include <string.h>

enum { COLUMN = 16, ROW_MAX = 1 << 16, BLOCK = 4096, BLOCKS = 4096, PIECES = 4096, ROUNDS = 64 };

/* --- SQLite --- */

struct database {
    sqlite3 *db;
    sqlite3_stmt *insert;
};

static void database_close(struct database *d)
{
    sqlite3_finalize(d->insert);
    sqlite3_close(d->db);
}

static err check(int rc)
{
    ENSURE(rc == SQLITE_OK || rc == SQLITE_DONE, err_newf(ERR_IO, "The bare loop failed (SQLite {}).", "Is there room on the disk?", err_int(rc)));
    return OK;
}

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static void fill(uint8_t *to, size_t len, uint64_t *state)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(draw(state) >> 56);
}

static err insert(struct database *d, uint64_t i, struct view row, uint64_t *state)
{
    uint64_t columns[2 * COLUMN / sizeof(uint64_t)];
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        columns[k] = draw(state);
    const uint8_t *c = (const uint8_t *)columns;
    sqlite3_bind_int64(d->insert, 1, (sqlite3_int64)i);
    sqlite3_bind_blob(d->insert, 2, row.p, (int)row.len, SQLITE_STATIC);
    sqlite3_bind_blob(d->insert, 3, c, COLUMN, SQLITE_STATIC);
    sqlite3_bind_blob(d->insert, 4, c + COLUMN, COLUMN, SQLITE_STATIC);
    TRY(check(sqlite3_step(d->insert)));
    return check(sqlite3_reset(d->insert));
}

static const char schema[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -131072;"
                             "CREATE TABLE person(id INTEGER PRIMARY KEY, body BLOB, a BLOB, b BLOB);"
                             "CREATE INDEX person_a ON person(a); CREATE INDEX person_b ON person(b);";

err bench_bare_insert(struct bench *b, uint64_t rows, size_t row_len, struct bench_bare *ret)
{
    CLEANUP(database_close) struct database d = {0};
    CHECK(row_len > 0 && row_len < ROW_MAX);
    /* Rows are cut out of random bytes at changing places: making them must not count. */
    CLEANUP(mem_release) uint8_t *random = mem_alloc(2 * ROW_MAX);
    ENSURE(random, mem_none());
    uint64_t state = 1;
    fill(random, 2 * ROW_MAX, &state);
    TRY(check(sqlite3_open(bench_path(b, "bare.db"), &d.db)));
    TRY(check(sqlite3_exec(d.db, schema, NULL, NULL, NULL)));
    TRY(check(sqlite3_prepare_v2(d.db, "INSERT INTO person VALUES(?1, ?2, ?3, ?4)", -1, &d.insert, NULL)));
    double from = bench_now(), used = bench_processor();
    TRY(check(sqlite3_exec(d.db, "BEGIN", NULL, NULL, NULL)));
    for (uint64_t i = 0; i < rows; i++) {
        TRY(insert(&d, i, view_of(random + i * 13 % ROW_MAX, row_len), &state));
        if (i % BLOCK == 0)
            out_progress(&b->c->out, "Inserting bare rows", i, rows);
    }
    TRY(check(sqlite3_exec(d.db, "COMMIT", NULL, NULL, NULL)));
    *ret = (struct bench_bare){bench_now() - from, bench_processor() - used};
    return OK;
}

/* --- the disk --- */

err bench_bare_sync(struct bench *b, size_t most, struct bench_times *to)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    uint8_t block[BLOCK] = {1};
    TRY(seam_open(&f, bench_path(b, "synced"), SEAM_ANY));
    for (uint64_t i = 0; i < BLOCKS; i++)
        TRY(seam_write(&f, i * BLOCK, view_of(block, sizeof block)));
    TRY(seam_sync(&f));
    for (size_t i = 0; to->count < most; i++) {
        block[0]++;
        double from = bench_now();
        TRY(seam_write(&f, i % BLOCKS * BLOCK, view_of(block, sizeof block)));
        TRY(seam_sync(&f));
        bench_times_add(to, bench_now() - from);
    }
    return OK;
}

/* --- the cipher --- */

err bench_bare_open(size_t len, double *ret_rate)
{
    size_t sealed_len = len + SEAL_OVERHEAD;
    CLEANUP(mem_release) uint8_t *plain = mem_alloc(len + 1);
    CLEANUP(mem_release) uint8_t *sealed = mem_array(PIECES, sealed_len);
    ENSURE(plain && sealed, mem_none());
    uint8_t key[KEY_BYTES], nonce[NONCE_BYTES];
    const struct view ad = view_text("as long as what a record is sealed with: fifty bytes");
    secret_random(key, sizeof key);
    for (size_t i = 0; i < PIECES; i++) {
        secret_random(nonce, sizeof nonce);
        secret_seal(sealed + i * sealed_len, key, nonce, ad, view_of(plain, len));
    }
    double from = bench_now();
    for (size_t i = 0; i < ROUNDS * (size_t)PIECES; i++)
        CHECK(secret_open(plain, key, ad, view_of(sealed + i % PIECES * sealed_len, sealed_len)));
    *ret_rate = ROUNDS * PIECES / (bench_now() - from);
    return OK;
}

/* --- the way to the keeper --- */

err bench_bare_ping(struct vault *v, struct bench_times *to)
{
    while (to->count < to->room) {
        struct keeper_status status;
        double from = bench_now();
        TRY(keeper_status(v->keeper, &status));
        bench_times_add(to, bench_now() - from);
    }
    return OK;
}

/* --- memory --- */

static uint64_t add_up(const uint64_t *words, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += words[i];
    return sum;
}

err bench_bare_read(size_t bytes, double *ret_seconds)
{
    enum { TRIES = 5 };
    CLEANUP(mem_release) uint64_t *words = mem_array(bytes / sizeof *words + 1, sizeof *words);
    ENSURE(words, mem_none());
    size_t count = bytes / sizeof *words + 1;
    memset(words, 1, count * sizeof *words);
    for (int i = 0; i < TRIES; i++) {
        double from = bench_now();
        uint64_t sum = add_up(words, count);
        double seconds = bench_now() - from;
        ENSURE(sum == words[0] * count, err_new(ERR_INTERNAL, "A sum is wrong.", "Report this mistake."));
        *ret_seconds = i == 0 || seconds < *ret_seconds ? seconds : *ret_seconds;
    }
    return OK;
}
