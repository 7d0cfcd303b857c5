#include "testing.h"

#include "endrule.h"

static const struct end_rule rules[] = {
    {"all", STATUS_FORMER, CATEGORY_NONE, 6, "r", DAY_UNKNOWN},
    {"money", STATUS_FORMER, CATEGORY_FINANCIAL, 72, "r", DAY_UNKNOWN},
    {"money_new", STATUS_FORMER, CATEGORY_FINANCIAL, 84, "r", 18000},
    {"special", STATUS_FORMER, CATEGORY_SPECIAL, 0, "r", DAY_UNKNOWN},
};
enum { COUNT = sizeof rules / sizeof rules[0] };

static void a_rule_for_the_category_goes_first(void **state)
{
    (void)state;
    assert_string_equal("all", end_rule_for(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, 0)->key);
    assert_string_equal("special", end_rule_for(rules, COUNT, STATUS_FORMER, CATEGORY_SPECIAL, 0)->key);
    assert_null(end_rule_for(rules, COUNT, STATUS_MEMBER, CATEGORY_CONTACT, 0));
}

static void the_newest_rule_in_force_counts(void **state)
{
    (void)state;
    assert_string_equal("money", end_rule_for(rules, COUNT, STATUS_FORMER, CATEGORY_FINANCIAL, 17999)->key);
    assert_string_equal("money_new", end_rule_for(rules, COUNT, STATUS_FORMER, CATEGORY_FINANCIAL, 18000)->key);
}

static void months_end_on_the_same_day_or_the_last_one(void **state)
{
    (void)state;
    int32_t today = when_day(2026, 1, 1);
    struct end_date end = end_date(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, when_day(2023, 8, 31), today);
    assert_int_equal(when_day(2024, 2, 29), end.day);
    end = end_date(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, when_day(2022, 8, 31), today);
    assert_int_equal(when_day(2023, 2, 28), end.day);
    end = end_date(rules, COUNT, STATUS_FORMER, CATEGORY_SPECIAL, when_day(2022, 8, 31), today);
    assert_int_equal(when_day(2022, 8, 31), end.day);
    end = end_date(rules, COUNT, STATUS_MEMBER, CATEGORY_SPECIAL, when_day(2022, 8, 31), today);
    assert_null(end.rule);
}

static void past_its_end_from_the_day_after(void **state)
{
    (void)state;
    int32_t left = when_day(2022, 8, 31), last = when_day(2023, 2, 28);
    assert_false(past_end(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, left, last));
    assert_true(past_end(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, left, last + 1));
    assert_false(past_end(rules, COUNT, STATUS_FORMER, CATEGORY_SPECIAL, left, left));
    assert_true(past_end(rules, COUNT, STATUS_FORMER, CATEGORY_SPECIAL, left, left + 1));
    assert_false(past_end(rules, COUNT, STATUS_MEMBER, CATEGORY_CONTACT, left, last + 9999));
}

static void an_unknown_start_has_a_rule_and_no_day(void **state)
{
    (void)state;
    struct end_date end = end_date(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, DAY_UNKNOWN, 20000);
    assert_non_null(end.rule);
    assert_int_equal(DAY_UNKNOWN, end.day);
    assert_false(past_end(rules, COUNT, STATUS_FORMER, CATEGORY_CONTACT, DAY_UNKNOWN, 20000));
}

static void defaults_are_sound_and_cover_everybody_but_members(void **state)
{
    (void)state;
    struct end_rule all[32];
    for (size_t i = 0; i < end_rule_default_count(); i++) {
        all[i] = *end_rule_default(i);
        assert_ok(end_rule_check(&all[i]));
    }
    for (int s = STATUS_MEMBER; s < STATUS_COUNT; s++)
        for (int k = CATEGORY_IDENTITY; k < CATEGORY_COUNT; k++) {
            const struct end_rule *r =
                end_rule_for(all, end_rule_default_count(), (enum person_status)s, (enum category)k, 20000);
            assert_int_equal(s != STATUS_MEMBER, r != NULL);
        }
    assert_int_equal(72, end_rule_for(all, end_rule_default_count(), STATUS_FORMER, CATEGORY_FINANCIAL, 20000)->months);
    assert_int_equal(0, end_rule_for(all, end_rule_default_count(), STATUS_FORMER, CATEGORY_SPECIAL, 20000)->months);
}

static void json_holds_the_whole_rule(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_non_null(a);
    for (size_t i = 0; i < COUNT; i++) {
        struct end_rule back;
        json_t *j = NULL;
        assert_ok(end_rule_to_json(&rules[i], &j));
        assert_ok(end_rule_from_json(a, j, &back));
        assert_string_equal(rules[i].key, back.key);
        assert_int_equal(rules[i].status, back.status);
        assert_int_equal(rules[i].category, back.category);
        assert_int_equal(rules[i].months, back.months);
        assert_int_equal(rules[i].since, back.since);
        json_object_set_new(j, "category", json_string("colour"));
        assert_err(ERR_INVALID, end_rule_from_json(a, j, &back));
        json_object_set_new(j, "category", json_string("all"));
        json_object_set_new(j, "months", json_integer(1201));
        assert_err(ERR_INVALID, end_rule_from_json(a, j, &back));
        json_decref(j);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_for_the_category_goes_first),
        cmocka_unit_test(the_newest_rule_in_force_counts),
        cmocka_unit_test(months_end_on_the_same_day_or_the_last_one),
        cmocka_unit_test(past_its_end_from_the_day_after),
        cmocka_unit_test(an_unknown_start_has_a_rule_and_no_day),
        cmocka_unit_test(defaults_are_sound_and_cover_everybody_but_members),
        cmocka_unit_test(json_holds_the_whole_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
