#include "args.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

const struct args_option args_common[] = {
    {"json", ARGS_FLAG, .help = "one JSON document on standard output"},
    {"now", ARGS_VALUE, .value = "TIME", .help = "practice only: the clock of this command starts here"},
    {"passphrase-file", ARGS_VALUE, .value = "PATH", .help = "the slot's passphrase is its first line (or /dev/fd/N); without it the terminal asks, where needed"},
    {"help", ARGS_FLAG, .help = "this page"},
    {"dir", ARGS_VALUE, .value = "DIR", .help = "the data directory (also -C DIR, or the variable CANDOUR_DIR)"},
    {0},
};

enum { OPTIONS_MAX = 64 };

static bool is_option(const char *arg)
{
    return arg[0] == '-' && arg[1] != 0;
}

static const struct args_option *find_in(const struct args_option *table, const char *name, size_t len)
{
    for (const struct args_option *o = table; o && o->name; o++) {
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

static const struct args_option *find(const struct args_spec *spec, const char *name, size_t len)
{
    const struct args_option *own = spec ? find_in(spec->options, name, len) : NULL;
    return own ? own : find_in(args_common, name, len);
}

static err unknown_option(const struct args_spec *spec, const char *name, size_t len)
{
    const char *candidates[OPTIONS_MAX];
    char wanted[64];
    size_t count = 0;
    for (const struct args_option *o = spec ? spec->options : NULL; o && o->name && count < OPTIONS_MAX - 8; o++)
        candidates[count++] = o->name;
    for (const struct args_option *o = args_common; o->name; o++)
        candidates[count++] = o->name;
    snprintf(wanted, sizeof wanted, "%.*s", (int)(len < sizeof wanted ? len : sizeof wanted - 1), name);
    long near = text_nearest(wanted, candidates, count);
    if (near >= 0)
        return err_newf(ERR_USAGE, "There is no option --{} here.", "Did you mean --{}? See the command's --help.",
                        err_name(wanted), err_name(candidates[near]));
    return err_newf(ERR_USAGE, "There is no option --{} here.", "See the command's --help for those there are.", err_name(wanted));
}

/* One option as it stands in argv. */
struct taken {
    const struct args_option *option;
    const char *value;
    size_t len; /* arguments used */
};

static err take_short(const char *const *argv, size_t argc, struct taken *ret)
{
    ENSURE(argv[0][1] == 'C', err_newf(ERR_USAGE, "There is no option {} here.", "Only -C has one dash. See the command's --help.",
                                       err_name(argv[0])));
    ret->option = find_in(args_common, "dir", 3);
    ret->value = argv[0] + 2;
    ret->len = 1;
    if (*ret->value)
        return OK;
    ENSURE(argc > 1, err_new(ERR_USAGE, "-C needs a folder.", "Write -C DIR."));
    ret->value = argv[1];
    ret->len = 2;
    return OK;
}

static err take(const struct args_spec *spec, const char *const *argv, size_t argc, struct taken *ret)
{
    if (argv[0][1] != '-')
        return take_short(argv, argc, ret);
    const char *name = argv[0] + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct args_option *o = find(spec, name, len);
    ENSURE(o, unknown_option(spec, name, len));
    *ret = (struct taken){o, equals ? equals + 1 : NULL, 1};
    if (o->shape == ARGS_FLAG) {
        ENSURE(!equals, err_newf(ERR_USAGE, "--{} takes no value.", "Write --{} alone.", err_name(o->name), err_name(o->name)));
        return OK;
    }
    if (equals)
        return OK;
    ENSURE(argc > 1 && strncmp(argv[1], "--", 2) != 0,
           err_newf(ERR_USAGE, "--{} needs a value.", "Write --{} {}.", err_name(o->name), err_name(o->name), err_name(o->value)));
    ret->value = argv[1];
    ret->len = 2;
    return OK;
}

size_t args_common_len(size_t argc, const char *const *argv)
{
    struct taken t = {0};
    err e = take(NULL, argv, argc, &t);
    if (e.kind != ERR_OK) {
        err_ignore(e, "whoever asks treats it as not a common option");
        return 0;
    }
    return t.len;
}

static err add_option(struct args *a, const struct taken *t)
{
    bool twice = t->option->shape != ARGS_LIST && args_has(a, t->option->name);
    ENSURE(!twice || t->option->shape == ARGS_FLAG,
           err_newf(ERR_USAGE, "--{} was given twice.", "Give it once.", err_name(t->option->name)));
    if (!twice)
        a->given[a->given_count++] = (struct args_given){t->option, t->value};
    return OK;
}

static err check_words(const struct args *a)
{
    size_t needed = 0;
    bool more = false;
    size_t most = 0;
    for (const struct args_word *w = a->spec->words; w && w->name; w++) {
        needed += w->count == ARGS_ONE;
        most++;
        more = more || w->count == ARGS_MANY;
    }
    ENSURE(a->word_count >= needed, err_newf(ERR_USAGE, "The command needs {}.", "See its --help.",
                                             err_name(a->spec->words ? a->spec->words[a->word_count].name : "")));
    ENSURE(more || a->word_count <= most, err_newf(ERR_USAGE, "The word \"{}\" is one too many.",
                                                   "Put texts with blanks in quotes. See the command's --help.",
                                                   err_name(a->words[most])));
    return OK;
}

static err check_required(const struct args *a)
{
    for (const struct args_option *o = a->spec->options; o && o->name; o++)
        ENSURE(!o->required || args_has(a, o->name), err_newf(ERR_USAGE, "--{} is missing.", "Add --{} {}. See the command's --help.",
                                                               err_name(o->name), err_name(o->name), err_name(o->value)));
    return OK;
}

err args_parse(struct arena *a, const struct args_spec *spec, size_t argc, const char *const *argv, struct args *ret)
{
    *ret = (struct args){.spec = spec};
    ret->given = arena_array(a, argc + 1, sizeof *ret->given);
    ret->words = arena_array(a, argc + 1, sizeof *ret->words);
    ENSURE(ret->given && ret->words, mem_none());
    bool options = true;
    for (size_t i = 0; i < argc;) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            i++;
        } else if (options && is_option(argv[i])) {
            struct taken t = {0};
            TRY(take(spec, argv + i, argc - i, &t));
            TRY(add_option(ret, &t));
            i += t.len;
        } else {
            ret->words[ret->word_count++] = argv[i++];
        }
    }
    if (args_has(ret, "help"))
        return OK;
    TRY(check_words(ret));
    return check_required(ret);
}

/* --- asking --- */

static const struct args_option *known(const struct args *a, const char *name)
{
    const struct args_option *o = find(a->spec, name, strlen(name));
    CHECK(o);
    return o;
}

const char *args_nth(const struct args *a, const char *name, size_t i)
{
    const struct args_option *o = known(a, name);
    for (size_t n = 0; n < a->given_count; n++) {
        if (a->given[n].option == o && i-- == 0)
            return a->given[n].value ? a->given[n].value : "";
    }
    return NULL;
}

const char *args_value(const struct args *a, const char *name)
{
    return args_nth(a, name, 0);
}

bool args_has(const struct args *a, const char *name)
{
    return args_nth(a, name, 0) != NULL;
}

const char *args_or(const struct args *a, const char *name, const char *otherwise)
{
    const char *value = args_value(a, name);
    return value ? value : otherwise;
}

size_t args_count(const struct args *a, const char *name)
{
    size_t count = 0;
    while (args_nth(a, name, count))
        count++;
    return count;
}

const char *args_word(const struct args *a, size_t i)
{
    return i < a->word_count ? a->words[i] : NULL;
}

/* The texts between the commas of `value`, added to `list` where that isn't NULL. */
static err split_one(struct arena *arena, const char *name, const char *value, const char **list, size_t *count)
{
    for (const char *p = value; p;) {
        const char *comma = strchr(p, ',');
        size_t len = comma ? (size_t)(comma - p) : strlen(p);
        const char *start = p;
        for (; len && *start == ' '; len--)
            start++;
        while (len && start[len - 1] == ' ')
            len--;
        ENSURE(len, err_newf(ERR_USAGE, "--{} has an empty place in its list.", "Write it as a,b,c.", err_name(name)));
        if (list)
            ENSURE(list[*count] = arena_text(arena, start, len), mem_none());
        (*count)++;
        p = comma ? comma + 1 : NULL;
    }
    return OK;
}

err args_split(struct arena *arena, const struct args *a, const char *name, const char *const **ret, size_t *ret_count)
{
    size_t values = args_count(a, name);
    size_t count = 0;
    for (size_t i = 0; i < values; i++)
        TRY(split_one(arena, name, args_nth(a, name, i), NULL, &count));
    const char **list = arena_array(arena, count + 1, sizeof *list);
    ENSURE(list, mem_none());
    count = 0;
    for (size_t i = 0; i < values; i++)
        TRY(split_one(arena, name, args_nth(a, name, i), list, &count));
    *ret = list;
    *ret_count = count;
    return OK;
}

/* --- help --- */

static void put_option(const struct args_option *o, struct buf *to)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    buf_fmt(to, "  %-26s %s%s%s\n", left, o->help, o->shape == ARGS_LIST ? " (repeatable)" : "", o->required ? " (required)" : "");
}

static void put_words(const struct args_word *words, struct buf *to)
{
    for (const struct args_word *w = words; w && w->name; w++) {
        buf_str(to, w->count == ARGS_ONE ? " " : " [");
        buf_str(to, w->name);
        buf_str(to, w->count == ARGS_ONE ? "" : w->count == ARGS_MAYBE ? "]" : " ...]");
    }
}

void args_usage(const struct args_spec *spec, struct buf *to)
{
    buf_fmt(to, "candour [-C DIR] %s%s%s", spec->noun, spec->verb ? " " : "", spec->verb ? spec->verb : "");
    put_words(spec->words, to);
    for (const struct args_option *o = spec->options; o && o->name; o++) {
        if (o->required)
            buf_fmt(to, " --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    }
    buf_str(to, " [options]\n\n");
    for (const struct args_option *o = spec->options; o && o->name; o++)
        put_option(o, to);
    for (const struct args_option *o = args_common; o->name; o++)
        put_option(o, to);
}
