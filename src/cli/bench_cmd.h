/* The measuring commands, one a file bench_*.c; cmd_bench.c has their table.
 */
#ifndef BENCH_CMD_H
#define BENCH_CMD_H

#include "bench.h"

err bench_import(struct cli *c);
err bench_keeper(struct cli *c);
err bench_log(struct cli *c);
err bench_scope(struct cli *c);
err bench_growth(struct cli *c);

#endif
