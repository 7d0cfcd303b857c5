#include "testing.h"

#include "handover_world.h"
#include "setbytes.h"

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

static void is_written_well(struct peopleset *s)
{
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 24);
    CLEANUP(peopleset_free) struct peopleset *back = NULL;
    assert_ok(peopleset_write(s, &bytes));
    assert_true(set_bytes_ok(buf_view(&bytes)));
    assert_ok(peopleset_of_bytes(buf_view(&bytes), &back));
    assert_int_equal(peopleset_common(s, back), peopleset_count(s));
    assert_int_equal(peopleset_count(s), peopleset_count(back));
    /* Never a byte less or more. */
    assert_false(set_bytes_ok(view_of(bytes.p, bytes.len - 1)));
    buf_u8(&bytes, 0);
    assert_false(set_bytes_ok(buf_view(&bytes)));
}

/* Arrays, bitsets and runs, few and many of them, and what is left of them when people leave. */
static void whatever_is_written_is_a_set(void **state)
{
    static const struct {
        uint32_t count, step, from;
    } shapes[] = {{0, 1, 0}, {1, 1, UINT32_MAX}, {4096, 2, 7}, {4097, 2, 7}, {65536, 1, 65536}, {65535, 1, 0}, {300000, 3, 0}, {200000, 1, 1000},
                  {9, 65536, 1}, {12, 40000, 0}, {5000, 13, 4294900000}};
    (void)state;
    CLEANUP(peopleset_free) struct peopleset *all = of(NULL, 0);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        CLEANUP(peopleset_free) struct peopleset *s = of(NULL, 0);
        for (uint32_t n = 0; n < shapes[i].count; n++)
            peopleset_add(s, shapes[i].from + n * shapes[i].step);
        is_written_well(s);
        for (uint32_t n = 0; n < shapes[i].count; n += 5)
            peopleset_remove(s, shapes[i].from + n * shapes[i].step);
        is_written_well(s);
        peopleset_unite(all, s);
        is_written_well(all);
        peopleset_subtract(s, all);
        is_written_well(s);
    }
}

/* Bytes that say of a bitset that it has fewer people than it has: CRoaring alone believes it, and then lists them past the end. */
static void bytes_that_lie_are_refused(void **state)
{
    (void)state;
    CLEANUP(peopleset_free) struct peopleset *s = of(NULL, 0), *back = NULL;
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 20);
    for (uint32_t i = 0; i < 65536; i += 2)
        peopleset_add(s, i);
    assert_ok(peopleset_write(s, &bytes));
    struct view v = buf_view(&bytes);
    assert_true(set_bytes_ok(v) && v.len == 8 + 4 + 4 + 8192);
    bytes.p[10] ^= 1;
    assert_false(set_bytes_ok(v));
    assert_err(ERR_CORRUPT, peopleset_of_bytes(v, &back));
    bytes.p[10] ^= 1;
    bytes.p[v.len - 1] ^= 1;
    assert_false(set_bytes_ok(v));
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
        cmocka_unit_test(whatever_is_written_is_a_set),
        cmocka_unit_test(bytes_that_lie_are_refused),
        cmocka_unit_test(a_flipped_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
}
