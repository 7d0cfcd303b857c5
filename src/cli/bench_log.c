/* candour bench log: entries appended alone and in groups, beside the disk; and a whole log verified by the real command. */
#include "bench_bare.h"
#include "bench_cmd.h"

#include "entry.h"

enum { ENTRIES = 1000000, ENTRIES_MAX = 100000000, GROUP = 100, GROUP_MAX = 100000, SINGLES = 300, GROUPS = 200, SYNCS = 1000, FILL_GROUP = 50000 };
enum { SEALED_EACH = 50 }; /* one in so many entries enters sealed */

static const double VERIFY_MOST_A_MILLION = 1.5;

/* What a long-lived log is made of: choices of people, work that was allowed, and now and then a request, sealed. */
static err append(struct vault *v, uint64_t i)
{
    if (i % SEALED_EACH == 0)
        return vault_entry(v, json_pack("{s:s, s:s, s:s, s:s, s:o}", "kind", "request", "id", "Q1", "type", "access", "action", "open", "received",
                                        entry_time(vault_now(v))), NULL);
    if (i % 4)
        return vault_entry(v, json_pack("{s:s, s:s, s:s, s:s}", "kind", "consent", "purpose", "newsletter", "action", i % 2 ? "give" : "withdraw", "number",
                                        "<10"), NULL);
    struct hash h = digest_of(view_of(&i, sizeof i));
    return vault_entry(v, json_pack("{s:s, s:s, s:s, s:[s, s], s:i, s:o, s:o}", "kind", "warrant", "job", "reading", "purpose", "internal", "categories",
                                    "identity", "contact", "number", 100, "until", entry_time(vault_now(v)), "set", entry_hash(&h)), NULL);
}

static err append_group(struct vault *v, uint64_t *next, uint64_t count)
{
    TRY(vault_begin(v));
    for (uint64_t i = 0; i < count; i++)
        TRY(append(v, (*next)++));
    return vault_commit(v);
}

static err append_groups(struct vault *v, uint64_t *next, uint64_t group, size_t groups, bool publish, struct bench_times *to)
{
    for (size_t i = 0; i < groups; i++) {
        double from = bench_now();
        TRY(append_group(v, next, group));
        if (publish)
            TRY(vault_publish(v));
        bench_times_add(to, bench_now() - from);
    }
    return OK;
}

static err fill(struct bench *b, struct vault *v, uint64_t *next, uint64_t entries)
{
    while (*next < entries) {
        TRY(append_group(v, next, entries - *next < FILL_GROUP ? entries - *next : FILL_GROUP));
        out_progress(&b->c->out, "Appending entries", *next, entries);
    }
    return OK;
}

struct measured {
    struct bench_times singles, groups, published, syncs;
    double publish_seconds;
};

static void measured_free(struct measured *m)
{
    bench_times_free(&m->singles);
    bench_times_free(&m->groups);
    bench_times_free(&m->published);
    bench_times_free(&m->syncs);
}

static err measure(struct bench *b, uint64_t entries, uint64_t group, struct measured *m)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    uint64_t next = 0;
    TRY(bench_times_new(SINGLES, &m->singles));
    TRY(bench_times_new(GROUPS, &m->groups));
    TRY(bench_times_new(GROUPS, &m->published));
    TRY(bench_times_new(SYNCS, &m->syncs));
    TRY(bench_open(b, STORE_WRITE, &v));
    TRY(vault_lease(v));
    TRY(append_groups(v, &next, 1, SINGLES, false, &m->singles));
    TRY(append_groups(v, &next, group, GROUPS, false, &m->groups));
    TRY(bench_bare_sync(b, SYNCS, &m->syncs));
    TRY(vault_publish(v));
    TRY(append_groups(v, &next, group, GROUPS / 10, true, &m->published));
    TRY(fill(b, v, &next, entries));
    double from = bench_now();
    TRY(vault_publish(v));
    m->publish_seconds = bench_now() - from;
    return OK;
}

static err verify(struct bench *b, const char *const *words, double *ret_seconds, uint64_t *ret_entries)
{
    struct bench_ran ran;
    CLEANUP(jsonio_release) json_t *doc = NULL;
    TRY(bench_run(b, words, &ran, &doc));
    *ret_seconds = ran.seconds;
    *ret_entries = (uint64_t)json_integer_value(json_object_get(doc, "entries"));
    return OK;
}

static void say(struct bench *b, struct measured *m, uint64_t group, uint64_t entries, double verified, double outside)
{
    double sync = bench_times_at(&m->syncs, 50), n = (double)group, millions = (double)entries / 1e6;
    double rate = n / bench_times_at(&m->groups, 50), limit = n / sync;
    bench_figure(b, &(struct bench_figure){"verified by 'log verify'", "s", verified, NULL, 0, .most = VERIFY_MOST_A_MILLION * millions});
    bench_figure(b, &(struct bench_figure){"verified from the published files alone", "s", outside, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"appended in groups", "entries/s", rate, "fdatasync a second, times the group", limit, 0, 0});
    bench_figure(b, &(struct bench_figure){"appended in groups, of the limit", "of 1", rate / limit, NULL, 0, .least = 0.5});
    bench_figure(b, &(struct bench_figure){"appended alone", "entries/s", 1 / bench_times_at(&m->singles, 50), "fdatasync a second", 1 / sync, 0, 0});
    bench_figure(b, &(struct bench_figure){"appended in groups and published", "entries/s", n / bench_times_at(&m->published, 50), NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"all the rest published at once", "s", m->publish_seconds, NULL, 0, 0, 0});
}

err bench_log(struct cli *c)
{
    uint64_t entries, group, seen, outside_seen;
    CLEANUP(bench_end) struct bench b;
    CLEANUP(measured_free) struct measured m = {0};
    CLEANUP(jsonio_release) json_t *key = NULL;
    struct bench_ran ran;
    double verified, outside;
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
    say(&b, &m, group, seen, verified, outside);
    bench_say(&b);
    return OK;
}
