#include "keeper.h"

#include "limits.h"
#include "mem.h"
#include "protocol.h"
#include "server.h"
#include "slot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct keeper {
    int fd;
    uint8_t alarms;
    bool waits; /* for an answer */
    struct buf request, answer;
    struct rd left; /* of the answer, for the next_ calls */
    uint32_t more;
};

void keeper_close(struct keeper **k)
{
    if (!*k)
        return;
    if ((*k)->fd >= 0)
        close((*k)->fd);
    buf_free(&(*k)->request);
    buf_free(&(*k)->answer);
    mem_free(*k);
    *k = NULL;
}

err keeper_over(int fd, struct keeper **ret)
{
    struct keeper *k = mem_alloc(sizeof *k);
    ENSURE(k, mem_none());
    k->fd = fd;
    k->request = BUF_SECRET(LIMIT_FRAME_BYTES);
    k->answer = BUF_SECRET(LIMIT_FRAME_BYTES);
    *ret = k;
    return OK;
}

err keeper_open(const char *program, const char *const *slots, size_t slot_count, const struct secret_source *source, struct keeper **ret)
{
    CHECK(slot_count > 0 && slot_count <= SLOT_SHARES_MAX);
    CLEANUP(keeper_close) struct keeper *k = NULL;
    TRY(keeper_over(-1, &k));
    struct server_place place;
    TRY(server_place_of(slots[0], &place));
    /* Whole paths: the keeper has another working directory. */
    CLEANUP(mem_release) char(*full)[LIMIT_PATH_BYTES] = mem_array(slot_count, sizeof *full);
    ENSURE(full, mem_none());
    char *args[2 * SLOT_SHARES_MAX + 3] = {"candour", "keeper"};
    for (size_t i = 0; i < slot_count; i++) {
        if (!realpath(slots[i], full[i]))
            return err_at(err_system("find the slot"), slots[i], 0, 0);
        args[2 + 2 * i] = "--slot";
        args[3 + 2 * i] = full[i];
    }
    TRY(server_reach(&place, ".keeper.sock", program, args, source, &k->fd));
    *ret = k;
    k = NULL;
    return OK;
}

static void ask(struct keeper *k, enum keeper_op op)
{
    CHECK(!k->waits);
    buf_clear(&k->request);
    buf_u8(&k->request, (uint8_t)op);
}

/* After half an exchange nobody knows what the next bytes would mean: the connection is done with. */
static err or_over(struct keeper *k, err e)
{
    if (e.kind != ERR_OK && k->fd >= 0) {
        close(k->fd);
        k->fd = -1;
    }
    return e;
}

/* Sends what ask() began. */
static err begin(struct keeper *k)
{
    k->more = 0;
    k->left = (struct rd){0};
    TRY(buf_ok(&k->request));
    ENSURE(k->fd >= 0, answer_broken());
    err e = or_over(k, frame_send(k->fd, buf_view(&k->request)));
    buf_clear(&k->request);
    k->waits = e.kind == ERR_OK;
    return e;
}

/* Leaves `k->left` at the answer's body. */
static err take(struct keeper *k)
{
    CHECK(k->waits);
    k->waits = false;
    TRY(or_over(k, frame_receive(k->fd, &k->answer)));
    return answer_open(buf_view(&k->answer), &k->alarms, &k->left);
}

static err answer(struct keeper *k)
{
    TRY(begin(k));
    return take(k);
}

bool keeper_waits(const struct keeper *k)
{
    return k->waits;
}

void keeper_forget(struct keeper *k)
{
    if (k->waits)
        err_ignore(take(k), "whatever it is, nobody wants it any more");
}

/* The answer is a block and nothing else. */
static err take_block(struct keeper *k, struct buf *to)
{
    struct view bytes = rd_block(&k->left);
    ENSURE(rd_done(&k->left), answer_broken());
    buf_put(to, bytes);
    return buf_ok(to);
}

/* A list begins, for the next_ calls; an answer that was cut off is not one of nobody. */
static err begin_list(struct keeper *k, uint32_t count)
{
    ENSURE(count ? rd_ok(&k->left) : rd_done(&k->left), answer_broken());
    k->more = count;
    return OK;
}

static void put_cell(struct keeper *k, const struct keeper_cell *cell)
{
    buf_u32(&k->request, cell->no);
    buf_block(&k->request, cell->keys);
    buf_block(&k->request, cell->sealed);
}

err keeper_new_ring(struct keeper *k, uint64_t epoch, struct buf *ring)
{
    ask(k, KEEPER_RING_NEW);
    buf_u64(&k->request, epoch);
    TRY(answer(k));
    return take_block(k, ring);
}

err keeper_hello(struct keeper *k, const uint8_t org[ORG_BYTES], uint64_t epoch, struct view ring, int64_t now, bool *ret_practice)
{
    ask(k, KEEPER_HELLO);
    buf_bytes(&k->request, org, ORG_BYTES);
    buf_u64(&k->request, epoch);
    buf_block(&k->request, ring);
    buf_u64(&k->request, (uint64_t)now);
    TRY(answer(k));
    *ret_practice = rd_u8(&k->left) != 0;
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_new_keys(struct keeper *k, enum keeper_kind kind, uint32_t blob, struct buf *keys)
{
    ask(k, KEEPER_KEYS_NEW);
    buf_u8(&k->request, (uint8_t)kind);
    buf_u32(&k->request, blob);
    TRY(answer(k));
    return take_block(k, keys);
}

err keeper_write_people_begin(struct keeper *k, const struct keeper_cell *cell, const struct keeper_write *writes, size_t count)
{
    CHECK(count <= CELL_PLACES);
    ask(k, KEEPER_PEOPLE_WRITE);
    put_cell(k, cell);
    buf_u16(&k->request, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct keeper_write *w = &writes[i];
        ENSURE(w->record_count <= LIMIT_PERSON_RECORDS, err_newf(ERR_LIMIT, "A person has more than {} records.", "Put her data into fewer records.",
                                                                 err_int(LIMIT_PERSON_RECORDS)));
        buf_u8(&k->request, w->place);
        buf_u8(&k->request, w->new_facts);
        buf_u32(&k->request, w->new_keys);
        buf_block(&k->request, w->facts);
        buf_u8(&k->request, (uint8_t)w->record_count);
        for (size_t j = 0; j < w->record_count; j++) {
            buf_u8(&k->request, w->records[j].category);
            buf_u16(&k->request, w->records[j].id);
            buf_block(&k->request, w->records[j].plain);
        }
        buf_block(&k->request, w->row);
    }
    return begin(k);
}

err keeper_write_people_take(struct keeper *k, size_t count, struct view *ret_cell, struct view *rows)
{
    TRY(take(k));
    *ret_cell = rd_block(&k->left);
    for (size_t i = 0; i < count; i++)
        rows[i] = rd_block(&k->left);
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_write_people(struct keeper *k, const struct keeper_cell *cell, const struct keeper_write *writes, size_t count,
                        struct view *ret_cell, struct view *rows)
{
    TRY(keeper_write_people_begin(k, cell, writes, count));
    return keeper_write_people_take(k, count, ret_cell, rows);
}

err keeper_read_people(struct keeper *k, const struct keeper_cell *cell, const struct keeper_place *places, size_t count,
                       uint32_t categories, bool facts)
{
    CHECK(count <= CELL_PLACES);
    ask(k, KEEPER_PEOPLE_READ);
    put_cell(k, cell);
    buf_u32(&k->request, categories);
    buf_u8(&k->request, facts ? KEEPER_WANT_FACTS : KEEPER_WANT_NOTHING);
    buf_u16(&k->request, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_u8(&k->request, places[i].place);
        buf_block(&k->request, places[i].row);
    }
    TRY(answer(k));
    ENSURE(rd_u16(&k->left) == count, answer_broken());
    return begin_list(k, (uint32_t)count);
}

err keeper_read_facts(struct keeper *k, const struct keeper_cell *cell)
{
    ask(k, KEEPER_PEOPLE_READ);
    put_cell(k, cell);
    buf_u32(&k->request, 0);
    buf_u8(&k->request, KEEPER_WANT_ALL_FACTS);
    buf_u16(&k->request, 0);
    TRY(answer(k));
    return begin_list(k, rd_u16(&k->left));
}

err keeper_next_person(struct keeper *k, struct keeper_person *ret, bool *ret_more)
{
    *ret_more = k->more > 0;
    if (!k->more)
        return OK;
    k->more--;
    ret->place = rd_u8(&k->left);
    uint8_t state = rd_u8(&k->left);
    ENSURE(state <= CELL_ERASED, answer_broken());
    ret->state = (enum cell_state)state;
    ret->facts = rd_block(&k->left);
    ret->record_count = rd_u8(&k->left);
    _Static_assert(sizeof ret->records / sizeof ret->records[0] == LIMIT_PERSON_RECORDS, "one limit for both ends");
    ENSURE(ret->record_count <= LIMIT_PERSON_RECORDS, answer_broken());
    for (size_t i = 0; i < ret->record_count; i++) {
        ret->records[i].category = rd_u8(&k->left);
        ret->records[i].id = rd_u16(&k->left);
        ret->records[i].plain = rd_block(&k->left);
    }
    ENSURE(k->more ? rd_ok(&k->left) : rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_tokens_begin(struct keeper *k, const struct keeper_value *values, size_t count)
{
    CHECK(count <= KEEPER_TOKENS_AT_ONCE);
    ask(k, KEEPER_TOKENS);
    buf_u32(&k->request, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        ENSURE(values[i].value.len <= LIMIT_TOKEN_VALUE_BYTES,
               err_new(ERR_LIMIT, "A value is too long to be looked up.", "Look for another detail of this person."));
        buf_u8(&k->request, (uint8_t)values[i].type);
        buf_u8(&k->request, values[i].normaliser);
        buf_block(&k->request, values[i].value);
    }
    return begin(k);
}

err keeper_tokens_take(struct keeper *k, size_t count, uint8_t (*ret)[TOKEN_BYTES])
{
    TRY(take(k));
    rd_copy(&k->left, ret, count * TOKEN_BYTES);
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_tokens(struct keeper *k, const struct keeper_value *values, size_t count, uint8_t (*ret)[TOKEN_BYTES])
{
    for (size_t i = 0, n; i < count; i += n) {
        n = count - i < KEEPER_TOKENS_AT_ONCE ? count - i : KEEPER_TOKENS_AT_ONCE;
        TRY(keeper_tokens_begin(k, values + i, n));
        TRY(keeper_tokens_take(k, n, ret + i));
    }
    return OK;
}

err keeper_find(struct keeper *k, const struct keeper_cell *cell, const uint8_t (*tokens)[TOKEN_BYTES], size_t count)
{
    ENSURE(count <= LIMIT_KEEPER_LOOKUPS, err_newf(ERR_LIMIT, "More than {} values were to be looked up at once.", "Report this mistake.",
                                                  err_int(LIMIT_KEEPER_LOOKUPS)));
    ask(k, KEEPER_INDEX_FIND);
    put_cell(k, cell);
    buf_u32(&k->request, (uint32_t)count);
    buf_bytes(&k->request, tokens, count * TOKEN_BYTES);
    TRY(answer(k));
    return begin_list(k, rd_u32(&k->left));
}

err keeper_next_found(struct keeper *k, struct keeper_found *ret, bool *ret_more)
{
    *ret_more = k->more > 0;
    if (!k->more)
        return OK;
    k->more--;
    ret->asked = rd_u32(&k->left);
    ret->ordinal = rd_u32(&k->left);
    ret->flags = rd_u8(&k->left);
    ENSURE(k->more ? rd_ok(&k->left) : rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_write_index(struct keeper *k, const struct keeper_cell *cell, uint8_t depth, uint32_t prefix,
                       const struct cell_token *entries, size_t count, struct view *ret_cell, uint32_t *ret_count, struct view *ret_full)
{
    ask(k, KEEPER_INDEX_WRITE);
    put_cell(k, cell);
    buf_u8(&k->request, depth);
    buf_u32(&k->request, prefix);
    buf_u32(&k->request, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        cell_token_put(&k->request, &entries[i]);
    TRY(answer(k));
    *ret_count = rd_u32(&k->left);
    *ret_cell = rd_block(&k->left);
    *ret_full = rd_block(&k->left);
    ENSURE(rd_done(&k->left) && ret_full->len % CELL_TOKEN_BYTES == 0, answer_broken());
    return OK;
}

err keeper_split_index(struct keeper *k, const struct keeper_cell *left, const struct keeper_cell *right, struct view ret_cells[2],
                       uint32_t ret_counts[2])
{
    ask(k, KEEPER_INDEX_SPLIT);
    put_cell(k, left);
    put_cell(k, right);
    TRY(answer(k));
    for (int i = 0; i < 2; i++) {
        ret_counts[i] = rd_u32(&k->left);
        ret_cells[i] = rd_block(&k->left);
    }
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

static void put_name(struct keeper *k, const struct keeper_document *d)
{
    buf_block(&k->request, view_text(d->kind));
    buf_block(&k->request, view_text(d->id));
    buf_u32(&k->request, d->version);
}

err keeper_seal_document(struct keeper *k, const struct keeper_document *d, struct view *ret_sealed)
{
    ask(k, KEEPER_DOC_SEAL);
    put_cell(k, &(struct keeper_cell){d->no, d->keys, d->bytes});
    put_name(k, d);
    TRY(answer(k));
    *ret_sealed = rd_block(&k->left);
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_open_documents(struct keeper *k, const struct keeper_document *list, size_t count, struct view *ret_plain)
{
    CHECK(count && count <= LIMIT_KEEPER_DOCUMENTS);
    ask(k, KEEPER_DOCS_OPEN);
    buf_block(&k->request, list[0].keys);
    buf_u32(&k->request, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_u32(&k->request, list[i].no);
        buf_block(&k->request, list[i].bytes);
        put_name(k, &list[i]);
    }
    TRY(answer(k));
    for (size_t i = 0; i < count; i++)
        ret_plain[i] = rd_block(&k->left);
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_open_document(struct keeper *k, const struct keeper_document *d, struct view *ret_plain)
{
    return keeper_open_documents(k, d, 1, ret_plain);
}

static err show_entry(struct keeper *k, enum keeper_op op, struct view entry, uint64_t index, const struct merkle_proof *proof,
                      struct view checkpoint)
{
    ask(k, op);
    buf_block(&k->request, entry);
    buf_u64(&k->request, index);
    buf_u8(&k->request, (uint8_t)proof->count);
    for (size_t i = 0; i < proof->count; i++)
        buf_bytes(&k->request, proof->hash[i].b, HASH_BYTES);
    buf_block(&k->request, checkpoint);
    return answer(k);
}

err keeper_warrant(struct keeper *k, struct view entry, uint64_t index, const struct merkle_proof *proof, struct view checkpoint)
{
    return show_entry(k, KEEPER_WARRANT, entry, index, proof, checkpoint);
}

err keeper_settle(struct keeper *k, struct view entry, uint64_t index, const struct merkle_proof *proof, struct view checkpoint)
{
    return show_entry(k, KEEPER_SETTLE, entry, index, proof, checkpoint);
}

err keeper_credit(struct keeper *k, struct view entry, uint64_t index, bool waits)
{
    ask(k, KEEPER_CREDIT);
    buf_block(&k->request, entry);
    buf_u64(&k->request, index);
    buf_u8(&k->request, waits);
    return answer(k);
}

err keeper_warrant_end(struct keeper *k)
{
    ask(k, KEEPER_WARRANT_END);
    return answer(k);
}

err keeper_leaves(struct keeper *k, const struct keeper_cell *cell, const uint8_t commitment[16], const struct keeper_leaf *leaves,
                  size_t count, struct hash *ret)
{
    CHECK(count <= CELL_PLACES);
    ask(k, KEEPER_LEAVES);
    put_cell(k, cell);
    buf_bytes(&k->request, commitment, 16);
    buf_u16(&k->request, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_u8(&k->request, leaves[i].place);
        buf_block(&k->request, leaves[i].fields);
    }
    TRY(answer(k));
    rd_copy(&k->left, ret, count * sizeof *ret);
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_salt(struct keeper *k, const struct keeper_cell *cell, const uint8_t commitment[16], uint8_t place,
                uint8_t ret_salt[KEY_BYTES])
{
    ask(k, KEEPER_SALT);
    put_cell(k, cell);
    buf_bytes(&k->request, commitment, 16);
    buf_u8(&k->request, place);
    TRY(answer(k));
    rd_copy(&k->left, ret_salt, KEY_BYTES);
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

err keeper_status(struct keeper *k, struct keeper_status *ret)
{
    ask(k, KEEPER_STATUS);
    TRY(answer(k));
    ret->used_today = rd_u64(&k->left);
    ret->locked_bytes = rd_u64(&k->left);
    ret->epochs[0] = rd_u64(&k->left);
    ret->epochs[1] = rd_u64(&k->left);
    ret->alarm_day = (int64_t)rd_u64(&k->left);
    ret->alarm_units = rd_u64(&k->left);
    uint8_t guard = rd_u8(&k->left);
    ret->passphrase = guard & KEEPER_PASSPHRASE;
    ret->calls_confined = guard & KEEPER_CALLS;
    ret->files_confined = guard & KEEPER_FILES;
    ret->credit_count = rd_u8(&k->left);
    ENSURE(rd_ok(&k->left) && ret->credit_count <= LIMIT_KEEPER_CREDITS, answer_broken());
    for (size_t i = 0; i < ret->credit_count; i++) {
        ret->credits[i].index = rd_u64(&k->left);
        ret->credits[i].used = rd_u64(&k->left);
        ret->credits[i].quiet_until = (int64_t)rd_u64(&k->left);
        ret->credits[i].entry = rd_block(&k->left);
    }
    ENSURE(rd_done(&k->left), answer_broken());
    return OK;
}

uint8_t keeper_alarms(const struct keeper *k)
{
    return k->alarms;
}
