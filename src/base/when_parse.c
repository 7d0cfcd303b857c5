/* The half of when.h that reads: what the officer typed, and cells of files. */
#include "when.h"

#include <string.h>

enum { DAY_SECONDS = 86400, HOUR_SECONDS = 3600 };

/* ---- Pieces ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Takes between least and most digits from the front of *v. */
static bool take_digits(struct view *v, size_t least, size_t most, int *ret)
{
    size_t len = 0;
    int number = 0;
    while (len < most && len < v->len && is_digit(v->p[len]))
        number = 10 * number + v->p[len++] - '0';
    if (len < least)
        return false;
    *v = view_of(v->p + len, v->len - len);
    *ret = number;
    return true;
}

/* Takes one byte that is in `any`. */
static bool take_one(struct view *v, const char *any)
{
    if (v->len == 0 || !memchr(any, v->p[0], strlen(any)))
        return false;
    *v = view_of(v->p + 1, v->len - 1);
    return true;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct view trimmed(struct view v)
{
    while (v.len && is_space(v.p[0]))
        v = view_of(v.p + 1, v.len - 1);
    while (v.len && is_space(v.p[v.len - 1]))
        v.len--;
    return v;
}

static bool is_word(struct view v, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < len && v.len == len; i++)
        if ((v.p[i] | 0x20) != word[i])
            return false;
    return v.len == len;
}

/* ---- Errors ---- */

static err not_a_time(struct view v)
{
    return err_newf(
        ERR_INVALID, "\"{}\" is not a date or time.",
        "Write 2018-10-20, or 2018-10-20T15:05:00+01:00, or 2018-10, 2018, unknown, or two of these with .. between.",
        err_name_n(v.len ? (const char *)v.p : "", v.len));
}

static err no_such_month(int month)
{
    return err_newf(ERR_INVALID, "There is no month {}.", "Write dates as year-month-day.", err_int(month));
}

static err check_date(int year, int month, int day)
{
    ENSURE(year >= 1, err_new(ERR_INVALID, "There is no year 0.", "Years go from 0001 to 9999."));
    ENSURE(month >= 1 && month <= 12, no_such_month(month));
    int last = when_month_days(year, month);
    ENSURE(day >= 1 && day <= last,
           err_newf(ERR_INVALID, "There is no {} {} {}: that month has {} days.", "Correct the date.", err_int(day),
                    err_name(when_month_name(month)), err_int(year), err_int(last)));
    return OK;
}

/* ---- RFC 3339 ---- */

struct date_parts {
    int year, month, day; /* 0 where not given */
};

/* YYYY, YYYY-MM or YYYY-MM-DD at the front of *v. */
static bool take_date(struct view *v, struct date_parts *ret)
{
    struct date_parts d = {0, 0, 0};
    if (!take_digits(v, 4, 4, &d.year))
        return false;
    bool month = take_one(v, "-");
    if (month && !take_digits(v, 2, 2, &d.month))
        return false;
    bool day = month && take_one(v, "-");
    if (day && !take_digits(v, 2, 2, &d.day))
        return false;
    *ret = d;
    /* A month or day of 00 is given, but is none. */
    ret->month = month && d.month == 0 ? -1 : d.month;
    ret->day = day && d.day == 0 ? -1 : d.day;
    return true;
}

static err check_parts(struct date_parts d)
{
    return check_date(d.year, d.month < 0 ? 0 : d.month ? d.month : 1, d.day < 0 ? 0 : d.day ? d.day : 1);
}

static err take_clock(struct view all, struct view *v, int32_t *ret)
{
    int hour = 0, minute = 0, second = 0, digit;
    ENSURE(take_digits(v, 2, 2, &hour) && take_one(v, ":") && take_digits(v, 2, 2, &minute), not_a_time(all));
    if (take_one(v, ":")) {
        ENSURE(take_digits(v, 2, 2, &second), not_a_time(all));
        if (take_one(v, ".")) {
            ENSURE(take_digits(v, 1, 1, &digit), not_a_time(all));
            while (take_digits(v, 1, 1, &digit))
                continue;
        }
    }
    ENSURE(hour < 24 && minute < 60 && second <= 60, err_newf(ERR_INVALID, "There is no time of day {}:{}:{}.",
                                                              "Hours go from 00 to 23, minutes and seconds to 59.",
                                                              err_int(hour), err_int(minute), err_int(second)));
    ENSURE(second < 60, err_new(ERR_INVALID, "A leap second (second 60) can't be used.", "Write second 59 instead."));
    *ret = hour * HOUR_SECONDS + minute * 60 + second;
    return OK;
}

static err take_offset(struct view all, struct view *v, int32_t *ret)
{
    int hours = 0, minutes = 0;
    *ret = 0;
    if (take_one(v, "Zz"))
        return OK;
    bool west = v->len && v->p[0] == '-';
    ENSURE(take_one(v, "+-"), v->len ? not_a_time(all)
                                     : err_new(ERR_INVALID, "The time lacks its offset from UTC.",
                                               "Put Z (for UTC) or an offset such as +01:00 behind it."));
    ENSURE(take_digits(v, 2, 2, &hours) && take_one(v, ":") && take_digits(v, 2, 2, &minutes), not_a_time(all));
    ENSURE(hours < 24 && minutes < 60, err_newf(ERR_INVALID, "There is no offset from UTC of {}:{}.",
                                                "Write one such as +01:00.", err_int(hours), err_int(minutes)));
    *ret = (hours * HOUR_SECONDS + minutes * 60) * (west ? -1 : 1);
    return OK;
}

err when_parse_instant(struct view text, int64_t *ret)
{
    struct view v = trimmed(text), all = v;
    struct date_parts d = {0, 0, 0};
    int32_t clock = 0, offset = 0;
    ENSURE(take_date(&v, &d) && d.day, not_a_time(all));
    TRY(check_parts(d));
    ENSURE(take_one(&v, "Tt "), err_new(ERR_INVALID, "This needs a time of day, not only a date.",
                                        "Write it like 2018-10-20T15:05:00+01:00."));
    TRY(take_clock(all, &v, &clock));
    TRY(take_offset(all, &v, &offset));
    ENSURE(v.len == 0, not_a_time(all));
    int64_t instant = (int64_t)when_day(d.year, d.month, d.day) * DAY_SECONDS + clock - offset;
    ENSURE(instant >= WHEN_FIRST && instant <= WHEN_LAST,
           err_new(ERR_INVALID, "The time is outside the years 1 to 9999.", "Correct the year."));
    *ret = instant;
    return OK;
}

err when_parse_day(struct view text, int32_t *ret)
{
    struct view v = trimmed(text), all = v;
    struct date_parts d = {0, 0, 0};
    ENSURE(take_date(&v, &d) && d.day && v.len == 0,
           err_newf(ERR_INVALID, "\"{}\" is not a date.", "Write it like 2018-10-20.",
                    err_name_n(all.len ? (const char *)all.p : "", all.len)));
    TRY(check_parts(d));
    *ret = when_day(d.year, d.month, d.day);
    return OK;
}

/* ---- Ranges ---- */

static int64_t within_calendar(int64_t instant)
{
    return instant < WHEN_FIRST ? WHEN_FIRST : instant > WHEN_LAST ? WHEN_LAST : instant;
}

/* The year, month or day in the zone. */
static err days_as_range(struct date_parts d, const struct when_zone *zone, struct when_range *ret)
{
    int last_month = d.month ? d.month : 12;
    int32_t first = when_day(d.year, d.month ? d.month : 1, d.day ? d.day : 1);
    int32_t last = when_day(d.year, last_month, d.day ? d.day : when_month_days(d.year, last_month));
    struct when_range r;
    TRY(when_local_start(zone, first, 0, &r.earliest));
    TRY(when_local_end(zone, last, DAY_SECONDS - 1, &r.latest));
    /* A day that a zone left out altogether. */
    ENSURE(r.earliest <= r.latest,
           err_new(ERR_INVALID, "This day was left out of the calendar of the organisation's time zone.",
                   "Use the day before or after it."));
    *ret = (struct when_range){within_calendar(r.earliest), within_calendar(r.latest)};
    return OK;
}

static err parse_side(struct view text, const struct when_zone *zone, struct when_range *ret)
{
    struct view v = trimmed(text), all = v;
    struct date_parts d = {0, 0, 0};
    if (is_word(v, "unknown")) {
        *ret = (struct when_range){WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE};
        return OK;
    }
    ENSURE(take_date(&v, &d), not_a_time(all));
    if (v.len == 0) {
        TRY(check_parts(d));
        return days_as_range(d, zone, ret);
    }
    ENSURE(d.day && memchr("Tt ", v.p[0], 3), not_a_time(all));
    TRY(when_parse_instant(all, &ret->earliest));
    ret->latest = ret->earliest;
    return OK;
}

err when_parse_range(struct view text, const struct when_zone *zone, struct when_range *ret)
{
    const uint8_t *dots = text.len ? memmem(text.p, text.len, "..", 2) : NULL;
    struct when_range from, to;
    if (!dots)
        return parse_side(text, zone, ret);
    size_t left = (size_t)(dots - text.p);
    TRY(parse_side(view_of(text.p, left), zone, &from));
    TRY(parse_side(view_of(dots + 2, text.len - left - 2), zone, &to));
    ENSURE(from.earliest <= to.latest, err_new(ERR_INVALID, "The range ends before it begins.",
                                               "Write the earlier end first: 2018-10-20..2018-10-29."));
    *ret = (struct when_range){from.earliest, to.latest};
    return OK;
}

/* ---- Cells ---- */

static err bad_cell(void)
{
    return err_new(ERR_INVALID, "A date can't be read.",
                   "Write dates as year-month-day (2018-03-02), or say in which order this column has day and month.");
}

/* What stands after a date must look like a time of day; it isn't used. */
static bool is_clock_tail(struct view v)
{
    int hour;
    if (!take_one(&v, "Tt ") || !take_digits(&v, 1, 2, &hour))
        return false;
    while (take_one(&v, "0123456789:., +-TZzAaPpMm"))
        continue;
    return v.len == 0;
}

/* Three numbers; `widths` says how many digits they had. */
static bool take_three(struct view *v, int parts[3], size_t widths[3])
{
    char separator[2] = "";
    for (int i = 0; i < 3; i++) {
        if (i == 1 && v->len)
            separator[0] = (char)v->p[0];
        if (i == 1 && !memchr("-/.", separator[0], 3))
            return false;
        size_t before = v->len;
        if (i && !take_one(v, separator))
            return false;
        before -= i > 0;
        if (!take_digits(v, 1, 4, &parts[i]))
            return false;
        widths[i] = before - v->len;
    }
    return true;
}

static bool compact(struct view *v, struct date_parts *d)
{
    struct view all = *v;
    bool good = take_digits(v, 4, 4, &d->year) && take_digits(v, 2, 2, &d->month) && take_digits(v, 2, 2, &d->day);
    if (!good)
        *v = all;
    return good;
}

static err separated(struct view *v, enum when_order order, struct date_parts *d)
{
    int parts[3];
    size_t widths[3];
    ENSURE(take_three(v, parts, widths), bad_cell());
    if (widths[0] == 4 && widths[1] <= 2 && widths[2] <= 2) {
        *d = (struct date_parts){parts[0], parts[1], parts[2]};
        return OK;
    }
    ENSURE(widths[0] <= 2 && widths[1] <= 2, bad_cell());
    ENSURE(widths[2] == 4, err_new(ERR_INVALID, "A date has no year of four digits.",
                                   "Export dates with four digits for the year, best as year-month-day."));
    ENSURE(order != WHEN_YEAR_FIRST,
           err_new(ERR_INVALID, "A date doesn't tell whether the day or the month comes first.",
                   "Say in which order this column has day and month, or export dates as year-month-day."));
    bool day_first = order == WHEN_DAY_FIRST;
    *d = (struct date_parts){parts[2], parts[day_first ? 1 : 0], parts[day_first ? 0 : 1]};
    return OK;
}

err when_cell_day(struct view cell, enum when_order order, int32_t *ret)
{
    struct view v = trimmed(cell);
    struct date_parts d = {0, 0, 0};
    if (v.len == 0) {
        *ret = DAY_UNKNOWN;
        return OK;
    }
    if (!compact(&v, &d))
        TRY(separated(&v, order, &d));
    ENSURE(v.len == 0 || is_clock_tail(v), bad_cell());
    int32_t day = when_day(d.year, d.month, d.day);
    bool none = d.year == 0 && d.month == 0 && d.day == 0;
    ENSURE(day != DAY_UNKNOWN || none, err_new(ERR_INVALID, "A date does not exist in the calendar.", "Correct it."));
    *ret = day;
    return OK;
}
