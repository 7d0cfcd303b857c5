#include "match.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum {
    NARROW_PEOPLE = 64,        /* so few are opened faster than names are looked up */
    NARROW_PEOPLE_PER_NAME = 2, /* looking up a name costs about as much as opening so many people */
    ROWS_LEAST = 50000, /* at once; some 700 bytes each */
    ROWS_PART = 40
};

#define NO_NAME UINT32_MAX

/* --- agreement --- */

static bool any_agrees(bool (*agrees)(struct view a, struct view b), struct view name, const struct view *list,
                       size_t count)
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
        struct view id = text_trim(row->ids[i].value);
        for (size_t k = 0; k < p->id_count && id.len; k++) {
            if (p->ids[k].field != row->ids[i].field)
                continue;
            has = true;
            same = same || view_equal(text_trim(p->ids[k].value), id);
        }
        if (has && !same)
            return true;
    }
    return false;
}

/* Fingerprints of a row's names; `has` false: there is no such name, or no candidate to need it. */
struct row_prints {
    struct row_print {
        bool has;
        uint8_t print[TOKEN_BYTES];
    } family, first;
};

static bool in_prints(const struct row_print *name, const uint8_t (*list)[TOKEN_BYTES], size_t count)
{
    for (size_t i = 0; i < count && name->has; i++)
        if (memcmp(list[i], name->print, TOKEN_BYTES) == 0)
            return true;
    return false;
}

static bool family_agrees(const struct match_row *row, const struct row_prints *prints, const struct match_person *p)
{
    return any_agrees(match_family_agrees, row->family, p->families, p->family_count) ||
           in_prints(&prints->family, p->family_prints, p->family_print_count);
}

static bool is_same_person(const struct match_row *row, const struct row_prints *prints, const struct match_person *p)
{
    if (other_id(row, p) || !family_agrees(row, prints, p))
        return false;
    if (row->birth != DAY_UNKNOWN && p->birth != DAY_UNKNOWN)
        return row->birth == p->birth;
    return any_agrees(match_first_agrees, row->first, p->firsts, p->first_count) ||
           in_prints(&prints->first, p->first_prints, p->first_print_count);
}

/* Whether there is a name in it at all. */
static bool says_name(struct view name)
{
    uint8_t memory[4 * MATCH_NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    return match_value_family(&b, name) || b.state != BUF_FINE;
}

/* Whether both say a name, and not the same.  Of what was once there only a fingerprint may be left: it can agree, not differ. */
static bool names_disagree(bool (*agrees)(struct view a, struct view b), struct view name, const struct view *list, size_t count, bool printed)
{
    size_t said = 0;
    for (size_t i = 0; i < count; i++)
        said += says_name(list[i]);
    return said && says_name(name) && !printed && !any_agrees(agrees, name, list, count);
}

static bool details_disagree(const struct match_row *row, const struct row_prints *prints, const struct match_person *p)
{
    bool family = in_prints(&prints->family, p->family_prints, p->family_print_count);
    bool first = in_prints(&prints->first, p->first_prints, p->first_print_count);
    if (other_id(row, p) || names_disagree(match_family_agrees, row->family, p->families, p->family_count, family))
        return true;
    if (row->birth != DAY_UNKNOWN && p->birth != DAY_UNKNOWN)
        return row->birth != p->birth;
    return names_disagree(match_first_agrees, row->first, p->firsts, p->first_count, first);
}

/* --- looking up --- */

enum via { VIA_ID, VIA_EMAIL, VIA_POSTCODE, VIA_FAMILY };

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
    bool named;    /* narrow(): to be opened */
    uint32_t name; /* narrow(): which of the names looked up */
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
    w->hits[w->hit_count++] =
        (struct hit){.row = q->row, .ordinal = ordinal, .via = q->via, .past = (flags & CELL_TOKEN_PAST) != 0};
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

static err tokens_of(struct work *w, uint8_t (*ret)[TOKEN_BYTES])
{
    CLEANUP(mem_release) struct keeper_value *values = mem_array(w->count + 1, sizeof *values);
    ENSURE(values, mem_none());
    for (size_t i = 0; i < w->count; i++)
        values[i] = (struct keeper_value){w->questions[i].type, TEXT_NORMALISER_VERSION,
                                          view_of(w->bytes.p + w->questions[i].at, w->questions[i].len)};
    return w->access->tokens(w->access->ctx, values, w->count, ret);
}

/* Looks up what was asked; afterwards `hits` holds each person of each row once. */
static err look_up(struct work *w)
{
    w->hit_count = 0;
    if (w->count == 0)
        return OK;
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(w->count, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    TRY(tokens_of(w, tokens));
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

/* --- narrowing: who shares a postcode only need not be opened, if the index says that she has another family name ---
 */

/* The family name of a row, to be looked up. */
struct name {
    uint8_t token[TOKEN_BYTES];
    uint32_t row;
};

struct narrowing {
    struct hit *hits;
    const size_t *first; /* hit of each name, by rising ordinal; one more at the end */
    size_t count;
};

static int by_number(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static int by_name_token(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    int order = memcmp(x->token, y->token, TOKEN_BYTES);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_name(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* A name that is nothing, or longer than names that ever agree, isn't asked: nobody by postcode only agrees with it. */
static err ask_families(struct work *w)
{
    w->count = 0;
    buf_clear(&w->bytes);
    for (size_t i = 0, end; i < w->hit_count; i = end) {
        end = row_end(w, i);
        bool needed = false;
        for (size_t k = i; k < end; k++)
            needed = needed || w->hits[k].via == VIA_POSTCODE;
        if (!needed)
            continue;
        size_t before = w->bytes.len;
        bool there = match_value_family(&w->bytes, w->rows[w->hits[i].row].family);
        if (there && w->bytes.len - before > MATCH_NAME_BYTES) {
            w->bytes.len = before;
            there = false;
        }
        TRY(put_question(w, w->hits[i].row, VIA_FAMILY, KEEPER_TOKEN_FAMILY, before, there));
    }
    return OK;
}

/* Each name once, into `tokens`; hits by postcode know theirs, or NO_NAME. */
static err number_names(struct work *w, uint8_t (*tokens)[TOKEN_BYTES], size_t *ret_count)
{
    CLEANUP(mem_release) struct name *names = mem_array(w->count + 1, sizeof *names);
    uint32_t last = w->hits[w->hit_count - 1].row;
    CLEANUP(mem_release) uint32_t *of_row = mem_array((size_t)last + 1, sizeof *of_row);
    ENSURE(names && of_row, mem_none());
    TRY(tokens_of(w, tokens));
    for (size_t i = 0; i < w->count; i++) {
        memcpy(names[i].token, tokens[i], TOKEN_BYTES);
        names[i].row = w->questions[i].row;
    }
    qsort(names, w->count, sizeof *names, by_name_token);
    for (uint32_t i = 0; i <= last; i++)
        of_row[i] = NO_NAME;
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (i == 0 || memcmp(names[i].token, names[i - 1].token, TOKEN_BYTES) != 0)
            memcpy(tokens[n++], names[i].token, TOKEN_BYTES);
        of_row[names[i].row] = (uint32_t)(n - 1);
    }
    for (size_t i = 0; i < w->hit_count; i++) {
        struct hit *h = &w->hits[i];
        h->named = h->via != VIA_POSTCODE;
        h->name = h->named ? NO_NAME : of_row[h->row];
    }
    *ret_count = n;
    return OK;
}

static err on_named(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    struct narrowing *n = ctx;
    CHECK(asked < n->count);
    if (flags & CELL_TOKEN_NEVER)
        return OK;
    size_t low = n->first[asked], end = n->first[asked + 1], high = end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (n->hits[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < end && n->hits[low].ordinal == ordinal; low++)
        n->hits[low].named = true;
    return OK;
}

/* People found under a name are only looked for among the hits, never kept: a name may be that of very many. */
static err mark_named(struct work *w, const uint8_t (*tokens)[TOKEN_BYTES], size_t count)
{
    CLEANUP(mem_release) size_t *first = mem_array(count + 1, sizeof *first);
    ENSURE(first, mem_none());
    qsort(w->hits, w->hit_count, sizeof *w->hits, by_name);
    size_t at = 0;
    for (size_t i = 0; i <= count; i++) {
        while (at < w->hit_count && w->hits[at].name < i)
            at++;
        first[i] = at;
    }
    struct narrowing n = {w->hits, first, count};
    return w->access->find(w->access->ctx, tokens, count, on_named, &n);
}

static err worth_narrowing(const struct work *w, size_t names, bool *ret)
{
    CLEANUP(mem_release) uint32_t *list = mem_array(w->hit_count, sizeof *list);
    ENSURE(list, mem_none());
    size_t n = 0, people = 0;
    for (size_t i = 0; i < w->hit_count; i++)
        if (w->hits[i].via == VIA_POSTCODE)
            list[n++] = w->hits[i].ordinal;
    qsort(list, n, sizeof *list, by_number);
    for (size_t i = 0; i < n; i++)
        people += i == 0 || list[i] != list[i - 1];
    *ret = people > NARROW_PEOPLE && people / NARROW_PEOPLE_PER_NAME > names;
    return OK;
}

/* Leaves those hits out that are by postcode only and not under the row's family name, now or in the past: they are
 * neither the person nor near.  Everybody who has or had a family name has its token (people.h), so that this changes no
 * answer. */
static err narrow(struct work *w)
{
    if (w->hit_count <= NARROW_PEOPLE)
        return OK;
    TRY(ask_families(w));
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(w->count + 1, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    size_t names;
    bool worth;
    TRY(number_names(w, tokens, &names));
    TRY(worth_narrowing(w, names, &worth));
    if (!worth)
        return OK;
    TRY(mark_named(w, (const uint8_t(*)[TOKEN_BYTES])tokens, names));
    size_t n = 0;
    for (size_t i = 0; i < w->hit_count; i++)
        if (w->hits[i].named)
            w->hits[n++] = w->hits[i];
    w->hit_count = n;
    qsort(w->hits, w->hit_count, sizeof *w->hits, by_row);
    return OK;
}

/* --- candidates --- */

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

static bool have_prints(const struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->people[i].family_print_count || c->people[i].first_print_count)
            return true;
    return false;
}

static err put_print(struct buf *to, const struct match_name_field *f, struct view name, struct row_print *ret)
{
    CLEANUP(buf_free) struct buf bare = BUF_SECRET(MATCH_NAME_BYTES);
    ret->has = match_value_family(&bare, name); /* else it never agrees */
    return match_print(to, f->field, f->no, name);
}

/* The fingerprints of the names of the rows that have hits, by row. */
static err print_names(struct work *w, size_t row_count, struct row_prints *list)
{
    CLEANUP(buf_free) struct buf bytes = BUF_SECRET(row_count * 2 * MATCH_PRINT_BYTES);
    CLEANUP(mem_release) struct keeper_value *values = mem_array(row_count * 2, sizeof *values);
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(row_count * 2, TOKEN_BYTES);
    ENSURE(values && tokens, mem_none());
    size_t n = 0;
    for (size_t i = 0; i < w->hit_count; i = row_end(w, i)) {
        uint32_t row = w->hits[i].row;
        TRY(put_print(&bytes, &w->access->family, w->rows[row].family, &list[row].family));
        TRY(put_print(&bytes, &w->access->first, w->rows[row].first, &list[row].first));
        n += 2;
    }
    for (size_t i = 0; i < n; i++)
        values[i] = (struct keeper_value){KEEPER_TOKEN_PRINT, TEXT_NORMALISER_VERSION,
                                          view_of(bytes.p + i * MATCH_PRINT_BYTES, MATCH_PRINT_BYTES)};
    TRY(w->access->tokens(w->access->ctx, values, n, tokens));
    n = 0;
    for (size_t i = 0; i < w->hit_count; i = row_end(w, i)) {
        struct row_prints *p = &list[w->hits[i].row];
        memcpy(p->family.print, tokens[n++], TOKEN_BYTES);
        memcpy(p->first.print, tokens[n++], TOKEN_BYTES);
    }
    return OK;
}

static const struct match_person *candidate(const struct candidates *c, uint32_t ordinal)
{
    const uint32_t *at = bsearch(&ordinal, c->ordinals, c->count, sizeof ordinal, by_number);
    CHECK(at);
    return &c->people[at - c->ordinals];
}

static err set_near(struct arena *a, const struct match_row *row, const struct row_prints *prints, struct match *m,
                    const struct candidates *c, const struct hit *hits, size_t count)
{
    uint32_t *near = arena_array(a, count, sizeof *near), *doubt = arena_array(a, count, sizeof *doubt);
    ENSURE(near && doubt, mem_none());
    for (size_t i = 0; i < count; i++) {
        const struct match_person *p = candidate(c, hits[i].ordinal);
        if (!p->there || (hits[i].via != VIA_EMAIL && !family_agrees(row, prints, p)))
            continue;
        near[m->near_count++] = hits[i].ordinal;
        if (!details_disagree(row, prints, p))
            doubt[m->doubt_count++] = hits[i].ordinal;
    }
    m->near = near;
    m->doubt = doubt;
    return OK;
}

static err judge(struct work *w, struct arena *a, const struct candidates *c, const struct row_prints *prints, size_t from, size_t end)
{
    size_t row = w->hits[from].row, count = 0;
    CLEANUP(mem_release) const struct hit **list = mem_array(end - from, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = from; i < end; i++) {
        const struct match_person *p = candidate(c, w->hits[i].ordinal);
        if (p->there && is_same_person(&w->rows[row], &prints[row], p))
            list[count++] = &w->hits[i];
    }
    if (count)
        return set_result(a, &w->results[row], list, count);
    return set_near(a, &w->rows[row], &prints[row], &w->results[row], c, w->hits + from, end - from);
}

static err by_addresses(struct work *w, struct arena *a, size_t row_count)
{
    w->count = 0;
    buf_clear(&w->bytes);
    for (size_t i = 0; i < row_count; i++)
        if (w->results[i].kind == MATCH_NONE)
            TRY(ask_addresses(w, i));
    TRY(look_up(w));
    TRY(narrow(w));
    if (w->hit_count == 0)
        return OK;
    CLEANUP(candidates_free) struct candidates c = {0};
    TRY(open_candidates(w, a, &c));
    CLEANUP(mem_release) struct row_prints *prints = mem_array(row_count, sizeof *prints);
    ENSURE(prints, mem_none());
    if (have_prints(&c))
        TRY(print_names(w, row_count, prints));
    for (size_t i = 0, end; i < w->hit_count; i = end) {
        end = row_end(w, i);
        TRY(judge(w, a, &c, prints, i, end));
    }
    return OK;
}

/* --- records of one person --- */

static size_t add_all(uint32_t *list, size_t count, const uint32_t *more, size_t more_count)
{
    for (size_t i = 0; i < more_count; i++)
        list[count++] = more[i];
    return count;
}

static size_t each_once(uint32_t *list, size_t count)
{
    size_t n = 0;
    qsort(list, count, sizeof *list, by_number);
    for (size_t i = 0; i < count; i++)
        if (n == 0 || list[i] != list[n - 1])
            list[n++] = list[i];
    return n;
}

/* The people of a list of records, in place of it. */
static err people_of(struct arena *a, const uint32_t *all, const uint32_t *stands, size_t all_count, const uint32_t **list, size_t *count)
{
    uint32_t *people = arena_array(a, *count, sizeof *people);
    ENSURE(people, mem_none());
    for (size_t i = 0; i < *count; i++) {
        const uint32_t *at = bsearch(&(*list)[i], all, all_count, sizeof *all, by_number);
        CHECK(at);
        people[i] = stands[at - all];
    }
    *count = each_once(people, *count);
    *list = people;
    return OK;
}

static err join_records(struct work *w, struct arena *a, size_t row_count)
{
    size_t count = 0;
    for (size_t i = 0; i < row_count; i++)
        count += w->results[i].ordinal_count + w->results[i].doubt_count;
    if (count == 0)
        return OK;
    CLEANUP(mem_release) uint32_t *all = mem_array(count, sizeof *all), *stands = mem_array(count, sizeof *stands);
    ENSURE(all && stands, mem_none());
    count = 0;
    for (size_t i = 0; i < row_count; i++) {
        count = add_all(all, count, w->results[i].ordinals, w->results[i].ordinal_count);
        count = add_all(all, count, w->results[i].doubt, w->results[i].doubt_count);
    }
    count = each_once(all, count);
    TRY(w->access->records(w->access->ctx, all, count, stands));
    for (size_t i = 0; i < row_count; i++) {
        struct match *m = &w->results[i];
        if (m->doubt_count > 1)
            TRY(people_of(a, all, stands, count, &m->doubt, &m->doubt_count));
        if (m->kind != MATCH_SEVERAL)
            continue;
        TRY(people_of(a, all, stands, count, &m->ordinals, &m->ordinal_count));
        if (m->ordinal_count == 1) {
            m->kind = MATCH_ONE;
            m->joined = true;
            m->ordinal = m->ordinals[0];
        }
    }
    return OK;
}

size_t match_rows_at_once(uint64_t people)
{
    return people / ROWS_PART > ROWS_LEAST ? (size_t)(people / ROWS_PART) : ROWS_LEAST;
}

err match_rows(const struct match_access *access, struct arena *a, const struct match_row *rows, size_t count,
               struct match *results)
{
    CLEANUP(work_free) struct work w = {.access = access, .rows = rows, .results = results, .bytes = BUF(SIZE_MAX / 2)};
    memset(results, 0, count * sizeof *results);
    for (size_t i = 0; i < count; i++)
        CHECK(rows[i].source == rows[0].source && rows[i].id_count <= MATCH_IDS_MAX &&
              rows[i].email_count <= MATCH_EMAILS_MAX);
    if (count == 0)
        return OK;
    TRY(by_ids(&w, a, count));
    TRY(by_addresses(&w, a, count));
    return join_records(&w, a, count);
}
