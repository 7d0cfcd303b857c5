#include "testing.h"

#include "handover_world.h"

static const char *const given[] = {"first_name", "email"};

static void record_system(const char *selection, int64_t until, char id[16])
{
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = {.kind = HANDOVER_SYSTEM, .recipient = "pellwick", .purpose = "membership", .approver = "office",
                               .sent = {1500000000, until}, .selection = selection, .fields = given, .field_count = 2};
    world_open(&w);
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    snprintf(id, 16, "%s", r.handover.id);
}

struct growing {
    struct world *w;
    struct record_growth *g;
};

static err before(void *ctx, const struct person *list, size_t count)
{
    struct growing *x = ctx;
    return record_growth_before(x->g, x->w->v, &x->w->c, list, count);
}

static err note(void *ctx, const struct person *list, size_t count)
{
    struct growing *x = ctx;
    return count ? record_growth_note(x->g, list, count) : record_growth_grow(x->g, x->w->v, &x->w->c);
}

/* An import with the growth of the systems: as the command does it. */
static void import_and_grow(const char *text, enum import_mode mode)
{
    CLEANUP(world_end) struct world w;
    CLEANUP(record_growth_free) struct record_growth *g = NULL;
    struct growing x;
    struct import_result r;
    assert_ok(record_growth_new(&g));
    x = (struct growing){&w, g};
    struct import_options o = {.path = world_file("more.csv", text), .source = "crm", .mode = mode, .exported = DAY_UNKNOWN,
                               .accept_gone = true, .before = before, .saved = note, .saved_ctx = &x};
    world_open(&w);
    assert_ok(import_run(w.v, &w.c, w.a, &o, &r));
    assert_ok(vault_publish(w.v));
}

static void load(struct world *w, const char *id, struct handover *h)
{
    world_open(w);
    assert_ok(handover_load(w->v, w->a, id, h));
}

static void an_open_system_takes_in_who_comes_and_loses_nobody(void **state)
{
    (void)state;
    char all[16], members[16], over[16];
    record_system(NULL, WHEN_UNKNOWN_LATE, all);
    record_system("status = \"member\"", WHEN_UNKNOWN_LATE, members);
    record_system(NULL, 1510000000, over);
    uint64_t before[3], index;
    {
        CLEANUP(world_end) struct world w;
        struct handover h;
        load(&w, all, &h);
        before[0] = h.people;
        index = h.log_index;
        assert_ok(handover_load(w.v, w.a, members, &h));
        before[1] = h.people;
        assert_ok(handover_load(w.v, w.a, over, &h));
        before[2] = h.people;
    }
    import_and_grow("Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "20,Nia,Newmember,nia@example.org,2018-06-01,,Current\n21,Ola,Friend,,,,\n"
                    "1,Ada,Example,,2010-01-01,2018-06-10,Cancelled\n", IMPORT_PART);
    CLEANUP(world_end) struct world w;
    struct handover h;
    load(&w, all, &h);
    assert_int_equal(h.people, before[0] + 2);
    assert_int_equal(h.log_index, index); /* its entry stays that of the recording */
    uint32_t nia = world_who(&w, "crm:20"), ola = world_who(&w, "crm:21"), ada = world_who(&w, "crm:1");
    assert_true(world_in(&w, &h, nia, "email") && world_in(&w, &h, ola, "first_name") && !world_in(&w, &h, ola, "email"));
    assert_true(world_in(&w, &h, ada, "email")); /* she had one when she came into it */
    assert_ok(handover_load(w.v, w.a, members, &h));
    assert_int_equal(h.people, before[1] + 1);
    assert_true(world_in(&w, &h, nia, "membership") && !world_in(&w, &h, ola, NULL) && world_in(&w, &h, ada, NULL));
    assert_ok(handover_load(w.v, w.a, over, &h));
    assert_int_equal(h.people, before[2]);
}

static void new_values_of_people_in_it_count(void **state)
{
    (void)state;
    char id[16];
    record_system("status = \"member\"", WHEN_UNKNOWN_LATE, id);
    import_and_grow("Contact ID,First Name,Last Name,Email\n30,Pia,Plain,\n", IMPORT_PART);
    import_and_grow("Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Status\n30,Pia,Plain,,2018-06-01,Current\n", IMPORT_PART);
    {
        CLEANUP(world_end) struct world w;
        struct handover h;
        load(&w, id, &h);
        assert_false(world_in(&w, &h, world_who(&w, "crm:30"), "email"));
        assert_true(world_in(&w, &h, world_who(&w, "crm:30"), "first_name"));
    }
    import_and_grow("Contact ID,Email\n30,pia@example.org\n", IMPORT_PART);
    CLEANUP(world_end) struct world w;
    struct handover h;
    load(&w, id, &h);
    assert_true(world_in(&w, &h, world_who(&w, "crm:30"), "email"));
}

/* The clock of the house jumps to a day of 2018. */
static void on_day(int month, int day)
{
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_ok(when_local_start(&w.v->zone, when_day(2018, month, day), 43200, &house.options.now));
}

static bool catch_up(void)
{
    CLEANUP(world_end) struct world w;
    bool grown;
    world_open(&w);
    assert_ok(vault_lease(w.v));
    assert_ok(vault_warrant(w.v, "scope", "incident", config_categories(&w.c), 1000));
    assert_ok(vault_begin(w.v));
    assert_ok(record_systems_catch_up(w.v, &w.c, &grown));
    assert_ok(vault_commit(w.v));
    return grown;
}

/* In a system: whether she is, and with an e-mail address. */
static void expect_in(const char *id, const char *who, bool in, bool email)
{
    CLEANUP(world_end) struct world w;
    struct handover h;
    load(&w, id, &h);
    uint32_t ordinal = world_who(&w, who);
    assert_int_equal(world_in(&w, &h, ordinal, NULL), in);
    assert_int_equal(world_in(&w, &h, ordinal, "email"), email);
    assert_int_equal(world_in(&w, &h, ordinal, "membership"), in);
}

static void who_comes_under_a_selection_as_time_passes_is_in_it(void **state)
{
    (void)state;
    int64_t now = house.options.now;
    char open[16], over[16], ends[16];
    import_and_grow("Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "40,Rue,Lapsing,rue@example.org,2010-01-01,2018-08-13,Current\n41,Sol,Lapsing,,2010-01-01,2018-12-13,Current\n", IMPORT_PART);
    record_system("status = \"former\"", WHEN_UNKNOWN_LATE, open);
    record_system("status = \"former\"", now - WORLD_DAY, over);
    on_day(10, 1);
    int64_t october = house.options.now;
    house.options.now = now + 7200;
    record_system("status = \"former\"", october, ends);
    assert_false(catch_up());
    expect_in(open, "crm:40", false, false);
    on_day(8, 20);
    assert_true(catch_up());
    assert_false(catch_up()); /* nothing new: no new version */
    expect_in(open, "crm:40", true, true);
    expect_in(open, "crm:41", false, false);
    expect_in(over, "crm:40", false, false);
    on_day(12, 20);
    assert_true(catch_up());
    expect_in(open, "crm:41", true, false);
    expect_in(ends, "crm:40", true, true);
    expect_in(ends, "crm:41", false, false); /* only after its end */
}

/* Whether she is in the system, and known to have been, not worked out. */
static void expect_sure(const char *id, const char *who, bool exact)
{
    CLEANUP(world_end) struct world w;
    CLEANUP(peopleset_free) struct peopleset *people = NULL, *sure = NULL;
    struct handover h;
    load(&w, id, &h);
    uint32_t ordinal = world_who(&w, who);
    assert_ok(handover_people(w.v, &h, &people));
    assert_ok(handover_exact_people(w.v, &h, &sure));
    assert_true(peopleset_has(people, ordinal));
    assert_int_equal(peopleset_has(sure, ordinal), exact);
    assert_int_equal(peopleset_count(sure), h.exact);
    assert_string_equal(handover_evidence_word(h.evidence), h.exact == h.people ? "exact" : "rebuilt");
}

static void who_is_in_it_from_its_recording_on_is_exact(void **state)
{
    (void)state;
    char members[16], first[16];
    import_and_grow("Contact ID,First Name,Last Name,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "60,Una,Stays,2010-01-01,2030-03-01,Current\n61,Vic,Left,2010-01-01,2018-01-31,Expired\n", IMPORT_PART);
    record_system("status = \"member\"", WHEN_UNKNOWN_LATE, members);
    expect_sure(members, "crm:60", true);
    expect_sure(members, "crm:61", false);
    import_and_grow("Contact ID,First Name,Last Name,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "62,Wyn,New,2018-06-01,2030-03-01,Current\n63,Xan,Gone,2010-01-01,2018-02-28,Expired\n", IMPORT_PART);
    expect_sure(members, "crm:62", true);
    expect_sure(members, "crm:63", false);
    import_and_grow("Contact ID,First Name,Last Name,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "61,Vic,Left,2018-06-10,2030-03-01,Current\n", IMPORT_PART);
    expect_sure(members, "crm:61", true); /* came back */
    record_system(NULL, WHEN_UNKNOWN_LATE, first);
    expect_sure(first, "crm:63", true); /* everybody of the register is in it on the day of recording */
}

static void what_an_import_rewrites_hides_nobody(void **state)
{
    (void)state;
    char id[16];
    import_and_grow("Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "70,Yva,Lapsing,yva@example.org,2010-01-01,2021-12-31,Current\n", IMPORT_PART);
    record_system("status = \"former\"", WHEN_UNKNOWN_LATE, id);
    house.options.now += 1000 * WORLD_DAY;
    import_and_grow("Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "70,Yva,Lapsing,,2010-01-01,2030-12-31,Current\n", IMPORT_PART);
    expect_in(id, "crm:70", true, true); /* until then she was a former member, and had an address */
    expect_sure(id, "crm:70", true);
}

static err end(const char *id, int64_t until, struct handover *h, struct world *w)
{
    world_open(w);
    return record_end_system(w->v, &w->c, w->a, id, until, &(struct record_reach){0}, h);
}

static void an_open_system_can_be_ended_once(void **state)
{
    (void)state;
    char id[16];
    struct handover h;
    int64_t until = house.options.now - 10 * WORLD_DAY;
    import_and_grow("Contact ID,First Name,Last Name,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "50,Tam,Lapsing,2010-01-01,2019-03-01,Current\n", IMPORT_PART);
    record_system("status = \"former\"", WHEN_UNKNOWN_LATE, id);
    house.options.now += 400 * WORLD_DAY;
    until += 400 * WORLD_DAY;
    uint64_t index, people;
    {
        CLEANUP(world_end) struct world w;
        load(&w, id, &h);
        index = h.log_index;
        people = h.people;
        assert_err(ERR_INVALID, record_end_system(w.v, &w.c, w.a, id, 1400000000, &(struct record_reach){0}, &h));
        assert_err(ERR_NOT_FOUND, record_end_system(w.v, &w.c, w.a, "H999", until, &(struct record_reach){0}, &h));
    }
    for (int i = 0; i < 2; i++) { /* the second time it changes nothing */
        CLEANUP(world_end) struct world w;
        assert_ok(end(id, until, &h, &w));
        assert_int_equal(h.sent.latest, until);
        assert_int_equal(h.log_index, index);
        assert_true(h.people > people); /* who came under it until then was taken in first */
        assert_int_not_equal(h.delete_by, DAY_UNKNOWN);
    }
    expect_in(id, "crm:50", true, false);
    expect_sure(id, "crm:50", true);
    expect_sure(id, "crm:2", true);
    {
        CLEANUP(world_end) struct world w;
        assert_err(ERR_INVALID, end(id, until + WORLD_DAY, &h, &w));
    }
    CLEANUP(world_end) struct world w;
    json_t *body = NULL;
    uint64_t count;
    load(&w, id, &h);
    assert_ok(store_entry_count(w.v->store, &count));
    for (uint64_t i = count; i-- > index + 1 && !body;) {
        json_t *one = NULL;
        err e = vault_entry_body(w.v, i, &one);
        if (e.kind == ERR_OK && strcmp(json_string_value(json_object_get(one, "kind")), "handover") == 0 &&
            strcmp(json_string_value(json_object_get(one, "id")), id) == 0)
            body = json_incref(one);
        err_ignore(e, "an entry that is not sealed");
        json_decref(one);
    }
    assert_non_null(body);
    assert_string_not_equal(json_string_value(json_object_get(json_object_get(body, "sent"), "latest")), "unknown");
    json_decref(body);
}

static void whoever_came_under_it_after_its_end_is_not_exact(void **state)
{
    (void)state;
    char id[16], early[16];
    struct handover h;
    import_and_grow("Contact ID,First Name,Last Name,Membership Start Date,Membership Expiration Date,Membership Status\n"
                    "80,Zed,Late,2010-01-01,2035-01-01,Current\n", IMPORT_PART);
    record_system("status = \"former\"", WHEN_UNKNOWN_LATE, id);
    record_system("status in (\"former\")", WHEN_UNKNOWN_LATE, early); /* the same words again would be the same hand-over */
    int64_t recorded = house.options.now;
    house.options.now = 2053000000; /* 2035 */
    assert_true(catch_up());
    expect_sure(id, "crm:80", true);
    {
        CLEANUP(world_end) struct world w;
        assert_ok(end(id, recorded + 100 * WORLD_DAY, &h, &w));
    }
    expect_sure(id, "crm:80", false);
    expect_sure(id, "crm:2", true);
    {
        CLEANUP(world_end) struct world w;
        assert_ok(end(early, recorded - 100 * WORLD_DAY, &h, &w));
    }
    expect_sure(early, "crm:2", false); /* it ended before it was recorded */
}

static int make(void **state)
{
    world_make(state);
    world_import(WORLD_PEOPLE, IMPORT_FULL);
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_system_takes_in_who_comes_and_loses_nobody),
        cmocka_unit_test(new_values_of_people_in_it_count),
        cmocka_unit_test(who_comes_under_a_selection_as_time_passes_is_in_it),
        cmocka_unit_test(who_is_in_it_from_its_recording_on_is_exact),
        cmocka_unit_test(an_open_system_can_be_ended_once),
        cmocka_unit_test(what_an_import_rewrites_hides_nobody),
        cmocka_unit_test(whoever_came_under_it_after_its_end_is_not_exact),
    };
    return cmocka_run_group_tests(tests, make, world_remove);
}
