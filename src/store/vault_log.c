#include "vault_int.h"

#include "digest.h"
#include "entry.h"
#include "mem.h"
#include "publish.h"
#include "signer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WARRANT_SECONDS = 3600, DOC_NUMBER_BYTES = 8, SIDE_MAX = LIMIT_ENTRY_BYTES + 256 };
enum { READINGS = 1000, SHARED_SECONDS = 600 }; /* of a reading's credit: for how many like it; how long it must be good still */

static const uint64_t WARRANT_MOST = 1000000000000;

static void drop(json_t **j)
{
    json_decref(*j);
}

/* The private side of an entry in its row: the number of the key it is sealed under, then `plain` (salt and body), sealed. */
static err seal_side(struct vault *v, uint64_t index, struct view plain, struct buf *to)
{
    uint64_t no;
    char id[24];
    TRY(store_counter_next(v->store, STORE_DOCS, 1, &no));
    snprintf(id, sizeof id, "%" PRIu64, index);
    struct view sealed;
    TRY(vault_seal_bytes(v, no, "entry", id, 1, plain, &sealed));
    buf_u64(to, no);
    buf_put(to, sealed);
    return buf_ok(to);
}

static err side_damaged(void)
{
    return err_new(ERR_CORRUPT, "The private side of a log entry is damaged.", "Run 'candour fsck'.");
}

uint64_t vault_side_key(struct view side)
{
    struct rd r = rd_of(side);
    return rd_u64(&r);
}

struct side_names {
    struct keeper_document list[LIMIT_KEEPER_DOCUMENTS];
    char ids[LIMIT_KEEPER_DOCUMENTS][24];
};

err vault_open_sides(struct vault *v, const struct vault_side *sides, size_t count, struct view *ret)
{
    CHECK(count && count <= LIMIT_KEEPER_DOCUMENTS);
    CLEANUP(mem_release) struct side_names *n = mem_alloc(sizeof *n);
    ENSURE(n, mem_none());
    struct view keys;
    uint64_t first = vault_side_key(sides[0].bytes);
    bool good = first <= UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        struct rd r = rd_of(sides[i].bytes);
        uint64_t no = rd_u64(&r);
        snprintf(n->ids[i], sizeof n->ids[i], "%" PRIu64, sides[i].index);
        n->list[i] = (struct keeper_document){.no = (uint32_t)no, .kind = "entry", .id = n->ids[i], .version = 1, .bytes = view_of(r.p, r.len)};
        good = good && rd_ok(&r) && no / CELL_KEYS_PER_BLOB == first / CELL_KEYS_PER_BLOB;
    }
    ENSURE(good, side_damaged());
    TRY(vault_keys_of(v, KEEPER_DOCUMENTS, (uint32_t)first, &keys));
    n->list[0].keys = keys;
    TRY(keeper_open_documents(v->keeper, n->list, count, ret));
    for (size_t i = 0; i < count; i++)
        good = good && ret[i].len > ENTRY_SALT_BYTES;
    return good ? OK : side_damaged();
}

/* The document that an entry names needs no other. */
static void named(struct vault *v, const json_t *entry)
{
    struct hash h;
    const char *hex = json_string_value(json_object_get(entry, "doc"));
    if (!hex || !hex_decode(h.b, HASH_BYTES, view_text(hex)))
        return;
    struct buf *list = &v->unnamed;
    for (size_t at = 0; at < list->len; at += HASH_BYTES) {
        if (memcmp(list->p + at, h.b, HASH_BYTES) != 0)
            continue;
        memmove(list->p + at, list->p + at + HASH_BYTES, list->len - at - HASH_BYTES);
        list->len -= HASH_BYTES;
        return;
    }
}

/* Takes `body` over.  `kept` (p NULL: nothing): salt and what is hidden of an entry in clear. */
static err append(struct vault *v, json_t *body, struct view kept, uint64_t *ret_index)
{
    CLEANUP(drop) json_t *entry = body;
    ENSURE(entry && json_object_set_new(entry, "time", entry_time(vault_now(v))) == 0, mem_none());
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    v->acted = v->acted || (kind && strcmp(kind, "warrant") != 0 && strcmp(kind, "state") != 0);
    uint64_t at, index = 0;
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_ENTRY_BYTES), plain = BUF_SECRET(SIDE_MAX), side = BUF(2 * SIDE_MAX);
    if (kind && entry_is_sealed_kind(kind)) {
        uint8_t salt[ENTRY_SALT_BYTES];
        secret_random(salt, sizeof salt);
        TRY(entry_seal(entry, salt, vault_now(v), &bytes));
        buf_bytes(&plain, salt, sizeof salt);
        TRY(entry_encode_body(entry, &plain));
    } else {
        TRY(entry_encode(entry, &bytes));
        buf_put(&plain, kept);
    }
    if (plain.len) {
        TRY(store_entry_count(v->store, &index));
        TRY(seal_side(v, index, buf_view(&plain), &side));
    }
    TRY(store_entry_append(v->store, buf_view(&bytes), buf_view(&side), &at));
    CHECK(!plain.len || at == index);
    named(v, entry);
    if (ret_index)
        *ret_index = at;
    return OK;
}

err vault_entry(struct vault *v, json_t *body, uint64_t *ret_index)
{
    return append(v, body, (struct view){0}, ret_index);
}

/* Salt and `hidden` to `kept`, and their hash as `key` of `body`. */
static err hide(json_t *body, const char *key, struct view hidden, struct buf *kept)
{
    uint8_t salt[ENTRY_SALT_BYTES];
    secret_random(salt, sizeof salt);
    struct hash h = entry_text_hash(salt, hidden);
    buf_bytes(kept, salt, sizeof salt);
    buf_put(kept, hidden);
    TRY(buf_ok(kept));
    return body && json_object_set_new(body, key, entry_hash(&h)) == 0 ? OK : mem_none();
}

err vault_entry_hiding(struct vault *v, json_t *body, const char *key, struct view hidden, uint64_t *ret_index)
{
    CLEANUP(drop) json_t *entry = body;
    CLEANUP(buf_free) struct buf kept = BUF_SECRET(SIDE_MAX);
    TRY(hide(entry, key, hidden, &kept));
    return append(v, json_incref(entry), buf_view(&kept), ret_index);
}

/* Salt and canonical body of a sealed entry, or what is hidden of one in clear. */
static err entry_side(struct vault *v, uint64_t index, struct buf *to)
{
    CLEANUP(buf_free) struct buf side = BUF(2 * SIDE_MAX);
    TRY(store_entry_get(v->store, index, NULL, &side));
    ENSURE(side.len, err_new(ERR_NOT_FOUND, "This entry of the log has no private side.", "Only sealed entries can be opened."));
    struct view plain;
    TRY(vault_open_sides(v, &(struct vault_side){index, buf_view(&side)}, 1, &plain));
    buf_put(to, plain);
    return buf_ok(to);
}

err vault_entry_opening(struct vault *v, uint64_t index, struct buf *to)
{
    return entry_side(v, index, to);
}

err vault_entry_body(struct vault *v, uint64_t index, json_t **ret_body)
{
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(SIDE_MAX);
    TRY(entry_side(v, index, &plain));
    return entry_parse_body(view_of(plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES), ret_body);
}

err vault_release(struct vault *v, uint64_t index, uint64_t *ret_index)
{
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(SIDE_MAX), bytes = BUF(LIMIT_ENTRY_BYTES);
    CLEANUP(drop) json_t *body = NULL;
    TRY(entry_side(v, index, &plain));
    TRY(entry_parse_body(view_of(plain.p + ENTRY_SALT_BYTES, plain.len - ENTRY_SALT_BYTES), &body));
    TRY(entry_release(index, body, plain.p, vault_now(v), &bytes));
    return store_entry_append(v->store, buf_view(&bytes), (struct view){0}, ret_index);
}

err vault_documents_entry(struct vault *v)
{
    struct rd r = rd_of(buf_view(&v->unnamed));
    while (r.len) {
        json_t *list = json_array();
        struct hash h;
        for (size_t i = 0; list && i < LIMIT_ENTRY_LIST && r.len; i++) {
            rd_copy(&r, h.b, HASH_BYTES);
            if (json_array_append_new(list, entry_hash(&h)) != 0) {
                json_decref(list);
                return mem_none();
            }
        }
        TRY(vault_entry(v, json_pack("{s:s, s:o}", "kind", "documents", "docs", list), NULL));
    }
    buf_clear(&v->unnamed);
    return OK;
}

/* --- the state of the day --- */

struct state_root {
    struct digest digest;
    uint64_t cells;
};

static void add_number(struct digest *d, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        digest_add_u8(d, (uint8_t)(n >> (56 - 8 * i)));
}

/* docs/format.md section 8: SHA-256 over (part, number, sub-number, SHA-256 of the sealed bytes) of everything, in order. */
static err add_part(void *ctx, enum store_part part, uint64_t no, uint64_t sub, struct view blob)
{
    struct state_root *s = ctx;
    struct hash h = digest_of(blob);
    digest_add_u8(&s->digest, (uint8_t)part);
    add_number(&s->digest, no);
    add_number(&s->digest, sub);
    digest_add(&s->digest, hash_view(&h));
    s->cells += part == STORE_PART_CELLS || part == STORE_PART_INDEX;
    return OK;
}

err vault_state_entry(struct vault *v)
{
    char day[24], last[24] = "";
    CLEANUP(buf_free) struct buf b = BUF(sizeof last);
    snprintf(day, sizeof day, "%d", (int)vault_today(v));
    err e = store_meta_get(v->store, "state.day", &b);
    if (e.kind == ERR_OK)
        snprintf(last, sizeof last, "%.*s", (int)b.len, (const char *)b.p);
    else if (e.kind != ERR_NOT_FOUND)
        return e;
    if (strcmp(day, last) == 0)
        return OK;
    struct state_root s = {0};
    digest_begin(&s.digest);
    TRY(store_state_each(v->store, add_part, &s));
    struct hash root = digest_end(&s.digest);
    TRY(store_meta_put(v->store, "state.day", view_text(day)));
    return vault_entry(v, json_pack("{s:s, s:o, s:I, s:I}", "kind", "state", "root", entry_hash(&root), "cells", (json_int_t)s.cells, "epoch",
                                    (json_int_t)v->epoch), NULL);
}

/* --- publishing --- */

void vault_log_dir(const struct vault *v, char *to, size_t size)
{
    snprintf(to, size, "%s/log", v->dir);
}

err vault_vkey(struct vault *v, struct buf *to)
{
    return signer_vkey(v->slots[0], to);
}

static err publish_all(struct vault *v)
{
    CLEANUP(signer_close) struct signer *signer = NULL;
    CLEANUP(buf_free) struct buf vkey = BUF(4096);
    char dir[LIMIT_PATH_BYTES + 8];
    vault_log_dir(v, dir, sizeof dir);
    TRY(vault_vkey(v, &vkey));
    TRY(signer_open(v->program, v->slots[0], &signer));
    uint64_t size;
    return publish_run(v->store, signer, dir, buf_view(&vkey), &size);
}

typedef err show_fn(struct keeper *k, struct view entry, uint64_t index, const struct merkle_proof *proof, struct view checkpoint);

/* Shows the keeper a published entry with its proof. */
static err show(struct vault *v, uint64_t index, show_fn *fn)
{
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES), note = BUF(LIMIT_NOTE_BYTES);
    CLEANUP(mem_release) struct merkle_proof *proof = mem_alloc(sizeof *proof);
    ENSURE(proof, mem_none());
    char dir[LIMIT_PATH_BYTES + 8];
    vault_log_dir(v, dir, sizeof dir);
    TRY(store_entry_get(v->store, index, &entry, NULL));
    TRY(publish_proof(v->store, dir, index, proof, &note));
    return fn(v->keeper, buf_view(&entry), index, proof, buf_view(&note));
}

/* --- credits --- */

struct search {
    struct view entry;
    uint64_t index;
    bool found;
};

static err compare(void *ctx, uint64_t index, struct view bytes, struct view sealed)
{
    (void)sealed;
    struct search *s = ctx;
    if (view_equal(bytes, s->entry)) {
        s->index = index;
        s->found = true;
    }
    return OK;
}

/* Where the entry stands: at the index that was said, else the last one like it. */
static err find_entry(struct vault *v, uint64_t said, struct search *s)
{
    uint64_t count;
    TRY(store_entry_count(v->store, &count));
    if (said < count)
        TRY(store_entries_each(v->store, said, said, compare, s));
    return s->found || !count ? OK : store_entries_each(v->store, 0, count - 1, compare, s);
}

/* What was done on credit stands in the log for everybody to see, or is entered there now: its database was given up, say. */
static err settle(struct vault *v, uint64_t said, struct view entry)
{
    struct search s = {.entry = entry};
    TRY(find_entry(v, said, &s));
    if (s.found) {
        err e = show(v, s.index, keeper_settle);
        if (e.kind != ERR_CONFLICT)
            return e;
        err_ignore(e, "it is entered once more");
    }
    TRY(vault_begin(v));
    TRY(store_entry_append(v->store, entry, (struct view){0}, &s.index));
    TRY(vault_commit(v));
    TRY(publish_all(v));
    return show(v, s.index, keeper_settle);
}

static err settle_all(struct vault *v)
{
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES);
    struct keeper_status status;
    TRY(keeper_status(v->keeper, &status));
    for (size_t left = status.credit_count; left && status.credit_count; left--) {
        uint64_t said = status.credits[0].index;
        buf_clear(&entry);
        buf_put(&entry, status.credits[0].entry);
        TRY(buf_ok(&entry));
        TRY(settle(v, said, buf_view(&entry)));
        TRY(keeper_status(v->keeper, &status));
    }
    return OK;
}

err vault_publish(struct vault *v)
{
    if (v->beside[0])
        return OK; /* nothing is ever committed in it */
    TRY(publish_all(v));
    if (!(keeper_alarms(v->keeper) & (ALARM_CREDIT | ALARM_OWED)))
        return OK;
    err e = settle_all(v);
    if (e.kind != ERR_OK)
        vault_undo(v);
    err_ignore(e, "the alarm stays, and the next command tries again");
    return OK;
}

err vault_can_publish(struct vault *v)
{
    char todo[sizeof err_text()->todo];
    ENSURE(!v->beside[0], vault_only_a_copy(v));
    err e = vault_publish(v);
    if (e.kind == ERR_OK)
        return OK;
    struct err_text words = *err_text();
    int len = snprintf(todo, sizeof todo, "Nothing was changed. %s", words.todo);
    size_t bytes = len < (int)sizeof todo ? (size_t)len : sizeof todo - 1;
    e = err_said(e.kind, words.what, strlen(words.what), todo, bytes);
    return words.where[0] ? err_at(e, words.where, words.line, words.column) : e;
}

err vault_checkpoint_line(struct vault *v, struct buf *to)
{
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c;
    TRY(publish_newest(v->store, &note, &c));
    buf_fmt(to, "size %" PRIu64 ", root ", c.size);
    buf_base64(to, hash_view(&c.root));
    return buf_ok(to);
}

static json_t *category_list(uint32_t categories)
{
    json_t *list = json_array();
    for (int i = 0; list && i < CELL_CATEGORIES_MAX; i++) {
        if (!(categories >> i & 1))
            continue;
        char number[4];
        snprintf(number, sizeof number, "%d", i);
        if (json_array_append_new(list, json_string(number)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* --- warrants --- */

/* The public is not to learn how many people there are, nor by how many two pieces of work differ. */
static uint64_t rounded_up(uint64_t n)
{
    static const uint64_t steps[] = {1, 2, 5};
    for (uint64_t unit = 100; unit < WARRANT_MOST; unit *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            if (n <= steps[i] * unit)
                return steps[i] * unit;
    return WARRANT_MOST;
}

struct terms {
    const char *job, *purpose;
    uint32_t categories;
    uint64_t number;
};

/* Without its time.  `hidden` gets what it is for, as only who has the keys may know it. */
static json_t *warrant_entry(struct vault *v, const struct terms *t, struct buf *hidden)
{
    buf_fmt(hidden, "{\"command\":\"%s\",\"number\":%" PRIu64 "}", v->command, t->number);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "kind", "warrant", "job", t->job, "purpose", t->purpose, "categories",
                     category_list(t->categories), "number", entry_count(rounded_up(t->number)), "until",
                     entry_time(vault_now(v) + WARRANT_SECONDS));
}

static err enter_warrant(struct vault *v, const struct terms *t, uint64_t *ret_index)
{
    CLEANUP(buf_free) struct buf hidden = BUF(SIDE_MAX);
    json_t *entry = warrant_entry(v, t, &hidden);
    err e = buf_ok(&hidden);
    if (e.kind == ERR_OK)
        e = vault_begin(v);
    if (e.kind != ERR_OK) {
        json_decref(entry);
        return e;
    }
    TRY(vault_entry_hiding(v, entry, "set", buf_view(&hidden), ret_index));
    return vault_commit(v);
}

/* A copy has no log of its own: its warrant stands in that of the directory it lies beside, and is shown over our conversation. */
static err warrant_beside(struct vault *v, const struct terms *t)
{
    struct vault_options o = {.dir = v->beside, .program = v->program, .command = v->command, .has_now = v->practice, .now = vault_now(v)};
    CLEANUP(vault_close) struct vault *home = NULL;
    err opened = vault_open(&o, STORE_WRITE, &home);
    ENSURE(opened.kind != ERR_NOT_FOUND,
           err_newf(ERR_CONFLICT, "This is a copy for looking, and the directory {}, beside which it was restored, is not there any more.",
                    "Restore the backup once more, into another folder: then everything goes on from there.", err_name(v->beside)));
    TRY(opened);
    struct keeper *its = home->keeper;
    home->keeper = v->keeper;
    err e = vault_warrant(home, t->job, t->purpose, t->categories, t->number);
    vault_undo(home);
    home->keeper = its;
    return e;
}

static err take_warrant(struct vault *v, const struct terms *t)
{
    uint64_t index;
    TRY(vault_can_publish(v));
    TRY(enter_warrant(v, t, &index));
    TRY(vault_publish(v));
    return show(v, index, keeper_warrant);
}

err vault_warrant(struct vault *v, const char *job, const char *purpose, uint32_t categories, uint64_t number)
{
    return take_warrant(v, &(struct terms){job, purpose, categories, number});
}

/* Whatever it is, the public can't tell from it that there is a breach, or a hand-over. */
static struct terms plain_terms(uint64_t number)
{
    return (struct terms){"reading", "internal", UINT32_MAX, number};
}

err vault_warrant_plain(struct vault *v, uint64_t number)
{
    struct terms t = plain_terms(number);
    return take_warrant(v, &t);
}

static struct terms many_terms(uint64_t number)
{
    return plain_terms(number > WARRANT_MOST / READINGS ? WARRANT_MOST : number * READINGS);
}

/* Whether a credit is of that kind (quiet: for reading while somebody writes), is good for a while still, and has room for `number` more. */
static bool has_room(struct vault *v, const struct keeper_credit *k, uint64_t number, bool quiet)
{
    CLEANUP(drop) json_t *entry = NULL;
    int64_t until = 0, now = vault_now(v);
    if (quiet != (k->quiet_until != 0))
        return false;
    err e = entry_parse(k->entry, &entry);
    const char *text = e.kind == ERR_OK ? json_string_value(json_object_get(entry, "until")) : NULL;
    if (text)
        e = when_parse_instant(view_text(text), &until);
    uint64_t most = e.kind == ERR_OK ? (uint64_t)json_integer_value(json_object_get(entry, "number")) : 0;
    err_ignore(e, "then another is taken");
    bool good = until >= now + SHARED_SECONDS && until <= now + WARRANT_SECONDS && (!quiet || k->quiet_until >= now + SHARED_SECONDS);
    return good && most > k->used && most - k->used >= number;
}

/* Of many credits at once there is an end, of questions there is none: the first takes one for all that follow. */
static err share(struct vault *v, uint64_t number, bool quiet, bool *ret_done)
{
    struct keeper_status status;
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES);
    *ret_done = false;
    TRY(keeper_status(v->keeper, &status));
    for (size_t i = 0; i < status.credit_count && !*ret_done; i++) {
        if (!has_room(v, &status.credits[i], number, quiet))
            continue;
        buf_put(&entry, status.credits[i].entry);
        TRY(buf_ok(&entry));
        TRY(keeper_credit(v->keeper, buf_view(&entry), status.credits[i].index, quiet));
        *ret_done = true;
    }
    return OK;
}

err vault_warrant_urgent(struct vault *v, uint64_t number)
{
    uint64_t index;
    bool shared;
    struct terms t = plain_terms(number);
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES);
    if (v->beside[0])
        return warrant_beside(v, &t);
    err e = vault_publish(v);
    if (e.kind != ERR_OK) {
        TRY(share(v, number, false, &shared));
        if (shared)
            return OK;
        t = many_terms(number);
    }
    TRY(enter_warrant(v, &t, &index));
    e = vault_publish(v);
    if (e.kind == ERR_OK)
        return show(v, index, keeper_warrant);
    err_ignore(e, "it is told at the end of the work; until then the keeper's alarm tells it");
    TRY(store_entry_get(v->store, index, &entry, NULL));
    return keeper_credit(v->keeper, buf_view(&entry), index, false);
}

/* --- reading while somebody writes --- */

static err nobody_writes(struct vault *v)
{
    struct timespec t;
    bool held;
    clock_gettime(CLOCK_REALTIME, &t);
    TRY(store_lease_held(v->store, "register", (int64_t)t.tv_sec * 1000, &held));
    return held ? err_new(ERR_BUSY, "The register is being written.", "Wait a moment and run the command again.") : OK;
}

/* Its salt is given up: until it is entered there is no place to keep what is hidden of it. */
static err read_on_credit(struct vault *v, uint64_t number)
{
    bool shared;
    uint64_t index;
    struct terms t = many_terms(number);
    CLEANUP(buf_free) struct buf hidden = BUF(SIDE_MAX), kept = BUF_SECRET(SIDE_MAX), bytes = BUF(LIMIT_ENTRY_BYTES);
    CLEANUP(drop) json_t *entry = NULL;
    TRY(share(v, number, true, &shared));
    if (shared)
        return OK;
    entry = warrant_entry(v, &t, &hidden);
    TRY(hide(entry, "set", buf_view(&hidden), &kept));
    ENSURE(json_object_set_new(entry, "time", entry_time(vault_now(v))) == 0, mem_none());
    TRY(entry_encode(entry, &bytes));
    TRY(store_entry_count(v->store, &index));
    return keeper_credit(v->keeper, buf_view(&bytes), index, true);
}

err vault_warrant_reading(struct vault *v, uint64_t number)
{
    struct terms t = plain_terms(number);
    if (v->beside[0])
        return warrant_beside(v, &t);
    store_patience(v->store, false);
    err e = nobody_writes(v);
    if (e.kind == ERR_OK)
        e = vault_warrant_plain(v, number);
    store_patience(v->store, true);
    if (e.kind == ERR_BUSY) {
        err_ignore(e, "who only reads does not wait");
        vault_undo(v);
        e = read_on_credit(v, number);
    }
    TRY(e);
    return store_read_begin(v->store, &v->snapshot);
}
