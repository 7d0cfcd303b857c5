/* entry_parse and entry_parse_body: what is accepted has one form, follows its schema, and opens what was sealed from
 * it. */
#include "entry.h"

static void check_sealing(const json_t *body, struct view canonical)
{
    static const uint8_t salt[ENTRY_SALT_BYTES] = {1};
    static const uint8_t other[ENTRY_SALT_BYTES] = {2};
    CLEANUP(buf_free) struct buf sealed = BUF(LIMIT_ENTRY_BYTES);
    CLEANUP(buf_free) struct buf released = BUF(LIMIT_ENTRY_BYTES);
    CHECK(entry_seal(body, salt, 1, &sealed).kind == ERR_OK);
    CHECK(entry_opens(buf_view(&sealed), salt, canonical));
    CHECK(!entry_opens(buf_view(&sealed), other, canonical));
    CHECK(entry_release(1, body, salt, 1, &released).kind == ERR_OK);
    json_t *release = NULL;
    CHECK(entry_parse(buf_view(&released), &release).kind == ERR_OK);
    json_decref(release);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view input = view_of(data, size);
    json_t *entry = NULL, *body = NULL;
    bool is_entry = entry_parse(input, &entry).kind == ERR_OK, is_body = entry_parse_body(input, &body).kind == ERR_OK;
    CHECK(!(is_entry && is_body));
    if (is_entry || is_body) {
        CLEANUP(buf_free) struct buf again = BUF(LIMIT_ENTRY_BYTES);
        CHECK(entry_check(is_entry ? entry : body).kind == ERR_OK);
        CHECK((is_entry ? entry_encode(entry, &again) : entry_encode_body(body, &again)).kind == ERR_OK);
        CHECK(view_equal(buf_view(&again), input));
        for (size_t i = 0; i < size; i++)
            CHECK(data[i] >= 0x20 && data[i] < 0x7f);
    }
    if (is_body)
        check_sealing(body, input);
    json_decref(entry);
    json_decref(body);
    return 0;
}
