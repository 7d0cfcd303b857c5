/* From text to a postfix program, without recursion: operators wait on a stack (shunting-yard). */
#include <string.h>

#include "foldname.h"
#include "select_int.h"
#include "text.h"
#include "when.h"

enum token_kind { T_END, T_WORD, T_STRING, T_BARE, T_OPEN, T_CLOSE, T_COMMA, T_OP };

struct token {
    enum token_kind kind;
    struct view text; /* a string without its quotes, doubled ones not yet undone */
    size_t at;        /* offset */
    enum select_op op;
    bool negated;
};

enum waiting { WAIT_OPEN, WAIT_OR, WAIT_AND, WAIT_NOT }; /* by how tightly they bind */

struct parser {
    struct arena *a;
    const struct catalogue *c;
    const char *where;
    struct view text;
    size_t at;
    struct token token; /* the next one, not yet taken */
    struct select *to;
    struct {
        enum waiting what;
        size_t at;
    } stack[LIMIT_SELECT_DEPTH];
    size_t depth;
    size_t step_max;
};

static err placed(const struct parser *p, size_t at, err e)
{
    return err_at(e, p->where, 1, text_characters((struct view){p->text.p, at}) + 1);
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static err read_string(struct parser *p)
{
    uint8_t quote = p->text.p[p->at];
    size_t start = p->at + 1;
    for (size_t i = start; i < p->text.len; i++) {
        if (p->text.p[i] != quote)
            continue;
        if (i + 1 < p->text.len && p->text.p[i + 1] == quote) {
            i++;
            continue;
        }
        p->token.kind = T_STRING;
        p->token.text = (struct view){p->text.p + start, i - start};
        p->at = i + 1;
        return OK;
    }
    return placed(p, p->at, err_new(ERR_INVALID, "This quote is never closed.", "End the text with the same quote."));
}

struct symbol {
    const char *text;
    enum token_kind kind;
    enum select_op op;
    bool negated;
};

/* Longer ones first. */
static const struct symbol symbols[] = {
    {"!=", T_OP, OP_EQUAL, true},     {"<>", T_OP, OP_EQUAL, true},    {"<=", T_OP, OP_AT_MOST, false},
    {">=", T_OP, OP_AT_LEAST, false}, {"==", T_OP, OP_EQUAL, false},   {"=", T_OP, OP_EQUAL, false},
    {"<", T_OP, OP_LESS, false},      {">", T_OP, OP_MORE, false},     {"(", T_OPEN, OP_EQUAL, false},
    {")", T_CLOSE, OP_EQUAL, false},  {",", T_COMMA, OP_EQUAL, false},
};

static err read_symbol(struct parser *p)
{
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        const struct symbol *s = &symbols[i];
        size_t len = strlen(s->text);
        if (p->text.len - p->at < len || memcmp(p->text.p + p->at, s->text, len) != 0)
            continue;
        p->token.kind = s->kind;
        p->token.op = s->op;
        p->token.negated = s->negated;
        p->at += len;
        return OK;
    }
    return placed(p, p->at,
                  err_new(ERR_INVALID, "This sign has no place in a selection.",
                          "Write comparisons such as: status = \"former\" and left < 2019-01-01. Text stands in "
                          "straight quotes."));
}

/* Takes the present token and reads the next. */
static err next(struct parser *p)
{
    while (p->at < p->text.len && is_space(p->text.p[p->at]))
        p->at++;
    p->token = (struct token){.kind = T_END, .at = p->at};
    if (p->at == p->text.len)
        return OK;
    uint8_t c = p->text.p[p->at];
    if (c == '"' || c == '\'')
        return read_string(p);
    bool bare = is_digit(c) || (c == '-' && p->at + 1 < p->text.len && is_digit(p->text.p[p->at + 1]));
    if (!bare && !is_letter(c))
        return read_symbol(p);
    size_t start = p->at++;
    while (p->at < p->text.len) {
        c = p->text.p[p->at];
        if (!is_letter(c) && !is_digit(c) && !(bare && (c == '-' || c == '.' || c == '/' || c == ':')))
            break;
        p->at++;
    }
    p->token.kind = bare ? T_BARE : T_WORD;
    p->token.text = (struct view){p->text.p + start, p->at - start};
    return OK;
}

static bool same_word(struct view v, const char *word)
{
    if (v.len != strlen(word))
        return false;
    for (size_t i = 0; i < v.len; i++)
        if ((v.p[i] | 0x20) != (uint8_t)word[i])
            return false;
    return true;
}

static bool at_word(const struct parser *p, const char *word)
{
    return p->token.kind == T_WORD && same_word(p->token.text, word);
}

static err expected(const struct parser *p, err e)
{
    return placed(p, p->token.at, e);
}

struct builtin {
    const char *name;
    enum select_kind kind;
    const char *given;
};

static const struct builtin builtins[] = {
    {"status", KIND_STATUS, FIELD_MEMBERSHIP},
    {"joined", KIND_DATE, FIELD_MEMBERSHIP},
    {"left", KIND_DATE, FIELD_MEMBERSHIP},
    {"deceased", KIND_YES_NO, FIELD_DECEASED},
};
enum { BUILTINS = sizeof builtins / sizeof builtins[0] };

static enum select_kind kind_of(const struct field *f)
{
    static const enum select_kind kinds[TYPE_COUNT] = {[TYPE_DATE] = KIND_DATE,
                                                       [TYPE_NUMBER] = KIND_NUMBER,
                                                       [TYPE_YES_NO] = KIND_YES_NO,
                                                       [TYPE_POSTCODE] = KIND_POSTCODE};
    return kinds[f->type];
}

static err no_such_field(struct parser *p, const char *typed)
{
    size_t count = p->c->count + BUILTINS;
    const char **all CLEANUP(mem_release) = mem_array(count, sizeof *all);
    if (!all)
        return mem_none();
    for (size_t i = 0; i < BUILTINS; i++)
        all[i] = builtins[i].name;
    for (size_t i = 0; i < p->c->count; i++)
        all[BUILTINS + i] = p->c->fields[i].key;
    long near = text_nearest(typed, all, count);
    if (near >= 0)
        return expected(p, err_newf(ERR_INVALID, "There is no field \"{}\".", "Did you mean {}?", err_name(typed),
                                    err_name(all[near])));
    return expected(p,
                    err_newf(ERR_INVALID, "There is no field \"{}\".",
                             "`candour field list` shows the fields; status, joined, left and deceased are there too.",
                             err_name(typed)));
}

static void add_given(struct select *s, const char *key)
{
    for (size_t i = 0; i < s->given_count; i++)
        if (strcmp(s->given[i], key) == 0)
            return;
    s->given[s->given_count++] = key;
}

static size_t add_name(struct select *s, const char *name, enum select_kind kind, const char *given)
{
    add_given(s, given);
    for (size_t i = 0; i < s->name_count; i++)
        if (strcmp(s->names[i], name) == 0)
            return i;
    s->names[s->name_count] = name;
    s->kinds[s->name_count] = kind;
    return s->name_count++;
}

/* The field that the present token names. */
static err read_name(struct parser *p, struct select_term *term, bool *ret_presence_only)
{
    char *typed = arena_text(p->a, (const char *)p->token.text.p, p->token.text.len);
    if (!typed)
        return mem_none();
    for (size_t i = 0; typed[i]; i++)
        if (typed[i] >= 'A' && typed[i] <= 'Z')
            typed[i] = (char)(typed[i] - 'A' + 'a');
    *ret_presence_only = false;
    for (size_t i = 0; i < BUILTINS; i++) {
        if (strcmp(builtins[i].name, typed) != 0)
            continue;
        term->name = add_name(p->to, builtins[i].name, builtins[i].kind, builtins[i].given);
        return next(p);
    }
    const struct field *f = catalogue_find(p->c, view_text(typed));
    if (!f)
        return no_such_field(p, typed);
    *ret_presence_only = f->presence_only;
    term->name = add_name(p->to, f->key, kind_of(f), f->key);
    return next(p);
}

/* 2019, 2019-01, 2019-01-31. */
static bool read_date(struct view v, struct select_literal *to)
{
    if (v.len == 10) {
        bool good = when_parse_day(v, &to->first).kind == ERR_OK;
        to->last = to->first;
        return good;
    }
    if (v.len != 4 && v.len != 7)
        return false;
    char day[] = "0000-01-01";
    memcpy(day, v.p, v.len);
    if (when_parse_day(view_text(day), &to->first).kind != ERR_OK)
        return false;
    struct when_date d = when_date(to->first);
    int month = v.len == 7 ? d.month : 12;
    to->last = when_day(d.year, month, when_month_days(d.year, month));
    return true;
}

/* The text of a string token, doubled quotes undone, in the form in which it is compared. */
static err read_text(struct parser *p, enum select_kind kind, struct select_literal *to)
{
    struct view v = p->token.text;
    struct buf plain CLEANUP(buf_free) = BUF(LIMIT_SELECT_BYTES);
    struct buf normal CLEANUP(buf_free) = BUF(LIMIT_SELECT_BYTES * 4);
    uint8_t quote = p->token.kind == T_STRING ? v.p[-1] : 0;
    for (size_t i = 0; i < v.len; i++) {
        buf_u8(&plain, v.p[i]);
        if (quote && v.p[i] == quote)
            i++;
    }
    TRY(buf_ok(&plain));
    TRY(select_normal(kind, buf_view(&plain), &normal));
    if (normal.len == 0)
        return expected(p,
                        err_new(ERR_INVALID, "This text is empty.", "For a field without value write: FIELD is empty."));
    char *copy = arena_text(p->a, (const char *)normal.p, normal.len);
    if (!copy)
        return mem_none();
    to->text = view_of(copy, normal.len);
    return OK;
}

static err read_status(struct parser *p, struct select_literal *to)
{
    if (p->token.kind == T_STRING)
        to->status = status_find(p->token.text);
    if (to->status == STATUS_NONE)
        return expected(p, err_new(ERR_INVALID, "This is not a status.",
                                   "Write one of \"member\", \"former\", \"applicant\", \"refused\", \"file-only\", "
                                   "\"other\", in quotes."));
    return OK;
}

static err read_value(struct parser *p, enum select_kind kind, struct select_literal *to)
{
    const struct token *t = &p->token;
    bool is_value = t->kind == T_STRING || t->kind == T_BARE || t->kind == T_WORD;
    if (!is_value)
        return expected(p, err_new(ERR_INVALID, "A value is missing here.",
                                   "Write a text in quotes, a number, or a date such as 2019-01-31."));
    switch (kind) {
    case KIND_DATE:
        if (t->kind != T_BARE || !read_date(t->text, to))
            return expected(
                p, err_new(ERR_INVALID, "A date is compared with something that is no date.",
                           "Write year, month and day without quotes, such as 2019-01-31, or 2019-01, or 2019."));
        return OK;
    case KIND_NUMBER:
        if (t->kind != T_BARE || !select_number(t->text, &to->number))
            return expected(p, err_new(ERR_INVALID, "A number is compared with something that is no number.",
                                       "Write it without quotes, such as 12 or 12.50."));
        return OK;
    case KIND_YES_NO:
        if ((t->kind != T_WORD && t->kind != T_STRING) || !select_yes_no(t->text, &to->yes))
            return expected(p, err_new(ERR_INVALID, "This field holds yes or no.", "Write yes or no."));
        return OK;
    case KIND_STATUS:
        return read_status(p, to);
    case KIND_TEXT:
    case KIND_POSTCODE:
        break;
    }
    if (t->kind == T_WORD)
        return expected(p, err_new(ERR_INVALID, "Text must stand in quotes.", "Put quotes around it: \"text\"."));
    return read_text(p, kind, to);
}

static err add_value(struct parser *p, struct select_term *term)
{
    struct select *s = p->to;
    if (s->literal_count == LIMIT_SELECT_VALUES)
        return expected(p, err_newf(ERR_LIMIT, "The selection has more than {} values.", "Split it in two.",
                                    err_int(LIMIT_SELECT_VALUES)));
    struct select_literal *l = &s->literals[s->literal_count];
    *l = (struct select_literal){0};
    TRY(read_value(p, s->kinds[term->name], l));
    s->literal_count++;
    term->literal_count++;
    return next(p);
}

static err read_list(struct parser *p, struct select_term *term)
{
    if (p->token.kind != T_OPEN)
        return expected(p, err_new(ERR_INVALID, "After \"in\" comes a list.", "Write: in (\"a\", \"b\")."));
    TRY(next(p));
    TRY(add_value(p, term));
    while (p->token.kind == T_COMMA) {
        TRY(next(p));
        TRY(add_value(p, term));
    }
    if (p->token.kind != T_CLOSE)
        return expected(p,
                        err_new(ERR_INVALID, "The list isn't closed.", "Put commas between values and ) at the end."));
    return next(p);
}

static err read_empty(struct parser *p, struct select_term *term)
{
    term->op = OP_EMPTY;
    if (at_word(p, "not")) {
        term->negated = true;
        TRY(next(p));
    }
    if (!at_word(p, "empty"))
        return expected(p, err_new(ERR_INVALID, "After \"is\" comes \"empty\" or \"not empty\".",
                                   "To compare with a value write = instead."));
    return next(p);
}

static err no_comparison(const struct parser *p)
{
    return expected(
        p, err_new(ERR_INVALID, "A comparison is missing here.",
                   "After the name of a field comes one of = != < <= > >=, in (...), not in (...), is empty, is "
                   "not empty."));
}

static err read_compare(struct parser *p, struct select_term *term)
{
    if (p->token.kind != T_OP) {
        term->negated = at_word(p, "not");
        if (term->negated)
            TRY(next(p));
        if (!at_word(p, "in"))
            return no_comparison(p);
        TRY(next(p));
        return read_list(p, term);
    }
    enum select_kind kind = p->to->kinds[term->name];
    term->op = p->token.op;
    term->negated = p->token.negated;
    if (term->op != OP_EQUAL && kind != KIND_DATE && kind != KIND_NUMBER)
        return expected(p, err_new(ERR_INVALID, "Only dates and numbers have an order.",
                                   "Compare this field with = or != or in (...)."));
    TRY(next(p));
    return add_value(p, term);
}

static err add_step(struct parser *p, enum select_step step)
{
    CHECK(p->to->step_count < p->step_max);
    p->to->steps[p->to->step_count++] = step;
    return OK;
}

static err read_term(struct parser *p)
{
    struct select *s = p->to;
    if (s->term_count == LIMIT_SELECT_TERMS)
        return expected(p, err_newf(ERR_LIMIT, "The selection has more than {} comparisons.", "Split it in two.",
                                    err_int(LIMIT_SELECT_TERMS)));
    struct select_term term = {.literal = s->literal_count};
    bool presence_only = false;
    TRY(read_name(p, &term, &presence_only));
    if (at_word(p, "is")) {
        TRY(next(p));
        TRY(read_empty(p, &term));
    } else if (presence_only) {
        return expected(
            p, err_newf(ERR_INVALID, "Of the field \"{}\" only whether it has a value is held, never the value.",
                        "Write: {} is not empty.", err_name(s->names[term.name]), err_name(s->names[term.name])));
    } else {
        TRY(read_compare(p, &term));
    }
    s->terms[s->term_count++] = term;
    return add_step(p, STEP_TERM);
}

static err push(struct parser *p, enum waiting what)
{
    if (p->depth == LIMIT_SELECT_DEPTH)
        return expected(p, err_newf(ERR_LIMIT, "More than {} parentheses and words and, or, not are open at once.",
                                    "Write the selection in a simpler way.", err_int(LIMIT_SELECT_DEPTH)));
    p->stack[p->depth].what = what;
    p->stack[p->depth].at = p->token.at;
    p->depth++;
    return next(p);
}

/* Lets go what binds at least as tightly as `what`. */
static err release(struct parser *p, enum waiting what)
{
    static const enum select_step steps[] = {[WAIT_OR] = STEP_OR, [WAIT_AND] = STEP_AND, [WAIT_NOT] = STEP_NOT};
    while (p->depth > 0 && p->stack[p->depth - 1].what != WAIT_OPEN && p->stack[p->depth - 1].what >= what)
        TRY(add_step(p, steps[p->stack[--p->depth].what]));
    return OK;
}

/* Up to and with one comparison: its opening parentheses and nots. */
static err read_operand(struct parser *p)
{
    while (true) {
        if (p->token.kind == T_OPEN)
            TRY(push(p, WAIT_OPEN));
        else if (at_word(p, "not"))
            TRY(push(p, WAIT_NOT));
        else
            break;
    }
    bool misplaced = at_word(p, "and") || at_word(p, "or") || at_word(p, "in") || at_word(p, "is");
    if (p->token.kind != T_WORD || misplaced)
        return expected(p, err_new(ERR_INVALID, "The name of a field is missing here.",
                                   "Write comparisons such as: status = \"former\" and left < 2019-01-01."));
    return read_term(p);
}

/* After a comparison: closing parentheses, then and, or, or the end. */
static err read_operator(struct parser *p, bool *ret_end)
{
    while (p->token.kind == T_CLOSE) {
        TRY(release(p, WAIT_OR));
        if (p->depth == 0)
            return expected(p, err_new(ERR_INVALID, "This parenthesis was never opened.", "Take it out."));
        p->depth--;
        TRY(next(p));
    }
    *ret_end = p->token.kind == T_END;
    if (*ret_end)
        return OK;
    enum waiting what = at_word(p, "and") ? WAIT_AND : WAIT_OR;
    if (what == WAIT_OR && !at_word(p, "or"))
        return expected(p, err_new(ERR_INVALID, "Here \"and\" or \"or\" is missing.", "Join comparisons with and, or."));
    TRY(release(p, what));
    return push(p, what);
}

static err parse(struct parser *p)
{
    TRY(next(p));
    bool end = false;
    while (!end) {
        TRY(read_operand(p));
        TRY(read_operator(p, &end));
    }
    TRY(release(p, WAIT_OR));
    if (p->depth > 0)
        return placed(p, p->stack[p->depth - 1].at,
                      err_new(ERR_INVALID, "This parenthesis is never closed.", "Put ) where it ends."));
    return OK;
}

err select_parse(struct arena *a, const struct catalogue *c, const char *where, const char *text,
                 const struct select **ret)
{
    struct parser p = {.a = a, .c = c, .where = where, .text = view_text(text)};
    if (p.text.len > LIMIT_SELECT_BYTES)
        return err_at(err_newf(ERR_LIMIT, "The selection is longer than {} bytes.", "Hand a long list over as a file.",
                               err_int(LIMIT_SELECT_BYTES)),
                      where, 0, 0);
    size_t bad = text_utf8_bad_at(p.text);
    if (bad != p.text.len)
        return placed(&p, bad, err_new(ERR_INVALID, "The selection isn't UTF-8 text.", "Set the terminal to UTF-8."));
    p.to = arena_alloc(a, sizeof *p.to);
    /* Each byte makes at most one step and opens at most one value. */
    size_t values = p.text.len < LIMIT_SELECT_VALUES ? p.text.len : LIMIT_SELECT_VALUES;
    p.step_max = p.text.len + 1;
    if (!p.to)
        return mem_none();
    p.to->literals = arena_array(a, values + 1, sizeof p.to->literals[0]);
    p.to->steps = arena_array(a, p.step_max, sizeof p.to->steps[0]);
    if (!p.to->literals || !p.to->steps)
        return mem_none();
    TRY(parse(&p));
    *ret = p.to;
    return OK;
}
