#include "call_path.h"

#include <execinfo.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>

enum { DEPTH = 8, MODULES = 64 };

static struct module {
    uintptr_t base, from, to;
} modules[MODULES];
static size_t module_count;
static _Thread_local bool at_work; /* unwinding may ask for memory, which leads here again */

static int add_module(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    for (size_t i = 0; i < info->dlpi_phnum && module_count < MODULES; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X))
            modules[module_count++] = (struct module){info->dlpi_addr, info->dlpi_addr + p->p_vaddr, info->dlpi_addr + p->p_vaddr + p->p_memsz};
    }
    return 0;
}

void call_path_start(void)
{
    void *first[1];
    (void)backtrace(first, 1); /* loads what it needs */
    dl_iterate_phdr(add_module, NULL);
}

/* Which module, and where in it. */
static uint64_t place_of(const void *address)
{
    uintptr_t a = (uintptr_t)address;
    for (size_t i = 0; i < module_count; i++)
        if (a >= modules[i].from && a < modules[i].to)
            return (uint64_t)(i + 1) << 40 | (a - modules[i].base);
    return 1;
}

uint64_t call_path(void)
{
    if (at_work)
        return 0;
    at_work = true;
    void *frames[DEPTH];
    int count = backtrace(frames, DEPTH);
    uint64_t hash = 0xcbf29ce484222325u, last = 0;
    for (int i = 0; i < count; i++) {
        uint64_t place = place_of(frames[i]);
        for (int byte = 0; place != last && byte < 8; byte++)
            hash = (hash ^ (place >> (8 * byte) & 0xff)) * 0x100000001b3u;
        last = place;
    }
    at_work = false;
    return hash ? hash : 1;
}
