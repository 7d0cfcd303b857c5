#include "setbytes.h"

#include "limits.h"

#include <endian.h>
#include <string.h>

enum {
    PLAIN = 12346,     /* the first word: no piece has runs */
    WITH_RUNS = 12347, /* its low half: which have them follows, a bit each */
    NUMBERS_MOST = 4096,
    BITMAP_BYTES = SET_PIECE_PEOPLE / 8,
    OFFSETS_FROM = 4,  /* sets with runs and fewer pieces say no offsets */
    HEAD_BYTES = 4,
    OFFSET_BYTES = 4,
};

static uint32_t low16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t low32(const uint8_t *p)
{
    return low16(p) | low16(p + 2) << 16;
}

/* --- walking --- */

static bool take(struct view *from, size_t len, const uint8_t **ret)
{
    if (from->len < len)
        return false;
    *ret = from->p;
    from->p += len;
    from->len -= len;
    return true;
}

static void end_badly(struct set_walk *w)
{
    w->left = 0;
    w->bad = true;
}

static bool runs_fit(const uint8_t *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (low16(at + 4 * i) + low16(at + 4 * i + 2) >= SET_PIECE_PEOPLE)
            return false;
    return true;
}

static bool read_runs(struct set_walk *w)
{
    const uint8_t *count;
    if (!take(&w->rest, 2, &count))
        return false;
    w->now.form = SET_RUNS;
    w->now.count = low16(count);
    return take(&w->rest, (size_t)w->now.count * 4, &w->now.at) && runs_fit(w->now.at, w->now.count);
}

static bool read_piece(struct set_walk *w)
{
    const uint8_t *head = w->heads + (size_t)w->no * HEAD_BYTES;
    uint32_t key = low16(head), people = low16(head + 2) + 1;
    if (w->no > 0 && key <= w->now.key)
        return false;
    w->now.key = (uint16_t)key;
    if (w->runs && w->runs[w->no / 8] >> w->no % 8 & 1)
        return read_runs(w);
    w->now.form = people > NUMBERS_MOST ? SET_BITMAP : SET_NUMBERS;
    w->now.count = people;
    return take(&w->rest, w->now.form == SET_BITMAP ? BITMAP_BYTES : (size_t)people * 2, &w->now.at);
}

static bool read_heads(struct set_walk *w)
{
    const uint8_t *at;
    if (!take(&w->rest, 4, &at))
        return false;
    uint32_t first = low32(at);
    bool with_runs = (first & 0xffff) == WITH_RUNS;
    if (!with_runs && (first != PLAIN || !take(&w->rest, 4, &at)))
        return false;
    w->left = with_runs ? (first >> 16) + 1 : low32(at);
    if (w->left > SET_PIECE_PEOPLE || (with_runs && !take(&w->rest, (w->left + 7) / 8, &w->runs)))
        return false;
    bool offsets = !with_runs || w->left >= OFFSETS_FROM;
    /* Pieces lie one after the other, so what their offsets say is known. */
    return take(&w->rest, (size_t)w->left * HEAD_BYTES, &w->heads) && (!offsets || take(&w->rest, (size_t)w->left * OFFSET_BYTES, &w->offsets));
}

void set_walk_begin(struct set_walk *w, struct view bytes)
{
    *w = (struct set_walk){.rest = bytes};
    if (!read_heads(w) || (w->left > 0 && !read_piece(w)))
        end_badly(w);
}

void set_walk_next(struct set_walk *w)
{
    CHECK(w->left > 0);
    w->left--;
    w->no++;
    if (w->left > 0 && !read_piece(w))
        end_badly(w);
}

/* --- checking --- */

/* How many people numbers or runs have that rise; 0: they do not. */
static uint32_t rising_people(const struct set_piece *p)
{
    uint32_t people = 0, least = 0;
    size_t step = p->form == SET_RUNS ? 4 : 2;
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t first = low16(p->at + step * i), more = p->form == SET_RUNS ? low16(p->at + step * i + 2) : 0;
        if (first < least)
            return 0;
        least = first + more + 1;
        people += more + 1;
    }
    return people;
}

static uint32_t bitmap_people(const struct set_piece *p)
{
    uint32_t people = 0;
    for (size_t i = 0; i < SET_PIECE_WORDS; i++) {
        uint64_t word;
        memcpy(&word, p->at + 8 * i, 8);
        people += (uint32_t)__builtin_popcountll(word);
    }
    return people;
}

static bool piece_ok(const struct set_walk *w, struct view bytes)
{
    const struct set_piece *p = &w->now;
    size_t at = (size_t)(p->at - bytes.p) - (p->form == SET_RUNS ? 2 : 0);
    uint32_t said = low16(w->heads + (size_t)w->no * HEAD_BYTES + 2) + 1;
    return (!w->offsets || low32(w->offsets + (size_t)w->no * OFFSET_BYTES) == at) &&
           said == (p->form == SET_BITMAP ? bitmap_people(p) : rising_people(p));
}

bool set_bytes_ok(struct view bytes)
{
    struct set_walk w;
    for (set_walk_begin(&w, bytes); w.left > 0; set_walk_next(&w))
        if (!piece_ok(&w, bytes))
            return false;
    return !w.bad && w.rest.len == 0;
}

/* --- pieces as bits --- */

static void add_bitmap(const uint8_t *restrict at, uint64_t *restrict bits)
{
    for (size_t i = 0; i < SET_PIECE_WORDS; i++) {
        uint64_t word;
        memcpy(&word, at + 8 * i, 8);
        bits[i] |= le64toh(word);
    }
}

static void take_bitmap(const uint8_t *restrict at, uint64_t *restrict bits)
{
    for (size_t i = 0; i < SET_PIECE_WORDS; i++) {
        uint64_t word;
        memcpy(&word, at + 8 * i, 8);
        bits[i] &= ~le64toh(word);
    }
}

/* Numbers rise: changing whole words would make each change wait for the one before it, in the same word. */
static uint8_t *byte_of(uint64_t *bits, uint32_t number)
{
    enum { SWAP = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 7 : 0 };
    return (uint8_t *)bits + (number / 8 ^ SWAP);
}

static void add_numbers(const uint8_t *restrict at, uint32_t count, uint64_t *restrict bits)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = low16(at + 2 * i);
        *byte_of(bits, n) |= (uint8_t)(1u << n % 8);
    }
}

static void take_numbers(const uint8_t *restrict at, uint32_t count, uint64_t *restrict bits)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = low16(at + 2 * i);
        *byte_of(bits, n) &= (uint8_t)~(1u << n % 8);
    }
}

/* The bits of word `no` that lie in first..last. */
static uint64_t run_word(uint32_t no, uint32_t first, uint32_t last)
{
    uint64_t bits = ~(uint64_t)0;
    if (no == first / 64)
        bits &= ~(uint64_t)0 << first % 64;
    if (no == last / 64)
        bits &= ~(uint64_t)0 >> (63 - last % 64);
    return bits;
}

static void mark_runs(const struct set_piece *p, uint64_t *bits, bool add)
{
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t first = low16(p->at + 4 * i), last = first + low16(p->at + 4 * i + 2);
        for (uint32_t no = first / 64; no <= last / 64; no++) {
            uint64_t run = run_word(no, first, last);
            bits[no] = add ? bits[no] | run : bits[no] & ~run;
        }
    }
}

void set_piece_add(const struct set_piece *p, uint64_t *bits)
{
    if (p->form == SET_BITMAP)
        add_bitmap(p->at, bits);
    else if (p->form == SET_NUMBERS)
        add_numbers(p->at, p->count, bits);
    else
        mark_runs(p, bits, true);
}

void set_piece_take(const struct set_piece *p, uint64_t *bits)
{
    if (p->form == SET_BITMAP)
        take_bitmap(p->at, bits);
    else if (p->form == SET_NUMBERS)
        take_numbers(p->at, p->count, bits);
    else
        mark_runs(p, bits, false);
}

static bool bitmap_within(const uint8_t *at, const uint64_t *bits)
{
    enum { BLOCK = 16 };
    for (size_t from = 0; from < SET_PIECE_WORDS; from += BLOCK) {
        uint64_t others = 0;
        for (size_t i = from; i < from + BLOCK; i++) {
            uint64_t word;
            memcpy(&word, at + 8 * i, 8);
            others |= le64toh(word) & ~bits[i];
        }
        if (others)
            return false;
    }
    return true;
}

static bool numbers_within(const uint8_t *at, uint32_t count, const uint64_t *bits)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = low16(at + 2 * i);
        if (!(bits[n / 64] >> n % 64 & 1))
            return false;
    }
    return true;
}

static bool runs_within(const uint8_t *at, uint32_t count, const uint64_t *bits)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = low16(at + 4 * i), last = first + low16(at + 4 * i + 2);
        for (uint32_t no = first / 64; no <= last / 64; no++)
            if (run_word(no, first, last) & ~bits[no])
                return false;
    }
    return true;
}

bool set_piece_within(const struct set_piece *p, const uint64_t *bits)
{
    if (p->form == SET_BITMAP)
        return bitmap_within(p->at, bits);
    return p->form == SET_NUMBERS ? numbers_within(p->at, p->count, bits) : runs_within(p->at, p->count, bits);
}

/* --- asking --- */

void set_cursor_begin(struct set_cursor *c, struct view bytes)
{
    *c = (struct set_cursor){0};
    set_walk_begin(&c->walk, bytes);
}

static void turn_to(struct set_cursor *c, uint32_t key)
{
    CHECK(key + 1 > c->key);
    memset(c->bits, 0, sizeof c->bits);
    while (c->walk.left > 0 && c->walk.now.key < key)
        set_walk_next(&c->walk);
    if (c->walk.left > 0 && c->walk.now.key == key)
        set_piece_add(&c->walk.now, c->bits);
    c->key = key + 1;
}

bool set_cursor_has(struct set_cursor *c, uint32_t ordinal)
{
    if (ordinal / SET_PIECE_PEOPLE + 1 != c->key)
        turn_to(c, ordinal / SET_PIECE_PEOPLE);
    return c->bits[ordinal % SET_PIECE_PEOPLE / 64] >> ordinal % 64 & 1;
}

/* --- writing --- */

static void put16(struct buf *b, uint32_t v)
{
    buf_u8(b, (uint8_t)v);
    buf_u8(b, (uint8_t)(v >> 8));
}

static void put32(struct buf *b, uint32_t v)
{
    put16(b, v);
    put16(b, v >> 16);
}

void set_writer_begin(struct set_writer *w)
{
    *w = (struct set_writer){.heads = BUF((size_t)SET_PIECE_PEOPLE * HEAD_BYTES), .pieces = BUF(LIMIT_BLOB_BYTES)};
}

void set_writer_free(struct set_writer *w)
{
    buf_free(&w->heads);
    buf_free(&w->pieces);
}

static void put_numbers(struct buf *to, const uint64_t *bits)
{
    for (uint32_t i = 0; i < SET_PIECE_WORDS; i++)
        for (uint64_t word = bits[i]; word; word &= word - 1)
            put16(to, i * 64 + (uint32_t)__builtin_ctzll(word));
}

static void put_bitmap(struct buf *to, const uint64_t *bits)
{
    uint8_t *space = buf_space(to, BITMAP_BYTES);
    for (size_t i = 0; space && i < SET_PIECE_WORDS; i++) {
        uint64_t word = htole64(bits[i]);
        memcpy(space + 8 * i, &word, 8);
    }
}

void set_writer_put(struct set_writer *w, uint16_t key, const uint64_t *bits)
{
    uint32_t people = 0;
    for (size_t i = 0; i < SET_PIECE_WORDS; i++)
        people += (uint32_t)__builtin_popcountll(bits[i]);
    if (people == 0)
        return;
    put16(&w->heads, key);
    put16(&w->heads, people - 1);
    w->count++;
    if (people > NUMBERS_MOST)
        put_bitmap(&w->pieces, bits);
    else
        put_numbers(&w->pieces, bits);
}

err set_writer_end(struct set_writer *w, struct buf *to)
{
    TRY(buf_ok(&w->heads));
    TRY(buf_ok(&w->pieces));
    put32(to, PLAIN);
    put32(to, w->count);
    buf_put(to, buf_view(&w->heads));
    uint32_t at = 8 + w->count * (HEAD_BYTES + OFFSET_BYTES);
    for (uint32_t i = 0; i < w->count; i++) {
        uint32_t people = low16(w->heads.p + (size_t)i * HEAD_BYTES + 2) + 1;
        put32(to, at);
        at += people > NUMBERS_MOST ? BITMAP_BYTES : people * 2;
    }
    buf_put(to, buf_view(&w->pieces));
    return buf_ok(to);
}
