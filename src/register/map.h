/* The map file: an officer's word on what the columns of a file are.
 *
 * Format: one line a column, UTF-8.
 *     # comment, and after a blank at the end of a line too
 *     Column name = field_key
 *     "A name = with signs" = field_key         ("" inside quotes is one quote)
 *     Column name = ignore | id | id KEY | period_start | period_end | status | member_since | membership_type
 *     Column name = objection | objection PURPOSE | consent PURPOSE | mark MARK
 *     Column name = new KEY CATEGORY TYPE
 *     status "Word" = expired                   what a word in the status column means: status_word_find()
 * `id` alone makes an id field of the column's name; `objection` alone is against newsletter and fundraising.
 */
#ifndef MAP_H
#define MAP_H

#include "columns.h"

struct map_line {
    uint64_t line;        /* in the map file, from 1 */
    struct column column; /* what the line says that the column is */
};

struct map_word {
    const char *text;
    enum status_word means;
};

struct map {
    const char *file;
    struct map_line *lines;
    size_t count;
    struct map_word *words;
    size_t word_count;
};

/* `file` is for errors.  Whether a purpose exists is the caller's to check.
 * Errors: ERR_INVALID with file, line and column; ERR_LIMIT.  Owns: all in the arena. */
err map_parse(struct arena *a, const struct catalogue *c, const char *file, struct view text, struct map *ret);

/* What the map says that a status word means, capitals and outer blanks apart; WORD_UNKNOWN: nothing. */
enum status_word map_word(const struct map *map, struct view cell);

/* The line for this column, NULL where there is none: exactly, then folded as catalogue_find_name(). */
const struct map_line *map_find(const struct map *map, struct view name);

/* `--map ?`: a map for these columns as text: what is known, what is likely (common English names, then spelling),
 * and for the rest a commented line to decide.  map_parse() takes it.  Errors: those of `to`. */
err map_propose(const struct catalogue *c, const struct columns *cols, struct buf *to);

/* The whole line to write for one unknown column, without line end; whether it rests on a common name, on close
 * spelling, or on nothing (then it only shows the form, with the key made of the name). */
enum map_ground { MAP_NO_GROUND, MAP_SPELLING, MAP_COMMON_NAME };
err map_suggest(const struct catalogue *c, struct view name, struct buf *to, enum map_ground *ret_ground);
/* Whether people commonly name a column so: "Surname", "DOB". */
bool map_is_common(struct view name);

#endif
