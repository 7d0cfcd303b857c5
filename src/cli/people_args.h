/* People named on the command line, and how they are named in answers.
 */
#ifndef PEOPLE_ARGS_H
#define PEOPLE_ARGS_H

#include "cli.h"
#include "people.h"

/* Exactly one: by an id of a source ("1234", "crm:1234"), an e-mail address, a telephone number, a family name, or "#17", the
 * number that Candour's own lists use. */
err people_one(struct vault *v, const struct config *config, const char *what, uint32_t *ret);
err people_arg(struct cli *c, struct vault *v, const struct config *config, size_t word, uint32_t *ret);

/* The external identifier where there is one, else an id of a source, else "#17".  In the arena; "" where there is no memory.  The category
 * of ids (identity) must be loaded. */
const char *people_id(struct arena *a, const struct config *config, const struct person *p, int64_t at);

/* Before more than a handful of people are opened: a warrant, which stands in the log. */
err people_warrant(struct vault *v);
/* Whether that many people are there that they need one. */
err people_many(struct vault *v, bool *ret);

#endif
