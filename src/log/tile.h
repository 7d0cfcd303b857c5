/* Tiles and entry bundles (c2sp.org/tlog-tiles; spec/tlog.md section 6): names, which of them belong to a size, and what
 * is in them.  Paths are relative to the log's prefix and start with "tile/".
 */
#ifndef TILE_H
#define TILE_H

#include "merkle.h"

enum { TILE_WIDTH = MERKLE_TILE_WIDTH, TILE_LEVEL_MAX = 63, TILE_ENTRY_BYTES_MAX = 65535 };
#define TILE_BUNDLE_BYTES_MAX ((size_t)TILE_WIDTH * (2 + TILE_ENTRY_BYTES_MAX))
#define TILE_PATH_MAX 64u

struct tile {
    bool entries;   /* an entry bundle; level is then 0 */
    uint8_t level;  /* 0..63 */
    uint16_t width; /* 1..256; 256 is full and has no .p/ */
    uint64_t index;
};

void tile_path(const struct tile *t, struct buf *to);
/* Strict: exactly what tile_path() writes.  Errors: INVALID. */
err tile_parse(struct view path, struct tile *to);

/* The resources of the tree of size `to` that the tree of size `from` did not have; from 0: all of them.  By level from
 * 0, full tiles before the partial one; on level 0 each tile is followed by its bundle. */
struct tile_walk {
    uint64_t from, to, index;
    uint8_t level;
    bool bundle, started;
};
struct tile_walk tile_walk_new(uint64_t from, uint64_t to);
bool tile_walk_next(struct tile_walk *w, struct tile *to); /* false after the last */

/* Whether a tree of `size` covers all of the resource: it may be served (6.4). */
bool tile_covered(const struct tile *t, uint64_t size);

/* Entry bundles.  Errors: LIMIT for an entry of more than 65535 bytes; INVALID unless the bundle holds exactly `width`
 * entries and nothing else.  The views borrow the bundle. */
err tile_bundle_add(struct buf *bundle, struct view entry);
err tile_bundle_parse(struct view bundle, unsigned width, struct view entries[TILE_WIDTH]);

/* Where H(height, index) of a tree of `size` is read: hashes first .. first+count of that tile, folded pairwise. */
struct tile_place {
    struct tile tile;
    unsigned first, count; /* count: 1, 2, 4 ... 128 */
};
/* Errors: INVALID where the tree has no such complete subtree. */
err tile_place_of(unsigned height, uint64_t index, uint64_t size, struct tile_place *to);
/* Errors: INVALID unless `bytes` has exactly the tile's width. */
err tile_read(const struct tile_place *place, struct view bytes, struct hash *to);

/* A reader over tiles that a callback fetches: it appends the bytes of the tile to `to`, which stay untrusted until a
 * proof made from them reaches a signed root.  The last tile is kept, so `s` is for one caller.  Borrows `s`. */
struct tile_source {
    err (*fetch)(void *ctx, const struct tile *t, struct buf *to);
    void *ctx;
    uint64_t size;
    struct tile kept;
    struct buf bytes; /* free with tile_source_free() */
};
struct tile_source tile_source_new(err (*fetch)(void *ctx, const struct tile *t, struct buf *to), void *ctx,
                                   uint64_t size);
void tile_source_free(struct tile_source *s);
struct merkle_reader tile_reader(struct tile_source *s);

#endif
