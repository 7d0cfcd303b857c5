/* candour bench scope: who is affected, of very many hand-overs to one company.  Sets are stored and read back as ever; nobody is in the
 * register, since nobody is opened for it. */
#include "bench_bare.h"
#include "bench_cmd.h"

#include "mem.h"
#include "peopleset.h"
#include "scope_sets.h"

#include <stdio.h>
#include <string.h>

enum { PEOPLE = 1000000, HANDOVERS = 1000, EACH = 100000, FIELDS_MAX = 20, ROUNDS = 7, LINES_BYTES = 64 << 20, A_TRANSACTION = 50 };
enum { SENT = 1500000000, HAPPENED = 1600000000 };

static const double LINES_A_SECOND = 100e6; /* memberships */

/* How many of a hundred have a value, field by field: some nearly all, some nearly nobody. */
static const unsigned filled[] = {100, 99, 95, 90, 80, 70, 60, 50, 30, 10};
static const char *const keys[] = {"first_name", "last_name", "street_address", "postal_code", "email",
                                   "phone", "birth_date", "city", "iban", "allergies",
                                   "field_11", "field_12", "field_13", "field_14", "field_15", "field_16", "field_17", "field_18", "field_19", "field_20"};
_Static_assert(sizeof keys / sizeof keys[0] == FIELDS_MAX, "a key for each field");

struct asked {
    uint64_t people, handovers, each, fields;
};

struct scene {
    struct asked asked;
    struct arena *a;
    struct vault *v;
    struct handover *list;
    struct scope_handover *input;
    uint64_t bytes; /* of the sets */
    uint64_t random;
};

static uint64_t next_random(struct scene *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random;
}

/* --- the hand-overs --- */

static err draw_people(struct scene *s, struct peopleset **ret)
{
    TRY(peopleset_new(ret));
    uint64_t missing = s->asked.each;
    /* Draws some twice: as often as it takes. */
    while (missing > 0) {
        for (; missing > 0; missing--)
            peopleset_add(*ret, (uint32_t)(next_random(s) % s->asked.people));
        missing = s->asked.each - peopleset_count(*ret);
    }
    return OK;
}

static err put(struct scene *s, const char *id, const char *name, struct peopleset *set, struct hash *ret)
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES);
    TRY(peopleset_put(s->v, id, name, set, ret));
    TRY(peopleset_bytes(s->v, id, name, ret, &bytes));
    s->bytes += bytes.len;
    return OK;
}

/* The smaller of who has a value and who lacks one. */
static err put_field(struct scene *s, const struct handover *h, const uint32_t *people, size_t count, struct handover_field *f, size_t no)
{
    unsigned percent = filled[no % (sizeof filled / sizeof filled[0])], rare = percent > 50 ? 100 - percent : percent;
    CLEANUP(peopleset_free) struct peopleset *set = NULL;
    TRY(peopleset_new(&set));
    for (size_t i = 0; i < count; i++)
        if (next_random(s) % 100 < rare)
            peopleset_add(set, people[i]);
    *f = (struct handover_field){.key = keys[no], .lacks = percent > 50};
    f->people = f->lacks ? count - peopleset_count(set) : peopleset_count(set);
    return put(s, h->id, f->key, set, &f->sha);
}

static err make_handover(struct scene *s, size_t no)
{
    char id[32];
    struct handover *h = &s->list[no];
    CLEANUP(peopleset_free) struct peopleset *people = NULL;
    CLEANUP(mem_release) uint32_t *list = NULL;
    size_t count;
    snprintf(id, sizeof id, "H%zu", no + 1);
    struct handover_field *fields = arena_array(s->a, s->asked.fields + 1, sizeof *fields);
    *h = (struct handover){.id = arena_text(s->a, id, strlen(id)), .recipient = "pellwick", .purpose = "membership", .kind = HANDOVER_FILE,
                           .evidence = HANDOVER_EXACT, .fields = fields, .field_count = (size_t)s->asked.fields};
    ENSURE(h->id && fields, mem_none());
    TRY(draw_people(s, &people));
    TRY(peopleset_list(people, &list, &count));
    h->people = count;
    TRY(put(s, h->id, ".people", people, &h->set_sha));
    for (size_t i = 0; i < h->field_count; i++)
        TRY(put_field(s, h, list, count, &fields[i], i));
    s->input[no] = (struct scope_handover){.id = h->id, .recipient = h->recipient, .purpose = h->purpose,
                                           .sent = {SENT + (int64_t)no, SENT + (int64_t)no}, .kind = SCOPE_FILE, .evidence = SCOPE_EXACT};
    return OK;
}

static err make_handovers(struct bench *b, struct scene *s)
{
    s->list = arena_array(s->a, s->asked.handovers, sizeof *s->list);
    s->input = arena_array(s->a, s->asked.handovers, sizeof *s->input);
    ENSURE(s->list && s->input, mem_none());
    for (size_t i = 0; i < s->asked.handovers; i++) {
        if (i % A_TRANSACTION == 0)
            TRY(vault_begin(s->v));
        TRY(make_handover(s, i));
        if (i % A_TRANSACTION == A_TRANSACTION - 1 || i + 1 == s->asked.handovers)
            TRY(vault_commit(s->v));
        out_progress(&b->c->out, "Making hand-overs", i, s->asked.handovers);
    }
    return OK;
}

/* --- the question --- */

static void gathered_of(const struct scene *s, struct scope_gathered *g)
{
    static const char *const company[] = {"pellwick"};
    static const struct scope_aliases nobody = {0};
    *g = (struct scope_gathered){.handovers = s->list, .stored_count = s->asked.handovers, .count = s->asked.handovers, .aliases = &nobody};
    g->input.incident = (struct scope_incident){.recipients = company, .recipient_count = 1, .from = {HAPPENED, HAPPENED},
                                                .to = {HAPPENED, HAPPENED}, .opened_at = HAPPENED};
    g->input.handovers = s->input;
    g->input.handover_count = s->asked.handovers;
}

static err ask(const struct scene *s, struct vault *v, bool people_only, struct scope_sets *ret)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct scope_gathered g;
    struct scope decision;
    gathered_of(s, &g);
    g.people_only = people_only;
    TRY(scope_decide(a, &g.input, &decision));
    TRY(scope_unite(v, NULL, &g, &decision, ret));
    ENSURE(decision.counting == s->asked.handovers, err_new(ERR_INTERNAL, "Not every hand-over counted.", "Report this mistake."));
    return OK;
}

struct answers {
    double cold, lines;
    struct bench_times who, fields;
    uint64_t affected;
};

static void answers_free(struct answers *x)
{
    bench_times_free(&x->who);
    bench_times_free(&x->fields);
}

static err ask_often(const struct scene *s, struct vault *v, bool people_only, struct bench_times *to)
{
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(scope_sets_end) struct scope_sets sets = {0};
        double from = bench_now();
        TRY(ask(s, v, people_only, &sets));
        bench_times_add(to, bench_now() - from);
    }
    return OK;
}

static void put_line(struct buf *to, uint32_t number, const char *fields)
{
    char digits[16];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    buf_bytes(to, digits + at, sizeof digits - at);
    buf_u8(to, '\t');
    buf_str(to, fields);
    buf_u8(to, '\n');
}

/* A line each: her number, and her fields.  Where the people are in the register their ids are opened too, as fast as the keeper is. */
static err write_lines(struct scope_sets *sets, struct answers *x)
{
    CLEANUP(scope_fields_end) struct scope_fields *f = NULL;
    CLEANUP(mem_release) uint32_t *list = NULL;
    CLEANUP(buf_free) struct buf lines = BUF(LINES_BYTES);
    struct scope_answer answer = {.affected = sets->affected, .keys = sets->keys, .fields = sets->fields, .key_count = sets->key_count};
    size_t count;
    double from = bench_now();
    TRY(peopleset_list(sets->affected, &list, &count));
    TRY(scope_fields_begin(&answer, &f));
    for (size_t i = 0; i < count; i++) {
        const char *fields;
        TRY(scope_fields_of(f, list[i], &fields));
        put_line(&lines, list[i], fields);
        if (lines.len > LINES_BYTES / 2) {
            TRY(buf_ok(&lines));
            buf_clear(&lines);
        }
    }
    x->lines = bench_now() - from;
    return OK;
}

static err measure(struct bench *b, const struct scene *s, struct answers *x)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(scope_sets_end) struct scope_sets sets = {0};
    TRY(bench_times_new(ROUNDS, &x->who));
    TRY(bench_times_new(ROUNDS, &x->fields));
    TRY(bench_open(b, STORE_READ, &v));
    double from = bench_now();
    TRY(ask(s, v, false, &sets));
    x->cold = bench_now() - from;
    x->affected = peopleset_count(sets.affected);
    TRY(ask_often(s, v, true, &x->who));
    TRY(ask_often(s, v, false, &x->fields));
    return write_lines(&sets, x);
}

/* --- telling --- */

/* The aims were set for a thousand hand-overs of a hundred thousand, with ten fields, over one and ten million people. */
static double aim(const struct asked *q, double million, double ten_millions)
{
    if (q->handovers != HANDOVERS || q->each != EACH || q->fields > 10)
        return 0;
    return q->people <= 1000000 ? million : q->people <= 10000000 ? ten_millions : 0;
}

static err say(struct bench *b, const struct scene *s, struct answers *x)
{
    enum { MS = 1000 };
    double reading = 0, lines = (double)(s->asked.handovers * s->asked.each) / LINES_A_SECOND * MS;
    TRY(bench_bare_read((size_t)s->bytes, &reading));
    const char *limit = "reading as many bytes from memory";
    bench_figure(b, &(struct bench_figure){"who, sets kept and checked", "ms", MS * bench_times_at(&x->who, 50), NULL, 0, .most = aim(&s->asked, 30, 200)});
    bench_figure(b, &(struct bench_figure){"who with which fields, sets kept and checked", "ms", MS * bench_times_at(&x->fields, 50), limit, MS * reading,
                                               .most = aim(&s->asked, 200, 2000)});
    bench_figure(b, &(struct bench_figure){"the first answer: sets read and checked", "ms", MS * x->cold, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"everybody with her fields as lines", "ms", MS * x->lines, NULL, 0, .most = aim(&s->asked, lines, lines)});
    return OK;
}

static err make_scene(struct bench *b, struct scene *s)
{
    TRY(bench_open(b, STORE_WRITE, &s->v));
    err e = vault_lease(s->v);
    if (e.kind == ERR_OK)
        e = make_handovers(b, s);
    vault_close(&s->v);
    return e;
}

err bench_scope(struct cli *c)
{
    CLEANUP(bench_end) struct bench b = BENCH_NONE;
    CLEANUP(answers_free) struct answers x = {0};
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct scene s = {.a = a, .random = 88172645463325252u};
    TRY(bench_count(c, "people", PEOPLE, BENCH_PEOPLE_MAX, &s.asked.people));
    TRY(bench_count(c, "handovers", HANDOVERS, LIMIT_SCOPE_HANDOVERS, &s.asked.handovers));
    TRY(bench_count(c, "each", EACH, s.asked.people, &s.asked.each));
    TRY(bench_count(c, "fields", 10, FIELDS_MAX, &s.asked.fields));
    TRY(bench_begin(c, &b));
    TRY(bench_init(&b));
    TRY(make_scene(&b, &s));
    TRY(measure(&b, &s, &x));
    out_set_text(&c->out, "bench", "scope");
    out_set_number(&c->out, "people", s.asked.people);
    out_set_number(&c->out, "handovers", s.asked.handovers);
    out_set_number(&c->out, "each", s.asked.each);
    out_set_number(&c->out, "fields", s.asked.fields);
    out_set_number(&c->out, "set_bytes", s.bytes);
    out_set_number(&c->out, "affected", x.affected);
    TRY(say(&b, &s, &x));
    bench_say(&b);
    return OK;
}
