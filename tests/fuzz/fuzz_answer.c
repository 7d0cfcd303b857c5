/* Target: answer_open().  What comes back is an error that an answer may have, or the body behind its two bytes. */
#include "protocol.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd body = {0};
    uint8_t alarm = 0;
    err e = answer_open(view_of(data, size), &alarm, &body);
    need((unsigned)e.kind < ERR_KIND_COUNT);
    if (e.kind == ERR_OK) {
        need(size >= 2 && data[0] == 0 && body.p == data + 2 && body.len == size - 2 && alarm == data[1]);
        return 0;
    }
    need(size == 0 || data[0] == (uint8_t)e.kind || e.kind == ERR_IO);
    /* An error of ours comes back as it went out. */
    CLEANUP(buf_free) struct buf again = BUF(8192);
    answer_put_error(&again, e);
    struct rd none;
    need(buf_ok(&again).kind == ERR_OK && answer_open(buf_view(&again), NULL, &none).kind == e.kind);
    return 0;
}
