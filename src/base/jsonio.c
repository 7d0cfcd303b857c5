#include "jsonio.h"

#include <string.h>

#include "text.h"

struct jsonio jsonio_object(void)
{
    json_t *o = json_object();
    return (struct jsonio){o, o == NULL};
}

void jsonio_drop(struct jsonio *j)
{
    json_decref(j->object);
    j->object = NULL;
}

void jsonio_release(json_t **j)
{
    json_decref(*j);
    *j = NULL;
}

void jsonio_put(struct jsonio *j, const char *key, json_t *value_taken)
{
    if (j->bad || json_object_set_new(j->object, key, value_taken) != 0) {
        if (j->bad)
            json_decref(value_taken);
        j->bad = true;
    }
}

void jsonio_put_text(struct jsonio *j, const char *key, const char *text)
{
    jsonio_put(j, key, json_string(text ? text : ""));
}

void jsonio_put_number(struct jsonio *j, const char *key, uint64_t number)
{
    CHECK(number <= INT64_MAX);
    jsonio_put(j, key, json_integer((json_int_t)number));
}

void jsonio_put_bool(struct jsonio *j, const char *key, bool value)
{
    jsonio_put(j, key, json_boolean(value));
}

void jsonio_put_time(struct jsonio *j, const char *key, int64_t at)
{
    jsonio_put(j, key, jsonio_moment(at));
}

json_t *jsonio_moment(int64_t at)
{
    if (at == WHEN_UNKNOWN_EARLY || at == WHEN_UNKNOWN_LATE)
        return json_null();
    CLEANUP(buf_free) struct buf b = BUF(64);
    when_put_utc(&b, at);
    return json_string(buf_text(&b));
}

void jsonio_put_texts(struct jsonio *j, const char *key, const char *const *texts, size_t count)
{
    jsonio_put(j, key, jsonio_list(texts, count));
}

json_t *jsonio_list(const char *const *texts, size_t count)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < count && !bad; i++)
        bad = json_array_append_new(list, json_string(texts[i])) != 0;
    return jsonio_whole(list, bad);
}

json_t *jsonio_whole(json_t *list, bool bad)
{
    if (!bad)
        return list;
    json_decref(list);
    return NULL;
}

void jsonio_append(json_t *array, struct jsonio *object_taken, bool *bad)
{
    json_t *object = jsonio_take(object_taken);
    if (!object || json_array_append_new(array, object) != 0)
        *bad = true;
}

json_t *jsonio_take(struct jsonio *j)
{
    json_t *object = j->object;
    j->object = NULL;
    if (!j->bad)
        return object;
    json_decref(object);
    return NULL;
}

err jsonio_finish(struct jsonio *j, json_t **ret)
{
    json_t *object = jsonio_take(j);
    ENSURE(object, mem_none());
    *ret = object;
    return OK;
}

static int dump_into(const char *bytes, size_t len, void *to)
{
    buf_bytes(to, bytes, len);
    return 0;
}

err jsonio_dump(struct buf *to, const json_t *from)
{
    if (json_dump_callback(from, dump_into, to, JSON_COMPACT | JSON_SORT_KEYS) != 0)
        return mem_none();
    return buf_ok(to);
}

err jsonio_load(struct view bytes, size_t most, json_t **ret)
{
    ENSURE(bytes.len <= most, err_newf(ERR_LIMIT, "The record is longer than {} bytes.",
                                       "It wasn't written by this program.", err_int((long long)most)));
    json_error_t e;
    json_t *j = json_loadb((const char *)bytes.p, bytes.len, JSON_REJECT_DUPLICATES, &e);
    ENSURE(j, err_new(ERR_INVALID, "The record is not a JSON object.", "It wasn't written by this program."));
    *ret = j;
    return OK;
}

/* ---- reading ---- */

static err wrong(const char *key, const char *should)
{
    return err_newf(ERR_INVALID, "The record's \"{}\" should be {}.",
                    "It wasn't written by this version of the program.", err_name(key), err_name(should));
}

err jsonio_open(struct arena *a, const json_t *object, const char *what, struct jsonio_in *ret)
{
    ENSURE(json_is_object(object), wrong(what, "an object"));
    *ret = (struct jsonio_in){a, object, 0};
    return OK;
}

err jsonio_value(struct jsonio_in *in, const char *key, const json_t **ret)
{
    const json_t *value = json_object_get(in->object, key);
    ENSURE(value, wrong(key, "there"));
    in->taken++;
    *ret = value;
    return OK;
}

err jsonio_check_text(const char *text, size_t most, const char *what)
{
    size_t len = strlen(text);
    ENSURE(len <= most, err_newf(ERR_LIMIT, "The text \"{}\" is longer than {} bytes.", "Write it shorter.",
                                 err_name(what), err_int((long long)most)));
    ENSURE(text_utf8_bad_at(view_text(text)) == len,
           err_newf(ERR_INVALID, "The text \"{}\" is not UTF-8.", "Type it again in a UTF-8 terminal.", err_name(what)));
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        ENSURE((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t',
               err_newf(ERR_INVALID, "The text \"{}\" holds a control character.", "Type it again without it.",
                        err_name(what)));
    }
    return OK;
}

static err take_text(struct arena *a, const json_t *value, const char *key, size_t most, const char **ret)
{
    ENSURE(json_is_string(value), wrong(key, "a text"));
    const char *text = json_string_value(value);
    ENSURE(strlen(text) == json_string_length(value), wrong(key, "a text without zero bytes"));
    TRY(jsonio_check_text(text, most, key));
    const char *copy = arena_text(a, text, strlen(text));
    ENSURE(copy, mem_none());
    *ret = copy;
    return OK;
}

err jsonio_text(struct jsonio_in *in, const char *key, size_t most, const char **ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    return take_text(in->arena, value, key, most, ret);
}

err jsonio_line(struct jsonio_in *in, const char *key, size_t most, const char **ret)
{
    TRY(jsonio_text(in, key, most, ret));
    ENSURE(text_plain(*ret, most), wrong(key, "a text on one line"));
    return OK;
}

err jsonio_word(struct jsonio_in *in, const char *key, struct view *ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    ENSURE(json_is_string(value), wrong(key, "a word"));
    *ret = view_of(json_string_value(value), json_string_length(value));
    return OK;
}

err jsonio_number(struct jsonio_in *in, const char *key, uint64_t most, uint64_t *ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    ENSURE(json_is_integer(value) && json_integer_value(value) >= 0 && (uint64_t)json_integer_value(value) <= most,
           wrong(key, "a whole number within its limit"));
    *ret = (uint64_t)json_integer_value(value);
    return OK;
}

err jsonio_bool(struct jsonio_in *in, const char *key, bool *ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    ENSURE(json_is_boolean(value), wrong(key, "true or false"));
    *ret = json_is_true(value);
    return OK;
}

err jsonio_time(struct jsonio_in *in, const char *key, int64_t if_null, int64_t *ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    if (json_is_null(value)) {
        *ret = if_null;
        return OK;
    }
    ENSURE(json_is_string(value), wrong(key, "a time or null"));
    struct view text = view_of(json_string_value(value), json_string_length(value));
    int64_t at = 0;
    if (when_parse_instant(text, &at).kind != ERR_OK)
        return wrong(key, "a time in UTC");
    CLEANUP(buf_free) struct buf again = BUF(64);
    when_put_utc(&again, at);
    TRY(buf_ok(&again));
    ENSURE(view_equal(buf_view(&again), text), wrong(key, "a time in UTC"));
    *ret = at;
    return OK;
}

err jsonio_array(struct jsonio_in *in, const char *key, size_t most, const json_t **ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    ENSURE(json_is_array(value), wrong(key, "a list"));
    ENSURE(json_array_size(value) <= most, wrong(key, "a list within its limit"));
    *ret = value;
    return OK;
}

err jsonio_inner(struct jsonio_in *in, const char *key, struct jsonio_in *ret)
{
    const json_t *value = NULL;
    TRY(jsonio_value(in, key, &value));
    return jsonio_open(in->arena, value, key, ret);
}

err jsonio_texts(struct jsonio_in *in, const char *key, size_t most, size_t most_bytes, const char *const **ret,
                  size_t *ret_count)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, key, most, &list));
    size_t count = json_array_size(list);
    const char **texts = arena_array(in->arena, count + 1, sizeof *texts);
    ENSURE(texts, mem_none());
    for (size_t i = 0; i < count; i++)
        TRY(take_text(in->arena, json_array_get(list, i), key, most_bytes, &texts[i]));
    *ret = texts;
    *ret_count = count;
    return OK;
}

err jsonio_close(const struct jsonio_in *in)
{
    ENSURE(json_object_size(in->object) == in->taken, err_new(ERR_INVALID, "The record has a member that is not known.",
                                                              "It wasn't written by this version of the program."));
    return OK;
}
