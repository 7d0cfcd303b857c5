/* Puts the cells of a spreadsheet together to rows, for sheet_xlsx.c and sheet_ods.c: fills gaps, drops empty ends,
 * counts. Parts of sheet.h; for no one else.
 */
#ifndef SHEET_ROWS_H
#define SHEET_ROWS_H

#include "limits.h"
#include "table.h"

struct sheet_rows {
    struct buf text;             /* of all cells of the row */
    size_t start[LIMIT_COLUMNS]; /* of each cell in it */
    struct csv_cell cell[LIMIT_COLUMNS];
    size_t filled;   /* cells up to the last that isn't empty */
    uint64_t column; /* the last that was put, from 1 */
    uint64_t line;   /* of the row, from 1 */
    uint64_t repeat; /* how often the row is still to be given */
    bool error;
    size_t error_cell;
    size_t expected; /* cells in the first row */
    uint64_t given, rows_max;
};

/* `rows_max` 0: LIMIT_ROWS. */
err sheet_rows_new(uint64_t rows_max, struct sheet_rows **ret);
void sheet_rows_free(struct sheet_rows **r); /* also for CLEANUP */

/* Lines only go up: else ERR_INVALID. */
err sheet_rows_begin(struct sheet_rows *r, uint64_t line);
/* The next cells, `repeat` times the same, at `column` or (0) after the last.  An error cell has no value. */
err sheet_rows_put(struct sheet_rows *r, uint64_t column, struct view value, bool error, uint64_t repeat);
/* The row is complete and stands `repeat` times; *ret_any false if it is empty and isn't given. */
err sheet_rows_finish(struct sheet_rows *r, uint64_t repeat, bool *ret_any);
/* Gives it once more; `r->repeat` must not be 0. */
err sheet_rows_give(struct sheet_rows *r, struct table_cells *ret);

/* ERR_NOT_FOUND with the names that there are. */
err sheet_not_found(const char *wanted, const char *const *names, size_t count);

#endif
