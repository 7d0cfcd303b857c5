#include "testing.h"

#include "when.h"

enum { DAY = 86400, HOUR = 3600 };

static struct when_zone zone(const char *name)
{
    struct when_zone z;
    assert_ok(when_zone_find(&z, view_text(name)));
    return z;
}

static int64_t instant(const char *text)
{
    int64_t t = 0;
    assert_ok(when_parse_instant(view_text(text), &t));
    return t;
}

static void days_and_dates_agree_over_the_whole_calendar(void **state)
{
    (void)state;
    int year = 1, month = 1, date = 1;
    for (int32_t day = DAY_FIRST; day <= DAY_LAST; day++) {
        struct when_date d = when_date(day);
        if (d.year != year || d.month != month || d.day != date || when_day(year, month, date) != day)
            fail_msg("day %d is not %d-%d-%d", day, year, month, date);
        if (when_weekday(day) != ((day - DAY_FIRST) % 7))
            fail_msg("weekday of day %d", day);
        if (++date > when_month_days(year, month)) {
            date = 1;
            year += month == 12;
            month = month % 12 + 1;
        }
    }
    assert_int_equal(year, 10000);
    assert_int_equal(when_day(1970, 1, 1), 0);
    assert_int_equal(when_weekday(when_day(2018, 10, 29)), 0);
    assert_int_equal(when_weekday(when_day(1752, 9, 14)), 3);
}

static void leap_years_follow_the_gregorian_rule(void **state)
{
    (void)state;
    static const struct {
        int year, days;
    } cases[] = {{1700, 28}, {1800, 28}, {1900, 28}, {2000, 29}, {2024, 29},
                 {2023, 28}, {4, 29},    {1, 28},    {9999, 28}, {1600, 29}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(when_month_days(cases[i].year, 2), cases[i].days);
        assert_int_equal(when_day(cases[i].year, 2, 29) == DAY_UNKNOWN, cases[i].days == 28);
    }
}

static void impossible_dates_are_unknown(void **state)
{
    (void)state;
    assert_int_equal(when_day(0, 1, 1), DAY_UNKNOWN);
    assert_int_equal(when_day(10000, 1, 1), DAY_UNKNOWN);
    assert_int_equal(when_day(2021, 13, 1), DAY_UNKNOWN);
    assert_int_equal(when_day(2021, 0, 1), DAY_UNKNOWN);
    assert_int_equal(when_day(2021, 4, 31), DAY_UNKNOWN);
    assert_int_equal(when_day(2021, 4, 0), DAY_UNKNOWN);
    assert_int_equal(when_date(DAY_UNKNOWN).year, 0);
    assert_int_equal(when_weekday(DAY_UNKNOWN), -1);
    assert_string_equal(when_month_name(13), "");
}

static void day_arithmetic_stays_in_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(when_add_days(when_day(2024, 2, 28), 2), when_day(2024, 3, 1));
    assert_int_equal(when_add_days(DAY_LAST, 1), DAY_UNKNOWN);
    assert_int_equal(when_add_days(DAY_FIRST, -1), DAY_UNKNOWN);
    assert_int_equal(when_add_days(DAY_FIRST, INT32_MIN), DAY_UNKNOWN);
    assert_int_equal(when_add_days(DAY_UNKNOWN, 5), DAY_UNKNOWN);
    static const struct {
        int from[3], months, to[3];
    } cases[] = {
        {{2021, 9, 3}, 1, {2021, 10, 3}},    {{2021, 1, 31}, 1, {2021, 2, 28}},   {{2024, 1, 31}, 1, {2024, 2, 29}},
        {{2021, 10, 31}, 1, {2021, 11, 30}}, {{2021, 12, 31}, 3, {2022, 3, 31}},  {{2021, 3, 31}, -1, {2021, 2, 28}},
        {{2024, 2, 29}, 12, {2025, 2, 28}},  {{2024, 2, 29}, -48, {2020, 2, 29}}, {{2021, 1, 15}, -13, {2019, 12, 15}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            when_add_months(when_day(cases[i].from[0], cases[i].from[1], cases[i].from[2]), cases[i].months),
            when_day(cases[i].to[0], cases[i].to[1], cases[i].to[2]));
    assert_int_equal(when_add_months(DAY_LAST, 1), DAY_UNKNOWN);
    assert_int_equal(when_add_months(DAY_FIRST, -1), DAY_UNKNOWN);
    assert_int_equal(when_add_months(0, INT32_MAX), DAY_UNKNOWN);
    assert_int_equal(when_add_months(0, INT32_MIN), DAY_UNKNOWN);
}

static void ages_are_full_years(void **state)
{
    (void)state;
    int32_t born = when_day(2003, 10, 29), leap = when_day(2004, 2, 29);
    assert_int_equal(when_age(born, when_day(2021, 10, 28)), 17);
    assert_int_equal(when_age(born, when_day(2021, 10, 29)), 18);
    assert_int_equal(when_age(born, born), 0);
    assert_int_equal(when_age(born, born - 1), -1);
    assert_int_equal(when_age(leap, when_day(2022, 2, 28)), 17);
    assert_int_equal(when_age(leap, when_day(2022, 3, 1)), 18);
    assert_int_equal(when_age(leap, when_day(2024, 2, 29)), 20);
    assert_int_equal(when_age(DAY_UNKNOWN, 0), -1);
    assert_int_equal(when_age(when_day(1789, 7, 14), when_day(2021, 1, 1)), 231);
}

static void instants_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t is;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:00z", 0},
        {"1970-01-01 01:00+01:00", 0},
        {" 1969-12-31T23:59:59-00:00 ", -1},
        {"2018-10-29T15:05:00+01:00", 1540821900},
        {"2018-10-29T15:05:00.999999999+01:00", 1540821900},
        {"0001-01-01T00:00:00Z", WHEN_FIRST},
        {"9999-12-31T23:59:59Z", WHEN_LAST},
        {"2000-02-29T12:00:00-23:59", 951825600 + 23 * HOUR + 59 * 60},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(instant(cases[i].text), cases[i].is);
}

static void wrong_times_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"", "not a date"},
        {"yesterday", "\"yesterday\" is not a date"},
        {"2019-02-29T00:00:00Z", "There is no 29 February 2019: that month has 28 days."},
        {"2019-13-01T00:00:00Z", "There is no month 13."},
        {"2019-00-01T00:00:00Z", "There is no month 0."},
        {"2019-01-00T00:00:00Z", "There is no 0 January 2019"},
        {"0000-01-01T00:00:00Z", "no year 0"},
        {"2019-01-01T24:00:00Z", "There is no time of day 24:0:0."},
        {"2019-01-01T23:60:00Z", "no time of day"},
        {"2016-12-31T23:59:60Z", "leap second"},
        {"2016-12-31T23:59:61Z", "no time of day"},
        {"2016-12-31T23:59:59", "lacks its offset"},
        {"2016-12-31T23:59", "lacks its offset"},
        {"2016-12-31T23:59:59+24:00", "no offset"},
        {"2016-12-31T23:59:59+0100", "not a date"},
        {"2016-12-31T23:59:59.Z", "not a date"},
        {"2016-12-31T23:59:59Zx", "not a date"},
        {"2016-12-31", "needs a time of day"},
        {"2016-12", "not a date"},
        {"0001-01-01T00:00:00+00:01", "outside"},
        {"9999-12-31T23:59:59-00:01", "outside"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t t;
        assert_err(ERR_INVALID, when_parse_instant(view_text(cases[i].text), &t));
        if (!strstr(err_text()->what, cases[i].word))
            fail_msg("%s: %s", cases[i].text, err_text()->what);
    }
}

static void range_is(const char *text, const char *zone_name, int64_t earliest, int64_t latest)
{
    struct when_zone z = zone(zone_name);
    struct when_range r;
    assert_ok(when_parse_range(view_text(text), &z, &r));
    assert_int_equal(r.earliest, earliest);
    assert_int_equal(r.latest, latest);
}

static void ranges_run_from_the_start_to_the_end_in_the_zone(void **state)
{
    (void)state;
    const char *london = "Europe/London";
    range_is("2018-10-20", london, instant("2018-10-19T23:00:00Z"), instant("2018-10-20T22:59:59Z"));
    range_is("2018-10-20..2018-10-29", london, instant("2018-10-19T23:00:00Z"), instant("2018-10-29T23:59:59Z"));
    range_is("2021-10", london, instant("2021-09-30T23:00:00Z"), instant("2021-10-31T23:59:59Z"));
    range_is("2021", london, instant("2021-01-01T00:00:00Z"), instant("2021-12-31T23:59:59Z"));
    range_is(" 2020 .. 2021-02 ", "UTC", instant("2020-01-01T00:00:00Z"), instant("2021-02-28T23:59:59Z"));
    range_is("2021..2021-03-02", "UTC", instant("2021-01-01T00:00:00Z"), instant("2021-03-02T23:59:59Z"));
    range_is("unknown", london, WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE);
    range_is("Unknown..2021", "UTC", WHEN_UNKNOWN_EARLY, instant("2021-12-31T23:59:59Z"));
    range_is("2021..unknown", "UTC", instant("2021-01-01T00:00:00Z"), WHEN_UNKNOWN_LATE);
    range_is("2021-10-29T12:00:00Z", london, instant("2021-10-29T12:00:00Z"), instant("2021-10-29T12:00:00Z"));
    range_is("2021-10-29T12:00:00.5Z..2021-10-29", london, instant("2021-10-29T12:00:00Z"),
             instant("2021-10-29T22:59:59Z"));
    range_is("0001", "Asia/Tokyo", WHEN_FIRST, instant("0001-12-31T14:41:00Z"));
    range_is("9999-12-31", "America/New_York", instant("9999-12-31T05:00:00Z"), WHEN_LAST);
}

static void wrong_ranges_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"2018-10-29..2018-10-20", "ends before it begins"},
        {"2018-10-20..2018-09", "ends before it begins"},
        {"2019-02-29", "There is no 29 February 2019"},
        {"2019-02-01..2019-02-30", "There is no 30 February 2019"},
        {"2019-02-00", "There is no 0 February"},
        {"2019-00", "There is no month 0"},
        {"0000", "no year 0"},
        {"2019-2-1", "not a date"},
        {"2019-02-", "not a date"},
        {"20190201", "not a date"},
        {"..", "not a date"},
        {"2019..", "not a date"},
        {"..2019", "not a date"},
        {"2019..2020..2021", "not a date"},
        {"2019-02-01T10:00", "lacks its offset"},
        {"2019-02-01x", "not a date"},
        {"2019T10:00Z", "not a date"},
    };
    struct when_zone z = zone("Europe/London");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct when_range r;
        assert_err(ERR_INVALID, when_parse_range(view_text(cases[i].text), &z, &r));
        if (!strstr(err_text()->what, cases[i].word))
            fail_msg("%s: %s", cases[i].text, err_text()->what);
    }
}

static void zones_are_named_by_the_database(void **state)
{
    (void)state;
    static const char *const good[] = {"UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Etc/GMT+5",
                                       "America/Port-au-Prince"};
    static const char *const bad[] = {"",          "Europe/Nowhere", "/etc/localtime", "../zoneinfo/UTC", "Europe",
                                      "right/UTC", "UTC0",           "tzdata.zi",      "Europe/London ",  ":UTC",
                                      "<+01>-1",   "zone.tab"};
    struct when_zone z;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_ok(when_zone_find(&z, view_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_err(ERR_INVALID, when_zone_find(&z, view_text(bad[i])));
    char longest[80];
    memset(longest, 'A', sizeof longest);
    assert_err(ERR_INVALID, when_zone_find(&z, view_of(longest, sizeof longest)));
}

static void local_is(const char *zone_name, int32_t day, int32_t second, const char *start, const char *end)
{
    struct when_zone z = zone(zone_name);
    int64_t s, e;
    assert_ok(when_local_start(&z, day, second, &s));
    assert_ok(when_local_end(&z, day, second, &e));
    assert_int_equal(s, instant(start));
    assert_int_equal(e, instant(end));
}

static void clock_changes_are_taken_earliest_for_starts_and_latest_for_ends(void **state)
{
    (void)state;
    const char *london = "Europe/London";
    /* Plain, twice (01:30 on 31 October), left out (01:30 on 28 March). */
    local_is(london, when_day(2021, 7, 1), 12 * HOUR, "2021-07-01T11:00:00Z", "2021-07-01T11:00:00Z");
    local_is(london, when_day(2021, 10, 31), HOUR + 1800, "2021-10-31T00:30:00Z", "2021-10-31T01:30:00Z");
    local_is(london, when_day(2021, 3, 28), HOUR + 1800, "2021-03-28T01:00:00Z", "2021-03-28T00:59:59Z");
    /* Midnight left out (Beirut 2021-03-28) and a whole day left out (Apia 2011-12-30). */
    local_is("Asia/Beirut", when_day(2021, 3, 28), 0, "2021-03-27T22:00:00Z", "2021-03-27T21:59:59Z");
    local_is("Pacific/Apia", when_day(2011, 12, 30), 0, "2011-12-30T10:00:00Z", "2011-12-30T09:59:59Z");
    struct when_zone apia = zone("Pacific/Apia");
    struct when_range r;
    assert_err(ERR_INVALID, when_parse_range(view_text("2011-12-30"), &apia, &r));
    int64_t t;
    assert_err(ERR_INTERNAL, when_local_start(&apia, DAY_UNKNOWN, 0, &t));
    assert_err(ERR_INTERNAL, when_local_end(&apia, 0, DAY, &t));
}

static void days_in_a_zone_follow_each_other_without_gap(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/London", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
                                        "Pacific/Kiritimati"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct when_zone z = zone(names[i]);
        int64_t last_end = 0;
        for (int32_t day = when_day(2021, 1, 1); day <= when_day(2021, 12, 31); day++) {
            int64_t start, end;
            int32_t first, last;
            assert_ok(when_local_start(&z, day, 0, &start));
            assert_ok(when_local_end(&z, day, DAY - 1, &end));
            assert_true(last_end == 0 || start == last_end + 1);
            assert_ok(when_local_day(&z, start, &first));
            assert_ok(when_local_day(&z, end, &last));
            assert_int_equal(first, day);
            assert_int_equal(last, day);
            last_end = end;
        }
    }
}

static void the_report_is_due_72_hours_later_by_any_clock(void **state)
{
    (void)state;
    /* Clocks in London went back at 01:00 UTC on 31 October 2021. */
    struct when_zone london = zone("Europe/London");
    int64_t aware = instant("2021-10-29T13:20:07Z");
    int64_t due = when_report_due(aware);
    assert_int_equal(due - aware, 259200);
    CLEANUP(buf_free) struct buf b = BUF(1000);
    assert_ok(when_put_words(&b, aware, &london));
    buf_str(&b, " / ");
    assert_ok(when_put_words(&b, due, &london));
    buf_str(&b, " / ");
    assert_ok(when_put_local(&b, due, &london));
    assert_string_equal(buf_text(&b), "Fri 29 October 2021, 14:20 (+01:00) / Mon 1 November 2021, 13:20 (+00:00) / "
                                      "2021-11-01T13:20:07+00:00");
    int32_t offset;
    assert_ok(when_offset(&london, instant("2021-10-31T00:59:59Z"), &offset));
    assert_int_equal(offset, HOUR);
    assert_ok(when_offset(&london, instant("2021-10-31T01:00:00Z"), &offset));
    assert_int_equal(offset, 0);
    assert_true(when_report_due(WHEN_UNKNOWN_EARLY) == WHEN_UNKNOWN_EARLY);
    assert_true(when_report_due(WHEN_UNKNOWN_LATE) == WHEN_UNKNOWN_LATE);
}

static void times_are_written_in_every_form(void **state)
{
    (void)state;
    struct when_zone berlin = zone("Europe/Berlin"), ny = zone("America/New_York"), london = zone("Europe/London");
    CLEANUP(buf_free) struct buf b = BUF(1000);
    int64_t t = instant("2018-10-29T14:05:00Z");
    when_put_utc(&b, t);
    assert_ok(when_put_local(&b, t, &berlin));
    assert_ok(when_put_words(&b, t, &berlin));
    assert_ok(when_put_local(&b, t, &ny));
    assert_string_equal(buf_text(&b), "2018-10-29T14:05:00Z2018-10-29T15:05:00+01:00Mon 29 October 2018, 15:05 (+01:00)"
                                      "2018-10-29T10:05:00-04:00");
    buf_clear(&b);
    when_put_day(&b, when_day(318, 3, 2));
    when_put_day_words(&b, when_day(2018, 3, 2));
    when_put_day(&b, DAY_UNKNOWN);
    when_put_day_words(&b, DAY_UNKNOWN);
    when_put_utc(&b, WHEN_UNKNOWN_EARLY);
    assert_ok(when_put_local(&b, WHEN_UNKNOWN_LATE, &ny));
    assert_ok(when_put_words(&b, WHEN_UNKNOWN_LATE, &ny));
    assert_string_equal(buf_text(&b), "0318-03-022 March 2018unknownunknownunknownunknownunknown");
    buf_clear(&b);
    when_put_utc(&b, WHEN_FIRST);
    when_put_utc(&b, WHEN_LAST);
    assert_string_equal(buf_text(&b), "0001-01-01T00:00:00Z9999-12-31T23:59:59Z");
    /* Before 1847 London kept its own time, 75 seconds behind: written in whole minutes, the same instant. */
    buf_clear(&b);
    assert_ok(when_put_local(&b, instant("1800-01-01T12:00:00Z"), &london));
    assert_string_equal(buf_text(&b), "1800-01-01T11:59:00-00:01");
}

static void written_times_are_read_as_the_same(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/London", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"};
    for (int64_t t = instant("0002-01-01T00:00:00Z"); t < instant("9998-01-01T00:00:00Z"); t += 123456789) {
        CLEANUP(buf_free) struct buf b = BUF(100);
        struct when_zone z = zone(names[(size_t)(t & 3)]);
        int64_t again;
        when_put_utc(&b, t);
        assert_ok(when_parse_instant(buf_view(&b), &again));
        assert_int_equal(again, t);
        buf_clear(&b);
        assert_ok(when_put_local(&b, t, &z));
        assert_ok(when_parse_instant(buf_view(&b), &again));
        assert_int_equal(again, t);
    }
}

static void cells_hold_dates_in_several_forms(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        enum when_order order;
        int year, month, day;
    } cases[] = {
        {"2018-03-02", WHEN_YEAR_FIRST, 2018, 3, 2},
        {" 2018-3-2 ", WHEN_YEAR_FIRST, 2018, 3, 2},
        {"2018/03/02", WHEN_YEAR_FIRST, 2018, 3, 2},
        {"20180302", WHEN_MONTH_FIRST, 2018, 3, 2},
        {"2018.03.02", WHEN_YEAR_FIRST, 2018, 3, 2},
        {"2018-03-02T10:11:12Z", WHEN_YEAR_FIRST, 2018, 3, 2},
        {"2018-03-02 10:11:12", WHEN_YEAR_FIRST, 2018, 3, 2},
        {"2018-03-02 10:11:12.5 +0100", WHEN_YEAR_FIRST, 2018, 3, 2},
        {"2018-03-02 9:05 PM", WHEN_DAY_FIRST, 2018, 3, 2},
        {"1900-1-1 00:00:00", WHEN_YEAR_FIRST, 1900, 1, 1},
        {"02/03/2018", WHEN_DAY_FIRST, 2018, 3, 2},
        {"02/03/2018", WHEN_MONTH_FIRST, 2018, 2, 3},
        {"2.3.2018", WHEN_DAY_FIRST, 2018, 3, 2},
        {"2-3-2018 10:00", WHEN_MONTH_FIRST, 2018, 2, 3},
        {"1789-07-14", WHEN_YEAR_FIRST, 1789, 7, 14},
        {"14.7.1789", WHEN_DAY_FIRST, 1789, 7, 14},
        {"2024-02-29", WHEN_YEAR_FIRST, 2024, 2, 29},
        {"", WHEN_YEAR_FIRST, 0, 0, 0},
        {" \t", WHEN_YEAR_FIRST, 0, 0, 0},
        {"0000-00-00", WHEN_YEAR_FIRST, 0, 0, 0},
        {"0000-00-00 00:00:00", WHEN_YEAR_FIRST, 0, 0, 0},
        {"00/00/0000", WHEN_DAY_FIRST, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t day = 1;
        assert_ok(when_cell_day(view_text(cases[i].cell), cases[i].order, &day));
        assert_int_equal(day, when_day(cases[i].year, cases[i].month, cases[i].day));
    }
}

static void bad_cells_are_refused_without_being_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        enum when_order order;
        const char *word;
    } cases[] = {
        {"2019-02-29", WHEN_YEAR_FIRST, "does not exist"},  {"31/04/2018", WHEN_DAY_FIRST, "does not exist"},
        {"13/13/2018", WHEN_MONTH_FIRST, "does not exist"}, {"1900-02-29", WHEN_YEAR_FIRST, "does not exist"},
        {"02/03/2018", WHEN_YEAR_FIRST, "whether the day"}, {"25/12/2018", WHEN_YEAR_FIRST, "whether the day"},
        {"02/03/18", WHEN_DAY_FIRST, "four digits"},        {"2 March 2018", WHEN_DAY_FIRST, "can't be read"},
        {"2018-03/02", WHEN_YEAR_FIRST, "can't be read"},   {"2018", WHEN_YEAR_FIRST, "can't be read"},
        {"2018-03", WHEN_YEAR_FIRST, "can't be read"},      {"2018-03-02x", WHEN_YEAR_FIRST, "can't be read"},
        {"2018-03-02 x", WHEN_YEAR_FIRST, "can't be read"}, {"201803021", WHEN_YEAR_FIRST, "can't be read"},
        {"2018-0003-02", WHEN_YEAR_FIRST, "can't be read"}, {"43161", WHEN_YEAR_FIRST, "can't be read"},
        {"2018-00-02", WHEN_YEAR_FIRST, "does not exist"},  {"-", WHEN_DAY_FIRST, "can't be read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t day;
        assert_err(ERR_INVALID, when_cell_day(view_text(cases[i].cell), cases[i].order, &day));
        if (!strstr(err_text()->what, cases[i].word))
            fail_msg("%s: %s", cases[i].cell, err_text()->what);
        assert_true(strlen(cases[i].cell) < 3 || !strstr(err_text()->what, cases[i].cell));
    }
}

static void typed_days_are_iso_only(void **state)
{
    (void)state;
    int32_t day;
    assert_ok(when_parse_day(view_text(" 2018-10-20 "), &day));
    assert_int_equal(day, when_day(2018, 10, 20));
    assert_err(ERR_INVALID, when_parse_day(view_text("2018-10"), &day));
    assert_err(ERR_INVALID, when_parse_day(view_text("20/10/2018"), &day));
    assert_err(ERR_INVALID, when_parse_day(view_text("2018-02-29"), &day));
    assert_err(ERR_INVALID, when_parse_day(view_of(NULL, 0), &day));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_dates_agree_over_the_whole_calendar),
        cmocka_unit_test(leap_years_follow_the_gregorian_rule),
        cmocka_unit_test(impossible_dates_are_unknown),
        cmocka_unit_test(day_arithmetic_stays_in_the_calendar),
        cmocka_unit_test(ages_are_full_years),
        cmocka_unit_test(instants_are_read),
        cmocka_unit_test(wrong_times_say_what_is_wrong),
        cmocka_unit_test(ranges_run_from_the_start_to_the_end_in_the_zone),
        cmocka_unit_test(wrong_ranges_say_what_is_wrong),
        cmocka_unit_test(zones_are_named_by_the_database),
        cmocka_unit_test(clock_changes_are_taken_earliest_for_starts_and_latest_for_ends),
        cmocka_unit_test(days_in_a_zone_follow_each_other_without_gap),
        cmocka_unit_test(the_report_is_due_72_hours_later_by_any_clock),
        cmocka_unit_test(times_are_written_in_every_form),
        cmocka_unit_test(written_times_are_read_as_the_same),
        cmocka_unit_test(cells_hold_dates_in_several_forms),
        cmocka_unit_test(bad_cells_are_refused_without_being_quoted),
        cmocka_unit_test(typed_days_are_iso_only),
    };
    return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
