#include "counters.h"

#include "buf.h"
#include "limits.h"
#include "seam.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 160 };

/* --- the file: one line a counter, each exactly as it is written here --- */

static int user_text(char *to, size_t size, const struct counters_user *u)
{
    return snprintf(to, size, "user %" PRIu32 " %" PRId64 " %" PRIu64, u->uid, u->day, u->reserved);
}

static int warrant_text(char *to, size_t size, const struct counters_warrant *w)
{
    return snprintf(to, size, "warrant %" PRIu64 " %" PRIu64, w->index, w->reserved);
}

static int floor_text(char *to, size_t size, uint64_t floor)
{
    return snprintf(to, size, "floor %" PRIu64, floor);
}

/* What was reserved counts as used: nobody knows how much of it was. */
static bool load_line(struct counters *c, const char *line, size_t *users, size_t *warrants)
{
    struct counters_user u = {.there = true};
    struct counters_warrant w = {.there = true};
    uint64_t floor;
    char again[LINE_BYTES] = "";
    if (sscanf(line, "user %" SCNu32 " %" SCNd64 " %" SCNu64, &u.uid, &u.day, &u.reserved) == 3 && *users < COUNTERS_USERS) {
        u.used = u.reserved;
        c->users[(*users)++] = u;
        user_text(again, sizeof again, &u);
    } else if (sscanf(line, "warrant %" SCNu64 " %" SCNu64, &w.index, &w.reserved) == 2 && *warrants < COUNTERS_WARRANTS) {
        w.used = w.reserved;
        c->warrants[(*warrants)++] = w;
        warrant_text(again, sizeof again, &w);
    } else if (sscanf(line, "floor %" SCNu64, &floor) == 1 && c->floor == 0) {
        c->floor = floor;
        floor_text(again, sizeof again, floor);
    }
    return again[0] && strcmp(line, again) == 0;
}

static err damaged(void)
{
    return err_new(ERR_CORRUPT, "The keeper's counters are damaged.",
                   "Delete the file ending in .counters beside the slot; the day's counts begin again.");
}

static err load_text(struct counters *c, struct view text)
{
    size_t users = 0, warrants = 0;
    for (struct rd r = rd_of(text); r.len;) {
        const uint8_t *end = memchr(r.p, '\n', r.len);
        char line[LINE_BYTES];
        size_t len = end ? (size_t)(end - r.p) : 0;
        ENSURE(end && len < sizeof line, damaged());
        rd_copy(&r, line, len);
        line[len] = 0;
        rd_u8(&r);
        ENSURE(strlen(line) == len && load_line(c, line, &users, &warrants), damaged());
    }
    return OK;
}

err counters_load(struct counters *c, const char *dir, const char *name)
{
    memset(c, 0, sizeof *c);
    c->dir = dir;
    c->name = name;
    char path[LIMIT_PATH_BYTES + 300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    bool there;
    TRY(seam_exists(path, &there));
    if (!there)
        return OK;
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_COUNTERS_BYTES);
    TRY(seam_read(path, LIMIT_COUNTERS_BYTES, &b));
    return err_at(load_text(c, buf_view(&b)), path, 0, 0);
}

static err save(const struct counters *c)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_COUNTERS_BYTES);
    char line[LINE_BYTES];
    if (c->floor) {
        floor_text(line, sizeof line, c->floor);
        buf_fmt(&b, "%s\n", line);
    }
    for (size_t i = 0; i < COUNTERS_USERS; i++) {
        if (!c->users[i].there)
            continue;
        user_text(line, sizeof line, &c->users[i]);
        buf_fmt(&b, "%s\n", line);
    }
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++) {
        if (!c->warrants[i].there)
            continue;
        warrant_text(line, sizeof line, &c->warrants[i]);
        buf_fmt(&b, "%s\n", line);
    }
    TRY(buf_ok(&b));
    return seam_replace(c->dir, c->name, buf_view(&b), 0600);
}

/* Counts, and writes down a part more than that where what is written down is used up.  If it can't be written down,
 * it is not counted as written: the next call tries again. */
static err count(const struct counters *c, uint64_t *used, uint64_t *reserved, uint64_t n, uint64_t part)
{
    uint64_t now, ahead, before = *reserved;
    if (__builtin_add_overflow(*used, n, &now) || __builtin_add_overflow(now, part, &ahead))
        now = ahead = UINT64_MAX;
    *used = now;
    if (now <= *reserved)
        return OK;
    *reserved = ahead;
    err e = save(c);
    if (e.kind != ERR_OK)
        *reserved = before;
    return e;
}

/* --- users --- */

/* The line of this user and day; else a free one, else the oldest. */
static struct counters_user *user_line(struct counters *c, uint32_t uid, int64_t day)
{
    struct counters_user *best = &c->users[0];
    for (size_t i = 0; i < COUNTERS_USERS; i++) {
        struct counters_user *u = &c->users[i];
        if (u->there && u->uid == uid && u->day == day)
            return u;
        if (best->there && (!u->there || u->day < best->day))
            best = u;
    }
    *best = (struct counters_user){.there = true, .uid = uid, .day = day};
    return best;
}

err counters_user(struct counters *c, uint32_t uid, int64_t day, uint64_t n, uint64_t *ret_total)
{
    struct counters_user *u = user_line(c, uid, day);
    err e = count(c, &u->used, &u->reserved, n, COUNTERS_RESERVE_USER);
    *ret_total = u->used;
    return e;
}

bool counters_passed(const struct counters *c, uint64_t limit, int64_t *ret_day, uint64_t *ret_used)
{
    bool any = false;
    for (size_t i = 0; i < COUNTERS_USERS; i++) {
        const struct counters_user *u = &c->users[i];
        if (!u->there || u->used <= limit || (any && u->day < *ret_day))
            continue;
        any = true;
        *ret_day = u->day;
        *ret_used = u->used;
    }
    return any;
}

/* --- warrants --- */

static err forgotten(void)
{
    return err_new(ERR_DENIED, "The warrant for this work is an old one.", "Run the command again: it takes a new one.");
}

static struct counters_warrant *warrant_line(struct counters *c, uint64_t index)
{
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++)
        if (c->warrants[i].there && c->warrants[i].index == index)
            return &c->warrants[i];
    return NULL;
}

err counters_warrant_begin(struct counters *c, uint64_t index)
{
    if (warrant_line(c, index))
        return OK;
    ENSURE(index >= c->floor, forgotten());
    struct counters_warrant *to = &c->warrants[0];
    for (size_t i = 0; i < COUNTERS_WARRANTS && to->there; i++)
        if (!c->warrants[i].there || c->warrants[i].index < to->index)
            to = &c->warrants[i];
    if (to->there) {
        ENSURE(index > to->index, forgotten());
        c->floor = to->index + 1;
    }
    *to = (struct counters_warrant){.there = true, .index = index};
    return save(c);
}

err counters_warrant(struct counters *c, uint64_t index, uint64_t number, uint64_t n)
{
    struct counters_warrant *w = warrant_line(c, index);
    ENSURE(w, forgotten());
    ENSURE(w->used <= number && n <= number - w->used,
           err_new(ERR_DENIED, "More people were to be opened than this work's warrant allows.",
                   "Run the command again; if it happens twice, report it."));
    return count(c, &w->used, &w->reserved, n, COUNTERS_RESERVE_WARRANT);
}
