#include "testing.h"

#include "buf.h"
#include "mem.h"

static void numbers_come_back(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(100);
    buf_u8(&b, 1);
    buf_u16(&b, 0x0203);
    buf_u32(&b, 0x04050607);
    buf_u64(&b, 0x08090a0b0c0d0e0f);
    buf_block(&b, view_text("abc"));
    assert_ok(buf_ok(&b));
    struct rd r = rd_of(buf_view(&b));
    assert_int_equal(rd_u8(&r), 1);
    assert_int_equal(rd_u16(&r), 0x0203);
    assert_int_equal(rd_u32(&r), 0x04050607);
    assert_true(rd_u64(&r) == 0x08090a0b0c0d0e0f);
    assert_true(view_equal(rd_block(&r), view_text("abc")));
    assert_true(rd_done(&r));
    assert_int_equal(rd_u8(&r), 0);
    assert_false(rd_ok(&r));
}

static void a_ceiling_holds(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(4);
    buf_u32(&b, 9);
    assert_ok(buf_ok(&b));
    buf_u8(&b, 1);
    assert_err(ERR_LIMIT, buf_ok(&b));
    assert_int_equal(b.len, 4);
}

static void no_memory_is_remembered(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(1000);
    mem_fail_at(1, false);
    buf_u8(&b, 1);
    buf_u8(&b, 2);
    mem_fail_at(0, false);
    assert_err(ERR_NOMEM, buf_ok(&b));
}

static void base64_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"", true},      {"Zg==", true},  {"Zm8=", true},  {"Zm9v", true},    {"Zm9vYg==", true}, {"Zh==", false},
        {"Zm9=", false}, {"Zg=", false},  {"Zg", false},   {" Zg==", false},  {"Zg==Zg==", false}, {"Z_==", false},
        {"====", false}, {"Z===", false}, {"Zg=\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_free) struct buf b = BUF(100);
        assert_int_equal(base64_decode(&b, view_text(cases[i].text)), cases[i].good);
        if (cases[i].good) {
            CLEANUP(buf_free) struct buf again = BUF(100);
            buf_base64(&again, buf_view(&b));
            assert_string_equal(buf_text(&again), cases[i].text);
        }
    }
}

static void hex_is_strict(void **state)
{
    (void)state;
    uint8_t two[2];
    assert_true(hex_decode(two, 2, view_text("00ff")));
    assert_int_equal(two[1], 0xff);
    assert_false(hex_decode(two, 2, view_text("00fF")));
    assert_false(hex_decode(two, 2, view_text("00f")));
    assert_false(hex_decode(two, 2, view_text("00ff0")));
}

static void arenas_give_aligned_memory(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    char *text = arena_text(a, "abc", 3);
    assert_string_equal(text, "abc");
    uint64_t *n = arena_array(a, 100000, sizeof *n);
    assert_int_equal((uintptr_t)n % 16, 0);
    n[99999] = 1;
    assert_null(arena_array(a, SIZE_MAX, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back), cmocka_unit_test(a_ceiling_holds),
        cmocka_unit_test(no_memory_is_remembered), cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(hex_is_strict), cmocka_unit_test(arenas_give_aligned_memory),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
