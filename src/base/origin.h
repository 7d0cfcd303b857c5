/* Where the bytes of an input lie: an opened file or bytes in memory (an attachment, a member of an archive). Everything
 * that reads tables, archives and mail reads through one, so that a file is opened once and nothing is written to disk.
 *
 * Reading has no position of its own: several readers can share an origin.  Only regular files are taken: all are read more than once.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include "buf.h"

struct origin {
    int fd;            /* -1: the bytes below */
    struct view bytes; /* borrowed */
    uint64_t size;
};

/* Opens `path` for reading.  Errors: ERR_NOT_FOUND, ERR_INVALID for a folder, a pipe or a device, at once; ERR_IO.  Close with origin_close. */
err origin_open(const char *path, struct origin *ret);
struct origin origin_of(struct view bytes);
void origin_close(struct origin *o); /* also for CLEANUP; harmless twice */

/* Reads up to `room` bytes at offset `at`; *ret_len 0 only at the end. */
err origin_read(const struct origin *o, uint64_t at, void *to, size_t room, size_t *ret_len);

/* The whole of a small file, appended to `to`: at most `limit` bytes, else ERR_LIMIT.  Other errors as those of origin_open. */
err origin_take(const char *path, size_t limit, struct buf *to);

#endif
