/* Rows of the file, one by one: reading them, what is wrong with them. */
#include "import_int.h"

#include <stdlib.h>
#include <string.h>

#include "celltype.h"
#include "text.h"

enum { VALUE_MAX = UINT16_MAX, PROGRESS_ROWS = 4096, PROBLEM_BYTES = 1024 };

void import_reject(struct import *im, uint64_t line, uint64_t column, const char *problem)
{
    if (im->r->rejected_count++ < IMPORT_REJECTED_MAX)
        im->rejected[im->r->rejected_shown++] = (struct import_rejected){line, column, problem, NULL};
}

/* `problem` with the name of a column for {} and a line for #. */
void import_reject_at(struct import *im, uint64_t line, uint64_t column, const char *problem, const char *name, uint64_t other)
{
    if (im->r->rejected_count >= IMPORT_REJECTED_MAX) {
        im->r->rejected_count++;
        return;
    }
    char text[PROBLEM_BYTES];
    struct buf b = BUF_FIXED((uint8_t *)text, sizeof text);
    for (const char *p = problem; *p; p++) {
        if (*p == '#') {
            buf_fmt(&b, "%llu", (unsigned long long)import_line(im, other));
        } else if (p[0] == '{' && p[1] == '}') {
            buf_str(&b, name);
            p++;
        } else {
            buf_u8(&b, (uint8_t)*p);
        }
    }
    char *kept = b.state == BUF_FINE ? arena_text(im->a, text, b.len) : NULL;
    import_reject(im, line, column, kept ? kept : problem);
}

struct view import_cell(const struct import_row *row, size_t column)
{
    return column < row->count ? text_trim(row->cells[column].text) : (struct view){0};
}

/* --- one row --- */

struct reading {
    struct import *im;
    struct import_row *row;
    bool report, fine;
};

static void wrong(struct reading *r, size_t column, const char *problem)
{
    const struct csv_cell none = {.line = r->row->line};
    const struct csv_cell *cell = column < r->row->count ? &r->row->cells[column] : &none;
    r->fine = false;
    if (r->report)
        import_reject_at(r->im, cell->line, cell->column, problem, r->im->plan[column].column->name, 0);
}

static void read_day(struct reading *r, size_t column, struct view cell, int32_t *ret)
{
    int32_t day;
    if (celltype_is_nothing(TYPE_DATE, cell))
        return;
    err e = when_cell_day(cell, r->im->o->dates, &day);
    if (e.kind == ERR_OK) {
        if (day != DAY_UNKNOWN)
            *ret = day;
        return;
    }
    err_ignore(e, "it is listed among the rejected rows");
    wrong(r, column, celltype_needs_order(cell, r->im->o->dates)
                         ? "\"{}\" holds a date here that can be read in two ways. Say with --dates in which order day and month stand."
                         : "\"{}\" holds no date of the calendar here. Mend the cell.");
}

static void read_word(struct reading *r, size_t column, struct view cell)
{
    enum status_word word = map_word(&r->im->map, cell);
    word = word != WORD_UNKNOWN ? word : status_word(r->im->cols.system, cell);
    if (word == WORD_UNKNOWN)
        wrong(r, column, "The word in \"{}\" is no status that is known. Known are: " STATUS_WORDS_TAKEN
                         ". What another means, say in a map (--map): status \"Word\" = expired.");
    else
        r->row->word = word;
}

static void read_flag(struct reading *r, size_t column, struct view cell)
{
    const struct column *col = r->im->plan[column].column;
    enum said said = column_says(col, cell);
    if (said == SAID_UNCLEAR)
        wrong(r, column, "\"{}\" says neither yes nor no here. Use yes, no, or leave it empty.");
    bool out = col->mark == MARK_TEST || col->mark == MARK_NOT_A_PERSON || col->mark == MARK_IN_TRASH;
    if (out && col->role == COLUMN_MARK && said == SAID_YES)
        r->row->left_out = true;
}

/* In the pass that tells what is wrong. */
static void judge(struct reading *r, size_t column, struct view cell)
{
    struct import_column *plan = &r->im->plan[column];
    enum celltype is = celltype_of(plan->type, cell, r->im->o->dates);
    plan->odd.filled += is == CELLTYPE_FINE || is == CELLTYPE_ODD;
    if (is == CELLTYPE_WRONG && plan->type == TYPE_DATE)
        wrong(r, column, "\"{}\" holds no date here. Mend the cell, or leave it empty.");
    else if (is == CELLTYPE_WRONG)
        wrong(r, column, "\"{}\" holds no number here. Mend the cell, or leave it empty.");
    if (is != CELLTYPE_ODD)
        return;
    if (plan->odd.count < IMPORT_ODD_LINES)
        plan->odd.lines[plan->odd.count] = r->row->cells[column].line;
    plan->odd.count++;
}

static void read_value(struct reading *r, size_t column, struct view cell)
{
    struct import_column *plan = &r->im->plan[column];
    if (cell.len > VALUE_MAX)
        wrong(r, column, "The cell in \"{}\" is longer than 65,535 bytes. Is a quote missing?");
    else if (plan->is_date && strcmp(plan->column->field->key, FIELD_BIRTH_DATE) == 0)
        read_day(r, column, cell, &r->row->birth);
    else if (r->report && cell.len)
        judge(r, column, cell);
}

static void read_cell(struct reading *r, size_t column)
{
    struct view cell = import_cell(r->row, column);
    switch (r->im->plan[column].column->role) {
    case COLUMN_FIELD:
    case COLUMN_ID:
        read_value(r, column, cell);
        break;
    case COLUMN_PERIOD_START:
        read_day(r, column, cell, &r->row->period.first);
        break;
    case COLUMN_PERIOD_END:
        read_day(r, column, cell, &r->row->period.end);
        break;
    case COLUMN_MEMBER_SINCE:
        read_day(r, column, cell, &r->row->since);
        break;
    case COLUMN_STATUS:
        read_word(r, column, cell);
        break;
    case COLUMN_OBJECTION:
    case COLUMN_MARK:
    case COLUMN_CONSENT:
        read_flag(r, column, cell);
        break;
    case COLUMN_UNKNOWN:
    case COLUMN_MEMBERSHIP_TYPE:
    case COLUMN_IGNORE:
    case COLUMN_ROLE_COUNT:
        break;
    }
}

static const char *table_words(enum table_problem problem, enum text_encoding encoding)
{
    static const char *const words[] = {
        [TABLE_FINE] = "",
        [TABLE_TOO_SHORT] = "The row has fewer cells than the header. Look for a line break or a missing comma.",
        [TABLE_TOO_LONG] = "The row has more cells than the header. Look for a comma that should be in quotes.",
        [TABLE_BAD_TEXT] = "A letter here is not UTF-8. Export as UTF-8, or say --encoding windows-1252.",
        [TABLE_NUL] = "There is a zero byte here. Export the file again.",
        [TABLE_ERROR_CELL] = "A formula went wrong here (#N/A, #REF!). Mend the cell.",
    };
    if (problem == TABLE_BAD_TEXT && encoding == TEXT_WINDOWS_1252)
        return "A byte here is no letter of Windows-1252. Export the file as UTF-8, and leave --encoding out.";
    return (unsigned)problem < sizeof words / sizeof words[0] ? words[problem] : "The row can't be read.";
}

void import_read_row(struct import *im, const struct table_cells *cells, bool report, struct import_row *ret, bool *ret_fine)
{
    *ret = (struct import_row){.line = cells->line, .count = cells->count, .cells = cells->cell,
                               .period = {DAY_UNKNOWN, DAY_UNKNOWN}, .since = DAY_UNKNOWN, .birth = DAY_UNKNOWN,
                               .word = WORD_EMPTY};
    if (cells->problem != TABLE_FINE) {
        if (report)
            import_reject(im, cells->problem_line, cells->problem_column, table_words(cells->problem, im->o->table.encoding));
        *ret_fine = false;
        return;
    }
    struct reading r = {im, ret, report, true};
    for (size_t i = 0; i < im->cols.count && r.fine; i++)
        read_cell(&r, i);
    if (r.fine && ret->period.first != DAY_UNKNOWN && ret->period.end != DAY_UNKNOWN && ret->period.end < ret->period.first) {
        r.fine = false;
        if (report)
            import_reject(im, ret->line, 0, "The membership ends before it begins. Mend one of the dates.");
    }
    *ret_fine = r.fine;
}

/* --- all rows --- */

/* One table; `member` SIZE_MAX: the file is one. */
static err walk_table(struct import *im, const char *what, size_t member, struct csv_cell *room, size_t *row, import_row_fn *fn)
{
    CLEANUP(table_close) struct table *t = NULL;
    struct table_options o = im->o->table;
    struct table_cells cells;
    bool end;
    if (member != SIZE_MAX)
        o.member = im->members[member].name;
    TRY(table_open(&o, im->o->path, &t));
    TRY(table_row(t, &cells, &end));
    for (;; ++*row) {
        TRY(table_row(t, &cells, &end));
        if (end)
            return OK;
        ENSURE(*row < IMPORT_ROWS_MAX, err_new(ERR_LIMIT, "The file has too many rows.", "Divide it."));
        if (member != SIZE_MAX) {
            ENSURE(member == 0 || cells.line < 1ull << IMPORT_LINE_BITS, err_new(ERR_LIMIT, "The file has too many lines.", "Divide it."));
            import_place_row(im, member, room, &cells);
        }
        TRY(fn(im, *row, t, &cells));
        if (im->o->progress && *row % PROGRESS_ROWS == 0)
            im->o->progress(im->o->progress_ctx, what, *row, im->lines);
    }
}

err import_walk(struct import *im, const char *what, import_row_fn *fn)
{
    size_t row = 0;
    CLEANUP(mem_release) struct csv_cell *room = mem_array(im->cols.count + 1, sizeof *room);
    ENSURE(room, mem_none());
    if (im->member_count == 0)
        return walk_table(im, what, SIZE_MAX, room, &row, fn);
    for (size_t i = 0; i < im->member_count; i++)
        TRY(walk_table(im, what, i, room, &row, fn));
    return OK;
}
