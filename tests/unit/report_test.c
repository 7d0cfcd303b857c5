#include "testing.h"

#include "jsonio.h"
#include "report.h"

#define AWARE 1773065100    /* Mon 2026-03-09T14:05:00Z */
#define NOW (AWARE + 70020) /* 19 h 27 min later */
#define DAY_S 86400

static const char *const recipients[] = {"pellwick"};
static const struct report_recipient pellwick = {"pellwick", "Pellwick Mailing Ltd", "00000000", "processor",
                                                 "prints and posts letters"};
static const struct scope_field fields[] = {
    {"first_name", "name", "identity", 312406},
    {"membership", "that they are or were members", "membership", 309017},
    {"bank_account", "bank account", "financial", 61880},
};
static const char *const handovers[] = {"H1", "H7"};
static const struct incident_measure measures[] = {
    {INCIDENT_BEFORE, "Contract with a duty to delete within 90 days", INCIDENT_NO_TIME, INCIDENT_NO_TIME, AWARE, ""},
    {INCIDENT_ADDRESS, "Pellwick gets nothing more from us", AWARE + 3600, INCIDENT_NO_TIME, AWARE, ""},
    {INCIDENT_MITIGATE, "Letter to everyone with what to do first", INCIDENT_NO_TIME, AWARE + 2 * DAY_S, AWARE, ""},
    {INCIDENT_PREVENT, "Every other company is checked", INCIDENT_NO_TIME, INCIDENT_NO_TIME, AWARE, ""},
};
static const struct incident_told told[] = {{"Police", AWARE + 68100, "P-88213", false, AWARE, ""}};

struct world {
    struct arena *a;
    struct when_zone z;
    struct incident inc;
    struct scope_numbers n;
    struct report_input in;
    struct report r;
    struct buf b;
};

static struct incident_promise promise(const char *on, int64_t by)
{
    return (struct incident_promise){on, by, AWARE + 3600, INCIDENT_NO_TIME, "B. Tarn", ""};
}

static void fill_incident(struct world *w)
{
    struct incident *inc = &w->inc;
    *inc = incident_new("I1", AWARE, AWARE + 600);
    inc->number = "EMU-2026-01";
    inc->recipients = recipients;
    inc->recipient_count = 1;
    inc->company_aware = AWARE - 282300;
    assert_ok(incident_parse_window("2026-02-27..ongoing", &w->z, &inc->from, &inc->to));
    inc->cause = INCIDENT_RANSOMWARE;
    inc->told_by = (struct incident_party){"A. Person", "director of Pellwick", "", ""};
    inc->told_how = INCIDENT_BY_PHONE;
    inc->measures = measures;
    inc->measure_count = 4;
    inc->told = told;
    inc->told_count = 1;
    inc->facts[INCIDENT_AVAILABILITY].answer = INCIDENT_YES;
    inc->facts[INCIDENT_INTEGRITY] =
        (struct incident_fact){INCIDENT_NO, "compared with our own copies", INCIDENT_NO_TIME};
    inc->facts[INCIDENT_PUBLISHED] =
        (struct incident_fact){INCIDENT_NO, "not found; last looked 10 March", INCIDENT_NO_TIME};
    inc->facts[INCIDENT_RANSOM] =
        (struct incident_fact){INCIDENT_YES, "the company says that it has not paid", INCIDENT_NO_TIME};
    assert_ok(incident_add_line(w->a, inc, (struct incident_line){AWARE, AWARE + 600, "Pellwick told us", "B. Tarn"}));
}

static int begin(void **state)
{
    struct world *w = mem_alloc(sizeof *w);
    w->a = arena_new();
    assert_ok(when_zone_find(&w->z, view_text("Europe/London")));
    fill_incident(w);
    w->n = (struct scope_numbers){.incident = "I1",
                                  .version = 3,
                                  .at = AWARE,
                                  .affected = 312406,
                                  .members = 268115,
                                  .former = 40902,
                                  .other = 3389,
                                  .file_only = 2455,
                                  .past_end = 38540,
                                  .past_end_former = 38540,
                                  .evidence = {250120, 0, 62286},
                                  .deceased = 829,
                                  .care = {.in_danger = 214, .under_18 = 96},
                                  .fields = fields,
                                  .field_count = 3,
                                  .handovers = handovers,
                                  .handover_count = 2};
    w->in = (struct report_input){.org = {"Example Members' Union",
                                          "1 Sample Square, Anytown",
                                          "Z0000000",
                                          true,
                                          false,
                                          "Trade union membership",
                                          {"B. Tarn", "officer", "", "b.tarn@union.example"},
                                          {"K. Ode", "data protection officer", "0808", "dpo@union.example"}},
                                  .incident = &w->inc,
                                  .numbers = &w->n,
                                  .recipients = &pellwick,
                                  .recipient_count = 1,
                                  .people = REPORT_PEOPLE_PLANNED,
                                  .people_at = AWARE + 2 * DAY_S,
                                  .case_reference = "",
                                  .reported_at = INCIDENT_NO_TIME,
                                  .delay_text = "",
                                  .checkpoint = "size 1234, root abcd",
                                  .now = NOW,
                                  .zone = &w->z};
    w->b = BUF(1 << 20);
    *state = w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;
    buf_free(&w->b);
    arena_free(w->a);
    mem_free(w);
    return 0;
}

static const struct report_entry *field(const struct world *w, const char *id)
{
    const struct ico_field *f = ico_form_find(id);
    CHECK(f);
    return &w->r.fields[f->n - 1];
}

static void draft(struct world *w)
{
    assert_ok(report_draft(w->a, &w->in, &w->r));
}

#define assert_has(text, part)                                                                                          \
    do {                                                                                                                \
        if (!strstr((text), (part)))                                                                                    \
            fail_msg("\"%s\" is not in:\n%s", (part), (text));                                                          \
    } while (0)

static void assert_field(const struct world *w, const char *id, enum report_state state, const char *part)
{
    const struct report_entry *e = field(w, id);
    if (e->state != state)
        fail_msg("field %s: state %d, %s", id, (int)e->state, e->text);
    assert_has(e->text, part);
}

static void assert_ticked(const struct world *w, const char *id, const char *const *options, size_t count)
{
    const struct report_entry *e = field(w, id);
    assert_int_equal(e->option_count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(e->options[i], options[i]);
}

#define TICKED(w, id, ...)                                                                                              \
    assert_ticked(w, id, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void all_nine_items_are_filled_or_dated(void **state)
{
    struct world *w = *state;
    draft(w);
    static const char *const ids[] = {"A33.3-a1", "A33.3-a2", "A33.3-a3", "A33.3-a4", "A33.3-a5",
                                      "A33.3-b",  "A33.3-c",  "A33.3-d1", "A33.3-d2"};
    for (size_t i = 0; i < REPORT_ITEMS; i++) {
        assert_string_equal(w->r.items[i].id, ids[i]);
        assert_int_equal(w->r.items[i].state, REPORT_FILLED);
        assert_true(w->r.items[i].text[0]);
    }
    assert_has(w->r.items[0].text,
               "Hit: Pellwick Mailing Ltd (company number 00000000), processor; prints and posts letters.\n");
    assert_has(w->r.items[0].text, "\nLocked: yes.\n");
    assert_has(w->r.items[0].text, "\nChanged: no: compared with our own copies.\n");
    assert_has(w->r.items[0].text, "\nCopied: not yet known; no date promised yet: candour incident promise I1 --on "
                                   "confidentiality --by DATE\n");
    assert_has(w->r.items[0].text, "Timeline:\nMon 9 March 2026, 14:05 (+00:00): Pellwick told us");
    assert_has(w->r.items[2].text, "312,406 (about 312,000). Certain, from the files themselves or from a system that was recorded while it ran: 250,120;");
    assert_has(w->r.items[5].text, "K. Ode, data protection officer, dpo@union.example, 0808");
    assert_has(w->r.items[7].text, "- Pellwick gets nothing more from us. Done on 9 March 2026.\n"
                                   "- Every other company is checked. Planned, no date yet.");
    assert_has(w->r.items[8].text, "- Letter to everyone with what to do first. Planned for 11 March 2026.");
}

static void the_form_is_filled_in_its_own_words(void **state)
{
    struct world *w = *state;
    draft(w);
    TICKED(w, "report_type", "Initial report");
    TICKED(w, "org_size", "Fewer than 250 staff");
    TICKED(w, "cyber", "Yes");
    TICKED(w, "data_categories", "Trade union membership", "Basic personal identifiers, eg name, contact details",
           "Economic and financial data, eg credit card numbers, bank details");
    TICKED(w, "subject_categories", "Children", "Other (give details)");
    TICKED(w, "cia_hit", "Yes", "Availability");
    TICKED(w, "told_people", "No, but we're planning to");
    assert_field(w, "case_ref", REPORT_NOT_NEEDED, "follow-up");
    assert_field(w, "how_found", REPORT_FILLED,
                 "We were told by phone by: director of Pellwick (breach at Pellwick Mailing Ltd).");
    assert_null(strstr(field(w, "how_found")->text, "A. Person"));
    assert_field(w, "how_found", REPORT_FILLED, "The company knew of it from Fri 6 March 2026, 07:40 (+00:00)");
    assert_field(w, "when_discovered", REPORT_FILLED, "Mon 9 March 2026, 14:05 (+00:00) = 2026-03-09T14:05:00Z");
    assert_field(w, "when_happened", REPORT_FILLED, "End: it still goes on");
    assert_field(w, "records", REPORT_FILLED, "At least 312,406: one for each person.");
    assert_field(w, "subjects", REPORT_FILLED, "312,406");
    assert_field(w, "subject_categories", REPORT_FILLED,
                 "members 268,115; former members 40,902; 3,389 others (2,455 known only from the files, 934 never joined).");
    assert_field(w, "consequences", REPORT_FILLED, "- attempts to take money from people's accounts");
    assert_field(w, "delay", REPORT_NOT_NEEDED, "Within 72 hours");
    assert_field(w, "training_detail", REPORT_FILLED, "- Contract with a duty to delete within 90 days.");
    assert_field(w, "told_people", REPORT_FILLED, "When: Wed 11 March 2026, 14:05 (+00:00)");
    assert_field(w, "told_others", REPORT_FILLED,
                 "- Police: Tue 10 March 2026, 09:00 (+00:00) = 2026-03-10T09:00:00Z, reference P-88213");
    assert_field(w, "org", REPORT_FILLED, "Registration number: Z0000000");
    assert_field(w, "likelihood", REPORT_NOT_YET, "no date promised yet");
    TICKED(w, "likelihood", "Not yet known");
    assert_false(w->r.late);
    assert_int_equal(w->r.required, 0);
    assert_int_equal(w->r.warning_count, 0);
}

static void not_yet_known_carries_the_promised_date(void **state)
{
    struct world *w = *state;
    assert_ok(incident_add_promise(w->a, &w->inc, promise("everything", AWARE + 16 * DAY_S)));
    assert_ok(incident_add_promise(w->a, &w->inc, promise("likelihood", AWARE - DAY_S)));
    draft(w);
    assert_int_equal(w->r.undated, 0);
    assert_field(w, "training", REPORT_NOT_YET, "not yet known; next word by 25 March 2026");
    assert_true(field(w, "training")->next_word == AWARE + 16 * DAY_S);
    assert_field(w, "likelihood", REPORT_NOT_YET, "next word by 8 March 2026 (this date has passed)");
    assert_field(w, "what_happened", REPORT_FILLED, "Copied: not yet known; next word by 25 March 2026\n");
}

static void nothing_known_still_makes_a_whole_form(void **state)
{
    struct world *w = *state;
    w->inc = incident_new("I1", AWARE, AWARE);
    w->inc.company_text = "Pellwick";
    static const struct report_org none = {"", "", "", false, false, NULL, {"", "", "", ""}, {"", "", "", ""}};
    w->in = (struct report_input){.org = none,
                                  .incident = &w->inc,
                                  .case_reference = "",
                                  .reported_at = INCIDENT_NO_TIME,
                                  .people_at = INCIDENT_NO_TIME,
                                  .delay_text = "",
                                  .checkpoint = "",
                                  .now = NOW,
                                  .zone = &w->z};
    draft(w);
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++) {
        const struct report_entry *e = &w->r.fields[i];
        assert_true(e->text[0]);
        assert_true(e->state != REPORT_NOT_YET || strstr(e->text, "candour incident promise I1 --on "));
    }
    TICKED(w, "data_categories", "Not yet known");
    TICKED(w, "cyber", "Don't know");
    TICKED(w, "told_people", "We haven't decided yet if we will tell them or not");
    assert_field(w, "dpo", REPORT_REQUIRED, "A33.3-b");
    assert_field(w, "when_happened", REPORT_NOT_YET, "--on window");
    assert_int_equal(w->r.items[5].state, REPORT_REQUIRED);
    assert_ok(report_ico(&w->b, &w->r));
    assert_has(buf_text(&w->b), "The company knew: not known\n");
    assert_has(buf_text(&w->b), "Sealed:           not yet\n");
}

static void an_empty_column_is_no_detail(void **state)
{
    struct world *w = *state;
    struct scope_field own[] = {fields[0], fields[1], {"bank_account", "bank account", "financial", 0}};
    w->n.fields = own;
    w->inc.why[INCIDENT_WHY_KEPT] = "Nobody had set an end date.";
    draft(w);
    TICKED(w, "data_categories", "Trade union membership", "Basic personal identifiers, eg name, contact details");
    assert_null(strstr(field(w, "data_categories")->text, "bank account"));
    assert_null(strstr(field(w, "consequences")->text, "take money"));
    assert_field(w, "subject_categories", REPORT_FILLED, "\nWhy they were kept past it: Nobody had set an end date.");
}

static void old_numbers_are_said_to_be_old(void **state)
{
    struct world *w = *state;
    draft(w);
    assert_ok(report_ico(&w->b, &w->r));
    assert_null(strstr(buf_text(&w->b), "OLD NUMBERS"));
    w->in.stale = true;
    draft(w);
    assert_ok(report_ico(&w->b, &w->r));
    assert_has(buf_text(&w->b), "Numbers of:       Mon 9 March 2026, 14:05 (+00:00) = 2026-03-09T14:05:00Z\n");
    assert_has(buf_text(&w->b), "OLD NUMBERS: who is affected would be another answer now. Run 'candour incident scope I1', then draft again.\n");
}

static void a_late_report_needs_its_reasons(void **state)
{
    struct world *w = *state;
    w->in.now = AWARE + 72 * 3600;
    draft(w);
    assert_false(w->r.late); /* to the second */
    w->in.now++;
    draft(w);
    assert_true(w->r.late && w->r.delay_required);
    assert_field(w, "delay", REPORT_REQUIRED, "REQUIRED (CK-05)");
    assert_ok(report_ico(&w->b, &w->r));
    assert_has(buf_text(&w->b),
               "REQUIRED (CK-05): the report is later than 72 hours. Without the reasons it must not be sent.\n");
    assert_has(buf_text(&w->b), "(passed 0 h 00 min ago)");
    w->in.delay_text = "We first had to find out whose files they were.";
    w->in.now = AWARE + 74 * 3600 + 60;
    draft(w);
    assert_false(w->r.delay_required);
    assert_field(w, "delay", REPORT_FILLED, "Late by 2 h 01 min. We first had to find out whose files they were.");
    w->in.delay_text = "";
    w->in.reported_at = AWARE + 68700; /* the first report was in time; this is a follow-up weeks later */
    w->in.follow_up = true;
    w->in.case_reference = "DPA-26-0417";
    w->in.now = AWARE + 20 * DAY_S;
    draft(w);
    assert_false(w->r.late);
    TICKED(w, "report_type", "Follow-up report");
    assert_field(w, "case_ref", REPORT_FILLED, "DPA-26-0417");
    assert_field(w, "training_detail", REPORT_NOT_NEEDED, "initial");
}

static void the_officers_answers_go_first_and_are_checked(void **state)
{
    struct world *w = *state;
    struct report_answer answers[] = {
        {"likelihood", "Likely"},
        {"cia_hit", "Yes | Confidentiality | Availability"},
        {"consequences", "Somebody may lose money."},
        {"A33.3-d2", "A telephone line is open."},
        {"data_categories", "Health data | Not yet known"},
    };
    w->in.answers = answers;
    w->in.answer_count = 5;
    draft(w);
    TICKED(w, "likelihood", "Likely");
    assert_int_equal(field(w, "likelihood")->state, REPORT_FILLED);
    TICKED(w, "cia_hit", "Yes", "Confidentiality", "Availability");
    TICKED(w, "data_categories", "Health data", "Not yet known");
    assert_string_equal(w->r.items[6].text, "Somebody may lose money.");
    assert_string_equal(w->r.items[8].text, "A telephone line is open.");
    static const struct report_answer wrong[] = {
        {"likelihood", "likely"}, {"likelihood", "Likely | Unlikely"}, {"lucky_number", "7"}, {"org_size", ""},
        {"told_people", "Yes"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        w->in.answers = &wrong[i];
        w->in.answer_count = 1;
        assert_err(ERR_INVALID, report_draft(w->a, &w->in, &w->r));
    }
}

static void what_looks_like_a_persons_data_is_pointed_out(void **state)
{
    struct world *w = *state;
    w->inc.what_text = "On 2026-03-09 at 14:05 they wrote to us.";
    draft(w);
    assert_int_equal(w->r.warning_count, 0);
    w->inc.what_text = "Her address a.person@post.example was in it.";
    draft(w);
    assert_int_equal(w->r.warning_count, 1);
    assert_has(w->r.warnings[0], "The text \"what happened\" holds something like an e-mail address");
    assert_null(strstr(w->r.warnings[0], "a.person"));
    w->inc.what_text = "Account 12345678.";
    draft(w);
    assert_int_equal(w->r.warning_count, 1);
    assert_ok(report_ico(&w->b, &w->r));
    assert_has(buf_text(&w->b), "CHECK: The text \"what happened\"");
}

static void the_printed_form_shows_every_option(void **state)
{
    struct world *w = *state;
    draft(w);
    assert_ok(report_ico(&w->b, &w->r));
    const char *text = buf_text(&w->b);
    assert_int_equal(strncmp(text, "REPORT TO THE ICO   personal data breach EMU-2026-01 (I1, version 1)\n", 68), 0);
    assert_has(text, "The company knew: Fri 6 March 2026, 07:40 (+00:00) = 2026-03-06T07:40:00Z\n");
    assert_has(text, "We knew:          Mon 9 March 2026, 14:05 (+00:00) = 2026-03-09T14:05:00Z\n");
    assert_has(text, "Report due:       Thu 12 March 2026, 14:05 (+00:00) = 2026-03-12T14:05:00Z (in 52 h 33 min)\n");
    assert_has(text, "Sealed:           size 1234, root abcd\n");
    assert_has(text, "\n== Cyber incidents only ==\n");
    assert_has(text,
               "\n 9  Was the breach caused by a cyber incident?\n      [x] Yes\n      [ ] No\n      [ ] Don't know\n");
    assert_has(text, "      [x] Trade union membership\n      [ ] Sex life data\n");
    assert_has(text,
               "\n18  What is the likelihood that data subjects will experience significant consequences as a result?"
               "   [not yet known]\n");
    const char *at = text;
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++) { /* in the form's order */
        at = strstr(at, ico_form_at(i)->label);
        assert_non_null(at);
        const char *const *lists[] = {ico_form_at(i)->options, ico_form_at(i)->suboptions};
        for (size_t l = 0; l < 2; l++) {
            for (size_t o = 0; lists[l] && lists[l][o]; o++)
                assert_has(at, lists[l][o]);
        }
    }
}

static void markdown_has_both_parts_and_is_escaped(void **state)
{
    struct world *w = *state;
    w->inc.what_text = "# <b>*All*</b> | gone";
    draft(w);
    assert_ok(report_markdown(&w->b, &w->r));
    const char *text = buf_text(&w->b);
    assert_has(text, "# Report to the authority: personal data breach EMU-2026-01 (I1, version 1)\n");
    assert_has(text, "## What the law asks for: Article 33(3)\n\n### A33.3-a1 Nature of the breach\n\n"
                     "\\# \\<b\\>\\*All\\*\\</b\\> \\| gone.\n");
    assert_has(text, "### 33. Data protection officer");
    assert_has(text, "- **No, but we're planning to**\n");
}

static void json_has_ids_states_and_both_clocks(void **state)
{
    struct world *w = *state;
    draft(w);
    CLEANUP(jsonio_release) json_t *j = NULL;
    assert_ok(report_json(&w->r, &j));
    assert_int_equal(json_array_size(json_object_get(j, "items")), 9);
    assert_int_equal(json_array_size(json_object_get(j, "fields")), 33);
    assert_ok(jsonio_dump(&w->b, j));
    const char *text = buf_text(&w->b);
    assert_has(text, "\"due\":{\"local\":\"2026-03-12T14:05:00+00:00\",\"utc\":\"2026-03-12T14:05:00Z\"}");
    assert_has(text, "\"id\":\"A33.3-a1\"");
    assert_has(text, "\"checkpoint\":\"size 1234, root abcd\"");
    assert_has(text, "\"handovers\":[\"H1\",\"H7\"]");
    assert_has(text,
               "\"id\":\"likelihood\",\"label\":\"What is the likelihood that data subjects will experience significant "
               "consequences as a result?\",\"law\":\"\",\"n\":18,\"next_word\":null,\"options\":[\"Not yet known\"],"
               "\"part\":\"About the breach\",\"state\":\"not-yet-known\"");
    assert_has(text, "\"delay_required\":false");
    assert_has(text, "\"reported\":null");
}

static void practice_stands_on_top_of_all_three(void **state)
{
    struct world *w = *state;
    w->in.practice = true;
    draft(w);
    assert_ok(report_ico(&w->b, &w->r));
    assert_int_equal(strncmp(buf_text(&w->b), "*** PRACTICE ***", 16), 0);
    buf_clear(&w->b);
    assert_ok(report_markdown(&w->b, &w->r));
    assert_int_equal(strncmp(buf_text(&w->b), "**PRACTICE", 10), 0);
    CLEANUP(jsonio_release) json_t *j = NULL;
    assert_ok(report_json(&w->r, &j));
    assert_true(json_is_true(json_object_get(j, "practice")));
}

static void numbers_that_dont_add_up_make_no_report(void **state)
{
    struct world *w = *state;
    w->n.members--;
    assert_err(ERR_INTERNAL, report_draft(w->a, &w->in, &w->r));
    w->n.members++;
    w->inc.aware = INCIDENT_NO_TIME;
    assert_err(ERR_INVALID, report_draft(w->a, &w->in, &w->r));
}

static void lack_of_memory_is_an_error(void **state)
{
    struct world *w = *state;
    for (uint64_t n = 1; n < 400; n += 7) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        CLEANUP(buf_free) struct buf b = BUF(1 << 20);
        struct report r;
        mem_fail_at(n, false);
        err e = report_draft(a, &w->in, &r);
        if (e.kind == ERR_OK)
            e = report_ico(&b, &r);
        mem_fail_at(0, false);
        assert_true(e.kind == ERR_OK || e.kind == ERR_NOMEM);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(all_nine_items_are_filled_or_dated),
        T(the_form_is_filled_in_its_own_words),
        T(not_yet_known_carries_the_promised_date),
        T(nothing_known_still_makes_a_whole_form),
        T(an_empty_column_is_no_detail),
        T(old_numbers_are_said_to_be_old),
        T(a_late_report_needs_its_reasons),
        T(the_officers_answers_go_first_and_are_checked),
        T(what_looks_like_a_persons_data_is_pointed_out),
        T(the_printed_form_shows_every_option),
        T(markdown_has_both_parts_and_is_escaped),
        T(json_has_ids_states_and_both_clocks),
        T(practice_stands_on_top_of_all_three),
        T(numbers_that_dont_add_up_make_no_report),
        T(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
