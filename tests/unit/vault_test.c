#include "testing.h"

#include "helpers.h"
#include "mem.h"
#include "vault_int.h"

static struct test_house house;

static struct vault *opened(enum store_mode mode)
{
    struct vault *v = NULL;
    house.options.now += 60;
    assert_ok(vault_open(&house.options, mode, &v));
    return v;
}

static void documents_come_back_and_keep_their_versions(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    assert_ok(vault_begin(v));
    for (int i = 1; i <= 3; i++) {
        json_t *body = json_pack("{s:i}", "n", i);
        assert_ok(vault_doc_put(v, "recipient", "pellwick", body, NULL));
        json_decref(body);
    }
    assert_ok(vault_commit(v));
    json_t *newest = NULL, *first = NULL, *missing = NULL;
    assert_ok(vault_doc_get(v, "recipient", "pellwick", &newest));
    assert_int_equal(json_integer_value(json_object_get(newest, "n")), 3);
    assert_ok(vault_doc_get_version(v, "recipient", "pellwick", 1, &first));
    assert_int_equal(json_integer_value(json_object_get(first, "n")), 1);
    assert_err(ERR_NOT_FOUND, vault_doc_get(v, "recipient", "nobody", &missing));
    json_decref(newest);
    json_decref(first);
}

/* Two cells are opened together when one is split: the keys of the first stay while those of the second are fetched, whichever of
 * those kept they are. */
static void keys_asked_for_last_stay_while_others_come(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    assert_ok(vault_begin(v));
    for (uint32_t old = 0; old < VAULT_KEYS_KEPT; old++) {
        CLEANUP(buf_free) struct buf before = BUF(1 << 20);
        struct view keys, others;
        vault_forget_keys(v);
        for (uint32_t i = 0; i < VAULT_KEYS_KEPT; i++)
            assert_ok(vault_keys_of(v, KEEPER_INDEX, i * CELL_KEYS_PER_BLOB, &others));
        assert_ok(vault_keys_of(v, KEEPER_INDEX, old * CELL_KEYS_PER_BLOB, &keys));
        buf_put(&before, keys);
        for (uint32_t i = 1; i < VAULT_KEYS_KEPT; i++) {
            assert_ok(vault_keys_of(v, KEEPER_INDEX, (100 + i) * CELL_KEYS_PER_BLOB, &others));
            assert_true(view_equal(keys, buf_view(&before)));
        }
    }
}

struct seen {
    size_t count;
    uint32_t ordinals[600];
    char text[600][32];
    char facts[600][32];
};

static err see(void *ctx, uint32_t ordinal, const struct keeper_person *p)
{
    struct seen *s = ctx;
    s->ordinals[s->count] = ordinal;
    snprintf(s->facts[s->count], 32, "%.*s", (int)p->facts.len, (const char *)p->facts.p);
    if (p->record_count)
        snprintf(s->text[s->count], 32, "%.*s", (int)p->records[0].plain.len, (const char *)p->records[0].plain.p);
    s->count++;
    return OK;
}

static void people_are_written_read_and_changed(void **state)
{
    (void)state;
    enum { N = 600 };
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    static struct vault_change changes[N];
    static struct keeper_record records[N][2];
    static char text[N][32];
    static uint32_t ordinals[N];
    assert_ok(vault_begin(v));
    size_t n = 0;
    while (n < N) {
        uint32_t first, count;
        assert_ok(vault_new_ordinals(v, (uint32_t)(N - n), &first, &count));
        for (uint32_t i = 0; i < count; i++, n++) {
            snprintf(text[n], sizeof text[n], "person %u", first + i);
            records[n][0] = (struct keeper_record){1, 0, view_text(text[n])};
            records[n][1] = (struct keeper_record){2, 0, view_text("at home")};
            ordinals[n] = first + i;
            changes[n] = (struct vault_change){first + i, true, view_text(text[n] + 7), records[n], 2};
        }
    }
    assert_ok(vault_write_people(v, changes, N));
    assert_ok(vault_commit(v));

    static struct seen all;
    assert_ok(vault_warrant(v, "test", "membership", 1 << 1 | 1 << 2, 5000));
    assert_ok(vault_read_people(v, ordinals, N, 1 << 1, true, see, &all));
    assert_int_equal(all.count, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(all.ordinals[i], i);
        assert_string_equal(all.text[i], text[i]);
        assert_string_equal(all.facts[i], text[i] + 7);
    }
    /* Only one category is replaced; the other and the facts stay. */
    struct keeper_record now = {1, 0, view_text("another")};
    assert_ok(vault_begin(v));
    assert_ok(vault_write_people(v, &(struct vault_change){.ordinal = 300, .records = &now, .record_count = 1}, 1));
    assert_ok(vault_commit(v));
    static struct seen one;
    assert_ok(vault_read_people(v, &ordinals[300], 1, 1 << 1, true, see, &one));
    assert_ok(vault_read_people(v, &ordinals[300], 1, 1 << 2, false, see, &one));
    assert_string_equal(one.text[0], "another");
    assert_string_equal(one.text[1], "at home");
    assert_string_equal(one.facts[0], "300");

    static struct seen facts;
    assert_ok(vault_read_facts(v, see, &facts));
    assert_int_equal(facts.count, N);
    assert_string_equal(facts.facts[599], "599");
    /* A category that the warrant does not name stays shut. */
    assert_err(ERR_DENIED, vault_read_people(v, ordinals, 1, 1 << 3, false, see, &one));
}

struct hits {
    size_t count;
    uint32_t ordinal[8];
    uint8_t flags[8];
};

static err hit(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    struct hits *h = ctx;
    (void)asked;
    if (h->count < 8) {
        h->ordinal[h->count] = ordinal;
        h->flags[h->count] = flags;
    }
    h->count++;
    return OK;
}

static void token_of(struct vault *v, unsigned n, uint8_t to[1][TOKEN_BYTES])
{
    char text[32];
    snprintf(text, sizeof text, "value %u", n);
    struct keeper_value value = {KEEPER_TOKEN_EMAIL, 1, view_text(text)};
    assert_ok(keeper_tokens(v->keeper, &value, 1, to));
}

static void add_range(struct vault *v, unsigned from, unsigned to)
{
    struct cell_token *entries = mem_array(to - from, sizeof *entries);
    for (unsigned i = from; i < to; i++) {
        uint8_t token[1][TOKEN_BYTES];
        token_of(v, i, token);
        memcpy(entries[i - from].token, token, TOKEN_BYTES);
        entries[i - from].ordinal = i;
    }
    assert_ok(vault_begin(v));
    assert_ok(vault_index_add(v, entries, to - from));
    assert_ok(vault_commit(v));
    mem_free(entries);
}

static void look_ups_find_all_and_only_theirs_while_cells_split(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    uint8_t token[1][TOKEN_BYTES];
    token_of(v, 1, token);
    struct hits none = {0};
    assert_ok(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])token, 1, hit, &none));
    assert_int_equal(none.count, 0);
    add_range(v, 0, 10);      /* one cell */
    add_range(v, 10, 5000);   /* splits it at once, several times */
    add_range(v, 5000, 5001); /* and one more */
    add_range(v, 0, 3000);    /* again: nothing twice */
    assert_ok(vault_warrant(v, "test", "membership", 0, 5001));
    for (unsigned i = 0; i < 5001; i += 7) {
        struct hits h = {0};
        token_of(v, i, token);
        assert_ok(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])token, 1, hit, &h));
        assert_int_equal(h.count, 1);
        assert_int_equal(h.ordinal[0], i);
    }
    uint64_t cells;
    assert_ok(store_index_count(v->store, &cells));
    assert_true(cells >= 5001 / CELL_INDEX_SPLIT);
}

struct many {
    bool seen[12000];
    size_t count;
};

static err mark_many(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    struct many *m = ctx;
    (void)flags;
    assert_int_equal(asked, 0);
    assert_true(ordinal < 12000 && !m->seen[ordinal]);
    m->seen[ordinal] = true;
    m->count++;
    return OK;
}

/* A town has one postcode; a careless office has one e-mail address for all. */
static void a_value_that_thousands_share_finds_them_all(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    enum { N = 12000, FIRST = 9000 };
    struct cell_token *entries = mem_array(N, sizeof *entries);
    uint8_t token[1][TOKEN_BYTES];
    token_of(v, 777777, token);
    for (int part = 0; part < 3; part++) { /* at once, more later, and all again */
        size_t from = part == 1 ? FIRST : 0, to = part == 0 ? FIRST : N;
        for (size_t i = from; i < to; i++) {
            memcpy(entries[i].token, token, TOKEN_BYTES);
            entries[i].ordinal = (uint32_t)i;
            entries[i].flags = 0;
        }
        assert_ok(vault_begin(v));
        assert_ok(vault_index_add(v, entries + from, to - from));
        assert_ok(vault_commit(v));
        static struct many m;
        memset(&m, 0, sizeof m);
        assert_ok(vault_warrant(v, "test", "membership", 0, 100));
        assert_ok(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])token, 1, mark_many, &m));
        assert_int_equal(m.count, to);
    }
    mem_free(entries);
}

static void a_warrant_ends_with_its_number(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    uint8_t tokens[12][TOKEN_BYTES];
    for (unsigned i = 0; i < 12; i++)
        token_of(v, i, &tokens[i]);
    struct hits h = {0};
    assert_ok(vault_warrant(v, "test", "membership", 0, 20)); /* for 100, as the log says it */
    for (int i = 0; i < 8; i++)
        assert_ok(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])tokens, 12, hit, &h));
    assert_err(ERR_DENIED, vault_find(v, (const uint8_t(*)[TOKEN_BYTES])tokens, 12, hit, &h));
}

static void a_moved_or_older_row_does_not_open(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    CLEANUP(buf_free) struct buf old = BUF(100000), other = BUF(100000);
    struct keeper_record now = {1, 0, view_text("newer")};
    static struct seen s;
    uint32_t ordinal = 5;
    assert_ok(store_row_get(v->store, 5, &old));
    assert_ok(store_row_get(v->store, 6, &other));
    assert_ok(vault_begin(v));
    assert_ok(vault_write_people(v, &(struct vault_change){.ordinal = 5, .records = &now, .record_count = 1}, 1));
    assert_ok(store_row_put(v->store, 5, buf_view(&old)));
    assert_err(ERR_CORRUPT, vault_read_people(v, &ordinal, 1, 1 << 1, false, see, &s));
    assert_ok(store_row_put(v->store, 5, buf_view(&other)));
    assert_err(ERR_CORRUPT, vault_read_people(v, &ordinal, 1, 1 << 1, false, see, &s));
    vault_undo(v);
    assert_ok(vault_read_people(v, &ordinal, 1, 1 << 1, false, see, &s));
}

static void the_wrong_slot_is_refused(void **state)
{
    (void)state;
    struct test_house other = {0};
    assert_ok(test_house_make(&other, NULL, NULL));
    char command[512];
    snprintf(command, sizeof command, "cp -r %s %s/x && sed -i 's#^slot = .*#slot = %s#' %s/x/candour.conf", house.dir, other.root,
             other.slot, other.root);
    assert_int_equal(system(command), 0);
    char dir[100];
    snprintf(dir, sizeof dir, "%s/x", other.root);
    other.options.dir = dir;
    struct vault *v = NULL;
    assert_err(ERR_DENIED, vault_open(&other.options, STORE_READ, &v));
    test_house_end(&other);
}

static void sealed_entries_open_again(void **state)
{
    (void)state;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    uint64_t index, released;
    assert_ok(vault_begin(v));
    assert_ok(vault_entry(v, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "report", "incident", "I1", "to", "ico", "action", "draft", "doc",
                                       "0000000000000000000000000000000000000000000000000000000000000000"), &index));
    assert_ok(vault_commit(v));
    json_t *body = NULL;
    assert_ok(vault_entry_body(v, index, &body));
    assert_string_equal(json_string_value(json_object_get(body, "incident")), "I1");
    json_decref(body);
    assert_ok(vault_begin(v));
    assert_ok(vault_release(v, index, &released));
    assert_ok(vault_commit(v));
    assert_ok(vault_publish(v));
}

static void do_something_else(struct vault *v)
{
    assert_ok(vault_begin(v));
    assert_ok(vault_entry(v, json_pack("{s:s, s:s, s:s, s:i}", "kind", "objection", "action", "add", "purpose", "newsletter", "number", 10), NULL));
    assert_ok(vault_commit(v));
}

static void a_job_is_found_by_the_same_command_until_something_else_is_done(void **state)
{
    (void)state;
    bool done;
    CLEANUP(vault_close) struct vault *v = opened(STORE_WRITE);
    uint8_t key[32] = {7};
    json_t *result = json_pack("{s:s}", "handover", "H1"), *back = NULL;
    assert_ok(vault_begin(v));
    assert_ok(vault_job_acted(v, "handover", key, result));
    assert_ok(vault_commit(v));
    assert_ok(vault_job_result(v, "handover", key, &back, &done));
    assert_true(json_equal(result, back));
    assert_false(done);
    json_decref(back);
    assert_ok(vault_job_done(v, key));
    assert_ok(vault_job_done(v, key));
    assert_ok(vault_job_result(v, "handover", key, &back, &done));
    assert_true(json_equal(result, back));
    assert_true(done);
    json_decref(result);
    json_decref(back);
    assert_ok(vault_warrant(v, "reading", "internal", 0, 1));
    assert_ok(vault_job_result(v, "handover", key, &back, &done));
    assert_non_null(back);
    json_decref(back);
    v->clock_shift += LIMIT_AGAIN_SECONDS + 1; /* later the same words mean it anew */
    assert_ok(vault_job_result(v, "handover", key, &back, &done));
    assert_null(back);
    v->clock_shift -= LIMIT_AGAIN_SECONDS + 1;
    do_something_else(v);
    assert_ok(vault_job_result(v, "handover", key, &back, &done));
    assert_null(back);
    uint8_t words[32] = {7}, one[32], other[32];
    assert_ok(vault_job_key(v, words, one));
    words[31] = 1;
    assert_ok(vault_job_key(v, words, other));
    assert_memory_not_equal(one, words, 32);
    assert_memory_not_equal(one, other, 16);
    assert_memory_not_equal(one + 16, other + 16, 16);
}

static int make_house(void **state)
{
    (void)state;
    if (test_house_make(&house, NULL, NULL).kind == ERR_OK)
        return 0;
    fprintf(stderr, "%s %s %s\n", err_text()->what, err_text()->where, err_text()->todo);
    return 1;
}

static int end_house(void **state)
{
    (void)state;
    test_house_end(&house);
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_back_and_keep_their_versions),
        cmocka_unit_test(keys_asked_for_last_stay_while_others_come),
        cmocka_unit_test(people_are_written_read_and_changed),
        cmocka_unit_test(look_ups_find_all_and_only_theirs_while_cells_split),
        cmocka_unit_test(a_value_that_thousands_share_finds_them_all),
        cmocka_unit_test(a_warrant_ends_with_its_number),
        cmocka_unit_test(a_moved_or_older_row_does_not_open),
        cmocka_unit_test(the_wrong_slot_is_refused),
        cmocka_unit_test(sealed_entries_open_again),
        cmocka_unit_test(a_job_is_found_by_the_same_command_until_something_else_is_done),
    };
    return cmocka_run_group_tests_name("vault", tests, make_house, end_house);
}
