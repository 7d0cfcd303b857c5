/* The numbers of a scope in words. */
#include <inttypes.h>
#include <string.h>

#include "scope_numbers.h"
#include "when.h"

void scope_numbers_put(struct buf *to, uint64_t people)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, people);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_u8(to, ',');
        buf_u8(to, (uint8_t)digits[i]);
    }
}

void scope_numbers_about(struct buf *to, uint64_t people)
{
    uint64_t unit = 1;
    while (people / unit >= 1000)
        unit *= 10;
    uint64_t rounded = (people + unit / 2) / unit * unit;
    if (unit > 1)
        buf_str(to, "about ");
    scope_numbers_put(to, rounded);
}

static void put_change(struct buf *to, uint64_t older, uint64_t newer)
{
    buf_str(to, newer < older ? "-" : "+");
    scope_numbers_put(to, newer < older ? older - newer : newer - older);
}

/* Fields with the same number of people stand together: "name, address 312,406 · bank account 61,880". */
static void put_fields(struct buf *to, const struct scope_numbers *n)
{
    for (size_t i = 0; i < n->field_count; i++) {
        bool same_as_next = i + 1 < n->field_count && n->fields[i + 1].people == n->fields[i].people;
        buf_str(to, n->fields[i].label);
        if (same_as_next) {
            buf_str(to, ", ");
            continue;
        }
        buf_str(to, " ");
        scope_numbers_put(to, n->fields[i].people);
        if (i + 1 < n->field_count)
            buf_str(to, " · ");
    }
    if (n->field_count == 0)
        buf_str(to, "none recorded");
}

static void put_care(struct buf *to, const struct scope_numbers *n)
{
    const struct {
        const char *label;
        uint64_t people;
    } groups[] = {
        {"in danger", n->care.in_danger},
        {"under 18", n->care.under_18},
        {"have died", n->deceased},
        {"work e-mail", n->care.work_email},
        {"address older than five years", n->care.old_address},
        {"no address", n->care.no_address},
        {"deleted by us since", n->erased},
        {"gone from the membership system", n->gone},
        {"known only from the files", n->file_only},
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        buf_str(to, i ? " · " : "");
        buf_str(to, groups[i].label);
        buf_str(to, " ");
        scope_numbers_put(to, groups[i].people);
    }
}

static void put_ids(struct buf *to, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_str(to, i ? ", " : "");
        buf_str(to, ids[i]);
    }
}

static void put_late(struct buf *to, const struct scope_numbers *n)
{
    if (n->late.certificate_count == 0)
        return;
    buf_str(to, "LEFT OUT: ");
    scope_numbers_put(to, n->late.people);
    buf_str(to, n->late.people == 1 ? " person, only on the word of " : " people, only on the word of ");
    put_ids(to, n->late.certificates, n->late.certificate_count);
    buf_fmt(to, ", recorded after the breach was opened.\n  If that is not believed, they and their details count: candour incident scope %s --distrust-certificates\n",
            n->incident);
}

void scope_numbers_others(struct buf *to, const struct scope_numbers *n)
{
    const struct {
        const char *words;
        uint64_t people;
    } parts[] = {
        {"known only from the files", n->file_only},
        {"status not recorded", n->not_recorded},
        {"deleted by us since", n->erased},
        {"never joined", n->other - n->file_only - n->not_recorded - n->erased},
    };
    bool any = false;
    scope_numbers_put(to, n->other);
    buf_str(to, n->other == 1 ? " other" : " others");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].people == 0)
            continue;
        buf_str(to, any ? ", " : " (");
        scope_numbers_put(to, parts[i].people);
        buf_fmt(to, " %s", parts[i].words);
        any = true;
    }
    buf_str(to, any ? ")" : "");
}

static void put_status(struct buf *to, const struct scope_numbers *n)
{
    buf_str(to, "  ");
    scope_numbers_put(to, n->members);
    buf_str(to, n->members == 1 ? " member     " : " members     ");
    scope_numbers_put(to, n->former);
    buf_str(to, n->former == 1 ? " former member (" : " former members (");
    scope_numbers_put(to, n->past_end_former);
    buf_str(to, " kept too long)     ");
    scope_numbers_others(to, n);
    if (n->past_end > n->past_end_former) {
        buf_str(to, "\n  kept too long in all ");
        scope_numbers_put(to, n->past_end);
    }
    buf_str(to, "\n");
}

err scope_numbers_text(struct buf *to, const struct scope_numbers *n, const struct scope_numbers *older,
                       const struct when_zone *zone)
{
    TRY(scope_numbers_check(n));
    scope_numbers_put(to, n->affected);
    buf_str(to, n->affected == 1 ? " person is affected     version " : " people are affected     version ");
    buf_fmt(to, "%" PRIu32 ", ", n->version);
    TRY(when_put_words(to, n->at, zone));
    if (older) {
        buf_fmt(to, "     ( difference from version %" PRIu32 ": ", older->version);
        put_change(to, older->affected, n->affected);
        buf_str(to, " )");
    }
    buf_str(to, "\n");
    put_status(to, n);
    buf_str(to, "How sure     file itself ");
    scope_numbers_put(to, n->evidence.exact);
    buf_str(to, "    company's list ");
    scope_numbers_put(to, n->evidence.listed);
    buf_str(to, "    rebuilt ");
    scope_numbers_put(to, n->evidence.rebuilt);
    if (n->affected >= 1000) {
        buf_str(to, "        \"");
        scope_numbers_about(to, n->affected);
        buf_str(to, "\" is right for the report");
    }
    buf_str(to, "\nDetails      ");
    put_fields(to, n);
    buf_str(to, "\nCare needed  ");
    put_care(to, n);
    buf_str(to, "\nHand-overs   ");
    put_ids(to, n->handovers, n->handover_count);
    buf_str(to, n->handover_count ? "\n" : "none\n");
    put_late(to, n);
    return buf_ok(to);
}

/* ---- differences ---- */

static void put_line(struct buf *to, const char *label, uint64_t older, uint64_t newer, size_t *lines)
{
    if (older == newer)
        return;
    buf_str(to, label);
    buf_str(to, " ");
    scope_numbers_put(to, older);
    buf_str(to, " -> ");
    scope_numbers_put(to, newer);
    buf_str(to, " (");
    put_change(to, older, newer);
    buf_str(to, ")\n");
    (*lines)++;
}

static void diff_people(struct buf *to, const struct scope_numbers *o, const struct scope_numbers *n, size_t *lines)
{
    const struct {
        const char *label;
        uint64_t older, newer;
    } rows[] = {
        {"affected", o->affected, n->affected},
        {"members", o->members, n->members},
        {"former members", o->former, n->former},
        {"others", o->other, n->other},
        {"known only from the files", o->file_only, n->file_only},
        {"status not recorded", o->not_recorded, n->not_recorded},
        {"kept too long", o->past_end, n->past_end},
        {"former members kept too long", o->past_end_former, n->past_end_former},
        {"from the file itself", o->evidence.exact, n->evidence.exact},
        {"from the company's list", o->evidence.listed, n->evidence.listed},
        {"rebuilt", o->evidence.rebuilt, n->evidence.rebuilt},
        {"have died", o->deceased, n->deceased},
        {"deleted by us since", o->erased, n->erased},
        {"gone from the membership system", o->gone, n->gone},
        {"in danger", o->care.in_danger, n->care.in_danger},
        {"under 18", o->care.under_18, n->care.under_18},
        {"work e-mail", o->care.work_email, n->care.work_email},
        {"address older than five years", o->care.old_address, n->care.old_address},
        {"no address", o->care.no_address, n->care.no_address},
        {"left out on the word of certificates recorded after the opening", o->late.people, n->late.people},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put_line(to, rows[i].label, rows[i].older, rows[i].newer, lines);
}

static const struct scope_field *find_field(const struct scope_numbers *n, const char *field)
{
    for (size_t i = 0; i < n->field_count; i++) {
        if (strcmp(n->fields[i].field, field) == 0)
            return &n->fields[i];
    }
    return NULL;
}

static void diff_fields(struct buf *to, const struct scope_numbers *o, const struct scope_numbers *n, size_t *lines)
{
    for (size_t i = 0; i < n->field_count; i++) {
        const struct scope_field *before = find_field(o, n->fields[i].field);
        put_line(to, n->fields[i].label, before ? before->people : 0, n->fields[i].people, lines);
    }
    for (size_t i = 0; i < o->field_count; i++) {
        if (!find_field(n, o->fields[i].field))
            put_line(to, o->fields[i].label, o->fields[i].people, 0, lines);
    }
}

static bool has_handover(const struct scope_numbers *n, const char *id)
{
    for (size_t i = 0; i < n->handover_count; i++) {
        if (strcmp(n->handovers[i], id) == 0)
            return true;
    }
    return false;
}

static void list_missing(struct buf *to, const char *label, const struct scope_numbers *from,
                         const struct scope_numbers *in, size_t *lines)
{
    bool any = false;
    for (size_t i = 0; i < from->handover_count; i++) {
        if (has_handover(in, from->handovers[i]))
            continue;
        buf_str(to, any ? ", " : label);
        buf_str(to, from->handovers[i]);
        any = true;
    }
    if (any) {
        buf_str(to, "\n");
        (*lines)++;
    }
}

err scope_numbers_diff_text(struct buf *to, const struct scope_numbers *older, const struct scope_numbers *newer)
{
    size_t lines = 0;
    diff_people(to, older, newer, &lines);
    diff_fields(to, older, newer, &lines);
    list_missing(to, "hand-overs that now count: ", newer, older, &lines);
    list_missing(to, "hand-overs that no longer count: ", older, newer, &lines);
    if (lines == 0)
        buf_str(to, "nothing differs\n");
    return buf_ok(to);
}
