#include "wording.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HEADING_BYTES = 48 };

/* --- the rules --- */

struct rule {
    const char *id, *instead;
    const char *const *phrases; /* NULL ends them; a blank is any white space */
};

#define PHRASES(...) (const char *const[]) { __VA_ARGS__, NULL }
static const struct rule rules[] = {
    {"incident", "Write \"data breach\".", PHRASES("incident", "incidents", "cyber incident", "event", "events")},
    {"unnamed", "Write the company's legal name.", PHRASES("third party", "third parties", "third-party", "supplier", "suppliers", "partner", "partners", "vendor", "vendors")},
    {"perhaps", "Write yes, no, or \"not known yet\".", PHRASES("may have been", "may have", "might", "potentially", "possibly", "could have been")},
    {"no-evidence", "Write \"Not found. We looked at ... on ...\" or \"Not known yet\".",
     PHRASES("no evidence", "no indication", "not aware of any", "no reason to believe")},
    {"technical", "Write locked, copied, was in a data breach; criminals, or who it was.",
     PHRASES("rendered inaccessible", "exfiltrated", "exfiltration", "compromised", "unauthorised party", "unauthorized party", "unauthorised third party", "threat actor")},
    {"vague", "Write the whole list, or the number.",
     PHRASES("including", "such as", "certain", "some", "a small number", "limited", "a number of", "among others", "for example")},
    {"empty", "Write what was done, with its date; \"I am sorry\", for what.",
     PHRASES("very seriously", "takes seriously", "take seriously", "robust", "committed to", "abundance of caution", "sophisticated attack", "any inconvenience")},
    {"vigilant", "Write a thing to do, to whom, when.", PHRASES("be vigilant", "remain vigilant", "stay vigilant", "stay alert")},
    {"secret", "Write \"You may show this letter to anyone.\"", PHRASES("do not share", "don't share", "not share this", "keep this confidential")},
    {"appeal", "Take it out.", PHRASES("donate", "donation", "vote for", "renew your membership", "survey", "follow us")},
    {"link", "Write an address to type, without https:// or www.", PHRASES("click", "http://", "https://", "www.")},
};
static const char long_rule[] = "long-sentence", mean_rule[] = "mean-sentence";

/* --- findings --- */

struct checker {
    struct arena *a;
    struct view text;
    const char *const *names;
    size_t name_count;
    struct wording *w;
    struct wording_finding *list;
    size_t room;
};

static err find(struct checker *c, const char *rule, const char *instead, size_t at, size_t len)
{
    if (c->w->count == c->room) {
        size_t room = c->room ? 2 * c->room : 16;
        struct wording_finding *more = arena_array(c->a, room, sizeof *more);
        ENSURE(more, mem_none());
        if (c->w->count)
            memcpy(more, c->list, c->w->count * sizeof *more);
        c->list = more;
        c->room = room;
    }
    c->list[c->w->count++] = (struct wording_finding){.rule = rule, .instead = instead, .at = at, .len = len};
    c->w->list = c->list;
    return OK;
}

static void put_places(struct checker *c)
{
    uint64_t line = 1, column = 1;
    size_t at = 0;
    for (size_t i = 0; i < c->w->count; i++)
        for (; at <= c->list[i].at && at <= c->text.len; at++) {
            if (at == c->list[i].at) {
                c->list[i].line = line;
                c->list[i].column = column;
                break;
            }
            bool ends = c->text.p[at] == '\n';
            line += ends;
            column = ends ? 1 : column + ((c->text.p[at] & 0xc0) != 0x80);
        }
}

/* --- words --- */

static bool is_letter(uint8_t c)
{
    return isalnum(c) || c >= 0x80;
}

/* How long what stands at `at` is, if it is the phrase; else 0. */
static size_t phrase_len(struct view text, size_t at, const char *phrase)
{
    size_t i = at;
    bool word = is_letter((uint8_t)phrase[0]);
    if (word && at && is_letter(text.p[at - 1]))
        return 0;
    for (; *phrase; phrase++) {
        if (*phrase == ' ') {
            size_t from = i;
            while (i < text.len && isspace(text.p[i]))
                i++;
            if (i == from)
                return 0;
            continue;
        }
        if (i >= text.len || tolower(text.p[i]) != tolower((uint8_t)*phrase))
            return 0;
        i++;
    }
    return is_letter(text.p[i - 1]) && i < text.len && is_letter(text.p[i]) ? 0 : i - at;
}

/* The end of the longest name that begins here, or `at`. */
static size_t behind_name(const struct checker *c, size_t at)
{
    size_t most = 0;
    for (size_t i = 0; i < c->name_count; i++) {
        size_t len = c->names[i][0] ? phrase_len(c->text, at, c->names[i]) : 0;
        most = len > most ? len : most;
    }
    return at + most;
}

static err check_at(struct checker *c, size_t at, size_t *ret_end)
{
    size_t most = 0;
    const struct rule *of = NULL;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        for (const char *const *p = rules[i].phrases; *p; p++) {
            size_t len = phrase_len(c->text, at, *p);
            of = len > most ? &rules[i] : of;
            most = len > most ? len : most;
        }
    *ret_end = at + (most ? most : 1);
    return of ? find(c, of->id, of->instead, at, most) : OK;
}

static err check_words(struct checker *c)
{
    for (size_t at = 0, end; at < c->text.len; at = end) {
        end = behind_name(c, at);
        if (end == at)
            TRY(check_at(c, at, &end));
    }
    return OK;
}

/* --- sentences --- */


/* "1." or "-" before a blank: how long; else 0. */
static size_t point_len(struct view text, size_t at)
{
    size_t i = at;
    while (i < text.len && isdigit(text.p[i]))
        i++;
    if (i > at && i - at <= 2 && i + 1 < text.len && text.p[i] == '.' && text.p[i + 1] == ' ')
        return i + 1 - at;
    return i == at && i + 1 < text.len && strchr("-*|", text.p[i]) && text.p[i] && text.p[i + 1] == ' ' ? 1 : 0;
}

/* Whether the line that begins here begins something new. */
static bool begins_new(struct view text, size_t at)
{
    return at >= text.len || isspace(text.p[at]) || point_len(text, at) > 0;
}

/* The line that ends here is short, the first of its paragraph, and the next does not go on with it. */
static bool is_heading(struct view text, size_t at)
{
    size_t from = at;
    while (from > 0 && text.p[from - 1] != '\n')
        from--;
    bool first = from == 0 || from == 1 || text.p[from - 2] == '\n';
    return first && at - from <= HEADING_BYTES && at + 1 < text.len && !islower(text.p[at + 1]);
}

static bool ends_here(struct view text, size_t at)
{
    uint8_t c = text.p[at];
    if (c == '\n')
        return begins_new(text, at + 1) || is_heading(text, at);
    if (c != '.' && c != '?' && c != '!')
        return false;
    size_t i = at + 1;
    while (i < text.len && (text.p[i] == '"' || text.p[i] == ')' || text.p[i] == '*'))
        i++;
    if (i < text.len && !isspace(text.p[i]))
        return false;
    while (i < text.len && isspace(text.p[i]))
        i++;
    return i >= text.len || !islower(text.p[i]);
}

static err end_sentence(struct checker *c, size_t from, size_t to, size_t words, bool running)
{
    if (words == 0 || !running)
        return OK;
    c->w->sentences++;
    c->w->words += words;
    return words > WORDING_SENTENCE_MOST ? find(c, long_rule, "Make two sentences of it: at most 28 words.", from, to - from) : OK;
}

/* Headings, addresses and the cells of lists end in no sign: they are no sentences, but as long as one they are told. */
static err check_sentences(struct checker *c)
{
    size_t from = 0, words = 0;
    bool inside = false;
    for (size_t at = 0; at < c->text.len; at++) {
        size_t point = at == 0 || c->text.p[at - 1] == '\n' ? point_len(c->text, at) : 0;
        at += point;
        bool letter = is_letter(c->text.p[at]) || (inside && c->text.p[at] == '\'');
        from = letter && words == 0 && !inside ? at : from;
        words += letter && !inside && (at == 0 || !strchr("-.@/", c->text.p[at - 1]) || isspace(c->text.p[at - 1]));
        inside = letter;
        if (!ends_here(c->text, at))
            continue;
        TRY(end_sentence(c, from, at, words, c->text.p[at] != '\n' || words > WORDING_SENTENCE_MOST));
        words = 0;
    }
    return end_sentence(c, from, c->text.len, words, words > WORDING_SENTENCE_MOST);
}

static int by_place(const void *a, const void *b)
{
    const struct wording_finding *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

err wording_check(struct arena *a, struct view text, const char *const *names, size_t name_count, struct wording *ret)
{
    *ret = (struct wording){0};
    struct checker c = {.a = a, .text = text, .names = names, .name_count = name_count, .w = ret};
    TRY(check_words(&c));
    TRY(check_sentences(&c));
    if (ret->count)
        qsort(c.list, ret->count, sizeof c.list[0], by_place);
    put_places(&c);
    if (ret->sentences && ret->words > ret->sentences * WORDING_SENTENCE_MEAN) {
        TRY(find(&c, mean_rule, "Write shorter sentences: at most 14 words in the mean.", 0, text.len));
        c.list[ret->count - 1].line = c.list[ret->count - 1].column = 1;
    }
    return OK;
}
