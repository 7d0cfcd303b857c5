/* Who is left out only on the word of certificates that were recorded after the breach was opened: they count, but nobody could see
 * before that they were there. */
#include "scope_sets.h"

#include <string.h>

/* The input with these certificates not believed. */
static err without_late(struct arena *a, const struct scope_input *in, struct scope_input *ret)
{
    struct scope_certificate *list = arena_array(a, in->certificate_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < in->certificate_count; i++) {
        list[i] = in->certificates[i];
        list[i].believed = list[i].believed && list[i].recorded_at < in->incident.opened_at;
    }
    *ret = *in;
    ret->certificates = list;
    return OK;
}

/* Certificates, each once in their order, on whose word alone the people of some hand-over drop out. */
static err name_them(struct arena *a, const struct scope_input *in, const struct scope *decision, const struct scope *without, struct scope_late *ret)
{
    const char **ids = arena_array(a, in->certificate_count + 1, sizeof *ids);
    bool *named = arena_array(a, in->certificate_count + 1, sizeof *named);
    ENSURE(ids && named, mem_none());
    for (size_t i = 0; i < decision->count; i++) {
        const struct scope_verdict *v = &decision->verdicts[i];
        for (size_t k = 0; k < v->proof_count && v->drop != without->verdicts[i].drop; k++)
            named[v->proofs[k].certificate] = named[v->proofs[k].certificate] || v->proofs[k].doubts == 0;
    }
    for (size_t i = 0; i < in->certificate_count; i++)
        if (named[i])
            ids[ret->certificate_count++] = in->certificates[i].id;
    ret->certificates = ids;
    return OK;
}

err scope_count_late(struct vault *v, const struct config *c, struct arena *a, const struct scope_gathered *g, const struct scope *decision,
                     uint64_t affected, struct scope_late *ret)
{
    struct scope_gathered other = *g;
    struct scope without;
    CLEANUP(scope_sets_end) struct scope_sets s = {0};
    TRY(without_late(a, &g->input, &other.input));
    TRY(scope_decide(a, &other.input, &without));
    TRY(name_them(a, &g->input, decision, &without, ret));
    if (ret->certificate_count == 0)
        return OK;
    other.people_only = true;
    TRY(scope_unite(v, c, &other, &without, &s));
    ret->people = peopleset_count(s.affected) - affected;
    return OK;
}
