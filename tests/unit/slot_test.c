#include "testing.h"

#include "slot.h"

static uint8_t file[SLOT_FILE_BYTES];

static struct slot_record record(uint64_t epoch, uint8_t no, uint8_t count)
{
    struct slot_record r = {.org = "sixteen bytes ok", .epoch = epoch, .share_no = no, .share_count = count};
    memset(r.share, (int)(epoch * 16 + no), sizeof r.share);
    return r;
}

static void put(int at, struct slot_record r)
{
    slot_encode(&r, file + at * SLOT_RECORD_STEP);
}

static int empty(void **state)
{
    (void)state;
    memset(file, 0, sizeof file);
    return 0;
}

static err decode(struct slot_record ret[2])
{
    return slot_decode(view_of(file, sizeof file), ret);
}

static void a_slot_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct slot_record in = record(0x0102030405060708, 2, 3), out[2];
    in.practice = true;
    put(1, in);
    assert_ok(decode(out));
    assert_int_equal(out[0].epoch, 0);
    assert_int_equal(out[1].epoch, in.epoch);
    assert_memory_equal(out[1].org, in.org, ORG_BYTES);
    assert_memory_equal(out[1].share, in.share, KEY_BYTES);
    assert_true(out[1].practice);
    assert_int_equal(out[1].share_no, 2);
    assert_int_equal(out[1].share_count, 3);
}

static void a_spare_torn_at_any_byte_counts_as_unused(void **state)
{
    (void)state;
    struct slot_record out[2];
    uint8_t spare[SLOT_RECORD_BYTES], old[SLOT_RECORD_BYTES];
    struct slot_record next = record(2, 0, 1), older = record(9, 0, 1);
    slot_encode(&next, spare);
    slot_encode(&older, old);
    put(0, record(1, 0, 1));
    for (size_t torn = 0; torn < SLOT_RECORD_BYTES; torn++) {
        memcpy(file + SLOT_RECORD_STEP, torn % 2 ? old : (uint8_t[SLOT_RECORD_BYTES]){0}, SLOT_RECORD_BYTES);
        memcpy(file + SLOT_RECORD_STEP, spare, torn);
        assert_ok(decode(out));
        assert_int_equal(out[0].epoch, 1);
        bool still_old = memcmp(file + SLOT_RECORD_STEP, old, sizeof old) == 0;
        assert_int_equal(out[1].epoch, still_old ? 9 : 0);
    }
}

static void every_changed_byte_of_a_lone_record_is_noticed(void **state)
{
    (void)state;
    struct slot_record out[2];
    put(0, record(1, 0, 1));
    for (size_t i = 0; i < SLOT_RECORD_BYTES; i++) {
        file[i] ^= 4;
        assert_err(i < 16 ? ERR_INVALID : ERR_CORRUPT, decode(out));
        file[i] ^= 4;
    }
    assert_ok(decode(out));
}

static void what_is_no_slot_is_called_that(void **state)
{
    (void)state;
    struct slot_record out[2];
    assert_err(ERR_INVALID, decode(out));
    put(0, record(1, 0, 1));
    for (size_t len = 0; len < SLOT_FILE_BYTES; len += 100)
        assert_err(ERR_INVALID, slot_decode(view_of(file, len), out));
    uint8_t longer[SLOT_FILE_BYTES + 1];
    memcpy(longer, file, sizeof file);
    assert_err(ERR_INVALID, slot_decode(view_of(longer, sizeof longer), out));
}

static void records_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    struct slot_record out[2], other = record(2, 0, 1);
    put(0, record(1, 0, 1));
    put(1, record(1, 0, 1));
    assert_err(ERR_CORRUPT, decode(out));
    other.org[0] ^= 1;
    put(1, other);
    assert_err(ERR_CORRUPT, decode(out));
    put(1, record(2, 1, 2));
    assert_err(ERR_CORRUPT, decode(out));
    put(0, record(1, 1, 1));
    put(1, record(2, 1, 1)); /* share 1 of 1 */
    assert_err(ERR_CORRUPT, decode(out));
    assert_memory_equal(out, (uint8_t[sizeof out]){0}, sizeof out);
}

static void shares_join_only_all_of_one_organisation_and_epoch(void **state)
{
    (void)state;
    uint8_t root[KEY_BYTES], zero[KEY_BYTES] = {0}, expected[KEY_BYTES];
    struct slot_record s[3] = {record(1, 2, 3), record(1, 0, 3), record(1, 1, 3)};
    assert_ok(slot_join(s, 3, root));
    memset(expected, 0x12 ^ 0x10 ^ 0x11, sizeof expected);
    assert_memory_equal(root, expected, KEY_BYTES);
    assert_err(ERR_INVALID, slot_join(s, 2, root));
    assert_memory_equal(root, zero, KEY_BYTES);
    assert_err(ERR_INVALID, slot_join(s, 0, root));
    s[2] = s[1]; /* the same twice */
    assert_err(ERR_INVALID, slot_join(s, 3, root));
    s[2] = record(2, 1, 3);
    assert_err(ERR_INVALID, slot_join(s, 3, root));
    s[2] = record(1, 1, 3);
    s[2].org[3] ^= 1;
    assert_err(ERR_INVALID, slot_join(s, 3, root));
    s[2] = record(1, 1, 3);
    s[2].practice = true;
    assert_err(ERR_INVALID, slot_join(s, 3, root));
    assert_memory_equal(root, zero, KEY_BYTES);
}

static struct slot_lock lock(void)
{
    struct slot_lock l;
    uint8_t share[KEY_BYTES], zero[KEY_BYTES] = {0};
    assert_ok(slot_lock_make(view_text("seven lamps under the quay"), share, &l));
    assert_memory_equal(share, zero, KEY_BYTES);
    return l;
}

static void a_passphrase_is_one_more_share_and_a_wrong_one_is_told(void **state)
{
    (void)state;
    struct slot_lock l = lock(), other = lock();
    uint8_t share[KEY_BYTES], again[KEY_BYTES], zero[KEY_BYTES] = {0};
    assert_true(l.set && l.memory_kb == 65536 && l.passes == 3);
    assert_memory_not_equal(l.salt, other.salt, SALT_BYTES);
    assert_memory_not_equal(l.check, other.check, SLOT_CHECK_BYTES);
    assert_ok(slot_lock_open(&l, view_text("seven lamps under the quay"), share));
    assert_memory_not_equal(share, zero, KEY_BYTES);
    assert_memory_not_equal(share, l.check, SLOT_CHECK_BYTES);
    assert_ok(slot_lock_open(&other, view_text("seven lamps under the quay"), again));
    assert_memory_not_equal(share, again, KEY_BYTES);
    static const char *const wrong[] = {"seven lamps under the quay ", "Seven lamps under the quay", "", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_err(ERR_DENIED, slot_lock_open(&l, view_text(wrong[i]), again));
        assert_memory_equal(again, zero, KEY_BYTES);
    }
    assert_non_null(strstr(err_text()->what, "passphrase"));
    const struct slot_lock none = {0};
    assert_ok(slot_lock_open(&none, view_text("seven lamps under the quay"), again));
    assert_memory_equal(again, zero, KEY_BYTES);
}

static void a_slot_with_a_passphrase_comes_back_and_belongs_to_its_like_only(void **state)
{
    (void)state;
    struct slot_record a = record(1, 0, 1), b = record(2, 0, 1), out[2];
    a.lock = b.lock = lock();
    put(0, a);
    put(1, b);
    assert_ok(decode(out));
    assert_memory_equal(&out[0].lock, &a.lock, sizeof a.lock);
    b.lock.salt[3] ^= 1;
    put(1, b);
    assert_err(ERR_CORRUPT, decode(out));
    b.lock = (struct slot_lock){0};
    put(1, b);
    assert_err(ERR_CORRUPT, decode(out));
    uint8_t root[KEY_BYTES];
    struct slot_record s[2] = {record(1, 0, 2), record(1, 1, 2)};
    s[0].lock = a.lock;
    assert_err(ERR_INVALID, slot_join(s, 2, root));
    s[1].lock = a.lock;
    assert_ok(slot_join(s, 2, root));
}

/* Whoever can write a slot may not make the keeper take all memory, or think for ever. */
static void a_slot_that_asks_for_too_much_is_damaged(void **state)
{
    (void)state;
    static const struct {
        uint32_t kb, passes;
        bool set, good;
    } all[] = {{65536, 3, true, true}, {8, 1, true, true}, {7, 1, true, false}, {0, 0, true, false}, {1048576, 64, true, true},
               {1048577, 3, true, false}, {UINT32_MAX, 3, true, false}, {65536, 0, true, false}, {65536, 65, true, false},
               {65536, 3, false, false}, {0, 3, false, false}, {0, 0, false, true}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct slot_record r = record(1, 0, 1), out[2];
        r.lock = (struct slot_lock){.set = all[i].set, .memory_kb = all[i].kb, .passes = all[i].passes};
        put(0, r);
        assert_int_equal(decode(out).kind, all[i].good ? ERR_OK : ERR_CORRUPT);
    }
}

struct joined {
    uint64_t first[2][2]; /* epochs in the records of slot 0 and of slot 1 */
    uint64_t epochs[2];   /* what is found; 0, 0: refused */
};

static void the_epochs_that_all_slots_hold_are_found_wherever_a_destruction_stopped(void **state)
{
    (void)state;
    static const struct joined all[] = {
        {{{1, 0}, {1, 0}}, {1, 0}},
        {{{1, 0}, {0, 1}}, {1, 0}},
        {{{1, 2}, {1, 0}}, {1, 0}}, /* the next one was written into the first slot only */
        {{{1, 2}, {2, 1}}, {1, 2}},
        {{{3, 2}, {1, 2}}, {2, 0}},
        {{{0, 2}, {1, 2}}, {2, 0}}, /* the old one was overwritten in the first slot only */
        {{{0, 2}, {0, 2}}, {2, 0}},
        {{{1, 0}, {2, 0}}, {0, 0}},
        {{{1, 2}, {3, 4}}, {0, 0}},
        {{{1, 3}, {3, 1}}, {0, 0}}, /* do not follow one another */
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct slot_record slots[2][2] = {0};
        for (int n = 0; n < 2; n++)
            for (int r = 0; r < 2; r++)
                if (all[i].first[n][r])
                    slots[n][r] = record(all[i].first[n][r], (uint8_t)n, 2);
        uint64_t epochs[2];
        uint8_t roots[2][KEY_BYTES], root[KEY_BYTES];
        err e = slot_roots(slots, 2, epochs, roots);
        assert_int_equal(e.kind, all[i].epochs[0] ? ERR_OK : ERR_INVALID);
        assert_memory_equal(epochs, all[i].epochs, sizeof epochs);
        for (int k = 0; k < 2; k++) {
            memset(root, epochs[k] ? (int)((epochs[k] * 16) ^ (epochs[k] * 16 + 1)) : 0, sizeof root);
            assert_memory_equal(roots[k], root, KEY_BYTES);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_slot_comes_back_as_it_was_written),
        TEST(a_spare_torn_at_any_byte_counts_as_unused),
        TEST(every_changed_byte_of_a_lone_record_is_noticed),
        TEST(what_is_no_slot_is_called_that),
        TEST(records_that_contradict_each_other_are_refused),
        TEST(shares_join_only_all_of_one_organisation_and_epoch),
        TEST(a_passphrase_is_one_more_share_and_a_wrong_one_is_told),
        TEST(a_slot_with_a_passphrase_comes_back_and_belongs_to_its_like_only),
        TEST(a_slot_that_asks_for_too_much_is_damaged),
        TEST(the_epochs_that_all_slots_hold_are_found_wherever_a_destruction_stopped),
    };
    if (secret_start().kind != ERR_OK)
        return 1;
    return cmocka_run_group_tests_name("slot", tests, NULL, NULL);
}
