/* Stored incidents, scope numbers and contacts: what is accepted is whole, and is written again byte for byte the same. */
#include "contact.h"
#include "incident.h"
#include "jsonio.h"
#include "limits.h"
#include "scope_numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_numbers(struct arena *a, const json_t *j)
{
    struct scope_numbers n, n2;
    if (scope_numbers_decode(a, j, &n).kind != ERR_OK)
        return;
    CHECK(n.members + n.former + n.other == n.affected);
    CLEANUP(jsonio_release) json_t *once = NULL;
    CLEANUP(jsonio_release) json_t *twice = NULL;
    CHECK(scope_numbers_json(&n, &once).kind == ERR_OK);
    CHECK(scope_numbers_decode(a, once, &n2).kind == ERR_OK);
    CHECK(scope_numbers_json(&n2, &twice).kind == ERR_OK);
    CHECK(json_equal(once, twice) && json_equal(once, j));
}

static void same_contact(struct arena *a, const json_t *j)
{
    struct contact c;
    if (contact_from_json(a, j, &c).kind != ERR_OK)
        return;
    CLEANUP(jsonio_release) json_t *again = contact_to_json(&c);
    CHECK(again && json_equal(again, j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(jsonio_release) json_t *j = NULL;
    struct incident inc, again;
    if (jsonio_load(view_of(data, size), LIMIT_INCIDENT_BYTES, &j).kind != ERR_OK)
        return 0;
    same_numbers(a, j);
    same_contact(a, j);
    if (incident_decode(a, j, &inc).kind != ERR_OK)
        return 0;
    CHECK(inc.aware != INCIDENT_NO_TIME && incident_report_due(&inc) - inc.aware == INCIDENT_REPORT_SECONDS);
    CLEANUP(buf_free) struct buf once = BUF(LIMIT_INCIDENT_BYTES);
    CLEANUP(buf_free) struct buf twice = BUF(LIMIT_INCIDENT_BYTES);
    CHECK(incident_encode(&once, &inc).kind == ERR_OK);
    CHECK(incident_decode_bytes(a, buf_view(&once), &again).kind == ERR_OK);
    CHECK(incident_encode(&twice, &again).kind == ERR_OK);
    CHECK(view_equal(buf_view(&once), buf_view(&twice)));
    struct incident next;
    bool closed = inc.closed_at != INCIDENT_NO_TIME;
    CHECK((incident_revise(&inc, &again, &next).kind == ERR_CONFLICT) == closed);
    return 0;
}
