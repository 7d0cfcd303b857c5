/* The catalogue: which fields the register knows, what kind of data each is, and how its values are read.
 * Categories decide about keys, letters and end dates, so a field has exactly one and keeps it.
 *
 * The numbers of categories and types are written into sealed bytes: never renumber, only add.
 * Owns: strings of the default catalogue live for ever, all others in the arena given.
 */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <jansson.h>

#include "buf.h"
#include "mem.h"

enum category {
    CATEGORY_NONE = 0, /* not a category */
    CATEGORY_IDENTITY = 1,
    CATEGORY_CONTACT = 2,
    CATEGORY_FINANCIAL = 3,
    CATEGORY_SPECIAL = 4,    /* Article 9: A9-1 */
    CATEGORY_MEMBERSHIP = 5, /* the record of being a member: special too in a party or union (A9-1) */
    CATEGORY_ACTIVITY = 6,   /* what the person did: opened mail, gave, came to a meeting, objected */
    CATEGORY_OTHER = 7,
    CATEGORY_CRIMINAL = 8, /* criminal convictions and offences: A10 */
    CATEGORY_COUNT,
    CATEGORY_MAX = 16 /* numbers stay below this */
};

enum sensitivity { SENSITIVITY_NORMAL = 0, SENSITIVITY_HIGH = 1 };

enum field_type {
    TYPE_NONE = 0, /* not a type */
    TYPE_TEXT = 1,
    TYPE_EMAIL = 2,
    TYPE_PHONE = 3,
    TYPE_DATE = 4,
    TYPE_NUMBER = 5,
    TYPE_YES_NO = 6,
    TYPE_POSTCODE = 7,
    TYPE_COUNTRY = 8,
    TYPE_ID = 9,
    TYPE_TAGS = 10,
    TYPE_COUNT
};

#define FIELD_KEY_MAX 48u    /* bytes of a key */
#define FIELD_LABEL_MAX 120u /* bytes of a label: it stands in letters */

struct field {
    const char *key;   /* [a-z][a-z0-9_]{0,47}, and not a word of selections or of map files */
    const char *label; /* as people read it in a letter: "e-mail address" */
    enum category category;
    enum field_type type;
    enum sensitivity sensitivity;
    bool presence_only; /* only "has a value" is held, never the value */
};

/* Fields by key; the order is the order of letters and lists. */
struct catalogue {
    struct field *fields;
    size_t count, room;
};

const char *category_name(enum category c); /* "identity", ...; "" for none */
enum category category_find(struct view name);
const char *field_type_name(enum field_type t); /* "text", "email", "yes_no", ...; "" for none */
enum field_type field_type_find(struct view name);
/* One person can hold several values of such a field at a time: email, phone, tags. */
bool field_type_many(enum field_type t);

/* Keys whose meaning the program relies on; all are in the default catalogue. */
#define FIELD_MEMBERSHIP "membership"           /* being or having been a member: status, periods, type */
#define FIELD_CONTACT_CHOICES "contact_choices" /* objections, opt-ins, do-not-contact flags */
#define FIELD_DECEASED "deceased"
#define FIELD_BIRTH_DATE "birth_date"

/* A catalogue with the default fields. */
err catalogue_new(struct arena *a, struct catalogue *ret);
/* A field of the default catalogue, NULL where it has none of that key. */
const struct field *catalogue_default(struct view key);
/* NULL where there is no such field. */
const struct field *catalogue_find(const struct catalogue *c, struct view key);
/* By key or label: exactly, then folded (capitals, blanks and underscores don't matter).  NULL: none. */
const struct field *catalogue_find_name(const struct catalogue *c, struct view name);
/* Copies `f` into the arena and adds it.
 * Errors: as field_check; ERR_LIMIT; ERR_CONFLICT where the key is there with another category or type.  The same key
 * with the same category and type is no error and changes nothing. */
err catalogue_add(struct arena *a, struct catalogue *c, const struct field *f);

/* Key, label, category, type are what this header says.  Errors: ERR_INVALID, in words for the officer. */
err field_check(const struct field *f);
bool field_key_ok(struct view key);
/* Makes a key out of a column name: "Work Phone (2)" -> "work_phone_2", "ID" -> "source_id"; false where no letter from
 * a to z is in it. */
bool field_key_from(struct view name, char ret[FIELD_KEY_MAX + 1]);

/* {"category","key","label","presence_only","sensitivity","type"}.  Owns: the caller drops the object. */
err field_to_json(const struct field *f, json_t **ret);
/* Strict: every member there, of its type, no other.  Errors: ERR_INVALID.  Owns: strings in the arena. */
err field_from_json(struct arena *a, const json_t *j, struct field *ret);

#endif
