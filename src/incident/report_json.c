/* The report for programs. */
#include "incjson.h"
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
    CLEANUP(incjson_drop) struct incjson j = incjson_object();
    TRY(when_put_local(&local, at, zone));
    TRY(buf_ok(&local));
    incjson_put_time(&j, "utc", at);
    incjson_put_text(&j, "local", buf_text(&local));
    return incjson_finish(&j, ret);
}

static err put_time(struct incjson *j, const char *key, int64_t at, const struct when_zone *zone)
{
    json_t *value = NULL;
    TRY(time_json(at, zone, &value));
    incjson_put(j, key, value);
    return OK;
}

static json_t *entry_json(const struct report_entry *e)
{
    struct incjson j = incjson_object();
    incjson_put_text(&j, "id", e->id);
    if (e->n) {
        incjson_put_number(&j, "n", e->n);
        incjson_put_text(&j, "part", e->part);
        incjson_put_text(&j, "type", e->type);
        incjson_put_texts(&j, "options", e->options, e->option_count);
        incjson_put_text(&j, "law", e->law);
    }
    incjson_put_text(&j, "label", e->label);
    incjson_put_text(&j, "state", state_words[e->state]);
    incjson_put_text(&j, "text", e->text);
    incjson_put_time(&j, "next_word", e->next_word);
    return incjson_take(&j);
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
        struct incjson j = incjson_object();
        incjson_put_text(&j, "id", in->recipients[i].id);
        incjson_put_text(&j, "name", in->recipients[i].name);
        incjson_put_text(&j, "number", in->recipients[i].number);
        incjson_put_text(&j, "class", in->recipients[i].class_word);
        incjson_append(list, &j, &bad);
    }
    return incjson_whole(list, bad);
}

err report_json(const struct report *r, json_t **ret)
{
    const struct report_input *in = r->input;
    CLEANUP(incjson_drop) struct incjson j = incjson_object();
    incjson_put_text(&j, "kind", "report");
    incjson_put_text(&j, "form", "ico-pdb");
    incjson_put_bool(&j, "practice", in->practice || in->incident->practice);
    incjson_put_text(&j, "incident", in->incident->id);
    incjson_put_text(&j, "number", in->incident->number);
    incjson_put_number(&j, "version", in->incident->version);
    TRY(put_time(&j, "company_aware", in->incident->company_aware, in->zone));
    TRY(put_time(&j, "aware", in->incident->aware, in->zone));
    TRY(put_time(&j, "due", r->due, in->zone));
    TRY(put_time(&j, "reported", in->reported_at, in->zone));
    TRY(put_time(&j, "drafted", in->now, in->zone));
    incjson_put_bool(&j, "late", r->late);
    incjson_put_bool(&j, "delay_required", r->delay_required);
    incjson_put_text(&j, "checkpoint", in->checkpoint);
    incjson_put(&j, "recipients", recipients_json(in));
    if (in->numbers) {
        incjson_put_number(&j, "scope_version", in->numbers->version);
        TRY(put_time(&j, "scope_at", in->numbers->at, in->zone));
        incjson_put_bool(&j, "scope_stale", in->stale);
        incjson_put_number(&j, "affected", in->numbers->affected);
        incjson_put_texts(&j, "handovers", in->numbers->handovers, in->numbers->handover_count);
    }
    incjson_put(&j, "items", entries_json(r->items, REPORT_ITEMS));
    incjson_put(&j, "fields", entries_json(r->fields, ICO_FORM_FIELDS));
    incjson_put_number(&j, "not_yet", r->not_yet);
    incjson_put_number(&j, "undated", r->undated);
    incjson_put_number(&j, "required", r->required);
    incjson_put_texts(&j, "warnings", r->warnings, r->warning_count);
    return incjson_finish(&j, ret);
}
