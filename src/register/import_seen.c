/* The keys of a file's people, 16 bytes each, in one table sorted by key: a key stands at the place that its first bytes give, or as
 * soon after it as those before it leave room.  So the table grows where it is, in small steps, and stays nearly full: there are two
 * keys a person.  A key is 12 bytes of a SHA-256: that two of 20 million are alike by chance is less likely than one in 10^14. */
#include "import_int.h"

#include <string.h>

enum { KEY_LEN = 12, FIRST_ROOM = 1 << 12, AFTER = 1 << 12 /* places behind the last, of which one always stays free */ };

struct place {
    uint8_t key[KEY_LEN];
    uint32_t person_plus_1; /* 0: free */
};

struct seen {
    struct place *places;
    size_t room, count; /* room without AFTER */
};

err seen_new(struct seen **ret)
{
    struct seen *s = mem_alloc(sizeof *s);
    ENSURE(s, mem_none());
    s->room = FIRST_ROOM;
    s->places = mem_array(s->room + AFTER, sizeof *s->places);
    *ret = s;
    if (!s->places) {
        seen_free(ret);
        return mem_none();
    }
    return OK;
}

void seen_free(struct seen **s)
{
    if (*s)
        mem_free((*s)->places);
    mem_free(*s);
    *s = NULL;
}

/* Rises with the key. */
static size_t place_of(const uint8_t *key, size_t room)
{
    uint64_t first = 0;
    for (int i = 0; i < 8; i++)
        first = first << 8 | key[i];
    return (size_t)((unsigned __int128)first * room >> 64);
}

/* Where the key stands, or belongs. */
static size_t find(const struct seen *s, const uint8_t *key, bool *ret_there)
{
    size_t i = place_of(key, s->room);
    int order = -1;
    while (s->places[i].person_plus_1 && (order = memcmp(s->places[i].key, key, KEY_LEN)) < 0)
        i++;
    *ret_there = s->places[i].person_plus_1 && order == 0;
    return i;
}

/* Only somebody who makes up ids for it brings so many to one place. */
static err too_alike(void)
{
    return err_new(ERR_LIMIT, "The ids in this file are not such as any system gives.", "Find out who made the file.");
}

/* A quarter more, where it is: all keys move to the end, and from there each to its new place. */
static err grow(struct seen *s)
{
    size_t before = s->room + AFTER, room = s->room + s->room / 4, all = room + AFTER, top = all, next = 0;
    struct place *p = mem_resize(s->places, all * sizeof *p);
    ENSURE(p, mem_none());
    memset(p + before, 0, (all - before) * sizeof *p);
    s->places = p;
    s->room = room;
    for (size_t i = before; i-- > 0;) {
        struct place one = p[i];
        p[i].person_plus_1 = 0;
        if (one.person_plus_1)
            p[--top] = one;
    }
    for (size_t i = top; i < all; i++) {
        struct place one = p[i];
        size_t to = place_of(one.key, room);
        to = to > next ? to : next;
        ENSURE(to <= i && to < all - 1, too_alike());
        p[i].person_plus_1 = 0;
        p[to] = one;
        next = to + 1;
    }
    return OK;
}

bool seen_find(const struct seen *s, const struct hash *key, uint32_t *ret)
{
    bool there;
    size_t i = find(s, key->b, &there);
    *ret = s->places[i].person_plus_1 - 1;
    return there;
}

err seen_meet(struct seen *s, const struct hash *key, uint32_t person, uint32_t *ret)
{
    if (s->count >= s->room / 8 * 7)
        TRY(grow(s));
    bool there;
    size_t i = find(s, key->b, &there), end = i;
    if (!there) {
        while (s->places[end].person_plus_1)
            end++;
        ENSURE(end < s->room + AFTER - 1, too_alike());
        memmove(&s->places[i + 1], &s->places[i], (end - i) * sizeof s->places[i]);
        memcpy(s->places[i].key, key->b, KEY_LEN);
        s->places[i].person_plus_1 = person + 1;
        s->count++;
    }
    *ret = s->places[i].person_plus_1 - 1;
    return OK;
}
