/* How a server is started, found, and found to be silent. */
#include "server_world.h"

/* The other end of a conversation, played by the test. */
static err received_from(const char *bytes, size_t len)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < 1000 && send(ends[1], bytes, len, MSG_NOSIGNAL) == (ssize_t)len && bytes[3] == 0; i++)
            ;
        _exit(0);
    }
    close(ends[1]);
    CLEANUP(buf_free) struct buf to = BUF(LIMIT_FRAME_BYTES);
    err e = frame_receive(ends[0], &to);
    close(ends[0]);
    waitpid(child, NULL, 0);
    return e;
}

static void what_is_no_answer_is_an_error_and_not_waited_for(void **state)
{
    (void)state;
    double begin = now();
    assert_err(ERR_IO, received_from("\0\0\0\0", 4)); /* nothing but that it is coming */
    assert_err(ERR_IO, received_from("\0\0\0\4ab", 6));
    assert_err(ERR_IO, received_from("\0\0\4\4ab", 6));
    assert_err(ERR_IO, received_from("\377\377\377\377ab", 6));
    assert_true(now() - begin < 5);
}

static void eight_starters_at_once_find_one_server(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t children[8];
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int fd = -1;
            uint32_t pid = reach_for(file, "1", &fd).kind == ERR_OK ? number(fd, PID) : 0;
            usleep(300000); /* so that it is one at a time, not one after the other */
            _exit(write(pipes[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
        }
    }
    uint32_t first = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t pid = 0;
        assert_int_equal(read(pipes[0], &pid, sizeof pid), sizeof pid);
        assert_int_not_equal(pid, 0);
        first = first ? first : pid;
        assert_int_equal(pid, first);
        assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
    }
    close(pipes[0]);
    close(pipes[1]);
}

static void a_path_longer_than_a_socket_address_is_reached(void **state)
{
    (void)state;
    char deep[600], path[900];
    snprintf(deep, sizeof deep, "%s/%0*d", dir, 200, 7);
    assert_ok(seam_mkdir(deep));
    snprintf(path, sizeof path, "%s/slot", deep);
    assert_ok(seam_create_once(path, view_text("held")));
    int fd = -1;
    assert_ok(reach_for(path, "1", &fd));
    assert_ok(echo(fd, 10));
    close(fd);
    snprintf(path, sizeof path, "%s/%0*d", dir, 150, 7);
    assert_ok(seam_create_once(path, view_text("held")));
    assert_err(ERR_LIMIT, reach_for(path, "1", &fd));
}

/* Stopped by somebody, or at a disk that does not answer. */
static void one_that_hangs_is_an_error_in_bounded_time(void **state)
{
    (void)state;
    int fd = reach(), second = reach(), other = -1;
    uint32_t pid = number(fd, PID);
    assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
    double begin = now();
    pid_t sender = fork();
    if (sender == 0) { /* sending may not hang either */
        err e = frame_send(second, view_of(calloc(1, 30 << 20), 30 << 20));
        _exit(e.kind == ERR_IO && strstr(err_text()->what, "does not answer") ? 0 : 1);
    }
    assert_err(ERR_IO, reach_for(file, "1", &other));
    assert_non_null(strstr(err_text()->what, "does not answer"));
    assert_true(now() - begin < 15);
    begin = now();
    assert_err(ERR_IO, echo(fd, 10));
    assert_non_null(strstr(err_text()->what, "does not answer"));
    assert_true(now() - begin < LIMIT_KEEPER_ANSWER_SECONDS + 5);
    int status;
    assert_int_equal(waitpid(sender, &status, 0), sender);
    assert_int_equal(status, 0);
    close(second);
    kill((pid_t)pid, SIGKILL);
    close(fd);
}

static void read_proc(uint32_t pid, const char *name, char *to, size_t size, size_t *len)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, to, size - 1);
    assert_true(n >= 0);
    *len = (size_t)n;
    to[n] = 0;
    close(fd);
}

static void link_of(uint32_t pid, const char *name, char *to, size_t size)
{
    char path[400];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    ssize_t n = readlink(path, to, size - 1);
    to[n > 0 ? n : 0] = 0;
}

static void it_keeps_nothing_of_whoever_started_it(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return; /* only root may look at it */
    assert_int_equal(setenv("CANDOUR_TEST_SECRET", "in the environment", 1), 0);
    umask(0);
    int fd = reach();
    uint32_t pid = number(fd, PID);
    char text[8192], expected[300];
    size_t len;
    read_proc(pid, "environ", text, sizeof text, &len);
    assert_int_equal(len, 0);
    int size = snprintf(expected, sizeof expected, "server_test%cecho%c%s%c1", 0, 0, file, 0) + 1;
    read_proc(pid, "cmdline", text, sizeof text, &len);
    assert_int_equal(len, size);
    assert_memory_equal(text, expected, len);
    read_proc(pid, "status", text, sizeof text, &len);
    assert_non_null(strstr(text, "Umask:\t0077\n"));
    assert_non_null(strstr(text, "NoNewPrivs:\t1\n"));
    link_of(pid, "cwd", text, sizeof text);
    assert_string_equal(text, "/");
    for (int i = 0; i < 3; i++) {
        snprintf(expected, sizeof expected, "fd/%d", i);
        link_of(pid, expected, text, sizeof text);
        assert_string_equal(text, "/dev/null");
    }
    close(fd);
    assert_int_equal(unsetenv("CANDOUR_TEST_SECRET"), 0);
    umask(022);
}

static void two_cannot_hold_one_file_under_any_name(void **state)
{
    (void)state;
    int fd = reach(), other = -1;
    char name[100];
    snprintf(name, sizeof name, "%s/other", dir);
    assert_int_equal(link(file, name), 0);
    assert_err(ERR_BUSY, reach_for(name, "1", &other));
    assert_non_null(strstr(err_text()->what, "another name"));
    assert_ok(echo(fd, 10));
    snprintf(name, sizeof name, "%s/symbolic", dir);
    assert_int_equal(symlink(file, name), 0);
    assert_ok(reach_for(name, "1", &other)); /* which is the same place */
    assert_int_equal(number(other, PID), number(fd, PID));
    close(other);
    close(fd);
}

static void killed_it_is_found_dead_and_started_anew(void **state)
{
    (void)state;
    int fd = reach();
    uint32_t pid = number(fd, PID);
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    assert_true(gone(pid));
    assert_err(ERR_IO, echo(fd, 10));
    assert_non_null(strstr(err_text()->todo, "Run the command again"));
    close(fd);
    fd = reach();
    assert_ok(echo(fd, 10));
    close(fd);
}

static void it_inherits_nothing(void **state)
{
    (void)state;
    int open_here[50];
    for (int i = 0; i < 50; i++)
        open_here[i] = open("/dev/null", O_RDONLY); /* not close-on-exec */
    int fd = reach();
    /* 0, 1, 2, the lock, the listener, this connection. */
    assert_int_equal(number(fd, FDS), 6);
    close(fd);
    for (int i = 0; i < 50; i++)
        close(open_here[i]);
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct server_place place;
    char *args[] = {"x", NULL};
    int fd = -1;
    assert_ok(server_place_of(file, &place));
    assert_err(ERR_IO, server_reach(&place, ".sock", "/nowhere/candour", args, NULL, &fd));
    assert_err(ERR_NOT_FOUND, server_place_of("/nowhere/slot", &place));
}

int main(int argc, char **argv)
{
    SERVER_ROLE(argc, argv);
    const struct CMUnitTest tests[] = {
        TEST(eight_starters_at_once_find_one_server),
        TEST(a_path_longer_than_a_socket_address_is_reached),
        TEST(what_is_no_answer_is_an_error_and_not_waited_for),
        TEST(one_that_hangs_is_an_error_in_bounded_time),
        TEST(it_keeps_nothing_of_whoever_started_it),
        TEST(two_cannot_hold_one_file_under_any_name),
        TEST(killed_it_is_found_dead_and_started_anew),
        TEST(it_inherits_nothing),
        TEST(a_program_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
