#include "catalogue_world.h"

#include "purpose.h"

static const char *const plain[] = {"email", "first_name"};
static const char *const special[] = {"email", "party"};
static const char *const members[] = {"email", "membership"};
static const char *const offences[] = {"criminal_record"};
static const char *const twice[] = {"email", "email"};
static const char *const unknown[] = {"shoe_size"};

static struct purpose base(void)
{
    return (struct purpose){.key = "survey",
                            .label = "Survey",
                            .words = "our survey",
                            .basis = ART6_F,
                            .statuses = STATUS_BIT(STATUS_MEMBER),
                            .fields = plain,
                            .field_count = 2};
}

static void the_four_defaults_pass_in_a_party_and_in_a_club(void **state)
{
    (void)state;
    assert_int_equal(4, purpose_default_count());
    for (size_t i = 0; i < purpose_default_count(); i++) {
        assert_ok(purpose_check(purpose_default(i), &c, true));
        assert_ok(purpose_check(purpose_default(i), &c, false));
    }
    const struct purpose *ballot = purpose_default(1);
    assert_string_equal(PURPOSE_BALLOT, ballot->key);
    assert_int_equal(ART6_C, ballot->basis);
    assert_int_equal(ART9_D, ballot->special);
    assert_true(purpose_covers_status(ballot, STATUS_MEMBER));
    assert_false(purpose_covers_status(ballot, STATUS_FORMER));
    assert_true(purpose_covers_field(ballot, view_text("birth_date")));
    assert_false(purpose_covers_field(ballot, view_text("payment_amount")));
    assert_false(ballot->marketing);
    assert_true(purpose_default(2)->marketing && purpose_default(3)->marketing);
    assert_false(purpose_covers_status(ballot, STATUS_NONE));
}

static void consent_is_never_required_for_membership(void **state)
{
    (void)state;
    struct purpose p = base();
    p.required_for_membership = true;
    assert_ok(purpose_check(&p, &c, true));
    p.basis = ART6_A;
    assert_err(ERR_INVALID, purpose_check(&p, &c, true));
    assert_non_null(strstr(err_text()->what, "consent"));
    p.basis = ART6_B;
    p.special = ART9_A;
    assert_err(ERR_INVALID, purpose_check(&p, &c, true));
    p.special = ART9_D;
    p.marketing = true;
    assert_err(ERR_INVALID, purpose_check(&p, &c, true));
}

static void special_data_needs_both_articles(void **state)
{
    (void)state;
    struct purpose p = base();
    p.fields = special;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p.special = ART9_D;
    assert_ok(purpose_check(&p, &c, false));
    p.basis = ART6_NONE;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p = base();
    p.fields = members;
    assert_ok(purpose_check(&p, &c, false));
    assert_err(ERR_INVALID, purpose_check(&p, &c, true));
}

static void some_grounds_need_a_law(void **state)
{
    (void)state;
    struct purpose p = base();
    p.special = ART9_G;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p.condition = CONDITION_S1_22;
    assert_ok(purpose_check(&p, &c, false));
    p.special = ART9_D;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p = base();
    p.fields = offences;
    p.field_count = 1;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p.condition = CONDITION_S1_31;
    assert_ok(purpose_check(&p, &c, false));
}

static void it_says_whom_and_what_it_covers(void **state)
{
    (void)state;
    struct purpose p = base();
    p.statuses = 0;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p.statuses = 1u << 20;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p = base();
    p.field_count = 0;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p.fields = twice;
    p.field_count = 2;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p.fields = unknown;
    p.field_count = 1;
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p = base();
    p.key = "My Survey";
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
    p = base();
    p.words = "";
    assert_err(ERR_INVALID, purpose_check(&p, &c, false));
}

static void articles_are_found_as_people_write_them(void **state)
{
    (void)state;
    assert_int_equal(ART6_A, art6_find(view_text("6(1)(a)")));
    assert_int_equal(ART6_EA, art6_find(view_text("6-1-ea")));
    assert_int_equal(ART6_C, art6_find(view_text("c")));
    assert_int_equal(ART6_NONE, art6_find(view_text("none")));
    assert_int_equal(ART6_COUNT, art6_find(view_text("9-2-a")));
    assert_int_equal(ART6_COUNT, art6_find(view_text("")));
    assert_int_equal(ART9_D, art9_find(view_text("9.2.d")));
    assert_int_equal(ART9_COUNT, art9_find(view_text("9-2-k")));
    for (int i = 0; i < ART9_COUNT; i++)
        assert_int_equal(i, art9_find(view_text(art9_name((enum art9)i))));
    for (int i = 0; i < CONDITION_COUNT; i++)
        assert_int_equal(i, condition_find(view_text(condition_name((enum condition)i))));
}

static void json_holds_the_whole_purpose(void **state)
{
    (void)state;
    for (size_t i = 0; i < purpose_default_count(); i++) {
        const struct purpose *p = purpose_default(i);
        struct purpose back;
        json_t *j = NULL, *again = NULL;
        assert_ok(purpose_to_json(p, &j));
        assert_ok(purpose_from_json(a, j, &back));
        assert_ok(purpose_to_json(&back, &again));
        assert_true(json_equal(j, again));
        assert_int_equal(p->statuses, back.statuses);
        json_object_set_new(j, "basis", json_string("6-1-z"));
        assert_err(ERR_INVALID, purpose_from_json(a, j, &back));
        json_object_set_new(j, "basis", json_string("6-1-a"));
        json_object_set_new(j, "statuses", json_pack("[s,s]", "member", "member"));
        assert_err(ERR_INVALID, purpose_from_json(a, j, &back));
        json_decref(j);
        json_decref(again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_four_defaults_pass_in_a_party_and_in_a_club, start, stop),
        cmocka_unit_test_setup_teardown(consent_is_never_required_for_membership, start, stop),
        cmocka_unit_test_setup_teardown(special_data_needs_both_articles, start, stop),
        cmocka_unit_test_setup_teardown(some_grounds_need_a_law, start, stop),
        cmocka_unit_test_setup_teardown(it_says_whom_and_what_it_covers, start, stop),
        cmocka_unit_test_setup_teardown(articles_are_found_as_people_write_them, start, stop),
        cmocka_unit_test_setup_teardown(json_holds_the_whole_purpose, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
