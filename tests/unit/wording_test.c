#include "testing.h"

#include "wording.h"

static const char *const names[] = {"Pellwick Partners Ltd", "Event & Sons", ""};

static void checked(struct arena *a, const char *text, struct wording *w)
{
    assert_ok(wording_check(a, view_text(text), names, 3, w));
}

static void words_that_hide_are_found_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rule;
        int line, column;
    } cases[] = {
        {"Dear Ada\nThere was an Incident.", "incident", 2, 14},
        {"In a cyber\nincident", "incident", 1, 6},
        {"\xc3\xa9 a third\n  party", "unnamed", 1, 5},
        {"Your data may have been copied.", "perhaps", 1, 11},
        {"We have no evidence of it.", "no-evidence", 1, 9},
        {"It was exfiltrated.", "technical", 1, 8},
        {"data including your name", "vague", 1, 6},
        {"We take this very seriously.", "empty", 1, 14},
        {"Please be vigilant.", "vigilant", 1, 8},
        {"Please do not share this.", "secret", 1, 8},
        {"Please donate.", "appeal", 1, 8},
        {"See https://union.example", "link", 1, 5},
        {"See www.union.example", "link", 1, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct wording w;
        checked(a, cases[i].text, &w);
        if (w.count != 1 || strcmp(w.list[0].rule, cases[i].rule) != 0 || (int)w.list[0].line != cases[i].line || (int)w.list[0].column != cases[i].column)
            fail_msg("%s: %zu found, first %s at %d:%d", cases[i].text, w.count, w.count ? w.list[0].rule : "", w.count ? (int)w.list[0].line : 0,
                     w.count ? (int)w.list[0].column : 0);
        assert_true(w.list[0].instead[0]);
    }
}

static void other_words_and_names_are_not(void **state)
{
    (void)state;
    static const char *const fine[] = {"", "Somebody, coincidentally, was uncertain; the mighty unlimited eventful partnership.", "The company is Pellwick Partners Ltd.",
                                       "PELLWICK\nPARTNERS LTD had it. Event & Sons too.", "Not known yet.", "Type union.example/breach yourself."};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct wording w;
        checked(a, fine[i], &w);
        if (w.count)
            fail_msg("%s: %s", fine[i], w.list[0].rule);
    }
}

static void sentences_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int sentences, words;
    } cases[] = {
        {"One two three. Four five!", 2, 5},
        {"One two\nthree. (Four \"five?\") Six.", 3, 6},
        {"A heading\n\nOne two.", 1, 2}, /* a heading is no sentence */
        {"What to do\nWith these they can.", 1, 4},
        {"What to do\nwith these.", 1, 5},
        {"1. **Today: phone your bank.** Use it.\n2. Then wait.", 3, 8},
        {"Pellwick's number is 0808 157 0001, e.g. today.", 1, 8},
        {"Write to breach@union.example today.", 1, 4},
        {"We know it at 3.15 now.", 1, 6},
        {"It said: no. and went on.", 1, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct wording w;
        checked(a, cases[i].text, &w);
        if ((int)w.sentences != cases[i].sentences || (int)w.words != cases[i].words)
            fail_msg("%s: %zu sentences, %zu words", cases[i].text, w.sentences, w.words);
    }
}

static void long_sentences_are_found(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf b = BUF(4096);
    struct wording w;
    buf_str(&b, "Short. A ");
    for (int i = 0; i < 28; i++)
        buf_str(&b, "word ");
    buf_str(&b, "\n");
    checked(a, buf_text(&b), &w);
    assert_int_equal(w.count, 2);
    assert_string_equal(w.list[0].rule, "long-sentence"); /* without an end it is one all the same */
    assert_int_equal(w.list[0].column, 8);
    assert_string_equal(w.list[1].rule, "mean-sentence");
    checked(a, "One two three four five six seven eight nine ten eleven twelve thirteen fourteen.", &w);
    assert_int_equal(w.count, 0);
    checked(a, "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen.", &w);
    assert_int_equal(w.count, 1);
    assert_string_equal(w.list[0].rule, "mean-sentence");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_hide_are_found_with_their_place),
        cmocka_unit_test(other_words_and_names_are_not),
        cmocka_unit_test(sentences_are_counted),
        cmocka_unit_test(long_sentences_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
