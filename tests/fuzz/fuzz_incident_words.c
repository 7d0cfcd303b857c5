/* What an officer types on the command line for a fact, an end of the window, a window. */
#include "incident.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    char *words = arena_text(a, (const char *)data, size);
    struct when_zone zone;
    CHECK(words && when_zone_find(&zone, view_text("Europe/London")).kind == ERR_OK);
    struct incident_fact fact;
    if (incident_parse_fact(a, words, &fact).kind == ERR_OK) {
        CHECK(fact.answer != INCIDENT_NO || fact.reason[0]);
        CHECK(fact.answer != INCIDENT_NOT_KNOWN || !fact.reason[0]);
        CHECK(fact.next_word == INCIDENT_NO_TIME);
    }
    struct incident_edge from, to;
    if (incident_parse_window(words, &zone, &from, &to).kind == ERR_OK) {
        struct when_range f = incident_edge_range(from), t = incident_edge_range(to);
        CHECK(from.state != INCIDENT_EDGE_ONGOING);
        CHECK(f.earliest <= f.latest && t.earliest <= t.latest && f.earliest <= t.latest);
    }
    if (incident_parse_edge(words, true, &zone, &to).kind == ERR_OK && to.state == INCIDENT_EDGE_KNOWN)
        CHECK(to.range.earliest <= to.range.latest);
    return 0;
}
