/* The seam: every change to a file passes here, so that tests can record the changes, fail the n-th, or cut the power
 * between any two.  Files are made for their owner only (0600, folders 0700) and are never inherited by other programs.
 *
 * SQLite's own writes pass the same hook through store/vfs.h.  Reading needs no seam, but seam_read() has a limit.
 * Errors: as the system's `errno` calls for (err_errno), with the file named by err_at.
 * Threads: the hook is set before there are threads.
 */
#ifndef SEAM_H
#define SEAM_H

#include "buf.h"
#include "limits.h"

#include <sys/types.h>

enum seam_kind {
    SEAM_CREATE, /* a new, empty file */
    SEAM_WRITE,
    SEAM_SYNC, /* the bytes of a file */
    SEAM_TRUNCATE,
    SEAM_RENAME,
    SEAM_UNLINK,
    SEAM_MKDIR,
    SEAM_SYNC_DIR, /* the names in a folder */
    SEAM_KIND_COUNT
};

/* One change that is about to be made.  The pointers live for the call only. */
struct seam_op {
    enum seam_kind kind;
    const char *path;
    const char *to;    /* SEAM_RENAME */
    uint64_t offset;   /* SEAM_WRITE; SEAM_TRUNCATE: the new length */
    struct view bytes; /* SEAM_WRITE */
};

/* `before` is called before each change; 0 lets it happen, an errno (ENOSPC, EIO, EROFS) makes it fail with that. */
struct seam_hook {
    int (*before)(void *ctx, const struct seam_op *op);
    void *ctx;
};

void seam_hook_set(struct seam_hook hook); /* for tests; {0} takes it away */
int seam_ask(const struct seam_op *op);    /* what the hook says: 0 or an errno.  For store/vfs.c */

/* An open file.  Zero-initialise with SEAM_FILE; seam_close is for CLEANUP too and may be called twice. */
struct seam_file {
    int fd; /* -1: closed */
    char *path;
};
#define SEAM_FILE ((struct seam_file){.fd = -1})

enum seam_how {
    SEAM_FOR_READING,
    SEAM_FOR_WRITING, /* must exist */
    SEAM_NEW,         /* must not exist: else ERR_CONFLICT */
    SEAM_ANY          /* made if it isn't there */
};

err seam_open(struct seam_file *f, const char *path, enum seam_how how);
void seam_close(struct seam_file *f);
err seam_write(struct seam_file *f, uint64_t offset, struct view bytes); /* all of them */
err seam_sync(struct seam_file *f);                                      /* fdatasync */
err seam_truncate(struct seam_file *f, uint64_t length);

err seam_rename(const char *from, const char *to);
err seam_unlink(const char *path); /* ERR_NOT_FOUND if it wasn't there */
err seam_mkdir(const char *path);  /* 0700; there already, as a folder: OK */
err seam_sync_dir(const char *path);
err seam_sync_parent(const char *path); /* the folder in which `path` (no slash at its end) stands */
err seam_exists(const char *path, bool *ret);

/* The folder in which `path` stands, "." where it names none, and its name there; both borrowed of `path`. */
struct seam_place {
    struct view folder;
    const char *name;
};
struct seam_place seam_place(const char *path);
/* The absolute form of a path whose folder exists; it need not exist itself, and is not followed.  Slashes at its end
 * don't count. ERR_LIMIT: one of the two is too long. */
err seam_absolute(const char *path, char to[LIMIT_PATH_BYTES]);

/* The whole file, appended to `to`: at most `limit` bytes, else ERR_LIMIT. */
err seam_read(const char *path, size_t limit, struct buf *to);

/* Puts `bytes` in place of dir/name in one step: after a power cut the file is the old or the new one, durable when this
 * returns.  The file in the making is dir/name.part. */
err seam_replace(const char *dir, const char *name, struct view bytes, mode_t mode);

/* Writes a file that never changes, durable when this returns.  There already with the same bytes: OK; with other bytes:
 * ERR_CORRUPT.  The file appears whole or not at all. */
err seam_create_once(const char *path, struct view bytes);

/* Stands between two durable states of a job.  If the environment variable CANDOUR_CRASH_AT is `name` the process kills
 * itself here (SIGKILL), for tests that stop the program anywhere.  Good in release builds too: whoever sets the
 * environment could kill the program anyway, and it must be safe to stop anywhere. */
void seam_crash_point(const char *name);

#endif
