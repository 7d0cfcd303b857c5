/* The form's fields that aren't one of the nine items, and the table of all. */
#include <string.h>

#include "report_int.h"

static err fill_reason(struct draft *d, struct report_entry *e)
{
    return report_state(d, e, REPORT_NOT_NEEDED, "Optional; not answered.");
}

static err fill_type(struct draft *d, struct report_entry *e)
{
    const char *option = d->in->follow_up ? "Follow-up report" : "Initial report";
    TRY(report_tick(d, e, option));
    return report_say_text(d, e, option);
}

static err fill_case(struct draft *d, struct report_entry *e)
{
    if (!d->in->follow_up)
        return report_state(d, e, REPORT_NOT_NEEDED, "Asked in a follow-up report only.");
    if (d->in->case_reference[0])
        return report_say_text(d, e, d->in->case_reference);
    return report_not_yet(d, e, "case_ref", NULL);
}

static err fill_spoken(struct draft *d, struct report_entry *e)
{
    return report_state(d, e, REPORT_NOT_NEEDED, "Only if you have spoken to somebody there.");
}

static err fill_size(struct draft *d, struct report_entry *e)
{
    if (!d->in->org.size_known)
        return report_not_yet(d, e, "org_size", NULL);
    const char *option = d->in->org.large ? "250 staff or more" : "Fewer than 250 staff";
    TRY(report_tick(d, e, option));
    return report_say_text(d, e, option);
}

static err fill_first(struct draft *d, struct report_entry *e)
{
    return report_not_yet(d, e, "first_contact", "Unknown");
}

static err fill_how(struct draft *d, struct report_entry *e)
{
    if (d->inc->cause == INCIDENT_CAUSE_UNKNOWN)
        return report_not_yet(d, e, "cause", NULL);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    buf_str(&b, incident_cause_label(d->inc->cause));
    if (d->inc->cause_text[0])
        buf_fmt(&b, ". %s", d->inc->cause_text);
    return report_say(d, e, &b);
}

bool report_cyber(const struct incident *inc, bool *ret_known)
{
    /* As the ICO sorts causes in its published figures; a word that could be either is not known. */
    static const enum {
        UNSURE,
        CYBER,
        OTHER
    } kinds[INCIDENT_CAUSE_COUNT] = {
        [INCIDENT_RANSOMWARE] = CYBER,  [INCIDENT_PHISHING] = CYBER, [INCIDENT_MISCONFIGURATION] = CYBER,
        [INCIDENT_THEFT] = OTHER,       [INCIDENT_MISTAKE] = OTHER,  [INCIDENT_WRONG_RECIPIENT] = OTHER,
        [INCIDENT_LOST_DEVICE] = OTHER,
    };
    *ret_known = kinds[inc->cause] != UNSURE;
    return kinds[inc->cause] == CYBER;
}

static err fill_cyber(struct draft *d, struct report_entry *e)
{
    bool known = false, cyber = report_cyber(d->inc, &known);
    if (!known)
        return report_not_yet(d, e, "cause", "Don't know");
    TRY(report_tick(d, e, cyber ? "Yes" : "No"));
    return report_say_text(d, e, incident_cause_label(d->inc->cause));
}

static err fill_found(struct draft *d, struct report_entry *e)
{
    static const char *const how[] = {
        [INCIDENT_BY_PHONE] = "by phone",
        [INCIDENT_BY_EMAIL] = "by e-mail",
        [INCIDENT_BY_NEWS] = "in the news",
        [INCIDENT_BY_OTHER] = "in another way",
    };
    const struct incident_party *by = &d->inc->told_by;
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    bool company = d->in->recipient_count || d->inc->company_text[0];
    const char *name = d->in->recipient_count ? d->in->recipients[0].name : d->inc->company_text;
    if (d->inc->told_how == INCIDENT_BY_NEWS) {
        buf_str(&b, "We read of it in the news.");
    } else if (!by->name[0] && !by->role[0] && d->inc->told_how == INCIDENT_BY_OTHER) {
        return report_not_yet(d, e, "how_found", NULL);
    } else {
        /* The name of the person who told us isn't needed there. */
        buf_fmt(&b, "We were told %s", how[d->inc->told_how]);
        if (by->role[0])
            buf_fmt(&b, " by: %s", by->role);
        if (company)
            buf_fmt(&b, " (breach at %s)", name);
        buf_str(&b, ".");
    }
    if (d->inc->company_aware != INCIDENT_NO_TIME) {
        buf_str(&b, " The company knew of it from ");
        TRY(report_put_both(&b, d->inc->company_aware, d->in->zone));
        buf_str(&b, ".");
    }
    return report_say(d, e, &b);
}

static err fill_discovered(struct draft *d, struct report_entry *e)
{
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    TRY(report_put_both(&b, d->inc->aware, d->in->zone));
    return report_say(d, e, &b);
}

static err put_edge(struct draft *d, struct buf *b, struct incident_edge edge)
{
    if (edge.state == INCIDENT_EDGE_ONGOING)
        buf_str(b, "it still goes on");
    if (edge.state == INCIDENT_EDGE_UNKNOWN)
        TRY(report_put_not_yet(d, b, "window"));
    if (edge.state != INCIDENT_EDGE_KNOWN)
        return OK;
    if (edge.range.earliest == WHEN_UNKNOWN_EARLY || edge.range.latest == WHEN_UNKNOWN_LATE) {
        bool before = edge.range.earliest == WHEN_UNKNOWN_EARLY;
        buf_str(b, before ? "not after " : "not before ");
        return report_put_both(b, before ? edge.range.latest : edge.range.earliest, d->in->zone);
    }
    TRY(report_put_both(b, edge.range.earliest, d->in->zone));
    if (edge.range.latest == edge.range.earliest)
        return OK;
    buf_str(b, " or later, at the latest ");
    return report_put_both(b, edge.range.latest, d->in->zone);
}

static err fill_happened(struct draft *d, struct report_entry *e)
{
    if (d->inc->from.state == INCIDENT_EDGE_UNKNOWN && d->inc->to.state == INCIDENT_EDGE_UNKNOWN)
        return report_not_yet(d, e, "window", NULL);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    buf_str(&b, "Beginning: ");
    TRY(put_edge(d, &b, d->inc->from));
    buf_str(&b, "\nEnd: ");
    TRY(put_edge(d, &b, d->inc->to));
    return report_say(d, e, &b);
}

static err fill_likelihood(struct draft *d, struct report_entry *e)
{
    return report_not_yet(d, e, "likelihood", "Not yet known");
}

static err fill_likelihood_why(struct draft *d, struct report_entry *e)
{
    return report_not_yet(d, e, "likelihood", NULL);
}

static bool only_cyber(struct draft *d)
{
    bool known = false;
    return !report_cyber(d->inc, &known) && known;
}

static const char not_cyber[] = "Asked after a cyber incident only.";

static err fill_cia(struct draft *d, struct report_entry *e)
{
    static const struct {
        enum incident_question question;
        const char *option;
    } three[] = {
        {INCIDENT_CONFIDENTIALITY, "Confidentiality"},
        {INCIDENT_INTEGRITY, "Integrity"},
        {INCIDENT_AVAILABILITY, "Availability"},
    };
    if (only_cyber(d))
        return report_state(d, e, REPORT_NOT_NEEDED, not_cyber);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    size_t yes = 0, no = 0;
    for (size_t i = 0; i < 3; i++) {
        enum incident_answer answer = d->inc->facts[three[i].question].answer;
        yes += answer == INCIDENT_YES;
        no += answer == INCIDENT_NO;
    }
    if (yes == 0 && no < 3)
        return report_not_yet(d, e, "confidentiality", "Don't know");
    TRY(report_tick(d, e, yes ? "Yes" : "No"));
    for (size_t i = 0; i < 3; i++) {
        enum incident_answer answer = d->inc->facts[three[i].question].answer;
        if (answer == INCIDENT_YES)
            TRY(report_tick(d, e, three[i].option));
        buf_fmt(&b, "%s%s: ", i ? "; " : "", three[i].option);
        if (answer == INCIDENT_NOT_KNOWN)
            TRY(report_put_not_yet(d, &b, incident_question_word(three[i].question)));
        else
            buf_str(&b, incident_answer_word(answer));
    }
    return report_say(d, e, &b);
}

static err fill_impact(struct draft *d, struct report_entry *e)
{
    if (only_cyber(d))
        return report_state(d, e, REPORT_NOT_NEEDED, not_cyber);
    return report_not_yet(d, e, "org_impact", "Not yet known");
}

static err fill_recovery(struct draft *d, struct report_entry *e)
{
    if (only_cyber(d))
        return report_state(d, e, REPORT_NOT_NEEDED, not_cyber);
    return report_not_yet(d, e, "recovery", "Not yet known");
}

static err fill_training(struct draft *d, struct report_entry *e)
{
    return report_not_yet(d, e, "training", "Don't know");
}

static err fill_delay(struct draft *d, struct report_entry *e)
{
    if (!d->r->late)
        return report_state(d, e, REPORT_NOT_NEEDED, "Within 72 hours; no reasons are needed.");
    if (!d->in->delay_text[0])
        return report_state(d, e, REPORT_REQUIRED,
                            "REQUIRED (CK-05): later than 72 hours, and the law asks for the reasons (A33.1-r). "
                            "Write them before you send this.");
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    int64_t sent = d->in->reported_at == INCIDENT_NO_TIME ? d->in->now : d->in->reported_at;
    buf_str(&b, "Late by ");
    report_put_span(&b, sent - d->r->due);
    buf_fmt(&b, ". %s", d->in->delay_text);
    return report_say(d, e, &b);
}

static err fill_told_people(struct draft *d, struct report_entry *e)
{
    static const char *const options[REPORT_PEOPLE_COUNT] = {
        [REPORT_PEOPLE_UNDECIDED] = "We haven't decided yet if we will tell them or not",
        [REPORT_PEOPLE_TOLD] = "Yes, we've told affected data subjects",
        [REPORT_PEOPLE_TELLING] = "We're about to, or are in the process of telling data subjects",
        [REPORT_PEOPLE_AWARE] = "No, they're already aware",
        [REPORT_PEOPLE_PLANNED] = "No, but we're planning to",
        [REPORT_PEOPLE_NOT] = "No, we've decided not to",
        [REPORT_PEOPLE_OTHER] = "Something else (give details)",
    };
    if (d->in->people == REPORT_PEOPLE_UNDECIDED)
        return report_not_yet(d, e, "told_people", options[REPORT_PEOPLE_UNDECIDED]);
    TRY(report_tick(d, e, options[d->in->people]));
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    bool dated = d->in->people_at != INCIDENT_NO_TIME;
    if (!dated && d->in->people == REPORT_PEOPLE_PLANNED) {
        buf_str(&b, "When: ");
        TRY(report_put_not_yet(d, &b, "told_people"));
        return report_say(d, e, &b);
    }
    if (!dated)
        return report_say_text(d, e, options[d->in->people]);
    buf_str(&b, d->in->people == REPORT_PEOPLE_TOLD ? "Told on " : "When: ");
    TRY(report_put_both(&b, d->in->people_at, d->in->zone));
    if (d->inc->why[INCIDENT_WHY_NOT_SOONER][0])
        buf_fmt(&b, "\nWhy not sooner: %s", d->inc->why[INCIDENT_WHY_NOT_SOONER]);
    return report_say(d, e, &b);
}

static err fill_told_others(struct draft *d, struct report_entry *e)
{
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    for (size_t i = 0; i < d->inc->told_count; i++) {
        const struct incident_told *t = &d->inc->told[i];
        if (t->authority) /* it reads this */
            continue;
        buf_fmt(&b, "- %s: ", t->name);
        if (t->at == INCIDENT_NO_TIME)
            buf_str(&b, "planned");
        else
            TRY(report_put_both(&b, t->at, d->in->zone));
        if (t->reference[0])
            buf_fmt(&b, ", reference %s", t->reference);
        buf_str(&b, "\n");
    }
    return b.len ? report_say(d, e, &b) : report_say_text(d, e, "Nobody else so far.");
}

static err fill_code(struct draft *d, struct report_entry *e)
{
    return report_not_yet(d, e, "code", NULL);
}

static err fill_org(struct draft *d, struct report_entry *e)
{
    const struct report_org *o = &d->in->org;
    if (!o->name[0])
        return report_state(d, e, REPORT_REQUIRED, "The organisation's name is missing.");
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    buf_fmt(&b, "%s\nAddress: %s\nRegistration number: %s", o->name, o->address[0] ? o->address : "not recorded",
            o->registration[0] ? o->registration : "not known");
    return report_say(d, e, &b);
}

static err fill_party(struct draft *d, struct report_entry *e, const struct incident_party *p, const char *missing)
{
    if (!p->name[0] || (!p->email[0] && !p->phone[0]))
        return report_state(d, e, REPORT_REQUIRED, missing);
    CLEANUP(buf_free) struct buf b = BUF(REPORT_TEXT_BYTES);
    buf_fmt(&b, "%s%s%s%s%s%s%s", p->name, p->role[0] ? ", " : "", p->role, p->email[0] ? ", " : "", p->email,
            p->phone[0] ? ", " : "", p->phone);
    return report_say(d, e, &b);
}

static err fill_reporter(struct draft *d, struct report_entry *e)
{
    return fill_party(d, e, &d->in->org.reporter,
                      "Who makes this report: a name with an e-mail address or a telephone number: candour contact set --name NAME");
}

static err fill_dpo(struct draft *d, struct report_entry *e)
{
    return fill_party(d, e, &d->in->org.dpo,
                      "The data protection officer, or who is responsible: a name with an e-mail address or a telephone "
                      "number (A33.3-b): candour contact set --dpo NAME --dpo-email EMAIL");
}

report_filler *const report_field_fillers[ICO_FORM_FIELDS] = {
    fill_reason,
    fill_type,
    fill_case,
    fill_spoken,
    fill_size,
    fill_first,
    report_fill_nature,
    fill_how,
    fill_cyber,
    fill_found,
    fill_discovered,
    fill_happened,
    report_fill_details,
    report_fill_records,
    report_fill_number,
    report_fill_people,
    report_fill_consequences,
    fill_likelihood,
    fill_likelihood_why,
    fill_cia,
    fill_impact,
    fill_recovery,
    fill_training,
    report_fill_before,
    fill_delay,
    report_fill_actions,
    report_fill_prevent,
    fill_told_people,
    fill_told_others,
    fill_code,
    fill_org,
    fill_reporter,
    fill_dpo,
};
