/* Who comes into a hand-over while a breach is open is kept from erasure, in the same transaction; and that is said. */
#ifndef REACH_H
#define REACH_H

#include "cli.h"
#include "record.h"

struct reach {
    uint64_t held; /* people who came under a legal hold */
};
/* For record.h and for import; `reach` outlives the command's act. */
struct record_reach reach_of(struct reach *reach);
err reach_hold(struct reach *reach, struct vault *v, const struct config *c); /* in a transaction */
void reach_say(struct cli *c, uint64_t held);

#endif
