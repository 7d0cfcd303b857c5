#include "catalogue_world.h"

#include <stdio.h>

#include "columns.h"
#include "csv.h"
#include "limits.h"
#include "map.h"

static void csv_free(struct csv **reader)
{
    csv_close(reader);
}

/* The columns of a header written as CSV. */
static err recognise(const char *header, const struct map *map, struct columns *ret)
{
    struct csv *reader CLEANUP(csv_free) = NULL;
    struct csv_bytes bytes = {.left = view_text(header)};
    struct csv_options options = {.file = "x.csv", .delimiter = ','};
    struct csv_cells row;
    bool end = false;
    struct view names[LIMIT_COLUMNS];
    TRY(csv_open(&reader, &options, csv_read_bytes, &bytes));
    TRY(csv_row(reader, &row, &end));
    for (size_t i = 0; i < row.count; i++)
        names[i] = row.cell[i].text;
    return columns_recognise(a, &c, map, "x.csv", names, row.count, ret);
}

static struct columns from_file(const char *name)
{
    char path[4096], text[16384];
    snprintf(path, sizeof path, "%s/headers/%s", TEST_DATA, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[len] = 0;
    struct columns cols;
    assert_ok(recognise(text, NULL, &cols));
    return cols;
}

static const struct column *named(const struct columns *cols, const char *name)
{
    for (size_t i = 0; i < cols->count; i++)
        if (strcmp(cols->list[i].name, name) == 0)
            return &cols->list[i];
    static const struct field none = {.key = "", .label = ""};
    static const struct column nothing = {.field = &none};
    fail_msg("no column %s", name);
    return &nothing;
}

static const struct file {
    const char *name;
    enum source_system system;
} files[] = {
    {"legislators.csv", SYSTEM_CIVICRM},
    {"civicrm-contacts.csv", SYSTEM_CIVICRM},
    {"civicrm-memberships.csv", SYSTEM_CIVICRM},
    {"civicrm-memberships-raw.csv", SYSTEM_CIVICRM},
    {"civicrm-contributions.csv", SYSTEM_CIVICRM},
    {"nationbuilder.csv", SYSTEM_NATIONBUILDER},
    {"nationbuilder-custom.csv", SYSTEM_NATIONBUILDER},
    {"mailchimp-subscribed.csv", SYSTEM_MAILCHIMP},
    {"mailchimp-unsubscribed.csv", SYSTEM_MAILCHIMP},
    {"mailchimp-cleaned.csv", SYSTEM_MAILCHIMP},
    {"action-network.csv", SYSTEM_ACTION_NETWORK},
    {"action-network-short.csv", SYSTEM_ACTION_NETWORK},
    {"salesforce.csv", SYSTEM_SALESFORCE},
    {"tendenci.csv", SYSTEM_TENDENCI},
    {"odoo.csv", SYSTEM_ODOO},
    {"odoo-labels.csv", SYSTEM_ODOO},
};

static void every_known_header_is_recognised_wholly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct columns cols = from_file(files[i].name);
        assert_string_equal(system_name(files[i].system), system_name(cols.system));
        for (size_t k = 0; k < cols.count; k++)
            if (cols.list[k].role == COLUMN_UNKNOWN)
                fail_msg("%s: column %s isn't known", files[i].name, cols.list[k].name);
        assert_int_equal(0, cols.unknown_count);
        assert_true(cols.is_header);
        assert_ok(columns_check(&c, &cols, "x.csv"));
    }
}

static void new_fields_are_fit_for_the_catalogue(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct columns cols = from_file(files[i].name);
        struct catalogue one;
        assert_ok(catalogue_new(a, &one));
        for (size_t k = 0; k < cols.count; k++) {
            const struct column *col = &cols.list[k];
            if (col->role == COLUMN_IGNORE)
                continue;
            assert_non_null(col->field);
            assert_int_equal(col->new_field, catalogue_find(&c, view_text(col->field->key)) == NULL);
            assert_ok(catalogue_add(a, &one, col->field));
        }
    }
}

static void the_legislators_have_these_roles(void **state)
{
    (void)state;
    struct columns cols = from_file("legislators.csv");
    assert_int_equal(26, cols.count);
    assert_int_equal(COLUMN_ID, named(&cols, "Contact ID")->role);
    assert_string_equal("contact_id", named(&cols, "Contact ID")->field->key);
    assert_int_equal(COLUMN_ID, named(&cols, "External Identifier")->role);
    assert_int_equal(COLUMN_OBJECTION, named(&cols, "No Bulk Emails (User Opt Out)")->role);
    assert_null(named(&cols, "No Bulk Emails (User Opt Out)")->purpose);
    assert_int_equal(MARK_NO_EMAIL, named(&cols, "Do Not Email")->mark);
    assert_int_equal(MARK_EMAIL_FAILS, named(&cols, "On Hold")->mark);
    assert_int_equal(COLUMN_MEMBER_SINCE, named(&cols, "Member Since")->role);
    assert_int_equal(COLUMN_PERIOD_START, named(&cols, "Membership Start Date")->role);
    assert_int_equal(COLUMN_PERIOD_END, named(&cols, "Membership Expiration Date")->role);
    assert_int_equal(COLUMN_STATUS, named(&cols, "Membership Status")->role);
    assert_int_equal(COLUMN_MEMBERSHIP_TYPE, named(&cols, "Membership Type")->role);
    assert_string_equal("party", named(&cols, "Party")->field->key);
    assert_int_equal(CATEGORY_MEMBERSHIP, named(&cols, "Membership Status")->field->category);
    assert_ptr_equal(named(&cols, "Membership Status"), columns_find(&cols, COLUMN_STATUS));
    assert_null(columns_find(&cols, COLUMN_CONSENT));
}

static void special_data_is_special(void **state)
{
    (void)state;
    static const char *const names[] = {"party",
                                        "religion",
                                        "church",
                                        "ethnicity",
                                        "marital_status",
                                        "support_level",
                                        "inferred_support_level",
                                        "previous_party",
                                        "inferred_party",
                                        "party_member",
                                        "demo",
                                        "is_supporter",
                                        "support_probability_score"};
    struct columns cols = from_file("nationbuilder.csv");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(CATEGORY_SPECIAL, named(&cols, names[i])->field->category);
    assert_int_equal(SENSITIVITY_HIGH, named(&cols, "church")->field->sensitivity);
    assert_string_equal("marital status", named(&cols, "marital_status")->field->label);
}

static void only_the_main_address_is_the_address(void **state)
{
    (void)state;
    struct columns cols = from_file("nationbuilder.csv");
    assert_string_equal("street_address", named(&cols, "primary_address1")->field->key);
    assert_string_equal("postal_code", named(&cols, "primary_zip")->field->key);
    assert_string_equal("work_city", named(&cols, "work_city")->field->key);
    assert_true(named(&cols, "work_city")->new_field);
    assert_int_equal(CATEGORY_CONTACT, named(&cols, "address_address1")->field->category);
    assert_int_equal(TYPE_POSTCODE, named(&cols, "registered_zip5")->field->type);
    cols = from_file("salesforce.csv");
    assert_string_equal("city", named(&cols, "MailingCity")->field->key);
    assert_string_equal("other_city", named(&cols, "OtherCity")->field->key);
}

static void objections_and_consents(void **state)
{
    (void)state;
    struct columns cols = from_file("nationbuilder.csv");
    assert_int_equal(COLUMN_OBJECTION, named(&cols, "do_not_contact")->role);
    assert_int_equal(COLUMN_OBJECTION, named(&cols, "unsubscribed_at")->role);
    assert_int_equal(SAID_YES, column_says(named(&cols, "unsubscribed_at"), view_text("2018-05-25")));
    assert_int_equal(SAID_NO, column_says(named(&cols, "unsubscribed_at"), view_text(" ")));
    assert_int_equal(COLUMN_CONSENT, named(&cols, "email_opt_in")->role);
    assert_string_equal("newsletter", named(&cols, "email_opt_in")->purpose);
    cols = from_file("action-network.csv");
    const struct column *col = named(&cols, "can2_subscription_status");
    assert_int_equal(COLUMN_OBJECTION, col->role);
    assert_int_equal(SAID_YES, column_says(col, view_text("Unsubscribed")));
    assert_int_equal(SAID_NO, column_says(col, view_text("subscribed")));
    assert_int_equal(SAID_UNCLEAR, column_says(col, view_text("perhaps")));
    cols = from_file("tendenci.csv");
    assert_int_equal(COLUMN_STATUS, named(&cols, "status_detail")->role);
    assert_int_equal(SAID_YES, column_says(named(&cols, "status"), view_text("False")));
    cols = from_file("legislators.csv");
    assert_int_equal(SAID_UNCLEAR, column_says(named(&cols, "On Hold"), view_text("maybe")));
    assert_int_equal(SAID_YES, column_says(named(&cols, "On Hold"), view_text("Yes")));
    assert_int_equal(SAID_YES, column_says(named(&cols, "Contact Type"), view_text("Household")));
}

static void names_are_folded_where_they_differ(void **state)
{
    (void)state;
    struct columns cols;
    assert_ok(recognise("contact id,FIRST_NAME,last name,e-mail address,membership  expiration date", NULL, &cols));
    assert_int_equal(SYSTEM_CIVICRM, cols.system);
    assert_int_equal(0, cols.unknown_count);
    assert_string_equal("email", cols.list[3].field->key);
    assert_ok(recognise("Contact ID,Home-Street Address,Home-Email,Work-Phone-Mobile,Email", NULL, &cols));
    assert_string_equal("home_street_address", cols.list[1].field->key);
    assert_string_equal("email", cols.list[2].field->key);
    assert_string_equal("phone", cols.list[3].field->key);
}

static void a_table_of_ones_own_is_known_by_the_catalogue(void **state)
{
    (void)state;
    struct columns cols;
    assert_ok(recognise("Member number,First name,Last name,Email,Deceased,Title", NULL, &cols));
    assert_int_equal(SYSTEM_NONE, cols.system);
    assert_int_equal(COLUMN_ID, cols.list[0].role);
    assert_int_equal(MARK_DECEASED, cols.list[4].mark);
    assert_int_equal(COLUMN_UNKNOWN, cols.list[5].role);
    assert_int_equal(1, cols.unknown_count);
    assert_err(ERR_INVALID, columns_check(&c, &cols, "x.csv"));
    assert_non_null(strstr(err_text()->todo, "Title = name_prefix"));
    assert_string_equal("x.csv:1", err_text()->where);
}

static void unknown_columns_are_reported_together(void **state)
{
    (void)state;
    struct columns cols;
    assert_ok(recognise("Email,First name,Last name,Shoe,Hat,\"Odd=\"", NULL, &cols));
    assert_err(ERR_INVALID, columns_check(&c, &cols, "x.csv"));
    assert_string_equal("3 columns aren't known.", err_text()->what);
    assert_non_null(strstr(err_text()->todo, "Shoe = new shoe other text"));
    assert_non_null(strstr(err_text()->todo, "Hat = new hat other text"));
    assert_non_null(strstr(err_text()->todo, "\"Odd=\" = new odd other text"));
    assert_ok(recognise("Email,First name,Last name,City,State,County,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10", NULL, &cols));
    assert_err(ERR_INVALID, columns_check(&c, &cols, "x.csv"));
    assert_string_equal("10 columns aren't known.", err_text()->what);
    assert_non_null(strstr(err_text()->todo, "q8 = new q8 other text"));
    assert_null(strstr(err_text()->todo, "q9"));
}

static void assert_refused_without(const char *header, const char *cell)
{
    struct columns cols;
    err e = recognise(header, NULL, &cols);
    if (e.kind == ERR_OK)
        e = columns_check(&c, &cols, "x.csv");
    assert_err(ERR_INVALID, e);
    assert_null(strstr(err_text()->what, cell));
    assert_null(strstr(err_text()->todo, cell));
    assert_non_null(strstr(err_text()->todo, "really the header"));
}

static void a_row_of_data_is_never_repeated(void **state)
{
    (void)state;
    assert_refused_without("Ann,Example,ann@mail.example,01632 960001", "Ann");
    assert_refused_without("Otto,Muster,Berlin", "Otto");
    assert_refused_without("1,Church,State,ann@mail.example,x,y,z,w,v", "ann");
    assert_refused_without("Olga,Example,Party,Tower,Road,Hamlet,Otherland", "Olga");
}

static void bad_headers_are_refused(void **state)
{
    (void)state;
    struct columns cols;
    assert_err(ERR_INVALID, recognise("Email,First name,Email", NULL, &cols));
    assert_non_null(strstr(err_text()->what, "Columns 1 and 3"));
    assert_err(ERR_INVALID, recognise("Email,,First name", NULL, &cols));
    assert_non_null(strstr(err_text()->what, "Column 2"));
    assert_err(ERR_INVALID, recognise("First name,first_name", NULL, &cols));
    assert_err(ERR_INVALID, columns_recognise(a, &c, NULL, "x.csv", NULL, 0, &cols));
    static struct view many[LIMIT_COLUMNS + 1];
    assert_err(ERR_LIMIT, columns_recognise(a, &c, NULL, "x.csv", many, LIMIT_COLUMNS + 1, &cols));
    struct view nul = view_of("a\0b", 3);
    assert_err(ERR_INVALID, columns_recognise(a, &c, NULL, "x.csv", &nul, 1, &cols));
}

static void the_map_goes_first(void **state)
{
    (void)state;
    struct map map;
    struct columns cols;
    assert_ok(
        map_parse(a, &c, "m", view_text("Email = ignore\nShoe = new shoe other text\nSince = member_since\n"), &map));
    assert_ok(recognise("Email,Shoe,Since,First name", &map, &cols));
    assert_int_equal(COLUMN_IGNORE, cols.list[0].role);
    assert_string_equal("shoe", cols.list[1].field->key);
    assert_true(cols.list[1].new_field);
    assert_int_equal(COLUMN_MEMBER_SINCE, cols.list[2].role);
    assert_int_equal(0, cols.unknown_count);
    assert_err(ERR_INVALID, recognise("Email,Since,First name", &map, &cols));
    assert_string_equal("m:2", err_text()->where);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 10000; n++) {
        struct columns cols;
        mem_fail_at(n, false);
        err e = recognise("nationbuilder_id,first_name,church,work_city,shoe", NULL, &cols);
        if (e.kind == ERR_OK)
            e = columns_check(&c, &cols, "x.csv");
        mem_fail_at(0, false);
        if (e.kind == ERR_INVALID)
            return;
        assert_err(ERR_NOMEM, e);
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_known_header_is_recognised_wholly, start, stop),
        cmocka_unit_test_setup_teardown(new_fields_are_fit_for_the_catalogue, start, stop),
        cmocka_unit_test_setup_teardown(the_legislators_have_these_roles, start, stop),
        cmocka_unit_test_setup_teardown(special_data_is_special, start, stop),
        cmocka_unit_test_setup_teardown(only_the_main_address_is_the_address, start, stop),
        cmocka_unit_test_setup_teardown(objections_and_consents, start, stop),
        cmocka_unit_test_setup_teardown(names_are_folded_where_they_differ, start, stop),
        cmocka_unit_test_setup_teardown(a_table_of_ones_own_is_known_by_the_catalogue, start, stop),
        cmocka_unit_test_setup_teardown(unknown_columns_are_reported_together, start, stop),
        cmocka_unit_test_setup_teardown(a_row_of_data_is_never_repeated, start, stop),
        cmocka_unit_test_setup_teardown(bad_headers_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(the_map_goes_first, start, stop),
        cmocka_unit_test_setup_teardown(memory_may_run_out, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
