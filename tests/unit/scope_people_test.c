#include "testing.h"

#include "mem.h"
#include "scope_run.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS = 70, PEOPLE = 9000 };

/* More different rows of fields than are remembered: each is still each person's own. */
static void everybody_has_her_own_fields(void **state)
{
    (void)state;
    char names[FIELDS][8];
    const char *keys[FIELDS];
    struct peopleset *sets[FIELDS];
    CLEANUP(scope_fields_end) struct scope_fields *f = NULL;
    CLEANUP(buf_free) struct buf expected = BUF(1 << 16);
    srandom(7);
    for (int i = 0; i < FIELDS; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        keys[i] = names[i];
        assert_ok(peopleset_new(&sets[i]));
        for (uint32_t p = 0; p < PEOPLE; p++)
            if (random() % 3 == 0)
                peopleset_add(sets[i], p * 40);
    }
    struct scope_answer answer = {.keys = keys, .fields = sets, .key_count = FIELDS};
    assert_ok(scope_fields_begin(&answer, &f));
    for (uint32_t p = 0; p < PEOPLE; p++) {
        const char *text = NULL;
        buf_clear(&expected);
        for (int i = 0; i < FIELDS; i++)
            if (peopleset_has(sets[i], p * 40))
                buf_fmt(&expected, "%s%s", expected.len ? "," : "", keys[i]);
        assert_ok(scope_fields_of(f, p * 40, &text));
        assert_string_equal(text, buf_text(&expected));
    }
    for (int i = 0; i < FIELDS; i++)
        peopleset_free(&sets[i]);
}

static void without_fields_nobody_has_any(void **state)
{
    (void)state;
    CLEANUP(scope_fields_end) struct scope_fields *f = NULL;
    struct scope_answer answer = {.key_count = 0};
    const char *text = NULL;
    assert_ok(scope_fields_begin(&answer, &f));
    assert_ok(scope_fields_of(f, 3, &text));
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_has_her_own_fields),
        cmocka_unit_test(without_fields_nobody_has_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
