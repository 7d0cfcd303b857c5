/* Target: set_walk_begin(), set_walk_next(), set_writer_put().  What is walked to its end and written says the same when it is walked again. */
#include "setbytes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
    if (!condition)
        abort();
}

/* Whether the bytes are a set; written again into `to`. */
static bool write_again(struct view bytes, struct buf *to)
{
    static uint64_t bits[SET_PIECE_WORDS];
    CLEANUP(set_writer_free) struct set_writer out;
    struct set_walk w;
    set_writer_begin(&out);
    for (set_walk_begin(&w, bytes); w.left > 0; set_walk_next(&w)) {
        memset(bits, 0, sizeof bits);
        set_piece_add(&w.now, bits);
        set_writer_put(&out, w.now.key, bits);
        set_piece_take(&w.now, bits);
        for (size_t i = 0; i < SET_PIECE_WORDS; i++)
            need(bits[i] == 0);
    }
    need(set_writer_end(&out, to).kind == ERR_OK);
    return !w.bad;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_free) struct buf once = BUF(1 << 26), twice = BUF(1 << 26);
    if (size > 1 << 16 || !write_again(view_of(data, size), &once))
        return 0;
    need(write_again(buf_view(&once), &twice));
    need(view_equal(buf_view(&once), buf_view(&twice)));
    return 0;
}
