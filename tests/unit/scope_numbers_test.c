#include "testing.h"

#include "jsonio.h"
#include "scope_numbers.h"
#include "when.h"

static const struct scope_field fields[] = {
    {"first_name", "name", "identity", 312406},
    {"street_address", "address", "contact", 312406},
    {"membership", "that they are or were members", "membership", 309017},
    {"member_number", "member number", "identity", 188430},
    {"bank_account", "bank account", "financial", 61880},
};
static const struct scope_category categories[] = {
    {"identity", "who they are", 312406},
    {"contact", "how to reach them", 312406},
    {"membership", "membership", 309017},
    {"financial", "money", 61880},
};
static const char *const handovers[] = {"H1", "H7"};
static const char *const certificates[] = {"C2", "C5"};

/* The case of the reference texts. */
static struct scope_numbers the_case(void)
{
    return (struct scope_numbers){
        .incident = "I1",
        .version = 3,
        .at = 1773070260, /* 2026-03-09T15:31:00Z */
        .affected = 312406,
        .members = 268115,
        .former = 40902,
        .other = 3389,
        .file_only = 2455,
        .not_recorded = 300,
        .past_end = 38540,
        .past_end_former = 38540,
        .evidence = {250120, 0, 62286},
        .deceased = 829,
        .erased = 412,
        .late = {.people = 17, .certificates = certificates, .certificate_count = 2},
        .care = {.in_danger = 214, .under_18 = 96, .work_email = 14120, .old_address = 9870, .no_address = 1371},
        .fields = fields,
        .field_count = 5,
        .categories = categories,
        .category_count = 4,
        .handovers = handovers,
        .handover_count = 2};
}

static struct when_zone london(void)
{
    struct when_zone z;
    assert_ok(when_zone_find(&z, view_text("Europe/London")));
    return z;
}

#define assert_has(b, text) assert_non_null(strstr(buf_text(b), text))

static void the_sums_hold_or_the_numbers_are_refused(void **state)
{
    (void)state;
    struct scope_numbers n = the_case();
    assert_ok(scope_numbers_check(&n));
    n.members--;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    assert_non_null(strstr(err_text()->what, "312405 and 312406"));
    n = the_case();
    n.evidence.rebuilt++;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    n = the_case();
    n.not_recorded = n.other - n.file_only - n.erased + 1;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    n = the_case();
    n.care.no_address = n.affected + 1;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    n = the_case();
    n.past_end_former = n.past_end + 1;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    n = (struct scope_numbers){.incident = "I1", .version = 1};
    assert_ok(scope_numbers_check(&n)); /* nobody is affected */
    n.affected = UINT64_MAX;
    n.members = UINT64_MAX;
    n.evidence.exact = UINT64_MAX;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
}

static void fields_and_categories_must_agree(void **state)
{
    (void)state;
    struct scope_numbers n = the_case();
    struct scope_category c[4];
    memcpy(c, categories, sizeof c);
    n.categories = c;
    c[3].people = 61879; /* fewer than have a bank account */
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    c[3].people = 61881; /* more than all its fields */
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    c[3].people = 61880;
    assert_ok(scope_numbers_check(&n));
    n.category_count = 3; /* financial isn't counted */
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    n = the_case();
    n.late.certificate_count = 0; /* left out on nobody's word */
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
    const char *const twice[] = {"H1", "H1"};
    n = the_case();
    n.handovers = twice;
    assert_err(ERR_INTERNAL, scope_numbers_check(&n));
}

static void json_has_the_agreed_shape_and_comes_back(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(jsonio_release) json_t *j = NULL;
    struct scope_numbers n = the_case(), again;
    assert_ok(scope_numbers_json(&n, &j));
    CLEANUP(buf_free) struct buf b = BUF(10000), b2 = BUF(10000);
    assert_ok(jsonio_dump(&b, j));
    assert_has(&b, "\"affected\":312406");
    assert_has(&b, "\"evidence\":{\"exact\":250120,\"listed\":0,\"rebuilt\":62286}");
    assert_has(&b,
               "{\"category\":\"financial\",\"field\":\"bank_account\",\"label\":\"bank account\",\"people\":61880}");
    assert_has(&b, "\"handovers\":[\"H1\",\"H7\"]");
    assert_has(&b, "\"at\":\"2026-03-09T15:31:00Z\"");
    static const char *const keys[] = {"incident",  "version",   "affected", "members",  "former",
                                       "other",     "file_only", "not_recorded", "past_end", "evidence", "fields",
                                       "handovers", "deceased",  "erased",   "gone"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_non_null(json_object_get(j, keys[i]));
    assert_ok(scope_numbers_decode(a, j, &again));
    CLEANUP(jsonio_release) json_t *j2 = NULL;
    assert_ok(scope_numbers_json(&again, &j2));
    assert_ok(jsonio_dump(&b2, j2));
    assert_string_equal(buf_text(&b), buf_text(&b2));
}

static void decode_is_strict(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_numbers n = the_case(), again;
    const struct {
        const char *key;
        json_t *value;
    } changes[] = {
        {"affected", json_integer(312407)},
        {"affected", json_integer(-1)},
        {"affected", json_string("1")},
        {"affected", json_real(1.5)},
        {"more", json_true()},
        {"at", json_string("2026-03-09")},
        {"handovers", json_string("H1")},
        {"evidence", json_object()},
        {"late_certificates", json_pack("{s:i, s:[]}", "people", 1, "certificates")},
        {"fields", json_pack("[{}]")},
        {"incident", json_string("a\x01")},
        {"version", json_integer(1LL << 33)},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        CLEANUP(jsonio_release) json_t *j = NULL;
        assert_ok(scope_numbers_json(&n, &j));
        assert_int_equal(json_object_set_new(j, changes[i].key, changes[i].value), 0);
        assert_err(ERR_INVALID, scope_numbers_decode(a, j, &again));
    }
    CLEANUP(jsonio_release) json_t *j = NULL;
    assert_ok(scope_numbers_json(&n, &j));
    json_object_del(j, "gone");
    assert_err(ERR_INVALID, scope_numbers_decode(a, j, &again));
}

static void the_screen_says_how_many_who_with_what_and_how_sure(void **state)
{
    (void)state;
    struct when_zone z = london();
    struct scope_numbers n = the_case(), older = the_case();
    older.version = 2;
    older.affected -= 1204;
    older.members -= 1204;
    CLEANUP(buf_free) struct buf b = BUF(10000);
    assert_ok(scope_numbers_text(&b, &n, &older, &z));
    assert_has(&b, "312,406 people are affected     version 3, Mon 9 March 2026, 15:31 (+00:00)     "
                   "( difference from version 2: +1,204 )\n");
    assert_has(&b, "  268,115 members     40,902 former members (38,540 kept too long)     "
                   "3,389 others (2,455 known only from the files, 300 status not recorded, 412 deleted by us since, 222 never joined)\n");
    assert_has(&b, "How sure     file itself 250,120    company's list 0    rebuilt 62,286        "
                   "\"about 312,000\" is right for the report\n");
    assert_has(&b,
               "Details      name, address 312,406 · that they are or were members 309,017 · member number 188,430 · "
               "bank account 61,880\n");
    assert_has(&b, "Care needed  in danger 214 · under 18 96 · have died 829 · work e-mail 14,120 · "
                   "address older than five years 9,870 · no address 1,371 · deleted by us since 412 · "
                   "gone from the membership system 0 · known only from the files 2,455\n");
    assert_has(&b, "Hand-overs   H1, H7\n");
    buf_clear(&b);
    n = (struct scope_numbers){.incident = "I1", .version = 1, .affected = 1, .members = 1, .evidence = {1, 0, 0}};
    assert_ok(scope_numbers_text(&b, &n, NULL, &z));
    assert_has(&b, "1 person is affected     version 1,");
    assert_null(strstr(buf_text(&b), "about"));
    assert_null(strstr(buf_text(&b), "difference"));
}

static void a_difference_names_each_number_that_moved(void **state)
{
    (void)state;
    struct scope_numbers older = the_case(), newer = the_case();
    CLEANUP(buf_free) struct buf b = BUF(10000);
    assert_ok(scope_numbers_diff_text(&b, &older, &newer));
    assert_string_equal(buf_text(&b), "nothing differs\n");
    static const char *const others[] = {"H1", "H9"};
    newer.members -= 885;
    newer.affected -= 885;
    newer.fields = fields + 1; /* names are gone, all else stays */
    newer.field_count = 4;
    newer.handovers = others;
    newer.care.under_18 += 4;
    buf_clear(&b);
    assert_ok(scope_numbers_diff_text(&b, &older, &newer));
    assert_string_equal(buf_text(&b), "affected 312,406 -> 311,521 (-885)\n"
                                      "members 268,115 -> 267,230 (-885)\n"
                                      "under 18 96 -> 100 (+4)\n"
                                      "name 312,406 -> 0 (-312,406)\n"
                                      "hand-overs that now count: H9\n"
                                      "hand-overs that no longer count: H7\n");
}

static void numbers_are_rounded_to_three_figures(void **state)
{
    (void)state;
    static const struct {
        uint64_t people;
        const char *exact, *about;
    } cases[] = {
        {0, "0", "0"},
        {999, "999", "999"},
        {1000, "1,000", "about 1,000"},
        {1004, "1,004", "about 1,000"},
        {1005, "1,005", "about 1,010"},
        {999999, "999,999", "about 1,000,000"},
        {312406, "312,406", "about 312,000"},
        {4294967295u, "4,294,967,295", "about 4,290,000,000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_free) struct buf b = BUF(100), c = BUF(100);
        scope_numbers_put(&b, cases[i].people);
        assert_string_equal(buf_text(&b), cases[i].exact);
        scope_numbers_about(&c, cases[i].people);
        assert_string_equal(buf_text(&c), cases[i].about);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sums_hold_or_the_numbers_are_refused),
        cmocka_unit_test(fields_and_categories_must_agree),
        cmocka_unit_test(json_has_the_agreed_shape_and_comes_back),
        cmocka_unit_test(decode_is_strict),
        cmocka_unit_test(the_screen_says_how_many_who_with_what_and_how_sure),
        cmocka_unit_test(a_difference_names_each_number_that_moved),
        cmocka_unit_test(numbers_are_rounded_to_three_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
