/* tile_parse: a path has one form; a tile is covered from its least size on. */
#include "tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tile t;
    struct view input = view_of(data, size);
    if (tile_parse(input, &t).kind != ERR_OK)
        return 0;
    CHECK(t.level <= TILE_LEVEL_MAX && t.width >= 1 && t.width <= TILE_WIDTH && !(t.entries && t.level));
    CLEANUP(buf_free) struct buf again = BUF(TILE_PATH_MAX);
    tile_path(&t, &again);
    CHECK(view_equal(buf_view(&again), input));
    uint64_t hashes = t.index * TILE_WIDTH + t.width;
    if (t.level < MERKLE_LEVELS && hashes <= MERKLE_SIZE_MAX >> (8 * t.level)) {
        uint64_t least = hashes << (8 * t.level);
        CHECK(tile_covered(&t, least) && !tile_covered(&t, least - 1));
    } else {
        CHECK(!tile_covered(&t, MERKLE_SIZE_MAX));
    }
    return 0;
}
