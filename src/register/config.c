#include "config.h"

#include <string.h>

#include "entry.h"
#include "limits.h"
#include "secret.h"

enum { SOURCES_MAX = 255, FIELD_NO_MAX = 2039 };

static void drop(json_t **j)
{
    json_decref(*j);
}

static err not_settings(const char *kind, const char *id)
{
    return err_newf(ERR_CORRUPT, "The document {} {} is not what was written.", "Run 'candour fsck'.", err_name(kind),
                    err_name(id));
}

/* --- the first documents --- */

static err put_field(struct vault *v, const struct field *f, uint16_t no, struct hash *ret_hash)
{
    json_t *body = NULL;
    TRY(field_to_json(f, &body));
    CLEANUP(drop) json_t *doc = json_pack("{s:o, s:i}", "field", body, "no", (int)no);
    ENSURE(doc, mem_none());
    return vault_doc_put(v, "field", f->key, doc, ret_hash);
}

static err put_purpose(struct vault *v, const struct purpose *p, uint16_t no, struct hash *ret_hash)
{
    json_t *body = NULL;
    TRY(purpose_to_json(p, &body));
    CLEANUP(drop) json_t *doc = json_pack("{s:o, s:i}", "purpose", body, "no", (int)no);
    ENSURE(doc, mem_none());
    return vault_doc_put(v, "purpose", p->key, doc, ret_hash);
}

static err put_rule(struct vault *v, const struct end_rule *r, struct hash *ret_hash)
{
    json_t *body = NULL;
    TRY(end_rule_to_json(r, &body));
    CLEANUP(drop) json_t *doc = json_pack("{s:o}", "rule", body);
    ENSURE(doc, mem_none());
    return vault_doc_put(v, "rule", r->key, doc, ret_hash);
}

static err put_org(struct vault *v, const char *name, const char *contact, const char *country, const char *zone, const char *tells)
{
    CLEANUP(drop) json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "contact", contact, "country", country,
                                          "zone", zone, "membership_tells", tells);
    ENSURE(doc, err_new(ERR_INVALID, "The organisation's name or address is not plain text.", "Use UTF-8."));
    return vault_doc_put(v, "org", "org", doc, NULL);
}

static err put_defaults(struct vault *v, const struct catalogue *c)
{
    for (size_t i = 0; i < c->count; i++) {
        uint32_t no;
        TRY(vault_next_id(v, "field", &no));
        TRY(put_field(v, &c->fields[i], (uint16_t)no, NULL));
    }
    for (size_t i = 0; i < purpose_default_count(); i++) {
        uint32_t no;
        TRY(vault_next_id(v, "purpose", &no));
        TRY(put_purpose(v, purpose_default(i), (uint16_t)no, NULL));
    }
    for (size_t i = 0; i < end_rule_default_count(); i++)
        TRY(put_rule(v, end_rule_default(i), NULL));
    return OK;
}

bool config_tells_ok(const char *tells)
{
    static const char *const words[] = {"union", "politics", "belief", "health", "special", "nothing"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], tells) == 0)
            return true;
    return false;
}

err config_init(struct vault *v, const char *name, const char *contact, const char *country, const char *zone, const char *tells)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct catalogue c;
    TRY(catalogue_new(a, &c));
    TRY(put_org(v, name, contact, country, zone, tells));
    return put_defaults(v, &c);
}

/* --- reading --- */

/* The items of a kind; `ret` is dropped by the caller. */
static err docs(struct vault *v, const char *kind, json_t **ret, size_t *ret_count)
{
    TRY(vault_docs(v, kind, ret));
    *ret_count = json_array_size(*ret);
    return OK;
}

static const json_t *doc_at(const json_t *list, size_t i, const char **ret_id)
{
    const json_t *item = json_array_get(list, i);
    *ret_id = json_string_value(json_object_get(item, "id"));
    return json_object_get(item, "doc");
}

static err number_in(const json_t *doc, const char *kind, const char *id, int64_t most, uint16_t *ret)
{
    const json_t *no = json_object_get(doc, "no");
    ENSURE(json_is_integer(no) && json_integer_value(no) > 0 && json_integer_value(no) <= most, not_settings(kind, id));
    *ret = (uint16_t)json_integer_value(no);
    return OK;
}

static err renumber(struct config *c, const uint16_t *nos)
{
    size_t count = 0;
    for (size_t i = 0; i < c->catalogue.count; i++)
        count = nos[i] >= count ? nos[i] + 1u : count;
    const struct field **by_no = arena_array(c->arena, count + 1, sizeof *by_no);
    ENSURE(by_no, mem_none());
    for (size_t i = 0; i < c->catalogue.count; i++)
        by_no[nos[i]] = &c->catalogue.fields[i];
    c->numbers = (struct field_numbers){by_no, count};
    return OK;
}

static err load_fields(struct vault *v, struct config *c)
{
    CLEANUP(drop) json_t *list = NULL;
    size_t count;
    TRY(docs(v, "field", &list, &count));
    struct catalogue *cat = &c->catalogue;
    cat->room = count + 64;
    cat->fields = arena_array(c->arena, cat->room, sizeof *cat->fields);
    uint16_t *nos = arena_array(c->arena, count + 1, sizeof *nos);
    ENSURE(cat->fields && nos, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *id;
        const json_t *doc = doc_at(list, i, &id);
        TRY(field_from_json(c->arena, json_object_get(doc, "field"), &cat->fields[i]));
        TRY(number_in(doc, "field", id, FIELD_NO_MAX, &nos[i]));
    }
    cat->count = count;
    return renumber(c, nos);
}

static err load_purposes(struct vault *v, struct config *c)
{
    CLEANUP(drop) json_t *list = NULL;
    size_t count;
    TRY(docs(v, "purpose", &list, &count));
    struct purpose *purposes = arena_array(c->arena, count + 1, sizeof *purposes);
    uint16_t *nos = arena_array(c->arena, count + 1, sizeof *nos);
    ENSURE(purposes && nos, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *id;
        const json_t *doc = doc_at(list, i, &id);
        TRY(purpose_from_json(c->arena, json_object_get(doc, "purpose"), &purposes[i]));
        TRY(number_in(doc, "purpose", id, UINT16_MAX, &nos[i]));
    }
    c->purposes = purposes;
    c->purpose_nos = nos;
    c->purpose_count = count;
    return OK;
}

static err load_rules(struct vault *v, struct config *c)
{
    CLEANUP(drop) json_t *list = NULL;
    size_t count;
    TRY(docs(v, "rule", &list, &count));
    struct end_rule *rules = arena_array(c->arena, count + 1, sizeof *rules);
    ENSURE(rules, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *id;
        TRY(end_rule_from_json(c->arena, json_object_get(doc_at(list, i, &id), "rule"), &rules[i]));
    }
    c->rules = rules;
    c->rule_count = count;
    return OK;
}

static err text_in(struct config *c, const json_t *doc, const char *kind, const char *name, const char **ret)
{
    const char *text = json_string_value(json_object_get(doc, name));
    ENSURE(text, not_settings(kind, name));
    *ret = arena_text(c->arena, text, strlen(text));
    return *ret ? OK : mem_none();
}

static err load_source(struct config *c, const json_t *doc, const char *id, struct config_source *ret)
{
    uint16_t no;
    TRY(number_in(doc, "source", id, SOURCES_MAX, &no));
    ret->no = (uint8_t)no;
    TRY(text_in(c, doc, "source", "name", &ret->name));
    json_int_t system = json_integer_value(json_object_get(doc, "system"));
    ENSURE(system >= 0 && system < SYSTEM_COUNT, not_settings("source", id));
    ret->system = (enum source_system)system;
    const json_t *ids = json_object_get(doc, "ids");
    ret->id_count = json_array_size(ids);
    const char **keys = arena_array(c->arena, ret->id_count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < ret->id_count; i++) {
        const char *key = json_string_value(json_array_get(ids, i));
        ENSURE(key, not_settings("source", id));
        keys[i] = arena_text(c->arena, key, strlen(key));
        ENSURE(keys[i], mem_none());
    }
    ret->ids = keys;
    const char *exported = json_string_value(json_object_get(doc, "exported"));
    ENSURE(exported, not_settings("source", id));
    return when_cell_day(view_text(exported), WHEN_YEAR_FIRST, &ret->exported);
}

static err load_sources(struct vault *v, struct config *c)
{
    CLEANUP(drop) json_t *list = NULL;
    size_t count;
    TRY(docs(v, "source", &list, &count));
    struct config_source *sources = arena_array(c->arena, count + 1, sizeof *sources);
    ENSURE(sources, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *id;
        const json_t *doc = doc_at(list, i, &id);
        TRY(load_source(c, doc, id, &sources[i]));
    }
    c->sources = sources;
    c->source_count = count;
    return OK;
}

static err load_org(struct vault *v, struct config *c)
{
    CLEANUP(drop) json_t *doc = NULL;
    TRY(vault_doc_get(v, "org", "org", &doc));
    const char *zone;
    TRY(text_in(c, doc, "org", "name", &c->name));
    TRY(text_in(c, doc, "org", "contact", &c->contact));
    TRY(text_in(c, doc, "org", "country", &c->country));
    TRY(text_in(c, doc, "org", "zone", &zone));
    TRY(text_in(c, doc, "org", "membership_tells", &c->membership_tells));
    c->membership_is_special = strcmp(c->membership_tells, "nothing") != 0;
    return when_zone_find(&c->zone, view_text(zone));
}

err config_load(struct vault *v, struct arena *a, struct config *ret)
{
    struct config c = {.arena = a};
    TRY(load_org(v, &c));
    TRY(load_fields(v, &c));
    TRY(load_purposes(v, &c));
    TRY(load_rules(v, &c));
    TRY(load_sources(v, &c));
    *ret = c;
    return OK;
}

err config_again(struct vault *v, struct config *c)
{
    struct config now;
    TRY(config_load(v, c->arena, &now));
    *c = now;
    return OK;
}

/* --- finding --- */

static long purpose_at(const struct config *c, struct view key)
{
    for (size_t i = 0; i < c->purpose_count; i++)
        if (view_equal(view_text(c->purposes[i].key), key))
            return (long)i;
    return -1;
}

const struct purpose *config_purpose(const struct config *c, struct view key)
{
    long i = purpose_at(c, key);
    return i < 0 ? NULL : &c->purposes[i];
}

uint16_t config_purpose_no(const struct config *c, struct view key)
{
    long i = purpose_at(c, key);
    return i < 0 ? 0 : c->purpose_nos[i];
}

const struct purpose *config_purpose_of(const struct config *c, uint16_t no)
{
    for (size_t i = 0; i < c->purpose_count; i++)
        if (c->purpose_nos[i] == no)
            return &c->purposes[i];
    return NULL;
}

const struct config_source *config_source(const struct config *c, struct view name)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (view_equal(view_text(c->sources[i].name), name))
            return &c->sources[i];
    return NULL;
}

const struct config_source *config_source_of(const struct config *c, uint8_t no)
{
    for (size_t i = 0; i < c->source_count; i++)
        if (c->sources[i].no == no)
            return &c->sources[i];
    return NULL;
}

uint32_t config_categories(const struct config *c)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < c->catalogue.count; i++)
        bits |= 1u << c->catalogue.fields[i].category;
    return bits;
}

/* --- changing --- */

static void say_new(bool *ret_new, bool is_new)
{
    if (ret_new)
        *ret_new = is_new;
}

err config_add_field(struct vault *v, struct config *c, const struct field *f, bool *ret_new)
{
    size_t before = c->catalogue.count;
    TRY(catalogue_add(c->arena, &c->catalogue, f));
    say_new(ret_new, c->catalogue.count > before);
    if (c->catalogue.count == before)
        return OK;
    uint32_t no;
    TRY(vault_next_id(v, "field", &no));
    ENSURE(no <= FIELD_NO_MAX, err_new(ERR_LIMIT, "There are too many fields.", "Ignore columns that nobody needs."));
    struct hash hash;
    TRY(put_field(v, f, (uint16_t)no, &hash));
    TRY(vault_entry(v, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "kind", "field", "field", f->key, "category",
                                 category_name(f->category), "type", field_type_name(f->type), "action", "add", "doc",
                                 entry_hash(&hash)),
                    &(uint64_t){0}));
    uint16_t *nos = arena_array(c->arena, before + 1, sizeof *nos);
    ENSURE(nos, mem_none());
    for (size_t i = 0; i < before; i++)
        nos[i] = field_no(&c->numbers, &c->catalogue.fields[i]);
    nos[before] = (uint16_t)no;
    return renumber(c, nos);
}

static bool same_json(json_t *a, json_t *b)
{
    bool same = json_equal(a, b) == 1;
    json_decref(a);
    json_decref(b);
    return same;
}

static err same_purpose(const struct purpose *a, const struct purpose *b, bool *ret)
{
    json_t *x = NULL, *y = NULL;
    TRY(purpose_to_json(a, &x));
    err e = purpose_to_json(b, &y);
    *ret = same_json(x, y);
    return e;
}

err config_set_purpose(struct vault *v, struct config *c, const struct purpose *p, bool *ret_new)
{
    TRY(purpose_check(p, &c->catalogue, c->membership_is_special));
    const struct purpose *old = config_purpose(c, view_text(p->key));
    bool same = false;
    if (old)
        TRY(same_purpose(old, p, &same));
    say_new(ret_new, !same);
    if (same)
        return OK;
    uint32_t no = config_purpose_no(c, view_text(p->key));
    if (!old)
        TRY(vault_next_id(v, "purpose", &no));
    ENSURE(no <= UINT16_MAX, err_new(ERR_LIMIT, "There are too many purposes.", "Use those that there are."));
    struct hash hash;
    TRY(put_purpose(v, p, (uint16_t)no, &hash));
    TRY(vault_entry(v, json_pack("{s:s, s:s, s:s, s:o}", "kind", "purpose", "purpose", p->key, "action", old ? "edit" : "add",
                                 "doc", entry_hash(&hash)),
                    &(uint64_t){0}));
    return load_purposes(v, c);
}

static err same_rule(const struct end_rule *a, const struct end_rule *b, bool *ret)
{
    json_t *x = NULL, *y = NULL;
    TRY(end_rule_to_json(a, &x));
    err e = end_rule_to_json(b, &y);
    *ret = same_json(x, y);
    return e;
}

err config_set_rule(struct vault *v, struct config *c, const struct end_rule *r, bool *ret_new)
{
    TRY(end_rule_check(r));
    const struct end_rule *old = NULL;
    for (size_t i = 0; i < c->rule_count; i++)
        if (strcmp(c->rules[i].key, r->key) == 0)
            old = &c->rules[i];
    bool same = false;
    if (old)
        TRY(same_rule(old, r, &same));
    say_new(ret_new, !same);
    if (same)
        return OK;
    struct hash hash;
    TRY(put_rule(v, r, &hash));
    TRY(vault_entry(v, json_pack("{s:s, s:s, s:i, s:s, s:o}", "kind", "rule", "rule", r->key, "months", (int)r->months, "action",
                                 old ? "edit" : "add", "doc", entry_hash(&hash)),
                    &(uint64_t){0}));
    return load_rules(v, c);
}

static bool has_key(const struct config_source *s, const char *key)
{
    for (size_t i = 0; s && i < s->id_count; i++)
        if (strcmp(s->ids[i], key) == 0)
            return true;
    return false;
}

static err put_source(struct vault *v, const struct config_source *old, uint32_t no, const char *name, enum source_system system,
                      const char *const *ids, size_t id_count, int32_t exported)
{
    CLEANUP(buf_free) struct buf day = BUF(32);
    json_t *keys = json_array();
    if (exported != DAY_UNKNOWN)
        when_put_day(&day, exported);
    CLEANUP(drop) json_t *doc = json_pack("{s:i, s:s, s:i, s:o, s:s}", "no", (int)no, "name", name, "system", (int)system, "ids", keys,
                                          "exported", buf_text(&day));
    ENSURE(doc, mem_none());
    for (size_t i = 0; old && i < old->id_count; i++)
        ENSURE(json_array_append_new(keys, json_string(old->ids[i])) == 0, mem_none());
    for (size_t i = 0; i < id_count; i++)
        if (!has_key(old, ids[i]))
            ENSURE(json_array_append_new(keys, json_string(ids[i])) == 0, mem_none());
    return vault_doc_put(v, "source", name, doc, NULL);
}

err config_add_source(struct vault *v, struct config *c, const char *name, enum source_system system, const char *const *ids,
                      size_t id_count, int32_t exported, const struct config_source **ret)
{
    ENSURE(entry_id_ok(view_text(name)),
           err_newf(ERR_INVALID, "\"{}\" can't be the name of a source.",
                    "Use small letters, digits, dots and hyphens, for example crm.", err_name(name)));
    const struct config_source *old = config_source(c, view_text(name));
    int32_t newest = old && old->exported > exported ? old->exported : exported;
    bool same = old && (old->system == system || system == SYSTEM_NONE) && newest == old->exported;
    for (size_t i = 0; i < id_count; i++)
        same = same && has_key(old, ids[i]);
    if (same) {
        *ret = old;
        return OK;
    }
    uint32_t no = old ? old->no : 0;
    if (!old)
        TRY(vault_next_id(v, "source", &no));
    ENSURE(no <= SOURCES_MAX, err_newf(ERR_LIMIT, "There are {} sources already.", "Use one of those that there are.",
                                       err_int(SOURCES_MAX)));
    TRY(put_source(v, old, no, name, system != SYSTEM_NONE || !old ? system : old->system, ids, id_count, newest));
    TRY(load_sources(v, c));
    *ret = config_source(c, view_text(name));
    return *ret ? OK : not_settings("source", name);
}
