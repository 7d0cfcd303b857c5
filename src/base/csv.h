/* Reads tables of comma-separated values, row by row, from any source of bytes; strictly, in constant memory apart from
 * one row.  Broken quoting ends the reading with an error; a row that is wrong in itself is flagged and the reading goes
 * on, so that an import can list all bad rows.
 *
 * Form: RFC 4180; lines end with CRLF, LF or CR; a byte order mark is skipped; lines without any character are skipped
 * but counted; the last line may lack its end; quoted cells may hold delimiters, line ends and doubled quotes. Lines are
 * physical lines from 1; columns are characters from 1 in that line, the byte order mark not counted. Threads: one at a
 * time for a reader.
 */
#ifndef CSV_H
#define CSV_H

#include "buf.h"
#include "text.h"

/* Puts at most `size` bytes into `to` and their number into *got; 0 is the end. */
typedef err csv_read(void *ctx, uint8_t *to, size_t size, size_t *got);

struct csv_options {
    const char *file; /* the name for messages; must outlive the reader */
    char delimiter;   /* , ; | or tab; 0: the one most frequent in the first line outside quotes, else a comma */
    enum text_encoding encoding;
    uint64_t rows_max; /* 0: LIMIT_ROWS */
    bool any_width;    /* rows may have any number of cells */
};

/* What is wrong with one row. */
enum csv_problem {
    CSV_FINE,
    CSV_TOO_SHORT, /* fewer cells than the first row; the cells are given */
    CSV_TOO_LONG,  /* more cells; the cells are given */
    CSV_BAD_TEXT,  /* a byte that is not of the encoding; no cells are given */
    CSV_NUL        /* a zero byte; no cells are given */
};

struct csv_cell {
    struct view text; /* well-formed UTF-8 without NUL; quotes taken off */
    uint64_t line, column;
};

/* One row.  Everything in it is valid until the next csv_row or csv_close. */
struct csv_cells {
    const struct csv_cell *cell;
    size_t count;
    size_t expected; /* cells in the first row */
    uint64_t row;    /* rows from 1; the first is usually the header */
    uint64_t line;   /* where it begins */
    enum csv_problem problem;
    uint64_t problem_line, problem_column; /* the wrong byte; the first cell too many; the end of a row too short */
    size_t problem_cell;                   /* from 0; for CSV_TOO_SHORT the first one missing */
};

struct csv;

/* `read` is called with `ctx` until its end.  Errors: ERR_NOMEM, ERR_USAGE for another delimiter. */
err csv_open(struct csv **ret, const struct csv_options *options, csv_read *read, void *ctx);
void csv_close(struct csv **c); /* also for CLEANUP */

/* The next row, or *ret_end.  Errors end the reading (every further call gives the same kind): ERR_INVALID for a quote
 * inside an unquoted cell, text after a closing quote, a quote never closed (placed where it opened), a UTF-16 byte
 * order mark; ERR_LIMIT for LIMIT_CELL_BYTES, LIMIT_ROW_BYTES, LIMIT_COLUMNS, rows_max; ERR_NOMEM; what `read` gave.
 * Those about the file carry file:line:column. */
err csv_row(struct csv *c, struct csv_cells *ret, bool *ret_end);

/* The problem of a row as an error with its place, for a caller that stops at the first or lists them; OK for CSV_FINE.
 */
err csv_row_ok(const struct csv *c, const struct csv_cells *row);
/* An error of the caller's, about one cell, with its place. */
err csv_cell_at(err e, const struct csv *c, const struct csv_cell *cell);

char csv_delimiter(const struct csv *c); /* known after the first row */

/* A source of bytes over memory: `ctx` is a struct csv_bytes. */
struct csv_bytes {
    struct view left;
    size_t piece; /* at most so many at a time; 0: any number */
};
err csv_read_bytes(void *ctx, uint8_t *to, size_t size, size_t *got);

/* Writing, with commas.  A cell is quoted if it holds a quote, a line end, any delimiter that the reader may guess, a
 * space at an end or a byte order mark at its start, and never else: a guard against formulas is the caller's. */
void csv_write_cell(struct buf *to, struct view text);
/* A whole row with CRLF; a row of one empty cell is written "" so that it isn't an empty line. */
void csv_write_row(struct buf *to, const struct view *cells, size_t count);

#endif
