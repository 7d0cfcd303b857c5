#include "tile.h"

#include "lines.h"

#include <inttypes.h>
#include <string.h>

enum { GROUPS_MAX = 7 }; /* of three digits: enough for 2^64 */

void tile_path(const struct tile *t, struct buf *to)
{
    unsigned groups[GROUPS_MAX];
    size_t count = 0;
    uint64_t rest = t->index;
    do {
        groups[count++] = (unsigned)(rest % 1000);
        rest /= 1000;
    } while (rest);
    if (t->entries)
        buf_str(to, "tile/entries/");
    else
        buf_fmt(to, "tile/%u/", (unsigned)t->level);
    while (count > 1)
        buf_fmt(to, "x%03u/", groups[--count]);
    buf_fmt(to, "%03u", groups[0]);
    if (t->width != TILE_WIDTH)
        buf_fmt(to, ".p/%u", (unsigned)t->width);
}

/* Takes three digits. */
static bool take_group(struct view *rest, uint64_t *number)
{
    if (rest->len < 3)
        return false;
    uint64_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        if (rest->p[i] < '0' || rest->p[i] > '9')
            return false;
        n = 10 * n + (uint64_t)(rest->p[i] - '0');
    }
    *rest = view_of(rest->p + 3, rest->len - 3);
    *number = n;
    return true;
}

static bool take_index(struct view *rest, uint64_t *index)
{
    uint64_t group = 0, n = 0;
    for (size_t count = 0; lines_skip(rest, "x"); count++) {
        if (count == GROUPS_MAX - 1 || !take_group(rest, &group) || !lines_skip(rest, "/") || (count == 0 && group == 0))
            return false;
        n = 1000 * n + group;
    }
    if (!take_group(rest, &group))
        return false;
    /* At most six groups of three digits before: below 10^18, so only the last step can go over. */
    *index = 1000 * n + group;
    return n <= MERKLE_SIZE_MAX / 1000 && *index <= MERKLE_SIZE_MAX / TILE_WIDTH;
}

static bool take_level(struct view *rest, struct tile *to)
{
    if (lines_skip(rest, "entries/")) {
        to->entries = true;
        return true;
    }
    const uint8_t *slash = rest->len ? memchr(rest->p, '/', rest->len) : NULL;
    uint64_t level;
    if (!slash || !lines_decimal(view_of(rest->p, (size_t)(slash - rest->p)), TILE_LEVEL_MAX, &level))
        return false;
    *rest = view_of(slash + 1, rest->len - (size_t)(slash - rest->p) - 1);
    to->level = (uint8_t)level;
    return true;
}

static bool take_width(struct view rest, struct tile *to)
{
    uint64_t width = TILE_WIDTH;
    if (rest.len > 0 && !(lines_skip(&rest, ".p/") && lines_decimal(rest, TILE_WIDTH - 1, &width) && width > 0))
        return false;
    to->width = (uint16_t)width;
    return true;
}

err tile_parse(struct view path, struct tile *to)
{
    *to = (struct tile){0};
    bool good = path.len <= TILE_PATH_MAX && lines_skip(&path, "tile/") && take_level(&path, to) &&
                take_index(&path, &to->index) && take_width(path, to);
    ENSURE(good, err_new(ERR_INVALID, "This is not the name of a tile of a log.",
                         "Names read tile/0/x001/234 or tile/entries/000.p/5; see c2sp.org/tlog-tiles."));
    return OK;
}

struct tile_walk tile_walk_new(uint64_t from, uint64_t to)
{
    return (struct tile_walk){.from = from, .to = to};
}

/* Hashes on a level of a tree. */
static uint64_t level_count(uint64_t size, unsigned level)
{
    return level < MERKLE_LEVELS ? size >> (8 * level) : 0;
}

/* The tile at an index of a level that has `count` hashes; its width is 0 where there is none. */
static struct tile tile_at(unsigned level, uint64_t index, uint64_t count)
{
    uint64_t left = index <= count / TILE_WIDTH ? count - index * TILE_WIDTH : 0;
    return (struct tile){
        .level = (uint8_t)level, .index = index, .width = left < TILE_WIDTH ? (uint16_t)left : TILE_WIDTH};
}

bool tile_walk_next(struct tile_walk *w, struct tile *to)
{
    for (; w->level < MERKLE_LEVELS; w->level++, w->started = false) {
        uint64_t before = level_count(w->from, w->level), now = level_count(w->to, w->level);
        if (before >= now)
            return false;
        if (!w->started)
            w->index = before / TILE_WIDTH;
        w->started = true;
        *to = tile_at(w->level, w->index, now);
        if (to->width == 0)
            continue;
        to->entries = w->bundle;
        w->bundle = w->level == 0 && !w->bundle;
        w->index += !w->bundle;
        return true;
    }
    return false;
}

bool tile_covered(const struct tile *t, uint64_t size)
{
    uint64_t count = level_count(size, t->level);
    return t->width > 0 && t->width <= TILE_WIDTH && t->index <= count / TILE_WIDTH &&
           t->width <= count - t->index * TILE_WIDTH;
}

err tile_bundle_add(struct buf *bundle, struct view entry)
{
    ENSURE(entry.len <= TILE_ENTRY_BYTES_MAX, err_newf(ERR_LIMIT, "An entry of the log has more than {} bytes.",
                                                       "Record it in smaller parts.", err_int(TILE_ENTRY_BYTES_MAX)));
    buf_u16(bundle, (uint16_t)entry.len);
    buf_put(bundle, entry);
    return buf_ok(bundle);
}

err tile_bundle_parse(struct view bundle, unsigned width, struct view entries[TILE_WIDTH])
{
    CHECK(width <= TILE_WIDTH);
    struct rd r = rd_of(bundle);
    for (unsigned i = 0; i < width; i++)
        entries[i] = rd_view(&r, rd_u16(&r));
    ENSURE(rd_done(&r), err_newf(ERR_INVALID, "A bundle of the log does not hold exactly {} entries.",
                                 "Get it again from the log; if it stays so, tell the log's owner.", err_int(width)));
    return OK;
}

err tile_place_of(unsigned height, uint64_t index, uint64_t size, struct tile_place *to)
{
    ENSURE(size <= MERKLE_SIZE_MAX && height < 63 && index < size >> height,
           err_newf(ERR_INVALID, "A log of {} entries has no such hash.", "Ask for one that is there.",
                    err_int((long long)size)));
    unsigned level = height / 8, inside = height % 8;
    uint64_t position = index << inside, count = level_count(size, level);
    *to = (struct tile_place){.first = (unsigned)(position % TILE_WIDTH), .count = 1u << inside};
    to->tile = tile_at(level, position / TILE_WIDTH, count);
    return OK;
}

err tile_read(const struct tile_place *place, struct view bytes, struct hash *to)
{
    ENSURE(bytes.len == (size_t)place->tile.width * HASH_BYTES && place->first + place->count <= place->tile.width,
           err_newf(ERR_INVALID, "A tile of the log has {} bytes instead of {}.",
                    "Get it again from the log; if it stays so, tell the log's owner.", err_int((long long)bytes.len),
                    err_int((long long)place->tile.width * HASH_BYTES)));
    struct hash hashes[TILE_WIDTH];
    memcpy(hashes, bytes.p + (size_t)place->first * HASH_BYTES, (size_t)place->count * HASH_BYTES);
    *to = merkle_root(hashes, place->count);
    return OK;
}

struct tile_source tile_source_new(err (*fetch)(void *ctx, const struct tile *t, struct buf *to), void *ctx,
                                   uint64_t size)
{
    return (struct tile_source){.fetch = fetch, .ctx = ctx, .size = size, .bytes = BUF(TILE_WIDTH * HASH_BYTES)};
}

void tile_source_free(struct tile_source *s)
{
    buf_free(&s->bytes);
    s->kept = (struct tile){0};
}

static bool same_tile(const struct tile *a, const struct tile *b)
{
    return a->entries == b->entries && a->level == b->level && a->width == b->width && a->index == b->index;
}

static err source_read(void *ctx, unsigned height, uint64_t index, struct hash *to)
{
    struct tile_source *s = ctx;
    struct tile_place place;
    TRY(tile_place_of(height, index, s->size, &place));
    if (!same_tile(&s->kept, &place.tile)) {
        s->kept = (struct tile){0};
        buf_clear(&s->bytes);
        TRY(s->fetch(s->ctx, &place.tile, &s->bytes));
        TRY(buf_ok(&s->bytes));
        s->kept = place.tile;
    }
    return tile_read(&place, buf_view(&s->bytes), to);
}

struct merkle_reader tile_reader(struct tile_source *s)
{
    return (struct merkle_reader){source_read, s};
}
