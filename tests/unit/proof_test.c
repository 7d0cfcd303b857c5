#include "vectors.h"

#include "mem.h"
#include "proof.h"

static struct note_key log_key(const json_t *vectors)
{
    struct note_key key;
    assert_ok(note_vkey_parse(vectors_text(vectors_get(vectors, "key"), "vkey"), &key));
    return key;
}

static void published_proofs_verify_and_are_written_the_same(void **state)
{
    struct note_key key = log_key(*state);
    size_t i;
    json_t *item;
    json_array_foreach(vectors_get(*state, "tlog_proofs"), i, item)
    {
        struct proof p;
        struct checkpoint c;
        CLEANUP(buf_free) struct buf entry = vectors_bytes(item, "entry_hex");
        assert_ok(proof_parse(vectors_text(item, "tlog_proof"), &p));
        assert_int_equal(p.index, vectors_number(item, "index"));
        assert_ok(proof_verify(&p, buf_view(&entry), &key, view_text(VECTORS_ORIGIN), &c));
        assert_int_equal(c.size, vectors_number(item, "size"));
        CLEANUP(buf_free) struct buf again = BUF(10000);
        assert_ok(proof_format(&p, &again));
        assert_true(view_equal(buf_view(&again), vectors_text(item, "tlog_proof")));
    }
    assert_int_equal(i, 3);
}

static void a_proof_of_something_else_fails(void **state)
{
    struct note_key key = log_key(*state), other = key;
    json_t *item = json_array_get(vectors_get(*state, "tlog_proofs"), 1);
    CLEANUP(buf_free) struct buf entry = vectors_bytes(item, "entry_hex");
    struct proof p;
    struct checkpoint c;
    assert_ok(proof_parse(vectors_text(item, "tlog_proof"), &p));
    struct view origin = view_text(VECTORS_ORIGIN);
    assert_err(ERR_INVALID, proof_verify(&p, view_text("entry-12346"), &key, origin, &c));
    assert_err(ERR_INVALID, proof_verify(&p, buf_view(&entry), &key, view_text("other.example"), &c));
    other.key[1] ^= 1;
    assert_err(ERR_INVALID, proof_verify(&p, buf_view(&entry), &other, origin, &c));
    other = key;
    other.id[1] ^= 1;
    assert_err(ERR_INVALID, proof_verify(&p, buf_view(&entry), &other, origin, &c));
    p.index ^= 1;
    assert_err(ERR_INVALID, proof_verify(&p, buf_view(&entry), &key, origin, &c));
    p.index ^= 1;
    p.path.hash[5].b[7] ^= 1;
    assert_err(ERR_INVALID, proof_verify(&p, buf_view(&entry), &key, origin, &c));
    p.path.hash[5].b[7] ^= 1;
    p.path.count--;
    assert_err(ERR_INVALID, proof_verify(&p, buf_view(&entry), &key, origin, &c));
    p.path.count++;
    assert_ok(proof_verify(&p, buf_view(&entry), &key, origin, &c));
}

/* A file made of a head and the published checkpoint. */
static void with_head(const json_t *vectors, const char *head, struct buf *to)
{
    buf_str(to, head);
    buf_put(to, vectors_text(json_array_get(vectors_get(vectors, "trees"), 1), "checkpoint"));
}

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH "3yxgbRFEFvpgC/NJUVLgnjnovj0OLlUBw1KCZTmr2o4=\n"

static void the_form_is_strict(void **state)
{
    static const char *const bad[] = {
        "",
        HEAD,
        HEAD "\n",
        HEAD "index 0\n",
        HEAD "index 00\n\n",
        HEAD "index -1\n\n",
        HEAD "index 9223372036854775808\n\n",
        HEAD "index  0\n\n",
        HEAD "extra\nindex 0\n\n",
        HEAD "extra \nindex 0\n\n",
        HEAD "extra Zg=\nindex 0\n\n",
        HEAD "index 0\nextra Zg==\n\n",
        HEAD "extra Zg==\nextra Zg==\nindex 0\n\n",
        HEAD "index 0\n" HASH,
        HEAD "index 0\n" HASH "x\n\n",
        HEAD "index 0\n " HASH "\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n",
        "\nc2sp.org/tlog-proof@v1\nindex 0\n\n",
    };
    struct proof p;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CLEANUP(buf_free) struct buf b = BUF(10000);
        with_head(*state, bad[i], &b);
        assert_err(ERR_INVALID, proof_parse(buf_view(&b), &p));
    }
    CLEANUP(buf_free) struct buf good = BUF(10000);
    with_head(*state, HEAD "extra Zm9v\nindex 7\n" HASH HASH "\n", &good);
    assert_ok(proof_parse(buf_view(&good), &p));
    assert_true(view_equal(p.extra, view_text("Zm9v")));
    assert_int_equal(p.path.count, 2);
    CLEANUP(buf_free) struct buf again = BUF(10000);
    assert_ok(proof_format(&p, &again));
    assert_true(view_equal(buf_view(&again), buf_view(&good)));
    assert_err(ERR_INVALID, proof_parse(view_of(good.p, good.len - 1), &p));
    assert_err(ERR_INVALID, proof_parse(view_text(HEAD "index 0\n\n"), &p));
}

static void paths_have_a_limit(void **state)
{
    CLEANUP(buf_free) struct buf b = BUF(10000);
    struct proof p;
    buf_str(&b, HEAD "index 0\n");
    for (int i = 0; i < MERKLE_PROOF_MAX; i++)
        buf_str(&b, HASH);
    CLEANUP(buf_free) struct buf more = BUF(10000);
    buf_put(&more, buf_view(&b));
    with_head(*state, "\n", &b);
    assert_ok(proof_parse(buf_view(&b), &p));
    with_head(*state, HASH "\n", &more);
    assert_err(ERR_INVALID, proof_parse(buf_view(&more), &p));
}

/* Fails one allocation after the other, through notes, keys, checkpoints and hashes. */
static void lack_of_memory_is_told(void **state)
{
    json_t *item = json_array_get(vectors_get(*state, "tlog_proofs"), 1);
    CLEANUP(buf_free) struct buf entry = vectors_bytes(item, "entry_hex");
    enum err_kind kind = ERR_NOMEM;
    uint64_t n = 0;
    while (kind != ERR_OK) {
        struct note_key key;
        struct proof p;
        struct checkpoint c;
        CLEANUP(buf_free) struct buf again = BUF(10000);
        mem_fail_at(++n, false);
        kind = note_vkey_parse(vectors_text(vectors_get(*state, "key"), "vkey"), &key).kind;
        if (kind == ERR_OK)
            kind = proof_parse(vectors_text(item, "tlog_proof"), &p).kind;
        if (kind == ERR_OK)
            kind = proof_verify(&p, buf_view(&entry), &key, view_text(VECTORS_ORIGIN), &c).kind;
        if (kind == ERR_OK)
            kind = proof_format(&p, &again).kind;
        mem_fail_at(0, false);
        assert_true(kind == ERR_OK || kind == ERR_NOMEM);
    }
    assert_true(n > 20);
}

static void nothing_wrong_is_written(void **state)
{
    CLEANUP(buf_free) struct buf b = BUF(10000);
    struct proof p = {.checkpoint = vectors_text(json_array_get(vectors_get(*state, "trees"), 1), "checkpoint")};
    assert_ok(proof_format(&p, &b));
    p.extra = view_text("not base64");
    assert_err(ERR_INVALID, proof_format(&p, &b));
    p.extra = view_text("");
    p.checkpoint = view_text("not a note");
    assert_err(ERR_INVALID, proof_format(&p, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_proofs_verify_and_are_written_the_same),
        cmocka_unit_test(a_proof_of_something_else_fails),
        cmocka_unit_test(the_form_is_strict),
        cmocka_unit_test(paths_have_a_limit),
        cmocka_unit_test(lack_of_memory_is_told),
        cmocka_unit_test(nothing_wrong_is_written),
    };
    return cmocka_run_group_tests_name("proof", tests, vectors_setup, vectors_teardown);
}
