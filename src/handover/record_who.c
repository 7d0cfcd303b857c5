/* Who is in a file: matches its rows many at a time, and keeps those who are in no register. */
#include "record_int.h"

#include "celltype.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES = 1024 /* of a usual one, all in all */, NAME_BYTES = 8192 };

/* Numbers of people: those made for this file from 0, those who were known before from here. */
#define KNOWN_BEFORE (1u << 31)

/* A row that says more of somebody made for an earlier one. */
struct addition {
    uint32_t ordinal;
    size_t row;
};

struct who {
    struct reading *r;
    struct handover *h;
    struct match_vault mv;
    struct match_access access;
    struct peopleset *file_only, *matched;
    struct known known;
    struct statements said, said_fresh; /* by ordinal; by number, of those made for this file */
    struct adding adding;
    struct numbers {
        uint32_t *ordinals;
        size_t count, room;
    } fresh_ones, known_ones; /* by number: those made for this file, and others that an id in it is known to mean */
    /* The rows at hand: */
    struct arena *a;
    struct record_row *rows;
    struct match_row *match;
    struct match *found;
    struct person *fresh; /* new ones: numbers from `fresh_first` */
    struct addition *additions;
    size_t id_columns, email_columns; /* that are looked up */
    size_t count, room, bytes, fresh_first, fresh_count, addition_count;
};

static void who_end(struct who *w)
{
    peopleset_free(&w->file_only);
    peopleset_free(&w->matched);
    known_free(&w->known);
    statements_free(&w->said);
    statements_free(&w->said_fresh);
    adding_free(&w->adding);
    mem_free(w->fresh_ones.ordinals);
    mem_free(w->known_ones.ordinals);
    arena_free(w->a);
    mem_free(w->rows);
    mem_free(w->match);
    mem_free(w->found);
    mem_free(w->fresh);
    mem_free(w->additions);
}

static err note_file_only(void *ctx, const struct person *p)
{
    struct who *w = ctx;
    if (facts_file_only(&p->facts))
        peopleset_add(w->file_only, p->ordinal);
    return OK;
}

static bool is_renamed(void *ctx, uint32_t ordinal)
{
    const struct who *w = ctx;
    return peopleset_has(w->adding.renamed, ordinal);
}

static err who_begin(struct who *w)
{
    struct record_case *rc = w->r->rc;
    uint64_t people;
    w->mv = (struct match_vault){rc->v, rc->c};
    w->access = match_over(&w->mv);
    w->access.renamed = is_renamed;
    w->access.renamed_ctx = w;
    w->adding.r = w->r;
    w->adding.now = vault_now(rc->v);
    w->a = arena_new();
    TRY(people_count(rc->v, &people));
    w->room = match_rows_at_once(people);
    w->rows = mem_array(w->room, sizeof *w->rows);
    w->match = mem_array(w->room, sizeof *w->match);
    w->found = mem_array(w->room, sizeof *w->found);
    w->fresh = mem_array(w->room, sizeof *w->fresh);
    w->additions = mem_array(w->room, sizeof *w->additions);
    for (size_t i = 0; i < w->r->columns.count; i++) {
        w->id_columns += w->r->uses[i].id && w->id_columns < MATCH_IDS_MAX;
        w->email_columns += w->r->uses[i].match == FOR_EMAIL && w->email_columns < MATCH_EMAILS_MAX;
    }
    ENSURE(w->a && w->rows && w->match && w->found && w->fresh && w->additions, mem_none());
    TRY(peopleset_new(&w->file_only));
    TRY(peopleset_new(&w->matched));
    TRY(peopleset_new(&w->adding.renamed));
    return people_each(rc->v, rc->c, 0, note_file_only, w);
}

/* --- the keys of somebody in no register --- */

static void add_block(struct digest *d, struct view bytes)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        digest_add_u8(d, (uint8_t)(bytes.len >> shift));
    digest_add(d, bytes);
}

static struct hash id_key(const struct column_use *u, struct view id)
{
    struct digest d;
    digest_begin(&d);
    add_block(&d, view_text("id"));
    add_block(&d, view_text(u->column->field->key));
    add_block(&d, id);
    return digest_end(&d);
}

/* Names and birth date; whether they are enough to tell people apart. */
static bool put_name(struct buf *b, const struct match_row *m)
{
    bool family = match_value_family(b, m->family);
    buf_u8(b, 0);
    bool first = match_value_family(b, m->first);
    buf_u8(b, 0);
    buf_u32(b, (uint32_t)m->birth);
    return family && (first || m->birth != DAY_UNKNOWN);
}

/* The same e-mail addresses, postcode, names and birth date are the same person; a postcode only with enough to tell people apart, as
 * in matching. */
static bool name_key(const struct match_row *m, struct hash *ret)
{
    uint8_t memory[NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    bool email = false;
    buf_str(&b, "name");
    for (size_t i = 0; i < m->email_count; i++)
        email = match_value_email(&b, m->emails[i]) || email;
    buf_u8(&b, 0);
    bool postcode = match_value_postcode(&b, m->postcode);
    buf_u8(&b, 0);
    bool enough = put_name(&b, m);
    *ret = digest_of(buf_view(&b));
    return (email || (postcode && enough)) && b.state == BUF_FINE;
}

/* An id that others have too, with the row's name. */
static struct hash named_key(const struct match_row *m, const struct hash *id)
{
    uint8_t memory[NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    buf_str(&b, "named");
    buf_put(&b, view_of(id->b, sizeof id->b));
    put_name(&b, m);
    return digest_of(buf_view(&b));
}

static struct hash whole_key(const struct reading *r, const struct record_row *row)
{
    struct digest d;
    digest_begin(&d);
    add_block(&d, view_text("all"));
    for (size_t i = 0; i < r->columns.count; i++)
        add_block(&d, row->cells[i]);
    return digest_end(&d);
}

static size_t count_ids(const struct who *w, size_t i)
{
    size_t count = 0;
    for (size_t k = 0; k < w->r->columns.count; k++)
        count += w->r->uses[k].id && w->rows[i].cells[k].len;
    return count;
}

/* By column. */
static err row_ids(const struct who *w, size_t i, struct match_id **ret, size_t *ret_count)
{
    struct match_id *ids = arena_array(w->a, count_ids(w, i) + 1, sizeof *ids);
    ENSURE(ids, mem_none());
    *ret_count = 0;
    for (size_t k = 0; k < w->r->columns.count; k++)
        if (w->r->uses[k].id && w->rows[i].cells[k].len)
            ids[(*ret_count)++] = (struct match_id){(uint16_t)k, w->rows[i].cells[k]};
    *ret = ids;
    return OK;
}

/* Its ids, also where it is not known whose they are: in one file they mean one person each.  Without any, what else tells who it is. */
static err row_keys(const struct who *w, size_t i, struct hash **ret, size_t *ret_count)
{
    const struct reading *r = w->r;
    struct hash *keys = arena_array(w->a, count_ids(w, i) + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    size_t count = 0;
    for (size_t k = 0; k < r->columns.count; k++)
        if (r->uses[k].id && w->rows[i].cells[k].len)
            keys[count++] = id_key(&r->uses[k], w->rows[i].cells[k]);
    if (count == 0 && !name_key(&w->match[i], &keys[0]))
        keys[0] = whole_key(r, &w->rows[i]);
    *ret = keys;
    *ret_count = count ? count : 1;
    return OK;
}

static err put_number(struct numbers *n, uint32_t ordinal)
{
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 1024;
        uint32_t *more = mem_resize(n->ordinals, room * sizeof *more);
        ENSURE(more, mem_none());
        n->ordinals = more;
        n->room = room;
    }
    n->ordinals[n->count++] = ordinal;
    return OK;
}

static err new_person(struct who *w, uint32_t *ret)
{
    struct person *p = &w->fresh[w->fresh_count++];
    *p = (struct person){.state = CELL_THERE, .facts = FACTS_NONE, .facts_changed = true, .loaded = UINT32_MAX};
    p->facts.marks = FACT_FILE_ONLY;
    p->facts.start = vault_today(w->r->rc->v);
    *ret = (uint32_t)w->fresh_ones.count;
    return put_number(&w->fresh_ones, NOBODY);
}

/* What `keys` mean from now on, where they mean nobody yet. */
static err put_keys(struct who *w, const struct hash *keys, size_t count, uint32_t person)
{
    for (size_t k = 0; k < count; k++)
        TRY(known_put(&w->known, &keys[k], person));
    return OK;
}

/* Later rows with the row's ids mean her too. */
static err put_ids(struct who *w, size_t i, uint32_t ordinal)
{
    struct hash *keys;
    size_t count;
    if (count_ids(w, i) == 0)
        return OK;
    TRY(row_keys(w, i, &keys, &count));
    ENSURE(w->known_ones.count < KNOWN_BEFORE, err_new(ERR_LIMIT, "The file has too many rows.", "Divide it."));
    TRY(put_keys(w, keys, count, KNOWN_BEFORE + (uint32_t)w->known_ones.count));
    return put_number(&w->known_ones, ordinal);
}

/* Whether earlier rows say that the person of this number is somebody else. */
static bool is_other(const struct who *w, uint32_t person, size_t i)
{
    if (person >= KNOWN_BEFORE)
        return statements_other(&w->said, w->known_ones.ordinals[person - KNOWN_BEFORE], &w->match[i]);
    return statements_other(&w->said_fresh, person, &w->match[i]);
}

/* The first of `keys` whose person may be the row's, or NOBODY. */
static err find_key(struct who *w, size_t i, const struct hash *keys, size_t count, uint32_t *ret)
{
    *ret = NOBODY;
    for (size_t k = 0; k < count && *ret == NOBODY; k++) {
        TRY(known_find(&w->known, &keys[k], ret));
        if (*ret != NOBODY && is_other(w, *ret, i)) {
            *ret = NOBODY;
            w->rows[i].unsure = true;
        }
    }
    return OK;
}

/* Whoever has one of the row's ids, else somebody new; from then on she has all of them.  `ret_known`: she was known before the
 * file; else NOBODY. */
static err find_unknown(struct who *w, size_t i, uint32_t *ret_known)
{
    struct hash *keys;
    size_t count;
    uint32_t person;
    TRY(row_keys(w, i, &keys, &count));
    TRY(find_key(w, i, keys, count, &person));
    if (person == NOBODY && w->rows[i].unsure) {
        for (size_t k = 0; k < count; k++)
            keys[k] = named_key(&w->match[i], &keys[k]);
        TRY(find_key(w, i, keys, count, &person));
    }
    bool before = person != NOBODY && person >= KNOWN_BEFORE;
    if (person == NOBODY)
        TRY(new_person(w, &person));
    *ret_known = before ? w->known_ones.ordinals[person - KNOWN_BEFORE] : NOBODY;
    w->rows[i].person = before ? NOBODY : person;
    if (!before)
        TRY(statements_add(&w->said_fresh, person, &w->match[i], NULL, 0));
    return put_keys(w, keys, count, person);
}

static err save_fresh(struct who *w)
{
    struct vault *v = w->r->rc->v;
    for (size_t i = 0; i < w->fresh_count;) {
        uint32_t first, got;
        TRY(vault_new_ordinals(v, (uint32_t)(w->fresh_count - i), &first, &got));
        for (uint32_t k = 0; k < got; k++, i++) {
            w->fresh[i].ordinal = w->fresh_ones.ordinals[w->fresh_first + i] = first + k;
            peopleset_add(w->file_only, first + k);
        }
    }
    for (size_t i = 0; i < w->count; i++)
        if (w->rows[i].person != NOBODY && w->rows[i].person >= w->fresh_first)
            TRY(adding_row(&w->adding, &w->fresh[w->rows[i].person - w->fresh_first], &w->rows[i]));
    return adding_save(&w->adding, w->fresh, w->fresh_count);
}

static int by_ordinal(const void *a, const void *b)
{
    const struct addition *x = a, *y = b;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static err save_additions(struct who *w)
{
    const struct record_case *rc = w->r->rc;
    if (w->addition_count == 0)
        return OK;
    qsort(w->additions, w->addition_count, sizeof *w->additions, by_ordinal);
    uint32_t *ordinals = arena_array(w->a, w->addition_count, sizeof *ordinals);
    struct person *people = arena_array(w->a, w->addition_count, sizeof *people);
    ENSURE(ordinals && people, mem_none());
    size_t count = 0, changed = 0;
    for (size_t i = 0; i < w->addition_count; i++)
        if (count == 0 || ordinals[count - 1] != w->additions[i].ordinal)
            ordinals[count++] = w->additions[i].ordinal;
    uint32_t categories = 0;
    for (size_t i = 0; i < w->r->columns.count; i++)
        categories |= w->r->uses[i].value ? 1u << w->r->uses[i].column->field->category : 0;
    TRY(people_open(rc->v, rc->c, w->a, ordinals, count, categories, people));
    for (size_t i = 0, k = 0; i < w->addition_count; i++) {
        while (ordinals[k] != w->additions[i].ordinal)
            k++;
        if (people[k].state == CELL_THERE)
            TRY(adding_row(&w->adding, &people[k], &w->rows[w->additions[i].row]));
    }
    for (size_t k = 0; k < count; k++)
        if (people[k].state == CELL_THERE && person_changed(&people[k]))
            people[changed++] = people[k];
    return adding_save(&w->adding, people, changed);
}

/* --- into the draft --- */

static void put_person(struct who *w, const struct record_row *row, uint32_t ordinal)
{
    const struct reading *r = w->r;
    peopleset_add(w->r->d.people, ordinal);
    for (size_t i = 0; i < r->columns.count; i++)
        if (row->cells[i].len)
            peopleset_add(r->d.have[r->uses[i].place], ordinal);
}

static err place_one(struct who *w, struct matching *m, size_t i, uint32_t ordinal)
{
    struct match_id *ids;
    size_t id_count;
    TRY(row_ids(w, i, &ids, &id_count));
    put_person(w, &w->rows[i], ordinal);
    TRY(statements_add(&w->said, ordinal, &w->match[i], ids, w->found[i].by_id || w->rows[i].unsure ? 0 : id_count));
    if (!w->found[i].by_id)
        TRY(put_ids(w, i, ordinal));
    if (peopleset_has(w->file_only, ordinal))
        return adding_say(&w->adding, m, ordinal, &w->rows[i], w->match[i].family.len > 0);
    peopleset_add(w->matched, ordinal);
    return OK;
}

static err place_nobody(struct who *w, struct matching *m, size_t i)
{
    uint32_t known;
    TRY(find_unknown(w, i, &known));
    w->h->ambiguous += w->rows[i].unsure;
    return known == NOBODY ? OK : place_one(w, m, i, known);
}

/* The row leads to her; but an earlier row was certainly about somebody else.  Which of the two she is can't be told. */
static err place_sure(struct who *w, struct matching *m, size_t i, uint32_t ordinal)
{
    if (!statements_other(&w->said, ordinal, &w->match[i]))
        return place_one(w, m, i, ordinal);
    w->rows[i].unsure = true;
    put_person(w, &w->rows[i], ordinal);
    return place_nobody(w, m, i);
}

/* Too few details to tell: all who may be meant.  Only one, and she is known from files alone: that is her. */
static err place_doubt(struct who *w, struct matching *m, size_t i)
{
    const struct match *found = &w->found[i];
    struct match_id *ids;
    size_t count = 0, id_count;
    uint32_t *list = arena_array(w->a, found->doubt_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    TRY(row_ids(w, i, &ids, &id_count));
    for (size_t k = 0; k < found->doubt_count; k++)
        if (!statements_differ(&w->said, found->doubt[k], &w->match[i], ids, id_count))
            list[count++] = found->doubt[k];
    if (count == 0)
        return place_nobody(w, m, i);
    for (size_t k = 0; k < count; k++)
        TRY(statements_add(&w->said, list[k], &w->match[i], ids, id_count));
    bool only = count == 1 && peopleset_has(w->file_only, list[0]);
    if (only)
        TRY(adding_only(&w->adding, list[0], &only));
    if (only)
        return place_one(w, m, i, list[0]);
    w->h->ambiguous++;
    for (size_t k = 0; k < count; k++)
        put_person(w, &w->rows[i], list[k]);
    return OK;
}

/* The row's ids lead to several people: to one, if that is what they turn out to be. */
static err place_several(struct who *w, struct matching *m, size_t i)
{
    const struct record_case *rc = w->r->rc;
    const struct match *found = &w->found[i];
    uint32_t ordinal;
    bool one = false;
    if (found->by_id) {
        TRY(adding_part(&w->adding, found->ordinals, found->ordinal_count));
        TRY(people_merge_from_files(rc->v, rc->c, found->ordinals, found->ordinal_count, &one));
    }
    if (one) {
        match_joined(m, found->ordinals, found->ordinal_count);
        TRY(people_record_for(rc->v, rc->c, found->ordinals[0], w->r->source, &ordinal));
        return place_sure(w, m, i, ordinal);
    }
    w->h->ambiguous++;
    for (size_t k = 0; k < found->ordinal_count; k++)
        put_person(w, &w->rows[i], found->ordinals[k]);
    return OK;
}

static err place_row(struct who *w, struct matching *m, size_t i)
{
    const struct record_case *rc = w->r->rc;
    const struct match *found = &w->found[i];
    uint32_t ordinal = found->ordinal;
    switch (found->kind) {
    case MATCH_ONE:
        if (found->joined)
            TRY(people_record_for(rc->v, rc->c, found->ordinal, w->r->source, &ordinal));
        return place_sure(w, m, i, ordinal);
    case MATCH_SEVERAL:
        return place_several(w, m, i);
    case MATCH_NONE:
        break;
    }
    return place_doubt(w, m, i);
}

/* Rows from `from`, at most `*count`; `*count` is then of how many.  In their order, as what one says counts for those after it. */
static err place_rows(struct who *w, size_t from, size_t *count)
{
    CLEANUP(arena_release) struct arena *a = arena_new(); /* where many share an address a few rows find very many people */
    CLEANUP(match_end) struct matching *m = NULL;
    const uint32_t *found;
    size_t found_count;
    ENSURE(a, mem_none());
    *count = w->count - from < *count ? w->count - from : *count;
    TRY(match_begin(&w->access, a, w->match + from, *count, w->found + from, &m, count));
    TRY(match_found(m, &found, &found_count));
    TRY(adding_begin(&w->adding, a, w->file_only, found, found_count));
    for (size_t i = 0; i < *count; i++) {
        TRY(match_judge(m, i));
        TRY(place_row(w, m, from + i));
    }
    return adding_end(&w->adding);
}

static err do_rows(struct who *w)
{
    w->fresh_first = w->fresh_ones.count;
    w->fresh_count = w->addition_count = 0;
    for (size_t i = 0, n = w->count; i < w->count; i += n)
        TRY(place_rows(w, i, &n));
    w->adding.a = w->a;
    TRY(save_fresh(w));
    for (size_t i = 0; i < w->count; i++) {
        uint32_t person = w->rows[i].person;
        if (person == NOBODY)
            continue;
        put_person(w, &w->rows[i], w->fresh_ones.ordinals[person]);
        if (person < w->fresh_first)
            w->additions[w->addition_count++] = (struct addition){w->fresh_ones.ordinals[person], i};
    }
    TRY(save_additions(w));
    arena_free(w->a);
    w->a = arena_new();
    w->count = w->bytes = 0;
    return w->a ? OK : mem_none();
}

/* --- rows as they come --- */

static err fill_match(struct who *w, size_t i)
{
    const struct reading *r = w->r;
    struct record_row *row = &w->rows[i];
    struct match_row *m = &w->match[i];
    struct match_id *ids = arena_array(w->a, w->id_columns + 1, sizeof *ids);
    struct view *emails = arena_array(w->a, w->email_columns + 1, sizeof *emails), full = {0};
    ENSURE(ids && emails, mem_none());
    *m = (struct match_row){.source = r->source, .ids = ids, .emails = emails, .birth = row->birth};
    for (size_t k = 0; k < r->columns.count; k++) {
        const struct column_use *u = &r->uses[k];
        struct view text = row->cells[k];
        if (text.len == 0)
            continue;
        if (u->id && r->source && m->id_count < w->id_columns)
            ids[m->id_count++] = (struct match_id){u->number, text};
        if (u->match == FOR_EMAIL && m->email_count < w->email_columns)
            emails[m->email_count++] = text;
        m->postcode = u->match == FOR_POSTCODE ? text : m->postcode;
        m->family = u->match == FOR_FAMILY ? text : m->family;
        m->first = u->match == FOR_FIRST ? text : m->first;
        full = u->match == FOR_FULL ? text : full;
    }
    if (m->family.len == 0 && full.len)
        match_split_name(full, &m->family, &m->first);
    return OK;
}

/* What the cell says beside its being there. */
static void take_facts(const struct reading *r, const struct column_use *u, struct view cell, struct record_row *row)
{
    int32_t day;
    if (u->birth && when_cell_day(cell, r->o->dates, &day).kind == ERR_OK && day != DAY_UNKNOWN)
        row->birth = day;
    if (u->column->role != COLUMN_MARK || column_says(u->column, cell) != SAID_YES)
        return;
    row->marks |= u->column->mark == MARK_DECEASED || u->column->mark == MARK_DECEASED_ON ? FACT_DECEASED : 0;
    row->marks |= u->column->mark == MARK_IN_DANGER ? FACT_IN_DANGER : 0;
}

static err take_row(struct reading *r, void *ctx, const struct table *t, const struct table_cells *cells)
{
    struct who *w = ctx;
    TRY(table_row_ok(t, cells));
    struct record_row *row = &w->rows[w->count];
    *row = (struct record_row){.cells = arena_array(w->a, r->columns.count + 1, sizeof *row->cells), .birth = DAY_UNKNOWN, .person = NOBODY};
    ENSURE(row->cells, mem_none());
    for (size_t i = 0; i < cells->count && i < r->columns.count; i++) {
        struct view text = text_trim(cells->cell[i].text);
        if (!r->uses[i].counts || text.len == 0 || (r->uses[i].id && celltype_says_nothing(text)))
            continue;
        const uint8_t *copy = arena_copy(w->a, text.p, text.len);
        ENSURE(copy, mem_none());
        row->cells[i] = view_of(copy, text.len);
        w->bytes += text.len;
        take_facts(r, &r->uses[i], row->cells[i], row);
    }
    TRY(fill_match(w, w->count++));
    w->bytes += r->columns.count * sizeof *row->cells;
    return w->count == w->room || w->bytes >= w->room * ROW_BYTES ? do_rows(w) : OK;
}

err record_who(struct reading *r, struct handover *h)
{
    CLEANUP(who_end) struct who w = {.r = r, .h = h};
    TRY(who_begin(&w));
    TRY(record_walk(r, "matching", take_row, &w));
    TRY(do_rows(&w));
    TRY(people_tokens_add(r->rc->v, &w.adding.tokens));
    for (size_t i = 0; i < r->rc->given_count; i++)
        peopleset_unite(r->d.have[handover_draft_key(&r->d, r->rc->given[i])], r->d.people);
    h->matched = peopleset_count(w.matched);
    h->file_only = peopleset_common(r->d.people, w.file_only);
    return OK;
}
