/* Facts of a person: what rules and selections need, kept in the key cell (docs/format.md section 5); their coding, and
 * everything that follows from them alone.  Pure: instants and days come in.
 *
 * Shapes: days are counted from 1970-01-01 in the organisation's zone, instants in seconds since 1970 UTC; wherever both are
 * asked for, `day` is the day of `at` in that zone.  Lists hold at most 255 things each.
 * Owns: lists live in the arena given.
 * Errors: ERR_CORRUPT (bytes that are not facts), ERR_LIMIT (a list or the whole is too long: LIMIT_FACTS_BYTES), ERR_NOMEM.
 */
#ifndef FACTS_H
#define FACTS_H

#include "endrule.h"
#include "status.h"
#include "when.h"

enum { /* marks: docs/format.md section 7 */
    FACT_DECEASED = 1,
    FACT_IN_DANGER = 2,
    FACT_UNDER_18 = 4, /* said, where no birth date is known */
    FACT_WORK_EMAIL = 8,
    FACT_ON_HOLD = 16,
    FACT_NO_EMAIL = 32,
    FACT_FILE_ONLY = 64,
    FACT_PAPER = 128,
};

enum { FACTS_OPEN = INT32_MAX }; /* the end of a period that goes on */

/* Member from the first day to the day of the end, both included.  `first` DAY_UNKNOWN: since before anything is known. */
struct facts_period {
    int32_t first, end;
};

enum facts_presence { FACTS_THERE = 1, FACTS_GONE = 2 };
struct facts_source {
    uint8_t source; /* its number */
    enum facts_presence state;
    int64_t since; /* in that state */
};

/* A withdrawal is a fact of its own: it holds for good against every consent that is not newer, recorded before or after it. */
enum facts_choice_kind { FACTS_CONSENT = 1, FACTS_OBJECTION = 2, FACTS_WITHDRAWAL = 3 };
enum facts_how { /* written into sealed bytes: only add */
    HOW_IMPORT = 1,
    HOW_PAPER = 2,
    HOW_ONLINE = 3,
    HOW_PHONE = 4,
    HOW_EMAIL = 5,
    HOW_IN_PERSON = 6,
    HOW_OTHER = 7,
    HOW_COUNT
};
const char *facts_how_name(enum facts_how how); /* "import", "paper", ...; "" for anything else */
enum facts_how facts_how_find(struct view name); /* HOW_COUNT: not one */

struct facts_choice {
    enum facts_choice_kind kind;
    uint8_t how;
    uint16_t purpose, recipient; /* numbers; recipient 0: all */
    int64_t from, until;         /* INT64_MAX: holds */
    uint16_t text;               /* version of the text that was agreed to; 0 none */
};

struct facts_hold {
    uint32_t incident; /* number; 0: not for an incident */
    int64_t since;
};

/* Zero-initialise with FACTS_NONE.  A copy of the struct shares its lists: change only one of the two. */
struct facts {
    uint16_t marks;
    enum status_word word; /* what the file said last, WORD_UNKNOWN: nothing */
    int64_t word_since;
    uint32_t alias; /* ordinal of the next record of the same person, + 1; 0 none: people.h */
    int32_t birth;
    int32_t confirmed; /* day the address was last confirmed */
    int32_t start;     /* day that starts retention beside the periods: applied, refused, known from a file; else, of whom no period is known, */
                       /* the first export that she was in, so that nobody is kept for ever for want of a date */
    int64_t oldest_past; /* when the oldest past value that is still kept ended (person.h); INT64_MAX: there is none */
    struct facts_period *periods; /* rising by first */
    size_t period_count;
    struct facts_source *sources;
    size_t source_count;
    struct facts_choice *choices;
    size_t choice_count;
    struct facts_hold *holds;
    size_t hold_count;
    uint8_t *fields; /* bitmap of field numbers that have a value now: use facts_has_field() */
    size_t field_bytes, field_room;
    const struct facts *also; /* another record of the same person; NULL: none is known here.  Not stored */
};
#define FACTS_NONE ((struct facts){.birth = DAY_UNKNOWN, .confirmed = DAY_UNKNOWN, .start = DAY_UNKNOWN, .oldest_past = INT64_MAX})

err facts_encode(const struct facts *f, struct buf *to);
/* Strict: what it accepts, facts_encode() gives back byte for byte. */
err facts_decode(struct arena *a, struct view bytes, struct facts *ret);
bool facts_equal(const struct facts *a, const struct facts *b);

/* --- what follows ---
 * Of several records of one person (`also`, people.h) all count: she is what the surest of them says, member before former before
 * applicant, refused, other, known only from a file; a mark, a consent, a withdrawal, an objection, a hold, a value, a death of one are hers;
 * she is gone, known only from a file, past her end if all say so. */

/* What the person is at an instant.  The periods decide: member inside one, former after one, other before the first.  A word
 * of the file goes before them from `word_since` on: cancelled, expired, deceased: former; pending: applicant; refused; and,
 * if no period has begun, current, new, grace: member.  Without periods a word holds for all time.  Gone from all sources, a
 * member is a former member from then on.  Nothing said: file-only if marked so, else other. */
enum person_status facts_status(const struct facts *f, int64_t at, int32_t day);
/* First day of the first period.  DAY_UNKNOWN: none, or not known. */
int32_t facts_joined(const struct facts *f);
/* The day on which the person stopped being a member, as seen at `at`: the end of the last period; where that goes on, the day
 * on which the file said so or lost her.  DAY_UNKNOWN: is one, never was one, or no period is known.  `zone` NULL is UTC. */
int32_t facts_left(const struct facts *f, const struct when_zone *zone, int64_t at, int32_t day);
/* Marked so, or born more than 110 years before `day`. */
bool facts_deceased(const struct facts *f, int32_t day);
/* By the birth date; by the mark where none is known. */
bool facts_under_18(const struct facts *f, int32_t day);
bool facts_file_only(const struct facts *f);
/* Whether anything was ever said of a membership: a period, or a word, be it that there never was one. */
bool facts_says_status(const struct facts *f);
/* Was in at least one source, and is in none any more. */
bool facts_gone(const struct facts *f);
bool facts_in_source(const struct facts *f, uint8_t source); /* there, not gone */
uint16_t facts_marks(const struct facts *f);
int32_t facts_confirmed(const struct facts *f); /* the latest */
/* When what is held of `category` ends (endrule.h), seen at `at`.  Retention starts: for former members the day they left
 * or, not known, the day on which we learnt it; for all others `start`, and, gone from all sources, the later of that and the day they were gone. */
struct end_date facts_end(const struct facts *f, const struct end_rule *rules, size_t count, enum category category,
                          const struct when_zone *zone, int64_t at, int32_t day);
bool facts_past_end(const struct facts *f, const struct end_rule *rules, size_t count, enum category category,
                    const struct when_zone *zone, int64_t at, int32_t day);

bool facts_choice_holds(const struct facts_choice *c, enum facts_choice_kind kind, uint16_t purpose, int64_t at);
/* Whether a consent for this purpose and recipient holds at `at`: there is one for it or for all (0) with from <= at < until, and no
 * withdrawal for it or for all with the consent's from <= from <= at.  Asked with recipient 0, only those for all count. */
bool facts_consents(const struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at);
bool facts_consents_by_name(const struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at); /* one for all is not enough */
/* When a consent of hers ended or was withdrawn for all that it is about; INT64_MAX: it was not. */
int64_t facts_consent_end(const struct facts *f, const struct facts_choice *consent);
/* An objection for all holds for each recipient; asked with recipient 0, any counts. */
bool facts_objects(const struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at);
bool facts_held(const struct facts *f);
/* Whether a past value is kept that ended LIMIT_PAST_KEPT_SECONDS ago or longer. */
bool facts_past_due(const struct facts *f, int64_t now);
bool facts_has_field(const struct facts *f, uint16_t field);

/* --- changing --- */

err facts_add_period(struct arena *a, struct facts *f, struct facts_period p); /* the same again: nothing to do */
/* What a file says now goes before what is stored: it replaces stored periods that go on or that meet one of the list. */
err facts_say_periods(struct arena *a, struct facts *f, const struct facts_period *list, size_t count);
err facts_set_source(struct arena *a, struct facts *f, uint8_t source, enum facts_presence state, int64_t since);
/* When the newest of that kind, purpose and recipient was said or ended, in all her records; one for all recipients meets each.  INT64_MIN: none. */
int64_t facts_latest(const struct facts *f, enum facts_choice_kind kind, uint16_t purpose, uint16_t recipient);
/* Nothing to do where one of the same kind, purpose and recipient without an end has begun by then, and, of consents and withdrawals,
 * the other was not said since in any of her records.  A withdrawal said again a day later is new: a consent that comes to light
 * afterwards may lie between them. */
err facts_choose(struct arena *a, struct facts *f, const struct facts_choice *choice);
/* Ends the objections to that purpose that hold at `at`: those for the recipient; recipient 0: all.  How many that were. */
size_t facts_end_objections(struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at);
err facts_hold(struct arena *a, struct facts *f, uint32_t incident, int64_t since); /* held for it already: nothing to do */
bool facts_release(struct facts *f, uint32_t incident);
err facts_set_field(struct arena *a, struct facts *f, uint16_t field, bool has);

#endif
