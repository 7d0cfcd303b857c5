#include "reach.h"

#include "incident_store.h"

static err hold(void *ctx, struct vault *v, const struct config *c)
{
    return reach_hold(ctx, v, c);
}

struct record_reach reach_of(struct reach *reach)
{
    return (struct record_reach){hold, reach};
}

err reach_hold(struct reach *reach, struct vault *v, const struct config *c)
{
    uint64_t placed = 0;
    TRY(incident_hold(v, c, &placed));
    reach->held += placed;
    return OK;
}

void reach_say(struct cli *c, uint64_t held)
{
    out_set_number(&c->out, "held", held);
    if (held)
        out_say(&c->out, "%s more %s an open breach may concern %s kept from erasure until the letters are done.\n", OUT_N(held),
                held == 1 ? "person whom" : "people whom", held == 1 ? "is" : "are");
}
