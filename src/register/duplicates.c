#include "duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "limits.h"
#include "match.h"
#include "text.h"

enum { KEY_SIZE = 12, VALUES_MAX = 16, KEY_TEXT_BYTES = 8192, FIRST_UNKNOWN = 0 };

/* What one person shares, if others have it too. */
struct shared {
    uint8_t key[KEY_SIZE]; /* the first byte tells which of DUPLICATE_ it is */
    uint32_t ordinal;
    uint32_t first; /* of her first name; FIRST_UNKNOWN */
};

struct group {
    size_t from, count;
    unsigned why;
    bool likely;
};

struct search {
    const struct config *config;
    int64_t now;
    uint16_t email, postcode, family, first;
    struct shared *list;
    size_t count, room;
    struct group *groups;
    size_t group_count, group_room;
};

static void search_end(struct search *s)
{
    mem_free(s->list);
    mem_free(s->groups);
}

static err more_room(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return OK;
    void *old;
    memcpy(&old, list, sizeof old);
    size_t larger = *room ? *room * 2 : 4096;
    void *more = mem_resize(old, larger * size);
    ENSURE(more, mem_none());
    memcpy(list, &more, sizeof more);
    *room = larger;
    return OK;
}

/* --- what is shared --- */

static err add(struct search *s, uint8_t why, const struct buf *text, uint32_t ordinal, uint32_t first)
{
    ENSURE(s->count < LIMIT_DUPLICATE_KEYS,
           err_newf(ERR_LIMIT, "There are more than {} addresses to compare.", "Look for one person by 'candour person find'.",
                    err_int(LIMIT_DUPLICATE_KEYS)));
    TRY(more_room(&s->list, s->count, &s->room, sizeof *s->list));
    struct hash h = digest_of(buf_view(text));
    struct shared *to = &s->list[s->count++];
    *to = (struct shared){.ordinal = ordinal, .first = first};
    memcpy(to->key, h.b, sizeof to->key);
    to->key[0] = why;
    return OK;
}

/* An initial tells too little. */
static uint32_t first_name(const struct search *s, const struct person *p)
{
    uint8_t memory[KEY_TEXT_BYTES];
    uint32_t ret;
    struct buf b = BUF_FIXED(memory, sizeof memory);
    if (!match_value_family(&b, person_text(p, &s->config->numbers, s->first, s->now)) || text_characters(buf_view(&b)) == 1)
        return FIRST_UNKNOWN;
    struct hash h = digest_of(buf_view(&b));
    memcpy(&ret, h.b, sizeof ret);
    return ret | 1;
}

static err on_person(void *ctx, const struct person *p)
{
    struct search *s = ctx;
    const struct person_value *emails[VALUES_MAX], *codes[VALUES_MAX], *families[VALUES_MAX];
    const struct field_numbers *n = &s->config->numbers;
    size_t email_count = person_values(p, n, s->email, s->now, emails, VALUES_MAX);
    size_t code_count = person_values(p, n, s->postcode, s->now, codes, VALUES_MAX);
    size_t family_count = person_values(p, n, s->family, s->now, families, VALUES_MAX);
    uint8_t memory[KEY_TEXT_BYTES];
    uint32_t first = first_name(s, p);
    for (size_t i = 0; i < email_count && i < VALUES_MAX; i++) {
        struct buf b = BUF_FIXED(memory, sizeof memory);
        if (!emails[i]->print && match_value_email(&b, emails[i]->text))
            TRY(add(s, DUPLICATE_EMAIL, &b, p->ordinal, first));
    }
    for (size_t i = 0; i < code_count && i < VALUES_MAX; i++) {
        for (size_t k = 0; k < family_count && k < VALUES_MAX; k++) {
            struct buf b = BUF_FIXED(memory, sizeof memory);
            if (codes[i]->print || families[k]->print || !match_value_postcode(&b, codes[i]->text))
                continue;
            buf_u8(&b, 0);
            if (match_value_family(&b, families[k]->text) && b.state == BUF_FINE)
                TRY(add(s, DUPLICATE_POSTCODE, &b, p->ordinal, first));
        }
    }
    return OK;
}

static int by_key(const void *a, const void *b)
{
    const struct shared *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);
    return order ? order : (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* --- groups --- */

static bool is_likely(const struct shared *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].first == FIRST_UNKNOWN)
            return true;
        for (size_t k = 0; k < i && k < DUPLICATES_SHOWN; k++)
            if (list[k].first == list[i].first)
                return true;
    }
    return false;
}

static err find_groups(struct search *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) /* two records of hers may hold the same */
        if (n == 0 || by_key(&s->list[n - 1], &s->list[i]) != 0)
            s->list[n++] = s->list[i];
    s->count = n;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && memcmp(s->list[i].key, s->list[end].key, KEY_SIZE) == 0;)
            end++;
        if (end - i < 2)
            continue;
        TRY(more_room(&s->groups, s->group_count, &s->group_room, sizeof *s->groups));
        s->groups[s->group_count++] = (struct group){i, end - i, s->list[i].key[0], is_likely(s->list + i, end - i)};
    }
    return OK;
}

/* qsort() has no context: the list whose groups are sorted. */
static _Thread_local const struct shared *sorted;

static int by_people(const struct group *x, const struct group *y)
{
    for (size_t i = 0; i < x->count && i < y->count; i++) {
        uint32_t a = sorted[x->from + i].ordinal, b = sorted[y->from + i].ordinal;
        if (a != b)
            return a < b ? -1 : 1;
    }
    return (x->count > y->count) - (x->count < y->count);
}

static int by_likelihood(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    return x->likely != y->likely ? (x->likely ? -1 : 1) : by_people(x, y);
}

/* The same people under several keys are one group. */
static void unite_groups(struct search *s)
{
    size_t n = 0;
    sorted = s->list;
    if (s->group_count)
        qsort(s->groups, s->group_count, sizeof *s->groups, by_likelihood);
    for (size_t i = 0; i < s->group_count; i++) {
        if (n && by_people(&s->groups[n - 1], &s->groups[i]) == 0)
            s->groups[n - 1].why |= s->groups[i].why;
        else
            s->groups[n++] = s->groups[i];
    }
    s->group_count = n;
}

static err give(const struct search *s, struct arena *a, size_t limit, const struct duplicates **ret, size_t *ret_shown)
{
    size_t shown = s->group_count < limit ? s->group_count : limit;
    struct duplicates *list = arena_array(a, shown + 1, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < shown; i++) {
        const struct group *g = &s->groups[i];
        list[i] = (struct duplicates){.why = g->why, .likely = g->likely, .people = g->count};
        for (; list[i].shown < g->count && list[i].shown < DUPLICATES_SHOWN; list[i].shown++)
            list[i].ordinals[list[i].shown] = s->list[g->from + list[i].shown].ordinal;
    }
    *ret = list;
    *ret_shown = shown;
    return OK;
}

err duplicates_find(struct vault *v, const struct config *c, struct arena *a, size_t limit, const struct duplicates **ret, size_t *ret_shown,
                    uint64_t *ret_count)
{
    CLEANUP(search_end) struct search s = {.config = c, .now = vault_now(v)};
    uint32_t categories = 0;
    const struct {
        const char *key;
        uint16_t *no;
    } fields[] = {{"email", &s.email}, {"postal_code", &s.postcode}, {"last_name", &s.family}, {"first_name", &s.first}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *fields[i].no = field_no_of(&c->numbers, fields[i].key);
        const struct field *f = field_of(&c->numbers, *fields[i].no);
        categories |= f ? 1u << f->category : 0;
    }
    TRY(people_whole(v, c, NULL, 0, categories, on_person, &s));
    if (s.count)
        qsort(s.list, s.count, sizeof *s.list, by_key);
    TRY(find_groups(&s));
    unite_groups(&s);
    *ret_count = s.group_count;
    return give(&s, a, limit, ret, ret_shown);
}
