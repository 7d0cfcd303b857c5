/* Hand-overs from the file itself, or from the recipient's own list: the file.  It is read twice: first every row is checked, then,
 * in the transaction, rows become people (record_who.c). */
#include "record_int.h"

#include "celltype.h"
#include "origin.h"
#include "seam.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MAP_BYTES_MAX = 4 << 20, VALUE_MAX = UINT16_MAX, PROGRESS_ROWS = 4096, LOOK_UPS_A_ROW = 2 * (MATCH_IDS_MAX + MATCH_EMAILS_MAX),
       PROBLEM_BYTES = 1024 };

static void reading_end(struct reading *r)
{
    handover_draft_end(&r->d);
    mem_free(r->rejected);
}

/* --- the header --- */

static err read_map(const struct reading *r, struct map *map)
{
    CLEANUP(buf_free) struct buf text = BUF(MAP_BYTES_MAX);
    TRY(origin_take(r->o->map, MAP_BYTES_MAX, &text));
    return map_parse(r->rc->a, &r->rc->c->catalogue, r->o->map, buf_view(&text), map);
}

/* Other tables of the same file: the recipient got them too. */
static err note_others(struct reading *r, const struct table *t)
{
    const char *const *names;
    size_t count, kept = 0;
    TRY(table_members(&r->o->table, r->o->path, r->rc->a, &names, &count));
    const char **others = arena_array(r->rc->a, count + 1, sizeof *others);
    ENSURE(others, mem_none());
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], table_member(t)) != 0)
            others[kept++] = names[i];
    r->r->others = others;
    r->r->other_count = kept;
    return OK;
}

static err read_header(struct reading *r)
{
    CLEANUP(table_close) struct table *t = NULL;
    struct table_cells cells;
    bool end;
    struct map map;
    TRY(table_open(&r->o->table, r->o->path, &t));
    TRY(table_row(t, &cells, &end));
    ENSURE(!end, err_at(err_new(ERR_INVALID, "The file is empty.", "Check that it is the right one."), r->o->path, 0, 0));
    TRY(table_row_ok(t, &cells));
    struct view *names = arena_array(r->rc->a, cells.count + 1, sizeof *names);
    ENSURE(names, mem_none());
    for (size_t i = 0; i < cells.count; i++)
        names[i] = text_trim(cells.cell[i].text);
    if (r->o->map)
        TRY(read_map(r, &map));
    TRY(columns_recognise(r->rc->a, &r->rc->c->catalogue, r->o->map ? &map : NULL, r->o->path, names, cells.count, &r->columns));
    TRY(columns_check(&r->rc->c->catalogue, &r->columns, r->o->path));
    return note_others(r, t);
}

/* --- the columns --- */

static enum column_match matches_by(const struct field *f)
{
    static const struct {
        const char *key;
        enum column_match match;
    } keys[] = {{"postal_code", FOR_POSTCODE}, {"last_name", FOR_FAMILY}, {"first_name", FOR_FIRST}, {"display_name", FOR_FULL}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(f->key, keys[i].key) == 0)
            return keys[i].match;
    return f->type == TYPE_EMAIL ? FOR_EMAIL : FOR_NOTHING;
}

static void use_column(struct column_use *u, const struct column *column)
{
    *u = (struct column_use){.column = column};
    u->counts = column->role != COLUMN_IGNORE && column->role != COLUMN_UNKNOWN && column->field;
    if (!u->counts)
        return;
    u->id = column->role == COLUMN_ID;
    u->value = u->id || column->role == COLUMN_FIELD;
    u->birth = u->value && strcmp(column->field->key, FIELD_BIRTH_DATE) == 0;
    if (column->role == COLUMN_FIELD)
        u->match = matches_by(column->field);
}

static err use_columns(struct reading *r)
{
    size_t count = r->columns.count, n = 0;
    r->uses = arena_array(r->rc->a, count + 1, sizeof *r->uses);
    const char **keys = arena_array(r->rc->a, count + r->rc->given_count + 1, sizeof *keys);
    ENSURE(r->uses && keys, mem_none());
    for (size_t i = 0; i < count; i++) {
        use_column(&r->uses[i], &r->columns.list[i]);
        if (r->uses[i].counts)
            keys[n++] = r->columns.list[i].field->key;
    }
    ENSURE(n, err_at(err_new(ERR_INVALID, "No column of the file holds anything about a person.", "Check the map: it ignores all."), r->o->path, 0, 0));
    for (size_t i = 0; i < r->rc->given_count; i++)
        keys[n++] = r->rc->given[i];
    TRY(handover_draft_begin(&r->d, r->rc->a, keys, n));
    for (size_t i = 0; i < count; i++)
        if (r->uses[i].counts)
            r->uses[i].place = handover_draft_key(&r->d, r->columns.list[i].field->key);
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
        if (!u->counts)
            continue;
        if (u->column->new_field)
            TRY(config_add_field(r->rc->v, r->rc->c, u->column->field, NULL));
        u->number = field_no_of(&r->rc->c->numbers, u->column->field->key);
        if (u->id)
            ids[id_count++] = u->column->field->key;
    }
    r->r->ids_unused = id_count && !r->o->source;
    if (!r->o->source)
        return OK;
    const struct config_source *source;
    TRY(config_add_source(r->rc->v, r->rc->c, r->o->source, r->columns.system, ids, id_count, DAY_UNKNOWN, &source));
    r->source = source->no;
    return OK;
}

/* --- the rows --- */

err record_walk(struct reading *r, const char *what, record_row_fn *fn, void *ctx)
{
    CLEANUP(table_close) struct table *t = NULL;
    struct table_cells cells;
    bool end;
    TRY(table_open(&r->o->table, r->o->path, &t));
    TRY(table_row(t, &cells, &end));
    for (uint64_t row = 1; !end; row++) {
        TRY(table_row(t, &cells, &end));
        if (end)
            break;
        TRY(fn(r, ctx, t, &cells));
        if (r->o->progress && row % PROGRESS_ROWS == 0)
            r->o->progress(r->o->progress_ctx, what, row, r->rows);
    }
    return OK;
}

/* The newest error's words, which never hold a cell. */
static err reject(struct reading *r, uint64_t line, uint64_t column)
{
    const struct err_text *words = err_text();
    char text[PROBLEM_BYTES];
    struct buf b = BUF_FIXED((uint8_t *)text, sizeof text);
    r->r->rejected_count++;
    if (r->r->rejected_shown == IMPORT_REJECTED_MAX)
        return OK;
    buf_fmt(&b, "%s %s", words->what, words->todo);
    if (!r->rejected)
        r->rejected = mem_array(IMPORT_REJECTED_MAX, sizeof *r->rejected);
    const char *kept = b.state == BUF_FINE ? arena_text(r->rc->a, text, b.len) : arena_text(r->rc->a, words->what, strlen(words->what));
    ENSURE(r->rejected && kept, mem_none());
    r->rejected[r->r->rejected_shown++] = (struct import_rejected){line, column, kept, NULL};
    return OK;
}

static err check_cell(const struct reading *r, const struct column_use *u, struct view cell)
{
    int32_t day;
    ENSURE(cell.len <= VALUE_MAX, err_newf(ERR_INVALID, "The cell in \"{}\" is longer than 65,535 bytes.", "Is a quote missing?", err_name(u->column->name)));
    ENSURE(cell.len <= MATCH_NAME_BYTES || (!u->id && u->match == FOR_NOTHING),
           err_newf(ERR_INVALID, "The cell in \"{}\" is too long for a name, an address or a number: over 1,024 bytes.", "Is a quote missing?",
                    err_name(u->column->name)));
    if (!u->birth || celltype_is_nothing(TYPE_DATE, cell))
        return OK;
    err e = when_cell_day(cell, r->o->dates, &day);
    if (e.kind == ERR_OK)
        return OK;
    err_ignore(e, "said again with the column's name");
    ENSURE(!celltype_needs_order(cell, r->o->dates),
           err_newf(ERR_INVALID, "\"{}\" holds a date here that can be read in two ways.", "Say with --dates in which order day and month stand.",
                    err_name(u->column->name)));
    return err_newf(ERR_INVALID, "\"{}\" holds no date of the calendar here.", "Mend the cell.", err_name(u->column->name));
}

/* Two files put one behind the other. */
static bool is_header(const struct reading *r, const struct table_cells *cells)
{
    size_t same = 0;
    for (size_t i = 0; i < cells->count && i < r->columns.count; i++)
        same += view_equal(text_trim(cells->cell[i].text), view_text(r->columns.list[i].name));
    return r->columns.count > 1 && same == r->columns.count;
}

static err check_row(struct reading *r, void *ctx, const struct table *t, const struct table_cells *cells)
{
    (void)ctx;
    r->r->rows++;
    if (table_row_ok(t, cells).kind != ERR_OK)
        return reject(r, cells->problem_line, cells->problem_column);
    if (is_header(r, cells) && err_new(ERR_INVALID, "The header stands here a second time.", "Take this line out.").kind != ERR_OK)
        return reject(r, cells->line, 0);
    for (size_t i = 0; i < cells->count && i < r->columns.count; i++) {
        if (!r->uses[i].counts)
            continue;
        if (check_cell(r, &r->uses[i], text_trim(cells->cell[i].text)).kind != ERR_OK)
            return reject(r, cells->cell[i].line, cells->cell[i].column);
    }
    return OK;
}

static err check_rows(struct reading *r)
{
    struct record_result *ret = r->r;
    err e = record_walk(r, "reading", check_row, NULL);
    ret->rejected = arena_copy(r->rc->a, r->rejected, ret->rejected_shown * sizeof *r->rejected);
    if (e.kind != ERR_OK)
        return e;
    ENSURE(ret->rejected, mem_none());
    r->rows = ret->rows;
    ENSURE(ret->rejected_count == 0,
           err_at(err_newf(ERR_INVALID, "{} of {} rows can't be read; nothing was recorded.",
                           "Mend the rows that are listed: everybody in the file counts, so none can be passed over.",
                           err_int((long long)ret->rejected_count), err_int((long long)ret->rows)),
                  r->o->path, ret->rejected[0].line, ret->rejected[0].column));
    ENSURE(ret->rows, err_at(err_new(ERR_INVALID, "The file has a header and no rows.", "Check that it is the right one."), r->o->path, 0, 0));
    return OK;
}

/* --- the whole --- */

static err marks_of(struct reading *r, struct handover *h)
{
    const struct field **fields = arena_array(r->rc->a, r->columns.count + 1, sizeof *fields);
    ENSURE(fields, mem_none());
    size_t n = 0;
    for (size_t i = 0; i < r->columns.count; i++)
        if (r->uses[i].counts)
            fields[n++] = r->uses[i].column->field;
    return record_marks(r->rc, fields, n, h);
}

static err same_file(const struct reading *r, const struct hash *file)
{
    struct hash now;
    TRY(record_file_hash(r->o->path, &now));
    ENSURE(hash_equal(&now, file), err_at(err_new(ERR_CONFLICT, "The file was changed while it was read.", "Run the command again."), r->o->path, 0, 0));
    return OK;
}

err record_file(struct record_case *rc, const struct record_options *o, const uint8_t key[32], const struct hash *file, struct record_result *ret)
{
    CLEANUP(reading_end) struct reading r = {.rc = rc, .o = o, .r = ret};
    struct handover *h = &ret->handover;
    uint64_t everybody;
    h->file_sha = *file;
    h->file = seam_place(o->path).name;
    TRY(record_text(h->file, "The name of the file"));
    TRY(read_header(&r));
    TRY(use_columns(&r));
    TRY(check_rows(&r));
    TRY(marks_of(&r, h));
    TRY(people_count(rc->v, &everybody));
    TRY(vault_warrant_plain(rc->v, r.rows * (LOOK_UPS_A_ROW + RECORD_REACH_PASSES) + (2 + RECORD_REACH_PASSES) * everybody));
    TRY(vault_begin(rc->v));
    TRY(number_columns(&r));
    h->source = o->source ? o->source : "";
    TRY(record_who(&r, h));
    TRY(same_file(&r, file));
    TRY(handover_save(rc->v, h, &r.d));
    return record_finish(rc, "handover record", key, h);
}
