/* The machine's own limits, measured in the same run by loops that do nothing else: what a figure stands beside.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "bench.h"

/* `rows` rows of `row_len` random bytes and two random columns of 16 bytes, each with an index that is there before, into a new SQLite
 * database in the bench's folder: one transaction, WAL, synchronous FULL, 128 MB of cache (the best of what was tried for bulk). */
struct bench_bare {
    double seconds, processor;
};
err bench_bare_insert(struct bench *b, uint64_t rows, size_t row_len, struct bench_bare *ret);

/* fdatasync() after each 4 KB written over a file that has its full length already: seconds of each, as many as find room. */
err bench_bare_sync(struct bench *b, size_t most, struct bench_times *to);

/* Pieces of `len` bytes opened with XChaCha20-Poly1305 in this process, one after the other: how many a second. */
err bench_bare_open(size_t len, double *ret_rate);

/* The smallest question to the keeper and its answer: seconds of each, as many as find room. */
err bench_bare_ping(struct vault *v, struct bench_times *to);

/* So many bytes of memory, read once each by a loop that adds them up; the best of some. */
err bench_bare_read(size_t bytes, double *ret_seconds);

#endif
