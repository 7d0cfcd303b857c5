#include "scope.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

#define NOBODY UINT32_MAX
#define ANY_PURPOSE UINT32_MAX

static const char *const kind_words[] = {"file", "rule", "system", "their-list"};
static const char *const evidence_words[] = {"exact", "listed", "rebuilt"};
static const char *const why_words[] = {
    [SCOPE_DIRECT] = "its recipient is affected",
    [SCOPE_CHAIN] = "a sub-processor of its recipient is affected",
    [SCOPE_SENT_LATER] = "it was given after the end of the breach",
    [SCOPE_NOT_REACHED] = "its recipient is not affected",
    [SCOPE_LEFT_OUT] = "it is left out of this question",
};
static const char *const doubt_words[] = {
    "nobody knows when the breach began",
    "it is not certain that all was deleted before the breach began",
    "backups are not included",
    "it came only after the breach was recorded, or nobody knows when",
    "it is not believed",
    "it was given by somebody else than the company that had the data",
    "it leaves out sub-processors, who had the data too",
    "the deletion may have been before the data was given",
    "people may have come into the system after the deletion",
};

static bool find_word(const char *const *words, size_t count, const char *word, size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (word && strcmp(words[i], word) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

const char *scope_kind_word(enum scope_kind kind)
{
    CHECK((size_t)kind < SCOPE_KIND_COUNT);
    return kind_words[kind];
}

const char *scope_evidence_word(enum scope_evidence evidence)
{
    CHECK((size_t)evidence < SCOPE_EVIDENCE_COUNT);
    return evidence_words[evidence];
}

bool scope_kind_find(const char *word, enum scope_kind *ret)
{
    size_t i = 0;
    bool found = find_word(kind_words, SCOPE_KIND_COUNT, word, &i);
    if (found)
        *ret = (enum scope_kind)i;
    return found;
}

bool scope_evidence_find(const char *word, enum scope_evidence *ret)
{
    size_t i = 0;
    bool found = find_word(evidence_words, SCOPE_EVIDENCE_COUNT, word, &i);
    if (found)
        *ret = (enum scope_evidence)i;
    return found;
}

enum scope_evidence scope_surest(enum scope_evidence a, enum scope_evidence b)
{
    return a < b ? a : b;
}

const char *scope_why_words(enum scope_why why)
{
    CHECK((size_t)why < SCOPE_WHY_COUNT);
    return why_words[why];
}

const char *scope_doubt_words(unsigned bit_index)
{
    CHECK(bit_index < SCOPE_DOUBT_COUNT);
    return doubt_words[bit_index];
}

/* ---- names as numbers ---- */

struct names {
    const char **sorted;
    size_t count;
};

static int order_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void names_finish(struct names *n)
{
    qsort(n->sorted, n->count, sizeof *n->sorted, order_text);
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++) {
        if (kept == 0 || strcmp(n->sorted[kept - 1], n->sorted[i]) != 0)
            n->sorted[kept++] = n->sorted[i];
    }
    n->count = kept;
}

static uint32_t names_find(const struct names *n, const char *name)
{
    if (!name || n->count == 0)
        return NOBODY;
    const char **at = bsearch(&name, n->sorted, n->count, sizeof *n->sorted, order_text);
    return at ? (uint32_t)(at - n->sorted) : NOBODY;
}

/* ---- the net of recipients ---- */

struct edge {
    uint32_t from, to, purpose; /* ANY_PURPOSE: every */
    struct when_range alive;    /* from the earliest start to the latest end */
};

struct net {
    const struct scope_input *in;
    struct scope_incident incident; /* with the what-ifs applied */
    struct names recipients, purposes;
    struct edge *edges; /* by from, then to */
    size_t *first;      /* per recipient, and one more */
    bool *hit;          /* per recipient: affected */
    uint32_t *parent;   /* per recipient: who gave it on, in the walk with this stamp */
    uint32_t *stamp, *queue;
    uint32_t walk;
};

static int order_edge(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static err collect_names(struct arena *a, struct net *net)
{
    const struct scope_input *in = net->in;
    size_t most = in->handover_count + 2 * in->link_count + net->incident.recipient_count;
    struct names *r = &net->recipients, *p = &net->purposes;
    r->sorted = arena_array(a, most + 1, sizeof *r->sorted);
    p->sorted = arena_array(a, in->handover_count + in->link_count + 1, sizeof *p->sorted);
    ENSURE(r->sorted && p->sorted, mem_none());
    for (size_t i = 0; i < in->handover_count; i++) {
        r->sorted[r->count++] = in->handovers[i].recipient;
        if (in->handovers[i].purpose)
            p->sorted[p->count++] = in->handovers[i].purpose;
    }
    for (size_t i = 0; i < in->link_count; i++) {
        r->sorted[r->count++] = in->links[i].recipient;
        r->sorted[r->count++] = in->links[i].sub_processor;
        if (in->links[i].purpose)
            p->sorted[p->count++] = in->links[i].purpose;
    }
    for (size_t i = 0; i < net->incident.recipient_count; i++)
        r->sorted[r->count++] = net->incident.recipients[i];
    names_finish(r);
    names_finish(p);
    return OK;
}

static err build_net(struct arena *a, struct net *net)
{
    TRY(collect_names(a, net));
    const struct scope_input *in = net->in;
    size_t count = net->recipients.count;
    net->edges = arena_array(a, in->link_count + 1, sizeof *net->edges);
    net->first = arena_array(a, count + 2, sizeof *net->first);
    net->hit = arena_array(a, count + 1, sizeof *net->hit);
    net->parent = arena_array(a, count + 1, sizeof *net->parent);
    net->stamp = arena_array(a, count + 1, sizeof *net->stamp);
    net->queue = arena_array(a, count + 1, sizeof *net->queue);
    ENSURE(net->edges && net->first && net->hit && net->parent && net->stamp && net->queue, mem_none());
    for (size_t i = 0; i < in->link_count; i++) {
        const struct scope_link *l = &in->links[i];
        net->edges[i] = (struct edge){names_find(&net->recipients, l->recipient),
                                      names_find(&net->recipients, l->sub_processor),
                                      l->purpose ? names_find(&net->purposes, l->purpose) : ANY_PURPOSE,
                                      {l->from.earliest, l->until.latest}};
    }
    qsort(net->edges, in->link_count, sizeof *net->edges, order_edge);
    for (size_t i = 0; i < in->link_count; i++)
        net->first[net->edges[i].from + 1]++;
    for (size_t i = 0; i < count; i++)
        net->first[i + 1] += net->first[i];
    for (size_t i = 0; i < net->incident.recipient_count; i++)
        net->hit[names_find(&net->recipients, net->incident.recipients[i])] = true;
    return OK;
}

static bool meets(struct when_range a, struct when_range b)
{
    return a.earliest <= b.latest && b.earliest <= a.latest;
}

/* Breadth first, so that the chain found is a shortest one.  Returns the affected recipient reached, or NOBODY; the way
 * back stands in net->parent. */
static uint32_t walk(struct net *net, uint32_t start, uint32_t purpose, struct when_range during)
{
    size_t head = 0, tail = 0;
    net->walk++;
    net->stamp[start] = net->walk;
    net->parent[start] = NOBODY;
    net->queue[tail++] = start;
    while (head < tail) {
        uint32_t at = net->queue[head++];
        if (net->hit[at])
            return at;
        for (size_t i = net->first[at]; i < net->first[at + 1]; i++) {
            const struct edge *e = &net->edges[i];
            bool same = e->purpose == ANY_PURPOSE || purpose == ANY_PURPOSE || e->purpose == purpose;
            if (!same || net->stamp[e->to] == net->walk || !meets(e->alive, during))
                continue;
            net->stamp[e->to] = net->walk;
            net->parent[e->to] = at;
            net->queue[tail++] = e->to;
        }
    }
    return NOBODY;
}

static err keep_chain(struct arena *a, const struct net *net, uint32_t end, struct scope_verdict *v)
{
    size_t count = 0;
    for (uint32_t at = end; at != NOBODY; at = net->parent[at])
        count++;
    const char **chain = arena_array(a, count, sizeof *chain);
    ENSURE(chain, mem_none());
    size_t i = count;
    for (uint32_t at = end; at != NOBODY; at = net->parent[at])
        chain[--i] = net->recipients.sorted[at];
    v->chain = chain;
    v->chain_count = count;
    return OK;
}

static err decide_counts(struct arena *a, struct net *net, size_t index, struct scope_verdict *v)
{
    const struct scope_handover *h = &net->in->handovers[index];
    const char *without = net->in->what_if.without;
    v->handover = index;
    if (without && strcmp(without, h->id) == 0) {
        v->why = SCOPE_LEFT_OUT;
        return OK;
    }
    bool later = h->sent.earliest > net->incident.to.latest;
    struct when_range during = {h->sent.earliest, net->incident.to.latest};
    if (later) /* only to say why it doesn't count */
        during = (struct when_range){WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE};
    uint32_t purpose = h->purpose ? names_find(&net->purposes, h->purpose) : ANY_PURPOSE;
    uint32_t end = walk(net, names_find(&net->recipients, h->recipient), purpose, during);
    if (end == NOBODY || later) {
        v->why = end == NOBODY ? SCOPE_NOT_REACHED : SCOPE_SENT_LATER;
        return OK;
    }
    v->counts = true;
    TRY(keep_chain(a, net, end, v));
    v->why = v->chain_count == 1 ? SCOPE_DIRECT : SCOPE_CHAIN;
    return OK;
}

/* ---- certificates ---- */

static unsigned doubts_of(const struct net *net, const struct scope_verdict *v, const struct scope_certificate *c)
{
    const struct scope_incident *inc = &net->incident;
    const struct scope_handover *h = &net->in->handovers[v->handover];
    bool start_unknown = inc->from.earliest == WHEN_UNKNOWN_EARLY;
    const struct {
        bool doubt;
        unsigned bit;
    } rules[] = {
        {start_unknown, SCOPE_DOUBT_START_UNKNOWN},
        {!start_unknown && c->deleted.latest >= inc->from.earliest, SCOPE_DOUBT_DELETED_LATE},
        {!c->backups, SCOPE_DOUBT_BACKUPS},
        {c->received_at >= inc->opened_at, SCOPE_DOUBT_RECEIVED_LATE},
        {!c->believed || net->in->what_if.distrust, SCOPE_DOUBT_NOT_BELIEVED},
        {c->recipient && strcmp(c->recipient, h->recipient) != 0, SCOPE_DOUBT_OTHER_GIVER},
        {c->sub_processors_left_out && v->why == SCOPE_CHAIN, SCOPE_DOUBT_SUB_PROCESSOR},
        {c->deleted.latest < (h->kind == SCOPE_SYSTEM ? h->sent.earliest : h->sent.latest), SCOPE_DOUBT_BEFORE_SENT},
        {h->kind == SCOPE_SYSTEM && c->deleted.earliest <= h->sent.latest, SCOPE_DOUBT_STILL_FILLING},
    };
    unsigned doubts = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        doubts |= rules[i].doubt ? rules[i].bit : 0;
    return doubts;
}

struct pairs {
    uint32_t (*list)[2]; /* hand-over, certificate */
    size_t count;
};

struct by_id {
    const char *id;
    uint32_t index;
};

static int order_by_id(const void *a, const void *b)
{
    return strcmp(((const struct by_id *)a)->id, ((const struct by_id *)b)->id);
}

static err index_handovers(struct arena *a, const struct scope_input *in, struct by_id **ret)
{
    struct by_id *list = arena_array(a, in->handover_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < in->handover_count; i++)
        list[i] = (struct by_id){in->handovers[i].id, (uint32_t)i};
    qsort(list, in->handover_count, sizeof *list, order_by_id);
    for (size_t i = 1; i < in->handover_count; i++)
        ENSURE(strcmp(list[i - 1].id, list[i].id) != 0,
               err_newf(ERR_INVALID, "Two hand-overs have the id {}.", "Give each its own id.", err_name(list[i].id)));
    *ret = list;
    return OK;
}

static const struct by_id *find_handover(const struct by_id *index, size_t count, const char *id)
{
    struct by_id key = {id, 0};
    return count ? bsearch(&key, index, count, sizeof *index, order_by_id) : NULL;
}

/* Counts, or with `to` writes, the hand-overs that certificate `c` names; only those that count. */
static size_t name_pairs(const struct net *net, const struct by_id *index, const struct scope_verdict *v, uint32_t c,
                         uint32_t (*to)[2])
{
    const struct scope_input *in = net->in;
    const struct scope_certificate *cert = &in->certificates[c];
    size_t n = 0;
    for (size_t i = 0; i < in->handover_count && cert->all_before; i++) {
        const struct scope_handover *h = &in->handovers[i];
        if (!v[i].counts || h->sent.latest >= cert->before || strcmp(h->recipient, cert->recipient) != 0)
            continue;
        if (to)
            memcpy(to[n], (uint32_t[2]){(uint32_t)i, c}, sizeof to[n]);
        n++;
    }
    for (size_t i = 0; i < cert->handover_count; i++) {
        const struct by_id *h = find_handover(index, in->handover_count, cert->handovers[i]);
        if (!h || !v[h->index].counts)
            continue;
        if (to)
            memcpy(to[n], (uint32_t[2]){h->index, c}, sizeof to[n]);
        n++;
    }
    return n;
}

static int order_pair(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

static err collect_pairs(struct arena *a, const struct net *net, const struct by_id *index,
                         const struct scope_verdict *v, struct pairs *ret)
{
    size_t count = 0;
    for (size_t c = 0; c < net->in->certificate_count; c++) {
        count += name_pairs(net, index, v, (uint32_t)c, NULL);
        ENSURE(count <= LIMIT_SCOPE_PROOFS,
               err_newf(ERR_LIMIT, "The proofs of deletion name more than {} hand-overs between them.",
                        "Record one proof for all hand-overs before a date in place of many.",
                        err_int(LIMIT_SCOPE_PROOFS)));
    }
    ret->list = arena_array(a, count + 1, sizeof *ret->list);
    ENSURE(ret->list, mem_none());
    for (size_t c = 0; c < net->in->certificate_count; c++)
        ret->count += name_pairs(net, index, v, (uint32_t)c, ret->list + ret->count);
    qsort(ret->list, ret->count, sizeof *ret->list, order_pair);
    return OK;
}

static void decide_drop(struct scope_verdict *v, const struct scope_input *in)
{
    for (size_t i = 0; i < v->proof_count && v->drop != SCOPE_DROP_ALL; i++) {
        if (v->proofs[i].doubts == 0)
            v->drop = in->certificates[v->proofs[i].certificate].subset ? SCOPE_DROP_SOME : SCOPE_DROP_ALL;
    }
}

static err decide_proofs(struct arena *a, const struct net *net, struct scope_verdict *v)
{
    struct by_id *index = NULL;
    struct pairs pairs = {0};
    TRY(index_handovers(a, net->in, &index));
    TRY(collect_pairs(a, net, index, v, &pairs));
    struct scope_proof *proofs = arena_array(a, pairs.count + 1, sizeof *proofs);
    ENSURE(proofs, mem_none());
    size_t kept = 0;
    for (size_t i = 0; i < pairs.count; i++) {
        if (i > 0 && order_pair(pairs.list[i - 1], pairs.list[i]) == 0)
            continue; /* named twice, by its id and by date */
        struct scope_verdict *of = &v[pairs.list[i][0]];
        size_t c = pairs.list[i][1];
        if (of->proof_count == 0)
            of->proofs = proofs + kept;
        of->proof_count++;
        proofs[kept++] = (struct scope_proof){c, doubts_of(net, of, &net->in->certificates[c])};
    }
    for (size_t i = 0; i < net->in->handover_count; i++)
        decide_drop(&v[i], net->in);
    return OK;
}

/* ---- what may come in ---- */

static err check_range(struct when_range r, const char *what)
{
    ENSURE(r.earliest <= r.latest, err_newf(ERR_INVALID, "The time of {} ends before it begins.",
                                            "Give the earlier time first.", err_name(what)));
    return OK;
}

static err check_counts(const struct scope_input *in)
{
    const struct {
        size_t count, most;
        const char *what;
    } limits[] = {
        {in->handover_count, LIMIT_SCOPE_HANDOVERS, "hand-overs"},
        {in->link_count, LIMIT_SCOPE_LINKS, "links to sub-processors"},
        {in->certificate_count, LIMIT_SCOPE_CERTIFICATES, "proofs of deletion"},
        {in->incident.recipient_count, LIMIT_INCIDENT_RECIPIENTS, "recipients"},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        ENSURE(limits[i].count <= limits[i].most,
               err_newf(ERR_LIMIT, "There are {} {}; the limit is {}.", "Ask about fewer at a time.",
                        err_int((long long)limits[i].count), err_name(limits[i].what),
                        err_int((long long)limits[i].most)));
    return OK;
}

static err check_certificate(const struct scope_certificate *c)
{
    TRY(check_range(c->deleted, c->id));
    ENSURE(!c->all_before || c->recipient,
           err_newf(ERR_INVALID,
                    "The proof of deletion {} is for everything before a date, but nobody is named who gave it.",
                    "Name the recipient that it comes from.", err_name(c->id)));
    return OK;
}

static err check_input(const struct scope_input *in, const struct scope_incident *inc)
{
    TRY(check_counts(in));
    TRY(check_range(inc->from, "the incident's beginning"));
    TRY(check_range(inc->to, "the incident's end"));
    ENSURE(inc->to.latest >= inc->from.earliest, err_new(ERR_INVALID, "The incident ends before it begins.",
                                                         "Correct --from or --to; \"unknown\" is allowed."));
    bool found = !in->what_if.without;
    for (size_t i = 0; i < in->handover_count; i++) {
        TRY(check_range(in->handovers[i].sent, in->handovers[i].id));
        found = found || strcmp(in->what_if.without, in->handovers[i].id) == 0;
    }
    ENSURE(found, err_newf(ERR_INVALID, "There is no hand-over {} to leave out.", "See: candour handover list",
                           err_name(in->what_if.without)));
    for (size_t i = 0; i < in->link_count; i++) {
        TRY(check_range(in->links[i].from, "a link to a sub-processor"));
        TRY(check_range(in->links[i].until, "a link to a sub-processor"));
    }
    for (size_t i = 0; i < in->certificate_count; i++)
        TRY(check_certificate(&in->certificates[i]));
    return OK;
}

err scope_decide(struct arena *a, const struct scope_input *input, struct scope *ret)
{
    struct net net = {.in = input, .incident = input->incident};
    if (input->what_if.other_from)
        net.incident.from = input->what_if.from;
    if (input->what_if.other_to)
        net.incident.to = input->what_if.to;
    TRY(check_input(input, &net.incident));
    TRY(build_net(a, &net));
    struct scope_verdict *verdicts = arena_array(a, input->handover_count + 1, sizeof *verdicts);
    ENSURE(verdicts, mem_none());
    size_t counting = 0;
    for (size_t i = 0; i < input->handover_count; i++) {
        TRY(decide_counts(a, &net, i, &verdicts[i]));
        counting += verdicts[i].counts;
    }
    TRY(decide_proofs(a, &net, verdicts));
    *ret = (struct scope){verdicts, input->handover_count, counting};
    return OK;
}

err scope_can_hold(struct arena *a, const struct scope_input *input, struct scope *ret)
{
    struct scope_input all = *input;
    struct when_range ever = {WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE};
    all.what_if =
        (struct scope_what_if){.other_from = true, .other_to = true, .from = ever, .to = ever, .distrust = true};
    all.certificate_count = 0; /* none is believed; of all times they could be more than one answer lists */
    return scope_decide(a, &all, ret);
}
