/* SHA-256 and the checking of Ed25519 signatures.  The only file of this room that knows libcrypto.
 *
 * Hashing uses no heap and can't fail.  Threads: no shared state.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "buf.h"

enum { HASH_BYTES = 32, DIGEST_KEY_BYTES = 32, DIGEST_SIGNATURE_BYTES = 64 };

struct hash {
    uint8_t b[HASH_BYTES];
};

bool hash_equal(const struct hash *a, const struct hash *b);
int hash_order(const struct hash *a, const struct hash *b); /* memcmp order */
struct view hash_view(const struct hash *h);

/* All at once. */
struct hash digest_of(struct view bytes);

/* Piece by piece: begin, add ..., end. */
struct digest {
    uint64_t opaque[14];
};
void digest_begin(struct digest *d);
void digest_add(struct digest *d, struct view bytes);
void digest_add_u8(struct digest *d, uint8_t byte);
struct hash digest_end(struct digest *d);

/* Whether `signature` is that of `key` (32 raw bytes each half, RFC 8032 pure Ed25519) over `message`.  Errors: ERR_NOMEM: it could not
 * be checked. */
err digest_signed(const uint8_t key[DIGEST_KEY_BYTES], struct view message,
                   const uint8_t signature[DIGEST_SIGNATURE_BYTES], bool *ret);

#endif
