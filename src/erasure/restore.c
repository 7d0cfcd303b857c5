/* The way back from a backup.  Its durable states, told apart by what is on the disk:
 *
 *   nothing       `to` is not there, or empty
 *   TO.part       register.db in it without our job: the copy is made anew
 *   COPIED        the job is in TO.part/register.db: the copy is whole
 *   ACTED         the missing entries and the `restore` entry are committed; then they are published
 *   named         TO.part became `to`; the job is still in it
 *   done          the job is gone
 */
#include "backup.h"

#include "conf.h"
#include "copying.h"
#include "entry.h"
#include "mem.h"
#include "publish.h"
#include "seam.h"
#include "signer.h"
#include "tile.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { COPIED = 1, ACTED = 2, MISSING_MAX = 1 << 30 };

static const char job_kind[] = "restore";

struct restoring {
    const struct restore_options *o;
    struct restore_result *ret;
    copying_path backup, part, db;
    struct conf conf; /* of the new directory; `home`: where the backup came from */
    struct hash sum; /* of the backup's register.db: the job's key */
    uint32_t state;  /* 0: not copied yet */
};

/* --- the backup, and where it goes --- */

static err no_backup(const char *dir)
{
    return err_at(err_new(ERR_NOT_FOUND, "There is no backup of Candour in this folder.",
                          "Name the folder that 'candour backup' made: register.db, candour.conf and log are in it."), dir, 0, 0);
}

/* Only a backup says where it came from.  Whatever else was made an heir would take the log from the directory that it
 * is, or is of. */
static err load_conf(struct restoring *r)
{
    struct conf *c = &r->conf;
    err e = conf_load(r->backup, c);
    ENSURE(e.kind != ERR_NOT_FOUND, no_backup(r->o->backup));
    TRY(e);
    ENSURE(c->made, no_backup(r->o->backup));
    ENSURE(c->home[0], err_at(err_new(ERR_CONFLICT,
                                      "This is a data directory, not a backup: its candour.conf does not say where it "
                                      "came from (home = PATH).",
                                      "Make a backup with 'candour -C DIR backup FOLDER', and restore that. A data "
                                      "directory that was moved or copied needs no "
                                      "restore: name it with -C."),
                              r->o->backup, 0, 0));
    return OK;
}

static err find_backup(struct restoring *r)
{
    copying_path wal;
    struct stat about;
    TRY(copying_place(r->o->backup, r->backup));
    TRY(copying_join(r->db, r->backup, "register.db"));
    TRY(copying_join(wal, r->backup, "register.db-wal"));
    ENSURE(stat(r->db, &about) == 0, no_backup(r->o->backup));
    TRY(load_conf(r));
    ENSURE(stat(wal, &about) != 0 || about.st_size == 0,
           err_at(err_new(ERR_CONFLICT, "This folder was worked in: it is no backup any more.", "Use a backup that nobody worked in."), r->o->backup, 0, 0));
    return OK;
}

static err choose_place(struct restoring *r)
{
    TRY(copying_place(r->o->to, r->ret->dir));
    ENSURE(!copying_inside(r->ret->dir, r->backup) && !copying_inside(r->backup, r->ret->dir),
           err_at(err_new(ERR_USAGE, "The backup and the new data directory can't lie in one another.", "Choose another folder."), r->o->to, 0, 0));
    ENSURE(snprintf(r->part, sizeof r->part, "%s.part", r->ret->dir) < (int)sizeof r->part,
           err_new(ERR_LIMIT, "This path is too long.", "Choose a shorter one."));
    return OK;
}

static err add_slot(struct restoring *r, const char *slot)
{
    bool there;
    struct restore_result *ret = r->ret;
    ENSURE(ret->slot_count < SLOT_SHARES_MAX, err_new(ERR_USAGE, "There are too many slots.", "There can be eight."));
    char *to = ret->slots[ret->slot_count++];
    err e = copying_place(slot, to);
    there = false;
    if (e.kind == ERR_OK)
        e = seam_exists(to, &there);
    ENSURE(e.kind == ERR_OK && there,
           err_at(err_new(ERR_NOT_FOUND, "This slot is not there; without it the backup can't be opened.",
                          "Bring it to this place, or name all slots anew with --slot PATH."), slot, 0, 0));
    ENSURE(!copying_inside(to, ret->dir) && !copying_inside(to, r->part) && !copying_inside(to, r->backup),
           err_at(err_new(ERR_USAGE, "A slot may not lie in the data directory or in the backup.",
                          "Move it to a disk that no backup copies, and name it with --slot PATH."), slot, 0, 0));
    return OK;
}

/* The slots as they are named now. */
static err choose_slots(struct restoring *r)
{
    struct conf *c = &r->conf;
    for (size_t i = 0; i < c->slot_count && r->o->slot_count == 0; i++)
        TRY(add_slot(r, c->slots[i]));
    for (size_t i = 0; i < r->o->slot_count; i++)
        TRY(add_slot(r, r->o->slots[i]));
    c->slot_count = r->ret->slot_count;
    memcpy(c->slots, r->ret->slots, sizeof c->slots);
    c->beside[0] = 0;
    return OK;
}

/* --- what an interrupted restore left --- */

struct found_job {
    bool any;
    struct store_job job;
};

static err note_job(void *ctx, const struct store_job *job, struct view bytes)
{
    (void)bytes;
    struct found_job *f = ctx;
    f->any = true;
    f->job = *job;
    return OK;
}

/* The state of a restore in `dir`: 0, there is none.  ERR_CONFLICT: one of another backup. */
static err job_in(struct restoring *r, const char *dir, uint32_t *ret)
{
    CLEANUP(store_close) struct store *s = NULL;
    struct found_job found = {0};
    *ret = 0;
    err e = store_open(dir, STORE_READ, &s);
    if (e.kind == ERR_NOT_FOUND || e.kind == ERR_INVALID) {
        err_ignore(e, "there is no register in it");
        return OK;
    }
    TRY(e);
    TRY(store_jobs_each(s, job_kind, note_job, &found));
    if (!found.any)
        return OK;
    TRY(copying_sum(r->db, &r->sum));
    ENSURE(memcmp(found.job.key, r->sum.b, HASH_BYTES) == 0,
           err_at(err_new(ERR_CONFLICT, "A restore of another backup was interrupted here.",
                          "Finish that one first, or choose another folder."), dir, 0, 0));
    *ret = found.job.state;
    return OK;
}

/* --- the directory that the backup came from --- */

/* What can't be read just now may live. */
static bool is_lost(err e)
{
    return e.kind == ERR_NOT_FOUND || e.kind == ERR_INVALID || e.kind == ERR_CORRUPT || e.kind == ERR_GONE;
}

/* Whether it is still there and opens: then it goes on with the log, and what is restored beside it is for looking. */
static err home_lives(struct restoring *r, bool *ret)
{
    struct conf home;
    CLEANUP(store_close) struct store *s = NULL;
    *ret = false;
    if (!r->conf.home[0] || strcmp(r->conf.home, r->ret->dir) == 0)
        return OK;
    err e = conf_load(r->conf.home, &home);
    if (e.kind == ERR_OK)
        e = store_open(r->conf.home, STORE_READ, &s);
    if (is_lost(e)) {
        err_ignore(e, "one that does not open is lost");
        return OK;
    }
    if (e.kind != ERR_OK && e.kind != ERR_NOMEM) {
        err_ignore(e, "said in words that help here");
        return err_at(err_new(ERR_CONFLICT, "The directory that this backup came from is there, but can't be read just now: it may go on with its log, and only one can.",
                              "Run the command again; if that directory is lost, unmount it or move it away first."), r->conf.home, 0, 0);
    }
    TRY(e);
    *ret = memcmp(home.org, r->conf.org, ORG_BYTES) == 0 && home.made && !home.beside[0];
    return OK;
}

static err settle_home(struct restoring *r)
{
    bool lives;
    if (r->state == ACTED)
        return OK;
    TRY(home_lives(r, &lives));
    if (!lives)
        return OK;
    ENSURE(!r->o->log, err_at(err_new(ERR_CONFLICT, "The directory that this backup came from is still there and opens: it goes on with its log, and only one can.",
                                      "Leave --log out for a copy to look at. If that directory is to be given up, move it away first."), r->conf.home, 0, 0));
    snprintf(r->ret->beside, sizeof r->ret->beside, "%s", r->conf.home);
    snprintf(r->conf.beside, sizeof r->conf.beside, "%s", r->conf.home);
    return OK;
}

/* --- the copy --- */

static err write_conf(struct restoring *r)
{
    r->conf.home[0] = 0;
    return conf_save(r->part, &r->conf);
}

static err put_job(struct restoring *r, struct store *s)
{
    uint64_t epoch;
    struct store_job job = {.state = COPIED};
    memcpy(job.key, r->sum.b, sizeof job.key);
    snprintf(job.kind, sizeof job.kind, "%s", job_kind);
    TRY(store_epoch(s, &epoch));
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(store_begin(s, epoch, &tx));
    TRY(store_job_put(s, &job, view_text("")));
    return store_commit(&tx);
}

static err copy(struct restoring *r)
{
    copying_path db, unnamed;
    uint64_t bytes;
    TRY(copying_remove(r->part));
    TRY(seam_mkdir(r->part));
    TRY(seam_sync_parent(r->part));
    TRY(copying_join(db, r->part, "register.db"));
    TRY(copying_join(unnamed, r->part, "register.db.part"));
    TRY(copying_file(r->db, unnamed, &r->sum, &bytes));
    TRY(seam_rename(unnamed, db));
    TRY(seam_sync_dir(r->part));
    CLEANUP(store_close) struct store *s = NULL;
    TRY(store_open(r->part, STORE_WRITE, &s));
    TRY(store_integrity(s));
    TRY(put_job(r, s));
    r->state = COPIED;
    seam_crash_point("restore-copied");
    return OK;
}

/* --- the log: what was signed and is not in the backup --- */

struct missing {
    struct merkle_edge *edge;
    struct hash signed_root;
    uint64_t signed_size;
    bool seen, other; /* the signer's size was passed; with another root */
    struct buf bytes; /* entries from the backup's size on: blocks */
    struct buf note;  /* the published checkpoint */
    uint64_t size;    /* of that one */
    struct hash root;
};

static void missing_end(struct missing *m)
{
    mem_free(m->edge);
    buf_free(&m->bytes);
    buf_free(&m->note);
}

static void look_at_edge(struct missing *m)
{
    if (m->edge->size != m->signed_size)
        return;
    struct hash root = merkle_edge_root(m->edge);
    m->seen = true;
    m->other = !hash_equal(&root, &m->signed_root);
}

static err add_leaf(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct missing *m = ctx;
    ENSURE(index == m->edge->size, err_newf(ERR_CORRUPT, "Entry {} of the log is missing in the backup.", "Use another backup.",
                                            err_int((long long)m->edge->size)));
    struct hash leaf = merkle_leaf(bytes);
    TRY(merkle_edge_add(m->edge, &leaf, NULL));
    look_at_edge(m);
    return OK;
}

static err not_this_log(const char *dir)
{
    return err_at(err_new(ERR_INVALID, "This folder is not the published log that goes on from the backup.",
                          "Name the log folder of the data directory that was lost, or a mirror of it. Nothing was changed."), dir, 0, 0);
}

static err read_published(struct restoring *r, struct missing *m)
{
    copying_path path;
    struct note_key key;
    struct checkpoint c;
    CLEANUP(buf_free) struct buf vkey = BUF(4096);
    TRY(signer_vkey(r->ret->slots[0], &vkey));
    TRY(note_vkey_parse(buf_view(&vkey), &key));
    TRY(copying_join(path, r->o->log, "checkpoint"));
    TRY(seam_read(path, LIMIT_NOTE_BYTES, &m->note));
    err e = checkpoint_open(buf_view(&m->note), &key, view_text(key.name), &c);
    ENSURE(e.kind == ERR_OK, not_this_log(r->o->log));
    m->size = c.size;
    m->root = c.root;
    return OK;
}

static err read_bundle(const char *dir, uint64_t size, uint64_t index, struct buf *to, struct view entries[TILE_WIDTH], unsigned *ret_width)
{
    uint64_t left = size - index * TILE_WIDTH;
    struct tile t = {.entries = true, .index = index, .width = left < TILE_WIDTH ? (uint16_t)left : TILE_WIDTH};
    for (;;) {
        char name[TILE_PATH_MAX + 1];
        struct buf b = BUF_FIXED((uint8_t *)name, sizeof name);
        copying_path path;
        tile_path(&t, &b);
        TRY(copying_join(path, dir, buf_text(&b)));
        buf_clear(to);
        err e = seam_read(path, TILE_BUNDLE_BYTES_MAX, to);
        if (e.kind == ERR_OK)
            break;
        ENSURE(e.kind == ERR_NOT_FOUND && t.width != TILE_WIDTH, e);
        t.width = TILE_WIDTH; /* the full one starts with the same entries */
    }
    *ret_width = left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
    return tile_bundle_parse(buf_view(to), t.width, entries);
}

/* From the backup's size to the published one: kept, and checked against the published root. */
static err gather(struct restoring *r, struct missing *m)
{
    CLEANUP(buf_free) struct buf bundle = BUF(TILE_BUNDLE_BYTES_MAX);
    struct view entries[TILE_WIDTH];
    unsigned width;
    while (m->edge->size < m->size) {
        uint64_t index = m->edge->size / TILE_WIDTH;
        err e = read_bundle(r->o->log, m->size, index, &bundle, entries, &width);
        ENSURE(e.kind != ERR_INVALID, not_this_log(r->o->log));
        TRY(e);
        for (uint64_t i = m->edge->size % TILE_WIDTH; i < width; i++) {
            buf_block(&m->bytes, entries[i]);
            TRY(add_leaf(m, m->edge->size, entries[i], view_of(NULL, 0)));
        }
        TRY(buf_ok(&m->bytes));
    }
    struct hash root = merkle_edge_root(m->edge);
    return hash_equal(&root, &m->root) ? OK : not_this_log(r->o->log);
}

static err append(struct vault *v, struct missing *m)
{
    struct rd r = rd_of(buf_view(&m->bytes));
    while (r.len) {
        struct view entry = rd_block(&r);
        uint64_t index;
        CHECK(rd_ok(&r));
        TRY(store_entry_append(v->store, entry, view_of(NULL, 0), &index));
    }
    return m->bytes.len ? store_checkpoint_put(v->store, m->size, buf_view(&m->note)) : OK;
}

static void cannot_publish(struct restoring *r, const char *why, const char *todo)
{
    r->ret->publishes = false;
    snprintf(r->ret->why, sizeof r->ret->why, "%s", why);
    snprintf(r->ret->todo, sizeof r->ret->todo, "%s", todo);
}

static void older_than_signed(struct restoring *r, uint64_t have)
{
    char why[BACKUP_WORDS];
    snprintf(why, sizeof why,
             "The backup%s has %llu entries of the log, and the signer beside the slot signed %llu: the backup is older than what was published. "
             "Everything in it can be read; nothing new can be published.",
             r->o->log ? " with the log folder given" : "", (unsigned long long)have, (unsigned long long)r->ret->signed_size);
    cannot_publish(r, why,
                   "Restore it once more into another new folder, with --log FOLDER: the log/ of the lost data directory, or a mirror of the public "
                   "log. The entries that are missing are taken from there. What they say was done has to be done again.");
}

/* What the signer knows; false: it is not there. */
static bool ask_signer(struct restoring *r, struct vault *v, struct missing *m)
{
    CLEANUP(signer_close) struct signer *signer = NULL;
    err e = signer_open(v->program, v->slots[0], &signer);
    if (e.kind == ERR_OK)
        e = signer_newest(signer, &m->signed_size, &m->signed_root);
    r->ret->signed_size = m->signed_size;
    if (e.kind == ERR_OK)
        return true;
    char why[BACKUP_WORDS];
    snprintf(why, sizeof why, "The log's signer is not there: %s Everything can be read; nothing new can be published.", err_text()->what);
    cannot_publish(r, why, "Bring back the files SLOT.signer and SLOT.vkey that lay beside the first slot; then everything goes on.");
    err_ignore(e, "it is said in the result");
    return false;
}

/* Whether the log can go on, and what it needs for that. */
static err survey(struct restoring *r, struct vault *v, struct missing *m)
{
    r->ret->publishes = true;
    if (!ask_signer(r, v, m))
        return OK;
    merkle_edge_init(m->edge);
    look_at_edge(m);
    TRY(store_entries_each(v->store, 0, INT64_MAX, add_leaf, m));
    if (r->o->log && m->signed_size > m->edge->size) {
        TRY(read_published(r, m));
        if (m->size > m->edge->size)
            TRY(gather(r, m));
    }
    if (!m->seen)
        older_than_signed(r, m->edge->size);
    else if (m->other)
        cannot_publish(r, "The signer beside the slot signed another log than the backup has. Everything in it can be read; nothing new can be published.",
                       "Find out whose slot this is. If the log was signed elsewhere meanwhile, restore that newer backup.");
    r->ret->regained = r->ret->publishes ? m->edge->size - r->ret->entries : 0;
    return OK;
}

static err act(struct restoring *r, struct vault *v)
{
    CLEANUP(missing_end) struct missing m = {.bytes = BUF(MISSING_MAX), .note = BUF(LIMIT_NOTE_BYTES)};
    m.edge = mem_alloc(sizeof *m.edge);
    ENSURE(m.edge, mem_none());
    TRY(store_entry_count(v->store, &r->ret->entries));
    TRY(survey(r, v, &m));
    if (!r->ret->publishes)
        return OK;
    TRY(vault_begin(v));
    TRY(append(v, &m));
    TRY(vault_entry(v, json_pack("{s:s, s:I}", "kind", "restore", "size", (json_int_t)r->ret->entries), NULL));
    TRY(store_job_advance(v->store, r->sum.b, ACTED, view_text("")));
    TRY(vault_commit(v));
    r->state = ACTED;
    seam_crash_point("restore-acted");
    return OK;
}

/* The tiles of what was published; without a signer nothing new. */
static err make_tiles(struct vault *v)
{
    CLEANUP(buf_free) struct buf vkey = BUF(4096);
    copying_path dir;
    uint64_t size;
    vault_log_dir(v, dir, sizeof dir);
    err e = vault_vkey(v, &vkey);
    if (e.kind == ERR_OK)
        e = publish_run(v->store, NULL, dir, buf_view(&vkey), &size);
    if (e.kind == ERR_IO || e.kind == ERR_NOMEM)
        return e;
    err_ignore(e, "tiles are caches");
    return OK;
}

static void note_epochs(struct restoring *r, struct vault *v)
{
    struct keeper_status status = {0};
    err_ignore(keeper_status(v->keeper, &status), "a note only");
    r->ret->two_epochs = status.epochs[0] && status.epochs[1];
}

static err work(struct restoring *r)
{
    struct vault_options o = {.dir = r->part, .program = r->o->program, .command = "restore", .passphrase = r->o->passphrase, .has_now = r->o->has_now, .now = r->o->now};
    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(vault_open(&o, STORE_WRITE, &v));
    note_epochs(r, v);
    r->ret->publishes = r->state == ACTED;
    if (r->state == COPIED && !r->ret->beside[0])
        TRY(act(r, v));
    else
        TRY(store_entry_count(v->store, &r->ret->entries));
    if (r->state == ACTED)
        TRY(vault_publish(v));
    else
        TRY(make_tiles(v));
    seam_crash_point("restore-published");
    return OK;
}

/* --- the end --- */

static err name_it(struct restoring *r)
{
    TRY(copying_free_place(r->ret->dir, true));
    TRY(seam_rename(r->part, r->ret->dir));
    TRY(seam_sync_parent(r->ret->dir));
    seam_crash_point("restore-named");
    return OK;
}

static err finish(struct restoring *r)
{
    uint64_t epoch;
    CLEANUP(store_close) struct store *s = NULL;
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(store_open(r->ret->dir, STORE_WRITE, &s));
    TRY(store_epoch(s, &epoch));
    TRY(store_begin(s, epoch, &tx));
    TRY(store_job_delete(s, r->sum.b));
    TRY(store_commit(&tx));
    seam_crash_point("restore-done");
    return OK;
}

/* A refusal leaves nothing behind; what may pass (a full disk) is gone on from. */
static err give_up(struct restoring *r, err e)
{
    bool refused = e.kind == ERR_DENIED || e.kind == ERR_INVALID || e.kind == ERR_CORRUPT || e.kind == ERR_NOT_FOUND;
    if (!refused || r->state == ACTED)
        return e;
    struct err_text words = *err_text();
    err_ignore(copying_remove(r->part), "it is only a copy");
    e = err_said(e.kind, words.what, strlen(words.what), words.todo, strlen(words.todo));
    return words.where[0] ? err_at(e, words.where, words.line, words.column) : e;
}

static err into_part(struct restoring *r)
{
    if (r->state == 0)
        TRY(copy(r));
    else
        r->ret->went_on = true;
    TRY(settle_home(r));
    TRY(write_conf(r));
    return work(r);
}

/* What the entries say of a restore that acted before it was cut off. */
static err tell_acted(struct restoring *r, const char *dir)
{
    CLEANUP(store_close) struct store *s = NULL;
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES);
    uint64_t count;
    TRY(store_open(dir, STORE_READ, &s));
    TRY(store_entry_count(s, &count));
    for (bool found = false; count > 0 && !found; count--) {
        buf_clear(&entry);
        TRY(store_entry_get(s, count - 1, &entry, NULL));
        json_t *j = json_loadb((const char *)entry.p, entry.len, 0, NULL);
        const char *kind = json_string_value(json_object_get(j, "kind"));
        found = kind && strcmp(kind, "restore") == 0;
        if (found) {
            r->ret->entries = (uint64_t)json_integer_value(json_object_get(j, "size"));
            r->ret->regained = count - 1 - r->ret->entries;
        }
        json_decref(j);
    }
    return OK;
}

err restore_run(const struct restore_options *o, struct restore_result *ret)
{
    struct restoring r = {.o = o, .ret = ret};
    uint32_t named = 0;
    memset(ret, 0, sizeof *ret);
    TRY(find_backup(&r));
    TRY(choose_place(&r));
    TRY(choose_slots(&r));
    TRY(job_in(&r, ret->dir, &named));
    if (named == 0) {
        TRY(copying_free_place(ret->dir, true));
        TRY(job_in(&r, r.part, &r.state));
        err e = into_part(&r);
        if (e.kind != ERR_OK)
            return give_up(&r, e);
        TRY(name_it(&r));
    } else {
        ret->went_on = true;
        ret->publishes = named == ACTED;
        r.state = named;
    }
    if (ret->went_on && r.state == ACTED)
        TRY(tell_acted(&r, ret->dir));
    return finish(&r);
}
