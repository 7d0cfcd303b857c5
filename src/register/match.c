#include "match_int.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum {
    ROWS_LEAST = 50000, /* at once; some 700 bytes each */
    ROWS_PART = 40,
    HITS_LEAST = 4000000, /* at once; 24 bytes each */
    HITS_PER_ROW = 32
};

/* --- agreement --- */

static bool any_agrees(bool (*agrees)(struct view a, struct view b), struct view name, const struct view *list,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (agrees(name, list[i]))
            return true;
    return false;
}

/* Whether the candidate has another value in an id field of the source that the row fills. */
static bool other_id(const struct match_row *row, const struct match_person *p)
{
    for (size_t i = 0; i < row->id_count; i++) {
        bool has = false, same = false;
        struct view id = text_trim(row->ids[i].value);
        for (size_t k = 0; k < p->id_count && id.len; k++) {
            if (p->ids[k].field != row->ids[i].field)
                continue;
            has = true;
            same = same || view_equal(text_trim(p->ids[k].value), id);
        }
        if (has && !same)
            return true;
    }
    return false;
}

/* Fingerprints of a row's names; `has` false: there is no such name, or no candidate to need it. */
struct row_prints {
    struct row_print {
        bool has;
        uint8_t print[TOKEN_BYTES];
    } family, first;
};

static bool in_prints(const struct row_print *name, const uint8_t (*list)[TOKEN_BYTES], size_t count)
{
    for (size_t i = 0; i < count && name->has; i++)
        if (memcmp(list[i], name->print, TOKEN_BYTES) == 0)
            return true;
    return false;
}

static bool family_agrees(const struct match_row *row, const struct row_prints *prints, const struct match_person *p)
{
    return any_agrees(match_family_agrees, row->family, p->families, p->family_count) ||
           in_prints(&prints->family, p->family_prints, p->family_print_count);
}

/* Under the family names that she had when she was found. */
static bool found_family_agrees(const struct match_row *row, const struct row_prints *prints,
                                const struct match_person *p)
{
    const struct view *families = p->changed ? p->found_families : p->families;
    size_t count = p->changed ? p->found_family_count : p->family_count;
    return any_agrees(match_family_agrees, row->family, families, count) ||
           in_prints(&prints->family, p->family_prints, p->family_print_count);
}

static bool is_same_person(const struct match_row *row, const struct row_prints *prints, const struct match_person *p)
{
    if (other_id(row, p) || !family_agrees(row, prints, p))
        return false;
    if (row->birth != DAY_UNKNOWN && p->birth != DAY_UNKNOWN)
        return row->birth == p->birth;
    return any_agrees(match_first_agrees, row->first, p->firsts, p->first_count) ||
           in_prints(&prints->first, p->first_prints, p->first_print_count);
}

/* Whether there is a name in it at all. */
static bool says_name(struct view name)
{
    uint8_t memory[4 * MATCH_NAME_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    return match_value_family(&b, name) || b.state != BUF_FINE;
}

/* Whether both say a name, and not the same.  Of what was once there only a fingerprint may be left: it can agree, not
 * differ. */
static bool names_disagree(bool (*agrees)(struct view a, struct view b), struct view name, const struct view *list,
                           size_t count, bool printed)
{
    size_t said = 0;
    for (size_t i = 0; i < count; i++)
        said += says_name(list[i]);
    return said && says_name(name) && !printed && !any_agrees(agrees, name, list, count);
}

static bool details_disagree(const struct match_row *row, const struct row_prints *prints, const struct match_person *p)
{
    bool family = in_prints(&prints->family, p->family_prints, p->family_print_count);
    bool first = in_prints(&prints->first, p->first_prints, p->first_print_count);
    if (other_id(row, p) || names_disagree(match_family_agrees, row->family, p->families, p->family_count, family))
        return true;
    if (row->birth != DAY_UNKNOWN && p->birth != DAY_UNKNOWN)
        return row->birth != p->birth;
    return names_disagree(match_first_agrees, row->first, p->firsts, p->first_count, first);
}

/* --- the rows at hand --- */

struct candidates {
    uint32_t *ordinals; /* rising */
    struct match_person *people;
    size_t count;
};

/* Records of people with several: which stands for each. */
struct standing {
    uint32_t *records; /* rising */
    uint32_t *stands;
    size_t count;
};

struct matching {
    struct match_lookup lookup; /* its hits: by address */
    struct arena *a;
    size_t row_count;
    struct candidates candidates;
    struct row_prints *prints;
    struct standing standing;
};

static err set_result(struct arena *a, struct match *m, const struct match_hit *const *hits, size_t count)
{
    m->kind = count == 1 ? MATCH_ONE : MATCH_SEVERAL;
    if (count == 1) {
        m->ordinal = hits[0]->ordinal;
        m->past = hits[0]->past;
        return OK;
    }
    uint32_t *list = arena_array(a, count, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < count; i++)
        list[i] = hits[i]->ordinal;
    m->ordinals = list;
    m->ordinal_count = count;
    return OK;
}

static err take_ids(struct matching *m)
{
    const struct match_lookup *l = &m->lookup;
    for (size_t i = 0, end; i < l->hit_count; i = end) {
        end = match_row_end(l, i);
        CLEANUP(mem_release) const struct match_hit **list = mem_array(end - i, sizeof *list);
        ENSURE(list, mem_none());
        for (size_t k = i; k < end; k++)
            list[k - i] = &l->hits[k];
        struct match *result = &l->results[l->hits[i].row];
        result->by_id = true;
        TRY(set_result(m->a, result, list, end - i));
    }
    return OK;
}

/* Of as many rows as have not too many hits. */
static err look_up(struct matching *m)
{
    struct match_lookup *l = &m->lookup;
    for (;; m->row_count = (m->row_count + 1) / 2) {
        l->hit_max = m->row_count == 1 ? SIZE_MAX : l->hit_max;
        l->too_many = false;
        memset(l->results, 0, m->row_count * sizeof *l->results);
        TRY(match_look_up_ids(l, m->row_count));
        if (l->too_many)
            continue;
        TRY(take_ids(m));
        TRY(match_look_up_addresses(l, m->row_count));
        if (!l->too_many)
            return OK;
    }
}

static size_t each_once(uint32_t *list, size_t count)
{
    size_t n = 0;
    qsort(list, count, sizeof *list, match_by_number);
    for (size_t i = 0; i < count; i++)
        if (n == 0 || list[i] != list[n - 1])
            list[n++] = list[i];
    return n;
}

static err open_candidates(struct matching *m)
{
    const struct match_lookup *l = &m->lookup;
    struct candidates *c = &m->candidates;
    c->ordinals = mem_array(l->hit_count + 1, sizeof *c->ordinals);
    ENSURE(c->ordinals, mem_none());
    for (size_t i = 0; i < l->hit_count; i++)
        c->ordinals[i] = l->hits[i].ordinal;
    c->count = each_once(c->ordinals, l->hit_count);
    c->people = mem_array(c->count + 1, sizeof *c->people);
    ENSURE(c->people, mem_none());
    if (c->count == 0)
        return OK;
    return l->access->people(l->access->ctx, m->a, l->rows[0].source, c->ordinals, c->count, c->people);
}

static struct match_person *candidate(const struct candidates *c, uint32_t ordinal)
{
    const uint32_t *at = c->count ? bsearch(&ordinal, c->ordinals, c->count, sizeof ordinal, match_by_number) : NULL;
    return at ? &c->people[at - c->ordinals] : NULL;
}

static bool have_prints(const struct candidates *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->people[i].family_print_count || c->people[i].first_print_count)
            return true;
    return false;
}

static err put_print(struct buf *to, const struct match_name_field *f, struct view name, struct row_print *ret)
{
    CLEANUP(buf_free) struct buf bare = BUF_SECRET(MATCH_NAME_BYTES);
    ret->has = match_value_family(&bare, name); /* else it never agrees */
    return match_print(to, f->field, f->no, name);
}

/* The fingerprints of the names of the rows that have hits, by row. */
static err print_names(struct match_lookup *l, size_t row_count, struct row_prints *list)
{
    CLEANUP(buf_free) struct buf bytes = BUF_SECRET(row_count * 2 * MATCH_PRINT_BYTES);
    CLEANUP(mem_release) struct keeper_value *values = mem_array(row_count * 2, sizeof *values);
    CLEANUP(mem_release) uint8_t(*tokens)[TOKEN_BYTES] = mem_array(row_count * 2, TOKEN_BYTES);
    ENSURE(values && tokens, mem_none());
    size_t n = 0;
    for (size_t i = 0; i < l->hit_count; i = match_row_end(l, i)) {
        uint32_t row = l->hits[i].row;
        TRY(put_print(&bytes, &l->access->family, l->rows[row].family, &list[row].family));
        TRY(put_print(&bytes, &l->access->first, l->rows[row].first, &list[row].first));
        n += 2;
    }
    for (size_t i = 0; i < n; i++)
        values[i] = (struct keeper_value){KEEPER_TOKEN_PRINT, TEXT_NORMALISER_VERSION,
                                          view_of(bytes.p + i * MATCH_PRINT_BYTES, MATCH_PRINT_BYTES)};
    TRY(l->access->tokens(l->access->ctx, values, n, tokens));
    n = 0;
    for (size_t i = 0; i < l->hit_count; i = match_row_end(l, i)) {
        struct row_prints *p = &list[l->hits[i].row];
        memcpy(p->family.print, tokens[n++], TOKEN_BYTES);
        memcpy(p->first.print, tokens[n++], TOKEN_BYTES);
    }
    return OK;
}

/* --- records of one person --- */

static size_t note_several(const struct matching *m, uint32_t *list)
{
    size_t count = 0;
    for (size_t i = 0; i < m->row_count; i++)
        for (size_t k = 0; k < m->lookup.results[i].ordinal_count; k++, count++)
            if (list)
                list[count] = m->lookup.results[i].ordinals[k];
    for (size_t i = 0; i < m->candidates.count; i++) {
        const struct match_person *p = &m->candidates.people[i];
        if (p->there && p->joined && list)
            list[count] = p->ordinal;
        count += p->there && p->joined;
    }
    return count;
}

/* Those that stand for others are in the list themselves. */
static err find_standing(struct matching *m)
{
    struct standing *s = &m->standing;
    const struct match_access *access = m->lookup.access;
    size_t count = note_several(m, NULL);
    s->records = mem_array(2 * count + 1, sizeof *s->records);
    s->stands = mem_array(2 * count + 1, sizeof *s->stands);
    ENSURE(s->records && s->stands, mem_none());
    note_several(m, s->records);
    s->count = each_once(s->records, count);
    if (s->count == 0)
        return OK;
    TRY(access->records(access->ctx, s->records, s->count, s->stands));
    memcpy(s->records + s->count, s->stands, s->count * sizeof *s->records);
    s->count = each_once(s->records, 2 * s->count);
    return access->records(access->ctx, s->records, s->count, s->stands);
}

static uint32_t *standing_of(const struct standing *s, uint32_t record)
{
    const uint32_t *at = s->count ? bsearch(&record, s->records, s->count, sizeof record, match_by_number) : NULL;
    return at ? &s->stands[at - s->records] : NULL;
}

/* One who is in no list is one record only. */
static uint32_t stands_for(const struct standing *s, uint32_t record)
{
    uint32_t *mine = standing_of(s, record), *at = mine;
    uint32_t end = record;
    while (at && *at != end) {
        end = *at;
        at = standing_of(s, end);
    }
    if (mine)
        *mine = end;
    return end;
}

/* The people of a list of records, in place of it. */
static err people_of(struct matching *m, const uint32_t **list, size_t *count)
{
    uint32_t *people = arena_array(m->a, *count, sizeof *people);
    ENSURE(people, mem_none());
    for (size_t i = 0; i < *count; i++)
        people[i] = stands_for(&m->standing, (*list)[i]);
    *count = each_once(people, *count);
    *list = people;
    return OK;
}

static err join_records(struct matching *m, struct match *result)
{
    if (result->doubt_count > 1)
        TRY(people_of(m, &result->doubt, &result->doubt_count));
    if (result->kind != MATCH_SEVERAL)
        return OK;
    TRY(people_of(m, &result->ordinals, &result->ordinal_count));
    result->joined = result->ordinal_count == 1;
    result->kind = result->joined ? MATCH_ONE : MATCH_SEVERAL;
    result->ordinal = result->ordinals[0];
    return OK;
}

/* --- judging --- */

static const struct match_person *person_hit(const struct matching *m, const struct match_hit *hit)
{
    const struct match_person *p = candidate(&m->candidates, hit->ordinal);
    CHECK(p);
    return p;
}

static err set_near(struct matching *m, size_t row, const struct match_hit *hits, size_t count)
{
    const struct match_row *r = &m->lookup.rows[row];
    const struct row_prints *prints = &m->prints[row];
    struct match *result = &m->lookup.results[row];
    uint32_t *near = arena_array(m->a, count, sizeof *near), *doubt = arena_array(m->a, count, sizeof *doubt);
    ENSURE(near && doubt, mem_none());
    for (size_t i = 0; i < count; i++) {
        const struct match_person *p = person_hit(m, &hits[i]);
        if (!p->there || (hits[i].via != VIA_EMAIL && !found_family_agrees(r, prints, p)))
            continue;
        near[result->near_count++] = hits[i].ordinal;
        if (!details_disagree(r, prints, p))
            doubt[result->doubt_count++] = hits[i].ordinal;
    }
    result->near = near;
    result->doubt = doubt;
    return OK;
}

static err by_addresses(struct matching *m, size_t row, const struct match_hit *hits, size_t count)
{
    const struct match_row *r = &m->lookup.rows[row];
    const struct row_prints *prints = &m->prints[row];
    size_t n = 0;
    CLEANUP(mem_release) const struct match_hit **list = mem_array(count, sizeof *list);
    ENSURE(list, mem_none());
    for (size_t i = 0; i < count; i++) {
        const struct match_person *p = person_hit(m, &hits[i]);
        bool found = hits[i].via == VIA_EMAIL || found_family_agrees(r, prints, p);
        if (p->there && found && is_same_person(r, prints, p))
            list[n++] = &hits[i];
    }
    return n ? set_result(m->a, &m->lookup.results[row], list, n) : set_near(m, row, hits, count);
}

static size_t first_hit(const struct match_lookup *l, size_t row)
{
    size_t low = 0, high = l->hit_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->hits[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

err match_judge(struct matching *m, size_t row)
{
    const struct match_lookup *l = &m->lookup;
    CHECK(row < m->row_count);
    size_t first = first_hit(l, row);
    if (first < l->hit_count && l->hits[first].row == row)
        TRY(by_addresses(m, row, l->hits + first, match_row_end(l, first) - first));
    return join_records(m, &l->results[row]);
}

void match_changed(struct matching *m, const struct match_person *now)
{
    struct match_person *p = candidate(&m->candidates, now->ordinal), before;
    if (!p)
        return;
    before = *p;
    *p = *now;
    p->changed = true;
    p->found_families = before.changed ? before.found_families : before.families;
    p->found_family_count = before.changed ? before.found_family_count : before.family_count;
}

void match_joined(struct matching *m, const uint32_t *ordinals, size_t count)
{
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        uint32_t stands = stands_for(&m->standing, ordinals[i]);
        first = stands < first ? stands : first;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t *at = standing_of(&m->standing, stands_for(&m->standing, ordinals[i]));
        CHECK(at); /* what ids mean is in the list */
        *at = first;
    }
}

err match_found(struct matching *m, const uint32_t **ret, size_t *ret_count)
{
    size_t count = m->candidates.count;
    for (size_t i = 0; i < m->row_count; i++)
        count += m->lookup.results[i].kind == MATCH_ONE ? 1 : m->lookup.results[i].ordinal_count;
    uint32_t *list = arena_array(m->a, count + 1, sizeof *list);
    ENSURE(list, mem_none());
    memcpy(list, m->candidates.ordinals, m->candidates.count * sizeof *list);
    count = m->candidates.count;
    for (size_t i = 0; i < m->row_count; i++) {
        const struct match *result = &m->lookup.results[i];
        if (result->kind == MATCH_ONE)
            list[count++] = result->ordinal;
        for (size_t k = 0; k < result->ordinal_count; k++)
            list[count++] = result->ordinals[k];
    }
    *ret = list;
    *ret_count = each_once(list, count);
    return OK;
}

/* --- all of it --- */

size_t match_rows_at_once(uint64_t people)
{
    return people / ROWS_PART > ROWS_LEAST ? (size_t)(people / ROWS_PART) : ROWS_LEAST;
}

void match_end(struct matching **m)
{
    if (!*m)
        return;
    match_lookup_free(&(*m)->lookup);
    mem_free((*m)->candidates.ordinals);
    mem_free((*m)->candidates.people);
    mem_free((*m)->prints);
    mem_free((*m)->standing.records);
    mem_free((*m)->standing.stands);
    mem_free(*m);
    *m = NULL;
}

static err begin(struct matching *m)
{
    TRY(look_up(m));
    TRY(open_candidates(m));
    m->prints = mem_array(m->row_count, sizeof *m->prints);
    ENSURE(m->prints, mem_none());
    if (have_prints(&m->candidates))
        TRY(print_names(&m->lookup, m->row_count, m->prints));
    return find_standing(m);
}

err match_begin(const struct match_access *access, struct arena *a, const struct match_row *rows, size_t count,
                struct match *results, struct matching **ret, size_t *ret_count)
{
    CLEANUP(match_end) struct matching *m = mem_alloc(sizeof *m);
    ENSURE(m, mem_none());
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++)
        CHECK(rows[i].source == rows[0].source && rows[i].id_count <= MATCH_IDS_MAX &&
              rows[i].email_count <= MATCH_EMAILS_MAX);
    m->lookup = (struct match_lookup){.access = access, .rows = rows, .results = results, .bytes = BUF(SIZE_MAX / 2)};
    m->lookup.hit_max = access->hits_at_once                ? access->hits_at_once
                        : count > HITS_LEAST / HITS_PER_ROW ? count * HITS_PER_ROW
                                                            : HITS_LEAST;
    m->a = a;
    m->row_count = count;
    TRY(begin(m));
    *ret_count = m->row_count;
    *ret = m;
    m = NULL;
    return OK;
}

err match_rows(const struct match_access *access, struct arena *a, const struct match_row *rows, size_t count,
               struct match *results)
{
    for (size_t at = 0, n = count; at < count; at += n) {
        CLEANUP(match_end) struct matching *m = NULL;
        n = count - at < n ? count - at : n;
        TRY(match_begin(access, a, rows + at, n, results + at, &m, &n));
        for (size_t i = 0; i < n; i++)
            TRY(match_judge(m, i));
    }
    return OK;
}
