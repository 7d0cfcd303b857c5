/* What to ask the company that was hit: the twelve questions (law PN-1..PN-12, words of ux 7.3), what to say before
 * hanging up, and the clock; as one printed page and as a message.  Works with nothing recorded: every input may be
 * missing.
 */
#ifndef QUESTIONS_H
#define QUESTIONS_H

#include "incident.h"

struct question {
    const char *id;          /* "PN-1" */
    const char *text;        /* as one asks it */
    const char *short_label; /* for tables: "Their own number" */
};

const struct question *question_at(size_t index); /* 0 .. INCIDENT_COMPANY_ANSWERS - 1, NULL beyond */

struct questions_input {
    const char *organisation;        /* "" or NULL where not known, like every text here */
    const char *company;             /* the company's name */
    const struct incident *incident; /* NULL before one is opened; answers already there are filled in */
    bool practice;
    int64_t now;
    const struct when_zone *zone;
    const char *reply_email, *reply_phone; /* where the company answers us */
    const char *signed_by;                 /* name and office */
    int64_t call_every_day_at;             /* seconds after midnight, or -1 */
};

/* One page of at most 66 lines of at most 80 characters. */
err questions_page_text(struct buf *to, const struct questions_input *in);
/* The same page, complete HTML with no script, picture or outside reference; prints on one side of A4. */
err questions_page_html(struct buf *to, const struct questions_input *in);
/* The body of a plain-text message to the company, lines of at most 72; and its subject. */
err questions_mail(struct buf *subject, struct buf *body, const struct questions_input *in);

#endif
