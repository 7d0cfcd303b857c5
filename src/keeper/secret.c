#include "secret.h"

#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

err secret_start(void)
{
    ENSURE(sodium_init() >= 0, err_new(ERR_INTERNAL, "The cryptographic library does not start.", "Install libsodium again."));
    return OK;
}

err secret_lock(size_t size, void **ret)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return err_system("reserve memory for keys");
    if (mlock(p, size) != 0) {
        munmap(p, size);
        return err_newf(ERR_IO, "The system does not let the keeper lock {} KB of memory, so keys could reach the disk.",
                        "Raise the limit of locked memory: 'ulimit -l 1024', or LimitMEMLOCK=1M in the systemd unit.",
                        err_int((long long)(size / 1024)));
    }
    if (madvise(p, size, MADV_DONTDUMP) != 0 || madvise(p, size, MADV_WIPEONFORK) != 0) {
        err e = err_system("keep keys out of core files");
        munmap(p, size);
        return e;
    }
    *ret = p;
    return OK;
}

void secret_unlock(void **region, size_t size)
{
    if (!*region)
        return;
    sodium_memzero(*region, size);
    munmap(*region, size);
    *region = NULL;
}

void secret_wipe(void *p, size_t len)
{
    sodium_memzero(p, len);
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void secret_random(void *to, size_t len)
{
    randombytes_buf(to, len);
}

void secret_seal(uint8_t *to, const uint8_t key[KEY_BYTES], const uint8_t nonce[NONCE_BYTES], struct view ad, struct view plain)
{
    to[0] = to[1] = 1;
    memcpy(to + 2, nonce, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(to + 2 + NONCE_BYTES, NULL, plain.p, plain.len, ad.p, ad.len, NULL, nonce, key);
}

bool secret_open(uint8_t *to, const uint8_t key[KEY_BYTES], struct view ad, struct view sealed)
{
    if (sealed.len < SEAL_OVERHEAD || sealed.p[0] != 1 || sealed.p[1] != 1)
        return false;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(to, NULL, NULL, sealed.p + 2 + NONCE_BYTES,
                                                      sealed.len - 2 - NONCE_BYTES, ad.p, ad.len, sealed.p + 2, key) == 0;
}

void secret_kdf(uint8_t to[KEY_BYTES], const uint8_t key[KEY_BYTES], struct view label)
{
    crypto_generichash(to, KEY_BYTES, label.p, label.len, key, KEY_BYTES);
}

void secret_sum(uint8_t to[32], struct view bytes)
{
    crypto_generichash(to, 32, bytes.p, bytes.len, NULL, 0);
}

void secret_token(uint8_t to[TOKEN_BYTES], const uint8_t key[KEY_BYTES], struct view bytes)
{
    crypto_generichash(to, TOKEN_BYTES, bytes.p, bytes.len, key, KEY_BYTES);
}

_Static_assert(SALT_BYTES == crypto_pwhash_SALTBYTES, "the salt that libsodium takes");

err secret_stretch(uint8_t to[KEY_BYTES], struct view passphrase, const uint8_t salt[SALT_BYTES], uint32_t memory_kb, uint32_t passes)
{
    ENSURE(crypto_pwhash(to, KEY_BYTES, (const char *)passphrase.p, passphrase.len, salt, passes, (size_t)memory_kb * 1024,
                         crypto_pwhash_ALG_ARGON2ID13) == 0,
           err_newf(ERR_NOMEM, "There are no {} MB of memory free to try the passphrase.", "Close other programs and run the command again.",
                    err_int((long long)memory_kb / 1024)));
    return OK;
}

void secret_sign_key(const uint8_t seed[32], uint8_t public_key[32])
{
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    sodium_memzero(secret_key, sizeof secret_key);
}

void secret_sign(uint8_t to[SIGNATURE_BYTES], const uint8_t seed[32], struct view text)
{
    uint8_t public_key[32], secret_key[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    crypto_sign_detached(to, NULL, text.p, text.len, secret_key);
    sodium_memzero(secret_key, sizeof secret_key);
}
