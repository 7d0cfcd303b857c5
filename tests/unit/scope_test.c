#include "testing.h"

#include "limits.h"
#include "scope.h"

#include <stdio.h>

#define EARLY WHEN_UNKNOWN_EARLY
#define LATE WHEN_UNKNOWN_LATE
#define AT(t)                                                                                                           \
    {                                                                                                                   \
        (t), (t)                                                                                                        \
    }
#define EVER                                                                                                            \
    {                                                                                                                   \
        EARLY, LATE                                                                                                     \
    }

static const char *const pellwick[] = {"pellwick"};
static const char *const quill[] = {"quill"};
static const char *const h1[] = {"H1"};

static struct scope_handover file_to(const char *id, const char *recipient, int64_t earliest, int64_t latest)
{
    return (struct scope_handover){.id = id,
                                   .recipient = recipient,
                                   .purpose = "ballot",
                                   .sent = {earliest, latest},
                                   .kind = SCOPE_FILE,
                                   .evidence = SCOPE_EXACT};
}

static struct scope_certificate proof_of(const char *const *handovers, int64_t deleted)
{
    return (struct scope_certificate){.id = "C1",
                                      .handovers = handovers,
                                      .handover_count = 1,
                                      .deleted = AT(deleted),
                                      .backups = true,
                                      .received_at = 50,
                                      .believed = true};
}

/* An incident from 100 to 110, opened at 200, at Pellwick. */
static struct scope_input input_of(const struct scope_handover *h, size_t count)
{
    return (struct scope_input){
        .incident = {.recipients = pellwick, .recipient_count = 1, .from = AT(100), .to = AT(110), .opened_at = 200},
        .handovers = h,
        .handover_count = count};
}

static struct scope decide(struct arena *a, const struct scope_input *in)
{
    struct scope s = {0};
    assert_ok(scope_decide(a, in, &s));
    return s;
}

static unsigned doubts_of_only_proof(struct arena *a, const struct scope_input *in)
{
    struct scope s = decide(a, in);
    assert_int_equal(s.verdicts[0].proof_count, 1);
    assert_int_equal(s.verdicts[0].drop, s.verdicts[0].proofs[0].doubts ? SCOPE_DROP_NONE : SCOPE_DROP_ALL);
    return s.verdicts[0].proofs[0].doubts;
}

static void a_hand_over_counts_by_when_it_was_sent(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 90, 90), file_to("H2", "pellwick", 110, 120),
                                 file_to("H3", "pellwick", 111, 120), file_to("H4", "pellwick", EARLY, LATE),
                                 file_to("H5", "other", 90, 90)};
    struct scope_input in = input_of(h, 5);
    struct scope s = decide(a, &in);
    assert_int_equal(s.counting, 3);
    assert_int_equal(s.verdicts[0].why, SCOPE_DIRECT);
    assert_true(s.verdicts[1].counts); /* perhaps on the last day: doubt includes */
    assert_int_equal(s.verdicts[2].why, SCOPE_SENT_LATER);
    assert_true(s.verdicts[3].counts);
    assert_int_equal(s.verdicts[4].why, SCOPE_NOT_REACHED);
    assert_string_equal(scope_why_words(s.verdicts[2].why), "it was given after the end of the breach");
    in.incident.to = (struct when_range){111, LATE}; /* it goes on */
    assert_int_equal(decide(a, &in).counting, 4);
}

static void a_chain_of_sub_processors_counts_for_its_purpose_and_its_time(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 40, 40)};
    struct scope_link links[] = {
        {"pellwick", "inker", "ballot", AT(80), {LATE, LATE}}, /* began long after the file was sent */
        {"inker", "quill", "ballot", AT(10), {95, 105}},
        {"pellwick", "quill", "survey", AT(10), {LATE, LATE}},
    };
    struct scope_input in = input_of(h, 1);
    in.incident.recipients = quill;
    in.links = links;
    in.link_count = 3;
    struct scope s = decide(a, &in);
    assert_int_equal(s.verdicts[0].why, SCOPE_CHAIN);
    assert_int_equal(s.verdicts[0].chain_count, 3);
    assert_string_equal(s.verdicts[0].chain[0], "pellwick");
    assert_string_equal(s.verdicts[0].chain[1], "inker");
    assert_string_equal(s.verdicts[0].chain[2], "quill");
    links[1].until = (struct when_range)AT(39); /* certainly over before the file was sent */
    assert_false(decide(a, &in).verdicts[0].counts);
    links[1].until = (struct when_range)AT(40);
    assert_true(decide(a, &in).verdicts[0].counts);
    links[0].from = (struct when_range)AT(111); /* begins after the end */
    assert_false(decide(a, &in).verdicts[0].counts);
    h[0].purpose = NULL; /* nobody knows what for: doubt includes */
    s = decide(a, &in);
    assert_int_equal(s.verdicts[0].chain_count, 2);
}

static void links_in_a_circle_end(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "a", 40, 40)};
    struct scope_link links[] = {
        {"a", "b", NULL, EVER, EVER}, {"b", "a", NULL, EVER, EVER}, {"b", "b", NULL, EVER, EVER}};
    struct scope_input in = input_of(h, 1);
    in.links = links;
    in.link_count = 3;
    assert_int_equal(decide(a, &in).verdicts[0].why, SCOPE_NOT_REACHED);
}

static void each_doubt_about_a_proof_keeps_the_people_in(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, 20)};
    struct scope_certificate c = proof_of(h1, 99);
    struct scope_input in = input_of(h, 1);
    in.certificates = &c;
    in.certificate_count = 1;
    assert_int_equal(doubts_of_only_proof(a, &in), 0);
    c.deleted.latest = 100; /* on the day it began */
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_DELETED_LATE);
    c.deleted = (struct when_range)EVER;
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_DELETED_LATE);
    c = proof_of(h1, 99);
    c.backups = false;
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_BACKUPS);
    c = proof_of(h1, 99);
    c.received_at = 200; /* in the minute in which it was opened */
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_RECEIVED_LATE);
    c.received_at = LATE;
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_RECEIVED_LATE);
    c = proof_of(h1, 99);
    c.believed = false;
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_NOT_BELIEVED);
    c = proof_of(h1, 9);
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_BEFORE_SENT);
    c = proof_of(h1, 19); /* it was perhaps given only a moment later */
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_BEFORE_SENT);
    c = proof_of(h1, 20);
    assert_int_equal(doubts_of_only_proof(a, &in), 0);
    c = proof_of(h1, 99);
    c.recipient = "quill";
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_OTHER_GIVER);
    c = proof_of(h1, 99);
    in.incident.from = (struct when_range){EARLY, 100};
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_START_UNKNOWN);
    c.backups = false;
    c.believed = false;
    assert_int_equal(doubts_of_only_proof(a, &in),
                     SCOPE_DOUBT_START_UNKNOWN | SCOPE_DOUBT_BACKUPS | SCOPE_DOUBT_NOT_BELIEVED);
    assert_string_equal(scope_doubt_words(0), "nobody knows when the breach began");
    assert_string_equal(scope_doubt_words(SCOPE_DOUBT_COUNT - 1), "people may have come into the system after the deletion");
}

static void a_proof_may_leave_out_sub_processors(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, 20)};
    struct scope_link link = {"pellwick", "quill", "ballot", AT(1), {LATE, LATE}};
    struct scope_certificate c = proof_of(h1, 99);
    struct scope_input in = input_of(h, 1);
    in.incident.recipients = quill;
    in.links = &link;
    in.link_count = 1;
    in.certificates = &c;
    in.certificate_count = 1;
    assert_int_equal(doubts_of_only_proof(a, &in), 0);
    c.sub_processors_left_out = true;
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_SUB_PROCESSOR);
    in.incident.recipients = pellwick;
    assert_int_equal(doubts_of_only_proof(a, &in), 0);
}

static void a_proof_for_all_before_a_date_needs_certainty(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, 49), file_to("H2", "pellwick", 10, 50),
                                 file_to("H3", "other", 10, 10), file_to("H4", "pellwick", 30, 30)};
    struct scope_certificate c = proof_of(NULL, 99);
    c.handover_count = 0;
    c.all_before = true;
    c.before = 50;
    c.recipient = "pellwick";
    struct scope_input in = input_of(h, 4);
    in.certificates = &c;
    in.certificate_count = 1;
    struct scope s = decide(a, &in);
    assert_int_equal(s.verdicts[0].drop, SCOPE_DROP_ALL);
    assert_int_equal(s.verdicts[1].proof_count, 0);
    assert_int_equal(s.verdicts[2].proof_count, 0);
    assert_int_equal(s.verdicts[3].drop, SCOPE_DROP_ALL);
    const char *const also[] = {"H1", "H9"}; /* named a second time, and one that isn't there */
    c.handovers = also;
    c.handover_count = 2;
    assert_int_equal(decide(a, &in).verdicts[0].proof_count, 1);
    c.recipient = NULL;
    assert_err(ERR_INVALID, scope_decide(a, &in, &s));
}

static void a_system_that_still_fills_is_not_proved_empty(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, LATE)};
    h[0].kind = SCOPE_SYSTEM;
    struct scope_certificate c = proof_of(h1, 99);
    struct scope_input in = input_of(h, 1);
    in.certificates = &c;
    in.certificate_count = 1;
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_STILL_FILLING);
    h[0].sent.latest = 98;
    assert_int_equal(doubts_of_only_proof(a, &in), 0);
    h[0].kind = SCOPE_FILE;
    h[0].sent.latest = LATE; /* nobody knows when: perhaps after the deletion */
    assert_int_equal(doubts_of_only_proof(a, &in), SCOPE_DOUBT_BEFORE_SENT);
}

static void a_proof_for_some_people_drops_only_some(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, 20)};
    struct scope_certificate c[] = {proof_of(h1, 99), proof_of(h1, 99)};
    c[0].subset = true;
    struct scope_input in = input_of(h, 1);
    in.certificates = c;
    in.certificate_count = 1;
    assert_int_equal(decide(a, &in).verdicts[0].drop, SCOPE_DROP_SOME);
    in.certificate_count = 2;
    assert_int_equal(decide(a, &in).verdicts[0].drop, SCOPE_DROP_ALL);
}

static void what_ifs_change_the_answer_only(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, 20), file_to("H2", "pellwick", 105, 105),
                                 file_to("H3", "pellwick", 150, 150)};
    struct scope_certificate c = proof_of(h1, 99);
    struct scope_input in = input_of(h, 3);
    in.certificates = &c;
    in.certificate_count = 1;
    assert_int_equal(decide(a, &in).counting, 2);
    in.what_if = (struct scope_what_if){.other_to = true, .to = AT(150)};
    assert_int_equal(decide(a, &in).counting, 3);
    in.what_if = (struct scope_what_if){.other_from = true, .from = AT(99)};
    assert_int_equal(decide(a, &in).verdicts[0].drop, SCOPE_DROP_NONE);
    in.what_if = (struct scope_what_if){.distrust = true};
    assert_int_equal(decide(a, &in).verdicts[0].proofs[0].doubts, SCOPE_DOUBT_NOT_BELIEVED);
    in.what_if = (struct scope_what_if){.without = "H2"};
    struct scope s = decide(a, &in);
    assert_int_equal(s.verdicts[1].why, SCOPE_LEFT_OUT);
    assert_int_equal(s.counting, 1);
    in.what_if = (struct scope_what_if){.without = "H8"};
    assert_err(ERR_INVALID, scope_decide(a, &in, &s));
    in.what_if = (struct scope_what_if){.other_to = true, .to = AT(99)};
    assert_err(ERR_INVALID, scope_decide(a, &in, &s)); /* ends before it begins */
    assert_ok(scope_can_hold(a, &in, &s));
    assert_int_equal(s.counting, 3);
    assert_int_equal(s.verdicts[0].drop, SCOPE_DROP_NONE);
}

/* Whom a recipient can hold is asked of all times, where more proofs may speak than one answer lists; none of them
 * counts there. */
static void what_can_be_held_lists_no_proofs(void **state)
{
    (void)state;
    enum { MANY = 1001 };
    static struct scope_handover h[MANY];
    static struct scope_certificate c[MANY];
    static char ids[MANY][8];
    CLEANUP(arena_release) struct arena *a = arena_new();
    for (int i = 0; i < MANY; i++) {
        snprintf(ids[i], sizeof ids[i], "H%d", i + 1);
        h[i] = file_to(ids[i], "pellwick", 150, 150);
        c[i] = proof_of(NULL, 99);
        c[i].handover_count = 0;
        c[i].all_before = true;
        c[i].before = 200;
        c[i].recipient = "pellwick";
    }
    assert_true((size_t)MANY * MANY > LIMIT_SCOPE_PROOFS);
    struct scope_input in = input_of(h, MANY);
    in.certificates = c;
    in.certificate_count = MANY;
    struct scope s;
    assert_int_equal(decide(a, &in).counting, 0); /* all were sent later */
    assert_ok(scope_can_hold(a, &in, &s));
    assert_int_equal(s.counting, MANY);
    assert_int_equal(s.verdicts[0].proof_count, 0);
    in.what_if = (struct scope_what_if){.other_to = true, .to = AT(150)};
    assert_err(ERR_LIMIT, scope_decide(a, &in, &s));
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope s;
    struct scope_handover h[] = {file_to("H1", "pellwick", 20, 10), file_to("H1", "pellwick", 10, 10)};
    struct scope_input in = input_of(h, 1);
    assert_err(ERR_INVALID, scope_decide(a, &in, &s));
    h[0].sent.latest = 20;
    in.handover_count = 2; /* the same id */
    assert_err(ERR_INVALID, scope_decide(a, &in, &s));
    in = input_of(h, 0);
    assert_ok(scope_decide(a, &in, &s));
    assert_int_equal(s.count, 0);
}

static void words_and_evidence_have_one_order(void **state)
{
    (void)state;
    enum scope_kind kind;
    enum scope_evidence evidence;
    assert_true(scope_kind_find("their-list", &kind));
    assert_int_equal(kind, SCOPE_THEIR_LIST);
    assert_false(scope_kind_find("list", &kind));
    assert_true(scope_evidence_find("rebuilt", &evidence));
    assert_string_equal(scope_evidence_word(scope_surest(SCOPE_REBUILT, SCOPE_LISTED)), "listed");
    assert_string_equal(scope_evidence_word(scope_surest(SCOPE_EXACT, SCOPE_LISTED)), "exact");
}

/* ---- against an evaluator that knows nothing of earliest and latest: it tries every world ---- */

enum { RECIPIENTS = 4, MOST_LINKS = 4, MOST_HANDOVERS = 4, MOST_CERTIFICATES = 2 };
static const char *const names[] = {"r0", "r1", "r2", "r3"};
static const char *const purposes[] = {"p0", "p1"};
static const char *const ids[] = {"H0", "H1", "H2", "H3"};

struct tiny {
    struct scope_handover h[MOST_HANDOVERS];
    struct scope_link l[MOST_LINKS];
    struct scope_certificate c[MOST_CERTIFICATES];
    const char *named[MOST_CERTIFICATES][2];
    const char *hit[2];
    struct scope_input in;
};

static uint64_t seed;

static unsigned pick(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

static struct when_range some_time(unsigned from, unsigned below)
{
    int64_t t = from + pick(below);
    struct when_range r = {t, t + (pick(2) ? 0 : pick(4))};
    if (pick(6) == 0)
        r.earliest = EARLY;
    if (pick(6) == 0)
        r.latest = LATE;
    return r;
}

static void make_tiny(struct tiny *t)
{
    memset(t, 0, sizeof *t);
    struct scope_input *in = &t->in;
    in->handover_count = 1 + pick(MOST_HANDOVERS);
    in->link_count = pick(MOST_LINKS + 1);
    in->certificate_count = pick(MOST_CERTIFICATES + 1);
    for (size_t i = 0; i < in->handover_count; i++)
        t->h[i] = (struct scope_handover){ids[i],
                                          names[pick(RECIPIENTS)],
                                          purposes[pick(2)],
                                          some_time(0, 8),
                                          pick(4) ? SCOPE_FILE : SCOPE_SYSTEM,
                                          SCOPE_EXACT,
                                          EVER};
    for (size_t i = 0; i < in->link_count; i++)
        t->l[i] = (struct scope_link){names[pick(RECIPIENTS)], names[pick(RECIPIENTS)],
                                      pick(4) ? purposes[pick(2)] : NULL, some_time(0, 8), some_time(2, 8)};
    for (size_t i = 0; i < in->certificate_count; i++) {
        t->named[i][0] = ids[pick(MOST_HANDOVERS)];
        t->named[i][1] = ids[pick(MOST_HANDOVERS)];
        t->c[i] = (struct scope_certificate){.id = "C",
                                             .recipient = pick(3) ? NULL : names[pick(RECIPIENTS)],
                                             .handovers = t->named[i],
                                             .handover_count = 1 + pick(2),
                                             .deleted = some_time(2, 5),
                                             .backups = pick(8) != 0,
                                             .received_at = pick(8) ? 3 : 9,
                                             .believed = pick(8) != 0,
                                             .sub_processors_left_out = pick(4) == 0};
        t->c[i].all_before = t->c[i].recipient && pick(2);
        t->c[i].before = pick(10);
    }
    t->hit[0] = names[pick(RECIPIENTS)];
    t->hit[1] = names[pick(RECIPIENTS)];
    struct when_range from = some_time(3, 7), to = some_time(3, 8);
    if (to.latest < from.earliest)
        to.latest = LATE;
    in->incident = (struct scope_incident){t->hit, 1 + pick(2), from, to, 5};
    in->handovers = t->h;
    in->links = t->l;
    in->certificates = t->c;
    in->what_if.distrust = pick(10) == 0;
}

/* The n-th end of a range. */
static int64_t end_of(struct when_range r, unsigned bit)
{
    return bit ? r.latest : r.earliest;
}

static bool affected_name(const struct tiny *t, const char *name)
{
    for (size_t i = 0; i < t->in.incident.recipient_count; i++) {
        if (strcmp(t->hit[i], name) == 0)
            return true;
    }
    return false;
}

/* With every time known: does the data get to an affected recipient?  Two bits of `world` a link. */
static bool reaches(const struct tiny *t, size_t h, int64_t sent, int64_t to, unsigned world)
{
    bool has[RECIPIENTS] = {false};
    has[t->h[h].recipient[1] - '0'] = true;
    for (size_t round = 0; round < RECIPIENTS; round++) {
        for (size_t i = 0; i < t->in.link_count; i++) {
            const struct scope_link *l = &t->l[i];
            int64_t from = end_of(l->from, world >> 2 * i & 1), until = end_of(l->until, world >> (2 * i + 1) & 1);
            bool alive = !(until < sent) && !(from > to);
            bool same = !l->purpose || strcmp(l->purpose, t->h[h].purpose) == 0;
            if (alive && same && has[l->recipient[1] - '0'])
                has[l->sub_processor[1] - '0'] = true;
        }
    }
    for (size_t r = 0; r < RECIPIENTS; r++) {
        if (has[r] && affected_name(t, names[r]))
            return true;
    }
    return false;
}

static bool names_it(const struct scope_certificate *c, const char *id)
{
    for (size_t i = 0; i < c->handover_count; i++) {
        if (strcmp(c->handovers[i], id) == 0)
            return true;
    }
    return false;
}

/* With every time known: does the certificate show that the data of h was gone when the incident began? */
static bool proves(const struct tiny *t, size_t h, const struct scope_certificate *c, int64_t sent, int64_t from,
                   int64_t deleted)
{
    const struct scope_handover *ho = &t->h[h];
    bool direct = affected_name(t, ho->recipient);
    bool about = names_it(c, ho->id) || (c->all_before && sent < c->before && strcmp(c->recipient, ho->recipient) == 0);
    if (!about || t->in.what_if.distrust || !c->believed || !c->backups || !(c->received_at < t->in.incident.opened_at))
        return false;
    if ((c->recipient && strcmp(c->recipient, ho->recipient) != 0) || (c->sub_processors_left_out && !direct))
        return false;
    if (c->deleted.latest < (ho->kind == SCOPE_SYSTEM ? ho->sent.earliest : sent) || (ho->kind == SCOPE_SYSTEM && deleted <= ho->sent.latest))
        return false;
    return from != EARLY && deleted < from;
}

/* Is there a world, one for the way there and one for the proofs, in which h exposes its people? */
static bool could_be_affected(const struct tiny *t, size_t h)
{
    bool reached = false;
    for (unsigned w = 0; w < 1u << (2 + 2 * MOST_LINKS) && !reached; w++) {
        int64_t sent = end_of(t->h[h].sent, w & 1), to = end_of(t->in.incident.to, w >> 1 & 1);
        reached = sent <= to && reaches(t, h, sent, to, w >> 2);
    }
    if (!reached)
        return false;
    /* dropped only if one certificate holds in every world */
    for (size_t i = 0; i < t->in.certificate_count; i++) {
        bool always = true;
        for (unsigned w = 0; w < 8 && always; w++)
            always = proves(t, h, &t->c[i], end_of(t->h[h].sent, w & 1), end_of(t->in.incident.from, w >> 1 & 1),
                            end_of(t->c[i].deleted, w >> 2 & 1));
        if (always)
            return false;
    }
    return true;
}

static void the_rule_agrees_with_trying_every_world(void **state)
{
    (void)state;
    size_t yes = 0, no = 0, dropped = 0, chains = 0;
    for (seed = 1; seed < 400000000000u; seed += 2000003u * 10) {
        uint64_t kept = seed;
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct tiny t;
        make_tiny(&t);
        struct scope s = decide(a, &t.in);
        for (size_t i = 0; i < s.count; i++) {
            const struct scope_verdict *v = &s.verdicts[i];
            bool affected = v->counts && v->drop == SCOPE_DROP_NONE;
            if (affected != could_be_affected(&t, i))
                fail_msg("seed %llu, hand-over %zu", (unsigned long long)kept, i);
            yes += affected;
            no += !v->counts;
            dropped += v->drop == SCOPE_DROP_ALL;
            chains += v->why == SCOPE_CHAIN;
        }
        seed = kept;
    }
    /* every kind of answer was met often */
    if (yes < 1000 || no < 1000 || dropped < 500 || chains < 500)
        fail_msg("too few: %zu %zu %zu %zu", yes, no, dropped, chains);
}

static void more_doubt_never_takes_anybody_out(void **state)
{
    (void)state;
    for (seed = 7; seed < 40000000000u; seed += 2000003u * 10) {
        uint64_t kept = seed;
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct tiny t;
        make_tiny(&t);
        struct scope before = decide(a, &t.in);
        for (size_t i = 0; i < t.in.handover_count; i++)
            t.h[i].sent.earliest -= t.h[i].sent.earliest > 0;
        t.in.incident.from.earliest -= t.in.incident.from.earliest > 0;
        t.in.incident.to.latest += t.in.incident.to.latest < 20;
        for (size_t i = 0; i < t.in.certificate_count; i++)
            t.c[i].deleted.latest += t.c[i].deleted.latest < 20;
        struct scope after = decide(a, &t.in);
        for (size_t i = 0; i < before.count; i++) {
            bool was = before.verdicts[i].counts && before.verdicts[i].drop == SCOPE_DROP_NONE;
            bool is = after.verdicts[i].counts && after.verdicts[i].drop == SCOPE_DROP_NONE;
            /* a wider range can make "certainly deleted before it was sent" uncertain, and only that */
            bool before_sent = false;
            for (size_t p = 0; p < before.verdicts[i].proof_count; p++)
                before_sent = before_sent || before.verdicts[i].proofs[p].doubts & SCOPE_DOUBT_BEFORE_SENT;
            assert_true(!was || is || before_sent);
        }
        seed = kept;
    }
}

/* Jane is in H1, whose deletion was proved, and in H2: she must stay. */
static void nothing_is_taken_from_the_union(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct scope_handover h[] = {file_to("H1", "pellwick", 10, 10), file_to("H2", "pellwick", 30, 30)};
    struct scope_certificate c = proof_of(h1, 99);
    struct scope_input in = input_of(h, 2);
    in.certificates = &c;
    in.certificate_count = 1;
    const unsigned people[] = {1u | 2u, 1u | 4u};
    struct scope s = decide(a, &in);
    unsigned affected = 0;
    for (size_t i = 0; i < s.count; i++)
        affected |= s.verdicts[i].counts && s.verdicts[i].drop != SCOPE_DROP_ALL ? people[i] : 0;
    assert_int_equal(affected, 1u | 4u);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    struct tiny t;
    seed = 99;
    make_tiny(&t);
    for (uint64_t n = 1; n < 20; n++) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct scope s;
        mem_fail_at(n, false);
        err e = scope_decide(a, &t.in, &s);
        mem_fail_at(0, false);
        assert_true(e.kind == ERR_OK || e.kind == ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hand_over_counts_by_when_it_was_sent),
        cmocka_unit_test(a_chain_of_sub_processors_counts_for_its_purpose_and_its_time),
        cmocka_unit_test(links_in_a_circle_end),
        cmocka_unit_test(each_doubt_about_a_proof_keeps_the_people_in),
        cmocka_unit_test(a_proof_may_leave_out_sub_processors),
        cmocka_unit_test(a_proof_for_all_before_a_date_needs_certainty),
        cmocka_unit_test(a_system_that_still_fills_is_not_proved_empty),
        cmocka_unit_test(a_proof_for_some_people_drops_only_some),
        cmocka_unit_test(what_ifs_change_the_answer_only),
        cmocka_unit_test(what_can_be_held_lists_no_proofs),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(words_and_evidence_have_one_order),
        cmocka_unit_test(the_rule_agrees_with_trying_every_world),
        cmocka_unit_test(more_doubt_never_takes_anybody_out),
        cmocka_unit_test(nothing_is_taken_from_the_union),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
