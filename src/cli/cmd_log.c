/* candour log: the public log's checkpoint, key, proofs, and the check of all of it. */
#include "commands.h"

#include "entry.h"
#include "fsck.h"
#include "mem.h"
#include "proof.h"
#include "publish.h"
#include "seam.h"

#include <stdlib.h>
#include <string.h>

static void drop(json_t **j)
{
    json_decref(*j);
}

static err index_of(struct cli *c, uint64_t *ret)
{
    const char *word = cli_word(c, 0);
    char *end = NULL;
    unsigned long long n = strtoull(word, &end, 10);
    bool good = word[0] >= '0' && word[0] <= '9' && *end == 0 && strlen(word) < 19;
    ENSURE(good, err_newf(ERR_USAGE, "\"{}\" is not the number of a log entry.", "Write it in digits; the first entry is 0.",
                          err_name(word)));
    *ret = n;
    return OK;
}

static err run_checkpoint(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(cli_open(c, STORE_READ, &v));
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    CLEANUP(buf_free) struct buf root = BUF(128);
    struct checkpoint point;
    TRY(publish_newest(v->store, &note, &point));
    buf_base64(&root, hash_view(&point.root));
    out_set_text(&c->out, "checkpoint", buf_text(&note));
    out_set(&c->out, "origin", json_stringn((const char *)point.origin.p, point.origin.len));
    out_set_number(&c->out, "size", point.size);
    out_set_text(&c->out, "root", buf_text(&root));
    out_put(&c->out, buf_view(&note));
    return OK;
}

static err run_key(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(cli_open(c, STORE_READ, &v));
    CLEANUP(buf_free) struct buf key = BUF(4096);
    TRY(vault_vkey(v, &key));
    out_set_text(&c->out, "key", buf_text(&key));
    out_say(&c->out, "%s\n", buf_text(&key));
    return OK;
}

/* --- verify --- */

/* `kept`: what stands beside the log in the register; NULL for outsiders. */
static void report_verdict(struct cli *c, const struct publish_verdict *p, const struct fsck_result *kept)
{
    uint64_t all = p->faults + (kept ? kept->faults : 0);
    struct out *o = &c->out;
    CLEANUP(buf_free) struct buf root = BUF(128);
    buf_base64(&root, hash_view(&p->root));
    json_t *faults = json_array();
    for (uint64_t i = 0; faults && i < p->faults && i < PUBLISH_FAULTS; i++) {
        if (json_array_append_new(faults, json_string(p->fault[i])) != 0)
            o->poor = true;
    }
    for (uint64_t i = 0; faults && kept && i < kept->faults && i < FSCK_FAULTS; i++) {
        if (json_array_append_new(faults, json_string(kept->fault[i])) != 0)
            o->poor = true;
    }
    out_set(o, "ok", json_boolean(all == 0));
    out_set_number(o, "size", p->size);
    out_set_text(o, "root", buf_text(&root));
    out_set_number(o, "entries", p->entries);
    out_set_number(o, "unpublished", p->unpublished);
    out_set(o, "cut_off", json_boolean(p->cut_off));
    out_set_number(o, "checkpoints", p->checkpoints);
    out_set_number(o, "tiles", p->tiles);
    out_set_number(o, "left", p->left);
    out_set_number(o, "sealed", p->sealed);
    out_set_number(o, "released", p->released);
    out_set_number(o, "faults", all);
    out_set(o, "fault", faults);
    out_say(o, "Looked at %s entries, %s checkpoints and %s tiles; %s entries are sealed, %s opened to all.\n", OUT_N(p->entries),
            OUT_N(p->checkpoints), OUT_N(p->tiles), OUT_N(p->sealed), OUT_N(p->released));
    if (kept && kept->sides)
        out_say(o, "%s entries were compared with what was kept of them beside the log.\n", OUT_N(kept->sides));
    if (kept)
        out_say(o, "%s documents, %s hand-overs and %s sets were compared with the entries.\n", OUT_N(kept->documents), OUT_N(kept->handovers),
                OUT_N(kept->sets));
    if (p->beyond)
        out_say(o, "%s files are of a larger log than the checkpoint says: the copy was made while it grew. They were not looked at.\n", OUT_N(p->beyond));
    if (p->left)
        out_say(o, "%s files were left on the way to their place by a command that was cut off, or is at it. They are no part of the log, and the next "
                   "command that changes something takes them away.\n", OUT_N(p->left));
    if (p->unpublished)
        out_say(o, "%s entries are not published yet: the next command that changes something publishes them.\n", OUT_N(p->unpublished));
    if (p->cut_off)
        out_say(o, "Note: a command was cut off before it showed the newest checkpoint; the one before it still stands in the folder. The next "
                   "command that changes something puts the newest there.\n");
    out_say(o, "Newest checkpoint: size %s, root %s\n", OUT_N(p->size), buf_text(&root));
    for (uint64_t i = 0; i < p->faults && i < PUBLISH_FAULTS; i++)
        out_say(o, "WRONG: %s\n", p->fault[i]);
    for (uint64_t i = 0; kept && i < kept->faults && i < FSCK_FAULTS; i++)
        out_say(o, "WRONG: %s\n", kept->fault[i]);
    if (!all)
        out_say(o, "The log is as it should be.\n");
}

static err judge(struct cli *c, const struct publish_verdict *p, const struct fsck_result *kept)
{
    uint64_t all = p->faults + (kept ? kept->faults : 0);
    report_verdict(c, p, kept);
    if (all && all == p->folder_faults && !args_value(&c->args, "tiles"))
        return err_newf(ERR_INVALID, "The log's folder is not as it should be: {} faults. The register is; the folder is made from it.", CLI_MEND_FOLDER,
                        err_int((long long)p->faults));
    ENSURE(!all, err_newf(ERR_INVALID, "The log is not as it should be: {} faults.",
                          "Change nothing, keep a copy of the data directory, and find out who could write to it.", err_int((long long)all)));
    return OK;
}

static err run_verify(struct cli *c)
{
    CLEANUP(mem_release) struct publish_verdict *verdict = mem_alloc(sizeof *verdict);
    ENSURE(verdict, mem_none());
    const char *tiles = args_value(&c->args, "tiles");
    const char *given = args_value(&c->args, "key");
    ENSURE(!given || given[0], cli_at(err_new(ERR_USAGE, "The key is empty: nothing would be checked by it.",
                                              "Give --key KEY, as 'candour log key' prints it, or leave --key out."), "key"));
    if (tiles) {
        ENSURE(given, cli_at(err_new(ERR_USAGE, "--tiles needs the log's key.", "Add --key KEY, as 'candour log key' prints it."), "tiles"));
        TRY(publish_verify_tiles(tiles, view_text(given), verdict));
        return judge(c, verdict, NULL);
    }
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(mem_release) struct fsck_result *kept = mem_alloc(sizeof *kept);
    ENSURE(kept, mem_none());
    TRY(cli_open(c, STORE_READ, &v));
    TRY(fsck_log(v, view_text(given ? given : ""), verdict, kept));
    return judge(c, verdict, kept);
}

/* --- one entry --- */

static err run_prove(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    uint64_t index;
    TRY(index_of(c, &index));
    TRY(cli_open(c, STORE_READ, &v));
    CLEANUP(buf_free) struct buf file = BUF(2 * LIMIT_NOTE_BYTES);
    char dir[LIMIT_PATH_BYTES + 8];
    vault_log_dir(v, dir, sizeof dir);
    TRY(publish_proof_file(v->store, dir, index, &file));
    const char *path = args_value(&c->args, "out");
    if (path) {
        TRY(cli_write_new(path, buf_view(&file)));
        out_set_text(&c->out, "file", path);
        out_say(&c->out, "The proof of entry %s is in %s.\n", OUT_N(index), path);
    } else {
        out_put(&c->out, buf_view(&file));
    }
    out_set_number(&c->out, "index", index);
    out_set(&c->out, "proof", json_stringn((const char *)file.p, file.len));
    return OK;
}

static err add_entry(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct cli *c = ctx;
    json_t *entry = json_loadb((const char *)bytes.p, bytes.len, 0, NULL);
    ENSURE(entry, err_newf(ERR_CORRUPT, "Entry {} of the log is not JSON.", "Run 'candour log verify'.", err_int((long long)index)));
    json_t *list = json_object_get(c->out.doc, "entries");
    if (json_array_append_new(list, json_pack("{s:I, s:o}", "index", (json_int_t)index, "entry", entry)) != 0)
        return mem_none();
    out_say(&c->out, "%llu ", (unsigned long long)index);
    out_put(&c->out, bytes);
    out_say(&c->out, "\n");
    return OK;
}

static err show_private(struct cli *c, struct vault *v, uint64_t index)
{
    CLEANUP(drop) json_t *body = NULL;
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(LIMIT_ENTRY_BYTES + 256);
    TRY(vault_entry_opening(v, index, &plain));
    body = json_loadb((const char *)plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES, 0, NULL);
    ENSURE(body, err_new(ERR_CORRUPT, "What is sealed in this entry is damaged.", "Run 'candour fsck'."));
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    ENSURE(text, mem_none());
    out_say(&c->out, "sealed in it: ");
    out_put(&c->out, view_text(text));
    out_say(&c->out, "\n");
    free(text);
    out_set(&c->out, "sealed", json_incref(body));
    return OK;
}

static err run_show(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    uint64_t from = 0, count;
    const char *word = args_word(&c->args, 0);
    if (word)
        TRY(index_of(c, &from));
    TRY(cli_open(c, STORE_READ, &v));
    TRY(store_entry_count(v->store, &count));
    ENSURE(from < count, err_newf(ERR_NOT_FOUND, "There is no entry {} in the log.", "It has {}, counted from 0.",
                                  err_int((long long)from), err_int((long long)count)));
    out_set(&c->out, "entries", json_array());
    TRY(store_entries_each(v->store, from, word ? from : count - 1, add_entry, c));
    if (!args_has(&c->args, "private"))
        return OK;
    ENSURE(word, cli_at(err_new(ERR_USAGE, "--private opens one entry at a time.", "Name its number."), "private"));
    return show_private(c, v, from);
}

/* The entry that released another. */
struct released {
    uint64_t index, entry;
    bool found;
};

static err look_for_release(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct released *r = ctx;
    CLEANUP(drop) json_t *entry = NULL;
    TRY(entry_parse(bytes, &entry));
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    bool same = kind && strcmp(kind, "release") == 0 && json_integer_value(json_object_get(entry, "index")) == (json_int_t)r->index;
    if (same && !r->found)
        *r = (struct released){r->index, index, true};
    return OK;
}

/* Released already (by a command that was cut off, say): nothing to do but to publish it. */
static err release(struct vault *v, uint64_t index, uint64_t *ret_entry)
{
    struct released r = {.index = index};
    uint64_t count;
    TRY(store_entry_count(v->store, &count));
    if (index + 1 < count)
        TRY(store_entries_each(v->store, index + 1, count - 1, look_for_release, &r));
    *ret_entry = r.entry;
    return r.found ? OK : vault_release(v, index, ret_entry);
}

static err run_release(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    uint64_t index, entry;
    TRY(index_of(c, &index));
    TRY(cli_change(c, &v));
    TRY(release(v, index, &entry));
    TRY(cli_done(c, v));
    out_set_number(&c->out, "released", index);
    out_set_number(&c->out, "log_index", entry);
    out_say(&c->out, "Entry %s is open to everybody now, by entry %s. That can't be taken back.\n", OUT_N(index), OUT_N(entry));
    return OK;
}

static const struct args_option verify_options[] = {
    {"tiles", ARGS_VALUE, false, "FOLDER", "check a copy of the public log alone, without the data directory"},
    {"key", ARGS_VALUE, false, "KEY", "the log's key as you know it from elsewhere"},
    {0},
};
static const struct args_option prove_options[] = {
    {"out", ARGS_VALUE, false, "FILE", "write it there (.tlog-proof)"},
    {0},
};
static const struct args_option show_options[] = {
    {"private", ARGS_FLAG, false, NULL, "open a sealed entry, for you only"},
    {0},
};
static const struct args_word one_index[] = {{"INDEX", ARGS_ONE}, {0}};
static const struct args_word maybe_index[] = {{"INDEX", ARGS_MAYBE}, {0}};

const struct command cmd_log[] = {
    {"log", "checkpoint", "Prints the newest signed checkpoint of the log.", "candour -C data log checkpoint", NULL, NULL, run_checkpoint},
    {"log", "key", "Prints the public key by which anybody checks the log.", "candour -C data log key", NULL, NULL, run_key},
    {"log", "verify", "Recomputes the whole log from the database and compares all that was published.", "candour -C data log verify",
     NULL, verify_options, run_verify},
    {"log", "prove", "Makes a proof that an entry is in the log, to be checked offline.",
     "candour -C data log prove 12 --out entry12.tlog-proof", one_index, prove_options, run_prove},
    {"log", "show", "Shows the log's entries as the public sees them.", "candour -C data log show 12", maybe_index, show_options,
     run_show},
    {"log", "release", "Opens a sealed entry to everybody, for good.", "candour -C data log release 12", one_index, NULL, run_release},
    {0},
};
