#include "ops_int.h"

#include "keeper.h"

#include <string.h>

/* Tokens are compared and looked for in plain time: they are keyed hashes, and whoever asks has chosen them. */

static err token(const struct ops_state *s, struct rd *r, struct buf *text, struct buf *answer)
{
    uint8_t type = rd_u8(r), version = rd_u8(r);
    struct view value = rd_block(r);
    ENSURE(rd_ok(r) && value.len <= LIMIT_TOKEN_VALUE_BYTES, ops_bad_request());
    buf_clear(text);
    buf_str(text, LABEL_TOKEN);
    buf_u8(text, 0);
    buf_u8(text, type);
    buf_u8(text, version);
    buf_put(text, value);
    TRY(buf_ok(text));
    uint8_t *to = buf_space(answer, TOKEN_BYTES);
    TRY(buf_ok(answer));
    secret_token(to, s->secrets->token_key, buf_view(text));
    return OK;
}

/* Request: n u32; n × (type u8, normaliser version u8, value block).  Answer: n tokens.  Not counted, since a token tells nothing
 * until it is looked up; but for those of values no longer kept: they can be held against what was read of a person. */
err ops_tokens(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(buf_free) struct buf text = BUF_SECRET(LIMIT_TOKEN_VALUE_BYTES + 64);
    uint32_t n = rd_u32(r);
    ENSURE(rd_ok(r) && n <= LIMIT_KEEPER_TOKENS, ops_bad_request());
    uint64_t prints = 0;
    for (uint32_t i = 0; i < n; i++) {
        prints += r->len && *r->p == KEEPER_TOKEN_PRINT;
        TRY(token(s, r, &text, answer));
    }
    ENSURE(rd_done(r), ops_bad_request());
    return prints && !c->warrant.open ? ops_count(s, c, prints) : OK;
}

static uint32_t first_at_least(const struct cell_index *c, const uint8_t *token)
{
    uint32_t low = 0, high = c->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(c->entries.p + (size_t)middle * CELL_TOKEN_BYTES, token, TOKEN_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static err open_index(struct ops_state *s, const struct ops_cell *cell, struct cell_index *ret)
{
    struct view plain;
    TRY(ops_cell_open(s, cell, &plain));
    return cell_index_decode(plain, ret);
}

/* Request: cell; n u32; n tokens.  Answer: n u32; for each entry found: number of the token asked u32, ordinal u32, flags u8. */
err ops_index_find(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, KIND_INDEX, r, &cell));
    uint32_t n = rd_u32(r);
    ENSURE(rd_ok(r) && n <= LIMIT_KEEPER_LOOKUPS, ops_bad_request());
    struct view tokens = rd_view(r, (size_t)n * TOKEN_BYTES);
    ENSURE(rd_done(r), ops_bad_request());
    struct cell_index index;
    TRY(open_index(s, &cell, &index));
    TRY(ops_count(s, c, n));
    size_t count_at = answer->len;
    uint32_t found = 0;
    buf_u32(answer, 0);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *asked = tokens.p + (size_t)i * TOKEN_BYTES;
        /* Somebody moved the cell in the database, so that a person would not be found. */
        ENSURE(cell_index_covers(&index, asked), ops_wrong_bytes());
        for (uint32_t k = first_at_least(&index, asked); k < index.count && answer->state == BUF_FINE; k++) {
            struct cell_token t = cell_token_at(&index, k);
            if (memcmp(t.token, asked, TOKEN_BYTES) != 0)
                break;
            buf_u32(answer, i);
            buf_u32(answer, t.ordinal);
            buf_u8(answer, t.flags);
            found++;
        }
        TRY(buf_ok(answer));
    }
    buf_set_u32(answer, count_at, found);
    return OK;
}

/* What became of a cell and of what was added to it. */
struct merged {
    uint32_t count; /* entries now */
    uint32_t met;   /* entries that were there already */
};

/* Puts the old entries before `t` (NULL: all that are left); one for the same token and ordinal is left out. */
static void put_before(const struct cell_index *old, uint32_t *k, const struct cell_token *t, struct buf *to, struct merged *m)
{
    for (; *k < old->count; (*k)++) {
        struct cell_token there = cell_token_at(old, *k);
        int order = t ? cell_token_order(&there, t) : -1;
        if (order > 0)
            return;
        if (order == 0) {
            m->met++;
            continue;
        }
        cell_token_put(to, &there);
        m->count++;
    }
}

/* How many more people may stand under a token. */
static uint32_t room_under(const struct cell_index *c, const uint8_t *token)
{
    uint32_t run = 0;
    for (uint32_t k = first_at_least(c, token); k < c->count; k++) {
        if (memcmp(c->entries.p + (size_t)k * CELL_TOKEN_BYTES, token, TOKEN_BYTES) != 0)
            break;
        run++;
    }
    return run < CELL_TOKEN_SHARED ? CELL_TOKEN_SHARED - run : 0;
}

/* Merges `added` (rising) into the cell; where (token, ordinal) is there already, the added flags hold.  What finds no room under
 * its token goes to `full`. */
static err merge(const struct cell_index *old, struct rd *added, uint32_t n, struct buf *to, struct buf *full, struct merged *m)
{
    uint32_t k = 0, room = 0;
    struct cell_token last = {0};
    for (uint32_t i = 0; i < n; i++) {
        struct cell_token t = {0};
        rd_copy(added, t.token, TOKEN_BYTES);
        t.ordinal = rd_u32(added);
        t.flags = rd_u8(added);
        ENSURE(rd_ok(added) && (i == 0 || cell_token_order(&last, &t) < 0), ops_bad_request());
        ENSURE(cell_index_covers(old, t.token), ops_wrong_bytes());
        if (i == 0 || memcmp(last.token, t.token, TOKEN_BYTES) != 0)
            room = room_under(old, t.token);
        uint32_t met = m->met;
        put_before(old, &k, &t, to, m);
        last = t;
        if (m->met == met && room == 0) {
            cell_token_put(full, &t);
            continue;
        }
        room -= m->met == met;
        cell_token_put(to, &t);
        m->count++;
        ENSURE(to->state == BUF_FINE, err_new(ERR_LIMIT, "A cell of the index is full.", "Report this mistake."));
    }
    put_before(old, &k, NULL, to, m);
    return buf_ok(to);
}

/* Request: cell (empty: new); depth u8, prefix u32 (of a new one); n u32; n entries rising by (token, ordinal).
 * Answer: number of entries now u32; the cell as a block; as a block the entries that found no room under their token. */
err ops_index_write(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, KIND_INDEX, r, &cell));
    struct cell_index index = {.depth = rd_u8(r), .prefix = rd_u32(r)};
    uint32_t n = rd_u32(r);
    ENSURE(rd_ok(r) && cell_index_prefix_ok(index.depth, index.prefix), ops_bad_request());
    if (cell.sealed.len)
        TRY(open_index(s, &cell, &index));
    struct buf *to = ops_made(s);
    struct cell_index now = index;
    struct merged m = {0};
    now.version++;
    cell_index_head(to, &now);
    CLEANUP(buf_free) struct buf full = BUF_SECRET(LIMIT_FRAME_BYTES);
    TRY(merge(&index, r, n, to, &full, &m));
    TRY(buf_ok(&full));
    ENSURE(rd_done(r), ops_bad_request());
    /* The number of entries tells which of them were known: without a warrant that is a look-up like any other. */
    if (!c->warrant.open)
        TRY(ops_count(s, c, m.met));
    buf_set_u32(to, 1 + 8 + 1 + 4, m.count);
    buf_u32(answer, m.count);
    ops_cell_seal(s, &cell, buf_view(to), answer);
    buf_block(answer, buf_view(&full));
    return OK;
}

/* Request: cell; then the number of the right half's cell u32 and its key blob as a block.  Answer: the left half (the same cell,
 * one bit deeper) and the right half, each as count u32 and a block. */
err ops_index_split(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell left;
    CLEANUP(ops_cell_end) struct ops_cell right;
    TRY(ops_cell_begin(s, c, KIND_INDEX, r, &left));
    TRY(ops_cell_begin(s, c, KIND_INDEX, r, &right));
    ENSURE(rd_done(r) && right.sealed.len == 0 && right.no != left.no, ops_bad_request());
    struct cell_index index;
    TRY(open_index(s, &left, &index));
    /* Where entries fall tells which tokens there are: without a warrant each counts as looked up. */
    if (!c->warrant.open)
        TRY(ops_count(s, c, index.count));
    ENSURE(index.depth < 32, err_new(ERR_LIMIT, "An index cell can't be split further.", "Report this mistake."));
    uint8_t middle[TOKEN_BYTES] = {0};
    uint32_t start = index.prefix | 1u << (31 - index.depth);
    for (int i = 0; i < 4; i++)
        middle[i] = (uint8_t)(start >> (24 - 8 * i));
    uint32_t cut = first_at_least(&index, middle);
    struct cell_index halves[2] = {index, {.version = 0, .prefix = start}};
    for (int i = 0; i < 2; i++) {
        halves[i].version++;
        halves[i].depth = (uint8_t)(index.depth + 1);
        halves[i].count = i == 0 ? cut : index.count - cut;
        struct buf *to = ops_made(s);
        cell_index_head(to, &halves[i]);
        size_t from = i == 0 ? 0 : (size_t)cut * CELL_TOKEN_BYTES;
        buf_bytes(to, index.entries.p + from, (size_t)halves[i].count * CELL_TOKEN_BYTES);
        TRY(buf_ok(to));
        buf_u32(answer, halves[i].count);
        ops_cell_seal(s, i == 0 ? &left : &right, buf_view(to), answer);
    }
    return OK;
}
