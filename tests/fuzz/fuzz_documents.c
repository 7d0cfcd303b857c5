/* Stored documents of recipients: recipient_from_json(), handover_from_json(), handover_certificate_from_json(); and what is typed of
 * them: agekey_ok(), recipient_parse_days().  What is accepted is the same after it was written and read again. */
#include "agekey.h"
#include "handover_int.h"
#include "jsonio.h"

#include <string.h>

enum { MOST = 1 << 20 };

typedef err decode_again(struct arena *a, const json_t *j, json_t **ret);

static err recipient_again(struct arena *a, const json_t *j, json_t **ret)
{
    struct recipient r;
    TRY(recipient_from_json(a, j, &r));
    CHECK(r.class_ < RECIPIENT_CLASS_COUNT);
    err_ignore(recipient_check(&r), "any answer will do");
    return recipient_to_json(&r, ret);
}

static err handover_again(struct arena *a, const json_t *j, json_t **ret)
{
    struct handover h;
    TRY(handover_from_json(a, j, &h));
    CHECK(h.kind < HANDOVER_KINDS && h.evidence < HANDOVER_EVIDENCES);
    (void)handover_sent_latest(&h);
    return handover_to_json(&h, ret);
}

static err certificate_again(struct arena *a, const json_t *j, json_t **ret)
{
    struct handover_certificate c;
    TRY(handover_certificate_from_json(a, j, &c));
    *ret = handover_certificate_to_json(&c);
    CHECK(*ret);
    return OK;
}

static void check(struct arena *a, const json_t *j, decode_again *decode)
{
    CLEANUP(jsonio_release) json_t *once = NULL;
    CLEANUP(jsonio_release) json_t *twice = NULL;
    if (decode(a, j, &once).kind != ERR_OK)
        return;
    CHECK(decode(a, once, &twice).kind == ERR_OK && json_equal(once, twice));
}

static void check_words(const char *words)
{
    uint32_t days;
    if (recipient_parse_days(words, &days).kind == ERR_OK)
        CHECK(days > 0);
    CHECK(!agekey_ok(words) || strncmp(words, "age1", 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(jsonio_release) json_t *j = NULL;
    const char *words = a ? arena_text(a, (const char *)data, size) : NULL;
    CHECK(words);
    check_words(words);
    if (jsonio_load(view_of(data, size), MOST, &j).kind != ERR_OK)
        return 0;
    check(a, j, recipient_again);
    check(a, j, handover_again);
    check(a, j, certificate_again);
    return 0;
}
