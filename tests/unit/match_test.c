#include "testing.h"

#include "catalogue.h"
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
    {15, "10", "eve@members.example", "eve@old.example", "ZZ1 1AD", "Present", "Eva", DAY_UNKNOWN},
};
enum { PEOPLE = sizeof people / sizeof people[0], CRM = 1, ID_FIELD = 10, FAMILY_FIELD = 20, FIRST_FIELD = 21 };
static const struct field name_field = {.key = "name", .label = "name", .category = CATEGORY_IDENTITY, .type = TYPE_TEXT};

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

/* Of person 15: she was called Eve Formér, and only fingerprints of that are kept. */
static err put_prints(struct arena *a, struct match_person *p)
{
    uint8_t(*list)[TOKEN_BYTES] = arena_array(a, 2, TOKEN_BYTES);
    CLEANUP(buf_free) struct buf family = BUF(100), first = BUF(100);
    TRY(match_print(&family, &name_field, FAMILY_FIELD, view_text("Formér")));
    TRY(match_print(&first, &name_field, FIRST_FIELD, view_text("Eve")));
    token_of(KEEPER_TOKEN_PRINT, buf_view(&family), list[0]);
    token_of(KEEPER_TOKEN_PRINT, buf_view(&first), list[1]);
    p->family_prints = (const uint8_t(*)[TOKEN_BYTES])list;
    p->first_prints = p->family_prints + 1;
    p->family_print_count = p->first_print_count = 1;
    return OK;
}

static uint32_t merged_with; /* 14 and this are one person; 0: nobody is */

static err candidates(void *ctx, struct arena *a, uint8_t source, const uint32_t *ordinals, size_t count,
                      struct match_person *list)
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
        list[i] = (struct match_person){.ordinal = k->ordinal,
                                        .there = true,
                                        .ids = id,
                                        .id_count = source == CRM,
                                        .families = names,
                                        .family_count = 1,
                                        .firsts = names + 1,
                                        .first_count = 1,
                                        .birth = k->birth,
                                        .joined = merged_with && (k->ordinal == 14 || k->ordinal == merged_with)};
        if (k->ordinal == 15)
            TRY(put_prints(a, &list[i]));
    }
    return OK;
}

static err records(void *ctx, const uint32_t *ordinals, size_t count, uint32_t *ret)
{
    (void)ctx;
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || ordinals[i - 1] < ordinals[i]);
        ret[i] = merged_with && ordinals[i] == 14 ? merged_with : ordinals[i];
    }
    return OK;
}

static const struct match_access access = {NULL, tokens, find, candidates, records, {&name_field, FAMILY_FIELD}, {&name_field, FIRST_FIELD}};

static struct arena *arena;

static void add_email(struct match_row *r, const char *email)
{
    struct view *emails = arena_array(arena, r->email_count + 1, sizeof *emails);
    assert_non_null(emails);
    for (size_t i = 0; i < r->email_count; i++)
        emails[i] = r->emails[i];
    emails[r->email_count++] = view_text(email);
    r->emails = emails;
}

static struct match_row row(uint8_t source, const char *id, const char *email, const char *postcode, const char *family,
                            const char *first)
{
    struct match_row r = {.source = source,
                          .family = view_text(family),
                          .first = view_text(first),
                          .postcode = view_text(postcode),
                          .birth = DAY_UNKNOWN};
    if (id) {
        struct match_id one = {ID_FIELD, view_text(id)};
        r.ids = arena_copy(arena, &one, sizeof one);
        assert_non_null(r.ids);
        r.id_count = 1;
    }
    if (email)
        add_email(&r, email);
    return r;
}

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

static void assert_doubt(struct match m, size_t count, uint32_t first)
{
    assert_int_equal(m.kind, MATCH_NONE);
    assert_int_equal(m.doubt_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(m.doubt[i], first + i);
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

static void names_no_longer_kept_agree_by_their_fingerprint(void **state)
{
    (void)state;
    assert_one(matched(row(2, "x", "eve@old.example", "", "FOR-MER", "Eve")), 15, false, true);
    assert_one(matched(row(2, "x", NULL, "ZZ1 1AD", "Former", "éve")), 15, false, false);
    assert_one(matched(row(2, "x", "eve@members.example", "", "Former", "Eva")), 15, false, false);
    struct match m = matched(row(2, "x", "eve@members.example", "", "Former", "Ev"));
    assert_int_equal(m.kind, MATCH_NONE);
    assert_int_equal(m.near_count, 1);
    assert_int_equal(matched(row(2, "x", NULL, "ZZ1 1AD", "Eve", "Former")).kind, MATCH_NONE); /* each field has its own */
    m = matched(row(2, "x", NULL, "ZZ1 1AD", "Formed", "Eve"));
    assert_int_equal(m.kind + m.near_count, MATCH_NONE);
    assert_int_equal(matched(row(2, "x", NULL, "ZZ1 1AD", "Former", "")).kind, MATCH_NONE);
    assert_doubt(matched(row(2, "x", NULL, "ZZ1 1AD", "Former", "")), 1, 15); /* her old name doesn't speak against her */
    assert_doubt(matched(row(2, "x", "eve@members.example", "", "Formed", "")), 0, 0);
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

static void a_row_with_too_few_details_may_mean_whoever_agrees(void **state)
{
    (void)state;
    assert_doubt(matched(row(2, "x", "ada@members.example", "", "", "")), 1, 10);
    assert_doubt(matched(row(2, "x", "ada@old.example", "", "example smith", "")), 1, 10);
    assert_doubt(matched(row(2, "x", "home@members.example", "", "", "")), 2, 11);
    assert_doubt(matched(row(2, "x", "home@members.example", "", "-", "Cleo")), 1, 12); /* a family name that is none */
    assert_doubt(matched(row(2, "x", "home@members.example", "", "", "Dan")), 0, 0);
    assert_doubt(matched(row(2, "x", "home@members.example", "", "Stranger", "")), 0, 0);
    assert_doubt(matched(row(CRM, "99", "ada@members.example", "", "", "")), 0, 0); /* another id of the source */
    assert_doubt(matched(row(2, "x", NULL, "ZZ1 1AB", "Sample", "")), 2, 11);
    assert_doubt(matched(row(2, "x", NULL, "ZZ1 1AB", "", "Cleo")), 0, 0); /* a postcode alone is nothing */
    struct match_row r = row(2, "x", "ada@members.example", "", "", "");
    r.birth = 7306;
    assert_doubt(matched(r), 0, 0);
    r.birth = 7305;
    assert_doubt(matched(r), 1, 10);
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

static void records_of_one_person_are_not_several(void **state)
{
    (void)state;
    merged_with = 13;
    assert_one(matched(row(2, "x", NULL, "ZZ1 1AC", "Twin", "Jo")), 13, false, false);
    assert_doubt(matched(row(2, "x", NULL, "ZZ1 1AC", "Twin", "")), 1, 13);
    merged_with = 0;
    assert_doubt(matched(row(2, "x", NULL, "ZZ1 1AC", "Twin", "")), 2, 13);
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

/* --- many people who share postcodes and names, against the rule applied to everybody --- */

enum { CROWD = 600, CROWD_ROWS = 120, CROWD_TOKENS = CROWD * 8, NO_VALUE = 0, LONG_NAME = 1500 };

/* Numbers into the lists below; [0] now, [1] in the past. */
struct member {
    unsigned id, emails[2], postcodes[2], families[2], first;
    int32_t birth;
    bool there;
};

struct crowd {
    struct member members[CROWD];
    struct {
        uint8_t token[TOKEN_BYTES];
        uint32_t ordinal;
        uint8_t flags;
    } tokens[CROWD_TOKENS];
    size_t token_count, opened, family_asked;
    uint64_t state;
};

static char long_name[LONG_NAME + 1];
static const char *const crowd_ids[] = {"", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
static const char *const crowd_emails[] = {"", "a@members.example", "B@members.example", "c@members.example",
                                           "d@members.example"};
static const char *const crowd_postcodes[] = {"",        "ZZ1 1AA", "ZZ1 1AB", "zz11ac",
                                              "ZZ1 1AD", "ZZ1 1AE", "ZZ1 1AF", "ZZ1 1AG"};
static const char *const crowd_families[] = {"",
                                             "Sample",
                                             "SAMPLE",
                                             "Müller-Lüdenscheidt",
                                             "Muller Ludenscheidt",
                                             "O’Neil",
                                             "ONeil",
                                             "Twin",
                                             "-",
                                             long_name,
                                             "Rare",
                                             "Sample-Twin",
                                             "Example",
                                             "Other",
                                             "Third",
                                             "Fourth"};
static const char *const crowd_firsts[] = {"", "Ada", "A.", "ada", "Ben", "Cleo", "Jo", "Joan"};

#define NUMBER_OF(list) ((unsigned)(sizeof(list) / sizeof(list)[0]))

static unsigned drawn(struct crowd *c, unsigned below)
{
    c->state = c->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(c->state >> 33) % below;
}

static unsigned drawn_or_none(struct crowd *c, unsigned percent, unsigned count)
{
    return drawn(c, 100) < percent ? 1 + drawn(c, count - 1) : NO_VALUE;
}

/* Half of all bear the first name of the list. */
static unsigned drawn_family(struct crowd *c)
{
    return drawn(c, 2) ? 1 : drawn(c, NUMBER_OF(crowd_families));
}

static const int32_t crowd_births[] = {DAY_UNKNOWN, DAY_UNKNOWN, 100, 200};

static void give_token(struct crowd *c, uint32_t ordinal, uint8_t type, unsigned past, const struct buf *value,
                       bool there)
{
    if (!there)
        return;
    assert_true(c->token_count < CROWD_TOKENS);
    token_of(type, buf_view(value), c->tokens[c->token_count].token);
    c->tokens[c->token_count].ordinal = ordinal;
    c->tokens[c->token_count++].flags = past ? CELL_TOKEN_PAST : 0;
}

static void give_tokens(struct crowd *c, uint32_t ordinal, const struct member *m)
{
    CLEANUP(buf_free) struct buf b = BUF(4096);
    if (m->id)
        give_token(c, ordinal, KEEPER_TOKEN_ID, 0, &b, match_value_id(&b, CRM, ID_FIELD, view_text(crowd_ids[m->id])));
    for (unsigned past = 0; past < 2; past++) {
        buf_clear(&b);
        give_token(c, ordinal, KEEPER_TOKEN_EMAIL, past, &b,
                   match_value_email(&b, view_text(crowd_emails[m->emails[past]])));
        buf_clear(&b);
        give_token(c, ordinal, KEEPER_TOKEN_POSTCODE, past, &b,
                   match_value_postcode(&b, view_text(crowd_postcodes[m->postcodes[past]])));
        buf_clear(&b);
        give_token(c, ordinal, KEEPER_TOKEN_FAMILY, past, &b,
                   match_value_family(&b, view_text(crowd_families[m->families[past]])));
    }
}

static void make_crowd(struct crowd *c)
{
    c->token_count = c->opened = c->family_asked = 0;
    for (uint32_t i = 0; i < CROWD; i++) {
        struct member *m = &c->members[i];
        *m = (struct member){.id = i + 1 < NUMBER_OF(crowd_ids) || drawn(c, 50) == 0 ? 1 + i % (NUMBER_OF(crowd_ids) - 1)
                                                                                     : 0};
        m->emails[0] = drawn_or_none(c, 5, NUMBER_OF(crowd_emails));
        m->emails[1] = drawn_or_none(c, 3, NUMBER_OF(crowd_emails));
        m->postcodes[0] = drawn_or_none(c, 90, NUMBER_OF(crowd_postcodes));
        m->postcodes[1] = drawn_or_none(c, 20, NUMBER_OF(crowd_postcodes));
        m->families[0] = drawn_family(c);
        m->families[1] = drawn(c, 4) ? NO_VALUE : drawn_family(c);
        m->first = drawn(c, NUMBER_OF(crowd_firsts));
        m->birth = crowd_births[drawn(c, NUMBER_OF(crowd_births))];
        m->there = drawn(c, 20) != 0;
        give_tokens(c, i, m);
    }
}

static err crowd_find(void *ctx, const uint8_t (*list)[TOKEN_BYTES], size_t count,
                      err (*fn)(void *fn_ctx, size_t asked, uint32_t ordinal, uint8_t flags), void *fn_ctx)
{
    struct crowd *c = ctx;
    for (size_t i = 0; i < count; i++) {
        c->family_asked += list[i][0] == KEEPER_TOKEN_FAMILY;
        for (size_t k = 0; k < c->token_count; k++)
            if (memcmp(c->tokens[k].token, list[i], TOKEN_BYTES) == 0)
                TRY(fn(fn_ctx, i, c->tokens[k].ordinal, c->tokens[k].flags));
    }
    return OK;
}

static void take_member(const struct member *m, uint32_t ordinal, uint8_t source, struct match_id *id,
                        struct view *names, struct match_person *to)
{
    *id = (struct match_id){ID_FIELD, view_text(crowd_ids[m->id])};
    names[0] = view_text(crowd_families[m->families[0]]);
    names[1] = view_text(crowd_families[m->families[1]]);
    names[2] = view_text(crowd_firsts[m->first]);
    *to = (struct match_person){.ordinal = ordinal,
                                .there = m->there,
                                .ids = id,
                                .id_count = source == CRM && m->id,
                                .families = names,
                                .family_count = 2,
                                .firsts = names + 2,
                                .first_count = 1,
                                .birth = m->birth};
}

static err crowd_people(void *ctx, struct arena *a, uint8_t source, const uint32_t *ordinals, size_t count,
                        struct match_person *list)
{
    struct crowd *c = ctx;
    c->opened += count;
    for (size_t i = 0; i < count; i++) {
        struct match_id *id = arena_alloc(a, sizeof *id);
        struct view *names = arena_array(a, 3, sizeof *names);
        ENSURE(id && names, mem_none());
        assert_true(i == 0 || ordinals[i - 1] < ordinals[i]);
        take_member(&c->members[ordinals[i]], ordinals[i], source, id, names, &list[i]);
    }
    return OK;
}

/* A row, by numbers too. */
struct asked {
    unsigned id, emails[2], postcode, family, first;
    int32_t birth;
};

static struct asked drawn_row(struct crowd *c)
{
    struct asked r = {.id = drawn_or_none(c, 10, NUMBER_OF(crowd_ids)),
                      .postcode = drawn_or_none(c, 90, NUMBER_OF(crowd_postcodes))};
    r.emails[0] = drawn_or_none(c, 15, NUMBER_OF(crowd_emails));
    r.emails[1] = drawn_or_none(c, 5, NUMBER_OF(crowd_emails));
    r.family = drawn(c, NUMBER_OF(crowd_families));
    r.first = drawn(c, NUMBER_OF(crowd_firsts));
    r.birth = crowd_births[drawn(c, NUMBER_OF(crowd_births))];
    return r;
}

static struct match_row row_of(const struct asked *r, uint8_t source)
{
    struct match_row to = row(source, r->id ? crowd_ids[r->id] : NULL, NULL, crowd_postcodes[r->postcode],
                              crowd_families[r->family], crowd_firsts[r->first]);
    for (size_t i = 0; i < 2; i++)
        if (r->emails[i])
            add_email(&to, crowd_emails[r->emails[i]]);
    to.birth = r->birth;
    return to;
}

/* How good a hit is: 0 none, 1 postcode once, 2 postcode now, 3 e-mail once, 4 e-mail now. */
static int address_hit(const struct asked *r, const struct member *m)
{
    for (int past = 0; past < 2; past++)
        for (int i = 0; i < 2; i++)
            if (r->emails[i] && r->emails[i] == m->emails[past])
                return 4 - past;
    for (int past = 0; past < 2; past++)
        if (r->postcode && r->family && r->postcode == m->postcodes[past])
            return 2 - past;
    return 0;
}

static bool member_family_agrees(const struct asked *r, const struct member *m)
{
    struct view name = view_text(crowd_families[r->family]);
    return match_family_agrees(name, view_text(crowd_families[m->families[0]])) ||
           match_family_agrees(name, view_text(crowd_families[m->families[1]]));
}

static bool member_agrees(const struct asked *r, const struct member *m, uint8_t source)
{
    if ((source == CRM && r->id && m->id && r->id != m->id) || !member_family_agrees(r, m))
        return false;
    if (r->birth != DAY_UNKNOWN && m->birth != DAY_UNKNOWN)
        return r->birth == m->birth;
    return match_first_agrees(view_text(crowd_firsts[r->first]), view_text(crowd_firsts[m->first]));
}

static bool nothing_said(unsigned family)
{
    return family == NO_VALUE || strcmp(crowd_families[family], "-") == 0;
}

/* Whether something is said on both sides that differs. */
static bool member_differs(const struct asked *r, const struct member *m, uint8_t source)
{
    bool named = !nothing_said(r->family) && (!nothing_said(m->families[0]) || !nothing_said(m->families[1]));
    if ((source == CRM && r->id && m->id && r->id != m->id) || (named && !member_family_agrees(r, m)))
        return true;
    if (r->birth != DAY_UNKNOWN && m->birth != DAY_UNKNOWN)
        return r->birth != m->birth;
    return r->first && m->first && !match_first_agrees(view_text(crowd_firsts[r->first]), view_text(crowd_firsts[m->first]));
}

struct expected {
    bool by_id, past;
    uint32_t same[CROWD], near[CROWD], doubt[CROWD];
    size_t same_count, near_count, doubt_count;
};

/* The rule of match.h, step by step over everybody. */
static void expect(const struct crowd *c, const struct asked *r, uint8_t source, struct expected *e)
{
    memset(e, 0, sizeof *e);
    for (uint32_t i = 0; i < CROWD && r->id && source == CRM; i++)
        if (c->members[i].id == r->id)
            e->same[e->same_count++] = i;
    e->by_id = e->same_count > 0;
    for (uint32_t i = 0; i < CROWD && !e->by_id; i++) {
        const struct member *m = &c->members[i];
        int hit = address_hit(r, m);
        if (hit == 0 || !m->there)
            continue;
        if (member_agrees(r, m, source)) {
            e->same[e->same_count++] = i;
            e->past = hit % 2 == 1;
        }
        if (hit <= 2 && !member_family_agrees(r, m))
            continue;
        e->near[e->near_count++] = i;
        if (!member_differs(r, m, source))
            e->doubt[e->doubt_count++] = i;
    }
}

static void assert_as_expected(const struct match *m, const struct expected *e)
{
    assert_int_equal(m->kind, e->same_count == 0 ? MATCH_NONE : e->same_count == 1 ? MATCH_ONE : MATCH_SEVERAL);
    assert_int_equal(m->by_id, e->by_id);
    assert_false(m->never);
    if (m->kind == MATCH_ONE) {
        assert_int_equal(m->ordinal, e->same[0]);
        assert_int_equal(m->past, e->past);
    } else if (m->kind == MATCH_SEVERAL) {
        assert_int_equal(m->ordinal_count, e->same_count);
        assert_memory_equal(m->ordinals, e->same, e->same_count * sizeof *e->same);
    } else {
        assert_int_equal(m->near_count, e->near_count);
        for (size_t i = 0; i < e->near_count; i++)
            assert_int_equal(m->near[i], e->near[i]);
        assert_int_equal(m->doubt_count, e->doubt_count);
        for (size_t i = 0; i < e->doubt_count; i++)
            assert_int_equal(m->doubt[i], e->doubt[i]);
    }
}

static void compare_with_the_rule(struct crowd *c, size_t count, uint8_t source)
{
    struct match_access over = {c, tokens, crowd_find, crowd_people, records};
    over.hits_at_once = drawn(c, 3) ? 0 : 1 + drawn(c, 200);
    struct asked asked[CROWD_ROWS];
    struct match_row rows[CROWD_ROWS];
    struct match found[CROWD_ROWS];
    struct expected e;
    for (size_t i = 0; i < count; i++) {
        asked[i] = drawn_row(c);
        rows[i] = row_of(&asked[i], source);
    }
    assert_ok(match_rows(&over, arena, rows, count, found));
    for (size_t i = 0; i < count; i++) {
        expect(c, &asked[i], source, &e);
        assert_as_expected(&found[i], &e);
    }
}

static void looking_up_family_names_changes_no_answer(void **state)
{
    (void)state;
    memset(long_name, 'x', LONG_NAME);
    CLEANUP(mem_release) struct crowd *c = mem_array(1, sizeof *c);
    assert_non_null(c);
    c->state = 2018;
    size_t narrowed = 0, not_narrowed = 0;
    for (unsigned round = 0; round < 60; round++) {
        make_crowd(c);
        compare_with_the_rule(c, 1 + drawn(c, round % 2 ? CROWD_ROWS : 4), round % 3 ? 2 : CRM);
        narrowed += c->family_asked > 0;
        not_narrowed += c->family_asked == 0;
    }
    assert_true(narrowed > 20);
    assert_true(not_narrowed > 0);
}

/* Many rows of other families at a few postcodes: of the crowd only those of the one family asked for are opened. */
static void others_at_the_postcode_are_not_opened(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct crowd *c = mem_array(1, sizeof *c);
    assert_non_null(c);
    for (uint32_t i = 0; i < CROWD; i++) {
        c->members[i] = (struct member){
            .there = true, .postcodes = {1}, .families = {i % 100 ? 1 : 10, i == 250 ? 10 : 0}, .first = 1};
        give_tokens(c, i, &c->members[i]);
    }
    struct match_access over = {c, tokens, crowd_find, crowd_people, records};
    struct match_row r = row(2, NULL, NULL, crowd_postcodes[1], "RARE", "Nobody");
    struct match m;
    assert_ok(match_rows(&over, arena, &r, 1, &m));
    assert_int_equal(m.kind, MATCH_NONE);
    static const uint32_t near[] = {0, 100, 200, 250, 300, 400, 500};
    assert_int_equal(m.near_count, sizeof near / sizeof near[0]);
    assert_memory_equal(m.near, near, sizeof near);
    assert_int_equal(c->opened, m.near_count);
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
        cmocka_unit_test(names_no_longer_kept_agree_by_their_fingerprint),
        cmocka_unit_test(birth_dates_decide_where_both_are_known),
        cmocka_unit_test(another_id_of_the_source_is_another_person),
        cmocka_unit_test(a_row_with_too_few_details_may_mean_whoever_agrees),
        cmocka_unit_test(several_are_all_named),
        cmocka_unit_test(records_of_one_person_are_not_several),
        cmocka_unit_test(who_asked_never_to_be_contacted_is_known_as_that_only),
        cmocka_unit_test(names_agree_as_the_header_says),
        cmocka_unit_test(looking_up_family_names_changes_no_answer),
        cmocka_unit_test(others_at_the_postcode_are_not_opened),
    };
    return cmocka_run_group_tests_name("match", tests, make_arena, end_arena);
}
