#include "testing.h"

#include "facts.h"
#include "mem.h"

static struct arena *a;

static int make_arena(void **state)
{
    (void)state;
    a = arena_new();
    return a ? 0 : 1;
}

static int end_arena(void **state)
{
    (void)state;
    arena_release(&a);
    return 0;
}

static uint32_t random_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static struct facts random_facts(uint32_t *seed)
{
    struct facts f = FACTS_NONE;
    f.marks = (uint16_t)random_number(seed);
    f.word = (enum status_word)(random_number(seed) % WORD_COUNT);
    f.word_since = (int64_t)random_number(seed) - 1000000;
    f.alias = random_number(seed) % 3;
    f.birth = (int32_t)random_number(seed) - (1 << 20);
    f.oldest_past = random_number(seed) % 2 ? INT64_MAX : (int64_t)random_number(seed);
    for (uint32_t i = random_number(seed) % 5; i > 0; i--) {
        int32_t first = (int32_t)(random_number(seed) % 20000);
        assert_ok(facts_add_period(a, &f, (struct facts_period){first, first + 100}));
    }
    for (uint32_t i = random_number(seed) % 4; i > 0; i--)
        assert_ok(facts_set_source(a, &f, (uint8_t)i, random_number(seed) % 2 ? FACTS_THERE : FACTS_GONE, i));
    for (uint32_t i = random_number(seed) % 4; i > 0; i--) {
        struct facts_choice c = {FACTS_CONSENT, HOW_PAPER, (uint16_t)i, 2, 10, INT64_MAX, 3};
        assert_ok(facts_choose(a, &f, &c));
    }
    for (uint32_t i = random_number(seed) % 3; i > 0; i--)
        assert_ok(facts_hold(a, &f, i, 5));
    for (uint32_t i = random_number(seed) % 20; i > 0; i--)
        assert_ok(facts_set_field(a, &f, (uint16_t)(random_number(seed) % 300), random_number(seed) % 4 != 0));
    return f;
}

static void what_is_encoded_decodes_to_the_same(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int i = 0; i < 500; i++) {
        struct facts f = random_facts(&seed), back;
        CLEANUP(buf_free) struct buf b = BUF(65536), again = BUF(65536);
        assert_ok(facts_encode(&f, &b));
        assert_ok(facts_decode(a, buf_view(&b), &back));
        assert_true(facts_equal(&f, &back));
        assert_ok(facts_encode(&back, &again));
        assert_true(view_equal(buf_view(&b), buf_view(&again)));
        for (size_t cut = 0; cut < b.len; cut++)
            assert_err(ERR_CORRUPT, facts_decode(a, view_of(b.p, cut), &back));
    }
}

static int64_t noon(int32_t day)
{
    return (int64_t)day * 86400 + 43200;
}

static enum person_status on(const struct facts *f, int32_t day)
{
    return facts_status(f, noon(day), day);
}

static void periods_tell_the_status_of_any_day(void **state)
{
    (void)state;
    struct facts f = FACTS_NONE;
    assert_ok(facts_add_period(a, &f, (struct facts_period){2000, 3000}));
    assert_ok(facts_add_period(a, &f, (struct facts_period){100, 200}));
    assert_int_equal(f.periods[0].first, 100);
    assert_int_equal(on(&f, 99), STATUS_OTHER);
    assert_int_equal(on(&f, 100), STATUS_MEMBER);
    assert_int_equal(on(&f, 200), STATUS_MEMBER);
    assert_int_equal(on(&f, 201), STATUS_FORMER);
    assert_int_equal(on(&f, 2500), STATUS_MEMBER);
    assert_int_equal(on(&f, 9000), STATUS_FORMER);
    assert_int_equal(facts_joined(&f), 100);
    assert_int_equal(facts_left(&f, NULL, noon(201), 201), 200);
    assert_int_equal(facts_left(&f, NULL, noon(9000), 9000), 3000);
    assert_int_equal(facts_left(&f, NULL, noon(2500), 2500), DAY_UNKNOWN);
}

static void the_word_of_the_file_goes_before_periods_from_its_day_on(void **state)
{
    (void)state;
    struct facts f = FACTS_NONE;
    assert_ok(facts_add_period(a, &f, (struct facts_period){100, FACTS_OPEN}));
    f.word = WORD_CANCELLED;
    f.word_since = noon(500);
    assert_int_equal(on(&f, 400), STATUS_MEMBER);
    assert_int_equal(on(&f, 501), STATUS_FORMER);
    assert_int_equal(facts_left(&f, NULL, noon(600), 600), 500);
    f.word = WORD_CURRENT;
    assert_int_equal(on(&f, 501), STATUS_MEMBER);
    assert_int_equal(on(&f, 50), STATUS_OTHER);
}

static void without_periods_the_first_word_holds_for_all_time_before(void **state)
{
    (void)state;
    static const struct {
        enum status_word word;
        enum person_status status;
    } cases[] = {
        {WORD_UNKNOWN, STATUS_OTHER}, {WORD_CURRENT, STATUS_MEMBER}, {WORD_GRACE, STATUS_MEMBER},
        {WORD_EXPIRED, STATUS_FORMER}, {WORD_PENDING, STATUS_APPLICANT}, {WORD_REFUSED, STATUS_REFUSED},
        {WORD_NEVER, STATUS_OTHER}, {WORD_DECEASED, STATUS_FORMER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts f = FACTS_NONE;
        f.word = cases[i].word;
        f.word_since = noon(500);
        assert_int_equal(on(&f, 1), cases[i].status);
        assert_int_equal(on(&f, 900), cases[i].status);
    }
    struct facts f = FACTS_NONE;
    f.marks = FACT_FILE_ONLY;
    assert_int_equal(on(&f, 1), STATUS_FILE_ONLY);
}

static void gone_from_all_sources_ends_a_membership(void **state)
{
    (void)state;
    struct facts f = FACTS_NONE;
    assert_ok(facts_add_period(a, &f, (struct facts_period){100, FACTS_OPEN}));
    assert_ok(facts_set_source(a, &f, 1, FACTS_THERE, noon(300)));
    assert_ok(facts_set_source(a, &f, 2, FACTS_THERE, noon(300)));
    assert_ok(facts_set_source(a, &f, 1, FACTS_GONE, noon(400)));
    assert_int_equal(on(&f, 450), STATUS_MEMBER);
    assert_ok(facts_set_source(a, &f, 2, FACTS_GONE, noon(500)));
    assert_true(facts_gone(&f));
    assert_int_equal(on(&f, 450), STATUS_MEMBER);
    assert_int_equal(on(&f, 501), STATUS_FORMER);
    assert_int_equal(facts_left(&f, NULL, noon(501), 501), 500);
    struct end_rule rule = {"former_all", STATUS_FORMER, CATEGORY_NONE, 6, "a reason", DAY_UNKNOWN};
    assert_false(facts_past_end(&f, &rule, 1, CATEGORY_CONTACT, NULL, noon(600), 600));
    assert_true(facts_past_end(&f, &rule, 1, CATEGORY_CONTACT, NULL, noon(690), 690));
}

static void age_follows_from_the_birth_date_or_the_mark(void **state)
{
    (void)state;
    struct facts f = FACTS_NONE;
    int32_t day = when_day(2018, 6, 15);
    assert_false(facts_deceased(&f, day) || facts_under_18(&f, day));
    f.marks = FACT_UNDER_18;
    assert_true(facts_under_18(&f, day));
    f.birth = when_day(2000, 6, 15);
    assert_false(facts_under_18(&f, day));
    assert_true(facts_under_18(&f, day - 1));
    f.birth = when_day(1745, 4, 2);
    assert_true(facts_deceased(&f, day));
    f.birth = when_day(1908, 6, 15);
    assert_false(facts_deceased(&f, day)); /* 110 years is not more than 110 */
    assert_true(facts_deceased(&f, day + 1));
    f = FACTS_NONE;
    f.marks = FACT_DECEASED;
    assert_true(facts_deceased(&f, day));
}

static void what_a_file_says_replaces_periods_that_it_meets(void **state)
{
    (void)state;
    struct facts f = FACTS_NONE;
    assert_ok(facts_add_period(a, &f, (struct facts_period){100, 200}));
    assert_ok(facts_add_period(a, &f, (struct facts_period){500, FACTS_OPEN}));
    struct facts_period said = {500, 900};
    assert_ok(facts_say_periods(a, &f, &said, 1));
    assert_int_equal(f.period_count, 2);
    assert_int_equal(f.periods[1].end, 900);
    assert_ok(facts_say_periods(a, &f, NULL, 0));
    assert_int_equal(f.period_count, 2);
}

static void consents_and_objections_hold_for_their_time_and_recipient(void **state)
{
    (void)state;
    struct facts f = FACTS_NONE;
    struct facts_choice c = {FACTS_CONSENT, HOW_ONLINE, 3, 7, 100, INT64_MAX, 1};
    assert_ok(facts_choose(a, &f, &c));
    assert_ok(facts_choose(a, &f, &c));
    assert_int_equal(f.choice_count, 1);
    assert_true(facts_consents(&f, 3, 7, 100));
    assert_false(facts_consents(&f, 3, 7, 99) || facts_consents(&f, 3, 8, 100) || facts_consents(&f, 3, 0, 100));
    c = (struct facts_choice){FACTS_OBJECTION, HOW_PHONE, 4, 0, 100, INT64_MAX, 0};
    assert_ok(facts_choose(a, &f, &c));
    assert_true(facts_objects(&f, 4, 9, 100) && facts_objects(&f, 4, 0, 100));
    assert_false(facts_objects(&f, 3, 9, 100));
    c.recipient = 9;
    assert_ok(facts_choose(a, &f, &c));
    assert_int_equal(facts_end_objections(&f, 4, 9, 200), 1);
    assert_true(facts_objects(&f, 4, 9, 200)); /* as everywhere */
    assert_ok(facts_choose(a, &f, &(struct facts_choice){FACTS_OBJECTION, HOW_PHONE, 4, 9, 300, INT64_MAX, 0}));
    assert_int_equal(facts_latest(&f, FACTS_OBJECTION, 4, 9), 300);
    assert_int_equal(facts_end_objections(&f, 4, 0, 400), 2);
    assert_int_equal(facts_latest(&f, FACTS_OBJECTION, 4, 9), 400); /* a clock that went back ends them no second time */
    assert_false(facts_objects(&f, 4, 0, 400));
    assert_ok(facts_hold(a, &f, 5, 1));
    assert_true(facts_held(&f));
    assert_true(facts_release(&f, 5));
    assert_false(facts_held(&f) || facts_release(&f, 5));
}

static void records_of_one_person_count_together(void **state)
{
    (void)state;
    int32_t day = when_day(2018, 6, 1);
    int64_t at = (int64_t)day * 86400;
    struct facts member = FACTS_NONE, former = FACTS_NONE, seen = FACTS_NONE;
    assert_ok(facts_add_period(a, &member, (struct facts_period){day - 900, FACTS_OPEN}));
    assert_ok(facts_add_period(a, &former, (struct facts_period){day - 3000, day - 2000}));
    assert_ok(facts_set_source(a, &former, 2, FACTS_GONE, 500));
    seen.marks = FACT_FILE_ONLY | FACT_IN_DANGER;
    assert_ok(facts_set_field(a, &seen, 9, true));
    assert_ok(facts_hold(a, &seen, 3, 1));
    former.also = &member;
    assert_int_equal(facts_status(&former, at, day), STATUS_MEMBER);
    assert_int_equal(facts_joined(&former), day - 3000);
    assert_int_equal(facts_left(&former, NULL, at, day), DAY_UNKNOWN);
    assert_true(facts_gone(&former)); /* of the sources that were told of her, none has her */
    assert_ok(facts_set_source(a, &member, 1, FACTS_THERE, 700));
    assert_true(!facts_gone(&former) && facts_in_source(&former, 1) && !facts_in_source(&former, 2));
    member.also = &seen;
    assert_int_equal(facts_marks(&former), FACT_IN_DANGER); /* not known only from a file */
    assert_true(facts_held(&former) && facts_has_field(&former, 9) && !facts_file_only(&former));
    former.also = &seen;
    assert_int_equal(facts_status(&former, at, day), STATUS_FORMER);
    assert_int_equal(facts_left(&former, NULL, at, day), day - 2000);
    seen.word = WORD_DECEASED;
    assert_true(facts_deceased(&former, day));
}

/* What is said in this order, by one person about purpose 3; then who may have it at which time. */
static void a_withdrawal_holds_against_every_consent_that_is_not_newer(void **state)
{
    (void)state;
    enum { P = 7, Q = 8, MOST = 3 };
    static const struct {
        const char *what;
        struct facts_choice said[MOST];
        int64_t at;
        bool all, p, q;
    } cases[] = {
        {"nothing", {{0}}, 500, false, false, false},
        {"for all", {{FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}}, 100, true, true, true},
        {"for all, not for p", {{FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}, {FACTS_WITHDRAWAL, HOW_PHONE, 3, P, 200, INT64_MAX, 0}}, 500,
         true, false, true},
        {"before it", {{FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}, {FACTS_WITHDRAWAL, HOW_PHONE, 3, P, 200, INT64_MAX, 0}}, 199, true, true,
         true},
        {"for p, for nobody", {{FACTS_CONSENT, HOW_PAPER, 3, P, 100, INT64_MAX, 0}, {FACTS_WITHDRAWAL, HOW_PHONE, 3, 0, 200, INT64_MAX, 0}}, 200,
         false, false, false},
        {"another purpose", {{FACTS_CONSENT, HOW_PAPER, 3, P, 100, INT64_MAX, 0}, {FACTS_WITHDRAWAL, HOW_PHONE, 4, 0, 200, INT64_MAX, 0}}, 200,
         false, true, false},
        {"in the same second", {{FACTS_WITHDRAWAL, HOW_PHONE, 3, 0, 100, INT64_MAX, 0}, {FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}}, 100,
         false, false, false},
        {"back-dated", {{FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}, {FACTS_WITHDRAWAL, HOW_PHONE, 3, 0, 300, INT64_MAX, 0},
         {FACTS_CONSENT, HOW_PAPER, 3, P, 200, INT64_MAX, 0}}, 500, false, false, false},
        {"newer", {{FACTS_WITHDRAWAL, HOW_PHONE, 3, 0, 300, INT64_MAX, 0}, {FACTS_CONSENT, HOW_PAPER, 3, P, 301, INT64_MAX, 0}}, 500, false, true,
         false},
        {"one for all after one against p", {{FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}, {FACTS_WITHDRAWAL, HOW_PHONE, 3, P, 200, INT64_MAX, 0},
         {FACTS_CONSENT, HOW_PAPER, 3, 0, 300, INT64_MAX, 0}}, 300, true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int on = 0; on < 2; on++) { /* on one record, and on two of one person */
            struct facts f = FACTS_NONE, other = FACTS_NONE;
            f.also = &other;
            for (size_t k = 0; k < MOST && cases[i].said[k].kind; k++) {
                struct facts *to = on && cases[i].said[k].kind == FACTS_WITHDRAWAL ? &other : &f;
                size_t before = to->choice_count;
                assert_ok(facts_choose(a, to, &cases[i].said[k]));
                assert_int_equal(to->choice_count, before + 1);
            }
            bool all = facts_consents(&f, 3, 0, cases[i].at), p = facts_consents(&f, 3, P, cases[i].at), q = facts_consents(&f, 3, Q, cases[i].at);
            if (all != cases[i].all || p != cases[i].p || q != cases[i].q)
                fail_msg("%s, %d: %d %d %d", cases[i].what, on, all, p, q);
        }
    }
}

static void what_is_said_again_is_nothing_new_until_the_contrary_was(void **state)
{
    (void)state;
    static const struct {
        struct facts_choice said;
        size_t count; /* after it */
    } steps[] = {
        {{FACTS_WITHDRAWAL, HOW_PHONE, 3, 7, 50, INT64_MAX, 0}, 1},  {{FACTS_WITHDRAWAL, HOW_PHONE, 3, 7, 60, INT64_MAX, 0}, 1},
        {{FACTS_CONSENT, HOW_PAPER, 3, 0, 100, INT64_MAX, 0}, 2},    {{FACTS_CONSENT, HOW_PAPER, 3, 0, 110, INT64_MAX, 0}, 2},
        {{FACTS_WITHDRAWAL, HOW_PHONE, 3, 7, 120, INT64_MAX, 0}, 3}, {{FACTS_CONSENT, HOW_PAPER, 3, 0, 115, INT64_MAX, 0}, 3},
        {{FACTS_CONSENT, HOW_PAPER, 3, 0, 130, INT64_MAX, 0}, 4},    {{FACTS_CONSENT, HOW_PAPER, 3, 0, 90, INT64_MAX, 0}, 5},
        {{FACTS_WITHDRAWAL, HOW_PHONE, 3, 0, 125, INT64_MAX, 0}, 6}, {{FACTS_WITHDRAWAL, HOW_PHONE, 4, 0, 100, INT64_MAX, 0}, 7},
        {{FACTS_WITHDRAWAL, HOW_PHONE, 4, 0, 86499, INT64_MAX, 0}, 7}, {{FACTS_WITHDRAWAL, HOW_PHONE, 4, 0, 86500, INT64_MAX, 0}, 8},
    };
    struct facts f = FACTS_NONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_ok(facts_choose(a, &f, &steps[i].said));
        assert_int_equal(f.choice_count, steps[i].count);
    }
    assert_int_equal(facts_latest(&f, FACTS_CONSENT, 3, 7), 130);
    assert_int_equal(facts_latest(&f, FACTS_WITHDRAWAL, 3, 8), 125);
    assert_int_equal(facts_latest(&f, FACTS_OBJECTION, 3, 0), INT64_MIN);
    assert_int_equal(facts_consent_end(&f, &f.choices[1]), 125);
    assert_int_equal(facts_consent_end(&f, &f.choices[3]), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_decodes_to_the_same),
        cmocka_unit_test(periods_tell_the_status_of_any_day),
        cmocka_unit_test(the_word_of_the_file_goes_before_periods_from_its_day_on),
        cmocka_unit_test(without_periods_the_first_word_holds_for_all_time_before),
        cmocka_unit_test(gone_from_all_sources_ends_a_membership),
        cmocka_unit_test(age_follows_from_the_birth_date_or_the_mark),
        cmocka_unit_test(what_a_file_says_replaces_periods_that_it_meets),
        cmocka_unit_test(consents_and_objections_hold_for_their_time_and_recipient),
        cmocka_unit_test(records_of_one_person_count_together),
        cmocka_unit_test(a_withdrawal_holds_against_every_consent_that_is_not_newer),
        cmocka_unit_test(what_is_said_again_is_nothing_new_until_the_contrary_was),
    };
    return cmocka_run_group_tests_name("facts", tests, make_arena, end_arena);
}
