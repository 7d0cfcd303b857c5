/* What a process is kept to once it has all it needs: so that whoever takes it over through a mistake in it can reach nothing else.
 * The only file with libseccomp and Landlock in it.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include "err.h"

struct confined {
    bool calls; /* seccomp: any call of the system that is not in the table ends the process */
    bool files; /* Landlock: no file is read or written but in the folder given */
    bool whole; /* false: memory ran out before all was done; the process must not go on */
};

/* From here on this process answers on the sockets it has, and reads and replaces files in `dir`; it starts no other, makes no
 * connection, and looks into none.  For good.  What the system does not give is missing in what comes back: a keeper that is not
 * confined still keeps its keys, and on the day of a breach it is needed.  Only after server_harden(): it takes "no new privileges". */
struct confined confine(const char *dir);

#endif
