#include "testing.h"

#include "secret.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define LOCKS 0 /* a sanitizer lets mlock do nothing */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKS 0
#endif
#endif
#ifndef LOCKS
#define LOCKS 1
#endif

static const uint8_t key[KEY_BYTES] = {1}, nonce[NONCE_BYTES] = {2};

static void what_was_sealed_opens_with_its_key_and_data_only(void **state)
{
    (void)state;
    uint8_t sealed[5 + SEAL_OVERHEAD], plain[5] = {0}, other[KEY_BYTES] = {3};
    secret_seal(sealed, key, nonce, view_text("place 1"), view_text("value"));
    assert_true(secret_open(plain, key, view_text("place 1"), view_of(sealed, sizeof sealed)));
    assert_memory_equal(plain, "value", 5);
    assert_false(secret_open(plain, key, view_text("place 2"), view_of(sealed, sizeof sealed)));
    assert_false(secret_open(plain, other, view_text("place 1"), view_of(sealed, sizeof sealed)));
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 0x80;
        assert_false(secret_open(plain, key, view_text("place 1"), view_of(sealed, sizeof sealed)));
        sealed[i] ^= 0x80;
        assert_false(secret_open(plain, key, view_text("place 1"), view_of(sealed, i)));
    }
    assert_memory_equal(plain, "\0\0\0\0\0", 5); /* nothing of what does not open stays behind */
}

/* draft-irtf-cfrg-xchacha-03, appendix A.3.1. */
static void sealing_is_the_published_cipher(void **state)
{
    (void)state;
    static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    uint8_t k[KEY_BYTES], n[NONCE_BYTES], ad[12], sealed[114 + SEAL_OVERHEAD], tag[TAG_BYTES];
    assert_true(hex_decode(k, sizeof k, view_text("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")));
    assert_true(hex_decode(n, sizeof n, view_text("404142434445464748494a4b4c4d4e4f5051525354555657")));
    assert_true(hex_decode(ad, sizeof ad, view_text("50515253c0c1c2c3c4c5c6c7")));
    assert_true(hex_decode(tag, sizeof tag, view_text("c0875924c1c7987947deafd8780acf49")));
    secret_seal(sealed, k, n, view_of(ad, sizeof ad), view_of(text, 114));
    assert_memory_equal(sealed + sizeof sealed - TAG_BYTES, tag, TAG_BYTES);
    assert_memory_equal(sealed + 2, n, NONCE_BYTES);
}

static void derived_keys_differ_by_label_and_tokens_by_key(void **state)
{
    (void)state;
    uint8_t a[KEY_BYTES], b[KEY_BYTES], t[TOKEN_BYTES], u[TOKEN_BYTES];
    secret_kdf(a, key, view_text("one"));
    secret_kdf(b, key, view_text("two"));
    assert_memory_not_equal(a, b, KEY_BYTES);
    secret_token(t, a, view_text("value"));
    secret_token(u, b, view_text("value"));
    assert_memory_not_equal(t, u, TOKEN_BYTES);
    assert_true(secret_equal(a, a, KEY_BYTES));
    assert_false(secret_equal(a, b, KEY_BYTES));
}

static void wiping_leaves_zeros(void **state)
{
    (void)state;
    uint8_t p[64], zero[64] = {0};
    secret_random(p, sizeof p);
    secret_wipe(p, sizeof p);
    assert_memory_equal(p, zero, sizeof p);
    void *region = NULL;
    secret_unlock(&region, 4096); /* nothing there: nothing done */
    assert_ok(secret_lock(4096, &region));
    memset(region, 7, 4096);
    secret_unlock(&region, 4096);
    assert_null(region);
}

static long field(const char *file, const char *name)
{
    FILE *f = fopen(file, "r");
    char line[256];
    long value = -1;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), ": %ld", &value);
    if (f)
        fclose(f);
    return value;
}

static void keys_lie_in_locked_memory(void **state)
{
    (void)state;
    if (!LOCKS)
        return;
    long before = field("/proc/self/status", "VmLck");
    void *region;
    assert_ok(secret_lock(65536, &region));
    assert_int_equal(field("/proc/self/status", "VmLck"), before + 64);
    secret_unlock(&region, 65536);
    assert_int_equal(field("/proc/self/status", "VmLck"), before);
}

static void a_child_gets_zeros_instead_of_keys(void **state)
{
    (void)state;
    void *region;
    assert_ok(secret_lock(4096, &region));
    memset(region, 7, 4096);
    pid_t child = fork();
    if (child == 0)
        _exit(((uint8_t *)region)[100] == 0 ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    secret_unlock(&region, 4096);
}

static void memory_that_may_not_be_locked_is_an_error_that_says_how_to_mend_it(void **state)
{
    (void)state;
    if (!LOCKS)
        return;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        void *region = NULL;
        /* Root may lock whatever the limit says. */
        bool set = setrlimit(RLIMIT_MEMLOCK, &none) == 0 && (geteuid() != 0 || setuid(65534) == 0);
        err e = secret_lock(4096, &region);
        bool said = e.kind == ERR_IO && strstr(err_text()->todo, "ulimit -l 1024") && strstr(err_text()->what, "4 KB");
        _exit(set && said && !region ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void signatures_are_those_of_rfc_8032(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], expected[32], signature[SIGNATURE_BYTES], expected_signature[SIGNATURE_BYTES];
    assert_true(hex_decode(seed, 32, view_text("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
    assert_true(hex_decode(expected, 32, view_text("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")));
    assert_true(hex_decode(expected_signature, 64, view_text("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb88"
                                                             "21590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")));
    secret_sign_key(seed, public_key);
    secret_sign(signature, seed, view_text(""));
    assert_memory_equal(public_key, expected, 32);
    assert_memory_equal(signature, expected_signature, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens_with_its_key_and_data_only),
        cmocka_unit_test(sealing_is_the_published_cipher),
        cmocka_unit_test(derived_keys_differ_by_label_and_tokens_by_key),
        cmocka_unit_test(wiping_leaves_zeros),
        cmocka_unit_test(keys_lie_in_locked_memory),
        cmocka_unit_test(a_child_gets_zeros_instead_of_keys),
        cmocka_unit_test(memory_that_may_not_be_locked_is_an_error_that_says_how_to_mend_it),
        cmocka_unit_test(signatures_are_those_of_rfc_8032),
    };
    if (secret_start().kind != ERR_OK)
        return 1;
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
