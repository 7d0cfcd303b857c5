/* End dates: how long which data of whom is kept, and why (law: A5-1 e, ICO-RET-1, ICO-RET-2, CK-03).
 * Pure: rules and days in, dates out.
 *
 * Days are counted from 1970-01-01, in the organisation's time zone.
 */
#ifndef ENDRULE_H
#define ENDRULE_H

#include "catalogue.h"
#include "status.h"
#include "when.h"

#define END_RULE_MONTHS_MAX 1200u /* a century */
#define END_RULE_REASON_MAX 300u  /* bytes: it stands in letters and in the schedule */

struct end_rule {
    const char *key; /* as a field key: "former_contact" */
    enum person_status status;
    enum category category; /* CATEGORY_NONE: all that have no rule of their own */
    uint32_t months;        /* after the day on which the period starts; 0: that day */
    const char *reason;     /* why so long: "tax and accounting law" */
    int32_t since;          /* the rule holds from this day on; DAY_UNKNOWN: always */
};

size_t end_rule_default_count(void);
/* In force always (since is DAY_UNKNOWN).  Members have no rule: nothing of theirs ends. */
const struct end_rule *end_rule_default(size_t i);

/* The rule in force on `today` for this status and category, NULL where none: a rule for the category goes before one
 * for all, and of equals the one with the latest `since` that isn't after today, then the later in the list. */
const struct end_rule *end_rule_for(const struct end_rule *rules, size_t count, enum person_status status,
                                    enum category category, int32_t today);

struct end_date {
    const struct end_rule *rule; /* NULL: no rule, no end */
    int32_t day;                 /* the last day on which it may be held; DAY_UNKNOWN where `start` is */
};

/* `start`: the day that starts the period (left, refused, applied, file received), DAY_UNKNOWN if not known: then there
 * is a rule and no day, which the caller must show, since nobody may be kept for ever for want of a date. */
struct end_date end_date(const struct end_rule *rules, size_t count, enum person_status status, enum category category,
                         int32_t start, int32_t today);
/* Past its end: there is a rule, and today is after its day. */
bool past_end(const struct end_rule *rules, size_t count, enum person_status status, enum category category,
              int32_t start, int32_t today);

/* Errors: ERR_INVALID, in words. */
err end_rule_check(const struct end_rule *r);
/* {"category" ("all"),"key","months","reason","since","status"}; since is "YYYY-MM-DD", or null: always. */
err end_rule_to_json(const struct end_rule *r, json_t **ret);
err end_rule_from_json(struct arena *a, const json_t *j, struct end_rule *ret); /* strict */

#endif
