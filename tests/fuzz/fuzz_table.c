/* table_open_bytes with `walk`, table_row, table_next_member: any file at all. */
#include "limits.h"
#include "table.h"

#include <string.h>

static err read_rows(struct table *t)
{
    uint64_t line = 0;
    for (unsigned n = 0; n < 2000; n++) {
        struct table_cells r;
        bool end;
        TRY(table_row(t, &r, &end));
        if (end)
            return OK;
        CHECK(r.line > line && r.count <= LIMIT_COLUMNS);
        line = r.line;
        for (size_t i = 0; i < r.count; i++)
            CHECK(text_utf8_bad_at(r.cell[i].text) == r.cell[i].text.len);
        err e = table_row_ok(t, &r);
        CHECK((e.kind == ERR_OK) == (r.problem == TABLE_FINE));
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table_options options = {.walk = true, .password = view_text("open sesame")};
    struct table *t CLEANUP(table_close) = NULL;
    err e = table_open_bytes(&options, view_of(data, size), "file", &t);
    CHECK(e.kind != ERR_INTERNAL && (e.kind == ERR_OK) == (t != NULL));
    bool end = t == NULL;
    for (unsigned n = 0; !end && n < 20; n++) {
        e = read_rows(t);
        CHECK(strncmp(table_place(t), "file", 4) == 0);
        e = table_next_member(t, &end);
        CHECK(e.kind != ERR_INTERNAL);
    }
    return 0;
}
