#include "seam.h"

#include "limits.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct seam_hook asked;

void seam_hook_set(struct seam_hook hook)
{
    asked = hook;
}

int seam_ask(const struct seam_op *op)
{
    return asked.before ? asked.before(asked.ctx, op) : 0;
}

/* Asks the hook and sets errno where it refuses. */
static bool refused(struct seam_op op)
{
    int number = seam_ask(&op);
    if (number)
        errno = number;
    return number != 0;
}

static const int open_flags[] = {
    [SEAM_FOR_READING] = O_RDONLY,
    [SEAM_FOR_WRITING] = O_RDWR,
    [SEAM_NEW] = O_RDWR | O_CREAT | O_EXCL,
    [SEAM_ANY] = O_RDWR | O_CREAT,
};

/* What the hook is told of: a file that this call makes. */
static bool makes_file(const char *path, enum seam_how how)
{
    return (open_flags[how] & O_CREAT) && access(path, F_OK) != 0 && errno == ENOENT;
}

err seam_open(struct seam_file *f, const char *path, enum seam_how how)
{
    if (makes_file(path, how) && refused((struct seam_op){.kind = SEAM_CREATE, .path = path}))
        return err_at(err_system("make the file"), path, 0, 0);
    char *copy = mem_text(path, strlen(path));
    ENSURE(copy, mem_none());
    int fd = (int)TEMP_FAILURE_RETRY(open(path, open_flags[how] | O_CLOEXEC | O_NOCTTY, 0600));
    if (fd < 0) {
        err failure = err_at(err_system("open the file"), path, 0, 0);
        mem_free(copy);
        return failure;
    }
    *f = (struct seam_file){.fd = fd, .path = copy};
    return OK;
}

void seam_close(struct seam_file *f)
{
    if (f->fd < 0)
        return;
    close(f->fd);
    mem_free(f->path);
    *f = SEAM_FILE;
}

static bool write_all(int fd, uint64_t offset, struct view bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = pwrite(fd, bytes.p + done, bytes.len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

err seam_write(struct seam_file *f, uint64_t offset, struct view bytes)
{
    struct seam_op op = {.kind = SEAM_WRITE, .path = f->path, .offset = offset, .bytes = bytes};
    bool fine = !refused(op) && write_all(f->fd, offset, bytes);
    return fine ? OK : err_at(err_system("write the file"), f->path, 0, 0);
}

err seam_sync(struct seam_file *f)
{
    bool fine = !refused((struct seam_op){.kind = SEAM_SYNC, .path = f->path}) && TEMP_FAILURE_RETRY(fdatasync(f->fd)) == 0;
    return fine ? OK : err_at(err_system("bring the file to the disk"), f->path, 0, 0);
}

err seam_truncate(struct seam_file *f, uint64_t length)
{
    struct seam_op op = {.kind = SEAM_TRUNCATE, .path = f->path, .offset = length};
    bool fine = !refused(op) && TEMP_FAILURE_RETRY(ftruncate(f->fd, (off_t)length)) == 0;
    return fine ? OK : err_at(err_system("cut the file"), f->path, 0, 0);
}

err seam_rename(const char *from, const char *to)
{
    bool fine = !refused((struct seam_op){.kind = SEAM_RENAME, .path = from, .to = to}) && rename(from, to) == 0;
    return fine ? OK : err_at(err_system("give the file its name"), to, 0, 0);
}

err seam_unlink(const char *path)
{
    bool fine = !refused((struct seam_op){.kind = SEAM_UNLINK, .path = path}) && unlink(path) == 0;
    return fine ? OK : err_at(err_system("delete the file"), path, 0, 0);
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

err seam_mkdir(const char *path)
{
    if (is_folder(path))
        return OK;
    bool fine = !refused((struct seam_op){.kind = SEAM_MKDIR, .path = path}) &&
                (mkdir(path, 0700) == 0 || (errno == EEXIST && is_folder(path)));
    return fine ? OK : err_at(err_system("make the folder"), path, 0, 0);
}

err seam_sync_dir(const char *path)
{
    if (refused((struct seam_op){.kind = SEAM_SYNC_DIR, .path = path}))
        return err_at(err_system("bring the folder to the disk"), path, 0, 0);
    int fd = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    bool fine = fd >= 0 && TEMP_FAILURE_RETRY(fsync(fd)) == 0;
    err result = fine ? OK : err_at(err_system("bring the folder to the disk"), path, 0, 0);
    if (fd >= 0)
        close(fd);
    return result;
}

err seam_exists(const char *path, bool *ret)
{
    struct stat about;
    if (stat(path, &about) == 0) {
        *ret = true;
        return OK;
    }
    ENSURE(errno == ENOENT || errno == ENOTDIR, err_at(err_system("look for the file"), path, 0, 0));
    *ret = false;
    return OK;
}

static err read_parts(int fd, size_t limit, struct buf *to, struct buf *part)
{
    for (size_t total = 0;;) {
        ssize_t n = read(fd, part->p, part->max);
        if (n < 0 && errno == EINTR)
            continue;
        ENSURE(n >= 0, err_system("read the file"));
        if (n == 0)
            return buf_ok(to);
        total += (size_t)n;
        ENSURE(total <= limit, err_newf(ERR_LIMIT, "The file is larger than the limit of {} bytes.",
                                        "Check that it is the right file.", err_int((long long)limit)));
        buf_bytes(to, part->p, (size_t)n);
        TRY(buf_ok(to));
    }
}

/* It may be a key's file: nothing of it stays on the stack. */
static err read_rest(int fd, size_t limit, struct buf *to)
{
    uint8_t bytes[16384];
    struct buf part = BUF_FIXED(bytes, sizeof bytes);
    err e = read_parts(fd, limit, to, &part);
    explicit_bzero(bytes, sizeof bytes);
    return e;
}

err seam_read(const char *path, size_t limit, struct buf *to)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    TRY(seam_open(&f, path, SEAM_FOR_READING));
    return err_at(read_rest(f.fd, limit, to), path, 0, 0);
}

/* Errors inside may stand at path.part: nobody is told of a file that he never sees. */
static err fill(const char *part, struct view bytes, mode_t mode)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    TRY(seam_open(&f, part, SEAM_ANY));
    TRY(seam_truncate(&f, 0));
    ENSURE(fchmod(f.fd, mode) == 0, err_at(err_system("set the rights of the file"), part, 0, 0));
    TRY(seam_write(&f, 0, bytes));
    return seam_sync(&f);
}

/* "folder" + "/" + "name" + "end", or ERR_LIMIT. */
static err join(struct buf *to, struct view folder, const char *name, const char *end)
{
    buf_put(to, folder);
    if (name[0])
        buf_u8(to, '/');
    buf_str(to, name);
    buf_str(to, end);
    (void)buf_text(to);
    return buf_ok(to);
}

err seam_replace(const char *dir, const char *name, struct view bytes, mode_t mode)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES), part = BUF(LIMIT_PATH_BYTES);
    TRY(join(&path, view_text(dir), name, ""));
    TRY(join(&part, view_text(dir), name, ".part"));
    TRY(fill(buf_text(&part), bytes, mode));
    TRY(seam_rename(buf_text(&part), buf_text(&path)));
    return seam_sync_dir(dir);
}

struct seam_place seam_place(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return (struct seam_place){view_text("."), path};
    return (struct seam_place){view_of(path, slash == path ? 1 : (size_t)(slash - path)), slash + 1};
}

static err too_long(const char *path)
{
    return err_at(err_new(ERR_LIMIT, "This path is too long.", "Choose a shorter one."), path, 0, 0);
}

err seam_absolute(const char *path, char to[LIMIT_PATH_BYTES])
{
    char given[LIMIT_PATH_BYTES], folder[LIMIT_PATH_BYTES], real[LIMIT_PATH_BYTES];
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    ENSURE(len < sizeof given, too_long(path));
    snprintf(given, sizeof given, "%.*s", (int)len, path);
    struct seam_place place = seam_place(given);
    snprintf(folder, sizeof folder, "%.*s", (int)place.folder.len, (const char *)place.folder.p);
    if (!realpath(folder, real))
        return err_at(err_system("find the folder that it lies in"), path, 0, 0);
    int full = snprintf(to, LIMIT_PATH_BYTES, "%s/%s", real[1] ? real : "", place.name);
    return full < (int)LIMIT_PATH_BYTES ? OK : too_long(path);
}

err seam_sync_parent(const char *path)
{
    CLEANUP(buf_free) struct buf dir = BUF(LIMIT_PATH_BYTES);
    TRY(join(&dir, seam_place(path).folder, "", ""));
    return seam_sync_dir(buf_text(&dir));
}

static err same_or_corrupt(const char *path, struct view bytes)
{
    CLEANUP(buf_free) struct buf there = BUF(bytes.len);
    err read = seam_read(path, bytes.len, &there);
    ENSURE(read.kind == ERR_OK || read.kind == ERR_LIMIT, read);
    ENSURE(read.kind == ERR_OK && view_equal(buf_view(&there), bytes),
           err_at(err_new(ERR_CORRUPT, "A file that never changes holds something else.",
                          "Keep a copy of it, find out who wrote to it, and restore the folder from a backup."),
                  path, 0, 0));
    return OK;
}

/* Not every file system knows how to rename without replacing; a file that appears in between is then replaced. */
static bool rename_new(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ||
           ((errno == EINVAL || errno == ENOSYS) && rename(from, to) == 0);
}

/* *ret is whether the file is there now with our bytes; false: somebody else made one meanwhile. */
static err create(const char *path, const char *part, struct view bytes, bool *ret)
{
    TRY(fill(part, bytes, 0600));
    struct seam_op op = {.kind = SEAM_RENAME, .path = part, .to = path};
    *ret = !refused(op) && rename_new(part, path);
    if (*ret)
        return OK;
    int why = errno;
    err gone = seam_unlink(part);
    if (why == EEXIST)
        return gone;
    err_ignore(gone, "whoever makes the file later takes it away");
    errno = why;
    return err_at(err_system("give the file its name"), path, 0, 0);
}

err seam_create_once(const char *path, struct view bytes)
{
    CLEANUP(buf_free) struct buf part = BUF(LIMIT_PATH_BYTES);
    TRY(join(&part, view_text(path), "", ".part"));
    bool there = false;
    TRY(seam_exists(path, &there));
    bool ours = false;
    if (!there)
        TRY(create(path, buf_text(&part), bytes, &ours));
    if (!ours)
        TRY(same_or_corrupt(path, bytes));
    return seam_sync_parent(path);
}

void seam_crash_point(const char *name)
{
    const char *at = getenv("CANDOUR_CRASH_AT");
    if (at && strcmp(at, name) == 0)
        raise(SIGKILL);
}
