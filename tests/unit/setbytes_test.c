#include "testing.h"

#include "handover_world.h"
#include "setbytes.h"

#include <stdlib.h>

/* People so that pieces of every form arise: scattered, dense, in runs, at both ends. */
static struct peopleset *invent(unsigned seed)
{
    struct peopleset *s = NULL;
    assert_ok(peopleset_new(&s));
    srandom(seed);
    unsigned pieces = seed % 7;
    for (unsigned i = 0; i < pieces; i++) {
        uint32_t from = (uint32_t)(random() % 9) * SET_PIECE_PEOPLE, step = 1 + (uint32_t)random() % 40, form = (uint32_t)random() % 4;
        if (form == 0) {
            peopleset_add(s, from);
            peopleset_add(s, from + SET_PIECE_PEOPLE - 1);
        }
        for (uint32_t k = 0; form > 0 && k < SET_PIECE_PEOPLE; k += form == 1 ? 1 : 1 + (uint32_t)random() % step)
            if (form != 1 || k / 3000 % 2)
                peopleset_add(s, from + k);
    }
    return s;
}

static void bytes_of(struct world *w, struct peopleset *s, struct buf *to)
{
    struct hash sha;
    assert_ok(peopleset_put(w->v, "H1", "x", s, &sha));
    assert_ok(peopleset_bytes(w->v, "H1", "x", &sha, to));
}

/* Walks, and writes what the pieces say. */
static void write_again(struct view bytes, struct buf *to)
{
    static uint64_t bits[SET_PIECE_WORDS];
    CLEANUP(set_writer_free) struct set_writer out;
    struct set_walk w;
    set_writer_begin(&out);
    for (set_walk_begin(&w, bytes); w.left > 0; set_walk_next(&w)) {
        memset(bits, 0, sizeof bits);
        set_piece_add(&w.now, bits);
        set_writer_put(&out, w.now.key, bits);
    }
    assert_false(w.bad);
    assert_ok(set_writer_end(&out, to));
}

static void a_walk_meets_everybody(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_ok(vault_begin(w.v));
    for (unsigned seed = 0; seed < 60; seed++) {
        CLEANUP(peopleset_free) struct peopleset *s = invent(seed), *back = NULL;
        CLEANUP(buf_free) struct buf bytes = BUF(1 << 24), again = BUF(1 << 24);
        bytes_of(&w, s, &bytes);
        write_again(buf_view(&bytes), &again);
        assert_ok(peopleset_of_bytes(buf_view(&again), &back));
        assert_int_equal(peopleset_count(back), peopleset_count(s));
        assert_int_equal(peopleset_common(back, s), peopleset_count(s));
    }
}

/* `bits`: all but the piece's people. */
static void assert_others_are_missed(const struct set_piece *p, uint64_t bits[SET_PIECE_WORDS])
{
    uint32_t one = (uint32_t)random() % SET_PIECE_PEOPLE;
    assert_false(set_piece_within(p, bits));
    set_piece_add(p, bits);
    assert_true(set_piece_within(p, bits));
    bits[one / 64] &= ~((uint64_t)1 << one % 64);
    static uint64_t only[SET_PIECE_WORDS];
    memset(only, 0, sizeof only);
    set_piece_add(p, only);
    assert_true(set_piece_within(p, only));
    assert_int_equal(set_piece_within(p, bits), !(only[one / 64] >> one % 64 & 1));
}

static void what_is_taken_away_is_what_was_added(void **state)
{
    (void)state;
    static uint64_t bits[SET_PIECE_WORDS];
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_ok(vault_begin(w.v));
    for (unsigned seed = 0; seed < 40; seed++) {
        CLEANUP(peopleset_free) struct peopleset *s = invent(seed);
        CLEANUP(buf_free) struct buf bytes = BUF(1 << 24);
        struct set_walk walk;
        bytes_of(&w, s, &bytes);
        for (set_walk_begin(&walk, buf_view(&bytes)); walk.left > 0; set_walk_next(&walk)) {
            memset(bits, 0xff, sizeof bits);
            set_piece_take(&walk.now, bits);
            for (uint32_t i = 0; i < SET_PIECE_PEOPLE; i++)
                assert_true((bits[i / 64] >> i % 64 & 1) != peopleset_has(s, walk.now.key * (uint32_t)SET_PIECE_PEOPLE + i));
            assert_others_are_missed(&walk.now, bits);
        }
    }
}

static void a_cursor_knows_who_is_in(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct set_cursor *c = mem_alloc(sizeof *c);
    for (unsigned seed = 0; seed < 40; seed++) {
        CLEANUP(peopleset_free) struct peopleset *s = invent(seed);
        CLEANUP(buf_free) struct buf bytes = BUF(1 << 24);
        assert_ok(peopleset_write(s, &bytes));
        set_cursor_begin(c, buf_view(&bytes));
        for (uint32_t i = 0; i < 11 * SET_PIECE_PEOPLE; i += 1 + (uint32_t)random() % (1 + seed * 900))
            assert_int_equal(set_cursor_has(c, i), peopleset_has(s, i));
    }
}

/* Cut anywhere it ends badly, and never reads past its end. */
static void what_is_cut_off_is_no_set(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_ok(vault_begin(w.v));
    CLEANUP(peopleset_free) struct peopleset *s = NULL;
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 24);
    assert_ok(peopleset_new(&s));
    for (uint32_t i = 0; i < 300; i++) {
        peopleset_add(s, i);
        peopleset_add(s, 70000 + 7 * i);
        peopleset_add(s, i * SET_PIECE_PEOPLE);
    }
    bytes_of(&w, s, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        uint8_t *exact = mem_alloc(len);
        struct set_walk walk;
        memcpy(exact, bytes.p, len);
        for (set_walk_begin(&walk, view_of(exact, len)); walk.left > 0;)
            set_walk_next(&walk);
        assert_true(walk.bad);
        mem_free(exact);
    }
}

static void pieces_out_of_order_and_runs_past_the_end_are_refused(void **state)
{
    (void)state;
    static const uint8_t twice[] = {0x3a, 0x30, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 24, 0, 0, 0, 26, 0, 0, 0, 1, 0, 1, 0},
                         run[] = {0x3b, 0x30, 0, 0, 1, 0, 0, 9, 0, 1, 0, 0xff, 0xff, 1, 0}, other[] = {0x39, 0x30, 0, 0, 0, 0, 0, 0};
    const struct view list[] = {view_of(twice, sizeof twice), view_of(run, sizeof run), view_of(other, sizeof other)};
    for (size_t i = 0; i < 3; i++) {
        struct set_walk w;
        for (set_walk_begin(&w, list[i]); w.left > 0;)
            set_walk_next(&w);
        assert_true(w.bad);
    }
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_meets_everybody),
        cmocka_unit_test(what_is_taken_away_is_what_was_added),
        cmocka_unit_test(a_cursor_knows_who_is_in),
        cmocka_unit_test(what_is_cut_off_is_no_set),
        cmocka_unit_test(pieces_out_of_order_and_runs_past_the_end_are_refused),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
}
