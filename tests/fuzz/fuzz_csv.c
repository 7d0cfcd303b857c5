/* csv_row, csv_row_ok, csv_write_row.  The first byte chooses delimiter and encoding, the rest is the table.  Reading it
 * one byte at a time must give the same cells, places and errors as at once; what was read and written again must be
 * read the same; text must be UTF-8. */
#include "csv.h"

static struct csv *open_table(struct csv_bytes *source, uint8_t choice)
{
    static const char delimiters[8] = {0, ',', ';', '\t', '|', 0, 0, ','};
    struct csv_options options = {.file = "fuzz.csv",
                                  .delimiter = delimiters[choice & 7],
                                  .encoding = choice & 8 ? TEXT_WINDOWS_1252 : TEXT_UTF8,
                                  .any_width = choice & 16};
    struct csv *c = NULL;
    CHECK(csv_open(&c, &options, csv_read_bytes, source).kind == ERR_OK);
    return c;
}

static void log_error(struct buf *log, err e)
{
    buf_fmt(log, "%d %s %s\n", (int)e.kind, err_text()->what, err_text()->where);
}

static void log_row(struct buf *log, const struct csv *c, const struct csv_cells *row)
{
    buf_fmt(log, "%llu %llu %zu/%zu", (unsigned long long)row->row, (unsigned long long)row->line, row->count,
            row->expected);
    for (size_t i = 0; i < row->count; i++) {
        const struct csv_cell *cell = &row->cell[i];
        CHECK(text_utf8_bad_at(cell->text) == cell->text.len);
        CHECK(cell->line >= row->line && cell->column >= 1);
        buf_fmt(log, " %llu:%llu:", (unsigned long long)cell->line, (unsigned long long)cell->column);
        buf_put(log, cell->text);
    }
    err e = csv_row_ok(c, row);
    CHECK((e.kind == ERR_OK) == (row->problem == CSV_FINE));
    if (e.kind != ERR_OK)
        log_error(log, e);
    buf_str(log, "\n");
}

static void write_row(struct buf *written, struct buf *cells, const struct csv_cells *row)
{
    struct view views[1024];
    for (size_t i = 0; i < row->count; i++) {
        views[i] = row->cell[i].text;
        buf_block(cells, views[i]);
    }
    if (row->count)
        buf_str(cells, "row");
    if (row->count && written)
        csv_write_row(written, views, row->count);
}

/* Everything that can be seen of a table; its cells alone; and the table written again. */
static err read_all(struct view data, size_t piece, uint8_t choice, struct buf *log, struct buf *cells,
                    struct buf *written)
{
    struct csv_bytes source = {data, piece};
    struct csv *c = open_table(&source, choice);
    err e = OK;
    for (bool end = false; e.kind == ERR_OK && !end;) {
        struct csv_cells row;
        e = csv_row(c, &row, &end);
        if (e.kind == ERR_OK && !end) {
            log_row(log, c, &row);
            write_row(written, cells, &row);
        }
    }
    if (e.kind != ERR_OK)
        log_error(log, e);
    csv_close(&c);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 1 << 26 };
    if (size == 0 || size > 1 << 16)
        return 0;
    struct view table = view_of(data + 1, size - 1);
    CLEANUP(buf_free) struct buf whole = BUF(MOST), pieces = BUF(MOST), cells = BUF(MOST), cells2 = BUF(MOST);
    CLEANUP(buf_free) struct buf written = BUF(MOST), again = BUF(MOST), cells3 = BUF(MOST);
    err first = read_all(table, 0, data[0], &whole, &cells, &written);
    err second = read_all(table, 1, data[0], &pieces, &cells2, NULL);
    CHECK(first.kind == second.kind);
    CHECK(view_equal(buf_view(&whole), buf_view(&pieces)));
    enum { GUESS = 0, ANY_WIDTH = 16 };
    CHECK(read_all(buf_view(&written), 3, GUESS | ANY_WIDTH, &again, &cells3, NULL).kind == ERR_OK);
    CHECK(view_equal(buf_view(&cells), buf_view(&cells3)));
    CHECK(buf_ok(&whole).kind == ERR_OK && buf_ok(&written).kind == ERR_OK && buf_ok(&cells).kind == ERR_OK);
    return 0;
}
