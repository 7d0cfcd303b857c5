/* For tests of the keeper's work without its process: a state with known roots in a folder of its own, a channel, and words to
 * put requests together.
 */
#ifndef KEEPER_STATE_H
#define KEEPER_STATE_H

#include "ops_int.h"

#include "checkpoint.h"
#include "entry.h"
#include "mem.h"
#include "seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct keeper_state {
    struct ops_state s;
    struct ops_channel c;
    char dir[64], vkey[80];
    uint8_t roots[2][KEY_BYTES];
    struct buf ring, keys[4]; /* of the first epoch; key blob 0 of each kind */
    struct buf request, answer;
};

static const uint8_t ks_org[ORG_BYTES] = "sixteen bytes ok";
static const uint8_t ks_commitment[16] = "commitment no. 1";

/* --- asking --- */

static inline struct buf *ks_ask(struct keeper_state *k, enum keeper_op op)
{
    buf_clear(&k->request);
    buf_u8(&k->request, (uint8_t)op);
    return &k->request;
}

static inline err ks_send_as(struct keeper_state *k, struct ops_channel *c)
{
    CHECK(buf_ok(&k->request).kind == ERR_OK);
    buf_clear(&k->answer);
    return ops_handle(&k->s, c, buf_view(&k->request), &k->answer);
}

static inline err ks_send(struct keeper_state *k)
{
    return ks_send_as(k, &k->c);
}

static inline struct rd ks_answer(const struct keeper_state *k)
{
    return rd_of(buf_view(&k->answer));
}

static inline void ks_put_cell(struct keeper_state *k, uint8_t kind, uint32_t no, struct view sealed)
{
    buf_u32(&k->request, no);
    buf_block(&k->request, buf_view(&k->keys[kind]));
    buf_block(&k->request, sealed);
}

/* Before kind, id and version of the one document that is to be opened. */
static inline struct buf *ks_ask_document(struct keeper_state *k, uint32_t no, struct view sealed)
{
    struct buf *r = ks_ask(k, KEEPER_DOCS_OPEN);
    buf_block(r, buf_view(&k->keys[KIND_DOCUMENTS]));
    buf_u32(r, 1);
    buf_u32(r, no);
    buf_block(r, sealed);
    return r;
}

static inline void ks_ask_hello(struct keeper_state *k, uint64_t epoch, struct view ring)
{
    struct buf *r = ks_ask(k, KEEPER_HELLO);
    buf_bytes(r, ks_org, ORG_BYTES);
    buf_u64(r, epoch);
    buf_block(r, ring);
    buf_u64(r, 1529049600);
}

static inline err ks_new_ring(struct keeper_state *k, uint64_t epoch, struct buf *to)
{
    buf_u64(ks_ask(k, KEEPER_RING_NEW), epoch);
    struct ops_channel nobody = {0};
    TRY(ks_send_as(k, &nobody));
    struct rd r = ks_answer(k);
    buf_clear(to);
    buf_put(to, rd_block(&r));
    return buf_ok(to);
}

/* --- the state --- */

/* A slot at epochs `first` and `second` (0: none), nobody greeted yet. */
static inline void ks_make(struct keeper_state *k, uint64_t first, uint64_t second)
{
    memset(k, 0, sizeof *k);
    CHECK(secret_start().kind == ERR_OK);
    snprintf(k->dir, sizeof k->dir, "/tmp/candour-test-XXXXXX");
    CHECK(mkdtemp(k->dir));
    snprintf(k->vkey, sizeof k->vkey, "%s/vkey", k->dir);
    k->ring = BUF(4096);
    k->request = BUF(LIMIT_FRAME_BYTES);
    k->answer = BUF(LIMIT_FRAME_BYTES);
    for (int i = 0; i < 4; i++)
        k->keys[i] = BUF(CELL_KEYS_BYTES + 4096);
    memset(k->roots[0], 0x5a, KEY_BYTES);
    memset(k->roots[1], 0xa5, KEY_BYTES);
    memcpy(k->s.org, ks_org, ORG_BYTES);
    k->s.epochs[0] = first;
    k->s.epochs[1] = second;
    k->s.practice = true;
    k->s.log_key_path = k->vkey;
    CHECK(ops_start(&k->s, (const uint8_t(*)[KEY_BYTES])k->roots).kind == ERR_OK);
    CHECK(counters_load(&k->s.counters, k->dir, "counters").kind == ERR_OK);
}

/* With a ring, greeted at the first epoch, and with the first thousand keys of each kind. */
static inline void ks_make_greeted(struct keeper_state *k)
{
    ks_make(k, 1, 0);
    CHECK(ks_new_ring(k, 1, &k->ring).kind == ERR_OK);
    ks_ask_hello(k, 1, buf_view(&k->ring));
    CHECK(ks_send(k).kind == ERR_OK);
    for (uint8_t kind = KIND_PEOPLE; kind <= KIND_DOCUMENTS; kind++) {
        struct buf *r = ks_ask(k, KEEPER_KEYS_NEW);
        buf_u8(r, kind);
        buf_u32(r, 0);
        CHECK(ks_send(k).kind == ERR_OK);
        struct rd a = ks_answer(k);
        buf_put(&k->keys[kind], rd_block(&a));
        CHECK(buf_ok(&k->keys[kind]).kind == ERR_OK);
    }
}

static inline void ks_end(struct keeper_state *k)
{
    char command[128];
    ops_channel_end(&k->s, &k->c);
    ops_end(&k->s);
    buf_free(&k->ring);
    buf_free(&k->request);
    buf_free(&k->answer);
    for (int i = 0; i < 4; i++)
        buf_free(&k->keys[i]);
    snprintf(command, sizeof command, "rm -rf %s", k->dir);
    CHECK(system(command) == 0);
}

/* --- people --- */

struct ks_record {
    uint8_t category;
    uint16_t id;
    const char *text;
};

static inline void ks_put_person(struct buf *r, uint8_t place, const char *facts, uint32_t new_keys, struct view row,
                                 const struct ks_record *records, size_t count)
{
    buf_u8(r, place);
    buf_u8(r, facts != NULL);
    buf_u32(r, new_keys);
    buf_block(r, view_text(facts ? facts : ""));
    buf_u8(r, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_u8(r, records[i].category);
        buf_u16(r, records[i].id);
        buf_block(r, view_text(records[i].text));
    }
    buf_block(r, row);
}

/* Writes one person into a cell, both kept by the caller; the categories of `new_keys` under new keys. */
static inline err ks_write_anew(struct keeper_state *k, uint32_t no, struct buf *cell, uint8_t place, struct buf *row, const char *facts,
                                uint32_t new_keys, const struct ks_record *records, size_t count)
{
    struct buf *r = ks_ask(k, KEEPER_PEOPLE_WRITE);
    ks_put_cell(k, KIND_PEOPLE, no, buf_view(cell));
    buf_u16(r, 1);
    ks_put_person(r, place, facts, new_keys, buf_view(row), records, count);
    TRY(ks_send(k));
    struct rd a = ks_answer(k);
    struct view new_cell = rd_block(&a), new_row = rd_block(&a);
    CHECK(rd_done(&a));
    buf_clear(cell);
    buf_put(cell, new_cell);
    buf_clear(row);
    buf_put(row, new_row);
    TRY(buf_ok(cell));
    return buf_ok(row);
}

static inline err ks_write(struct keeper_state *k, uint32_t no, struct buf *cell, uint8_t place, struct buf *row, const char *facts,
                           const struct ks_record *records, size_t count)
{
    return ks_write_anew(k, no, cell, place, row, facts, 0, records, count);
}

static inline void ks_ask_read(struct keeper_state *k, uint32_t no, struct view cell, uint8_t place, struct view row, uint32_t mask)
{
    struct buf *r = ks_ask(k, KEEPER_PEOPLE_READ);
    ks_put_cell(k, KIND_PEOPLE, no, cell);
    buf_u32(r, mask);
    buf_u8(r, KEEPER_WANT_FACTS);
    buf_u16(r, 1);
    buf_u8(r, place);
    buf_block(r, row);
}

/* --- index --- */

static inline void ks_token(uint8_t to[TOKEN_BYTES], uint32_t start, uint8_t rest)
{
    memset(to, rest, TOKEN_BYTES);
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(start >> (24 - 8 * i));
}

static inline err ks_index_write(struct keeper_state *k, uint32_t no, struct buf *cell, uint8_t depth, uint32_t prefix,
                                 const struct cell_token *entries, size_t count)
{
    struct buf *r = ks_ask(k, KEEPER_INDEX_WRITE);
    ks_put_cell(k, KIND_INDEX, no, buf_view(cell));
    buf_u8(r, depth);
    buf_u32(r, prefix);
    buf_u32(r, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        cell_token_put(r, &entries[i]);
    TRY(ks_send(k));
    struct rd a = ks_answer(k);
    rd_u32(&a);
    struct view now = rd_block(&a);
    rd_block(&a); /* what found no room */
    CHECK(rd_done(&a));
    buf_clear(cell);
    buf_put(cell, now);
    return buf_ok(cell);
}

/* --- warrants: a log of two entries of our own --- */

struct ks_terms {
    const char *until, *number; /* number: JSON */
    const char *categories;     /* JSON list */
    const char *kind;           /* NULL: warrant */
};

static inline void ks_log_key(const char *path, const uint8_t seed[32], struct note_key *key)
{
    uint8_t public_key[32];
    CLEANUP(buf_free) struct buf line = BUF(4096);
    secret_sign_key(seed, public_key);
    CHECK(note_key_make(view_text("practice.test.example/log"), NOTE_ED25519, public_key, key).kind == ERR_OK);
    note_vkey_format(key, &line);
    buf_str(&line, "\n");
    if (path)
        CHECK(seam_create_once(path, buf_view(&line)).kind == ERR_OK);
}

static inline void ks_warrant_entry(const struct ks_terms *t, struct buf *entry)
{
    CLEANUP(buf_free) struct buf text = BUF(4096);
    buf_fmt(&text,
            "{\"categories\":%s,\"job\":\"letters\",\"kind\":\"%s\",\"number\":%s,\"purpose\":\"membership\",\"set\":"
            "\"00000000000000000000000000000000000000000000000000000000000000ff\",\"time\":\"2018-06-15T08:00:00Z\",\"until\":\"%s\"}",
            t->categories, t->kind ? t->kind : "warrant", t->number, t->until);
    json_t *j = json_loads(buf_text(&text), 0, NULL);
    if (entry_encode(j, entry).kind != ERR_OK)
        buf_put(entry, buf_view(&text));
    json_decref(j);
}

/* The request that shows a warrant at index 1, to work under it (KEEPER_WARRANT) or to settle a credit; `seed` signs the log. */
static inline void ks_ask_shown(struct keeper_state *k, enum keeper_op op, const struct ks_terms *t, const uint8_t seed[32])
{
    struct note_key key;
    ks_log_key(NULL, seed, &key);
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES), check = BUF(4096), note = BUF(8192);
    ks_warrant_entry(t, &entry);
    struct hash leaves[2] = {merkle_leaf(view_text("another entry")), merkle_leaf(buf_view(&entry))};
    struct checkpoint c = {.origin = view_text(key.name), .size = 2, .root = merkle_node(&leaves[0], &leaves[1])};
    CHECK(checkpoint_format(&c, &check).kind == ERR_OK);
    uint8_t signature[SIGNATURE_BYTES];
    secret_sign(signature, seed, buf_view(&check));
    CHECK(note_assemble(buf_view(&check), &key, signature, &note).kind == ERR_OK);
    struct buf *r = ks_ask(k, op);
    buf_block(r, buf_view(&entry));
    buf_u64(r, 1);
    buf_u8(r, 1);
    buf_put(r, hash_view(&leaves[0]));
    buf_block(r, buf_view(&note));
}

static inline void ks_ask_warrant(struct keeper_state *k, const struct ks_terms *t, const uint8_t seed[32])
{
    ks_ask_shown(k, KEEPER_WARRANT, t, seed);
}

static inline void ks_ask_credit(struct keeper_state *k, const struct ks_terms *t, uint64_t index)
{
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES);
    ks_warrant_entry(t, &entry);
    struct buf *r = ks_ask(k, KEEPER_CREDIT);
    buf_block(r, buf_view(&entry));
    buf_u64(r, index);
    buf_u8(r, 0);
}

#endif
