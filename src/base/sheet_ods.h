/* The sheets of an ODS document (OpenDocument 1.2 part 1, section 9).  Part of sheet.h; for no one else.
 */
#ifndef SHEET_ODS_H
#define SHEET_ODS_H

#include "origin.h"
#include "sheet_rows.h"

struct sheet_ods;

/* Opens the sheet `name` (NULL: the first that isn't hidden).  ERR_INVALID too when the document needs a password. */
err sheet_ods_open(const struct origin *origin, const char *name, struct sheet_rows *rows, struct sheet_ods **ret);
/* One content.xml. */
err sheet_ods_open_xml(struct view xml, struct sheet_rows *rows, struct sheet_ods **ret);
void sheet_ods_close(struct sheet_ods **o); /* also for CLEANUP */

/* Reads until a row stands in `rows` (its repeat isn't 0), or to the end. */
err sheet_ods_step(struct sheet_ods *o, bool *ret_end);
const char *sheet_ods_name(const struct sheet_ods *o);

err sheet_ods_names(const struct origin *origin, struct arena *a, const char ***ret, size_t *ret_count);

#endif
