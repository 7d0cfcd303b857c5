/* People into the vault, with the tokens that their values need.  While the keeper seals one cell the next one is made here. */
#include "people.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "match.h"
#include "text.h"

enum { SAVE_BYTES_MAX = 48 << 20, TOKENS_FIRST = 4096, BUCKETS = 256, SORT_BYTES = 2, SORTED_AT_ONCE = 512 };

/* --- tokens --- */

static int by_token(const void *a, const void *b)
{
    return cell_token_order(a, b);
}

/* Each first goes to its bucket by one byte, in place: tokens are spread evenly, and qsort() of millions takes as much memory again. */
static void to_buckets(struct cell_token *list, size_t count, size_t byte, size_t end[BUCKETS])
{
    size_t next[BUCKETS];
    memset(end, 0, BUCKETS * sizeof *end);
    for (size_t i = 0; i < count; i++)
        end[list[i].token[byte]]++;
    next[0] = 0;
    for (size_t b = 1; b < BUCKETS; b++) {
        next[b] = end[b - 1];
        end[b] += end[b - 1];
    }
    for (size_t b = 0; b < BUCKETS; b++) {
        while (next[b] < end[b]) {
            struct cell_token t = list[next[b]];
            for (uint8_t to = t.token[byte]; to != b; to = t.token[byte]) {
                struct cell_token other = list[next[to]];
                list[next[to]++] = t;
                t = other;
            }
            list[next[b]++] = t;
        }
    }
}

/* By two bytes one after the other, so that few places are written to at a time and stay in the processor's cache. */
static void sort_tokens(struct cell_token *list, size_t count, size_t byte)
{
    if (count < SORTED_AT_ONCE || byte == SORT_BYTES) {
        if (count > 1)
            qsort(list, count, sizeof *list, by_token);
        return;
    }
    size_t end[BUCKETS];
    to_buckets(list, count, byte, end);
    for (size_t b = 0, from = 0; b < BUCKETS; from = end[b++])
        sort_tokens(list + from, end[b] - from, byte + 1);
}

/* A token to be made: for whom, of what. */
struct wish {
    uint32_t ordinal;
    uint8_t flags, type;
    size_t at, len;
};

struct saving {
    const struct config *config;
    uint16_t family, full;
    struct buf bytes; /* normalised values */
    struct wish *wishes;
    size_t count, room;
    struct buf records;
};

static void saving_free(struct saving *s)
{
    buf_free(&s->bytes);
    buf_free(&s->records);
    mem_free(s->wishes);
}

/* What kind of token the value needs; false: none. */
static bool normalise(struct saving *s, const struct person_value *v, bool full_counts, uint8_t *ret_type)
{
    const struct field *f = field_of(&s->config->numbers, v->field);
    if (!f || f->presence_only || v->print)
        return false;
    if (v->field == s->family || (v->field == s->full && full_counts)) {
        struct view family = v->text, first;
        if (v->field == s->full)
            match_split_name(v->text, &family, &first);
        *ret_type = KEEPER_TOKEN_FAMILY;
        return match_value_family(&s->bytes, family);
    }
    switch (f->type) {
    case TYPE_ID:
        *ret_type = KEEPER_TOKEN_ID;
        return match_value_id(&s->bytes, v->source, v->field, v->text);
    case TYPE_EMAIL:
        *ret_type = KEEPER_TOKEN_EMAIL;
        return match_value_email(&s->bytes, v->text);
    case TYPE_PHONE:
        *ret_type = KEEPER_TOKEN_PHONE;
        return match_value_phone(&s->bytes, v->text);
    case TYPE_POSTCODE:
        *ret_type = KEEPER_TOKEN_POSTCODE;
        return match_value_postcode(&s->bytes, v->text);
    default:
        return false;
    }
}

static bool is_wished(struct saving *s, size_t from, const struct wish *w)
{
    struct view value = view_of(s->bytes.p + w->at, w->len);
    for (size_t i = from; i < s->count; i++) {
        const struct wish *old = &s->wishes[i];
        if (old->type == w->type && view_equal(view_of(s->bytes.p + old->at, old->len), value))
            return true;
    }
    return false;
}

static err wish_for(struct saving *s, const struct person *p, const struct person_value *v, bool full_counts, uint8_t flags,
                    size_t from)
{
    struct wish w = {.ordinal = p->ordinal, .flags = flags, .at = s->bytes.len};
    bool needed = normalise(s, v, full_counts, &w.type);
    TRY(buf_ok(&s->bytes));
    w.len = s->bytes.len - w.at;
    if (!needed || is_wished(s, from, &w)) {
        s->bytes.len = w.at;
        return OK;
    }
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : TOKENS_FIRST;
        struct wish *more = mem_resize(s->wishes, room * sizeof *more);
        ENSURE(more, mem_none());
        s->wishes = more;
        s->room = room;
    }
    s->wishes[s->count++] = w;
    return OK;
}

/* The present first: what is both, present and past, is present. */
static err wish_tokens(struct saving *s, const struct person *p)
{
    size_t from = s->count;
    bool ended = false, has_family = false;
    for (size_t i = 0; i < p->count; i++) {
        ended = ended || p->values[i].change == VALUE_ENDED;
        has_family = has_family || p->values[i].field == s->family;
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->until == PERSON_OPEN && (v->change == VALUE_NEW || ended))
            TRY(wish_for(s, p, v, !has_family, 0, from));
    }
    for (size_t i = 0; i < p->count && ended; i++)
        if (p->values[i].change == VALUE_ENDED)
            TRY(wish_for(s, p, &p->values[i], !has_family, CELL_TOKEN_PAST, from));
    return OK;
}

/* --- people as bytes --- */

/* Where in `records` the pieces of one person lie. */
struct spans {
    size_t facts_at, facts_len;
    size_t count;
    size_t at[CATEGORY_MAX], len[CATEGORY_MAX];
    uint8_t category[CATEGORY_MAX];
};

static err encode_person(struct saving *s, const struct person *p, struct spans *to)
{
    CHECK(p->state == CELL_THERE && (p->changed & ~p->loaded) == 0);
    to->facts_at = s->records.len;
    TRY(facts_encode(&p->facts, &s->records));
    to->facts_len = s->records.len - to->facts_at;
    ENSURE(to->facts_len <= LIMIT_FACTS_BYTES, err_new(ERR_LIMIT, "There are too many facts about one person.",
                                                        "Look for a file in which many people share one id."));
    to->count = 0;
    for (uint8_t category = 0; category < CATEGORY_MAX; category++) {
        if (!(p->changed >> category & 1))
            continue;
        to->category[to->count] = category;
        to->at[to->count] = s->records.len;
        TRY(person_encode(&s->config->numbers, category, p, &s->records));
        to->len[to->count] = s->records.len - to->at[to->count];
        to->count++;
    }
    return OK;
}

/* People of one cell, sealed by the keeper right now. */
struct people_sealing {
    bool open;
    struct vault_writing writing;
    struct saving two[2]; /* of the cell with the keeper, and of the one that is made meanwhile */
    unsigned made;        /* which of the two that is */
};

void people_tokens_free(struct people_tokens *t)
{
    for (int i = 0; t->sealing && i < 2; i++)
        saving_free(&t->sealing->two[i]);
    mem_free(t->sealing);
    mem_free(t->list);
    *t = (struct people_tokens){0};
}

static err room_for(struct people_tokens *t, size_t count)
{
    if (t->count + count <= t->room)
        return OK;
    size_t room = t->room + t->room / 2 + count + TOKENS_FIRST;
    struct cell_token *more = mem_resize(t->list, room * sizeof *more);
    ENSURE(more, mem_none());
    t->list = more;
    t->room = room;
    return OK;
}

static void add_tokens(struct people_tokens *t, const struct wish *wishes, size_t count, const uint8_t (*made)[TOKEN_BYTES])
{
    for (size_t i = 0; i < count; i++) {
        struct cell_token *to = &t->list[t->count++];
        *to = (struct cell_token){.ordinal = wishes[i].ordinal, .flags = wishes[i].flags};
        memcpy(to->token, made[i], TOKEN_BYTES);
    }
}

/* Takes the sealed cell from the keeper, gives it the values of which tokens are to be made, and stores the cell meanwhile. */
static err finish_cell(struct vault *v, struct people_tokens *t)
{
    struct people_sealing *p = t->sealing;
    struct saving *s = &p->two[!p->made];
    CLEANUP(mem_release) struct keeper_value *values = mem_array(s->count + 1, sizeof *values);
    CLEANUP(mem_release) uint8_t(*made)[TOKEN_BYTES] = mem_array(s->count + 1, TOKEN_BYTES);
    ENSURE(values && made, mem_none());
    TRY(room_for(t, s->count));
    for (size_t i = 0; i < s->count; i++)
        values[i] = (struct keeper_value){s->wishes[i].type, TEXT_NORMALISER_VERSION, view_of(s->bytes.p + s->wishes[i].at, s->wishes[i].len)};
    size_t first = s->count < KEEPER_TOKENS_AT_ONCE ? s->count : KEEPER_TOKENS_AT_ONCE;
    TRY(vault_write_take(v, &p->writing));
    if (first)
        TRY(keeper_tokens_begin(v->keeper, values, first));
    TRY(vault_write_put(v, &p->writing));
    p->open = false;
    if (first)
        TRY(keeper_tokens_take(v->keeper, first, made));
    TRY(keeper_tokens(v->keeper, values + first, s->count - first, made + first));
    add_tokens(t, s->wishes, s->count, (const uint8_t(*)[TOKEN_BYTES])made);
    return OK;
}

err people_save_settle(struct vault *v, struct people_tokens *t)
{
    return t->sealing && t->sealing->open ? finish_cell(v, t) : OK;
}

static err sealing_of(const struct config *c, struct people_tokens *t)
{
    if (t->sealing)
        return OK;
    t->sealing = mem_alloc(sizeof *t->sealing);
    ENSURE(t->sealing, mem_none());
    for (int i = 0; i < 2; i++)
        t->sealing->two[i] = (struct saving){.config = c, .bytes = BUF(SAVE_BYTES_MAX), .records = BUF(SAVE_BYTES_MAX),
                                             .family = field_no_of(&c->numbers, "last_name"), .full = field_no_of(&c->numbers, "display_name")};
    return OK;
}

static void take_marks_off(struct person *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list[i].changed = list[i].renewed = 0;
        list[i].facts_changed = false;
        for (size_t k = 0; k < list[i].count; k++)
            list[i].values[k].change = VALUE_AS_STORED;
    }
}

/* People of one cell. */
static err save_cell(struct vault *v, struct saving *s, struct person *list, size_t count, struct people_tokens *t)
{
    CLEANUP(mem_release) struct spans *spans = mem_array(count, sizeof *spans);
    CLEANUP(mem_release) struct vault_change *changes = mem_array(count, sizeof *changes);
    CLEANUP(mem_release) struct keeper_record *records = mem_array(count * CATEGORY_MAX, sizeof *records);
    ENSURE(spans && changes && records, mem_none());
    buf_clear(&s->records);
    buf_clear(&s->bytes);
    s->count = 0;
    for (size_t i = 0; i < count; i++) {
        TRY(encode_person(s, &list[i], &spans[i]));
        TRY(wish_tokens(s, &list[i]));
    }
    for (size_t i = 0; i < count; i++) {
        const struct spans *at = &spans[i];
        struct keeper_record *mine = records + i * CATEGORY_MAX;
        for (size_t k = 0; k < at->count; k++)
            mine[k] = (struct keeper_record){at->category[k], 0, view_of(s->records.p + at->at[k], at->len[k])};
        changes[i] = (struct vault_change){list[i].ordinal, true, view_of(s->records.p + at->facts_at, at->facts_len), mine,
                                           at->count, list[i].renewed};
    }
    TRY(people_save_settle(v, t));
    TRY(vault_write_begin(v, changes, count, &t->sealing->writing));
    t->sealing->open = true;
    t->sealing->made = !t->sealing->made;
    take_marks_off(list, count);
    return OK;
}

err people_save_gather(struct vault *v, const struct config *c, struct person *list, size_t count, struct people_tokens *t)
{
    TRY(sealing_of(c, t));
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 0; i + n < count && list[i + n].ordinal / CELL_PLACES == list[i].ordinal / CELL_PLACES; n++)
            CHECK(n == 0 || list[i + n - 1].ordinal < list[i + n].ordinal);
        TRY(save_cell(v, &t->sealing->two[t->sealing->made], list + i, n, t));
    }
    return OK;
}

err people_tokens_add(struct vault *v, struct people_tokens *t)
{
    TRY(people_save_settle(v, t));
    sort_tokens(t->list, t->count, 0);
    TRY(vault_index_add(v, t->list, t->count));
    people_tokens_free(t);
    return OK;
}

err people_save(struct vault *v, const struct config *c, struct person *list, size_t count)
{
    CLEANUP(people_tokens_free) struct people_tokens t = {0};
    TRY(people_save_gather(v, c, list, count, &t));
    return people_tokens_add(v, &t);
}
