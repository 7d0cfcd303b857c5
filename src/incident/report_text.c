/* The report as pages for people. */
#include <inttypes.h>
#include <string.h>

#include "report_int.h"

static bool is_practice(const struct report *r)
{
    return r->input->practice || r->input->incident->practice;
}

/* ---- the lines on top, the same in both ---- */

static err put_clock(struct buf *to, const char *label, int64_t at, const struct when_zone *zone)
{
    buf_str(to, label);
    if (at == INCIDENT_NO_TIME) {
        buf_str(to, "not known\n");
        return OK;
    }
    TRY(report_put_both(to, at, zone));
    buf_str(to, "\n");
    return OK;
}

static err put_due(struct buf *to, const struct report *r, const char *label)
{
    const struct report_input *in = r->input;
    buf_str(to, label);
    TRY(report_put_both(to, r->due, in->zone));
    if (in->reported_at != INCIDENT_NO_TIME) {
        buf_str(to, " (first report ");
        report_put_span(to, in->reported_at - in->incident->aware);
        buf_str(to, " after we knew)");
    } else {
        buf_str(to, r->late ? " (passed " : " (in ");
        report_put_span(to, r->late ? in->now - r->due : r->due - in->now);
        buf_str(to, r->late ? " ago)" : ")");
    }
    buf_str(to, "\n");
    return OK;
}

static err put_clocks(struct buf *to, const struct report *r, const char *bullet)
{
    const struct report_input *in = r->input;
    char label[64];
    snprintf(label, sizeof label, "%sThe company knew: ", bullet);
    TRY(put_clock(to, label, in->incident->company_aware, in->zone));
    snprintf(label, sizeof label, "%sWe knew:          ", bullet);
    TRY(put_clock(to, label, in->incident->aware, in->zone));
    snprintf(label, sizeof label, "%sReport due:       ", bullet);
    TRY(put_due(to, r, label));
    snprintf(label, sizeof label, "%sThis draft:       ", bullet);
    TRY(put_clock(to, label, in->now, in->zone));
    snprintf(label, sizeof label, "%sNumbers of:       ", bullet);
    TRY(put_clock(to, label, in->numbers ? in->numbers->at : INCIDENT_NO_TIME, in->zone));
    buf_fmt(to, "%sSealed:           %s\n", bullet, in->checkpoint[0] ? in->checkpoint : "not yet");
    return OK;
}

static void put_state_lines(struct buf *to, const struct report *r)
{
    buf_fmt(to, "%zu of %d fields are not yet known. ", r->not_yet, ICO_FORM_FIELDS);
    if (r->undated)
        buf_fmt(to, "%zu points in the form have no date for the next word: promise one (A33.4). ", r->undated);
    if (r->required)
        buf_fmt(to, "%zu must be filled in by you. ", r->required);
    buf_str(to, "\n");
    if (r->delay_required)
        buf_str(to, "REQUIRED (CK-05): the report is later than 72 hours. Without the reasons it must not be sent.\n");
    if (r->input->stale)
        buf_fmt(to, "OLD NUMBERS: who is affected would be another answer now. Run 'candour incident scope %s', then draft again.\n",
                r->input->incident->id);
    for (size_t i = 0; i < r->warning_count; i++)
        buf_fmt(to, "CHECK: %s\n", r->warnings[i]);
}

static void put_indented(struct buf *to, const char *text, const char *indent)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        buf_str(to, indent);
        buf_bytes(to, text, len);
        buf_str(to, "\n");
        text += len + (text[len] == '\n');
    }
}

static bool ticked(const struct report_entry *e, const char *option)
{
    for (size_t i = 0; i < e->option_count; i++) {
        if (strcmp(e->options[i], option) == 0)
            return true;
    }
    return false;
}

static const char *state_mark(enum report_state state)
{
    static const char *const marks[] = {"", "   [not yet known]", "   [not needed]", "   [REQUIRED]"};
    return marks[state];
}

/* ---- the form, for copying ---- */

static void put_options(struct buf *to, const struct report_entry *e, const char *const *options)
{
    for (size_t i = 0; options && options[i]; i++)
        buf_fmt(to, "      %s %s\n", ticked(e, options[i]) ? "[x]" : "[ ]", options[i]);
}

err report_ico(struct buf *to, const struct report *r)
{
    const struct incident *inc = r->input->incident;
    if (is_practice(r))
        buf_str(to, "*** PRACTICE *** not a real breach; do not send *** PRACTICE ***\n");
    buf_fmt(to, "REPORT TO THE ICO   personal data breach %s (%s, version %" PRIu32 ")\n", inc->number, inc->id,
            inc->version);
    buf_str(
        to,
        "The online form can't be saved. Copy field by field, in this order; options are in the form's own words.\n\n");
    TRY(put_clocks(to, r, ""));
    put_state_lines(to, r);
    const char *part = "";
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++) {
        const struct report_entry *e = &r->fields[i];
        const struct ico_field *f = ico_form_at(i);
        if (strcmp(part, e->part) != 0)
            buf_fmt(to, "\n== %s ==\n", e->part);
        part = e->part;
        buf_fmt(to, "\n%2u  %s%s\n", e->n, e->label, state_mark(e->state));
        put_options(to, e, f->options);
        put_options(to, e, f->suboptions);
        /* a single ticked option needs no second line with the same words */
        bool same = e->option_count == 1 && strcmp(e->options[0], e->text) == 0;
        if (!same)
            put_indented(to, e->text, "    ");
    }
    return buf_ok(to);
}

/* ---- Markdown ---- */

static void put_escaped(struct buf *to, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (strchr("\\`*_<>[]|", *text) || (line_start && strchr("#+-=", *text)))
            buf_u8(to, '\\');
        buf_bytes(to, text, 1);
        if (*text == '\n')
            buf_str(to, "\n"); /* a line of ours is a paragraph there */
        line_start = *text == '\n';
    }
}

static void put_entry(struct buf *to, const struct report_entry *e)
{
    buf_str(to, "### ");
    if (e->n)
        buf_fmt(to, "%u. ", e->n);
    else
        buf_fmt(to, "%s ", e->id);
    put_escaped(to, e->label);
    buf_fmt(to, "%s\n\n", state_mark(e->state));
    for (size_t i = 0; i < e->option_count; i++) {
        buf_str(to, "- **");
        put_escaped(to, e->options[i]);
        buf_str(to, "**\n");
    }
    buf_str(to, e->option_count ? "\n" : "");
    put_escaped(to, e->text);
    buf_str(to, "\n\n");
}

err report_markdown(struct buf *to, const struct report *r)
{
    const struct incident *inc = r->input->incident;
    if (is_practice(r))
        buf_str(to, "**PRACTICE: not a real breach; do not send**\n\n");
    buf_str(to, "# Report to the authority: personal data breach ");
    put_escaped(to, inc->number);
    buf_fmt(to, " (%s, version %" PRIu32 ")\n\n", inc->id, inc->version);
    TRY(put_clocks(to, r, "- "));
    buf_str(to, "\n");
    put_state_lines(to, r);
    buf_str(to, "\n## What the law asks for: Article 33(3)\n\n");
    for (size_t i = 0; i < REPORT_ITEMS; i++)
        put_entry(to, &r->items[i]);
    buf_str(to, "## The ICO's form\n\n");
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++)
        put_entry(to, &r->fields[i]);
    return buf_ok(to);
}
