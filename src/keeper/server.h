/* The process around the keeper and the signer: one per slot, found through a socket beside it, started by whoever comes
 * first, ended when nobody used it for a while or its slot is gone.  It parses nothing but frames.
 */
#ifndef SERVER_H
#define SERVER_H

#include "limits.h"
#include "secret.h"

#include <sys/stat.h>

/* --- for callers --- */

/* Where the socket of a slot is; for paths too long for a socket address it is reached through its folder. */
struct server_place {
    char dir[LIMIT_PATH_BYTES];
    char slot_name[256];
};
err server_place_of(const char *slot, struct server_place *ret);

/* Connects; where nobody listens, starts `program` with `args` (NULL-terminated, args[0] the name), detached and with nothing of
 * this process's environment and files, waits until it says that it is ready, or why not, and connects then.  What comes back
 * has answered once.  A program that ends with ERR_DENIED wants a passphrase: it is started again with what `source` (NULL:
 * there is none) gives, through a pipe.
 * Errors: ERR_BUSY if it has as many callers as it takes, or another one holds the slot, for LIMIT_KEEPER_REACH_SECONDS; ERR_IO if
 * one runs and is silent. */
err server_reach(const struct server_place *place, const char *suffix, const char *program, char *const args[],
                 const struct secret_source *source, int *ret);

/* --- for the process itself, in this order --- */

/* First of all, before a key is read: undumpable, no core files, own session, no terminal, files for the owner only, no
 * descriptors but the one to say ready on and, with `takes_input`, a pipe on 0.  The working directory is / from then on. */
err server_harden(bool takes_input);
/* What whoever started this process gave it on that pipe; nothing where there is none.  Once.  ERR_LIMIT if it does not fit. */
err server_input(struct buf *to);

/* The files on which a process hangs. */
enum { SERVER_FILES_MAX = 9 };
struct server_files {
    struct server_file {
        char path[LIMIT_PATH_BYTES];
        int lock; /* -1: only watched */
        struct stat first;
    } file[SERVER_FILES_MAX];
    size_t count;
};
/* Adds a file, with an exclusive lock on it if `lock`.  ERR_BUSY: another one runs already.  Locks stay for life. */
err server_hold(struct server_files *files, const char *path, bool lock);
/* All are there, and the same bytes as when they were added, as far as inode and time of change tell. */
bool server_files_same(const struct server_files *files);

/* Makes the listening socket.  Only after server_hold() with a lock. */
err server_listen(const struct server_place *place, const char *suffix, int *ret_listener);

/* Tells whoever started this process, on descriptor 3, that it is ready, or why not. */
void server_ready(err e);

struct server_caller {
    uint32_t uid;
    void *channel;    /* the role's own, zeroed at first */
    bool known;       /* the role sets it: it has shown that it belongs here.  Others get little time */
    uint64_t slow_us; /* the role sets it: this answer is held back so long, and later ones of the same user behind it */
    uint8_t alarm;    /* the role sets it (enum alarm): goes out with the answer */
};

struct server_role {
    size_t channel_size; /* bytes of a caller's channel */
    int idle_seconds;
    /* Bytes of the longest request that this caller may make with `op` as its first byte.  A longer one ends the conversation before
     * there is memory for it. */
    size_t (*longest)(const struct server_caller *caller, uint8_t op);
    /* ERR_DENIED and ERR_INTERNAL end the conversation after the answer. */
    err (*handle)(void *state, struct server_caller *caller, struct view request, struct buf *answer);
    void (*end)(void *state, struct server_caller *caller); /* a conversation is over; may be NULL */
};

/* Serves until idle or until one of the files is another one.  A caller who says nothing, half of something, or does not
 * take its answer holds up nobody else; in the middle of a frame it is dropped after LIMIT_KEEPER_FRAME_SECONDS.  Whoever is not
 * known after LIMIT_KEEPER_GREETING_SECONDS is dropped too; where all places are taken, the longest silent gives way.  While an
 * answer is held back an empty frame goes out now and then.  Callers are this process's own user and root. */
void server_run(const struct server_role *role, void *state, const struct server_files *files, int listener);

#endif
