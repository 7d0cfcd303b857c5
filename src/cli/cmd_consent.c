/* candour consent, objection: what people agreed to and what they refused, by purpose and recipient. */
#include "commands.h"

#include "entry.h"
#include "people_args.h"
#include "recipient.h"

#include <string.h>

/* Whose choice about what. */
struct choosing {
    struct vault *v;
    struct config config;
    struct person people[PEOPLE_RECORDS_MAX]; /* the records of one person */
    size_t count;
    struct person *person; /* the one that was named */
    uint16_t purpose_no, recipient_no;
    const char *purpose, *recipient; /* recipient NULL: all */
};

static err read_choice(struct cli *c, struct choosing *k)
{
    const struct purpose *purpose;
    uint32_t ordinal;
    TRY(cli_change(c, &k->v));
    TRY(config_load(k->v, c->arena, &k->config));
    k->purpose = args_value(&c->args, "purpose");
    TRY(cli_at(cli_purpose(c, &k->config, k->purpose, &purpose), "purpose"));
    k->purpose_no = config_purpose_no(&k->config, view_text(k->purpose));
    k->recipient = args_value(&c->args, "recipient");
    if (k->recipient)
        TRY(cli_at(recipient_number(k->v, k->recipient, &k->recipient_no), "recipient"));
    TRY(people_arg(c, k->v, &k->config, 0, &ordinal));
    struct people_records r;
    TRY(people_records(k->v, &k->config, ordinal, &r));
    TRY(people_open(k->v, &k->config, c->arena, r.list, r.count, 0, k->people));
    for (size_t i = 0; i < r.count; i++) {
        ENSURE(k->people[i].state == CELL_THERE, err_new(ERR_GONE, "That person was erased.", "Nothing is kept that could be changed."));
        k->person = r.list[i] == ordinal ? &k->people[i] : k->person;
    }
    k->count = r.count;
    return OK;
}

static void close_choice(struct choosing *k)
{
    vault_close(&k->v);
}

/* `changed` false: nothing to save, but what an interrupted run of the same command left is published. */
static err save_choice(struct cli *c, struct choosing *k, const char *kind, const char *action, bool changed)
{
    if (changed) {
        TRY(people_save(k->v, &k->config, k->people, k->count));
        json_t *entry = json_pack("{s:s, s:s, s:s, s:o}", "kind", kind, "purpose", k->purpose, "action", action, "number", entry_count(1));
        if (entry && k->recipient && strcmp(kind, "consent") == 0)
            ENSURE(json_object_set_new(entry, "recipient", json_string(k->recipient)) == 0, mem_none());
        TRY(vault_entry(k->v, entry, NULL));
    }
    TRY(cli_done(c, k->v));
    out_set_text(&c->out, kind, action);
    out_set_text(&c->out, "purpose", k->purpose);
    out_set(&c->out, "changed", json_boolean(changed));
    out_say(&c->out, changed ? "Recorded.\n" : "It was recorded like this already.\n");
    return OK;
}

static err when_option(struct cli *c, const struct vault *v, int64_t *ret)
{
    const char *text = args_value(&c->args, "when");
    struct when_range range;
    *ret = vault_now(v);
    if (!text)
        return OK;
    TRY(cli_at(when_parse_range(view_text(text), &v->zone, &range), "when"));
    ENSURE(range.earliest > WHEN_UNKNOWN_EARLY && range.earliest <= *ret,
           cli_at(err_new(ERR_USAGE, "That is not a time in the past.", "Write a date, such as 2018-03-02."), "when"));
    *ret = range.earliest;
    return OK;
}

static err how_option(const struct cli *c, uint8_t *ret)
{
    const char *name = args_or(&c->args, "how", "other");
    enum facts_how how = facts_how_find(view_text(name));
    ENSURE(how != HOW_COUNT, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a way in which people say it.",
                                             "There are: paper, online, phone, email, in-person, import, other.", err_name(name)), "how"));
    *ret = (uint8_t)how;
    return OK;
}

static err choose(struct cli *c, enum facts_choice_kind kind, const char *word, const char *action)
{
    CLEANUP(close_choice) struct choosing k = {0};
    TRY(read_choice(c, &k));
    struct facts_choice choice = {.kind = kind, .purpose = k.purpose_no, .recipient = k.recipient_no, .until = INT64_MAX};
    uint64_t text = 0;
    TRY(when_option(c, k.v, &choice.from));
    /* Clocks go back: without --when what holds has begun, whatever time it has. */
    const struct facts_choice *open = facts_open_choice(&k.person->facts, kind, k.purpose_no, k.recipient_no);
    if (open && !args_has(&c->args, "when"))
        choice.from = open->from;
    TRY(how_option(c, &choice.how));
    TRY(cli_number(c, "text-version", UINT16_MAX, &text));
    choice.text = (uint16_t)text;
    CLEANUP(buf_free) struct buf before = BUF(LIMIT_FACTS_BYTES), after = BUF(LIMIT_FACTS_BYTES);
    TRY(facts_encode(&k.person->facts, &before));
    TRY(facts_choose(c->arena, &k.person->facts, &choice));
    TRY(facts_encode(&k.person->facts, &after));
    k.person->facts_changed = !view_equal(buf_view(&before), buf_view(&after));
    return save_choice(c, &k, word, action, k.person->facts_changed);
}

/* Only what has no end, and all of it, though it may have begun a moment ahead of a clock that went back; INT64_MAX: there is none. */
static int64_t latest_open(const struct choosing *k, enum facts_choice_kind kind, int64_t at)
{
    bool any = false;
    for (size_t i = 0; i < k->count; i++) {
        const struct facts_choice *open = facts_open_choice(&k->people[i].facts, kind, k->purpose_no, k->recipient_no);
        any = any || open;
        at = open && open->from > at ? open->from : at;
    }
    return any ? at : INT64_MAX;
}

static err unchoose(struct cli *c, enum facts_choice_kind kind, const char *word)
{
    CLEANUP(close_choice) struct choosing k = {0};
    int64_t at;
    TRY(read_choice(c, &k));
    TRY(when_option(c, k.v, &at));
    if (!args_has(&c->args, "when"))
        at = latest_open(&k, kind, at);
    size_t ended = 0;
    for (size_t i = 0; i < k.count; i++) { /* whichever record has it */
        size_t here = facts_unchoose(&k.people[i].facts, kind, k.purpose_no, k.recipient_no, at);
        k.people[i].facts_changed = here > 0;
        ended += here;
    }
    return save_choice(c, &k, word, "withdraw", ended > 0);
}

static err run_give(struct cli *c)
{
    return choose(c, FACTS_CONSENT, "consent", "give");
}

static err run_consent_withdraw(struct cli *c)
{
    return unchoose(c, FACTS_CONSENT, "consent");
}

static err run_object(struct cli *c)
{
    return choose(c, FACTS_OBJECTION, "objection", "add");
}

static err run_objection_withdraw(struct cli *c)
{
    return unchoose(c, FACTS_OBJECTION, "objection");
}

/* --- lists --- */

static const char *recipient_of(struct vault *v, const struct recipient *list, size_t count, uint16_t no)
{
    for (size_t i = 0; no && i < count; i++) {
        uint16_t number = 0;
        err e = recipient_number(v, list[i].id, &number);
        if (e.kind == ERR_OK && number == no)
            return list[i].id;
        err_ignore(e, "the recipient is looked for among the others");
    }
    return "";
}

static err add_choice(struct cli *c, const struct vault *v, json_t *list, const struct facts_choice *k, const char *purpose,
                      const char *recipient)
{
    const char *until = k->until == INT64_MAX ? "" : cli_time_text(c, v, k->until);
    json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "purpose", purpose, "recipient", recipient, "how",
                             facts_how_name((enum facts_how)k->how), "from", cli_time_text(c, v, k->from), "until", until, "text_version",
                             (int)k->text);
    ENSURE(item && json_array_append_new(list, item) == 0, mem_none());
    out_say(&c->out, "%-14s %-16s from %s%s%s, by %s\n", purpose, recipient[0] ? recipient : "all", cli_time_text(c, v, k->from),
            until[0] ? " until " : "", until, facts_how_name((enum facts_how)k->how));
    return OK;
}

static err list_choices(struct cli *c, enum facts_choice_kind kind, const char *key)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    struct person p;
    struct recipient *recipients;
    size_t recipient_count;
    uint32_t ordinal;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(people_arg(c, v, &config, 0, &ordinal));
    TRY(people_open_whole(v, &config, c->arena, ordinal, 0, &p));
    TRY(recipient_list(v, c->arena, &recipients, &recipient_count));
    json_t *list = json_array();
    out_set(&c->out, key, list);
    size_t shown = 0;
    for (const struct facts *f = &p.facts; f; f = f->also) {
        for (size_t i = 0; i < f->choice_count; i++) {
            const struct facts_choice *k = &f->choices[i];
            const struct purpose *purpose = config_purpose_of(&config, k->purpose);
            if (k->kind != kind)
                continue;
            TRY(add_choice(c, v, list, k, purpose ? purpose->key : "", recipient_of(v, recipients, recipient_count, k->recipient)));
            shown++;
        }
    }
    if (!shown)
        out_say(&c->out, "None is recorded.\n");
    return OK;
}

static err run_consents(struct cli *c)
{
    return list_choices(c, FACTS_CONSENT, "consents");
}

static err run_objections(struct cli *c)
{
    return list_choices(c, FACTS_OBJECTION, "objections");
}

static const struct args_word one_person[] = {{"PERSON", ARGS_ONE}, {0}};
static const struct args_option choose_options[] = {
    {"purpose", ARGS_VALUE, true, "PURPOSE", "for what"},
    {"recipient", ARGS_VALUE, false, "RECIPIENT", "for this one only"},
    {"when", ARGS_VALUE, false, "TIME", "when it was said (now)"},
    {"how", ARGS_VALUE, false, "HOW", "paper, online, phone, email, in-person, import, other"},
    {"text-version", ARGS_VALUE, false, "N", "version of the text that was agreed to"},
    {0},
};
static const struct args_option end_options[] = {
    {"purpose", ARGS_VALUE, true, "PURPOSE", "for what"},
    {"recipient", ARGS_VALUE, false, "RECIPIENT", "for this one only"},
    {"when", ARGS_VALUE, false, "TIME", "when it was said (now)"},
    {0},
};

const struct command cmd_consent[] = {
    {"consent", "give", "Records that a person agreed.", "candour -C data consent give crm:1234 --purpose newsletter --how paper",
     one_person, choose_options, run_give},
    {"consent", "withdraw", "Records that a person no longer agrees.", "candour -C data consent withdraw crm:1234 --purpose newsletter",
     one_person, end_options, run_consent_withdraw},
    {"consent", "list", "Lists what a person agreed to.", "candour -C data consent list crm:1234", one_person, NULL, run_consents},
    {"objection", "add", "Records that a person objects.", "candour -C data objection add crm:1234 --purpose fundraising --how phone",
     one_person, choose_options, run_object},
    {"objection", "withdraw", "Records that a person no longer objects.",
     "candour -C data objection withdraw crm:1234 --purpose fundraising", one_person, end_options, run_objection_withdraw},
    {"objection", "list", "Lists what a person objects to.", "candour -C data objection list crm:1234", one_person, NULL, run_objections},
    {0},
};
