/* A span of time of which every moment counts. */
#include "record_int.h"

#include <stdlib.h>
#include <string.h>

enum { MOMENTS_MAX = 4096 };

/* All of a system that begins on the day on which it is recorded, or later, is known. */
static err known_from(const struct vault *v, const struct handover *h, int64_t *ret)
{
    int32_t day;
    int64_t midnight;
    TRY(when_local_day(&v->zone, h->recorded_at, &day));
    TRY(when_local_start(&v->zone, day, 0, &midnight));
    *ret = h->sent.earliest >= midnight ? WHEN_UNKNOWN_EARLY : h->recorded_at;
    return OK;
}

err record_span_begin(struct record_span *s, struct vault *v, const struct config *c, const struct select *select, const struct handover *h)
{
    int64_t now = vault_now(v), last = h->sent.latest < now ? h->sent.latest : now;
    *s = (struct record_span){.v = v, .c = c, .select = select, .time = {h->sent.earliest < last ? h->sent.earliest : last, last}};
    TRY(known_from(v, h, &s->known));
    s->moments = mem_array(MOMENTS_MAX, sizeof *s->moments);
    ENSURE(s->moments, mem_none());
    return select ? people_select_prints(v, c, select, &s->prints) : OK;
}

void record_span_end(struct record_span *s)
{
    mem_free(s->moments);
    s->moments = NULL;
    mem_free(s->prints);
    s->prints = NULL;
}

bool record_span_had(const struct record_span *s, const struct person *p, uint16_t field)
{
    const struct field_numbers *n = &s->c->numbers;
    if (person_has(p, n, field, s->time.earliest) || person_has(p, n, field, s->time.latest))
        return true;
    for (size_t i = 0; i < p->count; i++)
        if (p->values[i].field == field && p->values[i].since <= s->time.latest && p->values[i].until > s->time.earliest)
            return true;
    return false;
}

static void add_moment(struct record_span *s, int64_t at)
{
    if (at > s->time.earliest && at < s->time.latest && s->moment_count < MOMENTS_MAX)
        s->moments[s->moment_count++] = at;
}

static void add_day(struct record_span *s, int32_t day)
{
    int64_t at;
    if (day == DAY_UNKNOWN || day == FACTS_OPEN)
        return;
    err e = when_local_start(&s->v->zone, day, 0, &at);
    if (e.kind == ERR_OK)
        add_moment(s, at);
    err_ignore(e, "a day out of the calendar changes nothing");
}

static int by_time(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* All times in the span at which facts or values of hers change. */
static void find_moments(struct record_span *s, const struct person *p)
{
    const struct facts *f = &p->facts;
    s->moment_count = 0;
    for (size_t i = 0; i < f->period_count; i++) {
        add_day(s, f->periods[i].first);
        add_day(s, f->periods[i].end);
        add_day(s, f->periods[i].end == FACTS_OPEN ? DAY_UNKNOWN : when_add_days(f->periods[i].end, 1));
    }
    add_moment(s, f->word_since);
    for (size_t i = 0; i < f->source_count; i++)
        add_moment(s, f->sources[i].since);
    for (size_t i = 0; i < p->count; i++) {
        add_moment(s, p->values[i].since);
        add_moment(s, p->values[i].until);
    }
    qsort(s->moments, s->moment_count, sizeof *s->moments, by_time);
}

static err holds(const struct record_span *s, const struct person *p, int64_t at, bool *ret)
{
    enum truth truth;
    TRY(people_holds(s->c, s->select, (const uint8_t(*)[TOKEN_BYTES])s->prints, p, at, &truth));
    *ret = truth != TRUTH_NO; /* doubt includes */
    return OK;
}

/* At any time of it that is not before `first`. */
static err held_since(struct record_span *s, const struct person *p, int64_t first, bool *ret)
{
    TRY(holds(s, p, s->time.latest, ret));
    if (*ret)
        return OK;
    TRY(holds(s, p, first < WHEN_FIRST ? WHEN_FIRST : first, ret));
    if (*ret)
        return OK;
    find_moments(s, p);
    for (size_t i = 0; i < s->moment_count && !*ret; i++)
        if (s->moments[i] > first && (i == 0 || s->moments[i] != s->moments[i - 1]))
            TRY(holds(s, p, s->moments[i], ret));
    return OK;
}

err record_span_held(struct record_span *s, const struct person *p, bool *ret)
{
    return held_since(s, p, s->time.earliest, ret);
}

err record_span_exact(struct record_span *s, const struct person *p, bool *ret)
{
    *ret = s->known <= s->time.latest;
    if (s->known <= s->time.earliest || !*ret || !s->select)
        return OK;
    return held_since(s, p, s->known, ret);
}
