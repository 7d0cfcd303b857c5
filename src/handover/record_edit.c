/* What may change about a hand-over after it was recorded: the end of a system. */
#include "record_int.h"

#include <string.h>

static err check(const struct handover *h, int64_t until)
{
    ENSURE(h->kind == HANDOVER_SYSTEM,
           err_newf(ERR_INVALID, "{} is not a system that a company runs for us: it has a day and no end.", "'candour handover list' shows all.", err_name(h->id)));
    ENSURE(h->sent.latest == WHEN_UNKNOWN_LATE,
           err_newf(ERR_INVALID, "The system of {} has an end already.", "If it ran again, record that as another hand-over.", err_name(h->id)));
    ENSURE(until >= h->sent.earliest, err_newf(ERR_INVALID, "The system of {} began after that day.", "Check --until.", err_name(h->id)));
    return OK;
}

struct ending {
    struct record_span span;
    struct peopleset *exact;
};

static void ending_end(struct ending *e)
{
    record_span_end(&e->span);
    peopleset_free(&e->exact);
}

static err still_exact(void *ctx, const struct person *p)
{
    struct ending *e = ctx;
    bool exact = true;
    if (peopleset_has(e->exact, p->ordinal))
        TRY(record_span_exact(&e->span, p, &exact));
    if (!exact)
        peopleset_remove(e->exact, p->ordinal);
    return OK;
}

/* Who came under it only after its end is not known to have been in it; nor is anybody, where it ended before it was recorded. */
static err settle_exact(struct vault *v, const struct config *c, struct arena *a, struct handover *h)
{
    CLEANUP(ending_end) struct ending e = {0};
    const struct select *select = NULL;
    if (h->selection[0])
        TRY(select_parse(a, &c->catalogue, "the selection", h->selection, &select));
    TRY(record_span_begin(&e.span, v, c, select, h));
    if (e.span.known > e.span.time.latest) {
        TRY(peopleset_new(&e.exact));
    } else {
        TRY(handover_exact_people(v, h, &e.exact));
        if (select)
            TRY(people_each(v, c, people_select_categories(c, select), still_exact, &e));
    }
    return handover_put_exact(v, h, e.exact);
}

err record_end_system(struct vault *v, const struct config *c, struct arena *a, const char *id, int64_t until,
                      const struct record_reach *reach, struct handover *ret)
{
    struct recipient r;
    uint64_t everybody;
    bool grown;
    TRY(vault_lease(v));
    TRY(handover_load(v, a, id, ret));
    if (ret->kind == HANDOVER_SYSTEM && ret->sent.latest == until)
        return vault_publish(v); /* said again, perhaps after a kill */
    TRY(check(ret, until));
    TRY(recipient_load(v, a, ret->recipient, &r));
    TRY(people_count(v, &everybody));
    TRY(vault_warrant_plain(v, (2 + RECORD_REACH_PASSES) * everybody)); /* for both passes */
    TRY(vault_begin(v));
    /* While it still runs: everybody who came under its selection until now. */
    TRY(record_systems_catch_up(v, c, &grown));
    TRY(handover_load(v, a, id, ret));
    ret->sent.latest = until;
    ret->delete_by = record_due_day(v, &r, until);
    TRY(settle_exact(v, c, a, ret));
    TRY(handover_save_again(v, ret));
    TRY(record_reached(reach, v, c));
    TRY(vault_commit(v));
    return vault_publish(v);
}
