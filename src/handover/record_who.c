/* Who is in a file: matches its rows many at a time, and keeps those who are in no register. */
#include "record_int.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES = 1024 /* of a usual one, all in all */, WHO_BYTES = 16, NAME_BYTES = 8192, NOBODY = UINT32_MAX };

struct row {
    struct view *cells; /* by column, trimmed; empty where the column does not count */
    int32_t birth;
    uint16_t marks;     /* of facts */
    uint32_t person;    /* of one known only from this file: her number in it; NOBODY */
};

/* People known only from this file, by what tells who they are; and what rows in doubt said of whoever they may mean. */
struct known {
    struct {
        uint8_t key[WHO_BYTES];
        uint32_t person; /* + 1; 0: free */
    } *list;
    size_t count, room;
};

/* A row that says more of somebody known only from files. */
struct addition {
    uint32_t ordinal;
    size_t row;
};

struct who {
    struct reading *r;
    struct handover *h;
    struct match_vault mv;
    struct match_access access;
    int64_t now;
    struct peopleset *file_only, *matched;
    struct known known;
    uint32_t *ordinals; /* of people known only from this file, by number */
    size_t people, people_room;
    struct people_tokens tokens;
    /* The rows at hand: */
    struct arena *a;
    struct row *rows;
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
    mem_free(w->known.list);
    mem_free(w->ordinals);
    people_tokens_free(&w->tokens);
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

static err who_begin(struct who *w)
{
    struct record_case *rc = w->r->rc;
    uint64_t people;
    w->mv = (struct match_vault){rc->v, rc->c};
    w->access = match_over(&w->mv);
    w->now = vault_now(rc->v);
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
    return people_each(rc->v, rc->c, 0, note_file_only, w);
}

/* --- the keys of somebody in no register --- */

static err known_grow(struct known *k)
{
    struct known more = {.room = k->room ? 2 * k->room : 1024};
    more.list = mem_array(more.room, sizeof *more.list);
    ENSURE(more.list, mem_none());
    for (size_t i = 0; i < k->room; i++) {
        if (!k->list[i].person)
            continue;
        size_t at = 0;
        memcpy(&at, k->list[i].key, sizeof at);
        for (at &= more.room - 1; more.list[at].person;)
            at = (at + 1) & (more.room - 1);
        more.list[at] = k->list[i];
        more.count++;
    }
    mem_free(k->list);
    *k = more;
    return OK;
}

/* Where the key stands, or is to stand. */
static err known_place(struct known *k, const struct hash *key, size_t *ret)
{
    if (2 * (k->count + 1) > k->room)
        TRY(known_grow(k));
    size_t at;
    memcpy(&at, key->b, sizeof at);
    for (at &= k->room - 1; k->list[at].person && memcmp(k->list[at].key, key->b, WHO_BYTES) != 0;)
        at = (at + 1) & (k->room - 1);
    *ret = at;
    return OK;
}

/* Who stands under the key already stays. */
static err known_put(struct known *k, const struct hash *key, uint32_t person)
{
    size_t at;
    TRY(known_place(k, key, &at));
    if (k->list[at].person)
        return OK;
    memcpy(k->list[at].key, key->b, WHO_BYTES);
    k->list[at].person = person + 1;
    k->count++;
    return OK;
}

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

/* The same e-mail addresses, postcode, names and birth date are the same person; a postcode only with a family name, as in matching. */
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
    size_t before = b.len;
    put_name(&b, m);
    bool family = b.len > before && b.p[before] != 0;
    *ret = digest_of(buf_view(&b));
    return (email || (postcode && family)) && b.state == BUF_FINE;
}

static struct hash whole_key(const struct reading *r, const struct row *row)
{
    struct digest d;
    digest_begin(&d);
    add_block(&d, view_text("all"));
    for (size_t i = 0; i < r->columns.count; i++)
        add_block(&d, row->cells[i]);
    return digest_end(&d);
}

static err row_keys(const struct who *w, size_t i, struct hash **ret, size_t *ret_count)
{
    const struct reading *r = w->r;
    struct hash *keys = arena_array(w->a, r->columns.count + 1, sizeof *keys);
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

static err new_person(struct who *w, uint32_t *ret)
{
    if (w->people == w->people_room) {
        size_t room = w->people_room ? 2 * w->people_room : 1024;
        uint32_t *more = mem_resize(w->ordinals, room * sizeof *more);
        ENSURE(more, mem_none());
        w->ordinals = more;
        w->people_room = room;
    }
    struct person *p = &w->fresh[w->fresh_count++];
    *p = (struct person){.state = CELL_THERE, .facts = FACTS_NONE, .facts_changed = true, .loaded = UINT32_MAX};
    p->facts.marks = FACT_FILE_ONLY;
    p->facts.start = vault_today(w->r->rc->v);
    *ret = (uint32_t)w->people++;
    return OK;
}

/* Whether the row may mean her beside what other rows of the file said: of somebody of whom too little is known, two rows with
 * different whole names are not both about her. */
static err may_mean(struct who *w, size_t i, uint32_t ordinal, bool *ret)
{
    uint8_t memory[NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    size_t any, this;
    buf_str(&b, "may mean");
    buf_u32(&b, ordinal);
    struct hash keys[2] = {digest_of(buf_view(&b))};
    *ret = true;
    if (!put_name(&b, &w->match[i]) || b.state != BUF_FINE)
        return OK;
    keys[1] = digest_of(buf_view(&b));
    TRY(known_place(&w->known, &keys[0], &any));
    if (w->known.list[any].person) {
        TRY(known_place(&w->known, &keys[1], &this));
        *ret = w->known.list[this].person != 0;
        return OK;
    }
    for (size_t k = 0; k < 2; k++)
        TRY(known_put(&w->known, &keys[k], ordinal));
    return OK;
}

/* Whoever has one of the row's ids, else somebody new; from then on she has all of them. */
static err find_unknown(struct who *w, size_t i)
{
    struct hash *keys;
    size_t count, at;
    uint32_t person = NOBODY;
    TRY(row_keys(w, i, &keys, &count));
    for (size_t k = 0; k < count && person == NOBODY; k++) {
        TRY(known_place(&w->known, &keys[k], &at));
        person = w->known.list[at].person - 1; /* NOBODY if free */
    }
    if (person == NOBODY)
        TRY(new_person(w, &person));
    for (size_t k = 0; k < count; k++)
        TRY(known_put(&w->known, &keys[k], person));
    w->rows[i].person = person;
    return OK;
}

/* --- what a row says of somebody known only from files: it adds to what is known --- */

static err add_value(struct who *w, struct person *p, const struct column_use *u, struct view text)
{
    const struct record_case *rc = w->r->rc;
    if (person_said(p, u->number, text, false))
        return OK;
    struct view *texts = arena_array(w->a, p->count + 1, sizeof *texts);
    ENSURE(texts, mem_none());
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == u->number && v->source == w->r->source && v->until == PERSON_OPEN)
            texts[count++] = v->text;
    }
    texts[count++] = text;
    return person_set(w->a, &rc->c->numbers, p, u->number, w->r->source, w->now, texts, count);
}

/* Dates of which the order had to be said are stored with the year first. */
static err stored_text(struct who *w, const struct column_use *u, struct view *text)
{
    int32_t day, same;
    if (u->column->field->type != TYPE_DATE || when_cell_day(*text, w->r->o->dates, &day).kind != ERR_OK || day == DAY_UNKNOWN)
        return OK;
    if (when_cell_day(*text, WHEN_YEAR_FIRST, &same).kind == ERR_OK)
        return OK;
    CLEANUP(buf_free) struct buf iso = BUF(32);
    when_put_day(&iso, day);
    TRY(buf_ok(&iso));
    uint8_t *copy = arena_copy(w->a, iso.p, iso.len);
    ENSURE(copy, mem_none());
    *text = view_of(copy, iso.len);
    return OK;
}

static err add_row(struct who *w, struct person *p, const struct row *row)
{
    const struct reading *r = w->r;
    for (size_t i = 0; i < r->columns.count; i++) {
        struct view text = row->cells[i];
        /* An id belongs to a source: without one it is not known whose it is, and it would be found as ours. */
        if (!r->uses[i].value || text.len == 0 || (r->uses[i].id && !r->source))
            continue;
        TRY(stored_text(w, &r->uses[i], &text));
        TRY(add_value(w, p, &r->uses[i], text));
    }
    struct facts *f = &p->facts;
    p->facts_changed = p->facts_changed || (f->birth == DAY_UNKNOWN && row->birth != DAY_UNKNOWN) || (row->marks & ~f->marks);
    f->birth = f->birth == DAY_UNKNOWN ? row->birth : f->birth;
    f->marks |= row->marks;
    return OK;
}

/* Their tokens go in at the end, so that no row finds who was made for another, wherever the file is cut into lots. */
static err save(struct who *w, struct person *list, size_t count)
{
    const struct record_case *rc = w->r->rc;
    TRY(people_save_gather(rc->v, rc->c, list, count, &w->tokens));
    return people_save_settle(rc->v, &w->tokens);
}

static err save_fresh(struct who *w)
{
    struct vault *v = w->r->rc->v;
    for (size_t i = 0; i < w->fresh_count;) {
        uint32_t first, got;
        TRY(vault_new_ordinals(v, (uint32_t)(w->fresh_count - i), &first, &got));
        for (uint32_t k = 0; k < got; k++, i++) {
            w->fresh[i].ordinal = w->ordinals[w->fresh_first + i] = first + k;
            peopleset_add(w->file_only, first + k);
        }
    }
    for (size_t i = 0; i < w->count; i++)
        if (w->rows[i].person != NOBODY && w->rows[i].person >= w->fresh_first)
            TRY(add_row(w, &w->fresh[w->rows[i].person - w->fresh_first], &w->rows[i]));
    return save(w, w->fresh, w->fresh_count);
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
            TRY(add_row(w, &people[k], &w->rows[w->additions[i].row]));
    }
    for (size_t k = 0; k < count; k++)
        if (people[k].state == CELL_THERE && person_changed(&people[k]))
            people[changed++] = people[k];
    return save(w, people, changed);
}

/* --- into the draft --- */

static void put_person(struct who *w, const struct row *row, uint32_t ordinal)
{
    const struct reading *r = w->r;
    peopleset_add(w->r->d.people, ordinal);
    for (size_t i = 0; i < r->columns.count; i++)
        if (row->cells[i].len)
            peopleset_add(r->d.have[r->uses[i].place], ordinal);
}

static void place_one(struct who *w, size_t i, uint32_t ordinal)
{
    put_person(w, &w->rows[i], ordinal);
    if (peopleset_has(w->file_only, ordinal))
        w->additions[w->addition_count++] = (struct addition){ordinal, i};
    else
        peopleset_add(w->matched, ordinal);
}

/* Too few details to tell: all who may be meant.  Only one, and she is known from files alone: that is her. */
static err place_doubt(struct who *w, size_t i)
{
    const struct match *m = &w->found[i];
    size_t count = 0;
    uint32_t *list = arena_array(w->a, m->doubt_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t k = 0; k < m->doubt_count; k++) {
        bool may;
        TRY(may_mean(w, i, m->doubt[k], &may));
        list[count] = m->doubt[k];
        count += may;
    }
    if (count == 0)
        return find_unknown(w, i);
    if (count == 1 && peopleset_has(w->file_only, list[0])) {
        place_one(w, i, list[0]);
        return OK;
    }
    w->h->ambiguous++;
    for (size_t k = 0; k < count; k++)
        put_person(w, &w->rows[i], list[k]);
    return OK;
}

static err place_row(struct who *w, size_t i)
{
    const struct record_case *rc = w->r->rc;
    const struct match *m = &w->found[i];
    const struct row *row = &w->rows[i];
    uint32_t ordinal = m->ordinal;
    bool one = false;
    switch (m->kind) {
    case MATCH_ONE:
        if (m->joined)
            TRY(people_record_for(rc->v, rc->c, m->ordinal, w->r->source, &ordinal));
        place_one(w, i, ordinal);
        return OK;
    case MATCH_SEVERAL:
        if (m->by_id)
            TRY(people_merge_from_files(rc->v, rc->c, m->ordinals, m->ordinal_count, &one));
        if (one) {
            TRY(people_record_for(rc->v, rc->c, m->ordinals[0], w->r->source, &ordinal));
            place_one(w, i, ordinal);
            return OK;
        }
        w->h->ambiguous++;
        for (size_t k = 0; k < m->ordinal_count; k++)
            put_person(w, row, m->ordinals[k]);
        return OK;
    case MATCH_NONE:
        break;
    }
    return place_doubt(w, i);
}

static err do_rows(struct who *w)
{
    w->fresh_first = w->people;
    w->fresh_count = w->addition_count = 0;
    TRY(match_rows(&w->access, w->a, w->match, w->count, w->found));
    for (size_t i = 0; i < w->count; i++)
        TRY(place_row(w, i));
    TRY(save_fresh(w));
    for (size_t i = 0; i < w->count; i++) {
        uint32_t person = w->rows[i].person;
        if (person == NOBODY)
            continue;
        put_person(w, &w->rows[i], w->ordinals[person]);
        if (person < w->fresh_first)
            w->additions[w->addition_count++] = (struct addition){w->ordinals[person], i};
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
    struct row *row = &w->rows[i];
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
static void take_facts(const struct reading *r, const struct column_use *u, struct view cell, struct row *row)
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
    struct row *row = &w->rows[w->count];
    *row = (struct row){.cells = arena_array(w->a, r->columns.count + 1, sizeof *row->cells), .birth = DAY_UNKNOWN, .person = NOBODY};
    ENSURE(row->cells, mem_none());
    for (size_t i = 0; i < cells->count && i < r->columns.count; i++) {
        struct view text = text_trim(cells->cell[i].text);
        if (!r->uses[i].counts || text.len == 0)
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
    TRY(people_tokens_add(r->rc->v, &w.tokens));
    for (size_t i = 0; i < r->rc->given_count; i++)
        peopleset_unite(r->d.have[handover_draft_key(&r->d, r->rc->given[i])], r->d.people);
    h->matched = peopleset_count(w.matched);
    h->file_only = peopleset_common(r->d.people, w.file_only);
    return OK;
}
