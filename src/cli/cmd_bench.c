/* candour bench: invented people, and measuring. */
#include "commands.h"

#include "bench_cmd.h"
#include "bench_people.h"

enum { PIECE_BYTES = 1 << 20, ROWS_BYTES = 8192 };

/* To standard output, piece by piece. */
static err print_rows(struct cli *c, uint64_t people, uint64_t seed)
{
    CLEANUP(bench_people_end) struct bench_people b;
    CLEANUP(buf_free) struct buf piece = BUF(PIECE_BYTES + ROWS_BYTES);
    bench_people_start(&b, people, seed);
    bench_people_header(&piece);
    for (uint64_t i = 0; i < people; i++) {
        bench_people_rows(&b, i, &piece);
        if (piece.len < PIECE_BYTES)
            continue;
        TRY(buf_ok(&piece));
        TRY(out_bulk(&c->out, buf_view(&piece)));
        buf_clear(&piece);
    }
    TRY(buf_ok(&piece));
    return out_bulk(&c->out, buf_view(&piece));
}

static err run_make(struct cli *c)
{
    uint64_t people = 0, seed = 1, bytes = 0;
    TRY(cli_number(c, "people", BENCH_PEOPLE_MAX, &people));
    TRY(cli_number(c, "seed", INT64_MAX, &seed));
    const char *path = args_value(&c->args, "out");
    ENSURE(path || !c->out.json, cli_at(err_new(ERR_USAGE, "With --json the file needs a name.", "Add --out FILE."), "out"));
    if (!path)
        return print_rows(c, people, seed);
    TRY(bench_register(c, path, people, seed, &bytes));
    out_set_text(&c->out, "file", path);
    out_set_number(&c->out, "people", people);
    out_set_number(&c->out, "bytes", bytes);
    out_say(&c->out, "%s invented people are in %s.\n", OUT_N(people), path);
    return OK;
}

static const struct args_option make_options[] = {
    {"people", ARGS_VALUE, true, "N", "how many"},
    {"seed", ARGS_VALUE, false, "S", "the same seed gives the same people (1)"},
    {"out", ARGS_VALUE, false, "FILE", "a new file; standard output if not said"},
    {0},
};

static const struct args_option people_options[] = {
    {"people", ARGS_VALUE, false, "N", "how many"},
    {0},
};

static const struct args_option log_options[] = {
    {"entries", ARGS_VALUE, false, "N", "how many (1000000)"},
    {"group", ARGS_VALUE, false, "G", "how many are committed together (10)"},
    {0},
};

static const struct args_option scope_options[] = {
    {"people", ARGS_VALUE, false, "N", "of whom the hand-overs are (1000000)"},
    {"handovers", ARGS_VALUE, false, "N", "how many (1000)"},
    {"each", ARGS_VALUE, false, "N", "people in each of them (100000)"},
    {"fields", ARGS_VALUE, false, "N", "given with each (10, at most 20)"},
    {0},
};

static const struct args_option growth_options[] = {
    {"sizes", ARGS_LIST, false, "N,N,...", "numbers of people, rising (10000,100000,1000000)"},
    {"svg", ARGS_VALUE, false, "FILE", "a new file for the plot"},
    {"keep", ARGS_VALUE, false, "FILE", "holds each size once it is measured; what is in it already is not measured again"},
    {0},
};

/* All but the first take --dir as the folder on the disk to measure. */
const struct command cmd_bench[] = {
    {"bench", "make-register", "Makes a register of invented people.", "candour bench make-register --people 1000 --seed 7 --out people.csv",
     NULL, make_options, run_make},
    {"bench", "import", "Measures an import beside bare rows put into SQLite, in a folder of its own under --dir.", "candour bench import --people 1000000 --dir . --json", NULL, people_options,
     bench_import},
    {"bench", "keeper", "Measures opening, looking up and changing records beside cipher and disk, in a folder of its own under --dir.", "candour bench keeper --people 100000 --dir .", NULL,
     people_options, bench_keeper},
    {"bench", "log", "Measures appending to the log and verifying it beside the disk, in a folder of its own under --dir.", "candour bench log --entries 1000000 --group 10 --dir .", NULL,
     log_options, bench_log},
    {"bench", "scope", "Measures who is affected by very many hand-overs to one company, in a folder of its own under --dir.",
     "candour bench scope --people 1000000 --handovers 1000 --each 100000 --fields 10 --dir .", NULL, scope_options, bench_scope},
    {"bench", "growth", "Measures the memory of every command as the register grows, in a folder of its own under --dir.",
     "candour bench growth --sizes 10000,100000,1000000 --svg growth.svg --dir .", NULL, growth_options, bench_growth},
    {0},
};
