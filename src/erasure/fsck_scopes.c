/* fsck: scopes, their sets, leaves and entries. */
#include "fsck_int.h"

#include "commitment.h"
#include "entry.h"
#include "scope_numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char affected[] = ".affected";

static void drop(json_t **j)
{
    json_decref(*j);
}

static err get_set(struct fsck *f, const char *owner, const char *name, const json_t *sha, struct peopleset **ret)
{
    struct hash h = {0};
    const char *hex = json_string_value(sha);
    err e = hex && hex_decode(h.b, HASH_BYTES, view_text(hex)) ? peopleset_get(f->v, owner, name, &h, ret)
                                                               : err_new(ERR_CORRUPT, "Its document does not say which it is.", "");
    return fsck_told(f, e, "The set %s of the scope %s", name, owner);
}

/* *ret stays NULL where they are not understood, or do not add up: then it is told. */
static err numbers_of(struct fsck *f, struct arena *a, const char *owner, const json_t *doc, struct scope_numbers **ret)
{
    struct scope_numbers *n = arena_alloc(a, sizeof *n);
    ENSURE(n, mem_none());
    err e = scope_numbers_decode(a, json_object_get(doc, "numbers"), n);
    *ret = e.kind == ERR_OK ? n : NULL;
    if (e.kind != ERR_INTERNAL)
        return fsck_told(f, e, "The numbers of the scope %s", owner);
    fsck_fault(f, "The numbers of the scope %s: %s", owner, err_text()->what);
    err_ignore(e, "it is told as a fault");
    return OK;
}

/* A set that is of no field has no number of its own. */
static void check_field(struct fsck *f, const char *owner, const struct scope_numbers *n, const char *name, const struct peopleset *some)
{
    for (size_t i = 0; i < n->field_count; i++)
        if (strcmp(n->fields[i].field, name) == 0 && n->fields[i].people != peopleset_count(some))
            fsck_fault(f, "The set %s of the scope %s has %" PRIu64 " people, and its document says %" PRIu64 ".", name, owner,
                       peopleset_count(some), n->fields[i].people);
}

/* *ret: how many people are affected; UINT64_MAX: not known. */
static err check_sets(struct fsck *f, const char *owner, const json_t *doc, uint64_t *ret)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_numbers *n;
    ENSURE(a, mem_none());
    TRY(numbers_of(f, a, owner, doc, &n));
    json_t *sets = json_object_get(doc, "sets");
    CLEANUP(peopleset_free) struct peopleset *all = NULL;
    const char *name;
    json_t *sha;
    *ret = UINT64_MAX;
    TRY(get_set(f, owner, affected, json_object_get(sets, affected), &all));
    if (!all)
        return OK;
    *ret = peopleset_count(all);
    if (n && *ret != n->affected)
        fsck_fault(f, "The set of people of the scope %s has %" PRIu64 ", and its document says another number.", owner, *ret);
    json_object_foreach(sets, name, sha) {
        CLEANUP(peopleset_free) struct peopleset *some = NULL;
        if (strcmp(name, affected) != 0)
            TRY(get_set(f, owner, name, sha, &some));
        if (some && peopleset_common(some, all) != peopleset_count(some))
            fsck_fault(f, "The set %s of the scope %s has people who are not affected.", name, owner);
        if (some && n)
            check_field(f, owner, n, name, some);
    }
    return OK;
}

static bool same_member(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key);
    return x && json_equal(x, json_object_get(b, key));
}

/* The body of its entry; NULL: it was told, or could not be opened. */
static err entry_of(struct fsck *f, const char *owner, uint64_t index, json_t **ret)
{
    CLEANUP(buf_free) struct buf side = BUF(LIMIT_FRAME_BYTES);
    err e = store_entry_get(f->v->store, index, NULL, &side);
    struct rd r = rd_of(buf_view(&side));
    if (e.kind == ERR_OK && !fsck_has_keys(f, KEEPER_DOCUMENTS, rd_u64(&r)))
        e = err_new(ERR_CORRUPT, "Its private side, or the keys of it, are missing.", "");
    if (e.kind == ERR_OK)
        e = vault_entry_body(f->v, index, ret);
    return fsck_told(f, e, "The log entry %" PRIu64 " of the scope %s", index, owner);
}

static err check_leaves(struct fsck *f, const char *owner, const json_t *body, uint64_t people)
{
    uint8_t id[STORE_COMMITMENT];
    uint64_t count;
    struct hash said, root;
    const char *commitment = json_string_value(json_object_get(body, "commitment")), *set = json_string_value(json_object_get(body, "set"));
    if (!commitment || !hex_decode(id, sizeof id, view_text(commitment)) || !set || !hex_decode(said.b, HASH_BYTES, view_text(set)))
        return OK; /* told: it is not the document's */
    err e = fsck_leaves(f, id, &count, &root);
    if (e.kind == ERR_OK && people != UINT64_MAX && count != people) {
        fsck_fault(f, "%" PRIu64 " leaves of the commitment of the scope %s are stored for %" PRIu64 " people.", count, owner, people);
        return OK;
    }
    if (e.kind == ERR_OK && !hash_equal(&root, &said))
        fsck_fault(f, "The stored leaves of the scope %s do not give the root of its commitment.", owner);
    return fsck_told(f, e, "The leaves of the scope %s", owner);
}

static err check_scope(struct fsck *f, const struct fsck_doc *d)
{
    CLEANUP(drop) json_t *doc = NULL, *body = NULL;
    char owner[LIMIT_NAME_BYTES + 16];
    uint64_t people;
    snprintf(owner, sizeof owner, "%s/%u", d->id, d->version);
    TRY(vault_doc_get_version(f->v, d->kind, d->id, d->version, &doc));
    TRY(check_sets(f, owner, doc, &people));
    TRY(entry_of(f, owner, (uint64_t)json_integer_value(json_object_get(doc, "log_index")), &body));
    if (!body)
        return OK;
    const char *incident = json_string_value(json_object_get(body, "incident"));
    if (!incident || strcmp(incident, d->id) != 0 || json_integer_value(json_object_get(body, "version")) != d->version ||
        !same_member(body, doc, "commitment"))
        fsck_fault(f, "The log entry of the scope %s says something else than its document.", owner);
    return check_leaves(f, owner, body, people);
}

err fsck_scopes_section(struct fsck *f)
{
    for (size_t i = 0; i < f->doc_count; i++)
        if (f->docs[i].opened && strcmp(f->docs[i].kind, "scope") == 0)
            TRY(check_scope(f, &f->docs[i]));
    return OK;
}
