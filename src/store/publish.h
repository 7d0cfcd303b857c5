/* The log's publisher and its checker: tiles, entry bundles and checkpoints (c2sp.org/tlog-tiles; spec/tlog.md sections
 * 5, 6) in a folder of static files, made from the entries of the database, which are the truth.
 *
 * The folder is a cache.  Tiles that are missing or contradict the entries are made again, which hides nothing: what the
 * log says is fixed by the signed checkpoints (in the database, the signer's memory, and whatever others hold), a wrong
 * tile leads to no signed root, and nothing is written before the entries were found to give the roots that were signed.
 * publish_verify() writes nothing and names every difference.
 *
 * `vkey` is the log's verifier key line (signer_vkey()); the log's origin is its name.  Files: checkpoint, tile/<L>/<N>,
 * tile/entries/<N>, each also with .p/<W>; a partial tile is deleted once its full one is out.
 * Not inside a transaction or a snapshot of the caller's.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include "entry_kinds.h"
#include "merkle.h"
#include "checkpoint.h"
#include "signer.h"
#include "store.h"

/* After an act was committed: brings every entry out under a signed checkpoint.  The store is open for writing.  Killed
 * anywhere and run again it gives the same bytes.  Nothing new: OK, and quick.  *ret_size: what the newest checkpoint
 * covers.  It sees tiles that are missing, and wrong ones that it needs; publish_rebuild() compares each with the
 * entries. `signer` NULL: OK if nothing is new, else ERR_NOT_FOUND, and nothing is written. ERR_BUSY: somebody else
 * publishes, for more than 5 s. ERR_CONFLICT: the signer, or the folder, knows a log that the entries do not extend: the
 * database was put back to an older state, or changed; nothing is written. ERR_CORRUPT: the entries are not those that
 * were published, or the newest stored checkpoint is not ours; nothing is written. ERR_INVALID: no such `vkey`, or it is
 * not the signer's. */
err publish_run(struct store *s, struct signer *signer, const char *log_dir, struct view vkey, uint64_t *ret_size);

/* The same, and every file is compared with the entries; *ret_mended: how many had to be made again or anew. */
err publish_rebuild(struct store *s, struct signer *signer, const char *log_dir, struct view vkey, uint64_t *ret_size,
                    uint64_t *ret_mended);

/* The newest stored checkpoint.  `ret` borrows `note` (cleared first).  Its signature is not checked.  ERR_NOT_FOUND:
 * nothing is published yet. */
err publish_newest(struct store *s, struct buf *note, struct checkpoint *ret);

/* How many entries the folder's checkpoint speaks of, unchecked; 0: there is none that can be read.  Where that is more than the newest
 * stored one has, the database was put back to an older state. */
uint64_t publish_shown(const char *log_dir);

/* That the entry is in the log of the newest stored checkpoint, checked against its root.  `note` (may be NULL) is
 * cleared and gets the checkpoint.  From the tiles where they check, else from the entries.  ERR_NOT_FOUND: not
 * published yet; ERR_CORRUPT: the entries are not those that were published. */
err publish_proof(struct store *s, const char *log_dir, uint64_t index, struct merkle_proof *ret, struct buf *note);
/* The offline proof file (proof.h), appended to `to`. */
err publish_proof_file(struct store *s, const char *log_dir, uint64_t index, struct buf *to);

/* --- checking ---------------------------------------------------------------------------------------------------- */

enum { PUBLISH_FAULTS = 20, PUBLISH_FAULT_BYTES = 320 };

struct publish_verdict {
    uint64_t entries;            /* looked at */
    uint64_t size;               /* covered by the newest good checkpoint */
    struct hash root;            /* of that one */
    uint64_t unpublished;        /* entries behind it: size .. entries-1.  No fault: run publish_run() */
    uint64_t beyond;             /* outsiders: files of a larger log than the checkpoint says, not looked at: copied while it grew */
    uint64_t left;               /* outsiders: files on their way to their place, which a publisher left, or is at: the next one takes them away */
    uint64_t checkpoints, tiles; /* checked; tiles: hash tiles and bundles */
    uint64_t sealed;             /* entries still sealed */
    uint64_t released;           /* sealed entries that were opened to all */
    /* A publisher that was cut off after it stored the newest checkpoint left the one before it as the file (or none, where
     * there was none before).  No fault: the next publish_run() puts the newest there. */
    bool cut_off;
    uint64_t faults;             /* 0: all is as it should be */
    uint64_t folder_faults;      /* those of them that are of the folder alone, which is made again from the entries */
    char fault[PUBLISH_FAULTS][PUBLISH_FAULT_BYTES]; /* the first of them, in words */
};

/* Hears every entry of the database while it is checked, in order: whoever wants more of them need not read them once more. */
struct publish_listener {
    /* `kind`: NULL where a quick look does not tell it. */
    err (*entry)(void *ctx, uint64_t index, const struct entry_kind *kind, struct view bytes, struct view sealed);
    void *ctx;
};

/* Recomputes the log from the entries of the database and compares all that was published.  Each entry follows its
 * schema and is canonical; each release opens its sealed entry; each stored checkpoint is signed by the key and has
 * origin and, at its size, the root of the entries (so each extends the one before); each tile and bundle of the newest
 * size, and each partial one of a stored size (or its full one), is there and is what the entries give;
 * log_dir/checkpoint is the newest stored (or see cut_off); what the signer (NULL: it is not at hand) signed last is a root of ours.  What is
 * sealed beside entries is not looked at: fsck.h does that.  `listener` may be NULL.  `snapshot` (or NULL): stays open, so that what is
 * read afterwards is of the same moment as the entries.
 * What is wrong is in the verdict; an error means that it could not be checked.  Safe beside a
 * publisher. */
err publish_verify(struct store *s, const char *log_dir, struct view vkey, struct signer *signer, const struct publish_listener *listener,
                   struct store_snapshot *snapshot, struct publish_verdict *ret);

/* For outsiders: the same from log_dir alone, its checkpoint and bundles.  Full tiles must be there; whatever else is there must be right. */
err publish_verify_tiles(const char *log_dir, struct view vkey, struct publish_verdict *ret);

#endif
