/* A person opened: facts, and the values of fields with the times for which they were known; their records
 * (docs/format.md section 4).  Pure.
 *
 * Values are kept per source: an import replaces only what the same source said before.  What a field "is" comes from all
 * sources; of a field that holds one value (field_type_many() false), the source with the newest word counts.
 * A value holds for `since` <= t < `until`; the first known value of a field and source holds for all time before.
 * A past value is kept for LIMIT_PAST_KEPT_SECONDS after its `until`; then only its interval, source and fingerprint stay: the
 * keeper's token over match_print(), from which nothing but equality with a guess can be told.
 * Owns: everything lives in the arena given or, for texts, as long as the bytes decoded.
 * Errors: ERR_CORRUPT (not a record, a value of an unknown field or of another category), ERR_LIMIT, ERR_NOMEM.
 */
#ifndef PERSON_H
#define PERSON_H

#include "catalogue.h"
#include "cell.h"
#include "facts.h"
#include "keeper.h"

#define PERSON_OPEN INT64_MAX
#define PERSON_PRESENT "1" /* the text of a field that is held as presence only */

/* Fields by number: by_no[n] is NULL where no field has the number. */
struct field_numbers {
    const struct field *const *by_no;
    size_t count; /* one past the greatest number */
};
const struct field *field_of(const struct field_numbers *n, uint16_t no); /* NULL: none */
/* The number of a field of the catalogue; 0: it has none. */
uint16_t field_no(const struct field_numbers *n, const struct field *f);
uint16_t field_no_of(const struct field_numbers *n, const char *key); /* by key; 0: none */

enum value_change { VALUE_AS_STORED = 0, VALUE_NEW = 1, VALUE_ENDED = 2 };

struct person_value {
    uint16_t field;
    uint8_t source;    /* number; 0 typed by hand */
    bool print;        /* `text` is a fingerprint: there was a value, which one is no longer kept; only where it is past */
    uint8_t change;    /* enum value_change: since it was read */
    int64_t since, until; /* until PERSON_OPEN: still so */
    int64_t forgotten;    /* of a fingerprint: until when the value was kept */
    struct view text;
};

struct person {
    uint32_t ordinal;
    enum cell_state state;
    struct facts facts;
    bool facts_changed;
    uint32_t loaded;  /* bit per category whose values are here; all of somebody new */
    uint32_t changed; /* bit per category to be written */
    uint32_t renewed; /* bit per category that lost a value: it is written under a new key */
    struct person_value *values;
    size_t count, room;
};

/* --- records --- */

/* Adds the values of record 0 of a category to `p`; texts point into `bytes`. */
err person_decode(struct arena *a, const struct field_numbers *n, uint8_t category, struct view bytes, struct person *p);
/* Record 0 of a category. */
err person_encode(const struct field_numbers *n, uint8_t category, const struct person *p, struct buf *to);
/* What the keeper gave: state, facts (if they were asked for), and the records of `categories`.  Copies all into the arena. */
err person_take(struct arena *a, const struct field_numbers *n, uint32_t ordinal, const struct keeper_person *from,
                uint32_t categories, struct person *ret);

/* --- reading --- */

/* The values of a field at an instant, newest word first, each text once; at most `room`: how many they are comes back.  Of
 * fields that hold one value, those of one source (which are several only where columns add up). */
size_t person_values(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at,
                     const struct person_value **ret, size_t room);
/* The same of all sources.  `ret_differ`: they contradict each other, where they say different things: it is a field that holds one value, and
 * no id, which is each source's own. */
size_t person_values_said(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at,
                          const struct person_value **ret, size_t room, bool *ret_differ);
/* The first of person_values(), NULL: none. */
const struct person_value *person_value(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at);
/* The text of person_value(); empty where there is none, or only a fingerprint. */
struct view person_text(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at);
/* Whether the field had any value then: by the values if its category is loaded.  A fingerprint is a value. */
bool person_has(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at);
/* Whether the text is (or, with `past`, was at any time) a value of the field. */
bool person_said(const struct person *p, uint16_t field, struct view text, bool past);

/* --- changing: the category must be loaded --- */

/* From `at` on `source` says exactly these texts for the field (none: it says nothing).  Those it no longer says become past
 * versions; those it said already stay as they are.  Empty texts count as none.  Of a field held as presence only, "1" is
 * stored whatever the text.  Keeps the field's bit of the facts. */
err person_set(struct arena *a, const struct field_numbers *n, struct person *p, uint16_t field, uint8_t source, int64_t at,
               const struct view *texts, size_t count);
/* Whether a past value is still kept that is to be no longer. */
bool person_value_due(const struct person_value *v, int64_t now);
/* Leaves of each value that is due at `now` its fingerprint: `prints` has them in the order of the values.  All categories must be
 * loaded.  Keeps the facts' oldest_past. */
err person_forget(struct arena *a, const struct field_numbers *n, struct person *p, int64_t now, const uint8_t (*prints)[TOKEN_BYTES]);
/* What oldest_past of the facts is to be, by the values; all categories must be loaded. */
int64_t person_oldest_past(const struct person *p);
/* Whether anything was changed since it was read. */
bool person_changed(const struct person *p);

#endif
