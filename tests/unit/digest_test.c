#include "testing.h"

#include "digest.h"

static struct hash from_hex(const char *hex)
{
    struct hash h;
    assert_true(hex_decode(h.b, sizeof h.b, view_text(hex)));
    return h;
}

/* FIPS 180-4 and RFC 6234. */
static void hashes_as_published(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hash;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hash expected = from_hex(cases[i].hash), real = digest_of(view_text(cases[i].text));
        assert_true(hash_equal(&expected, &real));
    }
}

static void pieces_hash_as_the_whole(void **state)
{
    (void)state;
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    struct hash whole = digest_of(view_of(bytes, sizeof bytes));
    for (size_t cut = 0; cut < sizeof bytes; cut++) {
        struct digest d;
        digest_begin(&d);
        digest_add(&d, view_of(bytes, cut));
        digest_add_u8(&d, bytes[cut]);
        digest_add(&d, view_of(bytes + cut + 1, sizeof bytes - cut - 1));
        struct hash h = digest_end(&d);
        assert_true(hash_equal(&whole, &h));
    }
}

static void hashes_are_ordered_as_bytes(void **state)
{
    (void)state;
    struct hash low = {{1}}, high = {{1, [31] = 1}};
    assert_true(hash_order(&low, &high) < 0);
    assert_true(hash_order(&high, &low) > 0);
    assert_int_equal(hash_order(&low, &low), 0);
    assert_false(hash_equal(&low, &high));
}

/* RFC 8032 section 7.1, tests 1 and 2. */
static void assert_signed(bool wanted, const uint8_t *key, struct view message, const uint8_t *signature)
{
    bool good = !wanted;
    assert_ok(digest_signed(key, message, signature, &good));
    assert_int_equal(good, wanted);
}

static void signatures_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *key, *message, *signature;
    } cases[] = {
        {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
         "24655141"
         "438e7a100b"},
        {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
         "eeb00d29"
         "1612bb0c00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[DIGEST_KEY_BYTES], signature[DIGEST_SIGNATURE_BYTES];
        assert_true(hex_decode(key, sizeof key, view_text(cases[i].key)));
        assert_true(hex_decode(signature, sizeof signature, view_text(cases[i].signature)));
        assert_signed(true, key, view_text(cases[i].message), signature);
        assert_signed(false, key, view_text("another message"), signature);
        for (size_t bit = 0; bit < 8 * sizeof signature; bit += 5) {
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_signed(false, key, view_text(cases[i].message), signature);
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        key[3] ^= 1;
        assert_signed(false, key, view_text(cases[i].message), signature);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_published),
        cmocka_unit_test(pieces_hash_as_the_whole),
        cmocka_unit_test(hashes_are_ordered_as_bytes),
        cmocka_unit_test(signatures_are_checked),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
