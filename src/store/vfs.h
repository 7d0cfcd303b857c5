/* An SQLite VFS, "candour-seam", over the system's own: every change SQLite makes to a file asks the seam's hook first
 * (base/seam.h).  The shared-memory index (-shm) is not part of it: it never has to survive.
 */
#ifndef VFS_H
#define VFS_H

#include "err.h"

#define VFS_NAME "candour-seam"

err vfs_register(void); /* any number of times */

#endif
