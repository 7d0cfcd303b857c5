#include "report.h"

#include <string.h>

#include "jsonio.h"
#include "limits.h"
#include "report_int.h"

/* `field`: the form's field that is the same question, for the officer's own answers. */
static const struct {
    const char *id, *label, *field;
    report_filler *fill;
} items[REPORT_ITEMS] = {
    {"A33.3-a1", "Nature of the breach", "what_happened", report_fill_nature},
    {"A33.3-a2", "Categories of people", "subject_categories", report_fill_people},
    {"A33.3-a3", "Approximate number of people", "subjects", report_fill_number},
    {"A33.3-a4", "Categories of records", "data_categories", report_fill_details},
    {"A33.3-a5", "Approximate number of records", "records", report_fill_records},
    {"A33.3-b", "Data protection officer or other contact", "dpo", report_fill_contacts},
    {"A33.3-c", "Likely consequences", "consequences", report_fill_consequences},
    {"A33.3-d1", "Measures taken or proposed to address the breach", "actions", report_fill_address},
    {"A33.3-d2", "Measures to mitigate its possible adverse effects", "", report_fill_mitigate},
};

/* ---- pieces that the fillers use ---- */

err report_put_day(struct buf *to, int64_t at, const struct when_zone *zone)
{
    int32_t day = DAY_UNKNOWN;
    TRY(when_local_day(zone, at, &day));
    when_put_day_words(to, day);
    return buf_ok(to);
}

err report_put_both(struct buf *to, int64_t at, const struct when_zone *zone)
{
    TRY(when_put_words(to, at, zone));
    buf_str(to, " = ");
    when_put_utc(to, at);
    return buf_ok(to);
}

void report_put_span(struct buf *to, int64_t seconds)
{
    int64_t minutes = seconds / 60;
    buf_fmt(to, "%lld h %02lld min", (long long)(minutes / 60), (long long)(minutes % 60));
}

err report_say_text(struct draft *d, struct report_entry *e, const char *text)
{
    return report_state(d, e, REPORT_FILLED, text);
}

err report_say(struct draft *d, struct report_entry *e, struct buf *text)
{
    TRY(buf_ok(text));
    while (text->len && text->p[text->len - 1] == '\n')
        text->len--;
    return report_say_text(d, e, buf_text(text));
}

err report_state(struct draft *d, struct report_entry *e, enum report_state state, const char *text)
{
    e->state = state;
    e->text = arena_text(d->a, text, strlen(text));
    return e->text ? OK : mem_none();
}

err report_tick(struct draft *d, struct report_entry *e, const char *option)
{
    if (!e->n) /* the nine items have no options */
        return OK;
    const struct ico_field *field = ico_form_at(e->n - 1);
    const char *spelt = field ? ico_form_option(field, option) : NULL;
    if (!spelt)
        return err_new(ERR_INTERNAL, "An option of the form is not spelt as the form spells it.",
                       "Tell the makers of this program.");
    const char **options = arena_array(d->a, e->option_count + 1, sizeof *options);
    ENSURE(options, mem_none());
    if (e->option_count)
        memcpy(options, e->options, e->option_count * sizeof *options);
    options[e->option_count++] = spelt;
    e->options = options;
    return OK;
}

err report_put_not_yet(struct draft *d, struct buf *to, const char *on)
{
    int64_t by = incident_next_word(d->inc, on);
    if (by == INCIDENT_NO_TIME) {
        buf_fmt(to, "not yet known; no date promised yet: candour incident promise %s --on %s --by DATE", d->inc->id,
                on);
        return buf_ok(to);
    }
    buf_str(to, "not yet known; next word by ");
    TRY(report_put_day(to, by, d->in->zone));
    if (by < d->in->now)
        buf_str(to, " (this date has passed)");
    return buf_ok(to);
}

err report_not_yet(struct draft *d, struct report_entry *e, const char *on, const char *option)
{
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    TRY(report_put_not_yet(d, &b, on));
    TRY(report_say(d, e, &b));
    e->state = REPORT_NOT_YET;
    e->next_word = incident_next_word(d->inc, on);
    return option ? report_tick(d, e, option) : OK;
}

/* ---- the officer's own answers ---- */

static const struct report_answer *answer_to(const struct report_input *in, const char *id)
{
    for (size_t i = 0; i < in->answer_count && id[0]; i++) {
        if (strcmp(in->answers[i].field, id) == 0)
            return &in->answers[i];
    }
    return NULL;
}

static bool known_item(const char *id)
{
    for (size_t i = 0; i < REPORT_ITEMS; i++) {
        if (strcmp(items[i].id, id) == 0)
            return true;
    }
    return false;
}

static err wrong_option(const struct ico_field *field)
{
    return err_newf(ERR_INVALID, "The answer to field {} ({}) is not one of the form's options.",
                    "Use the option's exact words; several are parted by \" | \". See: candour report draft --to ico",
                    err_int(field->n), err_name(field->id));
}

/* "Yes | Availability": ticks each. */
static err tick_answer(struct draft *d, struct report_entry *e, const struct ico_field *field, const char *text)
{
    size_t count = 0;
    while (text) {
        const char *bar = strstr(text, " | ");
        size_t len = bar ? (size_t)(bar - text) : strlen(text);
        char *words = arena_text(d->a, text, len);
        ENSURE(words, mem_none());
        ENSURE(ico_form_option(field, words), wrong_option(field));
        TRY(report_tick(d, e, words));
        count++;
        text = bar ? bar + 3 : NULL;
    }
    bool several = field->type == ICO_MANY || field->suboptions;
    ENSURE(several || count == 1, wrong_option(field));
    return OK;
}

static err take_answer(struct draft *d, struct report_entry *e, const struct report_answer *answer)
{
    const struct ico_field *field = e->n ? ico_form_at(e->n - 1) : NULL;
    if (field && field->options)
        TRY(tick_answer(d, e, field, answer->text));
    return report_say_text(d, e, answer->text);
}

static err fill(struct draft *d, struct report_entry *e, const char *other_id, report_filler *filler)
{
    const struct report_answer *answer = answer_to(d->in, e->id);
    if (!answer)
        answer = answer_to(d->in, other_id);
    return answer ? take_answer(d, e, answer) : filler(d, e);
}

/* ---- what leaves with the report ---- */

static bool looks_personal(const char *text)
{
    const char *at = strchr(text, '@');
    if (at && at > text && at[-1] != ' ' && at[1] && at[1] != ' ')
        return true;
    size_t digits = 0;
    for (; *text; text++) {
        if (*text >= '0' && *text <= '9')
            digits++;
        else if (*text != ' ')
            digits = 0;
        if (digits >= 8) /* an account or telephone number; dates have their month or dashes between */
            return true;
    }
    return false;
}

static err warn_of(struct draft *d, const char *what, const char *text)
{
    if (!looks_personal(text))
        return OK;
    CLEANUP(buf_free) struct buf b = BUF(1000);
    buf_fmt(
        &b,
        "%s holds something like an e-mail address or a long number: the report must hold nothing of a person who is "
        "affected (CK-27).",
        what);
    TRY(buf_ok(&b));
    const char **all = arena_array(d->a, d->r->warning_count + 1, sizeof *all);
    ENSURE(all, mem_none());
    if (d->r->warning_count)
        memcpy(all, d->r->warnings, d->r->warning_count * sizeof *all);
    all[d->r->warning_count] = arena_text(d->a, buf_text(&b), b.len);
    ENSURE(all[d->r->warning_count], mem_none());
    d->r->warnings = all;
    d->r->warning_count++;
    return OK;
}

/* Texts that the officer typed and that leave with the report. */
static err warn_all(struct draft *d)
{
    TRY(warn_of(d, "The text \"what happened\"", d->inc->what_text));
    TRY(warn_of(d, "The text \"cause\"", d->inc->cause_text));
    TRY(warn_of(d, "The reason for the delay", d->in->delay_text));
    for (size_t q = 0; q < INCIDENT_QUESTION_COUNT; q++)
        TRY(warn_of(d, incident_question_word((enum incident_question)q), d->inc->facts[q].reason));
    for (size_t i = 0; i < d->inc->line_count; i++)
        TRY(warn_of(d, "A line of the timeline", d->inc->timeline[i].text));
    for (size_t i = 0; i < d->inc->measure_count; i++)
        TRY(warn_of(d, "A measure", d->inc->measures[i].text));
    for (size_t i = 0; i < INCIDENT_WHY_COUNT; i++)
        TRY(warn_of(d, incident_why_word((enum incident_why)i), d->inc->why[i]));
    for (size_t i = 0; i < d->inc->told_count; i++)
        TRY(warn_of(d, "The name of a body told", d->inc->told[i].name));
    for (size_t i = 0; i < d->in->answer_count; i++) {
        const char *field = d->in->answers[i].field; /* ours in these, as asked for */
        if (strcmp(field, "org") != 0 && strcmp(field, "contact") != 0 && strcmp(field, "dpo") != 0 &&
            strcmp(field, "A33.3-b") != 0)
            TRY(warn_of(d, field, d->in->answers[i].text));
    }
    return OK;
}

/* ---- the draft ---- */

static err check_input(const struct report_input *in)
{
    TRY(incident_check(in->incident));
    if (in->numbers)
        TRY(scope_numbers_check(in->numbers));
    ENSURE(in->answer_count <= LIMIT_REPORT_LIST && in->recipient_count <= LIMIT_INCIDENT_RECIPIENTS,
           err_newf(ERR_LIMIT, "The report has more than {} answers.", "Put them together.", err_int(LIMIT_REPORT_LIST)));
    ENSURE((size_t)in->people < REPORT_PEOPLE_COUNT,
           err_new(ERR_INTERNAL, "Whether people are told is not one of the known words.",
                   "Tell the makers of this program."));
    for (size_t i = 0; i < in->answer_count; i++) {
        const char *id = in->answers[i].field;
        ENSURE(ico_form_find(id) || known_item(id), err_newf(ERR_INVALID, "The form has no field \"{}\".",
                                                             "See: candour report draft --to json", err_name(id)));
        ENSURE(in->answers[i].text[0],
               err_newf(ERR_INVALID, "The answer to {} is empty.", "Leave it out or say something.", err_name(id)));
        TRY(jsonio_check_text(in->answers[i].text, LIMIT_INCIDENT_TEXT, id));
    }
    return OK;
}

static void tally(struct report *r, const struct report_entry *e)
{
    r->not_yet += e->state == REPORT_NOT_YET;
    r->undated += strstr(e->text, "no date promised yet") != NULL;
    r->required += e->state == REPORT_REQUIRED;
}

static err fill_all(struct draft *d)
{
    struct report *r = d->r;
    for (size_t i = 0; i < REPORT_ITEMS; i++) {
        struct report_entry *e = &r->items[i];
        *e = (struct report_entry){.id = items[i].id,
                                   .part = "",
                                   .label = items[i].label,
                                   .type = "text",
                                   .law = items[i].id,
                                   .next_word = INCIDENT_NO_TIME};
        TRY(fill(d, e, items[i].field, items[i].fill));
    }
    for (size_t i = 0; i < ICO_FORM_FIELDS; i++) {
        const struct ico_field *f = ico_form_at(i);
        struct report_entry *e = &r->fields[i];
        const char *law = i + 1 == 25 ? "A33.1-r" : "";
        for (size_t k = 0; k < REPORT_ITEMS; k++)
            law = strcmp(items[k].field, f->id) == 0 ? items[k].id : law;
        *e = (struct report_entry){.id = f->id,
                                   .n = f->n,
                                   .part = f->part,
                                   .label = f->label,
                                   .type = ico_form_type_word(f->type),
                                   .law = law,
                                   .next_word = INCIDENT_NO_TIME};
        TRY(fill(d, e, "", report_field_fillers[i]));
        tally(r, e);
    }
    return OK;
}

err report_draft(struct arena *a, const struct report_input *in, struct report *ret)
{
    struct report r = {.input = in};
    TRY(check_input(in));
    r.due = incident_report_due(in->incident);
    r.late = (in->reported_at == INCIDENT_NO_TIME ? in->now : in->reported_at) > r.due;
    r.delay_required = r.late && !in->delay_text[0] && !answer_to(in, "delay");
    struct draft d = {a, in, in->incident, &r};
    TRY(fill_all(&d));
    TRY(warn_all(&d));
    *ret = r;
    return OK;
}
