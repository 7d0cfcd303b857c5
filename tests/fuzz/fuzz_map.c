/* map_parse, columns_recognise, map_propose: any map is taken or refused; in what is taken every line has a role, a
 * field fit for the catalogue and a name by which it is found.  The same bytes as a header, a name a line, give columns
 * whose proposal is a map again. */
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "map.h"

static void check_column(struct arena *a, const struct catalogue *known, const struct column *col)
{
    struct catalogue c;
    CHECK(col->role < COLUMN_ROLE_COUNT && col->name);
    if (col->role == COLUMN_IGNORE || col->role == COLUMN_UNKNOWN)
        return;
    CHECK(col->field && col->new_field == (catalogue_find(known, view_text(col->field->key)) == NULL));
    if (col->new_field)
        CHECK(catalogue_new(a, &c).kind == ERR_OK && catalogue_add(a, &c, col->field).kind == ERR_OK);
}

/* A file with just the map's columns is understood as the map says. */
static void check_together(struct arena *a, const struct catalogue *c, const struct map *map)
{
    static struct view names[LIMIT_COLUMNS];
    struct columns cols;
    CHECK(map->count <= LIMIT_COLUMNS);
    for (size_t i = 0; i < map->count; i++)
        names[i] = view_text(map->lines[i].column.name);
    if (columns_recognise(a, c, map, "x", names, map->count, &cols).kind != ERR_OK)
        return;
    CHECK(cols.count == map->count && cols.unknown_count == 0);
    for (size_t i = 0; i < cols.count; i++) {
        CHECK(cols.list[i].role == map->lines[i].column.role);
        CHECK(columns_find(&cols, cols.list[i].role)->role == cols.list[i].role);
        (void)column_says(&cols.list[i], view_text("yes"));
        (void)column_says(&cols.list[i], view_text(" "));
    }
}

static void check_map(struct arena *a, const struct catalogue *c, struct view text)
{
    struct map map;
    if (map_parse(a, c, "m", text, &map).kind != ERR_OK)
        return;
    for (size_t i = 0; i < map.count; i++) {
        CHECK(map.lines[i].column.role != COLUMN_UNKNOWN && map.lines[i].line > 0);
        CHECK(map_find(&map, view_text(map.lines[i].column.name)) == &map.lines[i]);
        check_column(a, c, &map.lines[i].column);
    }
    check_together(a, c, &map);
}

static void check_header(struct arena *a, const struct catalogue *c, struct view text)
{
    static struct view names[LIMIT_COLUMNS];
    size_t count = 0;
    for (size_t at = 0; at < text.len && count < LIMIT_COLUMNS;) {
        const uint8_t *end = memchr(text.p + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.p) - at : text.len - at;
        names[count++] = view_of(text.p + at, len);
        at += len + 1;
    }
    struct columns cols;
    if (columns_recognise(a, c, NULL, "x", names, count, &cols).kind != ERR_OK)
        return;
    for (size_t i = 0; i < cols.count; i++)
        check_column(a, c, &cols.list[i]);
    CHECK((columns_check(c, &cols, "x").kind == ERR_OK) == (cols.unknown_count == 0));
    struct buf proposal = BUF(1u << 26);
    CHECK(map_propose(c, &cols, &proposal).kind == ERR_OK);
    struct map map;
    if (map_parse(a, c, "m", buf_view(&proposal), &map).kind == ERR_OK)
        CHECK(map.count <= cols.unknown_count);
    buf_free(&proposal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct catalogue c;
    CHECK(a && catalogue_new(a, &c).kind == ERR_OK);
    check_map(a, &c, view_of(data, size));
    check_header(a, &c, view_of(data, size));
    arena_free(a);
    return 0;
}
