/* Names of columns and fields compared without regard to capitals, and with blanks, "_" and "-" as the same. */
#ifndef FOLDNAME_H
#define FOLDNAME_H

#include "buf.h"

#define FOLDNAME_MAX 200u /* bytes: longer names are equal to nothing but themselves */

/* Whether `a` and `b` are the same name. */
bool foldname_same(struct view a, struct view b);

#endif
