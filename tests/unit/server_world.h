/* Shared by serve_test and server_test: the test program is the server too, `PROGRAM echo FILE SECONDS` holds FILE and answers until idle
 * for so long.  Start main() with SERVER_ROLE(argc, argv).
 */
#ifndef SERVER_WORLD_H
#define SERVER_WORLD_H

#include "testing.h"

#include "protocol.h"
#include "seam.h"
#include "server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ECHO = 1, SLOW, REFUSE, PID, LARGE, FDS, HELLO, SHORT };
enum { STRANGER_BYTES = 2000 };

static char dir[64], file[80], program[4096];

/* --- the server's side --- */

static inline err handle(void *state, struct server_caller *caller, struct view request, struct buf *answer)
{
    (void)state;
    struct rd r = rd_of(request);
    uint8_t op = rd_u8(&r);
    int fds = 0;
    caller->known = caller->known || op == HELLO;
    if (op == ECHO)
        buf_put(answer, view_of(r.p, r.len));
    if (op == SLOW) {
        caller->slow_us = rd_u32(&r);
        caller->alarm = ALARM_DAY;
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

static inline size_t longest(const struct server_caller *caller, uint8_t op)
{
    return op == SHORT || !caller->known ? STRANGER_BYTES : LIMIT_FRAME_BYTES;
}

static inline err serve_prepare(const char *path, struct server_files *files, int *listener)
{
    struct server_place place;
    TRY(server_place_of(path, &place));
    TRY(server_hold(files, path, true));
    return server_listen(&place, ".sock", listener);
}

static inline int echo_main(char **argv)
{
    static struct server_files files;
    struct server_role role = {16, atoi(argv[3]), longest, handle, NULL};
    int listener = -1;
    err e = server_harden(false);
    if (e.kind == ERR_OK)
        e = serve_prepare(argv[2], &files, &listener);
    server_ready(e);
    if (e.kind == ERR_OK)
        server_run(&role, NULL, &files, listener);
    _exit(e.kind == ERR_OK ? 0 : 3);
}

/* --- the callers' side --- */

static inline err reach_for(const char *path, const char *seconds, int *fd)
{
    struct server_place place;
    char at[LIMIT_PATH_BYTES], idle[16];
    snprintf(at, sizeof at, "%s", path);
    snprintf(idle, sizeof idle, "%s", seconds);
    char *args[] = {"server_test", "echo", at, idle, NULL};
    TRY(server_place_of(path, &place));
    return server_reach(&place, ".sock", program, args, NULL, fd);
}

static inline err ask(int fd, uint8_t op, struct view body, uint8_t *alarm, struct buf *answer, struct rd *ret)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_FRAME_BYTES);
    buf_u8(&b, op);
    buf_put(&b, body);
    TRY(frame_send(fd, buf_view(&b)));
    TRY(frame_receive(fd, answer));
    return answer_open(buf_view(answer), alarm, ret);
}

static inline void greet(int fd)
{
    CLEANUP(buf_free) struct buf answer = BUF(100);
    struct rd r;
    assert_ok(ask(fd, HELLO, (struct view){0}, NULL, &answer, &r));
}

static inline int stranger(void)
{
    int fd = -1;
    assert_ok(reach_for(file, "1", &fd));
    return fd;
}

static inline int reach(void)
{
    int fd = stranger();
    greet(fd);
    return fd;
}

static inline err echo(int fd, size_t len)
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

static inline uint32_t number(int fd, uint8_t op)
{
    CLEANUP(buf_free) struct buf answer = BUF(LIMIT_FRAME_BYTES);
    struct rd r;
    assert_ok(ask(fd, op, (struct view){0}, NULL, &answer, &r));
    return rd_u32(&r);
}

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A connection that has not even asked whether somebody is there. */
static inline int raw(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(snprintf(to.sun_path, sizeof to.sun_path, "%s.sock", file) < (int)sizeof to.sun_path);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline bool ended_by_peer(int fd)
{
    char byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

static inline bool gone(uint32_t pid)
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

static inline int start(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/candour-test-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(file, sizeof file, "%s/slot", dir);
    return seam_create_once(file, view_text("held")).kind == ERR_OK ? 0 : 1;
}

static inline int end(void **state)
{
    (void)state;
    char command[400];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
#define SERVER_ROLE(argc, argv)                                                                                           \
    do {                                                                                                                  \
        if ((argc) == 4 && strcmp((argv)[1], "echo") == 0)                                                                \
            return echo_main(argv);                                                                                       \
        ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);                                            \
        program[len > 0 ? len : 0] = 0;                                                                                   \
    } while (0)

#endif
