/* What the file says of people, put into the register. */
#include "import_int.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

enum { GONE_AT_ONCE = 256, OBJECTION_LEN = 9, CONSENT_LEN = 7 };

/* --- one person --- */

static err set_values(const struct import *im, struct arena *a, const struct incoming *in, struct person *p)
{
    struct view *texts = arena_array(a, in->value_count + 1, sizeof *texts);
    ENSURE(texts, mem_none());
    for (size_t i = 0; i < im->mentioned_count; i++) {
        size_t count = 0;
        for (size_t k = 0; k < in->value_count; k++)
            if (in->values[k].field == im->mentioned[i])
                texts[count++] = in->values[k].text;
        TRY(person_set(a, &im->c->numbers, p, im->mentioned[i], im->source, im->now, texts, count));
    }
    return OK;
}

/* Of a system without a status: whether the source named a membership of hers until now. */
static bool was_named(const struct import *im, const struct person *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        if (v->field == im->membership && v->source == im->source && v->change == VALUE_ENDED)
            return true;
    }
    return false;
}

static void set_word(const struct import *im, const struct incoming *in, struct person *p)
{
    struct facts *f = &p->facts;
    enum status_word word = in->word;
    bool says = im->says_word || (im->names_members && word == WORD_CURRENT);
    if (im->names_members && word == WORD_EMPTY && f->word == WORD_CURRENT && in->period_count == 0 && was_named(im, p)) {
        word = WORD_EXPIRED;
        says = true;
    }
    if (!says || word == f->word)
        return;
    f->word = word;
    f->word_since = im->now;
}

/* The birth date in the facts is that of the values: one that is no longer said is not kept there either. */
static int32_t birth_of(const struct import *im, const struct person *p)
{
    int32_t day = DAY_UNKNOWN;
    const struct field_numbers *numbers = &im->c->numbers;
    err e = when_cell_day(person_text(p, numbers, field_no_of(numbers, FIELD_BIRTH_DATE), im->now), WHEN_YEAR_FIRST, &day);
    bool known = e.kind == ERR_OK;
    err_ignore(e, "held as presence only: which day it is, is not known");
    return known ? day : DAY_UNKNOWN;
}

static err set_status(const struct import *im, struct arena *a, const struct incoming *in, struct person *p)
{
    struct facts *f = &p->facts;
    set_word(im, in, p);
    if (im->says_periods)
        TRY(facts_say_periods(a, f, in->periods, in->period_count));
    if (in->start != DAY_UNKNOWN)
        f->start = in->start;
    if (f->start == DAY_UNKNOWN && f->period_count == 0)
        f->start = im->exported;
    if (im->says_birth)
        f->birth = birth_of(im, p);
    f->marks &= (uint16_t)~FACT_FILE_ONLY;
    return facts_set_source(a, f, im->source, FACTS_THERE, im->now);
}

static bool is_said(const struct person *p, uint16_t field, const char *word)
{
    return person_said(p, field, view_text(word), false);
}

static void set_mark(struct facts *f, uint16_t mark, bool on)
{
    f->marks = (uint16_t)(on ? f->marks | mark : f->marks & ~mark);
}

/* Marks that come from files are those that any source says now. */
static void set_marks(const struct import *im, struct person *p)
{
    struct facts *f = &p->facts;
    if (im->says_deceased)
        set_mark(f, FACT_DECEASED, facts_has_field(f, im->deceased));
    if (!im->says_choices)
        return;
    set_mark(f, FACT_IN_DANGER, is_said(p, im->choices, mark_name(MARK_IN_DANGER)));
    set_mark(f, FACT_ON_HOLD, is_said(p, im->choices, mark_name(MARK_EMAIL_FAILS)));
    set_mark(f, FACT_NO_EMAIL, is_said(p, im->choices, mark_name(MARK_NO_EMAIL)));
}

/* Whether a word in contact_choices speaks for this purpose. */
static bool speaks(struct view text, enum facts_choice_kind kind, const char *purpose)
{
    const char *word = kind == FACTS_CONSENT ? "consent" : "objection";
    size_t len = kind == FACTS_CONSENT ? CONSENT_LEN : OBJECTION_LEN;
    if (text.len < len || memcmp(text.p, word, len) != 0)
        return false;
    if (text.len == len)
        return kind == FACTS_OBJECTION && (strcmp(purpose, PURPOSE_NEWSLETTER) == 0 || strcmp(purpose, PURPOSE_FUNDRAISING) == 0);
    return text.p[len] == ' ' && view_equal(view_of(text.p + len + 1, text.len - len - 1), view_text(purpose));
}

/* Whether any source says it now; `anew`: whether this source says it and did not in its last file. */
static bool is_chosen(const struct import *im, const struct person *p, enum facts_choice_kind kind, const char *purpose, bool anew)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct person_value *v = &p->values[i];
        bool counts = !anew || (v->source == im->source && v->change == VALUE_NEW);
        if (counts && v->field == im->choices && v->until == PERSON_OPEN && speaks(v->text, kind, purpose))
            return true;
    }
    return false;
}

/* A file tells nothing that was said after it was exported: a consent in it is no answer to a withdrawal since the beginning of that day. */
static int64_t said_at(const struct import *im, enum facts_choice_kind kind)
{
    int64_t from = im->now;
    if (kind == FACTS_CONSENT)
        err_ignore(when_local_start(&im->v->zone, im->exported, 0, &from), "then now is the best that is known");
    return from < im->now ? from : im->now;
}

/* What a file says anew is recorded; what it said before and still says is not, so that what the person told us since stays.  Those
 * that came from files end when no file says them any more; what somebody said to us stays. */
static err set_choice(const struct import *im, struct arena *a, struct person *p, enum facts_choice_kind kind, size_t purpose)
{
    const char *key = im->c->purposes[purpose].key;
    uint16_t no = im->c->purpose_nos[purpose];
    if (is_chosen(im, p, kind, key, true))
        return facts_choose(a, &p->facts, &(struct facts_choice){.kind = kind, .how = HOW_IMPORT, .purpose = no,
                                                                 .from = said_at(im, kind), .until = INT64_MAX});
    bool chosen = is_chosen(im, p, kind, key, false);
    for (size_t i = 0; i < p->facts.choice_count && !chosen; i++) {
        struct facts_choice *c = &p->facts.choices[i];
        if (c->kind == kind && c->purpose == no && c->how == HOW_IMPORT && c->recipient == 0 && c->until == INT64_MAX)
            c->until = im->now;
    }
    return OK;
}

static err set_choices(const struct import *im, struct arena *a, struct person *p)
{
    if (!im->says_choices || (p->facts.choice_count == 0 && !facts_has_field(&p->facts, im->choices)))
        return OK;
    for (size_t i = 0; i < im->c->purpose_count; i++) {
        TRY(set_choice(im, a, p, FACTS_OBJECTION, i));
        TRY(set_choice(im, a, p, FACTS_CONSENT, i));
    }
    return OK;
}

err import_apply(const struct import *im, struct arena *a, const struct incoming *in, struct person *p)
{
    CLEANUP(buf_free) struct buf before = BUF(LIMIT_FACTS_BYTES * 4), after = BUF(LIMIT_FACTS_BYTES * 4);
    bool is_new = p->facts_changed;
    if (!is_new)
        TRY(facts_encode(&p->facts, &before));
    TRY(set_values(im, a, in, p));
    TRY(set_status(im, a, in, p));
    set_marks(im, p);
    TRY(set_choices(im, a, p));
    if (is_new)
        return OK;
    TRY(facts_encode(&p->facts, &after));
    p->facts_changed = !view_equal(buf_view(&before), buf_view(&after));
    return OK;
}

/* --- many --- */

/* All cells of the index are written for as many as that: so it grows with the file. */
uint64_t import_tokens_at_once(uint64_t lines)
{
    uint64_t some = lines > LIMIT_IMPORT_TOKENS_MOST ? LIMIT_IMPORT_TOKENS_MOST : lines + lines / 2;
    if (some < LIMIT_IMPORT_TOKENS)
        return LIMIT_IMPORT_TOKENS;
    return some < LIMIT_IMPORT_TOKENS_MOST ? some : LIMIT_IMPORT_TOKENS_MOST;
}

static err save(struct import *im, struct person *list, size_t count)
{
    if (count == 0 || !im->writes)
        return OK;
    TRY(people_save_gather(im->v, im->c, list, count, &im->tokens));
    if (im->tokens.count >= import_tokens_at_once(im->lines))
        TRY(people_tokens_add(im->v, &im->tokens)); /* nobody is looked up any more: the first pass is over */
    return im->o->saved ? im->o->saved(im->o->saved_ctx, list, count) : OK;
}

static err give_ordinals(struct import *im, struct person *list, size_t count)
{
    for (size_t i = 0; i < count;) {
        uint32_t first, got;
        TRY(vault_new_ordinals(im->v, (uint32_t)(count - i), &first, &got));
        for (uint32_t k = 0; k < got; k++)
            list[i + k].ordinal = first + k;
        i += got;
    }
    return OK;
}

err import_write_new(struct import *im, struct arena *a, const struct incoming *list, size_t count)
{
    im->r->added += count;
    if (!im->writes)
        return OK;
    struct person *people = arena_array(a, count, sizeof *people);
    ENSURE(people, mem_none());
    for (size_t i = 0; i < count; i++) {
        people[i] = (struct person){.state = CELL_THERE, .facts = FACTS_NONE, .facts_changed = true, .loaded = UINT32_MAX};
        TRY(import_apply(im, a, &list[i], &people[i]));
    }
    TRY(give_ordinals(im, people, count));
    return save(im, people, count);
}

static int by_ordinal(const void *a, const void *b)
{
    const struct incoming *x = a, *y = b;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static err write_cell(struct import *im, const struct incoming *list, size_t count)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    uint32_t ordinals[CELL_PLACES];
    struct person *people = arena_array(a, count, sizeof *people);
    ENSURE(people, mem_none());
    for (size_t i = 0; i < count; i++)
        ordinals[i] = list[i].ordinal;
    TRY(people_save_settle(im->v, &im->tokens));
    TRY(people_open(im->v, im->c, a, ordinals, count, PEOPLE_ALL_CATEGORIES, people));
    if (im->writes && im->o->before)
        TRY(im->o->before(im->o->saved_ctx, people, count));
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        ENSURE(people[i].state == CELL_THERE, err_new(ERR_CORRUPT, "A look-up led to somebody who is erased.", "Run 'candour fsck'."));
        TRY(import_apply(im, a, &list[i], &people[i]));
        if (person_changed(&people[i]))
            people[changed++] = people[i];
    }
    im->r->updated += changed;
    im->r->unchanged += count - changed;
    return save(im, people, changed);
}

err import_write_known(struct import *im, struct incoming *list, size_t count)
{
    qsort(list, count, sizeof *list, by_ordinal);
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && list[i + n].ordinal / CELL_PLACES == list[i].ordinal / CELL_PLACES; n++)
            CHECK(list[i + n - 1].ordinal < list[i + n].ordinal);
        TRY(write_cell(im, list + i, n));
    }
    return OK;
}

/* --- gone from the source --- */

struct leavers {
    const struct import *im;
    uint64_t was_there;
    uint32_t *list;
    size_t count, room;
};

static void leavers_free(struct leavers *l)
{
    mem_free(l->list);
}

static err on_facts(void *ctx, const struct person *p)
{
    struct leavers *l = ctx;
    if (!facts_in_source(&p->facts, l->im->source) || facts_file_only(&p->facts) || p->ordinal >= l->im->there_before)
        return OK;
    l->was_there++;
    if (l->im->met[p->ordinal / 8] >> (p->ordinal % 8) & 1)
        return OK;
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 1024;
        uint32_t *more = mem_resize(l->list, room * sizeof *more);
        ENSURE(more, mem_none());
        l->list = more;
        l->room = room;
    }
    l->list[l->count++] = p->ordinal;
    return OK;
}

static err mark_gone(struct import *im, const uint32_t *ordinals, size_t count)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct person *people = arena_array(a, count, sizeof *people);
    ENSURE(people, mem_none());
    TRY(people_save_settle(im->v, &im->tokens));
    TRY(people_open(im->v, im->c, a, ordinals, count, 0, people));
    for (size_t i = 0; i < count; i++) {
        TRY(facts_set_source(a, &people[i].facts, im->source, FACTS_GONE, im->now));
        people[i].facts_changed = true;
    }
    return save(im, people, count);
}

err import_gone(struct import *im)
{
    if (im->o->mode != IMPORT_FULL || im->there_before == 0)
        return OK;
    CLEANUP(leavers_free) struct leavers l = {.im = im};
    TRY(people_each(im->v, im->c, 0, on_facts, &l));
    im->r->was_there = l.was_there;
    if (im->unreadable)
        return OK;
    im->r->gone = l.count;
    if (l.count * 100 > l.was_there && !im->o->accept_gone)
        im->writes = false;
    for (size_t i = 0, n; i < l.count && im->writes; i += n) {
        n = l.count - i < GONE_AT_ONCE ? l.count - i : GONE_AT_ONCE;
        TRY(mark_gone(im, l.list + i, n));
    }
    return OK;
}
