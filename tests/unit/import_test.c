#include "testing.h"

#include "helpers.h"
#include "import.h"
#include "import_int.h"
#include "limits.h"
#include "people.h"
#include "seam.h"

enum { DAY = 86400 };

static struct test_house house;

/* An open vault with what is settled in it; the clock goes on a day each time. */
struct world {
    struct vault *v;
    struct arena *a;
    struct config c;
    struct import_result r;
};

static void world_end(struct world *w)
{
    vault_close(&w->v);
    arena_release(&w->a);
}

static void world_open(struct world *w)
{
    *w = (struct world){.a = arena_new()};
    house.options.now += DAY;
    assert_ok(vault_open(&house.options, STORE_WRITE, &w->v));
    assert_ok(config_load(w->v, w->a, &w->c));
}

/* For work on everybody. */
static void world_open_wide(struct world *w)
{
    world_open(w);
    assert_ok(vault_warrant(w->v, "list", "register", config_categories(&w->c), 100000));
}

static const char *file(const char *name, const char *text)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", house.root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static struct import_options options(const char *path, const char *source, enum import_mode mode)
{
    return (struct import_options){.path = path, .source = source, .mode = mode, .dates = WHEN_YEAR_FIRST, .exported = DAY_UNKNOWN};
}

static err import_as(struct world *w, const struct import_options *o)
{
    world_open(w);
    return import_run(w->v, &w->c, w->a, o, &w->r);
}

static err import_text(struct world *w, const char *text, const char *source, enum import_mode mode)
{
    struct import_options o = options(file("people.csv", text), source, mode);
    return import_as(w, &o);
}

/* Somebody by an id or address, with all that is known; in a world's arena. */
static struct person somebody(struct world *w, const char *what)
{
    uint32_t ordinal;
    struct person p;
    assert_ok(people_find_one(w->v, &w->c, view_text(what), &ordinal));
    assert_ok(people_open(w->v, &w->c, w->a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    return p;
}

static void assert_text(struct world *w, const struct person *p, const char *field, const char *expected)
{
    struct view text = person_text(p, &w->c.numbers, field_no_of(&w->c.numbers, field), vault_now(w->v));
    char got[200];
    snprintf(got, sizeof got, "%.*s", (int)text.len, (const char *)text.p);
    assert_string_equal(got, expected);
}

static enum person_status status_now(struct world *w, const struct person *p)
{
    return facts_status(&p->facts, vault_now(w->v), vault_today(w->v));
}

struct tally {
    struct world *w;
    uint64_t by_status[STATUS_COUNT];
};

static err count_status(void *ctx, const struct person *p)
{
    struct tally *t = ctx;
    t->by_status[status_now(t->w, p)]++;
    return OK;
}

static struct tally tally(struct world *w)
{
    struct tally t = {.w = w};
    assert_ok(people_each(w->v, &w->c, 0, count_status, &t));
    return t;
}

#define WORLD CLEANUP(world_end) struct world

/* --- the legislators --- */

static void legislators_come_in_once_and_stay_as_they_are(void **state)
{
    (void)state;
    struct import_options o = options(EXAMPLES "/legislators.csv", "crm", IMPORT_FULL);
    {
        WORLD w;
        assert_ok(import_as(&w, &o));
        assert_string_equal(w.r.system, "CiviCRM");
        assert_int_equal(w.r.read, 12347);
        assert_int_equal(w.r.added, 12347);
        assert_int_equal(w.r.rejected_count + w.r.left_out + w.r.updated + w.r.unchanged + w.r.gone, 0);
        struct tally t = tally(&w);
        assert_int_equal(t.by_status[STATUS_MEMBER], 469);
        assert_int_equal(t.by_status[STATUS_FORMER], 11878);
    }
    WORLD w;
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.read, 12347);
    assert_int_equal(w.r.unchanged, 12347);
    assert_int_equal(w.r.added + w.r.updated + w.r.gone, 0);
    struct person p = somebody(&w, "crm:S001141");
    assert_text(&w, &p, "last_name", "Sessions");
    assert_text(&w, &p, "postal_code", "20510");
    assert_int_equal(p.facts.birth, when_day(1946, 12, 24));
    assert_int_equal(facts_joined(&p.facts), when_day(1997, 1, 7));
    assert_int_equal(p.facts.period_count, 1);
    p = somebody(&w, "crm:11866");
    assert_text(&w, &p, "external_identifier", "S001141");
}

static err count_choices(void *ctx, const struct person *p)
{
    struct tally *t = ctx;
    struct config *c = &t->w->c;
    int64_t now = vault_now(t->w->v);
    t->by_status[0] += facts_objects(&p->facts, config_purpose_no(c, view_text(PURPOSE_NEWSLETTER)), 0, now);
    t->by_status[1] += facts_objects(&p->facts, config_purpose_no(c, view_text(PURPOSE_FUNDRAISING)), 0, now);
    t->by_status[2] += facts_objects(&p->facts, config_purpose_no(c, view_text(PURPOSE_BALLOT)), 0, now);
    return OK;
}

static void an_opt_out_of_bulk_mail_objects_to_newsletter_and_fundraising_only(void **state)
{
    (void)state;
    WORLD w;
    world_open_wide(&w);
    struct tally t = {.w = &w};
    assert_ok(people_each(w.v, &w.c, 0, count_choices, &t));
    assert_int_equal(t.by_status[0], 1763);
    assert_int_equal(t.by_status[1], 1763);
    assert_int_equal(t.by_status[2], 0);
}

static err count_truth(void *ctx, const struct person *p, enum truth truth)
{
    size_t *n = ctx;
    (void)p;
    *n += truth == TRUTH_YES;
    return OK;
}

static void selections_look_at_facts_and_values(void **state)
{
    (void)state;
    WORLD w;
    world_open_wide(&w);
    const struct select *s;
    size_t members = 0, in_texas = 0;
    assert_ok(select_parse(w.a, &w.c.catalogue, "--select", "status = \"member\" and joined < 2018-01-01", &s));
    assert_int_equal(people_select_categories(&w.c, s), 0);
    assert_ok(people_select(w.v, &w.c, s, vault_now(w.v), 0, count_truth, &members));
    assert_true(members > 400 && members <= 469);
    assert_ok(select_parse(w.a, &w.c.catalogue, "--select", "status = \"member\" and party = \"republican\"", &s));
    err_clear();
    assert_ok(people_select(w.v, &w.c, s, vault_now(w.v), 0, count_truth, &in_texas));
    assert_true(in_texas > 100 && in_texas < 469);
}

/* --- a second source --- */

#define HEAD "member_number,first_name,last_name,birth_date,email,postal_code,phone\n"
#define MAP "member_number = id\n"

static struct import_options mapped(const char *text, const char *source, enum import_mode mode)
{
    static char map[200];
    snprintf(map, sizeof map, "%s", file("columns.map", MAP));
    struct import_options o = options(file("people.csv", text), source, mode);
    o.map = map;
    return o;
}

static void past_values_are_kept_and_found(void **state)
{
    (void)state;
    {
        WORLD w;
        struct import_options o = mapped(HEAD "M1,Ada,Example,1990-02-03,ada@old.example,ZZ1 1AA,+44 1632 960001\n"
                                              "M2,Ben,Sample,,ben@members.example,ZZ1 1AB,\n",
                                         "desk", IMPORT_FULL);
        assert_ok(import_as(&w, &o));
        assert_int_equal(w.r.added, 2);
    }
    int64_t before = house.options.now;
    {
        WORLD w;
        struct import_options o = mapped(HEAD "M1,Ada,Example,1990-02-03,ada@new.example,ZZ1 1AA,\n"
                                              "M2,Ben,Sample,,ben@members.example,ZZ1 1AB,\n",
                                         "desk", IMPORT_FULL);
        assert_ok(import_as(&w, &o));
        assert_int_equal(w.r.updated, 1);
        assert_int_equal(w.r.unchanged, 1);
    }
    WORLD w;
    world_open(&w);
    struct person p = somebody(&w, "ada@new.example");
    uint16_t email = field_no_of(&w.c.numbers, "email"), phone = field_no_of(&w.c.numbers, "phone");
    assert_text(&w, &p, "email", "ada@new.example");
    struct view old = person_text(&p, &w.c.numbers, email, before);
    assert_int_equal(old.len, strlen("ada@old.example"));
    assert_memory_equal(old.p, "ada@old.example", old.len);
    assert_true(person_has(&p, &w.c.numbers, phone, before));
    assert_false(person_has(&p, &w.c.numbers, phone, vault_now(w.v)));
    assert_false(facts_has_field(&p.facts, phone));
    const uint32_t *found;
    size_t count;
    assert_ok(people_find(w.v, &w.c, w.a, view_text("ada@old.example"), false, &found, &count));
    assert_int_equal(count, 0);
    assert_ok(people_find(w.v, &w.c, w.a, view_text("ada@old.example"), true, &found, &count));
    assert_int_equal(count, 1);
    assert_int_equal(found[0], p.ordinal);
    assert_int_equal(somebody(&w, "Ada Example").ordinal, p.ordinal);
    assert_int_equal(somebody(&w, "+441632960001").ordinal, p.ordinal);
}

static void another_source_means_the_same_person_only_if_names_agree(void **state)
{
    (void)state;
    WORLD w;
    struct import_options o = mapped(HEAD "77,A.,example,,ADA@OLD.example,,\n"  /* Ada: by a past address and an initial */
                                          "78,Cleo,Sample,,ben@members.example,,\n" /* Ben's wife, at his address */
                                          "79,Ben,Sample,,,zz1 1ab,\n",             /* Ben: by postcode and names */
                                     "mailer", IMPORT_FULL);
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.updated, 2);
    assert_int_equal(w.r.added, 1);
    assert_int_equal(w.r.near_count, 1);
    assert_int_equal(w.r.near[0].line, 3);
    assert_int_equal(w.r.near[0].ordinal, somebody(&w, "desk:M2").ordinal);
    assert_int_equal(somebody(&w, "mailer:77").ordinal, somebody(&w, "desk:M1").ordinal);
    assert_int_equal(somebody(&w, "mailer:79").ordinal, somebody(&w, "desk:M2").ordinal);
}

static void different_ids_of_one_source_are_never_one_person(void **state)
{
    (void)state;
    WORLD w;
    struct import_options o = mapped(HEAD "M9,Ben,Sample,,ben@members.example,ZZ1 1AB,\n", "desk", IMPORT_PART);
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.added, 1);
    assert_int_equal(w.r.gone, 0);
    assert_true(w.r.near_count == 1);
    assert_int_not_equal(somebody(&w, "desk:M9").ordinal, somebody(&w, "desk:M2").ordinal);
}

static void who_is_missing_from_a_full_export_is_gone_but_only_when_accepted(void **state)
{
    (void)state;
    struct import_options o = mapped(HEAD "M1,Ada,Example,1990-02-03,ada@new.example,ZZ1 1AA,\n", "desk", IMPORT_FULL);
    {
        WORLD w;
        assert_err(ERR_INVALID, import_as(&w, &o));
        assert_int_equal(w.r.gone, 0);
        assert_int_equal(w.r.was_there, 3);
    }
    {
        WORLD w;
        world_open(&w);
        struct person ben = somebody(&w, "desk:M2");
        assert_true(facts_in_source(&ben.facts, config_source(&w.c, view_text("desk"))->no));
    }
    o.accept_gone = true;
    WORLD w;
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.gone, 2);
    struct person p = somebody(&w, "desk:M2"), other = somebody(&w, "desk:M9");
    assert_false(facts_in_source(&p.facts, config_source(&w.c, view_text("desk"))->no));
    assert_false(facts_gone(&p.facts)); /* the mailer has him still */
    assert_true(facts_gone(&other.facts));
}

/* --- rows --- */

#define CIVI "Contact ID,First Name,Last Name,Email,Membership Type,Membership Start Date,Membership Expiration Date,Membership Status\n"

static void rows_with_one_id_are_one_person_with_several_periods(void **state)
{
    (void)state;
    const char *text = CIVI "500,Dora,Test,dora@members.example,Full,2001-01-01,2005-12-31,Expired\n"
                            "501,Emil,Test,,Full,2010-01-01,2012-01-01,Current\n"
                            "500,Dora,Test,,Life,2008-01-01,,Current\n"
                            "502,Fay,Test,,Full,2016-05-01,,Pending\n"
                            "500,,,,Guest,2006-03-01,2006-09-01,Expired\n";
    {
        WORLD w;
        assert_ok(import_text(&w, text, "civi", IMPORT_FULL));
        assert_int_equal(w.r.read, 5);
        assert_int_equal(w.r.added, 3);
    }
    WORLD w;
    assert_ok(import_text(&w, text, "civi", IMPORT_FULL));
    assert_int_equal(w.r.unchanged, 3);
    struct person dora = somebody(&w, "civi:500"), emil = somebody(&w, "civi:501"), fay = somebody(&w, "civi:502");
    assert_int_equal(dora.facts.period_count, 3);
    assert_int_equal(status_now(&w, &dora), STATUS_MEMBER);
    assert_int_equal(facts_status(&dora.facts, 0, when_day(2005, 6, 1)), STATUS_MEMBER);
    assert_int_equal(facts_status(&dora.facts, 0, when_day(2007, 6, 1)), STATUS_FORMER);
    assert_int_equal(emil.facts.periods[0].end, FACTS_OPEN); /* "Current" with an end long ago */
    assert_int_equal(status_now(&w, &emil), STATUS_MEMBER);
    assert_int_equal(status_now(&w, &fay), STATUS_APPLICANT);
    assert_int_equal(fay.facts.start, when_day(2016, 5, 1));
    const struct person_value *types[4];
    assert_int_equal(person_values(&dora, &w.c.numbers, field_no_of(&w.c.numbers, FIELD_MEMBERSHIP), vault_now(w.v), types, 4), 3);
}

static void rejected_rows_are_all_listed_and_nothing_changes(void **state)
{
    (void)state;
    const char *text = CIVI "600,Gus,Test,,Full,01/02/2003,,Current\n"
                            "601,Hal,Test,,Full,2003-01-01,,Sleeping\n"
                            "602,Ida,Test,,Full,2003-01-01,2002-01-01,Expired\n"
                            "603,Jan,Test,,Full,2003-01-01,,Current\n"
                            "604,Kim,Test,,Full,2003-01-01,,Current\n"
                            "603,Jon,Test,,Full,2004-01-01,,Current\n"
                            "605,too,short\n";
    {
        WORLD w;
        assert_err(ERR_INVALID, import_text(&w, text, "civi", IMPORT_PART));
        assert_int_equal(w.r.rejected_count, 5);
        static const uint64_t lines[] = {2, 3, 4, 7, 8};
        for (size_t i = 0; i < 5; i++)
            assert_int_equal(w.r.rejected[i].line, lines[i]);
        assert_int_equal(w.r.rejected[0].column, 20);
        assert_non_null(strstr(w.r.rejected[3].problem, "line 5"));
        assert_non_null(strstr(w.r.rejected[3].problem, "First Name"));
        for (size_t i = 0; i < 5; i++)
            assert_null(strstr(w.r.rejected[i].problem, "Sleeping"));
    }
    {
        WORLD w;
        world_open(&w);
        const uint32_t *found;
        size_t count;
        assert_ok(people_find(w.v, &w.c, w.a, view_text("civi:604"), true, &found, &count));
        assert_int_equal(count, 0);
    }
    WORLD w;
    struct import_options o = options(file("people.csv", text), "civi", IMPORT_PART);
    o.skip_rejected = true;
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.added, 1);
    assert_int_equal(w.r.rejected_count, 5);
    somebody(&w, "civi:604");
}

static void cells_are_what_their_columns_hold_or_are_told_of(void **state)
{
    (void)state;
    static const char text[] =
        "contact_id,first_name,last_name,phone,email,birth_date,payment_amount,membership_start_date,membership_end_date\n"
        "701,None,Unknown,K\xc3\xb6ln,ada at members.example,unknown,n/a,2018-01-01,-\n"
        "702,Ben,Sample,01632 960001 ext 7,n/a,1980-01-01,\"1,250.00\",2018-01-01,\n"
        "703,Cay,Sample,-,,,12.50,2018-01-01,none\n";
    CLEANUP(world_end) struct world w = {0};
    char path[200];
    snprintf(path, sizeof path, "%s", file("odd.csv", text));
    struct import_options o = options(path, "odd", IMPORT_PART);
    o.map = file("odd.map", "payment_amount = payment_amount\nmembership_start_date = period_start\nmembership_end_date = period_end\ncontact_id = id contact_id\n");
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.added, 3);
    assert_int_equal(w.r.odd_count, 3);
    static const char *const columns[] = {"phone", "email", "payment_amount"};
    static const uint64_t lines[] = {2, 2, 3};
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(w.r.odd[i].column, columns[i]);
        assert_true(w.r.odd[i].count == 1 && w.r.odd[i].lines[0] == lines[i]);
    }
    struct person ada = somebody(&w, "odd:701"), ben = somebody(&w, "odd:702");
    assert_text(&w, &ada, "phone", "K\xc3\xb6ln"); /* never lost */
    assert_text(&w, &ada, "first_name", "None");
    assert_text(&w, &ada, "payment_amount", "");
    assert_text(&w, &ada, "birth_date", "");
    assert_text(&w, &ben, "email", "");
    assert_text(&w, &ben, "payment_amount", "1,250.00");
    assert_int_equal(status_now(&w, &ada), STATUS_MEMBER);
    world_end(&w);
    snprintf(path, sizeof path, "%s", file("wrong.csv", "contact_id,payment_amount,birth_date\n704,abc,1980-01-01\n705,1,maybe\n706,2,\n"));
    o.map = file("wrong.map", "contact_id = id contact_id\n");
    assert_err(ERR_INVALID, import_as(&w, &o));
    assert_int_equal(w.r.rejected_count, 2);
    assert_true(w.r.rejected[0].line == 2 && w.r.rejected[0].column == 5 && w.r.rejected[1].line == 3);
    assert_non_null(strstr(w.r.rejected[0].problem, "holds no number"));
    assert_null(strstr(w.r.rejected[0].problem, "abc"));
    world_end(&w);
    o.skip_rejected = true;
    assert_ok(import_as(&w, &o));
    assert_int_equal(w.r.added, 1);
}

static void a_dry_run_counts_and_changes_nothing(void **state)
{
    (void)state;
    struct import_options o = options(file("people.csv", CIVI "700,Lea,Test,,Full,2003-01-01,,Current\n"), "civi", IMPORT_PART);
    o.dry_run = true;
    for (int i = 0; i < 2; i++) {
        WORLD w;
        assert_ok(import_as(&w, &o));
        assert_int_equal(w.r.added, 1);
    }
}

static void unknown_columns_are_refused_and_new_ones_added_by_the_map(void **state)
{
    (void)state;
    char map[200];
    {
        WORLD w;
        assert_err(ERR_INVALID, import_text(&w, "Contact ID,First Name,Last Name,Shoe Size\n800,Mo,Test,44\n", "civi", IMPORT_PART));
    }
    {
        WORLD w;
        snprintf(map, sizeof map, "%s", file("shoes.map", "Shoe Size = new shoe_size other number\n"));
        struct import_options o = options(file("people.csv", "Contact ID,First Name,Last Name,Shoe Size\n800,Mo,Test,44\n"), "civi",
                                          IMPORT_PART);
        o.map = map;
        assert_ok(import_as(&w, &o));
        assert_int_equal(w.r.new_field_count, 1);
        assert_string_equal(w.r.new_fields[0], "shoe_size");
    }
    WORLD w;
    world_open(&w);
    struct person p = somebody(&w, "civi:800");
    assert_text(&w, &p, "shoe_size", "44");
}

static void rows_without_id_come_back_to_the_same_people(void **state)
{
    (void)state;
    const char *text = "first_name,last_name,email,postal_code\nNia,Idless,nia@members.example,ZZ9 1AA\n"
                       "Olu,Idless,olu@members.example,ZZ9 1AA\nNia,Idless,nia2@members.example,ZZ9 1AA\n";
    {
        WORLD w;
        assert_ok(import_text(&w, text, "list", IMPORT_FULL));
        assert_int_equal(w.r.added, 3);
    }
    WORLD w;
    assert_ok(import_text(&w, text, "list", IMPORT_FULL));
    assert_int_equal(w.r.unchanged, 3);
}

static void rows_that_are_no_living_record_are_left_out(void **state)
{
    (void)state;
    WORLD w;
    assert_ok(import_text(&w,
                          "Contact ID,Contact Type,First Name,Last Name,Contact is in Trash,Deceased,On Hold\n"
                          "900,Organization,,,No,No,No\n901,Individual,Pia,Test,Yes,No,No\n902,Individual,Quin,Test,No,Yes,Yes\n",
                          "civi", IMPORT_PART));
    assert_int_equal(w.r.left_out, 2);
    assert_int_equal(w.r.added, 1);
    struct person p = somebody(&w, "civi:902");
    assert_int_equal(p.facts.marks, FACT_DECEASED | FACT_ON_HOLD);
    assert_true(facts_deceased(&p.facts, vault_today(w.v)));
}

static bool objects(struct world *w, const char *who, const char *purpose)
{
    struct person p = somebody(w, who);
    return facts_objects(&p.facts, config_purpose_no(&w->c, view_text(purpose)), 0, vault_now(w->v));
}

static void an_objection_from_a_file_ends_when_the_file_no_longer_says_it(void **state)
{
    (void)state;
    {
        WORLD w;
        assert_ok(import_text(&w, "Contact ID,First Name,Last Name,No Bulk Emails (User Opt Out)\n910,Rae,Test,Yes\n", "civi", IMPORT_PART));
        assert_true(objects(&w, "civi:910", PURPOSE_NEWSLETTER));
        assert_false(objects(&w, "civi:910", PURPOSE_MEMBERSHIP));
    }
    int64_t then = house.options.now + 3600;
    WORLD w;
    assert_ok(import_text(&w, "Contact ID,First Name,Last Name,No Bulk Emails (User Opt Out)\n910,Rae,Test,No\n", "civi", IMPORT_PART));
    assert_int_equal(w.r.updated, 1);
    assert_false(objects(&w, "civi:910", PURPOSE_NEWSLETTER));
    struct person p = somebody(&w, "civi:910");
    assert_true(facts_objects(&p.facts, config_purpose_no(&w.c, view_text(PURPOSE_NEWSLETTER)), 0, then));
}

static void a_second_id_column_means_the_same_people(void **state)
{
    (void)state;
    WORLD w;
    assert_ok(import_text(&w,
                          "External Identifier,Membership Type,Membership Start Date,Membership Expiration Date\n"
                          "S001141,House,1990-01-01,1992-01-01\nS001141,Senate,1993-01-01,1996-01-01\n",
                          "crm", IMPORT_PART));
    assert_int_equal(w.r.read, 2);
    assert_int_equal(w.r.updated, 1);
    struct person p = somebody(&w, "crm:11866");
    assert_int_equal(p.facts.period_count, 3);
    assert_text(&w, &p, "last_name", "Sessions");
}

static void the_tokens_held_grow_with_the_file_up_to_a_ceiling(void **state)
{
    (void)state;
    assert_int_equal(import_tokens_at_once(0), LIMIT_IMPORT_TOKENS);
    assert_int_equal(import_tokens_at_once(1000000), LIMIT_IMPORT_TOKENS);
    assert_int_equal(import_tokens_at_once(10000000), 15000000);
    assert_int_equal(import_tokens_at_once(LIMIT_ROWS), LIMIT_ROWS + LIMIT_ROWS / 2);
    assert_int_equal(import_tokens_at_once(2ull * LIMIT_ROWS), LIMIT_IMPORT_TOKENS_MOST);
    assert_int_equal(import_tokens_at_once(UINT64_MAX), LIMIT_IMPORT_TOKENS_MOST);
}

static void settings_change_with_their_entries(void **state)
{
    (void)state;
    WORLD w;
    world_open(&w);
    bool is_new;
    assert_ok(vault_begin(w.v));
    struct field f = {"branch_name", "branch", CATEGORY_MEMBERSHIP, TYPE_TEXT, SENSITIVITY_NORMAL, false};
    assert_ok(config_add_field(w.v, &w.c, &f, &is_new));
    assert_true(is_new);
    assert_ok(config_add_field(w.v, &w.c, &f, &is_new));
    assert_false(is_new);
    f.category = CATEGORY_CONTACT;
    assert_err(ERR_CONFLICT, config_add_field(w.v, &w.c, &f, &is_new));
    struct end_rule rule = *end_rule_default(0);
    assert_ok(config_set_rule(w.v, &w.c, &rule, &is_new));
    assert_false(is_new);
    rule.months = 3;
    assert_ok(config_set_rule(w.v, &w.c, &rule, &is_new));
    assert_true(is_new);
    struct purpose purpose = *purpose_default(0);
    purpose.key = "survey";
    assert_ok(config_set_purpose(w.v, &w.c, &purpose, &is_new));
    assert_true(is_new);
    assert_ok(vault_commit(w.v));
    struct config again;
    assert_ok(config_load(w.v, w.a, &again));
    assert_int_equal(again.purpose_count, purpose_default_count() + 1);
    assert_int_not_equal(config_purpose_no(&again, view_text("survey")), 0);
    assert_int_equal(again.rules[0].months, 3);
    assert_int_not_equal(field_no_of(&again.numbers, "branch_name"), 0);
    assert_true(again.membership_is_special);
}

static err first(struct vault *v, void *ctx)
{
    TRY(config_init(v, "Example Members' Union", "privacy@union.example", "GB", "Europe/London", "union"));
    return test_house_nothing(v, ctx);
}

/* --- past values --- */

enum { MANY = 600, STEP = 250 }; /* in several cells; three of them change */

static struct import_options many(bool changed)
{
    CLEANUP(buf_free) struct buf text = BUF(1 << 20);
    buf_str(&text, HEAD);
    for (int i = 0; i < MANY; i++)
        buf_fmt(&text, "%d,Ada,Example,,past%d%s@members.example,,\n", 5000 + i, i, changed && i % STEP == 7 ? "-new" : "");
    return mapped(buf_text(&text), "many", IMPORT_PART);
}

static err count_due(void *ctx, const struct person *p)
{
    struct tally *t = ctx;
    t->by_status[0] += facts_past_due(&p->facts, vault_now(t->w->v));
    return OK;
}

/* Shown by the warrant: it covers the facts of everybody, and `others` people beside. */
static void forget_past(uint64_t everybody, uint64_t others, uint64_t *ret_values)
{
    WORLD w;
    house.options.now -= DAY;
    world_open(&w);
    assert_ok(vault_warrant(w.v, "retention", "register", config_categories(&w.c), everybody + others));
    assert_ok(vault_begin(w.v));
    assert_ok(people_forget_past(w.v, &w.c, ret_values));
    assert_ok(vault_commit(w.v));
}

static void only_who_has_a_past_value_that_is_due_is_opened(void **state)
{
    (void)state;
    uint64_t everybody, due, values;
    for (int changed = 0; changed < 2; changed++) {
        WORLD w;
        struct import_options o = many(changed);
        assert_ok(import_as(&w, &o));
        assert_int_equal(w.r.updated, changed ? 3 : 0);
    }
    house.options.now += LIMIT_PAST_KEPT_SECONDS;
    {
        WORLD w;
        world_open_wide(&w);
        struct tally t = {.w = &w};
        assert_ok(people_count(w.v, &everybody));
        assert_ok(people_each(w.v, &w.c, 0, count_due, &t));
        due = t.by_status[0];
        assert_true(due >= 3 && due < 100);
    }
    forget_past(everybody, due, &values);
    assert_true(values >= due);
    forget_past(everybody, 0, &values);
    assert_int_equal(values, 0);
    WORLD w;
    world_open(&w);
    struct person p = somebody(&w, "many:5257");
    assert_int_equal(somebody(&w, "past257@members.example").ordinal, p.ordinal);
    uint16_t email = field_no_of(&w.c.numbers, "email");
    assert_text(&w, &p, "email", "past257-new@members.example");
    assert_true(person_has(&p, &w.c.numbers, email, 1) && person_value(&p, &w.c.numbers, email, 1)->print);
}

static int make_house(void **state)
{
    (void)state;
    err e = test_house_make(&house, first, NULL);
    if (e.kind != ERR_OK)
        fprintf(stderr, "%s %s %s\n", err_text()->what, err_text()->where, err_text()->todo);
    return e.kind == ERR_OK ? 0 : 1;
}

static int end_house(void **state)
{
    (void)state;
    test_house_end(&house);
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legislators_come_in_once_and_stay_as_they_are),
        cmocka_unit_test(an_opt_out_of_bulk_mail_objects_to_newsletter_and_fundraising_only),
        cmocka_unit_test(selections_look_at_facts_and_values),
        cmocka_unit_test(past_values_are_kept_and_found),
        cmocka_unit_test(another_source_means_the_same_person_only_if_names_agree),
        cmocka_unit_test(different_ids_of_one_source_are_never_one_person),
        cmocka_unit_test(who_is_missing_from_a_full_export_is_gone_but_only_when_accepted),
        cmocka_unit_test(rows_with_one_id_are_one_person_with_several_periods),
        cmocka_unit_test(rejected_rows_are_all_listed_and_nothing_changes),
        cmocka_unit_test(cells_are_what_their_columns_hold_or_are_told_of),
        cmocka_unit_test(a_dry_run_counts_and_changes_nothing),
        cmocka_unit_test(unknown_columns_are_refused_and_new_ones_added_by_the_map),
        cmocka_unit_test(rows_without_id_come_back_to_the_same_people),
        cmocka_unit_test(rows_that_are_no_living_record_are_left_out),
        cmocka_unit_test(an_objection_from_a_file_ends_when_the_file_no_longer_says_it),
        cmocka_unit_test(a_second_id_column_means_the_same_people),
        cmocka_unit_test(only_who_has_a_past_value_that_is_due_is_opened),
        cmocka_unit_test(settings_change_with_their_entries),
        cmocka_unit_test(the_tokens_held_grow_with_the_file_up_to_a_ceiling),
    };
    return cmocka_run_group_tests_name("import", tests, make_house, end_house);
}
