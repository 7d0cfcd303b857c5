#include "person.h"

#include <string.h>

#include "limits.h"

enum { VALUE_BYTES_MAX = UINT16_MAX, PRINT_BYTES = TOKEN_BYTES + 8, ROOM_FIRST = 32, VALUES_MAX = 10000 };

const struct field *field_of(const struct field_numbers *n, uint16_t no)
{
    return no < n->count ? n->by_no[no] : NULL;
}

uint16_t field_no(const struct field_numbers *n, const struct field *f)
{
    return f ? field_no_of(n, f->key) : 0;
}

uint16_t field_no_of(const struct field_numbers *n, const char *key)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->by_no[i] && strcmp(n->by_no[i]->key, key) == 0)
            return (uint16_t)i;
    return 0;
}

static err not_a_record(void)
{
    return err_new(ERR_CORRUPT, "A person's record is not as it was written.", "Run 'candour fsck'.");
}

static err add_value(struct arena *a, struct person *p, struct person_value v)
{
    ENSURE(p->count < VALUES_MAX, err_new(ERR_LIMIT, "A person has more than 10,000 values.",
                                          "Look for a file in which many people share one id."));
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : ROOM_FIRST;
        struct person_value *more = arena_array(a, room, sizeof *more);
        ENSURE(more, mem_none());
        if (p->count)
            memcpy(more, p->values, p->count * sizeof *more);
        p->values = more;
        p->room = room;
    }
    p->values[p->count++] = v;
    return OK;
}

/* --- records --- */

static err decode_print(struct person_value *v)
{
    struct rd r = rd_of(v->text);
    v->text = rd_view(&r, TOKEN_BYTES);
    v->forgotten = (int64_t)rd_u64(&r);
    ENSURE(rd_done(&r) && v->until != PERSON_OPEN, not_a_record());
    return OK;
}

err person_decode(struct arena *a, const struct field_numbers *n, uint8_t category, struct view bytes, struct person *p)
{
    struct rd r = rd_of(bytes);
    ENSURE(rd_u8(&r) == 1, not_a_record());
    uint16_t count = rd_u16(&r);
    for (uint16_t i = 0; i < count && rd_ok(&r); i++) {
        struct person_value v = {.field = rd_u16(&r), .source = rd_u8(&r)};
        v.since = (int64_t)rd_u64(&r);
        v.until = (int64_t)rd_u64(&r);
        uint8_t form = rd_u8(&r);
        v.print = form == 2;
        v.text = rd_view(&r, rd_u16(&r));
        const struct field *f = field_of(n, v.field);
        ENSURE(rd_ok(&r) && (form == 1 || form == 2) && f && (uint8_t)f->category == category, not_a_record());
        if (v.print)
            TRY(decode_print(&v));
        TRY(add_value(a, p, v));
    }
    ENSURE(rd_done(&r), not_a_record());
    p->loaded |= 1u << category;
    return OK;
}

static bool is_of(const struct field_numbers *n, const struct person_value *v, uint8_t category)
{
    const struct field *f = field_of(n, v->field);
    return f && (uint8_t)f->category == category;
}

err person_encode(const struct field_numbers *n, uint8_t category, const struct person *p, struct buf *to)
{
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++)
        count += is_of(n, &p->values[i], category);
    buf_u8(to, 1);
    buf_u16(to, (uint16_t)count);
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (!is_of(n, v, category))
            continue;
        buf_u16(to, v->field);
        buf_u8(to, v->source);
        buf_u64(to, (uint64_t)v->since);
        buf_u64(to, (uint64_t)v->until);
        CHECK(!v->print || (v->text.len == TOKEN_BYTES && v->until != PERSON_OPEN));
        buf_u8(to, v->print ? 2 : 1);
        buf_u16(to, (uint16_t)(v->print ? PRINT_BYTES : v->text.len));
        buf_put(to, v->text);
        if (v->print)
            buf_u64(to, (uint64_t)v->forgotten);
    }
    return buf_ok(to);
}

static err take_record(struct arena *a, const struct field_numbers *n, const struct keeper_record *r, struct person *p)
{
    if (r->id != 0)
        return OK;
    void *bytes = arena_copy(a, r->plain.p, r->plain.len);
    ENSURE(bytes, mem_none());
    return person_decode(a, n, r->category, view_of(bytes, r->plain.len), p);
}

err person_take(struct arena *a, const struct field_numbers *n, uint32_t ordinal, const struct keeper_person *from,
                uint32_t categories, struct person *ret)
{
    struct person p = {.ordinal = ordinal, .state = from->state, .facts = FACTS_NONE, .loaded = categories};
    if (from->facts.len)
        TRY(facts_decode(a, from->facts, &p.facts));
    for (size_t i = 0; i < from->record_count; i++)
        TRY(take_record(a, n, &from->records[i], &p));
    *ret = p;
    return OK;
}

/* --- reading --- */

/* Whether the value is of the first that its source said of the field: it holds for all time before. */
static bool is_first(const struct person *p, const struct person_value *v)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->values[i].field == v->field && p->values[i].source == v->source && p->values[i].since < v->since)
            return false;
    return true;
}

static bool holds(const struct person *p, const struct person_value *v, int64_t at)
{
    if (v->until != PERSON_OPEN && at >= v->until)
        return false;
    return at >= v->since || is_first(p, v);
}

static bool is_same(const struct person_value *a, const struct person_value *b)
{
    return a->print == b->print && view_equal(a->text, b->text);
}

static bool is_many(const struct field *f)
{
    return field_type_many(f->type) || strcmp(f->key, FIELD_MEMBERSHIP) == 0 || strcmp(f->key, FIELD_CONTACT_CHOICES) == 0;
}

/* The value of the field that was said last, of those that hold. */
static const struct person_value *newest(const struct person *p, uint16_t field, int64_t at)
{
    const struct person_value *best = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == field && (!best || v->since > best->since) && holds(p, v, at))
            best = v;
    }
    return best;
}

/* Puts a value where it belongs in a list of at most `room`, newest first.  Of two with the same text (`apart`: and source) the newer
 * stays. */
static size_t insert_value(const struct person_value **list, size_t count, size_t room, const struct person_value *v, bool apart)
{
    size_t shown = count < room ? count : room;
    for (size_t k = 0; k < shown; k++) {
        if (!is_same(list[k], v) || (apart && list[k]->source != v->source))
            continue;
        if (list[k]->since >= v->since)
            return count;
        memmove(list + k, list + k + 1, (shown - k - 1) * sizeof *list);
        shown--;
        count--;
        break;
    }
    size_t place = 0;
    while (place < shown && list[place]->since >= v->since)
        place++;
    if (place < room) {
        size_t after = shown < room ? shown - place : room - place - 1;
        memmove(list + place + 1, list + place, after * sizeof *list);
        list[place] = v;
    }
    return count + 1;
}

size_t person_values(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at,
                     const struct person_value **ret, size_t room)
{
    const struct field *f = field_of(n, field);
    const struct person_value *best = newest(p, field, at);
    size_t count = 0;
    for (size_t i = 0; i < p->count && f && best; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == field && holds(p, v, at) && (is_many(f) || v->source == best->source))
            count = insert_value(ret, count, room, v, false);
    }
    return count;
}

size_t person_values_said(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at,
                          const struct person_value **ret, size_t room, bool *ret_differ)
{
    const struct field *f = field_of(n, field);
    size_t count = 0;
    *ret_differ = f && !is_many(f) && f->type != TYPE_ID;
    for (size_t i = 0; i < p->count && f; i++)
        if (p->values[i].field == field && holds(p, &p->values[i], at))
            count = insert_value(ret, count, room, &p->values[i], *ret_differ);
    return count;
}

const struct person_value *person_value(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at)
{
    return field_of(n, field) ? newest(p, field, at) : NULL;
}

struct view person_text(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at)
{
    const struct person_value *v = person_value(p, n, field, at);
    return v && !v->print ? v->text : (struct view){0};
}

bool person_has(const struct person *p, const struct field_numbers *n, uint16_t field, int64_t at)
{
    const struct field *f = field_of(n, field);
    if (f && !(p->loaded >> f->category & 1))
        return facts_has_field(&p->facts, field);
    return newest(p, field, at) != NULL;
}

bool person_said(const struct person *p, uint16_t field, struct view text, bool past)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == field && !v->print && (past || v->until == PERSON_OPEN) && view_equal(v->text, text))
            return true;
    }
    return false;
}

/* --- changing --- */

static bool in_list(struct view text, const struct view *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (view_equal(texts[i], text))
            return true;
    return false;
}

/* Ends what the source no longer says.  What was only added since the person was read goes without trace. */
static bool end_values(struct person *p, uint16_t field, uint8_t source, int64_t at, const struct view *texts, size_t count)
{
    bool changed = false;
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct person_value v = p->values[i];
        bool ends = v.field == field && v.source == source && v.until == PERSON_OPEN && !in_list(v.text, texts, count);
        changed = changed || ends;
        if (ends && v.change == VALUE_NEW)
            continue;
        if (ends) {
            v.until = at;
            v.change = VALUE_ENDED;
            p->facts.oldest_past = at < p->facts.oldest_past ? at : p->facts.oldest_past;
        }
        p->values[kept++] = v;
    }
    p->count = kept;
    return changed;
}

static bool says(const struct person *p, uint16_t field, uint8_t source, struct view text)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == field && v->source == source && v->until == PERSON_OPEN && view_equal(v->text, text))
            return true;
    }
    return false;
}

static bool has_now(const struct person *p, uint16_t field)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->values[i].field == field && p->values[i].until == PERSON_OPEN)
            return true;
    return false;
}

err person_set(struct arena *a, const struct field_numbers *n, struct person *p, uint16_t field, uint8_t source, int64_t at,
               const struct view *texts, size_t count)
{
    const struct field *f = field_of(n, field);
    ENSURE(f, not_a_record());
    CHECK(p->loaded >> f->category & 1);
    static const struct view present = {(const uint8_t *)PERSON_PRESENT, 1};
    if (f->presence_only) {
        bool any = false;
        for (size_t i = 0; i < count; i++)
            any = any || texts[i].len;
        texts = &present;
        count = any ? 1 : 0;
    }
    bool changed = end_values(p, field, source, at, texts, count);
    for (size_t i = 0; i < count; i++) {
        if (texts[i].len == 0 || says(p, field, source, texts[i]))
            continue;
        ENSURE(texts[i].len <= VALUE_BYTES_MAX,
               err_newf(ERR_LIMIT, "A value of the field '{}' is longer than 65,535 bytes.", "Shorten it, or leave the column out.",
                        err_name(f->key)));
        struct person_value v = {.field = field, .source = source, .change = VALUE_NEW, .since = at, .until = PERSON_OPEN,
                                 .text = texts[i]};
        TRY(add_value(a, p, v));
        changed = true;
    }
    if (!changed)
        return OK;
    p->changed |= 1u << f->category;
    p->facts_changed = true;
    return facts_set_field(a, &p->facts, field, has_now(p, field));
}

bool person_value_due(const struct person_value *v, int64_t now)
{
    return !v->print && v->until <= now - LIMIT_PAST_KEPT_SECONDS;
}

int64_t person_oldest_past(const struct person *p)
{
    int64_t oldest = PERSON_OPEN;
    for (size_t i = 0; i < p->count; i++)
        if (!p->values[i].print && p->values[i].until < oldest)
            oldest = p->values[i].until;
    return oldest;
}

err person_forget(struct arena *a, const struct field_numbers *n, struct person *p, int64_t now, const uint8_t (*prints)[TOKEN_BYTES])
{
    for (size_t i = 0; i < p->count; i++) {
        struct person_value *v = &p->values[i];
        if (!person_value_due(v, now))
            continue;
        const struct field *f = field_of(n, v->field);
        ENSURE(f, not_a_record());
        CHECK(p->loaded >> f->category & 1);
        void *print = arena_copy(a, *prints++, TOKEN_BYTES);
        ENSURE(print, mem_none());
        v->print = true;
        v->forgotten = now;
        v->text = view_of(print, TOKEN_BYTES);
        p->changed |= 1u << f->category;
        p->renewed |= 1u << f->category;
    }
    p->facts.oldest_past = person_oldest_past(p);
    p->facts_changed = true;
    return OK;
}

bool person_changed(const struct person *p)
{
    return p->changed || p->facts_changed;
}
