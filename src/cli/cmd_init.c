/* candour init: makes an installation and prints its recovery sheet. */
#include "commands.h"

#include "checkpoint.h"
#include "config.h"
#include "entry.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { FORMAT = 1 };

/* "Example Members' Union" -> "example-members-union.invalid/log": a name that nobody else can own. */
static const char *default_origin(struct cli *c, const char *name, bool practice)
{
    char slug[100];
    size_t len = 0;
    for (const char *p = name; *p && len < sizeof slug - 1; p++) {
        char lower = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        bool letter = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        if (letter)
            slug[len++] = lower;
        else if ((*p == ' ' || *p == '-') && len && slug[len - 1] != '-')
            slug[len++] = '-';
    }
    while (len && slug[len - 1] == '-')
        len--;
    slug[len] = 0;
    return cli_text(c, "%s%s.invalid/log", practice ? "practice." : "", len ? slug : "organisation");
}

static err origin_of_log(struct cli *c, bool practice, const char **ret)
{
    const char *given = args_value(&c->args, "origin");
    *ret = given ? given : default_origin(c, args_value(&c->args, "name"), practice);
    struct view v = view_text(*ret);
    ENSURE(checkpoint_origin_ok(v),
           cli_at(err_new(ERR_USAGE, "This can't be the name of a log.",
                          "Write a web address without scheme, in small letters, such as log.union.example/candour."), "origin"));
    ENSURE(practice || !checkpoint_is_practice(v),
           cli_at(err_new(ERR_USAGE, "Only the log of a practice installation may begin with \"practice.\".",
                          "Choose another name, or add --practice."), "origin"));
    ENSURE(!practice || checkpoint_is_practice(v),
           cli_at(err_new(ERR_USAGE, "The log of a practice installation has to begin with \"practice.\", so that nobody takes it for a real one.",
                          "Put \"practice.\" in front."), "origin"));
    return OK;
}

static err check_country(const char *country)
{
    bool good = strlen(country) == 2 && country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z';
    ENSURE(good, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a country.", "Write its two capital letters, such as GB.", err_name(country)),
                        "country"));
    return OK;
}

static err check_contact(const char *contact)
{
    CLEANUP(buf_free) struct buf b = BUF(1024);
    err e = text_email(&b, view_text(contact));
    ENSURE(e.kind == ERR_OK, cli_at(err_newf(ERR_USAGE, "\"{}\" is not an e-mail address.",
                                             "Give the address at which people reach you about their data.", err_name(contact)),
                                    "contact"));
    return OK;
}

struct first {
    const struct vault_init *init;
    const char *tells;
};

static err put_first(struct vault *v, void *ctx)
{
    const struct first *f = ctx;
    const struct vault_init *i = f->init;
    TRY(config_init(v, i->name, i->contact, i->country, i->zone, f->tells));
    return vault_entry(v, json_pack("{s:s, s:s, s:b, s:s, s:i}", "kind", "init", "origin", i->origin, "practice", i->practice,
                                    "country", i->country, "format", FORMAT), NULL);
}

/* --- the recovery sheet --- */

static bool same_disk(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev;
}

static void say_slots(struct cli *c, const struct vault *v)
{
    bool one = v->slot_count == 1;
    out_say(&c->out, "\nTHE %s: without %s nothing opens\n", one ? "SLOT" : "SLOTS", one ? "it" : "all of them");
    for (size_t i = 0; i < v->slot_count; i++)
        out_say(&c->out, "  %s\n", v->slots[i]);
    out_say(&c->out, "  Beside the first: its signer (the key of the log), its vkey (the public half), and what the keeper needs while it runs.\n");
    for (size_t i = 0; i < v->slot_count; i++) {
        if (same_disk(v->dir, v->slots[i]))
            out_say(&c->out, "  Note: %s lies on the same disk as the data. Move it to one that no backup copies.\n", v->slots[i]);
    }
}

static void say_unlock(struct cli *c, bool passphrase)
{
    struct out *o = &c->out;
    out_say(o, "\nTO UNLOCK on another machine\n"
               "  1. Install Candour. 2. Put back the data folder, or a backup of it. 3. Put the slot files where candour.conf says,\n"
               "  or write their new places into its lines 'slot = ...'. 4. Run 'candour -C DIR log verify'.\n");
    if (passphrase)
        out_say(o, "  It asks for the passphrase, as does each command that is the first in ten minutes; scripts give --passphrase-file PATH.\n");
    out_say(o, "\nWHAT IS LOST WITHOUT\n"
               "  a slot         everything that is sealed, for good, backups too: nobody can make another\n");
    if (passphrase)
        out_say(o, "  the passphrase the same, with all slots at hand: nobody can look it up or set another. It is not on this sheet; seal it in an\n"
                   "                 envelope, apart from the slots, for whoever comes after you. Alone it opens nothing.\n");
    out_say(o, "  the data       what was not in a backup\n"
               "  SLOT.signer    the log can't go on under its name; all that it proved stays proved\n");
}

static void say_sheet(struct cli *c, const struct vault *v, const struct vault_init *init, const char *vkey, const char *checkpoint)
{
    struct out *o = &c->out;
    if (v->practice)
        out_say(o, "PRACTICE: nothing made here is real.\n");
    out_say(o, "RECOVERY SHEET of %s. Print it; keep it away from this machine.\n", init->name);
    out_say(o, "\nTHE DATA: sealed; back it up (candour backup)\n  %s\n  candour.conf (where the slots are), register.db (all that is recorded), log/ (for the public)\n",
            v->dir);
    say_slots(c, v);
    say_unlock(c, init->passphrase);
    out_say(o, "  A copy of a slot opens what is erased later. Keep no copies; use two slots on two media only if both are always at hand.\n");
    out_say(o, "\nTHE LOG\n  key         %s\n  checkpoint  %s\n", vkey, checkpoint);
}

static err report(struct cli *c, struct vault *v, const struct vault_init *init)
{
    CLEANUP(buf_free) struct buf vkey = BUF(4096), line = BUF(4096);
    TRY(vault_vkey(v, &vkey));
    TRY(vault_checkpoint_line(v, &line));
    const char *slots[SLOT_SHARES_MAX];
    for (size_t i = 0; i < v->slot_count; i++)
        slots[i] = v->slots[i];
    struct out *o = &c->out;
    out_set_text(o, "dir", v->dir);
    out_set(o, "slots", jsonio_list(slots, v->slot_count));
    out_set(o, "practice", json_boolean(init->practice));
    out_set(o, "passphrase", json_boolean(init->passphrase));
    out_set_text(o, "origin", init->origin);
    out_set_text(o, "key", buf_text(&vkey));
    out_set_text(o, "checkpoint", buf_text(&line));
    say_sheet(c, v, init, buf_text(&vkey), buf_text(&line));
    return OK;
}

static err run_init(struct cli *c)
{
    const struct args *a = &c->args;
    const char *slots[SLOT_SHARES_MAX];
    struct vault_init init = {
        .name = args_value(a, "name"),
        .contact = args_value(a, "contact"),
        .country = args_or(a, "country", "GB"),
        .zone = args_or(a, "timezone", "Europe/London"),
        .slots = slots,
        .slot_count = args_count(a, "slot"),
        .practice = args_has(a, "practice"),
        .passphrase = args_has(a, "passphrase") || args_has(a, "passphrase-file"),
    };
    ENSURE(init.slot_count <= SLOT_SHARES_MAX,
           cli_at(err_newf(ERR_USAGE, "There can be {} slots at most.", "Leave some out.", err_int(SLOT_SHARES_MAX)), "slot"));
    for (size_t i = 0; i < init.slot_count; i++)
        slots[i] = args_nth(a, "slot", i);
    ENSURE(init.name[strspn(init.name, " \t\r\n")], cli_at(err_new(ERR_USAGE, "The organisation needs a name.", "Give its legal name."), "name"));
    TRY(check_country(init.country));
    TRY(check_contact(init.contact));
    TRY(origin_of_log(c, init.practice, &init.origin));
    struct vault_options options;
    TRY(cli_options(c, &options));
    ENSURE(!c->has_now || init.practice, cli_at(err_new(ERR_USAGE, "--now works in a practice installation only.",
                                                        "Leave --now out, or add --practice."), "now"));
    struct first f = {&init, args_or(a, "membership-tells", "special")};
    ENSURE(config_tells_ok(f.tells), cli_at(err_new(ERR_USAGE, "What does it tell that somebody is a member?",
                                                    "Give union, politics, belief, health, special or nothing."), "membership-tells"));
    TRY(vault_create(&options, &init, put_first, &f));
    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(vault_open(&options, STORE_READ, &v));
    return report(c, v, &init);
}

static const struct args_option init_options[] = {
    {"name", ARGS_VALUE, true, "NAME", "the organisation's legal name"},
    {"contact", ARGS_VALUE, true, "EMAIL", "where people reach it about their data"},
    {"slot", ARGS_LIST, true, "PATH", "the file on which everything hangs; outside the data and of all backups"},
    {"country", ARGS_VALUE, false, "CC", "two letters (GB)"},
    {"timezone", ARGS_VALUE, false, "ZONE", "of its calendar (Europe/London)"},
    {"origin", ARGS_VALUE, false, "ORIGIN", "the name of its log; by default made of the organisation's name"},
    {"practice", ARGS_FLAG, false, NULL, "for practising: marked as such on all that it makes; its clock can be set"},
    {"passphrase", ARGS_FLAG, false, NULL, "asks for one that whoever starts the work has to give, beside the slot: no unattended start"},
    {"membership-tells", ARGS_VALUE, false, "WHAT", "what membership reveals: union, politics, belief, health or nothing (special: something, not said what)"},
    {0},
};

const struct command cmd_init[] = {
    {"init", NULL, "Makes an installation and prints its recovery sheet.",
     "candour -C data init --name \"Example Members' Union\" --contact privacy@union.example --slot /media/stick/union.slot", NULL,
     init_options, run_init},
    {0},
};
