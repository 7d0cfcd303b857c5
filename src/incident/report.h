/* The report to the authority: the nine items of Article 33(3) and the ICO's form field by field, each filled or "not
 * yet known" with the date of the next word.  Holds numbers, closed words and what the officer typed; nothing of a
 * person who is affected ever enters here (law CK-27).  Rules: A33.1-r, A33.3, A33.4, CK-04, CK-05, CK-06, CK-26.
 */
#ifndef REPORT_H
#define REPORT_H

#include "ico_form.h"
#include "incident.h"
#include "scope_numbers.h"

struct report_org {
    const char *name, *address, *registration;
    bool size_known, large;         /* large: 250 staff or more */
    const char *membership;         /* what membership reveals, in the ICO's words, or NULL */
    struct incident_party reporter; /* who makes this report */
    struct incident_party dpo;      /* data-protection officer, or who is responsible */
};

struct report_recipient {
    const char *id, *name, *number; /* legal name, company number */
    const char *class_word;         /* "processor" */
    const char *does;               /* "prints and posts letters" */
};

enum report_people {
    REPORT_PEOPLE_UNDECIDED,
    REPORT_PEOPLE_TOLD,
    REPORT_PEOPLE_TELLING,
    REPORT_PEOPLE_AWARE,
    REPORT_PEOPLE_PLANNED,
    REPORT_PEOPLE_NOT,
    REPORT_PEOPLE_OTHER,
    REPORT_PEOPLE_COUNT
};

/* What the officer answered in the form's own terms; goes before what is worked out.  For fields with options the text
 * is one of them, exactly; several are parted by " | ". */
struct report_answer {
    const char *field; /* id of ico_form.h, or of the nine items ("A33.3-c") */
    const char *text;
};

struct report_input {
    struct report_org org;
    const struct incident *incident;
    const struct scope_numbers *numbers; /* NULL: who is affected isn't known yet */
    const struct report_recipient *recipients;
    size_t recipient_count;
    const struct report_answer *answers;
    size_t answer_count;
    enum report_people people;
    int64_t people_at;  /* when they are, or were, to be told; INCIDENT_NO_TIME */
    bool records_known; /* the number of records, if the caller counts them apart from people */
    uint64_t records;
    bool follow_up;             /* not the first report */
    const char *case_reference; /* the authority's; "" */
    int64_t reported_at;        /* when the first report went; INCIDENT_NO_TIME: not yet */
    bool stale;                 /* the numbers are those of then, and would be others now */
    const char *delay_text;     /* reasons for a delay; "" */
    const char *checkpoint;     /* "size 1234, root abc=": one line, or "" */
    bool practice;
    int64_t now;
    const struct when_zone *zone;
};

enum report_state {
    REPORT_FILLED,
    REPORT_NOT_YET,    /* not known yet; `next_word` has the date if one was promised */
    REPORT_NOT_NEEDED, /* the form doesn't ask this here */
    REPORT_REQUIRED    /* the law asks for it and only the officer can give it (CK-05) */
};

struct report_entry {
    const char *id;                  /* "A33.3-a1" or the form's id */
    unsigned n;                      /* the form's number; 0 for the nine items */
    const char *part, *label, *type; /* part "" for the nine items */
    enum report_state state;
    const char *text;           /* never empty: the answer, or why there is none */
    const char *const *options; /* ticked options, exactly as the form spells them */
    size_t option_count;
    const char *law;   /* which of the nine it rests on, or "" */
    int64_t next_word; /* with REPORT_NOT_YET; INCIDENT_NO_TIME: no date promised yet */
};

#define REPORT_ITEMS 9

struct report {
    const struct report_input *input; /* borrowed; must outlive the report */
    struct report_entry items[REPORT_ITEMS];
    struct report_entry fields[ICO_FORM_FIELDS];
    int64_t due;
    bool late;           /* later than 72 hours */
    bool delay_required; /* late, and no reasons given: not to be sent like this */
    size_t not_yet, undated, required;
    const char *const *warnings; /* for the officer; e.g. a text that holds something like an e-mail address (CK-27) */
    size_t warning_count;
};

/* Errors: ERR_INVALID for an answer with an unknown field or with words that aren't one of the form's options, for
 * numbers that don't add up, or an incident without what must be there; ERR_LIMIT; ERR_NOMEM. */
err report_draft(struct arena *a, const struct report_input *in, struct report *ret);

/* The form field by field, for copying; a page in Markdown; a document for programs.  All three say PRACTICE on top of a
 * practice report, and carry both clocks, local with offset and UTC, and the checkpoint. */
err report_ico(struct buf *to, const struct report *r);
err report_markdown(struct buf *to, const struct report *r);
err report_json(const struct report *r, json_t **ret);

#endif
