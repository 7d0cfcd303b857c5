/* peopleset_of_bytes(), past the SHA-256 that stands before it, and set_bytes_ok(): no bytes at all make it read or write where it should not, neither while
 * they are read nor in what is then done with the set. */
#include "peopleset.h"
#include "setbytes.h"

#include "mem.h"

static void use(struct peopleset *s)
{
    struct peopleset *few CLEANUP(peopleset_free) = NULL;
    struct peopleset *copy CLEANUP(peopleset_free) = NULL;
    CLEANUP(mem_release) uint32_t *list = NULL;
    size_t count;
    CHECK(peopleset_new(&few).kind == ERR_OK && peopleset_copy(s, &copy).kind == ERR_OK);
    for (uint32_t i = 0; i < 100000; i += 77)
        peopleset_add(few, i);
    uint64_t common = peopleset_common(s, few);
    CHECK(common <= peopleset_count(few));
    if (peopleset_count(s) < 1 << 24) {
        CHECK(peopleset_list(s, &list, &count).kind == ERR_OK && count == peopleset_count(s));
        for (size_t i = 1; i < count; i++)
            CHECK(list[i - 1] < list[i]);
        CHECK(count == 0 || (peopleset_has(s, list[0]) && peopleset_has(s, list[count - 1])));
    }
    peopleset_intersect(copy, few);
    peopleset_unite(few, s);
    CHECK(peopleset_count(copy) == common);
    peopleset_subtract(few, s);
    CHECK(peopleset_common(few, s) == 0);
}

/* Written again it is the same set. */
static void write_again(struct peopleset *s)
{
    struct peopleset *back CLEANUP(peopleset_free) = NULL;
    CLEANUP(buf_free) struct buf bytes = BUF(1u << 29);
    CHECK(peopleset_write(s, &bytes).kind == ERR_OK);
    CHECK(peopleset_of_bytes(buf_view(&bytes), &back).kind == ERR_OK);
    CHECK(peopleset_count(s) == peopleset_count(back) && peopleset_common(s, back) == peopleset_count(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peopleset *s CLEANUP(peopleset_free) = NULL;
    err e = peopleset_of_bytes(view_of(data, size), &s);
    CHECK((e.kind == ERR_OK) == (s != NULL) && (s || e.kind == ERR_CORRUPT || e.kind == ERR_NOMEM));
    CHECK(set_bytes_ok(view_of(data, size)) || !s);
    if (s) {
        use(s);
        write_again(s);
    }
    return 0;
}
