/* What a spreadsheet stores and what its reader meant: numbers as decimal text, day counts as ISO dates, number formats
 * that show dates.  Pure: text in, text out; independent of the locale. Sources: ECMA-376 part 1, 18.8.30 (formats)
 * and 18.17.4 (dates); OpenDocument 1.2 part 1, 18.2.
 */
#ifndef SHEET_VALUE_H
#define SHEET_VALUE_H

#include "buf.h"

enum sheet_format {
    SHEET_PLAIN,
    SHEET_DATE,    /* shows a day */
    SHEET_MOMENT,  /* shows a day and a time */
    SHEET_TIME,    /* shows a time of day */
    SHEET_ELAPSED, /* shows hours beyond 24: [h]:mm */
};

/* A built-in format (14 to 22, 27 to 36, 45 to 47, 50 to 58 are dates or times). */
enum sheet_format sheet_format_of_id(unsigned long id);
/* A format of the file's own: the letters y, m, d, h, s of its first section, outside quotes, brackets and escapes. */
enum sheet_format sheet_format_of_code(const char *code);

/* Appends a number as written in XML ("1.2345678901E10") as people know it ("12345678901"): no exponent, no ".0".  Whole
 * numbers written in full stay exact; all others are rounded to the 15 digits that spreadsheets show.  Numbers beyond 30
 * digits keep an exponent.  False: it isn't a number; nothing is appended. */
bool sheet_number(struct buf *to, struct view text);

/* Appends the day count `text` as its format shows it: 2024-02-29, 2024-02-29T13:45:00, 13:45:00.  The 1900 system holds
 * a 29 February 1900 that never was; it comes out as such.  Counts that are no date (negative, beyond 9999) come out as
 * numbers.  False: it isn't a number; nothing is appended. */
bool sheet_date(struct buf *to, struct view text, enum sheet_format format, bool since_1904);

/* Appends an ISO duration of an ODS time, PT13H45M00S, as 13:45:00.  False: it isn't one. */
bool sheet_duration(struct buf *to, const char *text);

/* Replaces Excel's _x000A_ in place by the character, drops control characters other than tab and line ends. */
void sheet_unescape(struct buf *text);

/* "AB12" gives column 28 and row 12; a missing number gives row 0.  False: it isn't a reference. */
bool sheet_reference(const char *text, uint64_t *ret_column, uint64_t *ret_row);

/* Reads a whole number of at most `most`; false if it isn't one. */
bool sheet_count(const char *text, uint64_t most, uint64_t *ret);

#endif
