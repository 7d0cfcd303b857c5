#include "testing.h"

#include "helpers.h"
#include "people.h"

enum { PEOPLE = 600 };

static struct test_house house;

struct world {
    struct vault *v;
    struct arena *a;
    struct config c;
};

static void world_end(struct world *w)
{
    vault_close(&w->v);
    arena_release(&w->a);
}

static void world_open(struct world *w)
{
    *w = (struct world){.a = arena_new()};
    assert_ok(vault_open(&house.options, STORE_WRITE, &w->v));
    assert_ok(config_load(w->v, w->a, &w->c));
}

static const char *address(char to[64], unsigned i, unsigned version)
{
    snprintf(to, 64, "mavo%u.%u@members.example", i, version);
    return to;
}

static void set_address(struct world *w, struct person *p, unsigned i, unsigned version)
{
    char text[64];
    struct view email = view_text(arena_text(w->a, address(text, i, version), strlen(address(text, i, version))));
    assert_ok(person_set(w->a, &w->c.numbers, p, field_no_of(&w->c.numbers, "email"), 0, vault_now(w->v), &email, 1));
}

static void assert_found(struct world *w, unsigned i, unsigned version)
{
    char text[64];
    uint32_t ordinal;
    struct person p;
    assert_ok(people_find_one(w->v, &w->c, view_text(address(text, i, version)), &ordinal));
    assert_int_equal(ordinal, i);
    assert_ok(people_open(w->v, &w->c, w->a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    struct view is = person_text(&p, &w->c.numbers, field_no_of(&w->c.numbers, "email"), vault_now(w->v));
    assert_true(view_equal(is, view_text(text)));
}

/* As an import of very many: some, then their tokens into the index, then others, with a cell that both are in. */
static void many_are_saved_in_parts_that_share_a_cell(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(people_tokens_free) struct people_tokens tokens = {0};
    static struct person list[PEOPLE];
    world_open(&w);
    assert_ok(vault_begin(w.v));
    for (unsigned i = 0; i < PEOPLE; i++) {
        assert_ok(people_new(w.v, &list[i]));
        assert_int_equal(list[i].ordinal, i);
        set_address(&w, &list[i], i, 1);
    }
    for (unsigned from = 0; from < PEOPLE; from += PEOPLE / 3) {
        assert_ok(people_save_gather(w.v, &w.c, list + from, PEOPLE / 3, &tokens));
        assert_true(keeper_waits(w.v->keeper));
        assert_false(person_changed(&list[from]));
        if (from > 0)
            assert_ok(people_tokens_add(w.v, &tokens));
    }
    assert_false(keeper_waits(w.v->keeper));
    assert_ok(vault_commit(w.v));
    for (unsigned i = 0; i < PEOPLE; i++)
        assert_found(&w, i, 1);
}

/* What a change is that came to nothing: the keeper is sealing still when all is undone. */
static void who_gives_up_leaves_the_keeper_free(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(people_tokens_free) struct people_tokens tokens = {0};
    const uint32_t ordinal = 17;
    struct person p;
    world_open(&w);
    assert_ok(vault_begin(w.v));
    assert_ok(people_open(w.v, &w.c, w.a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    set_address(&w, &p, ordinal, 2);
    assert_ok(people_save_gather(w.v, &w.c, &p, 1, &tokens));
    assert_true(keeper_waits(w.v->keeper));
    vault_undo(w.v);
    assert_false(keeper_waits(w.v->keeper));
    assert_found(&w, ordinal, 1);
    assert_ok(vault_begin(w.v));
    assert_ok(people_open(w.v, &w.c, w.a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    set_address(&w, &p, ordinal, 3);
    assert_ok(people_save(w.v, &w.c, &p, 1));
    assert_ok(vault_commit(w.v));
    assert_found(&w, ordinal, 3);
}

static err first_documents(struct vault *v, void *ctx)
{
    TRY(config_init(v, "Example Members' Union", "privacy@union.example", "GB", "Europe/London", "union"));
    return test_house_nothing(v, ctx);
}

static int make_house(void **state)
{
    (void)state;
    return test_house_make(&house, first_documents, NULL).kind == ERR_OK ? 0 : -1;
}

static int end_house(void **state)
{
    (void)state;
    test_house_end(&house);
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_saved_in_parts_that_share_a_cell),
        cmocka_unit_test(who_gives_up_leaves_the_keeper_free),
    };
    return cmocka_run_group_tests_name("people_save", tests, make_house, end_house);
}
