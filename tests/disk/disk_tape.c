/* Linked into the candour of the tests: stands before the C library's calls, its own and those of SQLite, writes down each change that a
 * process makes to files under one folder, in the order in which all processes make them, and can make some of them fail.  The tape is
 * shared memory, so that the keeper and the signer, which may call next to nothing of the system, are taped too.  tape.py reads it.
 *
 * The tape lies beside the folder as `tape`; where there is none, nothing is done.  What is to fail stands in its head: from the n-th
 * change on, some of them, with that errno.
 */
#undef _FILE_OFFSET_BITS /* or open and open64 would be one name */
#include "shared.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

enum kind { CREATE = 1, WRITE, SYNC, TRUNCATE, RENAME, UNLINK, MKDIR, SYNC_DIR };

struct head {
    _Atomic uint64_t used; /* bytes, this head among them */
    _Atomic uint64_t changes, fail_from, fail_count, fail_with; /* fail_count 0: nothing fails */
};

/* Then path, to and bytes, and zeros up to a multiple of 8.  `size` is written last. */
struct op {
    _Atomic uint32_t size;
    uint16_t kind, path_len, to_len, unused;
    uint32_t len;
    uint64_t offset;
};

enum { FILES = 4096 };

static struct head *tape;
static size_t room;
static char under[PATH];
static char *paths[FILES]; /* of open files under the folder */

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

#define REAL(type, name, ...)                                                                                                \
    static type (*next)(__VA_ARGS__);                                                                                        \
    if (!next) {                                                                                                             \
        void *found = real(#name);                                                                                           \
        memcpy(&next, &found, sizeof next);                                                                                  \
    }

__attribute__((constructor)) static void start(int argc, char **argv)
{
    char home[PATH];
    if (!shared_home(argc, argv, home))
        return;
    void *p = shared_map(home, "tape", &room);
    (void)snprintf(under, sizeof under, "%.*s/", PATH - 2, home);
    tape = p;
}

/* The whole path where it lies under the folder; false: it is none of ours.  Our programs never go up with "..". */
static bool ours(const char *path, char to[PATH])
{
    if (!tape)
        return false;
    char here[PATH];
    int n = path[0] == '/' ? snprintf(to, PATH, "%s", path)
                           : snprintf(to, PATH, "%s/%s", getcwd(here, sizeof here) ? here : "", path[0] == '.' && path[1] == '/' ? path + 2 : path);
    size_t len = strlen(to), folder = strlen(under) - 1;
    return n < PATH && strncmp(to, under, folder) == 0 && (to[folder] == '/' || to[folder] == 0) && !(len > 4 && strcmp(to + len - 4, "-shm") == 0);
}

static const char *path_of(int fd)
{
    return tape && fd >= 0 && fd < FILES ? paths[fd] : NULL;
}

/* Writes the change down; or says with which errno it is to fail. */
static int change(enum kind kind, const char *path, const char *to, uint64_t offset, const void *bytes, size_t len)
{
    uint64_t n = atomic_fetch_add(&tape->changes, 1) + 1;
    if (n >= tape->fail_from && n - tape->fail_from < tape->fail_count)
        return (int)tape->fail_with;
    size_t path_len = strlen(path), to_len = to ? strlen(to) : 0;
    uint64_t size = (sizeof(struct op) + path_len + to_len + len + 7) / 8 * 8;
    uint64_t at = atomic_fetch_add(&tape->used, size);
    if (at + size > room)
        abort(); /* a longer tape is needed */
    struct op *o = (struct op *)((char *)tape + at);
    char *p = (char *)(o + 1);
    o->kind = (uint16_t)kind;
    o->path_len = (uint16_t)path_len;
    o->to_len = (uint16_t)to_len;
    o->len = (uint32_t)len;
    o->offset = offset;
    memcpy(p, path, path_len);
    if (to_len)
        memcpy(p + path_len, to, to_len);
    if (len)
        memcpy(p + path_len + to_len, bytes, len);
    atomic_store(&o->size, (uint32_t)size);
    return 0;
}

#define ASK(...)                                                                                                             \
    do {                                                                                                                     \
        int number = change(__VA_ARGS__);                                                                                    \
        if (number) {                                                                                                        \
            errno = number;                                                                                                  \
            return -1;                                                                                                       \
        }                                                                                                                    \
    } while (0)

static void forget(int fd)
{
    if (path_of(fd)) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
}

static int opened(int fd, const char *whole)
{
    forget(fd);
    if (fd >= 0 && fd < FILES)
        paths[fd] = strdup(whole);
    return fd;
}

static int ask_create(const char *whole, int flags)
{
    struct stat st;
    if (!(flags & O_CREAT) || lstat(whole, &st) == 0)
        return 0;
    ASK(CREATE, whole, NULL, 0, NULL, 0);
    return 0;
}

#define OPEN(name)                                                                                                           \
    int name(const char *path, int flags, ...)                                                                               \
    {                                                                                                                        \
        REAL(int, name, const char *, int, ...)                                                                              \
        va_list list;                                                                                                        \
        va_start(list, flags);                                                                                               \
        mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;                                                            \
        va_end(list);                                                                                                        \
        char whole[PATH];                                                                                                    \
        if (!ours(path, whole))                                                                                              \
            return next(path, flags, mode);                                                                                  \
        if (ask_create(whole, flags) != 0)                                                                                   \
            return -1;                                                                                                       \
        return opened(next(path, flags, mode), whole);                                                                       \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    REAL(int, close, int)
    forget(fd);
    return next(fd);
}

#define PWRITE(name, type)                                                                                                   \
    ssize_t name(int fd, const void *bytes, size_t len, type offset)                                                         \
    {                                                                                                                        \
        REAL(ssize_t, name, int, const void *, size_t, type)                                                                 \
        if (path_of(fd))                                                                                                     \
            ASK(WRITE, paths[fd], NULL, (uint64_t)offset, bytes, len);                                                       \
        return next(fd, bytes, len, offset);                                                                                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t len)
{
    REAL(ssize_t, write, int, const void *, size_t)
    if (path_of(fd))
        ASK(WRITE, paths[fd], NULL, (uint64_t)lseek(fd, 0, SEEK_CUR), bytes, len);
    return next(fd, bytes, len);
}

#define SYNC_CALL(name)                                                                                                      \
    int name(int fd)                                                                                                         \
    {                                                                                                                        \
        REAL(int, name, int)                                                                                                 \
        struct stat st;                                                                                                      \
        if (path_of(fd) && fstat(fd, &st) == 0)                                                                              \
            ASK(S_ISDIR(st.st_mode) ? SYNC_DIR : SYNC, paths[fd], NULL, 0, NULL, 0);                                         \
        return next(fd);                                                                                                     \
    }
SYNC_CALL(fsync)
SYNC_CALL(fdatasync)

#define TRUNCATE_CALL(name, type)                                                                                            \
    int name(int fd, type len)                                                                                               \
    {                                                                                                                        \
        REAL(int, name, int, type)                                                                                           \
        if (path_of(fd))                                                                                                     \
            ASK(TRUNCATE, paths[fd], NULL, (uint64_t)len, NULL, 0);                                                          \
        return next(fd, len);                                                                                                \
    }
TRUNCATE_CALL(ftruncate, off_t)
TRUNCATE_CALL(ftruncate64, off64_t)

int rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *)
    char a[PATH], b[PATH];
    if (ours(from, a) && ours(to, b))
        ASK(RENAME, a, b, 0, NULL, 0);
    return next(from, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    REAL(int, renameat2, int, const char *, int, const char *, unsigned)
    char a[PATH], b[PATH];
    struct stat st;
    if (from_dir == AT_FDCWD && to_dir == AT_FDCWD && ours(from, a) && ours(to, b) && !((flags & 1) && lstat(b, &st) == 0))
        ASK(RENAME, a, b, 0, NULL, 0);
    return next(from_dir, from, to_dir, to, flags);
}

int unlink(const char *path)
{
    REAL(int, unlink, const char *)
    char whole[PATH];
    struct stat st;
    if (ours(path, whole) && lstat(whole, &st) == 0 && S_ISREG(st.st_mode))
        ASK(UNLINK, whole, NULL, 0, NULL, 0);
    return next(path);
}

int rmdir(const char *path)
{
    REAL(int, rmdir, const char *)
    char whole[PATH];
    struct stat st;
    if (ours(path, whole) && lstat(whole, &st) == 0)
        ASK(UNLINK, whole, NULL, 0, NULL, 0);
    return next(path);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, mkdir, const char *, mode_t)
    char whole[PATH];
    struct stat st;
    if (ours(path, whole) && lstat(whole, &st) != 0)
        ASK(MKDIR, whole, NULL, 0, NULL, 0);
    return next(path, mode);
}
