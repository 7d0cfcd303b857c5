#include "record_int.h"

#include "seam.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static void drop(json_t **j)
{
    json_decref(*j);
}

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

static void close_file(FILE **f)
{
    if (*f)
        fclose(*f);
}

err record_file_hash(const char *path, struct hash *ret)
{
    CLEANUP(close_file) FILE *f = fopen(path, "rbe");
    if (!f)
        return err_at(err_system("open the file"), path, 0, 0);
    struct digest d;
    digest_begin(&d);
    uint8_t bytes[1 << 16];
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        digest_add(&d, view_of(bytes, n));
    if (ferror(f))
        return err_at(err_system("read the file"), path, 0, 0);
    *ret = digest_end(&d);
    return OK;
}

err record_finish(struct vault *v, const char *kind, const uint8_t key[32], const struct handover *h)
{
    CLEANUP(drop) json_t *result = NULL;
    TRY(handover_to_json(h, &result));
    TRY(vault_job_acted(v, kind, key, result));
    seam_crash_point("handover-before-commit");
    TRY(vault_commit(v));
    seam_crash_point("handover-committed");
    TRY(vault_publish(v));
    seam_crash_point("handover-published");
    return vault_job_done(v, key);
}

/* The same command was cut off after its act: publish, and say what it did. */
static err go_on(struct vault *v, struct arena *a, const uint8_t key[32], struct handover *ret, bool *ret_done)
{
    CLEANUP(drop) json_t *result = NULL;
    TRY(vault_job_result(v, "handover record", key, &result));
    *ret_done = result != NULL;
    if (!result)
        return OK;
    TRY(handover_from_json(a, result, ret));
    TRY(vault_publish(v));
    return vault_job_done(v, key);
}

static err make_key(const struct record_options *o, uint8_t key[32])
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
    for (size_t i = 0; i < o->field_count; i++)
        record_key_text(&k, o->fields[i]);
    if (o->path) {
        struct hash file;
        TRY(record_file_hash(o->path, &file));
        digest_add(&k.d, hash_view(&file));
    }
    record_key_end(&k, key);
    return OK;
}

static int32_t due_day(const struct vault *v, const struct recipient *r, int64_t sent)
{
    int32_t day = DAY_UNKNOWN;
    if (!r->delete_after_days || sent == WHEN_UNKNOWN_LATE)
        return DAY_UNKNOWN;
    err_ignore(when_local_day(&v->zone, sent, &day), "a day that can't be told is unknown");
    return when_add_days(day, (int32_t)r->delete_after_days);
}

err record_run(struct vault *v, struct config *c, struct arena *a, const struct record_options *o, struct handover *ret)
{
    uint8_t key[32];
    bool done;
    struct record_case rc;
    TRY(make_key(o, key));
    TRY(vault_lease(v));
    TRY(go_on(v, a, key, ret, &done));
    if (done)
        return OK;
    TRY(record_case_begin(v, c, a, o->recipient, o->purpose, o->selection, &rc));
    struct handover h = {.recipient = o->recipient, .purpose = o->purpose, .kind = o->kind, .sent = o->sent, .recorded_at = vault_now(v),
                         .approver = o->approver, .source = o->source ? o->source : "", .selection = o->selection ? o->selection : "",
                         .file = "", .marks = ""};
    h.evidence = handover_evidence_of(o->kind, o->sent.earliest, h.recorded_at);
    h.delete_by = due_day(v, &rc.recipient, o->sent.latest);
    if (o->path)
        TRY(record_file(&rc, o, key, &h));
    else
        TRY(record_rule(&rc, o, key, &h));
    *ret = h;
    return OK;
}

/* The marks of a recorded hand-over: what the gate would have refused. */
err record_marks(struct record_case *rc, const struct field *const *fields, size_t count, struct handover *h)
{
    struct gate_request r = {.recipient = &rc->recipient, .purpose = rc->purpose, .fields = fields, .field_count = count,
                             .membership_is_special = rc->c->membership_is_special, .today = DAY_UNKNOWN};
    if (h->sent.latest != WHEN_UNKNOWN_LATE)
        TRY(when_local_day(&rc->v->zone, h->sent.latest, &r.today));
    CLEANUP(buf_free) struct buf words = BUF(256);
    gate_marks(gate_refusals(&r, NULL), &words);
    TRY(buf_ok(&words));
    h->marks = arena_text(rc->a, (const char *)words.p, words.len);
    ENSURE(h->marks, mem_none());
    return OK;
}
