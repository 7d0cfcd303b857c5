/* Bytes to write and bytes to read.  Both remember their first failure, so that a run of puts or gets reads like the
 * format it makes or takes and is checked once, with buf_ok() or rd_done().
 * Whole numbers are big-endian.
 */
#ifndef BUF_H
#define BUF_H

#include "err.h"

/* A borrowed run of bytes; never kept in an object that outlives its source. */
struct view {
    const uint8_t *p;
    size_t len;
};

struct view view_of(const void *p, size_t len);
struct view view_text(const char *text);
bool view_equal(struct view a, struct view b);
int view_order(struct view a, struct view b); /* memcmp order, shorter first */

/* A growing buffer with its ceiling fixed at birth.  Zero-initialise with BUF(max); free with buf_free (also for
 * CLEANUP).  A buffer made with BUF_SECRET wipes what it leaves. */
struct buf {
    uint8_t *p;
    size_t len, cap, max;
    enum { BUF_FINE, BUF_FULL, BUF_NO_MEMORY } state;
    bool secret;
    bool fixed; /* the memory is the caller's and does not grow */
};

#define BUF(most) ((struct buf){.max = (most)})
#define BUF_SECRET(most) ((struct buf){.max = (most), .secret = true})
#define BUF_FIXED(memory, size) ((struct buf){.p = (memory), .cap = (size), .max = (size), .fixed = true})

void buf_free(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory and forgets a failure */
err buf_ok(const struct buf *b); /* ERR_LIMIT or ERR_NOMEM if any put failed */
struct view buf_view(const struct buf *b);
const char *buf_text(struct buf *b); /* terminated; "" if the buffer failed */

void buf_bytes(struct buf *b, const void *bytes, size_t len);
void buf_put(struct buf *b, struct view v);
void buf_str(struct buf *b, const char *text);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_fmt(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint8_t *buf_space(struct buf *b, size_t len); /* len more bytes, zeroed, to fill; NULL once failed */
void buf_block(struct buf *b, struct view v);  /* u32 length, bytes */
void buf_set_u32(struct buf *b, size_t at, uint32_t v); /* fills in a length written earlier */
void buf_base64(struct buf *b, struct view v); /* RFC 4648 section 4, padded */
void buf_hex(struct buf *b, struct view v);    /* lower case */

/* Reading. */
struct rd {
    const uint8_t *p;
    size_t len;
    bool bad;
};

struct rd rd_of(struct view v);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
struct view rd_view(struct rd *r, size_t len);
struct view rd_block(struct rd *r); /* u32 length, bytes */
void rd_copy(struct rd *r, void *to, size_t len);
bool rd_ok(const struct rd *r);   /* nothing was missing so far */
bool rd_done(const struct rd *r); /* and nothing is left */

/* Strict base64 (spec/tlog.md section 1): no white space, exact padding, no stray bits. */
bool base64_decode(struct buf *to, struct view text);
bool hex_decode(uint8_t *to, size_t to_len, struct view text); /* lower case, exactly to_len bytes */

#endif
