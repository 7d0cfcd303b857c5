/* candour person: looking people up.  Their details are shown only by show, history, and list --fields. */
#include "commands.h"

#include "choices.h"
#include "people_args.h"
#include "text.h"

#include <string.h>

enum { IDS_AT_ONCE = 4096 };

/* The instant and the selection of a command about many. */
struct asking {
    struct cli *c;
    struct vault *v;
    struct config config;
    const struct select *select;
    int64_t as_of;
    int32_t day;
    uint64_t counts[STATUS_COUNT], unsure, people, deceased, gone, limit;
    const struct field **fields;
    size_t field_count;
    json_t *list;
    struct arena *ids; /* of the people listed last */
    struct person whole; /* of one: the facts of all her records */
};

static err as_of_option(struct cli *c, const struct vault *v, int64_t *ret)
{
    const char *text = args_value(&c->args, "as-of");
    struct when_range range;
    *ret = vault_now(v);
    if (!text)
        return OK;
    TRY(cli_at(when_parse_range(view_text(text), &v->zone, &range), "as-of"));
    ENSURE(range.latest < WHEN_UNKNOWN_LATE, cli_at(err_new(ERR_USAGE, "Everybody as of when?", "Write a date, such as 2018-03-02."), "as-of"));
    *ret = range.latest;
    return OK;
}

static err selection_option(struct cli *c, struct asking *k)
{
    const char *text = args_value(&c->args, "select");
    return text ? select_parse(c->arena, &k->config.catalogue, "--select", text, &k->select) : OK;
}

/* Many people need a warrant, which is an entry of the log: then the vault is opened anew, for writing. */
static err warrant_asking(struct cli *c, struct asking *k)
{
    bool many;
    TRY(people_many(k->v, &many));
    if (!many)
        return OK;
    vault_close(&k->v);
    TRY(cli_open(c, STORE_WRITE, &k->v));
    return people_warrant(k->v);
}

static err start_asking(struct cli *c, struct asking *k)
{
    k->c = c;
    TRY(cli_open(c, STORE_READ, &k->v));
    TRY(config_load(k->v, c->arena, &k->config));
    TRY(selection_option(c, k));
    TRY(as_of_option(c, k->v, &k->as_of));
    return when_local_day(&k->v->zone, k->as_of, &k->day);
}

static void end_asking(struct asking *k)
{
    vault_close(&k->v);
    arena_release(&k->ids);
}

/* --- count --- */

static err count_one(void *ctx, const struct person *p, enum truth truth)
{
    struct asking *k = ctx;
    k->unsure += truth == TRUTH_UNKNOWN;
    k->people++;
    k->counts[facts_status(&p->facts, k->as_of, k->day)]++;
    k->deceased += facts_deceased(&p->facts, k->day);
    k->gone += facts_gone(&p->facts);
    return OK;
}

static err run_count(struct cli *c)
{
    CLEANUP(end_asking) struct asking k = {0};
    TRY(start_asking(c, &k));
    TRY(warrant_asking(c, &k));
    TRY(people_select_whole(k.v, &k.config, k.select, k.as_of, 0, count_one, &k));
    struct out *o = &c->out;
    out_set_number(o, "people", k.people);
    out_set_number(o, "unsure", k.unsure);
    out_set_number(o, "deceased", k.deceased);
    out_set_number(o, "gone", k.gone);
    out_say(o, "%s people", OUT_N(k.people));
    json_t *by = json_object();
    for (int s = STATUS_NONE + 1; s < STATUS_COUNT; s++) {
        const char *name = status_name((enum person_status)s);
        if (!by || json_object_set_new(by, name, json_integer((json_int_t)k.counts[s])) != 0)
            o->poor = true;
        if (k.counts[s])
            out_say(o, "%s %s %s", k.people && s ? "," : "", OUT_N(k.counts[s]), name);
    }
    out_set(o, "status", by);
    out_say(o, "\n");
    if (k.unsure)
        out_say(o, "%s of them can't be told for sure (a value is no longer kept, or sources contradict each other): they are counted.\n", OUT_N(k.unsure));
    return OK;
}

/* --- list --- */

static const char no_longer_kept[] = "(no longer kept)";

static struct view text_of(const struct asking *k, const struct person *p, size_t i)
{
    const struct person_value *v = person_value(p, &k->config.numbers, field_no(&k->config.numbers, k->fields[i]), k->as_of);
    if (!v)
        return (struct view){0};
    return v->print ? view_text(no_longer_kept) : v->text;
}

static err add_person(struct asking *k, const struct person *p, const char *id, const char *status)
{
    json_t *item = json_pack("{s:s, s:s}", "id", id, "status", status);
    json_t *values = item && k->field_count ? json_object() : NULL;
    for (size_t i = 0; values && i < k->field_count; i++) {
        struct view text = text_of(k, p, i);
        json_t *value = json_stringn(text.p ? (const char *)text.p : "", text.len);
        if (!value || json_object_set_new(values, k->fields[i]->key, value) != 0)
            k->c->out.poor = true;
    }
    if (values && json_object_set_new(item, "fields", values) != 0)
        k->c->out.poor = true;
    return item && json_array_append_new(k->list, item) == 0 ? OK : mem_none();
}

static void put_cell(struct buf *line, struct view text)
{
    buf_u8(line, '\t');
    text_in_line(line, text);
}

static err put_person(struct asking *k, const struct person *p, const char *id, const char *status)
{
    CLEANUP(buf_free) struct buf line = BUF(LIMIT_RECORD_BYTES * 8);
    text_in_line(&line, view_text(id));
    put_cell(&line, view_text(status));
    for (size_t i = 0; i < k->field_count; i++)
        put_cell(&line, text_of(k, p, i));
    buf_u8(&line, '\n');
    TRY(buf_ok(&line));
    return out_bulk(&k->c->out, buf_view(&line));
}

static err list_one(void *ctx, const struct person *p, enum truth truth)
{
    struct asking *k = ctx;
    (void)truth;
    if (k->people >= k->limit)
        return OK;
    k->people++;
    if (k->people % IDS_AT_ONCE == 1)
        arena_release(&k->ids);
    k->ids = k->ids ? k->ids : arena_new();
    ENSURE(k->ids, mem_none());
    const char *id = people_id(k->ids, &k->config, p, k->as_of);
    const char *status = status_name(facts_status(&p->facts, k->as_of, k->day));
    return k->list ? add_person(k, p, id, status) : put_person(k, p, id, status);
}

static err list_fields(struct cli *c, struct asking *k, uint32_t *categories)
{
    const char *const *keys;
    struct config *config = &k->config;
    TRY(args_split(c->arena, &c->args, "fields", &keys, &k->field_count));
    k->fields = arena_array(c->arena, k->field_count + 1, sizeof *k->fields);
    ENSURE(k->fields, mem_none());
    for (size_t i = 0; i < k->field_count; i++) {
        TRY(cli_at(cli_field(c, config, keys[i], &k->fields[i]), "fields"));
        *categories |= 1u << k->fields[i]->category;
    }
    return OK;
}

static err run_list(struct cli *c)
{
    CLEANUP(end_asking) struct asking k = {.limit = UINT64_MAX};
    uint32_t categories = 1u << CATEGORY_IDENTITY;
    TRY(cli_number(c, "limit", UINT32_MAX, &k.limit));
    TRY(start_asking(c, &k));
    TRY(list_fields(c, &k, &categories));
    TRY(warrant_asking(c, &k));
    if (c->out.json)
        out_set(&c->out, "people", k.list = json_array());
    return people_select_whole(k.v, &k.config, k.select, k.as_of, categories, list_one, &k);
}

/* --- find --- */

static err run_find(struct cli *c)
{
    CLEANUP(end_asking) struct asking k = {.limit = UINT64_MAX};
    const uint32_t *found;
    size_t count;
    k.c = c;
    TRY(cli_open(c, STORE_READ, &k.v));
    TRY(config_load(k.v, c->arena, &k.config));
    k.as_of = vault_now(k.v);
    k.day = vault_today(k.v);
    TRY(people_find(k.v, &k.config, c->arena, view_text(cli_word(c, 0)), args_has(&c->args, "past"), &found, &count));
    struct person *people = arena_array(c->arena, count + 1, sizeof *people);
    ENSURE(people, mem_none());
    TRY(people_open(k.v, &k.config, c->arena, found, count, 1u << CATEGORY_IDENTITY, people));
    json_t *list = json_array();
    out_set(&c->out, "people", list);
    for (size_t i = 0; i < count; i++) {
        const char *id = people_id(c->arena, &k.config, &people[i], k.as_of);
        struct people_records r;
        struct person whole;
        TRY(people_records(k.v, &k.config, found[i], &r));
        TRY(people_open_whole(k.v, &k.config, c->arena, found[i], 0, &whole));
        const char *status = status_name(facts_status(&whole.facts, k.as_of, k.day));
        json_t *item = json_pack("{s:i, s:s, s:s, s:i}", "number", (int)found[i], "id", id, "status", status, "person", (int)r.list[0]);
        ENSURE(item && json_array_append_new(list, item) == 0, mem_none());
        const char *of = r.list[0] == found[i] ? "" : cli_text(c, ", another record of #%u", r.list[0]);
        out_say(&c->out, "#%-8u %-24s %s%s\n", found[i], cli_in_line(c, id), status, of);
    }
    ENSURE(count, err_new(ERR_NOT_FOUND, "No record under that.", "Check it; look by e-mail address, number, or surname; --past looks among former ones too."));
    return OK;
}

/* --- show and history --- */

/* The record that was named; its facts are those of the whole person. */
static err open_one(struct cli *c, struct asking *k, struct person *ret)
{
    uint32_t ordinal;
    k->c = c;
    TRY(cli_open(c, STORE_READ, &k->v));
    TRY(config_load(k->v, c->arena, &k->config));
    TRY(as_of_option(c, k->v, &k->as_of));
    TRY(when_local_day(&k->v->zone, k->as_of, &k->day));
    TRY(people_arg(c, k->v, &k->config, 0, &ordinal));
    TRY(people_open(k->v, &k->config, c->arena, &ordinal, 1, config_categories(&k->config), ret));
    ENSURE(ret->state == CELL_THERE, err_new(ERR_GONE, "That person was erased.", "Nothing is kept that could be shown."));
    return people_open_whole(k->v, &k->config, c->arena, ordinal, 0, &k->whole);
}

static const struct {
    uint16_t mark;
    const char *words;
} marks[] = {
    {FACT_IN_DANGER, "in danger"}, {FACT_WORK_EMAIL, "work e-mail"}, {FACT_ON_HOLD, "e-mail fails"},
    {FACT_NO_EMAIL, "no e-mail wanted"}, {FACT_FILE_ONLY, "known only from a file"}, {FACT_PAPER, "paper wanted"},
};

static void show_facts(struct asking *k, const struct person *p)
{
    struct cli *c = k->c;
    struct out *o = &c->out;
    const struct facts *f = &k->whole.facts;
    const char *status = status_name(facts_status(f, k->as_of, k->day));
    int32_t joined = facts_joined(f), left = facts_left(f, &k->v->zone, k->as_of, k->day);
    out_set_number(o, "number", p->ordinal);
    out_set_text(o, "status", status);
    out_set(o, "joined", cli_json_day(joined));
    out_set(o, "left", cli_json_day(left));
    out_set(o, "deceased", json_boolean(facts_deceased(f, k->day)));
    out_set(o, "held", json_boolean(facts_held(f)));
    json_t *list = json_array();
    out_set(o, "marks", list);
    out_say(o, "#%u  %s%s%s%s%s%s%s\n", p->ordinal, status, joined != DAY_UNKNOWN ? ", joined " : "", cli_day_text(c, joined),
            left != DAY_UNKNOWN ? ", left " : "", cli_day_text(c, left), facts_deceased(f, k->day) ? ", deceased" : "",
            facts_held(f) ? ", kept for a claim" : "");
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!(facts_marks(f) & marks[i].mark))
            continue;
        out_say(o, "  %s\n", marks[i].words);
        if (json_array_append_new(list, json_string(marks[i].words)) != 0)
            o->poor = true;
    }
}

enum { VALUES_SHOWN = 64 };

static void show_field(struct asking *k, const struct person *p, const struct field *f, json_t *fields)
{
    const struct person_value *values[VALUES_SHOWN];
    struct out *o = &k->c->out;
    size_t count = person_values(p, &k->config.numbers, field_no(&k->config.numbers, f), k->as_of, values, VALUES_SHOWN);
    json_t *list = count ? json_array() : NULL;
    for (size_t i = 0; i < count && i < VALUES_SHOWN; i++) {
        const struct person_value *v = values[i];
        bool hidden = f->presence_only || v->print;
        struct view text = hidden ? view_text(v->print ? no_longer_kept : "(there is one)") : v->text;
        json_t *value = json_stringn((const char *)text.p, text.len);
        if (!value || !list || json_array_append_new(list, value) != 0)
            o->poor = true;
        out_say(o, "  %-26s ", i ? "" : f->label);
        out_put(o, text);
        out_say(o, "\n");
    }
    if (list && json_object_set_new(fields, f->key, list) != 0)
        o->poor = true;
}

/* The other records of the same person. */
static err show_others(struct asking *k, const struct person *p)
{
    struct cli *c = k->c;
    struct people_records r;
    struct person people[PEOPLE_RECORDS_MAX];
    TRY(people_records(k->v, &k->config, p->ordinal, &r));
    TRY(people_open(k->v, &k->config, c->arena, r.list, r.count, 1u << CATEGORY_IDENTITY, people));
    json_t *list = json_array();
    out_set(&c->out, "other_records", list);
    for (size_t i = 0; i < r.count; i++) {
        if (r.list[i] == p->ordinal)
            continue;
        const char *id = people_id(c->arena, &k->config, &people[i], k->as_of);
        json_t *item = json_pack("{s:I, s:s}", "number", (json_int_t)r.list[i], "id", id);
        ENSURE(item && json_array_append_new(list, item) == 0, mem_none());
        out_say(&c->out, "  also recorded as #%u %s: what is said above is of both\n", r.list[i], cli_in_line(c, id));
    }
    return OK;
}

static err run_show(struct cli *c)
{
    CLEANUP(end_asking) struct asking k = {0};
    struct person p = {0};
    size_t choices;
    TRY(open_one(c, &k, &p));
    show_facts(&k, &p);
    TRY(choices_list(c, k.v, &k.config, &k.whole.facts, CHOICES_CONSENTS | CHOICES_OBJECTIONS, &choices));
    TRY(show_others(&k, &p));
    out_set_text(&c->out, "id", people_id(c->arena, &k.config, &p, k.as_of));
    json_t *fields = json_object();
    out_set(&c->out, "fields", fields);
    for (size_t i = 0; i < k.config.catalogue.count; i++)
        show_field(&k, &p, &k.config.catalogue.fields[i], fields);
    return OK;
}

static err show_version(struct asking *k, const struct person_value *v, json_t *list)
{
    struct cli *c = k->c;
    const struct field *f = field_of(&k->config.numbers, v->field);
    const struct config_source *source = config_source_of(&k->config, v->source);
    const char *from = source ? source->name : "by hand";
    const char *since = cli_time_text(c, k->v, v->since);
    const char *until = v->until == PERSON_OPEN ? "" : cli_time_text(c, k->v, v->until);
    struct view text = v->print ? view_text(no_longer_kept) : v->text;
    json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "field", f ? f->key : "", "source", from, "since", since, "until",
                             until, "kept", !v->print, "value", json_stringn((const char *)text.p, text.len));
    ENSURE(item && json_array_append_new(list, item) == 0, mem_none());
    out_say(&c->out, "  %-26s %s%s%s (%s)  ", f ? f->label : "", since, until[0] ? " until " : "", until, from);
    out_put(&c->out, text);
    out_say(&c->out, "\n");
    return OK;
}

static err run_history(struct cli *c)
{
    CLEANUP(end_asking) struct asking k = {0};
    struct person p = {0};
    TRY(open_one(c, &k, &p));
    show_facts(&k, &p);
    json_t *list = json_array(), *periods = json_array();
    out_set(&c->out, "values", list);
    out_set(&c->out, "periods", periods);
    for (size_t i = 0; i < p.facts.period_count; i++) {
        const struct facts_period *d = &p.facts.periods[i];
        int32_t end = d->end == FACTS_OPEN ? DAY_UNKNOWN : d->end;
        json_t *item = json_pack("{s:o, s:o}", "first", cli_json_day(d->first), "end", cli_json_day(end));
        ENSURE(item && json_array_append_new(periods, item) == 0, mem_none());
        out_say(&c->out, "  member from %s%s%s\n", d->first == DAY_UNKNOWN ? "an unknown day" : cli_day_text(c, d->first),
                end == DAY_UNKNOWN ? " on" : " to ", cli_day_text(c, end));
    }
    for (size_t i = 0; i < p.count; i++)
        TRY(show_version(&k, &p.values[i], list));
    return OK;
}

static const struct args_word one_person[] = {{"PERSON", ARGS_ONE}, {0}};
static const struct args_word one_what[] = {{"WHAT", ARGS_ONE}, {0}};
static const struct args_option as_of_options[] = {
    {"as-of", ARGS_VALUE, false, "TIME", "as it was then (now)"},
    {0},
};
static const struct args_option history_options[] = {
    {"as-of", ARGS_VALUE, false, "TIME", "the status of then; the history is always the whole of it"},
    {0},
};
static const struct args_option count_options[] = {
    {"select", ARGS_VALUE, false, "EXPR", "only those: 'status = \"former\" and left < 2019-01-01'"},
    {"as-of", ARGS_VALUE, false, "TIME", "as it was then (now)"},
    {0},
};
static const struct args_option list_options[] = {
    {"select", ARGS_VALUE, false, "EXPR", "only those: 'status = \"former\" and left < 2019-01-01'"},
    {"as-of", ARGS_VALUE, false, "TIME", "as it was then (now)"},
    {"fields", ARGS_LIST, false, "a,b", "show these details too"},
    {"limit", ARGS_VALUE, false, "N", "at most so many"},
    {0},
};
static const struct args_option find_options[] = {
    {"past", ARGS_FLAG, false, NULL, "also by what was so in the past"},
    {0},
};

const struct command cmd_person[] = {
    {"person", "show", "Shows what is held of one person.", "candour -C data person show crm:1234", one_person, as_of_options, run_show},
    {"person", "find", "Looks for people by an id, an e-mail address, a telephone number or a surname.",
     "candour -C data person find someone@members.example", one_what, find_options, run_find},
    {"person", "list", "Lists people by their ids.", "candour -C data person list --select 'status = \"member\"'", NULL, list_options,
     run_list},
    {"person", "history", "Shows what was held of one person and when.", "candour -C data person history crm:1234", one_person,
     history_options, run_history},
    {"person", "count", "Counts people by status.", "candour -C data person count --select 'status = \"former\" and left < 2019-01-01'",
     NULL, count_options, run_count},
    {0},
};
