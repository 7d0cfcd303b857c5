/* candour bench keeper: records opened, a look-up, and a record changed, through the real keeper, beside the bare cipher, the bare way to
 * the keeper and the bare disk. */
#include "bench_bare.h"
#include "bench_cmd.h"

#include "match.h"
#include "mem.h"
#include "people.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* How often each thing is done, for a register that is large enough; and that the same person is not asked for twice running. */
enum { PEOPLE = 100000, CELLS = 100, FINDS = 2000, CHANGES = 300, SYNCS = 1000, PINGS = 5000, ORDERED = 7919 };
enum { OPENED_EACH = 20 };
static const double OPEN_SECONDS = 2;

static size_t at_most(uint64_t people, size_t most)
{
    return people < most ? (size_t)people : most;
}

/* --- records in batches --- */

/* A cell of people as it lies in the database. */
struct held {
    struct buf keys, cell, rows;
    struct keeper_cell at;
    struct keeper_place places[CELL_PLACES];
    size_t row_end[CELL_PLACES], count;
};

static void held_free(struct held **list)
{
    for (size_t i = 0; *list && i < CELLS; i++) {
        buf_free(&(*list)[i].keys);
        buf_free(&(*list)[i].cell);
        buf_free(&(*list)[i].rows);
    }
    mem_free(*list);
}

static err on_row(void *ctx, uint64_t ordinal, struct view row)
{
    struct held *h = ctx;
    buf_put(&h->rows, row);
    h->places[h->count].place = (uint8_t)(ordinal % CELL_PLACES);
    h->row_end[h->count++] = h->rows.len;
    return buf_ok(&h->rows);
}

static err hold(struct store *s, uint32_t no, struct held *h)
{
    *h = (struct held){.keys = BUF(LIMIT_FRAME_BYTES), .cell = BUF(LIMIT_FRAME_BYTES), .rows = BUF(LIMIT_FRAME_BYTES)};
    TRY(store_keys_get(s, STORE_KEYS_PEOPLE, no / CELL_KEYS_PER_BLOB, &h->keys));
    TRY(store_cell_get(s, no, &h->cell));
    TRY(store_rows_each(s, no * CELL_PLACES, no * CELL_PLACES + CELL_PLACES - 1, on_row, h));
    h->at = (struct keeper_cell){.no = no, .keys = buf_view(&h->keys), .sealed = buf_view(&h->cell)};
    for (size_t i = 0; i < h->count; i++) {
        size_t from = i ? h->row_end[i - 1] : 0;
        h->places[i].row = view_of(h->rows.p + from, h->row_end[i] - from);
    }
    return OK;
}

struct opened {
    uint64_t people, records, bytes;
    double seconds;
};

static err open_cell(struct vault *v, const struct held *h, uint32_t categories, struct keeper_person *p, struct opened *to)
{
    TRY(keeper_read_people(v->keeper, &h->at, h->places, h->count, categories, false));
    for (bool more = true;;) {
        TRY(keeper_next_person(v->keeper, p, &more));
        if (!more)
            return OK;
        to->people++;
        to->records += p->record_count;
        for (size_t i = 0; i < p->record_count; i++)
            to->bytes += p->records[i].plain.len;
    }
}

/* Cells that are in memory already, again and again. */
static err open_batches(struct vault *v, uint32_t categories, uint64_t people, struct opened *ret)
{
    CLEANUP(held_free) struct held *list = mem_array(CELLS, sizeof *list);
    CLEANUP(mem_release) struct keeper_person *p = mem_alloc(sizeof *p);
    ENSURE(list && p, mem_none());
    size_t cells = (people + CELL_PLACES - 1) / CELL_PLACES;
    cells = cells < CELLS ? cells : CELLS;
    for (size_t i = 0; i < cells; i++)
        TRY(hold(v->store, (uint32_t)i, &list[i]));
    *ret = (struct opened){0};
    double from = bench_now();
    do {
        for (size_t i = 0; i < cells; i++)
            TRY(open_cell(v, &list[i], categories, p, ret));
        ret->seconds = bench_now() - from;
    } while (ret->seconds < OPEN_SECONDS && ret->people < OPENED_EACH * people);
    return OK;
}

static err count_person(void *ctx, uint32_t ordinal, const struct keeper_person *p)
{
    struct opened *to = ctx;
    (void)ordinal;
    to->people++;
    to->records += p->record_count;
    return OK;
}

/* Everybody once, from the database on. */
static err open_register(struct vault *v, uint32_t categories, uint64_t people, struct opened *ret)
{
    uint32_t ordinals[CELL_PLACES];
    *ret = (struct opened){0};
    double from = bench_now();
    for (uint64_t first = 0; first < people; first += CELL_PLACES) {
        size_t n = people - first < CELL_PLACES ? (size_t)(people - first) : CELL_PLACES;
        for (size_t i = 0; i < n; i++)
            ordinals[i] = (uint32_t)(first + i);
        TRY(vault_read_people(v, ordinals, n, categories, false, count_person, ret));
    }
    ret->seconds = bench_now() - from;
    return OK;
}

/* --- a look-up --- */

static err count_found(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    uint64_t *found = ctx;
    (void)asked, (void)ordinal, (void)flags;
    ++*found;
    return OK;
}

/* The token of somebody's first id. */
static err token_of(struct vault *v, const struct config *c, uint32_t ordinal, uint8_t ret[1][TOKEN_BYTES])
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf value = BUF(LIMIT_TOKEN_VALUE_BYTES);
    ENSURE(a, mem_none());
    struct person p;
    TRY(people_open(v, c, a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    for (size_t i = 0; i < p.count && value.len == 0; i++) {
        const struct field *f = field_of(&c->numbers, p.values[i].field);
        if (f && f->type == TYPE_ID)
            match_value_id(&value, p.values[i].source, p.values[i].field, p.values[i].text);
    }
    ENSURE(value.len, err_new(ERR_INTERNAL, "Somebody invented has no id.", "Report this mistake."));
    struct keeper_value asked = {KEEPER_TOKEN_ID, TEXT_NORMALISER_VERSION, buf_view(&value)};
    return keeper_tokens(v->keeper, &asked, 1, ret);
}

static err look_up(struct vault *v, const struct config *c, uint64_t people, struct bench_times *to)
{
    for (uint64_t i = 0; i < to->room; i++) {
        uint8_t token[1][TOKEN_BYTES];
        uint64_t found = 0;
        TRY(token_of(v, c, (uint32_t)(i * ORDERED % people), token));
        double from = bench_now();
        TRY(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])token, 1, count_found, &found));
        bench_times_add(to, bench_now() - from);
        ENSURE(found > 0, err_new(ERR_INTERNAL, "Somebody was not found by her id.", "Report this mistake."));
    }
    return OK;
}

/* --- a change --- */

/* Another telephone number for one person, committed; `publish`: with an entry in the log, published. */
static err change(struct vault *v, struct config *c, uint32_t ordinal, uint64_t number, bool publish, struct bench_times *to)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    struct person p;
    char digits[32];
    snprintf(digits, sizeof digits, "07700 900%03u", (unsigned)(number % 1000));
    struct view phone = view_text(digits);
    double from = bench_now();
    TRY(vault_begin(v));
    TRY(people_open(v, c, a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    TRY(person_set(a, &c->numbers, &p, field_no_of(&c->numbers, "phone"), 0, vault_now(v), &phone, 1));
    TRY(people_save(v, c, &p, 1));
    if (publish)
        TRY(vault_entry(v, json_pack("{s:s, s:s}", "kind", "merge", "action", "merge"), NULL));
    TRY(vault_commit(v));
    if (publish)
        TRY(vault_publish(v));
    bench_times_add(to, bench_now() - from);
    return OK;
}

static err changes(struct vault *v, struct config *c, uint64_t people, bool publish, struct bench_times *to)
{
    for (uint64_t i = 0; i < to->room; i++)
        TRY(change(v, c, (uint32_t)(i * ORDERED % people), i, publish, to));
    return OK;
}

/* --- all of it --- */

struct measured {
    struct opened batches, whole;
    double bare_opens;
    struct bench_times finds, changed, published, syncs, pings;
};

static void measured_free(struct measured *m)
{
    bench_times_free(&m->finds);
    bench_times_free(&m->changed);
    bench_times_free(&m->published);
    bench_times_free(&m->syncs);
    bench_times_free(&m->pings);
}

static err measure(struct bench *b, uint64_t people, struct measured *m)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    TRY(bench_times_new(at_most(people, FINDS), &m->finds));
    TRY(bench_times_new(at_most(people / 10 + 1, CHANGES), &m->changed));
    TRY(bench_times_new(at_most(people / 10 + 1, CHANGES), &m->published));
    TRY(bench_times_new(at_most(people, SYNCS), &m->syncs));
    TRY(bench_times_new(at_most(people, PINGS), &m->pings));
    TRY(bench_open(b, STORE_WRITE, &v));
    TRY(vault_lease(v));
    TRY(config_load(v, b->c->arena, &config));
    TRY(vault_warrant_plain(v, UINT32_MAX));
    uint32_t all = config_categories(&config);
    TRY(open_batches(v, all, people, &m->batches));
    TRY(bench_bare_open((size_t)(m->batches.bytes / m->batches.records), &m->bare_opens));
    TRY(open_register(v, all, people, &m->whole));
    TRY(look_up(v, &config, people, &m->finds));
    TRY(bench_bare_ping(v, &m->pings));
    TRY(changes(v, &config, people, false, &m->changed));
    TRY(changes(v, &config, people, true, &m->published));
    return bench_bare_sync(b, m->syncs.room, &m->syncs);
}

static void say(struct bench *b, struct measured *m)
{
    double ping = bench_times_at(&m->pings, 50) * 1e6, sync = bench_times_at(&m->syncs, 50) * 1e3;
    bench_figure(b, &(struct bench_figure){"records opened in batches", "1/s", (double)m->batches.records / m->batches.seconds,
                                           "bare cipher, one core", m->bare_opens, .least = 300000});
    bench_figure(b, &(struct bench_figure){"people opened in batches", "1/s", (double)m->batches.people / m->batches.seconds, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"records opened from the database on", "1/s", (double)m->whole.records / m->whole.seconds, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"a look-up, half of them", "us", bench_times_at(&m->finds, 50) * 1e6, "there and back with nothing", ping, .most = 100});
    bench_figure(b, &(struct bench_figure){"a look-up, 99 of 100", "us", bench_times_at(&m->finds, 99) * 1e6, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"a record changed durably, half of them", "ms", bench_times_at(&m->changed, 50) * 1e3, "fdatasync", sync, .most = 5});
    bench_figure(b, &(struct bench_figure){"a record changed durably, 99 of 100", "ms", bench_times_at(&m->changed, 99) * 1e3, NULL, 0, 0, 0});
    bench_figure(b, &(struct bench_figure){"the same with an entry, published, half of them", "ms", bench_times_at(&m->published, 50) * 1e3, NULL, 0, 0, 0});
}

err bench_keeper(struct cli *c)
{
    uint64_t people;
    CLEANUP(bench_end) struct bench b = BENCH_NONE;
    CLEANUP(measured_free) struct measured m = {0};
    struct bench_ran ran;
    TRY(bench_count(c, "people", PEOPLE, BENCH_PEOPLE_MAX, &people));
    TRY(bench_begin(c, &b));
    const char *file = bench_path(&b, "people.csv");
    TRY(bench_register(c, file, people, 1, NULL));
    TRY(bench_init(&b));
    TRY(bench_run(&b, (const char *[]){"import", file, "--source", "crm", "--full", NULL}, &ran, NULL));
    TRY(measure(&b, people, &m));
    out_set_text(&c->out, "bench", "keeper");
    out_set_number(&c->out, "people", people);
    out_set_number(&c->out, "record_bytes", m.batches.bytes / m.batches.records);
    say(&b, &m);
    bench_say(&b);
    return OK;
}
