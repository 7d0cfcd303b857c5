#include "ops_int.h"

#include <string.h>
#include <time.h>

#define CLOCK_MAX 253402300799 /* the last second of the year 9999 */

err ops_bad_request(void)
{
    return err_new(ERR_INTERNAL, "The keeper was asked for something it does not understand.",
                   "Use the same version of candour everywhere on this machine.");
}

err ops_wrong_bytes(void)
{
    return err_new(ERR_CORRUPT, "Something sealed does not open: it was changed, moved, or put back to an older version.",
                   "Run 'candour fsck' and restore what it names from a backup.");
}

err ops_start(struct ops_state *s, const uint8_t (*roots)[KEY_BYTES])
{
    void *region = NULL;
    TRY(secret_lock(sizeof *s->secrets, &region));
    s->secrets = region;
    for (int i = 0; i < 2; i++)
        if (s->epochs[i])
            secret_kdf(s->secrets->epoch_key[i], roots[i], view_text(LABEL_EPOCH));
    return OK;
}

void ops_end(struct ops_state *s)
{
    void *region = s->secrets;
    secret_unlock(&region, sizeof *s->secrets);
    s->secrets = NULL;
}

static void wipe_work(struct ops_secrets *k)
{
    secret_wipe(k->plain, k->plain_used);
    secret_wipe(k->plain2, k->made.len);
    secret_wipe(k->scratch, sizeof k->scratch);
    k->plain_used = 0;
    k->made.len = 0;
}

struct buf *ops_made(struct ops_state *s)
{
    struct ops_secrets *k = s->secrets;
    secret_wipe(k->plain2, k->made.len);
    k->made = BUF_FIXED(k->plain2, sizeof k->plain2);
    return &k->made;
}

void ops_channel_end(struct ops_state *s, struct ops_channel *c)
{
    if (c->greeted && --s->greeted == 0) {
        secret_wipe(s->secrets->token_key, KEY_BYTES);
        secret_wipe(s->secrets->cached, sizeof s->secrets->cached);
        s->secrets->have_token_key = false;
    }
    memset(c, 0, sizeof *c);
}

void ops_ad(struct buf *to, const struct ops_state *s, const char *label)
{
    buf_str(to, label);
    buf_u8(to, 0);
    buf_bytes(to, s->org, ORG_BYTES);
}

void ops_seal(struct ops_state *s, const uint8_t key[KEY_BYTES], struct view ad, struct view plain, struct buf *to)
{
    struct ops_secrets *k = s->secrets;
    if (k->nonces_left == 0) {
        secret_random(k->nonces, sizeof k->nonces);
        k->nonces_left = NONCES;
    }
    uint8_t *space = buf_space(to, plain.len + SEAL_OVERHEAD);
    if (space)
        secret_seal(space, key, k->nonces[--k->nonces_left], ad, plain);
}

/* A call of the system for each key would take longer than sealing. */
void ops_new_key(struct ops_state *s, uint8_t to[KEY_BYTES])
{
    struct ops_secrets *k = s->secrets;
    if (k->fresh_left == 0) {
        secret_random(k->fresh, sizeof k->fresh);
        k->fresh_left = FRESH_KEYS;
    }
    uint8_t *key = k->fresh[--k->fresh_left];
    memcpy(to, key, KEY_BYTES);
    secret_wipe(key, KEY_BYTES);
}

int64_t ops_now(const struct ops_state *s, const struct ops_channel *c)
{
    return (int64_t)time(NULL) + (s->practice ? c->clock_shift : 0);
}

err ops_count(struct ops_state *s, struct ops_channel *c, uint64_t units)
{
    if (c->warrant.open && c->warrant.credit)
        return counters_credit(&s->counters, c->warrant.index, &c->warrant.leaf, c->warrant.number, units);
    if (c->warrant.open)
        return counters_warrant(&s->counters, c->warrant.index, c->warrant.number, units);
    uint64_t total;
    TRY(counters_user(&s->counters, c->uid, (int64_t)time(NULL) / 86400, units, &total));
    if (total > LIMIT_STAFF_UNITS_A_DAY) {
        uint64_t past = total - LIMIT_STAFF_UNITS_A_DAY;
        c->slow_us += (past < units ? past : units) * LIMIT_STAFF_SLOW_US;
        c->alarm |= ALARM_DAY;
    }
    return OK;
}

/* --- the ring and the key blobs --- */

static void ring_ad(struct buf *to, const struct ops_state *s, uint64_t epoch)
{
    ops_ad(to, s, LABEL_RING);
    buf_u64(to, epoch);
}

/* Before the greeting, since a new organisation has nothing to greet with.  What it makes opens nothing that there is; and where
 * somebody was greeted there is a ring already. */
static err ring_new(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    (void)c;
    uint64_t epoch = rd_u64(r);
    ENSURE(rd_done(r) && epoch && epoch == s->epochs[0], ops_bad_request());
    ENSURE(s->greeted == 0, err_new(ERR_DENIED, "New look-up keys were asked for while this organisation's data is in use.",
                                    "Only 'candour init' makes them, once."));
    secret_random(s->secrets->scratch, KEY_BYTES);
    CLEANUP(buf_free) struct buf ad = BUF(256), sealed = BUF(256);
    ring_ad(&ad, s, epoch);
    TRY(buf_ok(&ad));
    ops_seal(s, s->secrets->epoch_key[0], buf_view(&ad), view_of(s->secrets->scratch, KEY_BYTES), &sealed);
    buf_block(answer, buf_view(&sealed));
    return buf_ok(&sealed);
}

/* Opens the ring into scratch: what somebody else works with stays as it is whatever is wrong with this one. */
static err open_ring(struct ops_state *s, int at, struct view ring)
{
    struct ops_secrets *k = s->secrets;
    CLEANUP(buf_free) struct buf ad = BUF(256);
    ring_ad(&ad, s, s->epochs[at]);
    TRY(buf_ok(&ad));
    ENSURE(ring.len == KEY_BYTES + SEAL_OVERHEAD, ops_wrong_bytes());
    ENSURE(secret_open(k->scratch, k->epoch_key[at], buf_view(&ad), ring), ops_wrong_bytes());
    ENSURE(!k->have_token_key || secret_equal(k->scratch, k->token_key, KEY_BYTES),
           err_new(ERR_DENIED, "Another database of this organisation, with other look-up keys, is in use on this machine right now.",
                   "Find out which of the two is the right one; do not work with both."));
    memcpy(k->token_key, k->scratch, KEY_BYTES);
    k->have_token_key = true;
    return OK;
}

static err hello(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    struct view org = rd_view(r, ORG_BYTES);
    uint64_t epoch = rd_u64(r);
    struct view ring = rd_block(r);
    int64_t now = (int64_t)rd_u64(r);
    ENSURE(rd_done(r) && now >= 0 && now <= CLOCK_MAX, ops_bad_request());
    ENSURE(secret_equal(org.p, s->org, ORG_BYTES), err_new(ERR_DENIED, "This slot belongs to another organisation's data.",
           "Check which slot candour.conf in the data directory names, and put the right one there."));
    int at = epoch && epoch == s->epochs[0] ? 0 : epoch && epoch == s->epochs[1] ? 1 : -1;
    ENSURE(at >= 0, err_newf(ERR_DENIED, "The slot is at epoch {}, the data at epoch {}: they are not of the same time.",
           "Nothing was changed. Bring back the slot or the database that belongs to it; a backup older than the last destruction can't be opened.",
           err_int((long long)s->epochs[0]), err_int((long long)epoch)));
    TRY(open_ring(s, at, ring));
    c->epoch_slot = at;
    c->clock_shift = s->practice ? now - (int64_t)time(NULL) : 0;
    if (!c->greeted)
        s->greeted++;
    c->greeted = true;
    buf_u8(answer, s->practice);
    return OK;
}

static void keys_ad(struct buf *to, const struct ops_state *s, uint64_t epoch, uint8_t kind, uint32_t blob)
{
    ops_ad(to, s, LABEL_CELL_KEYS);
    buf_u64(to, epoch);
    buf_u8(to, kind);
    buf_u32(to, blob);
}

static err keys_new(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    struct ops_secrets *k = s->secrets;
    uint8_t kind = rd_u8(r);
    uint32_t blob = rd_u32(r);
    ENSURE(rd_done(r) && kind >= KIND_PEOPLE && kind <= KIND_DOCUMENTS, ops_bad_request());
    CLEANUP(buf_free) struct buf ad = BUF(256), sealed = BUF(CELL_KEYS_BYTES + 256);
    keys_ad(&ad, s, s->epochs[c->epoch_slot], kind, blob);
    TRY(buf_ok(&ad));
    k->plain_used = CELL_KEYS_BYTES;
    secret_random(k->plain, CELL_KEYS_BYTES);
    ops_seal(s, k->epoch_key[c->epoch_slot], buf_view(&ad), view_of(k->plain, CELL_KEYS_BYTES), &sealed);
    buf_block(answer, buf_view(&sealed));
    return buf_ok(&sealed);
}

static bool is_cached(const struct ops_cached *k, int epoch_slot, uint8_t kind, uint32_t blob, struct view sealed)
{
    return k->used && k->epoch_slot == epoch_slot && k->kind == kind && k->blob == blob &&
           memcmp(k->nonce, sealed.p + 2, NONCE_BYTES) == 0 && memcmp(k->tag, sealed.p + sealed.len - TAG_BYTES, TAG_BYTES) == 0;
}

/* The opened keys of a blob: from the cache, or opened into it. */
static err keys_of(struct ops_state *s, const struct ops_channel *c, uint8_t kind, uint32_t blob, struct view sealed, const uint8_t **ret)
{
    struct ops_secrets *k = s->secrets;
    ENSURE(sealed.len == CELL_KEYS_BYTES + SEAL_OVERHEAD, ops_wrong_bytes());
    for (int i = 0; i < KEYS_CACHED; i++) {
        if (is_cached(&k->cached[i], c->epoch_slot, kind, blob, sealed)) {
            *ret = k->cached[i].keys;
            return OK;
        }
    }
    CLEANUP(buf_free) struct buf ad = BUF(256);
    keys_ad(&ad, s, s->epochs[c->epoch_slot], kind, blob);
    TRY(buf_ok(&ad));
    struct ops_cached *to = &k->cached[k->next_cached++ % KEYS_CACHED];
    to->used = false;
    ENSURE(secret_open(to->keys, k->epoch_key[c->epoch_slot], buf_view(&ad), sealed), ops_wrong_bytes());
    to->epoch_slot = c->epoch_slot;
    to->kind = kind;
    to->blob = blob;
    memcpy(to->nonce, sealed.p + 2, NONCE_BYTES);
    memcpy(to->tag, sealed.p + sealed.len - TAG_BYTES, TAG_BYTES);
    to->used = true;
    *ret = to->keys;
    return OK;
}

/* --- cells --- */

static err find_key(struct ops_state *s, const struct ops_channel *c, struct view keys, struct ops_cell *cell)
{
    const uint8_t *opened;
    TRY(keys_of(s, c, cell->kind, cell->no / CELL_KEYS_PER_BLOB, keys, &opened));
    memcpy(cell->key, opened + (size_t)(cell->no % CELL_KEYS_PER_BLOB) * KEY_BYTES, KEY_BYTES);
    return OK;
}

err ops_cell_begin(struct ops_state *s, const struct ops_channel *c, uint8_t kind, struct rd *r, struct ops_cell *ret)
{
    ret->kind = kind;
    ret->no = rd_u32(r);
    struct view keys = rd_block(r);
    ret->sealed = rd_block(r);
    ENSURE(rd_ok(r) && (kind != KIND_PEOPLE || ret->no <= UINT32_MAX / CELL_PLACES), ops_bad_request());
    return find_key(s, c, keys, ret);
}

void ops_cell_end(struct ops_cell *c)
{
    secret_wipe(c->key, sizeof c->key);
}

static const char *cell_label(const struct ops_cell *cell)
{
    return cell->kind == KIND_PEOPLE ? LABEL_PEOPLE : LABEL_INDEX;
}

err ops_cell_open(struct ops_state *s, const struct ops_cell *cell, struct view *ret)
{
    *ret = (struct view){0};
    if (cell->sealed.len == 0)
        return OK;
    ENSURE(cell->sealed.len >= SEAL_OVERHEAD && cell->sealed.len <= LIMIT_CELL_PLAIN_BYTES + SEAL_OVERHEAD, ops_wrong_bytes());
    CLEANUP(buf_free) struct buf ad = BUF(256);
    ops_ad(&ad, s, cell_label(cell));
    buf_u32(&ad, cell->no);
    TRY(buf_ok(&ad));
    s->secrets->plain_used = cell->sealed.len - SEAL_OVERHEAD;
    ENSURE(secret_open(s->secrets->plain, cell->key, buf_view(&ad), cell->sealed), ops_wrong_bytes());
    *ret = view_of(s->secrets->plain, cell->sealed.len - SEAL_OVERHEAD);
    return OK;
}

void ops_cell_seal(struct ops_state *s, const struct ops_cell *cell, struct view plain, struct buf *answer)
{
    CLEANUP(buf_free) struct buf ad = BUF(256);
    ops_ad(&ad, s, cell_label(cell));
    buf_u32(&ad, cell->no);
    buf_u32(answer, (uint32_t)(plain.len + SEAL_OVERHEAD));
    if (ad.state != BUF_FINE)
        answer->state = ad.state;
    ops_seal(s, cell->key, buf_view(&ad), plain, answer);
}

/* --- documents --- */

struct document {
    struct ops_cell cell;
    struct buf ad;
};

static void document_end(struct document *d)
{
    ops_cell_end(&d->cell);
    buf_free(&d->ad);
}

/* What else stands in a request: kind, id and version. */
static err document_ad(struct ops_state *s, struct rd *r, struct document *d)
{
    struct view kind = rd_block(r), id = rd_block(r);
    uint32_t version = rd_u32(r);
    ENSURE(rd_ok(r), ops_bad_request());
    ops_ad(&d->ad, s, LABEL_DOCUMENT);
    buf_u64(&d->ad, d->cell.no);
    buf_block(&d->ad, kind);
    buf_block(&d->ad, id);
    buf_u32(&d->ad, version);
    return buf_ok(&d->ad);
}

/* For sealing, the cell's bytes are the plaintext. */
static err doc_seal(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    CLEANUP(document_end) struct document d = {.ad = BUF(1024)};
    TRY(ops_cell_begin(s, c, KIND_DOCUMENTS, r, &d.cell));
    TRY(document_ad(s, r, &d));
    ENSURE(rd_done(r), ops_bad_request());
    ENSURE(d.cell.sealed.len <= LIMIT_DOCUMENT_BYTES, err_new(ERR_LIMIT, "A document is too large to be kept.", "Split it into smaller parts."));
    buf_u32(answer, (uint32_t)(d.cell.sealed.len + SEAL_OVERHEAD));
    ops_seal(s, d.cell.key, buf_view(&d.ad), d.cell.sealed, answer);
    return OK;
}

static err open_next(struct ops_state *s, struct ops_channel *c, struct view keys, struct rd *r, struct buf *answer)
{
    CLEANUP(document_end) struct document d = {.ad = BUF(1024), .cell = {.kind = KIND_DOCUMENTS, .no = rd_u32(r)}};
    d.cell.sealed = rd_block(r);
    TRY(document_ad(s, r, &d));
    TRY(find_key(s, c, keys, &d.cell));
    ENSURE(d.cell.sealed.len >= SEAL_OVERHEAD, ops_wrong_bytes());
    size_t len = d.cell.sealed.len - SEAL_OVERHEAD;
    buf_u32(answer, (uint32_t)len);
    uint8_t *space = buf_space(answer, len);
    TRY(buf_ok(answer));
    ENSURE(secret_open(space, d.cell.key, buf_view(&d.ad), d.cell.sealed), ops_wrong_bytes());
    return OK;
}

/* All of one key blob. */
static err docs_open(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    struct view keys = rd_block(r);
    uint32_t count = rd_u32(r);
    ENSURE(rd_ok(r) && count <= LIMIT_KEEPER_DOCUMENTS, ops_bad_request());
    for (uint32_t i = 0; i < count; i++)
        TRY(open_next(s, c, keys, r, answer));
    return rd_done(r) ? OK : ops_bad_request();
}

static err status(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    ENSURE(rd_done(r), ops_bad_request());
    uint64_t total, alarm_units = 0;
    int64_t alarm_day = 0;
    TRY(counters_user(&s->counters, c->uid, (int64_t)time(NULL) / 86400, 0, &total));
    (void)counters_passed(&s->counters, LIMIT_STAFF_UNITS_A_DAY, &alarm_day, &alarm_units);
    buf_u64(answer, total);
    buf_u64(answer, sizeof *s->secrets);
    buf_u64(answer, s->epochs[0]);
    buf_u64(answer, s->epochs[1]);
    buf_u64(answer, (uint64_t)alarm_day);
    buf_u64(answer, alarm_units);
    buf_u8(answer, s->guard);
    buf_u8(answer, (uint8_t)counters_credits(&s->counters));
    for (size_t i = 0; i < LIMIT_KEEPER_CREDITS; i++) {
        const struct counters_credit *k = &s->counters.credits[i];
        if (!k->there)
            continue;
        buf_u64(answer, k->index);
        buf_u64(answer, k->used);
        buf_u64(answer, (uint64_t)k->quiet_until);
        buf_block(answer, view_of(k->entry, k->len));
    }
    return OK;
}

/* --- the table of what may be asked --- */

enum rights {
    BEFORE_HELLO = 1,
    ANY_CHANNEL = 2,
};

/* A request with one cell: its key blob, its bytes, and little else. */
enum { CELL_REQUEST = LIMIT_CELL_PLAIN_BYTES + CELL_KEYS_BYTES + 4096 };

static const struct {
    enum rights rights;
    uint32_t max_len;
    ops_handler *handler;
} table[] = {
    [KEEPER_RING_NEW] = {BEFORE_HELLO, 64, ring_new},
    [KEEPER_HELLO] = {BEFORE_HELLO, LIMIT_KEEPER_STRANGER_BYTES - 1, hello},
    [KEEPER_KEYS_NEW] = {ANY_CHANNEL, 16, keys_new},
    [KEEPER_PEOPLE_WRITE] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, ops_people_write},
    [KEEPER_PEOPLE_READ] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, ops_people_read},
    [KEEPER_TOKENS] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, ops_tokens},
    [KEEPER_INDEX_FIND] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, ops_index_find},
    [KEEPER_INDEX_WRITE] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, ops_index_write},
    [KEEPER_INDEX_SPLIT] = {ANY_CHANNEL, CELL_REQUEST + CELL_KEYS_BYTES, ops_index_split},
    [KEEPER_DOC_SEAL] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, doc_seal},
    [KEEPER_DOCS_OPEN] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, docs_open},
    [KEEPER_WARRANT] = {ANY_CHANNEL, LIMIT_ENTRY_BYTES + LIMIT_NOTE_BYTES + 4096, ops_warrant},
    [KEEPER_WARRANT_END] = {ANY_CHANNEL, 16, ops_warrant_end},
    [KEEPER_CREDIT] = {ANY_CHANNEL, LIMIT_ENTRY_BYTES + 64, ops_credit},
    [KEEPER_SETTLE] = {ANY_CHANNEL, LIMIT_ENTRY_BYTES + LIMIT_NOTE_BYTES + 4096, ops_settle},
    [KEEPER_LEAVES] = {ANY_CHANNEL, LIMIT_FRAME_BYTES, ops_leaves},
    [KEEPER_SALT] = {ANY_CHANNEL, CELL_REQUEST, ops_salt},
    [KEEPER_STATUS] = {ANY_CHANNEL, 16, status},
};

static bool is_known(uint8_t op)
{
    return op < sizeof table / sizeof table[0] && table[op].handler;
}

size_t ops_longest(const struct ops_channel *c, uint8_t op)
{
    return c->greeted && is_known(op) ? 1 + (size_t)table[op].max_len : LIMIT_KEEPER_STRANGER_BYTES;
}

err ops_handle(struct ops_state *s, struct ops_channel *c, struct view request, struct buf *answer)
{
    struct rd r = rd_of(request);
    uint8_t op = rd_u8(&r);
    ENSURE(rd_ok(&r) && is_known(op), ops_bad_request());
    ENSURE(r.len <= table[op].max_len, ops_bad_request());
    ENSURE(c->greeted || table[op].rights == BEFORE_HELLO, err_new(ERR_DENIED, "The keeper was asked before it was greeted.", "Report this mistake."));
    c->slow_us = 0;
    c->alarm = 0;
    err e = table[op].handler(s, c, &r, answer);
    wipe_work(s->secrets);
    TRY(e);
    if (counters_credits(&s->counters))
        c->alarm |= counters_overdue(&s->counters, ops_now(s, c)) ? ALARM_CREDIT : ALARM_OWED;
    return buf_ok(answer);
}
