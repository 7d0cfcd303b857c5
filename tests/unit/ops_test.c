#include "testing.h"

#include "commitment.h"
#include "keeper_state.h"

#include <time.h>

static struct keeper_state k;

static int start(void **state)
{
    (void)state;
    ks_make_greeted(&k);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ks_end(&k);
    return 0;
}

static bool all_zero(const uint8_t *p, size_t len)
{
    while (len)
        if (p[--len])
            return false;
    return true;
}

static void assert_wiped(void)
{
    assert_true(all_zero(k.s.secrets->plain, sizeof k.s.secrets->plain));
    assert_true(all_zero(k.s.secrets->plain2, sizeof k.s.secrets->plain2));
    assert_true(all_zero(k.s.secrets->scratch, sizeof k.s.secrets->scratch));
}

static const struct ks_record jane[] = {{1, 0, "Jane Example"}, {2, 0, "7 Sample Street"}, {2, 9, "an older address, longer than thirty-two bytes"}};

struct one {
    struct buf cell, row;
};
#define ONE ((struct one){BUF(1 << 20), BUF(1 << 24)})

static void one_free(struct one *o)
{
    buf_free(&o->cell);
    buf_free(&o->row);
}

static struct one written(uint32_t no, uint8_t place)
{
    struct one o = ONE;
    assert_ok(ks_write(&k, no, &o.cell, place, &o.row, "facts", jane, 3));
    return o;
}

/* --- the greeting --- */

static void before_the_greeting_only_a_ring_and_a_greeting_may_be_asked(void **state)
{
    (void)state;
    for (int op = 0; op < 256; op++) {
        struct ops_channel c = {0};
        ks_ask(&k, (enum keeper_op)op);
        for (int i = 0; i < 40; i++)
            buf_u8(&k.request, 0);
        err e = ks_send_as(&k, &c);
        bool early = op == KEEPER_RING_NEW || op == KEEPER_HELLO;
        bool known = op >= KEEPER_RING_NEW && op <= KEEPER_STATUS;
        assert_int_equal(e.kind, !known || early ? ERR_INTERNAL : buf_view(&k.request).len > 17 &&
                         (op == KEEPER_KEYS_NEW || op == KEEPER_WARRANT_END || op == KEEPER_STATUS) ? ERR_INTERNAL : ERR_DENIED);
        assert_false(c.greeted);
    }
}

static void a_greeting_of_another_organisation_or_epoch_is_refused(void **state)
{
    (void)state;
    struct ops_channel c = {0};
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    k.request.p[1] ^= 1;
    assert_err(ERR_DENIED, ks_send_as(&k, &c));
    for (uint64_t epoch = 0; epoch < 4; epoch += epoch ? 1 : 2) {
        ks_ask_hello(&k, epoch, buf_view(&k.ring));
        assert_err(ERR_DENIED, ks_send_as(&k, &c));
    }
    assert_false(c.greeted);
    assert_int_equal(c.epoch_slot, 0);
}

static void make_token(struct ops_channel *c, uint8_t to[TOKEN_BYTES])
{
    struct buf *r = ks_ask(&k, KEEPER_TOKENS);
    buf_u32(r, 1);
    buf_u8(r, 2);
    buf_u8(r, 1);
    buf_block(r, view_text("jane@union.example"));
    assert_ok(ks_send_as(&k, c));
    assert_int_equal(k.answer.len, TOKEN_BYTES);
    memcpy(to, k.answer.p, TOKEN_BYTES);
}

static void a_greeting_that_fails_disturbs_nobody_else(void **state)
{
    (void)state;
    uint8_t before[TOKEN_BYTES], after[TOKEN_BYTES];
    make_token(&k.c, before);
    for (size_t i = 0; i < k.ring.len; i += 7) {
        struct ops_channel c = {0};
        ks_ask_hello(&k, 1, buf_view(&k.ring));
        k.request.p[1 + ORG_BYTES + 8 + 4 + i] ^= 1;
        assert_err(ERR_CORRUPT, ks_send_as(&k, &c));
        make_token(&k.c, after);
        assert_memory_equal(before, after, TOKEN_BYTES);
    }
}

static void another_ring_is_refused_while_somebody_works_with_the_first(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf other = BUF(4096);
    assert_err(ERR_DENIED, ks_new_ring(&k, 1, &other));
    ops_channel_end(&k.s, &k.c);
    assert_true(all_zero(k.s.secrets->token_key, KEY_BYTES));
    assert_true(all_zero((uint8_t *)k.s.secrets->cached, sizeof k.s.secrets->cached));
    assert_ok(ks_new_ring(&k, 1, &other));
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send(&k));
    struct ops_channel c = {0};
    ks_ask_hello(&k, 1, buf_view(&other));
    assert_err(ERR_DENIED, ks_send_as(&k, &c));
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send_as(&k, &c));
    ops_channel_end(&k.s, &c);
    uint8_t token[TOKEN_BYTES];
    make_token(&k.c, token); /* the first conversation goes on */
}

static void with_two_epochs_in_the_slot_either_may_live_and_no_other(void **state)
{
    (void)state;
    struct keeper_state two;
    ks_make(&two, 4, 5);
    CLEANUP(buf_free) struct buf ring4 = BUF(4096);
    assert_err(ERR_INTERNAL, ks_new_ring(&two, 5, &ring4));
    assert_ok(ks_new_ring(&two, 4, &ring4));
    for (uint64_t epoch = 3; epoch <= 6; epoch++) {
        struct ops_channel c = {0};
        ks_ask_hello(&two, epoch, buf_view(&ring4));
        err e = ks_send_as(&two, &c);
        /* 5 is an epoch of this slot, but the ring is sealed under 4. */
        assert_int_equal(e.kind, epoch == 4 ? ERR_OK : epoch == 5 ? ERR_CORRUPT : ERR_DENIED);
        ops_channel_end(&two.s, &c);
    }
    /* The same ring under the next epoch. */
    CLEANUP(buf_free) struct buf ad = BUF(256), ring5 = BUF(256);
    uint8_t token_key[KEY_BYTES];
    ops_ad(&ad, &two.s, LABEL_RING);
    buf_u64(&ad, 4);
    assert_true(secret_open(token_key, two.s.secrets->epoch_key[0], buf_view(&ad), buf_view(&ring4)));
    buf_clear(&ad);
    ops_ad(&ad, &two.s, LABEL_RING);
    buf_u64(&ad, 5);
    ops_seal(&two.s, two.s.secrets->epoch_key[1], buf_view(&ad), view_of(token_key, KEY_BYTES), &ring5);
    struct ops_channel old = {0}, new = {0};
    ks_ask_hello(&two, 4, buf_view(&ring4));
    assert_ok(ks_send_as(&two, &old));
    ks_ask_hello(&two, 5, buf_view(&ring5));
    assert_ok(ks_send_as(&two, &new));
    assert_int_equal(old.epoch_slot, 0);
    assert_int_equal(new.epoch_slot, 1);
    /* Keys made for one epoch do not open under the other, opened already or not. */
    struct buf *r = ks_ask(&two, KEEPER_KEYS_NEW);
    buf_u8(r, KIND_DOCUMENTS);
    buf_u32(r, 0);
    assert_ok(ks_send_as(&two, &old));
    struct rd a = ks_answer(&two);
    buf_put(&two.keys[KIND_DOCUMENTS], rd_block(&a));
    r = ks_ask(&two, KEEPER_DOC_SEAL);
    ks_put_cell(&two, KIND_DOCUMENTS, 1, view_text("text"));
    buf_block(r, view_text("note"));
    buf_block(r, view_text("N1"));
    buf_u32(r, 1);
    assert_ok(ks_send_as(&two, &old));
    assert_err(ERR_CORRUPT, ks_send_as(&two, &new));
    ops_channel_end(&two.s, &old);
    ops_channel_end(&two.s, &new);
    ks_end(&two);
}

/* --- people --- */

static void people_come_back_as_they_were_written(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(3, 200);
    ks_ask_read(&k, 3, buf_view(&o.cell), 200, buf_view(&o.row), 1u << 2);
    assert_ok(ks_send(&k));
    struct rd a = ks_answer(&k);
    assert_int_equal(rd_u16(&a), 1);
    assert_int_equal(rd_u8(&a), 200);
    assert_int_equal(rd_u8(&a), CELL_THERE);
    assert_true(view_equal(rd_block(&a), view_text("facts")));
    assert_int_equal(rd_u8(&a), 2);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(rd_u8(&a), 2);
        assert_int_equal(rd_u16(&a), jane[i].id);
        assert_true(view_equal(rd_block(&a), view_text(jane[i].text)));
    }
    assert_true(rd_done(&a));
    assert_wiped();
}

static void what_was_moved_or_put_back_does_not_open(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(3, 200);
    CLEANUP(buf_free) struct buf old_row = BUF(1 << 20), old_cell = BUF(1 << 20);
    buf_put(&old_row, buf_view(&o.row));
    buf_put(&old_cell, buf_view(&o.cell));
    ks_ask_read(&k, 4, buf_view(&o.cell), 200, buf_view(&o.row), 2); /* the cell under another number */
    assert_err(ERR_CORRUPT, ks_send(&k));
    assert_ok(ks_write(&k, 3, &o.cell, 200, &o.row, NULL, (struct ks_record[]){{1, 0, "Jane Other"}}, 1));
    ks_ask_read(&k, 3, buf_view(&o.cell), 200, buf_view(&old_row), 2); /* an older row */
    assert_err(ERR_CORRUPT, ks_send(&k));
    CLEANUP(buf_free) struct buf second = BUF(1 << 20);
    assert_ok(ks_write(&k, 3, &o.cell, 201, &second, "", jane, 3));
    ks_ask_read(&k, 3, buf_view(&o.cell), 201, buf_view(&o.row), 2); /* another person's row */
    assert_err(ERR_CORRUPT, ks_send(&k));
    for (size_t i = 0; i < o.cell.len; i += 11) {
        ks_ask_read(&k, 3, buf_view(&o.cell), 201, buf_view(&second), 2);
        k.request.p[1 + 4 + 4 + k.keys[1].len + 4 + i] ^= 0x10;
        assert_err(ERR_CORRUPT, ks_send(&k));
    }
    /* A blob opened before is known by its nonce and tag: with another byte changed it gives the right keys, or none. */
    ks_ask_read(&k, 3, buf_view(&o.cell), 201, buf_view(&second), 2);
    assert_ok(ks_send(&k));
    CLEANUP(buf_free) struct buf right = BUF(4096);
    buf_put(&right, buf_view(&k.answer));
    for (size_t i = 0; i < k.keys[1].len; i += 1009) {
        ks_ask_read(&k, 3, buf_view(&o.cell), 201, buf_view(&second), 2);
        k.request.p[1 + 4 + 4 + i] ^= 0x10;
        err e = ks_send(&k);
        assert_true(e.kind == ERR_CORRUPT || view_equal(buf_view(&right), buf_view(&k.answer)));
    }
    assert_wiped();
}

static void keys_of_another_kind_or_number_do_not_open_even_when_opened_before(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(3, 200);
    ks_ask_read(&k, 3, buf_view(&o.cell), 200, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    CLEANUP(buf_free) struct buf mine = BUF(CELL_KEYS_BYTES + 4096);
    buf_put(&mine, buf_view(&k.keys[KIND_PEOPLE]));
    ks_ask_read(&k, 1003, buf_view(&o.cell), 200, buf_view(&o.row), 2); /* blob 0 said to be blob 1 */
    assert_err(ERR_CORRUPT, ks_send(&k));
    struct buf *r = ks_ask(&k, KEEPER_DOC_SEAL); /* people's keys said to be documents' */
    buf_u32(r, 3);
    buf_block(r, buf_view(&mine));
    buf_block(r, view_text("text"));
    buf_block(r, view_text("note"));
    buf_block(r, view_text("N1"));
    buf_u32(r, 1);
    assert_err(ERR_CORRUPT, ks_send(&k));
}

static void a_person_has_as_many_records_as_the_limit_and_no_more(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = ONE;
    static struct ks_record many[LIMIT_PERSON_RECORDS];
    for (size_t i = 0; i < LIMIT_PERSON_RECORDS; i++)
        many[i] = (struct ks_record){(uint8_t)(i % CELL_CATEGORIES_MAX), (uint16_t)i, "value"};
    assert_ok(ks_write(&k, 0, &o.cell, 0, &o.row, "", many, LIMIT_PERSON_RECORDS));
    assert_err(ERR_LIMIT, ks_write(&k, 0, &o.cell, 0, &o.row, "", (struct ks_record[]){{1, 999, "one more"}}, 1));
    assert_ok(ks_write(&k, 0, &o.cell, 0, &o.row, "", (struct ks_record[]){{1, 1, "the same again"}}, 1));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), UINT32_MAX);
    assert_ok(ks_send(&k));
    assert_wiped();
}

static void one_record_written_twice_at_once_is_refused(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = ONE;
    struct ks_record twice[] = {{1, 4, "first"}, {2, 4, "other"}, {1, 4, "second"}};
    assert_err(ERR_INTERNAL, ks_write(&k, 0, &o.cell, 0, &o.row, "", twice, 3));
    assert_wiped();
}

static void a_full_cell_says_so(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = ONE;
    static char facts[LIMIT_FACTS_BYTES + 1];
    memset(facts, 'f', LIMIT_FACTS_BYTES);
    err e = OK;
    for (int place = 0; place < CELL_PLACES && e.kind == ERR_OK; place++) {
        buf_clear(&o.row);
        e = ks_write(&k, 0, &o.cell, (uint8_t)place, &o.row, facts, jane, 3);
    }
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_non_null(strstr(err_text()->what, "facts of 256 people"));
    assert_wiped();
}

/* Puts a cell together by hand, as erasure leaves it: place 0 there, place 1 erased. */
static void cell_with_erased(struct buf *cell, struct buf *row)
{
    assert_ok(ks_write(&k, 0, cell, 0, row, "facts", jane, 1));
    CLEANUP(buf_free) struct buf plain = BUF(1 << 18);
    struct ops_cell at = {0};
    struct rd r;
    buf_clear(&k.request);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(cell));
    r = rd_of(buf_view(&k.request));
    struct view v;
    assert_ok(ops_cell_begin(&k.s, &k.c, KIND_PEOPLE, &r, &at));
    assert_ok(ops_cell_open(&k.s, &at, &v));
    buf_put(&plain, v);
    buf_u8(&plain, CELL_ERASED);
    plain.p[10] = 2;
    buf_clear(&k.answer);
    ops_cell_seal(&k.s, &at, buf_view(&plain), &k.answer);
    r = ks_answer(&k);
    buf_clear(cell);
    buf_put(cell, rd_block(&r));
    ops_cell_end(&at);
}

static void somebody_erased_is_said_to_be_and_never_written_again(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = ONE;
    cell_with_erased(&o.cell, &o.row);
    ks_ask_read(&k, 0, buf_view(&o.cell), 1, (struct view){0}, UINT32_MAX);
    assert_ok(ks_send(&k));
    assert_int_equal(k.answer.p[3], CELL_ERASED);
    assert_int_equal(k.answer.len, 2 + 2 + 4 + 1);
    CLEANUP(buf_free) struct buf none = BUF(100);
    assert_err(ERR_GONE, ks_write(&k, 0, &o.cell, 1, &none, "facts", jane, 1));
    struct buf *r = ks_ask(&k, KEEPER_SALT);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&o.cell));
    buf_bytes(r, ks_commitment, 16);
    buf_u8(r, 1);
    assert_err(ERR_GONE, ks_send(&k));
    r = ks_ask(&k, KEEPER_LEAVES);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&o.cell));
    buf_bytes(r, ks_commitment, 16);
    buf_u16(r, 1);
    buf_u8(r, 1);
    buf_block(r, view_text("x"));
    assert_err(ERR_GONE, ks_send(&k));
    assert_wiped();
}

static void a_leaf_is_the_one_that_the_salt_proves(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(0, 0);
    struct view names[] = {view_text("email"), view_text("name")};
    struct buf *r = ks_ask(&k, KEEPER_LEAVES);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&o.cell));
    buf_bytes(r, ks_commitment, 16);
    buf_u16(r, 1);
    buf_u8(r, 0);
    buf_block(r, view_of("\x00\x02\x05" "email\x04" "name", 13));
    assert_ok(ks_send(&k));
    struct hash leaf, again;
    assert_int_equal(k.answer.len, HASH_BYTES);
    memcpy(leaf.b, k.answer.p, HASH_BYTES);
    r = ks_ask(&k, KEEPER_SALT);
    ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&o.cell));
    buf_bytes(r, ks_commitment, 16);
    buf_u8(r, 0);
    assert_ok(ks_send(&k));
    assert_ok(commitment_leaf(k.answer.p, view_of(ks_commitment, 16), names, 2, &again));
    assert_true(hash_equal(&leaf, &again));
    assert_wiped();
}

/* --- index --- */

static void ask_find(struct keeper_state *ks, uint32_t no, struct view cell, uint32_t start_of, uint32_t n)
{
    struct buf *r = ks_ask(ks, KEEPER_INDEX_FIND);
    ks_put_cell(ks, KIND_INDEX, no, cell);
    buf_u32(r, n);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t token[TOKEN_BYTES];
        ks_token(token, start_of, 1);
        buf_bytes(r, token, TOKEN_BYTES);
    }
}

static void a_cell_moved_to_another_prefix_hides_nobody(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf cell = BUF(1 << 20);
    struct cell_token t = {.ordinal = 77};
    ks_token(t.token, 0x40000001, 1);
    assert_err(ERR_INTERNAL, ks_index_write(&k, 0, &cell, 2, 0x50000000, &t, 1)); /* no prefix of two bits */
    assert_err(ERR_CORRUPT, ks_index_write(&k, 0, &cell, 2, 0x80000000, &t, 1));
    assert_ok(ks_index_write(&k, 0, &cell, 2, 0x40000000, &t, 1));
    ask_find(&k, 0, buf_view(&cell), 0x40000001, 1);
    assert_ok(ks_send(&k));
    assert_int_equal(k.answer.len, 4 + 9);
    ask_find(&k, 0, buf_view(&cell), 0x80000001, 1);
    assert_err(ERR_CORRUPT, ks_send(&k));
    ask_find(&k, 1, buf_view(&cell), 0x40000001, 1);
    assert_err(ERR_CORRUPT, ks_send(&k));
}

static void an_answer_that_would_grow_without_end_ends_at_the_limit(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf cell = BUF(1 << 20);
    static struct cell_token same[10000];
    for (uint32_t i = 0; i < 10000; i++) {
        ks_token(same[i].token, 1, 1);
        same[i].ordinal = i;
    }
    assert_ok(ks_index_write(&k, 0, &cell, 0, 0, same, 10000));
    ask_find(&k, 0, buf_view(&cell), 1, LIMIT_KEEPER_LOOKUPS);
    assert_err(ERR_LIMIT, ks_send(&k));
    ask_find(&k, 0, buf_view(&cell), 1, LIMIT_KEEPER_LOOKUPS + 1);
    assert_err(ERR_INTERNAL, ks_send(&k));
    assert_wiped();
}

static uint64_t counted(void)
{
    ks_ask(&k, KEEPER_STATUS);
    assert_ok(ks_send(&k));
    struct rd a = ks_answer(&k);
    return rd_u64(&a);
}

static void writing_what_is_there_already_counts_as_a_look_up(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf cell = BUF(1 << 20);
    struct cell_token t[50] = {0};
    for (uint32_t i = 0; i < 50; i++) {
        ks_token(t[i].token, i, 1);
        t[i].ordinal = i;
    }
    assert_ok(ks_index_write(&k, 0, &cell, 0, 0, t, 40));
    assert_int_equal(counted(), 0);
    assert_ok(ks_index_write(&k, 0, &cell, 0, 0, t, 50));
    assert_int_equal(counted(), 40);
}

static void a_split_keeps_every_entry_on_its_side(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf cell = BUF(1 << 20);
    struct cell_token t[64] = {0};
    for (uint32_t i = 0; i < 64; i++) {
        ks_token(t[i].token, i << 26, 3);
        t[i].ordinal = i;
    }
    assert_ok(ks_index_write(&k, 0, &cell, 0, 0, t, 64));
    struct buf *r = ks_ask(&k, KEEPER_INDEX_SPLIT);
    ks_put_cell(&k, KIND_INDEX, 0, buf_view(&cell));
    ks_put_cell(&k, KIND_INDEX, 1, (struct view){0});
    assert_ok(ks_send(&k));
    assert_wiped();
    struct rd a = ks_answer(&k);
    CLEANUP(buf_free) struct buf right = BUF(1 << 20);
    assert_int_equal(rd_u32(&a), 32);
    rd_block(&a);
    assert_int_equal(rd_u32(&a), 32);
    buf_put(&right, rd_block(&a));
    assert_true(rd_done(&a));
    ask_find(&k, 1, buf_view(&right), 40u << 26, 1);
    k.request.p[k.request.len - 1] = 3;
    for (size_t i = 1; i <= 12; i++)
        k.request.p[k.request.len - i] = 3;
    assert_ok(ks_send(&k));
    assert_int_equal(k.answer.len, 4 + 9);
    ask_find(&k, 1, buf_view(&right), 10u << 26, 1);
    assert_err(ERR_CORRUPT, ks_send(&k));
    /* Not onto itself. */
    r = ks_ask(&k, KEEPER_INDEX_SPLIT);
    ks_put_cell(&k, KIND_INDEX, 0, buf_view(&cell));
    ks_put_cell(&k, KIND_INDEX, 0, (struct view){0});
    assert_err(ERR_INTERNAL, ks_send(&k));
    (void)r;
}

/* --- every request, cut off anywhere --- */

static struct one sample;
static struct buf sample_index;

static void ask_right(enum keeper_op op)
{
    struct buf *r = ks_ask(&k, op);
    struct cell_token t = {.ordinal = 9};
    ks_token(t.token, 9, 9);
    if (op == KEEPER_HELLO) {
        ks_ask_hello(&k, 1, buf_view(&k.ring));
    } else if (op == KEEPER_KEYS_NEW) {
        buf_u8(r, 2);
        buf_u32(r, 7);
    } else if (op == KEEPER_PEOPLE_WRITE) {
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sample.cell));
        buf_u16(r, 2);
        ks_put_person(r, 0, "new", buf_view(&sample.row), jane, 3);
        ks_put_person(r, 5, "", (struct view){0}, jane, 2);
    } else if (op == KEEPER_PEOPLE_READ) {
        ks_ask_read(&k, 0, buf_view(&sample.cell), 0, buf_view(&sample.row), 6);
    } else if (op == KEEPER_TOKENS) {
        buf_u32(r, 1);
        buf_u16(r, 0x0101);
        buf_block(r, view_text("value"));
    } else if (op == KEEPER_INDEX_FIND) {
        ask_find(&k, 0, buf_view(&sample_index), 1, 3);
    } else if (op == KEEPER_INDEX_WRITE) {
        ks_put_cell(&k, KIND_INDEX, 0, buf_view(&sample_index));
        buf_u8(r, 0);
        buf_u32(r, 0);
        buf_u32(r, 1);
        cell_token_put(r, &t);
    } else if (op == KEEPER_INDEX_SPLIT) {
        ks_put_cell(&k, KIND_INDEX, 0, buf_view(&sample_index));
        ks_put_cell(&k, KIND_INDEX, 1, (struct view){0});
    } else if (op == KEEPER_DOC_SEAL) {
        ks_put_cell(&k, KIND_DOCUMENTS, 0, view_text("a document"));
        buf_block(r, view_text("kind"));
        buf_block(r, view_text("id"));
        buf_u32(r, 1);
    } else if (op == KEEPER_LEAVES) {
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sample.cell));
        buf_bytes(r, ks_commitment, 16);
        buf_u16(r, 1);
        buf_u8(r, 0);
        buf_block(r, view_text("fields"));
    } else if (op == KEEPER_SALT) {
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sample.cell));
        buf_bytes(r, ks_commitment, 16);
        buf_u8(r, 0);
    }
}

static const enum keeper_op plain_ops[] = {KEEPER_HELLO,      KEEPER_KEYS_NEW,    KEEPER_PEOPLE_WRITE, KEEPER_PEOPLE_READ, KEEPER_TOKENS,
                                           KEEPER_INDEX_FIND, KEEPER_INDEX_WRITE, KEEPER_INDEX_SPLIT,  KEEPER_DOC_SEAL,    KEEPER_LEAVES,
                                           KEEPER_SALT,       KEEPER_STATUS,      KEEPER_WARRANT_END};
enum { PLAIN_OPS = sizeof plain_ops / sizeof plain_ops[0] };

static void make_samples(void)
{
    sample = written(0, 0);
    sample_index = BUF(1 << 20);
    struct cell_token t = {.ordinal = 1};
    ks_token(t.token, 1, 1);
    assert_ok(ks_index_write(&k, 0, &sample_index, 0, 0, &t, 1));
}

static void free_samples(void)
{
    one_free(&sample);
    buf_free(&sample_index);
}

static void every_request_cut_off_at_any_byte_is_refused(void **state)
{
    (void)state;
    make_samples();
    for (int i = 0; i < PLAIN_OPS; i++) {
        ask_right(plain_ops[i]);
        assert_ok(ks_send(&k));
        CLEANUP(buf_free) struct buf whole = BUF(1 << 20);
        buf_put(&whole, buf_view(&k.request));
        /* Inside a key blob one place is like another. */
        for (size_t len = 0; len < whole.len; len += len > 60 && len + 400 < whole.len ? 97 : 1) {
            CLEANUP(mem_release) uint8_t *cut = mem_alloc(len); /* so that a sanitizer sees a read past its end */
            memcpy(cut, whole.p, len);
            buf_clear(&k.answer);
            err e = ops_handle(&k.s, &k.c, view_of(cut, len), &k.answer);
            assert_true(e.kind == ERR_INTERNAL || e.kind == ERR_CORRUPT);
        }
        buf_u8(&whole, 0);
        buf_clear(&k.answer);
        assert_err(ERR_INTERNAL, ops_handle(&k.s, &k.c, buf_view(&whole), &k.answer));
        assert_wiped();
        assert_true(k.c.greeted);
    }
    free_samples();
}

static void every_request_survives_every_failed_allocation(void **state)
{
    (void)state;
    make_samples();
    for (int i = 0; i < PLAIN_OPS; i++) {
        bool failed = true;
        for (uint64_t n = 1; failed && n < 100; n++) {
            ask_right(plain_ops[i]);
            CLEANUP(buf_free) struct buf answer = BUF(LIMIT_FRAME_BYTES);
            mem_fail_at(n, true);
            err e = ops_handle(&k.s, &k.c, buf_view(&k.request), &answer);
            mem_fail_at(0, false);
            failed = e.kind != ERR_OK;
            assert_true(!failed || e.kind == ERR_NOMEM);
            assert_wiped();
        }
        assert_false(failed);
    }
    free_samples();
}

/* --- counting --- */

static void past_the_days_limit_answers_are_slow_and_say_so(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(0, 0);
    uint64_t total;
    k.c.uid = 7;
    assert_ok(counters_user(&k.s.counters, 7, (int64_t)time(NULL) / 86400, LIMIT_STAFF_UNITS_A_DAY - 1, &total));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, 0);
    assert_false(k.c.alarm);
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, LIMIT_STAFF_SLOW_US);
    assert_true(k.c.alarm);
    CLEANUP(buf_free) struct buf index = BUF(1 << 20);
    struct cell_token t = {0};
    assert_ok(ks_index_write(&k, 0, &index, 0, 0, &t, 1));
    assert_int_equal(k.c.slow_us, 0);
    ask_find(&k, 0, buf_view(&index), 0, 10);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, 10 * LIMIT_STAFF_SLOW_US);
    /* Somebody else is not slowed, and sees the alarm. */
    k.c.uid = 8;
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, 0);
    ks_ask(&k, KEEPER_STATUS);
    assert_ok(ks_send(&k));
    struct rd a = ks_answer(&k);
    rd_view(&a, 4 * 8);
    assert_int_equal(rd_u64(&a), (uint64_t)time(NULL) / 86400);
    assert_int_equal(rd_u64(&a), LIMIT_STAFF_UNITS_A_DAY + 11);
}

static void what_cannot_be_counted_is_not_opened(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(0, 0);
    CLEANUP(buf_free) struct buf index = BUF(1 << 20);
    struct cell_token t = {0};
    assert_ok(ks_index_write(&k, 0, &index, 0, 0, &t, 1));
    k.s.counters.dir = "/nowhere";
    for (int i = 0; i < 200; i++) { /* more often than a part written down ahead would cover */
        ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
        assert_err(ERR_NOT_FOUND, ks_send(&k));
        assert_int_equal(k.answer.len, 0);
        ask_find(&k, 0, buf_view(&index), 0, 1);
        assert_err(ERR_NOT_FOUND, ks_send(&k));
        assert_int_equal(k.answer.len, 0);
    }
    k.s.counters.dir = k.dir;
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
}

/* --- warrants --- */

static const uint8_t seed[32] = {1, 2, 3}, other_seed[32] = {4};
static const struct ks_terms good = {.until = "2018-06-15T09:00:00Z", .number = "12", .categories = "[\"1\",\"2\"]"};

static void a_warrant_must_stand_in_our_log_and_be_one_of_now(void **state)
{
    (void)state;
    struct note_key key;
    ks_ask_warrant(&k, &good, seed);
    assert_err(ERR_NOT_FOUND, ks_send(&k)); /* no log key yet */
    ks_log_key(k.vkey, seed, &key);
    ks_ask_warrant(&k, &good, other_seed);
    assert_err(ERR_DENIED, ks_send(&k));
    struct ks_terms t = good;
    t.until = "2018-06-15T07:59:59Z";
    ks_ask_warrant(&k, &t, seed);
    assert_err(ERR_DENIED, ks_send(&k));
    t.until = "2018-07-15T07:59:59Z"; /* a month */
    ks_ask_warrant(&k, &t, seed);
    assert_err(ERR_DENIED, ks_send(&k));
    t = good;
    t.kind = "init";
    ks_ask_warrant(&k, &t, seed);
    assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    t = good;
    t.categories = "[\"32\"]";
    ks_ask_warrant(&k, &t, seed);
    assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    assert_false(k.c.warrant.open);
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    assert_true(k.c.warrant.open);
    assert_int_equal(k.c.warrant.categories, 6);
}

static void a_warrant_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    ks_log_key(k.vkey, seed, &key);
    ks_ask_warrant(&k, &good, seed);
    CLEANUP(buf_free) struct buf right = BUF(1 << 16);
    buf_put(&right, buf_view(&k.request));
    for (size_t i = 1; i < right.len; i++) {
        buf_clear(&k.request);
        buf_put(&k.request, buf_view(&right));
        k.request.p[i] ^= 1;
        assert_int_not_equal(ks_send(&k).kind, ERR_OK);
        assert_false(k.c.warrant.open);
        buf_clear(&k.request);
        buf_put(&k.request, view_of(right.p, i));
        assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    }
}

static void a_warrant_covers_its_categories_and_number_whoever_shows_it(void **state)
{
    (void)state;
    struct note_key key;
    struct ops_channel second = {0};
    ks_log_key(k.vkey, seed, &key);
    CLEANUP(one_free) struct one o = written(0, 0);
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send_as(&k, &second));
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    assert_ok(ks_send_as(&k, &second));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 1u << 3 | 1u << 2);
    assert_err(ERR_DENIED, ks_send(&k));
    for (int i = 0; i < 12; i++) {
        ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
        assert_ok(ks_send_as(&k, i % 2 ? &second : &k.c));
    }
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    assert_int_equal(k.answer.len, 0);
    assert_err(ERR_DENIED, ks_send_as(&k, &second));
    /* Shown again, now and after a restart, it has nothing left. */
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    assert_ok(counters_load(&k.s.counters, k.dir, "counters"));
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    ks_ask(&k, KEEPER_WARRANT_END);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), UINT32_MAX);
    assert_ok(ks_send(&k));
    ops_channel_end(&k.s, &second);
}

/* --- documents --- */

static void a_document_opens_under_its_own_name_only(void **state)
{
    (void)state;
    struct buf *r = ks_ask(&k, KEEPER_DOC_SEAL);
    ks_put_cell(&k, KIND_DOCUMENTS, 4, view_text("said in confidence"));
    buf_block(r, view_text("incident"));
    buf_block(r, view_text("I1"));
    buf_u32(r, 2);
    assert_ok(ks_send(&k));
    CLEANUP(buf_free) struct buf sealed = BUF(4096);
    struct rd a = ks_answer(&k);
    buf_put(&sealed, rd_block(&a));
    static const struct {
        uint32_t no, version;
        const char *kind, *id;
        enum err_kind expected;
    } tries[] = {{4, 2, "incident", "I1", ERR_OK},      {5, 2, "incident", "I1", ERR_CORRUPT}, {4, 1, "incident", "I1", ERR_CORRUPT},
                 {4, 2, "incidentI", "1", ERR_CORRUPT}, {4, 2, "incident", "I2", ERR_CORRUPT}};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        r = ks_ask(&k, KEEPER_DOC_OPEN);
        ks_put_cell(&k, KIND_DOCUMENTS, tries[i].no, buf_view(&sealed));
        buf_block(r, view_text(tries[i].kind));
        buf_block(r, view_text(tries[i].id));
        buf_u32(r, tries[i].version);
        assert_int_equal(ks_send(&k).kind, tries[i].expected);
        if (i == 0)
            assert_memory_equal(k.answer.p + 4, "said in confidence", 18);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_the_greeting_only_a_ring_and_a_greeting_may_be_asked),
        TEST(a_greeting_of_another_organisation_or_epoch_is_refused),
        TEST(a_greeting_that_fails_disturbs_nobody_else),
        TEST(another_ring_is_refused_while_somebody_works_with_the_first),
        TEST(with_two_epochs_in_the_slot_either_may_live_and_no_other),
        TEST(people_come_back_as_they_were_written),
        TEST(what_was_moved_or_put_back_does_not_open),
        TEST(keys_of_another_kind_or_number_do_not_open_even_when_opened_before),
        TEST(a_person_has_as_many_records_as_the_limit_and_no_more),
        TEST(one_record_written_twice_at_once_is_refused),
        TEST(a_full_cell_says_so),
        TEST(somebody_erased_is_said_to_be_and_never_written_again),
        TEST(a_leaf_is_the_one_that_the_salt_proves),
        TEST(a_cell_moved_to_another_prefix_hides_nobody),
        TEST(an_answer_that_would_grow_without_end_ends_at_the_limit),
        TEST(writing_what_is_there_already_counts_as_a_look_up),
        TEST(a_split_keeps_every_entry_on_its_side),
        TEST(every_request_cut_off_at_any_byte_is_refused),
        TEST(every_request_survives_every_failed_allocation),
        TEST(past_the_days_limit_answers_are_slow_and_say_so),
        TEST(what_cannot_be_counted_is_not_opened),
        TEST(a_warrant_must_stand_in_our_log_and_be_one_of_now),
        TEST(a_warrant_with_any_byte_changed_is_refused),
        TEST(a_warrant_covers_its_categories_and_number_whoever_shows_it),
        TEST(a_document_opens_under_its_own_name_only),
    };
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
