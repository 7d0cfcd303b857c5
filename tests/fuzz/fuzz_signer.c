/* The signer: signing_parse(), whose file has one form, and signing_handle(): it signs what extends the log and nothing else, and keeps what
 * it signed.
 *
 * Input: mode u8.  0: a file.  1: a request.  2: old size u8, new size u8, then what is changed in the honest request: (place u16, xor u8)... */
#include "signer_int.h"

#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 256 };

static struct signing s;
static struct hash leaves[LEAVES];
static struct buf request, answer;

static void end(void)
{
    char command[LIMIT_PATH_BYTES + 16];
    signing_end(&s);
    buf_free(&request);
    buf_free(&answer);
    snprintf(command, sizeof command, "rm -rf %s", s.dir);
    CHECK(system(command) == 0);
}

static void prepare(void)
{
    CHECK(secret_start().kind == ERR_OK && signing_begin(&s).kind == ERR_OK);
    snprintf(s.dir, sizeof s.dir, "/tmp/candour-test-XXXXXX");
    CHECK(mkdtemp(s.dir));
    snprintf(s.name, sizeof s.name, "slot.signer");
    request = answer = BUF(SIGNER_FILE_BYTES * 2);
    for (uint8_t i = 0; i < LEAVES - 1; i++)
        leaves[i] = merkle_leaf(view_of(&i, 1));
    atexit(end);
}

static void check_file(struct view text)
{
    if (!signing_parse(&s, text))
        return;
    buf_clear(&answer);
    signing_put(&s, &answer);
    CHECK(view_equal(buf_view(&answer), text));
}

/* As after signing the log's first `size` entries. */
static void signed_before(uint64_t size)
{
    memset(s.secrets->seed, 7, sizeof s.secrets->seed);
    snprintf(s.origin, sizeof s.origin, "union.example/log");
    s.size = size;
    s.root = merkle_root(leaves, (size_t)size);
}

static void check_request(struct view bytes)
{
    struct server_caller caller = {0};
    struct signing was = s;
    buf_clear(&answer);
    err e = signing_handle(&s, &caller, bytes, &answer);
    CHECK(e.kind == ERR_OK || e.kind == ERR_INTERNAL || e.kind == ERR_CONFLICT);
    if (e.kind != ERR_OK || bytes.p[0] == SIGNER_STATUS) {
        CHECK(s.size == was.size && hash_equal(&s.root, &was.root));
        return;
    }
    /* It extends, and so its root is that of the tree that goes on: there is no other of that size. */
    CHECK(answer.len == SIGNATURE_BYTES && s.size >= was.size && s.size <= MERKLE_SIZE_MAX);
    CHECK(s.size != was.size || hash_equal(&s.root, &was.root));
}

static void check_honest(uint64_t old_size, uint64_t size, struct rd edits)
{
    struct merkle_array array = {leaves, LEAVES};
    struct merkle_proof proof = {0};
    struct hash root = merkle_root(leaves, (size_t)size);
    bool extends = old_size <= size;
    signed_before(old_size);
    if (extends)
        CHECK(merkle_prove_consistency(merkle_array_reader(&array), old_size, size, &proof).kind == ERR_OK);
    buf_clear(&request);
    buf_u8(&request, SIGNER_SIGN);
    buf_u64(&request, size);
    buf_put(&request, hash_view(&root));
    buf_u8(&request, (uint8_t)proof.count);
    for (size_t i = 0; i < proof.count; i++)
        buf_put(&request, hash_view(&proof.hash[i]));
    bool changed = false;
    while (edits.len >= 3) {
        size_t at = 1 + rd_u16(&edits) % (request.len - 1);
        uint8_t with = rd_u8(&edits);
        request.p[at] ^= with;
        changed = changed || with;
    }
    check_request(buf_view(&request));
    CHECK(changed || (s.size == size) == extends);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!s.secrets)
        prepare();
    if (size < 3)
        return 0;
    switch (data[0]) {
    case 0:
        check_file(view_of(data + 1, size - 1));
        break;
    case 1:
        signed_before(5);
        check_request(view_of(data + 1, size - 1));
        break;
    default:
        check_honest(data[1], data[2], rd_of(view_of(data + 3, size - 3)));
    }
    return 0;
}
