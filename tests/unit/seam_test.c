#include "testing.h"

#include "buf.h"
#include "limits.h"
#include "seam.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/seam-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    seam_hook_set((struct seam_hook){0});
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void assert_holds(const char *name, const char *text)
{
    CLEANUP(buf_free) struct buf b = BUF(1000);
    assert_ok(seam_read(in_folder(name), 1000, &b));
    assert_string_equal(buf_text(&b), text);
}

static mode_t mode_of(const char *name)
{
    struct stat about;
    assert_int_equal(stat(in_folder(name), &about), 0);
    return about.st_mode & 0777;
}

/* Writes down the operations, and fails the one with number `fail_at` (from 1). */
struct record {
    char text[1000];
    int count, fail_at, with;
};

static int note(void *ctx, const struct seam_op *op)
{
    static const char *const names[SEAM_KIND_COUNT] = {"create", "write", "sync",  "truncate",
                                                       "rename", "unlink", "mkdir", "sync_dir"};
    struct record *r = ctx;
    const char *slash = strrchr(op->path, '/');
    size_t used = strlen(r->text);
    snprintf(r->text + used, sizeof r->text - used, "%s %s %d;", names[op->kind], slash ? slash + 1 : op->path,
             (int)op->bytes.len);
    return ++r->count == r->fail_at ? r->with : 0;
}

static void files_are_private_and_not_inherited(void **state)
{
    (void)state;
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    assert_ok(seam_open(&f, in_folder("a"), SEAM_NEW));
    assert_int_equal(mode_of("a"), 0600);
    assert_int_equal(lseek(f.fd, 0, SEEK_END), 0);
    assert_ok(seam_mkdir(in_folder("sub")));
    assert_ok(seam_mkdir(in_folder("sub")));
    assert_int_equal(mode_of("sub"), 0700);
    char link[64], target[128] = "";
    snprintf(link, sizeof link, "/proc/self/fdinfo/%d", f.fd);
    CLEANUP(buf_free) struct buf info = BUF(4096);
    assert_ok(seam_read(link, 4096, &info));
    assert_true(sscanf(strstr(buf_text(&info), "flags:"), "flags: %127s", target) == 1);
    assert_true(strtoul(target, NULL, 8) & 02000000);
    assert_err(ERR_CONFLICT, seam_mkdir(in_folder("a")));
}

static void writes_syncs_truncates_renames_and_deletes(void **state)
{
    (void)state;
    struct seam_file f = SEAM_FILE;
    assert_err(ERR_NOT_FOUND, seam_open(&f, in_folder("a"), SEAM_FOR_WRITING));
    assert_ok(seam_open(&f, in_folder("a"), SEAM_ANY));
    assert_ok(seam_write(&f, 0, view_text("hello world")));
    assert_ok(seam_write(&f, 6, view_text("there")));
    assert_ok(seam_truncate(&f, 9));
    assert_ok(seam_sync(&f));
    seam_close(&f);
    seam_close(&f);
    assert_holds("a", "hello the");
    assert_err(ERR_CONFLICT, seam_open(&f, in_folder("a"), SEAM_NEW));
    assert_ok(seam_rename(in_folder("a"), in_folder("b")));
    bool there = true;
    assert_ok(seam_exists(in_folder("a"), &there));
    assert_false(there);
    assert_ok(seam_exists(in_folder("b"), &there));
    assert_true(there);
    assert_ok(seam_unlink(in_folder("b")));
    assert_err(ERR_NOT_FOUND, seam_unlink(in_folder("b")));
    assert_string_equal(err_text()->where, in_folder("b"));
}

static void reading_stops_at_the_limit(void **state)
{
    (void)state;
    assert_ok(seam_replace(folder, "a", view_text("12345"), 0600));
    CLEANUP(buf_free) struct buf b = BUF(100);
    assert_err(ERR_LIMIT, seam_read(in_folder("a"), 4, &b));
    buf_clear(&b);
    assert_ok(seam_read(in_folder("a"), 5, &b));
    assert_err(ERR_NOT_FOUND, seam_read(in_folder("none"), 5, &b));
    assert_err(ERR_INVALID, seam_read(folder, 5, &b));
}

static void replacing_is_written_synced_renamed_and_named(void **state)
{
    (void)state;
    struct record r = {0};
    seam_hook_set((struct seam_hook){note, &r});
    assert_ok(seam_replace(folder, "a", view_text("new"), 0644));
    char expected[300];
    snprintf(expected, sizeof expected,
             "create a.part 0;truncate a.part 0;write a.part 3;sync a.part 0;rename a.part 0;sync_dir %s 0;", folder + 5);
    assert_string_equal(r.text, expected);
    assert_int_equal(mode_of("a"), 0644);
}

static void replacing_leaves_the_old_or_the_new_at_every_failure(void **state)
{
    (void)state;
    static const int errors[] = {ENOSPC, EIO, EROFS};
    for (int n = 1; n <= 7; n++) {
        assert_ok(seam_replace(folder, "a", view_text("old"), 0600));
        bool there = false;
        assert_ok(seam_exists(in_folder("a.part"), &there));
        struct record r = {.fail_at = n, .with = errors[n % 3]};
        seam_hook_set((struct seam_hook){note, &r});
        err e = seam_replace(folder, "a", view_text("new"), 0600);
        seam_hook_set((struct seam_hook){0});
        assert_int_equal(e.kind, n <= 6 ? ERR_IO : ERR_OK);
        assert_holds("a", n <= 5 ? "old" : "new");
    }
}

static void created_once_it_stays(void **state)
{
    (void)state;
    assert_ok(seam_create_once(in_folder("tile"), view_text("abc")));
    assert_int_equal(mode_of("tile"), 0600);
    assert_ok(seam_create_once(in_folder("tile"), view_text("abc")));
    assert_err(ERR_CORRUPT, seam_create_once(in_folder("tile"), view_text("abd")));
    assert_err(ERR_CORRUPT, seam_create_once(in_folder("tile"), view_text("ab")));
    assert_err(ERR_CORRUPT, seam_create_once(in_folder("tile"), view_text("abcd")));
    assert_holds("tile", "abc");
    assert_ok(seam_create_once(in_folder("empty"), view_text("")));
    assert_ok(seam_create_once(in_folder("empty"), view_text("")));
    assert_err(ERR_CORRUPT, seam_create_once(in_folder("empty"), view_text("x")));
}

static void created_once_is_whole_or_absent_at_every_failure(void **state)
{
    (void)state;
    for (int n = 1; n <= 6; n++) {
        struct record r = {.fail_at = n, .with = ENOSPC};
        seam_hook_set((struct seam_hook){note, &r});
        assert_err(ERR_IO, seam_create_once(in_folder("tile"), view_text("abc")));
        seam_hook_set((struct seam_hook){0});
        bool there = false;
        assert_ok(seam_exists(in_folder("tile"), &there));
        assert_int_equal(there, n == 6);
        assert_ok(seam_create_once(in_folder("tile"), view_text("abc")));
        assert_holds("tile", "abc");
        assert_ok(seam_unlink(in_folder("tile")));
        if (n < 6)
            assert_err(ERR_NOT_FOUND, seam_unlink(in_folder("tile.part")));
    }
}

static void a_bare_name_is_in_the_present_folder(void **state)
{
    (void)state;
    char before[200];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    err e = seam_create_once("bare", view_text("x"));
    assert_int_equal(chdir(before), 0);
    assert_int_equal(e.kind, ERR_OK);
    assert_holds("bare", "x");
}

static void assert_place(const char *path, const char *dir, const char *name)
{
    struct seam_place p = seam_place(path);
    assert_true(view_equal(p.folder, view_text(dir)));
    assert_string_equal(p.name, name);
}

static void a_path_is_a_folder_and_a_name(void **state)
{
    (void)state;
    assert_place("name", ".", "name");
    assert_place("a/b/name", "a/b", "name");
    assert_place("/name", "/", "name");
    assert_place("./name", ".", "name");
    assert_place("a/", "a", "");
    assert_place("/", "/", "");
    assert_place("", ".", "");
}

static void assert_absolute(const char *path, const char *is)
{
    char to[LIMIT_PATH_BYTES];
    assert_ok(seam_absolute(path, to));
    assert_string_equal(to, is);
}

static void a_path_is_absolute_by_its_folder(void **state)
{
    (void)state;
    char before[200], to[LIMIT_PATH_BYTES];
    assert_non_null(getcwd(before, sizeof before));
    assert_ok(seam_mkdir(in_folder("a")));
    assert_int_equal(symlink("a", in_folder("link")), 0);
    assert_int_equal(chdir(folder), 0);
    assert_absolute("name", in_folder("name"));
    assert_absolute("./name", in_folder("name"));
    assert_absolute("link/name", in_folder("a/name"));
    assert_absolute("a/../name//", in_folder("name"));
    assert_absolute("link", in_folder("link")); /* what it names is not followed */
    assert_absolute("/name", "/name");
    assert_absolute("/", "/");
    assert_err(ERR_NOT_FOUND, seam_absolute("none/name", to));
    assert_int_equal(chdir(before), 0);
    char path[5000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_err(ERR_LIMIT, seam_absolute(path, to));
    path[LIMIT_PATH_BYTES - 1] = 0; /* it fits; its folder before it does not any more */
    assert_err(ERR_LIMIT, seam_absolute(path, to));
}

static void long_paths_are_refused(void **state)
{
    (void)state;
    char path[5000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_err(ERR_LIMIT, seam_create_once(path, view_text("x")));
    assert_err(ERR_LIMIT, seam_replace(folder, path, view_text("x"), 0600));
}

static void a_crash_point_kills_only_where_it_is_named(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        setenv("CANDOUR_CRASH_AT", "here", 1);
        seam_crash_point("there");
        unsetenv("CANDOUR_CRASH_AT");
        seam_crash_point("here");
        setenv("CANDOUR_CRASH_AT", "here", 1);
        seam_crash_point("here");
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(files_are_private_and_not_inherited),
        IN_FOLDER(writes_syncs_truncates_renames_and_deletes),
        IN_FOLDER(reading_stops_at_the_limit),
        IN_FOLDER(replacing_is_written_synced_renamed_and_named),
        IN_FOLDER(replacing_leaves_the_old_or_the_new_at_every_failure),
        IN_FOLDER(created_once_it_stays),
        IN_FOLDER(created_once_is_whole_or_absent_at_every_failure),
        IN_FOLDER(a_bare_name_is_in_the_present_folder),
        IN_FOLDER(a_path_is_a_folder_and_a_name),
        IN_FOLDER(a_path_is_absolute_by_its_folder),
        IN_FOLDER(long_paths_are_refused),
        IN_FOLDER(a_crash_point_kills_only_where_it_is_named),
    };
    return cmocka_run_group_tests_name("seam", tests, NULL, NULL);
}
