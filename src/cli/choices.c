#include "choices.h"

#include "recipient.h"

struct listing {
    struct cli *c;
    struct vault *v;
    const struct config *config;
    const struct facts *facts;
    struct recipient *recipients;
    size_t recipient_count, shown;
};

static const char *recipient_of(const struct listing *l, uint16_t no)
{
    for (size_t i = 0; no && i < l->recipient_count; i++) {
        uint16_t number = 0;
        err e = recipient_number(l->v, l->recipients[i].id, &number);
        if (e.kind == ERR_OK && number == no)
            return l->recipients[i].id;
        err_ignore(e, "the recipient is looked for among the others");
    }
    return "";
}

static err show(struct listing *l, json_t *list, const struct facts_choice *k, const char *word)
{
    struct cli *c = l->c;
    const struct purpose *p = config_purpose_of(l->config, k->purpose);
    const char *purpose = p ? p->key : "", *recipient = recipient_of(l, k->recipient), *how = facts_how_name((enum facts_how)k->how);
    int64_t end = k->kind == FACTS_CONSENT ? facts_consent_end(l->facts, k) : k->until;
    const char *from = cli_time_text(c, l->v, k->from), *until = end == INT64_MAX ? "" : cli_time_text(c, l->v, end);
    json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "purpose", purpose, "recipient", recipient, "how", how, "from", from, "until",
                             until, "text_version", (int)k->text);
    ENSURE(item && json_array_append_new(list, item) == 0, mem_none());
    out_say(&c->out, "  %-9s %-14s %-16s from %s%s%s, by %s\n", word, purpose, recipient[0] ? recipient : "all", from, until[0] ? " until " : "",
            until, how);
    l->shown++;
    return OK;
}

static err list_kind(struct listing *l, enum facts_choice_kind kind, const char *key, const char *word)
{
    json_t *list = json_array();
    out_set(&l->c->out, key, list);
    for (const struct facts *f = l->facts; f; f = f->also)
        for (size_t i = 0; i < f->choice_count; i++)
            if (f->choices[i].kind == kind)
                TRY(show(l, list, &f->choices[i], word));
    return OK;
}

err choices_list(struct cli *c, struct vault *v, const struct config *config, const struct facts *f, unsigned kinds, size_t *ret_shown)
{
    struct listing l = {.c = c, .v = v, .config = config, .facts = f};
    TRY(recipient_list(v, c->arena, &l.recipients, &l.recipient_count));
    if (kinds & CHOICES_CONSENTS) {
        TRY(list_kind(&l, FACTS_CONSENT, "consents", "agreed"));
        TRY(list_kind(&l, FACTS_WITHDRAWAL, "withdrawals", "withdrawn"));
    }
    if (kinds & CHOICES_OBJECTIONS)
        TRY(list_kind(&l, FACTS_OBJECTION, "objections", "objects"));
    *ret_shown = l.shown;
    return OK;
}
