#include "vectors.h"

#include <openssl/evp.h>

#include "note.h"

static const char example_vkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char example_text[] = "This is an example message.\n";
static const char example_line[] =
    "\xe2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

static struct note_key example_key(void)
{
    struct note_key key;
    assert_ok(note_vkey_parse(view_text(example_vkey), &key));
    return key;
}

/* c2sp.org/signed-note. */
static void the_specifications_example_verifies(void **state)
{
    (void)state;
    struct note_key key = example_key();
    CLEANUP(buf_free) struct buf b = BUF(1000);
    buf_fmt(&b, "%s\n%s", example_text, example_line);
    struct note n;
    assert_ok(note_parse(buf_view(&b), &n));
    assert_true(view_equal(n.text, view_text(example_text)));
    assert_int_equal(n.line_count, 1);
    assert_ok(note_verify(&n, &key));
    b.p[3] ^= 1;
    assert_err(ERR_INVALID, note_verify(&n, &key));
}

static void text_and_signature_make_the_note(void **state)
{
    (void)state;
    struct note_key key = example_key();
    CLEANUP(buf_free) struct buf b = BUF(1000);
    CLEANUP(buf_free) struct buf blob = BUF(1000);
    CLEANUP(buf_free) struct buf made = BUF(1000);
    buf_fmt(&b, "%s\n%s", example_text, example_line);
    struct note n;
    assert_ok(note_parse(buf_view(&b), &n));
    assert_true(base64_decode(&blob, n.lines[0].blob));
    assert_ok(note_assemble(n.text, &key, blob.p + NOTE_KEY_ID_BYTES, &made));
    assert_true(view_equal(buf_view(&made), buf_view(&b)));
    blob.p[20] ^= 1;
    assert_err(ERR_INVALID, note_assemble(n.text, &key, blob.p + NOTE_KEY_ID_BYTES, &made));
    assert_err(ERR_INVALID, note_assemble(view_text("no newline"), &key, blob.p, &made));
}

static void vkeys_come_back_as_they_were(void **state)
{
    json_t *key = vectors_get(*state, "key");
    struct note_key k, made;
    assert_ok(note_vkey_parse(vectors_text(key, "vkey"), &k));
    assert_int_equal(k.type, NOTE_ED25519);
    struct hash public = vectors_hex(key, "public_hex");
    assert_memory_equal(k.key, public.b, sizeof k.key);
    assert_true(view_equal(view_text(k.name), vectors_text(key, "name")));
    CLEANUP(buf_free) struct buf text = BUF(1000);
    note_vkey_format(&k, &text);
    assert_true(view_equal(buf_view(&text), vectors_text(key, "vkey")));
    assert_ok(note_key_make(vectors_text(key, "name"), NOTE_ED25519, public.b, &made));
    assert_memory_equal(made.id, k.id, sizeof k.id);
    buf_clear(&text);
    buf_hex(&text, view_of(made.id, sizeof made.id));
    assert_true(view_equal(buf_view(&text), vectors_text(key, "key_id_hex")));
    size_t i;
    json_t *witness;
    json_array_foreach(vectors_get(*state, "witnesses"), i, witness)
    {
        assert_ok(note_vkey_parse(vectors_text(witness, "vkey"), &k));
        assert_int_equal(k.type, NOTE_COSIGNATURE);
        buf_clear(&text);
        note_vkey_format(&k, &text);
        assert_true(view_equal(buf_view(&text), vectors_text(witness, "vkey")));
    }
    assert_int_equal(i, 2);
}

static void wrong_vkeys_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "+",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  /* id of another key */
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  /* another name */
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  /* capitals */
        "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",   /* seven digits */
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",   /* cut */
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=", /* padding */
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* type 2 */
    };
    struct note_key key;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_err(ERR_INVALID, note_vkey_parse(view_text(bad[i]), &key));
}

static void names_have_no_spaces_and_no_plus(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "log.example/a-b_c", "caf\xc3\xa9.example", "\xe2\x80\x8b",
                                       "\xf0\x9f\x8c\xb1"};
    static const char *const bad[] = {"",
                                      "a b",
                                      "a+b",
                                      "a\tb",
                                      "a\x01"
                                      "b",
                                      "a\xc2\x85",
                                      "\xc2\xa0"
                                      "b",
                                      "\xe1\x9a\x80",
                                      "\xe2\x80\x80",
                                      "\xe2\x80\x8a",
                                      "\xe2\x80\xa8",
                                      "\xe2\x80\xa9",
                                      "\xe2\x80\xaf",
                                      "\xe2\x81\x9f",
                                      "\xe3\x80\x80",
                                      "a\xff",
                                      "\xc3"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(note_name_ok(view_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(note_name_ok(view_text(bad[i])));
    char name[LIMIT_KEY_NAME_BYTES + 2];
    memset(name, 'a', sizeof name);
    struct note_key key;
    assert_ok(note_key_make(view_of(name, LIMIT_KEY_NAME_BYTES), NOTE_ED25519, (const uint8_t[32]){0}, &key));
    assert_int_equal(strlen(key.name), LIMIT_KEY_NAME_BYTES);
    assert_err(ERR_LIMIT,
               note_key_make(view_of(name, LIMIT_KEY_NAME_BYTES + 1), NOTE_ED25519, (const uint8_t[32]){0}, &key));
    assert_err(ERR_INVALID, note_key_make(view_text("a b"), NOTE_ED25519, (const uint8_t[32]){0}, &key));
}

#define DASH "\xe2\x80\x94 "

static void malformed_notes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text" DASH "a AAAAAAA=\n",
        "text\n\n" DASH "a AAAAAAA=",
        "text\n\n" DASH "a AAAAAAA=\n\n",
        "text\n\n" DASH "a AAAAAAA=\nx\n",
        "text\n\n" DASH "a  AAAAAAA=\n",
        "text\n\n" DASH "a AAAAAAA= \n",
        "text\n\n" DASH " AAAAAAA=\n",
        "text\n\n" DASH "a\n",
        "text\n\n" DASH "a AAAAAA==\n", /* the key id alone */
        "text\n\n" DASH "a AAAAAAA\n",
        "text\n\n" DASH "a+b AAAAAAA=\n",
        "text\n\n\xe2\x80\x93 a AAAAAAA=\n",
        "text\n\n\xe2\x80\x94"
        "a AAAAAAA=\n",
        "text\r\n\n" DASH "a AAAAAAA=\n",
        "te\xffxt\n\n" DASH "a AAAAAAA=\n",
    };
    struct note n;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_err(ERR_INVALID, note_parse(view_text(bad[i]), &n));
    assert_ok(note_parse(view_text("text\n\n" DASH "a AAAAAAA=\n"), &n));
    /* The text may hold empty lines; the last one ends it. */
    assert_ok(note_parse(view_text("one\n\ntwo\n\n" DASH "a AAAAAAA=\n"), &n));
    assert_true(view_equal(n.text, view_text("one\n\ntwo\n")));
}

static void limits_hold(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(4u << 20);
    struct note n;
    buf_str(&b, "text\n\n");
    for (unsigned i = 0; i < LIMIT_NOTE_LINES; i++)
        buf_str(&b, DASH "a AAAAAAA=\n");
    assert_ok(note_parse(buf_view(&b), &n));
    assert_int_equal(n.line_count, LIMIT_NOTE_LINES);
    buf_str(&b, DASH "a AAAAAAA=\n");
    assert_err(ERR_LIMIT, note_parse(buf_view(&b), &n));
    buf_clear(&b);
    memset(buf_space(&b, LIMIT_NOTE_BYTES), 'a', LIMIT_NOTE_BYTES);
    buf_str(&b, "\n\n" DASH "a AAAAAAA=\n");
    assert_err(ERR_LIMIT, note_parse(buf_view(&b), &n));
}

/* Two lines of one key, of which one is bad; a line with the right name and another id; the right id and another name.
 */
static void only_lines_of_the_key_count(void **state)
{
    (void)state;
    struct note_key key = example_key();
    CLEANUP(buf_free) struct buf b = BUF(4000);
    struct note n;
    buf_fmt(&b, "%s\n" DASH "example.com/foo AAAAAAA=\n" DASH "example.com/bar Uw2QOgA=\n%s", example_text,
            example_line);
    assert_ok(note_parse(buf_view(&b), &n));
    assert_ok(note_verify(&n, &key));
    buf_str(&b, DASH "example.com/foo Uw2QOgA=\n");
    assert_ok(note_parse(buf_view(&b), &n));
    assert_err(ERR_INVALID, note_verify(&n, &key));
    buf_clear(&b);
    buf_fmt(&b, "%s\n" DASH "example.com/foo AAAAAAA=\n", example_text);
    assert_ok(note_parse(buf_view(&b), &n));
    assert_err(ERR_INVALID, note_verify(&n, &key));
}

static void witnesses_lines_verify_with_their_keys(void **state)
{
    struct note n;
    struct note_key log_key, key;
    assert_ok(note_parse(vectors_text(*state, "cosigned_checkpoint"), &n));
    assert_int_equal(n.line_count, 3);
    assert_ok(note_vkey_parse(vectors_text(vectors_get(*state, "key"), "vkey"), &log_key));
    assert_ok(note_verify(&n, &log_key));
    uint64_t time;
    assert_err(ERR_INVALID, note_verify_witness(&n, &log_key, &time));
    static const uint64_t times[] = {1700000000, 1700000060};
    size_t i;
    json_t *witness;
    json_array_foreach(vectors_get(*state, "witnesses"), i, witness)
    {
        assert_ok(note_vkey_parse(vectors_text(witness, "vkey"), &key));
        assert_ok(note_verify_witness(&n, &key, &time));
        assert_int_equal(time, times[i]);
        assert_err(ERR_INVALID, note_verify(&n, &key));
        key.key[0] ^= 1;
        assert_err(ERR_INVALID, note_verify_witness(&n, &key, &time));
    }
}

/* The first witness of the vectors signs, as it would, for a time. */
static void sign_for(struct view text, uint64_t time, const struct note_key *key, struct buf *to)
{
    uint8_t seed[32], signature[DIGEST_SIGNATURE_BYTES];
    size_t len = sizeof signature;
    memset(seed, 0xa1, sizeof seed);
    CLEANUP(buf_free) struct buf message = BUF(1000);
    CLEANUP(buf_free) struct buf blob = BUF(1000);
    buf_fmt(&message, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
    buf_put(&message, text);
    EVP_PKEY *secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, secret), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature, &len, message.p, message.len), 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(secret);
    buf_bytes(&blob, key->id, sizeof key->id);
    buf_u64(&blob, time);
    buf_bytes(&blob, signature, sizeof signature);
    buf_fmt(to, DASH "%s ", key->name);
    buf_base64(to, buf_view(&blob));
    buf_str(to, "\n");
}

static void the_newest_of_a_witnesses_times_counts_and_has_63_bits(void **state)
{
    struct note_key key;
    struct note n;
    uint64_t time;
    assert_ok(note_vkey_parse(vectors_text(json_array_get(vectors_get(*state, "witnesses"), 0), "vkey"), &key));
    CLEANUP(buf_free) struct buf b = BUF(4000);
    buf_str(&b, "text\n\n");
    sign_for(view_text("text\n"), 5, &key, &b);
    sign_for(view_text("text\n"), INT64_MAX, &key, &b);
    sign_for(view_text("text\n"), 7, &key, &b);
    assert_ok(note_parse(buf_view(&b), &n));
    assert_ok(note_verify_witness(&n, &key, &time));
    assert_true(time == INT64_MAX);
    sign_for(view_text("text\n"), (uint64_t)INT64_MAX + 1, &key, &b);
    assert_ok(note_parse(buf_view(&b), &n));
    assert_err(ERR_INVALID, note_verify_witness(&n, &key, &time));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_specifications_example_verifies),
        cmocka_unit_test(text_and_signature_make_the_note),
        cmocka_unit_test(vkeys_come_back_as_they_were),
        cmocka_unit_test(wrong_vkeys_are_refused),
        cmocka_unit_test(names_have_no_spaces_and_no_plus),
        cmocka_unit_test(malformed_notes_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(only_lines_of_the_key_count),
        cmocka_unit_test(witnesses_lines_verify_with_their_keys),
        cmocka_unit_test(the_newest_of_a_witnesses_times_counts_and_has_63_bits),
    };
    return cmocka_run_group_tests_name("note", tests, vectors_setup, vectors_teardown);
}
