/* The process around the keeper and the signer: one per slot, found through a socket beside it, started by whoever comes
 * first, ended when nobody used it for a while or its slot is gone.  It parses nothing but frames.
 */
#ifndef SERVER_H
#define SERVER_H

#include "buf.h"
#include "limits.h"

struct server_caller {
    uint32_t uid;
    void *channel;    /* the role's own, zeroed */
    uint64_t slow_us; /* the role sets it: no further request is read for so long */
    bool alarm;       /* the role sets it: goes out with the answer */
};

struct server_role {
    const char *suffix;  /* of the socket's name, behind the slot's: ".keeper.sock" */
    size_t channel_size; /* bytes of a caller's channel */
    /* ERR_DENIED and ERR_INTERNAL end the conversation after the answer. */
    err (*handle)(void *state, struct server_caller *caller, struct view request, struct buf *answer);
};

/* Where the socket of a slot is; for paths too long for a socket address it is reached through its folder. */
struct server_place {
    char dir[LIMIT_PATH_BYTES];
    char slot_name[256];
};
err server_place_of(const char *slot, struct server_place *ret);

/* Makes the listening socket and the exclusive lock.  ERR_BUSY: another one runs already.  `ret_lock` stays open for life. */
err server_listen(const struct server_place *place, const char *suffix, const char *lock_name, int *ret_listener, int *ret_lock);

/* Connects; where nobody listens, starts `program` with `args` (NULL-terminated, args[0] the name), detached, waits until it
 * says that it is ready, or why not, and connects then. */
err server_reach(const struct server_place *place, const char *suffix, const char *program, char *const args[], int *ret);

/* Undumpable, no core files, own session, no terminal, no descriptors but those in `keep` and the one to say ready on. */
err server_harden(const int *keep, size_t count);

/* Serves until idle or until the slot file is another one. */
void server_run(const struct server_role *role, void *state, const char *slot, int listener);

/* The started side: says so on descriptor 3. */
void server_ready(err e);

#endif
