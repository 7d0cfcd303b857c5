#include "select.h"

#include <string.h>
#include <strings.h>

#include "select_int.h"
#include "text.h"

size_t select_name_count(const struct select *s)
{
    return s->name_count;
}

const char *select_name(const struct select *s, size_t i)
{
    CHECK(i < s->name_count);
    return s->names[i];
}

size_t select_given_count(const struct select *s)
{
    return s->given_count;
}

const char *select_given(const struct select *s, size_t i)
{
    CHECK(i < s->given_count);
    return s->given[i];
}

static bool digits(struct view v, size_t *at, size_t max, int64_t *number)
{
    size_t start = *at;
    while (*at < v.len && v.p[*at] >= '0' && v.p[*at] <= '9') {
        if (*at - start == max)
            return false;
        *number = *number * 10 + (v.p[(*at)++] - '0');
    }
    return *at > start;
}

bool select_number(struct view text, int64_t *ret)
{
    size_t at = 0;
    bool minus = text.len > 0 && text.p[0] == '-';
    at += minus;
    int64_t n = 0;
    if (!digits(text, &at, 12, &n))
        return false;
    size_t point = at;
    if (at < text.len && text.p[at] == '.') {
        at++;
        if (!digits(text, &at, 6, &n))
            return false;
    }
    for (size_t places = at > point ? at - point - 1 : 0; places < 6; places++)
        n *= 10;
    *ret = minus ? -n : n;
    return at == text.len;
}

static bool same(struct view v, const char *word)
{
    return v.len == strlen(word) && strncasecmp((const char *)v.p, word, v.len) == 0;
}

bool select_yes_no(struct view text, bool *ret)
{
    *ret = same(text, "yes") || same(text, "true") || same(text, "1");
    return *ret || same(text, "no") || same(text, "false") || same(text, "0");
}

err select_normal(enum select_kind kind, struct view text, struct buf *to)
{
    if (kind == KIND_POSTCODE && text_postcode(to, text).kind == ERR_OK)
        return OK;
    err_clear();
    return text_fold(to, text, TEXT_MARKS);
}

static enum truth truth_of(bool yes)
{
    return yes ? TRUTH_YES : TRUTH_NO;
}

/* Of a range against a limit: yes if all of it, no if none of it. */
static enum truth before(int32_t earliest, int32_t latest, int32_t day)
{
    return latest < day ? TRUTH_YES : earliest >= day ? TRUTH_NO : TRUTH_UNKNOWN;
}

static enum truth negate(enum truth t)
{
    return (enum truth)(TRUTH_YES - t);
}

static enum truth both(enum truth a, enum truth b)
{
    return a < b ? a : b;
}

static enum truth either(enum truth a, enum truth b)
{
    return a > b ? a : b;
}

static enum truth date_is(enum select_op op, const struct select_value *v, const struct select_literal *l)
{
    if (v->earliest > v->latest)
        return TRUTH_UNKNOWN;
    enum truth sooner = before(v->earliest, v->latest, l->first);
    enum truth not_later = v->latest <= l->last ? TRUTH_YES : v->earliest > l->last ? TRUTH_NO : TRUTH_UNKNOWN;
    switch (op) {
    case OP_LESS:
        return sooner;
    case OP_AT_MOST:
        return not_later;
    case OP_MORE:
        return negate(not_later);
    case OP_AT_LEAST:
        return negate(sooner);
    case OP_EQUAL:
    case OP_EMPTY:
        break;
    }
    return both(negate(sooner), not_later);
}

static enum truth number_is(enum select_op op, struct view text, int64_t than)
{
    int64_t n = 0;
    if (!select_number(text, &n))
        return TRUTH_UNKNOWN;
    switch (op) {
    case OP_LESS:
        return truth_of(n < than);
    case OP_AT_MOST:
        return truth_of(n <= than);
    case OP_MORE:
        return truth_of(n > than);
    case OP_AT_LEAST:
        return truth_of(n >= than);
    case OP_EQUAL:
    case OP_EMPTY:
        break;
    }
    return truth_of(n == than);
}

static enum truth yes_no_is(struct view text, bool yes)
{
    bool said = false;
    return select_yes_no(text, &said) ? truth_of(said == yes) : TRUTH_UNKNOWN;
}

static enum truth status_is(struct view text, enum person_status status)
{
    enum person_status s = status_find(text);
    if (s == STATUS_NONE)
        return TRUTH_UNKNOWN;
    return truth_of(s == status);
}

/* `normal`: the text of the value in the form in which texts are compared; empty for other kinds. */
static enum truth value_is(enum select_kind kind, enum select_op op, const struct select_value *v, struct view normal,
                           const struct select_literal *l)
{
    switch (kind) {
    case KIND_DATE:
        return date_is(op, v, l);
    case KIND_NUMBER:
        return number_is(op, v->text, l->number);
    case KIND_YES_NO:
        return yes_no_is(v->text, l->yes);
    case KIND_STATUS:
        return status_is(v->text, l->status);
    case KIND_TEXT:
    case KIND_POSTCODE:
        break;
    }
    return truth_of(view_equal(normal, l->text));
}

static bool is_text(enum select_kind kind)
{
    return kind == KIND_TEXT || kind == KIND_POSTCODE;
}

size_t select_text_count(const struct select *s)
{
    return s->literal_count;
}

bool select_text(const struct select *s, size_t i, const char **ret_name, struct view *ret_text)
{
    size_t t = 0;
    while (i < s->terms[t].literal || i - s->terms[t].literal >= s->terms[t].literal_count)
        CHECK(++t < s->term_count);
    *ret_name = s->names[s->terms[t].name];
    *ret_text = s->literals[i].text;
    return is_text(s->kinds[s->terms[t].name]);
}

/* Texts that are equal have the same fingerprint; those with the same need not be equal. */
static enum truth print_is(enum select_kind kind, const struct select_value *v, const uint8_t *print)
{
    bool differs = is_text(kind) && print && !view_equal(v->text, view_of(print, TOKEN_BYTES));
    return differs ? TRUTH_NO : TRUTH_UNKNOWN;
}

static enum truth literals_are(const struct select *s, const struct select_term *t, const uint8_t (*prints)[TOKEN_BYTES],
                               const struct select_value *v, struct view normal)
{
    enum select_kind kind = s->kinds[t->name];
    enum truth any = TRUTH_NO;
    for (size_t k = 0; k < t->literal_count; k++) {
        size_t at = t->literal + k;
        any = either(any, v->print ? print_is(kind, v, prints ? prints[at] : NULL) : value_is(kind, t->op, v, normal, &s->literals[at]));
    }
    return any;
}

static bool is_first_of_voice(const struct select_values *v, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (v->list[k].voice == v->list[i].voice)
            return false;
    return true;
}

/* Whether any value of this voice makes the term true. */
static err voice_says(const struct select *s, const struct select_term *t, const uint8_t (*prints)[TOKEN_BYTES],
                      const struct select_values *v, uint8_t voice, struct buf *normal, enum truth *ret)
{
    enum select_kind kind = s->kinds[t->name];
    *ret = TRUTH_NO;
    for (size_t i = 0; i < v->count; i++) {
        const struct select_value *value = &v->list[i];
        if (value->voice != voice)
            continue;
        buf_clear(normal);
        if (is_text(kind) && !value->print)
            TRY(select_normal(kind, value->text, normal));
        *ret = either(*ret, literals_are(s, t, prints, value, buf_view(normal)));
    }
    return OK;
}

/* Whether the values make the term true, its negation left aside. */
static err values_are(const struct select *s, const struct select_term *t, const uint8_t (*prints)[TOKEN_BYTES],
                      const struct select_values *v, struct buf *normal, enum truth *ret)
{
    *ret = TRUTH_NO;
    for (size_t i = 0; i < v->count; i++) {
        enum truth one;
        if (!is_first_of_voice(v, i))
            continue;
        TRY(voice_says(s, t, prints, v, v->list[i].voice, normal, &one));
        *ret = i == 0 || one == *ret ? one : TRUTH_UNKNOWN;
    }
    return OK;
}

static err term_is(const struct select *s, const struct select_term *t, const uint8_t (*prints)[TOKEN_BYTES],
                   const struct select_values *v, struct buf *normal, enum truth *ret)
{
    enum truth plain = TRUTH_UNKNOWN;
    if (t->op == OP_EMPTY && v->state != SELECT_UNKNOWN)
        plain = truth_of(v->state == SELECT_KNOWN && v->count == 0);
    else if (v->state == SELECT_KNOWN)
        TRY(values_are(s, t, prints, v, normal, &plain));
    *ret = t->negated ? negate(plain) : plain;
    return OK;
}

static enum truth run(const struct select *s, const enum truth *terms)
{
    enum truth stack[LIMIT_SELECT_TERMS];
    size_t n = 0, term = 0;
    for (size_t i = 0; i < s->step_count; i++) {
        switch (s->steps[i]) {
        case STEP_TERM:
            stack[n++] = terms[term++];
            break;
        case STEP_NOT:
            stack[n - 1] = negate(stack[n - 1]);
            break;
        case STEP_AND:
            n--;
            stack[n - 1] = both(stack[n - 1], stack[n]);
            break;
        case STEP_OR:
            n--;
            stack[n - 1] = either(stack[n - 1], stack[n]);
            break;
        }
    }
    CHECK(n == 1 && term == s->term_count);
    return stack[0];
}

err select_eval(const struct select *s, const uint8_t (*prints)[TOKEN_BYTES], select_lookup lookup, void *context, enum truth *ret)
{
    enum truth terms[LIMIT_SELECT_TERMS];
    struct buf normal CLEANUP(buf_free) = BUF(LIMIT_CELL_BYTES * 4u);
    for (size_t name = 0; name < s->name_count; name++) {
        struct select_values values = {0};
        TRY(lookup(context, name, s->names[name], &values));
        for (size_t i = 0; i < s->term_count; i++)
            if (s->terms[i].name == name)
                TRY(term_is(s, &s->terms[i], prints, &values, &normal, &terms[i]));
    }
    *ret = run(s, terms);
    return OK;
}
