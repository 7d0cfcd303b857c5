/* Who is affected: scope.h's decision carried out over the people sets of the vault.
 *
 * Affected = canonical(union over counting hand-overs of (P_h - D_h)); the fields of a person likewise.  Our own system is the
 * built-in recipient "self" with one standing hand-over of everybody.
 */
#ifndef SCOPE_RUN_H
#define SCOPE_RUN_H

#include "config.h"
#include "handover.h"
#include "incident.h"
#include "scope.h"
#include "scope_numbers.h"

#define SCOPE_SELF_HANDOVER "self"

/* One answer, with its sets. */
struct scope_answer {
    struct scope_numbers numbers;
    struct peopleset *affected;
    struct peopleset *evidence[SCOPE_EVIDENCE_COUNT]; /* each person under her surest only */
    const char **keys;          /* fields, rising */
    struct peopleset **fields;  /* per key: who is affected with it */
    size_t key_count;
    struct scope decision;
    const struct handover *handovers; /* in the decision's order; the last may be "self" */
    size_t handover_count;
    const char *const *nothing_recorded; /* whoever was hit of whom it is not recorded that anything was given to them: ids, or the name typed */
    size_t nothing_count;
    bool what_if;
    uint64_t held;      /* people who only now came under the legal hold of an open breach; not for what-if */
    bool behind;        /* somebody was writing: who came into systems that run since they were last brought up to date is not in it */
    uint64_t log_index; /* of the version's entry; not for what-if */
    err published;      /* what publishing said: who is affected must be known even when the log can't go on */
};
void scope_answer_end(struct scope_answer *s); /* for CLEANUP */

struct scope_question {
    const char *incident;
    struct scope_what_if what_if; /* anything in it: the answer is not kept */
};

/* Decides and counts.  Without what-if the answer is kept as a version (a new one only if something changed) with its log entry, and
 * published.  Takes the lease (what-if: only if nobody has it) and a warrant; where the log can't give one it goes on without, counted and slower.  Errors of publishing are
 * in `ret->published`, not returned. */
err scope_run(struct vault *v, struct config *c, struct arena *a, const struct scope_question *q, struct scope_answer *ret);

/* What each of them is affected with, asked by rising ordinals. */
struct scope_fields;
err scope_fields_begin(const struct scope_answer *s, struct scope_fields **ret);
void scope_fields_end(struct scope_fields **f); /* for CLEANUP */
/* Keys joined by commas, "" for none; valid until the next call. */
err scope_fields_of(struct scope_fields *f, uint32_t ordinal, const char **ret);

/* One line a person: her id, the source that it is of ("" where she has none: then `id` is "#" and her number), her fields joined by commas. */
struct scope_line {
    const char *id, *source, *fields;
};
typedef err scope_line_fn(void *ctx, const struct scope_line *line);
err scope_people(struct vault *v, const struct config *c, const struct scope_answer *s, scope_line_fn *fn, void *ctx);

/* The kept numbers of a version; 0: the newest.  ERR_NOT_FOUND. */
err scope_version(struct vault *v, struct arena *a, const char *incident, uint32_t version, struct scope_numbers *ret);

/* Whether the answer would be another now than the newest version kept: something was recorded since, or time passed.  Keeps nothing. */
err scope_stale(struct vault *v, struct config *c, struct arena *a, const char *incident, bool *ret);

/* Who was merged into whom: everybody is opened for it, once for as many answers as are wanted. */
struct scope_aliases {
    const struct people_alias *list;
    size_t count;
};
err scope_aliases(struct vault *v, struct arena *a, struct scope_aliases *ret);

/* Everybody whom the incident's recipients can hold, whatever the window and the certificates: for the legal hold.  Of our own system the
 * erased may be among them. */
err scope_whom_they_can_hold(struct vault *v, const struct config *c, struct arena *a, const struct incident *inc,
                             const struct scope_aliases *aliases, struct peopleset **ret);

#endif
