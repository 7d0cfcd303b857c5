/* candour fsck: whether everything is what was written, and fits together. */
#include "commands.h"

#include "fsck.h"
#include "mem.h"

static void show_progress(void *ctx, const char *what, uint64_t done, uint64_t of)
{
    out_progress(ctx, what, done, of);
}

static json_t *list_of(char (*list)[FSCK_WORDS], uint64_t count, uint64_t room)
{
    json_t *array = json_array();
    for (uint64_t i = 0; array && i < count && i < room; i++) {
        if (json_array_append_new(array, json_string(list[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static void report_counts(struct cli *c, const struct fsck_result *r)
{
    const struct {
        const char *key, *words;
        uint64_t n;
    } counts[] = {
        {"people", "people", r->people},          {"erased", "erased", r->erased},
        {"records", "records", r->records},       {"values", "values that can be looked up", r->values},
        {"documents", "documents", r->documents}, {"handovers", "hand-overs", r->handovers},
        {"sets", "sets", r->sets},                {"entries", "log entries", r->entries},
        {"cells", "key cells", r->cells},         {"index_cells", "index cells", r->index_cells},
        {"index_entries", "index entries", r->index_entries}, {"key_groups", "groups of keys", r->key_groups},
        {"jobs", "unfinished commands", r->jobs},
    };
    out_say(&c->out, "Looked at:");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        out_set_number(&c->out, counts[i].key, counts[i].n);
        out_say(&c->out, "%s %s %s", i ? "," : "", OUT_N(counts[i].n), counts[i].words);
    }
    out_say(&c->out, ".\n");
    out_set(&c->out, "people_opened", json_boolean(r->people_opened || r->cells == 0));
}

static void report(struct cli *c, struct fsck_result *r)
{
    struct out *o = &c->out;
    report_counts(c, r);
    out_set(o, "ok", json_boolean(r->faults == 0));
    out_set_number(o, "faults", r->faults);
    out_set(o, "fault", list_of(r->fault, r->faults, FSCK_FAULTS));
    out_set(o, "note", list_of(r->note, r->notes, FSCK_NOTES));
    for (uint64_t i = 0; i < r->notes && i < FSCK_NOTES; i++)
        out_say(o, "Note: %s\n", r->note[i]);
    for (uint64_t i = 0; i < r->faults && i < FSCK_FAULTS; i++)
        if (r->fault[i][0]) /* of the log's many only the first are told, and a note says how many more there are */
            out_say(o, "WRONG: %s\n", r->fault[i]);
    if (r->faults > FSCK_FAULTS)
        out_say(o, "... and %s more.\n", OUT_N(r->faults - FSCK_FAULTS));
    if (!r->faults)
        out_say(o, "Everything is as it should be.\n");
}

static err run_fsck(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(mem_release) struct fsck_result *r = mem_alloc(sizeof *r);
    ENSURE(r, mem_none());
    struct fsck_options o = {.write_nothing = args_has(&c->args, "no-warrant"), .progress = show_progress, .progress_ctx = &c->out};
    TRY(cli_open(c, o.write_nothing ? STORE_READ : STORE_WRITE, &v));
    TRY(fsck_run(v, &o, r));
    out_progress_end(&c->out);
    report(c, r);
    ENSURE(!r->faults || r->faults != r->folder_faults,
           err_newf(ERR_INVALID, "The register is as it should be; the log's folder is not: {} faults.", CLI_MEND_FOLDER, err_int((long long)r->faults)));
    ENSURE(!r->faults, err_newf(ERR_INVALID, "Not everything is as it should be: {} faults.",
                                "Change nothing. Keep a copy of the data directory, then restore the newest backup that fsck finds good.",
                                err_int((long long)r->faults)));
    return OK;
}

static const struct args_option fsck_options[] = {
    {"no-warrant", ARGS_FLAG, false, NULL, "write nothing at all: without a warrant in the log people's records are opened only where they are few"},
    {0},
};

const struct command cmd_fsck[] = {
    {"fsck", NULL, "Checks that everything in the data directory opens and fits together; changes nothing.", "candour -C data fsck", NULL,
     fsck_options, run_fsck},
    {0},
};
