#include "server.h"

#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_FD = 3, TRIES = 200, TRY_US = 20000, PING_MS = 10000, BACKLOG = 64 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static err long_name(void)
{
    return err_new(ERR_LIMIT, "The name of the slot file is too long.", "Give it a name of at most 60 bytes.");
}

err server_place_of(const char *slot, struct server_place *ret)
{
    char real[LIMIT_PATH_BYTES];
    if (!realpath(slot, real))
        return err_at(err_system("find the slot"), slot, 0, 0);
    char *slash = strrchr(real, '/');
    ENSURE(strlen(slash + 1) < sizeof ret->slot_name, long_name());
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
    ENSURE(len > 0 && (size_t)len < sizeof ret->sun_path, long_name());
    return OK;
}

static err open_dir(const struct server_place *place, int *ret)
{
    *ret = open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? err_system("open the slot's folder") : OK;
}

static err reach_file(struct server_file *f, bool lock)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_at(err_system("open the slot"), f->path, 0, 0);
    CLEANUP(close_fd) int file = fd;
    if (lock && flock(file, LOCK_EX | LOCK_NB) != 0)
        return err_new(ERR_BUSY, "It runs already.", "");
    if (fstat(file, &f->first) != 0)
        return err_at(err_system("open the slot"), f->path, 0, 0);
    f->lock = -1;
    if (lock) {
        f->lock = file;
        file = -1;
    }
    return OK;
}

err server_hold(struct server_files *files, const char *path, bool lock)
{
    CHECK(files->count < SERVER_FILES_MAX);
    struct server_file *f = &files->file[files->count];
    if (!realpath(path, f->path))
        return err_at(err_system("find the slot"), path, 0, 0);
    TRY(reach_file(f, lock));
    files->count++;
    return OK;
}

bool server_files_same(const struct server_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct server_file *f = &files->file[i];
        struct stat now;
        if (stat(f->path, &now) != 0 || now.st_ino != f->first.st_ino || now.st_dev != f->first.st_dev ||
            now.st_size != f->first.st_size || now.st_mtim.tv_sec != f->first.st_mtim.tv_sec ||
            now.st_mtim.tv_nsec != f->first.st_mtim.tv_nsec)
            return false;
    }
    return true;
}

err server_listen(const struct server_place *place, const char *suffix, int *ret_listener)
{
    CLEANUP(close_fd) int dir = -1;
    CLEANUP(close_fd) int listener = -1;
    TRY(open_dir(place, &dir));
    struct sockaddr_un to;
    TRY(address(place, suffix, dir, &to));
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return err_system("make the keeper's socket");
    unlink(to.sun_path); /* of one that was killed: the lock says that it does not run */
    if (bind(listener, (struct sockaddr *)&to, sizeof to) != 0 || listen(listener, BACKLOG) != 0)
        return err_system("make the keeper's socket beside the slot");
    *ret_listener = listener;
    listener = -1;
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

static err deaf(void)
{
    return err_new(ERR_BUSY, "The keeper runs but does not answer.",
                   "Run the command again; if it happens twice, end the process 'candour keeper' and try again.");
}

/* Asks whether somebody is there.  One that ends right now, or was killed, counts as not there. */
static err ping(int fd)
{
    CLEANUP(buf_free) struct buf b = BUF(8192);
    struct rd r;
    err e = frame_send(fd, (struct view){0});
    err_ignore(e, "it may have refused already, and the refusal is worth reading");
    struct pollfd answered = {.fd = fd, .events = POLLIN};
    ENSURE(poll(&answered, 1, PING_MS) > 0, deaf());
    e = frame_receive(fd, &b);
    if (e.kind != ERR_OK)
        return err_new(ERR_NOT_FOUND, "No keeper runs.", "");
    return answer_open(buf_view(&b), NULL, &r);
}

/* Descriptor 3 is the starter's pipe; where it is something else or not there, it must not become a file of ours. */
static err settle_ready(int null)
{
    struct stat st;
    if (fstat(READY_FD, &st) == 0 && S_ISFIFO(st.st_mode))
        return OK;
    if (null != READY_FD && dup2(null, READY_FD) < 0)
        return err_system("detach the keeper");
    return OK;
}

err server_harden(void)
{
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_system("keep the keeper's memory out of core files");
    setsid();
    umask(077);
    sigset_t signals;
    sigemptyset(&signals);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    int null = open("/dev/null", O_RDWR);
    if (null < 0)
        return err_system("detach the keeper");
    TRY(settle_ready(null));
    if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0)
        return err_system("detach the keeper");
    if (close_range(READY_FD + 1, ~0u, 0) != 0)
        return err_system("close what the keeper inherited");
    return OK;
}

/* --- starting --- */

void server_ready(err e)
{
    CLEANUP(buf_free) struct buf b = BUF(4096);
    if (e.kind == ERR_OK)
        buf_u16(&b, 0);
    else
        answer_put_error(&b, e);
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
    struct rd r;
    ENSURE(len > 0, err_new(ERR_IO, "The keeper did not start.", "Check that the program file is still there; 'candour doctor' says more."));
    return answer_open(view_of(bytes, len), NULL, &r);
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

static err connect_and_ping(const struct server_place *place, const char *suffix, int *ret)
{
    CLEANUP(close_fd) int fd = -1;
    TRY(connect_to(place, suffix, &fd));
    TRY(ping(fd));
    *ret = fd;
    fd = -1;
    return OK;
}

/* Another command may be starting it right now, or the old one may just have been ending. */
err server_reach(const struct server_place *place, const char *suffix, const char *program, char *const args[], int *ret)
{
    err e = OK;
    for (int tries = 0; tries < TRIES; tries++) {
        e = connect_and_ping(place, suffix, ret);
        if (e.kind != ERR_NOT_FOUND)
            return e;
        e = start(program, args);
        if (e.kind != ERR_OK && e.kind != ERR_BUSY)
            return e;
        if (e.kind == ERR_BUSY)
            usleep(TRY_US);
    }
    return deaf();
}
