#include "template.h"

#include "limits.h"

#include <string.h>

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_SECTION, NODE_INVERTED };

struct node {
    enum node_kind kind;
    uint32_t name; /* its place among the names */
    uint32_t end;  /* of sections: behind the last node inside */
    struct view text;
};

struct template {
    const struct template_names *names;
    const struct node *nodes;
    size_t count;
};

/* --- reading --- */

struct open_section {
    size_t node;
    const uint8_t *tag;
};

struct parser {
    struct arena *a;
    const struct template_names *names;
    template_load_fn *load;
    void *ctx;
    struct node *nodes;
    size_t count, room;
    size_t depth; /* of sections, in all files */
    struct open_section open[LIMIT_TEMPLATE_DEPTH];
};

/* One text being read. */
struct source {
    const char *file;
    struct view text;
    size_t at;
    const struct source *by; /* the one that takes it in */
    size_t level;
};

struct tag {
    uint8_t sign; /* '#', '^', '/', '>', '!'; 0: a value */
    struct view name;
    size_t from, to; /* in the text, with the braces */
    bool alone;      /* on its line: then from and to are the line's */
};

static err wrong(const struct source *s, size_t at, err e)
{
    uint64_t line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        bool ends = s->text.p[i] == '\n';
        line += ends;
        column = ends ? 1 : column + ((s->text.p[i] & 0xc0) != 0x80);
    }
    return err_at(e, s->file, line, column);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_name(struct view name, bool of_file)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (of_file && (c == '-' || (c >= 'A' && c <= 'Z')));
        if (!fine)
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_TEMPLATE_NAME_BYTES;
}

static void look_whether_alone(const struct source *s, struct tag *t)
{
    size_t from = t->from, to = t->to;
    while (from > 0 && is_blank(s->text.p[from - 1]))
        from--;
    while (to < s->text.len && is_blank(s->text.p[to]))
        to++;
    if (to < s->text.len && s->text.p[to] == '\r')
        to++;
    bool begins = from == 0 || s->text.p[from - 1] == '\n', ends = to == s->text.len || s->text.p[to] == '\n';
    t->alone = begins && ends && t->sign;
    if (!t->alone)
        return;
    t->from = from;
    t->to = to + (to < s->text.len);
}

/* The next tag from s->at on; `*ret_found` false: there is none. */
static err next_tag(const struct source *s, struct tag *t, bool *ret_found)
{
    const uint8_t *begin = memmem(s->text.p + s->at, s->text.len - s->at, "{{", 2);
    *ret_found = begin != NULL;
    if (!begin)
        return OK;
    size_t from = (size_t)(begin - s->text.p);
    const uint8_t *end = memmem(begin + 2, s->text.len - from - 2, "}}", 2);
    ENSURE(end, wrong(s, from, err_new(ERR_INVALID, "A tag begins with {{ here and does not end.", "Write }} behind it.")));
    struct view inside = view_of(begin + 2, (size_t)(end - begin) - 2);
    *t = (struct tag){.from = from, .to = from + inside.len + 4};
    if (inside.len && strchr("#^/>!", inside.p[0]) && inside.p[0]) {
        t->sign = inside.p[0];
        inside = view_of(inside.p + 1, inside.len - 1);
    }
    while (inside.len && is_blank(inside.p[0]))
        inside = view_of(inside.p + 1, inside.len - 1);
    while (inside.len && is_blank(inside.p[inside.len - 1]))
        inside.len--;
    t->name = inside;
    ENSURE(t->sign == '!' || is_name(inside, t->sign == '>'),
           wrong(s, from, err_new(ERR_INVALID, "Such a tag is not known.", "Known are {{name}}, {{#name}}, {{^name}}, {{/name}}, {{>file}} and {{! words }}.")));
    look_whether_alone(s, t);
    return OK;
}

static err add_node(struct parser *p, struct node node)
{
    ENSURE(p->count < LIMIT_TEMPLATE_NODES, err_new(ERR_LIMIT, "The template has too many tags.", "Shorten it."));
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        struct node *more = arena_array(p->a, room, sizeof *more);
        ENSURE(more, mem_none());
        if (p->count)
            memcpy(more, p->nodes, p->count * sizeof *more);
        p->nodes = more;
        p->room = room;
    }
    p->nodes[p->count++] = node;
    return OK;
}

static err add_text(struct parser *p, const struct source *s, size_t to)
{
    if (to <= s->at)
        return OK;
    return add_node(p, (struct node){.kind = NODE_TEXT, .text = view_of(s->text.p + s->at, to - s->at)});
}

static size_t find_name(const struct template_names *names, struct view name)
{
    size_t i = 0;
    while (i < names->count && !view_equal(view_text(names->list[i].name), name))
        i++;
    return i;
}

/* With the braces' place: names come from whoever wrote the template, never from a person. */
static err known_name(const struct parser *p, const struct source *s, const struct tag *t, uint32_t *ret)
{
    size_t i = find_name(p->names, t->name);
    const char *name = (const char *)t->name.p;
    ENSURE(i < p->names->count, wrong(s, t->from, err_newf(ERR_INVALID, "\"{}\" is no name that a record fills.", "Look for the right one in the list of names.",
                                                           err_name_n(name, t->name.len))));
    ENSURE(t->sign || p->names->list[i].kind == TEMPLATE_TEXT,
           wrong(s, t->from, err_newf(ERR_INVALID, "\"{}\" is not a text but a part that is there or not.", "Write {{#name}} before the part and {{/name}} behind it.",
                                      err_name_n(name, t->name.len))));
    *ret = (uint32_t)i;
    return OK;
}

static err add_value(struct parser *p, struct source *s, const struct tag *t)
{
    uint32_t name;
    TRY(known_name(p, s, t, &name));
    return add_node(p, (struct node){.kind = NODE_VALUE, .name = name});
}

static err open_section(struct parser *p, struct source *s, const struct tag *t)
{
    uint32_t name;
    TRY(known_name(p, s, t, &name));
    ENSURE(p->depth < LIMIT_TEMPLATE_DEPTH, wrong(s, t->from, err_new(ERR_LIMIT, "Too many parts stand inside each other here.", "Put them beside each other.")));
    p->open[p->depth++] = (struct open_section){p->count, t->name.p};
    return add_node(p, (struct node){.kind = t->sign == '#' ? NODE_SECTION : NODE_INVERTED, .name = name});
}

static err not_closed(const struct parser *p, const struct source *s)
{
    const struct open_section *last = &p->open[p->depth - 1];
    return wrong(s, (size_t)(last->tag - s->text.p), err_newf(ERR_INVALID, "The part \"{}\" that begins here is not closed.", "Write {{/name}} behind it.",
                                                             err_name(p->names->list[p->nodes[last->node].name].name)));
}

static err close_section(struct parser *p, const struct source *s, size_t before, const struct tag *t)
{
    ENSURE(p->depth > before, wrong(s, t->from, err_new(ERR_INVALID, "No part is open that could be closed here.", "Take the tag out, or open the part before.")));
    struct node *node = &p->nodes[p->open[p->depth - 1].node];
    ENSURE(view_equal(view_text(p->names->list[node->name].name), t->name), not_closed(p, s));
    node->end = (uint32_t)p->count;
    p->depth--;
    return OK;
}

static err read_source(struct parser *p, struct source *s);

static err take_in(struct parser *p, const struct source *s, const struct tag *t)
{
    const char *file = arena_text(p->a, (const char *)t->name.p, t->name.len);
    ENSURE(file, mem_none());
    ENSURE(s->level + 1 < LIMIT_TEMPLATE_LEVELS, wrong(s, t->from, err_new(ERR_LIMIT, "Too many templates take each other in.", "Put some together.")));
    for (const struct source *up = s; up; up = up->by)
        ENSURE(strcmp(up->file, file) != 0, wrong(s, t->from, err_new(ERR_INVALID, "The template takes itself in.", "Take the tag out.")));
    struct source inner = {.file = file, .by = s, .level = s->level + 1};
    err e = p->load ? p->load(p->ctx, file, &inner.text) : err_new(ERR_NOT_FOUND, "There is no such template.", "");
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "said with the place");
        return wrong(s, t->from, err_newf(ERR_INVALID, "There is no template \"{}\".", "Check its name.", err_name(file)));
    }
    TRY(e);
    return read_source(p, &inner);
}

static err take_tag(struct parser *p, struct source *s, size_t before, const struct tag *t)
{
    switch (t->sign) {
    case 0:
        return add_value(p, s, t);
    case '#':
    case '^':
        return open_section(p, s, t);
    case '/':
        return close_section(p, s, before, t);
    case '>':
        return take_in(p, s, t);
    default:
        return OK; /* words for whoever reads the template */
    }
}

static err read_source(struct parser *p, struct source *s)
{
    struct tag t;
    bool found;
    size_t before = p->depth;
    ENSURE(s->text.len <= LIMIT_TEMPLATE_BYTES, err_at(err_new(ERR_LIMIT, "The template is too long.", "Shorten it: a letter has one side."), s->file, 0, 0));
    const uint8_t *copy = arena_copy(p->a, s->text.p, s->text.len);
    ENSURE(copy, mem_none());
    s->text = view_of(copy, s->text.len);
    TRY(next_tag(s, &t, &found));
    while (found) {
        TRY(add_text(p, s, t.from));
        TRY(take_tag(p, s, before, &t));
        s->at = t.to;
        TRY(next_tag(s, &t, &found));
    }
    ENSURE(p->depth == before, not_closed(p, s));
    return add_text(p, s, s->text.len);
}

err template_parse(struct arena *a, const struct template_names *names, template_load_fn *load, void *ctx, const char *file, struct view text,
                   struct template **ret)
{
    struct parser p = {.a = a, .names = names, .load = load, .ctx = ctx};
    struct source s = {.file = file, .text = text};
    TRY(read_source(&p, &s));
    struct template *t = arena_alloc(a, sizeof *t);
    ENSURE(t, mem_none());
    *t = (struct template){names, p.nodes, p.count};
    *ret = t;
    return OK;
}

bool template_uses(const struct template *t, const char *name)
{
    size_t place = find_name(t->names, view_text(name));
    for (size_t i = 0; i < t->count; i++)
        if (t->nodes[i].kind != NODE_TEXT && t->nodes[i].name == place)
            return true;
    return false;
}

/* --- writing --- */

/* What names mean here: an item's values before those outside it. */
struct scope_of {
    const struct template_value *values;
    const struct scope_of *outside;
};

static bool is_there(enum template_kind kind, const struct template_value *v)
{
    return kind == TEMPLATE_TEXT ? v->text.len > 0 : kind == TEMPLATE_FLAG ? v->up : v->count > 0;
}

/* NULL: nothing. */
static const struct template_value *meaning(const struct template *t, const struct scope_of *scope, uint32_t name)
{
    for (; scope; scope = scope->outside)
        if (is_there(t->names->list[name].kind, &scope->values[name]))
            return &scope->values[name];
    return NULL;
}

static void put_plain(struct buf *to, uint8_t c)
{
    buf_u8(to, c < 0x20 || c == 0x7f ? ' ' : c);
}

static void put_html(struct buf *to, uint8_t c)
{
    static const struct {
        uint8_t sign;
        const char *text;
    } signs[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].sign == c) {
            buf_str(to, signs[i].text);
            return;
        }
    put_plain(to, c);
}

static void put_value(struct view text, enum template_form form, struct buf *to)
{
    static void (*const forms[TEMPLATE_FORMS])(struct buf *to, uint8_t c) = {[TEMPLATE_PLAIN] = put_plain, [TEMPLATE_HTML] = put_html};
    CHECK(form < TEMPLATE_FORMS);
    for (size_t i = 0; i < text.len; i++)
        forms[form](to, text.p[i]);
}

static void render(const struct template *t, size_t from, size_t end, const struct scope_of *scope, enum template_form form, struct buf *to)
{
    for (size_t i = from; i < end && to->state == BUF_FINE; i++) {
        const struct node *n = &t->nodes[i];
        if (n->kind == NODE_TEXT) {
            buf_put(to, n->text);
            continue;
        }
        const struct template_value *v = meaning(t, scope, n->name);
        if (n->kind == NODE_VALUE) {
            put_value(v ? v->text : view_text(""), form, to);
            continue;
        }
        size_t times = n->kind == NODE_INVERTED ? !v : !v ? 0 : t->names->list[n->name].kind == TEMPLATE_LIST ? v->count : 1;
        for (size_t k = 0; k < times; k++) {
            struct scope_of inner = {v && v->items ? v->items[k] : scope->values, scope};
            render(t, i + 1, n->end, &inner, form, to);
        }
        i = n->end - 1;
    }
}

void template_render(const struct template *t, const struct template_value *values, enum template_form form, struct buf *to)
{
    struct scope_of scope = {values, NULL};
    render(t, 0, t->count, &scope, form, to);
}
