/* How much was opened and looked up, by user and day, and what is used up of each warrant.  They survive restarts and kill
 * -9: a part is written down as used before it is used, so a restart counts up to that part too much, never too little.
 *
 * Nothing is counted that could not be written down: an error of a call means that nothing may be opened.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "err.h"

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
    } warrants[COUNTERS_WARRANTS];
};

/* Errors: ERR_CORRUPT if the file is not ours; a missing file starts at zero. */
err counters_load(struct counters *c, const char *dir, const char *name);

/* Counts `n` for a user's day; `ret_total` is the day's sum with them. */
err counters_user(struct counters *c, uint32_t uid, int64_t day, uint64_t n, uint64_t *ret_total);

/* Makes a warrant known.  Errors: ERR_DENIED if it was forgotten already. */
err counters_warrant_begin(struct counters *c, uint64_t index);
/* Counts `n` of the `number` that it allows, over all connections.  Errors: ERR_DENIED, and nothing counted, if that is more
 * than is left. */
err counters_warrant(struct counters *c, uint64_t index, uint64_t number, uint64_t n);

/* The newest day on which somebody passed `limit`, and how far; false if there is none. */
bool counters_passed(const struct counters *c, uint64_t limit, int64_t *ret_day, uint64_t *ret_used);

#endif
