/* The one database: cells, records, sealed documents, sets, log entries, jobs.  Plain operations on numbered blobs; an act
 * and its log entry are one transaction (spec/pitfalls.md A4).  Nothing here is personal data in clear: blobs come sealed.
 *
 * One file register.db in the data directory (SQLite, WAL, every commit synced; its writes pass the seam).
 * Threads: a store belongs to one thread at a time.  Any number of processes may read; one writes at a time.
 * Shapes: ordinal = number of a person (uint32).  Times are milliseconds since 1970.  Texts (kind, id, owner, name) are
 *   names of things, at most LIMIT_NAME_BYTES bytes, never a person's value.
 * Blobs: at most LIMIT_BLOB_BYTES.  `get` appends to the caller's buf; a buf that is too small gives ERR_LIMIT.
 * Errors, everywhere: ERR_NOT_FOUND no such row; ERR_IO the disk failed or is full (the transaction is rolled back);
 *   ERR_CORRUPT the database file is damaged; ERR_BUSY another process writes; ERR_LIMIT.  Only others are named below.
 * `put` replaces unless said otherwise; put and delete need a transaction (else the program stops: our mistake).
 * `delete` of what isn't there is OK.
 */
#ifndef STORE_H
#define STORE_H

#include "buf.h"

struct store;

enum store_mode { STORE_READ, STORE_WRITE };

/* --- life ------------------------------------------------------------------------------------------------------------ */

/* Makes the folder (0700) and an empty register in it, durable on return; the epoch is 0 until store_epoch_set.  What an
 * interrupted store_create left is made anew.  ERR_CONFLICT: there is a register already, or a file that isn't ours. */
err store_create(const char *dir);

/* ERR_NOT_FOUND: no folder, no register, or one whose making was interrupted (run init); ERR_INVALID: not a register of
 * Candour, or of another format version.  STORE_READ refuses to begin a transaction. */
err store_open(const char *dir, enum store_mode mode, struct store **ret);
void store_close(struct store **s); /* for CLEANUP; rolls back what is open */

/* Brings committed work from the -wal file into register.db and empties the former, as far as readers let it: for a quiet
 * moment after bulk work.  That somebody reads is no error. */
err store_tidy(struct store *s);

/* Everything as of now, in one file at `path` that appears whole (through path.part).  ERR_CONFLICT: path exists. */
err store_backup_to(struct store *s, const char *path);

/* Walks the whole file.  ERR_CORRUPT: it is damaged. */
err store_integrity(struct store *s);

/* --- transactions ------------------------------------------------------------------------------------------------------ */

/* A write transaction.  Declare it with CLEANUP(store_rollback) = {0}: what isn't committed is undone. */
struct store_tx {
    struct store *store; /* NULL: none open */
};

/* Waits up to 5 s for another writer, then ERR_BUSY.  ERR_CONFLICT: the database's epoch isn't `epoch` (a destruction ran
 * meanwhile: open anew with the keeper's present one). */
err store_begin(struct store *s, uint64_t epoch, struct store_tx *ret);
/* Whether it, and who takes a lease, waits for others as long as that, or hardly at all. */
void store_patience(struct store *s, bool patient);
err store_commit(struct store_tx *tx);    /* durable when OK; undone when not */
void store_rollback(struct store_tx *tx); /* safe to call always, also after store_commit */

/* A consistent view for several reads: later commits of others aren't seen.  Never waits for a writer. */
struct store_snapshot {
    struct store *store;
};
err store_read_begin(struct store *s, struct store_snapshot *ret);
void store_read_end(struct store_snapshot *snapshot); /* safe to call always */

err store_epoch(struct store *s, uint64_t *ret);
err store_epoch_set(struct store *s, uint64_t epoch); /* may only grow: else ERR_CONFLICT */

/* --- small values ------------------------------------------------------------------------------------------------------- */

/* Keys that begin with "store." are the store's own: ERR_INTERNAL. */
err store_meta_put(struct store *s, const char *key, struct view value);
err store_meta_get(struct store *s, const char *key, struct buf *to);
err store_meta_delete(struct store *s, const char *key);

/* Takes the next `count` numbers of a counter; *ret is the first of them.  Never gives a number twice. */
enum store_counter {
    STORE_ORDINALS,    /* from 0; always taken in whole blocks: see store_block_next */
    STORE_INDEX_CELLS, /* from 0 */
    STORE_DOCS,        /* from 1 */
    STORE_CHECKPOINTS, /* how many were ever stored */
    STORE_COUNTER_COUNT
};
err store_counter_next(struct store *s, enum store_counter counter, uint64_t count, uint64_t *ret);
err store_counter_peek(struct store *s, enum store_counter counter, uint64_t *ret); /* the next one, not taken */

/* The next key cell and the first of its 256 ordinals (cell * 256).  ERR_LIMIT: all of 2^32 are given out. */
enum { STORE_BLOCK = 256 };
err store_block_next(struct store *s, uint32_t *ret_cell, uint32_t *ret_first_ordinal);

/* --- key cells, rows of people, keys of cells ----------------------------------------------------------------------------- */

/* Called for each thing in the order of its number.  `blob` lives for the call.  An error ends the walk and comes out of
 * it.  The callback may put or delete the thing it was given, read, walk, and write anything else; whether new things with
 * greater numbers are still met is open. */
typedef err store_each_fn(void *ctx, uint64_t no, struct view blob);

err store_cell_put(struct store *s, uint32_t no, struct view blob);
err store_cell_get(struct store *s, uint32_t no, struct buf *to);
err store_cell_delete(struct store *s, uint32_t no);
err store_cells_each(struct store *s, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx); /* from..to inclusive */
err store_cell_count(struct store *s, uint64_t *ret);

err store_row_put(struct store *s, uint32_t ordinal, struct view blob);
err store_row_get(struct store *s, uint32_t ordinal, struct buf *to);
err store_row_delete(struct store *s, uint32_t ordinal);
err store_rows_each(struct store *s, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx);
err store_row_count(struct store *s, uint64_t *ret);

enum store_keys { STORE_KEYS_PEOPLE = 1, STORE_KEYS_INDEX = 2, STORE_KEYS_DOCS = 3 };
err store_keys_put(struct store *s, enum store_keys kind, uint32_t no, struct view blob);
err store_keys_get(struct store *s, enum store_keys kind, uint32_t no, struct buf *to);
err store_keys_delete(struct store *s, enum store_keys kind, uint32_t no);
err store_keys_each(struct store *s, enum store_keys kind, uint32_t from, uint32_t to, store_each_fn *fn, void *ctx);
err store_keys_count(struct store *s, enum store_keys kind, uint64_t *ret);

/* --- index cells ------------------------------------------------------------------------------------------------------------ */

struct store_index {
    uint32_t no;
    uint32_t prefix; /* the first 32 bits of the smallest token that belongs here */
    uint8_t depth;   /* how many bits of the prefix count, 0..32 */
};

typedef err store_index_fn(void *ctx, struct store_index at, struct view blob);

/* ERR_CONFLICT: another cell has that prefix. */
err store_index_put(struct store *s, struct store_index at, struct view blob);
err store_index_get(struct store *s, uint32_t no, struct store_index *ret, struct buf *to); /* ret, to: may be NULL */
/* The cell that a token belongs to: the greatest prefix <= first32, the token's first 32 bits (big-endian). */
err store_index_find(struct store *s, uint32_t first32, struct store_index *ret, struct buf *to);
err store_index_delete(struct store *s, uint32_t no);
err store_index_each(struct store *s, uint32_t from, uint32_t to, store_index_fn *fn, void *ctx); /* by number */
err store_index_count(struct store *s, uint64_t *ret);

/* --- documents (sealed; all versions kept) ---------------------------------------------------------------------------------- */

enum { STORE_NAME = 128 + 1 }; /* LIMIT_NAME_BYTES and the end */

struct store_doc {
    uint64_t no;
    uint32_t version; /* from 1 */
    char kind[STORE_NAME];
    char id[STORE_NAME];
};

typedef err store_doc_fn(void *ctx, const struct store_doc *doc, struct view blob);

/* Takes the next number, and the version after the newest of (kind, id): what the blob is then sealed for. */
err store_doc_next(struct store *s, const char *kind, const char *id, struct store_doc *ret);
err store_doc_put(struct store *s, const struct store_doc *doc, struct view blob); /* new: ERR_CONFLICT if there is one */
err store_doc_reseal(struct store *s, uint64_t no, struct view blob);             /* must be there */
err store_doc_delete(struct store *s, uint64_t no);
/* ret, to: may be NULL in all three. */
err store_doc_get(struct store *s, uint64_t no, struct store_doc *ret, struct buf *to);
err store_doc_newest(struct store *s, const char *kind, const char *id, struct store_doc *ret, struct buf *to);
err store_doc_version(struct store *s, const char *kind, const char *id, uint32_t version, struct store_doc *ret,
                      struct buf *to);
err store_docs_newest(struct store *s, const char *kind, store_doc_fn *fn, void *ctx); /* newest versions, by number */
err store_docs_each(struct store *s, uint64_t from, uint64_t to, store_doc_fn *fn, void *ctx); /* every version */
err store_doc_count(struct store *s, uint64_t *ret);                                           /* every version */

/* --- sets of people ------------------------------------------------------------------------------------------------------------ */

typedef err store_set_fn(void *ctx, const char *owner, const char *name);

/* The SHA-256 of the bytes is kept beside them. */
err store_set_put(struct store *s, const char *owner, const char *name, struct view bytes);
/* ERR_CORRUPT: the bytes aren't those that were put; nothing is appended then. */
err store_set_get(struct store *s, const char *owner, const char *name, struct buf *to);
err store_set_delete(struct store *s, const char *owner, const char *name);
/* By owner and name; owner NULL: all. */
err store_sets_each(struct store *s, const char *owner, store_set_fn *fn, void *ctx);

/* --- leaves: per commitment, the sorted hashes of the log entries that concern it ------------------------------------------------ */

enum { STORE_COMMITMENT = 16, STORE_HASH = 32 };

err store_leaves_put(struct store *s, const uint8_t commitment[STORE_COMMITMENT], struct view hashes);
err store_leaves_get(struct store *s, const uint8_t commitment[STORE_COMMITMENT], struct buf *to);
/* The same piece by piece, some 30,000 hashes at a time. */
typedef err store_leaves_fn(void *ctx, struct view hashes);
err store_leaves_each(struct store *s, const uint8_t commitment[STORE_COMMITMENT], store_leaves_fn *fn, void *ctx);
err store_leaves_delete(struct store *s, const uint8_t commitment[STORE_COMMITMENT]);

/* --- log entries and checkpoints ------------------------------------------------------------------------------------------------- */

typedef err store_entry_fn(void *ctx, uint64_t idx, struct view bytes, struct view sealed); /* sealed.p NULL: none */

/* Takes the next index (0, 1, 2, ... without gaps).  `sealed` (sealed private part) with p NULL: none. */
err store_entry_append(struct store *s, struct view bytes, struct view sealed, uint64_t *ret_idx);
err store_entry_get(struct store *s, uint64_t idx, struct buf *bytes, struct buf *sealed); /* either may be NULL */
err store_entry_reseal(struct store *s, uint64_t idx, struct view sealed);                 /* p NULL: forget it */
err store_entries_each(struct store *s, uint64_t from, uint64_t to, store_entry_fn *fn, void *ctx);
err store_entry_count(struct store *s, uint64_t *ret); /* = the size of the log */

/* Write-once: the same size with other bytes is ERR_CONFLICT, with the same bytes OK. */
err store_checkpoint_put(struct store *s, uint64_t size, struct view note);
err store_checkpoint_get(struct store *s, uint64_t size, struct buf *to);
err store_checkpoint_newest(struct store *s, uint64_t *ret_size, struct buf *to); /* to may be NULL */

/* --- jobs ------------------------------------------------------------------------------------------------------------------------- */

struct store_job {
    uint8_t key[STORE_HASH]; /* hash of what was asked */
    char kind[STORE_NAME];
    uint32_t state;
};

typedef err store_job_fn(void *ctx, const struct store_job *job, struct view bytes);

err store_job_put(struct store *s, const struct store_job *job, struct view bytes); /* new: ERR_CONFLICT if there is one */
err store_job_get(struct store *s, const uint8_t key[STORE_HASH], struct store_job *ret, struct buf *to); /* may be NULL */
/* ERR_CONFLICT: the job is at `state` or past it already (another process did it). */
err store_job_advance(struct store *s, const uint8_t key[STORE_HASH], uint32_t state, struct view bytes);
err store_job_delete(struct store *s, const uint8_t key[STORE_HASH]);
err store_jobs_drop(struct store *s, uint32_t state); /* all that are in this state */
err store_jobs_each(struct store *s, const char *kind, store_job_fn *fn, void *ctx); /* kind NULL: all; by kind, key */

/* --- leases ------------------------------------------------------------------------------------------------------------------------- */

/* Only one process at a time does `name` ("register", "publish"); readers need none.  Not inside a transaction: it is one
 * of its own.  `command`: noun and verb only ("import members").  Waits up to wait_ms for the holder, then ERR_BUSY with who
 * it is.  The lease of a process that is gone is taken over.  Taking one's own again is OK. */
enum { STORE_LEASE_WAIT_MS = 5000 };
err store_lease_take(struct store *s, const char *name, const char *command, int64_t now_ms, uint32_t wait_ms);
err store_lease_held(struct store *s, const char *name, int64_t now_ms, bool *ret); /* by somebody else who lives; never waits */
err store_lease_release(struct store *s, const char *name); /* not ours, or none: OK */

/* --- the whole state, for a root -------------------------------------------------------------------------------------------------------- */

enum store_part { STORE_PART_CELLS, STORE_PART_INDEX, STORE_PART_KEYS, STORE_PART_DOCS };

/* Every cell by number, index cell by number (sub: prefix), blob of keys by kind and number (sub: kind), document by number
 * (sub: version), in this order and in one snapshot. */
typedef err store_state_fn(void *ctx, enum store_part part, uint64_t no, uint64_t sub, struct view blob);
err store_state_each(struct store *s, store_state_fn *fn, void *ctx);

#endif
