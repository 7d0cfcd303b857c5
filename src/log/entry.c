#include "entry.h"

#include "canonical.h"
#include "checkpoint.h"
#include "entry_kinds.h"
#include "mem.h"
#include "when.h"

#include <string.h>

enum { ID_BYTES_MAX = 64, NUMBER_ID_DIGITS_MAX = 9, TIME_ROOM = 32, COUNT_LEAST = 10, HEX16_BYTES = 16 };

#define NUMBER_MAX ((json_int_t)1 << 53) /* RFC 8785 numbers are doubles: exact below this */
#define COUNT_FEW "<10"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_small(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

/* As H12. */
static bool is_numbered_id(struct view id)
{
    if (id.len < 2 || id.len > 1 + NUMBER_ID_DIGITS_MAX || id.p[0] < 'A' || id.p[0] > 'Z' || id.p[1] == '0')
        return false;
    for (size_t i = 1; i < id.len; i++) {
        if (!is_digit(id.p[i]))
            return false;
    }
    return true;
}

bool entry_id_ok(struct view id)
{
    if (is_numbered_id(id))
        return true;
    if (id.len == 0 || id.len > ID_BYTES_MAX || !(is_small(id.p[0]) || is_digit(id.p[0])))
        return false;
    for (size_t i = 1; i < id.len; i++) {
        uint8_t c = id.p[i];
        if (!is_small(c) && !is_digit(c) && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

/* Empty for what is not a string; no closed form has empty strings. */
static struct view string_view(const json_t *value)
{
    return json_is_string(value) ? view_of(json_string_value(value), json_string_length(value)) : view_of("", 0);
}

static bool is_word(const struct entry_rule *rule, const json_t *value)
{
    struct view v = string_view(value);
    for (size_t i = 0; rule->words[i]; i++) {
        if (view_equal(v, view_text(rule->words[i])))
            return true;
    }
    return false;
}

static bool is_id(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    return entry_id_ok(string_view(value));
}

static bool is_ids(const struct entry_rule *rule, const json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) > LIMIT_ENTRY_LIST)
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!is_id(rule, json_array_get(value, i)))
            return false;
    }
    return true;
}

/* There is one way to write a time. */
static bool is_time(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    static const char form[] = "0000-00-00T00:00:00Z";
    struct view v = string_view(value);
    if (v.len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < v.len; i++) {
        if (form[i] == '0' ? !is_digit(v.p[i]) : v.p[i] != (uint8_t)form[i])
            return false;
    }
    int64_t instant;
    return when_parse_instant(v, &instant).kind == ERR_OK;
}

static bool is_moment(const struct entry_rule *rule, const json_t *value)
{
    return view_equal(string_view(value), view_text("unknown")) || is_time(rule, value);
}

static bool is_number(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) < NUMBER_MAX;
}

static bool is_count(const struct entry_rule *rule, const json_t *value)
{
    return view_equal(string_view(value), view_text(COUNT_FEW)) ||
           (is_number(rule, value) && json_integer_value(value) >= COUNT_LEAST);
}

static bool is_boolean(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    return json_is_boolean(value);
}

static bool is_hash(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    struct hash h;
    return hex_decode(h.b, sizeof h.b, string_view(value));
}

static bool is_hashes(const struct entry_rule *rule, const json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) > LIMIT_ENTRY_LIST)
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!is_hash(rule, json_array_get(value, i)))
            return false;
    }
    return true;
}

static bool is_hex16(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    uint8_t bytes[HEX16_BYTES];
    return hex_decode(bytes, sizeof bytes, string_view(value));
}

static bool is_origin(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    return checkpoint_origin_ok(string_view(value));
}

static bool is_country(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    struct view v = string_view(value);
    return v.len == 2 && v.p[0] >= 'A' && v.p[0] <= 'Z' && v.p[1] >= 'A' && v.p[1] <= 'Z';
}

/* What is inside is checked by its own rows. */
static bool is_object(const struct entry_rule *rule, const json_t *value)
{
    (void)rule;
    return json_is_object(value);
}

static const struct {
    bool (*fits)(const struct entry_rule *rule, const json_t *value);
    const char *should_be;
} types[] = {
    [ENTRY_WORD] = {is_word, "one of a few fixed words"},
    [ENTRY_ID] = {is_id, "an id in small letters, such as mailing-house or H12"},
    [ENTRY_IDS] = {is_ids, "a list of at most 500 ids"},
    [ENTRY_TIME] = {is_time, "a time in UTC, such as 2021-10-29T14:05:00Z"},
    [ENTRY_MOMENT] = {is_moment, "a time in UTC, such as 2021-10-29T14:05:00Z, or unknown"},
    [ENTRY_NUMBER] = {is_number, "a whole number"},
    [ENTRY_COUNT] = {is_count, "a whole number from 10, or <10"},
    [ENTRY_BOOLEAN] = {is_boolean, "true or false"},
    [ENTRY_HASH] = {is_hash, "64 hex digits in small letters"},
    [ENTRY_HASHES] = {is_hashes, "a list of at most 500 hashes, each 64 hex digits in small letters"},
    [ENTRY_HEX16] = {is_hex16, "32 hex digits in small letters"},
    [ENTRY_ORIGIN] = {is_origin, "the log's address without https://"},
    [ENTRY_COUNTRY] = {is_country, "a country's two capitals"},
    [ENTRY_OBJECT] = {is_object, "an object"},
    [ENTRY_BODY] = {is_object, "an object"},
};

#define TODO "Entries of the log are public for ever and hold closed forms only; free text enters as its salted hash."

static err check_value(const struct entry_rule *rule, const json_t *value)
{
    ENSURE(types[rule->type].fits(rule, value), err_newf(ERR_INVALID, "\"{}\" in a log entry must be {}.", TODO,
                                                         err_name(rule->key), err_name(types[rule->type].should_be)));
    return OK;
}

/* Every key has a rule and fits it, and no key is missing.  Keys are never told: an unknown one may be free text. */
static err check_flat(const struct entry_rule *rules, const struct entry_rule *more, const json_t *object)
{
    static const struct entry_rule none[] = {{0}};
    const struct entry_rule *const sets[] = {rules, more ? more : none};
    size_t known = 0;
    for (size_t i = 0; i < 2; i++) {
        for (const struct entry_rule *r = sets[i]; r->key; r++) {
            const json_t *value = json_object_get(object, r->key);
            ENSURE(value || r->optional,
                   err_newf(ERR_INVALID, "\"{}\" is missing in a log entry.", TODO, err_name(r->key)));
            if (!value)
                continue;
            TRY(check_value(r, value));
            known++;
        }
    }
    ENSURE(known == json_object_size(object),
           err_new(ERR_INVALID, "A log entry has a key that its kind does not have.", TODO));
    return OK;
}

static const struct entry_rule every_kind[] = {{"kind", ENTRY_ID}, {"time", ENTRY_TIME}, {0}};

/* All of one kind but the body in a release. */
static err check_kind(const struct entry_kind *kind, const json_t *entry)
{
    TRY(check_flat(every_kind, kind->rules, entry));
    for (const struct entry_rule *r = kind->rules; r->key; r++) {
        const json_t *inside = r->type == ENTRY_OBJECT ? json_object_get(entry, r->key) : NULL;
        if (inside)
            TRY(check_flat(r->inside, NULL, inside));
    }
    return OK;
}

static err find_kind(const json_t *entry, const struct entry_kind **to)
{
    const char *name = json_string_value(json_object_get(entry, "kind"));
    *to = name ? entry_kind_find(name) : NULL;
    ENSURE(*to, err_new(ERR_INVALID, "There is no log entry of this kind.", TODO));
    return OK;
}

static err wrong_place(bool sealed)
{
    if (sealed)
        return err_new(ERR_INVALID, "An entry of this kind enters the log sealed, not in clear.",
                       "Seal it first; nothing was published.");
    return err_new(ERR_INVALID, "An entry of this kind enters the log in clear, not sealed.",
                   "Put it in as it is; nothing was published.");
}

static err check_body(const json_t *body)
{
    const struct entry_kind *kind;
    TRY(find_kind(body, &kind));
    ENSURE(kind->sealed, wrong_place(false));
    return check_kind(kind, body);
}

static err check(const json_t *entry, const struct entry_kind **kind)
{
    TRY(find_kind(entry, kind));
    TRY(check_kind(*kind, entry));
    for (const struct entry_rule *r = (*kind)->rules; r->key; r++) {
        if (r->type == ENTRY_BODY)
            TRY(check_body(json_object_get(entry, r->key)));
    }
    return OK;
}

err entry_check(const json_t *entry)
{
    const struct entry_kind *kind;
    return check(entry, &kind);
}

bool entry_is_sealed_kind(const char *kind)
{
    const struct entry_kind *k = entry_kind_find(kind);
    return k && k->sealed;
}

static err write(const json_t *entry, size_t most, struct buf *to)
{
    size_t from = to->len;
    err e = canonical_put(to, entry);
    ENSURE(to->state != BUF_FULL && to->len - from <= most,
           err_newf(ERR_LIMIT, "An entry of the log would have more than {} bytes.", "Record it in smaller parts.", err_int((long long)most)));
    return e;
}

static err encode(const json_t *entry, bool sealed, struct buf *to)
{
    const struct entry_kind *kind;
    TRY(check(entry, &kind));
    ENSURE(kind->sealed == sealed, wrong_place(kind->sealed));
    return write(entry, sealed ? LIMIT_ENTRY_BODY_BYTES : LIMIT_ENTRY_BYTES, to);
}

err entry_encode(const json_t *entry, struct buf *to)
{
    return encode(entry, false, to);
}

err entry_encode_body(const json_t *body, struct buf *to)
{
    return encode(body, true, to);
}

struct hash entry_text_hash(const uint8_t salt[ENTRY_SALT_BYTES], struct view text)
{
    struct digest d;
    digest_begin(&d);
    digest_add(&d, view_of(salt, ENTRY_SALT_BYTES));
    digest_add(&d, text);
    return digest_end(&d);
}

static void json_release(json_t **j)
{
    json_decref(*j);
}

/* Takes `value`, NULL too. */
static err set(json_t *object, const char *key, json_t *value)
{
    ENSURE(json_object_set_new(object, key, value) == 0, mem_none());
    return OK;
}

static err start(const char *kind, int64_t time, json_t *to)
{
    TRY(set(to, "kind", json_string(kind)));
    return set(to, "time", entry_time(time));
}

err entry_seal(const json_t *body, const uint8_t salt[ENTRY_SALT_BYTES], int64_t time, struct buf *to)
{
    CLEANUP(buf_free) struct buf canonical = BUF(LIMIT_ENTRY_BODY_BYTES);
    TRY(entry_encode_body(body, &canonical));
    struct hash h = entry_text_hash(salt, buf_view(&canonical));
    CLEANUP(json_release) json_t *entry = json_object();
    ENSURE(entry, mem_none());
    TRY(start("sealed", time, entry));
    TRY(set(entry, "hash", entry_hash(&h)));
    return entry_encode(entry, to);
}

err entry_release(uint64_t index, const json_t *body, const uint8_t salt[ENTRY_SALT_BYTES], int64_t time, struct buf *to)
{
    CLEANUP(json_release) json_t *entry = json_object();
    ENSURE(entry, mem_none());
    ENSURE(index < (uint64_t)NUMBER_MAX, err_new(ERR_LIMIT, "The log is full.", "Start a new log."));
    TRY(start("release", time, entry));
    TRY(set(entry, "index", json_integer((json_int_t)index)));
    TRY(set(entry, "salt", entry_hex(view_of(salt, ENTRY_SALT_BYTES))));
    TRY(set(entry, "body", json_deep_copy(body)));
    return entry_encode(entry, to);
}

static err parse(struct view bytes, bool sealed, json_t **to)
{
    size_t most = sealed ? LIMIT_ENTRY_BODY_BYTES : LIMIT_ENTRY_BYTES;
    ENSURE(bytes.len <= most, err_newf(ERR_LIMIT, "An entry of the log has more than {} bytes.",
                                       "Check what file this is.", err_int((long long)most)));
    json_error_t problem;
    const char *text = bytes.len ? (const char *)bytes.p : "";
    CLEANUP(json_release) json_t *entry = json_loadb(text, bytes.len, JSON_REJECT_DUPLICATES, &problem);
    ENSURE(entry || json_error_code(&problem) != json_error_out_of_memory, mem_none());
    ENSURE(entry, err_new(ERR_INVALID, "An entry of the log is not JSON.", "Get it again from where it came from."));
    CLEANUP(buf_free) struct buf again = BUF(LIMIT_ENTRY_BYTES);
    TRY(encode(entry, sealed, &again));
    ENSURE(view_equal(buf_view(&again), bytes),
           err_new(ERR_INVALID, "An entry of the log is not written in its one canonical form (RFC 8785).",
                   "Get it again from where it came from."));
    *to = json_incref(entry);
    return OK;
}

err entry_parse(struct view bytes, json_t **to)
{
    return parse(bytes, false, to);
}

err entry_parse_body(struct view bytes, json_t **to)
{
    return parse(bytes, true, to);
}

bool entry_opens(struct view sealed, const uint8_t salt[ENTRY_SALT_BYTES], struct view canonical_body)
{
    CLEANUP(json_release) json_t *entry = NULL;
    CLEANUP(json_release) json_t *body = NULL;
    if (entry_parse(sealed, &entry).kind != ERR_OK || entry_parse_body(canonical_body, &body).kind != ERR_OK ||
        strcmp(json_string_value(json_object_get(entry, "kind")), "sealed") != 0)
        return false;
    struct hash h = {0}, real = entry_text_hash(salt, canonical_body);
    CHECK(hex_decode(h.b, sizeof h.b, string_view(json_object_get(entry, "hash"))));
    return hash_equal(&h, &real);
}

json_t *entry_count(uint64_t n)
{
    return n < COUNT_LEAST ? json_string(COUNT_FEW) : json_integer((json_int_t)n);
}

json_t *entry_time(int64_t time)
{
    CLEANUP(buf_free) struct buf b = BUF(TIME_ROOM);
    when_put_utc(&b, time);
    return b.state == BUF_FINE ? json_stringn((const char *)b.p, b.len) : NULL;
}

json_t *entry_hex(struct view bytes)
{
    CLEANUP(buf_free) struct buf b = BUF(2 * bytes.len);
    buf_hex(&b, bytes);
    return b.state == BUF_FINE ? json_stringn((const char *)b.p, b.len) : NULL;
}

json_t *entry_hash(const struct hash *h)
{
    return entry_hex(hash_view(h));
}
