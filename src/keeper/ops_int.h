/* Shared by ops*.c only. */
#ifndef OPS_INT_H
#define OPS_INT_H

#include "cell.h"
#include "labels.h"
#include "limits.h"
#include "ops.h"

enum { KEYS_CACHED = 4, NONCES = 512, FRESH_KEYS = 256, CELL_KEYS_BYTES = CELL_KEYS_PER_BLOB * KEY_BYTES };
enum { KIND_PEOPLE = 1, KIND_INDEX = 2, KIND_DOCUMENTS = 3 };

/* The one locked region. */
struct ops_secrets {
    uint8_t epoch_key[2][KEY_BYTES];
    uint8_t token_key[KEY_BYTES];
    bool have_token_key;
    /* A blob opened: of that epoch, kind and number (what its associated data says), and with that nonce and tag. */
    struct ops_cached {
        bool used;
        int epoch_slot;
        uint8_t kind;
        uint32_t blob;
        uint8_t nonce[NONCE_BYTES], tag[TAG_BYTES];
        uint8_t keys[CELL_KEYS_BYTES];
    } cached[KEYS_CACHED];
    unsigned next_cached;
    size_t nonces_left;
    uint8_t nonces[NONCES][NONCE_BYTES];
    size_t fresh_left; /* keys drawn ahead, each given once and wiped */
    uint8_t fresh[FRESH_KEYS][KEY_BYTES];
    /* Wiped after each request, as far as they were used. */
    size_t plain_used;
    struct buf made;                        /* over plain2 */
    uint8_t plain[LIMIT_CELL_PLAIN_BYTES];  /* a cell, opened */
    uint8_t plain2[LIMIT_CELL_PLAIN_BYTES]; /* a cell in the making */
    uint8_t scratch[KEY_BYTES];
};

/* A cell that a request names. */
struct ops_cell {
    uint8_t kind;
    uint32_t no;
    uint8_t key[KEY_BYTES]; /* wiped by ops_cell_end */
    struct view sealed;
};
void ops_cell_end(struct ops_cell *c);

err ops_bad_request(void);
err ops_wrong_bytes(void);

/* label, zero byte, organisation; then the caller's own. */
void ops_ad(struct buf *to, const struct ops_state *s, const char *label);

/* Reads number, key blob and sealed bytes, and finds the cell's key. */
err ops_cell_begin(struct ops_state *s, const struct ops_channel *c, uint8_t kind, struct rd *r, struct ops_cell *ret);
/* Opens the cell into secrets->plain; an empty cell gives an empty view. */
err ops_cell_open(struct ops_state *s, const struct ops_cell *cell, struct view *ret);
/* Room for a cell in the making, empty. */
struct buf *ops_made(struct ops_state *s);
/* Seals a cell's plaintext as a block of the answer. */
void ops_cell_seal(struct ops_state *s, const struct ops_cell *cell, struct view plain, struct buf *answer);

/* Seals with a nonce from the pool, appended to `to`. */
void ops_seal(struct ops_state *s, const uint8_t key[KEY_BYTES], struct view ad, struct view plain, struct buf *to);

/* Counts people opened or looked up, under the warrant if there is one.  Comes before anything of them goes into an answer. */
err ops_count(struct ops_state *s, struct ops_channel *c, uint64_t units);

typedef err ops_handler(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer);
ops_handler ops_people_write, ops_people_read, ops_leaves, ops_salt;
ops_handler ops_tokens, ops_index_find, ops_index_write, ops_index_split;
ops_handler ops_warrant, ops_warrant_end, ops_credit, ops_settle;

/* A new random key. */
void ops_new_key(struct ops_state *s, uint8_t to[KEY_BYTES]);

int64_t ops_now(const struct ops_state *s, const struct ops_channel *c);

#endif
