/* The publisher, with a real signer and a real store: growing, crashes, caches, databases put back, proofs. */
#include "publish_world.h"

#include "mem.h"

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

/* Whatever was cut off, however often and of however many commands: nothing is wrong with what it left. */
static void what_a_crash_anywhere_leaves_is_no_fault(void **state)
{
    (void)state;
    static const uint64_t more[] = {1, 253, 2, 1}; /* 254, 256, 257 */
    for (unsigned chosen = 0; chosen < 9; chosen++) {
        WORLD;
        struct publish_verdict v;
        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
            append(w, more[i]);
            run_and_crash(w, crash_points[i % 2 ? chosen % 3 : chosen / 3]);
            assert_ok(publish_verify(w->store, w->log, w->vkey, w->signer, NULL, NULL, &v));
            if (v.faults)
                fail_msg("%u, %u: %s", chosen, (unsigned)i, v.fault[0]);
        }
        run(w);
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

static void without_memory_it_fails_and_later_goes_on(void **state)
{
    (void)state;
    WORLD;
    grow_to(w, 255);
    append(w, 2);
    bool published = false, checked = false;
    for (uint64_t n = 1; !(published && checked); n++) {
        uint64_t size = 0;
        struct publish_verdict v = {0};
        mem_fail_at(n, false);
        published = publish_run(w->store, w->signer, w->log, w->vkey, &size).kind == ERR_OK && size == 257;
        mem_fail_at(n, false);
        checked = publish_verify(w->store, w->log, w->vkey, NULL, NULL, NULL, &v).kind == ERR_OK;
        mem_fail_at(0, false);
        if (checked && published && v.faults)
            fail_msg("%s", v.fault[0]);
        checked = checked && n > 3000;
        n += n > 100 ? 12 : 0;
    }
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
        assert_ok(publish_verify(w->store, w->log, w->vkey, w->signer, NULL, NULL, &v));
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

int main(int argc, char **argv)
{
    int result = 0;
    if (world_start(argc, argv, &result))
        return result;
    if (argc == 3 && strcmp(argv[1], "publisher") == 0)
        return publisher_main(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_log_has_the_tiles_and_roots_of_its_entries),
        cmocka_unit_test(partial_tiles_stay_until_the_full_one_is_out),
        cmocka_unit_test(nothing_new_writes_nothing),
        cmocka_unit_test(without_a_signer_nothing_is_published),
        cmocka_unit_test(only_one_publishes_at_a_time),
        cmocka_unit_test(after_a_crash_anywhere_the_same_bytes_come_out),
        cmocka_unit_test(what_a_crash_anywhere_leaves_is_no_fault),
        cmocka_unit_test(what_was_added_after_a_crash_is_published_with_the_rest),
        cmocka_unit_test(a_full_disk_at_any_write_leaves_a_log_that_can_be_published),
        cmocka_unit_test(without_memory_it_fails_and_later_goes_on),
        cmocka_unit_test(tiles_that_are_gone_or_wrong_are_made_again),
        cmocka_unit_test(the_whole_folder_is_made_again),
        cmocka_unit_test(changed_entries_are_not_written_over_good_tiles),
        cmocka_unit_test(a_changed_entry_of_the_last_bundle_stops_the_publishing),
        cmocka_unit_test(a_database_put_back_is_refused),
        cmocka_unit_test(a_database_and_a_key_file_put_back_are_refused_for_the_published_checkpoint),
        cmocka_unit_test(each_entry_has_a_proof_with_or_without_good_tiles),
        cmocka_unit_test(nothing_published_has_no_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
