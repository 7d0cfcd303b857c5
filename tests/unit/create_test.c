#include "testing.h"

#include "handover_world.h"
#include "seam.h"

static const char *const names_and_email[] = {"first_name", "last_name", "email"};

static struct create_options base(const char *out)
{
    return (struct create_options){.recipient = "pellwick", .purpose = "ballot", .approver = "office", .out = out, .fields = names_and_email,
                                   .field_count = 3, .plain = true};
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static uint64_t handover_count(struct world *w)
{
    struct handover *list;
    size_t count;
    assert_ok(handover_list(w->v, w->a, &list, &count));
    return count;
}

static void assert_bytes(const char *path, const char *text)
{
    CLEANUP(buf_free) struct buf b = BUF(1 << 20);
    assert_ok(seam_read(path, 1 << 20, &b));
    assert_string_equal(buf_text(&b), text);
}

static const char *part_of(const char *out)
{
    static char part[300];
    snprintf(part, sizeof part, "%s.part", out);
    return part;
}

static err create(struct world *w, const struct create_options *o, struct create_result *r)
{
    world_open(w);
    return create_run(w->v, &w->c, w->a, o, r);
}

#define MEMBERS_CSV "first_name,last_name,email\r\nAda,Example,ada@example.org\r\nCay,Instance,cay@example.org\r\n" \
                    "Jo,Twin,twins@example.org\r\nJo,Twin,twins@example.org\r\n=1+1,\"Quote\"\"d, Jr\",\r\n"

static void the_file_holds_exactly_whom_the_gate_lets_through(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct create_result r;
    const char *out = world_path("ballot.csv");
    struct create_options o = base(out);
    assert_ok(create(&w, &o, &r));
    assert_bytes(out, MEMBERS_CSV);
    assert_false(is_there(part_of(out)));
    assert_string_equal(r.out, out);
    assert_int_equal(r.handover.people, 5);
    assert_int_equal(r.status, 3); /* Bob left, Dan asked, Uma died */
    assert_true(r.objected == 0 && r.no_consent == 0 && r.past_end == 0);
    assert_int_equal(world_field(&r.handover, "email")->people, 4);
    assert_int_equal(r.handover.delete_by, vault_today(w.v) + 90);
    assert_string_equal(handover_kind_word(r.handover.kind), "created");
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 16);
    assert_ok(seam_read(out, 1 << 16, &bytes));
    struct hash sha = digest_of(buf_view(&bytes));
    assert_true(hash_equal(&sha, &r.handover.file_sha));
    world_again(&w, &r.handover);
    assert_true(hash_equal(&sha, &r.handover.file_sha));
    assert_true(world_in(&w, &r.handover, world_who(&w, "crm:1"), "email"));
    assert_false(world_in(&w, &r.handover, world_who(&w, "crm:2"), NULL));
}

static void a_selection_narrows_and_is_told(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct create_result r;
    const char *out = world_path("york.csv");
    struct create_options o = base(out);
    o.selection = "status = \"member\" and gender is empty and city = \"York\""; /* gender need not be agreed */
    assert_ok(create(&w, &o, &r));
    assert_bytes(out, "first_name,last_name,email\r\nCay,Instance,cay@example.org\r\n");
    assert_int_equal(r.handover.field_count, 6);
    assert_int_equal(world_field(&r.handover, "gender")->people, 1);
    assert_int_equal(world_field(&r.handover, "city")->people, 1);
    assert_int_equal(world_field(&r.handover, "membership")->people, 1);
    assert_int_equal(r.status, 0);
}

static void choose(const char *id, enum facts_choice_kind kind, const char *purpose, const char *recipient, int64_t from, int64_t until)
{
    CLEANUP(world_end) struct world w;
    struct person p;
    uint16_t to = 0;
    world_open(&w);
    uint32_t who = world_who(&w, id);
    if (recipient)
        assert_ok(recipient_number(w.v, recipient, &to));
    assert_ok(people_open(w.v, &w.c, w.a, &who, 1, 0, &p));
    struct facts_choice c = {.kind = kind, .how = HOW_PAPER, .purpose = config_purpose_no(&w.c, view_text(purpose)), .recipient = to,
                             .from = from, .until = until};
    assert_ok(facts_choose(w.a, &p.facts, &c));
    p.facts_changed = true;
    assert_ok(vault_lease(w.v));
    assert_ok(vault_begin(w.v));
    assert_ok(people_save(w.v, &w.c, &p, 1));
    assert_ok(vault_commit(w.v));
}

static void objections_and_missing_consent_leave_out_person_by_person(void **state)
{
    (void)state;
    struct create_result r;
    int64_t then = house.options.now - WORLD_DAY;
    choose("crm:1", FACTS_OBJECTION, "ballot", "pellwick", then, INT64_MAX);
    choose("crm:3", FACTS_OBJECTION, "ballot", "club", then, INT64_MAX); /* to another recipient */
    choose("crm:4", FACTS_OBJECTION, "ballot", NULL, then, INT64_MAX);
    choose("crm:5", FACTS_OBJECTION, "newsletter", NULL, then, INT64_MAX);
    choose("crm:1", FACTS_CONSENT, "newsletter", NULL, then, INT64_MAX);
    choose("crm:3", FACTS_CONSENT, "newsletter", "club", then, INT64_MAX);
    choose("crm:5", FACTS_CONSENT, "newsletter", NULL, then, INT64_MAX);
    choose("crm:4", FACTS_CONSENT, "newsletter", "club", then, then + 60); /* withdrawn */
    struct create_options o = base(world_path("ballot2.csv"));
    {
        CLEANUP(world_end) struct world w;
        assert_ok(create(&w, &o, &r));
        assert_int_equal(r.objected, 2);
        assert_int_equal(r.handover.people, 3);
        assert_bytes(o.out, "first_name,last_name,email\r\nCay,Instance,cay@example.org\r\nJo,Twin,twins@example.org\r\n=1+1,\"Quote\"\"d, Jr\",\r\n");
    }
    o = base(world_path("news.csv"));
    o.purpose = "newsletter";
    {
        CLEANUP(world_end) struct world w;
        assert_ok(create(&w, &o, &r));
        assert_bytes(o.out, "first_name,last_name,email\r\nAda,Example,ada@example.org\r\n"); /* one "for all" is enough for a processor */
        assert_int_equal(r.objected, 1);
        assert_int_equal(r.no_consent, 3); /* Cay named another; Jo's is over; the formula said nothing */
    }
    o.out = world_path("club-news.csv");
    o.recipient = "club";
    CLEANUP(world_end) struct world w;
    assert_ok(create(&w, &o, &r));
    assert_bytes(o.out, "first_name,last_name,email\r\nCay,Instance,cay@example.org\r\n"); /* only who named it */
    assert_int_equal(r.no_consent, 3);
}

/* CK-18: a list of members of a union is special data; outside the body it needs each one's consent. */
static void a_list_of_members_leaves_the_body_only_with_consent(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct create_result r;
    struct create_options o = base(world_path("club.csv"));
    o.recipient = "club";
    world_open(&w);
    uint64_t before = handover_count(&w);
    world_end(&w);
    assert_err(ERR_INVALID, create(&w, &o, &r));
    assert_non_null(strstr(err_text()->what, "Nobody is left"));
    assert_int_equal(r.no_consent, 3);
    assert_int_equal(r.objected, 2);
    assert_int_equal(r.status, 3);
    assert_false(is_there(o.out));
    assert_false(is_there(part_of(o.out)));
    assert_int_equal(handover_count(&w), before);
}

static void refuse(const struct create_options *o, enum err_kind kind, const char *words)
{
    CLEANUP(world_end) struct world w;
    struct create_result r;
    err e = create(&w, o, &r);
    if (e.kind != kind || !strstr(err_text()->what, words))
        fail_msg("%s: %s", err_policy(e.kind)->name, err_text()->what);
    assert_false(is_there(part_of(o->out)));
}

static void the_whole_is_refused(void **state)
{
    (void)state;
    static const char *const not_agreed[] = {"first_name", "gender"}, *const unknown[] = {"first_nme"}, *const twice[] = {"email", "email"};
    const char *out = world_path("refused.csv");
    struct create_options o = base(out);
    o.recipient = "nobody";
    refuse(&o, ERR_NOT_FOUND, "no recipient");
    o = base(out);
    o.purpose = "fundraising";
    refuse(&o, ERR_INVALID, "not agreed");
    o = base(out);
    o.purpose = "none";
    refuse(&o, ERR_NOT_FOUND, "no purpose");
    o = base(out);
    o.fields = not_agreed;
    o.field_count = 2;
    refuse(&o, ERR_INVALID, "gender");
    o.fields = unknown;
    o.field_count = 1;
    refuse(&o, ERR_INVALID, "first_nme");
    o.fields = twice;
    o.field_count = 2;
    refuse(&o, ERR_INVALID, "twice");
    o = base(out);
    o.approver = "";
    refuse(&o, ERR_INVALID, "approved");
    o = base(out);
    o.plain = false;
    refuse(&o, ERR_INVALID, "no age key");
    o = base(out);
    o.selection = "status = ";
    refuse(&o, ERR_INVALID, "");
    o = base(world_path("nowhere/at/all.csv"));
    refuse(&o, ERR_NOT_FOUND, "");
    o = base(world_file("there.csv", "mine"));
    refuse(&o, ERR_CONFLICT, "already");
    assert_bytes(o.out, "mine");
    assert_false(is_there(out));
    struct recipient over = world_recipient("over", RECIPIENT_PROCESSOR);
    over.contract_until = when_day(2018, 5, 31);
    world_add_recipient(&over);
    o = base(out);
    o.recipient = "over";
    refuse(&o, ERR_INVALID, "is over");
}

/* Bob left in June 2015: a purpose that covers former members meets his end date. */
static void past_the_end_date_only_with_a_reason(void **state)
{
    (void)state;
    static const char *const fields[] = {"first_name", "last_name", "email"};
    {
        CLEANUP(world_end) struct world w;
        struct purpose p = {.key = "archive", .label = "Archive", .words = "our archive", .basis = ART6_F, .special = ART9_D,
                            .statuses = STATUS_BIT(STATUS_FORMER), .fields = fields, .field_count = 3};
        struct end_rule rule = {.key = "soon", .status = STATUS_FORMER, .category = CATEGORY_NONE, .months = 12, .reason = "a test", .since = DAY_UNKNOWN};
        world_open(&w);
        assert_ok(vault_lease(w.v));
        assert_ok(vault_begin(w.v));
        assert_ok(config_set_purpose(w.v, &w.c, &p, NULL));
        for (enum category c = CATEGORY_IDENTITY; c <= CATEGORY_CONTACT; c++) {
            rule.key = c == CATEGORY_IDENTITY ? "soon_identity" : "soon_contact";
            rule.category = c;
            rule.since = vault_today(w.v) - 1;
            assert_ok(config_set_rule(w.v, &w.c, &rule, NULL));
        }
        assert_ok(vault_commit(w.v));
    }
    static const char *const purposes[] = {"archive"};
    struct recipient keeper = world_recipient("keeper", RECIPIENT_PROCESSOR);
    keeper.purposes = purposes;
    keeper.purpose_count = 1;
    world_add_recipient(&keeper);
    struct create_options o = base(world_path("archive.csv"));
    o.recipient = "keeper";
    o.purpose = "archive";
    struct create_result r;
    {
        CLEANUP(world_end) struct world w;
        assert_err(ERR_INVALID, create(&w, &o, &r));
        assert_int_equal(r.past_end, 1);
    }
    o.even_past_end = "";
    refuse(&o, ERR_INVALID, "reason");
    o.even_past_end = "a court asked for it";
    CLEANUP(world_end) struct world w;
    assert_ok(create(&w, &o, &r));
    assert_bytes(o.out, "first_name,last_name,email\r\nBob,Sample,bob@example.org\r\n");
    assert_string_equal(r.handover.marks, "even-past-end");
}

/* --- age --- */

static void age_encrypts_for_the_recipient_only(void **state)
{
    (void)state;
    char command[700], key[200] = "";
    const char *identity = world_path("identity"), *out = world_path("for-them.age");
    snprintf(command, sizeof command, "age-keygen -o %s 2>/dev/null && age-keygen -y %s", identity, identity);
    FILE *f = popen(command, "r");
    bool got = f && fgets(key, sizeof key, f);
    if (f)
        pclose(f);
    if (!got)
        skip(); /* age is not installed: ./check installs it */
    key[strcspn(key, "\n")] = 0;
    struct recipient r = world_recipient("sealed", RECIPIENT_PROCESSOR);
    r.age_key = key;
    world_add_recipient(&r);
    CLEANUP(world_end) struct world w;
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 16);
    struct create_result result;
    struct create_options o = base(out);
    o.recipient = "sealed";
    o.plain = false;
    assert_ok(create(&w, &o, &result));
    assert_ok(seam_read(out, 1 << 16, &bytes));
    assert_memory_equal(bytes.p, "age-encryption.org/v1", 21);
    assert_null(memmem(bytes.p, bytes.len, "Example", 7));
    snprintf(command, sizeof command, "age -d -i %s %s > %s", identity, out, world_path("opened.csv"));
    assert_int_equal(system(command), 0);
    CLEANUP(buf_free) struct buf opened = BUF(1 << 16);
    assert_ok(seam_read(world_path("opened.csv"), 1 << 16, &opened));
    assert_non_null(strstr(buf_text(&opened), "Cay,Instance,cay@example.org\r\n"));
}

static void a_key_that_age_does_not_take_records_nothing(void **state)
{
    (void)state;
    struct recipient r = world_recipient("broken", RECIPIENT_PROCESSOR);
    r.age_key = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"; /* no point of the curve */
    world_add_recipient(&r);
    CLEANUP(world_end) struct world w;
    struct create_result result;
    struct create_options o = base(world_path("broken.age"));
    o.recipient = "broken";
    o.plain = false;
    world_open(&w);
    uint64_t before = handover_count(&w);
    world_end(&w);
    assert_err(ERR_IO, create(&w, &o, &result));
    assert_int_equal(handover_count(&w), before);
    assert_false(is_there(o.out) || is_there(part_of(o.out)));
}

/* --- cut off --- */

static const char *crash_out;

static void create_once(void)
{
    CLEANUP(world_end) struct world w;
    struct create_result r;
    struct create_options o = base(crash_out);
    err_ignore(create(&w, &o, &r), "it is killed");
}

static const char *const points[] = {"create-part", "create-before-commit", "create-committed", "create-published", "create-released"};

static uint64_t count_now(void)
{
    CLEANUP(world_end) struct world w;
    world_open(&w);
    return handover_count(&w);
}

static void cut_off_anywhere_the_same_command_gives_one_file_and_one_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char name[40];
        snprintf(name, sizeof name, "crash%zu.csv", i);
        crash_out = world_path(name);
        uint64_t before = count_now();
        world_crash(points[i], create_once);
        assert_int_equal(is_there(crash_out), i == 4); /* the file appears last of all */
        assert_int_equal(count_now(), before + (i >= 2));
        CLEANUP(world_end) struct world w;
        struct create_result r;
        struct create_options o = base(crash_out);
        assert_ok(create(&w, &o, &r));
        assert_int_equal(handover_count(&w), before + 1);
        assert_true(is_there(crash_out) && !is_there(part_of(crash_out)));
        assert_int_equal(r.handover.people, 3);
        assert_int_equal(r.objected, 2);
        world_end(&w);
        assert_ok(create(&w, &o, &r)); /* done is done */
        assert_true(r.again);
        assert_int_equal(handover_count(&w), before + 1);
        world_file(name, "something else");
        world_end(&w);
        assert_err(ERR_CONFLICT, create(&w, &o, &r));
    }
}

static void resume_releases_what_was_prepared(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char name[40];
        size_t released;
        snprintf(name, sizeof name, "resume%zu.csv", i);
        crash_out = world_path(name);
        world_crash(points[i], create_once);
        {
            CLEANUP(world_end) struct world w;
            world_open(&w);
            assert_ok(create_resume(w.v, w.a, &released));
        }
        assert_int_equal(released, i >= 2);
        assert_int_equal(is_there(crash_out), i >= 2); /* cut off before its act there is nothing to release */
        CLEANUP(world_end) struct world w;
        world_open(&w);
        assert_ok(create_resume(w.v, w.a, &released));
        assert_int_equal(released, 0);
    }
}

static void a_prepared_file_is_not_lost_to_another_command(void **state)
{
    (void)state;
    crash_out = world_path("taken.csv");
    world_crash("create-committed", create_once);
    struct create_options o = base(crash_out);
    o.selection = "city = \"York\"";
    CLEANUP(world_end) struct world w;
    struct create_result r;
    size_t released;
    assert_err(ERR_CONFLICT, create(&w, &o, &r));
    assert_true(is_there(part_of(crash_out)));
    world_end(&w);
    world_file("taken.csv", "somebody else's");
    world_open(&w);
    assert_err(ERR_CONFLICT, create_resume(w.v, w.a, &released));
    assert_bytes(crash_out, "somebody else's");
    unlink(crash_out);
    assert_ok(create_resume(w.v, w.a, &released));
    assert_int_equal(released, 1);
    assert_true(is_there(crash_out));
}

static void a_prepared_file_that_was_changed_or_lost_is_not_given(void **state)
{
    (void)state;
    crash_out = world_path("altered.csv");
    world_crash("create-published", create_once);
    world_file("altered.csv.part", "other people");
    CLEANUP(world_end) struct world w;
    size_t released;
    world_open(&w);
    assert_err(ERR_CONFLICT, create_resume(w.v, w.a, &released));
    assert_false(is_there(crash_out));
    unlink(part_of(crash_out));
    assert_err(ERR_NOT_FOUND, create_resume(w.v, w.a, &released)); /* said once, and the record stays */
    assert_ok(create_resume(w.v, w.a, &released));
    assert_int_equal(released, 0);
}

static int make(void **state)
{
    world_make(state);
    world_import(WORLD_PEOPLE "7,=1+1,\"Quote\"\"d, Jr\",,,,,2018-01-01,,Current\n8,Uma,Old,uma@example.org,,,1850-01-01,2000-01-01,,Current\n", IMPORT_FULL);
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_holds_exactly_whom_the_gate_lets_through),
        cmocka_unit_test(a_selection_narrows_and_is_told),
        cmocka_unit_test(objections_and_missing_consent_leave_out_person_by_person),
        cmocka_unit_test(a_list_of_members_leaves_the_body_only_with_consent),
        cmocka_unit_test(the_whole_is_refused),
        cmocka_unit_test(past_the_end_date_only_with_a_reason),
        cmocka_unit_test(age_encrypts_for_the_recipient_only),
        cmocka_unit_test(a_key_that_age_does_not_take_records_nothing),
        cmocka_unit_test(cut_off_anywhere_the_same_command_gives_one_file_and_one_record),
        cmocka_unit_test(resume_releases_what_was_prepared),
        cmocka_unit_test(a_prepared_file_is_not_lost_to_another_command),
        cmocka_unit_test(a_prepared_file_that_was_changed_or_lost_is_not_given),
    };
    return cmocka_run_group_tests(tests, make, world_remove);
}
