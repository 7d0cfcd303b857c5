/* The keeper as its callers see it: a connection over which cells, records, tokens and documents are sealed, opened and
 * looked up.  No key ever comes back.
 *
 * Views in answers live until the next call on the same connection.  After ERR_IO, ERR_DENIED and ERR_INTERNAL the connection is
 * done with: open another one.
 * Errors of every call: ERR_IO (the keeper ended), ERR_CORRUPT (sealed bytes do not open), ERR_DENIED, ERR_LIMIT, ERR_NOMEM.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "cell.h"
#include "limits.h"
#include "merkle.h"
#include "protocol.h"

struct keeper;

/* Connects to the keeper of these slots, started (from `program`, the candour binary) if none runs.  The first slot's
 * folder holds its socket, counters and the signer's files.  `source` gives the passphrase, and is asked only where a keeper has to be
 * started and its slots have one; NULL: there is nobody to ask.  Errors too: ERR_DENIED for a wrong passphrase or none. */
err keeper_open(const char *program, const char *const *slots, size_t slot_count, const struct secret_source *source, struct keeper **ret);
/* For tests: over a connection that there is already, which it closes in the end. */
err keeper_over(int fd, struct keeper **ret);
void keeper_close(struct keeper **k); /* for CLEANUP too */

/* For init only: token keys of a new organisation, sealed under the slot's first epoch.  Errors: ERR_DENIED while anybody is
 * greeted. */
err keeper_new_ring(struct keeper *k, uint64_t epoch, struct buf *ring);

/* Must come before all that follows.  `now` is used by practice installations only.  Errors: ERR_DENIED for a slot of another
 * organisation or epoch, or another ring than the one that others work with right now.  `ret_practice`: what the slot says. */
err keeper_hello(struct keeper *k, const uint8_t org[ORG_BYTES], uint64_t epoch, struct view ring, int64_t now, bool *ret_practice);

/* A thousand new cell keys: kind 1 people, 2 index, 3 documents. */
enum keeper_kind { KEEPER_PEOPLE = 1, KEEPER_INDEX = 2, KEEPER_DOCUMENTS = 3 };
err keeper_new_keys(struct keeper *k, enum keeper_kind kind, uint32_t blob, struct buf *keys);

/* A cell as it lies in the database. */
struct keeper_cell {
    uint32_t no;
    struct view keys;   /* the key blob it belongs to */
    struct view sealed; /* empty: not written yet */
};

struct keeper_record {
    uint8_t category;
    uint16_t id;
    struct view plain;
};

/* A person to be written: new facts or those there are; records to be made or replaced; the row as it is.  Of a category in
 * `new_keys` (bit per category) every record is sealed anew under a new key: what the category held before opens with no key of
 * the new cell. */
struct keeper_write {
    uint8_t place;
    bool new_facts;
    uint32_t new_keys;
    struct view facts;
    const struct keeper_record *records;
    size_t record_count;
    struct view row;
};

/* `writes` with rising places.  Gives the new cell and, in `rows`, a row a write. */
err keeper_write_people(struct keeper *k, const struct keeper_cell *cell, const struct keeper_write *writes, size_t count,
                        struct view *ret_cell, struct view *rows);
/* The same in two halves, between which the keeper works: what was begun is to be taken before anything else is asked, or forgotten. */
err keeper_write_people_begin(struct keeper *k, const struct keeper_cell *cell, const struct keeper_write *writes, size_t count);
err keeper_write_people_take(struct keeper *k, size_t count, struct view *ret_cell, struct view *rows);
/* Takes no notice of an answer that is still to come. */
void keeper_forget(struct keeper *k);
bool keeper_waits(const struct keeper *k); /* there is one to be taken */

struct keeper_place {
    uint8_t place;
    struct view row;
};

struct keeper_person {
    uint8_t place;
    enum cell_state state;
    struct view facts; /* empty unless wanted */
    size_t record_count;
    struct keeper_record records[LIMIT_PERSON_RECORDS];
};

/* Opens the records of `categories` (bit per category) of the given people, and their facts.  Then keeper_next_person()
 * gives them one by one, in that order, all of them. */
err keeper_read_people(struct keeper *k, const struct keeper_cell *cell, const struct keeper_place *places, size_t count,
                       uint32_t categories, bool facts);
/* The facts of everybody in the cell. */
err keeper_read_facts(struct keeper *k, const struct keeper_cell *cell);
err keeper_next_person(struct keeper *k, struct keeper_person *ret, bool *ret_more); /* more false: there was none */

/* Tokens (docs/format.md section 6).  `values` are normalised already. */
enum keeper_token {
    KEEPER_TOKEN_ID = 1,
    KEEPER_TOKEN_EMAIL,
    KEEPER_TOKEN_POSTCODE,
    KEEPER_TOKEN_PHONE,
    KEEPER_TOKEN_FAMILY,
    KEEPER_TOKEN_MORE,
    KEEPER_TOKEN_PRINT, /* what stays of a value that is no longer kept: not in the index; without a warrant it counts as a look-up */
    KEEPER_TOKEN_JOB,   /* of a command's words: not in the index either */
};
struct keeper_value {
    enum keeper_token type;
    uint8_t normaliser;
    struct view value;
};
err keeper_tokens(struct keeper *k, const struct keeper_value *values, size_t count, uint8_t (*ret)[TOKEN_BYTES]);
/* The same in two halves, as above, for at most KEEPER_TOKENS_AT_ONCE of them. */
enum { KEEPER_TOKENS_AT_ONCE = 4096 }; /* of the longest values these fill a quarter of a frame */
err keeper_tokens_begin(struct keeper *k, const struct keeper_value *values, size_t count);
err keeper_tokens_take(struct keeper *k, size_t count, uint8_t (*ret)[TOKEN_BYTES]);

struct keeper_found {
    uint32_t asked; /* which of the tokens */
    uint32_t ordinal;
    uint8_t flags;
};
/* Tokens of one index cell.  Then keeper_next_found(). */
err keeper_find(struct keeper *k, const struct keeper_cell *cell, const uint8_t (*tokens)[TOKEN_BYTES], size_t count);
err keeper_next_found(struct keeper *k, struct keeper_found *ret, bool *ret_more);

/* Adds entries, rising by (token, ordinal).  `depth` and `prefix` are for a cell not written yet.  `ret_full`: the entries, as they stand
 * in a cell, that found no room, since CELL_TOKEN_SHARED people stand under their token already: they go under its continuation,
 * the token of type KEEPER_TOKEN_MORE over it. */
err keeper_write_index(struct keeper *k, const struct keeper_cell *cell, uint8_t depth, uint32_t prefix,
                       const struct cell_token *entries, size_t count, struct view *ret_cell, uint32_t *ret_count,
                       struct view *ret_full);
err keeper_split_index(struct keeper *k, const struct keeper_cell *left, const struct keeper_cell *right, struct view ret_cells[2],
                       uint32_t ret_counts[2]);

/* Documents.  `cell->sealed` is what is to be sealed, or what is sealed. */
struct keeper_document {
    uint32_t no;
    struct view keys;
    const char *kind, *id;
    uint32_t version;
    struct view bytes;
};
err keeper_seal_document(struct keeper *k, const struct keeper_document *d, struct view *ret_sealed);
err keeper_open_document(struct keeper *k, const struct keeper_document *d, struct view *ret_plain);
/* 1 to LIMIT_KEEPER_DOCUMENTS of them at once, all of the same key blob: all open, or none does. */
err keeper_open_documents(struct keeper *k, const struct keeper_document *list, size_t count, struct view *ret_plain);

/* From here on this connection may do the bulk work that the log entry `entry` at `index` names; until the end. */
err keeper_warrant(struct keeper *k, struct view entry, uint64_t index, const struct merkle_proof *proof, struct view checkpoint);
err keeper_warrant_end(struct keeper *k);

/* The same where the log can't be published: on credit, which raises an alarm until the same entry is shown with its proof; `waits`: only
 * because the register was being written, which is no alarm before the warrant has run out.  Who shows a credit again shares it.  Errors:
 * ERR_LIMIT: too many credits are outstanding. */
err keeper_credit(struct keeper *k, struct view entry, uint64_t index, bool waits);
/* Shows the entry of a credit, wherever in the log it came to stand.  Errors: ERR_CONFLICT: that place of the log answers for other work;
 * the entry has to be entered once more. */
err keeper_settle(struct keeper *k, struct view entry, uint64_t index, const struct merkle_proof *proof, struct view checkpoint);

/* Leaves of a set commitment for people of one cell; `fields` as commitment.h has the end of a leaf. */
struct keeper_leaf {
    uint8_t place;
    struct view fields;
};
err keeper_leaves(struct keeper *k, const struct keeper_cell *cell, const uint8_t commitment[16], const struct keeper_leaf *leaves,
                  size_t count, struct hash *ret);
err keeper_salt(struct keeper *k, const struct keeper_cell *cell, const uint8_t commitment[16], uint8_t place,
                uint8_t ret_salt[KEY_BYTES]);

struct keeper_status {
    uint64_t used_today, locked_bytes, epochs[2];
    /* The newest day (since 1970) on which somebody passed the day's limit without a warrant, and how much that was; 0 units: nobody
     * did.  For doctor and now: whoever passed it may not be the one to be told. */
    int64_t alarm_day;
    uint64_t alarm_units;
    bool passphrase;                     /* the slots have one */
    bool calls_confined, files_confined; /* the keeper's process, confine.h */
    /* Bulk work that was done on credit; entries live until the next call. */
    size_t credit_count;
    struct keeper_credit {
        uint64_t index, used;
        int64_t quiet_until; /* 0: an alarm at once */
        struct view entry;
    } credits[LIMIT_KEEPER_CREDITS];
};
err keeper_status(struct keeper *k, struct keeper_status *ret);

/* Of protocol.h's enum alarm: whether any answer said that the day's limit is past, and whether the newest said that there are credits. */
uint8_t keeper_alarms(const struct keeper *k);

/* The hidden command `candour keeper --slot PATH ...`: serves until idle.  Returns the exit code. */
int keeper_main(int argc, char **argv);

#endif
