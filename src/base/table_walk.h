/* Goes through the tables inside archives and mail, whatever lies in whatever, one after the other.  Part of table.h;
 * for no one else.
 */
#ifndef TABLE_WALK_H
#define TABLE_WALK_H

#include "origin.h"
#include "table_guess.h"

struct table_walk;

/* The table on which the walk stands; valid until its next step. */
struct table_leaf {
    const char *name;     /* members joined by "/": "inner.zip/members.csv" */
    enum table_kind kind; /* TABLE_CSV, TABLE_XLSX, TABLE_ODS; TABLE_ANY: it may be a table, but can't be read */
    csv_read *read;       /* of a CSV, with `ctx` */
    void *ctx;
    const struct origin *origin; /* of a spreadsheet */
    struct view start;           /* its first bytes; for TABLE_ANY table_walk_why says what is wrong */
};

/* `origin` is a ZIP archive or mail (`kind` TABLE_ZIP or TABLE_MAIL); it must stay open, `password` must live as long.
 */
err table_walk_open(const struct origin *origin, enum table_kind kind, struct view password, struct table_walk **ret);
void table_walk_close(struct table_walk **w); /* also for CLEANUP */

/* The next table.  What is no table is passed over. */
err table_walk_next(struct table_walk *w, struct table_leaf *ret, bool *ret_end);

/* Why a leaf of kind TABLE_ANY can't be read. */
err table_walk_why(const struct table_leaf *leaf);

#endif
