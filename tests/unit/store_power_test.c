/* The power is cut before every single change that the store makes to its files: every change is taped, and every beginning
 * of the tape is played onto an image of the disk that loses nothing, all that was not synced, or some sectors of it. */
#include "store_story.h"

#include <errno.h>

enum { OPS = 4000, FILES = 16, ACTS = 12, AHEAD = 1 << 16 /* a piece by which a -wal file is made longer ahead */ };

/* What happened, in order. */
struct op {
    enum seam_kind kind;
    char name[40], to[40];
    uint64_t offset;
    uint8_t *bytes;
    size_t len;
};

struct tape {
    struct op ops[OPS];
    int count;
    int acknowledged_at[ACTS]; /* how many operations had happened when act k was acknowledged */
    int made_at;             /* ... and when the register was */
};

static void last_part(char to[40], const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    snprintf(to, 40, "%s", slash ? slash + 1 : "");
}

static int tape_it(void *ctx, const struct seam_op *op)
{
    struct tape *t = ctx;
    if (t->count >= OPS)
        return ENOSPC;
    struct op *o = &t->ops[t->count++];
    *o = (struct op){.kind = op->kind, .offset = op->offset, .len = op->bytes.len};
    last_part(o->name, op->path);
    last_part(o->to, op->to);
    if (o->len) {
        o->bytes = malloc(o->len);
        if (o->bytes)
            memcpy(o->bytes, op->bytes.p, o->len);
    }
    return 0;
}

/* A disk: what each file holds in memory and, after its last sync, for certain; and its name in both. */
struct content {
    uint8_t *p;
    size_t len;
};

struct disk_file {
    char now[40], durable[40];
    struct content is, synced;
};

struct disk {
    struct disk_file files[FILES];
    int count;
};

static void resize(struct content *c, size_t len)
{
    if (len > c->len) {
        c->p = realloc(c->p, len);
        assert_non_null(c->p);
        memset(c->p + c->len, 0, len - c->len);
    }
    c->len = len;
}

static void copy_content(struct content *to, const struct content *from)
{
    to->len = 0;
    resize(to, from->len);
    if (from->len)
        memcpy(to->p, from->p, from->len);
}

static struct disk_file *file_of(struct disk *d, const char *name)
{
    for (int i = 0; i < d->count; i++)
        if (strcmp(d->files[i].now, name) == 0)
            return &d->files[i];
    assert_true(d->count < FILES);
    struct disk_file *f = &d->files[d->count++];
    *f = (struct disk_file){0};
    strcpy(f->now, name);
    return f;
}

static void happen(struct disk *d, const struct op *o)
{
    if (o->kind == SEAM_SYNC_DIR) {
        for (int i = 0; i < d->count; i++)
            strcpy(d->files[i].durable, d->files[i].now);
        return;
    }
    if (o->kind == SEAM_MKDIR)
        return;
    struct disk_file *f = file_of(d, o->name);
    if (o->kind == SEAM_WRITE) {
        if (f->is.len < o->offset + o->len)
            resize(&f->is, o->offset + o->len);
        memcpy(f->is.p + o->offset, o->bytes, o->len);
    } else if (o->kind == SEAM_TRUNCATE) {
        resize(&f->is, o->offset);
    } else if (o->kind == SEAM_SYNC) {
        copy_content(&f->synced, &f->is);
    } else if (o->kind == SEAM_UNLINK) {
        f->now[0] = 0;
    } else if (o->kind == SEAM_RENAME) {
        file_of(d, o->to)->now[0] = 0;
        strcpy(f->now, o->to);
    }
}

enum loss { LOSE_NOTHING, LOSE_UNSYNCED, LOSE_SECTORS, LOSS_COUNT };

/* Of what was not synced, each 512 bytes are there or not, by chance. */
static void lose_sectors(struct content *to, const struct disk_file *f, unsigned *seed)
{
    copy_content(to, &f->synced);
    if (rand_r(seed) & 1)
        resize(to, f->is.len);
    for (size_t at = 0; at < to->len; at += 512)
        if (at < f->is.len && rand_r(seed) & 1) {
            size_t end = at + 512 < f->is.len ? at + 512 : f->is.len;
            end = end < to->len ? end : to->len;
            memcpy(to->p + at, f->is.p + at, end - at);
        }
}

static void write_image(const struct disk *d, enum loss loss, unsigned seed)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s; mkdir -m 700 %s", folder, folder);
    assert_int_equal(system(command), 0);
    for (int i = 0; i < d->count; i++) {
        const struct disk_file *f = &d->files[i];
        const char *name = loss == LOSE_NOTHING ? f->now : f->durable;
        if (!name[0])
            continue;
        struct content torn = {0};
        if (loss == LOSE_SECTORS)
            lose_sectors(&torn, f, &seed);
        const struct content *c = loss == LOSE_NOTHING ? &f->is : loss == LOSE_UNSYNCED ? &f->synced : &torn;
        snprintf(command, sizeof command, "%s/%s", folder, name);
        FILE *out = fopen(command, "w");
        assert_non_null(out);
        assert_int_equal(fwrite(c->len ? c->p : (const uint8_t *)"", 1, c->len, out), c->len);
        assert_int_equal(fclose(out), 0);
        free(torn.p);
    }
}

static uint64_t acknowledged_by(const struct tape *t, int ops)
{
    uint64_t n = 0;
    while (n < ACTS && t->acknowledged_at[n] && t->acknowledged_at[n] <= ops)
        n++;
    return n;
}

static void check_image(const struct tape *t, int ops)
{
    CLEANUP(store_close) struct store *s = NULL;
    err opened = store_open(folder, STORE_WRITE, &s);
    if (opened.kind == ERR_NOT_FOUND && ops < t->made_at) {
        assert_ok(store_create(folder));
        return;
    }
    assert_ok(opened);
    uint64_t found = 0, acknowledged = acknowledged_by(t, ops);
    assert_whole(s, &found);
    assert_in_range(found, acknowledged, acknowledged + 1);
}

static bool was_made_longer(const struct tape *t)
{
    bool is = false;
    for (int i = 0; i < t->count; i++)
        is = is || (t->ops[i].kind == SEAM_WRITE && t->ops[i].len == AHEAD);
    return is;
}

static void record(struct tape *t)
{
    seam_hook_set((struct seam_hook){tape_it, t});
    assert_ok(store_create(folder));
    t->made_at = t->count;
    struct store *s = NULL;
    assert_ok(store_open(folder, STORE_WRITE, &s));
    for (uint64_t k = 0; k < ACTS; k++) {
        assert_ok(act(s, k));
        t->acknowledged_at[k] = t->count;
        if (k == 1)
            assert_ok(store_tidy(s));
    }
    store_close(&s);
    seam_hook_set((struct seam_hook){0});
    assert_in_range(t->count, 20, OPS - 1);
    assert_true(was_made_longer(t));
}

static void what_was_acknowledged_survives_a_power_cut_at_every_write(void **state)
{
    (void)state;
    struct tape *t = calloc(1, sizeof *t);
    struct disk *d = calloc(1, sizeof *d);
    assert_true(t && d);
    record(t);
    for (int n = 0; n <= t->count; n++) {
        for (int loss = 0; loss < LOSS_COUNT; loss++) {
            write_image(d, (enum loss)loss, (unsigned)n);
            check_image(t, n);
        }
        if (n < t->count)
            happen(d, &t->ops[n]);
    }
    for (int i = 0; i < d->count; i++) {
        free(d->files[i].is.p);
        free(d->files[i].synced.p);
    }
    for (int i = 0; i < t->count; i++)
        free(t->ops[i].bytes);
    free(d);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_acknowledged_survives_a_power_cut_at_every_write, make, unmake),
    };
    return cmocka_run_group_tests_name("store_power", tests, NULL, NULL);
}
