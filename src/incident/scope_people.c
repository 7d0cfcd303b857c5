/* The affected people one by one, with their fields and the source's ids. */
#include "buf.h"
#include "people.h"
#include "scope_sets.h"
#include "setbytes.h"

#include <stdio.h>
#include <string.h>

enum { IDS_MAX = 16, LINE_MAX = 1 << 16 };

struct listing {
    const struct vault *v;
    const struct config *c;
    scope_line_fn *fn;
    void *ctx;
    uint16_t ids[IDS_MAX]; /* external identifier first, then each source's */
    size_t id_count;
    struct scope_fields *fields;
    struct buf id;
    const char *source; /* of the id */
};

/* --- what each is affected with --- */

enum { WORDS_MAX = SCOPE_KEYS_MAX / 64, KNOWN_MAX = 4096, TABLE_ROOM = 2 * KNOWN_MAX };

/* Most people have the same fields as others: each such row of bits has its text once, as long as they are few. */
struct known {
    const uint64_t *row;
    const char *text;
};

struct scope_fields {
    const struct scope_answer *s;
    struct arena *arena;
    struct set_cursor *cursors;  /* a key each */
    struct buf *bytes;           /* of their sets */
    uint64_t row[WORDS_MAX + 1]; /* a bit for each key */
    size_t row_bytes;
    struct known *table;
    size_t count;
    struct buf text;
};

void scope_fields_end(struct scope_fields **f)
{
    if (!*f)
        return;
    for (size_t i = 0; (*f)->bytes && i < (*f)->s->key_count; i++)
        buf_free(&(*f)->bytes[i]);
    mem_free((*f)->bytes);
    mem_free((*f)->cursors);
    mem_free((*f)->table);
    arena_release(&(*f)->arena);
    buf_free(&(*f)->text);
    mem_free(*f);
    *f = NULL;
}

err scope_fields_begin(const struct scope_answer *s, struct scope_fields **ret)
{
    CLEANUP(scope_fields_end) struct scope_fields *f = mem_alloc(sizeof *f);
    ENSURE(f, mem_none());
    *f = (struct scope_fields){.s = s, .arena = arena_new(), .cursors = mem_array(s->key_count, sizeof *f->cursors),
                               .bytes = mem_array(s->key_count, sizeof *f->bytes), .row_bytes = (s->key_count + 63) / 64 * 8,
                               .table = mem_array(TABLE_ROOM, sizeof *f->table), .text = BUF(LINE_MAX)};
    ENSURE(f->arena && f->cursors && f->bytes && f->table, mem_none());
    for (size_t i = 0; i < s->key_count; i++) {
        f->bytes[i] = BUF(LIMIT_BLOB_BYTES);
        TRY(peopleset_write(s->fields[i], &f->bytes[i]));
        set_cursor_begin(&f->cursors[i], buf_view(&f->bytes[i]));
    }
    *ret = f;
    f = NULL;
    return OK;
}

static err write_text(struct scope_fields *f)
{
    buf_clear(&f->text);
    for (size_t i = 0; i < f->s->key_count; i++) {
        if (!(f->row[i / 64] >> i % 64 & 1))
            continue;
        buf_str(&f->text, f->text.len ? "," : "");
        buf_str(&f->text, f->s->keys[i]);
    }
    return buf_ok(&f->text);
}

/* Where this row stands in the table, or would. */
static struct known *place_of(struct scope_fields *f)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < f->row_bytes / 8; i++)
        hash = (hash ^ f->row[i]) * 0x9e3779b97f4a7c15u; /* only for speed */
    size_t at = (size_t)(hash >> 32) % TABLE_ROOM;
    while (f->table[at].row && memcmp(f->table[at].row, f->row, f->row_bytes) != 0)
        at = (at + 1) % TABLE_ROOM;
    return &f->table[at];
}

err scope_fields_of(struct scope_fields *f, uint32_t ordinal, const char **ret)
{
    memset(f->row, 0, f->row_bytes);
    for (size_t i = 0; i < f->s->key_count; i++)
        f->row[i / 64] |= (uint64_t)set_cursor_has(&f->cursors[i], ordinal) << i % 64;
    struct known *k = place_of(f);
    if (!k->row) {
        TRY(write_text(f));
        *ret = buf_text(&f->text);
        if (f->count == KNOWN_MAX)
            return OK;
        struct known new = {arena_copy(f->arena, f->row, f->row_bytes + 1), arena_text(f->arena, *ret, f->text.len)};
        ENSURE(new.row && new.text, mem_none());
        *k = new;
        f->count++;
    }
    *ret = k->text;
    return OK;
}

/* --- by the source's ids --- */

/* external_identifier goes before all; then the id fields of each source in their order. */
static void list_ids(const struct config *c, struct listing *l)
{
    l->ids[l->id_count++] = field_no_of(&c->numbers, "external_identifier");
    for (size_t i = 0; i < c->source_count; i++)
        for (size_t k = 0; k < c->sources[i].id_count && l->id_count < IDS_MAX; k++)
            l->ids[l->id_count++] = field_no_of(&c->numbers, c->sources[i].ids[k]);
}

static void put_id(struct listing *l, const struct person *p)
{
    buf_clear(&l->id);
    l->source = "";
    for (size_t i = 0; i < l->id_count && l->id.len == 0 && p->state == CELL_THERE; i++) {
        const struct person_value *v = l->ids[i] ? person_value(p, &l->c->numbers, l->ids[i], vault_now(l->v)) : NULL;
        const struct config_source *source = v ? config_source_of(l->c, v->source) : NULL;
        if (!v || v->print)
            continue;
        buf_put(&l->id, v->text);
        l->source = source ? source->name : "";
    }
    if (l->id.len == 0)
        buf_fmt(&l->id, "#%u", p->ordinal);
}

static err one(void *ctx, const struct person *p)
{
    struct listing *l = ctx;
    put_id(l, p);
    const char *fields;
    TRY(scope_fields_of(l->fields, p->ordinal, &fields));
    TRY(buf_ok(&l->id));
    return l->fn(l->ctx, &(struct scope_line){buf_text(&l->id), l->source, fields});
}

static void listing_end(struct listing *l)
{
    buf_free(&l->id);
    scope_fields_end(&l->fields);
}

err scope_people(struct vault *v, const struct config *c, const struct scope_answer *s, scope_line_fn *fn, void *ctx)
{
    CLEANUP(listing_end) struct listing l = {.v = v, .c = c, .fn = fn, .ctx = ctx, .id = BUF(LINE_MAX)};
    TRY(scope_fields_begin(s, &l.fields));
    list_ids(c, &l);
    CLEANUP(mem_release) uint32_t *ordinals = NULL;
    size_t count;
    uint32_t categories = 0;
    for (size_t i = 0; i < l.id_count; i++)
        if (l.ids[i])
            categories |= 1u << field_of(&c->numbers, l.ids[i])->category;
    TRY(peopleset_list(s->affected, &ordinals, &count));
    return people_read(v, c, ordinals, count, categories, one, &l);
}
