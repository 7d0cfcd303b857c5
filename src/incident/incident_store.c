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
#include <strings.h>

static const char job_kind[] = "incident";

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

/* One for each breach, and everybody whom any of them may concern. */
struct holds {
    struct hold {
        const char *incident;
        uint32_t number;
        struct peopleset *people;
        uint64_t placed;
    } *list;
    size_t count;
    struct peopleset *all;
    struct scope_aliases aliases;
    uint64_t placed; /* people, each once */
};

static void holds_end(struct holds *h)
{
    for (size_t i = 0; i < h->count; i++)
        peopleset_free(&h->list[i].people);
    peopleset_free(&h->all);
}

static err holds_begin(struct vault *v, struct arena *a, size_t room, struct holds *h)
{
    ENSURE(h->list = arena_array(a, room + 1, sizeof *h->list), mem_none());
    TRY(peopleset_new(&h->all));
    return room ? scope_aliases(v, a, &h->aliases) : OK;
}

static err add_incident(struct vault *v, const struct config *c, struct arena *a, const struct incident *inc, struct holds *h)
{
    struct hold *hold = &h->list[h->count++];
    *hold = (struct hold){.incident = inc->id, .number = (uint32_t)strtoul(inc->id + 1, NULL, 10)};
    TRY(scope_whom_they_can_hold(v, c, a, inc, &h->aliases, &hold->people));
    peopleset_unite(h->all, hold->people);
    return OK;
}

/* Under those that concern her and that she is not under yet. */
static err hold_person(struct vault *v, struct arena *a, struct holds *h, struct person *p)
{
    for (size_t i = 0; i < h->count; i++) {
        size_t before = p->facts.hold_count;
        if (peopleset_has(h->list[i].people, p->ordinal))
            TRY(facts_hold(a, &p->facts, h->list[i].number, vault_now(v)));
        bool placed = p->facts.hold_count > before;
        h->list[i].placed += placed;
        p->facts_changed = p->facts_changed || placed;
    }
    h->placed += p->facts_changed;
    return OK;
}

static err place_holds(struct vault *v, const struct config *c, struct holds *h)
{
    CLEANUP(mem_release) uint32_t *ordinals = NULL;
    size_t count;
    TRY(peopleset_list(h->all, &ordinals, &count));
    for (size_t i = 0, n; i < count; i += n) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        ENSURE(a, mem_none());
        n = count - i < 4096 ? count - i : 4096;
        size_t changed = 0;
        struct person *list = arena_array(a, n, sizeof *list);
        ENSURE(list, mem_none());
        TRY(people_open(v, c, a, ordinals + i, n, 0, list));
        for (size_t k = 0; k < n; k++) {
            if (list[k].state != CELL_THERE)
                continue;
            TRY(hold_person(v, a, h, &list[k]));
            if (list[k].facts_changed)
                list[changed++] = list[k];
        }
        TRY(people_save(v, c, list, changed));
    }
    return OK;
}

static err hold_entry(struct vault *v, const struct hold *h)
{
    return vault_entry(v, json_pack("{s:s,s:s,s:s,s:o}", "kind", "legal-hold", "incident", h->incident, "action", "place", "number",
                                    entry_count(h->placed)), NULL);
}

static err hold_everybody(struct vault *v, const struct config *c, struct arena *a, const struct incident *inc, uint64_t *ret_held)
{
    CLEANUP(holds_end) struct holds h = {0};
    bool grown;
    TRY(record_systems_catch_up(v, c, &grown));
    TRY(holds_begin(v, a, 1, &h));
    TRY(add_incident(v, c, a, inc, &h));
    TRY(place_holds(v, c, &h));
    *ret_held = h.placed;
    return hold_entry(v, &h.list[0]);
}

static err list_open(struct vault *v, struct arena *a, struct incident **ret, size_t *ret_count)
{
    size_t count;
    TRY(incident_list(v, a, ret, &count));
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        if ((*ret)[i].closed_at == INCIDENT_NO_TIME)
            (*ret)[(*ret_count)++] = (*ret)[i];
    return OK;
}

err incident_hold(struct vault *v, const struct config *c, uint64_t *ret_placed)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(holds_end) struct holds h = {0};
    struct incident *list;
    size_t count;
    ENSURE(a, mem_none());
    TRY(list_open(v, a, &list, &count));
    TRY(holds_begin(v, a, count, &h));
    for (size_t i = 0; i < count; i++)
        TRY(add_incident(v, c, a, &list[i], &h));
    TRY(place_holds(v, c, &h));
    for (size_t i = 0; i < h.count; i++)
        if (h.list[i].placed)
            TRY(hold_entry(v, &h.list[i]));
    *ret_placed = h.placed;
    return OK;
}

err incident_hold_warrant(struct vault *v)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct incident *list;
    size_t open;
    uint64_t everybody;
    ENSURE(a, mem_none());
    TRY(list_open(v, a, &list, &open));
    TRY(people_count(v, &everybody));
    return open && everybody ? vault_warrant_plain(v, RECORD_REACH_PASSES * everybody) : OK;
}

static bool is_id(const char *text)
{
    size_t digits = strspn(text + (text[0] != 0), "0123456789");
    return (text[0] == 'I' || text[0] == 'i') && digits && text[1 + digits] == 0;
}

/* The organisation's own number names this breach and no other. */
static err check_number(struct vault *v, struct arena *a, const struct incident *inc)
{
    struct incident *list;
    size_t count;
    if (!inc->number || !inc->number[0] || strcmp(inc->number, inc->id) == 0)
        return OK;
    ENSURE(!is_id(inc->number), err_newf(ERR_INVALID, "\"{}\" looks like the id of a breach, which Candour gives.", "Choose another --number, or leave it out.",
                                         err_name(inc->number)));
    TRY(incident_list(v, a, &list, &count));
    for (size_t i = 0; i < count; i++)
        ENSURE(strcmp(list[i].id, inc->id) == 0 || strcasecmp(list[i].number, inc->number) != 0,
               err_newf(ERR_CONFLICT, "The breach {} has the number \"{}\" already.", "Choose another --number, or change that breach with 'candour incident edit {}'.",
                        err_name(list[i].id), err_name(list[i].number), err_name(list[i].id)));
    return OK;
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
static err ask_warrant(struct vault *v)
{
    uint64_t everybody;
    TRY(people_count(v, &everybody));
    err e = vault_warrant_urgent(v, 5 * everybody);
    if (e.kind != ERR_OK)
        vault_undo(v);
    return e;
}

static err publish(struct vault *v, const uint8_t key[32], struct incident_outcome *o)
{
    o->published = vault_publish(v);
    return o->published.kind == ERR_OK ? vault_job_done(v, key) : OK;
}

err incident_go_on(struct vault *v, struct arena *a, const uint8_t key[32], struct incident *ret, struct incident_outcome *o)
{
    CLEANUP(jsonio_release) json_t *left = NULL;
    *o = (struct incident_outcome){0};
    TRY(vault_lease(v));
    TRY(vault_job_result(v, job_kind, key, &left, &o->again));
    o->done = left != NULL;
    if (!left)
        return OK;
    o->held = (uint64_t)json_integer_value(json_object_get(left, "held"));
    o->hold_waits = json_is_true(json_object_get(left, "hold_waits"));
    const char *id = json_string_value(json_object_get(left, "incident"));
    TRY(incident_load(v, a, id ? id : "", ret));
    return publish(v, key, o);
}

static err acted(struct vault *v, const uint8_t key[32], const struct incident *inc, const struct incident_outcome *o)
{
    CLEANUP(jsonio_release) json_t *result = json_pack("{s:s,s:I,s:b}", "incident", inc->id, "held", (json_int_t)o->held, "hold_waits", o->hold_waits);
    ENSURE(result, mem_none());
    return vault_job_acted(v, job_kind, key, result);
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
        TRY(hold_everybody(v, c, a, wanted, &o->held));
    return acted(v, key, wanted, o);
}

err incident_open(struct vault *v, struct config *c, struct arena *a, struct incident *wanted, const uint8_t key[32], struct incident_outcome *o)
{
    TRY(incident_go_on(v, a, key, wanted, o));
    if (o->done)
        return OK;
    TRY(config_again(v, c));
    TRY(check_recipients(v, a, wanted));
    TRY(check_number(v, a, wanted));
    struct incident trial = *wanted;
    trial.id = trial.number = "I1";
    TRY(incident_check(&trial)); /* what is refused leaves no warrant behind */
    o->hold_waits = ask_warrant(v).kind != ERR_OK;
    TRY(vault_begin(v));
    TRY(enter(v, c, a, wanted, key, o));
    seam_crash_point("incident-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("incident-committed");
    return publish(v, key, o);
}

err incident_change(struct vault *v, struct config *c, struct arena *a, const struct incident *old, const struct incident *wanted,
                    const char *action, const uint8_t key[32], struct incident *ret, struct incident_outcome *o)
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
    TRY(strcmp(old->number, wanted->number) == 0 ? OK : check_number(v, a, wanted));
    TRY(incident_revise(old, wanted, ret));
    TRY(is_held(v, old->id, &held));
    bool reopened = old->closed_at != INCIDENT_NO_TIME && wanted->closed_at == INCIDENT_NO_TIME;
    bool place = !held || reopened || wanted->recipient_count > old->recipient_count;
    o->hold_waits = place && ask_warrant(v).kind != ERR_OK;
    TRY(vault_begin(v));
    TRY(save(v, ret, action, !o->hold_waits));
    if (place && !o->hold_waits)
        TRY(hold_everybody(v, c, a, ret, &o->held));
    TRY(acted(v, key, ret, o));
    seam_crash_point("incident-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("incident-committed");
    return publish(v, key, o);
}
