/* A hand-over made now: gate, file, record, and only then release. */
#include "create_int.h"
#include "record_int.h"

#include "csv.h"
#include "jsonio.h"
#include "seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char job_kind[] = "handover create";

/* --- choosing --- */

struct choosing {
    struct record_case *rc;
    struct handover_draft *d;
    const struct field **fields;
    const uint16_t *numbers;
    const size_t *places, *told;
    size_t count;
    bool needs_consent, even_past_end, processor;
    unsigned marks; /* of the gate: what does not refuse the whole, but is said */
    uint16_t purpose_no, recipient_no;
    int64_t now;
    int32_t today;
    uint64_t left_out[GATE_REASONS], unsure;
    struct buf *csv;
};

static struct gate_person at_the_gate(const struct choosing *k, const struct person *p)
{
    const struct config *c = k->rc->c;
    struct gate_person g = {
        .covered = purpose_covers_status(k->rc->purpose, facts_status(&p->facts, k->now, k->today)) && !facts_deceased(&p->facts, k->today),
        .objects = facts_objects(&p->facts, k->purpose_no, k->recipient_no, k->now),
        .consents = gate_consents(&p->facts, k->purpose_no, k->recipient_no, k->processor, k->now),
    };
    uint32_t seen = 0;
    for (size_t i = 0; i < k->count && g.covered; i++) {
        enum category category = k->fields[i]->category;
        if (!(seen >> category & 1))
            g.past_end = g.past_end || facts_past_end(&p->facts, c->rules, c->rule_count, category, &c->zone, k->now, k->today);
        seen |= 1u << category;
    }
    return g;
}

static err choose(void *ctx, const struct person *p, enum truth truth)
{
    struct choosing *k = ctx;
    if (truth != TRUTH_YES) { /* here doubt leaves out: nothing is given that nobody asked for */
        k->unsure++;
        return OK;
    }
    struct gate_person g = at_the_gate(k, p);
    enum gate_reason reason = gate_person(&g, k->needs_consent, k->even_past_end);
    if (reason != GATE_IN) {
        k->left_out[reason]++;
        return OK;
    }
    peopleset_add(k->d->people, p->ordinal);
    for (size_t i = 0; i < k->count; i++) {
        struct view text = person_text(p, &k->rc->c->numbers, k->numbers[i], k->now);
        if (text.len)
            peopleset_add(k->d->have[k->places[i]], p->ordinal);
        buf_str(k->csv, i ? "," : "");
        csv_write_cell(k->csv, text);
    }
    for (size_t i = 0; i < k->rc->given_count; i++)
        peopleset_add(k->d->have[k->told[i]], p->ordinal);
    buf_str(k->csv, "\r\n");
    return buf_ok(k->csv);
}

static void put_header(const struct choosing *k, struct buf *csv)
{
    for (size_t i = 0; i < k->count; i++) {
        buf_str(csv, i ? "," : "");
        csv_write_cell(csv, view_text(k->fields[i]->key));
    }
    buf_str(csv, "\r\n");
}

/* --- jobs --- */

/* The file appears under its name only now that the record is published. */
static err release(struct vault *v, const uint8_t key[32], const struct create_result *r)
{
    bool lost = false;
    TRY(create_release(r->out, &r->handover.file_sha, &lost));
    seam_crash_point("create-released");
    TRY(vault_job_done(v, key));
    ENSURE(!lost, err_at(err_newf(ERR_NOT_FOUND, "The file prepared for hand-over {} is gone; it stays recorded as given.",
                                  "If they need it, make it again with another --out.", err_name(r->handover.id)), r->out, 0, 0));
    return OK;
}

static json_t *result_json(const struct create_result *r)
{
    json_t *h = NULL;
    if (handover_to_json(&r->handover, &h).kind != ERR_OK)
        return NULL;
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:s}", "handover", h, "objected", (json_int_t)r->objected, "no_consent",
                     (json_int_t)r->no_consent, "past_end", (json_int_t)r->past_end, "status", (json_int_t)r->status, "unsure", (json_int_t)r->unsure, "out", r->out);
}

static err result_from(struct arena *a, const json_t *j, struct create_result *ret)
{
    TRY(handover_from_json(a, json_object_get(j, "handover"), &ret->handover));
    ret->objected = (uint64_t)json_integer_value(json_object_get(j, "objected"));
    ret->no_consent = (uint64_t)json_integer_value(json_object_get(j, "no_consent"));
    ret->past_end = (uint64_t)json_integer_value(json_object_get(j, "past_end"));
    ret->status = (uint64_t)json_integer_value(json_object_get(j, "status"));
    ret->unsure = (uint64_t)json_integer_value(json_object_get(j, "unsure"));
    const char *out = json_string_value(json_object_get(j, "out"));
    ENSURE(out, err_new(ERR_CORRUPT, "The result of an interrupted command is damaged.", "Run 'candour fsck'."));
    ENSURE(ret->out = arena_text(a, out, strlen(out)), mem_none());
    return OK;
}

/* Where it can't be entered, nothing of the file stays. */
static err enter(struct record_case *rc, const uint8_t key[32], struct create_result *ret)
{
    CLEANUP(jsonio_release) json_t *result = result_json(ret);
    ENSURE(result, mem_none());
    TRY(record_reached(&rc->reach, rc->v, rc->c));
    TRY(vault_job_acted(rc->v, job_kind, key, result));
    seam_crash_point("create-before-commit");
    return vault_commit(rc->v);
}

/* What was entered is published, and the file gets its name. */
static err act(struct record_case *rc, const uint8_t key[32], struct create_result *ret)
{
    seam_crash_point("create-committed");
    TRY(vault_publish(rc->v));
    seam_crash_point("create-published");
    return release(rc->v, key, ret);
}

/* --- the command --- */

static err absolute_out(struct arena *a, const char *out, const char **ret)
{
    char path[LIMIT_PATH_BYTES];
    TRY(seam_absolute(out, path));
    *ret = arena_text(a, path, strlen(path));
    return *ret ? OK : mem_none();
}

static err make_key(const struct create_options *o, const char *out, uint8_t key[32])
{
    struct record_key k;
    record_key_begin(&k, job_kind);
    record_key_text(&k, o->recipient);
    record_key_text(&k, o->purpose);
    record_key_text(&k, o->approver);
    record_key_text(&k, o->selection);
    record_key_text(&k, out);
    record_key_text(&k, o->even_past_end);
    record_key_number(&k, o->plain);
    record_key_number(&k, (int64_t)o->field_count);
    for (size_t i = 0; i < o->field_count; i++)
        record_key_text(&k, o->fields[i]);
    record_key_end(&k, key);
    return OK;
}

static err find_fields(struct record_case *rc, const struct create_options *o, struct choosing *k, uint32_t *ret_categories)
{
    uint16_t *numbers = arena_array(rc->a, o->field_count + 1, sizeof *numbers);
    k->fields = arena_array(rc->a, o->field_count + 1, sizeof *k->fields);
    ENSURE(numbers && k->fields, mem_none());
    k->count = o->field_count;
    *ret_categories = 0;
    for (size_t i = 0; i < o->field_count; i++) {
        TRY(record_field(rc->c, o->fields[i], &k->fields[i]));
        for (size_t n = 0; n < i; n++)
            ENSURE(k->fields[n] != k->fields[i], err_newf(ERR_INVALID, "The field \"{}\" is named twice.", "Name it once in --fields.", err_name(o->fields[i])));
        numbers[i] = field_no(&rc->c->numbers, k->fields[i]);
        *ret_categories |= 1u << k->fields[i]->category;
    }
    k->numbers = numbers;
    return OK;
}

static err find_places(struct record_case *rc, const struct create_options *o, struct choosing *k)
{
    return record_places(rc, k->d, o->fields, o->field_count, &k->places, &k->told);
}

/* What the choice tells, as fields. */
static err told_fields(const struct record_case *rc, const struct field ***ret)
{
    *ret = arena_array(rc->a, rc->given_count + 1, sizeof **ret);
    ENSURE(*ret, mem_none());
    for (size_t i = 0; i < rc->given_count; i++)
        TRY(record_field(rc->c, rc->given[i], &(*ret)[i]));
    return OK;
}

static err check_gate(struct record_case *rc, const struct create_options *o, struct choosing *k)
{
    const struct field **told;
    TRY(told_fields(rc, &told));
    k->now = vault_now(rc->v);
    k->today = vault_today(rc->v);
    struct gate_request g = {.recipient = &rc->recipient, .purpose = rc->purpose, .fields = k->fields, .field_count = k->count, .told = told,
                             .told_count = rc->given_count, .membership_is_special = rc->c->membership_is_special, .today = k->today};
    TRY(gate_refuse(&g));
    ENSURE(o->plain || rc->recipient.age_key[0],
           err_newf(ERR_INVALID, "There is no age key of {} to encrypt the file for.",
                    "Ask them for it and enter it with 'candour recipient edit {} --age-key KEY', or hand over in clear with --plain.",
                    err_name(rc->recipient.id), err_name(rc->recipient.id)));
    k->marks = gate_refusals(&g, NULL);
    k->needs_consent = gate_needs_consent(&g);
    k->processor = recipient_is_processor(rc->recipient.class_);
    k->even_past_end = o->even_past_end != NULL;
    k->purpose_no = config_purpose_no(rc->c, view_text(rc->purpose->key));
    return recipient_number(rc->v, rc->recipient.id, &k->recipient_no);
}

/* Everybody through the gate, into the draft and the list. */
static err choose_people(struct choosing *k, uint32_t categories, struct create_result *ret)
{
    struct vault *v = k->rc->v;
    uint64_t everybody;
    TRY(people_count(v, &everybody));
    TRY(vault_warrant_plain(v, (2 + RECORD_REACH_PASSES) * everybody)); /* who has several records is opened twice */
    TRY(vault_begin(v));
    TRY(people_select_whole(v, k->rc->c, k->rc->select, k->now, categories, choose, k));
    ret->status = k->left_out[GATE_OUT_STATUS];
    ret->objected = k->left_out[GATE_OUT_OBJECTED];
    ret->no_consent = k->left_out[GATE_OUT_NO_CONSENT];
    ret->past_end = k->left_out[GATE_OUT_PAST_END];
    ret->unsure = k->unsure;
    ENSURE(peopleset_count(k->d->people) > 0,
           err_newf(ERR_INVALID, "Nobody is left to give: {} by status, {} objected, {} without consent, {} past their end date.",
                    "Check the selection and the purpose; nothing was given and nothing recorded.", err_int((long long)ret->status),
                    err_int((long long)ret->objected), err_int((long long)ret->no_consent), err_int((long long)ret->past_end)));
    return OK;
}

static err describe(const struct choosing *k, const struct create_options *o, struct create_result *ret)
{
    const struct recipient *r = &k->rc->recipient;
    CLEANUP(buf_free) struct buf marks = BUF(256);
    gate_marks(k->marks, &marks);
    if (o->even_past_end)
        buf_str(&marks, marks.len ? ",even-past-end" : "even-past-end");
    TRY(buf_ok(&marks));
    ret->handover = (struct handover){
        .recipient = o->recipient, .purpose = o->purpose, .kind = HANDOVER_CREATED, .sent = {k->now, k->now},
        .recorded_at = k->now, .approver = o->approver, .source = "", .selection = o->selection ? o->selection : "",
        .file = seam_place(ret->out).name, .marks = arena_text(k->rc->a, (const char *)marks.p, marks.len), .delete_by = DAY_UNKNOWN};
    if (r->delete_after_days)
        ret->handover.delete_by = when_add_days(k->today, (int32_t)r->delete_after_days);
    ret->handover.matched = peopleset_count(k->d->people);
    return ret->handover.marks ? OK : mem_none();
}

static err make_new(struct record_case *rc, const struct create_options *o, const uint8_t key[32], struct create_result *ret)
{
    uint32_t categories;
    CLEANUP(handover_draft_end) struct handover_draft d = {0};
    CLEANUP(buf_free) struct buf csv = BUF_SECRET(LIMIT_GIVEN_BYTES);
    struct choosing k = {.rc = rc, .d = &d, .csv = &csv};
    TRY(find_fields(rc, o, &k, &categories));
    TRY(check_gate(rc, o, &k));
    TRY(find_places(rc, o, &k));
    put_header(&k, &csv);
    TRY(choose_people(&k, categories, ret));
    TRY(buf_ok(&csv));
    TRY(describe(&k, o, ret));
    TRY(create_part(ret->out, o->plain ? NULL : rc->recipient.age_key, buf_view(&csv), &ret->handover.file_sha));
    seam_crash_point("create-part");
    err e = handover_save(rc->v, &ret->handover, &d);
    if (e.kind == ERR_OK)
        e = enter(rc, key, ret);
    if (e.kind == ERR_OK)
        return act(rc, key, ret);
    create_drop_part(ret->out);
    return e;
}

/* The data directory holds nothing in clear. */
static err refuse_inside(const struct vault *v, const char *out)
{
    size_t len = strlen(v->dir);
    ENSURE(strncmp(out, v->dir, len) != 0 || out[len] != '/',
           err_at(err_new(ERR_USAGE, "The file may not lie in the data directory: everything there is sealed, and copied into backups.",
                          "Choose another folder for --out."), out, 0, 0));
    return OK;
}

static err check_options(const struct create_options *o, const char *out)
{
    ENSURE(o->approver && o->approver[0], err_new(ERR_INVALID, "A hand-over needs somebody who approved it.", "Give --approved-by: an office or a name."));
    ENSURE(!o->even_past_end || o->even_past_end[0], err_new(ERR_INVALID, "There must be a reason to give data that should be gone.", "Give it with --even-past-end REASON."));
    TRY(record_text(o->approver, "The approver"));
    TRY(record_text(o->even_past_end ? o->even_past_end : "", "The reason"));
    TRY(record_text(o->selection ? o->selection : "", "The selection"));
    return record_text(out, "The path of the file");
}

struct pending {
    size_t count, room;
    uint8_t (*keys)[32];
};
enum { PENDING_MAX = 256 };

static err note_job(void *ctx, const struct store_job *job, struct view bytes)
{
    struct pending *p = ctx;
    (void)bytes;
    if (p->count < p->room)
        memcpy(p->keys[p->count++], job->key, 32);
    return OK;
}

/* One that came to its end has `again` set. */
static err load_job(struct vault *v, struct arena *a, const uint8_t key[32], struct create_result *ret, bool *ret_there)
{
    CLEANUP(jsonio_release) json_t *left = NULL;
    TRY(vault_job_result(v, job_kind, key, &left, &ret->again));
    *ret_there = left != NULL;
    return left ? result_from(a, left, ret) : OK;
}

/* Whether the file that the ended job made still lies there: one that was sent off and is wanted anew is another hand-over. */
static err is_still_there(const struct create_result *r, bool *ret)
{
    struct hash now;
    TRY(seam_exists(r->out, ret));
    if (!*ret)
        return OK;
    TRY(record_file_hash(r->out, &now));
    *ret = hash_equal(&now, &r->handover.file_sha);
    return OK;
}

/* Another command's file that waits to be released under this name must not be written over. */
static err name_is_free(struct vault *v, struct arena *a, const char *out)
{
    uint8_t keys[PENDING_MAX][32];
    struct pending p = {.room = PENDING_MAX, .keys = keys};
    bool there;
    TRY(store_jobs_each(v->store, job_kind, note_job, &p));
    for (size_t i = 0; i < p.count; i++) {
        struct create_result other;
        TRY(load_job(v, a, keys[i], &other, &there));
        ENSURE(!there || other.again || strcmp(other.out, out) != 0,
               err_at(err_newf(ERR_CONFLICT, "Hand-over {} was prepared under this name and cut off.",
                               "Release it first with 'candour handover resume', or choose another name for --out.", err_name(other.handover.id)),
                      out, 0, 0));
    }
    TRY(seam_exists(out, &there));
    ENSURE(!there, err_at(err_new(ERR_CONFLICT, "There is a file of that name already.", "Choose another name for --out."), out, 0, 0));
    return OK;
}

err create_run(struct vault *v, struct config *c, struct arena *a, const struct create_options *o, struct create_result *ret)
{
    *ret = (struct create_result){0};
    uint8_t words[32], key[32];
    struct record_case rc;
    bool there;
    TRY(absolute_out(a, o->out, &ret->out));
    TRY(check_options(o, ret->out));
    TRY(refuse_inside(v, ret->out));
    TRY(make_key(o, ret->out, words));
    TRY(vault_job_key(v, words, key));
    TRY(vault_lease(v));
    TRY(config_again(v, c));
    TRY(load_job(v, a, key, ret, &there));
    if (there && ret->again)
        TRY(is_still_there(ret, &there));
    if (there) {
        TRY(vault_publish(v));
        return ret->again ? OK : release(v, key, ret);
    }
    ret->again = false;
    TRY(record_case_begin(v, c, a, o->recipient, o->purpose, o->selection, &rc));
    rc.reach = o->reach;
    TRY(name_is_free(v, a, ret->out));
    err e = make_new(&rc, o, key, ret);
    if (e.kind != ERR_OK)
        vault_undo(v);
    return e;
}

err create_resume(struct vault *v, struct arena *a, size_t *ret_count)
{
    uint8_t keys[PENDING_MAX][32];
    struct pending p = {.room = PENDING_MAX, .keys = keys};
    *ret_count = 0;
    TRY(vault_lease(v));
    TRY(store_jobs_each(v->store, job_kind, note_job, &p));
    if (p.count)
        TRY(vault_publish(v));
    for (size_t i = 0; i < p.count; i++) {
        struct create_result result;
        bool there;
        TRY(load_job(v, a, keys[i], &result, &there));
        if (!there || result.again)
            continue;
        TRY(release(v, keys[i], &result));
        ++*ret_count;
    }
    return OK;
}
