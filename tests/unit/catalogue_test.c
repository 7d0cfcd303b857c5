#include "catalogue_world.h"

#include <stdio.h>

static const struct field branch = {"branch_name", "branch", CATEGORY_OTHER, TYPE_TEXT, SENSITIVITY_NORMAL, false};

static void numbers_never_change(void **state)
{
    (void)state;
    static const char *const categories[] = {"",           "identity", "contact", "financial", "special",
                                             "membership", "activity", "other",   "criminal"};
    static const char *const types[] = {"",       "text",     "email",   "phone", "date", "number",
                                        "yes_no", "postcode", "country", "id",    "tags"};
    for (int i = 1; i < CATEGORY_COUNT; i++) {
        assert_string_equal(categories[i], category_name((enum category)i));
        assert_int_equal(i, category_find(view_text(categories[i])));
    }
    for (int i = 1; i < TYPE_COUNT; i++) {
        assert_string_equal(types[i], field_type_name((enum field_type)i));
        assert_int_equal(i, field_type_find(view_text(types[i])));
    }
    assert_int_equal(CATEGORY_NONE, category_find(view_text("")));
    assert_true(CATEGORY_COUNT <= CATEGORY_MAX);
}

static void every_default_field_is_sound(void **state)
{
    (void)state;
    assert_true(c.count > 40);
    for (size_t i = 0; i < c.count; i++) {
        assert_ok(field_check(&c.fields[i]));
        assert_ptr_equal(&c.fields[i], catalogue_find(&c, view_text(c.fields[i].key)));
        assert_ptr_equal(&c.fields[i], catalogue_find_name(&c, view_text(c.fields[i].label)));
    }
    assert_non_null(catalogue_find(&c, view_text(FIELD_MEMBERSHIP)));
    assert_non_null(catalogue_find(&c, view_text(FIELD_CONTACT_CHOICES)));
    assert_non_null(catalogue_find(&c, view_text(FIELD_DECEASED)));
    assert_int_equal(CATEGORY_MEMBERSHIP, catalogue_find(&c, view_text("membership"))->category);
    assert_int_equal(CATEGORY_SPECIAL, catalogue_find(&c, view_text("party"))->category);
}

static void names_are_found_folded(void **state)
{
    (void)state;
    assert_string_equal("birth_date", catalogue_find_name(&c, view_text("Date of Birth"))->key);
    assert_string_equal("party", catalogue_find_name(&c, view_text("Party"))->key);
    assert_string_equal("postal_code", catalogue_find_name(&c, view_text("POSTAL  CODE"))->key);
    assert_null(catalogue_find_name(&c, view_text("postal codes")));
    assert_null(catalogue_find_name(&c, view_text("")));
}

static void same_again_is_no_error_and_different_is_a_conflict(void **state)
{
    (void)state;
    size_t before = c.count;
    assert_ok(catalogue_add(a, &c, &branch));
    assert_int_equal(before + 1, c.count);
    struct field again = branch;
    again.label = "another label";
    assert_ok(catalogue_add(a, &c, &again));
    assert_int_equal(before + 1, c.count);
    assert_string_equal("branch", catalogue_find(&c, view_text("branch_name"))->label);
    again.type = TYPE_DATE;
    assert_err(ERR_CONFLICT, catalogue_add(a, &c, &again));
    again = branch;
    again.category = CATEGORY_SPECIAL;
    assert_err(ERR_CONFLICT, catalogue_add(a, &c, &again));
}

static void catalogue_grows_to_its_limit(void **state)
{
    (void)state;
    char key[32];
    struct field f = branch;
    f.key = key;
    for (int i = 0; c.count < 2000; i++) {
        snprintf(key, sizeof key, "f%d", i);
        assert_ok(catalogue_add(a, &c, &f));
    }
    snprintf(key, sizeof key, "one_too_many");
    assert_err(ERR_LIMIT, catalogue_add(a, &c, &f));
    assert_non_null(catalogue_find(&c, view_text("f0")));
    assert_non_null(catalogue_find(&c, view_text("email")));
}

static void unfit_fields_are_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {"",       "Branch", "1st",
                                       "a-b",    "a b",    "and",
                                       "status", "ignore", "a123456789012345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct field f = branch;
        f.key = keys[i];
        assert_err(ERR_INVALID, field_check(&f));
    }
    struct field f = branch;
    f.label = "two\nlines";
    assert_err(ERR_INVALID, field_check(&f));
    f = branch;
    f.label = "";
    assert_err(ERR_INVALID, field_check(&f));
    f = branch;
    f.category = CATEGORY_NONE;
    assert_err(ERR_INVALID, field_check(&f));
    f = branch;
    f.type = TYPE_COUNT;
    assert_err(ERR_INVALID, field_check(&f));
}

static void keys_are_made_of_names(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Work Phone (2)", "work_phone_2"},
        {"LeadSource", "lead_source"},
        {"MEMBER_RATING", "member_rating"},
        {"  2nd  e-mail", "nd_e_mail"},
        {"Stra\xc3\x9f"
         "e",
         "stra_e"},
        {"__x__", "x"},
        {"ID", "source_id"},
    };
    char key[FIELD_KEY_MAX + 1];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_true(field_key_from(view_text(pairs[i][0]), key));
        assert_string_equal(pairs[i][1], key);
        assert_true(field_key_ok(view_text(key)));
    }
    assert_false(field_key_from(view_text("123 !"), key));
    assert_true(
        field_key_from(view_text("a very long name of a column that goes on and on without any end in sight"), key));
    assert_true(field_key_ok(view_text(key)));
}

static void json_holds_the_whole_field(void **state)
{
    (void)state;
    struct field f = {"branch_name", "branch \xc3\xa9", CATEGORY_SPECIAL, TYPE_DATE, SENSITIVITY_HIGH, true}, back;
    json_t *j = NULL;
    assert_ok(field_to_json(&f, &j));
    assert_ok(field_from_json(a, j, &back));
    assert_string_equal(f.key, back.key);
    assert_string_equal(f.label, back.label);
    assert_int_equal(f.category, back.category);
    assert_int_equal(f.type, back.type);
    assert_int_equal(f.sensitivity, back.sensitivity);
    assert_true(back.presence_only);
    json_object_set_new(j, "extra", json_true());
    assert_err(ERR_INVALID, field_from_json(a, j, &back));
    json_object_del(j, "extra");
    json_object_del(j, "type");
    assert_err(ERR_INVALID, field_from_json(a, j, &back));
    json_object_set_new(j, "type", json_string("colour"));
    assert_err(ERR_INVALID, field_from_json(a, j, &back));
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_never_change, start, stop),
        cmocka_unit_test_setup_teardown(every_default_field_is_sound, start, stop),
        cmocka_unit_test_setup_teardown(names_are_found_folded, start, stop),
        cmocka_unit_test_setup_teardown(same_again_is_no_error_and_different_is_a_conflict, start, stop),
        cmocka_unit_test_setup_teardown(catalogue_grows_to_its_limit, start, stop),
        cmocka_unit_test_setup_teardown(unfit_fields_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(keys_are_made_of_names, start, stop),
        cmocka_unit_test_setup_teardown(json_holds_the_whole_field, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
