/* The parts of csv.h that need no reader: memory as a source, and writing. */
#include "csv.h"

#include <string.h>

err csv_read_bytes(void *ctx, uint8_t *to, size_t size, size_t *got)
{
    struct csv_bytes *b = ctx;
    size_t take = b->left.len < size ? b->left.len : size;
    if (b->piece && take > b->piece)
        take = b->piece;
    if (take) {
        memcpy(to, b->left.p, take);
        b->left = view_of(b->left.p + take, b->left.len - take);
    }
    *got = take;
    return OK;
}

static bool needs_quotes(struct view v)
{
    if (v.len == 0)
        return false;
    if (v.p[0] == ' ' || v.p[v.len - 1] == ' ' || (v.len >= 3 && memcmp(v.p, "\xef\xbb\xbf", 3) == 0))
        return true;
    for (size_t i = 0; i < v.len; i++)
        if (memchr("\"\r\n,;\t|", v.p[i], 7))
            return true;
    return false;
}

void csv_write_cell(struct buf *to, struct view text)
{
    if (!needs_quotes(text)) {
        buf_put(to, text);
        return;
    }
    buf_u8(to, '"');
    for (size_t at = 0; at < text.len;) {
        const uint8_t *quote = memchr(text.p + at, '"', text.len - at);
        size_t run = quote ? (size_t)(quote - text.p) - at + 1 : text.len - at;
        buf_bytes(to, text.p + at, run);
        if (quote)
            buf_u8(to, '"');
        at += run;
    }
    buf_u8(to, '"');
}

void csv_write_row(struct buf *to, const struct view *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_u8(to, ',');
        csv_write_cell(to, cells[i]);
    }
    if (count == 1 && cells[0].len == 0)
        buf_str(to, "\"\"");
    buf_str(to, "\r\n");
}
