#include "testing.h"

#include "lines.h"

static void lines_are_taken_one_by_one(void **state)
{
    (void)state;
    struct view rest = view_text("one\n\ntwo\nrest"), line;
    assert_true(lines_take(&rest, &line) && view_equal(line, view_text("one")));
    assert_true(lines_take(&rest, &line) && line.len == 0);
    assert_true(lines_take(&rest, &line) && view_equal(line, view_text("two")));
    assert_false(lines_take(&rest, &line));
    assert_true(lines_skip(&rest, "re") && view_equal(rest, view_text("st")));
    assert_false(lines_skip(&rest, "stx"));
    assert_true(view_equal(rest, view_text("st")));
    rest = view_of(NULL, 0);
    assert_false(lines_take(&rest, &line));
}

static void decimals_have_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max, number;
        bool good;
    } cases[] = {
        {"0", 0, 0, true},
        {"7", 7, 7, true},
        {"8", 7, 0, false},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
        {"18446744073709551616", UINT64_MAX, 0, false},
        {"99999999999999999999", UINT64_MAX, 0, false},
        {"", 9, 0, false},
        {"00", 9, 0, false},
        {"01", 9, 0, false},
        {"+1", 9, 0, false},
        {"-1", 9, 0, false},
        {" 1", 9, 0, false},
        {"1 ", 9, 0, false},
        {"0x1", 9, 0, false},
        {"1e0", 9, 0, false},
        {"\xd9\xa1", 9, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t n = 0;
        assert_int_equal(lines_decimal(view_text(cases[i].text), cases[i].max, &n), cases[i].good);
        if (cases[i].good)
            assert_true(n == cases[i].number);
    }
}

static void hashes_have_32_bytes(void **state)
{
    (void)state;
    struct hash h;
    assert_ok(lines_hash(view_text("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), &h));
    assert_int_equal(h.b[0], 0xe3);
    assert_err(ERR_INVALID, lines_hash(view_text("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA=="), &h));
    assert_err(ERR_INVALID, lines_hash(view_text("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV"), &h));
    assert_err(ERR_INVALID, lines_hash(view_text(""), &h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_one_by_one),
        cmocka_unit_test(decimals_have_one_form),
        cmocka_unit_test(hashes_have_32_bytes),
    };
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
