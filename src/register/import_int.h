/* Shared by import*.c only: one import on its way. */
#ifndef IMPORT_INT_H
#define IMPORT_INT_H

#include "import.h"
#include "match.h"
#include "people.h"

enum {
    IMPORT_ROWS_MAX = UINT32_MAX - 2,
    IMPORT_SKIP = UINT32_MAX,     /* a row that is nobody's */
    IMPORT_NOBODY = UINT32_MAX,   /* a person who is not in the register */
    IMPORT_LINE_BITS = 27,        /* of a line, where several tables are read as one: the table's number is above */
    IMPORT_MEMBERS_MAX = 16,
};

/* A column with what it needs at every row. */
struct import_column {
    const struct column *column;
    uint16_t field;  /* its number */
    bool compared;   /* rows of one person must agree */
    bool is_value;   /* its cell is a value of `field` as it stands */
    bool is_date;
    enum field_type type; /* of the values, as celltype.h judges them; TYPE_NONE: they are not judged */
    struct import_odd odd;
};

/* A table of several that are read as one. */
struct import_member {
    const char *name;
    size_t *to; /* by its columns: where they stand in the columns of all */
    size_t count;
    size_t implied; /* a column of all that its name fills; SIZE_MAX none */
};

/* A person of the file. */
struct import_person {
    uint32_t ordinal; /* in the register; IMPORT_NOBODY */
    uint32_t line;    /* of her first row */
    bool rejected : 1, left_out : 1;
    bool kept : 1;    /* further rows are in memory */
    bool several : 1; /* rows of hers */
};

/* A row in the file, read and checked. */
struct import_row {
    uint64_t line;
    size_t count;
    const struct csv_cell *cells;
    struct facts_period period; /* DAY_UNKNOWN: no such cell */
    int32_t since, birth;
    enum status_word word;
    bool left_out;
};

struct kept_row {
    uint32_t person;
    uint64_t line;
    size_t count;
    struct csv_cell *cells;
};

struct import {
    struct vault *v;
    struct config *c;
    struct arena *a;
    const struct import_options *o;
    struct import_result *r;
    struct columns cols;
    struct map map; /* no lines: none was given */
    struct import_member *members; /* none: the file is one table as it stands */
    size_t member_count;
    struct import_column *plan;
    uint16_t *mentioned; /* numbers of the fields that the file speaks of, each once */
    size_t mentioned_count;
    bool names_members; /* a system without a status: a membership that is named, without dates, is one that goes on */
    bool says_periods, says_word, says_choices, says_birth, says_deceased;
    bool has_ids;
    uint16_t membership, choices, deceased;
    uint8_t source;
    int64_t now;
    int32_t exported;
    bool writes;
    bool adopted; /* what the first pass finds is here already */
    bool only_conflicts; /* the second pass only compares the rows of people who have several */
    uint32_t there_before; /* people ever, before */
    uint64_t lines;        /* rows at most */

    uint32_t *row_person; /* by row, from 0 */
    size_t row_count, row_room;
    struct import_person *people;
    size_t people_count, people_room;
    struct seen *seen;
    struct kept_row *kept;
    size_t kept_count, kept_room, kept_bytes;
    struct arena *kept_arena;
    uint64_t unreadable; /* rejected rows whose id is not known */
    uint8_t *met;        /* bitmap by ordinal: who is in the file */
    struct import_rejected *rejected;
    struct import_near *near;
    struct people_tokens tokens;
    void *pass; /* of whichever pass runs */
};

/* --- import_open.c --- */
err import_open(struct import *im);             /* map, header, columns, source's name */
err import_settle(struct import *im);           /* in the transaction: new fields, source, plan */
err import_file_hash(const char *path, struct hash *ret, uint64_t *ret_lines);
err import_count_rows(struct import *im);       /* at most so many: im->lines */

/* --- import_members.c --- */
/* The names of the columns; of an archive of several tables of one known system those of all, and sets members, and in the result
 * others. */
err import_header(struct import *im, struct view **ret_names, size_t *ret_count);
/* Puts a row of a member into the columns of all; `cells` has room for them. */
void import_place_row(const struct import *im, size_t member, struct csv_cell *cells, struct table_cells *row);
const char *import_member_of(const struct import *im, uint64_t line); /* NULL: there are not several */
uint64_t import_line(const struct import *im, uint64_t line);         /* in its table */

/* --- import_rows.c --- */
void import_reject(struct import *im, uint64_t line, uint64_t column, const char *problem);
void import_reject_at(struct import *im, uint64_t line, uint64_t column, const char *problem, const char *name, uint64_t other);
/* Reads and checks one row; *ret_fine false: it was rejected. */
void import_read_row(struct import *im, const struct table_cells *cells, bool report, struct import_row *ret, bool *ret_fine);
struct view import_cell(const struct import_row *row, size_t column); /* trimmed */
/* Calls `fn` for each row after the header. */
typedef err import_row_fn(struct import *im, size_t row, const struct table *t, const struct table_cells *cells);
err import_walk(struct import *im, const char *what, import_row_fn *fn);

/* --- import_seen.c: keys of people in the file --- */
err seen_new(struct seen **ret);
void seen_free(struct seen **s);
/* The person of this key; `person` is put in where there is none. */
err seen_meet(struct seen *s, const struct hash *key, uint32_t person, uint32_t *ret);
bool seen_find(const struct seen *s, const struct hash *key, uint32_t *ret);

/* --- import_first.c: the first pass --- */
err import_first_pass(struct import *im);

/* --- import_build.c: the second pass --- */
struct import_value {
    uint16_t field;
    struct view text;
};
/* What the file says of one person. */
struct incoming {
    uint32_t person, ordinal;
    const struct import_value *values;
    size_t value_count;
    const struct facts_period *periods;
    size_t period_count;
    enum status_word word;
    int32_t start; /* of an application */
};
err import_second_pass(struct import *im);

/* --- import_apply.c --- */
uint64_t import_tokens_at_once(uint64_t lines); /* gathered before they go into the index, of a file of so many rows */
err import_apply(const struct import *im, struct arena *a, const struct incoming *in, struct person *p);
err import_write_new(struct import *im, struct arena *a, const struct incoming *list, size_t count);
err import_write_known(struct import *im, struct incoming *list, size_t count); /* sorts it */
err import_gone(struct import *im);

#endif
