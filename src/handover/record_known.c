/* Keys of people, and what the rows of a file said of whoever they may mean: record_int.h. */
#include "record_int.h"

#include "text.h"

#include <string.h>

enum { NAME_BYTES = 8192, FIRST_ROOM = 1024 };

/* --- keys --- */

void known_free(struct known *k)
{
    mem_free(k->list);
    *k = (struct known){0};
}

static err known_grow(struct known *k)
{
    struct known more = {.room = k->room ? 2 * k->room : FIRST_ROOM};
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
    for (at &= k->room - 1; k->list[at].person && memcmp(k->list[at].key, key->b, KNOWN_KEY_BYTES) != 0;)
        at = (at + 1) & (k->room - 1);
    *ret = at;
    return OK;
}

err known_put(struct known *k, const struct hash *key, uint32_t person)
{
    size_t at;
    TRY(known_place(k, key, &at));
    if (k->list[at].person)
        return OK;
    memcpy(k->list[at].key, key->b, KNOWN_KEY_BYTES);
    k->list[at].person = person + 1;
    k->count++;
    return OK;
}

err known_find(struct known *k, const struct hash *key, uint32_t *ret)
{
    size_t at;
    TRY(known_place(k, key, &at));
    *ret = k->list[at].person - 1; /* NOBODY if free */
    return OK;
}

/* --- what was said --- */

/* Names as the first bytes of their hash, and ids: 0, not said. */
struct statement {
    uint32_t subject_plus_1; /* 0: free */
    uint32_t ids;            /* + 1, in `ids` */
    uint32_t family, first;
    uint32_t initial; /* of the first name: its first letter */
    int32_t birth;
    bool short_first; /* no more than its first letter */
};

struct statement_id {
    uint64_t id;
    uint32_t next; /* + 1 */
    uint16_t field;
};

void statements_free(struct statements *s)
{
    mem_free(s->list);
    mem_free(s->ids);
    *s = (struct statements){0};
}

static uint64_t short_hash(struct view bytes)
{
    uint64_t ret;
    struct hash hash = digest_of(bytes);
    memcpy(&ret, hash.b, sizeof ret);
    return ret ? ret : 1;
}

static uint32_t name_hash(struct buf *b, struct view name)
{
    b->len = 0;
    if (!match_value_family(b, name) || b->state != BUF_FINE)
        return 0;
    uint32_t hash = (uint32_t)short_hash(buf_view(b));
    return hash ? hash : 1;
}

/* What the row says, but for its ids. */
static struct statement statement_of(const struct match_row *m)
{
    uint8_t memory[NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    struct statement ret = {.birth = m->birth, .family = name_hash(&b, m->family), .first = name_hash(&b, m->first)};
    if (ret.first) {
        size_t letter = 1;
        while (letter < b.len && letter < sizeof ret.initial && (b.p[letter] & 0xc0) == 0x80)
            letter++;
        memcpy(&ret.initial, b.p, letter);
        ret.short_first = letter == b.len;
    }
    return ret;
}

/* As match_first_agrees(). */
static bool firsts_agree(const struct statement *a, const struct statement *b)
{
    return a->first == b->first || ((a->short_first || b->short_first) && a->initial == b->initial);
}

static struct statement_id *id_of(const struct statements *s, const struct statement *of, uint16_t field)
{
    uint32_t at = of->ids;
    while (at && s->ids[at - 1].field != field)
        at = s->ids[at - 1].next;
    return at ? &s->ids[at - 1] : NULL;
}

static bool births_differ(const struct statement *a, const struct statement *b)
{
    return a->birth != DAY_UNKNOWN && b->birth != DAY_UNKNOWN && a->birth != b->birth;
}

static bool families_differ(const struct statement *a, const struct statement *b)
{
    return a->family && b->family && a->family != b->family;
}

static bool firsts_differ(const struct statement *a, const struct statement *b)
{
    return a->first && b->first && !firsts_agree(a, b);
}

static bool ids_differ(const struct statements *s, const struct statement *of, const struct match_id *ids, size_t id_count)
{
    for (size_t i = 0; i < id_count; i++) {
        const struct statement_id *id = id_of(s, of, ids[i].field);
        if (id && id->id != short_hash(ids[i].value))
            return true;
    }
    return false;
}

static size_t statement_place(const struct statement *list, size_t room, uint32_t subject)
{
    size_t at = (size_t)subject * 2654435761u & (room - 1);
    while (list[at].subject_plus_1 && list[at].subject_plus_1 != subject + 1)
        at = (at + 1) & (room - 1);
    return at;
}

static err statements_grow(struct statements *s)
{
    size_t room = s->room ? 2 * s->room : FIRST_ROOM;
    struct statement *list = mem_array(room, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < s->room; i++)
        if (s->list[i].subject_plus_1)
            list[statement_place(list, room, s->list[i].subject_plus_1 - 1)] = s->list[i];
    mem_free(s->list);
    s->list = list;
    s->room = room;
    return OK;
}

/* NULL: nothing was said of her. */
static const struct statement *statement_on(const struct statements *s, uint32_t subject)
{
    const struct statement *of = s->room ? &s->list[statement_place(s->list, s->room, subject)] : NULL;
    return of && of->subject_plus_1 ? of : NULL;
}

bool statements_differ(const struct statements *s, uint32_t subject, const struct match_row *m, const struct match_id *ids, size_t id_count)
{
    const struct statement *of = statement_on(s, subject);
    struct statement by = statement_of(m);
    return of && (ids_differ(s, of, ids, id_count) || families_differ(of, &by) || births_differ(of, &by) || firsts_differ(of, &by));
}

bool statements_other(const struct statements *s, uint32_t subject, const struct match_row *m)
{
    const struct statement *of = statement_on(s, subject);
    if (!of)
        return false;
    struct statement by = statement_of(m);
    bool same_first = of->first && by.first && firsts_agree(of, &by);
    return births_differ(of, &by) || firsts_differ(of, &by) || (families_differ(of, &by) && !same_first);
}

static err add_id(struct statements *s, struct statement *of, uint16_t field, uint64_t id)
{
    if (id_of(s, of, field))
        return OK;
    if (s->id_count == s->id_room) {
        size_t room = s->id_room ? 2 * s->id_room : FIRST_ROOM;
        struct statement_id *more = mem_resize(s->ids, room * sizeof *more);
        ENSURE(more, mem_none());
        s->ids = more;
        s->id_room = room;
    }
    s->ids[s->id_count++] = (struct statement_id){id, of->ids, field};
    of->ids = (uint32_t)s->id_count;
    return OK;
}

err statements_add(struct statements *s, uint32_t subject, const struct match_row *m, const struct match_id *ids, size_t id_count)
{
    struct statement by = statement_of(m);
    if (!by.family && !by.first && by.birth == DAY_UNKNOWN && id_count == 0)
        return OK;
    if (4 * (s->count + 1) > 3 * s->room)
        TRY(statements_grow(s));
    struct statement *of = &s->list[statement_place(s->list, s->room, subject)];
    if (!of->subject_plus_1) {
        *of = (struct statement){.subject_plus_1 = subject + 1, .birth = DAY_UNKNOWN};
        s->count++;
    }
    for (size_t i = 0; i < id_count; i++)
        TRY(add_id(s, of, ids[i].field, short_hash(ids[i].value)));
    of->family = of->family ? of->family : by.family;
    of->birth = of->birth != DAY_UNKNOWN ? of->birth : by.birth;
    if (by.first && (!of->first || (of->short_first && !by.short_first))) {
        of->first = by.first;
        of->initial = by.initial;
        of->short_first = by.short_first;
    }
    return OK;
}
