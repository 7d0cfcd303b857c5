#include "server.h"

#include "mem.h"
#include "protocol.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 4, ANSWER_AT = HEAD_BYTES + 2, CHUNK_BYTES = 1 << 20, ROUND_MS = 1000, SLOWED_USERS = 8 };

struct client {
    int fd;
    struct buf in, out;    /* a frame as it comes, a frame as it goes */
    size_t out_done;       /* bytes of `out` that are gone */
    int64_t began_us;      /* when the frame on its way, either way, was begun; 0: none is */
    int64_t held_until_us; /* before that nothing of `out` goes */
    int64_t heard_us;      /* when it came; of a known one, when its last answer was gone */
    int64_t beat_us;       /* when it was told last that its answer is coming */
    bool last;             /* the conversation ends with this answer */
    struct server_caller caller;
};

struct serving {
    const struct server_role *role;
    void *state;
    struct client clients[LIMIT_KEEPER_CLIENTS];
    size_t count;
    /* A user past the limit waits whichever connection is used. */
    struct slowed {
        uint32_t uid;
        int64_t until_us;
    } slowed[SLOWED_USERS];
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void drop(struct serving *s, size_t i)
{
    struct client *c = &s->clients[i];
    if (s->role->end)
        s->role->end(s->state, &c->caller);
    close(c->fd);
    buf_free(&c->in);
    buf_free(&c->out);
    mem_free(c->caller.channel);
    *c = s->clients[--s->count];
}

/* --- coming in --- */

static void refuse(int fd)
{
    CLEANUP(buf_free) struct buf b = BUF(4096);
    buf_u32(&b, 0);
    answer_put_error(&b, err_new(ERR_BUSY, "Too many commands use the keeper at once.", "Wait until one of them has ended, and run the command again."));
    buf_set_u32(&b, 0, (uint32_t)b.len - HEAD_BYTES);
    if (buf_ok(&b).kind == ERR_OK) {
        ssize_t n = send(fd, b.p, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)n; /* who does not hear it sees the end of the connection */
    }
    close(fd);
}

static bool is_silent(const struct client *c)
{
    return c->in.len == 0 && c->out.len == 0;
}

/* Where all places are taken the one that has been silent for longest past its patience gives way. */
static void make_room(struct serving *s)
{
    int64_t most = 0, now = now_us();
    size_t at = s->count;
    for (size_t i = 0; i < s->count; i++) {
        const struct client *c = &s->clients[i];
        int64_t patience = c->caller.known ? LIMIT_KEEPER_SILENT_SECONDS : LIMIT_KEEPER_STRANGE_SECONDS;
        int64_t over = now - c->heard_us - patience * 1000000;
        if (is_silent(c) && over > most) {
            most = over;
            at = i;
        }
    }
    if (at < s->count)
        drop(s, at);
}

static void accept_client(struct serving *s, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct ucred who;
    socklen_t len = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 || (who.uid != geteuid() && who.uid != 0)) {
        close(fd);
        return;
    }
    if (s->count == LIMIT_KEEPER_CLIENTS)
        make_room(s);
    void *channel = s->count < LIMIT_KEEPER_CLIENTS ? mem_alloc(s->role->channel_size) : NULL;
    if (!channel) {
        refuse(fd);
        return;
    }
    s->clients[s->count++] = (struct client){.fd = fd, .in = BUF_SECRET(LIMIT_FRAME_BYTES + HEAD_BYTES),
                                             .out = BUF_SECRET(LIMIT_FRAME_BYTES + HEAD_BYTES),
                                             .heard_us = now_us(),
                                             .caller = {.uid = who.uid, .channel = channel}};
}

/* How many bytes the frame still needs: first its head, then the byte that says what is asked, then what that may have.  False: it
 * is longer than this caller's may be. */
static bool still_needed(const struct serving *s, const struct client *c, size_t *ret)
{
    const struct buf *in = &c->in;
    *ret = HEAD_BYTES - in->len;
    if (in->len < HEAD_BYTES)
        return true;
    struct rd r = rd_of(buf_view(in));
    size_t len = rd_u32(&r);
    *ret = in->len == HEAD_BYTES && len ? 1 : len + HEAD_BYTES - in->len;
    return len <= LIMIT_FRAME_BYTES && (in->len == HEAD_BYTES || len <= s->role->longest(&c->caller, in->p[HEAD_BYTES]));
}

enum progress { WHOLE, PART, OVER };

static enum progress receive(const struct serving *s, struct client *c)
{
    for (;;) {
        size_t needed;
        if (!still_needed(s, c, &needed))
            return OVER;
        if (needed == 0)
            return WHOLE;
        size_t len = c->in.len, chunk = needed < CHUNK_BYTES ? needed : CHUNK_BYTES;
        uint8_t *to = buf_space(&c->in, chunk);
        if (!to)
            return OVER;
        ssize_t n = recv(c->fd, to, chunk, 0);
        c->in.len = len + (n > 0 ? (size_t)n : 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return PART;
        if (n <= 0)
            return OVER;
        if (c->began_us == 0)
            c->began_us = now_us();
    }
}

/* --- answering --- */

static void empty(struct buf *b)
{
    if (b->cap > LIMIT_KEEPER_KEPT_BYTES)
        buf_free(b);
    buf_clear(b);
}

/* The moment at which this answer may go: behind all that the same user is held back for. */
static int64_t hold(struct serving *s, uint32_t uid, uint64_t slow_us)
{
    int64_t now = now_us();
    struct slowed *to = &s->slowed[0];
    for (size_t i = 0; i < SLOWED_USERS; i++) {
        struct slowed *u = &s->slowed[i];
        if (u->uid == uid && u->until_us > now) {
            to = u;
            break;
        }
        if (u->until_us < to->until_us)
            to = u;
    }
    if (to->uid != uid || to->until_us < now)
        *to = (struct slowed){uid, now};
    to->until_us += (int64_t)slow_us;
    return to->until_us;
}

/* Makes the answer in `out`: room for the length, then the answer's head, then what the role says. */
static void answer(struct serving *s, struct client *c)
{
    struct view request = view_of(c->in.p + HEAD_BYTES, c->in.len - HEAD_BYTES);
    uint8_t *head = buf_space(&c->out, ANSWER_AT);
    c->caller.slow_us = 0;
    c->caller.alarm = 0;
    mem_short_forget();
    err e = head ? OK : mem_none();
    if (head && request.len)
        e = s->role->handle(s->state, &c->caller, request, &c->out);
    if (e.kind != ERR_OK && mem_ran_short())
        e = mem_none();
    if (e.kind == ERR_OK)
        e = buf_ok(&c->out);
    empty(&c->in);
    if (e.kind != ERR_OK) {
        buf_clear(&c->out);
        buf_u32(&c->out, 0);
        answer_put_error(&c->out, e);
    } else {
        c->out.p[HEAD_BYTES + 1] = c->caller.alarm;
    }
    buf_set_u32(&c->out, 0, (uint32_t)c->out.len - HEAD_BYTES);
    c->last = e.kind == ERR_DENIED || e.kind == ERR_INTERNAL || c->out.state != BUF_FINE;
    c->began_us = now_us();
    c->held_until_us = c->caller.slow_us ? hold(s, c->caller.uid, c->caller.slow_us) : 0;
    c->beat_us = c->began_us;
}

static enum progress send_some(struct client *c)
{
    while (c->out_done < c->out.len) {
        ssize_t n = send(c->fd, c->out.p + c->out_done, c->out.len - c->out_done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return PART;
        if (n <= 0)
            return OVER;
        c->out_done += (size_t)n;
    }
    empty(&c->out);
    c->out_done = 0;
    c->began_us = 0;
    if (c->caller.known)
        c->heard_us = now_us();
    return c->last ? OVER : WHOLE;
}

/* --- rounds --- */

static bool is_held(const struct client *c, int64_t now)
{
    return c->out.len && c->held_until_us > now;
}

/* False: the conversation is over. */
static bool attend(struct serving *s, struct client *c, short events)
{
    if (is_held(c, now_us()))
        return !(events & (POLLHUP | POLLERR));
    if (c->out.len == 0) {
        enum progress p = receive(s, c);
        if (p != WHOLE)
            return p == PART;
        answer(s, c);
        if (is_held(c, now_us()))
            return true;
    }
    return send_some(c) != OVER;
}

/* An empty frame: the answer is coming.  False: it was not taken whole. */
static bool beat(struct client *c, int64_t now)
{
    static const uint8_t nothing[HEAD_BYTES];
    if (now - c->beat_us < (int64_t)LIMIT_KEEPER_BEAT_SECONDS * 1000000)
        return true;
    c->beat_us = now;
    return send(c->fd, nothing, sizeof nothing, MSG_NOSIGNAL) == sizeof nothing;
}

static bool is_late(const struct client *c, int64_t now)
{
    if (!c->caller.known && now - c->heard_us > (int64_t)LIMIT_KEEPER_GREETING_SECONDS * 1000000)
        return true;
    int64_t from = c->held_until_us > c->began_us ? c->held_until_us : c->began_us;
    return c->began_us && now - from > (int64_t)LIMIT_KEEPER_FRAME_SECONDS * 1000000;
}

static void one_round(struct serving *s, int listener)
{
    struct pollfd fds[LIMIT_KEEPER_CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
    int64_t now = now_us();
    size_t polled = s->count;
    int timeout = ROUND_MS;
    for (size_t i = 0; i < polled; i++) {
        const struct client *c = &s->clients[i];
        short events = is_held(c, now) ? 0 : c->out.len ? POLLOUT : POLLIN;
        int64_t left = (c->held_until_us - now) / 1000 + 1;
        if (is_held(c, now) && left < timeout)
            timeout = (int)left;
        fds[i + 1] = (struct pollfd){.fd = c->fd, .events = events};
    }
    if (poll(fds, polled + 1, timeout) < 0)
        return;
    now = now_us();
    for (size_t i = polled; i-- > 0;) {
        struct client *c = &s->clients[i];
        bool over = is_late(c, now) || (fds[i + 1].revents && !attend(s, c, fds[i + 1].revents)) || (is_held(c, now) && !beat(c, now));
        if (over)
            drop(s, i);
    }
    if (fds[0].revents)
        accept_client(s, listener);
}

/* Whoever came at the very end is served still. */
static bool somebody_waits(int listener)
{
    struct pollfd fd = {.fd = listener, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

void server_run(const struct server_role *role, void *state, const struct server_files *files, int listener)
{
    static struct serving s;
    s = (struct serving){.role = role, .state = state};
    int64_t used = now_us();
    while (server_files_same(files)) {
        one_round(&s, listener);
        if (s.count)
            used = now_us();
        if (now_us() - used > (int64_t)role->idle_seconds * 1000000 && !somebody_waits(listener))
            break;
    }
    while (s.count)
        drop(&s, s.count - 1);
}
