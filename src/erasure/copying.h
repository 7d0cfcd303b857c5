/* Files and folders of a backup: places, plain copies, removing what an interrupted run left.
 * All writing passes the seam.  Errors: those of seam.h; ERR_LIMIT for a path that is too long.
 */
#ifndef COPYING_H
#define COPYING_H

#include "digest.h"
#include "limits.h"

typedef char copying_path[LIMIT_PATH_BYTES];

err copying_join(copying_path to, const char *dir, const char *name);
/* The absolute form of a path whose folder exists, without slashes at its end. */
err copying_place(const char *path, copying_path to);
bool copying_inside(const char *path, const char *dir); /* or the same; both absolute */
/* ERR_CONFLICT with `path` unless nothing is there, or, where `empty_too`, an empty folder. */
err copying_free_place(const char *path, bool empty_too);

/* One file, durable on return (its name is the caller's to bring to the disk); `to` is made anew.  The sum of its bytes. */
err copying_file(const char *from, const char *to, struct hash *ret_sum, uint64_t *ret_bytes);
err copying_sum(const char *path, struct hash *ret);
/* The tiles of the log of `size` entries, without its checkpoint.  One that is missing is passed over: tiles are caches. */
err copying_log(const char *from, const char *to, uint64_t size, uint64_t *ret_files);

/* Removes a folder PATH.part that we made: with candour.conf, register.db*, log/ in it.  Not there: OK.  ERR_CONFLICT: it holds
 * something else, and nothing is removed. */
err copying_remove(const char *part);

#endif
