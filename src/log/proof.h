/* The offline proof file (c2sp.org/tlog-proof@v1; spec/tlog.md section 9): an entry's index, its path to the root, and
 * the checkpoint that signs the root.  Suffix .tlog-proof.
 */
#ifndef PROOF_H
#define PROOF_H

#include "checkpoint.h"

struct proof {
    struct view extra; /* base64 as it stands in the file; empty: none.  Not authenticated. */
    uint64_t index;
    struct merkle_proof path;
    struct view checkpoint; /* the whole signed note with its cosignatures */
};

/* Errors: INVALID where `extra` is not base64 or the checkpoint is no signed checkpoint. */
err proof_format(const struct proof *p, struct buf *to);
/* Strict in form; proves nothing.  Borrows `file`.  Errors: INVALID, LIMIT. */
err proof_parse(struct view file, struct proof *to);
/* Checks everything: signature of `key`, origin, path from the entry's own bytes.  Gives the checkpoint.  Errors:
 * INVALID. */
err proof_verify(const struct proof *p, struct view entry, const struct note_key *key, struct view origin,
                 struct checkpoint *to);

#endif
