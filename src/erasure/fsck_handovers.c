/* fsck: hand-overs, their sets, sums, leaves and entries. */
#include "fsck_int.h"

#include "commitment.h"
#include "entry.h"
#include "handover.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void drop(json_t **j)
{
    json_decref(*j);
}

/* --- sets --- */

/* Nobody in it has a number that was never given out. */
static void check_known(struct fsck *f, const char *id, const char *name, const struct peopleset *s)
{
    CLEANUP(mem_release) uint32_t *list = NULL;
    size_t count = 0;
    err e = peopleset_list(s, &list, &count);
    if (e.kind == ERR_OK && f->has_people && count && list[count - 1] >= f->people_end)
        fsck_fault(f, "The set %s of %s has person %u, and numbers are given out up to %u.", name, id, list[count - 1], f->people_end);
    err_ignore(e, "without memory the set is looked at by its sums only");
}

static err check_field(struct fsck *f, const struct handover *h, const struct handover_field *field, const struct peopleset *people)
{
    CLEANUP(peopleset_free) struct peopleset *stored = NULL;
    err e = peopleset_get(f->v, h->id, field->key, &field->sha, &stored);
    TRY(fsck_told(f, e, "The set %s of %s", field->key, h->id));
    if (!stored)
        return OK;
    uint64_t count = peopleset_count(stored), all = peopleset_count(people);
    if (peopleset_common(stored, people) != count)
        fsck_fault(f, "The set %s of %s has people who are not in the hand-over.", field->key, h->id);
    uint64_t had = field->lacks ? all - count : count;
    if (had != field->people)
        fsck_fault(f, "The set %s of %s gives %" PRIu64 " people with a value, and its document says %" PRIu64 ".", field->key, h->id, had,
                   field->people);
    return OK;
}

static err check_exact(struct fsck *f, const struct handover *h, const struct peopleset *people)
{
    CLEANUP(peopleset_free) struct peopleset *exact = NULL;
    if (h->kind != HANDOVER_SYSTEM)
        return OK;
    TRY(fsck_told(f, handover_exact_people(f->v, h, &exact), "The set of exact people of %s", h->id));
    if (!exact)
        return OK;
    uint64_t count = peopleset_count(exact);
    if (peopleset_common(exact, people) != count)
        fsck_fault(f, "The set of exact people of %s has people who are not in the hand-over.", h->id);
    if (count != h->exact)
        fsck_fault(f, "The set of exact people of %s has %" PRIu64 ", and its document says %" PRIu64 ".", h->id, count, h->exact);
    if (h->evidence != handover_evidence_of(h->kind, h->people, h->exact))
        fsck_fault(f, "The evidence of %s is not what its numbers give.", h->id);
    return OK;
}

static err check_sets(struct fsck *f, const struct handover *h)
{
    CLEANUP(peopleset_free) struct peopleset *people = NULL;
    err e = handover_people(f->v, h, &people);
    TRY(fsck_told(f, e, "The set of people of %s", h->id));
    if (!people)
        return OK;
    if (peopleset_count(people) != h->people)
        fsck_fault(f, "The set of people of %s has %" PRIu64 ", and its document says %" PRIu64 ".", h->id, peopleset_count(people), h->people);
    check_known(f, h->id, "of people", people);
    TRY(check_exact(f, h, people));
    for (size_t i = 0; i < h->field_count; i++)
        TRY(check_field(f, h, &h->fields[i], people));
    return OK;
}

/* --- the commitment and the entry: of the day of recording --- */

static err add_leaves(void *ctx, struct view hashes)
{
    ENSURE(hashes.len % HASH_BYTES == 0, err_new(ERR_CORRUPT, "A piece of the stored leaves of a set was cut.", ""));
    return commitment_sum_add(ctx, (const struct hash *)(const void *)hashes.p, hashes.len / HASH_BYTES);
}

err fsck_leaves(struct fsck *f, const uint8_t commitment[STORE_COMMITMENT], uint64_t *ret_count, struct hash *ret_root)
{
    CLEANUP(commitment_sum_free) struct commitment_sum sum;
    TRY(commitment_sum_new(&sum));
    TRY(store_leaves_each(f->v->store, commitment, add_leaves, &sum));
    *ret_count = commitment_sum_count(&sum);
    *ret_root = commitment_sum_root(&sum);
    return OK;
}

static err check_leaves(struct fsck *f, const struct handover *h)
{
    struct hash root;
    uint64_t count;
    err e = fsck_leaves(f, h->commitment, &count, &root);
    if (e.kind == ERR_OK && count != h->people) {
        fsck_fault(f, "%" PRIu64 " leaves of the commitment of %s are stored for %" PRIu64 " people.", count, h->id, h->people);
        return OK;
    }
    if (e.kind == ERR_OK && !hash_equal(&root, &h->set_root))
        fsck_fault(f, "The stored leaves of %s do not give the root of its commitment.", h->id);
    return fsck_told(f, e, "The leaves of %s", h->id);
}

static bool says_text(const json_t *body, const char *key, const char *text)
{
    const char *said = json_string_value(json_object_get(body, key));
    return said && text && strcmp(said, text) == 0;
}

static bool says(const json_t *body, const char *key, json_t *value)
{
    bool same = value && json_equal(json_object_get(body, key), value);
    json_decref(value);
    return same;
}

static bool says_fields(const json_t *body, const struct handover *h)
{
    const json_t *list = json_object_get(body, "fields");
    if (json_array_size(list) != h->field_count)
        return false;
    for (size_t i = 0; i < h->field_count; i++) {
        const char *key = json_string_value(json_array_get(list, i));
        if (!key || strcmp(key, h->fields[i].key) != 0)
            return false;
    }
    return true;
}

static err check_entry(struct fsck *f, const struct handover *h)
{
    CLEANUP(buf_free) struct buf side = BUF(LIMIT_FRAME_BYTES);
    CLEANUP(drop) json_t *body = NULL;
    err e = store_entry_get(f->v->store, h->log_index, NULL, &side);
    struct rd r = rd_of(buf_view(&side));
    bool keys = e.kind == ERR_OK && fsck_has_keys(f, KEEPER_DOCUMENTS, rd_u64(&r));
    if (e.kind == ERR_OK && !keys)
        e = err_new(ERR_CORRUPT, "Its private side, or the keys of it, are missing.", "");
    if (e.kind == ERR_OK)
        e = vault_entry_body(f->v, h->log_index, &body);
    TRY(fsck_told(f, e, "The log entry %" PRIu64 " of %s", h->log_index, h->id));
    if (!body)
        return OK;
    bool same = says_text(body, "kind", "handover") && says_text(body, "id", h->id) && says_text(body, "recipient", h->recipient) &&
                says_text(body, "purpose", h->purpose) && says_text(body, "handover_kind", handover_kind_word(h->kind)) &&
                says_text(body, "evidence", handover_evidence_word(h->evidence));
    if (!same)
        fsck_fault(f, "Entry %" PRIu64 " of the log is not that of %s, as its document says.", h->log_index, h->id);
    if (!says(body, "people", entry_count(h->people)) || !says(body, "file_only", entry_count(h->file_only)) || !says_fields(body, h))
        fsck_fault(f, "The log entry of %s says other people or fields than its document.", h->id);
    if (!says(body, "set", entry_hash(&h->set_root)) || !says(body, "commitment", entry_hex(view_of(h->commitment, sizeof h->commitment))))
        fsck_fault(f, "The log entry of %s has another commitment than its document.", h->id);
    return OK;
}

/* --- all --- */

static err load(struct fsck *f, struct arena *a, const struct fsck_doc *d, struct handover *ret, bool *ret_good)
{
    CLEANUP(drop) json_t *doc = NULL;
    err e = vault_doc_get_version(f->v, d->kind, d->id, d->version, &doc);
    if (e.kind == ERR_OK)
        e = handover_from_json(a, doc, ret);
    *ret_good = e.kind == ERR_OK;
    TRY(fsck_told(f, e, "The document of %s, version %u", d->id, d->version));
    if (*ret_good && strcmp(ret->id, d->id) != 0) {
        fsck_fault(f, "The document of %s says that it is %s.", d->id, ret->id);
        *ret_good = false;
    }
    return OK;
}

static err check_version(struct fsck *f, const struct fsck_doc *d)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct handover h;
    struct store_doc newest;
    bool good;
    ENSURE(a, mem_none());
    TRY(load(f, a, d, &h, &good));
    if (!good)
        return OK;
    TRY(store_doc_newest(f->v->store, d->kind, d->id, &newest, NULL));
    if (newest.version == d->version) {
        f->r->handovers++;
        TRY(check_sets(f, &h));
    }
    if (d->version > 1)
        return OK;
    TRY(check_leaves(f, &h));
    return check_entry(f, &h);
}

/* Sets whose owner looks like a hand-over and is none; those of other owners are only read. */
struct set_walk {
    struct fsck *f;
};

static err on_set(void *ctx, const char *owner, const char *name)
{
    struct fsck *f = ((struct set_walk *)ctx)->f;
    f->r->sets++;
    bool is_handover = owner[0] == 'H' && owner[1] >= '0' && owner[1] <= '9';
    if (is_handover && !vault_doc_is(f->v, "handover", owner))
        fsck_fault(f, "The set %s belongs to %s, and there is no such hand-over.", name, owner);
    if (is_handover)
        return OK; /* read with its document */
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES);
    return fsck_told(f, store_set_get(f->v->store, owner, name, &bytes), "The set %s of %s", name, owner);
}

err fsck_sets_section(struct fsck *f)
{
    struct set_walk w = {f};
    for (size_t i = 0; i < f->doc_count; i++)
        if (f->docs[i].opened && strcmp(f->docs[i].kind, "handover") == 0)
            TRY(check_version(f, &f->docs[i]));
    return store_sets_each(f->v->store, NULL, on_set, &w);
}
