/* tile_bundle_parse: the first byte says how many entries there should be; what is read is written back byte for byte.
 */
#include "tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned width = data[0] + 1u;
    struct view bundle = view_of(data + 1, size - 1), entries[TILE_WIDTH];
    if (tile_bundle_parse(bundle, width, entries).kind != ERR_OK)
        return 0;
    CLEANUP(buf_free) struct buf again = BUF(TILE_BUNDLE_BYTES_MAX);
    for (unsigned i = 0; i < width; i++)
        CHECK(tile_bundle_add(&again, entries[i]).kind == ERR_OK);
    CHECK(view_equal(buf_view(&again), bundle));
    CHECK(tile_bundle_parse(bundle, width - 1, entries).kind != ERR_OK);
    return 0;
}
