#include "testing.h"

static void fills_holes_with_numbers_and_names(void **state)
{
    (void)state;
    assert_err(ERR_LIMIT, err_newf(ERR_LIMIT, "Field {} has {} bytes.", "Take {}.", err_name("note"), err_int(-7), err_int(3)));
    assert_string_equal(err_text()->what, "Field note has -7 bytes.");
    assert_string_equal(err_text()->todo, "Take 3.");
}

static void names_lose_control_characters_and_are_cut(void **state)
{
    (void)state;
    char name[200];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    name[0] = '\n';
    assert_err(ERR_INVALID, err_newf(ERR_INVALID, "{}", "", err_name(name)));
    assert_int_equal(strlen(err_text()->what), 119 + 3);
    assert_int_equal(err_text()->what[0], 'x');
    static const char moving[] = "a\x1b[2J\xc2\x9b" "b\xe2\x80\xae" "c\xe2\x81\xa7" "d\xc2\xa0\xe2\x80\xa6\x7f";
    assert_err(ERR_INVALID, err_newf(ERR_INVALID, "{}", "", err_name(moving)));
    assert_string_equal(err_text()->what, "a[2Jbcd\xc2\xa0\xe2\x80\xa6"); /* letters and signs stay */
}

static void the_first_place_stays(void **state)
{
    (void)state;
    err e = err_new(ERR_INVALID, "Wrong.", "");
    e = err_at(e, "a.csv", 3, 9);
    e = err_at(e, "b.csv", 1, 1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(err_text()->where, "a.csv:3:9");
    assert_int_equal(err_text()->line, 3);
}

static err twice(bool first_fails, int *calls)
{
    TRY(first_fails ? err_new(ERR_GONE, "Gone.", "") : OK);
    ++*calls;
    ENSURE(*calls > 1, err_new(ERR_CONFLICT, "Once.", ""));
    return OK;
}

static void try_and_ensure_return_early(void **state)
{
    (void)state;
    int calls = 0;
    assert_err(ERR_GONE, twice(true, &calls));
    assert_int_equal(calls, 0);
    assert_err(ERR_CONFLICT, twice(false, &calls));
    assert_ok(twice(false, &calls));
}

static void long_texts_are_cut_not_overrun(void **state)
{
    (void)state;
    char name[119];
    memset(name, 'y', sizeof name - 1);
    name[sizeof name - 1] = 0;
    struct err_arg n = err_name(name);
    assert_err(ERR_INVALID, err_newf(ERR_INVALID, "{}{}{}{}{}{}{}{}{}{}", "{}", n, n, n, n, n, n, n, n, n, n, n));
    assert_int_equal(strlen(err_text()->what), sizeof err_text()->what - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_holes_with_numbers_and_names),
        cmocka_unit_test(names_lose_control_characters_and_are_cut),
        cmocka_unit_test(the_first_place_stays),
        cmocka_unit_test(try_and_ensure_return_early),
        cmocka_unit_test(long_texts_are_cut_not_overrun),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
