#include "ops_world.h"

#include "commitment.h"

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

/* The key that the cell has for a category of the person at place 200. */
static void key_of(const struct one *o, uint8_t category, uint8_t to[KEY_BYTES])
{
    static struct cell_people people;
    struct ops_cell at = {0};
    struct view plain;
    buf_clear(&k.request);
    ks_put_cell(&k, KIND_PEOPLE, 3, buf_view(&o->cell));
    struct rd r = rd_of(buf_view(&k.request));
    assert_ok(ops_cell_begin(&k.s, &k.c, KIND_PEOPLE, &r, &at));
    assert_ok(ops_cell_open(&k.s, &at, &plain));
    assert_ok(cell_people_decode(plain, &people));
    memcpy(to, cell_category_key(&people.places[200], category), KEY_BYTES);
    secret_wipe(k.s.secrets->plain, plain.len);
    ops_cell_end(&at);
}

/* Whether the i-th piece of jane's first row (three records, all of version 1) opens with a key. */
static bool opens(const struct buf *row, size_t i, const uint8_t key[KEY_BYTES])
{
    CLEANUP(buf_free) struct buf ad = BUF(256), out = BUF(1 << 20);
    struct rd r = rd_of(buf_view(row));
    struct view piece = {0};
    rd_u8(&r);
    for (size_t n = 0; n <= i; n++)
        piece = rd_block(&r);
    ops_ad(&ad, &k.s, LABEL_RECORD);
    buf_u32(&ad, 3 * CELL_PLACES + 200);
    buf_u8(&ad, jane[i].category);
    buf_u16(&ad, jane[i].id);
    buf_u32(&ad, 1);
    return secret_open(buf_space(&out, piece.len - SEAL_OVERHEAD), key, buf_view(&ad), piece);
}

static void under_a_new_key_what_stays_opens_and_what_was_removed_does_not(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(3, 200);
    CLEANUP(buf_free) struct buf old_row = BUF(1 << 20), other = BUF(1 << 20), expected = BUF(4096);
    uint8_t old_key[KEY_BYTES], new_key[KEY_BYTES], first[KEY_BYTES], first_now[KEY_BYTES];
    assert_ok(ks_write(&k, 3, &o.cell, 201, &other, "", jane, 3));
    buf_put(&old_row, buf_view(&o.row));
    key_of(&o, 2, old_key);
    key_of(&o, 1, first);
    assert_ok(ks_write_anew(&k, 3, &o.cell, 200, &o.row, NULL, 1u << 2, (struct ks_record[]){{2, 0, "no street"}}, 1));
    assert_wiped();
    key_of(&o, 2, new_key);
    key_of(&o, 1, first_now);
    assert_memory_equal(first, first_now, KEY_BYTES);
    assert_memory_not_equal(old_key, new_key, KEY_BYTES);
    assert_true(opens(&old_row, 0, first_now) && opens(&old_row, 1, old_key) && opens(&old_row, 2, old_key));
    assert_false(opens(&old_row, 1, new_key) || opens(&old_row, 2, new_key));
    ks_ask_read(&k, 3, buf_view(&o.cell), 200, buf_view(&old_row), 1u << 2);
    assert_err(ERR_CORRUPT, ks_send(&k));
    ks_ask_read(&k, 3, buf_view(&o.cell), 200, buf_view(&o.row), 1u << 1 | 1u << 2);
    assert_ok(ks_send(&k));
    struct rd a = ks_answer(&k);
    buf_bytes(&expected, (uint8_t[]){0, 1, 200, CELL_THERE}, 4);
    buf_block(&expected, view_text("facts"));
    buf_u8(&expected, 3);
    for (int i = 0; i < 3; i++) {
        buf_u8(&expected, jane[i].category);
        buf_u16(&expected, jane[i].id);
        buf_block(&expected, view_text(i == 1 ? "no street" : jane[i].text));
    }
    assert_true(view_equal(view_of(a.p, a.len), buf_view(&expected)));
    ks_ask_read(&k, 3, buf_view(&o.cell), 201, buf_view(&other), 1u << 2); /* her neighbour is as she was */
    assert_ok(ks_send(&k));
}

static void a_new_key_for_what_does_not_open_is_refused(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(3, 200);
    CLEANUP(buf_free) struct buf cell = BUF(1 << 20), row = BUF(1 << 20);
    buf_put(&cell, buf_view(&o.cell));
    buf_put(&row, buf_view(&o.row));
    row.p[row.len - 1] ^= 1; /* in the last record, of category 2 */
    assert_err(ERR_CORRUPT, ks_write_anew(&k, 3, &cell, 200, &row, NULL, 1u << 2, NULL, 0));
    assert_ok(ks_write_anew(&k, 3, &cell, 200, &row, NULL, 1u << 1 | 1u << 7, NULL, 0)); /* others are not looked at */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(people_come_back_as_they_were_written),
        TEST(what_was_moved_or_put_back_does_not_open),
        TEST(under_a_new_key_what_stays_opens_and_what_was_removed_does_not),
        TEST(a_new_key_for_what_does_not_open_is_refused),
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
    };
    return cmocka_run_group_tests_name("ops_cells", tests, NULL, NULL);
}
