/* candour report: the report to the authority. */
#include "commands.h"

#include "contact.h"
#include "entry.h"
#include "incident_store.h"
#include "report.h"
#include "scope_run.h"

#include <stdlib.h>
#include <string.h>

static const struct args_word one_id[] = {{"BREACH", ARGS_ONE}, {0}};

static const struct args_option draft_options[] = {
    {"to", ARGS_VALUE, true, "FORM", "ico, markdown or json"},
    {"answer", ARGS_LIST, false, "FIELD=WORDS", "your answer to a field of the form"},
    {"delay", ARGS_VALUE, false, "WORDS", "why it is later than 72 hours"},
    {"reporter", ARGS_VALUE, false, "NAME", "who makes this report"},
    {"address", ARGS_VALUE, false, "WORDS", "the organisation's address"},
    {"registration", ARGS_VALUE, false, "NUMBER", "its number in the authority's register"},
    {0}};

static err read_recipients(struct vault *v, struct arena *a, const struct incident *inc, struct report_input *in)
{
    struct report_recipient *list = arena_array(a, inc->recipient_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < inc->recipient_count; i++) {
        struct recipient r;
        if (strcmp(inc->recipients[i], RECIPIENT_SELF) == 0) {
            list[in->recipient_count++] = (struct report_recipient){RECIPIENT_SELF, "our own system", "", "", ""};
            continue;
        }
        TRY(recipient_load(v, a, inc->recipients[i], &r));
        list[in->recipient_count++] = (struct report_recipient){r.id, r.name, r.number, recipient_class_name(r.class_), r.does};
    }
    in->recipients = list;
    return OK;
}

static err read_answers(struct cli *c, struct report_input *in)
{
    size_t count = args_count(&c->args, "answer");
    struct report_answer *list = arena_array(c->arena, count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < count; i++) {
        const char *given = args_nth(&c->args, "answer", i), *equals = strchr(given, '=');
        ENSURE(equals, cli_at(err_new(ERR_USAGE, "An answer is a field, an equals sign, and words.", "Write it as --answer likelihood=Likely."), "answer"));
        list[i].field = arena_text(c->arena, given, (size_t)(equals - given));
        list[i].text = equals + 1;
        ENSURE(list[i].field, mem_none());
    }
    in->answers = list;
    in->answer_count = count;
    return OK;
}

static err read_numbers(struct vault *v, struct arena *a, const char *incident, struct scope_numbers *numbers, struct report_input *in)
{
    err e = scope_version(v, a, incident, 0, numbers);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "the report says that the number is not known yet");
        return OK;
    }
    TRY(e);
    /* Nothing recorded of what they had is not the same as nobody affected. */
    in->numbers = numbers->handover_count ? numbers : NULL;
    return OK;
}

/* What membership itself tells, in the form's words. */
static const char *membership_words(const char *tells)
{
    static const struct {
        const char *tells, *words;
    } table[] = {{"union", "Trade union membership"}, {"politics", "Political opinions"}, {"belief", "Religious or philosophical beliefs"},
                 {"health", "Health data"}, {"special", "Other (give details)"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].tells, tells) == 0)
            return table[i].words;
    return NULL;
}

/* The numbers are still right, or it is said. */
static err read_scope(struct cli *c, struct vault *v, struct config *config, const char *incident, struct scope_numbers *numbers, struct report_input *in)
{
    TRY(read_numbers(v, c->arena, incident, numbers, in));
    return in->numbers ? scope_stale(v, config, c->arena, incident, &in->stale) : OK;
}

/* Who answers; what is given with the command goes first. */
static err read_contact(struct cli *c, struct vault *v, const struct config *config, struct report_org *org)
{
    struct contact k;
    TRY(contact_load(v, c->arena, &k));
    org->name = config->name;
    org->membership = membership_words(config->membership_tells);
    org->address = args_or(&c->args, "address", k.fact[CONTACT_ADDRESS]);
    org->registration = args_or(&c->args, "registration", k.fact[CONTACT_REGISTRATION]);
    org->size_known = k.fact[CONTACT_STAFF][0] != 0;
    org->large = strcmp(k.fact[CONTACT_STAFF], "250-or-more") == 0;
    const char *email = k.fact[CONTACT_EMAIL][0] ? k.fact[CONTACT_EMAIL] : config->contact;
    org->reporter = (struct incident_party){args_or(&c->args, "reporter", k.fact[CONTACT_NAME]), "", k.fact[CONTACT_PHONE], email};
    bool own = k.fact[CONTACT_DPO_EMAIL][0] || k.fact[CONTACT_DPO_PHONE][0];
    org->dpo = (struct incident_party){k.fact[CONTACT_DPO], "data-protection officer", k.fact[CONTACT_DPO_PHONE],
                                       own ? k.fact[CONTACT_DPO_EMAIL] : config->contact};
    return OK;
}

/* A report after the first is a follow-up. */
static void read_told(const struct incident *inc, struct report_input *in)
{
    const struct incident_told *first = incident_authority_told(inc);
    if (!first)
        return;
    in->follow_up = true;
    in->reported_at = first->at;
    in->case_reference = first->reference;
}

/* What was drafted stands in the log by its hash. */
static err record_draft(struct vault *v, const char *incident, const char *to, struct view text)
{
    struct hash hash;
    json_t *doc = json_pack("{s:s, s:s%}", "to", to, "text", (const char *)text.p, text.len);
    ENSURE(doc, mem_none());
    err e = vault_doc_put(v, "report", incident, doc, &hash);
    json_decref(doc);
    TRY(e);
    return vault_entry(v, json_pack("{s:s,s:s,s:s,s:s,s:o}", "kind", "report", "incident", incident, "to", to, "action", "draft", "doc",
                                    entry_hash(&hash)), NULL);
}

static err put_report(struct cli *c, const struct report *r, const char *to, struct buf *text)
{
    if (strcmp(to, "ico") == 0)
        return report_ico(text, r);
    if (strcmp(to, "markdown") == 0)
        return report_markdown(text, r);
    json_t *doc = NULL;
    TRY(report_json(r, &doc));
    char *dump = json_dumps(doc, JSON_INDENT(1) | JSON_SORT_KEYS);
    out_set(&c->out, "document", doc);
    ENSURE(dump, mem_none());
    buf_str(text, dump);
    buf_str(text, "\n");
    free(dump);
    return buf_ok(text);
}

static err run_draft(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(buf_free) struct buf text = BUF(16 << 20), checkpoint = BUF(4096);
    struct config config;
    struct incident inc;
    struct scope_numbers numbers;
    struct report report;
    const char *id = cli_word(c, 0), *to = args_value(&c->args, "to");
    ENSURE(strcmp(to, "ico") == 0 || strcmp(to, "markdown") == 0 || strcmp(to, "json") == 0,
           cli_at(err_new(ERR_USAGE, "There is no such form.", "Give --to ico, markdown or json."), "to"));
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(incident_load(v, c->arena, id, &inc));
    struct report_input in = {.incident = &inc, .people_at = INCIDENT_NO_TIME, .reported_at = INCIDENT_NO_TIME, .case_reference = "",
                              .delay_text = args_or(&c->args, "delay", inc.why[INCIDENT_WHY_LATE]), .practice = v->practice,
                              .now = vault_now(v), .zone = &v->zone};
    TRY(read_contact(c, v, &config, &in.org));
    read_told(&inc, &in);
    TRY(read_recipients(v, c->arena, &inc, &in));
    TRY(read_answers(c, &in));
    TRY(read_scope(c, v, &config, id, &numbers, &in));
    TRY(vault_lease(v));
    TRY(vault_begin(v));
    TRY(vault_checkpoint_line(v, &checkpoint));
    in.checkpoint = buf_text(&checkpoint);
    TRY(report_draft(c->arena, &in, &report));
    TRY(put_report(c, &report, to, &text));
    TRY(record_draft(v, id, to, buf_view(&text)));
    out_set_text(&c->out, "incident", id);
    out_set_text(&c->out, "to", to);
    out_set(&c->out, "stale", json_boolean(in.stale));
    out_set_number(&c->out, "not_yet", report.not_yet);
    out_set(&c->out, "late", json_boolean(report.late));
    out_set(&c->out, "delay_required", json_boolean(report.delay_required));
    if (strcmp(to, "json") != 0)
        out_set_text(&c->out, "text", buf_text(&text));
    out_put(&c->out, buf_view(&text));
    for (size_t i = 0; i < report.warning_count; i++)
        out_note(&c->out, "Look again: %s\n", report.warnings[i]);
    /* The report is there to be sent even where the log can't go on; then this says so. */
    return cli_done(c, v);
}

const struct command cmd_report[] = {
    {"report", "draft", "Fills in the report to the authority from what is recorded.", "candour -C d report draft I1 --to ico", one_id, draft_options, run_draft},
    {0}};
