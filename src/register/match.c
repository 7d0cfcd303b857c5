#include "match.h"

#include <stdlib.h>
#include <string.h>

#include "foldname.h"
#include "text.h"

enum { NAME_BYTES = 1024 };

/* --- normalised values --- */

/* Empties `to` to where it was if the text is no such thing. */
static bool appended(struct buf *to, size_t before, err e)
{
    if (e.kind == ERR_OK && to->len > before)
        return true;
    err_ignore(e, "not an address, number or name: there is nothing to look up");
    if (to->state == BUF_FINE)
        to->len = before;
    return false;
}

bool match_value_id(struct buf *to, uint8_t source, uint16_t field, struct view value)
{
    size_t before = to->len;
    value = foldname_trim(value);
    if (value.len == 0)
        return false;
    buf_u8(to, source);
    buf_u16(to, field);
    return appended(to, before, text_nfc(to, value));
}

bool match_value_email(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, text_email(to, value));
}

bool match_value_postcode(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, text_postcode(to, value));
}

bool match_value_phone(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, text_phone(to, value));
}

/* Folded, without marks, blanks, hyphens, apostrophes and points. */
static bool bare_name(struct buf *to, struct view value)
{
    size_t before = to->len;
    if (!appended(to, before, text_fold(to, value, TEXT_NO_MARKS)))
        return false;
    size_t n = before;
    for (size_t i = before; i < to->len; i++) {
        uint8_t c = to->p[i];
        if (c != ' ' && c != '-' && c != '\'' && c != '.')
            to->p[n++] = c;
    }
    to->len = n;
    return n > before;
}

bool match_value_family(struct buf *to, struct view value)
{
    return bare_name(to, value);
}

void match_split_name(struct view full, struct view *ret_family, struct view *ret_first)
{
    full = foldname_trim(full);
    *ret_family = *ret_first = (struct view){0};
    const uint8_t *comma = full.len ? memchr(full.p, ',', full.len) : NULL;
    if (comma) {
        *ret_family = foldname_trim(view_of(full.p, (size_t)(comma - full.p)));
        *ret_first = foldname_trim(view_of(comma + 1, full.len - (size_t)(comma - full.p) - 1));
        return;
    }
    size_t last = full.len, first = 0;
    while (last > 0 && full.p[last - 1] != ' ')
        last--;
    while (first < full.len && full.p[first] != ' ')
        first++;
    *ret_family = view_of(full.p + last, full.len - last);
    if (last > 0)
        *ret_first = view_of(full.p, first);
}

/* --- agreement --- */

static bool bare_into(uint8_t *memory, struct view name, struct view *ret)
{
    struct buf b = BUF_FIXED(memory, NAME_BYTES);
    if (!bare_name(&b, name))
        return false;
    *ret = buf_view(&b);
    return true;
}

bool match_family_agrees(struct view a, struct view b)
{
    uint8_t x[NAME_BYTES], y[NAME_BYTES];
    struct view p, q;
    return bare_into(x, a, &p) && bare_into(y, b, &q) && view_equal(p, q);
}

bool match_first_agrees(struct view a, struct view b)
{
    uint8_t x[NAME_BYTES], y[NAME_BYTES];
    struct view p, q;
    if (!bare_into(x, a, &p) || !bare_into(y, b, &q))
        return false;
    if (view_equal(p, q))
        return true;
    struct view shorter = p.len < q.len ? p : q, longer = p.len < q.len ? q : p;
    return text_characters(shorter) == 1 && memcmp(shorter.p, longer.p, shorter.len) == 0;
}

static bool any_agrees(bool (*agrees)(struct view a, struct view b), struct view name, const struct view *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (agrees(name, list[i]))
            return true;
    return false;
}

/* Whether the candidate has another value in an id field of the source that the row fills. */
static bool other_id(const struct match_row *row, const struct match_person *p)
{
    for (size_t i = 0; i < row->id_count; i++) {
        bool has = false, same = false;
        struct view id = foldname_trim(row->ids[i].value);
        for (size_t k = 0; k < p->id_count && id.len; k++) {
            if (p->ids[k].field != row->ids[i].field)
                continue;
            has = true;
            same = same || view_equal(foldname_trim(p->ids[k].value), id);
        }
        if (has && !same)
            return true;
    }
    return false;
}

static bool is_same_person(const struct match_row *row, const struct match_person *p)
{
    if (other_id(row, p) || !any_agrees(match_family_agrees, row->family, p->families, p->family_count))
        return false;
    if (row->birth != DAY_UNKNOWN && p->birth != DAY_UNKNOWN)
        return row->birth == p->birth;
    return any_agrees(match_first_agrees, row->first, p->firsts, p->first_count);
}

/* --- looking up --- */

enum via { VIA_ID, VIA_EMAIL, VIA_POSTCODE };

/* One token to be looked up for one row. */
struct question {
    uint32_t row;
    enum via via;
    uint8_t type;
    size_t at, len; /* its value, in `bytes` */
};

struct hit {
    uint32_t row, ordinal;
    enum via via;
    bool past;
};

struct work {
    const struct match_access *access;
    const struct match_row *rows;
    struct match *results;
    struct buf bytes;
    struct question *questions;
    size_t count, room;
    struct hit *hits;
    size_t hit_count, hit_room;
};

static void work_free(struct work *w)
{
    buf_free(&w->bytes);
    mem_free(w->questions);
    mem_free(w->hits);
}

static err more_room(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return OK;
    void *old;
    memcpy(&old, list, sizeof old);
    size_t larger = *room ? *room * 2 : 1024;
    void *more = mem_resize(old, larger * size);
    ENSURE(more, mem_none());
    memcpy(list, &more, sizeof more);
    *room = larger;
    return OK;
}

static err put_question(struct work *w, size_t row, enum via via, uint8_t type, size_t before, bool there)
{
    TRY(buf_ok(&w->bytes));
    if (!there)
        return OK;
    TRY(more_room(&w->questions, w->count, &w->room, sizeof *w->questions));
    w->questions[w->count++] = (struct question){(uint32_t)row, via, type, before, w->bytes.len - before};
    return OK;
}

static err ask_ids(struct work *w, size_t row)
{
    const struct match_row *r = &w->rows[row];
    for (size_t i = 0; i < r->id_count && r->source; i++) {
        size_t before = w->bytes.len;
        bool there = match_value_id(&w->bytes, r->source, r->ids[i].field, r->ids[i].value);
        TRY(put_question(w, row, VIA_ID, KEEPER_TOKEN_ID, before, there));
    }
    return OK;
}

static err ask_addresses(struct work *w, size_t row)
{
    const struct match_row *r = &w->rows[row];
    for (size_t i = 0; i < r->email_count; i++) {
        size_t before = w->bytes.len;
        bool there = match_value_email(&w->bytes, r->emails[i]);
        TRY(put_question(w, row, VIA_EMAIL, KEEPER_TOKEN_EMAIL, before, there));
    }
    size_t before = w->bytes.len;
    bool there = r->postcode.len && r->family.len && match_value_postcode(&w->bytes, r->postcode);
    return put_question(w, row, VIA_POSTCODE, KEEPER_TOKEN_POSTCODE, before, there);
}

static err on_found(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    struct work *w = ctx;
    CHECK(asked < w->count);
    const struct question *q = &w->questions[asked];
    if (flags & CELL_TOKEN_NEVER) {
        w->results[q->row].never = true;
        return OK;
    }
    TRY(more_room(&w->hits, w->hit_count, &w->hit_room, sizeof *w->hits));
    w->hits[w->hit_count++] = (struct hit){q->row, ordinal, q->via, (flags & CELL_TOKEN_PAST) != 0};
    return OK;
}

/* By row and person; of a person's hits the best first: by e-mail before postcode, present before past. */
static int by_row(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (x->via != y->via)
        return x->via < y->via ? -1 : 1;
    return (int)x->past - (int)y->past;
}

/* Looks up what was asked; afterwards `hits` holds each person of each row once. */
static err look_up(struct work *w)
{
    w->hit_count = 0;
    if (w->count == 0)
        return OK;
    CLEANUP(mem_release) struct keeper_value *values = mem_array(w->count, sizeof *values);
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(w->count, TOKEN_BYTES);
    ENSURE(values && tokens, mem_none());
    for (size_t i = 0; i < w->count; i++)
        values[i] = (struct keeper_value){w->questions[i].type, TEXT_NORMALISER_VERSION,
                                          view_of(w->bytes.p + w->questions[i].at, w->questions[i].len)};
    TRY(w->access->tokens(w->access->ctx, values, w->count, tokens));
    TRY(w->access->find(w->access->ctx, (const uint8_t(*)[TOKEN_BYTES])tokens, w->count, on_found, w));
    if (w->hit_count == 0)
        return OK;
    qsort(w->hits, w->hit_count, sizeof *w->hits, by_row);
    size_t n = 1;
    for (size_t i = 1; i < w->hit_count; i++) {
        const struct hit *last = &w->hits[n - 1];
        if (last->row != w->hits[i].row || last->ordinal != w->hits[i].ordinal)
            w->hits[n++] = w->hits[i];
    }
    w->hit_count = n;
    return OK;
}

static size_t row_end(const struct work *w, size_t from)
{
    size_t i = from;
    while (i < w->hit_count && w->hits[i].row == w->hits[from].row)
        i++;
    return i;
}

static err set_result(struct arena *a, struct match *m, const struct hit *const *hits, size_t count)
{
    m->kind = count == 1 ? MATCH_ONE : MATCH_SEVERAL;
    if (count == 1) {
        m->ordinal = hits[0]->ordinal;
        m->past = hits[0]->past;
        return OK;
    }
    uint32_t *list = arena_array(a, count, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < count; i++)
        list[i] = hits[i]->ordinal;
    m->ordinals = list;
    m->ordinal_count = count;
    return OK;
}

static err by_ids(struct work *w, struct arena *a, size_t row_count)
{
    for (size_t i = 0; i < row_count; i++)
        TRY(ask_ids(w, i));
    TRY(look_up(w));
    for (size_t i = 0, end; i < w->hit_count; i = end) {
        end = row_end(w, i);
        CLEANUP(mem_release) const struct hit **list = mem_array(end - i, sizeof *list);
        ENSURE(list, mem_none());
        for (size_t k = i; k < end; k++)
            list[k - i] = &w->hits[k];
        struct match *m = &w->results[w->hits[i].row];
        m->by_id = true;
        TRY(set_result(a, m, list, end - i));
    }
    return OK;
}

/* --- candidates --- */

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

struct candidates {
    uint32_t *ordinals;
    struct match_person *people;
    size_t count;
};

static void candidates_free(struct candidates *c)
{
    mem_free(c->ordinals);
    mem_free(c->people);
}

static err open_candidates(struct work *w, struct arena *a, struct candidates *c)
{
    c->ordinals = mem_array(w->hit_count + 1, sizeof *c->ordinals);
    c->people = mem_array(w->hit_count + 1, sizeof *c->people);
    ENSURE(c->ordinals && c->people, mem_none());
    for (size_t i = 0; i < w->hit_count; i++)
        c->ordinals[i] = w->hits[i].ordinal;
    qsort(c->ordinals, w->hit_count, sizeof *c->ordinals, by_number);
    for (size_t i = 0; i < w->hit_count; i++)
        if (i == 0 || c->ordinals[i] != c->ordinals[c->count - 1])
            c->ordinals[c->count++] = c->ordinals[i];
    return w->access->people(w->access->ctx, a, w->rows[0].source, c->ordinals, c->count, c->people);
}

static const struct match_person *candidate(const struct candidates *c, uint32_t ordinal)
{
    const uint32_t *at = bsearch(&ordinal, c->ordinals, c->count, sizeof ordinal, by_number);
    CHECK(at);
    return &c->people[at - c->ordinals];
}

static err set_near(struct arena *a, const struct match_row *row, struct match *m, const struct candidates *c,
                    const struct hit *hits, size_t count)
{
    uint32_t *near = arena_array(a, count, sizeof *near);
    ENSURE(near, mem_none());
    for (size_t i = 0; i < count; i++) {
        const struct match_person *p = candidate(c, hits[i].ordinal);
        if (p->there && (hits[i].via == VIA_EMAIL || any_agrees(match_family_agrees, row->family, p->families, p->family_count)))
            near[m->near_count++] = hits[i].ordinal;
    }
    m->near = near;
    return OK;
}

static err judge(struct work *w, struct arena *a, const struct candidates *c, size_t from, size_t end)
{
    size_t row = w->hits[from].row, count = 0;
    CLEANUP(mem_release) const struct hit **list = mem_array(end - from, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = from; i < end; i++) {
        const struct match_person *p = candidate(c, w->hits[i].ordinal);
        if (p->there && is_same_person(&w->rows[row], p))
            list[count++] = &w->hits[i];
    }
    if (count)
        return set_result(a, &w->results[row], list, count);
    return set_near(a, &w->rows[row], &w->results[row], c, w->hits + from, end - from);
}

static err by_addresses(struct work *w, struct arena *a, size_t row_count)
{
    w->count = 0;
    buf_clear(&w->bytes);
    for (size_t i = 0; i < row_count; i++)
        if (w->results[i].kind == MATCH_NONE)
            TRY(ask_addresses(w, i));
    TRY(look_up(w));
    if (w->hit_count == 0)
        return OK;
    CLEANUP(candidates_free) struct candidates c = {0};
    TRY(open_candidates(w, a, &c));
    for (size_t i = 0, end; i < w->hit_count; i = end) {
        end = row_end(w, i);
        TRY(judge(w, a, &c, i, end));
    }
    return OK;
}

err match_rows(const struct match_access *access, struct arena *a, const struct match_row *rows, size_t count,
               struct match *results)
{
    CLEANUP(work_free) struct work w = {.access = access, .rows = rows, .results = results, .bytes = BUF(SIZE_MAX / 2)};
    memset(results, 0, count * sizeof *results);
    for (size_t i = 0; i < count; i++)
        CHECK(rows[i].source == rows[0].source && rows[i].id_count <= MATCH_IDS_MAX && rows[i].email_count <= MATCH_EMAILS_MAX);
    if (count == 0)
        return OK;
    TRY(by_ids(&w, a, count));
    return by_addresses(&w, a, count);
}
