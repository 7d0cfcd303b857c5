/* Set commitments (design, "The log"): one hash that binds who was in a set (a hand-over's, a scope's, a round of
 * letters') and with which fields, without telling anybody who.  A Merkle tree of RFC 6962 over leaves sorted by hash.
 *
 *     leaf = SHA-256(0x00, "candour set v1", salt[32], u8 length, entry id, u16 count, per field (u8 length, field id))
 *
 * Lengths are part of it, so that two different things never give the same bytes; numbers are big-endian.  The salt
 * comes from the person's proof key and the entry id, so no leaf can be guessed, and no two are equal.
 */
#ifndef COMMITMENT_H
#define COMMITMENT_H

#include "merkle.h"

enum { COMMITMENT_SALT_BYTES = 32 };

/* `fields` in strictly rising byte order.  Errors: INTERNAL unless entry id and field ids have 1..255 bytes and the
 * fields rise; LIMIT past 65535 fields. */
err commitment_leaf(const uint8_t salt[COMMITMENT_SALT_BYTES], struct view entry_id, const struct view *fields,
                    size_t field_count, struct hash *to);

void commitment_sort(struct hash *leaves, size_t count);

/* Over sorted leaves; none gives merkle_empty().  Errors: CORRUPT unless they rise strictly. */
err commitment_root(const struct hash *sorted, size_t count, struct hash *to);

/* The same root of leaves that come some at a time. */
struct commitment_sum {
    struct merkle_edge *edge;
    struct hash last;
};
err commitment_sum_new(struct commitment_sum *ret);
void commitment_sum_free(struct commitment_sum *s); /* for CLEANUP */
err commitment_sum_add(struct commitment_sum *s, const struct hash *sorted, size_t count);
struct hash commitment_sum_root(const struct commitment_sum *s);
uint64_t commitment_sum_count(const struct commitment_sum *s);

struct commitment_proof {
    uint64_t index, size;
    struct merkle_proof path;
};
/* Costs one hash per leaf.  Errors: NOT_FOUND where the leaf is not among them; CORRUPT unless they rise
 * strictly. */
err commitment_prove(const struct hash *sorted, size_t count, const struct hash *leaf, struct commitment_proof *to);
/* The size is part of the way to the root only: where the way is the same in a tree of another size, that size holds too. */
bool commitment_verify(const struct commitment_proof *p, const struct hash *leaf, const struct hash *root);

#endif
