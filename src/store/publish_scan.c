/* A quick look at an entry's form: checking a million entries with a JSON library takes many seconds, and almost all are
 * flat.  It says yes only to bytes that entry_parse() accepts too; to all others it says nothing. */
#include "publish_int.h"

#include "checkpoint.h"
#include "entry.h"
#include "when.h"

#include <string.h>

enum { DIGITS_MAX = 15 /* surely below 2^53 */, COUNT_LEAST = 10, TIME_BYTES = 20 };

/* A million entries are compared with some fifty words each, of which nearly all differ in the first letter. */
static bool is(struct view v, const char *word)
{
    for (size_t i = 0; i < v.len; i++)
        if (!word[i] || (uint8_t)word[i] != v.p[i])
            return false;
    return word[v.len] == 0;
}

static bool take(struct view *rest, char c)
{
    if (rest->len == 0 || rest->p[0] != (uint8_t)c)
        return false;
    *rest = view_of(rest->p + 1, rest->len - 1);
    return true;
}

/* A string of characters that stand for themselves: no form of ours has others. */
static bool take_string(struct view *rest, struct view *ret)
{
    if (!take(rest, '"'))
        return false;
    const uint8_t *end = rest->len ? memchr(rest->p, '"', rest->len) : NULL;
    if (!end)
        return false;
    *ret = view_of(rest->p, (size_t)(end - rest->p));
    *rest = view_of(end + 1, rest->len - ret->len - 1);
    return true;
}

static bool take_number(struct view *rest, uint64_t *ret)
{
    size_t n = 0;
    *ret = 0;
    for (; n < rest->len && n < DIGITS_MAX && rest->p[n] >= '0' && rest->p[n] <= '9'; n++)
        *ret = *ret * 10 + (uint64_t)(rest->p[n] - '0');
    if (n == 0 || (n > 1 && rest->p[0] == '0'))
        return false;
    *rest = view_of(rest->p + n, rest->len - n);
    return true; /* a sixteenth digit is then no comma and no end */
}

static bool is_hex(struct view v, size_t digits)
{
    if (v.len != digits)
        return false;
    bool good = true;
    for (size_t i = 0; i < digits; i++) {
        uint8_t c = v.p[i];
        good &= (uint8_t)(c - '0') <= 9 || (uint8_t)(c - 'a') <= 5;
    }
    return good;
}

static int two_digits(const uint8_t *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool is_time(struct view v)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    if (v.len != TIME_BYTES)
        return false;
    for (size_t i = 0; i < TIME_BYTES; i++) {
        if (form[i] == 'd' ? v.p[i] < '0' || v.p[i] > '9' : v.p[i] != (uint8_t)form[i])
            return false;
    }
    int year = two_digits(v.p) * 100 + two_digits(v.p + 2), day = two_digits(v.p + 8);
    return year > 0 && day > 0 && day <= when_month_days(year, two_digits(v.p + 5)) && two_digits(v.p + 11) < 24 &&
           two_digits(v.p + 14) < 60 && two_digits(v.p + 17) < 60;
}

static bool is_country(struct view v)
{
    return v.len == 2 && v.p[0] >= 'A' && v.p[0] <= 'Z' && v.p[1] >= 'A' && v.p[1] <= 'Z';
}

static bool is_word(const struct entry_rule *rule, struct view v)
{
    for (size_t i = 0; rule->words[i]; i++) {
        if (is(v, rule->words[i]))
            return true;
    }
    return false;
}

static bool is_hash(struct view v)
{
    return is_hex(v, 64);
}

static bool take_list(struct view *rest, bool (*fits)(struct view item))
{
    struct view item;
    if (!take(rest, '['))
        return false;
    if (take(rest, ']'))
        return true;
    for (unsigned count = 0; count < LIMIT_ENTRY_LIST; count++) {
        if (!take_string(rest, &item) || !fits(item))
            return false;
        if (!take(rest, ','))
            return take(rest, ']');
    }
    return false;
}

static bool take_boolean(struct view *rest)
{
    static const char *const words[] = {"true", "false"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(words[i]);
        if (rest->len >= len && memcmp(rest->p, words[i], len) == 0) {
            *rest = view_of(rest->p + len, rest->len - len);
            return true;
        }
    }
    return false;
}

static bool string_fits(const struct entry_rule *rule, struct view v)
{
    switch (rule->type) {
    case ENTRY_WORD:
        return is_word(rule, v);
    case ENTRY_ID:
        return entry_id_ok(v);
    case ENTRY_TIME:
        return is_time(v);
    case ENTRY_MOMENT:
        return is(v, "unknown") || is_time(v);
    case ENTRY_COUNT:
        return is(v, "<10");
    case ENTRY_HASH:
        return is_hash(v);
    case ENTRY_HEX16:
        return is_hex(v, 32);
    case ENTRY_ORIGIN:
        return checkpoint_origin_ok(v);
    case ENTRY_COUNTRY:
        return is_country(v);
    case ENTRY_IDS:
    case ENTRY_HASHES:
    case ENTRY_NUMBER:
    case ENTRY_BOOLEAN:
    case ENTRY_OBJECT:
    case ENTRY_BODY:
        break;
    }
    return false;
}

static bool take_value(const struct entry_rule *rule, struct view *rest)
{
    struct view v;
    uint64_t n;
    if (rest->len && rest->p[0] == '"')
        return take_string(rest, &v) && string_fits(rule, v);
    if (rule->type == ENTRY_NUMBER)
        return take_number(rest, &n);
    if (rule->type == ENTRY_COUNT)
        return take_number(rest, &n) && n >= COUNT_LEAST;
    if (rule->type == ENTRY_IDS)
        return take_list(rest, entry_id_ok);
    if (rule->type == ENTRY_HASHES)
        return take_list(rest, is_hash);
    return rule->type == ENTRY_BOOLEAN && take_boolean(rest);
}

static const struct entry_rule time_rule = {"time", ENTRY_TIME};

static const struct entry_rule *find_rule(const struct entry_kind *kind, struct view key)
{
    if (is(key, "time"))
        return &time_rule;
    for (const struct entry_rule *r = kind->rules; r->key; r++) {
        if (is(key, r->key))
            return r;
    }
    return NULL;
}

static int key_order(struct view a, struct view b)
{
    int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* "kind" and "time", and those that the kind must have. */
static unsigned keys_needed(const struct entry_kind *kind)
{
    unsigned n = 2;
    for (const struct entry_rule *r = kind->rules; r->key; r++)
        n += !r->optional;
    return n;
}

/* Keys rise, so none comes twice. */
static bool fits(const struct entry_kind *kind, struct view rest)
{
    struct view last = view_text(""), key, name;
    unsigned needed = keys_needed(kind);
    if (!take(&rest, '{'))
        return false;
    for (;;) {
        if (!take_string(&rest, &key) || key_order(last, key) >= 0 || !take(&rest, ':'))
            return false;
        last = key;
        if (is(key, "kind")) {
            if (!take_string(&rest, &name) || !is(name, kind->name))
                return false;
            needed--;
        } else {
            const struct entry_rule *rule = find_rule(kind, key);
            if (!rule || !take_value(rule, &rest))
                return false;
            needed -= !rule->optional;
        }
        if (!take(&rest, ','))
            return take(&rest, '}') && rest.len == 0 && needed == 0;
    }
}

static const struct entry_kind *find_kind(struct view name)
{
    const struct entry_kind *kind;
    for (size_t i = 0; (kind = entry_kind_at(i)); i++)
        if (is(name, kind->name))
            return kind;
    return NULL;
}

const struct entry_kind *publish_scan(struct view bytes)
{
    static const char before[] = "\"kind\":";
    struct view found;
    if (bytes.len == 0 || bytes.len > LIMIT_ENTRY_BYTES)
        return NULL;
    const uint8_t *at = memmem(bytes.p, bytes.len, before, sizeof before - 1);
    if (!at)
        return NULL;
    at += sizeof before - 1;
    struct view rest = view_of(at, bytes.len - (size_t)(at - bytes.p));
    if (!take_string(&rest, &found))
        return NULL;
    const struct entry_kind *kind = find_kind(found);
    return kind && !kind->sealed && fits(kind, bytes) ? kind : NULL;
}
