#include "endrule.h"

#include "jsonio.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALWAYS DAY_UNKNOWN

/* Starting points, to be changed by the organisation (ICO-RET-3: no period is set by law).  What somebody was, and what
 * only the body itself needs, goes first; six years are the usual time limit of accounting and tax law. */
static const struct end_rule defaults[] = {
    {"former_all", STATUS_FORMER, CATEGORY_NONE, 6, "time to settle what is open after leaving", ALWAYS},
    {"former_special", STATUS_FORMER, CATEGORY_SPECIAL, 0, "not needed once the membership has ended", ALWAYS},
    {"former_criminal", STATUS_FORMER, CATEGORY_CRIMINAL, 0, "not needed once the membership has ended", ALWAYS},
    {"former_financial", STATUS_FORMER, CATEGORY_FINANCIAL, 72, "tax and accounting law", ALWAYS},
    {"applicant_all", STATUS_APPLICANT, CATEGORY_NONE, 6, "an application that nobody decided is taken as dropped",
     ALWAYS},
    {"refused_all", STATUS_REFUSED, CATEGORY_NONE, 6, "time to appeal against the refusal", ALWAYS},
    {"refused_special", STATUS_REFUSED, CATEGORY_SPECIAL, 0, "not needed once membership was refused", ALWAYS},
    {"file_only_all", STATUS_FILE_ONLY, CATEGORY_NONE, 3, "time to find out who it is and to tell them", ALWAYS},
    {"other_all", STATUS_OTHER, CATEGORY_NONE, 24, "no contact for two years", ALWAYS},
};

size_t end_rule_default_count(void)
{
    return COUNT(defaults);
}

const struct end_rule *end_rule_default(size_t i)
{
    CHECK(i < COUNT(defaults));
    return &defaults[i];
}

/* Whether `r` goes before `best` (of the same person): its category is the narrower, or it is the newer. */
static bool goes_before(const struct end_rule *r, const struct end_rule *best)
{
    if (!best)
        return true;
    bool own = r->category != CATEGORY_NONE, best_own = best->category != CATEGORY_NONE;
    return own != best_own ? own : r->since >= best->since;
}

const struct end_rule *end_rule_for(const struct end_rule *rules, size_t count, enum person_status status,
                                    enum category category, int32_t today)
{
    const struct end_rule *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct end_rule *r = &rules[i];
        if (r->status != status || (r->category != CATEGORY_NONE && r->category != category) || r->since > today)
            continue;
        if (goes_before(r, best))
            best = r;
    }
    return best;
}

struct end_date end_date(const struct end_rule *rules, size_t count, enum person_status status, enum category category,
                         int32_t start, int32_t today)
{
    struct end_date end = {.rule = end_rule_for(rules, count, status, category, today), .day = DAY_UNKNOWN};
    if (end.rule)
        end.day = when_add_months(start, (int32_t)end.rule->months);
    return end;
}

bool past_end(const struct end_rule *rules, size_t count, enum person_status status, enum category category,
              int32_t start, int32_t today)
{
    struct end_date end = end_date(rules, count, status, category, start, today);
    return end.rule && end.day != DAY_UNKNOWN && today > end.day;
}

err end_rule_check(const struct end_rule *r)
{
    if (!field_key_ok(view_text(r->key)))
        return err_newf(ERR_INVALID, "\"{}\" can't be the key of a retention rule.",
                        "Use small letters, digits and underscores, a letter first.", err_name(r->key));
    if (r->status <= STATUS_NONE || r->status >= STATUS_COUNT)
        return err_newf(ERR_INVALID, "The retention rule \"{}\" has no status.",
                        "Choose member, former, applicant, refused, file-only or other.", err_name(r->key));
    if ((unsigned)r->category >= CATEGORY_COUNT)
        return err_newf(ERR_INVALID, "The retention rule \"{}\" has no category.", "Choose one, or all.",
                        err_name(r->key));
    if (r->months > END_RULE_MONTHS_MAX)
        return err_newf(ERR_INVALID, "The retention rule \"{}\" keeps data for more than {} months.",
                        "Say a time that the purpose really needs; \"just in case\" is no reason.", err_name(r->key),
                        err_int(END_RULE_MONTHS_MAX));
    if (!text_plain(r->reason, END_RULE_REASON_MAX))
        return err_newf(ERR_INVALID, "The retention rule \"{}\" gives no fit reason.",
                        "Say on one line why so long, at most {} bytes: people read it in letters.", err_name(r->key),
                        err_int(END_RULE_REASON_MAX));
    if (r->since != ALWAYS && (r->since < DAY_FIRST || r->since > DAY_LAST))
        return err_newf(ERR_INVALID, "The retention rule \"{}\" has no fit first day.",
                        "Give a date such as 2026-01-31.", err_name(r->key));
    return OK;
}

static json_t *since_to_json(int32_t since)
{
    if (since == ALWAYS)
        return json_null();
    struct buf day CLEANUP(buf_free) = BUF(32);
    when_put_day(&day, since);
    return buf_ok(&day).kind == ERR_OK ? json_stringn(buf_text(&day), day.len) : NULL;
}

err end_rule_to_json(const struct end_rule *r, json_t **ret)
{
    json_t *j = json_pack("{s:s, s:s, s:s, s:i, s:s, s:o}", "key", r->key, "status", status_name(r->status), "category",
                          r->category == CATEGORY_NONE ? "all" : category_name(r->category), "months", (int)r->months,
                          "reason", r->reason, "since", since_to_json(r->since));
    if (!j)
        return mem_none();
    *ret = j;
    return OK;
}

err end_rule_from_json(struct arena *a, const json_t *j, struct end_rule *ret)
{
    struct jsonio_in in;
    struct end_rule r = {.since = ALWAYS};
    struct view status, category;
    const json_t *since;
    uint64_t months;
    TRY(jsonio_open(a, j, "rule", &in));
    TRY(jsonio_line(&in, "key", FIELD_KEY_MAX, &r.key));
    TRY(jsonio_line(&in, "reason", END_RULE_REASON_MAX, &r.reason));
    TRY(jsonio_word(&in, "status", &status));
    TRY(jsonio_word(&in, "category", &category));
    TRY(jsonio_number(&in, "months", END_RULE_MONTHS_MAX, &months));
    TRY(jsonio_value(&in, "since", &since));
    if (!json_is_null(since))
        TRY(when_parse_day(view_of(json_string_value(since), json_string_length(since)), &r.since));
    TRY(jsonio_close(&in));
    r.status = status_find(status);
    r.category = category_find(category);
    r.months = (uint32_t)months;
    if (r.category == CATEGORY_NONE && !view_equal(category, view_text("all")))
        return err_newf(ERR_INVALID, "The retention rule \"{}\" has no category.", "Choose one, or all.",
                        err_name(r.key));
    TRY(end_rule_check(&r));
    *ret = r;
    return OK;
}
