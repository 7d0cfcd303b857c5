#include "note.h"

#include "lines.h"
#include "mem.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum { TIME_BYTES = 8, VKEY_BYTES_MAX = LIMIT_KEY_NAME_BYTES + 1 + 8 + 1 + 44 };

#define DASH "\xe2\x80\x94 " /* U+2014 and a space */

/* Code points that Unicode calls white space. */
static const struct {
    uint32_t first, last;
} spaces[] = {
    {0x09, 0x0d},     {0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

static bool is_space(uint32_t c)
{
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (c >= spaces[i].first && c <= spaces[i].last)
            return true;
    }
    return false;
}

/* Takes a code point off well-formed UTF-8. */
static uint32_t take_character(struct view *text)
{
    uint8_t first = text->p[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (text->p[i] & 0x3f);
    *text = view_of(text->p + len, text->len - len);
    return c;
}

bool note_name_ok(struct view name)
{
    if (name.len == 0 || text_utf8_bad_at(name) != name.len)
        return false;
    while (name.len) {
        uint32_t c = take_character(&name);
        if (c < 0x20 || c == '+' || is_space(c))
            return false;
    }
    return true;
}

err note_key_make(struct view name, enum note_key_type type, const uint8_t key[DIGEST_KEY_BYTES], struct note_key *to)
{
    ENSURE(note_name_ok(name), err_new(ERR_INVALID, "The name of the key is empty, or holds a space or a plus sign.",
                                       "Take the log's address without https://."));
    ENSURE(name.len <= LIMIT_KEY_NAME_BYTES, err_newf(ERR_LIMIT, "The name of the key is longer than {} bytes.",
                                                      "Take a shorter one.", err_int(LIMIT_KEY_NAME_BYTES)));
    *to = (struct note_key){.type = type};
    memcpy(to->name, name.p, name.len);
    memcpy(to->key, key, DIGEST_KEY_BYTES);
    struct digest d;
    digest_begin(&d);
    digest_add(&d, name);
    digest_add_u8(&d, '\n');
    digest_add_u8(&d, (uint8_t)type);
    digest_add(&d, view_of(key, DIGEST_KEY_BYTES));
    struct hash h = digest_end(&d);
    memcpy(to->id, h.b, NOTE_KEY_ID_BYTES);
    return OK;
}

static err bad_vkey(void)
{
    return err_new(ERR_INVALID, "This is not a key of a log: it should read name+8 digits+base64.",
                   "Copy the whole key again from where the log's owner publishes it.");
}

/* Takes what stands before the next plus sign. */
static bool take_part(struct view *rest, struct view *part)
{
    const uint8_t *plus = rest->len ? memchr(rest->p, '+', rest->len) : NULL;
    if (!plus)
        return false;
    *part = view_of(rest->p, (size_t)(plus - rest->p));
    *rest = view_of(plus + 1, rest->len - part->len - 1);
    return true;
}

err note_vkey_parse(struct view text, struct note_key *to)
{
    struct view name = {0}, id_text = {0}, rest = text;
    uint8_t id[NOTE_KEY_ID_BYTES];
    ENSURE(text.len <= VKEY_BYTES_MAX && take_part(&rest, &name) && take_part(&rest, &id_text) &&
               hex_decode(id, sizeof id, id_text),
           bad_vkey());
    CLEANUP(buf_free) struct buf key = BUF(1 + DIGEST_KEY_BYTES);
    bool good = base64_decode(&key, rest) && key.len == 1 + DIGEST_KEY_BYTES;
    ENSURE(key.state != BUF_NO_MEMORY, mem_none());
    ENSURE(good && (key.p[0] == NOTE_ED25519 || key.p[0] == NOTE_COSIGNATURE), bad_vkey());
    TRY(note_key_make(name, (enum note_key_type)key.p[0], key.p + 1, to));
    ENSURE(memcmp(to->id, id, sizeof id) == 0,
           err_new(ERR_INVALID, "The digits in the middle of the key don't belong to the rest of it.",
                   "Copy the whole key again from where the log's owner publishes it."));
    return OK;
}

void note_vkey_format(const struct note_key *key, struct buf *to)
{
    uint8_t typed[1 + DIGEST_KEY_BYTES] = {(uint8_t)key->type};
    memcpy(typed + 1, key->key, DIGEST_KEY_BYTES);
    buf_str(to, key->name);
    buf_str(to, "+");
    buf_hex(to, view_of(key->id, sizeof key->id));
    buf_str(to, "+");
    buf_base64(to, view_of(typed, sizeof typed));
}

static bool is_plain_text(struct view bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.p[i] < 0x20 && bytes.p[i] != '\n')
            return false;
    }
    return text_utf8_bad_at(bytes) == bytes.len;
}

err note_text_check(struct view text)
{
    ENSURE(text.len <= LIMIT_NOTE_BYTES,
           err_newf(ERR_LIMIT, "A signed note is longer than {} bytes.",
                    "No log writes such notes; check what file this is.", err_int(LIMIT_NOTE_BYTES)));
    ENSURE(text.len > 0 && text.p[text.len - 1] == '\n' && is_plain_text(text),
           err_new(ERR_INVALID,
                   "This is not the text of a note: it has bytes that don't belong there, or no newline at its end.",
                   "Get the file again from where it came from, without changing it."));
    return OK;
}

static err bad_line(size_t number)
{
    return err_newf(ERR_INVALID, "Signature line {} of the note is malformed.",
                    "Get the file again from where it came from, without changing it.", err_int((long long)number));
}

static err parse_line(struct view line, size_t number, struct note_line *to)
{
    ENSURE(lines_skip(&line, DASH), bad_line(number));
    const uint8_t *space = line.len ? memchr(line.p, ' ', line.len) : NULL;
    ENSURE(space, bad_line(number));
    to->name = view_of(line.p, (size_t)(space - line.p));
    to->blob = view_of(space + 1, line.len - to->name.len - 1);
    ENSURE(note_name_ok(to->name), bad_line(number));
    CLEANUP(buf_free) struct buf blob = BUF(LIMIT_NOTE_BYTES);
    bool good = base64_decode(&blob, to->blob) && blob.len > NOTE_KEY_ID_BYTES;
    ENSURE(blob.state != BUF_NO_MEMORY, mem_none());
    ENSURE(good, bad_line(number));
    memcpy(to->id, blob.p, NOTE_KEY_ID_BYTES);
    return OK;
}

/* The text ends where the last empty line begins, since a text may have empty lines and signatures have none. */
static bool split(struct view bytes, struct view *text, struct view *lines)
{
    for (size_t i = bytes.len; i >= 2; i--) {
        if (bytes.p[i - 1] != '\n' || bytes.p[i - 2] != '\n')
            continue;
        *text = view_of(bytes.p, i - 1);
        *lines = view_of(bytes.p + i, bytes.len - i);
        return lines->len > 0;
    }
    return false;
}

err note_parse(struct view bytes, struct note *to)
{
    TRY(note_text_check(bytes));
    struct view lines, line;
    ENSURE(split(bytes, &to->text, &lines), err_new(ERR_INVALID, "The note has no signature.",
                                                    "Get the file again from where it came from, without changing it."));
    to->line_count = 0;
    while (lines_take(&lines, &line)) {
        ENSURE(to->line_count < LIMIT_NOTE_LINES,
               err_newf(ERR_LIMIT, "The note has more than {} signatures.",
                        "No log writes such notes; check what file this is.", err_int(LIMIT_NOTE_LINES)));
        TRY(parse_line(line, to->line_count + 1, &to->lines[to->line_count]));
        to->line_count++;
    }
    return OK;
}

static err not_signed(const struct note_key *key)
{
    return err_newf(ERR_INVALID, "The note has no good signature of {}.",
                    "Don't rely on it.  Check that the key is the one that the log's owner publishes.",
                    err_name(key->name));
}

static err check_signed(const struct note_key *key, struct view text, const uint8_t signature[DIGEST_SIGNATURE_BYTES])
{
    bool good;
    TRY(digest_signed(key->key, text, signature, &good));
    return good ? OK : not_signed(key);
}

/* Checks the bytes after the key id; `time` is set for witnesses only. */
static err check_signature(struct view text, const struct note_key *key, struct view signature, uint64_t *time)
{
    if (key->type == NOTE_ED25519) {
        ENSURE(signature.len == DIGEST_SIGNATURE_BYTES, not_signed(key));
        return check_signed(key, text, signature.p);
    }
    ENSURE(signature.len == TIME_BYTES + DIGEST_SIGNATURE_BYTES, not_signed(key));
    struct rd r = rd_of(signature);
    *time = rd_u64(&r);
    ENSURE(*time <= INT64_MAX, not_signed(key));
    CLEANUP(buf_free) struct buf message = BUF(LIMIT_NOTE_BYTES + 100);
    buf_fmt(&message, "cosignature/v1\ntime %" PRIu64 "\n", *time);
    buf_put(&message, text);
    TRY(buf_ok(&message));
    return check_signed(key, buf_view(&message), signature.p + TIME_BYTES);
}

static err verify(const struct note *n, const struct note_key *key, uint64_t *newest)
{
    bool found = false;
    *newest = 0;
    for (size_t i = 0; i < n->line_count; i++) {
        const struct note_line *line = &n->lines[i];
        if (!view_equal(line->name, view_text(key->name)) || memcmp(line->id, key->id, sizeof key->id) != 0)
            continue;
        CLEANUP(buf_free) struct buf blob = BUF(LIMIT_NOTE_BYTES);
        CHECK(base64_decode(&blob, line->blob) || blob.state == BUF_NO_MEMORY);
        TRY(buf_ok(&blob));
        uint64_t time = 0;
        TRY(check_signature(n->text, key, view_of(blob.p + sizeof key->id, blob.len - sizeof key->id), &time));
        *newest = time > *newest ? time : *newest;
        found = true;
    }
    ENSURE(found, not_signed(key));
    return OK;
}

err note_verify(const struct note *n, const struct note_key *key)
{
    uint64_t time;
    ENSURE(key->type == NOTE_ED25519, not_signed(key));
    return verify(n, key, &time);
}

err note_verify_witness(const struct note *n, const struct note_key *key, uint64_t *time)
{
    ENSURE(key->type == NOTE_COSIGNATURE, not_signed(key));
    return verify(n, key, time);
}

err note_assemble(struct view text, const struct note_key *key, const uint8_t signature[DIGEST_SIGNATURE_BYTES],
                  struct buf *to)
{
    TRY(note_text_check(text));
    ENSURE(key->type == NOTE_ED25519, not_signed(key));
    TRY(check_signed(key, text, signature));
    uint8_t blob[NOTE_KEY_ID_BYTES + DIGEST_SIGNATURE_BYTES];
    memcpy(blob, key->id, NOTE_KEY_ID_BYTES);
    memcpy(blob + NOTE_KEY_ID_BYTES, signature, DIGEST_SIGNATURE_BYTES);
    buf_put(to, text);
    buf_str(to, "\n" DASH);
    buf_str(to, key->name);
    buf_str(to, " ");
    buf_base64(to, view_of(blob, sizeof blob));
    buf_str(to, "\n");
    return buf_ok(to);
}
