#include "record_int.h"

#include "jsonio.h"
#include "origin.h"
#include "seam.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

err record_field(const struct config *c, const char *key, const struct field **ret)
{
    *ret = catalogue_find(&c->catalogue, view_text(key));
    if (*ret)
        return OK;
    CLEANUP(mem_release) const char **keys = mem_array(c->catalogue.count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < c->catalogue.count; i++)
        keys[i] = c->catalogue.fields[i].key;
    long near = text_nearest(key, keys, c->catalogue.count);
    if (near >= 0)
        return err_newf(ERR_INVALID, "There is no field \"{}\".", "Did you mean {}? 'candour field list' shows all.", err_name(key), err_name(keys[near]));
    return err_newf(ERR_INVALID, "There is no field \"{}\".", "'candour field list' shows all; 'candour field add' adds one.", err_name(key));
}

static err find_purpose(const struct config *c, const char *key, const struct purpose **ret)
{
    *ret = config_purpose(c, view_text(key));
    if (*ret)
        return OK;
    CLEANUP(mem_release) const char **keys = mem_array(c->purpose_count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < c->purpose_count; i++)
        keys[i] = c->purposes[i].key;
    long near = text_nearest(key, keys, c->purpose_count);
    if (near >= 0)
        return err_newf(ERR_NOT_FOUND, "There is no purpose \"{}\".", "Did you mean {}? 'candour purpose list' shows all.", err_name(key), err_name(keys[near]));
    return err_newf(ERR_NOT_FOUND, "There is no purpose \"{}\".", "'candour purpose list' shows all; 'candour purpose add' adds one.", err_name(key));
}

err record_case_begin(struct vault *v, struct config *c, struct arena *a, const char *recipient, const char *purpose, const char *selection,
                      struct record_case *ret)
{
    *ret = (struct record_case){.v = v, .c = c, .a = a};
    TRY(recipient_load(v, a, recipient, &ret->recipient));
    TRY(find_purpose(c, purpose, &ret->purpose));
    if (!selection)
        return OK;
    TRY(select_parse(a, &c->catalogue, "the selection", selection, &ret->select));
    ret->given_count = select_given_count(ret->select);
    ret->given = arena_array(a, ret->given_count + 1, sizeof *ret->given);
    ENSURE(ret->given, mem_none());
    for (size_t i = 0; i < ret->given_count; i++)
        ret->given[i] = select_given(ret->select, i);
    return OK;
}

void record_key_begin(struct record_key *k, const char *kind)
{
    digest_begin(&k->d);
    record_key_text(k, kind);
}

void record_key_text(struct record_key *k, const char *text)
{
    digest_add_u8(&k->d, text ? 1 : 0);
    record_key_number(k, text ? (int64_t)strlen(text) : 0);
    if (text)
        digest_add(&k->d, view_text(text));
}

void record_key_number(struct record_key *k, int64_t n)
{
    for (int i = 0; i < 8; i++)
        digest_add_u8(&k->d, (uint8_t)((uint64_t)n >> (8 * i)));
}

void record_key_end(struct record_key *k, uint8_t key[32])
{
    struct hash h = digest_end(&k->d);
    memcpy(key, h.b, sizeof h.b);
}

err record_file_hash(const char *path, struct hash *ret)
{
    CLEANUP(origin_close) struct origin file = origin_of(view_of(NULL, 0));
    TRY(origin_open(path, &file));
    struct digest d;
    digest_begin(&d);
    uint8_t bytes[1 << 16];
    size_t len;
    for (uint64_t at = 0;; at += len) {
        TRY(err_at(origin_read(&file, at, bytes, sizeof bytes, &len), path, 0, 0));
        if (len == 0)
            break;
        digest_add(&d, view_of(bytes, len));
    }
    *ret = digest_end(&d);
    return OK;
}

err record_reached(const struct record_reach *reach, struct vault *v, const struct config *c)
{
    return reach->fn ? reach->fn(reach->ctx, v, c) : OK;
}

err record_finish(struct record_case *rc, const char *kind, const uint8_t key[32], const struct handover *h)
{
    struct vault *v = rc->v;
    CLEANUP(jsonio_release) json_t *result = NULL;
    TRY(record_reached(&rc->reach, v, rc->c));
    TRY(handover_to_json(h, &result));
    TRY(vault_job_acted(v, kind, key, result));
    seam_crash_point("handover-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("handover-committed");
    TRY(vault_publish(v));
    seam_crash_point("handover-published");
    return vault_job_done(v, key);
}

enum { TEXT_MAX = 1000 };

err record_text(const char *text, const char *what)
{
    ENSURE(text[0] == 0 || text_plain(text, TEXT_MAX),
           err_newf(ERR_INVALID, "{} is too long, or holds what is no text.", "Use at most {} bytes of UTF-8 on one line.", err_name(what), err_int(TEXT_MAX)));
    return OK;
}

/* The same command was cut off after its act: publish, and say what it did. */
static err go_on(struct vault *v, struct arena *a, const uint8_t key[32], struct record_result *ret, bool *ret_done)
{
    CLEANUP(jsonio_release) json_t *result = NULL;
    TRY(vault_job_result(v, "handover record", key, &result, &ret->again));
    *ret_done = result != NULL;
    if (!result)
        return OK;
    TRY(handover_from_json(a, result, &ret->handover));
    TRY(vault_publish(v));
    return vault_job_done(v, key);
}

static err add_table(struct record_key *k, const struct record_options *o, const struct hash *file)
{
    struct hash map = {{0}};
    if (o->map)
        TRY(record_file_hash(o->map, &map));
    digest_add(&k->d, hash_view(file));
    digest_add(&k->d, hash_view(&map));
    record_key_text(k, o->table.member);
    record_key_number(k, o->table.delimiter);
    record_key_number(k, o->table.encoding);
    record_key_number(k, o->dates);
    return OK;
}

static err make_key(const struct record_options *o, const struct hash *file, uint8_t key[32])
{
    struct record_key k;
    record_key_begin(&k, "handover record");
    record_key_number(&k, o->kind);
    record_key_text(&k, o->recipient);
    record_key_text(&k, o->purpose);
    record_key_text(&k, o->approver);
    record_key_number(&k, o->sent.earliest);
    record_key_number(&k, o->sent.latest);
    record_key_number(&k, o->has_as_of ? o->as_of : INT64_MIN);
    record_key_text(&k, o->source);
    record_key_text(&k, o->selection);
    record_key_number(&k, (int64_t)o->field_count);
    for (size_t i = 0; i < o->field_count; i++)
        record_key_text(&k, o->fields[i]);
    if (o->path)
        TRY(add_table(&k, o, file));
    record_key_end(&k, key);
    return OK;
}

int32_t record_due_day(const struct vault *v, const struct recipient *r, int64_t sent)
{
    int32_t day = DAY_UNKNOWN;
    if (!r->delete_after_days || sent == WHEN_UNKNOWN_LATE)
        return DAY_UNKNOWN;
    err_ignore(when_local_day(&v->zone, sent, &day), "a day that can't be told is unknown");
    return when_add_days(day, (int32_t)r->delete_after_days);
}

static err check_options(const struct vault *v, const struct record_options *o)
{
    ENSURE(o->approver && o->approver[0], err_new(ERR_INVALID, "A hand-over needs somebody who approved it.", "Give --approved-by: an office or a name."));
    TRY(record_text(o->approver, "The approver"));
    struct view selection = view_text(o->selection ? o->selection : "");
    ENSURE(text_utf8_bad_at(selection) == selection.len, err_new(ERR_INVALID, "The selection is not UTF-8.", "Type it in a UTF-8 terminal."));
    ENSURE(o->sent.earliest <= o->sent.latest, err_new(ERR_INVALID, "Its time ends before it begins.", "Check the dates."));
    ENSURE(o->kind == HANDOVER_SYSTEM || o->sent.earliest == WHEN_UNKNOWN_EARLY || o->sent.earliest <= vault_now(v),
           err_new(ERR_INVALID, "It can't have been sent in the future.", "Check --date; what is to be given is made with 'candour handover create'."));
    return OK;
}

err record_run(struct vault *v, struct config *c, struct arena *a, const struct record_options *o, struct record_result *ret)
{
    uint8_t words[32], key[32];
    bool done;
    struct hash file = {{0}};
    struct record_case rc;
    *ret = (struct record_result){0};
    TRY(check_options(v, o));
    if (o->path)
        TRY(record_file_hash(o->path, &file));
    TRY(make_key(o, &file, words));
    TRY(vault_job_key(v, words, key));
    TRY(vault_lease(v));
    TRY(config_again(v, c));
    TRY(go_on(v, a, key, ret, &done));
    if (done)
        return OK;
    TRY(record_case_begin(v, c, a, o->recipient, o->purpose, o->selection, &rc));
    rc.reach = o->reach;
    struct handover *h = &ret->handover;
    *h = (struct handover){.recipient = o->recipient, .purpose = o->purpose, .kind = o->kind, .sent = o->sent, .recorded_at = vault_now(v),
                           .approver = o->approver, .source = "", .selection = o->selection ? o->selection : "", .file = "", .marks = ""};
    h->delete_by = record_due_day(v, &rc.recipient, o->sent.latest);
    err e = o->path ? record_file(&rc, o, key, &file, ret) : record_rule(&rc, o, key, h);
    if (e.kind != ERR_OK)
        vault_undo(v);
    return e;
}

/* The marks of a recorded hand-over: what the gate would have refused. */
err record_marks(struct record_case *rc, const struct field *const *fields, size_t count, struct handover *h)
{
    struct gate_request r = {.recipient = &rc->recipient, .purpose = rc->purpose, .fields = fields, .field_count = count,
                             .membership_is_special = rc->c->membership_is_special, .today = DAY_UNKNOWN};
    /* At the latest time that it can have been sent; a system that is open, today. */
    int64_t at = h->sent.latest != WHEN_UNKNOWN_LATE || h->kind != HANDOVER_SYSTEM ? h->sent.latest : vault_now(rc->v);
    if (at != WHEN_UNKNOWN_LATE)
        TRY(when_local_day(&rc->v->zone, at, &r.today));
    CLEANUP(buf_free) struct buf words = BUF(256);
    gate_marks(gate_refusals(&r, NULL), &words);
    TRY(buf_ok(&words));
    h->marks = arena_text(rc->a, (const char *)words.p, words.len);
    ENSURE(h->marks, mem_none());
    return OK;
}

err record_places(const struct record_case *rc, struct handover_draft *d, const char *const *fields, size_t count, const size_t **ret_places,
                  const size_t **ret_told)
{
    const char **keys = arena_array(rc->a, count + rc->given_count + 1, sizeof *keys);
    size_t *places = arena_array(rc->a, count + 1, sizeof *places);
    size_t *told = arena_array(rc->a, rc->given_count + 1, sizeof *told);
    ENSURE(keys && places && told, mem_none());
    for (size_t i = 0; i < count; i++)
        keys[i] = fields[i];
    for (size_t i = 0; i < rc->given_count; i++)
        keys[count + i] = rc->given[i];
    TRY(handover_draft_begin(d, rc->a, keys, count + rc->given_count));
    for (size_t i = 0; i < count; i++)
        places[i] = handover_draft_key(d, fields[i]);
    for (size_t i = 0; i < rc->given_count; i++)
        told[i] = handover_draft_key(d, rc->given[i]);
    *ret_places = places;
    *ret_told = told;
    return OK;
}
