/* The report for programs. */
#include "jsonio.h"
#include "report_int.h"

static const char *const state_words[] = {"filled", "not-yet-known", "not-needed", "required"};

/* Both clocks of one instant: {"utc","local"}, or null. */
static err time_json(int64_t at, const struct when_zone *zone, json_t **ret)
{
    if (at == INCIDENT_NO_TIME) {
        *ret = json_null();
        return OK;
    }
    CLEANUP(buf_free) struct buf local = BUF(100);
    CLEANUP(jsonio_drop) struct jsonio j = jsonio_object();
    TRY(when_put_local(&local, at, zone));
    TRY(buf_ok(&local));
    jsonio_put_time(&j, "utc", at);
    jsonio_put_text(&j, "local", buf_text(&local));
    return jsonio_finish(&j, ret);
}

static err put_time(struct jsonio *j, const char *key, int64_t at, const struct when_zone *zone)
{
    json_t *value = NULL;
    TRY(time_json(at, zone, &value));
    jsonio_put(j, key, value);
    return OK;
}

static json_t *entry_json(const struct report_entry *e)
{
    struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "id", e->id);
    if (e->n) {
        jsonio_put_number(&j, "n", e->n);
        jsonio_put_text(&j, "part", e->part);
        jsonio_put_text(&j, "type", e->type);
        jsonio_put_texts(&j, "options", e->options, e->option_count);
        jsonio_put_text(&j, "law", e->law);
    }
    jsonio_put_text(&j, "label", e->label);
    jsonio_put_text(&j, "state", state_words[e->state]);
    jsonio_put_text(&j, "text", e->text);
    jsonio_put_time(&j, "next_word", e->next_word);
    return jsonio_take(&j);
}

static json_t *entries_json(const struct report_entry *entries, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++) {
        if (json_array_append_new(list, entry_json(&entries[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *recipients_json(const struct report_input *in)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < in->recipient_count && !bad; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "id", in->recipients[i].id);
        jsonio_put_text(&j, "name", in->recipients[i].name);
        jsonio_put_text(&j, "number", in->recipients[i].number);
        jsonio_put_text(&j, "class", in->recipients[i].class_word);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

err report_json(const struct report *r, json_t **ret)
{
    const struct report_input *in = r->input;
    CLEANUP(jsonio_drop) struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "kind", "report");
    jsonio_put_text(&j, "form", "ico-pdb");
    jsonio_put_bool(&j, "practice", in->practice || in->incident->practice);
    jsonio_put_text(&j, "incident", in->incident->id);
    jsonio_put_text(&j, "number", in->incident->number);
    jsonio_put_number(&j, "version", in->incident->version);
    TRY(put_time(&j, "company_aware", in->incident->company_aware, in->zone));
    TRY(put_time(&j, "aware", in->incident->aware, in->zone));
    TRY(put_time(&j, "due", r->due, in->zone));
    TRY(put_time(&j, "reported", in->reported_at, in->zone));
    TRY(put_time(&j, "drafted", in->now, in->zone));
    jsonio_put_bool(&j, "late", r->late);
    jsonio_put_bool(&j, "delay_required", r->delay_required);
    jsonio_put_text(&j, "checkpoint", in->checkpoint);
    jsonio_put(&j, "recipients", recipients_json(in));
    if (in->numbers) {
        jsonio_put_number(&j, "scope_version", in->numbers->version);
        TRY(put_time(&j, "scope_at", in->numbers->at, in->zone));
        jsonio_put_bool(&j, "scope_stale", in->stale);
        jsonio_put_number(&j, "affected", in->numbers->affected);
        jsonio_put_texts(&j, "handovers", in->numbers->handovers, in->numbers->handover_count);
    }
    jsonio_put(&j, "items", entries_json(r->items, REPORT_ITEMS));
    jsonio_put(&j, "fields", entries_json(r->fields, ICO_FORM_FIELDS));
    jsonio_put_number(&j, "not_yet", r->not_yet);
    jsonio_put_number(&j, "undated", r->undated);
    jsonio_put_number(&j, "required", r->required);
    jsonio_put_texts(&j, "warnings", r->warnings, r->warning_count);
    return jsonio_finish(&j, ret);
}
