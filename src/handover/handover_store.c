/* Hand-overs and certificates in the vault. */
#include "handover_int.h"

#include "entry.h"
#include "jsonio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

err handover_load(struct vault *v, struct arena *a, const char *id, struct handover *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    err e = vault_doc_get(v, "handover", id, &doc);
    if (e.kind == ERR_NOT_FOUND)
        return err_newf(ERR_NOT_FOUND, "There is no hand-over {}.", "'candour handover list' shows all.", err_name(id));
    TRY(e);
    return handover_from_json(a, doc, ret);
}

err handover_list(struct vault *v, struct arena *a, struct handover **ret, size_t *ret_count)
{
    CLEANUP(jsonio_release) json_t *docs = NULL;
    TRY(vault_docs(v, "handover", &docs));
    *ret_count = json_array_size(docs);
    *ret = arena_array(a, *ret_count + 1, sizeof **ret);
    ENSURE(*ret, mem_none());
    for (size_t i = 0; i < *ret_count; i++)
        TRY(handover_from_json(a, json_object_get(json_array_get(docs, i), "doc"), &(*ret)[i]));
    return OK;
}

int64_t handover_sent_latest(const struct handover *h)
{
    if (h->kind == HANDOVER_SYSTEM || h->sent.latest <= h->recorded_at)
        return h->sent.latest;
    return h->recorded_at > h->sent.earliest ? h->recorded_at : h->sent.earliest;
}

err handover_people(struct vault *v, const struct handover *h, struct peopleset **ret)
{
    return peopleset_get(v, h->id, ".people", &h->set_sha, ret);
}

err handover_field_people(struct vault *v, const struct handover *h, size_t i, const struct peopleset *people, struct peopleset **ret)
{
    CHECK(i < h->field_count);
    CLEANUP(peopleset_free) struct peopleset *stored = NULL;
    TRY(peopleset_get(v, h->id, h->fields[i].key, &h->fields[i].sha, &stored));
    if (h->fields[i].lacks) {
        TRY(peopleset_copy(people, ret));
        peopleset_subtract(*ret, stored);
        return OK;
    }
    *ret = stored;
    stored = NULL;
    return OK;
}

err handover_exact_people(struct vault *v, const struct handover *h, struct peopleset **ret)
{
    CHECK(h->kind == HANDOVER_SYSTEM);
    return peopleset_get(v, h->id, ".exact", &h->exact_sha, ret);
}

/* --- drafts --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

err handover_draft_begin(struct handover_draft *d, struct arena *a, const char *const *keys, size_t count)
{
    memset(d, 0, sizeof *d);
    d->arena = a;
    d->keys = arena_array(a, count + 1, sizeof *d->keys);
    d->have = arena_array(a, count + 1, sizeof *d->have);
    ENSURE(d->keys && d->have, mem_none());
    for (size_t i = 0; i < count; i++)
        ENSURE(d->keys[i] = arena_text(a, keys[i], strlen(keys[i])), mem_none());
    qsort(d->keys, count, sizeof *d->keys, by_text);
    for (size_t i = 0; i < count; i++)
        if (d->key_count == 0 || strcmp(d->keys[d->key_count - 1], d->keys[i]) != 0)
            d->keys[d->key_count++] = d->keys[i];
    TRY(peopleset_new(&d->people));
    TRY(peopleset_new(&d->exact));
    for (size_t i = 0; i < d->key_count; i++)
        TRY(peopleset_new(&d->have[i]));
    return OK;
}

void handover_draft_end(struct handover_draft *d)
{
    peopleset_free(&d->people);
    peopleset_free(&d->exact);
    for (size_t i = 0; i < d->key_count; i++)
        peopleset_free(&d->have[i]);
}

size_t handover_draft_key(const struct handover_draft *d, const char *key)
{
    const char **at = bsearch(&key, d->keys, d->key_count, sizeof *d->keys, by_text);
    CHECK(at);
    return (size_t)(at - d->keys);
}

/* --- saving --- */

static err save_field(struct vault *v, const struct handover *h, struct handover_draft *d, size_t i, struct handover_field *f)
{
    uint64_t all = peopleset_count(d->people);
    *f = (struct handover_field){.key = d->keys[i], .people = peopleset_count(d->have[i])};
    f->lacks = f->people > all / 2;
    if (!f->lacks)
        return peopleset_put(v, h->id, f->key, d->have[i], &f->sha);
    CLEANUP(peopleset_free) struct peopleset *lack = NULL;
    TRY(peopleset_copy(d->people, &lack));
    peopleset_subtract(lack, d->have[i]);
    return peopleset_put(v, h->id, f->key, lack, &f->sha);
}

/* Which fields each person has, as a row of bits a person; most people have the same ones as others, so leaves share their ends. */
struct leaves {
    const struct handover_draft *d;
    const uint32_t *ordinals;
    size_t count, row_bytes;
    uint8_t *bits;
    struct buf bytes;  /* the different ends */
    struct {
        size_t from, len, person; /* the first who has it */
    } *ends;
    size_t end_count, end_room;
    uint32_t *table; /* by the bits' hash: index in `ends`, + 1 */
    size_t table_room;
};

static void leaves_free(struct leaves *l)
{
    mem_free(l->bits);
    buf_free(&l->bytes);
    mem_free(l->ends);
    mem_free(l->table);
}

static err set_bits(struct leaves *l, size_t key)
{
    CLEANUP(mem_release) uint32_t *have = NULL;
    size_t count;
    TRY(peopleset_list(l->d->have[key], &have, &count));
    for (size_t i = 0, k = 0; i < l->count && k < count; i++) {
        while (k < count && have[k] < l->ordinals[i])
            k++;
        if (k < count && have[k] == l->ordinals[i])
            l->bits[i * l->row_bytes + key / 8] |= (uint8_t)(1u << (key % 8));
    }
    return OK;
}

/* The end of a leaf (commitment.h): how many fields, and their keys in rising order. */
static err put_end(struct leaves *l, size_t person)
{
    if (l->end_count == l->end_room) {
        size_t room = l->end_room ? 2 * l->end_room : 64;
        void *more = mem_resize(l->ends, room * sizeof *l->ends);
        ENSURE(more, mem_none());
        l->ends = more;
        l->end_room = room;
    }
    size_t from = l->bytes.len;
    uint16_t count = 0;
    buf_u16(&l->bytes, 0);
    for (size_t i = 0; i < l->d->key_count; i++) {
        if (!(l->bits[person * l->row_bytes + i / 8] >> (i % 8) & 1))
            continue;
        buf_u8(&l->bytes, (uint8_t)strlen(l->d->keys[i]));
        buf_str(&l->bytes, l->d->keys[i]);
        count++;
    }
    TRY(buf_ok(&l->bytes));
    l->bytes.p[from] = (uint8_t)(count >> 8);
    l->bytes.p[from + 1] = (uint8_t)count;
    l->ends[l->end_count].from = from;
    l->ends[l->end_count].len = l->bytes.len - from;
    l->ends[l->end_count++].person = person;
    return OK;
}

/* The index in `ends` of what this person has. */
static err find_end(struct leaves *l, size_t person, uint32_t *ret)
{
    const uint8_t *row = l->bits + person * l->row_bytes;
    uint64_t hash = 14695981039346656037u; /* FNV-1a: only for speed */
    for (size_t i = 0; i < l->row_bytes; i++)
        hash = (hash ^ row[i]) * 1099511628211u;
    size_t at = (size_t)(hash ^ hash >> 32) & (l->table_room - 1);
    for (; l->table[at]; at = (at + 1) & (l->table_room - 1))
        if (memcmp(l->bits + l->ends[l->table[at] - 1].person * l->row_bytes, row, l->row_bytes) == 0)
            break;
    if (!l->table[at]) {
        TRY(put_end(l, person));
        l->table[at] = (uint32_t)l->end_count;
    }
    *ret = l->table[at] - 1;
    return OK;
}

static err fill_leaves(struct leaves *l, struct view *fields)
{
    l->row_bytes = l->d->key_count / 8 + 1;
    l->table_room = 64;
    while (l->table_room < 2 * l->count)
        l->table_room *= 2;
    l->bits = mem_array(l->count + 1, l->row_bytes);
    l->table = mem_array(l->table_room, sizeof *l->table);
    CLEANUP(mem_release) uint32_t *mine = mem_array(l->count + 1, sizeof *mine);
    ENSURE(l->bits && l->table && mine, mem_none());
    for (size_t i = 0; i < l->d->key_count; i++)
        TRY(set_bits(l, i));
    for (size_t i = 0; i < l->count; i++)
        TRY(find_end(l, i, &mine[i]));
    for (size_t i = 0; i < l->count; i++)
        fields[i] = view_of(l->bytes.p + l->ends[mine[i]].from, l->ends[mine[i]].len);
    return OK;
}

err handover_commit(struct vault *v, const struct handover_draft *d, uint8_t commitment[16], struct hash *ret_root)
{
    CLEANUP(mem_release) uint32_t *ordinals = NULL;
    size_t count;
    TRY(peopleset_list(d->people, &ordinals, &count));
    CLEANUP(mem_release) struct view *fields = mem_array(count + 1, sizeof *fields);
    CLEANUP(leaves_free) struct leaves l = {.d = d, .ordinals = ordinals, .count = count, .bytes = BUF(LIMIT_LEAVES_BYTES)};
    ENSURE(fields, mem_none());
    TRY(fill_leaves(&l, fields));
    secret_random(commitment, 16);
    return vault_commit_set(v, commitment, ordinals, fields, count, ret_root);
}

static err add_entry(struct vault *v, const struct handover *h, const struct hash *doc, uint64_t *ret_index)
{
    json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s, s:{s:o,s:o}, s:o,s:o,s:o, s:o,s:o,s:o}", "kind", "handover", "id", h->id, "handover_kind",
                             handover_kind_word(h->kind), "evidence", handover_evidence_word(h->evidence), "recipient", h->recipient,
                             "purpose", h->purpose, "sent", "earliest", handover_time_json(h->sent.earliest), "latest",
                             handover_time_json(h->sent.latest), "people", entry_count(h->people), "file_only", entry_count(h->file_only),
                             "fields", handover_field_keys(h), "set", entry_hash(&h->set_root), "commitment",
                             entry_hex(view_of(h->commitment, sizeof h->commitment)), "doc", entry_hash(doc));
    return vault_entry(v, body, ret_index);
}

err handover_put_exact(struct vault *v, struct handover *h, struct peopleset *exact)
{
    CHECK(h->kind == HANDOVER_SYSTEM);
    h->exact = peopleset_count(exact);
    h->evidence = handover_evidence_of(h->kind, h->people, h->exact);
    return peopleset_put(v, h->id, ".exact", exact, &h->exact_sha);
}

err handover_save(struct vault *v, struct handover *h, struct handover_draft *d)
{
    uint32_t number;
    char id[16];
    TRY(vault_next_id(v, "handover", &number));
    snprintf(id, sizeof id, "H%u", number);
    h->id = arena_text(d->arena, id, strlen(id));
    struct handover_field *fields = arena_array(d->arena, d->key_count + 1, sizeof *fields);
    ENSURE(h->id && fields, mem_none());
    h->people = peopleset_count(d->people);
    TRY(peopleset_put(v, h->id, ".people", d->people, &h->set_sha));
    h->evidence = handover_evidence_of(h->kind, h->people, 0);
    if (h->kind == HANDOVER_SYSTEM)
        TRY(handover_put_exact(v, h, d->exact));
    for (size_t i = 0; i < d->key_count; i++)
        TRY(save_field(v, h, d, i, &fields[i]));
    h->fields = fields;
    h->field_count = d->key_count;
    TRY(handover_commit(v, d, h->commitment, &h->set_root));

    CLEANUP(jsonio_release) json_t *doc = NULL;
    struct hash hash;
    TRY(store_entry_count(v->store, &h->log_index));
    TRY(handover_to_json(h, &doc));
    TRY(vault_doc_put(v, "handover", h->id, doc, &hash));
    uint64_t index;
    TRY(add_entry(v, h, &hash, &index));
    CHECK(index == h->log_index);
    return OK;
}

err handover_save_again(struct vault *v, const struct handover *h)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    struct hash hash;
    TRY(handover_to_json(h, &doc));
    TRY(vault_doc_put(v, "handover", h->id, doc, &hash));
    return add_entry(v, h, &hash, NULL);
}
