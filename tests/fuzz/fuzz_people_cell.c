/* Target: cell_people_decode() and what reads from it.  Every part lies in the input, the parts one after the other are the input, and the
 * lists keep what the keeper relies on. */
#include "cell.h"
#include "limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void check_person(const struct cell_person *p)
{
    if (p->state != CELL_THERE) {
        need(p->raw.len == 1);
        return;
    }
    need(p->proof_key.len == KEY_BYTES && p->facts.len <= LIMIT_FACTS_BYTES);
    need(p->raw.len == 1 + KEY_BYTES + 1 + p->categories.len + 1 + p->records.len + 2 + p->facts.len);
    for (uint8_t i = 0; i < p->record_count; i++) {
        struct cell_record r = cell_record_at(p, i);
        const uint8_t *key = cell_category_key(p, r.category);
        need(r.category < CELL_CATEGORIES_MAX && key && key > p->categories.p && key + KEY_BYTES <= p->categories.p + p->categories.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cell_people people;
    err e = cell_people_decode(view_of(data, size), &people);
    need(e.kind == ERR_OK || e.kind == ERR_CORRUPT);
    if (e.kind != ERR_OK || size == 0)
        return 0;
    const uint8_t *at = data + 11;
    for (uint16_t i = 0; i < people.count; i++) {
        need(people.places[i].raw.p == at);
        at += people.places[i].raw.len;
        check_person(&people.places[i]);
    }
    need(at == data + size);
    return 0;
}
