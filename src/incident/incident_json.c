/* The stored form of an incident. */
#include <string.h>

#include "incident.h"
#include "jsonio.h"
#include "limits.h"

#define SHORT_BYTES 400u

static const char *const edge_words[] = {"unknown", "known", "ongoing"};
static const char *const company_words[] = {"open", "answered", "they-don't-know", "later"};

static json_t *edge_json(struct incident_edge e)
{
    struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "state", edge_words[e.state]);
    if (e.state == INCIDENT_EDGE_KNOWN) {
        jsonio_put_time(&j, "earliest", e.range.earliest);
        jsonio_put_time(&j, "latest", e.range.latest);
    }
    return jsonio_take(&j);
}

static json_t *party_json(const struct incident_party *p)
{
    struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "name", p->name);
    jsonio_put_text(&j, "role", p->role);
    jsonio_put_text(&j, "phone", p->phone);
    jsonio_put_text(&j, "email", p->email);
    return jsonio_take(&j);
}

static json_t *facts_json(const struct incident *inc)
{
    struct jsonio all = jsonio_object();
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "answer", incident_answer_word(inc->facts[i].answer));
        jsonio_put_text(&j, "reason", inc->facts[i].reason);
        jsonio_put_time(&j, "next_word", inc->facts[i].next_word);
        jsonio_put(&all, incident_question_word((enum incident_question)i), jsonio_take(&j));
    }
    return jsonio_take(&all);
}

static json_t *timeline_json(const struct incident *inc)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < inc->line_count && !bad; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_time(&j, "at", inc->timeline[i].at);
        jsonio_put_time(&j, "recorded_at", inc->timeline[i].recorded_at);
        jsonio_put_text(&j, "text", inc->timeline[i].text);
        jsonio_put_text(&j, "who", inc->timeline[i].who);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *promises_json(const struct incident *inc)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < inc->promise_count && !bad; i++) {
        const struct incident_promise *p = &inc->promises[i];
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "on", p->on);
        jsonio_put_time(&j, "by", p->by);
        jsonio_put_time(&j, "made_at", p->made_at);
        jsonio_put_time(&j, "kept_at", p->kept_at);
        jsonio_put_text(&j, "who", p->who);
        jsonio_put_text(&j, "text", p->text);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *company_json(const struct incident *inc)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS && !bad; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "state", company_words[inc->company[i].state]);
        jsonio_put_text(&j, "text", inc->company[i].text);
        jsonio_put_time(&j, "by", inc->company[i].by);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *measures_json(const struct incident *inc)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < inc->measure_count && !bad; i++) {
        const struct incident_measure *m = &inc->measures[i];
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "kind", incident_measure_word(m->kind));
        jsonio_put_text(&j, "text", m->text);
        jsonio_put_time(&j, "done_at", m->done_at);
        jsonio_put_time(&j, "due", m->due);
        jsonio_put_time(&j, "recorded_at", m->recorded_at);
        jsonio_put_text(&j, "who", m->who);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *told_json(const struct incident *inc)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < inc->told_count && !bad; i++) {
        const struct incident_told *t = &inc->told[i];
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "name", t->name);
        jsonio_put_time(&j, "at", t->at);
        jsonio_put_text(&j, "reference", t->reference);
        jsonio_put_bool(&j, "authority", t->authority);
        jsonio_put_time(&j, "recorded_at", t->recorded_at);
        jsonio_put_text(&j, "who", t->who);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *why_json(const struct incident *inc)
{
    struct jsonio j = jsonio_object();
    for (size_t i = 0; i < INCIDENT_WHY_COUNT; i++)
        jsonio_put_text(&j, incident_why_word((enum incident_why)i), inc->why[i]);
    return jsonio_take(&j);
}

err incident_json(const struct incident *inc, json_t **ret)
{
    TRY(incident_check(inc));
    CLEANUP(jsonio_drop) struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "id", inc->id);
    jsonio_put_text(&j, "number", inc->number);
    jsonio_put_number(&j, "version", inc->version);
    jsonio_put_bool(&j, "practice", inc->practice);
    jsonio_put_texts(&j, "recipients", inc->recipients, inc->recipient_count);
    jsonio_put_text(&j, "company_text", inc->company_text);
    jsonio_put(&j, "from", edge_json(inc->from));
    jsonio_put(&j, "to", edge_json(inc->to));
    jsonio_put_time(&j, "company_aware", inc->company_aware);
    jsonio_put_time(&j, "aware", inc->aware);
    jsonio_put_time(&j, "opened_at", inc->opened_at);
    jsonio_put_text(&j, "cause", incident_cause_word(inc->cause));
    jsonio_put_text(&j, "cause_text", inc->cause_text);
    jsonio_put_text(&j, "what_text", inc->what_text);
    jsonio_put(&j, "facts", facts_json(inc));
    jsonio_put(&j, "told_by", party_json(&inc->told_by));
    jsonio_put_text(&j, "told_how", incident_channel_word(inc->told_how));
    jsonio_put(&j, "contact", party_json(&inc->contact));
    jsonio_put(&j, "timeline", timeline_json(inc));
    jsonio_put(&j, "promises", promises_json(inc));
    jsonio_put(&j, "company", company_json(inc));
    jsonio_put(&j, "measures", measures_json(inc));
    jsonio_put(&j, "told", told_json(inc));
    jsonio_put(&j, "why", why_json(inc));
    jsonio_put_time(&j, "closed_at", inc->closed_at);
    jsonio_put_text(&j, "closed_text", inc->closed_text);
    return jsonio_finish(&j, ret);
}

/* ---- reading ---- */

static err word(struct jsonio_in *in, const char *key, const char *const *words, size_t count, size_t *ret)
{
    const char *text = NULL;
    TRY(jsonio_text(in, key, SHORT_BYTES, &text));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            *ret = i;
            return OK;
        }
    }
    return err_newf(ERR_INVALID, "The record's \"{}\" is not one of the known words.",
                    "It wasn't written by this version of the program.", err_name(key));
}

static err decode_edge(struct jsonio_in *in, const char *key, struct incident_edge *ret)
{
    struct jsonio_in e;
    size_t state = 0;
    TRY(jsonio_inner(in, key, &e));
    TRY(word(&e, "state", edge_words, INCIDENT_EDGE_COUNT, &state));
    ret->state = (enum incident_edge_state)state;
    if (state == INCIDENT_EDGE_KNOWN) {
        TRY(jsonio_time(&e, "earliest", WHEN_UNKNOWN_EARLY, &ret->range.earliest));
        TRY(jsonio_time(&e, "latest", WHEN_UNKNOWN_LATE, &ret->range.latest));
    }
    return jsonio_close(&e);
}

static err decode_party(struct jsonio_in *in, const char *key, struct incident_party *ret)
{
    struct jsonio_in p;
    TRY(jsonio_inner(in, key, &p));
    TRY(jsonio_text(&p, "name", SHORT_BYTES, &ret->name));
    TRY(jsonio_text(&p, "role", SHORT_BYTES, &ret->role));
    TRY(jsonio_text(&p, "phone", SHORT_BYTES, &ret->phone));
    TRY(jsonio_text(&p, "email", SHORT_BYTES, &ret->email));
    return jsonio_close(&p);
}

static err decode_facts(struct jsonio_in *in, struct incident *inc)
{
    struct jsonio_in all;
    TRY(jsonio_inner(in, "facts", &all));
    for (size_t i = 0; i < INCIDENT_QUESTION_COUNT; i++) {
        struct jsonio_in f;
        const char *answers[INCIDENT_ANSWER_COUNT];
        for (size_t k = 0; k < INCIDENT_ANSWER_COUNT; k++)
            answers[k] = incident_answer_word((enum incident_answer)k);
        size_t answer = 0;
        TRY(jsonio_inner(&all, incident_question_word((enum incident_question)i), &f));
        TRY(word(&f, "answer", answers, INCIDENT_ANSWER_COUNT, &answer));
        inc->facts[i].answer = (enum incident_answer)answer;
        TRY(jsonio_text(&f, "reason", LIMIT_INCIDENT_TEXT, &inc->facts[i].reason));
        TRY(jsonio_time(&f, "next_word", INCIDENT_NO_TIME, &inc->facts[i].next_word));
        TRY(jsonio_close(&f));
    }
    return jsonio_close(&all);
}

static err decode_timeline(struct jsonio_in *in, struct incident *inc)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "timeline", LIMIT_INCIDENT_LINES, &list));
    inc->line_count = json_array_size(list);
    struct incident_line *lines = arena_array(in->arena, inc->line_count + 1, sizeof *lines);
    ENSURE(lines, mem_none());
    for (size_t i = 0; i < inc->line_count; i++) {
        struct jsonio_in l;
        TRY(jsonio_open(in->arena, json_array_get(list, i), "timeline", &l));
        TRY(jsonio_time(&l, "at", INCIDENT_NO_TIME, &lines[i].at));
        TRY(jsonio_time(&l, "recorded_at", INCIDENT_NO_TIME, &lines[i].recorded_at));
        TRY(jsonio_text(&l, "text", LIMIT_INCIDENT_TEXT, &lines[i].text));
        TRY(jsonio_text(&l, "who", SHORT_BYTES, &lines[i].who));
        TRY(jsonio_close(&l));
    }
    inc->timeline = lines;
    return OK;
}

static err decode_promises(struct jsonio_in *in, struct incident *inc)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "promises", LIMIT_INCIDENT_PROMISES, &list));
    inc->promise_count = json_array_size(list);
    struct incident_promise *promises = arena_array(in->arena, inc->promise_count + 1, sizeof *promises);
    ENSURE(promises, mem_none());
    for (size_t i = 0; i < inc->promise_count; i++) {
        struct jsonio_in p;
        TRY(jsonio_open(in->arena, json_array_get(list, i), "promises", &p));
        TRY(jsonio_text(&p, "on", SHORT_BYTES, &promises[i].on));
        TRY(jsonio_time(&p, "by", INCIDENT_NO_TIME, &promises[i].by));
        TRY(jsonio_time(&p, "made_at", INCIDENT_NO_TIME, &promises[i].made_at));
        TRY(jsonio_time(&p, "kept_at", INCIDENT_NO_TIME, &promises[i].kept_at));
        TRY(jsonio_text(&p, "who", SHORT_BYTES, &promises[i].who));
        TRY(jsonio_text(&p, "text", LIMIT_INCIDENT_TEXT, &promises[i].text));
        TRY(jsonio_close(&p));
    }
    inc->promises = promises;
    return OK;
}

static err decode_company(struct jsonio_in *in, struct incident *inc)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "company", INCIDENT_COMPANY_ANSWERS, &list));
    ENSURE(json_array_size(list) == INCIDENT_COMPANY_ANSWERS,
           err_new(ERR_INVALID, "The record has not twelve answers of the company.",
                   "It wasn't written by this version of the program."));
    for (size_t i = 0; i < INCIDENT_COMPANY_ANSWERS; i++) {
        struct jsonio_in c;
        size_t state = 0;
        TRY(jsonio_open(in->arena, json_array_get(list, i), "company", &c));
        TRY(word(&c, "state", company_words, INCIDENT_COMPANY_COUNT, &state));
        inc->company[i].state = (enum incident_company_state)state;
        TRY(jsonio_text(&c, "text", LIMIT_INCIDENT_TEXT, &inc->company[i].text));
        TRY(jsonio_time(&c, "by", INCIDENT_NO_TIME, &inc->company[i].by));
        TRY(jsonio_close(&c));
    }
    return OK;
}

static err decode_measures(struct jsonio_in *in, struct incident *inc)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "measures", LIMIT_INCIDENT_MEASURES, &list));
    inc->measure_count = json_array_size(list);
    struct incident_measure *measures = arena_array(in->arena, inc->measure_count + 1, sizeof *measures);
    ENSURE(measures, mem_none());
    for (size_t i = 0; i < inc->measure_count; i++) {
        struct jsonio_in m;
        size_t kind = 0;
        const char *kinds[INCIDENT_MEASURE_COUNT];
        for (size_t k = 0; k < INCIDENT_MEASURE_COUNT; k++)
            kinds[k] = incident_measure_word((enum incident_measure_kind)k);
        TRY(jsonio_open(in->arena, json_array_get(list, i), "measures", &m));
        TRY(word(&m, "kind", kinds, INCIDENT_MEASURE_COUNT, &kind));
        measures[i].kind = (enum incident_measure_kind)kind;
        TRY(jsonio_text(&m, "text", LIMIT_INCIDENT_TEXT, &measures[i].text));
        TRY(jsonio_time(&m, "done_at", INCIDENT_NO_TIME, &measures[i].done_at));
        TRY(jsonio_time(&m, "due", INCIDENT_NO_TIME, &measures[i].due));
        TRY(jsonio_time(&m, "recorded_at", INCIDENT_NO_TIME, &measures[i].recorded_at));
        TRY(jsonio_text(&m, "who", SHORT_BYTES, &measures[i].who));
        TRY(jsonio_close(&m));
    }
    inc->measures = measures;
    return OK;
}

static err decode_told(struct jsonio_in *in, struct incident *inc)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "told", LIMIT_INCIDENT_MEASURES, &list));
    inc->told_count = json_array_size(list);
    struct incident_told *told = arena_array(in->arena, inc->told_count + 1, sizeof *told);
    ENSURE(told, mem_none());
    for (size_t i = 0; i < inc->told_count; i++) {
        struct jsonio_in t;
        TRY(jsonio_open(in->arena, json_array_get(list, i), "told", &t));
        TRY(jsonio_text(&t, "name", SHORT_BYTES, &told[i].name));
        TRY(jsonio_time(&t, "at", INCIDENT_NO_TIME, &told[i].at));
        TRY(jsonio_text(&t, "reference", SHORT_BYTES, &told[i].reference));
        TRY(jsonio_bool(&t, "authority", &told[i].authority));
        TRY(jsonio_time(&t, "recorded_at", INCIDENT_NO_TIME, &told[i].recorded_at));
        TRY(jsonio_text(&t, "who", SHORT_BYTES, &told[i].who));
        TRY(jsonio_close(&t));
    }
    inc->told = told;
    return OK;
}

static err decode_end(struct jsonio_in *in, struct incident *inc)
{
    struct jsonio_in why;
    TRY(jsonio_inner(in, "why", &why));
    for (size_t i = 0; i < INCIDENT_WHY_COUNT; i++)
        TRY(jsonio_text(&why, incident_why_word((enum incident_why)i), LIMIT_INCIDENT_TEXT, &inc->why[i]));
    TRY(jsonio_close(&why));
    TRY(jsonio_time(in, "closed_at", INCIDENT_NO_TIME, &inc->closed_at));
    return jsonio_text(in, "closed_text", LIMIT_INCIDENT_TEXT, &inc->closed_text);
}

static err decode_words(struct jsonio_in *in, struct incident *inc)
{
    const char *cause = NULL, *channel = NULL;
    TRY(jsonio_text(in, "cause", SHORT_BYTES, &cause));
    TRY(jsonio_text(in, "told_how", SHORT_BYTES, &channel));
    ENSURE(incident_cause_find(cause, &inc->cause) && incident_channel_find(channel, &inc->told_how),
           err_new(ERR_INVALID, "The record's cause or channel is not one of the known words.",
                   "It wasn't written by this version of the program."));
    return OK;
}

err incident_decode(struct arena *a, const json_t *from, struct incident *ret)
{
    struct incident inc = {0};
    struct jsonio_in in;
    uint64_t version = 0;
    TRY(jsonio_open(a, from, "incident", &in));
    TRY(jsonio_text(&in, "id", SHORT_BYTES, &inc.id));
    TRY(jsonio_text(&in, "number", SHORT_BYTES, &inc.number));
    TRY(jsonio_number(&in, "version", UINT32_MAX, &version));
    inc.version = (uint32_t)version;
    TRY(jsonio_bool(&in, "practice", &inc.practice));
    TRY(jsonio_texts(&in, "recipients", LIMIT_INCIDENT_RECIPIENTS, SHORT_BYTES, &inc.recipients, &inc.recipient_count));
    TRY(jsonio_text(&in, "company_text", SHORT_BYTES, &inc.company_text));
    TRY(decode_edge(&in, "from", &inc.from));
    TRY(decode_edge(&in, "to", &inc.to));
    TRY(jsonio_time(&in, "company_aware", INCIDENT_NO_TIME, &inc.company_aware));
    TRY(jsonio_time(&in, "aware", INCIDENT_NO_TIME, &inc.aware));
    TRY(jsonio_time(&in, "opened_at", INCIDENT_NO_TIME, &inc.opened_at));
    TRY(decode_words(&in, &inc));
    TRY(jsonio_text(&in, "cause_text", LIMIT_INCIDENT_TEXT, &inc.cause_text));
    TRY(jsonio_text(&in, "what_text", LIMIT_INCIDENT_TEXT, &inc.what_text));
    TRY(decode_facts(&in, &inc));
    TRY(decode_party(&in, "told_by", &inc.told_by));
    TRY(decode_party(&in, "contact", &inc.contact));
    TRY(decode_timeline(&in, &inc));
    TRY(decode_promises(&in, &inc));
    TRY(decode_company(&in, &inc));
    TRY(decode_measures(&in, &inc));
    TRY(decode_told(&in, &inc));
    TRY(decode_end(&in, &inc));
    TRY(jsonio_close(&in));
    TRY(incident_check(&inc));
    *ret = inc;
    return OK;
}

err incident_encode(struct buf *to, const struct incident *inc)
{
    CLEANUP(jsonio_release) json_t *j = NULL;
    TRY(incident_json(inc, &j));
    return jsonio_dump(to, j);
}

err incident_decode_bytes(struct arena *a, struct view bytes, struct incident *ret)
{
    CLEANUP(jsonio_release) json_t *j = NULL;
    TRY(jsonio_load(bytes, LIMIT_INCIDENT_BYTES, &j));
    return incident_decode(a, j, ret);
}
