#include "sheet_value.h"

#include "testing.h"

static void number_is(const char *in, const char *out)
{
    struct buf b CLEANUP(buf_free) = BUF(1000);
    assert_true(sheet_number(&b, view_text(in)));
    assert_string_equal(buf_text(&b), out);
}

static void numbers_come_out_as_people_write_them(void **state)
{
    (void)state;
    number_is("12345678901", "12345678901");
    number_is("1.2345678901E10", "12345678901");
    number_is("12345678901.0", "12345678901");
    number_is("123456789012345", "123456789012345");
    number_is("12345678901234567", "12345678901234567");      /* written in full by an export: kept */
    number_is("1.2345678901234568E+16", "12345678901234600"); /* what a spreadsheet shows */
    number_is("0.30000000000000004", "0.3");
    number_is("99.999999999999999", "100");
    number_is("1.50", "1.5");
    number_is("-0.05", "-0.05");
    number_is("5e-7", "0.0000005");
    number_is("-0", "0");
    number_is("0E5", "0");
    number_is("+7", "7");
    number_is(".5", "0.5");
    number_is("007", "7");
    number_is("1E20", "100000000000000000000");
    number_is("1.5E300", "1.5E+300");
    number_is("1E-99", "1E-99");
    number_is("1E99999999999999999999", "1E+99999");
}

static void what_is_no_number_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"",   "-",  ".",   "1e",  "1e+", "1.2.3", "0x10",
                                      "1 ", " 1", "1,5", "NaN", "inf", "12a"};
    struct buf b CLEANUP(buf_free) = BUF(1000);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(sheet_number(&b, view_text(bad[i])));
        assert_false(sheet_date(&b, view_text(bad[i]), SHEET_DATE, false));
    }
    assert_int_equal(b.len, 0);
}

static void date_is(const char *in, enum sheet_format format, bool since_1904, const char *out)
{
    struct buf b CLEANUP(buf_free) = BUF(1000);
    assert_true(sheet_date(&b, view_text(in), format, since_1904));
    assert_string_equal(buf_text(&b), out);
}

static void day_counts_become_dates_in_both_systems(void **state)
{
    (void)state;
    date_is("1", SHEET_DATE, false, "1900-01-01");
    date_is("59", SHEET_DATE, false, "1900-02-28");
    date_is("60", SHEET_DATE, false, "1900-02-29");
    date_is("61", SHEET_DATE, false, "1900-03-01");
    date_is("25569", SHEET_DATE, false, "1970-01-01");
    date_is("45351", SHEET_DATE, false, "2024-02-29");
    date_is("45351.7", SHEET_DATE, false, "2024-02-29");
    date_is("2958465", SHEET_DATE, false, "9999-12-31");
    date_is("0", SHEET_DATE, true, "1904-01-01");
    date_is("43889", SHEET_DATE, true, "2024-02-29");
    date_is("24107", SHEET_DATE, true, "1970-01-01");
    date_is("2957003", SHEET_DATE, true, "9999-12-31");
}

static void times_follow_what_the_format_shows(void **state)
{
    (void)state;
    date_is("45351.572916666664", SHEET_MOMENT, false, "2024-02-29T13:45:00");
    date_is("45351", SHEET_MOMENT, false, "2024-02-29T00:00:00");
    date_is("0.572916666666667", SHEET_TIME, false, "13:45:00");
    date_is("0", SHEET_TIME, false, "00:00:00");
    date_is("45351.5", SHEET_TIME, false, "2024-02-29T12:00:00");
    date_is("1.25", SHEET_ELAPSED, false, "30:00:00");
    date_is("45350.999999999", SHEET_MOMENT, false, "2024-02-29T00:00:00");
}

static void counts_that_are_no_date_stay_numbers(void **state)
{
    (void)state;
    date_is("0", SHEET_DATE, false, "0");
    date_is("2958466", SHEET_DATE, false, "2958466");
    date_is("1E300", SHEET_DATE, false, "1E+300");
    date_is("45351", SHEET_PLAIN, false, "45351");
}

static void formats_that_show_dates_are_told_from_others(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum sheet_format format;
    } cases[] = {
        {"General", SHEET_PLAIN},
        {"0.00", SHEET_PLAIN},
        {"#,##0.00 [$€-407]", SHEET_PLAIN},
        {"@", SHEET_PLAIN},
        {"\"day \"0.00", SHEET_PLAIN},
        {"0.00E+00", SHEET_PLAIN},
        {"[Red]0;[Blue]-0", SHEET_PLAIN},
        {"0\\d", SHEET_PLAIN},
        {"_d0", SHEET_PLAIN},
        {"0;yyyy", SHEET_PLAIN},
        {"\"open", SHEET_PLAIN},
        {"[open", SHEET_PLAIN},
        {"yyyy-mm-dd", SHEET_DATE},
        {"DD/MM/YYYY", SHEET_DATE},
        {"[$-809]dd mmmm yyyy;@", SHEET_DATE},
        {"mmm", SHEET_DATE},
        {"dd/mm/yyyy\\ hh:mm", SHEET_MOMENT},
        {"m/d/yy h:mm AM/PM", SHEET_MOMENT},
        {"h:mm", SHEET_TIME},
        {"h:mm AM/PM", SHEET_TIME},
        {"mm:ss.0", SHEET_TIME},
        {"[h]:mm", SHEET_ELAPSED},
        {"[mm]:ss", SHEET_ELAPSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(sheet_format_of_code(cases[i].code), cases[i].format);
    static const enum sheet_format ids[] = {
        [0] = SHEET_PLAIN,   [13] = SHEET_PLAIN, [14] = SHEET_DATE,    [18] = SHEET_TIME,
        [22] = SHEET_MOMENT, [23] = SHEET_PLAIN, [46] = SHEET_ELAPSED, [48] = SHEET_PLAIN};
    static const unsigned asked[] = {0, 13, 14, 18, 22, 23, 46, 48};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_int_equal(sheet_format_of_id(asked[i]), ids[asked[i]]);
}

static void durations_become_clocks(void **state)
{
    (void)state;
    struct buf b CLEANUP(buf_free) = BUF(1000);
    assert_true(sheet_duration(&b, "PT13H45M00S"));
    assert_true(sheet_duration(&b, "PT27H30M05.25S"));
    assert_string_equal(buf_text(&b), "13:45:0027:30:05");
    static const char *const bad[] = {"", "PT", "P1D", "PT5", "PTH", "PT1S2H", "13:45", "PT1H1H", "PT99999999H"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(sheet_duration(&b, bad[i]));
}

static void escapes_of_excel_are_taken_out(void **state)
{
    (void)state;
    struct buf b CLEANUP(buf_free) = BUF(1000);
    buf_str(&b, "a_x000A_b_x0000_c_x20AC__x00E9__x005F_x000A__xD800__x12_x00zz_");
    sheet_unescape(&b);
    assert_string_equal(buf_text(&b), "a\nbc€é_x000A__xD800__x12_x00zz_");
}

static void references_and_counts_are_read_strictly(void **state)
{
    (void)state;
    uint64_t column, row, n;
    assert_true(sheet_reference("A1", &column, &row));
    assert_true(column == 1 && row == 1);
    assert_true(sheet_reference("XFD1048576", &column, &row));
    assert_true(column == 16384 && row == 1048576);
    assert_true(sheet_reference("B", &column, &row));
    assert_true(column == 2 && row == 0);
    assert_false(sheet_reference("1", &column, &row));
    assert_false(sheet_reference("", &column, &row));
    assert_false(sheet_reference("a1", &column, &row));
    assert_false(sheet_reference("A-1", &column, &row));
    assert_false(sheet_reference("AAAAAA1", &column, &row));
    assert_false(sheet_count("18446744073709551616", UINT64_MAX, &n));
    assert_false(sheet_count("11", 10, &n));
    assert_false(sheet_count("", 10, &n));
    assert_false(sheet_count("-1", 10, &n));
    assert_true(sheet_count("10", 10, &n));
    assert_int_equal(n, 10);
}

static void dates_before_1900_as_libreoffice_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *serial, *day;
    } cases[] = {{"-56449", "1745-06-11"}, {"-1", "1899-12-29"}, {"-693593", "0001-01-01"}, {"-693594", "-693594"}, {"-1.5", "-1.5"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_free) struct buf b = BUF(100);
        assert_true(sheet_date(&b, view_text(cases[i].serial), SHEET_DATE, false));
        assert_string_equal(buf_text(&b), cases[i].day);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_before_1900_as_libreoffice_writes_them),
        cmocka_unit_test(numbers_come_out_as_people_write_them),
        cmocka_unit_test(what_is_no_number_is_refused_and_leaves_nothing),
        cmocka_unit_test(day_counts_become_dates_in_both_systems),
        cmocka_unit_test(times_follow_what_the_format_shows),
        cmocka_unit_test(counts_that_are_no_date_stay_numbers),
        cmocka_unit_test(formats_that_show_dates_are_told_from_others),
        cmocka_unit_test(durations_become_clocks),
        cmocka_unit_test(escapes_of_excel_are_taken_out),
        cmocka_unit_test(references_and_counts_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
