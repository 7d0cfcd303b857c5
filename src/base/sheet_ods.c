#include "sheet_ods.h"

#include "sheet_value.h"
#include "xml.h"
#include "zipfile.h"

#include <string.h>

enum tag {
    T_DOCUMENT = 1,
    T_STYLES,
    T_STYLE,
    T_TABLE_PROPERTIES,
    T_BODY,
    T_SPREADSHEET,
    T_TABLE,
    T_GROUP,
    T_ROW,
    T_CELL,
    T_PARAGRAPH,
    T_INLINE,
    T_SPACES,
    T_TAB,
    T_BREAK
};

enum cell_type { C_NONE, C_TEXT, C_NUMBER, C_BOOLEAN, C_DATE, C_TIME, C_ERROR };

struct sheet_ods {
    struct sheet_rows *rows;
    struct arena *arena;
    const char *wanted; /* NULL: the first that isn't hidden */
    bool list_only;     /* only names are wanted */
    const char **names; /* LIMIT_SHEETS: of the sheets that aren't hidden; of all, with list_only */
    size_t name_count;
    const char **hidden_styles; /* LIMIT_SHEETS */
    size_t hidden_count;
    const char *style;  /* the one being read */
    const char *chosen; /* NULL until its sheet begins */

    bool in_sheet, in_row, in_cell, in_paragraph;
    bool space_before; /* white space here would be the second in a row */
    uint64_t row_repeat, cell_repeat;
    enum cell_type type;
    bool formula;
    struct buf text;  /* the paragraphs of the cell */
    struct buf value; /* what its attributes say */

    struct zipfile *zip;
    struct xml *xml;
    struct csv_bytes bytes;
};

/* Hidden sheets: a table style whose properties say display="false". */

static err style_start(struct sheet_ods *o, int tag, const struct xml_attributes *a)
{
    const char *name = xml_attribute(a, XML_STYLE, "name");
    const char *display = xml_attribute(a, XML_TABLE, "display");
    if (tag == T_STYLE) {
        o->style = name ? arena_text(o->arena, name, strlen(name)) : NULL;
        return !name || o->style ? OK : mem_none();
    }
    bool hidden = tag == T_TABLE_PROPERTIES && o->style && display && strcmp(display, "false") == 0;
    if (hidden && o->hidden_count < LIMIT_SHEETS)
        o->hidden_styles[o->hidden_count++] = o->style;
    return OK;
}

static bool is_hidden(const struct sheet_ods *o, const char *style)
{
    for (size_t i = 0; style && i < o->hidden_count; i++) {
        if (strcmp(o->hidden_styles[i], style) == 0)
            return true;
    }
    return false;
}

static err table_start(struct sheet_ods *o, const struct xml_attributes *a)
{
    const char *name = xml_attribute(a, XML_TABLE, "name");
    bool hidden = is_hidden(o, xml_attribute(a, XML_TABLE, "style-name"));
    ENSURE(o->name_count < LIMIT_SHEETS,
           err_newf(ERR_LIMIT, "The document has more than {} sheets.",
                    "Save the sheet with the people as a file of its own.", err_int(LIMIT_SHEETS)));
    const char *kept = arena_text(o->arena, name ? name : "", name ? strlen(name) : 0);
    ENSURE(kept, mem_none());
    if (!hidden || o->list_only)
        o->names[o->name_count++] = kept;
    bool wanted = o->wanted ? strcmp(o->wanted, kept) == 0 : !hidden;
    o->in_sheet = wanted && !o->chosen && !o->list_only;
    if (o->in_sheet) {
        o->chosen = kept;
        xml_pause(o->xml);
    }
    return OK;
}

/* Cells. */

static enum cell_type type_of(const char *name, const char *calc)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"string", C_TEXT},     {"float", C_NUMBER}, {"percentage", C_NUMBER}, {"currency", C_NUMBER},
                 {"boolean", C_BOOLEAN}, {"date", C_DATE},    {"time", C_TIME}};
    if (calc && strcmp(calc, "error") == 0)
        return C_ERROR;
    for (size_t i = 0; name && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    }
    return C_NONE;
}

static err read_count(const char *text, uint64_t *ret)
{
    *ret = 1;
    ENSURE(!text || (sheet_count(text, UINT32_MAX - 1, ret) && *ret > 0),
           err_new(ERR_INVALID, "The sheet says in a damaged way how often a cell or row is repeated.",
                   "Open it in a spreadsheet program and save it again."));
    return OK;
}

static err cell_start(struct sheet_ods *o, const struct xml_attributes *a)
{
    static const char *const value_names[] = {
        [C_TEXT] = "string-value", [C_NUMBER] = "value",    [C_BOOLEAN] = "boolean-value",
        [C_DATE] = "date-value",   [C_TIME] = "time-value", [C_ERROR] = NULL,
    };
    o->in_cell = true;
    o->in_paragraph = false;
    o->formula = xml_attribute(a, XML_TABLE, "formula") != NULL;
    o->type = type_of(xml_attribute(a, XML_OFFICE, "value-type"), xml_attribute(a, XML_CALCEXT, "value-type"));
    buf_clear(&o->text);
    buf_clear(&o->value);
    const char *value = value_names[o->type] ? xml_attribute(a, XML_OFFICE, value_names[o->type]) : NULL;
    if (value)
        buf_str(&o->value, value);
    TRY(read_count(xml_attribute(a, XML_TABLE, "number-columns-repeated"), &o->cell_repeat));
    return buf_ok(&o->value);
}

static err row_start(struct sheet_ods *o, const struct xml_attributes *a)
{
    o->in_row = true;
    TRY(read_count(xml_attribute(a, XML_TABLE, "number-rows-repeated"), &o->row_repeat));
    return sheet_rows_begin(o->rows, o->rows->line + 1);
}

static err check_text(struct sheet_ods *o)
{
    ENSURE(o->text.state != BUF_FULL,
           err_newf(ERR_LIMIT, "A cell of the sheet holds more than {} bytes.",
                    "Check whether it is a table of people at all.", err_int(LIMIT_CELL_BYTES)));
    return buf_ok(&o->text);
}

static err spaces(struct sheet_ods *o, const char *count)
{
    uint64_t n = 1;
    TRY(read_count(count, &n));
    for (uint64_t i = 0; i < n && o->text.state == BUF_FINE; i++)
        buf_u8(&o->text, ' ');
    o->space_before = false;
    return check_text(o);
}

static err inline_start(struct sheet_ods *o, int tag, const struct xml_attributes *a)
{
    if (tag == T_SPACES)
        return spaces(o, xml_attribute(a, XML_TEXT, "c"));
    if (tag == T_TAB || tag == T_BREAK) {
        buf_u8(&o->text, tag == T_TAB ? '\t' : '\n');
        o->space_before = true;
    }
    return check_text(o);
}

static err paragraph_start(struct sheet_ods *o, bool *skip)
{
    *skip = o->in_paragraph;
    if (*skip)
        return OK;
    if (o->text.len > 0)
        buf_u8(&o->text, '\n');
    o->in_paragraph = true;
    o->space_before = true;
    return check_text(o);
}

static err on_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    struct sheet_ods *o = ctx;
    switch ((enum tag)tag) {
    case T_STYLE:
    case T_TABLE_PROPERTIES:
        return style_start(o, tag, a);
    case T_TABLE:
        *skip = o->in_sheet;
        TRY(*skip ? OK : table_start(o, a));
        *skip |= !o->in_sheet;
        return OK;
    case T_ROW:
        *skip = !o->in_sheet || o->in_row;
        return *skip ? OK : row_start(o, a);
    case T_CELL:
        *skip = !o->in_row || o->in_cell;
        return *skip ? OK : cell_start(o, a);
    case T_PARAGRAPH:
        *skip = !o->in_cell;
        return *skip ? OK : paragraph_start(o, skip);
    case T_INLINE:
    case T_SPACES:
    case T_TAB:
    case T_BREAK:
        *skip = !o->in_paragraph;
        return *skip ? OK : inline_start(o, tag, a);
    case T_DOCUMENT:
    case T_STYLES:
    case T_BODY:
    case T_SPREADSHEET:
    case T_GROUP:
        break;
    }
    return OK;
}

/* Runs of white space are one space, none at the start of a paragraph (OpenDocument 1.2 part 1, 6.1.2). */
static err on_text(void *ctx, struct view piece)
{
    struct sheet_ods *o = ctx;
    for (size_t i = 0; o->in_paragraph && i < piece.len; i++) {
        uint8_t c = piece.p[i];
        bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!space || !o->space_before)
            buf_u8(&o->text, space ? ' ' : c);
        o->space_before = space;
    }
    return check_text(o);
}

/* How older programs show a formula that went wrong. */
static bool looks_wrong(struct view text)
{
    static const char *const errors[] = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (view_equal(text, view_text(errors[i])))
            return true;
    }
    return text.len > 4 && memcmp(text.p, "Err:", 4) == 0;
}

/* A date or moment without fractions of a second. */
static struct view whole_seconds(struct view moment)
{
    const uint8_t *point = moment.len > 19 ? memchr(moment.p, '.', moment.len) : NULL;
    return point ? view_of(moment.p, (size_t)(point - moment.p)) : moment;
}

static err show_cell(struct sheet_ods *o, struct view *ret)
{
    struct view value = buf_view(&o->value), text = buf_view(&o->text);
    bool fine = true;
    *ret = text;
    if (value.len == 0)
        return OK;
    buf_clear(&o->text);
    switch (o->type) {
    case C_NUMBER:
        fine = sheet_number(&o->text, value);
        break;
    case C_TIME:
        fine = sheet_duration(&o->text, buf_text(&o->value));
        break;
    case C_BOOLEAN:
        buf_str(&o->text, view_equal(value, view_text("true")) ? "TRUE" : "FALSE");
        break;
    case C_DATE:
        buf_put(&o->text, whole_seconds(value));
        break;
    case C_TEXT:
    case C_NONE:
    case C_ERROR:
        fine = false;
        break;
    }
    *ret = fine ? buf_view(&o->text) : value;
    return check_text(o);
}

static err cell_end(struct sheet_ods *o)
{
    struct view shown;
    o->in_cell = false;
    bool wrong = o->type == C_ERROR || (o->formula && looks_wrong(buf_view(&o->text)));
    TRY(show_cell(o, &shown));
    return sheet_rows_put(o->rows, 0, wrong ? view_of(NULL, 0) : shown, wrong, o->cell_repeat);
}

static err row_end(struct sheet_ods *o)
{
    bool any;
    o->in_row = false;
    TRY(sheet_rows_finish(o->rows, o->row_repeat, &any));
    if (any)
        xml_pause(o->xml);
    return OK;
}

static err on_end(void *ctx, int tag)
{
    struct sheet_ods *o = ctx;
    if (tag == T_PARAGRAPH)
        o->in_paragraph = false;
    if (tag == T_TABLE)
        o->in_sheet = false;
    if (tag == T_STYLE)
        o->style = NULL;
    if (tag == T_CELL)
        return cell_end(o);
    return tag == T_ROW ? row_end(o) : OK;
}

static const struct xml_tag tags[] = {
    {T_CELL, XML_TABLE, "table-cell"},
    {T_PARAGRAPH, XML_TEXT, "p"},
    {T_ROW, XML_TABLE, "table-row"},
    {T_CELL, XML_TABLE, "covered-table-cell"},
    {T_INLINE, XML_TEXT, "span"},
    {T_INLINE, XML_TEXT, "a"},
    {T_SPACES, XML_TEXT, "s"},
    {T_TAB, XML_TEXT, "tab"},
    {T_BREAK, XML_TEXT, "line-break"},
    {T_GROUP, XML_TABLE, "table-row-group"},
    {T_GROUP, XML_TABLE, "table-header-rows"},
    {T_GROUP, XML_TABLE, "table-rows"},
    {T_TABLE, XML_TABLE, "table"},
    {T_STYLE, XML_STYLE, "style"},
    {T_TABLE_PROPERTIES, XML_STYLE, "table-properties"},
    {T_DOCUMENT, XML_OFFICE, "document-content"},
    {T_STYLES, XML_OFFICE, "automatic-styles"},
    {T_BODY, XML_OFFICE, "body"},
    {T_SPREADSHEET, XML_OFFICE, "spreadsheet"},
};
static const struct xml_rules rules = {tags, sizeof tags / sizeof tags[0], on_start, on_end, on_text};

/* Documents with a password say so in their manifest. */

static err manifest_start(void *ctx, int tag, const struct xml_attributes *a, bool *skip)
{
    bool *encrypted = ctx;
    (void)a;
    (void)skip;
    *encrypted |= tag == 3;
    return OK;
}

static err check_password(const struct origin *origin)
{
    static const struct xml_tag manifest_tags[] = {
        {1, XML_MANIFEST, "manifest"}, {2, XML_MANIFEST, "file-entry"}, {3, XML_MANIFEST, "encryption-data"}};
    static const struct xml_rules manifest_rules = {manifest_tags, 3, manifest_start, NULL, NULL};
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct xml *xml CLEANUP(xml_close) = NULL;
    bool found, end = false, encrypted = false;
    TRY(zipfile_open(origin, view_of(NULL, 0), &z));
    TRY(zipfile_find(z, "META-INF/manifest.xml", &found));
    if (!found)
        return OK;
    TRY(xml_open(&manifest_rules, &encrypted, zipfile_pull, z, &xml));
    while (!end)
        TRY(xml_step(xml, &end));
    ENSURE(!encrypted, err_new(ERR_INVALID, "The spreadsheet is protected by a password of its own.",
                               "Open it in a spreadsheet program and save it without a password."));
    return OK;
}

/* Opening. */

static err new_reader(struct sheet_rows *rows, const char *name, struct sheet_ods **ret)
{
    struct sheet_ods *o CLEANUP(sheet_ods_close) = mem_alloc(sizeof *o);
    ENSURE(o, mem_none());
    o->rows = rows;
    o->wanted = name;
    o->text = BUF(LIMIT_CELL_BYTES);
    o->value = BUF(LIMIT_CELL_BYTES);
    o->arena = arena_new();
    ENSURE(o->arena, mem_none());
    o->names = arena_array(o->arena, LIMIT_SHEETS, sizeof *o->names);
    ENSURE(o->names, mem_none());
    o->hidden_styles = arena_array(o->arena, LIMIT_SHEETS, sizeof *o->hidden_styles);
    ENSURE(o->hidden_styles, mem_none());
    *ret = o;
    o = NULL;
    return OK;
}

void sheet_ods_close(struct sheet_ods **o)
{
    if (!*o)
        return;
    xml_close(&(*o)->xml);
    zipfile_close(&(*o)->zip);
    buf_free(&(*o)->text);
    buf_free(&(*o)->value);
    arena_free((*o)->arena);
    mem_free(*o);
    *o = NULL;
}

static err open_content(const struct origin *origin, struct sheet_ods *o)
{
    bool found;
    TRY(check_password(origin));
    TRY(zipfile_open(origin, view_of(NULL, 0), &o->zip));
    TRY(zipfile_find(o->zip, "content.xml", &found));
    ENSURE(found, err_new(ERR_INVALID, "The spreadsheet has no content.",
                          "Open it in a spreadsheet program and save it again."));
    return xml_open(&rules, o, zipfile_pull, o->zip, &o->xml);
}

/* Runs to the start of the wanted sheet. */
static err find_sheet(struct sheet_ods *o)
{
    bool end = false;
    while (!end && !o->chosen)
        TRY(xml_step(o->xml, &end));
    ENSURE(o->chosen || o->wanted, err_new(ERR_NOT_FOUND, "The spreadsheet has no sheet that isn't hidden.",
                                           "Name one of its sheets (--member)."));
    return o->chosen ? OK : sheet_not_found(o->wanted, o->names, o->name_count);
}

err sheet_ods_open(const struct origin *origin, const char *name, struct sheet_rows *rows, struct sheet_ods **ret)
{
    struct sheet_ods *o CLEANUP(sheet_ods_close) = NULL;
    TRY(new_reader(rows, name, &o));
    TRY(open_content(origin, o));
    TRY(find_sheet(o));
    *ret = o;
    o = NULL;
    return OK;
}

err sheet_ods_open_xml(struct view xml, struct sheet_rows *rows, struct sheet_ods **ret)
{
    struct sheet_ods *o CLEANUP(sheet_ods_close) = NULL;
    TRY(new_reader(rows, NULL, &o));
    o->bytes = (struct csv_bytes){.left = xml};
    TRY(xml_open(&rules, o, csv_read_bytes, &o->bytes, &o->xml));
    TRY(find_sheet(o));
    *ret = o;
    o = NULL;
    return OK;
}

err sheet_ods_step(struct sheet_ods *o, bool *ret_end)
{
    return xml_step(o->xml, ret_end);
}

const char *sheet_ods_name(const struct sheet_ods *o)
{
    return o->chosen;
}

err sheet_ods_names(const struct origin *origin, struct arena *a, const char ***ret, size_t *ret_count)
{
    struct sheet_ods *o CLEANUP(sheet_ods_close) = NULL;
    bool end = false;
    TRY(new_reader(NULL, NULL, &o));
    o->list_only = true;
    TRY(open_content(origin, o));
    while (!end)
        TRY(xml_step(o->xml, &end));
    const char **names = arena_array(a, o->name_count, sizeof *names);
    ENSURE(names, mem_none());
    for (size_t i = 0; i < o->name_count; i++) {
        names[i] = arena_text(a, o->names[i], strlen(o->names[i]));
        ENSURE(names[i], mem_none());
    }
    *ret = names;
    *ret_count = o->name_count;
    return OK;
}
