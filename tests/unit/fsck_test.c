#include "erasure_world.h"

#include "limits.h"
#include "scope_numbers.h"

#include <fcntl.h>
#include <sqlite3.h>

static struct world world;

/* --- planting --- */

/* flip(blob, at): one bit of it is another. */
static void sql_flip(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    (void)count;
    int len = sqlite3_value_bytes(values[0]), at = sqlite3_value_int(values[1]);
    uint8_t *copy = mem_alloc((size_t)len);
    memcpy(copy, sqlite3_value_blob(values[0]), (size_t)len);
    copy[at < 0 ? len + at : at] ^= 1;
    sqlite3_result_blob(ctx, copy, len, SQLITE_TRANSIENT);
    mem_free(copy);
}

static void copy_path(char to[100], const char *name)
{
    snprintf(to, 100, "%s/x%s%s", world.house.root, name ? "/" : "", name ? name : "");
}

static void plant_sql(const char *text)
{
    char path[100], *words = NULL;
    sqlite3 *db = NULL;
    copy_path(path, "register.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_create_function(db, "flip", 2, SQLITE_UTF8, NULL, sql_flip, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &words) != SQLITE_OK)
        fail_msg("%s: %s", text, words);
    assert_true(sqlite3_total_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void plant_blob(const char *text, const struct buf *blob)
{
    char path[100];
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    copy_path(path, "register.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_blob(stmt, 1, blob->p, (int)blob->len, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_finalize(stmt);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void plant_flip_in_file(const char *name)
{
    char path[100];
    uint8_t byte;
    copy_path(path, name);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, 10), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 10), 1);
    close(fd);
}

static void copy_world(void)
{
    world_shell("rm -rf %s/x && cp -r %s %s/x", world.house.root, world.house.dir, world.house.root);
}

/* --- judging --- */

static bool has_words(char (*list)[FSCK_WORDS], uint64_t count, uint64_t room, const char *words)
{
    for (uint64_t i = 0; i < count && i < room; i++)
        if (strstr(list[i], words))
            return true;
    return false;
}

static void assert_found(const char *what, const char *words)
{
    char dir[100];
    struct fsck_result *r = mem_alloc(sizeof *r);
    copy_path(dir, NULL);
    world_fsck(&world, dir, true, r);
    if (!has_words(r->fault, r->faults, FSCK_FAULTS, words))
        fail_msg("%s: expected \"%s\", found %d faults: %s", what, words, (int)r->faults, r->faults ? r->fault[0] : "none");
    mem_free(r);
}

struct damage {
    const char *what, *sql, *words;
};

static const struct damage damages[] = {
    {"a bit of a row", "UPDATE person_row SET blob = flip(blob, -1) WHERE ordinal = 7", "The row of person 7 does not open"},
    {"a bit in the length of a row's piece", "UPDATE person_row SET blob = flip(blob, 2) WHERE ordinal = 7", "The row of person 7 does not open"},
    {"a bit of a cell", "UPDATE cell SET blob = flip(blob, 100) WHERE no = 1", "Key cell 1 (people 256 to 511) does not open"},
    {"a bit of an index cell", "UPDATE index_cell SET blob = flip(blob, -1) WHERE no = 0", "Index cell 0 does not open"},
    {"a bit of a document", "UPDATE doc SET blob = flip(blob, -1) WHERE kind = 'recipient' AND version = 1",
     "Document recipient pellwick, version 1"},
    {"a bit of the keys of people", "UPDATE cellkeys SET blob = flip(blob, 50) WHERE kind = 1", "The group 0 of keys of people"},
    {"a bit of the keys of the index", "UPDATE cellkeys SET blob = flip(blob, 50) WHERE kind = 2", "The group 0 of keys of the index"},
    {"a bit of the keys of documents", "UPDATE cellkeys SET blob = flip(blob, 50) WHERE kind = 3", "The group 0 of keys of documents"},
    {"keys of people deleted", "DELETE FROM cellkeys WHERE kind = 1", "Key cell 0 (people 0 to 255) does not open"},
    {"keys of documents deleted", "DELETE FROM cellkeys WHERE kind = 3", "The keys of document recipient pellwick"},
    {"keys of the index deleted", "DELETE FROM cellkeys WHERE kind = 2", "Index cell 0 does not open"},
    {"a bit of an entry", "UPDATE entry SET bytes = flip(bytes, 12) WHERE idx = 1", "The log:"},
    {"an entry deleted", "DELETE FROM entry WHERE idx = 1", "Entry 1 is missing"},
    {"the last entry deleted", "DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)", "the last ones were removed"},
    {"a bit of a checkpoint", "UPDATE checkpoint SET note = flip(note, -3) WHERE size = (SELECT max(size) FROM checkpoint)", "The checkpoint of"},
    {"a checkpoint between deleted", "DELETE FROM checkpoint WHERE size = (SELECT size FROM checkpoint ORDER BY size LIMIT 1)",
     "stored checkpoints"},
    {"a bit of a private side", "UPDATE entry SET private = flip(private, -1) WHERE idx = (SELECT max(idx) FROM entry WHERE private IS NOT NULL)",
     "The private side of entry"},
    {"a private side deleted", "UPDATE entry SET private = NULL WHERE idx = (SELECT max(idx) FROM entry WHERE private IS NOT NULL)",
     "The private side of entry"},
    {"private sides swapped", "UPDATE entry SET private = (SELECT private FROM entry WHERE idx = (SELECT min(idx) FROM entry WHERE private IS NOT NULL))"
                              " WHERE idx = (SELECT max(idx) FROM entry WHERE private IS NOT NULL)", "The log entry"},
    {"the hash in a sealed entry",
     "UPDATE entry SET bytes = CAST(substr(CAST(bytes AS TEXT), 1, 9) || substr(CAST(bytes AS TEXT), 11, 63) || substr(CAST(bytes AS TEXT), 10, 1)"
     " || substr(CAST(bytes AS TEXT), 74) AS BLOB) WHERE idx = (SELECT max(idx) FROM entry WHERE CAST(bytes AS TEXT) LIKE '{\"hash\":\"%\"sealed\"%')",
     "is not that of its 'hash'"},
    {"a bit of a set", "UPDATE people_set SET blob = flip(blob, 9) WHERE owner = 'H1' AND name = '.people'", "The set of people of H1"},
    {"a bit of a set with its sum mended", "UPDATE people_set SET blob = x'3b30', sha256 = x'00' WHERE owner = 'H1' AND name = 'email'",
     "The set email of H1"},
    {"sets swapped",
     "CREATE TEMP TABLE t AS SELECT * FROM people_set WHERE name = '.people';"
     "UPDATE people_set SET blob = (SELECT blob FROM t WHERE owner <> people_set.owner), sha256 = (SELECT sha256 FROM t WHERE owner <> people_set.owner)"
     " WHERE name = '.people' AND owner IN ('H1', 'H2')", "The set of people of H2"},
    {"a set deleted", "DELETE FROM people_set WHERE owner = 'H2' AND name = 'email'", "The set email of H2"},
    {"a bit of a set of exact people", "UPDATE people_set SET blob = flip(blob, 9) WHERE owner = 'H2' AND name = '.exact'", "The set of exact people of H2"},
    {"a set of exact people deleted", "DELETE FROM people_set WHERE owner = 'H2' AND name = '.exact'", "The set of exact people of H2"},
    {"a set of nobody's", "UPDATE people_set SET owner = 'H9' WHERE owner = 'H2' AND name = 'email'", "belongs to H9"},
    {"a bit of leaves", "UPDATE leaves SET blob = flip(blob, 5)", "H1"},
    {"leaves deleted", "DELETE FROM leaves", "The leaves of H2"},
    {"a leaf fewer", "UPDATE leaves SET blob = substr(blob, 33)", "leaves of the commitment of H1"},
    {"a row deleted", "DELETE FROM person_row WHERE ordinal = 7", "The row of person 7 is missing"},
    {"the row of somebody without records deleted", "DELETE FROM person_row WHERE ordinal = 9", "The row of person 9 is missing"},
    {"a row moved", "UPDATE person_row SET blob = (SELECT blob FROM person_row WHERE ordinal = 8) WHERE ordinal = 7",
     "The row of person 7 does not open"},
    {"a row of nobody", "INSERT INTO person_row SELECT 400, blob FROM person_row WHERE ordinal = 7", "There is a row of person 400"},
    {"a cell deleted", "DELETE FROM cell WHERE no = 0", "Key cell 0 is missing"},
    {"the last cell deleted", "DELETE FROM cell WHERE no = 1", "Key cell 1 is missing"},
    {"cells swapped", "UPDATE cell SET no = 9 WHERE no = 0; UPDATE cell SET no = 0 WHERE no = 1; UPDATE cell SET no = 1 WHERE no = 9",
     "Key cell 0 (people 0 to 255) does not open"},
    {"a document deleted", "DELETE FROM doc WHERE kind = 'recipient' AND version = 2", "(recipient pellwick) is about a version of a document that is not there"},
    {"the first version deleted", "DELETE FROM doc WHERE kind = 'recipient' AND version = 1", "Version 1 of document recipient pellwick is missing"},
    {"a hand-over deleted", "DELETE FROM doc WHERE kind = 'handover' AND id = 'H2'", "(handover H2) is about a version"},
    {"a certificate deleted", "DELETE FROM doc WHERE kind = 'certificate'", "(certificate) is about a version"},
    {"a field deleted", "DELETE FROM doc WHERE kind = 'field' AND id = 'tags'", "(documents) is about a version"},
    {"a purpose of the beginning deleted", "DELETE FROM doc WHERE kind = 'purpose' AND id = 'newsletter'", "(documents) is about a version"},
    {"the organisation deleted", "DELETE FROM doc WHERE kind = 'org'", "The settings"},
    {"an edited purpose deleted", "DELETE FROM doc WHERE kind = 'purpose' AND version = 2", "(purpose membership) is about a version"},
    {"a rule deleted", "DELETE FROM doc WHERE no = (SELECT max(no) FROM doc WHERE kind = 'rule')", "(documents) is about a version"},
    {"a source deleted", "DELETE FROM doc WHERE kind = 'source'", "(documents) is about a version"},
    {"a document renamed", "UPDATE doc SET id = 'H7' WHERE kind = 'handover' AND id = 'H2'", "Document handover H7"},
    {"documents swapped",
     "CREATE TEMP TABLE t AS SELECT no, blob FROM doc WHERE kind = 'handover';"
     "UPDATE doc SET blob = (SELECT blob FROM t WHERE t.no <> doc.no) WHERE kind = 'handover'", "Document handover H1"},
    {"an index cell deleted", "DELETE FROM index_cell WHERE no = 0", "is not found by her e-mail address"},
    {"an index cell's place made impossible", "UPDATE index_cell SET prefix = prefix + 1 WHERE no = 0", "Index cell 0 does not open"},
    {"an index cell's place changed", "UPDATE index_cell SET depth = 1 WHERE no = 0", "The last index cell is missing"},
    {"the counter of people put back", "UPDATE meta SET value = x'00000105' WHERE key = 'people.next'", "There is a row of person 261"},
    {"the counter of people put on", "UPDATE meta SET value = x'00000120' WHERE key = 'people.next'", "Number 270 was given out"},
    {"the counter of blocks put back", "UPDATE meta SET value = x'0000000000000100' WHERE key = 'store.next.ordinal'", "one of the two counters"},
    {"the counter of documents put back", "UPDATE meta SET value = x'0000000000000005' WHERE key = 'store.next.doc'", "The counter of documents stands"},
    {"the counter of index cells put back", "UPDATE meta SET value = x'0000000000000000' WHERE key = 'store.next.index_cell'", "The counter of index cells"},
    {"the counter of hand-overs put back", "UPDATE meta SET value = x'00000002' WHERE key = 'next.handover'", "The counter of documents of kind handover"},
    {"a job that does not open", "INSERT INTO job VALUES(randomblob(32), 'handover create', 1, x'000000000000000100')", "an interrupted command (handover create)"},
};

static void every_planted_damage_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        if (i % 20 == 19) { /* the day of a keeper is soon over */
            world_end(&world);
            world_make(&world);
        }
        copy_world();
        plant_sql(damages[i].sql);
        assert_found(damages[i].what, damages[i].words);
    }
}

static void what_is_put_back_to_an_older_version_is_found(void **state)
{
    (void)state;
    copy_world();
    plant_blob("UPDATE person_row SET blob = ?1 WHERE ordinal = 5", &world.old_row);
    assert_found("an old row", "The row of person 5 does not open");
    copy_world();
    plant_blob("UPDATE index_cell SET blob = ?1 WHERE no = 0", &world.old_index);
    assert_found("an old index cell", "Person 5 is not found by her e-mail address");
}

/* Then the value would be kept for ever. */
static void facts_that_hide_a_past_value_are_found(void **state)
{
    (void)state;
    char dir[100];
    uint32_t ordinal = WORLD_EDITED;
    struct config c;
    struct person p;
    copy_world();
    copy_path(dir, NULL);
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    assert_ok(config_load(v, a, &c));
    assert_ok(people_open(v, &c, a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    assert_int_equal(p.facts.oldest_past, 1529149600);
    p.facts.oldest_past = INT64_MAX;
    assert_ok(vault_begin(v));
    assert_ok(people_save(v, &c, &p, 1));
    assert_ok(vault_commit(v));
    vault_close(&v);
    assert_found("facts without the end of a past value", "The facts of person 5 do not say when her oldest past value ended");
}

/* A scope whose numbers were changed by whoever can seal: nine people of whom ten are members, a field that more have than its set says. */
static void plant_scope(const char *number, int value)
{
    static const struct scope_field email = {.field = "email", .label = "e-mail address", .category = "contact", .people = 2};
    struct scope_numbers n = {.incident = "I1", .version = 1, .at = 1529049600, .affected = 2, .members = 2, .evidence = {.exact = 2},
                              .fields = &email, .field_count = 1};
    char dir[100];
    copy_path(dir, NULL);
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    CLEANUP(peopleset_free) struct peopleset *set = NULL;
    struct hash sha;
    char hex[2 * HASH_BYTES + 1];
    json_t *numbers = NULL;
    assert_ok(peopleset_new(&set));
    peopleset_add(set, 3);
    peopleset_add(set, 5);
    assert_ok(scope_numbers_json(&n, &numbers));
    if (strcmp(number, "email") == 0)
        json_object_set_new(json_array_get(json_object_get(numbers, "fields"), 0), "people", json_integer(value));
    else if (number[0])
        json_object_set_new(numbers, number, json_integer(value));
    assert_ok(vault_begin(v));
    assert_ok(peopleset_put(v, "I1/1", ".affected", set, &sha));
    assert_ok(peopleset_put(v, "I1/1", "email", set, &sha));
    for (size_t i = 0; i < HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", sha.b[i]);
    json_t *doc = json_pack("{s:o, s:{s:s, s:s}, s:i}", "numbers", numbers, "sets", ".affected", hex, "email", hex, "log_index", 1);
    assert_ok(vault_doc_put(v, "scope", "I1", doc, NULL));
    assert_ok(vault_commit(v));
    json_decref(doc);
}

static void a_scope_that_does_not_add_up_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        int value;
        const char *words;
    } cases[] = {
        {"members", 3, "The numbers of the scope I1/1: The stored numbers of a scope don't add up."},
        {"former", 1, "The numbers of the scope I1/1: The stored numbers of a scope don't add up."},
        {"deceased", 3, "don't add up"},
        {"email", 1, "The set email of the scope I1/1 has 2 people, and its document says 1"},
        {"affected", 3, "don't add up"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        copy_world();
        plant_scope(cases[i].number, cases[i].value);
        assert_found(cases[i].number, cases[i].words);
    }
    char dir[100];
    copy_world();
    plant_scope("", 0);
    copy_path(dir, NULL);
    struct fsck_result *r = mem_alloc(sizeof *r);
    world_fsck(&world, dir, true, r);
    assert_false(has_words(r->fault, r->faults, FSCK_FAULTS, "affected"));
    assert_false(has_words(r->fault, r->faults, FSCK_FAULTS, "The numbers of the scope"));
    mem_free(r);
}

/* Records said to be one person's form a ring. */
static void a_broken_ring_is_found(void **state)
{
    (void)state;
    char dir[100];
    uint32_t ordinals[] = {5, 7};
    struct config c;
    struct person p[2];
    copy_world();
    copy_path(dir, NULL);
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    struct fsck_result *r = mem_alloc(sizeof *r);
    assert_ok(config_load(v, a, &c));
    assert_ok(people_open(v, &c, a, ordinals, 2, PEOPLE_ALL_CATEGORIES, p));
    for (int broken = 0; broken < 2; broken++) {
        p[0].facts.alias = 7 + 1;
        p[1].facts.alias = broken ? 0 : 5 + 1;
        assert_ok(vault_begin(v));
        assert_ok(people_save(v, &c, p, 2));
        assert_ok(vault_commit(v));
        world_fsck(&world, dir, true, r);
        assert_int_equal(r->faults, broken);
    }
    assert_true(has_words(r->fault, r->faults, FSCK_FAULTS, "with that of person 5 do not form a ring"));
    mem_free(r);
}

static void what_only_fingerprints_explain_is_a_note(void **state)
{
    (void)state;
    char dir[100];
    uint64_t values;
    struct config c;
    copy_world();
    copy_path(dir, NULL);
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    v->clock_shift += 1529149600 + LIMIT_PAST_KEPT_SECONDS - vault_now(v);
    assert_ok(config_load(v, a, &c));
    assert_ok(vault_begin(v));
    assert_ok(people_forget_past(v, &c, &values));
    assert_ok(vault_commit(v));
    assert_int_equal(values, 1);
    vault_close(&v);
    struct fsck_result *r = mem_alloc(sizeof *r);
    world_fsck(&world, dir, true, r);
    if (r->faults)
        fail_msg("%s", r->fault[0]);
    assert_int_equal(r->index_entries, r->values + 1);
    assert_true(has_words(r->note, r->notes, FSCK_NOTES, "1 entries of the index belong to values that are no longer kept"));
    mem_free(r);
}

static void damage_of_the_logs_files_is_found(void **state)
{
    (void)state;
    char path[100];
    copy_world();
    plant_flip_in_file("log/checkpoint");
    assert_found("a bit of the checkpoint file", "The file 'checkpoint'");
    copy_world();
    copy_path(path, "log/tile/0");
    world_shell("rm -r %s", path);
    assert_found("tiles deleted", "is missing");
    copy_world();
    copy_path(path, "log/tile/entries");
    world_shell("find %s -type f -exec sh -c 'printf x | dd of=\"$1\" bs=1 seek=9 conv=notrunc 2>/dev/null' _ {} \\;", path);
    assert_found("bundles changed", "is not what the");
}

static void nothing_is_found_where_nothing_is_wrong(void **state)
{
    (void)state;
    struct fsck_result *r = mem_alloc(sizeof *r);
    world_fsck(&world, world.house.dir, false, r);
    if (r->faults)
        fail_msg("%s", r->fault[0]);
    assert_int_equal(r->people, WORLD_PEOPLE);
    assert_true(r->people_opened);
    assert_int_equal(r->cells, 2);
    assert_int_equal(r->handovers, 2);
    assert_int_equal(r->sets, 7);
    assert_true(r->documents > 50);
    assert_true(r->values > 60);
    assert_true(r->index_entries == r->values);
    assert_int_equal(r->notes, 0);
    mem_free(r);
}

static void a_command_that_was_cut_off_is_a_note(void **state)
{
    (void)state;
    char dir[100];
    uint8_t key[32] = {9}, other[32] = {10};
    copy_world();
    copy_path(dir, NULL);
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    json_t *good = json_pack("{s:{s:s}}", "handover", "id", "H1"), *bad = json_pack("{s:{s:s}}", "handover", "id", "H77");
    assert_ok(vault_begin(v));
    assert_ok(vault_job_acted(v, "handover create", key, good));
    assert_ok(vault_commit(v));
    struct fsck_result *r = mem_alloc(sizeof *r);
    world_fsck(&world, dir, true, r);
    assert_int_equal(r->faults, 0);
    assert_int_equal(r->jobs, 1);
    assert_true(has_words(r->note, r->notes, FSCK_NOTES, "was cut off after its act was committed"));
    assert_ok(vault_begin(v));
    assert_ok(vault_job_acted(v, "handover create", other, bad));
    assert_ok(vault_commit(v));
    json_decref(good);
    json_decref(bad);
    mem_free(r);
    vault_close(&v);
    assert_found("a job of a hand-over that is not there", "H77");
}

static void a_damaged_directory_is_not_written_to(void **state)
{
    (void)state;
    char dir[100];
    uint64_t before, after;
    copy_world();
    copy_path(dir, NULL);
    plant_flip_in_file("log/checkpoint");
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    struct fsck_result *r = mem_alloc(sizeof *r);
    assert_ok(store_entry_count(v->store, &before));
    assert_ok(fsck_run(v, &(struct fsck_options){0}, r));
    assert_ok(store_entry_count(v->store, &after));
    assert_true(r->faults > 0);
    assert_int_equal(before, after);
    mem_free(r);
}

static int make_world(void **state)
{
    (void)state;
    world_make(&world);
    return 0;
}

static int end_world(void **state)
{
    (void)state;
    world_end(&world);
    return 0;
}

/* Without a warrant a user's day is soon over: each has a keeper of its own. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_found_where_nothing_is_wrong),
        TEST(every_planted_damage_is_found),
        TEST(what_is_put_back_to_an_older_version_is_found),
        TEST(facts_that_hide_a_past_value_are_found),
        TEST(a_broken_ring_is_found),
        TEST(a_scope_that_does_not_add_up_is_found),
        TEST(what_only_fingerprints_explain_is_a_note),
        TEST(damage_of_the_logs_files_is_found),
        TEST(a_command_that_was_cut_off_is_a_note),
        TEST(a_damaged_directory_is_not_written_to),
    };
    return cmocka_run_group_tests_name("fsck", tests, NULL, NULL);
}
