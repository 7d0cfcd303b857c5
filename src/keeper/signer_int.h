/* For signer.c and its fuzz target only. */
#ifndef SIGNER_INT_H
#define SIGNER_INT_H

#include "limits.h"
#include "server.h"
#include "signer.h"

enum { SIGNER_FILE_BYTES = 4096 };

/* Locked memory: the seed, and the file while it is read or written. */
struct signer_secrets {
    uint8_t seed[32];
    uint8_t file[SIGNER_FILE_BYTES];
};

/* What the file holds. */
struct signing {
    char dir[LIMIT_PATH_BYTES], name[300];
    char origin[LIMIT_ORIGIN_BYTES + 1];
    struct signer_secrets *secrets;
    uint64_t size;
    struct hash root;
};

err signing_begin(struct signing *s); /* takes the memory */
void signing_end(struct signing *s);  /* for CLEANUP */

/* The file's text; false: it is not one. */
bool signing_parse(struct signing *s, struct view rest);
void signing_put(const struct signing *s, struct buf *to);

/* A request of the process, as a role of server.h. */
err signing_handle(void *state, struct server_caller *caller, struct view request, struct buf *answer);

#endif
