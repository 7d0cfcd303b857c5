/* Target: slot_decode(), slot_join().  What is taken for a whole record says the same when it is written again. */
#include "slot.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
    if (!condition)
        abort();
}

/* Short inputs are the records only, so that a fuzzer need not find 8192 bytes. */
static struct view whole(const uint8_t *data, size_t size, uint8_t file[SLOT_FILE_BYTES])
{
    if (size > 2 * SLOT_RECORD_BYTES)
        return view_of(data, size);
    memset(file, 0, SLOT_FILE_BYTES);
    for (size_t i = 0; i < size; i++)
        file[i / SLOT_RECORD_BYTES * SLOT_RECORD_STEP + i % SLOT_RECORD_BYTES] = data[i];
    /* The checksum is no secret: with it right, what it covers is looked at. */
    for (int i = 0; i < 2; i++) {
        uint8_t *record = file + i * SLOT_RECORD_STEP;
        if (record[127] == 0xff)
            secret_sum(record + 128, view_of(record, 128));
    }
    return view_of(file, SLOT_FILE_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[SLOT_FILE_BYTES];
    struct slot_record records[2];
    need(secret_start().kind == ERR_OK);
    struct view bytes = whole(data, size, file);
    err e = slot_decode(bytes, records);
    need(e.kind == ERR_OK || e.kind == ERR_INVALID || e.kind == ERR_CORRUPT);
    if (e.kind != ERR_OK)
        return 0;
    need(bytes.len == SLOT_FILE_BYTES);
    for (int i = 0; i < 2; i++) {
        uint8_t again[SLOT_RECORD_BYTES], root[KEY_BYTES];
        struct slot_record *r = &records[i];
        if (r->epoch == 0)
            continue;
        need(r->share_count > 0 && r->share_count <= SLOT_SHARES_MAX && r->share_no < r->share_count);
        slot_encode(r, again);
        /* Reserved bytes are not kept. */
        const uint8_t *was = bytes.p + i * SLOT_RECORD_STEP;
        need(memcmp(again, was, 40) == 0 && again[44] == was[44] && again[45] == was[45] && memcmp(again + 48, was + 48, 72) == 0 &&
             again[43] == (was[43] & 3));
        need((slot_join(r, 1, root).kind == ERR_OK) == (r->share_count == 1));
    }
    return 0;
}
