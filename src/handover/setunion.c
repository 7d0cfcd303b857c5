#include "setunion.h"

#include "mem.h"
#include "setbytes.h"
#include "setkept.h"

#include <string.h>
#include <unistd.h>

/* One set: a hand-over's people, or some of the people before it. */
struct part {
    struct set_walk walk;
    bool people, lacks; /* lacks: it has those who are not meant */
    uint32_t to;
};

typedef uint64_t piece_bits[SET_PIECE_WORDS];

struct set_union {
    struct vault *v;
    struct set_kept *kept;
    struct set_union_memory memory;
    struct part *parts;
    size_t count, room, pass_bytes;
    size_t unions;               /* one more than the highest number used */
    struct peopleset **so_far;   /* of earlier passes */
    piece_bits *bits;            /* a union's piece each */
    struct set_writer *writers;
    piece_bits people, those; /* a hand-over's, and those meant of them */
};

static void end_writers(struct set_union *u)
{
    for (size_t i = 0; u->writers && i < u->unions; i++)
        set_writer_free(&u->writers[i]);
    mem_free(u->writers);
    mem_free(u->bits);
    u->writers = NULL;
    u->bits = NULL;
}

void set_union_free(struct set_union **u)
{
    if (!*u)
        return;
    end_writers(*u);
    for (size_t i = 0; (*u)->so_far && i < SET_UNIONS_MAX; i++)
        peopleset_free(&(*u)->so_far[i]);
    mem_free((*u)->so_far);
    mem_free((*u)->parts);
    mem_free(*u);
    *u = NULL;
}

/* Of a small machine's memory a quarter. */
static size_t keep_at_most(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t quarter = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 4 : 0;
    return quarter < LIMIT_SETS_KEPT_BYTES ? (size_t)quarter : LIMIT_SETS_KEPT_BYTES;
}

err set_union_begin(struct vault *v, const struct set_union_memory *memory, struct set_union **ret)
{
    CLEANUP(set_union_free) struct set_union *u = mem_alloc(sizeof *u);
    ENSURE(u, mem_none());
    u->v = v;
    u->memory = memory ? *memory : (struct set_union_memory){LIMIT_SETS_PASS_BYTES, keep_at_most()};
    u->so_far = mem_array(SET_UNIONS_MAX, sizeof(struct peopleset *));
    ENSURE(u->so_far, mem_none());
    TRY(set_kept_of(v, &u->kept));
    *ret = u;
    u = NULL;
    return OK;
}

/* --- one pass --- */

static bool at(const struct part *p, uint32_t key)
{
    return p->walk.left > 0 && p->walk.now.key == key;
}

/* The lowest piece that any set stands at, or SET_PIECE_PEOPLE. */
static uint32_t lowest_key(const struct set_union *u)
{
    uint32_t key = SET_PIECE_PEOPLE;
    for (size_t i = 0; i < u->count; i++)
        if (u->parts[i].walk.left > 0 && u->parts[i].walk.now.key < key)
            key = u->parts[i].walk.now.key;
    return key;
}

static void add_bits(const uint64_t *restrict from, uint64_t *restrict to)
{
    for (size_t i = 0; i < SET_PIECE_WORDS; i++)
        to[i] |= from[i];
}

/* Those of the people who are not in the part. */
static void add_others(struct set_union *u, const struct part *people, const struct part *p, uint32_t key, bool *spread)
{
    if (!at(p, key)) {
        set_piece_add(&people->walk.now, u->bits[p->to]);
        return;
    }
    if (!*spread) {
        memset(u->people, 0, sizeof u->people);
        set_piece_add(&people->walk.now, u->people);
        *spread = true;
    }
    memcpy(u->those, u->people, sizeof u->those);
    set_piece_take(&p->walk.now, u->those);
    add_bits(u->those, u->bits[p->to]);
}

static void unite_piece(struct set_union *u, uint32_t key)
{
    const struct part *people = NULL;
    bool spread = false;
    for (size_t i = 0; i < u->count; i++) {
        const struct part *p = &u->parts[i];
        if (p->people) {
            people = p;
            spread = false;
        }
        bool others = p->lacks && at(people, key), some = !p->lacks && at(p, key);
        /* The same people are given again and again: where all of them are in already, so are those of a part. */
        if ((!others && !some) || (!p->people && at(people, key) && set_piece_within(&people->walk.now, u->bits[p->to])))
            continue;
        if (others)
            add_others(u, people, p, key, &spread);
        else
            set_piece_add(&p->walk.now, u->bits[p->to]);
    }
}

static void step(struct set_union *u, uint32_t key)
{
    for (size_t i = 0; i < u->count; i++)
        if (at(&u->parts[i], key))
            set_walk_next(&u->parts[i].walk);
}

static err all_were_sets(const struct set_union *u)
{
    for (size_t i = 0; i < u->count; i++)
        ENSURE(!u->parts[i].walk.bad, err_new(ERR_CORRUPT, "A stored set of people is damaged.", "Run 'candour fsck' and restore a backup."));
    return OK;
}

static err collect(struct set_union *u, size_t no)
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES);
    CLEANUP(peopleset_free) struct peopleset *set = NULL;
    TRY(set_writer_end(&u->writers[no], &bytes));
    TRY(peopleset_of_bytes(buf_view(&bytes), &set));
    if (!u->so_far[no]) {
        u->so_far[no] = set;
        set = NULL;
        return OK;
    }
    peopleset_unite(u->so_far[no], set);
    return OK;
}

/* Unites what was added since the last pass. */
static err pass(struct set_union *u)
{
    u->writers = mem_array(u->unions + 1, sizeof *u->writers);
    u->bits = mem_array(u->unions + 1, sizeof *u->bits);
    ENSURE(u->writers && u->bits, mem_none());
    for (size_t i = 0; i < u->unions; i++)
        set_writer_begin(&u->writers[i]);
    for (uint32_t key = lowest_key(u); key < SET_PIECE_PEOPLE; key = lowest_key(u)) {
        memset(u->bits, 0, u->unions * sizeof *u->bits);
        unite_piece(u, key);
        for (size_t i = 0; i < u->unions; i++)
            set_writer_put(&u->writers[i], (uint16_t)key, u->bits[i]);
        step(u, key);
    }
    TRY(all_were_sets(u));
    for (size_t i = 0; i < u->unions; i++)
        TRY(collect(u, i));
    end_writers(u);
    u->count = 0;
    u->pass_bytes = 0;
    set_kept_trim(u->kept, u->memory.kept);
    return OK;
}

/* --- adding --- */

static err add(struct set_union *u, const char *owner, const char *name, const struct hash *sha, struct part part)
{
    struct view bytes;
    CHECK(part.to < SET_UNIONS_MAX && (part.people || u->count > 0));
    if (u->count == u->room) {
        size_t room = u->room ? 2 * u->room : 256;
        struct part *more = mem_resize(u->parts, room * sizeof *more);
        ENSURE(more, mem_none());
        u->parts = more;
        u->room = room;
    }
    TRY(set_kept_get(u->kept, u->v, owner, name, sha, &bytes));
    set_walk_begin(&part.walk, bytes);
    u->parts[u->count++] = part;
    u->unions = part.to >= u->unions ? part.to + 1 : u->unions;
    u->pass_bytes += bytes.len;
    return OK;
}

err set_union_people(struct set_union *u, const struct handover *h, size_t to)
{
    if (u->pass_bytes > u->memory.pass)
        TRY(pass(u));
    return add(u, h->id, ".people", &h->set_sha, (struct part){.people = true, .to = (uint32_t)to});
}

err set_union_field(struct set_union *u, const struct handover *h, size_t i, size_t to)
{
    CHECK(i < h->field_count);
    const struct handover_field *f = &h->fields[i];
    return add(u, h->id, f->key, &f->sha, (struct part){.lacks = f->lacks, .to = (uint32_t)to});
}

err set_union_exact(struct set_union *u, const struct handover *h, size_t to)
{
    CHECK(h->kind == HANDOVER_SYSTEM);
    return add(u, h->id, ".exact", &h->exact_sha, (struct part){.to = (uint32_t)to});
}

err set_union_end(struct set_union *u, struct peopleset **sets, size_t count)
{
    TRY(pass(u));
    CHECK(u->unions <= count);
    for (size_t i = 0; i < u->unions; i++)
        if (u->so_far[i])
            peopleset_unite(sets[i], u->so_far[i]);
    return OK;
}
