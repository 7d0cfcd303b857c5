#include "testing.h"

#include "commitment.h"
#include "entry.h"
#include "handover_world.h"

static void texts_stay(const struct handover *a, const struct handover *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->recipient, b->recipient);
    assert_string_equal(a->purpose, b->purpose);
    assert_string_equal(a->approver, b->approver);
    assert_string_equal(a->source, b->source);
    assert_string_equal(a->selection, b->selection);
    assert_string_equal(a->file, b->file);
    assert_string_equal(a->marks, b->marks);
}

static void the_document_comes_back(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct handover_field fields[] = {{"email", 3, true, {{1, 2}}}, {"phone", 1, false, {{3}}}};
    struct handover h = {.id = "H7", .recipient = "pellwick", .purpose = "ballot", .kind = HANDOVER_SYSTEM, .evidence = HANDOVER_REBUILT,
                         .sent = {WHEN_UNKNOWN_EARLY, WHEN_UNKNOWN_LATE}, .recorded_at = 1529049600, .approver = "The Returning \"Officer\"",
                         .source = "", .selection = "status = \"member\"", .file = "", .delete_by = DAY_UNKNOWN, .people = 4, .matched = 3,
                         .file_only = 1, .ambiguous = 2, .exact = 2, .set_sha = {{9}}, .exact_sha = {{6}}, .set_root = {{8}}, .commitment = {7}, .fields = fields,
                         .field_count = 2, .log_index = 12, .marks = "no-contract"}, back;
    for (int with = 0; with < 2; with++) {
        json_t *j = NULL;
        assert_ok(handover_to_json(&h, &j));
        assert_ok(handover_from_json(a, j, &back));
        json_decref(j);
        texts_stay(&h, &back);
        assert_int_equal(back.kind, HANDOVER_SYSTEM);
        assert_int_equal(back.evidence, HANDOVER_REBUILT);
        assert_true(back.sent.earliest == h.sent.earliest && back.sent.latest == h.sent.latest);
        assert_true(back.delete_by == h.delete_by && back.recorded_at == h.recorded_at);
        assert_true(back.people == 4 && back.matched == 3 && back.file_only == 1 && back.ambiguous == 2 && back.log_index == 12);
        assert_true(back.exact == 2 && hash_equal(&back.exact_sha, &h.exact_sha));
        assert_int_equal(back.field_count, 2);
        assert_true(back.fields[0].lacks && !back.fields[1].lacks && back.fields[0].people == 3);
        assert_memory_equal(&back.fields[0].sha, &fields[0].sha, sizeof fields[0].sha);
        assert_memory_equal(back.commitment, h.commitment, 16);
        h.sent = (struct when_range){1500000000, 1500086399};
        h.delete_by = when_day(2018, 12, 31);
    }
    json_t *bad = NULL;
    assert_ok(handover_to_json(&h, &bad));
    json_object_set_new(bad, "kind", json_string("gift"));
    assert_err(ERR_CORRUPT, handover_from_json(a, bad, &back));
    json_decref(bad);
}

static void evidence_follows_the_kind(void **state)
{
    (void)state;
    assert_int_equal(handover_evidence_of(HANDOVER_FILE, 5, 0), HANDOVER_EXACT);
    assert_int_equal(handover_evidence_of(HANDOVER_CREATED, 5, 0), HANDOVER_EXACT);
    assert_int_equal(handover_evidence_of(HANDOVER_RULE, 5, 0), HANDOVER_REBUILT);
    assert_int_equal(handover_evidence_of(HANDOVER_THEIR_LIST, 5, 0), HANDOVER_LISTED);
    assert_int_equal(handover_evidence_of(HANDOVER_SYSTEM, 5, 4), HANDOVER_REBUILT);
    assert_int_equal(handover_evidence_of(HANDOVER_SYSTEM, 5, 5), HANDOVER_EXACT);
}

static uint32_t five[5];

static void make_five(void)
{
    CLEANUP(world_end) struct world w;
    world_import(WORLD_PEOPLE, IMPORT_FULL);
    world_open(&w);
    for (int i = 0; i < 5; i++) {
        char id[2] = {(char)('1' + i), 0};
        five[i] = world_who(&w, id);
    }
}

/* Person i has field k if the bit is set. */
static const uint8_t has[5] = {1 | 2 | 4, 1, 1 | 2, 1 | 4, 0};
static const char *const keys[] = {"phone", "email", "city", "email"};

static void save_five(struct world *w, struct handover *h)
{
    CLEANUP(handover_draft_end) struct handover_draft d = {0};
    assert_ok(handover_draft_begin(&d, w->a, keys, 4));
    assert_int_equal(d.key_count, 3);
    for (int i = 0; i < 5; i++) {
        peopleset_add(d.people, five[i]);
        for (int k = 0; k < 3; k++)
            if (has[i] >> k & 1)
                peopleset_add(d.have[handover_draft_key(&d, keys[k])], five[i]);
    }
    *h = (struct handover){.recipient = "pellwick", .purpose = "ballot", .kind = HANDOVER_FILE, .sent = {1500000000, 1500086399},
                           .recorded_at = vault_now(w->v), .approver = "office", .source = "crm", .selection = "", .file = "sent.csv",
                           .marks = "", .delete_by = DAY_UNKNOWN, .matched = 5};
    assert_ok(vault_begin(w->v));
    assert_ok(handover_save(w->v, h, &d));
    assert_ok(vault_commit(w->v));
}

static void whether_those_with_or_without_are_stored_the_sets_come_back(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    struct handover h, back;
    world_open(&w);
    save_five(&w, &h);
    assert_ok(handover_load(w.v, w.a, h.id, &back));
    texts_stay(&h, &back);
    assert_int_equal(back.people, 5);
    assert_string_equal(back.fields[0].key, "city");
    assert_true(world_field(&back, "phone")->lacks);  /* 4 of 5 have it */
    assert_false(world_field(&back, "city")->lacks);  /* 2 of 5 */
    assert_int_equal(world_field(&back, "email")->people, 2);
    for (int i = 0; i < 5; i++) {
        assert_true(world_in(&w, &back, five[i], NULL));
        for (int k = 0; k < 3; k++)
            assert_int_equal(world_in(&w, &back, five[i], keys[k]), has[i] >> k & 1);
    }
    assert_err(ERR_NOT_FOUND, handover_load(w.v, w.a, "H99", &back));
}

/* What vault_commit_set() stored is the tree of commitment.h over sorted leaves, one for each person, and its root is in the log. */
static void the_root_is_that_of_the_leaves_kept(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    CLEANUP(buf_free) struct buf leaves = BUF(1 << 16);
    struct handover h;
    json_t *body = NULL;
    world_open(&w);
    save_five(&w, &h);
    assert_ok(store_leaves_get(w.v->store, h.commitment, &leaves));
    assert_int_equal(leaves.len, 5 * sizeof(struct hash));
    struct hash root;
    assert_ok(commitment_root((const struct hash *)(const void *)leaves.p, 5, &root));
    assert_true(hash_equal(&root, &h.set_root));
    assert_ok(vault_entry_body(w.v, h.log_index, &body));
    CLEANUP(buf_free) struct buf hex = BUF(100);
    buf_hex(&hex, hash_view(&root));
    assert_string_equal(json_string_value(json_object_get(body, "set")), buf_text(&hex));
    assert_string_equal(json_string_value(json_object_get(body, "people")), "<10");
    assert_int_equal(json_array_size(json_object_get(body, "fields")), 3);
    assert_ok(entry_check(body));
    assert_null(json_object_get(body, "approver"));
    json_decref(body);
}

/* --- certificates --- */

static struct handover_certificate certificate(const char *const *ids, size_t count)
{
    return (struct handover_certificate){.recipient = "pellwick", .handovers = ids, .handover_count = count, .deleted = {2000, 3000},
                                         .before = WHEN_UNKNOWN_LATE, .backups = true, .believed = true, .signed_by = ""};
}

static void deletion_is_due_overdue_claimed_or_proven(void **state)
{
    (void)state;
    static const char *const ids[] = {"H1"}, *const others[] = {"H2"};
    struct handover h = {.id = "H1", .recipient = "pellwick", .kind = HANDOVER_FILE, .sent = {1000, 1100}, .recorded_at = 5000, .delete_by = 50};
    struct handover_certificate c = certificate(ids, 1);
    assert_int_equal(handover_deletion(&h, NULL, 0, 50), HANDOVER_DUE);
    assert_int_equal(handover_deletion(&h, NULL, 0, 51), HANDOVER_OVERDUE);
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_PROVEN);
    c.believed = false;
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_CLAIMED);
    h.delete_by = DAY_UNKNOWN;
    assert_int_equal(handover_deletion(&h, NULL, 0, 51), HANDOVER_NOTHING_AGREED);
    c = certificate(others, 1);
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_NOTHING_AGREED);
    c = certificate(NULL, 0);
    c.all_before = true;
    c.before = 1101;
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_PROVEN);
    c.before = 1100; /* it can have been given on that very moment */
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_NOTHING_AGREED);
    h.recorded_at = 1099; /* it was given before it was recorded */
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_PROVEN);
    h.recorded_at = 900; /* a clock went back */
    c.before = 1000;
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_NOTHING_AGREED);
    struct handover_certificate two[] = {certificate(ids, 1), certificate(ids, 1)};
    two[0].believed = false;
    assert_int_equal(handover_deletion(&h, two, 2, 51), HANDOVER_PROVEN);
    two[1].backups = false;
    assert_int_equal(handover_deletion(&h, two, 2, 51), HANDOVER_BUT_BACKUPS);
    assert_int_equal(handover_deletion(&h, two + 1, 1, 51), HANDOVER_BUT_BACKUPS);
}

/* By the same rules as in scope.c: of what may have been given after its deletion nothing is proven. */
static void what_may_have_been_given_after_the_deletion_is_not_proven(void **state)
{
    (void)state;
    static const char *const ids[] = {"H1"};
    struct handover h = {.id = "H1",
                         .recipient = "pellwick",
                         .kind = HANDOVER_FILE,
                         .sent = {1000, 3001},
                         .recorded_at = 5000,
                         .delete_by = 50};
    struct handover_certificate c[] = {certificate(ids, 1), certificate(ids, 1), certificate(ids, 1)};
    assert_int_equal(handover_deletion(&h, c, 1, 51), HANDOVER_BUT_LATER);
    h.recorded_at = 3000; /* it was given before it was recorded */
    assert_int_equal(handover_deletion(&h, c, 1, 51), HANDOVER_PROVEN);
    h = (struct handover){.id = "H1",
                          .recipient = "pellwick",
                          .kind = HANDOVER_SYSTEM,
                          .sent = {1000, 2000},
                          .recorded_at = 5000,
                          .delete_by = 50};
    assert_int_equal(handover_deletion(&h, c, 1, 51), HANDOVER_BUT_LATER);
    h.sent.latest = 1999;
    assert_int_equal(handover_deletion(&h, c, 1, 51), HANDOVER_PROVEN);
    h.sent.latest = 2000;
    c[1].believed = false;
    assert_int_equal(handover_deletion(&h, c, 2, 51), HANDOVER_BUT_LATER);
    c[1].deleted.earliest = c[2].deleted.earliest = 2001;
    assert_int_equal(handover_deletion(&h, c, 2, 51), HANDOVER_BUT_LATER);
    assert_int_equal(handover_deletion(&h, c + 1, 1, 51), HANDOVER_CLAIMED);
    assert_int_equal(handover_deletion(&h, c, 3, 51), HANDOVER_PROVEN);
    c[2].backups = false;
    assert_int_equal(handover_deletion(&h, c, 3, 51), HANDOVER_BUT_BACKUPS);
    c[0].backups = false; /* what is wrong with it otherwise is the first to mend */
    assert_int_equal(handover_deletion(&h, c, 1, 51), HANDOVER_BUT_LATER);
}

static void a_certificate_must_fit_the_hand_over(void **state)
{
    (void)state;
    static const char *const ids[] = {"H1"};
    struct handover h = {.id = "H1", .recipient = "pellwick", .kind = HANDOVER_FILE, .sent = {1000, 1100}, .delete_by = 50};
    struct handover_certificate c = certificate(ids, 1);
    assert_ok(handover_certificate_fits(&c, &h));
    c.deleted = (struct when_range){500, 999}; /* deleted before it was given */
    assert_err(ERR_INVALID, handover_certificate_fits(&c, &h));
    assert_int_equal(handover_deletion(&h, &c, 1, 51), HANDOVER_OVERDUE);
    c = certificate(ids, 1);
    c.recipient = "club";
    assert_err(ERR_INVALID, handover_certificate_fits(&c, &h));
    c = certificate(ids, 1);
    h.kind = HANDOVER_SYSTEM;
    assert_ok(handover_certificate_fits(&c, &h));
    h.sent.latest = WHEN_UNKNOWN_LATE;
    assert_err(ERR_INVALID, handover_certificate_fits(&c, &h));
}

static void certificates_are_numbered_and_kept(void **state)
{
    (void)state;
    CLEANUP(world_end) struct world w;
    static const char *const ids[] = {"H1", "H2"};
    struct handover_certificate c = certificate(ids, 2), *list;
    size_t count;
    world_open(&w);
    c.received_at = c.recorded_at = vault_now(w.v);
    c.backups = true;
    assert_ok(vault_begin(w.v));
    assert_ok(handover_certificate_save(w.v, w.a, &c));
    assert_string_equal(c.id, "C1");
    c.believed = false;
    assert_ok(handover_certificate_save(w.v, w.a, &c)); /* the same one, judged anew */
    struct handover_certificate d = certificate(NULL, 0);
    d.all_before = true;
    d.before = 5000;
    d.received_at = d.recorded_at = vault_now(w.v);
    assert_ok(handover_certificate_save(w.v, w.a, &d));
    assert_ok(vault_commit(w.v));
    assert_ok(handover_certificates(w.v, w.a, &list, &count));
    assert_int_equal(count, 2);
    assert_true(list[0].backups && !list[0].believed && list[0].handover_count == 2);
    assert_string_equal(list[0].handovers[1], "H2");
    assert_true(list[0].deleted.earliest == 2000 && list[0].deleted.latest == 3000);
    assert_true(list[1].all_before && list[1].before == 5000);
}

static int make(void **state)
{
    world_make(state);
    make_five();
    return 0;
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_comes_back),
        cmocka_unit_test(evidence_follows_the_kind),
        cmocka_unit_test(whether_those_with_or_without_are_stored_the_sets_come_back),
        cmocka_unit_test(the_root_is_that_of_the_leaves_kept),
        cmocka_unit_test(deletion_is_due_overdue_claimed_or_proven),
        cmocka_unit_test(what_may_have_been_given_after_the_deletion_is_not_proven),
        cmocka_unit_test(a_certificate_must_fit_the_hand_over),
        cmocka_unit_test(certificates_are_numbered_and_kept),
    };
    return cmocka_run_group_tests(tests, make, world_remove);
}
