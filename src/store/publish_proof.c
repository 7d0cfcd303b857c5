/* Proofs that an entry is in the published log. */
#include "publish_int.h"

#include "mem.h"
#include "proof.h"

err publish_newest(struct store *s, struct buf *note, struct checkpoint *ret)
{
    buf_clear(note);
    uint64_t size = 0;
    err e = store_checkpoint_newest(s, &size, note);
    ENSURE(e.kind != ERR_NOT_FOUND,
           err_new(ERR_NOT_FOUND, "Nothing of the log is published yet.", "Publish it first, with the slot at hand."));
    TRY(e);
    struct note n;
    e = note_parse(buf_view(note), &n);
    if (e.kind == ERR_OK)
        e = checkpoint_parse(n.text, ret);
    ENSURE(e.kind != ERR_NOMEM, e);
    ENSURE(e.kind == ERR_OK && ret->size == size,
           err_newf(ERR_CORRUPT, "The stored checkpoint of {} entries is damaged.",
                    "Restore the newest backup, then run 'candour log verify'.", err_int((long long)size)));
    return OK;
}

static err read_shown(const char *log_dir, uint64_t *ret)
{
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    struct note n;
    struct checkpoint c;
    TRY(publish_file_read(log_dir, &note));
    TRY(note_parse(buf_view(&note), &n));
    TRY(checkpoint_parse(n.text, &c));
    *ret = c.size;
    return OK;
}

uint64_t publish_shown(const char *log_dir)
{
    uint64_t size = 0;
    err_ignore(read_shown(log_dir, &size), "a folder that is missing or damaged says nothing; it is made again");
    return size;
}

static err prove_entry(struct store *s, const char *log_dir, uint64_t index, const struct checkpoint *c,
                       struct merkle_proof *ret)
{
    CLEANUP(buf_free) struct buf entry = BUF(LIMIT_ENTRY_BYTES);
    TRY(store_entry_get(s, index, &entry, NULL));
    struct publish_claim claim = {
        .inclusion = true, .small = index, .hash = merkle_leaf(buf_view(&entry)), .size = c->size, .root = c->root};
    bool in = false;
    TRY(publish_prove(s, log_dir, &claim, ret, &in));
    ENSURE(in,
           err_newf(ERR_CORRUPT, "The entries in the database are not those that were published: entry {} has no proof.",
                    "Restore the newest backup, then run 'candour log verify'.", err_int((long long)index)));
    return OK;
}

err publish_proof(struct store *s, const char *log_dir, uint64_t index, struct merkle_proof *ret, struct buf *note)
{
    CLEANUP(buf_free) struct buf own = BUF(LIMIT_NOTE_BYTES);
    struct checkpoint c;
    TRY(publish_newest(s, note ? note : &own, &c));
    ENSURE(index < c.size,
           err_newf(ERR_NOT_FOUND, "Entry {} of the log is not published yet; {} entries are.",
                    "Publish the log, then ask again.", err_int((long long)index), err_int((long long)c.size)));
    return prove_entry(s, log_dir, index, &c, ret);
}

err publish_proof_file(struct store *s, const char *log_dir, uint64_t index, struct buf *to)
{
    CLEANUP(buf_free) struct buf note = BUF(LIMIT_NOTE_BYTES);
    struct proof p = {.index = index};
    TRY(publish_proof(s, log_dir, index, &p.path, &note));
    p.checkpoint = buf_view(&note);
    return proof_format(&p, to);
}
