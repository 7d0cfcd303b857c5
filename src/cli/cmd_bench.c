/* candour bench: invented people, and measuring. */
#include "commands.h"

#include "bench_people.h"
#include "seam.h"


enum { PEOPLE_MAX = 20000000, PIECE_BYTES = 1 << 20, ROWS_BYTES = 8192 };

/* Where the rows go: a new file, or standard output. */
struct target {
    struct cli *c;
    struct seam_file file;
    const char *path;
    uint64_t offset;
};

static void end_target(struct target *t)
{
    seam_close(&t->file);
}

static err put(struct target *t, struct buf *piece)
{
    TRY(buf_ok(piece));
    if (t->path)
        TRY(seam_write(&t->file, t->offset, buf_view(piece)));
    else
        TRY(out_bulk(&t->c->out, buf_view(piece)));
    t->offset += piece->len;
    buf_clear(piece);
    return OK;
}

static err make_rows(struct target *t, uint64_t people, uint64_t seed)
{
    CLEANUP(bench_people_end) struct bench_people b;
    CLEANUP(buf_free) struct buf piece = BUF(PIECE_BYTES + ROWS_BYTES);
    bench_people_start(&b, people, seed);
    bench_people_header(&piece);
    for (uint64_t i = 0; i < people; i++) {
        bench_people_rows(&b, i, &piece);
        if (piece.len >= PIECE_BYTES) {
            TRY(put(t, &piece));
            out_progress(&t->c->out, "Making people", i, people);
        }
    }
    return put(t, &piece);
}

static err run_make(struct cli *c)
{
    uint64_t people = 0, seed = 1;
    TRY(cli_number(c, "people", PEOPLE_MAX, &people));
    TRY(cli_number(c, "seed", INT64_MAX, &seed));
    CLEANUP(end_target) struct target t = {.c = c, .file = SEAM_FILE, .path = args_value(&c->args, "out")};
    ENSURE(t.path || !c->out.json, cli_at(err_new(ERR_USAGE, "With --json the file needs a name.", "Add --out FILE."), "out"));
    if (t.path)
        TRY(seam_open(&t.file, t.path, SEAM_NEW));
    TRY(make_rows(&t, people, seed));
    if (!t.path)
        return OK;
    TRY(seam_sync(&t.file));
    out_set_text(&c->out, "file", t.path);
    out_set_number(&c->out, "people", people);
    out_set_number(&c->out, "bytes", t.offset);
    out_say(&c->out, "%s invented people are in %s.\n", OUT_N(people), t.path);
    return OK;
}

static const struct args_option make_options[] = {
    {"people", ARGS_VALUE, true, "N", "how many"},
    {"seed", ARGS_VALUE, false, "S", "the same seed gives the same people (1)"},
    {"out", ARGS_VALUE, false, "FILE", "a new file; standard output if not said"},
    {0},
};

const struct command cmd_bench[] = {
    {"bench", "make-register", "Makes a register of invented people.", "candour bench make-register --people 1000 --seed 7 --out people.csv",
     NULL, make_options, run_make},
    {0},
};
