#include "incident_edit.h"

#include <string.h>

static void edit_end(struct incident_edit *e)
{
    vault_close(&e->v);
}

err incident_edit_run(struct cli *c, const char *action, incident_edit_fn *change)
{
    CLEANUP(edit_end) struct incident_edit e = {0};
    struct incident now;
    struct incident_outcome outcome;
    uint8_t key[32];
    TRY(cli_open(c, STORE_WRITE, &e.v));
    TRY(config_load(e.v, c->arena, &e.config));
    TRY(cli_job_key(c, e.v, key));
    TRY(incident_go_on(e.v, c->arena, key, &now, &outcome));
    if (!outcome.done) {
        TRY(incident_load(e.v, c->arena, cli_word(c, 0), &e.old));
        e.wanted = e.old;
        TRY(change(c, &e));
        TRY(incident_change(e.v, &e.config, c->arena, &e.old, &e.wanted, action, key, &now, &outcome));
    }
    cli_say_again(c, outcome.again);
    TRY(incident_edit_set(c, &now));
    out_set_number(&c->out, "held", outcome.held);
    incident_edit_say(c, e.v, &now);
    return incident_edit_loudly(c, outcome.published, outcome.hold_waits);
}

err incident_edit_line(struct cli *c, struct incident_edit *e, const char *text)
{
    int64_t now = vault_now(e->v);
    return incident_add_line(c->arena, &e->wanted, (struct incident_line){now, now, text, args_or(&c->args, "by", "")});
}

err incident_edit_instant(struct cli *c, const struct vault *v, const char *option, int64_t *ret)
{
    const char *text = args_value(&c->args, option);
    struct when_range range;
    if (!text)
        return OK;
    if (strcmp(text, "unknown") == 0) {
        *ret = INCIDENT_NO_TIME;
        return OK;
    }
    TRY(cli_at(when_parse_range(view_text(text), &v->zone, &range), option));
    *ret = range.earliest;
    return OK;
}

err incident_edit_past(struct cli *c, const struct vault *v, const char *option, int64_t *ret)
{
    TRY(incident_edit_instant(c, v, option, ret));
    ENSURE(!args_has(&c->args, option) || *ret == INCIDENT_NO_TIME || *ret <= vault_now(v),
           cli_at(err_new(ERR_INVALID, "That time is still to come.", "Check the day, the hour and the offset."), option));
    return OK;
}

const char *incident_edit_time(struct cli *c, const struct vault *v, int64_t t)
{
    return t == INCIDENT_NO_TIME || t == WHEN_UNKNOWN_LATE ? "not known yet" : cli_time_text(c, v, t);
}

const char *incident_edit_edge(struct cli *c, const struct vault *v, struct incident_edge e)
{
    if (e.state == INCIDENT_EDGE_UNKNOWN)
        return "not known";
    if (e.state == INCIDENT_EDGE_ONGOING)
        return "still going on";
    if (e.range.earliest == e.range.latest)
        return cli_time_text(c, v, e.range.earliest);
    return cli_text(c, "%s to %s", cli_time_text(c, v, e.range.earliest), cli_time_text(c, v, e.range.latest));
}

static void say_window(struct cli *c, const struct vault *v, const struct incident *inc)
{
    out_say(&c->out, "  began              %s\n  ended              %s\n", incident_edit_edge(c, v, inc->from), incident_edit_edge(c, v, inc->to));
    out_say(&c->out, "  cause              %s\n", incident_cause_label(inc->cause));
    if (inc->what_text[0])
        out_say(&c->out, "  what happened      %s\n", inc->what_text);
}

static void say_measure(struct cli *c, const struct vault *v, size_t number, const struct incident_measure *m)
{
    const char *when = m->done_at != INCIDENT_NO_TIME ? cli_text(c, ", done %s", cli_time_text(c, v, m->done_at))
                       : m->kind == INCIDENT_BEFORE   ? ""
                       : m->due != INCIDENT_NO_TIME   ? cli_text(c, ", planned for %s", cli_time_text(c, v, m->due))
                                                      : ", planned, no date yet";
    out_say(&c->out, "  measure %zu (%s)   %s%s\n", number, incident_measure_word(m->kind), m->text, when);
}

/* What was done about it, who was told, and what was explained. */
static void say_work(struct cli *c, const struct vault *v, const struct incident *inc)
{
    struct out *o = &c->out;
    for (size_t i = 0; i < inc->measure_count; i++)
        say_measure(c, v, i + 1, &inc->measures[i]);
    for (size_t i = 0; i < inc->told_count; i++) {
        const struct incident_told *t = &inc->told[i];
        out_say(o, "  told               %s%s, %s%s%s\n", t->name, t->authority ? " (the authority)" : "",
                t->at == INCIDENT_NO_TIME ? "planned" : cli_time_text(c, v, t->at), t->reference[0] ? ", reference " : "", t->reference);
    }
    for (size_t i = 0; i < inc->promise_count; i++) {
        const struct incident_promise *p = &inc->promises[i];
        out_say(o, "  promised           on %s by %s%s\n", p->on, cli_time_text(c, v, p->by),
                p->kept_at != INCIDENT_NO_TIME ? ", kept" : p->by < vault_now(v) ? ", LATE" : "");
    }
    for (int i = 0; i < INCIDENT_WHY_COUNT; i++)
        if (inc->why[i][0])
            out_say(o, "  %-18s %s\n", incident_why_word((enum incident_why)i), inc->why[i]);
}

void incident_edit_practice(struct cli *c, const struct vault *v)
{
    out_set(&c->out, "practice", json_boolean(v->practice));
    if (v->practice)
        out_say(&c->out, "*** PRACTICE *** this is not a real breach *** PRACTICE ***\n");
}

void incident_edit_say(struct cli *c, const struct vault *v, const struct incident *inc)
{
    struct out *o = &c->out;
    int64_t due = incident_report_due(inc), left = due - vault_now(v);
    incident_edit_practice(c, v);
    out_say(o, "Breach %s%s%s%s, version %u.\n", inc->id, strcmp(inc->id, inc->number) ? " (" : "", strcmp(inc->id, inc->number) ? inc->number : "",
            strcmp(inc->id, inc->number) ? ")" : "", inc->version);
    for (size_t i = 0; i < inc->recipient_count; i++)
        out_say(o, "  company            %s\n", inc->recipients[i]);
    if (inc->company_text[0])
        out_say(o, "  company            %s (not in the records yet)\n", inc->company_text);
    say_window(c, v, inc);
    out_say(o, "  company noticed    %s\n  we knew            %s\n", incident_edit_time(c, v, inc->company_aware), incident_edit_time(c, v, inc->aware));
    CLEANUP(buf_free) struct buf utc = BUF(64);
    when_put_utc(&utc, due);
    const struct incident_told *told = incident_authority_told(inc);
    if (told)
        out_say(o, "  report due         %s (%s); %s was told %s\n", incident_edit_time(c, v, due), buf_text(&utc), told->name, incident_edit_time(c, v, told->at));
    else
        out_say(o, "  report due         %s (%s), %s%lld h %lld min\n", incident_edit_time(c, v, due), buf_text(&utc), left >= 0 ? "in " : "late by ",
                (long long)((left < 0 ? -left : left) / 3600), (long long)((left < 0 ? -left : left) / 60 % 60));
    for (int i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        const struct incident_fact *f = &inc->facts[i];
        int64_t next = incident_next_word(inc, incident_question_word((enum incident_question)i));
        out_say(o, "  %-18s %s%s%s%s%s\n", incident_question_label((enum incident_question)i), incident_answer_word(f->answer), f->reason[0] ? ": " : "", f->reason,
                f->answer == INCIDENT_NOT_KNOWN ? ", next word: " : "", f->answer == INCIDENT_NOT_KNOWN ? (next == INCIDENT_NO_TIME ? "no date promised" : cli_time_text(c, v, next)) : "");
    }
    say_work(c, v, inc);
    for (size_t i = 0; i < inc->line_count; i++)
        out_say(o, "  %s  %s\n", cli_time_text(c, v, inc->timeline[i].at), inc->timeline[i].text);
    if (inc->closed_at != INCIDENT_NO_TIME)
        out_say(o, "CLOSED %s: %s\n", cli_time_text(c, v, inc->closed_at), inc->closed_text);
}

err incident_edit_set(struct cli *c, const struct incident *inc)
{
    out_set_text(&c->out, "incident", inc->id);
    out_set_text(&c->out, "number", inc->number);
    out_set_number(&c->out, "version", inc->version);
    out_set(&c->out, "report_due", jsonio_moment(incident_report_due(inc)));
    return OK;
}

err incident_edit_loudly(struct cli *c, err published, bool hold_waits)
{
    if (published.kind != ERR_OK)
        out_note(&c->out, "THE LOG COULD NOT BE PUBLISHED. What was done is right and kept; what follows says why it is not sealed yet.\n");
    if (hold_waits)
        out_note(&c->out, "The people concerned could not be marked as kept: run 'candour incident edit' once the log goes on. Erase nobody until then.\n");
    return published;
}
