/* The keeper and the register against tests/data/format-vectors.json, which was made without them (docs/format.md). */
#include "testing.h"
#include "vectors.h"

#include "cell.h"
#include "commitment.h"
#include "facts.h"
#include "match.h"
#include "ops.h"
#include "person.h"
#include "slot.h"
#include "text.h"
#include "vault.h"

#include <unistd.h>

enum { KEYS_BYTES = CELL_KEYS_PER_BLOB * KEY_BYTES, BLOB_BYTES = KEYS_BYTES + SEAL_OVERHEAD };

static struct {
    json_t *file;
    char dir[64];
    struct ops_state state;
    struct ops_channel channel;
    uint8_t org[ORG_BYTES], root[KEY_BYTES], epoch_key[KEY_BYTES];
    uint8_t blobs[3][BLOB_BYTES]; /* by kind - 1 */
    uint32_t blob_no[3];
} w;

static void bytes_of(const json_t *object, const char *key, uint8_t *to, size_t len)
{
    assert_true(hex_decode(to, len, vectors_text(object, key)));
}

static void assert_view(const json_t *object, const char *key, struct view is)
{
    CLEANUP(buf_free) struct buf expected = vectors_bytes(object, key);
    assert_int_equal(expected.len, is.len);
    assert_memory_equal(expected.p ? expected.p : is.p, is.p, is.len);
}

static int64_t number_at(const json_t *list, size_t i)
{
    assert_true(json_is_integer(json_array_get(list, i)));
    return json_integer_value(json_array_get(list, i));
}

/* --- the keeper of the vectors' slot --- */

/* Its keys are BLAKE2b of names, as the vectors' maker has them; what is sealed then has the hash that the file says. */
static void make_blob(const json_t *v)
{
    static uint8_t keys[KEYS_BYTES];
    unsigned kind = (unsigned)vectors_number(v, "kind"), blob = (unsigned)vectors_number(v, "blob");
    assert_in_range(kind, 1, 3);
    for (unsigned i = 0; i < CELL_KEYS_PER_BLOB; i++) {
        char name[80];
        snprintf(name, sizeof name, "format vector: cell key %u %u", kind, blob * CELL_KEYS_PER_BLOB + i);
        secret_sum(keys + (size_t)i * KEY_BYTES, view_text(name));
    }
    uint8_t nonce[NONCE_BYTES];
    bytes_of(v, "nonce", nonce, sizeof nonce);
    CLEANUP(buf_free) struct buf ad = vectors_bytes(v, "ad");
    secret_seal(w.blobs[kind - 1], w.epoch_key, nonce, buf_view(&ad), view_of(keys, sizeof keys));
    w.blob_no[kind - 1] = blob;
    struct hash sum = digest_of(view_of(w.blobs[kind - 1], BLOB_BYTES));
    assert_view(v, "sha256", hash_view(&sum));
}

static err ask(struct buf *request, struct buf *answer)
{
    assert_ok(buf_ok(request));
    buf_clear(answer);
    return ops_handle(&w.state, &w.channel, buf_view(request), answer);
}

static void begin(struct buf *request, enum keeper_op op, unsigned kind, uint32_t no, struct view sealed)
{
    assert_int_equal(no / CELL_KEYS_PER_BLOB, w.blob_no[kind - 1]);
    buf_clear(request);
    buf_u8(request, (uint8_t)op);
    buf_u32(request, no);
    buf_block(request, view_of(w.blobs[kind - 1], BLOB_BYTES));
    buf_block(request, sealed);
}

static void greet(void)
{
    const json_t *ring = vectors_get(w.file, "ring");
    CLEANUP(buf_free) struct buf request = BUF(4096), answer = BUF(4096), sealed = vectors_bytes(ring, "sealed");
    buf_u8(&request, KEEPER_HELLO);
    buf_bytes(&request, w.org, ORG_BYTES);
    buf_u64(&request, w.state.epochs[0]);
    buf_block(&request, buf_view(&sealed));
    buf_u64(&request, 1529049600);
    assert_ok(ask(&request, &answer));
    assert_int_equal(answer.p[0], 1); /* practice */
}

static int setup(void **state)
{
    void *file = NULL;
    if (secret_start().kind != ERR_OK)
        return -1;
    json_error_t problem;
    file = json_load_file(TEST_DATA "/format-vectors.json", 0, &problem);
    if (!file)
        return -1;
    *state = w.file = file;
    snprintf(w.dir, sizeof w.dir, "/tmp/format_test.XXXXXX");
    if (!mkdtemp(w.dir))
        return -1;
    const json_t *slot = json_array_get(vectors_get(vectors_get(w.file, "slots"), "one"), 0);
    bytes_of(w.file, "organisation", w.org, sizeof w.org);
    uint8_t roots[2][KEY_BYTES] = {{0}};
    bytes_of(slot, "root", w.root, sizeof w.root);
    memcpy(roots[0], w.root, KEY_BYTES);
    secret_kdf(w.epoch_key, w.root, view_text("candour epoch v1"));
    memcpy(w.state.org, w.org, ORG_BYTES);
    w.state.practice = true;
    w.state.epochs[0] = vectors_number(w.file, "epoch");
    w.state.counters.dir = w.dir;
    w.state.counters.name = "counters";
    return ops_start(&w.state, (const uint8_t(*)[KEY_BYTES])roots).kind == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char path[96];
    ops_end(&w.state);
    json_decref(w.file);
    snprintf(path, sizeof path, "%s/counters", w.dir);
    unlink(path);
    return rmdir(w.dir);
}

/* --- sections 1 and 2 --- */

static void primitives_give_what_other_libraries_give(void **state)
{
    (void)state;
    size_t i;
    const json_t *v;
    json_array_foreach(vectors_get(w.file, "seal"), i, v) {
        uint8_t key[KEY_BYTES], nonce[NONCE_BYTES], out[256];
        CLEANUP(buf_free) struct buf ad = vectors_bytes(v, "ad"), plain = vectors_bytes(v, "plain"), sealed = vectors_bytes(v, "sealed");
        bytes_of(v, "key", key, sizeof key);
        bytes_of(v, "nonce", nonce, sizeof nonce);
        secret_seal(out, key, nonce, buf_view(&ad), buf_view(&plain));
        assert_view(v, "sealed", view_of(out, plain.len + SEAL_OVERHEAD));
        assert_true(secret_open(out, key, buf_view(&ad), buf_view(&sealed)));
        assert_view(v, "plain", view_of(out, plain.len));
        for (size_t at = 0; at < sealed.len; at++) {
            sealed.p[at] ^= 1;
            assert_false(secret_open(out, key, buf_view(&ad), buf_view(&sealed)));
            sealed.p[at] ^= 1;
        }
    }
    json_array_foreach(vectors_get(w.file, "kdf"), i, v) {
        uint8_t key[KEY_BYTES], out[KEY_BYTES];
        CLEANUP(buf_free) struct buf label = vectors_bytes(v, "label");
        bytes_of(v, "key", key, sizeof key);
        secret_kdf(out, key, buf_view(&label));
        assert_view(v, "out", view_of(out, sizeof out));
    }
    json_array_foreach(vectors_get(w.file, "sum"), i, v) {
        uint8_t out[32];
        CLEANUP(buf_free) struct buf bytes = vectors_bytes(v, "bytes");
        secret_sum(out, buf_view(&bytes));
        assert_view(v, "out", view_of(out, sizeof out));
    }
}

static void slots_are_read_written_and_joined(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t slots;
    } all[] = {{"one", 1}, {"two", 2}, {"two_with_passphrase", 2}};
    for (size_t n = 0; n < sizeof all / sizeof all[0]; n++) {
        const json_t *list = vectors_get(vectors_get(w.file, "slots"), all[n].name), *first = json_array_get(list, 0), *v = NULL;
        struct slot_record slots[2][2];
        size_t i, older = all[n].slots - 1;
        json_array_foreach(list, i, v) {
            static uint8_t file[SLOT_FILE_BYTES];
            uint8_t again[SLOT_RECORD_BYTES];
            const struct slot_record *a = &slots[i][0];
            bytes_of(v, "a", file, SLOT_RECORD_BYTES);
            bytes_of(v, "b", file + SLOT_RECORD_STEP, SLOT_RECORD_BYTES);
            assert_ok(slot_decode(view_of(file, sizeof file), slots[i]));
            assert_int_equal(a->epoch, vectors_number(v, "epoch"));
            assert_int_equal(slots[i][1].epoch, older ? 7 : 0);
            assert_int_equal(a->practice, json_is_true(vectors_get(v, "practice")));
            assert_int_equal(a->share_no, i);
            assert_int_equal(a->share_count, all[n].slots);
            assert_int_equal(a->lock.set, n == 2);
            assert_memory_equal(a->org, w.org, ORG_BYTES);
            slot_encode(a, again);
            assert_memory_equal(again, file, sizeof again);
        }
        uint8_t roots[2][KEY_BYTES], share[KEY_BYTES];
        uint64_t epochs[2];
        assert_ok(slot_roots(slots, all[n].slots, epochs, roots));
        assert_int_equal(epochs[older], older ? 8 : 7);
        assert_int_equal(epochs[1 - older], older ? 7 : 0);
        const char *passphrase = n == 2 ? json_string_value(json_object_get(first, "passphrase")) : "";
        assert_ok(slot_lock_open(&slots[0][0].lock, view_text(passphrase), share));
        if (n == 2)
            assert_view(first, "stretched", view_of(share, KEY_BYTES));
        for (size_t k = 0; k < KEY_BYTES; k++)
            roots[older][k] ^= share[k];
        assert_view(first, "root", view_of(roots[older], KEY_BYTES));
    }
}

/* --- sections 4 and 5 --- */

static void facts_are_read_and_written_byte_for_byte(void **state)
{
    (void)state;
    const json_t *v = vectors_get(w.file, "facts"), *choice = json_array_get(vectors_get(v, "choices"), 1);
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf bytes = vectors_bytes(v, "bytes"), again = BUF(4096);
    struct facts f;
    assert_ok(facts_decode(a, buf_view(&bytes), &f));
    assert_int_equal(f.marks, vectors_number(v, "marks"));
    assert_int_equal(f.word, vectors_number(v, "word"));
    assert_int_equal(f.word_since, vectors_number(v, "word_since"));
    assert_int_equal(f.alias, vectors_number(v, "alias"));
    assert_int_equal(f.birth, (int32_t)vectors_number(v, "birth"));
    assert_int_equal(f.confirmed, vectors_number(v, "confirmed"));
    assert_int_equal(f.start, DAY_UNKNOWN);
    assert_int_equal(f.oldest_past, vectors_number(v, "oldest_past"));
    assert_int_equal(f.period_count, 2);
    assert_int_equal(f.periods[1].first, 15000);
    assert_int_equal(f.periods[1].end, FACTS_OPEN);
    assert_int_equal(f.source_count, 2);
    assert_int_equal(f.sources[1].state, FACTS_GONE);
    assert_int_equal(f.choice_count, 3);
    assert_int_equal(f.choices[2].kind, FACTS_WITHDRAWAL);
    assert_int_equal(f.choices[1].kind, number_at(choice, 0));
    assert_int_equal(f.choices[1].how, number_at(choice, 1));
    assert_int_equal(f.choices[1].purpose, number_at(choice, 2));
    assert_int_equal(f.choices[1].recipient, number_at(choice, 3));
    assert_int_equal(f.choices[1].until, number_at(choice, 5));
    assert_int_equal(f.hold_count, 1);
    assert_int_equal(f.holds[0].incident, 3);
    assert_true(facts_has_field(&f, 2) && facts_has_field(&f, 3) && facts_has_field(&f, 17) && !facts_has_field(&f, 16));
    assert_ok(facts_encode(&f, &again));
    assert_view(v, "bytes", buf_view(&again));
}

static void a_record_is_read_and_written_byte_for_byte(void **state)
{
    (void)state;
    static const struct field first = {"first_name", "first name", CATEGORY_IDENTITY, TYPE_TEXT, SENSITIVITY_NORMAL, false};
    static const struct field last = {"last_name", "last name", CATEGORY_IDENTITY, TYPE_TEXT, SENSITIVITY_NORMAL, false};
    static const struct field *const by_no[] = {NULL, NULL, &first, &last};
    const struct field_numbers numbers = {by_no, 4};
    const json_t *v = vectors_get(w.file, "record"), *list = vectors_get(v, "fields");
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf bytes = vectors_bytes(v, "bytes"), again = BUF(4096);
    struct person p = {.facts = FACTS_NONE};
    assert_ok(person_decode(a, &numbers, CATEGORY_IDENTITY, buf_view(&bytes), &p));
    assert_int_equal(p.count, json_array_size(list));
    for (size_t i = 0; i < p.count; i++) {
        const json_t *f = json_array_get(list, i);
        CLEANUP(buf_free) struct buf hex = BUF(256);
        buf_hex(&hex, p.values[i].text);
        for (int shift = 56; p.values[i].print && shift >= 0; shift -= 8)
            buf_fmt(&hex, "%02x", (unsigned)(p.values[i].forgotten >> shift & 0xff));
        assert_int_equal(p.values[i].field, number_at(f, 0));
        assert_int_equal(p.values[i].source, number_at(f, 1));
        assert_int_equal(p.values[i].since, number_at(f, 2));
        assert_int_equal(p.values[i].until, number_at(f, 3));
        assert_int_equal(p.values[i].print, number_at(f, 4) == 2);
        assert_string_equal(buf_text(&hex), json_string_value(json_array_get(f, 5)));
    }
    assert_ok(person_encode(&numbers, CATEGORY_IDENTITY, &p, &again));
    assert_view(v, "bytes", buf_view(&again));
}

/* --- what the keeper opens --- */

static void ask_for_person(struct buf *request, uint32_t no, uint8_t place, struct view cell, struct view row)
{
    begin(request, KEEPER_PEOPLE_READ, 1, no, cell);
    buf_u32(request, 1 << 1 | 1 << 2);
    buf_u8(request, KEEPER_WANT_FACTS);
    buf_u16(request, 1);
    buf_u8(request, place);
    buf_block(request, row);
}

static void a_cell_and_a_row_open(void **state)
{
    (void)state;
    const json_t *cell = vectors_get(w.file, "people_cell"), *row = vectors_get(w.file, "row"), *record;
    uint32_t no = (uint32_t)vectors_number(cell, "no");
    uint8_t place = (uint8_t)vectors_number(row, "place");
    CLEANUP(buf_free) struct buf request = BUF(1 << 20), answer = BUF(1 << 20), sealed = vectors_bytes(cell, "sealed"),
                                 bytes = vectors_bytes(row, "row");
    ask_for_person(&request, no, place, buf_view(&sealed), buf_view(&bytes));
    assert_ok(ask(&request, &answer));
    struct rd r = rd_of(buf_view(&answer));
    assert_int_equal(rd_u16(&r), 1);
    assert_int_equal(rd_u8(&r), place);
    assert_int_equal(rd_u8(&r), CELL_THERE);
    assert_view(vectors_get(w.file, "facts"), "bytes", rd_block(&r));
    assert_int_equal(rd_u8(&r), 2);
    size_t i;
    json_array_foreach(vectors_get(row, "records"), i, record) {
        assert_int_equal(rd_u8(&r), vectors_number(record, "category"));
        assert_int_equal(rd_u16(&r), vectors_number(record, "id"));
        assert_view(record, "text", rd_block(&r));
    }
    assert_true(rd_done(&r));

    /* The row of somebody else, and a changed one. */
    ask_for_person(&request, no, 1, buf_view(&sealed), buf_view(&bytes));
    assert_err(ERR_CORRUPT, ask(&request, &answer));
    bytes.p[bytes.len / 2] ^= 1;
    ask_for_person(&request, no, place, buf_view(&sealed), buf_view(&bytes));
    assert_err(ERR_CORRUPT, ask(&request, &answer));
    /* The cell in the place of another. */
    ask_for_person(&request, no + 1, place, buf_view(&sealed), buf_view(&bytes));
    assert_err(ERR_CORRUPT, ask(&request, &answer));
}

static void a_cell_decodes_to_its_places(void **state)
{
    (void)state;
    const json_t *v = vectors_get(w.file, "people_cell");
    CLEANUP(buf_free) struct buf plain = vectors_bytes(v, "plain");
    static struct cell_people cell;
    assert_ok(cell_people_decode(buf_view(&plain), &cell));
    assert_int_equal(cell.version, vectors_number(v, "version"));
    assert_int_equal(cell.count, 4);
    static const enum cell_state states[] = {CELL_UNUSED, CELL_THERE, CELL_ERASED, CELL_THERE};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(cell.places[i].state, states[i]);
    assert_view(vectors_get(w.file, "commitment"), "proof_key", cell.places[3].proof_key);
    assert_int_equal(cell_record_at(&cell.places[3], 0).version, 5);
}

static void tokens_are_made_and_found(void **state)
{
    (void)state;
    const json_t *tokens = vectors_get(w.file, "tokens"), *index = vectors_get(w.file, "index_cell"), *v;
    CLEANUP(buf_free) struct buf request = BUF(1 << 20), answer = BUF(1 << 20), made = BUF(4096), sealed = vectors_bytes(index, "sealed");
    uint32_t count = (uint32_t)json_array_size(tokens);
    buf_u8(&request, KEEPER_TOKENS);
    buf_u32(&request, count);
    size_t i;
    json_array_foreach(tokens, i, v) {
        CLEANUP(buf_free) struct buf value = vectors_bytes(v, "value");
        buf_u8(&request, (uint8_t)vectors_number(v, "type"));
        buf_u8(&request, (uint8_t)vectors_number(v, "normaliser"));
        buf_block(&request, buf_view(&value));
    }
    assert_ok(ask(&request, &made));
    assert_int_equal(made.len, (size_t)count * TOKEN_BYTES);
    json_array_foreach(tokens, i, v)
        assert_view(v, "token", view_of(made.p + i * TOKEN_BYTES, TOKEN_BYTES));

    begin(&request, KEEPER_INDEX_FIND, 2, (uint32_t)vectors_number(index, "no"), buf_view(&sealed));
    buf_u32(&request, count);
    buf_put(&request, buf_view(&made));
    assert_ok(ask(&request, &answer));
    struct rd r = rd_of(buf_view(&answer));
    uint32_t person = (uint32_t)vectors_number(vectors_get(w.file, "row"), "ordinal");
    assert_int_equal(rd_u32(&r), 2 * count);
    for (uint32_t k = 0; k < 2 * count; k++) {
        uint32_t asked = rd_u32(&r), ordinal = rd_u32(&r);
        assert_int_equal(asked, k / 2);
        assert_int_equal(ordinal, person + k % 2);
        assert_int_equal(rd_u8(&r), k % 2 == 1 || asked == 4 ? CELL_TOKEN_PAST : 0);
    }
    assert_true(rd_done(&r));
}

static void fingerprints_are_those_of_another_program(void **state)
{
    (void)state;
    const json_t *list = vectors_get(w.file, "fingerprints"), *v;
    CLEANUP(buf_free) struct buf request = BUF(1 << 20), answer = BUF(1 << 20);
    size_t i;
    buf_u8(&request, KEEPER_TOKENS);
    buf_u32(&request, (uint32_t)json_array_size(list));
    json_array_foreach(list, i, v) {
        CLEANUP(buf_free) struct buf bytes = BUF(MATCH_PRINT_BYTES);
        struct field f = {.key = "x", .label = "x", .type = field_type_find(vectors_text(v, "type"))};
        assert_int_not_equal(f.type, TYPE_NONE);
        assert_ok(match_print(&bytes, &f, (uint16_t)vectors_number(v, "field"), vectors_text(v, "value")));
        buf_u8(&request, KEEPER_TOKEN_PRINT);
        buf_u8(&request, TEXT_NORMALISER_VERSION);
        buf_block(&request, buf_view(&bytes));
    }
    assert_ok(ask(&request, &answer));
    assert_int_equal(answer.len, json_array_size(list) * TOKEN_BYTES);
    json_array_foreach(list, i, v)
        assert_view(v, "fingerprint", view_of(answer.p + i * TOKEN_BYTES, TOKEN_BYTES));
}

static void ask_for_document(struct buf *request, const json_t *v, uint32_t no, uint32_t version, struct view sealed)
{
    assert_int_equal(no / CELL_KEYS_PER_BLOB, w.blob_no[2]);
    buf_clear(request);
    buf_u8(request, KEEPER_DOCS_OPEN);
    buf_block(request, view_of(w.blobs[2], BLOB_BYTES));
    buf_u32(request, 1);
    buf_u32(request, no);
    buf_block(request, sealed);
    buf_block(request, vectors_text(v, "kind"));
    buf_block(request, vectors_text(v, "id"));
    buf_u32(request, version);
}

static void the_log_has_a_documents_salted_hash(void **state)
{
    (void)state;
    const json_t *v = vectors_get(w.file, "document");
    uint8_t text[200];
    struct hash hash;
    size_t len = strlen(json_string_value(vectors_get(v, "plain"))) / 2;
    assert_true(len < sizeof text);
    bytes_of(v, "plain", text, len);
    json_t *doc = json_loadb((const char *)text, len, 0, NULL);
    assert_ok(vault_doc_hash(doc, &hash));
    assert_view(v, "in_log", hash_view(&hash));
    assert_int_equal(json_object_size(doc), 4); /* as it was */
    assert_int_equal(json_object_del(doc, "salt"), 0);
    assert_err(ERR_CORRUPT, vault_doc_hash(doc, &hash));
    json_decref(doc);
}

static void a_document_opens_in_its_place_only(void **state)
{
    (void)state;
    const json_t *v = vectors_get(w.file, "document");
    uint32_t no = (uint32_t)vectors_number(v, "no"), version = (uint32_t)vectors_number(v, "version");
    CLEANUP(buf_free) struct buf request = BUF(1 << 20), answer = BUF(1 << 20), sealed = vectors_bytes(v, "sealed");
    ask_for_document(&request, v, no, version, buf_view(&sealed));
    assert_ok(ask(&request, &answer));
    struct rd r = rd_of(buf_view(&answer));
    assert_view(v, "plain", rd_block(&r));
    ask_for_document(&request, v, no + 1, version, buf_view(&sealed));
    assert_err(ERR_CORRUPT, ask(&request, &answer));
    ask_for_document(&request, v, no, version + 1, buf_view(&sealed));
    assert_err(ERR_CORRUPT, ask(&request, &answer));
}

/* --- section 8 --- */

static void a_leaf_and_its_salt_are_the_same(void **state)
{
    (void)state;
    const json_t *v = vectors_get(w.file, "commitment"), *cell = vectors_get(w.file, "people_cell"), *given = vectors_get(v, "fields");
    uint8_t place = (uint8_t)vectors_number(vectors_get(w.file, "row"), "place"), salt[KEY_BYTES];
    uint32_t no = (uint32_t)vectors_number(cell, "no");
    CLEANUP(buf_free) struct buf request = BUF(1 << 20), answer = BUF(4096), fields = BUF(256), id = vectors_bytes(v, "id"),
                                 sealed = vectors_bytes(cell, "sealed");
    struct view names[3];
    assert_int_equal(json_array_size(given), 3);
    buf_u16(&fields, 3);
    for (size_t i = 0; i < 3; i++) {
        names[i] = view_text(json_string_value(json_array_get(given, i)));
        buf_u8(&fields, (uint8_t)names[i].len);
        buf_put(&fields, names[i]);
    }
    begin(&request, KEEPER_SALT, 1, no, buf_view(&sealed));
    buf_put(&request, buf_view(&id));
    buf_u8(&request, place);
    assert_ok(ask(&request, &answer));
    assert_view(v, "salt", buf_view(&answer));

    begin(&request, KEEPER_LEAVES, 1, no, buf_view(&sealed));
    buf_put(&request, buf_view(&id));
    buf_u16(&request, 1);
    buf_u8(&request, place);
    buf_block(&request, buf_view(&fields));
    assert_ok(ask(&request, &answer));
    assert_view(v, "leaf", buf_view(&answer));

    struct hash leaf;
    bytes_of(v, "salt", salt, sizeof salt);
    assert_ok(commitment_leaf(salt, buf_view(&id), names, 3, &leaf));
    assert_view(v, "leaf", hash_view(&leaf));
}

static void the_keeper_opens_the_ring_and_the_key_blobs(void **state)
{
    (void)state;
    greet();
    size_t i;
    const json_t *v;
    json_array_foreach(vectors_get(w.file, "key_blobs"), i, v)
        make_blob(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primitives_give_what_other_libraries_give),
        cmocka_unit_test(slots_are_read_written_and_joined),
        cmocka_unit_test(facts_are_read_and_written_byte_for_byte),
        cmocka_unit_test(a_record_is_read_and_written_byte_for_byte),
        cmocka_unit_test(the_keeper_opens_the_ring_and_the_key_blobs), /* those after it need both */
        cmocka_unit_test(a_cell_and_a_row_open),
        cmocka_unit_test(a_cell_decodes_to_its_places),
        cmocka_unit_test(tokens_are_made_and_found),
        cmocka_unit_test(fingerprints_are_those_of_another_program),
        cmocka_unit_test(a_document_opens_in_its_place_only),
        cmocka_unit_test(the_log_has_a_documents_salted_hash),
        cmocka_unit_test(a_leaf_and_its_salt_are_the_same),
    };
    return cmocka_run_group_tests_name("format", tests, setup, teardown);
}
