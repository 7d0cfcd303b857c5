#include "vault_int.h"

#include "entry.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* --- key blobs --- */

static const struct {
    enum keeper_kind keeper;
    enum store_keys store;
} kinds[] = {
    [KEEPER_PEOPLE] = {KEEPER_PEOPLE, STORE_KEYS_PEOPLE},
    [KEEPER_INDEX] = {KEEPER_INDEX, STORE_KEYS_INDEX},
    [KEEPER_DOCUMENTS] = {KEEPER_DOCUMENTS, STORE_KEYS_DOCS},
};

err vault_keys_of(struct vault *v, enum keeper_kind kind, uint32_t cell, struct view *ret)
{
    uint32_t blob = cell / CELL_KEYS_PER_BLOB;
    struct vault_keys *k = v->keys;
    int at = 0; /* those asked for longest ago */
    for (int i = 0; i < VAULT_KEYS_KEPT; i++) {
        if (k->kept[i].bytes.len && k->kept[i].kind == kind && k->kept[i].blob == blob) {
            k->kept[i].asked = ++k->clock;
            *ret = buf_view(&k->kept[i].bytes);
            return OK;
        }
        at = k->kept[i].asked < k->kept[at].asked ? i : at;
    }
    k->kept[at].asked = ++k->clock;
    struct buf *to = &k->kept[at].bytes;
    buf_clear(to);
    err e = store_keys_get(v->store, kinds[kind].store, blob, to);
    if (e.kind == ERR_NOT_FOUND) {
        /* The first cell of a thousand brings their keys along; a reader that misses them has found damage. */
        ENSURE(v->tx.store, err_new(ERR_CORRUPT, "A group of sealed keys is missing from the database.",
                                    "Run 'candour fsck' and restore a backup."));
        TRY(keeper_new_keys(v->keeper, kind, blob, to));
        e = store_keys_put(v->store, kinds[kind].store, blob, buf_view(to));
    }
    if (e.kind != ERR_OK) {
        buf_clear(to);
        return e;
    }
    k->kept[at].kind = kind;
    k->kept[at].blob = blob;
    *ret = buf_view(to);
    return OK;
}

void vault_forget_keys(struct vault *v)
{
    for (int i = 0; v->keys && i < VAULT_KEYS_KEPT; i++)
        buf_clear(&v->keys->kept[i].bytes);
}

/* --- documents --- */

err vault_seal_bytes(struct vault *v, uint64_t no, const char *kind, const char *id, uint32_t version, struct view plain, struct view *ret)
{
    ENSURE(no <= UINT32_MAX, err_new(ERR_LIMIT, "There are too many documents.", "Report this mistake."));
    struct keeper_document d = {.no = (uint32_t)no, .kind = kind, .id = id, .version = version, .bytes = plain};
    TRY(vault_keys_of(v, KEEPER_DOCUMENTS, d.no, &d.keys));
    return keeper_seal_document(v->keeper, &d, ret);
}

err vault_open_bytes(struct vault *v, uint64_t no, const char *kind, const char *id, uint32_t version, struct view sealed, struct view *ret)
{
    struct keeper_document d = {.no = (uint32_t)no, .kind = kind, .id = id, .version = version, .bytes = sealed};
    TRY(vault_keys_of(v, KEEPER_DOCUMENTS, d.no, &d.keys));
    return keeper_open_document(v->keeper, &d, ret);
}

static void text_free(char **text)
{
    free(*text);
}

err vault_dump(const json_t *body, struct buf *to)
{
    ENSURE(body, mem_none());
    CLEANUP(text_free) char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    ENSURE(text, mem_none());
    buf_str(to, text);
    return buf_ok(to);
}

static void drop(json_t **j)
{
    json_decref(*j);
}

err vault_doc_hash(const json_t *body, struct hash *ret)
{
    uint8_t salt[ENTRY_SALT_BYTES];
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(LIMIT_DOCUMENT_BYTES);
    const char *hex = json_string_value(json_object_get(body, "salt"));
    ENSURE(hex && hex_decode(salt, sizeof salt, view_text(hex)), err_new(ERR_CORRUPT, "A document has no salt.", "Run 'candour fsck'."));
    CLEANUP(drop) json_t *bare = json_copy((json_t *)(uintptr_t)body); /* shallow: it is only read */
    ENSURE(bare && json_object_del(bare, "salt") == 0, mem_none());
    TRY(vault_dump(bare, &plain));
    *ret = entry_text_hash(salt, buf_view(&plain));
    return OK;
}

static err salt_doc(json_t *body, struct hash *ret)
{
    uint8_t salt[ENTRY_SALT_BYTES];
    secret_random(salt, sizeof salt);
    ENSURE(json_object_set_new(body, "salt", entry_hex(view_of(salt, sizeof salt))) == 0, mem_none());
    return vault_doc_hash(body, ret);
}

err vault_doc_put(struct vault *v, const char *kind, const char *id, json_t *body, struct hash *ret_hash)
{
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(LIMIT_DOCUMENT_BYTES);
    struct hash hash;
    TRY(salt_doc(body, &hash));
    TRY(vault_dump(body, &plain));
    buf_put(&v->unnamed, hash_view(&hash));
    TRY(buf_ok(&v->unnamed));
    if (ret_hash)
        *ret_hash = hash;
    struct store_doc doc;
    TRY(store_doc_next(v->store, kind, id, &doc));
    struct view sealed;
    TRY(vault_seal_bytes(v, doc.no, kind, id, doc.version, buf_view(&plain), &sealed));
    return store_doc_put(v->store, &doc, sealed);
}

static err open_doc(struct vault *v, const struct store_doc *doc, struct view sealed, json_t **ret)
{
    struct view plain;
    TRY(vault_open_bytes(v, doc->no, doc->kind, doc->id, doc->version, sealed, &plain));
    *ret = json_loadb((const char *)plain.p, plain.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    ENSURE(*ret, err_newf(ERR_CORRUPT, "The document {} {} is not what was written.", "Run 'candour fsck'.", err_name(doc->kind), err_name(doc->id)));
    return OK;
}

err vault_doc_get(struct vault *v, const char *kind, const char *id, json_t **ret)
{
    CLEANUP(buf_free) struct buf sealed = BUF(LIMIT_DOCUMENT_BYTES);
    struct store_doc doc;
    TRY(store_doc_newest(v->store, kind, id, &doc, &sealed));
    return open_doc(v, &doc, buf_view(&sealed), ret);
}

err vault_doc_get_version(struct vault *v, const char *kind, const char *id, uint32_t version, json_t **ret)
{
    CLEANUP(buf_free) struct buf sealed = BUF(LIMIT_DOCUMENT_BYTES);
    struct store_doc doc;
    TRY(store_doc_version(v->store, kind, id, version, &doc, &sealed));
    return open_doc(v, &doc, buf_view(&sealed), ret);
}

bool vault_doc_is(struct vault *v, const char *kind, const char *id)
{
    struct store_doc doc;
    err e = store_doc_newest(v->store, kind, id, &doc, NULL);
    bool there = e.kind == ERR_OK;
    err_ignore(e, "not there and not readable are told apart by whoever reads it next");
    return there;
}

struct doc_list {
    struct vault *v;
    json_t *array;
};

static err list_doc(void *ctx, const struct store_doc *doc, struct view blob)
{
    struct doc_list *l = ctx;
    json_t *body = NULL;
    TRY(open_doc(l->v, doc, blob, &body));
    json_t *item = json_pack("{s:s, s:o}", "id", doc->id, "doc", body);
    ENSURE(item && json_array_append_new(l->array, item) == 0, mem_none());
    return OK;
}

static int by_first(const void *a, const void *b)
{
    const struct first_put {
        json_t *item;
        uint64_t no;
    } *x = a, *y = b;
    return (x->no > y->no) - (x->no < y->no);
}

/* The store lists by the newest version's number; people expect the order in which things were made. */
static err sort_by_first(struct vault *v, const char *kind, json_t *array)
{
    struct first_put {
        json_t *item;
        uint64_t no;
    };
    size_t count = json_array_size(array);
    CLEANUP(mem_release) struct first_put *list = mem_array(count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < count; i++) {
        struct store_doc doc;
        list[i].item = json_array_get(array, i);
        TRY(store_doc_version(v->store, kind, json_string_value(json_object_get(list[i].item, "id")), 1, &doc, NULL));
        list[i].no = doc.no;
    }
    qsort(list, count, sizeof *list, by_first);
    for (size_t i = 0; i < count; i++)
        json_incref(list[i].item);
    for (size_t i = 0; i < count; i++)
        ENSURE(json_array_set_new(array, i, list[i].item) == 0, mem_none());
    return OK;
}

err vault_docs(struct vault *v, const char *kind, json_t **ret)
{
    struct doc_list l = {v, json_array()};
    ENSURE(l.array, mem_none());
    err e = store_docs_newest(v->store, kind, list_doc, &l);
    if (e.kind == ERR_OK)
        e = sort_by_first(v, kind, l.array);
    if (e.kind != ERR_OK) {
        json_decref(l.array);
        return e;
    }
    *ret = l.array;
    return OK;
}

err vault_next_id(struct vault *v, const char *counter, uint32_t *ret)
{
    char key[64];
    snprintf(key, sizeof key, "next.%s", counter);
    CLEANUP(buf_free) struct buf b = BUF(32);
    err e = store_meta_get(v->store, key, &b);
    *ret = 1;
    if (e.kind == ERR_OK) {
        struct rd r = rd_of(buf_view(&b));
        *ret = rd_u32(&r);
    } else if (e.kind != ERR_NOT_FOUND) {
        return e;
    }
    buf_clear(&b);
    buf_u32(&b, *ret + 1);
    TRY(buf_ok(&b));
    return store_meta_put(v->store, key, buf_view(&b));
}
