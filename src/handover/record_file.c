/* Hand-overs from the file itself, or from the recipient's own list. */
#include "record_int.h"

#include "columns.h"
#include "match.h"
#include "seam.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_AT_ONCE = 8192, LOOK_UPS_A_ROW = 2 * (MATCH_IDS_MAX + MATCH_EMAILS_MAX) };

/* What a column gives for matching and for keeping. */
struct column_use {
    const struct column *column;
    uint16_t number;    /* of its field */
    size_t place;       /* in the draft */
    bool id, value;     /* an id of the source; a value to be kept of somebody unknown */
    enum { FOR_NOTHING, FOR_EMAIL, FOR_POSTCODE, FOR_FAMILY, FOR_FIRST, FOR_BIRTH } match;
};

struct row {
    struct view *cells;
    struct match_row match;
};

struct reading {
    struct record_case *rc;
    const struct record_options *o;
    struct table *table;
    struct columns columns;
    struct column_use *uses;
    struct row *rows;
    size_t count, room;
    struct handover_draft d;
    uint8_t source;
    int64_t since;
    /* People not in the register, by the hash of what the row says of who they are. */
    struct {
        struct hash who;
        uint32_t person; /* index + 1 in `unknown` */
    } *known;
    size_t known_room;
    struct person *unknown;
    size_t unknown_count;
};

static void reading_end(struct reading *r)
{
    table_close(&r->table);
    handover_draft_end(&r->d);
    mem_free(r->rows);
    mem_free(r->known);
    mem_free(r->unknown);
}

/* --- the header --- */

static err read_header(struct reading *r)
{
    struct table_cells cells;
    bool end;
    struct map map;
    TRY(table_row(r->table, &cells, &end));
    ENSURE(!end, err_at(err_new(ERR_INVALID, "The file is empty.", "Check that it is the right one."), r->o->path, 0, 0));
    TRY(table_row_ok(r->table, &cells));
    struct view *names = arena_array(r->rc->a, cells.count + 1, sizeof *names);
    ENSURE(names, mem_none());
    for (size_t i = 0; i < cells.count; i++)
        names[i] = cells.cell[i].text;
    if (r->o->map) {
        CLEANUP(buf_free) struct buf text = BUF(1 << 20);
        TRY(seam_read(r->o->map, 1 << 20, &text));
        TRY(map_parse(r->rc->a, &r->rc->c->catalogue, r->o->map, buf_view(&text), &map));
    }
    TRY(columns_recognise(r->rc->a, &r->rc->c->catalogue, r->o->map ? &map : NULL, r->o->path, names, cells.count, &r->columns));
    return columns_check(&r->rc->c->catalogue, &r->columns, r->o->path);
}

static const struct {
    const char *key;
    int match;
} match_keys[] = {{"email", FOR_EMAIL}, {"postal_code", FOR_POSTCODE}, {"last_name", FOR_FAMILY}, {"first_name", FOR_FIRST}, {"birth_date", FOR_BIRTH}};

static bool counts(const struct column *c)
{
    return c->role != COLUMN_IGNORE && c->role != COLUMN_UNKNOWN && c->field;
}

static err use_columns(struct reading *r)
{
    r->uses = arena_array(r->rc->a, r->columns.count + 1, sizeof *r->uses);
    const char **keys = arena_array(r->rc->a, r->columns.count + r->rc->given_count + 1, sizeof *keys);
    ENSURE(r->uses && keys, mem_none());
    size_t n = 0;
    for (size_t i = 0; i < r->columns.count; i++) {
        r->uses[i].column = &r->columns.list[i];
        if (counts(&r->columns.list[i]))
            keys[n++] = r->columns.list[i].field->key;
    }
    for (size_t i = 0; i < r->rc->given_count; i++)
        keys[n++] = r->rc->given[i];
    TRY(handover_draft_begin(&r->d, r->rc->a, keys, n));
    for (size_t i = 0; i < r->columns.count; i++) {
        struct column_use *u = &r->uses[i];
        if (!counts(u->column))
            continue;
        u->place = handover_draft_key(&r->d, u->column->field->key);
        u->id = u->column->role == COLUMN_ID;
        u->value = u->id || u->column->role == COLUMN_FIELD;
        for (size_t k = 0; k < sizeof match_keys / sizeof match_keys[0]; k++)
            if (u->column->role == COLUMN_FIELD && strcmp(u->column->field->key, match_keys[k].key) == 0)
                u->match = match_keys[k].match;
    }
    return OK;
}

/* Fields and the source get their numbers in the transaction. */
static err number_columns(struct reading *r)
{
    const char **ids = arena_array(r->rc->a, r->columns.count + 1, sizeof *ids);
    ENSURE(ids, mem_none());
    size_t id_count = 0;
    for (size_t i = 0; i < r->columns.count; i++) {
        struct column_use *u = &r->uses[i];
        if (!counts(u->column))
            continue;
        if (u->column->new_field)
            TRY(config_add_field(r->rc->v, r->rc->c, u->column->field, NULL));
        u->number = field_no_of(&r->rc->c->numbers, u->column->field->key);
        if (u->id)
            ids[id_count++] = u->column->field->key;
    }
    if (!r->o->source)
        return OK;
    const struct config_source *source;
    TRY(config_add_source(r->rc->v, r->rc->c, r->o->source, r->columns.system, ids, id_count, &source));
    r->source = source->no;
    return OK;
}

/* --- the rows --- */

static err read_birth(struct reading *r, const struct csv_cell *cell, struct match_row *m)
{
    err e = when_cell_day(cell->text, r->o->dates, &m->birth);
    return e.kind == ERR_OK ? OK : table_cell_at(e, r->table, cell);
}

static err keep_row(struct reading *r, const struct table_cells *cells)
{
    TRY(table_row_ok(r->table, cells));
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 1024;
        struct row *rows = mem_resize(r->rows, room * sizeof *rows);
        ENSURE(rows, mem_none());
        r->rows = rows;
        r->room = room;
    }
    struct row *row = &r->rows[r->count++];
    *row = (struct row){.cells = arena_array(r->rc->a, r->columns.count + 1, sizeof *row->cells), .match = {.birth = DAY_UNKNOWN}};
    ENSURE(row->cells, mem_none());
    for (size_t i = 0; i < cells->count && i < r->columns.count; i++) {
        const struct column_use *u = &r->uses[i];
        struct view text = cells->cell[i].text;
        if (!counts(u->column) || text.len == 0)
            continue;
        const uint8_t *copy = arena_copy(r->rc->a, text.p, text.len);
        ENSURE(copy, mem_none());
        row->cells[i] = view_of(copy, text.len);
        if (u->match == FOR_BIRTH)
            TRY(read_birth(r, &cells->cell[i], &row->match));
    }
    return OK;
}

static err read_rows(struct reading *r)
{
    for (;;) {
        struct table_cells cells;
        bool end;
        TRY(table_row(r->table, &cells, &end));
        if (end)
            break;
        TRY(keep_row(r, &cells));
        if (r->o->progress && r->count % 10000 == 0)
            r->o->progress(r->o->progress_ctx, "reading", r->count, 0);
    }
    ENSURE(r->count, err_at(err_new(ERR_INVALID, "The file has a header and no rows.", "Check that it is the right one."), r->o->path, 0, 0));
    return OK;
}

static void fill_match(struct reading *r, struct row *row)
{
    struct match_row *m = &row->match;
    m->source = r->source;
    for (size_t i = 0; i < r->columns.count; i++) {
        const struct column_use *u = &r->uses[i];
        struct view text = row->cells[i];
        if (text.len == 0)
            continue;
        if (u->id && r->source && m->id_count < MATCH_IDS_MAX)
            m->ids[m->id_count++] = (struct match_id){u->number, text};
        if (u->match == FOR_EMAIL && m->email_count < MATCH_EMAILS_MAX)
            m->emails[m->email_count++] = text;
        if (u->match == FOR_POSTCODE)
            m->postcode = text;
        if (u->match == FOR_FAMILY)
            m->family = text;
        if (u->match == FOR_FIRST)
            m->first = text;
    }
}

/* --- who is in it --- */

static void add_person(struct reading *r, const struct row *row, uint32_t ordinal)
{
    peopleset_add(r->d.people, ordinal);
    for (size_t i = 0; i < r->columns.count; i++)
        if (row->cells[i].len)
            peopleset_add(r->d.have[r->uses[i].place], ordinal);
    for (size_t i = 0; i < r->rc->given_count; i++)
        peopleset_add(r->d.have[handover_draft_key(&r->d, r->rc->given[i])], ordinal);
}

/* Two rows of the file mean the same unknown person if their ids are the same, or, without ids, all that they say. */
static struct hash who_is(const struct reading *r, const struct row *row)
{
    struct digest d;
    digest_begin(&d);
    bool has_id = false;
    for (size_t i = 0; i < r->columns.count; i++)
        has_id = has_id || (r->uses[i].id && row->cells[i].len);
    for (size_t i = 0; i < r->columns.count; i++) {
        if (has_id && !r->uses[i].id)
            continue;
        uint8_t length[4] = {(uint8_t)(row->cells[i].len >> 24), (uint8_t)(row->cells[i].len >> 16), (uint8_t)(row->cells[i].len >> 8), (uint8_t)row->cells[i].len};
        digest_add(&d, view_of(length, sizeof length));
        digest_add(&d, row->cells[i]);
    }
    return digest_end(&d);
}

static err known_place(struct reading *r, const struct hash *who, size_t *ret)
{
    if (!r->known) {
        r->known_room = 16;
        while (r->known_room < 2 * r->count)
            r->known_room *= 2;
        r->known = mem_array(r->known_room, sizeof *r->known);
        r->unknown = mem_array(r->count, sizeof *r->unknown);
        ENSURE(r->known && r->unknown, mem_none());
    }
    size_t at = ((size_t)who->b[0] << 24 | (size_t)who->b[1] << 16 | (size_t)who->b[2] << 8 | who->b[3]) & (r->known_room - 1);
    while (r->known[at].person && !hash_equal(&r->known[at].who, who))
        at = (at + 1) & (r->known_room - 1);
    *ret = at;
    return OK;
}

/* She keeps all that the file says of her; several rows of hers add up. */
static err add_unknown(struct reading *r, const struct row *row)
{
    struct record_case *rc = r->rc;
    struct hash who = who_is(r, row);
    size_t at;
    TRY(known_place(r, &who, &at));
    if (!r->known[at].person) {
        struct person *p = &r->unknown[r->unknown_count++];
        TRY(people_new(rc->v, p));
        p->facts.marks = FACT_FILE_ONLY;
        p->facts.start = vault_today(rc->v);
        p->facts_changed = true;
        r->known[at].who = who;
        r->known[at].person = (uint32_t)r->unknown_count;
    }
    struct person *p = &r->unknown[r->known[at].person - 1];
    for (size_t i = 0; i < r->columns.count; i++) {
        const struct column_use *u = &r->uses[i];
        if (!row->cells[i].len || !u->value)
            continue;
        TRY(person_set(rc->a, &rc->c->numbers, p, u->number, r->source, vault_now(rc->v), &row->cells[i], 1));
        if (u->match == FOR_BIRTH)
            p->facts.birth = row->match.birth;
    }
    add_person(r, row, p->ordinal);
    return OK;
}

static err place_row(struct reading *r, struct handover *h, const struct row *row, const struct match *m)
{
    switch (m->kind) {
    case MATCH_ONE:
        h->matched++;
        add_person(r, row, m->ordinal);
        return OK;
    case MATCH_SEVERAL:
        h->ambiguous++;
        for (size_t i = 0; i < m->ordinal_count; i++)
            add_person(r, row, m->ordinals[i]);
        return OK;
    case MATCH_NONE:
        break;
    }
    return add_unknown(r, row);
}

static err match_all(struct reading *r, struct handover *h)
{
    struct match_vault mv = {r->rc->v, r->rc->c};
    struct match_access access = match_over(&mv);
    CLEANUP(mem_release) struct match_row *rows = mem_array(ROWS_AT_ONCE, sizeof *rows);
    CLEANUP(mem_release) struct match *results = mem_array(ROWS_AT_ONCE, sizeof *results);
    ENSURE(rows && results, mem_none());
    for (size_t from = 0; from < r->count; from += ROWS_AT_ONCE) {
        size_t n = r->count - from < ROWS_AT_ONCE ? r->count - from : ROWS_AT_ONCE;
        CLEANUP(arena_release) struct arena *a = arena_new();
        ENSURE(a, mem_none());
        for (size_t i = 0; i < n; i++) {
            fill_match(r, &r->rows[from + i]);
            rows[i] = r->rows[from + i].match;
        }
        TRY(match_rows(&access, a, rows, n, results));
        for (size_t i = 0; i < n; i++)
            TRY(place_row(r, h, &r->rows[from + i], &results[i]));
        if (r->o->progress)
            r->o->progress(r->o->progress_ctx, "matching", from + n, r->count);
    }
    h->file_only = r->unknown_count;
    return r->unknown_count ? people_save(r->rc->v, r->rc->c, r->unknown, r->unknown_count) : OK;
}

static err marks_of(struct reading *r, struct handover *h)
{
    const struct field **fields = arena_array(r->rc->a, r->columns.count + 1, sizeof *fields);
    ENSURE(fields, mem_none());
    size_t n = 0;
    for (size_t i = 0; i < r->columns.count; i++)
        if (counts(r->uses[i].column))
            fields[n++] = r->uses[i].column->field;
    return record_marks(r->rc, fields, n, h);
}

err record_file(struct record_case *rc, const struct record_options *o, const uint8_t key[32], struct handover *h)
{
    CLEANUP(reading_end) struct reading r = {.rc = rc, .o = o};
    TRY(record_file_hash(o->path, &h->file_sha));
    TRY(table_open(&o->table, o->path, &r.table));
    TRY(read_header(&r));
    TRY(use_columns(&r));
    TRY(read_rows(&r));
    TRY(marks_of(&r, h));
    char path[LIMIT_PATH_BYTES];
    snprintf(path, sizeof path, "%s", o->path);
    const char *name = basename(path);
    ENSURE(h->file = arena_text(rc->a, name, strlen(name)), mem_none());

    uint64_t everybody;
    TRY(people_count(rc->v, &everybody));
    TRY(vault_warrant(rc->v, "handover-record", rc->purpose->key, config_categories(rc->c),
                      (uint64_t)r.count * LOOK_UPS_A_ROW + 2 * everybody));
    TRY(vault_begin(rc->v));
    TRY(number_columns(&r));
    TRY(match_all(&r, h));
    TRY(handover_save(rc->v, h, &r.d));
    return record_finish(rc->v, "handover record", key, h);
}
