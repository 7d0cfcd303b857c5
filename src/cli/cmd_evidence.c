/* candour evidence: what one person can show to others. */
#include "commands.h"

#include "evidence.h"
#include "people_args.h"

#include <stdlib.h>

static const struct args_word one_person[] = {{"PERSON", ARGS_ONE}, {0}};
static const struct args_option evidence_options[] = {{"out", ARGS_VALUE, false, "FILE", "write it there"}, {0}};

static err run_evidence(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    uint32_t ordinal;
    json_t *evidence = NULL;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(people_arg(c, v, &config, 0, &ordinal));
    TRY(evidence_of(v, &config, c->arena, ordinal, &evidence));
    size_t count = json_array_size(json_object_get(evidence, "sets"));
    char *text = json_dumps(evidence, JSON_INDENT(1) | JSON_SORT_KEYS);
    out_set(&c->out, "evidence", evidence);
    ENSURE(text, mem_none());
    const char *path = args_value(&c->args, "out");
    err e = path ? cli_write_new(path, view_text(text)) : OK;
    if (path && e.kind == ERR_OK)
        out_say(&c->out, "The proofs of %zu hand-overs and scopes are in %s. tools/check-evidence checks them.\n", count, path);
    else if (!path)
        out_put(&c->out, view_text(text));
    free(text);
    return e;
}

const struct command cmd_evidence[] = {
    {"evidence", NULL, "Proves to anybody what one person was in, and shows nothing of another.", "candour -C d evidence crm:1234 --out her.json", one_person,
     evidence_options, run_evidence},
    {0}};
