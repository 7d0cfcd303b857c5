/* server_run(): one caller that says anything and then nothing more.  Each whole frame that may be so long is answered, in order and alone; the
 * first that may not, or that the role refuses, ends the conversation.
 *
 * The role sends back what it was sent.  A request that begins with 0xff it refuses; one that begins with 0 may be short only. */
#include "server.h"

#include "protocol.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 800, LONG = 300, SHORT = 8 }; /* MOST: so that no answer waits to be taken */

static size_t longest(const struct server_caller *caller, uint8_t op)
{
    (void)caller;
    return op == 0 ? SHORT : LONG;
}

static err handle(void *state, struct server_caller *caller, struct view request, struct buf *answer)
{
    ++*(unsigned *)state;
    caller->known = true;
    ENSURE(request.p[0] != 0xff, err_new(ERR_DENIED, "Refused.", "Ask for something else."));
    buf_put(answer, request);
    return OK;
}

/* With its only conversation the server is to end: a file on which it hangs is gone. */
static struct server_files files;

static void over(void *state, struct server_caller *caller)
{
    (void)state;
    (void)caller;
    files.count = 1;
}

static int listen_somewhere(struct sockaddr_un *at)
{
    static unsigned count;
    socklen_t len = sizeof at->sun_family + 1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(at, 0, sizeof *at);
    at->sun_family = AF_UNIX;
    len += (socklen_t)snprintf(at->sun_path + 1, sizeof at->sun_path - 1, "candour-test-%d-%u", (int)getpid(), count++);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)at, len) == 0 && listen(fd, 1) == 0);
    return fd;
}

static int caller_of(const struct sockaddr_un *at, const uint8_t *data, size_t size)
{
    socklen_t len = (socklen_t)(sizeof at->sun_family + 1 + strlen(at->sun_path + 1));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)at, len) == 0);
    CHECK(write(fd, data, size) == (ssize_t)size && shutdown(fd, SHUT_WR) == 0);
    return fd;
}

/* What must come back, and how often the role is to be asked. */
static unsigned expected(struct rd r, struct buf *to)
{
    unsigned asked = 0;
    for (struct view body = rd_block(&r); rd_ok(&r); body = rd_block(&r)) {
        if (body.len > (body.len && body.p[0] == 0 ? SHORT : LONG))
            break;
        asked += body.len > 0;
        size_t at = to->len;
        buf_u32(to, 0);
        if (body.len && body.p[0] == 0xff) {
            answer_put_error(to, err_new(ERR_DENIED, "Refused.", "Ask for something else."));
        } else {
            buf_u16(to, 0);
            buf_put(to, body);
        }
        buf_set_u32(to, at, (uint32_t)(to->len - at - 4));
        if (body.len && body.p[0] == 0xff)
            break;
    }
    return asked;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct server_role role = {1, 10, longest, handle, over};
    static uint8_t got[1 << 16];
    struct sockaddr_un at;
    unsigned asked = 0;
    if (size > MOST)
        return 0;
    int listener = listen_somewhere(&at), fd = caller_of(&at, data, size);
    files = (struct server_files){.file = {{.path = "/nowhere"}}};
    server_run(&role, &asked, &files, listener);
    size_t len = 0;
    for (ssize_t n = 1; n > 0; len += (size_t)n) {
        n = read(fd, got + len, sizeof got - len);
        if (n < 0) /* it went away before it had read all that was said */
            n = 0;
    }
    close(fd);
    close(listener);
    CLEANUP(buf_free) struct buf wanted = BUF(sizeof got);
    CHECK(asked == expected(rd_of(view_of(data, size)), &wanted));
    CHECK(buf_ok(&wanted).kind == ERR_OK && view_equal(buf_view(&wanted), view_of(got, len)));
    return 0;
}
