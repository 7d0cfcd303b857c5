/* Files recorded in a world: for record_test.c and record_lots_test.c. */
#ifndef RECORD_WORLD_H
#define RECORD_WORLD_H

#include "handover_world.h"

static inline struct record_options base(enum handover_kind kind)
{
    return (struct record_options){.kind = kind, .recipient = "pellwick", .purpose = "ballot", .approver = "office",
                                   .sent = {1520000000, 1520000000}, .source = "crm"}; /* 2 March 2018 */
}

static inline err record_text_as(struct world *w, const char *text, const struct record_options *like, struct record_result *ret)
{
    struct record_options o = *like;
    o.path = world_file("sent.csv", text);
    return record_run(w->v, &w->c, w->a, &o, ret);
}

static inline void record_csv(struct world *w, const char *text, struct record_result *ret)
{
    struct record_options o = base(HANDOVER_FILE);
    world_open(w);
    assert_ok(record_text_as(w, text, &o, ret));
}

static inline int make(void **state)
{
    world_make(state);
    world_import(WORLD_PEOPLE, IMPORT_FULL);
    return 0;
}

#endif
