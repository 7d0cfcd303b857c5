/* Shared by create*.c only: the file that is given. */
#ifndef CREATE_INT_H
#define CREATE_INT_H

#include "digest.h"

/* Writes and syncs OUT.part, a file of ours: one that was left there is taken away.  `age_key` NULL: in clear.  On failure nothing is
 * left.  Gives the SHA-256 of its bytes. */
err create_part(const char *out, const char *age_key, struct view csv, struct hash *ret_sha);
void create_drop_part(const char *out);
/* Renames OUT.part to OUT if its bytes are those recorded; done already: OK.  `*ret_lost`: neither is there any more.
 * Errors: ERR_CONFLICT if either is another file. */
err create_release(const char *out, const struct hash *sha, bool *ret_lost);

#endif
