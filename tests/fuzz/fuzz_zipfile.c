/* zipfile_open, zipfile_next, zipfile_peek, zipfile_read, sheet_kind over the bytes of a whole archive. */
#include "sheet.h"
#include "zipfile.h"

#include <string.h>

static void check_name(const char *name)
{
    CHECK(text_utf8_bad_at(view_text(name)) == strlen(name));
    for (const char *p = name; *p; p++)
        CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* What was looked at comes again when it is read. */
static err read_member(struct zipfile *z)
{
    struct view start;
    uint8_t seen[64], piece[4096];
    TRY(zipfile_peek(z, sizeof seen, &start));
    CHECK(start.len <= sizeof seen);
    size_t seen_len = start.len, got;
    memcpy(seen, start.p, seen_len);
    TRY(zipfile_read(z, piece, seen_len, &got));
    CHECK(got == seen_len && memcmp(piece, seen, got) == 0);
    for (uint64_t all = 0; got > 0 && all < 1u << 22; all += got)
        TRY(zipfile_read(z, piece, sizeof piece, &got));
    return OK;
}

static err read_all(const struct origin *o)
{
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    TRY(zipfile_open(o, view_text("open sesame"), &z));
    for (unsigned i = 0; i < 50; i++) {
        struct zipfile_member m;
        bool end;
        TRY(zipfile_next(z, &m, &end));
        if (end)
            return OK;
        check_name(m.name);
        if (!m.folder)
            TRY(read_member(z));
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct origin o = origin_of(view_of(data, size));
    enum table_kind kind;
    err e = read_all(&o);
    CHECK(e.kind == ERR_OK || e.kind == ERR_INVALID || e.kind == ERR_LIMIT || e.kind == ERR_DENIED ||
          e.kind == ERR_NOMEM);
    err_ignore(sheet_kind(&o, &kind), "any answer will do");
    return 0;
}
