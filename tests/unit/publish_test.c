/* The publisher and its checker, with a real signer (this program is the signer's program too) and a real store. */
#include "testing.h"

#include "digest.h"
#include "entry.h"
#include "limits.h"
#include "mem.h"
#include "proof.h"
#include "publish.h"
#include "publish_int.h"
#include "seam.h"
#include "tile.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORIGIN "practice.union.example/log"

static char self[4096];

/* --- a world: data directory, slot, signer --- */

struct world {
    char root[64], data[128], log[128], slot[128];
    char vkey_text[512];
    struct view vkey;
    struct note_key key;
    struct store *store;
    struct signer *signer;
    uint64_t count;
    struct hash leaves[1024];
};

static void write_file(const char *path, struct view bytes)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.len, f), bytes.len);
    assert_int_equal(fclose(f), 0);
}

static void copy_file(const char *from, const char *to)
{
    CLEANUP(buf_free) struct buf b = BUF(64u << 20);
    assert_ok(seam_read(from, 64u << 20, &b));
    write_file(to, buf_view(&b));
}

static void world_open(struct world *w)
{
    assert_ok(store_open(w->data, STORE_WRITE, &w->store));
    assert_ok(signer_open(self, w->slot, &w->signer));
}

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    strcpy(w->root, "/tmp/publish_test.XXXXXX");
    assert_non_null(mkdtemp(w->root));
    snprintf(w->data, sizeof w->data, "%s/data", w->root);
    snprintf(w->log, sizeof w->log, "%s/data/log", w->root);
    snprintf(w->slot, sizeof w->slot, "%s/slot", w->root);
    write_file(w->slot, view_text("slot"));
    assert_ok(signer_create(w->slot, view_text(ORIGIN)));
    struct buf vkey = BUF_FIXED((uint8_t *)w->vkey_text, sizeof w->vkey_text);
    assert_ok(signer_vkey(w->slot, &vkey));
    w->vkey = buf_view(&vkey);
    assert_ok(note_vkey_parse(w->vkey, &w->key));
    assert_ok(store_create(w->data));
    world_open(w);
    return w;
}

static void world_close(struct world *w)
{
    store_close(&w->store);
    signer_close(&w->signer);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static void world_free(struct world **at)
{
    struct world *w = *at;
    seam_hook_set((struct seam_hook){0});
    world_close(w);
    nftw(w->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(w);
}

#define WORLD CLEANUP(world_free) struct world *w = world_new()

static void append_bytes(struct world *w, struct view bytes)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    uint64_t index = 0, epoch = 0;
    assert_ok(store_epoch(w->store, &epoch));
    assert_ok(store_begin(w->store, epoch, &tx));
    assert_ok(store_entry_append(w->store, bytes, view_of(NULL, 0), &index));
    assert_ok(store_commit(&tx));
    assert_int_equal(index, w->count);
    assert_true(w->count < 1024);
    w->leaves[w->count++] = merkle_leaf(bytes);
}

static void entry_text(char to[128], uint64_t number)
{
    snprintf(to, 128, "{\"epoch\":%llu,\"kind\":\"destroyed\",\"time\":\"2026-03-04T05:06:07Z\"}", (unsigned long long)number);
}

static void append(struct world *w, uint64_t count)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    uint64_t epoch = 0;
    assert_ok(store_epoch(w->store, &epoch));
    assert_ok(store_begin(w->store, epoch, &tx));
    for (uint64_t i = 0; i < count; i++) {
        char text[128];
        uint64_t index = 0;
        entry_text(text, w->count);
        assert_ok(store_entry_append(w->store, view_text(text), view_of(NULL, 0), &index));
        assert_int_equal(index, w->count);
        w->leaves[w->count++] = merkle_leaf(view_text(text));
    }
    assert_ok(store_commit(&tx));
}

static void run(struct world *w)
{
    uint64_t size = 0;
    assert_ok(publish_run(w->store, w->signer, w->log, w->vkey, &size));
    assert_int_equal(size, w->count);
}

static void grow_to(struct world *w, uint64_t count)
{
    append(w, count - w->count);
    run(w);
}

static void path_in(const struct world *w, const char *name, char to[256])
{
    snprintf(to, 256, "%s/%s", w->log, name);
}

static bool there(const struct world *w, const char *name)
{
    char path[256];
    path_in(w, name, path);
    return access(path, F_OK) == 0;
}

/* Lets the same file be compared later. */
static struct hash file_hash(const struct world *w, const char *name)
{
    char path[256];
    path_in(w, name, path);
    CLEANUP(buf_free) struct buf b = BUF(32u << 20);
    assert_ok(seam_read(path, 32u << 20, &b));
    return digest_of(buf_view(&b));
}

static void flip(const struct world *w, const char *name, size_t at)
{
    char path[256];
    path_in(w, name, path);
    CLEANUP(buf_free) struct buf b = BUF(32u << 20);
    assert_ok(seam_read(path, 32u << 20, &b));
    assert_true(at < b.len);
    b.p[at] ^= 1;
    write_file(path, buf_view(&b));
}

static void drop(const struct world *w, const char *name)
{
    char path[256];
    path_in(w, name, path);
    assert_int_equal(unlink(path), 0);
}

/* What somebody does who writes to the database behind our back. */
static void sql(const struct world *w, const char *format, ...)
{
    char path[256], text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(path, sizeof path, "%s/register.db", w->data);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* --- what is right, computed from the leaves alone --- */

static void check_tile(const struct world *w, const struct tile *t)
{
    char name[256];
    struct buf path = BUF_FIXED((uint8_t *)name, sizeof name);
    tile_path(t, &path);
    char full[512];
    snprintf(full, sizeof full, "%s/%s", w->log, buf_text(&path));
    CLEANUP(buf_free) struct buf real = BUF(32u << 20), disk = BUF(32u << 20);
    size_t each = 1;
    for (unsigned i = 0; i < t->level; i++)
        each *= 256;
    for (size_t i = 0; i < t->width; i++) {
        size_t at = (size_t)t->index * 256 + i;
        char text[128];
        entry_text(text, at);
        struct hash h = merkle_root(w->leaves + at * each, each);
        if (t->entries)
            assert_ok(tile_bundle_add(&real, view_text(text)));
        else
            buf_put(&real, hash_view(&h));
    }
    assert_ok(seam_read(full, 32u << 20, &disk));
    assert_true(view_equal(buf_view(&real), buf_view(&disk)));
}

static void check_verdicts(struct world *w)
{
    struct publish_verdict v;
    struct publish_aids aids = {.signer = w->signer};
    assert_ok(publish_verify(w->store, w->log, w->vkey, &aids, &v));
    if (v.faults)
        fail_msg("%s", v.fault[0]);
    struct hash root = merkle_root(w->leaves, w->count);
    assert_int_equal(v.entries, w->count);
    assert_int_equal(v.size, w->count);
    assert_int_equal(v.unpublished, 0);
    assert_true(hash_equal(&v.root, &root));
    assert_ok(publish_verify_tiles(w->log, w->vkey, &v));
    if (v.faults)
        fail_msg("%s", v.fault[0]);
    assert_int_equal(v.entries, w->count);
    assert_true(hash_equal(&v.root, &root));
}

static void check_all(struct world *w)
{
    struct tile_walk walk = tile_walk_new(0, w->count);
    struct tile t;
    while (tile_walk_next(&walk, &t))
        check_tile(w, &t);
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES), file = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c;
    assert_ok(publish_newest(w->store, &note, &c));
    struct hash root = merkle_root(w->leaves, w->count);
    assert_int_equal(c.size, w->count);
    assert_true(hash_equal(&c.root, &root));
    assert_ok(checkpoint_open(buf_view(&note), &w->key, view_text(ORIGIN), &c));
    assert_ok(publish_file_read(w->log, &file));
    assert_true(view_equal(buf_view(&note), buf_view(&file)));
    check_verdicts(w);
}

/* --- growing --- */

static void a_growing_log_has_the_tiles_and_roots_of_its_entries(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 100, 255, 256, 257, 300, 511, 512, 513, 600};
    WORLD;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        grow_to(w, sizes[i]);
        check_all(w);
    }
}

static void partial_tiles_stay_until_the_full_one_is_out(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 3);
    grow_to(w, 10);
    assert_true(there(w, "tile/0/000.p/3") && there(w, "tile/entries/000.p/3"));
    assert_true(there(w, "tile/0/000.p/10") && !there(w, "tile/0/000"));
    grow_to(w, 256);
    assert_true(there(w, "tile/0/000") && there(w, "tile/entries/000") && there(w, "tile/1/000.p/1"));
    assert_false(there(w, "tile/0/000.p/3") || there(w, "tile/0/000.p/10") || there(w, "tile/entries/000.p/10"));
    check_all(w);
}

static void nothing_new_writes_nothing(void **state)
{
    (void)state;
    WORLD;
    uint64_t size = 7;
    assert_ok(publish_run(w->store, w->signer, w->log, w->vkey, &size));
    assert_int_equal(size, 0);
    assert_false(there(w, "checkpoint"));
    grow_to(w, 5);
    char path[256];
    path_in(w, "checkpoint", path);
    struct stat before, after;
    assert_int_equal(stat(path, &before), 0);
    run(w);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void without_a_signer_nothing_is_published(void **state)
{
    (void)state;
    WORLD;
    uint64_t size = 0;
    grow_to(w, 2);
    assert_ok(publish_run(w->store, NULL, w->log, w->vkey, &size));
    append(w, 1);
    assert_err(ERR_NOT_FOUND, publish_run(w->store, NULL, w->log, w->vkey, &size));
    assert_false(there(w, "tile/0/000.p/3"));
    run(w);
    check_all(w);
}

static void only_one_publishes_at_a_time(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 1);
    append(w, 1);
    /* Process 1 is always there, and not us. */
    char boot[64] = "", space[64] = "", start[32] = "";
    CLEANUP(buf_free) struct buf id = BUF(64), about = BUF(4096);
    assert_ok(seam_read("/proc/sys/kernel/random/boot_id", 60, &id));
    snprintf(boot, sizeof boot, "%.36s", buf_text(&id));
    assert_true(readlink("/proc/self/ns/pid", space, sizeof space - 1) > 0);
    assert_ok(seam_read("/proc/1/stat", 4000, &about));
    const char *p = strrchr(buf_text(&about), ')');
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    assert_non_null(p);
    snprintf(start, sizeof start, "%.*s", (int)strcspn(p + 1, " "), p + 1);
    sql(w, "INSERT OR REPLACE INTO lease VALUES('publish', 1, '%s %s %s', 'log publish', 1, 2)", boot, space, start);
    uint64_t size = 0;
    assert_err(ERR_BUSY, publish_run(w->store, w->signer, w->log, w->vkey, &size));
    sql(w, "DELETE FROM lease");
    run(w);
}

/* --- crashes --- */

/* The child: `publisher ROOT`. */
static int publisher_main(const char *root)
{
    static struct world w;
    snprintf(w.data, sizeof w.data, "%s/data", root);
    snprintf(w.log, sizeof w.log, "%s/data/log", root);
    snprintf(w.slot, sizeof w.slot, "%s/slot", root);
    struct buf vkey = BUF_FIXED((uint8_t *)w.vkey_text, sizeof w.vkey_text);
    uint64_t size = 0;
    err e = signer_vkey(w.slot, &vkey);
    if (e.kind == ERR_OK)
        e = store_open(w.data, STORE_WRITE, &w.store);
    if (e.kind == ERR_OK)
        e = signer_open(self, w.slot, &w.signer);
    if (e.kind == ERR_OK)
        e = publish_run(w.store, w.signer, w.log, buf_view(&vkey), &size);
    world_close(&w);
    return e.kind == ERR_OK ? 0 : 1;
}

static void run_and_crash(const struct world *w, const char *at)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("CANDOUR_CRASH_AT", at, 1);
        execl(self, self, "publisher", w->root, (char *)NULL);
        _exit(99);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static const char *const crash_points[] = {"publish-tiles", "publish-signed", "publish-stored"};

static void after_a_crash_anywhere_the_same_bytes_come_out(void **state)
{
    (void)state;
    WORLD;
    static const uint64_t sizes[] = {1, 3, 255, 256, 258};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        append(w, sizes[i] - w->count);
        run_and_crash(w, "publish-signed");
        uint64_t size = 0;
        struct hash root, real = merkle_root(w->leaves, w->count);
        assert_ok(signer_newest(w->signer, &size, &root));
        assert_true(size == w->count && hash_equal(&root, &real));
        run_and_crash(w, "publish-tiles");
        run_and_crash(w, "publish-stored");
        CLEANUP(buf_free) struct buf stored = BUF(LIMIT_NOTE_BYTES), again = BUF(LIMIT_NOTE_BYTES);
        struct checkpoint c;
        assert_ok(publish_newest(w->store, &stored, &c));
        run(w);
        assert_ok(publish_file_read(w->log, &again));
        assert_true(view_equal(buf_view(&stored), buf_view(&again)));
        check_all(w);
    }
}

static void what_was_added_after_a_crash_is_published_with_the_rest(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 250);
    for (size_t i = 0; i < 3; i++) {
        append(w, 2);
        run_and_crash(w, crash_points[i]);
        append(w, 3);
        run(w);
        check_all(w);
    }
}

struct failing {
    unsigned left;
};

static int fail_one(void *ctx, const struct seam_op *op)
{
    (void)op;
    struct failing *f = ctx;
    return f->left > 0 && --f->left == 0 ? ENOSPC : 0;
}

static void a_full_disk_at_any_write_leaves_a_log_that_can_be_published(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 254);
    bool passed = false;
    unsigned failed = 0;
    for (unsigned n = 1; !passed && n < 400; n++) {
        struct failing f = {n};
        uint64_t size = 0;
        if (w->count < 300)
            append(w, 1);
        seam_hook_set((struct seam_hook){fail_one, &f});
        passed = publish_run(w->store, w->signer, w->log, w->vkey, &size).kind == ERR_OK && f.left > 0;
        seam_hook_set((struct seam_hook){0});
        failed += !passed;
        if (w->count < 300)
            run(w);
        if (n % 8 == 0)
            check_verdicts(w);
    }
    assert_true(passed && failed > 20);
    run(w);
    check_all(w);
}

/* --- tiles are a cache --- */

static void tiles_that_are_gone_or_wrong_are_made_again(void **state)
{
    (void)state;
    static const char *const files[] = {"tile/0/000", "tile/entries/001", "tile/0/002.p/88", "tile/1/000.p/2",
                                        "tile/entries/002.p/88"};
    WORLD;
    grow_to(w, 520);
    grow_to(w, 600);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        drop(w, files[i]);
        run(w);
        check_all(w);
        drop(w, files[i]);
        grow_to(w, w->count); /* nothing new, and the folder whole again */
        flip(w, files[i], 40);
        uint64_t size = 0, mended = 0;
        assert_ok(publish_rebuild(w->store, w->signer, w->log, w->vkey, &size, &mended));
        assert_int_equal(mended, 1);
        check_all(w);
    }
    assert_true(there(w, "tile/0/002.p/8"));
    drop(w, "tile/0/002.p/8");
    uint64_t size = 0, mended = 0;
    assert_ok(publish_rebuild(w->store, w->signer, w->log, w->vkey, &size, &mended));
    assert_int_equal(mended, 1);
    assert_true(there(w, "tile/0/002.p/8"));
    flip(w, "checkpoint", 3);
    run(w);
    check_all(w);
}

static void the_whole_folder_is_made_again(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 255);
    grow_to(w, 300);
    struct hash note = file_hash(w, "checkpoint"), tile = file_hash(w, "tile/0/000");
    nftw(w->log, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    uint64_t size = 0;
    assert_ok(publish_run(w->store, NULL, w->log, w->vkey, &size));
    struct hash note2 = file_hash(w, "checkpoint"), tile2 = file_hash(w, "tile/0/000");
    assert_true(hash_equal(&note, &note2) && hash_equal(&tile, &tile2));
    check_all(w);
}

static void changed_entries_are_not_written_over_good_tiles(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 300);
    struct hash before = file_hash(w, "tile/entries/000");
    sql(w, "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '2026', '2025') AS BLOB) WHERE idx = 7");
    drop(w, "tile/0/001.p/44");
    uint64_t size = 0;
    assert_err(ERR_CORRUPT, publish_run(w->store, w->signer, w->log, w->vkey, &size));
    struct hash after = file_hash(w, "tile/entries/000");
    assert_true(hash_equal(&before, &after));
    assert_false(there(w, "tile/0/001.p/44"));
}

static void a_changed_entry_of_the_last_bundle_stops_the_publishing(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 300);
    sql(w, "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '2026', '2025') AS BLOB) WHERE idx = 290");
    append(w, 1);
    uint64_t size = 0;
    assert_err(ERR_CORRUPT, publish_run(w->store, w->signer, w->log, w->vkey, &size));
    assert_false(there(w, "tile/0/001.p/45"));
}

/* --- a database put back --- */

static void put_back(struct world *w, const char *backup)
{
    char path[256];
    world_close(w);
    snprintf(path, sizeof path, "%s/register.db-wal", w->data);
    unlink(path);
    snprintf(path, sizeof path, "%s/register.db-shm", w->data);
    unlink(path);
    snprintf(path, sizeof path, "%s/register.db", w->data);
    copy_file(backup, path);
    world_open(w);
}

static void a_database_put_back_is_refused(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 10);
    char backup[256];
    snprintf(backup, sizeof backup, "%s/backup.db", w->root);
    assert_ok(store_backup_to(w->store, backup));
    grow_to(w, 12);
    put_back(w, backup);
    struct hash before = file_hash(w, "checkpoint");
    uint64_t size = 0;
    /* Fewer entries; as many, others; more. */
    for (unsigned i = 0; i < 3; i++) {
        assert_err(ERR_CONFLICT, publish_run(w->store, w->signer, w->log, w->vkey, &size));
        struct hash after = file_hash(w, "checkpoint");
        assert_true(hash_equal(&before, &after));
        assert_false(there(w, "tile/0/000.p/14"));
        struct publish_verdict v;
        struct publish_aids aids = {.signer = w->signer};
        assert_ok(publish_verify(w->store, w->log, w->vkey, &aids, &v));
        assert_true(v.faults > 0);
        w->count = 10 + 2 * i;
        append_bytes(w, view_text("{\"kind\":\"destroyed\",\"epoch\":1}"));
        append_bytes(w, view_text("{\"kind\":\"destroyed\",\"epoch\":2}"));
    }
}

static void a_database_and_a_key_file_put_back_are_refused_for_the_published_checkpoint(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 10);
    char backup[256], slot[128], from[256], to[256];
    snprintf(backup, sizeof backup, "%s/backup.db", w->root);
    assert_ok(store_backup_to(w->store, backup));
    snprintf(slot, sizeof slot, "%.60s/slot2", w->root);
    copy_file(w->slot, slot);
    snprintf(from, sizeof from, "%s.signer", w->slot);
    snprintf(to, sizeof to, "%s.signer", slot);
    copy_file(from, to);
    assert_int_equal(chmod(to, 0600), 0);
    snprintf(from, sizeof from, "%s.vkey", w->slot);
    snprintf(to, sizeof to, "%s.vkey", slot);
    copy_file(from, to);
    grow_to(w, 12);
    strcpy(w->slot, slot);
    put_back(w, backup);
    uint64_t size = 0;
    assert_err(ERR_CONFLICT, publish_run(w->store, w->signer, w->log, w->vkey, &size));
    w->count = 10;
    for (unsigned i = 0; i < 3; i++)
        append_bytes(w, view_text("{\"kind\":\"destroyed\",\"epoch\":1}"));
    assert_err(ERR_CONFLICT, publish_run(w->store, w->signer, w->log, w->vkey, &size));
    assert_ok(signer_newest(w->signer, &size, &w->leaves[0]));
    assert_int_equal(size, 10);
}

/* --- proofs --- */

static void each_entry_has_a_proof_with_or_without_good_tiles(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 300);
    append(w, 1);
    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 300; i += round ? 50 : 1) {
            CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES), file = BUF(LIMIT_NOTE_BYTES);
            struct merkle_proof p;
            struct checkpoint c;
            assert_ok(publish_proof(w->store, w->log, i, &p, &note));
            assert_ok(checkpoint_open(buf_view(&note), &w->key, view_text(ORIGIN), &c));
            assert_true(merkle_verify_inclusion(i, 300, &w->leaves[i], &p, &c.root));
            struct proof offline;
            char text[128];
            entry_text(text, i);
            assert_ok(publish_proof_file(w->store, w->log, i, &file));
            assert_ok(proof_parse(buf_view(&file), &offline));
            assert_ok(proof_verify(&offline, view_text(text), &w->key, view_text(ORIGIN), &c));
        }
        if (round == 0) {
            flip(w, "tile/0/000", 5000);
            drop(w, "tile/0/001.p/44");
        }
    }
    struct merkle_proof p;
    assert_err(ERR_NOT_FOUND, publish_proof(w->store, w->log, 300, &p, NULL));
    sql(w, "UPDATE entry SET bytes = x'00' WHERE idx = 9");
    assert_err(ERR_CORRUPT, publish_proof(w->store, w->log, 9, &p, NULL));
}

static void nothing_published_has_no_proof(void **state)
{
    (void)state;
    WORLD;
    struct merkle_proof p;
    append(w, 1);
    assert_err(ERR_NOT_FOUND, publish_proof(w->store, w->log, 0, &p, NULL));
}

/* --- damages --- */

static void look(struct world *w, struct publish_verdict *v)
{
    struct publish_aids aids = {.signer = w->signer};
    assert_ok(publish_verify(w->store, w->log, w->vkey, &aids, v));
}

static bool told(const struct publish_verdict *v, const char *words)
{
    for (uint64_t i = 0; i < v->faults && i < PUBLISH_FAULTS; i++)
        if (strstr(v->fault[i], words))
            return true;
    for (uint64_t i = 0; i < v->faults && i < PUBLISH_FAULTS; i++)
        print_message("# said: %s\n", v->fault[i]);
    return false;
}

static struct world *published_world(void)
{
    struct world *w = world_new();
    grow_to(w, 10);
    grow_to(w, 256);
    grow_to(w, 299);
    grow_to(w, 300);
    check_all(w);
    return w;
}

/* Each as an attacker or a disk would do it, and the words in which it is told; the second ones by the folder alone (NULL: it
 * can't see it). */
static const struct damage {
    const char *sql, *flip, *drop;
    size_t at;
    const char *words, *words_outside;
} damages[] = {
    {.sql = "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '2026', '2025') AS BLOB) WHERE idx = 7",
     .words = "checkpoint of 10 entries has another root"},
    {.sql = "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '2026', '2025') AS BLOB) WHERE idx = 7",
     .words = "tile/entries/000 is not what the entries in the database give: it differs from entry 7 on"},
    {.sql = "UPDATE entry SET bytes = CAST(bytes || ' ' AS BLOB) WHERE idx = 7", .words = "Entry 7 is not in order"},
    {.sql = "DELETE FROM entry WHERE idx = 299", .words = "is of 300 entries, and the database has only 299"},
    {.sql = "DELETE FROM entry WHERE idx = 299", .words = "The signer signed 300 entries"},
    {.sql = "DELETE FROM entry WHERE idx = 20", .words = "Entry 20 is missing"},
    {.sql = "UPDATE entry SET idx = -idx; UPDATE entry SET idx = 1 - idx WHERE idx < -20; UPDATE entry SET idx = -idx WHERE "
            "idx < 0; INSERT INTO entry SELECT 21, bytes, private FROM entry WHERE idx = 0",
     .words = "of 256 entries has another root"},
    {.flip = "tile/0/000", .at = 32 * 9, .words = "tile/0/000 is not what the entries in the database give: it differs from entry 9 on",
     .words_outside = "tile/0/000 is not what the published entries give: it differs from entry 9 on"},
    {.flip = "tile/1/000.p/1", .words = "hash 0 of level 1 differs", .words_outside = "hash 0 of level 1 differs"},
    {.flip = "tile/0/001.p/43", .words = "tile/0/001.p/43 is not what"},
    {.flip = "tile/entries/000", .at = 50, .words = "tile/entries/000 is not what", .words_outside = "another root"},
    {.drop = "tile/0/000", .words = "tile/0/000 is missing", .words_outside = "tile/0/000 is missing"},
    {.drop = "tile/0/001.p/43", .words = "tile/0/001.p/43 is missing"},
    {.drop = "tile/entries/001.p/44", .words = "tile/entries/001.p/44 is missing",
     .words_outside = "tile/entries/001.p/44 is missing"},
    {.drop = "checkpoint", .words = "The file 'checkpoint' is missing"},
    {.flip = "checkpoint", .at = 30, .words = "not one that the log's key signed",
     .words_outside = "not one that the log's key signed"},
    {.sql = "UPDATE checkpoint SET note = CAST(replace(CAST(note AS TEXT), 'practice.', 'practise.') AS BLOB) WHERE size = 256",
     .words = "The checkpoint of 256 entries is not one that the log's key signed"},
    {.sql = "UPDATE checkpoint SET size = 255 WHERE size = 256",
     .words = "The checkpoint of 255 entries is not one that the log's key signed"},
    {.sql = "DELETE FROM checkpoint WHERE size = 300", .words = "signed by the log's key for 300 entries, but the database"},
};

static void do_damage(struct world *w, const struct damage *d)
{
    if (d->sql)
        sql(w, "%s", d->sql);
    if (d->flip)
        flip(w, d->flip, d->at);
    if (d->drop)
        drop(w, d->drop);
}

static void every_damage_is_found_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        CLEANUP(world_free) struct world *w = published_world();
        struct publish_verdict v;
        do_damage(w, &damages[i]);
        look(w, &v);
        if (!told(&v, damages[i].words))
            fail_msg("not told: %s", damages[i].words);
        if (!damages[i].words_outside)
            continue;
        assert_ok(publish_verify_tiles(w->log, w->vkey, &v));
        if (!told(&v, damages[i].words_outside))
            fail_msg("not told outside: %s", damages[i].words_outside);
    }
}

static void an_old_checkpoint_put_back_is_found(void **state)
{
    (void)state;
    CLEANUP(world_free) struct world *w = published_world();
    char path[256];
    CLEANUP(buf_free) struct buf old = BUF(LIMIT_NOTE_BYTES);
    struct publish_verdict v;
    assert_ok(store_checkpoint_get(w->store, 256, &old));
    path_in(w, "checkpoint", path);
    write_file(path, buf_view(&old));
    look(w, &v);
    assert_true(told(&v, "an old one of 256 entries; the newest stored one is of 300"));
    run(w);
    check_all(w);
}

static void a_checkpoint_of_another_key_is_found(void **state)
{
    (void)state;
    CLEANUP(world_free) struct world *w = published_world();
    CLEANUP(world_free) struct world *other = published_world();
    char from[256], to[256];
    struct publish_verdict v;
    path_in(other, "checkpoint", from);
    path_in(w, "checkpoint", to);
    copy_file(from, to);
    look(w, &v);
    assert_true(told(&v, "The file 'checkpoint' is not one that the log's key signed"));
    run(w);
    check_all(w);
}

static void entries_that_are_not_covered_are_counted(void **state)
{
    (void)state;
    WORLD;
    struct publish_verdict v;
    append(w, 2);
    look(w, &v);
    assert_true(v.faults == 0 && v.entries == 2 && v.unpublished == 2 && v.size == 0);
    run(w);
    append(w, 3);
    look(w, &v);
    assert_true(v.faults == 0 && v.entries == 5 && v.unpublished == 3 && v.size == 2 && v.checkpoints == 1);
}

/* --- sealed entries --- */

static const uint8_t salt[ENTRY_SALT_BYTES] = {1, 2, 3};

static json_t *body(void)
{
    json_t *j = json_loads("{\"kind\":\"report\",\"time\":\"2026-03-04T05:06:07Z\",\"incident\":\"i1\",\"to\":\"ico\","
                           "\"action\":\"draft\",\"doc\":"
                           "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}", 0, NULL);
    assert_non_null(j);
    return j;
}

static err side(void *ctx, uint64_t index, struct view sealed, struct buf *to)
{
    const uint8_t *wrong = ctx;
    assert_null(sealed.p);
    if (index == 2)
        return err_new(ERR_NOT_FOUND, "Not kept.", "");
    json_t *j = body();
    buf_bytes(to, salt, sizeof salt);
    if (wrong)
        to->p[0] ^= *wrong;
    err e = entry_encode_body(j, to);
    json_decref(j);
    return e;
}

static void add_sealed(struct world *w)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
    json_t *j = body();
    assert_ok(entry_seal(j, salt, 1000, &b));
    json_decref(j);
    append_bytes(w, buf_view(&b));
}

static void add_release(struct world *w, uint64_t index, uint8_t other)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
    uint8_t its_salt[ENTRY_SALT_BYTES];
    memcpy(its_salt, salt, sizeof salt);
    its_salt[0] ^= other;
    json_t *j = body();
    assert_ok(entry_release(index, j, its_salt, 2000, &b));
    json_decref(j);
    append_bytes(w, buf_view(&b));
}

static void sealed_entries_are_counted_and_opened(void **state)
{
    (void)state;
    WORLD;
    for (unsigned i = 0; i < 3; i++)
        add_sealed(w);
    add_release(w, 1, 0);
    run(w);
    struct publish_verdict v;
    struct publish_aids aids = {.private_side = side};
    assert_ok(publish_verify(w->store, w->log, w->vkey, &aids, &v));
    assert_true(v.faults == 0 && v.sealed == 2 && v.released == 1 && v.opened == 2);
    uint8_t wrong = 1;
    aids.ctx = &wrong;
    assert_ok(publish_verify(w->store, w->log, w->vkey, &aids, &v));
    assert_true(v.faults == 2 && told(&v, "kept of the sealed entry 0 does not open it"));
    add_release(w, 0, 1);
    add_release(w, 3, 0);
    assert_ok(publish_verify(w->store, w->log, w->vkey, NULL, &v));
    assert_true(told(&v, "Entry 4 does not open the sealed entry 0"));
    assert_true(told(&v, "Entry 5 releases entry 3, which is no sealed entry"));
    assert_int_equal(v.sealed, 2);
}

/* --- the quick look at an entry's form --- */

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TIME ",\"time\":\"2024-02-29T23:59:59Z\""
static const char *const samples[] = {
    "{\"country\":\"GB\",\"format\":1,\"kind\":\"init\",\"origin\":\"log.union.example:8443/a_b\",\"practice\":false" TIME "}",
    "{\"categories\":[\"contact\",\"H12\"],\"job\":\"j1\",\"kind\":\"warrant\",\"number\":1234,\"purpose\":\"p\",\"set\":\"" HEX "\""
    TIME ",\"until\":\"2024-03-01T00:00:00Z\"}",
    "{\"added\":12,\"file\":\"" HEX "\",\"gone\":\"<10\",\"kind\":\"import\",\"mode\":\"part\",\"read\":1000,\"source\":\"civicrm\""
    TIME ",\"unchanged\":988,\"updated\":\"<10\"}",
    "{\"action\":\"give\",\"kind\":\"consent\",\"number\":\"<10\",\"purpose\":\"x-1\",\"recipient\":\"r.2\"" TIME "}",
    "{\"action\":\"give\",\"kind\":\"consent\",\"number\":10,\"purpose\":\"x-1\"" TIME "}",
    "{\"action\":\"believed\",\"doc\":\"" HEX "\",\"handovers\":[],\"kind\":\"certificate\"" TIME "}",
    "{\"cells\":0,\"epoch\":123456789012345,\"kind\":\"state\",\"root\":\"" HEX "\"" TIME "}",
    "{\"hash\":\"" HEX "\",\"kind\":\"sealed\"" TIME "}",
};

static bool is_entry(struct view bytes)
{
    json_t *j = NULL;
    bool good = entry_parse(bytes, &j).kind == ERR_OK;
    if (good)
        json_decref(j);
    return good;
}

static void the_quick_look_takes_what_the_slow_one_takes_and_nothing_more(void **state)
{
    (void)state;
    static const uint8_t with[] = "\0\"\\ ,:{}[]019azAZ<-./\x80";
    unsigned taken = 0;
    for (size_t s = 0; s < sizeof samples / sizeof samples[0]; s++) {
        struct view v = view_text(samples[s]);
        if (!is_entry(v) || !publish_scan(v))
            fail_msg("sample %zu", s);
        uint8_t changed[1024];
        for (size_t at = 0; at <= v.len; at++) {
            for (size_t k = 0; k < 3 * (sizeof with - 1); k++) {
                size_t skip = k % 3, left = at + skip <= v.len ? v.len - at - skip : 0; /* insert, replace, replace two */
                memcpy(changed, v.p, at);
                changed[at] = with[k / 3];
                memcpy(changed + at + 1, v.p + (v.len - left), left);
                struct view bytes = view_of(changed, at + 1 + left);
                bool quick = publish_scan(bytes) != NULL;
                taken += quick;
                if (quick && !is_entry(bytes))
                    fail_msg("sample %zu at %zu: %.*s", s, at, (int)bytes.len, (const char *)bytes.p);
            }
        }
        for (size_t len = 0; len < v.len; len++)
            assert_null(publish_scan(view_of(v.p, len)));
    }
    assert_true(taken > 1000);
}

int main(int argc, char **argv)
{
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = 0;
    if (argc > 1 && strcmp(argv[1], "signer") == 0)
        return signer_main(argc, argv);
    if (argc == 3 && strcmp(argv[1], "publisher") == 0)
        return publisher_main(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_log_has_the_tiles_and_roots_of_its_entries),
        cmocka_unit_test(partial_tiles_stay_until_the_full_one_is_out),
        cmocka_unit_test(nothing_new_writes_nothing),
        cmocka_unit_test(without_a_signer_nothing_is_published),
        cmocka_unit_test(only_one_publishes_at_a_time),
        cmocka_unit_test(after_a_crash_anywhere_the_same_bytes_come_out),
        cmocka_unit_test(what_was_added_after_a_crash_is_published_with_the_rest),
        cmocka_unit_test(a_full_disk_at_any_write_leaves_a_log_that_can_be_published),
        cmocka_unit_test(tiles_that_are_gone_or_wrong_are_made_again),
        cmocka_unit_test(the_whole_folder_is_made_again),
        cmocka_unit_test(changed_entries_are_not_written_over_good_tiles),
        cmocka_unit_test(a_changed_entry_of_the_last_bundle_stops_the_publishing),
        cmocka_unit_test(a_database_put_back_is_refused),
        cmocka_unit_test(a_database_and_a_key_file_put_back_are_refused_for_the_published_checkpoint),
        cmocka_unit_test(each_entry_has_a_proof_with_or_without_good_tiles),
        cmocka_unit_test(nothing_published_has_no_proof),
        cmocka_unit_test(every_damage_is_found_and_named),
        cmocka_unit_test(an_old_checkpoint_put_back_is_found),
        cmocka_unit_test(a_checkpoint_of_another_key_is_found),
        cmocka_unit_test(entries_that_are_not_covered_are_counted),
        cmocka_unit_test(sealed_entries_are_counted_and_opened),
        cmocka_unit_test(the_quick_look_takes_what_the_slow_one_takes_and_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
