#include "erasure_world.h"

#include "backup.h"
#include "entry.h"
#include "publish.h"
#include "seam.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static struct world world;

static const char *place(const char *name)
{
    static char paths[8][120];
    static unsigned next;
    char *to = paths[next++ % 8];
    snprintf(to, sizeof paths[0], "%s/%s", world.house.root, name);
    return to;
}

static bool is_there(const char *name)
{
    struct stat about;
    return lstat(place(name), &about) == 0;
}

static err back_up(const char *from, const char *to, struct backup_result *r)
{
    struct vault_options o = world.house.options;
    CLEANUP(vault_close) struct vault *v = NULL;
    o.dir = from;
    TRY(vault_open(&o, STORE_WRITE, &v));
    TRY(backup_run(v, place(to), r));
    /* For most of what follows the directory that it came from counts as lost. */
    world_shell("sed -i 's|^home = .*|home = /lost|' %s/candour.conf", place(to));
    return OK;
}

static struct restore_options options(const char *backup, const char *to, const char *log)
{
    return (struct restore_options){.backup = backup, .to = to, .log = log, .program = world.house.program, .has_now = true,
                                    .now = world.house.options.now};
}

static err restore(const char *backup, const char *to, const char *log, struct restore_result *r)
{
    struct restore_options o = options(place(backup), place(to), log ? place(log) : NULL);
    return restore_run(&o, r);
}

/* An act that is published. */
static err act(const char *dir)
{
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    TRY(vault_begin(v));
    TRY(vault_entry(v, json_pack("{s:s, s:s, s:s, s:i}", "kind", "objection", "purpose", "membership", "action", "add", "number", 10), NULL));
    TRY(vault_commit(v));
    return vault_publish(v);
}

/* What a failed write kept from being published is published by the next command. */
static void publish(const char *dir)
{
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_WRITE);
    assert_ok(vault_publish(v));
}

static uint64_t entries_of(const char *dir)
{
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_READ);
    uint64_t count;
    assert_ok(store_entry_count(v->store, &count));
    return count;
}

static bool last_entry_says(const char *dir, const char *words)
{
    CLEANUP(vault_close) struct vault *v = world_open(&world, dir, STORE_READ);
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
    uint64_t count;
    assert_ok(store_entry_count(v->store, &count));
    assert_ok(store_entry_get(v->store, count - 1, &b, NULL));
    return strstr(buf_text(&b), words) != NULL;
}

static size_t count_names(const char *path)
{
    size_t count = 0;
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        count += e->d_name[0] != '.';
    closedir(d);
    return count;
}

/* --- backup --- */

static void a_backup_holds_three_things_and_no_key(void **state)
{
    (void)state;
    static struct backup_result r;
    assert_ok(back_up(world.house.dir, "b1", &r));
    assert_false(r.unpublished);
    assert_true(r.same_disk);
    assert_int_equal(r.epoch, 1);
    assert_int_equal(count_names(place("b1")), 3);
    assert_true(is_there("b1/register.db") && is_there("b1/candour.conf") && is_there("b1/log/checkpoint") && is_there("b1/log/tile/0"));
    assert_false(is_there("b1.part"));
    assert_int_equal(entries_of(world.house.dir), r.entry + 1);
    assert_int_equal(r.size, r.entry);
    assert_true(last_entry_says(world.house.dir, "\"kind\":\"backup\""));
    world_assert_good(&world, world.house.dir, true);
}

static void the_copy_holds_its_own_entry_and_a_log_that_verifies(void **state)
{
    (void)state;
    static struct backup_result r;
    assert_ok(back_up(world.house.dir, "b2", &r));
    CLEANUP(buf_free) struct buf vkey = BUF(4096);
    struct publish_verdict *verdict = mem_alloc(sizeof *verdict);
    assert_ok(signer_vkey(world.house.slot, &vkey));
    assert_ok(publish_verify_tiles(place("b2/log"), buf_view(&vkey), verdict));
    if (verdict->faults)
        fail_msg("%s", verdict->fault[0]);
    assert_int_equal(verdict->size, r.entry + 1);
    mem_free(verdict);
    /* Opened in place (by hand), the copy shows all people; restoring makes the older tiles again. */
    struct fsck_result *f = mem_alloc(sizeof *f);
    world_shell("cp -r %s %s", place("b2"), place("opened"));
    world_fsck(&world, place("opened"), true, f);
    for (uint64_t i = 0; i < f->faults; i++)
        assert_non_null(strstr(f->fault[i], ".p/"));
    assert_int_equal(f->people, WORLD_PEOPLE);
    mem_free(f);
}

static void bad_places_are_refused(void **state)
{
    (void)state;
    static struct backup_result r;
    char inside[120];
    snprintf(inside, sizeof inside, "%s/backup", world.house.dir);
    CLEANUP(vault_close) struct vault *v = world_open(&world, world.house.dir, STORE_WRITE);
    uint64_t before, after;
    assert_ok(store_entry_count(v->store, &before));
    assert_err(ERR_USAGE, backup_run(v, inside, &r));
    assert_err(ERR_USAGE, backup_run(v, world.house.dir, &r));
    assert_err(ERR_USAGE, backup_run(v, "", &r));
    assert_err(ERR_USAGE, backup_run(v, "/", &r));
    assert_int_equal(mkdir(place("there"), 0700), 0);
    assert_err(ERR_CONFLICT, backup_run(v, place("there"), &r));
    assert_err(ERR_NOT_FOUND, backup_run(v, place("nowhere/backup"), &r));
    /* A slot would lie in it. */
    snprintf(v->slots[0], sizeof v->slots[0], "%s", place("held/union.slot"));
    assert_err(ERR_USAGE, backup_run(v, place("held"), &r));
    /* Something that isn't ours where the work would be done. */
    snprintf(v->slots[0], sizeof v->slots[0], "%s", world.house.slot);
    assert_ok(store_entry_count(v->store, &after));
    assert_int_equal(before, after);
    assert_int_equal(mkdir(place("foreign.part"), 0700), 0);
    world_shell("touch %s", place("foreign.part/letter.txt"));
    assert_err(ERR_CONFLICT, backup_run(v, place("foreign"), &r));
    assert_true(is_there("foreign.part/letter.txt"));
    assert_false(is_there("foreign"));
}

/* --- restore --- */

static void after_restoring_the_newest_backup_everything_goes_on(void **state)
{
    (void)state;
    static struct backup_result b;
    static struct restore_result r;
    assert_ok(back_up(world.house.dir, "b3", &b));
    assert_ok(restore("b3", "d3", NULL, &r));
    assert_true(r.publishes);
    assert_false(r.went_on || r.two_epochs);
    assert_int_equal(r.regained, 0);
    assert_int_equal(r.entries, b.entry + 1);
    assert_true(last_entry_says(place("d3"), "\"kind\":\"restore\""));
    assert_false(is_there("d3.part"));
    world_assert_good(&world, place("d3"), false);
    assert_ok(act(place("d3")));
    world_assert_good(&world, place("d3"), true);
    /* The old directory can be read, and it shows that the log went on elsewhere. */
    struct fsck_result *f = mem_alloc(sizeof *f);
    world_fsck(&world, world.house.dir, true, f);
    assert_int_equal(f->faults, 1);
    assert_non_null(strstr(f->fault[0], "The signer signed"));
    mem_free(f);
    assert_err(ERR_CONFLICT, act(world.house.dir));
}

/* From here on the restored directory is the living one. */
static void move_house(const char *name)
{
    snprintf(world.house.dir, sizeof world.house.dir, "%s", place(name));
}

static void an_older_backup_can_be_read_only_without_the_published_log(void **state)
{
    (void)state;
    static struct backup_result b;
    static struct restore_result r;
    move_house("d3");
    assert_ok(back_up(world.house.dir, "b4", &b));
    for (int i = 0; i < 3; i++)
        assert_ok(act(world.house.dir));
    assert_ok(restore("b4", "d4", NULL, &r));
    assert_false(r.publishes);
    assert_int_equal(r.signed_size, r.entries + 3);
    assert_non_null(strstr(r.why, "can be read"));
    assert_non_null(strstr(r.todo, "--log"));
    assert_int_equal(entries_of(place("d4")), b.entry + 1);
    assert_err(ERR_CONFLICT, act(place("d4")));
    CLEANUP(vault_close) struct vault *v = world_open(&world, place("d4"), STORE_READ);
    json_t *doc = NULL;
    assert_ok(vault_doc_get(v, "handover", "H1", &doc));
    json_decref(doc);
    /* A stale log is not enough either. */
    assert_ok(restore("b4", "d4b", "b4/log", &r));
    assert_false(r.publishes);
    /* A directory that can't publish is backed up all the same, loudly. */
    assert_ok(back_up(place("d4b"), "b4b", &b));
    assert_true(b.unpublished);
    assert_true(is_there("b4b/register.db"));
}

static void missing_entries_come_back_from_the_published_log(void **state)
{
    (void)state;
    static struct restore_result r;
    char log[120];
    snprintf(log, sizeof log, "%s/log", world.house.dir);
    struct restore_options o = options(place("b4"), place("d5"), log);
    assert_ok(restore_run(&o, &r));
    assert_true(r.publishes);
    assert_int_equal(r.regained, 3);
    assert_int_equal(entries_of(place("d5")), r.entries + 3 + 1);
    assert_true(last_entry_says(place("d5"), "\"kind\":\"restore\""));
    world_assert_good(&world, place("d5"), false);
    assert_ok(act(place("d5")));
    world_assert_good(&world, place("d5"), true);
    move_house("d5");
}

static void another_log_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    static struct restore_result r;
    world_shell("cp -r %s/log %s", world.house.dir, place("forged"));
    world_shell("find %s/tile/entries -type f -exec sed -i 's/\"objection\"/\"objectiom\"/g' {} +", place("forged"));
    assert_err(ERR_INVALID, restore("b4", "d6", "forged", &r));
    assert_false(is_there("d6") || is_there("d6.part"));
}

static void what_is_no_backup_and_what_does_not_open_is_refused(void **state)
{
    (void)state;
    static struct restore_result r;
    struct test_house other = {0};
    assert_err(ERR_NOT_FOUND, restore("nothing", "d7", NULL, &r));
    assert_int_equal(mkdir(place("empty"), 0700), 0);
    assert_err(ERR_NOT_FOUND, restore("empty", "d7", NULL, &r));
    assert_err(ERR_CONFLICT, restore("b4", "b3", NULL, &r));
    assert_err(ERR_USAGE, restore("b4", "b4/d7", NULL, &r));
    assert_ok(test_house_make(&other, NULL, NULL));
    const char *slots[] = {other.slot};
    struct restore_options o = options(place("b4"), place("d7"), NULL);
    o.slots = slots;
    o.slot_count = 1;
    assert_err(ERR_DENIED, restore_run(&o, &r));
    assert_false(is_there("d7") || is_there("d7.part"));
    slots[0] = "/tmp/there-is-no-such.slot";
    assert_err(ERR_NOT_FOUND, restore_run(&o, &r));
    test_house_end(&other);
    world_shell("cp -r %s %s", place("b4"), place("torn"));
    world_shell("printf x | dd of=%s/register.db bs=1 seek=20000 conv=notrunc 2>/dev/null", place("torn"));
    world_shell("dd if=/dev/zero of=%s/register.db bs=1024 seek=8 count=16 conv=notrunc 2>/dev/null", place("torn"));
    assert_err(ERR_CORRUPT, restore("torn", "d7", NULL, &r));
    assert_false(is_there("d7") || is_there("d7.part"));
}

static void slots_named_anew_stand_in_the_restored_directory(void **state)
{
    (void)state;
    static struct backup_result b;
    static struct restore_result r;
    assert_ok(back_up(world.house.dir, "b8", &b));
    assert_int_equal(mkdir(place("stick"), 0700), 0);
    world_shell("cp %s %s.signer %s.vkey %s/", world.house.slot, world.house.slot, world.house.slot, place("stick"));
    const char *slots[] = {place("stick/d.slot")};
    struct restore_options o = options(place("b8"), place("d8"), NULL);
    o.slots = slots;
    o.slot_count = 1;
    assert_int_equal(mkdir(place("d8"), 0700), 0); /* empty: allowed */
    assert_ok(restore_run(&o, &r));
    assert_true(r.publishes);
    CLEANUP(vault_close) struct vault *v = world_open(&world, place("d8"), STORE_READ);
    assert_string_equal(v->slots[0], slots[0]);
    world_assert_good(&world, place("d8"), true);
}

/* --- killed anywhere --- */

static void killed_at(const char *point, int (*run)(void *ctx), void *ctx)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        setenv("CANDOUR_CRASH_AT", point, 1);
        _exit(run(ctx));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail_msg("not killed at %s", point);
}

struct paths {
    const char *from, *to;
};

static int run_backup(void *ctx)
{
    struct paths *p = ctx;
    static struct backup_result r;
    return back_up(p->from, p->to, &r).kind == ERR_OK ? 0 : 1;
}

static int run_restore(void *ctx)
{
    struct paths *p = ctx;
    static struct restore_result r;
    return restore(p->from, p->to, NULL, &r).kind == ERR_OK ? 0 : 1;
}

static void a_backup_killed_anywhere_is_made_anew(void **state)
{
    (void)state;
    static const char *const points[] = {"backup-entered", "backup-filled", "publish-signed", "publish-stored"};
    static struct backup_result r;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char name[20];
        snprintf(name, sizeof name, "k%zu", i);
        struct paths p = {world.house.dir, name};
        killed_at(points[i], run_backup, &p);
        assert_false(is_there(name));
        assert_ok(back_up(world.house.dir, name, &r));
        assert_true(is_there(name));
    }
    world_assert_good(&world, world.house.dir, true);
}

static void a_restore_killed_anywhere_goes_on(void **state)
{
    (void)state;
    static const char *const points[] = {"restore-copied", "restore-acted", "publish-signed", "publish-stored", "restore-published",
                                         "restore-named", "restore-done"};
    static struct backup_result b;
    static struct restore_result r;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char backup[20], dir[20];
        snprintf(backup, sizeof backup, "kb%zu", i);
        snprintf(dir, sizeof dir, "kd%zu", i);
        assert_ok(back_up(world.house.dir, backup, &b));
        struct paths p = {backup, dir};
        killed_at(points[i], run_restore, &p);
        if (strcmp(points[i], "restore-done") == 0) {
            assert_err(ERR_CONFLICT, restore(backup, dir, NULL, &r)); /* it was done */
        } else {
            assert_err(ERR_CONFLICT, restore("b4", dir, NULL, &r)); /* another backup's */
            assert_ok(restore(backup, dir, NULL, &r));
            assert_true(r.went_on && r.publishes);
            assert_int_equal(r.entries, b.entry + 1);
        }
        assert_int_equal(entries_of(place(dir)), b.entry + 2); /* one restore entry, not two */
        move_house(dir);
    }
    world_assert_good(&world, world.house.dir, false);
}

/* --- the n-th write fails --- */

static int make_world(void **state)
{
    (void)state;
    world_make(&world);
    return 0;
}

/* CANDOUR_TEST_EVERY=1 in the environment: really every n. */
static uint64_t next_step(uint64_t n)
{
    return n < 30 || getenv("CANDOUR_TEST_EVERY") ? 1 : 5;
}

/* A short log, so that there are few files. */
static void new_world(void)
{
    world_end(&world);
    world_make(&world);
}

struct failing {
    uint64_t left; /* writes that still work; 0: the next fails */
    bool failed;
    int number;
};

static int fail_nth(void *ctx, const struct seam_op *op)
{
    (void)op;
    struct failing *f = ctx;
    if (f->failed)
        return 0;
    if (f->left-- > 0)
        return 0;
    f->failed = true;
    return f->number;
}

static bool is_documented(err e)
{
    return e.kind == ERR_IO || e.kind == ERR_LIMIT || e.kind == ERR_CORRUPT || e.kind == ERR_BUSY || e.kind == ERR_CONFLICT;
}

static void no_failed_write_of_a_backup_hurts_the_source(void **state)
{
    (void)state;
    static struct backup_result r;
    bool all = false;
    uint64_t n = 0;
    new_world();
    for (; !all; n += next_step(n)) {
        struct failing f = {.left = n, .number = n % 2 ? ENOSPC : EIO};
        seam_hook_set((struct seam_hook){fail_nth, &f});
        err e = back_up(world.house.dir, "f", &r);
        seam_hook_set((struct seam_hook){0});
        all = !f.failed;
        if (e.kind != ERR_OK && !is_documented(e))
            fail_msg("write %d: %s", (int)n, err_text()->what);
        assert_true(e.kind == ERR_OK || f.failed);
        if (e.kind == ERR_OK || is_there("f"))
            world_shell("rm -r %s", place("f"));
        publish(world.house.dir);
        if (n % 10 == 0)
            world_assert_good(&world, world.house.dir, true);
    }
    assert_true(n > 50);
    world_assert_good(&world, world.house.dir, true);
    assert_ok(back_up(world.house.dir, "f", &r));
}

static void after_any_failed_write_a_restore_goes_on(void **state)
{
    (void)state;
    static struct backup_result b;
    static struct restore_result r;
    bool all = false;
    uint64_t n = 0;
    for (; !all; n += next_step(n)) {
        struct failing f = {.left = n, .number = n % 2 ? ENOSPC : EIO};
        new_world();
        assert_ok(back_up(world.house.dir, "fb", &b));
        seam_hook_set((struct seam_hook){fail_nth, &f});
        err e = restore("fb", "fd", NULL, &r);
        seam_hook_set((struct seam_hook){0});
        all = !f.failed;
        if (e.kind != ERR_OK && !is_documented(e))
            fail_msg("write %d: %s", (int)n, err_text()->what);
        if (e.kind != ERR_OK)
            e = restore("fb", "fd", NULL, &r);
        if (e.kind == ERR_CONFLICT && is_there("fd"))
            e = OK; /* it failed after its end */
        if (e.kind != ERR_OK)
            fail_msg("again after write %d: %s %s", (int)n, err_text()->what, err_text()->where);
        assert_int_equal(entries_of(place("fd")), b.entry + 2);
        publish(place("fd"));
        world_assert_good(&world, place("fd"), true);
    }
    assert_true(n > 50);
    world_assert_good(&world, place("fd"), false);
}

static int end_world(void **state)
{
    (void)state;
    world_end(&world);
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_holds_three_things_and_no_key),
        cmocka_unit_test(the_copy_holds_its_own_entry_and_a_log_that_verifies),
        cmocka_unit_test(bad_places_are_refused),
        cmocka_unit_test(after_restoring_the_newest_backup_everything_goes_on),
        cmocka_unit_test(an_older_backup_can_be_read_only_without_the_published_log),
        cmocka_unit_test(missing_entries_come_back_from_the_published_log),
        cmocka_unit_test(another_log_is_refused_and_leaves_nothing),
        cmocka_unit_test(what_is_no_backup_and_what_does_not_open_is_refused),
        cmocka_unit_test(slots_named_anew_stand_in_the_restored_directory),
        cmocka_unit_test(a_backup_killed_anywhere_is_made_anew),
        cmocka_unit_test(a_restore_killed_anywhere_goes_on),
        cmocka_unit_test(no_failed_write_of_a_backup_hurts_the_source),
        cmocka_unit_test(after_any_failed_write_a_restore_goes_on),
    };
    return cmocka_run_group_tests_name("backup", tests, make_world, end_world);
}
