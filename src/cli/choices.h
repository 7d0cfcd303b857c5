/* What a person agreed to, withdrew and objects to, shown. */
#ifndef CHOICES_H
#define CHOICES_H

#include "cli.h"
#include "config.h"

enum { CHOICES_CONSENTS = 1, /* and withdrawals */ CHOICES_OBJECTIONS = 2 };

/* Says a line for each, of all records of the person (`f`, `also`), and puts "consents" and "withdrawals", "objections" into the result. */
err choices_list(struct cli *c, struct vault *v, const struct config *config, const struct facts *f, unsigned kinds, size_t *ret_shown);

#endif
