/* when_parse_instant, when_parse_day, when_parse_range, when_cell_day, when_zone_find.  What is read lies in the
 * calendar and is read the same after being written; ranges don't end before they begin; zones stay in their folder. */
#include "when.h"

#include <string.h>

static void check_instant(struct view text)
{
    int64_t t, again;
    if (when_parse_instant(text, &t).kind != ERR_OK)
        return;
    CHECK(t >= WHEN_FIRST && t <= WHEN_LAST);
    CLEANUP(buf_free) struct buf b = BUF(100);
    when_put_utc(&b, t);
    CHECK(when_parse_instant(buf_view(&b), &again).kind == ERR_OK && again == t);
}

static void check_day(int32_t day)
{
    CLEANUP(buf_free) struct buf b = BUF(100);
    int32_t again;
    struct when_date d = when_date(day);
    CHECK(day >= DAY_FIRST && day <= DAY_LAST && when_day(d.year, d.month, d.day) == day);
    when_put_day(&b, day);
    CHECK(when_parse_day(buf_view(&b), &again).kind == ERR_OK && again == day);
    CHECK(when_cell_day(buf_view(&b), WHEN_DAY_FIRST, &again).kind == ERR_OK && again == day);
    CHECK(when_age(day, day) == 0);
    for (int32_t months = -13; months <= 13; months++) {
        int32_t moved = when_add_months(day, months);
        CHECK(moved == DAY_UNKNOWN || when_date(moved).day <= d.day);
    }
}

static void check_cells(struct view text)
{
    int32_t day, days[3];
    enum err_kind kinds[3];
    if (when_parse_day(text, &day).kind == ERR_OK)
        check_day(day);
    for (int order = WHEN_YEAR_FIRST; order <= WHEN_MONTH_FIRST; order++) {
        kinds[order] = when_cell_day(text, (enum when_order)order, &days[order]).kind;
        CHECK(kinds[order] == ERR_OK || kinds[order] == ERR_INVALID);
        if (kinds[order] == ERR_OK && days[order] != DAY_UNKNOWN)
            check_day(days[order]);
    }
    /* What is clear without an order is the same in every order. */
    if (kinds[0] == ERR_OK)
        CHECK(kinds[1] == ERR_OK && kinds[2] == ERR_OK && days[1] == days[0] && days[2] == days[0]);
}

static void check_range(struct view text, const char *zone_name)
{
    struct when_zone zone;
    struct when_range r;
    CHECK(when_zone_find(&zone, view_text(zone_name)).kind == ERR_OK);
    if (when_parse_range(text, &zone, &r).kind != ERR_OK)
        return;
    CHECK(r.earliest <= r.latest);
    CHECK(r.earliest == WHEN_UNKNOWN_EARLY || (r.earliest >= WHEN_FIRST && r.earliest <= WHEN_LAST));
    CHECK(r.latest == WHEN_UNKNOWN_LATE || (r.latest >= WHEN_FIRST && r.latest <= WHEN_LAST));
    CLEANUP(buf_free) struct buf b = BUF(200);
    int64_t again;
    if (r.latest == WHEN_UNKNOWN_LATE)
        return;
    struct when_date local = {0, 0, 0};
    int32_t day;
    CHECK(when_local_day(&zone, r.latest, &day).kind == ERR_OK);
    local = when_date(day);
    CHECK(when_put_local(&b, r.latest, &zone).kind == ERR_OK);
    CHECK(local.year == 0 || (when_parse_instant(buf_view(&b), &again).kind == ERR_OK && again == r.latest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of(data, size);
    struct when_zone zone;
    check_instant(text);
    check_cells(text);
    check_range(text, "Europe/London");
    if (when_zone_find(&zone, text).kind == ERR_OK)
        CHECK(strlen(zone.name) == size && zone.name[0] != '/' && !strstr(zone.name, ".."));
    return 0;
}
