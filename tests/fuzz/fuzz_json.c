/* jsonio_load(), jsonio_dump() and every way to read a member: what is read keeps what jsonio.h says of it, and what was read, written
 * and read again is the same.  Not from outside, but all documents pass here. */
#include "jsonio.h"

#include "text.h"

#include <string.h>

enum { MOST = 1 << 20, TEXT_MOST = 100, NUMBER_MOST = 1000, LIST_MOST = 5 };

static void check_text(struct jsonio_in *in, const char *key)
{
    const char *text;
    if (jsonio_text(in, key, TEXT_MOST, &text).kind == ERR_OK) {
        CHECK(strlen(text) <= TEXT_MOST && text_utf8_bad_at(view_text(text)) == strlen(text));
        CHECK(jsonio_check_text(text, TEXT_MOST, "text").kind == ERR_OK);
    }
    if (jsonio_line(in, key, TEXT_MOST, &text).kind == ERR_OK)
        CHECK(text[0] && strlen(text) <= TEXT_MOST && !strpbrk(text, "\n\t"));
    const char *const *texts;
    size_t count;
    if (jsonio_texts(in, key, LIST_MOST, TEXT_MOST, &texts, &count).kind != ERR_OK)
        return;
    CHECK(count <= LIST_MOST);
    for (size_t i = 0; i < count; i++)
        CHECK(strlen(texts[i]) <= TEXT_MOST);
}

static void check_numbers(struct jsonio_in *in, const char *key)
{
    uint64_t number;
    int64_t at;
    bool yes;
    struct view word;
    if (jsonio_number(in, key, NUMBER_MOST, &number).kind == ERR_OK)
        CHECK(number <= NUMBER_MOST);
    if (jsonio_time(in, key, INT64_MAX, &at).kind == ERR_OK)
        CHECK(at == INT64_MAX || (at >= WHEN_FIRST && at <= WHEN_LAST));
    err_ignore(jsonio_bool(in, key, &yes), "any answer will do");
    if (jsonio_word(in, key, &word).kind == ERR_OK)
        CHECK(json_string_length(json_object_get(in->object, key)) == word.len);
}

static void check_object(struct arena *a, const json_t *j, unsigned depth)
{
    struct jsonio_in in, inner;
    const json_t *list;
    if (jsonio_open(a, j, "fuzz", &in).kind != ERR_OK)
        return;
    for (void *i = json_object_iter((json_t *)(uintptr_t)j); i; i = json_object_iter_next((json_t *)(uintptr_t)j, i)) {
        const char *key = json_object_iter_key(i);
        size_t taken = in.taken;
        check_text(&in, key);
        check_numbers(&in, key);
        CHECK(in.taken > taken);
        if (jsonio_array(&in, key, LIST_MOST, &list).kind == ERR_OK)
            CHECK(json_array_size(list) <= LIST_MOST);
        if (depth < 8 && jsonio_inner(&in, key, &inner).kind == ERR_OK)
            check_object(a, inner.object, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(jsonio_release) json_t *j = NULL;
    CLEANUP(jsonio_release) json_t *again = NULL;
    CLEANUP(buf_free) struct buf once = BUF(MOST), twice = BUF(MOST);
    CHECK(a);
    err e = jsonio_load(view_of(data, size), MOST, &j);
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID);
    if (e.kind != ERR_OK)
        return 0;
    check_object(a, j, 0);
    if (jsonio_dump(&once, j).kind != ERR_OK)
        return 0;
    CHECK(jsonio_load(buf_view(&once), MOST, &again).kind == ERR_OK && json_equal(j, again));
    CHECK(jsonio_dump(&twice, again).kind == ERR_OK && view_equal(buf_view(&once), buf_view(&twice)));
    return 0;
}
