#include "sheet_value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_SHOWN = 15, DIGITS_KEPT = 40, WIDEST = 30, LAST_DAY = 2958465 };

/* The number is 0.d1d2d3... times ten to the `point`. */
struct decimal {
    bool negative;
    bool exact; /* written as a whole number in full */
    uint8_t digit[DIGITS_KEPT];
    size_t count;
    long point;
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

struct scan {
    const uint8_t *p;
    size_t left;
};

static bool take(struct scan *s, const char *any_of)
{
    if (s->left == 0 || *s->p == 0 || !strchr(any_of, *s->p))
        return false;
    s->p++;
    s->left--;
    return true;
}

/* Leading zeros don't count as digits; digits beyond those kept only move the point. */
static void add_digit(struct decimal *d, uint8_t digit, bool after_point)
{
    bool leading = d->count == 0 && digit == 0;
    if (!leading && d->count < DIGITS_KEPT)
        d->digit[d->count++] = digit;
    else if (!leading)
        d->exact = false;
    if (after_point)
        d->point -= leading;
    else
        d->point += !leading;
}

static bool scan_exponent(struct scan *s, struct decimal *d)
{
    d->exact = false;
    bool minus = s->left && *s->p == '-';
    take(s, "+-");
    long exponent = 0;
    if (s->left == 0)
        return false;
    for (; s->left && is_digit(*s->p); s->p++, s->left--)
        exponent = exponent < 10000 ? exponent * 10 + (*s->p - '0') : exponent;
    d->point += minus ? -exponent : exponent;
    return true;
}

static bool scan_decimal(struct view text, struct decimal *d)
{
    struct scan s = {text.p, text.len};
    *d = (struct decimal){.exact = true};
    d->negative = s.left && *s.p == '-';
    take(&s, "+-");
    size_t seen = 0;
    for (; s.left && is_digit(*s.p); s.p++, s.left--, seen++)
        add_digit(d, (uint8_t)(*s.p - '0'), false);
    if (take(&s, ".")) {
        for (; s.left && is_digit(*s.p); s.p++, s.left--, seen++) {
            add_digit(d, (uint8_t)(*s.p - '0'), true);
            d->exact = false;
        }
    }
    if (seen == 0 || (take(&s, "eE") && !scan_exponent(&s, d)))
        return false;
    return s.left == 0;
}

/* Half up, as spreadsheets show it. */
static void round_digits(struct decimal *d)
{
    if (d->count > DIGITS_SHOWN) {
        bool up = d->digit[DIGITS_SHOWN] >= 5;
        d->count = DIGITS_SHOWN;
        for (size_t i = DIGITS_SHOWN; up && i > 0; i--) {
            up = d->digit[i - 1] == 9;
            d->digit[i - 1] = up ? 0 : (uint8_t)(d->digit[i - 1] + 1);
        }
        if (up) {
            d->digit[0] = 1;
            d->point++;
        }
    }
    while (d->count > 0 && d->digit[d->count - 1] == 0)
        d->count--;
}

static void put_digits(struct buf *to, const struct decimal *d, long from, long end)
{
    for (long i = from; i < end; i++)
        buf_u8(to, (uint8_t)('0' + (i >= 0 && (size_t)i < d->count ? d->digit[i] : 0)));
}

static void put_decimal(struct buf *to, const struct decimal *d)
{
    if (d->count == 0) {
        buf_u8(to, '0');
        return;
    }
    if (d->negative)
        buf_u8(to, '-');
    long count = (long)d->count;
    bool wide = !d->exact && (d->point > WIDEST || d->point < -WIDEST);
    long point = wide ? 1 : d->point;
    if (point <= 0)
        buf_u8(to, '0');
    put_digits(to, d, 0, point);
    if (count > point) {
        buf_u8(to, '.');
        put_digits(to, d, point, count);
    }
    if (wide)
        buf_fmt(to, "E%+ld", d->point - 1);
}

bool sheet_number(struct buf *to, struct view text)
{
    struct decimal d;
    if (!scan_decimal(text, &d))
        return false;
    if (!d.exact)
        round_digits(&d);
    put_decimal(to, &d);
    return true;
}

enum { OLDEST_DAYS = 693593 }; /* from 0001-01-01 to 1899-12-30 */

/* Whole seconds of a day count that is below 10 million days; false if it is negative or larger. */
static bool seconds_of(const struct decimal *d, int64_t *ret)
{
    if ((d->negative && d->count > 0) || d->point > 7)
        return false;
    double days = 0, scale = 1;
    for (size_t i = 0; i < d->count; i++) {
        scale /= 10;
        days += d->digit[i] * scale;
    }
    for (long i = d->point; i > 0; i--)
        days *= 10;
    for (long i = d->point; i < 0 && i > -WIDEST; i++)
        days /= 10;
    if (d->point <= -WIDEST)
        days = 0;
    *ret = (int64_t)(days * 86400 + 0.5);
    return true;
}

/* Days since 1970-01-01 to a date of the Gregorian calendar, by eras of 400 years that begin in March. */
static void put_day(struct buf *to, int64_t days)
{
    int64_t since = days + 719468; /* 0000-03-01 */
    int64_t era = since / 146097;
    int64_t day_of_era = since % 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * 400 + year_of_era + (month <= 2);
    buf_fmt(to, "%04lld-%02lld-%02lld", (long long)year, (long long)month, (long long)day);
}

static void put_date(struct buf *to, int64_t serial, bool since_1904)
{
    enum { DAYS_1904_TO_1970 = 24107, DAYS_1900_TO_1970 = 25569, FALSE_LEAP_DAY = 60 };
    if (since_1904)
        put_day(to, serial - DAYS_1904_TO_1970);
    else if (serial == FALSE_LEAP_DAY)
        buf_str(to, "1900-02-29");
    else
        put_day(to, serial - DAYS_1900_TO_1970 + (serial < FALSE_LEAP_DAY));
}

static void put_clock(struct buf *to, int64_t seconds)
{
    buf_fmt(to, "%02lld:%02lld:%02lld", (long long)(seconds / 3600), (long long)(seconds / 60 % 60),
            (long long)(seconds % 60));
}

/* LibreOffice counts on below day 1, from 1899-12-30 back; other programs have no such dates.  Whole days only. */
static bool put_before_1900(struct buf *to, struct decimal d, enum sheet_format format)
{
    int64_t seconds;
    d.negative = false;
    if (format != SHEET_DATE || !seconds_of(&d, &seconds) || seconds % 86400 || seconds / 86400 > OLDEST_DAYS)
        return false;
    put_day(to, -(seconds / 86400) - 25569);
    return true;
}

bool sheet_date(struct buf *to, struct view text, enum sheet_format format, bool since_1904)
{
    struct decimal d;
    int64_t seconds;
    if (!scan_decimal(text, &d))
        return false;
    if (d.negative && d.count && !since_1904 && put_before_1900(to, d, format))
        return true;
    if (format == SHEET_PLAIN || !seconds_of(&d, &seconds))
        return sheet_number(to, text);
    if (format == SHEET_ELAPSED) {
        put_clock(to, seconds);
        return true;
    }
    /* Day 0 of the 1900 system is no day: such a value is a time, or an empty date. */
    int64_t day = seconds / 86400, rest = seconds % 86400;
    bool has_day = day > 0 || since_1904;
    if (day > (since_1904 ? LAST_DAY - 1462 : LAST_DAY) || (!has_day && rest == 0 && format != SHEET_TIME))
        return sheet_number(to, text);
    bool only_time = !has_day || (format == SHEET_TIME && day == 0);
    if (!only_time)
        put_date(to, day, since_1904);
    if (only_time || format != SHEET_DATE) {
        if (!only_time)
            buf_u8(to, 'T');
        put_clock(to, rest);
    }
    return true;
}

enum sheet_format sheet_format_of_id(unsigned long id)
{
    static const struct {
        unsigned from, to;
        enum sheet_format format;
    } built_in[] = {
        {14, 17, SHEET_DATE}, {18, 21, SHEET_TIME}, {22, 22, SHEET_MOMENT}, {27, 31, SHEET_DATE},
        {32, 35, SHEET_TIME}, {36, 36, SHEET_DATE}, {45, 45, SHEET_TIME},   {46, 46, SHEET_ELAPSED},
        {47, 47, SHEET_TIME}, {50, 54, SHEET_DATE}, {55, 56, SHEET_TIME},   {57, 58, SHEET_DATE},
    };
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        if (id >= built_in[i].from && id <= built_in[i].to)
            return built_in[i].format;
    }
    return SHEET_PLAIN;
}

struct format_letters {
    bool day, month, clock, elapsed;
};

static void note_letter(struct format_letters *l, char c)
{
    c = (char)tolower((unsigned char)c);
    l->day |= c == 'y' || c == 'd';
    l->month |= c == 'm';
    l->clock |= c == 'h' || c == 's';
}

/* Past one bracket; [h], [mm] and [s] are elapsed times, all others colours, conditions and languages. */
static const char *bracket(const char *p, struct format_letters *l)
{
    const char *close = strchr(p, ']');
    if (!close)
        return p + strlen(p);
    size_t len = (size_t)(close - p) - 1;
    char first = (char)tolower((unsigned char)p[1]);
    if (len > 0 && strchr("hms", first) && strspn(p + 1, (char[]){p[1], first, 0}) >= len)
        l->elapsed = true;
    return close + 1;
}

/* Past one thing that shows no date letter, or NULL where the letter at `p` counts. */
static const char *not_a_letter(const char *p, struct format_letters *l)
{
    if (*p == '"') {
        const char *close = strchr(p + 1, '"');
        return close ? close + 1 : p + strlen(p);
    }
    if ((*p == '\\' || *p == '_' || *p == '*') && p[1])
        return p + 2;
    if (*p == '[')
        return bracket(p, l);
    if (strncasecmp(p, "am/pm", 5) == 0)
        return p + 5;
    if (strncasecmp(p, "a/p", 3) == 0)
        return p + 3;
    if (strncasecmp(p, "general", 7) == 0)
        return p + 7;
    return NULL;
}

enum sheet_format sheet_format_of_code(const char *code)
{
    struct format_letters l = {0};
    for (const char *p = code; *p && *p != ';';) {
        const char *past = not_a_letter(p, &l);
        if (!past)
            note_letter(&l, *p);
        p = past ? past : p + 1;
    }
    if (l.elapsed)
        return SHEET_ELAPSED;
    if (l.clock) /* m means minutes beside h and s, unless there is a day or year */
        return l.day ? SHEET_MOMENT : SHEET_TIME;
    return l.day || l.month ? SHEET_DATE : SHEET_PLAIN;
}

bool sheet_duration(struct buf *to, const char *text)
{
    static const char units[] = "HMS";
    uint64_t value[3] = {0};
    if (strncmp(text, "PT", 2) != 0 || !text[2])
        return false;
    size_t next = 0;
    for (const char *p = text + 2; *p;) {
        uint64_t number = 0;
        const char *from = p;
        for (; is_digit((uint8_t)*p) && number < 1000000; p++)
            number = number * 10 + (uint64_t)(*p - '0');
        if (p == from)
            return false;
        if (*p == '.' || *p == ',')
            p += 1 + strspn(p + 1, "0123456789");
        const char *unit = *p ? strchr(units + next, *p) : NULL;
        if (!unit)
            return false;
        value[unit - units] = number;
        next = (size_t)(unit - units) + 1;
        p++;
    }
    put_clock(to, (int64_t)(value[0] * 3600 + value[1] * 60 + value[2]));
    return true;
}

/* The character of "_x000A_" at `p`, -1 if there is none. */
static int32_t escaped(const uint8_t *p, size_t left)
{
    if (left < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
        return -1;
    int32_t c = 0;
    for (size_t i = 2; i < 6; i++) {
        if (!isxdigit(p[i]))
            return -1;
        c = c * 16 + (is_digit(p[i]) ? p[i] - '0' : tolower(p[i]) - 'a' + 10);
    }
    return c >= 0xd800 && c < 0xe000 ? -1 : c;
}

static size_t put_utf8(uint8_t *to, int32_t c)
{
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
        return 0;
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xc0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    to[0] = (uint8_t)(0xe0 | c >> 12);
    to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    to[2] = (uint8_t)(0x80 | (c & 0x3f));
    return 3;
}

void sheet_unescape(struct buf *text)
{
    size_t used = 0;
    for (size_t i = 0; i < text->len;) {
        int32_t c = escaped(text->p + i, text->len - i);
        if (c >= 0) {
            used += put_utf8(text->p + used, c);
            i += 7;
        } else {
            text->p[used++] = text->p[i++];
        }
    }
    text->len = used;
}

bool sheet_count(const char *text, uint64_t most, uint64_t *ret)
{
    uint64_t n = 0;
    if (!is_digit((uint8_t)*text))
        return false;
    for (; is_digit((uint8_t)*text); text++) {
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
            return false;
    }
    *ret = n;
    return *text == 0 && n <= most;
}

bool sheet_reference(const char *text, uint64_t *ret_column, uint64_t *ret_row)
{
    uint64_t column = 0;
    const char *p = text;
    for (; *p >= 'A' && *p <= 'Z' && p - text < 4; p++)
        column = column * 26 + (uint64_t)(*p - 'A' + 1);
    uint64_t row = 0;
    if (column == 0 || (*p && !sheet_count(p, 1u << 30, &row)))
        return false;
    *ret_column = column;
    *ret_row = row;
    return true;
}
