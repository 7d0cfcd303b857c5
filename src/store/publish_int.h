/* What the files publish*.c share: the folder's files, the tree read from them or from the entries, and the quick check
 * of an entry's form.
 */
#ifndef PUBLISH_INT_H
#define PUBLISH_INT_H

#include "entry_kinds.h"
#include "publish.h"
#include "tile.h"

#define PUBLISH_CHECKPOINT "checkpoint"
#define PUBLISH_PART ".part" /* what seam.h makes first, beside each file */

/* dir/PATH-OF-TILE. */
err publish_path(const char *dir, const struct tile *t, struct buf *to);
/* The file of exactly this tile (`to` is cleared first).  ERR_NOT_FOUND; ERR_LIMIT if it is larger than `most`. */
err publish_tile_read(const char *dir, const struct tile *t, size_t most, struct buf *to);
/* dir/checkpoint, cleared and read.  ERR_NOT_FOUND; ERR_LIMIT. */
err publish_file_read(const char *dir, struct buf *to);

/* Every file under dir/tile; `t` NULL: by its name it is no tile. */
typedef err publish_file_fn(void *ctx, const char *name, const struct tile *t);
err publish_files_each(const char *dir, publish_file_fn *fn, void *ctx);

/* A reader's source over the folder: hash tiles only; where a partial one is gone, the start of the full one. */
struct tile_source publish_source(const char *const *dir, uint64_t size);

/* The entries from..to-1, without gaps.  ERR_CORRUPT: one is missing. */
err publish_entries(struct store *s, uint64_t from, uint64_t to, store_entry_fn *fn, void *ctx);

/* Walks over the stored checkpoints by size. */
struct publish_cursor {
    void *stmt;
    bool there; /* whether there is one, described by: */
    uint64_t size;
    struct view note; /* until the next step */
};
err publish_cursor_open(struct store *s, uint64_t from_size, struct publish_cursor *ret);
err publish_cursor_step(struct publish_cursor *c);
void publish_cursor_close(struct publish_cursor *c); /* for CLEANUP */

/* What is to be proved: that entry `small` with leaf hash `hash` is in the tree of `size` and `root`, or that this tree
 * extends the one of size `small` with root `hash`. */
struct publish_claim {
    bool inclusion;
    uint64_t small, size;
    struct hash hash, root;
};
/* From the tiles, and where they do not lead there from the entries.  *ret_true: whether it is so; `ret` then proves it.
 */
err publish_prove(struct store *s, const char *dir, const struct publish_claim *claim, struct merkle_proof *ret,
                  bool *ret_true);

/* Whether `bytes` is an entry in clear, of its schema and canonical: gives its kind, in a fraction of entry_parse()'s
 * time. NULL says nothing: ask entry_parse(). */
const struct entry_kind *publish_scan(struct view bytes);

#endif
