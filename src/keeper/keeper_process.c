/* The keeper's process: reads the slots, locks them, and serves ops.h over a socket. */
#include "keeper.h"
#include "limits.h"
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
    char slot[LIMIT_PATH_BYTES], counters_name[300], log_key[LIMIT_PATH_BYTES + 300];
};

/* Both records of all slots; each epoch that all of them hold gives a root. */
static err join_epochs(const struct slots *slots, struct ops_state *s, uint8_t roots[2][KEY_BYTES])
{
    struct slot_record shares[2][SLOT_SHARES_MAX];
    for (size_t i = 0; i < slots->count; i++) {
        CLEANUP(buf_free) struct buf file = BUF_SECRET(SLOT_FILE_BYTES + 1);
        struct slot_record records[2];
        TRY(seam_read(slots->path[i], SLOT_FILE_BYTES, &file));
        err e = slot_decode(buf_view(&file), records);
        if (e.kind != ERR_OK)
            return err_at(e, slots->path[i], 0, 0);
        /* The lower epoch first. */
        bool swap = records[0].epoch == 0 || (records[1].epoch && records[1].epoch < records[0].epoch);
        shares[0][i] = records[swap];
        shares[1][i] = records[!swap];
        secret_wipe(records, sizeof records);
    }
    err e = slot_join(shares[0], slots->count, roots[0]);
    s->epochs[0] = shares[0][0].epoch;
    if (e.kind == ERR_OK && shares[1][0].epoch) {
        e = slot_join(shares[1], slots->count, roots[1]);
        s->epochs[1] = shares[1][0].epoch;
    }
    memcpy(s->org, shares[0][0].org, ORG_BYTES);
    s->practice = shares[0][0].practice;
    secret_wipe(shares, sizeof shares);
    return e;
}

static err prepare(const struct slots *slots, struct process *p, int *ret_listener, int *ret_lock)
{
    TRY(secret_start());
    if (!realpath(slots->path[0], p->slot))
        return err_at(err_system("read the slot"), slots->path[0], 0, 0);
    TRY(server_place_of(slots->path[0], &p->place));
    snprintf(p->counters_name, sizeof p->counters_name, "%s.counters", p->place.slot_name);
    snprintf(p->log_key, sizeof p->log_key, "%s/%s.vkey", p->place.dir, p->place.slot_name);
    p->state.log_key_path = p->log_key;
    TRY(server_listen(&p->place, ".keeper.sock", p->place.slot_name, ret_listener, ret_lock));
    uint8_t roots[2][KEY_BYTES];
    err e = join_epochs(slots, &p->state, roots);
    if (e.kind == ERR_OK)
        e = ops_start(&p->state, roots);
    secret_wipe(roots, sizeof roots);
    TRY(e);
    return counters_load(&p->state.counters, p->place.dir, p->counters_name);
}

static err handle(void *state, struct server_caller *caller, struct view request, struct buf *answer)
{
    struct ops_channel *c = caller->channel;
    c->uid = caller->uid;
    c->slow_us = 0;
    err e = ops_handle(state, c, request, answer);
    caller->slow_us = c->slow_us;
    caller->alarm = c->alarm;
    c->alarm = false;
    return e;
}

static bool read_args(int argc, char **argv, struct slots *slots)
{
    for (int i = 2; i + 1 < argc && slots->count < SLOT_SHARES_MAX; i += 2) {
        if (strcmp(argv[i], "--slot") != 0)
            return false;
        slots->path[slots->count++] = argv[i + 1];
    }
    return slots->count > 0;
}

int keeper_main(int argc, char **argv)
{
    static struct process p;
    struct slots slots = {0};
    if (!read_args(argc, argv, &slots)) {
        fputs("candour keeper: started by the other commands; not to be called by hand.\n", stderr);
        return 2;
    }
    int listener = -1, lock = -1;
    err e = prepare(&slots, &p, &listener, &lock);
    if (e.kind == ERR_OK)
        e = server_harden((const int[]){listener, lock}, 2);
    server_ready(e);
    if (e.kind == ERR_OK) {
        static const struct server_role role = {".keeper.sock", sizeof(struct ops_channel), handle};
        server_run(&role, &p.state, p.slot, listener);
        ops_end(&p.state);
    }
    _exit(e.kind == ERR_OK ? 0 : 3);
}
