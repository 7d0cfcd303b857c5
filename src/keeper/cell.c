#include "cell.h"

#include "limits.h"

#include <string.h>

static err damaged(void)
{
    return err_new(ERR_CORRUPT, "A sealed cell is not what was written.", "Run 'candour fsck' and restore from a backup.");
}

/* Every category once, and every record under one of them. */
static bool lists_ok(const struct cell_person *p)
{
    uint32_t seen = 0;
    for (uint8_t i = 0; i < p->category_count; i++) {
        uint8_t category = p->categories.p[(size_t)i * CELL_CATEGORY_BYTES];
        if (category >= CELL_CATEGORIES_MAX || seen >> category & 1)
            return false;
        seen |= 1u << category;
    }
    for (uint8_t i = 0; i < p->record_count; i++) {
        uint8_t category = p->records.p[(size_t)i * CELL_RECORD_BYTES];
        if (category >= CELL_CATEGORIES_MAX || !(seen >> category & 1))
            return false;
    }
    return true;
}

static err decode_person(struct rd *r, struct cell_person *p)
{
    const uint8_t *start = r->p;
    uint8_t state = rd_u8(r);
    ENSURE(state <= CELL_ERASED, damaged());
    p->state = state;
    if (state == CELL_THERE) {
        p->proof_key = rd_view(r, KEY_BYTES);
        p->category_count = rd_u8(r);
        p->categories = rd_view(r, (size_t)p->category_count * CELL_CATEGORY_BYTES);
        p->record_count = rd_u8(r);
        p->records = rd_view(r, (size_t)p->record_count * CELL_RECORD_BYTES);
        p->facts = rd_view(r, rd_u16(r));
        ENSURE(rd_ok(r) && p->facts.len <= LIMIT_FACTS_BYTES && lists_ok(p), damaged());
    }
    ENSURE(rd_ok(r), damaged());
    p->raw = view_of(start, (size_t)(r->p - start));
    return OK;
}

err cell_people_decode(struct view plain, struct cell_people *ret)
{
    memset(ret, 0, sizeof *ret);
    if (plain.len == 0)
        return OK;
    struct rd r = rd_of(plain);
    uint8_t format = rd_u8(&r);
    ret->version = rd_u64(&r);
    ret->count = rd_u16(&r);
    ENSURE(rd_ok(&r) && format == 1 && ret->count <= CELL_PLACES, damaged());
    for (uint16_t i = 0; i < ret->count; i++)
        TRY(decode_person(&r, &ret->places[i]));
    ENSURE(rd_done(&r), damaged());
    return OK;
}

const uint8_t *cell_category_key(const struct cell_person *p, uint8_t category)
{
    for (uint8_t i = 0; i < p->category_count; i++) {
        const uint8_t *c = p->categories.p + (size_t)i * CELL_CATEGORY_BYTES;
        if (c[0] == category)
            return c + 1;
    }
    return NULL;
}

struct cell_record cell_record_at(const struct cell_person *p, uint8_t index)
{
    struct rd r = rd_of(view_of(p->records.p + (size_t)index * CELL_RECORD_BYTES, CELL_RECORD_BYTES));
    struct cell_record record = {.category = rd_u8(&r), .id = rd_u16(&r)};
    record.version = rd_u32(&r);
    return record;
}

err cell_index_decode(struct view plain, struct cell_index *ret)
{
    memset(ret, 0, sizeof *ret);
    struct rd r = rd_of(plain);
    uint8_t format = rd_u8(&r);
    ret->version = rd_u64(&r);
    ret->depth = rd_u8(&r);
    ret->prefix = rd_u32(&r);
    ret->count = rd_u32(&r);
    ret->entries = rd_view(&r, (size_t)ret->count * CELL_TOKEN_BYTES);
    ENSURE(rd_done(&r) && format == 1 && cell_index_prefix_ok(ret->depth, ret->prefix), damaged());
    return OK;
}

static uint32_t prefix_mask(uint8_t depth)
{
    return depth ? UINT32_MAX << (32 - depth) : 0;
}

bool cell_index_prefix_ok(uint8_t depth, uint32_t prefix)
{
    return depth <= 32 && (prefix & ~prefix_mask(depth)) == 0;
}

bool cell_index_covers(const struct cell_index *c, const uint8_t token[TOKEN_BYTES])
{
    return (cell_token_start(token) & prefix_mask(c->depth)) == c->prefix;
}

void cell_index_head(struct buf *to, const struct cell_index *c)
{
    buf_u8(to, 1);
    buf_u64(to, c->version);
    buf_u8(to, c->depth);
    buf_u32(to, c->prefix);
    buf_u32(to, c->count);
}

struct cell_token cell_token_at(const struct cell_index *c, uint32_t index)
{
    struct rd r = rd_of(view_of(c->entries.p + (size_t)index * CELL_TOKEN_BYTES, CELL_TOKEN_BYTES));
    struct cell_token t;
    rd_copy(&r, t.token, TOKEN_BYTES);
    t.ordinal = rd_u32(&r);
    t.flags = rd_u8(&r);
    return t;
}

void cell_token_put(struct buf *to, const struct cell_token *t)
{
    buf_bytes(to, t->token, TOKEN_BYTES);
    buf_u32(to, t->ordinal);
    buf_u8(to, t->flags);
}

int cell_token_order(const struct cell_token *a, const struct cell_token *b)
{
    int order = memcmp(a->token, b->token, TOKEN_BYTES);
    return order ? order : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

uint32_t cell_token_start(const uint8_t token[TOKEN_BYTES])
{
    return (uint32_t)token[0] << 24 | (uint32_t)token[1] << 16 | (uint32_t)token[2] << 8 | token[3];
}
