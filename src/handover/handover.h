/* Hand-overs: what was given to whom, when, for what, and how sure that is.  The value, its document, and its sets.
 *
 * A hand-over has a set of people and, per field, the smaller of who-had-a-value and who-lacked-one.  Documents of kind "handover" are
 * numbered H1, H2 ...  The set is of records (people.h), as they were given, row by row: somebody with three records counts three times in
 * its numbers, whether they were found to be one before or after, and once in a scope.  Deletion certificates are documents of kind "certificate", C1, C2 ...
 * Rules: design "Hand-overs, sets and scope"; CK-01, CK-02, CK-34.  Owns: texts live in the arena.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "peopleset.h"
#include "recipient.h"

enum handover_kind { HANDOVER_FILE, HANDOVER_RULE, HANDOVER_SYSTEM, HANDOVER_THEIR_LIST, HANDOVER_CREATED, HANDOVER_KINDS };
enum handover_evidence { HANDOVER_EXACT, HANDOVER_LISTED, HANDOVER_REBUILT, HANDOVER_EVIDENCES };
const char *handover_kind_word(enum handover_kind kind); /* "file", "rule", "system", "their-list", "created" */
const char *handover_evidence_word(enum handover_evidence evidence);
/* Evidence follows from the kind.  Of a system it is each person's own: exact for whoever was under it when it was recorded or later,
 * when the register was kept along with it; rebuilt for whoever was under it only before.  One that begins on the day on which it is
 * recorded, or later, is exact for all.  As a whole it is exact if everybody in it is. */
enum handover_evidence handover_evidence_of(enum handover_kind kind, uint64_t people, uint64_t exact);

struct handover_field {
    const char *key;
    uint64_t people;  /* of the hand-over, with a value */
    bool lacks;       /* the stored set is of those without */
    struct hash sha;  /* of the stored set's bytes */
};

struct handover {
    const char *id, *recipient, *purpose;
    enum handover_kind kind;
    enum handover_evidence evidence;
    struct when_range sent; /* of a system: from its start to its end, WHEN_UNKNOWN_LATE while it is open */
    int64_t recorded_at;
    const char *approver, *source, *selection; /* "" where there is none */
    const char *file;                          /* its name as given, "" none */
    struct hash file_sha;                      /* zeroes: none */
    int32_t delete_by;                         /* day; DAY_UNKNOWN: nothing agreed */
    uint64_t people, matched, file_only, ambiguous;
    uint64_t exact;        /* of a system: how many of its people are so; 0 of others */
    struct hash set_sha;   /* of the stored set's bytes */
    struct hash exact_sha; /* of a system's set of these; zeroes of others */
    struct hash set_root; /* of the commitment */
    uint8_t commitment[16];
    const struct handover_field *fields; /* rising by key */
    size_t field_count;
    uint64_t log_index;
    const char *marks; /* what the gate would have said of a recorded one, in closed words joined by commas */
};

/* The latest time at which it can have been given: it was recorded after it.  Of a system its end. */
int64_t handover_sent_latest(const struct handover *h);

err handover_to_json(const struct handover *h, json_t **ret);
json_t *handover_field_keys(const struct handover *h); /* a list; NULL is no memory */
err handover_from_json(struct arena *a, const json_t *j, struct handover *ret);
err handover_load(struct vault *v, struct arena *a, const char *id, struct handover *ret);
err handover_list(struct vault *v, struct arena *a, struct handover **ret, size_t *ret_count); /* as they were recorded */

/* The people; and who of them had a value of field `i`. */
err handover_people(struct vault *v, const struct handover *h, struct peopleset **ret);
err handover_field_people(struct vault *v, const struct handover *h, size_t i, const struct peopleset *people, struct peopleset **ret);
/* Of a system: those of its people who are exact. */
err handover_exact_people(struct vault *v, const struct handover *h, struct peopleset **ret);

/* Who and what, while it is being put together: rows add people and their fields. */
struct handover_draft {
    struct arena *arena;
    struct peopleset *people;
    struct peopleset *exact;  /* of them; saved of a system only */
    const char **keys;        /* rising, each once */
    struct peopleset **have;  /* per key: who had a value */
    size_t key_count;
};
/* `keys` in any order, doubled ones allowed; copied. */
err handover_draft_begin(struct handover_draft *d, struct arena *a, const char *const *keys, size_t count);
void handover_draft_end(struct handover_draft *d); /* for CLEANUP */
/* The index of a key that was given at the beginning. */
size_t handover_draft_key(const struct handover_draft *d, const char *key);

/* In a transaction: takes the next id, stores the sets, the commitment, the document, and the sealed log entry.  Fills in the rest
 * of `h` (id, fields, sums, evidence, hashes, log index). */
err handover_save(struct vault *v, struct handover *h, struct handover_draft *d);

/* In a transaction: stores a system's exact people, and what follows from them into `h`. */
err handover_put_exact(struct vault *v, struct handover *h, struct peopleset *exact);

/* In a transaction: a new version of the document, where something but its sets changed, and another sealed entry with the same id.
 * The commitment and `log_index` stay those of the recording. */
err handover_save_again(struct vault *v, const struct handover *h);

/* Commits the draft's people and fields under a new random id (also for a scope).  In a transaction. */
err handover_commit(struct vault *v, const struct handover_draft *d, uint8_t commitment[16], struct hash *ret_root);

/* --- deletion certificates --- */

struct handover_certificate {
    const char *id, *recipient;
    const char *const *handovers; /* ids it names; none with all_before */
    size_t handover_count;
    bool all_before;
    int64_t before;
    struct when_range deleted;
    bool backups, sub_processors_left_out, believed;
    int64_t received_at, recorded_at;
    const char *signed_by;
};
err handover_certificate_save(struct vault *v, struct arena *a, struct handover_certificate *c); /* in a transaction; gives it an id if it has none */
/* ERR_INVALID where a certificate can't speak of a hand-over that it names: given to another, given only after it was deleted, or a
 * system that still runs. */
err handover_certificate_fits(const struct handover_certificate *c, const struct handover *h);
err handover_certificates(struct vault *v, struct arena *a, struct handover_certificate **ret, size_t *ret_count);

/* Received before the deletion that it speaks of: a promise, not a proof. */
bool handover_certificate_promises(const struct handover_certificate *c);

/* Of what it may be silent: the hand-over may have been given, or people may have come into the system, only after the
 * deletion. */
bool handover_certificate_too_early(const struct handover_certificate *c, const struct handover *h);

/* Whether it speaks of this hand-over: names it, or all of its time, and fits it. */
bool handover_certificate_names(const struct handover_certificate *c, const struct handover *h);

/* For pages and lists: what is known of the deletion, by all certificates that name the hand-over and fit it: the best
 * of them.  One that leaves out the backups, or after which more may have been given, takes nobody out of a breach. */
enum handover_deletion {
    HANDOVER_NOTHING_AGREED,
    HANDOVER_DUE,
    HANDOVER_OVERDUE,
    HANDOVER_CLAIMED,
    HANDOVER_BUT_LATER, /* from here on believed */
    HANDOVER_BUT_BACKUPS,
    HANDOVER_PROVEN
};
enum handover_deletion handover_deletion(const struct handover *h, const struct handover_certificate *list, size_t count, int32_t today);
const char *handover_deletion_word(enum handover_deletion d);

#endif
