/* An incident as a value: what happened when, what is known and what not, and when the next word comes.  It is never
 * changed in place: a change makes a new version, and no line of the timeline and no promise is ever lost.
 *
 * Instants are seconds since 1970 UTC, INCIDENT_NO_TIME where nobody knows.  Ids: "I1" for the incident, the
 * organisation's own number (ux: "EMU-2026-01") beside it.  Free text stands only in members named *text, *reason or by
 * a `struct incident_party`; everything else is a number or a closed word, so that the log can take the one without the
 * other. Ownership: texts live in the arena they were made in.  Limits: LIMIT_INCIDENT_* of limits.h. Rules: law
 * TIME-09, A33.3, A33.4, PN-1..PN-12, CK-06, CK-29.
 */
#ifndef INCIDENT_H
#define INCIDENT_H

#include <jansson.h>

#include "buf.h"
#include "err.h"
#include "mem.h"
#include "when.h"

#define INCIDENT_REPORT_SECONDS (72 * 3600) /* law TIME-09 */
#define INCIDENT_NO_TIME WHEN_UNKNOWN_EARLY /* an instant that nobody knows or that is still to come */

enum incident_cause {
    INCIDENT_CAUSE_UNKNOWN,
    INCIDENT_RANSOMWARE,
    INCIDENT_THEFT,
    INCIDENT_PHISHING,
    INCIDENT_MISTAKE,
    INCIDENT_WRONG_RECIPIENT,
    INCIDENT_LOST_DEVICE,
    INCIDENT_INSIDER,
    INCIDENT_MISCONFIGURATION,
    INCIDENT_CAUSE_OTHER,
    INCIDENT_CAUSE_COUNT
};

enum incident_answer { INCIDENT_NOT_KNOWN, INCIDENT_YES, INCIDENT_NO, INCIDENT_ANSWER_COUNT };

/* The five questions that are never answered together. */
enum incident_question {
    INCIDENT_AVAILABILITY,    /* locked, lost? */
    INCIDENT_CONFIDENTIALITY, /* read, copied? */
    INCIDENT_INTEGRITY,       /* changed? */
    INCIDENT_PUBLISHED,
    INCIDENT_RANSOM, /* asked for? */
    INCIDENT_QUESTION_COUNT
};

enum incident_channel {
    INCIDENT_BY_PHONE,
    INCIDENT_BY_EMAIL,
    INCIDENT_BY_NEWS,
    INCIDENT_BY_OTHER,
    INCIDENT_CHANNEL_COUNT
};

enum incident_edge_state { INCIDENT_EDGE_UNKNOWN, INCIDENT_EDGE_KNOWN, INCIDENT_EDGE_ONGOING, INCIDENT_EDGE_COUNT };

/* One end of the window. */
struct incident_edge {
    enum incident_edge_state state;
    struct when_range range; /* with KNOWN only; otherwise 0, 0 */
};

struct incident_fact {
    enum incident_answer answer;
    const char *reason; /* yes: more words, may be empty; no: how that is known, never empty; not known: empty */
    int64_t next_word;  /* when we say more; INCIDENT_NO_TIME: none promised here */
};

struct incident_party {
    const char *name, *role, *phone, *email; /* "" where not given */
};

struct incident_line {
    int64_t at;          /* when it happened */
    int64_t recorded_at; /* when it was written down */
    const char *text;
    const char *who; /* who wrote it */
};

struct incident_promise {
    const char *on; /* a closed word, see incident_promise_on_ok() */
    int64_t by;
    int64_t made_at;
    int64_t kept_at; /* INCIDENT_NO_TIME while open */
    const char *who;
    const char *text; /* may be empty */
};

enum incident_measure_kind {
    INCIDENT_BEFORE,   /* in place before the breach */
    INCIDENT_ADDRESS,  /* deals with the breach (A33.3-d1) */
    INCIDENT_MITIGATE, /* makes it less bad for people (A33.3-d2) */
    INCIDENT_PREVENT,  /* so that it doesn't happen again */
    INCIDENT_MEASURE_COUNT
};

struct incident_measure {
    enum incident_measure_kind kind;
    const char *text;
    int64_t done_at; /* INCIDENT_NO_TIME: planned, or from before the breach */
    int64_t due;     /* of a planned one; INCIDENT_NO_TIME: no date */
    int64_t recorded_at;
    const char *who; /* who wrote it down */
};

/* Somebody who was told of the breach, or is to be. */
struct incident_told {
    const char *name;      /* "Data Protection Authority", "Police", an insurer */
    int64_t at;            /* INCIDENT_NO_TIME: planned */
    const char *reference; /* theirs, "" */
    bool authority;        /* the supervisory authority to which the report goes */
    int64_t recorded_at;
    const char *who;
};

/* What only people can explain, for the report and the letters. */
enum incident_why { INCIDENT_WHY_KEPT, INCIDENT_WHY_LATE, INCIDENT_WHY_NOT_SOONER, INCIDENT_WHY_COUNT };

#define INCIDENT_COMPANY_ANSWERS 12
enum incident_company_state {
    INCIDENT_ASKED_NOTHING, /* no word yet */
    INCIDENT_ANSWERED,
    INCIDENT_THEY_DONT_KNOW,
    INCIDENT_LATER, /* they said by when */
    INCIDENT_COMPANY_COUNT
};

struct incident_company_answer {
    enum incident_company_state state;
    const char *text; /* with ANSWERED never empty */
    int64_t by;       /* with LATER always, with THEY_DONT_KNOW perhaps */
};

struct incident {
    const char *id;     /* "I1" */
    const char *number; /* the organisation's; the id where none was given */
    uint32_t version;   /* from 1 */
    bool practice;
    const char *const *recipients; /* ids */
    size_t recipient_count;
    const char *company_text; /* a company that isn't in the records, as typed; "" otherwise */
    struct incident_edge from, to;
    int64_t company_aware; /* INCIDENT_NO_TIME: not known */
    int64_t aware;         /* ours; starts the 72 hours; required */
    int64_t opened_at;
    enum incident_cause cause;
    const char *cause_text; /* in the officer's words; "" */
    const char *what_text;  /* what happened, in the officer's words; "" */
    struct incident_fact facts[INCIDENT_QUESTION_COUNT];
    struct incident_party told_by;
    enum incident_channel told_how;
    struct incident_party contact; /* ours for this incident */
    const struct incident_line *timeline;
    size_t line_count;
    const struct incident_promise *promises;
    size_t promise_count;
    struct incident_company_answer company[INCIDENT_COMPANY_ANSWERS]; /* PN-1 is [0] */
    const struct incident_measure *measures;
    size_t measure_count;
    const struct incident_told *told;
    size_t told_count;
    const char *why[INCIDENT_WHY_COUNT]; /* "" where nothing was said */
    int64_t closed_at;                   /* INCIDENT_NO_TIME while it is open */
    const char *closed_text;             /* why; never empty once it is closed */
};

/* Empty texts, everything not known, number = id, version 1. */
struct incident incident_new(const char *id, int64_t aware, int64_t opened_at);

/* Whether everything that must be there is there and nothing contradicts itself.  Errors: ERR_INVALID, ERR_LIMIT. */
err incident_check(const struct incident *inc);

/* When the report to the authority is due, and the window as scope.h wants it (unknown: the whole of time). */
int64_t incident_report_due(const struct incident *inc);
struct when_range incident_edge_range(struct incident_edge edge);

/* A new version of `old` with the content of `wanted`.  Refused (ERR_CONFLICT) if `wanted` was made from another version
 * than `old`, or loses or alters a line of the timeline, a promise (only kept_at may be set, once), a measure (done_at, once), somebody
 * told (the time, and a reference, once each), the id or opened_at, or if it is closed and stays so; refused like incident_check().  Owns: nothing moves; ret points to what `wanted` points to. */
err incident_revise(const struct incident *old, const struct incident *wanted, struct incident *ret);

/* Adds to the end; the arrays are new, the old incident stays as it was. */
err incident_add_line(struct arena *a, struct incident *inc, struct incident_line line);
err incident_add_promise(struct arena *a, struct incident *inc, struct incident_promise promise);
/* The open promises on it are kept.  ERR_INVALID: there is none. */
err incident_keep_promise(struct arena *a, struct incident *inc, const char *on, int64_t at);
err incident_add_measure(struct arena *a, struct incident *inc, struct incident_measure measure);
/* The planned measure of this number, from 1, is done.  ERR_INVALID: there is none, or it was done before. */
err incident_measure_done(struct arena *a, struct incident *inc, uint64_t number, int64_t at);
/* Adds somebody; or, where the same name stands there without time or reference, these. */
err incident_add_told(struct arena *a, struct incident *inc, struct incident_told told);
/* The first telling of the authority, or NULL. */
const struct incident_told *incident_authority_told(const struct incident *inc);

/* Promises are about one of: "everything", the five questions, "cause", "window", "numbers", "PN-1".."PN-12", or a field
 * of a report ("likelihood"; see ico_form.h).  True for well-formed words: lower case, digits, "_", "-", at most 40. */
bool incident_promise_on_ok(const char *on);
/* When the next word on `on` was promised: the newest open promise on it, or else the question's own date, or else the
 * newest open promise on "everything".  INCIDENT_NO_TIME if there is none. */
int64_t incident_next_word(const struct incident *inc, const char *on);
/* How many open promises and questions' dates lie before `now` without an answer. */
size_t incident_late_words(const struct incident *inc, int64_t now);
/* True if some question is "not known" without any date (CK-29); `ret` is the first of them. */
bool incident_undated(const struct incident *inc, enum incident_question *ret);

/* Closed words. */
const char *incident_cause_word(enum incident_cause cause);
const char *incident_cause_label(enum incident_cause cause); /* in a sentence: "ransomware (files locked for money)" */
bool incident_cause_find(const char *word, enum incident_cause *ret);
const char *incident_question_word(enum incident_question q);  /* "availability" */
const char *incident_question_label(enum incident_question q); /* "Locked" */
bool incident_question_find(const char *word, enum incident_question *ret);
const char *incident_answer_word(enum incident_answer answer); /* "yes", "no", "not known" */
const char *incident_measure_word(enum incident_measure_kind kind); /* "before", "address", "mitigate", "prevent" */
bool incident_measure_find(const char *word, enum incident_measure_kind *ret);
const char *incident_why_word(enum incident_why why); /* "kept-too-long", "late-report", "not-told-sooner" */
const char *incident_channel_word(enum incident_channel channel);
bool incident_channel_find(const char *word, enum incident_channel *ret);

/* Command-line words.
 * Fact: "yes", "yes: words", "no: how that is known", "unknown" or "not known".  A bare "no" is refused: it needs a
 * reason. Edge: "unknown", "ongoing" (only as an end), or a time as when.h reads it. Window: "A..B", each an edge; a
 * single "A" is the window from its beginning to its end. */
err incident_parse_fact(struct arena *a, const char *words, struct incident_fact *ret);
err incident_parse_edge(const char *words, bool is_end, const struct when_zone *zone, struct incident_edge *ret);
err incident_parse_window(const char *words, const struct when_zone *zone, struct incident_edge *from,
                          struct incident_edge *to);
/* ERR_INVALID where the end is certainly before the beginning. */
err incident_check_window(struct incident_edge from, struct incident_edge to);

/* Stored and printed form; decode takes exactly what encode gives: every key, no other, limits kept.  `ret` of
 * incident_json is a new reference. */
err incident_json(const struct incident *inc, json_t **ret);
err incident_decode(struct arena *a, const json_t *from, struct incident *ret);
/* The same from and to bytes; encoding is compact with sorted keys, so that equal incidents have equal bytes. */
err incident_encode(struct buf *to, const struct incident *inc);
err incident_decode_bytes(struct arena *a, struct view bytes, struct incident *ret);

#endif
