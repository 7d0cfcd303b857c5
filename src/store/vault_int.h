/* Shared by vault*.c only. */
#ifndef VAULT_INT_H
#define VAULT_INT_H

#include "limits.h"
#include "vault.h"

#include <stdio.h>

enum { VAULT_KEYS_KEPT = 8 };

struct vault_keys {
    struct {
        enum keeper_kind kind;
        uint32_t blob;
        struct buf bytes;
        uint64_t asked; /* when it was asked for last */
    } kept[VAULT_KEYS_KEPT];
    uint64_t clock;
};

/* The key blob of a cell; made with the first of its thousand (then in a transaction).  The view lives until VAULT_KEYS_KEPT other blobs
 * were asked for since. */
err vault_keys_of(struct vault *v, enum keeper_kind kind, uint32_t cell, struct view *ret);
void vault_forget_keys(struct vault *v); /* after an undone transaction */

err vault_seal_bytes(struct vault *v, uint64_t no, const char *kind, const char *id, uint32_t version, struct view plain, struct view *ret);
err vault_open_bytes(struct vault *v, uint64_t no, const char *kind, const char *id, uint32_t version, struct view sealed, struct view *ret);
/* An entry with the hashes of this transaction's documents that no entry named. */
err vault_documents_entry(struct vault *v);
/* The day's first commit: the root over everything, as an entry. */
err vault_state_entry(struct vault *v);
err vault_dump(const json_t *body, struct buf *to); /* compact, sorted */

/* States of jobs in table `job`; those of a restore are its own. */
enum { JOB_ACTED = 1, JOB_DONE = 100 };

#endif
