/* The data directory, opened: the database and its keeper together.  What the rooms to the right read and write goes through here:
 * people by ordinal, look-ups by token, documents by kind and id, log entries, jobs.
 *
 * Threads: a vault belongs to one thread.  Views given to a callback live for the call; a callback must not use the vault's
 * keeper (vault_read_*, vault_find, vault_doc_*), only remember what it was given.
 * Errors: those of store.h and keeper.h.
 */
#ifndef VAULT_H
#define VAULT_H

#include "keeper.h"
#include "limits.h"
#include "slot.h"
#include "store.h"
#include "when.h"

#include <jansson.h>

/* --- life --- */

struct vault_options {
    const char *dir;
    const char *program; /* the candour binary: keeper and signer are started from it */
    const char *command; /* "import", "handover record": who is at it */
    bool has_now;        /* practice only: the command's clock starts at `now` and runs on */
    int64_t now;
    const struct secret_source *passphrase; /* asked where a keeper has to be started and its slots have one; NULL: nobody to ask */
    uint8_t *alarms;     /* at the end those of the keeper are set (protocol.h's enum alarm), and VAULT_OLDER; NULL: nobody asks */
};

/* The published log has entries that the database lacks: it was put back to an older state, or its journal is damaged. */
enum { VAULT_OLDER = 128 };

struct vault_init {
    const char *name, *contact, *country, *zone, *origin; /* origin NULL: made of the name */
    const char *const *slots;
    size_t slot_count;
    bool practice;
    bool passphrase; /* one is chosen (vault_options.passphrase) and goes into every epoch's root */
};

struct vault {
    struct store *store;
    struct keeper *keeper;
    uint8_t org[ORG_BYTES];
    uint64_t epoch;
    bool practice;
    struct when_zone zone;
    int64_t clock_shift; /* seconds from the machine's clock to this command's */
    char dir[LIMIT_PATH_BYTES];
    char slots[SLOT_SHARES_MAX][LIMIT_PATH_BYTES];
    size_t slot_count;
    char beside[LIMIT_PATH_BYTES]; /* a restored copy for looking: the directory that it was restored beside, which goes on; else "" */
    char program[LIMIT_PATH_BYTES];
    char command[64];
    struct store_tx tx;
    struct store_snapshot snapshot; /* of who only reads under a warrant */
    bool acted; /* the transaction has an entry that is more than a warrant */
    bool leased;
    struct vault_keys *keys; /* key blobs read lately */
    struct buf unnamed;      /* hashes of this transaction's documents that no entry named yet */
    uint8_t *alarms;
    struct {
        void *p; /* what a room to the right keeps as long as the vault is open */
        void (*end)(void *p);
    } kept;
};

/* Makes slots, the log's key, and an empty data directory; in an order in which the same call can be made again after a kill.
 * `first` runs inside the transaction that makes it a data directory: it puts the first documents and the init entry.
 * Errors: ERR_CONFLICT if there is a data directory already, or a slot of another one. */
err vault_create(const struct vault_options *o, const struct vault_init *init, err (*first)(struct vault *v, void *ctx), void *ctx);

/* Errors: ERR_DENIED for the wrong slot; ERR_USAGE for a `now` outside practice. */
err vault_open(const struct vault_options *o, enum store_mode mode, struct vault **ret);
void vault_close(struct vault **v); /* for CLEANUP; undoes what was not committed, gives the lease back */

int64_t vault_now(const struct vault *v);  /* seconds since 1970 */
int32_t vault_today(const struct vault *v); /* in the organisation's zone */

/* One command that changes the register at a time: waits 5 s for the one at it, then ERR_BUSY saying who. */
err vault_lease(struct vault *v);
err vault_lease_now(struct vault *v); /* hardly waits: ERR_BUSY */

/* What a copy that was restored beside its living original says to whoever wants to change something in it. */
err vault_only_a_copy(const struct vault *v);

/* A transaction.  vault_close undoes one that was not committed.  The first commit of a day adds a `state` entry: a root over all
 * cells, key blobs and documents as they are then, so that a cell put back to an older state shows. */
err vault_begin(struct vault *v);
err vault_commit(struct vault *v);
void vault_undo(struct vault *v);

/* --- documents: JSON, sealed, every version kept, each with its hash in the log --- */

/* In a transaction.  Sets the member `salt` of `body`, anew.  *ret_hash (may be NULL): what the log says of this version, SHA-256(salt ||
 * the document without its salt).  It is to stand as `doc` in an entry of the same transaction; those that no entry named are named by
 * the entry `documents` that vault_commit() adds. */
err vault_doc_put(struct vault *v, const char *kind, const char *id, json_t *body, struct hash *ret_hash);
/* That of a document as it was read.  ERR_CORRUPT: it has no salt. */
err vault_doc_hash(const json_t *body, struct hash *ret);
err vault_doc_get(struct vault *v, const char *kind, const char *id, json_t **ret);       /* newest; ERR_NOT_FOUND */
err vault_doc_get_version(struct vault *v, const char *kind, const char *id, uint32_t version, json_t **ret);
bool vault_doc_is(struct vault *v, const char *kind, const char *id);
/* Newest versions as an array of {"id","doc"}, in the order in which they were first put. */
err vault_docs(struct vault *v, const char *kind, json_t **ret);
/* The next number of a counter kept in documents' place: "H" gives H1, H2 ...  In a transaction. */
err vault_next_id(struct vault *v, const char *counter, uint32_t *ret);

/* --- people --- */

/* The next `count` ordinals; fewer than asked where a block ends.  In a transaction. */
err vault_new_ordinals(struct vault *v, uint32_t count, uint32_t *ret_first, uint32_t *ret_count);
err vault_people_end(struct vault *v, uint32_t *ret); /* one past the last ordinal ever given */

struct vault_change {
    uint32_t ordinal;
    bool new_facts;
    struct view facts;
    const struct keeper_record *records;
    size_t record_count;
    uint32_t new_keys; /* bit per category that is to lie under a new key */
};
/* Rising by ordinal.  In a transaction. */
err vault_write_people(struct vault *v, const struct vault_change *changes, size_t count);
/* The same for people of one cell in three steps, for very many: the keeper seals one cell while the caller does other things.  Between
 * begin and take nothing may be asked of the keeper; what was taken is to be put before anything else is received. */
struct vault_writing {
    uint32_t cell;
    uint32_t ordinals[STORE_BLOCK];
    size_t count;
    struct view sealed, rows[STORE_BLOCK];
};
err vault_write_begin(struct vault *v, const struct vault_change *changes, size_t count, struct vault_writing *ret);
err vault_write_take(struct vault *v, struct vault_writing *w);
err vault_write_put(struct vault *v, const struct vault_writing *w);

typedef err vault_person_fn(void *ctx, uint32_t ordinal, const struct keeper_person *person);
/* People by rising ordinals; erased or unknown ones come with their state.  `categories`: bit per category. */
err vault_read_people(struct vault *v, const uint32_t *ordinals, size_t count, uint32_t categories, bool facts, vault_person_fn *fn,
                      void *ctx);
err vault_read_facts(struct vault *v, vault_person_fn *fn, void *ctx); /* of everybody there */

/* --- look-ups --- */

typedef err vault_found_fn(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags);
/* Calls `fn` for each entry of each token; `asked` is the index in `tokens`, which may be in any order. */
err vault_find(struct vault *v, const uint8_t (*tokens)[TOKEN_BYTES], size_t count, vault_found_fn *fn, void *ctx);
/* Adds entries; sorts them in place.  In a transaction. */
err vault_index_add(struct vault *v, struct cell_token *entries, size_t count);

/* --- set commitments --- */

/* Leaves for people by rising ordinals, their fields as commitment.h has them; sorted and stored under the id, the root in
 * `ret_root`.  In a transaction. */
err vault_commit_set(struct vault *v, const uint8_t id[16], const uint32_t *ordinals, const struct view *fields, size_t count,
                     struct hash *ret_root);

/* The salt of one person's leaf, for her proof.  ERR_GONE: she is not here any more. */
err vault_leaf_salt(struct vault *v, const uint8_t id[16], uint32_t ordinal, uint8_t ret_salt[KEY_BYTES]);

/* --- the log --- */

/* Adds an entry of the present time: "time" is set here.  Takes `body` over, NULL is ERR_NOMEM.  Kinds that enter sealed keep their
 * body and salt, sealed.  In a transaction. */
err vault_entry(struct vault *v, json_t *body, uint64_t *ret_index);
/* The same, of a kind in clear; its member `key` is SHA-256(salt || hidden), which are kept, sealed: what could be guessed is not to be
 * confirmed by its bare hash. */
err vault_entry_hiding(struct vault *v, json_t *body, const char *key, struct view hidden, uint64_t *ret_index);
/* The body of a sealed entry. */
err vault_entry_body(struct vault *v, uint64_t index, json_t **ret_body);
/* A private side as the store gives it. */
struct vault_side {
    uint64_t index; /* of its entry */
    struct view bytes;
};
/* The number of its key; sides are opened together where its group of keys (CELL_KEYS_PER_BLOB) is the same.  0: it is damaged. */
uint64_t vault_side_key(struct view side);
/* Salt[32] and body of 1 to LIMIT_KEEPER_DOCUMENTS sides; the views live until the keeper is asked something else.  ERR_CORRUPT: one of them does
 * not open. */
err vault_open_sides(struct vault *v, const struct vault_side *sides, size_t count, struct view *ret);
/* Opens a sealed entry to the world: adds its release entry.  In a transaction. */
err vault_release(struct vault *v, uint64_t index, uint64_t *ret_index);
/* Salt[32] and canonical body of a sealed entry: what opens it to whoever gets them. */
err vault_entry_opening(struct vault *v, uint64_t index, struct buf *to);
/* Publishes what was committed: on return a stored checkpoint covers every entry.  Where it can, credits that the keeper has given
 * are settled too: their entries are shown to it, and entered again if they are of a database that was given up. */
err vault_publish(struct vault *v);
/* Before anything of a change is committed: that the log can go on.  Else the error says why, and what to do. */
err vault_can_publish(struct vault *v);
err vault_vkey(struct vault *v, struct buf *to);
void vault_log_dir(const struct vault *v, char *to, size_t size);
/* "size N, root BASE64": what is printed on everything that leaves. */
err vault_checkpoint_line(struct vault *v, struct buf *to);

/* From now until vault_close, bulk work on up to `number` people: puts the warrant into the log, publishes, and shows it to
 * the keeper.  Nothing is committed where the log can't go on.  The log tells the number rounded up (1, 2, 5 times a power of ten, at
 * least 100), so that no count of people follows from it. */
err vault_warrant(struct vault *v, const char *job, const char *purpose, uint32_t categories, uint64_t number);
/* The same for work of which the log tells only sealed that it was done, such as a hand-over: its warrant has the words of any reading,
 * and all categories. */
err vault_warrant_plain(struct vault *v, uint64_t number);
/* As plain, for what may not wait for the log: where it can't be published, the warrant is committed and the work done on credit
 * (keeper_credit).  That it was not published is not an error here: whoever ends with vault_publish() hears of it.  ERR_LIMIT: there are
 * too many credits. */
err vault_warrant_urgent(struct vault *v, uint64_t number);
/* As plain, for commands that only read; they never wait: where somebody else is writing to the register, the work is done on credit, which
 * the next command that publishes settles.  An outstanding one with room is shared.  From now on all is read as of now, and no
 * transaction can be begun. */
err vault_warrant_reading(struct vault *v, uint64_t number);

/* --- jobs: a command taken up again after a kill goes on instead of beginning anew --- */

/* The key of a command whose words hash to `words`: keyed, so that the words can't be guessed from the table of jobs. */
err vault_job_key(struct vault *v, const uint8_t words[32], uint8_t ret_key[32]);
/* What the same command (its key) did when it ran last, at most LIMIT_AGAIN_SECONDS ago, as far as nothing else was done since; *ret NULL: nothing.  `ret_done` false: it was
 * cut off after its act was committed.  True: it came to its end, and may have been cut off before it could say so: saying it once
 * more must not act once more. */
err vault_job_result(struct vault *v, const char *kind, const uint8_t key[32], json_t **ret, bool *ret_done);
bool vault_job_ended(const struct store_job *job); /* whenever that was */
err vault_job_acted(struct vault *v, const char *kind, const uint8_t key[32], const json_t *result); /* in the act's transaction */
err vault_job_done(struct vault *v, const uint8_t key[32]); /* a transaction of its own; again: OK */

#endif
