#include "catalogue_world.h"

#include "map.h"

static struct map map;

static err parse(const char *text)
{
    return map_parse(a, &c, "my.map", view_text(text), &map);
}

static const struct column *of(const char *name)
{
    const struct map_line *line = map_find(&map, view_text(name));
    assert_non_null(line);
    return &line->column;
}

static void every_form_is_read(void **state)
{
    (void)state;
    assert_ok(parse("\xef\xbb\xbf# a map\r\n\r\n"
                    "Surname = last_name   # family name\n"
                    "Column C = ignore\n"
                    "No = id\n"
                    "Card = id member_number\n"
                    "Start = period_start\nEnd = period_end\nSt = status\nSince = member_since\nKind = membership_type\n"
                    "\"a \"\"b\"\" = c\" = email\n"
                    "Stop = objection\nStop News = objection newsletter\nYes = consent fundraising\n"
                    "Gone = mark deceased\nHide = mark in_danger\nDead = deceased\n"
                    "Shoe = new shoe_size other number\n"
                    "  x=y = phone"));
    assert_int_equal(18, map.count);
    assert_string_equal("last_name", of("surname")->field->key);
    assert_int_equal(3, map.lines[0].line);
    assert_int_equal(COLUMN_IGNORE, of("Column C")->role);
    assert_int_equal(COLUMN_ID, of("No")->role);
    assert_string_equal("source_no", of("No")->field->key);
    assert_string_equal("member_number", of("Card")->field->key);
    assert_int_equal(COLUMN_PERIOD_START, of("Start")->role);
    assert_int_equal(COLUMN_PERIOD_END, of("End")->role);
    assert_int_equal(COLUMN_STATUS, of("St")->role);
    assert_int_equal(COLUMN_MEMBER_SINCE, of("Since")->role);
    assert_int_equal(COLUMN_MEMBERSHIP_TYPE, of("Kind")->role);
    assert_string_equal(FIELD_MEMBERSHIP, of("Kind")->field->key);
    assert_string_equal("email", of("a \"b\" = c")->field->key);
    assert_int_equal(COLUMN_OBJECTION, of("Stop")->role);
    assert_null(of("Stop")->purpose);
    assert_string_equal("newsletter", of("stop news")->purpose);
    assert_int_equal(COLUMN_CONSENT, of("Yes")->role);
    assert_int_equal(MARK_DECEASED, of("Gone")->mark);
    assert_string_equal(FIELD_DECEASED, of("Gone")->field->key);
    assert_int_equal(MARK_IN_DANGER, of("Hide")->mark);
    assert_int_equal(MARK_DECEASED, of("Dead")->mark);
    assert_true(of("Shoe")->new_field);
    assert_int_equal(TYPE_NUMBER, of("Shoe")->field->type);
    assert_string_equal("Shoe", of("Shoe")->field->label);
    assert_string_equal("phone", of("x=y")->field->key);
    assert_null(map_find(&map, view_text("nothing")));
}

static void wrong_lines_say_where_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"A = email\nB\n", "my.map:2"},
        {"A =\n", "my.map:1"},
        {"A = # nothing\n", "my.map:1"},
        {"= email\n", "my.map:1"},
        {"\n\nA = emial\n", "my.map:3:4"},
        {"A = new\n", "my.map:1:4"},
        {"A = new k other\n", "my.map:1:4"},
        {"A = new k colour text\n", "my.map:1:4"},
        {"A = new K other text\n", "my.map:1:4"},
        {"A = new k other text more\n", "my.map:1"},
        {"A = id email\n", "my.map:1:4"},
        {"A = id a b\n", "my.map:1:4"},
        {"A = mark blue\n", "my.map:1:4"},
        {"A = consent\n", "my.map:1:4"},
        {"A = objection a b\n", "my.map:1:4"},
        {"A = email phone\n", "my.map:1:4"},
        {"\"A = email\n", "my.map:1"},
        {"1 = id\n", "my.map:1:4"},
        {"A = email\na = phone\n", "my.map:2:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_err(ERR_INVALID, parse(cases[i].text));
        assert_int_equal(0, strncmp(cases[i].where, err_text()->where, strlen(cases[i].where)));
    }
    assert_err(ERR_CONFLICT, parse("A = new email other text\n"));
    assert_err(ERR_INVALID, map_parse(a, &c, "m", view_of("a\0", 2), &map));
    assert_err(ERR_INVALID, map_parse(a, &c, "m", view_of("\xff", 1), &map));
}

static void a_typing_error_is_helped(void **state)
{
    (void)state;
    assert_err(ERR_INVALID, parse("A = emial\n"));
    assert_non_null(strstr(err_text()->todo, "Did you mean email?"));
    assert_err(ERR_INVALID, parse("A = colour_of_hair\n"));
    assert_non_null(strstr(err_text()->todo, "new colour_of_hair CATEGORY TYPE"));
}

static void a_proposal_is_a_map(void **state)
{
    (void)state;
    static const char *const header[] = {"Surname",       "Forename", "Postcode",   "DOB", "Mobile", "Sort code",
                                         "Membership No", "Emial",    "Hat = size", "#",   "Email",  "Two\nlines"};
    enum { COUNT = sizeof header / sizeof header[0] };
    struct view names[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        names[i] = view_text(header[i]);
    struct columns cols;
    assert_ok(columns_recognise(a, &c, NULL, "x.csv", names, COUNT, &cols));
    struct buf text CLEANUP(buf_free) = BUF(100000);
    assert_ok(map_propose(&c, &cols, &text));
    const char *t = buf_text(&text);
    assert_non_null(strstr(t, "\nSurname = last_name\n"));
    assert_non_null(strstr(t, "\nForename = first_name\n"));
    assert_non_null(strstr(t, "\nDOB = birth_date\n"));
    assert_non_null(strstr(t, "\nMembership No = id member_number\n"));
    assert_non_null(strstr(t, "\nEmial = email # by its spelling: check\n"));
    assert_non_null(strstr(t, "\n# decide: \"Hat = size\" = new hat_size other text\n"));
    assert_non_null(strstr(t, "\n# decide: \"#\" = new my_key other text\n"));
    assert_non_null(strstr(t, "\n# known: Email = email\n"));
    assert_non_null(strstr(t, "Two lines = new two_lines"));
    assert_ok(map_parse(a, &c, "m", buf_view(&text), &map));
    assert_int_equal(7, map.count);
    assert_ok(columns_recognise(a, &c, &map, "x.csv", names, COUNT, &cols));
    assert_int_equal(3, cols.unknown_count);
}

static void common_names_lead_to_lines_that_parse(void **state)
{
    (void)state;
    static const char *const names[] = {"Family Name", "Telephone", "Zip",       "Join Date",  "Opt out", "Newsletter",
                                        "Died",        "Status",    "Reference", "Account No", "Faith"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct buf line CLEANUP(buf_free) = BUF(1000);
        enum map_ground ground;
        assert_ok(map_suggest(&c, view_text(names[i]), &line, &ground));
        assert_int_equal(MAP_COMMON_NAME, ground);
        assert_true(map_is_common(view_text(names[i])));
        assert_ok(map_parse(a, &c, "m", buf_view(&line), &map));
        assert_int_equal(1, map.count);
    }
    assert_false(map_is_common(view_text("Hat")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_form_is_read, start, stop),
        cmocka_unit_test_setup_teardown(wrong_lines_say_where_and_what, start, stop),
        cmocka_unit_test_setup_teardown(a_typing_error_is_helped, start, stop),
        cmocka_unit_test_setup_teardown(a_proposal_is_a_map, start, stop),
        cmocka_unit_test_setup_teardown(common_names_lead_to_lines_that_parse, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
