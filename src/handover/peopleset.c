#include "peopleset.h"

#include "mem.h"
#include "setbytes.h"

#include <roaring/roaring.h>

#include <string.h>

struct peopleset {
    roaring_bitmap_t *bits;
};

/* CRoaring 0.2 dies where it gets no memory: it is asked for here first, more than it can need.  What is not done then is not believed
 * (mem_ran_short()). */
enum { A_PIECE = 1 << 14 };

static bool room_for(const struct peopleset *a, const struct peopleset *b)
{
    size_t bytes = roaring_bitmap_portable_size_in_bytes(a->bits) + (b ? roaring_bitmap_portable_size_in_bytes(b->bits) : 0);
    return mem_room(3 * bytes + A_PIECE);
}

static err wrap(roaring_bitmap_t *bits, struct peopleset **ret)
{
    ENSURE(bits, mem_none());
    struct peopleset *s = mem_alloc(sizeof *s);
    if (!s) {
        roaring_bitmap_free(bits);
        return mem_none();
    }
    s->bits = bits;
    *ret = s;
    return OK;
}

err peopleset_new(struct peopleset **ret)
{
    ENSURE(mem_room(A_PIECE), mem_none());
    return wrap(roaring_bitmap_create(), ret);
}

void peopleset_free(struct peopleset **s)
{
    if (!*s)
        return;
    roaring_bitmap_free((*s)->bits);
    mem_free(*s);
    *s = NULL;
}

void peopleset_add(struct peopleset *s, uint32_t ordinal)
{
    if (!roaring_bitmap_contains(s->bits, ordinal) && mem_room(A_PIECE))
        roaring_bitmap_add(s->bits, ordinal);
}

void peopleset_remove(struct peopleset *s, uint32_t ordinal)
{
    if (roaring_bitmap_contains(s->bits, ordinal) && mem_room(A_PIECE))
        roaring_bitmap_remove(s->bits, ordinal);
}

bool peopleset_has(const struct peopleset *s, uint32_t ordinal)
{
    return roaring_bitmap_contains(s->bits, ordinal);
}

uint64_t peopleset_count(const struct peopleset *s)
{
    return roaring_bitmap_get_cardinality(s->bits);
}

err peopleset_copy(const struct peopleset *s, struct peopleset **ret)
{
    ENSURE(room_for(s, NULL), mem_none());
    return wrap(roaring_bitmap_copy(s->bits), ret);
}

void peopleset_unite(struct peopleset *s, const struct peopleset *other)
{
    if (room_for(s, other))
        roaring_bitmap_or_inplace(s->bits, other->bits);
}

void peopleset_subtract(struct peopleset *s, const struct peopleset *other)
{
    if (room_for(s, other))
        roaring_bitmap_andnot_inplace(s->bits, other->bits);
}

void peopleset_intersect(struct peopleset *s, const struct peopleset *other)
{
    if (room_for(s, other))
        roaring_bitmap_and_inplace(s->bits, other->bits);
}

uint64_t peopleset_common(const struct peopleset *a, const struct peopleset *b)
{
    return roaring_bitmap_and_cardinality(a->bits, b->bits);
}

err peopleset_list(const struct peopleset *s, uint32_t **ret, size_t *ret_count)
{
    size_t count = (size_t)peopleset_count(s);
    uint32_t *list = mem_array(count + 1, sizeof *list);
    ENSURE(list, mem_none());
    roaring_bitmap_to_uint32_array(s->bits, list);
    *ret = list;
    *ret_count = count;
    return OK;
}

err peopleset_write(struct peopleset *s, struct buf *to)
{
    ENSURE(room_for(s, NULL), mem_none());
    roaring_bitmap_run_optimize(s->bits);
    uint8_t *space = buf_space(to, roaring_bitmap_portable_size_in_bytes(s->bits));
    TRY(buf_ok(to));
    roaring_bitmap_portable_serialize(s->bits, (char *)space);
    return OK;
}

err peopleset_put(struct vault *v, const char *owner, const char *name, struct peopleset *s, struct hash *ret_sha)
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES);
    TRY(peopleset_write(s, &bytes));
    *ret_sha = digest_of(buf_view(&bytes));
    return store_set_put(v->store, owner, name, buf_view(&bytes));
}

err peopleset_bytes(struct vault *v, const char *owner, const char *name, const struct hash *sha, struct buf *to)
{
    TRY(store_set_get(v->store, owner, name, to));
    struct hash now = digest_of(buf_view(to));
    ENSURE(hash_equal(&now, sha), err_newf(ERR_CORRUPT, "The set of people of {} is not the one that was stored.",
                                           "Run 'candour fsck' and restore a backup.", err_name(owner)));
    return OK;
}

err peopleset_of_bytes(struct view bytes, struct peopleset **ret)
{
    /* CRoaring 0.2 believes what bytes say of themselves, and lists past the end of its memory where that is a lie. */
    ENSURE(set_bytes_ok(bytes), err_new(ERR_CORRUPT, "A stored set of people is damaged.", "Run 'candour fsck' and restore a backup."));
    ENSURE(mem_room(3 * bytes.len + A_PIECE), mem_none());
    return wrap(roaring_bitmap_portable_deserialize_safe((const char *)bytes.p, bytes.len), ret);
}

err peopleset_get(struct vault *v, const char *owner, const char *name, const struct hash *sha, struct peopleset **ret)
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES);
    TRY(peopleset_bytes(v, owner, name, sha, &bytes));
    return peopleset_of_bytes(buf_view(&bytes), ret);
}
