/* The ICO's form for reporting a personal data breach, as a table: 33 fields in its order, with the options' exact
 * words, so that a person can copy field by field.  Rests on law FORM-ICO (order of the ICO's document form; the live
 * form's parts two to six could not be read).
 */
#ifndef ICO_FORM_H
#define ICO_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum ico_type { ICO_TEXT, ICO_ONE, ICO_MANY, ICO_DATETIME, ICO_INT };

#define ICO_FORM_FIELDS 33

struct ico_field {
    unsigned n;        /* from 1 */
    const char *id;    /* "what_happened" */
    const char *part;  /* "About the breach" */
    const char *label; /* the form's words */
    enum ico_type type;
    const char *const *options; /* NULL-terminated; NULL for none */
    const char *const *suboptions;
};

const struct ico_field *ico_form_at(size_t index); /* 0 .. 32; NULL beyond */
const struct ico_field *ico_form_find(const char *id);
const char *ico_form_type_word(enum ico_type type);
/* The option itself as the form spells it, or NULL. */
const char *ico_form_option(const struct ico_field *field, const char *words);

/* The form's words for a kind of detail.  `key` and `category` are those of the catalogue ("bank_account", "financial");
 * `membership` is what membership itself reveals, one of the form's options ("Trade union membership"), or NULL.
 * Never NULL: what isn't recognised is "Other (give details)". */
const char *ico_form_category(const char *key, const char *category, const char *membership);

#endif
