/* The slot's passphrase: typed on the terminal, unseen, or the first line of the file that --passphrase-file names; never out of the
 * command line or the environment.  It lies in locked memory only.
 */
#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include "cli.h"

struct passphrase; /* locked memory */

/* What cli.h's options hand on; asks nobody until it is asked.  A chosen one is remembered: the keeper started next needs it. */
struct secret_source passphrase_source(struct cli *c);
void passphrase_end(struct cli *c); /* wipes */

#endif
