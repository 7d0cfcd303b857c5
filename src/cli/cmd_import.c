/* candour import: a file of people into the register. */
#include "commands.h"

#include "import.h"
#include "limits.h"
#include "reach.h"
#include "seam.h"
#include "table_args.h"

#include <string.h>

static void show_progress(void *ctx, const char *what, uint64_t done, uint64_t of)
{
    struct cli *c = ctx;
    out_progress(&c->out, what, done, of);
}

static err options(struct cli *c, struct import_options *o)
{
    *o = (struct import_options){
        .path = cli_word(c, 0),
        .source = args_value(&c->args, "source"),
        .mode = args_has(&c->args, "full") ? IMPORT_FULL : IMPORT_PART,
        .map = args_value(&c->args, "map"),
        .dry_run = args_has(&c->args, "dry-run"),
        .skip_rejected = args_has(&c->args, "skip-rejected"),
        .accept_gone = args_has(&c->args, "accept-gone"),
        .progress = show_progress,
        .progress_ctx = c,
    };
    ENSURE(!args_has(&c->args, "full") || !args_has(&c->args, "part"),
           err_new(ERR_USAGE, "A file is either the whole export or a part of it.", "Give --full or --part, not both."));
    TRY(cli_day(c, "exported", &o->exported));
    return table_args(c, &o->table, &o->dates);
}

static json_t *rejected_json(const struct import_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < r->rejected_shown; i++) {
        const struct import_rejected *x = &r->rejected[i];
        json_t *item = json_pack("{s:I, s:I, s:s, s:s*}", "line", (json_int_t)x->line, "column", (json_int_t)x->column, "problem", x->problem, "table",
                                 x->member);
        if (!item || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *odd_json(const struct import_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < r->odd_count; i++) {
        const struct import_odd *x = &r->odd[i];
        json_t *lines = json_array();
        json_t *item = json_pack("{s:s, s:s, s:I, s:o}", "column", x->column, "is_not", x->words, "count", (json_int_t)x->count, "lines", lines);
        bool whole = item && json_array_append_new(list, item) == 0;
        for (size_t k = 0; whole && k < x->count && k < IMPORT_ODD_LINES; k++)
            whole = json_array_append_new(lines, json_integer((json_int_t)x->lines[k])) == 0;
        if (!whole) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void set_result(struct cli *c, const struct import_options *op, const struct import_result *r)
{
    struct out *o = &c->out;
    out_set_text(o, "source", r->source ? r->source : "");
    out_set_text(o, "system", r->system ? r->system : "");
    out_set_text(o, "mode", r->mode == IMPORT_FULL ? "full" : "part");
    out_set(o, "dry_run", json_boolean(op->dry_run));
    out_set_number(o, "read", r->read);
    out_set_number(o, "people", r->people);
    out_set_number(o, "added", r->added);
    out_set_number(o, "updated", r->updated);
    out_set_number(o, "unchanged", r->unchanged);
    out_set_number(o, "gone", r->gone);
    out_set_number(o, "left_out", r->left_out);
    out_set_number(o, "forgotten", r->forgotten);
    out_set_number(o, "rejected_count", r->rejected_count);
    out_set(o, "rejected", rejected_json(r));
    out_set(o, "odd", odd_json(r));
    out_set_number(o, "possible_duplicates", r->near_count);
    out_set(o, "new_fields", jsonio_list(r->new_fields, r->new_field_count));
}

static void say_result(struct cli *c, const struct import_options *op, const struct import_result *r)
{
    struct out *o = &c->out;
    if (op->dry_run)
        out_say(o, "Nothing was changed; this is what would:\n");
    out_say(o, "%s rows read from %s%s%s: %s people. %s added, %s updated, %s unchanged, %s gone from the source.\n", OUT_N(r->read),
            op->path, r->system && r->system[0] ? ", an export of " : "", r->system ? r->system : "", OUT_N(r->people),
            OUT_N(r->added), OUT_N(r->updated), OUT_N(r->unchanged), OUT_N(r->gone));
    if (r->left_out)
        out_say(o, "%s rows were left out: deleted in the source, tests, or not people.\n", OUT_N(r->left_out));
    if (r->forgotten)
        out_say(o, "%s past values are no longer kept: they ended %d days ago or earlier.\n", OUT_N(r->forgotten),
                LIMIT_PAST_KEPT_SECONDS / 86400);
    if (r->near_count)
        out_say(o, "%s of the new ones may be somebody who is there already.\n", OUT_N(r->near_count));
    for (size_t i = 0; i < r->new_field_count; i++)
        out_say(o, "New detail: %s\n", r->new_fields[i]);
}

/* Cells that were kept though they are not what their column holds. */
static void note_odd(struct cli *c, const struct import_result *r)
{
    for (size_t i = 0; i < r->odd_count; i++) {
        const struct import_odd *x = &r->odd[i];
        out_note(&c->out, "\"%s\": %s cells are not %s; they are kept as they stand, and nobody is found by them. Line%s ", x->column, OUT_N(x->count),
                 x->words, x->count == 1 ? "" : "s");
        for (size_t k = 0; k < x->count && k < IMPORT_ODD_LINES; k++)
            out_note(&c->out, "%s%llu", k ? ", " : "", (unsigned long long)x->lines[k]);
        out_note(&c->out, "%s.%s\n", x->count > IMPORT_ODD_LINES ? " ..." : "", 2 * x->count > x->filled ? " That is most of them: is it the right column?" : "");
    }
}

/* Rejected rows are messages: they go to standard error. */
static void note_rejected(struct cli *c, const struct import_options *op, const struct import_result *r)
{
    for (size_t i = 0; i < r->rejected_shown; i++) {
        const struct import_rejected *x = &r->rejected[i];
        const char *place = x->member ? cli_text(c, "%s/%s", op->path, x->member) : op->path;
        if (x->column)
            out_note(&c->out, "%s:%llu:%llu: %s\n", place, (unsigned long long)x->line, (unsigned long long)x->column, x->problem);
        else
            out_note(&c->out, "%s:%llu: %s\n", place, (unsigned long long)x->line, x->problem);
    }
    if (r->rejected_count > r->rejected_shown)
        out_note(&c->out, "%s: %s more rows were rejected.\n", op->path, OUT_N(r->rejected_count - r->rejected_shown));
}

/* `--map ?` */
static err propose(struct cli *c, struct vault *v, struct import_options *o)
{
    struct config config;
    CLEANUP(buf_free) struct buf text = BUF(4u << 20);
    o->map = NULL;
    TRY(config_load(v, c->arena, &config));
    TRY(import_propose(&config, c->arena, o, &text));
    out_set_text(&c->out, "map", buf_text(&text));
    out_put(&c->out, buf_view(&text));
    return OK;
}

/* Systems that companies run for us take in whoever comes. */
struct growing {
    struct vault *v;
    struct config *config;
    struct record_growth *growth;
    struct reach reach;
};

static err before(void *ctx, const struct person *list, size_t count)
{
    struct growing *g = ctx;
    return record_growth_before(g->growth, g->v, g->config, list, count);
}

static err grow(void *ctx, const struct person *list, size_t count)
{
    struct growing *g = ctx;
    if (count)
        return record_growth_note(g->growth, list, count);
    TRY(record_growth_grow(g->growth, g->v, g->config));
    return reach_hold(&g->reach, g->v, g->config);
}

static err import_growing(struct cli *c, struct vault *v, struct config *config, struct import_options *o, struct import_result *r, uint64_t *ret_held)
{
    CLEANUP(record_growth_free) struct record_growth *growth = NULL;
    TRY(record_growth_new(&growth));
    struct growing g = {v, config, growth, {0}};
    o->before = before;
    o->saved = grow;
    o->saved_ctx = &g;
    TRY(import_run(v, config, c->arena, o, r));
    *ret_held = g.reach.held;
    return OK;
}

static err run_import(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct import_options o;
    struct import_result r = {0};
    struct config config;
    uint64_t held = 0;
    TRY(options(c, &o));
    bool asks = o.map && strcmp(o.map, "?") == 0;
    TRY(cli_open(c, asks ? STORE_READ : STORE_WRITE, &v));
    if (asks)
        return propose(c, v, &o);
    TRY(config_load(v, c->arena, &config));
    err e = import_growing(c, v, &config, &o, &r, &held);
    out_progress_end(&c->out);
    set_result(c, &o, &r);
    note_rejected(c, &o, &r);
    note_odd(c, &r);
    for (size_t i = 0; i < r.other_count; i++)
        out_note(&c->out, "\"%s\" in the archive was not read: it is not of the same system. Import it by itself with --member.\n", r.others[i]);
    TRY(e);
    if (!o.dry_run) {
        seam_crash_point("committed");
        TRY(vault_publish(v));
        out_set_number(&c->out, "log_index", r.entry);
    }
    say_result(c, &o, &r);
    reach_say(c, held);
    return OK;
}

static const struct args_word one_file[] = {{"FILE", ARGS_ONE}, {0}};
static const struct args_option import_options[] = {
    {"source", ARGS_VALUE, false, "NAME", "the system it comes from: crm (told by the file, if it is known)"},
    {"full", ARGS_FLAG, false, NULL, "the file has everybody: who is missing has left the source"},
    {"part", ARGS_FLAG, false, NULL, "the file is a part: nobody leaves (so if nothing is said)"},
    TABLE_ARGS_OPTIONS,
    {"exported", ARGS_VALUE, false, "DATE", "the day of the export (today)"},
    {"dry-run", ARGS_FLAG, false, NULL, "only say what would change"},
    {"skip-rejected", ARGS_FLAG, false, NULL, "take the rows that are good"},
    {"accept-gone", ARGS_FLAG, false, NULL, "take it that many are gone from the source"},
    {0},
};

const struct command cmd_import[] = {
    {"import", NULL, "Takes a file of people into the register.", "candour -C data import members.csv --source crm --full", one_file,
     import_options, run_import},
    {0},
};
