/* person_decode(): what it accepts it gives back byte for byte; at any time a field has a value or none. */
#include "mem.h"
#include "person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct field fields[] = {
        {"email", "e-mail address", CATEGORY_CONTACT, TYPE_EMAIL, SENSITIVITY_NORMAL, false},
        {"city", "city", CATEGORY_CONTACT, TYPE_TEXT, SENSITIVITY_NORMAL, false},
    };
    static const struct field *const by_no[] = {NULL, &fields[0], &fields[1]};
    static const struct field_numbers numbers = {by_no, 3};
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf b = BUF(1 << 24);
    struct person p = {.state = CELL_THERE, .facts = FACTS_NONE};
    if (!a || size > 4096 || person_decode(a, &numbers, CATEGORY_CONTACT, view_of(data, size), &p).kind != ERR_OK)
        return 0;
    CHECK(person_encode(&numbers, CATEGORY_CONTACT, &p, &b).kind == ERR_OK);
    CHECK(view_equal(buf_view(&b), view_of(data, size)));
    for (uint16_t field = 1; field <= 2; field++) {
        const struct person_value *values[8];
        for (size_t i = 0; i <= p.count; i++) {
            int64_t at = i < p.count ? p.values[i].since : 0;
            size_t count = person_values(&p, &numbers, field, at, values, 8);
            CHECK((count > 0) == person_has(&p, &numbers, field, at));
            CHECK(count == 0 || person_value(&p, &numbers, field, at) == values[0] || values[0]->since == person_value(&p, &numbers, field, at)->since);
        }
    }
    struct view text = view_text("a@x.example");
    CHECK(person_set(a, &numbers, &p, 1, 1, 77, &text, 1).kind == ERR_OK);
    CHECK(person_said(&p, 1, text, false));
    static const uint8_t prints[512][TOKEN_BYTES];
    CHECK(p.count < 512 && person_forget(a, &numbers, &p, 1000000000, prints).kind == ERR_OK);
    CHECK(!facts_past_due(&p.facts, 1000000000) && person_said(&p, 1, text, false));
    buf_clear(&b);
    CHECK(person_encode(&numbers, CATEGORY_CONTACT, &p, &b).kind == ERR_OK);
    return 0;
}
