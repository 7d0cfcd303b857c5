/* The `candour` command: finds the command's row in the tables, reads its options, runs it, prints its result. */
#include "commands.h"
#include "help.h"
#include "keeper.h"
#include "seam.h"
#include "passphrase.h"
#include "secret.h"
#include "signer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

static const int64_t LAST_NOW = 4102444800; /* 2100 */

/* argv taken apart: the noun, the verb, and all the rest. */
struct line {
    const char *noun, *verb;
    const char **rest;
    size_t rest_count;
};

/* Before the noun, and between it and the verb, only common options may stand. */
static err take_apart(struct arena *a, size_t argc, const char *const *argv, struct line *ret)
{
    *ret = (struct line){.rest = arena_array(a, argc + 1, sizeof *ret->rest)};
    ENSURE(ret->rest, mem_none());
    bool need_noun = true, need_verb = false;
    for (size_t i = 0; i < argc;) {
        bool word = argv[i][0] != '-';
        if (word && need_noun) {
            ret->noun = argv[i++];
            need_noun = false;
            need_verb = command_is_noun(ret->noun) && !command_find(ret->noun, NULL);
        } else if (word && need_verb) {
            ret->verb = argv[i++];
            need_verb = false;
        } else {
            size_t len = (need_noun || need_verb) && !word ? args_common_len(argc - i, argv + i) : 1;
            for (size_t end = i + (len ? len : 1); i < end; i++)
                ret->rest[ret->rest_count++] = argv[i];
        }
    }
    return OK;
}

static bool wants(const struct line *l, const char *option)
{
    for (size_t i = 0; i < l->rest_count && strcmp(l->rest[i], "--") != 0; i++) {
        if (strcmp(l->rest[i], option) == 0)
            return true;
    }
    return false;
}

static void say_help(struct out *o, struct buf *text)
{
    out_set_text(o, "help", buf_text(text));
    out_put(o, buf_view(text));
}

/* `candour`, `candour help [NOUN [VERB]]`, `candour NOUN --help`. */
static err help(struct out *o, const char *noun, const char *verb)
{
    CLEANUP(buf_free) struct buf text = BUF(1 << 20);
    const struct command *c = noun ? command_find(noun, verb) : NULL;
    if (c)
        help_command(c, &text);
    else if (!noun || (command_is_noun(noun) && !verb))
        help_map(noun, &text);
    else
        return help_unknown(noun, verb);
    TRY(buf_ok(&text));
    say_help(o, &text);
    return OK;
}

static err common_options(struct cli *c)
{
    c->dir = args_or(&c->args, "dir", getenv("CANDOUR_DIR"));
    const char *now = args_value(&c->args, "now");
    if (!now)
        return OK;
    TRY(cli_at(when_parse_instant(view_text(now), &c->now), "now"));
    ENSURE(c->now >= 0 && c->now < LAST_NOW, cli_at(err_new(ERR_USAGE, "No clock stands there.", "Give a time of the years 1970 to 2099."), "now"));
    c->has_now = true;
    return OK;
}

static err run(struct cli *c, const struct line *l)
{
    c->command = command_find(l->noun, l->verb);
    if (!c->command)
        return wants(l, "--help") ? help(&c->out, l->noun, l->verb) : help_unknown(l->noun, l->verb);
    snprintf(c->label, sizeof c->label, "%s%s%s", c->command->noun, c->command->verb ? " " : "", c->command->verb ? c->command->verb : "");
    struct args_spec spec = command_spec(c->command);
    TRY(args_parse(c->arena, &spec, l->rest_count, l->rest, &c->args));
    if (args_has(&c->args, "help"))
        return help(&c->out, l->noun, l->verb);
    TRY(common_options(c));
    TRY(secret_start());
    return c->command->run(c);
}

static err dispatch(struct cli *c, const struct line *l)
{
    if (!l->noun && wants(l, "--version")) {
        out_set_text(&c->out, "version", VERSION);
        out_say(&c->out, "candour " VERSION "\n");
        return OK;
    }
    if (!l->noun) {
        struct args_spec none = {"", NULL, NULL, NULL};
        TRY(args_parse(c->arena, &none, l->rest_count, l->rest, &c->args));
        return help(&c->out, NULL, NULL);
    }
    if (strcmp(l->noun, "help") == 0) {
        const char *noun = l->rest_count && l->rest[0][0] != '-' ? l->rest[0] : NULL;
        return help(&c->out, noun, noun && l->rest_count > 1 && l->rest[1][0] != '-' ? l->rest[1] : NULL);
    }
    return run(c, l);
}

static err whole(int argc, char **argv, struct cli *c)
{
    static char self[LIMIT_PATH_BYTES];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    c->program = len > 0 ? self : argv[0];
    c->arena = arena_new();
    ENSURE(c->arena, mem_none());
    struct line l;
    TRY(take_apart(c->arena, (size_t)(argc > 0 ? argc - 1 : 0), (const char *const *)argv + 1, &l));
    return dispatch(c, &l);
}

static bool asks_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "keeper") == 0)
        return keeper_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "signer") == 0)
        return signer_main(argc, argv);
    mem_pages();
    signal(SIGPIPE, SIG_IGN);
    struct cli c = {0};
    c.source = passphrase_source(&c);
    err e = out_start(&c.out, asks_json(argc, argv));
    if (e.kind == ERR_OK)
        e = whole(argc, argv, &c);
    if (c.alarms & ALARM_CREDIT)
        out_note(&c.out, "ALARM: bulk work was done that the public log does not show yet. Mend what keeps the log from being published ('candour log "
                         "verify' and 'candour doctor' say what), then run any command that records something: it shows it, and this ends.\n");
    if (c.alarms & VAULT_OLDER)
        out_note(&c.out, "ALARM: the register is older than the log that it published: what was done last is missing in it, and in this answer. "
                         "'candour log verify' says since when. Keep a copy of the data directory, then restore the newest backup with --log.\n");
    if (c.alarms & ALARM_DAY)
        out_note(&c.out, "ALARM: more people were opened or looked up today without a warrant than one user should; the keeper has slowed down. "
                         "Find out who did that, and why.\n");
    seam_crash_point("unsaid");
    passphrase_end(&c);
    int code = out_finish(&c.out, e);
    out_free(&c.out);
    arena_release(&c.arena);
    return code;
}
