/* How much was opened and looked up, by user and day, what is used up of each warrant, and which bulk work was done on credit:
 * under a warrant whose entry the published log does not show yet.  They survive restarts and kill -9: a part is written down as used
 * before it is used, so a restart counts up to that part too much, never too little.
 *
 * Nothing is counted that could not be written down: an error of a call means that nothing may be opened.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "limits.h"
#include "merkle.h"

enum { COUNTERS_USERS = 32, COUNTERS_WARRANTS = 64, COUNTERS_RESERVE_USER = 64, COUNTERS_RESERVE_WARRANT = 4096 };

struct counters {
    const char *dir, *name; /* borrowed */
    struct counters_user {
        bool there;
        uint32_t uid;
        int64_t day; /* days since 1970 */
        uint64_t used, reserved;
    } users[COUNTERS_USERS];
    /* Warrants are told apart by the index of their entry, which rises.  Where there is no room, the oldest is forgotten
     * and `floor` keeps it, and all before it, from being used again. */
    uint64_t floor;
    struct counters_warrant {
        bool there;
        uint64_t index;
        uint64_t used, reserved;
        /* Of one that was a credit before, for those who work under it: what it was known by.  Not written down. */
        uint64_t credit_index;
        struct hash credit_leaf;
    } warrants[COUNTERS_WARRANTS];
    /* Credits are told apart by the entry and the index that it was said to have; the log they will stand in may give it another.
     * None is ever forgotten: only the log clears it. */
    struct counters_credit {
        bool there;
        uint64_t index;
        uint64_t used, reserved;
        int64_t quiet_until; /* until then it only waits its turn; after it, it is overdue (0: at once) */
        struct hash leaf;    /* of the entry: */
        size_t len;
        uint8_t entry[LIMIT_CREDIT_BYTES];
    } credits[LIMIT_KEEPER_CREDITS];
};

/* Errors: ERR_CORRUPT if the file is not ours; a missing file starts at zero. */
err counters_load(struct counters *c, const char *dir, const char *name);

/* The file's text, and back into counters that are all zero. */
void counters_put(const struct counters *c, struct buf *to);
err counters_parse(struct counters *c, struct view text);

/* Counts `n` for a user's day; `ret_total` is the day's sum with them. */
err counters_user(struct counters *c, uint32_t uid, int64_t day, uint64_t n, uint64_t *ret_total);

/* Makes a warrant known, which stands in the log as `entry`.  A credit on that entry is settled by it.  Errors: ERR_DENIED if it was
 * forgotten already. */
err counters_warrant_begin(struct counters *c, uint64_t index, struct view entry);
/* Counts `n` of the `number` that it allows, over all connections.  Errors: ERR_DENIED, and nothing counted, if that is more
 * than is left. */
err counters_warrant(struct counters *c, uint64_t index, uint64_t number, uint64_t n);

/* Takes a credit: written down on return, before anything may be opened on it.  Known already: OK.  Errors: ERR_LIMIT: as many are
 * outstanding as may be, or the entry is too long. */
err counters_credit_begin(struct counters *c, uint64_t index, struct view entry, int64_t quiet_until);
/* As counters_warrant(), on credit; goes on where it was settled meanwhile. */
err counters_credit(struct counters *c, uint64_t index, const struct hash *leaf, uint64_t number, uint64_t n);
/* `entry` stands in the log at `index`: one credit on it is settled, and what it used counts for the warrant.  No such credit: OK.
 * Errors: ERR_CONFLICT: that place of the log answers for other work already, or is too old; the entry has to be entered once more. */
err counters_settle(struct counters *c, uint64_t index, struct view entry);
size_t counters_credits(const struct counters *c); /* outstanding */
bool counters_overdue(const struct counters *c, int64_t now); /* whether one of them is */

/* The newest day on which somebody passed `limit`, and how far; false if there is none. */
bool counters_passed(const struct counters *c, uint64_t limit, int64_t *ret_day, uint64_t *ret_used);

#endif
