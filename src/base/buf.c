#include "buf.h"

#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct view view_of(const void *p, size_t len)
{
    return (struct view){p, len};
}

struct view view_text(const char *text)
{
    return (struct view){(const uint8_t *)text, strlen(text)};
}

bool view_equal(struct view a, struct view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

int view_order(struct view a, struct view b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.p, b.p, common) : 0;
    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static void wipe(void *p, size_t len)
{
    explicit_bzero(p, len);
}

void buf_free(struct buf *b)
{
    if (b->secret && b->p)
        wipe(b->p, b->cap);
    if (!b->fixed)
        mem_free(b->p);
    b->p = NULL;
    b->len = b->cap = 0;
}

void buf_clear(struct buf *b)
{
    if (b->secret && b->p)
        wipe(b->p, b->len);
    b->len = 0;
    b->state = BUF_FINE;
}

err buf_ok(const struct buf *b)
{
    switch (b->state) {
    case BUF_FINE:
        return OK;
    case BUF_NO_MEMORY:
        return mem_none();
    case BUF_FULL:
        break;
    }
    return err_newf(ERR_LIMIT, "Something is larger than the limit of {} bytes.", "Split it into smaller parts.",
                 err_int((long long)b->max));
}

struct view buf_view(const struct buf *b)
{
    return (struct view){b->p, b->len};
}

static bool grow(struct buf *b, size_t need)
{
    if (b->fixed) {
        b->state = BUF_FULL;
        return false;
    }
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    /* A secret must not stay behind in memory that realloc gave back. */
    uint8_t *p = b->secret ? mem_alloc(cap) : mem_resize(b->p, cap);
    if (!p) {
        b->state = BUF_NO_MEMORY;
        return false;
    }
    if (b->secret && b->p) {
        memcpy(p, b->p, b->len);
        wipe(b->p, b->cap);
        mem_free(b->p);
    }
    b->p = p;
    b->cap = cap;
    return true;
}

static bool reserve(struct buf *b, size_t len)
{
    if (b->state != BUF_FINE)
        return false;
    if (len > b->max || b->len > b->max - len) {
        b->state = BUF_FULL;
        return false;
    }
    /* With the room that buf_text() needs to end it, so that it never fails afterwards. */
    size_t need = b->len + len + !b->fixed;
    return need <= b->cap || grow(b, need);
}

uint8_t *buf_space(struct buf *b, size_t len)
{
    if (!reserve(b, len))
        return NULL;
    if (len == 0)
        return b->p;
    uint8_t *at = b->p + b->len;
    memset(at, 0, len);
    b->len += len;
    return at;
}

void buf_bytes(struct buf *b, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(b, len))
        return;
    memcpy(b->p + b->len, bytes, len);
    b->len += len;
}

/* The same for few bytes, of which their number is known when it is compiled: by far the most calls. */
static inline void few(struct buf *b, const uint8_t *bytes, size_t len)
{
    if (b->state != BUF_FINE || b->len + len > b->max || b->len + len + !b->fixed > b->cap) {
        buf_bytes(b, bytes, len);
        return;
    }
    memcpy(b->p + b->len, bytes, len);
    b->len += len;
}

void buf_put(struct buf *b, struct view v)
{
    buf_bytes(b, v.p, v.len);
}

void buf_str(struct buf *b, const char *text)
{
    buf_bytes(b, text, strlen(text));
}

const char *buf_text(struct buf *b)
{
    if (b->state != BUF_FINE || b->len == 0 || (b->len == b->cap && !grow(b, b->len + 1)))
        return "";
    b->p[b->len] = 0;
    return (const char *)b->p;
}

void buf_u8(struct buf *b, uint8_t v)
{
    few(b, &v, 1);
}

void buf_u16(struct buf *b, uint16_t v)
{
    uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    few(b, bytes, sizeof bytes);
}

void buf_u32(struct buf *b, uint32_t v)
{
    uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    few(b, bytes, sizeof bytes);
}

void buf_u64(struct buf *b, uint64_t v)
{
    buf_u32(b, (uint32_t)(v >> 32));
    buf_u32(b, (uint32_t)v);
}

void buf_set_u32(struct buf *b, size_t at, uint32_t v)
{
    if (b->state != BUF_FINE)
        return;
    CHECK(at + 4 <= b->len);
    for (int i = 0; i < 4; i++)
        b->p[at + (size_t)i] = (uint8_t)(v >> (24 - 8 * i));
}

void buf_fmt(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len >= 0) {
        uint8_t *at = buf_space(b, (size_t)len + 1);
        if (at) {
            vsnprintf((char *)at, (size_t)len + 1, format, again);
            b->len--;
        }
    }
    va_end(again);
}

void buf_block(struct buf *b, struct view v)
{
    CHECK(v.len <= UINT32_MAX);
    buf_u32(b, (uint32_t)v.len);
    buf_put(b, v);
}

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void buf_base64(struct buf *b, struct view v)
{
    for (size_t i = 0; i < v.len; i += 3) {
        size_t left = v.len - i;
        uint32_t bits = (uint32_t)v.p[i] << 16;
        if (left > 1)
            bits |= (uint32_t)v.p[i + 1] << 8;
        if (left > 2)
            bits |= v.p[i + 2];
        char four[4] = {base64_letters[bits >> 18], base64_letters[bits >> 12 & 63],
                        left > 1 ? base64_letters[bits >> 6 & 63] : '=', left > 2 ? base64_letters[bits & 63] : '='};
        buf_bytes(b, four, sizeof four);
    }
}

void buf_hex(struct buf *b, struct view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char two[2] = {"0123456789abcdef"[v.p[i] >> 4], "0123456789abcdef"[v.p[i] & 15]};
        buf_bytes(b, two, sizeof two);
    }
}

struct rd rd_of(struct view v)
{
    return (struct rd){.p = v.p, .len = v.len};
}

struct view rd_view(struct rd *r, size_t len)
{
    if (r->bad || len > r->len) {
        r->bad = true;
        return (struct view){0};
    }
    struct view v = {r->p, len};
    if (len) {
        r->p += len;
        r->len -= len;
    }
    return v;
}

static uint64_t number(struct rd *r, size_t bytes)
{
    struct view v = rd_view(r, bytes);
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++)
        n = n << 8 | v.p[i];
    return n;
}

uint8_t rd_u8(struct rd *r)
{
    return (uint8_t)number(r, 1);
}

uint16_t rd_u16(struct rd *r)
{
    return (uint16_t)number(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
    return (uint32_t)number(r, 4);
}

uint64_t rd_u64(struct rd *r)
{
    return number(r, 8);
}

struct view rd_block(struct rd *r)
{
    return rd_view(r, rd_u32(r));
}

void rd_copy(struct rd *r, void *to, size_t len)
{
    struct view v = rd_view(r, len);
    if (v.len == len && len)
        memcpy(to, v.p, len);
    else
        memset(to, 0, len);
}

bool rd_ok(const struct rd *r)
{
    return !r->bad;
}

bool rd_done(const struct rd *r)
{
    return !r->bad && r->len == 0;
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct buf *to, struct view text)
{
    if (text.len % 4)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        bool last = i + 4 == text.len;
        int pad = !last ? 0 : text.p[i + 3] != '=' ? 0 : text.p[i + 2] == '=' ? 2 : 1;
        uint32_t bits = 0;
        for (int k = 0; k < 4 - pad; k++) {
            int v = base64_value(text.p[i + (size_t)k]);
            if (v < 0)
                return false;
            bits |= (uint32_t)v << (18 - 6 * k);
        }
        if ((pad == 1 && bits & 0xff) || (pad == 2 && bits & 0xffff))
            return false;
        uint8_t three[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
        buf_bytes(to, three, (size_t)(3 - pad));
    }
    return to->state == BUF_FINE;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(uint8_t *to, size_t to_len, struct view text)
{
    if (text.len != 2 * to_len)
        return false;
    for (size_t i = 0; i < to_len; i++) {
        int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
