/* The bytes of stored sets, walked and written without a set in memory: the portable form of Roaring (its format specification), which
 * has pieces of 65,536 people each, rising; of a piece either the numbers, or a bitmap, or runs.
 *
 * For bytes whose SHA-256 was checked; any others do no harm, but may be taken for another set.
 */
#ifndef SETBYTES_H
#define SETBYTES_H

#include "buf.h"

enum { SET_PIECE_PEOPLE = 65536, SET_PIECE_WORDS = SET_PIECE_PEOPLE / 64 };

enum set_form { SET_NUMBERS, SET_BITMAP, SET_RUNS };

/* People `key` * 65536 and those after. */
struct set_piece {
    uint16_t key;
    enum set_form form;
    uint32_t count;    /* numbers, people of the bitmap, or runs */
    const uint8_t *at; /* little-endian, at any address */
};

struct set_walk {
    struct set_piece now; /* while `left` > 0 */
    uint32_t left;        /* pieces, with this one */
    bool bad;             /* the bytes are no set: none are left */
    uint32_t no;
    struct view rest;     /* after this piece */
    const uint8_t *heads, *runs, *offsets; /* NULL: no piece has runs; no offsets are said */
};

/* Whether these bytes are a set, to the last: with numbers and runs that rise, as many people as are said, pieces where they are said to be. */
bool set_bytes_ok(struct view bytes);

/* Stands on the first piece. */
void set_walk_begin(struct set_walk *w, struct view bytes);
void set_walk_next(struct set_walk *w);

/* A piece's people as bits, the lowest first, in SET_PIECE_WORDS words. */
void set_piece_add(const struct set_piece *p, uint64_t *bits);  /* bits |= piece */
void set_piece_take(const struct set_piece *p, uint64_t *bits); /* bits &= ~piece */
bool set_piece_within(const struct set_piece *p, const uint64_t *bits); /* whether all of its people are among them */

/* Asks for people by rising ordinals.  The bytes stay as they are meanwhile. */
struct set_cursor {
    struct set_walk walk;
    uint32_t key; /* of the piece in `bits`, and one more; 0: none yet */
    uint64_t bits[SET_PIECE_WORDS];
};
void set_cursor_begin(struct set_cursor *c, struct view bytes);
bool set_cursor_has(struct set_cursor *c, uint32_t ordinal);

/* A set put together of pieces that rise by key.  Owns its buffers. */
struct set_writer {
    struct buf heads, pieces;
    uint32_t count;
};
void set_writer_begin(struct set_writer *w);
void set_writer_put(struct set_writer *w, uint16_t key, const uint64_t *bits); /* one without anybody is left out */
err set_writer_end(struct set_writer *w, struct buf *to);
void set_writer_free(struct set_writer *w); /* for CLEANUP */

#endif
