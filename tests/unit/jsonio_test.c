/* JSON strictly written and read: what was put comes back, and anything else is refused by the name of its key. */
#include "testing.h"

#include "jsonio.h"

#include <stdlib.h>

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_new();
    return arena ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static json_t *loaded(const char *text)
{
    json_t *j = NULL;
    assert_ok(jsonio_load(view_text(text), 10000, &j));
    return j;
}

static struct jsonio_in opened(const json_t *j)
{
    struct jsonio_in in;
    assert_ok(jsonio_open(arena, j, "test", &in));
    return in;
}

/* --- writing --- */

static err write_all(struct buf *to)
{
    static const char *const words[] = {"b", "a"};
    CLEANUP(jsonio_drop) struct jsonio j = jsonio_object();
    struct jsonio one = jsonio_object();
    json_t *list = json_array();
    bool bad = list == NULL;
    jsonio_put_number(&one, "n", 1);
    jsonio_append(list, &one, &bad);
    jsonio_put(&j, "list", jsonio_whole(list, bad));
    jsonio_put_text(&j, "text", "Zoë \"x\"\n");
    jsonio_put_text(&j, "none", NULL);
    jsonio_put_number(&j, "number", INT64_MAX);
    jsonio_put_bool(&j, "yes", true);
    jsonio_put_time(&j, "at", 1529049600);
    jsonio_put_time(&j, "early", WHEN_UNKNOWN_EARLY);
    jsonio_put_time(&j, "late", WHEN_UNKNOWN_LATE);
    jsonio_put_texts(&j, "words", words, 2);
    CLEANUP(jsonio_release) json_t *whole = NULL;
    TRY(jsonio_finish(&j, &whole));
    return jsonio_dump(to, whole);
}

static void what_is_written_is_compact_and_its_keys_are_sorted(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(1000);
    assert_ok(write_all(&b));
    assert_string_equal(buf_text(&b), "{\"at\":\"2018-06-15T08:00:00Z\",\"early\":null,\"late\":null,\"list\":[{\"n\":1}],\"none\":\"\","
                                      "\"number\":9223372036854775807,\"text\":\"Zoë \\\"x\\\"\\n\",\"words\":[\"b\",\"a\"],\"yes\":true}");
}

static void the_first_failure_is_remembered(void **state)
{
    (void)state;
    CLEANUP(jsonio_drop) struct jsonio j = jsonio_object();
    CLEANUP(jsonio_release) json_t *whole = NULL;
    jsonio_put_text(&j, "good", "x");
    jsonio_put_text(&j, "bad", "\xff"); /* not UTF-8 */
    jsonio_put_text(&j, "later", "y");
    assert_err(ERR_NOMEM, jsonio_finish(&j, &whole));
    assert_null(whole);
    CLEANUP(buf_free) struct buf small = BUF(5);
    CLEANUP(jsonio_release) json_t *object = loaded("{\"a\":\"long enough\"}");
    assert_err(ERR_LIMIT, jsonio_dump(&small, object));
}

static long left; /* of jansson's allocations, until one fails; never where it is negative */

static void *may_fail(size_t size)
{
    if (left == 0)
        return NULL;
    left -= left > 0;
    return malloc(size);
}

static void no_memory_at_any_moment_is_an_error(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(1000);
    err e = mem_none();
    json_set_alloc_funcs(may_fail, free);
    long n = 0;
    for (; e.kind != ERR_OK && n < 1000; n++) {
        left = n;
        buf_clear(&b);
        e = write_all(&b);
        if (e.kind != ERR_OK)
            assert_err(ERR_NOMEM, e);
    }
    json_set_alloc_funcs(malloc, free);
    assert_in_range(n, 20, 999); /* so many it takes */
}

/* --- reading --- */

static void only_whole_documents_are_loaded(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "{", "{} x", "[1,]", "{\"a\":1,\"a\":2}", "{\"a\":01}", "\"text\"", "nul", "{\"a\":\"\xff\"}"};
    json_t *j = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_err(ERR_INVALID, jsonio_load(view_text(wrong[i]), 100, &j));
        assert_null(j);
    }
    assert_err(ERR_LIMIT, jsonio_load(view_text("{\"a\":1}"), 6, &j));
    struct jsonio_in in;
    CLEANUP(jsonio_release) json_t *list = loaded("[1]");
    assert_err(ERR_INVALID, jsonio_open(arena, list, "test", &in));
}

static void what_was_written_comes_back(void **state)
{
    (void)state;
    CLEANUP(jsonio_release) json_t *j = loaded("{\"t\":\"a\\nb\",\"l\":\"one line\",\"w\":\"word\",\"n\":7,\"b\":false,\"at\":\"2018-06-15T08:00:00Z\","
                                               "\"no\":null,\"texts\":[\"x\",\"\"],\"in\":{\"deep\":1},\"any\":2.5}");
    struct jsonio_in in = opened(j), inner;
    const char *text, *line;
    struct view word;
    uint64_t number, deep;
    bool yes = true;
    int64_t at, no;
    const char *const *texts;
    size_t count;
    const json_t *any;
    assert_ok(jsonio_text(&in, "t", 3, &text));
    assert_string_equal(text, "a\nb");
    assert_ok(jsonio_line(&in, "l", 100, &line));
    assert_string_equal(line, "one line");
    assert_ok(jsonio_word(&in, "w", &word));
    assert_true(view_equal(word, view_text("word")));
    assert_ok(jsonio_number(&in, "n", 7, &number));
    assert_int_equal(number, 7);
    assert_ok(jsonio_bool(&in, "b", &yes));
    assert_false(yes);
    assert_ok(jsonio_time(&in, "at", 5, &at));
    assert_ok(jsonio_time(&in, "no", 5, &no));
    assert_true(at == 1529049600 && no == 5);
    assert_ok(jsonio_texts(&in, "texts", 2, 1, &texts, &count));
    assert_int_equal(count, 2);
    assert_string_equal(texts[0], "x");
    assert_ok(jsonio_inner(&in, "in", &inner));
    assert_ok(jsonio_number(&inner, "deep", 1, &deep));
    assert_ok(jsonio_close(&inner));
    assert_err(ERR_INVALID, jsonio_close(&in)); /* "any" is still to be asked for */
    assert_ok(jsonio_value(&in, "any", &any));
    assert_ok(jsonio_close(&in));
}

/* The one value, read as `kind` says. */
static err read_as(char kind, struct jsonio_in *in)
{
    const char *text;
    struct view word;
    uint64_t number;
    bool yes;
    int64_t at;
    const json_t *list;
    const char *const *texts;
    size_t count;
    struct jsonio_in inner;
    switch (kind) {
    case 't':
        return jsonio_text(in, "k", 4, &text);
    case 'l':
        return jsonio_line(in, "k", 4, &text);
    case 'w':
        return jsonio_word(in, "k", &word);
    case 'n':
        return jsonio_number(in, "k", 9, &number);
    case 'b':
        return jsonio_bool(in, "k", &yes);
    case 'a':
        return jsonio_time(in, "k", 0, &at);
    case 's':
        return jsonio_texts(in, "k", 2, 4, &texts, &count);
    case 'i':
        return jsonio_inner(in, "k", &inner);
    default:
        return jsonio_array(in, "k", 2, &list);
    }
}

static void what_is_not_as_it_should_be_is_refused_by_its_key(void **state)
{
    (void)state;
    static const struct {
        char kind;
        const char *json;
        enum err_kind error;
    } cases[] = {
        {'t', "5", ERR_INVALID},         {'t', "null", ERR_INVALID},       {'t', "\"longer\"", ERR_LIMIT},
        {'t', "\"a\\u0000\"", ERR_INVALID}, {'t', "\"a\\u0007\"", ERR_INVALID}, {'t', "\"a\\u007f\"", ERR_INVALID},
        {'l', "\"\"", ERR_INVALID},      {'l', "\"a\\nb\"", ERR_INVALID},  {'l', "\"a\\tb\"", ERR_INVALID},
        {'w', "1", ERR_INVALID},         {'n', "10", ERR_INVALID},         {'n', "-1", ERR_INVALID},
        {'n', "1.0", ERR_INVALID},       {'n', "\"1\"", ERR_INVALID},      {'b', "0", ERR_INVALID},
        {'b', "\"true\"", ERR_INVALID},  {'a', "0", ERR_INVALID},          {'a', "\"2018-06-15\"", ERR_INVALID},
        {'a', "\"2018-06-15T09:00:00+01:00\"", ERR_INVALID}, {'a', "\"2018-06-15t08:00:00z\"", ERR_INVALID},
        {'s', "[\"a\",1]", ERR_INVALID}, {'s', "[\"a\",\"b\",\"c\"]", ERR_INVALID}, {'s', "[\"longer\"]", ERR_LIMIT},
        {'s', "\"a\"", ERR_INVALID},     {'i', "[]", ERR_INVALID},         {'y', "{}", ERR_INVALID},
        {'y', "[1,2,3]", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_free) struct buf text = BUF(200);
        buf_fmt(&text, "{\"k\":%s}", cases[i].json);
        CLEANUP(jsonio_release) json_t *j = NULL;
        j = json_loads(buf_text(&text), JSON_ALLOW_NUL, NULL);
        assert_non_null(j);
        struct jsonio_in in = opened(j);
        err e = read_as(cases[i].kind, &in);
        if (e.kind != cases[i].error || !strstr(err_text()->what, "\"k\""))
            fail_msg("case %zu, %s: %s", i, cases[i].json, err_text()->what);
    }
}

static void a_key_that_is_missing_or_not_known_is_refused(void **state)
{
    (void)state;
    CLEANUP(jsonio_release) json_t *j = loaded("{\"other\":1}");
    static const char kinds[] = "tlwnbasiy";
    for (size_t i = 0; kinds[i]; i++) {
        struct jsonio_in in = opened(j);
        assert_err(ERR_INVALID, read_as(kinds[i], &in));
        assert_err(ERR_INVALID, jsonio_close(&in));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_compact_and_its_keys_are_sorted),
        TEST(the_first_failure_is_remembered),
        TEST(no_memory_at_any_moment_is_an_error),
        TEST(only_whole_documents_are_loaded),
        TEST(what_was_written_comes_back),
        TEST(what_is_not_as_it_should_be_is_refused_by_its_key),
        TEST(a_key_that_is_missing_or_not_known_is_refused),
    };
    return cmocka_run_group_tests_name("jsonio", tests, NULL, NULL);
}
