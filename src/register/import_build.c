/* The second pass: makes of all rows of one person what the file says of her, and hands that on to be written. */
#include "import_int.h"

#include <stdlib.h>
#include <string.h>

#include "celltype.h"
#include "foldname.h"
#include "limits.h"

enum { NEW_AT_ONCE = 256, ROWS_A_PERSON_MAX = 255, CHOICE_BYTES = 128, DAY_BYTES = 16 };

struct row_facts {
    struct facts_period period;
    int32_t since;
    enum status_word word;
};

/* People finished, waiting to be written. */
struct pile {
    struct arena *arena;
    struct incoming *list;
    size_t count, room;
    size_t bytes;
};

struct builder {
    struct import *im;
    struct pile fresh, known;
    /* The person being read: */
    struct pile *pile; /* NULL: none */
    uint32_t person;
    bool bad;
    struct view *cells; /* by column */
    struct row_facts rows[ROWS_A_PERSON_MAX];
    size_t row_count;
    struct view types[ROWS_A_PERSON_MAX];
    size_t type_count;
    struct view status;
    struct import_value *values; /* room for all columns and types */
    size_t value_count;
};

static void builder_free(struct builder *b)
{
    arena_free(b->fresh.arena);
    arena_free(b->known.arena);
    mem_free(b->fresh.list);
    mem_free(b->known.list);
    mem_free(b->cells);
    mem_free(b->values);
}

static err kept(struct builder *b, struct view text, struct view *ret)
{
    void *copy = arena_copy(b->pile->arena, text.p, text.len);
    ENSURE(copy, mem_none());
    b->pile->bytes += text.len + 16;
    *ret = view_of(copy, text.len);
    return OK;
}

/* --- rows of one person --- */

static void conflict(struct builder *b, const struct import_row *row, size_t column, const char *problem)
{
    b->bad = true;
    import_reject_at(b->im, row->line, column < row->count ? row->cells[column].column : 0, problem,
                     b->im->plan[column].column->name, b->im->people[b->person].line);
}

static err add_type(struct builder *b, struct view cell)
{
    for (size_t i = 0; i < b->type_count; i++)
        if (view_equal(b->types[i], cell))
            return OK;
    if (b->type_count == ROWS_A_PERSON_MAX)
        return OK;
    return kept(b, cell, &b->types[b->type_count++]);
}

static err add_cell(struct builder *b, const struct import_row *row, size_t column)
{
    const struct import_column *plan = &b->im->plan[column];
    struct view cell = import_cell(row, column);
    if (cell.len == 0 || plan->column->role == COLUMN_IGNORE || celltype_is_nothing(plan->type, cell))
        return OK;
    if (plan->column->role == COLUMN_MEMBERSHIP_TYPE)
        return add_type(b, cell);
    if (plan->column->role == COLUMN_STATUS)
        return kept(b, cell, &b->status);
    if (!plan->compared && !plan->is_value)
        return OK;
    struct view *mine = &b->cells[column];
    if (mine->len && view_equal(*mine, cell))
        return OK;
    if (mine->len && plan->compared) {
        if (!b->bad)
            conflict(b, row, column, "This row and line # mean the same person, but \"{}\" differs. Mend one of them, or ignore the column.");
        return OK;
    }
    return kept(b, cell, mine);
}

static err add_row(struct builder *b, const struct import_row *row)
{
    for (size_t i = 0; i < b->im->cols.count; i++)
        TRY(add_cell(b, row, i));
    if (b->row_count == ROWS_A_PERSON_MAX) {
        if (!b->bad)
            conflict(b, row, 0, "The person of line # has more than 255 rows. Is that really an id?");
        return OK;
    }
    b->rows[b->row_count++] = (struct row_facts){row->period, row->since, row->word};
    return OK;
}

/* --- what the rows say together --- */

static bool is_application(enum status_word word)
{
    return word == WORD_PENDING || word == WORD_REFUSED || word == WORD_NEVER;
}

static bool is_running(enum status_word word)
{
    return word == WORD_CURRENT || word == WORD_NEW || word == WORD_GRACE;
}

/* The word that counts: deceased, else that of a running membership, else of the newest row. */
static enum status_word word_of(const struct builder *b)
{
    enum status_word word = WORD_UNKNOWN;
    int32_t newest = DAY_UNKNOWN;
    for (size_t i = 0; i < b->row_count; i++) {
        const struct row_facts *r = &b->rows[i];
        if (r->word == WORD_DECEASED)
            return WORD_DECEASED;
        int32_t day = r->period.end != DAY_UNKNOWN ? r->period.end : r->period.first;
        bool better = is_running(r->word) ? !is_running(word) || day >= newest : !is_running(word) && day >= newest;
        if (r->word != WORD_EMPTY && (word == WORD_UNKNOWN || better)) {
            word = r->word;
            newest = day;
        }
    }
    return word;
}

static bool period_of(const struct builder *b, const struct row_facts *r, struct facts_period *ret)
{
    if (is_application(r->word) || (r->period.first == DAY_UNKNOWN && r->period.end == DAY_UNKNOWN))
        return false;
    *ret = r->period;
    if (ret->first == DAY_UNKNOWN && r->since != DAY_UNKNOWN && r->since <= ret->end)
        ret->first = r->since;
    if (ret->end == DAY_UNKNOWN || (is_running(r->word) && ret->end < b->im->exported))
        ret->end = FACTS_OPEN;
    return true;
}

static err periods_of(struct builder *b, struct incoming *in)
{
    struct facts_period *list = arena_array(b->pile->arena, b->row_count + 1, sizeof *list);
    ENSURE(list, mem_none());
    size_t first = 0;
    int32_t since = DAY_UNKNOWN;
    for (size_t i = 0; i < b->row_count; i++) {
        const struct row_facts *r = &b->rows[i];
        if (is_application(r->word)) {
            in->start = r->period.first != DAY_UNKNOWN ? r->period.first : r->since;
            continue;
        }
        if (r->since != DAY_UNKNOWN && (since == DAY_UNKNOWN || r->since < since))
            since = r->since;
        in->period_count += period_of(b, r, &list[in->period_count]);
    }
    for (size_t i = 1; i < in->period_count; i++)
        first = list[i].first < list[first].first ? i : first;
    if (in->period_count == 0 && since != DAY_UNKNOWN)
        list[in->period_count++] = (struct facts_period){since, FACTS_OPEN};
    else if (since != DAY_UNKNOWN && since < list[first].first)
        list[first].first = since;
    in->periods = list;
    return OK;
}

static void put_value(struct builder *b, uint16_t field, struct view text)
{
    b->values[b->value_count++] = (struct import_value){field, text};
}

/* Dates of which the order had to be said are stored with the year first. */
static err put_date(struct builder *b, uint16_t field, struct view text)
{
    int32_t day, same;
    err e = when_cell_day(text, b->im->o->dates, &day);
    err plain = when_cell_day(text, WHEN_YEAR_FIRST, &same);
    bool write = e.kind == ERR_OK && plain.kind != ERR_OK && day != DAY_UNKNOWN;
    err_ignore(e, "what is no date stays as it was given");
    err_ignore(plain, "then the order had to be said");
    if (write) {
        uint8_t memory[DAY_BYTES];
        struct buf iso = BUF_FIXED(memory, sizeof memory);
        when_put_day(&iso, day);
        TRY(kept(b, buf_view(&iso), &text));
    }
    put_value(b, field, text);
    return OK;
}

/* Marks, objections and consents are kept as words: their name, with the purpose if there is one. */
static err put_flag(struct builder *b, const struct import_column *plan, struct view cell)
{
    const struct column *col = plan->column;
    if (column_says(col, cell) != SAID_YES)
        return OK;
    uint8_t memory[CHOICE_BYTES];
    struct buf word = BUF_FIXED(memory, sizeof memory);
    if (plan->field == b->im->deceased)
        buf_str(&word, "yes");
    else if (col->role == COLUMN_MARK)
        buf_str(&word, mark_name(col->mark));
    else
        buf_str(&word, col->role == COLUMN_CONSENT ? "consent" : "objection");
    if (col->role != COLUMN_MARK && col->purpose) {
        buf_u8(&word, ' ');
        buf_str(&word, col->purpose);
    }
    TRY(buf_ok(&word));
    struct view text;
    TRY(kept(b, buf_view(&word), &text));
    put_value(b, plan->field, text);
    return OK;
}

static err put_cell(struct builder *b, size_t column)
{
    const struct import_column *plan = &b->im->plan[column];
    struct view cell = b->cells[column];
    if (cell.len == 0)
        return OK;
    if (plan->is_date)
        return put_date(b, plan->field, cell);
    if (plan->is_value)
        put_value(b, plan->field, cell);
    else if (plan->column->role == COLUMN_OBJECTION || plan->column->role == COLUMN_MARK || plan->column->role == COLUMN_CONSENT)
        return put_flag(b, plan, cell);
    return OK;
}

/* Being a member is a value too: the types of membership, or the status, or that there is one. */
static void put_membership(struct builder *b, const struct incoming *in)
{
    for (size_t i = 0; i < b->type_count; i++)
        put_value(b, b->im->membership, b->types[i]);
    if (b->type_count == 0 && (b->status.len || in->period_count))
        put_value(b, b->im->membership, b->status.len ? b->status : view_text("yes"));
}

static err push(struct builder *b, struct incoming in)
{
    struct pile *p = b->pile;
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : NEW_AT_ONCE;
        struct incoming *more = mem_resize(p->list, room * sizeof *more);
        ENSURE(more, mem_none());
        p->list = more;
        p->room = room;
    }
    p->list[p->count++] = in;
    p->bytes += sizeof in;
    return OK;
}

static err flush(struct builder *b, struct pile *p)
{
    if (p->count == 0)
        return OK;
    if (p == &b->fresh)
        TRY(import_write_new(b->im, p->arena, p->list, p->count));
    else
        TRY(import_write_known(b->im, p->list, p->count));
    arena_free(p->arena);
    p->arena = arena_new();
    p->count = p->bytes = 0;
    return p->arena ? OK : mem_none();
}

static err finish(struct builder *b)
{
    struct import *im = b->im;
    struct pile *p = b->pile;
    if (!p)
        return OK;
    if (b->bad) {
        im->people[b->person].rejected = true;
        im->writes = im->writes && im->o->skip_rejected;
        b->pile = NULL;
        return OK;
    }
    struct incoming in = {.person = b->person, .ordinal = im->people[b->person].ordinal, .word = word_of(b),
                          .start = DAY_UNKNOWN};
    TRY(periods_of(b, &in));
    if (im->names_members)
        in.word = b->type_count && in.period_count == 0 ? WORD_CURRENT : WORD_EMPTY;
    b->value_count = 0;
    for (size_t i = 0; i < im->cols.count; i++)
        TRY(put_cell(b, i));
    put_membership(b, &in);
    in.values = arena_copy(p->arena, b->values, b->value_count * sizeof *b->values);
    ENSURE(in.values, mem_none());
    in.value_count = b->value_count;
    p->bytes += b->value_count * sizeof *b->values;
    TRY(push(b, in));
    b->pile = NULL;
    bool full = p == &b->fresh ? p->count == NEW_AT_ONCE : p->bytes >= LIMIT_IMPORT_KNOWN_BYTES;
    return full ? flush(b, p) : OK;
}

/* --- the pass --- */

static void begin(struct builder *b, uint32_t person)
{
    b->pile = b->im->people[person].ordinal == IMPORT_NOBODY ? &b->fresh : &b->known;
    b->person = person;
    b->bad = false;
    memset(b->cells, 0, b->im->cols.count * sizeof *b->cells);
    b->row_count = b->type_count = 0;
    b->status = (struct view){0};
}

static struct kept_row *first_kept(struct import *im, uint32_t person)
{
    size_t low = 0, high = im->kept_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (im->kept[middle].person < person)
            low = middle + 1;
        else
            high = middle;
    }
    return im->kept + low;
}

static err add_kept(struct builder *b, uint32_t person)
{
    struct import *im = b->im;
    for (struct kept_row *k = first_kept(im, person); k < im->kept + im->kept_count && k->person == person; k++) {
        struct table_cells cells = {.cell = k->cells, .count = k->count, .expected = im->cols.count, .line = k->line};
        struct import_row row;
        bool fine;
        import_read_row(im, &cells, false, &row, &fine);
        if (fine)
            TRY(add_row(b, &row));
    }
    return OK;
}

static err on_row(struct import *im, size_t at, const struct table *t, const struct table_cells *cells)
{
    struct builder *b = im->pass;
    (void)t;
    ENSURE(at < im->row_count, err_at(err_new(ERR_CONFLICT, "The file was changed while it was read.", "Run the import again."),
                                      im->o->path, 0, 0));
    uint32_t person = im->row_person[at];
    if (b->pile && person != b->person)
        TRY(finish(b));
    if (person == IMPORT_SKIP || im->people[person].rejected || im->people[person].left_out)
        return OK;
    if (im->only_conflicts && !im->people[person].several)
        return OK;
    if (!b->pile) {
        if (im->people[person].line != cells->line)
            return OK; /* kept in memory, and taken with her first row */
        begin(b, person);
    }
    struct import_row row;
    bool fine, is_first = im->people[person].line == cells->line;
    import_read_row(im, cells, false, &row, &fine);
    if (fine)
        TRY(add_row(b, &row));
    return is_first && im->people[person].kept ? add_kept(b, person) : OK;
}

err import_second_pass(struct import *im)
{
    CLEANUP(builder_free) struct builder b = {.im = im};
    b.fresh.arena = arena_new();
    b.known.arena = arena_new();
    b.cells = mem_array(im->cols.count + 1, sizeof *b.cells);
    b.values = mem_array(im->cols.count + ROWS_A_PERSON_MAX + 1, sizeof *b.values);
    ENSURE(b.fresh.arena && b.known.arena && b.cells && b.values, mem_none());
    im->pass = &b;
    TRY(import_walk(im, "writing", on_row));
    TRY(finish(&b));
    TRY(flush(&b, &b.fresh));
    return flush(&b, &b.known);
}
