/* fsck: the log, what is sealed beside its entries, and that entries and documents agree. */
#include "fsck_int.h"

#include "entry.h"
#include "publish.h"
#include "signer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOST_MAX = 64, TOGETHER_BYTES = 4 << 20 };

/* The hash of a document, as an entry has it. */
struct named_hash {
    struct hash hash;
    uint64_t index;
    const char *kind, *id; /* of the entry: what it is about; "" where it names no single thing */
};

/* Entries that were regained after a restore: what they say was done is lost, and no fault. */
struct lost {
    uint64_t from, to;
};

/* Entries whose private sides are opened together. */
struct together {
    struct buf bytes; /* of each: the entry, then its side */
    struct member {
        uint64_t index;
        size_t at, entry_len, side_len;
    } list[LIMIT_KEEPER_DOCUMENTS];
    struct vault_side sides[LIMIT_KEEPER_DOCUMENTS];
    struct view plains[LIMIT_KEEPER_DOCUMENTS];
    size_t count;
    uint64_t group; /* of their keys */
};

struct fsck_entries {
    struct fsck *f;
    uint64_t *noted; /* those that do not speak for themselves, by index */
    size_t noted_count, noted_room;
    struct named_hash *hashes; /* of documents, as entries have them */
    size_t count, room;
    struct lost lost[LOST_MAX];
    size_t lost_count;
    struct together together;
};

static void drop(json_t **j)
{
    json_decref(*j);
}

void fsck_entries_free(struct fsck_entries **e)
{
    if (*e) {
        mem_free((*e)->noted);
        mem_free((*e)->hashes);
        buf_free(&(*e)->together.bytes);
    }
    mem_free(*e);
    *e = NULL;
}

/* --- while the log is gone through --- */

static bool mentions(struct view bytes, const char *text)
{
    return memmem(bytes.p, bytes.len, text, strlen(text)) != NULL;
}

static void note_restore(struct fsck_entries *w, uint64_t index, struct view bytes)
{
    CLEANUP(drop) json_t *entry = json_loadb((const char *)bytes.p, bytes.len, 0, NULL);
    uint64_t size = (uint64_t)json_integer_value(json_object_get(entry, "size"));
    if (size >= index || w->lost_count == LOST_MAX)
        return;
    w->lost[w->lost_count++] = (struct lost){size, index};
    fsck_note(w->f, "Entries %" PRIu64 " to %" PRIu64 " of the log were regained after a restore: what they say was done is lost.", size, index - 1);
}

/* Nothing is sealed beside it, nor ought to be, and it names no document: as nearly all of a long log. */
static bool speaks_for_itself(const struct entry_kind *kind, struct view bytes, struct view sealed)
{
    return kind && !sealed.p && strcmp(kind->name, "sealed") != 0 && strcmp(kind->name, "import") != 0 && !mentions(bytes, "\"doc");
}

static err on_entry(void *ctx, uint64_t index, const struct entry_kind *kind, struct view bytes, struct view sealed)
{
    struct fsck_entries *w = ctx;
    if (!kind || strcmp(kind->name, "restore") == 0)
        if (mentions(bytes, "\"kind\":\"restore\""))
            note_restore(w, index, bytes);
    if (speaks_for_itself(kind, bytes, sealed))
        return OK;
    if (w->noted_count == w->noted_room) {
        w->noted_room = w->noted_room ? 2 * w->noted_room : 1024;
        uint64_t *more = mem_resize(w->noted, w->noted_room * sizeof *more);
        ENSURE(more, mem_none());
        w->noted = more;
    }
    w->noted[w->noted_count++] = index;
    return OK;
}

/* --- what entries name --- */

/* What an entry is about: under its own kind ("purpose"), or "id", or the incident that it belongs to. */
static const char *thing_of(const json_t *entry, const char *kind)
{
    const char *const keys[] = {kind, "id", "incident"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *id = json_string_value(json_object_get(entry, keys[i]));
        if (id)
            return id;
    }
    return "";
}

static err remember(struct fsck_entries *w, uint64_t index, const json_t *entry, const json_t *hash)
{
    struct named_hash h = {.index = index};
    const char *hex = json_string_value(hash), *kind = json_string_value(json_object_get(entry, "kind"));
    if (!hex || !kind || !hex_decode(h.hash.b, HASH_BYTES, view_text(hex)))
        return OK;
    const char *id = thing_of(entry, kind);
    h.kind = arena_text(w->f->arena, kind, strlen(kind));
    h.id = arena_text(w->f->arena, id, strlen(id));
    ENSURE(h.kind && h.id, mem_none());
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        struct named_hash *more = mem_resize(w->hashes, w->room * sizeof *more);
        ENSURE(more, mem_none());
        w->hashes = more;
    }
    w->hashes[w->count++] = h;
    return OK;
}

/* Whatever its kind: `doc` is the hash of one document, `docs` are those of several. */
static err remember_hashes(struct fsck_entries *w, uint64_t index, const json_t *entry)
{
    const json_t *docs = json_object_get(entry, "docs");
    TRY(remember(w, index, entry, json_object_get(entry, "doc")));
    for (size_t i = 0; i < json_array_size(docs); i++)
        TRY(remember(w, index, entry, json_array_get(docs, i)));
    return OK;
}

/* --- private sides --- */

/* What an entry hides is sealed beside it: a whole body, or, of these kinds, what one member is the salted hash of. */
static const char *hidden_key(struct view bytes)
{
    if (mentions(bytes, "\"kind\":\"import\""))
        return "file";
    return mentions(bytes, "\"kind\":\"warrant\"") ? "set" : NULL;
}

/* The hash under `key`; of an entry in canonical form, or whatever is not is told by the log's check. */
static bool hash_under(struct view bytes, const char *key, struct hash *ret)
{
    char before[16];
    int len = snprintf(before, sizeof before, "\"%s\":\"", key);
    const uint8_t *at = memmem(bytes.p, bytes.len, before, (size_t)len);
    size_t start = at ? (size_t)(at - bytes.p) + (size_t)len : bytes.len;
    return bytes.len - start >= 2 * HASH_BYTES && hex_decode(ret->b, HASH_BYTES, view_of(bytes.p + start, 2 * HASH_BYTES));
}

static void check_hidden(struct fsck_entries *w, uint64_t index, struct view bytes, const char *key, struct view plain)
{
    struct hash said = {0}, h = entry_text_hash(plain.p, view_of(plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES));
    if (!hash_under(bytes, key, &said) || !hash_equal(&said, &h))
        fsck_fault(w->f, "The private side of entry %" PRIu64 " of the log is not that of its '%s'.", index, key);
    w->f->r->sides++;
}

static err check_side(struct fsck_entries *w, uint64_t index, struct view bytes, struct view plain)
{
    CLEANUP(drop) json_t *body = NULL;
    const char *key = hidden_key(bytes);
    check_hidden(w, index, bytes, key ? key : "hash", plain);
    if (key)
        return OK;
    TRY(entry_parse_body(view_of(plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES), &body));
    return remember_hashes(w, index, body);
}

static err told(struct fsck_entries *w, uint64_t index, err e)
{
    return fsck_told(w->f, e, "The private side of entry %" PRIu64 " of the log does not open", index);
}

/* Where one does not open, none of those asked for with it does: each is tried by itself. */
static err open_together(struct fsck_entries *w)
{
    struct together *t = &w->together;
    for (size_t i = 0; i < t->count; i++)
        t->sides[i] = (struct vault_side){t->list[i].index, view_of(t->bytes.p + t->list[i].at + t->list[i].entry_len, t->list[i].side_len)};
    err all = t->count ? vault_open_sides(w->f->v, t->sides, t->count, t->plains) : OK;
    ENSURE(all.kind == ERR_OK || all.kind == ERR_CORRUPT, all);
    for (size_t i = 0; i < t->count; i++) {
        err e = all.kind == ERR_OK ? OK : vault_open_sides(w->f->v, &t->sides[i], 1, &t->plains[i]);
        if (e.kind == ERR_OK)
            e = check_side(w, t->list[i].index, view_of(t->bytes.p + t->list[i].at, t->list[i].entry_len), t->plains[i]);
        TRY(told(w, t->list[i].index, e));
    }
    err_ignore(all, "whatever does not open was told");
    t->count = 0;
    buf_clear(&t->bytes);
    return OK;
}

static err add_side(struct fsck_entries *w, uint64_t index, struct view bytes, struct view side)
{
    struct together *t = &w->together;
    uint64_t no = vault_side_key(side), group = no / CELL_KEYS_PER_BLOB;
    w->f->max_doc_no = no > w->f->max_doc_no && no <= UINT32_MAX ? no : w->f->max_doc_no;
    if (!fsck_has_keys(w->f, KEEPER_DOCUMENTS, no))
        return told(w, index, err_new(ERR_CORRUPT, "Its keys are missing or damaged.", ""));
    if (bytes.len + side.len > TOGETHER_BYTES)
        return told(w, index, err_new(ERR_CORRUPT, "It is longer than any.", ""));
    if (t->count && (t->group != group || t->count == LIMIT_KEEPER_DOCUMENTS || t->bytes.len + bytes.len + side.len > TOGETHER_BYTES))
        TRY(open_together(w));
    t->group = group;
    t->list[t->count++] = (struct member){index, t->bytes.len, bytes.len, side.len};
    buf_put(&t->bytes, bytes);
    buf_put(&t->bytes, side);
    return buf_ok(&t->bytes);
}

/* --- the entries that were noted --- */

static bool is_lost(const struct fsck_entries *w, uint64_t index)
{
    for (size_t i = 0; i < w->lost_count; i++)
        if (index >= w->lost[i].from && index < w->lost[i].to)
            return true;
    return false;
}

/* A warrant that was entered for a credit has none. */
static void no_side(struct fsck_entries *w, uint64_t index, struct view bytes)
{
    if (mentions(bytes, "\"kind\":\"sealed\"") || mentions(bytes, "\"kind\":\"import\""))
        fsck_fault(w->f, "The private side of entry %" PRIu64 " of the log is missing.", index);
}

static err check_entry(struct fsck_entries *w, uint64_t index)
{
    if (is_lost(w, index))
        return OK;
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES), side = BUF(LIMIT_BLOB_BYTES);
    TRY(store_entry_get(w->f->v->store, index, &bytes, &side));
    if (mentions(buf_view(&bytes), "\"kind\":\"release\""))
        return OK;
    if (side.len)
        return add_side(w, index, buf_view(&bytes), buf_view(&side));
    no_side(w, index, buf_view(&bytes));
    CLEANUP(drop) json_t *entry = json_loadb((const char *)bytes.p, bytes.len, 0, NULL);
    return entry ? remember_hashes(w, index, entry) : OK; /* one that is no JSON is told by the log's check */
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, HASH_BYTES);
}

static void tell_gone(struct fsck *f, const struct named_hash *h)
{
    fsck_fault(f, "Entry %" PRIu64 " of the log (%s%s%s) is about a version of a document that is not there: it was deleted, or an older one was put in its place.",
               h->index, h->kind, h->id[0] ? " " : "", h->id);
}

/* Each version of a document is in an entry by its hash, and each hash in an entry is that of a version. */
static err match_hashes(struct fsck_entries *w)
{
    struct fsck *f = w->f;
    CLEANUP(mem_release) struct hash *have = mem_array(f->doc_count + 1, sizeof *have);
    ENSURE(have, mem_none());
    size_t count = 0;
    if (w->count)
        qsort(w->hashes, w->count, sizeof *w->hashes, by_hash);
    for (size_t i = 0; i < f->doc_count; i++) {
        const struct fsck_doc *d = &f->docs[i];
        if (!d->hashed)
            continue;
        if (!w->count || !bsearch(&d->hash, w->hashes, w->count, sizeof *w->hashes, by_hash))
            fsck_fault(f, "Document %s %s, version %u, is in no entry of the log.", d->kind, d->id, d->version);
        have[count++] = d->hash;
    }
    qsort(have, count, sizeof *have, by_hash);
    for (size_t i = 0; i < w->count && count == f->doc_count; i++) /* else some of the hashes are not known */
        if (!bsearch(&w->hashes[i].hash, have, count, sizeof *have, by_hash))
            tell_gone(f, &w->hashes[i]);
    return OK;
}

static err unheard(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    return on_entry(ctx, index, NULL, bytes, sealed);
}

static err new_entries(struct fsck *f)
{
    fsck_entries_free(&f->entries);
    f->entries = mem_alloc(sizeof *f->entries);
    ENSURE(f->entries, mem_none());
    f->entries->f = f;
    f->entries->together.bytes = BUF(2 * TOGETHER_BYTES);
    return OK;
}

err fsck_entries_section(struct fsck *f)
{
    if (!f->entries) { /* the log could not be gone through to its end */
        TRY(new_entries(f));
        TRY(store_entries_each(f->v->store, 0, INT64_MAX, unheard, f->entries));
    }
    struct fsck_entries *w = f->entries;
    for (size_t i = 0; i < w->noted_count; i++)
        TRY(check_entry(w, w->noted[i]));
    TRY(open_together(w));
    return match_hashes(w);
}

/* --- the log --- */

err fsck_log_verify(struct fsck *f, struct view key, struct signer *signer, struct publish_verdict *ret)
{
    CLEANUP(buf_free) struct buf vkey = BUF(4096);
    char dir[LIMIT_PATH_BYTES + 8];
    vault_log_dir(f->v, dir, sizeof dir);
    TRY(vault_vkey(f->v, &vkey));
    TRY(new_entries(f));
    struct publish_listener listener = {on_entry, f->entries};
    /* The signer goes on with another directory, beside which a copy lies. */
    err e = publish_verify(f->v->store, dir, key.len ? key : buf_view(&vkey), f->v->beside[0] ? NULL : signer, &listener,
                           f->o->write_nothing ? &f->snapshot : NULL, ret);
    if (e.kind != ERR_OK)
        fsck_entries_free(&f->entries);
    return e;
}

static err open_signer(struct fsck *f, struct signer **ret)
{
    err e = signer_open(f->v->program, f->v->slots[0], ret);
    if (e.kind != ERR_OK)
        fsck_note(f, "The log's signer is not there, so what it signed last was not compared: %s", err_text()->what);
    err_ignore(e, "it is said");
    return OK;
}

err fsck_log_section(struct fsck *f)
{
    CLEANUP(signer_close) struct signer *signer = NULL;
    CLEANUP(mem_release) struct publish_verdict *verdict = mem_alloc(sizeof *verdict);
    ENSURE(verdict, mem_none());
    TRY(open_signer(f, &signer));
    TRY(fsck_log_verify(f, view_text(""), signer, verdict));
    f->r->entries = verdict->entries;
    f->log_is_good = verdict->faults == 0;
    f->r->folder_faults = verdict->folder_faults;
    if (verdict->cut_off)
        fsck_note(f, "A command was cut off before it showed the log's newest checkpoint: the next command that changes something does that.");
    for (uint64_t i = 0; i < verdict->faults && i < PUBLISH_FAULTS; i++)
        fsck_fault(f, "The log: %s", verdict->fault[i]);
    if (verdict->faults > PUBLISH_FAULTS)
        fsck_note(f, "The log has %" PRIu64 " more faults: 'candour log verify'.", verdict->faults - PUBLISH_FAULTS);
    f->r->faults += verdict->faults > PUBLISH_FAULTS ? verdict->faults - PUBLISH_FAULTS : 0;
    if (verdict->unpublished)
        fsck_note(f, "%" PRIu64 " entries of the log are not published yet: the next command that changes something publishes them.",
                  verdict->unpublished);
    return OK;
}
