/* candour bench growth: the memory that each command takes, as the register grows. */
#include "bench_cmd.h"
#include "bench_plot.h"

#include "mem.h"
#include "seam.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 24, SVG_BYTES = 4 << 20, KEPT_BYTES = 4 << 20, AIM_BYTES = 100 };

/* A command to be measured.  A word that begins with @ is a path in the bench's folder. */
struct step {
    const char *name;
    const char *words[WORDS_MAX];
    const char *holds; /* why it holds data of everybody in memory, if it does so by design */
};

#define LEAVES "32 bytes and a place a person: a set's commitment is one sorted list"

/* In the order of the work: each needs what those before it did. */
static const struct step steps[] = {
    {"import", {"import", "@people.csv", "--source", "crm", "--full"}, NULL},
    {"import the same again", {"import", "@people.csv", "--source", "crm", "--full"}, NULL},
    {"import another export", {"import", "@others.csv", "--source", "crm", "--part"}, NULL},
    {"person count", {"person", "count"}, NULL},
    {"person count --select", {"person", "count", "--select", "status = \"former\" and not (city is empty)"}, NULL},
    {"person list", {"person", "list", "--select", "status = \"member\""}, NULL},
    {"person list --json", {"person", "list", "--json", "--select", "status = \"member\""}, "the answer is one document"},
    {"person find", {"person", "find", "M0000007"}, NULL},
    {"person duplicates", {"person", "duplicates"}, "addresses of everybody are compared with each other"},
    {"recipient add", {"recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01", "--purpose",
                       "ballot", "--fields", "first_name,last_name,street_address,city,postal_code"}, NULL},
    {"handover record --file", {"handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2020-03-02", "--file", "@people.csv", "--source",
                                "crm", "--approved-by", "Office"}, LEAVES},
    {"handover record --rule", {"handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2020-05-01", "--rule", "status = \"former\"",
                                "--fields", "first_name,last_name,city", "--approved-by", "Office"}, LEAVES},
    {"handover create", {"handover", "create", "--to", "pellwick", "--purpose", "ballot", "--fields", "first_name,last_name", "--out", "@given.csv", "--plain",
                         "--approved-by", "Office"}, "the file for the company is in memory until it is encrypted"},
    {"incident open", {"incident", "open", "--recipient", "pellwick", "--happened", "2020-10-20..2020-10-29", "--aware", "2020-10-29T14:05:00Z"}, NULL},
    {"incident scope", {"incident", "scope", "I1"}, NULL},
    {"incident scope --what-if", {"incident", "scope", "I1", "--what-if", "from=2020-01-01"}, NULL},
    {"incident scope --people", {"incident", "scope", "I1", "--people-csv"}, NULL},
    {"report draft", {"report", "draft", "I1", "--to", "ico"}, NULL},
    {"evidence", {"evidence", "crm:7"}, "the list of one set's leaves: 32 bytes a person"},
    {"log verify", {"log", "verify"}, NULL},
    {"fsck", {"fsck"}, NULL},
    {"backup", {"backup", "@backup"}, NULL},
    {"restore", {"restore", "@backup", "--to", "@restored"}, NULL},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

struct measured {
    uint64_t people[PLOT_POINTS_MAX];
    size_t sizes;
    struct bench_ran ran[STEPS][PLOT_POINTS_MAX];
    bool failed[STEPS][PLOT_POINTS_MAX];
    uint64_t failures;
    uint64_t keeper[PLOT_POINTS_MAX];
    bool done[PLOT_POINTS_MAX];
};

static err one_step(struct bench *house, const struct step *s, struct bench_ran *ret)
{
    const char *words[WORDS_MAX + 1] = {0};
    for (size_t i = 0; i < WORDS_MAX && s->words[i]; i++)
        words[i] = s->words[i][0] == '@' ? bench_path(house, s->words[i] + 1) : s->words[i];
    return bench_run(house, words, ret, NULL);
}

/* A new installation of one size; all commands once. */
static err one_size(struct cli *c, struct measured *m, size_t size)
{
    CLEANUP(bench_end) struct bench house = BENCH_NONE;
    uint64_t people = m->people[size];
    TRY(bench_begin(c, &house));
    TRY(bench_register(c, bench_path(&house, "people.csv"), people, 1, NULL));
    TRY(bench_register(c, bench_path(&house, "others.csv"), people, 2, NULL));
    TRY(bench_init(&house));
    for (size_t i = 0; i < STEPS; i++) {
        out_progress(&c->out, steps[i].name, people, 0);
        err e = one_step(&house, &steps[i], &m->ran[i][size]);
        m->failed[i][size] = e.kind != ERR_OK;
        m->failures += e.kind != ERR_OK;
        err_ignore(e, "it was shown, is told at the end, and hours of other figures are not given up for it");
    }
    m->keeper[size] = bench_keeper_peak(&house);
    m->done[size] = true;
    return OK;
}

/* --- what was found --- */

/* Bytes a person between the two largest sizes. */
static double slope(const struct measured *m, const struct bench_ran *ran)
{
    size_t last = m->sizes - 1;
    if (last == 0)
        return 0;
    double more = (double)ran[last].peak_bytes - (double)ran[last - 1].peak_bytes;
    return more / (double)(m->people[last] - m->people[last - 1]);
}

static json_t *sizes_json(const struct measured *m, const struct bench_ran *ran, const bool *failed)
{
    json_t *list = json_array();
    bool bad = !list;
    for (size_t i = 0; !bad && i < m->sizes; i++) {
        if (!m->done[i])
            continue;
        json_t *one = json_pack("{s:I, s:b, s:I, s:f, s:f}", "people", (json_int_t)m->people[i], "failed", failed[i], "peak_bytes", (json_int_t)ran[i].peak_bytes, "seconds",
                                ran[i].seconds, "processor", ran[i].processor);
        bad = !one || json_array_append_new(list, one) != 0;
    }
    return jsonio_whole(list, bad);
}

static json_t *steps_json(const struct measured *m)
{
    json_t *list = json_array();
    bool bad = !list;
    for (size_t i = 0; i < STEPS; i++) {
        double bytes = slope(m, m->ran[i]);
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "command", steps[i].name);
        jsonio_put(&j, "sizes", sizes_json(m, m->ran[i], m->failed[i]));
        jsonio_put(&j, "bytes_a_person", json_real(bytes));
        if (steps[i].holds)
            jsonio_put_text(&j, "by_design", steps[i].holds);
        else if (m->sizes > 1)
            jsonio_put_bool(&j, "met", bytes < AIM_BYTES);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *keeper_json(const struct measured *m)
{
    json_t *list = json_array();
    bool bad = !list;
    for (size_t i = 0; !bad && i < m->sizes; i++)
        if (m->done[i])
            bad = json_array_append_new(list, json_pack("{s:I, s:I}", "people", (json_int_t)m->people[i], "peak_bytes", (json_int_t)m->keeper[i])) != 0;
    return jsonio_whole(list, bad);
}

/* --- what is kept from size to size, since the largest take hours: what was measured, and nothing that comes of it ---
 */

static const json_t *of_size(const json_t *sizes, uint64_t people)
{
    size_t i;
    json_t *one;
    json_array_foreach(sizes, i, one)
        if (json_integer_value(json_object_get(one, "people")) == (json_int_t)people)
            return one;
    return NULL;
}

static const json_t *of_command(const json_t *doc, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(doc, "commands"), i, one)
        if (json_is_string(json_object_get(one, "command")) && strcmp(json_string_value(json_object_get(one, "command")), name) == 0)
            return json_object_get(one, "sizes");
    return NULL;
}

static bool take_seconds(const json_t *one, const char *key, double *ret)
{
    const json_t *value = json_object_get(one, key);
    *ret = json_number_value(value);
    return json_is_number(value) && *ret >= 0;
}

static bool take_peak(const json_t *one, uint64_t *ret)
{
    const json_t *value = json_object_get(one, "peak_bytes");
    *ret = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool take_ran(const json_t *one, struct bench_ran *ret)
{
    return json_is_false(json_object_get(one, "failed")) && take_seconds(one, "seconds", &ret->seconds) &&
           take_seconds(one, "processor", &ret->processor) && take_peak(one, &ret->peak_bytes);
}

/* Whole or not at all: each command of a size needs what those before it did, so one that failed is measured again with
 * all others. */
static void take_size(const json_t *doc, struct measured *m, size_t size)
{
    bool whole = take_peak(of_size(json_object_get(doc, "keeper"), m->people[size]), &m->keeper[size]);
    for (size_t i = 0; i < STEPS; i++)
        whole = take_ran(of_size(of_command(doc, steps[i].name), m->people[size]), &m->ran[i][size]) && whole;
    m->done[size] = whole;
}

static err take_kept(struct measured *m, const char *path)
{
    CLEANUP(buf_free) struct buf bytes = BUF(KEPT_BYTES);
    CLEANUP(jsonio_release) json_t *doc = NULL;
    err e = seam_read(path, KEPT_BYTES, &bytes);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "nothing is measured yet");
        return OK;
    }
    TRY(e);
    TRY(jsonio_load(buf_view(&bytes), KEPT_BYTES, &doc));
    for (size_t i = 0; i < m->sizes; i++)
        take_size(doc, m, i);
    return OK;
}

static json_t *ran_json(const struct measured *m)
{
    json_t *list = json_array();
    bool bad = !list;
    for (size_t i = 0; i < STEPS; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "command", steps[i].name);
        jsonio_put(&j, "sizes", sizes_json(m, m->ran[i], m->failed[i]));
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static err keep(const struct measured *m, const char *path)
{
    CLEANUP(buf_free) struct buf bytes = BUF(KEPT_BYTES);
    CLEANUP(jsonio_release) json_t *doc = json_pack("{s:o, s:o}", "commands", ran_json(m), "keeper", keeper_json(m));
    struct seam_place place = seam_place(path);
    CLEANUP(mem_release) char *dir = mem_text((const char *)place.folder.p, place.folder.len);
    ENSURE(doc && dir, mem_none());
    TRY(jsonio_dump(&bytes, doc));
    return seam_replace(dir, place.name, buf_view(&bytes), 0644);
}

static void say_step(struct cli *c, const struct measured *m, size_t i)
{
    double bytes = slope(m, m->ran[i]);
    out_say(&c->out, "%-26s", steps[i].name);
    for (size_t k = 0; k < m->sizes; k++)
        out_say(&c->out, " %8.1f MB %7.2f s%s", (double)m->ran[i][k].peak_bytes / 1e6, m->ran[i][k].seconds, m->failed[i][k] ? " FAILED" : "");
    out_say(&c->out, " %8.1f bytes%s%s\n", bytes, steps[i].holds ? ", by design: " : bytes < AIM_BYTES ? "" : " MISSED", steps[i].holds ? steps[i].holds : "");
}

static void say(struct bench *b, const struct measured *m)
{
    struct cli *c = b->c;
    out_say(&c->out, "%-26s", "People");
    for (size_t k = 0; k < m->sizes; k++)
        out_say(&c->out, " %21s", OUT_N(m->people[k]));
    out_say(&c->out, "  a person, between the last two\n");
    for (size_t i = 0; i < STEPS; i++)
        say_step(c, m, i);
    for (size_t k = 0; k < m->sizes; k++)
        out_say(&c->out, "The keeper had at most %.1f MB with %s people.\n", (double)m->keeper[k] / 1e6, OUT_N(m->people[k]));
}

static void add_point(struct plot_line *line, uint64_t people, double bytes)
{
    line->x[line->count] = (double)people;
    line->y[line->count++] = (bytes > 0 ? bytes : 1) / 1e6;
}

/* The commands, their keeper, and the aim. */
enum { LINES = STEPS + 2 };

static err draw(const struct measured *m, struct buf *to)
{
    CLEANUP(mem_release) struct plot_line *lines = mem_array(LINES, sizeof *lines);
    ENSURE(lines, mem_none());
    lines[STEPS].name = "keeper";
    lines[STEPS + 1] = (struct plot_line){.name = "100 bytes a person", .dashed = true};
    for (size_t k = 0; k < m->sizes; k++) {
        add_point(&lines[STEPS], m->people[k], (double)m->keeper[k]);
        add_point(&lines[STEPS + 1], m->people[k], (double)m->people[k] * AIM_BYTES);
    }
    for (size_t i = 0; i < STEPS; i++) {
        lines[i].name = steps[i].name;
        lines[i].dashed = steps[i].holds;
        for (size_t k = 0; k < m->sizes; k++)
            add_point(&lines[i], m->people[k], (double)m->ran[i][k].peak_bytes);
    }
    struct plot p = {"Memory of each command as the register grows", "Most memory of the process. Dashed: holds data of everybody by design.",
                     "People in the register", "MB", lines, LINES};
    return plot_svg(&p, to);
}

static err write_plot(const struct measured *m, const char *path)
{
    CLEANUP(buf_free) struct buf svg = BUF(SVG_BYTES);
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    TRY(draw(m, &svg));
    TRY(seam_open(&f, path, SEAM_NEW));
    TRY(seam_write(&f, 0, buf_view(&svg)));
    return seam_sync(&f);
}

/* --- sizes --- */

static err read_sizes(struct cli *c, struct measured *m)
{
    static const uint64_t usual[] = {10000, 100000, 1000000};
    const char *const *list;
    size_t count;
    TRY(args_split(c->arena, &c->args, "sizes", &list, &count));
    for (size_t i = 0; count == 0 && i < sizeof usual / sizeof usual[0]; i++)
        m->people[m->sizes++] = usual[i];
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        unsigned long long n = strtoull(list[i], &end, 10);
        bool rises = m->sizes == 0 || n > m->people[m->sizes - 1];
        ENSURE(*end == 0 && n >= AIM_BYTES && n <= BENCH_PEOPLE_MAX && rises && m->sizes < PLOT_POINTS_MAX,
               cli_at(err_newf(ERR_USAGE, "\"{}\" is no size to go on with.", "Give up to 16 rising numbers of people, from {} to {}, with commas between.",
                               err_name(list[i]), err_int(AIM_BYTES), err_int(BENCH_PEOPLE_MAX)), "sizes"));
        m->people[m->sizes++] = n;
    }
    return OK;
}

err bench_growth(struct cli *c)
{
    CLEANUP(mem_release) struct measured *m = mem_alloc(sizeof *m);
    ENSURE(m, mem_none());
    TRY(read_sizes(c, m));
    CLEANUP(bench_end) struct bench b = BENCH_NONE;
    TRY(bench_begin(c, &b));
    const char *kept = args_value(&c->args, "keep"), *svg = args_value(&c->args, "svg");
    if (kept)
        TRY(take_kept(m, kept));
    for (size_t i = 0; i < m->sizes; i++) {
        if (m->done[i])
            continue;
        TRY(one_size(c, m, i));
        if (kept)
            TRY(keep(m, kept));
    }
    if (svg)
        TRY(write_plot(m, svg));
    out_set_text(&c->out, "bench", "growth");
    out_set(&c->out, "commands", steps_json(m));
    out_set(&c->out, "keeper", keeper_json(m));
    say(&b, m);
    bench_say(&b);
    ENSURE(m->failures == 0, err_newf(ERR_IO, "{} commands failed while they were measured.", "Their own words stand above.", err_int((long long)m->failures)));
    return OK;
}
