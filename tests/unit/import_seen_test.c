#include "testing.h"

#include "digest.h"
#include "import_int.h"

static struct hash key_of(uint64_t n)
{
    return digest_of(view_of(&n, sizeof n));
}

/* Keys that begin alike, as hashes do only by intent; rising with `n` where the first eight bytes are all the same. */
static struct hash alike(uint64_t n)
{
    struct hash h = {0};
    memset(h.b, 0xff, 8);
    for (int i = 0; i < 4; i++)
        h.b[8 + i] = (uint8_t)(n >> (24 - 8 * i));
    return h;
}

static void everybody_is_met_again_however_often_it_grows(void **state)
{
    (void)state;
    enum { KEYS = 100000 };
    struct seen *s = NULL;
    uint32_t person;
    assert_ok(seen_new(&s));
    for (uint32_t i = 0; i < KEYS; i++) {
        struct hash h = key_of(i);
        assert_false(seen_find(s, &h, &person));
        assert_ok(seen_meet(s, &h, i, &person));
        assert_int_equal(person, i);
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        struct hash h = key_of(i), other = key_of((uint64_t)i + KEYS);
        assert_true(seen_find(s, &h, &person));
        assert_int_equal(person, i);
        assert_ok(seen_meet(s, &h, 7, &person)); /* the first one stays */
        assert_int_equal(person, i);
        assert_false(seen_find(s, &other, &person));
    }
    seen_free(&s);
    assert_null(s);
}

static void runs_of_keys_that_begin_alike_are_kept_apart(void **state)
{
    (void)state;
    enum { RUN = 500, OTHERS = 20000 };
    struct seen *s = NULL;
    uint32_t person;
    assert_ok(seen_new(&s));
    for (uint32_t i = 0; i < OTHERS; i++) {
        struct hash h = key_of(i), run = alike((i * 7) % RUN);
        assert_ok(seen_meet(s, &h, i, &person));
        if (i < RUN)
            assert_ok(seen_meet(s, &run, OTHERS + (i * 7) % RUN, &person));
    }
    for (uint32_t i = 0; i < RUN; i++) {
        struct hash run = alike(i);
        assert_true(seen_find(s, &run, &person));
        assert_int_equal(person, OTHERS + i);
    }
    for (uint32_t i = 0; i < OTHERS; i++) {
        struct hash h = key_of(i);
        assert_true(seen_find(s, &h, &person));
        assert_int_equal(person, i);
    }
    seen_free(&s);
}

static void more_alike_than_chance_allows_are_refused(void **state)
{
    (void)state;
    struct seen *s = NULL;
    uint32_t person;
    assert_ok(seen_new(&s));
    err e = OK;
    for (uint32_t i = 0; i < 10000 && e.kind == ERR_OK; i++) {
        struct hash h = alike(i);
        e = seen_meet(s, &h, i, &person);
    }
    assert_int_equal(e.kind, ERR_LIMIT);
    seen_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_met_again_however_often_it_grows),
        cmocka_unit_test(runs_of_keys_that_begin_alike_are_kept_apart),
        cmocka_unit_test(more_alike_than_chance_allows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
