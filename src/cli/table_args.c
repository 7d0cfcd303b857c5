#include "table_args.h"

#include "origin.h"

#include <string.h>
#include <strings.h>

/* A closed word and what it stands for. */
struct word {
    const char *name;
    int value;
};

static const struct word encodings[] = {
    {"utf-8", TEXT_UTF8}, {"utf8", TEXT_UTF8}, {"windows-1252", TEXT_WINDOWS_1252}, {"cp1252", TEXT_WINDOWS_1252}, {0},
};
static const struct word delimiters[] = {
    {"comma", ','}, {",", ','}, {"semicolon", ';'}, {";", ';'}, {"tab", '\t'}, {"\t", '\t'}, {"bar", '|'}, {"|", '|'}, {0},
};
static const struct word orders[] = {
    {"year-first", WHEN_YEAR_FIRST}, {"day-first", WHEN_DAY_FIRST}, {"month-first", WHEN_MONTH_FIRST}, {0},
};

static err word_option(const struct cli *c, const char *option, const struct word *words, int *ret)
{
    const char *value = args_value(&c->args, option);
    if (!value)
        return OK;
    for (const struct word *w = words; w->name; w++) {
        if (strcasecmp(w->name, value) == 0) {
            *ret = w->value;
            return OK;
        }
    }
    return cli_at(err_newf(ERR_USAGE, "\"{}\" is not understood here.", "The command's --help says what can stand here.", err_name(value)),
                  option);
}

enum { PASSWORD_MAX = 1024 };

static err password_option(struct cli *c, struct view *ret)
{
    const char *path = args_value(&c->args, "password-file");
    if (!path)
        return OK;
    CLEANUP(buf_free) struct buf file = BUF_SECRET(PASSWORD_MAX + 1);
    TRY(origin_take(path, PASSWORD_MAX, &file));
    while (file.len && (file.p[file.len - 1] == '\n' || file.p[file.len - 1] == '\r'))
        file.len--;
    ENSURE(file.len, cli_at(err_new(ERR_USAGE, "The file of the password is empty.", "Write the password into its first line."), "password-file"));
    char *copy = arena_text(c->arena, (const char *)file.p, file.len);
    ENSURE(copy, mem_none());
    *ret = view_text(copy);
    return OK;
}

err table_args(struct cli *c, struct table_options *ret, enum when_order *ret_dates)
{
    int encoding = TEXT_UTF8, delimiter = 0, order = WHEN_YEAR_FIRST;
    TRY(word_option(c, "encoding", encodings, &encoding));
    TRY(word_option(c, "delimiter", delimiters, &delimiter));
    TRY(word_option(c, "dates", orders, &order));
    *ret = (struct table_options){.encoding = (enum text_encoding)encoding, .delimiter = (char)delimiter,
                                  .member = args_value(&c->args, "member")};
    *ret_dates = (enum when_order)order;
    return password_option(c, &ret->password);
}
