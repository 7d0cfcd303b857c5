/* Recording what was given in the past, and making a hand-over now.
 *
 * Each takes the register's lease, a warrant, and one transaction with its log entry; a command cut off after its act was committed
 * gives the same hand-over when it is run again (vault_job_*), and so does one that ended, as long as nothing else was done since.  Publishing and the end of the job are done here too.
 *
 * What counts.  FILE, THEIR_LIST: every row.  A row means the person whom match.h finds, all of them if they are several, all who may
 * be meant if it has too few details to tell (an e-mail address alone), or somebody known only from files: made new once per person
 * of the file, with her ids under the source and her values, and found again by later files, also by too few details where nobody
 * else may be meant.  Rows that mean several, or may mean even one of the register, count as ambiguous.  Rows are taken in their
 * order: people are found by what they had before the file, and judged by what is known when the row's turn comes, with all that
 * earlier rows said of somebody known only from files.  Rows in doubt that are certainly about different people (other ids,
 * family names, birth dates, first names) are not both about her of whom too little is known.  Nor are rows of which an id, or all
 * that is known of her, leads to one person: where birth dates differ, or first names, or family names without a first name that
 * agrees, both she and somebody else count, and the row as ambiguous; its ids are not kept.  A word for nothing ("N/A", "-") is no
 * id (celltype_says_nothing()).  Rows of the file that match nobody are one person if they share an id and don't differ so, also an
 * id by which an earlier row named somebody known before; without ids, if addresses and names agree, or all that they say; of each
 * at most LIMIT_FILE_VALUES values of a field are kept.  Each column counts as its field for those whose cell is not empty.
 * RULE: those for whom the rule holds or can't be ruled out as of `as_of` (the end of the day on which it was sent), with the values of
 * then; where only a longer time is known in which it was sent, at any moment of that, with all values of that time.
 * SYSTEM: everybody in the register for whom the selection held at any time from `sent.earliest` to `sent.latest` (open: until
 * now; of one that begins only later it is recorded who is under it now, and from its beginning on it grows); without a selection
 * everybody who did not certainly join after its end (facts_joined()).  A field counts for those who had a value at any time of it.
 * While it is open those who enter the register are added (record_growth_*), and those who come under its selection as time passes
 * before its people are asked for (record_systems_catch_up).  Who of them is exact: handover.h.
 * People known only from files are in no rule and no system.  What a selection tells counts as a field of all (select_given()).
 *
 * Errors: ERR_INVALID (unknown columns, bad rows: the result lists them; the gate said no), ERR_NOT_FOUND (recipient, purpose), those
 * of vault.h.
 */
#ifndef RECORD_H
#define RECORD_H

#include "gate.h"
#include "handover.h"
#include "import.h"

/* Called in the transaction that brings people into a hand-over, before its end: the room of incidents keeps from erasure whom an open
 * breach may concern (incident_hold()).  It may open everybody RECORD_REACH_PASSES times. */
enum { RECORD_REACH_PASSES = 2 };
struct record_reach {
    err (*fn)(void *ctx, struct vault *v, const struct config *c); /* NULL: nothing */
    void *ctx;
};

struct record_options {
    enum handover_kind kind;
    const char *recipient, *purpose, *approver;
    struct when_range sent; /* SYSTEM: from and until */
    bool has_as_of;
    int64_t as_of;
    const char *path, *source, *map; /* FILE, THEIR_LIST; source NULL: its ids are not ours, they find nobody */
    struct table_options table;
    enum when_order dates;
    const char *selection;      /* RULE, SYSTEM: who; FILE: how they were chosen, as far as known.  NULL: none */
    const char *const *fields;  /* RULE, SYSTEM */
    size_t field_count;
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t of); /* NULL: none */
    void *progress_ctx;
    struct record_reach reach;
};
struct record_result {
    struct handover handover;
    uint64_t rows;               /* of the file, without the header */
    uint64_t rejected_count;     /* rows that can't be read: then nothing is recorded */
    bool again;                  /* the same command recorded it just before; nothing new was done */
    const struct import_rejected *rejected; /* the first IMPORT_REJECTED_MAX, by line */
    size_t rejected_shown;
    const char *const *others;   /* tables of the same file that were not read: they were sent too */
    size_t other_count;
    bool ids_unused;             /* it has ids, but no source was named whose they are */
};
/* `ret` is filled as far as it came, also with an error; it lives in `a`. */
err record_run(struct vault *v, struct config *c, struct arena *a, const struct record_options *o, struct record_result *ret);

struct create_options {
    const char *recipient, *purpose, *approver;
    const char *selection; /* NULL: everybody whom the purpose covers */
    const char *out;
    const char *const *fields;
    size_t field_count;
    bool plain;
    const char *even_past_end; /* NULL, or the reason */
    struct record_reach reach;
};
struct create_result {
    struct handover handover;
    uint64_t objected, no_consent, past_end, status; /* left out; the deceased by status */
    uint64_t unsure; /* not chosen, since the selection can't be answered of them */
    const char *out;                                 /* absolute */
    bool again;                                      /* the same command made it just before, and the file is still there */
};
/* Order: recipient, purpose, fields, selection known; the gate for the whole; a key for age; the gate person by person; OUT.part written
 * and synced; the record committed and published; OUT.part renamed.  People about whom the selection can't be answered are not in it.
 * The file is CSV, CRLF, a header of field keys; a person's newest value of each field.  Cells that begin with = + - @ are given as they
 * are: changing them would give other data than was recorded.  A spreadsheet program may take them for formulas. */
err create_run(struct vault *v, struct config *c, struct arena *a, const struct create_options *o, struct create_result *ret);

/* Releases every hand-over that was prepared and cut off: `ret_count` of them. */
err create_resume(struct vault *v, struct arena *a, size_t *ret_count);

/* Systems that are open take in people who are new or have new values, in the transaction that writes these.  Show people as they were,
 * all categories loaded, before they are changed: what is written may hide that somebody was under a selection until now.  Note them as
 * they are written (any order, doubled allowed), then grow once, before the commit. */
struct record_growth;
err record_growth_new(struct record_growth **ret);
void record_growth_free(struct record_growth **g); /* for CLEANUP */
err record_growth_before(struct record_growth *g, struct vault *v, const struct config *c, const struct person *list, size_t count);
err record_growth_note(struct record_growth *g, const struct person *list, size_t count);
err record_growth_grow(struct record_growth *g, struct vault *v, struct config *c);
/* The same for people at hand: `ordinals` rising. */
err record_systems_grow(struct vault *v, struct config *c, const uint32_t *ordinals, size_t count);
/* Status follows from dates, and nobody is written when a date passes: takes into each system with a selection that ran on after it was
 * recorded everybody for whom the selection held at any time from its start to now (or its end), with the fields of all that time.
 * Before a question about who is in it is answered; in the transaction that keeps the answer, with a warrant for everybody. */
err record_systems_catch_up(struct vault *v, const struct config *c, bool *ret_grown);

/* Ends a system that runs: a new version of its document, and another sealed entry.  Whoever is in it stays in it; exact
 * are then those who were under it from its recording to its end.  Lease, warrant and
 * transaction of its own, and published; said again, it changes nothing.  `until` is the last second of it.
 * Errors: ERR_NOT_FOUND; ERR_INVALID: no system, one with another end, or one that began later. */
err record_end_system(struct vault *v, const struct config *c, struct arena *a, const char *id, int64_t until,
                      const struct record_reach *reach, struct handover *ret);

#endif
