#include "help.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

enum { COMMANDS_MAX = 128, NAME_BYTES = 64 };

static void full_name(const struct command *c, char to[NAME_BYTES])
{
    snprintf(to, NAME_BYTES, "%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "");
}

static void put_line(const struct command *c, struct buf *to)
{
    char name[NAME_BYTES];
    full_name(c, name);
    buf_fmt(to, "  %-20s %s\n", name, c->purpose);
}

void help_map(const char *noun, struct buf *to)
{
    if (!noun)
        buf_str(to, "candour [-C DIR] NOUN VERB [options]\n\n"
                    "Records what is given to whom; when a company is attacked, says who is affected, with which of their data.\n"
                    "Begin with 'candour init'. 'candour NOUN VERB --help' explains each command.\n");
    for (const struct command_group *g = command_groups; g->commands; g++) {
        if (!noun && g->title)
            buf_fmt(to, "\n%s\n", g->title);
        for (const struct command *c = g->commands; c->noun; c++) {
            if (!noun || strcmp(c->noun, noun) == 0)
                put_line(c, to);
        }
    }
}

void help_command(const struct command *c, struct buf *to)
{
    struct args_spec spec = command_spec(c);
    buf_fmt(to, "%s\n\n", c->purpose);
    args_usage(&spec, to);
    buf_fmt(to, "\nExample:\n  %s\n", c->example);
}

static err unknown_verb(const char *noun, const char *verb)
{
    const char *verbs[COMMANDS_MAX];
    char list[256] = "";
    size_t count = 0;
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)) && count < COMMANDS_MAX; i++) {
        if (strcmp(c->noun, noun) != 0 || !c->verb)
            continue;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", c->verb);
        verbs[count++] = c->verb;
    }
    if (!verb)
        return err_newf(ERR_USAGE, "What is to be done with \"{}\"?", "It has: {}.", err_name(noun), err_name(list));
    long near = text_nearest(verb, verbs, count);
    if (near >= 0)
        return err_newf(ERR_USAGE, "\"{}\" has no command \"{}\".", "Did you mean '{} {}'?", err_name(noun), err_name(verb),
                        err_name(noun), err_name(verbs[near]));
    return err_newf(ERR_USAGE, "\"{}\" has no command \"{}\".", "It has: {}.", err_name(noun), err_name(verb), err_name(list));
}

err help_unknown(const char *noun, const char *verb)
{
    if (command_is_noun(noun))
        return unknown_verb(noun, verb);
    const char *nouns[COMMANDS_MAX];
    size_t count = 0;
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)) && count < COMMANDS_MAX; i++)
        nouns[count++] = c->noun;
    long near = text_nearest(noun, nouns, count);
    if (near >= 0)
        return err_newf(ERR_USAGE, "There is no command \"{}\".", "Did you mean '{}'? 'candour help' lists all.", err_name(noun),
                        err_name(nouns[near]));
    return err_newf(ERR_USAGE, "There is no command \"{}\".", "'candour help' lists all.", err_name(noun));
}
