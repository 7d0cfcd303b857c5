/* The canonical form of entries, beside that of the JSON library. */
#include "testing.h"

#include "canonical.h"

#include <stdlib.h>
#include <string.h>

static json_t *random_value(unsigned *seed, int depth);

static char *random_text(unsigned *seed, char to[40])
{
    static const char letters[] = "abcXYZ019 .,:;_-+/<>{}[]'~!";
    size_t len = (size_t)rand_r(seed) % 39;
    for (size_t i = 0; i < len; i++)
        to[i] = letters[(size_t)rand_r(seed) % (sizeof letters - 1)];
    to[len] = 0;
    return to;
}

static json_t *random_many(unsigned *seed, int depth, bool object)
{
    char key[40];
    json_t *many = object ? json_object() : json_array();
    for (int n = rand_r(seed) % 9; n > 0; n--) {
        json_t *value = random_value(seed, depth + 1);
        assert_int_equal(object ? json_object_set_new(many, random_text(seed, key), value) : json_array_append_new(many, value), 0);
    }
    return many;
}

static json_t *random_value(unsigned *seed, int depth)
{
    char text[40];
    int kind = rand_r(seed) % (depth < CANONICAL_DEPTH ? 6 : 4);
    if (kind == 0)
        return json_boolean(rand_r(seed) & 1);
    if (kind == 1)
        return json_integer((json_int_t)(((uint64_t)rand_r(seed) << 31 | (uint64_t)rand_r(seed)) >> rand_r(seed) % 62) & (((json_int_t)1 << 53) - 1));
    return kind < 4 ? json_string(random_text(seed, text)) : random_many(seed, depth, kind == 4);
}

static void it_is_what_the_library_writes_sorted_and_compact(void **state)
{
    (void)state;
    unsigned seed = 20181029;
    for (int i = 0; i < 5000; i++) {
        CLEANUP(buf_free) struct buf ours = BUF(1 << 20);
        json_t *value = random_value(&seed, 0);
        char *theirs = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
        assert_non_null(theirs);
        assert_ok(canonical_put(&ours, value));
        assert_true(view_equal(buf_view(&ours), view_text(theirs)));
        free(theirs);
        json_decref(value);
    }
}

static void what_an_entry_cannot_hold_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1.5",     "-1",           "9007199254740992", "null",       "\"\\n\"",         "\"\\\"\"", "\"\\\\\"",
                                        "\"\\u007f\"", "\"\303\274\"", "[null]",           "{\"\\t\":1}", "[[[[[1]]]]]"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CLEANUP(buf_free) struct buf b = BUF(4096);
        json_t *value = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_err(ERR_INVALID, canonical_put(&b, value));
        json_decref(value);
    }
}

static void limits_are_kept(void **state)
{
    (void)state;
    char key[8];
    CLEANUP(buf_free) struct buf b = BUF(4096), small = BUF(10);
    json_t *object = json_object();
    for (int i = 0; i < CANONICAL_KEYS; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(json_object_set_new(object, key, json_true()), 0);
    }
    assert_ok(canonical_put(&b, object));
    assert_err(ERR_LIMIT, canonical_put(&small, object));
    assert_int_equal(json_object_set_new(object, "more", json_true()), 0);
    assert_err(ERR_INVALID, canonical_put(&b, object));
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_the_library_writes_sorted_and_compact),
        cmocka_unit_test(what_an_entry_cannot_hold_is_refused),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
