/* The signer: a process of its own that holds the log's key, remembers the newest size and root it signed, beside the slot,
 * and signs only what extends them.  Its file SLOT.signer (mode 0600) has four lines: origin, seed in hex, size, root in hex;
 * SLOT.vkey has the public key.
 */
#ifndef SIGNER_H
#define SIGNER_H

#include "merkle.h"
#include "secret.h"

struct signer;

/* For init: makes the log's key beside the slot.  There already, for the same origin: OK; for another: ERR_CONFLICT. */
err signer_create(const char *slot, struct view origin);

/* The verifier key line of the log beside this slot, without newline. */
err signer_vkey(const char *slot, struct buf *to);

err signer_open(const char *program, const char *slot, struct signer **ret);
void signer_close(struct signer **s); /* for CLEANUP too */

/* What was signed last; size 0 at first. */
err signer_newest(struct signer *s, uint64_t *ret_size, struct hash *ret_root);

/* Signs the checkpoint text of (origin, size, root).  `proof` shows that it extends what was signed last; the new size and
 * root are durable before the signature leaves.  The same size and root again give the same signature.
 * Errors: ERR_CONFLICT: it does not extend it: another history, or a database put back to an older state. */
err signer_sign(struct signer *s, uint64_t size, const struct hash *root, const struct merkle_proof *proof,
                uint8_t ret_signature[SIGNATURE_BYTES]);

/* The hidden command `candour signer --slot PATH`. */
int signer_main(int argc, char **argv);

#endif
