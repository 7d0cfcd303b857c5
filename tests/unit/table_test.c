#include "table.h"

#include "testing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

/* The rows of the table as text: cells joined by "|", rows by ";". */
static err show(struct table *t, struct buf *to)
{
    for (;;) {
        struct table_cells r;
        bool end;
        TRY(table_row(t, &r, &end));
        if (end)
            return buf_ok(to);
        for (size_t i = 0; i < r.count; i++) {
            buf_str(to, i ? "|" : "");
            buf_put(to, r.cell[i].text);
        }
        buf_str(to, ";");
    }
}

static const char rows[] = "id|name|email;1|Ada Example|ada@members.example;2|Zoë Sample|zoe@members.example;";
static const char people[] =
    "id|name|born|seen|amount|paid;12345678901|Ada Example|2024-02-29|2024-02-29T13:45:00|0.3|TRUE;"
    "12345678901|two\nlines|||7|;3||1900-02-29|30:00:00||;4||||||1;";

static void table_gives(const struct table_options *options, const char *path, const char *place, const char *expected)
{
    struct table *t CLEANUP(table_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    assert_ok(table_open(options, path, &t));
    assert_string_equal(table_place(t), place);
    assert_ok(show(t, &b));
    assert_string_equal(buf_text(&b), expected);
    assert_string_equal(table_path(t), path);
}

static void table_fails(const char *path, enum err_kind kind, const char *says)
{
    struct table *t CLEANUP(table_close) = NULL;
    assert_err(kind, table_open(NULL, path, &t));
    assert_non_null(strstr(err_text()->what, says));
    assert_null(t);
}

#define FILE_(name) TEST_DATA "/" name

static void every_kind_of_file_is_opened_by_its_content(void **state)
{
    (void)state;
    table_gives(NULL, FILE_("members.csv"), FILE_("members.csv"), rows);
    table_gives(NULL, FILE_("one.zip"), FILE_("one.zip/export/members.csv"), rows);
    table_gives(NULL, FILE_("inner.zip"), FILE_("inner.zip/one.zip/export/members.csv"), rows);
    table_gives(NULL, FILE_("message.eml"), FILE_("message.eml/list.csv"), rows);
    table_gives(NULL, FILE_("people.xlsx"), FILE_("people.xlsx, sheet \"People\""), people);
    table_gives(NULL, FILE_("workbook.zip"), FILE_("workbook.zip/people.xlsx, sheet \"People\""), people);
}

static void encrypted_archives_open_with_the_password(void **state)
{
    (void)state;
    struct table_options o = {.password = view_text("open sesame")};
    table_gives(&o, FILE_("aes256.zip"), FILE_("aes256.zip/members.csv"), rows);
    table_gives(&o, FILE_("zipcrypto.zip"), FILE_("zipcrypto.zip/members.csv"), rows);
    table_fails(FILE_("aes256.zip"), ERR_DENIED, "protected by a password");
}

static void what_is_no_table_is_refused_in_words(void **state)
{
    (void)state;
    table_fails(FILE_("old.xls"), ERR_INVALID, "old Excel file");
    table_fails(FILE_("nothing.zip"), ERR_NOT_FOUND, "no table in this file");
    table_fails(FILE_("deep.zip"), ERR_LIMIT, "too many archives");
    table_fails(FILE_("locked.ods"), ERR_INVALID, "password of its own");
    table_fails(FILE_("nobody.csv"), ERR_NOT_FOUND, "no such file");
    table_fails(TEST_DATA, ERR_INVALID, "folder");
}

static void bytes_fail(const char *bytes, size_t len, const char *says)
{
    struct table *t CLEANUP(table_close) = NULL;
    assert_err(ERR_INVALID, table_open_bytes(NULL, view_of(bytes, len), "x", &t));
    assert_non_null(strstr(err_text()->what, says));
    assert_string_equal(err_text()->where, "x");
}

static void other_files_are_told_apart(void **state)
{
    (void)state;
    bytes_fail("%PDF-1.7 and so on", 18, "PDF");
    bytes_fail("\x89PNG\r\n", 6, "picture");
    bytes_fail("\xef\xbb\xbf <html><table>", 17, "web page");
    bytes_fail("\x1f\x8b\x08", 3, "not a ZIP");
    bytes_fail("\1\2\3\4\5\6\7\10", 8, "no table and no text");
    bytes_fail("PK\3\4", 4, "cut off or damaged");
}

static void several_tables_must_be_named(void **state)
{
    (void)state;
    table_fails(FILE_("several.zip"), ERR_INVALID, "There are 2 tables in this file: subscribed.csv, cleaned.csv.");
    table_fails(FILE_("mailbox.mbox"), ERR_INVALID, "list.csv, message 2/list.zip/export/members.csv");
    struct table_options o = {.member = "cleaned.csv"};
    table_gives(&o, FILE_("several.zip"), FILE_("several.zip/cleaned.csv"), "id|email;9|gone@members.example;");
    o.member = "message 2/list.zip/export/members.csv";
    table_gives(&o, FILE_("mailbox.mbox"), FILE_("mailbox.mbox/message 2/list.zip/export/members.csv"), rows);
    o.member = "../../etc/members.csv";
    table_gives(&o, FILE_("names.zip"), FILE_("names.zip/../../etc/members.csv"), rows);
    struct table *t CLEANUP(table_close) = NULL;
    o.member = "nobody.csv";
    assert_err(ERR_NOT_FOUND, table_open(&o, FILE_("several.zip"), &t));
    assert_string_equal(err_text()->todo, "Its tables are subscribed.csv, cleaned.csv.");
    assert_err(ERR_USAGE, table_open(&o, FILE_("members.csv"), &t));
}

static void a_sheet_is_named_alone_or_with_its_file(void **state)
{
    (void)state;
    struct table_options o = {.member = "Left"};
    table_gives(&o, FILE_("people.xlsx"), FILE_("people.xlsx, sheet \"Left\""), "left;");
    table_gives(&o, FILE_("people.ods"), FILE_("people.ods, sheet \"Left\""), "left;");
    table_gives(&o, FILE_("workbook.zip"), FILE_("workbook.zip/people.xlsx, sheet \"Left\""), "left;");
    o.member = "people.xlsx/Left";
    table_gives(&o, FILE_("workbook.zip"), FILE_("workbook.zip/people.xlsx, sheet \"Left\""), "left;");
}

static void all_tables_can_be_walked(void **state)
{
    (void)state;
    struct table *t CLEANUP(table_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    struct table_options o = {.walk = true};
    struct table_cells r;
    bool end;
    assert_ok(table_open(&o, FILE_("several.zip"), &t));
    assert_string_equal(table_member(t), "subscribed.csv");
    assert_ok(table_row(t, &r, &end)); /* leaves it half-way */
    assert_ok(table_next_member(t, &end));
    assert_false(end);
    assert_string_equal(table_member(t), "cleaned.csv");
    assert_int_equal(table_kind(t), TABLE_CSV);
    assert_ok(show(t, &b));
    assert_string_equal(buf_text(&b), "id|email;9|gone@members.example;");
    assert_ok(table_next_member(t, &end));
    assert_true(end);
    assert_ok(table_row(t, &r, &end));
    assert_true(end);
}

static void the_names_of_the_tables_can_be_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t count;
        const char *first;
    } cases[] = {{FILE_("members.csv"), 0, NULL},
                 {FILE_("several.zip"), 2, "subscribed.csv"},
                 {FILE_("people.ods"), 3, "Notes"},
                 {FILE_("workbook.zip"), 3, "people.xlsx/Notes"},
                 {FILE_("mailbox.mbox"), 2, "list.csv"},
                 {FILE_("nothing.zip"), 0, NULL}};
    struct arena *a CLEANUP(arena_release) = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const *names = NULL;
        size_t count;
        assert_ok(table_members(NULL, cases[i].file, a, &names, &count));
        assert_int_equal(count, cases[i].count);
        if (count)
            assert_string_equal(names[0], cases[i].first);
    }
}

static void problems_carry_their_place(void **state)
{
    (void)state;
    struct table *t CLEANUP(table_close) = NULL;
    struct table_cells r;
    bool end = false;
    assert_ok(table_open(NULL, FILE_("people.xlsx"), &t));
    while (!end) {
        assert_ok(table_row(t, &r, &end));
        if (end)
            break;
        if (r.line < 5)
            assert_ok(table_row_ok(t, &r));
        else
            assert_err(ERR_INVALID, table_row_ok(t, &r));
        if (r.line == 5)
            assert_string_equal(err_text()->where, FILE_("people.xlsx, sheet \"People\":5:2"));
    }
    struct table *csv CLEANUP(table_close) = NULL;
    assert_ok(table_open_bytes(NULL, view_text("a,b\n1\n1,2,3\n\xff,1\n"), "x.csv", &csv));
    static const enum table_problem expected[] = {TABLE_FINE, TABLE_TOO_SHORT, TABLE_TOO_LONG, TABLE_BAD_TEXT};
    for (size_t i = 0; i < 4; i++) {
        assert_ok(table_row(csv, &r, &end));
        assert_int_equal(r.problem, expected[i]);
        err e = table_row_ok(csv, &r);
        assert_int_equal(e.kind, i ? ERR_INVALID : ERR_OK);
        if (i)
            assert_int_equal(err_text()->line, i + 1);
    }
}

static void what_is_no_file_is_refused_at_once(void **state)
{
    (void)state;
    char name[] = "/tmp/candour-pipe-XXXXXX", path[64];
    int ends[2];
    assert_int_equal(pipe(ends), 0); /* nobody writes, and its end is held open: whoever read would wait */
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    table_fails(path, ERR_INVALID, "pipe");
    close(ends[0]);
    close(ends[1]);
    assert_non_null(mkdtemp(name));
    snprintf(path, sizeof path, "%s/fifo", name);
    assert_int_equal(mkfifo(path, 0600), 0);
    table_fails(path, ERR_INVALID, "pipe");
    assert_int_equal(unlink(path) + rmdir(name), 0);
    table_fails("/dev/null", ERR_INVALID, "device");
}

static err whole(const char *path)
{
    struct table *t CLEANUP(table_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    TRY(table_open(NULL, path, &t));
    return show(t, &b);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    static const char *const files[] = {FILE_("members.csv"), FILE_("workbook.zip"), FILE_("inner.zip"),
                                        FILE_("message.eml")};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        bool fine = false;
        for (uint64_t n = 1; !fine; n++) {
            mem_fail_at(n, false);
            err e = whole(files[i]);
            mem_fail_at(0, false);
            fine = e.kind == ERR_OK;
            assert_true(fine || e.kind == ERR_NOMEM);
            assert_true(n < 3000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_file_is_opened_by_its_content),
        cmocka_unit_test(encrypted_archives_open_with_the_password),
        cmocka_unit_test(what_is_no_table_is_refused_in_words),
        cmocka_unit_test(other_files_are_told_apart),
        cmocka_unit_test(several_tables_must_be_named),
        cmocka_unit_test(a_sheet_is_named_alone_or_with_its_file),
        cmocka_unit_test(all_tables_can_be_walked),
        cmocka_unit_test(the_names_of_the_tables_can_be_asked_for),
        cmocka_unit_test(problems_carry_their_place),
        cmocka_unit_test(what_is_no_file_is_refused_at_once),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
