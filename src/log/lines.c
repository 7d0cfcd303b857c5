#include "lines.h"

#include "mem.h"

#include <string.h>

bool lines_take(struct view *rest, struct view *line)
{
    const uint8_t *end = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
    if (!end)
        return false;
    *line = view_of(rest->p, (size_t)(end - rest->p));
    *rest = view_of(end + 1, rest->len - line->len - 1);
    return true;
}

bool lines_skip(struct view *rest, const char *start)
{
    size_t len = strlen(start);
    if (rest->len < len || memcmp(rest->p, start, len) != 0)
        return false;
    *rest = view_of(rest->p + len, rest->len - len);
    return true;
}

bool lines_decimal(struct view text, uint64_t max, uint64_t *to)
{
    if (text.len == 0 || (text.p[0] == '0' && text.len > 1))
        return false;
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || __builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (unsigned)(text.p[i] - '0'), &n))
            return false;
    }
    *to = n;
    return n <= max;
}

err lines_hash(struct view text, struct hash *to)
{
    CLEANUP(buf_free) struct buf b = BUF(HASH_BYTES);
    bool good = base64_decode(&b, text) && b.len == HASH_BYTES;
    ENSURE(b.state != BUF_NO_MEMORY, mem_none());
    ENSURE(good, err_new(ERR_INVALID, "A hash in it is not 32 bytes in base64.",
                         "Get the file again from where it came from."));
    memcpy(to->b, b.p, HASH_BYTES);
    return OK;
}
