#include "recipient.h"

#include "agekey.h"

#include "entry.h"
#include "jsonio.h"
#include "limits.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 400, KEYS_MAX = 512, LINKS_MAX = 200 };

static const char *const class_names[RECIPIENT_CLASS_COUNT] = {
    [RECIPIENT_NO_CLASS] = "",
    [RECIPIENT_PROCESSOR] = "processor",
    [RECIPIENT_SUB_PROCESSOR] = "sub-processor",
    [RECIPIENT_JOINT_CONTROLLER] = "joint-controller",
    [RECIPIENT_CONTROLLER] = "controller",
    [RECIPIENT_AFFILIATED] = "affiliated",
    [RECIPIENT_AUTHORITY] = "authority",
};

const char *recipient_class_name(enum recipient_class c)
{
    return (unsigned)c < RECIPIENT_CLASS_COUNT ? class_names[c] : "";
}

enum recipient_class recipient_class_find(const char *name)
{
    for (int i = 1; i < RECIPIENT_CLASS_COUNT; i++)
        if (strcmp(class_names[i], name) == 0)
            return (enum recipient_class)i;
    return RECIPIENT_NO_CLASS;
}

bool recipient_is_processor(enum recipient_class c)
{
    return c == RECIPIENT_PROCESSOR || c == RECIPIENT_SUB_PROCESSOR;
}

static bool among(const char *const *list, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], key) == 0)
            return true;
    return false;
}

bool recipient_agreed_purpose(const struct recipient *r, const char *purpose)
{
    return among(r->purposes, r->purpose_count, purpose);
}

bool recipient_agreed_field(const struct recipient *r, const char *field)
{
    return among(r->fields, r->field_count, field);
}

/* The texts, by name: one table for writing and reading. */
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"id", offsetof(struct recipient, id)},
    {"name", offsetof(struct recipient, name)},
    {"number", offsetof(struct recipient, number)},
    {"country", offsetof(struct recipient, country)},
    {"does", offsetof(struct recipient, does)},
    {"owner", offsetof(struct recipient, owner)},
    {"contract_reference", offsetof(struct recipient, contract_reference)},
    {"security_contact", offsetof(struct recipient, security_contact)},
    {"age_key", offsetof(struct recipient, age_key)},
    {"officers", offsetof(struct recipient, officers)},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static const char **text_at(struct recipient *r, size_t i)
{
    return (const char **)(void *)((char *)r + texts[i].offset);
}

static err check_texts(struct recipient r)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = *text_at(&r, i);
        ENSURE(text[0] == 0 || text_plain(text, TEXT_MAX),
               err_newf(ERR_INVALID, "The {} of a recipient is too long, or holds what is no text.", "At most {} bytes of UTF-8 on one line.",
                        err_name(texts[i].name), err_int(TEXT_MAX)));
    }
    return OK;
}

static err check_links(const struct recipient *r)
{
    for (size_t i = 0; i < r->link_count; i++) {
        const struct recipient_link *l = &r->links[i];
        ENSURE(strcmp(l->sub, r->id) != 0, err_new(ERR_INVALID, "A recipient can't be its own sub-processor.", "Name another with --sub-processor."));
        ENSURE(l->from == DAY_UNKNOWN || l->until == DAY_UNKNOWN || l->from <= l->until,
               err_new(ERR_INVALID, "A sub-processor's time ends before it begins.", "Check --from and --until."));
    }
    return OK;
}

err recipient_check(const struct recipient *r)
{
    TRY(check_texts(*r));
    ENSURE(entry_id_ok(view_text(r->id)) && strcmp(r->id, RECIPIENT_SELF) != 0,
           err_newf(ERR_INVALID, "\"{}\" can't be the id of a recipient.", "Use small letters, digits, '-', '_' and '.', such as pellwick.", err_name(r->id)));
    ENSURE(r->name[0], err_new(ERR_INVALID, "A recipient needs its legal name.", "Give --name \"Pellwick Mailing Ltd\"; letters must be able to name it."));
    ENSURE(r->class_ != RECIPIENT_NO_CLASS, err_new(ERR_INVALID, "A recipient needs a class.",
           "Give --class processor, sub-processor, joint-controller, controller, affiliated or authority."));
    ENSURE(r->contract == DAY_UNKNOWN || r->contract_until == DAY_UNKNOWN || r->contract <= r->contract_until,
           err_new(ERR_INVALID, "The contract ends before it begins.", "Check --contract and --contract-until."));
    ENSURE(r->age_key[0] == 0 || agekey_ok(r->age_key),
           err_new(ERR_INVALID, "That is no age key, or a letter of it is wrong.", "Ask them for the line that begins with age1, and copy it; never for their secret key."));
    ENSURE(r->purpose_count <= KEYS_MAX && r->field_count <= KEYS_MAX && r->link_count <= LINKS_MAX,
           err_new(ERR_LIMIT, "There are too many purposes, fields or sub-processors for one recipient.", "Leave out what is no longer so."));
    return check_links(r);
}

err recipient_parse_days(const char *text, uint32_t *ret)
{
    char *end = NULL;
    unsigned long n = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    ENSURE(n > 0 && n <= 36500 && (strcmp(end, "d") == 0 || end[0] == 0),
           err_new(ERR_USAGE, "That is no number of days.", "Write it as 90d."));
    *ret = (uint32_t)n;
    return OK;
}

/* --- JSON --- */

static json_t *day_json(int32_t day)
{
    if (day == DAY_UNKNOWN)
        return json_null();
    CLEANUP(buf_free) struct buf b = BUF(16);
    when_put_day(&b, day);
    return json_string(buf_text(&b));
}

static json_t *links_json(const struct recipient *r)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < r->link_count; i++) {
        const struct recipient_link *l = &r->links[i];
        json_t *item = json_pack("{s:s, s:s, s:o, s:o}", "sub", l->sub, "purpose", l->purpose, "from", day_json(l->from), "until", day_json(l->until));
        if (!item || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

err recipient_to_json(const struct recipient *r, json_t **ret)
{
    struct recipient copy = *r;
    json_t *j = json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o}", "class", recipient_class_name(r->class_), "contract", day_json(r->contract),
                          "contract_until", day_json(r->contract_until), "delete_after_days", (int)r->delete_after_days, "purposes",
                          jsonio_list(r->purposes, r->purpose_count), "fields", jsonio_list(r->fields, r->field_count), "links", links_json(r));
    bool good = j != NULL;
    for (size_t i = 0; good && i < TEXTS; i++)
        good = json_object_set_new(j, texts[i].name, json_string(*text_at(&copy, i))) == 0;
    if (!good) {
        json_decref(j);
        return mem_none();
    }
    *ret = j;
    return OK;
}

static err bad(void)
{
    return err_new(ERR_INVALID, "The record of a recipient is not understood.", "Run 'candour fsck'.");
}

static err text_from(struct arena *a, const json_t *j, const char *name, const char **ret)
{
    const char *text = json_string_value(json_object_get(j, name));
    ENSURE(text && strlen(text) <= TEXT_MAX, bad());
    *ret = arena_text(a, text, strlen(text));
    return *ret ? OK : mem_none();
}

static err day_from(const json_t *j, const char *name, int32_t *ret)
{
    const json_t *value = json_object_get(j, name);
    *ret = DAY_UNKNOWN;
    if (json_is_null(value))
        return OK;
    ENSURE(json_is_string(value), bad());
    return when_parse_day(view_text(json_string_value(value)), ret);
}

static err keys_from(struct arena *a, const json_t *j, const char *name, const char *const **ret, size_t *ret_count)
{
    const json_t *list = json_object_get(j, name);
    size_t count = json_array_size(list);
    ENSURE(json_is_array(list) && count <= KEYS_MAX, bad());
    const char **keys = arena_array(a, count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *key = json_string_value(json_array_get(list, i));
        ENSURE(key, bad());
        ENSURE(keys[i] = arena_text(a, key, strlen(key)), mem_none());
    }
    *ret = keys;
    *ret_count = count;
    return OK;
}

static err links_from(struct arena *a, const json_t *j, struct recipient *r)
{
    const json_t *list = json_object_get(j, "links");
    size_t count = json_array_size(list);
    ENSURE(json_is_array(list) && count <= LINKS_MAX, bad());
    struct recipient_link *links = arena_array(a, count + 1, sizeof *links);
    ENSURE(links, mem_none());
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        TRY(text_from(a, item, "sub", &links[i].sub));
        TRY(text_from(a, item, "purpose", &links[i].purpose));
        TRY(day_from(item, "from", &links[i].from));
        TRY(day_from(item, "until", &links[i].until));
    }
    r->links = links;
    r->link_count = count;
    return OK;
}

err recipient_from_json(struct arena *a, const json_t *j, struct recipient *ret)
{
    struct recipient r = {0};
    for (size_t i = 0; i < TEXTS; i++)
        TRY(text_from(a, j, texts[i].name, text_at(&r, i)));
    const char *class_name;
    uint64_t days;
    struct jsonio_in in;
    TRY(text_from(a, j, "class", &class_name));
    TRY(jsonio_open(a, j, "recipient", &in));
    TRY(jsonio_number(&in, "delete_after_days", 36500, &days));
    r.class_ = recipient_class_find(class_name);
    r.delete_after_days = (uint32_t)days;
    TRY(day_from(j, "contract", &r.contract));
    TRY(day_from(j, "contract_until", &r.contract_until));
    TRY(keys_from(a, j, "purposes", &r.purposes, &r.purpose_count));
    TRY(keys_from(a, j, "fields", &r.fields, &r.field_count));
    TRY(links_from(a, j, &r));
    *ret = r;
    return OK;
}

/* --- in the vault --- */

err recipient_number(struct vault *v, const char *id, uint16_t *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    TRY(vault_doc_get(v, "recipient", id, &doc));
    json_int_t no = json_integer_value(json_object_get(doc, "no"));
    ENSURE(no > 0 && no <= UINT16_MAX, err_new(ERR_CORRUPT, "The record of a recipient is not understood.", "Run 'candour fsck'."));
    *ret = (uint16_t)no;
    return OK;
}

/* A recipient keeps its number through all its versions. */
static err set_number(struct vault *v, const char *id, json_t *doc)
{
    uint16_t no;
    uint32_t next;
    err e = recipient_number(v, id, &no);
    if (e.kind == ERR_NOT_FOUND) {
        TRY(vault_next_id(v, "recipient", &next));
        ENSURE(next <= UINT16_MAX, err_new(ERR_LIMIT, "There are too many recipients.", "End some of those no longer used."));
        no = (uint16_t)next;
        e = OK;
    }
    TRY(e);
    ENSURE(json_object_set_new(doc, "no", json_integer(no)) == 0, mem_none());
    return OK;
}

err recipient_save(struct vault *v, const struct recipient *r, const char *action)
{
    TRY(recipient_check(r));
    CLEANUP(jsonio_release) json_t *doc = NULL;
    struct hash hash;
    TRY(recipient_to_json(r, &doc));
    TRY(set_number(v, r->id, doc));
    TRY(vault_doc_put(v, "recipient", r->id, doc, &hash));
    return vault_entry(v, json_pack("{s:s, s:s, s:s, s:o}", "kind", "recipient", "recipient", r->id, "action", action, "doc", entry_hash(&hash)), NULL);
}

err recipient_list(struct vault *v, struct arena *a, struct recipient **ret, size_t *ret_count)
{
    CLEANUP(jsonio_release) json_t *docs = NULL;
    TRY(vault_docs(v, "recipient", &docs));
    size_t count = json_array_size(docs);
    struct recipient *list = arena_array(a, count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < count; i++)
        TRY(recipient_from_json(a, json_object_get(json_array_get(docs, i), "doc"), &list[i]));
    *ret = list;
    *ret_count = count;
    return OK;
}

static err unknown(struct vault *v, struct arena *a, const char *id)
{
    struct recipient *list;
    size_t count;
    TRY(recipient_list(v, a, &list, &count));
    const char **ids = arena_array(a, count + 1, sizeof *ids);
    ENSURE(ids, mem_none());
    for (size_t i = 0; i < count; i++)
        ids[i] = list[i].id;
    long near = text_nearest(id, ids, count);
    if (near >= 0)
        return err_newf(ERR_NOT_FOUND, "There is no recipient \"{}\".", "Did you mean {}? 'candour recipient list' shows all.", err_name(id), err_name(ids[near]));
    return err_newf(ERR_NOT_FOUND, "There is no recipient \"{}\".", "Add it with 'candour recipient add', or see 'candour recipient list'.", err_name(id));
}

err recipient_load(struct vault *v, struct arena *a, const char *id, struct recipient *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    err e = vault_doc_get(v, "recipient", id, &doc);
    if (e.kind == ERR_NOT_FOUND)
        return unknown(v, a, id);
    TRY(e);
    return recipient_from_json(a, doc, ret);
}
