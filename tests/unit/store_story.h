/* What the tests of a store in trouble share: a folder, and acts whose parts must agree in every state that is left. */
#ifndef STORE_STORY_H
#define STORE_STORY_H

#include "testing.h"

#include "seam.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char root[64], folder[80];

static int make(void **state)
{
    (void)state;
    /* Thousands of syncs: in memory where that is possible, since the hook decides what is lost and not the disk. */
    strcpy(root, access("/dev/shm", W_OK) == 0 ? "/dev/shm/store-trouble-XXXXXX" : "/tmp/store-trouble-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(folder, sizeof folder, "%s/data", root);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    seam_hook_set((struct seam_hook){0});
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* Later acts are small ones. */
static size_t cell_bytes(uint64_t k)
{
    return k < 4 ? 20000 : 2000;
}

/* Act k writes a row, a cell, an entry and a counter, which agree in every state that may be left: k acts, k of each. */
static err act(struct store *s, uint64_t k)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    TRY(store_begin(s, 0, &tx));
    char bytes[20000];
    memset(bytes, 'a' + (int)k, sizeof bytes);
    TRY(store_row_put(s, (uint32_t)k, view_of(bytes, 500)));
    TRY(store_cell_put(s, 0, view_of(bytes, cell_bytes(k))));
    uint64_t n = 0;
    TRY(store_counter_next(s, STORE_INDEX_CELLS, 1, &n));
    TRY(store_entry_append(s, view_of(bytes, 100), view_text("sealed"), &n));
    return store_commit(&tx);
}

/* *ret: how many acts are in the state, which is whole. */
static void assert_whole(struct store *s, uint64_t *ret)
{
    assert_ok(store_integrity(s));
    uint64_t entries = 0, rows = 0, counter = 0;
    assert_ok(store_entry_count(s, &entries));
    assert_ok(store_row_count(s, &rows));
    assert_ok(store_counter_peek(s, STORE_INDEX_CELLS, &counter));
    assert_int_equal(rows, entries);
    assert_int_equal(counter, entries);
    CLEANUP(buf_free) struct buf cell = BUF(30000);
    if (entries) {
        assert_ok(store_cell_get(s, 0, &cell));
        assert_int_equal(cell.p[0], 'a' + entries - 1);
        assert_int_equal(cell.len, cell_bytes(entries - 1));
        assert_int_equal(cell.p[cell.len - 1], 'a' + entries - 1);
    }
    *ret = entries;
}

#endif
