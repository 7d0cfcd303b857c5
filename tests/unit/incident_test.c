#include "testing.h"

#include "incident.h"
#include "jsonio.h"

#define OPENED 1773065700 /* 2026-03-09T14:15:00Z */
#define AWARE 1773065100  /* 2026-03-09T14:05:00Z */
#define DAY_S 86400

static const char *const recipients[] = {"pellwick", "R2"};

static struct incident the_case(void)
{
    struct incident inc = incident_new("I1", AWARE, OPENED);
    inc.recipients = recipients;
    inc.recipient_count = 2;
    return inc;
}

static struct when_zone zone(const char *name)
{
    struct when_zone z;
    assert_ok(when_zone_find(&z, view_text(name)));
    return z;
}

static void a_new_incident_knows_nothing_but_when_and_who(void **state)
{
    (void)state;
    struct incident inc = the_case();
    enum incident_question q;
    assert_ok(incident_check(&inc));
    assert_string_equal(inc.number, "I1");
    assert_int_equal(inc.version, 1);
    assert_true(incident_report_due(&inc) == AWARE + 259200);
    assert_int_equal(inc.facts[INCIDENT_RANSOM].answer, INCIDENT_NOT_KNOWN);
    assert_true(incident_undated(&inc, &q));
    assert_int_equal(q, INCIDENT_AVAILABILITY);
    struct when_range ever = incident_edge_range(inc.from);
    assert_true(ever.earliest == WHEN_UNKNOWN_EARLY && ever.latest == WHEN_UNKNOWN_LATE);
}

static void the_72_hours_do_not_care_for_summer_time(void **state)
{
    (void)state;
    struct when_zone z = zone("Europe/London");
    struct incident inc = the_case();
    assert_ok(when_parse_instant(view_text("2026-03-27T14:05:00+00:00"), &inc.aware));
    CLEANUP(buf_free) struct buf b = BUF(100);
    assert_ok(when_put_local(&b, incident_report_due(&inc), &z));
    assert_string_equal(buf_text(&b), "2026-03-30T15:05:00+01:00");
}

static void what_must_be_there_is_asked_for(void **state)
{
    (void)state;
    struct incident inc = the_case();
    inc.aware = INCIDENT_NO_TIME;
    assert_err(ERR_INVALID, incident_check(&inc));
    inc = the_case();
    inc.recipient_count = 0;
    assert_err(ERR_INVALID, incident_check(&inc));
    inc.company_text = "Pellwick Mailing Ltd"; /* enough for now */
    assert_ok(incident_check(&inc));
    inc = the_case();
    static const char *const twice[] = {"pellwick", "pellwick"};
    inc.recipients = twice;
    assert_err(ERR_INVALID, incident_check(&inc));
    static const char *const bad[] = {"Pellwick Mailing", "r"};
    inc.recipients = bad;
    assert_err(ERR_INVALID, incident_check(&inc));
    inc = the_case();
    inc.id = "i 1";
    assert_err(ERR_INVALID, incident_check(&inc));
    inc = the_case();
    inc.cause_text = "a\x1b[2J";
    assert_err(ERR_INVALID, incident_check(&inc));
    inc.cause_text = "caf\xe9";
    assert_err(ERR_INVALID, incident_check(&inc));
    inc = the_case();
    inc.facts[INCIDENT_INTEGRITY].answer = INCIDENT_NO; /* without a reason */
    assert_err(ERR_INVALID, incident_check(&inc));
    inc = the_case();
    inc.company[3].state = INCIDENT_LATER; /* without by when */
    assert_err(ERR_INVALID, incident_check(&inc));
    inc.company[3].by = OPENED + DAY_S;
    assert_ok(incident_check(&inc));
}

static void facts_are_yes_no_with_a_reason_or_not_known(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    static const struct {
        const char *words;
        enum incident_answer answer;
        const char *reason;
    } good[] = {
        {"yes", INCIDENT_YES, ""},
        {"yes: asked for; the company says: not paid", INCIDENT_YES, "asked for; the company says: not paid"},
        {"no:compared with our own copies ", INCIDENT_NO, "compared with our own copies"},
        {"unknown", INCIDENT_NOT_KNOWN, ""},
        {" not known ", INCIDENT_NOT_KNOWN, ""},
    };
    struct incident_fact f;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_ok(incident_parse_fact(a, good[i].words, &f));
        assert_int_equal(f.answer, good[i].answer);
        assert_string_equal(f.reason, good[i].reason);
        assert_true(f.next_word == INCIDENT_NO_TIME);
    }
    static const char *const bad[] = {"no", "no: ", "maybe", "", "unknown: later", "Yes", "yesno"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_err(ERR_USAGE, incident_parse_fact(a, bad[i], &f));
}

static void a_window_runs_from_the_start_of_a_to_the_end_of_b(void **state)
{
    (void)state;
    struct when_zone z = zone("Europe/London");
    struct incident_edge from, to;
    assert_ok(incident_parse_window("2026-02-27..2026-03-06", &z, &from, &to));
    assert_true(from.range.earliest == 1772150400);         /* 2026-02-27T00:00:00Z */
    assert_true(to.range.latest == 1772755200 + DAY_S - 1); /* 2026-03-06T23:59:59Z */
    assert_ok(incident_parse_window("unknown..ongoing", &z, &from, &to));
    assert_int_equal(from.state, INCIDENT_EDGE_UNKNOWN);
    assert_int_equal(to.state, INCIDENT_EDGE_ONGOING);
    assert_true(incident_edge_range(to).latest == WHEN_UNKNOWN_LATE);
    assert_ok(incident_parse_window("2026-02", &z, &from, &to));
    assert_true(from.range.earliest < to.range.latest && from.range.earliest == to.range.earliest);
    assert_ok(incident_parse_edge("2026-02-27..2026-03-01", false, &z, &from));
    assert_true(from.range.latest - from.range.earliest == 3 * DAY_S - 1);
    assert_ok(incident_parse_edge("unknown..2026-03-01", false, &z, &from));
    assert_true(from.range.earliest == WHEN_UNKNOWN_EARLY && from.state == INCIDENT_EDGE_KNOWN);
}

static void a_window_that_ends_before_it_begins_is_refused(void **state)
{
    (void)state;
    struct when_zone z = zone("Europe/London");
    struct incident_edge from, to;
    assert_err(ERR_INVALID, incident_parse_window("2026-03-06..2026-02-27", &z, &from, &to));
    assert_err(ERR_USAGE, incident_parse_window("ongoing..2026-02-27", &z, &from, &to));
    assert_err(ERR_INVALID, incident_parse_window("yesterday..today", &z, &from, &to));
    assert_ok(incident_parse_window("2026-03..2026-03-02", &z, &from, &to)); /* perhaps in order */
    struct incident inc = the_case();
    inc.from = (struct incident_edge){INCIDENT_EDGE_KNOWN, {100, 100}};
    inc.to = (struct incident_edge){INCIDENT_EDGE_KNOWN, {50, 99}};
    assert_err(ERR_INVALID, incident_check(&inc));
    inc.to.range.latest = 100;
    assert_ok(incident_check(&inc));
    inc.from.state = INCIDENT_EDGE_ONGOING;
    assert_err(ERR_INVALID, incident_check(&inc));
}

static struct incident_line line(const char *text)
{
    return (struct incident_line){AWARE, OPENED, text, "B. Tarn"};
}

static void a_change_makes_a_version_and_loses_no_line(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident v1 = the_case(), v2, v3, wanted;
    assert_ok(incident_add_line(a, &v1, line("Pellwick told us.")));
    wanted = v1;
    wanted.cause = INCIDENT_RANSOMWARE;
    assert_ok(incident_add_line(a, &wanted, line("The cause is known.")));
    assert_ok(incident_revise(&v1, &wanted, &v2));
    assert_int_equal(v2.version, 2);
    assert_int_equal(v2.line_count, 2);
    assert_int_equal(v1.line_count, 1); /* the old one is as it was */
    assert_int_equal(v1.cause, INCIDENT_CAUSE_UNKNOWN);
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3)); /* made from the version before */
    wanted = v2;
    wanted.line_count = 1;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    struct incident_line altered[] = {line("Pellwick told us."), line("The cause isn't known.")};
    wanted = v2;
    wanted.timeline = altered;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    wanted = v2;
    wanted.opened_at--;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    wanted = v2;
    wanted.aware = INCIDENT_NO_TIME;
    assert_err(ERR_INVALID, incident_revise(&v2, &wanted, &v3));
}

static struct incident_promise promise(const char *on, int64_t by)
{
    return (struct incident_promise){on, by, OPENED, INCIDENT_NO_TIME, "B. Tarn", ""};
}

static void a_promise_is_kept_once_and_never_moved(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident v1 = the_case(), v2, v3;
    assert_ok(incident_add_promise(a, &v1, promise("confidentiality", OPENED + DAY_S)));
    struct incident wanted = v1;
    struct incident_promise changed = v1.promises[0];
    wanted.promises = &changed;
    changed.by += DAY_S;
    assert_err(ERR_CONFLICT, incident_revise(&v1, &wanted, &v2));
    changed = v1.promises[0];
    changed.kept_at = OPENED + 100;
    assert_ok(incident_revise(&v1, &wanted, &v2));
    wanted = v2;
    struct incident_promise reopened = v2.promises[0];
    reopened.kept_at = INCIDENT_NO_TIME;
    wanted.promises = &reopened;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
}

static void promises_on_one_thing_are_kept_together(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident v1 = the_case(), v2;
    assert_ok(incident_add_promise(a, &v1, promise("likelihood", 900)));
    assert_ok(incident_add_promise(a, &v1, promise("everything", 950)));
    assert_ok(incident_add_promise(a, &v1, promise("likelihood", 1000)));
    struct incident wanted = v1;
    assert_err(ERR_INVALID, incident_keep_promise(a, &wanted, "numbers", OPENED));
    assert_ok(incident_keep_promise(a, &wanted, "likelihood", OPENED));
    assert_ok(incident_revise(&v1, &wanted, &v2));
    assert_true(incident_next_word(&v2, "likelihood") == 950 && incident_next_word(&v1, "likelihood") == 1000);
    assert_err(ERR_INVALID, incident_keep_promise(a, &v2, "likelihood", OPENED));
}

static void the_next_word_is_the_earliest_open_promise(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident inc = the_case();
    enum incident_question q;
    assert_true(incident_next_word(&inc, "confidentiality") == INCIDENT_NO_TIME);
    assert_ok(incident_add_promise(a, &inc, promise("everything", 900)));
    assert_true(incident_next_word(&inc, "confidentiality") == 900);
    assert_false(incident_undated(&inc, &q));
    inc.facts[INCIDENT_CONFIDENTIALITY].next_word = 800;
    assert_true(incident_next_word(&inc, "confidentiality") == 800);
    assert_ok(incident_add_promise(a, &inc, promise("confidentiality", 1000)));
    assert_true(incident_next_word(&inc, "confidentiality") == 1000);
    assert_ok(incident_add_promise(a, &inc, promise("confidentiality", 950)));
    assert_true(incident_next_word(&inc, "confidentiality") == 950);
    assert_true(incident_next_word(&inc, "likelihood") == 900);
    assert_int_equal(incident_late_words(&inc, 951), 3); /* 900, 950, and the question's own 800 */
    assert_err(ERR_INVALID, incident_add_promise(a, &inc, promise("Who did it", 1)));
    assert_true(incident_promise_on_ok("PN-1") && incident_promise_on_ok("PN-12") && incident_promise_on_ok("PN-9"));
    assert_false(incident_promise_on_ok("PN-0") || incident_promise_on_ok("PN-13") || incident_promise_on_ok("PN-") ||
                 incident_promise_on_ok("PN-1x") || incident_promise_on_ok("PN-20"));
}

static struct incident_measure measure(const char *text, int64_t done_at)
{
    return (struct incident_measure){INCIDENT_ADDRESS, text, done_at, INCIDENT_NO_TIME, OPENED, "B. Tarn"};
}

static struct incident_told telling(const char *name, int64_t at, const char *reference)
{
    return (struct incident_told){name, at, reference, false, OPENED, "B. Tarn"};
}

static void a_measure_is_done_once_and_never_lost(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident v1 = the_case(), v2, v3, wanted;
    assert_ok(incident_add_measure(a, &v1, measure("They get nothing more", INCIDENT_NO_TIME)));
    wanted = v1;
    assert_err(ERR_INVALID, incident_measure_done(a, &wanted, 0, OPENED));
    assert_err(ERR_INVALID, incident_measure_done(a, &wanted, 2, OPENED));
    assert_ok(incident_measure_done(a, &wanted, 1, OPENED));
    assert_true(v1.measures[0].done_at == INCIDENT_NO_TIME); /* the old one is as it was */
    assert_ok(incident_revise(&v1, &wanted, &v2));
    wanted = v2;
    assert_err(ERR_INVALID, incident_measure_done(a, &wanted, 1, OPENED + 1));
    struct incident_measure other = v2.measures[0];
    other.text = "They get a little";
    wanted.measures = &other;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    wanted = v2;
    wanted.measure_count = 0;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    other = measure("", OPENED);
    wanted = v1;
    assert_ok(incident_add_measure(a, &wanted, other));
    assert_err(ERR_INVALID, incident_check(&wanted));
}

static void whoever_was_told_stays_and_a_reference_may_come_later(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident v1 = the_case(), v2, v3, wanted;
    assert_ok(incident_add_told(a, &v1, telling("Police", INCIDENT_NO_TIME, "")));
    wanted = v1;
    assert_ok(incident_add_told(a, &wanted, telling("Police", OPENED, "")));
    assert_ok(incident_add_told(a, &wanted, telling("Police", INCIDENT_NO_TIME, "P-1")));
    assert_int_equal(wanted.told_count, 1);
    assert_true(wanted.told[0].at == OPENED && strcmp(wanted.told[0].reference, "P-1") == 0);
    assert_ok(incident_revise(&v1, &wanted, &v2));
    wanted = v2;
    assert_ok(incident_add_told(a, &wanted, telling("Police", OPENED + DAY_S, "P-2"))); /* told again */
    assert_int_equal(wanted.told_count, 2);
    struct incident_told other = v2.told[0];
    other.at++;
    wanted = v2;
    wanted.told = &other;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    assert_null(incident_authority_told(&v2));
    struct incident_told authority = telling("Authority", OPENED + 5, "");
    authority.authority = true;
    assert_ok(incident_add_told(a, &v2, authority));
    assert_true(incident_authority_told(&v2)->at == OPENED + 5);
}

static void a_closed_one_is_changed_only_when_opened_again(void **state)
{
    (void)state;
    struct incident v1 = the_case(), v2, v3, wanted = v1;
    wanted.closed_at = OPENED;
    assert_err(ERR_INVALID, incident_check(&wanted)); /* without a reason */
    wanted.closed_text = "All were told";
    assert_ok(incident_revise(&v1, &wanted, &v2));
    wanted = v2;
    wanted.cause = INCIDENT_RANSOMWARE;
    assert_err(ERR_CONFLICT, incident_revise(&v2, &wanted, &v3));
    wanted.closed_at = INCIDENT_NO_TIME;
    wanted.closed_text = "";
    assert_ok(incident_revise(&v2, &wanted, &v3));
}

static struct incident a_full_one(struct arena *a)
{
    struct incident inc = the_case();
    inc.number = "EMU-2026-01";
    inc.practice = true;
    inc.from = (struct incident_edge){INCIDENT_EDGE_KNOWN, {WHEN_UNKNOWN_EARLY, AWARE}};
    inc.to.state = INCIDENT_EDGE_ONGOING;
    inc.company_aware = AWARE - DAY_S;
    inc.cause = INCIDENT_RANSOMWARE;
    inc.cause_text = "„files“ locked\nall";
    inc.facts[INCIDENT_AVAILABILITY].answer = INCIDENT_YES;
    inc.facts[INCIDENT_INTEGRITY] = (struct incident_fact){INCIDENT_NO, "compared", INCIDENT_NO_TIME};
    inc.facts[INCIDENT_CONFIDENTIALITY].next_word = OPENED + 5 * DAY_S;
    inc.told_by = (struct incident_party){"A. Person", "director", "0000 000", "a@pellwick.example"};
    inc.told_how = INCIDENT_BY_PHONE;
    inc.company[0] = (struct incident_company_answer){INCIDENT_ANSWERED, "PW-77", INCIDENT_NO_TIME};
    inc.company[2] = (struct incident_company_answer){INCIDENT_LATER, "", OPENED + DAY_S};
    inc.company[6] = (struct incident_company_answer){INCIDENT_THEY_DONT_KNOW, "", INCIDENT_NO_TIME};
    assert_ok(incident_add_line(a, &inc, line("Pellwick told us.")));
    assert_ok(incident_add_promise(a, &inc, promise("confidentiality", OPENED + 6 * DAY_S)));
    assert_ok(incident_add_measure(a, &inc, measure("They get nothing more", INCIDENT_NO_TIME)));
    assert_ok(incident_add_told(a, &inc, telling("Police", OPENED, "P-1")));
    inc.why[INCIDENT_WHY_KEPT] = "Nobody looked";
    inc.closed_at = OPENED + 30 * DAY_S;
    inc.closed_text = "All were told";
    return inc;
}

static void an_incident_comes_back_from_its_bytes(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident inc = a_full_one(a), again;
    CLEANUP(buf_free) struct buf b = BUF(100000), b2 = BUF(100000);
    assert_ok(incident_encode(&b, &inc));
    assert_non_null(strstr(buf_text(&b), "\"aware\":\"2026-03-09T14:05:00Z\""));
    assert_non_null(
        strstr(buf_text(&b), "\"integrity\":{\"answer\":\"no\",\"next_word\":null,\"reason\":\"compared\"}"));
    assert_non_null(
        strstr(buf_text(&b), "\"from\":{\"earliest\":null,\"latest\":\"2026-03-09T14:05:00Z\",\"state\":\"known\"}"));
    assert_non_null(strstr(buf_text(&b), "\"to\":{\"state\":\"ongoing\"}"));
    assert_ok(incident_decode_bytes(a, buf_view(&b), &again));
    assert_ok(incident_encode(&b2, &again));
    assert_string_equal(buf_text(&b), buf_text(&b2));
    assert_string_equal(again.told_by.role, "director");
    assert_int_equal(again.company[6].state, INCIDENT_THEY_DONT_KNOW);
    assert_true(again.promises[0].by == OPENED + 6 * DAY_S);
}

static void decode_takes_nothing_else(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident inc = a_full_one(a), again;
    static const char *const wrong[] = {
        "{\"cause\":\"cyber\"}",
        "{\"version\":0}",
        "{\"version\":-1}",
        "{\"aware\":null}",
        "{\"aware\":\"2026-03-09\"}",
        "{\"aware\":\"2026-03-09T15:05:00+01:00\"}",
        "{\"recipients\":[\"a b\"]}",
        "{\"recipients\":[1]}",
        "{\"x\":1}",
        "{\"from\":{\"state\":\"ongoing\"}}",
        "{\"to\":{\"state\":\"ongoing\",\"latest\":null}}",
        "{\"company\":[]}",
        "{\"timeline\":[{}]}",
        "{\"practice\":0}",
        "{\"facts\":{}}",
        "{\"number\":\"\"}",
        "{\"told_how\":\"fax\"}",
        "{\"id\":\"I1\\u0000\"}",
        "{\"what_text\":\"\\u0007\"}",
        "{\"contact\":null}",
        "{\"measures\":[{}]}",
        "{\"told\":null}",
        "{\"why\":{}}",
        "{\"closed_at\":null}",
        "{\"closed_text\":\"\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CLEANUP(jsonio_release) json_t *j = NULL;
        CLEANUP(jsonio_release) json_t *change = json_loads(wrong[i], JSON_ALLOW_NUL, NULL);
        assert_non_null(change);
        assert_ok(incident_json(&inc, &j));
        assert_int_equal(json_object_update(j, change), 0);
        assert_err(ERR_INVALID, incident_decode(a, j, &again));
    }
    assert_err(ERR_INVALID, incident_decode_bytes(a, view_text("[]"), &again));
    assert_err(ERR_INVALID, incident_decode_bytes(a, view_text("{\"id\":\"I1\",\"id\":\"I1\"}"), &again));
    assert_err(ERR_INVALID, incident_decode_bytes(a, view_text(""), &again));
}

static void every_word_is_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < INCIDENT_CAUSE_COUNT; i++) {
        enum incident_cause cause;
        assert_true(incident_cause_find(incident_cause_word((enum incident_cause)i), &cause) && (size_t)cause == i);
        assert_true(incident_cause_label(cause)[0]);
    }
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        enum incident_question q;
        assert_true(incident_question_find(incident_question_word((enum incident_question)i), &q) && (size_t)q == i);
    }
    for (size_t i = 0; i < INCIDENT_CHANNEL_COUNT; i++) {
        enum incident_channel c;
        assert_true(incident_channel_find(incident_channel_word((enum incident_channel)i), &c) && (size_t)c == i);
    }
    enum incident_cause cause;
    assert_false(incident_cause_find("Ransomware", &cause));
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident inc = a_full_one(a), again;
    CLEANUP(buf_free) struct buf whole = BUF(100000);
    assert_ok(incident_encode(&whole, &inc));
    for (uint64_t n = 1; n < 60; n++) {
        CLEANUP(arena_release) struct arena *b = arena_new();
        CLEANUP(buf_free) struct buf out = BUF(100000);
        mem_fail_at(n, false);
        err e = incident_encode(&out, &inc);
        if (e.kind == ERR_OK)
            e = incident_decode_bytes(b, buf_view(&whole), &again);
        mem_fail_at(0, false);
        assert_true(e.kind == ERR_OK || e.kind == ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_incident_knows_nothing_but_when_and_who),
        cmocka_unit_test(the_72_hours_do_not_care_for_summer_time),
        cmocka_unit_test(what_must_be_there_is_asked_for),
        cmocka_unit_test(facts_are_yes_no_with_a_reason_or_not_known),
        cmocka_unit_test(a_window_runs_from_the_start_of_a_to_the_end_of_b),
        cmocka_unit_test(a_window_that_ends_before_it_begins_is_refused),
        cmocka_unit_test(a_change_makes_a_version_and_loses_no_line),
        cmocka_unit_test(a_promise_is_kept_once_and_never_moved),
        cmocka_unit_test(promises_on_one_thing_are_kept_together),
        cmocka_unit_test(the_next_word_is_the_earliest_open_promise),
        cmocka_unit_test(a_measure_is_done_once_and_never_lost),
        cmocka_unit_test(whoever_was_told_stays_and_a_reference_may_come_later),
        cmocka_unit_test(a_closed_one_is_changed_only_when_opened_again),
        cmocka_unit_test(an_incident_comes_back_from_its_bytes),
        cmocka_unit_test(decode_takes_nothing_else),
        cmocka_unit_test(every_word_is_found_again),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
