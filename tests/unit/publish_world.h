/* What the tests of the publisher stand on: a register with entries, its log folder, its slot, and a real signer, whose
 * program is the test itself: its main begins with world_start().
 */
#ifndef PUBLISH_WORLD_H
#define PUBLISH_WORLD_H

#include "testing.h"

#include "digest.h"
#include "entry.h"
#include "limits.h"
#include "proof.h"
#include "publish.h"
#include "publish_int.h"
#include "seam.h"
#include "tile.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORIGIN "practice.union.example/log"
#define WORLD_FN __attribute__((unused)) static

static char self[4096];

/* True: this process was to be the signer, and is done. */
WORLD_FN bool world_start(int argc, char **argv, int *ret)
{
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = 0;
    if (argc < 2 || strcmp(argv[1], "signer") != 0)
        return false;
    *ret = signer_main(argc, argv);
    return true;
}

/* --- a world: data directory, slot, signer --- */

struct world {
    char root[64], data[128], log[128], slot[128];
    char vkey_text[512];
    struct view vkey;
    struct note_key key;
    struct store *store;
    struct signer *signer;
    uint64_t count;
    struct hash leaves[1024];
};

WORLD_FN void write_file(const char *path, struct view bytes)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.len, f), bytes.len);
    assert_int_equal(fclose(f), 0);
}

WORLD_FN void copy_file(const char *from, const char *to)
{
    CLEANUP(buf_free) struct buf b = BUF(64u << 20);
    assert_ok(seam_read(from, 64u << 20, &b));
    write_file(to, buf_view(&b));
}

WORLD_FN void world_open(struct world *w)
{
    assert_ok(store_open(w->data, STORE_WRITE, &w->store));
    assert_ok(signer_open(self, w->slot, &w->signer));
}

WORLD_FN struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    strcpy(w->root, "/tmp/publish_test.XXXXXX");
    assert_non_null(mkdtemp(w->root));
    snprintf(w->data, sizeof w->data, "%s/data", w->root);
    snprintf(w->log, sizeof w->log, "%s/data/log", w->root);
    snprintf(w->slot, sizeof w->slot, "%s/slot", w->root);
    write_file(w->slot, view_text("slot"));
    assert_ok(signer_create(w->slot, view_text(ORIGIN)));
    struct buf vkey = BUF_FIXED((uint8_t *)w->vkey_text, sizeof w->vkey_text);
    assert_ok(signer_vkey(w->slot, &vkey));
    w->vkey = buf_view(&vkey);
    assert_ok(note_vkey_parse(w->vkey, &w->key));
    assert_ok(store_create(w->data));
    world_open(w);
    return w;
}

WORLD_FN void world_close(struct world *w)
{
    store_close(&w->store);
    signer_close(&w->signer);
}

WORLD_FN int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

WORLD_FN void world_free(struct world **at)
{
    struct world *w = *at;
    seam_hook_set((struct seam_hook){0});
    world_close(w);
    nftw(w->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(w);
}

#define WORLD CLEANUP(world_free) struct world *w = world_new()

WORLD_FN void append_bytes(struct world *w, struct view bytes)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    uint64_t index = 0, epoch = 0;
    assert_ok(store_epoch(w->store, &epoch));
    assert_ok(store_begin(w->store, epoch, &tx));
    assert_ok(store_entry_append(w->store, bytes, view_of(NULL, 0), &index));
    assert_ok(store_commit(&tx));
    assert_int_equal(index, w->count);
    assert_true(w->count < 1024);
    w->leaves[w->count++] = merkle_leaf(bytes);
}

WORLD_FN void entry_text(char to[128], uint64_t number)
{
    snprintf(to, 128, "{\"epoch\":%llu,\"kind\":\"destroyed\",\"time\":\"2026-03-04T05:06:07Z\"}",
             (unsigned long long)number);
}

WORLD_FN void append(struct world *w, uint64_t count)
{
    CLEANUP(store_rollback) struct store_tx tx = {0};
    uint64_t epoch = 0;
    assert_ok(store_epoch(w->store, &epoch));
    assert_ok(store_begin(w->store, epoch, &tx));
    for (uint64_t i = 0; i < count; i++) {
        char text[128];
        uint64_t index = 0;
        entry_text(text, w->count);
        assert_ok(store_entry_append(w->store, view_text(text), view_of(NULL, 0), &index));
        assert_int_equal(index, w->count);
        w->leaves[w->count++] = merkle_leaf(view_text(text));
    }
    assert_ok(store_commit(&tx));
}

WORLD_FN void run(struct world *w)
{
    uint64_t size = 0;
    assert_ok(publish_run(w->store, w->signer, w->log, w->vkey, &size));
    assert_int_equal(size, w->count);
}

WORLD_FN void grow_to(struct world *w, uint64_t count)
{
    append(w, count - w->count);
    run(w);
}

WORLD_FN void path_in(const struct world *w, const char *name, char to[256])
{
    snprintf(to, 256, "%s/%s", w->log, name);
}

WORLD_FN bool there(const struct world *w, const char *name)
{
    char path[256];
    path_in(w, name, path);
    return access(path, F_OK) == 0;
}

/* Lets the same file be compared later. */
WORLD_FN struct hash file_hash(const struct world *w, const char *name)
{
    char path[256];
    path_in(w, name, path);
    CLEANUP(buf_free) struct buf b = BUF(32u << 20);
    assert_ok(seam_read(path, 32u << 20, &b));
    return digest_of(buf_view(&b));
}

WORLD_FN void flip(const struct world *w, const char *name, size_t at)
{
    char path[256];
    path_in(w, name, path);
    CLEANUP(buf_free) struct buf b = BUF(32u << 20);
    assert_ok(seam_read(path, 32u << 20, &b));
    assert_true(at < b.len);
    b.p[at] ^= 1;
    write_file(path, buf_view(&b));
}

WORLD_FN void drop(const struct world *w, const char *name)
{
    char path[256];
    path_in(w, name, path);
    assert_int_equal(unlink(path), 0);
}

/* What somebody does who writes to the database behind our back. */
__attribute__((format(printf, 2, 3))) WORLD_FN void sql(const struct world *w, const char *format, ...)
{
    char path[256], text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(path, sizeof path, "%s/register.db", w->data);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* --- what is right, computed from the leaves alone --- */

WORLD_FN void check_tile(const struct world *w, const struct tile *t)
{
    char name[256];
    struct buf path = BUF_FIXED((uint8_t *)name, sizeof name);
    tile_path(t, &path);
    char full[512];
    snprintf(full, sizeof full, "%s/%s", w->log, buf_text(&path));
    CLEANUP(buf_free) struct buf real = BUF(32u << 20), disk = BUF(32u << 20);
    size_t each = 1;
    for (unsigned i = 0; i < t->level; i++)
        each *= 256;
    for (size_t i = 0; i < t->width; i++) {
        size_t at = (size_t)t->index * 256 + i;
        char text[128];
        entry_text(text, at);
        struct hash h = merkle_root(w->leaves + at * each, each);
        if (t->entries)
            assert_ok(tile_bundle_add(&real, view_text(text)));
        else
            buf_put(&real, hash_view(&h));
    }
    assert_ok(seam_read(full, 32u << 20, &disk));
    assert_true(view_equal(buf_view(&real), buf_view(&disk)));
}

WORLD_FN void check_verdicts(struct world *w)
{
    struct publish_verdict v;
    assert_ok(publish_verify(w->store, w->log, w->vkey, w->signer, NULL, NULL, &v));
    if (v.faults)
        fail_msg("%s", v.fault[0]);
    struct hash root = merkle_root(w->leaves, w->count);
    assert_int_equal(v.entries, w->count);
    assert_int_equal(v.size, w->count);
    assert_int_equal(v.unpublished, 0);
    assert_true(hash_equal(&v.root, &root));
    assert_ok(publish_verify_tiles(w->log, w->vkey, &v));
    if (v.faults)
        fail_msg("%s", v.fault[0]);
    assert_int_equal(v.entries, w->count);
    assert_true(hash_equal(&v.root, &root));
}

WORLD_FN void check_all(struct world *w)
{
    struct tile_walk walk = tile_walk_new(0, w->count);
    struct tile t;
    while (tile_walk_next(&walk, &t))
        check_tile(w, &t);
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES), file = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c;
    assert_ok(publish_newest(w->store, &note, &c));
    struct hash root = merkle_root(w->leaves, w->count);
    assert_int_equal(c.size, w->count);
    assert_true(hash_equal(&c.root, &root));
    assert_ok(checkpoint_open(buf_view(&note), &w->key, view_text(ORIGIN), &c));
    assert_ok(publish_file_read(w->log, &file));
    assert_true(view_equal(buf_view(&note), buf_view(&file)));
    check_verdicts(w);
}

#endif
