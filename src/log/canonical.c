#include "canonical.h"

#include <stdlib.h>
#include <string.h>

static const json_int_t MOST = ((json_int_t)1 << 53) - 1;

static err put(struct buf *to, const json_t *value, unsigned depth);

static err wrong(void)
{
    return err_new(ERR_INVALID, "An entry of the log holds something that it can't hold.", "Report this mistake.");
}

static err put_string(struct buf *to, const char *text, size_t len)
{
    bool plain = true;
    for (size_t i = 0; i < len; i++)
        plain = plain && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\';
    ENSURE(plain, wrong());
    buf_u8(to, '"');
    buf_bytes(to, text, len);
    buf_u8(to, '"');
    return OK;
}

static err put_number(struct buf *to, json_int_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    ENSURE(n >= 0 && n <= MOST, wrong());
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    buf_bytes(to, digits + at, sizeof digits - at);
    return OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static err put_object(struct buf *to, const json_t *object, unsigned depth)
{
    const char *keys[CANONICAL_KEYS], *key;
    size_t count = 0;
    json_t *value;
    ENSURE(json_object_size(object) <= CANONICAL_KEYS, wrong());
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
        keys[count++] = key;
    qsort(keys, count, sizeof keys[0], by_bytes);
    buf_u8(to, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_u8(to, ',');
        TRY(put_string(to, keys[i], strlen(keys[i])));
        buf_u8(to, ':');
        TRY(put(to, json_object_get(object, keys[i]), depth + 1));
    }
    buf_u8(to, '}');
    return OK;
}

static err put_list(struct buf *to, const json_t *list, unsigned depth)
{
    buf_u8(to, '[');
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i)
            buf_u8(to, ',');
        TRY(put(to, json_array_get(list, i), depth + 1));
    }
    buf_u8(to, ']');
    return OK;
}

static err put(struct buf *to, const json_t *value, unsigned depth)
{
    ENSURE(value && depth <= CANONICAL_DEPTH, wrong());
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return put_object(to, value, depth);
    case JSON_ARRAY:
        return put_list(to, value, depth);
    case JSON_STRING:
        return put_string(to, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        return put_number(to, json_integer_value(value));
    case JSON_TRUE:
        buf_str(to, "true");
        return OK;
    case JSON_FALSE:
        buf_str(to, "false");
        return OK;
    case JSON_REAL:
    case JSON_NULL:
        break;
    }
    return wrong();
}

err canonical_put(struct buf *to, const json_t *value)
{
    TRY(put(to, value, 0));
    return buf_ok(to);
}
