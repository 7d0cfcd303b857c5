/* The checker: the log recomputed from its entries, compared with all that was published. */
#include "publish_int.h"

#include "entry.h"
#include "mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FILE_TRIES = 10, FILE_WAIT_MS = 20 };

/* A sealed entry. */
struct seal {
    uint64_t index;
    struct hash hash;
    bool released;
};

struct seals {
    struct seal *list; /* by index */
    size_t count, room;
};

struct checker {
    struct store *store; /* NULL: from the folder alone */
    const char *dir;
    struct note_key key;
    struct signer *signer; /* NULL: not at hand */
    const struct publish_listener *listener; /* NULL: none */
    struct publish_verdict *v;
    struct merkle_edge *edge;
    struct merkle_sink sink;
    struct publish_cursor stored;
    struct buf bundle, disk;
    struct seals seals;
    uint64_t published;                 /* what the newest checkpoint says */
    uint64_t next;                      /* index of the next entry */
    bool broken;                        /* an entry is missing: the tree can't be followed further */
    uint64_t other_roots;               /* checkpoints whose root is not that of the entries */
    struct tile partial[MERKLE_LEVELS]; /* checked last */
    uint64_t signed_size;
    struct hash signed_root;
};

static void checker_close(struct checker *c)
{
    publish_cursor_close(&c->stored);
    buf_free(&c->bundle);
    buf_free(&c->disk);
    mem_free(c->seals.list);
    mem_free(c->edge);
}

__attribute__((format(printf, 2, 3))) static void fault(struct checker *c, const char *format, ...)
{
    uint64_t n = c->v->faults++;
    if (n >= PUBLISH_FAULTS)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(c->v->fault[n], PUBLISH_FAULT_BYTES, format, args);
    va_end(args);
}

/* One that the next publishing puts right. */
#define folder_fault(c, ...)                                                                                              \
    do {                                                                                                                  \
        (c)->v->folder_faults++;                                                                                          \
        fault((c), __VA_ARGS__);                                                                                          \
    } while (0)

/* --- sealed entries --- */

static err add_seal(struct seals *s, uint64_t index, const struct hash *hash)
{
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 256;
        struct seal *list = room <= SIZE_MAX / sizeof *list ? mem_resize(s->list, room * sizeof *list) : NULL;
        ENSURE(list, mem_none());
        s->list = list;
        s->room = room;
    }
    s->list[s->count++] = (struct seal){.index = index, .hash = *hash};
    return OK;
}

static struct seal *find_seal(const struct seals *s, uint64_t index)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->list[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->list[low].index == index ? &s->list[low] : NULL;
}

static struct view json_view(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? view_of(json_string_value(value), json_string_length(value)) : view_text("");
}

static err check_release(struct checker *c, uint64_t index, const json_t *entry)
{
    uint64_t of = (uint64_t)json_integer_value(json_object_get(entry, "index"));
    struct seal *seal = find_seal(&c->seals, of);
    if (!seal) {
        fault(c, "Entry %" PRIu64 " releases entry %" PRIu64 ", which is no sealed entry before it.", index, of);
        return OK;
    }
    uint8_t salt[ENTRY_SALT_BYTES];
    CLEANUP(buf_free) struct buf body = BUF(LIMIT_ENTRY_BODY_BYTES);
    TRY(entry_encode_body(json_object_get(entry, "body"), &body));
    bool good = hex_decode(salt, sizeof salt, json_view(entry, "salt"));
    struct hash hash = entry_text_hash(salt, buf_view(&body));
    if (!good || !hash_equal(&hash, &seal->hash)) {
        fault(c, "Entry %" PRIu64 " does not open the sealed entry %" PRIu64 ": what it shows is not what was sealed.",
              index, of);
        return OK;
    }
    c->v->released += !seal->released;
    seal->released = true;
    return OK;
}

/* --- one entry --- */

static void json_release(json_t **j)
{
    json_decref(*j);
}

static err sealed_entry(struct checker *c, uint64_t index, struct view hash)
{
    struct hash h;
    CHECK(hex_decode(h.b, sizeof h.b, hash));
    return add_seal(&c->seals, index, &h);
}

/* Form and meaning; the tree is another matter. */
static err check_entry(struct checker *c, uint64_t index, const struct entry_kind *kind, struct view bytes)
{
    static const char before_hash[] = "{\"hash\":\"";
    if (kind && strcmp(kind->name, "sealed") == 0) /* canonical, so its hash stands there */
        return sealed_entry(c, index, view_of(bytes.p + sizeof before_hash - 1, 2 * HASH_BYTES));
    if (kind)
        return OK;
    CLEANUP(json_release) json_t *entry = NULL;
    err e = entry_parse(bytes, &entry);
    ENSURE(e.kind != ERR_NOMEM, e);
    if (e.kind != ERR_OK) {
        fault(c, "Entry %" PRIu64 " is not in order: %s", index, err_text()->what);
        err_ignore(e, "it is told as a fault");
        return OK;
    }
    if (view_equal(json_view(entry, "kind"), view_text("release")))
        return check_release(c, index, entry);
    if (view_equal(json_view(entry, "kind"), view_text("sealed")))
        return sealed_entry(c, index, json_view(entry, "hash"));
    return OK;
}

/* --- tiles --- */

static bool is_published(const struct checker *c, const struct tile *t)
{
    return tile_covered(t, c->published);
}

static void name_of(const struct tile *t, char ret[TILE_PATH_MAX + 1])
{
    struct buf name = BUF_FIXED((uint8_t *)ret, TILE_PATH_MAX);
    tile_path(t, &name);
    ret[name.len] = 0;
}

/* The first of the tile's things that differs, counted from 0. */
static uint64_t first_other(const struct checker *c, const struct tile *t, struct view real)
{
    struct view disk = buf_view(&c->disk), a[TILE_WIDTH], b[TILE_WIDTH];
    if (!t->entries) {
        size_t at = 0;
        while (at < real.len && at < disk.len && real.p[at] == disk.p[at])
            at++;
        return t->index * TILE_WIDTH + at / HASH_BYTES;
    }
    unsigned at = 0;
    err ours = tile_bundle_parse(real, t->width, a), theirs = tile_bundle_parse(disk, t->width, b);
    if (ours.kind == ERR_OK && theirs.kind == ERR_OK)
        while (at + 1u < t->width && view_equal(a[at], b[at]))
            at++;
    err_ignore(ours, "then the bundle is named, not the entry");
    err_ignore(theirs, "then the bundle is named, not the entry");
    return t->index * TILE_WIDTH + at;
}

static void tell_other(struct checker *c, const struct tile *t, struct view real)
{
    char name[TILE_PATH_MAX + 1];
    name_of(t, name);
    uint64_t at = first_other(c, t, real);
    if (t->level == 0)
        folder_fault(c, "%s is not what the %s give: it differs from entry %" PRIu64 " on.", name,
              c->store ? "entries in the database" : "published entries", at);
    else
        folder_fault(c, "%s is not what the entries give: hash %" PRIu64 " of level %u differs.", name, at, t->level);
}

/* Reads the file of a tile.  *ret_there false: there is none. */
static err read_tile(struct checker *c, const struct tile *t, size_t most, bool *ret_there)
{
    err e = publish_tile_read(c->dir, t, most, &c->disk);
    *ret_there = e.kind == ERR_OK || e.kind == ERR_LIMIT;
    if (e.kind != ERR_NOT_FOUND && e.kind != ERR_LIMIT)
        return e;
    err_ignore(e, "one that is missing or too long is told as a fault");
    return OK;
}

/* One whose partial is gone: the full one starts with the same bytes. */
static err full_starts_so(struct checker *c, const struct tile *t, struct view real, bool *ret)
{
    struct tile full = *t;
    full.width = TILE_WIDTH;
    TRY(read_tile(c, &full, t->entries ? TILE_BUNDLE_BYTES_MAX : TILE_WIDTH * HASH_BYTES, ret));
    *ret = *ret && c->disk.len >= real.len && memcmp(c->disk.p, real.p, real.len) == 0;
    return OK;
}

static err compare(struct checker *c, const struct tile *t, struct view real)
{
    bool there = false;
    char name[TILE_PATH_MAX + 1];
    TRY(read_tile(c, t, real.len, &there));
    c->v->tiles++;
    if (!there && t->width != TILE_WIDTH) {
        TRY(full_starts_so(c, t, real, &there));
        if (there)
            return OK;
    }
    if (there && view_equal(buf_view(&c->disk), real))
        return OK;
    name_of(t, name);
    if (there)
        tell_other(c, t, real);
    else
        folder_fault(c, "%s is missing.", name);
    return OK;
}

static err tile_is_full(void *ctx, unsigned level, uint64_t index, const struct hash tile[MERKLE_TILE_WIDTH])
{
    struct checker *c = ctx;
    struct tile t = {.level = (uint8_t)level, .index = index, .width = TILE_WIDTH};
    return is_published(c, &t) ? compare(c, &t, view_of(tile, TILE_WIDTH * HASH_BYTES)) : OK;
}

static err bundle_is_full(struct checker *c, uint64_t index)
{
    struct tile t = {.entries = true, .index = index, .width = TILE_WIDTH};
    if (c->store && is_published(c, &t))
        TRY(compare(c, &t, buf_view(&c->bundle)));
    buf_clear(&c->bundle);
    return OK;
}

/* The partial tiles of the edge's size, once. */
static err check_partials(struct checker *c)
{
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        unsigned width = merkle_edge_width(c->edge, level);
        struct tile t = {.level = (uint8_t)level, .index = c->edge->size >> (8 * level) >> 8, .width = (uint16_t)width};
        struct tile *last = &c->partial[level];
        if (width == 0 || (last->index == t.index && last->width == t.width))
            continue;
        *last = t;
        TRY(compare(c, &t, view_of(c->edge->tile[level], width * HASH_BYTES)));
        if (level > 0 || !c->store)
            continue;
        t.entries = true;
        TRY(compare(c, &t, buf_view(&c->bundle)));
    }
    return OK;
}

/* --- checkpoints --- */

/* That of the edge's size.  `note` is signed and of `size`, or it is told. */
static err check_note(struct checker *c, uint64_t size, struct view note, bool has_tree)
{
    struct checkpoint cp;
    c->v->checkpoints++;
    err e = checkpoint_open(note, &c->key, view_text(c->key.name), &cp);
    ENSURE(e.kind != ERR_NOMEM, e);
    if (e.kind != ERR_OK || cp.size != size) {
        err_ignore(e, "it is told as a fault");
        fault(c, "The checkpoint of %" PRIu64 " entries is not one that the log's key signed for this log and size.",
              size);
        return OK;
    }
    if (!has_tree)
        return OK;
    struct hash root = merkle_edge_root(c->edge);
    if (!hash_equal(&root, &cp.root)) {
        if (c->other_roots++ == 0)
            fault(c,
                  "The checkpoint of %" PRIu64 " entries has another root than the entries have: one before %" PRIu64
                  " was changed, added or removed.",
                  size, size);
        return OK;
    }
    c->v->size = size;
    c->v->root = root;
    return size ? check_partials(c) : OK;
}

static err check_stored(struct checker *c)
{
    while (c->stored.there && c->stored.size == c->edge->size && !c->broken) {
        TRY(check_note(c, c->stored.size, c->stored.note, true));
        TRY(publish_cursor_step(&c->stored));
    }
    return OK;
}

/* --- the whole --- */

static void check_signed(struct checker *c)
{
    if (!c->signer || c->broken || c->signed_size != c->edge->size)
        return;
    struct hash root = merkle_edge_root(c->edge);
    if (!hash_equal(&root, &c->signed_root))
        fault(c, "The signer signed another root for %" PRIu64 " entries than the entries have.", c->signed_size);
}

static err add_entry(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    struct checker *c = ctx;
    const struct entry_kind *kind = publish_scan(bytes);
    c->v->entries++;
    TRY(check_entry(c, index, kind, bytes));
    if (c->listener)
        TRY(c->listener->entry(c->listener->ctx, index, kind, bytes, sealed));
    if (index != c->next && !c->broken) {
        fault(c,
              "Entry %" PRIu64
              " is missing in the database; what comes after it could not be checked against the roots.",
              c->next);
        c->broken = true;
    }
    c->next = index + 1;
    if (c->broken)
        return OK;
    if (bytes.len > TILE_ENTRY_BYTES_MAX) {
        c->broken = true; /* told already: no entry may be so long */
        return OK;
    }
    struct hash leaf = merkle_leaf(bytes);
    TRY(tile_bundle_add(&c->bundle, bytes));
    TRY(merkle_edge_add(c->edge, &leaf, &c->sink));
    if (index % TILE_WIDTH == TILE_WIDTH - 1)
        TRY(bundle_is_full(c, index / TILE_WIDTH));
    check_signed(c);
    return check_stored(c);
}

static void count_up(struct checker *c)
{
    if (c->other_roots > 1)
        fault(c, "%" PRIu64 " later checkpoints have other roots than the entries, too.", c->other_roots - 1);
    c->v->unpublished = c->next > c->v->size ? c->next - c->v->size : 0;
    for (size_t i = 0; i < c->seals.count; i++)
        c->v->sealed += !c->seals.list[i].released;
}

static err start(struct checker *c, struct view vkey)
{
    *c->v = (struct publish_verdict){.root = merkle_empty()};
    TRY(note_vkey_parse(vkey, &c->key));
    c->bundle = BUF(TILE_BUNDLE_BYTES_MAX);
    c->disk = BUF(TILE_BUNDLE_BYTES_MAX);
    c->sink = (struct merkle_sink){tile_is_full, c};
    c->edge = mem_alloc(sizeof *c->edge);
    return c->edge ? OK : mem_none();
}

/* The file, and the newest stored. */
struct shown {
    struct buf file, newest;
    err read, stored;
    uint64_t size; /* of the newest */
};

static void shown_end(struct shown *s)
{
    buf_free(&s->file);
    buf_free(&s->newest);
}

/* That the newest stored one comes right after that of `size`, or is the only one. */
static err comes_next(struct checker *c, bool any_before, uint64_t size, uint64_t newest, bool *ret)
{
    CLEANUP(publish_cursor_close) struct publish_cursor next = {0};
    TRY(publish_cursor_open(c->store, any_before ? size + 1 : 0, &next));
    *ret = next.there && next.size == newest;
    return OK;
}

static err tell_missing(struct checker *c, const struct shown *s)
{
    TRY(comes_next(c, false, 0, s->size, &c->v->cut_off));
    if (!c->v->cut_off)
        folder_fault(c, "The file 'checkpoint' is missing; the newest stored one is of %" PRIu64 " entries.", s->size);
    return OK;
}

/* Signed by the log's key; of `size`. */
static err tell_signed(struct checker *c, const struct shown *s, uint64_t size)
{
    CLEANUP(buf_free) struct buf same_size = BUF(LIMIT_NOTE_BYTES);
    err like = store_checkpoint_get(c->store, size, &same_size);
    ENSURE(like.kind == ERR_OK || like.kind == ERR_NOT_FOUND, like);
    err_ignore(like, "it is told as a fault");
    if (like.kind != ERR_OK || !view_equal(buf_view(&same_size), buf_view(&s->file))) {
        fault(c,
              "The file 'checkpoint' is signed by the log's key for %" PRIu64
              " entries, but the database does not have it: it was put back to an older state, or somebody else has the "
              "key.",
              size);
        return OK;
    }
    TRY(comes_next(c, true, size, s->size, &c->v->cut_off));
    if (!c->v->cut_off)
        folder_fault(c,
                     "The file 'checkpoint' is an old one of %" PRIu64 " entries; the newest stored one is of %" PRIu64
                     ", and there are others between: it was put back.",
                     size, s->size);
    return OK;
}

static err compare_file(struct checker *c, bool last, bool *ret_done)
{
    CLEANUP(shown_end) struct shown s = {.file = BUF(LIMIT_NOTE_BYTES), .newest = BUF(LIMIT_NOTE_BYTES)};
    struct checkpoint cp = {0};
    s.read = publish_file_read(c->dir, &s.file);
    s.stored = store_checkpoint_newest(c->store, &s.size, &s.newest);
    ENSURE(s.stored.kind == ERR_OK || s.stored.kind == ERR_NOT_FOUND, s.stored);
    bool same = s.read.kind == ERR_OK && s.stored.kind == ERR_OK && view_equal(buf_view(&s.file), buf_view(&s.newest));
    *ret_done = same || (s.read.kind == ERR_NOT_FOUND && s.stored.kind == ERR_NOT_FOUND);
    if (*ret_done || !last)
        return OK;
    if (s.read.kind == ERR_NOT_FOUND)
        return tell_missing(c, &s);
    err signed_by = s.read.kind == ERR_OK ? checkpoint_open(buf_view(&s.file), &c->key, view_text(c->key.name), &cp) : s.read;
    ENSURE(signed_by.kind != ERR_NOMEM && signed_by.kind != ERR_IO, signed_by);
    if (signed_by.kind == ERR_OK)
        return tell_signed(c, &s, cp.size);
    err_ignore(signed_by, "it is told as a fault");
    folder_fault(c, "The file 'checkpoint' is not one that the log's key signed for this log.");
    return OK;
}

/* Between storing and replacing the file a publisher needs a few milliseconds: a difference is looked at again. */
static err check_file(struct checker *c)
{
    bool done = false;
    for (int i = 0; i < FILE_TRIES && !done; i++) {
        if (i > 0)
            nanosleep(&(struct timespec){.tv_nsec = FILE_WAIT_MS * 1000000L}, NULL);
        TRY(compare_file(c, i == FILE_TRIES - 1, &done));
    }
    return OK;
}

static err walk(struct checker *c)
{
    uint64_t count = 0;
    err e = store_checkpoint_newest(c->store, &c->published, NULL);
    ENSURE(e.kind == ERR_OK || e.kind == ERR_NOT_FOUND, e);
    err_ignore(e, "nothing is published yet");
    TRY(store_entry_count(c->store, &count));
    if (c->published > count)
        fault(c,
              "The newest checkpoint is of %" PRIu64 " entries, and the database has only %" PRIu64
              ": the last ones were removed, or it was put back to an older state.",
              c->published, count);
    if (c->signer && c->signed_size > count)
        fault(c,
              "The signer signed %" PRIu64 " entries, and the database has only %" PRIu64
              ": it was put back to an older state.",
              c->signed_size, count);
    TRY(publish_cursor_open(c->store, 0, &c->stored));
    TRY(check_stored(c));
    TRY(store_entries_each(c->store, 0, INT64_MAX, add_entry, c));
    while (c->stored.there) {
        TRY(check_note(c, c->stored.size, c->stored.note, false));
        TRY(publish_cursor_step(&c->stored));
    }
    publish_cursor_close(&c->stored);
    uint64_t stored;
    TRY(store_counter_peek(c->store, STORE_CHECKPOINTS, &stored));
    if (c->v->checkpoints != stored)
        fault(c, "%" PRIu64 " checkpoints were stored, and %" PRIu64 " stored checkpoints are there.", stored, c->v->checkpoints);
    return OK;
}

err publish_verify(struct store *s, const char *log_dir, struct view vkey, struct signer *signer, const struct publish_listener *listener,
                   struct store_snapshot *snapshot, struct publish_verdict *ret)
{
    CLEANUP(store_read_end) struct store_snapshot own = {0};
    CLEANUP(checker_close) struct checker c = {.store = s, .dir = log_dir, .signer = signer, .listener = listener, .v = ret};
    TRY(start(&c, vkey));
    if (c.signer)
        TRY(signer_newest(c.signer, &c.signed_size, &c.signed_root));
    TRY(check_file(&c)); /* which changes after it is stored, and so is compared before the snapshot */
    TRY(store_read_begin(s, snapshot ? snapshot : &own));
    TRY(walk(&c));
    count_up(&c);
    return OK;
}

/* --- from the folder alone --- */

/* Reads a bundle: of the partial one the full one's start will do.  *ret false: it was told. */
static err read_bundle(struct checker *c, const struct tile *t, struct buf *to, bool *ret)
{
    struct view entries[TILE_WIDTH];
    struct tile full = *t;
    full.width = TILE_WIDTH;
    char name[TILE_PATH_MAX + 1];
    name_of(t, name);
    unsigned width = t->width;
    err e = publish_tile_read(c->dir, t, TILE_BUNDLE_BYTES_MAX, to);
    if (e.kind == ERR_NOT_FOUND && width != TILE_WIDTH) {
        e = publish_tile_read(c->dir, &full, TILE_BUNDLE_BYTES_MAX, to);
        width = TILE_WIDTH;
    }
    c->v->tiles++;
    if (e.kind != ERR_OK && e.kind != ERR_NOT_FOUND && e.kind != ERR_LIMIT)
        return e;
    *ret = e.kind == ERR_OK;
    if (!*ret)
        fault(c, "%s is missing, or too large.", name);
    err_ignore(e, "it was told");
    if (!*ret)
        return OK;
    e = tile_bundle_parse(buf_view(to), width, entries);
    *ret = e.kind == ERR_OK;
    if (!*ret)
        fault(c, "%s does not hold exactly %u entries.", name, width);
    err_ignore(e, "it was told");
    for (unsigned i = 0; i < t->width && *ret; i++)
        TRY(add_entry(c, t->index * TILE_WIDTH + i, entries[i], view_of(NULL, 0)));
    return OK;
}

static err walk_bundles(struct checker *c, uint64_t size)
{
    CLEANUP(buf_free) struct buf bundle = BUF(TILE_BUNDLE_BYTES_MAX);
    struct tile t = {.entries = true};
    bool good = true;
    for (; t.index * TILE_WIDTH < size && good; t.index++) {
        uint64_t left = size - t.index * TILE_WIDTH;
        t.width = left < TILE_WIDTH ? (uint16_t)left : TILE_WIDTH;
        TRY(read_bundle(c, &t, &bundle, &good));
    }
    if (!good)
        fault(c, "The entries from %" PRIu64 " on could not be checked.", c->next);
    c->broken = !good;
    return OK;
}

/* A partial tile of an older size is the start of what took its place, which was checked. */
static err check_older(struct checker *c, const struct tile *t, const char *name)
{
    CLEANUP(buf_free) struct buf old = BUF(TILE_BUNDLE_BYTES_MAX);
    struct view entries[TILE_WIDTH];
    struct tile now = *t;
    uint64_t whole = c->published >> (8 * t->level), full = whole / TILE_WIDTH;
    now.width = t->index < full ? TILE_WIDTH : (uint16_t)(whole % TILE_WIDTH);
    err e = publish_tile_read(c->dir, t, TILE_BUNDLE_BYTES_MAX, &old);
    if (e.kind == ERR_NOT_FOUND) { /* swept meanwhile: the full one holds all of it */
        err_ignore(e, "nobody needs it");
        return OK;
    }
    c->v->tiles++;
    ENSURE(e.kind == ERR_OK || e.kind == ERR_LIMIT, e);
    bool good = e.kind == ERR_OK && (t->entries ? tile_bundle_parse(buf_view(&old), t->width, entries).kind == ERR_OK
                                                : old.len == (size_t)t->width * HASH_BYTES);
    err_ignore(e, "one that is too long is told");
    bool there;
    TRY(read_tile(c, &now, TILE_BUNDLE_BYTES_MAX, &there));
    if (!there)
        return OK; /* told already */
    if (!good || old.len > c->disk.len || memcmp(old.p, c->disk.p, old.len) != 0)
        folder_fault(c, "%s is not what the published entries give.", name);
    return OK;
}

/* What is to be the file of that name, once it is whole. */
static err on_its_way(const char *name, bool *ret)
{
    struct tile t;
    size_t len = strlen(name), end = strlen(PUBLISH_PART);
    *ret = len > end && strcmp(name + len - end, PUBLISH_PART) == 0;
    if (!*ret)
        return OK;
    err e = tile_parse(view_of(name, len - end), &t);
    ENSURE(e.kind == ERR_OK || e.kind == ERR_INVALID, e);
    *ret = e.kind == ERR_OK;
    err_ignore(e, "then it is no file of the log");
    return OK;
}

static err check_any(void *ctx, const char *name, const struct tile *t)
{
    struct checker *c = ctx;
    bool left = false;
    if (!t)
        TRY(on_its_way(name, &left));
    c->v->left += left;
    if (left)
        return OK;
    if (!t) {
        folder_fault(c, "%s is no file of this log.", name);
        return OK;
    }
    c->v->beyond += !is_published(c, t);
    return is_published(c, t) && t->width != TILE_WIDTH ? check_older(c, t, name) : OK;
}

err publish_verify_tiles(const char *log_dir, struct view vkey, struct publish_verdict *ret)
{
    CLEANUP(checker_close) struct checker c = {.dir = log_dir, .v = ret};
    TRY(start(&c, vkey));
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint cp = {0};
    TRY(publish_file_read(log_dir, &note));
    err e = checkpoint_open(buf_view(&note), &c.key, view_text(c.key.name), &cp);
    ENSURE(e.kind != ERR_NOMEM, e);
    if (e.kind != ERR_OK) {
        err_ignore(e, "it is told as a fault");
        fault(&c, "The file 'checkpoint' is not one that the log's key signed for this log.");
        return OK;
    }
    c.published = cp.size;
    TRY(walk_bundles(&c, cp.size));
    if (!c.broken)
        TRY(check_note(&c, cp.size, buf_view(&note), true));
    TRY(publish_files_each(log_dir, check_any, &c));
    count_up(&c);
    return OK;
}
