#include "map.h"

#include <string.h>

#include "columns_known.h"
#include "foldname.h"
#include "limits.h"
#include "text.h"

enum { WORDS_MAX = 4, NAME_SHOWN = 120 };

/* How people name columns in tables that they made themselves, and the right side of the line. */
static const struct common {
    const char *name, *line;
} commons[] = {
    {"Surname", "last_name"},
    {"Family Name", "last_name"},
    {"Lastname", "last_name"},
    {"Forename", "first_name"},
    {"Given Name", "first_name"},
    {"Firstname", "first_name"},
    {"Christian Name", "first_name"},
    {"Name", "display_name"},
    {"Member Name", "display_name"},
    {"Full Name", "display_name"},
    {"Title", "name_prefix"},
    {"Salutation", "name_prefix"},
    {"Prefix", "name_prefix"},
    {"Suffix", "name_suffix"},
    {"Initials", "middle_name"},
    {"Middle Names", "middle_name"},
    {"DOB", "birth_date"},
    {"D.O.B.", "birth_date"},
    {"Birthday", "birth_date"},
    {"Birthdate", "birth_date"},
    {"Date of birth", "birth_date"},
    {"Sex", "gender"},
    {"E-mail", "email"},
    {"E-mail address", "email"},
    {"Email address", "email"},
    {"Mail", "email"},
    {"Tel", "phone"},
    {"Tel.", "phone"},
    {"Tel no", "phone"},
    {"Telephone", "phone"},
    {"Telephone Number", "phone"},
    {"Phone Number", "phone"},
    {"Phone No", "phone"},
    {"Home Phone", "phone"},
    {"Landline", "phone"},
    {"Mobile", "mobile_phone"},
    {"Mobile No", "mobile_phone"},
    {"Mobile Number", "mobile_phone"},
    {"Cell", "mobile_phone"},
    {"Cell Phone", "mobile_phone"},
    {"Address", "street_address"},
    {"Address 1", "street_address"},
    {"Address1", "street_address"},
    {"Address Line 1", "street_address"},
    {"Street", "street_address"},
    {"Address 2", "supplemental_address"},
    {"Address2", "supplemental_address"},
    {"Address Line 2", "supplemental_address"},
    {"Town", "city"},
    {"Town/City", "city"},
    {"Post Town", "city"},
    {"Postcode", "postal_code"},
    {"Post code", "postal_code"},
    {"Zip", "postal_code"},
    {"Zip Code", "postal_code"},
    {"Province", "state"},
    {"Region", "state"},
    {"Membership No", "id member_number"},
    {"Membership No.", "id member_number"},
    {"Membership Number", "id member_number"},
    {"Member No", "id member_number"},
    {"Member No.", "id member_number"},
    {"Member ID", "id member_number"},
    {"Membership ID", "id member_number"},
    {"ID", "id"},
    {"Reference", "id"},
    {"Sort code", "sort_code"},
    {"Account No", "bank_account"},
    {"Account Number", "bank_account"},
    {"Bank Account Number", "bank_account"},
    {"Card Number", "payment_card"},
    {"Payment Type", "payment_method"},
    {"Payment Date", "payment_date"},
    {"Amount", "payment_amount"},
    {"Amount Paid", "payment_amount"},
    {"Company", "employer"},
    {"Occupation", "job_title"},
    {"Position", "job_title"},
    {"Notes", "note"},
    {"Comments", "note"},
    {"Comment", "note"},
    {"Remarks", "note"},
    {"Tags", "tags"},
    {"Groups", "tags"},
    {"Ethnic Origin", "ethnicity"},
    {"Faith", "religion"},
    {"Union", "trade_union"},
    {"Medical", "health"},
    {"NI Number", "national_id"},
    {"National Insurance Number", "national_id"},
    {"Status", "status"},
    {"Member Status", "status"},
    {"Membership Status", "status"},
    {"Membership Type", "membership_type"},
    {"Membership Category", "membership_type"},
    {"Member Type", "membership_type"},
    {"Joined", "member_since"},
    {"Join Date", "member_since"},
    {"Date Joined", "member_since"},
    {"Member Since", "member_since"},
    {"Start Date", "period_start"},
    {"Membership Start", "period_start"},
    {"End Date", "period_end"},
    {"Expires", "period_end"},
    {"Expiry Date", "period_end"},
    {"Renewal Date", "period_end"},
    {"Left", "period_end"},
    {"Date Left", "period_end"},
    {"Leaving Date", "period_end"},
    {"Unsubscribed", "objection newsletter"},
    {"Opt out", "objection"},
    {"Opted out", "objection"},
    {"No Marketing", "objection"},
    {"Newsletter", "consent newsletter"},
    {"Died", "mark deceased"},
    {"Date of Death", "mark deceased_on"},
    {"Bounced", "mark email_fails"},
};

/* The one-word right sides that aren't fields. */
static const struct word {
    const char *name;
    enum column_role role;
} words[] = {
    {"ignore", COLUMN_IGNORE}, {"period_start", COLUMN_PERIOD_START}, {"period_end", COLUMN_PERIOD_END},
    {"status", COLUMN_STATUS}, {"member_since", COLUMN_MEMBER_SINCE}, {"membership_type", COLUMN_MEMBERSHIP_TYPE},
};

static const char *common_line(struct view name)
{
    for (size_t i = 0; i < COLUMNS_COUNT(commons); i++)
        if (foldname_same(name, view_text(commons[i].name)))
            return commons[i].line;
    return NULL;
}

bool map_is_common(struct view name)
{
    return common_line(name) != NULL;
}

/* What one line says, cut into its parts. */
struct parts {
    struct view name;
    struct view word[WORDS_MAX];
    size_t count;
    size_t right; /* offset of the right side in the line */
};

struct job {
    struct arena *a;
    const struct catalogue *c;
    const char *file;
    uint64_t line;
    struct parts parts;
};

static err wrong(const struct job *job, err e)
{
    return err_at(e, job->file, job->line, job->parts.right + 1);
}

static err no_form(const struct job *job)
{
    return wrong(job,
                 err_new(ERR_INVALID, "This line of the map isn't in a form that is known.",
                         "Write: Column name = field_key, or after the = one of: ignore, id, id KEY, period_start, "
                         "period_end, status, member_since, membership_type, objection PURPOSE, consent PURPOSE, mark "
                         "MARK, new KEY CATEGORY TYPE."));
}

/* "Column "" name" at the start of a line; its text goes into the arena.  `*ret_end` is after the closing quote. */
static bool quoted(struct arena *a, struct view line, struct view *ret, size_t *ret_end)
{
    char *to = arena_alloc(a, line.len + 1);
    size_t n = 0;
    for (size_t i = 1; to && i < line.len; i++) {
        if (line.p[i] != '"') {
            to[n++] = (char)line.p[i];
            continue;
        }
        if (i + 1 < line.len && line.p[i + 1] == '"') {
            to[n++] = '"';
            i++;
            continue;
        }
        *ret = view_of(to, n);
        *ret_end = i + 1;
        return true;
    }
    return false;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool cut_words(struct view line, size_t from, struct parts *ret)
{
    size_t i = from;
    while (true) {
        while (i < line.len && is_blank(line.p[i]))
            i++;
        if (i == line.len || line.p[i] == '#')
            return true;
        if (ret->count == WORDS_MAX)
            return false;
        size_t start = i;
        while (i < line.len && !is_blank(line.p[i]))
            i++;
        ret->word[ret->count++] = (struct view){line.p + start, i - start};
    }
}

static bool cut_line(struct arena *a, struct view line, struct parts *ret)
{
    *ret = (struct parts){0};
    size_t equals = line.len;
    if (line.p[0] == '"') {
        size_t end = 0;
        if (!quoted(a, line, &ret->name, &end))
            return false;
        while (end < line.len && is_blank(line.p[end]))
            end++;
        equals = end;
    } else {
        /* The last one: the right side never holds any, unless in a comment. */
        for (size_t i = 0; i < line.len; i++) {
            if (line.p[i] == '#' && i > 0 && is_blank(line.p[i - 1]) && equals < line.len)
                break;
            if (line.p[i] == '=')
                equals = i;
        }
        ret->name = (struct view){line.p, equals};
    }
    ret->name = text_trim(ret->name);
    if (equals >= line.len || line.p[equals] != '=' || ret->name.len == 0)
        return false;
    ret->right = equals + 1;
    return cut_words(line, equals + 1, ret) && ret->count > 0;
}

static bool word_is(const struct parts *p, size_t i, const char *text)
{
    return i < p->count && view_equal(p->word[i], view_text(text));
}

static const char *text_of(struct arena *a, struct view v)
{
    return arena_text(a, (const char *)v.p, v.len);
}

static err say_field(struct job *job, struct column *ret)
{
    struct view key = job->parts.word[0];
    const struct field *f = catalogue_find(job->c, key);
    if (f) {
        struct known k = {.role = COLUMN_FIELD, .key = f->key};
        if (f->type == TYPE_ID && !f->presence_only)
            k.role = COLUMN_ID;
        if (strcmp(f->key, FIELD_DECEASED) == 0)
            k = (struct known)COLUMN_DEAD("", DECEASED, YES_NO);
        return columns_field(job->a, job->c, job->parts.name, &k, ret);
    }
    const char **keys CLEANUP(mem_release) = mem_array(job->c->count, sizeof *keys);
    const char *typed = text_of(job->a, key);
    if (!keys || !typed)
        return mem_none();
    for (size_t i = 0; i < job->c->count; i++)
        keys[i] = job->c->fields[i].key;
    long near = text_nearest(typed, keys, job->c->count);
    if (near >= 0)
        return wrong(job, err_newf(ERR_INVALID, "There is no field \"{}\".",
                                   "Did you mean {}? For a field that isn't there yet write: new {} CATEGORY TYPE.",
                                   err_name(typed), err_name(keys[near]), err_name(typed)));
    return wrong(job, err_newf(ERR_INVALID, "There is no field \"{}\".",
                               "`candour field list` shows them. For a new one write: new {} CATEGORY TYPE.",
                               err_name(typed), err_name(typed)));
}

static err say_id(struct job *job, struct column *ret)
{
    struct known k = {.role = COLUMN_ID, .category = CATEGORY_IDENTITY, .type = TYPE_ID};
    if (job->parts.count == 2) {
        if (!field_key_ok(job->parts.word[1]))
            return no_form(job);
        k.key = text_of(job->a, job->parts.word[1]);
        if (!k.key)
            return mem_none();
    }
    err e = columns_field(job->a, job->c, job->parts.name, &k, ret);
    if (e.kind != ERR_OK)
        return wrong(job, e);
    if (ret->field->type != TYPE_ID)
        return wrong(job, err_newf(ERR_INVALID, "The field \"{}\" isn't an id.", "Choose another key: id KEY.",
                                   err_name(ret->field->key)));
    return OK;
}

static err say_new(struct job *job, struct column *ret)
{
    const struct parts *p = &job->parts;
    struct known k = {.role = COLUMN_FIELD,
                      .category = p->count == WORDS_MAX ? category_find(p->word[2]) : CATEGORY_NONE,
                      .type = p->count == WORDS_MAX ? field_type_find(p->word[3]) : TYPE_NONE};
    if (p->count < WORDS_MAX || !field_key_ok(p->word[1]) || k.category == CATEGORY_NONE || k.type == TYPE_NONE)
        return wrong(job,
                     err_new(ERR_INVALID, "This line of the map doesn't say in full what the new field is.",
                             "Write: Column name = new KEY CATEGORY TYPE. Categories: identity, contact, financial, "
                             "special, membership, activity, criminal, other. Types: text, email, phone, date, number, "
                             "yes_no, postcode, country, id, tags."));
    k.key = text_of(job->a, p->word[1]);
    if (!k.key)
        return mem_none();
    TRY(columns_field(job->a, job->c, p->name, &k, ret));
    const struct field *f = ret->field;
    if (f->category != k.category || f->type != k.type)
        return wrong(job, err_newf(ERR_CONFLICT, "The field \"{}\" is there already, as {} {}.",
                                   "Write only its key, or choose another one.", err_name(f->key),
                                   err_name(category_name(f->category)), err_name(field_type_name(f->type))));
    if (f->type == TYPE_ID && !f->presence_only)
        ret->role = COLUMN_ID;
    return OK;
}

static err say_choice(struct job *job, enum column_role role, struct column *ret)
{
    const struct parts *p = &job->parts;
    struct known k = {.role = role, .key = FIELD_CONTACT_CHOICES, .sense = SENSE_YES_NO, .many = true};
    if (p->count > 2 || (p->count == 1 && role == COLUMN_CONSENT) || (p->count == 2 && !field_key_ok(p->word[1])))
        return no_form(job);
    if (p->count == 2) {
        k.purpose = text_of(job->a, p->word[1]);
        if (!k.purpose)
            return mem_none();
    }
    return columns_field(job->a, job->c, p->name, &k, ret);
}

static err say_mark(struct job *job, struct column *ret)
{
    enum mark mark = job->parts.count == 2 ? mark_find(job->parts.word[1]) : MARK_NONE;
    if (mark == MARK_NONE)
        return wrong(job,
                     err_new(ERR_INVALID, "This line of the map doesn't say which mark it is.",
                             "Write: Column name = mark MARK. Marks: deceased, deceased_on, in_danger, email_fails, "
                             "no_email, no_phone, no_post, no_sms, no_sharing, in_trash, test, not_a_person."));
    bool dead = mark == MARK_DECEASED || mark == MARK_DECEASED_ON;
    struct known k = {.role = COLUMN_MARK,
                      .key = dead ? FIELD_DECEASED : FIELD_CONTACT_CHOICES,
                      .mark = mark,
                      .sense = mark == MARK_DECEASED_ON    ? SENSE_NOT_EMPTY
                               : mark == MARK_NOT_A_PERSON ? SENSE_NOT_INDIVIDUAL
                                                           : SENSE_YES_NO,
                      .many = true};
    return columns_field(job->a, job->c, job->parts.name, &k, ret);
}

static err say(struct job *job, struct column *ret)
{
    const struct parts *p = &job->parts;
    for (size_t i = 0; p->count == 1 && i < COLUMNS_COUNT(words); i++) {
        if (!word_is(p, 0, words[i].name))
            continue;
        struct known k = {.role = words[i].role, .key = FIELD_MEMBERSHIP};
        return columns_field(job->a, job->c, p->name, &k, ret);
    }
    if (word_is(p, 0, "id") && p->count <= 2)
        return say_id(job, ret);
    if (word_is(p, 0, "new"))
        return say_new(job, ret);
    if (word_is(p, 0, "objection"))
        return say_choice(job, COLUMN_OBJECTION, ret);
    if (word_is(p, 0, "consent"))
        return say_choice(job, COLUMN_CONSENT, ret);
    if (word_is(p, 0, "mark"))
        return say_mark(job, ret);
    return p->count == 1 ? say_field(job, ret) : no_form(job);
}

/* Of `status "Word" = expired` where the word begins; 0: the line is another. */
static size_t word_at(struct view line)
{
    size_t at = strlen("status");
    if (line.len <= at || memcmp(line.p, "status", at) != 0 || !is_blank(line.p[at]))
        return 0;
    while (at < line.len && is_blank(line.p[at]))
        at++;
    return at < line.len && line.p[at] == '"' ? at : 0;
}

static err parse_word(struct job *job, struct view line, size_t at, struct map *map)
{
    bool whole = cut_line(job->a, view_of(line.p + at, line.len - at), &job->parts);
    enum status_word means = whole && job->parts.count == 1 ? status_word_find(job->parts.word[0]) : WORD_UNKNOWN;
    job->parts.right += at;
    ENSURE(means != WORD_UNKNOWN,
           wrong(job, err_new(ERR_INVALID, "This line of the map doesn't say what a status means.",
                              "Write: status \"Word\" = one of new, current, grace, expired, cancelled, deceased, pending, refused, never.")));
    ENSURE(map_word(map, job->parts.name) == WORD_UNKNOWN,
           wrong(job, err_new(ERR_INVALID, "What this status means is said already.", "Take one of the two lines out.")));
    ENSURE(map->word_count < LIMIT_COLUMNS, wrong(job, err_new(ERR_LIMIT, "The map has too many lines.", "No file has so many statuses.")));
    struct map_word *to = &map->words[map->word_count++];
    *to = (struct map_word){text_of(job->a, job->parts.name), means};
    return to->text ? OK : mem_none();
}

static err parse_line(struct job *job, struct view line, struct map *map)
{
    if (word_at(line))
        return parse_word(job, line, word_at(line), map);
    if (!cut_line(job->a, line, &job->parts))
        return no_form(job);
    if (map->count >= LIMIT_COLUMNS)
        return err_at(err_newf(ERR_LIMIT, "The map has more than {} lines.", "No file has so many columns.",
                               err_int(LIMIT_COLUMNS)),
                      job->file, job->line, 0);
    for (size_t i = 0; i < map->count; i++)
        if (foldname_same(view_text(map->lines[i].column.name), job->parts.name))
            return err_at(err_newf(ERR_INVALID, "The same column is on line {} already.",
                                   "Take one of the two lines out.", err_int((long long)map->lines[i].line)),
                          job->file, job->line, 1);
    struct map_line *to = &map->lines[map->count];
    *to = (struct map_line){.line = job->line};
    TRY(say(job, &to->column));
    to->column.name = text_of(job->a, job->parts.name);
    if (!to->column.name)
        return mem_none();
    map->count++;
    return OK;
}

static size_t count_lines(struct view text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++)
        n += text.p[i] == '\n';
    return n < LIMIT_COLUMNS ? n : LIMIT_COLUMNS;
}

err map_parse(struct arena *a, const struct catalogue *c, const char *file, struct view text, struct map *ret)
{
    if (text.len > LIMIT_CELL_BYTES)
        return err_at(err_new(ERR_LIMIT, "The map file is too long.", "It holds one line for each column."), file, 0, 0);
    if (text_utf8_bad_at(text) != text.len || memchr(text.p ? (const void *)text.p : "", 0, text.p ? text.len : 0))
        return err_at(err_new(ERR_INVALID, "The map file isn't UTF-8 text.", "Save it as UTF-8."), file, 0, 0);
    struct map map = {.file = arena_text(a, file, strlen(file))};
    map.lines = arena_array(a, count_lines(text), sizeof map.lines[0]);
    map.words = arena_array(a, count_lines(text), sizeof map.words[0]);
    if (!map.file || !map.lines || !map.words)
        return mem_none();
    struct job job = {.a = a, .c = c, .file = map.file};
    size_t at = text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < text.len) {
        const uint8_t *end = memchr(text.p + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.p) - at : text.len - at;
        struct view line = {text.p + at, len};
        at += len + 1;
        job.line++;
        if (line.len > 0 && line.p[line.len - 1] == '\r')
            line.len--;
        line = text_trim(line);
        if (line.len > 0 && line.p[0] != '#')
            TRY(parse_line(&job, line, &map));
    }
    *ret = map;
    return OK;
}

enum status_word map_word(const struct map *map, struct view cell)
{
    for (size_t i = 0; i < map->word_count; i++)
        if (foldname_same(view_text(map->words[i].text), text_trim(cell)))
            return map->words[i].means;
    return WORD_UNKNOWN;
}

const struct map_line *map_find(const struct map *map, struct view name)
{
    for (size_t i = 0; i < map->count; i++)
        if (view_equal(view_text(map->lines[i].column.name), name))
            return &map->lines[i];
    for (size_t i = 0; i < map->count; i++)
        if (foldname_same(view_text(map->lines[i].column.name), name))
            return &map->lines[i];
    return NULL;
}

/* A name as the left side of a line. */
static void put_name(struct buf *to, struct view name)
{
    bool quote = name.len == 0 || name.p[0] == '#' || name.p[0] == '"';
    for (size_t i = 0; i < name.len; i++)
        quote = quote || name.p[i] == '=' || name.p[i] == '#';
    if (quote)
        buf_u8(to, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (quote && name.p[i] == '"')
            buf_u8(to, '"');
        buf_u8(to, name.p[i] < 0x20 ? ' ' : name.p[i]);
    }
    if (quote)
        buf_u8(to, '"');
    buf_str(to, " = ");
}

/* The key of the field whose key or label is spelt almost so; "" where there is none. */
static err nearest_key(const struct catalogue *c, struct view name, const char **ret)
{
    char typed[NAME_SHOWN + 1];
    *ret = "";
    if (name.len > NAME_SHOWN)
        return OK;
    memcpy(typed, name.p, name.len);
    typed[name.len] = 0;
    const char **all CLEANUP(mem_release) = mem_array(c->count * 2, sizeof *all);
    if (!all)
        return mem_none();
    for (size_t i = 0; i < c->count; i++) {
        all[i] = c->fields[i].key;
        all[c->count + i] = c->fields[i].label;
    }
    long near = text_nearest(typed, all, c->count * 2);
    if (near >= 0)
        *ret = c->fields[(size_t)near % c->count].key;
    return OK;
}

err map_suggest(const struct catalogue *c, struct view name, struct buf *to, enum map_ground *ret_ground)
{
    const char *common = common_line(name), *near = "";
    char key[FIELD_KEY_MAX + 1];
    put_name(to, name);
    if (!common)
        TRY(nearest_key(c, name, &near));
    *ret_ground = common ? MAP_COMMON_NAME : near[0] ? MAP_SPELLING : MAP_NO_GROUND;
    if (common || near[0])
        buf_str(to, common ? common : near);
    else
        buf_fmt(to, "new %s other text",
                field_key_from(name, key) && !catalogue_find(c, view_text(key)) ? key : "my_key");
    return buf_ok(to);
}

static err propose_line(const struct catalogue *c, const struct column *col, struct buf *to)
{
    if (col->role != COLUMN_UNKNOWN) {
        buf_str(to, "# known: ");
        put_name(to, view_text(col->name));
        buf_str(to, col->role == COLUMN_IGNORE ? "ignore" : col->field->key);
        buf_u8(to, '\n');
        return buf_ok(to);
    }
    struct buf line CLEANUP(buf_free) = BUF(LIMIT_CELL_BYTES);
    enum map_ground ground;
    TRY(map_suggest(c, view_text(col->name), &line, &ground));
    if (ground == MAP_NO_GROUND)
        buf_str(to, "# decide: ");
    buf_put(to, buf_view(&line));
    buf_str(to, ground == MAP_SPELLING ? " # by its spelling: check\n" : "\n");
    return buf_ok(to);
}

err map_propose(const struct catalogue *c, const struct columns *cols, struct buf *to)
{
    buf_str(to,
            "# What each column of the file is. Check every line; take \"# decide: \" away where you have decided.\n"
            "# After the = stands a field key, or one of: ignore, id, id KEY, period_start, period_end, status,\n"
            "# member_since, membership_type, objection PURPOSE, consent PURPOSE, mark MARK, new KEY CATEGORY TYPE.\n"
            "# What a word in the status column means: status \"Word\" = new, current, grace, expired, cancelled, deceased, pending, refused, never.\n"
            "# Categories: identity, contact, financial, special, membership, activity, criminal, other.\n"
            "# Types: text, email, phone, date, number, yes_no, postcode, country, id, tags.\n\n");
    for (size_t i = 0; i < cols->count; i++)
        TRY(propose_line(c, &cols->list[i], to));
    return buf_ok(to);
}
