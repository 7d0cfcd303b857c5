#include "when.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY_SECONDS = 86400, HOUR_SECONDS = 3600, MONTHS = 12, ZONE_TRIES = 3 };

static const char *const day_names[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* ---- The calendar ---- */

/* Years are counted from March here, so that the leap day is the last; 400 of them are an era of 146097 days. */
enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_FROM_MARCH_0 = 719468 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t day_number(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = floor_div(y, ERA_YEARS);
    int64_t year_of_era = y - era * ERA_YEARS;
    int64_t months_since_march = (month + 9) % MONTHS;
    int64_t day_of_year = (153 * months_since_march + 2) / 5 + day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_FROM_MARCH_0;
}

static struct when_date date_of(int64_t number)
{
    int64_t n = number + EPOCH_FROM_MARCH_0;
    int64_t era = floor_div(n, ERA_DAYS);
    int64_t d = n - era * ERA_DAYS;
    int64_t year_of_era = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t day_of_year = d - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    int64_t months_since_march = (5 * day_of_year + 2) / 153;
    int month = (int)((months_since_march + 2) % MONTHS) + 1;
    int64_t year = era * ERA_YEARS + year_of_era + (month <= 2);
    return (struct when_date){(int)year, month, (int)(day_of_year - (153 * months_since_march + 2) / 5) + 1};
}

static bool known(int32_t day)
{
    return day >= DAY_FIRST && day <= DAY_LAST;
}

static int32_t day_or_unknown(int64_t number)
{
    return number >= DAY_FIRST && number <= DAY_LAST ? (int32_t)number : DAY_UNKNOWN;
}

int when_month_days(int year, int month)
{
    static const int days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > MONTHS)
        return 0;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

const char *when_month_name(int month)
{
    static const char *const names[MONTHS] = {"January", "February", "March",     "April",   "May",      "June",
                                              "July",    "August",   "September", "October", "November", "December"};
    return month >= 1 && month <= MONTHS ? names[month - 1] : "";
}

int32_t when_day(int year, int month, int day)
{
    if (year < 1 || year > 9999 || day < 1 || day > when_month_days(year, month))
        return DAY_UNKNOWN;
    return (int32_t)day_number(year, month, day);
}

struct when_date when_date(int32_t day)
{
    return known(day) ? date_of(day) : (struct when_date){0, 0, 0};
}

int when_weekday(int32_t day)
{
    enum { MONDAY = 4 }; /* 1970-01-05 */
    if (!known(day))
        return -1;
    int64_t since = (int64_t)day - MONDAY;
    return (int)(since - 7 * floor_div(since, 7));
}

int32_t when_add_days(int32_t day, int32_t days)
{
    return known(day) ? day_or_unknown((int64_t)day + days) : DAY_UNKNOWN;
}

int32_t when_add_months(int32_t day, int32_t months)
{
    if (!known(day))
        return DAY_UNKNOWN;
    struct when_date d = date_of(day);
    int64_t total = (int64_t)d.year * MONTHS + d.month - 1 + months;
    int64_t year = floor_div(total, MONTHS);
    if (year < 1 || year > 9999)
        return DAY_UNKNOWN;
    int month = (int)(total - year * MONTHS) + 1;
    int last = when_month_days((int)year, month);
    return when_day((int)year, month, d.day < last ? d.day : last);
}

int when_age(int32_t born, int32_t at)
{
    if (!known(born) || !known(at) || at < born)
        return -1;
    struct when_date b = date_of(born), a = date_of(at);
    bool before_birthday = a.month < b.month || (a.month == b.month && a.day < b.day);
    return a.year - b.year - before_birthday;
}

/* ---- Instants ---- */

static bool known_instant(int64_t instant)
{
    return instant >= WHEN_FIRST && instant <= WHEN_LAST;
}

int64_t when_report_due(int64_t aware)
{
    enum { REPORT_HOURS = 72 };
    if (aware == WHEN_UNKNOWN_EARLY || aware > WHEN_UNKNOWN_LATE - REPORT_HOURS * HOUR_SECONDS)
        return aware;
    return aware + REPORT_HOURS * HOUR_SECONDS;
}

struct clock {
    struct when_date date;
    int hour, minute, second, weekday;
};

static struct clock clock_of(int64_t seconds)
{
    int64_t day = floor_div(seconds, DAY_SECONDS);
    int rest = (int)(seconds - day * DAY_SECONDS);
    int64_t since_monday = day - 4;
    return (struct clock){.date = date_of(day),
                          .hour = rest / HOUR_SECONDS,
                          .minute = rest / 60 % 60,
                          .second = rest % 60,
                          .weekday = (int)(since_monday - 7 * floor_div(since_monday, 7))};
}

/* ---- Time zones ---- */

#define ZONES "/usr/share/zoneinfo/"

static bool plain_zone_name(struct view name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/-";
    if (name.len == 0 || name.len >= sizeof((struct when_zone *)NULL)->name || name.p[0] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!memchr(allowed, name.p[i], sizeof allowed - 1))
            return false;
    /* Those with leap seconds count another time. */
    return name.len < 6 || memcmp(name.p, "right/", 6) != 0;
}

/* Without stdio, which has nothing to read with where memory has run short, and then says no more than that there is no such file. */
static err in_database(const char *name, bool *ret)
{
    char path[128], magic[4];
    ssize_t got;
    int fd;
    snprintf(path, sizeof path, ZONES "%s", name);
    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    *ret = false;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? OK : err_at(err_system("read the time zone"), path, 0, 0);
    do
        got = read(fd, magic, sizeof magic);
    while (got < 0 && errno == EINTR);
    err e = got < 0 && errno != EISDIR ? err_at(err_system("read the time zone"), path, 0, 0) : OK;
    close(fd);
    *ret = got == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
    return e;
}

/* Of the same value nothing is read once more: so another comes first. */
static bool set_zone(const char *value)
{
    if (setenv("TZ", "UTC0", 1) != 0)
        return false;
    tzset();
    if (setenv("TZ", value, 1) != 0)
        return false;
    tzset();
    return tzname[0] && tzname[0][0]; /* else the file could not be read, and it would be UTC */
}

/* The one place that touches the C library's zone, which is the process's: calls take turns, and the zone is set again
 * only when another is asked for. */
static err zone_clock(const struct when_zone *zone, time_t instant, struct tm *ret)
{
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    static struct when_zone now;
    char value[128];
    /* With its path, so that no TZDIR in the environment leads elsewhere, which would silently be UTC. */
    snprintf(value, sizeof value, ":" ZONES "%s", zone->name);
    pthread_mutex_lock(&turn);
    bool good = strcmp(now.name, zone->name) == 0;
    for (int i = 0; i < ZONE_TRIES && !good; i++) /* reading was interrupted, perhaps */
        good = set_zone(value);
    now = good ? *zone : (struct when_zone){.name = ""};
    good = good && localtime_r(&instant, ret);
    pthread_mutex_unlock(&turn);
    return good ? OK : err_system("use the time zone");
}

err when_zone_find(struct when_zone *ret, struct view name)
{
    struct when_zone zone = {.name = ""};
    bool there = false;
    if (plain_zone_name(name)) {
        memcpy(zone.name, name.p, name.len);
        TRY(in_database(zone.name, &there));
    }
    ENSURE(there, err_newf(ERR_INVALID, "There is no time zone {}.", "Use a name such as Europe/London; is the package tzdata installed?",
                           err_name_n((const char *)name.p, name.len)));
    TRY(zone_clock(&zone, 0, &(struct tm){0}));
    *ret = zone;
    return OK;
}

err when_offset(const struct when_zone *zone, int64_t instant, int32_t *ret)
{
    /* Two days more than the calendar, for local times at its edges. */
    int64_t least = WHEN_FIRST - 2 * DAY_SECONDS, most = WHEN_LAST + 2 * DAY_SECONDS;
    struct tm tm = {0};
    TRY(zone_clock(zone, (time_t)(instant < least ? least : instant > most ? most : instant), &tm));
    *ret = (int32_t)tm.tm_gmtoff;
    return OK;
}

/* What the clocks of the zone show, as seconds since 1970 on them. */
static err shown(const struct when_zone *zone, int64_t instant, int64_t *ret)
{
    int32_t offset = 0;
    TRY(when_offset(zone, instant, &offset));
    *ret = instant + offset;
    return OK;
}

/* The instants that can show `wanted`: a day away from it no change of the clocks can interfere. */
static err bracket(const struct when_zone *zone, int64_t wanted, int64_t *low, int64_t *high)
{
    int32_t before = 0, after = 0;
    TRY(when_offset(zone, wanted - DAY_SECONDS, &before));
    TRY(when_offset(zone, wanted + DAY_SECONDS, &after));
    *low = wanted - (before > after ? before : after);
    *high = wanted - (before > after ? after : before);
    return OK;
}

static err wanted_clock(int32_t day, int32_t second, int64_t *ret)
{
    ENSURE(known(day) && second >= 0 && second < DAY_SECONDS,
           err_new(ERR_INTERNAL, "A local time was asked for on an unknown day.", ""));
    *ret = (int64_t)day * DAY_SECONDS + second;
    return OK;
}

err when_local_start(const struct when_zone *zone, int32_t day, int32_t second, int64_t *ret)
{
    int64_t wanted = 0, low = 0, high = 0, clock = 0;
    TRY(wanted_clock(day, second, &wanted));
    TRY(bracket(zone, wanted, &low, &high));
    while (low < high) {
        TRY(shown(zone, low, &clock));
        if (clock >= wanted)
            break;
        int64_t middle = low + (high - low) / 2;
        TRY(shown(zone, middle, &clock));
        if (clock >= wanted)
            high = middle;
        else
            low = middle + 1;
    }
    *ret = low;
    return OK;
}

err when_local_end(const struct when_zone *zone, int32_t day, int32_t second, int64_t *ret)
{
    int64_t wanted = 0, low = 0, high = 0, clock = 0;
    TRY(wanted_clock(day, second, &wanted));
    TRY(bracket(zone, wanted, &low, &high));
    while (low < high) {
        TRY(shown(zone, high, &clock));
        if (clock <= wanted)
            break;
        int64_t middle = high - (high - low) / 2;
        TRY(shown(zone, middle, &clock));
        if (clock <= wanted)
            low = middle;
        else
            high = middle - 1;
    }
    *ret = high;
    return OK;
}

err when_local_day(const struct when_zone *zone, int64_t instant, int32_t *ret)
{
    int64_t clock = 0;
    *ret = DAY_UNKNOWN;
    if (!known_instant(instant))
        return OK;
    TRY(shown(zone, instant, &clock));
    *ret = day_or_unknown(floor_div(clock, DAY_SECONDS));
    return OK;
}

/* ---- Written ---- */

static void put_date(struct buf *to, struct when_date d)
{
    buf_fmt(to, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static void put_date_words(struct buf *to, struct when_date d)
{
    buf_fmt(to, "%d %s %d", d.day, when_month_name(d.month), d.year);
}

static void put_unknown(struct buf *to)
{
    buf_str(to, "unknown");
}

/* Every entry of the log has such times: printf() takes as long as all the rest of it. */
static void put_digits(char *to, int count, int value)
{
    for (; count > 0; value /= 10)
        to[--count] = (char)('0' + value % 10);
}

void when_put_utc(struct buf *to, int64_t instant)
{
    if (!known_instant(instant)) {
        put_unknown(to);
        return;
    }
    struct clock c = clock_of(instant);
    char text[] = "yyyy-mm-ddThh:mm:ssZ";
    put_digits(text, 4, c.date.year);
    put_digits(text + 5, 2, c.date.month);
    put_digits(text + 8, 2, c.date.day);
    put_digits(text + 11, 2, c.hour);
    put_digits(text + 14, 2, c.minute);
    put_digits(text + 17, 2, c.second);
    buf_str(to, text);
}

void when_put_day(struct buf *to, int32_t day)
{
    if (known(day))
        put_date(to, date_of(day));
    else
        put_unknown(to);
}

void when_put_day_words(struct buf *to, int32_t day)
{
    if (known(day))
        put_date_words(to, date_of(day));
    else
        put_unknown(to);
}

/* Offsets in whole minutes, as RFC 3339 has them: those of the 19th century have seconds, which the local time then
 * shows. */
static err minute_offset(const struct when_zone *zone, int64_t instant, int32_t *ret)
{
    TRY(when_offset(zone, instant, ret));
    *ret -= *ret % 60;
    return OK;
}

static void put_offset(struct buf *to, int32_t offset)
{
    int minutes = abs(offset) / 60;
    buf_fmt(to, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

err when_put_local(struct buf *to, int64_t instant, const struct when_zone *zone)
{
    if (!known_instant(instant)) {
        put_unknown(to);
        return OK;
    }
    int32_t offset = 0;
    TRY(minute_offset(zone, instant, &offset));
    struct clock c = clock_of(instant + offset);
    put_date(to, c.date);
    buf_fmt(to, "T%02d:%02d:%02d", c.hour, c.minute, c.second);
    put_offset(to, offset);
    return OK;
}

err when_put_words(struct buf *to, int64_t instant, const struct when_zone *zone)
{
    if (!known_instant(instant)) {
        put_unknown(to);
        return OK;
    }
    int32_t offset = 0;
    TRY(minute_offset(zone, instant, &offset));
    struct clock c = clock_of(instant + offset);
    buf_fmt(to, "%s ", day_names[c.weekday]);
    put_date_words(to, c.date);
    buf_fmt(to, ", %02d:%02d (", c.hour, c.minute);
    put_offset(to, offset);
    buf_str(to, ")");
    return OK;
}
