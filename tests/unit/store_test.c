/* Every table of the store, transactions, opening and making. */
#include "testing.h"

#include "mem.h"
#include "seam.h"
#include "store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static struct store *s;
static struct store_tx tx;

static int make(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/store-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    strcat(folder, "/data");
    return store_create(folder).kind || store_open(folder, STORE_WRITE, &s).kind || store_begin(s, 0, &tx).kind;
}

static int unmake(void **state)
{
    (void)state;
    store_rollback(&tx);
    store_close(&s);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %.22s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Commits and opens the next transaction. */
static void commit(void)
{
    assert_ok(store_commit(&tx));
    assert_ok(store_begin(s, 0, &tx));
}

/* For walks: "no=blob;" one after the other. */
struct seen {
    char text[400];
    int stop_after;
};

static err see(void *ctx, uint64_t no, struct view blob)
{
    struct seen *seen = ctx;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%llu=%.*s;", (unsigned long long)no, (int)blob.len, blob.p);
    return seen->stop_after && --seen->stop_after == 0 ? err_new(ERR_DENIED, "Enough.", "") : OK;
}

#define assert_got(expected, get_to_buf)                                                                                  \
    do {                                                                                                                  \
        struct buf to = BUF(1000);                                                                                        \
        assert_ok(get_to_buf);                                                                                            \
        assert_string_equal(buf_text(&to), expected);                                                                     \
        buf_free(&to);                                                                                                    \
    } while (0)

static void rows_cells_and_keys_are_put_replaced_walked_and_deleted(void **state)
{
    (void)state;
    assert_ok(store_row_put(s, 7, view_text("seven")));
    assert_ok(store_row_put(s, UINT32_MAX, view_text("last")));
    assert_ok(store_row_put(s, 3, view_text("three")));
    assert_ok(store_row_put(s, 7, view_text("SEVEN")));
    commit();
    assert_got("SEVEN", store_row_get(s, 7, &to));
    struct seen seen = {0};
    assert_ok(store_rows_each(s, 0, UINT32_MAX, see, &seen));
    assert_string_equal(seen.text, "3=three;7=SEVEN;4294967295=last;");
    seen = (struct seen){0};
    assert_ok(store_rows_each(s, 4, 7, see, &seen));
    assert_string_equal(seen.text, "7=SEVEN;");
    assert_ok(store_row_delete(s, 7));
    assert_ok(store_row_delete(s, 7));
    struct buf none = BUF(10);
    assert_err(ERR_NOT_FOUND, store_row_get(s, 7, &none));
    uint64_t n = 0;
    assert_ok(store_row_count(s, &n));
    assert_int_equal(n, 2);

    assert_ok(store_cell_put(s, 0, view_text("")));
    assert_got("", store_cell_get(s, 0, &to));
    assert_ok(store_cell_put(s, 0, view_text("cell")));
    assert_got("cell", store_cell_get(s, 0, &to));
    assert_ok(store_cell_count(s, &n));
    assert_int_equal(n, 1);
    assert_ok(store_cell_delete(s, 0));
    assert_err(ERR_NOT_FOUND, store_cell_get(s, 0, &none));

    assert_ok(store_keys_put(s, STORE_KEYS_PEOPLE, 1, view_text("p")));
    assert_ok(store_keys_put(s, STORE_KEYS_INDEX, 1, view_text("i")));
    assert_ok(store_keys_put(s, STORE_KEYS_INDEX, 1, view_text("j")));
    assert_got("p", store_keys_get(s, STORE_KEYS_PEOPLE, 1, &to));
    assert_got("j", store_keys_get(s, STORE_KEYS_INDEX, 1, &to));
    assert_err(ERR_NOT_FOUND, store_keys_get(s, STORE_KEYS_DOCS, 1, &none));
    seen = (struct seen){0};
    assert_ok(store_keys_each(s, STORE_KEYS_INDEX, 0, 10, see, &seen));
    assert_string_equal(seen.text, "1=j;");
    assert_ok(store_keys_delete(s, STORE_KEYS_INDEX, 1));
    assert_ok(store_keys_count(s, STORE_KEYS_INDEX, &n));
    assert_int_equal(n, 0);
}

static void a_blob_that_does_not_fit_the_buffer_is_a_limit(void **state)
{
    (void)state;
    assert_ok(store_row_put(s, 1, view_text("12345")));
    struct buf small = BUF(4);
    assert_err(ERR_LIMIT, store_row_get(s, 1, &small));
    CLEANUP(mem_release) void *large = mem_alloc((64u << 20) + 1);
    assert_err(ERR_LIMIT, store_row_put(s, 1, view_of(large, (64u << 20) + 1)));
    assert_got("12345", store_row_get(s, 1, &to));
}

static err shout(void *ctx, uint64_t no, struct view blob)
{
    char text[32];
    snprintf(text, sizeof text, "%.*s!", (int)blob.len, blob.p);
    struct seen inner = {0};
    TRY(store_cell_put(ctx, (uint32_t)no, view_text(text)));
    return store_cells_each(ctx, 0, 1, see, &inner);
}

static void a_walk_may_write_what_it_walks_and_walk_within(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        assert_ok(store_cell_put(s, i, view_text("x")));
    assert_ok(store_cells_each(s, 1, 3, shout, s));
    struct seen seen = {0};
    assert_ok(store_cells_each(s, 0, 9, see, &seen));
    assert_string_equal(seen.text, "0=x;1=x!;2=x!;3=x!;4=x;");
    seen = (struct seen){.stop_after = 2};
    assert_err(ERR_DENIED, store_cells_each(s, 0, 9, see, &seen));
    assert_string_equal(seen.text, "0=x;1=x!;");
}

static err see_index(void *ctx, struct store_index at, struct view blob)
{
    return see(ctx, at.no * 100 + at.depth, blob);
}

static void index_cells_are_found_by_the_greatest_prefix(void **state)
{
    (void)state;
    struct store_index at = {0};
    assert_err(ERR_NOT_FOUND, store_index_find(s, 5, &at, NULL));
    assert_ok(store_index_put(s, (struct store_index){0, 0, 1}, view_text("low")));
    assert_ok(store_index_put(s, (struct store_index){1, 0x80000000, 2}, view_text("high")));
    assert_ok(store_index_put(s, (struct store_index){2, 0xc0000000, 2}, view_text("top")));
    static const struct {
        uint32_t token, no;
    } cases[] = {{0, 0}, {0x7fffffff, 0}, {0x80000000, 1}, {0xbfffffff, 1}, {0xc0000000, 2}, {UINT32_MAX, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_ok(store_index_find(s, cases[i].token, &at, NULL));
        assert_int_equal(at.no, cases[i].no);
    }
    assert_int_equal(at.prefix, 0xc0000000);
    assert_int_equal(at.depth, 2);
    assert_got("high", store_index_find(s, 0x90000000, NULL, &to));
    /* A split: cell 0 keeps the lower half. */
    assert_ok(store_index_put(s, (struct store_index){0, 0, 2}, view_text("lower")));
    assert_ok(store_index_put(s, (struct store_index){3, 0x40000000, 2}, view_text("upper")));
    assert_got("upper", store_index_find(s, 0x40000001, NULL, &to));
    assert_err(ERR_CONFLICT, store_index_put(s, (struct store_index){4, 0x40000000, 3}, view_text("twice")));
    struct seen seen = {0};
    assert_ok(store_index_each(s, 0, 9, see_index, &seen));
    assert_string_equal(seen.text, "2=lower;102=high;202=top;302=upper;");
    assert_ok(store_index_delete(s, 3));
    assert_got("lower", store_index_find(s, 0x40000001, NULL, &to));
    assert_ok(store_index_get(s, 1, &at, NULL));
    assert_int_equal(at.prefix, 0x80000000);
    uint64_t n = 0;
    assert_ok(store_index_count(s, &n));
    assert_int_equal(n, 3);
    commit();
}

static err see_doc(void *ctx, const struct store_doc *doc, struct view blob)
{
    assert_true(strlen(doc->kind) > 0 && strlen(doc->id) > 0);
    return see(ctx, doc->no * 10 + doc->version, blob);
}

static struct store_doc put_doc(const char *kind, const char *id, const char *text)
{
    struct store_doc doc;
    assert_ok(store_doc_next(s, kind, id, &doc));
    assert_ok(store_doc_put(s, &doc, view_text(text)));
    return doc;
}

static void documents_keep_all_versions(void **state)
{
    (void)state;
    struct store_doc a = put_doc("recipient", "acme", "a1");
    put_doc("recipient", "bolt", "b1");
    put_doc("purpose", "acme", "p1");
    struct store_doc a2 = put_doc("recipient", "acme", "a2");
    assert_int_equal(a.no, 1);
    assert_int_equal(a2.no, 4);
    assert_int_equal(a2.version, 2);
    assert_err(ERR_CONFLICT, store_doc_put(s, &a2, view_text("again")));
    struct store_doc other = a2;
    other.no = 99;
    assert_err(ERR_CONFLICT, store_doc_put(s, &other, view_text("same version")));
    commit();
    struct store_doc doc;
    assert_got("a2", store_doc_newest(s, "recipient", "acme", &doc, &to));
    assert_string_equal(doc.id, "acme");
    assert_int_equal(doc.version, 2);
    assert_got("a1", store_doc_version(s, "recipient", "acme", 1, &doc, &to));
    assert_got("p1", store_doc_get(s, 3, &doc, &to));
    assert_string_equal(doc.kind, "purpose");
    assert_err(ERR_NOT_FOUND, store_doc_newest(s, "recipient", "none", NULL, NULL));
    assert_err(ERR_NOT_FOUND, store_doc_version(s, "recipient", "acme", 3, NULL, NULL));
    struct seen seen = {0};
    assert_ok(store_docs_newest(s, "recipient", see_doc, &seen));
    assert_string_equal(seen.text, "21=b1;42=a2;");
    seen = (struct seen){0};
    assert_ok(store_docs_each(s, 0, UINT64_MAX, see_doc, &seen));
    assert_string_equal(seen.text, "11=a1;21=b1;31=p1;42=a2;");
    assert_ok(store_doc_reseal(s, 1, view_text("A1")));
    assert_got("A1", store_doc_get(s, 1, NULL, &to));
    assert_err(ERR_NOT_FOUND, store_doc_reseal(s, 77, view_text("x")));
    assert_ok(store_doc_delete(s, 4));
    assert_got("A1", store_doc_newest(s, "recipient", "acme", NULL, &to));
    uint64_t n = 0;
    assert_ok(store_doc_count(s, &n));
    assert_int_equal(n, 3);
}

static void names_have_a_length(void **state)
{
    (void)state;
    char name[131];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    struct store_doc doc;
    assert_err(ERR_INVALID, store_doc_next(s, "", "id", &doc));
    assert_err(ERR_LIMIT, store_doc_next(s, "kind", name, &doc));
    name[128] = 0;
    doc = put_doc("kind", name, "long");
    assert_got("long", store_doc_newest(s, "kind", name, &doc, &to));
    assert_string_equal(doc.id, name);
    assert_err(ERR_INVALID, store_set_put(s, "", "x", view_text("")));
}

static err see_set(void *ctx, const char *owner, const char *name)
{
    struct seen *seen = ctx;
    strcat(strcat(strcat(strcat(seen->text, owner), "/"), name), ";");
    return OK;
}

/* One statement by another connection, as a disk attacker or a decaying disk would change it. */
static void tamper(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(in_folder("register.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void sets_are_checked_before_they_are_given(void **state)
{
    (void)state;
    assert_ok(store_set_put(s, "handover/1", "people", view_text("set one")));
    assert_ok(store_set_put(s, "handover/1", "had.email", view_text("")));
    assert_ok(store_set_put(s, "handover/2", "people", view_text("set two")));
    assert_got("set one", store_set_get(s, "handover/1", "people", &to));
    assert_got("", store_set_get(s, "handover/1", "had.email", &to));
    struct seen seen = {0};
    assert_ok(store_sets_each(s, "handover/1", see_set, &seen));
    assert_string_equal(seen.text, "handover/1/had.email;handover/1/people;");
    seen = (struct seen){0};
    assert_ok(store_sets_each(s, NULL, see_set, &seen));
    assert_string_equal(seen.text, "handover/1/had.email;handover/1/people;handover/2/people;");
    assert_ok(store_set_delete(s, "handover/2", "people"));
    struct buf none = BUF(100);
    assert_err(ERR_NOT_FOUND, store_set_get(s, "handover/2", "people", &none));
    assert_ok(store_commit(&tx));
    tamper("UPDATE people_set SET blob = x'73657420746f65' WHERE name = 'people'");
    assert_err(ERR_CORRUPT, store_set_get(s, "handover/1", "people", &none));
    assert_int_equal(none.len, 0);
    assert_non_null(strstr(err_text()->what, "people of handover/1"));
}

static void leaves_come_and_go_whole(void **state)
{
    (void)state;
    uint8_t who[STORE_COMMITMENT] = {2}, hash[STORE_HASH] = {0};
    CLEANUP(buf_free) struct buf all = BUF(1000);
    assert_err(ERR_NOT_FOUND, store_leaves_get(s, who, &all));
    assert_ok(store_leaves_put(s, who, view_of(hash, 0)));
    buf_clear(&all);
    assert_ok(store_leaves_get(s, who, &all)); /* of nobody, and there */
    assert_int_equal(all.len, 0);
    assert_ok(store_leaves_put(s, who, view_of(hash, sizeof hash)));
    assert_ok(store_leaves_delete(s, who));
    assert_err(ERR_NOT_FOUND, store_leaves_get(s, who, &all));
}

static err count_piece(void *ctx, struct view hashes)
{
    size_t *seen = ctx; /* pieces, bytes */
    seen[0]++;
    seen[1] += hashes.len;
    return OK;
}

static void very_many_leaves_come_piece_by_piece(void **state)
{
    (void)state;
    enum { MANY = 100000 * STORE_HASH };
    uint8_t who[STORE_COMMITMENT] = {7};
    size_t seen[2] = {0};
    CLEANUP(mem_release) uint8_t *hashes = mem_alloc(MANY);
    CLEANUP(buf_free) struct buf all = BUF(MANY);
    assert_non_null(hashes);
    for (size_t i = 0; i < MANY; i++)
        hashes[i] = (uint8_t)(i * 7 >> 3);
    assert_ok(store_leaves_put(s, who, view_of(hashes, MANY)));
    assert_ok(store_leaves_each(s, who, count_piece, seen));
    assert_true(seen[0] > 1 && seen[1] == MANY);
    assert_ok(store_leaves_get(s, who, &all));
    assert_true(view_equal(buf_view(&all), view_of(hashes, MANY)));
    assert_ok(store_leaves_put(s, who, view_of(hashes, STORE_HASH))); /* nothing stays of what was there */
    buf_clear(&all);
    assert_ok(store_leaves_get(s, who, &all));
    assert_int_equal(all.len, STORE_HASH);
}

static err see_entry(void *ctx, uint64_t idx, struct view bytes, struct view sealed)
{
    TRY(see(ctx, idx, bytes));
    return sealed.p ? see(ctx, idx + 100, sealed) : OK;
}

static void entries_are_numbered_without_gaps(void **state)
{
    (void)state;
    uint64_t idx = 9;
    assert_ok(store_entry_count(s, &idx));
    assert_int_equal(idx, 0);
    assert_ok(store_entry_append(s, view_text("zero"), (struct view){0}, &idx));
    assert_int_equal(idx, 0);
    assert_ok(store_entry_append(s, view_text("one"), view_text("secret"), &idx));
    assert_int_equal(idx, 1);
    commit();
    assert_ok(store_entry_append(s, view_text("lost"), (struct view){0}, &idx));
    assert_int_equal(idx, 2);
    store_rollback(&tx);
    assert_ok(store_begin(s, 0, &tx));
    assert_ok(store_entry_append(s, view_text("two"), view_text(""), &idx));
    assert_int_equal(idx, 2);
    struct seen seen = {0};
    assert_ok(store_entries_each(s, 0, UINT64_MAX, see_entry, &seen));
    assert_string_equal(seen.text, "0=zero;1=one;101=secret;2=two;102=;");
    assert_got("secret", store_entry_get(s, 1, NULL, &to));
    assert_got("one", store_entry_get(s, 1, &to, NULL));
    assert_ok(store_entry_reseal(s, 1, (struct view){0}));
    assert_got("", store_entry_get(s, 1, NULL, &to));
    assert_err(ERR_NOT_FOUND, store_entry_reseal(s, 3, view_text("x")));
    assert_err(ERR_NOT_FOUND, store_entry_get(s, 3, NULL, NULL));
}

static void checkpoints_are_written_once(void **state)
{
    (void)state;
    uint64_t size = 0;
    assert_err(ERR_NOT_FOUND, store_checkpoint_newest(s, &size, NULL));
    assert_ok(store_checkpoint_put(s, 3, view_text("note 3")));
    assert_ok(store_checkpoint_put(s, 10, view_text("note 10")));
    assert_ok(store_checkpoint_put(s, 3, view_text("note 3")));
    assert_err(ERR_CONFLICT, store_checkpoint_put(s, 3, view_text("other")));
    assert_got("note 10", store_checkpoint_newest(s, &size, &to));
    assert_int_equal(size, 10);
    assert_got("note 3", store_checkpoint_get(s, 3, &to));
}

static err see_job(void *ctx, const struct store_job *job, struct view bytes)
{
    return see(ctx, job->state, bytes);
}

static void jobs_only_go_forward(void **state)
{
    (void)state;
    struct store_job job = {.key = {7}, .kind = "import", .state = 1}, other = {.key = {8}, .kind = "erase", .state = 5};
    assert_ok(store_job_put(s, &job, view_text("begun")));
    assert_err(ERR_CONFLICT, store_job_put(s, &job, view_text("again")));
    assert_ok(store_job_put(s, &other, view_text("e")));
    assert_ok(store_job_advance(s, job.key, 3, view_text("rows in")));
    assert_err(ERR_CONFLICT, store_job_advance(s, job.key, 3, view_text("twice")));
    assert_err(ERR_CONFLICT, store_job_advance(s, job.key, 2, view_text("back")));
    struct store_job found;
    assert_got("rows in", store_job_get(s, job.key, &found, &to));
    assert_int_equal(found.state, 3);
    assert_string_equal(found.kind, "import");
    struct seen seen = {0};
    assert_ok(store_jobs_each(s, NULL, see_job, &seen));
    assert_string_equal(seen.text, "5=e;3=rows in;");
    seen = (struct seen){0};
    assert_ok(store_jobs_each(s, "import", see_job, &seen));
    assert_string_equal(seen.text, "3=rows in;");
    assert_ok(store_job_delete(s, job.key));
    assert_err(ERR_NOT_FOUND, store_job_get(s, job.key, NULL, NULL));
    assert_err(ERR_NOT_FOUND, store_job_advance(s, job.key, 9, view_text("")));
    commit();
}

static void meta_and_counters(void **state)
{
    (void)state;
    assert_ok(store_meta_put(s, "organisation", view_text("Example Club")));
    assert_ok(store_meta_put(s, "organisation", view_text("Example Union")));
    assert_got("Example Union", store_meta_get(s, "organisation", &to));
    assert_ok(store_meta_delete(s, "organisation"));
    struct buf none = BUF(100);
    assert_err(ERR_NOT_FOUND, store_meta_get(s, "organisation", &none));
    assert_err(ERR_INTERNAL, store_meta_put(s, "store.epoch", view_text("x")));
    uint32_t cell = 9, first = 9;
    assert_ok(store_block_next(s, &cell, &first));
    assert_int_equal(cell, 0);
    assert_int_equal(first, 0);
    assert_ok(store_block_next(s, &cell, &first));
    assert_int_equal(cell, 1);
    assert_int_equal(first, 256);
    uint64_t n = 0;
    assert_ok(store_counter_next(s, STORE_INDEX_CELLS, 2, &n));
    assert_int_equal(n, 0);
    assert_ok(store_counter_next(s, STORE_INDEX_CELLS, 1, &n));
    assert_int_equal(n, 2);
    assert_ok(store_counter_peek(s, STORE_INDEX_CELLS, &n));
    assert_int_equal(n, 3);
    /* The last block of 2^32. */
    assert_ok(store_counter_next(s, STORE_ORDINALS, UINT32_MAX - 511 - 256, &n));
    assert_ok(store_block_next(s, &cell, &first));
    assert_int_equal(first, UINT32_MAX - 255);
    assert_err(ERR_LIMIT, store_block_next(s, &cell, &first));
}

static void a_transaction_is_all_or_nothing(void **state)
{
    (void)state;
    assert_ok(store_row_put(s, 1, view_text("kept")));
    commit();
    assert_ok(store_row_put(s, 1, view_text("changed")));
    assert_ok(store_row_put(s, 2, view_text("new")));
    store_rollback(&tx);
    store_rollback(&tx);
    assert_got("kept", store_row_get(s, 1, &to));
    uint64_t n = 0;
    assert_ok(store_row_count(s, &n));
    assert_int_equal(n, 1);
}

static void the_epoch_must_be_the_present_one(void **state)
{
    (void)state;
    assert_ok(store_epoch_set(s, 1));
    assert_err(ERR_CONFLICT, store_epoch_set(s, 1));
    assert_ok(store_commit(&tx));
    struct store_tx other = {0};
    assert_err(ERR_CONFLICT, store_begin(s, 0, &other));
    assert_null(other.store);
    assert_err(ERR_CONFLICT, store_begin(s, 2, &other));
    assert_ok(store_begin(s, 1, &other));
    assert_ok(store_commit(&other));
    uint64_t epoch = 0;
    assert_ok(store_epoch(s, &epoch));
    assert_int_equal(epoch, 1);
}

static err see_state(void *ctx, enum store_part part, uint64_t no, uint64_t sub, struct view blob)
{
    struct seen *seen = ctx;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%d:%llu.%llu=%.*s;", (int)part, (unsigned long long)no,
             (unsigned long long)sub, (int)blob.len, blob.p);
    return OK;
}

static void the_state_is_walked_in_one_order(void **state)
{
    (void)state;
    put_doc("incident", "one", "d");
    assert_ok(store_keys_put(s, STORE_KEYS_DOCS, 0, view_text("k3")));
    assert_ok(store_keys_put(s, STORE_KEYS_PEOPLE, 4, view_text("k1")));
    assert_ok(store_index_put(s, (struct store_index){2, 5, 32}, view_text("i")));
    assert_ok(store_cell_put(s, 8, view_text("c8")));
    assert_ok(store_cell_put(s, 1, view_text("c1")));
    struct seen seen = {0}, again = {0};
    assert_ok(store_state_each(s, see_state, &seen));
    assert_string_equal(seen.text, "0:1.0=c1;0:8.0=c8;1:2.5=i;2:4.1=k1;2:0.3=k3;3:1.1=d;");
    assert_ok(store_commit(&tx));
    assert_ok(store_state_each(s, see_state, &again));
    assert_string_equal(again.text, seen.text);
}

static void a_backup_is_whole_and_private(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 300; i++)
        assert_ok(store_row_put(s, i, view_text("a row of some length, so that there are several pages")));
    assert_ok(store_commit(&tx));
    char dir[100], path[128];
    snprintf(dir, sizeof dir, "%.22s/copy", folder);
    snprintf(path, sizeof path, "%s/register.db", dir);
    assert_ok(seam_mkdir(dir));
    assert_ok(store_backup_to(s, path));
    assert_err(ERR_CONFLICT, store_backup_to(s, path));
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    CLEANUP(store_close) struct store *copy = NULL;
    assert_ok(store_open(dir, STORE_READ, &copy));
    uint64_t n = 0;
    assert_ok(store_row_count(copy, &n));
    assert_int_equal(n, 300);
    assert_ok(store_integrity(copy));
    store_close(&copy);
    /* Nothing else was left there but what a reader makes. */
    char rest[160];
    snprintf(rest, sizeof rest, "test \"$(ls %s | grep -v -e -wal -e -shm)\" = register.db", dir);
    assert_int_equal(system(rest), 0);
}

static void tidying_empties_the_wal(void **state)
{
    (void)state;
    assert_ok(store_row_put(s, 1, view_text("x")));
    assert_ok(store_commit(&tx));
    struct stat about;
    assert_int_equal(stat(in_folder("register.db-wal"), &about), 0);
    assert_true(about.st_size > 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_ok(store_tidy(s));
    assert_int_equal(stat(in_folder("register.db-wal"), &about), 0);
    assert_int_equal(about.st_size, 0);
    assert_got("x", store_row_get(s, 1, &to));
    /* A reader in the way is no error. */
    CLEANUP(store_close) struct store *reader = NULL;
    assert_ok(store_open(folder, STORE_READ, &reader));
    CLEANUP(store_read_end) struct store_snapshot snapshot = {0};
    assert_ok(store_read_begin(reader, &snapshot));
    assert_ok(store_begin(s, 0, &tx));
    assert_ok(store_row_put(s, 1, view_text("y")));
    assert_ok(store_commit(&tx));
    assert_ok(store_tidy(s));
    assert_got("x", store_row_get(reader, 1, &to));
}

static void damage_is_found(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2000; i++)
        assert_ok(store_row_put(s, i, view_text("a row of some length, so that there are several pages")));
    assert_ok(store_commit(&tx));
    assert_ok(store_integrity(s));
    store_close(&s);
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    assert_ok(seam_open(&f, in_folder("register.db"), SEAM_FOR_WRITING));
    struct stat about;
    assert_int_equal(fstat(f.fd, &about), 0);
    for (uint64_t at = 8192; at < (uint64_t)about.st_size; at += 8192)
        assert_ok(seam_write(&f, at, view_text("garbage garbage garbage")));
    seam_close(&f);
    err e = store_open(folder, STORE_WRITE, &s);
    if (e.kind == ERR_OK)
        e = store_integrity(s);
    assert_err(ERR_CORRUPT, e);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_STORE(rows_cells_and_keys_are_put_replaced_walked_and_deleted),
        WITH_STORE(a_blob_that_does_not_fit_the_buffer_is_a_limit),
        WITH_STORE(a_walk_may_write_what_it_walks_and_walk_within),
        WITH_STORE(index_cells_are_found_by_the_greatest_prefix),
        WITH_STORE(documents_keep_all_versions),
        WITH_STORE(names_have_a_length),
        WITH_STORE(sets_are_checked_before_they_are_given),
        WITH_STORE(leaves_come_and_go_whole),
        WITH_STORE(very_many_leaves_come_piece_by_piece),
        WITH_STORE(entries_are_numbered_without_gaps),
        WITH_STORE(checkpoints_are_written_once),
        WITH_STORE(jobs_only_go_forward),
        WITH_STORE(meta_and_counters),
        WITH_STORE(a_transaction_is_all_or_nothing),
        WITH_STORE(the_epoch_must_be_the_present_one),
        WITH_STORE(the_state_is_walked_in_one_order),
        WITH_STORE(a_backup_is_whole_and_private),
        WITH_STORE(tidying_empties_the_wal),
        WITH_STORE(damage_is_found),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
