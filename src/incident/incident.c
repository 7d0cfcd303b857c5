#include "incident.h"

#include <string.h>

#include "jsonio.h"
#include "limits.h"

#define ID_BYTES 64u
#define NUMBER_BYTES 64u
#define PARTY_BYTES 400u

static const struct {
    const char *word, *label;
} causes[] = {
    [INCIDENT_CAUSE_UNKNOWN] = {"unknown", "not known yet"},
    [INCIDENT_RANSOMWARE] = {"ransomware", "ransomware: criminals locked files to ask for money"},
    [INCIDENT_THEFT] = {"theft", "theft of a device or of papers"},
    [INCIDENT_PHISHING] = {"phishing", "phishing: somebody was tricked out of a password or into opening something"},
    [INCIDENT_MISTAKE] = {"mistake", "a mistake"},
    [INCIDENT_WRONG_RECIPIENT] = {"wrong-recipient", "data sent to the wrong people"},
    [INCIDENT_LOST_DEVICE] = {"lost-device", "a lost device"},
    [INCIDENT_INSIDER] = {"insider", "misuse by somebody who had access"},
    [INCIDENT_MISCONFIGURATION] = {"misconfiguration", "a system that was set up wrongly and stood open"},
    [INCIDENT_CAUSE_OTHER] = {"other", "another cause"},
};

static const struct {
    const char *word, *label;
} questions[] = {
    [INCIDENT_AVAILABILITY] = {"availability", "Locked"}, [INCIDENT_CONFIDENTIALITY] = {"confidentiality", "Copied"},
    [INCIDENT_INTEGRITY] = {"integrity", "Changed"},      [INCIDENT_PUBLISHED] = {"published", "Published"},
    [INCIDENT_RANSOM] = {"ransom", "Ransom asked for"},
};

static const char *const answers[] = {"not known", "yes", "no"};
static const char *const channels[] = {"phone", "email", "news", "other"};
static const char *const measure_words[] = {"before", "address", "mitigate", "prevent"};
static const char *const why_words[] = {"kept-too-long", "late-report", "not-told-sooner"};

const char *incident_cause_word(enum incident_cause cause)
{
    CHECK((size_t)cause < INCIDENT_CAUSE_COUNT);
    return causes[cause].word;
}

const char *incident_cause_label(enum incident_cause cause)
{
    CHECK((size_t)cause < INCIDENT_CAUSE_COUNT);
    return causes[cause].label;
}

bool incident_cause_find(const char *word, enum incident_cause *ret)
{
    for (size_t i = 0; i < INCIDENT_CAUSE_COUNT; i++) {
        if (strcmp(causes[i].word, word) == 0) {
            *ret = (enum incident_cause)i;
            return true;
        }
    }
    return false;
}

const char *incident_question_word(enum incident_question q)
{
    CHECK((size_t)q < INCIDENT_QUESTION_COUNT);
    return questions[q].word;
}

const char *incident_question_label(enum incident_question q)
{
    CHECK((size_t)q < INCIDENT_QUESTION_COUNT);
    return questions[q].label;
}

bool incident_question_find(const char *word, enum incident_question *ret)
{
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        if (strcmp(questions[i].word, word) == 0) {
            *ret = (enum incident_question)i;
            return true;
        }
    }
    return false;
}

const char *incident_answer_word(enum incident_answer answer)
{
    CHECK((size_t)answer < INCIDENT_ANSWER_COUNT);
    return answers[answer];
}

const char *incident_channel_word(enum incident_channel channel)
{
    CHECK((size_t)channel < INCIDENT_CHANNEL_COUNT);
    return channels[channel];
}

bool incident_channel_find(const char *word, enum incident_channel *ret)
{
    for (size_t i = 0; i < INCIDENT_CHANNEL_COUNT; i++) {
        if (strcmp(channels[i], word) == 0) {
            *ret = (enum incident_channel)i;
            return true;
        }
    }
    return false;
}

const char *incident_measure_word(enum incident_measure_kind kind)
{
    CHECK((size_t)kind < INCIDENT_MEASURE_COUNT);
    return measure_words[kind];
}

bool incident_measure_find(const char *word, enum incident_measure_kind *ret)
{
    for (size_t i = 0; i < INCIDENT_MEASURE_COUNT; i++) {
        if (strcmp(measure_words[i], word) == 0) {
            *ret = (enum incident_measure_kind)i;
            return true;
        }
    }
    return false;
}

const char *incident_why_word(enum incident_why why)
{
    CHECK((size_t)why < INCIDENT_WHY_COUNT);
    return why_words[why];
}

struct incident incident_new(const char *id, int64_t aware, int64_t opened_at)
{
    static const struct incident_party nobody = {"", "", "", ""};
    struct incident inc = {.id = id, .number = id, .version = 1, .company_text = "", .cause_text = "", .what_text = ""};
    inc.company_aware = INCIDENT_NO_TIME;
    inc.aware = aware;
    inc.opened_at = opened_at;
    inc.told_by = nobody;
    inc.contact = nobody;
    inc.told_how = INCIDENT_BY_OTHER;
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++)
        inc.facts[i] = (struct incident_fact){INCIDENT_NOT_KNOWN, "", INCIDENT_NO_TIME};
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS; i++)
        inc.company[i] = (struct incident_company_answer){INCIDENT_ASKED_NOTHING, "", INCIDENT_NO_TIME};
    for (size_t i = 0; i < INCIDENT_WHY_COUNT; i++)
        inc.why[i] = "";
    inc.closed_at = INCIDENT_NO_TIME;
    inc.closed_text = "";
    return inc;
}

int64_t incident_report_due(const struct incident *inc)
{
    return inc->aware == INCIDENT_NO_TIME ? INCIDENT_NO_TIME : inc->aware + INCIDENT_REPORT_SECONDS;
}

struct when_range incident_edge_range(struct incident_edge edge)
{
    if (edge.state == INCIDENT_EDGE_KNOWN)
        return edge.range;
    return (struct when_range){WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE};
}

err incident_check_window(struct incident_edge from, struct incident_edge to)
{
    ENSURE(from.state != INCIDENT_EDGE_ONGOING, err_new(ERR_INVALID, "Only the end of an incident can be \"ongoing\".",
                                                        "Give the beginning as a time or as \"unknown\"."));
    struct when_range f = incident_edge_range(from), t = incident_edge_range(to);
    ENSURE(f.earliest <= f.latest && t.earliest <= t.latest,
           err_new(ERR_INVALID, "A range of time ends before it begins.", "Give the earlier time first."));
    ENSURE(t.latest >= f.earliest, err_new(ERR_INVALID, "The incident ends before it begins.",
                                           "Correct the beginning or the end; \"unknown\" is allowed for both."));
    return OK;
}

/* ---- what must hold ---- */

static bool in_class(char c, const char *more)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
}

/* As ids stand in the log: "I1", "pellwick-mailing". */
static bool id_ok(const char *id)
{
    size_t len = strlen(id);
    if (len == 0 || len > ID_BYTES)
        return false;
    bool numbered = len > 1 && len <= 20 && id[0] >= 'A' && id[0] <= 'Z' && strspn(id + 1, "0123456789") == len - 1;
    if (numbered)
        return true;
    for (size_t i = 0; i < len; i++) {
        if (!in_class(id[i], i ? "._-" : ""))
            return false;
    }
    return true;
}

bool incident_promise_on_ok(const char *on)
{
    size_t len = strlen(on);
    if (len == 0 || len > 40)
        return false;
    if (strncmp(on, "PN-", 3) == 0) {
        size_t digits = strspn(on + 3, "0123456789");
        int n = digits == 1 ? on[3] - '0' : digits == 2 && on[3] == '1' ? 10 + on[4] - '0' : 0;
        return 3 + digits == len && n >= 1 && n <= INCIDENT_COMPANY_ANSWERS;
    }
    for (size_t i = 0; i < len; i++) {
        if (!in_class(on[i], i ? "_-" : ""))
            return false;
    }
    return true;
}

static err check_time(int64_t at, bool may_be_unknown, const char *what)
{
    if (may_be_unknown && at == INCIDENT_NO_TIME)
        return OK;
    ENSURE(at != INCIDENT_NO_TIME,
           err_newf(ERR_INVALID, "The time \"{}\" is missing.", "Give it, as 2026-03-09T14:05+00:00.", err_name(what)));
    ENSURE(at >= WHEN_FIRST && at <= WHEN_LAST,
           err_newf(ERR_INVALID, "The time \"{}\" is outside the years 1 to 9999.", "Correct it.", err_name(what)));
    return OK;
}

static err check_edge(struct incident_edge e, const char *what)
{
    if (e.state != INCIDENT_EDGE_KNOWN)
        return OK;
    if (e.range.earliest != WHEN_UNKNOWN_EARLY)
        TRY(check_time(e.range.earliest, false, what));
    if (e.range.latest != WHEN_UNKNOWN_LATE)
        TRY(check_time(e.range.latest, false, what));
    return OK;
}

static err check_party(const struct incident_party *p, const char *what)
{
    TRY(jsonio_check_text(p->name, PARTY_BYTES, what));
    TRY(jsonio_check_text(p->role, PARTY_BYTES, what));
    TRY(jsonio_check_text(p->phone, PARTY_BYTES, what));
    return jsonio_check_text(p->email, PARTY_BYTES, what);
}

static err check_facts(const struct incident *inc)
{
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        const struct incident_fact *f = &inc->facts[i];
        const char *word = questions[i].word;
        TRY(jsonio_check_text(f->reason, LIMIT_INCIDENT_TEXT, word));
        TRY(check_time(f->next_word, true, word));
        ENSURE(
            f->answer != INCIDENT_NO || f->reason[0],
            err_newf(ERR_INVALID, "The answer \"no\" on {} has no reason.",
                     "Say how that is known, as \"no: our copies were compared on 10 March\"; else it is \"not known\".",
                     err_name(word)));
        ENSURE(f->answer != INCIDENT_NOT_KNOWN || !f->reason[0],
               err_newf(ERR_INVALID, "The answer on {} is \"not known\" but has words beside it.",
                        "Put them into the timeline.", err_name(word)));
    }
    return OK;
}

static err check_company(const struct incident *inc)
{
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS; i++) {
        const struct incident_company_answer *c = &inc->company[i];
        bool whole[] = {
            [INCIDENT_ASKED_NOTHING] = !c->text[0] && c->by == INCIDENT_NO_TIME,
            [INCIDENT_ANSWERED] = c->text[0] && c->by == INCIDENT_NO_TIME,
            [INCIDENT_THEY_DONT_KNOW] = !c->text[0],
            [INCIDENT_LATER] = !c->text[0] && c->by != INCIDENT_NO_TIME,
        };
        ENSURE((size_t)c->state < INCIDENT_COMPANY_COUNT && whole[c->state],
               err_newf(ERR_INVALID, "The company's answer to question {} is not whole.",
                        "Give its answer, \"they don't know\", or when it will answer.", err_int((long long)i + 1)));
        TRY(jsonio_check_text(c->text, LIMIT_INCIDENT_TEXT, "the company's answer"));
        TRY(check_time(c->by, true, "the company's answer"));
    }
    return OK;
}

static err check_work(const struct incident *inc)
{
    ENSURE(inc->measure_count <= LIMIT_INCIDENT_MEASURES && inc->told_count <= LIMIT_INCIDENT_MEASURES,
           err_newf(ERR_LIMIT, "The incident has more than {} measures, or bodies told.", "Put some together.", err_int(LIMIT_INCIDENT_MEASURES)));
    for (size_t i = 0; i < inc->measure_count; i++) {
        const struct incident_measure *m = &inc->measures[i];
        ENSURE((size_t)m->kind < INCIDENT_MEASURE_COUNT && m->text[0], err_new(ERR_INVALID, "A measure is empty.", "Say what was done."));
        TRY(jsonio_check_text(m->text, LIMIT_INCIDENT_TEXT, "measure"));
        TRY(jsonio_check_text(m->who, PARTY_BYTES, "measure"));
        TRY(check_time(m->done_at, true, "measure"));
        TRY(check_time(m->due, true, "measure"));
        TRY(check_time(m->recorded_at, false, "measure"));
    }
    for (size_t i = 0; i < inc->told_count; i++) {
        const struct incident_told *t = &inc->told[i];
        ENSURE(t->name[0], err_new(ERR_INVALID, "Nobody is named who was told.", "Name a body, not a person who is affected."));
        TRY(jsonio_check_text(t->name, PARTY_BYTES, "who was told"));
        TRY(jsonio_check_text(t->reference, PARTY_BYTES, "reference"));
        TRY(jsonio_check_text(t->who, PARTY_BYTES, "who was told"));
        TRY(check_time(t->at, true, "time of telling"));
        TRY(check_time(t->recorded_at, false, "time of telling"));
    }
    for (size_t i = 0; i < INCIDENT_WHY_COUNT; i++)
        TRY(jsonio_check_text(inc->why[i], LIMIT_INCIDENT_TEXT, why_words[i]));
    TRY(check_time(inc->closed_at, true, "closing"));
    ENSURE((inc->closed_at == INCIDENT_NO_TIME) == !inc->closed_text[0],
           err_new(ERR_INVALID, "A breach is closed at a time and for a reason.", "Give both, or neither."));
    return jsonio_check_text(inc->closed_text, LIMIT_INCIDENT_TEXT, "reason for closing");
}

static err check_lists(const struct incident *inc)
{
    ENSURE(inc->line_count <= LIMIT_INCIDENT_LINES && inc->promise_count <= LIMIT_INCIDENT_PROMISES &&
               inc->recipient_count <= LIMIT_INCIDENT_RECIPIENTS,
           err_newf(ERR_LIMIT, "The incident has more than {} lines, {} promises or {} recipients.", "Open another one.",
                    err_int(LIMIT_INCIDENT_LINES), err_int(LIMIT_INCIDENT_PROMISES),
                    err_int(LIMIT_INCIDENT_RECIPIENTS)));
    for (size_t i = 0; i < inc->recipient_count; i++) {
        ENSURE(id_ok(inc->recipients[i]), err_newf(ERR_INVALID, "\"{}\" is not the id of a recipient.",
                                                   "See: candour recipient list", err_name(inc->recipients[i])));
        for (size_t k = 0; k < i; k++)
            ENSURE(strcmp(inc->recipients[i], inc->recipients[k]) != 0,
                   err_newf(ERR_INVALID, "The recipient {} is named twice.", "Name it once.",
                            err_name(inc->recipients[i])));
    }
    for (size_t i = 0; i < inc->line_count; i++) {
        TRY(check_time(inc->timeline[i].at, false, "line of the timeline"));
        TRY(check_time(inc->timeline[i].recorded_at, false, "line of the timeline"));
        TRY(jsonio_check_text(inc->timeline[i].text, LIMIT_INCIDENT_TEXT, "line of the timeline"));
        TRY(jsonio_check_text(inc->timeline[i].who, PARTY_BYTES, "line of the timeline"));
        ENSURE(inc->timeline[i].text[0], err_new(ERR_INVALID, "A line of the timeline is empty.", "Say what happened."));
    }
    for (size_t i = 0; i < inc->promise_count; i++) {
        const struct incident_promise *p = &inc->promises[i];
        ENSURE(
            incident_promise_on_ok(p->on),
            err_newf(
                ERR_INVALID, "A promise can't be about \"{}\".",
                "Name a question such as confidentiality, one of PN-1 to PN-12, a field of the report, or everything.",
                err_name(p->on)));
        TRY(check_time(p->by, false, "promise"));
        TRY(check_time(p->made_at, false, "promise"));
        TRY(check_time(p->kept_at, true, "promise"));
        TRY(jsonio_check_text(p->who, PARTY_BYTES, "promise"));
        TRY(jsonio_check_text(p->text, LIMIT_INCIDENT_TEXT, "promise"));
    }
    return OK;
}

err incident_check(const struct incident *inc)
{
    ENSURE(id_ok(inc->id) && inc->version >= 1,
           err_new(ERR_INVALID, "The incident has no id.", "It is given when it is opened."));
    TRY(jsonio_check_text(inc->number, NUMBER_BYTES, "number"));
    ENSURE(inc->number[0], err_new(ERR_INVALID, "The incident has no number.", "Leave --number out to use its id."));
    ENSURE(inc->recipient_count || inc->company_text[0],
           err_new(ERR_INVALID, "Nobody is named who was hit.",
                   "Name a recipient, or type the company's name: that is enough for now."));
    TRY(jsonio_check_text(inc->company_text, PARTY_BYTES, "company"));
    TRY(check_time(inc->aware, false, "when we knew"));
    TRY(check_time(inc->opened_at, false, "opened"));
    TRY(check_time(inc->company_aware, true, "when the company knew"));
    TRY(check_edge(inc->from, "beginning"));
    TRY(check_edge(inc->to, "end"));
    TRY(incident_check_window(inc->from, inc->to));
    ENSURE((size_t)inc->cause < INCIDENT_CAUSE_COUNT && (size_t)inc->told_how < INCIDENT_CHANNEL_COUNT,
           err_new(ERR_INVALID, "A word is not one of the known ones.", "See: candour incident edit --help"));
    TRY(jsonio_check_text(inc->cause_text, LIMIT_INCIDENT_TEXT, "cause"));
    TRY(jsonio_check_text(inc->what_text, LIMIT_INCIDENT_TEXT, "what happened"));
    TRY(check_party(&inc->told_by, "who told us"));
    TRY(check_party(&inc->contact, "contact"));
    TRY(check_facts(inc));
    TRY(check_lists(inc));
    TRY(check_work(inc));
    return check_company(inc);
}

/* ---- versions ---- */

static bool same_line(const struct incident_line *a, const struct incident_line *b)
{
    return a->at == b->at && a->recorded_at == b->recorded_at && strcmp(a->text, b->text) == 0 &&
           strcmp(a->who, b->who) == 0;
}

static bool same_promise(const struct incident_promise *a, const struct incident_promise *b)
{
    bool kept = a->kept_at == b->kept_at || a->kept_at == INCIDENT_NO_TIME;
    return kept && a->by == b->by && a->made_at == b->made_at && strcmp(a->on, b->on) == 0 &&
           strcmp(a->who, b->who) == 0 && strcmp(a->text, b->text) == 0;
}

static bool same_measure(const struct incident_measure *a, const struct incident_measure *b)
{
    bool done = a->done_at == b->done_at || a->done_at == INCIDENT_NO_TIME;
    return done && a->kind == b->kind && a->due == b->due && a->recorded_at == b->recorded_at && strcmp(a->text, b->text) == 0 &&
           strcmp(a->who, b->who) == 0;
}

static bool same_told(const struct incident_told *a, const struct incident_told *b)
{
    bool at = a->at == b->at || a->at == INCIDENT_NO_TIME, reference = !a->reference[0] || strcmp(a->reference, b->reference) == 0;
    return at && reference && a->authority == b->authority && a->recorded_at == b->recorded_at && strcmp(a->name, b->name) == 0 &&
           strcmp(a->who, b->who) == 0;
}

/* Whether everything that was written down is still there. */
static bool keeps_all(const struct incident *old, const struct incident *wanted)
{
    bool kept = wanted->line_count >= old->line_count && wanted->promise_count >= old->promise_count &&
                wanted->measure_count >= old->measure_count && wanted->told_count >= old->told_count;
    for (size_t i = 0; kept && i < old->line_count; i++)
        kept = same_line(&old->timeline[i], &wanted->timeline[i]);
    for (size_t i = 0; kept && i < old->promise_count; i++)
        kept = same_promise(&old->promises[i], &wanted->promises[i]);
    for (size_t i = 0; kept && i < old->measure_count; i++)
        kept = same_measure(&old->measures[i], &wanted->measures[i]);
    for (size_t i = 0; kept && i < old->told_count; i++)
        kept = same_told(&old->told[i], &wanted->told[i]);
    return kept;
}

err incident_revise(const struct incident *old, const struct incident *wanted, struct incident *ret)
{
    ENSURE(wanted->version == old->version,
           err_newf(ERR_CONFLICT, "The incident was changed meanwhile (version {} now, version {} was read).",
                    "Look at it again and repeat the change; nothing was lost.", err_int(old->version),
                    err_int(wanted->version)));
    ENSURE(strcmp(old->id, wanted->id) == 0 && old->opened_at == wanted->opened_at && old->practice == wanted->practice,
           err_new(ERR_CONFLICT, "Id, time of opening and practice stay as they are.", "Open another incident."));
    ENSURE(old->closed_at == INCIDENT_NO_TIME || wanted->closed_at == INCIDENT_NO_TIME,
           err_newf(ERR_CONFLICT, "The breach {} is closed.", "Open it again with 'candour incident edit {} --reopen'.", err_name(old->id),
                    err_name(old->id)));
    ENSURE(keeps_all(old, wanted), err_new(ERR_CONFLICT, "A line of the timeline, a promise, a measure or somebody told would be lost or altered.",
                         "Add a new line that corrects the old one; both stay."));
    ENSURE(old->version < UINT32_MAX, err_new(ERR_LIMIT, "The incident has too many versions.", "Open another one."));
    TRY(incident_check(wanted));
    *ret = *wanted;
    ret->version = old->version + 1;
    return OK;
}

/* A copy with room for one more. */
#define LONGER(a, list, count, ret)                                                                                              \
    do {                                                                                                                         \
        *(ret) = arena_array(a, (count) + 1, sizeof **(ret));                                                                    \
        ENSURE(*(ret), mem_none());                                                                                              \
        if (count)                                                                                                               \
            memcpy(*(ret), list, (count) * sizeof **(ret));                                                                      \
    } while (0)

err incident_add_line(struct arena *a, struct incident *inc, struct incident_line line)
{
    struct incident_line *lines;
    LONGER(a, inc->timeline, inc->line_count, &lines);
    lines[inc->line_count++] = line;
    inc->timeline = lines;
    return OK;
}

err incident_add_promise(struct arena *a, struct incident *inc, struct incident_promise promise)
{
    ENSURE(
        incident_promise_on_ok(promise.on),
        err_newf(ERR_INVALID, "A promise can't be about \"{}\".",
                 "Name a question such as confidentiality, one of PN-1 to PN-12, a field of the report, or everything.",
                 err_name(promise.on)));
    struct incident_promise *promises;
    LONGER(a, inc->promises, inc->promise_count, &promises);
    promises[inc->promise_count++] = promise;
    inc->promises = promises;
    return OK;
}

err incident_keep_promise(struct arena *a, struct incident *inc, const char *on, int64_t at)
{
    struct incident_promise *promises;
    bool any = false;
    LONGER(a, inc->promises, inc->promise_count, &promises);
    for (size_t i = 0; i < inc->promise_count; i++) {
        if (promises[i].kept_at != INCIDENT_NO_TIME || strcmp(promises[i].on, on) != 0)
            continue;
        promises[i].kept_at = at;
        any = true;
    }
    ENSURE(any, err_newf(ERR_INVALID, "Nothing is promised on {}.", "'candour incident show {}' shows the promises.", err_name(on), err_name(inc->id)));
    inc->promises = promises;
    return OK;
}

err incident_add_measure(struct arena *a, struct incident *inc, struct incident_measure measure)
{
    struct incident_measure *list;
    LONGER(a, inc->measures, inc->measure_count, &list);
    list[inc->measure_count++] = measure;
    inc->measures = list;
    return OK;
}

err incident_measure_done(struct arena *a, struct incident *inc, uint64_t number, int64_t at)
{
    struct incident_measure *list;
    ENSURE(number >= 1 && number <= inc->measure_count && inc->measures[number - 1].done_at == INCIDENT_NO_TIME &&
               inc->measures[number - 1].kind != INCIDENT_BEFORE,
           err_newf(ERR_INVALID, "There is no planned measure {}.", "'candour incident show {}' numbers them.", err_int((long long)number),
                    err_name(inc->id)));
    LONGER(a, inc->measures, inc->measure_count, &list);
    list[number - 1].done_at = at;
    inc->measures = list;
    return OK;
}

err incident_add_told(struct arena *a, struct incident *inc, struct incident_told told)
{
    struct incident_told *list;
    LONGER(a, inc->told, inc->told_count, &list);
    inc->told = list;
    for (size_t i = 0; i < inc->told_count; i++) {
        struct incident_told *t = &list[i];
        bool completes = t->at == INCIDENT_NO_TIME || told.at != INCIDENT_NO_TIME || told.reference[0];
        bool time_fits = t->at == INCIDENT_NO_TIME || told.at == INCIDENT_NO_TIME || t->at == told.at;
        bool reference_fits = !t->reference[0] || !told.reference[0] || strcmp(t->reference, told.reference) == 0;
        if (strcmp(t->name, told.name) != 0 || t->authority != told.authority || !completes || !time_fits || !reference_fits)
            continue;
        t->at = told.at == INCIDENT_NO_TIME ? t->at : told.at;
        t->reference = told.reference[0] ? told.reference : t->reference;
        return OK;
    }
    list[inc->told_count++] = told;
    return OK;
}

const struct incident_told *incident_authority_told(const struct incident *inc)
{
    const struct incident_told *first = NULL;
    for (size_t i = 0; i < inc->told_count; i++) {
        const struct incident_told *t = &inc->told[i];
        if (t->authority && t->at != INCIDENT_NO_TIME && (!first || t->at < first->at))
            first = t;
    }
    return first;
}

/* ---- the next word ---- */

/* The newest one still open: a promise made later takes the place of the one before; that a date passed is not forgotten, see
 * incident_late_words(). */
static int64_t newest_promise(const struct incident *inc, const char *on)
{
    int64_t by = INCIDENT_NO_TIME;
    for (size_t i = 0; i < inc->promise_count; i++) {
        const struct incident_promise *p = &inc->promises[i];
        bool open = p->kept_at == INCIDENT_NO_TIME && strcmp(p->on, on) == 0;
        if (open)
            by = p->by;
    }
    return by;
}

int64_t incident_next_word(const struct incident *inc, const char *on)
{
    int64_t by = newest_promise(inc, on);
    if (by != INCIDENT_NO_TIME)
        return by;
    enum incident_question q;
    if (incident_question_find(on, &q) && inc->facts[q].next_word != INCIDENT_NO_TIME)
        return inc->facts[q].next_word;
    return newest_promise(inc, "everything");
}

size_t incident_late_words(const struct incident *inc, int64_t now)
{
    size_t late = 0;
    for (size_t i = 0; i < inc->promise_count; i++)
        late += inc->promises[i].kept_at == INCIDENT_NO_TIME && inc->promises[i].by < now;
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        const struct incident_fact *f = &inc->facts[i];
        late += f->answer == INCIDENT_NOT_KNOWN && f->next_word != INCIDENT_NO_TIME && f->next_word < now;
    }
    return late;
}

bool incident_undated(const struct incident *inc, enum incident_question *ret)
{
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        if (inc->facts[i].answer == INCIDENT_NOT_KNOWN &&
            incident_next_word(inc, questions[i].word) == INCIDENT_NO_TIME) {
            *ret = (enum incident_question)i;
            return true;
        }
    }
    return false;
}
