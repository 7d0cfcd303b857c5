#include "table_walk.h"

#include "limits.h"
#include "mail.h"
#include "sheet.h"
#include "zipfile.h"

#include <string.h>

enum { LEVELS = 4, NAME_BYTES = 4096 };

/* An archive or mail that is open.  Its origin is the file, or `held`. */
struct level {
    struct zipfile *zip; /* one of the two */
    struct mail *mail;
    const struct mail_message *message; /* NULL before the first */
    size_t part;                        /* the next of it */
    struct origin origin;
    struct buf held;
    size_t name_len; /* of the walk's name, as far as this level */
};

struct table_walk {
    struct view password;
    struct level level[LEVELS];
    size_t depth;
    struct buf name;
    struct buf held;       /* the current attachment or spreadsheet */
    struct origin origin;  /* over it */
    struct csv_bytes text; /* over it */
};

static void close_level(struct level *l)
{
    zipfile_close(&l->zip);
    mail_close(&l->mail);
    buf_free(&l->held);
    *l = (struct level){0};
}

void table_walk_close(struct table_walk **w)
{
    if (!*w)
        return;
    while ((*w)->depth > 0)
        close_level(&(*w)->level[--(*w)->depth]);
    buf_free(&(*w)->name);
    buf_free(&(*w)->held);
    mem_free(*w);
    *w = NULL;
}

static size_t archives(const struct table_walk *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->depth; i++)
        n += w->level[i].zip != NULL;
    return n;
}

static err too_deep(struct table_walk *w)
{
    return err_newf(ERR_LIMIT, "\"{}\" lies in too many archives, one in the other.",
                    "Unpack the outer archive and give the inner.", err_name(buf_text(&w->name)));
}

/* Takes over `held` (empty for the outermost). */
static err push(struct table_walk *w, const struct origin *outer, enum table_kind kind, struct buf *held)
{
    bool archive = kind == TABLE_ZIP;
    ENSURE(w->depth < LEVELS && (!archive || archives(w) < LIMIT_ARCHIVE_DEPTH), too_deep(w));
    struct level *l = &w->level[w->depth++];
    l->name_len = w->name.len;
    if (held) {
        l->held = *held;
        *held = BUF(held->max);
    }
    l->origin = outer ? *outer : origin_of(buf_view(&l->held));
    return archive ? zipfile_open(&l->origin, w->password, &l->zip) : mail_open(&l->origin, &l->mail);
}

err table_walk_open(const struct origin *origin, enum table_kind kind, struct view password, struct table_walk **ret)
{
    CHECK(kind == TABLE_ZIP || kind == TABLE_MAIL);
    struct table_walk *w CLEANUP(table_walk_close) = mem_alloc(sizeof *w);
    ENSURE(w, mem_none());
    w->password = password;
    w->name = BUF(NAME_BYTES);
    w->held = BUF(LIMIT_NESTED_BYTES);
    TRY(push(w, origin, kind, NULL));
    *ret = w;
    w = NULL;
    return OK;
}

/* The name of the next thing of the level. */
static err name_it(struct table_walk *w, const struct level *l, const char *name)
{
    w->name.len = l->name_len;
    if (l->name_len)
        buf_u8(&w->name, '/');
    if (l->message && l->message->number > 1)
        buf_fmt(&w->name, "message %llu/", (unsigned long long)l->message->number);
    if (name[0])
        buf_str(&w->name, name);
    else
        buf_fmt(&w->name, "attachment %zu", l->part);
    return buf_ok(&w->name);
}

/* What there is next in a level: its first bytes, and where the rest comes from. */
struct item {
    struct view start;
    struct zipfile *zip; /* NULL: all of it is in w->held */
};

static err next_member(struct table_walk *w, struct level *l, struct item *ret, bool *ret_end)
{
    for (;;) {
        struct zipfile_member m;
        TRY(zipfile_next(l->zip, &m, ret_end));
        if (*ret_end)
            return OK;
        if (m.folder || table_guess_junk(m.name))
            continue;
        ret->zip = l->zip;
        TRY(name_it(w, l, m.name));
        return zipfile_peek(l->zip, TABLE_GUESS_BYTES, &ret->start);
    }
}

static err next_part(struct table_walk *w, struct level *l, struct item *ret, bool *ret_end)
{
    for (;;) {
        if (!l->message || l->part == l->message->part_count) {
            l->part = 0;
            TRY(mail_next(l->mail, &l->message, ret_end));
            if (*ret_end)
                return OK;
            continue;
        }
        const struct mail_part *p = &l->message->parts[l->part++];
        if (!p->attached)
            continue;
        TRY(name_it(w, l, p->name));
        w->held.max = LIMIT_MAIL_BYTES;
        TRY(mail_content(l->mail, l->part - 1, &w->held));
        ret->start = view_of(w->held.p, w->held.len < TABLE_GUESS_BYTES ? w->held.len : TABLE_GUESS_BYTES);
        *ret_end = false;
        return OK;
    }
}

static err hold(struct table_walk *w, const struct item *item)
{
    if (!item->zip)
        return OK;
    w->held.max = LIMIT_NESTED_BYTES;
    err e = zipfile_all(item->zip, &w->held);
    if (w->held.state == BUF_FULL)
        return err_newf(ERR_LIMIT, "\"{}\" is larger than the {} bytes that can be held in memory.",
                        "Unpack it yourself and give the file in it.", err_name(buf_text(&w->name)),
                        err_int(LIMIT_NESTED_BYTES));
    return e;
}

/* A ZIP inside something: a spreadsheet is a table, an archive is entered, another document is passed over. */
static err enter_zip(struct table_walk *w, const struct item *item, struct table_leaf *ret, bool *ret_found)
{
    enum table_kind kind;
    ENSURE(archives(w) < LIMIT_ARCHIVE_DEPTH, too_deep(w));
    TRY(hold(w, item));
    w->origin = origin_of(buf_view(&w->held));
    err e = sheet_kind(&w->origin, &kind);
    if (e.kind == ERR_OK && kind == TABLE_ZIP)
        return push(w, NULL, TABLE_ZIP, &w->held);
    ret->origin = &w->origin;
    *ret_found = e.kind == ERR_INVALID || (e.kind == ERR_OK && kind != TABLE_ANY);
    if (e.kind == ERR_OK)
        ret->kind = kind;
    return *ret_found ? OK : e;
}

static err look_at(struct table_walk *w, const struct item *item, struct table_leaf *ret, bool *ret_found)
{
    *ret_found = false;
    *ret = (struct table_leaf){.start = item->start};
    switch (table_guess(item->start)) {
    case TABLE_GUESS_OTHER:
        return OK;
    case TABLE_GUESS_LOCKED:
        *ret_found = true;
        return OK;
    case TABLE_GUESS_MAIL:
        TRY(hold(w, item));
        return push(w, NULL, TABLE_MAIL, &w->held);
    case TABLE_GUESS_ZIP:
        return enter_zip(w, item, ret, ret_found);
    case TABLE_GUESS_TEXT:
        break;
    }
    *ret_found = table_guess_text(item->start, buf_text(&w->name));
    w->text = (struct csv_bytes){.left = buf_view(&w->held)};
    ret->kind = TABLE_CSV;
    ret->read = item->zip ? zipfile_pull : csv_read_bytes;
    ret->ctx = item->zip ? (void *)item->zip : &w->text;
    return OK;
}

err table_walk_next(struct table_walk *w, struct table_leaf *ret, bool *ret_end)
{
    bool found = false;
    while (w->depth > 0 && !found) {
        struct level *l = &w->level[w->depth - 1];
        struct item item = {0};
        buf_clear(&w->held);
        TRY(l->zip ? next_member(w, l, &item, ret_end) : next_part(w, l, &item, ret_end));
        if (*ret_end)
            close_level(&w->level[--w->depth]);
        else
            TRY(look_at(w, &item, ret, &found));
    }
    *ret_end = !found;
    ret->name = buf_text(&w->name);
    return OK;
}

err table_walk_why(const struct table_leaf *leaf)
{
    enum table_kind kind;
    if (leaf->origin)
        TRY(sheet_kind(leaf->origin, &kind));
    return table_guess_error(leaf->start);
}
