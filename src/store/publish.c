/* The publisher: from entries to tiles to a signed checkpoint, in the order that survives a crash (spec/tlog.md 6.8). */
#include "publish_int.h"

#include "mem.h"
#include "seam.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIZES_MAX ((size_t)1 << 30) /* bytes of stored sizes, 8 each */

struct publisher {
    struct store *store;
    struct signer *signer; /* NULL: nothing new */
    const char *dir;
    struct note_key key;
    uint64_t count; /* entries */
    /* The newest stored checkpoint; size 0 and the empty root where there is none. */
    uint64_t old_size;
    struct hash old_root;
    struct buf old_note;
    /* What the signer signed last. */
    uint64_t signed_size;
    struct hash signed_root;
    struct merkle_edge *edge;
    bool whole;       /* all files are compared with the entries */
    struct buf sizes; /* of stored checkpoints, u64 each; for `whole` */
    struct buf bundle, disk;
    uint64_t mended;
};

static void publisher_close(struct publisher *p)
{
    buf_free(&p->old_note);
    buf_free(&p->sizes);
    buf_free(&p->bundle);
    buf_free(&p->disk);
    mem_free(p->edge);
    p->edge = NULL;
}

#define PUT_BACK                                                                                                          \
    "The log can't go on from here; breaches, scopes and reports work all the same. Restore the newest backup into a new folder, together with the "    \
    "published log, which anybody who mirrors it has: 'candour restore BACKUP --to NEWFOLDER --log FOLDER'. Then go on there."

static err other_history(void)
{
    return err_new(
        ERR_CONFLICT,
        "The entries of the log do not extend what was published: the database was put back to an older state, or "
        "changed.",
        PUT_BACK);
}

/* --- what there is --- */

static err read_stored(struct publisher *p)
{
    p->old_root = merkle_empty();
    err e = store_checkpoint_newest(p->store, &p->old_size, &p->old_note);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "the first publishing");
        p->old_size = 0;
        return OK;
    }
    TRY(e);
    struct checkpoint c;
    e = checkpoint_open(buf_view(&p->old_note), &p->key, view_text(p->key.name), &c);
    ENSURE(e.kind != ERR_NOMEM, e);
    ENSURE(e.kind == ERR_OK && c.size == p->old_size,
           err_newf(ERR_CORRUPT, "The stored checkpoint of {} entries is not one that this log's key signed.",
                    "Nothing was published. Restore the newest backup, then run 'candour log verify'.",
                    err_int((long long)p->old_size)));
    p->old_root = c.root;
    return OK;
}

static err survey(struct publisher *p)
{
    TRY(store_entry_count(p->store, &p->count));
    TRY(read_stored(p));
    ENSURE(p->old_size <= p->count, other_history());
    if (!p->signer) {
        ENSURE(p->old_size == p->count,
               err_newf(ERR_NOT_FOUND, "{} entries of the log are not published yet: the log's signer is not there.",
                        "Everything else works. Bring the slot back, then run the command again.",
                        err_int((long long)(p->count - p->old_size))));
        p->signed_size = p->old_size;
        p->signed_root = p->old_root;
        return OK;
    }
    TRY(signer_newest(p->signer, &p->signed_size, &p->signed_root));
    ENSURE(p->signed_size <= p->count,
           err_newf(
               ERR_CONFLICT,
               "The database has {} entries of the log, and {} were signed already: it was put back to an older state.", PUT_BACK,
               err_int((long long)p->count), err_int((long long)p->signed_size)));
    return OK;
}

/* --- what was written before --- */

static bool tile_is_there(int dir, const struct tile *t)
{
    struct stat about;
    char name[TILE_PATH_MAX + 1];
    struct buf path = BUF_FIXED((uint8_t *)name, sizeof name);
    tile_path(t, &path);
    if (fstatat(dir, buf_text(&path), &about, 0) != 0 || !S_ISREG(about.st_mode))
        return false;
    return t->entries ? about.st_size > 0 : about.st_size == (off_t)t->width * HASH_BYTES;
}

static bool folder_is_complete(const char *dir, uint64_t size)
{
    int fd = (int)TEMP_FAILURE_RETRY(open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
    bool complete = fd >= 0;
    struct tile_walk walk = tile_walk_new(0, size);
    struct tile t, full;
    while (complete && tile_walk_next(&walk, &t)) {
        full = t;
        full.width = TILE_WIDTH;
        complete = tile_is_there(fd, &t) || (t.width != TILE_WIDTH && tile_is_there(fd, &full));
    }
    if (fd >= 0)
        close(fd);
    return complete;
}

/* False: the folder has to be made again from all entries. */
static bool load_edge(struct publisher *p)
{
    if (!folder_is_complete(p->dir, p->old_size))
        return false;
    CLEANUP(tile_source_free) struct tile_source source = publish_source(&p->dir, p->old_size);
    err e = merkle_edge_load(p->edge, p->old_size, tile_reader(&source));
    if (e.kind != ERR_OK) {
        err_ignore(e, "the entries are the truth");
        return false;
    }
    struct hash root = merkle_edge_root(p->edge);
    return hash_equal(&root, &p->old_root);
}

static err add_only(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)index;
    (void)sealed;
    struct hash leaf = merkle_leaf(bytes);
    return merkle_edge_add(ctx, &leaf, NULL);
}

static err grow(struct store *s, struct merkle_edge *edge, uint64_t size)
{
    return publish_entries(s, edge->size, size, add_only, edge);
}

/* Brings the edge to the size of the newest stored checkpoint, checked, without a write. */
static err start_edge(struct publisher *p)
{
    if (!p->whole && load_edge(p))
        return OK;
    p->whole = true;
    merkle_edge_init(p->edge);
    TRY(grow(p->store, p->edge, p->old_size));
    struct hash root = merkle_edge_root(p->edge);
    ENSURE(hash_equal(&root, &p->old_root),
           err_newf(ERR_CORRUPT, "The first {} entries in the database are not those that were published.",
                    "Nothing was published. Restore the newest backup, then run 'candour log verify'.",
                    err_int((long long)p->old_size)));
    return OK;
}

/* Whether our entries give `root` at `size` <= count. */
static err is_ours(struct publisher *p, uint64_t size, const struct hash *root, bool *ret)
{
    if (size <= p->old_size) {
        struct publish_claim claim = {.small = size, .hash = *root, .size = p->old_size, .root = p->old_root};
        struct merkle_proof proof;
        if (size > 0 && size < p->old_size)
            return publish_prove(p->store, p->dir, &claim, &proof, ret);
        struct hash expected = size ? p->old_root : merkle_empty();
        *ret = hash_equal(root, &expected);
        return OK;
    }
    CLEANUP(mem_release) struct merkle_edge *probe = mem_alloc(sizeof *probe);
    ENSURE(probe, mem_none());
    *probe = *p->edge;
    TRY(grow(p->store, probe, size));
    struct hash real = merkle_edge_root(probe);
    *ret = hash_equal(&real, root);
    return OK;
}

/* Refuses where the signer or the folder know another log, or more of it.  *ret_same: the file is the newest stored. */
static err check_known(struct publisher *p, bool *ret_same)
{
    bool ours = false;
    TRY(is_ours(p, p->signed_size, &p->signed_root, &ours));
    ENSURE(ours, other_history());
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c;
    err e = publish_file_read(p->dir, &note);
    ENSURE(e.kind == ERR_OK || e.kind == ERR_NOT_FOUND || e.kind == ERR_LIMIT, e);
    *ret_same = e.kind == ERR_OK && p->old_note.len > 0 && view_equal(buf_view(&note), buf_view(&p->old_note));
    if (*ret_same)
        return OK;
    if (e.kind == ERR_OK)
        e = checkpoint_open(buf_view(&note), &p->key, view_text(p->key.name), &c);
    ENSURE(e.kind != ERR_NOMEM, e);
    if (e.kind != ERR_OK) {
        err_ignore(e, "a file that the log's key did not sign says nothing and is replaced");
        return OK;
    }
    ENSURE(c.size <= p->count, other_history());
    TRY(is_ours(p, c.size, &c.root, &ours));
    return ours ? OK : other_history();
}

/* --- tiles --- */

/* Makes the folders above a file in `dir`, durable. */
static err make_folders(const char *dir, char *path)
{
    for (char *slash = path + strlen(dir); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        bool there = false;
        err e = seam_exists(path, &there);
        if (e.kind == ERR_OK && !there)
            e = seam_mkdir(path);
        if (e.kind == ERR_OK && !there)
            e = seam_sync_parent(path);
        *slash = '/';
        TRY(e);
    }
    return OK;
}

/* Whether the file has these bytes; one with others is deleted. */
static err look_at(struct publisher *p, const char *path, struct view bytes, bool *ret_same)
{
    buf_clear(&p->disk);
    err e = seam_read(path, bytes.len, &p->disk);
    *ret_same = e.kind == ERR_OK && view_equal(buf_view(&p->disk), bytes);
    if (*ret_same)
        return OK;
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "it is new");
        return OK;
    }
    if (e.kind == ERR_LIMIT)
        err_ignore(e, "a longer file is a wrong one");
    else
        TRY(e);
    return seam_unlink(path);
}

static err put_tile(struct publisher *p, const struct tile *t, struct view bytes)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    TRY(publish_path(p->dir, t, &path));
    bool same = false;
    TRY(look_at(p, buf_text(&path), bytes, &same));
    /* Those of the stored size were brought to the disk before it was signed. */
    if (same && tile_covered(t, p->old_size))
        return OK;
    p->mended += !same;
    TRY(make_folders(p->dir, (char *)path.p));
    return seam_create_once(buf_text(&path), bytes);
}

static err put_full(void *ctx, unsigned level, uint64_t index, const struct hash tile[MERKLE_TILE_WIDTH])
{
    struct tile t = {.level = (uint8_t)level, .index = index, .width = TILE_WIDTH};
    return put_tile(ctx, &t, view_of(tile, TILE_WIDTH * HASH_BYTES));
}

static err put_bundle(struct publisher *p, uint64_t index, unsigned width)
{
    struct tile t = {.entries = true, .index = index, .width = (uint16_t)width};
    return put_tile(p, &t, buf_view(&p->bundle));
}

/* The tiles and the bundle that are not full at the edge's size, and not at the log's. */
static err put_partial(struct publisher *p)
{
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        unsigned width = merkle_edge_width(p->edge, level);
        struct tile t = {.level = (uint8_t)level, .index = p->edge->size >> (8 * level) >> 8, .width = (uint16_t)width};
        if (width == 0 || t.index != p->count >> (8 * level) >> 8)
            continue;
        TRY(put_tile(p, &t, view_of(p->edge->tile[level], width * HASH_BYTES)));
        if (level == 0)
            TRY(put_bundle(p, t.index, width));
    }
    return OK;
}

static bool is_stored_size(struct publisher *p, size_t *at, uint64_t size)
{
    for (; p->sizes.len - *at >= 8; *at += 8) {
        struct rd r = rd_of(view_of(p->sizes.p + *at, 8));
        uint64_t stored = rd_u64(&r);
        if (stored >= size)
            return stored == size;
    }
    return false;
}

struct laying {
    struct publisher *p;
    struct merkle_sink sink;
    size_t at; /* in sizes */
};

static err lay_entry(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct laying *l = ctx;
    struct publisher *p = l->p;
    struct hash leaf = merkle_leaf(bytes);
    TRY(tile_bundle_add(&p->bundle, bytes));
    if (index >= p->edge->size)
        TRY(merkle_edge_add(p->edge, &leaf, &l->sink));
    else
        ENSURE(hash_equal(&leaf, &p->edge->tile[0][index % TILE_WIDTH]),
               err_newf(ERR_CORRUPT, "Entry {} in the database is not the one that was published.",
                        "Nothing was published. Restore the newest backup, then run 'candour log verify'.",
                        err_int((long long)index)));
    if (index % TILE_WIDTH == TILE_WIDTH - 1) {
        TRY(put_bundle(p, index / TILE_WIDTH, TILE_WIDTH));
        buf_clear(&p->bundle);
    }
    return is_stored_size(p, &l->at, index + 1) ? put_partial(p) : OK;
}

static err list_sizes(struct publisher *p)
{
    CLEANUP(publish_cursor_close) struct publish_cursor c = {0};
    TRY(publish_cursor_open(p->store, 1, &c));
    while (c.there) {
        buf_u64(&p->sizes, c.size);
        TRY(publish_cursor_step(&c));
    }
    return buf_ok(&p->sizes);
}

/* Writes the tiles and bundles from the edge, or all, up to the count. */
static err lay(struct publisher *p)
{
    if (p->whole) {
        merkle_edge_init(p->edge);
        TRY(list_sizes(p));
    }
    struct laying l = {.p = p, .sink = {put_full, p}};
    TRY(publish_entries(p->store, p->edge->size & ~UINT64_C(255), p->count, lay_entry, &l));
    return put_partial(p);
}

/* --- checkpoint --- */

static err store_note(struct publisher *p, uint64_t size, struct view note)
{
    uint64_t epoch = 0;
    TRY(store_epoch(p->store, &epoch));
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(store_begin(p->store, epoch, &tx));
    TRY(store_checkpoint_put(p->store, size, note));
    return store_commit(&tx);
}

/* The new note stands in old_note then. */
static err sign(struct publisher *p)
{
    struct publish_claim claim = {
        .small = p->signed_size, .hash = p->signed_root, .size = p->count, .root = merkle_edge_root(p->edge)};
    struct merkle_proof proof;
    bool extends = false;
    TRY(publish_prove(p->store, p->dir, &claim, &proof, &extends));
    ENSURE(extends, other_history());
    uint8_t signature[SIGNATURE_BYTES];
    TRY(signer_sign(p->signer, p->count, &claim.root, &proof, signature));
    seam_crash_point("publish-signed");
    CLEANUP(buf_free) struct buf text = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c = {.origin = view_text(p->key.name), .size = p->count, .root = claim.root};
    TRY(checkpoint_format(&c, &text));
    buf_clear(&p->old_note);
    TRY(note_assemble(buf_view(&text), &p->key, signature, &p->old_note));
    TRY(store_note(p, p->count, buf_view(&p->old_note)));
    seam_crash_point("publish-stored");
    return OK;
}

/* --- what is not needed any more --- */

static bool is_partial(const char *name)
{
    return name[0] && strspn(name, "0123456789") == strlen(name);
}

/* Who was cut off before the file got its name left it. */
static bool is_left(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    return digits && strcmp(name + digits, PUBLISH_PART) == 0;
}

/* Deletes what a tile does not need: one that is full its partial ones.  The empty folder stays. */
static err sweep_tile(struct publisher *p, const struct tile *tile, bool full)
{
    struct tile t = *tile;
    t.width = 1;
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    TRY(publish_path(p->dir, &t, &path));
    path.len -= 2; /* "/1" */
    DIR *folder = opendir(buf_text(&path));
    if (!folder)
        return OK;
    size_t len = path.len;
    err result = OK;
    for (struct dirent *e = readdir(folder); e && result.kind == ERR_OK; e = readdir(folder)) {
        path.len = len;
        buf_str(&path, "/");
        buf_str(&path, e->d_name);
        (void)buf_text(&path);
        if (is_left(e->d_name) || (full && is_partial(e->d_name)))
            result = buf_ok(&path).kind == ERR_OK ? seam_unlink(buf_text(&path)) : OK;
    }
    closedir(folder);
    return result;
}

static err sweep_both(struct publisher *p, struct tile t, bool full)
{
    TRY(sweep_tile(p, &t, full));
    t.entries = t.level == 0;
    return t.entries ? sweep_tile(p, &t, full) : OK;
}

/* Tiles that became full, and the last one before: its sweeping may have been interrupted.  And the one that is not full yet. */
static err sweep(struct publisher *p)
{
    for (unsigned level = 0; level < MERKLE_LEVELS && p->count >> (8 * level); level++) {
        uint64_t first = p->old_size >> (8 * level) >> 8, end = p->count >> (8 * level) >> 8;
        struct tile t = {.level = (uint8_t)level, .index = p->whole || first == 0 ? 0 : first - 1, .width = TILE_WIDTH};
        for (; t.index < end; t.index++)
            TRY(sweep_both(p, t, true));
        TRY(sweep_both(p, t, false));
    }
    return OK;
}

/* --- all of it --- */

static err show(struct publisher *p)
{
    return seam_replace(p->dir, PUBLISH_CHECKPOINT, buf_view(&p->old_note), 0600);
}

static err publish(struct publisher *p)
{
    bool same = false;
    TRY(survey(p));
    if (p->count == 0)
        return OK;
    TRY(start_edge(p));
    TRY(check_known(p, &same));
    if (p->whole || p->count > p->old_size)
        TRY(lay(p));
    seam_crash_point("publish-tiles");
    /* What a run that was cut off left: first put right, so that the file never is more than one checkpoint behind. */
    if (!same && p->old_size)
        TRY(show(p));
    if (p->count > p->old_size || p->count > p->signed_size) {
        TRY(sign(p));
        TRY(show(p));
    }
    return sweep(p);
}

static err prepare(struct publisher *p, struct view vkey)
{
    TRY(note_vkey_parse(vkey, &p->key));
    p->old_note = BUF(LIMIT_NOTE_BYTES);
    p->sizes = BUF(SIZES_MAX);
    p->bundle = BUF(TILE_BUNDLE_BYTES_MAX);
    p->disk = BUF(TILE_BUNDLE_BYTES_MAX);
    p->edge = mem_alloc(sizeof *p->edge);
    return p->edge ? OK : mem_none();
}

/* The clock is read for the lease only: to say since when somebody is at it. */
static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec < 0 ? 0 : (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static err run(struct publisher *p, struct view vkey)
{
    TRY(prepare(p, vkey));
    TRY(store_lease_take(p->store, "publish", "log publish", now_ms(), STORE_LEASE_WAIT_MS));
    err e = publish(p);
    struct err_text words = *err_text();
    err released = store_lease_release(p->store, "publish");
    if (e.kind == ERR_OK)
        return released;
    err_ignore(released, "a lease of a process that is gone is taken over; what happened first counts");
    e = err_said(e.kind, words.what, strlen(words.what), words.todo, strlen(words.todo));
    return words.where[0] ? err_at(e, words.where, words.line, words.column) : e;
}

err publish_run(struct store *s, struct signer *signer, const char *log_dir, struct view vkey, uint64_t *ret_size)
{
    CLEANUP(publisher_close) struct publisher p = {.store = s, .signer = signer, .dir = log_dir};
    TRY(run(&p, vkey));
    *ret_size = p.count;
    return OK;
}

err publish_rebuild(struct store *s, struct signer *signer, const char *log_dir, struct view vkey, uint64_t *ret_size,
                    uint64_t *ret_mended)
{
    CLEANUP(publisher_close) struct publisher p = {.store = s, .signer = signer, .dir = log_dir, .whole = true};
    TRY(run(&p, vkey));
    *ret_size = p.count;
    *ret_mended = p.mended;
    return OK;
}
