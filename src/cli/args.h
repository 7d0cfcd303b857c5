/* The command line by tables: each command names its options and its words, and gets them back checked.
 *
 * `-C DIR`, `--json`, `--now T`, `--passphrase-file PATH` and `--help` are known to every command and may stand anywhere.  `--name VALUE` and `--name=VALUE`
 * are the same; `--` ends the options.  A value that begins with `--` has to be written with `=`: a forgotten value is likelier.
 * Errors: ERR_USAGE, which names the option and, for an unknown one, the nearest.
 * Owns: everything lives in the arena or is borrowed from argv.
 */
#ifndef ARGS_H
#define ARGS_H

#include "buf.h"
#include "mem.h"

enum args_shape {
    ARGS_FLAG,  /* no value */
    ARGS_VALUE, /* once, with a value */
    ARGS_LIST   /* repeatable, with a value each */
};

struct args_option {
    const char *name; /* without the dashes; NULL ends a table */
    enum args_shape shape;
    bool required;
    const char *value; /* how help calls the value: "PATH" */
    const char *help;  /* half a sentence */
};

struct args_word {
    const char *name; /* "FILE"; NULL ends a table */
    enum { ARGS_ONE, ARGS_MAYBE, ARGS_MANY } count; /* MAYBE and MANY (none or more) only at the end */
};

enum { ARGS_WORDS_MAX = 4 };

/* What a command accepts. */
struct args_spec {
    const char *noun, *verb; /* verb NULL: the noun is the whole command */
    const struct args_word *words;     /* NULL: none */
    const struct args_option *options; /* NULL: none but the common ones */
};

struct args_given {
    const struct args_option *option;
    const char *value;
};

struct args {
    const struct args_spec *spec;
    struct args_given *given;
    size_t given_count;
    const char **words;
    size_t word_count;
};

extern const struct args_option args_common[]; /* dir is "-C" */

/* `argv` without the program, the noun and the verb.  With --help among it nothing else is checked. */
err args_parse(struct arena *a, const struct args_spec *spec, size_t argc, const char *const *argv, struct args *ret);

/* The name must be in the table (else the program stops: our mistake). */
bool args_has(const struct args *a, const char *name);
const char *args_value(const struct args *a, const char *name); /* NULL: not given */
const char *args_or(const struct args *a, const char *name, const char *otherwise);
size_t args_count(const struct args *a, const char *name);
const char *args_nth(const struct args *a, const char *name, size_t i);
/* The i-th word, NULL where there are fewer. */
const char *args_word(const struct args *a, size_t i);

/* All values of a repeatable option, each split at its commas; trimmed, none empty (ERR_USAGE). */
err args_split(struct arena *arena, const struct args *a, const char *name, const char *const **ret, size_t *ret_count);

/* How many of argv's words the option at argv[0] takes, if it is a common one; 0: it is not. */
size_t args_common_len(size_t argc, const char *const *argv);

/* "candour import [--source S] ... FILE", then the options with their help. */
void args_usage(const struct args_spec *spec, struct buf *to);

#endif
