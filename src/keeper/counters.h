/* How much was opened and looked up, by user and day, and what is left of each warrant.  They survive restarts and kill -9:
 * a part is written down as used before it is used.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "err.h"

enum { COUNTERS_USERS = 32, COUNTERS_WARRANTS = 64 };

struct counters {
    const char *dir, *name; /* borrowed */
    struct counters_user {
        uint32_t uid;
        int64_t day; /* days since 1970 */
        uint64_t used, reserved;
    } users[COUNTERS_USERS];
    struct counters_warrant {
        char id[64];
        int64_t day;
        uint64_t used, reserved;
    } warrants[COUNTERS_WARRANTS];
};

/* Errors: ERR_CORRUPT if the file is not ours; a missing file starts at zero. */
err counters_load(struct counters *c, const char *dir, const char *name);

/* Counts `n` for a user's day; `ret_total` is the day's sum with them. */
err counters_user(struct counters *c, uint32_t uid, int64_t day, uint64_t n, uint64_t *ret_total);

/* What was used up of a warrant before this process began to count it; then counts `n` more. */
err counters_warrant_used(struct counters *c, const char *id, int64_t day, uint64_t *ret_used);
err counters_warrant(struct counters *c, const char *id, uint64_t n);

#endif
