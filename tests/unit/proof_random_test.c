/* Random trees and sets: every proof holds, and none with any one bit of it changed, a hash less or a hash more.
 *
 * CANDOUR_SEED takes another seed, CANDOUR_TREES another number of trees (a night's run: 2000). */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "commitment.h"
#include "mem.h"

enum { LEAVES_MAX = 700, TREES = 24, SIDES_MAX = 64 };

static uint64_t state_of_chance;

static uint64_t chance(uint64_t below)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return state_of_chance % below;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t some_size(uint64_t most)
{
    static const uint64_t edges[] = {1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 511, 512, 513};
    uint64_t size = chance(3) ? 1 + chance(most) : edges[chance(sizeof edges / sizeof edges[0])];
    return size <= most ? size : most;
}

static void some_leaves(struct hash *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t entry[100];
        size_t len = chance(sizeof entry);
        for (size_t k = 0; k < len; k++)
            entry[k] = (uint8_t)chance(256);
        leaves[i] = merkle_leaf(view_of(entry, len));
    }
}

/* --- one claim, and everything that it is made of --- */

struct claim {
    bool (*holds)(const struct claim *c);
    uint64_t place, size; /* index and size, or old size and size */
    struct hash left, right;
    struct merkle_proof path;
};

static bool inclusion_holds(const struct claim *c)
{
    return merkle_verify_inclusion(c->place, c->size, &c->left, &c->path, &c->right);
}

static bool consistency_holds(const struct claim *c)
{
    return merkle_verify_consistency(c->place, c->size, &c->left, &c->right, &c->path);
}

static bool set_holds(const struct claim *c)
{
    struct commitment_proof p = {c->place, c->size, c->path};
    return commitment_verify(&p, &c->left, &c->right);
}

static void assert_every_bit_counts(struct claim *c, uint8_t *bytes, size_t len)
{
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(c->holds(c));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void assert_length_counts(struct claim *c)
{
    size_t count = c->path.count;
    for (size_t less = 0; less < count; less++) {
        c->path.count = less;
        assert_false(c->holds(c));
    }
    for (size_t more = count + 1; more <= MERKLE_PROOF_MAX; more++) {
        c->path.hash[more - 1] = more % 2 ? c->right : c->left;
        c->path.count = more;
        assert_false(c->holds(c));
    }
    c->path.count = count;
}

/* RFC 6962, 2.1.1, from the root down: on which side of each step the leaf lies.  How many steps that are. */
static size_t sides_of(uint64_t index, uint64_t size, bool sides[SIDES_MAX])
{
    size_t count = 0;
    while (size > 1) {
        uint64_t half = 1;
        while (half * 2 < size)
            half *= 2;
        sides[count] = index >= half;
        index -= sides[count] ? half : 0;
        size = sides[count++] ? size - half : half;
    }
    return count;
}

static bool same_way(uint64_t index, uint64_t size, uint64_t other_size)
{
    bool a[SIDES_MAX], b[SIDES_MAX];
    if (index >= other_size)
        return false;
    size_t count = sides_of(index, size, a);
    return count == sides_of(index, other_size, b) && memcmp(a, b, count * sizeof a[0]) == 0;
}

/* Another size is refused unless the way from this leaf to the root is the same in it: then path and root say nothing of the size, and
 * what binds it is what signs both (a checkpoint; of a set nothing does). */
static void assert_size_counts(struct claim *c)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t other = c->size ^ 1ull << bit;
        bool same = other <= MERKLE_SIZE_MAX && same_way(c->place, c->size, other);
        uint64_t size = c->size;
        c->size = other;
        assert_int_equal(c->holds(c), same);
        c->size = size;
    }
}

static void assert_tight(struct claim *c)
{
    assert_true(c->holds(c));
    assert_every_bit_counts(c, c->left.b, HASH_BYTES);
    assert_every_bit_counts(c, c->right.b, HASH_BYTES);
    for (size_t i = 0; i < c->path.count; i++)
        assert_every_bit_counts(c, c->path.hash[i].b, HASH_BYTES);
    assert_every_bit_counts(c, (uint8_t *)&c->place, sizeof c->place);
    assert_length_counts(c);
    assert_true(c->holds(c));
}

/* --- random trees --- */

static void every_proof_of_a_random_tree_holds_and_no_changed_one(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct hash *leaves = mem_array(LEAVES_MAX, sizeof *leaves);
    CLEANUP(mem_release) struct claim *c = mem_alloc(sizeof *c);
    assert_true(leaves && c);
    for (uint64_t tree = number_of("CANDOUR_TREES", TREES); tree > 0; tree--) {
        uint64_t size = some_size(LEAVES_MAX);
        some_leaves(leaves, size);
        struct merkle_array a = {leaves, size};
        uint64_t index = chance(size);
        *c = (struct claim){.holds = inclusion_holds, .place = index, .size = size, .left = leaves[index], .right = merkle_root(leaves, size)};
        assert_ok(merkle_prove_inclusion(merkle_array_reader(&a), index, size, &c->path));
        assert_tight(c);
        assert_size_counts(c);
        uint64_t old = 1 + chance(size);
        *c = (struct claim){.holds = consistency_holds, .place = old, .size = size, .left = merkle_root(leaves, old), .right = c->right};
        assert_ok(merkle_prove_consistency(merkle_array_reader(&a), old, size, &c->path));
        if (old < size)
            assert_tight(c);
        else
            assert_true(c->holds(c));
    }
}

/* --- random sets of people --- */

static struct hash some_leaf(uint8_t salt[COMMITMENT_SALT_BYTES], const uint8_t id[16])
{
    static const char *const all[] = {"birth_date", "email", "first_name", "last_name", "party", "phone"};
    struct view fields[6];
    size_t count = 0;
    struct hash h;
    for (size_t i = 0; i < 6; i++)
        if (chance(2))
            fields[count++] = view_text(all[i]);
    for (size_t i = 0; i < COMMITMENT_SALT_BYTES; i++)
        salt[i] = (uint8_t)chance(256);
    assert_ok(commitment_leaf(salt, view_of(id, 16), fields, count, &h));
    return h;
}

static void every_person_of_a_random_set_proves_it_and_nothing_changed(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct hash *leaves = mem_array(LEAVES_MAX, sizeof *leaves);
    CLEANUP(mem_release) struct claim *c = mem_alloc(sizeof *c);
    assert_true(leaves && c);
    for (uint64_t set = number_of("CANDOUR_TREES", TREES); set > 0; set--) {
        uint8_t id[16], salt[COMMITMENT_SALT_BYTES];
        for (size_t i = 0; i < sizeof id; i++)
            id[i] = (uint8_t)chance(256);
        size_t count = some_size(LEAVES_MAX), who = chance(count);
        for (size_t i = 0; i < count; i++)
            leaves[i] = some_leaf(salt, id);
        struct hash mine = leaves[who];
        commitment_sort(leaves, count);
        struct commitment_proof p;
        *c = (struct claim){.holds = set_holds, .size = count, .left = mine};
        assert_ok(commitment_root(leaves, count, &c->right));
        assert_ok(commitment_prove(leaves, count, &mine, &p));
        c->place = p.index;
        c->path = p.path;
        assert_tight(c);
        assert_size_counts(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_proof_of_a_random_tree_holds_and_no_changed_one),
        cmocka_unit_test(every_person_of_a_random_set_proves_it_and_nothing_changed),
    };
    state_of_chance = number_of("CANDOUR_SEED", 20180615) | 1;
    printf("# CANDOUR_SEED=%llu\n", (unsigned long long)state_of_chance);
    return cmocka_run_group_tests_name("proof_random", tests, NULL, NULL);
}
