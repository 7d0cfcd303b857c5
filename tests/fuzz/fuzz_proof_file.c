/* proof_parse: what is read is written back byte for byte, and only the true entry verifies. */
#include "proof.h"

static const char vkey[] = "log.example/candour-dev+b6a1c8c4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proof p;
    struct view input = view_of(data, size);
    if (proof_parse(input, &p).kind != ERR_OK)
        return 0;
    CLEANUP(buf_free) struct buf again = BUF(2 * (size_t)LIMIT_NOTE_BYTES + 10000);
    CHECK(proof_format(&p, &again).kind == ERR_OK);
    CHECK(view_equal(buf_view(&again), input));
    struct note_key key;
    struct checkpoint c;
    CHECK(note_vkey_parse(view_text(vkey), &key).kind == ERR_OK);
    CHECK(proof_verify(&p, view_text("no entry of that log"), &key, view_text(key.name), &c).kind != ERR_OK);
    return 0;
}
