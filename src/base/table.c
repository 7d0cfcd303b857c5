#include "table.h"

#include "limits.h"
#include "seam.h"
#include "sheet.h"
#include "table_walk.h"
#include "text.h"

#include <string.h>

enum { PLACE_BYTES = 8192 };

/* The bytes of the file itself, for the CSV reader; those already looked at come again. */
struct file_source {
    const struct origin *origin;
    uint64_t at;
    size_t head_at, head_len;
    uint8_t head[TABLE_GUESS_BYTES];
};

struct table {
    struct table_options options;
    const char *path;
    struct origin file;
    struct file_source source;
    enum table_kind outer; /* what the file itself is */

    struct table_walk *walk; /* NULL: the file is a table itself */
    struct csv *csv;         /* one of the two, NULL when the walk is over */
    struct sheet *sheet;
    enum table_kind kind;
    char *member, *place;
};

static const struct table_options defaults;

/* ---- The file ---- */

static err fill_head(struct file_source *s)
{
    size_t len = 1;
    while (len > 0 && s->head_len < sizeof s->head) {
        TRY(origin_read(s->origin, s->at, s->head + s->head_len, sizeof s->head - s->head_len, &len));
        s->head_len += len;
        s->at += len;
    }
    return OK;
}

static err pull_file(void *ctx, uint8_t *to, size_t room, size_t *got)
{
    struct file_source *s = ctx;
    size_t left = s->head_len - s->head_at;
    if (left > 0) {
        *got = left < room ? left : room;
        memcpy(to, s->head + s->head_at, *got);
        s->head_at += *got;
        return OK;
    }
    TRY(origin_read(s->origin, s->at, to, room, got));
    s->at += *got;
    return OK;
}

static err find_kind(struct table *t)
{
    struct view start = view_of(t->source.head, t->source.head_len);
    switch (table_guess(start)) {
    case TABLE_GUESS_ZIP:
        TRY(sheet_kind(&t->file, &t->outer));
        ENSURE(t->outer != TABLE_ANY, err_new(ERR_INVALID, "This is a text document or presentation, not a table.",
                                              "Save the table in it as .xlsx, .ods or CSV."));
        return OK;
    case TABLE_GUESS_MAIL:
        t->outer = TABLE_MAIL;
        return OK;
    case TABLE_GUESS_LOCKED:
    case TABLE_GUESS_OTHER:
        return table_guess_error(start);
    case TABLE_GUESS_TEXT:
        break;
    }
    t->outer = TABLE_CSV;
    return OK;
}

/* ---- One table ---- */

static void close_leaf(struct table *t)
{
    csv_close(&t->csv);
    sheet_close(&t->sheet);
    mem_free(t->member);
    mem_free(t->place);
    t->member = t->place = NULL;
}

static err name_place(struct table *t, const char *member, const char *sheet)
{
    struct buf text CLEANUP(buf_free) = BUF(PLACE_BYTES);
    buf_fmt(&text, "%s%s", member, member[0] && sheet[0] ? "/" : "");
    buf_str(&text, sheet);
    TRY(buf_ok(&text));
    char *name = mem_text((const char *)text.p, text.len);
    mem_free(t->member);
    t->member = name;
    buf_clear(&text);
    buf_fmt(&text, "%s%s%s", t->path, member[0] ? "/" : "", member);
    if (sheet[0])
        buf_fmt(&text, ", sheet \"%s\"", sheet);
    TRY(buf_ok(&text));
    char *place = mem_text((const char *)text.p, text.len);
    mem_free(t->place);
    t->place = place;
    return name && place ? OK : mem_none();
}

/* `sheet` NULL: the first. */
static err open_leaf(struct table *t, const struct table_leaf *leaf, const char *sheet)
{
    close_leaf(t);
    t->kind = leaf->kind;
    TRY(name_place(t, leaf->name, ""));
    if (leaf->kind == TABLE_ANY)
        return err_at(table_walk_why(leaf), t->place, 0, 0);
    if (leaf->kind == TABLE_CSV) {
        struct csv_options o = {.file = t->place,
                                .delimiter = t->options.delimiter,
                                .encoding = t->options.encoding,
                                .rows_max = t->options.rows_max};
        return csv_open(&t->csv, &o, leaf->read, leaf->ctx);
    }
    err e = sheet_open(leaf->origin, leaf->kind, sheet, t->options.rows_max, &t->sheet);
    if (e.kind != ERR_OK)
        return err_at(e, t->place, 0, 0);
    return name_place(t, leaf->name, sheet_name(t->sheet));
}

static err open_itself(struct table *t)
{
    struct table_leaf leaf = {.name = "", .kind = t->outer, .read = pull_file, .ctx = &t->source, .origin = &t->file};
    ENSURE(!t->options.member || t->outer != TABLE_CSV,
           err_new(ERR_USAGE, "This file is a single table; there is nothing in it to name.", "Leave --member out."));
    return open_leaf(t, &leaf, t->options.member);
}

/* ---- Choosing among several ---- */

struct listed {
    const char **names;
    enum table_kind *kinds;
    size_t count;
};

static err list_leaf(struct listed *l, struct arena *a, const struct table_leaf *leaf)
{
    ENSURE(l->count < LIMIT_MEMBERS, err_newf(ERR_LIMIT, "There are more than {} tables in this file.",
                                              "Unpack it and give the one that matters.", err_int(LIMIT_MEMBERS)));
    l->names[l->count] = arena_text(a, leaf->name, strlen(leaf->name));
    ENSURE(l->names[l->count], mem_none());
    l->kinds[l->count++] = leaf->kind;
    return OK;
}

/* Each sheet of a spreadsheet inside; one that is damaged by its own name. */
static err list_sheets(struct listed *l, struct arena *a, const struct table_leaf *leaf)
{
    const char *const *names;
    size_t count = 0;
    err e = sheet_names(leaf->origin, leaf->kind, a, &names, &count);
    if (e.kind == ERR_NOMEM)
        return e;
    err_ignore(e, "whoever reads it is told what is wrong");
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_free) struct buf name = BUF(PLACE_BYTES);
        buf_fmt(&name, "%s/%s", leaf->name, names[i]);
        TRY(buf_ok(&name));
        TRY(list_leaf(l, a, &(struct table_leaf){.name = buf_text(&name), .kind = leaf->kind}));
    }
    return count ? OK : list_leaf(l, a, leaf);
}

/* `sheets`: those of spreadsheets inside one by one. */
static err list_leaves(const struct table *t, struct arena *a, bool sheets, struct listed *ret)
{
    struct table_walk *w CLEANUP(table_walk_close) = NULL;
    ret->names = arena_array(a, LIMIT_MEMBERS, sizeof *ret->names);
    ret->kinds = arena_array(a, LIMIT_MEMBERS, sizeof *ret->kinds);
    ENSURE(ret->names && ret->kinds, mem_none());
    TRY(table_walk_open(&t->file, t->outer, t->options.password, &w));
    for (;;) {
        struct table_leaf leaf;
        bool end;
        TRY(table_walk_next(w, &leaf, &end));
        if (end)
            return OK;
        bool spreadsheet = leaf.kind == TABLE_XLSX || leaf.kind == TABLE_ODS;
        TRY(sheets && spreadsheet ? list_sheets(ret, a, &leaf) : list_leaf(ret, a, &leaf));
    }
}

static err none_inside(void)
{
    return err_new(ERR_NOT_FOUND, "There is no table in this file.", "Give a file with a CSV, .xlsx or .ods in it.");
}

/* The names as arguments of a message with SHOWN holes. */
enum { SHOWN = 6 };

static err with_names(enum err_kind kind, const char *what, const char *todo, struct err_arg first,
                      const struct listed *l)
{
    struct err_arg args[1 + 2 * SHOWN + 1] = {first};
    for (size_t i = 0; i < SHOWN; i++) {
        args[1 + 2 * i] = err_name(i == 0 || i >= l->count ? "" : ", ");
        args[2 + 2 * i] = err_name(i < l->count ? l->names[i] : "");
    }
    args[1 + 2 * SHOWN] = err_name(l->count > SHOWN ? ", ..." : "");
    return err_fail(kind, what, todo, sizeof args / sizeof args[0], args);
}

/* Whether `wanted` names the leaf, or (then *ret_sheet) a sheet of it. */
static bool names_leaf(const char *wanted, const char *leaf, enum table_kind kind, const char **ret_sheet)
{
    const char *forms[] = {leaf, seam_place(leaf).name};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(forms[i]);
        if (strncmp(wanted, forms[i], len) != 0)
            continue;
        if (!wanted[len])
            return true;
        if (wanted[len] == '/' && wanted[len + 1] && kind != TABLE_CSV) {
            *ret_sheet = wanted + len + 1;
            return true;
        }
    }
    return false;
}

static err choose(const struct table *t, const struct listed *l, size_t *ret_index, const char **ret_sheet)
{
    const char *wanted = t->options.member;
    ENSURE(l->count > 0, none_inside());
    *ret_index = 0;
    *ret_sheet = NULL;
    if (!wanted && l->count == 1)
        return OK;
    if (!wanted)
        return with_names(ERR_INVALID, "There are {} tables in this file: {}{}{}{}{}{}{}{}{}{}{}{}{}.",
                          "Say which one is meant (--member NAME).", err_int((long long)l->count), l);
    for (size_t i = 0; i < l->count; i++) {
        *ret_index = i;
        if (names_leaf(wanted, l->names[i], l->kinds[i], ret_sheet))
            return OK;
    }
    /* The only spreadsheet's sheet may be named by itself. */
    *ret_sheet = wanted;
    if (l->count == 1 && (l->kinds[0] == TABLE_XLSX || l->kinds[0] == TABLE_ODS))
        return OK;
    return with_names(ERR_NOT_FOUND, "There is no table named \"{}\" in this file.",
                      "Its tables are {}{}{}{}{}{}{}{}{}{}{}{}{}.", err_name(wanted), l);
}

static err step_walk(struct table *t, size_t steps, const char *sheet, bool *ret_end)
{
    struct table_leaf leaf = {0};
    close_leaf(t);
    for (size_t i = 0; i < steps; i++) {
        TRY(table_walk_next(t->walk, &leaf, ret_end));
        if (*ret_end)
            return OK;
    }
    return open_leaf(t, &leaf, sheet);
}

static err open_inside(struct table *t)
{
    struct arena *a CLEANUP(arena_release) = arena_new();
    ENSURE(a, mem_none());
    struct listed l = {0};
    size_t index = 0;
    const char *sheet = NULL;
    bool end = false;
    if (!t->options.walk) {
        TRY(list_leaves(t, a, false, &l));
        TRY(choose(t, &l, &index, &sheet));
    }
    TRY(table_walk_open(&t->file, t->outer, t->options.password, &t->walk));
    TRY(step_walk(t, index + 1, sheet, &end));
    return end ? none_inside() : OK;
}

/* ---- Opening ---- */

static err new_table(const struct table_options *options, const char *path, struct table **ret)
{
    struct table *t = mem_alloc(sizeof *t);
    ENSURE(t, mem_none());
    t->options = options ? *options : defaults;
    t->path = path;
    t->file = origin_of(view_of(NULL, 0));
    t->source.origin = &t->file;
    *ret = t;
    return OK;
}

static err look(struct table *t)
{
    TRY(fill_head(&t->source));
    t->outer = t->options.kind;
    return t->outer == TABLE_ANY ? find_kind(t) : OK;
}

static err open_table(struct table *t)
{
    err e = look(t);
    if (e.kind == ERR_OK)
        e = t->outer == TABLE_ZIP || t->outer == TABLE_MAIL ? open_inside(t) : open_itself(t);
    return err_at(e, t->path, 0, 0);
}

err table_open(const struct table_options *options, const char *path, struct table **ret)
{
    struct table *t CLEANUP(table_close) = NULL;
    TRY(new_table(options, path, &t));
    TRY(origin_open(path, &t->file));
    TRY(open_table(t));
    *ret = t;
    t = NULL;
    return OK;
}

err table_open_bytes(const struct table_options *options, struct view bytes, const char *name, struct table **ret)
{
    struct table *t CLEANUP(table_close) = NULL;
    TRY(new_table(options, name, &t));
    t->file = origin_of(bytes);
    TRY(open_table(t));
    *ret = t;
    t = NULL;
    return OK;
}

void table_close(struct table **t)
{
    if (!*t)
        return;
    close_leaf(*t);
    table_walk_close(&(*t)->walk);
    origin_close(&(*t)->file);
    mem_free(*t);
    *t = NULL;
}

static err give_names(const struct listed *l, const char *const **ret, size_t *ret_count)
{
    *ret = l->names;
    *ret_count = l->count;
    return OK;
}

err table_members(const struct table_options *options, const char *path, struct arena *a, const char *const **ret,
                  size_t *ret_count)
{
    struct table *t CLEANUP(table_close) = NULL;
    struct listed l = {0};
    TRY(new_table(options, path, &t));
    TRY(origin_open(path, &t->file));
    err e = look(t);
    if (e.kind == ERR_OK && (t->outer == TABLE_XLSX || t->outer == TABLE_ODS))
        return err_at(sheet_names(&t->file, t->outer, a, ret, ret_count), path, 0, 0);
    if (e.kind == ERR_OK && t->outer != TABLE_CSV)
        e = list_leaves(t, a, true, &l);
    return e.kind == ERR_OK ? give_names(&l, ret, ret_count) : err_at(e, path, 0, 0);
}

/* ---- Rows ---- */

static err give_csv_row(struct table *t, struct table_cells *ret, bool *ret_end)
{
    static const enum table_problem problems[] = {
        [CSV_FINE] = TABLE_FINE,         [CSV_TOO_SHORT] = TABLE_TOO_SHORT,
        [CSV_TOO_LONG] = TABLE_TOO_LONG, [CSV_BAD_TEXT] = TABLE_BAD_TEXT,
        [CSV_NUL] = TABLE_NUL,
    };
    struct csv_cells r;
    TRY(csv_row(t->csv, &r, ret_end));
    if (*ret_end)
        return OK;
    *ret = (struct table_cells){
        .cell = r.cell,
        .count = r.count,
        .expected = r.expected,
        .row = r.row,
        .line = r.line,
        .problem = problems[r.problem],
        .problem_line = r.problem_line,
        .problem_column = r.problem_column,
        .problem_cell = r.problem_cell,
    };
    return OK;
}

/* Nothing but separators, as spreadsheets leave them at the end. */
static bool is_blank(const struct table_cells *row)
{
    if (row->count == 0 || row->problem == TABLE_ERROR_CELL)
        return false;
    for (size_t i = 0; i < row->count; i++)
        if (text_trim(row->cell[i].text).len)
            return false;
    return true;
}

err table_row(struct table *t, struct table_cells *ret, bool *ret_end)
{
    *ret_end = true;
    if (!t->csv && !t->sheet)
        return OK;
    do {
        TRY(err_at(t->csv ? give_csv_row(t, ret, ret_end) : sheet_row(t->sheet, ret, ret_end), t->place, 0, 0));
    } while (!*ret_end && is_blank(ret));
    return OK;
}

err table_next_member(struct table *t, bool *ret_end)
{
    *ret_end = true;
    if (!t->walk || !t->options.walk)
        return OK;
    err e = step_walk(t, 1, NULL, ret_end);
    if (e.kind != ERR_OK || *ret_end)
        return err_at(e, t->path, 0, 0);
    return OK;
}

const char *table_path(const struct table *t)
{
    return t->path;
}

const char *table_member(const struct table *t)
{
    return t->member ? t->member : "";
}

const char *table_place(const struct table *t)
{
    return t->place ? t->place : t->path;
}

enum table_kind table_kind(const struct table *t)
{
    return t->kind;
}

err table_row_ok(const struct table *t, const struct table_cells *row)
{
    static const enum csv_problem problems[] = {
        [TABLE_FINE] = CSV_FINE,         [TABLE_TOO_SHORT] = CSV_TOO_SHORT,
        [TABLE_TOO_LONG] = CSV_TOO_LONG, [TABLE_BAD_TEXT] = CSV_BAD_TEXT,
        [TABLE_NUL] = CSV_NUL,
    };
    if (row->problem == TABLE_ERROR_CELL)
        return err_at(err_new(ERR_INVALID, "A formula in this row went wrong (such as #N/A or #REF!).",
                              "Correct it in the spreadsheet and save it again."),
                      table_place(t), row->problem_line, row->problem_column);
    if (row->problem == TABLE_FINE)
        return OK;
    if (!t->csv)
        return err_at(err_newf(ERR_INVALID, "The row has {} cells, the first row has {}.",
                               "Delete what stands beside the table, or give the column a heading.",
                               err_int((long long)row->count), err_int((long long)row->expected)),
                      table_place(t), row->problem_line, row->problem_column);
    struct csv_cells r = {
        .cell = row->cell,
        .count = row->count,
        .expected = row->expected,
        .row = row->row,
        .line = row->line,
        .problem = problems[row->problem],
        .problem_line = row->problem_line,
        .problem_column = row->problem_column,
        .problem_cell = row->problem_cell,
    };
    return csv_row_ok(t->csv, &r);
}

err table_cell_at(err e, const struct table *t, const struct csv_cell *cell)
{
    return err_at(e, table_place(t), cell->line, cell->column);
}
