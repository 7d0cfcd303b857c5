/* The words of the command line. */
#include <string.h>

#include "incident.h"
#include "limits.h"

static bool is(struct view text, const char *word)
{
    return view_equal(text, view_text(word));
}

static struct view trimmed(struct view v)
{
    while (v.len && (v.p[0] == ' ' || v.p[0] == '\t')) {
        v.p++;
        v.len--;
    }
    while (v.len && (v.p[v.len - 1] == ' ' || v.p[v.len - 1] == '\t'))
        v.len--;
    return v;
}

err incident_parse_fact(struct arena *a, const char *words, struct incident_fact *ret)
{
    const char *colon = strchr(words, ':');
    struct view word = trimmed(view_of(words, colon ? (size_t)(colon - words) : strlen(words)));
    struct view rest = trimmed(colon ? view_text(colon + 1) : view_of(words, 0));
    ENSURE(rest.len <= LIMIT_INCIDENT_TEXT, err_newf(ERR_LIMIT, "The reason is longer than {} bytes.",
                                                     "Write it shorter.", err_int(LIMIT_INCIDENT_TEXT)));
    struct incident_fact fact = {INCIDENT_NOT_KNOWN, "", INCIDENT_NO_TIME};
    bool not_known = is(word, "unknown") || is(word, "not known") || is(word, "not-known");
    ENSURE(not_known || is(word, "yes") || is(word, "no"),
           err_new(ERR_USAGE, "That is none of the answers.",
                   "Say yes, \"yes: words\", \"no: how that is known\", or unknown."));
    ENSURE(!not_known || rest.len == 0, err_new(ERR_USAGE, "\"unknown\" takes no words after it.",
                                                "Put them into the timeline; give the date of the next word apart."));
    if (!not_known)
        fact.answer = is(word, "yes") ? INCIDENT_YES : INCIDENT_NO;
    ENSURE(fact.answer != INCIDENT_NO || rest.len,
           err_new(ERR_USAGE, "\"no\" needs a reason.",
                   "Say how that is known, who checked, until when: \"no: our copies were compared on 10 March\". "
                   "Without that it is \"unknown\"."));
    if (rest.len) {
        fact.reason = arena_text(a, (const char *)rest.p, rest.len);
        ENSURE(fact.reason, mem_none());
    }
    *ret = fact;
    return OK;
}

static err parse_edge(struct view text, bool is_end, const struct when_zone *zone, struct incident_edge *ret)
{
    struct incident_edge edge = {INCIDENT_EDGE_UNKNOWN, {0, 0}};
    text = trimmed(text);
    if (is(text, "ongoing")) {
        ENSURE(is_end, err_new(ERR_USAGE, "Only the end of an incident can be \"ongoing\".",
                               "Give the beginning as a time or as \"unknown\"."));
        edge.state = INCIDENT_EDGE_ONGOING;
    } else if (!is(text, "unknown")) {
        TRY(when_parse_range(text, zone, &edge.range));
        edge.state = INCIDENT_EDGE_KNOWN;
    }
    if (edge.range.earliest == WHEN_UNKNOWN_EARLY && edge.range.latest == WHEN_UNKNOWN_LATE)
        edge = (struct incident_edge){INCIDENT_EDGE_UNKNOWN, {0, 0}};
    *ret = edge;
    return OK;
}

err incident_parse_edge(const char *words, bool is_end, const struct when_zone *zone, struct incident_edge *ret)
{
    return parse_edge(view_text(words), is_end, zone, ret);
}

err incident_parse_window(const char *words, const struct when_zone *zone, struct incident_edge *from,
                          struct incident_edge *to)
{
    const char *dots = strstr(words, "..");
    struct incident_edge f, t;
    if (dots) {
        TRY(parse_edge(view_of(words, (size_t)(dots - words)), false, zone, &f));
        TRY(parse_edge(view_text(dots + 2), true, zone, &t));
    } else {
        TRY(parse_edge(view_text(words), false, zone, &f));
        t = f;
    }
    TRY(incident_check_window(f, t));
    *from = f;
    *to = t;
    return OK;
}
