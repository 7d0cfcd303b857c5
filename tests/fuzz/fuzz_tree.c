/* Tiles and proofs: tile_read() through tile_reader(), merkle_edge_load(), merkle_root_from(), and the proofs of a tree with all that can be
 * changed in them.  A tile of another length is refused; edge and root read from the same tiles agree; a proof with anything changed that
 * counts does not verify, and no numbers at all make the verifier read past it.
 *
 * Input: mode u8.  Even: size u16, then tiles of (length u16, bytes).  Odd: index u16, size u16, then what is changed: (place u16, xor u8)... */
#include "mem.h"
#include "tile.h"

#include <string.h>

enum { LEAVES = 1024 };

static struct hash leaves[LEAVES];

/* --- tiles from outside --- */

static err fetch(void *ctx, const struct tile *t, struct buf *to)
{
    struct rd *r = ctx;
    size_t len = r->len >= 2 ? rd_u16(r) : 0;
    ENSURE(!t->entries, err_new(ERR_INTERNAL, "A bundle was asked for.", "Report it."));
    /* A length of 0: honest as to length, so that what comes after is reached. */
    if (len == 0)
        memset(buf_space(to, (size_t)t->width * HASH_BYTES), (int)t->index, (size_t)t->width * HASH_BYTES);
    else
        buf_put(to, rd_view(r, len < r->len ? len : r->len));
    return OK;
}

static void check_tiles(uint64_t size, struct rd tiles)
{
    struct rd again = tiles;
    CLEANUP(mem_release) struct merkle_edge *edge = mem_alloc(sizeof *edge);
    struct tile_source first CLEANUP(tile_source_free) = tile_source_new(fetch, &tiles, size);
    struct tile_source second CLEANUP(tile_source_free) = tile_source_new(fetch, &again, size);
    struct hash root;
    CHECK(edge);
    err e = merkle_edge_load(edge, size, tile_reader(&first));
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID || e.kind == ERR_LIMIT);
    if (e.kind == ERR_OK)
        (void)merkle_edge_root(edge);
    e = merkle_root_from(tile_reader(&second), size, &root);
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID || e.kind == ERR_LIMIT);
}

/* --- proofs --- */

struct claim {
    uint64_t index, size;
    struct hash small, root; /* the leaf, or the older root */
    struct merkle_proof proof;
};

/* The same edits for both kinds; true: something that counts is another. */
static bool change(struct claim *c, struct rd edits)
{
    struct claim was = *c;
    uint8_t *bytes = (uint8_t *)c;
    while (edits.len >= 3) {
        size_t at = rd_u16(&edits) % sizeof *c;
        bytes[at] ^= rd_u8(&edits);
    }
    c->proof.count %= MERKLE_PROOF_MAX + 1;
    return was.index != c->index || was.size != c->size || !hash_equal(&was.small, &c->small) || !hash_equal(&was.root, &c->root) ||
           was.proof.count != c->proof.count || memcmp(was.proof.hash, c->proof.hash, was.proof.count * sizeof(struct hash)) != 0;
}

static void check_proofs(uint64_t index, uint64_t size, struct rd edits)
{
    struct merkle_array array = {leaves, LEAVES};
    struct claim in, extends;
    memset(&in, 0, sizeof in);
    in.index = index;
    in.size = size;
    in.root = merkle_root(leaves, (size_t)size);
    extends = in;
    extends.small = merkle_root(leaves, (size_t)index);
    in.small = leaves[index];
    CHECK((merkle_prove_inclusion(merkle_array_reader(&array), index, size, &in.proof).kind == ERR_OK) == (index < size));
    CHECK((merkle_prove_consistency(merkle_array_reader(&array), index, size, &extends.proof).kind == ERR_OK) == (index <= size));
    bool changed_in = change(&in, edits), changed_extends = change(&extends, edits);
    bool is_in = merkle_verify_inclusion(in.index, in.size, &in.small, &in.proof, &in.root);
    bool is_start = merkle_verify_consistency(extends.index, extends.size, &extends.small, &extends.root, &extends.proof);
    if (!changed_in)
        CHECK(is_in == (index < size));
    else
        CHECK(!is_in || in.index != index || in.size != size);
    if (!changed_extends)
        CHECK(is_start == (index <= size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    for (uint32_t i = 0; i < LEAVES && !made; i++)
        leaves[i] = merkle_leaf(view_of((const uint8_t *)&i, sizeof i));
    made = true;
    struct rd r = rd_of(view_of(data, size));
    bool tiles = rd_u8(&r) % 2 == 0;
    uint64_t first = rd_u16(&r);
    if (tiles) {
        check_tiles(first, r);
        return 0;
    }
    uint64_t second = rd_u16(&r);
    if (rd_ok(&r))
        check_proofs(first % LEAVES, second % LEAVES, r);
    return 0;
}
