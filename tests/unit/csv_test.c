#include "testing.h"

#include "csv.h"
#include "limits.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A reader over a text, with its source. */
struct table {
    struct csv_bytes source;
    struct csv *csv;
};

static void table_open(struct table *t, struct view text, size_t piece, struct csv_options options)
{
    options.file = options.file ? options.file : "people.csv";
    t->source = (struct csv_bytes){text, piece};
    assert_ok(csv_open(&t->csv, &options, csv_read_bytes, &t->source));
}

static void table_close(struct table *t)
{
    csv_close(&t->csv);
}

/* All rows as text: cells in [], rows ended by \n, flagged rows with their number. */
static err all_rows(struct csv *c, struct buf *to)
{
    for (;;) {
        struct csv_cells row;
        bool end;
        TRY(csv_row(c, &row, &end));
        if (end)
            return buf_ok(to);
        for (size_t i = 0; i < row.count; i++)
            buf_fmt(to, "[%.*s]", (int)row.cell[i].text.len, (const char *)row.cell[i].text.p);
        if (row.problem)
            buf_fmt(to, "!%u", row.problem);
        buf_str(to, "\n");
    }
}

static void good_tables_are_read_whole_and_in_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } cases[] = {
        {"", ""},
        {"\n\r\n\r", ""},
        {"a", "[a]\n"},
        {"a,b\n1,2\n", "[a][b]\n[1][2]\n"},
        {"a,b\r\n1,2", "[a][b]\n[1][2]\n"},
        {"a,b\r1,2\r", "[a][b]\n[1][2]\n"},
        {"a,b\n\n\r\n1,\n,2\n,", "[a][b]\n[1][]\n[][2]\n[][]\n"},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "[a][b]\n[1][2]\n"},
        {"\xef\xbb\xbf\"a\",b\n1,2\n", "[a][b]\n[1][2]\n"},
        {"a,b\n\"1,5\",\"x\"\"y\"\n", "[a][b]\n[1,5][x\"y]\n"},
        {"a,b\n\"one\r\ntwo\",\"\"\n", "[a][b]\n[one\r\ntwo][]\n"},
        {"a,b\n\"\"\"\",\"\"\"\"\"\"", "[a][b]\n[\"][\"\"]\n"},
        {"a\n\"\"\n", "[a]\n[]\n"},
        {"a;b,c;d\n1;2;3\n", "[a][b,c][d]\n[1][2][3]\n"},
        {"a\tb\n1\t2,3\n", "[a][b]\n[1][2,3]\n"},
        {"a|b\n1|2\n", "[a][b]\n[1][2]\n"},
        {"\"a;b;c;d\",e\n1,2\n", "[a;b;c;d][e]\n[1][2]\n"},
        {"\"a\n;;;;\",e\n1,2\n", "[a\n;;;;][e]\n[1][2]\n"},
        {"\n\na;b\n1;2\n", "[a][b]\n[1][2]\n"},
        {"a, b \n 1,2\n", "[a][ b ]\n[ 1][2]\n"},
        {"na\xc3\xafve,b\nZo\xc3\xab,\"\xe6\x9d\x8e\"\n", "[na\xc3\xafve][b]\n[Zo\xc3\xab][\xe6\x9d\x8e]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 0; piece < 4; piece++) {
            struct table t;
            CLEANUP(buf_free) struct buf rows = BUF(10000);
            table_open(&t, view_text(cases[i].text), piece, (struct csv_options){0});
            assert_ok(all_rows(t.csv, &rows));
            assert_string_equal(buf_text(&rows), cases[i].rows);
            table_close(&t);
        }
    }
}

static void cells_know_their_line_and_column(void **state)
{
    (void)state;
    struct table t;
    struct csv_cells row;
    bool end;
    table_open(&t, view_text("\xef\xbb\xbf\n\r\nh\xc3\xa9,b,c\r\n\"x\r\ny\xc3\xa9\rz\nw\",\"\xc3\xa9\xc3\xa9\",q\n"), 1,
               (struct csv_options){0});
    assert_ok(csv_row(t.csv, &row, &end));
    assert_int_equal(row.row, 1);
    assert_int_equal(row.line, 3);
    assert_int_equal(row.cell[1].column, 4);
    assert_ok(csv_row(t.csv, &row, &end));
    assert_int_equal(row.line, 4);
    assert_int_equal(row.cell[0].line, 4);
    assert_int_equal(row.cell[0].column, 1);
    assert_int_equal(row.cell[1].line, 7);
    assert_int_equal(row.cell[1].column, 4);
    assert_int_equal(row.cell[2].line, 7);
    assert_int_equal(row.cell[2].column, 9);
    assert_err(ERR_CONFLICT, csv_cell_at(err_new(ERR_CONFLICT, "Twice.", ""), t.csv, &row.cell[2]));
    assert_string_equal(err_text()->where, "people.csv:7:9");
    assert_ok(csv_row(t.csv, &row, &end));
    assert_true(end);
    table_close(&t);
}

static void broken_structure_ends_the_reading_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *word;
    } cases[] = {
        {"a,b\n1,x\"y\n", "people.csv:2:4", "inside a cell"},
        {"a,b\n1, \"y\"\n", "people.csv:2:4", "inside a cell"},
        {"\xc3\xa9,b\"\n", "people.csv:1:4", "inside a cell"},
        {"a,b\n\"1\"x,2\n", "people.csv:2:4", "after the closing"},
        {"a,b\n\"\n1\" ,2\n", "people.csv:3:3", "after the closing"},
        {"a,b\n1,\"2\n3,4\n", "people.csv:2:3", "never closed"},
        {"a,b\n1,\"2\"\"", "people.csv:2:3", "never closed"},
        {"a,\"", "people.csv:1:3", "never closed"},
        {"\xff\xfe"
         "a",
         "people.csv:1:1", "UTF-16"},
        {"\xfe\xff", "people.csv:1:1", "UTF-16"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 0; piece < 3; piece++) {
            struct table t;
            CLEANUP(buf_free) struct buf rows = BUF(10000);
            table_open(&t, view_text(cases[i].text), piece, (struct csv_options){0});
            assert_err(ERR_INVALID, all_rows(t.csv, &rows));
            assert_string_equal(err_text()->where, cases[i].where);
            assert_non_null(strstr(err_text()->what, cases[i].word));
            assert_err(ERR_INVALID, all_rows(t.csv, &rows));
            assert_non_null(strstr(err_text()->what, "earlier error"));
            table_close(&t);
        }
    }
}

static void utf16_without_a_mark_is_named_too(void **state)
{
    (void)state;
    struct table t;
    CLEANUP(buf_free) struct buf rows = BUF(100);
    table_open(&t, view_of("a\0,\0b\0", 6), 0, (struct csv_options){0});
    assert_err(ERR_INVALID, all_rows(t.csv, &rows));
    assert_non_null(strstr(err_text()->what, "UTF-16"));
    table_close(&t);
}

/* One row, which must be flagged; its error must have this place. */
static void next_is_bad(struct table *t, enum csv_problem problem, size_t cell, const char *where)
{
    struct csv_cells row;
    bool end;
    assert_ok(csv_row(t->csv, &row, &end));
    assert_false(end);
    assert_int_equal(row.problem, problem);
    assert_int_equal(row.problem_cell, cell);
    assert_true(row.count == 0 || problem == CSV_TOO_SHORT || problem == CSV_TOO_LONG);
    assert_err(ERR_INVALID, csv_row_ok(t->csv, &row));
    assert_string_equal(err_text()->where, where);
}

static void next_is_good(struct table *t)
{
    struct csv_cells row;
    bool end;
    assert_ok(csv_row(t->csv, &row, &end));
    assert_false(end);
    assert_int_equal(row.count, 2);
    assert_ok(csv_row_ok(t->csv, &row));
}

static void rows_wrong_in_themselves_are_flagged_and_reading_goes_on(void **state)
{
    (void)state;
    static const char text[] = "a,b\n"
                               "1\n"
                               "1,2,3\n"
                               "1,\xff\n"
                               "1,2\n"
                               "\"x\r\ny\xc3\",2\n"
                               "\xc3\xa9,z\0z\n"
                               "\"x\ny\"\n"
                               "1,2";
    for (size_t piece = 0; piece < 3; piece++) {
        struct table t;
        struct csv_cells row;
        bool end;
        table_open(&t, view_of(text, sizeof text - 1), piece, (struct csv_options){0});
        next_is_good(&t);
        next_is_bad(&t, CSV_TOO_SHORT, 1, "people.csv:2:2");
        assert_string_equal(err_text()->what, "The row has 1 cells, but the first row of the table has 2.");
        next_is_bad(&t, CSV_TOO_LONG, 2, "people.csv:3:5");
        next_is_bad(&t, CSV_BAD_TEXT, 1, "people.csv:4:3");
        next_is_good(&t);
        next_is_bad(&t, CSV_BAD_TEXT, 0, "people.csv:7:2");
        next_is_bad(&t, CSV_NUL, 1, "people.csv:8:4");
        next_is_bad(&t, CSV_TOO_SHORT, 1, "people.csv:10:3");
        next_is_good(&t);
        assert_ok(csv_row(t.csv, &row, &end));
        assert_true(end);
        table_close(&t);
    }
}

static void any_width_takes_all_rows(void **state)
{
    (void)state;
    struct table t;
    CLEANUP(buf_free) struct buf rows = BUF(100);
    table_open(&t, view_text("a\n1,2\n\n"), 0, (struct csv_options){.any_width = true});
    assert_ok(all_rows(t.csv, &rows));
    assert_string_equal(buf_text(&rows), "[a]\n[1][2]\n");
    table_close(&t);
}

static void windows_1252_is_converted_when_said(void **state)
{
    (void)state;
    struct table t;
    CLEANUP(buf_free) struct buf rows = BUF(1000);
    struct csv_options options = {.encoding = TEXT_WINDOWS_1252, .delimiter = ';'};
    table_open(&t, view_text("Zo\xeb;\"a\"\"\x80\"\n\xff;plain\n\x81;x\nO\x92x;\xe9\n"), 1, options);
    assert_ok(all_rows(t.csv, &rows));
    assert_string_equal(buf_text(&rows),
                        "[Zo\xc3\xab][a\"\xe2\x82\xac]\n[\xc3\xbf][plain]\n!3\n[O\xe2\x80\x99x][\xc3\xa9]\n");
    assert_int_equal(csv_delimiter(t.csv), ';');
    table_close(&t);
    table_open(&t,
               view_text("\xef\xbb\xbf"
                         "a;b\n"),
               0, options);
    assert_err(ERR_INVALID, all_rows(t.csv, &rows));
    table_close(&t);
}

static void fill_with(struct buf *b, char c, size_t count)
{
    uint8_t *p = buf_space(b, count);
    assert_non_null(p);
    memset(p, c, count);
}

static void limits_hold_at_their_edge(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        CLEANUP(buf_free) struct buf cell = BUF(4u << 20), columns = BUF(4096), quoted = BUF(4u << 20);
        CLEANUP(buf_free) struct buf rows = BUF(8u << 20);
        struct table t;
        buf_str(&cell, "a\n");
        fill_with(&cell, 'x', LIMIT_CELL_BYTES + over);
        table_open(&t, buf_view(&cell), 5000, (struct csv_options){0});
        assert_err(over ? ERR_LIMIT : ERR_OK, all_rows(t.csv, &rows));
        if (over)
            assert_string_equal(err_text()->where, "people.csv:2:1");
        table_close(&t);

        fill_with(&columns, ',', LIMIT_COLUMNS - 1 + over);
        table_open(&t, buf_view(&columns), 0, (struct csv_options){0});
        assert_err(over ? ERR_LIMIT : ERR_OK, all_rows(t.csv, &rows));
        if (over)
            assert_string_equal(err_text()->where, "people.csv:1:1025");
        table_close(&t);

        table_open(&t, view_text("a\nb\n\nc\n\n"), 0, (struct csv_options){.rows_max = 3 - over});
        assert_err(over ? ERR_LIMIT : ERR_OK, all_rows(t.csv, &rows));
        if (over)
            assert_string_equal(err_text()->where, "people.csv:4:1");
        table_close(&t);

        buf_str(&quoted, "a,b\nc,\"");
        fill_with(&quoted, '\n', LIMIT_CELL_BYTES + over * 100000);
        table_open(&t, buf_view(&quoted), over, (struct csv_options){0});
        assert_err(over ? ERR_LIMIT : ERR_INVALID, all_rows(t.csv, &rows));
        assert_string_equal(err_text()->where, "people.csv:2:3");
        table_close(&t);
    }
}

static void a_row_may_not_grow_without_end(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(32u << 20), rows = BUF(100);
    for (size_t i = 0; i < 18; i++) {
        fill_with(&b, 'x', LIMIT_CELL_BYTES - 1);
        buf_str(&b, ",");
    }
    struct table t;
    table_open(&t, buf_view(&b), 0, (struct csv_options){0});
    assert_err(ERR_LIMIT, all_rows(t.csv, &rows));
    table_close(&t);
}

static err broken_source(void *ctx, uint8_t *to, size_t size, size_t *got)
{
    int *calls = ctx;
    if (++*calls > 3)
        return err_new(ERR_IO, "The disk is gone.", "");
    memset(to, 'x', size < 10 ? size : 10);
    *got = size < 10 ? size : 10;
    return OK;
}

static void an_error_of_the_source_comes_out(void **state)
{
    (void)state;
    int calls = 0;
    struct csv *c = NULL;
    CLEANUP(buf_free) struct buf rows = BUF(100);
    assert_ok(csv_open(&c, &(struct csv_options){.file = "x"}, broken_source, &calls));
    assert_err(ERR_IO, all_rows(c, &rows));
    assert_err(ERR_IO, all_rows(c, &rows));
    assert_int_equal(calls, 4);
    csv_close(&c);
    assert_null(c);
    assert_err(ERR_USAGE, csv_open(&c, &(struct csv_options){.file = "x", .delimiter = ':'}, broken_source, &calls));
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf text = BUF(1u << 21);
    fill_with(&text, '\xe9', 500000);
    buf_str(&text, ",\xe9\n");
    bool failed = true;
    for (uint64_t n = 1; failed; n++) {
        struct csv_bytes source = {buf_view(&text), 0};
        struct csv_options options = {.file = "x", .encoding = TEXT_WINDOWS_1252};
        struct csv *c = NULL;
        struct csv_cells row;
        bool end;
        mem_fail_at(n, false);
        err e = csv_open(&c, &options, csv_read_bytes, &source);
        if (e.kind == ERR_OK)
            e = csv_row(c, &row, &end);
        mem_fail_at(0, false);
        failed = e.kind != ERR_OK;
        assert_true(!failed || e.kind == ERR_NOMEM);
        csv_close(&c);
        assert_true(n < 100);
    }
}

static void cells_are_quoted_when_needed(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *written;
    } cases[] = {
        {"", ""},
        {"a", "a"},
        {"a b", "a b"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"\"", "\"\"\"\""},
        {"a\nb", "\"a\nb\""},
        {"a\r", "\"a\r\""},
        {"a;b", "\"a;b\""},
        {"=1+1", "=1+1"},
        {" a", "\" a\""},
        {"\xc3\xa9", "\xc3\xa9"},
        {"\xef\xbb\xbf"
         "a",
         "\"\xef\xbb\xbf"
         "a\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_free) struct buf b = BUF(100);
        csv_write_cell(&b, view_text(cases[i].cell));
        assert_string_equal(buf_text(&b), cases[i].written);
    }
    CLEANUP(buf_free) struct buf b = BUF(100);
    struct view cells[] = {view_text(""), view_text("x,"), view_text("")};
    csv_write_row(&b, cells, 3);
    csv_write_row(&b, cells, 1);
    assert_string_equal(buf_text(&b), ",\"x,\",\r\n\"\"\r\n");
}

/* Says its speed with CSV_SPEED set to a number of megabytes; otherwise only reads a little. */
static void plain_data_is_read_fast(void **state)
{
    (void)state;
    const char *size = getenv("CSV_SPEED");
    size_t bytes = (size ? (size_t)atoi(size) : 1) << 20;
    CLEANUP(buf_free) struct buf b = BUF(bytes + 1000);
    size_t rows = 0, seen = 0;
    for (; b.len < bytes; rows++)
        buf_fmt(&b,
                "%zu,Individual,,0,0,1,Quimby-%zu,Alba,alba.%zu@members.example,2 Example Street,,Nowhere,NW1 1AA,"
                "2018-03-02,active,full,12.50,GB\n",
                rows, rows % 9973, rows);
    struct table t;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    table_open(&t, buf_view(&b), 0, (struct csv_options){0});
    for (bool end = false;;) {
        struct csv_cells row;
        assert_ok(csv_row(t.csv, &row, &end));
        if (end)
            break;
        assert_int_equal(row.count, 18);
        seen++;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    table_close(&t);
    assert_int_equal(seen, rows);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    if (size)
        printf("# csv: %.0f MB/s, %.0f ns a row of 18 cells\n", (double)b.len / 1e6 / seconds,
               seconds * 1e9 / (double)rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_tables_are_read_whole_and_in_pieces),
        cmocka_unit_test(cells_know_their_line_and_column),
        cmocka_unit_test(broken_structure_ends_the_reading_with_its_place),
        cmocka_unit_test(utf16_without_a_mark_is_named_too),
        cmocka_unit_test(rows_wrong_in_themselves_are_flagged_and_reading_goes_on),
        cmocka_unit_test(any_width_takes_all_rows),
        cmocka_unit_test(windows_1252_is_converted_when_said),
        cmocka_unit_test(limits_hold_at_their_edge),
        cmocka_unit_test(a_row_may_not_grow_without_end),
        cmocka_unit_test(an_error_of_the_source_comes_out),
        cmocka_unit_test(every_failed_allocation_is_an_error),
        cmocka_unit_test(cells_are_quoted_when_needed),
        cmocka_unit_test(plain_data_is_read_fast),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
