/* The set arithmetic of a scope: what is decided about, gathered from the vault, and the verdicts carried out over the stored sets.
 *
 * Nobody is opened for it but our own people where our own system was hit.  Owns: what is gathered lives in the arena; sets are freed by
 * scope_sets_end().  Errors: those of the vault; ERR_LIMIT for too many different fields.
 */
#ifndef SCOPE_SETS_H
#define SCOPE_SETS_H

#include "people.h"
#include "scope_run.h"

enum { SCOPE_KEYS_MAX = 1024 };

struct scope_gathered {
    struct scope_input input;
    struct handover *handovers; /* stored ones, then perhaps "self" */
    size_t stored_count, count;
    const struct scope_aliases *aliases;
    bool people_only; /* the fields are not asked for: our own people are not opened, and those erased may be among them */
};

struct scope_sets {
    struct peopleset *affected, *evidence[SCOPE_EVIDENCE_COUNT];
    const char *keys[SCOPE_KEYS_MAX];
    struct peopleset *fields[SCOPE_KEYS_MAX];
    size_t key_count;
};
void scope_sets_end(struct scope_sets *s);

/* `aliases` stay the caller's. */
err scope_gather(struct vault *v, struct arena *a, const struct incident *inc, const struct scope_aliases *aliases, struct scope_gathered *g);
/* `s` is empty: {0}. */
err scope_unite(struct vault *v, const struct config *c, const struct scope_gathered *g, const struct scope *decision, struct scope_sets *s);
/* Who drops out on the word of late certificates only (scope_late.c).  `affected`: how many are, by `decision`. */
err scope_count_late(struct vault *v, const struct config *c, struct arena *a, const struct scope_gathered *g, const struct scope *decision,
                     uint64_t affected, struct scope_late *ret);

#endif
