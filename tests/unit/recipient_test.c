#include "testing.h"

#include "handover_world.h"

static void every_detail_comes_back(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct recipient r = world_recipient("pellwick", RECIPIENT_SUB_PROCESSOR), back;
    const struct recipient_link links[] = {{"postal", "ballot", when_day(2018, 1, 1), DAY_UNKNOWN}, {"cloud", "", DAY_UNKNOWN, when_day(2019, 1, 1)}};
    r.links = links;
    r.link_count = 2;
    r.contract_until = when_day(2020, 2, 29);
    r.age_key = "age1q3enrfqec62xrhdm9n7se76vpev88hgjjsm35fht7mzcdhv9tc4sjyl3dt";
    json_t *j = NULL;
    assert_ok(recipient_to_json(&r, &j));
    assert_ok(recipient_from_json(a, j, &back));
    json_decref(j);
    assert_string_equal(back.name, "Pellwick Mailing Ltd");
    assert_string_equal(back.owner, "");
    assert_string_equal(back.age_key, "age1q3enrfqec62xrhdm9n7se76vpev88hgjjsm35fht7mzcdhv9tc4sjyl3dt");
    assert_int_equal(back.class_, RECIPIENT_SUB_PROCESSOR);
    assert_int_equal(back.contract, r.contract);
    assert_int_equal(back.contract_until, r.contract_until);
    assert_int_equal(back.delete_after_days, 90);
    assert_true(recipient_agreed_purpose(&back, "ballot") && !recipient_agreed_purpose(&back, "fundraising"));
    assert_true(recipient_agreed_field(&back, "email") && !recipient_agreed_field(&back, "party"));
    assert_int_equal(back.link_count, 2);
    assert_string_equal(back.links[1].sub, "cloud");
    assert_string_equal(back.links[1].purpose, "");
    assert_int_equal(back.links[0].until, DAY_UNKNOWN);
    assert_int_equal(back.links[1].until, when_day(2019, 1, 1));
}

static void what_is_wrong_with_one_is_said(void **state)
{
    (void)state;
    struct recipient r = world_recipient("pellwick", RECIPIENT_PROCESSOR);
    assert_ok(recipient_check(&r));
    const char *bad_ids[] = {"", "self", "Pellwick", "a b", "\xff"};
    for (size_t i = 0; i < 5; i++) {
        r.id = bad_ids[i];
        assert_err(ERR_INVALID, recipient_check(&r));
    }
    r = world_recipient("pellwick", RECIPIENT_NO_CLASS);
    assert_err(ERR_INVALID, recipient_check(&r));
    r = world_recipient("pellwick", RECIPIENT_PROCESSOR);
    r.name = "";
    assert_err(ERR_INVALID, recipient_check(&r));
    r.name = "Latin \xe9";
    assert_err(ERR_INVALID, recipient_check(&r));
    r = world_recipient("pellwick", RECIPIENT_PROCESSOR);
    r.contract_until = r.contract - 1;
    assert_err(ERR_INVALID, recipient_check(&r));
    const char *bad_keys[] = {"AGE-SECRET-KEY-1AAAA", "-o", "ssh-ed25519 AAAA", "age1 x", "/etc/passwd", "age1", "age1notakey",
                              "age1q3enrfqec62xrhdm9n7se76vpev88hgjjsm35fht7mzcdhv9tc4sjyl3dq",
                              "age1q3enrfqec62xrhdm9n7se76vpev88hgjjsm35fht7mzcdhv9tc4syjl3dt"};
    for (size_t i = 0; i < 5; i++) {
        r = world_recipient("pellwick", RECIPIENT_PROCESSOR);
        r.age_key = bad_keys[i];
        assert_err(ERR_INVALID, recipient_check(&r));
    }
    struct recipient_link link = {"cloud", "", 100, 99};
    r = world_recipient("pellwick", RECIPIENT_PROCESSOR);
    r.links = &link;
    r.link_count = 1;
    assert_err(ERR_INVALID, recipient_check(&r));
    link = (struct recipient_link){"pellwick", "", DAY_UNKNOWN, DAY_UNKNOWN};
    assert_err(ERR_INVALID, recipient_check(&r));
}

static void a_recipient_keeps_its_number_through_all_versions(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct recipient r = world_recipient("pellwick", RECIPIENT_PROCESSOR), other = world_recipient("other", RECIPIENT_AUTHORITY), back;
    uint16_t first, second, third, again;
    world_open(&w);
    assert_ok(recipient_number(w.v, "pellwick", &first)); /* made with the house */
    assert_ok(recipient_number(w.v, "club", &second));
    assert_ok(vault_begin(w.v));
    r.name = "Pellwick Post Ltd";
    assert_ok(recipient_save(w.v, &r, "edit"));
    assert_ok(recipient_save(w.v, &other, "add"));
    assert_ok(vault_commit(w.v));
    assert_ok(recipient_number(w.v, "pellwick", &again));
    assert_ok(recipient_number(w.v, "other", &third));
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    assert_int_equal(again, 1);
    assert_int_equal(third, 3);
    assert_ok(recipient_load(w.v, w.a, "pellwick", &back));
    assert_string_equal(back.name, "Pellwick Post Ltd");
}

static void an_unknown_one_is_answered_with_the_nearest(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct recipient r, *list;
    size_t count;
    world_open(&w);
    assert_err(ERR_NOT_FOUND, recipient_load(w.v, w.a, "pelwick", &r));
    assert_non_null(strstr(err_text()->todo, "pellwick"));
    assert_err(ERR_NOT_FOUND, recipient_load(w.v, w.a, "zzzzzz", &r));
    assert_ok(recipient_list(w.v, w.a, &list, &count));
    assert_true(count >= 2);
    assert_string_equal(list[0].id, "pellwick");
}

static void days_are_read(void **state)
{
    (void)state;
    uint32_t days;
    assert_ok(recipient_parse_days("90d", &days));
    assert_int_equal(days, 90);
    assert_ok(recipient_parse_days("7", &days));
    assert_int_equal(days, 7);
    const char *bad[] = {"", "0d", "-3d", "d", "90w", "36501d", "1 d", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_err(ERR_USAGE, recipient_parse_days(bad[i], &days));
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_detail_comes_back),
        cmocka_unit_test(what_is_wrong_with_one_is_said),
        cmocka_unit_test(a_recipient_keeps_its_number_through_all_versions),
        cmocka_unit_test(an_unknown_one_is_answered_with_the_nearest),
        cmocka_unit_test(days_are_read),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
}
