/* Durable jobs. */
#include "sql.h"

#include <string.h>

static struct sql_arg key_arg(const uint8_t *key)
{
    return sql_blob(view_of(key, STORE_HASH));
}

static err job_of(struct sql *q, struct store_job *ret)
{
    struct store_job job = {.state = (uint32_t)sql_number(q, 2)};
    struct view key = sql_view(q, 0);
    ENSURE(key.len == STORE_HASH, sql_err(SQLITE_CORRUPT));
    memcpy(job.key, key.p, STORE_HASH);
    TRY(sql_name(q, 1, job.kind));
    *ret = job;
    return OK;
}

err store_job_put(struct store *s, const struct store_job *job, struct view bytes)
{
    TRY(sql_good_name(job->kind));
    return sql_write(s, SQL_JOB_PUT,
                     SQL_ARGS(key_arg(job->key), sql_text(job->kind), sql_int(job->state), sql_blob(bytes)));
}

err store_job_get(struct store *s, const uint8_t key[STORE_HASH], struct store_job *ret, struct buf *to)
{
    CLEANUP(sql_close) struct sql q = {0};
    TRY(sql_start(s, SQL_JOB_GET, &q, SQL_ARGS(key_arg(key))));
    TRY(sql_row(&q));
    if (ret)
        TRY(job_of(&q, ret));
    return sql_take(&q, 3, to);
}

err store_job_advance(struct store *s, const uint8_t key[STORE_HASH], uint32_t state, struct view bytes)
{
    TRY(sql_write(s, SQL_JOB_ADVANCE, SQL_ARGS(key_arg(key), sql_int(state), sql_blob(bytes))));
    if (sqlite3_changes64(s->db) == 1)
        return OK;
    struct store_job job = {0};
    TRY(store_job_get(s, key, &job, NULL));
    return err_newf(ERR_CONFLICT, "This work ({}) has gone on meanwhile, to step {}.", "Run the command again.",
                    err_name(job.kind), err_int(job.state));
}

err store_job_delete(struct store *s, const uint8_t key[STORE_HASH])
{
    return sql_write(s, SQL_JOB_DELETE, SQL_ARGS(key_arg(key)));
}

err store_jobs_drop(struct store *s, uint32_t state)
{
    return sql_write(s, SQL_JOBS_DROP, SQL_ARGS(sql_int(state)));
}

static err jobs_walk(struct sql *q, store_job_fn *fn, void *ctx)
{
    for (;;) {
        bool row = false;
        TRY(sql_step(q, &row));
        if (!row)
            return OK;
        struct store_job job;
        TRY(job_of(q, &job));
        TRY(fn(ctx, &job, sql_view(q, 3)));
    }
}

err store_jobs_each(struct store *s, const char *kind, store_job_fn *fn, void *ctx)
{
    CLEANUP(sql_close) struct sql q = {0};
    if (kind)
        TRY(sql_start(s, SQL_JOB_EACH_OF, &q, SQL_ARGS(sql_text(kind))));
    else
        TRY(sql_start(s, SQL_JOB_EACH, &q, 0, NULL));
    return jobs_walk(&q, fn, ctx);
}
