/* candour field: the details that are held of people. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

/* "birth_date" -> "birth date". */
static const char *label_of(struct cli *c, const char *key)
{
    char *label = arena_text(c->arena, key, strlen(key));
    for (char *p = label; p && *p; p++)
        *p = *p == '_' ? ' ' : *p;
    return label ? label : key;
}

static err category_option(const struct cli *c, enum category *ret)
{
    const char *name = args_value(&c->args, "category");
    *ret = category_find(view_text(name));
    ENSURE(*ret != CATEGORY_NONE,
           cli_at(err_newf(ERR_USAGE, "\"{}\" is not a category.",
                           "There are: identity, contact, financial, special, membership, activity, criminal, other.", err_name(name)),
                  "category"));
    return OK;
}

static err type_option(const struct cli *c, enum field_type *ret)
{
    const char *name = args_or(&c->args, "type", "text");
    *ret = field_type_find(view_text(name));
    ENSURE(*ret != TYPE_NONE,
           cli_at(err_newf(ERR_USAGE, "\"{}\" is not a type.",
                           "There are: text, email, phone, date, number, yes_no, postcode, country, id, tags.", err_name(name)), "type"));
    return OK;
}

static err run_add(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    bool added = false;
    const char *key = cli_word(c, 0);
    struct field f = {.key = key,
                      .label = args_or(&c->args, "label", label_of(c, key)),
                      .sensitivity = args_has(&c->args, "sensitive") ? SENSITIVITY_HIGH : SENSITIVITY_NORMAL,
                      .presence_only = args_has(&c->args, "presence-only")};
    TRY(category_option(c, &f.category));
    TRY(type_option(c, &f.type));
    TRY(field_check(&f));
    TRY(cli_change(c, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(config_add_field(v, &config, &f, &added));
    const struct field *held = catalogue_find(&config.catalogue, view_text(key));
    ENSURE(!f.presence_only || (held && held->presence_only),
           err_newf(ERR_CONFLICT, "The register holds the values of {} already, not only whether there is one; nothing changed.",
                    "Add a field of another name with --presence-only, and name that one in the map of your imports.", err_name(key)));
    TRY(cli_done(c, v));
    out_set_text(&c->out, "field", key);
    out_set(&c->out, "added", json_boolean(added));
    out_say(&c->out, added ? "The register knows %s now.\n" : "The register knows %s already; nothing changed.\n", key);
    return OK;
}

static err run_list(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    json_t *list = json_array();
    out_set(&c->out, "fields", list);
    for (size_t i = 0; i < config.catalogue.count; i++) {
        const struct field *f = &config.catalogue.fields[i];
        json_t *item = NULL;
        TRY(field_to_json(f, &item));
        ENSURE(json_array_append_new(list, item) == 0, mem_none());
        out_say(&c->out, "%-28s %-11s %-9s %s%s\n", f->key, category_name(f->category), field_type_name(f->type), f->label,
                f->presence_only ? " (only whether there is one)" : "");
    }
    return OK;
}

static const struct args_word one_key[] = {{"KEY", ARGS_ONE}, {0}};
static const struct args_option add_options[] = {
    {"label", ARGS_VALUE, false, "WORDS", "as letters call it: \"date of birth\""},
    {"category", ARGS_VALUE, true, "CATEGORY", "identity, contact, financial, special, membership, activity, criminal, other"},
    {"type", ARGS_VALUE, false, "TYPE", "text, email, phone, date, number, yes_no, postcode, country, id, tags (text)"},
    {"presence-only", ARGS_FLAG, false, NULL, "hold only whether there is a value, never the value"},
    {"sensitive", ARGS_FLAG, false, NULL, "does harm in wrong hands, like an account number"},
    {0},
};

const struct command cmd_field[] = {
    {"field", "add", "Adds a detail that is held of people.",
     "candour -C data field add party --label \"Party\" --category special --type text", one_key, add_options, run_add},
    {"field", "list", "Lists the details that are held of people.", "candour -C data field list", NULL, NULL, run_list},
    {0},
};
