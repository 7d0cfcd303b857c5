/* Linked into the candour of the tests: makes the n-th allocation of a process fail, whoever asks for it, or the n-th of those calls of the
 * system that a keeper lives by; or loses, cuts, answers with an error or spoils the n-th message between command, keeper and signer.
 *
 * What is to fail, and where, stands in `faults` beside the folder of the story (shared.h); faults.py writes it.  Counts are kept there
 * for each role, over all its processes.  Where it is asked for, `paths` beside it gets each way that leads to one (call_path.h), with the number
 * of the first that came by it.  It also lists the processes, which of them serve, and which came to their end by themselves, so
 * that none crashes unseen.
 */
#undef _FILE_OFFSET_BITS /* or open and open64 would be one name */
#include "call_path.h"
#include "shared.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

enum role { COMMAND, KEEPER, SIGNER, ROLES };
enum kind { ALLOCATION, MESSAGE, CALL, KINDS };
enum way { LOST, CUT, ENDED, ERROR, SPOILT }; /* of a message */
enum { PROCESSES = 64, FILES = 1024, HEAD = 4, QUIET_MS = 300 };

static struct faults {
    _Atomic uint64_t count[ROLES][KINDS];
    uint64_t role, kind, from, number, way; /* from the `from`-th on, `number` of them; way: of a call, the errno */
    _Atomic uint64_t silent;                /* a message was lost: who waits for it has waited long enough */
    _Atomic uint64_t processes;
    struct {
        uint64_t pid, serves, ended;
    } process[PROCESSES];
} *faults;

enum { PATHS = 1 << 16 };

static struct paths {
    _Atomic uint64_t wanted, dropped;
    struct {
        _Atomic uint64_t path;
        uint64_t role, kind, n;
    } list[PATHS]; /* by path; 0: free */
} *paths;

static enum role role;
static uint64_t me;          /* of faults->process */
static int64_t clock_ahead;  /* ms by which waiting was cut short */
static uint32_t left[FILES]; /* of the message on its way to that descriptor */
static enum { REST_FINE, REST_LOST, REST_CUT } rest[FILES]; /* what is to happen to that */

/* Not within fails(): the loader asks for memory before AddressSanitizer is ready for a function with variables of which it keeps watch. */
__attribute__((noinline)) static void note_path(enum kind kind, uint64_t n)
{
    uint64_t way = call_path();
    if (!way)
        return;
    way = (way ^ (uint64_t)role << 61 ^ (uint64_t)kind << 59) | 1;
    for (uint64_t i = 0; i < PATHS; i++) {
        uint64_t at = (way + i) % PATHS, free = 0;
        if (atomic_compare_exchange_strong(&paths->list[at].path, &free, way)) {
            paths->list[at].role = role;
            paths->list[at].kind = kind;
            paths->list[at].n = n;
            return;
        }
        if (free == way)
            return;
    }
    atomic_fetch_add(&paths->dropped, 1);
}

static bool fails(enum kind kind)
{
    if (!faults)
        return false;
    uint64_t n = atomic_fetch_add(&faults->count[role][kind], 1) + 1;
    if (paths && paths->wanted)
        note_path(kind, n);
    return faults->kind == kind && faults->role == role && n >= faults->from && n - faults->from < faults->number;
}

/* --- allocations --- */

#if defined(__SANITIZE_ADDRESS__)
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *old, size_t size);
#define REAL(name) __interceptor_##name
#else
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
#define REAL(name) __libc_##name
#endif

/* GLib ends a process that has no memory, by design; so does CRoaring, which is why its memory is asked for before it is called
 * (peopleset.c); and the loader may. */
enum { SPARED = 8 };
static struct {
    uintptr_t from, to;
} spared[SPARED];
static size_t spared_count;

static int spare(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    const char *slash = strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
    bool is = strncmp(name, "libglib", 7) == 0 || strncmp(name, "libgobject", 10) == 0 || strncmp(name, "libgmime", 8) == 0 ||
              strncmp(name, "libroaring", 10) == 0 || strncmp(name, "ld-linux", 8) == 0;
    for (size_t i = 0; is && i < info->dlpi_phnum && spared_count < SPARED; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
            continue;
        spared[spared_count].from = info->dlpi_addr + p->p_vaddr;
        spared[spared_count++].to = info->dlpi_addr + p->p_vaddr + p->p_memsz;
    }
    return 0;
}

static bool no_memory(const void *caller)
{
    for (size_t i = 0; i < spared_count; i++)
        if ((uintptr_t)caller >= spared[i].from && (uintptr_t)caller < spared[i].to)
            return false;
    if (!fails(ALLOCATION))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return no_memory(__builtin_return_address(0)) ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return no_memory(__builtin_return_address(0)) ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *old, size_t size)
{
    return no_memory(__builtin_return_address(0)) ? NULL : REAL(realloc)(old, size);
}

/* --- processes --- */

__attribute__((constructor)) static void start(int argc, char **argv)
{
    char home[PATH];
    size_t size;
    struct faults *f = shared_home(argc, argv, home) ? shared_map(home, "faults", &size) : NULL;
    if (!f)
        return;
    role = argc > 1 && strcmp(argv[1], "keeper") == 0 ? KEEPER : argc > 1 && strcmp(argv[1], "signer") == 0 ? SIGNER : COMMAND;
    dl_iterate_phdr(spare, NULL);
    call_path_start();
    paths = shared_map(home, "paths", &size);
    me = atomic_fetch_add(&f->processes, 1);
    if (me < PROCESSES)
        f->process[me].pid = (uint64_t)getpid();
    faults = f;
}

__attribute__((destructor)) static void end(void)
{
    if (faults && me < PROCESSES && faults->process[me].pid == (uint64_t)getpid())
        faults->process[me].ended = 1;
}

void _exit(int code)
{
    end();
    syscall(SYS_exit_group, code);
    __builtin_unreachable();
}

/* --- calls --- */

#define FAIL_IF_PLANNED                                                                                                      \
    do {                                                                                                                     \
        if (fails(CALL)) {                                                                                                   \
            errno = (int)faults->way;                                                                                        \
            return -1;                                                                                                       \
        }                                                                                                                    \
    } while (0)

ssize_t recv(int fd, void *to, size_t len, int flags)
{
    FAIL_IF_PLANNED;
    return syscall(SYS_recvfrom, fd, to, len, flags, NULL, NULL);
}

int accept4(int fd, struct sockaddr *who, socklen_t *len, int flags)
{
    FAIL_IF_PLANNED;
    return (int)syscall(SYS_accept4, fd, who, len, flags);
}

ssize_t read(int fd, void *to, size_t len)
{
    FAIL_IF_PLANNED;
    return syscall(SYS_read, fd, to, len);
}

#define OPEN(name)                                                                                                           \
    int name(const char *path, int flags, ...)                                                                               \
    {                                                                                                                        \
        va_list list;                                                                                                        \
        va_start(list, flags);                                                                                               \
        mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;                                                            \
        va_end(list);                                                                                                        \
        FAIL_IF_PLANNED;                                                                                                     \
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);                                                        \
    }
OPEN(open)
OPEN(open64)

/* --- messages --- */

static ssize_t real_send(int fd, const void *bytes, size_t len, int flags)
{
    return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

static uint32_t number(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* An error in place of the answer (protocol.h). */
static void send_error(int fd, int flags)
{
    static const uint8_t frame[] = {0, 0, 0, 29, 9 /* ERR_IO */, 0, 0, 0, 8, 'P', 'l', 'a', 'n', 'n', 'e', 'd', '.', 0, 0, 0, 8, 'G', 'o', ' ', 'o', 'n', ' ',
                                    'n', '.', 0, 0, 0, 0};
    _Static_assert(sizeof frame == 29 + HEAD, "the length of the frame");
    (void)real_send(fd, frame, sizeof frame, flags);
}

static void send_spoilt(int fd, const void *bytes, size_t len, int flags)
{
    uint8_t *copy = REAL(malloc)(len);
    memcpy(copy, bytes, len);
    for (size_t i = HEAD; i < len; i++)
        copy[i] ^= 0xff;
    (void)real_send(fd, copy, len, flags);
    free(copy);
}

/* Whoever sends believes that all of it is gone, or learns that the connection is. */
static ssize_t spoil(int fd, const void *bytes, size_t len, int flags)
{
    if (faults->way == ERROR)
        send_error(fd, flags);
    else if (faults->way == SPOILT)
        send_spoilt(fd, bytes, len, flags);
    else if (faults->way == CUT)
        (void)real_send(fd, bytes, len - len / 2, flags);
    if (faults->way == LOST)
        faults->silent = 1;
    errno = EPIPE;
    return faults->way == CUT || faults->way == ENDED ? -1 : (ssize_t)len;
}

/* A message of a server is sent in one piece as far as it fits; one of a command as its length and then the rest, of which the rest is
 * what is cut. */
static ssize_t send_faulty(int fd, const void *bytes, size_t len, int flags)
{
    bool only_head = len == HEAD;
    left[fd] = only_head && faults->way != ENDED ? number(bytes) : 0;
    rest[fd] = left[fd] ? (faults->way == LOST ? REST_LOST : REST_CUT) : REST_FINE;
    return rest[fd] == REST_CUT ? real_send(fd, bytes, len, flags) : spoil(fd, bytes, len, flags);
}

static ssize_t send_rest(int fd, const void *bytes, size_t len, int flags)
{
    if (rest[fd] == REST_CUT)
        return spoil(fd, bytes, len, flags);
    ssize_t n = rest[fd] == REST_FINE ? real_send(fd, bytes, len, flags) : (ssize_t)len;
    if (n > 0)
        left[fd] = left[fd] > (uint32_t)n ? left[fd] - (uint32_t)n : 0;
    if (!left[fd])
        rest[fd] = REST_FINE;
    return n;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    FAIL_IF_PLANNED;
    if (!faults || fd < 0 || fd >= FILES)
        return real_send(fd, bytes, len, flags);
    if (left[fd])
        return send_rest(fd, bytes, len, flags);
    if (len < HEAD || number(bytes) == 0)
        return real_send(fd, bytes, len, flags);
    if (fails(MESSAGE))
        return send_faulty(fd, bytes, len, flags);
    ssize_t n = real_send(fd, bytes, len, flags);
    left[fd] = n > 0 ? number(bytes) + HEAD - (uint32_t)n : 0;
    return n;
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES) {
        left[fd] = 0;
        rest[fd] = REST_FINE;
    }
    return (int)syscall(SYS_close, fd);
}

/* Nobody waits half a minute for what was lost. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    FAIL_IF_PLANNED;
    struct timespec t = {timeout / 1000, timeout % 1000 * 1000000L}, quiet = {0, QUIET_MS * 1000000L};
    if (faults && role != COMMAND && me < PROCESSES)
        faults->process[me].serves = 1;
    bool shorter = faults && role == COMMAND && faults->silent && timeout > QUIET_MS;
    int n = ppoll(fds, count, shorter ? &quiet : timeout < 0 ? NULL : &t, NULL);
    if (shorter && n == 0)
        clock_ahead += timeout;
    return n;
}

int clock_gettime(clockid_t which, struct timespec *to)
{
    static int (*next)(clockid_t, struct timespec *);
    if (!next) {
        void *found = dlsym(RTLD_NEXT, "clock_gettime");
        memcpy(&next, &found, sizeof next);
    }
    int rc = next(which, to);
    if (rc == 0 && which == CLOCK_MONOTONIC)
        to->tv_sec += (clock_ahead + 999) / 1000;
    return rc;
}
