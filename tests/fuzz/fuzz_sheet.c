/* sheet_open_xml, sheet_row: the first byte says whether it is a worksheet or a content.xml. */
#include "limits.h"
#include "sheet.h"

static void check_row(const struct table_cells *r, uint64_t line)
{
    CHECK(r->line > line && r->row > 0);
    CHECK(r->count >= r->expected && r->count <= LIMIT_COLUMNS);
    CHECK(r->problem == TABLE_FINE || r->problem_cell < r->count);
    CHECK((r->problem == TABLE_TOO_LONG) <= (r->count > r->expected));
    for (size_t i = 0; i < r->count; i++) {
        const struct csv_cell *c = &r->cell[i];
        CHECK(c->line == r->line && c->column == i + 1 && c->text.len <= LIMIT_CELL_BYTES);
        CHECK(text_utf8_bad_at(c->text) == c->text.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sheet *s CLEANUP(sheet_close) = NULL;
    if (size == 0)
        return 0;
    err e = sheet_open_xml(view_of(data + 1, size - 1), data[0] & 1 ? TABLE_ODS : TABLE_XLSX, &s);
    uint64_t line = 0, rows = 0;
    bool end = false;
    while (e.kind == ERR_OK && !end && rows++ < 5000) {
        struct table_cells r;
        e = sheet_row(s, &r, &end);
        if (e.kind != ERR_OK || end)
            break;
        check_row(&r, line);
        line = r.line;
    }
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID || e.kind == ERR_LIMIT || e.kind == ERR_NOT_FOUND);
    return 0;
}
