#include "bench.h"

#include "bench_people.h"
#include "mem.h"
#include "seam.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20, ROWS_BYTES = 8192, FOLDERS_OPEN = 16, REMOVE_TRIES = 20, REMOVE_WAIT_US = 100000 };

/* --- the folder --- */

const char *bench_path(const struct bench *b, const char *name)
{
    return cli_text(b->c, "%s/%s", b->root, name);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)at;
    if (type == FTW_DP)
        return rmdir(path);
    err_ignore(seam_unlink(path), "what stays is told of by the folder's own removal");
    return 0;
}

/* Keeper and signer see within a second that the slot is gone; until then they may still write beside it. */
static bool removed(const char *root)
{
    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (nftw(root, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS) == 0)
            return true;
        usleep(REMOVE_WAIT_US);
    }
    return false;
}

/* A command that is ended (Ctrl-C, a lost terminal) ends no folder: a child of it waits for that, and removes the folder. */
static err watch(struct bench *b)
{
    int ends[2];
    char none;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system("make a pipe");
    pid_t child = fork();
    if (child == 0) {
        setsid();
        for (int fd = 0; fd <= STDERR_FILENO; fd++)
            close(fd);
        close(ends[1]);
        while (read(ends[0], &none, 1) < 0 && errno == EINTR)
            continue;
        if (access(b->root, F_OK) == 0)
            removed(b->root);
        _exit(0);
    }
    close(ends[0]);
    b->alive = ends[1];
    if (child < 0)
        return err_system("start a process that cleans up");
    return OK;
}

err bench_begin(struct cli *c, struct bench *ret)
{
    *ret = (struct bench){.c = c, .alive = -1, .figures = json_array()};
    ENSURE(ret->figures, mem_none());
    char under[LIMIT_PATH_BYTES];
    const char *given = args_or(&c->args, "dir", ".");
    if (!realpath(given, under))
        return err_at(err_system("find the folder to measure in"), given, 0, 0);
    int len = snprintf(ret->root, sizeof ret->root, "%s/candour-bench-XXXXXX", under);
    bool fits = len > 0 && (size_t)len < sizeof ret->root - 64;
    if (!fits || !mkdtemp(ret->root)) {
        ret->root[0] = 0;
        return err_at(err_system("make a folder to measure in"), given, 0, 0);
    }
    ret->data = bench_path(ret, "d");
    ret->slot = bench_path(ret, "d.slot");
    return watch(ret);
}

void bench_end(struct bench *b)
{
    json_decref(b->figures);
    b->figures = NULL;
    if (b->root[0] && !removed(b->root))
        out_note(&b->c->out, "The folder %s could not be removed; it holds nothing but invented people.\n", b->root);
    b->root[0] = 0;
    if (b->alive >= 0)
        close(b->alive);
    b->alive = -1;
}

/* --- people --- */

err bench_count(struct cli *c, const char *option, uint64_t otherwise, uint64_t max, uint64_t *ret)
{
    *ret = otherwise;
    TRY(cli_number(c, option, max, ret));
    ENSURE(*ret > 0, cli_at(err_new(ERR_USAGE, "Of nothing there is nothing to measure.", "Give a number of 1 or more."), option));
    return OK;
}

static err put(struct seam_file *file, struct buf *piece, uint64_t *offset)
{
    TRY(buf_ok(piece));
    TRY(seam_write(file, *offset, buf_view(piece)));
    *offset += piece->len;
    buf_clear(piece);
    return OK;
}

err bench_register(struct cli *c, const char *path, uint64_t people, uint64_t seed, uint64_t *ret_bytes)
{
    CLEANUP(bench_people_end) struct bench_people b;
    CLEANUP(buf_free) struct buf piece = BUF(PIECE_BYTES + ROWS_BYTES);
    CLEANUP(seam_close) struct seam_file file = SEAM_FILE;
    uint64_t bytes = 0;
    bench_people_start(&b, people, seed);
    bench_people_header(&piece);
    TRY(seam_open(&file, path, SEAM_NEW));
    for (uint64_t i = 0; i < people; i++) {
        bench_people_rows(&b, i, &piece);
        if (piece.len < PIECE_BYTES)
            continue;
        TRY(put(&file, &piece, &bytes));
        out_progress(&c->out, "Making people", i, people);
    }
    TRY(put(&file, &piece, &bytes));
    if (ret_bytes)
        *ret_bytes = bytes;
    return seam_sync(&file);
}

err bench_open(struct bench *b, enum store_mode mode, struct vault **ret)
{
    struct vault_options o = {.dir = b->data, .program = b->c->program, .command = b->c->label};
    return vault_open(&o, mode, ret);
}

err bench_init(struct bench *b)
{
    struct bench_ran ran;
    return bench_run(b, (const char *[]){"init", "--name", "Measured Members' Union", "--contact", "privacy@union.example", "--slot", b->slot,
                                         "--practice", NULL}, &ran, NULL);
}

/* --- measuring --- */

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

err bench_times_new(size_t room, struct bench_times *ret)
{
    *ret = (struct bench_times){.list = mem_array(room + 1, sizeof *ret->list), .room = room};
    return ret->list ? OK : mem_none();
}

void bench_times_free(struct bench_times *t)
{
    mem_free(t->list);
    t->list = NULL;
}

void bench_times_add(struct bench_times *t, double seconds)
{
    if (t->count < t->room)
        t->list[t->count++] = seconds;
}

static int by_time(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double bench_times_at(struct bench_times *t, unsigned percent)
{
    CHECK(t->count && percent <= 100);
    qsort(t->list, t->count, sizeof *t->list, by_time);
    return t->list[(t->count - 1) * percent / 100];
}
