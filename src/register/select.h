/* Selections: `status = "former" and left < 2019-01-01 and state in ("NY","NJ")`.
 *
 * Grammar, keywords in any capitals:
 *     or   := and { "or" and }           and := not { "and" not }          not := { "not" } one
 *     one  := "(" or ")" | FIELD compare
 *     compare := ( = | == | != | <> ) VALUE | ( < | <= | > | >= ) DATE-OR-NUMBER
 *              | [ "not" ] "in" "(" VALUE { "," VALUE } ")" | "is" [ "not" ] "empty"
 *     VALUE := "text" | 'text' (a doubled quote is one) | 2019-01-31 | 2019-01 | 2019 | 12.50 | yes | no
 * FIELD is a key of the catalogue, or one of the built-in names status, joined, left, deceased.  A field held as
 * presence only takes `is [not] empty` alone.
 *
 * Meaning: a comparison is true if any value of the field makes it true; where sources contradict each other it is true if it is for what
 * each of them says, false if for none, else nobody can know.  A field without value makes every comparison
 * false; `!=` and `not in` are the negations of `=` and `in`, so they hold for a field without value.  Text is compared
 * without regard to capitals, accents counting.  Against a coarser date (2019-01, 2019) `=` means inside it, `<` before
 * its first day, `>` after its last, `<=` not after its last, `>=` not before its first.  A status is the one word that
 * `person show` has of her, "other" too (status.h): everybody else is status not in ("member","former").
 * Three-valued: what past values no longer tell is "can't know", and so is what depends on it (Kleene); doubt includes.  Of a value of
 * which only the fingerprint is kept it can be told that it does not equal a text, and nothing else.
 */
#ifndef SELECT_H
#define SELECT_H

#include "catalogue.h"
#include "keeper.h"
#include "status.h"

enum truth { TRUTH_NO = 0, TRUTH_UNKNOWN = 1, TRUTH_YES = 2 };

struct select;

/* `where` is for errors: "--select".  Errors: ERR_INVALID with the column in the text (in characters) and, for an
 * unknown field, the nearest; ERR_LIMIT.  Owns: all in the arena; refers to the catalogue's fields. */
err select_parse(struct arena *a, const struct catalogue *c, const char *where, const char *text,
                 const struct select **ret);

/* The distinct names that it reads, as written in the catalogue: field keys and built-in names. */
size_t select_name_count(const struct select *s);
const char *select_name(const struct select *s, size_t i);
/* The distinct field keys that count as given when it chose the people of a hand-over: status, joined and left tell
 * FIELD_MEMBERSHIP, deceased tells FIELD_DECEASED. */
size_t select_given_count(const struct select *s);
const char *select_given(const struct select *s, size_t i);

/* All that fields are compared with, in order.  False: not as text. */
size_t select_text_count(const struct select *s);
bool select_text(const struct select *s, size_t i, const char **ret_name, struct view *ret_text);

/* One value of a person.  Dates: days from 1970-01-01, [earliest, latest]; all others: the text. */
struct select_value {
    struct view text;
    int32_t earliest, latest;
    bool print; /* it is no longer kept: `text` is its fingerprint */
    uint8_t voice; /* whose word it is: values of one voice are all hers, other voices contradict it */
};

/* What is known of a field of a person. */
struct select_values {
    enum select_state {
        SELECT_KNOWN,   /* these are all values; none: the field is empty */
        SELECT_PRESENT, /* has a value, but which is not known (presence only) */
        SELECT_UNKNOWN  /* not known whether it has one */
    } state;
    const struct select_value *list; /* lives until the next call */
    size_t count;
};

/* `i` is the index of select_name().  status is the text of status_name(), deceased "yes" or "no"; joined and left are
 * dates; a field of TYPE_DATE whose text couldn't be read as a date: earliest > latest. */
typedef err (*select_lookup)(void *context, size_t i, const char *name, struct select_values *ret);

/* `prints`: the fingerprint of each select_text() as a value of its field; NULL: not known, so nothing is told of fingerprints.
 * Errors: those of `lookup`, ERR_NOMEM.  It is asked once for each name, in order. */
err select_eval(const struct select *s, const uint8_t (*prints)[TOKEN_BYTES], select_lookup lookup, void *context, enum truth *ret);

/* A decimal number in millionths, as it is compared; false: it is none.  At most 12 digits before the point and 6 after it. */
bool select_number(struct view text, int64_t *ret);

#endif
