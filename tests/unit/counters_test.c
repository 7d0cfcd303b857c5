#include "testing.h"

#include "counters.h"
#include "seam.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[64];
static struct counters c;

static int start(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/candour-test-XXXXXX");
    return mkdtemp(dir) && counters_load(&c, dir, "x.counters").kind == ERR_OK ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    seam_hook_set((struct seam_hook){0});
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* As after kill -9: only the file is left. */
static void killed(void)
{
    assert_ok(counters_load(&c, dir, "x.counters"));
}

static uint64_t user(uint32_t uid, int64_t day, uint64_t n)
{
    uint64_t total;
    assert_ok(counters_user(&c, uid, day, n, &total));
    return total;
}

static void a_kill_loses_no_count_and_adds_at_most_the_part_written_ahead(void **state)
{
    (void)state;
    uint64_t opened = 0;
    for (uint64_t n = 1; n < 300; n += 7) {
        user(1000, 5, n);
        opened += n;
        killed();
        uint64_t total = user(1000, 5, 0);
        assert_true(total >= opened);
        opened = total;
    }
    struct counters before = c;
    killed();
    assert_true(user(1000, 5, 0) <= before.users[0].used + COUNTERS_RESERVE_USER);
}

static void days_and_users_are_counted_apart(void **state)
{
    (void)state;
    assert_int_equal(user(1, 5, 10), 10);
    assert_int_equal(user(2, 5, 3), 3);
    assert_int_equal(user(1, 6, 1), 1);
    assert_int_equal(user(1, 5, 1), 11);
    assert_int_equal(user(1, 6, 1), 2);
}

static void with_many_users_the_oldest_day_is_forgotten_first(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3 * COUNTERS_USERS; i++)
        assert_int_equal(user(i, 10 + i, 5), 5);
    killed();
    assert_true(user(3 * COUNTERS_USERS - 1, 10 + 3 * COUNTERS_USERS - 1, 0) >= 5);
    assert_true(user(2 * COUNTERS_USERS + 1, 10 + 2 * COUNTERS_USERS + 1, 0) >= 5);
}

static void the_newest_day_past_the_limit_is_told(void **state)
{
    (void)state;
    int64_t day;
    uint64_t used;
    user(1, 5, 100);
    assert_false(counters_passed(&c, 100, &day, &used));
    user(1, 5, 1);
    user(2, 7, 300);
    user(1, 9, 3);
    assert_true(counters_passed(&c, 100, &day, &used));
    assert_int_equal(day, 7);
    assert_int_equal(used, 300);
}

static void a_warrant_gives_its_number_once(void **state)
{
    (void)state;
    assert_err(ERR_DENIED, counters_warrant(&c, 40, 10, 1)); /* never shown */
    assert_ok(counters_warrant_begin(&c, 40, view_text("w")));
    assert_ok(counters_warrant(&c, 40, 10, 6));
    assert_err(ERR_DENIED, counters_warrant(&c, 40, 10, 5));
    assert_ok(counters_warrant(&c, 40, 10, 4));
    assert_err(ERR_DENIED, counters_warrant(&c, 40, 10, 1));
    assert_ok(counters_warrant_begin(&c, 40, view_text("w")));
    assert_err(ERR_DENIED, counters_warrant(&c, 40, 10, 1));
    killed();
    assert_ok(counters_warrant_begin(&c, 40, view_text("w")));
    assert_err(ERR_DENIED, counters_warrant(&c, 40, 10, 1));
}

static void a_forgotten_warrant_does_not_begin_again(void **state)
{
    (void)state;
    assert_ok(counters_warrant_begin(&c, 7, view_text("w")));
    assert_ok(counters_warrant(&c, 7, 5, 5));
    for (uint64_t i = 0; i < COUNTERS_WARRANTS; i++)
        assert_ok(counters_warrant_begin(&c, 100 + i, view_text("w")));
    assert_err(ERR_DENIED, counters_warrant(&c, 7, 5, 0));
    assert_err(ERR_DENIED, counters_warrant_begin(&c, 7, view_text("w")));
    killed();
    assert_err(ERR_DENIED, counters_warrant_begin(&c, 7, view_text("w")));
    assert_err(ERR_DENIED, counters_warrant_begin(&c, 3, view_text("w")));
    assert_ok(counters_warrant_begin(&c, 163, view_text("w")));
    assert_err(ERR_DENIED, counters_warrant_begin(&c, 99, view_text("w"))); /* older than all that are known */
    assert_ok(counters_warrant_begin(&c, 200, view_text("w")));
}

/* --- credits --- */

static const char work[] = "{\"kind\":\"warrant\",\"job\":\"reading\"}", other[] = "{\"kind\":\"warrant\",\"job\":\"import\"}";

static struct hash leaf_of(const char *entry)
{
    return merkle_leaf(view_text(entry));
}

static void a_credit_survives_a_kill_and_only_its_entry_in_the_log_clears_it(void **state)
{
    (void)state;
    struct hash leaf = leaf_of(work), wrong = leaf_of(other);
    assert_err(ERR_DENIED, counters_credit(&c, 5, &leaf, 10000, 1)); /* never taken */
    assert_ok(counters_credit_begin(&c, 5, view_text(work), 0));
    assert_ok(counters_credit(&c, 5, &leaf, 10000, 7));
    assert_err(ERR_DENIED, counters_credit(&c, 5, &wrong, 10000, 1));
    assert_err(ERR_DENIED, counters_credit(&c, 6, &leaf, 10000, 1));
    assert_err(ERR_DENIED, counters_credit(&c, 5, &leaf, 10000, 10000));
    killed();
    assert_int_equal(counters_credits(&c), 1);
    assert_int_equal(c.credits[0].used, 7 + COUNTERS_RESERVE_WARRANT);
    assert_string_equal((const char *)c.credits[0].entry, work);
    assert_ok(counters_credit_begin(&c, 5, view_text(work), 0)); /* the same */
    assert_int_equal(counters_credits(&c), 1);
    for (uint64_t i = 100; i < 100 + 3 * COUNTERS_WARRANTS; i++)
        assert_ok(counters_warrant_begin(&c, i, view_text("w")));
    assert_ok(counters_settle(&c, 5000, view_text(other)));
    assert_int_equal(counters_credits(&c), 1);
    assert_ok(counters_settle(&c, 5000, view_text(work)));
    killed();
    assert_int_equal(counters_credits(&c), 0);
    /* What was used is used. */
    assert_err(ERR_DENIED, counters_warrant(&c, 5000, 7 + COUNTERS_RESERVE_WARRANT, 1));
    assert_ok(counters_settle(&c, 5000, view_text(work)));
}

static void who_works_on_credit_goes_on_when_it_is_settled(void **state)
{
    (void)state;
    struct hash leaf = leaf_of(work);
    assert_ok(counters_credit_begin(&c, 5, view_text(work), 0));
    assert_ok(counters_credit(&c, 5, &leaf, 10, 4));
    assert_ok(counters_settle(&c, 9, view_text(work)));
    assert_ok(counters_credit(&c, 5, &leaf, 10, 5));
    assert_err(ERR_DENIED, counters_credit(&c, 5, &leaf, 10, 2));
    assert_err(ERR_DENIED, counters_warrant(&c, 9, 10, 2));
    assert_ok(counters_warrant(&c, 9, 10, 1));
}

static void one_place_of_the_log_answers_for_one_piece_of_work(void **state)
{
    (void)state;
    assert_ok(counters_warrant_begin(&c, 7, view_text(work)));
    assert_ok(counters_credit_begin(&c, 7, view_text(work), 0)); /* the same entry once more: it was shown, and used, already */
    assert_err(ERR_CONFLICT, counters_settle(&c, 7, view_text(work)));
    assert_ok(counters_credit_begin(&c, 8, view_text(work), 0));
    assert_ok(counters_settle(&c, 8, view_text(work)));
    assert_int_equal(counters_credits(&c), 1);
    assert_int_equal(c.credits[0].index, 7);
    assert_err(ERR_CONFLICT, counters_settle(&c, 8, view_text(work)));
    for (uint64_t i = 100; i < 100 + COUNTERS_WARRANTS; i++)
        assert_ok(counters_warrant_begin(&c, i, view_text("w")));
    assert_err(ERR_CONFLICT, counters_settle(&c, 7, view_text(work)));
    assert_err(ERR_CONFLICT, counters_settle(&c, 50, view_text(work)));
    assert_ok(counters_warrant_begin(&c, 200, view_text(work))); /* proved before it was settled: that settles it */
    assert_int_equal(counters_credits(&c), 0);
}

static void there_is_an_end_to_credit(void **state)
{
    (void)state;
    static const uint8_t longest[LIMIT_CREDIT_BYTES + 1] = {'x'};
    char entry[32];
    assert_err(ERR_LIMIT, counters_credit_begin(&c, 1, view_of(longest, sizeof longest), 0));
    assert_err(ERR_LIMIT, counters_credit_begin(&c, 1, view_text(""), 0));
    for (unsigned i = 0; i < LIMIT_KEEPER_CREDITS; i++) {
        snprintf(entry, sizeof entry, "entry %u", i);
        assert_ok(counters_credit_begin(&c, 10 + i, view_text(entry), 0));
    }
    assert_err(ERR_LIMIT, counters_credit_begin(&c, 50, view_text("one more"), 0));
    assert_ok(counters_credit_begin(&c, 10, view_text("entry 0"), 0));
    killed();
    assert_int_equal(counters_credits(&c), LIMIT_KEEPER_CREDITS);
    assert_ok(counters_settle(&c, 10, view_text("entry 0")));
    assert_ok(counters_credit_begin(&c, 50, view_text("one more"), 0));
}

static int fail_every_change(void *ctx, const struct seam_op *op)
{
    (void)ctx;
    (void)op;
    return ENOSPC;
}

static void what_cannot_be_written_down_is_refused_each_time(void **state)
{
    (void)state;
    uint64_t total;
    assert_ok(counters_warrant_begin(&c, 1, view_text("w")));
    seam_hook_set((struct seam_hook){fail_every_change, NULL});
    for (int i = 0; i < 3 * COUNTERS_RESERVE_USER; i++)
        assert_err(ERR_IO, counters_user(&c, 1, 5, 1, &total));
    for (int i = 0; i < 10; i++)
        assert_err(ERR_IO, counters_warrant(&c, 1, 1000, 1));
    assert_err(ERR_IO, counters_warrant_begin(&c, 2, view_text("w")));
    assert_err(ERR_IO, counters_credit_begin(&c, 5, view_text(work), 0));
    assert_int_equal(counters_credits(&c), 0);
    seam_hook_set((struct seam_hook){0});
    assert_ok(counters_user(&c, 1, 5, 1, &total));
    assert_int_equal(total, 3 * COUNTERS_RESERVE_USER + 1);
    assert_ok(counters_warrant(&c, 1, 1000, 1));
    assert_err(ERR_DENIED, counters_warrant(&c, 2, 1000, 1));
    struct hash leaf = leaf_of(work);
    assert_ok(counters_credit_begin(&c, 5, view_text(work), 0));
    seam_hook_set((struct seam_hook){fail_every_change, NULL});
    assert_err(ERR_IO, counters_credit(&c, 5, &leaf, 10, 1));
    assert_err(ERR_IO, counters_settle(&c, 5, view_text(work)));
    assert_int_equal(counters_credits(&c), 1);
    seam_hook_set((struct seam_hook){0});
    assert_ok(counters_settle(&c, 5, view_text(work)));
    assert_int_equal(counters_credits(&c), 0);
}

static void a_damaged_file_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"user 1 5", "user 1 5 7", "user 1 5 7 8\n", "user 1 5 -7\n", "user +1 5 7\n", " user 1 5 7\n", "user 01 5 7\n",
                                      "warrant x 1\n", "floor 3\nfloor 4\n", "\n", "other\n", "user 99999999999 5 7\n",
                                      "user 1 5 99999999999999999999999\n", "credit 5 4 0\n", "credit 5 4 0 \n", "credit 5 4 {}\n", "credit 05 4 0 {}\n", "credit 5 4 x {}\n",
                                      "credit 5 4 0  {}\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_ok(seam_replace(dir, "x.counters", view_text(bad[i]), 0600));
        assert_err(ERR_CORRUPT, counters_load(&c, dir, "x.counters"));
    }
    assert_ok(seam_replace(dir, "x.counters", view_text("floor 3\nuser 1 5 7\nwarrant 5 4\ncredit 5 4 0 {}\n"), 0600));
    assert_ok(counters_load(&c, dir, "x.counters"));
    assert_int_equal(counters_credits(&c), 1);
    assert_int_equal(user(1, 5, 1), 8);
    assert_ok(seam_replace(dir, "x.counters", view_of("user 1 5 7\0\n", 12), 0600));
    assert_err(ERR_CORRUPT, counters_load(&c, dir, "x.counters"));
}

static void no_number_wraps_round(void **state)
{
    (void)state;
    assert_ok(seam_replace(dir, "x.counters", view_text("user 1 5 18446744073709551615\nwarrant 5 18446744073709551615\n"), 0600));
    killed();
    assert_true(user(1, 5, 10) == UINT64_MAX);
    assert_err(ERR_DENIED, counters_warrant(&c, 5, 10, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kill_loses_no_count_and_adds_at_most_the_part_written_ahead),
        TEST(days_and_users_are_counted_apart),
        TEST(with_many_users_the_oldest_day_is_forgotten_first),
        TEST(the_newest_day_past_the_limit_is_told),
        TEST(a_warrant_gives_its_number_once),
        TEST(a_forgotten_warrant_does_not_begin_again),
        TEST(a_credit_survives_a_kill_and_only_its_entry_in_the_log_clears_it),
        TEST(who_works_on_credit_goes_on_when_it_is_settled),
        TEST(one_place_of_the_log_answers_for_one_piece_of_work),
        TEST(there_is_an_end_to_credit),
        TEST(what_cannot_be_written_down_is_refused_each_time),
        TEST(a_damaged_file_is_refused),
        TEST(no_number_wraps_round),
    };
    return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
