/* Entries of the log: RFC 8785 JSON with a fixed schema per kind (entry_kinds.c).  An entry is public for ever, so it
 * holds closed words, ids, UTC times, whole numbers and hashes only; nothing that somebody typed goes in, but for its
 * salted hash.
 *
 * Some kinds enter in clear.  Others (hand-over, incident, scope, letter, report, request) enter as `sealed`, a time and
 * SHA-256(salt, canonical body), and are opened later by an entry `release` {index, salt, body}.
 *
 * Every entry and body has "kind" and "time" (RFC 3339, UTC, whole seconds, Z).  Errors: INVALID, with the key's name
 * and never its value; LIMIT past LIMIT_ENTRY_BYTES or LIMIT_ENTRY_BODY_BYTES; NOMEM.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <jansson.h>

#include "digest.h"
#include "limits.h"

enum { ENTRY_SALT_BYTES = 32 };

/* Whether it follows the schema of its kind: entries in clear, `sealed`, `release`, and bodies to be sealed alike. */
err entry_check(const json_t *entry);
/* Whether a kind enters as `sealed`.  False for unknown kinds too. */
bool entry_is_sealed_kind(const char *kind);

/* The bytes to put into the log.  Refuses a body of a kind that must be sealed. */
err entry_encode(const json_t *entry, struct buf *to);
/* The canonical bytes of a body to be sealed: keep them with the salt, for the release.  Refuses kinds in clear. */
err entry_encode_body(const json_t *body, struct buf *to);
/* The `sealed` entry for a body.  `time` in POSIX seconds. */
err entry_seal(const json_t *body, const uint8_t salt[ENTRY_SALT_BYTES], int64_t time, struct buf *to);
/* The `release` entry for the sealed entry at `index`. */
err entry_release(uint64_t index, const json_t *body, const uint8_t salt[ENTRY_SALT_BYTES], int64_t time,
                  struct buf *to);
/* Whether the sealed entry is that of this body: the hash fits and the body follows its schema.  False too for
 * lack of memory. */
bool entry_opens(struct view sealed, const uint8_t salt[ENTRY_SALT_BYTES], struct view canonical_body);

/* Bytes from a log.  Accepts only what entry_encode() would write (or, for a body, entry_encode_body()).  Free with
 * json_decref(). */
err entry_parse(struct view bytes, json_t **to);
err entry_parse_body(struct view bytes, json_t **to);

/* Values for entries.  NULL for lack of memory; new references. */
json_t *entry_count(uint64_t n);          /* a number of people: "<10" below 10 */
json_t *entry_time(int64_t time);         /* POSIX seconds, of years 1970 to 9999 */
json_t *entry_hash(const struct hash *h); /* lower-case hex */
json_t *entry_hex(struct view bytes);
/* SHA-256(salt, text): how a typed text or a file stands in an entry. */
struct hash entry_text_hash(const uint8_t salt[ENTRY_SALT_BYTES], struct view text);

/* The rules for ids: a-z 0-9 first, then a-z 0-9 . _ - up to 64 bytes; or a capital and a number, as H12, I3. */
bool entry_id_ok(struct view id);

#endif
