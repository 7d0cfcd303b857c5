/* The Merkle tree of RFC 6962 section 2.1 (spec/tlog.md sections 2, 3 and 6.8): roots, proofs, and the writer's edge.
 * H(h, i) is the root of the complete subtree of 2^h leaves that starts at leaf i * 2^h; H(0, i) is a leaf hash.
 *
 * Sizes and indices count leaves; a size is at most MERKLE_SIZE_MAX.  Nothing here allocates.
 */
#ifndef MERKLE_H
#define MERKLE_H

#include "digest.h"

#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)
enum { MERKLE_PROOF_MAX = 64, MERKLE_TILE_WIDTH = 256, MERKLE_LEVELS = 8 };

struct hash merkle_empty(void); /* the root of no leaves: SHA-256(""), not zeroes */
struct hash merkle_leaf(struct view entry);
struct hash merkle_node(const struct hash *left, const struct hash *right);

/* The root over `count` leaf hashes. */
struct hash merkle_root(const struct hash *leaves, size_t count);

/* The writer's state: the hashes of the last, not yet full tile of every level.  64 KiB: allocate it.  It needs no
 * storage of its own, since merkle_edge_load() makes it again from the hashes that were stored. */
struct merkle_edge {
    uint64_t size;
    struct hash tile[MERKLE_LEVELS][MERKLE_TILE_WIDTH]; /* valid up to merkle_edge_width() */
};

/* Told of each tile that became full, lower level first.  `index` is the tile's number on its level. */
struct merkle_sink {
    err (*full)(void *ctx, unsigned level, uint64_t index, const struct hash tile[MERKLE_TILE_WIDTH]);
    void *ctx;
};

void merkle_edge_init(struct merkle_edge *e);
/* Adds a leaf.  `sink` may be NULL.  Errors: LIMIT past MERKLE_SIZE_MAX, and what the sink says (the edge is then
 * undefined: load it again). */
err merkle_edge_add(struct merkle_edge *e, const struct hash *leaf, const struct merkle_sink *sink);
struct hash merkle_edge_root(const struct merkle_edge *e);
unsigned merkle_edge_width(const struct merkle_edge *e, unsigned level); /* hashes in the last tile of a level: 0..255 */

/* Gives H(height, index) of a complete subtree; the caller asks only for those inside the tree. */
struct merkle_reader {
    err (*read)(void *ctx, unsigned height, uint64_t index, struct hash *to);
    void *ctx;
};

/* A reader over an array of leaf hashes (it folds: H(h, i) costs 2^h hashes).  Borrows `a`. */
struct merkle_array {
    const struct hash *leaves;
    size_t count;
};
struct merkle_reader merkle_array_reader(struct merkle_array *a);

/* Errors: what the reader says; LIMIT. */
err merkle_edge_load(struct merkle_edge *e, uint64_t size, struct merkle_reader from);
err merkle_root_from(struct merkle_reader from, uint64_t size, struct hash *to);

/* A proof in the order of the RFC: the hash next to the leaf first. */
struct merkle_proof {
    size_t count;
    struct hash hash[MERKLE_PROOF_MAX];
};

/* That leaf `index` is in the tree of `size`.  Errors: INVALID unless index < size; LIMIT; what the reader says. */
err merkle_prove_inclusion(struct merkle_reader from, uint64_t index, uint64_t size, struct merkle_proof *to);
/* That the tree of `old_size` is a start of the tree of `size`.  Errors: INVALID unless old_size <= size; as above. */
err merkle_prove_consistency(struct merkle_reader from, uint64_t old_size, uint64_t size, struct merkle_proof *to);

bool merkle_verify_inclusion(uint64_t index, uint64_t size, const struct hash *leaf, const struct merkle_proof *proof,
                             const struct hash *root);
bool merkle_verify_consistency(uint64_t old_size, uint64_t size, const struct hash *old_root, const struct hash *root,
                               const struct merkle_proof *proof);

#endif
