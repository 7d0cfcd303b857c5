/* Keys: where they lie in memory and what is done with them.  The only file with libsodium in it.
 *
 * All keys of a process stand in one locked, undumped region of known size, taken at start; failing to lock it is an
 * error that says how to mend it.  Wiping promises nothing about registers or about copies that the system made before
 * the lock.
 */
#ifndef SECRET_H
#define SECRET_H

#include "buf.h"

enum {
    KEY_BYTES = 32,
    NONCE_BYTES = 24,
    TAG_BYTES = 16,
    SEAL_OVERHEAD = 2 + NONCE_BYTES + TAG_BYTES,
    ORG_BYTES = 16,
    TOKEN_BYTES = 16,
    SIGNATURE_BYTES = 64,
};

/* Starts libsodium.  Errors: ERR_INTERNAL. */
err secret_start(void);

/* Zeroed, locked memory, not in core files.  Errors: ERR_IO if the system does not let `size` bytes be locked. */
err secret_lock(size_t size, void **ret);
void secret_unlock(void **region, size_t size); /* wipes first */
void secret_wipe(void *p, size_t len);
bool secret_equal(const void *a, const void *b, size_t len); /* in constant time */

/* Where a passphrase comes from: a terminal, a file.  `to` is locked memory of LIMIT_PASSPHRASE_BYTES.  `chosen`: it is a new one. */
struct secret_source {
    err (*get)(void *ctx, bool chosen, struct buf *to);
    void *ctx;
};

void secret_random(void *to, size_t len);

/* seal and open of docs/format.md: 0x01 0x01 nonce ciphertext tag.  `to` gets len + SEAL_OVERHEAD bytes (seal) or len -
 * SEAL_OVERHEAD bytes (open; false and untouched meaning if it does not open).  `nonce` comes from the caller so that many
 * can be drawn at once. */
void secret_seal(uint8_t *to, const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], struct view ad, struct view plain);
bool secret_open(uint8_t *to, const uint8_t key[KEY_BYTES], struct view ad, struct view sealed);

void secret_kdf(uint8_t to[KEY_BYTES], const uint8_t key[KEY_BYTES], struct view label); /* BLAKE2b-256, keyed */
void secret_sum(uint8_t to[32], struct view bytes);                                     /* BLAKE2b-256 */
void secret_token(uint8_t to[TOKEN_BYTES], const uint8_t key[KEY_BYTES], struct view bytes); /* BLAKE2b-128, keyed */

/* Argon2id (RFC 9106) with one lane.  Its work memory is neither locked nor wiped, but given back at once.  Errors: ERR_NOMEM. */
enum { SALT_BYTES = 16 };
err secret_stretch(uint8_t to[KEY_BYTES], struct view passphrase, const uint8_t salt[SALT_BYTES], uint32_t memory_kb, uint32_t passes);

/* Ed25519, RFC 8032. */
void secret_sign_key(const uint8_t seed[32], uint8_t public_key[32]);
void secret_sign(uint8_t to[SIGNATURE_BYTES], const uint8_t seed[32], struct view text);

#endif
