/* The numbers of one version of a scope, as one thing that page, report, letter and screen are all made from, and the
 * check that they add up.  Counts are people unless said otherwise; each affected person counts once. Texts are borrowed
 * by the maker; scope_numbers_decode() puts them into the arena.
 */
#ifndef SCOPE_NUMBERS_H
#define SCOPE_NUMBERS_H

#include <jansson.h>

#include "buf.h"
#include "err.h"
#include "mem.h"

struct when_zone;

struct scope_field {
    const char *field, *label, *category; /* key, words for people, category key */
    uint64_t people;
};

struct scope_category {
    const char *category, *label;
    uint64_t people;
};

/* People who need care before a letter goes; they may be in several groups (ux 4.4). */
struct scope_care {
    uint64_t in_danger, under_18, work_email, old_address, no_address;
};

/* Left out only because certificates of deletion say so that were recorded after the breach was opened. */
struct scope_late {
    uint64_t people;
    const char *const *certificates; /* ids */
    size_t certificate_count;
};

struct scope_numbers {
    const char *incident;
    uint32_t version;                          /* from 1 */
    int64_t at;                                /* status as of; seconds UTC */
    uint64_t affected, members, former, other; /* affected is the sum of the three */
    uint64_t file_only;                        /* of other: known only from a file; */
    uint64_t not_recorded;                     /* in the register, but nothing is said there of a membership; the rest of it is those erased, and */
                                               /* who is known to have joined at no time */
    uint64_t past_end;                         /* kept past their end date, whatever their status ... */
    uint64_t past_end_former;                  /* ... and of these the former members */
    struct {
        uint64_t exact, listed, rebuilt; /* each person under her surest; the sum is affected */
    } evidence;
    uint64_t deceased, erased, gone; /* of affected: have died; deleted by us since; no longer in the source */
    struct scope_care care;
    struct scope_late late; /* not of affected */
    const struct scope_field *fields;
    size_t field_count;
    const struct scope_category *categories; /* may be empty: then not checked */
    size_t category_count;
    const char *const *handovers; /* ids of the hand-overs that count */
    size_t handover_count;
};

/* Errors: ERR_INTERNAL naming the first rule that is broken, with both numbers.  Checked: both sums; every part at most
 * its whole; fields and hand-overs named once; a category has at least as many people as its largest field and at most
 * the sum of its fields. */
err scope_numbers_check(const struct scope_numbers *n);

/* {"incident","version","at","affected","members","former","other","file_only","not_recorded","past_end","past_end_former",
 *  "evidence":{"exact","listed","rebuilt"},"fields":[{"field","label","category","people"}],
 *  "categories":[{"category","label","people"}],"handovers":[...],"deceased","erased","gone",
 *  "care":{"in_danger","under_18","work_email","old_address","no_address"},"late_certificates":{"people","certificates":[...]}}
 * `ret` is a new reference.  Decode is strict: every key, no other, sums checked, limits of LIMIT_SCOPE_*. */
err scope_numbers_json(const struct scope_numbers *n, json_t **ret);
err scope_numbers_decode(struct arena *a, const json_t *from, struct scope_numbers *ret);

/* Screen "Who is affected" (ux 7.5) in plain words; `older` NULL or the version before it, for the difference. */
err scope_numbers_text(struct buf *to, const struct scope_numbers *n, const struct scope_numbers *older,
                       const struct when_zone *zone);

/* One line per number that differs, "members 268,115 -> 269,000 (+885)"; "nothing differs" if none does. */
err scope_numbers_diff_text(struct buf *to, const struct scope_numbers *older, const struct scope_numbers *newer);

/* What is known of those who are neither members nor former members: "3,389 others (2,455 known only from the files, 934 never joined)". */
void scope_numbers_others(struct buf *to, const struct scope_numbers *n);

/* A rounded number as one may say it in a report: three figures, "about 312,000"; exact below 1,000. */
void scope_numbers_about(struct buf *to, uint64_t people);
/* "312,406" */
void scope_numbers_put(struct buf *to, uint64_t people);

#endif
