/* Rows that are certainly about different people count as different people, whatever leads them to one. */
#include "testing.h"

#include "record_world.h"

#define APART_HEADER "contact_id,external_identifier,first_name,last_name,email,postal_code,birth_date,street_address\n"

static const struct {
    const char *what, *rows;
    bool no_source;
    int people, in_doubt;
} apart[] = {
    {"no number in words", "N/A,,Ida,Able,ida@elsewhere.example,,,\nN/A,,Eda,Baker,eda@elsewhere.example,,,\nn/a,,Oda,Cole,oda@elsewhere.example,,,\n", false, 3, 0},
    {"no number in signs", "-,NULL,Ida,Able,,,,\n-,NULL,Eda,Baker,,,,\n", true, 2, 0},
    {"a number for no number", "0,,Ida,Able,ida@elsewhere.example,,,\n0,,Eda,Baker,eda@elsewhere.example,,,\n0,,Oda,Cole,,,,\n0,,Eda,Baker,,,,\n", false, 3, 3},
    {"the same, where nobody says whose", "0,,Ida,Able,,,,\n0,,Eda,Baker,,,,\n0,,Ida,Able,,,,\n", true, 2, 1},
    {"a number of somebody known", "0,,Ada,Example,ada@example.org,,,\n0,,Bea,Second,bea@elsewhere.example,,,\n0,,Cyd,Third,cyd@elsewhere.example,,,\n", false, 3, 2},
    {"her own number", "1,,Ada,Example,,,,\n1,,Bea,Second,,,,\n,,Ada,Example,ada@example.org,,,\n", false, 2, 1},
    {"a new family name", "1,,Ada,Example,,,,\n1,,Ada,Newname,,,,\n1,,A.,Other,,,,\n1,,,,ada3@example.org,,,\n", false, 1, 0},
    {"a new family name of somebody unknown", "77,,Eda,Baker,,,,\n77,,Eda,Newname,,,,\n77,,,,eda@elsewhere.example,,,\n", false, 1, 0},
    {"an initial that may be any of them", ",,John,Initial,,IN1 1AA,1970-01-01,\n,,Jane,Initial,,IN1 1AA,1980-01-01,\n,,James,Initial,,IN1 1AA,1999-01-01,\n", false, 3, 2},
    {"twins, or a date that stands for none", ",,Cay,Instance,,YO1 7HH,1990-07-08,\n,,Bea,Instance,,YO1 7HH,1990-07-08,\n", false, 2, 1},
    {"certain by the number, then in doubt", "8,,Ann,Nofirst,nofirst@example.org,,,\n,,Bob,Nofirst,nofirst@example.org,,,\n", false, 2, 0},
    {"a birth date of a third row", ",,Ann,Nofirst,nofirst@example.org,,,\n,,,Nofirst,nofirst@example.org,,1970-01-01,\n,,Zoe,Nofirst,nofirst@example.org,,1970-01-01,\n", false, 2, 2},
    {"the same in another order", ",,Ann,Nofirst,nofirst@example.org,,,\n,,Zoe,Nofirst,nofirst@example.org,,1970-01-01,\n,,,Nofirst,nofirst@example.org,,1970-01-01,\n", false, 2, 2},
    {"a family name and a postcode", ",,,Smith,,SW1A 1AA,,1 High St\n,,,Smith,,SW1A 1AA,,9 High St\n,,,Smith,,SW1A 1AA,,9 High St\n", false, 2, 0},
};

#define APART_REGISTER                                                                        \
    WORLD_PEOPLE                                                                              \
    "7,J,Initial,initial@example.org,York,IN1 1AA,,2016-01-01,,Current\n"                     \
    "8,,Nofirst,nofirst@example.org,York,,,2016-01-01,,Current\n"

static void different_people_are_counted_apart(void **state)
{
    for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++) {
        CLEANUP(world_end) struct world w;
        CLEANUP(buf_free) struct buf text = BUF(1 << 12);
        struct record_result r;
        struct record_options o = base(HANDOVER_FILE);
        o.source = apart[i].no_source ? NULL : "crm";
        world_remove(state);
        world_make(state);
        world_import(APART_REGISTER, IMPORT_FULL);
        world_open(&w);
        buf_fmt(&text, APART_HEADER "%s", apart[i].rows);
        assert_ok(record_text_as(&w, buf_text(&text), &o, &r));
        if ((int)r.handover.people != apart[i].people || (int)r.handover.ambiguous != apart[i].in_doubt)
            fail_msg("%s: %d people, %d in doubt", apart[i].what, (int)r.handover.people, (int)r.handover.ambiguous);
    }
}

/* A number that means nobody is not kept, or the next file would make one person of all who had it. */
static void a_shared_number_joins_nobody_later(void **state)
{
    static const int known[] = {2, 2, 3}; /* the third file says one more */
    static const char *const sent[] = {"0,,Ida,Able,ida@elsewhere.example,,,\n0,,Eda,Baker,eda@elsewhere.example,,,\n",
                                       "0,,Eda,Baker,eda@elsewhere.example,,,\n0,,Ida,Able,ida@elsewhere.example,,,\n",
                                       "0,,Ida,Able,,,,\n0,,Oda,Cole,,,,\n,,Eda,Baker,eda@elsewhere.example,,,\n"};
    world_remove(state);
    make(state);
    for (size_t i = 0; i < 3; i++) {
        CLEANUP(world_end) struct world w;
        CLEANUP(buf_free) struct buf text = BUF(1 << 12);
        struct record_result r;
        buf_fmt(&text, APART_HEADER "%s", sent[i]);
        record_csv(&w, buf_text(&text), &r);
        assert_true((int)r.handover.people >= known[i]);
        assert_true(world_in(&w, &r.handover, world_who(&w, "0"), "first_name"));
    }
}

/* More records than one person can have are not made one; the file is recorded. */
static void more_numbers_than_one_person_has(void **state)
{
    CLEANUP(buf_free) struct buf many = BUF(1 << 13), shared = BUF(1 << 13);
    struct record_result r;
    buf_str(&many, APART_HEADER);
    buf_str(&shared, APART_HEADER);
    for (int i = 0; i < 34; i++) {
        buf_fmt(&many, "M%d,,,,,,,\n", i);
        buf_fmt(&shared, "M%d,SHARED,,,,,,\n", i);
    }
    const char *const files[] = {buf_text(&many), APART_HEADER ",SHARED,,,,,,\n", buf_text(&shared)};
    world_remove(state);
    make(state);
    for (int i = 0; i < 3; i++) {
        CLEANUP(world_end) struct world w;
        record_csv(&w, files[i], &r);
    }
    assert_int_equal(r.handover.people, 4); /* one of 32 records, and three */
    assert_int_equal(r.handover.ambiguous, 3);
}

static void a_cell_that_no_name_is_as_long_as(void **state)
{
    static const char *const columns[] = {"contact_id", "last_name", "email"};
    CLEANUP(buf_free) struct buf text = BUF(1 << 13);
    for (size_t i = 0; i < 3; i++) {
        CLEANUP(world_end) struct world w;
        struct record_result r;
        struct record_options o = base(HANDOVER_FILE);
        world_remove(state);
        make(state);
        buf_clear(&text);
        buf_fmt(&text, "city,%s\nLeeds,", columns[i]);
        for (int k = 0; k < 1200; k++)
            buf_str(&text, "long");
        buf_str(&text, "\n");
        world_open(&w);
        assert_err(ERR_INVALID, record_text_as(&w, buf_text(&text), &o, &r));
        assert_int_equal(r.rejected_shown, 1);
    }
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_people_are_counted_apart),
        cmocka_unit_test(a_shared_number_joins_nobody_later),
        cmocka_unit_test(more_numbers_than_one_person_has),
        cmocka_unit_test(a_cell_that_no_name_is_as_long_as),
    };
    return cmocka_run_group_tests(tests, make, world_remove);
}
