/* Tells by its first bytes what a file is.  Pure.  Part of table.h; for no one else.
 */
#ifndef TABLE_GUESS_H
#define TABLE_GUESS_H

#include "table.h"

enum { TABLE_GUESS_BYTES = 8192 }; /* enough for every decision */

enum table_guess {
    TABLE_GUESS_TEXT, /* a CSV, or some other text */
    TABLE_GUESS_ZIP,  /* a ZIP archive, which a spreadsheet may be */
    TABLE_GUESS_MAIL,
    TABLE_GUESS_LOCKED, /* it may hold a table, but can't be read: old .xls, 7z, RAR, gzip, a workbook with a password */
    TABLE_GUESS_OTHER   /* a picture, a PDF and the like */
};

enum table_guess table_guess(struct view start);

/* Why it can't be read as a table, for TABLE_GUESS_LOCKED and TABLE_GUESS_OTHER. */
err table_guess_error(struct view start);

/* Whether a text inside an archive or mail is a table: by its first lines, and not if its name says that it is another
 * sort of text (a web page, a calendar, a log). */
bool table_guess_text(struct view start, const char *name);

/* Left behind by the system that made an archive: __MACOSX/, .DS_Store, Thumbs.db. */
bool table_guess_junk(const char *name);

#endif
