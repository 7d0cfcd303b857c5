/* The jobs of commands that can be run again: what was asked, as a key that only the keeper can make, and what came of
 * it, sealed. */
#include "vault_int.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

static void job_id(const uint8_t key[32], char to[65])
{
    for (int i = 0; i < 32; i++)
        snprintf(to + 2 * i, 3, "%02x", key[i]);
}

err vault_job_key(struct vault *v, const uint8_t words[32], uint8_t ret_key[32])
{
    uint8_t halves[2][33], tokens[2][TOKEN_BYTES];
    struct keeper_value values[2];
    for (uint8_t i = 0; i < 2; i++) {
        memcpy(halves[i], words, 32);
        halves[i][32] = i;
        values[i] = (struct keeper_value){KEEPER_TOKEN_JOB, 0, view_of(halves[i], sizeof halves[i])};
    }
    TRY(keeper_tokens(v->keeper, values, 2, tokens));
    memcpy(ret_key, tokens, 32);
    return OK;
}

/* One that came to its end counts for an hour: later the same words mean the same thing done once more. */
static bool too_old(const struct vault *v, const json_t *left)
{
    int64_t at = json_integer_value(json_object_get(left, "at")), now = vault_now(v);
    return (now > at ? now - at : at - now) > LIMIT_AGAIN_SECONDS;
}

bool vault_job_ended(const struct store_job *job)
{
    return job->state == JOB_DONE;
}

err vault_job_result(struct vault *v, const char *kind, const uint8_t key[32], json_t **ret, bool *ret_done)
{
    *ret = NULL;
    *ret_done = false;
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_DOCUMENT_BYTES);
    struct store_job job;
    err e = store_job_get(v->store, key, &job, &bytes);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "nothing was cut off");
        return OK;
    }
    TRY(e);
    char id[65];
    job_id(key, id);
    struct rd r = rd_of(buf_view(&bytes));
    uint64_t no = rd_u64(&r);
    struct view plain;
    TRY(vault_open_bytes(v, no, kind, id, 1, view_of(r.p, r.len), &plain));
    json_t *left = json_loadb((const char *)plain.p, plain.len, 0, NULL);
    ENSURE(left, err_new(ERR_CORRUPT, "The result of an interrupted command is damaged.", "Run 'candour fsck'."));
    if (job.state == JOB_DONE && too_old(v, left)) {
        json_decref(left);
        return OK;
    }
    *ret_done = job.state == JOB_DONE;
    *ret = json_incref(json_object_get(left, "result"));
    json_decref(left);
    ENSURE(*ret, err_new(ERR_CORRUPT, "The result of an interrupted command is damaged.", "Run 'candour fsck'."));
    return OK;
}

err vault_job_acted(struct vault *v, const char *kind, const uint8_t key[32], const json_t *result)
{
    CLEANUP(buf_free) struct buf plain = BUF_SECRET(LIMIT_DOCUMENT_BYTES), bytes = BUF(LIMIT_DOCUMENT_BYTES);
    json_t *left = json_pack("{s:I, s:O}", "at", (json_int_t)vault_now(v), "result", (json_t *)(uintptr_t)result);
    ENSURE(left, mem_none());
    err e = vault_dump(left, &plain);
    json_decref(left);
    TRY(e);
    uint64_t no;
    char id[65];
    job_id(key, id);
    TRY(store_counter_next(v->store, STORE_DOCS, 1, &no));
    struct view sealed;
    TRY(vault_seal_bytes(v, no, kind, id, 1, buf_view(&plain), &sealed));
    buf_u64(&bytes, no);
    buf_put(&bytes, sealed);
    TRY(buf_ok(&bytes));
    struct store_job job = {.state = JOB_ACTED};
    memcpy(job.key, key, sizeof job.key);
    snprintf(job.kind, sizeof job.kind, "%s", kind);
    TRY(store_job_delete(v->store, key)); /* one that came to its end */
    return store_job_put(v->store, &job, buf_view(&bytes));
}

err vault_job_done(struct vault *v, const uint8_t key[32])
{
    CLEANUP(buf_free) struct buf bytes = BUF(LIMIT_DOCUMENT_BYTES);
    struct store_job job;
    TRY(store_job_get(v->store, key, &job, &bytes));
    if (job.state == JOB_DONE)
        return OK;
    TRY(vault_begin(v));
    TRY(store_job_advance(v->store, key, JOB_DONE, buf_view(&bytes)));
    return vault_commit(v);
}
