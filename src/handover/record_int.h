/* Shared by record*.c and create.c only. */
#ifndef RECORD_INT_H
#define RECORD_INT_H

#include "handover_int.h"
#include "match.h"
#include "people.h"
#include "record.h"

/* What a command is about: loaded and checked. */
struct record_case {
    struct vault *v;
    struct config *c;
    struct arena *a;
    struct recipient recipient;
    const struct purpose *purpose;
    const struct select *select; /* NULL: none */
    const char **given;          /* keys that the selection tells */
    size_t given_count;
    struct record_reach reach;
};
err record_case_begin(struct vault *v, struct config *c, struct arena *a, const char *recipient, const char *purpose, const char *selection,
                      struct record_case *ret);

/* A field of the catalogue; ERR_INVALID with the nearest name. */
err record_field(const struct config *c, const char *key, const struct field **ret);

/* Key of a job: the command's words and the file's hash. */
struct record_key {
    struct digest d;
};
void record_key_begin(struct record_key *k, const char *kind);
void record_key_text(struct record_key *k, const char *text); /* NULL is another than "" */
void record_key_number(struct record_key *k, int64_t n);
void record_key_end(struct record_key *k, uint8_t key[32]);

/* `file`: the hash of the file as it was when the command began. */
err record_file(struct record_case *rc, const struct record_options *o, const uint8_t key[32], const struct hash *file, struct record_result *ret);
err record_rule(struct record_case *rc, const struct record_options *o, const uint8_t key[32], struct handover *h);

/* --- the time of a system, every moment of which counts; up to now --- */

struct record_span {
    struct vault *v;
    const struct config *c;
    const struct select *select; /* NULL: none */
    uint8_t (*prints)[TOKEN_BYTES]; /* of it: people_select_prints() */
    struct when_range time;
    int64_t known;    /* from then on who was under it is known, not worked out; WHEN_UNKNOWN_EARLY: always */
    int64_t *moments; /* for one person at a time: when something about her may have changed */
    size_t moment_count;
};
err record_span_begin(struct record_span *s, struct vault *v, const struct config *c, const struct select *select, const struct handover *h);
void record_span_end(struct record_span *s);
/* Whether the selection held for her, or can't be ruled out, at any time of it.  There must be one. */
err record_span_held(struct record_span *s, const struct person *p, bool *ret);
/* Of somebody who is in it: whether she was under it when it was recorded or later. */
err record_span_exact(struct record_span *s, const struct person *p, bool *ret);
/* Whether she had a value at any time of it; the first known value holds for all time before. */
bool record_span_had(const struct record_span *s, const struct person *p, uint16_t field);

/* The day by which what was given is to be deleted; DAY_UNKNOWN: nothing agreed, or it goes on. */
int32_t record_due_day(const struct vault *v, const struct recipient *r, int64_t sent);

err record_reached(const struct record_reach *reach, struct vault *v, const struct config *c);

/* The end of each act: in the transaction, who is reached, and the job; then commit, publish, and the job's end. */
err record_finish(struct record_case *rc, const char *kind, const uint8_t key[32], const struct handover *h);

/* Begins the draft with the fields given and what the choice tells; where each stands in it. */
err record_places(const struct record_case *rc, struct handover_draft *d, const char *const *fields, size_t count, const size_t **ret_places,
                  const size_t **ret_told);
/* What the gate would have said of a recorded hand-over. */
err record_marks(struct record_case *rc, const struct field *const *fields, size_t count, struct handover *h);

err record_file_hash(const char *path, struct hash *ret);

/* A typed text that is kept: ERR_INVALID unless it is UTF-8 on one line, and not too long.  `what` says which, as "The approver". */
err record_text(const char *text, const char *what);

/* --- a file on its way: record_file.c reads it, record_who.c finds out who is in it,
 * record_known.c knows what its rows said, record_add.c adds it to what is known --- */

/* What a column gives for matching and for keeping. */
struct column_use {
    const struct column *column;
    uint16_t number;    /* of its field */
    size_t place;       /* in the draft */
    bool counts;        /* it is given */
    bool id, value;     /* an id of the source; a value to be kept of somebody unknown */
    bool birth;
    enum column_match { FOR_NOTHING, FOR_EMAIL, FOR_POSTCODE, FOR_FAMILY, FOR_FIRST, FOR_FULL } match;
};

struct reading {
    struct record_case *rc;
    const struct record_options *o;
    struct columns columns;
    struct column_use *uses;
    struct handover_draft d;
    uint8_t source; /* 0: none */
    uint64_t rows;
    struct record_result *r;
    struct import_rejected *rejected;
};

/* Keys by which rows of one file mean the same person, who is in no register; the first that was put stays. */
enum { KNOWN_KEY_BYTES = 16, NOBODY = UINT32_MAX };
struct known {
    struct {
        uint8_t key[KNOWN_KEY_BYTES];
        uint32_t person; /* + 1; 0: free */
    } *list;
    size_t count, room;
};
void known_free(struct known *k);
err known_put(struct known *k, const struct hash *key, uint32_t person);
err known_find(struct known *k, const struct hash *key, uint32_t *ret); /* or NOBODY */

/* What rows said of each whom they mean or may mean: names, birth date, ids.  Two rows that are certainly about different people are
 * not both about her, whatever led to her: a number that a list writes where it knows none, a birth date that stands for unknown. */
struct statements {
    struct statement *list;
    struct statement_id *ids;
    size_t count, room, id_count, id_room;
};
void statements_free(struct statements *s);
/* For a row in doubt.  `subject`: an ordinal, or a number in the file.  `ids`: those that the row has, not empty; their fields are
 * columns, since it need not be known whose ids they are. */
bool statements_differ(const struct statements *s, uint32_t subject, const struct match_row *m, const struct match_id *ids, size_t id_count);
/* For a row that leads to her: one list may have several numbers for somebody, and a new family name beside the first name. */
bool statements_other(const struct statements *s, uint32_t subject, const struct match_row *m);
err statements_add(struct statements *s, uint32_t subject, const struct match_row *m, const struct match_id *ids, size_t id_count);

/* A row, by what it says of a person. */
struct record_row {
    struct view *cells; /* by column, trimmed; empty where the column does not count */
    int32_t birth;
    uint16_t marks;     /* of facts */
    uint32_t person;    /* of one known only from this file: her number in it; NOBODY */
    bool unsure;        /* what led to somebody can't mean this row too: its ids are not kept */
};

/* What rows say of people known only from files adds to what is known of them. */
struct adding {
    struct reading *r;
    int64_t now;
    struct peopleset *renamed; /* people whose new family names are not in the index yet */
    struct people_tokens tokens;
    /* Of the rows at hand: */
    struct arena *a;
    struct person *list; /* by rising ordinals */
    bool *open;          /* in the list's place; false: she is opened whenever she is needed */
    uint32_t *ordinals;
    size_t count;
};
void adding_free(struct adding *ad);
err adding_row(struct adding *ad, struct person *p, const struct record_row *row);
/* Their tokens go in at the end, so that no row finds who was made for another, wherever the file is cut into lots. */
err adding_save(struct adding *ad, struct person *list, size_t count);
/* Opens people for the rows at hand; of `ordinals`, rising, those known only from files. */
err adding_begin(struct adding *ad, struct arena *a, const struct peopleset *file_only, const uint32_t *ordinals, size_t count);
/* The row says more of her; `m` learns it. */
err adding_say(struct adding *ad, struct matching *m, uint32_t ordinal, const struct record_row *row, bool family);
/* Whether nothing but files tells of her. */
err adding_only(struct adding *ad, uint32_t ordinal, bool *ret);
/* Before the facts of some are changed elsewhere: what was said of them is written. */
err adding_part(struct adding *ad, const uint32_t *ordinals, size_t count);
err adding_end(struct adding *ad);

/* Calls `fn` for each row after the header. */
typedef err record_row_fn(struct reading *r, void *ctx, const struct table *t, const struct table_cells *cells);
err record_walk(struct reading *r, const char *what, record_row_fn *fn, void *ctx);
/* In the transaction, the columns numbered: matches all rows, puts the people and their fields into the draft, and saves those known
 * only from files.  Sets matched, file_only and ambiguous. */
err record_who(struct reading *r, struct handover *h);

#endif
