#include "scope_since.h"

#include "jsonio.h"

#include <stdio.h>
#include <string.h>

struct looking {
    const char *incident;
    struct vault *v;
    uint64_t *sealed; /* entries to be opened: they were met in the middle of a walk */
    size_t sealed_count, room;
    bool stale;
};

static bool is_one_of(const char *kind, const char *const *list)
{
    for (; kind && *list; list++)
        if (strcmp(kind, *list) == 0)
            return true;
    return false;
}

static err on_entry(void *ctx, uint64_t index, struct view bytes, struct view private_side)
{
    static const char *const changing[] = {"import", "certificate", "recipient", "merge", NULL};
    struct looking *l = ctx;
    CLEANUP(jsonio_release) json_t *entry = json_loadb((const char *)bytes.p, bytes.len, 0, NULL);
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    l->stale = l->stale || is_one_of(kind, changing);
    if (!kind || strcmp(kind, "sealed") != 0 || !private_side.len || l->stale)
        return OK;
    if (l->sealed_count == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        uint64_t *more = mem_resize(l->sealed, l->room * sizeof *more);
        ENSURE(more, mem_none());
        l->sealed = more;
    }
    l->sealed[l->sealed_count++] = index;
    return OK;
}

static err open_sealed(struct looking *l)
{
    for (size_t i = 0; i < l->sealed_count && !l->stale; i++) {
        CLEANUP(jsonio_release) json_t *body = NULL;
        TRY(vault_entry_body(l->v, l->sealed[i], &body));
        const char *kind = json_string_value(json_object_get(body, "kind")), *id = json_string_value(json_object_get(body, "id"));
        l->stale = kind && id && (strcmp(kind, "handover") == 0 || (strcmp(kind, "incident") == 0 && strcmp(id, l->incident) == 0));
    }
    return OK;
}

static void looking_end(struct looking *l)
{
    mem_free(l->sealed);
}

static void asked_key(const char *incident, char to[64])
{
    snprintf(to, 64, "scope.asked.%s", incident);
}

err scope_since_asked(struct vault *v, const char *incident)
{
    char key[64];
    uint64_t count;
    CLEANUP(buf_free) struct buf b = BUF(8);
    asked_key(incident, key);
    TRY(store_entry_count(v->store, &count));
    buf_u64(&b, count);
    TRY(buf_ok(&b));
    return store_meta_put(v->store, key, buf_view(&b));
}

/* How many entries there were when the answer was found unchanged; 0: it was not asked for again. */
static err asked_at(struct vault *v, const char *incident, uint64_t *ret)
{
    char key[64];
    CLEANUP(buf_free) struct buf b = BUF(8);
    asked_key(incident, key);
    *ret = 0;
    err e = store_meta_get(v->store, key, &b);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "it was not");
        return OK;
    }
    TRY(e);
    struct rd r = rd_of(buf_view(&b));
    *ret = rd_u64(&r);
    return OK;
}

err scope_since(struct vault *v, struct arena *a, const char *incident, struct scope_since *ret)
{
    *ret = (struct scope_since){0};
    CLEANUP(jsonio_release) json_t *doc = NULL;
    CLEANUP(looking_end) struct looking l = {.incident = incident, .v = v};
    err e = vault_doc_get(v, "scope", incident, &doc);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "nobody asked yet");
        return OK;
    }
    TRY(e);
    TRY(scope_numbers_decode(a, json_object_get(doc, "numbers"), &ret->numbers));
    uint64_t from = (uint64_t)json_integer_value(json_object_get(doc, "log_index")) + 1, asked;
    TRY(asked_at(v, incident, &asked));
    from = asked > from ? asked : from;
    TRY(store_entries_each(v->store, from, INT64_MAX, on_entry, &l));
    TRY(open_sealed(&l));
    ret->there = true;
    ret->stale = l.stale;
    return OK;
}
