#include "testing.h"

#include "cell.h"
#include "limits.h"

static struct buf cell;

static void begin(uint16_t count)
{
    buf_clear(&cell);
    buf_u8(&cell, 1);
    buf_u64(&cell, 7);
    buf_u16(&cell, count);
}

static void person(uint8_t first_category, uint8_t second_category, uint8_t record_category)
{
    buf_u8(&cell, CELL_THERE);
    buf_space(&cell, KEY_BYTES);
    buf_u8(&cell, 2);
    buf_u8(&cell, first_category);
    buf_space(&cell, KEY_BYTES);
    buf_u8(&cell, second_category);
    memset(buf_space(&cell, KEY_BYTES), 0x22, KEY_BYTES);
    buf_u8(&cell, 1);
    buf_u8(&cell, record_category);
    buf_u16(&cell, 0x1234);
    buf_u32(&cell, 0x01020304);
    buf_u16(&cell, 3);
    buf_str(&cell, "abc");
}

static int start(void **state)
{
    (void)state;
    cell = BUF(1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_free(&cell);
    return 0;
}

static err decode(struct cell_people *ret)
{
    return cell_people_decode(buf_view(&cell), ret);
}

static void a_cell_not_written_yet_holds_nobody(void **state)
{
    (void)state;
    struct cell_people p;
    assert_ok(decode(&p));
    assert_int_equal(p.count, 0);
    assert_int_equal(p.version, 0);
    assert_int_equal(p.places[255].state, CELL_UNUSED);
}

static void people_are_read_as_the_format_has_them(void **state)
{
    (void)state;
    struct cell_people p;
    begin(3);
    buf_u8(&cell, CELL_UNUSED);
    person(1, 31, 31);
    buf_u8(&cell, CELL_ERASED);
    assert_ok(decode(&p));
    assert_int_equal(p.version, 7);
    assert_int_equal(p.places[0].state, CELL_UNUSED);
    assert_int_equal(p.places[2].state, CELL_ERASED);
    const struct cell_person *there = &p.places[1];
    assert_int_equal(there->raw.len, 1 + 32 + 1 + 66 + 1 + 7 + 2 + 3);
    assert_true(view_equal(there->facts, view_text("abc")));
    assert_int_equal(cell_category_key(there, 31)[5], 0x22);
    assert_null(cell_category_key(there, 2));
    struct cell_record r = cell_record_at(there, 0);
    assert_int_equal(r.category, 31);
    assert_int_equal(r.id, 0x1234);
    assert_int_equal(r.version, 0x01020304);
}

static void lists_that_no_writer_makes_are_refused(void **state)
{
    (void)state;
    struct cell_people p;
    static const uint8_t bad[][3] = {{1, 1, 1}, {1, 32, 1}, {1, 255, 1}, {1, 2, 3}, {1, 2, 200}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        begin(1);
        person(bad[i][0], bad[i][1], bad[i][2]);
        assert_err(ERR_CORRUPT, decode(&p));
    }
    begin(257);
    for (int i = 0; i < 257; i++)
        buf_u8(&cell, CELL_UNUSED);
    assert_err(ERR_CORRUPT, decode(&p));
    begin(1);
    buf_u8(&cell, 3);
    assert_err(ERR_CORRUPT, decode(&p));
}

static void a_cell_cut_off_or_longer_is_refused(void **state)
{
    (void)state;
    struct cell_people p;
    begin(2);
    person(1, 2, 1);
    person(1, 2, 2);
    size_t whole = cell.len;
    for (cell.len = 1; cell.len < whole; cell.len++)
        assert_err(ERR_CORRUPT, decode(&p));
    assert_ok(decode(&p));
    buf_u8(&cell, 0);
    assert_err(ERR_CORRUPT, decode(&p));
}

static void an_index_cell_comes_back_and_knows_what_belongs_to_it(void **state)
{
    (void)state;
    struct cell_index in = {.version = 5, .depth = 3, .prefix = 0xa0000000, .count = 2}, out;
    struct cell_token t[2] = {{.token = {0xa1}, .ordinal = 8, .flags = CELL_TOKEN_PAST}, {.token = {0xbf}, .ordinal = UINT32_MAX, .flags = CELL_TOKEN_NEVER}};
    cell_index_head(&cell, &in);
    cell_token_put(&cell, &t[0]);
    cell_token_put(&cell, &t[1]);
    assert_ok(cell_index_decode(buf_view(&cell), &out));
    assert_int_equal(out.version, 5);
    assert_int_equal(out.count, 2);
    struct cell_token back = cell_token_at(&out, 1);
    assert_memory_equal(back.token, t[1].token, TOKEN_BYTES);
    assert_int_equal(back.ordinal, UINT32_MAX);
    assert_int_equal(back.flags, CELL_TOKEN_NEVER);
    assert_true(cell_index_covers(&out, t[0].token));
    assert_true(cell_index_covers(&out, t[1].token));
    assert_false(cell_index_covers(&out, (uint8_t[TOKEN_BYTES]){0xc0}));
    assert_false(cell_index_covers(&out, (uint8_t[TOKEN_BYTES]){0x9f, 0xff}));
    for (size_t len = 0; len < cell.len; len++)
        assert_err(ERR_CORRUPT, cell_index_decode(view_of(cell.p, len), &out));
    buf_u8(&cell, 0);
    assert_err(ERR_CORRUPT, cell_index_decode(buf_view(&cell), &out));
}

static void a_prefix_has_no_bits_beyond_its_depth(void **state)
{
    (void)state;
    assert_true(cell_index_prefix_ok(0, 0));
    assert_false(cell_index_prefix_ok(0, 1));
    assert_true(cell_index_prefix_ok(32, UINT32_MAX));
    assert_false(cell_index_prefix_ok(33, 0));
    assert_true(cell_index_prefix_ok(1, 0x80000000));
    assert_false(cell_index_prefix_ok(1, 0x40000000));
}

static void tokens_are_ordered_by_bytes_then_ordinal(void **state)
{
    (void)state;
    struct cell_token a = {.token = {1}, .ordinal = 300}, b = {.token = {1}, .ordinal = 4}, c = {.token = {0, 9}, .ordinal = 500};
    assert_true(cell_token_order(&a, &b) > 0);
    assert_true(cell_token_order(&c, &b) < 0);
    assert_int_equal(cell_token_order(&a, &a), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cell_not_written_yet_holds_nobody),
        TEST(people_are_read_as_the_format_has_them),
        TEST(lists_that_no_writer_makes_are_refused),
        TEST(a_cell_cut_off_or_longer_is_refused),
        TEST(an_index_cell_comes_back_and_knows_what_belongs_to_it),
        TEST(a_prefix_has_no_bits_beyond_its_depth),
        TEST(tokens_are_ordered_by_bytes_then_ordinal),
    };
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
