/* Sealed documents in all their versions, sets of people, leaves. */
#include "sql.h"

#include "digest.h"
#include "limits.h"

#include <string.h>

enum { PIECE_BYTES = 1 << 20 }; /* of the leaves of one commitment: how many of them there are knows no limit */

static err doc_of(struct sql *q, struct store_doc *ret)
{
    struct store_doc doc = {.no = sql_number(q, 0), .version = (uint32_t)sql_number(q, 1)};
    TRY(sql_name(q, 2, doc.kind));
    TRY(sql_name(q, 3, doc.id));
    *ret = doc;
    return OK;
}

static err doc_take(struct sql *q, struct store_doc *ret, struct buf *to)
{
    TRY(sql_row(q));
    if (ret)
        TRY(doc_of(q, ret));
    return sql_take(q, 4, to);
}

static err docs_walk(struct sql *q, store_doc_fn *fn, void *ctx)
{
    for (;;) {
        bool row = false;
        TRY(sql_step(q, &row));
        if (!row)
            return OK;
        struct store_doc doc;
        TRY(doc_of(q, &doc));
        TRY(fn(ctx, &doc, sql_view(q, 4)));
    }
}

err store_doc_next(struct store *s, const char *kind, const char *id, struct store_doc *ret)
{
    TRY(sql_good_name(kind));
    TRY(sql_good_name(id));
    struct store_doc doc = {0};
    err newest = store_doc_newest(s, kind, id, &doc, NULL);
    ENSURE(newest.kind == ERR_OK || newest.kind == ERR_NOT_FOUND, newest);
    err_ignore(newest, "the first version has none before it");
    ENSURE(doc.version < UINT32_MAX, err_new(ERR_LIMIT, "The document has too many versions.", "Begin a new one."));
    doc.version++;
    TRY(store_counter_next(s, STORE_DOCS, 1, &doc.no));
    memcpy(doc.kind, kind, strlen(kind) + 1);
    memcpy(doc.id, id, strlen(id) + 1);
    *ret = doc;
    return OK;
}

err store_doc_put(struct store *s, const struct store_doc *doc, struct view blob)
{
    TRY(sql_good_name(doc->kind));
    TRY(sql_good_name(doc->id));
    return sql_write(s, SQL_DOC_PUT, SQL_ARGS(sql_int(doc->no), sql_int(doc->version), sql_text(doc->kind),
                                              sql_text(doc->id), sql_blob(blob)));
}

err store_doc_reseal(struct store *s, uint64_t no, struct view blob)
{
    TRY(sql_write(s, SQL_DOC_RESEAL, SQL_ARGS(sql_int(no), sql_blob(blob))));
    ENSURE(sqlite3_changes64(s->db) == 1, err_newf(ERR_NOT_FOUND, "The register has no document {}.", "Check its number.",
                                                   err_int((long long)no)));
    return OK;
}

err store_doc_delete(struct store *s, uint64_t no)
{
    return sql_write(s, SQL_DOC_DELETE, SQL_ARGS(sql_int(no)));
}

err store_doc_get(struct store *s, uint64_t no, struct store_doc *ret, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_DOC_GET, &q, SQL_ARGS(sql_int(no))));
    return doc_take(&q, ret, to);
}

err store_doc_newest(struct store *s, const char *kind, const char *id, struct store_doc *ret, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_DOC_NEWEST, &q, SQL_ARGS(sql_text(kind), sql_text(id))));
    return doc_take(&q, ret, to);
}

err store_doc_version(struct store *s, const char *kind, const char *id, uint32_t version, struct store_doc *ret,
                      struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_DOC_VERSION, &q, SQL_ARGS(sql_text(kind), sql_text(id), sql_int(version))));
    return doc_take(&q, ret, to);
}

err store_docs_newest(struct store *s, const char *kind, store_doc_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_DOC_LIST, &q, SQL_ARGS(sql_text(kind))));
    return docs_walk(&q, fn, ctx);
}

err store_docs_each(struct store *s, uint64_t from, uint64_t to, store_doc_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_DOC_EACH, &q, SQL_ARGS(sql_int(from), sql_int(to))));
    return docs_walk(&q, fn, ctx);
}

err store_doc_count(struct store *s, uint64_t *ret)
{
    return sql_count(s, SQL_DOC_COUNT, 0, NULL, ret);
}

/* --- sets of people ------------------------------------------------------------------------------------------------ */

err store_set_put(struct store *s, const char *owner, const char *name, struct view bytes)
{
    TRY(sql_good_name(owner));
    TRY(sql_good_name(name));
    struct hash sum = digest_of(bytes);
    return sql_write(s, SQL_SET_PUT,
                     SQL_ARGS(sql_text(owner), sql_text(name), sql_blob(hash_view(&sum)), sql_blob(bytes)));
}

err store_set_get(struct store *s, const char *owner, const char *name, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_SET_GET, &q, SQL_ARGS(sql_text(owner), sql_text(name))));
    TRY(sql_row(&q));
    struct hash sum = digest_of(sql_view(&q, 1));
    ENSURE(view_equal(hash_view(&sum), sql_view(&q, 0)),
           err_newf(ERR_CORRUPT, "The set of people {} of {} is damaged; it was not used.",
                    "Restore the newest backup, or record the people anew.", err_name(name), err_name(owner)));
    return sql_take(&q, 1, to);
}

err store_set_delete(struct store *s, const char *owner, const char *name)
{
    return sql_write(s, SQL_SET_DELETE, SQL_ARGS(sql_text(owner), sql_text(name)));
}

static err sets_walk(struct sql *q, store_set_fn *fn, void *ctx)
{
    for (;;) {
        bool row = false;
        TRY(sql_step(q, &row));
        if (!row)
            return OK;
        char owner[STORE_NAME], name[STORE_NAME];
        TRY(sql_name(q, 0, owner));
        TRY(sql_name(q, 1, name));
        TRY(fn(ctx, owner, name));
    }
}

err store_sets_each(struct store *s, const char *owner, store_set_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    if (owner)
        TRY(sql_start(s, SQL_SET_EACH_OF, &q, SQL_ARGS(sql_text(owner))));
    else
        TRY(sql_start(s, SQL_SET_EACH, &q, 0, NULL));
    return sets_walk(&q, fn, ctx);
}

/* --- leaves ---------------------------------------------------------------------------------------------------------- */

err store_leaves_put(struct store *s, const uint8_t commitment[STORE_COMMITMENT], struct view hashes)
{
    CHECK(hashes.len % STORE_HASH == 0);
    struct sql_arg of = sql_blob(view_of(commitment, STORE_COMMITMENT));
    TRY(store_leaves_delete(s, commitment));
    uint64_t piece = 0;
    do { /* none are one empty piece: a commitment over nobody is there too */
        size_t n = hashes.len < PIECE_BYTES ? hashes.len : PIECE_BYTES;
        TRY(sql_write(s, SQL_LEAVES_PUT, SQL_ARGS(of, sql_int(piece++), sql_blob(view_of(hashes.p, n)))));
        hashes = view_of(hashes.p + n, hashes.len - n);
    } while (hashes.len);
    return OK;
}

err store_leaves_each(struct store *s, const uint8_t commitment[STORE_COMMITMENT], store_leaves_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_LEAVES_GET, &q, SQL_ARGS(sql_blob(view_of(commitment, STORE_COMMITMENT)))));
    TRY(sql_row(&q));
    for (bool row = true; row;) {
        TRY(fn(ctx, sql_view(&q, 0)));
        TRY(sql_step(&q, &row));
    }
    return OK;
}

static err append(void *ctx, struct view hashes)
{
    buf_put(ctx, hashes);
    return buf_ok(ctx);
}

err store_leaves_get(struct store *s, const uint8_t commitment[STORE_COMMITMENT], struct buf *to)
{
    return store_leaves_each(s, commitment, append, to);
}

err store_leaves_delete(struct store *s, const uint8_t commitment[STORE_COMMITMENT])
{
    return sql_write(s, SQL_LEAVES_DELETE, SQL_ARGS(sql_blob(view_of(commitment, STORE_COMMITMENT))));
}
