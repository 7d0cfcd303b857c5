/* counters_parse(): a counters file has one form, so what is read is what is written, line by line in the writer's order; and what was
 * reserved counts as used. */
#include "counters.h"

#include "buf.h"

#include <string.h>

static void check(const struct counters *c)
{
    for (size_t i = 0; i < COUNTERS_USERS; i++)
        CHECK(c->users[i].used == c->users[i].reserved);
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++)
        CHECK(c->warrants[i].used == c->warrants[i].reserved);
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++) {
        const struct counters_credit *k = &c->credits[i];
        struct hash leaf = merkle_leaf(view_of(k->entry, k->len));
        CHECK(!k->there || (k->len > 0 && k->len <= LIMIT_CREDIT_BYTES && hash_equal(&leaf, &k->leaf)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct counters c, again;
    memset(&c, 0, sizeof c);
    memset(&again, 0, sizeof again);
    err e = counters_parse(&c, view_of(data, size));
    CHECK(e.kind == ERR_OK || e.kind == ERR_CORRUPT);
    if (e.kind != ERR_OK)
        return 0;
    check(&c);
    CLEANUP(buf_free) struct buf once = BUF(1 << 20), twice = BUF(1 << 20);
    counters_put(&c, &once);
    CHECK(counters_parse(&again, buf_view(&once)).kind == ERR_OK);
    counters_put(&again, &twice);
    CHECK(view_equal(buf_view(&once), buf_view(&twice)));
    CHECK(once.len <= size && counters_credits(&c) == counters_credits(&again));
    return 0;
}
