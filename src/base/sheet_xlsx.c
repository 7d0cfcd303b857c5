#include "sheet_xlsx.h"

#include "sheet_value.h"
#include "xml.h"
#include "zipfile.h"

#include <string.h>

enum { PATH_BYTES = 512, CUSTOM_FORMATS = 4096 };

enum tag {
    T_WORKBOOK = 1,
    T_WORKBOOK_PR,
    T_SHEETS,
    T_SHEET,
    T_RELATIONSHIPS,
    T_RELATIONSHIP,
    T_STYLES,
    T_NUM_FMTS,
    T_NUM_FMT,
    T_CELL_XFS,
    T_XF,
    T_SST,
    T_SI,
    T_RUN,
    T_TEXT,
    T_WORKSHEET,
    T_SHEET_DATA,
    T_ROW,
    T_CELL,
    T_VALUE,
    T_INLINE
};

struct listed {
    const char *name, *link; /* link: the id of its relationship */
    const char *path;        /* NULL until the relationships are read; then of a worksheet */
    bool hidden;
};

/* What the `t` of a cell says. */
enum cell_type { C_NUMBER, C_SHARED, C_TEXT, C_BOOLEAN, C_ERROR, C_DATE };

struct custom_format {
    uint32_t id;
    enum sheet_format format;
};

struct sheet_xlsx {
    struct sheet_rows *rows;
    struct arena *arena;
    struct listed *sheets; /* LIMIT_SHEETS */
    size_t sheet_count;
    const struct listed *chosen;
    const char *shared_path, *styles_path; /* NULL where there are none */
    bool since_1904;

    struct buf shared, starts; /* the shared texts, and where each begins (uint32_t) */
    uint32_t shared_count;
    struct buf styles; /* one byte each: enum sheet_format */
    struct custom_format *formats;
    size_t format_count;

    bool in_part, in_row, in_cell, in_value;
    enum cell_type type;
    enum sheet_format format;
    uint64_t column;
    struct buf value, shown;

    struct zipfile *zip;
    struct xml *xml;
    struct csv_bytes bytes; /* for sheet_xlsx_open_xml */
};

static err damaged(void)
{
    return err_new(ERR_INVALID, "A part that every XLSX workbook has is missing or damaged.",
                   "Open it in a spreadsheet program and save it again.");
}

/* Reading one part whole. */

static err run_part(struct sheet_xlsx *x, const struct origin *origin, const char *path, const struct xml_rules *rules,
                    bool *ret_found)
{
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct xml *xml CLEANUP(xml_close) = NULL;
    TRY(zipfile_open(origin, view_of(NULL, 0), &z));
    TRY(zipfile_find(z, path, ret_found));
    if (!*ret_found)
        return OK;
    x->in_part = x->in_value = false;
    TRY(xml_open(rules, x, zipfile_pull, z, &xml));
    bool end = false;
    while (!end)
        TRY(xml_step(xml, &end));
    return OK;
}

/* xl/workbook.xml */

static bool says_yes(const char *attribute)
{
    return attribute && (strcmp(attribute, "1") == 0 || strcmp(attribute, "true") == 0);
}

static err add_sheet(struct sheet_xlsx *x, const struct xml_attributes *a)
{
    const char *name = xml_attribute(a, XML_PLAIN, "name");
    const char *link = xml_attribute(a, XML_LINK, "id");
    const char *state = xml_attribute(a, XML_PLAIN, "state");
    ENSURE(name && link, damaged());
    ENSURE(x->sheet_count < LIMIT_SHEETS,
           err_newf(ERR_LIMIT, "The workbook has more than {} sheets.",
                    "Save the sheet with the people as a file of its own.", err_int(LIMIT_SHEETS)));
    struct listed *s = &x->sheets[x->sheet_count];
    s->name = arena_text(x->arena, name, strlen(name));
    s->link = arena_text(x->arena, link, strlen(link));
    ENSURE(s->name && s->link, mem_none());
    s->hidden = state && strcmp(state, "visible") != 0;
    x->sheet_count++;
    return OK;
}

static err workbook_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    struct sheet_xlsx *x = ctx;
    (void)skip;
    if (tag == T_WORKBOOK_PR)
        x->since_1904 = says_yes(xml_attribute(a, XML_PLAIN, "date1904"));
    return tag == T_SHEET ? add_sheet(x, a) : OK;
}

static const struct xml_tag workbook_tags[] = {
    {T_WORKBOOK, XML_MAIN, "workbook"},
    {T_WORKBOOK_PR, XML_MAIN, "workbookPr"},
    {T_SHEETS, XML_MAIN, "sheets"},
    {T_SHEET, XML_MAIN, "sheet"},
};
static const struct xml_rules workbook_rules = {workbook_tags, sizeof workbook_tags / sizeof workbook_tags[0],
                                                workbook_start, NULL, NULL};

/* xl/_rels/workbook.xml.rels: where the parts lie.  Targets are relative to xl/ unless they begin with a slash. */

static bool ends_with(const char *text, const char *end)
{
    size_t len = text ? strlen(text) : 0, end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static err resolve(struct sheet_xlsx *x, const char *target, const char **ret)
{
    bool from_root = target[0] == '/';
    if (strncmp(target, "../", 3) == 0) {
        from_root = true;
        target += 2;
    }
    struct buf path CLEANUP(buf_free) = BUF(PATH_BYTES);
    buf_str(&path, from_root ? "" : "xl/");
    buf_str(&path, target + from_root);
    TRY(buf_ok(&path));
    *ret = arena_text(x->arena, (const char *)path.p, path.len);
    return *ret ? OK : mem_none();
}

static err rels_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    struct sheet_xlsx *x = ctx;
    (void)skip;
    const char *id = xml_attribute(a, XML_PLAIN, "Id");
    const char *type = xml_attribute(a, XML_PLAIN, "Type");
    const char *target = xml_attribute(a, XML_PLAIN, "Target");
    if (tag != T_RELATIONSHIP || !id || !type || !target)
        return OK;
    if (ends_with(type, "/sharedStrings"))
        return resolve(x, target, &x->shared_path);
    if (ends_with(type, "/styles"))
        return resolve(x, target, &x->styles_path);
    for (size_t i = 0; i < x->sheet_count && ends_with(type, "/worksheet"); i++) {
        if (strcmp(x->sheets[i].link, id) == 0)
            return resolve(x, target, &x->sheets[i].path);
    }
    return OK;
}

static const struct xml_tag rels_tags[] = {
    {T_RELATIONSHIPS, XML_RELS, "Relationships"},
    {T_RELATIONSHIP, XML_RELS, "Relationship"},
};
static const struct xml_rules rels_rules = {rels_tags, sizeof rels_tags / sizeof rels_tags[0], rels_start, NULL, NULL};

/* styles.xml: which cell formats show dates. */

static err add_format(struct sheet_xlsx *x, const struct xml_attributes *a)
{
    const char *id = xml_attribute(a, XML_PLAIN, "numFmtId");
    const char *code = xml_attribute(a, XML_PLAIN, "formatCode");
    uint64_t number;
    if (!id || !code || !sheet_count(id, UINT32_MAX, &number) || x->format_count == CUSTOM_FORMATS)
        return OK;
    if (!x->formats)
        x->formats = arena_array(x->arena, CUSTOM_FORMATS, sizeof *x->formats);
    ENSURE(x->formats, mem_none());
    x->formats[x->format_count++] = (struct custom_format){(uint32_t)number, sheet_format_of_code(code)};
    return OK;
}

static enum sheet_format format_of(const struct sheet_xlsx *x, const char *id)
{
    uint64_t number;
    if (!id || !sheet_count(id, UINT32_MAX, &number))
        return SHEET_PLAIN;
    for (size_t i = 0; i < x->format_count; i++) {
        if (x->formats[i].id == number)
            return x->formats[i].format;
    }
    return sheet_format_of_id((unsigned long)number);
}

static err styles_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    struct sheet_xlsx *x = ctx;
    (void)skip;
    if (tag == T_NUM_FMT)
        return add_format(x, a);
    if (tag != T_XF)
        return OK;
    buf_u8(&x->styles, (uint8_t)format_of(x, xml_attribute(a, XML_PLAIN, "numFmtId")));
    return buf_ok(&x->styles);
}

static const struct xml_tag styles_tags[] = {
    {T_STYLES, XML_MAIN, "styleSheet"},
    {T_NUM_FMTS, XML_MAIN, "numFmts"},
    {T_NUM_FMT, XML_MAIN, "numFmt"},
    {T_CELL_XFS, XML_MAIN, "cellXfs"},
    {T_XF, XML_MAIN, "xf"},
};
static const struct xml_rules styles_rules = {styles_tags, sizeof styles_tags / sizeof styles_tags[0], styles_start,
                                              NULL, NULL};

/* sharedStrings.xml */

static err put_value(struct sheet_xlsx *x, struct view piece)
{
    if (!x->in_value)
        return OK;
    buf_put(&x->value, piece);
    if (x->value.state == BUF_FULL)
        return err_newf(ERR_LIMIT, "A cell of the sheet holds more than {} bytes.",
                        "Check whether it is a table of people at all.", err_int(LIMIT_CELL_BYTES));
    return buf_ok(&x->value);
}

static err on_text(void *ctx, struct view piece)
{
    return put_value(ctx, piece);
}

static err shared_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    struct sheet_xlsx *x = ctx;
    (void)a;
    *skip = (tag == T_SI) == x->in_part && tag != T_SST;
    if (tag == T_SI && !*skip) {
        x->in_part = true;
        buf_clear(&x->value);
    }
    x->in_value = tag == T_TEXT && !*skip;
    return OK;
}

static err shared_end(void *ctx, int tag)
{
    struct sheet_xlsx *x = ctx;
    x->in_value = false;
    if (tag != T_SI)
        return OK;
    x->in_part = false;
    sheet_unescape(&x->value);
    uint32_t start = (uint32_t)x->shared.len;
    buf_bytes(&x->starts, &start, sizeof start);
    buf_put(&x->shared, buf_view(&x->value));
    x->shared_count++;
    bool full = x->starts.state == BUF_FULL || x->shared.state == BUF_FULL;
    ENSURE(!full, err_newf(ERR_LIMIT, "The workbook holds more than {} texts or {} bytes of text.",
                           "Save it as CSV and give that.", err_int(LIMIT_SHARED_TEXTS), err_int(LIMIT_SHARED_BYTES)));
    TRY(buf_ok(&x->starts));
    return buf_ok(&x->shared);
}

static const struct xml_tag shared_tags[] = {
    {T_SI, XML_MAIN, "si"},
    {T_TEXT, XML_MAIN, "t"},
    {T_RUN, XML_MAIN, "r"},
    {T_SST, XML_MAIN, "sst"},
};
static const struct xml_rules shared_rules = {shared_tags, sizeof shared_tags / sizeof shared_tags[0], shared_start,
                                              shared_end, on_text};

static err shared_text(const struct sheet_xlsx *x, uint64_t index, struct view *ret)
{
    uint32_t from, end = (uint32_t)x->shared.len;
    ENSURE(index < x->shared_count,
           err_new(ERR_INVALID, "A cell refers to a shared text that the workbook doesn't hold.",
                   "Open it in a spreadsheet program and save it again."));
    memcpy(&from, x->starts.p + index * sizeof from, sizeof from);
    if (index + 1 < x->shared_count)
        memcpy(&end, x->starts.p + (index + 1) * sizeof end, sizeof end);
    *ret = view_of(x->shared.p + from, end - from);
    return OK;
}

/* The worksheet itself. */

static enum cell_type type_of(const char *t)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"s", C_SHARED},  {"n", C_NUMBER}, {"str", C_TEXT}, {"inlineStr", C_TEXT},
                 {"b", C_BOOLEAN}, {"e", C_ERROR},  {"d", C_DATE}};
    for (size_t i = 0; t && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, t) == 0)
            return types[i].type;
    }
    return C_NUMBER;
}

static err begin_row(struct sheet_xlsx *x, const struct xml_attributes *a)
{
    const char *r = xml_attribute(a, XML_PLAIN, "r");
    uint64_t line = x->rows->line + 1;
    ENSURE(!r || sheet_count(r, UINT32_MAX, &line), damaged());
    x->in_row = true;
    return sheet_rows_begin(x->rows, line);
}

static err begin_cell(struct sheet_xlsx *x, const struct xml_attributes *a)
{
    const char *r = xml_attribute(a, XML_PLAIN, "r");
    const char *style = xml_attribute(a, XML_PLAIN, "s");
    uint64_t line = 0, index = 0;
    x->column = 0;
    ENSURE(!r || sheet_reference(r, &x->column, &line), damaged());
    x->in_cell = true;
    x->type = type_of(xml_attribute(a, XML_PLAIN, "t"));
    bool known = style && sheet_count(style, UINT32_MAX, &index) && index < x->styles.len;
    x->format = known ? (enum sheet_format)x->styles.p[index] : SHEET_PLAIN;
    buf_clear(&x->value);
    return OK;
}

static err sheet_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    struct sheet_xlsx *x = ctx;
    bool misplaced = (tag == T_ROW && x->in_row) || (tag == T_CELL && (!x->in_row || x->in_cell));
    *skip = misplaced || x->in_value;
    if (*skip)
        return OK;
    x->in_value = x->in_cell && (tag == T_VALUE || tag == T_TEXT);
    if (tag == T_ROW)
        return begin_row(x, a);
    return tag == T_CELL ? begin_cell(x, a) : OK;
}

/* The cell's text in x->shown, or a view of the shared texts. */
static err show_cell(struct sheet_xlsx *x, struct view *ret)
{
    struct view value = buf_view(&x->value);
    uint64_t index;
    buf_clear(&x->shown);
    *ret = value;
    switch (x->type) {
    case C_SHARED:
        if (value.len == 0)
            return OK;
        ENSURE(sheet_count(buf_text(&x->value), UINT32_MAX, &index), damaged());
        return shared_text(x, index, ret);
    case C_BOOLEAN:
        if (value.len == 1)
            *ret = view_text(value.p[0] == '1' ? "TRUE" : "FALSE");
        return OK;
    case C_TEXT:
        sheet_unescape(&x->value);
        *ret = buf_view(&x->value);
        return OK;
    case C_DATE:
        if (x->format == SHEET_DATE && value.len > 10 && value.p[10] == 'T')
            ret->len = 10;
        return OK;
    case C_ERROR:
        ret->len = 0;
        return OK;
    case C_NUMBER:
        break;
    }
    if (sheet_date(&x->shown, value, x->format, x->since_1904))
        *ret = buf_view(&x->shown);
    return buf_ok(&x->shown);
}

static err end_cell(struct sheet_xlsx *x)
{
    struct view shown;
    x->in_cell = false;
    TRY(show_cell(x, &shown));
    return sheet_rows_put(x->rows, x->column, shown, x->type == C_ERROR, 1);
}

static err sheet_end(void *ctx, int tag)
{
    struct sheet_xlsx *x = ctx;
    x->in_value = false;
    if (tag == T_CELL)
        return end_cell(x);
    if (tag != T_ROW)
        return OK;
    bool any;
    x->in_row = false;
    TRY(sheet_rows_finish(x->rows, 1, &any));
    if (any)
        xml_pause(x->xml);
    return OK;
}

static const struct xml_tag sheet_tags[] = {
    {T_CELL, XML_MAIN, "c"},
    {T_VALUE, XML_MAIN, "v"},
    {T_ROW, XML_MAIN, "row"},
    {T_INLINE, XML_MAIN, "is"},
    {T_TEXT, XML_MAIN, "t"},
    {T_RUN, XML_MAIN, "r"},
    {T_WORKSHEET, XML_MAIN, "worksheet"},
    {T_SHEET_DATA, XML_MAIN, "sheetData"},
};
static const struct xml_rules sheet_rules = {sheet_tags, sizeof sheet_tags / sizeof sheet_tags[0], sheet_start,
                                             sheet_end, on_text};

/* Opening. */

static err new_reader(struct sheet_rows *rows, struct sheet_xlsx **ret)
{
    struct sheet_xlsx *x CLEANUP(sheet_xlsx_close) = mem_alloc(sizeof *x);
    ENSURE(x, mem_none());
    x->rows = rows;
    x->shared = BUF(LIMIT_SHARED_BYTES);
    x->starts = BUF(LIMIT_SHARED_TEXTS * sizeof(uint32_t));
    x->styles = BUF(LIMIT_SHEET_STYLES);
    x->value = BUF(LIMIT_CELL_BYTES);
    x->shown = BUF(LIMIT_CELL_BYTES);
    x->arena = arena_new();
    ENSURE(x->arena, mem_none());
    x->sheets = arena_array(x->arena, LIMIT_SHEETS, sizeof *x->sheets);
    ENSURE(x->sheets, mem_none());
    *ret = x;
    x = NULL;
    return OK;
}

void sheet_xlsx_close(struct sheet_xlsx **x)
{
    if (!*x)
        return;
    xml_close(&(*x)->xml);
    zipfile_close(&(*x)->zip);
    buf_free(&(*x)->shared);
    buf_free(&(*x)->starts);
    buf_free(&(*x)->styles);
    buf_free(&(*x)->value);
    buf_free(&(*x)->shown);
    arena_free((*x)->arena);
    mem_free(*x);
    *x = NULL;
}

static err read_list(struct sheet_xlsx *x, const struct origin *origin)
{
    bool found;
    TRY(run_part(x, origin, "xl/workbook.xml", &workbook_rules, &found));
    ENSURE(found, damaged());
    TRY(run_part(x, origin, "xl/_rels/workbook.xml.rels", &rels_rules, &found));
    return found ? OK : damaged();
}

static err choose(struct sheet_xlsx *x, const char *name)
{
    const char **others = arena_array(x->arena, x->sheet_count, sizeof *others);
    ENSURE(others, mem_none());
    size_t count = 0;
    for (size_t i = 0; i < x->sheet_count && !x->chosen; i++) {
        const struct listed *s = &x->sheets[i];
        if (s->path && (name ? strcmp(s->name, name) == 0 : !s->hidden))
            x->chosen = s;
        else if (s->path && !s->hidden)
            others[count++] = s->name;
    }
    ENSURE(x->chosen || name,
           err_new(ERR_NOT_FOUND, "The workbook has no sheet that isn't hidden.", "Name one of its sheets (--member)."));
    return x->chosen ? OK : sheet_not_found(name, others, count);
}

err sheet_xlsx_open(const struct origin *origin, const char *name, struct sheet_rows *rows, struct sheet_xlsx **ret)
{
    struct sheet_xlsx *x CLEANUP(sheet_xlsx_close) = NULL;
    bool found;
    TRY(new_reader(rows, &x));
    TRY(read_list(x, origin));
    TRY(choose(x, name));
    if (x->styles_path)
        TRY(run_part(x, origin, x->styles_path, &styles_rules, &found));
    if (x->shared_path)
        TRY(run_part(x, origin, x->shared_path, &shared_rules, &found));
    TRY(zipfile_open(origin, view_of(NULL, 0), &x->zip));
    TRY(zipfile_find(x->zip, x->chosen->path, &found));
    ENSURE(found, damaged());
    TRY(xml_open(&sheet_rules, x, zipfile_pull, x->zip, &x->xml));
    *ret = x;
    x = NULL;
    return OK;
}

err sheet_xlsx_open_xml(struct view xml, struct sheet_rows *rows, struct sheet_xlsx **ret)
{
    struct sheet_xlsx *x CLEANUP(sheet_xlsx_close) = NULL;
    TRY(new_reader(rows, &x));
    x->bytes = (struct csv_bytes){.left = xml};
    TRY(xml_open(&sheet_rules, x, csv_read_bytes, &x->bytes, &x->xml));
    *ret = x;
    x = NULL;
    return OK;
}

err sheet_xlsx_step(struct sheet_xlsx *x, bool *ret_end)
{
    return xml_step(x->xml, ret_end);
}

const char *sheet_xlsx_name(const struct sheet_xlsx *x)
{
    return x->chosen ? x->chosen->name : "";
}

err sheet_xlsx_names(const struct origin *origin, struct arena *a, const char ***ret, size_t *ret_count)
{
    struct sheet_xlsx *x CLEANUP(sheet_xlsx_close) = NULL;
    TRY(new_reader(NULL, &x));
    TRY(read_list(x, origin));
    const char **names = arena_array(a, x->sheet_count, sizeof *names);
    ENSURE(names, mem_none());
    size_t count = 0;
    for (size_t i = 0; i < x->sheet_count; i++) {
        const struct listed *s = &x->sheets[i];
        if (!s->path)
            continue;
        names[count] = arena_text(a, s->name, strlen(s->name));
        ENSURE(names[count++], mem_none());
    }
    *ret = names;
    *ret_count = count;
    return OK;
}
