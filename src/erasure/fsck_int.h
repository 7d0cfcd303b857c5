/* Shared by fsck*.c only. */
#ifndef FSCK_INT_H
#define FSCK_INT_H

#include "config.h"
#include "fsck.h"
#include "mem.h"
#include "peopleset.h"
#include "publish.h"

/* A document as the database lists it. */
struct fsck_doc {
    uint64_t no;
    uint32_t version;
    const char *kind, *id;
    bool opened, hashed;
    struct hash hash; /* as it stands in the log */
};

struct fsck_key_group {
    enum keeper_kind kind;
    uint32_t no;
    bool good;
};

struct fsck_entries; /* fsck_log.c */

struct fsck {
    struct vault *v;
    const struct fsck_options *o;
    bool log_only;
    struct store_snapshot snapshot; /* from the log's check on, of who holds no lease: others go on meanwhile */
    struct fsck_result *r;
    struct arena *arena;
    struct config config;
    bool has_config, log_is_good, index_is_good;
    /* Sums of the keys section: rising by kind and number. */
    struct fsck_key_group *groups;
    size_t group_count;
    struct buf keys; /* the group read last */
    enum keeper_kind keys_kind;
    uint32_t keys_no;
    struct fsck_doc *docs;
    size_t doc_count, doc_room;
    struct fsck_entries *entries; /* those that the log's check noted; NULL: it did not come to its end */
    uint64_t max_doc_no; /* of documents, private sides and jobs */
    uint32_t people_end;
    bool has_people;
    uint8_t *state;  /* enum cell_state per ordinal; FSCK_UNKNOWN: not read */
    uint8_t *rows;   /* bit per ordinal */
    uint8_t *bad_cells; /* bit per key cell */
    uint64_t units;  /* people and look-ups that may still be asked for */
};

enum { FSCK_UNKNOWN = 255 };

void fsck_fault(struct fsck *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fsck_note(struct fsck *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fsck_progress(struct fsck *f, const char *what, uint64_t done, uint64_t of);
/* Stored bytes that are wrong become a fault ("WHAT: words"); what keeps them from being looked at comes out. */
err fsck_told(struct fsck *f, err e, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether the group of keys of this cell is there and opens: nothing of it may be asked of the vault otherwise. */
bool fsck_has_keys(const struct fsck *f, enum keeper_kind kind, uint64_t cell);
/* Its bytes, until the next call. */
err fsck_keys(struct fsck *f, enum keeper_kind kind, uint64_t cell, struct view *ret);

static inline bool fsck_bit(const uint8_t *bits, uint64_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}
static inline void fsck_set_bit(uint8_t *bits, uint64_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
}

/* The sections, in the order in which they run.  None needs the one before to have found no fault. */
err fsck_keys_section(struct fsck *f);
err fsck_docs_section(struct fsck *f);
err fsck_log_section(struct fsck *f);
/* The log itself, by `key` (empty: its own); the entries section knows then which entries it has to look at. */
err fsck_log_verify(struct fsck *f, struct view key, struct signer *signer, struct publish_verdict *ret);
void fsck_entries_free(struct fsck_entries **e);
err fsck_entries_section(struct fsck *f);
err fsck_jobs_section(struct fsck *f);
err fsck_sets_section(struct fsck *f);
/* Of the stored leaves of a commitment: how many, and the root that they give. */
err fsck_leaves(struct fsck *f, const uint8_t commitment[STORE_COMMITMENT], uint64_t *ret_count, struct hash *ret_root);
err fsck_scopes_section(struct fsck *f);
err fsck_counters_section(struct fsck *f);
err fsck_cells_section(struct fsck *f);
err fsck_index_section(struct fsck *f);
err fsck_people_section(struct fsck *f);

/* --- tokens of people, gathered and then looked up --- */

struct fsck_tokens;
err fsck_tokens_new(struct fsck *f, struct fsck_tokens **ret);
void fsck_tokens_free(struct fsck_tokens **t); /* for CLEANUP */
err fsck_tokens_person(struct fsck_tokens *t, const struct person *p); /* remembers what she needs; the person may go */
err fsck_tokens_made(struct fsck_tokens *t); /* asks the keeper for them; looks up when there are many */
err fsck_tokens_end(struct fsck_tokens *t);  /* looks up the rest; says what the index has beside them */

#endif
