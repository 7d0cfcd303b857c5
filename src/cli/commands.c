/* The table of commands, in the order in which the work goes. */
#include "commands.h"

#include <string.h>

const struct command_group command_groups[] = {
    {"The installation", cmd_init},
    {"The register", cmd_import},
    {NULL, cmd_person},
    {NULL, cmd_records},
    {NULL, cmd_field},
    {NULL, cmd_purpose},
    {NULL, cmd_consent},
    {NULL, cmd_rule},
    {"What was given, and to whom", cmd_recipient},
    {NULL, cmd_handover},
    {"The breach", cmd_incident},
    {NULL, cmd_incident_work},
    {NULL, cmd_contact},
    {NULL, cmd_report},
    {"The log", cmd_log},
    {NULL, cmd_evidence},
    {"The machine", cmd_backup},
    {NULL, cmd_fsck},
    {NULL, cmd_doctor},
    {NULL, cmd_bench},
    {NULL, NULL},
};

const struct command *command_at(size_t i)
{
    for (const struct command_group *g = command_groups; g->commands; g++) {
        for (const struct command *c = g->commands; c->noun; c++) {
            if (i-- == 0)
                return c;
        }
    }
    return NULL;
}

const struct command *command_find(const char *noun, const char *verb)
{
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) {
        bool same_verb = !c->verb || (verb && strcmp(c->verb, verb) == 0);
        if (strcmp(c->noun, noun) == 0 && same_verb)
            return c;
    }
    return NULL;
}

bool command_is_noun(const char *noun)
{
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) {
        if (strcmp(c->noun, noun) == 0)
            return true;
    }
    return false;
}

struct args_spec command_spec(const struct command *c)
{
    return (struct args_spec){c->noun, c->verb, c->words, c->options};
}
