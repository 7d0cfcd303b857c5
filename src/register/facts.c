#include "facts.h"

#include <string.h>

#include "limits.h"

enum { LIST_MAX = 255, BITMAP_STEP = 16, SAME_SECONDS = 86400 };

static const char *const how_names[HOW_COUNT] = {
    [0] = "",           [HOW_IMPORT] = "import", [HOW_PAPER] = "paper",         [HOW_ONLINE] = "online",
    [HOW_PHONE] = "phone", [HOW_EMAIL] = "email",   [HOW_IN_PERSON] = "in-person", [HOW_OTHER] = "other",
};

const char *facts_how_name(enum facts_how how)
{
    return (unsigned)how < HOW_COUNT ? how_names[how] : "";
}

enum facts_how facts_how_find(struct view name)
{
    for (unsigned i = 1; i < HOW_COUNT; i++)
        if (view_equal(view_text(how_names[i]), name))
            return (enum facts_how)i;
    return HOW_COUNT;
}

static err too_many(void)
{
    return err_new(ERR_LIMIT, "A person has more than 255 membership periods, sources, consents or legal holds.",
                   "Look for a file in which many people share one id.");
}

static err not_facts(void)
{
    return err_new(ERR_CORRUPT, "The facts of a person are not as they were written.", "Run 'candour fsck'.");
}

/* --- coding --- */

static void put_i32(struct buf *to, int32_t v)
{
    buf_u32(to, (uint32_t)v);
}

static void put_i64(struct buf *to, int64_t v)
{
    buf_u64(to, (uint64_t)v);
}

static void encode_lists(const struct facts *f, struct buf *to)
{
    buf_u8(to, (uint8_t)f->period_count);
    for (size_t i = 0; i < f->period_count; i++) {
        put_i32(to, f->periods[i].first);
        put_i32(to, f->periods[i].end);
    }
    buf_u8(to, (uint8_t)f->source_count);
    for (size_t i = 0; i < f->source_count; i++) {
        buf_u8(to, f->sources[i].source);
        put_i64(to, f->sources[i].since);
        buf_u8(to, (uint8_t)f->sources[i].state);
    }
    buf_u8(to, (uint8_t)f->choice_count);
    for (size_t i = 0; i < f->choice_count; i++) {
        const struct facts_choice *c = &f->choices[i];
        buf_u8(to, (uint8_t)c->kind);
        buf_u8(to, c->how);
        buf_u16(to, c->purpose);
        buf_u16(to, c->recipient);
        put_i64(to, c->from);
        put_i64(to, c->until);
        buf_u16(to, c->text);
    }
    buf_u8(to, (uint8_t)f->hold_count);
    for (size_t i = 0; i < f->hold_count; i++) {
        buf_u32(to, f->holds[i].incident);
        put_i64(to, f->holds[i].since);
    }
}

err facts_encode(const struct facts *f, struct buf *to)
{
    size_t bytes = f->field_bytes;
    while (bytes && f->fields[bytes - 1] == 0)
        bytes--;
    ENSURE(f->period_count <= LIST_MAX && f->source_count <= LIST_MAX && f->choice_count <= LIST_MAX &&
               f->hold_count <= LIST_MAX && bytes <= LIST_MAX,
           too_many());
    buf_u8(to, 1);
    buf_u16(to, f->marks);
    buf_u8(to, (uint8_t)f->word);
    put_i64(to, f->word_since);
    buf_u32(to, f->alias);
    put_i32(to, f->birth);
    put_i32(to, f->confirmed);
    put_i32(to, f->start);
    put_i64(to, f->oldest_past);
    encode_lists(f, to);
    buf_u8(to, (uint8_t)bytes);
    buf_bytes(to, f->fields, bytes);
    return buf_ok(to);
}

/* The list's array, for its count. */
static err list_space(struct arena *a, struct rd *r, size_t size, void **ret, size_t *ret_count)
{
    *ret_count = rd_u8(r);
    *ret = NULL;
    if (*ret_count == 0)
        return OK;
    *ret = arena_array(a, *ret_count, size);
    return *ret ? OK : mem_none();
}

static err decode_periods(struct arena *a, struct rd *r, struct facts *f)
{
    void *list;
    TRY(list_space(a, r, sizeof *f->periods, &list, &f->period_count));
    f->periods = list;
    for (size_t i = 0; i < f->period_count; i++) {
        f->periods[i].first = (int32_t)rd_u32(r);
        f->periods[i].end = (int32_t)rd_u32(r);
    }
    return OK;
}

static err decode_sources(struct arena *a, struct rd *r, struct facts *f)
{
    void *list;
    TRY(list_space(a, r, sizeof *f->sources, &list, &f->source_count));
    f->sources = list;
    for (size_t i = 0; i < f->source_count; i++) {
        f->sources[i].source = rd_u8(r);
        f->sources[i].since = (int64_t)rd_u64(r);
        uint8_t state = rd_u8(r);
        ENSURE(rd_ok(r) && (state == FACTS_THERE || state == FACTS_GONE), not_facts());
        f->sources[i].state = state;
    }
    return OK;
}

static err decode_choices(struct arena *a, struct rd *r, struct facts *f)
{
    void *list;
    TRY(list_space(a, r, sizeof *f->choices, &list, &f->choice_count));
    f->choices = list;
    for (size_t i = 0; i < f->choice_count; i++) {
        struct facts_choice *c = &f->choices[i];
        uint8_t kind = rd_u8(r);
        ENSURE(rd_ok(r) && (kind >= FACTS_CONSENT && kind <= FACTS_WITHDRAWAL), not_facts());
        c->kind = kind;
        c->how = rd_u8(r);
        c->purpose = rd_u16(r);
        c->recipient = rd_u16(r);
        c->from = (int64_t)rd_u64(r);
        c->until = (int64_t)rd_u64(r);
        c->text = rd_u16(r);
    }
    return OK;
}

static err decode_rest(struct arena *a, struct rd *r, struct facts *f)
{
    void *list;
    TRY(list_space(a, r, sizeof *f->holds, &list, &f->hold_count));
    f->holds = list;
    for (size_t i = 0; i < f->hold_count; i++) {
        f->holds[i].incident = rd_u32(r);
        f->holds[i].since = (int64_t)rd_u64(r);
    }
    f->field_bytes = rd_u8(r);
    struct view bits = rd_view(r, f->field_bytes);
    ENSURE(rd_done(r) && (bits.len == 0 || bits.p[bits.len - 1] != 0), not_facts());
    if (bits.len == 0)
        return OK;
    f->field_room = (bits.len + BITMAP_STEP - 1) / BITMAP_STEP * BITMAP_STEP;
    f->fields = arena_alloc(a, f->field_room);
    ENSURE(f->fields, mem_none());
    memcpy(f->fields, bits.p, bits.len);
    return OK;
}

err facts_decode(struct arena *a, struct view bytes, struct facts *ret)
{
    struct rd r = rd_of(bytes);
    struct facts f = FACTS_NONE;
    ENSURE(rd_u8(&r) == 1, not_facts());
    f.marks = rd_u16(&r);
    uint8_t word = rd_u8(&r);
    ENSURE(rd_ok(&r) && word < WORD_COUNT, not_facts());
    f.word = word;
    f.word_since = (int64_t)rd_u64(&r);
    f.alias = rd_u32(&r);
    f.birth = (int32_t)rd_u32(&r);
    f.confirmed = (int32_t)rd_u32(&r);
    f.start = (int32_t)rd_u32(&r);
    f.oldest_past = (int64_t)rd_u64(&r);
    TRY(decode_periods(a, &r, &f));
    TRY(decode_sources(a, &r, &f));
    TRY(decode_choices(a, &r, &f));
    TRY(decode_rest(a, &r, &f));
    *ret = f;
    return OK;
}

static bool lists_equal(const void *a, size_t a_count, const void *b, size_t b_count, size_t size,
                        bool (*same)(const void *x, const void *y))
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!same((const uint8_t *)a + i * size, (const uint8_t *)b + i * size))
            return false;
    return true;
}

static bool same_period(const void *x, const void *y)
{
    const struct facts_period *a = x, *b = y;
    return a->first == b->first && a->end == b->end;
}

static bool same_source(const void *x, const void *y)
{
    const struct facts_source *a = x, *b = y;
    return a->source == b->source && a->state == b->state && a->since == b->since;
}

static bool same_choice(const void *x, const void *y)
{
    const struct facts_choice *a = x, *b = y;
    return a->kind == b->kind && a->how == b->how && a->purpose == b->purpose && a->recipient == b->recipient &&
           a->from == b->from && a->until == b->until && a->text == b->text;
}

static bool same_hold(const void *x, const void *y)
{
    const struct facts_hold *a = x, *b = y;
    return a->incident == b->incident && a->since == b->since;
}

static bool same_fields(const struct facts *a, const struct facts *b)
{
    size_t most = a->field_bytes > b->field_bytes ? a->field_bytes : b->field_bytes;
    for (size_t i = 0; i < most; i++)
        if ((i < a->field_bytes ? a->fields[i] : 0) != (i < b->field_bytes ? b->fields[i] : 0))
            return false;
    return true;
}

bool facts_equal(const struct facts *a, const struct facts *b)
{
    return a->marks == b->marks && a->word == b->word && a->word_since == b->word_since && a->alias == b->alias &&
           a->birth == b->birth && a->confirmed == b->confirmed && a->start == b->start && a->oldest_past == b->oldest_past &&
           lists_equal(a->periods, a->period_count, b->periods, b->period_count, sizeof *a->periods, same_period) &&
           lists_equal(a->sources, a->source_count, b->sources, b->source_count, sizeof *a->sources, same_source) &&
           lists_equal(a->choices, a->choice_count, b->choices, b->choice_count, sizeof *a->choices, same_choice) &&
           lists_equal(a->holds, a->hold_count, b->holds, b->hold_count, sizeof *a->holds, same_hold) && same_fields(a, b);
}

/* --- changing --- */

/* A copy of the list with one more place at its end. */
static err grow(struct arena *a, const void *list, size_t count, size_t size, void **ret)
{
    ENSURE(count < LIST_MAX, too_many());
    uint8_t *more = arena_array(a, count + 1, size);
    ENSURE(more, mem_none());
    if (count)
        memcpy(more, list, count * size);
    *ret = more;
    return OK;
}

err facts_add_period(struct arena *a, struct facts *f, struct facts_period p)
{
    size_t at = 0;
    for (size_t i = 0; i < f->period_count; i++) {
        if (same_period(&f->periods[i], &p))
            return OK;
        if (f->periods[i].first < p.first || (f->periods[i].first == p.first && f->periods[i].end < p.end))
            at = i + 1;
    }
    void *list;
    TRY(grow(a, f->periods, f->period_count, sizeof p, &list));
    f->periods = list;
    memmove(f->periods + at + 1, f->periods + at, (f->period_count - at) * sizeof p);
    f->periods[at] = p;
    f->period_count++;
    return OK;
}

err facts_say_periods(struct arena *a, struct facts *f, const struct facts_period *list, size_t count)
{
    struct facts said = {0};
    for (size_t i = 0; i < count; i++)
        TRY(facts_add_period(a, &said, list[i]));
    for (size_t i = 0; i < f->period_count && count; i++) {
        bool replaced = f->periods[i].end == FACTS_OPEN;
        for (size_t k = 0; k < count; k++)
            replaced = replaced || (f->periods[i].first <= list[k].end && list[k].first <= f->periods[i].end);
        if (!replaced)
            TRY(facts_add_period(a, &said, f->periods[i]));
    }
    if (count) {
        f->periods = said.periods;
        f->period_count = said.period_count;
    }
    return OK;
}

err facts_set_source(struct arena *a, struct facts *f, uint8_t source, enum facts_presence state, int64_t since)
{
    for (size_t i = 0; i < f->source_count; i++) {
        if (f->sources[i].source != source)
            continue;
        if (f->sources[i].state != state)
            f->sources[i] = (struct facts_source){source, state, since};
        return OK;
    }
    void *list;
    TRY(grow(a, f->sources, f->source_count, sizeof *f->sources, &list));
    f->sources = list;
    f->sources[f->source_count++] = (struct facts_source){source, state, since};
    return OK;
}

/* Whether both are about the same purpose and some same recipient. */
static bool meet(const struct facts_choice *a, const struct facts_choice *b)
{
    return a->purpose == b->purpose && (a->recipient == 0 || b->recipient == 0 || a->recipient == b->recipient);
}

int64_t facts_latest(const struct facts *f, enum facts_choice_kind kind, uint16_t purpose, uint16_t recipient)
{
    const struct facts_choice about = {.purpose = purpose, .recipient = recipient};
    int64_t latest = INT64_MIN;
    for (const struct facts *r = f; r; r = r->also) {
        for (size_t i = 0; i < r->choice_count; i++) {
            const struct facts_choice *c = &r->choices[i];
            int64_t said = c->until == INT64_MAX ? c->from : c->until;
            if (c->kind == kind && meet(c, &about) && said > latest)
                latest = said;
        }
    }
    return latest;
}

/* Whether, since `c` was said and until `choice` was, the contrary was said.  In the same second the withdrawal is the later one. */
static bool contradicted(const struct facts *f, const struct facts_choice *c, const struct facts_choice *choice)
{
    enum facts_choice_kind contrary = c->kind == FACTS_CONSENT ? FACTS_WITHDRAWAL : FACTS_CONSENT;
    int64_t after = c->kind == FACTS_CONSENT ? c->from : c->from + 1;
    if (c->kind == FACTS_OBJECTION)
        return false;
    for (const struct facts *r = f; r; r = r->also) {
        for (size_t i = 0; i < r->choice_count; i++) {
            const struct facts_choice *d = &r->choices[i];
            if (d->kind == contrary && meet(d, c) && d->from >= after && d->from <= choice->from)
                return true;
        }
    }
    return false;
}

err facts_choose(struct arena *a, struct facts *f, const struct facts_choice *choice)
{
    for (size_t i = 0; i < f->choice_count; i++) {
        const struct facts_choice *c = &f->choices[i];
        if (facts_choice_holds(c, choice->kind, choice->purpose, choice->from) && c->until == INT64_MAX &&
            c->recipient == choice->recipient && !contradicted(f, c, choice) &&
            (c->kind != FACTS_WITHDRAWAL || choice->from - c->from < SAME_SECONDS))
            return OK;
    }
    void *list;
    TRY(grow(a, f->choices, f->choice_count, sizeof *f->choices, &list));
    f->choices = list;
    f->choices[f->choice_count++] = *choice;
    return OK;
}

size_t facts_end_objections(struct facts *f, uint16_t purpose, uint16_t recipient, int64_t at)
{
    size_t ended = 0;
    for (size_t i = 0; i < f->choice_count; i++) {
        struct facts_choice *c = &f->choices[i];
        if (!facts_choice_holds(c, FACTS_OBJECTION, purpose, at) || (recipient && c->recipient != recipient))
            continue;
        c->until = at;
        ended++;
    }
    return ended;
}

err facts_hold(struct arena *a, struct facts *f, uint32_t incident, int64_t since)
{
    for (size_t i = 0; i < f->hold_count; i++)
        if (f->holds[i].incident == incident)
            return OK;
    void *list;
    TRY(grow(a, f->holds, f->hold_count, sizeof *f->holds, &list));
    f->holds = list;
    f->holds[f->hold_count++] = (struct facts_hold){incident, since};
    return OK;
}

bool facts_release(struct facts *f, uint32_t incident)
{
    for (size_t i = 0; i < f->hold_count; i++) {
        if (f->holds[i].incident != incident)
            continue;
        memmove(f->holds + i, f->holds + i + 1, (f->hold_count - i - 1) * sizeof *f->holds);
        f->hold_count--;
        return true;
    }
    return false;
}

err facts_set_field(struct arena *a, struct facts *f, uint16_t field, bool has)
{
    size_t byte = field / 8u;
    uint8_t bit = (uint8_t)(1u << (field % 8u));
    if (byte < f->field_bytes) {
        f->fields[byte] = (uint8_t)(has ? f->fields[byte] | bit : f->fields[byte] & ~bit);
        return OK;
    }
    if (!has)
        return OK;
    ENSURE(byte < LIST_MAX, err_new(ERR_LIMIT, "There are more fields than a person can have.", "Use fewer fields."));
    if (byte >= f->field_room) {
        size_t room = (byte / BITMAP_STEP + 1) * BITMAP_STEP;
        uint8_t *more = arena_alloc(a, room);
        ENSURE(more, mem_none());
        if (f->field_bytes)
            memcpy(more, f->fields, f->field_bytes);
        f->fields = more;
        f->field_room = room;
    }
    f->field_bytes = byte + 1;
    f->fields[byte] = bit;
    return OK;
}
