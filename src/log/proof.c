#include "proof.h"

#include "lines.h"
#include "mem.h"

#include <inttypes.h>

#define HEAD "c2sp.org/tlog-proof@v1\n"

static err bad_file(const char *which)
{
    return err_newf(ERR_INVALID, "This is not a proof file (c2sp.org/tlog-proof@v1): {} is not in order.",
                    "Get the file again from where it came from, without changing it.", err_name(which));
}

static err check_extra(struct view extra)
{
    CLEANUP(buf_free) struct buf b = BUF(LIMIT_NOTE_BYTES);
    bool good = base64_decode(&b, extra);
    ENSURE(b.state != BUF_NO_MEMORY, mem_none());
    ENSURE(good, bad_file("the line \"extra\""));
    return OK;
}

static err check_checkpoint(struct view bytes)
{
    struct note n;
    struct checkpoint c;
    TRY(note_parse(bytes, &n));
    return checkpoint_parse(n.text, &c);
}

err proof_format(const struct proof *p, struct buf *to)
{
    TRY(check_extra(p->extra));
    TRY(check_checkpoint(p->checkpoint));
    CHECK(p->path.count <= MERKLE_PROOF_MAX);
    buf_str(to, HEAD);
    if (p->extra.len) {
        buf_str(to, "extra ");
        buf_put(to, p->extra);
        buf_str(to, "\n");
    }
    buf_fmt(to, "index %" PRIu64 "\n", p->index);
    for (size_t i = 0; i < p->path.count; i++) {
        buf_base64(to, hash_view(&p->path.hash[i]));
        buf_str(to, "\n");
    }
    buf_str(to, "\n");
    buf_put(to, p->checkpoint);
    return buf_ok(to);
}

static err parse_path(struct view *file, struct merkle_proof *to)
{
    struct view line;
    for (to->count = 0;; to->count++) {
        ENSURE(lines_take(file, &line), bad_file("the end of the path"));
        if (line.len == 0)
            return OK;
        ENSURE(to->count < MERKLE_PROOF_MAX, bad_file("the length of the path"));
        TRY(lines_hash(line, &to->hash[to->count]));
    }
}

err proof_parse(struct view file, struct proof *to)
{
    *to = (struct proof){0};
    struct view index;
    ENSURE(lines_skip(&file, HEAD), bad_file("the first line"));
    if (lines_skip(&file, "extra ")) {
        ENSURE(lines_take(&file, &to->extra) && to->extra.len > 0, bad_file("the line \"extra\""));
        TRY(check_extra(to->extra));
    }
    ENSURE(lines_skip(&file, "index ") && lines_take(&file, &index) && lines_decimal(index, MERKLE_SIZE_MAX, &to->index),
           bad_file("the index"));
    TRY(parse_path(&file, &to->path));
    to->checkpoint = file;
    return check_checkpoint(file);
}

err proof_verify(const struct proof *p, struct view entry, const struct note_key *key, struct view origin,
                 struct checkpoint *to)
{
    TRY(checkpoint_open(p->checkpoint, key, origin, to));
    struct hash leaf = merkle_leaf(entry);
    ENSURE(merkle_verify_inclusion(p->index, to->size, &leaf, &p->path, &to->root),
           err_new(ERR_INVALID, "The proof does not lead from this entry to the signed root.",
                   "Check that entry and proof belong together; if they do, the entry is not in the log."));
    return OK;
}
