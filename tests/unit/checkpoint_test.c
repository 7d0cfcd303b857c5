#include "vectors.h"

#include "checkpoint.h"

static struct note_key log_key(const json_t *vectors)
{
    struct note_key key;
    assert_ok(note_vkey_parse(vectors_text(vectors_get(vectors, "key"), "vkey"), &key));
    return key;
}

static void texts_and_notes_are_as_published(void **state)
{
    struct note_key key = log_key(*state);
    size_t i;
    json_t *tree;
    json_array_foreach(vectors_get(*state, "trees"), i, tree)
    {
        struct view whole = vectors_text(tree, "checkpoint"), text = vectors_text(tree, "checkpoint_text");
        struct checkpoint c;
        assert_ok(checkpoint_open(whole, &key, view_text(VECTORS_ORIGIN), &c));
        assert_int_equal(c.size, vectors_number(tree, "size"));
        struct hash root = vectors_hex(tree, "root_hex");
        assert_hash_equal(&c.root, &root);
        assert_int_equal(c.extensions.len, 0);
        CLEANUP(buf_free) struct buf made = BUF(1000);
        assert_ok(checkpoint_format(&c, &made));
        assert_true(view_equal(buf_view(&made), text));

        struct note n;
        assert_ok(note_parse(whole, &n));
        CLEANUP(buf_free) struct buf blob = BUF(100);
        CLEANUP(buf_free) struct buf again = BUF(1000);
        assert_true(base64_decode(&blob, n.lines[0].blob));
        assert_ok(note_assemble(buf_view(&made), &key, blob.p + NOTE_KEY_ID_BYTES, &again));
        assert_true(view_equal(buf_view(&again), whole));
        struct hash sum = digest_of(buf_view(&again)), expected = vectors_hex(tree, "checkpoint_sha256");
        assert_hash_equal(&sum, &expected);
    }
    assert_int_equal(i, 22);
}

static void good_ones_open(void **state)
{
    struct note_key key = log_key(*state);
    size_t i;
    json_t *item;
    json_array_foreach(vectors_get(*state, "good_checkpoints"), i, item)
    {
        CLEANUP(buf_free) struct buf bytes = vectors_base64(item, "checkpoint_base64");
        struct checkpoint c;
        assert_ok(checkpoint_open(buf_view(&bytes), &key, view_text(VECTORS_ORIGIN), &c));
    }
    assert_int_equal(i, 8);
}

/* Each is refused, and for the reason that is given. */
static void bad_ones_do_not(void **state)
{
    struct note_key key = log_key(*state);
    size_t i, roots = 0;
    json_t *item;
    json_array_foreach(vectors_get(*state, "bad_checkpoints"), i, item)
    {
        CLEANUP(buf_free) struct buf bytes = vectors_base64(item, "checkpoint_base64");
        const char *verdict = json_string_value(vectors_get(item, "verdict"));
        struct checkpoint c;
        struct note n;
        assert_err(ERR_INVALID, checkpoint_open(buf_view(&bytes), &key, view_text(VECTORS_ORIGIN), &c));
        bool formed = note_parse(buf_view(&bytes), &n).kind == ERR_OK && checkpoint_parse(n.text, &c).kind == ERR_OK;
        assert_int_equal(formed, strcmp(verdict, "checkpoint-malformed") != 0);
        if (!formed)
            continue;
        assert_int_equal(note_verify(&n, &key).kind == ERR_OK, strcmp(verdict, "signature") != 0);
        if (strcmp(verdict, "origin") == 0)
            assert_ok(checkpoint_open(buf_view(&bytes), &key, c.origin, &c));
        roots += strcmp(verdict, "root-mismatch") == 0;
    }
    assert_int_equal(i, 28);
    assert_int_equal(roots, 1);
}

static void our_own_names_are_plain(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "log.example/candour-dev", "practice.union.example/log",
                                       "localhost:8080/~a_b", "1.example"};
    static const char *const bad[] = {"",
                                      "https://log.example",
                                      "Log.example",
                                      "log.example/",
                                      "log example",
                                      "log+example",
                                      "/log",
                                      "-log",
                                      ".log",
                                      "log.example\n",
                                      "caf\xc3\xa9.example",
                                      "a//b"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(checkpoint_origin_ok(view_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(checkpoint_origin_ok(view_text(bad[i])));
    char name[LIMIT_ORIGIN_BYTES + 1];
    memset(name, 'a', sizeof name);
    assert_true(checkpoint_origin_ok(view_of(name, LIMIT_ORIGIN_BYTES)));
    assert_false(checkpoint_origin_ok(view_of(name, LIMIT_ORIGIN_BYTES + 1)));
    assert_true(checkpoint_is_practice(view_text("practice.union.example")));
    assert_false(checkpoint_is_practice(view_text("union.example/practice.")));
    assert_false(checkpoint_is_practice(view_text("practice")));
}

static void what_must_not_be_signed_is_not_written(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(1000);
    struct checkpoint c = {.origin = view_text("log.example"), .root = merkle_empty()};
    assert_ok(checkpoint_format(&c, &b));
    c.root = (struct hash){{0}};
    assert_err(ERR_INVALID, checkpoint_format(&c, &b));
    c.size = MERKLE_SIZE_MAX;
    assert_ok(checkpoint_format(&c, &b));
    c.size++;
    assert_err(ERR_LIMIT, checkpoint_format(&c, &b));
    c.size = 1;
    c.origin = view_text("log example");
    assert_err(ERR_INVALID, checkpoint_format(&c, &b));
    c.origin = view_text("log.example");
    c.extensions = view_text("more\n");
    assert_err(ERR_INVALID, checkpoint_format(&c, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_notes_are_as_published),
        cmocka_unit_test(good_ones_open),
        cmocka_unit_test(bad_ones_do_not),
        cmocka_unit_test(our_own_names_are_plain),
        cmocka_unit_test(what_must_not_be_signed_is_not_written),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, vectors_setup, vectors_teardown);
}
