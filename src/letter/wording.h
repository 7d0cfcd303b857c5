/* The rules for the wording of what people are told (ux.md 3.4, L-3, W-11): words that hide, and sentences that nobody reads.
 *
 * Words are found whole, in capitals or small letters, also across a line break; never inside a name that is given as such: a company
 * may be called Partners.  A sentence ends at . ? or ! before a blank and anything but a small letter, at an empty line, before a line
 * that is indented or begins a point of a list, and behind a heading: a short line above a paragraph.
 *
 * Pure.  Findings live in the arena and borrow the texts of the table.  Errors: ERR_NOMEM.
 */
#ifndef WORDING_H
#define WORDING_H

#include "buf.h"
#include "mem.h"

enum { WORDING_SENTENCE_MOST = 28, WORDING_SENTENCE_MEAN = 14 }; /* words */

struct wording_finding {
    const char *rule;    /* "incident": a word that stays, for overrides */
    const char *instead; /* what to write */
    size_t at, len;      /* in the text */
    uint64_t line, column; /* from 1; columns are characters */
};

struct wording {
    const struct wording_finding *list; /* as they stand in the text; of the whole text at the end */
    size_t count;
    size_t sentences, words; /* of running text */
};

/* `text`: UTF-8.  `names`: legal names, of organisations and people. */
err wording_check(struct arena *a, struct view text, const char *const *names, size_t name_count, struct wording *ret);

#endif
