#include "sheet_rows.h"

err sheet_rows_new(uint64_t rows_max, struct sheet_rows **ret)
{
    struct sheet_rows *r = mem_alloc(sizeof *r);
    ENSURE(r, mem_none());
    r->text = BUF(LIMIT_ROW_BYTES);
    r->rows_max = rows_max ? rows_max : LIMIT_ROWS;
    *ret = r;
    return OK;
}

void sheet_rows_free(struct sheet_rows **r)
{
    if (!*r)
        return;
    buf_free(&(*r)->text);
    mem_free(*r);
    *r = NULL;
}

err sheet_rows_begin(struct sheet_rows *r, uint64_t line)
{
    ENSURE(line > r->line && line < UINT32_MAX,
           err_newf(ERR_INVALID, "The rows of the sheet are out of order after row {}.",
                    "Open it in a spreadsheet program and save it again.", err_int((long long)r->line)));
    r->line = line;
    r->column = 0;
    r->filled = 0;
    r->error = false;
    buf_clear(&r->text);
    return OK;
}

static err place(struct sheet_rows *r, uint64_t column, struct view value, bool error)
{
    ENSURE(column <= LIMIT_COLUMNS,
           err_newf(ERR_LIMIT, "Row {} of the sheet has a value in column {}; the limit is {} columns.",
                    "Delete what stands outside the table and save it again.", err_int((long long)r->line),
                    err_int((long long)column), err_int(LIMIT_COLUMNS)));
    size_t i = (size_t)column - 1;
    for (; r->filled < i; r->filled++)
        r->cell[r->filled].text.len = 0;
    r->start[i] = r->text.len;
    r->cell[i].text.len = value.len;
    r->filled = i + 1;
    if (error && !r->error) {
        r->error = true;
        r->error_cell = i;
    }
    buf_put(&r->text, value);
    if (r->text.state == BUF_FULL)
        return err_newf(ERR_LIMIT, "Row {} of the sheet is larger than the limit of {} bytes.",
                        "Check whether it is a table of people at all.", err_int((long long)r->line),
                        err_int(LIMIT_ROW_BYTES));
    return buf_ok(&r->text);
}

err sheet_rows_put(struct sheet_rows *r, uint64_t column, struct view value, bool error, uint64_t repeat)
{
    uint64_t at = column ? column : r->column + 1;
    ENSURE(at > r->column && at < UINT32_MAX && repeat > 0 && repeat < UINT32_MAX,
           err_newf(ERR_INVALID, "The cells in row {} of the sheet are out of order.",
                    "Open it in a spreadsheet program and save it again.", err_int((long long)r->line)));
    r->column = at + repeat - 1;
    if (value.len == 0 && !error)
        return OK;
    for (uint64_t i = 0; i < repeat; i++)
        TRY(place(r, at + i, value, error));
    return OK;
}

err sheet_rows_finish(struct sheet_rows *r, uint64_t repeat, bool *ret_any)
{
    *ret_any = r->filled > 0;
    r->repeat = *ret_any ? repeat : 0;
    if (!*ret_any) {
        r->line += repeat - 1;
        return OK;
    }
    ENSURE(repeat <= LIMIT_ROW_REPEATS, err_newf(ERR_LIMIT, "Row {} of the sheet is filled down {} times.",
                                                 "Delete the filled rows below the table and save it again.",
                                                 err_int((long long)r->line), err_int((long long)repeat)));
    return OK;
}

static void show_cells(struct sheet_rows *r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct csv_cell *c = &r->cell[i];
        bool there = i < r->filled && c->text.len > 0;
        c->text = there ? view_of(r->text.p + r->start[i], c->text.len) : view_of("", 0);
        c->line = r->line;
        c->column = i + 1;
    }
}

err sheet_rows_give(struct sheet_rows *r, struct table_cells *ret)
{
    CHECK(r->repeat > 0);
    ENSURE(r->given < r->rows_max, err_newf(ERR_LIMIT, "The table has more than {} rows.",
                                            "Split it into smaller files.", err_int((long long)r->rows_max)));
    if (r->given++ == 0)
        r->expected = r->filled;
    size_t count = r->filled > r->expected ? r->filled : r->expected;
    show_cells(r, count);
    *ret =
        (struct table_cells){.cell = r->cell, .count = count, .expected = r->expected, .row = r->given, .line = r->line};
    if (r->error)
        ret->problem = TABLE_ERROR_CELL;
    else if (count > r->expected)
        ret->problem = TABLE_TOO_LONG;
    if (ret->problem != TABLE_FINE) {
        ret->problem_cell = r->error ? r->error_cell : r->expected;
        ret->problem_line = r->line;
        ret->problem_column = ret->problem_cell + 1;
    }
    if (--r->repeat > 0)
        r->line++;
    return OK;
}

err sheet_not_found(const char *wanted, const char *const *names, size_t count)
{
    enum { SHOWN = 6, NAMED = 1024 };
    struct buf list[SHOWN];
    struct err_arg args[SHOWN + 1] = {err_name(wanted)};
    for (size_t i = 0; i < SHOWN; i++) {
        list[i] = BUF(NAMED);
        if (i < count)
            buf_fmt(&list[i], "%s\"%s\"%s", i ? ", " : "", names[i], i + 1 == SHOWN && count > SHOWN ? ", ..." : "");
        args[i + 1] = err_name(buf_text(&list[i]));
    }
    err e = err_fail(ERR_NOT_FOUND, "The spreadsheet has no sheet named \"{}\".", "Its sheets are {}{}{}{}{}{}.",
                     SHOWN + 1, args);
    for (size_t i = 0; i < SHOWN; i++)
        buf_free(&list[i]);
    return e;
}
