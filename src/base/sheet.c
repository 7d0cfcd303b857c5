#include "sheet.h"

#include "sheet_ods.h"
#include "sheet_rows.h"
#include "sheet_xlsx.h"
#include "zipfile.h"

#include <string.h>

struct sheet {
    struct sheet_rows *rows;
    struct sheet_xlsx *xlsx; /* one of the two */
    struct sheet_ods *ods;
    bool ended;
};

/* What a ZIP archive turns out to be, by a member that only it has. */
enum document { D_ARCHIVE, D_XLSX, D_ODS, D_XLSB, D_OTHER };

static const struct {
    const char *member;
    enum document document;
} documents[] = {
    {"xl/workbook.xml", D_XLSX},    {"xl/workbook.bin", D_XLSB},       {"content.xml", D_ODS},
    {"word/document.xml", D_OTHER}, {"ppt/presentation.xml", D_OTHER},
};

static const char ods_type[] = "application/vnd.oasis.opendocument.spreadsheet";

struct findings {
    bool seen[D_OTHER + 1];
    bool content_types;
    bool has_type, is_ods; /* a mimetype member */
};

static err look_at(struct zipfile *z, const char *name, struct findings *f)
{
    f->content_types |= strcmp(name, "[Content_Types].xml") == 0;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        f->seen[documents[i].document] |= strcmp(name, documents[i].member) == 0;
    if (strcmp(name, "mimetype") != 0)
        return OK;
    struct view type;
    TRY(zipfile_peek(z, sizeof ods_type + 16, &type));
    f->has_type = true;
    f->is_ods = type.len >= sizeof ods_type - 1 && memcmp(type.p, ods_type, sizeof ods_type - 1) == 0;
    return OK;
}

err sheet_kind(const struct origin *origin, enum table_kind *ret)
{
    struct zipfile *z CLEANUP(zipfile_close) = NULL;
    struct findings f = {0};
    TRY(zipfile_open(origin, view_of(NULL, 0), &z));
    for (;;) {
        struct zipfile_member member;
        bool end;
        TRY(zipfile_next(z, &member, &end));
        if (end)
            break;
        if (!member.folder && !member.encrypted)
            TRY(look_at(z, member.name, &f));
    }
    ENSURE(!f.seen[D_XLSB],
           err_new(ERR_INVALID, "This is a binary workbook (.xlsb).", "Save it as .xlsx, .ods or CSV."));
    bool other = f.seen[D_OTHER] || (f.seen[D_ODS] && f.has_type && !f.is_ods);
    bool xlsx = f.seen[D_XLSX] && f.content_types;
    *ret = other ? TABLE_ANY : xlsx ? TABLE_XLSX : f.seen[D_ODS] || f.is_ods ? TABLE_ODS : TABLE_ZIP;
    return OK;
}

static err new_sheet(uint64_t rows_max, struct sheet **ret)
{
    struct sheet *s CLEANUP(sheet_close) = mem_alloc(sizeof *s);
    ENSURE(s, mem_none());
    TRY(sheet_rows_new(rows_max, &s->rows));
    *ret = s;
    s = NULL;
    return OK;
}

err sheet_open(const struct origin *origin, enum table_kind kind, const char *name, uint64_t rows_max,
               struct sheet **ret)
{
    CHECK(kind == TABLE_XLSX || kind == TABLE_ODS);
    struct sheet *s CLEANUP(sheet_close) = NULL;
    TRY(new_sheet(rows_max, &s));
    if (kind == TABLE_XLSX)
        TRY(sheet_xlsx_open(origin, name, s->rows, &s->xlsx));
    else
        TRY(sheet_ods_open(origin, name, s->rows, &s->ods));
    *ret = s;
    s = NULL;
    return OK;
}

err sheet_open_xml(struct view xml, enum table_kind kind, struct sheet **ret)
{
    CHECK(kind == TABLE_XLSX || kind == TABLE_ODS);
    struct sheet *s CLEANUP(sheet_close) = NULL;
    TRY(new_sheet(0, &s));
    if (kind == TABLE_XLSX)
        TRY(sheet_xlsx_open_xml(xml, s->rows, &s->xlsx));
    else
        TRY(sheet_ods_open_xml(xml, s->rows, &s->ods));
    *ret = s;
    s = NULL;
    return OK;
}

void sheet_close(struct sheet **s)
{
    if (!*s)
        return;
    sheet_xlsx_close(&(*s)->xlsx);
    sheet_ods_close(&(*s)->ods);
    sheet_rows_free(&(*s)->rows);
    mem_free(*s);
    *s = NULL;
}

err sheet_row(struct sheet *s, struct table_cells *ret, bool *ret_end)
{
    while (s->rows->repeat == 0 && !s->ended)
        TRY(s->xlsx ? sheet_xlsx_step(s->xlsx, &s->ended) : sheet_ods_step(s->ods, &s->ended));
    *ret_end = s->rows->repeat == 0;
    return *ret_end ? OK : sheet_rows_give(s->rows, ret);
}

const char *sheet_name(const struct sheet *s)
{
    return s->xlsx ? sheet_xlsx_name(s->xlsx) : sheet_ods_name(s->ods);
}

err sheet_names(const struct origin *origin, enum table_kind kind, struct arena *a, const char *const **ret,
                size_t *ret_count)
{
    const char **names = NULL;
    if (kind == TABLE_XLSX)
        TRY(sheet_xlsx_names(origin, a, &names, ret_count));
    else
        TRY(sheet_ods_names(origin, a, &names, ret_count));
    *ret = names;
    return OK;
}
