/* conf_parse(): what is accepted has all that is needed, and says the same when it is written again. */
#include "conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct conf c, again;
    err e = conf_parse("candour.conf", view_of(data, size), &c);
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID);
    if (e.kind != ERR_OK)
        return 0;
    CHECK(c.slot_count > 0 && c.slot_count <= SLOT_SHARES_MAX && c.zone[0]);
    for (size_t i = 0; i < c.slot_count; i++)
        CHECK(c.slots[i][0] && !strchr(c.slots[i], '\n'));
    CLEANUP(buf_free) struct buf once = BUF(1 << 20), twice = BUF(1 << 20);
    conf_put(&c, &once);
    CHECK(conf_parse("candour.conf", buf_view(&once), &again).kind == ERR_OK);
    conf_put(&again, &twice);
    CHECK(buf_ok(&twice).kind == ERR_OK && view_equal(buf_view(&once), buf_view(&twice)));
    CHECK(memcmp(&c, &again, sizeof c) == 0);
    return 0;
}
