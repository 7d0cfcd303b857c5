/* The quick look at an entry's form, against the slow one. */
#include "testing.h"

#include "entry.h"
#include "publish_int.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TIME ",\"time\":\"2024-02-29T23:59:59Z\""
static const char *const samples[] = {
    "{\"country\":\"GB\",\"format\":1,\"kind\":\"init\",\"origin\":\"log.union.example:8443/"
    "a_b\",\"practice\":false" TIME "}",
    "{\"categories\":[\"contact\",\"H12\"],\"job\":\"j1\",\"kind\":\"warrant\",\"number\":1234,\"purpose\":\"p\","
    "\"set\":\"" HEX "\"" TIME ",\"until\":\"2024-03-01T00:00:00Z\"}",
    "{\"added\":12,\"file\":\"" HEX
    "\",\"gone\":\"<10\",\"kind\":\"import\",\"mode\":\"part\",\"read\":1000,\"source\":\"civicrm\"" TIME
    ",\"unchanged\":988,\"updated\":\"<10\"}",
    "{\"action\":\"give\",\"kind\":\"consent\",\"number\":\"<10\",\"purpose\":\"x-1\",\"recipient\":\"r.2\"" TIME "}",
    "{\"action\":\"give\",\"kind\":\"consent\",\"number\":10,\"purpose\":\"x-1\"" TIME "}",
    "{\"action\":\"believed\",\"doc\":\"" HEX "\",\"handovers\":[],\"kind\":\"certificate\"" TIME "}",
    "{\"cells\":0,\"epoch\":123456789012345,\"kind\":\"state\",\"root\":\"" HEX "\"" TIME "}",
    "{\"hash\":\"" HEX "\",\"kind\":\"sealed\"" TIME "}",
    "{\"docs\":[\"" HEX "\",\"" HEX "\"],\"kind\":\"documents\"" TIME "}",
};

static bool is_entry(struct view bytes)
{
    json_t *j = NULL;
    bool good = entry_parse(bytes, &j).kind == ERR_OK;
    if (good)
        json_decref(j);
    return good;
}

static void the_quick_look_takes_what_the_slow_one_takes_and_nothing_more(void **state)
{
    (void)state;
    static const uint8_t with[] = "\0\"\\ ,:{}[]019azAZ<-./\x80";
    unsigned taken = 0;
    for (size_t s = 0; s < sizeof samples / sizeof samples[0]; s++) {
        struct view v = view_text(samples[s]);
        if (!is_entry(v) || !publish_scan(v))
            fail_msg("sample %zu", s);
        uint8_t changed[1024];
        for (size_t at = 0; at <= v.len; at++) {
            for (size_t k = 0; k < 3 * (sizeof with - 1); k++) {
                size_t skip = k % 3,
                       left = at + skip <= v.len ? v.len - at - skip : 0; /* insert, replace, replace two */
                memcpy(changed, v.p, at);
                changed[at] = with[k / 3];
                memcpy(changed + at + 1, v.p + (v.len - left), left);
                struct view bytes = view_of(changed, at + 1 + left);
                bool quick = publish_scan(bytes) != NULL;
                taken += quick;
                if (quick && !is_entry(bytes))
                    fail_msg("sample %zu at %zu: %.*s", s, at, (int)bytes.len, (const char *)bytes.p);
            }
        }
        for (size_t len = 0; len < v.len; len++)
            assert_null(publish_scan(view_of(v.p, len)));
    }
    assert_true(taken > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quick_look_takes_what_the_slow_one_takes_and_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
