/* Reads the rows of a spreadsheet, XLSX (ECMA-376) or ODS (OASIS OpenDocument 1.2), as texts.  It streams over the
 * archive: only the shared texts, the list of sheets and the number formats of an XLSX are held.
 *
 * Values: texts as they are; whole numbers without exponent or ".0", up to 15 digits exact; TRUE and FALSE; dates as
 * 2024-02-29, with a time as 2024-02-29T13:45:00, times as 13:45:00; formulas give the value that was stored with them.
 * Limits (limits.h): shared texts, nesting of the XML, repeated rows and cells, and those of csv.h.  A document type
 * declaration is refused (no spreadsheet has one).
 * Errors: ERR_INVALID not a spreadsheet, damaged, or protected by a password; ERR_NOT_FOUND no such sheet; ERR_LIMIT.
 */
#ifndef SHEET_H
#define SHEET_H

#include "origin.h"
#include "table.h"

struct sheet;

/* What a ZIP archive is: TABLE_XLSX, TABLE_ODS, TABLE_ANY for an office document without a table (text, slides),
 * TABLE_ZIP for any other.  ERR_INVALID for a binary workbook (.xlsb). */
err sheet_kind(const struct origin *origin, enum table_kind *ret);

/* `name` NULL is the first sheet that isn't hidden.  `name` must live and `origin` stay open as long as the sheet.
 * `kind` as sheet_kind said. `rows_max` 0: LIMIT_ROWS. */
err sheet_open(const struct origin *origin, enum table_kind kind, const char *name, uint64_t rows_max,
               struct sheet **ret);
void sheet_close(struct sheet **s); /* also for CLEANUP */

err sheet_row(struct sheet *s, struct table_cells *ret, bool *ret_end);
const char *sheet_name(const struct sheet *s);

/* The names of all sheets, hidden ones too, in order, into `a`. */
err sheet_names(const struct origin *origin, enum table_kind kind, struct arena *a, const char *const **ret,
                size_t *ret_count);

/* For tests and fuzzing: the bytes of one worksheet XML (no shared texts, no formats) or of one content.xml. */
err sheet_open_xml(struct view xml, enum table_kind kind, struct sheet **ret);

#endif
