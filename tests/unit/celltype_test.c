#include "testing.h"

#include "celltype.h"

static void cells_are_judged_by_their_type(void **state)
{
    (void)state;
    static const struct {
        enum field_type type;
        const char *cell;
        enum celltype wanted;
    } cases[] = {
        {TYPE_EMAIL, "", CELLTYPE_FINE},
        {TYPE_EMAIL, "ada@members.example", CELLTYPE_FINE},
        {TYPE_EMAIL, "\xd0\xb2\xd0\xb5\xd1\x80\xd0\xb0@members.example", CELLTYPE_FINE},
        {TYPE_EMAIL, "ada at members.example", CELLTYPE_ODD},
        {TYPE_EMAIL, "a@b.example; c@d.example", CELLTYPE_ODD},
        {TYPE_EMAIL, "@members.example", CELLTYPE_ODD},
        {TYPE_EMAIL, "N/A", CELLTYPE_NOTHING},
        {TYPE_EMAIL, "\xe2\x80\x94", CELLTYPE_NOTHING},
        {TYPE_PHONE, "+44 1632 960001 ext. 12", CELLTYPE_FINE},
        {TYPE_PHONE, "01632 960001 (after six)", CELLTYPE_FINE},
        {TYPE_PHONE, "K\xc3\xb6ln", CELLTYPE_ODD},
        {TYPE_PHONE, "12", CELLTYPE_ODD},
        {TYPE_PHONE, "unknown", CELLTYPE_NOTHING},
        {TYPE_PHONE, "-", CELLTYPE_NOTHING},
        {TYPE_DATE, "2018-02-28", CELLTYPE_FINE},
        {TYPE_DATE, "2018-02-28 10:11:12", CELLTYPE_FINE},
        {TYPE_DATE, "0000-00-00", CELLTYPE_FINE},
        {TYPE_DATE, "28.2.2018", CELLTYPE_ODD},
        {TYPE_DATE, "spring 2018", CELLTYPE_ODD},
        {TYPE_DATE, "maybe", CELLTYPE_WRONG},
        {TYPE_DATE, "null", CELLTYPE_NOTHING},
        {TYPE_NUMBER, "12.50", CELLTYPE_FINE},
        {TYPE_NUMBER, "-3", CELLTYPE_FINE},
        {TYPE_NUMBER, "$1,250.00", CELLTYPE_ODD},
        {TYPE_NUMBER, "abc", CELLTYPE_WRONG},
        {TYPE_NUMBER, "\xe0\xa5\xa7\xe0\xa5\xa8", CELLTYPE_ODD},
        {TYPE_NUMBER, "none", CELLTYPE_NOTHING},
        {TYPE_TEXT, "None", CELLTYPE_FINE},
        {TYPE_ID, "n/a", CELLTYPE_FINE},
        {TYPE_POSTCODE, "unknown", CELLTYPE_FINE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (celltype_of(cases[i].type, view_text(cases[i].cell), WHEN_YEAR_FIRST) != cases[i].wanted)
            fail_msg("%s", cases[i].cell);
    assert_int_equal(celltype_of(TYPE_DATE, view_text("28.2.2018"), WHEN_DAY_FIRST), CELLTYPE_FINE);
    assert_string_equal(celltype_words(TYPE_PHONE), "a telephone number");
    assert_string_equal(celltype_words(TYPE_TEXT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_judged_by_their_type),
    };
    return cmocka_run_group_tests_name("celltype", tests, NULL, NULL);
}
