#include "testing.h"

#include <stdio.h>

#include "entry.h"
#include "entry_kinds.h"
#include "mem.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX16 "00112233445566778899aabbccddeeff"
#define TIME "\"time\":\"2021-10-29T14:05:00Z\""

static const uint8_t salt[ENTRY_SALT_BYTES] = {7, 7, 7};

/* One canonical example of every kind. */
static const char *const examples[] = {
    "{\"country\":\"GB\",\"format\":1,\"kind\":\"init\",\"origin\":\"log.union.example\",\"practice\":false," TIME "}",
    "{\"categories\":[\"contact\",\"identity\"],\"job\":\"handover-4\",\"kind\":\"warrant\",\"number\":1200,"
    "\"purpose\":\"handover\",\"set\":\"" HASH "\"," TIME ",\"until\":\"2021-10-30T14:05:00Z\"}",
    "{\"added\":\"<10\",\"file\":\"" HASH "\",\"gone\":\"<10\",\"kind\":\"import\",\"mode\":\"full\",\"read\":52000,"
    "\"source\":\"crm\"," TIME ",\"unchanged\":51000,\"updated\":996}",
    "{\"action\":\"add\",\"category\":\"contact\",\"doc\":\"" HASH "\",\"field\":\"email\",\"kind\":\"field\"," TIME ",\"type\":\"email\"}",
    "{\"action\":\"edit\",\"doc\":\"" HASH "\",\"kind\":\"purpose\",\"purpose\":\"ballot\"," TIME "}",
    "{\"action\":\"link\",\"doc\":\"" HASH "\",\"kind\":\"recipient\",\"recipient\":\"tally-ho\"," TIME "}",
    "{\"action\":\"give\",\"kind\":\"consent\",\"number\":10,\"purpose\":\"news\"," TIME "}",
    "{\"action\":\"withdraw\",\"kind\":\"consent\",\"number\":\"<10\",\"purpose\":\"news\",\"recipient\":\"tally-"
    "ho\"," TIME "}",
    "{\"action\":\"add\",\"kind\":\"objection\",\"number\":\"<10\",\"purpose\":\"news\"," TIME "}",
    "{\"action\":\"set\",\"doc\":\"" HASH "\",\"kind\":\"rule\",\"months\":24,\"rule\":\"left\"," TIME "}",
    "{\"action\":\"not-believed\",\"doc\":\"" HASH "\",\"handovers\":[\"H1\",\"H12\"],\"kind\":\"certificate\"," TIME
    "}",
    "{\"cells\":4,\"epoch\":0,\"kind\":\"state\",\"root\":\"" HASH "\"," TIME "}",
    "{\"kind\":\"backup\",\"root\":\"" HASH "\",\"size\":900," TIME "}",
    "{\"kind\":\"restore\",\"size\":0," TIME "}",
    "{\"kind\":\"erasure\",\"number\":\"<10\"," TIME "}",
    "{\"epoch\":9007199254740991,\"kind\":\"destroyed\"," TIME "}",
    "{\"hash\":\"" HASH "\",\"kind\":\"sealed\"," TIME "}",
    "{\"body\":{\"action\":\"draft\",\"doc\":\"" HASH "\",\"incident\":\"I1\",\"kind\":\"report\"," TIME
    ",\"to\":\"ico\"},"
    "\"index\":12,\"kind\":\"release\",\"salt\":\"" HASH "\"," TIME "}",
    "{\"doc\":\"" HASH "\",\"kind\":\"contact\"," TIME "}",
    "{\"action\":\"unmerge\",\"kind\":\"merge\"," TIME "}",
    "{\"docs\":[\"" HASH "\",\"" HASH "\"],\"kind\":\"documents\"," TIME "}",
};

static const char *const bodies[] = {
    "{\"commitment\":\"" HEX16 "\",\"doc\":\"" HASH "\",\"evidence\":\"exact\",\"fields\":[\"email\",\"name\"],"
    "\"file_only\":\"<10\",\"handover_kind\":\"their-list\",\"id\":\"H12\",\"kind\":\"handover\",\"people\":5100,"
    "\"purpose\":\"ballot\",\"recipient\":\"tally-ho\",\"sent\":{\"earliest\":\"unknown\",\"latest\":\"2018-03-02T23:59:"
    "59Z\"},"
    "\"set\":\"" HASH "\"," TIME "}",
    "{\"action\":\"open\",\"aware\":\"2021-10-29T14:05:00Z\",\"company_aware\":\"unknown\",\"doc\":\"" HASH
    "\",\"id\":\"I3\","
    "\"kind\":\"incident\",\"recipients\":[\"tally-ho\"]," TIME "}",
    "{\"affected\":5100,\"doc\":\"" HASH "\",\"evidence\":{\"exact\":5000,\"listed\":100,\"rebuilt\":\"<10\"},\"former\":100,"
    "\"handovers\":[\"H12\"],\"incident\":\"I3\",\"kind\":\"scope\",\"members\":5000,\"other\":\"<10\",\"set\":\"" HASH
    "\"," TIME ",\"version\":1}",
    "{\"action\":\"done\",\"accepted\":5000,\"doc\":\"" HASH "\",\"former\":{\"first\":\"2021-11-03T10:00:00Z\","
    "\"last\":\"2021-11-03T10:20:00Z\"},\"incident\":\"I3\",\"kind\":\"letter\",\"round\":1," TIME "}",
    "{\"action\":\"draft\",\"doc\":\"" HASH "\",\"incident\":\"I1\",\"kind\":\"report\"," TIME ",\"to\":\"ico\"}",
    "{\"action\":\"open\",\"id\":\"R7\",\"kind\":\"request\",\"received\":\"2021-11-04T09:00:00Z\"," TIME
    ",\"type\":\"access\"}",
    "{\"action\":\"place\",\"incident\":\"I3\",\"kind\":\"legal-hold\",\"number\":100," TIME "}",
};

static json_t *read_json(const char *text)
{
    json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(j);
    return j;
}

static void assert_canonical(const char *text, bool sealed)
{
    /* Letters are written here with "action" before "accepted", to see them sorted. */
    json_t *j = read_json(text), *again = NULL;
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
    CLEANUP(buf_free) struct buf other = BUF(LIMIT_ENTRY_BYTES);
    assert_ok(entry_check(j));
    assert_ok(sealed ? entry_encode_body(j, &b) : entry_encode(j, &b));
    if (!strstr(text, "\"letter\""))
        assert_string_equal(buf_text(&b), text);
    assert_ok(sealed ? entry_parse_body(buf_view(&b), &again) : entry_parse(buf_view(&b), &again));
    assert_true(json_equal(j, again));
    assert_err(ERR_INVALID, sealed ? entry_encode(j, &other) : entry_encode_body(j, &other));
    json_t *none = NULL;
    assert_err(ERR_INVALID, sealed ? entry_parse(buf_view(&b), &none) : entry_parse_body(buf_view(&b), &none));
    assert_null(none);
    json_decref(again);
    json_decref(j);
}

static void every_kind_is_written_in_its_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        assert_canonical(examples[i], false);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_canonical(bodies[i], true);
}

static bool has_example(const struct entry_kind *kind)
{
    char name[64];
    snprintf(name, sizeof name, "\"kind\":\"%s\"", kind->name);
    const char *const *all = kind->sealed ? bodies : examples;
    size_t count = kind->sealed ? sizeof bodies / sizeof bodies[0] : sizeof examples / sizeof examples[0];
    for (size_t i = 0; i < count; i++) {
        if (strstr(all[i], name))
            return true;
    }
    return false;
}

static void the_table_is_in_order(void **state)
{
    (void)state;
    const struct entry_kind *kind;
    for (size_t i = 0; (kind = entry_kind_at(i)); i++) {
        assert_ptr_equal(entry_kind_find(kind->name), kind);
        assert_true(has_example(kind));
        assert_true(entry_id_ok(view_text(kind->name)));
        assert_int_equal(entry_is_sealed_kind(kind->name), kind->sealed);
        for (const struct entry_rule *r = kind->rules; r->key; r++) {
            assert_true(strcmp(r->key, "kind") != 0 && strcmp(r->key, "time") != 0);
            assert_int_equal(r->words != NULL, r->type == ENTRY_WORD);
            assert_int_equal(r->inside != NULL, r->type == ENTRY_OBJECT);
            assert_true(r->type != ENTRY_BODY || !kind->sealed);
            for (const struct entry_rule *in = r->inside; in && in->key; in++)
                assert_true(in->type != ENTRY_OBJECT && in->type != ENTRY_BODY && in->type != ENTRY_WORD);
        }
    }
    assert_null(entry_kind_find("nothing"));
    assert_false(entry_is_sealed_kind("nothing"));
}

/* Takes away each key, adds an unknown one, and puts free text in each place: all are refused. */
static void nothing_but_the_schema_passes(void **state)
{
    (void)state;
    static const char *const optional[] = {"recipient", "incident", "accepted", "former"};
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        json_t *whole = read_json(examples[i]), *value;
        const char *key;
        json_object_foreach(whole, key, value)
        {
            json_t *copy = json_deep_copy(whole);
            json_object_set_new(copy, key, json_string("Dear member, sorry."));
            assert_err(ERR_INVALID, entry_check(copy));
            json_object_set_new(copy, key, json_real(12.5));
            assert_err(ERR_INVALID, entry_check(copy));
            json_object_set_new(copy, key, json_null());
            assert_err(ERR_INVALID, entry_check(copy));
            json_object_set_new(copy, key, json_object());
            assert_err(ERR_INVALID, entry_check(copy));
            json_object_set_new(copy, key, json_stringn("a\0b", 3));
            assert_err(ERR_INVALID, entry_check(copy));
            json_object_del(copy, key);
            bool may_miss = false;
            for (size_t k = 0; k < sizeof optional / sizeof optional[0]; k++)
                may_miss |= strcmp(key, optional[k]) == 0;
            if (!may_miss)
                assert_err(ERR_INVALID, entry_check(copy));
            json_decref(copy);
        }
        json_object_set_new(whole, "note", json_string("x"));
        assert_err(ERR_INVALID, entry_check(whole));
        json_decref(whole);
    }
    json_t *list = json_array();
    assert_err(ERR_INVALID, entry_check(list));
    assert_err(ERR_INVALID, entry_check(NULL));
    json_decref(list);
}

static void messages_name_the_key_and_not_the_value(void **state)
{
    (void)state;
    json_t *j = read_json(examples[4]);
    json_object_set_new(j, "purpose", json_string("Mrs Example"));
    assert_err(ERR_INVALID, entry_check(j));
    assert_non_null(strstr(err_text()->what, "purpose"));
    assert_null(strstr(err_text()->what, "Mrs"));
    json_object_set_new(j, "purpose", json_string("ballot"));
    json_object_set_new(j, "Mrs Example", json_string("ballot"));
    assert_err(ERR_INVALID, entry_check(j));
    assert_null(strstr(err_text()->what, "Mrs"));
    json_decref(j);
}

struct value_case {
    const char *key, *json;
    bool good;
};

/* Replaces a key of an example. */
static void assert_values(const char *example, const struct value_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *j = read_json(example);
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        json_object_set_new(j, cases[i].key, value);
        if ((entry_check(j).kind == ERR_OK) != cases[i].good)
            fail_msg("%s: %s", cases[i].key, cases[i].json);
        json_decref(j);
    }
}

static void values_have_closed_forms(void **state)
{
    (void)state;
    static const struct value_case consent[] = {
        {"number", "\"<10\"", true},
        {"number", "10", true},
        {"number", "9", false},
        {"number", "0", false},
        {"number", "-10", false},
        {"number", "10.0", false},
        {"number", "\"10\"", false},
        {"number", "\"< 10\"", false},
        {"number", "true", false},
        {"number", "9007199254740991", true},
        {"number", "9007199254740992", false},
        {"action", "\"give\"", true},
        {"action", "\"Give\"", false},
        {"action", "\"\"", false},
        {"time", "\"2024-02-29T00:00:00Z\"", true},
        {"time", "\"2023-02-29T00:00:00Z\"", false},
        {"time", "\"2021-10-29T14:05:00z\"", false},
        {"time", "\"2021-10-29 14:05:00Z\"", false},
        {"time", "\"2021-10-29T14:05:00+00:00\"", false},
        {"time", "\"2021-10-29T14:05Z\"", false},
        {"time", "\"2021-10-29T24:00:00Z\"", false},
        {"time", "\"unknown\"", false},
        {"time", "\"2021-10-29T14:05:60Z\"", false},
        {"time", "1635516300", false},
        {"time", "\"2021-10-29T14:05:00.5Z\"", false},
        {"purpose", "\"a\"", true},
        {"purpose", "\"a.b_c-9\"", true},
        {"purpose", "\"H12\"", true},
        {"purpose", "\"H0\"", false},
        {"purpose", "\"H01\"", false},
        {"purpose", "\"H\"", false},
        {"purpose", "\"HH1\"", false},
        {"purpose", "\"H1234567890\"", false},
        {"purpose", "\"-a\"", false},
        {"purpose", "\"a b\"", false},
        {"purpose", "\"caf\\u00e9\"", false},
        {"purpose", "\"A\"", false},
        {"purpose", "\"a\\nb\"", false},
        {"purpose", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", true},
        {"purpose", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", false},
    };
    assert_values(examples[6], consent, sizeof consent / sizeof consent[0]);
    static const struct value_case state_entry[] = {
        {"cells", "0", true},
        {"cells", "-1", false},
        {"cells", "\"<10\"", false},
        {"root", "\"00\"", false},
        {"root", "\"" HASH "0\"", false},
        {"root", "\"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\"", false},
    };
    assert_values(examples[11], state_entry, sizeof state_entry / sizeof state_entry[0]);
    static const struct value_case init[] = {
        {"country", "\"gb\"", false}, {"country", "\"GBR\"", false},      {"practice", "1", false},
        {"practice", "true", true},   {"origin", "\"https://a\"", false}, {"origin", "\"practice.a.example/log\"", true},
    };
    assert_values(examples[0], init, sizeof init / sizeof init[0]);
    static const struct value_case handover[] = {
        {"sent", "{\"earliest\":\"unknown\",\"latest\":\"unknown\"}", true},
        {"sent", "{\"earliest\":\"unknown\"}", false},
        {"sent", "{\"earliest\":\"unknown\",\"latest\":\"soon\"}", false},
        {"sent", "{\"earliest\":\"unknown\",\"latest\":\"unknown\",\"note\":\"x\"}", false},
        {"sent", "[]", false},
        {"fields", "[]", true},
        {"fields", "[\"a\",\"b c\"]", false},
        {"fields", "[[\"a\"]]", false},
        {"fields", "\"a\"", false},
        {"commitment", "\"" HASH "\"", false},
    };
    assert_values(bodies[0], handover, sizeof handover / sizeof handover[0]);
    static const struct value_case release[] = {
        {"body", "{}", false},
        {"body", "{\"kind\":\"erasure\",\"number\":\"<10\"," TIME "}", false},
        {"body", "{\"kind\":\"release\"," TIME "}", false},
        {"body", "{\"kind\":\"report\"," TIME "}", false},
        {"body", "[]", false},
    };
    assert_values(examples[17], release, sizeof release / sizeof release[0]);
}

static void lists_and_entries_have_limits(void **state)
{
    (void)state;
    json_t *j = read_json(bodies[2]), *list = json_array();
    char id[65];
    for (unsigned i = 0; i < LIMIT_ENTRY_LIST; i++) {
        snprintf(id, sizeof id, "%064u", i);
        json_array_append_new(list, json_string(id));
    }
    json_object_set(j, "handovers", list);
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
    CLEANUP(buf_free) struct buf released = BUF(LIMIT_ENTRY_BYTES);
    assert_ok(entry_encode_body(j, &b));
    assert_ok(entry_release(0, j, salt, 0, &released));
    json_array_append_new(list, json_string("a"));
    assert_err(ERR_INVALID, entry_check(j));
    json_decref(list);
    json_decref(j);
    memset(buf_space(&b, LIMIT_ENTRY_BYTES - b.len), ' ', 1);
    json_t *none = NULL;
    assert_err(ERR_LIMIT, entry_parse_body(view_of(b.p, LIMIT_ENTRY_BODY_BYTES + 1), &none));
}

static void other_forms_of_the_same_are_not_read(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"kind\":\"restore\",\"size\":0," TIME "} ",
        " {\"kind\":\"restore\",\"size\":0," TIME "}",
        "{\"kind\": \"restore\",\"size\":0," TIME "}",
        "{\"size\":0,\"kind\":\"restore\"," TIME "}",
        "{\"kind\":\"restore\",\"size\":0,\"size\":0," TIME "}",
        "{\"kind\":\"restore\",\"size\":-0," TIME "}",
        "{\"kind\":\"restore\",\"size\":0.0," TIME "}",
        "{\"kind\":\"rest\\u006fre\",\"size\":0," TIME "}",
        "{\"kind\":\"restore\",\"size\":0," TIME "}{}",
        "{\"kind\":\"restore\",\"size\":0," TIME ",",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *j = NULL;
        if (entry_parse(view_text(bad[i]), &j).kind != ERR_INVALID)
            fail_msg("%s", bad[i]);
        assert_null(j);
    }
}

static void what_is_sealed_opens_with_its_salt_and_body_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        json_t *body = read_json(bodies[i]);
        CLEANUP(buf_free) struct buf canonical = BUF(LIMIT_ENTRY_BODY_BYTES);
        CLEANUP(buf_free) struct buf sealed = BUF(LIMIT_ENTRY_BYTES);
        CLEANUP(buf_free) struct buf released = BUF(LIMIT_ENTRY_BYTES);
        assert_ok(entry_encode_body(body, &canonical));
        assert_ok(entry_seal(body, salt, 1635516300, &sealed));
        struct hash h = entry_text_hash(salt, buf_view(&canonical));
        CLEANUP(buf_free) struct buf expected = BUF(LIMIT_ENTRY_BYTES);
        buf_str(&expected, "{\"hash\":\"");
        buf_hex(&expected, hash_view(&h));
        buf_str(&expected, "\",\"kind\":\"sealed\",\"time\":\"2021-10-29T14:05:00Z\"}");
        assert_string_equal(buf_text(&sealed), buf_text(&expected));

        assert_true(entry_opens(buf_view(&sealed), salt, buf_view(&canonical)));
        uint8_t other[ENTRY_SALT_BYTES] = {7, 7, 8};
        assert_false(entry_opens(buf_view(&sealed), other, buf_view(&canonical)));
        size_t k = (i + 1) % (sizeof bodies / sizeof bodies[0]);
        assert_false(entry_opens(buf_view(&sealed), salt, view_text(bodies[k])));
        assert_false(entry_opens(buf_view(&canonical), salt, buf_view(&canonical)));

        assert_ok(entry_release(12, body, salt, 1635516300, &released));
        json_t *release = NULL;
        assert_ok(entry_parse(buf_view(&released), &release));
        assert_true(json_equal(json_object_get(release, "body"), body));
        uint8_t released_salt[ENTRY_SALT_BYTES];
        assert_true(hex_decode(released_salt, sizeof released_salt,
                               view_text(json_string_value(json_object_get(release, "salt")))));
        assert_memory_equal(released_salt, salt, sizeof salt);
        json_decref(release);
        json_decref(body);
    }
    json_t *clear = read_json(examples[0]);
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
    assert_err(ERR_INVALID, entry_seal(clear, salt, 0, &b));
    assert_err(ERR_INVALID, entry_release(0, clear, salt, 0, &b));
    assert_int_equal(b.len, 0);
    json_decref(clear);
}

/* Fails one allocation after the other: no memory is what is said, or it was done. */
static void lack_of_memory_is_told(void **state)
{
    (void)state;
    json_t *body = read_json(bodies[2]);
    enum err_kind kind = ERR_NOMEM;
    uint64_t n = 0;
    while (kind != ERR_OK) {
        CLEANUP(buf_free) struct buf b = BUF(LIMIT_ENTRY_BYTES);
        mem_fail_at(++n, false);
        kind = entry_release(3, body, salt, 1635516300, &b).kind;
        if (kind == ERR_OK)
            kind = entry_seal(body, salt, 1635516300, &b).kind;
        mem_fail_at(0, false);
        assert_true(kind == ERR_OK || kind == ERR_NOMEM);
    }
    assert_true(n > 5);
    json_decref(body);
}

static void small_counts_are_hidden(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 30; n++) {
        json_t *j = entry_count(n);
        if (n < 10)
            assert_string_equal(json_string_value(j), "<10");
        else
            assert_int_equal(json_integer_value(j), n);
        json_decref(j);
    }
    json_t *time = entry_time(951782400);
    assert_string_equal(json_string_value(time), "2000-02-29T00:00:00Z");
    json_decref(time);
}

/* SHA-256 of 32 zero bytes and "abc", by sha256sum. */
static void typed_text_stands_as_its_salted_hash(void **state)
{
    (void)state;
    static const uint8_t zeroes[ENTRY_SALT_BYTES];
    struct hash h = entry_text_hash(zeroes, view_text("abc"));
    json_t *j = entry_hash(&h);
    assert_string_equal(json_string_value(j), "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370");
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_written_in_its_one_form),
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(nothing_but_the_schema_passes),
        cmocka_unit_test(messages_name_the_key_and_not_the_value),
        cmocka_unit_test(values_have_closed_forms),
        cmocka_unit_test(lists_and_entries_have_limits),
        cmocka_unit_test(other_forms_of_the_same_are_not_read),
        cmocka_unit_test(what_is_sealed_opens_with_its_salt_and_body_only),
        cmocka_unit_test(lack_of_memory_is_told),
        cmocka_unit_test(small_counts_are_hidden),
        cmocka_unit_test(typed_text_stands_as_its_salted_hash),
    };
    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
