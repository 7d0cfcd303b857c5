#include "testing.h"

#include "questions.h"
#include "text.h"

#define AWARE 1773065100   /* 2026-03-09T14:05:00Z */
#define NOW (AWARE + 6120) /* 1 h 42 min later */

static const char *const recipients[] = {"pellwick"};

static struct when_zone zone(void)
{
    struct when_zone z;
    assert_ok(when_zone_find(&z, view_text("Europe/London")));
    return z;
}

static struct incident the_case(void)
{
    struct incident inc = incident_new("I1", AWARE, AWARE + 600);
    inc.number = "EMU-2026-01";
    inc.recipients = recipients;
    inc.recipient_count = 1;
    inc.company_aware = AWARE - 282300; /* Fri 6 March, 07:40 */
    return inc;
}

static struct questions_input input(const struct incident *inc, const struct when_zone *z)
{
    return (struct questions_input){.organisation = "Example Members' Union",
                                    .company = "Pellwick Mailing Ltd",
                                    .incident = inc,
                                    .now = NOW,
                                    .zone = z,
                                    .reply_email = "breach@union.example",
                                    .reply_phone = "0808 157 0001",
                                    .signed_by = "B. Tarn, data protection officer",
                                    .call_every_day_at = 17 * 3600};
}

#define assert_has(b, text) assert_non_null(strstr(buf_text(b), text))
#define assert_lacks(b, text) assert_null(strstr(buf_text(b), text))

/* No line longer than `width` characters; returns how many lines. */
static size_t lines_within(struct buf *b, size_t width)
{
    size_t lines = 0;
    for (const char *p = buf_text(b); *p; lines++) {
        size_t len = strcspn(p, "\n");
        if (text_characters(view_of(p, len)) > width)
            fail_msg("too long: %.*s", (int)len, p);
        p += len + (p[len] == '\n');
    }
    return lines;
}

static void there_are_twelve_questions_with_the_laws_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        char id[8];
        snprintf(id, sizeof id, "PN-%zu", i + 1);
        assert_string_equal(question_at(i)->id, id);
        assert_true(question_at(i)->short_label[0]);
    }
    assert_null(question_at(12));
    assert_string_equal(question_at(3)->text,
                        "What did they do: read, copy, change, lock, delete? How did they get in?");
}

static void the_page_works_with_nothing_recorded(void **state)
{
    (void)state;
    struct questions_input in = {.call_every_day_at = -1};
    CLEANUP(buf_free) struct buf b = BUF(100000);
    assert_ok(questions_page_text(&b, &in));
    assert_true(lines_within(&b, 80) <= 66);
    assert_has(&b, "A COMPANY TELLS US OF A DATA BREACH: WHAT TO ASK\n");
    assert_has(&b, "We heard of it at:    ______");
    assert_has(&b, "\n 5  Which of our files or systems? Which deliveries? Backups too?\n");
    assert_has(&b, "\n12  Who is our contact day and night? When do you call next?\n");
    assert_has(&b, "\"Keep all logs and all our files until we tell you in writing. Delete nothing");
    assert_lacks(&b, "PRACTICE");
    for (size_t i = 0; i < 12; i++) {
        char start[41]; /* the whole question may be broken between two lines */
        snprintf(start, sizeof start, "%s", question_at(i)->text);
        assert_has(&b, start);
    }
}

static void the_page_shows_both_clocks_and_what_was_said(void **state)
{
    (void)state;
    struct when_zone z = zone();
    struct incident inc = the_case();
    inc.company[0] = (struct incident_company_answer){INCIDENT_ANSWERED, "PW-77", INCIDENT_NO_TIME};
    inc.company[6] = (struct incident_company_answer){INCIDENT_THEY_DONT_KNOW, "", INCIDENT_NO_TIME};
    inc.company[7] = (struct incident_company_answer){INCIDENT_LATER, "", AWARE + 86400};
    struct questions_input in = input(&inc, &z);
    CLEANUP(buf_free) struct buf b = BUF(100000);
    assert_ok(questions_page_text(&b, &in));
    assert_true(lines_within(&b, 80) <= 66);
    assert_has(&b, "We heard of it at:    Mon 9 March 2026, 14:05 (+00:00) = 2026-03-09T14:05:00Z\n");
    assert_has(&b, "Report is due by:     Thu 12 March 2026, 14:05 (+00:00) =");
    assert_has(&b, "(in 70 h");
    assert_has(&b, "They knew since:      Fri 6 March 2026, 07:40 (+00:00) =");
    assert_has(&b, "\n    PW-77\n");
    assert_has(&b, "\n    they don't know\n");
    assert_has(&b, "\n    later, by Tue 10 March 2026, 14:05 (+00:00)\n");
    in.now = AWARE + 4 * 86400;
    buf_clear(&b);
    assert_ok(questions_page_text(&b, &in));
    assert_has(&b, "(passed 24 h");
}

static void long_answers_stay_on_one_page(void **state)
{
    (void)state;
    struct when_zone z = zone();
    struct incident inc = the_case();
    static char text[8001], name[400];
    memset(text, 'x', sizeof text - 1);
    memset(name, 'n', sizeof name - 1);
    for (size_t i = 0; i < 12; i++)
        inc.company[i] = (struct incident_company_answer){INCIDENT_ANSWERED, text, INCIDENT_NO_TIME};
    inc.told_by.name = name;
    struct questions_input in = input(&inc, &z);
    in.company = name;
    in.practice = true;
    CLEANUP(buf_free) struct buf b = BUF(100000);
    assert_ok(questions_page_text(&b, &in));
    assert_true(lines_within(&b, 80) <= 66);
    assert_has(&b, "xxx ...\n");
    buf_clear(&b);
    CLEANUP(buf_free) struct buf subject = BUF(1000);
    assert_ok(questions_mail(&subject, &b, &in));
    lines_within(&b, 72);
}

static void the_html_page_is_escaped_and_stands_alone(void **state)
{
    (void)state;
    struct when_zone z = zone();
    struct incident inc = the_case();
    inc.company[0] =
        (struct incident_company_answer){INCIDENT_ANSWERED, "<script>alert('&')</script>", INCIDENT_NO_TIME};
    struct questions_input in = input(&inc, &z);
    CLEANUP(buf_free) struct buf b = BUF(100000);
    assert_ok(questions_page_html(&b, &in));
    assert_has(&b, "<!doctype html>\n<html lang=\"en\">");
    assert_has(&b, "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
    assert_lacks(&b, "<script");
    assert_lacks(&b, "http");
    assert_lacks(&b, "src=");
    assert_has(&b, "<li id=\"PN-12\">Who is our contact day and night? When do you call next?");
    assert_has(&b, "<tr><th scope=\"row\">Report is due by</th><td>Thu 12 March 2026, 14:05 (+00:00)");
    assert_has(&b, "Keep all logs and all our files until we tell you in writing. Delete nothing yet.");
    assert_has(&b, "Example Members&#39; Union");
}

static void the_message_orders_and_asks(void **state)
{
    (void)state;
    struct when_zone z = zone();
    struct incident inc = the_case();
    struct questions_input in = input(&inc, &z);
    CLEANUP(buf_free) struct buf b = BUF(100000), subject = BUF(1000);
    assert_ok(questions_mail(&subject, &b, &in));
    lines_within(&b, 72);
    assert_string_equal(buf_text(&subject), "Data breach: keep everything, and twelve questions [EMU-2026-01]");
    assert_has(&b, "To Pellwick Mailing Ltd\n");
    assert_has(&b, "- Keep all logs and all our files until we tell you in writing. Delete\n  nothing yet.\n");
    assert_has(&b, "- Call us every day at 17:00, even if there is nothing new.\n");
    assert_has(&b, "\n 1. Your own number for this?\n");
    assert_has(&b, "\n12. Who is our contact day and night? When do you call next?\n");
    assert_has(&b, "Our report to the authority is due by Thu 12 March 2026, 14:05 (+00:00).");
    assert_has(&b, "Answer to breach@union.example or 0808 157 0001\n");
    assert_has(&b, "B. Tarn, data protection officer\n");
}

static void practice_is_said_everywhere(void **state)
{
    (void)state;
    struct when_zone z = zone();
    struct incident inc = the_case();
    inc.practice = true; /* of the incident is enough */
    struct questions_input in = input(&inc, &z);
    CLEANUP(buf_free) struct buf b = BUF(100000), subject = BUF(1000);
    assert_ok(questions_page_text(&b, &in));
    assert_int_equal(strncmp(buf_text(&b), "*** PRACTICE ***", 16), 0);
    buf_clear(&b);
    assert_ok(questions_page_html(&b, &in));
    assert_has(&b, "<p class=\"practice\">PRACTICE");
    buf_clear(&b);
    assert_ok(questions_mail(&subject, &b, &in));
    assert_int_equal(strncmp(buf_text(&subject), "PRACTICE: ", 10), 0);
    assert_int_equal(strncmp(buf_text(&b), "PRACTICE: ", 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_twelve_questions_with_the_laws_ids),
        cmocka_unit_test(the_page_works_with_nothing_recorded),
        cmocka_unit_test(the_page_shows_both_clocks_and_what_was_said),
        cmocka_unit_test(long_answers_stay_on_one_page),
        cmocka_unit_test(the_html_page_is_escaped_and_stands_alone),
        cmocka_unit_test(the_message_orders_and_asks),
        cmocka_unit_test(practice_is_said_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
