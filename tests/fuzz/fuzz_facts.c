/* facts_decode(): what it accepts it gives back byte for byte, and every conclusion can be drawn from it. */
#include "facts.h"
#include "mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf b = BUF(1 << 20);
    struct facts f;
    if (!a || facts_decode(a, view_of(data, size), &f).kind != ERR_OK)
        return 0;
    CHECK(facts_encode(&f, &b).kind == ERR_OK);
    CHECK(view_equal(buf_view(&b), view_of(data, size)));
    for (int32_t day = -100000; day < 100000; day += 7919) {
        int64_t at = (int64_t)day * 86400;
        enum person_status status = facts_status(&f, at, day);
        CHECK(status > STATUS_NONE && status < STATUS_COUNT);
        int32_t left = facts_left(&f, NULL, at, day);
        CHECK(left == DAY_UNKNOWN || (status == STATUS_FORMER && left <= day));
        struct end_date end = facts_end(&f, end_rule_default(0), end_rule_default_count(), CATEGORY_CONTACT, NULL, at, day);
        CHECK(end.rule || !facts_past_end(&f, end_rule_default(0), end_rule_default_count(), CATEGORY_CONTACT, NULL, at, day));
        (void)facts_deceased(&f, day);
        (void)facts_under_18(&f, day);
    }
    return 0;
}
