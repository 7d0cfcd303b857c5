/* Recognising a file by its header row: which system wrote it, and what each column is (spec/csv-exports.md).
 * Nothing is guessed: a column is known by its system, by the catalogue or by the officer's map, or it is reported.
 *
 * Owns: all that is returned lives in the arena or for ever; nothing points into the header given.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "catalogue.h"
#include "status.h"

struct map; /* map.h */

enum column_role {
    COLUMN_UNKNOWN = 0,
    COLUMN_FIELD,
    COLUMN_ID,           /* an id that the source gave the person; `field` is which */
    COLUMN_PERIOD_START, /* of the membership period in this row */
    COLUMN_PERIOD_END,
    COLUMN_MEMBER_SINCE, /* first joined */
    COLUMN_STATUS,       /* status_word() reads its cells */
    COLUMN_MEMBERSHIP_TYPE,
    COLUMN_OBJECTION, /* against `purpose`; column_says() reads its cells */
    COLUMN_MARK,      /* `mark`; column_says() reads its cells */
    COLUMN_CONSENT,   /* to `purpose`; column_says() reads its cells */
    COLUMN_IGNORE,    /* tells nothing about a person */
    COLUMN_ROLE_COUNT
};

enum mark {
    MARK_NONE = 0,
    MARK_DECEASED,
    MARK_DECEASED_ON, /* a date; a cell with anything in it means deceased */
    MARK_IN_DANGER,
    MARK_EMAIL_FAILS, /* on hold, bounced, cleaned */
    MARK_NO_EMAIL,
    MARK_NO_PHONE,
    MARK_NO_POST,
    MARK_NO_SMS,
    MARK_NO_SHARING,   /* "Do Not Trade" */
    MARK_IN_TRASH,     /* deleted in the source, still exported */
    MARK_TEST,         /* not a real person */
    MARK_NOT_A_PERSON, /* an organisation or a household */
    MARK_COUNT
};
const char *mark_name(enum mark m); /* "deceased", "in_danger", ...; "" for none */
enum mark mark_find(struct view name);

/* How a cell of an objection, mark or consent is read. */
enum column_sense {
    SENSE_YES_NO,         /* yes/no, true/false, 1/0, t/f, y/n, x; empty is no */
    SENSE_NOT_EMPTY,      /* a date, time or reason: anything but an empty cell is yes */
    SENSE_UNSUBSCRIBED,   /* words: unsubscribed, bouncing, spam complaint... are yes; subscribed is no */
    SENSE_NOT_INDIVIDUAL, /* words: organization, household are yes; individual is no */
    SENSE_INACTIVE,       /* yes/no turned round: "is_active" */
    SENSE_COUNT
};

struct column {
    const char *name; /* as in the header */
    enum column_role role;
    /* The field that counts as given when this column is handed over, in every role but UNKNOWN and IGNORE:
     * FIELD and ID: its own; periods, status, type: FIELD_MEMBERSHIP; objection, consent, most marks:
     * FIELD_CONTACT_CHOICES; deceased: FIELD_DECEASED. */
    const struct field *field;
    bool new_field; /* `field` isn't in the catalogue yet: add it */
    bool many;      /* other columns may have the same name or give the same field: the values add up */
    enum mark mark; /* MARK only */
    enum column_sense sense;
    const char *purpose; /* OBJECTION, CONSENT: a purpose key; OBJECTION with NULL: newsletter and fundraising only */
};

struct columns {
    enum source_system system;
    struct column *list;
    size_t count;
    size_t unknown_count;
    bool is_header; /* enough is known that the names may be shown: else they could be a person's row */
};

/* What the columns of a header are.  `map` may be NULL; its lines go before everything else.  Unknown columns are no
 * error here: columns_check() makes it, so that `--map ?` can propose first. Errors: ERR_INVALID with the place (`file`,
 * line 1) and the number of the column: no columns, an empty or doubled name, two columns for one field that holds one
 * value, hardly any column known ("is line 1 really the header?"), a map line for no column. No cell is repeated unless
 * the row is a header. */
err columns_recognise(struct arena *a, const struct catalogue *c, const struct map *map, const char *file,
                      const struct view *names, size_t count, struct columns *ret);

/* ERR_INVALID where a column is unknown: names them, each with the line to write into a map file. */
err columns_check(const struct catalogue *c, const struct columns *cols, const char *file);

/* The first column of that role, NULL where there is none. */
const struct column *columns_find(const struct columns *cols, enum column_role role);

enum said { SAID_NO, SAID_YES, SAID_UNCLEAR };
/* What a cell of an OBJECTION, MARK or CONSENT column says.  SAID_UNCLEAR is to be reported. */
enum said column_says(const struct column *col, struct view cell);

#endif
