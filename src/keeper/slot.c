#include "slot.h"

#include "labels.h"
#include "limits.h"

#include <string.h>

enum { FLAG_PRACTICE = 1, FLAG_LOCK = 2 };

static const char magic[16] = "candour slot v1";

static void put_number(uint8_t *to, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
}

void slot_encode(const struct slot_record *r, uint8_t to[SLOT_RECORD_BYTES])
{
    memset(to, 0, SLOT_RECORD_BYTES);
    memcpy(to, magic, sizeof magic);
    memcpy(to + 16, r->org, ORG_BYTES);
    put_number(to + 32, r->epoch, 8);
    to[43] = (uint8_t)((r->practice ? FLAG_PRACTICE : 0) | (r->lock.set ? FLAG_LOCK : 0));
    to[44] = r->share_no;
    to[45] = r->share_count;
    memcpy(to + 48, r->share, KEY_BYTES);
    memcpy(to + 80, r->lock.salt, SALT_BYTES);
    put_number(to + 96, r->lock.memory_kb, 4);
    put_number(to + 100, r->lock.passes, 4);
    memcpy(to + 104, r->lock.check, SLOT_CHECK_BYTES);
    secret_sum(to + 128, view_of(to, 128));
}

static bool lock_equal(const struct slot_lock *a, const struct slot_lock *b)
{
    return a->set == b->set && memcmp(a->salt, b->salt, SALT_BYTES) == 0 && a->memory_kb == b->memory_kb && a->passes == b->passes &&
           memcmp(a->check, b->check, SLOT_CHECK_BYTES) == 0;
}

/* Without a passphrase all of it is zero; with one it asks for no more than a machine has. */
static bool lock_sound(const struct slot_lock *l)
{
    static const struct slot_lock none;
    return l->set ? l->memory_kb >= 8 && l->memory_kb <= LIMIT_PASSPHRASE_KB_MAX && l->passes >= 1 && l->passes <= LIMIT_PASSPHRASE_PASSES_MAX
                  : lock_equal(l, &none);
}

static bool decode_record(const uint8_t *p, struct slot_record *ret)
{
    uint8_t sum[32];
    secret_sum(sum, view_of(p, 128));
    if (memcmp(p, magic, sizeof magic) != 0 || memcmp(sum, p + 128, sizeof sum) != 0)
        return false;
    struct rd r = rd_of(view_of(p + 16, SLOT_RECORD_BYTES - 16));
    rd_copy(&r, ret->org, ORG_BYTES);
    ret->epoch = rd_u64(&r);
    uint32_t flags = rd_u32(&r);
    ret->practice = flags & FLAG_PRACTICE;
    ret->lock.set = flags & FLAG_LOCK;
    ret->share_no = rd_u8(&r);
    ret->share_count = rd_u8(&r);
    rd_u16(&r);
    rd_copy(&r, ret->share, KEY_BYTES);
    rd_copy(&r, ret->lock.salt, SALT_BYTES);
    ret->lock.memory_kb = rd_u32(&r);
    ret->lock.passes = rd_u32(&r);
    rd_copy(&r, ret->lock.check, SLOT_CHECK_BYTES);
    return lock_sound(&ret->lock) && ret->epoch > 0 && ret->share_no < ret->share_count && ret->share_count <= SLOT_SHARES_MAX;
}

/* Two whole records of one slot are of one organisation, one share, one passphrase, and two epochs. */
static bool agree(const struct slot_record r[2])
{
    return memcmp(r[0].org, r[1].org, ORG_BYTES) == 0 && r[0].practice == r[1].practice && r[0].share_no == r[1].share_no &&
           r[0].share_count == r[1].share_count && lock_equal(&r[0].lock, &r[1].lock) && r[0].epoch != r[1].epoch;
}

err slot_decode(struct view file, struct slot_record ret[2])
{
    memset(ret, 0, 2 * sizeof ret[0]);
    ENSURE(file.len == SLOT_FILE_BYTES, err_new(ERR_INVALID, "This file is not a slot.", "Name the slot file that 'candour init' made."));
    int whole = 0;
    bool ours = false;
    for (int i = 0; i < 2; i++) {
        const uint8_t *p = file.p + (size_t)i * SLOT_RECORD_STEP;
        ours = ours || memcmp(p, magic, sizeof magic) == 0;
        if (decode_record(p, &ret[i]))
            whole++;
        else
            secret_wipe(&ret[i], sizeof ret[i]);
    }
    ENSURE(ours, err_new(ERR_INVALID, "This file is not a slot.", "Name the slot file that 'candour init' made."));
    if (whole == 0 || (whole == 2 && !agree(ret))) {
        secret_wipe(ret, 2 * sizeof ret[0]);
        return err_new(ERR_CORRUPT, "The slot is damaged.", "Use your recovery copy of the slot; do not delete this one.");
    }
    return OK;
}

/* --- the passphrase --- */

static void check_of(const uint8_t share[KEY_BYTES], uint8_t to[SLOT_CHECK_BYTES])
{
    uint8_t sum[KEY_BYTES];
    secret_kdf(sum, share, view_text(LABEL_PASSPHRASE));
    memcpy(to, sum, SLOT_CHECK_BYTES);
    secret_wipe(sum, sizeof sum);
}

static err stretch(const struct slot_lock *lock, struct view passphrase, uint8_t share[KEY_BYTES], uint8_t check[SLOT_CHECK_BYTES])
{
    TRY(secret_stretch(share, passphrase, lock->salt, lock->memory_kb, lock->passes));
    check_of(share, check);
    return OK;
}

err slot_lock_make(struct view passphrase, uint8_t share[KEY_BYTES], struct slot_lock *ret)
{
    *ret = (struct slot_lock){.set = true, .memory_kb = LIMIT_PASSPHRASE_KB, .passes = LIMIT_PASSPHRASE_PASSES};
    secret_random(ret->salt, sizeof ret->salt);
    err e = stretch(ret, passphrase, share, ret->check);
    secret_wipe(share, KEY_BYTES);
    return e;
}

err slot_lock_open(const struct slot_lock *lock, struct view passphrase, uint8_t share[KEY_BYTES])
{
    uint8_t check[SLOT_CHECK_BYTES];
    memset(share, 0, KEY_BYTES);
    if (!lock->set)
        return OK;
    ENSURE(passphrase.len, err_new(ERR_DENIED, "The slot asks for its passphrase.",
                                   "Type it where a terminal asks for it, or give --passphrase-file PATH."));
    TRY(stretch(lock, passphrase, share, check));
    if (secret_equal(check, lock->check, sizeof check))
        return OK;
    secret_wipe(share, KEY_BYTES);
    return err_new(ERR_DENIED, "This is not the slot's passphrase.", "Try again. Without it, and without the slot, nothing opens.");
}

/* --- all slots together --- */

static err strangers(void)
{
    return err_new(ERR_INVALID, "The slots do not belong together.", "Name each slot of this organisation once.");
}

err slot_join(const struct slot_record *shares, size_t count, uint8_t root[KEY_BYTES])
{
    bool seen[SLOT_SHARES_MAX] = {false};
    memset(root, 0, KEY_BYTES);
    ENSURE(count > 0 && count <= SLOT_SHARES_MAX, strangers());
    for (size_t i = 0; i < count; i++) {
        const struct slot_record *s = &shares[i];
        bool fits = s->epoch && s->share_count == count && s->share_no < count && s->epoch == shares[0].epoch && !seen[s->share_no] &&
                    s->practice == shares[0].practice && lock_equal(&s->lock, &shares[0].lock) && memcmp(s->org, shares[0].org, ORG_BYTES) == 0;
        if (!fits) {
            secret_wipe(root, KEY_BYTES);
            return strangers();
        }
        seen[s->share_no] = true;
        for (int k = 0; k < KEY_BYTES; k++)
            root[k] ^= s->share[k];
    }
    return OK;
}

/* The share of one epoch in each slot; false where a slot has none. */
static bool shares_of(struct slot_record (*slots)[2], size_t count, uint64_t epoch, struct slot_record *shares)
{
    for (size_t i = 0; i < count; i++) {
        int at = slots[i][0].epoch == epoch ? 0 : 1;
        if (epoch == 0 || slots[i][at].epoch != epoch)
            return false;
        shares[i] = slots[i][at];
    }
    return true;
}

static err join_all(struct slot_record (*slots)[2], size_t count, struct slot_record *shares, uint64_t epochs[2],
                    uint8_t roots[2][KEY_BYTES])
{
    int older = slots[0][0].epoch < slots[0][1].epoch ? 0 : 1;
    size_t found = 0;
    for (int k = 0; k < 2; k++) {
        uint64_t epoch = slots[0][k == 0 ? older : !older].epoch;
        if (!shares_of(slots, count, epoch, shares))
            continue;
        TRY(slot_join(shares, count, roots[found]));
        epochs[found++] = epoch;
    }
    ENSURE(found > 0, strangers());
    ENSURE(found == 1 || epochs[1] == epochs[0] + 1,
           err_new(ERR_INVALID, "The slot holds two times that do not follow one another.",
                   "Nothing was changed. Use the slot that belongs to the data, or your recovery copy of it."));
    return OK;
}

err slot_roots(struct slot_record (*slots)[2], size_t count, uint64_t epochs[2], uint8_t roots[2][KEY_BYTES])
{
    struct slot_record shares[SLOT_SHARES_MAX] = {0};
    memset(epochs, 0, 2 * sizeof epochs[0]);
    memset(roots, 0, 2 * (size_t)KEY_BYTES);
    ENSURE(count > 0 && count <= SLOT_SHARES_MAX, strangers());
    err e = join_all(slots, count, shares, epochs, roots);
    secret_wipe(shares, sizeof shares);
    if (e.kind != ERR_OK) {
        secret_wipe(roots, 2 * (size_t)KEY_BYTES);
        memset(epochs, 0, 2 * sizeof epochs[0]);
    }
    return e;
}
