/* candour person duplicates, merge, unmerge: several records of one person. */
#include "commands.h"

#include "duplicates.h"
#include "entry.h"
#include "people_args.h"

/* --- duplicates --- */

enum { GROUPS_SHOWN = 1000, GROUPS_MAX = 100000 };

static const char *why_words(unsigned why)
{
    static const char *const words[] = {"", "same e-mail address", "same postcode and family name",
                                        "same e-mail address, postcode and family name"};
    return words[why & (DUPLICATE_EMAIL | DUPLICATE_POSTCODE)];
}

static err put_group(struct cli *c, struct vault *v, const struct config *config, const struct duplicates *d, json_t *groups)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct person list[DUPLICATES_SHOWN];
    json_t *people = json_array();
    json_t *group = json_pack("{s:s, s:b, s:I, s:o}", "why", why_words(d->why), "likely", d->likely, "count", (json_int_t)d->people, "people", people);
    ENSURE(group && json_array_append_new(groups, group) == 0, mem_none());
    TRY(people_open(v, config, a, d->ordinals, d->shown, 1u << CATEGORY_IDENTITY, list));
    out_say(&c->out, "%s%s:", why_words(d->why), d->likely ? ", names that may be the same" : "");
    for (size_t i = 0; i < d->shown; i++) {
        const char *id = people_id(c->arena, config, &list[i], vault_now(v));
        json_t *item = json_pack("{s:I, s:s}", "number", (json_int_t)d->ordinals[i], "id", id);
        ENSURE(item && json_array_append_new(people, item) == 0, mem_none());
        out_say(&c->out, "%s #%u %s", i ? "," : "", d->ordinals[i], cli_in_line(c, id));
    }
    out_say(&c->out, d->people > d->shown ? ", and %s more\n" : "\n", OUT_N(d->people - d->shown));
    return OK;
}

static err run_duplicates(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    const struct duplicates *list;
    size_t shown;
    uint64_t count, limit = GROUPS_SHOWN;
    bool many;
    TRY(cli_number(c, "limit", GROUPS_MAX, &limit));
    TRY(cli_open(c, STORE_READ, &v));
    TRY(people_many(v, &many));
    if (many) { /* needs a warrant, which is an entry of the log */
        vault_close(&v);
        TRY(cli_open(c, STORE_WRITE, &v));
        TRY(people_warrant(v));
    }
    TRY(config_load(v, c->arena, &config));
    TRY(duplicates_find(v, &config, c->arena, (size_t)limit, &list, &shown, &count));
    json_t *groups = json_array();
    out_set(&c->out, "groups", groups);
    out_set_number(&c->out, "count", count);
    for (size_t i = 0; i < shown; i++)
        TRY(put_group(c, v, &config, &list[i], groups));
    if (count == 0)
        out_say(&c->out, "No two people share an e-mail address, or postcode and family name.\n");
    else
        out_say(&c->out, "%s groups. Couples and families share addresses; where it is one person: candour person merge A B.\n", OUT_N(count));
    if (count > shown)
        out_note(&c->out, "%s groups are not shown: --limit shows more.\n", OUT_N(count - shown));
    return OK;
}

/* --- merge and unmerge --- */

static err show_records(struct cli *c, struct vault *v, const struct config *config, const struct people_records *r, json_t *list)
{
    struct person people[PEOPLE_RECORDS_MAX];
    TRY(people_open(v, config, c->arena, r->list, r->count, 1u << CATEGORY_IDENTITY, people));
    for (size_t i = 0; i < r->count; i++) {
        const char *id = people_id(c->arena, config, &people[i], vault_now(v));
        json_t *item = json_pack("{s:I, s:s}", "number", (json_int_t)r->list[i], "id", id);
        ENSURE(item && json_array_append_new(list, item) == 0, mem_none());
        out_say(&c->out, "  #%-8u %s\n", r->list[i], cli_in_line(c, id));
    }
    return OK;
}

static err done(struct cli *c, struct vault *v, const struct config *config, const char *action, bool changed, uint32_t ordinal)
{
    struct people_records r;
    if (changed)
        TRY(vault_entry(v, json_pack("{s:s, s:s}", "kind", "merge", "action", action), NULL));
    TRY(people_records(v, config, ordinal, &r));
    TRY(cli_done(c, v));
    json_t *list = json_array();
    out_set_text(&c->out, "action", action);
    out_set(&c->out, "changed", json_boolean(changed));
    out_set(&c->out, "records", list);
    out_say(&c->out, "%s%s\n", changed ? "" : "It was so already. ", r.count > 1 ? "These are records of one person:" : "This is a person of her own:");
    return show_records(c, v, config, &r, list);
}

static err run_merge(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    uint32_t one, other;
    bool changed;
    TRY(cli_change(c, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(people_arg(c, v, &config, 0, &one));
    TRY(people_arg(c, v, &config, 1, &other));
    ENSURE(one != other, err_new(ERR_INVALID, "Both mean the same record.", "Name the other one, as SOURCE:ID or #NUMBER."));
    TRY(people_merge(v, &config, one, other, &changed));
    return done(c, v, &config, "merge", changed, one);
}

static err run_unmerge(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    uint32_t ordinal;
    bool changed;
    TRY(cli_change(c, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(people_arg(c, v, &config, 0, &ordinal));
    TRY(people_unmerge(v, &config, ordinal, &changed));
    return done(c, v, &config, "unmerge", changed, ordinal);
}

static const struct args_word two_people[] = {{"PERSON", ARGS_ONE}, {"OTHER", ARGS_ONE}, {0}};
static const struct args_word one_person[] = {{"PERSON", ARGS_ONE}, {0}};
static const struct args_option duplicate_options[] = {{"limit", ARGS_VALUE, false, "N", "at most so many groups (1000)"}, {0}};

const struct command cmd_records[] = {
    {"person", "duplicates", "Lists who may be one person twice.", "candour -C data person duplicates", NULL, duplicate_options, run_duplicates},
    {"person", "merge", "Says that two records are one person's.", "candour -C data person merge crm:1234 desk:88", two_people, NULL, run_merge},
    {"person", "unmerge", "Says that a record is another person's after all.", "candour -C data person unmerge desk:88", one_person, NULL,
     run_unmerge},
    {0},
};
