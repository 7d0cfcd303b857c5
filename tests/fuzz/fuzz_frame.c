/* frame_receive(): whatever comes through a socket, the bodies that it gives are those that stand there, single empty ones left out, and
 * what is no whole frame is an error. */
#include "protocol.h"

#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 16 }; /* more than an input has; less than LIMIT_FRAME_BYTES, which is slow to make room for */

static void send_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);
        CHECK(n > 0);
        data += n;
        size -= (size_t)n;
    }
    CHECK(shutdown(fd, SHUT_WR) == 0);
}

/* The next body that is not empty; false: none stands there whole.  `ret_hurried`: empty frames faster than an answer is held back by. */
static bool next_body(struct rd *r, struct view *ret, bool *ret_hurried)
{
    unsigned empty = 0;
    for (*ret = rd_block(r); rd_ok(r) && ret->len == 0; *ret = rd_block(r))
        empty++;
    *ret_hurried = empty > 1;
    return rd_ok(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    if (size > 1 << 15)
        return 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    send_all(ends[0], data, size);
    CLEANUP(buf_free) struct buf body = BUF(ROOM);
    struct rd r = rd_of(view_of(data, size));
    err e;
    do {
        struct view wanted;
        bool hurried, there = next_body(&r, &wanted, &hurried);
        e = frame_receive(ends[1], &body);
        CHECK(e.kind == ERR_OK ? there : (hurried || !there) && (e.kind == ERR_IO || e.kind == ERR_LIMIT));
        CHECK(e.kind != ERR_OK || view_equal(buf_view(&body), wanted));
    } while (e.kind == ERR_OK);
    close(ends[0]);
    close(ends[1]);
    return 0;
}
