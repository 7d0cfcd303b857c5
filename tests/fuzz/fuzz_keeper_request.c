/* Target: ops_handle() and all that it calls.  Whatever is asked, the answer is bounded, no key of the state is in it, and nothing
 * opened stays behind.
 *
 * Input: op u8; flags u8: 1 a people cell with its keys, 2 an index cell, 4 a document, 8 an index cell not written yet, 16 (at the
 * end) the row of the person at place 0; then bytes as they are. */
#include "../unit/keeper_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keeper_state k;
static struct buf cell, row, index_cell, document;

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void end(void)
{
    buf_free(&cell);
    buf_free(&row);
    buf_free(&index_cell);
    buf_free(&document);
    ks_end(&k);
}

static void prepare(void)
{
    static const struct ks_record records[] = {{1, 0, "Jane Example"}, {2, 0, "7 Sample Street"}};
    static const uint8_t seed[32] = {1};
    struct cell_token token = {.ordinal = 77};
    struct note_key key;
    ks_make_greeted(&k);
    ks_log_key(k.vkey, seed, &key);
    cell = row = index_cell = document = BUF(1 << 20);
    ks_token(token.token, 0, 1);
    need(ks_write(&k, 0, &cell, 0, &row, "facts", records, 2).kind == ERR_OK);
    need(ks_index_write(&k, 0, &index_cell, 0, 0, &token, 1).kind == ERR_OK);
    struct buf *r = ks_ask(&k, KEEPER_DOC_SEAL);
    ks_put_cell(&k, KIND_DOCUMENTS, 0, view_text("a document"));
    buf_block(r, view_text("k"));
    buf_block(r, view_text("i"));
    buf_u32(r, 1);
    need(ks_send(&k).kind == ERR_OK);
    struct rd a = ks_answer(&k);
    buf_put(&document, rd_block(&a));
    atexit(end);
}

static bool zero(const uint8_t *p, size_t len)
{
    static const uint8_t zeros[LIMIT_CELL_PLAIN_BYTES];
    return memcmp(p, zeros, len) == 0;
}

static void never(const uint8_t *key)
{
    need(zero(key, KEY_BYTES) || !k.answer.len || !memmem(k.answer.p, k.answer.len, key, KEY_BYTES));
}

/* The keys in the prepared cell itself. */
static void never_of_the_cell(void)
{
    struct ops_cell at = {0};
    struct view plain;
    static struct cell_people people;
    buf_clear(&k.request);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&cell));
    struct rd r = rd_of(buf_view(&k.request));
    need(ops_cell_begin(&k.s, &k.c, KIND_PEOPLE, &r, &at).kind == ERR_OK);
    need(ops_cell_open(&k.s, &at, &plain).kind == ERR_OK);
    need(cell_people_decode(plain, &people).kind == ERR_OK);
    never(at.key);
    never(people.places[0].proof_key.p);
    never(cell_category_key(&people.places[0], 1));
    never(cell_category_key(&people.places[0], 2));
    secret_wipe(k.s.secrets->plain, plain.len);
    ops_cell_end(&at);
}

static void put_request(const uint8_t *data, size_t size)
{
    uint8_t flags = data[1];
    buf_clear(&k.request);
    buf_u8(&k.request, data[0]);
    if (flags & 1)
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&cell));
    if (flags & 2)
        ks_put_cell(&k, KIND_INDEX, 0, buf_view(&index_cell));
    if (flags & 4)
        ks_put_cell(&k, KIND_DOCUMENTS, 0, buf_view(&document));
    if (flags & 8)
        ks_put_cell(&k, KIND_INDEX, 1, (struct view){0});
    buf_bytes(&k.request, data + 2, size - 2);
    if (flags & 16)
        buf_block(&k.request, buf_view(&row));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!k.s.secrets)
        prepare();
    if (size < 2)
        return 0;
    put_request(data, size);
    err e = ks_send(&k);
    need((unsigned)e.kind < ERR_KIND_COUNT && k.c.greeted && (k.c.epoch_slot == 0 || k.c.epoch_slot == 1));
    struct ops_secrets *s = k.s.secrets;
    need(zero(s->plain, sizeof s->plain) && zero(s->plain2, sizeof s->plain2) && zero(s->scratch, sizeof s->scratch));
    if (e.kind != ERR_OK)
        return 0;
    need(k.answer.len <= LIMIT_FRAME_BYTES);
    never(s->token_key);
    for (int i = 0; i < 2; i++) {
        never(s->epoch_key[i]);
        never(k.roots[i]);
    }
    for (int i = 0; i < KEYS_CACHED; i++)
        for (int n = 0; s->cached[i].used && n < 3; n++)
            never(s->cached[i].keys + n * KEY_BYTES);
    never_of_the_cell();
    return 0;
}
