/* Every limit of the program, by what it limits, with its unit and its reason. */
#ifndef LIMITS_H
#define LIMITS_H

/* Input files. */
#define LIMIT_CELL_BYTES (1u << 20)     /* one cell of a table: longer is a broken quote, not a value */
#define LIMIT_COLUMNS 1024u             /* the widest export known has about 330 */
#define LIMIT_ROWS 20000000u            /* rows of one file */

#endif
