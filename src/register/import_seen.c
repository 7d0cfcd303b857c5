/* The keys of a file's people: a table of 16 bytes a key, open addressing.  A key is 12 bytes of a SHA-256: that two of 20
 * million are alike by chance is less likely than one in 10^14. */
#include "import_int.h"

#include <string.h>

enum { KEY_LEN = 12, FIRST_ROOM = 1 << 16 };

struct place {
    uint8_t key[KEY_LEN];
    uint32_t person_plus_1; /* 0: free */
};

struct seen {
    struct place *places;
    size_t room, count; /* room is a power of 2 */
};

err seen_new(struct seen **ret)
{
    struct seen *s = mem_alloc(sizeof *s);
    ENSURE(s, mem_none());
    s->room = FIRST_ROOM;
    s->places = mem_array(s->room, sizeof *s->places);
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

static struct place *find(struct place *places, size_t room, const uint8_t *key)
{
    uint64_t start;
    memcpy(&start, key, sizeof start);
    for (size_t i = (size_t)start & (room - 1);; i = (i + 1) & (room - 1))
        if (places[i].person_plus_1 == 0 || memcmp(places[i].key, key, KEY_LEN) == 0)
            return &places[i];
}

static err grow(struct seen *s)
{
    size_t room = s->room * 2;
    struct place *more = mem_array(room, sizeof *more);
    ENSURE(more, mem_none());
    for (size_t i = 0; i < s->room; i++)
        if (s->places[i].person_plus_1)
            *find(more, room, s->places[i].key) = s->places[i];
    mem_free(s->places);
    s->places = more;
    s->room = room;
    return OK;
}

bool seen_find(const struct seen *s, const struct hash *key, uint32_t *ret)
{
    const struct place *p = find(s->places, s->room, key->b);
    *ret = p->person_plus_1 - 1;
    return p->person_plus_1 != 0;
}

err seen_meet(struct seen *s, const struct hash *key, uint32_t person, uint32_t *ret)
{
    if (s->count >= s->room / 4 * 3)
        TRY(grow(s));
    struct place *p = find(s->places, s->room, key->b);
    if (p->person_plus_1 == 0) {
        memcpy(p->key, key->b, KEY_LEN);
        p->person_plus_1 = person + 1;
        s->count++;
    }
    *ret = p->person_plus_1 - 1;
    return OK;
}
