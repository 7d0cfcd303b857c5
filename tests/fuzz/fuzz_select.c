/* select_parse, select_eval: any text is taken or refused with a place; what is taken has names, says what it gives
 * away, and is answered for a person of whom all, nothing or something is known; its negation is answered the other way
 * round. */
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "select.h"

/* All but the first are others than that of the value. */
static uint8_t prints[LIMIT_SELECT_VALUES + LIMIT_SELECT_TERMS][TOKEN_BYTES] = {{1}};

static err look(void *context, size_t i, const char *name, struct select_values *ret)
{
    static const struct select_value one = {.text = {(const uint8_t *)"1", 1}, .earliest = 0, .latest = 365};
    static const struct select_value other = {.text = {prints[0], TOKEN_BYTES}, .print = true};
    unsigned how = *(const unsigned *)context;
    CHECK(name[0] != 0);
    *ret = (struct select_values){.list = how & 4 ? &other : &one};
    ret->state = (enum select_state)((how + i) % 3);
    ret->count = ret->state == SELECT_KNOWN ? 1 : 0;
    return OK;
}

static enum truth ask(const struct select *s, unsigned how)
{
    enum truth t;
    CHECK(select_eval(s, how & 8 ? NULL : (const uint8_t(*)[TOKEN_BYTES])prints, look, &how, &t).kind == ERR_OK);
    CHECK(t == TRUTH_NO || t == TRUTH_UNKNOWN || t == TRUTH_YES);
    return t;
}

static void check(struct arena *a, const struct catalogue *c, const char *text, size_t len)
{
    const struct select *s, *negated;
    if (select_parse(a, c, "x", text, &s).kind != ERR_OK) {
        CHECK(err_text()->what[0] && err_text()->todo[0]);
        return;
    }
    for (size_t i = 0; i < select_text_count(s); i++) {
        const char *name = NULL;
        struct view literal;
        CHECK(i < sizeof prints / sizeof prints[0]);
        CHECK((select_text(s, i, &name, &literal) || true) && name[0] != 0);
    }
    CHECK(select_name_count(s) > 0 && select_given_count(s) > 0 && select_given_count(s) <= select_name_count(s));
    char *other = arena_alloc(a, len + 16);
    CHECK(other);
    strcpy(other, "not (");
    strcat(other, text);
    strcat(other, "\n)");
    err e = select_parse(a, c, "x", other, &negated);
    if (e.kind == ERR_LIMIT)
        return;
    CHECK(e.kind == ERR_OK);
    for (unsigned how = 0; how < 12; how++)
        CHECK((int)ask(s, how) + (int)ask(negated, how) == TRUTH_YES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct catalogue c;
    CHECK(a && catalogue_new(a, &c).kind == ERR_OK);
    char *text = arena_text(a, (const char *)data, size);
    CHECK(text);
    check(a, &c, text, strlen(text));
    arena_free(a);
    return 0;
}
