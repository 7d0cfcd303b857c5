#include "copying.h"

#include "mem.h"
#include "seam.h"
#include "tile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20, DEPTH = 16 /* tiles lie eight folders deep at most */ };

/* --- places --- */

static err too_long(void)
{
    return err_new(ERR_LIMIT, "This path is too long.", "Choose a shorter one.");
}

err copying_join(copying_path to, const char *dir, const char *name)
{
    return snprintf(to, LIMIT_PATH_BYTES, "%s/%s", dir, name) < (int)LIMIT_PATH_BYTES ? OK : too_long();
}

err copying_place(const char *path, copying_path to)
{
    ENSURE(path[0], err_new(ERR_USAGE, "The name of the folder is empty.", "Name a folder."));
    TRY(seam_absolute(path, to));
    const char *name = seam_place(to).name;
    ENSURE(name[0] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0,
           err_at(err_new(ERR_USAGE, "This can't be the name of a new folder.",
                          "Name a folder, such as backups/2021-10-29."),
                  path, 0, 0));
    return OK;
}

bool copying_inside(const char *path, const char *dir)
{
    size_t len = strlen(dir);
    return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == 0);
}

/* What is come by in a folder: a folder before what is in it, and once more after. */
struct found {
    const char *path, *name;
    unsigned level; /* 0: the folder itself */
    bool folder, after;
};
typedef err found_fn(void *ctx, const struct found *f);

static err walk_from(copying_path path, unsigned level, found_fn *fn, void *ctx);

static void folder_end(DIR **d)
{
    if (*d)
        closedir(*d);
}

/* Not through a link that took the folder's place after it was looked at. */
static DIR *open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d && fd >= 0)
        close(fd);
    return d;
}

static err walk_inside(copying_path path, unsigned level, found_fn *fn, void *ctx)
{
    size_t len = strlen(path);
    CLEANUP(folder_end) DIR *d = open_folder(path);
    ENSURE(d, err_at(err_system("look through the folder"), path, 0, 0));
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(d);
        if (!e)
            return errno ? err_at(err_system("look through the folder"), path, 0, 0) : OK;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        ENSURE((size_t)snprintf(path + len, LIMIT_PATH_BYTES - len, "/%s", e->d_name) < LIMIT_PATH_BYTES - len && level < DEPTH, too_long());
        TRY(walk_from(path, level + 1, fn, ctx));
        path[len] = 0;
    }
}

static err walk_from(copying_path path, unsigned level, found_fn *fn, void *ctx)
{
    struct stat about;
    ENSURE(lstat(path, &about) == 0, err_at(err_system("look through the folder"), path, 0, 0));
    struct found f = {path, seam_place(path).name, level, S_ISDIR(about.st_mode), false};
    TRY(fn(ctx, &f));
    if (!f.folder)
        return OK;
    TRY(walk_inside(path, level, fn, ctx));
    f.after = true;
    return fn(ctx, &f);
}

static err walk(const char *path, found_fn *fn, void *ctx)
{
    copying_path at;
    ENSURE((size_t)snprintf(at, sizeof at, "%s", path) < sizeof at, too_long());
    return walk_from(at, 0, fn, ctx);
}

static err is_there(const char *path)
{
    return err_at(err_new(ERR_CONFLICT, "There is something at this place already.", "Choose a new folder."), path, 0, 0);
}

static err refuse_what_is_inside(void *path, const struct found *f)
{
    return f->level ? is_there(path) : OK;
}

err copying_free_place(const char *path, bool empty_too)
{
    struct stat about;
    if (lstat(path, &about) != 0)
        return errno == ENOENT ? OK : err_at(err_system("look for the folder"), path, 0, 0);
    ENSURE(S_ISDIR(about.st_mode) && empty_too, is_there(path));
    return walk(path, refuse_what_is_inside, (void *)(uintptr_t)path);
}

/* --- copying --- */

static err read_piece(struct seam_file *f, struct buf *to)
{
    buf_clear(to);
    uint8_t *space = buf_space(to, PIECE);
    TRY(buf_ok(to));
    for (;;) {
        ssize_t n = read(f->fd, space, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_at(err_system("read the file"), f->path, 0, 0);
        to->len = (size_t)n;
        return OK;
    }
}

/* `to` NULL: only the sum. */
static err pour(struct seam_file *from, struct seam_file *to, struct hash *ret_sum, uint64_t *ret_bytes)
{
    CLEANUP(buf_free) struct buf piece = BUF(PIECE);
    struct digest sum;
    uint64_t done = 0;
    digest_begin(&sum);
    for (;;) {
        TRY(read_piece(from, &piece));
        if (piece.len == 0)
            break;
        digest_add(&sum, buf_view(&piece));
        if (to)
            TRY(seam_write(to, done, buf_view(&piece)));
        done += piece.len;
    }
    *ret_sum = digest_end(&sum);
    *ret_bytes = done;
    return to ? seam_sync(to) : OK;
}

err copying_file(const char *from, const char *to, struct hash *ret_sum, uint64_t *ret_bytes)
{
    CLEANUP(seam_close) struct seam_file in = SEAM_FILE;
    CLEANUP(seam_close) struct seam_file out = SEAM_FILE;
    TRY(seam_open(&in, from, SEAM_FOR_READING));
    TRY(seam_open(&out, to, SEAM_ANY));
    TRY(seam_truncate(&out, 0));
    return pour(&in, &out, ret_sum, ret_bytes);
}

err copying_sum(const char *path, struct hash *ret)
{
    CLEANUP(seam_close) struct seam_file in = SEAM_FILE;
    uint64_t bytes;
    TRY(seam_open(&in, path, SEAM_FOR_READING));
    return pour(&in, NULL, ret, &bytes);
}

/* Makes the folders above a file in `dir`. */
static err make_folders(const char *dir, copying_path path)
{
    for (char *slash = strchr(path + strlen(dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        err e = seam_mkdir(path);
        *slash = '/';
        TRY(e);
    }
    return OK;
}

static err tile_at(const char *dir, const struct tile *t, copying_path to)
{
    char name[TILE_PATH_MAX + 1];
    struct buf b = BUF_FIXED((uint8_t *)name, sizeof name);
    tile_path(t, &b);
    return copying_join(to, dir, buf_text(&b));
}

static err copy_tile_as(const char *from, const char *to, struct tile t)
{
    copying_path source, target;
    struct hash sum;
    uint64_t bytes;
    TRY(tile_at(from, &t, source));
    TRY(tile_at(to, &t, target));
    TRY(make_folders(to, target));
    return copying_file(source, target, &sum, &bytes);
}

static err copy_tile(const char *from, const char *to, struct tile t, uint64_t *count)
{
    err e = copy_tile_as(from, to, t);
    if (e.kind == ERR_NOT_FOUND) { /* a publisher sweeps it once it is full: the full one starts with the same things */
        err_ignore(e, "the other is tried");
        t.width = TILE_WIDTH;
        e = copy_tile_as(from, to, t);
    }
    *count += e.kind == ERR_OK;
    if (e.kind != ERR_NOT_FOUND)
        return e;
    err_ignore(e, "it is made again from the database");
    return OK;
}

static err sync_folder(void *ctx, const struct found *f)
{
    (void)ctx;
    return f->after ? seam_sync_dir(f->path) : OK;
}

err copying_log(const char *from, const char *to, uint64_t size, uint64_t *ret_files)
{
    struct tile_walk tiles = tile_walk_new(0, size);
    struct tile t;
    *ret_files = 0;
    TRY(seam_mkdir(to));
    while (tile_walk_next(&tiles, &t))
        TRY(copy_tile(from, to, t, ret_files));
    return walk(to, sync_folder, NULL); /* the names in all folders below */
}

/* --- removing --- */

static bool is_ours(const struct found *f)
{
    if (f->level == 0)
        return f->folder;
    if (f->level > 1)
        return true;
    return f->folder ? strcmp(f->name, "log") == 0 : strncmp(f->name, "register.db", 11) == 0 || strncmp(f->name, "candour.conf", 12) == 0;
}

static err refuse_foreign(void *part, const struct found *f)
{
    return is_ours(f) ? OK
                      : err_at(err_new(ERR_CONFLICT, "This folder is needed for the work, and holds something that isn't ours.",
                                       "Move it away, or choose another name."), part, 0, 0);
}

static err remove_one(void *ctx, const struct found *f)
{
    (void)ctx;
    if (!f->folder)
        return seam_unlink(f->path);
    return !f->after || rmdir(f->path) == 0 ? OK : err_at(err_system("remove the folder"), f->path, 0, 0);
}

err copying_remove(const char *part)
{
    bool there;
    TRY(seam_exists(part, &there));
    if (!there)
        return OK;
    TRY(walk(part, refuse_foreign, (void *)(uintptr_t)part));
    return walk(part, remove_one, NULL);
}
