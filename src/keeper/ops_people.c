#include "ops_int.h"

#include "digest.h"
#include "mem.h"

#include <string.h>

enum { PAD = 32, WRITES_MAX = CELL_PLACES, RECORDS_MAX = LIMIT_PERSON_RECORDS };
_Static_assert(RECORDS_MAX <= UINT8_MAX, "a person's records are counted in one byte");

/* --- records --- */

static void record_ad(struct buf *to, const struct ops_state *s, uint32_t ordinal, const struct cell_record *record)
{
    buf_clear(to);
    ops_ad(to, s, LABEL_RECORD);
    buf_u32(to, ordinal);
    buf_u8(to, record->category);
    buf_u16(to, record->id);
    buf_u32(to, record->version);
}

struct pieces {
    struct view piece[RECORDS_MAX];
    size_t count;
};

/* A row's sealed pieces, in the order of the cell's list. */
static err row_pieces(struct view row, const struct cell_person *p, struct pieces *ret)
{
    struct rd r = rd_of(row);
    ret->count = 0;
    if (p->record_count == 0 && row.len == 0)
        return OK;
    ENSURE(rd_u8(&r) == 1, ops_wrong_bytes());
    while (ret->count < p->record_count)
        ret->piece[ret->count++] = rd_block(&r);
    ENSURE(rd_done(&r), ops_wrong_bytes());
    return OK;
}

static err pad_record(struct view plain, struct buf *pad)
{
    buf_clear(pad);
    buf_block(pad, plain);
    if (pad->len % PAD)
        buf_space(pad, PAD - pad->len % PAD);
    return buf_ok(pad);
}

/* A record as it was padded when it was sealed. */
static err open_padded(const uint8_t *key, struct view ad, struct view piece, struct buf *pad)
{
    ENSURE(key && piece.len >= SEAL_OVERHEAD + 4, ops_wrong_bytes());
    buf_clear(pad);
    uint8_t *space = buf_space(pad, piece.len - SEAL_OVERHEAD);
    TRY(buf_ok(pad));
    ENSURE(secret_open(space, key, ad, piece), ops_wrong_bytes());
    return OK;
}

/* --- writing --- */

struct record_write {
    uint8_t category;
    uint16_t id;
    struct view plain;
};

struct person_write {
    uint8_t place;
    bool new_facts;
    uint32_t new_keys;
    struct view facts, row;
    size_t count;
    struct record_write records[RECORDS_MAX];
};

static err read_person_write(struct rd *r, struct person_write *w)
{
    w->place = rd_u8(r);
    w->new_facts = rd_u8(r) == 1;
    w->new_keys = rd_u32(r);
    w->facts = rd_block(r);
    w->count = rd_u8(r);
    ENSURE(rd_ok(r) && w->count <= RECORDS_MAX && w->facts.len <= LIMIT_FACTS_BYTES, ops_bad_request());
    for (size_t i = 0; i < w->count; i++) {
        w->records[i].category = rd_u8(r);
        w->records[i].id = rd_u16(r);
        w->records[i].plain = rd_block(r);
        ENSURE(rd_ok(r) && w->records[i].category < CELL_CATEGORIES_MAX && w->records[i].plain.len <= LIMIT_RECORD_BYTES,
               ops_bad_request());
        for (size_t k = 0; k < i; k++)
            ENSURE(w->records[k].category != w->records[i].category || w->records[k].id != w->records[i].id, ops_bad_request());
    }
    w->row = rd_block(r);
    ENSURE(rd_ok(r), ops_bad_request());
    return OK;
}

/* The person's keys: those there are, but new ones where they are wanted and for each category that had none.  Fills `categories`
 * of the result. */
static err put_categories(struct ops_state *s, const struct cell_person *old, const struct person_write *w, struct buf *cell,
                          struct cell_person *now)
{
    if (old->state == CELL_THERE) {
        buf_put(cell, old->proof_key);
    } else {
        uint8_t *proof = buf_space(cell, KEY_BYTES);
        TRY(buf_ok(cell));
        ops_new_key(s, proof);
    }
    size_t count_at = cell->len;
    buf_u8(cell, old->category_count);
    buf_put(cell, old->categories);
    TRY(buf_ok(cell));
    now->categories = view_of(cell->p + count_at + 1, old->categories.len);
    now->category_count = old->category_count;
    for (size_t i = 0; i < old->category_count; i++) {
        uint8_t *category = cell->p + count_at + 1 + i * CELL_CATEGORY_BYTES;
        if (w->new_keys >> *category & 1)
            ops_new_key(s, category + 1);
    }
    for (size_t i = 0; i < w->count; i++) {
        if (cell_category_key(now, w->records[i].category))
            continue;
        buf_u8(cell, w->records[i].category);
        uint8_t *key = buf_space(cell, KEY_BYTES);
        TRY(buf_ok(cell));
        ops_new_key(s, key);
        now->categories.len += CELL_CATEGORY_BYTES;
        cell->p[count_at] = ++now->category_count;
    }
    return OK;
}

static const struct record_write *write_of(const struct person_write *w, const struct cell_record *record)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->records[i].category == record->category && w->records[i].id == record->id)
            return &w->records[i];
    return NULL;
}

/* The new list of records: old ones, those written or sealed anew a version higher, then those not there before. */
static err list_records(const struct cell_person *old, const struct person_write *w, struct cell_record list[RECORDS_MAX], size_t *ret_count)
{
    size_t n = 0;
    for (uint8_t i = 0; i < old->record_count; i++) {
        list[n] = cell_record_at(old, i);
        if (write_of(w, &list[n]) || w->new_keys >> list[n].category & 1)
            list[n].version++;
        n++;
    }
    for (size_t i = 0; i < w->count; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there = there || (list[k].category == w->records[i].category && list[k].id == w->records[i].id);
        if (there)
            continue;
        ENSURE(n < RECORDS_MAX, err_newf(ERR_LIMIT, "A person has more than {} records.", "Put her data into fewer records.", err_int(RECORDS_MAX)));
        list[n++] = (struct cell_record){w->records[i].category, w->records[i].id, 1};
    }
    *ret_count = n;
    return OK;
}

/* The new row: what was written, what is sealed anew, and the other pieces as they are. */
static err put_row(struct ops_state *s, uint32_t ordinal, const struct cell_person *old, const struct cell_person *now,
                   const struct person_write *w, const struct cell_record *list, size_t count, struct buf *pad, struct buf *row)
{
    CLEANUP(buf_free) struct buf ad = BUF(256);
    struct pieces pieces;
    TRY(row_pieces(w->row, old, &pieces));
    buf_u8(row, 1);
    for (size_t i = 0; i < count; i++) {
        const struct record_write *written = write_of(w, &list[i]);
        if (written) {
            TRY(pad_record(written->plain, pad));
        } else if (w->new_keys >> list[i].category & 1) {
            struct cell_record before = cell_record_at(old, (uint8_t)i);
            record_ad(&ad, s, ordinal, &before);
            TRY(buf_ok(&ad));
            TRY(open_padded(cell_category_key(old, before.category), buf_view(&ad), pieces.piece[i], pad));
        } else {
            buf_block(row, pieces.piece[i]);
            continue;
        }
        record_ad(&ad, s, ordinal, &list[i]);
        TRY(buf_ok(&ad));
        buf_u32(row, (uint32_t)(pad->len + SEAL_OVERHEAD));
        ops_seal(s, cell_category_key(now, list[i].category), buf_view(&ad), buf_view(pad), row);
    }
    return buf_ok(row);
}

static err write_person(struct ops_state *s, uint32_t ordinal, const struct cell_person *old, const struct person_write *w,
                        struct buf *cell, struct buf *pad, struct buf *answer)
{
    ENSURE(old->state != CELL_ERASED, err_new(ERR_GONE, "Somebody erased was to be written again.", "Run the command again."));
    struct cell_person now = {0};
    struct cell_record list[RECORDS_MAX];
    size_t count;
    buf_u8(cell, CELL_THERE);
    TRY(put_categories(s, old, w, cell, &now));
    TRY(list_records(old, w, list, &count));
    buf_u8(cell, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_u8(cell, list[i].category);
        buf_u16(cell, list[i].id);
        buf_u32(cell, list[i].version);
    }
    struct view facts = w->new_facts ? w->facts : old->facts;
    buf_u16(cell, (uint16_t)facts.len);
    buf_put(cell, facts);
    TRY(buf_ok(cell));

    size_t length_at = answer->len;
    buf_u32(answer, 0);
    TRY(put_row(s, ordinal, old, &now, w, list, count, pad, answer));
    buf_set_u32(answer, length_at, (uint32_t)(answer->len - length_at - 4));
    return OK;
}

static err full_cell(void)
{
    return err_new(ERR_LIMIT, "The facts of 256 people that lie side by side are too many for their place.",
                   "Remove sources, consents or holds that are long over from one of them.");
}

/* Puts the places before `end` that are not written. */
static void copy_places(const struct cell_people *old, size_t *place, size_t end, struct buf *to)
{
    for (; *place < end; (*place)++) {
        if (*place < old->count)
            buf_put(to, old->places[*place].raw);
        else
            buf_u8(to, CELL_UNUSED);
    }
}

/* Request: cell; n u16; n × person_write with rising places.  Answer: the cell as a block; n rows as blocks. */
err ops_people_write(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, KIND_PEOPLE, r, &cell));
    struct view plain;
    TRY(ops_cell_open(s, &cell, &plain));
    CLEANUP(mem_release) struct cell_people *old = mem_alloc(sizeof *old);
    CLEANUP(mem_release) struct person_write *w = mem_alloc(sizeof *w);
    ENSURE(old && w, mem_none());
    TRY(cell_people_decode(plain, old));
    uint16_t n = rd_u16(r);
    ENSURE(rd_ok(r) && n <= WRITES_MAX, ops_bad_request());

    CLEANUP(buf_free) struct buf rows = BUF(LIMIT_FRAME_BYTES), pad = BUF_SECRET(LIMIT_RECORD_BYTES + 2 * PAD);
    struct buf *to = ops_made(s);
    size_t place = 0;
    buf_u8(to, 1);
    buf_u64(to, old->version + 1);
    size_t count_at = to->len;
    buf_u16(to, old->count);
    for (uint16_t i = 0; i < n; i++) {
        TRY(read_person_write(r, w));
        ENSURE(w->place >= place, ops_bad_request());
        copy_places(old, &place, w->place, to);
        ENSURE(to->state == BUF_FINE, full_cell());
        err e = write_person(s, cell.no * CELL_PLACES + w->place, &old->places[place], w, to, &pad, &rows);
        ENSURE(to->state == BUF_FINE, full_cell());
        TRY(e);
        place++;
    }
    ENSURE(rd_done(r), ops_bad_request());
    copy_places(old, &place, old->count, to);
    ENSURE(to->state == BUF_FINE, full_cell());
    to->p[count_at] = (uint8_t)(place >> 8);
    to->p[count_at + 1] = (uint8_t)place;
    ops_cell_seal(s, &cell, buf_view(to), answer);
    buf_put(answer, buf_view(&rows));
    return buf_ok(&rows);
}

/* --- reading --- */

static err read_records(struct ops_state *s, uint32_t ordinal, const struct cell_person *p, struct view row, uint32_t mask,
                        struct buf *answer)
{
    struct pieces pieces = {0};
    TRY(row_pieces(row, p, &pieces));
    CLEANUP(buf_free) struct buf ad = BUF(256);
    size_t count_at = answer->len, count = 0;
    buf_u8(answer, 0);
    for (uint8_t i = 0; i < p->record_count; i++) {
        struct cell_record record = cell_record_at(p, i);
        if (!(mask >> record.category & 1))
            continue;
        const uint8_t *key = cell_category_key(p, record.category);
        struct view piece = pieces.piece[i];
        ENSURE(key && piece.len >= SEAL_OVERHEAD + 4, ops_wrong_bytes());
        record_ad(&ad, s, ordinal, &record);
        TRY(buf_ok(&ad));
        buf_u8(answer, record.category);
        buf_u16(answer, record.id);
        size_t at = answer->len;
        uint8_t *space = buf_space(answer, piece.len - SEAL_OVERHEAD);
        TRY(buf_ok(answer));
        ENSURE(secret_open(space, key, buf_view(&ad), piece), ops_wrong_bytes());
        /* What was padded is a block with zeros behind it. */
        struct rd r = rd_of(view_of(space, piece.len - SEAL_OVERHEAD));
        struct view plain = rd_block(&r);
        ENSURE(rd_ok(&r), ops_wrong_bytes());
        answer->len = at + 4 + plain.len;
        count++;
    }
    TRY(buf_ok(answer));
    answer->p[count_at] = (uint8_t)count;
    return OK;
}

static void put_person_head(const struct cell_person *p, uint8_t place, bool facts, struct buf *answer)
{
    buf_u8(answer, place);
    buf_u8(answer, (uint8_t)p->state);
    buf_block(answer, facts ? p->facts : (struct view){0});
}

static err read_all_facts(struct ops_state *s, struct ops_channel *c, const struct cell_people *cell, struct buf *answer)
{
    uint16_t there = 0;
    for (uint16_t i = 0; i < cell->count; i++)
        there = (uint16_t)(there + (cell->places[i].state == CELL_THERE));
    TRY(ops_count(s, c, there));
    buf_u16(answer, there);
    for (uint16_t i = 0; i < cell->count; i++) {
        if (cell->places[i].state != CELL_THERE)
            continue;
        put_person_head(&cell->places[i], (uint8_t)i, true, answer);
        buf_u8(answer, 0);
    }
    return OK;
}

static err open_people(struct ops_state *s, const struct ops_cell *cell, struct cell_people *ret)
{
    struct view plain;
    TRY(ops_cell_open(s, cell, &plain));
    return cell_people_decode(plain, ret);
}

/* Request: cell; category mask u32; want u8; n u16; n × (place u8, row block).
 * Answer: n u16; n × (place u8, state u8, facts block, record count u8, each category u8, id u16, plaintext block). */
err ops_people_read(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, KIND_PEOPLE, r, &cell));
    uint32_t mask = rd_u32(r);
    uint8_t want = rd_u8(r);
    uint16_t n = rd_u16(r);
    ENSURE(rd_ok(r) && n <= CELL_PLACES && want <= KEEPER_WANT_ALL_FACTS, ops_bad_request());
    ENSURE(!c->warrant.open || (mask & ~c->warrant.categories) == 0,
           err_new(ERR_DENIED, "This work's warrant does not cover every kind of detail it asked for.", "Report this mistake."));
    CLEANUP(mem_release) struct cell_people *people = mem_alloc(sizeof *people);
    ENSURE(people, mem_none());
    TRY(open_people(s, &cell, people));
    if (want == KEEPER_WANT_ALL_FACTS) {
        ENSURE(n == 0 && rd_done(r), ops_bad_request());
        return read_all_facts(s, c, people, answer);
    }
    TRY(ops_count(s, c, n));
    buf_u16(answer, n);
    for (uint16_t i = 0; i < n; i++) {
        uint8_t place = rd_u8(r);
        struct view row = rd_block(r);
        ENSURE(rd_ok(r), ops_bad_request());
        const struct cell_person *p = &people->places[place];
        put_person_head(p, place, want == KEEPER_WANT_FACTS && p->state == CELL_THERE, answer);
        if (p->state == CELL_THERE)
            TRY(read_records(s, cell.no * CELL_PLACES + place, p, row, mask, answer));
        else
            buf_u8(answer, 0);
    }
    ENSURE(rd_done(r), ops_bad_request());
    return OK;
}

/* --- set commitments --- */

static void proof_salt(const struct cell_person *p, struct view commitment, uint8_t salt[KEY_BYTES])
{
    uint8_t bytes[64];
    struct buf label = BUF_FIXED(bytes, sizeof bytes);
    buf_str(&label, LABEL_PROOF);
    buf_u8(&label, 0);
    buf_put(&label, commitment);
    CHECK(label.state == BUF_FINE);
    secret_kdf(salt, p->proof_key.p, buf_view(&label));
}

/* As commitment.h has it; `fields` is its end: count and names. */
static struct hash leaf_of(const uint8_t salt[KEY_BYTES], struct view commitment, struct view fields)
{
    struct digest d;
    digest_begin(&d);
    digest_add_u8(&d, 0);
    digest_add(&d, view_text(LABEL_SET));
    digest_add(&d, view_of(salt, KEY_BYTES));
    digest_add_u8(&d, (uint8_t)commitment.len);
    digest_add(&d, commitment);
    digest_add(&d, fields);
    return digest_end(&d);
}

static err gone(void)
{
    return err_new(ERR_GONE, "This person is not here any more.", "Only her deletion receipt can prove it now.");
}

/* Request: cell; commitment id[16]; n u16; n × (place u8, fields block).  Answer: n hashes.  Not counted: without the salt a leaf
 * tells nothing. */
err ops_leaves(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, KIND_PEOPLE, r, &cell));
    struct view commitment = rd_view(r, 16);
    uint16_t n = rd_u16(r);
    ENSURE(rd_ok(r) && n <= CELL_PLACES, ops_bad_request());
    CLEANUP(mem_release) struct cell_people *people = mem_alloc(sizeof *people);
    ENSURE(people, mem_none());
    TRY(open_people(s, &cell, people));
    for (uint16_t i = 0; i < n; i++) {
        const struct cell_person *p = &people->places[rd_u8(r)];
        struct view fields = rd_block(r);
        ENSURE(rd_ok(r), ops_bad_request());
        ENSURE(p->state == CELL_THERE, gone());
        proof_salt(p, commitment, s->secrets->scratch);
        struct hash leaf = leaf_of(s->secrets->scratch, commitment, fields);
        buf_put(answer, hash_view(&leaf));
    }
    ENSURE(rd_done(r), ops_bad_request());
    return OK;
}

/* Request: cell; commitment id[16]; place u8.  Answer: the salt[32] of that person's leaf, for her proof. */
err ops_salt(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(ops_cell_end) struct ops_cell cell;
    TRY(ops_cell_begin(s, c, KIND_PEOPLE, r, &cell));
    struct view commitment = rd_view(r, 16);
    uint8_t place = rd_u8(r);
    ENSURE(rd_done(r), ops_bad_request());
    CLEANUP(mem_release) struct cell_people *people = mem_alloc(sizeof *people);
    ENSURE(people, mem_none());
    TRY(open_people(s, &cell, people));
    TRY(ops_count(s, c, 1));
    const struct cell_person *p = &people->places[place];
    ENSURE(p->state == CELL_THERE, gone());
    proof_salt(p, commitment, s->secrets->scratch);
    buf_bytes(answer, s->secrets->scratch, KEY_BYTES);
    return OK;
}
