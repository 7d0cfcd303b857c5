/* Key cells and index cells, opened: pure coding over plaintext that the caller keeps in locked memory
 * (docs/format.md sections 3 and 6).
 */
#ifndef CELL_H
#define CELL_H

#include "secret.h"

enum {
    CELL_PLACES = 256,
    CELL_KEYS_PER_BLOB = 1000,
    CELL_CATEGORIES_MAX = 32,
    CELL_CATEGORY_BYTES = 1 + KEY_BYTES,
    CELL_RECORD_BYTES = 7,
    CELL_TOKEN_BYTES = TOKEN_BYTES + 5,
    CELL_INDEX_SPLIT = 2048,
    CELL_TOKEN_SHARED = 2048, /* people under one token; more of them stand under the token's continuation */
};

enum cell_state { CELL_UNUSED = 0, CELL_THERE = 1, CELL_ERASED = 2 };

/* One person's part.  Views point into the plaintext. */
struct cell_person {
    enum cell_state state;
    struct view raw; /* the whole part, state byte included */
    struct view proof_key;
    uint8_t category_count, record_count;
    struct view categories; /* category_count × (category u8, key[32]) */
    struct view records;    /* record_count × (category u8, record id u16, version u32) */
    struct view facts;
};

struct cell_people {
    uint64_t version;
    uint16_t count;
    struct cell_person places[CELL_PLACES];
};

/* An empty `plain` is a cell not written yet.  What comes back keeps all that the rest relies on: categories below
 * CELL_CATEGORIES_MAX and each once, at most LIMIT_PERSON_RECORDS records, each with a key.  Errors: ERR_CORRUPT. */
err cell_people_decode(struct view plain, struct cell_people *ret);

/* The key of a category, or NULL. */
const uint8_t *cell_category_key(const struct cell_person *p, uint8_t category);

struct cell_record {
    uint8_t category;
    uint16_t id;
    uint32_t version;
};
struct cell_record cell_record_at(const struct cell_person *p, uint8_t index);

struct cell_token {
    uint8_t token[TOKEN_BYTES];
    uint32_t ordinal;
    uint8_t flags;
};
enum { CELL_TOKEN_PAST = 1, CELL_TOKEN_NEVER = 2 };

struct cell_index {
    uint64_t version;
    uint8_t depth;
    uint32_t prefix;
    uint32_t count;
    struct view entries; /* count × CELL_TOKEN_BYTES, rising by (token, ordinal) */
};

err cell_index_decode(struct view plain, struct cell_index *ret);
void cell_index_head(struct buf *to, const struct cell_index *c); /* all but the entries */
struct cell_token cell_token_at(const struct cell_index *c, uint32_t index);
void cell_token_put(struct buf *to, const struct cell_token *t);
int cell_token_order(const struct cell_token *a, const struct cell_token *b);
uint32_t cell_token_start(const uint8_t token[TOKEN_BYTES]); /* the first 32 bits */
bool cell_index_covers(const struct cell_index *c, const uint8_t token[TOKEN_BYTES]); /* the cell is where it belongs */
bool cell_index_prefix_ok(uint8_t depth, uint32_t prefix);

#endif
