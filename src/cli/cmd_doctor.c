/* candour doctor: what this machine does not give. */
#include "commands.h"

#include "keeper.h"
#include "secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <unistd.h>

enum { LOCKED_BYTES = 1 << 20, PROC_BYTES = 4096 };

/* BAD: Candour can't work or its promise does not hold; WEAK: a promise holds less than it could. */
enum state { GOOD, WEAK, BAD };

struct findings {
    struct cli *c;
    struct vault *v; /* NULL: no data directory was named, or it does not open */
    json_t *list;
    size_t weak, bad;
};

static void find(struct findings *f, const char *id, enum state state, const char *what, const char *todo)
{
    static const char *const words[] = {[GOOD] = "good", [WEAK] = "weak", [BAD] = "bad"};
    json_t *item = json_pack("{s:s, s:s, s:s, s:s}", "check", id, "state", words[state], "what", what, "do", state == GOOD ? "" : todo);
    if (!item || json_array_append_new(f->list, item) != 0)
        f->c->out.poor = true;
    f->weak += state == WEAK;
    f->bad += state == BAD;
    out_say(&f->c->out, "%-5s %s\n", words[state], what);
    if (state != GOOD)
        out_say(&f->c->out, "      %s\n", todo);
}

static void check_locked(struct findings *f)
{
    void *region = NULL;
    err e = secret_lock(LOCKED_BYTES, &region);
    if (e.kind == ERR_OK) {
        secret_unlock(&region, LOCKED_BYTES);
        find(f, "locked-memory", GOOD, "Keys can be locked into memory.", "");
        return;
    }
    find(f, "locked-memory", BAD, "The system does not let 1 MB of memory be locked: the keeper will not start.",
         "Raise it: 'ulimit -l 2048', LimitMEMLOCK=2M in a systemd unit, or 'memlock' in /etc/security/limits.conf.");
    err_ignore(e, "it is reported as a finding");
}

/* The start of a small file of /proc; "" where there is none. */
static void read_small(const char *path, char to[PROC_BYTES])
{
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(to, 1, PROC_BYTES - 1, file) : 0;
    to[len] = 0;
    if (file)
        fclose(file);
}

static void check_swap(struct findings *f)
{
    char swaps[PROC_BYTES];
    read_small("/proc/swaps", swaps);
    const char *second = strchr(swaps, '\n');
    bool on = second && second[1];
    find(f, "swap", on ? WEAK : GOOD, on ? "Swap is on: what commands show or import can reach the disk." : "Swap is off.",
         "Encrypt the swap with a key made at each start, or switch it off (swapoff -a). Keys never go there: they are locked.");
}

static void check_core(struct findings *f)
{
    char pattern[PROC_BYTES];
    struct rlimit limit = {0};
    read_small("/proc/sys/kernel/core_pattern", pattern);
    getrlimit(RLIMIT_CORE, &limit);
    bool program = pattern[0] == '|';
    bool files = !program && limit.rlim_cur > 0;
    find(f, "core", program || files ? WEAK : GOOD,
         program ? "A program of the system is given the memory of programs that crash."
         : files ? "Programs that crash leave their memory in a file."
                 : "Programs that crash leave nothing behind.",
         "Switch it off on this machine (sysctl kernel.core_pattern=core and 'ulimit -c 0'). The keeper is left out of it in any case.");
}

static void check_age(struct findings *f)
{
    const char *path = getenv("PATH");
    char candidate[4096];
    bool there = false;
    for (const char *p = path ? path : ""; !there && *p;) {
        size_t len = strcspn(p, ":");
        snprintf(candidate, sizeof candidate, "%.*s/age", (int)len, p);
        there = access(candidate, X_OK) == 0;
        p += len + (p[len] == ':');
    }
    find(f, "age", there ? GOOD : WEAK, there ? "The age program is there." : "The age program is missing: files for recipients can't be encrypted.",
         "Install it: apt-get install age.");
}

static void check_clock(struct findings *f)
{
    struct timex t = {0};
    int state = adjtimex(&t);
    bool good = state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
    find(f, "clock", good ? GOOD : WEAK, good ? "The clock is synchronised." : "The clock is not known to be synchronised: deadlines and sealed times hang on it.",
         "Switch on systemd-timesyncd or chrony, and check the time.");
}

static void check_user(struct findings *f)
{
    if (geteuid() == 0) {
        find(f, "user", WEAK, "Candour runs as root: the keeper has no user of its own.",
             "Run it as a user made for it, so that a mistake in one program does not open everything.");
        return;
    }
    bool readable = f->v && access(f->v->slots[0], R_OK) == 0;
    find(f, "user", readable ? WEAK : GOOD,
         readable ? "The keeper has no user of its own: whoever acts as this user can copy the slot." : "The slot belongs to a user of its own.",
         "Let the keeper run as a user of its own to whom the slot belongs (see the systemd unit).");
}

/* --- the slots --- */

static const char *snapshot_system(const char *path)
{
    static const struct {
        unsigned long type;
        const char *name;
    } systems[] = {{0x9123683Eul, "btrfs"}, {0x2FC12FC1ul, "zfs"}, {0xCA451A4Eul, "bcachefs"}, {0x3434ul, "nilfs"}};
    struct statfs s;
    if (statfs(path, &s) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        if ((unsigned long)s.f_type == systems[i].type)
            return systems[i].name;
    }
    return NULL;
}

static void check_slot(struct findings *f, const char *slot)
{
    struct cli *c = f->c;
    struct stat s, d;
    if (stat(slot, &s) != 0 || stat(f->v->dir, &d) != 0)
        return;
    const char *snapshots = snapshot_system(slot);
    bool same = s.st_dev == d.st_dev;
    bool open = (s.st_mode & 077) != 0;
    find(f, "slot-disk", same ? WEAK : GOOD, cli_text(c, same ? "The slot %s lies on the same disk as the data." : "The slot %s has a disk of its own.", slot),
         "A backup or image of that disk holds both. Move the slot to a medium that nothing copies, and edit candour.conf.");
    find(f, "slot-snapshots", snapshots ? WEAK : GOOD,
         snapshots ? cli_text(c, "The slot %s lies on %s, which keeps old blocks and snapshots: destroyed keys may live on.", slot, snapshots)
                   : cli_text(c, "The slot %s lies on a file system without snapshots.", slot),
         "Put the slot on ext4, xfs or vfat.");
    if (open)
        find(f, "slot-mode", BAD, cli_text(c, "Others can read the slot %s.", slot), "chmod 600 it. If somebody may have copied it, tell.");
}

/* The newest day on which more people were looked up than a day's work needs. */
static void check_alarm(struct findings *f, const struct keeper_status *status)
{
    bool alarm = status->alarm_units > 0;
    find(f, "look-ups", alarm ? WEAK : GOOD,
         alarm ? cli_text(f->c, "On %s somebody looked up %s people without a warrant, more than a day's work needs.",
                          cli_day_text(f->c, (int32_t)status->alarm_day), OUT_N(status->alarm_units))
               : "Nobody looked up more people than a day's work needs.",
         "Find out who worked on this machine that day.");
}

static void check_guard(struct findings *f, const struct keeper_status *status)
{
    find(f, "passphrase", GOOD, status->passphrase ? "The slot has a passphrase: a keeper starts only where somebody gives it."
                                                   : "The slot has no passphrase: a keeper starts unattended, and whoever has slot and data opens them.", "");
    find(f, "seccomp", status->calls_confined ? GOOD : WEAK,
         status->calls_confined ? "The keeper may call nothing of the system but what it needs."
                                : "ALARM: the system does not let the keeper be confined: a mistake in it could be used to start programs or reach the network.",
         "Use a kernel and a container that allow seccomp filters.");
    find(f, "landlock", status->files_confined ? GOOD : WEAK,
         status->files_confined ? "The keeper reaches no files but those in its slot's folder."
                                : "The system does not keep the keeper to the files in its slot's folder.",
         "Use a kernel of version 5.13 or later with Landlock switched on (lsm=landlock,...).");
}

/* Bulk work under warrants that the public log does not show. */
static void check_credits(struct findings *f, const struct keeper_status *status)
{
    uint64_t used = 0;
    bool late = keeper_alarms(f->v->keeper) & ALARM_CREDIT;
    for (size_t i = 0; i < status->credit_count; i++)
        used += status->credits[i].used;
    const char *what = "The log shows all bulk work that was done.";
    if (late)
        what = cli_text(f->c, "%s pieces of bulk work, on up to %s people, were done while the log could not be published: it does not show them yet.",
                        OUT_N(status->credit_count), OUT_N(used));
    else if (status->credit_count)
        what = cli_text(f->c, "%s readings, of up to %s people, went on while the register was being written: the next change enters them in the log.",
                        OUT_N(status->credit_count), OUT_N(used));
    find(f, "credits", late ? BAD : GOOD, what,
         "Mend what keeps the log from being published ('candour log verify' says what), then run any command that records something: it shows them.");
}

/* Who can write to the folder can put another database, or another candour.conf, in the place of ours. */
static void check_mode(struct findings *f)
{
    struct stat s;
    if (stat(f->c->dir, &s) != 0)
        return;
    bool open = (s.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    find(f, "data-mode", open ? WEAK : GOOD,
         open ? "Others than its owner can write to the data directory: they can take away or replace what is in it."
              : "Only its owner can write to the data directory.",
         cli_text(f->c, "Run 'chmod 700 %s'.", f->c->dir));
}

static void check_directory(struct findings *f)
{
    check_mode(f);
    err e = cli_open(f->c, STORE_READ, &f->v);
    if (e.kind != ERR_OK) {
        find(f, "opens", BAD, cli_text(f->c, "The data directory does not open: %s", err_text()->what), cli_text(f->c, "%s", err_text()->todo));
        err_ignore(e, "it is reported as a finding");
        return;
    }
    struct keeper_status status = {0};
    e = keeper_status(f->v->keeper, &status);
    find(f, "opens", e.kind == ERR_OK ? GOOD : BAD,
         e.kind == ERR_OK ? cli_text(f->c, "The data directory opens; the keeper holds %llu kB of locked memory.",
                                     (unsigned long long)status.locked_bytes / 1024)
                          : cli_text(f->c, "The keeper does not answer: %s", err_text()->what),
         cli_text(f->c, "%s", err_text()->todo));
    if (e.kind == ERR_OK) {
        check_alarm(f, &status);
        check_guard(f, &status);
        check_credits(f, &status);
    }
    err_ignore(e, "it is reported as a finding");
    for (size_t i = 0; i < f->v->slot_count; i++)
        check_slot(f, f->v->slots[i]);
}

static void end_findings(struct findings *f)
{
    vault_close(&f->v);
}

static err run_doctor(struct cli *c)
{
    CLEANUP(end_findings) struct findings f = {.c = c, .list = json_array()};
    out_set(&c->out, "checks", f.list);
    if (c->dir && c->dir[0])
        check_directory(&f);
    check_locked(&f);
    check_user(&f);
    check_swap(&f);
    check_core(&f);
    check_clock(&f);
    check_age(&f);
    out_set_number(&c->out, "weak", f.weak);
    out_set_number(&c->out, "bad", f.bad);
    if (!c->dir || !c->dir[0])
        out_say(&c->out, "Slots and data were not looked at: name the data directory with -C DIR.\n");
    ENSURE(!f.bad, err_newf(ERR_INVALID, "{} things have to be mended.", "They are marked \"bad\".", err_int((long long)f.bad)));
    return OK;
}

const struct command cmd_doctor[] = {
    {"doctor", NULL, "Says what this machine does not give.", "candour -C data doctor", NULL, NULL, run_doctor},
    {0},
};
