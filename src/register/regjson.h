/* Strict reading of the register's own small JSON objects: every member there, each of its type, no other.
 * Errors: ERR_INVALID with the name of the member.  Owns: texts go into the arena.
 */
#ifndef REGJSON_H
#define REGJSON_H

#include <jansson.h>

#include "buf.h"
#include "mem.h"

/* `j` is an object with exactly these members. */
err regjson_shape(const json_t *j, const char *const *names, size_t count);
/* Texts hold no control characters and at most `max` bytes. */
err regjson_text(struct arena *a, const json_t *j, const char *name, size_t max, const char **ret);
err regjson_bool(const json_t *j, const char *name, bool *ret);
err regjson_number(const json_t *j, const char *name, int64_t min, int64_t max, int64_t *ret);
/* The text of a member for looking it up in a table; it lives as long as `j`. */
err regjson_word(const json_t *j, const char *name, struct view *ret);
/* No control characters, well-formed UTF-8, 1 to `max` bytes. */
bool regjson_plain(const char *text, size_t max);

#endif
