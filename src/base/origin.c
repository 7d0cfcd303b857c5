#include "origin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

err origin_open(const char *path, struct origin *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe is not waited for */
    if (fd < 0)
        return err_at(err_system("open the file"), path, 0, 0);
    struct stat st;
    err failed = OK;
    if (fstat(fd, &st) != 0)
        failed = err_system("open the file");
    else if (S_ISDIR(st.st_mode))
        failed = err_new(ERR_INVALID, "This is a folder, not a file.", "Name a file.");
    else if (!S_ISREG(st.st_mode))
        failed = err_new(ERR_INVALID, "This is a pipe or a device, not a file: it can be read only once, and a file is read more often.",
                         "Save what comes out of it in a file first, and name that.");
    if (failed.kind != ERR_OK) {
        close(fd);
        return err_at(failed, path, 0, 0);
    }
    *ret = (struct origin){.fd = fd, .size = (uint64_t)st.st_size};
    return OK;
}

struct origin origin_of(struct view bytes)
{
    return (struct origin){.fd = -1, .bytes = bytes, .size = bytes.len};
}

void origin_close(struct origin *o)
{
    if (o->fd >= 0)
        close(o->fd);
    *o = origin_of(view_of(NULL, 0));
}

static ssize_t read_file(const struct origin *o, uint64_t at, void *to, size_t room)
{
    if (at > INT64_MAX)
        return 0;
    return pread(o->fd, to, room, (off_t)at);
}

err origin_read(const struct origin *o, uint64_t at, void *to, size_t room, size_t *ret_len)
{
    if (o->fd < 0) {
        size_t left = at < o->bytes.len ? o->bytes.len - (size_t)at : 0;
        *ret_len = left < room ? left : room;
        if (*ret_len)
            memcpy(to, o->bytes.p + at, *ret_len);
        return OK;
    }
    ssize_t got;
    do
        got = read_file(o, at, to, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_system("read the file");
    *ret_len = (size_t)got;
    return OK;
}

static err take(const struct origin *o, size_t limit, struct buf *to)
{
    ENSURE(o->size <= limit, err_newf(ERR_LIMIT, "The file is larger than the limit of {} bytes.",
                                      "Check that it is the right file.", err_int((long long)limit)));
    size_t before = to->len, got = 0, len = 1;
    uint8_t *space = buf_space(to, (size_t)o->size);
    TRY(buf_ok(to));
    for (; got < o->size && len; got += len)
        TRY(origin_read(o, got, space + got, (size_t)o->size - got, &len));
    to->len = before + got;
    return OK;
}

err origin_take(const char *path, size_t limit, struct buf *to)
{
    CLEANUP(origin_close) struct origin o = origin_of(view_of(NULL, 0));
    TRY(origin_open(path, &o));
    return err_at(take(&o, limit, to), path, 0, 0);
}
