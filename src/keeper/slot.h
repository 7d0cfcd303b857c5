/* The slot: the file on which everything hangs (docs/format.md section 1).  Encoding is pure; reading and writing files is
 * the caller's.
 */
#ifndef SLOT_H
#define SLOT_H

#include "secret.h"

enum { SLOT_RECORD_BYTES = 160, SLOT_RECORD_STEP = 4096, SLOT_FILE_BYTES = 2 * SLOT_RECORD_STEP, SLOT_SHARES_MAX = 8 };

struct slot_record {
    uint8_t org[ORG_BYTES];
    uint64_t epoch; /* from 1; 0: an unused record */
    bool practice;
    uint8_t share_no, share_count;
    uint8_t share[KEY_BYTES];
};

void slot_encode(const struct slot_record *r, uint8_t to[SLOT_RECORD_BYTES]);

/* The two records of a slot file of SLOT_FILE_BYTES; an unused one has epoch 0.  Errors: ERR_INVALID if it is no slot, ERR_CORRUPT
 * if no record is whole (a torn spare beside a whole record counts as unused) or the two contradict each other. */
err slot_decode(struct view file, struct slot_record ret[2]);

/* R_e of one epoch out of the shares of all slots.  Errors: ERR_INVALID, and a zero root, if the slots are not all shares of one
 * organisation and epoch. */
err slot_join(const struct slot_record *shares, size_t count, uint8_t root[KEY_BYTES]);

/* The roots of all slots together: of each epoch that every slot holds, the older first; `epochs` are 0 where there is none.  One
 * slot may be ahead of another: a destruction writes them one after the other.
 * Errors: as slot_join(); ERR_INVALID too if no epoch is in all of them, or the two do not follow one another. */
err slot_roots(struct slot_record (*slots)[2], size_t count, uint64_t epochs[2], uint8_t roots[2][KEY_BYTES]);

#endif
