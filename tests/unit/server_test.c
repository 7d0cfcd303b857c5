/* The test program is the server too: `server_test echo FILE SECONDS` holds FILE and answers until idle for so long. */
#include "testing.h"

#include "protocol.h"
#include "seam.h"
#include "server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ECHO = 1, SLOW, REFUSE, PID, LARGE, FDS };

static char dir[64], file[80], program[4096];

/* --- the server's side --- */

static err handle(void *state, struct server_caller *caller, struct view request, struct buf *answer)
{
    (void)state;
    struct rd r = rd_of(request);
    uint8_t op = rd_u8(&r);
    int fds = 0;
    if (op == ECHO)
        buf_put(answer, view_of(r.p, r.len));
    if (op == SLOW) {
        caller->slow_us = rd_u32(&r);
        caller->alarm = true;
    }
    ENSURE(op != REFUSE, err_at(err_new(ERR_DENIED, "No.", "Ask for less."), "some file", 0, 0));
    if (op == PID)
        buf_u32(answer, (uint32_t)getpid());
    if (op == LARGE)
        buf_space(answer, LIMIT_FRAME_BYTES - 16);
    for (int fd = 0; op == FDS && fd < 1024; fd++)
        fds += fcntl(fd, F_GETFD) >= 0;
    if (op == FDS)
        buf_u32(answer, (uint32_t)fds);
    return OK;
}

static err serve_prepare(const char *path, struct server_files *files, int *listener)
{
    struct server_place place;
    TRY(server_place_of(path, &place));
    TRY(server_hold(files, path, true));
    return server_listen(&place, ".sock", listener);
}

static int echo_main(char **argv)
{
    static struct server_files files;
    struct server_role role = {16, atoi(argv[3]), handle, NULL};
    int listener = -1;
    err e = server_harden();
    if (e.kind == ERR_OK)
        e = serve_prepare(argv[2], &files, &listener);
    server_ready(e);
    if (e.kind == ERR_OK)
        server_run(&role, NULL, &files, listener);
    _exit(e.kind == ERR_OK ? 0 : 3);
}

/* --- the callers' side --- */

static err reach_for(const char *path, const char *seconds, int *fd)
{
    struct server_place place;
    char *args[] = {"server_test", "echo", (char *)path, (char *)seconds, NULL};
    TRY(server_place_of(path, &place));
    return server_reach(&place, ".sock", program, args, fd);
}

static int reach(void)
{
    int fd = -1;
    assert_ok(reach_for(file, "1", &fd));
    return fd;
}

static err ask(int fd, uint8_t op, struct view body, bool *alarm, struct buf *answer, struct rd *ret)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_FRAME_BYTES);
    buf_u8(&b, op);
    buf_put(&b, body);
    TRY(frame_send(fd, buf_view(&b)));
    TRY(frame_receive(fd, answer));
    return answer_open(buf_view(answer), alarm, ret);
}

static err echo(int fd, size_t len)
{
    CLEANUP(buf_free) struct buf body = BUF(LIMIT_FRAME_BYTES), answer = BUF(LIMIT_FRAME_BYTES);
    struct rd r;
    uint8_t *p = buf_space(&body, len);
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i * 7);
    TRY(ask(fd, ECHO, buf_view(&body), NULL, &answer, &r));
    assert_true(view_equal(view_of(r.p, r.len), buf_view(&body)));
    return OK;
}

static uint32_t number(int fd, uint8_t op)
{
    CLEANUP(buf_free) struct buf answer = BUF(LIMIT_FRAME_BYTES);
    struct rd r;
    assert_ok(ask(fd, op, (struct view){0}, NULL, &answer, &r));
    return rd_u32(&r);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A connection that has not even asked whether somebody is there. */
static int raw(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(snprintf(to.sun_path, sizeof to.sun_path, "%s.sock", file) < (int)sizeof to.sun_path);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static bool ended_by_peer(int fd)
{
    char byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

static bool gone(uint32_t pid)
{
    for (int i = 0; i < 300; i++) {
        if (kill((pid_t)pid, 0) != 0)
            return true;
        char path[64], text[512] = "";
        snprintf(path, sizeof path, "/proc/%u/stat", pid);
        FILE *f = fopen(path, "r");
        bool zombie = f && fread(text, 1, sizeof text - 1, f) > 0 && strstr(text, ") Z ");
        if (f)
            fclose(f);
        if (zombie)
            return true;
        usleep(10000);
    }
    return false;
}

static int start(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/candour-test-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(file, sizeof file, "%s/slot", dir);
    return seam_create_once(file, view_text("held")).kind == ERR_OK ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    char command[400];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
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

static void frames_of_every_size_come_back(void **state)
{
    (void)state;
    int fd = reach();
    static const size_t sizes[] = {0, 1, 100, 65535, 65536, (1 << 20) + 1, 40 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_ok(echo(fd, sizes[i]));
    close(fd);
}

static void garbage_half_frames_and_silence_hold_up_nobody(void **state)
{
    (void)state;
    int fd = reach();
    int silent = raw(), half = raw(), header = raw(), huge = raw(), deaf = raw();
    assert_int_equal(send(half, "\0\0\0\100half", 8, 0), 8);
    assert_int_equal(send(header, "\0\0", 2, 0), 2);
    assert_int_equal(send(huge, "\377\377\377\377", 4, 0), 4);
    assert_int_equal(send(deaf, "\0\0\0\1\5", 5, 0), 5); /* asks for a large answer and takes none of it */
    double begin = now();
    for (int i = 0; i < 200; i++)
        assert_ok(echo(fd, 1000));
    assert_true(now() - begin < 3);
    assert_true(ended_by_peer(huge));
    /* The half frame is still welcome when its rest comes. */
    assert_int_equal(send(header, "\0\0", 2, 0), 2);
    char answer[6];
    assert_int_equal(recv(header, answer, sizeof answer, MSG_WAITALL), 6);
    assert_memory_equal(answer, "\0\0\0\2\0\0", 6);
    close(silent);
    close(half);
    close(header);
    close(huge);
    close(deaf);
    for (int i = 0; i < 300; i++) { /* whatever bytes they are */
        int g = raw();
        uint8_t bytes[40];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = k < 2 ? 0 : (uint8_t)rand();
        send(g, bytes, (size_t)(rand() % 40), MSG_NOSIGNAL);
        close(g);
    }
    assert_ok(echo(fd, 1000));
    close(fd);
}

static void one_caller_too_many_is_told_so(void **state)
{
    (void)state;
    int fds[LIMIT_KEEPER_CLIENTS], more = -1;
    for (size_t i = 0; i < LIMIT_KEEPER_CLIENTS; i++)
        fds[i] = reach();
    assert_err(ERR_BUSY, reach_for(file, "1", &more));
    assert_non_null(strstr(err_text()->what, "Too many"));
    close(fds[7]);
    usleep(50000);
    fds[7] = reach();
    for (size_t i = 0; i < LIMIT_KEEPER_CLIENTS; i++) {
        assert_ok(echo(fds[i], 10));
        close(fds[i]);
    }
}

static void a_slowed_user_is_slow_over_every_connection(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf a1 = BUF(100), a2 = BUF(100);
    int first = reach(), second = reach();
    bool alarm1 = false, alarm2 = false;
    struct rd r;
    double begin = now();
    /* 300 ms each, asked for at once: the second is behind the first. */
    assert_int_equal(send(first, "\0\0\0\5\2\0\4\223\340", 9, 0), 9);
    usleep(20000);
    assert_ok(ask(second, SLOW, view_of("\0\4\223\340", 4), &alarm2, &a2, &r));
    assert_true(now() - begin >= 0.6);
    assert_ok(frame_receive(first, &a1));
    assert_ok(answer_open(buf_view(&a1), &alarm1, &r));
    assert_true(alarm1 && alarm2);
    begin = now();
    assert_ok(echo(second, 10)); /* what is not slowed is not slow */
    assert_true(now() - begin < 0.25);
    close(first);
    close(second);
}

static void an_error_comes_with_its_words_and_place_and_a_refusal_ends_the_conversation(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf answer = BUF(4096);
    int fd = reach();
    struct rd r;
    assert_err(ERR_DENIED, ask(fd, REFUSE, (struct view){0}, NULL, &answer, &r));
    assert_string_equal(err_text()->what, "No.");
    assert_string_equal(err_text()->todo, "Ask for less.");
    assert_string_equal(err_text()->where, "some file");
    assert_true(ended_by_peer(fd));
    close(fd);
}

static void it_ends_when_its_file_goes_is_replaced_or_overwritten(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        int fd = reach();
        uint32_t pid = number(fd, PID);
        assert_ok(echo(fd, 10));
        if (how == 0)
            assert_ok(seam_unlink(file));
        if (how == 1)
            assert_ok(seam_replace(dir, "slot", view_text("held"), 0600));
        if (how == 2) {
            CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
            assert_ok(seam_open(&f, file, SEAM_FOR_WRITING));
            assert_ok(seam_write(&f, 0, view_text("HELD")));
        }
        assert_true(gone(pid));
        assert_true(ended_by_peer(fd));
        close(fd);
        if (how == 0)
            assert_ok(seam_create_once(file, view_text("held")));
    }
}

static void it_ends_when_nobody_used_it_for_a_while_and_not_before(void **state)
{
    (void)state;
    int fd = reach();
    uint32_t pid = number(fd, PID);
    sleep(2);
    assert_ok(echo(fd, 10));
    close(fd);
    assert_true(gone(pid));
    fd = reach();
    assert_int_not_equal(number(fd, PID), pid);
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
    assert_err(ERR_IO, server_reach(&place, ".sock", "/nowhere/candour", args, &fd));
    assert_err(ERR_NOT_FOUND, server_place_of("/nowhere/slot", &place));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "echo") == 0)
        return echo_main(argv);
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    const struct CMUnitTest tests[] = {
        TEST(eight_starters_at_once_find_one_server),
        TEST(a_path_longer_than_a_socket_address_is_reached),
        TEST(frames_of_every_size_come_back),
        TEST(garbage_half_frames_and_silence_hold_up_nobody),
        TEST(one_caller_too_many_is_told_so),
        TEST(a_slowed_user_is_slow_over_every_connection),
        TEST(an_error_comes_with_its_words_and_place_and_a_refusal_ends_the_conversation),
        TEST(it_ends_when_its_file_goes_is_replaced_or_overwritten),
        TEST(it_ends_when_nobody_used_it_for_a_while_and_not_before),
        TEST(killed_it_is_found_dead_and_started_anew),
        TEST(it_inherits_nothing),
        TEST(a_program_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
