#include "columns.h"

#include <string.h>
#include <strings.h>

#include "columns_known.h"
#include "foldname.h"
#include "limits.h"
#include "map.h"
#include "text.h"

enum { SYSTEMS = SYSTEM_COUNT - 1, SHOWN = 8 };

static const char *const mark_names[MARK_COUNT] = {
    [MARK_NONE] = "",
    [MARK_DECEASED] = "deceased",
    [MARK_DECEASED_ON] = "deceased_on",
    [MARK_IN_DANGER] = "in_danger",
    [MARK_EMAIL_FAILS] = "email_fails",
    [MARK_NO_EMAIL] = "no_email",
    [MARK_NO_PHONE] = "no_phone",
    [MARK_NO_POST] = "no_post",
    [MARK_NO_SMS] = "no_sms",
    [MARK_NO_SHARING] = "no_sharing",
    [MARK_IN_TRASH] = "in_trash",
    [MARK_TEST] = "test",
    [MARK_NOT_A_PERSON] = "not_a_person",
};

const char *mark_name(enum mark m)
{
    return (unsigned)m < MARK_COUNT ? mark_names[m] : "";
}

enum mark mark_find(struct view name)
{
    for (int i = MARK_NONE + 1; i < MARK_COUNT; i++)
        if (view_equal(name, view_text(mark_names[i])))
            return (enum mark)i;
    return MARK_NONE;
}

static const struct system_columns *system_at(size_t i)
{
    const struct system_columns *all[SYSTEMS] = {
        columns_civicrm(),    columns_nationbuilder(), columns_mailchimp(), columns_action_network(),
        columns_salesforce(), columns_tendenci(),      columns_odoo()};
    return all[i];
}

const struct known *columns_known_find(const struct system_columns *s, struct view name, bool *ret_exact)
{
    *ret_exact = true;
    for (size_t i = 0; i < s->count; i++)
        if (view_equal(name, view_text(s->rows[i].name)))
            return &s->rows[i];
    *ret_exact = false;
    for (size_t i = 0; i < s->count; i++)
        if (foldname_same(name, view_text(s->rows[i].name)))
            return &s->rows[i];
    return NULL;
}

static bool is_sign(const struct system_columns *s, struct view name)
{
    for (size_t i = 0; i < s->sign_count; i++)
        if (view_equal(name, view_text(s->signs[i])))
            return true;
    for (size_t i = 0; i < s->sign_count; i++)
        if (foldname_same(name, view_text(s->signs[i])))
            return true;
    return false;
}

/* The system that knows most of the names, exact ones twice, if one of them is its sign. */
static const struct system_columns *detect(const struct view *names, size_t count)
{
    const struct system_columns *best = NULL;
    size_t best_score = 0;
    for (size_t s = 0; s < SYSTEMS; s++) {
        const struct system_columns *system = system_at(s);
        size_t score = 0;
        bool signed_by = false;
        for (size_t i = 0; i < count; i++) {
            struct view name = text_trim(names[i]);
            bool exact = false;
            struct known made;
            if (columns_known_find(system, name, &exact))
                score += exact ? 2 : 1;
            else if (system->by_rule && system->by_rule(name, &made))
                score += 2;
            signed_by = signed_by || is_sign(system, name);
        }
        if (signed_by && score > best_score) {
            best = system;
            best_score = score;
        }
    }
    return best;
}

/* "precinct_name" -> "precinct name"; the key where the name can't stand in a letter. */
static const char *label_of(struct arena *a, struct view name, const char *key)
{
    char *label = arena_text(a, (const char *)name.p, name.len);
    for (size_t i = 0; label && label[i]; i++)
        if (label[i] == '_' || label[i] == '\n' || label[i] == '\r' || label[i] == '\t')
            label[i] = ' ';
    return label && !text_plain(label, FIELD_LABEL_MAX) ? key : label;
}

static err define(struct arena *a, const char *key, struct view name, const struct known *k, const struct field **ret)
{
    struct field *f = arena_alloc(a, sizeof *f);
    char *copy = arena_text(a, key, strlen(key));
    const char *label = copy ? label_of(a, name, copy) : NULL;
    if (!f || !label)
        return mem_none();
    bool high = k->category == CATEGORY_SPECIAL || k->category == CATEGORY_FINANCIAL || k->category == CATEGORY_CRIMINAL;
    *f = (struct field){.key = copy,
                        .label = label,
                        .category = k->category,
                        .type = k->type,
                        .sensitivity = high ? SENSITIVITY_HIGH : SENSITIVITY_NORMAL};
    *ret = f;
    return OK;
}

err columns_field(struct arena *a, const struct catalogue *c, struct view name, const struct known *k,
                  struct column *ret)
{
    char made[FIELD_KEY_MAX + 1];
    const char *key = k->key;
    ret->role = k->role;
    ret->mark = k->mark;
    ret->sense = k->sense;
    ret->purpose = k->purpose;
    ret->many = k->many;
    if (k->role == COLUMN_IGNORE)
        return OK;
    if (!key) {
        /* A name without a Latin letter or digit gives no key; the officer has to choose one. */
        ENSURE(field_key_from(name, made),
               err_new(ERR_INVALID, "A column's name has no letter from a to z to make a key of.",
                       "Write the key yourself in the map file: Column name = new KEY CATEGORY TYPE."));
        key = made;
    }
    ret->field = catalogue_find(c, view_text(key));
    if (ret->field)
        return OK;
    ret->new_field = true;
    ret->field = catalogue_default(view_text(key));
    if (ret->field)
        return OK;
    CHECK(k->category != CATEGORY_NONE);
    return define(a, key, name, k, &ret->field);
}

/* A column whose name is a key or label of the catalogue. */
static err by_catalogue(struct arena *a, const struct catalogue *c, struct view name, struct column *ret)
{
    const struct field *f = catalogue_find_name(c, name);
    if (!f)
        return OK;
    struct known k = {.role = COLUMN_FIELD, .key = f->key, .category = f->category, .type = f->type};
    if (f->type == TYPE_ID && !f->presence_only)
        k.role = COLUMN_ID;
    if (strcmp(f->key, FIELD_DECEASED) == 0)
        k = (struct known)COLUMN_DEAD("", DECEASED, YES_NO);
    return columns_field(a, c, name, &k, ret);
}

static err recognise_one(struct arena *a, const struct catalogue *c, const struct map *map,
                         const struct system_columns *s, struct view name, struct column *ret)
{
    char *copy = arena_text(a, (const char *)name.p, name.len);
    if (!copy)
        return mem_none();
    *ret = (struct column){.name = copy};
    const struct map_line *line = map ? map_find(map, name) : NULL;
    if (line) {
        *ret = line->column;
        ret->name = copy;
        return OK;
    }
    bool exact = false;
    struct known made;
    const struct known *k = s ? columns_known_find(s, name, &exact) : NULL;
    if (!k && s && s->by_rule && s->by_rule(name, &made))
        k = &made;
    return k ? columns_field(a, c, name, k, ret) : by_catalogue(a, c, name, ret);
}

/* A cell that no header has: an address, a number, a date. */
static bool looks_like_data(struct view name)
{
    size_t letters = 0, digits = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] == '@')
            return true;
        digits += name.p[i] >= '0' && name.p[i] <= '9';
        letters += (name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z';
    }
    return digits > 0 && letters == 0;
}

static err check_header(struct columns *cols, const char *file)
{
    size_t known = 0, data = 0;
    cols->unknown_count = 0;
    for (size_t i = 0; i < cols->count; i++) {
        struct view name = view_text(cols->list[i].name);
        bool unknown = cols->list[i].role == COLUMN_UNKNOWN;
        cols->unknown_count += unknown && name.len > 0;
        known += !unknown || map_is_common(name);
        data += looks_like_data(name);
    }
    cols->is_header = data == 0 && known * 3 >= cols->count;
    if (known == 0 || (data > 0 && known * 3 < cols->count))
        return err_at(
            err_newf(ERR_INVALID, "Of {} columns in line 1, {} are known.",
                     "Is line 1 really the header? If it is, write a map file that says what each column is, and "
                     "pass it with --map FILE.",
                     err_int((long long)cols->count), err_int((long long)known)),
            file, 1, 0);
    return OK;
}

static err at(err e, const char *file)
{
    return err_at(e, file, 1, 0);
}

static bool one_only(enum column_role role)
{
    return role == COLUMN_PERIOD_START || role == COLUMN_PERIOD_END || role == COLUMN_MEMBER_SINCE ||
           role == COLUMN_STATUS || role == COLUMN_MEMBERSHIP_TYPE;
}

/* Two columns that can't stand side by side. */
static bool collide(const struct column *x, const struct column *y)
{
    if (x->role != y->role || x->many || y->many)
        return false;
    if (one_only(x->role))
        return true;
    return (x->role == COLUMN_FIELD || x->role == COLUMN_ID) && strcmp(x->field->key, y->field->key) == 0 &&
           !field_type_many(x->field->type);
}

static err check_pair(const struct columns *cols, size_t i, size_t k, const char *file)
{
    const struct column *x = &cols->list[i], *y = &cols->list[k];
    if (strcmp(x->name, y->name) == 0 && !(x->many && y->many))
        return at(err_newf(ERR_INVALID, "Columns {} and {} have the same name.",
                           "Give them different names in the file.", err_int((long long)i + 1),
                           err_int((long long)k + 1)),
                  file);
    if (collide(x, y))
        return at(err_newf(ERR_INVALID, "Columns {} and {} are both the field \"{}\", which holds one value.",
                           "Say in a map file what one of them is instead: another field, new, or ignore.",
                           err_int((long long)i + 1), err_int((long long)k + 1), err_name(x->field->key)),
                  file);
    return OK;
}

static err check_columns(const struct columns *cols, const char *file)
{
    for (size_t i = 0; i < cols->count; i++)
        if (!cols->list[i].name[0])
            return at(err_newf(ERR_INVALID, "Column {} has no name.",
                               "Give it one in line 1, or take the column out of the file.", err_int((long long)i + 1)),
                      file);
    for (size_t i = 0; i < cols->count; i++)
        for (size_t k = i + 1; k < cols->count; k++)
            TRY(check_pair(cols, i, k, file));
    return OK;
}

static err check_map(const struct map *map, const struct columns *cols)
{
    for (size_t i = 0; map && i < map->count; i++) {
        bool used = false;
        for (size_t k = 0; !used && k < cols->count; k++)
            used = map_find(map, view_text(cols->list[k].name)) == &map->lines[i];
        if (!used)
            return err_at(err_newf(ERR_INVALID, "The file has no column \"{}\".",
                                   "Correct the name in the map file, or take the line out.",
                                   err_name(map->lines[i].column.name)),
                          map->file, map->lines[i].line, 0);
    }
    return OK;
}

err columns_recognise(struct arena *a, const struct catalogue *c, const struct map *map, const char *file,
                      const struct view *names, size_t count, struct columns *ret)
{
    if (count == 0)
        return at(err_new(ERR_INVALID, "The file has no columns.", "Line 1 must hold the names of the columns."), file);
    if (count > LIMIT_COLUMNS)
        return at(err_newf(ERR_LIMIT, "The file has {} columns; {} is the most.", "Export fewer columns.",
                           err_int((long long)count), err_int(LIMIT_COLUMNS)),
                  file);
    const struct system_columns *s = detect(names, count);
    struct columns cols = {.system = s ? s->system : SYSTEM_NONE, .count = count};
    cols.list = arena_array(a, count, sizeof cols.list[0]);
    if (!cols.list)
        return mem_none();
    for (size_t i = 0; i < count; i++) {
        struct view name = text_trim(names[i]);
        if (memchr(name.p ? (const void *)name.p : "", 0, name.p ? name.len : 0))
            return at(err_newf(ERR_INVALID, "The name of column {} holds a zero byte.", "Is it really a table of text?",
                               err_int((long long)i + 1)),
                      file);
        TRY(recognise_one(a, c, map, s, name, &cols.list[i]));
    }
    TRY(check_header(&cols, file));
    TRY(check_columns(&cols, file));
    TRY(check_map(map, &cols));
    *ret = cols;
    return OK;
}

#define LINES_1 "Say what it is in a map file, and pass it with --map FILE. The line to write:\n    {}"
#define LINES_2 "Say what they are in a map file, and pass it with --map FILE. The lines to write:\n    {}\n    {}"

/* By the number of columns that are shown; the last one is for more than that. */
static const char *const line_formats[SHOWN + 1] = {
    "",
    LINES_1,
    LINES_2,
    LINES_2 "\n    {}",
    LINES_2 "\n    {}\n    {}",
    LINES_2 "\n    {}\n    {}\n    {}",
    LINES_2 "\n    {}\n    {}\n    {}\n    {}",
    LINES_2 "\n    {}\n    {}\n    {}\n    {}\n    {}",
    LINES_2 "\n    {}\n    {}\n    {}\n    {}\n    {}\n    {}\nFor more, --map ? writes a whole map file to start from.",
};

struct shown_lines {
    struct buf line[SHOWN];
};

static void free_lines(struct shown_lines *lines)
{
    for (size_t i = 0; i < SHOWN; i++)
        buf_free(&lines->line[i]);
}

err columns_check(const struct catalogue *c, const struct columns *cols, const char *file)
{
    if (cols->unknown_count == 0)
        return OK;
    if (!cols->is_header)
        return at(err_newf(ERR_INVALID, "{} of {} columns aren't known.",
                           "Is line 1 really the header? If it is, --map ? writes a map file to start from.",
                           err_int((long long)cols->unknown_count), err_int((long long)cols->count)),
                  file);
    struct shown_lines lines CLEANUP(free_lines) = {0};
    struct err_arg args[SHOWN + 1] = {err_int((long long)cols->unknown_count)};
    size_t shown = 0;
    for (size_t i = 0; i < cols->count && shown < SHOWN; i++) {
        if (cols->list[i].role != COLUMN_UNKNOWN)
            continue;
        enum map_ground ground;
        struct buf *line = &lines.line[shown];
        *line = BUF(LIMIT_CELL_BYTES);
        TRY(map_suggest(c, view_text(cols->list[i].name), line, &ground));
        args[1 + shown] = err_name_n((const char *)line->p, line->len);
        shown++;
    }
    return at(err_fail(ERR_INVALID, cols->unknown_count == 1 ? "{} column isn't known." : "{} columns aren't known.",
                       line_formats[shown], shown + 1, args),
              file);
}

const struct column *columns_find(const struct columns *cols, enum column_role role)
{
    for (size_t i = 0; i < cols->count; i++)
        if (cols->list[i].role == role)
            return &cols->list[i];
    return NULL;
}

struct said_word {
    enum column_sense sense;
    const char *text;
    enum said said;
};

static const struct said_word said_words[] = {
    {SENSE_YES_NO, "yes", SAID_YES},
    {SENSE_YES_NO, "y", SAID_YES},
    {SENSE_YES_NO, "true", SAID_YES},
    {SENSE_YES_NO, "t", SAID_YES},
    {SENSE_YES_NO, "1", SAID_YES},
    {SENSE_YES_NO, "x", SAID_YES},
    {SENSE_YES_NO, "2", SAID_YES}, /* CiviCRM, on_hold: held because the person opted out */
    {SENSE_YES_NO, "on hold bounce", SAID_YES},
    {SENSE_YES_NO, "on hold opt out", SAID_YES},
    {SENSE_YES_NO, "no", SAID_NO},
    {SENSE_YES_NO, "n", SAID_NO},
    {SENSE_YES_NO, "false", SAID_NO},
    {SENSE_YES_NO, "f", SAID_NO},
    {SENSE_YES_NO, "0", SAID_NO},
    {SENSE_UNSUBSCRIBED, "unsubscribed", SAID_YES},
    {SENSE_UNSUBSCRIBED, "bouncing", SAID_YES},
    {SENSE_UNSUBSCRIBED, "bounced", SAID_YES},
    {SENSE_UNSUBSCRIBED, "spam complaint", SAID_YES},
    {SENSE_UNSUBSCRIBED, "spam_complaint", SAID_YES},
    {SENSE_UNSUBSCRIBED, "suppressed", SAID_YES},
    {SENSE_UNSUBSCRIBED, "subscribed", SAID_NO},
    {SENSE_NOT_INDIVIDUAL, "organization", SAID_YES},
    {SENSE_NOT_INDIVIDUAL, "organisation", SAID_YES},
    {SENSE_NOT_INDIVIDUAL, "household", SAID_YES},
    {SENSE_NOT_INDIVIDUAL, "individual", SAID_NO},
    {SENSE_INACTIVE, "false", SAID_YES},
    {SENSE_INACTIVE, "f", SAID_YES},
    {SENSE_INACTIVE, "no", SAID_YES},
    {SENSE_INACTIVE, "0", SAID_YES},
    {SENSE_INACTIVE, "inactive", SAID_YES},
    {SENSE_INACTIVE, "true", SAID_NO},
    {SENSE_INACTIVE, "t", SAID_NO},
    {SENSE_INACTIVE, "yes", SAID_NO},
    {SENSE_INACTIVE, "1", SAID_NO},
    {SENSE_INACTIVE, "active", SAID_NO},
};

enum said column_says(const struct column *col, struct view cell)
{
    struct view v = text_trim(cell);
    if (v.len == 0)
        return SAID_NO;
    if (col->sense == SENSE_NOT_EMPTY)
        return SAID_YES;
    for (size_t i = 0; i < sizeof said_words / sizeof said_words[0]; i++) {
        const struct said_word *w = &said_words[i];
        if (w->sense == col->sense && v.len == strlen(w->text) && strncasecmp((const char *)v.p, w->text, v.len) == 0)
            return w->said;
    }
    return SAID_UNCLEAR;
}
