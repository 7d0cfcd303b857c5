/* The plain SHA256_ functions are marked deprecated since 3.0, in favour of contexts on the heap that can fail.  These
 * can't, which is what lets the Merkle maths be plain functions. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "digest.h"

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

static_assert(sizeof(struct digest) == sizeof(SHA256_CTX), "struct digest holds libcrypto's context");
static_assert(_Alignof(struct digest) >= _Alignof(SHA256_CTX), "struct digest holds libcrypto's context");

static SHA256_CTX *context(struct digest *d)
{
    return (SHA256_CTX *)(void *)d;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

int hash_order(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

struct view hash_view(const struct hash *h)
{
    return view_of(h->b, sizeof h->b);
}

void digest_begin(struct digest *d)
{
    CHECK(SHA256_Init(context(d)));
}

void digest_add(struct digest *d, struct view bytes)
{
    if (bytes.len)
        CHECK(SHA256_Update(context(d), bytes.p, bytes.len));
}

void digest_add_u8(struct digest *d, uint8_t byte)
{
    digest_add(d, view_of(&byte, 1));
}

struct hash digest_end(struct digest *d)
{
    struct hash h;
    CHECK(SHA256_Final(h.b, context(d)));
    return h;
}

struct hash digest_of(struct view bytes)
{
    struct digest d;
    digest_begin(&d);
    digest_add(&d, bytes);
    return digest_end(&d);
}

bool digest_signed(const uint8_t key[DIGEST_KEY_BYTES], struct view message,
                   const uint8_t signature[DIGEST_SIGNATURE_BYTES])
{
    static const uint8_t nothing[1];
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, DIGEST_KEY_BYTES);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good =
        public && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, public) == 1 &&
        EVP_DigestVerify(ctx, signature, DIGEST_SIGNATURE_BYTES, message.len ? message.p : nothing, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(public);
    return good;
}
