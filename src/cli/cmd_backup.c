/* candour backup, candour restore: a sealed copy, and the way back. */
#include "commands.h"

#include "backup.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static void say_slots(struct cli *c, const struct vault *v)
{
    out_say(&c->out, "To be opened it needs %s; none of that is in it:\n", v->slot_count == 1 ? "this slot" : "all of these slots");
    for (size_t i = 0; i < v->slot_count; i++)
        out_say(&c->out, "  %s\n", v->slots[i]);
    out_say(&c->out, "and, to go on with the log, the files .signer and .vkey beside the first.\n");
}

static void report_backup(struct cli *c, const struct vault *v, const struct backup_result *r)
{
    struct out *o = &c->out;
    const char *slots[SLOT_SHARES_MAX];
    CLEANUP(buf_free) struct buf root = BUF(128);
    for (size_t i = 0; i < v->slot_count; i++)
        slots[i] = v->slots[i];
    buf_base64(&root, hash_view(&r->root));
    out_set_text(o, "dir", r->dir);
    out_set_number(o, "bytes", r->bytes);
    out_set_number(o, "log_files", r->files);
    out_set_number(o, "size", r->size);
    out_set_text(o, "root", buf_text(&root));
    out_set_number(o, "log_index", r->entry);
    out_set_number(o, "epoch", r->epoch);
    out_set(o, "slots", jsonio_list(slots, v->slot_count));
    out_set(o, "same_disk", json_boolean(r->same_disk));
    out_set(o, "published", json_boolean(!r->unpublished));
    out_say(o, "The backup is in %s: %s bytes and %s files of the log. It was read back and is whole.\n", r->dir, OUT_N(r->bytes), OUT_N(r->files));
    out_say(o, "It covers the log up to size %s, root %s.\n", OUT_N(r->size), buf_text(&root));
    say_slots(c, v);
    out_say(o, "It opens until the next destruction: who is erased then is gone from it too, and it can't be opened any more.\n");
    if (r->same_disk)
        out_say(o, "Note: it lies on the same disk as a slot. Whoever has that disk has both; move the backup to another one.\n");
    if (r->unpublished)
        out_note(o, "NOT PUBLISHED: the backup is good, but the log could not go on. %s\n", r->why);
}

static err run_backup(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(mem_release) struct backup_result *r = mem_alloc(sizeof *r);
    ENSURE(r, mem_none());
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(backup_run(v, cli_word(c, 0), r));
    report_backup(c, v, r);
    return OK;
}

static void report_restore(struct cli *c, const struct restore_result *r)
{
    struct out *o = &c->out;
    const char *slots[SLOT_SHARES_MAX];
    for (size_t i = 0; i < r->slot_count; i++)
        slots[i] = r->slots[i];
    out_set_text(o, "dir", r->dir);
    out_set(o, "slots", jsonio_list(slots, r->slot_count));
    out_set(o, "went_on", json_boolean(r->went_on));
    out_set(o, "publishing", json_boolean(r->publishes));
    out_set_number(o, "entries", r->entries);
    out_set_number(o, "regained", r->regained);
    out_set_number(o, "signed", r->signed_size);
    if (r->beside[0])
        out_set_text(o, "beside", r->beside);
    else if (!r->publishes)
        out_set_text(o, "why", r->why);
    out_say(o, "%s is restored%s.\n", r->dir, r->went_on ? ", by going on with an interrupted restore" : "");
    if (r->regained)
        out_say(o, "%s entries of the log were made after the backup and are back as the public sees them. What they say was done is lost:\n"
                   "do it again. 'candour log show' lists them, from number %s on.\n", OUT_N(r->regained), OUT_N(r->entries));
    if (r->publishes)
        out_say(o, "Everything goes on from here. Run 'candour -C %s fsck' once.\n", r->dir);
    if (r->two_epochs)
        out_say(o, "Note: the slot was in the middle of a destruction. Run the erasure again.\n");
    if (r->beside[0])
        out_note(o, "A COPY FOR LOOKING: %s, where the backup came from, is still there and goes on. Nothing can be changed in the copy.\n"
                    "         To try the backup out, run 'candour -C %s fsck'. If the other is lost, move it away and restore once more.\n",
                 r->beside, r->dir);
    else if (!r->publishes && r->why[0])
        out_note(o, "FOR READING ONLY: %s\n         %s\n", r->why, r->todo);
    else if (!r->publishes)
        out_note(o, "FOR READING ONLY: nothing new can be published. 'candour -C %s log verify' says why.\n", r->dir);
}

static err run_restore(struct cli *c)
{
    const char *slots[SLOT_SHARES_MAX];
    CLEANUP(mem_release) struct restore_result *r = mem_alloc(sizeof *r);
    ENSURE(r, mem_none());
    struct restore_options o = {.backup = cli_word(c, 0), .to = args_value(&c->args, "to"), .slots = slots,
                                .slot_count = args_count(&c->args, "slot"), .log = args_value(&c->args, "log"),
                                .program = c->program, .passphrase = &c->source, .has_now = c->has_now, .now = c->now};
    ENSURE(o.slot_count <= SLOT_SHARES_MAX,
           cli_at(err_newf(ERR_USAGE, "There can be {} slots at most.", "Leave some out.", err_int(SLOT_SHARES_MAX)), "slot"));
    for (size_t i = 0; i < o.slot_count; i++)
        slots[i] = args_nth(&c->args, "slot", i);
    TRY(restore_run(&o, r));
    report_restore(c, r);
    return OK;
}

static const struct args_option restore_options[] = {
    {"to", ARGS_VALUE, true, "DIR", "the new data directory; not there yet, or empty"},
    {"slot", ARGS_LIST, false, "PATH", "all slots, where they lie elsewhere than before"},
    {"log", ARGS_VALUE, false, "FOLDER", "the published log, where it went on after the backup: the lost directory's log/, or a mirror"},
    {0},
};
static const struct args_word backup_words[] = {{"FOLDER", ARGS_ONE}, {0}};
static const struct args_word restore_words[] = {{"BACKUP", ARGS_ONE}, {0}};

const struct command cmd_backup[] = {
    {"backup", NULL, "Copies the data directory, sealed, into a new folder; the slots are not in it.",
     "candour -C data backup /media/backups/2021-10-29", backup_words, NULL, run_backup},
    {"restore", NULL, "Makes a data directory out of a backup; the slots must be at hand.",
     "candour restore /media/backups/2021-10-29 --to data --log lost/log", restore_words, restore_options, run_restore},
    {0},
};
