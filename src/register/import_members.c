/* An export that is an archive of several tables (Mailchimp: subscribed, unsubscribed, cleaned): they are read as one, whose header is
 * all their columns.  Which table a row comes from stands in the upper bits of its line. */
#include "import_int.h"

#include <string.h>
#include <strings.h>

#include "seam.h"
#include "text.h"

/* What the name of a table says of everybody in it, as a column that is not empty. */
static const struct {
    enum source_system system;
    const char *starts, *column;
} implied[] = {
    {SYSTEM_MAILCHIMP, "unsubscribed", "UNSUB_TIME"},
    {SYSTEM_MAILCHIMP, "cleaned", "CLEAN_TIME"},
};

struct header {
    const char *member;
    struct view *names;
    size_t count;
    enum source_system system;
};

static const char *implied_column(enum source_system system, const char *member)
{
    for (size_t i = 0; i < sizeof implied / sizeof implied[0]; i++)
        if (implied[i].system == system &&
            strncasecmp(seam_place(member).name, implied[i].starts, strlen(implied[i].starts)) == 0)
            return implied[i].column;
    return NULL;
}

/* --- headers --- */

static err read_header(struct import *im, const char *member, struct header *ret)
{
    CLEANUP(table_close) struct table *t = NULL;
    struct table_options o = im->o->table;
    struct table_cells cells;
    bool end;
    o.member = member;
    TRY(table_open(&o, im->o->path, &t));
    TRY(table_row(t, &cells, &end));
    ENSURE(!end, err_at(err_new(ERR_INVALID, "The file is empty.", "Export it again, with its header row."), im->o->path, 0, 0));
    TRY(table_row_ok(t, &cells));
    *ret = (struct header){.count = cells.count, .names = arena_array(im->a, cells.count + 1, sizeof *ret->names)};
    const char *name = member ? member : table_member(t);
    ret->member = arena_text(im->a, name, strlen(name));
    ENSURE(ret->names && ret->member, mem_none());
    for (size_t i = 0; i < cells.count; i++) {
        struct view text = text_trim(cells.cell[i].text);
        const uint8_t *copy = arena_copy(im->a, text.p, text.len);
        ENSURE(copy, mem_none());
        ret->names[i] = view_of(copy, text.len);
    }
    return OK;
}

/* A table that is none, or not of a system that is known, has SYSTEM_NONE. */
static err recognise(struct import *im, const char *member, struct header *ret)
{
    struct columns columns = {0};
    *ret = (struct header){.member = member};
    err e = read_header(im, member, ret);
    if (e.kind == ERR_OK)
        e = columns_recognise(im->a, &im->c->catalogue, NULL, im->o->path, ret->names, ret->count, &columns);
    if (e.kind == ERR_NOMEM)
        return e;
    ret->system = e.kind == ERR_OK ? columns.system : SYSTEM_NONE;
    err_ignore(e, "it is told that this table was not read");
    return OK;
}

/* --- one header of all --- */

static size_t occurrence(const struct view *names, size_t at)
{
    size_t n = 0;
    for (size_t i = 0; i < at; i++)
        n += view_equal(names[i], names[at]);
    return n;
}

/* The place of the n-th column of that name, which is added if there is none. */
static size_t place_of(struct view *all, size_t *count, struct view name, size_t n)
{
    for (size_t i = 0; i < *count; i++)
        if (view_equal(all[i], name) && n-- == 0)
            return i;
    all[*count] = name;
    return (*count)++;
}

static err unite(struct import *im, const struct header *headers, size_t count, enum source_system system, struct view **ret_names, size_t *ret_count)
{
    size_t room = count;
    for (size_t i = 0; i < count; i++)
        room += headers[i].count;
    struct view *all = arena_array(im->a, room, sizeof *all);
    im->members = arena_array(im->a, count, sizeof *im->members);
    ENSURE(all && im->members, mem_none());
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct header *h = &headers[i];
        struct import_member *m = &im->members[i];
        *m = (struct import_member){.name = h->member, .count = h->count, .to = arena_array(im->a, h->count + 1, sizeof *m->to), .implied = SIZE_MAX};
        ENSURE(m->to, mem_none());
        for (size_t k = 0; k < h->count; k++)
            m->to[k] = place_of(all, &n, h->names[k], occurrence(h->names, k));
        const char *column = implied_column(system, h->member);
        if (column)
            m->implied = place_of(all, &n, view_text(column), 0);
    }
    im->member_count = count;
    *ret_names = all;
    *ret_count = n;
    return OK;
}

/* The tables of one known system, in place; the others' names into the result. */
static err choose(struct import *im, struct header *headers, size_t count, size_t *ret_count)
{
    const char **others = arena_array(im->a, count + 1, sizeof *others);
    ENSURE(others, mem_none());
    size_t kept = 0, other_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (headers[i].system != SYSTEM_NONE && (kept == 0 || headers[i].system == headers[0].system))
            headers[kept++] = headers[i];
        else
            others[other_count++] = headers[i].member;
    }
    im->r->others = others;
    im->r->other_count = other_count;
    *ret_count = kept;
    return OK;
}

static err several(struct import *im, struct view **ret_names, size_t *ret_count)
{
    const char *const *names;
    size_t count;
    *ret_count = 0;
    TRY(table_members(&im->o->table, im->o->path, im->a, &names, &count));
    struct header *headers = arena_array(im->a, count + 1, sizeof *headers);
    ENSURE(headers, mem_none());
    for (size_t i = 0; i < count; i++)
        TRY(recognise(im, names[i], &headers[i]));
    TRY(choose(im, headers, count, &count));
    return count > 1 && count <= IMPORT_MEMBERS_MAX ? unite(im, headers, count, headers[0].system, ret_names, ret_count) : OK;
}

err import_header(struct import *im, struct view **ret_names, size_t *ret_count)
{
    struct header h = {0};
    struct columns columns;
    err e = read_header(im, im->o->table.member, &h);
    if (e.kind == ERR_INVALID && !im->o->table.member) {
        err_ignore(e, "said again below, unless it is an export of several tables");
        TRY(several(im, ret_names, ret_count));
        if (*ret_count)
            return OK;
        im->r->other_count = 0;
        e = read_header(im, NULL, &h);
    }
    TRY(e);
    *ret_names = h.names;
    *ret_count = h.count;
    if (!h.member[0])
        return OK;
    /* A table of an archive by itself: its name tells as much. */
    e = columns_recognise(im->a, &im->c->catalogue, NULL, im->o->path, h.names, h.count, &columns);
    h.system = e.kind == ERR_OK ? columns.system : SYSTEM_NONE;
    if (e.kind == ERR_NOMEM)
        return e;
    err_ignore(e, "the header is recognised with its map below");
    return implied_column(h.system, h.member) ? unite(im, &h, 1, h.system, ret_names, ret_count) : OK;
}

/* --- rows --- */

const char *import_member_of(const struct import *im, uint64_t line)
{
    size_t at = (size_t)(line >> IMPORT_LINE_BITS);
    return im->member_count > 1 && at < im->member_count ? im->members[at].name : NULL;
}

uint64_t import_line(const struct import *im, uint64_t line)
{
    return im->member_count > 1 ? line & ((1ull << IMPORT_LINE_BITS) - 1) : line;
}

void import_place_row(const struct import *im, size_t member, struct csv_cell *cells, struct table_cells *row)
{
    static const uint8_t yes[] = "yes";
    const struct import_member *m = &im->members[member];
    uint64_t before = (uint64_t)member << IMPORT_LINE_BITS;
    row->line += before;
    row->problem_line += before;
    if (row->problem != TABLE_FINE)
        return;
    for (size_t i = 0; i < im->cols.count; i++)
        cells[i] = (struct csv_cell){.line = row->line};
    for (size_t i = 0; i < row->count && i < m->count; i++) {
        cells[m->to[i]] = row->cell[i];
        cells[m->to[i]].line += before;
    }
    if (m->implied != SIZE_MAX && text_trim(cells[m->implied].text).len == 0)
        cells[m->implied].text = view_of(yes, sizeof yes - 1);
    row->cell = cells;
    row->count = row->expected = im->cols.count;
}
