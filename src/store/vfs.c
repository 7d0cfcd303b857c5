#include "vfs.h"

#include "mem.h"
#include "seam.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/statvfs.h>

/* A -wal file that is written a little at a time is made longer ahead: a sync that has to bring a new length to the disk takes half as
 * long again. */
enum {
    AHEAD_BYTES = 1 << 18,
    AHEAD_LITTLE = 1 << 16, /* SQLite's own VFS writes no more than twice this at once */
    AHEAD_ROOM = 1 << 26,   /* free on the disk */
    WAL_WRITE_LOCK = 0
};

/* Our file; the real one of the system's VFS lies right behind it in the same memory. */
struct vfs_file {
    sqlite3_file base;
    sqlite3_file *real;
    const char *path; /* SQLite keeps it until xClose; NULL: a temporary file */
    bool new_name;    /* its name must reach the disk with the first sync; the real VFS does it */
    bool writes;      /* of a database: this connection is the one that may write to its -wal file */
    const struct vfs_file *database; /* of a -wal file */
    sqlite3_int64 unsynced, end;     /* ... what was written to it since the last sync, and where that ended */
    sqlite3_int64 length;            /* ... as it was when it was asked for last: asking costs the next sync a write of the times */
};

static struct vfs_file *mine(sqlite3_file *f)
{
    return (struct vfs_file *)f;
}

static sqlite3_vfs *real_vfs(sqlite3_vfs *v)
{
    return v->pAppData;
}

/* SQLITE_OK, or what SQLite shall see: a full disk, or `otherwise`. */
static int ask(struct seam_op op, int otherwise)
{
    int number = op.path ? seam_ask(&op) : 0;
    if (!number)
        return SQLITE_OK;
    return number == ENOSPC || number == EDQUOT ? SQLITE_FULL : otherwise;
}

/* Tells the hook that the names in the folder of `path` are brought to the disk. */
static int ask_sync_dir(const char *path)
{
    struct view folder = seam_place(path).folder;
    char dir[LIMIT_PATH_BYTES];
    if (folder.len >= sizeof dir)
        return SQLITE_IOERR_DIR_FSYNC;
    memcpy(dir, folder.p, folder.len);
    dir[folder.len] = 0;
    return ask((struct seam_op){.kind = SEAM_SYNC_DIR, .path = dir}, SQLITE_IOERR_DIR_FSYNC);
}

static int file_close(sqlite3_file *f)
{
    return mine(f)->real->pMethods->xClose(mine(f)->real);
}

static int file_read(sqlite3_file *f, void *to, int len, sqlite3_int64 offset)
{
    return mine(f)->real->pMethods->xRead(mine(f)->real, to, len, offset);
}

static int file_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
    struct seam_op op = {.kind = SEAM_WRITE,
                         .path = mine(f)->path,
                         .offset = (uint64_t)offset,
                         .bytes = view_of(bytes, (size_t)len)};
    int rc = ask(op, SQLITE_IOERR_WRITE);
    if (!rc)
        rc = mine(f)->real->pMethods->xWrite(mine(f)->real, bytes, len, offset);
    if (!rc) {
        mine(f)->unsynced += len;
        mine(f)->end = offset + len > mine(f)->end ? offset + len : mine(f)->end;
    }
    return rc;
}

/* A disk that is nearly full keeps its last room for what must be written. */
static bool has_room(const char *path)
{
    struct statvfs disk;
    return statvfs(path, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize >= AHEAD_ROOM;
}

/* Only past the end of the file, and only while nobody else may write there; SQLite takes zeros for the end of what was written.  Where there
 * is no room nothing is lost. */
static void make_longer(struct vfs_file *m)
{
    static const uint8_t zeros[AHEAD_LITTLE];
    if (!m->database || !m->database->writes || !m->unsynced || m->unsynced > AHEAD_LITTLE || m->end < AHEAD_BYTES)
        return;
    if (m->end + AHEAD_LITTLE <= m->length || m->real->pMethods->xFileSize(m->real, &m->length))
        return;
    bool longer = m->end + AHEAD_LITTLE > m->length && has_room(m->path);
    sqlite3_int64 enough = longer ? m->length + AHEAD_BYTES : m->length;
    for (int rc = SQLITE_OK; !rc && m->length < enough; m->length += AHEAD_LITTLE) {
        rc = ask((struct seam_op){.kind = SEAM_WRITE, .path = m->path, .offset = (uint64_t)m->length, .bytes = view_of(zeros, sizeof zeros)},
                 SQLITE_IOERR_WRITE);
        if (!rc)
            rc = m->real->pMethods->xWrite(m->real, zeros, sizeof zeros, m->length);
    }
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct seam_op op = {.kind = SEAM_TRUNCATE, .path = mine(f)->path, .offset = (uint64_t)size};
    int rc = ask(op, SQLITE_IOERR_TRUNCATE);
    return rc ? rc : mine(f)->real->pMethods->xTruncate(mine(f)->real, size);
}

static int file_sync(sqlite3_file *f, int flags)
{
    struct vfs_file *m = mine(f);
    make_longer(m);
    m->unsynced = m->end = 0;
    int rc = ask((struct seam_op){.kind = SEAM_SYNC, .path = m->path}, SQLITE_IOERR_FSYNC);
    if (!rc && m->new_name)
        rc = ask_sync_dir(m->path);
    if (rc)
        return rc;
    rc = m->real->pMethods->xSync(m->real, flags);
    if (!rc)
        m->new_name = false;
    return rc;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    return mine(f)->real->pMethods->xFileSize(mine(f)->real, ret);
}

static int file_lock(sqlite3_file *f, int level)
{
    return mine(f)->real->pMethods->xLock(mine(f)->real, level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return mine(f)->real->pMethods->xUnlock(mine(f)->real, level);
}

static int file_is_locked(sqlite3_file *f, int *ret)
{
    return mine(f)->real->pMethods->xCheckReservedLock(mine(f)->real, ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    return mine(f)->real->pMethods->xFileControl(mine(f)->real, op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return mine(f)->real->pMethods->xSectorSize(mine(f)->real);
}

static int file_traits(sqlite3_file *f)
{
    return mine(f)->real->pMethods->xDeviceCharacteristics(mine(f)->real);
}

static int shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
    return mine(f)->real->pMethods->xShmMap(mine(f)->real, page, size, extend, ret);
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    int rc = mine(f)->real->pMethods->xShmLock(mine(f)->real, offset, n, flags);
    if (!rc && offset == WAL_WRITE_LOCK && (flags & SQLITE_SHM_EXCLUSIVE))
        mine(f)->writes = flags & SQLITE_SHM_LOCK;
    return rc;
}

static void shm_barrier(sqlite3_file *f)
{
    mine(f)->real->pMethods->xShmBarrier(mine(f)->real);
}

static int shm_unmap(sqlite3_file *f, int remove)
{
    return mine(f)->real->pMethods->xShmUnmap(mine(f)->real, remove);
}

/* Version 2: no xFetch, so that nothing is mapped past the hook. */
static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_locked,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int vfs_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
    sqlite3_vfs *real = real_vfs(v);
    struct vfs_file *m = mine(f);
    *m = (struct vfs_file){.path = path, .real = (sqlite3_file *)(m + 1)};
    if (flags & SQLITE_OPEN_WAL)
        m->database = mine(sqlite3_database_file_object(path));
    bool creates = false;
    if (path && (flags & SQLITE_OPEN_CREATE)) {
        int there = 0;
        int rc = real->xAccess(real, path, SQLITE_ACCESS_EXISTS, &there);
        if (!rc && !there)
            rc = ask((struct seam_op){.kind = SEAM_CREATE, .path = path}, SQLITE_CANTOPEN);
        if (rc)
            return rc;
        creates = !there;
    }
    int rc = real->xOpen(real, path, m->real, flags, ret_flags);
    /* The system's VFS brings the names of new journals to the disk, not that of a new database. */
    m->new_name = creates && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
    if (m->real->pMethods)
        m->base.pMethods = &file_methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
    int rc = ask((struct seam_op){.kind = SEAM_UNLINK, .path = path}, SQLITE_IOERR_DELETE);
    if (!rc && sync_dir)
        rc = ask_sync_dir(path);
    return rc ? rc : real_vfs(v)->xDelete(real_vfs(v), path, sync_dir);
}

static int vfs_access(sqlite3_vfs *v, const char *path, int flags, int *ret)
{
    return real_vfs(v)->xAccess(real_vfs(v), path, flags, ret);
}

static int vfs_full_path(sqlite3_vfs *v, const char *path, int size, char *ret)
{
    return real_vfs(v)->xFullPathname(real_vfs(v), path, size, ret);
}

static int vfs_randomness(sqlite3_vfs *v, int len, char *to)
{
    return real_vfs(v)->xRandomness(real_vfs(v), len, to);
}

static int vfs_sleep(sqlite3_vfs *v, int microseconds)
{
    return real_vfs(v)->xSleep(real_vfs(v), microseconds);
}

static int vfs_time(sqlite3_vfs *v, double *ret)
{
    return real_vfs(v)->xCurrentTime(real_vfs(v), ret);
}

static int vfs_time_ms(sqlite3_vfs *v, sqlite3_int64 *ret)
{
    return real_vfs(v)->xCurrentTimeInt64(real_vfs(v), ret);
}

static int vfs_last_error(sqlite3_vfs *v, int len, char *to)
{
    return real_vfs(v)->xGetLastError(real_vfs(v), len, to);
}

/* SQLite links it into its list, so that it must live as long as the program. */
static sqlite3_vfs seam_vfs = {
    .iVersion = 2,
    .zName = VFS_NAME,
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time_ms,
};

err vfs_register(void)
{
    if (sqlite3_vfs_find(VFS_NAME))
        return OK;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    ENSURE(real && real->iVersion >= 2, err_new(ERR_INTERNAL, "SQLite has no usable file layer.", "Reinstall SQLite."));
    seam_vfs.pAppData = real;
    seam_vfs.szOsFile = (int)sizeof(struct vfs_file) + real->szOsFile;
    seam_vfs.mxPathname = real->mxPathname;
    ENSURE(sqlite3_vfs_register(&seam_vfs, 0) == SQLITE_OK, mem_none());
    return OK;
}
