#include "catalogue.h"

#include <stdio.h>
#include <string.h>

#include "foldname.h"
#include "jsonio.h"
#include "text.h"

enum { FIELDS_MAX = 2000 }; /* a wide export has about 330 columns; a few of them in one register */

static const char *const category_names[CATEGORY_COUNT] = {
    [CATEGORY_NONE] = "",
    [CATEGORY_IDENTITY] = "identity",
    [CATEGORY_CONTACT] = "contact",
    [CATEGORY_FINANCIAL] = "financial",
    [CATEGORY_SPECIAL] = "special",
    [CATEGORY_MEMBERSHIP] = "membership",
    [CATEGORY_ACTIVITY] = "activity",
    [CATEGORY_OTHER] = "other",
    [CATEGORY_CRIMINAL] = "criminal",
};

static const char *const type_names[TYPE_COUNT] = {
    [TYPE_NONE] = "",           [TYPE_TEXT] = "text",     [TYPE_EMAIL] = "email",   [TYPE_PHONE] = "phone",
    [TYPE_DATE] = "date",       [TYPE_NUMBER] = "number", [TYPE_YES_NO] = "yes_no", [TYPE_POSTCODE] = "postcode",
    [TYPE_COUNTRY] = "country", [TYPE_ID] = "id",         [TYPE_TAGS] = "tags",
};

#define NORMAL SENSITIVITY_NORMAL
#define HIGH SENSITIVITY_HIGH

/* Account numbers are held as presence only unless the organisation says otherwise: a letter needs no more. */
static const struct field defaults[] = {
    {"display_name", "full name", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"name_prefix", "title before the name", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"first_name", "first name", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"middle_name", "middle name", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"last_name", "last name", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"name_suffix", "suffix after the name", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"birth_date", "date of birth", CATEGORY_IDENTITY, TYPE_DATE, NORMAL, false},
    {"gender", "gender", CATEGORY_IDENTITY, TYPE_TEXT, NORMAL, false},
    {"deceased", "deceased", CATEGORY_IDENTITY, TYPE_YES_NO, NORMAL, false},
    {"contact_id", "contact id", CATEGORY_IDENTITY, TYPE_ID, NORMAL, false},
    {"external_identifier", "external identifier", CATEGORY_IDENTITY, TYPE_ID, NORMAL, false},
    {"member_number", "member number", CATEGORY_IDENTITY, TYPE_ID, NORMAL, false},
    {"national_id", "national identity number", CATEGORY_IDENTITY, TYPE_ID, HIGH, true},
    {"email", "e-mail address", CATEGORY_CONTACT, TYPE_EMAIL, NORMAL, false},
    {"phone", "telephone number", CATEGORY_CONTACT, TYPE_PHONE, NORMAL, false},
    {"mobile_phone", "mobile number", CATEGORY_CONTACT, TYPE_PHONE, NORMAL, false},
    {"street_address", "street address", CATEGORY_CONTACT, TYPE_TEXT, NORMAL, false},
    {"supplemental_address", "second line of the address", CATEGORY_CONTACT, TYPE_TEXT, NORMAL, false},
    {"city", "city", CATEGORY_CONTACT, TYPE_TEXT, NORMAL, false},
    {"county", "county", CATEGORY_CONTACT, TYPE_TEXT, NORMAL, false},
    {"state", "state", CATEGORY_CONTACT, TYPE_TEXT, NORMAL, false},
    {"postal_code", "postal code", CATEGORY_CONTACT, TYPE_POSTCODE, NORMAL, false},
    {"country", "country", CATEGORY_CONTACT, TYPE_COUNTRY, NORMAL, false},
    {"membership", "membership", CATEGORY_MEMBERSHIP, TYPE_TEXT, HIGH, false},
    {"bank_account", "bank account number", CATEGORY_FINANCIAL, TYPE_TEXT, HIGH, true},
    {"sort_code", "sort code", CATEGORY_FINANCIAL, TYPE_TEXT, HIGH, true},
    {"iban", "IBAN", CATEGORY_FINANCIAL, TYPE_TEXT, HIGH, true},
    {"payment_card", "payment card", CATEGORY_FINANCIAL, TYPE_TEXT, HIGH, true},
    {"payment_method", "way of paying", CATEGORY_FINANCIAL, TYPE_TEXT, NORMAL, false},
    {"payment_date", "date of a payment", CATEGORY_FINANCIAL, TYPE_DATE, NORMAL, false},
    {"payment_amount", "amount of a payment", CATEGORY_FINANCIAL, TYPE_NUMBER, NORMAL, false},
    {"party", "party", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"political_opinion", "political opinion", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"trade_union", "trade union", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"religion", "religion", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"ethnicity", "ethnicity", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"health", "health", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"disability", "disability", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"sexual_orientation", "sexual orientation", CATEGORY_SPECIAL, TYPE_TEXT, HIGH, false},
    {"criminal_record", "convictions and offences", CATEGORY_CRIMINAL, TYPE_TEXT, HIGH, false},
    {"contact_choices", "choices about being contacted", CATEGORY_ACTIVITY, TYPE_TEXT, NORMAL, false},
    {"tags", "tags", CATEGORY_OTHER, TYPE_TAGS, HIGH, false},
    {"employer", "employer", CATEGORY_OTHER, TYPE_TEXT, NORMAL, false},
    {"job_title", "job title", CATEGORY_OTHER, TYPE_TEXT, NORMAL, false},
    {"language", "language", CATEGORY_OTHER, TYPE_TEXT, NORMAL, false},
    {"note", "note", CATEGORY_OTHER, TYPE_TEXT, HIGH, false},
};

static long name_find(const char *const *names, size_t count, struct view name)
{
    for (size_t i = 1; i < count; i++)
        if (view_equal(view_text(names[i]), name))
            return (long)i;
    return 0;
}

const char *category_name(enum category c)
{
    return (unsigned)c < CATEGORY_COUNT ? category_names[c] : "";
}

enum category category_find(struct view name)
{
    return (enum category)name_find(category_names, CATEGORY_COUNT, name);
}

const char *field_type_name(enum field_type t)
{
    return (unsigned)t < TYPE_COUNT ? type_names[t] : "";
}

enum field_type field_type_find(struct view name)
{
    return (enum field_type)name_find(type_names, TYPE_COUNT, name);
}

bool field_type_many(enum field_type t)
{
    return t == TYPE_EMAIL || t == TYPE_PHONE || t == TYPE_TAGS;
}

err catalogue_new(struct arena *a, struct catalogue *ret)
{
    size_t count = sizeof defaults / sizeof defaults[0];
    struct catalogue c = {.count = count, .room = count * 2};
    c.fields = arena_array(a, c.room, sizeof c.fields[0]);
    if (!c.fields)
        return mem_none();
    memcpy(c.fields, defaults, sizeof defaults);
    *ret = c;
    return OK;
}

const struct field *catalogue_default(struct view key)
{
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (view_equal(view_text(defaults[i].key), key))
            return &defaults[i];
    return NULL;
}

const struct field *catalogue_find(const struct catalogue *c, struct view key)
{
    for (size_t i = 0; i < c->count; i++)
        if (view_equal(view_text(c->fields[i].key), key))
            return &c->fields[i];
    return NULL;
}

const struct field *catalogue_find_name(const struct catalogue *c, struct view name)
{
    const struct field *f = catalogue_find(c, name);
    for (size_t i = 0; !f && i < c->count; i++)
        if (view_equal(view_text(c->fields[i].label), name))
            f = &c->fields[i];
    for (size_t i = 0; !f && i < c->count; i++)
        if (foldname_same(view_text(c->fields[i].key), name) || foldname_same(view_text(c->fields[i].label), name))
            f = &c->fields[i];
    return f;
}

static err grow(struct arena *a, struct catalogue *c)
{
    if (c->count >= FIELDS_MAX)
        return err_newf(ERR_LIMIT, "The catalogue already has {} fields.",
                        "Ignore columns that tell nothing about a person.", err_int((long long)c->count));
    if (c->count < c->room)
        return OK;
    size_t room = c->room * 2 + 16;
    struct field *more = arena_array(a, room, sizeof *more);
    if (!more)
        return mem_none();
    memcpy(more, c->fields, c->count * sizeof *more);
    c->fields = more;
    c->room = room;
    return OK;
}

err catalogue_add(struct arena *a, struct catalogue *c, const struct field *f)
{
    TRY(field_check(f));
    const struct field *old = catalogue_find(c, view_text(f->key));
    if (old && old->category == f->category && old->type == f->type)
        return OK;
    if (old)
        return err_newf(
            ERR_CONFLICT, "The field \"{}\" is there already, as {} {}.",
            "A field keeps its category and type, because its values are sealed under them. Choose another key.",
            err_name(f->key), err_name(category_name(old->category)), err_name(field_type_name(old->type)));
    TRY(grow(a, c));
    struct field copy = *f;
    copy.key = arena_text(a, f->key, strlen(f->key));
    copy.label = arena_text(a, f->label, strlen(f->label));
    if (!copy.key || !copy.label)
        return mem_none();
    c->fields[c->count++] = copy;
    return OK;
}

/* Words of selections and of map files, which would then mean two things. */
static bool is_reserved(struct view key)
{
    static const char *const words[] = {"and",
                                        "or",
                                        "not",
                                        "in",
                                        "is",
                                        "empty",
                                        "yes",
                                        "no",
                                        "true",
                                        "false",
                                        "status",
                                        "joined",
                                        "left",
                                        "id",
                                        "ignore",
                                        "new",
                                        "objection",
                                        "consent",
                                        "mark",
                                        "period_start",
                                        "period_end",
                                        "member_since",
                                        "membership_type"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (view_equal(key, view_text(words[i])))
            return true;
    return false;
}

bool field_key_ok(struct view key)
{
    if (key.len == 0 || key.len > FIELD_KEY_MAX || key.p[0] < 'a' || key.p[0] > 'z')
        return false;
    for (size_t i = 1; i < key.len; i++) {
        uint8_t c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return !is_reserved(key);
}

bool field_key_from(struct view name, char ret[FIELD_KEY_MAX + 1])
{
    size_t n = 0;
    bool small_before = false;
    for (size_t i = 0; i < name.len && n < FIELD_KEY_MAX; i++) {
        uint8_t c = name.p[i];
        bool capital = c >= 'A' && c <= 'Z', small = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
        bool gap = !capital && !small && !digit;
        if (n > 0 && ret[n - 1] != '_' && (gap || (capital && small_before)))
            ret[n++] = '_';
        small_before = small;
        if (!gap && n < FIELD_KEY_MAX && (n > 0 || !digit))
            ret[n++] = (char)(capital ? c - 'A' + 'a' : c);
    }
    while (n > 0 && ret[n - 1] == '_')
        n--;
    ret[n] = 0;
    if (n > 0 && is_reserved(view_of(ret, n))) {
        char word[FIELD_KEY_MAX + 1];
        memcpy(word, ret, n + 1);
        snprintf(ret, FIELD_KEY_MAX + 1, "source_%.20s", word); /* reserved words are short */
    }
    return n > 0;
}

err field_check(const struct field *f)
{
    if (is_reserved(view_text(f->key)))
        return err_newf(ERR_INVALID, "\"{}\" can't be the key of a field: it is a word of selections or of map files.",
                        "Choose another key, for example my_{}.", err_name(f->key), err_name(f->key));
    if (!field_key_ok(view_text(f->key)))
        return err_newf(ERR_INVALID, "\"{}\" can't be the key of a field.",
                        "Use small letters, digits and underscores, a letter first, at most {} in all: for example "
                        "branch_name.",
                        err_name(f->key), err_int(FIELD_KEY_MAX));
    if (!text_plain(f->label, FIELD_LABEL_MAX))
        return err_newf(ERR_INVALID, "The field \"{}\" has no fit label.",
                        "Give the words that letters use for it, at most {} bytes on one line.", err_name(f->key),
                        err_int(FIELD_LABEL_MAX));
    if (f->category <= CATEGORY_NONE || f->category >= CATEGORY_COUNT)
        return err_newf(ERR_INVALID, "The field \"{}\" has no category.",
                        "Choose identity, contact, financial, special, membership, activity, criminal or other.",
                        err_name(f->key));
    if (f->type <= TYPE_NONE || f->type >= TYPE_COUNT)
        return err_newf(ERR_INVALID, "The field \"{}\" has no type.",
                        "Choose text, email, phone, date, number, yes_no, postcode, country, id or tags.",
                        err_name(f->key));
    if ((unsigned)f->sensitivity > SENSITIVITY_HIGH)
        return err_newf(ERR_INVALID, "The field \"{}\" has no sensitivity.", "Choose normal or high.", err_name(f->key));
    return OK;
}

err field_to_json(const struct field *f, json_t **ret)
{
    json_t *j = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "key", f->key, "label", f->label, "category",
                          category_name(f->category), "presence_only", f->presence_only, "sensitivity",
                          f->sensitivity == SENSITIVITY_HIGH ? "high" : "normal", "type", field_type_name(f->type));
    if (!j)
        return mem_none();
    *ret = j;
    return OK;
}

err field_from_json(struct arena *a, const json_t *j, struct field *ret)
{
    struct jsonio_in in;
    struct field f = {0};
    struct view category, type, sensitivity;
    TRY(jsonio_open(a, j, "field", &in));
    TRY(jsonio_line(&in, "key", FIELD_KEY_MAX, &f.key));
    TRY(jsonio_line(&in, "label", FIELD_LABEL_MAX, &f.label));
    TRY(jsonio_bool(&in, "presence_only", &f.presence_only));
    TRY(jsonio_word(&in, "category", &category));
    TRY(jsonio_word(&in, "type", &type));
    TRY(jsonio_word(&in, "sensitivity", &sensitivity));
    TRY(jsonio_close(&in));
    f.category = category_find(category);
    f.type = field_type_find(type);
    if (view_equal(sensitivity, view_text("high")))
        f.sensitivity = SENSITIVITY_HIGH;
    else if (!view_equal(sensitivity, view_text("normal")))
        return err_newf(ERR_INVALID, "The field \"{}\" has no sensitivity.", "Choose normal or high.", err_name(f.key));
    TRY(field_check(&f));
    *ret = f;
    return OK;
}
