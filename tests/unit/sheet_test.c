#include "sheet.h"

#include "limits.h"
#include "testing.h"

#define MAIN "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"
#define ODF "urn:oasis:names:tc:opendocument:xmlns:"
#define CONTENT                                                                                                         \
    "<o:document-content xmlns:o='" ODF "office:1.0' xmlns:table='" ODF "table:1.0' xmlns:text='" ODF                   \
    "text:1.0'><o:body><o:spreadsheet><table:table table:name='S'>"

/* The rows of a sheet as text: cells joined by "|", rows by a line end; "!" before a row with a problem. */
static err show(struct sheet *s, struct buf *to)
{
    for (;;) {
        struct table_cells r;
        bool end;
        TRY(sheet_row(s, &r, &end));
        if (end)
            return buf_ok(to);
        buf_fmt(to, "%s%llu:", r.problem ? "!" : "", (unsigned long long)r.line);
        for (size_t i = 0; i < r.count; i++) {
            CHECK(r.cell[i].line == r.line && r.cell[i].column == i + 1);
            buf_str(to, i ? "|" : "");
            buf_put(to, r.cell[i].text);
        }
        buf_str(to, "\n");
    }
}

static err show_xml(const char *xml, enum table_kind kind, struct buf *to)
{
    struct sheet *s CLEANUP(sheet_close) = NULL;
    TRY(sheet_open_xml(view_text(xml), kind, &s));
    return show(s, to);
}

static void rows_are(const char *xml, enum table_kind kind, const char *expected)
{
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    assert_ok(show_xml(xml, kind, &b));
    assert_string_equal(buf_text(&b), expected);
}

static void rows_fail(const char *xml, enum table_kind table, enum err_kind kind)
{
    struct buf b CLEANUP(buf_free) = BUF(1 << 24);
    assert_err(kind, show_xml(xml, table, &b));
}

static void rows_of_file(const char *file, const char *name, const char *expected)
{
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct sheet *s CLEANUP(sheet_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    enum table_kind kind;
    assert_ok(origin_open(file, &o));
    assert_ok(sheet_kind(&o, &kind));
    assert_ok(sheet_open(&o, kind, name, 0, &s));
    assert_ok(show(s, &b));
    assert_string_equal(buf_text(&b), expected);
}

static void a_workbook_gives_its_first_visible_sheet(void **state)
{
    (void)state;
    rows_of_file(TEST_DATA "/people.xlsx", NULL,
                 "1:id|name|born|seen|amount|paid\n"
                 "2:12345678901|Ada Example|2024-02-29|2024-02-29T13:45:00|0.3|TRUE\n"
                 "4:12345678901|two\nlines|||7|\n"
                 "!5:3||1900-02-29|30:00:00||\n"
                 "!6:4||||||1\n");
    rows_of_file(TEST_DATA "/people.xlsx", "Left", "1:left\n");
    rows_of_file(TEST_DATA "/people.xlsx", "Notes", "1:hidden\n"); /* named, so it is meant */
    rows_of_file(TEST_DATA "/strict1904.xlsx", NULL, "1:1904-01-01|2024-02-29\n");
}

static void a_document_gives_its_first_visible_sheet(void **state)
{
    (void)state;
    rows_of_file(TEST_DATA "/people.ods", NULL,
                 "1:id|name|born|paid\n"
                 "4:12345678901|Ada  Example \nsecond|2024-02-29|TRUE\n"
                 "5:27:30:05|same|same|\n6:27:30:05|same|same|\n"
                 "!7:|||\n");
    rows_of_file(TEST_DATA "/people.ods", "Left", "1:left\n");
}

static void a_sheet_that_is_not_there_is_named_with_those_that_are(void **state)
{
    (void)state;
    static const char *const files[] = {TEST_DATA "/people.xlsx", TEST_DATA "/people.ods"};
    for (size_t i = 0; i < 2; i++) {
        struct origin o CLEANUP(origin_close) = {.fd = -1};
        struct sheet *s CLEANUP(sheet_close) = NULL;
        assert_ok(origin_open(files[i], &o));
        assert_err(ERR_NOT_FOUND, sheet_open(&o, i ? TABLE_ODS : TABLE_XLSX, "Nobody", 0, &s));
        assert_string_equal(err_text()->what, "The spreadsheet has no sheet named \"Nobody\".");
        assert_string_equal(err_text()->todo, "Its sheets are \"People\", \"Left\".");
    }
}

static void all_sheets_are_listed_hidden_ones_too(void **state)
{
    (void)state;
    static const char *const files[] = {TEST_DATA "/people.xlsx", TEST_DATA "/people.ods"};
    for (size_t i = 0; i < 2; i++) {
        struct origin o CLEANUP(origin_close) = {.fd = -1};
        struct arena *a CLEANUP(arena_release) = arena_new();
        const char *const *names;
        size_t count;
        assert_ok(origin_open(files[i], &o));
        assert_ok(sheet_names(&o, i ? TABLE_ODS : TABLE_XLSX, a, &names, &count));
        assert_int_equal(count, 3);
        assert_string_equal(names[0], "Notes");
        assert_string_equal(names[1], "People");
        assert_string_equal(names[2], "Left");
    }
}

static void locked_or_hostile_spreadsheets_are_refused(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct sheet *s CLEANUP(sheet_close) = NULL;
    assert_ok(origin_open(TEST_DATA "/locked.ods", &o));
    assert_err(ERR_INVALID, sheet_open(&o, TABLE_ODS, NULL, 0, &s));
    assert_non_null(strstr(err_text()->what, "password"));
    rows_fail("<!DOCTYPE a [<!ENTITY b 'x'>]>" MAIN "</sheetData></worksheet>", TABLE_XLSX, ERR_INVALID);
    assert_non_null(strstr(err_text()->what, "document type"));
    rows_fail(MAIN "<row>&b;</row></sheetData></worksheet>", TABLE_XLSX, ERR_INVALID);
    rows_fail(MAIN "<row><c><v>1</v></c></row>", TABLE_XLSX, ERR_INVALID);
    rows_fail("", TABLE_XLSX, ERR_INVALID);
}

static void deep_or_endless_xml_is_refused(void **state)
{
    (void)state;
    struct buf b CLEANUP(buf_free) = BUF(1 << 24);
    for (unsigned i = 0; i <= LIMIT_XML_DEPTH; i++)
        buf_str(&b, "<a>");
    rows_fail(buf_text(&b), TABLE_XLSX, ERR_LIMIT);
    buf_clear(&b);
    buf_str(&b, "<a b='");
    for (unsigned i = 0; i < LIMIT_XML_TOKEN_BYTES + (1 << 18); i += 8)
        buf_str(&b, "xxxxxxxx");
    rows_fail(buf_text(&b), TABLE_XLSX, ERR_LIMIT);
}

static void cells_without_places_follow_each_other(void **state)
{
    (void)state;
    rows_are(
        MAIN
        "<row><c><v>1</v></c><c r='C1'><v>2</v></c><c><v>3</v></c></row><row/><row r='7'><c r='B7'><v>4</v></c></row>"
        "</sheetData></worksheet>",
        TABLE_XLSX, "1:1||2|3\n7:|4||\n");
    rows_fail(MAIN "<row><c r='B1'><v>1</v></c><c r='A1'><v>2</v></c></row></sheetData></worksheet>", TABLE_XLSX,
              ERR_INVALID);
    rows_fail(MAIN "<row r='2'/><row r='2'/></sheetData></worksheet>", TABLE_XLSX, ERR_INVALID);
    rows_fail(MAIN "<row r='x'/></sheetData></worksheet>", TABLE_XLSX, ERR_INVALID);
    rows_fail(MAIN "<row><c t='s'><v>0</v></c></row></sheetData></worksheet>", TABLE_XLSX, ERR_INVALID);
    rows_fail(MAIN "<row><c r='XFD1'><v>0</v></c></row></sheetData></worksheet>", TABLE_XLSX, ERR_LIMIT);
}

static void nested_and_foreign_elements_add_nothing(void **state)
{
    (void)state;
    rows_are(MAIN "<row><c t='str'><f>A2</f><v>x</v><extLst><v>no</v></extLst></c><c xmlns='urn:other'><v>no</v></c>"
                  "<c><c><v>no</v></c><v>5</v></c></row></sheetData><c><v>no</v></c></worksheet>",
             TABLE_XLSX, "1:x|5\n");
}

static void repeats_are_given_but_bounded(void **state)
{
    (void)state;
    rows_are(CONTENT
             "<table:table-row table:number-rows-repeated='2'><table:table-cell><text:p>a</text:p></table:table-cell>"
             "<table:table-cell table:number-columns-repeated='3'/><table:covered-table-cell><text:p>b</text:p>"
             "</table:covered-table-cell></table:table-row></table:table></o:spreadsheet></o:body></o:document-content>",
             TABLE_ODS, "1:a||||b\n2:a||||b\n");
    rows_fail(CONTENT
              "<table:table-row table:number-rows-repeated='1048576'><table:table-cell><text:p>a</text:p>"
              "</table:table-cell></table:table-row></table:table></o:spreadsheet></o:body></o:document-content>",
              TABLE_ODS, ERR_LIMIT);
    rows_fail(CONTENT
              "<table:table-row><table:table-cell table:number-columns-repeated='99999'><text:p>a</text:p>"
              "</table:table-cell></table:table-row></table:table></o:spreadsheet></o:body></o:document-content>",
              TABLE_ODS, ERR_LIMIT);
    rows_fail(CONTENT
              "<table:table-row><table:table-cell><text:p><text:s text:c='4000000000'/></text:p></table:table-cell>"
              "</table:table-row></table:table></o:spreadsheet></o:body></o:document-content>",
              TABLE_ODS, ERR_LIMIT);
    rows_fail(CONTENT "<table:table-row table:number-rows-repeated='0'/>", TABLE_ODS, ERR_INVALID);
    rows_fail(CONTENT "<table:table-row table:number-rows-repeated='99999999999'/>", TABLE_ODS, ERR_INVALID);
}

static void too_many_rows_are_refused(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct sheet *s CLEANUP(sheet_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    assert_ok(origin_open(TEST_DATA "/people.xlsx", &o));
    assert_ok(sheet_open(&o, TABLE_XLSX, NULL, 2, &s));
    assert_err(ERR_LIMIT, show(s, &b));
    assert_err(ERR_LIMIT, show(s, &b));
}

static err whole(const char *file, enum table_kind kind)
{
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct sheet *s CLEANUP(sheet_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    TRY(origin_open(file, &o));
    TRY(sheet_open(&o, kind, NULL, 0, &s));
    return show(s, &b);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    static const char *const files[] = {TEST_DATA "/people.xlsx", TEST_DATA "/people.ods"};
    for (size_t i = 0; i < 2; i++) {
        bool fine = false;
        for (uint64_t n = 1; !fine; n++) {
            mem_fail_at(n, false);
            err e = whole(files[i], i ? TABLE_ODS : TABLE_XLSX);
            mem_fail_at(0, false);
            fine = e.kind == ERR_OK;
            assert_true(fine || e.kind == ERR_NOMEM);
            assert_true(n < 2000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workbook_gives_its_first_visible_sheet),
        cmocka_unit_test(a_document_gives_its_first_visible_sheet),
        cmocka_unit_test(a_sheet_that_is_not_there_is_named_with_those_that_are),
        cmocka_unit_test(all_sheets_are_listed_hidden_ones_too),
        cmocka_unit_test(locked_or_hostile_spreadsheets_are_refused),
        cmocka_unit_test(deep_or_endless_xml_is_refused),
        cmocka_unit_test(cells_without_places_follow_each_other),
        cmocka_unit_test(nested_and_foreign_elements_add_nothing),
        cmocka_unit_test(repeats_are_given_but_bounded),
        cmocka_unit_test(too_many_rows_are_refused),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
