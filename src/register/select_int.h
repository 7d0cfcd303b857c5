/* What a parsed selection is made of.  Private to select*.c. */
#ifndef SELECT_INT_H
#define SELECT_INT_H

#include "limits.h"
#include "select.h"

enum select_kind { KIND_TEXT, KIND_POSTCODE, KIND_DATE, KIND_NUMBER, KIND_YES_NO, KIND_STATUS };
enum select_op { OP_EQUAL, OP_LESS, OP_AT_MOST, OP_MORE, OP_AT_LEAST, OP_EMPTY };

/* What a value is compared with; by the kind of the field. */
struct select_literal {
    struct view text;    /* TEXT, POSTCODE: normalised */
    int32_t first, last; /* DATE */
    int64_t number;      /* NUMBER: millionths */
    bool yes;            /* YES_NO */
    enum person_status status;
};

struct select_term {
    size_t name; /* index into names */
    enum select_op op;
    bool negated;
    size_t literal, literal_count; /* `in` is OP_EQUAL with several */
};

enum select_step { STEP_TERM, STEP_NOT, STEP_AND, STEP_OR };

/* The expression in postfix order: terms stand in it in their own order. */
struct select {
    const char *names[LIMIT_SELECT_TERMS];
    enum select_kind kinds[LIMIT_SELECT_TERMS]; /* of the names */
    size_t name_count;
    const char *given[LIMIT_SELECT_TERMS];
    size_t given_count;
    struct select_term terms[LIMIT_SELECT_TERMS];
    size_t term_count;
    struct select_literal *literals;
    size_t literal_count;
    enum select_step *steps;
    size_t step_count;
};

bool select_yes_no(struct view text, bool *ret);
/* The form in which texts of this kind are compared. */
err select_normal(enum select_kind kind, struct view text, struct buf *to);

#endif
