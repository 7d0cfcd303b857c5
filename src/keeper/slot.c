#include "slot.h"

#include <string.h>

static const char magic[16] = "candour slot v1";

void slot_encode(const struct slot_record *r, uint8_t to[SLOT_RECORD_BYTES])
{
    memset(to, 0, SLOT_RECORD_BYTES);
    memcpy(to, magic, sizeof magic);
    memcpy(to + 16, r->org, ORG_BYTES);
    for (int i = 0; i < 8; i++)
        to[32 + i] = (uint8_t)(r->epoch >> (56 - 8 * i));
    to[43] = r->practice;
    to[44] = r->share_no;
    to[45] = r->share_count;
    memcpy(to + 48, r->share, KEY_BYTES);
    secret_sum(to + 128, view_of(to, 128));
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
    ret->practice = rd_u32(&r) & 1;
    ret->share_no = rd_u8(&r);
    ret->share_count = rd_u8(&r);
    rd_u16(&r);
    rd_copy(&r, ret->share, KEY_BYTES);
    return ret->epoch > 0 && ret->share_no < ret->share_count && ret->share_count <= SLOT_SHARES_MAX;
}

err slot_decode(struct view file, struct slot_record ret[2])
{
    memset(ret, 0, 2 * sizeof ret[0]);
    ENSURE(file.len == SLOT_FILE_BYTES, err_new(ERR_INVALID, "This file is not a slot.", "Name the slot file that 'candour init' made."));
    bool whole = false, ours = false;
    for (int i = 0; i < 2; i++) {
        const uint8_t *p = file.p + (size_t)i * SLOT_RECORD_STEP;
        ours = ours || memcmp(p, magic, sizeof magic) == 0;
        if (decode_record(p, &ret[i]))
            whole = true;
        else
            memset(&ret[i], 0, sizeof ret[i]);
    }
    ENSURE(ours, err_new(ERR_INVALID, "This file is not a slot.", "Name the slot file that 'candour init' made."));
    ENSURE(whole, err_new(ERR_CORRUPT, "The slot is damaged.", "Use your recovery copy of the slot; do not delete this one."));
    return OK;
}

err slot_join(const struct slot_record *shares, size_t count, uint8_t root[KEY_BYTES])
{
    bool seen[SLOT_SHARES_MAX] = {false};
    memset(root, 0, KEY_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct slot_record *s = &shares[i];
        bool fits = s->epoch && s->share_count == count && s->epoch == shares[0].epoch && !seen[s->share_no] &&
                    memcmp(s->org, shares[0].org, ORG_BYTES) == 0;
        ENSURE(fits, err_new(ERR_INVALID, "The slots do not belong together.", "Name each slot of this organisation once."));
        seen[s->share_no] = true;
        for (int k = 0; k < KEY_BYTES; k++)
            root[k] ^= s->share[k];
    }
    return OK;
}
