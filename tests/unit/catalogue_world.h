/* What tests over a catalogue of fields share: an arena, and the catalogue that comes with the program. */
#ifndef CATALOGUE_WORLD_H
#define CATALOGUE_WORLD_H

#include "testing.h"

#include "catalogue.h"

static struct arena *a;
static struct catalogue c;

static int start(void **state)
{
    (void)state;
    a = arena_new();
    return a && catalogue_new(a, &c).kind == ERR_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

#endif
