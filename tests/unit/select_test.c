#include "catalogue_world.h"

#include <stdio.h>

#include "limits.h"
#include "select.h"
#include "when.h"

/* A person: values by field name. */
struct fact {
    const char *name;
    struct select_values values;
};

static struct fact facts[16];
static size_t fact_count;
static const uint8_t (*prints)[TOKEN_BYTES];
static struct select_value values[64];
static size_t value_count;

static void forget(void)
{
    fact_count = value_count = 0;
}

static void has_state(const char *name, enum select_state known)
{
    facts[fact_count] = (struct fact){.name = name, .values = {.list = &values[value_count]}};
    facts[fact_count++].values.state = known;
}

static void has(const char *name, const char *text)
{
    if (fact_count == 0 || strcmp(facts[fact_count - 1].name, name) != 0)
        has_state(name, SELECT_KNOWN);
    values[value_count++] = (struct select_value){.text = view_text(text)};
    facts[fact_count - 1].values.count++;
}

static void has_days(const char *name, int32_t earliest, int32_t latest)
{
    has_state(name, SELECT_KNOWN);
    values[value_count++] = (struct select_value){.earliest = earliest, .latest = latest};
    facts[fact_count - 1].values.count++;
}

static err look(void *context, size_t i, const char *name, struct select_values *ret)
{
    assert_string_equal(select_name(*(const struct select **)context, i), name);
    *ret = (struct select_values){.state = SELECT_KNOWN};
    for (size_t k = 0; k < fact_count; k++)
        if (strcmp(facts[k].name, name) == 0)
            *ret = facts[k].values;
    return OK;
}

static enum truth ask(const char *text)
{
    const struct select *s;
    enum truth t = TRUTH_NO;
    assert_ok(select_parse(a, &c, "--select", text, &s));
    assert_ok(select_eval(s, prints, look, &s, &t));
    return t;
}

/* A value of which only the fingerprint is kept: of the texts it is compared with, "same" has that one. */
static void a_fingerprint_can_only_rule_out(void **state)
{
    (void)state;
    static const uint8_t of_texts[3][TOKEN_BYTES] = {{1}, {2}, {3}};
    forget();
    has("city", "x");
    values[0] = (struct select_value){.text = view_of(of_texts[1], TOKEN_BYTES), .print = true};
    for (int known = 0; known < 2; known++) {
        prints = known ? of_texts : NULL;
        assert_int_equal(known ? TRUTH_NO : TRUTH_UNKNOWN, ask("city = 'other'"));
        assert_int_equal(known ? TRUTH_YES : TRUTH_UNKNOWN, ask("city != 'other'"));
        assert_int_equal(known ? TRUTH_NO : TRUTH_UNKNOWN, ask("city = 'other' or city = 'first' and city = 'second'"));
        assert_int_equal(TRUTH_UNKNOWN, ask("city in ('other', 'same')"));
        assert_int_equal(TRUTH_UNKNOWN, ask("city not in ('other', 'same')"));
        assert_int_equal(TRUTH_NO, ask("city is empty"));
    }
    has("city", "known");
    assert_int_equal(TRUTH_YES, ask("city in ('known', 'same')"));
    forget();
    has("birth_date", "");
    values[0] = (struct select_value){.text = view_of(of_texts[1], TOKEN_BYTES), .print = true};
    assert_int_equal(TRUTH_UNKNOWN, ask("birth_date = 1990-01-01"));
    assert_int_equal(TRUTH_UNKNOWN, ask("birth_date < 1990-01-01"));
    prints = NULL;
}

static void says(uint8_t voice, const char *name, const char *text)
{
    has(name, text);
    values[value_count - 1].voice = voice;
}

static void where_sources_contradict_each_other_nobody_knows(void **state)
{
    (void)state;
    forget();
    says(1, "city", "York");
    says(2, "city", "Hull");
    says(1, "city", "Leeds"); /* the first source's too: columns add up */
    assert_int_equal(TRUTH_UNKNOWN, ask("city = 'York'"));
    assert_int_equal(TRUTH_UNKNOWN, ask("city = 'Hull'"));
    assert_int_equal(TRUTH_UNKNOWN, ask("city != 'Leeds'"));
    assert_int_equal(TRUTH_YES, ask("city in ('York', 'Hull')"));
    assert_int_equal(TRUTH_NO, ask("city = 'Rome'"));
    assert_int_equal(TRUTH_YES, ask("city != 'Rome'"));
    assert_int_equal(TRUTH_NO, ask("city is empty"));
    says(2, "city", "York");
    assert_int_equal(TRUTH_YES, ask("city = 'York'"));
    forget();
    has_days("birth_date", 10, 10);
    has_days("birth_date", 400, 400);
    facts[0].values.count = 2;
    fact_count = 1;
    values[1].voice = 1;
    assert_int_equal(TRUTH_UNKNOWN, ask("birth_date < 1971-01-01"));
    assert_int_equal(TRUTH_YES, ask("birth_date < 1980-01-01"));
    assert_int_equal(TRUTH_NO, ask("birth_date > 1980-01-01"));
}

static void what_is_compared_is_listed_with_its_field(void **state)
{
    (void)state;
    const struct select *s;
    const char *name;
    struct view text;
    assert_ok(select_parse(a, &c, "x", "city is empty or city in ('A','b') or birth_date < 1990 or postal_code = 'AB1 2CD'", &s));
    assert_int_equal(select_text_count(s), 4);
    static const char *const expected[4][2] = {{"city", "a"}, {"city", "b"}, {"birth_date", NULL}, {"postal_code", "ab12cd"}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(select_text(s, i, &name, &text), expected[i][1] != NULL);
        assert_string_equal(name, expected[i][0]);
        if (expected[i][1])
            assert_true(view_equal(text, view_text(expected[i][1])));
    }
}

static void the_example_of_the_design(void **state)
{
    (void)state;
    const char *text = "status = \"former\" and left < 2019-01-01 and state in (\"NY\",\"NJ\")";
    forget();
    has("status", "former");
    has_days("left", when_day(2018, 12, 31), when_day(2018, 12, 31));
    has("state", "nj");
    assert_int_equal(TRUTH_YES, ask(text));
    values[1].earliest = values[1].latest = when_day(2019, 1, 1);
    assert_int_equal(TRUTH_NO, ask(text));
    values[1].earliest = when_day(2018, 1, 1);
    assert_int_equal(TRUTH_UNKNOWN, ask(text));
    values[2].text = view_text("CT");
    assert_int_equal(TRUTH_NO, ask(text));
}

static void what_it_reads_counts_as_given(void **state)
{
    (void)state;
    const struct select *s;
    assert_ok(select_parse(a, &c, "x",
                           "status='former' or left<2019 or joined>2000 or City='a' or city='b' or deceased=no", &s));
    assert_int_equal(5, select_name_count(s));
    assert_string_equal("status", select_name(s, 0));
    assert_string_equal("city", select_name(s, 3));
    assert_int_equal(3, select_given_count(s));
    assert_string_equal("membership", select_given(s, 0));
    assert_string_equal("city", select_given(s, 1));
    assert_string_equal("deceased", select_given(s, 2));
}

static void kleene_truth_table(void **state)
{
    (void)state;
    static const char *const terms[] = {"city = 'no'", "phone = '1'", "city = 'yes'"}; /* no, unknown, yes */
    forget();
    has("city", "yes");
    has_state("phone", SELECT_UNKNOWN);
    for (int x = 0; x < 3; x++) {
        char text[200];
        snprintf(text, sizeof text, "not %s", terms[x]);
        assert_int_equal(2 - x, ask(text));
        for (int y = 0; y < 3; y++) {
            snprintf(text, sizeof text, "%s AND %s", terms[x], terms[y]);
            assert_int_equal(x < y ? x : y, ask(text));
            snprintf(text, sizeof text, "%s oR %s", terms[x], terms[y]);
            assert_int_equal(x > y ? x : y, ask(text));
        }
    }
}

static void binding_is_not_then_and_then_or(void **state)
{
    (void)state;
    forget();
    has("city", "y");
    assert_int_equal(TRUTH_YES, ask("city='y' or city='n' and city='n'"));
    assert_int_equal(TRUTH_NO, ask("(city='y' or city='n') and city='n'"));
    assert_int_equal(TRUTH_YES, ask("not city='n' or city='y'"));
    assert_int_equal(TRUTH_NO, ask("not (city='n' or city='y')"));
    assert_int_equal(TRUTH_YES, ask("not not city='y'"));
    assert_int_equal(TRUTH_NO, ask("city='n' and city='y' or not city='y'"));
}

static void fields_without_and_with_several_values(void **state)
{
    (void)state;
    forget();
    has("email", "a@x.example");
    has("email", "B@x.example");
    assert_int_equal(TRUTH_YES, ask("email = 'b@X.example'"));
    assert_int_equal(TRUTH_NO, ask("email != 'b@x.example'"));
    assert_int_equal(TRUTH_YES, ask("email in ('q', 'a@x.example')"));
    assert_int_equal(TRUTH_NO, ask("email is empty"));
    assert_int_equal(TRUTH_NO, ask("city = 'x'"));
    assert_int_equal(TRUTH_YES, ask("city != 'x'"));
    assert_int_equal(TRUTH_YES, ask("city not in ('x')"));
    assert_int_equal(TRUTH_YES, ask("city is empty"));
    assert_int_equal(TRUTH_NO, ask("left < 2030-01-01"));
    assert_int_equal(TRUTH_NO, ask("left >= 1900"));
    has_state("phone", SELECT_PRESENT);
    assert_int_equal(TRUTH_YES, ask("phone is not empty"));
    assert_int_equal(TRUTH_UNKNOWN, ask("phone = '1'"));
    has_state("bank_account", SELECT_UNKNOWN);
    assert_int_equal(TRUTH_UNKNOWN, ask("bank_account is empty"));
}

static void kinds_are_compared_as_what_they_are(void **state)
{
    (void)state;
    forget();
    has("payment_amount", "12.5");
    has("postal_code", "sw1a1aa");
    has("last_name", "O\xe2\x80\x99Neill");
    has("status", "refused");
    has("deceased", "yes");
    assert_int_equal(TRUTH_YES, ask("payment_amount = 12.50 and payment_amount > 12 and payment_amount <= 12.500001"));
    assert_int_equal(TRUTH_NO, ask("payment_amount < 12.5 or payment_amount >= 13"));
    assert_int_equal(TRUTH_YES, ask("payment_amount > -1"));
    assert_int_equal(TRUTH_YES, ask("postal_code = 'SW1A 1AA'"));
    assert_int_equal(TRUTH_YES, ask("last_name = 'o''neill'"));
    assert_int_equal(TRUTH_YES, ask("last_name = \"O'NEILL\""));
    assert_int_equal(TRUTH_YES, ask("status = 'refused'"));
    assert_int_equal(TRUTH_NO, ask("status = 'other'")); /* the word means what it means in purposes and rules */
    assert_int_equal(TRUTH_YES, ask("status not in ('member','former')"));
    assert_int_equal(TRUTH_YES, ask("deceased = yes and deceased != No"));
    values[0].text = view_text("about ten");
    assert_int_equal(TRUTH_UNKNOWN, ask("payment_amount > 1"));
}

static void coarse_dates_have_a_first_and_a_last_day(void **state)
{
    (void)state;
    forget();
    has_days("birth_date", when_day(1950, 6, 30), when_day(1950, 6, 30));
    assert_int_equal(TRUTH_YES, ask("birth_date = 1950 and birth_date = 1950-06 and birth_date = 1950-06-30"));
    assert_int_equal(TRUTH_YES, ask("birth_date < 1950-07 and birth_date > 1950-05 and birth_date <= 1950-06"));
    assert_int_equal(TRUTH_YES, ask("birth_date >= 1950-06 and not birth_date > 1950-06 and not birth_date < 1950"));
    values[0] = (struct select_value){.earliest = when_day(1950, 1, 1), .latest = when_day(1950, 12, 31)};
    assert_int_equal(TRUTH_YES, ask("birth_date = 1950"));
    assert_int_equal(TRUTH_UNKNOWN, ask("birth_date = 1950-06"));
    assert_int_equal(TRUTH_NO, ask("birth_date = 1951"));
    values[0] = (struct select_value){.earliest = 1, .latest = 0};
    assert_int_equal(TRUTH_UNKNOWN, ask("birth_date = 1950"));
    assert_int_equal(TRUTH_NO, ask("birth_date is empty"));
}

static void errors_say_where_and_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned column;
        const char *todo;
    } cases[] = {
        {"", 1, "Write comparisons"},
        {"city", 5, "comes one of"},
        {"sttae = 'NY'", 1, "Did you mean state?"},
        {"qqqqqqqqqqq = 'NY'", 1, "field list"},
        {"city = 'Z\xc3\xbcrich' and foo_bar_baz = 'x'", 21, "field list"},
        {"city < 'a'", 6, "= or !="},
        {"birth_date = 'x'", 14, "2019-01-31"},
        {"birth_date = 2019-02-30", 14, "2019-01-31"},
        {"birth_date < 31/12/2019", 14, "2019-01-31"},
        {"payment_amount = 'x'", 18, "without quotes"},
        {"status = 'gone'", 10, "\"former\""},
        {"status = former", 10, "quotes"},
        {"city = Berlin", 8, "quotes"},
        {"city = ''", 8, "is empty"},
        {"city = 'x", 8, "same quote"},
        {"deceased = maybe", 12, "yes or no"},
        {"bank_account = '1'", 14, "bank_account is not empty"},
        {"city = 'a' city = 'b'", 12, "and, or"},
        {"(city = 'a'", 1, "Put )"},
        {"city = 'a')", 11, "Take it out"},
        {"city in 'a'", 9, "in (\"a\", \"b\")"},
        {"city in ('a'", 13, "commas"},
        {"city in ()", 10, "quotes"},
        {"city is full", 9, "= instead"},
        {"city not = 'a'", 10, "comes one of"},
        {"city = \xe2\x80\x9c"
         "a\xe2\x80\x9d",
         8, "straight quotes"},
        {"and city = 'a'", 1, "comparisons"},
        {"city = 'a' and", 15, "comparisons"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct select *s;
        assert_err(ERR_INVALID, select_parse(a, &c, "--select", cases[i].text, &s));
        if (err_text()->column != cases[i].column || !strstr(err_text()->todo, cases[i].todo))
            fail_msg("%s: column %d, %s", cases[i].text, (int)err_text()->column, err_text()->todo);
    }
}

static void limits_hold(void **state)
{
    (void)state;
    const struct select *s;
    struct buf text CLEANUP(buf_free) = BUF(1u << 20);
    for (int i = 0; i < 65; i++)
        buf_str(&text, "(");
    assert_err(ERR_LIMIT, select_parse(a, &c, "x", buf_text(&text), &s));
    buf_clear(&text);
    for (int i = 0; i < 65; i++)
        buf_str(&text, "not ");
    assert_err(ERR_LIMIT, select_parse(a, &c, "x", buf_text(&text), &s));
    buf_clear(&text);
    for (unsigned i = 0; i < LIMIT_SELECT_TERMS; i++)
        buf_str(&text, i ? " and city='a'" : "city='a'");
    assert_ok(select_parse(a, &c, "x", buf_text(&text), &s));
    buf_str(&text, " or city='a'");
    assert_err(ERR_LIMIT, select_parse(a, &c, "x", buf_text(&text), &s));
    buf_clear(&text);
    buf_str(&text, "city in ('a'");
    for (unsigned i = 0; i < LIMIT_SELECT_VALUES; i++)
        buf_str(&text, ",'a'");
    buf_str(&text, ")");
    assert_err(ERR_LIMIT, select_parse(a, &c, "x", buf_text(&text), &s));
    buf_clear(&text);
    for (unsigned i = 0; i <= LIMIT_SELECT_BYTES; i++)
        buf_str(&text, " ");
    assert_err(ERR_LIMIT, select_parse(a, &c, "x", buf_text(&text), &s));
    assert_err(ERR_INVALID, select_parse(a, &c, "x", "city = '\xff'", &s));
}

static err broken(void *context, size_t i, const char *name, struct select_values *ret)
{
    (void)context;
    (void)i;
    (void)name;
    (void)ret;
    return err_new(ERR_GONE, "Gone.", "");
}

static void failures_of_the_lookup_come_through(void **state)
{
    (void)state;
    const struct select *s;
    enum truth t;
    assert_ok(select_parse(a, &c, "x", "city = 'a'", &s));
    assert_err(ERR_GONE, select_eval(s, NULL, broken, NULL, &t));
}

/* An evaluator of its own for the property: it says what each expression means while it writes it. */
static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

static struct {
    int city_count, cities[3]; /* letters */
    int amount;                /* -1 none, -2 not known */
    int year, last_year;       /* birth date: from the start of year to the end of last_year */
} person;

static void draw_person(void)
{
    static const char *const letters[] = {"a", "b", "c", "d"}, *const amounts[] = {"0", "1.0", "2", "3.00"};
    forget();
    person.city_count = (int)draw(3);
    for (int i = 0; i < person.city_count; i++)
        has("city", letters[person.cities[i] = (int)draw(4)]);
    person.amount = (int)draw(6) - 2;
    if (person.amount >= 0)
        has("payment_amount", amounts[person.amount]);
    else if (person.amount == -2)
        has_state("payment_amount", SELECT_UNKNOWN);
    person.year = 2000 + (int)draw(4);
    person.last_year = person.year + (int)draw(2);
    has_days("birth_date", when_day(person.year, 1, 1), when_day(person.last_year, 12, 31));
}

static int write_city(struct buf *to)
{
    bool no = draw(2), any = false;
    unsigned count = 1 + draw(3);
    buf_str(to, no ? "city not in (" : "city in (");
    for (unsigned i = 0; i < count; i++) {
        int letter = (int)draw(4);
        buf_fmt(to, "%s'%c'", i ? ", " : "", 'A' + letter);
        for (int k = 0; k < person.city_count; k++)
            any = any || person.cities[k] == letter;
    }
    buf_str(to, ")");
    return any != no ? 2 : 0;
}

static int write_amount(struct buf *to)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "=", "!="};
    unsigned op = draw(6);
    int than = (int)draw(4), have = person.amount;
    buf_fmt(to, "payment_amount %s %d", ops[op], than);
    if (have == -2)
        return 1;
    if (have == -1)
        return op == 5 ? 2 : 0;
    bool is[] = {have<than, have <= than, have> than, have >= than, have == than, have != than};
    return is[op] ? 2 : 0;
}

static int write_birth(struct buf *to)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "=", "!="};
    unsigned op = draw(6);
    int than = 2000 + (int)draw(5), yes = 0, all = 0;
    buf_fmt(to, "birth_date %s %d", ops[op], than);
    for (int y = person.year; y <= person.last_year; y++, all++) {
        bool is[] = {y<than, y <= than, y> than, y >= than, y == than, y != than};
        yes += is[op];
    }
    return yes == all ? 2 : yes == 0 ? 0 : 1;
}

/* Recursion is fine in a test: depth is at most 4. */
static int write_any(struct buf *to, int depth)
{
    unsigned kind = draw(depth > 0 ? 6 : 3);
    if (kind == 0)
        return write_city(to);
    if (kind == 1)
        return write_amount(to);
    if (kind == 2)
        return write_birth(to);
    if (kind == 3) {
        buf_str(to, "not (");
        int t = write_any(to, depth - 1);
        buf_str(to, ")");
        return 2 - t;
    }
    buf_str(to, "(");
    int x = write_any(to, depth - 1);
    buf_str(to, kind == 4 ? ") and (" : ") or (");
    int y = write_any(to, depth - 1);
    buf_str(to, ")");
    return (kind == 4) == (x < y) ? x : y;
}

static void random_selections_mean_what_they_were_written_to_mean(void **state)
{
    (void)state;
    int seen[3] = {0};
    for (seed = 1; seed < 4000; seed++) {
        uint64_t from = seed;
        struct arena *keep = a;
        a = arena_new();
        draw_person();
        struct buf text CLEANUP(buf_free) = BUF(100000);
        int expected = write_any(&text, 4);
        int got = (int)ask(buf_text(&text));
        if (got != expected)
            fail_msg("seed %d: %s is %d, not %d", (int)from, buf_text(&text), got, expected);
        seen[got]++;
        arena_free(a);
        a = keep;
        seed = from;
    }
    assert_true(seen[0] > 300 && seen[1] > 300 && seen[2] > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_example_of_the_design, start, stop),
        cmocka_unit_test_setup_teardown(a_fingerprint_can_only_rule_out, start, stop),
        cmocka_unit_test_setup_teardown(what_is_compared_is_listed_with_its_field, start, stop),
        cmocka_unit_test_setup_teardown(where_sources_contradict_each_other_nobody_knows, start, stop),
        cmocka_unit_test_setup_teardown(what_it_reads_counts_as_given, start, stop),
        cmocka_unit_test_setup_teardown(kleene_truth_table, start, stop),
        cmocka_unit_test_setup_teardown(binding_is_not_then_and_then_or, start, stop),
        cmocka_unit_test_setup_teardown(fields_without_and_with_several_values, start, stop),
        cmocka_unit_test_setup_teardown(kinds_are_compared_as_what_they_are, start, stop),
        cmocka_unit_test_setup_teardown(coarse_dates_have_a_first_and_a_last_day, start, stop),
        cmocka_unit_test_setup_teardown(errors_say_where_and_what_to_do, start, stop),
        cmocka_unit_test_setup_teardown(limits_hold, start, stop),
        cmocka_unit_test_setup_teardown(failures_of_the_lookup_come_through, start, stop),
        cmocka_unit_test_setup_teardown(random_selections_mean_what_they_were_written_to_mean, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
