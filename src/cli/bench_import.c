/* candour bench import: a register taken in by the real command, and as many bare rows beside it. */
#include "bench_bare.h"
#include "bench_cmd.h"

#include "seam.h"

#include <sys/stat.h>

enum { PEOPLE = 1000000 };

struct rows {
    uint64_t count, bytes;
};

static err on_row(void *ctx, uint64_t no, struct view blob)
{
    struct rows *r = ctx;
    (void)no;
    r->count++;
    r->bytes += blob.len;
    return OK;
}

static err stored_rows(struct bench *b, struct rows *ret)
{
    CLEANUP(store_close) struct store *s = NULL;
    *ret = (struct rows){0};
    TRY(store_open(b->data, STORE_READ, &s));
    TRY(store_rows_each(s, 0, UINT32_MAX, on_row, ret));
    ENSURE(ret->count > 0, err_new(ERR_INTERNAL, "The import that was measured stored nobody.", "Report this mistake."));
    return OK;
}

static uint64_t bytes_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static err imports(struct bench *b, uint64_t people, const char *file, struct bench_ran *first, struct bench_ran *again)
{
    const char *const words[] = {"import", file, "--source", "crm", "--full", NULL};
    CLEANUP(jsonio_release) json_t *doc = NULL;
    TRY(bench_run(b, words, first, &doc));
    ENSURE((uint64_t)json_integer_value(json_object_get(doc, "added")) == people,
           err_new(ERR_INTERNAL, "The import that was measured did not take everybody in.", "Report this mistake."));
    return bench_run(b, words, again, NULL);
}

err bench_import(struct cli *c)
{
    uint64_t people;
    CLEANUP(bench_end) struct bench b = BENCH_NONE;
    TRY(bench_count(c, "people", PEOPLE, BENCH_PEOPLE_MAX, &people));
    TRY(bench_begin(c, &b));
    const char *file = bench_path(&b, "people.csv");
    TRY(bench_register(c, file, people, 1, NULL));
    TRY(bench_init(&b));
    struct bench_ran first, again;
    struct rows rows;
    struct bench_bare bare;
    TRY(imports(&b, people, file, &first, &again));
    uint64_t keeper = bench_keeper_peak(&b);
    TRY(stored_rows(&b, &rows));
    /* Last: a process counts as at least as large as its starter was. */
    TRY(bench_bare_insert(&b, people, (size_t)(rows.bytes / rows.count), &bare));
    out_set_text(&c->out, "bench", "import");
    out_set_number(&c->out, "people", people);
    out_set_number(&c->out, "row_bytes", rows.bytes / rows.count);
    out_set_number(&c->out, "database_bytes", bytes_of(bench_path(&b, "d/register.db")));
    out_set_number(&c->out, "bare_database_bytes", bytes_of(bench_path(&b, "bare.db")));
    double mb = 1e6, n = (double)people;
    bench_figure(&b, &(struct bench_figure){"import", "s", first.seconds, "bare rows into SQLite", bare.seconds, 0, 0});
    bench_figure(&b, &(struct bench_figure){"import, of the bare speed", "of 1", bare.seconds / first.seconds, NULL, 0, .least = 0.5});
    bench_figure(&b, &(struct bench_figure){"import, people a second", "1/s", n / first.seconds, "bare rows a second", n / bare.seconds, 0, 0});
    bench_figure(&b, &(struct bench_figure){"import, processor time without the keeper's", "s", first.processor, "bare rows, processor time", bare.processor, 0, 0});
    bench_figure(&b, &(struct bench_figure){"import, memory", "MB", (double)first.peak_bytes / mb, NULL, 0, .most = 300});
    bench_figure(&b, &(struct bench_figure){"the same file again", "s", again.seconds, NULL, 0, 0, 0});
    bench_figure(&b, &(struct bench_figure){"the same file again, memory", "MB", (double)again.peak_bytes / mb, NULL, 0, .most = 300});
    bench_figure(&b, &(struct bench_figure){"keeper, memory", "MB", (double)keeper / mb, NULL, 0, 0, 0});
    bench_say(&b);
    return OK;
}
