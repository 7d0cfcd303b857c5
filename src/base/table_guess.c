#include "table_guess.h"

#include "mail.h"
#include "seam.h"
#include "zipfile.h"

#include <string.h>

struct magic {
    const char *bytes;
    size_t len;
    enum table_guess guess;
    const char *what, *todo;
};

#define MAGIC(bytes) "" bytes, sizeof(bytes) - 1

static const char picture[] = "This is a picture, not a table.";
static const char packed[] = "This archive is not a ZIP.";
static const char unpack[] = "Unpack it, and give the table in it or make a ZIP.";
static const char export[] = "Export the table as CSV, .xlsx or .ods and give that.";

static const struct magic magics[] = {
    {MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), TABLE_GUESS_LOCKED,
     "This is an old Excel file (.xls), or a workbook protected by a password of its own.",
     "Open it in a spreadsheet program and save it as .xlsx without a password."},
    {MAGIC("7z\xbc\xaf\x27\x1c"), TABLE_GUESS_LOCKED, packed, unpack},
    {MAGIC("Rar!\x1a\x07"), TABLE_GUESS_LOCKED, packed, unpack},
    {MAGIC("\x1f\x8b"), TABLE_GUESS_LOCKED, packed, unpack},
    {MAGIC("BZh"), TABLE_GUESS_LOCKED, packed, unpack},
    {MAGIC("\xfd"
           "7zXZ"),
     TABLE_GUESS_LOCKED, packed, unpack},
    {MAGIC("%PDF-"), TABLE_GUESS_OTHER, "This is a PDF, not a table.", export},
    {MAGIC("\x89PNG"), TABLE_GUESS_OTHER, picture, export},
    {MAGIC("\xff\xd8\xff"), TABLE_GUESS_OTHER, picture, export},
    {MAGIC("GIF8"), TABLE_GUESS_OTHER, picture, export},
    {MAGIC("RIFF"), TABLE_GUESS_OTHER, picture, export},
    {MAGIC("{\\rtf"), TABLE_GUESS_OTHER, "This is a text document, not a table.", export},
    {MAGIC("SQLite format 3"), TABLE_GUESS_OTHER, "This is a database, not a table.", export},
    {MAGIC("<"), TABLE_GUESS_OTHER, "This is a web page or XML, not a table, whatever its name says.", export},
};

/* Past a byte order mark and white space. */
static struct view skip_space(struct view v)
{
    if (v.len >= 3 && memcmp(v.p, "\xef\xbb\xbf", 3) == 0)
        v = view_of(v.p + 3, v.len - 3);
    while (v.len && (*v.p == ' ' || *v.p == '\t' || *v.p == '\r' || *v.p == '\n'))
        v = view_of(v.p + 1, v.len - 1);
    return v;
}

static const struct magic *find_magic(struct view start)
{
    struct view text = skip_space(start);
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const struct magic *m = &magics[i];
        struct view from = m->bytes[0] == '<' ? text : start;
        if (from.len >= m->len && memcmp(from.p, m->bytes, m->len) == 0)
            return m;
    }
    return NULL;
}

/* UTF-16 with its mark is text to the officer; the CSV reader says what to do about it. */
static bool is_utf16(struct view start)
{
    return start.len >= 2 && (memcmp(start.p, "\xff\xfe", 2) == 0 || memcmp(start.p, "\xfe\xff", 2) == 0);
}

/* A stray zero byte may be one damaged row of a CSV; a file full of them is no text. */
static bool is_binary(struct view start)
{
    size_t odd = 0;
    for (size_t i = 0; i < start.len; i++)
        odd += start.p[i] < 9 || (start.p[i] > 13 && start.p[i] < 32 && start.p[i] != 27);
    return odd > start.len / 20;
}

enum table_guess table_guess(struct view start)
{
    if (zipfile_is(start))
        return TABLE_GUESS_ZIP;
    const struct magic *m = find_magic(start);
    if (m)
        return m->guess;
    if (mail_is(start))
        return TABLE_GUESS_MAIL;
    return !is_utf16(start) && is_binary(start) ? TABLE_GUESS_OTHER : TABLE_GUESS_TEXT;
}

err table_guess_error(struct view start)
{
    const struct magic *m = find_magic(start);
    if (m)
        return err_fail(ERR_INVALID, m->what, m->todo, 0, NULL);
    return err_new(ERR_INVALID, "This is no table and no text.",
                   "Export the table as CSV, .xlsx or .ods and give that.");
}

static const char *ending(const char *name)
{
    const char *dot = NULL;
    for (const char *p = name; *p; p++) {
        if (*p == '/' || *p == '\\')
            dot = NULL;
        else if (*p == '.')
            dot = p + 1;
    }
    return dot ? dot : "";
}

static bool one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

/* How often `delimiter` stands outside quotes in the first line that isn't empty; `rest` goes past it. */
static size_t count_in_line(struct view *rest, char delimiter)
{
    size_t count = 0, i = 0;
    bool quoted = false;
    *rest = skip_space(*rest);
    for (; i < rest->len && (quoted || (rest->p[i] != '\n' && rest->p[i] != '\r')); i++) {
        if (rest->p[i] == '"')
            quoted = !quoted;
        else if (!quoted && rest->p[i] == (uint8_t)delimiter)
            count++;
    }
    *rest = view_of(rest->p + i, rest->len - i);
    return count;
}

/* The same number of one delimiter in the first two lines. */
static bool has_columns(struct view start)
{
    static const char delimiters[] = ",;|\t";
    for (const char *d = delimiters; *d; d++) {
        struct view rest = start;
        size_t first = count_in_line(&rest, *d);
        bool second_whole = skip_space(rest).len > 0 && memchr(skip_space(rest).p, '\n', skip_space(rest).len);
        size_t second = count_in_line(&rest, *d);
        if (first > 0 && (first == second || !second_whole))
            return true;
    }
    return false;
}

bool table_guess_text(struct view start, const char *name)
{
    static const char *const tables[] = {"csv", "tsv", "tab"};
    static const char *const others[] = {"htm", "html", "xml", "json", "md",   "ics",  "vcf", "css",
                                         "js",  "log",  "sql", "ini",  "yml",  "yaml", "sig", "asc",
                                         "p7s", "p7m",  "tex", "eml",  "conf", "sh",   "bat"};
    const char *end = ending(name);
    if (start.len == 0 || one_of(end, others, sizeof others / sizeof others[0]))
        return false;
    return one_of(end, tables, sizeof tables / sizeof tables[0]) || has_columns(start);
}

bool table_guess_junk(const char *name)
{
    static const char *const junk[] = {".DS_Store", "Thumbs.db", "desktop.ini"};
    const char *base = seam_place(name).name;
    return strncmp(name, "__MACOSX/", 9) == 0 || strncmp(base, "._", 2) == 0 ||
           one_of(base, junk, sizeof junk / sizeof junk[0]);
}
