#include "testing.h"

#include "handover_world.h"
#include "setunion.h"

#include <stdlib.h>

enum { HANDOVERS = 20, FIELDS = 4, UNIONS = 1 + FIELDS, ROUNDS = 4 };

/* Hand-overs as they would be stored, and what their unions must be. */
struct many {
    struct handover list[HANDOVERS];
    struct handover_field fields[HANDOVERS][FIELDS];
    char ids[HANDOVERS][8];
    struct peopleset *expected[UNIONS];
};

static const char *const keys[FIELDS] = {"a", "b", "c", "d"};

static void sets_new(struct peopleset *sets[UNIONS])
{
    for (int i = 0; i < UNIONS; i++)
        assert_ok(peopleset_new(&sets[i]));
}

static void sets_free(struct peopleset *sets[UNIONS])
{
    for (int i = 0; i < UNIONS; i++)
        peopleset_free(&sets[i]);
}

static struct peopleset *some(const struct peopleset *of, unsigned percent)
{
    CLEANUP(mem_release) uint32_t *list = NULL;
    struct peopleset *s = NULL;
    size_t count;
    assert_ok(peopleset_new(&s));
    assert_ok(peopleset_list(of, &list, &count));
    for (size_t i = 0; i < count; i++)
        if ((unsigned)random() % 100 < percent)
            peopleset_add(s, list[i]);
    return s;
}

static struct peopleset *people_of(unsigned no)
{
    struct peopleset *s = NULL;
    assert_ok(peopleset_new(&s));
    uint32_t step = no % 5 == 0 ? 1 : 1 + (uint32_t)random() % 300, from = (uint32_t)random() % 400000, end = from + (uint32_t)random() % 300000;
    for (uint32_t i = from; i < end; i += 1 + (step > 1 ? (uint32_t)random() % step : 0))
        peopleset_add(s, i);
    return s;
}

static void put_field(struct world *w, struct many *m, int no, int field, const struct peopleset *people)
{
    CLEANUP(peopleset_free) struct peopleset *with = some(people, (unsigned[]){100, 90, 50, 2}[(field + no) % 4]), *lack = NULL;
    struct handover_field *f = &m->fields[no][field];
    *f = (struct handover_field){.key = keys[field], .lacks = peopleset_count(with) > peopleset_count(people) / 2};
    assert_ok(peopleset_copy(people, &lack));
    peopleset_subtract(lack, with);
    assert_ok(peopleset_put(w->v, m->ids[no], f->key, f->lacks ? lack : with, &f->sha));
    peopleset_unite(m->expected[1 + field], with);
}

static void invent(struct world *w, struct many *m, unsigned seed)
{
    srandom(seed);
    sets_new(m->expected);
    for (int i = 0; i < HANDOVERS; i++) {
        CLEANUP(peopleset_free) struct peopleset *people = people_of((unsigned)i);
        snprintf(m->ids[i], sizeof m->ids[i], "H%u", seed * HANDOVERS + (unsigned)i);
        m->list[i] = (struct handover){.id = m->ids[i], .kind = HANDOVER_FILE, .fields = m->fields[i], .field_count = FIELDS};
        assert_ok(peopleset_put(w->v, m->ids[i], ".people", people, &m->list[i].set_sha));
        peopleset_unite(m->expected[0], people);
        for (int k = 0; k < FIELDS; k++)
            put_field(w, m, i, k, people);
    }
}

static err unite(struct world *w, const struct many *m, const struct set_union_memory *memory, struct peopleset *sets[UNIONS])
{
    CLEANUP(set_union_free) struct set_union *u = NULL;
    TRY(set_union_begin(w->v, memory, &u));
    for (int i = 0; i < HANDOVERS; i++) {
        TRY(set_union_people(u, &m->list[i], 0));
        for (size_t k = 0; k < FIELDS; k++)
            TRY(set_union_field(u, &m->list[i], k, 1 + k));
    }
    return set_union_end(u, sets, UNIONS);
}

static void assert_as_expected(const struct many *m, struct peopleset *sets[UNIONS])
{
    for (int i = 0; i < UNIONS; i++) {
        assert_int_equal(peopleset_count(sets[i]), peopleset_count(m->expected[i]));
        assert_int_equal(peopleset_common(sets[i], m->expected[i]), peopleset_count(m->expected[i]));
    }
}

static void it_is_the_union_of_each(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_ok(vault_begin(w.v));
    for (unsigned seed = 0; seed < ROUNDS; seed++) {
        CLEANUP(mem_release) struct many *m = mem_alloc(sizeof *m);
        struct peopleset *sets[UNIONS] = {NULL};
        invent(&w, m, seed);
        /* The second time of what was kept; then in many passes, keeping some and nothing. */
        static const struct set_union_memory little[] = {{100000, 200000}, {0, 0}};
        for (int again = 0; again < 5; again++) {
            sets_new(sets);
            assert_ok(unite(&w, m, again < 2 ? NULL : &little[again % 2], sets));
            assert_as_expected(m, sets);
            sets_free(sets);
        }
        sets_free(m->expected);
    }
}

/* What is kept is known by its hash: a set that was stored anew is another. */
static void a_set_that_changed_is_read_again(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(mem_release) struct many *m = mem_alloc(sizeof *m);
    struct peopleset *sets[UNIONS] = {NULL};
    world_open(&w);
    assert_ok(vault_begin(w.v));
    invent(&w, m, 1);
    sets_new(sets);
    assert_ok(unite(&w, m, NULL, sets));
    CLEANUP(peopleset_free) struct peopleset *more = NULL;
    assert_ok(peopleset_new(&more));
    peopleset_add(more, 5000000);
    assert_ok(peopleset_put(w.v, m->ids[3], ".people", more, &m->list[3].set_sha));
    assert_ok(unite(&w, m, NULL, sets));
    assert_true(peopleset_has(sets[0], 5000000));
    m->list[4].set_sha.b[0] ^= 1;
    assert_err(ERR_CORRUPT, unite(&w, m, NULL, sets));
    sets_free(sets);
    sets_free(m->expected);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(mem_release) struct many *m = mem_alloc(sizeof *m);
    struct peopleset *sets[UNIONS] = {NULL};
    world_open(&w);
    assert_ok(vault_begin(w.v));
    invent(&w, m, 2);
    err e = {ERR_NOMEM};
    uint64_t n = 0;
    while (e.kind != ERR_OK) {
        sets_new(sets);
        mem_fail_at(++n, false);
        e = unite(&w, m, NULL, sets);
        mem_fail_at(0, false);
        assert_true(e.kind == ERR_OK || e.kind == ERR_NOMEM);
        if (e.kind == ERR_OK)
            assert_as_expected(m, sets);
        sets_free(sets);
    }
    assert_true(n > 10);
    sets_free(m->expected);
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_union_of_each),
        cmocka_unit_test(a_set_that_changed_is_read_again),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
}
