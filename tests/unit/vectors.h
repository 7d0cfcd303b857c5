/* The vectors of tests/data/tlog-vectors.json for the tests of the log, and the log they are about: entry i is
 * "entry-i". */
#ifndef VECTORS_H
#define VECTORS_H

#include "testing.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "digest.h"

#define VECTORS_ORIGIN "log.example/candour-dev"

/* For a group's set-up: *state is the whole file. */
static inline int vectors_setup(void **state)
{
    json_error_t problem;
    *state = json_load_file(TEST_DATA "/tlog-vectors.json", 0, &problem);
    return *state ? 0 : -1;
}

static inline int vectors_teardown(void **state)
{
    json_decref(*state);
    return 0;
}

/* A member that must be there. */
static inline json_t *vectors_get(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    assert_non_null(value);
    return value;
}

static inline struct view vectors_text(const json_t *object, const char *key)
{
    json_t *value = vectors_get(object, key);
    return view_of(json_string_value(value), json_string_length(value));
}

static inline uint64_t vectors_number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(vectors_get(object, key));
}

static inline struct hash vectors_hash(const json_t *base64)
{
    CLEANUP(buf_free) struct buf b = BUF(HASH_BYTES);
    assert_true(base64_decode(&b, view_text(json_string_value(base64))));
    assert_int_equal(b.len, HASH_BYTES);
    struct hash h;
    memcpy(h.b, b.p, sizeof h.b);
    return h;
}

static inline struct hash vectors_hex(const json_t *object, const char *key)
{
    struct hash h;
    assert_true(hex_decode(h.b, sizeof h.b, vectors_text(object, key)));
    return h;
}

/* Free with buf_free. */
static inline struct buf vectors_bytes(const json_t *object, const char *hex_key)
{
    struct buf b = BUF(1 << 20);
    struct view hex = vectors_text(object, hex_key);
    uint8_t *to = buf_space(&b, hex.len / 2);
    assert_true(hex.len == 0 || hex_decode(to, hex.len / 2, hex));
    return b;
}

static inline struct buf vectors_base64(const json_t *object, const char *key)
{
    struct buf b = BUF(1 << 20);
    assert_true(base64_decode(&b, vectors_text(object, key)));
    return b;
}

struct vectors_entry {
    char bytes[32];
    size_t len;
};

static inline struct vectors_entry vectors_entry(uint64_t index)
{
    struct vectors_entry e;
    e.len = (size_t)snprintf(e.bytes, sizeof e.bytes, "entry-%llu", (unsigned long long)index);
    return e;
}

static inline void assert_hash_equal(const struct hash *a, const struct hash *b)
{
    assert_memory_equal(a->b, b->b, HASH_BYTES);
}

#endif
