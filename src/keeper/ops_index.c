#include "ops_int.h"

#include "mem.h"

#include <string.h>

enum { VALUE_MAX = 4096 };

/* Request: n u32; n × (type u8, normaliser version u8, value block).  Answer: n tokens. */
err ops_tokens(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    (void)c;
    uint32_t n = rd_u32(r);
    uint8_t bytes[VALUE_MAX + 64];
    for (uint32_t i = 0; i < n; i++) {
        uint8_t type = rd_u8(r), version = rd_u8(r);
        struct view value = rd_block(r);
        ENSURE(rd_ok(r) && value.len <= VALUE_MAX, ops_bad_request());
        struct buf text = BUF_FIXED(bytes, sizeof bytes);
        buf_str(&text, LABEL_TOKEN);
        buf_u8(&text, 0);
        buf_u8(&text, type);
        buf_u8(&text, version);
        buf_put(&text, value);
        uint8_t *token = buf_space(answer, TOKEN_BYTES);
        TRY(buf_ok(answer));
        secret_token(token, s->secrets->token_key, buf_view(&text));
    }
    secret_wipe(bytes, sizeof bytes);
    ENSURE(rd_done(r), ops_bad_request());
    return OK;
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

/* Request: cell; n u32; n tokens.  Answer: n u32; for each entry found: number of the token asked u32, ordinal u32, flags u8. */
err ops_index_find(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, 2, r, &cell));
    uint32_t n = rd_u32(r);
    struct view tokens = rd_view(r, (size_t)n * TOKEN_BYTES);
    ENSURE(rd_done(r), ops_bad_request());
    TRY(ops_count(s, c, n));
    struct view plain;
    struct cell_index index;
    TRY(ops_cell_open(s, &cell, &plain));
    TRY(cell_index_decode(plain, &index));
    size_t count_at = answer->len;
    uint32_t found = 0;
    buf_u32(answer, 0);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *token = tokens.p + (size_t)i * TOKEN_BYTES;
        for (uint32_t k = first_at_least(&index, token); k < index.count; k++) {
            struct cell_token t = cell_token_at(&index, k);
            if (memcmp(t.token, token, TOKEN_BYTES) != 0)
                break;
            buf_u32(answer, i);
            buf_u32(answer, t.ordinal);
            buf_u8(answer, t.flags);
            found++;
        }
    }
    buf_set_u32(answer, count_at, found);
    return OK;
}

/* Merges `added` (rising) into the cell; where (token, ordinal) is there already, the added flags hold. */
static err merge(const struct cell_index *old, struct rd *added, uint32_t n, struct buf *to, uint32_t *ret_count)
{
    uint32_t k = 0, count = 0;
    struct cell_token last = {0};
    for (uint32_t i = 0; i <= n; i++) {
        struct cell_token t = {0};
        if (i < n) {
            rd_copy(added, t.token, TOKEN_BYTES);
            t.ordinal = rd_u32(added);
            t.flags = rd_u8(added);
            ENSURE(rd_ok(added) && (i == 0 || cell_token_order(&last, &t) < 0), ops_bad_request());
            last = t;
        }
        for (; k < old->count; k++) {
            struct cell_token there = cell_token_at(old, k);
            int order = i < n ? cell_token_order(&there, &t) : -1;
            if (order > 0)
                break;
            if (order == 0)
                continue;
            cell_token_put(to, &there);
            count++;
        }
        if (i < n) {
            cell_token_put(to, &t);
            count++;
        }
    }
    *ret_count = count;
    return buf_ok(to);
}

/* Request: cell (empty: new); depth u8, prefix u32 (of a new one); n u32; n entries rising by (token, ordinal).
 * Answer: number of entries now u32; the cell as a block. */
err ops_index_write(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, 2, r, &cell));
    struct cell_index index = {.depth = rd_u8(r), .prefix = rd_u32(r)};
    uint32_t n = rd_u32(r);
    ENSURE(rd_ok(r) && index.depth <= 32, ops_bad_request());
    struct view plain;
    TRY(ops_cell_open(s, &cell, &plain));
    if (plain.len)
        TRY(cell_index_decode(plain, &index));
    struct buf to = BUF_FIXED(s->secrets->plain2, sizeof s->secrets->plain2);
    struct cell_index now = index;
    now.version++;
    cell_index_head(&to, &now);
    TRY(merge(&index, r, n, &to, &now.count));
    ENSURE(rd_done(r), ops_bad_request());
    buf_set_u32(&to, 1 + 8 + 1 + 4, now.count);
    buf_u32(answer, now.count);
    ops_cell_seal(s, &cell, buf_view(&to), answer);
    return OK;
}

/* Request: cell; then the number of the right half's cell u32 and its key blob as a block.  Answer: the left half (the same cell,
 * one bit deeper) and the right half, each as count u32 and a block. */
err ops_index_split(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell left;
    CLEANUP(ops_cell_end) struct ops_cell right;
    TRY(ops_cell_begin(s, c, 2, r, &left));
    TRY(ops_cell_begin(s, c, 2, r, &right));
    ENSURE(rd_done(r) && right.sealed.len == 0, ops_bad_request());
    struct view plain;
    struct cell_index index;
    TRY(ops_cell_open(s, &left, &plain));
    TRY(cell_index_decode(plain, &index));
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
        struct buf to = BUF_FIXED(s->secrets->plain2, sizeof s->secrets->plain2);
        cell_index_head(&to, &halves[i]);
        size_t from = i == 0 ? 0 : (size_t)cut * CELL_TOKEN_BYTES;
        buf_bytes(&to, index.entries.p + from, (size_t)halves[i].count * CELL_TOKEN_BYTES);
        TRY(buf_ok(&to));
        buf_u32(answer, halves[i].count);
        ops_cell_seal(s, i == 0 ? &left : &right, buf_view(&to), answer);
    }
    return OK;
}
