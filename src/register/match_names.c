/* Names and values as matching compares and looks them up. */
#include "match.h"

#include <string.h>

#include "foldname.h"
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
    value = foldname_trim(value);
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
static bool bare_name(struct buf *to, struct view value)
{
    size_t before = to->len;
    if (!appended(to, before, text_fold(to, value, TEXT_NO_MARKS)))
        return false;
    size_t n = before;
    for (size_t i = before; i < to->len; i++) {
        uint8_t c = to->p[i];
        if (c != ' ' && c != '-' && c != '\'' && c != '.')
            to->p[n++] = c;
    }
    to->len = n;
    return n > before;
}

bool match_value_family(struct buf *to, struct view value)
{
    return bare_name(to, value);
}

void match_split_name(struct view full, struct view *ret_family, struct view *ret_first)
{
    full = foldname_trim(full);
    *ret_family = *ret_first = (struct view){0};
    const uint8_t *comma = full.len ? memchr(full.p, ',', full.len) : NULL;
    if (comma) {
        *ret_family = foldname_trim(view_of(full.p, (size_t)(comma - full.p)));
        *ret_first = foldname_trim(view_of(comma + 1, full.len - (size_t)(comma - full.p) - 1));
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
