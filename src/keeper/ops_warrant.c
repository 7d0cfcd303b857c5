#include "ops_int.h"

#include "checkpoint.h"
#include "entry.h"
#include "seam.h"
#include "when.h"

#include <string.h>

static err refused(void)
{
    return err_new(ERR_DENIED, "The warrant for this work does not stand in the log.",
                   "Run the command again; if it happens twice, run 'candour log verify'.");
}

/* Once and for good: whoever can write beside the slot can't bring another log while this keeper runs. */
err ops_log_key(struct ops_state *s)
{
    if (s->has_log_key)
        return OK;
    CLEANUP(buf_free) struct buf text = BUF(4096);
    TRY(seam_read(s->log_key_path, 4096, &text));
    struct view v = buf_view(&text);
    if (v.len && v.p[v.len - 1] == '\n')
        v.len--;
    TRY(note_vkey_parse(v, &s->log_key));
    s->has_log_key = true;
    return OK;
}

static void drop_entry(json_t **j)
{
    json_decref(*j);
}

/* Categories stand as their numbers in decimal; a number below 10 as "<10". */
static bool read_category(const json_t *j, uint32_t *bits)
{
    const char *text = json_string_value(j);
    if (!text || !text[0] || strlen(text) > 2)
        return false;
    uint32_t bit = 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        bit = bit * 10 + (uint32_t)(*p - '0');
    }
    if (bit >= CELL_CATEGORIES_MAX)
        return false;
    *bits |= 1u << bit;
    return true;
}

static err read_terms(const json_t *entry, struct ops_warrant *w, int64_t *ret_until)
{
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    const char *until = json_string_value(json_object_get(entry, "until"));
    const json_t *number = json_object_get(entry, "number"), *categories = json_object_get(entry, "categories");
    ENSURE(kind && strcmp(kind, "warrant") == 0 && until, refused());
    long long many = json_is_integer(number) ? json_integer_value(number) : 9;
    ENSURE(many >= 0, refused());
    w->number = (uint64_t)many;
    w->categories = 0;
    for (size_t i = 0; i < json_array_size(categories); i++)
        ENSURE(read_category(json_array_get(categories, i), &w->categories), refused());
    return when_parse_instant(view_text(until), ret_until);
}

/* The entry stands in the log that our own key signed. */
static err stands_in_log(struct ops_state *s, struct view entry, uint64_t index, const struct merkle_proof *proof, struct view note)
{
    struct checkpoint checkpoint;
    TRY(ops_log_key(s));
    ENSURE(checkpoint_open(note, &s->log_key, view_text(s->log_key.name), &checkpoint).kind == ERR_OK, refused());
    struct hash leaf = merkle_leaf(entry);
    ENSURE(merkle_verify_inclusion(index, checkpoint.size, &leaf, proof, &checkpoint.root), refused());
    return OK;
}

static err in_time(int64_t now, int64_t until)
{
    ENSURE(now <= until, err_new(ERR_DENIED, "The warrant for this work has run out.", "Run the command again."));
    ENSURE(until - now <= LIMIT_WARRANT_SECONDS, err_new(ERR_DENIED, "The warrant for this work is good for too long.", "Report this mistake."));
    return OK;
}

/* An entry, its index, and what proves that it stands there. */
struct shown {
    struct view entry;
    uint64_t index;
    struct merkle_proof proof;
    struct view note;
};

/* Request: entry block, index u64, proof: count u8 and hashes; the signed checkpoint as a block. */
static err read_shown(struct rd *r, struct shown *ret)
{
    ret->entry = rd_block(r);
    ret->index = rd_u64(r);
    ret->proof.count = rd_u8(r);
    ENSURE(rd_ok(r) && ret->proof.count <= MERKLE_PROOF_MAX, ops_bad_request());
    for (size_t i = 0; i < ret->proof.count; i++)
        rd_copy(r, ret->proof.hash[i].b, HASH_BYTES);
    ret->note = rd_block(r);
    ENSURE(rd_done(r), ops_bad_request());
    return OK;
}

static err read_warrant(struct ops_state *s, struct ops_channel *c, struct view bytes, struct ops_warrant *w, int64_t *ret_until)
{
    CLEANUP(drop_entry) json_t *entry = NULL;
    TRY(entry_parse(bytes, &entry));
    TRY(read_terms(entry, w, ret_until));
    return in_time(ops_now(s, c), *ret_until);
}

/* Request as read_shown() has it.  No answer. */
err ops_warrant(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    (void)answer;
    struct shown shown;
    TRY(read_shown(r, &shown));
    TRY(stands_in_log(s, shown.entry, shown.index, &shown.proof, shown.note));
    struct ops_warrant w = {.open = true, .index = shown.index};
    int64_t until;
    TRY(read_warrant(s, c, shown.entry, &w, &until));
    TRY(counters_warrant_begin(&s->counters, shown.index, shown.entry));
    c->warrant = w;
    return OK;
}

/* Request: entry block, index u64, waits u8 (1: the register was being written; that is no alarm as long as the warrant is good).  No
 * answer. */
err ops_credit(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    (void)answer;
    struct view bytes = rd_block(r);
    struct ops_warrant w = {.open = true, .credit = true, .index = rd_u64(r)};
    uint8_t waits = rd_u8(r);
    int64_t until;
    ENSURE(rd_done(r) && waits <= 1, ops_bad_request());
    TRY(read_warrant(s, c, bytes, &w, &until));
    w.leaf = merkle_leaf(bytes);
    int64_t hour = ops_now(s, c) + LIMIT_CREDIT_QUIET_SECONDS;
    TRY(counters_credit_begin(&s->counters, w.index, bytes, waits ? (until < hour ? until : hour) : 0));
    c->warrant = w;
    return OK;
}

/* Request as read_shown() has it; whatever the time, and whoever took the credit.  No answer. */
err ops_settle(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    (void)c;
    (void)answer;
    struct shown shown;
    TRY(read_shown(r, &shown));
    TRY(stands_in_log(s, shown.entry, shown.index, &shown.proof, shown.note));
    return counters_settle(&s->counters, shown.index, shown.entry);
}

err ops_warrant_end(struct ops_state *s, struct ops_channel *c, struct rd *r, struct buf *answer)
{
    (void)s;
    (void)answer;
    ENSURE(rd_done(r), ops_bad_request());
    c->warrant = (struct ops_warrant){0};
    return OK;
}
