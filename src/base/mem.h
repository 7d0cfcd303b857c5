/* Memory.  Every allocation of the tree and of jansson goes through here, so that tests can fail the n-th, and so that it is known
 * whether any failed: jansson says of some that a text was no JSON, and of some nothing.
 * Errors: a NULL return is ERR_NOMEM for the caller to make with mem_none().
 */
#ifndef MEM_H
#define MEM_H

#include "err.h"

/* At the start of a program that may come to hold much: what is large lies in pages of its own, so that it grows without being copied, and
 * goes back to the system when it is freed.  By itself the library stops doing so once it has freed something large. */
void mem_pages(void);

void *mem_alloc(size_t size);                 /* zeroed; size 0 gives a valid pointer */
void *mem_array(size_t count, size_t size);   /* zeroed; NULL on overflow too */
void *mem_resize(void *old, size_t size);     /* old stays valid where NULL comes back */
char *mem_text(const char *bytes, size_t len); /* a terminated copy */
void mem_free(void *p);
/* Inline, so that the compiler sees that it is never OK. */
static inline err mem_none(void)
{
    return err_new(ERR_NOMEM, "There is not enough memory.", "Close other programs and run the command again; nothing was lost.");
}

/* Whether an allocation failed since the last mem_short_forget(), which stands where a server begins with a request.  Then nothing is
 * committed, called damaged, or said to be done: what was worked out may lack something. */
bool mem_ran_short(void);
void mem_short_forget(void);

/* Whether so much could be had now; if not, memory ran short.  Asked before a library is called that dies where it gets none. */
bool mem_room(size_t size);

/* For CLEANUP(mem_release): frees what the variable points to. */
void mem_release(void *pointer_to_pointer);

/* Tests: the n-th allocation from now fails (1 = the next); 0 switches it off, and none ran short.  Counts are per process. */
void mem_fail_at(uint64_t n, bool for_ever);
uint64_t mem_count(void);

/* Things that live as long as one command or one request.  Freed whole. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *a);
void arena_release(struct arena **a); /* for CLEANUP */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_text(struct arena *a, const char *bytes, size_t len);
void *arena_copy(struct arena *a, const void *bytes, size_t len);

#endif
