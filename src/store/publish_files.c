/* What lies in a copy of the log's folder, whether or not it belongs there. */
#include "publish_int.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

static void walk_end(FTS **walk)
{
    if (*walk)
        fts_close(*walk);
}

static err on_file(const char *path, size_t dir_len, publish_file_fn *fn, void *ctx)
{
    struct tile t;
    const char *name = path + dir_len + 1;
    err e = tile_parse(view_text(name), &t);
    ENSURE(e.kind == ERR_OK || e.kind == ERR_INVALID, e);
    bool is_tile = e.kind == ERR_OK;
    err_ignore(e, "the caller is told");
    return fn(ctx, name, is_tile ? &t : NULL);
}

err publish_files_each(const char *dir, publish_file_fn *fn, void *ctx)
{
    CLEANUP(buf_free) struct buf path = BUF(LIMIT_PATH_BYTES);
    buf_fmt(&path, "%s/tile", dir);
    (void)buf_text(&path);
    TRY(buf_ok(&path));
    char *const paths[] = {(char *)path.p, NULL};
    CLEANUP(walk_end) FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    ENSURE(walk, err_system("look through the log's folder"));
    errno = 0;
    for (FTSENT *at = fts_read(walk); at; errno = 0, at = fts_read(walk)) {
        /* A publisher renames and sweeps while others look. */
        bool gone = (at->fts_info == FTS_NS || at->fts_info == FTS_DNR) && at->fts_errno == ENOENT;
        if (at->fts_info == FTS_D || at->fts_info == FTS_DP || gone)
            continue;
        errno = at->fts_errno;
        ENSURE(at->fts_info != FTS_DNR && at->fts_info != FTS_ERR && at->fts_info != FTS_NS, err_at(err_system("look into the log's folder"), at->fts_path, 0, 0));
        TRY(on_file(at->fts_path, strlen(dir), fn, ctx));
    }
    ENSURE(errno == 0, err_at(err_system("look through the log's folder"), dir, 0, 0));
    return OK;
}
