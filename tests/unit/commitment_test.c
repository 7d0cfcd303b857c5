#include "testing.h"

#include "commitment.h"

enum { PEOPLE = 100 };

static const uint8_t some_salt[COMMITMENT_SALT_BYTES] = {1, 2, 3};

static struct hash leaf_of(const uint8_t *salt, const char *id, size_t count, const char *const *names)
{
    struct view fields[8];
    for (size_t i = 0; i < count; i++)
        fields[i] = view_text(names[i]);
    struct hash h;
    assert_ok(commitment_leaf(salt, view_text(id), fields, count, &h));
    return h;
}

/* The format is for ever.  Made with Python:
 * sha256(b"\0candour set v1" + bytes([1,2,3]+[0]*29) + b"\3H12" + b"\0\2" + b"\5email" + b"\4name") */
static void the_format_of_a_leaf_stays(void **state)
{
    (void)state;
    struct hash expected, h = leaf_of(some_salt, "H12", 2, (const char *const[]){"email", "name"});
    assert_true(hex_decode(expected.b, sizeof expected.b,
                           view_text("c754952257a267ac44c7523397cf056c82f5d44cf633250cc7226c44162a14f6")));
    assert_memory_equal(h.b, expected.b, sizeof h.b);
}

static void everything_in_a_leaf_counts(void **state)
{
    (void)state;
    static const uint8_t other_salt[COMMITMENT_SALT_BYTES] = {1, 2, 4};
    const struct hash leaves[] = {
        leaf_of(some_salt, "H12", 2, (const char *const[]){"email", "name"}),
        leaf_of(other_salt, "H12", 2, (const char *const[]){"email", "name"}),
        leaf_of(some_salt, "H13", 2, (const char *const[]){"email", "name"}),
        leaf_of(some_salt, "H12", 1, (const char *const[]){"email"}),
        leaf_of(some_salt, "H12", 1, (const char *const[]){"emailname"}),
        leaf_of(some_salt, "H12", 2, (const char *const[]){"emailn", "mae"}),
        leaf_of(some_salt, "H1", 2, (const char *const[]){"email", "name"}),
        leaf_of(some_salt, "H12", 0, NULL),
    };
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(hash_equal(&leaves[i], &leaves[k]));
    }
}

static void fields_out_of_order_and_empty_names_are_refused(void **state)
{
    (void)state;
    struct hash h;
    struct view down[] = {view_text("name"), view_text("email")}, twice[] = {view_text("name"), view_text("name")};
    struct view empty[] = {view_text("")};
    assert_err(ERR_INTERNAL, commitment_leaf(some_salt, view_text("H1"), down, 2, &h));
    assert_err(ERR_INTERNAL, commitment_leaf(some_salt, view_text("H1"), twice, 2, &h));
    assert_err(ERR_INTERNAL, commitment_leaf(some_salt, view_text("H1"), empty, 1, &h));
    assert_err(ERR_INTERNAL, commitment_leaf(some_salt, view_text(""), NULL, 0, &h));
    char name[256] = {0};
    assert_ok(commitment_leaf(some_salt, view_of(name, 255), NULL, 0, &h));
    assert_err(ERR_INTERNAL, commitment_leaf(some_salt, view_of(name, 256), NULL, 0, &h));
    assert_err(ERR_LIMIT, commitment_leaf(some_salt, view_text("H1"), NULL, 65536, &h));
}

static void make_people(struct hash *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t salt[COMMITMENT_SALT_BYTES] = {(uint8_t)(i * 151), (uint8_t)i};
        leaves[i] = leaf_of(salt, "H12", 1, (const char *const[]){i % 2 ? "email" : "name"});
    }
}

static void each_person_proves_to_be_in_and_nobody_else_does(void **state)
{
    (void)state;
    struct hash leaves[PEOPLE + 1], root;
    make_people(leaves, PEOPLE + 1);
    struct hash stranger = leaves[PEOPLE];
    for (size_t count = 1; count <= PEOPLE; count += 7) {
        struct hash sorted[PEOPLE];
        memcpy(sorted, leaves, count * sizeof sorted[0]);
        commitment_sort(sorted, count);
        assert_ok(commitment_root(sorted, count, &root));
        struct commitment_proof p;
        for (size_t i = 0; i < count; i++) {
            assert_ok(commitment_prove(sorted, count, &leaves[i], &p));
            assert_int_equal(p.size, count);
            assert_true(commitment_verify(&p, &leaves[i], &root));
            assert_false(commitment_verify(&p, &stranger, &root));
            p.index = (p.index + 1) % count;
            assert_int_equal(commitment_verify(&p, &leaves[i], &root), count == 1);
            p.index = count;
            assert_false(commitment_verify(&p, &leaves[i], &root));
        }
        assert_err(ERR_NOT_FOUND, commitment_prove(sorted, count, &stranger, &p));
    }
}

static void the_root_depends_on_the_set_only(void **state)
{
    (void)state;
    struct hash a[PEOPLE], b[PEOPLE], root_a, root_b;
    make_people(a, PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++)
        b[i] = a[(i * 37 + 5) % PEOPLE];
    commitment_sort(a, PEOPLE);
    commitment_sort(b, PEOPLE);
    assert_ok(commitment_root(a, PEOPLE, &root_a));
    assert_ok(commitment_root(b, PEOPLE, &root_b));
    assert_true(hash_equal(&root_a, &root_b));
    assert_ok(commitment_root(a, PEOPLE - 1, &root_b));
    assert_false(hash_equal(&root_a, &root_b));
    CLEANUP(commitment_sum_free) struct commitment_sum some;
    assert_ok(commitment_sum_new(&some));
    root_b = commitment_sum_root(&some);
    struct hash empty = merkle_empty();
    assert_true(hash_equal(&empty, &root_b));
    for (size_t i = 0; i < PEOPLE; i += 10)
        assert_ok(commitment_sum_add(&some, a + i, PEOPLE - i < 10 ? PEOPLE - i : 10));
    root_b = commitment_sum_root(&some);
    assert_true(commitment_sum_count(&some) == PEOPLE && hash_equal(&root_a, &root_b));
    assert_err(ERR_CORRUPT, commitment_sum_add(&some, a + PEOPLE - 1, 1));
    assert_ok(commitment_root(NULL, 0, &root_b));
    assert_true(hash_equal(&empty, &root_b));
    struct commitment_proof p;
    commitment_sort(NULL, 0);
    assert_err(ERR_NOT_FOUND, commitment_prove(NULL, 0, &empty, &p));
}

static void leaves_out_of_order_or_twice_are_damage(void **state)
{
    (void)state;
    struct hash leaves[PEOPLE], root;
    struct commitment_proof p;
    make_people(leaves, PEOPLE);
    commitment_sort(leaves, PEOPLE);
    struct hash kept = leaves[50];
    leaves[50] = leaves[51];
    assert_err(ERR_CORRUPT, commitment_root(leaves, PEOPLE, &root));
    assert_err(ERR_CORRUPT, commitment_prove(leaves, PEOPLE, &leaves[3], &p));
    leaves[51] = kept;
    assert_err(ERR_CORRUPT, commitment_root(leaves, PEOPLE, &root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_format_of_a_leaf_stays),
        cmocka_unit_test(everything_in_a_leaf_counts),
        cmocka_unit_test(fields_out_of_order_and_empty_names_are_refused),
        cmocka_unit_test(each_person_proves_to_be_in_and_nobody_else_does),
        cmocka_unit_test(the_root_depends_on_the_set_only),
        cmocka_unit_test(leaves_out_of_order_or_twice_are_damage),
    };
    return cmocka_run_group_tests_name("commitment", tests, NULL, NULL);
}
