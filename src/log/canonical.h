/* RFC 8785, of what entries of the log are made of: objects, lists, whole numbers from 0 to 2^53 - 1, true and false, and strings of ASCII
 * that stand for themselves.  JCS sorts keys by UTF-16 units, which for ASCII is byte by byte.
 */
#ifndef CANONICAL_H
#define CANONICAL_H

#include <jansson.h>

#include "buf.h"
#include "err.h"

enum { CANONICAL_KEYS = 32, CANONICAL_DEPTH = 4 };

/* Errors: INVALID for anything else, and past CANONICAL_KEYS in an object or CANONICAL_DEPTH; those of the buffer. */
err canonical_put(struct buf *to, const json_t *value);

#endif
