/* What follows from the facts of a person, of all her records: the second part of facts.h. */
#include "facts.h"

#include "limits.h"

enum { OLD_YEARS = 110, ADULT_YEARS = 18 };

/* Each record of the person. */
#define EACH(r, f) for (const struct facts *r = (f); r; r = r->also)

static bool own_gone(const struct facts *f)
{
    for (size_t i = 0; i < f->source_count; i++)
        if (f->sources[i].state == FACTS_THERE)
            return false;
    return f->source_count > 0;
}

bool facts_gone(const struct facts *f)
{
    bool gone = false;
    EACH(r, f) {
        if (r->source_count && !own_gone(r))
            return false;
        gone = gone || r->source_count;
    }
    return gone;
}

/* When the last source lost the record; INT64_MAX: it has not. */
static int64_t gone_since(const struct facts *f)
{
    if (!own_gone(f))
        return INT64_MAX;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < f->source_count; i++)
        if (f->sources[i].since > last)
            last = f->sources[i].since;
    return last;
}

bool facts_in_source(const struct facts *f, uint8_t source)
{
    EACH(r, f)
        for (size_t i = 0; i < r->source_count; i++)
            if (r->sources[i].source == source && r->sources[i].state == FACTS_THERE)
                return true;
    return false;
}

uint16_t facts_marks(const struct facts *f)
{
    uint16_t marks = 0;
    EACH(r, f)
        marks |= r->marks;
    return facts_file_only(f) ? marks : (uint16_t)(marks & ~FACT_FILE_ONLY);
}

int32_t facts_confirmed(const struct facts *f)
{
    int32_t latest = f->confirmed;
    EACH(r, f)
        latest = r->confirmed > latest ? r->confirmed : latest;
    return latest;
}

/* The period that began last, of those that began by `day`. */
static const struct facts_period *last_begun(const struct facts *f, int32_t day)
{
    const struct facts_period *last = NULL;
    for (size_t i = 0; i < f->period_count; i++) {
        const struct facts_period *p = &f->periods[i];
        if (p->first <= day && (!last || p->end > last->end))
            last = p;
    }
    return last;
}

static enum person_status by_periods(const struct facts *f, int32_t day)
{
    const struct facts_period *last = last_begun(f, day);
    if (!last)
        return STATUS_OTHER;
    return day <= last->end ? STATUS_MEMBER : STATUS_FORMER;
}

static enum person_status by_word(const struct facts *f)
{
    return f->word == WORD_DECEASED ? STATUS_FORMER : status_of_word(f->word);
}

/* Whether the word goes before the periods. */
static bool word_wins(const struct facts *f, int64_t at, int32_t day)
{
    if (f->word == WORD_UNKNOWN || f->word == WORD_EMPTY || f->word == WORD_NEVER)
        return false;
    if (at < f->word_since)
        return false;
    bool says_member = by_word(f) == STATUS_MEMBER;
    return !says_member || !last_begun(f, day);
}

static enum person_status own_status(const struct facts *f, int64_t at, int32_t day)
{
    enum person_status status = STATUS_NONE;
    if (f->period_count == 0 || word_wins(f, at, day))
        status = by_word(f);
    if (status == STATUS_NONE && f->period_count)
        status = by_periods(f, day);
    if (status == STATUS_MEMBER && at >= gone_since(f))
        return STATUS_FORMER;
    if (status == STATUS_NONE || status == STATUS_OTHER)
        return f->marks & FACT_FILE_ONLY ? STATUS_FILE_ONLY : STATUS_OTHER;
    return status;
}

enum person_status facts_status(const struct facts *f, int64_t at, int32_t day)
{
    static const enum person_status surest[] = {STATUS_MEMBER, STATUS_FORMER, STATUS_APPLICANT, STATUS_REFUSED, STATUS_OTHER};
    if (!f->also)
        return own_status(f, at, day);
    uint32_t said = 0;
    EACH(r, f)
        said |= STATUS_BIT(own_status(r, at, day));
    for (size_t i = 0; i < sizeof surest / sizeof surest[0]; i++)
        if (said & STATUS_BIT(surest[i]))
            return surest[i];
    return STATUS_FILE_ONLY;
}

int32_t facts_joined(const struct facts *f)
{
    int32_t first = DAY_UNKNOWN;
    bool any = false;
    EACH(r, f) {
        for (size_t i = 0; i < r->period_count; i++) {
            first = any && first <= r->periods[i].first ? first : r->periods[i].first;
            any = true;
        }
    }
    return first;
}

static int32_t day_of(const struct when_zone *zone, int64_t at)
{
    int32_t day;
    if (zone && when_local_day(zone, at, &day).kind == ERR_OK)
        return day;
    if (at < WHEN_FIRST || at > WHEN_LAST)
        return DAY_UNKNOWN;
    return (int32_t)((at - (at < 0 ? 86399 : 0)) / 86400);
}

/* The day on which we learnt that she is no longer a member. */
static int32_t learnt(const struct facts *f, const struct when_zone *zone, int64_t at)
{
    int64_t since = gone_since(f);
    if (by_word(f) == STATUS_FORMER && f->word_since <= at && f->word_since < since)
        since = f->word_since;
    return since <= at ? day_of(zone, since) : DAY_UNKNOWN;
}

static int32_t own_left(const struct facts *f, const struct when_zone *zone, int64_t at, int32_t day)
{
    if (own_status(f, at, day) != STATUS_FORMER)
        return DAY_UNKNOWN;
    const struct facts_period *last = last_begun(f, day);
    if (!last)
        return DAY_UNKNOWN;
    int32_t known = learnt(f, zone, at);
    if (last->end < day || known == DAY_UNKNOWN)
        return last->end < day ? last->end : DAY_UNKNOWN;
    return known;
}

int32_t facts_left(const struct facts *f, const struct when_zone *zone, int64_t at, int32_t day)
{
    int32_t last = DAY_UNKNOWN;
    if (facts_status(f, at, day) != STATUS_FORMER)
        return last;
    EACH(r, f) {
        int32_t left = own_left(r, zone, at, day);
        last = last == DAY_UNKNOWN || left > last ? left : last;
    }
    return last;
}

bool facts_deceased(const struct facts *f, int32_t day)
{
    EACH(r, f)
        if ((r->marks & FACT_DECEASED) || r->word == WORD_DECEASED || when_age(r->birth, day - 1) >= OLD_YEARS)
            return true;
    return false;
}

bool facts_under_18(const struct facts *f, int32_t day)
{
    EACH(r, f) {
        int age = when_age(r->birth, day);
        if (age >= 0 ? age < ADULT_YEARS : (r->marks & FACT_UNDER_18) != 0)
            return true;
    }
    return false;
}

static int32_t retention_start(const struct facts *f, enum person_status status, const struct when_zone *zone, int64_t at,
                               int32_t day)
{
    if (status == STATUS_FORMER) {
        int32_t left = own_left(f, zone, at, day);
        return left != DAY_UNKNOWN ? left : learnt(f, zone, at);
    }
    int32_t gone_day = gone_since(f) <= at ? day_of(zone, gone_since(f)) : DAY_UNKNOWN;
    return f->start > gone_day ? f->start : gone_day;
}

struct end_date facts_end(const struct facts *f, const struct end_rule *rules, size_t count, enum category category,
                          const struct when_zone *zone, int64_t at, int32_t day)
{
    enum person_status status = facts_status(f, at, day);
    return end_date(rules, count, status, category, retention_start(f, status, zone, at, day), day);
}

bool facts_past_end(const struct facts *f, const struct end_rule *rules, size_t count, enum category category,
                    const struct when_zone *zone, int64_t at, int32_t day)
{
    EACH(r, f) {
        enum person_status status = own_status(r, at, day);
        if (!past_end(rules, count, status, category, retention_start(r, status, zone, at, day), day))
            return false;
    }
    return true;
}

bool facts_choice_holds(const struct facts_choice *c, enum facts_choice_kind kind, uint16_t purpose, int64_t at)
{
    return c->kind == kind && c->purpose == purpose && c->from <= at && at < c->until;
}

static bool is_about(const struct facts_choice *c, uint16_t recipient)
{
    return c->recipient == 0 || c->recipient == recipient;
}

/* When what `c` gave was first withdrawn for `recipient`; INT64_MAX: never. */
static int64_t withdrawn(const struct facts *f, const struct facts_choice *c, uint16_t recipient)
{
    int64_t first = INT64_MAX;
    EACH(r, f) {
        for (size_t i = 0; i < r->choice_count; i++) {
            const struct facts_choice *d = &r->choices[i];
            if (d->kind == FACTS_WITHDRAWAL && d->purpose == c->purpose && is_about(d, recipient) && d->from >= c->from && d->from < first)
                first = d->from;
        }
    }
    return first;
}

int64_t facts_consent_end(const struct facts *f, const struct facts_choice *consent)
{
    int64_t end = withdrawn(f, consent, consent->recipient);
    return end < consent->until ? end : consent->until;
}

static bool consents(const struct facts *f, uint16_t purpose, uint16_t recipient, bool by_name, int64_t at)
{
    EACH(r, f) {
        for (size_t i = 0; i < r->choice_count; i++) {
            const struct facts_choice *c = &r->choices[i];
            bool about = by_name ? c->recipient == recipient : is_about(c, recipient);
            if (about && facts_choice_holds(c, FACTS_CONSENT, purpose, at) && withdrawn(f, c, recipient) > at)
                return true;
        }
    }
    return false;
}

bool facts_consents(const struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at)
{
    return consents(f, purpose, recipient, false, at);
}

bool facts_consents_by_name(const struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at)
{
    return consents(f, purpose, recipient, true, at);
}

bool facts_objects(const struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at)
{
    EACH(r, f) {
        for (size_t i = 0; i < r->choice_count; i++) {
            const struct facts_choice *c = &r->choices[i];
            if (facts_choice_holds(c, FACTS_OBJECTION, purpose, at) && (recipient == 0 || is_about(c, recipient)))
                return true;
        }
    }
    return false;
}

bool facts_file_only(const struct facts *f)
{
    EACH(r, f)
        if (!(r->marks & FACT_FILE_ONLY))
            return false;
    return true;
}

bool facts_says_status(const struct facts *f)
{
    EACH(r, f)
        if (r->period_count || (r->word != WORD_UNKNOWN && r->word != WORD_EMPTY))
            return true;
    return false;
}

bool facts_held(const struct facts *f)
{
    EACH(r, f)
        if (r->hold_count)
            return true;
    return false;
}

bool facts_past_due(const struct facts *f, int64_t now)
{
    return f->oldest_past <= now - LIMIT_PAST_KEPT_SECONDS;
}

bool facts_has_field(const struct facts *f, uint16_t field)
{
    size_t byte = field / 8u;
    EACH(r, f)
        if (byte < r->field_bytes && (r->fields[byte] >> (field % 8u) & 1))
            return true;
    return false;
}
