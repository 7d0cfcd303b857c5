/* Checkpoints (c2sp.org/tlog-checkpoint; spec/tlog.md section 5): origin, size and root of the log, as the text of a
 * signed note.  A checkpoint carries no time.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "merkle.h"
#include "note.h"

struct checkpoint {
    struct view origin;
    uint64_t size;
    struct hash root;
    struct view extensions; /* whole lines; ours have none */
};

/* The rule for origins of our own: a scheme-less lower-case URL of at most LIMIT_ORIGIN_BYTES: host, optional port,
 * optional path; letters, digits and .-_~:/ only.  (Others' origins may hold more; reading accepts what the
 * specification allows.) */
bool checkpoint_origin_ok(struct view origin);
/* A practice installation's origin starts with "practice.". */
bool checkpoint_is_practice(struct view origin);

/* The text to sign.  Errors: INVALID for a bad origin, extensions (not written), or size 0 with another root than
 * merkle_empty(); LIMIT for the size. */
err checkpoint_format(const struct checkpoint *c, struct buf *to);
/* A note's text.  Borrows it.  Errors: INVALID. */
err checkpoint_parse(struct view text, struct checkpoint *to);

/* Parses the whole signed note, checks form, signature of `key`, origin, and the root of size 0.  Errors: INVALID. */
err checkpoint_open(struct view note, const struct note_key *key, struct view origin, struct checkpoint *to);

#endif
