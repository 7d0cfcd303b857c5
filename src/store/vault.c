#include "vault_int.h"

#include "conf.h"
#include "mem.h"
#include "publish.h"
#include "seam.h"
#include "signer.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNNAMED_BYTES = 1 << 20 }; /* 32,768 documents in one transaction */

/* --- life --- */

int64_t vault_now(const struct vault *v)
{
    return (int64_t)time(NULL) + v->clock_shift;
}

int32_t vault_today(const struct vault *v)
{
    int32_t day = DAY_UNKNOWN;
    err_ignore(when_local_day(&v->zone, vault_now(v), &day), "the present is between the years 1 and 9999");
    return day;
}

static err set_clock(struct vault *v, const struct vault_options *o)
{
    if (!o->has_now)
        return OK;
    ENSURE(v->practice, err_new(ERR_USAGE, "--now works in a practice installation only.",
                                "Leave --now out, or make a practice installation with 'candour init --practice'."));
    v->clock_shift = o->now - (int64_t)time(NULL);
    return OK;
}

static err meet_keeper(struct vault *v, const struct secret_source *source)
{
    const char *slots[SLOT_SHARES_MAX];
    for (size_t i = 0; i < v->slot_count; i++)
        slots[i] = v->slots[i];
    return keeper_open(v->program, slots, v->slot_count, source, &v->keeper);
}

static err make(const struct vault_options *o, const struct conf *c, struct vault **ret)
{
    CLEANUP(vault_close) struct vault *v = mem_alloc(sizeof *v);
    ENSURE(v, mem_none());
    v->keys = mem_alloc(sizeof *v->keys);
    ENSURE(v->keys, mem_none());
    for (int i = 0; i < VAULT_KEYS_KEPT; i++)
        v->keys->kept[i].bytes = BUF(CELL_KEYS_PER_BLOB * KEY_BYTES + 256);
    v->unnamed = BUF(UNNAMED_BYTES);
    memcpy(v->org, c->org, ORG_BYTES);
    memcpy(v->slots, c->slots, sizeof v->slots);
    v->slot_count = c->slot_count;
    snprintf(v->beside, sizeof v->beside, "%s", c->beside);
    v->practice = c->practice;
    v->alarms = o->alarms;
    snprintf(v->program, sizeof v->program, "%s", o->program);
    snprintf(v->command, sizeof v->command, "%s", o->command);
    if (!realpath(o->dir, v->dir))
        return err_at(err_system("open the data directory"), o->dir, 0, 0);
    TRY(when_zone_find(&v->zone, view_text(c->zone)));
    TRY(set_clock(v, o));
    *ret = v;
    v = NULL;
    return OK;
}

/* candour.conf is a text that anybody may edit; what the slot says was there when the first entry was made. */
static err hello(struct vault *v, struct view ring)
{
    bool practice;
    TRY(keeper_hello(v->keeper, v->org, v->epoch, ring, vault_now(v), &practice));
    ENSURE(practice == v->practice, err_newf(ERR_INVALID, "candour.conf says 'practice = {}'; the slot says '{}'.",
           "Put that line of candour.conf back as 'candour init' wrote it.", err_name(v->practice ? "yes" : "no"), err_name(practice ? "yes" : "no")));
    return OK;
}

static err greet(struct vault *v)
{
    CLEANUP(buf_free) struct buf ring = BUF(256);
    TRY(store_epoch(v->store, &v->epoch));
    TRY(store_meta_get(v->store, "ring", &ring));
    return hello(v, buf_view(&ring));
}

/* `shown` was read before the database was opened: what is published is in it. */
static err look_back(struct vault *v, uint64_t shown)
{
    uint64_t size = 0;
    err e = store_checkpoint_newest(v->store, &size, NULL);
    if (e.kind == ERR_NOT_FOUND)
        err_ignore(e, "then it has none of them");
    else
        TRY(e);
    if (size < shown && v->alarms)
        *v->alarms |= VAULT_OLDER;
    return OK;
}

err vault_open(const struct vault_options *o, enum store_mode mode, struct vault **ret)
{
    CLEANUP(mem_release) struct conf *c = mem_alloc(sizeof *c);
    ENSURE(c, mem_none());
    TRY(conf_load(o->dir, c));
    ENSURE(c->made, err_at(err_new(ERR_INVALID, "The making of this data directory was interrupted.",
                                   "Run the same 'candour init' again: it goes on where it stopped."), o->dir, 0, 0));
    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(make(o, c, &v));
    char log[LIMIT_PATH_BYTES + 8];
    vault_log_dir(v, log, sizeof log);
    uint64_t shown = publish_shown(log);
    TRY(store_open(v->dir, mode, &v->store)); /* first: the keeper waits a few seconds for its greeting, not for a database's recovery */
    TRY(look_back(v, shown));
    TRY(meet_keeper(v, o->passphrase));
    TRY(greet(v));
    *ret = v;
    v = NULL;
    return OK;
}

void vault_close(struct vault **pointer)
{
    struct vault *v = *pointer;
    if (!v)
        return;
    vault_undo(v);
    store_read_end(&v->snapshot);
    if (v->leased)
        err_ignore(store_lease_release(v->store, "register"), "a lease of an ended process is taken over");
    if (v->alarms && v->keeper)
        *v->alarms |= keeper_alarms(v->keeper);
    keeper_close(&v->keeper);
    store_close(&v->store);
    for (int i = 0; v->keys && i < VAULT_KEYS_KEPT; i++)
        buf_free(&v->keys->kept[i].bytes);
    mem_free(v->keys);
    buf_free(&v->unnamed);
    if (v->kept.p)
        v->kept.end(v->kept.p);
    mem_free(v);
    *pointer = NULL;
}

err vault_lease(struct vault *v)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    TRY(store_lease_take(v->store, "register", v->command, (int64_t)t.tv_sec * 1000, STORE_LEASE_WAIT_MS));
    v->leased = true;
    return OK;
}

err vault_only_a_copy(const struct vault *v)
{
    return err_newf(ERR_CONFLICT, "This is a copy for looking: it was restored beside {}, which goes on.",
                    "Nothing was changed. Work in {}. If that one is lost, move it away and restore the backup once more, into another folder.",
                    err_name(v->beside), err_name(v->beside));
}

err vault_lease_now(struct vault *v)
{
    store_patience(v->store, false);
    err e = vault_lease(v);
    store_patience(v->store, true);
    return e;
}

err vault_begin(struct vault *v)
{
    return store_begin(v->store, v->epoch, &v->tx);
}

err vault_commit(struct vault *v)
{
    if (v->beside[0]) {
        vault_undo(v);
        return vault_only_a_copy(v);
    }
    if (mem_ran_short()) {
        vault_undo(v);
        return mem_none();
    }
    CHECK(!keeper_waits(v->keeper)); /* what it is sealing would be lost */
    /* Something else is done: what the command before did is not said again. */
    err e = v->acted ? store_jobs_drop(v->store, JOB_DONE) : OK;
    if (e.kind == ERR_OK)
        e = vault_documents_entry(v);
    if (e.kind == ERR_OK)
        e = vault_state_entry(v);
    if (e.kind == ERR_OK)
        e = store_commit(&v->tx);
    v->acted = false;
    if (e.kind != ERR_OK)
        vault_undo(v);
    return e;
}

void vault_undo(struct vault *v)
{
    if (v->keeper)
        keeper_forget(v->keeper);
    if (v->tx.store)
        vault_forget_keys(v);
    buf_clear(&v->unnamed);
    store_rollback(&v->tx);
    v->acted = false;
}

/* --- making one --- */

/* What is made beside a slot has its name with one of these. */
static err refuse_beside(const char *slot)
{
    static const char *const ends[] = {".signer", ".vkey", ".counters", ".sock", ".part"};
    size_t len = strlen(slot);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        ENSURE(len < end || strcmp(slot + len - end, ends[i]) != 0,
               err_at(err_newf(ERR_USAGE, "A slot's name can't end in {}: files that belong to a slot have such names.", "Choose another name.", err_name(ends[i])),
                      slot, 0, 0));
    }
    return OK;
}

/* Before anything is made: the second share would find the first in its place, and the same command again would too.  A
 * folder that is not there is told later. */
static err refuse_names(const struct vault_init *init)
{
    char real[SLOT_SHARES_MAX][LIMIT_PATH_BYTES];
    for (size_t i = 0; i < init->slot_count; i++) {
        TRY(refuse_beside(init->slots[i]));
        err e = seam_absolute(init->slots[i], real[i]);
        if (e.kind != ERR_OK)
            real[i][0] = 0;
        err_ignore(e, "it is told when the slots are made");
        for (size_t k = 0; k < i; k++)
            ENSURE(!real[i][0] || strcmp(real[i], real[k]) != 0,
                   err_at(err_new(ERR_USAGE, "This slot is named twice.",
                                  "Name each slot once; a second one is another file, on another disk."),
                          init->slots[i], 0, 0));
    }
    return OK;
}

/* A data directory, or a backup of one. */
static err holds_data(const char *folder, bool *ret)
{
    static const char *const names[] = {"candour.conf", "register.db"};
    char path[LIMIT_PATH_BYTES + 32];
    *ret = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !*ret; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        TRY(seam_exists(path, ret));
    }
    return OK;
}

static err slot_in_data(void)
{
    return err_new(ERR_USAGE, "The slot may not lie in a data directory: every backup would hold the key.",
                   "Choose a place that no backup copies, such as another disk or a memory stick.");
}

/* Neither in this data directory nor in any other. */
static err refuse_inside(const char *dir, const char *slot)
{
    char real[LIMIT_PATH_BYTES];
    if (!realpath(dir, real))
        return err_at(err_system("find the data directory"), dir, 0, 0);
    size_t len = strlen(real);
    ENSURE(strncmp(slot, real, len) != 0 || slot[len] != '/', slot_in_data());
    snprintf(real, sizeof real, "%s", slot);
    for (char *slash = strrchr(real, '/'); slash; slash = strrchr(real, '/')) {
        bool there;
        *slash = 0;
        TRY(holds_data(real, &there));
        ENSURE(!there, slot_in_data());
    }
    return OK;
}

static void folder_end(DIR **d)
{
    if (*d)
        closedir(*d);
}

/* Nothing of somebody else's comes into backups, or is taken for ours. */
static err refuse_full(const char *dir)
{
    CLEANUP(folder_end) DIR *d = opendir(dir);
    ENSURE(d, err_at(err_system("look into the folder"), dir, 0, 0));
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        bool ours = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strncmp(e->d_name, "candour.conf", 12) == 0;
        ENSURE(ours, err_at(err_new(ERR_CONFLICT, "This folder is not empty.", "Choose one that is new or empty: a data directory holds nothing else."),
                            dir, 0, 0));
    }
    return OK;
}

static err not_ours(const char *slot)
{
    return err_at(err_new(ERR_CONFLICT, "There is a file already where the slot should go.",
                          "Choose another place. Never overwrite a slot: all that hangs on it would be lost."), slot, 0, 0);
}

/* The slot that an interrupted init made for this share, if there is one: it is kept, so that nothing it may have sealed is lost. */
static err old_slot(const struct conf *c, size_t i, struct slot_lock *lock, bool *ret_there)
{
    TRY(seam_exists(c->slots[i], ret_there));
    if (!*ret_there)
        return OK;
    CLEANUP(buf_free) struct buf old = BUF_SECRET(SLOT_FILE_BYTES + 1);
    struct slot_record records[2];
    TRY(seam_read(c->slots[i], SLOT_FILE_BYTES, &old));
    bool ours = slot_decode(buf_view(&old), records).kind == ERR_OK && memcmp(records[0].org, c->org, ORG_BYTES) == 0 &&
                records[0].share_no == i && records[0].share_count == c->slot_count;
    *lock = records[0].lock;
    secret_wipe(records, sizeof records);
    ENSURE(ours, not_ours(c->slots[i]));
    return OK;
}

static err make_slot(const struct conf *c, size_t i, const struct slot_lock *lock)
{
    struct slot_record r = {.epoch = 1, .practice = c->practice, .share_no = (uint8_t)i, .share_count = (uint8_t)c->slot_count, .lock = *lock};
    CLEANUP(buf_free) struct buf file = BUF_SECRET(SLOT_FILE_BYTES + 1);
    uint8_t *bytes = buf_space(&file, SLOT_FILE_BYTES);
    TRY(buf_ok(&file));
    memcpy(r.org, c->org, ORG_BYTES);
    secret_random(r.share, sizeof r.share);
    slot_encode(&r, bytes);
    secret_wipe(&r, sizeof r);
    return seam_create_once(c->slots[i], buf_view(&file));
}

struct choosing {
    uint8_t passphrase[LIMIT_PASSPHRASE_BYTES], share[KEY_BYTES];
};

static void choosing_end(struct choosing **c)
{
    void *region = *c;
    secret_unlock(&region, sizeof **c);
}

/* A new passphrase, or the one that slots which are there already have. */
static err choose_passphrase(const struct secret_source *source, bool there, struct slot_lock *lock)
{
    void *region = NULL;
    TRY(secret_lock(sizeof(struct choosing), &region));
    CLEANUP(choosing_end) struct choosing *c = region;
    struct buf passphrase = BUF_FIXED(c->passphrase, sizeof c->passphrase);
    TRY(source->get(source->ctx, true, &passphrase));
    return there ? slot_lock_open(lock, buf_view(&passphrase), c->share) : slot_lock_make(buf_view(&passphrase), c->share, lock);
}

static err make_slots(const struct conf *c, const struct vault_init *init, const struct secret_source *source)
{
    struct slot_lock lock = {0};
    bool there[SLOT_SHARES_MAX] = {false}, any = false;
    for (size_t i = 0; i < c->slot_count; i++) {
        TRY(old_slot(c, i, &lock, &there[i]));
        any = any || there[i];
    }
    ENSURE(!any || lock.set == init->passphrase,
           err_at(err_new(ERR_CONFLICT, "The init that was interrupted here was asked otherwise for a passphrase.",
                          "Run it again as it was, with --passphrase or without."), c->slots[0], 0, 0));
    if (init->passphrase)
        TRY(choose_passphrase(source, any, &lock));
    for (size_t i = 0; i < c->slot_count; i++)
        if (!there[i])
            TRY(make_slot(c, i, &lock));
    return OK;
}

static err start_conf(const struct vault_options *o, const struct vault_init *init, struct conf *c)
{
    char path[LIMIT_PATH_BYTES + 32];
    ENSURE(snprintf(path, sizeof path, "%s/candour.conf", o->dir) < (int)sizeof path,
           err_new(ERR_LIMIT, "The path of the data directory is too long.", "Choose a shorter one."));
    bool there;
    TRY(seam_mkdir(o->dir));
    TRY(seam_exists(path, &there));
    struct conf old = {0};
    if (there) {
        TRY(conf_load(o->dir, &old));
        ENSURE(!old.made, err_at(err_new(ERR_CONFLICT, "There is a data directory here already.", "Choose another folder, or use this one as it is."), o->dir, 0, 0));
        memcpy(c->org, old.org, ORG_BYTES);
    } else {
        TRY(refuse_full(o->dir));
        secret_random(c->org, ORG_BYTES);
    }
    c->practice = init->practice;
    snprintf(c->zone, sizeof c->zone, "%s", init->zone);
    c->slot_count = init->slot_count;
    for (size_t i = 0; i < c->slot_count; i++) {
        TRY(seam_absolute(init->slots[i], c->slots[i]));
        TRY(refuse_inside(o->dir, c->slots[i]));
    }
    struct when_zone zone;
    TRY(when_zone_find(&zone, view_text(init->zone)));
    return conf_save(o->dir, c);
}

static err fill(struct vault *v, err (*first)(struct vault *v, void *ctx), void *ctx)
{
    CLEANUP(buf_free) struct buf ring = BUF(256);
    TRY(keeper_new_ring(v->keeper, 1, &ring));
    v->epoch = 1;
    TRY(hello(v, buf_view(&ring)));
    TRY(store_begin(v->store, 0, &v->tx));
    TRY(store_epoch_set(v->store, 1));
    TRY(store_meta_put(v->store, "ring", buf_view(&ring)));
    TRY(first(v, ctx));
    return vault_commit(v);
}

err vault_create(const struct vault_options *o, const struct vault_init *init, err (*first)(struct vault *v, void *ctx), void *ctx)
{
    ENSURE(init->slot_count && init->slot_count <= SLOT_SHARES_MAX, err_new(ERR_USAGE, "A slot is needed.", "Give --slot PATH, up to eight times."));
    CHECK(!init->passphrase || o->passphrase);
    TRY(refuse_names(init));
    TRY(secret_start());
    CLEANUP(mem_release) struct conf *c = mem_alloc(sizeof *c);
    ENSURE(c, mem_none());
    TRY(start_conf(o, init, c));
    seam_crash_point("init-conf");
    TRY(make_slots(c, init, o->passphrase));
    seam_crash_point("init-slots");
    TRY(signer_create(c->slots[0], view_text(init->origin)));
    seam_crash_point("init-signer");

    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(make(o, c, &v));
    err e = store_open(v->dir, STORE_WRITE, &v->store);
    if (e.kind == ERR_NOT_FOUND) {
        TRY(store_create(v->dir));
        e = store_open(v->dir, STORE_WRITE, &v->store);
    }
    TRY(e);
    TRY(meet_keeper(v, o->passphrase));
    TRY(store_epoch(v->store, &v->epoch));
    if (v->epoch == 0)
        TRY(fill(v, first, ctx));
    else
        TRY(greet(v));
    seam_crash_point("init-filled");
    TRY(vault_publish(v));
    c->made = true;
    return conf_save(v->dir, c);
}
