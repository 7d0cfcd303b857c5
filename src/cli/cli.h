/* What the commands share: their table, the state of one run, and the way through a change: open, lease, act, commit, publish,
 * and only then say so.
 *
 * A command is a row {noun, verb, ...} in a table of its file's, and the tables are listed in commands.c.
 */
#ifndef CLI_H
#define CLI_H

#include "args.h"
#include "config.h"
#include "jsonio.h"
#include "out.h"
#include "vault.h"

struct cli {
    struct arena *arena; /* lives as long as the command */
    const struct command *command;
    struct args args;
    struct out out;
    const char *program; /* this very binary */
    const char *dir;     /* the data directory */
    bool has_now;
    int64_t now;
    char label[64]; /* "recipient add" */
    struct secret_source source;   /* where the slot's passphrase comes from */
    struct passphrase *passphrase; /* passphrase.c's own */
    uint8_t alarms; /* of the keeper: protocol.h's enum alarm */
};

struct command {
    const char *noun, *verb; /* verb NULL: the noun is the whole command; noun NULL ends a table */
    const char *purpose;     /* one sentence */
    const char *example;     /* one line that works */
    const struct args_word *words;
    const struct args_option *options;
    err (*run)(struct cli *c);
};

/* Commands that belong to one step of the work. */
struct command_group {
    const char *title; /* NULL: goes on under the title before */
    const struct command *commands;
};
extern const struct command_group command_groups[]; /* ends with commands NULL */
/* The i-th of all; NULL beyond. */
const struct command *command_at(size_t i);
/* NULL: none of that name.  `noun` alone finds a command without verb. */
const struct command *command_find(const char *noun, const char *verb);
bool command_is_noun(const char *noun);
struct args_spec command_spec(const struct command *c);

/* --- the data directory --- */

err cli_options(struct cli *c, struct vault_options *ret); /* ERR_USAGE without -C and CANDOUR_DIR */
err cli_open(struct cli *c, enum store_mode mode, struct vault **ret);
/* For a change: open for writing, one at a time, and a transaction begun; where the log can go on, else nothing is changed. */
err cli_change(struct cli *c, struct vault **ret);
/* Commits and publishes; after it success may be reported.  Crash point: "committed". */
err cli_done(struct cli *c, struct vault *v);
/* Its words and what was given but the time and the form of the answer: the same a minute later is the same command (vault.h's jobs). */
err cli_job_key(const struct cli *c, struct vault *v, uint8_t key[32]);
/* What the same command did just before is said as that. */
void cli_say_again(struct cli *c, bool again);

/* What to do where only files of the published log are wrong. */
#define CLI_MEND_FOLDER                                                                                                   \
    "Find out who could write to it, and keep a copy. Then delete the folder log/tile: the next command that changes something makes all of it again."

/* --- reading values --- */

/* A day, or DAY_UNKNOWN where the option is not given.  The error names the option. */
err cli_day(const struct cli *c, const char *option, int32_t *ret);
err cli_number(const struct cli *c, const char *option, uint64_t max, uint64_t *ret); /* required, or *ret stays */
/* Of the catalogue and of the purposes; errors with the nearest. */
err cli_field(struct cli *c, const struct config *config, const char *key, const struct field **ret);
err cli_purpose(struct cli *c, const struct config *config, const char *key, const struct purpose **ret);
/* Adds "--option" as the place. */
err cli_at(err e, const char *option);
/* A new file that somebody named; there already with the same bytes: OK.  Errors: ERR_CONFLICT (with others), ERR_NOT_FOUND (its folder),
 * ERR_IO. */
err cli_write_new(const char *path, struct view bytes);
/* A word of the command that must be there: args_word() of an ARGS_ONE. */
const char *cli_word(const struct cli *c, size_t i);

/* ERR_INVALID: there is no such field (purpose ...), with the nearest one. */
err cli_unknown(const char *thing, const char *name, const char *const *candidates, size_t count);

/* An arena's text made by printf. */
const char *cli_text(struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A value that stands in a line, made harmless for a screen: text_in_line(). */
const char *cli_in_line(struct cli *c, const char *value);
/* "2018-03-02" in the arena; "" for an unknown day. */
const char *cli_day_text(struct cli *c, int32_t day);
/* Local time with offset, in the arena. */
const char *cli_time_text(struct cli *c, const struct vault *v, int64_t instant);
json_t *cli_json_day(int32_t day); /* null for an unknown day */

#endif
