/* checkpoint_parse and checkpoint_open: what we could have written is written back byte for byte; what opens is the text
 * that was signed. */
#include "checkpoint.h"

static const char vkey[] = "log.example/candour-dev+b6a1c8c4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

static void check_text(struct view input)
{
    struct checkpoint c;
    if (checkpoint_parse(input, &c).kind != ERR_OK)
        return;
    CHECK(c.origin.len > 0 && c.size <= MERKLE_SIZE_MAX);
    CLEANUP(buf_free) struct buf again = BUF(LIMIT_NOTE_BYTES);
    if (checkpoint_format(&c, &again).kind == ERR_OK)
        CHECK(view_equal(buf_view(&again), input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view input = view_of(data, size);
    struct note_key key;
    struct checkpoint c;
    CHECK(note_vkey_parse(view_text(vkey), &key).kind == ERR_OK);
    check_text(input);
    struct note n;
    if (note_parse(input, &n).kind == ERR_OK)
        check_text(n.text);
    if (checkpoint_open(input, &key, view_text(key.name), &c).kind == ERR_OK) {
        CHECK(note_parse(input, &n).kind == ERR_OK && note_verify(&n, &key).kind == ERR_OK);
        CHECK(view_equal(c.origin, view_text(key.name)));
    }
    return 0;
}
