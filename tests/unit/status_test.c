#include "testing.h"

#include "status.h"

static void names_and_numbers_stay(void **state)
{
    (void)state;
    assert_int_equal(1, STATUS_MEMBER);
    assert_int_equal(6, STATUS_OTHER);
    for (int i = STATUS_MEMBER; i < STATUS_COUNT; i++)
        assert_int_equal(i, status_find(view_text(status_name((enum person_status)i))));
    assert_int_equal(STATUS_FILE_ONLY, status_find(view_text("File-Only")));
    assert_int_equal(STATUS_NONE, status_find(view_text("")));
    assert_int_equal(STATUS_NONE, status_find(view_text("memb")));
}

static void groups_are_three(void **state)
{
    (void)state;
    assert_int_equal(STATUS_MEMBER, status_group(STATUS_MEMBER));
    assert_int_equal(STATUS_FORMER, status_group(STATUS_FORMER));
    assert_int_equal(STATUS_OTHER, status_group(STATUS_REFUSED));
    assert_int_equal(STATUS_OTHER, status_group(STATUS_FILE_ONLY));
}

static void systems_words_are_read(void **state)
{
    (void)state;
    assert_int_equal(WORD_GRACE, status_word(SYSTEM_CIVICRM, view_text("Grace")));
    assert_int_equal(WORD_EXPIRED, status_word(SYSTEM_CIVICRM, view_text(" expired ")));
    assert_int_equal(WORD_CURRENT, status_word(SYSTEM_ODOO, view_text("paid")));
    assert_int_equal(WORD_EXPIRED, status_word(SYSTEM_ODOO, view_text("old")));
    assert_int_equal(WORD_NEVER, status_word(SYSTEM_ODOO, view_text("none")));
    assert_int_equal(WORD_EXPIRED, status_word(SYSTEM_TENDENCI, view_text("archive")));
    assert_int_equal(WORD_UNKNOWN, status_word(SYSTEM_CIVICRM, view_text("paid")));
    assert_int_equal(WORD_REFUSED, status_word(SYSTEM_CIVICRM, view_text("Refused")));
    assert_int_equal(WORD_CURRENT, status_word(SYSTEM_CIVICRM, view_text("Active")));
    assert_int_equal(WORD_EXPIRED, status_word(SYSTEM_ODOO, view_text("lapsed")));
    assert_int_equal(WORD_REFUSED, status_word_find(view_text("refused")));
    assert_int_equal(WORD_UNKNOWN, status_word_find(view_text("")));
    assert_int_equal(WORD_EMPTY, status_word(SYSTEM_CIVICRM, view_text("  ")));
    assert_int_equal(WORD_PENDING, status_word(SYSTEM_NONE, view_text("Pending")));
    assert_int_equal(WORD_CURRENT, status_word(SYSTEM_NONE, view_text("member")));
    assert_int_equal(WORD_UNKNOWN, status_word(SYSTEM_NONE, view_text("blue")));
}

static void words_become_statuses(void **state)
{
    (void)state;
    assert_int_equal(STATUS_MEMBER, status_of_word(WORD_GRACE));
    assert_int_equal(STATUS_FORMER, status_of_word(WORD_CANCELLED));
    assert_int_equal(STATUS_APPLICANT, status_of_word(WORD_PENDING));
    assert_int_equal(STATUS_NONE, status_of_word(WORD_DECEASED));
    assert_int_equal(STATUS_NONE, status_of_word(WORD_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_stay),
        cmocka_unit_test(groups_are_three),
        cmocka_unit_test(systems_words_are_read),
        cmocka_unit_test(words_become_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
