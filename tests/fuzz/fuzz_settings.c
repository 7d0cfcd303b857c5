/* Stored settings: field_from_json(), purpose_from_json(), end_rule_from_json().  What is accepted is the same after it was written and
 * read again. */
#include "endrule.h"
#include "jsonio.h"
#include "purpose.h"

enum { MOST = 1 << 20 };

typedef err decode_again(struct arena *a, const json_t *j, json_t **ret);

static err field_again(struct arena *a, const json_t *j, json_t **ret)
{
    struct field f;
    TRY(field_from_json(a, j, &f));
    err_ignore(field_check(&f), "any answer will do");
    return field_to_json(&f, ret);
}

static err purpose_again(struct arena *a, const json_t *j, json_t **ret)
{
    struct catalogue c;
    struct purpose p;
    TRY(purpose_from_json(a, j, &p));
    CHECK(p.statuses >> STATUS_COUNT == 0);
    TRY(catalogue_new(a, &c));
    err_ignore(purpose_check(&p, &c, true), "any answer will do");
    return purpose_to_json(&p, ret);
}

static err rule_again(struct arena *a, const json_t *j, json_t **ret)
{
    struct end_rule r;
    TRY(end_rule_from_json(a, j, &r));
    err_ignore(end_rule_check(&r), "any answer will do");
    struct end_date d = end_date(&r, 1, r.status, r.category, 0, 20000);
    CHECK(!d.rule || d.rule == &r);
    return end_rule_to_json(&r, ret);
}

static void check(struct arena *a, const json_t *j, decode_again *decode)
{
    CLEANUP(jsonio_release) json_t *once = NULL;
    CLEANUP(jsonio_release) json_t *twice = NULL;
    if (decode(a, j, &once).kind != ERR_OK)
        return;
    CHECK(decode(a, once, &twice).kind == ERR_OK && json_equal(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(jsonio_release) json_t *j = NULL;
    CHECK(a);
    if (jsonio_load(view_of(data, size), MOST, &j).kind != ERR_OK)
        return 0;
    check(a, j, field_again);
    check(a, j, purpose_again);
    check(a, j, rule_again);
    return 0;
}
