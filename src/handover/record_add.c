/* What the rows of a file say of people known only from files: it adds to what is known of them. */
#include "record_int.h"

#include "limits.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

void adding_free(struct adding *ad)
{
    peopleset_free(&ad->renamed);
    people_tokens_free(&ad->tokens);
}

static err add_value(struct adding *ad, struct person *p, const struct column_use *u, struct view text)
{
    const struct record_case *rc = ad->r->rc;
    if (person_said(p, u->number, text, false))
        return OK;
    struct view *texts = arena_array(ad->a, p->count + 1, sizeof *texts);
    ENSURE(texts, mem_none());
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == u->number && v->source == ad->r->source && v->until == PERSON_OPEN)
            texts[count++] = v->text;
    }
    if (count >= LIMIT_FILE_VALUES)
        return OK;
    texts[count++] = text;
    return person_set(ad->a, &rc->c->numbers, p, u->number, ad->r->source, ad->now, texts, count);
}

/* Dates of which the order had to be said are stored with the year first. */
static err stored_text(struct adding *ad, const struct column_use *u, struct view *text)
{
    int32_t day, same;
    if (u->column->field->type != TYPE_DATE || when_cell_day(*text, ad->r->o->dates, &day).kind != ERR_OK || day == DAY_UNKNOWN)
        return OK;
    if (when_cell_day(*text, WHEN_YEAR_FIRST, &same).kind == ERR_OK)
        return OK;
    CLEANUP(buf_free) struct buf iso = BUF(32);
    when_put_day(&iso, day);
    TRY(buf_ok(&iso));
    uint8_t *copy = arena_copy(ad->a, iso.p, iso.len);
    ENSURE(copy, mem_none());
    *text = view_of(copy, iso.len);
    return OK;
}

err adding_row(struct adding *ad, struct person *p, const struct record_row *row)
{
    const struct reading *r = ad->r;
    for (size_t i = 0; i < r->columns.count; i++) {
        struct view text = row->cells[i];
        /* An id belongs to a source: without one it is not known whose it is, and it would be found as ours. */
        if (!r->uses[i].value || text.len == 0 || (r->uses[i].id && (!r->source || row->unsure)))
            continue;
        TRY(stored_text(ad, &r->uses[i], &text));
        TRY(add_value(ad, p, &r->uses[i], text));
    }
    struct facts *f = &p->facts;
    p->facts_changed = p->facts_changed || (f->birth == DAY_UNKNOWN && row->birth != DAY_UNKNOWN) || (row->marks & ~f->marks);
    f->birth = f->birth == DAY_UNKNOWN ? row->birth : f->birth;
    f->marks |= row->marks;
    return OK;
}

err adding_save(struct adding *ad, struct person *list, size_t count)
{
    const struct record_case *rc = ad->r->rc;
    TRY(people_save_gather(rc->v, rc->c, list, count, &ad->tokens));
    return people_save_settle(rc->v, &ad->tokens);
}

/* --- the people of the rows at hand --- */

static uint32_t categories(const struct adding *ad)
{
    const struct reading *r = ad->r;
    uint32_t bits = match_categories(r->rc->c, r->source);
    for (size_t i = 0; i < r->columns.count; i++)
        bits |= r->uses[i].value ? 1u << r->uses[i].column->field->category : 0;
    return bits;
}

/* Who has several records is not kept open: her facts change with those of the others. */
err adding_begin(struct adding *ad, struct arena *a, const struct peopleset *file_only, const uint32_t *ordinals, size_t count)
{
    const struct record_case *rc = ad->r->rc;
    ad->a = a;
    ad->count = 0;
    ad->ordinals = arena_array(a, count + 1, sizeof *ad->ordinals);
    ad->list = arena_array(a, count + 1, sizeof *ad->list);
    ad->open = arena_array(a, count + 1, sizeof *ad->open);
    ENSURE(ad->ordinals && ad->list && ad->open, mem_none());
    for (size_t i = 0; i < count; i++)
        if (peopleset_has(file_only, ordinals[i]))
            ad->ordinals[ad->count++] = ordinals[i];
    if (ad->count == 0)
        return OK;
    TRY(people_open(rc->v, rc->c, a, ad->ordinals, ad->count, categories(ad), ad->list));
    for (size_t i = 0; i < ad->count; i++)
        ad->open[i] = ad->list[i].state == CELL_THERE && ad->list[i].facts.alias == 0;
    return OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Among the people kept open; SIZE_MAX: she is not. */
static size_t place_of(const struct adding *ad, uint32_t ordinal)
{
    const uint32_t *at = ad->count ? bsearch(&ordinal, ad->ordinals, ad->count, sizeof ordinal, by_number) : NULL;
    return at && ad->open[at - ad->ordinals] ? (size_t)(at - ad->ordinals) : SIZE_MAX;
}

static err learn(struct adding *ad, struct matching *m, const struct person *p)
{
    struct match_person now;
    TRY(match_person_of(ad->r->rc->c, ad->a, ad->r->source, p, &now));
    match_changed(m, &now);
    return OK;
}

static err say_at_once(struct adding *ad, struct matching *m, uint32_t ordinal, const struct record_row *row)
{
    const struct record_case *rc = ad->r->rc;
    struct person p = {0};
    TRY(people_open(rc->v, rc->c, ad->a, &ordinal, 1, categories(ad), &p));
    if (p.state != CELL_THERE)
        return OK;
    TRY(adding_row(ad, &p, row));
    if (!person_changed(&p))
        return OK;
    TRY(learn(ad, m, &p));
    return adding_save(ad, &p, 1);
}

err adding_say(struct adding *ad, struct matching *m, uint32_t ordinal, const struct record_row *row, bool family)
{
    if (family)
        peopleset_add(ad->renamed, ordinal);
    size_t at = place_of(ad, ordinal);
    if (at == SIZE_MAX)
        return say_at_once(ad, m, ordinal, row);
    struct person *p = &ad->list[at];
    size_t values = p->count;
    int32_t birth = p->facts.birth;
    TRY(adding_row(ad, p, row));
    return p->count != values || p->facts.birth != birth ? learn(ad, m, p) : OK;
}

err adding_only(struct adding *ad, uint32_t ordinal, bool *ret)
{
    const struct record_case *rc = ad->r->rc;
    struct person p = {0};
    *ret = place_of(ad, ordinal) != SIZE_MAX;
    if (*ret)
        return OK;
    TRY(people_open_whole(rc->v, rc->c, ad->a, ordinal, 0, &p));
    *ret = p.state == CELL_THERE && facts_file_only(&p.facts);
    return OK;
}

err adding_part(struct adding *ad, const uint32_t *ordinals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = place_of(ad, ordinals[i]);
        if (at == SIZE_MAX)
            continue;
        ad->open[at] = false;
        if (person_changed(&ad->list[at]))
            TRY(adding_save(ad, &ad->list[at], 1));
    }
    return OK;
}

err adding_end(struct adding *ad)
{
    size_t changed = 0;
    for (size_t i = 0; i < ad->count; i++)
        if (ad->open[i] && person_changed(&ad->list[i]))
            ad->list[changed++] = ad->list[i];
    ad->count = 0;
    return adding_save(ad, ad->list, changed);
}
