#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct passphrase {
    size_t len; /* of `kept`; 0: none */
    uint8_t kept[LIMIT_PASSPHRASE_BYTES], again[LIMIT_PASSPHRASE_BYTES];
};

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The first line, without its end; what follows it is wiped. */
static err first_line(int fd, struct buf *to)
{
    ssize_t n = 1;
    while (!memchr(to->p, '\n', to->len) && to->len < to->max && n != 0) {
        n = read(fd, to->p + to->len, to->max - to->len);
        ENSURE(n >= 0, err_system("read the passphrase"));
        to->len += (size_t)n;
    }
    const uint8_t *end = memchr(to->p, '\n', to->len);
    ENSURE(end || to->len < to->max, err_newf(ERR_LIMIT, "A passphrase has at most {} bytes.", "Check that it is the right file.",
                                              err_int(LIMIT_PASSPHRASE_BYTES - 1)));
    size_t len = end ? (size_t)(end - to->p) : to->len;
    len -= len && to->p[len - 1] == '\r';
    secret_wipe(to->p + len, to->len - len);
    to->len = len;
    ENSURE(len, err_new(ERR_INVALID, "The passphrase is empty.", "Run the command again and give it."));
    return OK;
}

/* A descriptor such as /dev/fd/3 is a link to its pipe, and whoever gives one writes to it; for a named one nobody may
 * ever. */
static err from_file(const char *path, struct buf *to)
{
    struct stat about;
    ENSURE(lstat(path, &about) != 0 || !S_ISFIFO(about.st_mode),
           err_at(err_new(ERR_INVALID, "This is a named pipe: whoever reads it may wait for ever.",
                          "Name a file, or a descriptor such as /dev/fd/3."),
                  path, 0, 0));
    CLEANUP(shut) int fd = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
    ENSURE(fd >= 0, err_at(err_system("open the file with the passphrase"), path, 0, 0));
    return err_at(first_line(fd, to), path, 0, 0);
}

/* --- the terminal --- */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { ENDING = sizeof ending / sizeof ending[0] };
static volatile sig_atomic_t got;

static void note(int number)
{
    got = number;
}

static bool say(int tty, const char *words)
{
    return write(tty, words, strlen(words)) == (ssize_t)strlen(words);
}

/* Signals come while it waits, and only then: one that came just before the wait would be slept over. */
static err ask_unseen(int tty, const char *words, const sigset_t *waiting, struct buf *to)
{
    struct pollfd typed = {.fd = tty, .events = POLLIN};
    ENSURE(say(tty, words) && ppoll(&typed, 1, NULL, waiting) > 0, err_system("ask for the passphrase"));
    TRY(first_line(tty, to));
    ENSURE(say(tty, "\n"), err_system("ask for the passphrase"));
    return OK;
}

/* Whatever ends the typing, the terminal shows what is typed again before the signal does what it does.  It asks only once nothing
 * that is typed is seen. */
static err ask(int tty, const char *words, struct buf *to)
{
    struct termios before, unseen;
    struct sigaction old[ENDING], ours = {.sa_handler = note};
    sigset_t ours_only, outside;
    ENSURE(tcgetattr(tty, &before) == 0, err_system("ask for the passphrase"));
    unseen = before;
    unseen.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    unseen.c_lflag |= ICANON | ISIG;
    got = 0;
    sigemptyset(&ours_only);
    for (size_t i = 0; i < ENDING; i++)
        sigaddset(&ours_only, ending[i]);
    sigprocmask(SIG_BLOCK, &ours_only, &outside);
    for (size_t i = 0; i < ENDING; i++) {
        sigaction(ending[i], &ours, &old[i]);
        if (old[i].sa_handler == SIG_IGN)
            sigaction(ending[i], &old[i], NULL);
    }
    bool hidden = tcsetattr(tty, TCSAFLUSH, &unseen) == 0;
    err e = hidden ? ask_unseen(tty, words, &outside, to) : err_system("ask for the passphrase");
    tcsetattr(tty, TCSAFLUSH, &before);
    for (size_t i = 0; i < ENDING; i++)
        sigaction(ending[i], &old[i], NULL);
    sigprocmask(SIG_SETMASK, &outside, NULL);
    if (got)
        raise(got);
    return e;
}

static err from_terminal(struct passphrase *p, bool chosen, struct buf *to)
{
    CLEANUP(shut) int tty = (int)TEMP_FAILURE_RETRY(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    ENSURE(tty >= 0, err_new(ERR_DENIED, "The slot has a passphrase, and there is no terminal to ask for it on.",
                             "Give --passphrase-file PATH: a file whose first line it is, or a descriptor such as /dev/fd/3."));
    TRY(ask(tty, chosen ? "New passphrase of the slot: " : "Passphrase of the slot: ", to));
    if (!chosen)
        return OK;
    struct buf again = BUF_FIXED(p->again, sizeof p->again);
    TRY(ask(tty, "The same once more: ", &again));
    ENSURE(view_equal(buf_view(&again), buf_view(to)), err_new(ERR_INVALID, "The two are not the same.", "Run the command again."));
    return OK;
}

/* --- either --- */

static err long_enough(struct view v)
{
    size_t characters = 0;
    for (size_t i = 0; i < v.len; i++)
        characters += (v.p[i] & 0xC0) != 0x80; /* the first byte of each */
    ENSURE(characters >= LIMIT_PASSPHRASE_LEAST,
           err_newf(ERR_INVALID, "A passphrase of less than {} characters is soon guessed by whoever has the slot.",
                    "Take four words that have nothing to do with one another.", err_int(LIMIT_PASSPHRASE_LEAST)));
    return OK;
}

static err get(void *ctx, bool chosen, struct buf *to)
{
    struct cli *c = ctx;
    void *region = c->passphrase;
    if (!region)
        TRY(secret_lock(sizeof *c->passphrase, &region));
    struct passphrase *p = c->passphrase = region;
    if (p->len) {
        buf_bytes(to, p->kept, p->len);
        return buf_ok(to);
    }
    const char *path = args_value(&c->args, "passphrase-file");
    TRY(path ? from_file(path, to) : from_terminal(p, chosen, to));
    if (chosen)
        TRY(long_enough(buf_view(to)));
    /* Kept until the command ends: a keeper may have to be started once more, and a pipe is read but once. */
    p->len = to->len;
    memcpy(p->kept, to->p, to->len);
    return OK;
}

struct secret_source passphrase_source(struct cli *c)
{
    return (struct secret_source){get, c};
}

void passphrase_end(struct cli *c)
{
    void *region = c->passphrase;
    secret_unlock(&region, sizeof *c->passphrase);
    c->passphrase = NULL;
}
