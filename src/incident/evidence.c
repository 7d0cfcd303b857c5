#include "evidence.h"

#include "commitment.h"
#include "entry.h"
#include "jsonio.h"
#include "limits.h"
#include "people.h"
#include "publish.h"

#include <stdio.h>
#include <string.h>

enum { FIELDS_MAX = 1024 };

struct gathering {
    struct vault *v;
    struct arena *a;
    uint32_t ordinal;
    json_t *sets;
};

/* One set that she is in. */
struct member {
    const char *kind, *id;
    uint8_t commitment[16];
    uint64_t index;
    const char *fields[FIELDS_MAX];
    size_t field_count;
};

static json_t *hex_json(struct view v)
{
    CLEANUP(buf_free) struct buf b = BUF(4096);
    buf_hex(&b, v);
    return json_string(buf_text(&b));
}

static json_t *path_json(const struct merkle_proof *p)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < p->count; i++) {
        if (json_array_append_new(list, hex_json(hash_view(&p->hash[i]))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static err leaf_json(struct gathering *g, const struct member *m, json_t **ret, struct hash *ret_root)
{
    uint8_t salt[KEY_BYTES];
    CLEANUP(mem_release) struct view *fields = mem_array(m->field_count + 1, sizeof *fields);
    CLEANUP(mem_release) struct commitment_proof *proof = mem_alloc(sizeof *proof);
    CLEANUP(buf_free) struct buf leaves = BUF(LIMIT_LEAVES_BYTES);
    ENSURE(fields && proof, mem_none());
    for (size_t i = 0; i < m->field_count; i++)
        fields[i] = view_text(m->fields[i]);
    struct hash leaf;
    TRY(vault_leaf_salt(g->v, m->commitment, g->ordinal, salt));
    TRY(commitment_leaf(salt, view_of(m->commitment, 16), fields, m->field_count, &leaf));
    TRY(store_leaves_get(g->v->store, m->commitment, &leaves));
    const struct hash *list = (const struct hash *)leaves.p;
    size_t count = leaves.len / HASH_BYTES;
    TRY(commitment_prove(list, count, &leaf, proof));
    TRY(commitment_root(list, count, ret_root));
    *ret = json_pack("{s:o,s:o,s:I,s:I,s:o}", "salt", hex_json(view_of(salt, sizeof salt)), "commitment", hex_json(view_of(m->commitment, 16)), "index",
                     (json_int_t)proof->index, "size", (json_int_t)proof->size, "path", path_json(&proof->path));
    return *ret ? OK : mem_none();
}

static err entry_json(struct gathering *g, uint64_t index, json_t **ret)
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_ENTRY_BYTES), opening = BUF_SECRET(2 * LIMIT_ENTRY_BYTES);
    TRY(store_entry_get(g->v->store, index, &bytes, NULL));
    TRY(vault_entry_opening(g->v, index, &opening));
    *ret = json_pack("{s:I,s:s%,s:o,s:s%}", "index", (json_int_t)index, "bytes", (const char *)bytes.p, bytes.len, "salt",
                     hex_json(view_of(opening.p, ENTRY_SALT_BYTES)), "body", (const char *)opening.p + ENTRY_SALT_BYTES,
                     opening.len - ENTRY_SALT_BYTES);
    return *ret ? OK : mem_none();
}

static err add_set(struct gathering *g, const struct member *m)
{
    CLEANUP(jsonio_release) json_t *leaf = NULL, *entry = NULL;
    CLEANUP(buf_free) struct buf proof = BUF(2 * LIMIT_NOTE_BYTES);
    struct hash root;
    char dir[LIMIT_PATH_BYTES + 8];
    vault_log_dir(g->v, dir, sizeof dir);
    TRY(leaf_json(g, m, &leaf, &root));
    TRY(entry_json(g, m->index, &entry));
    TRY(publish_proof_file(g->v->store, dir, m->index, &proof));
    json_t *set = json_pack("{s:s,s:s,s:o,s:O,s:o,s:O,s:s%}", "kind", m->kind, "id", m->id, "fields", jsonio_list(m->fields, m->field_count), "leaf", leaf, "set",
                            hex_json(hash_view(&root)), "entry", entry, "proof", (const char *)proof.p, proof.len);
    ENSURE(set && json_array_append_new(g->sets, set) == 0, mem_none());
    return OK;
}

/* --- hand-overs --- */

/* The leaf says what was committed on the day of recording; a system that grew since is left to the scopes. */
static err in_handover(struct gathering *g, const struct handover *h)
{
    CLEANUP(peopleset_free) struct peopleset *people = NULL;
    CLEANUP(mem_release) struct member *m = mem_alloc(sizeof *m);
    ENSURE(m, mem_none());
    TRY(handover_people(g->v, h, &people));
    if (!peopleset_has(people, g->ordinal))
        return OK;
    *m = (struct member){.kind = "handover", .id = h->id, .index = h->log_index};
    memcpy(m->commitment, h->commitment, sizeof m->commitment);
    for (size_t i = 0; i < h->field_count && m->field_count < FIELDS_MAX; i++) {
        CLEANUP(peopleset_free) struct peopleset *have = NULL;
        TRY(handover_field_people(g->v, h, i, people, &have));
        if (peopleset_has(have, g->ordinal))
            m->fields[m->field_count++] = h->fields[i].key;
    }
    err e = add_set(g, m);
    if (e.kind == ERR_NOT_FOUND && h->kind == HANDOVER_SYSTEM) {
        err_ignore(e, "came into the system after it was recorded");
        return OK;
    }
    return e;
}

/* --- scopes --- */

static err scope_set(struct gathering *g, const char *owner, const char *name, const json_t *sha, struct peopleset **ret)
{
    struct hash h;
    const char *hex = json_string_value(sha);
    ENSURE(hex && hex_decode(h.b, HASH_BYTES, view_text(hex)), err_new(ERR_CORRUPT, "The record of who is affected is not understood.", "Run 'candour fsck'."));
    return peopleset_get(g->v, owner, name, &h, ret);
}

static err fields_in_scope(struct gathering *g, const char *owner, json_t *sets, struct member *m)
{
    const char *name;
    json_t *sha;
    json_object_foreach(sets, name, sha) {
        CLEANUP(peopleset_free) struct peopleset *have = NULL;
        if (name[0] == '.' || m->field_count == FIELDS_MAX)
            continue;
        TRY(scope_set(g, owner, name, sha, &have));
        if (peopleset_has(have, g->ordinal))
            m->fields[m->field_count++] = name;
    }
    return OK;
}

static void sort_fields(struct member *m)
{
    for (size_t i = 1; i < m->field_count; i++)
        for (size_t k = i; k > 0 && strcmp(m->fields[k - 1], m->fields[k]) > 0; k--) {
            const char *swap = m->fields[k];
            m->fields[k] = m->fields[k - 1];
            m->fields[k - 1] = swap;
        }
}

static err in_scope(struct gathering *g, const char *incident, const json_t *doc)
{
    CLEANUP(peopleset_free) struct peopleset *affected = NULL;
    CLEANUP(mem_release) struct member *m = mem_alloc(sizeof *m);
    ENSURE(m, mem_none());
    json_t *sets = json_object_get(doc, "sets");
    const char *commitment = json_string_value(json_object_get(doc, "commitment"));
    char owner[64];
    snprintf(owner, sizeof owner, "%s/%u", incident, (unsigned)json_integer_value(json_object_get(json_object_get(doc, "numbers"), "version")));
    *m = (struct member){.kind = "scope", .id = incident, .index = (uint64_t)json_integer_value(json_object_get(doc, "log_index"))};
    ENSURE(commitment && hex_decode(m->commitment, 16, view_text(commitment)), err_new(ERR_CORRUPT, "The record of who is affected is not understood.", "Run 'candour fsck'."));
    TRY(scope_set(g, owner, ".affected", json_object_get(sets, ".affected"), &affected));
    if (!peopleset_has(affected, g->ordinal))
        return OK;
    TRY(fields_in_scope(g, owner, sets, m));
    sort_fields(m);
    return add_set(g, m);
}

static err all_sets(struct gathering *g)
{
    struct handover *list;
    size_t count;
    TRY(handover_list(g->v, g->a, &list, &count));
    for (size_t i = 0; i < count; i++)
        TRY(in_handover(g, &list[i]));
    CLEANUP(jsonio_release) json_t *scopes = NULL;
    TRY(vault_docs(g->v, "scope", &scopes));
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const json_t *item = json_array_get(scopes, i);
        TRY(in_scope(g, json_string_value(json_object_get(item, "id")), json_object_get(item, "doc")));
    }
    return OK;
}

err evidence_of(struct vault *v, const struct config *c, struct arena *a, uint32_t ordinal, json_t **ret)
{
    struct people_records r;
    CLEANUP(buf_free) struct buf key = BUF(4096);
    CLEANUP(jsonio_release) json_t *sets = json_array();
    struct gathering g = {v, a, ordinal, sets};
    ENSURE(sets, mem_none());
    TRY(vault_vkey(v, &key));
    TRY(people_records(v, c, ordinal, &r));
    for (size_t i = 0; i < r.count; i++) { /* sets hold records; each has its own salts */
        g.ordinal = r.list[i];
        TRY(all_sets(&g));
    }
    *ret = json_pack("{s:s,s:O}", "key", buf_text(&key), "sets", sets);
    return *ret ? OK : mem_none();
}
