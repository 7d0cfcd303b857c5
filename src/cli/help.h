/* The map of the commands, and the page of each.
 */
#ifndef HELP_H
#define HELP_H

#include "cli.h"

/* All commands with one line each, grouped as the work goes; those of one noun, where `noun` isn't NULL. */
void help_map(const char *noun, struct buf *to);
void help_command(const struct command *c, struct buf *to);
/* ERR_USAGE with the nearest command; `noun` alone may be one that needs a verb. */
err help_unknown(const char *noun, const char *verb);

#endif
