/* Looking up who is found under a row's ids and addresses, many rows at once. */
#include "match_int.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum {
    NARROW_PEOPLE = 64,        /* so few are opened faster than names are looked up */
    NARROW_PEOPLE_PER_NAME = 2 /* looking up a name costs about as much as opening so many people */
};

#define NO_NAME UINT32_MAX

void match_lookup_free(struct match_lookup *l)
{
    buf_free(&l->bytes);
    mem_free(l->questions);
    mem_free(l->hits);
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

static err put_question(struct match_lookup *l, size_t row, enum match_via via, uint8_t type, size_t before, bool there)
{
    TRY(buf_ok(&l->bytes));
    if (!there)
        return OK;
    TRY(more_room(&l->questions, l->count, &l->room, sizeof *l->questions));
    l->questions[l->count++] = (struct match_question){(uint32_t)row, via, type, before, l->bytes.len - before};
    return OK;
}

static err ask_ids(struct match_lookup *l, size_t row)
{
    const struct match_row *r = &l->rows[row];
    for (size_t i = 0; i < r->id_count && r->source; i++) {
        size_t before = l->bytes.len;
        bool there = match_value_id(&l->bytes, r->source, r->ids[i].field, r->ids[i].value);
        TRY(put_question(l, row, VIA_ID, KEEPER_TOKEN_ID, before, there));
    }
    return OK;
}

static err ask_addresses(struct match_lookup *l, size_t row)
{
    const struct match_row *r = &l->rows[row];
    for (size_t i = 0; i < r->email_count; i++) {
        size_t before = l->bytes.len;
        bool there = match_value_email(&l->bytes, r->emails[i]);
        TRY(put_question(l, row, VIA_EMAIL, KEEPER_TOKEN_EMAIL, before, there));
    }
    size_t before = l->bytes.len;
    bool there = r->postcode.len && r->family.len && match_value_postcode(&l->bytes, r->postcode);
    return put_question(l, row, VIA_POSTCODE, KEEPER_TOKEN_POSTCODE, before, there);
}

static err on_found(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    struct match_lookup *l = ctx;
    CHECK(asked < l->count);
    const struct match_question *q = &l->questions[asked];
    if (flags & CELL_TOKEN_NEVER) {
        l->results[q->row].never = true;
        return OK;
    }
    l->too_many = l->hit_count >= l->hit_max;
    ENSURE(!l->too_many, err_new(ERR_LIMIT, "Too many people share what stands in these rows.", "Divide the file."));
    TRY(more_room(&l->hits, l->hit_count, &l->hit_room, sizeof *l->hits));
    l->hits[l->hit_count++] =
        (struct match_hit){.row = q->row, .ordinal = ordinal, .via = q->via, .past = (flags & CELL_TOKEN_PAST) != 0};
    return OK;
}

/* By row and person; of a person's hits the best first: by e-mail before postcode, present before past. */
static int by_row(const void *a, const void *b)
{
    const struct match_hit *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (x->via != y->via)
        return x->via < y->via ? -1 : 1;
    return (int)x->past - (int)y->past;
}

static err tokens_of(struct match_lookup *l, uint8_t (*ret)[TOKEN_BYTES])
{
    CLEANUP(mem_release) struct keeper_value *values = mem_array(l->count + 1, sizeof *values);
    ENSURE(values, mem_none());
    for (size_t i = 0; i < l->count; i++)
        values[i] = (struct keeper_value){l->questions[i].type, TEXT_NORMALISER_VERSION,
                                          view_of(l->bytes.p + l->questions[i].at, l->questions[i].len)};
    return l->access->tokens(l->access->ctx, values, l->count, ret);
}

/* Looks up what was asked; afterwards `hits` holds each person of each row once. */
static err look_up(struct match_lookup *l)
{
    l->hit_count = 0;
    if (l->count == 0)
        return OK;
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(l->count, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    TRY(tokens_of(l, tokens));
    err e = l->access->find(l->access->ctx, (const uint8_t(*)[TOKEN_BYTES])tokens, l->count, on_found, l);
    if (l->too_many) {
        err_ignore(e, "fewer rows are matched at once");
        return OK;
    }
    TRY(e);
    if (l->hit_count == 0)
        return OK;
    qsort(l->hits, l->hit_count, sizeof *l->hits, by_row);
    size_t n = 1;
    for (size_t i = 1; i < l->hit_count; i++) {
        const struct match_hit *last = &l->hits[n - 1];
        if (last->row != l->hits[i].row || last->ordinal != l->hits[i].ordinal)
            l->hits[n++] = l->hits[i];
    }
    l->hit_count = n;
    return OK;
}

size_t match_row_end(const struct match_lookup *l, size_t from)
{
    size_t i = from;
    while (i < l->hit_count && l->hits[i].row == l->hits[from].row)
        i++;
    return i;
}

/* --- narrowing: who shares a postcode only need not be opened, if the index says that she has another family name ---
 */

/* The family name of a row, to be looked up. */
struct name {
    uint8_t token[TOKEN_BYTES];
    uint32_t row;
};

struct narrowing {
    struct match_hit *hits;
    const size_t *first; /* hit of each name, by rising ordinal; one more at the end */
    size_t count;
};

int match_by_number(const void *a, const void *b)
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
    const struct match_hit *x = a, *y = b;
    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* A name that is nothing, or longer than names that ever agree, isn't asked: nobody by postcode only agrees with it. */
static err ask_families(struct match_lookup *l)
{
    l->count = 0;
    buf_clear(&l->bytes);
    for (size_t i = 0, end; i < l->hit_count; i = end) {
        end = match_row_end(l, i);
        bool needed = false;
        for (size_t k = i; k < end; k++)
            needed = needed || l->hits[k].via == VIA_POSTCODE;
        if (!needed)
            continue;
        size_t before = l->bytes.len;
        bool there = match_value_family(&l->bytes, l->rows[l->hits[i].row].family);
        if (there && l->bytes.len - before > MATCH_NAME_BYTES) {
            l->bytes.len = before;
            there = false;
        }
        TRY(put_question(l, l->hits[i].row, VIA_FAMILY, KEEPER_TOKEN_FAMILY, before, there));
    }
    return OK;
}

/* Each name once, into `tokens`; hits by postcode know theirs, or NO_NAME. */
static err number_names(struct match_lookup *l, uint8_t (*tokens)[TOKEN_BYTES], size_t *ret_count)
{
    CLEANUP(mem_release) struct name *names = mem_array(l->count + 1, sizeof *names);
    uint32_t last = l->hits[l->hit_count - 1].row;
    CLEANUP(mem_release) uint32_t *of_row = mem_array((size_t)last + 1, sizeof *of_row);
    ENSURE(names && of_row, mem_none());
    TRY(tokens_of(l, tokens));
    for (size_t i = 0; i < l->count; i++) {
        memcpy(names[i].token, tokens[i], TOKEN_BYTES);
        names[i].row = l->questions[i].row;
    }
    qsort(names, l->count, sizeof *names, by_name_token);
    for (uint32_t i = 0; i <= last; i++)
        of_row[i] = NO_NAME;
    size_t n = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (i == 0 || memcmp(names[i].token, names[i - 1].token, TOKEN_BYTES) != 0)
            memcpy(tokens[n++], names[i].token, TOKEN_BYTES);
        of_row[names[i].row] = (uint32_t)(n - 1);
    }
    for (size_t i = 0; i < l->hit_count; i++) {
        struct match_hit *h = &l->hits[i];
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
static err mark_named(struct match_lookup *l, const uint8_t (*tokens)[TOKEN_BYTES], size_t count)
{
    CLEANUP(mem_release) size_t *first = mem_array(count + 1, sizeof *first);
    ENSURE(first, mem_none());
    qsort(l->hits, l->hit_count, sizeof *l->hits, by_name);
    size_t at = 0;
    for (size_t i = 0; i <= count; i++) {
        while (at < l->hit_count && l->hits[at].name < i)
            at++;
        first[i] = at;
    }
    struct narrowing n = {l->hits, first, count};
    return l->access->find(l->access->ctx, tokens, count, on_named, &n);
}

static err worth_narrowing(const struct match_lookup *l, size_t names, bool *ret)
{
    CLEANUP(mem_release) uint32_t *list = mem_array(l->hit_count, sizeof *list);
    ENSURE(list, mem_none());
    size_t n = 0, people = 0;
    for (size_t i = 0; i < l->hit_count; i++)
        if (l->hits[i].via == VIA_POSTCODE)
            list[n++] = l->hits[i].ordinal;
    qsort(list, n, sizeof *list, match_by_number);
    for (size_t i = 0; i < n; i++)
        people += i == 0 || list[i] != list[i - 1];
    *ret = people > NARROW_PEOPLE && people / NARROW_PEOPLE_PER_NAME > names;
    return OK;
}

/* Whether a row may find somebody by a family name of which the index does not know yet. */
static bool any_renamed(const struct match_lookup *l)
{
    const struct match_access *access = l->access;
    for (size_t i = 0; i < l->hit_count && access->renamed; i++)
        if (l->hits[i].via == VIA_POSTCODE && access->renamed(access->renamed_ctx, l->hits[i].ordinal))
            return true;
    return false;
}

/* Leaves those hits out that are by postcode only and not under the row's family name, now or in the past: they are
 * neither the person nor near.  Everybody who has or had a family name has its token (people.h), so that this changes no
 * answer; but for those who are renamed (match.h), for whom it must be done. */
static err narrow(struct match_lookup *l)
{
    bool must = any_renamed(l);
    if (l->hit_count <= NARROW_PEOPLE && !must)
        return OK;
    TRY(ask_families(l));
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(l->count + 1, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    size_t names;
    bool worth;
    TRY(number_names(l, tokens, &names));
    TRY(worth_narrowing(l, names, &worth));
    if (!worth && !must)
        return OK;
    TRY(mark_named(l, (const uint8_t(*)[TOKEN_BYTES])tokens, names));
    size_t n = 0;
    for (size_t i = 0; i < l->hit_count; i++)
        if (l->hits[i].named)
            l->hits[n++] = l->hits[i];
    l->hit_count = n;
    qsort(l->hits, l->hit_count, sizeof *l->hits, by_row);
    return OK;
}

err match_look_up_ids(struct match_lookup *l, size_t row_count)
{
    l->count = 0;
    buf_clear(&l->bytes);
    for (size_t i = 0; i < row_count; i++)
        TRY(ask_ids(l, i));
    return look_up(l);
}

err match_look_up_addresses(struct match_lookup *l, size_t row_count)
{
    l->count = 0;
    buf_clear(&l->bytes);
    for (size_t i = 0; i < row_count; i++)
        if (l->results[i].kind == MATCH_NONE)
            TRY(ask_addresses(l, i));
    TRY(look_up(l));
    return l->too_many || l->hit_count == 0 ? OK : narrow(l);
}
