#include "purpose.h"

#include <string.h>

#include "jsonio.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const art6_names[ART6_COUNT] = {"none",  "6-1-a", "6-1-b", "6-1-c",
                                                   "6-1-d", "6-1-e", "6-1-f", "6-1-ea"};
static const char *const art9_names[ART9_COUNT] = {"none",  "9-2-a", "9-2-b", "9-2-c", "9-2-d", "9-2-e",
                                                   "9-2-f", "9-2-g", "9-2-h", "9-2-i", "9-2-j"};
static const char *const condition_names[CONDITION_COUNT] = {"none",        "dpa-sch1-8",  "dpa-sch1-18",
                                                             "dpa-sch1-22", "dpa-sch1-31", "other-law"};

static const char *const membership_fields[] = {
    "display_name",
    "name_prefix",
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "birth_date",
    "gender",
    "contact_id",
    "member_number",
    "external_identifier",
    "deceased",
    "email",
    "phone",
    "mobile_phone",
    "street_address",
    "supplemental_address",
    "city",
    "county",
    "state",
    "postal_code",
    "country",
    "membership",
    "bank_account",
    "sort_code",
    "iban",
    "payment_card",
    "payment_method",
    "payment_date",
    "payment_amount",
    "contact_choices",
    "language",
};
static const char *const ballot_fields[] = {
    "display_name",         "name_prefix",   "first_name", "middle_name", "last_name",    "name_suffix",
    "birth_date",           "member_number", "email",      "phone",       "mobile_phone", "street_address",
    "supplemental_address", "city",          "county",     "state",       "postal_code",  "country",
    "membership",           "language",
};
static const char *const newsletter_fields[] = {
    "display_name", "name_prefix", "first_name", "last_name", "email", "membership", "contact_choices", "language",
};
static const char *const fundraising_fields[] = {
    "display_name", "name_prefix",    "first_name",           "last_name",    "email",          "phone",
    "mobile_phone", "street_address", "supplemental_address", "city",         "county",         "state",
    "postal_code",  "country",        "membership",           "payment_date", "payment_amount", "contact_choices",
    "language",
};

static const struct purpose defaults[] = {
    {.key = PURPOSE_MEMBERSHIP,
     .label = "Membership",
     .words = "running your membership",
     .basis = ART6_B,
     .special = ART9_D,
     .statuses = STATUS_BIT(STATUS_MEMBER) | STATUS_BIT(STATUS_APPLICANT),
     .fields = membership_fields,
     .field_count = COUNT(membership_fields),
     .required_for_membership = true},
    {.key = PURPOSE_BALLOT,
     .label = "Ballots",
     .words = "your ballot paper (by law)",
     .basis = ART6_C,
     .special = ART9_D,
     .statuses = STATUS_BIT(STATUS_MEMBER),
     .fields = ballot_fields,
     .field_count = COUNT(ballot_fields),
     .required_for_membership = true},
    {.key = PURPOSE_NEWSLETTER,
     .label = "Newsletter",
     .words = "our newsletter (because you agreed)",
     .basis = ART6_A,
     .special = ART9_A,
     .statuses = STATUS_BIT(STATUS_MEMBER) | STATUS_BIT(STATUS_OTHER),
     .fields = newsletter_fields,
     .field_count = COUNT(newsletter_fields),
     .marketing = true},
    {.key = PURPOSE_FUNDRAISING,
     .label = "Fundraising",
     .words = "asking you for donations (because you agreed)",
     .basis = ART6_A,
     .special = ART9_A,
     .statuses = STATUS_BIT(STATUS_MEMBER) | STATUS_BIT(STATUS_OTHER),
     .fields = fundraising_fields,
     .field_count = COUNT(fundraising_fields),
     .marketing = true},
};

size_t purpose_default_count(void)
{
    return COUNT(defaults);
}

const struct purpose *purpose_default(size_t i)
{
    CHECK(i < COUNT(defaults));
    return &defaults[i];
}

/* "9-2-a", "9(2)(a)", "9.2.a" and "a" are the same: only the letters are looked at, and the digits if there are any. */
static bool article_same(const char *name, struct view typed)
{
    char plain[8];
    size_t n = 0;
    for (size_t i = 0; i < typed.len; i++) {
        uint8_t c = typed.p[i];
        if (c == '-' || c == '(' || c == ')' || c == '.' || c == ' ')
            continue;
        if (n + 1 >= sizeof plain)
            return false;
        plain[n++] = (char)c;
    }
    plain[n] = 0;
    char want[8] = {name[0], name[2], 0};
    memcpy(want + 2, name + 4, strlen(name + 4) + 1);
    return strcmp(plain, want) == 0 || strcmp(plain, want + 2) == 0;
}

static size_t article_find(const char *const *names, size_t count, struct view typed)
{
    if (view_equal(typed, view_text(names[0])))
        return 0;
    for (size_t i = 1; i < count; i++)
        if (article_same(names[i], typed))
            return i;
    return count;
}

const char *art6_name(enum art6 b)
{
    return (unsigned)b < ART6_COUNT ? art6_names[b] : "";
}

enum art6 art6_find(struct view name)
{
    return (enum art6)article_find(art6_names, ART6_COUNT, name);
}

const char *art9_name(enum art9 s)
{
    return (unsigned)s < ART9_COUNT ? art9_names[s] : "";
}

enum art9 art9_find(struct view name)
{
    return (enum art9)article_find(art9_names, ART9_COUNT, name);
}

const char *condition_name(enum condition c)
{
    return (unsigned)c < CONDITION_COUNT ? condition_names[c] : "";
}

enum condition condition_find(struct view name)
{
    for (int i = 0; i < CONDITION_COUNT; i++)
        if (view_equal(name, view_text(condition_names[i])))
            return (enum condition)i;
    return CONDITION_COUNT;
}

bool purpose_is_consent(const struct purpose *p)
{
    return p->basis == ART6_A || p->special == ART9_A;
}

bool purpose_covers_status(const struct purpose *p, enum person_status status)
{
    return status > STATUS_NONE && status < STATUS_COUNT && (p->statuses & STATUS_BIT(status)) != 0;
}

bool purpose_covers_field(const struct purpose *p, struct view key)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (view_equal(view_text(p->fields[i]), key))
            return true;
    return false;
}

static err check_words(const struct purpose *p)
{
    if (!field_key_ok(view_text(p->key)))
        return err_newf(ERR_INVALID, "\"{}\" can't be the key of a purpose.",
                        "Use small letters, digits and underscores, a letter first, at most {} in all.",
                        err_name(p->key), err_int(PURPOSE_KEY_MAX));
    if (!text_plain(p->label, PURPOSE_WORDS_MAX) || !text_plain(p->words, PURPOSE_WORDS_MAX))
        return err_newf(ERR_INVALID, "The purpose \"{}\" has no fit label or words.",
                        "Give both on one line, at most {} bytes: the words stand in letters after \"for\".",
                        err_name(p->key), err_int(PURPOSE_WORDS_MAX));
    return OK;
}

/* What of the covered fields needs more than an Article 6 basis. */
struct needs {
    const char *special, *criminal; /* the first such field */
};

static err check_fields(const struct purpose *p, const struct catalogue *c, bool membership_is_special,
                        struct needs *ret)
{
    if (p->field_count == 0 || p->field_count > PURPOSE_FIELDS_MAX)
        return err_newf(ERR_INVALID, "The purpose \"{}\" covers no field, or more than {}.",
                        "List the fields that it really needs, and no other (A5-1).", err_name(p->key),
                        err_int(PURPOSE_FIELDS_MAX));
    for (size_t i = 0; i < p->field_count; i++) {
        const struct field *f = catalogue_find(c, view_text(p->fields[i]));
        if (!f)
            return err_newf(ERR_INVALID, "The purpose \"{}\" covers a field \"{}\" that isn't in the catalogue.",
                            "Add it first: candour field add.", err_name(p->key), err_name(p->fields[i]));
        for (size_t k = 0; k < i; k++)
            if (strcmp(p->fields[k], p->fields[i]) == 0)
                return err_newf(ERR_INVALID, "The purpose \"{}\" lists the field \"{}\" twice.", "List it once.",
                                err_name(p->key), err_name(p->fields[i]));
        if (f->category == CATEGORY_SPECIAL || (f->category == CATEGORY_MEMBERSHIP && membership_is_special))
            ret->special = f->key;
        if (f->category == CATEGORY_CRIMINAL)
            ret->criminal = f->key;
    }
    return OK;
}

static err check_law(const struct purpose *p, const struct needs *needs)
{
    struct err_arg key = err_name(p->key);
    if (p->basis <= ART6_NONE || p->basis >= ART6_COUNT || (unsigned)p->special >= ART9_COUNT ||
        (unsigned)p->condition >= CONDITION_COUNT)
        return err_newf(
            ERR_INVALID, "The purpose \"{}\" has no lawful basis.",
            "Say which one of Article 6(1): a consent, b contract, c legal duty, d vital interests, e public "
            "task, f legitimate interests, ea recognised legitimate interests (UK).",
            key);
    if (p->required_for_membership && purpose_is_consent(p))
        return err_newf(ERR_INVALID, "The purpose \"{}\" rests on consent and is required for membership.",
                        "Consent must be free (Article 7(4)): make it not required, or choose the basis that it really "
                        "has.",
                        key);
    if (p->required_for_membership && p->marketing)
        return err_newf(ERR_INVALID, "The purpose \"{}\" is marketing and is required for membership.",
                        "Everybody may object to marketing at any time (Article 21(2)): make it not required.", key);
    if (needs->special && p->special == ART9_NONE)
        return err_newf(
            ERR_INVALID, "The purpose \"{}\" covers special-category data ({}) and has no Article 9 condition.",
            "Special data needs a basis of Article 6(1) and a condition of Article 9(2), both: say which, for "
            "example 9-2-d, or leave such fields out.",
            key, err_name(needs->special));
    if (p->special == ART9_G && p->condition == CONDITION_NONE)
        return err_newf(ERR_INVALID, "The purpose \"{}\" rests on 9-2-g alone.",
                        "Substantial public interest needs a law: say which, for example dpa-sch1-22 or other-law.",
                        key);
    bool part2 = p->condition == CONDITION_S1_8 || p->condition == CONDITION_S1_18 || p->condition == CONDITION_S1_22;
    if (part2 && p->special != ART9_G && !(needs->criminal && p->special == ART9_NONE))
        return err_newf(ERR_INVALID, "The purpose \"{}\" has the condition {}, which belongs to 9-2-g.",
                        "Choose 9-2-g as its Article 9 condition, or leave the other condition out.", key,
                        err_name(condition_name(p->condition)));
    if (needs->criminal && p->condition == CONDITION_NONE)
        return err_newf(ERR_INVALID, "The purpose \"{}\" covers data on offences ({}) and no law that allows it.",
                        "Say which (Article 10), for example dpa-sch1-31 or other-law, or leave the field out.", key,
                        err_name(needs->criminal));
    return OK;
}

err purpose_check(const struct purpose *p, const struct catalogue *c, bool membership_is_special)
{
    TRY(check_words(p));
    uint32_t all = (STATUS_BIT(STATUS_COUNT) - 1) & ~STATUS_BIT(STATUS_NONE);
    if ((p->statuses & all) == 0 || (p->statuses & ~all) != 0)
        return err_newf(ERR_INVALID, "The purpose \"{}\" doesn't say whom it covers.",
                        "Name the statuses: member, former, applicant, refused, file-only, other.", err_name(p->key));
    struct needs needs = {0};
    TRY(check_fields(p, c, membership_is_special, &needs));
    return check_law(p, &needs);
}

static json_t *statuses_to_json(uint32_t statuses)
{
    json_t *list = json_array();
    for (int i = STATUS_NONE + 1; list && i < STATUS_COUNT; i++)
        if ((statuses & STATUS_BIT(i)) &&
            json_array_append_new(list, json_string(status_name((enum person_status)i))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

err purpose_to_json(const struct purpose *p, json_t **ret)
{
    /* "o" takes the lists over, also where packing fails. */
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:b}", "key", p->key, "label", p->label, "words",
                  p->words, "basis", art6_name(p->basis), "special", art9_name(p->special), "condition",
                  condition_name(p->condition), "statuses", statuses_to_json(p->statuses), "fields", jsonio_list(p->fields, p->field_count),
                  "required_for_membership", p->required_for_membership, "marketing", p->marketing);
    if (!j)
        return mem_none();
    *ret = j;
    return OK;
}

static err wrong_list(const char *name)
{
    return err_newf(ERR_INVALID, "The list \"{}\" of a purpose isn't what it should be.",
                    "Check the JSON against its description.", err_name(name));
}

static err statuses_from_json(struct jsonio_in *in, uint32_t *ret)
{
    const json_t *list;
    TRY(jsonio_array(in, "statuses", STATUS_COUNT, &list));
    *ret = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *m = json_array_get(list, i);
        enum person_status s = json_is_string(m) ? status_find(view_text(json_string_value(m))) : STATUS_NONE;
        if (s == STATUS_NONE || (*ret & STATUS_BIT(s)))
            return wrong_list("statuses");
        *ret |= STATUS_BIT(s);
    }
    return OK;
}

static err fields_from_json(struct jsonio_in *in, struct purpose *p)
{
    TRY(jsonio_texts(in, "fields", PURPOSE_FIELDS_MAX, FIELD_KEY_MAX, &p->fields, &p->field_count));
    for (size_t i = 0; i < p->field_count; i++)
        if (!field_key_ok(view_text(p->fields[i])))
            return wrong_list("fields");
    return OK;
}

err purpose_from_json(struct arena *a, const json_t *j, struct purpose *ret)
{
    struct jsonio_in in;
    struct purpose p = {0};
    struct view basis, special, condition;
    TRY(jsonio_open(a, j, "purpose", &in));
    TRY(jsonio_line(&in, "key", PURPOSE_KEY_MAX, &p.key));
    TRY(jsonio_line(&in, "label", PURPOSE_WORDS_MAX, &p.label));
    TRY(jsonio_line(&in, "words", PURPOSE_WORDS_MAX, &p.words));
    TRY(jsonio_word(&in, "basis", &basis));
    TRY(jsonio_word(&in, "special", &special));
    TRY(jsonio_word(&in, "condition", &condition));
    TRY(jsonio_bool(&in, "required_for_membership", &p.required_for_membership));
    TRY(jsonio_bool(&in, "marketing", &p.marketing));
    TRY(statuses_from_json(&in, &p.statuses));
    TRY(fields_from_json(&in, &p));
    TRY(jsonio_close(&in));
    p.basis = art6_find(basis);
    p.special = art9_find(special);
    p.condition = condition_find(condition);
    if (p.basis == ART6_COUNT || p.special == ART9_COUNT || p.condition == CONDITION_COUNT)
        return err_newf(ERR_INVALID, "The purpose \"{}\" has a basis or condition that isn't known.",
                        "Use names such as 6-1-b, 9-2-d, dpa-sch1-22 or none.", err_name(p.key));
    *ret = p;
    return OK;
}
