/* sheet_open(), sheet_names(), sheet_row() over a whole workbook whose parts the input gives: packed as an archive with right sums, so that the
 * lists of sheets, shared texts and styles are reached, which no change to a packed file reaches.
 *
 * Input: kind u8 (even xlsx, odd ods), then the parts, each ended by a zero byte. */
#include "limits.h"
#include "sheet.h"

#include <string.h>

enum { PARTS = 5, ROWS = 2000 };

static const char *const xlsx[PARTS] = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"};
static const char *const ods[PARTS] = {"content.xml", "META-INF/manifest.xml", "mimetype", "styles.xml", "meta.xml"};

/* --- an archive of members as they are, little-endian --- */

static void put(struct buf *to, uint32_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_u8(to, (uint8_t)(number >> (8 * i)));
}

static uint32_t crc32_of(struct view bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* What stands in both headers of a member, from the version on. */
static void put_about(struct buf *to, const char *name, struct view bytes)
{
    const uint32_t about[] = {20, 0, 0};
    for (size_t i = 0; i < 3; i++)
        put(to, about[i], 2);
    put(to, 0, 4);
    put(to, crc32_of(bytes), 4);
    put(to, (uint32_t)bytes.len, 4);
    put(to, (uint32_t)bytes.len, 4);
    put(to, (uint32_t)strlen(name), 2);
    put(to, 0, 2);
}

static void put_member(struct buf *to, struct buf *list, const char *name, struct view bytes)
{
    uint32_t at = (uint32_t)to->len;
    put(to, 0x04034b50, 4);
    put_about(to, name, bytes);
    buf_str(to, name);
    buf_put(to, bytes);
    put(list, 0x02014b50, 4);
    put(list, 20, 2);
    put_about(list, name, bytes);
    put(list, 0, 2);
    put(list, 0, 4);
    put(list, 0, 4);
    put(list, at, 4);
    buf_str(list, name);
}

static void pack(const char *const *names, struct view parts, struct buf *to)
{
    CLEANUP(buf_free) struct buf list = BUF(1 << 16);
    uint32_t count = 0;
    for (; count < PARTS && parts.len; count++) {
        const uint8_t *end = memchr(parts.p, 0, parts.len);
        size_t len = end ? (size_t)(end - parts.p) : parts.len;
        put_member(to, &list, names[count], view_of(parts.p, len));
        parts = end ? view_of(end + 1, parts.len - len - 1) : (struct view){0};
    }
    uint32_t at = (uint32_t)to->len;
    buf_put(to, buf_view(&list));
    put(to, 0x06054b50, 4);
    put(to, 0, 4);
    put(to, count, 2);
    put(to, count, 2);
    put(to, (uint32_t)list.len, 4);
    put(to, at, 4);
    put(to, 0, 2);
    CHECK(buf_ok(&list).kind == ERR_OK && buf_ok(to).kind == ERR_OK);
}

/* --- */

static void check_row(const struct table_cells *r, uint64_t line)
{
    CHECK(r->line > line && r->row > 0 && r->count >= r->expected && r->count <= LIMIT_COLUMNS);
    for (size_t i = 0; i < r->count; i++)
        CHECK(r->cell[i].text.len <= LIMIT_CELL_BYTES && text_utf8_bad_at(r->cell[i].text) == r->cell[i].text.len);
}

static err read_sheet(const struct origin *o, enum table_kind kind, const char *name)
{
    struct sheet *s CLEANUP(sheet_close) = NULL;
    TRY(sheet_open(o, kind, name, 0, &s));
    uint64_t line = 0;
    for (unsigned n = 0; n < ROWS; n++) {
        struct table_cells r;
        bool end;
        TRY(sheet_row(s, &r, &end));
        if (end)
            return OK;
        check_row(&r, line);
        line = r.line;
    }
    return OK;
}

static void expected(err e)
{
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID || e.kind == ERR_LIMIT || e.kind == ERR_NOT_FOUND || e.kind == ERR_DENIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf file = BUF(1 << 18);
    const char *const *names = NULL;
    size_t count = 0;
    if (size == 0 || size > 1 << 16)
        return 0;
    bool is_ods = data[0] & 1;
    enum table_kind kind = is_ods ? TABLE_ODS : TABLE_XLSX;
    pack(is_ods ? ods : xlsx, view_of(data + 1, size - 1), &file);
    struct origin o = origin_of(buf_view(&file));
    err e = sheet_names(&o, kind, a, &names, &count);
    expected(e);
    CHECK(e.kind != ERR_OK || count <= LIMIT_COLUMNS || names);
    expected(read_sheet(&o, kind, NULL));
    for (size_t i = 0; e.kind == ERR_OK && i < count && i < 3; i++)
        expected(read_sheet(&o, kind, names[i]));
    return 0;
}
