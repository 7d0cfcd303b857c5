#include "fsck_int.h"

#include "signer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- telling --- */

__attribute__((format(printf, 4, 0))) static void tell(char (*list)[FSCK_WORDS], size_t room, uint64_t *count, const char *format, va_list args)
{
    if (*count < room)
        vsnprintf(list[*count], FSCK_WORDS, format, args);
    ++*count;
}

void fsck_fault(struct fsck *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(f->r->fault, FSCK_FAULTS, &f->r->faults, format, args);
    va_end(args);
}

void fsck_note(struct fsck *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(f->r->note, FSCK_NOTES, &f->r->notes, format, args);
    va_end(args);
}

void fsck_progress(struct fsck *f, const char *what, uint64_t done, uint64_t of)
{
    if (f->o->progress)
        f->o->progress(f->o->progress_ctx, what, done, of);
}

err fsck_told(struct fsck *f, err e, const char *format, ...)
{
    ENSURE(!mem_ran_short(), mem_none());
    static const bool is_no_fault[ERR_KIND_COUNT] = {[ERR_OK] = true, [ERR_NOMEM] = true, [ERR_INTERNAL] = true, [ERR_BUSY] = true, [ERR_IO] = true};
    if (is_no_fault[e.kind])
        return e;
    char place[FSCK_WORDS];
    va_list args;
    va_start(args, format);
    vsnprintf(place, sizeof place, format, args);
    va_end(args);
    fsck_fault(f, "%s: %s", place, err_text()->what);
    err_ignore(e, "it is told as a fault");
    return OK;
}

/* --- groups of keys --- */

static int by_group(const void *a, const void *b)
{
    const struct fsck_key_group *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->no > y->no) - (x->no < y->no);
}

bool fsck_has_keys(const struct fsck *f, enum keeper_kind kind, uint64_t cell)
{
    struct fsck_key_group key = {.kind = kind, .no = (uint32_t)(cell / CELL_KEYS_PER_BLOB)};
    const struct fsck_key_group *found = f->group_count ? bsearch(&key, f->groups, f->group_count, sizeof key, by_group) : NULL;
    return cell <= UINT32_MAX && found && found->good;
}

static const enum store_keys store_kinds[] = {
    [KEEPER_PEOPLE] = STORE_KEYS_PEOPLE, [KEEPER_INDEX] = STORE_KEYS_INDEX, [KEEPER_DOCUMENTS] = STORE_KEYS_DOCS};

err fsck_keys(struct fsck *f, enum keeper_kind kind, uint64_t cell, struct view *ret)
{
    uint32_t no = (uint32_t)(cell / CELL_KEYS_PER_BLOB);
    if (f->keys.len == 0 || f->keys_kind != kind || f->keys_no != no) {
        buf_clear(&f->keys);
        TRY(store_keys_get(f->v->store, store_kinds[kind], no, &f->keys));
        f->keys_kind = kind;
        f->keys_no = no;
    }
    *ret = buf_view(&f->keys);
    return OK;
}

struct group_walk {
    struct fsck *f;
    enum keeper_kind kind;
    size_t room;
};

/* Work on an empty cell needs the group's keys, and what comes of it is dropped. */
static err try_group(struct fsck *f, enum keeper_kind kind, uint32_t no, struct view blob)
{
    struct keeper_cell cell = {.no = no * CELL_KEYS_PER_BLOB, .keys = blob};
    struct keeper_document doc = {.no = cell.no, .keys = blob, .kind = "fsck", .id = "fsck", .version = 1, .bytes = view_text("x")};
    struct view dropped;
    uint32_t count;
    if (kind == KEEPER_PEOPLE)
        return keeper_write_people(f->v->keeper, &cell, NULL, 0, &dropped, NULL);
    if (kind == KEEPER_INDEX)
        return keeper_write_index(f->v->keeper, &cell, 0, 0, NULL, 0, &dropped, &count, &dropped);
    return keeper_seal_document(f->v->keeper, &doc, &dropped);
}

static const char *const kind_names[] = {[KEEPER_PEOPLE] = "people", [KEEPER_INDEX] = "the index", [KEEPER_DOCUMENTS] = "documents"};

static err on_group(void *ctx, uint64_t no, struct view blob)
{
    struct group_walk *w = ctx;
    struct fsck *f = w->f;
    if (f->group_count == w->room) {
        w->room = w->room ? 2 * w->room : 64;
        struct fsck_key_group *more = mem_resize(f->groups, w->room * sizeof *more);
        ENSURE(more, mem_none());
        f->groups = more;
    }
    f->r->key_groups++;
    err e = try_group(f, w->kind, (uint32_t)no, blob);
    f->groups[f->group_count++] = (struct fsck_key_group){w->kind, (uint32_t)no, e.kind == ERR_OK};
    return fsck_told(f, e, "The group %llu of keys of %s does not open", (unsigned long long)no, kind_names[w->kind]);
}

err fsck_keys_section(struct fsck *f)
{
    struct group_walk w = {.f = f};
    for (w.kind = KEEPER_PEOPLE; w.kind <= KEEPER_DOCUMENTS; w.kind++)
        TRY(store_keys_each(f->v->store, store_kinds[w.kind], 0, UINT32_MAX, on_group, &w));
    return OK;
}

/* --- jobs --- */

struct job_list {
    struct fsck *f;
    struct fsck_job {
        struct store_job job;
        uint64_t no;
    } *list;
    size_t count, room;
};

static void job_list_end(struct job_list *l)
{
    mem_free(l->list);
}

static err on_job(void *ctx, const struct store_job *job, struct view bytes)
{
    struct job_list *l = ctx;
    struct rd r = rd_of(bytes);
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 16;
        struct fsck_job *more = mem_resize(l->list, l->room * sizeof *more);
        ENSURE(more, mem_none());
        l->list = more;
    }
    l->list[l->count++] = (struct fsck_job){*job, rd_u64(&r)};
    return OK;
}

/* The result of a job that acted names what it made. */
static void check_result(struct fsck *f, const char *kind, const json_t *result)
{
    const json_t *made = json_object_get(result, "handover");
    const char *id = json_is_object(made) ? json_string_value(json_object_get(made, "id")) : json_string_value(made);
    if (id && !vault_doc_is(f->v, "handover", id))
        fsck_fault(f, "An interrupted command (%s) says that it made hand-over %s, which is not there.", kind, id);
}

static err check_job(struct fsck *f, const struct fsck_job *j)
{
    const char *kind = j->job.kind;
    if (strcmp(kind, "restore") == 0) {
        f->r->jobs++;
        fsck_note(f, "A restore came to its end but for tidying up: run the same 'candour restore' again.");
        return OK;
    }
    f->max_doc_no = j->no > f->max_doc_no ? j->no : f->max_doc_no;
    if (!fsck_has_keys(f, KEEPER_DOCUMENTS, j->no)) {
        fsck_fault(f, "The keys of an interrupted command (%s) are missing or damaged.", kind);
        return OK;
    }
    bool done;
    json_t *result = NULL;
    err e = vault_job_result(f->v, kind, j->job.key, &result, &done);
    done = vault_job_ended(&j->job); /* for how long it answers the same words is another matter */
    f->r->jobs += !done;
    if (e.kind == ERR_OK && result)
        check_result(f, kind, result);
    json_decref(result);
    if (e.kind == ERR_OK && !done)
        fsck_note(f, "A command (%s) was cut off after its act was committed: run the same command again, it goes on.", kind);
    return fsck_told(f, e, "What an interrupted command (%s) left does not open", kind);
}

err fsck_jobs_section(struct fsck *f)
{
    CLEANUP(job_list_end) struct job_list l = {.f = f};
    TRY(store_jobs_each(f->v->store, NULL, on_job, &l));
    for (size_t i = 0; i < l.count; i++)
        TRY(check_job(f, &l.list[i]));
    return OK;
}

/* --- counters --- */

static err counter_of_ids(struct fsck *f, const char *counter, uint32_t *ret)
{
    char key[64];
    CLEANUP(buf_free) struct buf b = BUF(32);
    snprintf(key, sizeof key, "next.%s", counter);
    *ret = 1;
    err e = store_meta_get(f->v->store, key, &b);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "none was given out");
        return OK;
    }
    TRY(e);
    struct rd r = rd_of(buf_view(&b));
    *ret = rd_u32(&r);
    return rd_done(&r) ? OK : err_newf(ERR_CORRUPT, "The counter {} is damaged.", "Restore a backup.", err_name(counter));
}

/* Hand-overs, certificates and breaches carry the number in their id ("H12"), the others in the document. */
static err greatest_no(struct fsck *f, const char *kind, bool in_id, uint64_t *ret, uint64_t *ret_count)
{
    *ret = *ret_count = 0;
    for (size_t i = 0; i < f->doc_count; i++) {
        const struct fsck_doc *d = &f->docs[i];
        json_t *doc = NULL;
        *ret_count += strcmp(d->kind, kind) == 0 && d->version == 1;
        if (strcmp(d->kind, kind) != 0 || !d->opened)
            continue;
        uint64_t no = in_id ? strtoull(d->id + 1, NULL, 10) : 0;
        if (!in_id) {
            TRY(vault_doc_get_version(f->v, d->kind, d->id, d->version, &doc));
            no = (uint64_t)json_integer_value(json_object_get(doc, "no"));
            json_decref(doc);
        }
        *ret = no > *ret ? no : *ret;
    }
    return OK;
}

static err check_ids(struct fsck *f)
{
    static const struct {
        const char *kind;
        bool in_id;
    } counted[] = {{"handover", true}, {"certificate", true}, {"field", false}, {"purpose", false}, {"source", false}, {"recipient", false}, {"incident", true}};
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        uint32_t next;
        uint64_t greatest, count;
        TRY(fsck_told(f, greatest_no(f, counted[i].kind, counted[i].in_id, &greatest, &count), "The numbers of documents of kind %s", counted[i].kind));
        err e = counter_of_ids(f, counted[i].kind, &next);
        if (e.kind == ERR_OK && next <= greatest)
            fsck_fault(f, "The counter of documents of kind %s stands at %u, and number %llu is given out already.", counted[i].kind, next,
                       (unsigned long long)greatest);
        else if (e.kind == ERR_OK && count != next - 1)
            fsck_fault(f, "%u numbers were given to documents of kind %s, and %llu are there.", next - 1, counted[i].kind,
                       (unsigned long long)count);
        TRY(fsck_told(f, e, "The counter of documents of kind %s", counted[i].kind));
    }
    return OK;
}

err fsck_counters_section(struct fsck *f)
{
    uint64_t ordinals, docs;
    struct store *s = f->v->store;
    TRY(store_counter_peek(s, STORE_ORDINALS, &ordinals));
    TRY(store_counter_peek(s, STORE_DOCS, &docs));
    if (f->has_people && (f->people_end > ordinals || ordinals - f->people_end >= STORE_BLOCK))
        fsck_fault(f, "The next person is to be number %u, but blocks are given out up to %llu: one of the two counters was put back.",
                   f->people_end, (unsigned long long)ordinals);
    if (ordinals % STORE_BLOCK)
        fsck_fault(f, "The counter of people's numbers stands at %llu, which is not the end of a block.", (unsigned long long)ordinals);
    if (docs <= f->max_doc_no)
        fsck_fault(f, "The counter of documents stands at %llu, and number %llu is given out already.", (unsigned long long)docs,
                   (unsigned long long)f->max_doc_no);
    return check_ids(f);
}

/* --- all of it --- */

static void fsck_end(struct fsck *f)
{
    arena_free(f->arena);
    mem_free(f->groups);
    mem_free(f->docs);
    mem_free(f->state);
    mem_free(f->rows);
    mem_free(f->bad_cells);
    fsck_entries_free(&f->entries);
    buf_free(&f->keys);
    store_read_end(&f->snapshot);
}

static err load_settings(struct fsck *f)
{
    for (size_t i = 0; i < f->doc_count; i++)
        if (!f->docs[i].opened)
            return OK; /* told already; without all settings values can't be understood */
    err e = config_load(f->v, f->arena, &f->config);
    f->has_config = e.kind == ERR_OK;
    return fsck_told(f, e, "The settings");
}

static err start(struct fsck *f)
{
    f->keys = BUF(CELL_KEYS_PER_BLOB * KEY_BYTES + 256);
    f->arena = arena_new();
    ENSURE(f->arena, mem_none());
    if (!f->o->write_nothing)
        TRY(vault_lease(f->v));
    return f->log_only ? OK : fsck_told(f, store_integrity(f->v->store), "The database");
}

static err numbers_section(struct fsck *f)
{
    err e = vault_people_end(f->v, &f->people_end);
    f->has_people = e.kind == ERR_OK;
    TRY(fsck_told(f, e, "The counter of people"));
    f->state = mem_alloc((size_t)f->people_end + 1);
    f->rows = mem_alloc((size_t)f->people_end / 8 + 1);
    f->bad_cells = mem_alloc((size_t)f->people_end / CELL_PLACES / 8 + 1);
    ENSURE(f->state && f->rows && f->bad_cells, mem_none());
    memset(f->state, FSCK_UNKNOWN, f->people_end);
    return OK;
}

/* What comes after the log's check is read in its snapshot, where others may write meanwhile. */
static err run_sections(struct fsck *f)
{
    static const struct {
        const char *name;
        bool of_log;
        err (*run)(struct fsck *f);
    } sections[] = {
        {"Log", false, fsck_log_section},            {"Numbers", true, numbers_section},
        {"Keys", true, fsck_keys_section},           {"Documents", true, fsck_docs_section},
        {"Settings", false, load_settings},          {"Entries", true, fsck_entries_section},
        {"Jobs", false, fsck_jobs_section},          {"Hand-overs", true, fsck_sets_section},
        {"Scopes", true, fsck_scopes_section},       {"Counters", false, fsck_counters_section},
        {"Key cells", false, fsck_cells_section},    {"Index cells", false, fsck_index_section},
        {"People", false, fsck_people_section},
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (f->log_only && !sections[i].of_log)
            continue;
        fsck_progress(f, sections[i].name, 0, 0);
        TRY(fsck_told(f, sections[i].run(f), "%s could not be checked to the end", sections[i].name));
    }
    return OK;
}

err fsck_run(struct vault *v, const struct fsck_options *o, struct fsck_result *ret)
{
    memset(ret, 0, sizeof *ret);
    CLEANUP(fsck_end) struct fsck f = {.v = v, .o = o, .r = ret};
    TRY(start(&f));
    return run_sections(&f);
}

err fsck_log(struct vault *v, struct view key, struct publish_verdict *ret_log, struct fsck_result *ret)
{
    static const struct fsck_options nothing_written = {.write_nothing = true};
    memset(ret, 0, sizeof *ret);
    CLEANUP(fsck_end) struct fsck f = {.v = v, .o = &nothing_written, .log_only = true, .r = ret};
    CLEANUP(signer_close) struct signer *signer = NULL;
    TRY(start(&f));
    TRY(signer_open(v->program, v->slots[0], &signer));
    TRY(fsck_log_verify(&f, key, signer, ret_log));
    return run_sections(&f);
}
