#include "counters.h"

#include "buf.h"
#include "limits.h"
#include "seam.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RESERVE_USER = 64, RESERVE_WARRANT = 4096, LINE_BYTES = 160 };

static bool load_line(struct counters *c, const char *line, size_t *users, size_t *warrants)
{
    struct counters_user u = {0};
    struct counters_warrant w = {0};
    if (sscanf(line, "user %" SCNu32 " %" SCNd64 " %" SCNu64, &u.uid, &u.day, &u.used) == 3 && *users < COUNTERS_USERS) {
        u.reserved = u.used;
        c->users[(*users)++] = u;
        return true;
    }
    if (sscanf(line, "warrant %63s %" SCNd64 " %" SCNu64, w.id, &w.day, &w.used) == 3 && *warrants < COUNTERS_WARRANTS) {
        w.reserved = w.used;
        c->warrants[(*warrants)++] = w;
        return true;
    }
    return false;
}

static err damaged(void)
{
    return err_new(ERR_CORRUPT, "The keeper's counters are damaged.",
                   "Delete the file ending in .counters beside the slot; the day's counts begin again.");
}

err counters_load(struct counters *c, const char *dir, const char *name)
{
    memset(c, 0, sizeof *c);
    c->dir = dir;
    c->name = name;
    char path[LIMIT_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    bool there;
    TRY(seam_exists(path, &there));
    if (!there)
        return OK;
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_COUNTERS_BYTES);
    TRY(seam_read(path, LIMIT_COUNTERS_BYTES, &b));
    size_t users = 0, warrants = 0;
    for (struct rd r = rd_of(buf_view(&b)); r.len;) {
        const uint8_t *end = memchr(r.p, '\n', r.len);
        char line[LINE_BYTES];
        size_t len = end ? (size_t)(end - r.p) : 0;
        ENSURE(end && len < sizeof line, damaged());
        rd_copy(&r, line, len);
        line[len] = 0;
        rd_u8(&r);
        ENSURE(load_line(c, line, &users, &warrants), damaged());
    }
    return OK;
}

static err save(const struct counters *c)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_COUNTERS_BYTES);
    for (size_t i = 0; i < COUNTERS_USERS; i++)
        if (c->users[i].reserved)
            buf_fmt(&b, "user %" PRIu32 " %" PRId64 " %" PRIu64 "\n", c->users[i].uid, c->users[i].day, c->users[i].reserved);
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++)
        if (c->warrants[i].id[0])
            buf_fmt(&b, "warrant %s %" PRId64 " %" PRIu64 "\n", c->warrants[i].id, c->warrants[i].day, c->warrants[i].reserved);
    TRY(buf_ok(&b));
    return seam_replace(c->dir, c->name, buf_view(&b), 0600);
}

/* The line of this user and day; else a free one, else the oldest. */
static struct counters_user *user_line(struct counters *c, uint32_t uid, int64_t day)
{
    struct counters_user *oldest = &c->users[0];
    for (size_t i = 0; i < COUNTERS_USERS; i++) {
        struct counters_user *u = &c->users[i];
        if (u->reserved && u->uid == uid && u->day == day)
            return u;
        if (!u->reserved || (oldest->reserved && u->day < oldest->day))
            oldest = u;
    }
    *oldest = (struct counters_user){.uid = uid, .day = day};
    return oldest;
}

err counters_user(struct counters *c, uint32_t uid, int64_t day, uint64_t n, uint64_t *ret_total)
{
    struct counters_user *u = user_line(c, uid, day);
    u->used += n;
    *ret_total = u->used;
    if (u->used <= u->reserved)
        return OK;
    u->reserved = u->used + RESERVE_USER;
    return save(c);
}

static struct counters_warrant *warrant_line(struct counters *c, const char *id)
{
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++)
        if (strcmp(c->warrants[i].id, id) == 0)
            return &c->warrants[i];
    return NULL;
}

err counters_warrant_used(struct counters *c, const char *id, int64_t day, uint64_t *ret_used)
{
    struct counters_warrant *w = warrant_line(c, id);
    if (w) {
        *ret_used = w->used;
        return OK;
    }
    w = &c->warrants[0];
    for (size_t i = 0; i < COUNTERS_WARRANTS && w->id[0]; i++)
        if (!c->warrants[i].id[0] || c->warrants[i].day < w->day)
            w = &c->warrants[i];
    *w = (struct counters_warrant){.day = day};
    snprintf(w->id, sizeof w->id, "%s", id);
    *ret_used = 0;
    return save(c);
}

err counters_warrant(struct counters *c, const char *id, uint64_t n)
{
    struct counters_warrant *w = warrant_line(c, id);
    CHECK(w);
    w->used += n;
    if (w->used <= w->reserved)
        return OK;
    w->reserved = w->used + RESERVE_WARRANT;
    return save(c);
}
