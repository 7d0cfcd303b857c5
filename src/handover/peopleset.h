/* Sets of people, by ordinal.  The only file with CRoaring in it.
 *
 * A set from the database is never decoded before its bytes are known to be those that were stored: the document it belongs
 * to is sealed and holds their SHA-256 (a flipped bit in a serialised set is otherwise accepted as another set).
 * Errors: ERR_NOMEM; ERR_CORRUPT where stored bytes are not what was stored.
 */
#ifndef PEOPLESET_H
#define PEOPLESET_H

#include "digest.h"
#include "vault.h"

struct peopleset;

err peopleset_new(struct peopleset **ret);
void peopleset_free(struct peopleset **s); /* for CLEANUP */

void peopleset_add(struct peopleset *s, uint32_t ordinal);
void peopleset_remove(struct peopleset *s, uint32_t ordinal);
bool peopleset_has(const struct peopleset *s, uint32_t ordinal);
uint64_t peopleset_count(const struct peopleset *s);
err peopleset_copy(const struct peopleset *s, struct peopleset **ret);

/* In place. */
void peopleset_unite(struct peopleset *s, const struct peopleset *other);
void peopleset_subtract(struct peopleset *s, const struct peopleset *other);
void peopleset_intersect(struct peopleset *s, const struct peopleset *other);
uint64_t peopleset_common(const struct peopleset *a, const struct peopleset *b); /* how many are in both */

/* Of bytes that were checked.  ERR_CORRUPT: they are no set. */
err peopleset_of_bytes(struct view bytes, struct peopleset **ret);

/* All ordinals, rising, in memory for mem_free. */
err peopleset_list(const struct peopleset *s, uint32_t **ret, size_t *ret_count);

/* As it would be stored. */
err peopleset_write(struct peopleset *s, struct buf *to);

/* Stores it as owner's `name` and gives the SHA-256 of its bytes (in a transaction). */
err peopleset_put(struct vault *v, const char *owner, const char *name, struct peopleset *s, struct hash *ret_sha);
/* Only where the stored bytes have this SHA-256. */
err peopleset_bytes(struct vault *v, const char *owner, const char *name, const struct hash *sha, struct buf *to);
err peopleset_get(struct vault *v, const char *owner, const char *name, const struct hash *sha, struct peopleset **ret);

#endif
