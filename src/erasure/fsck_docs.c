/* fsck: documents, the log, and that the two agree. */
#include "fsck_int.h"

#include "entry.h"
#include "publish.h"
#include "signer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(json_t **j)
{
    json_decref(*j);
}

/* --- documents --- */

static err on_doc(void *ctx, const struct store_doc *doc, struct view blob)
{
    (void)blob;
    struct fsck *f = ctx;
    if (f->doc_count == f->doc_room) {
        f->doc_room = f->doc_room ? 2 * f->doc_room : 256;
        struct fsck_doc *more = mem_resize(f->docs, f->doc_room * sizeof *more);
        ENSURE(more, mem_none());
        f->docs = more;
    }
    struct fsck_doc *to = &f->docs[f->doc_count];
    *to = (struct fsck_doc){.no = doc->no, .version = doc->version, .kind = arena_text(f->arena, doc->kind, strlen(doc->kind)),
                            .id = arena_text(f->arena, doc->id, strlen(doc->id))};
    ENSURE(to->kind && to->id, mem_none());
    f->doc_count++;
    f->max_doc_no = doc->no > f->max_doc_no ? doc->no : f->max_doc_no;
    return OK;
}

static err check_doc(struct fsck *f, struct fsck_doc *d)
{
    if (!fsck_has_keys(f, KEEPER_DOCUMENTS, d->no)) {
        fsck_fault(f, "The keys of document %s %s, version %u, are missing or damaged.", d->kind, d->id, d->version);
        return OK;
    }
    CLEANUP(drop) json_t *doc = NULL;
    err e = vault_doc_get_version(f->v, d->kind, d->id, d->version, &doc);
    d->opened = e.kind == ERR_OK;
    TRY(fsck_told(f, e, "Document %s %s, version %u (number %" PRIu64 ") does not open", d->kind, d->id, d->version, d->no));
    if (d->opened)
        e = vault_doc_hash(doc, &d->hash);
    d->hashed = d->opened && e.kind == ERR_OK;
    TRY(fsck_told(f, e, "Document %s %s, version %u", d->kind, d->id, d->version));
    if (d->version <= 1)
        return OK;
    e = store_doc_version(f->v->store, d->kind, d->id, d->version - 1, NULL, NULL);
    if (e.kind != ERR_NOT_FOUND)
        return e;
    err_ignore(e, "it is told as a fault");
    fsck_fault(f, "Version %u of document %s %s is missing; there are later ones.", d->version - 1, d->kind, d->id);
    return OK;
}

err fsck_docs_section(struct fsck *f)
{
    TRY(store_docs_each(f->v->store, 0, INT64_MAX, on_doc, f));
    for (size_t i = 0; i < f->doc_count; i++)
        TRY(check_doc(f, &f->docs[i]));
    f->r->documents = f->doc_count;
    return OK;
}

/* --- the log --- */

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
    CLEANUP(buf_free) struct buf vkey = BUF(4096);
    char dir[LIMIT_PATH_BYTES + 8];
    ENSURE(verdict, mem_none());
    TRY(vault_vkey(f->v, &vkey));
    TRY(open_signer(f, &signer));
    vault_log_dir(f->v, dir, sizeof dir);
    TRY(publish_verify(f->v->store, dir, buf_view(&vkey), f->v->beside[0] ? NULL : signer, verdict));
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

/* --- entries and documents --- */

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

enum { LOST_MAX = 64 };

struct entry_walk {
    struct fsck *f;
    struct named_hash *hashes; /* of documents, as entries have them */
    size_t count, room;
    struct lost lost[LOST_MAX];
    size_t lost_count;
};

static void walk_end(struct entry_walk *w)
{
    mem_free(w->hashes);
}

static bool is_lost(const struct entry_walk *w, uint64_t index)
{
    for (size_t i = 0; i < w->lost_count; i++)
        if (index >= w->lost[i].from && index < w->lost[i].to)
            return true;
    return false;
}

static bool mentions(struct view bytes, const char *text)
{
    return memmem(bytes.p, bytes.len, text, strlen(text)) != NULL;
}

static err on_restore(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct entry_walk *w = ctx;
    if (!mentions(bytes, "\"kind\":\"restore\"") || w->lost_count == LOST_MAX)
        return OK;
    CLEANUP(drop) json_t *entry = json_loadb((const char *)bytes.p, bytes.len, 0, NULL);
    uint64_t size = (uint64_t)json_integer_value(json_object_get(entry, "size"));
    if (size >= index)
        return OK;
    w->lost[w->lost_count++] = (struct lost){size, index};
    fsck_note(w->f, "Entries %" PRIu64 " to %" PRIu64 " of the log were regained after a restore: what they say was done is lost.", size, index - 1);
    return OK;
}

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

static err remember(struct entry_walk *w, uint64_t index, const json_t *entry, const json_t *hash)
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
static err remember_hashes(struct entry_walk *w, uint64_t index, const json_t *entry)
{
    const json_t *docs = json_object_get(entry, "docs");
    TRY(remember(w, index, entry, json_object_get(entry, "doc")));
    for (size_t i = 0; i < json_array_size(docs); i++)
        TRY(remember(w, index, entry, json_array_get(docs, i)));
    return OK;
}

static err private_side(struct fsck *f, uint64_t index, struct view sealed, struct buf *to)
{
    struct rd r = rd_of(sealed);
    uint64_t no = rd_u64(&r);
    f->max_doc_no = no > f->max_doc_no && no <= UINT32_MAX ? no : f->max_doc_no;
    ENSURE(fsck_has_keys(f, KEEPER_DOCUMENTS, no), err_new(ERR_CORRUPT, "Its keys are missing or damaged.", ""));
    return vault_side_of(f->v, index, sealed, to);
}

/* What an entry hides is sealed beside it: a whole body, or, of these kinds, what one member is the salted hash of. */
static const char *hidden_key(struct view bytes)
{
    if (mentions(bytes, "\"kind\":\"import\""))
        return "file";
    return mentions(bytes, "\"kind\":\"warrant\"") ? "set" : NULL;
}

static void check_hidden(struct entry_walk *w, uint64_t index, const json_t *entry, const char *key, struct view plain)
{
    struct hash said = {0}, h = entry_text_hash(plain.p, view_of(plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES));
    const char *hex = json_string_value(json_object_get(entry, key));
    if (!hex || !hex_decode(said.b, HASH_BYTES, view_text(hex)) || !hash_equal(&said, &h))
        fsck_fault(w->f, "The private side of entry %" PRIu64 " of the log is not that of its '%s'.", index, key);
    w->f->r->sides++;
}

/* A warrant that was entered for a credit has none. */
static void no_side(struct entry_walk *w, uint64_t index, struct view bytes)
{
    if (mentions(bytes, "\"kind\":\"sealed\"") || mentions(bytes, "\"kind\":\"import\""))
        fsck_fault(w->f, "The private side of entry %" PRIu64 " of the log is missing.", index);
}

/* Nothing is sealed beside it, nor ought to be, and it names no document: as nearly all of a long log. */
static bool speaks_for_itself(struct view bytes, struct view sealed)
{
    return !sealed.p && !mentions(bytes, "\"doc") && !mentions(bytes, "\"kind\":\"sealed\"") && !mentions(bytes, "\"kind\":\"import\"");
}

static err on_entry(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    struct entry_walk *w = ctx;
    if (speaks_for_itself(bytes, sealed))
        return OK;
    if (is_lost(w, index) || mentions(bytes, "\"kind\":\"release\""))
        return OK;
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(LIMIT_FRAME_BYTES);
    CLEANUP(drop) json_t *entry = json_loadb((const char *)bytes.p, bytes.len, 0, NULL), *body = NULL;
    if (!sealed.p)
        no_side(w, index, bytes);
    if (!entry || !sealed.p)
        return entry ? remember_hashes(w, index, entry) : OK; /* one that is no JSON is told by the log's check */
    const char *key = hidden_key(bytes);
    err e = private_side(w->f, index, sealed, &plain);
    if (e.kind == ERR_OK)
        check_hidden(w, index, entry, key ? key : "hash", buf_view(&plain));
    if (e.kind == ERR_OK && !key)
        e = entry_parse_body(view_of(plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES), &body);
    TRY(fsck_told(w->f, e, "The private side of entry %" PRIu64 " of the log does not open", index));
    return body ? remember_hashes(w, index, body) : OK;
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
static err match_hashes(struct entry_walk *w)
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

err fsck_entries_section(struct fsck *f)
{
    CLEANUP(walk_end) struct entry_walk w = {.f = f};
    TRY(store_entries_each(f->v->store, 0, INT64_MAX, on_restore, &w));
    TRY(store_entries_each(f->v->store, 0, INT64_MAX, on_entry, &w));
    return match_hashes(&w);
}
