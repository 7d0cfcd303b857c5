/* The slot: the file on which everything hangs (docs/format.md section 1).  Encoding is pure; reading and writing files is
 * the caller's.
 */
#ifndef SLOT_H
#define SLOT_H

#include "secret.h"

enum { SLOT_RECORD_BYTES = 160, SLOT_RECORD_STEP = 4096, SLOT_FILE_BYTES = 2 * SLOT_RECORD_STEP, SLOT_SHARES_MAX = 8 };

/* What a slot knows of its passphrase: the same in all slots of an organisation.  Stretched, it is one more share. */
enum { SLOT_CHECK_BYTES = 16 };
struct slot_lock {
    bool set;
    uint8_t salt[SALT_BYTES];
    uint32_t memory_kb, passes;
    uint8_t check[SLOT_CHECK_BYTES]; /* tells a wrong passphrase from a wrong slot */
};

struct slot_record {
    uint8_t org[ORG_BYTES];
    uint64_t epoch; /* from 1; 0: an unused record */
    bool practice;
    uint8_t share_no, share_count;
    uint8_t share[KEY_BYTES];
    struct slot_lock lock;
};

/* A new passphrase: a fresh salt, and the check value.  The share that it is passes through `share`, which is locked memory.  Errors: as
 * secret_stretch(). */
err slot_lock_make(struct view passphrase, uint8_t share[KEY_BYTES], struct slot_lock *ret);
/* The share that the passphrase is; `share` is locked memory, zero where no passphrase is set.  Errors: ERR_DENIED if it is the wrong
 * one or none was given; as secret_stretch(). */
err slot_lock_open(const struct slot_lock *lock, struct view passphrase, uint8_t share[KEY_BYTES]);

void slot_encode(const struct slot_record *r, uint8_t to[SLOT_RECORD_BYTES]);

/* The two records of a slot file of SLOT_FILE_BYTES; an unused one has epoch 0.  Errors: ERR_INVALID if it is no slot, ERR_CORRUPT
 * if no record is whole (a torn spare beside a whole record counts as unused) or the two contradict each other. */
err slot_decode(struct view file, struct slot_record ret[2]);

/* The shares of all slots of one epoch put together: R_e, or R_e but for the passphrase.  Errors: ERR_INVALID, and a zero root, if the slots are not all shares of one
 * organisation and epoch. */
err slot_join(const struct slot_record *shares, size_t count, uint8_t root[KEY_BYTES]);

/* The same of each epoch that every slot holds, the older first; `epochs` are 0 where there is none.  One slot may be ahead of another: a destruction writes them one after the other.
 * Errors: as slot_join(); ERR_INVALID too if no epoch is in all of them, or the two do not follow one another. */
err slot_roots(struct slot_record (*slots)[2], size_t count, uint64_t epochs[2], uint8_t roots[2][KEY_BYTES]);

#endif
