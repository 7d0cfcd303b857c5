/* keeper_*(): whatever a keeper answers, a call gives what stands there, whole and no more, or an error.
 *
 * Input: which call u8, then the body of an answer that says that all went well. */
#include "keeper.h"

#include "mem.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1 << 15, ASKED = 3 };

static const struct keeper_cell cell = {.no = 1};

/* What was given, as an answer would have it. */
static struct buf again;

static void put_person(const struct keeper_person *p)
{
    buf_u8(&again, p->place);
    buf_u8(&again, (uint8_t)p->state);
    buf_block(&again, p->facts);
    buf_u8(&again, (uint8_t)p->record_count);
    for (size_t i = 0; i < p->record_count; i++) {
        buf_u8(&again, p->records[i].category);
        buf_u16(&again, p->records[i].id);
        buf_block(&again, p->records[i].plain);
    }
}

static err all_people(struct keeper *k)
{
    static struct keeper_person p;
    uint16_t count = 0;
    buf_u16(&again, 0);
    for (bool more = true;; count++) {
        TRY(keeper_next_person(k, &p, &more));
        if (!more)
            break;
        put_person(&p);
    }
    again.p[0] = (uint8_t)(count >> 8);
    again.p[1] = (uint8_t)count;
    return OK;
}

static err read_people(struct keeper *k)
{
    static const struct keeper_place places[ASKED] = {{.place = 1}, {.place = 5}, {.place = 9}};
    TRY(keeper_read_people(k, &cell, places, ASKED, UINT32_MAX, true));
    TRY(all_people(k));
    CHECK(again.p[0] == 0 && again.p[1] == ASKED);
    return OK;
}

static err read_facts(struct keeper *k)
{
    TRY(keeper_read_facts(k, &cell));
    return all_people(k);
}

static err find(struct keeper *k)
{
    static const uint8_t tokens[ASKED][TOKEN_BYTES];
    TRY(keeper_find(k, &cell, tokens, ASKED));
    uint32_t count = 0;
    buf_u32(&again, 0);
    for (bool more = true;; count++) {
        struct keeper_found found;
        TRY(keeper_next_found(k, &found, &more));
        if (!more)
            break;
        buf_u32(&again, found.asked);
        buf_u32(&again, found.ordinal);
        buf_u8(&again, found.flags);
    }
    buf_set_u32(&again, 0, count);
    return OK;
}

static err new_keys(struct keeper *k)
{
    CLEANUP(buf_free) struct buf keys = BUF(LIMIT_FRAME_BYTES);
    TRY(keeper_new_keys(k, KEEPER_PEOPLE, 0, &keys));
    buf_block(&again, buf_view(&keys));
    return OK;
}

static err new_ring(struct keeper *k)
{
    CLEANUP(buf_free) struct buf ring = BUF(LIMIT_FRAME_BYTES);
    TRY(keeper_new_ring(k, 1, &ring));
    buf_block(&again, buf_view(&ring));
    return OK;
}

static err write_people(struct keeper *k)
{
    static const struct keeper_write writes[2] = {{.place = 1}, {.place = 2}};
    struct view now, rows[2];
    TRY(keeper_write_people(k, &cell, writes, 2, &now, rows));
    buf_block(&again, now);
    buf_block(&again, rows[0]);
    buf_block(&again, rows[1]);
    return OK;
}

static err write_index(struct keeper *k)
{
    struct view now, full;
    uint32_t count;
    TRY(keeper_write_index(k, &cell, 0, 0, NULL, 0, &now, &count, &full));
    buf_u32(&again, count);
    buf_block(&again, now);
    buf_block(&again, full);
    return OK;
}

static err split_index(struct keeper *k)
{
    struct view cells[2];
    uint32_t counts[2];
    TRY(keeper_split_index(k, &cell, &cell, cells, counts));
    for (int i = 0; i < 2; i++) {
        buf_u32(&again, counts[i]);
        buf_block(&again, cells[i]);
    }
    return OK;
}

static err open_document(struct keeper *k)
{
    const struct keeper_document d = {.kind = "k", .id = "i", .version = 1};
    struct view plain;
    TRY(keeper_open_document(k, &d, &plain));
    buf_block(&again, plain);
    return OK;
}

static err tokens(struct keeper *k)
{
    static const struct keeper_value values[ASKED] = {{.type = KEEPER_TOKEN_EMAIL}, {.type = KEEPER_TOKEN_PHONE}, {.type = KEEPER_TOKEN_JOB}};
    uint8_t got[ASKED][TOKEN_BYTES];
    TRY(keeper_tokens(k, values, ASKED, got));
    buf_bytes(&again, got, sizeof got);
    return OK;
}

static err leaves(struct keeper *k)
{
    static const struct keeper_leaf asked[ASKED] = {{.place = 1}, {.place = 2}, {.place = 3}};
    static const uint8_t commitment[16];
    struct hash got[ASKED];
    TRY(keeper_leaves(k, &cell, commitment, asked, ASKED, got));
    buf_bytes(&again, got, sizeof got);
    return OK;
}

static err status(struct keeper *k)
{
    struct keeper_status s;
    TRY(keeper_status(k, &s));
    const uint64_t numbers[] = {s.used_today, s.locked_bytes, s.epochs[0], s.epochs[1], (uint64_t)s.alarm_day, s.alarm_units};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        buf_u64(&again, numbers[i]);
    buf_u8(&again, (uint8_t)(s.passphrase * KEEPER_PASSPHRASE + s.calls_confined * KEEPER_CALLS + s.files_confined * KEEPER_FILES));
    buf_u8(&again, (uint8_t)s.credit_count);
    for (size_t i = 0; i < s.credit_count; i++) {
        buf_u64(&again, s.credits[i].index);
        buf_u64(&again, s.credits[i].used);
        buf_u64(&again, (uint64_t)s.credits[i].quiet_until);
        buf_block(&again, s.credits[i].entry);
    }
    return OK;
}

static err (*const calls[])(struct keeper *k) = {read_people, read_facts,  find,          new_keys, new_ring, write_people,
                                                 write_index, split_index, open_document, tokens,   leaves,   status};

static void send_answer(int fd, struct view body)
{
    CLEANUP(buf_free) struct buf frame = BUF(MOST + 16);
    buf_u32(&frame, (uint32_t)body.len + 2);
    buf_u16(&frame, 0);
    buf_put(&frame, body);
    CHECK(buf_ok(&frame).kind == ERR_OK && write(fd, frame.p, frame.len) == (ssize_t)frame.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CALLS = sizeof calls / sizeof calls[0], STATUS_GUARD_AT = 48 };
    struct keeper *k CLEANUP(keeper_close) = NULL;
    int ends[2];
    if (size == 0 || size > MOST)
        return 0;
    struct view body = view_of(data + 1, size - 1);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 && keeper_over(ends[1], &k).kind == ERR_OK);
    send_answer(ends[0], body);
    again = BUF(2 * MOST);
    err e = calls[data[0] % CALLS](k);
    close(ends[0]);
    CHECK(e.kind == ERR_OK || e.kind == ERR_IO);
    /* Bits of the guard that nobody knows are let go. */
    if (e.kind == ERR_OK && calls[data[0] % CALLS] == status)
        CHECK((again.p[STATUS_GUARD_AT] & ~body.p[STATUS_GUARD_AT]) == 0);
    else if (e.kind == ERR_OK)
        CHECK(view_equal(buf_view(&again), body));
    buf_free(&again);
    return 0;
}
