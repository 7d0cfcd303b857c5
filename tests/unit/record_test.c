#include "testing.h"

#include "limits.h"

#include "record_world.h"

static uint64_t handover_count(struct world *w)
{
    struct handover *list;
    size_t count;
    assert_ok(handover_list(w->v, w->a, &list, &count));
    return count;
}

static void rows_are_found_by_the_ids_of_the_source(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, "contact_id,first_name,email,city\n1,Ada,ada@example.org,\n3,,cay@example.org,York\n", &r);
    const struct handover *h = &r.handover;
    assert_int_equal(h->people, 2);
    assert_int_equal(h->matched, 2);
    assert_true(h->file_only == 0 && h->ambiguous == 0);
    uint32_t ada = world_who(&w, "1"), cay = world_who(&w, "3");
    assert_true(world_in(&w, h, ada, "first_name") && !world_in(&w, h, cay, "first_name")); /* an empty cell tells nothing */
    assert_true(!world_in(&w, h, ada, "city") && world_in(&w, h, cay, "city"));
    assert_true(world_in(&w, h, ada, "contact_id") && world_in(&w, h, cay, "contact_id")); /* the id is given too */
    assert_true(!world_in(&w, h, world_who(&w, "2"), NULL));
    assert_int_equal(h->field_count, 4);
    assert_string_equal(handover_evidence_word(h->evidence), "exact");
    assert_string_equal(h->source, "crm");
    assert_string_equal(h->file, "sent.csv");
    assert_int_equal(h->delete_by, when_day(2018, 3, 2) + 90);
}

static void without_ids_by_address_and_name(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, "email,first_name,last_name\nADA@Example.org,A.,EXAMPLE\nbob@example.org,Bert,Sample\n", &r);
    assert_int_equal(r.handover.matched, 1);
    assert_int_equal(r.handover.file_only, 1); /* another first name is another person */
    assert_true(world_in(&w, &r.handover, world_who(&w, "1"), "email"));
    assert_false(world_in(&w, &r.handover, world_who(&w, "2"), NULL));
}

static void a_row_that_means_several_includes_all(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, "email,first_name,last_name\ntwins@example.org,Jo,Twin\n", &r);
    assert_int_equal(r.handover.people, 2);
    assert_int_equal(r.handover.ambiguous, 1);
    assert_true(r.handover.matched == 0 && r.handover.file_only == 0);
    assert_true(world_in(&w, &r.handover, world_who(&w, "4"), "email") && world_in(&w, &r.handover, world_who(&w, "5"), "email"));
}

/* Too little to tell who: all who may be meant count, and nobody is made up. */
static void a_row_with_an_address_alone_includes_whoever_may_be_meant(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, "email,first_name,last_name,city\nADA@example.org,,,Leeds\ncay@example.org,,Instance,\ntwins@example.org,Jo,,\n", &r);
    const struct handover *h = &r.handover;
    assert_int_equal(h->people, 4);
    assert_int_equal(h->ambiguous, 3);
    assert_true(h->matched == 0 && h->file_only == 0);
    assert_true(world_in(&w, h, world_who(&w, "1"), "city") && world_in(&w, h, world_who(&w, "3"), "last_name"));
    assert_true(world_in(&w, h, world_who(&w, "4"), "email") && world_in(&w, h, world_who(&w, "5"), "first_name"));
    world_end(&w);
    record_csv(&w, "postal_code,last_name,email\nhu11aa,TWIN,\nLS1 1AA,,\n,Stranger,cay@example.org\n", &r);
    assert_int_equal(h->ambiguous, 1); /* a postcode alone, or another name, is somebody else */
    assert_int_equal(h->file_only, 2);
    assert_int_equal(h->people, 4);
}

/* Of somebody known only from files an address alone means her again; whoever bears another name is another. */
static void the_same_address_in_a_later_file_is_the_same_person(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    const struct handover *h = &r.handover;
    record_csv(&w, "email,city\nlou@elsewhere.example,\nLOU@elsewhere.example,Leeds\nmax@elsewhere.example,York\n", &r);
    assert_true(h->people == 2 && h->file_only == 2 && h->ambiguous == 0);
    world_end(&w);
    record_csv(&w, "email\nlou@elsewhere.example\nmax@elsewhere.example\n", &r);
    assert_true(h->people == 2 && h->file_only == 2 && h->ambiguous == 0);
    uint64_t everybody;
    assert_ok(people_count(w.v, &everybody));
    world_end(&w);
    record_csv(&w, "email,first_name,last_name\nlou@elsewhere.example,Lou,Alpha\nlou@elsewhere.example,Moe,Alpha\nlou@elsewhere.example,LOU,ALPHA\n", &r);
    assert_int_equal(h->people, 2); /* the one known by her address, and one more */
    assert_int_equal(h->file_only, 2);
    world_end(&w);
    record_csv(&w, "email,first_name,last_name\nlou@elsewhere.example,Moe,Alpha\nlou@elsewhere.example,Lou,Alpha\n", &r);
    assert_int_equal(h->people, 2);
    world_end(&w);
    record_csv(&w, "email\nlou@elsewhere.example\n", &r);
    assert_true(h->people == 2 && h->ambiguous == 1);
}

static void rows_of_nobody_become_people_known_only_from_the_file(void **state)
{
    (void)state;
    uint32_t eve;
    {
        CLEANUP(world_end) struct world w;
        struct record_result r;
        record_csv(&w, "contact_id,first_name,last_name,email\n901,Eve,Unknown,eve@example.org\n901,Eve,Unknown,eve2@example.org\n902,Fay,Unknown,\n", &r);
        assert_int_equal(r.handover.file_only, 2); /* doubled in the file, one person */
        assert_int_equal(r.handover.people, 2);
        assert_int_equal(r.handover.matched, 0);
        eve = world_who(&w, "crm:901");
        assert_true(world_in(&w, &r.handover, eve, "email"));
        assert_false(world_in(&w, &r.handover, world_who(&w, "902"), "email"));
    }
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct person p;
    record_csv(&w, "contact_id,city\n901,Leeds\n", &r);
    world_again(&w, &r.handover);
    assert_int_equal(r.handover.people, 1);
    assert_int_equal(r.handover.file_only, 1);
    assert_true(world_in(&w, &r.handover, eve, "city"));
    assert_ok(people_open(w.v, &w.c, w.a, &eve, 1, PEOPLE_ALL_CATEGORIES, &p));
    assert_true(facts_file_only(&p.facts));
    assert_int_equal(facts_status(&p.facts, vault_now(w.v), vault_today(w.v)), STATUS_FILE_ONLY);
    assert_int_equal(status_group(STATUS_FILE_ONLY), STATUS_OTHER);
    assert_int_equal(p.facts.start, vault_today(w.v)); /* her end date counts from the day we recorded her */
    const struct person_value *emails[4];
    uint16_t email = field_no_of(&w.c.numbers, "email"), city = field_no_of(&w.c.numbers, "city");
    assert_int_equal(person_values(&p, &w.c.numbers, email, vault_now(w.v), emails, 4), 2); /* both rows add up */
    struct view text = person_text(&p, &w.c.numbers, city, vault_now(w.v)); /* and what the next file said */
    assert_true(view_equal(text, view_text("Leeds")));
}

static void unknown_rows_without_ids_are_one_person_if_they_agree(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, "first_name,last_name,email,phone\nGus,Nobody,gus@example.org,1\nGus,nobody,GUS@example.org,22222\nHal,Nobody,,\nHal,Nobody,,\nHal,Nobody,,3\n", &r);
    assert_int_equal(r.handover.file_only, 3); /* Gus; Hal twice the same; Hal with a telephone */
}

/* She stays when a full export does not have her, and becomes one of the register when one has. */
static void a_later_import_makes_her_one_of_the_register(void **state)
{
    (void)state;
    struct person p;
    uint32_t ivy, jan;
    {
        CLEANUP(world_end) struct world w;
        struct record_result r;
        record_csv(&w, "contact_id,first_name,last_name,email\n911,Ivy,Later,ivy@example.org\n912,Jan,Never,jan@example.org\n", &r);
        assert_int_equal(r.handover.file_only, 2);
        ivy = world_who(&w, "911");
        jan = world_who(&w, "912");
    }
    world_import(WORLD_PEOPLE "911,Ivy,Later,ivy@example.org,,,,2018-01-01,,Current\n", IMPORT_FULL);
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_int_equal(world_who(&w, "911"), ivy);
    assert_ok(people_open(w.v, &w.c, w.a, &ivy, 1, 0, &p));
    assert_false(facts_file_only(&p.facts));
    assert_int_equal(facts_status(&p.facts, vault_now(w.v), vault_today(w.v)), STATUS_MEMBER);
    assert_ok(people_open(w.v, &w.c, w.a, &jan, 1, 0, &p));
    assert_true(facts_file_only(&p.facts) && !facts_gone(&p.facts));
}

static void everybody_of_a_file_of_one_person_is_that_person(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(buf_free) struct buf text = BUF(8 << 20);
    struct record_result r;
    buf_str(&text, "contact_id,first_name,city\n");
    for (int i = 0; i < 9000; i++)
        buf_fmt(&text, "950,Kim,Town %d\n", i % 7);
    record_csv(&w, buf_text(&text), &r); /* over more than one batch */
    assert_int_equal(r.handover.people, 1);
    assert_int_equal(r.handover.file_only, 1);
    assert_int_equal(r.rows, 9000);
}

/* What is said of one address by very many rows is not one person's: of that a bounded part is kept, and all count. */
static void very_many_values_of_one_person_are_not_all_kept(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, "email,city\nmany@elsewhere.example,First\n", &r);
    world_end(&w);
    CLEANUP(buf_free) struct buf text = BUF(8 << 20);
    buf_str(&text, "email,city\n");
    for (int i = 0; i < 20000; i++)
        buf_fmt(&text, "many@elsewhere.example,Town %d\n", i);
    record_csv(&w, buf_text(&text), &r);
    assert_int_equal(r.handover.people, 1);
    uint32_t many = world_who(&w, "many@elsewhere.example");
    struct person p;
    assert_ok(people_open(w.v, &w.c, w.a, &many, 1, PEOPLE_ALL_CATEGORIES, &p));
    assert_int_equal(p.count, 1 + LIMIT_FILE_VALUES);
}

static void what_the_choice_tells_counts_for_all(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = base(HANDOVER_FILE);
    o.selection = "status = \"member\" and city = \"York\"";
    world_open(&w);
    assert_ok(record_text_as(&w, "contact_id,first_name\n1,Ada\n3,Cay\n", &o, &r));
    assert_int_equal(world_field(&r.handover, "membership")->people, 2);
    assert_int_equal(world_field(&r.handover, "city")->people, 2);
    assert_string_equal(r.handover.selection, o.selection);
}

/* --- refused --- */

static void refused(const char *text, enum err_kind kind, uint64_t line, uint64_t column, const char *words)
{
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = base(HANDOVER_FILE);
    world_open(&w);
    uint64_t before = handover_count(&w), people, now;
    assert_ok(people_count(w.v, &people));
    err e = record_text_as(&w, text, &o, &r);
    if (e.kind != kind || (!strstr(err_text()->what, words) && !strstr(err_text()->todo, words)))
        fail_msg("%s: %s", err_policy(e.kind)->name, err_text()->what);
    assert_int_equal(err_text()->line, line);
    assert_int_equal(err_text()->column, column);
    assert_null(strstr(err_text()->what, "Secret"));
    for (size_t i = 0; i < r.rejected_shown; i++)
        assert_null(strstr(r.rejected[i].problem, "Secret"));
    assert_int_equal(handover_count(&w), before);
    assert_ok(people_count(w.v, &now));
    assert_int_equal(now, people);
}

static void bad_files_are_refused_with_their_place_and_change_nothing(void **state)
{
    (void)state;
    refused("contact_id,first_name,shoe size\n1,Secret,42\n", ERR_INVALID, 1, 0, "shoe size");
    refused("contact_id,first_name\n1,Ada\n2,Secret,too,many\n", ERR_INVALID, 3, 10, "1 of 2 rows");
    refused("contact_id,first_name\n901,Eve\n2\n", ERR_INVALID, 3, 2, "1 of 2 rows");
    refused("contact_id,first_name,birth_date\n1,Ada,1980-01-02\n2,Secret,1980-02-31\n", ERR_INVALID, 3, 10, "1 of 2 rows");
    refused("contact_id,first_name\n1,Secret\xff\n", ERR_INVALID, 2, 9, "1 of 1 rows");
    refused("contact_id,first_name\n1,\"Secret\n", ERR_INVALID, 2, 3, "");
    refused("contact_id,first_name\n", ERR_INVALID, 0, 0, "no rows");
    refused("", ERR_INVALID, 0, 0, "");
}

static void all_bad_rows_are_listed(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = base(HANDOVER_FILE);
    world_open(&w);
    assert_err(ERR_INVALID, record_text_as(&w, "contact_id,first_name,birth_date\n1,Ada,x\n2,Bob,1970-05-06\n3\n4,Jo,1990-13-01\n", &o, &r));
    assert_int_equal(r.rejected_count, 3);
    assert_int_equal(r.rejected_shown, 3);
    const uint64_t lines[] = {2, 4, 5}, columns[] = {7, 2, 6};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r.rejected[i].line, lines[i]);
        assert_int_equal(r.rejected[i].column, columns[i]);
    }
    assert_non_null(strstr(r.rejected[0].problem, "birth_date"));
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    world_open(&w);
    const char *text = "contact_id,first_name\n1,Ada\n";
    struct record_options o = base(HANDOVER_FILE);
    o.recipient = "pelwick";
    assert_err(ERR_NOT_FOUND, record_text_as(&w, text, &o, &r));
    o = base(HANDOVER_FILE);
    o.purpose = "balot";
    assert_err(ERR_NOT_FOUND, record_text_as(&w, text, &o, &r));
    assert_non_null(strstr(err_text()->todo, "ballot"));
    o = base(HANDOVER_FILE);
    o.approver = "";
    assert_err(ERR_INVALID, record_text_as(&w, text, &o, &r));
    o.approver = "Latin \xe9";
    assert_err(ERR_INVALID, record_text_as(&w, text, &o, &r));
    o = base(HANDOVER_FILE);
    o.sent = (struct when_range){house.options.now + 10 * WORLD_DAY, house.options.now + 11 * WORLD_DAY};
    assert_err(ERR_INVALID, record_text_as(&w, text, &o, &r));
    o = base(HANDOVER_FILE);
    o.selection = "citi = \"York\"";
    assert_err(ERR_INVALID, record_text_as(&w, text, &o, &r));
    o = base(HANDOVER_RULE);
    static const char *const unknown[] = {"emial"};
    o.fields = unknown;
    o.field_count = 1;
    assert_err(ERR_INVALID, record_run(w.v, &w.c, w.a, &o, &r));
    assert_non_null(strstr(err_text()->todo, "email"));
}

/* The gate marks a hand-over of the past and never refuses it. */
static void the_gate_marks(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = base(HANDOVER_FILE);
    o.sent = (struct when_range){when_day(2017, 1, 1) * (int64_t)WORLD_DAY, when_day(2017, 1, 1) * (int64_t)WORLD_DAY};
    o.purpose = "fundraising";
    world_open(&w);
    assert_ok(record_text_as(&w, "contact_id,first_name,phone\n1,Ada,5\n", &o, &r));
    assert_non_null(strstr(r.handover.marks, "before-contract"));
    assert_non_null(strstr(r.handover.marks, "purpose-not-agreed"));
    assert_non_null(strstr(r.handover.marks, "field-not-agreed")); /* the id column */
}

static void without_a_source_the_ids_are_not_used_and_that_is_told(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = base(HANDOVER_FILE);
    o.source = NULL;
    world_open(&w);
    assert_ok(record_text_as(&w, "contact_id,first_name,last_name,email\n1,Ada,Example,ada@example.org\n2,Zoe,Else,\n", &o, &r));
    assert_true(r.ids_unused);
    assert_int_equal(r.handover.matched, 1);
    assert_int_equal(r.handover.file_only, 1);
    assert_string_equal(r.handover.source, "");
}

/* --- rules and systems --- */

static const char *const given[] = {"first_name", "city", "email"};

static struct record_options by_rule(const char *rule)
{
    struct record_options o = base(HANDOVER_RULE);
    o.selection = rule;
    o.fields = given;
    o.field_count = 3;
    return o;
}

static int64_t at_day(int year, int month, int day)
{
    return when_day(year, month, day) * (int64_t)WORLD_DAY + 43200;
}

static void a_rule_is_worked_out_as_of_the_day(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = by_rule("status = \"member\"");
    world_open(&w);
    uint32_t ada = world_who(&w, "1"), bob = world_who(&w, "2"), cay = world_who(&w, "3");
    o.sent.earliest = o.sent.latest = at_day(2015, 6, 30); /* Bob's last day */
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, "city") && world_in(&w, &r.handover, bob, NULL) && !world_in(&w, &r.handover, cay, NULL));
    assert_false(world_in(&w, &r.handover, bob, "city")); /* he has none */
    assert_true(world_in(&w, &r.handover, bob, "membership")); /* the rule tells it */
    assert_string_equal(handover_evidence_word(r.handover.evidence), "rebuilt");
    o.sent.earliest = o.sent.latest = at_day(2015, 7, 1);
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, NULL) && !world_in(&w, &r.handover, bob, NULL));
    o.has_as_of = true; /* said otherwise */
    o.as_of = at_day(2017, 3, 1);
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, cay, NULL) && !world_in(&w, &r.handover, bob, NULL));
    o = by_rule("status = \"member\""); /* sent at any time of a longer one: each of its days counts */
    o.sent.earliest = at_day(2015, 6, 30);
    o.sent.latest = at_day(2017, 3, 1);
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, "city") && world_in(&w, &r.handover, bob, NULL) && world_in(&w, &r.handover, cay, NULL));
    o.sent = (struct when_range){WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE};
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, NULL) && world_in(&w, &r.handover, bob, NULL) && world_in(&w, &r.handover, cay, NULL));
    o = by_rule("city = \"Nowhere\"");
    assert_err(ERR_INVALID, record_run(w.v, &w.c, w.a, &o, &r));
}

/* Ada moved from Leeds to Bath: what a rule finds and gives is that of then. */
static void a_rule_knows_the_values_of_then(void **state)
{
    (void)state;
    int64_t moved;
    {
        CLEANUP(world_end) struct world w;
        world_open(&w);
        moved = vault_now(w.v);
    }
    house.options.now += 100 * WORLD_DAY;
    world_import("contact_id,first_name,city,email\n1,Ada,Bath,\n", IMPORT_PART);
    house.options.now += 100 * WORLD_DAY;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = by_rule("city = \"Leeds\"");
    world_open(&w);
    uint32_t ada = world_who(&w, "1");
    o.sent.earliest = o.sent.latest = moved;
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, "email"));
    o.sent.earliest = o.sent.latest = vault_now(w.v);
    o.selection = "city = \"Bath\"";
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, "city") && !world_in(&w, &r.handover, ada, "email")); /* the export no longer has one */
    o.sent.earliest = o.sent.latest = at_day(2010, 1, 1); /* the first value known holds for all time before */
    o.selection = "city = \"Leeds\"";
    assert_ok(record_run(w.v, &w.c, w.a, &o, &r));
    assert_true(world_in(&w, &r.handover, ada, "email"));
}

static void record_system(struct world *w, const char *selection, int64_t from, int64_t until, struct handover *ret)
{
    struct record_result r;
    struct record_options o = by_rule(selection);
    o.kind = HANDOVER_SYSTEM;
    o.sent = (struct when_range){from, until};
    world_end(w);
    world_open(w);
    assert_ok(record_run(w->v, &w->c, w->a, &o, &r));
    *ret = r.handover;
    world_again(w, ret);
}

static void a_system_holds_whoever_was_in_it_at_any_time(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct handover h;
    world_open(&w);
    uint32_t ada = world_who(&w, "1"), bob = world_who(&w, "2"), cay = world_who(&w, "3"), jo = world_who(&w, "4");
    record_system(&w, "status = \"member\"", at_day(2014, 1, 1), at_day(2016, 12, 31), &h);
    assert_true(world_in(&w, &h, ada, "city"));
    assert_true(world_in(&w, &h, bob, NULL));  /* left meanwhile */
    assert_true(world_in(&w, &h, jo, NULL));   /* came meanwhile */
    assert_false(world_in(&w, &h, cay, NULL)); /* came after its end */
    assert_int_equal(h.delete_by, when_day(2016, 12, 31) + 90);
    assert_string_equal(handover_evidence_word(h.evidence), "rebuilt");
    assert_int_equal(h.exact, 0); /* it had ended before it was recorded */
    record_system(&w, "status = \"member\"", at_day(2015, 7, 1), WHEN_UNKNOWN_LATE, &h);
    assert_false(world_in(&w, &h, bob, NULL)); /* had left before */
    assert_true(world_in(&w, &h, cay, NULL));
    assert_string_equal(handover_evidence_word(h.evidence), "exact"); /* all are still members */
    assert_int_equal(h.delete_by, DAY_UNKNOWN);
}

static void a_system_without_a_selection_holds_all_but_those_who_came_later(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct handover h;
    world_open(&w);
    record_system(&w, NULL, at_day(2014, 1, 1), at_day(2016, 12, 31), &h);
    assert_true(world_in(&w, &h, world_who(&w, "2"), NULL));
    assert_false(world_in(&w, &h, world_who(&w, "3"), NULL));   /* joined certainly after the end */
    assert_true(world_in(&w, &h, world_who(&w, "6"), NULL));    /* when Dan came is not known */
    assert_false(world_in(&w, &h, world_who(&w, "901"), NULL)); /* known only from a file */
    record_system(&w, NULL, vault_now(w.v) - vault_now(w.v) % WORLD_DAY - 3600, WHEN_UNKNOWN_LATE, &h); /* from this midnight in London */
    assert_true(world_in(&w, &h, world_who(&w, "3"), "email"));
    assert_string_equal(handover_evidence_word(h.evidence), "exact");
}

static void their_own_list_is_evidence_of_its_kind(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct record_options o = base(HANDOVER_THEIR_LIST);
    o.source = NULL;
    world_open(&w);
    assert_ok(record_text_as(&w, "email,first_name,last_name\ncay@example.org,Cay,Instance\n", &o, &r));
    assert_string_equal(handover_evidence_word(r.handover.evidence), "listed");
    assert_string_equal(handover_kind_word(r.handover.kind), "their-list");
    assert_int_equal(r.handover.matched, 1);
    assert_false(r.ids_unused);
}

/* --- cut off --- */

static char crash_rows[64];

static void record_once(void)
{
    CLEANUP(world_end) struct world w;
    struct record_result r;
    record_csv(&w, crash_rows, &r);
}

static void cut_off_anywhere_the_same_command_gives_one_hand_over(void **state)
{
    (void)state;
    static const char *const points[] = {"handover-before-commit", "handover-committed", "handover-published"};
    for (size_t i = 0; i < 3; i++) {
        uint64_t before, people_before, people_now;
        snprintf(crash_rows, sizeof crash_rows, "contact_id,first_name\n1,Ada\n97%zu,Lou\n", i + 1);
        {
            CLEANUP(world_end) struct world w;
            world_open(&w);
            before = handover_count(&w);
            assert_ok(people_count(w.v, &people_before));
        }
        world_crash(points[i], record_once);
        CLEANUP(world_end) struct world w;
        struct record_result r;
        record_csv(&w, crash_rows, &r);
        assert_int_equal(handover_count(&w), before + 1);
        assert_int_equal(r.handover.people, 2);
        assert_ok(people_count(w.v, &people_now));
        assert_int_equal(people_now, people_before + 1);
        struct handover stored;
        assert_ok(handover_load(w.v, w.a, r.handover.id, &stored));
        assert_int_equal(stored.log_index, r.handover.log_index);
        struct record_options o = base(HANDOVER_FILE); /* the same once more, and after something else */
        assert_ok(record_text_as(&w, crash_rows, &o, &r));
        assert_true(r.again);
        assert_int_equal(handover_count(&w), before + 1);
        assert_ok(record_text_as(&w, "contact_id\n1\n", &o, &r));
        assert_ok(record_text_as(&w, crash_rows, &o, &r));
        assert_false(r.again);
        assert_int_equal(handover_count(&w), before + 3);
    }
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_the_ids_of_the_source),
        cmocka_unit_test(without_ids_by_address_and_name),
        cmocka_unit_test(a_row_that_means_several_includes_all),
        cmocka_unit_test(rows_of_nobody_become_people_known_only_from_the_file),
        cmocka_unit_test(a_row_with_an_address_alone_includes_whoever_may_be_meant),
        cmocka_unit_test(the_same_address_in_a_later_file_is_the_same_person),
        cmocka_unit_test(unknown_rows_without_ids_are_one_person_if_they_agree),
        cmocka_unit_test(a_later_import_makes_her_one_of_the_register),
        cmocka_unit_test(everybody_of_a_file_of_one_person_is_that_person),
        cmocka_unit_test(very_many_values_of_one_person_are_not_all_kept),
        cmocka_unit_test(what_the_choice_tells_counts_for_all),
        cmocka_unit_test(bad_files_are_refused_with_their_place_and_change_nothing),
        cmocka_unit_test(all_bad_rows_are_listed),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(the_gate_marks),
        cmocka_unit_test(without_a_source_the_ids_are_not_used_and_that_is_told),
        cmocka_unit_test(a_rule_is_worked_out_as_of_the_day),
        cmocka_unit_test(a_system_holds_whoever_was_in_it_at_any_time),
        cmocka_unit_test(a_system_without_a_selection_holds_all_but_those_who_came_later),
        cmocka_unit_test(a_rule_knows_the_values_of_then),
        cmocka_unit_test(their_own_list_is_evidence_of_its_kind),
        cmocka_unit_test(cut_off_anywhere_the_same_command_gives_one_hand_over),
    };
    return cmocka_run_group_tests(tests, make, world_remove);
}
