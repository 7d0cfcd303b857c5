/* fsck: whether everything in a data directory is what was written, and fits together.  It changes nothing; to open all people it
 * puts a warrant into the log (job "fsck").
 *
 * Checked: the database file; every group of keys, key cell, index cell, row, record, document, private side and job opens; rows are
 * those of people there and are the newest; every value that can be looked up is found, and the index points to nobody else; sets,
 * sums, leaves and log entries of hand-overs and scopes agree; the records of one person form a ring; documents and log entries agree; the log, its tiles and checkpoints
 * (publish_verify); counters lie beyond what they count.
 * A fault is a sentence with places, ids and numbers, never a value.
 */
#ifndef FSCK_H
#define FSCK_H

#include "publish.h"
#include "vault.h"

enum { FSCK_FAULTS = 200, FSCK_NOTES = 50, FSCK_WORDS = 400, FSCK_WITHOUT_WARRANT = 5000 };

struct fsck_options {
    /* Takes no lease and no warrant, for a vault open for reading only.  Where opening and looking up everybody could take more than
     * FSCK_WITHOUT_WARRANT units, or the rest of the user's day, nobody is opened then, and a note says so. */
    bool write_nothing;
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t of); /* NULL: none */
    void *progress_ctx;
};

struct fsck_result {
    uint64_t key_groups, cells, people, erased, records, values; /* values: that can be looked up */
    uint64_t index_cells, index_entries, documents, sets, handovers, entries, sides, jobs; /* sides: what is sealed beside entries */
    bool people_opened;
    uint64_t faults; /* 0: all is as it should be */
    uint64_t folder_faults; /* those of them that are of the log's folder alone, which is made again from the register */
    char fault[FSCK_FAULTS][FSCK_WORDS]; /* the first of them */
    uint64_t notes; /* no faults, but worth knowing */
    char note[FSCK_NOTES][FSCK_WORDS];
};

/* Errors: that it could not be checked (ERR_BUSY: another command changes the register; ERR_NOMEM; ERR_IO: a file can't be read, or the
 * keeper ended).  What is wrong is in the result,
 * which is 100 KB: allocate it. */
err fsck_run(struct vault *v, const struct fsck_options *o, struct fsck_result *ret);

/* Only the log, whose faults are in `ret_log`, and what it speaks of: documents, entries with their private sides, sets and leaves.  `key`: its
 * verifier key, empty for its own.  For a vault open for reading only.  Errors: also ERR_INVALID for what is no key. */
err fsck_log(struct vault *v, struct view key, struct publish_verdict *ret_log, struct fsck_result *ret);

#endif
