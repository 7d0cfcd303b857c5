#include "testing.h"

#include "match.h"

/* A register in a table: tokens are the first bytes of the values. */
struct known {
    uint32_t ordinal;
    const char *id, *email, *old_email, *postcode, *family, *first;
    int32_t birth;
};

static const struct known people[] = {
    {10, "5", "ada@members.example", "ada@old.example", "ZZ1 1AA", "Example-Smith", "Ada", 7305},
    {11, "6", "home@members.example", NULL, "ZZ1 1AB", "Sample", "Ben", DAY_UNKNOWN},
    {12, "7", "home@members.example", NULL, "ZZ1 1AB", "Sample", "Cleo", DAY_UNKNOWN},
    {13, "8", NULL, NULL, "ZZ1 1AC", "Twin", "Jo", 100},
    {14, "9", NULL, NULL, "ZZ1 1AC", "Twin", "Jo", 100},
};
enum { PEOPLE = sizeof people / sizeof people[0], CRM = 1, ID_FIELD = 10 };

static void token_of(uint8_t type, struct view value, uint8_t *to)
{
    memset(to, 0, TOKEN_BYTES);
    to[0] = type;
    for (size_t i = 0; i < value.len; i++)
        to[1 + i % (TOKEN_BYTES - 1)] = (uint8_t)(to[1 + i % (TOKEN_BYTES - 1)] * 31 + value.p[i]);
}

static err tokens(void *ctx, const struct keeper_value *values, size_t count, uint8_t (*ret)[TOKEN_BYTES])
{
    (void)ctx;
    for (size_t i = 0; i < count; i++)
        token_of((uint8_t)values[i].type, values[i].value, ret[i]);
    return OK;
}

static bool is_token(const uint8_t *token, uint8_t type, bool there, const struct buf *b)
{
    uint8_t mine[TOKEN_BYTES];
    token_of(type, buf_view(b), mine);
    return there && memcmp(mine, token, TOKEN_BYTES) == 0;
}

/* 1 now, 2 in the past, 0 no. */
static int has_token(const struct known *k, const uint8_t *token)
{
    CLEANUP(buf_free) struct buf id = BUF(200), email = BUF(200), old = BUF(200), postcode = BUF(200);
    bool i = match_value_id(&id, CRM, ID_FIELD, view_text(k->id));
    bool e = k->email && match_value_email(&email, view_text(k->email));
    bool o = k->old_email && match_value_email(&old, view_text(k->old_email));
    bool p = match_value_postcode(&postcode, view_text(k->postcode));
    if (is_token(token, KEEPER_TOKEN_ID, i, &id) || is_token(token, KEEPER_TOKEN_EMAIL, e, &email) ||
        is_token(token, KEEPER_TOKEN_POSTCODE, p, &postcode))
        return 1;
    return is_token(token, KEEPER_TOKEN_EMAIL, o, &old) ? 2 : 0;
}

static err find(void *ctx, const uint8_t (*list)[TOKEN_BYTES], size_t count,
                err (*fn)(void *fn_ctx, size_t asked, uint32_t ordinal, uint8_t flags), void *fn_ctx)
{
    (void)ctx;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < PEOPLE; k++) {
            int has = has_token(&people[k], list[i]);
            if (has)
                TRY(fn(fn_ctx, i, people[k].ordinal, has == 2 ? CELL_TOKEN_PAST : 0));
        }
        CLEANUP(buf_free) struct buf never = BUF(200);
        if (is_token(list[i], KEEPER_TOKEN_EMAIL, match_value_email(&never, view_text("never@members.example")), &never))
            TRY(fn(fn_ctx, i, UINT32_MAX, CELL_TOKEN_NEVER));
    }
    return OK;
}

static err candidates(void *ctx, struct arena *a, uint8_t source, const uint32_t *ordinals, size_t count, struct match_person *list)
{
    (void)ctx;
    for (size_t i = 0; i < count; i++) {
        const struct known *k = &people[ordinals[i] - 10];
        struct match_id *id = arena_alloc(a, sizeof *id);
        struct view *names = arena_array(a, 2, sizeof *names);
        ENSURE(id && names, mem_none());
        *id = (struct match_id){ID_FIELD, view_text(k->id)};
        names[0] = view_text(k->family);
        names[1] = view_text(k->first);
        list[i] = (struct match_person){.ordinal = k->ordinal, .there = true, .ids = id, .id_count = source == CRM, .families = names,
                                        .family_count = 1, .firsts = names + 1, .first_count = 1, .birth = k->birth};
    }
    return OK;
}

static const struct match_access access = {NULL, tokens, find, candidates};

static struct match_row row(uint8_t source, const char *id, const char *email, const char *postcode, const char *family,
                            const char *first)
{
    struct match_row r = {.source = source, .family = view_text(family), .first = view_text(first), .postcode = view_text(postcode),
                          .birth = DAY_UNKNOWN};
    if (id)
        r.ids[r.id_count++] = (struct match_id){ID_FIELD, view_text(id)};
    if (email)
        r.emails[r.email_count++] = view_text(email);
    return r;
}

static struct arena *arena;

static struct match matched(struct match_row r)
{
    struct match m;
    assert_ok(match_rows(&access, arena, &r, 1, &m));
    return m;
}

static void assert_one(struct match m, uint32_t ordinal, bool by_id, bool past)
{
    assert_int_equal(m.kind, MATCH_ONE);
    assert_int_equal(m.ordinal, ordinal);
    assert_int_equal(m.by_id, by_id);
    assert_int_equal(m.past, past);
}

static void source_and_id_go_first(void **state)
{
    (void)state;
    assert_one(matched(row(CRM, "5", "home@members.example", "", "Other", "Name")), 10, true, false);
    assert_int_equal(matched(row(2, "5", NULL, "", "", "")).kind, MATCH_NONE);
}

static void an_address_counts_only_with_agreeing_names(void **state)
{
    (void)state;
    assert_one(matched(row(2, "x", "HOME@members.example", "", "SAMPLE", "b.")), 11, false, false);
    assert_one(matched(row(2, "x", NULL, "zz11ab", "Sample", "Cleo")), 12, false, false);
    assert_one(matched(row(2, "x", "ada@old.example", "", "Example Smith", "Ada")), 10, false, true);
    struct match m = matched(row(2, "x", "home@members.example", "", "Sample", "Dan"));
    assert_int_equal(m.kind, MATCH_NONE);
    assert_int_equal(m.near_count, 2);
    m = matched(row(2, "x", NULL, "ZZ1 1AB", "Stranger", "Dan"));
    assert_int_equal(m.kind, MATCH_NONE);
    assert_int_equal(m.near_count, 0);
    assert_int_equal(matched(row(2, "x", NULL, "", "Sample", "Ben")).kind, MATCH_NONE);
}

static void birth_dates_decide_where_both_are_known(void **state)
{
    (void)state;
    struct match_row r = row(2, "x", "ada@members.example", "", "Example-Smith", "A different name");
    r.birth = 7305;
    assert_one(matched(r), 10, false, false);
    r.first = view_text("Ada");
    r.birth = 7306;
    assert_int_equal(matched(r).kind, MATCH_NONE);
}

static void another_id_of_the_source_is_another_person(void **state)
{
    (void)state;
    struct match m = matched(row(CRM, "99", "ada@members.example", "ZZ1 1AA", "Example-Smith", "Ada"));
    assert_int_equal(m.kind, MATCH_NONE);
    assert_int_equal(m.near_count, 1);
    assert_int_equal(m.near[0], 10);
}

static void several_are_all_named(void **state)
{
    (void)state;
    struct match m = matched(row(2, "x", NULL, "ZZ1 1AC", "Twin", "Jo"));
    assert_int_equal(m.kind, MATCH_SEVERAL);
    assert_int_equal(m.ordinal_count, 2);
    assert_int_equal(m.ordinals[0], 13);
    assert_int_equal(m.ordinals[1], 14);
}

static void who_asked_never_to_be_contacted_is_known_as_that_only(void **state)
{
    (void)state;
    struct match m = matched(row(2, NULL, "never@members.example", "", "Any", "One"));
    assert_true(m.never);
    assert_int_equal(m.kind, MATCH_NONE);
}

static void names_agree_as_the_header_says(void **state)
{
    (void)state;
    assert_true(match_family_agrees(view_text("Müller-Lüdenscheidt"), view_text("MULLER LUDENSCHEIDT")));
    assert_true(match_family_agrees(view_text("O’Neil"), view_text("ONeil")));
    assert_false(match_family_agrees(view_text(""), view_text("")));
    assert_true(match_first_agrees(view_text("Zoë"), view_text("zoe")));
    assert_true(match_first_agrees(view_text("Z."), view_text("Zoë")));
    assert_false(match_first_agrees(view_text("Jo"), view_text("Joan")));
    assert_false(match_first_agrees(view_text(""), view_text("Joan")));
    struct view family, first;
    match_split_name(view_text("Example, Ada B."), &family, &first);
    assert_true(view_equal(family, view_text("Example")) && view_equal(first, view_text("Ada B.")));
    match_split_name(view_text(" Ada B. Example "), &family, &first);
    assert_true(view_equal(family, view_text("Example")) && view_equal(first, view_text("Ada")));
    match_split_name(view_text("Mononym"), &family, &first);
    assert_true(view_equal(family, view_text("Mononym")) && first.len == 0);
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new();
    return arena ? 0 : 1;
}

static int end_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_and_id_go_first),
        cmocka_unit_test(an_address_counts_only_with_agreeing_names),
        cmocka_unit_test(birth_dates_decide_where_both_are_known),
        cmocka_unit_test(another_id_of_the_source_is_another_person),
        cmocka_unit_test(several_are_all_named),
        cmocka_unit_test(who_asked_never_to_be_contacted_is_known_as_that_only),
        cmocka_unit_test(names_agree_as_the_header_says),
    };
    return cmocka_run_group_tests_name("match", tests, make_arena, end_arena);
}
