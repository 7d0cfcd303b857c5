/* Recording what was given in the past, and making a hand-over now.
 *
 * Each takes the register's lease, a warrant, and one transaction with its log entry; a command cut off after its act was committed
 * gives the same hand-over when it is run again (vault_job_*).  Publishing and the end of the job are done here too.
 * Errors: ERR_INVALID (unknown columns, a bad row, the gate said no), ERR_NOT_FOUND (recipient, purpose), those of vault.h.
 */
#ifndef RECORD_H
#define RECORD_H

#include "gate.h"
#include "handover.h"
#include "map.h"
#include "table.h"

struct record_options {
    enum handover_kind kind;
    const char *recipient, *purpose, *approver;
    struct when_range sent; /* SYSTEM: from and until */
    bool has_as_of;
    int64_t as_of;
    const char *path, *source, *map; /* FILE, THEIR_LIST */
    struct table_options table;
    enum when_order dates;
    const char *selection;      /* RULE, SYSTEM: who; FILE: how they were chosen, as far as known.  NULL: none */
    const char *const *fields;  /* RULE, SYSTEM */
    size_t field_count;
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t of);
    void *progress_ctx;
};
err record_run(struct vault *v, struct config *c, struct arena *a, const struct record_options *o, struct handover *ret);

struct create_options {
    const char *recipient, *purpose, *approver, *selection, *out;
    const char *const *fields;
    size_t field_count;
    bool plain;
    const char *even_past_end; /* NULL, or the reason */
};
struct create_result {
    struct handover handover;
    uint64_t objected, no_consent, past_end, status; /* left out */
    const char *out;
};
err create_run(struct vault *v, struct config *c, struct arena *a, const struct create_options *o, struct create_result *ret);

/* Releases every hand-over that was prepared and cut off: `ret_count` of them. */
err create_resume(struct vault *v, struct arena *a, size_t *ret_count);

/* Systems that are open now take in people who are new or have new values (in the import's transaction): `ordinals` rising. */
err record_systems_grow(struct vault *v, struct config *c, const uint32_t *ordinals, size_t count);

#endif
