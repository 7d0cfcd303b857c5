/* Import: a file of people into the register (design, "The register"; spec/csv-exports.md).
 *
 * Two passes over the file.  The first checks every row, joins the rows of one person and finds whom they mean; the second
 * builds and writes.  Everything an import does is one transaction with its log entry.
 *
 * An archive of several tables of one known system is read as one file, the names of its tables counting (Mailchimp: everybody in
 * unsubscribed_... objects, mail to those in cleaned_... fails).
 * What a row is: columns by columns.h.  Rows with one id are one person if they differ only in columns of the membership
 * (periods, status, type, fields of that category) or where one of them is empty; else both lines are named and rejected.
 * Rows of one person that don't follow each other are held in memory, at most LIMIT_IMPORT_KEPT_BYTES of them.
 * Cells are judged by celltype.h: what stands for nothing is empty, what can't be of its type rejects the row, what only looks odd is
 * kept and told of.  Dates of birth and of membership must be dates: what somebody is follows from them.
 * Rows that say deleted in the source, test, or not a person are left out, and counted.
 * Periods: "Current", "New" or "Grace" with an end before the day of the export means still open; the first period begins at
 * "Member Since" if that is earlier; dates of applications (pending, refused) are no periods, they start retention.
 * NationBuilder has no status: a membership that is named without dates is one that goes on, and has ended when it is no longer named.
 * An objection without a purpose is one to newsletter and fundraising.  Marks are those that any of the person's sources says now.
 * Consents and objections are recorded where the source says what it did not say in its last file, and end when no source says them any
 * more.  What it says unchanged is older than what the person told us since, so it neither undoes a consent withdrawn nor an objection
 * withdrawn by telephone: that one, too, was her own word.  A consent counts from the day of the export at most.
 * A file exported before the newest one of its source is refused: what it says is older than what is held.
 * With it go all past values of everybody that are due (people_forget_past()).
 * Errors: ERR_INVALID (rejected rows, unknown columns, too many gone: the result says which), those of table.h, vault.h.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include "config.h"
#include "map.h"
#include "table.h"

enum import_mode { IMPORT_FULL, IMPORT_PART };

struct import_options {
    const char *path;
    const char *source; /* NULL: that of the system recognised ("civicrm"); without one ERR_USAGE */
    enum import_mode mode;
    const char *map;          /* path of a map file, NULL none */
    struct table_options table;
    enum when_order dates;
    int32_t exported;         /* the day of the export, not ahead; DAY_UNKNOWN: today */
    bool dry_run, skip_rejected, accept_gone;
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t of); /* `of` 0: not known; NULL: none */
    void *progress_ctx;
    /* In the transaction: people who are there, whole, before what the file says is put into them.  NULL: nobody asks. */
    err (*before)(void *ctx, const struct person *list, size_t count);
    /* In the transaction, for whoever keeps sets that grow (hand-overs of kind system): people on their way into the vault, by rising
     * ordinals, some at a time, while the keeper must not be used; and once more with none, before the commit, when it may.  NULL: nobody. */
    err (*saved)(void *ctx, const struct person *list, size_t count);
    void *saved_ctx; /* of both */
};

struct import_rejected {
    uint64_t line, column; /* from 1; column 0: the row */
    const char *problem;   /* in words, without a value */
    const char *member;    /* of the tables of an archive the one; NULL: the file is one table */
};

enum { IMPORT_REJECTED_MAX = 2000, IMPORT_NEAR_MAX = 10000, IMPORT_ODD_LINES = 5 };

/* Cells of a column that are kept as they stand and yet are not what the column holds (celltype.h). */
struct import_odd {
    const char *column; /* its name in the file */
    const char *words;  /* what they are not: "a telephone number" */
    uint64_t count, filled; /* of all cells of the column that are not empty */
    uint64_t lines[IMPORT_ODD_LINES];
};

/* A new person who may be the same as somebody there. */
struct import_near {
    uint64_t line;
    uint32_t ordinal; /* who was there */
};

struct import_result {
    const char *source, *system; /* system "" if not one that is known */
    enum import_mode mode;
    uint64_t read;               /* rows without the header */
    uint64_t people;             /* added + updated + unchanged */
    uint64_t added, updated, unchanged, gone;
    uint64_t left_out;           /* rows: deleted in the source, test, not a person */
    uint64_t was_there;          /* people of this source before: what `gone` is a part of */
    uint64_t rejected_count;     /* rows */
    const struct import_rejected *rejected; /* by line; the first IMPORT_REJECTED_MAX */
    size_t rejected_shown;
    uint64_t forgotten;          /* past values, of anybody, of which only the fingerprint stays (person.h) */
    uint64_t near_count;         /* possible duplicates */
    const struct import_near *near;
    size_t near_shown;
    const char *const *others;   /* tables of an archive that were not read: not of the system of the rest */
    size_t other_count;
    const struct import_odd *odd; /* columns that have such cells */
    size_t odd_count;
    const char *const *new_fields; /* keys */
    size_t new_field_count;
    struct hash file;            /* SHA-256 of its bytes */
    uint64_t entry;              /* index in the log; 0 in a dry run */
};

/* Takes the lease, the warrant and the transaction; publishing is the caller's.  With an error `ret` has what was
 * read and rejected, and counts no people: nothing was changed.  It lives in `a`.  The config takes in new fields and the source. */
err import_run(struct vault *v, struct config *c, struct arena *a, const struct import_options *o, struct import_result *ret);

/* `--map ?`: recognises the header only. */
err import_propose(const struct config *c, struct arena *a, const struct import_options *o, struct buf *to);

#endif
