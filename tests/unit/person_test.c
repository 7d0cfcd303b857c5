#include "testing.h"

#include "mem.h"
#include "person.h"

static struct arena *a;
static const struct field fields[] = {
    {"email", "e-mail address", CATEGORY_CONTACT, TYPE_EMAIL, SENSITIVITY_NORMAL, false},
    {"city", "city", CATEGORY_CONTACT, TYPE_TEXT, SENSITIVITY_NORMAL, false},
    {"iban", "IBAN", CATEGORY_FINANCIAL, TYPE_TEXT, SENSITIVITY_HIGH, true},
};
static const struct field *const by_no[] = {NULL, &fields[0], &fields[1], &fields[2]};
static const struct field_numbers numbers = {by_no, 4};
enum { EMAIL = 1, CITY = 2, IBAN = 3, CRM = 1, MAILER = 2 };

static int make_arena(void **state)
{
    (void)state;
    a = arena_new();
    return a ? 0 : 1;
}

static int end_arena(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static struct person somebody(void)
{
    return (struct person){.state = CELL_THERE, .facts = FACTS_NONE, .loaded = UINT32_MAX};
}

static void set(struct person *p, uint16_t field, uint8_t source, int64_t at, const char *one, const char *two)
{
    struct view texts[2] = {view_text(one ? one : ""), view_text(two ? two : "")};
    assert_ok(person_set(a, &numbers, p, field, source, at, texts, one ? two ? 2 : 1 : 0));
}

static void assert_is(const struct person *p, uint16_t field, int64_t at, const char *expected)
{
    assert_true(view_equal(person_text(p, &numbers, field, at), view_text(expected)));
}

/* As if written and read again. */
static struct person reread(const struct person *p)
{
    struct person back = somebody();
    for (uint8_t category = 1; category < CATEGORY_COUNT; category++) {
        CLEANUP(buf_free) struct buf b = BUF(65536), again = BUF(65536);
        assert_ok(person_encode(&numbers, category, p, &b));
        struct view bytes = {arena_copy(a, b.p, b.len), b.len};
        assert_ok(person_decode(a, &numbers, category, bytes, &back));
        assert_ok(person_encode(&numbers, category, &back, &again));
        assert_true(view_equal(buf_view(&b), buf_view(&again)));
        for (size_t cut = 0; cut < b.len; cut++) {
            struct person torn = somebody();
            assert_err(ERR_CORRUPT, person_decode(a, &numbers, category, view_of(b.p, cut), &torn));
        }
    }
    return back;
}

static void a_change_keeps_the_old_value_and_the_first_holds_before(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    p = reread(&p);
    set(&p, CITY, CRM, 200, "Newtown", NULL);
    p = reread(&p);
    assert_is(&p, CITY, 1, "Oldtown");
    assert_is(&p, CITY, 199, "Oldtown");
    assert_is(&p, CITY, 200, "Newtown");
    assert_true(person_said(&p, CITY, view_text("Oldtown"), true));
    assert_false(person_said(&p, CITY, view_text("Oldtown"), false));
    set(&p, CITY, CRM, 300, NULL, NULL);
    assert_false(person_has(&p, &numbers, CITY, 300));
    assert_true(person_has(&p, &numbers, CITY, 299));
    assert_false(facts_has_field(&p.facts, CITY));
}

static void the_same_again_changes_nothing(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, EMAIL, CRM, 100, "a@x.example", "b@x.example");
    p = reread(&p);
    set(&p, EMAIL, CRM, 200, "b@x.example", "a@x.example");
    assert_false(person_changed(&p));
    const struct person_value *values[4];
    assert_int_equal(person_values(&p, &numbers, EMAIL, 200, values, 4), 2);
}

static void sources_do_not_take_away_each_others_values(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    set(&p, CITY, MAILER, 200, "Newtown", NULL);
    assert_is(&p, CITY, 300, "Newtown");
    set(&p, CITY, MAILER, 300, NULL, NULL);
    assert_is(&p, CITY, 400, "Oldtown");
    assert_true(facts_has_field(&p.facts, CITY));
    const struct person_value *values[4];
    assert_int_equal(person_values(&p, &numbers, CITY, 400, values, 4), 1);
}

static void presence_only_never_stores_the_value(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, IBAN, CRM, 100, "GB00 TEST 0000", NULL);
    assert_is(&p, IBAN, 100, PERSON_PRESENT);
    p = reread(&p);
    set(&p, IBAN, CRM, 200, "GB00 OTHER 0000", NULL);
    assert_false(person_changed(&p));
}

static void a_fingerprint_is_a_value_that_nobody_knows(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    p.values[0].print = true;
    p = reread(&p);
    assert_true(p.values[0].print);
    assert_true(person_has(&p, &numbers, CITY, 150));
    assert_is(&p, CITY, 150, "");
    assert_false(person_said(&p, CITY, view_text("Oldtown"), true));
}

static void values_of_another_category_or_no_field_are_refused(void **state)
{
    (void)state;
    struct person p = somebody(), back = somebody();
    CLEANUP(buf_free) struct buf b = BUF(1000);
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    assert_ok(person_encode(&numbers, CATEGORY_CONTACT, &p, &b));
    assert_err(ERR_CORRUPT, person_decode(a, &numbers, CATEGORY_FINANCIAL, buf_view(&b), &back));
    b.p[4] = 9;
    assert_err(ERR_CORRUPT, person_decode(a, &numbers, CATEGORY_CONTACT, buf_view(&b), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_keeps_the_old_value_and_the_first_holds_before),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(sources_do_not_take_away_each_others_values),
        cmocka_unit_test(presence_only_never_stores_the_value),
        cmocka_unit_test(a_fingerprint_is_a_value_that_nobody_knows),
        cmocka_unit_test(values_of_another_category_or_no_field_are_refused),
    };
    return cmocka_run_group_tests_name("person", tests, make_arena, end_arena);
}
