/* The keeper's process: reads the slots, locks them, and serves ops.h over a socket. */
#include "confine.h"
#include "keeper.h"
#include "limits.h"
#include "mem.h"
#include "ops.h"
#include "seam.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct slots {
    const char *path[SLOT_SHARES_MAX];
    size_t count;
};

struct process {
    struct ops_state state;
    struct server_place place;
    struct server_files files;
    char counters_name[300], log_key[LIMIT_PATH_BYTES + 300];
};

/* What is secret while the slots are put together; locked, and wiped at once. */
struct joining {
    uint8_t file[SLOT_FILE_BYTES];
    struct slot_record slots[SLOT_SHARES_MAX][2];
    uint8_t roots[2][KEY_BYTES];
    uint8_t passphrase[LIMIT_PASSPHRASE_BYTES], share[KEY_BYTES];
};

static void joining_end(struct joining **j)
{
    void *region = *j;
    secret_unlock(&region, sizeof **j);
}

static err read_slots(const struct server_files *files, struct joining *j)
{
    for (size_t i = 0; i < files->count; i++) {
        struct buf file = BUF_FIXED(j->file, sizeof j->file);
        TRY(seam_read(files->file[i].path, SLOT_FILE_BYTES, &file));
        err e = slot_decode(buf_view(&file), j->slots[i]);
        if (e.kind != ERR_OK)
            return err_at(e, files->file[i].path, 0, 0);
    }
    return OK;
}

/* All slots, locked already; each epoch that all of them hold gives a root, with the passphrase's share in it. */
static err join_epochs(const struct server_files *files, struct joining *j, struct view passphrase, struct ops_state *s)
{
    TRY(read_slots(files, j));
    TRY(slot_roots(j->slots, files->count, s->epochs, j->roots));
    const struct slot_record *any = &j->slots[0][j->slots[0][0].epoch ? 0 : 1];
    TRY(slot_lock_open(&any->lock, passphrase, j->share));
    for (size_t i = 0; i < KEY_BYTES; i++) {
        j->roots[0][i] ^= j->share[i];
        j->roots[1][i] ^= j->share[i];
    }
    memcpy(s->org, any->org, ORG_BYTES);
    s->practice = any->practice;
    s->guard = any->lock.set ? KEEPER_PASSPHRASE : 0;
    return ops_start(s, (const uint8_t(*)[KEY_BYTES])j->roots);
}

/* The passphrase, if one was given, comes before all else: the descriptor it comes on must not stay. */
static err unlock(const struct slots *slots, struct process *p)
{
    void *region;
    TRY(secret_lock(sizeof(struct joining), &region));
    CLEANUP(joining_end) struct joining *j = region;
    struct buf passphrase = BUF_FIXED(j->passphrase, sizeof j->passphrase);
    TRY(server_input(&passphrase));
    TRY(server_place_of(slots->path[0], &p->place));
    for (size_t i = 0; i < slots->count; i++)
        TRY(server_hold(&p->files, slots->path[i], true));
    TRY(join_epochs(&p->files, j, buf_view(&passphrase), &p->state));
    ENSURE(server_files_same(&p->files), err_new(ERR_BUSY, "The slot was changed while it was read.", "Run the command again."));
    return OK;
}

static err prepare(const struct slots *slots, struct process *p, int *ret_listener)
{
    TRY(secret_start());
    TRY(unlock(slots, p));
    snprintf(p->counters_name, sizeof p->counters_name, "%s.counters", p->place.slot_name);
    snprintf(p->log_key, sizeof p->log_key, "%s/%s.vkey", p->place.dir, p->place.slot_name);
    p->state.log_key_path = p->log_key;
    err_ignore(ops_log_key(&p->state), "the first warrant reads it, where it was not there yet");
    TRY(counters_load(&p->state.counters, p->place.dir, p->counters_name));
    TRY(server_listen(&p->place, ".keeper.sock", ret_listener));
    struct confined c = confine(p->place.dir);
    ENSURE(c.whole, mem_none());
    p->state.guard |= (uint8_t)((c.calls ? KEEPER_CALLS : 0) | (c.files ? KEEPER_FILES : 0));
    return OK;
}

static err handle(void *state, struct server_caller *caller, struct view request, struct buf *answer)
{
    struct ops_channel *c = caller->channel;
    c->uid = caller->uid;
    err e = ops_handle(state, c, request, answer);
    caller->slow_us = c->slow_us;
    caller->alarm = c->alarm;
    caller->known = c->greeted;
    return e;
}

static size_t longest(const struct server_caller *caller, uint8_t op)
{
    return ops_longest(caller->channel, op);
}

static void end(void *state, struct server_caller *caller)
{
    ops_channel_end(state, caller->channel);
}

/* Whole paths, since the process leaves its folder before it reads them. */
static bool read_args(int argc, char **argv, struct slots *slots)
{
    for (int i = 2; i < argc; i += 2) {
        if (i + 1 >= argc || slots->count == SLOT_SHARES_MAX || strcmp(argv[i], "--slot") != 0 || argv[i + 1][0] != '/')
            return false;
        slots->path[slots->count++] = argv[i + 1];
    }
    return slots->count > 0;
}

int keeper_main(int argc, char **argv)
{
    static struct process p;
    static struct slots slots;
    if (!read_args(argc, argv, &slots)) {
        fputs("candour keeper: started by the other commands; not to be called by hand.\n", stderr);
        return 2;
    }
    int listener = -1;
    err e = server_harden(true);
    if (e.kind == ERR_OK)
        e = prepare(&slots, &p, &listener);
    server_ready(e);
    if (e.kind == ERR_OK) {
        static const struct server_role role = {sizeof(struct ops_channel), LIMIT_KEEPER_IDLE_SECONDS, longest, handle, end};
        server_run(&role, &p.state, &p.files, listener);
    }
    if (p.state.secrets)
        ops_end(&p.state);
    _exit(e.kind == ERR_OK ? 0 : 3);
}
