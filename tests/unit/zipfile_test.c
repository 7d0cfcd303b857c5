#include "zipfile.h"

#include "mem.h"
#include "testing.h"

static const char members[] =
    "id,name,email\r\n1,Ada Example,ada@members.example\r\n2,Zoë Sample,zoe@members.example\r\n";

/* All of the first file in it. */
static err first_file(const char *path, const char *password, struct buf *to)
{
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct zipfile_member m = {.folder = true};
    bool end = false;
    TRY(origin_open(path, &o));
    TRY(zipfile_open(&o, view_text(password), &z));
    while (!end && m.folder)
        TRY(zipfile_next(z, &m, &end));
    TRY(zipfile_all(z, to));
    return buf_ok(to);
}

static void first_is(const char *path, const char *password, const char *expected)
{
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    assert_ok(first_file(path, password, &b));
    assert_string_equal(buf_text(&b), expected);
}

static void first_fails(const char *path, const char *password, enum err_kind kind, const char *says)
{
    struct buf b CLEANUP(buf_free) = BUF(256u << 20);
    assert_err(kind, first_file(path, password, &b));
    assert_non_null(strstr(err_text()->what, says));
}

static void members_come_out_whole(void **state)
{
    (void)state;
    first_is(TEST_DATA "/several.zip", "", members);
    first_is(TEST_DATA "/one.zip", "not needed", members);
}

static void both_ways_of_encryption_open_with_the_password(void **state)
{
    (void)state;
    first_is(TEST_DATA "/zipcrypto.zip", "open sesame", members);
    first_is(TEST_DATA "/aes256.zip", "open sesame", members);
}

static void a_missing_or_wrong_password_is_said(void **state)
{
    (void)state;
    first_fails(TEST_DATA "/zipcrypto.zip", "", ERR_DENIED, "protected by a password");
    first_fails(TEST_DATA "/aes256.zip", "", ERR_DENIED, "protected by a password");
    first_fails(TEST_DATA "/zipcrypto.zip", "wrong", ERR_DENIED, "password");
    first_fails(TEST_DATA "/aes256.zip", "wrong", ERR_DENIED, "The password does not open \"members.csv\"");
}

static void what_cannot_be_unpacked_is_said(void **state)
{
    (void)state;
    first_fails(TEST_DATA "/strong.zip", "x", ERR_INVALID, "encrypted in a way");
    first_fails(TEST_DATA "/method.zip", "", ERR_INVALID, "packed with a method");
    first_fails(TEST_DATA "/damaged.zip", "", ERR_INVALID, "damaged");
    first_fails(TEST_DATA "/members.csv", "", ERR_INVALID, "cut off or damaged");
}

static void a_bomb_is_stopped(void **state)
{
    (void)state;
    first_fails(TEST_DATA "/bomb.zip", "", ERR_LIMIT, "more than 200 times its packed size");
}

static void names_are_only_names(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct zipfile_member m;
    bool end;
    assert_ok(origin_open(TEST_DATA "/names.zip", &o));
    assert_ok(zipfile_open(&o, view_of(NULL, 0), &z));
    assert_ok(zipfile_next(z, &m, &end));
    assert_string_equal(m.name, "../../etc/members.csv");
    assert_ok(zipfile_next(z, &m, &end));
    assert_string_equal(m.name, "/root/a_[2Jb.csv");
    assert_ok(zipfile_next(z, &m, &end));
    assert_true(end);
}

static void names_are_utf8_in_every_locale(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct zipfile_member m;
    bool end;
    assert_ok(origin_open(TEST_DATA "/unicode.zip", &o));
    assert_ok(zipfile_open(&o, view_of(NULL, 0), &z)); /* the tests run in the locale C */
    assert_ok(zipfile_next(z, &m, &end));
    assert_string_equal(m.name, "Mitgliederlïste/Zoë.csv");
}

static void peeking_takes_nothing_away(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    struct view start;
    bool found;
    assert_ok(origin_open(TEST_DATA "/several.zip", &o));
    assert_ok(zipfile_open(&o, view_of(NULL, 0), &z));
    assert_ok(zipfile_find(z, "SUBSCRIBED.CSV", &found));
    assert_true(found);
    assert_ok(zipfile_peek(z, 4, &start));
    assert_int_equal(start.len, 4);
    assert_ok(zipfile_peek(z, 8192, &start));
    assert_int_equal(start.len, sizeof members - 1);
    assert_ok(zipfile_all(z, &b));
    assert_string_equal(buf_text(&b), members);
    assert_ok(zipfile_find(z, "nobody.csv", &found));
    assert_false(found);
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    uint8_t bytes[4096];
    size_t len;
    assert_ok(origin_open(TEST_DATA "/several.zip", &o));
    assert_ok(origin_read(&o, 0, bytes, sizeof bytes, &len));
    for (size_t cut = 0; cut < len; cut++) {
        struct origin part = origin_of(view_of(bytes, cut));
        struct zipfile *z = NULL;
        err e = zipfile_open(&part, view_of(NULL, 0), &z);
        struct zipfile_member m;
        bool end = false;
        while (e.kind == ERR_OK && !end)
            e = zipfile_next(z, &m, &end);
        assert_int_equal(e.kind, ERR_INVALID);
        zipfile_close(&z);
    }
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (uint64_t n = 1, fine = 0; !fine; n++) {
        struct buf b CLEANUP(buf_free) = BUF(1 << 20);
        mem_fail_at(n, false);
        err e = first_file(TEST_DATA "/aes256.zip", "open sesame", &b);
        mem_fail_at(0, false);
        fine = e.kind == ERR_OK;
        assert_true(fine || e.kind == ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_out_whole),
        cmocka_unit_test(both_ways_of_encryption_open_with_the_password),
        cmocka_unit_test(a_missing_or_wrong_password_is_said),
        cmocka_unit_test(what_cannot_be_unpacked_is_said),
        cmocka_unit_test(a_bomb_is_stopped),
        cmocka_unit_test(names_are_only_names),
        cmocka_unit_test(names_are_utf8_in_every_locale),
        cmocka_unit_test(peeking_takes_nothing_away),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
