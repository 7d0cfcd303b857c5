/* Whether a cell can be what its field is.  Pure.
 *
 * What people type where there is nothing ("n/a", "-", "unknown" ...) is nothing in fields of which no value looks like that: e-mail,
 * telephone, date, number.  In all others it stays as it is: there are people called None and towns called Unknown.
 * What only looks odd is kept as it stands: a telephone number with a note is worth more than a row less in the register; it makes no
 * token where it is no address or number, and compares as "can't know".  Letters alone are no date and no number.
 */
#ifndef CELLTYPE_H
#define CELLTYPE_H

#include "catalogue.h"
#include "when.h"

enum celltype { CELLTYPE_FINE, CELLTYPE_NOTHING, CELLTYPE_ODD, CELLTYPE_WRONG };

/* `cell` trimmed; an empty one is fine. */
enum celltype celltype_of(enum field_type type, struct view cell, enum when_order order);
/* Of any type: for numbers of people in lists that others made, which mean one person each only where they are numbers. */
bool celltype_says_nothing(struct view cell);
bool celltype_is_nothing(enum field_type type, struct view cell);
/* Whether it is a date for which the order of day and month has to be said. */
bool celltype_needs_order(struct view cell, enum when_order order);
/* "a telephone number", "an e-mail address", ...; "" of types that take anything. */
const char *celltype_words(enum field_type type);

#endif
