#include "csv.h"

#include "limits.h"
#include "mem.h"

#include <string.h>

enum { CHUNK = 128 << 10 };

/* What a byte means while scanning.  The byte after the data is always 0, so that every scan stops there. */
enum meaning { PLAIN, DELIMITER, QUOTE, CR, LF, ZERO };

/* A cell as it was found; offsets count from the beginning of the row. */
struct found {
    size_t from, to; /* without the quotes */
    size_t at;       /* with them */
    size_t line_at;  /* where its line begins */
    uint64_t line;
    size_t converted; /* offset in `converted`, where `in_converted` */
    bool doubled, in_converted;
};

struct csv {
    struct csv_options options;
    csv_read *read;
    void *ctx;
    enum err_kind dead; /* ERR_OK while the reading goes on */
    bool begun, eof, skip_lf;

    /* The row being read begins at p + start; the data ends at p + end, where a 0 stands. */
    uint8_t *p;
    size_t start, end, cap;

    uint64_t line, row;
    size_t expected;
    uint8_t bare[256], quoted[256]; /* meanings outside and inside quotes */

    /* The present row. */
    size_t at;      /* the scan, from the beginning of the row */
    size_t line_at; /* where the line of the scan begins */
    size_t count;
    size_t zero_at; /* the first zero byte, or NONE */
    struct found found[LIMIT_COLUMNS];
    struct csv_cell cells[LIMIT_COLUMNS];
    struct buf converted;
};

static const char delimiters[] = {',', ';', '\t', '|'};
enum { DELIMITERS = sizeof delimiters };
#define NONE SIZE_MAX

/* ---- Opening ---- */

static void set_delimiter(struct csv *c, char delimiter)
{
    c->options.delimiter = delimiter;
    c->quoted['"'] = c->bare['"'] = QUOTE;
    c->quoted['\r'] = c->bare['\r'] = CR;
    c->quoted['\n'] = c->bare['\n'] = LF;
    c->quoted[0] = c->bare[0] = ZERO;
    c->bare[(uint8_t)delimiter] = DELIMITER;
}

err csv_open(struct csv **ret, const struct csv_options *options, csv_read *read, void *ctx)
{
    char d = options->delimiter;
    ENSURE(d == 0 || memchr(delimiters, d, DELIMITERS),
           err_new(ERR_USAGE, "A table's columns can't be separated by this character.",
                   "Use a comma, a semicolon, a tab or a vertical bar."));
    struct csv *c = mem_alloc(sizeof *c);
    ENSURE(c, mem_none());
    c->options = *options;
    if (c->options.rows_max == 0)
        c->options.rows_max = LIMIT_ROWS;
    c->read = read;
    c->ctx = ctx;
    c->line = 1;
    c->converted = BUF(4 * (size_t)LIMIT_ROW_BYTES);
    c->cap = 2 * CHUNK;
    c->p = mem_alloc(c->cap);
    if (!c->p) {
        csv_close(&c);
        return mem_none();
    }
    if (d)
        set_delimiter(c, d);
    *ret = c;
    return OK;
}

void csv_close(struct csv **c)
{
    if (!*c)
        return;
    buf_free(&(*c)->converted);
    mem_free((*c)->p);
    mem_free(*c);
    *c = NULL;
}

char csv_delimiter(const struct csv *c)
{
    return c->options.delimiter;
}

/* ---- Places ---- */

/* Characters in a part of the present row. */
static size_t characters(const struct csv *c, size_t from, size_t to)
{
    if (c->options.encoding == TEXT_WINDOWS_1252)
        return to - from;
    return text_characters(view_of(c->p + c->start + from, to - from));
}

static err at_offset(const struct csv *c, err e, uint64_t line, size_t line_at, size_t at)
{
    return err_at(e, c->options.file, line, characters(c, line_at, at) + 1);
}

static err here(const struct csv *c, err e)
{
    return at_offset(c, e, c->line, c->line_at, c->at);
}

static err at_found(const struct csv *c, err e, const struct found *f)
{
    return at_offset(c, e, f->line, f->line_at, f->at);
}

/* ---- Bytes ---- */

static err make_room(struct csv *c)
{
    if (c->start > 0 && c->cap - 1 - c->end < CHUNK) {
        memmove(c->p, c->p + c->start, c->end - c->start);
        c->end -= c->start;
        c->start = 0;
    }
    if (c->cap - 1 - c->end > 0)
        return OK;
    uint8_t *p = mem_resize(c->p, 2 * c->cap);
    ENSURE(p, mem_none());
    c->p = p;
    c->cap *= 2;
    return OK;
}

/* Reads on, unless the byte at the scan is there already or the source is at its end.  A cell may not grow over its
 * limit, nor a row over its own, so that the memory stays bounded. */
static err fill(struct csv *c)
{
    while (c->start + c->at >= c->end && !c->eof) {
        TRY(make_room(c));
        size_t got = 0;
        TRY(c->read(c->ctx, c->p + c->end, c->cap - 1 - c->end, &got));
        CHECK(got <= c->cap - 1 - c->end);
        c->end += got;
        c->p[c->end] = 0;
        c->eof = got == 0;
    }
    return OK;
}

static bool at_end(const struct csv *c)
{
    return c->start + c->at >= c->end;
}

static uint8_t byte_at(const struct csv *c)
{
    return c->p[c->start + c->at];
}

/* ---- The beginning of the file ---- */

static err unreadable_encoding(const struct csv *c)
{
    size_t have = c->end - c->start;
    const uint8_t *p = c->p + c->start;
    bool marked = have >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff));
    ENSURE(!marked,
           err_at(err_new(ERR_INVALID, "The file is in UTF-16 (\"Unicode\" in some programs), which can't be read.",
                          "Save it again as \"CSV UTF-8\"."),
                  c->options.file, 1, 1));
    ENSURE(
        have == 0 || !memchr(p, 0, have < 4 ? have : 4),
        err_at(err_new(ERR_INVALID, "The file begins with zero bytes: it is in UTF-16 or is not a table in text form.",
                       "Save it again as \"CSV UTF-8\"."),
               c->options.file, 1, 1));
    return OK;
}

static err skip_mark(struct csv *c)
{
    for (c->at = 0; c->at < 4 && !(c->eof && at_end(c)); c->at++)
        TRY(fill(c));
    c->at = 0;
    TRY(unreadable_encoding(c));
    if (c->end - c->start < 3 || memcmp(c->p + c->start, "\xef\xbb\xbf", 3) != 0)
        return OK;
    ENSURE(c->options.encoding == TEXT_UTF8,
           err_at(err_new(ERR_INVALID, "The file begins with the mark of UTF-8, but was said to be in Windows-1252.",
                          "Leave the encoding out."),
                  c->options.file, 1, 1));
    c->start += 3;
    return OK;
}

/* The first line that is not empty, outside quotes. */
static err guess_delimiter(struct csv *c)
{
    size_t counts[DELIMITERS] = {0};
    bool inside = false, any = false;
    for (c->at = 0; c->at < LIMIT_CELL_BYTES; c->at++) {
        TRY(fill(c));
        if (at_end(c))
            break;
        uint8_t b = byte_at(c);
        if ((b == '\n' || b == '\r') && any && !inside)
            break;
        any = any || (b != '\n' && b != '\r');
        inside = inside != (b == '"');
        const char *d = inside ? NULL : memchr(delimiters, b, DELIMITERS);
        if (d)
            counts[d - delimiters]++;
    }
    size_t best = 0;
    for (size_t i = 1; i < DELIMITERS; i++)
        if (counts[i] > counts[best])
            best = i;
    set_delimiter(c, delimiters[best]);
    return OK;
}

static err begin(struct csv *c)
{
    TRY(skip_mark(c));
    if (!c->options.delimiter)
        TRY(guess_delimiter(c));
    c->begun = true;
    return OK;
}

/* ---- One row ---- */

static err check_size(const struct csv *c, const struct found *f, bool quoted)
{
    if (c->at - f->from > LIMIT_CELL_BYTES) {
        struct err_arg most = err_int(LIMIT_CELL_BYTES);
        return at_found(c,
                        quoted ? err_newf(ERR_LIMIT, "A cell in quotation marks is longer than {} bytes.",
                                          "It opens here; perhaps its closing quotation mark is missing.", most)
                               : err_newf(ERR_LIMIT, "A cell is longer than {} bytes.", "Shorten it.", most),
                        f);
    }
    ENSURE(c->at <= LIMIT_ROW_BYTES,
           at_found(
               c, err_newf(ERR_LIMIT, "A row is longer than {} bytes.", "Shorten its cells.", err_int(LIMIT_ROW_BYTES)),
               f));
    return OK;
}

static void pass_zero(struct csv *c)
{
    if (c->zero_at == NONE)
        c->zero_at = c->at;
    c->at++;
}

/* Up to the delimiter, line end or end of the file after an unquoted cell. */
static err scan_bare(struct csv *c, struct found *f)
{
    for (;;) {
        const uint8_t *p = c->p + c->start + c->at;
        while (c->bare[*p] == PLAIN)
            p++;
        c->at = (size_t)(p - c->p) - c->start;
        TRY(check_size(c, f, false));
        enum meaning m = c->bare[*p];
        if (m == ZERO && at_end(c)) {
            if (c->eof)
                break;
            TRY(fill(c));
        } else if (m == ZERO) {
            pass_zero(c);
        } else if (m == QUOTE) {
            return here(c, err_new(ERR_INVALID, "There is a quotation mark inside a cell that does not begin with one.",
                                   "Put the whole cell into quotation marks and double those inside it."));
        } else {
            break;
        }
    }
    f->to = c->at;
    return OK;
}

static void pass_line_end(struct csv *c, size_t open_at)
{
    bool second_half = byte_at(c) == '\n' && c->at - 1 > open_at && c->p[c->start + c->at - 1] == '\r';
    if (!second_half)
        c->line++;
    c->at++;
    c->line_at = c->at;
}

/* After a quote inside a quoted cell: was it the closing one? */
static err after_quote(struct csv *c, struct found *f, bool *ret_closed)
{
    f->to = c->at++;
    TRY(fill(c));
    *ret_closed = at_end(c) || byte_at(c) != '"';
    if (!*ret_closed) {
        f->doubled = true;
        c->at++;
        return OK;
    }
    enum meaning m = at_end(c) ? LF : c->bare[byte_at(c)];
    ENSURE(m == DELIMITER || m == CR || m == LF,
           here(c, err_new(ERR_INVALID, "There is text after the closing quotation mark of a cell.",
                           "Double the quotation marks inside the cell, or take away what follows.")));
    return OK;
}

static err scan_quoted(struct csv *c, struct found *f)
{
    f->from = ++c->at;
    for (bool closed = false; !closed;) {
        const uint8_t *p = c->p + c->start + c->at;
        while (c->quoted[*p] == PLAIN)
            p++;
        c->at = (size_t)(p - c->p) - c->start;
        TRY(check_size(c, f, true));
        enum meaning m = c->quoted[*p];
        if (m == QUOTE) {
            TRY(after_quote(c, f, &closed));
        } else if (m == CR || m == LF) {
            pass_line_end(c, f->at);
        } else if (!at_end(c)) {
            pass_zero(c);
        } else {
            ENSURE(!c->eof, at_found(c,
                                     err_new(ERR_INVALID, "A quotation mark is opened here and never closed.",
                                             "Close it, or double it if it belongs to the text."),
                                     f));
            TRY(fill(c));
        }
    }
    return OK;
}

static err scan_cells(struct csv *c)
{
    c->at = c->line_at = c->count = 0;
    c->zero_at = NONE;
    for (bool more = true; more;) {
        ENSURE(c->count < LIMIT_COLUMNS,
               here(c, err_newf(ERR_LIMIT, "The table has more than {} columns.",
                                "Export only the columns that are needed, or check which character separates them.",
                                err_int(LIMIT_COLUMNS))));
        struct found *f = &c->found[c->count++];
        *f = (struct found){.from = c->at, .at = c->at, .line = c->line, .line_at = c->line_at};
        TRY(fill(c));
        TRY(!at_end(c) && byte_at(c) == '"' ? scan_quoted(c, f) : scan_bare(c, f));
        more = !at_end(c) && c->bare[byte_at(c)] == DELIMITER;
        c->at += more;
    }
    return OK;
}

/* Files put one behind the other bring their marks. */
static err skip_mark_inside(struct csv *c)
{
    for (c->at = 0; c->at < 3 && !(c->eof && at_end(c)); c->at++)
        TRY(fill(c));
    bool mark = c->end - c->start >= 3 && memcmp(c->p + c->start, "\xef\xbb\xbf", 3) == 0 && c->options.encoding == TEXT_UTF8;
    c->start += mark ? 3 : 0;
    c->at = 0;
    return fill(c);
}

/* To the first byte of the next line that is not empty. */
static err skip_empty_lines(struct csv *c, bool *ret_end)
{
    for (;;) {
        TRY(skip_mark_inside(c));
        *ret_end = at_end(c);
        uint8_t b = *ret_end ? 0 : byte_at(c);
        if (b != '\r' && b != '\n')
            break;
        if (b == '\r' || !c->skip_lf)
            c->line++;
        c->skip_lf = b == '\r';
        c->start++;
    }
    c->skip_lf = false;
    return OK;
}

/* ---- What was found in it ---- */

/* Columns count characters, so those after others in a line must be counted; in ASCII they are a difference. */
static void place_cells(struct csv *c, bool ascii)
{
    size_t line_at = 0, from = 0, column = 1;
    for (size_t i = 0; i < c->count; i++) {
        const struct found *f = &c->found[i];
        if (!ascii && f->line_at != line_at) {
            line_at = from = f->line_at;
            column = 1;
        }
        if (!ascii)
            column += characters(c, from, f->at);
        from = f->at;
        c->cells[i].line = f->line;
        c->cells[i].column = ascii ? f->at - f->line_at + 1 : column;
    }
}

/* The first byte of the row that no text may hold, NONE if there is none. */
static size_t bad_byte(const struct csv *c, struct view row, bool ascii, enum csv_problem *ret)
{
    size_t bad = NONE;
    if (!ascii) {
        bad = c->options.encoding == TEXT_UTF8 ? text_utf8_bad_at(row) : text_1252_bad_at(row);
        bad = bad == row.len ? NONE : bad;
    }
    if (bad == NONE && c->zero_at == NONE)
        return NONE;
    *ret = c->zero_at < bad ? CSV_NUL : CSV_BAD_TEXT;
    return c->zero_at < bad ? c->zero_at : bad;
}

/* Line ends in the bad cell before the bad byte. */
static void place_problem(const struct csv *c, size_t bad, struct csv_cells *ret)
{
    size_t i = c->count - 1;
    while (i > 0 && c->found[i].at > bad)
        i--;
    const uint8_t *row = c->p + c->start;
    uint64_t line = c->found[i].line;
    size_t line_at = c->found[i].line_at;
    for (size_t k = c->found[i].at; k < bad; k++) {
        if (row[k] != '\n' && row[k] != '\r')
            continue;
        line += row[k] == '\r' || row[k - 1] != '\r';
        line_at = k + 1;
    }
    ret->problem_cell = i;
    ret->problem_line = line;
    ret->problem_column = characters(c, line_at, bad) + 1;
}

static void check_width(const struct csv *c, struct csv_cells *ret)
{
    if (c->options.any_width || c->count == c->expected)
        return;
    bool is_short = c->count < c->expected;
    ret->problem = is_short ? CSV_TOO_SHORT : CSV_TOO_LONG;
    ret->problem_cell = is_short ? c->count : c->expected;
    ret->problem_line = is_short ? c->line : c->cells[c->expected].line;
    ret->problem_column = is_short ? characters(c, c->line_at, c->at) + 1 : c->cells[c->expected].column;
}

/* Takes the doubling of quotes back, in place. */
static size_t undouble(uint8_t *p, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        p[kept++] = p[i];
        i += p[i] == '"';
    }
    return kept;
}

static err decode_cells(struct csv *c, bool ascii)
{
    uint8_t *row = c->p + c->start;
    bool convert = !ascii && c->options.encoding == TEXT_WINDOWS_1252;
    buf_clear(&c->converted);
    for (size_t i = 0; i < c->count; i++) {
        struct found *f = &c->found[i];
        size_t len = f->to - f->from;
        if (f->doubled)
            len = undouble(row + f->from, len);
        struct view v = view_of(row + f->from, len);
        if (convert && text_ascii_bytes(v) < len) {
            f->in_converted = true;
            f->converted = c->converted.len;
            TRY(text_from_1252(&c->converted, v));
            v.len = c->converted.len - f->converted;
        }
        c->cells[i].text = v;
    }
    /* The buffer has stopped moving. */
    for (size_t i = 0; convert && i < c->count; i++)
        if (c->found[i].in_converted)
            c->cells[i].text.p = c->converted.p + c->found[i].converted;
    return OK;
}

static err finish_row(struct csv *c, struct csv_cells *ret)
{
    struct view row = view_of(c->p + c->start, c->at);
    bool ascii = text_ascii_bytes(row) == row.len;
    struct csv_cells r = {.cell = c->cells, .count = c->count, .row = c->row, .line = c->found[0].line};
    if (c->row == 1)
        c->expected = c->count;
    r.expected = c->expected;
    size_t bad = bad_byte(c, row, ascii, &r.problem);
    if (bad != NONE) {
        place_problem(c, bad, &r);
        r.count = 0;
    } else {
        place_cells(c, ascii);
        check_width(c, &r);
        TRY(decode_cells(c, ascii));
    }
    *ret = r;
    return OK;
}

/* Behind the row and, if it isn't the end, its line end. */
static void pass_row(struct csv *c)
{
    bool end = at_end(c);
    c->skip_lf = !end && byte_at(c) == '\r';
    c->line += !end;
    c->start += c->at + !end;
    c->at = 0;
}

static err next_row(struct csv *c, struct csv_cells *ret, bool *ret_end)
{
    if (!c->begun)
        TRY(begin(c));
    TRY(skip_empty_lines(c, ret_end));
    if (*ret_end)
        return OK;
    ENSURE(c->row < c->options.rows_max,
           err_at(err_newf(ERR_LIMIT, "The table has more than {} rows.", "Split it into several files.",
                           err_int((long long)c->options.rows_max)),
                  c->options.file, c->line, 1));
    c->row++;
    TRY(scan_cells(c));
    TRY(finish_row(c, ret));
    pass_row(c);
    return OK;
}

err csv_row(struct csv *c, struct csv_cells *ret, bool *ret_end)
{
    ENSURE(c->dead == ERR_OK, err_at(err_fail(c->dead, "The table can't be read on after an earlier error.",
                                              "Correct that error first.", 0, NULL),
                                     c->options.file, c->line, 0));
    err e = next_row(c, ret, ret_end);
    c->dead = e.kind;
    return e;
}

/* ---- Problems ---- */

err csv_row_ok(const struct csv *c, const struct csv_cells *row)
{
    err e = OK;
    struct err_arg cell = err_int((long long)row->problem_cell + 1);
    switch (row->problem) {
    case CSV_FINE:
        return OK;
    case CSV_TOO_SHORT:
    case CSV_TOO_LONG:
        e = err_newf(ERR_INVALID, "The row has {} cells, but the first row of the table has {}.",
                     "Correct the row; a cell that holds the separating character must stand in quotation marks.",
                     err_int((long long)row->count), err_int((long long)row->expected));
        break;
    case CSV_BAD_TEXT:
        e = c->options.encoding == TEXT_UTF8
                ? err_newf(ERR_INVALID, "Cell {} of the row is not valid UTF-8.",
                           "Save the file as UTF-8, or, if the whole file is in Windows-1252, say so (--encoding windows-1252).", cell)
                : err_newf(ERR_INVALID, "Cell {} of the row has a byte that Windows-1252 does not define.",
                           "The file is in another encoding: save it as UTF-8, and leave --encoding out.", cell);
        break;
    case CSV_NUL:
        e = err_newf(ERR_INVALID, "Cell {} of the row holds a zero byte.", "Export the file again; it is damaged.",
                     cell);
        break;
    }
    return err_at(e, c->options.file, row->problem_line, row->problem_column);
}

err csv_cell_at(err e, const struct csv *c, const struct csv_cell *cell)
{
    return err_at(e, c->options.file, cell->line, cell->column);
}
