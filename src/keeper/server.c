#include "limits.h"
#include "server.h"

#include "mem.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READY_FD = 3, RECEIVE_SECONDS = 5, OPEN_MAX_HERE = 65536 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

err server_place_of(const char *slot, struct server_place *ret)
{
    char real[LIMIT_PATH_BYTES];
    if (!realpath(slot, real))
        return err_at(err_system("find the slot"), slot, 0, 0);
    char *slash = strrchr(real, '/');
    ENSURE(strlen(slash + 1) < sizeof ret->slot_name - 32,
           err_new(ERR_LIMIT, "The name of the slot file is too long.", "Give it a name of at most 200 bytes."));
    snprintf(ret->slot_name, sizeof ret->slot_name, "%s", slash + 1);
    *slash = 0;
    snprintf(ret->dir, sizeof ret->dir, "%s", real[0] ? real : "/");
    return OK;
}

/* A socket address through the folder's descriptor: as long a path as there may be. */
static err address(const struct server_place *place, const char *suffix, int dir, struct sockaddr_un *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->sun_family = AF_UNIX;
    int len = snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s%s", dir, place->slot_name, suffix);
    ENSURE(len > 0 && (size_t)len < sizeof ret->sun_path,
           err_new(ERR_LIMIT, "The name of the slot file is too long.", "Give it a name of at most 60 bytes."));
    return OK;
}

static err open_dir(const struct server_place *place, int *ret)
{
    *ret = open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? err_system("open the slot's folder") : OK;
}

err server_listen(const struct server_place *place, const char *suffix, const char *lock_name, int *ret_listener, int *ret_lock)
{
    CLEANUP(close_fd) int dir = -1;
    CLEANUP(close_fd) int lock = -1;
    CLEANUP(close_fd) int listener = -1;
    TRY(open_dir(place, &dir));
    lock = openat(dir, lock_name, O_RDONLY | O_CLOEXEC);
    if (lock < 0)
        return err_system("open the slot");
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return err_new(ERR_BUSY, "It runs already.", "");
    struct sockaddr_un to;
    TRY(address(place, suffix, dir, &to));
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return err_system("make the keeper's socket");
    unlink(to.sun_path);
    if (bind(listener, (struct sockaddr *)&to, sizeof to) != 0 || listen(listener, 64) != 0)
        return err_system("make the keeper's socket beside the slot");
    *ret_listener = listener;
    *ret_lock = lock;
    listener = lock = -1;
    return OK;
}

static err connect_to(const struct server_place *place, const char *suffix, int *ret)
{
    CLEANUP(close_fd) int dir = -1;
    CLEANUP(close_fd) int fd = -1;
    TRY(open_dir(place, &dir));
    struct sockaddr_un to;
    TRY(address(place, suffix, dir, &to));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_system("make a socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return err_new(ERR_NOT_FOUND, "No keeper runs.", "");
        return err_system("reach the keeper");
    }
    *ret = fd;
    fd = -1;
    return OK;
}

static bool among(int fd, const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] == fd)
            return true;
    return false;
}

err server_harden(const int *keep, size_t count)
{
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return err_system("keep the keeper's memory out of core files");
    setsid();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0)
        return err_system("detach the keeper");
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return err_system("detach the keeper");
    for (int fd = READY_FD + 1; fd < (files.rlim_cur < OPEN_MAX_HERE ? (int)files.rlim_cur : OPEN_MAX_HERE); fd++)
        if (!among(fd, keep, count))
            close(fd);
    return OK;
}

/* --- serving --- */

struct client {
    int fd;
    int64_t not_before_us;
    struct server_caller caller;
};

struct serving {
    const struct server_role *role;
    void *state;
    struct client clients[LIMIT_KEEPER_CLIENTS];
    size_t count;
    struct buf request, answer;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void drop(struct serving *s, size_t i)
{
    close(s->clients[i].fd);
    mem_free(s->clients[i].caller.channel);
    s->clients[i] = s->clients[--s->count];
}

static void accept_client(struct serving *s, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct ucred who;
    socklen_t len = sizeof who;
    struct timeval wait = {.tv_sec = RECEIVE_SECONDS};
    bool ours = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && (who.uid == geteuid() || who.uid == 0) &&
                setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
                setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0;
    void *channel = ours && s->count < LIMIT_KEEPER_CLIENTS ? mem_alloc(s->role->channel_size) : NULL;
    if (!channel) {
        close(fd);
        return;
    }
    s->clients[s->count++] = (struct client){.fd = fd, .caller = {.uid = who.uid, .channel = channel}};
}

static err send_answer(struct serving *s, struct client *c, err result)
{
    CLEANUP(buf_free) struct buf head = BUF(4096);
    buf_u8(&head, (uint8_t)result.kind);
    if (result.kind == ERR_OK) {
        buf_u8(&head, c->caller.alarm);
    } else {
        buf_block(&head, view_text(err_text()->what));
        buf_block(&head, view_text(err_text()->todo));
        buf_clear(&s->answer);
    }
    TRY(buf_ok(&head));
    /* One frame out of two parts: the answer was made behind a gap of two bytes where there is no error. */
    if (result.kind == ERR_OK) {
        memcpy(s->answer.p, head.p, head.len);
        return frame_send(c->fd, buf_view(&s->answer));
    }
    return frame_send(c->fd, buf_view(&head));
}

/* False: the conversation is over. */
static bool serve(struct serving *s, struct client *c)
{
    err e = frame_receive(c->fd, &s->request);
    if (e.kind != ERR_OK)
        return false;
    buf_clear(&s->answer);
    buf_u16(&s->answer, 0);
    c->caller.slow_us = 0;
    e = s->role->handle(s->state, &c->caller, buf_view(&s->request), &s->answer);
    if (e.kind == ERR_OK)
        e = buf_ok(&s->answer);
    bool over = e.kind == ERR_DENIED || e.kind == ERR_INTERNAL;
    bool sent = send_answer(s, c, e).kind == ERR_OK;
    c->not_before_us = now_us() + (int64_t)c->caller.slow_us;
    return sent && !over;
}

static bool slot_is_same(const char *slot, const struct stat *first)
{
    struct stat now;
    return stat(slot, &now) == 0 && now.st_ino == first->st_ino && now.st_dev == first->st_dev;
}

static void one_round(struct serving *s, int listener)
{
    struct pollfd fds[LIMIT_KEEPER_CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
    int64_t now = now_us();
    size_t polled = s->count;
    int timeout = 1000;
    for (size_t i = 0; i < polled; i++) {
        bool waits = s->clients[i].not_before_us > now;
        int64_t left = (s->clients[i].not_before_us - now) / 1000 + 1;
        if (waits && left < timeout)
            timeout = (int)left;
        fds[i + 1] = (struct pollfd){.fd = waits ? -1 : s->clients[i].fd, .events = POLLIN};
    }
    if (poll(fds, polled + 1, timeout) <= 0)
        return;
    for (size_t i = polled; i-- > 0;)
        if (fds[i + 1].revents && !serve(s, &s->clients[i]))
            drop(s, i);
    if (fds[0].revents)
        accept_client(s, listener);
}

void server_run(const struct server_role *role, void *state, const char *slot, int listener)
{
    struct serving s = {.role = role, .state = state, .request = BUF_SECRET(LIMIT_FRAME_BYTES), .answer = BUF_SECRET(LIMIT_FRAME_BYTES)};
    struct stat first;
    if (stat(slot, &first) != 0)
        return;
    int64_t used = now_us();
    while (slot_is_same(slot, &first)) {
        one_round(&s, listener);
        if (s.count)
            used = now_us();
        if (now_us() - used > (int64_t)LIMIT_KEEPER_IDLE_SECONDS * 1000000)
            break;
    }
    while (s.count)
        drop(&s, s.count - 1);
    buf_free(&s.request);
    buf_free(&s.answer);
}

/* --- starting --- */

void server_ready(err e)
{
    CLEANUP(buf_free) struct buf b = BUF(4096);
    buf_u8(&b, (uint8_t)e.kind);
    buf_block(&b, view_text(e.kind == ERR_OK ? "" : err_text()->what));
    buf_block(&b, view_text(e.kind == ERR_OK ? "" : err_text()->todo));
    ssize_t n = write(READY_FD, b.p, b.len);
    (void)n; /* whoever started us is gone: nobody is left to tell */
    close(READY_FD);
}

static _Noreturn void become(const char *program, char *const args[], int pipe_end)
{
    /* A second fork, so that nobody has to wait for the keeper. */
    if (fork() != 0)
        _exit(0);
    if (pipe_end == READY_FD ? fcntl(READY_FD, F_SETFD, 0) == 0 : dup2(pipe_end, READY_FD) == READY_FD)
        execv(program, args);
    _exit(127);
}

static err read_ready(int fd)
{
    uint8_t bytes[4096];
    size_t len = 0;
    for (ssize_t n; len < sizeof bytes && (n = read(fd, bytes + len, sizeof bytes - len)) != 0;) {
        if (n < 0 && errno != EINTR)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    struct rd r = rd_of(view_of(bytes, len));
    uint8_t kind = rd_u8(&r);
    struct view what = rd_block(&r), todo = rd_block(&r);
    ENSURE(rd_done(&r) && kind < ERR_KIND_COUNT,
           err_new(ERR_IO, "The keeper did not start.", "Check that the program file is still there; 'candour doctor' says more."));
    if (kind == ERR_OK)
        return OK;
    return err_said((enum err_kind)kind, what.p, what.len, todo.p, todo.len);
}

static err start(const char *program, char *const args[])
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system("start the keeper");
    pid_t child = fork();
    if (child == 0)
        become(program, args, ends[1]);
    close(ends[1]);
    CLEANUP(close_fd) int from = ends[0];
    if (child < 0)
        return err_system("start the keeper");
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return read_ready(from);
}

/* Another command may be starting it right now, or the old one may just have been ending. */
err server_reach(const struct server_place *place, const char *suffix, const char *program, char *const args[], int *ret)
{
    err e = OK;
    for (int tries = 0; tries < 100; tries++) {
        e = connect_to(place, suffix, ret);
        if (e.kind != ERR_NOT_FOUND)
            return e;
        e = start(program, args);
        if (e.kind != ERR_OK && e.kind != ERR_BUSY)
            return e;
        usleep(tries ? 20000 : 0);
    }
    return e;
}
