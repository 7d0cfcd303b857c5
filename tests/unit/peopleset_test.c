#include "testing.h"

#include "handover_world.h"

static struct peopleset *of(const uint32_t *list, size_t count)
{
    struct peopleset *s = NULL;
    assert_ok(peopleset_new(&s));
    for (size_t i = 0; i < count; i++)
        peopleset_add(s, list[i]);
    return s;
}

static void sets_do_what_sets_do(void **state)
{
    (void)state;
    CLEANUP(peopleset_free) struct peopleset *a = of((uint32_t[]){1, 2, 3, 70000, UINT32_MAX}, 5), *b = of((uint32_t[]){3, 4, UINT32_MAX}, 3), *c = NULL;
    CLEANUP(mem_release) uint32_t *list = NULL;
    size_t count;
    assert_int_equal(peopleset_common(a, b), 2);
    assert_ok(peopleset_copy(a, &c));
    peopleset_subtract(c, b);
    assert_int_equal(peopleset_count(c), 3);
    assert_int_equal(peopleset_count(a), 5);
    peopleset_unite(c, b);
    assert_int_equal(peopleset_count(c), 6);
    peopleset_intersect(c, b);
    peopleset_remove(c, 4);
    assert_ok(peopleset_list(c, &list, &count));
    assert_int_equal(count, 2);
    assert_int_equal(list[0], 3);
    assert_true(list[1] == UINT32_MAX);
    assert_true(peopleset_has(c, 3) && !peopleset_has(c, 4));
}

static void a_set_comes_back_as_it_was_stored(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(peopleset_free) struct peopleset *a = of(NULL, 0), *back = NULL, *none = NULL;
    struct hash sha, empty;
    for (uint32_t i = 0; i < 200000; i += 3)
        peopleset_add(a, i);
    world_open(&w);
    assert_ok(vault_begin(w.v));
    assert_ok(peopleset_put(w.v, "H1", ".people", a, &sha));
    assert_ok(peopleset_get(w.v, "H1", ".people", &sha, &back));
    assert_int_equal(peopleset_count(back), peopleset_count(a));
    assert_int_equal(peopleset_common(back, a), peopleset_count(a));
    peopleset_free(&back);
    CLEANUP(peopleset_free) struct peopleset *nobody = of(NULL, 0);
    assert_ok(peopleset_put(w.v, "H1", "none", nobody, &empty));
    assert_ok(peopleset_get(w.v, "H1", "none", &empty, &none));
    assert_int_equal(peopleset_count(none), 0);
    assert_err(ERR_NOT_FOUND, peopleset_get(w.v, "H1", "nothing", &sha, &back));
}

/* CRoaring itself takes a flipped bit for another set; the document's SHA-256 does not. */
static void a_flipped_byte_is_refused(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(peopleset_free) struct peopleset *a = of((uint32_t[]){1, 5, 9, 100000}, 4), *back = NULL;
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 16);
    struct hash sha;
    world_open(&w);
    assert_ok(vault_begin(w.v));
    assert_ok(peopleset_put(w.v, "H1", ".people", a, &sha));
    assert_ok(store_set_get(w.v->store, "H1", ".people", &bytes));
    assert_true(bytes.len > 8);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.p[i] ^= 1;
        assert_ok(store_set_put(w.v->store, "H1", ".people", buf_view(&bytes)));
        assert_err(ERR_CORRUPT, peopleset_get(w.v, "H1", ".people", &sha, &back));
        bytes.p[i] ^= 1;
    }
    assert_ok(store_set_put(w.v->store, "H1", ".people", view_of(bytes.p, bytes.len - 1)));
    assert_err(ERR_CORRUPT, peopleset_get(w.v, "H1", ".people", &sha, &back));
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_do_what_sets_do),
        cmocka_unit_test(a_set_comes_back_as_it_was_stored),
        cmocka_unit_test(a_flipped_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
}
