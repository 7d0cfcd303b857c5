/* candour purpose: what data is used for, on which legal ground. */
#include "commands.h"

#include <string.h>

static err art6_option(const struct cli *c, enum art6 *ret)
{
    const char *name = args_value(&c->args, "basis");
    if (!name)
        return OK;
    *ret = art6_find(view_text(name));
    ENSURE(*ret != ART6_COUNT && *ret != ART6_NONE,
           cli_at(err_newf(ERR_USAGE, "\"{}\" is not a legal ground of Article 6(1).",
                           "Give its letter: a consent, b contract, c legal duty, d vital interests, e public task, f legitimate interests.",
                           err_name(name)), "basis"));
    return OK;
}

static err art9_option(const struct cli *c, enum art9 *ret)
{
    const char *name = args_value(&c->args, "special");
    if (!name)
        return OK;
    *ret = art9_find(view_text(name));
    ENSURE(*ret != ART9_COUNT, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a ground of Article 9(2).",
                                               "Give its letter, a to j (a explicit consent, d not-for-profit body), or none.",
                                               err_name(name)), "special"));
    return OK;
}

static err condition_option(const struct cli *c, enum condition *ret)
{
    const char *name = args_value(&c->args, "condition");
    if (!name)
        return OK;
    *ret = condition_find(view_text(name));
    ENSURE(*ret != CONDITION_COUNT, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a condition.",
                                                    "There are: dpa-sch1-8, dpa-sch1-18, dpa-sch1-22, dpa-sch1-31, law, none.",
                                                    err_name(name)), "condition"));
    return OK;
}

static err statuses_option(struct cli *c, uint32_t *ret)
{
    const char *const *list;
    size_t count;
    TRY(args_split(c->arena, &c->args, "statuses", &list, &count));
    if (count)
        *ret = 0;
    for (size_t i = 0; i < count; i++) {
        enum person_status s = status_find(view_text(list[i]));
        ENSURE(s != STATUS_NONE, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a status.",
                                                 "There are: member, former, applicant, refused, file-only, other.", err_name(list[i])),
                                        "statuses"));
        *ret |= STATUS_BIT(s);
    }
    return OK;
}

static err fields_option(struct cli *c, const struct config *config, struct purpose *p)
{
    const struct field *field;
    if (!args_has(&c->args, "fields"))
        return OK;
    TRY(args_split(c->arena, &c->args, "fields", &p->fields, &p->field_count));
    for (size_t i = 0; i < p->field_count; i++)
        TRY(cli_at(cli_field(c, config, p->fields[i], &field), "fields"));
    return OK;
}

/* What the options say goes over the purpose there is. */
static err read_options(struct cli *c, const struct config *config, struct purpose *p)
{
    p->label = args_or(&c->args, "label", p->label);
    p->words = args_or(&c->args, "words", p->words);
    TRY(art6_option(c, &p->basis));
    TRY(art9_option(c, &p->special));
    TRY(condition_option(c, &p->condition));
    TRY(statuses_option(c, &p->statuses));
    p->required_for_membership = p->required_for_membership || args_has(&c->args, "required-for-membership");
    p->marketing = p->marketing || args_has(&c->args, "marketing");
    return fields_option(c, config, p);
}

static err run_add(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    bool changed = false;
    const char *key = cli_word(c, 0);
    TRY(cli_change(c, &v));
    TRY(config_load(v, c->arena, &config));
    const struct purpose *old = config_purpose(&config, view_text(key));
    struct purpose p = old ? *old : (struct purpose){.key = key, .label = key, .words = key};
    TRY(read_options(c, &config, &p));
    TRY(purpose_check(&p, &config.catalogue, config.membership_is_special));
    TRY(config_set_purpose(v, &config, &p, &changed));
    TRY(cli_done(c, v));
    out_set_text(&c->out, "purpose", key);
    out_set(&c->out, "changed", json_boolean(changed));
    out_say(&c->out, changed ? "The purpose %s is recorded.\n" : "The purpose %s was recorded like this already.\n", key);
    return OK;
}

static void say_purpose(struct cli *c, const struct purpose *p)
{
    struct out *o = &c->out;
    out_say(o, "%s: %s\n  ground %s, special data %s, condition %s%s%s\n  for ", p->key, p->words, art6_name(p->basis),
            art9_name(p->special), condition_name(p->condition), p->required_for_membership ? ", needed for membership" : "",
            p->marketing ? ", marketing" : "");
    for (int s = STATUS_NONE + 1; s < STATUS_COUNT; s++) {
        if (purpose_covers_status(p, (enum person_status)s))
            out_say(o, "%s ", status_name((enum person_status)s));
    }
    out_say(o, "\n  details:");
    for (size_t i = 0; i < p->field_count; i++)
        out_say(o, " %s", p->fields[i]);
    out_say(o, "\n");
}

static err run_list(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    json_t *list = json_array();
    out_set(&c->out, "purposes", list);
    for (size_t i = 0; i < config.purpose_count; i++) {
        json_t *item = NULL;
        TRY(purpose_to_json(&config.purposes[i], &item));
        ENSURE(json_array_append_new(list, item) == 0, mem_none());
        say_purpose(c, &config.purposes[i]);
    }
    return OK;
}

static const struct args_word one_key[] = {{"KEY", ARGS_ONE}, {0}};
static const struct args_option add_options[] = {
    {"label", ARGS_VALUE, false, "WORDS", "in lists"},
    {"words", ARGS_VALUE, false, "WORDS", "in letters, after \"for\": \"your ballot paper (by law)\""},
    {"basis", ARGS_VALUE, false, "LETTER", "legal ground, Article 6(1): a to f"},
    {"special", ARGS_VALUE, false, "LETTER", "ground for special data, Article 9(2): a to j"},
    {"condition", ARGS_VALUE, false, "WORD", "UK: dpa-sch1-22 and the like"},
    {"statuses", ARGS_LIST, false, "a,b", "whom it covers: member, former, applicant, refused, file-only, other"},
    {"fields", ARGS_LIST, false, "a,b", "details that it may take"},
    {"required-for-membership", ARGS_FLAG, false, NULL, "nobody can be a member without it"},
    {"marketing", ARGS_FLAG, false, NULL, "an objection always ends it"},
    {0},
};

const struct command cmd_purpose[] = {
    {"purpose", "add", "Adds a purpose, or changes what is given of one.",
     "candour -C data purpose add survey --words \"our yearly survey\" --basis a --special a --statuses member --fields email", one_key,
     add_options, run_add},
    {"purpose", "list", "Lists what data is used for, on which ground, and of whom.", "candour -C data purpose list", NULL, NULL,
     run_list},
    {0},
};
