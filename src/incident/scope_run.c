#include "scope_sets.h"

#include "commitment.h"
#include "entry.h"
#include "incident_store.h"
#include "jsonio.h"
#include "limits.h"
#include "record.h"
#include "scope_since.h"
#include "seam.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OLD_ADDRESS_DAYS = 5 * 365 };

void scope_answer_end(struct scope_answer *s)
{
    peopleset_free(&s->affected);
    for (int i = 0; i < SCOPE_EVIDENCE_COUNT; i++)
        peopleset_free(&s->evidence[i]);
    for (size_t i = 0; i < s->key_count; i++)
        peopleset_free(&s->fields[i]);
    s->key_count = 0;
}

/* --- counting people --- */

struct counting {
    struct vault *v;
    const struct config *c;
    struct scope_numbers *n;
    uint16_t email, street, postcode;
};

static bool kept_too_long(const struct counting *k, const struct facts *f)
{
    bool past[CATEGORY_MAX] = {false}, asked[CATEGORY_MAX] = {false};
    for (size_t no = 1; no < k->c->numbers.count; no++) {
        const struct field *field = k->c->numbers.by_no[no];
        if (!field || !facts_has_field(f, (uint16_t)no))
            continue;
        if (!asked[field->category])
            past[field->category] = facts_past_end(f, k->c->rules, k->c->rule_count, field->category, &k->v->zone, vault_now(k->v), vault_today(k->v));
        asked[field->category] = true;
        if (past[field->category])
            return true;
    }
    return false;
}

static void count_care(const struct counting *k, const struct facts *f)
{
    int32_t today = vault_today(k->v);
    struct scope_care *care = &k->n->care;
    care->in_danger += (facts_marks(f) & FACT_IN_DANGER) != 0;
    care->under_18 += facts_under_18(f, today);
    care->work_email += (facts_marks(f) & FACT_WORK_EMAIL) != 0;
    int32_t confirmed = facts_confirmed(f);
    care->old_address += confirmed != DAY_UNKNOWN && today - confirmed > OLD_ADDRESS_DAYS;
    care->no_address += !facts_has_field(f, k->email) && !facts_has_field(f, k->street) && !facts_has_field(f, k->postcode);
}

static err count_person(void *ctx, const struct person *p)
{
    struct counting *k = ctx;
    struct scope_numbers *n = k->n;
    if (p->state != CELL_THERE) {
        n->erased++;
        n->other++; /* what she was went with her */
        return OK;
    }
    enum person_status status = facts_status(&p->facts, vault_now(k->v), vault_today(k->v)), group = status_group(status);
    n->members += group == STATUS_MEMBER;
    n->former += group == STATUS_FORMER;
    n->other += group != STATUS_MEMBER && group != STATUS_FORMER;
    n->file_only += facts_file_only(&p->facts);
    n->not_recorded += status == STATUS_OTHER && !facts_says_status(&p->facts);
    n->deceased += facts_deceased(&p->facts, vault_today(k->v));
    n->gone += facts_gone(&p->facts);
    if (kept_too_long(k, &p->facts)) {
        n->past_end++;
        n->past_end_former += group == STATUS_FORMER;
    }
    count_care(k, &p->facts);
    return OK;
}

static err count_people(struct vault *v, const struct config *c, const struct scope_sets *s, struct scope_numbers *n)
{
    struct counting k = {v, c, n, field_no_of(&c->numbers, "email"), field_no_of(&c->numbers, "street_address"), field_no_of(&c->numbers, "postal_code")};
    CLEANUP(mem_release) uint32_t *ordinals = NULL;
    size_t count;
    TRY(peopleset_list(s->affected, &ordinals, &count));
    return people_whole(v, c, ordinals, count, 0, count_person, &k);
}

/* --- counting fields --- */

static err count_fields(const struct config *c, struct arena *a, const struct scope_sets *s, struct scope_numbers *n)
{
    struct scope_field *fields = arena_array(a, s->key_count + 1, sizeof *fields);
    struct scope_category *categories = arena_array(a, CATEGORY_MAX, sizeof *categories);
    struct peopleset *sets[CATEGORY_MAX] = {NULL};
    ENSURE(fields && categories, mem_none());
    err e = OK;
    for (size_t i = 0; i < s->key_count && e.kind == ERR_OK; i++) {
        const struct field *f = catalogue_find(&c->catalogue, view_text(s->keys[i]));
        enum category category = f ? f->category : CATEGORY_OTHER;
        fields[i] = (struct scope_field){s->keys[i], f ? f->label : s->keys[i], category_name(category), peopleset_count(s->fields[i])};
        if (!sets[category])
            e = peopleset_new(&sets[category]);
        if (e.kind == ERR_OK)
            peopleset_unite(sets[category], s->fields[i]);
    }
    for (int i = 0; i < CATEGORY_MAX; i++) {
        if (sets[i])
            categories[n->category_count++] = (struct scope_category){category_name((enum category)i), category_name((enum category)i), peopleset_count(sets[i])};
        peopleset_free(&sets[i]);
    }
    n->fields = fields;
    n->field_count = s->key_count;
    n->categories = categories;
    return e;
}

static err list_handovers(struct arena *a, const struct scope_gathered *g, const struct scope *decision, struct scope_numbers *n)
{
    const char **ids = arena_array(a, decision->count + 1, sizeof *ids);
    ENSURE(ids, mem_none());
    for (size_t i = 0; i < decision->count; i++)
        if (decision->verdicts[i].counts)
            ids[n->handover_count++] = g->handovers[decision->verdicts[i].handover].id;
    n->handovers = ids;
    return OK;
}

/* Whether anything recorded ever came to this recipient, in time or not. */
static err reaches(struct arena *a, const struct scope_gathered *g, const char *const *recipient, bool *ret)
{
    struct scope_input one = g->input;
    struct scope decision;
    one.incident.recipients = recipient;
    one.incident.recipient_count = 1;
    TRY(scope_can_hold(a, &one, &decision)); /* whenever: what came to them only later is recorded too */
    *ret = false;
    for (size_t i = 0; i < decision.count; i++)
        *ret = *ret || decision.verdicts[i].why != SCOPE_NOT_REACHED;
    return OK;
}

/* Nobody affected is another thing than nothing known. */
static err list_nothing_recorded(struct arena *a, const struct incident *inc, const struct scope_gathered *g, struct scope_answer *ret)
{
    const char **list = arena_array(a, inc->recipient_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < inc->recipient_count; i++) {
        bool any;
        TRY(reaches(a, g, &inc->recipients[i], &any));
        if (!any)
            list[ret->nothing_count++] = inc->recipients[i];
    }
    if (inc->company_text[0])
        list[ret->nothing_count++] = inc->company_text;
    ret->nothing_recorded = list;
    return OK;
}

/* --- versions --- */

err scope_version(struct vault *v, struct arena *a, const char *incident, uint32_t version, struct scope_numbers *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    err e = version ? vault_doc_get_version(v, "scope", incident, version, &doc) : vault_doc_get(v, "scope", incident, &doc);
    if (e.kind == ERR_NOT_FOUND)
        return err_newf(ERR_NOT_FOUND, "Who is affected by {} has not been worked out yet.", "Run 'candour incident scope {}'.", err_name(incident), err_name(incident));
    TRY(e);
    return scope_numbers_decode(a, json_object_get(doc, "numbers"), ret);
}

/* Everything but the version and its time. */
static err essence(const json_t *numbers, const json_t *sets, json_t **ret)
{
    json_t *copy = json_deep_copy(numbers);
    ENSURE(copy, mem_none());
    json_object_del(copy, "version");
    json_object_del(copy, "at");
    *ret = json_pack("{s:o, s:O}", "numbers", copy, "sets", sets);
    return *ret ? OK : mem_none();
}

static err put_set(struct vault *v, const char *owner, const char *name, struct peopleset *s, json_t *list)
{
    struct hash sha;
    TRY(peopleset_put(v, owner, name, s, &sha));
    CLEANUP(buf_free) struct buf hex = BUF(128);
    buf_hex(&hex, hash_view(&sha));
    ENSURE(json_object_set_new(list, name, json_string(buf_text(&hex))) == 0, mem_none());
    return OK;
}

/* The sets of this version, named by what they hold; their hashes stand in the version's document. */
static err put_sets(struct vault *v, const char *owner, struct scope_sets *s, json_t **ret)
{
    CLEANUP(jsonio_release) json_t *list = json_object();
    ENSURE(list, mem_none());
    TRY(put_set(v, owner, ".affected", s->affected, list));
    for (int i = 0; i < SCOPE_EVIDENCE_COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, ".%s", scope_evidence_word((enum scope_evidence)i));
        TRY(put_set(v, owner, name, s->evidence[i], list));
    }
    for (size_t i = 0; i < s->key_count; i++)
        TRY(put_set(v, owner, s->keys[i], s->fields[i], list));
    *ret = list;
    list = NULL;
    return OK;
}

static err commit_people(struct vault *v, struct arena *a, struct scope_sets *s, uint8_t id[16], struct hash *ret_root)
{
    struct handover_draft d = {.arena = a, .people = s->affected, .keys = s->keys, .have = s->fields, .key_count = s->key_count};
    return handover_commit(v, &d, id, ret_root);
}

static err add_entry(struct vault *v, const struct scope_numbers *n, const uint8_t commitment[16], const struct hash *root, const struct hash *doc,
                     uint64_t *ret_index)
{
    return vault_entry(v, json_pack("{s:s,s:s,s:I,s:o,s:o,s:o,s:o, s:{s:o,s:o,s:o}, s:o,s:o,s:o,s:o}", "kind", "scope", "incident", n->incident,
                                    "version", (json_int_t)n->version, "affected", entry_count(n->affected), "members", entry_count(n->members),
                                    "former", entry_count(n->former), "other", entry_count(n->other), "evidence", "exact",
                                    entry_count(n->evidence.exact), "listed", entry_count(n->evidence.listed), "rebuilt",
                                    entry_count(n->evidence.rebuilt), "handovers", jsonio_list(n->handovers, n->handover_count), "set", entry_hash(root), "commitment",
                                    entry_hex(view_of(commitment, 16)), "doc", entry_hash(doc)), ret_index);
}

/* The newest version, or NULL; its document. */
static err newest(struct vault *v, const char *incident, json_t **ret)
{
    *ret = NULL;
    err e = vault_doc_get(v, "scope", incident, ret);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "the first version");
        return OK;
    }
    return e;
}

/* The answer is the newest version already; what the systems took in and whom a hold was missing is kept all the same. */
static err keep_same(struct vault *v, const struct config *c, const char *incident, bool changed)
{
    bool grown;
    uint64_t held;
    vault_undo(v);
    TRY(vault_begin(v));
    if (changed) {
        TRY(record_systems_catch_up(v, c, &grown));
        TRY(incident_hold(v, c, &held));
    }
    TRY(scope_since_asked(v, incident));
    return vault_commit(v);
}

/* The answer beside the newest version: its sets are stored as those of the next one. */
struct comparing {
    json_t *old; /* NULL: it is the first */
    json_t *numbers, *sets;
    bool same;
};

static void comparing_end(struct comparing *k)
{
    json_decref(k->old);
    json_decref(k->numbers);
    json_decref(k->sets);
}

/* In a transaction.  Gives the answer the next version. */
static err compare(struct vault *v, struct scope_sets *s, struct scope_numbers *n, struct comparing *k)
{
    CLEANUP(jsonio_release) json_t *now = NULL, *before = NULL;
    TRY(newest(v, n->incident, &k->old));
    n->version = k->old ? (uint32_t)json_integer_value(json_object_get(json_object_get(k->old, "numbers"), "version")) + 1 : 1;
    char owner[64];
    snprintf(owner, sizeof owner, "%s/%u", n->incident, n->version);
    TRY(put_sets(v, owner, s, &k->sets));
    TRY(scope_numbers_json(n, &k->numbers));
    if (!k->old)
        return OK;
    TRY(essence(k->numbers, k->sets, &now));
    TRY(essence(json_object_get(k->old, "numbers"), json_object_get(k->old, "sets"), &before));
    k->same = json_equal(now, before);
    return OK;
}

/* Keeps the answer, unless it is the newest version already, what the systems took in for it and the holds that are missing; ends the transaction. */
static err keep(struct vault *v, const struct config *c, struct arena *a, bool grown, struct scope_sets *s, struct scope_numbers *n,
                uint64_t *ret_held, uint64_t *ret_index)
{
    CLEANUP(comparing_end) struct comparing k = {0};
    TRY(incident_hold(v, c, ret_held));
    TRY(compare(v, s, n, &k));
    if (k.same) {
        n->version--;
        *ret_index = (uint64_t)json_integer_value(json_object_get(k.old, "log_index"));
        return keep_same(v, c, n->incident, grown || *ret_held);
    }
    uint8_t commitment[16];
    struct hash root, hash;
    uint64_t index;
    TRY(commit_people(v, a, s, commitment, &root));
    TRY(store_entry_count(v->store, ret_index));
    CLEANUP(jsonio_release) json_t *doc = json_pack("{s:O, s:O, s:I, s:o}", "numbers", k.numbers, "sets", k.sets, "log_index", (json_int_t)*ret_index,
                                          "commitment", entry_hex(view_of(commitment, 16)));
    ENSURE(doc, mem_none());
    TRY(vault_doc_put(v, "scope", n->incident, doc, &hash));
    TRY(add_entry(v, n, commitment, &root, &hash, &index));
    CHECK(index == *ret_index);
    seam_crash_point("scope-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("scope-committed");
    return OK;
}

/* --- the whole --- */

static bool asks_what_if(const struct scope_what_if *w)
{
    return w->other_from || w->other_to || w->distrust || w->without;
}

static err move_sets(struct arena *a, struct scope_sets *s, struct scope_answer *ret)
{
    ret->keys = arena_copy(a, s->keys, (s->key_count + 1) * sizeof *s->keys);
    ret->fields = arena_copy(a, s->fields, (s->key_count + 1) * sizeof *s->fields);
    ENSURE(ret->keys && ret->fields, mem_none());
    ret->affected = s->affected;
    memcpy(ret->evidence, s->evidence, sizeof s->evidence);
    ret->key_count = s->key_count;
    *s = (struct scope_sets){0};
    return OK;
}

/* The lease; `*ret_behind`: who asks what if keeps nothing, and does not wait for whoever writes. */
static err take_turn(struct vault *v, bool what_if, bool *ret_behind)
{
    err e = what_if ? vault_lease_now(v) : vault_lease(v);
    *ret_behind = what_if && e.kind == ERR_BUSY;
    if (!*ret_behind)
        return e;
    err_ignore(e, "it reads what was committed");
    return OK;
}

/* Begins a transaction, and answers in it (behind: reads as of now).  `ret_grown`: systems took people in for it. */
static err work_out(struct vault *v, struct config *c, struct arena *a, const struct scope_question *q, struct scope_sets *s, struct scope_answer *ret,
                    bool *ret_grown)
{
    struct incident inc;
    struct scope_gathered g = {0};
    struct scope_aliases aliases;
    uint64_t everybody;
    *ret = (struct scope_answer){.what_if = asks_what_if(&q->what_if) || v->beside[0]};
    TRY(take_turn(v, ret->what_if, &ret->behind));
    TRY(config_again(v, c));
    TRY(incident_load(v, a, q->incident, &inc));
    TRY(people_count(v, &everybody));
    TRY(ret->behind ? vault_warrant_reading(v, 11 * everybody) : vault_warrant_urgent(v, 11 * everybody));
    if (!ret->behind) {
        TRY(vault_begin(v));
        TRY(record_systems_catch_up(v, c, ret_grown));
    }
    TRY(scope_aliases(v, a, &aliases));
    TRY(scope_gather(v, a, &inc, &aliases, &g));
    g.input.what_if = q->what_if;
    TRY(scope_decide(a, &g.input, &ret->decision));
    TRY(scope_unite(v, c, &g, &ret->decision, s));

    struct scope_numbers *n = &ret->numbers;
    n->incident = inc.id;
    n->version = 1;
    n->at = vault_now(v);
    n->affected = peopleset_count(s->affected);
    n->evidence.exact = peopleset_count(s->evidence[SCOPE_EXACT]);
    n->evidence.listed = peopleset_count(s->evidence[SCOPE_LISTED]);
    n->evidence.rebuilt = peopleset_count(s->evidence[SCOPE_REBUILT]);
    TRY(count_people(v, c, s, n));
    TRY(count_fields(c, a, s, n));
    TRY(list_handovers(a, &g, &ret->decision, n));
    TRY(list_nothing_recorded(a, &inc, &g, ret));
    TRY(scope_count_late(v, c, a, &g, &ret->decision, n->affected, &n->late));
    TRY(scope_numbers_check(n));
    ret->handovers = g.handovers;
    ret->handover_count = g.count;
    return OK;
}

err scope_run(struct vault *v, struct config *c, struct arena *a, const struct scope_question *q, struct scope_answer *ret)
{
    CLEANUP(scope_sets_end) struct scope_sets s = {0};
    bool grown = false;
    TRY(work_out(v, c, a, q, &s, ret, &grown));
    if (ret->behind)
        return move_sets(a, &s, ret);
    if (ret->what_if) {
        vault_undo(v);
    } else {
        TRY(keep(v, c, a, grown, &s, &ret->numbers, &ret->held, &ret->log_index));
    }
    ret->published = vault_publish(v);
    return move_sets(a, &s, ret);
}

err scope_stale(struct vault *v, struct config *c, struct arena *a, const char *incident, bool *ret)
{
    CLEANUP(scope_sets_end) struct scope_sets s = {0};
    CLEANUP(comparing_end) struct comparing k = {0};
    struct scope_question q = {.incident = incident};
    struct scope_answer answer;
    bool grown;
    err e = work_out(v, c, a, &q, &s, &answer, &grown);
    if (e.kind == ERR_OK && answer.behind)
        e = err_new(ERR_BUSY, "Another command is at work in this directory.", "Wait until it is done, then run the command again.");
    if (e.kind == ERR_OK)
        e = compare(v, &s, &answer.numbers, &k);
    vault_undo(v);
    *ret = !k.same;
    return e;
}
