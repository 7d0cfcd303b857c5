#include "import_int.h"

#include <stdlib.h>
#include <string.h>

#include "celltype.h"
#include "digest.h"
#include "foldname.h"
#include "limits.h"
#include "origin.h"

enum { READ_BYTES = 1 << 18, MAP_BYTES_MAX = 4 << 20 };

static const char *const system_sources[SYSTEM_COUNT] = {
    [SYSTEM_CIVICRM] = "civicrm",       [SYSTEM_NATIONBUILDER] = "nationbuilder", [SYSTEM_MAILCHIMP] = "mailchimp",
    [SYSTEM_ACTION_NETWORK] = "action-network", [SYSTEM_SALESFORCE] = "salesforce", [SYSTEM_TENDENCI] = "tendenci",
    [SYSTEM_ODOO] = "odoo",
};

err import_file_hash(const char *path, struct hash *ret, uint64_t *ret_lines)
{
    CLEANUP(origin_close) struct origin file = origin_of((struct view){0});
    TRY(origin_open(path, &file));
    CLEANUP(mem_release) uint8_t *bytes = mem_alloc(READ_BYTES);
    ENSURE(bytes, mem_none());
    struct digest d;
    digest_begin(&d);
    *ret_lines = 1;
    for (uint64_t at = 0;;) {
        size_t got;
        TRY(err_at(origin_read(&file, at, bytes, READ_BYTES, &got), path, 0, 0));
        if (got == 0)
            break;
        at += got;
        digest_add(&d, view_of(bytes, got));
        uint32_t ends = 0; /* a local, so that this loop is done with many bytes at once */
        for (size_t i = 0; i < got; i++)
            ends += bytes[i] == '\n' || bytes[i] == '\r';
        *ret_lines += ends;
    }
    *ret = digest_end(&d);
    return OK;
}

static err read_map(struct import *im, struct map *map)
{
    CLEANUP(buf_free) struct buf text = BUF(MAP_BYTES_MAX);
    TRY(origin_take(im->o->map, MAP_BYTES_MAX, &text));
    TRY(map_parse(im->a, &im->c->catalogue, im->o->map, buf_view(&text), map));
    for (size_t i = 0; i < map->count; i++) {
        const struct column *col = &map->lines[i].column;
        ENSURE(!col->purpose || config_purpose(im->c, view_text(col->purpose)),
               err_at(err_newf(ERR_INVALID, "There is no purpose \"{}\".", "Add it with 'candour purpose add', or name another.",
                               err_name(col->purpose)),
                      im->o->map, map->lines[i].line, 0));
    }
    return OK;
}

static err read_header(struct import *im, const struct map *map)
{
    struct view *names;
    size_t count;
    TRY(import_header(im, &names, &count));
    return columns_recognise(im->a, &im->c->catalogue, map, im->o->path, names, count, &im->cols);
}

static err source_name(struct import *im)
{
    const char *name = im->o->source ? im->o->source : system_sources[im->cols.system];
    ENSURE(name, err_new(ERR_USAGE, "Which system this file comes from can't be told by its columns.",
                         "Name it with --source, for example --source crm: ids belong to a source."));
    im->r->source = arena_text(im->a, name, strlen(name));
    im->r->system = system_name(im->cols.system);
    return im->r->source ? OK : mem_none();
}

err import_open(struct import *im)
{
    if (im->o->map)
        TRY(read_map(im, &im->map));
    TRY(read_header(im, im->o->map ? &im->map : NULL));
    TRY(columns_check(&im->c->catalogue, &im->cols, im->o->path));
    return source_name(im);
}

err import_propose(const struct config *c, struct arena *a, const struct import_options *o, struct buf *to)
{
    struct config copy = *c;
    struct import_result result = {0};
    struct import im = {.c = &copy, .a = a, .o = o, .r = &result};
    TRY(read_header(&im, NULL));
    return map_propose(&c->catalogue, &im.cols, to);
}

/* --- new fields, the source, the plan --- */

static err add_fields(struct import *im)
{
    const char **keys = arena_array(im->a, im->cols.count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < im->cols.count; i++) {
        const struct column *col = &im->cols.list[i];
        bool is_new = false;
        if (col->field && col->new_field)
            TRY(config_add_field(im->v, im->c, col->field, &is_new));
        if (is_new)
            keys[im->r->new_field_count++] = col->field->key;
    }
    im->r->new_fields = keys;
    return OK;
}

static const char *day_text(struct import *im, int32_t day)
{
    uint8_t memory[32];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    when_put_day(&b, day);
    const char *text = arena_text(im->a, (const char *)memory, b.len);
    return text ? text : "";
}

/* What is held of a source is what its newest export said. */
static err newest(struct import *im)
{
    const struct config_source *s = config_source(im->c, view_text(im->r->source));
    ENSURE(im->o->exported == DAY_UNKNOWN || !s || s->exported == DAY_UNKNOWN || im->exported >= s->exported,
           err_at(err_newf(ERR_INVALID, "This file was exported on {}, but one of {} from the source '{}' is in the register; nothing was changed.",
                           "Import the newest export. What was given to somebody in an older one is recorded with 'candour handover record --file'.",
                           err_name(day_text(im, im->exported)), err_name(day_text(im, s->exported)), err_name(im->r->source)),
                  im->o->path, 0, 0));
    return OK;
}

static err add_source(struct import *im)
{
    CLEANUP(mem_release) const char **ids = mem_array(im->cols.count + 1, sizeof *ids);
    ENSURE(ids, mem_none());
    size_t count = 0;
    for (size_t i = 0; i < im->cols.count; i++) {
        const struct column *col = &im->cols.list[i];
        if (col->role != COLUMN_ID)
            continue;
        ENSURE(!col->field->presence_only,
               err_newf(ERR_INVALID, "The column \"{}\" can't be an id: only whether its field has a value is kept.",
                        "Name another column as the id.", err_name(col->name)));
        ENSURE(count < MATCH_IDS_MAX, err_newf(ERR_LIMIT, "The file has more than {} columns with ids.", "Ignore some of them.",
                                               err_int(MATCH_IDS_MAX)));
        ids[count++] = col->field->key;
    }
    im->has_ids = count > 0;
    const struct config_source *source;
    TRY(newest(im));
    TRY(config_add_source(im->v, im->c, im->r->source, im->cols.system, ids, count, im->exported, &source));
    im->source = source->no;
    return OK;
}

static bool is_period_role(enum column_role role)
{
    return role == COLUMN_PERIOD_START || role == COLUMN_PERIOD_END || role == COLUMN_MEMBER_SINCE || role == COLUMN_STATUS ||
           role == COLUMN_MEMBERSHIP_TYPE;
}

static void mention(struct import *im, uint16_t field)
{
    for (size_t i = 0; i < im->mentioned_count; i++)
        if (im->mentioned[i] == field)
            return;
    im->mentioned[im->mentioned_count++] = field;
}

static err plan_column(struct import *im, size_t i)
{
    const struct column *col = &im->cols.list[i];
    struct import_column *to = &im->plan[i];
    *to = (struct import_column){.column = col};
    if (col->role == COLUMN_IGNORE || !col->field)
        return OK;
    to->field = field_no(&im->c->numbers, col->field);
    const struct field *f = field_of(&im->c->numbers, to->field);
    ENSURE(f, err_newf(ERR_INTERNAL, "The field \"{}\" has no number.", "Report this mistake.", err_name(col->field->key)));
    bool flag = col->role == COLUMN_OBJECTION || col->role == COLUMN_MARK || col->role == COLUMN_CONSENT;
    bool rows_out = flag && (col->mark == MARK_TEST || col->mark == MARK_NOT_A_PERSON || col->mark == MARK_IN_TRASH);
    to->is_value = col->role == COLUMN_FIELD || col->role == COLUMN_ID;
    to->is_date = to->is_value && f->type == TYPE_DATE;
    to->type = to->is_value && !f->presence_only ? f->type : TYPE_NONE;
    to->odd = (struct import_odd){.column = col->name, .words = celltype_words(to->type)};
    to->compared = !rows_out && !is_period_role(col->role) && f->category != CATEGORY_MEMBERSHIP;
    if (!rows_out)
        mention(im, to->field);
    im->says_choices = im->says_choices || (flag && to->field == im->choices && !rows_out);
    im->says_deceased = im->says_deceased || to->field == im->deceased;
    im->says_word = im->says_word || col->role == COLUMN_STATUS;
    im->names_members = im->names_members || (col->role == COLUMN_MEMBERSHIP_TYPE && im->cols.system == SYSTEM_NATIONBUILDER);
    im->says_periods = im->says_periods || col->role == COLUMN_PERIOD_START || col->role == COLUMN_PERIOD_END ||
                       col->role == COLUMN_MEMBER_SINCE;
    im->says_birth = im->says_birth || (to->is_value && strcmp(f->key, FIELD_BIRTH_DATE) == 0);
    return OK;
}

err import_settle(struct import *im)
{
    TRY(add_fields(im));
    TRY(add_source(im));
    im->membership = field_no_of(&im->c->numbers, FIELD_MEMBERSHIP);
    im->choices = field_no_of(&im->c->numbers, FIELD_CONTACT_CHOICES);
    im->deceased = field_no_of(&im->c->numbers, FIELD_DECEASED);
    im->plan = arena_array(im->a, im->cols.count + 1, sizeof *im->plan);
    im->mentioned = arena_array(im->a, im->cols.count + 1, sizeof *im->mentioned);
    ENSURE(im->plan && im->mentioned, mem_none());
    for (size_t i = 0; i < im->cols.count; i++)
        TRY(plan_column(im, i));
    im->names_members = im->names_members && !im->says_word;
    return OK;
}

static err count_row(struct import *im, size_t row, const struct table *t, const struct table_cells *cells)
{
    (void)row, (void)t, (void)cells;
    im->lines++;
    return OK;
}

err import_count_rows(struct import *im)
{
    if (im->member_count == 0) {
        CLEANUP(table_close) struct table *t = NULL;
        TRY(table_open(&im->o->table, im->o->path, &t));
        if (table_kind(t) == TABLE_CSV && table_member(t)[0] == 0)
            return OK;
    }
    im->lines = 1;
    return import_walk(im, "counting", count_row);
}
