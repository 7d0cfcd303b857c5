/* candour incident: the breach, from the first call to who is affected. */
#include "commands.h"

#include "contact.h"
#include "csv.h"
#include "incident_edit.h"
#include "questions.h"
#include "reach.h"
#include "scope_run.h"
#include "scope_since.h"
#include "text.h"

#include <string.h>

static const struct args_word one_id[] = {{"BREACH", ARGS_ONE}, {0}};
static const struct args_word maybe_id[] = {{"BREACH", ARGS_MAYBE}, {0}};

/* What may be said of an incident, when it is opened and later. */
#define FACT_OPTIONS                                                                                                             \
    {"happened", ARGS_VALUE, false, "A..B", "from the start of A to the end of B; each may be unknown, B ongoing"},              \
    {"from", ARGS_VALUE, false, "TIME", "when it began, as a time or range, or unknown"},                                        \
    {"to", ARGS_VALUE, false, "TIME", "when it ended, as a time or range, unknown or ongoing"},                                  \
    {"company-aware", ARGS_VALUE, false, "TIME", "when the company noticed"},                                                    \
    {"availability", ARGS_VALUE, false, "ANSWER", "locked or lost? yes | no: how that is known | unknown"},                      \
    {"confidentiality", ARGS_VALUE, false, "ANSWER", "read or copied?"},                                                         \
    {"integrity", ARGS_VALUE, false, "ANSWER", "changed?"},                                                                      \
    {"published", ARGS_VALUE, false, "ANSWER", "published?"},                                                                    \
    {"ransom", ARGS_VALUE, false, "ANSWER", "money asked for?"},                                                                 \
    {"cause", ARGS_VALUE, false, "WORD", "ransomware, theft, phishing, mistake, wrong-recipient, lost-device, insider, misconfiguration, unknown, other"}, \
    {"what", ARGS_VALUE, false, "WORDS", "what happened, in your words"},                                                        \
    {"company", ARGS_VALUE, false, "NAME", "a company that is not in the records yet"},                                          \
    {"told-by", ARGS_VALUE, false, "NAME", "who told us"},                                                                       \
    {"told-how", ARGS_VALUE, false, "WORD", "phone, email, news or other"},                                                      \
    {"note", ARGS_VALUE, false, "WORDS", "a line for the timeline"},                                                             \
    {"note-at", ARGS_VALUE, false, "TIME", "when that was (now)"},                                                               \
    {"by", ARGS_VALUE, false, "WHO", "who writes this down"}

/* --- reading --- */

static err read_window(struct cli *c, const struct vault *v, struct incident *inc)
{
    const char *happened = args_value(&c->args, "happened"), *from = args_value(&c->args, "from"), *to = args_value(&c->args, "to");
    if (happened)
        TRY(cli_at(incident_parse_window(happened, &v->zone, &inc->from, &inc->to), "happened"));
    if (from)
        TRY(cli_at(incident_parse_edge(from, false, &v->zone, &inc->from), "from"));
    if (to)
        TRY(cli_at(incident_parse_edge(to, true, &v->zone, &inc->to), "to"));
    const char *where = happened ? "happened" : from ? "from" : "to";
    ENSURE(inc->from.state != INCIDENT_EDGE_KNOWN || inc->from.range.earliest <= vault_now(v),
           cli_at(err_new(ERR_INVALID, "A breach can't begin in the future.", "Check the day, the hour and the offset; \"unknown\" is allowed."), where));
    return cli_at(incident_check_window(inc->from, inc->to), where);
}

static err read_answers(struct cli *c, struct incident *inc)
{
    for (int i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        const char *word = incident_question_word((enum incident_question)i), *text = args_value(&c->args, word);
        int64_t next = inc->facts[i].next_word;
        if (!text)
            continue;
        TRY(cli_at(incident_parse_fact(c->arena, text, &inc->facts[i]), word));
        if (inc->facts[i].answer == INCIDENT_NOT_KNOWN)
            inc->facts[i].next_word = next;
    }
    return OK;
}

static err read_note(struct cli *c, const struct vault *v, struct incident *inc)
{
    const char *note = args_value(&c->args, "note");
    if (!note)
        return OK;
    int64_t at = vault_now(v);
    TRY(incident_edit_instant(c, v, "note-at", &at));
    return incident_add_line(c->arena, inc, (struct incident_line){at, vault_now(v), note, args_or(&c->args, "by", "")});
}

static err read_facts(struct cli *c, const struct vault *v, struct incident *inc)
{
    TRY(read_window(c, v, inc));
    TRY(incident_edit_instant(c, v, "company-aware", &inc->company_aware));
    TRY(read_answers(c, inc));
    const char *cause = args_value(&c->args, "cause"), *how = args_value(&c->args, "told-how");
    ENSURE(!cause || incident_cause_find(cause, &inc->cause), cli_at(err_new(ERR_USAGE, "There is no such cause.",
           "Give ransomware, theft, phishing, mistake, wrong-recipient, lost-device, insider, misconfiguration, unknown or other."), "cause"));
    ENSURE(!how || incident_channel_find(how, &inc->told_how), cli_at(err_new(ERR_USAGE, "There is no such way.", "Give phone, email, news or other."), "told-how"));
    inc->what_text = args_or(&c->args, "what", inc->what_text);
    inc->company_text = args_or(&c->args, "company", inc->company_text);
    inc->told_by.name = args_or(&c->args, "told-by", inc->told_by.name);
    return read_note(c, v, inc);
}

/* --- open, edit, promise, list, show --- */

static const struct args_option open_options[] = {
    {"recipient", ARGS_LIST, false, "RECIPIENT", "the company it happened at; 'self' for our own system"},
    {"aware", ARGS_VALUE, true, "TIME", "when we knew: starts the 72 hours"},
    {"number", ARGS_VALUE, false, "NUMBER", "your own number for it"},
    FACT_OPTIONS,
    {0}};

static err run_open(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    uint8_t key[32];
    struct incident_outcome outcome;
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(config_load(v, c->arena, &config));
    struct incident inc = incident_new("", INCIDENT_NO_TIME, vault_now(v));
    TRY(incident_edit_past(c, v, "aware", &inc.aware));
    ENSURE(inc.aware != INCIDENT_NO_TIME, cli_at(err_new(ERR_USAGE, "When did you know?", "Give --aware TIME: it starts the 72 hours."), "aware"));
    TRY(args_split(c->arena, &c->args, "recipient", &inc.recipients, &inc.recipient_count));
    inc.practice = v->practice;
    inc.number = args_or(&c->args, "number", "");
    TRY(read_facts(c, v, &inc));
    ENSURE(inc.recipient_count || inc.company_text[0], cli_at(err_new(ERR_USAGE, "Which company?",
           "Give --recipient ID, or --company NAME if it is not in your records, or --recipient self for your own system."), "recipient"));
    TRY(cli_job_key(c, v, key));
    TRY(incident_open(v, &config, c->arena, &inc, key, &outcome));
    cli_say_again(c, outcome.again);
    TRY(incident_edit_set(c, &inc));
    out_set_number(&c->out, "held", outcome.held);
    incident_edit_say(c, v, &inc);
    if (!outcome.hold_waits)
        out_say(&c->out, "%s people whom they can hold are kept from erasure until the letters are done.\n", OUT_N(outcome.held));
    out_say(&c->out, "Next: candour incident sheet %s (questions for the company), candour incident scope %s (who is affected).\n", inc.id, inc.id);
    return incident_edit_loudly(c, outcome.published, outcome.hold_waits);
}

static const struct args_option edit_options[] = {
    {"add-recipient", ARGS_LIST, false, "RECIPIENT", "one more company it happened at"},
    {"aware", ARGS_VALUE, false, "TIME", "when we knew: starts the 72 hours"},
    {"number", ARGS_VALUE, false, "NUMBER", "your own number for it"},
    {"reopen", ARGS_FLAG, false, NULL, "it was closed too early"},
    FACT_OPTIONS,
    {0}};

static err add_recipients(struct cli *c, struct incident *inc)
{
    const char *const *more;
    size_t count;
    TRY(args_split(c->arena, &c->args, "add-recipient", &more, &count));
    const char **list = arena_array(c->arena, inc->recipient_count + count + 1, sizeof *list);
    ENSURE(list, mem_none());
    memcpy(list, inc->recipients, inc->recipient_count * sizeof *list);
    memcpy(list + inc->recipient_count, more, count * sizeof *list);
    inc->recipients = list;
    inc->recipient_count += count;
    return OK;
}

enum { CHANGES = 8 + INCIDENT_QUESTION_COUNT };

/* `shown`: of `text`, what may stand in the timeline, which goes into reports: nothing that was typed. */
struct change {
    const char *label, *text, *shown;
};

static struct change said(const char *label, const char *text)
{
    return (struct change){label, text, text};
}

static struct change typed(const char *label, const char *text)
{
    return (struct change){label, text, NULL};
}

/* What can be corrected, in words. */
static void facts_in_words(struct cli *c, const struct vault *v, const struct incident *inc, struct change list[CHANGES])
{
    size_t n = 0;
    list[n++] = said("when we knew", incident_edit_time(c, v, inc->aware));
    list[n++] = said("when the company noticed", incident_edit_time(c, v, inc->company_aware));
    list[n++] = said("when it began", incident_edit_edge(c, v, inc->from));
    list[n++] = said("when it ended", incident_edit_edge(c, v, inc->to));
    list[n++] = said("the cause", incident_cause_label(inc->cause));
    list[n++] = typed("what happened", inc->what_text);
    list[n++] = typed("the company", inc->company_text);
    list[n++] = typed("the number", inc->number);
    for (int i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        const struct incident_fact *f = &inc->facts[i];
        const char *word = incident_answer_word(f->answer);
        list[n++] = (struct change){incident_question_label((enum incident_question)i), cli_text(c, "%s %s", word, f->reason), word};
    }
    CHECK(n == CHANGES);
}

/* What was said before stays, in the timeline. */
static err keep_what_was(struct cli *c, struct incident_edit *e)
{
    struct change was[CHANGES], is[CHANGES];
    facts_in_words(c, e->v, &e->old, was);
    facts_in_words(c, e->v, &e->wanted, is);
    for (size_t i = 0; i < CHANGES; i++) {
        if (strcmp(was[i].text, is[i].text) == 0)
            continue;
        TRY(incident_edit_line(c, e, was[i].shown ? cli_text(c, "Changed: %s. Before: %s", was[i].label, was[i].shown)
                                                  : cli_text(c, "Changed: %s. What was said before stands in version %u.", was[i].label, e->old.version)));
    }
    return OK;
}

static err reopen(struct cli *c, struct incident_edit *e)
{
    if (!args_has(&c->args, "reopen"))
        return OK;
    ENSURE(e->old.closed_at != INCIDENT_NO_TIME, cli_at(err_newf(ERR_INVALID, "The breach {} is open.", "Leave --reopen out.", err_name(e->old.id)), "reopen"));
    e->wanted.closed_at = INCIDENT_NO_TIME;
    e->wanted.closed_text = "";
    return incident_edit_line(c, e, cli_text(c, "Opened again. It was closed by version %u.", e->old.version));
}

static err change_facts(struct cli *c, struct incident_edit *e)
{
    TRY(incident_edit_past(c, e->v, "aware", &e->wanted.aware));
    ENSURE(e->wanted.aware != INCIDENT_NO_TIME, cli_at(err_new(ERR_USAGE, "When did you know?", "Give a time: it starts the 72 hours."), "aware"));
    e->wanted.number = args_or(&c->args, "number", e->wanted.number);
    TRY(read_facts(c, e->v, &e->wanted));
    TRY(add_recipients(c, &e->wanted));
    TRY(keep_what_was(c, e));
    return reopen(c, e);
}

static err run_edit(struct cli *c)
{
    return incident_edit_run(c, "edit", change_facts);
}

static const struct args_option promise_options[] = {
    {"by", ARGS_VALUE, false, "TIME", "when we say more"},
    {"kept", ARGS_FLAG, false, NULL, "what was promised was said now"},
    {"on", ARGS_VALUE, false, "WHAT", "availability, confidentiality, integrity, published, ransom, numbers … (everything)"},
    {"who", ARGS_VALUE, false, "WHO", "who promises"},
    {0}};

static err promise(struct cli *c, struct incident_edit *e)
{
    struct when_range by;
    const char *text = args_value(&c->args, "by"), *on = args_or(&c->args, "on", "everything");
    bool kept = args_has(&c->args, "kept");
    ENSURE((text != NULL) != kept, cli_at(err_new(ERR_USAGE, "By when will there be more?", "Give --by TIME; or --kept, if it was said now."), "by"));
    if (kept)
        return incident_keep_promise(c->arena, &e->wanted, on, vault_now(e->v));
    TRY(cli_at(when_parse_range(view_text(text), &e->v->zone, &by), "by"));
    ENSURE(by.latest >= vault_now(e->v), cli_at(err_new(ERR_INVALID, "That time has passed already.", "Promise a time to come."), "by"));
    ENSURE(incident_promise_on_ok(on), cli_at(err_new(ERR_USAGE, "A promise is about one thing.", "Give --on confidentiality, for instance, or leave it out."), "on"));
    return incident_add_promise(c->arena, &e->wanted, (struct incident_promise){.on = on, .by = by.latest, .made_at = vault_now(e->v), .kept_at = INCIDENT_NO_TIME,
                                                                                .who = args_or(&c->args, "who", ""), .text = ""});
}

static err run_promise(struct cli *c)
{
    return incident_edit_run(c, "promise", promise);
}

/* Who is affected, as it was worked out last. */
static err set_since(struct cli *c, struct vault *v, const char *id, json_t *item, bool say)
{
    struct scope_since since;
    TRY(scope_since(v, c->arena, id, &since));
    if (!since.there)
        return OK;
    json_t *scope = json_pack("{s:I,s:I,s:o,s:b}", "version", (json_int_t)since.numbers.version, "affected", (json_int_t)since.numbers.affected, "at",
                              jsonio_moment(since.numbers.at), "stale", since.stale);
    ENSURE(scope && json_object_set_new(item, "scope", scope) == 0, mem_none());
    if (say)
        out_say(&c->out, "Who is affected: %s people, as of %s (version %u).\n", OUT_N(since.numbers.affected), incident_edit_time(c, v, since.numbers.at),
                since.numbers.version);
    if (since.stale)
        out_say(&c->out, "%sRecorded since then: something that may change who is affected. Ask again with 'candour incident scope %s'.\n", say ? "" : "      ", id);
    return OK;
}

static err run_list(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct incident *list;
    size_t count;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(incident_list(v, c->arena, &list, &count));
    json_t *array = json_array();
    incident_edit_practice(c, v);
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_pack("{s:s,s:s,s:o,s:o}", "incident", list[i].id, "number", list[i].number, "report_due",
                                 jsonio_moment(incident_report_due(&list[i])), "closed_at", jsonio_moment(list[i].closed_at));
        ENSURE(json_array_append_new(array, item) == 0, mem_none());
        out_say(&c->out, "%-5s %-16s we knew %s%s\n", list[i].id, list[i].number, incident_edit_time(c, v, list[i].aware),
                list[i].closed_at == INCIDENT_NO_TIME ? "" : ", closed");
        TRY(set_since(c, v, list[i].id, item, false));
    }
    if (count == 0)
        out_say(&c->out, "Nothing has happened. Two things make the day easier if it does: record what you send ('candour handover record'), and practise once ('candour init --practice').\n");
    out_set(&c->out, "incidents", array);
    return OK;
}

static const struct args_option show_options[] = {{"version", ARGS_VALUE, false, "N", "as it was written down then; the newest if left out"}, {0}};

static err run_show(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct incident inc;
    json_t *doc = NULL;
    uint64_t version = 0;
    TRY(cli_number(c, "version", UINT32_MAX, &version));
    TRY(cli_open(c, STORE_READ, &v));
    TRY(incident_load_version(v, c->arena, cli_word(c, 0), (uint32_t)version, &inc));
    TRY(incident_json(&inc, &doc));
    out_set(&c->out, "document", doc);
    TRY(incident_edit_set(c, &inc));
    incident_edit_say(c, v, &inc);
    return version ? OK : set_since(c, v, inc.id, c->out.doc, true);
}

/* --- sheet --- */

static const struct args_option sheet_options[] = {
    {"html", ARGS_FLAG, false, NULL, "as a page for printing"},
    {"mail", ARGS_FLAG, false, NULL, "as a message to the company"},
    {"company", ARGS_VALUE, false, "NAME", "the company's name"},
    {"phone", ARGS_VALUE, false, "NUMBER", "where they can call us"},
    {"signed-by", ARGS_VALUE, false, "WHO", "name and office"},
    {0}};

static err company_name(struct cli *c, struct vault *v, const struct incident *inc, const char **ret)
{
    struct recipient r;
    *ret = args_or(&c->args, "company", inc ? inc->company_text : "");
    if ((*ret)[0] || !inc || !inc->recipient_count || strcmp(inc->recipients[0], RECIPIENT_SELF) == 0)
        return OK;
    TRY(recipient_load(v, c->arena, inc->recipients[0], &r));
    *ret = r.name;
    return OK;
}

static err run_sheet(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(buf_free) struct buf text = BUF(1 << 20), subject = BUF(4096);
    struct config config;
    struct incident inc;
    const char *id = args_word(&c->args, 0);
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    if (id)
        TRY(incident_load(v, c->arena, id, &inc));
    struct contact k;
    TRY(contact_load(v, c->arena, &k));
    struct questions_input in = {.organisation = config.name, .incident = id ? &inc : NULL, .practice = v->practice, .now = vault_now(v), .zone = &v->zone,
                                 .reply_email = k.fact[CONTACT_EMAIL][0] ? k.fact[CONTACT_EMAIL] : config.contact,
                                 .reply_phone = args_or(&c->args, "phone", k.fact[CONTACT_PHONE]), .signed_by = args_or(&c->args, "signed-by", ""),
                                 .call_every_day_at = -1};
    TRY(company_name(c, v, id ? &inc : NULL, &in.company));
    if (args_has(&c->args, "html"))
        TRY(questions_page_html(&text, &in));
    else if (args_has(&c->args, "mail"))
        TRY(questions_mail(&subject, &text, &in));
    else
        TRY(questions_page_text(&text, &in));
    if (subject.len) {
        out_set_text(&c->out, "subject", buf_text(&subject));
        out_say(&c->out, "Subject: %s\n\n", buf_text(&subject));
    }
    out_set_text(&c->out, "text", buf_text(&text));
    out_put(&c->out, buf_view(&text));
    return OK;
}

/* --- scope --- */

static const struct args_option scope_options[] = {
    {"people", ARGS_FLAG, false, NULL, "a line a person: id, TAB, details"},
    {"people-csv", ARGS_FLAG, false, NULL, "the same as CSV, with the source that the id is of"},
    {"what-if", ARGS_LIST, false, "WORDS", "from=TIME, to=TIME or without=H3: the answer is not kept"},
    {"distrust-certificates", ARGS_FLAG, false, NULL, "what if no proof of deletion is true: the answer is not kept"},
    {0}};

static err read_what_if(struct cli *c, const struct vault *v, struct scope_what_if *w)
{
    w->distrust = args_has(&c->args, "distrust-certificates");
    for (size_t i = 0; i < args_count(&c->args, "what-if"); i++) {
        const char *text = args_nth(&c->args, "what-if", i);
        struct incident_edge edge;
        if (strncmp(text, "from=", 5) == 0) {
            TRY(cli_at(incident_parse_edge(text + 5, false, &v->zone, &edge), "what-if"));
            w->other_from = true;
            w->from = incident_edge_range(edge);
        } else if (strncmp(text, "to=", 3) == 0) {
            TRY(cli_at(incident_parse_edge(text + 3, true, &v->zone, &edge), "what-if"));
            w->other_to = true;
            w->to = incident_edge_range(edge);
        } else if (strncmp(text, "without=", 8) == 0) {
            w->without = text + 8;
        } else {
            return cli_at(err_new(ERR_USAGE, "What if what?", "Give --what-if from=TIME, to=TIME or without=H3."), "what-if");
        }
    }
    return OK;
}

struct listing {
    struct cli *c;
    bool csv;
};

static err put_line(void *ctx, const struct scope_line *p)
{
    struct listing *l = ctx;
    if (l->c->out.json) {
        json_t *list = json_object_get(l->c->out.doc, "people");
        return json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", p->id, "source", p->source, "fields", p->fields)) == 0 ? OK : mem_none();
    }
    CLEANUP(buf_free) struct buf line = BUF(8 * LIMIT_RECORD_BYTES);
    if (l->csv)
        csv_write_cell(&line, view_text(p->id));
    else
        text_in_line(&line, view_text(p->id));
    buf_str(&line, l->csv ? "," : "\t");
    if (l->csv)
        csv_write_cell(&line, view_text(p->fields));
    else
        text_in_line(&line, view_text(p->fields));
    if (l->csv) {
        buf_str(&line, ",");
        csv_write_cell(&line, view_text(p->source));
    }
    buf_str(&line, l->csv ? "\r\n" : "\n");
    TRY(buf_ok(&line));
    return out_bulk(&l->c->out, buf_view(&line));
}

static err set_numbers(struct cli *c, const struct scope_answer *s)
{
    json_t *numbers = NULL;
    TRY(scope_numbers_json(&s->numbers, &numbers));
    bool good = json_object_update(c->out.doc, numbers) == 0;
    json_decref(numbers);
    ENSURE(good, mem_none());
    out_set(&c->out, "what_if", json_boolean(s->what_if));
    out_set(&c->out, "nothing_recorded", jsonio_list(s->nothing_recorded, s->nothing_count));
    if (!s->what_if) {
        out_set_number(&c->out, "log_index", s->log_index);
        out_set_number(&c->out, "held", s->held);
    }
    return OK;
}

static void say_handovers(struct cli *c, const struct scope_answer *s)
{
    for (size_t i = 0; i < s->decision.count; i++) {
        const struct scope_verdict *d = &s->decision.verdicts[i];
        const struct handover *h = &s->handovers[d->handover];
        if (!d->counts)
            continue;
        out_say(&c->out, "  %-5s %s, %s%s\n", h->id, h->recipient, scope_why_words(d->why),
                d->drop == SCOPE_DROP_ALL ? "; its people drop out: deletion was proved in time" : "");
        for (size_t k = 0; k < d->proof_count; k++)
            for (unsigned bit = 0; bit < SCOPE_DOUBT_COUNT; bit++)
                if (d->proofs[k].doubts >> bit & 1)
                    out_say(&c->out, "        a proof of deletion does not count: %s\n", scope_doubt_words(bit));
    }
}

/* Of these nothing is known yet, which is not the same as nobody. */
static void say_nothing_recorded(struct cli *c, const struct scope_answer *s)
{
    for (size_t i = 0; i < s->nothing_count; i++)
        out_say(&c->out, "NOT YET KNOWN: what %s holds of us: nothing that was given to them is recorded%s.\n", s->nothing_recorded[i],
                s->numbers.handover_count ? ", so more people may be affected" : ", so who is affected can't be told");
    if (s->nothing_count)
        out_say(&c->out, "  Record what they were given, as far as anybody remembers: 'candour handover record' with --file, --their-list, --rule or --system\n"
                         "  (a company that is not in the records first: 'candour recipient add', then 'candour incident edit %s --add-recipient ID --company \"\"'). Then ask again.\n",
                s->numbers.incident);
}

/* Beside a list it goes to standard error. */
static void tell_behind(struct cli *c, const struct scope_answer *s, bool beside)
{
    static const char words[] = "Another command is writing to the register: who came into systems that still run since they were last looked at is "
                                "not among them. Ask again when it is done.\n";
    out_set(&c->out, "behind", json_boolean(s->behind));
    if (s->behind && beside)
        out_note(&c->out, "%s", words);
    else if (s->behind)
        out_say(&c->out, "%s", words);
}

static err run_scope(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(scope_answer_end) struct scope_answer s = {0};
    CLEANUP(buf_free) struct buf text = BUF(1 << 20);
    struct config config;
    struct scope_question q = {.incident = cli_word(c, 0)};
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(read_what_if(c, v, &q.what_if));
    TRY(scope_run(v, &config, c->arena, &q, &s));
    if (args_has(&c->args, "people") || args_has(&c->args, "people-csv")) {
        struct listing l = {c, args_has(&c->args, "people-csv")};
        out_set(&c->out, "people", json_array());
        if (l.csv && !c->out.json)
            TRY(out_bulk(&c->out, view_text("id,details,source\r\n")));
        TRY(scope_people(v, &config, &s, put_line, &l));
        if (c->out.json)
            TRY(set_numbers(c, &s));
        tell_behind(c, &s, true);
        return incident_edit_loudly(c, s.published, false);
    }
    TRY(set_numbers(c, &s));
    struct scope_numbers older;
    bool has_older = !s.what_if && s.numbers.version > 1 && scope_version(v, c->arena, q.incident, s.numbers.version - 1, &older).kind == ERR_OK;
    TRY(scope_numbers_text(&text, &s.numbers, has_older ? &older : NULL, &v->zone));
    if (s.what_if)
        out_say(&c->out, "WHAT IF: nothing of this is kept.\n");
    incident_edit_practice(c, v);
    tell_behind(c, &s, false);
    say_nothing_recorded(c, &s);
    if (s.numbers.handover_count || !s.nothing_count) {
        out_put(&c->out, buf_view(&text));
        out_say(&c->out, "Given in:\n");
    }
    say_handovers(c, &s);
    if (!s.what_if)
        reach_say(c, s.held);
    return incident_edit_loudly(c, s.published, false);
}

const struct command cmd_incident[] = {
    {"incident", "sheet", "Prints what to ask the company, and what to tell it.", "candour -C d incident sheet I1 --mail", maybe_id, sheet_options, run_sheet},
    {"incident", "open", "Opens a breach: the clocks run, and nobody concerned is erased.",
     "candour -C d incident open --recipient pellwick --happened 2018-10-20..2018-10-29 --aware 2018-10-29T14:05:00Z --availability yes", NULL, open_options, run_open},
    {"incident", "edit", "Writes down what is known now; what was known before stays.",
     "candour -C d incident edit I1 --confidentiality \"yes: files were found\" --note \"Company called again\"", one_id, edit_options, run_edit},
    {"incident", "promise", "Says when there will be more.", "candour -C d incident promise I1 --by 2018-11-12", one_id, promise_options, run_promise},
    {"incident", "scope", "Works out who is affected, with which details, and how sure that is.", "candour -C d incident scope I1", one_id, scope_options, run_scope},
    {"incident", "list", "Shows all breaches.", "candour -C d incident list", NULL, NULL, run_list},
    {"incident", "show", "Shows one breach.", "candour -C d incident show I1", one_id, show_options, run_show},
    {0}};
