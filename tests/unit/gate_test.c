#include "testing.h"

#include "gate.h"

static const struct field email = {"email", "e-mail", CATEGORY_CONTACT, TYPE_EMAIL, SENSITIVITY_NORMAL, false};
static const struct field party = {"party", "Party", CATEGORY_SPECIAL, TYPE_TEXT, SENSITIVITY_NORMAL, false};
static const struct field membership = {"membership", "membership", CATEGORY_MEMBERSHIP, TYPE_TEXT, SENSITIVITY_NORMAL, false};
static const struct field crime = {"crime", "crime", CATEGORY_CRIMINAL, TYPE_TEXT, SENSITIVITY_NORMAL, false};
static const struct field number = {"external_identifier", "number", CATEGORY_IDENTITY, TYPE_ID, SENSITIVITY_NORMAL, false};
static const struct field phone = {"phone", "phone", CATEGORY_CONTACT, TYPE_PHONE, SENSITIVITY_NORMAL, false};

static const char *const keys[] = {"email", "party", "membership", "crime"};
static const char *const agreed[] = {"email", "party", "membership", "crime", "external_identifier"};
static const char *const purposes[] = {"ballot"};

enum { TODAY = 17700 };

static struct purpose purpose(enum art6 basis, enum art9 special, uint32_t statuses)
{
    return (struct purpose){.key = "ballot", .basis = basis, .special = special, .statuses = statuses, .fields = keys, .field_count = 4};
}

static struct recipient recipient(enum recipient_class class_)
{
    return (struct recipient){.id = "pellwick", .class_ = class_, .purposes = purposes, .purpose_count = 1, .fields = agreed, .field_count = 5,
                              .contract = TODAY - 100, .contract_until = DAY_UNKNOWN, .age_key = ""};
}

/* CK-18: special data outside the body only with consent, unless to a processor. */
static void special_data_needs_consent_outside_the_body(void **state)
{
    (void)state;
    const uint32_t all = STATUS_BIT(STATUS_MEMBER) | STATUS_BIT(STATUS_OTHER), members = STATUS_BIT(STATUS_MEMBER);
    const struct {
        enum recipient_class class_;
        enum art6 basis;
        enum art9 special;
        uint32_t statuses;
        const struct field *given, *told;
        bool party;
        bool needs;
    } cases[] = {
        {RECIPIENT_PROCESSOR, ART6_C, ART9_D, members, &party, &membership, true, false},
        {RECIPIENT_SUB_PROCESSOR, ART6_C, ART9_D, members, &party, NULL, true, false},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &party, NULL, true, true},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &crime, NULL, true, true},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &email, NULL, true, false},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &email, &party, true, true},   /* chosen by it is told as well */
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &email, &party, false, true},  /* a party is special in a sports club too */
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &email, &membership, true, true},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &email, &membership, false, false},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, all, &membership, NULL, false, false},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, members, &email, NULL, true, true}, /* a list of members tells membership */
        {RECIPIENT_CONTROLLER, ART6_C, ART9_D, members, &email, NULL, false, false},
        {RECIPIENT_JOINT_CONTROLLER, ART6_C, ART9_D, all, &party, NULL, true, true},
        {RECIPIENT_AFFILIATED, ART6_C, ART9_D, all, &party, NULL, true, true},
        {RECIPIENT_AUTHORITY, ART6_C, ART9_D, all, &party, NULL, true, true},
        {RECIPIENT_CONTROLLER, ART6_C, ART9_NONE, all, &party, NULL, true, true},
        {RECIPIENT_AUTHORITY, ART6_C, ART9_G, all, &party, NULL, true, false}, /* a law of its own */
        {RECIPIENT_PROCESSOR, ART6_A, ART9_NONE, all, &email, NULL, true, true}, /* the purpose rests on consent */
        {RECIPIENT_PROCESSOR, ART6_F, ART9_A, all, &email, NULL, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct purpose p = purpose(cases[i].basis, cases[i].special, cases[i].statuses);
        struct recipient r = recipient(cases[i].class_);
        struct gate_request g = {.recipient = &r, .purpose = &p, .fields = &cases[i].given, .field_count = 1, .told = &cases[i].told,
                                 .told_count = cases[i].told != NULL, .membership_is_special = cases[i].party, .today = TODAY};
        if (gate_needs_consent(&g) != cases[i].needs)
            fail_msg("case %zu", i);
    }
}

static void consent_must_name_a_body_of_its_own(void **state)
{
    (void)state;
    enum { NEWS = 3, BALLOT = 2, CLUB = 7 };
    struct {
        struct facts_choice choice;
        bool processor, enough;
    } cases[] = {
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = 0, .from = 10, .until = INT64_MAX}, true, true},
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = 0, .from = 10, .until = INT64_MAX}, false, false},
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = CLUB, .from = 10, .until = INT64_MAX}, false, true},
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = CLUB, .from = 10, .until = INT64_MAX}, true, true},
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = CLUB + 1, .from = 10, .until = INT64_MAX}, false, false},
        {{.kind = FACTS_CONSENT, .purpose = BALLOT, .recipient = CLUB, .from = 10, .until = INT64_MAX}, false, false},
        {{.kind = FACTS_OBJECTION, .purpose = NEWS, .recipient = CLUB, .from = 10, .until = INT64_MAX}, false, false},
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = CLUB, .from = 10, .until = 50}, false, false},  /* withdrawn */
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = CLUB, .from = 50, .until = INT64_MAX}, false, true},
        {{.kind = FACTS_CONSENT, .purpose = NEWS, .recipient = CLUB, .from = 51, .until = INT64_MAX}, false, false}, /* only later */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts f = FACTS_NONE;
        f.choices = &cases[i].choice;
        f.choice_count = 1;
        if (gate_consents(&f, NEWS, CLUB, cases[i].processor, 50) != cases[i].enough)
            fail_msg("case %zu", i);
    }
}

static void a_person_is_left_out_for_the_first_reason(void **state)
{
    (void)state;
    const struct {
        struct gate_person p;
        bool needs, even;
        enum gate_reason reason;
    } cases[] = {
        {{.covered = true}, false, false, GATE_IN},
        {{.covered = false, .consents = true}, false, false, GATE_OUT_STATUS},
        {{.covered = false, .objects = true}, true, false, GATE_OUT_STATUS},
        {{.covered = true, .objects = true, .consents = true}, true, false, GATE_OUT_OBJECTED},
        {{.covered = true, .objects = true, .past_end = true}, false, true, GATE_OUT_OBJECTED},
        {{.covered = true}, true, false, GATE_OUT_NO_CONSENT},
        {{.covered = true, .consents = true}, true, false, GATE_IN},
        {{.covered = true, .past_end = true}, true, true, GATE_OUT_NO_CONSENT},
        {{.covered = true, .past_end = true}, false, false, GATE_OUT_PAST_END},
        {{.covered = true, .past_end = true}, false, true, GATE_IN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (gate_person(&cases[i].p, cases[i].needs, cases[i].even) != cases[i].reason)
            fail_msg("case %zu", i);
}

static unsigned refusals(const struct recipient *r, const struct field *f, const struct field **bad)
{
    struct purpose p = purpose(ART6_C, ART9_D, STATUS_BIT(STATUS_MEMBER));
    struct gate_request g = {.recipient = r, .purpose = &p, .fields = &f, .field_count = 1, .today = TODAY};
    return gate_refusals(&g, bad);
}

static void contracts_purposes_and_fields_refuse_the_whole(void **state)
{
    (void)state;
    static const char *const other[] = {"newsletter"};
    const struct field *bad = NULL;
    struct recipient r = recipient(RECIPIENT_PROCESSOR);
    assert_int_equal(refusals(&r, &email, &bad), GATE_FINE);
    assert_null(bad);
    assert_int_equal(refusals(&r, &number, &bad), GATE_FINE); /* an id need not be covered, only agreed */
    r.contract_until = TODAY;
    assert_int_equal(refusals(&r, &email, NULL), GATE_FINE);
    r.contract_until = TODAY - 1;
    assert_int_equal(refusals(&r, &email, NULL), GATE_CONTRACT_OVER);
    r = recipient(RECIPIENT_PROCESSOR);
    r.contract = TODAY + 1;
    assert_int_equal(refusals(&r, &email, NULL), GATE_BEFORE_CONTRACT);
    r.contract = DAY_UNKNOWN;
    assert_int_equal(refusals(&r, &email, NULL), GATE_NO_CONTRACT);
    r.purposes = other;
    assert_int_equal(refusals(&r, &email, NULL), GATE_NO_CONTRACT | GATE_PURPOSE_NOT_AGREED);
    r = recipient(RECIPIENT_PROCESSOR);
    assert_int_equal(refusals(&r, &phone, &bad), GATE_FIELD_NOT_AGREED | GATE_FIELD_NOT_COVERED);
    assert_ptr_equal(bad, &phone);
    r.field_count = 0;
    assert_int_equal(refusals(&r, &email, &bad), GATE_FIELD_NOT_AGREED);
}

static void a_refusal_names_the_field_that_is_not_agreed(void **state)
{
    (void)state;
    static const char *const few[] = {"phone"};
    const struct field *fields[] = {&phone, &email}; /* phone: not covered; email: not agreed */
    struct purpose p = purpose(ART6_C, ART9_D, STATUS_BIT(STATUS_MEMBER));
    struct recipient r = recipient(RECIPIENT_PROCESSOR);
    r.fields = few;
    r.field_count = 1;
    struct gate_request g = {.recipient = &r, .purpose = &p, .fields = fields, .field_count = 2, .today = TODAY};
    assert_err(ERR_INVALID, gate_refuse(&g));
    assert_non_null(strstr(err_text()->what, "email"));
    assert_non_null(strstr(err_text()->what, "not agreed"));
}

static void marks_are_closed_words(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(200);
    gate_marks(GATE_FINE, &b);
    assert_int_equal(b.len, 0);
    gate_marks(GATE_NO_CONTRACT | GATE_FIELD_NOT_COVERED | GATE_CONTRACT_OVER | GATE_BEFORE_CONTRACT | GATE_PURPOSE_NOT_AGREED | GATE_FIELD_NOT_AGREED, &b);
    assert_string_equal(buf_text(&b), "no-contract,before-contract,contract-over,purpose-not-agreed,field-not-agreed,field-not-covered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(special_data_needs_consent_outside_the_body),
        cmocka_unit_test(consent_must_name_a_body_of_its_own),
        cmocka_unit_test(a_person_is_left_out_for_the_first_reason),
        cmocka_unit_test(contracts_purposes_and_fields_refuse_the_whole),
        cmocka_unit_test(a_refusal_names_the_field_that_is_not_agreed),
        cmocka_unit_test(marks_are_closed_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
