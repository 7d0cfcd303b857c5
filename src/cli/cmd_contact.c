/* candour contact: who answers for the organisation. */
#include "commands.h"

#include "contact.h"

static err put_contact(struct cli *c, const struct contact *k)
{
    for (int i = 0; i < CONTACT_FACTS; i++) {
        enum contact_fact fact = (enum contact_fact)i;
        out_set_text(&c->out, contact_word(fact), k->fact[fact]);
        out_say(&c->out, "  %-26s %s\n", contact_label(fact), k->fact[fact][0] ? k->fact[fact] : "not set");
    }
    return OK;
}

static const struct args_option set_options[] = {
    {"name", ARGS_VALUE, false, "NAME", "who answers people's questions, and makes reports"},
    {"email", ARGS_VALUE, false, "EMAIL", "at which address (that of init if not set)"},
    {"phone", ARGS_VALUE, false, "NUMBER", "at which number"},
    {"hours", ARGS_VALUE, false, "WORDS", "when the telephone is answered"},
    {"stand-in", ARGS_VALUE, false, "NAME", "who answers when that person can't"},
    {"address", ARGS_VALUE, false, "WORDS", "the organisation's address"},
    {"registration", ARGS_VALUE, false, "NUMBER", "its number in the authority's register"},
    {"staff", ARGS_VALUE, false, "WORD", "under-250 or 250-or-more"},
    {"dpo", ARGS_VALUE, false, "NAME", "the data-protection officer, or who is responsible"},
    {"dpo-email", ARGS_VALUE, false, "EMAIL", "at which address"},
    {"dpo-phone", ARGS_VALUE, false, "NUMBER", "at which number"},
    {"owner", ARGS_VALUE, false, "NAME", "whose the answering address is: who sees to it that each question is answered"},
    {"until", ARGS_VALUE, false, "DAY", "the last day on which owner and stand-in do that"},
    {"signed-by", ARGS_VALUE, false, "WORDS", "name and office of the head, who stands for what people are told"},
    {"page", ARGS_VALUE, false, "ADDRESS", "the page that people type themselves: union.example/breach"},
    {0}};

static err run_set(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct contact k;
    bool any = false;
    for (int i = 0; i < CONTACT_FACTS; i++)
        any = any || args_has(&c->args, contact_word((enum contact_fact)i));
    ENSURE(any, err_new(ERR_USAGE, "What is to be set?", "Give one or more of the options; an empty text takes a fact away."));
    TRY(cli_change(c, &v));
    TRY(contact_load(v, c->arena, &k));
    for (int i = 0; i < CONTACT_FACTS; i++)
        k.fact[i] = args_or(&c->args, contact_word((enum contact_fact)i), k.fact[i]);
    TRY(contact_save(v, &k));
    TRY(cli_done(c, v));
    return put_contact(c, &k);
}

static err run_show(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct contact k;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(contact_load(v, c->arena, &k));
    return put_contact(c, &k);
}

const struct command cmd_contact[] = {
    {"contact", "set", "Says who answers, and who the data-protection officer is: reports and letters name them.",
     "candour -C d contact set --name \"B. Tarn\" --phone \"0808 157 0001\" --hours \"every day, 8 to 20\" --dpo \"K. Ode\" --dpo-email dpo@union.example", NULL,
     set_options, run_set},
    {"contact", "show", "Shows who answers.", "candour -C d contact show", NULL, NULL, run_show},
    {0}};
