#include "backup.h"

#include "conf.h"
#include "copying.h"
#include "entry.h"
#include "publish.h"
#include "seam.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>


/* --- where to --- */

static err refuse_place(const struct vault *v, const char *dir)
{
    ENSURE(!copying_inside(dir, v->dir),
           err_at(err_new(ERR_USAGE, "A backup can't lie in the data directory: it would be lost with it.",
                          "Choose a folder on another disk."), dir, 0, 0));
    ENSURE(
        !strchr(v->dir, '\n'), /* what is no line can't stand in candour.conf */
        err_at(
            err_new(ERR_USAGE,
                    "The path of the data directory has a line break in it: a backup could not say where it came from.",
                    "Give the folder another name, then make the backup."),
            v->dir, 0, 0));
    for (size_t i = 0; i < v->slot_count; i++)
        ENSURE(!copying_inside(v->slots[i], dir),
               err_at(err_new(ERR_USAGE, "A slot lies in this folder: the backup would hold the key to itself.",
                              "Choose a folder on a disk without a slot."), dir, 0, 0));
    return OK;
}

/* The folder above `dir` is there; `dir` is not yet. */
static bool shares_disk(const char *dir, const struct vault *v)
{
    copying_path above;
    struct stat here, slot;
    struct view folder = seam_place(dir).folder;
    snprintf(above, sizeof above, "%.*s", (int)folder.len, (const char *)folder.p);
    if (stat(above, &here) != 0)
        return false;
    for (size_t i = 0; i < v->slot_count; i++)
        if (stat(v->slots[i], &slot) == 0 && slot.st_dev == here.st_dev)
            return true;
    return false;
}

static err choose_place(const struct vault *v, const char *dir, struct backup_result *ret, copying_path part)
{
    TRY(copying_place(dir, ret->dir));
    TRY(refuse_place(v, ret->dir));
    TRY(copying_free_place(ret->dir, false));
    ENSURE(snprintf(part, LIMIT_PATH_BYTES, "%s.part", ret->dir) < (int)LIMIT_PATH_BYTES,
           err_new(ERR_LIMIT, "This path is too long.", "Choose a shorter one."));
    ret->same_disk = shares_disk(ret->dir, v);
    return OK;
}

/* --- its log entry --- */

/* A log that can't go on must not stop a backup: on such a day it is needed most (spec/pitfalls.md B11). */
static err publish_or_say(struct vault *v, struct backup_result *ret)
{
    err e = vault_publish(v);
    bool log_only = e.kind == ERR_CONFLICT || e.kind == ERR_CORRUPT || e.kind == ERR_NOT_FOUND || e.kind == ERR_DENIED;
    if (!log_only)
        return e;
    err_ignore(e, "it is said, loudly, and the copy is made");
    ret->unpublished = true;
    snprintf(ret->why, sizeof ret->why, "%s", err_text()->what);
    return OK;
}

static err enter(struct vault *v, struct backup_result *ret)
{
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c;
    TRY(publish_or_say(v, ret));
    TRY(publish_newest(v->store, &note, &c));
    ret->size = c.size;
    ret->root = c.root;
    ret->epoch = v->epoch;
    TRY(vault_begin(v));
    TRY(vault_entry(v, json_pack("{s:s, s:o, s:I}", "kind", "backup", "root", entry_hash(&c.root), "size", (json_int_t)c.size), &ret->entry));
    TRY(vault_commit(v));
    return publish_or_say(v, ret);
}

/* --- the copy --- */

/* With a line that says where it came from: a restore looks whether that one is still there. */
static err copy_conf(const char *from, const char *to)
{
    copying_path target;
    struct conf conf;
    CLEANUP(buf_free) struct buf bytes = BUF(CONF_BYTES_MAX);
    TRY(copying_join(target, to, "candour.conf"));
    TRY(conf_load(from, &conf));
    snprintf(conf.home, sizeof conf.home, "%s", from);
    conf_put(&conf, &bytes);
    TRY(buf_ok(&bytes));
    return seam_create_once(target, buf_view(&bytes));
}

static err copy_register(struct vault *v, const char *part, struct backup_result *ret)
{
    copying_path path;
    struct stat about;
    TRY(copying_join(path, part, "register.db"));
    TRY(store_backup_to(v->store, path));
    if (stat(path, &about) != 0)
        return err_at(err_system("look at the copy"), path, 0, 0);
    ret->bytes = (uint64_t)about.st_size;
    return OK;
}

/* The copy opens, is whole, and holds the entry; what was newest in it is the checkpoint of its log folder. */
static err check_copy(const char *part, const struct backup_result *r, struct buf *note, uint64_t *ret_size)
{
    CLEANUP(store_close) struct store *copy = NULL;
    uint64_t count;
    TRY(store_open(part, STORE_READ, &copy));
    TRY(store_integrity(copy));
    TRY(store_entry_count(copy, &count));
    TRY(store_checkpoint_newest(copy, ret_size, note));
    ENSURE(count > r->entry && (r->unpublished || *ret_size > r->entry),
           err_at(err_new(ERR_CORRUPT, "The copy does not hold what was in the register.", "Look at the disk, and make the backup again."), part, 0, 0));
    return OK;
}

/* Opening a database leaves these beside it; they are empty. */
static err remove_traces(const char *part)
{
    static const char *const names[] = {"register.db-wal", "register.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        copying_path path;
        bool there;
        TRY(copying_join(path, part, names[i]));
        TRY(seam_exists(path, &there));
        if (there)
            TRY(seam_unlink(path));
    }
    return OK;
}

static err fill(struct vault *v, const char *part, struct backup_result *ret)
{
    copying_path from, to;
    uint64_t size;
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    TRY(copying_remove(part));
    TRY(seam_mkdir(part));
    TRY(copy_register(v, part, ret));
    TRY(copy_conf(v->dir, part));
    TRY(copying_join(from, v->dir, "log"));
    TRY(copying_join(to, part, "log"));
    TRY(check_copy(part, ret, &note, &size));
    TRY(copying_log(from, to, size, &ret->files));
    TRY(seam_replace(to, "checkpoint", buf_view(&note), 0600));
    TRY(remove_traces(part));
    return seam_sync_dir(part);
}

err backup_run(struct vault *v, const char *dir, struct backup_result *ret)
{
    copying_path part;
    memset(ret, 0, sizeof *ret);
    TRY(choose_place(v, dir, ret, part));
    TRY(vault_lease(v));
    TRY(enter(v, ret));
    seam_crash_point("backup-entered");
    TRY(fill(v, part, ret));
    seam_crash_point("backup-filled");
    TRY(copying_free_place(ret->dir, false));
    TRY(seam_rename(part, ret->dir));
    return seam_sync_parent(ret->dir);
}
