/* candour consent, objection: what people agreed to and what they refused, by purpose and recipient. */
#include "commands.h"

#include "choices.h"
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
    struct person *person; /* the one that was named; the facts of the others hang on hers */
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
    struct recipient known; /* for the words, where it is none */
    if (k->recipient) {
        TRY(cli_at(recipient_load(k->v, c->arena, k->recipient, &known), "recipient"));
        TRY(recipient_number(k->v, k->recipient, &k->recipient_no));
    }
    TRY(people_arg(c, k->v, &k->config, 0, &ordinal));
    struct people_records r;
    TRY(people_records(k->v, &k->config, ordinal, &r));
    TRY(people_open(k->v, &k->config, c->arena, r.list, r.count, 0, k->people));
    for (size_t i = 0; i < r.count; i++) {
        ENSURE(k->people[i].state == CELL_THERE, err_new(ERR_GONE, "That person was erased.", "Nothing is kept that could be changed."));
        k->person = r.list[i] == ordinal ? &k->people[i] : k->person;
    }
    k->count = r.count;
    struct facts *last = &k->person->facts;
    for (size_t i = 0; i < r.count; i++) {
        if (&k->people[i] == k->person)
            continue;
        last->also = &k->people[i].facts;
        last = &k->people[i].facts;
    }
    return OK;
}

static void close_choice(struct choosing *k)
{
    vault_close(&k->v);
}

/* `changed` false: nothing to save, but what an interrupted run of the same command left is published. */
static err save_choice(struct cli *c, struct choosing *k, const char *kind, const char *action, bool changed, const char *unchanged)
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
    out_say(&c->out, "%s\n", changed ? "Recorded." : unchanged);
    return OK;
}

/* From when to when it may have been said: without --when now. */
static err when_option(struct cli *c, const struct vault *v, struct when_range *ret)
{
    const char *text = args_value(&c->args, "when");
    int64_t now = vault_now(v);
    *ret = (struct when_range){now, now};
    if (!text)
        return OK;
    TRY(cli_at(when_parse_range(view_text(text), &v->zone, ret), "when"));
    ENSURE(ret->earliest > WHEN_UNKNOWN_EARLY && ret->earliest <= now,
           cli_at(err_new(ERR_USAGE, "That is not a time in the past.", "Write a date, such as 2018-03-02."), "when"));
    ret->latest = ret->latest < now ? ret->latest : now;
    return OK;
}

/* Clocks go back, and a command may run twice: what is said now comes after all that was said of it before. */
static int64_t said_now(const struct choosing *k, enum facts_choice_kind kind, int64_t now)
{
    int64_t latest = facts_latest(&k->person->facts, kind, k->purpose_no, k->recipient_no);
    return latest > now ? latest : now;
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

/* Records `choice`, if it says anything new. */
static err record(struct cli *c, struct choosing *k, const struct facts_choice *choice, const char *word, const char *action)
{
    size_t before = k->person->facts.choice_count;
    TRY(facts_choose(c->arena, &k->person->facts, choice));
    k->person->facts_changed = k->person->facts.choice_count > before;
    return save_choice(c, k, word, action, k->person->facts_changed, "It was recorded like this already.");
}

static err choose(struct cli *c, enum facts_choice_kind kind, const char *word, const char *action)
{
    CLEANUP(close_choice) struct choosing k = {0};
    struct when_range when;
    TRY(read_choice(c, &k));
    struct facts_choice choice = {.kind = kind, .purpose = k.purpose_no, .recipient = k.recipient_no, .until = INT64_MAX};
    uint64_t text = 0;
    TRY(when_option(c, k.v, &when));
    choice.from = when.earliest;
    int64_t withdrawn = facts_latest(&k.person->facts, FACTS_WITHDRAWAL, k.purpose_no, k.recipient_no);
    if (!args_has(&c->args, "when")) {
        bool same_second = kind == FACTS_CONSENT && withdrawn >= choice.from;
        choice.from = said_now(&k, kind, same_second ? withdrawn + 1 : choice.from);
    }
    TRY(how_option(c, &choice.how));
    TRY(cli_number(c, "text-version", UINT16_MAX, &text));
    choice.text = (uint16_t)text;
    TRY(record(c, &k, &choice, word, action));
    if (kind == FACTS_CONSENT && withdrawn >= choice.from)
        out_say(&c->out, "But it was withdrawn since: that stays so. If it was given anew after that, say it with that day as --when, or without.\n");
    return OK;
}

static err run_give(struct cli *c)
{
    return choose(c, FACTS_CONSENT, "consent", "give");
}

/* In doubt it was said at the end of the day. */
static err run_consent_withdraw(struct cli *c)
{
    CLEANUP(close_choice) struct choosing k = {0};
    struct when_range when;
    TRY(read_choice(c, &k));
    TRY(when_option(c, k.v, &when));
    struct facts_choice choice = {.kind = FACTS_WITHDRAWAL, .purpose = k.purpose_no, .recipient = k.recipient_no,
                                  .from = when.latest, .until = INT64_MAX};
    if (when.latest == vault_now(k.v))
        choice.from = said_now(&k, FACTS_CONSENT, said_now(&k, FACTS_WITHDRAWAL, when.latest));
    TRY(how_option(c, &choice.how));
    return record(c, &k, &choice, "consent", "withdraw");
}

static err run_object(struct cli *c)
{
    return choose(c, FACTS_OBJECTION, "objection", "add");
}

static err run_objection_withdraw(struct cli *c)
{
    CLEANUP(close_choice) struct choosing k = {0};
    struct when_range when;
    TRY(read_choice(c, &k));
    TRY(when_option(c, k.v, &when));
    int64_t at = when.latest == vault_now(k.v) ? said_now(&k, FACTS_OBJECTION, when.latest) : when.latest;
    size_t ended = 0;
    for (size_t i = 0; i < k.count; i++) { /* whichever record has it */
        size_t here = facts_end_objections(&k.people[i].facts, k.purpose_no, k.recipient_no, at);
        k.people[i].facts_changed = here > 0;
        ended += here;
    }
    ENSURE(!k.recipient || !facts_objects(&k.person->facts, k.purpose_no, k.recipient_no, at),
           cli_at(err_newf(ERR_INVALID, "The objection is to every recipient, not to {} alone; nothing was changed.",
                           "Withdraw it without --recipient; then record with 'candour objection add' and --recipient whom it is still against.",
                           err_name(k.recipient)),
                  "recipient"));
    return save_choice(c, &k, "objection", "withdraw", ended > 0, "No such objection holds; nothing was changed.");
}

/* --- lists --- */

static err list(struct cli *c, unsigned kinds)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    struct person p = {0};
    uint32_t ordinal;
    size_t shown;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(people_arg(c, v, &config, 0, &ordinal));
    TRY(people_open_whole(v, &config, c->arena, ordinal, 0, &p));
    TRY(choices_list(c, v, &config, &p.facts, kinds, &shown));
    if (!shown)
        out_say(&c->out, "None is recorded.\n");
    return OK;
}

static err run_consents(struct cli *c)
{
    return list(c, CHOICES_CONSENTS);
}

static err run_objections(struct cli *c)
{
    return list(c, CHOICES_OBJECTIONS);
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
static const struct args_option withdraw_options[] = {
    {"purpose", ARGS_VALUE, true, "PURPOSE", "for what"},
    {"recipient", ARGS_VALUE, false, "RECIPIENT", "for this one only"},
    {"when", ARGS_VALUE, false, "TIME", "when it was said (now)"},
    {"how", ARGS_VALUE, false, "HOW", "paper, online, phone, email, in-person, import, other"},
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
     one_person, withdraw_options, run_consent_withdraw},
    {"consent", "list", "Lists what a person agreed to and withdrew.", "candour -C data consent list crm:1234", one_person, NULL, run_consents},
    {"objection", "add", "Records that a person objects.", "candour -C data objection add crm:1234 --purpose fundraising --how phone",
     one_person, choose_options, run_object},
    {"objection", "withdraw", "Records that a person no longer objects.",
     "candour -C data objection withdraw crm:1234 --purpose fundraising", one_person, end_options, run_objection_withdraw},
    {"objection", "list", "Lists what a person objects to.", "candour -C data objection list crm:1234", one_person, NULL, run_objections},
    {0},
};
