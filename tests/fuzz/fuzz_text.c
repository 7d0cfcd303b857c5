/* text_utf8_bad_at, text_from_1252, text_nfc, text_fold, text_email, text_phone, text_postcode, text_nearest.  Outputs
 * must be UTF-8, and a normal form must be its own normal form. */
#include "text.h"

#include <string.h>

enum { MOST = 1 << 24 };

typedef err normal_form(struct buf *to, struct view text);

static err fold_marks(struct buf *to, struct view text)
{
    return text_fold(to, text, TEXT_MARKS);
}

static err fold_no_marks(struct buf *to, struct view text)
{
    return text_fold(to, text, TEXT_NO_MARKS);
}

static void check_form(normal_form *form, bool refuses, struct view text)
{
    CLEANUP(buf_free) struct buf once = BUF(MOST), twice = BUF(MOST);
    bool valid = text_utf8_bad_at(text) == text.len;
    err e = form(&once, text);
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID);
    CHECK(valid || e.kind == ERR_INVALID);
    CHECK(refuses || !valid || e.kind == ERR_OK);
    if (e.kind != ERR_OK) {
        CHECK(once.len == 0);
        return;
    }
    CHECK(text_utf8_bad_at(buf_view(&once)) == once.len);
    CHECK(form(&twice, buf_view(&once)).kind == ERR_OK);
    CHECK(view_equal(buf_view(&once), buf_view(&twice)));
}

static void check_1252(struct view text)
{
    CLEANUP(buf_free) struct buf b = BUF(MOST);
    bool defined = text_1252_bad_at(text) == text.len;
    CHECK((text_from_1252(&b, text).kind == ERR_OK) == defined);
    CHECK(text_utf8_bad_at(buf_view(&b)) == b.len);
    CHECK(!defined || text_characters(buf_view(&b)) == text.len);
}

/* The short way for ASCII gives what the long way gives. */
static void check_ascii(struct view text)
{
    CLEANUP(buf_free) struct buf longer = BUF(MOST), a = BUF(MOST), b = BUF(MOST);
    if (text_ascii_bytes(text) < text.len)
        return;
    buf_put(&longer, text);
    buf_str(&longer, " \xc3\xa9");
    CHECK(text_fold(&a, text, TEXT_MARKS).kind == ERR_OK && text_fold(&b, buf_view(&longer), TEXT_MARKS).kind == ERR_OK);
    buf_str(&a, a.len ? " \xc3\xa9" : "\xc3\xa9");
    CHECK(view_equal(buf_view(&a), buf_view(&b)));
}

static void check_nearest(struct view text)
{
    char name[100] = "";
    static const char *const names[] = {"email", "first_name", ""};
    memcpy(name, text.p, text.len < sizeof name - 1 ? text.len : sizeof name - 1);
    long at = text_nearest(name, names, 3);
    CHECK(at >= -1 && at < 3);
    const char *itself = name;
    CHECK(text_nearest(name, &itself, 1) == (strlen(name) <= 64 ? 0 : -1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of(data, size);
    if (size > 1 << 14)
        return 0;
    size_t bad = text_utf8_bad_at(text);
    CHECK(bad <= size && text_utf8_bad_at(view_of(data, bad)) == bad);
    check_form(text_nfc, false, text);
    check_form(fold_marks, false, text);
    check_form(fold_no_marks, false, text);
    check_form(text_email, true, text);
    check_form(text_phone, true, text);
    check_form(text_postcode, true, text);
    check_1252(text);
    check_ascii(text);
    if (size)
        check_nearest(text);
    return 0;
}
