/* Text in and out: UTF-8 checked, Windows-1252 converted, and the normal forms by which names, e-mail addresses,
 * telephone numbers and postcodes are compared.  All lengths are bytes; results are appended to `to` only on success.
 *
 * Errors: ERR_INVALID (the text is not such a thing), ERR_LIMIT (longer than LIMIT_CELL_BYTES, or `to` is full),
 * ERR_NOMEM. Messages never hold the text. Threads: any.
 */
#ifndef TEXT_H
#define TEXT_H

#include "buf.h"

/* Search tokens and fingerprints in the register are keyed hashes of these normal forms.  Changing what any of text_nfc,
 * text_fold, text_email, text_phone or text_postcode gives for any text (a newer Unicode included) needs a new number
 * here and all tokens made again, or people are no longer found. */
#define TEXT_NORMALISER_VERSION 1

enum text_encoding { TEXT_UTF8, TEXT_WINDOWS_1252 };

/* Offset of the first byte that is not well-formed UTF-8 (over-long forms, surrogates and code points above U+10FFFF are
 * not); text.len if there is none.  Where a sequence is cut off or broken, the offset is that of its first byte.  NUL is
 * well-formed. */
size_t text_utf8_bad_at(struct view text);
/* Offset of the first byte that Windows-1252 leaves undefined (81 8D 8F 90 9D); text.len if there is none. */
size_t text_1252_bad_at(struct view text);
/* Bytes before the first one that is not ASCII. */
size_t text_ascii_bytes(struct view text);
/* Characters (code points) in well-formed UTF-8; in other bytes, those that are not continuation bytes. */
size_t text_characters(struct view text);

/* Without what cannot be seen at its ends: blanks of all widths, tabs, line ends, and marks without width (byte order marks, joiners,
 * soft hyphens, direction marks).  Inside, joiners matter in Persian and Indic scripts and stay.  Bytes that are not UTF-8 stay too. */
struct view text_trim(struct view text);

/* Windows-1252 to UTF-8, only where the officer said that a file is in it. */
err text_from_1252(struct buf *to, struct view text);

/* Canonical composition.  What is stored and shown. */
err text_nfc(struct buf *to, struct view text);

/* For a screen: control characters other than line ends and tabs, and those that turn the direction of what follows, become
 * "<U+001B>", so that no value moves the cursor, colours or reorders what stands beside it.  Bytes that are not UTF-8 too. */
void text_visible(struct buf *to, struct view text);
/* The same for what stands in a line beside others: its line ends and tabs too. */
void text_in_line(struct buf *to, struct view text);

/* For comparing names: NFKC case folding with invisible characters left out; typographic apostrophes, quotes and dashes
 * become ' " and -; runs of white space become one space, none at the ends.  Idempotent.
 * TEXT_NO_MARKS also takes off accents and points in Latin, Greek, Hebrew and Arabic, and in Cyrillic stress marks and
 * the dots of the letter io, so that "Zoë" and "Zoe" agree; vowel signs and voicing marks of other scripts are letters
 * and stay. */
enum text_marks { TEXT_MARKS, TEXT_NO_MARKS };
err text_fold(struct buf *to, struct view text, enum text_marks marks);

/* An e-mail address, trimmed; local part case-folded, domain as by text_fold.  Exactly one @, something on both sides,
 * no white space or control characters inside.  International domains stay as they were written. */
err text_email(struct buf *to, struct view text);

/* A telephone number: ASCII digits, with + before them if it was written with + or 00.  "(0)" after a country code is
 * left out; what follows a letter or one of # ; , after the digits (an extension) too.  5 to 20 digits. */
err text_phone(struct buf *to, struct view text);

/* A postcode: folded (lower case), without white space and hyphens; at least one character. */
err text_postcode(struct buf *to, struct view text);

/* Index of the candidate nearest to `name`, for "did you mean": fewest insertions, deletions, replacements and swaps of
 * neighbouring bytes, at most a third of the length of `name`; upper and lower case and "-", "_" and space count as
 * equal. The first of equals; -1 if none is near. */
long text_nearest(const char *name, const char *const *candidates, size_t count);

/* Well-formed UTF-8 without control characters, 1 to `max` bytes. */
bool text_plain(const char *text, size_t max);

#endif
