/* The checker of the log: every damage is found and named. */
#include "publish_world.h"

/* --- damages --- */

static void look(struct world *w, struct publish_verdict *v)
{
    assert_ok(publish_verify(w->store, w->log, w->vkey, w->signer, NULL, NULL, v));
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

/* Each as an attacker or a disk would do it, and the words in which it is told; the second ones by the folder alone
 * (NULL: it can't see it). */
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
    {.sql = "UPDATE entry SET idx = -idx; UPDATE entry SET idx = 1 - idx WHERE idx < -20; UPDATE entry SET idx = -idx "
            "WHERE "
            "idx < 0; INSERT INTO entry SELECT 21, bytes, private FROM entry WHERE idx = 0",
     .words = "of 256 entries has another root"},
    {.flip = "tile/0/000",
     .at = 32 * 9,
     .words = "tile/0/000 is not what the entries in the database give: it differs from entry 9 on",
     .words_outside = "tile/0/000 is not what the published entries give: it differs from entry 9 on"},
    {.flip = "tile/1/000.p/1", .words = "hash 0 of level 1 differs", .words_outside = "hash 0 of level 1 differs"},
    {.flip = "tile/0/001.p/43", .words = "tile/0/001.p/43 is not what"},
    {.flip = "tile/entries/000", .at = 50, .words = "tile/entries/000 is not what", .words_outside = "another root"},
    {.drop = "tile/0/000", .words = "tile/0/000 is missing", .words_outside = "tile/0/000 is missing"},
    {.drop = "tile/0/001.p/43", .words = "tile/0/001.p/43 is missing"},
    {.drop = "tile/entries/001.p/44",
     .words = "tile/entries/001.p/44 is missing",
     .words_outside = "tile/entries/001.p/44 is missing"},
    {.drop = "checkpoint", .words = "The file 'checkpoint' is missing"},
    {.flip = "checkpoint",
     .at = 30,
     .words = "not one that the log's key signed",
     .words_outside = "not one that the log's key signed"},
    {.sql = "UPDATE checkpoint SET note = CAST(replace(CAST(note AS TEXT), 'practice.', 'practise.') AS BLOB) WHERE "
            "size = 256",
     .words = "The checkpoint of 256 entries is not one that the log's key signed"},
    {.sql = "UPDATE checkpoint SET size = 255 WHERE size = 256",
     .words = "The checkpoint of 255 entries is not one that the log's key signed"},
    {.sql = "DELETE FROM checkpoint WHERE size = 300",
     .words = "signed by the log's key for 300 entries, but the database"},
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
    assert_true(v.faults == 1 && v.folder_faults == 1 && !v.cut_off);
    run(w);
    check_all(w);
}

static void a_checkpoint_that_a_cut_off_command_left_is_no_fault(void **state)
{
    (void)state;
    WORLD;
    char path[256];
    struct publish_verdict v;
    grow_to(w, 7);
    drop(w, "checkpoint"); /* as it is after the first is stored and before it is shown */
    look(w, &v);
    assert_true(v.cut_off && v.faults == 0 && v.size == 7);
    run(w);
    check_all(w);
    CLEANUP(buf_free) struct buf old = BUF(LIMIT_NOTE_BYTES);
    assert_ok(store_checkpoint_get(w->store, 7, &old));
    grow_to(w, 9);
    path_in(w, "checkpoint", path);
    write_file(path, buf_view(&old));
    look(w, &v);
    assert_true(v.cut_off && v.faults == 0 && v.size == 9);
    drop(w, "checkpoint"); /* not missing where there was one before */
    look(w, &v);
    assert_true(told(&v, "is missing") && !v.cut_off);
    /* One of our key that was never stored is none of ours. */
    write_file(path, buf_view(&old));
    sql(w, "DELETE FROM checkpoint WHERE size = 7");
    look(w, &v);
    assert_true(told(&v, "signed by the log's key for 7 entries, but the database") && !v.cut_off);
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
                           "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
                           0, NULL);
    assert_non_null(j);
    return j;
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

static void sealed_entries_are_counted_and_releases_open_them(void **state)
{
    (void)state;
    WORLD;
    for (unsigned i = 0; i < 3; i++)
        add_sealed(w);
    add_release(w, 1, 0);
    run(w);
    struct publish_verdict v;
    assert_ok(publish_verify(w->store, w->log, w->vkey, NULL, NULL, NULL, &v));
    assert_true(v.faults == 0 && v.sealed == 2 && v.released == 1);
    add_release(w, 0, 1);
    add_release(w, 3, 0);
    assert_ok(publish_verify(w->store, w->log, w->vkey, NULL, NULL, NULL, &v));
    assert_true(told(&v, "Entry 4 does not open the sealed entry 0"));
    assert_true(told(&v, "Entry 5 releases entry 3, which is no sealed entry"));
    assert_int_equal(v.sealed, 2);
}

int main(int argc, char **argv)
{
    int result = 0;
    if (world_start(argc, argv, &result))
        return result;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_damage_is_found_and_named),
        cmocka_unit_test(an_old_checkpoint_put_back_is_found),
        cmocka_unit_test(a_checkpoint_that_a_cut_off_command_left_is_no_fault),
        cmocka_unit_test(a_checkpoint_of_another_key_is_found),
        cmocka_unit_test(entries_that_are_not_covered_are_counted),
        cmocka_unit_test(sealed_entries_are_counted_and_releases_open_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
