/* Sealed bytes under the right keys, read by the keeper's own requests.  Damaged: whatever was changed, nothing opens.  Behind the seal:
 * any bytes at all, sealed for their place as the keeper would, so that what reads them is reached; the answer is bounded, and nothing
 * opened stays behind.
 *
 * Input: part u8 (enum part), mode u8; damaged (even): a list of (place u16, xor u8), cut off at the end where xor is 0; behind the seal (odd): the
 * plaintext. */
#include "../unit/keeper_state.h"

enum part { PART_PEOPLE, PART_INDEX, PART_DOCUMENT, PART_KEYS, PART_RING, PART_ROW, PARTS };

static struct keeper_state k;
static struct buf sealed[PARTS], changed, behind;

static void end(void)
{
    for (int i = 0; i < PARTS; i++)
        buf_free(&sealed[i]);
    buf_free(&changed);
    buf_free(&behind);
    ks_end(&k);
}

static void prepare(void)
{
    static const struct ks_record records[] = {{1, 0, "Mavo Testril"}, {2, 0, "7 Pellwick Lane"}};
    struct cell_token token = {.ordinal = 77};
    ks_make_greeted(&k);
    for (int i = 0; i < PARTS; i++)
        sealed[i] = BUF(1 << 20);
    changed = behind = BUF(1 << 20);
    ks_token(token.token, 0, 1);
    CHECK(ks_write(&k, 0, &sealed[PART_PEOPLE], 0, &sealed[PART_ROW], "facts", records, 2).kind == ERR_OK);
    CHECK(ks_index_write(&k, 0, &sealed[PART_INDEX], 0, 0, &token, 1).kind == ERR_OK);
    struct buf *r = ks_ask(&k, KEEPER_DOC_SEAL);
    ks_put_cell(&k, KIND_DOCUMENTS, 0, view_text("a document"));
    buf_block(r, view_text("k"));
    buf_block(r, view_text("i"));
    buf_u32(r, 1);
    CHECK(ks_send(&k).kind == ERR_OK);
    struct rd a = ks_answer(&k);
    buf_put(&sealed[PART_DOCUMENT], rd_block(&a));
    buf_put(&sealed[PART_KEYS], buf_view(&k.keys[KIND_PEOPLE]));
    buf_put(&sealed[PART_RING], buf_view(&k.ring));
    atexit(end);
}

/* --- the requests that read a part --- */

static void ask_people(struct view cell, struct view keys, struct view row)
{
    struct buf *r = ks_ask(&k, KEEPER_PEOPLE_READ);
    buf_u32(r, 0);
    buf_block(r, keys);
    buf_block(r, cell);
    buf_u32(r, UINT32_MAX);
    buf_u8(r, KEEPER_WANT_FACTS);
    buf_u16(r, 1);
    buf_u8(r, 0);
    buf_block(r, row);
}

static void ask_index(struct view cell)
{
    static const uint8_t token[TOKEN_BYTES] = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct buf *r = ks_ask(&k, KEEPER_INDEX_FIND);
    ks_put_cell(&k, KIND_INDEX, 0, cell);
    buf_u32(r, 1);
    buf_bytes(r, token, sizeof token);
}

static void ask_document(struct view bytes)
{
    struct buf *r = ks_ask_document(&k, 0, bytes);
    buf_block(r, view_text("k"));
    buf_block(r, view_text("i"));
    buf_u32(r, 1);
}

static err read_part(enum part part, struct view bytes)
{
    struct view keys = buf_view(&k.keys[KIND_PEOPLE]), people = buf_view(&sealed[PART_PEOPLE]), row = buf_view(&sealed[PART_ROW]);
    switch (part) {
    case PART_INDEX:
        ask_index(bytes);
        break;
    case PART_DOCUMENT:
        ask_document(bytes);
        break;
    case PART_RING:
        ks_ask_hello(&k, 1, bytes);
        break;
    default:
        ask_people(part == PART_PEOPLE ? bytes : people, part == PART_KEYS ? bytes : keys, part == PART_ROW ? bytes : row);
    }
    return ks_send(&k);
}

static void forget_keys(void)
{
    for (int i = 0; i < KEYS_CACHED; i++)
        k.s.secrets->cached[i].used = false;
}

/* --- damaged --- */

static void damage(enum part part, struct rd edits)
{
    buf_clear(&changed);
    buf_put(&changed, buf_view(&sealed[part]));
    while (edits.len >= 3 && changed.len) {
        size_t at = rd_u16(&edits) % changed.len;
        uint8_t with = rd_u8(&edits);
        changed.p[at] ^= with;
        if (!with)
            changed.len = at;
    }
    bool same = view_equal(buf_view(&changed), buf_view(&sealed[part]));
    if (part == PART_KEYS)
        forget_keys(); /* a blob that is open already is known by its nonce and tag */
    /* A cell that is not there is a cell not written yet: nobody is in it. */
    bool opened = read_part(part, buf_view(&changed)).kind == ERR_OK;
    CHECK(opened == same || (part == PART_PEOPLE && changed.len == 0));
}

/* --- behind the seal --- */

/* What stands before the place in the associated data. */
static void begin_ad(struct buf *ad, const char *label)
{
    buf_clear(ad);
    ops_ad(ad, &k.s, label);
}

static void seal(const uint8_t key[KEY_BYTES], struct buf *ad, struct view plain, struct buf *to)
{
    buf_clear(to);
    ops_seal(&k.s, key, buf_view(ad), plain, to);
    CHECK(buf_ok(to).kind == ERR_OK && buf_ok(ad).kind == ERR_OK);
}

static void cell_key(uint8_t kind, uint8_t to[KEY_BYTES])
{
    struct ops_cell at = {0};
    buf_clear(&k.request);
    ks_put_cell(&k, kind, 0, (struct view){0});
    struct rd r = rd_of(buf_view(&k.request));
    CHECK(ops_cell_begin(&k.s, &k.c, kind, &r, &at).kind == ERR_OK);
    memcpy(to, at.key, KEY_BYTES);
    ops_cell_end(&at);
}

static void ask_each_of_people(struct view cell)
{
    static const struct ks_record record = {1, 0, "Mavo Testril"};
    const enum keeper_op ops[] = {KEEPER_LEAVES, KEEPER_SALT};
    struct buf *r;
    ask_people(cell, buf_view(&k.keys[KIND_PEOPLE]), buf_view(&sealed[PART_ROW]));
    err_ignore(ks_send(&k), "any answer will do");
    for (int i = 0; i < 2; i++) {
        r = ks_ask(&k, ops[i]);
        ks_put_cell(&k, KIND_PEOPLE, 0, cell);
        buf_bytes(r, ks_commitment, sizeof ks_commitment);
        buf_bytes(r, "\0\1\0\0\0\0\0", ops[i] == KEEPER_SALT ? 1 : 7);
        err_ignore(ks_send(&k), "any answer will do");
    }
    r = ks_ask(&k, KEEPER_PEOPLE_READ);
    ks_put_cell(&k, KIND_PEOPLE, 0, cell);
    buf_u32(r, 0);
    buf_u8(r, KEEPER_WANT_ALL_FACTS);
    buf_u16(r, 0);
    err_ignore(ks_send(&k), "any answer will do");
    r = ks_ask(&k, KEEPER_PEOPLE_WRITE);
    ks_put_cell(&k, KIND_PEOPLE, 0, cell);
    buf_u16(r, 1);
    ks_put_person(r, 1, "facts", 2, (struct view){0}, &record, 1);
    err_ignore(ks_send(&k), "any answer will do");
}

static void ask_each_of_index(struct view cell)
{
    struct cell_token token = {.ordinal = 5};
    struct buf *r;
    ask_index(cell);
    err_ignore(ks_send(&k), "any answer will do");
    r = ks_ask(&k, KEEPER_INDEX_WRITE);
    ks_put_cell(&k, KIND_INDEX, 0, cell);
    buf_u8(r, 0);
    buf_u32(r, 0);
    buf_u32(r, 1);
    cell_token_put(r, &token);
    err_ignore(ks_send(&k), "any answer will do");
    ks_ask(&k, KEEPER_INDEX_SPLIT);
    ks_put_cell(&k, KIND_INDEX, 0, cell);
    ks_put_cell(&k, KIND_INDEX, 1, (struct view){0});
    err_ignore(ks_send(&k), "any answer will do");
}

/* The plaintext is the padded record of the first piece of the row; the second stays. */
static void ask_row(struct view plain)
{
    uint8_t key[KEY_BYTES];
    CLEANUP(buf_free) struct buf ad = BUF(256), piece = BUF(1 << 20), row = BUF(1 << 20);
    struct ops_cell at = {0};
    struct view opened = {0};
    static struct cell_people people;
    buf_clear(&k.request);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sealed[PART_PEOPLE]));
    struct rd r = rd_of(buf_view(&k.request));
    CHECK(ops_cell_begin(&k.s, &k.c, KIND_PEOPLE, &r, &at).kind == ERR_OK && ops_cell_open(&k.s, &at, &opened).kind == ERR_OK);
    CHECK(cell_people_decode(opened, &people).kind == ERR_OK);
    struct cell_record record = cell_record_at(&people.places[0], 0);
    memcpy(key, cell_category_key(&people.places[0], record.category), KEY_BYTES);
    ops_cell_end(&at);
    begin_ad(&ad, LABEL_RECORD);
    buf_u32(&ad, 0);
    buf_u8(&ad, record.category);
    buf_u16(&ad, record.id);
    buf_u32(&ad, record.version);
    seal(key, &ad, plain, &piece);
    struct rd was = rd_of(buf_view(&sealed[PART_ROW]));
    buf_u8(&row, rd_u8(&was));
    (void)rd_block(&was);
    buf_block(&row, buf_view(&piece));
    buf_block(&row, rd_block(&was));
    err e = read_part(PART_ROW, buf_view(&row));
    struct rd block = rd_of(plain);
    (void)rd_block(&block);
    CHECK((e.kind == ERR_OK) == rd_ok(&block));
}

static void look_behind(enum part part, struct view plain)
{
    uint8_t key[KEY_BYTES];
    uint8_t kind = part == PART_INDEX ? KIND_INDEX : part == PART_DOCUMENT ? KIND_DOCUMENTS : KIND_PEOPLE;
    CLEANUP(buf_free) struct buf ad = BUF(256);
    if (part == PART_ROW) {
        ask_row(plain);
        return;
    }
    begin_ad(&ad, part == PART_INDEX ? LABEL_INDEX : LABEL_PEOPLE);
    buf_u32(&ad, 0);
    cell_key(kind, key);
    seal(key, &ad, plain, &behind);
    if (part == PART_INDEX)
        ask_each_of_index(buf_view(&behind));
    else
        ask_each_of_people(buf_view(&behind));
}

static bool zero(const uint8_t *p, size_t len)
{
    static const uint8_t zeros[LIMIT_CELL_PLAIN_BYTES];
    return memcmp(p, zeros, len) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!k.s.secrets)
        prepare();
    if (size < 2)
        return 0;
    enum part part = (enum part)(data[0] % PARTS);
    struct view rest = view_of(data + 2, size - 2);
    if (data[1] & 1)
        look_behind(part, rest);
    else
        damage(part, rd_of(rest));
    const struct ops_secrets *s = k.s.secrets;
    CHECK(k.answer.len <= LIMIT_FRAME_BYTES && k.c.greeted);
    CHECK(zero(s->plain, sizeof s->plain) && zero(s->plain2, sizeof s->plain2) && zero(s->scratch, sizeof s->scratch));
    return 0;
}
