#include "testing.h"

#include "ico_form.h"

static void the_form_has_its_33_fields_in_order(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "report_reason",
        "report_type",
        "case_ref",
        "spoken_to",
        "org_size",
        "first_contact",
        "what_happened",
        "how_occurred",
        "cyber",
        "how_found",
        "when_discovered",
        "when_happened",
        "data_categories",
        "records",
        "subjects",
        "subject_categories",
        "consequences",
        "likelihood",
        "likelihood_why",
        "cia_hit",
        "org_impact",
        "recovery",
        "training",
        "training_detail",
        "delay",
        "actions",
        "prevent",
        "told_people",
        "told_others",
        "code",
        "org",
        "contact",
        "dpo",
    };
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++) {
        const struct ico_field *f = ico_form_at(i);
        assert_string_equal(f->id, ids[i]);
        assert_int_equal(f->n, i + 1);
        assert_ptr_equal(ico_form_find(ids[i]), f);
        assert_true(f->label[0] && f->part[0]);
        assert_int_equal(f->options != NULL, f->type == ICO_ONE || f->type == ICO_MANY);
    }
    assert_null(ico_form_at(ICO_FORM_FIELDS));
    assert_null(ico_form_find("name"));
}

static void options_are_spelt_exactly(void **state)
{
    (void)state;
    const struct ico_field *people = ico_form_find("told_people");
    assert_string_equal(ico_form_option(people, "We're about to, or are in the process of telling data subjects"),
                        "We're about to, or are in the process of telling data subjects");
    assert_null(ico_form_option(people, "we're about to, or are in the process of telling data subjects"));
    assert_non_null(ico_form_option(ico_form_find("cia_hit"), "Availability"));
    assert_non_null(ico_form_option(ico_form_find("cyber"), "Don't know"));
    assert_null(ico_form_option(ico_form_find("what_happened"), "Yes"));
    assert_string_equal(ico_form_type_word(people->type), "one");
}

static void details_get_the_forms_words(void **state)
{
    (void)state;
    const struct ico_field *form = ico_form_find("data_categories");
    static const struct {
        const char *key, *category, *membership, *option;
    } cases[] = {
        {"first_name", "identity", NULL, "Basic personal identifiers, eg name, contact details"},
        {"email", "contact", NULL, "Basic personal identifiers, eg name, contact details"},
        {"bank_account", "financial", NULL, "Economic and financial data, eg credit card numbers, bank details"},
        {"national_id", "identity", NULL, "Official documents, eg driving licences"},
        {"membership", "membership", "Trade union membership", "Trade union membership"},
        {"membership", "membership", "Political opinions", "Political opinions"},
        {"membership", "membership", NULL, "Other (give details)"},
        {"trade_union", "special", NULL, "Trade union membership"},
        {"party", "special", NULL, "Political opinions"},
        {"religion", "special", NULL, "Religious or philosophical beliefs"},
        {"disability", "special", NULL, "Health data"},
        {"ethnicity", "special", NULL, "Data revealing racial or ethnic origin"},
        {"sexual_orientation", "special", NULL, "Sexual orientation data"},
        {"criminal_record", "criminal", NULL, "Criminal convictions, offences"},
        {"new_field", "criminal", NULL, "Criminal convictions, offences"},
        {"new_field", "special", NULL, "Other (give details)"},
        {"password", "other", NULL, "Identification data, eg usernames, passwords"},
        {"tags", "other", NULL, "Other (give details)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *option = ico_form_category(cases[i].key, cases[i].category, cases[i].membership);
        assert_string_equal(option, cases[i].option);
        assert_non_null(ico_form_option(form, option));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_has_its_33_fields_in_order),
        cmocka_unit_test(options_are_spelt_exactly),
        cmocka_unit_test(details_get_the_forms_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
