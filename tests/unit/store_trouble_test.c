/* The store among other processes, in folders that are not right, and on a disk that fails. */
#include "store_story.h"

#include "mem.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- other processes -------------------------------------------------------------------------------------------------- */

/* A child that runs `play` and says "ready" when it calls say(); it goes on or ends when told. */
struct child {
    pid_t pid;
    int to, from;
};

static struct child parent;

static void say_and_wait(void)
{
    char c = 'r';
    if (write(parent.to, &c, 1) != 1 || read(parent.from, &c, 1) != 1)
        _exit(0);
}

static struct child start(void (*play)(void))
{
    int up[2], down[2];
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(up[0]);
        close(down[1]);
        parent = (struct child){.to = up[1], .from = down[0]};
        play();
        _exit(0);
    }
    close(up[1]);
    close(down[0]);
    struct child child = {pid, down[1], up[0]};
    char c = 0;
    assert_int_equal(read(child.from, &c, 1), 1);
    return child;
}

static void end(struct child *child, int with)
{
    if (with)
        kill(child->pid, with);
    else
        assert_int_equal(write(child->to, "g", 1), 1);
    int status = 0;
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_int_equal(with ? WTERMSIG(status) : WEXITSTATUS(status), with);
    close(child->to);
    close(child->from);
}

static void must(err e)
{
    if (e.kind != ERR_OK)
        _exit(9);
}

enum { NOON = 12 * 3600 * 1000 + 63000 };

static void holds_the_lease(void)
{
    struct store *s = NULL;
    must(store_open(folder, STORE_WRITE, &s));
    must(store_lease_take(s, "register", "import members", NOON, 0));
    say_and_wait();
    must(store_lease_release(s, "register"));
    store_close(&s);
}

static void a_lease_names_its_holder_and_passes_on(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    assert_ok(store_create(folder));
    struct child child = start(holds_the_lease);
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_open(folder, STORE_WRITE, &s));
    assert_err(ERR_BUSY, store_lease_take(s, "register", "erasure run", NOON + 5, 100));
    char expected[100];
    snprintf(expected, sizeof expected, "'import members' has been at it since 12:01:03 (process %d).", (int)child.pid);
    assert_string_equal(err_text()->what, expected);
    assert_ok(store_lease_take(s, "publish", "log publish", NOON, 0));
    assert_ok(store_lease_release(s, "register"));
    assert_err(ERR_BUSY, store_lease_take(s, "register", "erasure run", NOON + 86400000, 0));
    assert_non_null(strstr(err_text()->what, "since 1970-01-01 12:01:03"));
    end(&child, 0);
    assert_ok(store_lease_take(s, "register", "erasure run", NOON, 0));
    assert_ok(store_lease_take(s, "register", "erasure run", NOON, 0));
    assert_ok(store_lease_release(s, "register"));
}

static void the_lease_of_a_dead_process_is_taken_over(void **state)
{
    (void)state;
    assert_ok(store_create(folder));
    struct child child = start(holds_the_lease);
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_open(folder, STORE_WRITE, &s));
    assert_err(ERR_BUSY, store_lease_take(s, "register", "erasure run", NOON, 0));
    /* A zombie is as dead as one that was waited for. */
    kill(child.pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    assert_ok(store_lease_take(s, "register", "erasure run", NOON, 0));
    assert_ok(store_lease_release(s, "register"));
    end(&child, SIGKILL);
}

static void change_lease(const char *sql)
{
    char path[128];
    snprintf(path, sizeof path, "%s/register.db", folder);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_number_used_again_another_boot_and_another_container_are_told_apart(void **state)
{
    (void)state;
    assert_ok(store_create(folder));
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_open(folder, STORE_WRITE, &s));
    /* Process 1 lives, but began at another time. */
    assert_ok(store_lease_take(s, "register", "import members", NOON, 0));
    change_lease("UPDATE lease SET pid = 1, started = started || '9'");
    assert_ok(store_lease_take(s, "register", "import members", NOON, 0));
    change_lease("UPDATE lease SET pid = 1, started = 'other-boot' || substr(started, instr(started, ' '))");
    assert_ok(store_lease_take(s, "register", "import members", NOON, 0));
    change_lease("UPDATE lease SET pid = 1, started = substr(started, 1, instr(started, ' ')) || 'pid:[1] 5'");
    assert_err(ERR_BUSY, store_lease_take(s, "register", "import members", NOON + 60000, 0));
    assert_ok(store_lease_take(s, "register", "import members", NOON + 3600001, 0));
}

static void writes_slowly(void)
{
    struct store *s = NULL;
    struct store_tx tx = {0};
    must(store_open(folder, STORE_WRITE, &s));
    must(store_begin(s, 0, &tx));
    must(store_row_put(s, 1, view_text("new")));
    say_and_wait();
    must(store_commit(&tx));
    store_close(&s);
}

static void readers_see_the_old_state_while_another_writes(void **state)
{
    (void)state;
    assert_ok(store_create(folder));
    struct child child = start(writes_slowly);
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_open(folder, STORE_READ, &s));
    struct store_snapshot snapshot = {0};
    assert_ok(store_read_begin(s, &snapshot));
    uint64_t n = 9;
    assert_ok(store_row_count(s, &n));
    assert_int_equal(n, 0);
    end(&child, 0);
    assert_ok(store_row_count(s, &n));
    assert_int_equal(n, 0);
    store_read_end(&snapshot);
    store_read_end(&snapshot);
    assert_ok(store_row_count(s, &n));
    assert_int_equal(n, 1);
    struct store_tx tx = {0};
    assert_err(ERR_INTERNAL, store_begin(s, 0, &tx));
}

static void writes_for_a_moment(void)
{
    struct store *s = NULL;
    struct store_tx tx = {0};
    must(store_open(folder, STORE_WRITE, &s));
    must(store_begin(s, 0, &tx));
    must(store_row_put(s, 1, view_text("first")));
    char c = 'r';
    if (write(parent.to, &c, 1) != 1)
        _exit(9);
    usleep(150000);
    must(store_commit(&tx));
    say_and_wait();
    store_close(&s);
}

static void a_second_writer_waits_its_turn(void **state)
{
    (void)state;
    assert_ok(store_create(folder));
    CLEANUP(store_close) struct store *s = NULL;
    struct child child = start(writes_for_a_moment);
    assert_ok(store_open(folder, STORE_WRITE, &s));
    CLEANUP(store_rollback) struct store_tx tx = {0};
    assert_ok(store_begin(s, 0, &tx));
    uint64_t n = 0;
    assert_ok(store_row_count(s, &n));
    assert_int_equal(n, 1);
    end(&child, 0);
}

/* --- folders that are not right ------------------------------------------------------------------------------------------ */

static void put_file(const char *text)
{
    assert_ok(seam_mkdir(folder));
    assert_ok(seam_replace(folder, "register.db", view_text(text), 0600));
}

static void wrong_folders_are_named(void **state)
{
    (void)state;
    CLEANUP(store_close) struct store *s = NULL;
    assert_err(ERR_NOT_FOUND, store_open(folder, STORE_WRITE, &s));
    assert_string_equal(err_text()->where, folder);
    assert_ok(seam_mkdir(folder));
    assert_err(ERR_NOT_FOUND, store_open(folder, STORE_READ, &s));
    put_file("this is a text, and long enough that SQLite takes a look at it: it isn't a database, is it? Not at all, no.");
    assert_err(ERR_INVALID, store_open(folder, STORE_WRITE, &s));
    assert_err(ERR_CONFLICT, store_create(folder));
    put_file("");
    assert_err(ERR_NOT_FOUND, store_open(folder, STORE_WRITE, &s));
    assert_non_null(strstr(err_text()->what, "half made"));
    assert_ok(store_create(folder));
    assert_err(ERR_CONFLICT, store_create(folder));
    assert_ok(store_open(folder, STORE_WRITE, &s));
}

static void other_versions_and_other_programs_are_refused(void **state)
{
    (void)state;
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_create(folder));
    change_lease("UPDATE meta SET value = x'0000000000000003' WHERE key = 'store.format'");
    assert_err(ERR_INVALID, store_open(folder, STORE_WRITE, &s));
    assert_string_equal(err_text()->what, "The register has format 3; this program knows format 2.");
    change_lease("UPDATE meta SET value = x'0000000000000001' WHERE key = 'store.format'");
    assert_err(ERR_INVALID, store_open(folder, STORE_READ, &s));
    assert_string_equal(err_text()->what, "The register has format 1; this program knows format 2.");
    change_lease("PRAGMA application_id = 5");
    assert_err(ERR_INVALID, store_open(folder, STORE_READ, &s));
    assert_err(ERR_CONFLICT, store_create(folder));
    change_lease("PRAGMA application_id = 0");
    assert_err(ERR_INVALID, store_open(folder, STORE_READ, &s));
}

/* --- the story that is interrupted -------------------------------------------------------------------------------------------- */

struct failing {
    int count, at, with;
    bool for_ever;
    enum seam_kind last[3]; /* the newest operations, newest last */
};

static int fail_at(void *ctx, const struct seam_op *op)
{
    struct failing *f = ctx;
    f->count++;
    memmove(f->last, f->last + 1, 2 * sizeof f->last[0]);
    f->last[2] = op->kind;
    return f->count == f->at || (f->for_ever && f->count > f->at) ? f->with : 0;
}

/* Two acts and tidying; *ret_acknowledged acts came back with OK. */
static void story(uint64_t *ret_acknowledged)
{
    *ret_acknowledged = 0;
    struct store *s = NULL;
    if (store_open(folder, STORE_WRITE, &s).kind != ERR_OK)
        return;
    for (uint64_t k = 0; k < 2; k++) {
        err e = act(s, *ret_acknowledged);
        assert_true(e.kind == ERR_OK || (e.kind == ERR_IO && err_text()->what[0] && err_text()->todo[0]));
        if (e.kind == ERR_OK)
            ++*ret_acknowledged;
        else
            break;
        err_ignore(store_tidy(s), "a disk that fails may fail here too");
    }
    store_close(&s);
}

static void run_failing(int with, bool for_ever)
{
    struct failing f = {.with = with, .for_ever = for_ever};
    do {
        char command[128];
        snprintf(command, sizeof command, "rm -rf %s", folder);
        assert_int_equal(system(command), 0);
        assert_ok(store_create(folder));
        f.at++;
        f.count = 0;
        uint64_t acknowledged = 0, found = 0;
        seam_hook_set((struct seam_hook){fail_at, &f});
        story(&acknowledged);
        seam_hook_set((struct seam_hook){0});
        CLEANUP(store_close) struct store *s = NULL;
        assert_ok(store_open(folder, STORE_WRITE, &s));
        assert_whole(s, &found);
        assert_in_range(found, acknowledged, acknowledged + 1);
        if (found < 2)
            assert_ok(act(s, found));
    } while (f.count >= f.at);
    assert_true(f.at > 10);
}

static void a_full_disk_at_every_write_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    run_failing(ENOSPC, false);
    run_failing(ENOSPC, true);
}

static void a_broken_disk_at_every_write_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    run_failing(EIO, false);
    run_failing(EIO, true);
}

static void a_large_transaction_that_fails_halfway_is_not_committed(void **state)
{
    (void)state;
    assert_ok(store_create(folder));
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_open(folder, STORE_WRITE, &s));
    assert_ok(act(s, 0));
    CLEANUP(mem_release) void *megabyte = mem_alloc(1 << 20);
    CLEANUP(store_rollback) struct store_tx tx = {0};
    assert_ok(store_begin(s, 0, &tx));
    /* More than the cache holds, so that it is written before the commit. */
    struct failing f = {.at = 1, .with = ENOSPC};
    seam_hook_set((struct seam_hook){fail_at, &f});
    err put = OK;
    for (uint32_t i = 1; i < 100 && put.kind == ERR_OK; i++)
        put = store_cell_put(s, i, view_of(megabyte, 1 << 20));
    assert_err(ERR_IO, put);
    assert_err(ERR_IO, store_row_put(s, 50, view_text("after the failure")));
    assert_err(ERR_IO, store_commit(&tx));
    seam_hook_set((struct seam_hook){0});
    uint64_t found = 0;
    assert_whole(s, &found);
    assert_int_equal(found, 1);
    assert_ok(act(s, 1));
}

static void making_can_fail_anywhere_and_be_done_again(void **state)
{
    (void)state;
    struct failing f = {.with = EIO};
    do {
        char command[128];
        snprintf(command, sizeof command, "rm -rf %s", folder);
        assert_int_equal(system(command), 0);
        f.at++;
        f.count = 0;
        seam_hook_set((struct seam_hook){fail_at, &f});
        err made = store_create(folder);
        seam_hook_set((struct seam_hook){0});
        err again = made.kind == ERR_OK ? OK : store_create(folder);
        /* It may have failed after the register was whole. */
        assert_true(again.kind == ERR_OK || again.kind == ERR_CONFLICT);
        CLEANUP(store_close) struct store *s = NULL;
        assert_ok(store_open(folder, STORE_WRITE, &s));
    } while (f.count >= f.at);
    assert_true(f.at > 10);
}

static void a_backup_that_fails_leaves_nothing_by_its_name(void **state)
{
    (void)state;
    assert_ok(store_create(folder));
    CLEANUP(store_close) struct store *s = NULL;
    assert_ok(store_open(folder, STORE_WRITE, &s));
    assert_ok(act(s, 0));
    char path[128];
    snprintf(path, sizeof path, "%s/copy.db", root);
    struct failing f = {.with = ENOSPC};
    for (err e = {ERR_IO}; e.kind != ERR_OK;) {
        f.at++;
        f.count = 0;
        seam_hook_set((struct seam_hook){fail_at, &f});
        e = store_backup_to(s, path);
        seam_hook_set((struct seam_hook){0});
        bool there = false;
        assert_ok(seam_exists(path, &there));
        assert_true(e.kind == ERR_OK || e.kind == ERR_IO);
        /* Only bringing its name to the disk can fail after it has it. */
        if (e.kind != ERR_OK && there)
            assert_ok(seam_unlink(path));
        assert_true(e.kind != ERR_OK || there);
    }
    assert_true(f.at > 5);
    /* Its bytes are on the disk before it has its name. */
    assert_int_equal(f.last[0], SEAM_SYNC);
    assert_int_equal(f.last[1], SEAM_RENAME);
    assert_int_equal(f.last[2], SEAM_SYNC_DIR);
}

/* Each makes the -wal file longer ahead, where the other goes on. */
static void two_who_write_in_turn_lose_nothing(void **state)
{
    (void)state;
    enum { TURNS = 120, WAL_HEAD = 32, FRAME = 24 + 8192 };
    struct stat about;
    char wal[100];
    struct store *both[2] = {0};
    uint64_t found = 0;
    assert_ok(store_create(folder));
    for (int i = 0; i < 2; i++)
        assert_ok(store_open(folder, STORE_WRITE, &both[i]));
    for (uint64_t k = 0; k < TURNS; k++)
        assert_ok(act(both[k / 3 % 2], k));
    snprintf(wal, sizeof wal, "%s/register.db-wal", folder);
    assert_int_equal(stat(wal, &about), 0);
    assert_true((about.st_size - WAL_HEAD) % FRAME); /* else it is as long as what is in it */
    for (int i = 0; i < 2; i++) {
        assert_whole(both[i], &found);
        assert_int_equal(found, TURNS);
        store_close(&both[i]);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_lease_names_its_holder_and_passes_on),
        IN_FOLDER(the_lease_of_a_dead_process_is_taken_over),
        IN_FOLDER(a_number_used_again_another_boot_and_another_container_are_told_apart),
        IN_FOLDER(readers_see_the_old_state_while_another_writes),
        IN_FOLDER(a_second_writer_waits_its_turn),
        IN_FOLDER(two_who_write_in_turn_lose_nothing),
        IN_FOLDER(wrong_folders_are_named),
        IN_FOLDER(other_versions_and_other_programs_are_refused),
        IN_FOLDER(a_full_disk_at_every_write_leaves_the_old_or_the_new),
        IN_FOLDER(a_broken_disk_at_every_write_leaves_the_old_or_the_new),
        IN_FOLDER(a_large_transaction_that_fails_halfway_is_not_committed),
        IN_FOLDER(making_can_fail_anywhere_and_be_done_again),
        IN_FOLDER(a_backup_that_fails_leaves_nothing_by_its_name),
    };
    return cmocka_run_group_tests_name("store_trouble", tests, NULL, NULL);
}
