#include "questions.h"

#include <string.h>

#include "text.h"

static const struct question questions[INCIDENT_COMPANY_ANSWERS] = {
    {"PN-1", "Your own number for this?", "Their own number"},
    {"PN-2", "Whose computers: yours, or another company's that you use?", "Whose computers"},
    {"PN-3", "When did it begin, end; when did you notice, stop it? How sure?", "Begin, end, noticed, stopped"},
    {"PN-4", "What did they do: read, copy, change, lock, delete? How did they get in?",
     "What they did, how they got in"},
    {"PN-5", "Which of our files or systems? Which deliveries? Backups too?", "Which of our files and systems"},
    {"PN-6", "How many of our people and records? Counted, estimated, not known?", "How many people and records"},
    {"PN-7", "Is there a sign that data left? Which logs did you look at, from when to when?", "Sign that data left"},
    {"PN-8", "Was it encrypted? Was the key on the same computers?", "Encryption and its key"},
    {"PN-9", "Are the backups good? When does the service come back?", "Backups and service"},
    {"PN-10", "Was money demanded, paid? Is anything published or for sale?", "Ransom, publication"},
    {"PN-11", "What have you done; what will you do; whom have you told?", "Done, to do, told"},
    {"PN-12", "Who is our contact day and night? When do you call next?", "Contact, next call"},
};

#define KEEP_ALL "Keep all logs and all our files until we tell you in writing. Delete nothing yet."

const struct question *question_at(size_t index)
{
    return index < INCIDENT_COMPANY_ANSWERS ? &questions[index] : NULL;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool is_practice(const struct questions_input *in)
{
    return in->practice || (in->incident && in->incident->practice);
}

static const char *company_of(const struct questions_input *in)
{
    if (in->company && in->company[0])
        return in->company;
    return in->incident ? in->incident->company_text : "";
}

/* ---- what the page says, as plain text in small pieces, for both renderings ---- */

/* "Mon 9 March 2026, 14:05 (+00:00) · 2026-03-09T14:05:00Z" */
static err put_both_clocks(struct buf *to, int64_t at, const struct when_zone *zone)
{
    TRY(when_put_words(to, at, zone));
    buf_str(to, " = ");
    when_put_utc(to, at);
    return buf_ok(to);
}

static void put_span(struct buf *to, int64_t seconds)
{
    int64_t minutes = seconds / 60;
    buf_fmt(to, "%lld h %02lld min", (long long)(minutes / 60), (long long)(minutes % 60));
}

static err put_due(struct buf *to, const struct questions_input *in)
{
    int64_t due = incident_report_due(in->incident);
    TRY(put_both_clocks(to, due, in->zone));
    buf_str(to, due >= in->now ? " (in " : " (passed ");
    put_span(to, due >= in->now ? due - in->now : in->now - due);
    buf_str(to, due >= in->now ? ")" : " ago)");
    return buf_ok(to);
}

/* What stands behind a question: the answer, cut to `most` bytes at a character, or why there is none. */
static err put_answer(struct buf *to, const struct questions_input *in, size_t i, size_t most)
{
    if (!in->incident)
        return OK;
    const struct incident_company_answer *c = &in->incident->company[i];
    if (c->state == INCIDENT_THEY_DONT_KNOW)
        buf_str(to, "they don't know");
    if (c->state == INCIDENT_LATER)
        buf_str(to, "later");
    if (c->by != INCIDENT_NO_TIME) {
        buf_str(to, ", by ");
        TRY(when_put_words(to, c->by, in->zone));
    }
    if (c->state != INCIDENT_ANSWERED)
        return buf_ok(to);
    size_t len = strcspn(c->text, "\n");
    bool cut = len > most || c->text[len];
    if (len > most) {
        len = most;
        while (len && ((unsigned char)c->text[len] & 0xc0) == 0x80)
            len--;
    }
    buf_bytes(to, c->text, len);
    buf_str(to, cut ? " ..." : "");
    return buf_ok(to);
}

/* ---- plain text ---- */

#define PAGE_WIDTH 80u
#define MAIL_WIDTH 72u

/* Bytes of the first `most` characters. */
static size_t fitting(const char *text, size_t len, size_t most)
{
    size_t at = 0;
    for (size_t shown = 0; at < len && shown < most; shown++)
        for (at++; at < len && ((unsigned char)text[at] & 0xc0) == 0x80;)
            at++;
    return at;
}

/* Breaks between words so that no line has more than `width` characters; `indent` blanks in front of the lines that
 * follow. A word that is longer than a line is broken. */
static void put_wrapped(struct buf *to, const char *first, const char *text, size_t indent, size_t width)
{
    size_t column = text_characters(view_text(first));
    bool fresh = true; /* nothing on this line yet but its beginning */
    buf_str(to, first);
    text += strspn(text, " \n\t");
    while (*text) {
        size_t len = strcspn(text, " \n\t"), shown = text_characters(view_of(text, len));
        if (!fresh && column + 1 + shown > width) {
            buf_fmt(to, "\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
            continue;
        }
        if (!fresh) {
            buf_str(to, " ");
            column++;
        }
        if (column + shown > width) {
            len = fitting(text, len, width - column);
            shown = width - column;
        }
        buf_bytes(to, text, len);
        column += shown;
        text += len;
        fresh = *text && !strchr(" \n\t", *text);
        if (fresh) {
            buf_fmt(to, "\n%*s", (int)indent, "");
            column = indent;
        }
        text += strspn(text, " \n\t");
    }
    buf_str(to, "\n");
}

static err put_labelled(struct buf *to, const char *label, struct buf *value)
{
    TRY(buf_ok(value));
    bool empty = value->len == 0;
    put_wrapped(to, label, empty ? "______________________________________________" : buf_text(value), 22, PAGE_WIDTH);
    return buf_ok(to);
}

/* A typed text, on one line and not longer than it may be on a page. */
static void put_short(struct buf *to, const char *text)
{
    size_t len = strcspn(or_empty(text), "\n");
    while (len > 100 || (len && text[len] && ((unsigned char)text[len] & 0xc0) == 0x80))
        len--;
    if (len)
        buf_bytes(to, text, len);
}

struct page_row {
    const char *label;
    struct buf value;
};

enum { ROW_ORGANISATION, ROW_COMPANY, ROW_AWARE, ROW_DUE, ROW_TOLD_BY, ROW_COMPANY_AWARE, ROW_COUNT };

static void rows_free(struct page_row (*rows)[ROW_COUNT])
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        buf_free(&(*rows)[i].value);
}

static err fill_rows(const struct questions_input *in, struct page_row rows[ROW_COUNT])
{
    const struct incident *inc = in->incident;
    put_short(&rows[ROW_ORGANISATION].value, in->organisation);
    put_short(&rows[ROW_COMPANY].value, company_of(in));
    if (!inc)
        return OK;
    TRY(put_both_clocks(&rows[ROW_AWARE].value, inc->aware, in->zone));
    TRY(put_due(&rows[ROW_DUE].value, in));
    struct buf *told = &rows[ROW_TOLD_BY].value;
    put_short(told, inc->told_by.name);
    if (inc->told_by.name[0]) {
        buf_str(told, ", by ");
        buf_str(told, incident_channel_word(inc->told_how));
    }
    if (inc->company_aware != INCIDENT_NO_TIME)
        TRY(put_both_clocks(&rows[ROW_COMPANY_AWARE].value, inc->company_aware, in->zone));
    return OK;
}

#define ROWS                                                                                                            \
    {                                                                                                                   \
        {"We are:               ", BUF(2000)}, {"The company is:       ", BUF(2000)},                                   \
            {"We heard of it at:    ", BUF(2000)}, {"Report is due by:     ", BUF(2000)},                               \
            {"Who told us, how:     ", BUF(2000)}, {"They knew since:      ", BUF(2000)},                               \
    }

static void put_title(struct buf *to, const struct questions_input *in)
{
    if (is_practice(in))
        buf_str(to, "*** PRACTICE *** this is not a real breach *** PRACTICE ***\n");
    buf_str(to, "A COMPANY TELLS US OF A DATA BREACH: WHAT TO ASK");
    if (in->incident)
        buf_fmt(to, "   %s", in->incident->number);
    buf_str(to, "\n\n");
}

err questions_page_text(struct buf *to, const struct questions_input *in)
{
    CLEANUP(rows_free) struct page_row rows[ROW_COUNT] = ROWS;
    TRY(fill_rows(in, rows));
    put_title(to, in);
    for (size_t i = 0; i < ROW_COUNT; i++)
        TRY(put_labelled(to, rows[i].label, &rows[i].value));
    buf_str(to, "\nThe 72 hours to the report run from the minute we heard of it, nights and\nweekends too.\n\n");
    buf_str(to, "Ask them now. Leave empty what they can't say; write \"later\" with a time.\n\n");
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS; i++) {
        char number[8];
        snprintf(number, sizeof number, "%2zu  ", i + 1);
        put_wrapped(to, number, questions[i].text, 4, PAGE_WIDTH);
        CLEANUP(buf_free) struct buf answer = BUF(4000);
        TRY(put_answer(&answer, in, i, 100));
        TRY(buf_ok(&answer));
        put_wrapped(to, "    ",
                    answer.len ? buf_text(&answer)
                               : "_________________________________________  later, by: ____________________",
                    4, PAGE_WIDTH);
    }
    buf_str(to, "\nSay this before you hang up:\n");
    put_wrapped(to, "  ", "\"" KEEP_ALL "\"", 3, PAGE_WIDTH);
    if (in->reply_email && in->reply_email[0]) {
        buf_str(to, "They answer to: ");
        put_short(to, in->reply_email);
        buf_str(to, in->reply_phone && in->reply_phone[0] ? ", " : "");
        put_short(to, in->reply_phone);
        buf_str(to, "\n");
    }
    buf_str(to, "\nNoted by: ____________________________   Ended at: ____________\n");
    return buf_ok(to);
}

/* ---- HTML ---- */

static void put_html(struct buf *to, const char *text)
{
    static const struct {
        char c;
        const char *as;
    } special[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text; text++) {
        const char *as = NULL;
        for (size_t i = 0; i < sizeof special / sizeof special[0] && !as; i++)
            as = special[i].c == *text ? special[i].as : NULL;
        if (as)
            buf_str(to, as);
        else
            buf_bytes(to, text, 1);
    }
}

static const char html_head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>What to ask the company</title>\n<style>\n"
    "@page{size:A4;margin:14mm}\n"
    "body{font:10pt/1.3 sans-serif;max-width:180mm;margin:0 auto}\n"
    "h1{font-size:13pt;margin:0 0 2mm}\n"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:1mm 2mm 1mm 0}\n"
    "th{width:40mm;font-weight:normal}li{margin-bottom:1mm}\n"
    ".fill{display:block;border-bottom:1px solid #666;min-height:6mm}\n"
    ".say{border:2px solid #000;padding:2mm;font-weight:bold}\n"
    ".practice{border:3px dashed #b00;color:#b00;padding:1mm;font-weight:bold;text-align:center}\n"
    "</style>\n</head>\n<body>\n";

static void html_value(struct buf *to, struct buf *value)
{
    if (value->len == 0) {
        buf_str(to, "<span class=\"fill\"></span>");
        return;
    }
    put_html(to, buf_text(value));
}

static err html_questions(struct buf *to, const struct questions_input *in)
{
    buf_str(to, "<p>Ask them now. Leave empty what they can't say; write &quot;later&quot; with a time.</p>\n<ol>\n");
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS; i++) {
        CLEANUP(buf_free) struct buf answer = BUF(4000);
        TRY(put_answer(&answer, in, i, 160));
        TRY(buf_ok(&answer));
        buf_fmt(to, "<li id=\"%s\">", questions[i].id);
        put_html(to, questions[i].text);
        buf_str(to, answer.len ? "<br><b>" : "");
        html_value(to, &answer);
        buf_str(to, answer.len ? "</b></li>\n" : "</li>\n");
    }
    buf_str(to, "</ol>\n");
    return buf_ok(to);
}

err questions_page_html(struct buf *to, const struct questions_input *in)
{
    CLEANUP(rows_free) struct page_row rows[ROW_COUNT] = ROWS;
    TRY(fill_rows(in, rows));
    buf_str(to, html_head);
    if (is_practice(in))
        buf_str(to, "<p class=\"practice\">PRACTICE: this is not a real breach</p>\n");
    buf_str(to, "<h1>A company tells us of a data breach: what to ask");
    if (in->incident) {
        buf_str(to, " &middot; ");
        put_html(to, in->incident->number);
    }
    buf_str(to, "</h1>\n<table>\n");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        TRY(buf_ok(&rows[i].value));
        size_t len = strcspn(rows[i].label, ":");
        buf_str(to, "<tr><th scope=\"row\">");
        buf_bytes(to, rows[i].label, len);
        buf_str(to, "</th><td>");
        html_value(to, &rows[i].value);
        buf_str(to, "</td></tr>\n");
    }
    buf_str(
        to,
        "</table>\n<p>The 72 hours to the report run from the minute we heard of it, nights and weekends too.</p>\n");
    TRY(html_questions(to, in));
    buf_str(to, "<p>Say this before you hang up:</p>\n<p class=\"say\">&quot;");
    put_html(to, KEEP_ALL);
    buf_str(to, "&quot;</p>\n</body>\n</html>\n");
    return buf_ok(to);
}

/* ---- the message ---- */

static err mail_opening(struct buf *to, const struct questions_input *in)
{
    CLEANUP(buf_free) struct buf b = BUF(4000);
    if (is_practice(in))
        buf_str(to, "PRACTICE: this is not a real breach.\n\n");
    buf_str(&b, "To ");
    buf_str(&b, company_of(in)[0] ? company_of(in) : "whom it concerns");
    put_wrapped(to, "", buf_text(&b), 0, MAIL_WIDTH);
    buf_str(to, "\n");
    buf_clear(&b);
    buf_str(&b, in->organisation && in->organisation[0] ? in->organisation : "Our organisation");
    if (in->incident) {
        buf_str(&b, " heard of a data breach at your company on ");
        TRY(when_put_words(&b, in->incident->aware, in->zone));
        buf_fmt(&b, ". Our number for it is %s; please put it into every answer.", in->incident->number);
    } else {
        buf_str(&b, " heard of a data breach at your company.");
    }
    TRY(buf_ok(&b));
    put_wrapped(to, "", buf_text(&b), 0, MAIL_WIDTH);
    buf_str(to, "\nFrom now on, please:\n");
    put_wrapped(to, "- ", KEEP_ALL, 2, MAIL_WIDTH);
    put_wrapped(to, "- ",
                "Send us the list of our files and systems that you hold or held, and whom you gave them on to.", 2,
                MAIL_WIDTH);
    buf_clear(&b);
    buf_str(&b, "Call us every day");
    if (in->call_every_day_at >= 0)
        buf_fmt(&b, " at %02lld:%02lld", (long long)(in->call_every_day_at / 3600 % 24),
                (long long)(in->call_every_day_at / 60 % 60));
    buf_str(&b, ", even if there is nothing new.");
    put_wrapped(to, "- ", buf_text(&b), 2, MAIL_WIDTH);
    return buf_ok(to);
}

static err mail_questions(struct buf *to, const struct questions_input *in)
{
    buf_str(to, "\n");
    put_wrapped(
        to, "",
        "Please answer these questions. Answer at once what you know; write \"not known\" or by when you will answer "
        "where you don't. Do not wait until all is known.",
        0, MAIL_WIDTH);
    buf_str(to, "\n");
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS; i++) {
        char number[8];
        snprintf(number, sizeof number, "%2zu. ", i + 1);
        put_wrapped(to, number, questions[i].text, 4, MAIL_WIDTH);
        CLEANUP(buf_free) struct buf answer = BUF(20000);
        TRY(put_answer(&answer, in, i, 4000));
        TRY(buf_ok(&answer));
        if (answer.len)
            put_wrapped(to, "    You said: ", buf_text(&answer), 4, MAIL_WIDTH);
    }
    return buf_ok(to);
}

static err mail_ending(struct buf *to, const struct questions_input *in)
{
    CLEANUP(buf_free) struct buf b = BUF(4000);
    buf_str(to, "\n");
    if (in->incident) {
        buf_str(&b, "Our report to the authority is due by ");
        TRY(when_put_words(&b, incident_report_due(in->incident), in->zone));
        buf_str(&b, ". ");
    }
    buf_str(&b, "You must tell us without undue delay and help us with this (Articles 33(2) and 28(3)(f) of the GDPR).");
    TRY(buf_ok(&b));
    put_wrapped(to, "", buf_text(&b), 0, MAIL_WIDTH);
    const char *email = or_empty(in->reply_email), *phone = or_empty(in->reply_phone);
    if (email[0] || phone[0]) {
        buf_clear(&b);
        buf_fmt(&b, "Answer to %s%s%s", email, email[0] && phone[0] ? " or " : "", phone);
        TRY(buf_ok(&b));
        buf_str(to, "\n");
        put_wrapped(to, "", buf_text(&b), 0, MAIL_WIDTH);
    }
    if (in->signed_by && in->signed_by[0]) {
        buf_str(to, "\n");
        put_wrapped(to, "", in->signed_by, 0, MAIL_WIDTH);
    }
    return buf_ok(to);
}

err questions_mail(struct buf *subject, struct buf *body, const struct questions_input *in)
{
    if (is_practice(in))
        buf_str(subject, "PRACTICE: ");
    buf_str(subject, "Data breach: keep everything, and twelve questions");
    if (in->incident)
        buf_fmt(subject, " [%s]", in->incident->number);
    TRY(buf_ok(subject));
    TRY(mail_opening(body, in));
    TRY(mail_questions(body, in));
    return mail_ending(body, in);
}
