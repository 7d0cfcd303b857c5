/* The sheets of an XLSX workbook (ECMA-376 part 1, section 18), transitional and strict.  Part of sheet.h; for no one
 * else.
 */
#ifndef SHEET_XLSX_H
#define SHEET_XLSX_H

#include "origin.h"
#include "sheet_rows.h"

struct sheet_xlsx;

/* Reads the list of sheets, shared texts and formats, and opens the sheet `name` (NULL: the first that isn't hidden). */
err sheet_xlsx_open(const struct origin *origin, const char *name, struct sheet_rows *rows, struct sheet_xlsx **ret);
/* One worksheet's XML, without shared texts and formats. */
err sheet_xlsx_open_xml(struct view xml, struct sheet_rows *rows, struct sheet_xlsx **ret);
void sheet_xlsx_close(struct sheet_xlsx **x); /* also for CLEANUP */

/* Reads until a row stands in `rows` (its repeat isn't 0), or to the end. */
err sheet_xlsx_step(struct sheet_xlsx *x, bool *ret_end);
const char *sheet_xlsx_name(const struct sheet_xlsx *x);

err sheet_xlsx_names(const struct origin *origin, struct arena *a, const char ***ret, size_t *ret_count);

#endif
