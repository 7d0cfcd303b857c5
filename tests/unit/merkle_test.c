#include "vectors.h"

#include "mem.h"
#include "merkle.h"

enum { MOST = 70000, SMALL = 130 };

static struct hash *make_leaves(size_t count)
{
    struct hash *leaves = mem_array(count, sizeof *leaves);
    assert_non_null(leaves);
    for (size_t i = 0; i < count; i++) {
        struct vectors_entry e = vectors_entry(i);
        leaves[i] = merkle_leaf(view_of(e.bytes, e.len));
    }
    return leaves;
}

static void read_proof(const json_t *array, struct merkle_proof *to)
{
    to->count = json_array_size(array);
    assert_true(to->count <= MERKLE_PROOF_MAX);
    for (size_t i = 0; i < to->count; i++)
        to->hash[i] = vectors_hash(json_array_get(array, i));
}

static void assert_proof_equal(const struct merkle_proof *a, const struct merkle_proof *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hash, b->hash, a->count * sizeof a->hash[0]);
}

static void leaves_nodes_and_the_empty_root_are_as_published(void **state)
{
    struct hash empty = merkle_empty(), expected = vectors_hex(vectors_get(*state, "empty_root"), "hex");
    assert_hash_equal(&empty, &expected);
    size_t i;
    json_t *item;
    json_array_foreach(vectors_get(*state, "leaves"), i, item)
    {
        CLEANUP(buf_free) struct buf entry = vectors_bytes(item, "entry_hex");
        struct hash leaf = merkle_leaf(buf_view(&entry));
        expected = vectors_hex(item, "leaf_hash_hex");
        assert_hash_equal(&leaf, &expected);
    }
    assert_int_equal(i, 15);
    CLEANUP(mem_release) struct hash *leaves = make_leaves(MOST);
    struct merkle_array a = {leaves, MOST};
    struct merkle_reader reader = merkle_array_reader(&a);
    json_array_foreach(vectors_get(*state, "nodes"), i, item)
    {
        struct hash node;
        assert_ok(
            reader.read(reader.ctx, (unsigned)vectors_number(item, "level"), vectors_number(item, "index"), &node));
        expected = vectors_hex(item, "hash_hex");
        assert_hash_equal(&node, &expected);
    }
    assert_int_equal(i, 7);
}

static void edge_entries_are_as_published(void **state)
{
    json_t *edge = vectors_get(*state, "edge_entries"), *item;
    struct hash leaves[16];
    size_t i;
    json_array_foreach(vectors_get(edge, "entries"), i, item)
    {
        CLEANUP(buf_free) struct buf entry = BUF(65535);
        if (json_object_get(item, "entry_hex")) {
            entry = vectors_bytes(item, "entry_hex");
        } else {
            assert_string_equal(json_string_value(vectors_get(item, "entry_is")), "byte 0xff, 65535 times");
            memset(buf_space(&entry, 65535), 0xff, 65535);
        }
        assert_int_equal(entry.len, vectors_number(item, "bytes"));
        leaves[i] = merkle_leaf(buf_view(&entry));
        struct hash expected = vectors_hash(vectors_get(item, "leaf_hash_base64"));
        assert_hash_equal(&leaves[i], &expected);
    }
    struct hash root = merkle_root(leaves, i), expected = vectors_hash(vectors_get(edge, "root_base64"));
    assert_hash_equal(&root, &expected);
}

/* Keeps what the edge hands out, to compare with the leaves. */
struct kept {
    const struct hash *leaves;
    uint64_t tiles[MERKLE_LEVELS];
};

static err keep(void *ctx, unsigned level, uint64_t index, const struct hash tile[MERKLE_TILE_WIDTH])
{
    struct kept *k = ctx;
    assert_int_equal(index, k->tiles[level]++);
    if (level == 0)
        assert_memory_equal(tile, k->leaves + index * MERKLE_TILE_WIDTH, MERKLE_TILE_WIDTH * sizeof *tile);
    for (unsigned i = 0; level == 1 && i < MERKLE_TILE_WIDTH; i++) {
        struct hash h = merkle_root(k->leaves + (index * MERKLE_TILE_WIDTH + i) * MERKLE_TILE_WIDTH, MERKLE_TILE_WIDTH);
        assert_hash_equal(&h, &tile[i]);
    }
    return OK;
}

static void every_way_to_a_root_gives_the_published_one(void **state)
{
    CLEANUP(mem_release) struct hash *leaves = make_leaves(MOST);
    CLEANUP(mem_release) struct merkle_edge *edge = mem_alloc(sizeof *edge);
    CLEANUP(mem_release) struct merkle_edge *loaded = mem_alloc(sizeof *loaded);
    struct kept kept = {.leaves = leaves};
    struct merkle_sink sink = {keep, &kept};
    merkle_edge_init(edge);
    size_t i;
    json_t *tree;
    json_array_foreach(vectors_get(*state, "trees"), i, tree)
    {
        uint64_t size = vectors_number(tree, "size");
        struct hash expected = vectors_hex(tree, "root_hex");
        while (edge->size < size)
            assert_ok(merkle_edge_add(edge, &leaves[edge->size], &sink));
        struct hash root = merkle_edge_root(edge);
        assert_hash_equal(&root, &expected);
        root = merkle_root(leaves, size);
        assert_hash_equal(&root, &expected);
        struct merkle_array a = {leaves, size};
        assert_ok(merkle_root_from(merkle_array_reader(&a), size, &root));
        assert_hash_equal(&root, &expected);
        assert_ok(merkle_edge_load(loaded, size, merkle_array_reader(&a)));
        root = merkle_edge_root(loaded);
        assert_hash_equal(&root, &expected);
        for (unsigned level = 0; level < MERKLE_LEVELS; level++)
            assert_memory_equal(loaded->tile[level], edge->tile[level],
                                merkle_edge_width(edge, level) * sizeof(struct hash));
    }
    assert_int_equal(i, 22);
    assert_int_equal(kept.tiles[0], 273);
    assert_int_equal(kept.tiles[1], 1);
    assert_int_equal(kept.tiles[2], 0);
}

static err refuse(void *ctx, unsigned level, uint64_t index, const struct hash tile[MERKLE_TILE_WIDTH])
{
    (void)ctx, (void)level, (void)index, (void)tile;
    return err_new(ERR_IO, "No room.", "");
}

static void a_full_log_and_a_failing_sink_are_told(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct merkle_edge *edge = mem_alloc(sizeof *edge);
    merkle_edge_init(edge);
    struct hash leaf = merkle_leaf(view_text("a"));
    struct merkle_sink sink = {refuse, NULL};
    for (int i = 0; i < 255; i++)
        assert_ok(merkle_edge_add(edge, &leaf, &sink));
    assert_err(ERR_IO, merkle_edge_add(edge, &leaf, &sink));
    edge->size = MERKLE_SIZE_MAX;
    assert_err(ERR_LIMIT, merkle_edge_add(edge, &leaf, NULL));
    struct merkle_array a = {&leaf, 1};
    struct merkle_reader reader = merkle_array_reader(&a);
    struct hash h;
    assert_err(ERR_LIMIT, merkle_root_from(reader, MERKLE_SIZE_MAX + 1, &h));
    assert_err(ERR_INTERNAL, merkle_root_from(reader, 2, &h));
    assert_err(ERR_INTERNAL, reader.read(reader.ctx, 63, 2, &h));
    assert_err(ERR_INTERNAL, reader.read(reader.ctx, 64, 0, &h));
}

static void inclusion_proofs_are_as_published(void **state)
{
    CLEANUP(mem_release) struct hash *leaves = make_leaves(MOST);
    struct merkle_array a = {leaves, MOST};
    size_t i;
    json_t *item;
    json_array_foreach(vectors_get(*state, "inclusion"), i, item)
    {
        struct merkle_proof expected, made;
        uint64_t index = vectors_number(item, "index"), size = vectors_number(item, "size");
        read_proof(vectors_get(item, "proof_base64"), &expected);
        assert_ok(merkle_prove_inclusion(merkle_array_reader(&a), index, size, &made));
        assert_proof_equal(&made, &expected);
        struct hash leaf = vectors_hash(vectors_get(item, "leaf_hash_base64"));
        struct hash root = vectors_hash(vectors_get(item, "root_base64"));
        assert_hash_equal(&leaf, &leaves[index]);
        assert_true(merkle_verify_inclusion(index, size, &leaf, &made, &root));
    }
    assert_int_equal(i, 20);
}

static void consistency_proofs_are_as_published(void **state)
{
    CLEANUP(mem_release) struct hash *leaves = make_leaves(MOST);
    struct merkle_array a = {leaves, MOST};
    size_t i;
    json_t *item;
    json_array_foreach(vectors_get(*state, "consistency"), i, item)
    {
        struct merkle_proof expected, made;
        uint64_t old_size = vectors_number(item, "old"), size = vectors_number(item, "new");
        read_proof(vectors_get(item, "proof_base64"), &expected);
        assert_ok(merkle_prove_consistency(merkle_array_reader(&a), old_size, size, &made));
        assert_proof_equal(&made, &expected);
        struct hash old_root = vectors_hash(vectors_get(item, "old_root_base64"));
        struct hash root = vectors_hash(vectors_get(item, "new_root_base64"));
        assert_true(merkle_verify_consistency(old_size, size, &old_root, &root, &made));
    }
    assert_int_equal(i, 18);
}

/* A proof to be spoilt in every way that is tried. */
struct claim {
    bool (*holds)(const struct claim *c);
    uint64_t a, b;
    struct hash left, right; /* leaf and root, or old root and root */
    struct merkle_proof proof;
};

static bool inclusion_holds(const struct claim *c)
{
    return merkle_verify_inclusion(c->a, c->b, &c->left, &c->proof, &c->right);
}

static bool consistency_holds(const struct claim *c)
{
    return merkle_verify_consistency(c->a, c->b, &c->left, &c->right, &c->proof);
}

/* Other hashes in the proof: fewer, more, changed. */
static void assert_proof_is_tight(struct claim *c, unsigned bit)
{
    size_t count = c->proof.count;
    for (size_t i = 0; i < count; i++) {
        c->proof.hash[i].b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(c->holds(c));
        c->proof.hash[i].b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    c->left.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    assert_false(c->holds(c));
    c->left.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    if (count > 0) {
        c->proof.count = count - 1;
        assert_false(c->holds(c));
        struct hash first = c->proof.hash[0];
        memmove(c->proof.hash, c->proof.hash + 1, (count - 1) * sizeof first);
        assert_false(c->holds(c));
        memmove(c->proof.hash + 1, c->proof.hash, (count - 1) * sizeof first);
        c->proof.hash[0] = first;
    }
    c->proof.count = count + 1;
    c->proof.hash[count] = c->right;
    assert_false(c->holds(c));
    c->proof.count = MERKLE_PROOF_MAX + 1;
    assert_false(c->holds(c));
    c->proof.count = count;
    assert_true(c->holds(c));
}

static void small_inclusion_proofs_hold_and_are_tight(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct hash *leaves = make_leaves(SMALL + 1);
    struct merkle_array a = {leaves, SMALL + 1};
    for (uint64_t size = 0; size <= SMALL; size++) {
        struct claim c = {.holds = inclusion_holds, .b = size, .right = merkle_root(leaves, size)};
        assert_err(ERR_INVALID, merkle_prove_inclusion(merkle_array_reader(&a), size, size, &c.proof));
        for (uint64_t index = 0; index < size; index++) {
            c.a = index;
            c.left = leaves[index];
            assert_ok(merkle_prove_inclusion(merkle_array_reader(&a), index, size, &c.proof));
            assert_true(c.holds(&c));
            assert_proof_is_tight(&c, (unsigned)((size * 131 + index * 17) % 256));
            for (uint64_t other = 0; other <= size; other++) {
                c.a = other;
                assert_int_equal(c.holds(&c), other == index);
            }
            c.a = index;
            c.right.b[index % 32] ^= 1;
            assert_false(c.holds(&c));
            c.right.b[index % 32] ^= 1;
        }
    }
}

static void small_consistency_proofs_hold_and_are_tight(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct hash *leaves = make_leaves(SMALL + 1);
    struct merkle_array a = {leaves, SMALL + 1};
    for (uint64_t size = 0; size <= SMALL; size++) {
        struct claim c = {.holds = consistency_holds, .b = size, .right = merkle_root(leaves, size)};
        assert_err(ERR_INVALID, merkle_prove_consistency(merkle_array_reader(&a), size + 1, size, &c.proof));
        for (uint64_t old_size = 0; old_size <= size; old_size++) {
            c.a = old_size;
            c.left = merkle_root(leaves, old_size);
            assert_ok(merkle_prove_consistency(merkle_array_reader(&a), old_size, size, &c.proof));
            assert_true(c.holds(&c));
            assert_proof_is_tight(&c, (unsigned)((size * 131 + old_size * 17) % 256));
            c.a = size + 1;
            assert_false(c.holds(&c));
            c.a = old_size;
            c.right.b[old_size % 32] ^= 1;
            /* From nothing everything can grow: the proof says nothing of the new root. */
            assert_int_equal(c.holds(&c), old_size == 0 && size > 0);
            c.right.b[old_size % 32] ^= 1;
        }
    }
}

static void every_bit_of_a_proof_counts(void **state)
{
    (void)state;
    CLEANUP(mem_release) struct hash *leaves = make_leaves(SMALL);
    struct merkle_array a = {leaves, SMALL};
    struct claim c = {
        .holds = inclusion_holds, .a = 77, .b = SMALL, .left = leaves[77], .right = merkle_root(leaves, SMALL)};
    assert_ok(merkle_prove_inclusion(merkle_array_reader(&a), c.a, c.b, &c.proof));
    for (unsigned bit = 0; bit < 256; bit++)
        assert_proof_is_tight(&c, bit);
    struct claim d = {
        .holds = consistency_holds, .a = 77, .b = SMALL, .left = merkle_root(leaves, 77), .right = c.right};
    assert_ok(merkle_prove_consistency(merkle_array_reader(&a), d.a, d.b, &d.proof));
    for (unsigned bit = 0; bit < 256; bit++)
        assert_proof_is_tight(&d, bit);
}

/* Made-up hashes of a tree too large to build: lengths and shape at the far end. */
static err far_read(void *ctx, unsigned height, uint64_t index, struct hash *to)
{
    uint64_t size = *(uint64_t *)ctx;
    assert_true(height < 63 && index < size >> height);
    *to = (struct hash){{(uint8_t)height, (uint8_t)index}};
    return OK;
}

static void the_largest_trees_fit(void **state)
{
    (void)state;
    uint64_t size = MERKLE_SIZE_MAX;
    struct merkle_reader reader = {far_read, &size};
    struct merkle_proof p;
    assert_ok(merkle_prove_inclusion(reader, 0, size, &p));
    assert_int_equal(p.count, 63);
    assert_ok(merkle_prove_inclusion(reader, size - 1, size, &p));
    assert_ok(merkle_prove_consistency(reader, 1, size, &p));
    assert_int_equal(p.count, 63);
    assert_ok(merkle_prove_consistency(reader, 3, size, &p));
    assert_true(p.count <= MERKLE_PROOF_MAX);
    assert_ok(merkle_prove_consistency(reader, size - 1, size, &p));
    assert_err(ERR_LIMIT, merkle_prove_inclusion(reader, 0, size + 1, &p));
    assert_err(ERR_LIMIT, merkle_prove_consistency(reader, 0, size + 1, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_nodes_and_the_empty_root_are_as_published),
        cmocka_unit_test(edge_entries_are_as_published),
        cmocka_unit_test(every_way_to_a_root_gives_the_published_one),
        cmocka_unit_test(a_full_log_and_a_failing_sink_are_told),
        cmocka_unit_test(inclusion_proofs_are_as_published),
        cmocka_unit_test(consistency_proofs_are_as_published),
        cmocka_unit_test(small_inclusion_proofs_hold_and_are_tight),
        cmocka_unit_test(small_consistency_proofs_hold_and_are_tight),
        cmocka_unit_test(every_bit_of_a_proof_counts),
        cmocka_unit_test(the_largest_trees_fit),
    };
    return cmocka_run_group_tests_name("merkle", tests, vectors_setup, vectors_teardown);
}
