#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 120 };

static _Thread_local struct err_text newest;

static const struct err_policy policies[ERR_KIND_COUNT] = {
    [ERR_OK] = {"ok", 0},           [ERR_INVALID] = {"invalid", 1},   [ERR_USAGE] = {"usage", 2},
    [ERR_NOT_FOUND] = {"not found", 1}, [ERR_CONFLICT] = {"conflict", 1}, [ERR_DENIED] = {"denied", 1},
    [ERR_GONE] = {"gone", 1},       [ERR_LIMIT] = {"limit", 1},       [ERR_BUSY] = {"busy", 3},
    [ERR_IO] = {"input/output", 3}, [ERR_CORRUPT] = {"damaged", 3},   [ERR_NOMEM] = {"no memory", 3},
    [ERR_INTERNAL] = {"internal", 3},
};

const struct err_policy *err_policy(enum err_kind kind)
{
    CHECK((unsigned)kind < ERR_KIND_COUNT);
    return &policies[kind];
}

const struct err_text *err_text(void)
{
    return &newest;
}

void err_clear(void)
{
    memset(&newest, 0, sizeof newest);
}

struct err_arg err_int(long long number)
{
    return (struct err_arg){.number = number};
}

struct err_arg err_name(const char *name)
{
    return err_name_n(name, strlen(name));
}

struct err_arg err_name_n(const char *name, size_t len)
{
    return (struct err_arg){.name = name, .name_len = len};
}

/* Appends at most what fits; the text stays terminated. */
static void append(char *to, size_t size, const char *bytes, size_t len)
{
    size_t used = strlen(to);
    size_t room = size - 1 - used;
    size_t take = len < room ? len : room;
    memcpy(to + used, bytes, take);
    to[used + take] = 0;
}

/* How many bytes a character has that moves the cursor or turns the direction of writing; 0: it is another. */
static size_t disturbing(const unsigned char *p, size_t len)
{
    if (p[0] < 0x20 || p[0] == 0x7f)
        return 1;
    if (len >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
        return 2; /* U+0080 to U+009F */
    if (len < 3 || p[0] != 0xe2)
        return 0;
    bool turns = (p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
    return turns ? 3 : 0; /* U+202A to U+202E, U+2066 to U+2069 */
}

static void append_name(char *to, size_t size, const struct err_arg *arg)
{
    size_t len = arg->name_len;
    if (len > NAME_MAX_BYTES) {
        len = NAME_MAX_BYTES;
        while (len > 0 && ((unsigned char)arg->name[len] & 0xc0) == 0x80)
            len--;
    }
    for (size_t i = 0; i < len;) {
        size_t left_out = disturbing((const unsigned char *)arg->name + i, len - i);
        if (!left_out)
            append(to, size, arg->name + i, 1);
        i += left_out ? left_out : 1;
    }
    if (len < arg->name_len)
        append(to, size, "...", 3);
}

static void append_arg(char *to, size_t size, const struct err_arg *arg)
{
    if (arg->name) {
        append_name(to, size, arg);
        return;
    }
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", arg->number);
    append(to, size, digits, (size_t)len);
}

static size_t expand(char *to, size_t size, const char *text, size_t used, size_t count, const struct err_arg *args)
{
    to[0] = 0;
    for (const char *p = text; *p;) {
        const char *hole = strstr(p, "{}");
        append(to, size, p, hole ? (size_t)(hole - p) : strlen(p));
        if (!hole)
            break;
        CHECK(used < count);
        append_arg(to, size, &args[used++]);
        p = hole + 2;
    }
    return used;
}

void err_record(const char *what, const char *todo, size_t count, const struct err_arg *args)
{
    err_clear();
    size_t used = expand(newest.what, sizeof newest.what, what, 0, count, args);
    used = expand(newest.todo, sizeof newest.todo, todo, used, count, args);
    CHECK(used == count);
}

err err_said(enum err_kind kind, const void *what, size_t what_len, const void *todo, size_t todo_len)
{
    err_clear();
    append(newest.what, sizeof newest.what, what, what_len);
    append(newest.todo, sizeof newest.todo, todo, todo_len);
    return (err){kind};
}

err err_at(err e, const char *file, uint64_t line, uint64_t column)
{
    if (e.kind == ERR_OK || newest.where[0])
        return e;
    struct err_arg name = err_name(file ? file : "");
    append_name(newest.where, sizeof newest.where, &name);
    newest.line = line;
    newest.column = column;
    char place[48] = "";
    if (line && column)
        snprintf(place, sizeof place, ":%llu:%llu", (unsigned long long)line, (unsigned long long)column);
    else if (line)
        snprintf(place, sizeof place, ":%llu", (unsigned long long)line);
    append(newest.where, sizeof newest.where, place, strlen(place));
    return e;
}

struct errno_words {
    int number;
    enum err_kind kind;
    const char *what, *todo;
};

static const struct errno_words errno_table[] = {
    {ENOSPC, ERR_IO, "the disk is full", "Free some space and run the command again; nothing was lost."},
    {EDQUOT, ERR_IO, "the disk quota is used up", "Free some space and run the command again; nothing was lost."},
    {EROFS, ERR_IO, "the disk can only be read", "Mount it for writing, or choose another place."},
    {EACCES, ERR_IO, "the system refuses access", "Check who owns the file and its folder."},
    {EPERM, ERR_IO, "the system refuses it", "Check who owns the file and its folder."},
    {ENOENT, ERR_NOT_FOUND, "there is no such file or folder", "Check the path."},
    {ENOTDIR, ERR_NOT_FOUND, "a part of the path is not a folder", "Check the path."},
    {EISDIR, ERR_INVALID, "it is a folder, not a file", "Name a file."},
    {EEXIST, ERR_CONFLICT, "it exists already", "Choose another name, or move it away."},
    {EMFILE, ERR_IO, "too many files are open", "Raise the limit of open files (ulimit -n)."},
    {EIO, ERR_IO, "the disk reported an error", "Check the disk before you go on; nothing was acknowledged."},
    {ENOMEM, ERR_NOMEM, "there is not enough memory", "Close other programs and run the command again."},
};

err err_errno(const char *doing)
{
    int number = errno;
    for (size_t i = 0; i < sizeof errno_table / sizeof errno_table[0]; i++) {
        const struct errno_words *w = &errno_table[i];
        if (w->number == number)
            return err_fail(w->kind, "Can't {}: {}.", w->todo, 2,
                            (struct err_arg[]){err_name(doing), err_name(w->what)});
    }
    return err_fail(ERR_IO, "Can't {}: the system says {} (error {}).", "Nothing was acknowledged; run the command again.",
                    3, (struct err_arg[]){err_name(doing), err_name(strerror(number)), err_int(number)});
}

void err_ignored(err e, const char *reason)
{
    (void)reason;
    if (e.kind != ERR_OK)
        err_clear();
}

void err_abort(const char *file, int line, const char *condition)
{
    fprintf(stderr, "candour: a mistake in the program at %s:%d (%s). Nothing that was acknowledged is lost.\n", file, line,
            condition);
    abort();
}
