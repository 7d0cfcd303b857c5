/* candour.conf: what must be known before the keeper can be asked (docs/format.md section 0).
 *
 * Lines `key = value`; empty ones and those that begin with # say nothing.  Each key once, `slot` once a share.
 */
#ifndef CONF_H
#define CONF_H

#include "limits.h"
#include "slot.h"

enum { CONF_BYTES_MAX = 65535, CONF_ZONE_MAX = 64 };

struct conf {
    uint8_t org[ORG_BYTES];
    bool practice, made; /* made: init came to its end */
    char zone[CONF_ZONE_MAX];
    char slots[SLOT_SHARES_MAX][LIMIT_PATH_BYTES];
    size_t slot_count;
    char home[LIMIT_PATH_BYTES];   /* of a backup: where it came from; "" */
    char beside[LIMIT_PATH_BYTES]; /* of a copy restored beside its original: that one; "" */
};

/* `file` is for the place of an error.  ERR_INVALID, with its line: a line that is not understood, a key twice or missing, another
 * format. */
err conf_parse(const char *file, struct view text, struct conf *ret);
void conf_put(const struct conf *c, struct buf *to);

/* DIR/candour.conf.  ERR_NOT_FOUND: there is none.  Saving: ERR_INVALID for a slot whose path is no line. */
err conf_load(const char *dir, struct conf *ret);
err conf_save(const char *dir, const struct conf *c);

#endif
