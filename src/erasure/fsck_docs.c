/* fsck: documents. */
#include "fsck_int.h"

#include <inttypes.h>
#include <string.h>

static void drop(json_t **j)
{
    json_decref(*j);
}

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
