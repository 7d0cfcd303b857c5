#include "server.h"

#include "protocol.h"
#include "seam.h"

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
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_FD = 3, MOVED_FD = 10, TRY_US = 20000, PING_MS = 10000, BACKLOG = 64 };

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
    struct seam_place place = seam_place(real);
    ENSURE(strlen(place.name) < sizeof ret->slot_name, long_name());
    snprintf(ret->slot_name, sizeof ret->slot_name, "%s", place.name);
    snprintf(ret->dir, sizeof ret->dir, "%.*s", (int)place.folder.len, (const char *)place.folder.p);
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
    *ret = (int)TEMP_FAILURE_RETRY(open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
    return *ret < 0 ? err_system("open the slot's folder") : OK;
}

static err reach_file(struct server_file *f, bool lock)
{
    int fd = (int)TEMP_FAILURE_RETRY(open(f->path, O_RDONLY | O_CLOEXEC));
    if (fd < 0)
        return err_at(err_system("open the slot"), f->path, 0, 0);
    CLEANUP(close_fd) int file = fd;
    if (lock && TEMP_FAILURE_RETRY(flock(file, LOCK_EX | LOCK_NB)) != 0)
        return err_at(err_new(ERR_BUSY, "A keeper (or signer) of this slot is starting or ending, or was reached under another name.",
                              "Run the command again; if it happens twice, end the processes 'candour keeper' and 'candour signer'."), f->path, 0, 0);
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
    struct timeval patience = {.tv_sec = PING_MS / 1000}; /* where it takes nobody in, its queue fills up */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
        return err_system("make a socket");
    if (TEMP_FAILURE_RETRY(connect(fd, (struct sockaddr *)&to, sizeof to)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return err_new(ERR_NOT_FOUND, "No keeper runs.", "");
        return errno == EAGAIN ? answer_silent() : err_system("reach the keeper");
    }
    *ret = fd;
    fd = -1;
    return OK;
}

static bool comes(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return TEMP_FAILURE_RETRY(poll(&p, 1, ms)) > 0;
}

/* Asks whether somebody is there.  One that ends right now, or was killed, counts as not there. */
static err ping(int fd)
{
    CLEANUP(buf_free) struct buf b = BUF(8192);
    struct rd r;
    err e = frame_send(fd, (struct view){0});
    err_ignore(e, "it may have refused already, and the refusal is worth reading");
    ENSURE(comes(fd, PING_MS), answer_silent());
    e = frame_receive(fd, &b);
    if (e.kind != ERR_OK)
        return err_new(ERR_NOT_FOUND, "No keeper runs.", "");
    return answer_open(buf_view(&b), NULL, &r);
}

/* Descriptors 3 and 0 are the starter's pipes; where one is something else or not there, it must not become a file of ours. */
static err settle_pipe(int fd, bool wanted, int null)
{
    struct stat st;
    if (wanted && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
        return OK;
    if (null != fd && dup2(null, fd) < 0)
        return err_system("detach the keeper");
    return OK;
}

err server_harden(bool takes_input)
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
    signal(SIGALRM, SIG_DFL); /* a start that hangs, in a library that has no memory for one, keeps nobody else from starting */
    alarm(LIMIT_KEEPER_START_SECONDS);
    int null = (int)TEMP_FAILURE_RETRY(open("/dev/null", O_RDWR));
    if (null < 0)
        return err_system("detach the keeper");
    TRY(settle_pipe(READY_FD, true, null));
    TRY(settle_pipe(0, takes_input, null));
    if (dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0)
        return err_system("detach the keeper");
    if (close_range(READY_FD + 1, ~0u, 0) != 0)
        return err_system("close what the keeper inherited");
    return OK;
}

err server_input(struct buf *to)
{
    ssize_t n = 0;
    while (to->len < to->max && ((n = read(0, to->p + to->len, to->max - to->len)) > 0 || (n < 0 && errno == EINTR)))
        to->len += n > 0 ? (size_t)n : 0;
    int null = (int)TEMP_FAILURE_RETRY(open("/dev/null", O_RDWR | O_CLOEXEC));
    bool shut = null >= 0 && dup2(null, 0) == 0;
    close_fd(&null);
    ENSURE(shut, err_system("detach the keeper"));
    ENSURE(n == 0, err_new(ERR_LIMIT, "What the keeper was given to start with is too long.", "Give a shorter passphrase."));
    return OK;
}

/* --- starting --- */

void server_ready(err e)
{
    alarm(0);
    CLEANUP(buf_free) struct buf b = BUF(4096);
    if (e.kind == ERR_OK)
        buf_u16(&b, 0);
    else
        answer_put_error(&b, e);
    ssize_t n = TEMP_FAILURE_RETRY(write(READY_FD, b.p, b.len));
    (void)n; /* whoever started us is gone: nobody is left to tell */
    close(READY_FD);
}

/* Descriptors move out of the way first: the starter may have had none at 0 to 3.  Its environment stays behind. */
static _Noreturn void become(const char *program, char *const args[], int pipe_end, int input)
{
    char *nothing[] = {NULL};
    /* A second fork, so that nobody has to wait for the keeper. */
    if (fork() != 0)
        _exit(0);
    int ready = fcntl(pipe_end, F_DUPFD_CLOEXEC, MOVED_FD);
    int from = input >= 0 ? fcntl(input, F_DUPFD_CLOEXEC, MOVED_FD) : (int)TEMP_FAILURE_RETRY(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (ready >= 0 && from >= 0 && (from == 0 || dup2(from, 0) == 0) && dup2(ready, READY_FD) == READY_FD)
        execve(program, args, nothing);
    _exit(127);
}

static err read_ready(int fd)
{
    uint8_t bytes[4096];
    size_t len = 0;
    int64_t until = frame_now_ms() + LIMIT_KEEPER_ANSWER_SECONDS * 1000;
    for (ssize_t n = 1; len < sizeof bytes && n != 0;) {
        int64_t left = until - frame_now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ENSURE(left > 0, answer_silent());
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = TEMP_FAILURE_RETRY(read(fd, bytes + len, sizeof bytes - len));
        if (n < 0)
            return err_system("start the keeper");
        len += (size_t)n;
    }
    struct rd r;
    ENSURE(len > 0, err_new(ERR_IO, "The keeper did not start.", "Check that the program file is still there; 'candour doctor' says more."));
    return answer_open(view_of(bytes, len), NULL, &r);
}

/* A pipe with the bytes in it: they fit, so nobody waits. */
static err filled_pipe(struct view bytes, int *ret)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system("start the keeper");
    bool whole = TEMP_FAILURE_RETRY(write(ends[1], bytes.p, bytes.len)) == (ssize_t)bytes.len;
    close(ends[1]);
    *ret = ends[0];
    return whole ? OK : err_system("start the keeper");
}

static err start(const char *program, char *const args[], struct view input)
{
    CLEANUP(close_fd) int given = -1;
    int ends[2];
    if (input.len)
        TRY(filled_pipe(input, &given));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system("start the keeper");
    pid_t child = fork();
    if (child == 0)
        become(program, args, ends[1], given);
    close(ends[1]);
    CLEANUP(close_fd) int from = ends[0];
    if (child < 0)
        return err_system("start the keeper");
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return read_ready(from);
}

static void forget(void **region)
{
    secret_unlock(region, LIMIT_PASSPHRASE_BYTES);
}

/* First without a passphrase: only the slot knows whether there is one. */
static err start_with(const char *program, char *const args[], const struct secret_source *source)
{
    err e = start(program, args, (struct view){0});
    if (e.kind != ERR_DENIED || !source)
        return e;
    CLEANUP(forget) void *region = NULL;
    TRY(secret_lock(LIMIT_PASSPHRASE_BYTES, &region));
    struct buf passphrase = BUF_FIXED(region, LIMIT_PASSPHRASE_BYTES);
    TRY(source->get(source->ctx, false, &passphrase));
    return start(program, args, buf_view(&passphrase));
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

/* Another command may be starting it right now, the old one may just have been ending, and somebody may give way soon. */
err server_reach(const struct server_place *place, const char *suffix, const char *program, char *const args[],
                 const struct secret_source *source, int *ret)
{
    int64_t until = frame_now_ms() + LIMIT_KEEPER_REACH_SECONDS * 1000;
    for (;;) {
        bool last = frame_now_ms() > until;
        err e = connect_and_ping(place, suffix, ret);
        bool runs = e.kind != ERR_NOT_FOUND;
        if (!runs)
            e = start_with(program, args, source);
        if (runs ? e.kind != ERR_BUSY : e.kind != ERR_OK && e.kind != ERR_BUSY)
            return e;
        ENSURE(!last, e.kind == ERR_BUSY ? e : answer_silent());
        if (e.kind == ERR_BUSY)
            usleep(TRY_US);
    }
}
