/* candour recipient: the legal bodies that get data. */
#include "commands.h"

#include "incident_store.h"
#include "reach.h"
#include "recipient.h"

#include <string.h>

static const struct args_word one_id[] = {{"RECIPIENT", ARGS_ONE}, {0}};

/* The options that are plain texts of a recipient. */
struct text_option {
    const char *option, *key; /* key: in JSON */
    size_t offset;
    const char *label;
};
static const struct text_option texts[] = {
    {"name", "name", offsetof(struct recipient, name), "legal name"},
    {"number", "number", offsetof(struct recipient, number), "number"},
    {"country", "country", offsetof(struct recipient, country), "country"},
    {"does", "does", offsetof(struct recipient, does), "does"},
    {"owner", "owner", offsetof(struct recipient, owner), "owned by"},
    {"contract-reference", "contract_reference", offsetof(struct recipient, contract_reference), "contract"},
    {"contact", "security_contact", offsetof(struct recipient, security_contact), "security contact"},
    {"age-key", "age_key", offsetof(struct recipient, age_key), "age key"},
    {"officers", "officers", offsetof(struct recipient, officers), "officers of ours in it"},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static const char **text_at(struct recipient *r, size_t i)
{
    return (const char **)((char *)r + texts[i].offset);
}

static struct recipient recipient_none(const char *id)
{
    struct recipient r = {.id = id, .contract = DAY_UNKNOWN, .contract_until = DAY_UNKNOWN};
    for (size_t i = 0; i < TEXTS; i++)
        *text_at(&r, i) = "";
    return r;
}

static err read_lists(struct cli *c, const struct config *config, struct recipient *r)
{
    const struct field *field;
    const struct purpose *purpose;
    if (args_has(&c->args, "purpose"))
        TRY(args_split(c->arena, &c->args, "purpose", &r->purposes, &r->purpose_count));
    if (args_has(&c->args, "fields"))
        TRY(args_split(c->arena, &c->args, "fields", &r->fields, &r->field_count));
    for (size_t i = 0; i < r->purpose_count; i++)
        TRY(cli_at(cli_purpose(c, config, r->purposes[i], &purpose), "purpose"));
    for (size_t i = 0; i < r->field_count; i++)
        TRY(cli_at(cli_field(c, config, r->fields[i], &field), "fields"));
    return OK;
}

/* What the options say goes over what is there. */
static err read_options(struct cli *c, struct vault *v, struct recipient *r)
{
    struct config config;
    TRY(config_load(v, c->arena, &config));
    for (size_t i = 0; i < TEXTS; i++)
        *text_at(r, i) = args_or(&c->args, texts[i].option, *text_at(r, i));
    const char *class_name = args_value(&c->args, "class");
    if (class_name)
        r->class_ = recipient_class_find(class_name);
    if (args_has(&c->args, "contract"))
        TRY(cli_day(c, "contract", &r->contract));
    if (args_has(&c->args, "contract-until"))
        TRY(cli_day(c, "contract-until", &r->contract_until));
    const char *days = args_value(&c->args, "delete-after");
    if (days)
        TRY(cli_at(recipient_parse_days(days, &r->delete_after_days), "delete-after"));
    return read_lists(c, &config, r);
}

static err same(const struct recipient *a, const struct recipient *b, bool *ret)
{
    json_t *x = NULL, *y = NULL;
    TRY(recipient_to_json(a, &x));
    err e = recipient_to_json(b, &y);
    *ret = e.kind == ERR_OK && json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return e;
}

static err find_old(struct cli *c, struct vault *v, const char *id, struct recipient *ret, bool *ret_there)
{
    err e = recipient_load(v, c->arena, id, ret);
    *ret_there = e.kind == ERR_OK;
    if (e.kind != ERR_NOT_FOUND)
        return e;
    err_ignore(e, "there is none of that id yet");
    return OK;
}

/* What is new of it. */
static err put(struct vault *v, const struct recipient *old, const struct recipient *r, const char *action, bool *ret_changed)
{
    bool nothing = false;
    if (old)
        TRY(same(old, r, &nothing));
    *ret_changed = !nothing;
    return nothing ? OK : recipient_save(v, r, action);
}

/* Publishes in any case: an interrupted command is run again. */
static err done(struct cli *c, struct vault *v, const struct recipient *r, bool changed)
{
    TRY(cli_done(c, v));
    out_set_text(&c->out, "recipient", r->id);
    out_set(&c->out, "changed", json_boolean(changed));
    out_say(&c->out, changed ? "%s is recorded.\n" : "%s was recorded like this already.\n", r->name);
    return OK;
}

static err save(struct cli *c, struct vault *v, const struct recipient *old, const struct recipient *r, const char *action)
{
    bool changed;
    TRY(put(v, old, r, action, &changed));
    return done(c, v, r, changed);
}

static err run_add(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    const char *id = args_value(&c->args, "id");
    struct recipient r = recipient_none(id), old;
    bool there, equal = false;
    TRY(cli_change(c, &v));
    TRY(read_options(c, v, &r));
    TRY(recipient_check(&r));
    TRY(find_old(c, v, id, &old, &there));
    if (there)
        TRY(same(&old, &r, &equal));
    ENSURE(!there || equal, err_newf(ERR_CONFLICT, "There is a recipient \"{}\" already, with other details.",
                                     "Use 'candour recipient edit {}', or choose another --id.", err_name(id), err_name(id)));
    return save(c, v, there ? &old : NULL, &r, "add");
}

static err run_edit(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct recipient old;
    TRY(cli_change(c, &v));
    TRY(recipient_load(v, c->arena, cli_word(c, 0), &old));
    struct recipient r = old;
    TRY(read_options(c, v, &r));
    return save(c, v, &old, &r, "edit");
}

/* --- links --- */

static bool same_link(const struct recipient_link *a, const struct recipient_link *b)
{
    return strcmp(a->sub, b->sub) == 0 && strcmp(a->purpose, b->purpose) == 0 && a->from == b->from;
}

/* A link that is there already gets its new end; else it is added. */
static err put_link(struct cli *c, struct recipient *r, struct recipient_link link)
{
    struct recipient_link *links = arena_array(c->arena, r->link_count + 1, sizeof *links);
    ENSURE(links, mem_none());
    size_t at = r->link_count;
    for (size_t i = 0; i < r->link_count; i++) {
        links[i] = r->links[i];
        if (same_link(&links[i], &link))
            at = i;
    }
    links[at] = link;
    r->link_count += at == r->link_count;
    r->links = links;
    return OK;
}

/* The way to what may make more people reachable for a breach that is open: they are opened to be put under its hold. */
static err change_reach(struct cli *c, struct vault **v, struct config *config)
{
    TRY(cli_open(c, STORE_WRITE, v));
    TRY(vault_lease(*v));
    TRY(vault_can_publish(*v));
    TRY(config_load(*v, c->arena, config));
    TRY(incident_hold_warrant(*v));
    return vault_begin(*v);
}

static err run_link(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct recipient old, sub;
    struct config config;
    const struct purpose *purpose;
    struct reach reach = {0};
    TRY(change_reach(c, &v, &config));
    TRY(recipient_load(v, c->arena, cli_word(c, 0), &old));
    TRY(cli_at(recipient_load(v, c->arena, args_value(&c->args, "sub-processor"), &sub), "sub-processor"));
    ENSURE(strcmp(old.id, sub.id) != 0, cli_at(err_new(ERR_USAGE, "A recipient can't be its own sub-processor.", "Name another one."),
                                               "sub-processor"));
    struct recipient_link link = {.sub = sub.id, .purpose = args_or(&c->args, "purpose", "")};
    if (link.purpose[0])
        TRY(cli_at(cli_purpose(c, &config, link.purpose, &purpose), "purpose"));
    TRY(cli_day(c, "from", &link.from));
    TRY(cli_day(c, "until", &link.until));
    struct recipient r = old;
    bool changed;
    TRY(put_link(c, &r, link));
    TRY(put(v, &old, &r, "link", &changed));
    if (changed)
        TRY(reach_hold(&reach, v, &config));
    TRY(done(c, v, &r, changed));
    reach_say(c, reach.held);
    return OK;
}

/* --- showing --- */

static void say_days(struct cli *c, const struct recipient *r)
{
    struct out *o = &c->out;
    if (r->contract != DAY_UNKNOWN)
        out_say(o, "  %-24s %s%s%s\n", "contract of", cli_day_text(c, r->contract), r->contract_until != DAY_UNKNOWN ? ", until " : "",
                cli_day_text(c, r->contract_until));
    if (r->delete_after_days)
        out_say(o, "  %-24s %u days\n", "deletes after", r->delete_after_days);
    for (size_t i = 0; i < r->link_count; i++) {
        const struct recipient_link *l = &r->links[i];
        out_say(o, "  %-24s %s for %s%s%s%s%s\n", "passes on to", l->sub, l->purpose[0] ? l->purpose : "all purposes",
                l->from != DAY_UNKNOWN ? ", from " : "", cli_day_text(c, l->from), l->until != DAY_UNKNOWN ? ", until " : "",
                cli_day_text(c, l->until));
    }
}

static void say_list(struct cli *c, const char *label, const char *const *list, size_t count)
{
    out_say(&c->out, "  %-24s ", label);
    for (size_t i = 0; i < count; i++)
        out_say(&c->out, "%s%s", i ? ", " : "", list[i]);
    out_say(&c->out, "%s\n", count ? "" : "none");
}

static err run_show(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct recipient r;
    json_t *doc = NULL;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(recipient_load(v, c->arena, cli_word(c, 0), &r));
    TRY(recipient_to_json(&r, &doc));
    out_set(&c->out, "recipient", doc);
    out_say(&c->out, "%s: %s\n  %-24s %s\n", r.id, r.name, "class", recipient_class_name(r.class_));
    for (size_t i = 1; i < TEXTS; i++) {
        const char *text = *text_at(&r, i);
        if (text[0])
            out_say(&c->out, "  %-24s %s\n", texts[i].label, text);
    }
    say_days(c, &r);
    say_list(c, "agreed purposes", r.purposes, r.purpose_count);
    say_list(c, "agreed details", r.fields, r.field_count);
    return OK;
}

static err run_list(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct recipient *list;
    size_t count;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(recipient_list(v, c->arena, &list, &count));
    json_t *docs = json_array();
    out_set(&c->out, "recipients", docs);
    if (!count)
        out_say(&c->out, "No recipient is recorded yet. Add one with 'candour recipient add'.\n");
    for (size_t i = 0; i < count; i++) {
        json_t *doc = NULL;
        TRY(recipient_to_json(&list[i], &doc));
        ENSURE(json_array_append_new(docs, doc) == 0, mem_none());
        out_say(&c->out, "%-20s %-16s %s\n", list[i].id, recipient_class_name(list[i].class_), list[i].name);
    }
    return OK;
}

#define CLASSES "processor, sub-processor, joint-controller, controller, affiliated, authority"
#define RECIPIENT_OPTIONS                                                                                                        \
    {"number", ARGS_VALUE, false, "NUMBER", "its number in the register of companies"},                                          \
    {"country", ARGS_VALUE, false, "CC", "where it is"},                                                                         \
    {"does", ARGS_VALUE, false, "WORDS", "what it does for us, as letters will say it"},                                         \
    {"owner", ARGS_VALUE, false, "NAME", "who owns it"},                                                                         \
    {"contract", ARGS_VALUE, false, "DATE", "date of the contract"},                                                             \
    {"contract-until", ARGS_VALUE, false, "DATE", "its last day"},                                                               \
    {"contract-reference", ARGS_VALUE, false, "WORDS", "where it is filed"},                                                     \
    {"purpose", ARGS_LIST, false, "PURPOSE", "agreed; several by commas"},                                                       \
    {"fields", ARGS_LIST, false, "a,b", "agreed details"},                                                                       \
    {"delete-after", ARGS_VALUE, false, "90d", "days until it must have deleted what it got"},                                   \
    {"contact", ARGS_VALUE, false, "EMAIL", "its contact for security"},                                                         \
    {"age-key", ARGS_VALUE, false, "age1...", "files for it are encrypted to this key"},                                         \
    {"officers", ARGS_VALUE, false, "WORDS", "officers of ours who have a part in it"},                                          \
    {0}

static const struct args_option add_options[] = {
    {"id", ARGS_VALUE, true, "ID", "short, in small letters: pellwick"},
    {"name", ARGS_VALUE, true, "NAME", "its legal name"},
    {"class", ARGS_VALUE, true, "CLASS", CLASSES},
    RECIPIENT_OPTIONS,
};
static const struct args_option edit_options[] = {
    {"name", ARGS_VALUE, false, "NAME", "its legal name"},
    {"class", ARGS_VALUE, false, "CLASS", CLASSES},
    RECIPIENT_OPTIONS,
};
static const struct args_option link_options[] = {
    {"sub-processor", ARGS_VALUE, true, "RECIPIENT", "who gets it from there"},
    {"purpose", ARGS_VALUE, false, "PURPOSE", "for what; all if not said"},
    {"from", ARGS_VALUE, false, "DATE", "since when"},
    {"until", ARGS_VALUE, false, "DATE", "its last day"},
    {0},
};

const struct command cmd_recipient[] = {
    {"recipient", "add", "Records a company or body that gets data.",
     "candour -C data recipient add --id pellwick --name \"Pellwick Mailing Ltd\" --class processor --purpose ballot --fields first_name,last_name",
     NULL, add_options, run_add},
    {"recipient", "list", "Lists the companies and bodies that get data.", "candour -C data recipient list", NULL, NULL, run_list},
    {"recipient", "show", "Shows what is recorded of one of them.", "candour -C data recipient show pellwick", one_id, NULL, run_show},
    {"recipient", "edit", "Changes what is recorded of one; lists given replace the old ones.",
     "candour -C data recipient edit pellwick --delete-after 60d", one_id, edit_options, run_edit},
    {"recipient", "link", "Records that one passes data on to a sub-processor.",
     "candour -C data recipient link pellwick --sub-processor farbank --purpose ballot --from 2018-01-01", one_id, link_options,
     run_link},
    {0},
};
