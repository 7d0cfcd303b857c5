#include "vectors.h"

#include "mem.h"
#include "tile.h"

#define MOST 70000u
enum { LEVELS_USED = 3 };

/* A log of MOST entries: per level all hashes, one after the other. */
struct world {
    json_t *vectors;
    struct hash *level[LEVELS_USED];
};

static int setup(void **state)
{
    struct world *w = mem_alloc(sizeof *w);
    if (!w || vectors_setup((void **)&w->vectors) != 0)
        return -1;
    for (unsigned l = 0; l < LEVELS_USED; l++)
        w->level[l] = mem_array((MOST >> (8 * l)) + 1, sizeof(struct hash));
    for (size_t i = 0; i < MOST; i++) {
        struct vectors_entry e = vectors_entry(i);
        w->level[0][i] = merkle_leaf(view_of(e.bytes, e.len));
    }
    for (unsigned l = 1; l < LEVELS_USED; l++) {
        for (size_t i = 0; i < MOST >> (8 * l); i++)
            w->level[l][i] = merkle_root(w->level[l - 1] + TILE_WIDTH * i, TILE_WIDTH);
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    json_decref(w->vectors);
    for (unsigned l = 0; l < LEVELS_USED; l++)
        mem_free(w->level[l]);
    mem_free(w);
    return 0;
}

/* The bytes of a resource. */
static void contents(const struct world *w, const struct tile *t, struct buf *to)
{
    size_t first = (size_t)t->index * TILE_WIDTH;
    if (!t->entries) {
        assert_true(t->level < LEVELS_USED && first + t->width <= MOST >> (8 * t->level));
        buf_bytes(to, w->level[t->level] + first, t->width * sizeof(struct hash));
        return;
    }
    for (size_t i = first; i < first + t->width; i++) {
        struct vectors_entry e = vectors_entry(i);
        assert_ok(tile_bundle_add(to, view_of(e.bytes, e.len)));
    }
}

static void paths_are_as_published(void **state)
{
    struct world *w = *state;
    size_t i;
    json_t *item;
    json_array_foreach(vectors_get(w->vectors, "tile_paths"), i, item)
    {
        struct tile t;
        assert_ok(tile_parse(vectors_text(item, "path"), &t));
        assert_int_equal(t.entries, json_is_true(json_object_get(item, "entries")));
        assert_int_equal(t.level, json_integer_value(json_object_get(item, "level")));
        assert_int_equal(t.index, vectors_number(item, "index"));
        assert_int_equal(t.width, vectors_number(item, "width"));
        CLEANUP(buf_free) struct buf again = BUF(TILE_PATH_MAX);
        tile_path(&t, &again);
        assert_true(view_equal(buf_view(&again), vectors_text(item, "path")));
    }
    assert_int_equal(i, 10);
    json_array_foreach(vectors_get(w->vectors, "bad_tile_paths"), i, item)
    {
        struct tile t;
        assert_err(ERR_INVALID, tile_parse(view_text(json_string_value(item)), &t));
    }
    assert_int_equal(i, 22);
}

static void large_numbers_fit_or_are_refused(void **state)
{
    (void)state;
    struct tile t = {.level = 63, .width = 255, .index = MERKLE_SIZE_MAX / TILE_WIDTH}, again;
    CLEANUP(buf_free) struct buf path = BUF(TILE_PATH_MAX);
    tile_path(&t, &path);
    assert_ok(buf_ok(&path));
    assert_ok(tile_parse(buf_view(&path), &again));
    assert_true(again.index == t.index && again.level == 63 && again.width == 255);
    static const char *const bad[] = {
        "tile/0/x036/x028/x797/x018/x963/968",      /* one above */
        "tile/0/x999/x999/x999/x999/x999/x999/999", /* above 2^64 */
        "tile/0/x018/x446/x744/x073/x709/x552/000", /* 384 above 2^64 */
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/0/000.p/18446744073709551617",
        "tile/18446744073709551616/000",
        "tile/0/00:",
        "tile/0/",
        "tile/0",
        "tile/",
        "",
        "tile/entries",
        "tile/entries/",
        "/tile/0/000",
        "tile/0/000.p/1 ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_err(ERR_INVALID, tile_parse(view_text(bad[i]), &again));
}

static int line_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines 'PATH SHA256HEX' of all resources of a size, sorted, and their digest. */
static struct hash resources_of(const struct world *w, uint64_t size, size_t *count)
{
    static char lines[2000][160];
    static char *sorted[2000];
    struct tile_walk walk = tile_walk_new(0, size);
    struct tile t;
    for (*count = 0; tile_walk_next(&walk, &t); ++*count) {
        CLEANUP(buf_free) struct buf bytes = BUF(TILE_BUNDLE_BYTES_MAX);
        CLEANUP(buf_free) struct buf line = BUF(sizeof lines[0]);
        assert_true(tile_covered(&t, size));
        contents(w, &t, &bytes);
        struct hash sum = digest_of(buf_view(&bytes));
        tile_path(&t, &line);
        buf_str(&line, " ");
        buf_hex(&line, hash_view(&sum));
        buf_str(&line, "\n");
        assert_true(*count < 2000);
        sorted[*count] = strcpy(lines[*count], buf_text(&line));
    }
    qsort(sorted, *count, sizeof sorted[0], line_order);
    struct digest d;
    digest_begin(&d);
    for (size_t i = 0; i < *count; i++)
        digest_add(&d, view_text(sorted[i]));
    return digest_end(&d);
}

static void all_resources_of_a_size_are_as_published(void **state)
{
    struct world *w = *state;
    size_t i, k, count;
    json_t *tree, *item;
    json_array_foreach(vectors_get(w->vectors, "trees"), i, tree)
    {
        uint64_t size = vectors_number(tree, "size");
        struct hash sum = resources_of(w, size, &count), expected = vectors_hex(tree, "resources_sha256");
        assert_int_equal(count, vectors_number(tree, "resources"));
        assert_hash_equal(&sum, &expected);
        json_array_foreach(vectors_get(tree, "listed"), k, item)
        {
            struct tile t;
            CLEANUP(buf_free) struct buf bytes = BUF(TILE_BUNDLE_BYTES_MAX);
            assert_ok(tile_parse(vectors_text(item, "path"), &t));
            contents(w, &t, &bytes);
            assert_int_equal(bytes.len, vectors_number(item, "bytes"));
            sum = digest_of(buf_view(&bytes));
            expected = vectors_hex(item, "sha256");
            assert_hash_equal(&sum, &expected);
        }
    }
    assert_int_equal(i, 22);
}

/* Whether the tree of `size` has the resource just so: full, or partial with that width. */
static bool has(uint64_t size, const struct tile *t)
{
    return tile_covered(t, size) && (t->width == TILE_WIDTH || (size >> (8 * t->level)) % TILE_WIDTH == t->width);
}

static void a_step_adds_what_was_not_there(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0,   1,    2,     255,   256,   257,   300,   511,   512,   513,
                                     768, 1000, 65535, 65536, 65537, 65791, 65792, 66048, 70000, 131072};
    for (size_t a = 0; a < sizeof sizes / sizeof sizes[0]; a++) {
        for (size_t b = 0; b < sizeof sizes / sizeof sizes[0]; b++) {
            struct tile_walk added = tile_walk_new(sizes[a], sizes[b]), all = tile_walk_new(0, sizes[b]);
            struct tile t, expected;
            while (a <= b && tile_walk_next(&all, &expected)) {
                assert_true(has(sizes[b], &expected));
                if (has(sizes[a], &expected))
                    continue;
                assert_true(tile_walk_next(&added, &t));
                assert_memory_equal(&t.index, &expected.index, sizeof t.index);
                assert_true(t.level == expected.level && t.width == expected.width && t.entries == expected.entries);
            }
            assert_false(tile_walk_next(&added, &t));
        }
    }
}

static void only_what_a_size_covers_is_served(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint64_t least;
    } cases[] = {
        {"tile/0/000.p/1", 1},     {"tile/0/000", 256},         {"tile/1/000.p/1", 256},
        {"tile/1/000.p/2", 512},   {"tile/0/273.p/112", 70000}, {"tile/entries/273.p/112", 70000},
        {"tile/2/000.p/1", 65536}, {"tile/1/000", 65536},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tile t;
        assert_ok(tile_parse(view_text(cases[i].path), &t));
        assert_true(tile_covered(&t, cases[i].least));
        assert_true(tile_covered(&t, MERKLE_SIZE_MAX));
        assert_false(tile_covered(&t, cases[i].least - 1));
    }
    struct tile far = {.level = 8, .width = 1};
    assert_false(tile_covered(&far, MERKLE_SIZE_MAX));
    far = (struct tile){.width = TILE_WIDTH, .index = MERKLE_SIZE_MAX / TILE_WIDTH};
    assert_false(tile_covered(&far, MERKLE_SIZE_MAX));
}

static void bundles_come_back_and_are_exact(void **state)
{
    json_t *edge = vectors_get(((struct world *)*state)->vectors, "edge_entries"), *item;
    CLEANUP(buf_free) struct buf bundle = BUF(TILE_BUNDLE_BYTES_MAX);
    CLEANUP(buf_free) struct buf long_entry = BUF(TILE_ENTRY_BYTES_MAX + 1);
    memset(buf_space(&long_entry, TILE_ENTRY_BYTES_MAX + 1), 0xff, TILE_ENTRY_BYTES_MAX + 1);
    size_t i;
    json_array_foreach(vectors_get(edge, "entries"), i, item)
    {
        bool is_long = !json_object_get(item, "entry_hex");
        CLEANUP(buf_free) struct buf entry = is_long ? BUF(0) : vectors_bytes(item, "entry_hex");
        assert_ok(tile_bundle_add(&bundle, is_long ? view_of(long_entry.p, TILE_ENTRY_BYTES_MAX) : buf_view(&entry)));
    }
    assert_err(ERR_LIMIT, tile_bundle_add(&bundle, buf_view(&long_entry)));
    assert_int_equal(bundle.len, vectors_number(edge, "bundle_bytes"));
    struct hash sum = digest_of(buf_view(&bundle)), expected = vectors_hex(edge, "bundle_sha256");
    assert_hash_equal(&sum, &expected);

    struct view entries[TILE_WIDTH];
    struct hash leaves[TILE_WIDTH];
    assert_ok(tile_bundle_parse(buf_view(&bundle), (unsigned)i, entries));
    json_array_foreach(vectors_get(edge, "entries"), i, item)
    {
        struct hash bytes = digest_of(entries[i]);
        expected = vectors_hex(item, "sha256");
        assert_hash_equal(&bytes, &expected);
        leaves[i] = merkle_leaf(entries[i]);
    }
    sum = digest_of(view_of(leaves, i * sizeof leaves[0]));
    expected = vectors_hex(edge, "tile_sha256");
    assert_hash_equal(&sum, &expected);
    assert_err(ERR_INVALID, tile_bundle_parse(buf_view(&bundle), (unsigned)i - 1, entries));
    assert_err(ERR_INVALID, tile_bundle_parse(buf_view(&bundle), (unsigned)i + 1, entries));
    assert_err(ERR_INVALID, tile_bundle_parse(view_of(bundle.p, bundle.len - 1), (unsigned)i, entries));
    assert_ok(tile_bundle_parse(view_of(NULL, 0), 0, entries));
}

struct server {
    const struct world *world;
    unsigned asked;
    bool short_tiles;
};

static err serve(void *ctx, const struct tile *t, struct buf *to)
{
    struct server *s = ctx;
    s->asked++;
    contents(s->world, t, to);
    to->len -= s->short_tiles;
    return OK;
}

static void proofs_made_from_tiles_are_those_made_from_leaves(void **state)
{
    struct world *w = *state;
    static const uint64_t sizes[] = {1, 2, 255, 256, 257, 512, 65537, MOST};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t size = sizes[i];
        struct server server = {.world = w};
        struct tile_source source = tile_source_new(serve, &server, size);
        struct merkle_array a = {w->level[0], size};
        for (uint64_t index = size / 3; index < size; index += size / 2 + 1) {
            struct merkle_proof p, q;
            assert_ok(merkle_prove_inclusion(tile_reader(&source), index, size, &p));
            assert_ok(merkle_prove_inclusion(merkle_array_reader(&a), index, size, &q));
            assert_int_equal(p.count, q.count);
            assert_memory_equal(p.hash, q.hash, p.count * sizeof p.hash[0]);
            assert_ok(merkle_prove_consistency(tile_reader(&source), index, size, &p));
            assert_ok(merkle_prove_consistency(merkle_array_reader(&a), index, size, &q));
            assert_int_equal(p.count, q.count);
            assert_memory_equal(p.hash, q.hash, p.count * sizeof p.hash[0]);
        }
        CLEANUP(mem_release) struct merkle_edge *edge = mem_alloc(sizeof *edge);
        assert_ok(merkle_edge_load(edge, size, tile_reader(&source)));
        struct hash root = merkle_edge_root(edge), expected = merkle_root(w->level[0], size);
        assert_hash_equal(&root, &expected);
        assert_true(server.asked < 40);
        tile_source_free(&source);
    }
}

static void short_tiles_and_places_outside_are_refused(void **state)
{
    struct server server = {.world = *state, .short_tiles = true};
    struct tile_source source = tile_source_new(serve, &server, 300);
    struct merkle_proof p;
    assert_err(ERR_INVALID, merkle_prove_inclusion(tile_reader(&source), 0, 300, &p));
    tile_source_free(&source);
    struct tile_place place;
    assert_ok(tile_place_of(8, 0, 300, &place));
    assert_true(place.tile.level == 1 && place.tile.width == 1 && place.first == 0 && place.count == 1);
    assert_ok(tile_place_of(5, 7, 300, &place));
    assert_true(place.tile.level == 0 && place.tile.width == 256 && place.first == 224 && place.count == 32);
    assert_err(ERR_INVALID, tile_place_of(8, 1, 300, &place));
    assert_err(ERR_INVALID, tile_place_of(0, 300, 300, &place));
    assert_err(ERR_INVALID, tile_place_of(63, 0, 300, &place));
    assert_err(ERR_INVALID, tile_place_of(0, 0, 0, &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_as_published),
        cmocka_unit_test(large_numbers_fit_or_are_refused),
        cmocka_unit_test(all_resources_of_a_size_are_as_published),
        cmocka_unit_test(a_step_adds_what_was_not_there),
        cmocka_unit_test(only_what_a_size_covers_is_served),
        cmocka_unit_test(bundles_come_back_and_are_exact),
        cmocka_unit_test(proofs_made_from_tiles_are_those_made_from_leaves),
        cmocka_unit_test(short_tiles_and_places_outside_are_refused),
    };
    return cmocka_run_group_tests_name("tile", tests, setup, teardown);
}
