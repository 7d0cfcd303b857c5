#include "zipfile.h"

#include "limits.h"
#include "mem.h"
#include "text.h"

#include <archive_entry.h>
#include <archive.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 1 << 16, NAME_BYTES = 1024 };

struct zipfile {
    struct archive *a;
    const struct origin *origin;
    locale_t utf8;       /* libarchive gives names in the charset of the locale */
    uint64_t at;         /* where libarchive stands in the origin */
    uint64_t fed;        /* bytes given to libarchive so far */
    uint64_t fed_before; /* ... before the current member */
    uint64_t out;        /* bytes that came out of the current member */
    uint64_t out_all;
    uint64_t members;
    bool in_member, at_end, has_password;
    bool encrypted; /* the current member is */
    err failed;     /* sticky: after a failure libarchive is not asked again */
    char name[NAME_BYTES];
    size_t head_len, head_at; /* peeked bytes not yet read */
    uint8_t head[BLOCK];
    uint8_t block[BLOCK];
};

static la_ssize_t give(struct archive *a, void *ctx, const void **ret)
{
    struct zipfile *z = ctx;
    size_t len = 0;
    err e = origin_read(z->origin, z->at, z->block, sizeof z->block, &len);
    if (e.kind != ERR_OK) {
        z->failed = e;
        archive_set_error(a, EIO, "read");
        return ARCHIVE_FATAL;
    }
    z->at += len;
    z->fed += len;
    *ret = z->block;
    return (la_ssize_t)len;
}

static la_int64_t seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
    struct zipfile *z = ctx;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)z->at : (int64_t)z->origin->size;
    int64_t to;
    (void)a;
    if (__builtin_add_overflow(base, offset, &to) || to < 0)
        return ARCHIVE_FATAL;
    z->at = (uint64_t)to;
    return to;
}

static la_int64_t skip(struct archive *a, void *ctx, la_int64_t len)
{
    struct zipfile *z = ctx;
    (void)a;
    uint64_t left = z->at < z->origin->size ? z->origin->size - z->at : 0;
    uint64_t step = len < 0 ? 0 : (uint64_t)len < left ? (uint64_t)len : left;
    z->at += step;
    return (la_int64_t)step;
}

static err set_password(struct zipfile *z, struct view password)
{
    if (password.len == 0)
        return OK;
    ENSURE(!memchr(password.p, 0, password.len),
           err_new(ERR_INVALID, "The password for the ZIP archive holds a zero byte.", "Check the file that holds it."));
    char *text = mem_text((const char *)password.p, password.len);
    ENSURE(text, mem_none());
    int r = archive_read_add_passphrase(z->a, text);
    explicit_bzero(text, password.len);
    mem_free(text);
    ENSURE(r == ARCHIVE_OK, mem_none());
    z->has_password = true;
    return OK;
}

static err not_a_zip(void)
{
    return err_new(ERR_INVALID, "The ZIP archive is cut off or damaged.",
                   "Fetch or make it again; a download may have stopped half-way.");
}

static err start(struct zipfile *z, struct view password)
{
    z->a = archive_read_new();
    ENSURE(z->a, mem_none());
    TRY(set_password(z, password));
    bool set = archive_read_support_format_zip_seekable(z->a) == ARCHIVE_OK &&
               archive_read_set_read_callback(z->a, give) == ARCHIVE_OK &&
               archive_read_set_seek_callback(z->a, seek) == ARCHIVE_OK &&
               archive_read_set_skip_callback(z->a, skip) == ARCHIVE_OK &&
               archive_read_set_callback_data(z->a, z) == ARCHIVE_OK;
    ENSURE(set, mem_none());
    if (archive_read_open1(z->a) != ARCHIVE_OK)
        return z->failed.kind != ERR_OK ? z->failed : not_a_zip();
    return OK;
}

err zipfile_open(const struct origin *origin, struct view password, struct zipfile **ret)
{
    struct zipfile *z CLEANUP(zipfile_close) = mem_alloc(sizeof *z);
    ENSURE(z, mem_none());
    z->origin = origin;
    z->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    ENSURE(z->utf8,
           err_new(ERR_IO, "The system lacks the locale C.UTF-8.", "Install it; it is a part of the C library."));
    TRY(start(z, password));
    *ret = z;
    z = NULL;
    return OK;
}

void zipfile_close(struct zipfile **z)
{
    if (!*z)
        return;
    if ((*z)->a)
        archive_read_free((*z)->a);
    if ((*z)->utf8)
        freelocale((*z)->utf8);
    mem_free(*z);
    *z = NULL;
}

static void take_name(struct zipfile *z, struct archive_entry *entry)
{
    const char *from = archive_entry_pathname_utf8(entry);
    if (!from)
        from = archive_entry_pathname(entry);
    size_t len = from ? strlen(from) : 0;
    if (len >= sizeof z->name)
        len = sizeof z->name - 1;
    memcpy(z->name, from ? from : "", len);
    z->name[len] = 0;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)z->name[i] < 0x20 || z->name[i] == 0x7f)
            z->name[i] = '_';
    }
    for (size_t bad = 0; bad < len; bad++) {
        bad += text_utf8_bad_at(view_of(z->name + bad, len - bad));
        if (bad < len)
            z->name[bad] = '_';
    }
}

static err broken(struct zipfile *z, err e)
{
    z->failed = e;
    return e;
}

static err read_failed(struct zipfile *z)
{
    if (z->failed.kind != ERR_OK)
        return z->failed;
    const char *said = archive_error_string(z->a);
    if (said && strcasestr(said, "passphrase"))
        return broken(z,
                      err_newf(ERR_DENIED, "The password does not open \"{}\" in the ZIP archive.",
                               "Check the password (large and small letters count) and try again.", err_name(z->name)));
    if (said && strstr(said, "memory"))
        return broken(z, mem_none());
    bool unknown =
        said && (strcasestr(said, "unsupported") || strcasestr(said, "not supported") || strstr(said, "Unknown"));
    if (unknown && z->encrypted)
        return broken(z,
                      err_newf(ERR_INVALID, "\"{}\" is encrypted in a way that can't be opened here.",
                               "Unpack the archive with the program that made it, or have it made again with AES-256.",
                               err_name(z->name)));
    if (unknown)
        return broken(z, err_newf(ERR_INVALID, "\"{}\" is packed with a method that can't be read here.",
                                  "Unpack the archive with the program that made it and make a plain ZIP.",
                                  err_name(z->name)));
    if (z->encrypted)
        return broken(z,
                      err_newf(ERR_DENIED, "\"{}\" can't be read: the password is wrong, or the ZIP archive is damaged.",
                               "Check the password; if it is right, fetch or make the archive again (with AES-256).",
                               err_name(z->name)));
    return broken(z,
                  err_newf(ERR_INVALID, "\"{}\" in the ZIP archive is cut off or damaged.",
                           "Fetch or make the archive again; a download may have stopped half-way.", err_name(z->name)));
}

static err check_limits(struct zipfile *z)
{
    ENSURE(
        z->out <= LIMIT_MEMBER_BYTES && z->out_all <= LIMIT_ARCHIVE_BYTES,
        err_newf(ERR_LIMIT, "\"{}\" unpacks to more than the limit of {} bytes.", "Split it into smaller files.",
                 err_name(z->name),
                 err_int(z->out > LIMIT_MEMBER_BYTES ? (long long)LIMIT_MEMBER_BYTES : (long long)LIMIT_ARCHIVE_BYTES)));
    uint64_t fed = z->fed - z->fed_before + BLOCK;
    bool member_bomb = z->out > LIMIT_RATIO_FROM && z->out / LIMIT_RATIO > fed;
    bool archive_bomb = z->out_all > LIMIT_RATIO_FROM && z->out_all / LIMIT_RATIO > z->origin->size;
    ENSURE(!member_bomb && !archive_bomb,
           err_newf(
               ERR_LIMIT, "\"{}\" unpacks to more than {} times its packed size, as files do that are made to do harm.",
               "If you trust it, unpack it yourself and give the file in it.", err_name(z->name), err_int(LIMIT_RATIO)));
    return OK;
}

/* From libarchive, past what was peeked. */
static err read_more(struct zipfile *z, void *to, size_t room, size_t *ret_len)
{
    TRY(z->failed);
    *ret_len = 0;
    if (z->at_end || room == 0)
        return OK;
    if (z->encrypted && !z->has_password)
        return broken(z, err_newf(ERR_DENIED, "\"{}\" in the ZIP archive is protected by a password.",
                                  "Give the password of the archive.", err_name(z->name)));
    la_ssize_t got = archive_read_data(z->a, to, room);
    if (got < 0)
        return read_failed(z);
    z->at_end = got == 0;
    z->out += (size_t)got;
    z->out_all += (size_t)got;
    err e = check_limits(z);
    if (e.kind != ERR_OK)
        return broken(z, e);
    *ret_len = (size_t)got;
    return OK;
}

/* The next header and its name, in UTF-8 whatever the program's locale is. */
static int next_header(struct zipfile *z, struct archive_entry **ret)
{
    locale_t before = uselocale(z->utf8);
    int r = archive_read_next_header(z->a, ret);
    if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
        take_name(z, *ret);
    uselocale(before);
    return r;
}

static void begin_member(struct zipfile *z, struct archive_entry *entry)
{
    z->in_member = true;
    z->at_end = false;
    z->encrypted = archive_entry_is_encrypted(entry) != 0;
    z->out = 0;
    z->fed_before = z->fed;
    z->head_len = z->head_at = 0;
}

err zipfile_next(struct zipfile *z, struct zipfile_member *ret, bool *ret_end)
{
    TRY(z->failed);
    struct archive_entry *entry = NULL;
    int r = next_header(z, &entry);
    z->in_member = false;
    *ret_end = r == ARCHIVE_EOF;
    if (r == ARCHIVE_EOF)
        return OK;
    if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
        return z->failed.kind != ERR_OK ? z->failed : broken(z, not_a_zip());
    if (++z->members > LIMIT_MEMBERS)
        return broken(z, err_newf(ERR_LIMIT, "The ZIP archive holds more than {} files.",
                                  "Unpack it yourself and give the files that matter.", err_int(LIMIT_MEMBERS)));
    begin_member(z, entry);
    *ret = (struct zipfile_member){
        .name = z->name,
        .folder = archive_entry_filetype(entry) != AE_IFREG,
        .encrypted = z->encrypted,
    };
    return OK;
}

err zipfile_read(struct zipfile *z, void *to, size_t room, size_t *ret_len)
{
    CHECK(z->in_member || z->failed.kind != ERR_OK);
    size_t left = z->head_len - z->head_at;
    if (left == 0)
        return read_more(z, to, room, ret_len);
    size_t take = left < room ? left : room;
    memcpy(to, z->head + z->head_at, take);
    z->head_at += take;
    *ret_len = take;
    return OK;
}

err zipfile_pull(void *zipfile, uint8_t *to, size_t room, size_t *ret_len)
{
    return zipfile_read(zipfile, to, room, ret_len);
}

err zipfile_peek(struct zipfile *z, size_t most, struct view *ret)
{
    CHECK((z->in_member || z->failed.kind != ERR_OK) && most <= sizeof z->head);
    size_t len = 1;
    while (len > 0 && z->head_len < most) {
        TRY(read_more(z, z->head + z->head_len, most - z->head_len, &len));
        z->head_len += len;
    }
    size_t have = z->head_len - z->head_at;
    *ret = view_of(z->head + z->head_at, have < most ? have : most);
    return OK;
}

static char name_byte(char c)
{
    if (c == '\\')
        return '/';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
    while (*a && name_byte(*a) == name_byte(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

err zipfile_find(struct zipfile *z, const char *name, bool *ret_found)
{
    for (;;) {
        struct zipfile_member member;
        bool end;
        TRY(zipfile_next(z, &member, &end));
        *ret_found = !end && !member.folder && same_name(member.name, name);
        if (end || *ret_found)
            return OK;
    }
}

err zipfile_all(struct zipfile *z, struct buf *to)
{
    for (;;) {
        uint8_t part[4096];
        size_t len;
        TRY(zipfile_read(z, part, sizeof part, &len));
        if (len == 0)
            return OK;
        buf_bytes(to, part, len);
        TRY(buf_ok(to));
    }
}

bool zipfile_is(struct view start)
{
    return start.len >= 4 && (memcmp(start.p, "PK\3\4", 4) == 0 || memcmp(start.p, "PK\5\6", 4) == 0);
}
