/* candour incident measure, told, explain, close: what was done about a breach, and its end. */
#include "commands.h"

#include "incident_edit.h"

#include <string.h>

static const struct args_word one_id[] = {{"BREACH", ARGS_ONE}, {0}};

#define BY {"by", ARGS_VALUE, false, "WHO", "who writes this down"}

/* --- measure --- */

static const struct args_option measure_options[] = {
    {"what", ARGS_VALUE, false, "WORDS", "what was done, or is to be"},
    {"kind", ARGS_VALUE, false, "WORD", "address: deals with the breach (so if nothing is said); mitigate: makes it less bad for people; prevent: so that it "
                                        "does not happen again; before: was in place before"},
    {"done", ARGS_VALUE, false, "TIME", "when it was done; planned if left out"},
    {"due", ARGS_VALUE, false, "TIME", "when a planned one is to be done"},
    {"number", ARGS_VALUE, false, "N", "with --done: the planned measure of this number is done"},
    BY,
    {0}};

static err read_measure(struct cli *c, const struct vault *v, struct incident_measure *m)
{
    const char *kind = args_or(&c->args, "kind", "address"), *due = args_value(&c->args, "due");
    struct when_range range;
    *m = (struct incident_measure){.text = args_or(&c->args, "what", ""), .done_at = INCIDENT_NO_TIME, .due = INCIDENT_NO_TIME,
                                   .recorded_at = vault_now(v), .who = args_or(&c->args, "by", "")};
    ENSURE(incident_measure_find(kind, &m->kind), cli_at(err_new(ERR_USAGE, "There is no such kind of measure.", "Give address, mitigate, prevent or before."), "kind"));
    TRY(incident_edit_past(c, v, "done", &m->done_at));
    if (due) {
        TRY(cli_at(when_parse_range(view_text(due), &v->zone, &range), "due"));
        m->due = range.latest == WHEN_UNKNOWN_LATE ? INCIDENT_NO_TIME : range.latest;
    }
    ENSURE(!due || m->done_at == INCIDENT_NO_TIME, cli_at(err_new(ERR_USAGE, "It was done, or it is to be done.", "Give --done or --due, not both."), "due"));
    return OK;
}

static err measure(struct cli *c, struct incident_edit *e)
{
    struct incident_measure m;
    uint64_t number = 0;
    TRY(cli_number(c, "number", UINT32_MAX, &number));
    TRY(read_measure(c, e->v, &m));
    if (args_has(&c->args, "number")) {
        ENSURE(m.done_at != INCIDENT_NO_TIME && !m.text[0], cli_at(err_new(ERR_USAGE, "When was that measure done?", "Give --number N with --done TIME, and nothing else."), "number"));
        return incident_measure_done(c->arena, &e->wanted, number, m.done_at);
    }
    ENSURE(m.text[0], cli_at(err_new(ERR_USAGE, "What was done?", "Give --what WORDS, or --number N for a planned measure that is done now."), "what"));
    return incident_add_measure(c->arena, &e->wanted, m);
}

static err run_measure(struct cli *c)
{
    return incident_edit_run(c, "measure", measure);
}

/* --- told --- */

static const struct args_option told_options[] = {
    {"whom", ARGS_VALUE, true, "NAME", "a body: the authority, police, an insurer; nobody who is affected"},
    {"when", ARGS_VALUE, false, "TIME", "when they were told; planned if left out"},
    {"reference", ARGS_VALUE, false, "WORDS", "their number for it; may come later"},
    {"authority", ARGS_FLAG, false, NULL, "it is the authority to which the report goes: with --when the first report was made then"},
    BY,
    {0}};

static err told(struct cli *c, struct incident_edit *e)
{
    struct incident_told t = {.name = args_value(&c->args, "whom"), .at = INCIDENT_NO_TIME, .reference = args_or(&c->args, "reference", ""),
                              .authority = args_has(&c->args, "authority"), .recorded_at = vault_now(e->v), .who = args_or(&c->args, "by", "")};
    TRY(incident_edit_past(c, e->v, "when", &t.at));
    return incident_add_told(c->arena, &e->wanted, t);
}

static err run_told(struct cli *c)
{
    return incident_edit_run(c, "told", told);
}

/* --- explain --- */

static const struct args_option explain_options[] = {
    {"kept-too-long", ARGS_VALUE, false, "WORDS", "why people were kept past their end date"},
    {"late-report", ARGS_VALUE, false, "WORDS", "why the authority was told later than 72 hours after we knew"},
    {"not-told-sooner", ARGS_VALUE, false, "WORDS", "why people are told only now"},
    BY,
    {0}};

static err explain(struct cli *c, struct incident_edit *e)
{
    bool any = false;
    for (int i = 0; i < INCIDENT_WHY_COUNT; i++) {
        const char *word = incident_why_word((enum incident_why)i), *text = args_value(&c->args, word), *old = e->old.why[i];
        any = any || text;
        if (!text || strcmp(text, old) == 0)
            continue;
        if (old[0])
            TRY(incident_edit_line(c, e, cli_text(c, "Explained anew: %s. What was said before stands in version %u.", word, e->old.version)));
        e->wanted.why[i] = text;
    }
    ENSURE(any, err_new(ERR_USAGE, "What is explained?", "Give --kept-too-long, --late-report or --not-told-sooner with words."));
    return OK;
}

static err run_explain(struct cli *c)
{
    return incident_edit_run(c, "explain", explain);
}

/* --- close --- */

static const struct args_option close_options[] = {
    {"reason", ARGS_VALUE, true, "WORDS", "why nothing more is to be done"},
    BY,
    {0}};

/* What is left open is said; it does not stop anybody. */
static void note_open(struct cli *c, const struct incident *inc)
{
    size_t promises = 0, planned = 0, unknown = 0;
    for (size_t i = 0; i < inc->promise_count; i++)
        promises += inc->promises[i].kept_at == INCIDENT_NO_TIME;
    for (size_t i = 0; i < inc->measure_count; i++)
        planned += inc->measures[i].done_at == INCIDENT_NO_TIME && inc->measures[i].kind != INCIDENT_BEFORE;
    for (int i = 0; i < INCIDENT_QUESTION_COUNT; i++)
        unknown += inc->facts[i].answer == INCIDENT_NOT_KNOWN;
    if (promises || planned || unknown)
        out_note(&c->out, "Still open: %zu promises of a next word, %zu planned measures, %zu questions that are not known.\n", promises, planned, unknown);
    out_note(&c->out, "The people concerned stay kept from erasure.\n");
}

static err end(struct cli *c, struct incident_edit *e)
{
    e->wanted.closed_at = vault_now(e->v);
    e->wanted.closed_text = args_value(&c->args, "reason");
    note_open(c, &e->wanted);
    return OK;
}

static err run_close(struct cli *c)
{
    return incident_edit_run(c, "close", end);
}

const struct command cmd_incident_work[] = {
    {"incident", "measure", "Writes down what was done about it, or is planned.",
     "candour -C d incident measure I1 --what \"Pellwick gets nothing more from us\" --done 2018-10-29", one_id, measure_options, run_measure},
    {"incident", "told", "Writes down who was told, when, and their reference.",
     "candour -C d incident told I1 --whom \"Data Protection Authority\" --authority --when 2018-10-30T09:30:00Z --reference DPA-18-0417", one_id, told_options, run_told},
    {"incident", "explain", "Says why, for the report and the letters.",
     "candour -C d incident explain I1 --kept-too-long \"Nobody had set an end date before 2017\"", one_id, explain_options, run_explain},
    {"incident", "close", "Ends a breach, and says why; nothing of it is lost.", "candour -C d incident close I1 --reason \"Everybody was told\"", one_id, close_options, run_close},
    {0}};
