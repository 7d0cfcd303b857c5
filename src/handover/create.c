/* A hand-over made now: gate, file, record, and only then release. */
#include "record_int.h"

#include "csv.h"
#include "seam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char job_kind[] = "handover create";

static void drop(json_t **j)
{
    json_decref(*j);
}

/* --- choosing --- */

struct choosing {
    struct record_case *rc;
    struct handover_draft *d;
    const struct field **fields;
    const uint16_t *numbers;
    const size_t *places, *told;
    size_t count;
    bool needs_consent, even_past_end;
    uint16_t purpose_no, recipient_no;
    uint64_t left_out[GATE_REASONS];
    struct buf *csv;
};

static struct gate_person at_the_gate(const struct choosing *k, const struct person *p)
{
    const struct record_case *rc = k->rc;
    int64_t now = vault_now(rc->v);
    int32_t today = vault_today(rc->v);
    bool processor = recipient_is_processor(rc->recipient.class_);
    struct gate_person g = {
        .covered = purpose_covers_status(rc->purpose, facts_status(&p->facts, now, today)) && !facts_deceased(&p->facts, today),
        .objects = facts_objects(&p->facts, k->purpose_no, k->recipient_no, now),
        /* To a processor a consent for the purpose is enough; a body of its own must be named in it (ICO-CON-2). */
        .consents = facts_consents(&p->facts, k->purpose_no, processor ? 0 : k->recipient_no, now) ||
                    (processor && facts_consents(&p->facts, k->purpose_no, k->recipient_no, now)),
    };
    for (size_t i = 0; i < k->count; i++)
        g.past_end = g.past_end || facts_past_end(&p->facts, rc->c->rules, rc->c->rule_count, k->fields[i]->category, &rc->v->zone, now, today);
    return g;
}

static err choose(void *ctx, const struct person *p, enum truth truth)
{
    struct choosing *k = ctx;
    if (truth != TRUTH_YES)
        return OK; /* here doubt leaves out: nothing is given that nobody asked for */
    struct gate_person g = at_the_gate(k, p);
    enum gate_reason reason = gate_person(&g, k->needs_consent, k->even_past_end);
    if (reason != GATE_IN) {
        k->left_out[reason]++;
        return OK;
    }
    int64_t now = vault_now(k->rc->v);
    peopleset_add(k->d->people, p->ordinal);
    for (size_t i = 0; i < k->count; i++) {
        struct view text = person_text(p, &k->rc->c->numbers, k->numbers[i], now);
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

/* --- the file --- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static err feed(int fd, struct view bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.p, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_system("give the list to age");
        bytes.p += n;
        bytes.len -= (size_t)n;
    }
    return OK;
}

/* age writes to the .part file itself; the list in clear passes through a pipe only. */
static err encrypt(const char *key, const char *part, struct view bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system("start age");
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[0], 0);
        execlp("age", "age", "-r", key, "-o", part, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    CLEANUP(close_fd) int to = ends[1];
    if (child < 0)
        return err_system("start age");
    err fed = feed(to, bytes);
    close_fd(&to);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    ENSURE(!WIFEXITED(status) || WEXITSTATUS(status) != 127,
           err_new(ERR_IO, "The program age is not installed.", "Install it (apt-get install age), or hand over in clear with --plain if you must."));
    ENSURE(WIFEXITED(status) && WEXITSTATUS(status) == 0,
           err_new(ERR_INVALID, "age could not encrypt for this recipient.", "Check the recipient's age key: it begins with age1."));
    return fed;
}

static err write_part(const struct create_options *o, const struct recipient *r, const char *part, struct view csv)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    bool there;
    TRY(seam_exists(part, &there));
    if (there)
        TRY(seam_unlink(part)); /* left by a command that was cut off before its act */
    if (!o->plain) {
        TRY(encrypt(r->age_key, part, csv));
        TRY(seam_open(&f, part, SEAM_FOR_WRITING));
        return seam_sync(&f);
    }
    TRY(seam_open(&f, part, SEAM_NEW));
    TRY(seam_write(&f, 0, csv));
    return seam_sync(&f);
}

static void folder_of(const char *path, char to[LIMIT_PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    snprintf(to, LIMIT_PATH_BYTES, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (slash == path)
        snprintf(to, LIMIT_PATH_BYTES, "/");
}

/* The file appears under its name only now that the record is published. */
static err release(struct vault *v, const uint8_t key[32], const char *out)
{
    char part[LIMIT_PATH_BYTES + 8], dir[LIMIT_PATH_BYTES];
    snprintf(part, sizeof part, "%s.part", out);
    bool there;
    TRY(seam_exists(part, &there));
    if (there)
        TRY(seam_rename(part, out));
    folder_of(out, dir);
    TRY(seam_sync_dir(dir));
    seam_crash_point("create-released");
    return vault_job_done(v, key);
}

/* --- jobs --- */

static json_t *result_json(const struct create_result *r)
{
    json_t *h = NULL;
    if (handover_to_json(&r->handover, &h).kind != ERR_OK)
        return NULL;
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:s}", "handover", h, "objected", (json_int_t)r->objected, "no_consent",
                     (json_int_t)r->no_consent, "past_end", (json_int_t)r->past_end, "status", (json_int_t)r->status, "out", r->out);
}

static err result_from(struct arena *a, const json_t *j, struct create_result *ret)
{
    TRY(handover_from_json(a, json_object_get(j, "handover"), &ret->handover));
    ret->objected = (uint64_t)json_integer_value(json_object_get(j, "objected"));
    ret->no_consent = (uint64_t)json_integer_value(json_object_get(j, "no_consent"));
    ret->past_end = (uint64_t)json_integer_value(json_object_get(j, "past_end"));
    ret->status = (uint64_t)json_integer_value(json_object_get(j, "status"));
    const char *out = json_string_value(json_object_get(j, "out"));
    ENSURE(out, err_new(ERR_CORRUPT, "The result of an interrupted command is damaged.", "Run 'candour fsck'."));
    ENSURE(ret->out = arena_text(a, out, strlen(out)), mem_none());
    return OK;
}

static err act(struct record_case *rc, const struct create_options *o, const uint8_t key[32], struct create_result *ret)
{
    CLEANUP(drop) json_t *result = result_json(ret);
    ENSURE(result, mem_none());
    (void)o;
    TRY(vault_job_acted(rc->v, job_kind, key, result));
    seam_crash_point("create-before-commit");
    TRY(vault_commit(rc->v));
    seam_crash_point("create-committed");
    TRY(vault_publish(rc->v));
    seam_crash_point("create-published");
    return release(rc->v, key, ret->out);
}

/* --- the command --- */

static err absolute_out(struct arena *a, const char *out, const char **ret)
{
    char dir[LIMIT_PATH_BYTES], real[LIMIT_PATH_BYTES], path[2 * LIMIT_PATH_BYTES];
    folder_of(out, dir);
    if (!realpath(dir, real))
        return err_at(err_system("find the folder for the file"), out, 0, 0);
    const char *slash = strrchr(out, '/');
    snprintf(path, sizeof path, "%s/%s", real[1] ? real : "", slash ? slash + 1 : out);
    ENSURE(strlen(path) < LIMIT_PATH_BYTES, err_new(ERR_LIMIT, "The path of the file is too long.", "Choose a shorter one."));
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
        numbers[i] = field_no(&rc->c->numbers, k->fields[i]);
        *ret_categories |= 1u << k->fields[i]->category;
    }
    k->numbers = numbers;
    return OK;
}

static err find_places(struct record_case *rc, const struct create_options *o, struct choosing *k)
{
    const char **keys = arena_array(rc->a, o->field_count + rc->given_count + 1, sizeof *keys);
    size_t *places = arena_array(rc->a, o->field_count + 1, sizeof *places);
    size_t *told = arena_array(rc->a, rc->given_count + 1, sizeof *told);
    ENSURE(keys && places && told, mem_none());
    for (size_t i = 0; i < o->field_count; i++)
        keys[i] = o->fields[i];
    for (size_t i = 0; i < rc->given_count; i++)
        keys[o->field_count + i] = rc->given[i];
    TRY(handover_draft_begin(k->d, rc->a, keys, o->field_count + rc->given_count));
    for (size_t i = 0; i < o->field_count; i++)
        places[i] = handover_draft_key(k->d, o->fields[i]);
    for (size_t i = 0; i < rc->given_count; i++)
        told[i] = handover_draft_key(k->d, rc->given[i]);
    k->places = places;
    k->told = told;
    return OK;
}

static bool tells_special(const struct record_case *rc)
{
    for (size_t i = 0; i < rc->given_count; i++) {
        const struct field *f = catalogue_find(&rc->c->catalogue, view_text(rc->given[i]));
        if (f && (f->category == CATEGORY_MEMBERSHIP || f->category == CATEGORY_SPECIAL))
            return true;
    }
    return false;
}

static err check_gate(struct record_case *rc, const struct create_options *o, struct choosing *k)
{
    struct gate_request g = {.recipient = &rc->recipient, .purpose = rc->purpose, .fields = k->fields, .field_count = k->count,
                             .tells_membership = tells_special(rc), .membership_is_special = rc->c->membership_is_special,
                             .today = vault_today(rc->v)};
    TRY(gate_refuse(&g));
    ENSURE(o->plain || rc->recipient.age_key[0],
           err_newf(ERR_INVALID, "There is no age key of {} to encrypt the file for.",
                    "Ask them for it and enter it with 'candour recipient edit {} --age-key KEY', or hand over in clear with --plain.",
                    err_name(rc->recipient.id), err_name(rc->recipient.id)));
    k->needs_consent = gate_needs_consent(&g);
    k->even_past_end = o->even_past_end != NULL;
    k->purpose_no = config_purpose_no(rc->c, view_text(rc->purpose->key));
    return recipient_number(rc->v, rc->recipient.id, &k->recipient_no);
}

static err make_new(struct record_case *rc, const struct create_options *o, const uint8_t key[32], struct create_result *ret)
{
    struct vault *v = rc->v;
    uint32_t categories;
    CLEANUP(handover_draft_end) struct handover_draft d = {0};
    CLEANUP(buf_free) struct buf csv = BUF_SECRET(LIMIT_GIVEN_BYTES);
    struct choosing k = {.rc = rc, .d = &d, .csv = &csv};
    TRY(find_fields(rc, o, &k, &categories));
    TRY(check_gate(rc, o, &k));
    TRY(find_places(rc, o, &k));
    put_header(&k, &csv);
    uint64_t everybody;
    TRY(people_count(v, &everybody));
    uint32_t needed = categories | (rc->select ? people_select_categories(rc->c, rc->select) : 0);
    TRY(vault_warrant(v, "handover-create", rc->purpose->key, needed, everybody));
    TRY(vault_begin(v));
    TRY(people_select(v, rc->c, rc->select, vault_now(v), categories, choose, &k));
    ret->status = k.left_out[GATE_OUT_STATUS];
    ret->objected = k.left_out[GATE_OUT_OBJECTED];
    ret->no_consent = k.left_out[GATE_OUT_NO_CONSENT];
    ret->past_end = k.left_out[GATE_OUT_PAST_END];
    ENSURE(peopleset_count(d.people) > 0,
           err_newf(ERR_INVALID, "Nobody is left to give: {} by status, {} objected, {} without consent, {} past their end date.",
                    "Check the selection and the purpose; nothing was given and nothing recorded.", err_int((long long)ret->status),
                    err_int((long long)ret->objected), err_int((long long)ret->no_consent), err_int((long long)ret->past_end)));
    TRY(buf_ok(&csv));
    char part[LIMIT_PATH_BYTES + 8];
    snprintf(part, sizeof part, "%s.part", ret->out);
    TRY(write_part(o, &rc->recipient, part, buf_view(&csv)));
    seam_crash_point("create-part");
    int64_t now = vault_now(v);
    const char *slash = strrchr(ret->out, '/');
    struct handover *h = &ret->handover;
    *h = (struct handover){.recipient = o->recipient, .purpose = o->purpose, .kind = HANDOVER_CREATED, .evidence = HANDOVER_EXACT,
                           .sent = {now, now}, .recorded_at = now, .approver = o->approver, .source = "", .selection = o->selection ? o->selection : "",
                           .file = slash + 1, .marks = o->even_past_end ? "even-past-end" : "", .delete_by = DAY_UNKNOWN};
    if (rc->recipient.delete_after_days)
        h->delete_by = when_add_days(vault_today(v), (int32_t)rc->recipient.delete_after_days);
    h->matched = peopleset_count(d.people);
    TRY(record_file_hash(part, &h->file_sha));
    TRY(handover_save(v, h, &d));
    return act(rc, o, key, ret);
}

err create_run(struct vault *v, struct config *c, struct arena *a, const struct create_options *o, struct create_result *ret)
{
    *ret = (struct create_result){0};
    uint8_t key[32];
    struct record_case rc;
    bool there;
    TRY(absolute_out(a, o->out, &ret->out));
    TRY(make_key(o, ret->out, key));
    TRY(vault_lease(v));
    CLEANUP(drop) json_t *left = NULL;
    TRY(vault_job_result(v, job_kind, key, &left));
    if (left) {
        TRY(result_from(a, left, ret));
        TRY(vault_publish(v));
        return release(v, key, ret->out);
    }
    TRY(record_case_begin(v, c, a, o->recipient, o->purpose, o->selection, &rc));
    TRY(seam_exists(ret->out, &there));
    ENSURE(!there, err_at(err_new(ERR_CONFLICT, "There is a file of that name already.", "Choose another name for --out."), o->out, 0, 0));
    return make_new(&rc, o, key, ret);
}

struct resuming {
    struct vault *v;
    struct arena *a;
    size_t count, room;
    uint8_t (*keys)[32];
};

static err note_job(void *ctx, const struct store_job *job, struct view bytes)
{
    struct resuming *r = ctx;
    (void)bytes;
    if (r->count < r->room)
        memcpy(r->keys[r->count++], job->key, 32);
    return OK;
}

err create_resume(struct vault *v, struct arena *a, size_t *ret_count)
{
    uint8_t keys[64][32];
    struct resuming r = {.v = v, .a = a, .room = 64, .keys = keys};
    TRY(vault_lease(v));
    TRY(store_jobs_each(v->store, job_kind, note_job, &r));
    *ret_count = 0;
    for (size_t i = 0; i < r.count; i++) {
        CLEANUP(drop) json_t *left = NULL;
        struct create_result result;
        TRY(vault_job_result(v, job_kind, keys[i], &left));
        TRY(result_from(a, left, &result));
        TRY(vault_publish(v));
        TRY(release(v, keys[i], result.out));
        ++*ret_count;
    }
    return OK;
}
