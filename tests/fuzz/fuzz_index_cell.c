/* Target: cell_index_decode().  Written again it is the same bytes; a token belongs to the cell exactly if it has its prefix. */
#include "cell.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cell_index c;
    err e = cell_index_decode(view_of(data, size), &c);
    need(e.kind == ERR_OK || e.kind == ERR_CORRUPT);
    if (e.kind != ERR_OK)
        return 0;
    CLEANUP(buf_free) struct buf again = BUF(size + 64);
    cell_index_head(&again, &c);
    for (uint32_t i = 0; i < c.count; i++) {
        struct cell_token t = cell_token_at(&c, i);
        uint64_t start = cell_token_start(t.token), width = (uint64_t)1 << (32 - c.depth);
        need(cell_index_covers(&c, t.token) == (start >= c.prefix && start < c.prefix + width));
        cell_token_put(&again, &t);
    }
    need(view_equal(buf_view(&again), view_of(data, size)));
    return 0;
}
