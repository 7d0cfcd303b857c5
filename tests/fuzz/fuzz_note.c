/* note_parse, note_verify, note_vkey_parse: what is read is written back byte for byte, and nothing verifies by chance.
 */
#include "note.h"

/* Whole line and key are those of the example of c2sp.org/signed-note. */
static const char vkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char text[] = "This is an example message.\n";

static void check_note(struct view input)
{
    struct note n;
    if (note_parse(input, &n).kind != ERR_OK)
        return;
    CLEANUP(buf_free) struct buf again = BUF(LIMIT_NOTE_BYTES);
    buf_put(&again, n.text);
    buf_str(&again, "\n");
    for (size_t i = 0; i < n.line_count; i++) {
        CHECK(note_name_ok(n.lines[i].name));
        buf_str(&again, "\xe2\x80\x94 ");
        buf_put(&again, n.lines[i].name);
        buf_str(&again, " ");
        buf_put(&again, n.lines[i].blob);
        buf_str(&again, "\n");
    }
    CHECK(view_equal(buf_view(&again), input));
    struct note_key key;
    CHECK(note_vkey_parse(view_text(vkey), &key).kind == ERR_OK);
    CHECK(note_verify(&n, &key).kind != ERR_OK || view_equal(n.text, view_text(text)));
}

static void check_vkey(struct view input)
{
    struct note_key key;
    if (note_vkey_parse(input, &key).kind != ERR_OK)
        return;
    CLEANUP(buf_free) struct buf again = BUF(1000);
    note_vkey_format(&key, &again);
    CHECK(view_equal(buf_view(&again), input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_note(view_of(data, size));
    check_vkey(view_of(data, size));
    return 0;
}
