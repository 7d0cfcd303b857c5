#include "protocol.h"

#include "limits.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static err gone(void)
{
    return err_new(ERR_IO, "The keeper (or the signer) ended in the middle of an answer.",
                   "Run the command again; nothing that was acknowledged is lost.");
}

err answer_silent(void)
{
    return err_new(ERR_IO, "The keeper (or the signer) runs but does not answer.",
                   "Run the command again; if it happens twice, end the processes 'candour keeper' and 'candour signer' and try again.");
}

int64_t frame_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t patience(void)
{
    return frame_now_ms() + LIMIT_KEEPER_ANSWER_SECONDS * 1000;
}

/* Until the socket can go on, or it is too late. */
static err wait_for(int fd, short events, int64_t until_ms)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left = until_ms - frame_now_ms();
        ENSURE(left > 0, answer_silent());
        int n = poll(&p, 1, (int)left);
        if (n > 0)
            return OK;
        ENSURE(n == 0 || errno == EINTR, err_system("wait for the keeper"));
    }
}

static bool must_wait(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Length and body leave together: a length alone would wake the other side for nothing. */
static err send_both(int fd, struct iovec *part, size_t parts, int64_t until_ms)
{
    while (parts) {
        struct msghdr message = {.msg_iov = part, .msg_iovlen = parts};
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (must_wait(n)) {
            TRY(wait_for(fd, POLLOUT, until_ms));
            continue;
        }
        ENSURE(n > 0, gone());
        size_t sent = (size_t)n;
        for (; parts && sent >= part->iov_len; part++, parts--)
            sent -= part->iov_len;
        if (parts) {
            part->iov_base = (uint8_t *)part->iov_base + sent;
            part->iov_len -= sent;
        }
    }
    return OK;
}

static err receive_all(int fd, uint8_t *p, size_t len, int64_t until_ms)
{
    while (len) {
        ssize_t n = recv(fd, p, len, MSG_DONTWAIT);
        if (must_wait(n)) {
            TRY(wait_for(fd, POLLIN, until_ms));
            continue;
        }
        ENSURE(n > 0, gone());
        p += n;
        len -= (size_t)n;
    }
    return OK;
}

err frame_send(int fd, struct view body)
{
    ENSURE(body.len <= LIMIT_FRAME_BYTES, err_new(ERR_LIMIT, "A request to the keeper is too large.", "Report this mistake."));
    uint8_t head[4] = {(uint8_t)(body.len >> 24), (uint8_t)(body.len >> 16), (uint8_t)(body.len >> 8), (uint8_t)body.len};
    struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)body.p, body.len}};
    return send_both(fd, parts, 2, patience());
}

err frame_receive(int fd, struct buf *to)
{
    int64_t began = frame_now_ms(), until;
    size_t len;
    for (int64_t beats = 0;; beats++) { /* an empty frame: the answer is held back, and coming */
        uint8_t head[4];
        until = patience();
        TRY(receive_all(fd, head, sizeof head, until));
        len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        if (len)
            break;
        int64_t seconds = (frame_now_ms() - began) / 1000;
        ENSURE(beats <= seconds && seconds < LIMIT_KEEPER_HELD_SECONDS, answer_broken());
    }
    ENSURE(len <= LIMIT_FRAME_BYTES, answer_broken());
    buf_clear(to);
    uint8_t *space = buf_space(to, len);
    TRY(buf_ok(to));
    return receive_all(fd, space, len, until);
}

void answer_put_error(struct buf *to, err e)
{
    const struct err_text *text = err_text();
    buf_u8(to, (uint8_t)e.kind);
    buf_block(to, view_text(text->what));
    buf_block(to, view_text(text->todo));
    buf_block(to, view_text(text->where));
}

err answer_broken(void)
{
    return err_new(ERR_IO, "The keeper (or the signer) gave an answer that makes no sense.",
                   "Use the same version of candour everywhere on this machine, then run the command again.");
}

err answer_open(struct view frame, uint8_t *alarms, struct rd *ret)
{
    struct rd r = rd_of(frame);
    uint8_t kind = rd_u8(&r);
    ENSURE(rd_ok(&r) && kind < ERR_KIND_COUNT, answer_broken());
    if (kind != ERR_OK) {
        struct view what = rd_block(&r), todo = rd_block(&r), place = rd_block(&r);
        char where[sizeof err_text()->where];
        ENSURE(rd_done(&r) && place.len < sizeof where, answer_broken());
        err e = err_said((enum err_kind)kind, what.p, what.len, todo.p, todo.len);
        if (place.len == 0)
            return e;
        memcpy(where, place.p, place.len);
        where[place.len] = 0;
        return err_at(e, where, 0, 0);
    }
    uint8_t now = rd_u8(&r);
    ENSURE(rd_ok(&r), answer_broken());
    if (alarms)
        *alarms = (uint8_t)((*alarms & ALARM_DAY) | now);
    *ret = r;
    return OK;
}
