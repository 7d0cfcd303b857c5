/* Names and values as matching compares and looks them up. */
#include "match.h"

#include <string.h>

#include "catalogue.h"
#include "digest.h"
#include "limits.h"
#include "text.h"

/* --- normalised values --- */

/* Empties `to` to where it was if the text is no such thing. */
static bool appended(struct buf *to, size_t before, err e)
{
    if (e.kind == ERR_OK && to->len > before)
        return true;
    err_ignore(e, "not an address, number or name: there is nothing to look up");
    if (to->state == BUF_FINE)
        to->len = before;
    return false;
}

bool match_value_id(struct buf *to, uint8_t source, uint16_t field, struct view value)
{
    size_t before = to->len;
    value = text_trim(value);
    if (value.len == 0)
        return false;
    buf_u8(to, source);
    buf_u16(to, field);
    return appended(to, before, text_nfc(to, value));
}

bool match_value_email(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, text_email(to, value));
}

bool match_value_postcode(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, text_postcode(to, value));
}

bool match_value_phone(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, text_phone(to, value));
}

/* Folded, without marks, blanks, hyphens, apostrophes and points. */
static err bare(struct buf *to, struct view value)
{
    size_t before = to->len, n = before;
    TRY(text_fold(to, value, TEXT_NO_MARKS));
    for (size_t i = before; i < to->len; i++) {
        uint8_t c = to->p[i];
        if (c != ' ' && c != '-' && c != '\'' && c != '.')
            to->p[n++] = c;
    }
    to->len = n;
    return OK;
}

static bool bare_name(struct buf *to, struct view value)
{
    size_t before = to->len;
    return appended(to, before, bare(to, value));
}

bool match_value_family(struct buf *to, struct view value)
{
    return bare_name(to, value);
}

/* A stricter form of the folded text by the type of its field; where it has none, as it is. */
static err normal_form(struct buf *to, enum field_type type, struct view folded)
{
    static err (*const forms[TYPE_COUNT])(struct buf *to, struct view value) = {
        [TYPE_TEXT] = bare, [TYPE_EMAIL] = text_email, [TYPE_PHONE] = text_phone, [TYPE_POSTCODE] = text_postcode};
    if (forms[type]) {
        err e = forms[type](to, folded);
        if (e.kind != ERR_INVALID)
            return e;
        err_ignore(e, "it is no address or number");
    }
    buf_clear(to);
    buf_put(to, folded);
    return buf_ok(to);
}

err match_print(struct buf *to, const struct field *f, uint16_t no, struct view value)
{
    CLEANUP(buf_free) struct buf folded = BUF_SECRET(LIMIT_CELL_BYTES), normal = BUF_SECRET(LIMIT_CELL_BYTES);
    err e = text_fold(&folded, value, TEXT_MARKS);
    if (e.kind == ERR_INVALID) {
        err_ignore(e, "what is not UTF-8 counts as it is");
        buf_put(&folded, value);
        e = buf_ok(&folded);
    }
    TRY(e);
    TRY(normal_form(&normal, f->type, buf_view(&folded)));
    struct hash hash = digest_of(buf_view(&normal));
    buf_u16(to, no);
    buf_put(to, hash_view(&hash));
    return buf_ok(to);
}

void match_split_name(struct view full, struct view *ret_family, struct view *ret_first)
{
    full = text_trim(full);
    *ret_family = *ret_first = (struct view){0};
    const uint8_t *comma = full.len ? memchr(full.p, ',', full.len) : NULL;
    if (comma) {
        *ret_family = text_trim(view_of(full.p, (size_t)(comma - full.p)));
        *ret_first = text_trim(view_of(comma + 1, full.len - (size_t)(comma - full.p) - 1));
        return;
    }
    size_t last = full.len, first = 0;
    while (last > 0 && full.p[last - 1] != ' ')
        last--;
    while (first < full.len && full.p[first] != ' ')
        first++;
    *ret_family = view_of(full.p + last, full.len - last);
    if (last > 0)
        *ret_first = view_of(full.p, first);
}

/* --- agreement --- */

static bool bare_into(uint8_t *memory, struct view name, struct view *ret)
{
    struct buf b = BUF_FIXED(memory, MATCH_NAME_BYTES);
    if (!bare_name(&b, name))
        return false;
    *ret = buf_view(&b);
    return true;
}

bool match_family_agrees(struct view a, struct view b)
{
    uint8_t x[MATCH_NAME_BYTES], y[MATCH_NAME_BYTES];
    struct view p, q;
    return bare_into(x, a, &p) && bare_into(y, b, &q) && view_equal(p, q);
}

bool match_first_agrees(struct view a, struct view b)
{
    uint8_t x[MATCH_NAME_BYTES], y[MATCH_NAME_BYTES];
    struct view p, q;
    if (!bare_into(x, a, &p) || !bare_into(y, b, &q))
        return false;
    if (view_equal(p, q))
        return true;
    struct view shorter = p.len < q.len ? p : q, longer = p.len < q.len ? q : p;
    return text_characters(shorter) == 1 && memcmp(shorter.p, longer.p, shorter.len) == 0;
}
