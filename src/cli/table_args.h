/* The options about files of people, shared by import and handover record.
 */
#ifndef TABLE_ARGS_H
#define TABLE_ARGS_H

#include "cli.h"
#include "table.h"

#define TABLE_ARGS_OPTIONS                                                                                                       \
    {"map", ARGS_VALUE, false, "FILE", "what its columns are; '?' proposes such a file"},                                        \
    {"encoding", ARGS_VALUE, false, "NAME", "utf-8 or windows-1252 (utf-8)"},                                                    \
    {"delimiter", ARGS_VALUE, false, "CHAR", "comma, semicolon, tab or bar (found out)"},                                        \
    {"dates", ARGS_VALUE, false, "ORDER", "year-first, day-first or month-first (year-first)"},                                  \
    {"member", ARGS_VALUE, false, "NAME", "which table of an archive, which sheet"},                                             \
    {"password-file", ARGS_VALUE, false, "FILE", "holds the password of an archive"}

/* Texts live in the arena. */
err table_args(struct cli *c, struct table_options *ret, enum when_order *ret_dates);

#endif
