#include "incident_store.h"

#include "entry.h"
#include "people.h"
#include "record.h"
#include "scope_run.h"
#include "seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char job_kind[] = "incident open";

static void drop(json_t **j)
{
    json_decref(*j);
}

err incident_load(struct vault *v, struct arena *a, const char *id, struct incident *ret)
{
    CLEANUP(drop) json_t *doc = NULL;
    err e = vault_doc_get(v, "incident", id, &doc);
    if (e.kind == ERR_NOT_FOUND)
        return err_newf(ERR_NOT_FOUND, "There is no breach {}.", "'candour incident list' shows all.", err_name(id));
    TRY(e);
    return incident_decode(a, json_object_get(doc, "incident"), ret);
}

err incident_list(struct vault *v, struct arena *a, struct incident **ret, size_t *ret_count)
{
    CLEANUP(drop) json_t *docs = NULL;
    TRY(vault_docs(v, "incident", &docs));
    *ret_count = json_array_size(docs);
    *ret = arena_array(a, *ret_count + 1, sizeof **ret);
    ENSURE(*ret, mem_none());
    for (size_t i = 0; i < *ret_count; i++)
        TRY(incident_decode(a, json_object_get(json_object_get(json_array_get(docs, i), "doc"), "incident"), &(*ret)[i]));
    return OK;
}

static json_t *moment(int64_t t)
{
    if (t == INCIDENT_NO_TIME || t == WHEN_UNKNOWN_LATE)
        return json_string("unknown");
    CLEANUP(buf_free) struct buf b = BUF(64);
    when_put_utc(&b, t);
    return json_string(buf_text(&b));
}

static json_t *recipients_json(const struct incident *inc)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < inc->recipient_count; i++) {
        if (json_array_append_new(list, json_string(inc->recipients[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* The document and its sealed entry; in a transaction. */
static err save(struct vault *v, const struct incident *inc, const char *action)
{
    json_t *inside = NULL;
    TRY(incident_json(inc, &inside));
    CLEANUP(drop) json_t *doc = json_pack("{s:o}", "incident", inside);
    struct hash hash;
    ENSURE(doc, mem_none());
    TRY(recipient_document_hash(doc, &hash));
    TRY(vault_doc_put(v, "incident", inc->id, doc));
    return vault_entry(v, json_pack("{s:s,s:s,s:o,s:o,s:o,s:s,s:o}", "kind", "incident", "id", inc->id, "recipients", recipients_json(inc),
                                    "aware", moment(inc->aware), "company_aware", moment(inc->company_aware), "action", action, "doc",
                                    entry_hash(&hash)), NULL);
}

/* --- the legal hold --- */

static err place_holds(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, uint32_t incident, uint64_t *ret_held)
{
    *ret_held = 0;
    for (size_t i = 0; i < count;) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        ENSURE(a, mem_none());
        size_t n = count - i < 4096 ? count - i : 4096, there = 0;
        struct person *list = arena_array(a, n, sizeof *list);
        ENSURE(list, mem_none());
        TRY(people_open(v, c, a, ordinals + i, n, 0, list));
        for (size_t k = 0; k < n; k++) {
            if (list[k].state != CELL_THERE)
                continue;
            TRY(facts_hold(a, &list[k].facts, incident, vault_now(v)));
            list[k].facts_changed = true;
            list[there++] = list[k];
        }
        TRY(people_save(v, c, list, there));
        *ret_held += there;
        i += n;
    }
    return OK;
}

static err hold_everybody(struct vault *v, const struct config *c, struct arena *a, const struct incident *inc, uint32_t number, uint64_t *ret_held)
{
    CLEANUP(peopleset_free) struct peopleset *people = NULL;
    CLEANUP(mem_release) uint32_t *ordinals = NULL;
    size_t count;
    bool grown;
    TRY(record_systems_catch_up(v, c, &grown));
    TRY(scope_whom_they_can_hold(v, c, a, inc, &people));
    TRY(peopleset_list(people, &ordinals, &count));
    TRY(place_holds(v, c, ordinals, count, number, ret_held));
    return vault_entry(v, json_pack("{s:s,s:s,s:s,s:o}", "kind", "legal-hold", "incident", inc->id, "action", "place", "number",
                                    entry_count(*ret_held)), NULL);
}

static err check_recipients(struct vault *v, struct arena *a, const struct incident *inc)
{
    struct recipient r;
    for (size_t i = 0; i < inc->recipient_count; i++)
        if (strcmp(inc->recipients[i], RECIPIENT_SELF) != 0)
            TRY(recipient_load(v, a, inc->recipients[i], &r));
    return OK;
}

/* The same command was cut off after its act. */
static err go_on(struct vault *v, struct arena *a, const uint8_t key[32], struct incident *wanted, uint64_t *ret_held, bool *ret_done)
{
    CLEANUP(drop) json_t *left = NULL;
    TRY(vault_job_result(v, job_kind, key, &left));
    *ret_done = left != NULL;
    if (!left)
        return OK;
    *ret_held = (uint64_t)json_integer_value(json_object_get(left, "held"));
    const char *id = json_string_value(json_object_get(left, "incident"));
    TRY(incident_load(v, a, id ? id : "", wanted));
    TRY(vault_publish(v));
    return vault_job_done(v, key);
}

err incident_open(struct vault *v, struct config *c, struct arena *a, struct incident *wanted, const uint8_t key[32], uint64_t *ret_held)
{
    bool done;
    TRY(vault_lease(v));
    TRY(go_on(v, a, key, wanted, ret_held, &done));
    if (done)
        return OK;
    TRY(check_recipients(v, a, wanted));
    uint64_t everybody;
    TRY(people_count(v, &everybody));
    TRY(vault_warrant(v, "legal-hold", "incident", config_categories(c), 5 * everybody));
    TRY(vault_begin(v));
    uint32_t number;
    char id[16];
    TRY(vault_next_id(v, "incident", &number));
    snprintf(id, sizeof id, "I%u", number);
    bool own_number = wanted->number && wanted->number[0];
    ENSURE(wanted->id = arena_text(a, id, strlen(id)), mem_none());
    if (!own_number)
        wanted->number = wanted->id;
    TRY(incident_check(wanted));
    TRY(save(v, wanted, "open"));
    TRY(hold_everybody(v, c, a, wanted, number, ret_held));
    CLEANUP(drop) json_t *result = json_pack("{s:s,s:I}", "incident", wanted->id, "held", (json_int_t)*ret_held);
    ENSURE(result, mem_none());
    TRY(vault_job_acted(v, job_kind, key, result));
    seam_crash_point("incident-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("incident-committed");
    TRY(vault_publish(v));
    return vault_job_done(v, key);
}

err incident_change(struct vault *v, struct config *c, struct arena *a, const struct incident *old, const struct incident *wanted,
                    const char *action, struct incident *ret)
{
    uint64_t everybody, held;
    bool more = wanted->recipient_count > old->recipient_count;
    TRY(vault_lease(v));
    TRY(check_recipients(v, a, wanted));
    TRY(incident_revise(old, wanted, ret));
    if (more) {
        TRY(people_count(v, &everybody));
        TRY(vault_warrant(v, "legal-hold", "incident", config_categories(c), 5 * everybody));
    }
    TRY(vault_begin(v));
    TRY(save(v, ret, action));
    if (more)
        TRY(hold_everybody(v, c, a, ret, (uint32_t)strtoul(ret->id + 1, NULL, 10), &held));
    TRY(vault_commit(v));
    return vault_publish(v);
}
