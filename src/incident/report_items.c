/* The nine items of Article 33(3). */
#include <string.h>

#include "report_int.h"

static void put_sentence(struct buf *to, const char *text)
{
    size_t len = strlen(text);
    buf_str(to, text);
    if (len && !strchr(".!?", text[len - 1]))
        buf_str(to, ".");
}

/* ---- a1: the nature of the breach ---- */

static void put_recipients(struct draft *d, struct buf *b)
{
    for (size_t i = 0; i < d->in->recipient_count; i++) {
        const struct report_recipient *r = &d->in->recipients[i];
        buf_fmt(b, "Hit: %s", r->name);
        if (r->number[0])
            buf_fmt(b, " (company number %s)", r->number);
        if (r->class_word[0])
            buf_fmt(b, ", %s", r->class_word);
        if (r->does[0])
            buf_fmt(b, "; %s", r->does);
        buf_str(b, ".\n");
    }
    if (d->in->recipient_count == 0 && d->inc->company_text[0]) {
        buf_fmt(b, "Hit: %s", d->inc->company_text);
        buf_str(b, ".\n");
    }
}

static err put_fact(struct draft *d, struct buf *b, enum incident_question q)
{
    const struct incident_fact *f = &d->inc->facts[q];
    buf_fmt(b, "%s: ", incident_question_label(q));
    if (f->answer == INCIDENT_NOT_KNOWN) {
        TRY(report_put_not_yet(d, b, incident_question_word(q)));
    } else {
        buf_str(b, incident_answer_word(f->answer));
        buf_str(b, f->reason[0] ? ": " : ".");
        put_sentence(b, f->reason);
    }
    buf_str(b, "\n");
    return OK;
}

err report_fill_nature(struct draft *d, struct report_entry *e)
{
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    if (d->inc->what_text[0]) {
        put_sentence(&b, d->inc->what_text);
        buf_str(&b, "\n");
    }
    put_recipients(d, &b);
    buf_str(&b, "Cause: ");
    if (d->inc->cause == INCIDENT_CAUSE_UNKNOWN)
        TRY(report_put_not_yet(d, &b, "cause"));
    else
        buf_str(&b, incident_cause_label(d->inc->cause));
    if (d->inc->cause_text[0]) {
        buf_str(&b, ". ");
        put_sentence(&b, d->inc->cause_text);
    }
    buf_str(&b, "\n");
    for (size_t q = 0; q < INCIDENT_QUESTION_COUNT; q++)
        TRY(put_fact(d, &b, (enum incident_question)q));
    for (size_t i = 0; i < d->inc->line_count; i++) {
        const struct incident_line *l = &d->inc->timeline[i];
        buf_str(&b, i ? "" : "Timeline:\n");
        TRY(when_put_words(&b, l->at, d->in->zone));
        buf_fmt(&b, ": %s\n", l->text);
    }
    return report_say(d, e, &b);
}

/* ---- a2, a3: people ---- */

err report_fill_people(struct draft *d, struct report_entry *e)
{
    const struct scope_numbers *n = d->in->numbers;
    if (!n)
        return report_not_yet(d, e, "numbers", "Not yet known");
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    const struct {
        const char *words;
        uint64_t people;
    } groups[] = {
        {"members", n->members},
        {"former members", n->former},
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        buf_fmt(&b, "%s%s ", i ? "; " : "", groups[i].words);
        scope_numbers_put(&b, groups[i].people);
    }
    buf_str(&b, "; ");
    scope_numbers_others(&b, n);
    buf_str(&b, ". Of all under 18: ");
    scope_numbers_put(&b, n->care.under_18);
    buf_str(&b, "; marked as in danger: ");
    scope_numbers_put(&b, n->care.in_danger);
    buf_str(&b, "; kept past their end date: ");
    scope_numbers_put(&b, n->past_end);
    buf_str(&b, "; have died: ");
    scope_numbers_put(&b, n->deceased);
    buf_str(&b, ".");
    if (n->past_end && d->inc->why[INCIDENT_WHY_KEPT][0])
        buf_fmt(&b, "\nWhy they were kept past it: %s", d->inc->why[INCIDENT_WHY_KEPT]);
    if (n->care.under_18)
        TRY(report_tick(d, e, "Children"));
    TRY(report_tick(d, e, "Other (give details)")); /* the form has no "members" (law ICO-SC) */
    return report_say(d, e, &b);
}

err report_fill_number(struct draft *d, struct report_entry *e)
{
    const struct scope_numbers *n = d->in->numbers;
    if (!n)
        return report_not_yet(d, e, "numbers", NULL);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    scope_numbers_put(&b, n->affected);
    if (n->affected >= 1000) {
        buf_str(&b, " (");
        scope_numbers_about(&b, n->affected);
        buf_str(&b, ")");
    }
    buf_str(&b, ". Certain, from the files themselves or from a system that was recorded while it ran: ");
    scope_numbers_put(&b, n->evidence.exact);
    buf_str(&b, "; from a list of the company: ");
    scope_numbers_put(&b, n->evidence.listed);
    buf_str(&b, "; worked out from our records: ");
    scope_numbers_put(&b, n->evidence.rebuilt);
    buf_str(&b, ". In doubt a person is counted.");
    if (n->late.certificate_count) {
        buf_str(&b, " Not counted, because certificates of deletion say so that were recorded only after the breach was opened (");
        for (size_t i = 0; i < n->late.certificate_count; i++)
            buf_fmt(&b, "%s%s", i ? ", " : "", n->late.certificates[i]);
        buf_str(&b, "): ");
        scope_numbers_put(&b, n->late.people);
        buf_str(&b, ".");
    }
    return report_say(d, e, &b);
}

/* ---- a4, a5: records ---- */

/* How many details somebody affected had a value of: a column may have been empty. */
static size_t details(const struct scope_numbers *n)
{
    size_t count = 0;
    for (size_t i = 0; i < n->field_count; i++)
        count += n->fields[i].people > 0;
    return count;
}

static err tick_details(struct draft *d, struct report_entry *e, const struct scope_numbers *n)
{
    const struct ico_field *form = ico_form_find("data_categories");
    CHECK(form);
    for (size_t o = 0; form->options[o]; o++) {
        bool found = false;
        for (size_t i = 0; i < n->field_count && !found; i++)
            found = n->fields[i].people && strcmp(form->options[o],
                           ico_form_category(n->fields[i].field, n->fields[i].category, d->in->org.membership)) == 0;
        if (found)
            TRY(report_tick(d, e, form->options[o]));
    }
    return OK;
}

err report_fill_details(struct draft *d, struct report_entry *e)
{
    const struct scope_numbers *n = d->in->numbers;
    if (!n || !details(n))
        return report_not_yet(d, e, "numbers", "Not yet known");
    TRY(tick_details(d, e, n));
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    buf_str(&b, "Details and people: ");
    bool any = false;
    for (size_t i = 0; i < n->field_count; i++) {
        if (!n->fields[i].people)
            continue;
        buf_fmt(&b, "%s%s ", any ? "; " : "", n->fields[i].label);
        scope_numbers_put(&b, n->fields[i].people);
        any = true;
    }
    buf_str(&b, ".");
    return report_say(d, e, &b);
}

err report_fill_records(struct draft *d, struct report_entry *e)
{
    if (!d->in->records_known && !d->in->numbers)
        return report_not_yet(d, e, "numbers", NULL);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    if (d->in->records_known) {
        scope_numbers_put(&b, d->in->records);
    } else {
        buf_str(&b, "At least ");
        scope_numbers_put(&b, d->in->numbers->affected);
        buf_str(&b, ": one for each person. Records are not counted apart from people.");
    }
    return report_say(d, e, &b);
}

/* ---- b: contact ---- */

static void put_party(struct buf *b, const struct incident_party *p)
{
    const char *parts[] = {p->name, p->role, p->email, p->phone};
    bool any = false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i] || !parts[i][0])
            continue;
        buf_fmt(b, "%s%s", any ? ", " : "", parts[i]);
        any = true;
    }
}

err report_fill_contacts(struct draft *d, struct report_entry *e)
{
    const struct incident_party *parties[] = {&d->in->org.dpo, &d->inc->contact, &d->in->org.reporter};
    for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
        const struct incident_party *p = parties[i];
        bool reachable = (p->email && p->email[0]) || (p->phone && p->phone[0]);
        if (!p->name || !p->name[0] || !reachable)
            continue;
        CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
        put_party(&b, p);
        return report_say(d, e, &b);
    }
    return report_state(d, e, REPORT_REQUIRED,
                        "The law asks for a name and a way to reach them (A33.3-b): candour contact set --dpo NAME --dpo-email EMAIL");
}

/* ---- c: consequences ---- */

static bool has_category(const struct scope_numbers *n, const char *category)
{
    for (size_t i = 0; i < n->field_count; i++) {
        if (n->fields[i].people && strcmp(n->fields[i].category, category) == 0)
            return true;
    }
    return false;
}

err report_fill_consequences(struct draft *d, struct report_entry *e)
{
    static const struct {
        const char *category, *words;
    } lines[] = {
        {"financial", "attempts to take money from people's accounts"},
        {"contact", "false messages and calls that pretend to come from us or from a bank"},
        {"identity", "use of people's identity"},
        {"membership", "others learn that somebody is or was a member: discrimination, harassment"},
        {"special", "others learn what the law protects most: discrimination, harassment"},
        {"criminal", "others learn of convictions or offences: discrimination, loss of work"},
        {"activity", "others learn what people did with us"},
        {"other", "others learn what is in the details named above"},
    };
    const struct scope_numbers *n = d->in->numbers;
    if (!n || !details(n))
        return report_not_yet(d, e, "consequences", NULL);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    buf_str(&b, "Possible, by the details concerned:\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (has_category(n, lines[i].category))
            buf_fmt(&b, "- %s\n", lines[i].words);
    }
    if (n->care.in_danger) {
        buf_str(&b, "- danger for people who must not be found: ");
        scope_numbers_put(&b, n->care.in_danger);
        buf_str(&b, " are marked so\n");
    }
    buf_str(&b, "Actual harm: ");
    TRY(report_put_not_yet(d, &b, "consequences"));
    return report_say(d, e, &b);
}

/* ---- d1, d2: measures ---- */

static err put_measures(struct draft *d, struct buf *b, unsigned kinds)
{
    for (size_t i = 0; i < d->inc->measure_count; i++) {
        const struct incident_measure *m = &d->inc->measures[i];
        if (!(kinds & 1u << m->kind))
            continue;
        buf_str(b, "- ");
        put_sentence(b, m->text);
        if (m->kind == INCIDENT_BEFORE) {
            buf_str(b, "\n");
            continue;
        }
        buf_str(b, m->done_at == INCIDENT_NO_TIME ? " Planned" : " Done on ");
        if (m->done_at != INCIDENT_NO_TIME)
            TRY(report_put_day(b, m->done_at, d->in->zone));
        else if (m->due != INCIDENT_NO_TIME) {
            buf_str(b, " for ");
            TRY(report_put_day(b, m->due, d->in->zone));
        } else
            buf_str(b, ", no date yet");
        buf_str(b, ".\n");
    }
    return OK;
}

static err fill_measures(struct draft *d, struct report_entry *e, unsigned kinds, const char *on)
{
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    TRY(put_measures(d, &b, kinds));
    return b.len ? report_say(d, e, &b) : report_not_yet(d, e, on, NULL);
}

err report_fill_address(struct draft *d, struct report_entry *e)
{
    return fill_measures(d, e, 1u << INCIDENT_ADDRESS | 1u << INCIDENT_PREVENT, "actions");
}

err report_fill_mitigate(struct draft *d, struct report_entry *e)
{
    return fill_measures(d, e, 1u << INCIDENT_MITIGATE, "actions");
}

err report_fill_actions(struct draft *d, struct report_entry *e)
{
    return fill_measures(d, e, 1u << INCIDENT_ADDRESS | 1u << INCIDENT_MITIGATE, "actions");
}

err report_fill_prevent(struct draft *d, struct report_entry *e)
{
    return fill_measures(d, e, 1u << INCIDENT_PREVENT, "prevent");
}

err report_fill_before(struct draft *d, struct report_entry *e)
{
    if (d->in->follow_up)
        return report_state(d, e, REPORT_NOT_NEEDED, "Asked in the initial report only.");
    return fill_measures(d, e, 1u << INCIDENT_BEFORE, "training_detail");
}
