/* Time: instants, days, ranges of both, time zones, and the words for them.  No clock is read here; the present comes in
 * as an argument.
 *
 * Instants are seconds since 1970-01-01T00:00:00Z without leap seconds; days are days since 1970-01-01 in the proleptic
 * Gregorian calendar.  Both for the years 1 to 9999.
 * Errors: ERR_INVALID with words for what the officer typed; from cells of files the words never hold the cell.
 * Threads: any; calls with a zone take turns, and a process should keep to one zone.
 */
#ifndef WHEN_H
#define WHEN_H

#include "buf.h"

#define WHEN_UNKNOWN_EARLY INT64_MIN
#define WHEN_UNKNOWN_LATE INT64_MAX
#define WHEN_FIRST (-62135596800LL) /* 0001-01-01T00:00:00Z */
#define WHEN_LAST 253402300799LL    /* 9999-12-31T23:59:59Z */
#define DAY_UNKNOWN INT32_MIN
#define DAY_FIRST (-719162) /* 0001-01-01 */
#define DAY_LAST 2932896    /* 9999-12-31 */

/* Both ends inclusive; earliest <= latest; WHEN_UNKNOWN_EARLY and _LATE where an end isn't known. */
struct when_range {
    int64_t earliest, latest;
};

struct when_date {
    int year, month, day; /* month and day from 1 */
};

/* A time zone of the system's database. */
struct when_zone {
    char name[64];
};

/* The name must be of [A-Za-z0-9_+/-] and a zone of the system's database.  It is read here: what a process works with it afterwards
 * fails for the calendar's edges only. */
err when_zone_find(struct when_zone *ret, struct view name);
/* Seconds east of UTC. */
err when_offset(const struct when_zone *zone, int64_t instant, int32_t *ret);
/* The first instant at which the zone's clocks show `day` and `second` (0..86399) or later, and the last at which they
 * show it or earlier.  They differ where an hour comes twice; where it is left out, they are the two sides of the leap.
 */
err when_local_start(const struct when_zone *zone, int32_t day, int32_t second, int64_t *ret);
err when_local_end(const struct when_zone *zone, int32_t day, int32_t second, int64_t *ret);
/* The day on the zone's calendar at an instant; DAY_UNKNOWN for an unknown one. */
err when_local_day(const struct when_zone *zone, int64_t instant, int32_t *ret);

/* Typed by the officer: */
/* RFC 3339 with offset or Z; seconds may be left out, fractions are dropped. */
err when_parse_instant(struct view text, int64_t *ret);
/* "2018-10-20". */
err when_parse_day(struct view text, int32_t *ret);
/* An instant (that second), a day, month "2021-10" or year "2021" in the zone, "unknown", or A..B of any two of these:
 * from the start of A to the end of B.  Ends outside the years 1 to 9999 are moved to their edge. */
err when_parse_range(struct view text, const struct when_zone *zone, struct when_range *ret);

/* Written; unknown ones, and instants outside the years 1 to 9999, as "unknown". */
void when_put_utc(struct buf *to, int64_t instant);                                /* 2018-10-29T14:05:00Z */
void when_put_day(struct buf *to, int32_t day);                                    /* 2018-03-02 */
void when_put_day_words(struct buf *to, int32_t day);                              /* 2 March 2018 */
err when_put_local(struct buf *to, int64_t instant, const struct when_zone *zone); /* 2018-10-29T15:05:00+01:00 */
err when_put_words(struct buf *to, int64_t instant,
                   const struct when_zone *zone); /* Mon 29 October 2018, 15:05 (+01:00) */

/* Days. DAY_UNKNOWN in, or a result outside the years 1 to 9999: DAY_UNKNOWN out. */
int32_t when_day(int year, int month, int day); /* DAY_UNKNOWN if there is no such date */
struct when_date when_date(int32_t day);        /* zeroes for DAY_UNKNOWN */
int when_month_days(int year, int month);       /* 0 for no such month */
const char *when_month_name(int month);         /* "January"; "" for no such month */
int when_weekday(int32_t day);                  /* 0 Monday .. 6 Sunday; -1 unknown */
int32_t when_add_days(int32_t day, int32_t days);
/* The corresponding date, or the last day of the month if there is none (TIME-05, TIME-10). */
int32_t when_add_months(int32_t day, int32_t months);
/* Full years on the day `at` of somebody born on `born`, who, born on 29 February, is a year older on 1 March where
 * there is none; -1 if one is unknown or `at` is before `born`. */
int when_age(int32_t born, int32_t at);

/* The end of the 72 hours for the report to the authority: 72 * 3600 s after becoming aware, whatever the clocks on the
 * wall do (TIME-09).  Unknown stays unknown. */
int64_t when_report_due(int64_t aware);

/* A cell of a file: "2018-03-02", with a time after it (dropped), "2018/3/2", "20180302", and where the officer said
 * which order is meant "02/03/2018", "2.3.2018", "2-3-2018".  Empty and "0000-00-00": DAY_UNKNOWN.  Years have four
 * digits. */
enum when_order { WHEN_YEAR_FIRST, WHEN_DAY_FIRST, WHEN_MONTH_FIRST };
err when_cell_day(struct view cell, enum when_order order, int32_t *ret);

#endif
