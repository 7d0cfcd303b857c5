/* fsck: that everybody is found by every value that people are found by (register/people.h), and that the index points to nobody
 * else.  Tokens are gathered from many people and looked up together, each once. */
#include "fsck_int.h"

#include "match.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_UP_AT = 1 << 20, VALUES_BYTES = 48 << 20 };

struct wish {
    uint32_t ordinal;
    uint8_t type;
    bool must;    /* else: it may be there, from a time when it was needed */
    bool present; /* not (only) a past value */
    size_t at, len;
};

struct asked {
    uint8_t token[TOKEN_BYTES];
    uint32_t ordinal;
    uint8_t type;
    bool must, present, found;
};

struct fsck_tokens {
    struct fsck *f;
    uint16_t family, full;
    struct buf bytes; /* normalised values of the people since fsck_tokens_made() */
    struct wish *wishes;
    size_t wish_count, wish_room;
    struct asked *asked; /* grows to LOOK_UP_AT and one cell more */
    size_t count, room;
    uint8_t *pointed;   /* bit per person that an entry points to */
    uint64_t explained; /* entries that belong to a value of somebody */
    uint64_t never;     /* entries of people never to be contacted, that were seen */
    uint64_t prints;    /* values of which only a fingerprint is kept */
    bool skipped;       /* not all could be looked up */
};

err fsck_tokens_new(struct fsck *f, struct fsck_tokens **ret)
{
    CLEANUP(fsck_tokens_free) struct fsck_tokens *t = mem_alloc(sizeof *t);
    ENSURE(t, mem_none());
    t->f = f;
    t->bytes = BUF_SECRET(VALUES_BYTES);
    t->pointed = mem_alloc((size_t)f->people_end / 8 + 1);
    ENSURE(t->pointed, mem_none());
    if (f->has_config) {
        t->family = field_no_of(&f->config.numbers, "last_name");
        t->full = field_no_of(&f->config.numbers, "display_name");
    }
    *ret = t;
    t = NULL;
    return OK;
}

void fsck_tokens_free(struct fsck_tokens **pointer)
{
    struct fsck_tokens *t = *pointer;
    if (!t)
        return;
    buf_free(&t->bytes);
    mem_free(t->wishes);
    mem_free(t->asked);
    mem_free(t->pointed);
    mem_free(t);
    *pointer = NULL;
}

/* --- what a person needs --- */

static bool needs_token(const struct fsck_tokens *t, const struct field *f, uint16_t no)
{
    static const enum field_type types[] = {TYPE_ID, TYPE_EMAIL, TYPE_PHONE, TYPE_POSTCODE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (f->type == types[i])
            return true;
    return no == t->family || no == t->full;
}

static bool normalise(struct fsck_tokens *t, const struct person_value *v, const struct field *f, uint8_t *ret_type)
{
    if (v->field == t->family || v->field == t->full) {
        struct view family = v->text, first;
        if (v->field == t->full)
            match_split_name(v->text, &family, &first);
        *ret_type = KEEPER_TOKEN_FAMILY;
        return match_value_family(&t->bytes, family);
    }
    switch (f->type) {
    case TYPE_ID:
        *ret_type = KEEPER_TOKEN_ID;
        return match_value_id(&t->bytes, v->source, v->field, v->text);
    case TYPE_EMAIL:
        *ret_type = KEEPER_TOKEN_EMAIL;
        return match_value_email(&t->bytes, v->text);
    case TYPE_PHONE:
        *ret_type = KEEPER_TOKEN_PHONE;
        return match_value_phone(&t->bytes, v->text);
    case TYPE_POSTCODE:
        *ret_type = KEEPER_TOKEN_POSTCODE;
        return match_value_postcode(&t->bytes, v->text);
    default:
        return false;
    }
}

/* The same token wanted twice is one, with the stronger wish. */
static bool joined(struct fsck_tokens *t, size_t from, const struct wish *w)
{
    for (size_t i = from; i < t->wish_count; i++) {
        struct wish *old = &t->wishes[i];
        if (old->type != w->type || old->len != w->len || memcmp(t->bytes.p + old->at, t->bytes.p + w->at, w->len) != 0)
            continue;
        old->must = old->must || w->must;
        old->present = old->present || (w->present && w->must);
        return true;
    }
    return false;
}

static err wish_for(struct fsck_tokens *t, const struct person *p, const struct person_value *v, bool has_family, size_t from)
{
    const struct field *f = field_of(&t->f->config.numbers, v->field);
    if (!f || f->presence_only || !needs_token(t, f, v->field))
        return OK;
    t->prints += v->print;
    struct wish w = {.ordinal = p->ordinal, .at = t->bytes.len, .must = v->field != t->full || !has_family};
    w.present = v->until == PERSON_OPEN && w.must;
    bool needed = !v->print && normalise(t, v, f, &w.type);
    TRY(buf_ok(&t->bytes));
    w.len = t->bytes.len - w.at;
    if (!needed || joined(t, from, &w)) {
        t->bytes.len = w.at;
        return OK;
    }
    if (t->wish_count == t->wish_room) {
        size_t room = t->wish_room ? 2 * t->wish_room : 4096;
        struct wish *more = mem_resize(t->wishes, room * sizeof *more);
        ENSURE(more, mem_none());
        t->wishes = more;
        t->wish_room = room;
    }
    t->wishes[t->wish_count++] = w;
    return OK;
}

err fsck_tokens_person(struct fsck_tokens *t, const struct person *p)
{
    bool has_family = false;
    size_t from = t->wish_count;
    for (size_t i = 0; i < p->count; i++)
        has_family = has_family || p->values[i].field == t->family;
    for (size_t i = 0; i < p->count; i++)
        TRY(wish_for(t, p, &p->values[i], has_family, from));
    return OK;
}

/* --- looking up --- */

static int by_asked(const void *a, const void *b)
{
    const struct asked *x = a, *y = b;
    int order = memcmp(x->token, y->token, TOKEN_BYTES);
    return order ? order : (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

struct looking {
    struct fsck_tokens *t;
    const uint8_t (*tokens)[TOKEN_BYTES];
};

static err on_found(void *ctx, size_t index, uint32_t ordinal, uint8_t flags)
{
    struct looking *l = ctx;
    struct fsck_tokens *t = l->t;
    struct asked key = {.ordinal = ordinal};
    if (flags & CELL_TOKEN_NEVER) {
        t->never++;
        return OK;
    }
    if (ordinal >= t->f->people_end) {
        fsck_fault(t->f, "The index points to person %u, and numbers are given out up to %u only.", ordinal, t->f->people_end);
        return OK;
    }
    fsck_set_bit(t->pointed, ordinal);
    memcpy(key.token, l->tokens[index], TOKEN_BYTES);
    struct asked *a = bsearch(&key, t->asked, t->count, sizeof *t->asked, by_asked);
    if (!a)
        return OK; /* somebody else's, who has the same value */
    a->found = true;
    t->explained++;
    if (a->present && flags & CELL_TOKEN_PAST)
        fsck_fault(t->f, "The index has a present value of person %u as a past one.", ordinal);
    return OK;
}

static const char *const token_names[] = {[KEEPER_TOKEN_ID] = "id", [KEEPER_TOKEN_EMAIL] = "e-mail address", [KEEPER_TOKEN_POSTCODE] = "postcode",
                                          [KEEPER_TOKEN_PHONE] = "telephone number", [KEEPER_TOKEN_FAMILY] = "family name"};

static void tell_missing(struct fsck_tokens *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->asked[i].must && !t->asked[i].found)
            fsck_fault(t->f, "Person %u is not found by her %s: the index lacks it.", t->asked[i].ordinal, token_names[t->asked[i].type]);
}

static err look_up(struct fsck_tokens *t)
{
    struct fsck *f = t->f;
    if (t->count == 0)
        return OK;
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(t->count, TOKEN_BYTES);
    ENSURE(tokens, mem_none());
    qsort(t->asked, t->count, sizeof *t->asked, by_asked);
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++)
        if (i == 0 || memcmp(t->asked[i - 1].token, t->asked[i].token, TOKEN_BYTES) != 0)
            memcpy(tokens[count++], t->asked[i].token, TOKEN_BYTES);
    if (count > f->units || !f->index_is_good) {
        t->skipped = true;
        t->count = 0;
        return OK;
    }
    f->units -= count;
    struct looking l = {t, (const uint8_t(*)[TOKEN_BYTES])tokens};
    TRY(vault_find(f->v, l.tokens, count, on_found, &l));
    tell_missing(t);
    t->count = 0;
    return OK;
}

err fsck_tokens_made(struct fsck_tokens *t)
{
    size_t n = t->wish_count;
    if (n == 0)
        return OK;
    CLEANUP(mem_release) struct keeper_value *values = mem_array(n, sizeof *values);
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(n, TOKEN_BYTES);
    ENSURE(values && tokens, mem_none());
    for (size_t i = 0; i < n; i++)
        values[i] = (struct keeper_value){(enum keeper_token)t->wishes[i].type, TEXT_NORMALISER_VERSION,
                                          view_of(t->bytes.p + t->wishes[i].at, t->wishes[i].len)};
    TRY(keeper_tokens(t->f->v->keeper, values, n, tokens));
    if (t->count + n > t->room) {
        size_t room = t->room + t->room / 2 + n + 4096;
        struct asked *more = mem_resize(t->asked, room * sizeof *more);
        ENSURE(more, mem_none());
        t->asked = more;
        t->room = room;
    }
    for (size_t i = 0; i < n; i++) {
        const struct wish *w = &t->wishes[i];
        struct asked *to = &t->asked[t->count++];
        *to = (struct asked){.ordinal = w->ordinal, .type = w->type, .must = w->must, .present = w->present};
        memcpy(to->token, tokens[i], TOKEN_BYTES);
    }
    t->f->r->values += n;
    t->wish_count = 0;
    buf_clear(&t->bytes);
    return t->count >= LOOK_UP_AT ? look_up(t) : OK;
}

/* --- the end --- */

/* Entries that no value explains: of values of which only a fingerprint is left, of those never to be contacted; else a fault. */
static void tell_rest(struct fsck_tokens *t)
{
    struct fsck *f = t->f;
    uint64_t rest = f->r->index_entries - t->explained;
    if (f->r->index_entries <= t->explained || f->r->faults > 0)
        return; /* with other faults there are values that could not be asked for */
    if (rest <= t->prints || t->never || f->r->erased)
        fsck_note(f, "%" PRIu64 " entries of the index belong to values that are no longer kept, or to people never to be contacted.", rest);
    else
        fsck_fault(f, "The index has %" PRIu64 " entries more than people have values.", rest);
}

err fsck_tokens_end(struct fsck_tokens *t)
{
    struct fsck *f = t->f;
    TRY(look_up(t));
    for (uint32_t i = 0; i < f->people_end; i++)
        if (fsck_bit(t->pointed, i) && (f->state[i] == CELL_UNUSED || f->state[i] == CELL_ERASED))
            fsck_fault(f, "The index points to person %u, who is not there.", i);
    if (t->skipped)
        fsck_fault(f, "Not everybody could be looked up, since the index is damaged.");
    if (f->has_config && !t->skipped)
        tell_rest(t);
    return OK;
}
