#include "testing.h"

#include "conf.h"

#include <stdio.h>

#define HEAD "# a comment\nformat = 1\nmade = yes\npractice = no\nzone = Europe/London\n"
#define ORG "organisation = 00112233445566778899aabbccddeeff\n"

static err parsed(const char *text, struct conf *ret)
{
    return conf_parse("candour.conf", view_text(text), ret);
}

static void it_comes_back_as_it_was_written(void **state)
{
    (void)state;
    static struct conf c, again;
    assert_ok(parsed(HEAD ORG "\n# slots\nslot = /keys/a = b\nslot = /keys/c", &c));
    assert_true(c.made && !c.practice && c.org[15] == 0xff);
    assert_string_equal(c.zone, "Europe/London");
    assert_int_equal(c.slot_count, 2);
    assert_string_equal(c.slots[0], "/keys/a = b");
    assert_string_equal(c.slots[1], "/keys/c");
    snprintf(c.home, sizeof c.home, "/data");
    snprintf(c.beside, sizeof c.beside, "/other");
    CLEANUP(buf_free) struct buf b = BUF(4096);
    conf_put(&c, &b);
    assert_ok(conf_parse("candour.conf", buf_view(&b), &again));
    assert_memory_equal(&c, &again, sizeof c);
}

static void what_is_not_understood_is_refused_with_its_line(void **state)
{
    (void)state;
    static struct conf c;
    static const struct {
        const char *text;
        uint64_t line;
    } bad[] = {
        {HEAD ORG "\n\nslat = /k\n", 9},          {HEAD ORG "slot =/k\n", 7},
        {HEAD ORG "slot = \n", 7},                {HEAD ORG "slot = /k\nmade = no\n", 8},
        {HEAD "organisation = 00\nslot = /k\n", 6}, {"format = 1\nmade = perhaps\n", 2},
        {"format = 2\n" ORG, 1},                   {HEAD "slot = /k\n", 6},
        {HEAD ORG, 6},                             {"", 0},
        {HEAD ORG "slot = /1\nslot = /2\nslot = /3\nslot = /4\nslot = /5\nslot = /6\nslot = /7\nslot = /8\nslot = /9\n", 15},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char where[64] = "candour.conf";
        if (bad[i].line)
            snprintf(where, sizeof where, "candour.conf:%u", (unsigned)bad[i].line);
        assert_err(ERR_INVALID, parsed(bad[i].text, &c));
        assert_string_equal(err_text()->where, where);
    }
    static const char zero[] = HEAD ORG "slot = /k\0x\n";
    assert_err(ERR_INVALID, conf_parse("candour.conf", view_of(zero, sizeof zero - 1), &c));
}

static void a_slot_with_a_line_break_in_its_path_is_never_written(void **state)
{
    (void)state;
    static struct conf c;
    assert_ok(parsed(HEAD ORG "slot = /k\n", &c));
    snprintf(c.slots[0], sizeof c.slots[0], "/k\nmade = no");
    assert_err(ERR_INVALID, conf_save("/nowhere", &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_back_as_it_was_written),
        cmocka_unit_test(what_is_not_understood_is_refused_with_its_line),
        cmocka_unit_test(a_slot_with_a_line_break_in_its_path_is_never_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
