#include "merkle.h"

#include <string.h>

struct hash merkle_empty(void)
{
    return digest_of(view_of(NULL, 0));
}

struct hash merkle_leaf(struct view entry)
{
    struct digest d;
    digest_begin(&d);
    digest_add_u8(&d, 0x00);
    digest_add(&d, entry);
    return digest_end(&d);
}

struct hash merkle_node(const struct hash *left, const struct hash *right)
{
    uint8_t bytes[1 + 2 * HASH_BYTES] = {0x01};
    memcpy(bytes + 1, left->b, HASH_BYTES);
    memcpy(bytes + 1 + HASH_BYTES, right->b, HASH_BYTES);
    return digest_of(view_of(bytes, sizeof bytes));
}

/* The largest power of two that is at most n; n > 0. */
static unsigned log2_floor(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n);
}

/* The largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << log2_floor(n - 1);
}

/* Complete subtrees seen from left to right: those of which no two are of one size. */
struct peaks {
    size_t count;
    uint64_t leaves;
    struct hash hash[64];
};

static void peaks_add(struct peaks *p, const struct hash *leaf)
{
    struct hash h = *leaf;
    for (uint64_t bits = p->leaves; bits & 1; bits >>= 1)
        h = merkle_node(&p->hash[--p->count], &h);
    p->hash[p->count++] = h;
    p->leaves++;
}

/* Folds hashes of complete subtrees from the right, with `right`, if there is one, to the right of them all. */
static bool fold(const struct hash *parts, size_t count, bool has_right, struct hash *right)
{
    while (count > 0) {
        count--;
        *right = has_right ? merkle_node(&parts[count], right) : parts[count];
        has_right = true;
    }
    return has_right;
}

struct hash merkle_root(const struct hash *leaves, size_t count)
{
    struct peaks p = {0};
    for (size_t i = 0; i < count; i++)
        peaks_add(&p, &leaves[i]);
    struct hash root = merkle_empty();
    fold(p.hash, p.count, false, &root);
    return root;
}

void merkle_edge_init(struct merkle_edge *e)
{
    memset(e, 0, sizeof *e);
}

unsigned merkle_edge_width(const struct merkle_edge *e, unsigned level)
{
    return level < MERKLE_LEVELS ? (unsigned)(e->size >> (8 * level) & 255) : 0;
}

err merkle_edge_add(struct merkle_edge *e, const struct hash *leaf, const struct merkle_sink *sink)
{
    ENSURE(e->size < MERKLE_SIZE_MAX, err_new(ERR_LIMIT, "The log is full.", "Start a new log."));
    struct hash h = *leaf;
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        uint64_t width = e->size >> (8 * level);
        e->tile[level][width & 255] = h;
        if ((width & 255) != 255)
            break;
        if (sink)
            TRY(sink->full(sink->ctx, level, width >> 8, e->tile[level]));
        h = merkle_root(e->tile[level], MERKLE_TILE_WIDTH);
    }
    e->size++;
    return OK;
}

struct hash merkle_edge_root(const struct merkle_edge *e)
{
    struct hash root = merkle_empty();
    bool has_root = false;
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        struct peaks p = {0};
        for (unsigned i = 0; i < merkle_edge_width(e, level); i++)
            peaks_add(&p, &e->tile[level][i]);
        has_root = fold(p.hash, p.count, has_root, &root);
    }
    return root;
}

static err array_read(void *ctx, unsigned height, uint64_t index, struct hash *to)
{
    const struct merkle_array *a = ctx;
    ENSURE(height < 64 && index <= UINT64_MAX >> height, err_new(ERR_INTERNAL, "A hash outside the tree was asked for.",
                                                                 "Please report this mistake of the program."));
    uint64_t first = index << height, count = UINT64_C(1) << height;
    ENSURE(
        count <= a->count && first <= a->count - count,
        err_new(ERR_INTERNAL, "A hash outside the tree was asked for.", "Please report this mistake of the program."));
    *to = merkle_root(a->leaves + first, (size_t)count);
    return OK;
}

struct merkle_reader merkle_array_reader(struct merkle_array *a)
{
    return (struct merkle_reader){array_read, a};
}

static err size_check(uint64_t size)
{
    ENSURE(size <= MERKLE_SIZE_MAX,
           err_new(ERR_LIMIT, "The log is said to be larger than a log can be.", "Check where the size comes from."));
    return OK;
}

err merkle_edge_load(struct merkle_edge *e, uint64_t size, struct merkle_reader from)
{
    TRY(size_check(size));
    merkle_edge_init(e);
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        uint64_t width = size >> (8 * level), first = width & ~UINT64_C(255);
        for (uint64_t i = first; i < width; i++)
            TRY(from.read(from.ctx, 8 * level, i, &e->tile[level][i - first]));
    }
    e->size = size;
    return OK;
}

/* MTH(D[low:high]), low < high, low a multiple of every power of two used. */
static err range_root(struct merkle_reader from, uint64_t low, uint64_t high, struct hash *to)
{
    struct hash parts[64];
    size_t count = 0;
    while (low < high) {
        unsigned height = log2_floor(high - low);
        TRY(from.read(from.ctx, height, low >> height, &parts[count++]));
        low += UINT64_C(1) << height;
    }
    fold(parts, count, false, to);
    return OK;
}

err merkle_root_from(struct merkle_reader from, uint64_t size, struct hash *to)
{
    TRY(size_check(size));
    *to = merkle_empty();
    return size ? range_root(from, 0, size, to) : OK;
}

static void reverse(struct merkle_proof *p)
{
    for (size_t i = 0; i < p->count / 2; i++) {
        struct hash h = p->hash[i];
        p->hash[i] = p->hash[p->count - 1 - i];
        p->hash[p->count - 1 - i] = h;
    }
}

/* A subtree on the way down from the root. */
struct range {
    uint64_t low, high;
};

/* Goes into the child that holds `index`; the other child's root joins the proof. */
static err down(struct merkle_reader from, struct range *r, uint64_t index, struct merkle_proof *to)
{
    uint64_t middle = r->low + split(r->high - r->low);
    struct hash *other = &to->hash[to->count++];
    if (index < middle) {
        TRY(range_root(from, middle, r->high, other));
        r->high = middle;
    } else {
        TRY(range_root(from, r->low, middle, other));
        r->low = middle;
    }
    return OK;
}

err merkle_prove_inclusion(struct merkle_reader from, uint64_t index, uint64_t size, struct merkle_proof *to)
{
    TRY(size_check(size));
    ENSURE(index < size,
           err_newf(ERR_INVALID, "There is no entry {} in a log of {} entries.", "Ask for an entry that is there.",
                    err_int((long long)index), err_int((long long)size)));
    struct range r = {0, size};
    to->count = 0;
    while (r.high - r.low > 1)
        TRY(down(from, &r, index, to));
    reverse(to);
    return OK;
}

err merkle_prove_consistency(struct merkle_reader from, uint64_t old_size, uint64_t size, struct merkle_proof *to)
{
    TRY(size_check(size));
    ENSURE(old_size <= size,
           err_newf(ERR_INVALID, "A log of {} entries can't have grown into one of {}.",
                    "Check which of the two is the older one.", err_int((long long)old_size), err_int((long long)size)));
    to->count = 0;
    if (old_size == 0 || old_size == size)
        return OK;
    struct range r = {0, size};
    /* Down to the subtree with which the old tree ends.  Where that is all of the old tree, its root is known. */
    while (r.high != old_size)
        TRY(down(from, &r, old_size - 1, to));
    if (r.low > 0)
        TRY(range_root(from, r.low, r.high, &to->hash[to->count++]));
    reverse(to);
    return OK;
}

/* A place on the way up: `at` counts nodes from the left, `last` is the last node of the level. */
struct way {
    uint64_t at, last;
};

static bool is_right(const struct way *w)
{
    return (w->at & 1) || w->at == w->last;
}

static void up(struct way *w)
{
    if (is_right(w)) {
        while (!(w->at & 1) && w->at != 0) {
            w->at >>= 1;
            w->last >>= 1;
        }
    }
    w->at >>= 1;
    w->last >>= 1;
}

bool merkle_verify_inclusion(uint64_t index, uint64_t size, const struct hash *leaf, const struct merkle_proof *proof,
                             const struct hash *root)
{
    if (index >= size || proof->count > MERKLE_PROOF_MAX)
        return false;
    struct way w = {index, size - 1};
    struct hash r = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (w.last == 0)
            return false;
        r = is_right(&w) ? merkle_node(&proof->hash[i], &r) : merkle_node(&r, &proof->hash[i]);
        up(&w);
    }
    return w.last == 0 && hash_equal(&r, root);
}

static bool verify_growth(uint64_t old_size, uint64_t size, const struct hash *old_root, const struct hash *root,
                          const struct merkle_proof *proof)
{
    /* The old root itself is the first hash where the old tree is a complete subtree. */
    bool complete = (old_size & (old_size - 1)) == 0;
    struct way w = {old_size - 1, size - 1};
    while (w.at & 1) {
        w.at >>= 1;
        w.last >>= 1;
    }
    struct hash old_r = complete ? *old_root : proof->hash[0], r = old_r;
    for (size_t i = complete ? 0 : 1; i < proof->count; i++) {
        if (w.last == 0)
            return false;
        const struct hash *h = &proof->hash[i];
        if (is_right(&w)) {
            old_r = merkle_node(h, &old_r);
            r = merkle_node(h, &r);
        } else {
            r = merkle_node(&r, h);
        }
        up(&w);
    }
    return w.last == 0 && hash_equal(&old_r, old_root) && hash_equal(&r, root);
}

bool merkle_verify_consistency(uint64_t old_size, uint64_t size, const struct hash *old_root, const struct hash *root,
                               const struct merkle_proof *proof)
{
    if (old_size > size || proof->count > MERKLE_PROOF_MAX)
        return false;
    if (old_size == size)
        return proof->count == 0 && hash_equal(old_root, root);
    if (old_size == 0) {
        struct hash empty = merkle_empty();
        return proof->count == 0 && hash_equal(old_root, &empty);
    }
    return proof->count > 0 && verify_growth(old_size, size, old_root, root, proof);
}
