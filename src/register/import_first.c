/* The first pass: checks every row, joins the rows of one person, finds whom they mean. */
#include "import_int.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "foldname.h"
#include "limits.h"

enum { NAME_BYTES = 4096 };

/* Columns by which people are matched, and those waiting to be. */
struct first {
    struct import *im;
    size_t ids[MATCH_IDS_MAX], id_count;
    size_t emails[MATCH_EMAILS_MAX], email_count;
    long postcode, family, first, full;
    uint32_t before; /* the person of the row before; IMPORT_SKIP */
    bool before_is_first;
    struct match_access access;
    struct arena *arena;
    struct match_row *rows;
    struct match *results;
    uint32_t *people;
    size_t count, room;
};

static void first_free(struct first *f)
{
    arena_free(f->arena);
    mem_free(f->rows);
    mem_free(f->results);
    mem_free(f->people);
}

static long column_of_key(const struct import *im, const char *key)
{
    for (size_t i = 0; i < im->cols.count; i++)
        if (im->plan[i].is_value && strcmp(im->plan[i].column->field->key, key) == 0)
            return (long)i;
    return -1;
}

static void find_columns(struct first *f)
{
    const struct import *im = f->im;
    f->postcode = -1;
    for (size_t i = 0; i < im->cols.count; i++) {
        const struct column *col = im->plan[i].column;
        if (col->role == COLUMN_ID)
            f->ids[f->id_count++] = i;
        else if (im->plan[i].is_value && col->field->type == TYPE_EMAIL && f->email_count < MATCH_EMAILS_MAX)
            f->emails[f->email_count++] = i;
        else if (im->plan[i].is_value && col->field->type == TYPE_POSTCODE && f->postcode < 0)
            f->postcode = (long)i;
    }
    f->family = column_of_key(im, "last_name");
    f->first = column_of_key(im, "first_name");
    f->full = column_of_key(im, "display_name");
}

static struct view cell_at(const struct import_row *row, long column)
{
    return column < 0 ? (struct view){0} : import_cell(row, (size_t)column);
}

static void names_of(const struct first *f, const struct import_row *row, struct view *family, struct view *first)
{
    *family = cell_at(row, f->family);
    *first = cell_at(row, f->first);
    if (family->len == 0)
        match_split_name(cell_at(row, f->full), family, first);
}

/* --- keys --- */

struct keys {
    struct hash list[MATCH_IDS_MAX];
    size_t count;
};

static void id_key(uint16_t field, struct view id, struct hash *ret)
{
    struct digest d;
    digest_begin(&d);
    digest_add_u8(&d, (uint8_t)(field >> 8));
    digest_add_u8(&d, (uint8_t)field);
    digest_add(&d, id);
    *ret = digest_end(&d);
}

/* Rows without id: the same addresses, names and birth date are the same person. */
static bool name_key(const struct first *f, const struct import_row *row, struct hash *ret)
{
    uint8_t memory[NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    struct view family, first;
    names_of(f, row, &family, &first);
    bool address = false;
    buf_str(&b, "name");
    for (size_t i = 0; i < f->email_count; i++)
        address = match_value_email(&b, import_cell(row, f->emails[i])) || address;
    buf_u8(&b, 0);
    address = match_value_postcode(&b, cell_at(row, f->postcode)) || address;
    buf_u8(&b, 0);
    bool named = match_value_family(&b, family);
    buf_u8(&b, 0);
    match_value_family(&b, first);
    buf_u32(&b, (uint32_t)row->birth);
    *ret = digest_of(buf_view(&b));
    return address && named && b.state == BUF_FINE;
}

static void keys_of(const struct first *f, const struct import_row *row, struct keys *k)
{
    k->count = 0;
    for (size_t i = 0; i < f->id_count; i++) {
        struct view id = import_cell(row, f->ids[i]);
        if (id.len)
            id_key(f->im->plan[f->ids[i]].field, id, &k->list[k->count++]);
    }
    if (k->count == 0 && name_key(f, row, &k->list[0]))
        k->count = 1;
}

/* --- matching --- */

static struct view kept_text(struct arena *a, struct view text)
{
    void *copy = text.len ? arena_copy(a, text.p, text.len) : NULL;
    return copy ? view_of(copy, text.len) : (struct view){0};
}

static err queue(struct first *f, const struct import_row *row, uint32_t person)
{
    struct match_row *m = &f->rows[f->count];
    struct match_id *ids = arena_array(f->arena, f->id_count + 1, sizeof *ids);
    struct view *emails = arena_array(f->arena, f->email_count + 1, sizeof *emails), family, first;
    ENSURE(ids && emails, mem_none());
    *m = (struct match_row){.source = f->im->source, .ids = ids, .emails = emails, .birth = row->birth};
    for (size_t i = 0; i < f->id_count; i++) {
        struct view id = import_cell(row, f->ids[i]);
        if (id.len)
            ids[m->id_count++] = (struct match_id){f->im->plan[f->ids[i]].field, kept_text(f->arena, id)};
    }
    for (size_t i = 0; i < f->email_count; i++) {
        struct view email = import_cell(row, f->emails[i]);
        if (email.len)
            emails[m->email_count++] = kept_text(f->arena, email);
    }
    names_of(f, row, &family, &first);
    m->postcode = kept_text(f->arena, cell_at(row, f->postcode));
    m->family = kept_text(f->arena, family);
    m->first = kept_text(f->arena, first);
    f->people[f->count++] = person;
    return OK;
}

static bool is_met(const struct import *im, uint32_t ordinal)
{
    return im->met[ordinal / 8] >> (ordinal % 8) & 1;
}

static void mark_met(struct import *im, uint32_t ordinal)
{
    im->met[ordinal / 8] |= (uint8_t)(1u << (ordinal % 8));
}

static void note_near(struct import *im, uint32_t line, const uint32_t *ordinals, size_t count)
{
    if (count == 0)
        return;
    im->r->near_count++;
    for (size_t i = 0; i < count && im->r->near_shown < IMPORT_NEAR_MAX; i++)
        im->near[im->r->near_shown++] = (struct import_near){line, ordinals[i]};
}

/* Of people whom a row without id may mean: the first that came from this source and that no other row means. */
static err choose(struct import *im, const struct match *m, uint32_t *ret)
{
    *ret = IMPORT_NOBODY;
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct person *list = arena_array(a, m->ordinal_count, sizeof *list);
    ENSURE(list, mem_none());
    TRY(people_open(im->v, im->c, a, m->ordinals, m->ordinal_count, 0, list));
    for (size_t i = m->ordinal_count; i-- > 0;)
        if (list[i].state == CELL_THERE && facts_in_source(&list[i].facts, im->source) && !is_met(im, list[i].ordinal))
            *ret = list[i].ordinal;
    return OK;
}

static void claim(struct import *im, struct import_person *p, uint32_t ordinal)
{
    CHECK(ordinal < im->there_before);
    mark_met(im, ordinal);
    p->ordinal = ordinal;
}

/* Ids of several people: of one, if that is what they turn out to be. */
static err join(struct import *im, struct matching *matching, struct match *m)
{
    bool one = m->kind == MATCH_ONE && m->joined;
    if (m->kind == MATCH_SEVERAL && m->by_id) {
        for (size_t k = 0; k < m->ordinal_count; k++)
            if (is_met(im, m->ordinals[k]))
                return OK;
        TRY(people_merge_from_files(im->v, im->c, m->ordinals, m->ordinal_count, &one));
        if (one)
            match_joined(matching, m->ordinals, m->ordinal_count);
    }
    if (!one)
        return OK;
    m->kind = MATCH_ONE;
    TRY(people_record_for(im->v, im->c, m->ordinals[0], im->source, &m->ordinal));
    for (size_t k = 0; k < m->ordinal_count; k++)
        if (m->ordinals[k] != m->ordinal)
            mark_met(im, m->ordinals[k]);
    return OK;
}

static err settle_one(struct first *f, struct matching *matching, size_t i)
{
    struct import *im = f->im;
    struct match *m = &f->results[i];
    struct import_person *p = &im->people[f->people[i]];
    if (!m->never)
        TRY(join(im, matching, m));
    uint32_t ordinal = m->kind == MATCH_ONE ? m->ordinal : IMPORT_NOBODY;
    if (m->never) {
        p->left_out = true;
        im->r->left_out++;
        return OK;
    }
    if (m->kind == MATCH_SEVERAL && m->by_id) {
        p->rejected = true;
        for (size_t k = 0; k < m->ordinal_count; k++)
            mark_met(im, m->ordinals[k]);
        import_reject_at(im, p->line, 0, "The ids in this row belong to # different people of the register. Mend the ids.", "",
                         m->ordinal_count);
        return OK;
    }
    if (m->kind == MATCH_SEVERAL && f->rows[i].id_count == 0)
        TRY(choose(im, m, &ordinal));
    if (ordinal != IMPORT_NOBODY && !is_met(im, ordinal)) {
        claim(im, p, ordinal);
        return OK;
    }
    if (m->by_id) {
        p->rejected = true;
        import_reject(im, p->line, 0, "This row means the same person as another one, under another id. Put the ids into one row.");
        return OK;
    }
    note_near(im, p->line, m->kind == MATCH_NONE ? m->near : m->kind == MATCH_ONE ? &m->ordinal : m->ordinals,
              m->kind == MATCH_NONE ? m->near_count : m->kind == MATCH_ONE ? 1 : m->ordinal_count);
    return OK;
}

/* Rows from `from`, at most `*count`; `*count` is then of how many. */
static err match_some(struct first *f, size_t from, size_t *count)
{
    CLEANUP(match_end) struct matching *m = NULL;
    *count = f->count - from < *count ? f->count - from : *count;
    TRY(match_begin(&f->access, f->arena, f->rows + from, *count, f->results + from, &m, count));
    for (size_t i = 0; i < *count; i++) {
        TRY(match_judge(m, i));
        TRY(settle_one(f, m, from + i));
    }
    return OK;
}

static err match_batch(struct first *f)
{
    if (f->count == 0)
        return OK;
    for (size_t i = 0, n = f->count; i < f->count; i += n)
        TRY(match_some(f, i, &n));
    f->count = 0;
    arena_free(f->arena);
    f->arena = arena_new();
    return f->arena ? OK : mem_none();
}

/* --- rows --- */

static err set_row_person(struct import *im, size_t row, uint32_t person)
{
    if (row >= im->row_room) {
        size_t room = im->row_room ? im->row_room * 2 : 4096;
        uint32_t *more = mem_resize(im->row_person, room * sizeof *more);
        ENSURE(more, mem_none());
        im->row_person = more;
        im->row_room = room;
    }
    im->row_person[row] = person;
    im->row_count = row + 1;
    return OK;
}

static err add_person(struct import *im, const struct import_row *row)
{
    if (im->people_count == im->people_room) {
        size_t room = im->people_room ? im->people_room * 2 : 4096;
        struct import_person *more = mem_resize(im->people, room * sizeof *more);
        ENSURE(more, mem_none());
        im->people = more;
        im->people_room = room;
    }
    im->people[im->people_count++] = (struct import_person){.ordinal = IMPORT_NOBODY, .line = (uint32_t)row->line};
    return OK;
}

/* A further row of somebody whose first rows are not the ones just before: it waits in memory. */
static err keep_row(struct import *im, const struct import_row *row, uint32_t person)
{
    struct csv_cell *cells = arena_array(im->kept_arena, row->count, sizeof *cells);
    ENSURE(cells, mem_none());
    im->kept_bytes += row->count * sizeof *cells;
    for (size_t i = 0; i < row->count; i++) {
        cells[i] = row->cells[i];
        cells[i].text = kept_text(im->kept_arena, row->cells[i].text);
        im->kept_bytes += cells[i].text.len;
    }
    ENSURE(im->kept_bytes <= LIMIT_IMPORT_KEPT_BYTES,
           err_at(err_new(ERR_LIMIT, "Too many people have several rows that lie far apart in the file.",
                          "Sort the file by its id column and run the import again."),
                  im->o->path, import_line(im, row->line), 0));
    if (im->kept_count == im->kept_room) {
        size_t room = im->kept_room ? im->kept_room * 2 : 256;
        struct kept_row *more = mem_resize(im->kept, room * sizeof *more);
        ENSURE(more, mem_none());
        im->kept = more;
        im->kept_room = room;
    }
    im->kept[im->kept_count++] = (struct kept_row){person, row->line, row->count, cells};
    im->people[person].kept = true;
    return OK;
}

/* Whom the keys mean; IMPORT_NOBODY: somebody new.  False: several. */
static bool meant(const struct import *im, const struct keys *k, uint32_t *ret)
{
    *ret = IMPORT_NOBODY;
    for (size_t i = 0; i < k->count; i++) {
        uint32_t person;
        if (!seen_find(im->seen, &k->list[i], &person))
            continue;
        if (*ret != IMPORT_NOBODY && *ret != person)
            return false;
        *ret = person;
    }
    return true;
}

static err meet_person(struct first *f, const struct import_row *row, const struct keys *k, uint32_t *ret, bool *ret_new)
{
    struct import *im = f->im;
    *ret_new = *ret == IMPORT_NOBODY;
    if (*ret_new) {
        *ret = (uint32_t)im->people_count;
        TRY(add_person(im, row));
    }
    for (size_t i = 0; i < k->count; i++) {
        uint32_t ignored;
        TRY(seen_meet(im->seen, &k->list[i], *ret, &ignored));
    }
    return OK;
}

static err take_row(struct first *f, size_t at, const struct import_row *row, bool fine)
{
    struct import *im = f->im;
    struct keys k;
    uint32_t person;
    bool is_new;
    keys_of(f, row, &k);
    if (!meant(im, &k, &person)) {
        import_reject(im, row->line, 0, "The ids in this row are those of two different people in other rows. Mend the ids.");
        f->before = IMPORT_SKIP;
        return set_row_person(im, at, IMPORT_SKIP);
    }
    if (!fine && person == IMPORT_NOBODY && k.count == 0) {
        im->unreadable++;
        return set_row_person(im, at, IMPORT_SKIP);
    }
    TRY(meet_person(f, row, &k, &person, &is_new));
    im->people[person].rejected = im->people[person].rejected || !fine;
    im->people[person].several = !is_new;
    if (!is_new && fine && (person != f->before || !f->before_is_first))
        TRY(keep_row(im, row, person));
    f->before_is_first = is_new || (person == f->before && f->before_is_first);
    f->before = person;
    TRY(set_row_person(im, at, person));
    if (!is_new || im->there_before == 0)
        return OK;
    TRY(queue(f, row, person));
    return f->count == f->room ? match_batch(f) : OK;
}

static err on_row(struct import *im, size_t at, const struct table *t, const struct table_cells *cells)
{
    struct first *f = im->pass;
    struct import_row row;
    bool fine;
    (void)t;
    im->r->read++;
    import_read_row(im, cells, true, &row, &fine);
    if (cells->count != im->cols.count && !fine) {
        f->before = IMPORT_SKIP;
        if (cells->count < im->cols.count) {
            im->unreadable++;
            return set_row_person(im, at, IMPORT_SKIP);
        }
    }
    if (fine && row.left_out) {
        im->r->left_out++;
        f->before = IMPORT_SKIP;
        return set_row_person(im, at, IMPORT_SKIP);
    }
    return take_row(f, at, &row, fine);
}

static int by_person(const void *a, const void *b)
{
    const struct kept_row *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

err import_first_pass(struct import *im)
{
    CLEANUP(first_free) struct first f = {.im = im, .before = IMPORT_SKIP, .arena = arena_new()};
    struct match_vault over = {im->v, im->c};
    f.access = match_over(&over);
    f.room = im->there_before ? match_rows_at_once(im->there_before) : 1;
    f.rows = mem_array(f.room, sizeof *f.rows);
    f.results = mem_array(f.room, sizeof *f.results);
    f.people = mem_array(f.room, sizeof *f.people);
    ENSURE(f.arena && f.rows && f.results && f.people, mem_none());
    find_columns(&f);
    im->pass = &f;
    TRY(seen_new(&im->seen));
    TRY(import_walk(im, "checking", on_row));
    TRY(match_batch(&f));
    seen_free(&im->seen);
    im->pass = NULL;
    if (im->kept_count)
        qsort(im->kept, im->kept_count, sizeof *im->kept, by_person);
    return OK;
}
