/* One way to read any table: CSV, XLSX, ODS, ZIP archives of these (with a password), and e-mail messages or mailboxes
 * with such an attachment.  What a file is, is told by its content, never by its name.
 *
 * A file with one table gives it.  A file with several (a ZIP of several CSVs) needs `member`, or `walk`: then the
 * tables are read one after the other with table_next_member.  Of a spreadsheet the first sheet that isn't hidden is the
 * table, unless `member` names one. Nothing is written to disk.  Memory: one row, and for a spreadsheet its shared
 * texts; a spreadsheet or archive that is itself inside an archive or mail is held whole (LIMIT_NESTED_BYTES).  Archives
 * may lie one deep in another. Threads: one at a time for a table.
 */
#ifndef TABLE_H
#define TABLE_H

#include "csv.h"
#include "mem.h"

enum table_kind { TABLE_ANY, TABLE_CSV, TABLE_XLSX, TABLE_ODS, TABLE_ZIP, TABLE_MAIL };

struct table_options {
    enum table_kind kind;        /* of the outermost file; TABLE_ANY tells by content */
    char delimiter;              /* as csv_options; 0 finds out */
    enum text_encoding encoding; /* of CSV */
    struct view password;        /* of ZIP archives; empty for none */
    const char *member; /* NULL, or a member, attachment or sheet: "members.csv", "list.xlsx/People", "People" */
    bool walk;          /* take all tables, one after the other */
    uint64_t rows_max;  /* of one table; 0: LIMIT_ROWS */
};

/* What is wrong with one row.  A row of a spreadsheet is never too short: its missing cells are empty. */
enum table_problem {
    TABLE_FINE,
    TABLE_TOO_SHORT, /* fewer cells than the first row; the cells are given */
    TABLE_TOO_LONG,  /* more cells; the cells are given */
    TABLE_BAD_TEXT,  /* a byte that is not of the encoding; no cells are given */
    TABLE_NUL,       /* a zero byte; no cells are given */
    TABLE_ERROR_CELL /* a formula went wrong (#N/A, #REF!); that cell is given empty */
};

/* One row; valid until the next call on its table.  In spreadsheets `line` is the row's number and a cell's `column` the
 * column's number, both from 1; empty cells at the end are left out.  Rows without anything that can be seen (text_trim()) are passed
 * over in every kind of table. */
struct table_cells {
    const struct csv_cell *cell;
    size_t count;
    size_t expected; /* cells in the first row */
    uint64_t row;    /* rows from 1; the first is usually the header */
    uint64_t line;
    enum table_problem problem;
    uint64_t problem_line, problem_column;
    size_t problem_cell; /* from 0 */
};

struct table;

/* Opens the first (or only, or named) table.  `options` may be NULL and is copied, but its member and password must live
 * as long as the table.
 * Errors: those of origin.h, zipfile.h, sheet.h, mail.h; ERR_NOT_FOUND no table inside or none of that name;
 * ERR_INVALID several tables (the message lists them) or not a table at all (a PDF, a picture, an old .xls). */
err table_open(const struct table_options *options, const char *path, struct table **ret);
/* The same from memory; `name` stands for the path in messages; both must live as long as the table. */
err table_open_bytes(const struct table_options *options, struct view bytes, const char *name, struct table **ret);
void table_close(struct table **t); /* also for CLEANUP */

/* The next row, or *ret_end.  An error ends the table and carries its place. */
err table_row(struct table *t, struct table_cells *ret, bool *ret_end);

/* With `walk`: leaves the current table, wherever it stands in it, and goes to the next; *ret_end when there is none.
 * Without `walk` always the end. */
err table_next_member(struct table *t, bool *ret_end);

/* The names under which `member` finds the tables of a file, in their order, into `a`: of a spreadsheet all sheets, hidden ones
 * too, of a CSV none; what can't be read by the name of its file. */
err table_members(const struct table_options *options, const char *path, struct arena *a, const char *const **ret,
                  size_t *ret_count);

const char *table_path(const struct table *t);   /* as given to table_open */
const char *table_member(const struct table *t); /* the name under which `member` finds it; "" for a CSV */
const char *
table_place(const struct table *t); /* for messages: "members.zip/sheet1.csv", "list.xlsx, sheet \"People\"" */
enum table_kind table_kind(const struct table *t); /* of the table itself: TABLE_CSV, TABLE_XLSX, TABLE_ODS */

/* The problem of a row as an error with its place; OK for TABLE_FINE. */
err table_row_ok(const struct table *t, const struct table_cells *row);
/* An error of the caller's, about one cell, with its place. */
err table_cell_at(err e, const struct table *t, const struct csv_cell *cell);

#endif
