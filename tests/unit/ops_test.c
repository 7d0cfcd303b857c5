#include "ops_world.h"

#include "keeper.h"

#include <time.h>

/* --- the greeting --- */

static void before_the_greeting_only_a_ring_and_a_greeting_may_be_asked(void **state)
{
    (void)state;
    for (int op = 0; op < 256; op++) {
        struct ops_channel c = {0};
        ks_ask(&k, (enum keeper_op)op);
        for (int i = 0; i < 40; i++)
            buf_u8(&k.request, 0);
        err e = ks_send_as(&k, &c);
        bool early = op == KEEPER_RING_NEW || op == KEEPER_HELLO;
        bool known = op >= KEEPER_RING_NEW && op <= KEEPER_SETTLE;
        assert_int_equal(e.kind, !known || early ? ERR_INTERNAL : buf_view(&k.request).len > 17 &&
                         (op == KEEPER_KEYS_NEW || op == KEEPER_WARRANT_END || op == KEEPER_STATUS) ? ERR_INTERNAL : ERR_DENIED);
        assert_false(c.greeted);
    }
}

static void a_greeting_of_another_organisation_or_epoch_is_refused(void **state)
{
    (void)state;
    struct ops_channel c = {0};
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    k.request.p[1] ^= 1;
    assert_err(ERR_DENIED, ks_send_as(&k, &c));
    for (uint64_t epoch = 0; epoch < 4; epoch += epoch ? 1 : 2) {
        ks_ask_hello(&k, epoch, buf_view(&k.ring));
        assert_err(ERR_DENIED, ks_send_as(&k, &c));
    }
    assert_false(c.greeted);
    assert_int_equal(c.epoch_slot, 0);
}

static void make_token(struct ops_channel *c, uint8_t to[TOKEN_BYTES])
{
    struct buf *r = ks_ask(&k, KEEPER_TOKENS);
    buf_u32(r, 1);
    buf_u8(r, 2);
    buf_u8(r, 1);
    buf_block(r, view_text("jane@union.example"));
    assert_ok(ks_send_as(&k, c));
    assert_int_equal(k.answer.len, TOKEN_BYTES);
    memcpy(to, k.answer.p, TOKEN_BYTES);
}

static void a_greeting_that_fails_disturbs_nobody_else(void **state)
{
    (void)state;
    uint8_t before[TOKEN_BYTES], after[TOKEN_BYTES];
    make_token(&k.c, before);
    for (size_t i = 0; i < k.ring.len; i += 7) {
        struct ops_channel c = {0};
        ks_ask_hello(&k, 1, buf_view(&k.ring));
        k.request.p[1 + ORG_BYTES + 8 + 4 + i] ^= 1;
        assert_err(ERR_CORRUPT, ks_send_as(&k, &c));
        make_token(&k.c, after);
        assert_memory_equal(before, after, TOKEN_BYTES);
    }
}

static void another_ring_is_refused_while_somebody_works_with_the_first(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf other = BUF(4096);
    assert_err(ERR_DENIED, ks_new_ring(&k, 1, &other));
    ops_channel_end(&k.s, &k.c);
    assert_true(all_zero(k.s.secrets->token_key, KEY_BYTES));
    assert_true(all_zero((uint8_t *)k.s.secrets->cached, sizeof k.s.secrets->cached));
    assert_ok(ks_new_ring(&k, 1, &other));
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send(&k));
    struct ops_channel c = {0};
    ks_ask_hello(&k, 1, buf_view(&other));
    assert_err(ERR_DENIED, ks_send_as(&k, &c));
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send_as(&k, &c));
    ops_channel_end(&k.s, &c);
    uint8_t token[TOKEN_BYTES];
    make_token(&k.c, token); /* the first conversation goes on */
}

static void with_two_epochs_in_the_slot_either_may_live_and_no_other(void **state)
{
    (void)state;
    struct keeper_state two;
    ks_make(&two, 4, 5);
    CLEANUP(buf_free) struct buf ring4 = BUF(4096);
    assert_err(ERR_INTERNAL, ks_new_ring(&two, 5, &ring4));
    assert_ok(ks_new_ring(&two, 4, &ring4));
    for (uint64_t epoch = 3; epoch <= 6; epoch++) {
        struct ops_channel c = {0};
        ks_ask_hello(&two, epoch, buf_view(&ring4));
        err e = ks_send_as(&two, &c);
        /* 5 is an epoch of this slot, but the ring is sealed under 4. */
        assert_int_equal(e.kind, epoch == 4 ? ERR_OK : epoch == 5 ? ERR_CORRUPT : ERR_DENIED);
        ops_channel_end(&two.s, &c);
    }
    /* The same ring under the next epoch. */
    CLEANUP(buf_free) struct buf ad = BUF(256), ring5 = BUF(256);
    uint8_t token_key[KEY_BYTES];
    ops_ad(&ad, &two.s, LABEL_RING);
    buf_u64(&ad, 4);
    assert_true(secret_open(token_key, two.s.secrets->epoch_key[0], buf_view(&ad), buf_view(&ring4)));
    buf_clear(&ad);
    ops_ad(&ad, &two.s, LABEL_RING);
    buf_u64(&ad, 5);
    ops_seal(&two.s, two.s.secrets->epoch_key[1], buf_view(&ad), view_of(token_key, KEY_BYTES), &ring5);
    struct ops_channel old = {0}, new = {0};
    ks_ask_hello(&two, 4, buf_view(&ring4));
    assert_ok(ks_send_as(&two, &old));
    ks_ask_hello(&two, 5, buf_view(&ring5));
    assert_ok(ks_send_as(&two, &new));
    assert_int_equal(old.epoch_slot, 0);
    assert_int_equal(new.epoch_slot, 1);
    /* Keys made for one epoch do not open under the other, opened already or not. */
    struct buf *r = ks_ask(&two, KEEPER_KEYS_NEW);
    buf_u8(r, KIND_DOCUMENTS);
    buf_u32(r, 0);
    assert_ok(ks_send_as(&two, &old));
    struct rd a = ks_answer(&two);
    buf_put(&two.keys[KIND_DOCUMENTS], rd_block(&a));
    r = ks_ask(&two, KEEPER_DOC_SEAL);
    ks_put_cell(&two, KIND_DOCUMENTS, 1, view_text("text"));
    buf_block(r, view_text("note"));
    buf_block(r, view_text("N1"));
    buf_u32(r, 1);
    assert_ok(ks_send_as(&two, &old));
    assert_err(ERR_CORRUPT, ks_send_as(&two, &new));
    ops_channel_end(&two.s, &old);
    ops_channel_end(&two.s, &new);
    ks_end(&two);
}

/* --- every request, cut off anywhere --- */

static struct one sample;
static struct buf sample_index;

static void ask_right(enum keeper_op op)
{
    struct buf *r = ks_ask(&k, op);
    struct cell_token t = {.ordinal = 9};
    ks_token(t.token, 9, 9);
    if (op == KEEPER_HELLO) {
        ks_ask_hello(&k, 1, buf_view(&k.ring));
    } else if (op == KEEPER_KEYS_NEW) {
        buf_u8(r, 2);
        buf_u32(r, 7);
    } else if (op == KEEPER_PEOPLE_WRITE) {
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sample.cell));
        buf_u16(r, 2);
        ks_put_person(r, 0, "new", 1u << 2, buf_view(&sample.row), jane, 2);
        ks_put_person(r, 5, "", 0, (struct view){0}, jane, 2);
    } else if (op == KEEPER_PEOPLE_READ) {
        ks_ask_read(&k, 0, buf_view(&sample.cell), 0, buf_view(&sample.row), 6);
    } else if (op == KEEPER_TOKENS) {
        buf_u32(r, 1);
        buf_u16(r, 0x0101);
        buf_block(r, view_text("value"));
    } else if (op == KEEPER_INDEX_FIND) {
        ask_find(&k, 0, buf_view(&sample_index), 1, 3);
    } else if (op == KEEPER_INDEX_WRITE) {
        ks_put_cell(&k, KIND_INDEX, 0, buf_view(&sample_index));
        buf_u8(r, 0);
        buf_u32(r, 0);
        buf_u32(r, 1);
        cell_token_put(r, &t);
    } else if (op == KEEPER_INDEX_SPLIT) {
        ks_put_cell(&k, KIND_INDEX, 0, buf_view(&sample_index));
        ks_put_cell(&k, KIND_INDEX, 1, (struct view){0});
    } else if (op == KEEPER_DOC_SEAL) {
        ks_put_cell(&k, KIND_DOCUMENTS, 0, view_text("a document"));
        buf_block(r, view_text("kind"));
        buf_block(r, view_text("id"));
        buf_u32(r, 1);
    } else if (op == KEEPER_LEAVES) {
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sample.cell));
        buf_bytes(r, ks_commitment, 16);
        buf_u16(r, 1);
        buf_u8(r, 0);
        buf_block(r, view_text("fields"));
    } else if (op == KEEPER_SALT) {
        ks_put_cell(&k, KIND_PEOPLE, 0, buf_view(&sample.cell));
        buf_bytes(r, ks_commitment, 16);
        buf_u8(r, 0);
    }
}

static const enum keeper_op plain_ops[] = {KEEPER_HELLO,      KEEPER_KEYS_NEW,    KEEPER_PEOPLE_WRITE, KEEPER_PEOPLE_READ, KEEPER_TOKENS,
                                           KEEPER_INDEX_FIND, KEEPER_INDEX_WRITE, KEEPER_INDEX_SPLIT,  KEEPER_DOC_SEAL,    KEEPER_LEAVES,
                                           KEEPER_SALT,       KEEPER_STATUS,      KEEPER_WARRANT_END};
enum { PLAIN_OPS = sizeof plain_ops / sizeof plain_ops[0] };

static void make_samples(void)
{
    sample = written(0, 0);
    sample_index = BUF(1 << 20);
    struct cell_token t = {.ordinal = 1};
    ks_token(t.token, 1, 1);
    assert_ok(ks_index_write(&k, 0, &sample_index, 0, 0, &t, 1));
}

static void free_samples(void)
{
    one_free(&sample);
    buf_free(&sample_index);
}

static void every_request_cut_off_at_any_byte_is_refused(void **state)
{
    (void)state;
    make_samples();
    for (int i = 0; i < PLAIN_OPS; i++) {
        ask_right(plain_ops[i]);
        assert_ok(ks_send(&k));
        CLEANUP(buf_free) struct buf whole = BUF(1 << 20);
        buf_put(&whole, buf_view(&k.request));
        /* Inside a key blob one place is like another. */
        for (size_t len = 0; len < whole.len; len += len > 60 && len + 400 < whole.len ? 97 : 1) {
            CLEANUP(mem_release) uint8_t *cut = mem_alloc(len); /* so that a sanitizer sees a read past its end */
            memcpy(cut, whole.p, len);
            buf_clear(&k.answer);
            err e = ops_handle(&k.s, &k.c, view_of(cut, len), &k.answer);
            assert_true(e.kind == ERR_INTERNAL || e.kind == ERR_CORRUPT);
        }
        buf_u8(&whole, 0);
        buf_clear(&k.answer);
        assert_err(ERR_INTERNAL, ops_handle(&k.s, &k.c, buf_view(&whole), &k.answer));
        assert_wiped();
        assert_true(k.c.greeted);
    }
    free_samples();
}

static void every_request_survives_every_failed_allocation(void **state)
{
    (void)state;
    make_samples();
    for (int i = 0; i < PLAIN_OPS; i++) {
        bool failed = true;
        for (uint64_t n = 1; failed && n < 100; n++) {
            ask_right(plain_ops[i]);
            CLEANUP(buf_free) struct buf answer = BUF(LIMIT_FRAME_BYTES);
            mem_fail_at(n, true);
            err e = ops_handle(&k.s, &k.c, buf_view(&k.request), &answer);
            mem_fail_at(0, false);
            failed = e.kind != ERR_OK;
            assert_true(!failed || e.kind == ERR_NOMEM);
            assert_wiped();
        }
        assert_false(failed);
    }
    free_samples();
}

/* --- counting --- */

static void past_the_days_limit_answers_are_slow_and_say_so(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(0, 0);
    uint64_t total;
    k.c.uid = 7;
    assert_ok(counters_user(&k.s.counters, 7, (int64_t)time(NULL) / 86400, LIMIT_STAFF_UNITS_A_DAY - 1, &total));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, 0);
    assert_false(k.c.alarm);
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, LIMIT_STAFF_SLOW_US);
    assert_true(k.c.alarm);
    CLEANUP(buf_free) struct buf index = BUF(1 << 20);
    struct cell_token t = {0};
    assert_ok(ks_index_write(&k, 0, &index, 0, 0, &t, 1));
    assert_int_equal(k.c.slow_us, 0);
    ask_find(&k, 0, buf_view(&index), 0, 10);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, 10 * LIMIT_STAFF_SLOW_US);
    /* A search token tells nothing; what stays of a value can be held against what was read. */
    for (uint8_t type = KEEPER_TOKEN_MORE; type <= KEEPER_TOKEN_PRINT; type++) {
        struct buf *r = ks_ask(&k, KEEPER_TOKENS);
        buf_u32(r, 1);
        buf_u8(r, type);
        buf_u8(r, 1);
        buf_block(r, view_text("a guess"));
        assert_ok(ks_send(&k));
        assert_int_equal(k.c.slow_us, type == KEEPER_TOKEN_PRINT ? LIMIT_STAFF_SLOW_US : 0);
    }
    /* Somebody else is not slowed, and sees the alarm. */
    k.c.uid = 8;
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.slow_us, 0);
    ks_ask(&k, KEEPER_STATUS);
    assert_ok(ks_send(&k));
    struct rd a = ks_answer(&k);
    rd_view(&a, 4 * 8);
    assert_int_equal(rd_u64(&a), (uint64_t)time(NULL) / 86400);
    assert_int_equal(rd_u64(&a), LIMIT_STAFF_UNITS_A_DAY + 12);
}

static void what_cannot_be_counted_is_not_opened(void **state)
{
    (void)state;
    CLEANUP(one_free) struct one o = written(0, 0);
    CLEANUP(buf_free) struct buf index = BUF(1 << 20);
    struct cell_token t = {0};
    assert_ok(ks_index_write(&k, 0, &index, 0, 0, &t, 1));
    k.s.counters.dir = "/nowhere";
    for (int i = 0; i < 200; i++) { /* more often than a part written down ahead would cover */
        ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
        assert_err(ERR_NOT_FOUND, ks_send(&k));
        assert_int_equal(k.answer.len, 0);
        ask_find(&k, 0, buf_view(&index), 0, 1);
        assert_err(ERR_NOT_FOUND, ks_send(&k));
        assert_int_equal(k.answer.len, 0);
    }
    k.s.counters.dir = k.dir;
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 2);
    assert_ok(ks_send(&k));
}

/* --- warrants --- */

static const uint8_t seed[32] = {1, 2, 3}, other_seed[32] = {4};
static const struct ks_terms good = {.until = "2018-06-15T09:00:00Z", .number = "12", .categories = "[\"1\",\"2\"]"};

static void a_warrant_must_stand_in_our_log_and_be_one_of_now(void **state)
{
    (void)state;
    struct note_key key;
    ks_ask_warrant(&k, &good, seed);
    assert_err(ERR_NOT_FOUND, ks_send(&k)); /* no log key yet */
    ks_log_key(k.vkey, seed, &key);
    ks_ask_warrant(&k, &good, other_seed);
    assert_err(ERR_DENIED, ks_send(&k));
    struct ks_terms t = good;
    t.until = "2018-06-15T07:59:59Z";
    ks_ask_warrant(&k, &t, seed);
    assert_err(ERR_DENIED, ks_send(&k));
    t.until = "2018-07-15T07:59:59Z"; /* a month */
    ks_ask_warrant(&k, &t, seed);
    assert_err(ERR_DENIED, ks_send(&k));
    t = good;
    t.kind = "init";
    ks_ask_warrant(&k, &t, seed);
    assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    t = good;
    t.categories = "[\"32\"]";
    ks_ask_warrant(&k, &t, seed);
    assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    assert_false(k.c.warrant.open);
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    assert_true(k.c.warrant.open);
    assert_int_equal(k.c.warrant.categories, 6);
}

static void a_warrant_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    ks_log_key(k.vkey, seed, &key);
    ks_ask_warrant(&k, &good, seed);
    CLEANUP(buf_free) struct buf right = BUF(1 << 16);
    buf_put(&right, buf_view(&k.request));
    for (size_t i = 1; i < right.len; i++) {
        buf_clear(&k.request);
        buf_put(&k.request, buf_view(&right));
        k.request.p[i] ^= 1;
        assert_int_not_equal(ks_send(&k).kind, ERR_OK);
        assert_false(k.c.warrant.open);
        buf_clear(&k.request);
        buf_put(&k.request, view_of(right.p, i));
        assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    }
}

static void a_warrant_covers_its_categories_and_number_whoever_shows_it(void **state)
{
    (void)state;
    struct note_key key;
    struct ops_channel second = {0};
    ks_log_key(k.vkey, seed, &key);
    CLEANUP(one_free) struct one o = written(0, 0);
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send_as(&k, &second));
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    assert_ok(ks_send_as(&k, &second));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 1u << 3 | 1u << 2);
    assert_err(ERR_DENIED, ks_send(&k));
    for (int i = 0; i < 12; i++) {
        ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
        assert_ok(ks_send_as(&k, i % 2 ? &second : &k.c));
    }
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    assert_int_equal(k.answer.len, 0);
    assert_err(ERR_DENIED, ks_send_as(&k, &second));
    /* Shown again, now and after a restart, it has nothing left. */
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    assert_ok(counters_load(&k.s.counters, k.dir, "counters"));
    ks_ask_warrant(&k, &good, seed);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    ks_ask(&k, KEEPER_WARRANT_END);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), UINT32_MAX);
    assert_ok(ks_send(&k));
    ops_channel_end(&k.s, &second);
}

/* --- credits --- */

static size_t credits_told(void)
{
    ks_ask(&k, KEEPER_STATUS);
    assert_ok(ks_send(&k));
    struct rd a = ks_answer(&k);
    rd_view(&a, 6 * 8 + 1);
    size_t count = rd_u8(&a);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rd_u64(&a), 1);
        assert_true(rd_u64(&a) <= 12);
        assert_int_equal(rd_u64(&a), 0);
        assert_true(rd_block(&a).len > 100);
    }
    assert_true(rd_done(&a));
    assert_int_equal(k.c.alarm & ALARM_CREDIT, count ? ALARM_CREDIT : 0);
    return count;
}

static void work_on_credit_is_that_of_a_warrant_and_everybody_is_told(void **state)
{
    (void)state;
    struct ops_channel second = {0};
    CLEANUP(one_free) struct one o = written(0, 0);
    ks_ask_hello(&k, 1, buf_view(&k.ring));
    assert_ok(ks_send_as(&k, &second));
    assert_int_equal(credits_told(), 0);
    struct ks_terms late = good;
    late.until = "2018-06-15T07:59:59Z";
    ks_ask_credit(&k, &late, 1);
    assert_err(ERR_DENIED, ks_send(&k));
    late.until = "2018-07-15T07:59:59Z";
    ks_ask_credit(&k, &late, 1);
    assert_err(ERR_DENIED, ks_send(&k));
    assert_false(k.c.warrant.open);
    ks_ask_credit(&k, &good, 1);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.alarm, ALARM_CREDIT);
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 1u << 3 | 1u << 2);
    assert_err(ERR_DENIED, ks_send(&k));
    for (int i = 0; i < 12; i++) {
        ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
        assert_ok(ks_send(&k));
        assert_int_equal(k.c.slow_us, 0);
    }
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_ok(ks_send_as(&k, &second)); /* counted as staff */
    assert_int_equal(second.alarm, ALARM_CREDIT);
    assert_int_equal(credits_told(), 1);
    /* Once more, after a restart: nothing is left, and it is not forgotten. */
    assert_ok(counters_load(&k.s.counters, k.dir, "counters"));
    ks_ask_credit(&k, &good, 1);
    assert_ok(ks_send(&k));
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_err(ERR_DENIED, ks_send(&k));
    assert_int_equal(counters_credits(&k.s.counters), 1);
    ops_channel_end(&k.s, &second);
}

static void only_the_same_entry_in_our_log_settles_a_credit(void **state)
{
    (void)state;
    struct note_key key;
    struct ks_terms other = good;
    other.number = "13";
    ks_log_key(k.vkey, seed, &key);
    CLEANUP(one_free) struct one o = written(0, 0);
    ks_ask_credit(&k, &good, 1);
    assert_ok(ks_send(&k));
    ks_ask_shown(&k, KEEPER_SETTLE, &other, seed);
    assert_ok(ks_send(&k));
    assert_int_equal(credits_told(), 1);
    ks_ask_shown(&k, KEEPER_SETTLE, &good, other_seed);
    assert_err(ERR_DENIED, ks_send(&k));
    CLEANUP(buf_free) struct buf right = BUF(1 << 16);
    ks_ask_shown(&k, KEEPER_SETTLE, &good, seed);
    buf_put(&right, buf_view(&k.request));
    for (size_t i = 1; i < right.len; i++) {
        buf_clear(&k.request);
        buf_put(&k.request, buf_view(&right));
        k.request.p[i] ^= 1;
        assert_int_not_equal(ks_send(&k).kind, ERR_OK);
        assert_int_equal(counters_credits(&k.s.counters), 1);
    }
    k.c.clock_shift += 90 * 86400; /* whenever that is */
    ks_ask_shown(&k, KEEPER_SETTLE, &good, seed);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.alarm, 0);
    assert_int_equal(credits_told(), 0);
    ks_ask_read(&k, 0, buf_view(&o.cell), 0, buf_view(&o.row), 6);
    assert_ok(ks_send(&k)); /* the work goes on */
    /* Its place in the log answers for nothing else. */
    k.c.clock_shift -= 90 * 86400;
    ks_ask_credit(&k, &good, 1);
    assert_ok(ks_send(&k));
    ks_ask_shown(&k, KEEPER_SETTLE, &good, seed);
    assert_err(ERR_CONFLICT, ks_send(&k));
    assert_int_equal(credits_told(), 1);
}

/* A reading that did not wait for a writer: for as long as its warrant is good nobody need be alarmed. */
static void what_waits_for_a_writer_is_no_alarm_until_it_is_overdue(void **state)
{
    (void)state;
    ks_ask_credit(&k, &good, 1);
    k.request.p[k.request.len - 1] = 2;
    assert_int_not_equal(ks_send(&k).kind, ERR_OK);
    for (int i = 0; i < 2; i++) { /* the second shares it */
        ks_ask_credit(&k, &good, 1);
        k.request.p[k.request.len - 1] = 1;
        assert_ok(ks_send(&k));
        assert_int_equal(k.c.alarm, ALARM_OWED);
        assert_int_equal(counters_credits(&k.s.counters), 1);
    }
    k.c.clock_shift += 7200;
    ks_ask(&k, KEEPER_STATUS);
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.alarm, ALARM_CREDIT);
    k.c.clock_shift -= 7200;
    ks_ask_credit(&k, &good, 2); /* one that is loud is heard beside it */
    assert_ok(ks_send(&k));
    assert_int_equal(k.c.alarm, ALARM_CREDIT);
}

static void what_cannot_be_written_down_is_not_done_on_credit(void **state)
{
    (void)state;
    k.s.counters.dir = "/nowhere";
    ks_ask_credit(&k, &good, 1);
    assert_err(ERR_NOT_FOUND, ks_send(&k));
    assert_false(k.c.warrant.open);
    assert_int_equal(counters_credits(&k.s.counters), 0);
    k.s.counters.dir = k.dir;
}

/* --- documents --- */

static void a_document_opens_under_its_own_name_only(void **state)
{
    (void)state;
    struct buf *r = ks_ask(&k, KEEPER_DOC_SEAL);
    ks_put_cell(&k, KIND_DOCUMENTS, 4, view_text("said in confidence"));
    buf_block(r, view_text("incident"));
    buf_block(r, view_text("I1"));
    buf_u32(r, 2);
    assert_ok(ks_send(&k));
    CLEANUP(buf_free) struct buf sealed = BUF(4096);
    struct rd a = ks_answer(&k);
    buf_put(&sealed, rd_block(&a));
    static const struct {
        uint32_t no, version;
        const char *kind, *id;
        enum err_kind expected;
    } tries[] = {{4, 2, "incident", "I1", ERR_OK},      {5, 2, "incident", "I1", ERR_CORRUPT}, {4, 1, "incident", "I1", ERR_CORRUPT},
                 {4, 2, "incidentI", "1", ERR_CORRUPT}, {4, 2, "incident", "I2", ERR_CORRUPT}};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        r = ks_ask_document(&k, tries[i].no, buf_view(&sealed));
        buf_block(r, view_text(tries[i].kind));
        buf_block(r, view_text(tries[i].id));
        buf_u32(r, tries[i].version);
        assert_int_equal(ks_send(&k).kind, tries[i].expected);
        if (i == 0)
            assert_memory_equal(k.answer.p + 4, "said in confidence", 18);
    }
}

/* Asks for so many documents, numbered from 0, each under the name of its number. */
static err open_many(struct view keys, uint32_t count, const struct buf *sealed)
{
    struct buf *r = ks_ask(&k, KEEPER_DOCS_OPEN);
    buf_block(r, keys);
    buf_u32(r, count);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t id = (uint8_t)i;
        buf_u32(r, i);
        buf_block(r, buf_view(&sealed[i % 3]));
        buf_block(r, view_text("entry"));
        buf_block(r, view_of(&id, 1));
        buf_u32(r, 1);
    }
    return ks_send(&k);
}

static void documents_open_together_or_not_at_all(void **state)
{
    (void)state;
    static const char *const words[] = {"one", "two words", "and three"};
    struct buf sealed[3] = {BUF(4096), BUF(4096), BUF(4096)};
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t id = (uint8_t)i;
        struct buf *r = ks_ask(&k, KEEPER_DOC_SEAL);
        ks_put_cell(&k, KIND_DOCUMENTS, i, view_text(words[i]));
        buf_block(r, view_text("entry"));
        buf_block(r, view_of(&id, 1));
        buf_u32(r, 1);
        assert_ok(ks_send(&k));
        struct rd a = ks_answer(&k);
        buf_put(&sealed[i], rd_block(&a));
    }
    struct view keys = buf_view(&k.keys[KIND_DOCUMENTS]);
    assert_ok(open_many(keys, 3, sealed));
    struct rd a = ks_answer(&k);
    for (size_t i = 0; i < 3; i++)
        assert_true(view_equal(rd_block(&a), view_text(words[i])));
    assert_true(rd_done(&a));
    assert_err(ERR_CORRUPT, open_many(keys, 4, sealed)); /* the fourth is the first under another number */
    assert_err(ERR_CORRUPT, open_many(buf_view(&k.keys[KIND_PEOPLE]), 3, sealed));
    assert_err(ERR_INTERNAL, open_many(keys, LIMIT_KEEPER_DOCUMENTS + 1, sealed));
    sealed[2].p[sealed[2].len - 1] ^= 1;
    assert_err(ERR_CORRUPT, open_many(keys, 3, sealed));
    for (size_t i = 0; i < 3; i++)
        buf_free(&sealed[i]);
}

static void before_the_greeting_little_may_be_sent(void **state)
{
    (void)state;
    struct ops_channel stranger = {0};
    for (int op = 0; op < 256; op++)
        assert_in_range(ops_longest(&stranger, (uint8_t)op), 1, LIMIT_KEEPER_STRANGER_BYTES);
    static const struct {
        enum keeper_op op;
        size_t longest;
    } known[] = {{KEEPER_DOC_SEAL, LIMIT_FRAME_BYTES + 1}, {KEEPER_STATUS, 17}, {KEEPER_WARRANT_END, 17}, {SIGNER_SIGN, LIMIT_KEEPER_STRANGER_BYTES}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(ops_longest(&k.c, (uint8_t)known[i].op), known[i].longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_the_greeting_little_may_be_sent),
        TEST(before_the_greeting_only_a_ring_and_a_greeting_may_be_asked),
        TEST(a_greeting_of_another_organisation_or_epoch_is_refused),
        TEST(a_greeting_that_fails_disturbs_nobody_else),
        TEST(another_ring_is_refused_while_somebody_works_with_the_first),
        TEST(with_two_epochs_in_the_slot_either_may_live_and_no_other),
        TEST(every_request_cut_off_at_any_byte_is_refused),
        TEST(every_request_survives_every_failed_allocation),
        TEST(past_the_days_limit_answers_are_slow_and_say_so),
        TEST(what_cannot_be_counted_is_not_opened),
        TEST(a_warrant_must_stand_in_our_log_and_be_one_of_now),
        TEST(a_warrant_with_any_byte_changed_is_refused),
        TEST(a_warrant_covers_its_categories_and_number_whoever_shows_it),
        TEST(work_on_credit_is_that_of_a_warrant_and_everybody_is_told),
        TEST(only_the_same_entry_in_our_log_settles_a_credit),
        TEST(what_waits_for_a_writer_is_no_alarm_until_it_is_overdue),
        TEST(what_cannot_be_written_down_is_not_done_on_credit),
        TEST(a_document_opens_under_its_own_name_only),
        TEST(documents_open_together_or_not_at_all),
    };
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
