/* The pieces of which the text formats of this room are made: lines that end in a newline, decimal numbers, hashes in
 * base64 (spec/tlog.md section 1).  All strict: there is one way to write a thing.
 */
#ifndef LINES_H
#define LINES_H

#include "digest.h"

/* Takes the next line off `rest`, without its newline; false where no newline is left. */
bool lines_take(struct view *rest, struct view *line);
/* Takes `start` off `rest`; false, and nothing taken, if it doesn't start so. */
bool lines_skip(struct view *rest, const char *start);

/* ASCII digits without sign or leading zeros, at most `max`. */
bool lines_decimal(struct view text, uint64_t max, uint64_t *to);

/* Base64 of exactly 32 bytes.  Errors: INVALID, NOMEM. */
err lines_hash(struct view text, struct hash *to);

#endif
