/* Stored sets' bytes, checked by their SHA-256 when they are read and kept for the next question, as long as the vault is open.
 *
 * Named by what they hold: bytes that changed have another hash, so that what is kept is never old.
 */
#ifndef SETKEPT_H
#define SETKEPT_H

#include "digest.h"
#include "vault.h"

struct set_kept;

/* Those of this vault; a new question begins. */
err set_kept_of(struct vault *v, struct set_kept **ret);
/* The bytes live until set_kept_trim().  Errors: as peopleset_get(). */
err set_kept_get(struct set_kept *k, struct vault *v, const char *owner, const char *name, const struct hash *sha, struct view *ret);
/* Keeps at most so much: what this question did not need goes first. */
void set_kept_trim(struct set_kept *k, size_t most);

#endif
