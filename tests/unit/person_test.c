#include "testing.h"

#include "limits.h"
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

enum { KEPT = LIMIT_PAST_KEPT_SECONDS };
static const uint8_t prints[][TOKEN_BYTES] = {"fingerprint one", "fingerprint two", "fingerprint 3"};

static void a_fingerprint_is_a_value_that_nobody_knows(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    set(&p, EMAIL, CRM, 100, "a@x.example", NULL);
    p = reread(&p);
    set(&p, CITY, CRM, 200, "Newtown", NULL);
    assert_ok(person_forget(a, &numbers, &p, 200 + KEPT, prints));
    assert_int_equal(p.changed, 1u << CATEGORY_CONTACT);
    assert_int_equal(p.renewed, 1u << CATEGORY_CONTACT);
    p = reread(&p);
    const struct person_value *old = person_value(&p, &numbers, CITY, 150);
    assert_true(old->print && old->field == CITY && old->source == CRM && old->since == 100 && old->until == 200);
    assert_int_equal(old->forgotten, 200 + KEPT);
    assert_true(view_equal(old->text, view_of(prints[0], TOKEN_BYTES)));
    assert_true(person_has(&p, &numbers, CITY, 1));
    assert_is(&p, CITY, 150, "");
    assert_is(&p, CITY, 200, "Newtown");
    assert_is(&p, EMAIL, 150, "a@x.example");
    assert_false(person_said(&p, CITY, view_text("Oldtown"), true));
    assert_int_equal(p.facts.oldest_past, INT64_MAX);
}

static void the_facts_know_who_has_something_due_and_only_that_goes(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    set(&p, CITY, MAILER, 100, "Oldtown", NULL);
    set(&p, IBAN, CRM, 100, "GB00 TEST 0000", NULL);
    struct facts facts = p.facts;
    p = reread(&p);
    p.facts = facts;
    assert_false(facts_past_due(&p.facts, WHEN_LAST));
    set(&p, CITY, CRM, 500, "Newtown", NULL);
    set(&p, IBAN, CRM, 300, NULL, NULL);
    set(&p, CITY, MAILER, 400, NULL, NULL);
    assert_int_equal(p.facts.oldest_past, 300);
    assert_int_equal(person_oldest_past(&p), 300);
    assert_false(facts_past_due(&p.facts, 299 + KEPT));
    assert_true(facts_past_due(&p.facts, 300 + KEPT));
    assert_ok(person_forget(a, &numbers, &p, 400 + KEPT, prints));
    assert_int_equal(p.facts.oldest_past, 500);
    size_t left = 0;
    for (size_t i = 0; i < p.count; i++) {
        left += !p.values[i].print;
        assert_false(person_value_due(&p.values[i], 400 + KEPT));
    }
    assert_int_equal(p.count, 4);
    assert_int_equal(left, 2);
    assert_is(&p, CITY, 450, "Oldtown"); /* the other source's */
    assert_false(person_has(&p, &numbers, IBAN, 350));
    assert_true(person_has(&p, &numbers, IBAN, 250));
    struct view unsaid = person_text(&p, &numbers, IBAN, 250);
    assert_int_equal(unsaid.len, 0);
}

/* A clock that was put back ends a value before it began. */
static void a_clock_put_back_loses_nothing(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 1000, "Oldtown", NULL);
    struct facts facts = p.facts;
    p = reread(&p);
    p.facts = facts;
    set(&p, CITY, CRM, 500, "Newtown", NULL);
    assert_int_equal(p.facts.oldest_past, 500);
    assert_ok(person_forget(a, &numbers, &p, 499 + KEPT, prints));
    assert_true(person_said(&p, CITY, view_text("Oldtown"), true));
    assert_int_equal(p.facts.oldest_past, 500);
    assert_ok(person_forget(a, &numbers, &p, 500 + KEPT, prints));
    assert_false(person_said(&p, CITY, view_text("Oldtown"), true));
    assert_is(&p, CITY, 500, "Newtown");
}

static void a_value_that_comes_back_is_said_again(void **state)
{
    (void)state;
    struct person p = somebody();
    set(&p, CITY, CRM, 100, "Oldtown", NULL);
    p = reread(&p);
    set(&p, CITY, CRM, 200, "Newtown", NULL);
    assert_ok(person_forget(a, &numbers, &p, 200 + KEPT, prints));
    p = reread(&p);
    set(&p, CITY, CRM, 300 + KEPT, "Oldtown", NULL);
    assert_is(&p, CITY, 300 + KEPT, "Oldtown");
    assert_is(&p, CITY, 250, "Newtown");
    assert_is(&p, CITY, 150, "");
    assert_int_equal(p.count, 3);
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
    /* A present value is known, or it would be no value. */
    CLEANUP(buf_free) struct buf print = BUF(1000);
    buf_bytes(&print, "\1\0\1\0\2\1", 6);
    buf_u64(&print, 100);
    buf_u64(&print, PERSON_OPEN);
    buf_bytes(&print, "\2\0\30" "fingerprint two\0" "\0\0\0\0\0\0\2\0", 27);
    assert_err(ERR_CORRUPT, person_decode(a, &numbers, CATEGORY_CONTACT, buf_view(&print), &back));
    print.p[14] = 0;
    assert_ok(person_decode(a, &numbers, CATEGORY_CONTACT, buf_view(&print), &back));
    print.p[24] = 23;
    print.len--;
    assert_err(ERR_CORRUPT, person_decode(a, &numbers, CATEGORY_CONTACT, buf_view(&print), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_keeps_the_old_value_and_the_first_holds_before),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(sources_do_not_take_away_each_others_values),
        cmocka_unit_test(presence_only_never_stores_the_value),
        cmocka_unit_test(a_fingerprint_is_a_value_that_nobody_knows),
        cmocka_unit_test(the_facts_know_who_has_something_due_and_only_that_goes),
        cmocka_unit_test(a_clock_put_back_loses_nothing),
        cmocka_unit_test(a_value_that_comes_back_is_said_again),
        cmocka_unit_test(values_of_another_category_or_no_field_are_refused),
    };
    return cmocka_run_group_tests_name("person", tests, make_arena, end_arena);
}
