#include "incident_store.h"

#include "entry.h"
#include "jsonio.h"
#include "people.h"
#include "record.h"
#include "scope_run.h"
#include "seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char job_kind[] = "incident open";

err incident_load(struct vault *v, struct arena *a, const char *id, struct incident *ret)
{
    return incident_load_version(v, a, id, 0, ret);
}

err incident_load_version(struct vault *v, struct arena *a, const char *id, uint32_t version, struct incident *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    err e = version ? vault_doc_get_version(v, "incident", id, version, &doc) : vault_doc_get(v, "incident", id, &doc);
    if (e.kind == ERR_NOT_FOUND && version)
        return err_newf(ERR_NOT_FOUND, "There is no version {} of breach {}.", "'candour incident show {}' shows the newest.", err_int(version), err_name(id),
                        err_name(id));
    if (e.kind == ERR_NOT_FOUND)
        return err_newf(ERR_NOT_FOUND, "There is no breach {}.", "'candour incident list' shows all.", err_name(id));
    TRY(e);
    return incident_decode(a, json_object_get(doc, "incident"), ret);
}

err incident_list(struct vault *v, struct arena *a, struct incident **ret, size_t *ret_count)
{
    CLEANUP(jsonio_release) json_t *docs = NULL;
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

/* The document and its sealed entry; in a transaction. */
static err save(struct vault *v, const struct incident *inc, const char *action, bool held)
{
    json_t *inside = NULL;
    TRY(incident_json(inc, &inside));
    CLEANUP(jsonio_release) json_t *doc = json_pack("{s:o, s:b}", "incident", inside, "held", held);
    struct hash hash;
    ENSURE(doc, mem_none());
    TRY(vault_doc_put(v, "incident", inc->id, doc, &hash));
    return vault_entry(v, json_pack("{s:s,s:s,s:o,s:o,s:o,s:s,s:o}", "kind", "incident", "id", inc->id, "recipients", jsonio_list(inc->recipients, inc->recipient_count),
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

/* Whether everybody whom its recipients can hold is under the hold. */
static err is_held(struct vault *v, const char *id, bool *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    TRY(vault_doc_get(v, "incident", id, &doc));
    *ret = json_is_true(json_object_get(doc, "held"));
    return OK;
}

/* Bulk work needs a warrant in the log, or goes on credit.  A breach is opened even where neither is to be had: the hold then waits. */
static err ask_warrant(struct vault *v, const struct config *c)
{
    uint64_t everybody;
    TRY(people_count(v, &everybody));
    err e = vault_warrant_urgent(v, "reading", "internal", config_categories(c), 5 * everybody);
    if (e.kind != ERR_OK)
        vault_undo(v);
    return e;
}

static err publish(struct vault *v, const uint8_t key[32], struct incident_outcome *o)
{
    o->published = vault_publish(v);
    return o->published.kind == ERR_OK && key ? vault_job_done(v, key) : OK;
}

/* The same command was cut off after its act. */
static err go_on(struct vault *v, struct arena *a, const uint8_t key[32], struct incident *wanted, struct incident_outcome *o, bool *ret_done)
{
    CLEANUP(jsonio_release) json_t *left = NULL;
    TRY(vault_job_result(v, job_kind, key, &left, &o->again));
    *ret_done = left != NULL;
    if (!left)
        return OK;
    o->held = (uint64_t)json_integer_value(json_object_get(left, "held"));
    o->hold_waits = json_is_true(json_object_get(left, "hold_waits"));
    const char *id = json_string_value(json_object_get(left, "incident"));
    TRY(incident_load(v, a, id ? id : "", wanted));
    return publish(v, key, o);
}

/* In a transaction. */
static err enter(struct vault *v, struct config *c, struct arena *a, struct incident *wanted, const uint8_t key[32], struct incident_outcome *o)
{
    uint32_t number;
    char id[16];
    TRY(vault_next_id(v, "incident", &number));
    snprintf(id, sizeof id, "I%u", number);
    bool own_number = wanted->number && wanted->number[0];
    ENSURE(wanted->id = arena_text(a, id, strlen(id)), mem_none());
    if (!own_number)
        wanted->number = wanted->id;
    TRY(incident_check(wanted));
    TRY(save(v, wanted, "open", !o->hold_waits));
    if (!o->hold_waits)
        TRY(hold_everybody(v, c, a, wanted, number, &o->held));
    CLEANUP(jsonio_release) json_t *result = json_pack("{s:s,s:I,s:b}", "incident", wanted->id, "held", (json_int_t)o->held, "hold_waits", o->hold_waits);
    ENSURE(result, mem_none());
    return vault_job_acted(v, job_kind, key, result);
}

err incident_open(struct vault *v, struct config *c, struct arena *a, struct incident *wanted, const uint8_t key[32], struct incident_outcome *o)
{
    bool done;
    *o = (struct incident_outcome){0};
    TRY(vault_lease(v));
    TRY(config_again(v, c));
    TRY(go_on(v, a, key, wanted, o, &done));
    if (done)
        return OK;
    TRY(check_recipients(v, a, wanted));
    struct incident trial = *wanted;
    trial.id = trial.number = "I1";
    TRY(incident_check(&trial)); /* what is refused leaves no warrant behind */
    o->hold_waits = ask_warrant(v, c).kind != ERR_OK;
    TRY(vault_begin(v));
    TRY(enter(v, c, a, wanted, key, o));
    seam_crash_point("incident-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("incident-committed");
    return publish(v, key, o);
}

err incident_change(struct vault *v, struct config *c, struct arena *a, const struct incident *old, const struct incident *wanted,
                    const char *action, struct incident *ret, struct incident_outcome *o)
{
    bool held;
    struct incident newest;
    *o = (struct incident_outcome){0};
    TRY(vault_lease(v));
    TRY(config_again(v, c));
    TRY(incident_load(v, a, old->id, &newest));
    ENSURE(newest.version == old->version, err_newf(ERR_CONFLICT, "Somebody else changed {} a moment ago.",
                                                    "Look at it with 'candour incident show {}', then run the command again.",
                                                    err_name(old->id), err_name(old->id)));
    TRY(check_recipients(v, a, wanted));
    TRY(incident_revise(old, wanted, ret));
    TRY(is_held(v, old->id, &held));
    bool place = !held || wanted->recipient_count > old->recipient_count;
    o->hold_waits = place && ask_warrant(v, c).kind != ERR_OK;
    TRY(vault_begin(v));
    TRY(save(v, ret, action, !o->hold_waits));
    if (place && !o->hold_waits)
        TRY(hold_everybody(v, c, a, ret, (uint32_t)strtoul(ret->id + 1, NULL, 10), &o->held));
    TRY(vault_commit(v));
    return publish(v, NULL, o);
}
