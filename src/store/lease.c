/* Leases: who is at it.  A lease belongs to a process, known by boot, process namespace, number and start time, so that
 * neither a crash nor a number used again leaves it held for ever. */
#include "sql.h"

#include "seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    POLL_MS = 50,
    STARTED_BYTES = 160,
    /* Only for a holder in another process namespace (a container), whom we can't see: an hour is longer than any job. */
    UNSEEN_MS = 3600 * 1000,
    STAT_STARTED = 22, /* proc(5): field of /proc/PID/stat, from 1 */
    STAT_STATE = 3,
};

struct lease {
    int64_t pid, since, until;
    char started[STARTED_BYTES];
    char command[STORE_NAME];
};

/* Field `at` of /proc/PID/stat; *ret empty where there is no such process.  The second field, the program's name in
 * parentheses, may hold anything: fields are counted from its last parenthesis. */
static err stat_field(int64_t pid, int at, char ret[32])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    CLEANUP(buf_free) struct buf text = BUF(8192);
    ret[0] = 0;
    err read = seam_read(path, 4096, &text);
    /* It may end between opening and reading. */
    if (read.kind == ERR_NOT_FOUND || read.kind == ERR_IO) {
        err_ignore(read, "a process that is gone");
        return OK;
    }
    TRY(read);
    const char *p = strrchr(buf_text(&text), ')');
    for (int field = 2; p && field < at; field++)
        p = strchr(p + 1, ' ');
    if (p)
        snprintf(ret, 32, "%.*s", (int)strcspn(p + 1, " \n"), p + 1);
    return OK;
}

/* "boot namespace ", the same for all processes that can see one another. */
static err machine(char ret[STARTED_BYTES])
{
    CLEANUP(buf_free) struct buf boot = BUF(64);
    TRY(seam_read("/proc/sys/kernel/random/boot_id", 60, &boot));
    char space[64] = "";
    ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    ENSURE(len > 0, err_system("see which processes run here"));
    space[len] = 0;
    const char *id = buf_text(&boot);
    snprintf(ret, STARTED_BYTES, "%.*s %s ", (int)strcspn(id, "\n"), id, space);
    return OK;
}

static err started_of_self(char ret[STARTED_BYTES])
{
    char start[32];
    TRY(machine(ret));
    TRY(stat_field(getpid(), STAT_STARTED, start));
    size_t used = strlen(ret);
    snprintf(ret + used, STARTED_BYTES - used, "%s", start);
    return OK;
}

/* Whether `b` began in the same boot and namespace, or at least in the same boot, as we did. */
static bool same_words(const char *a, const char *b, int words)
{
    size_t len = 0;
    for (int i = 0; i < words; i++)
        len += strcspn(a + len, " ") + (a[len] != 0);
    return strncmp(a, b, len) == 0;
}

static err is_alive(const struct lease *lease, int64_t now_ms, bool *ret)
{
    char here[STARTED_BYTES] = "", start[32], state[32];
    TRY(machine(here));
    *ret = false;
    if (!same_words(here, lease->started, 1))
        return OK;
    if (!same_words(here, lease->started, 2)) {
        *ret = now_ms < lease->until;
        return OK;
    }
    TRY(stat_field(lease->pid, STAT_STARTED, start));
    TRY(stat_field(lease->pid, STAT_STATE, state));
    const char *was = strrchr(lease->started, ' ');
    *ret = start[0] && was && strcmp(was + 1, start) == 0 && state[0] != 'Z' && state[0] != 'X';
    return OK;
}

static err copy_text(struct sql *q, int column, char *to, size_t size)
{
    struct view v = sql_view(q, column);
    ENSURE(v.len < size, sql_err(SQLITE_CORRUPT));
    memcpy(to, v.p, v.len);
    to[v.len] = 0;
    return OK;
}

/* *ret_held: somebody who lives, and isn't us, has it. */
static err held(struct store *s, const char *name, const char *self, int64_t now_ms, struct lease *ret, bool *ret_held)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_LEASE_GET, &q, SQL_ARGS(sql_text(name))));
    bool row = false;
    TRY(sql_step(&q, &row));
    *ret_held = false;
    if (!row)
        return OK;
    *ret = (struct lease){.pid = (int64_t)sql_number(&q, 0),
                          .since = (int64_t)sql_number(&q, 3),
                          .until = (int64_t)sql_number(&q, 4)};
    TRY(copy_text(&q, 1, ret->started, sizeof ret->started));
    TRY(copy_text(&q, 2, ret->command, sizeof ret->command));
    if (ret->pid == getpid() && strcmp(ret->started, self) == 0)
        return OK;
    return is_alive(ret, now_ms, ret_held);
}

static err busy(const struct lease *lease, int64_t now_ms)
{
    time_t since = (time_t)(lease->since / 1000), now = (time_t)(now_ms / 1000);
    struct tm then = {0}, today = {0};
    localtime_r(&since, &then);
    localtime_r(&now, &today);
    bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
    char text[32] = "";
    strftime(text, sizeof text, same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &then);
    return err_newf(ERR_BUSY, "'{}' has been at it since {} (process {}).", "Wait until it is done, then run the command again.",
                    err_name(lease->command), err_name(text), err_int(lease->pid));
}

/* One try.  *ret_held as above, seen inside the transaction that would take the lease. */
static err try_take(struct store *s, const char *name, const char *command, const char *self, int64_t now_ms,
                    struct lease *ret, bool *ret_held)
{
    TRY(held(s, name, self, now_ms, ret, ret_held));
    if (*ret_held)
        return OK;
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(sql_begin(s, &tx));
    TRY(held(s, name, self, now_ms, ret, ret_held));
    if (*ret_held)
        return OK;
    TRY(sql_write(s, SQL_LEASE_PUT,
                  SQL_ARGS(sql_text(name), sql_int((uint64_t)getpid()), sql_text(self), sql_text(command),
                           sql_int((uint64_t)now_ms), sql_int((uint64_t)now_ms + UNSEEN_MS))));
    return store_commit(&tx);
}

err store_lease_take(struct store *s, const char *name, const char *command, int64_t now_ms, uint32_t wait_ms)
{
    TRY(sql_good_name(name));
    TRY(sql_good_name(command));
    CHECK(now_ms >= 0);
    char self[STARTED_BYTES];
    TRY(started_of_self(self));
    struct lease lease = {0};
    wait_ms = wait_ms < s->patience_ms ? wait_ms : s->patience_ms;
    for (uint32_t waited = 0;; waited += POLL_MS) {
        bool is_held = false;
        TRY(try_take(s, name, command, self, now_ms + waited, &lease, &is_held));
        if (!is_held)
            return OK;
        ENSURE(waited < wait_ms, busy(&lease, now_ms));
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
}

err store_lease_held(struct store *s, const char *name, int64_t now_ms, bool *ret)
{
    char self[STARTED_BYTES];
    struct lease lease;
    TRY(started_of_self(self));
    return held(s, name, self, now_ms, &lease, ret);
}

err store_lease_release(struct store *s, const char *name)
{
    char self[STARTED_BYTES];
    TRY(started_of_self(self));
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(sql_begin(s, &tx));
    TRY(sql_write(s, SQL_LEASE_DELETE, SQL_ARGS(sql_text(name), sql_int((uint64_t)getpid()), sql_text(self))));
    return store_commit(&tx);
}
