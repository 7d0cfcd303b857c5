#include "regjson.h"

#include <string.h>

#include "text.h"

static err wrong(const char *name)
{
    return err_newf(ERR_INVALID, "The member \"{}\" is missing or isn't what it should be.",
                    "Check the JSON against its description.", err_name(name));
}

err regjson_shape(const json_t *j, const char *const *names, size_t count)
{
    if (!json_is_object(j))
        return err_new(ERR_INVALID, "This is not a JSON object.", "Check the JSON against its description.");
    for (size_t i = 0; i < count; i++)
        if (!json_object_get(j, names[i]))
            return wrong(names[i]);
    if (json_object_size(j) != count)
        return err_new(ERR_INVALID, "The JSON object has a member that doesn't belong there.",
                       "Check the JSON against its description.");
    return OK;
}

bool regjson_plain(const char *text, size_t max)
{
    struct view v = view_text(text);
    if (v.len == 0 || v.len > max || text_utf8_bad_at(v) != v.len)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (v.p[i] < 0x20 || v.p[i] == 0x7f)
            return false;
    return true;
}

err regjson_text(struct arena *a, const json_t *j, const char *name, size_t max, const char **ret)
{
    const json_t *m = json_object_get(j, name);
    const char *text = json_string_value(m);
    if (!text || strlen(text) != json_string_length(m) || !regjson_plain(text, max))
        return wrong(name);
    *ret = arena_text(a, text, strlen(text));
    return *ret ? OK : mem_none();
}

err regjson_word(const json_t *j, const char *name, struct view *ret)
{
    const json_t *m = json_object_get(j, name);
    if (!json_is_string(m))
        return wrong(name);
    *ret = view_of(json_string_value(m), json_string_length(m));
    return OK;
}

err regjson_bool(const json_t *j, const char *name, bool *ret)
{
    const json_t *m = json_object_get(j, name);
    if (!json_is_boolean(m))
        return wrong(name);
    *ret = json_is_true(m);
    return OK;
}

err regjson_number(const json_t *j, const char *name, int64_t min, int64_t max, int64_t *ret)
{
    const json_t *m = json_object_get(j, name);
    if (!json_is_integer(m) || json_integer_value(m) < min || json_integer_value(m) > max)
        return wrong(name);
    *ret = json_integer_value(m);
    return OK;
}
