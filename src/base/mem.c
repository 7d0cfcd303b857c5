#include "mem.h"

#include <jansson.h>
#include <malloc.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static uint64_t allocations, failing;
static bool keeps_failing, ran_short;

void mem_fail_at(uint64_t n, bool for_ever)
{
    failing = n ? allocations + n : 0;
    keeps_failing = for_ever;
    ran_short = ran_short && n;
}

uint64_t mem_count(void)
{
    return allocations;
}

static bool planned_failure(void)
{
    allocations++;
    if (!failing)
        return false;
    return keeps_failing ? allocations >= failing : allocations == failing;
}

void mem_pages(void)
{
    enum { LARGE = 1 << 20 };
    int set = mallopt(M_MMAP_THRESHOLD, LARGE);
    (void)set; /* it can only refuse a number that is too large */
}

bool mem_ran_short(void)
{
    return ran_short;
}

void mem_short_forget(void)
{
    ran_short = false;
}

static void *noted(void *p)
{
    ran_short = ran_short || !p;
    return p;
}

bool mem_room(size_t size)
{
    void *volatile p = noted(malloc(size)); /* volatile, or the compiler takes both calls away */
    bool room = p != NULL;
    free(p);
    return room;
}

void *mem_alloc(size_t size)
{
    return noted(planned_failure() ? NULL : calloc(1, size ? size : 1));
}

/* Before anything can have made a JSON value. */
__attribute__((constructor)) static void adopt_jansson(void)
{
    json_set_alloc_funcs(mem_alloc, mem_free);
}

void *mem_array(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return mem_alloc(total);
}

void *mem_resize(void *old, size_t size)
{
    return noted(planned_failure() ? NULL : realloc(old, size ? size : 1));
}

char *mem_text(const char *bytes, size_t len)
{
    char *text = mem_alloc(len + 1);
    if (text && len)
        memcpy(text, bytes, len);
    return text;
}

void mem_free(void *p)
{
    free(p);
}

void mem_release(void *pointer_to_pointer)
{
    void **p = pointer_to_pointer;
    mem_free(*p);
    *p = NULL;
}

struct block {
    struct block *older;
    size_t used, size;
    alignas(max_align_t) uint8_t bytes[];
};

struct arena {
    struct block *newest;
};

enum { BLOCK_BYTES = 1 << 16 };

struct arena *arena_new(void)
{
    return mem_alloc(sizeof(struct arena));
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct block *b = a->newest, *older; b; b = older) {
        older = b->older;
        mem_free(b);
    }
    mem_free(a);
}

void arena_release(struct arena **a)
{
    arena_free(*a);
    *a = NULL;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t need;
    if (__builtin_add_overflow(size, alignof(max_align_t) - 1, &need))
        return NULL;
    need &= ~(alignof(max_align_t) - 1);
    if (!a->newest || a->newest->size - a->newest->used < need) {
        size_t room = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        struct block *b = mem_alloc(sizeof *b + room);
        if (!b)
            return NULL;
        b->size = room;
        b->older = a->newest;
        a->newest = b;
    }
    void *p = a->newest->bytes + a->newest->used;
    a->newest->used += need;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return arena_alloc(a, total);
}

void *arena_copy(struct arena *a, const void *bytes, size_t len)
{
    void *p = arena_alloc(a, len);
    if (p && len)
        memcpy(p, bytes, len);
    return p;
}

char *arena_text(struct arena *a, const char *bytes, size_t len)
{
    char *p = arena_alloc(a, len + 1);
    if (p) {
        if (len)
            memcpy(p, bytes, len);
        p[len] = 0;
    }
    return p;
}
