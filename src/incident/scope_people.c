/* The affected people one by one, with the source's ids. */
#include "scope_run_int.h"

#include "buf.h"

#include <stdio.h>
#include <string.h>

enum { IDS_MAX = 16, LINE_MAX = 1 << 16 };

struct listing {
    const struct vault *v;
    const struct config *c;
    const struct scope_answer *s;
    scope_line_fn *fn;
    void *ctx;
    uint16_t ids[IDS_MAX]; /* external identifier first, then each source's */
    size_t id_count;
    struct buf id, fields;
};

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
    for (size_t i = 0; i < l->id_count && l->id.len == 0 && p->state == CELL_THERE; i++)
        if (l->ids[i])
            buf_put(&l->id, person_text(p, &l->c->numbers, l->ids[i], vault_now(l->v)));
    if (l->id.len == 0)
        buf_fmt(&l->id, "#%u", p->ordinal);
}

static err one(void *ctx, const struct person *p)
{
    struct listing *l = ctx;
    put_id(l, p);
    buf_clear(&l->fields);
    for (size_t i = 0; i < l->s->key_count; i++) {
        if (!peopleset_has(l->s->fields[i], p->ordinal))
            continue;
        buf_str(&l->fields, l->fields.len ? "," : "");
        buf_str(&l->fields, l->s->keys[i]);
    }
    TRY(buf_ok(&l->id));
    TRY(buf_ok(&l->fields));
    return l->fn(l->ctx, buf_text(&l->id), buf_text(&l->fields));
}

static void listing_end(struct listing *l)
{
    buf_free(&l->id);
    buf_free(&l->fields);
}

err scope_people(struct vault *v, const struct config *c, const struct scope_answer *s, scope_line_fn *fn, void *ctx)
{
    CLEANUP(listing_end) struct listing l = {.v = v, .c = c, .s = s, .fn = fn, .ctx = ctx, .id = BUF(LINE_MAX), .fields = BUF(LINE_MAX)};
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
