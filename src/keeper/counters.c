#include "counters.h"

#include "buf.h"
#include "limits.h"
#include "seam.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = LIMIT_CREDIT_BYTES + 64 };

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

static int credit_text(char *to, size_t size, const struct counters_credit *k)
{
    return snprintf(to, size, "credit %" PRIu64 " %" PRIu64 " %" PRId64 " %.*s", k->index, k->reserved, k->quiet_until, (int)k->len, (const char *)k->entry);
}

/* The entry is the rest of the line. */
static bool read_credit(struct counters_credit *k, const char *line)
{
    int at = 0;
    if (sscanf(line, "credit %" SCNu64 " %" SCNu64 " %" SCNd64 " %n", &k->index, &k->reserved, &k->quiet_until, &at) != 3 || at == 0)
        return false;
    k->len = strlen(line + at);
    if (k->len == 0 || k->len > LIMIT_CREDIT_BYTES)
        return false;
    memcpy(k->entry, line + at, k->len);
    k->leaf = merkle_leaf(view_of(k->entry, k->len));
    k->there = true;
    k->used = k->reserved;
    return true;
}

struct loaded {
    size_t users, warrants, credits;
};

/* What was reserved counts as used: nobody knows how much of it was. */
static bool load_line(struct counters *c, const char *line, struct loaded *n)
{
    struct counters_user u = {.there = true};
    struct counters_warrant w = {.there = true};
    uint64_t floor;
    char again[LINE_BYTES] = "";
    if (sscanf(line, "user %" SCNu32 " %" SCNd64 " %" SCNu64, &u.uid, &u.day, &u.reserved) == 3 && n->users < COUNTERS_USERS) {
        u.used = u.reserved;
        c->users[n->users++] = u;
        user_text(again, sizeof again, &u);
    } else if (sscanf(line, "warrant %" SCNu64 " %" SCNu64, &w.index, &w.reserved) == 2 && n->warrants < COUNTERS_WARRANTS) {
        w.used = w.reserved;
        c->warrants[n->warrants++] = w;
        warrant_text(again, sizeof again, &w);
    } else if (sscanf(line, "floor %" SCNu64, &floor) == 1 && c->floor == 0) {
        c->floor = floor;
        floor_text(again, sizeof again, floor);
    } else if (n->credits < LIMIT_KEEPER_CREDITS && read_credit(&c->credits[n->credits], line)) {
        credit_text(again, sizeof again, &c->credits[n->credits++]);
    }
    return again[0] && strcmp(line, again) == 0;
}

static err damaged(void)
{
    return err_new(ERR_CORRUPT, "The keeper's counters are damaged.",
                   "Delete the file ending in .counters beside the slot; the day's counts begin again.");
}

err counters_parse(struct counters *c, struct view text)
{
    struct loaded n = {0};
    for (struct rd r = rd_of(text); r.len;) {
        const uint8_t *end = memchr(r.p, '\n', r.len);
        char line[LINE_BYTES];
        size_t len = end ? (size_t)(end - r.p) : 0;
        ENSURE(end && len < sizeof line, damaged());
        rd_copy(&r, line, len);
        line[len] = 0;
        rd_u8(&r);
        ENSURE(strlen(line) == len && load_line(c, line, &n), damaged());
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
    return err_at(counters_parse(c, buf_view(&b)), path, 0, 0);
}

void counters_put(const struct counters *c, struct buf *to)
{
    char line[LINE_BYTES];
    if (c->floor) {
        floor_text(line, sizeof line, c->floor);
        buf_fmt(to, "%s\n", line);
    }
    for (size_t i = 0; i < COUNTERS_USERS; i++) {
        if (!c->users[i].there)
            continue;
        user_text(line, sizeof line, &c->users[i]);
        buf_fmt(to, "%s\n", line);
    }
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++) {
        if (!c->warrants[i].there)
            continue;
        warrant_text(line, sizeof line, &c->warrants[i]);
        buf_fmt(to, "%s\n", line);
    }
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++) {
        if (!c->credits[i].there)
            continue;
        credit_text(line, sizeof line, &c->credits[i]);
        buf_fmt(to, "%s\n", line);
    }
}

static err save(const struct counters *c)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_COUNTERS_BYTES);
    counters_put(c, &b);
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
    return err_new(ERR_DENIED, "The warrant for this work is an old one.", "Run the command again: it takes a new one. If that does not help, the counts beside the slot (SLOT.counters) are damaged or those of "
                   "a longer log: move that file away, and they begin anew.");
}

static struct counters_warrant *warrant_line(struct counters *c, uint64_t index)
{
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++)
        if (c->warrants[i].there && c->warrants[i].index == index)
            return &c->warrants[i];
    return NULL;
}

/* The line for a new one: free, or the oldest if that is older. */
static struct counters_warrant *new_line(struct counters *c, uint64_t index)
{
    struct counters_warrant *to = &c->warrants[0];
    for (size_t i = 0; i < COUNTERS_WARRANTS && to->there; i++)
        if (!c->warrants[i].there || c->warrants[i].index < to->index)
            to = &c->warrants[i];
    return index >= c->floor && (!to->there || index > to->index) ? to : NULL;
}

/* A credit on this entry: that of the same index, else any; NULL: there is none. */
static struct counters_credit *credit_on(struct counters *c, uint64_t index, struct view entry)
{
    struct counters_credit *found = NULL;
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++) {
        struct counters_credit *k = &c->credits[i];
        if (k->there && view_equal(view_of(k->entry, k->len), entry) && (!found || k->index == index))
            found = k;
    }
    return found;
}

err counters_warrant_begin(struct counters *c, uint64_t index, struct view entry)
{
    if (warrant_line(c, index))
        return OK;
    struct counters_warrant *to = new_line(c, index), old;
    struct counters_credit *credit = credit_on(c, index, entry);
    uint64_t floor = c->floor;
    ENSURE(to, forgotten());
    old = *to;
    if (to->there)
        c->floor = to->index + 1;
    *to = (struct counters_warrant){.there = true, .index = index};
    if (credit) {
        to->used = credit->used;
        to->reserved = credit->reserved;
        to->credit_index = credit->index;
        to->credit_leaf = credit->leaf;
        credit->there = false;
    }
    err e = save(c);
    if (e.kind != ERR_OK) { /* as it is on the disk */
        *to = old;
        c->floor = floor;
        if (credit)
            credit->there = true;
    }
    return e;
}

static err within(const struct counters *c, uint64_t *used, uint64_t *reserved, uint64_t number, uint64_t n)
{
    ENSURE(*used <= number && n <= number - *used,
           err_new(ERR_DENIED, "More people were to be opened than this work's warrant allows.",
                   "Run the command again; if it happens twice, report it."));
    return count(c, used, reserved, n, COUNTERS_RESERVE_WARRANT);
}

err counters_warrant(struct counters *c, uint64_t index, uint64_t number, uint64_t n)
{
    struct counters_warrant *w = warrant_line(c, index);
    ENSURE(w, forgotten());
    return within(c, &w->used, &w->reserved, number, n);
}

/* --- credits --- */

size_t counters_credits(const struct counters *c)
{
    size_t n = 0;
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++)
        n += c->credits[i].there;
    return n;
}

bool counters_overdue(const struct counters *c, int64_t now)
{
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++)
        if (c->credits[i].there && c->credits[i].quiet_until < now)
            return true;
    return false;
}

err counters_credit_begin(struct counters *c, uint64_t index, struct view entry, int64_t quiet_until)
{
    ENSURE(entry.len && entry.len <= LIMIT_CREDIT_BYTES,
           err_new(ERR_LIMIT, "The warrant for this work is too long to be taken on credit.", "Report this mistake."));
    struct counters_credit *known = credit_on(c, index, entry), *to = NULL;
    if (known && known->index == index)
        return OK;
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS && !to; i++)
        to = c->credits[i].there ? NULL : &c->credits[i];
    ENSURE(to, err_newf(ERR_LIMIT, "{} pieces of bulk work were done already that the public log does not show: no more is done on credit.",
                        "Mend what keeps the log from being published ('candour log verify' and 'candour doctor' say what), then run any command "
                        "that records something: it settles them by itself.", err_int(LIMIT_KEEPER_CREDITS)));
    *to = (struct counters_credit){.there = true, .index = index, .quiet_until = quiet_until, .len = entry.len, .leaf = merkle_leaf(entry)};
    memcpy(to->entry, entry.p, entry.len);
    err e = save(c);
    if (e.kind != ERR_OK)
        to->there = false;
    return e;
}

/* Where it is counted: as the credit, or the warrant that it became. */
static bool find_work(struct counters *c, uint64_t index, const struct hash *leaf, uint64_t **ret_used, uint64_t **ret_reserved)
{
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++) {
        struct counters_credit *k = &c->credits[i];
        if (!k->there || k->index != index || !hash_equal(&k->leaf, leaf))
            continue;
        *ret_used = &k->used;
        *ret_reserved = &k->reserved;
        return true;
    }
    for (size_t i = 0; i < COUNTERS_WARRANTS; i++) {
        struct counters_warrant *w = &c->warrants[i];
        if (!w->there || w->credit_index != index || !hash_equal(&w->credit_leaf, leaf))
            continue;
        *ret_used = &w->used;
        *ret_reserved = &w->reserved;
        return true;
    }
    return false;
}

err counters_credit(struct counters *c, uint64_t index, const struct hash *leaf, uint64_t number, uint64_t n)
{
    uint64_t *used, *reserved;
    ENSURE(find_work(c, index, leaf, &used, &reserved), forgotten());
    return within(c, used, reserved, number, n);
}

err counters_settle(struct counters *c, uint64_t index, struct view entry)
{
    if (!credit_on(c, index, entry))
        return OK;
    ENSURE(!warrant_line(c, index) && new_line(c, index),
           err_newf(ERR_CONFLICT, "Entry {} of the log answers for other work already, or is too old.", "The warrant has to be entered once more.",
                    err_int((long long)index)));
    return counters_warrant_begin(c, index, entry);
}
