/* candour bench log: entries appended alone and in groups, beside the disk; and a whole log verified by the real command. */
#include "bench_bare.h"
#include "bench_cmd.h"

#include "entry.h"

enum { ENTRIES = 1000000, ENTRIES_MAX = 100000000, GROUP = 10, GROUP_MAX = 100000, GROUPS = 300, SYNCS = 1000, SLICES = 10, FILL_GROUP = 50000 };
enum { SEALED_EACH = 50 }; /* one in so many entries enters sealed */

static const double VERIFY_MOST_A_MILLION = 1.5;

/* What a long-lived log is made of: choices of people, and work that was allowed. */
static err append_clear(struct vault *v, uint64_t i)
{
    if (i % 4)
        return vault_entry(v, json_pack("{s:s, s:s, s:s, s:s}", "kind", "consent", "purpose", "newsletter", "action", i % 2 ? "give" : "withdraw", "number",
                                        "<10"), NULL);
    struct hash h = digest_of(view_of(&i, sizeof i));
    return vault_entry(v, json_pack("{s:s, s:s, s:s, s:[s, s], s:i, s:o, s:o}", "kind", "warrant", "job", "reading", "purpose", "internal", "categories",
                                    "identity", "contact", "number", 100, "until", entry_time(vault_now(v)), "set", entry_hash(&h)), NULL);
}

/* Now and then a request, which enters sealed. */
static err append(struct vault *v, uint64_t i)
{
    if (i % SEALED_EACH)
        return append_clear(v, i);
    return vault_entry(v, json_pack("{s:s, s:s, s:s, s:s, s:o}", "kind", "request", "id", "Q1", "type", "access", "action", "open", "received",
                                    entry_time(vault_now(v))), NULL);
}

static err append_group(struct vault *v, uint64_t *next, uint64_t count, err (*one)(struct vault *v, uint64_t i))
{
    TRY(vault_begin(v));
    for (uint64_t i = 0; i < count; i++)
        TRY(one(v, (*next)++));
    return vault_commit(v);
}

/* Until `to` has `most`. */
static err append_groups(struct vault *v, uint64_t *next, uint64_t group, bool publish, size_t most, struct bench_times *to)
{
    while (to->count < most) {
        double from = bench_now();
        TRY(append_group(v, next, group, append_clear));
        if (publish)
            TRY(vault_publish(v));
        bench_times_add(to, bench_now() - from);
    }
    return OK;
}

static err fill(struct bench *b, struct vault *v, uint64_t *next, uint64_t entries)
{
    while (*next < entries) {
        TRY(append_group(v, next, entries - *next < FILL_GROUP ? entries - *next : FILL_GROUP, append));
        out_progress(&b->c->out, "Appending entries", *next, entries);
    }
    return OK;
}

/* Groups that are measured besides the one that is asked for. */
static const uint64_t others[] = {1, 100, 1000};
enum { OTHERS = sizeof others / sizeof others[0] };

struct measured {
    struct bench_times groups, published, syncs, other[OTHERS];
    double publish_seconds;
};

static void measured_free(struct measured *m)
{
    bench_times_free(&m->groups);
    bench_times_free(&m->published);
    bench_times_free(&m->syncs);
    for (size_t i = 0; i < OTHERS; i++)
        bench_times_free(&m->other[i]);
}

/* A tenth of the entries are for each. */
static size_t groups_of(uint64_t entries, uint64_t group, size_t most)
{
    uint64_t n = entries / 10 / group;
    return n < most ? (size_t)n : most;
}

/* A disk is not always as fast: groups and bare syncs take turns. */
static err measure_groups(struct bench *b, struct vault *v, uint64_t entries, uint64_t group, uint64_t *next, struct measured *m)
{
    TRY(bench_times_new(1 + groups_of(entries, group, GROUPS), &m->groups));
    TRY(bench_times_new(1 + groups_of(entries, 1, SYNCS), &m->syncs));
    for (size_t i = 1; i <= SLICES; i++) {
        TRY(append_groups(v, next, group, false, m->groups.room * i / SLICES, &m->groups));
        TRY(bench_bare_sync(b, m->syncs.room * i / SLICES, &m->syncs));
    }
    for (size_t i = 0; i < OTHERS; i++) {
        TRY(bench_times_new(groups_of(entries, others[i], GROUPS / 10), &m->other[i]));
        TRY(append_groups(v, next, others[i], false, m->other[i].room, &m->other[i]));
    }
    return OK;
}

static err measure(struct bench *b, uint64_t entries, uint64_t group, struct measured *m)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    uint64_t next = 0;
    TRY(bench_times_new(1 + groups_of(entries, group, GROUPS / 10), &m->published));
    TRY(bench_open(b, STORE_WRITE, &v));
    TRY(vault_lease(v));
    TRY(append_group(v, &next, 1, append)); /* the first of a day enters the day's state too */
    TRY(measure_groups(b, v, entries, group, &next, m));
    TRY(vault_publish(v));
    TRY(append_groups(v, &next, group, true, m->published.room, &m->published));
    TRY(fill(b, v, &next, entries));
    double from = bench_now();
    TRY(vault_publish(v));
    m->publish_seconds = bench_now() - from;
    return OK;
}

static err verify(struct bench *b, const char *const *words, struct bench_ran *ret, uint64_t *ret_entries)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    TRY(bench_run(b, words, ret, &doc));
    *ret_entries = (uint64_t)json_integer_value(json_object_get(doc, "entries"));
    return OK;
}

static void say(struct bench *b, struct measured *m, uint64_t group, uint64_t entries, const struct bench_ran *verified, const struct bench_ran *outside)
{
    double sync = bench_times_at(&m->syncs, 50), n = (double)group, millions = (double)entries / 1e6;
    double rate = n / bench_times_at(&m->groups, 50), limit = n / sync;
    struct cli *c = b->c;
    bench_figure(b, &(struct bench_figure){"verified by 'log verify'", "s", verified->seconds, "of that in its own process", verified->processor,
                                           .most = VERIFY_MOST_A_MILLION * millions});
    bench_figure(b, &(struct bench_figure){"verified from the published files alone", "s", outside->seconds, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){cli_text(c, "appended in groups of %s", OUT_N(group)), "entries/s", rate, "fdatasync a second, times the group", limit, 0, 0});
    bench_figure(b, &(struct bench_figure){cli_text(c, "appended in groups of %s, of the limit", OUT_N(group)), "of 1", rate / limit, NULL, 0, .least = 0.5});
    for (size_t i = 0; i < OTHERS; i++) {
        if (m->other[i].count == 0)
            continue;
        bench_figure(b, &(struct bench_figure){cli_text(c, "appended in groups of %s", OUT_N(others[i])), "entries/s",
                                               (double)others[i] / bench_times_at(&m->other[i], 50), "fdatasync a second, times the group",
                                               (double)others[i] / sync, 0, 0});
    }
    bench_figure(b, &(struct bench_figure){cli_text(c, "appended in groups of %s and published", OUT_N(group)), "entries/s",
                                           n / bench_times_at(&m->published, 50), NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"all the rest published at once", "s", m->publish_seconds, NULL, 0, 0, 0});
}

err bench_log(struct cli *c)
{
    uint64_t entries, group, seen, outside_seen;
    CLEANUP(bench_end) struct bench b = BENCH_NONE;
    CLEANUP(measured_free) struct measured m = {0};
    CLEANUP(jsonio_release) json_t *key = NULL;
    struct bench_ran ran, verified, outside;
    TRY(bench_count(c, "entries", ENTRIES, ENTRIES_MAX, &entries));
    TRY(bench_count(c, "group", GROUP, GROUP_MAX, &group));
    TRY(bench_begin(c, &b));
    TRY(bench_init(&b));
    TRY(measure(&b, entries, group, &m));
    TRY(bench_run(&b, (const char *[]){"log", "key", NULL}, &ran, &key));
    TRY(verify(&b, (const char *[]){"log", "verify", NULL}, &verified, &seen));
    TRY(verify(&b, (const char *[]){"log", "verify", "--tiles", bench_path(&b, "d/log"), "--key", json_string_value(json_object_get(key, "key")), NULL},
               &outside, &outside_seen));
    ENSURE(seen >= entries && outside_seen == seen, err_new(ERR_INTERNAL, "Not all entries were verified.", "Report this mistake."));
    out_set_text(&c->out, "bench", "log");
    out_set_number(&c->out, "entries", seen);
    out_set_number(&c->out, "group", group);
    say(&b, &m, group, seen, &verified, &outside);
    bench_say(&b);
    return OK;
}
