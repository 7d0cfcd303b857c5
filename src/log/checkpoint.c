#include "checkpoint.h"

#include "lines.h"

#include <inttypes.h>
#include <string.h>

static bool origin_byte_ok(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr(".-_~:/", c));
}

bool checkpoint_origin_ok(struct view origin)
{
    if (origin.len == 0 || origin.len > LIMIT_ORIGIN_BYTES || origin.p[origin.len - 1] == '/')
        return false;
    for (size_t i = 0; i < origin.len; i++) {
        /* No "//": there is no scheme. */
        if (!origin_byte_ok(origin.p[i]) || (origin.p[i] == '/' && origin.p[i + 1] == '/'))
            return false;
    }
    uint8_t first = origin.p[0];
    return (first >= 'a' && first <= 'z') || (first >= '0' && first <= '9');
}

bool checkpoint_is_practice(struct view origin)
{
    return lines_skip(&origin, "practice.");
}

static err check_empty_root(const struct checkpoint *c)
{
    struct hash empty = merkle_empty();
    ENSURE(c->size > 0 || hash_equal(&c->root, &empty),
           err_new(ERR_INVALID, "The checkpoint is of an empty log, and its root is not that of an empty log.",
                   "Don't rely on it; tell the log's owner."));
    return OK;
}

err checkpoint_format(const struct checkpoint *c, struct buf *to)
{
    ENSURE(checkpoint_origin_ok(c->origin),
           err_new(ERR_INVALID, "The log's name must be an address without https://, in small letters.",
                   "Take one like log.example.org/us."));
    ENSURE(c->extensions.len == 0,
           err_new(ERR_INVALID, "Checkpoints of ours have no lines of extensions.", "Leave them out."));
    ENSURE(c->size <= MERKLE_SIZE_MAX,
           err_new(ERR_LIMIT, "The log is said to be larger than a log can be.", "Check where the size comes from."));
    TRY(check_empty_root(c));
    buf_put(to, c->origin);
    buf_fmt(to, "\n%" PRIu64 "\n", c->size);
    buf_base64(to, hash_view(&c->root));
    buf_str(to, "\n");
    return buf_ok(to);
}

static err bad_checkpoint(const char *which)
{
    return err_newf(ERR_INVALID, "This is not a checkpoint of a log: {} is not in order.",
                    "Get the file again from where it came from, without changing it.", err_name(which));
}

err checkpoint_parse(struct view text, struct checkpoint *to)
{
    TRY(note_text_check(text));
    struct view size, root, line;
    ENSURE(lines_take(&text, &to->origin) && to->origin.len > 0, bad_checkpoint("the name"));
    ENSURE(lines_take(&text, &size) && lines_decimal(size, MERKLE_SIZE_MAX, &to->size), bad_checkpoint("the size"));
    ENSURE(lines_take(&text, &root), bad_checkpoint("the root"));
    TRY(lines_hash(root, &to->root));
    to->extensions = text;
    while (lines_take(&text, &line))
        ENSURE(line.len > 0, bad_checkpoint("a line after the root"));
    return OK;
}

err checkpoint_open(struct view bytes, const struct note_key *key, struct view origin, struct checkpoint *to)
{
    struct note n;
    TRY(note_parse(bytes, &n));
    TRY(checkpoint_parse(n.text, to));
    TRY(note_verify(&n, key));
    ENSURE(view_equal(to->origin, origin),
           err_newf(ERR_INVALID, "The checkpoint is of the log {}, not of {}.", "Get the checkpoint of the right log.",
                    err_name_n((const char *)to->origin.p, to->origin.len),
                    err_name_n((const char *)origin.p, origin.len)));
    return check_empty_root(to);
}
