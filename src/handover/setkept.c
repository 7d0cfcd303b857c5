#include "setkept.h"

#include "mem.h"
#include "peopleset.h"

#include <string.h>

struct kept {
    struct hash sha;
    uint8_t *bytes;
    size_t len;
    uint64_t question; /* the last that needed it */
};

struct set_kept {
    struct kept *list;
    size_t count, room;
    uint32_t *table; /* by the first bytes of the hash: index in `list`, + 1 */
    size_t table_room;
    size_t bytes;
    uint64_t question;
};

static void end(void *p)
{
    struct set_kept *k = p;
    for (size_t i = 0; i < k->count; i++)
        mem_free(k->list[i].bytes);
    mem_free(k->list);
    mem_free(k->table);
    mem_free(k);
}

err set_kept_of(struct vault *v, struct set_kept **ret)
{
    if (!v->kept.p) {
        v->kept.p = mem_alloc(sizeof(struct set_kept));
        ENSURE(v->kept.p, mem_none());
        v->kept.end = end;
    }
    *ret = v->kept.p;
    (*ret)->question++;
    return OK;
}

/* Where it stands in the table, or would. */
static uint32_t *place_of(const struct set_kept *k, const struct hash *sha)
{
    uint64_t at;
    memcpy(&at, sha->b, sizeof at);
    for (at &= k->table_room - 1; k->table[at]; at = (at + 1) & (k->table_room - 1))
        if (hash_equal(&k->list[k->table[at] - 1].sha, sha))
            break;
    return &k->table[at];
}

static void fill_table(struct set_kept *k)
{
    memset(k->table, 0, k->table_room * sizeof *k->table);
    for (size_t i = 0; i < k->count; i++)
        *place_of(k, &k->list[i].sha) = (uint32_t)i + 1;
}

static err make_room(struct set_kept *k)
{
    if (k->count < k->room)
        return OK;
    size_t room = k->room ? 2 * k->room : 256;
    struct kept *list = mem_resize(k->list, room * sizeof *list);
    ENSURE(list, mem_none());
    k->list = list;
    uint32_t *table = mem_array(2 * room, sizeof *table);
    ENSURE(table, mem_none());
    mem_free(k->table);
    k->table = table;
    k->table_room = 2 * room;
    k->room = room;
    fill_table(k);
    return OK;
}

static err read_set(struct set_kept *k, struct vault *v, const char *owner, const char *name, const struct hash *sha)
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_BLOB_BYTES);
    TRY(peopleset_bytes(v, owner, name, sha, &bytes));
    uint8_t *copy = mem_alloc(bytes.len);
    ENSURE(copy, mem_none());
    memcpy(copy, bytes.p, bytes.len);
    k->list[k->count++] = (struct kept){*sha, copy, bytes.len, 0};
    k->bytes += bytes.len;
    return OK;
}

err set_kept_get(struct set_kept *k, struct vault *v, const char *owner, const char *name, const struct hash *sha, struct view *ret)
{
    TRY(make_room(k));
    uint32_t *place = place_of(k, sha);
    if (!*place) {
        TRY(read_set(k, v, owner, name, sha));
        *place = (uint32_t)k->count;
    }
    struct kept *found = &k->list[*place - 1];
    found->question = k->question;
    *ret = view_of(found->bytes, found->len);
    return OK;
}

/* Drops from the list's end, as long as too much is kept, those of earlier questions, or any. */
static void drop(struct set_kept *k, size_t most, bool any)
{
    for (size_t i = k->count; i > 0 && k->bytes > most; i--) {
        struct kept *one = &k->list[i - 1];
        if (!any && one->question == k->question)
            continue;
        k->bytes -= one->len;
        mem_free(one->bytes);
        *one = k->list[--k->count];
    }
}

void set_kept_trim(struct set_kept *k, size_t most)
{
    if (k->bytes <= most)
        return;
    drop(k, most, false);
    drop(k, most, true);
    fill_table(k);
}
