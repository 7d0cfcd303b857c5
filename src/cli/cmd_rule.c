/* candour rule: how long which data of whom is kept. */
#include "commands.h"

#include <string.h>

static err status_option(const struct cli *c, enum person_status *ret)
{
    const char *name = args_value(&c->args, "status");
    *ret = name ? status_find(view_text(name)) : *ret;
    ENSURE(*ret != STATUS_NONE, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a status.",
                                                "There are: member, former, applicant, refused, file-only, other.",
                                                err_name(name ? name : "")), "status"));
    return OK;
}

static err category_option(const struct cli *c, enum category *ret)
{
    const char *name = args_value(&c->args, "category");
    if (!name)
        return OK;
    bool all = strcmp(name, "all") == 0;
    *ret = all ? CATEGORY_NONE : category_find(view_text(name));
    ENSURE(all || *ret != CATEGORY_NONE,
           cli_at(err_newf(ERR_USAGE, "\"{}\" is not a category.",
                           "There are: all, identity, contact, financial, special, membership, activity, criminal, other.",
                           err_name(name)), "category"));
    return OK;
}

static const struct end_rule *find_rule(const struct config *config, const char *key)
{
    for (size_t i = 0; i < config->rule_count; i++) {
        if (strcmp(config->rules[i].key, key) == 0)
            return &config->rules[i];
    }
    return NULL;
}

static err run_set(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    bool changed = false;
    const char *key = cli_word(c, 0);
    TRY(cli_change(c, &v));
    TRY(config_load(v, c->arena, &config));
    const struct end_rule *old = find_rule(&config, key);
    struct end_rule r = old ? *old : (struct end_rule){.key = key, .reason = "", .since = DAY_UNKNOWN};
    ENSURE(old || (args_has(&c->args, "months") && args_has(&c->args, "reason")),
           err_newf(ERR_USAGE, "There is no rule \"{}\" yet; a new one needs --status, --months and --reason.",
                    "'candour rule list' shows those there are.", err_name(key)));
    uint64_t months = r.months;
    TRY(status_option(c, &r.status));
    TRY(category_option(c, &r.category));
    TRY(cli_number(c, "months", END_RULE_MONTHS_MAX, &months));
    if (args_has(&c->args, "since"))
        TRY(cli_day(c, "since", &r.since));
    r.months = (uint32_t)months;
    r.reason = args_or(&c->args, "reason", r.reason);
    TRY(config_set_rule(v, &config, &r, &changed));
    TRY(cli_done(c, v));
    out_set_text(&c->out, "rule", key);
    out_set(&c->out, "changed", json_boolean(changed));
    out_say(&c->out, changed ? "The rule %s is recorded.\n" : "The rule %s was recorded like this already.\n", key);
    return OK;
}

static err run_list(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    json_t *list = json_array();
    out_set(&c->out, "rules", list);
    for (size_t i = 0; i < config.rule_count; i++) {
        const struct end_rule *r = &config.rules[i];
        json_t *item = NULL;
        TRY(end_rule_to_json(r, &item));
        ENSURE(json_array_append_new(list, item) == 0, mem_none());
        out_say(&c->out, "%-24s %-10s %-11s %4u months%s%s: %s\n", r->key, status_name(r->status),
                r->category == CATEGORY_NONE ? "all" : category_name(r->category), r->months,
                r->since == DAY_UNKNOWN ? "" : ", since ", cli_day_text(c, r->since), r->reason);
    }
    return OK;
}

static const struct args_word one_key[] = {{"KEY", ARGS_ONE}, {0}};
static const struct args_option set_options[] = {
    {"status", ARGS_VALUE, false, "STATUS", "of whom: member, former, applicant, refused, file-only, other"},
    {"category", ARGS_VALUE, false, "CATEGORY", "which data; all where there is no other rule"},
    {"months", ARGS_VALUE, false, "N", "how long after they left, were refused, applied, or the file came"},
    {"reason", ARGS_VALUE, false, "WORDS", "why so long: \"tax and accounting law\""},
    {"since", ARGS_VALUE, false, "DATE", "the rule holds from this day on"},
    {0},
};

const struct command cmd_rule[] = {
    {"rule", "list", "Lists how long which data of whom is kept, and why.", "candour -C data rule list", NULL, NULL, run_list},
    {"rule", "set", "Adds an end date, or changes one.",
     "candour -C data rule set former_contact --status former --category contact --months 12 --reason \"letters that come back\"",
     one_key, set_options, run_set},
    {0},
};
