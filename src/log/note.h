/* Signed notes and verifier keys (c2sp.org/signed-note; spec/tlog.md section 4).  Signing itself happens in the signer:
 * what it signs is the note's text, byte for byte, and note_assemble() puts text and signature together.
 *
 * Everything parsed borrows the bytes it was parsed from.  Limits: LIMIT_NOTE_BYTES, LIMIT_NOTE_LINES,
 * LIMIT_KEY_NAME_BYTES.
 */
#ifndef NOTE_H
#define NOTE_H

#include "digest.h"
#include "limits.h"

enum { NOTE_KEY_ID_BYTES = 4 };

enum note_key_type {
    NOTE_ED25519 = 0x01,
    NOTE_COSIGNATURE = 0x04, /* Ed25519 with a time: a witness's (c2sp.org/tlog-cosignature) */
};

struct note_key {
    char name[LIMIT_KEY_NAME_BYTES + 1];
    enum note_key_type type;
    uint8_t id[NOTE_KEY_ID_BYTES];
    uint8_t key[DIGEST_KEY_BYTES];
};

/* Key names: UTF-8, not empty, no plus sign, no Unicode space, no control character. */
bool note_name_ok(struct view name);
/* Key ids are the start of SHA-256(name, newline, type, key).  Errors: INVALID for a bad name; LIMIT for a long one. */
err note_key_make(struct view name, enum note_key_type type, const uint8_t key[DIGEST_KEY_BYTES], struct note_key *to);
/* name+8 hex digits+base64.  Errors: INVALID, also where the id is not that of the key or the type is another one. */
err note_vkey_parse(struct view text, struct note_key *to);
void note_vkey_format(const struct note_key *key, struct buf *to);

struct note_line {
    struct view name;
    uint8_t id[NOTE_KEY_ID_BYTES];
    struct view blob; /* base64 of id and signature; checked */
};

struct note {
    struct view text;  /* with its last newline, without the empty line */
    size_t line_count; /* at least 1 */
    struct note_line lines[LIMIT_NOTE_LINES];
};

/* Checks the whole form, each signature line too; no signature yet.  Errors: INVALID, LIMIT. */
err note_parse(struct view bytes, struct note *to);

/* At least one line is of `key`, and every line of `key` verifies; lines of other keys are passed over.  Errors:
 * INVALID. */
err note_verify(const struct note *n, const struct note_key *key);
/* The same for a witness's key (NOTE_COSIGNATURE); gives the newest time it signed for, in POSIX seconds. */
err note_verify_witness(const struct note *n, const struct note_key *key, uint64_t *time);

/* The text to sign, and then the whole note.  `text` must end in a newline.  Errors: INVALID for a text that can't be
 * one, or where the signature is not that of `key` (NOTE_ED25519) over `text`: such a note must not leave. */
err note_text_check(struct view text);
err note_assemble(struct view text, const struct note_key *key, const uint8_t signature[DIGEST_SIGNATURE_BYTES],
                  struct buf *to);

#endif
