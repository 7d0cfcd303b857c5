#include "testing.h"

#include "limits.h"
#include "template.h"

enum { NAME, OTHER, FAULT, FILES, DAY, NAMES };
static const struct template_name list[NAMES] = {
    [NAME] = {"name", TEMPLATE_TEXT}, [OTHER] = {"other", TEMPLATE_TEXT}, [FAULT] = {"fault", TEMPLATE_FLAG},
    [FILES] = {"files", TEMPLATE_LIST}, [DAY] = {"day", TEMPLATE_TEXT}};
static const struct template_names names = {list, NAMES};

static const struct template_value first[NAMES] = {[DAY] = {.text = {(const uint8_t *)"2 March", 7}}};
static const struct template_value second[NAMES] = {[DAY] = {.text = {(const uint8_t *)"14 January", 10}}, [NAME] = {.text = {(const uint8_t *)"hers", 4}}};
static const struct template_value *const files[] = {first, second};
static const struct template_value all[NAMES] = {
    [NAME] = {.text = {(const uint8_t *)"A <b>&\"'\r\nBcc: x", 16}}, [FAULT] = {.up = true}, [FILES] = {.items = files, .count = 2}};
static const struct template_value nothing[NAMES];

static const struct {
    const char *name, *text;
} partials[] = {{"steps", "1. {{other}}\n"}, {"itself", "{{>itself}}"}, {"ring", "{{>ring-2}}"}, {"ring-2", "{{>ring}}"}, {"open", "{{#fault}}"},
                {"close", "{{/fault}}"}, {"bad", "fine\n{{nobody}}"}};

static err load(void *ctx, const char *name, struct view *ret)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof partials / sizeof partials[0]; i++) {
        if (strcmp(partials[i].name, name) != 0)
            continue;
        *ret = view_text(partials[i].text);
        return OK;
    }
    return err_new(ERR_NOT_FOUND, "no", "no");
}

static void renders(const char *text, const struct template_value *values, enum template_form form, const char *expected)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf b = BUF(1 << 16);
    struct template *t;
    assert_ok(template_parse(a, &names, load, NULL, "letter", view_text(text), &t));
    template_render(t, values, form, &b);
    assert_string_equal(buf_text(&b), expected);
    assert_ok(buf_ok(&b));
}

static void values_sections_and_lists(void **state)
{
    (void)state;
    renders("", all, TEMPLATE_PLAIN, "");
    renders("Dear {{other}}{{ day }}.", all, TEMPLATE_PLAIN, "Dear .");
    renders("{{#name}}yes{{/name}}{{^name}}no{{/name}}", all, TEMPLATE_PLAIN, "yes");
    renders("{{#name}}yes{{/name}}{{^name}}no{{/name}}", nothing, TEMPLATE_PLAIN, "no");
    renders("{{#fault}}We did not.{{/fault}}{{^fault}}fine{{/fault}}", all, TEMPLATE_PLAIN, "We did not.");
    renders("{{#files}}[{{day}} {{#fault}}!{{/fault}}]{{/files}}", all, TEMPLATE_PLAIN, "[2 March !][14 January !]");
    renders("{{#files}}{{#files}}x{{/files}}{{/files}}", all, TEMPLATE_PLAIN, "xxxx");
    renders("{{^files}}none{{/files}}{{#files}}{{/files}}", nothing, TEMPLATE_PLAIN, "none");
    renders("{ {x} }} {", all, TEMPLATE_PLAIN, "{ {x} }} {");
    renders("a{{! words }}b", all, TEMPLATE_PLAIN, "ab");
}

/* A name can't become markup, nor a line of its own; inside a list it is the item's, else the one outside. */
static void a_value_stays_a_value(void **state)
{
    (void)state;
    renders("{{name}}", all, TEMPLATE_PLAIN, "A <b>&\"'  Bcc: x");
    renders("{{name}}", all, TEMPLATE_HTML, "A &lt;b&gt;&amp;&quot;&#39;  Bcc: x");
    renders("{{#files}}{{name}};{{/files}}", all, TEMPLATE_PLAIN, "A <b>&\"'  Bcc: x;hers;");
    static const struct template_value tag[NAMES] = {[NAME] = {.text = {(const uint8_t *)"{{other}}", 9}}, [OTHER] = {.text = {(const uint8_t *)"secret", 6}}};
    renders("{{name}}", tag, TEMPLATE_PLAIN, "{{other}}");
}

static void a_tag_alone_takes_its_line_with_it(void **state)
{
    (void)state;
    renders("a\n  {{#fault}}  \nb\n{{/fault}}\nc\n", all, TEMPLATE_PLAIN, "a\nb\nc\n");
    renders("a\r\n{{#fault}}\r\nb\r\n{{/fault}}\r\nc", all, TEMPLATE_PLAIN, "a\r\nb\r\nc");
    renders("a\n{{^fault}}\nb\n{{/fault}}\nc\n", all, TEMPLATE_PLAIN, "a\nc\n");
    renders("{{! alone }}\nc", all, TEMPLATE_PLAIN, "c");
    renders("x {{#fault}}\ny{{/fault}}\n", all, TEMPLATE_PLAIN, "x \ny\n");
    renders("{{#fault}}{{name}}{{/fault}}\n", nothing, TEMPLATE_PLAIN, "\n");
    renders("{{name}}\nc", nothing, TEMPLATE_PLAIN, "\nc"); /* a value keeps its line */
    renders("{{#files}}\n- {{day}}\n{{/files}}\n", all, TEMPLATE_PLAIN, "- 2 March\n- 14 January\n");
    renders("{{#fault}}\n{{>steps}}\n{{/fault}}", all, TEMPLATE_PLAIN, "1. \n");
}

static void other_templates_are_taken_in(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct template *t;
    renders("What to do\n{{>steps}}\n{{> steps }}\nend", all, TEMPLATE_PLAIN, "What to do\n1. \n1. \nend");
    assert_ok(template_parse(a, &names, load, NULL, "letter", view_text("{{>steps}}{{^fault}}{{/fault}}"), &t));
    assert_true(template_uses(t, "other"));
    assert_true(template_uses(t, "fault"));
    assert_false(template_uses(t, "name"));
    assert_false(template_uses(t, "nobody"));
}

static void what_is_wrong_has_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"a\nb {{nobody}}", "letter:2:3"},  {"\xc3\xa9{{name", "letter:1:2"},      {"{{fault}}", "letter:1:1"},          {"{{files}}", "letter:1:1"},
        {"{{#name}}", "letter:1:4"},        {"{{/name}}", "letter:1:1"},           {"{{#name}}{{#other}}{{/name}}{{/other}}", "letter:1:13"},
        {"{{{name}}}", "letter:1:1"},       {"{{&name}}", "letter:1:1"},           {"{{=<% %>=}}", "letter:1:1"},        {"{{}}", "letter:1:1"},
        {"{{#}}", "letter:1:1"},            {"{{na me}}", "letter:1:1"},           {"{{Name}}", "letter:1:1"},           {"{{name.x}}", "letter:1:1"},
        {"{{>none}}", "letter:1:1"},        {"{{>../etc}}", "letter:1:1"},         {"x{{>itself}}", "itself:1:1"},       {"{{>ring}}", "ring-2:1:1"},
        {"{{>open}}{{/fault}}", "open:1:4"}, {"{{#fault}}{{>close}}", "close:1:1"}, {"{{>bad}}", "bad:2:1"},              {"{{>letter}}", "letter:1:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(arena_release) struct arena *a = arena_new();
        struct template *t;
        assert_err(ERR_INVALID, template_parse(a, &names, load, NULL, "letter", view_text(cases[i].text), &t));
        if (strcmp(err_text()->where, cases[i].where) != 0)
            fail_msg("%s: %s, not %s", cases[i].text, err_text()->where, cases[i].where);
        assert_true(err_text()->what[0] && err_text()->todo[0]);
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf deep = BUF(1 << 18), many = BUF(1 << 18), large = BUF(1 << 18), name = BUF(1 << 18);
    struct template *t;
    for (size_t i = 0; i <= LIMIT_TEMPLATE_DEPTH; i++)
        buf_str(&deep, "{{#name}}");
    for (size_t i = 0; i <= LIMIT_TEMPLATE_NODES; i++)
        buf_str(&many, "{{name}}");
    for (size_t i = 0; i <= LIMIT_TEMPLATE_BYTES; i++)
        buf_str(&large, "x");
    buf_str(&name, "{{");
    for (size_t i = 0; i <= LIMIT_TEMPLATE_NAME_BYTES; i++)
        buf_str(&name, "x");
    buf_str(&name, "}}");
    assert_err(ERR_LIMIT, template_parse(a, &names, load, NULL, "letter", buf_view(&deep), &t));
    assert_err(ERR_LIMIT, template_parse(a, &names, load, NULL, "letter", buf_view(&many), &t));
    assert_err(ERR_LIMIT, template_parse(a, &names, load, NULL, "letter", buf_view(&large), &t));
    assert_err(ERR_INVALID, template_parse(a, &names, load, NULL, "letter", buf_view(&name), &t));
    assert_err(ERR_INVALID, template_parse(a, &names, NULL, NULL, "letter", view_text("{{>steps}}"), &t));
}

/* Lists inside lists can ask for more than any letter has: the buffer's ceiling ends it. */
static void a_letter_without_end_ends(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf text = BUF(1 << 12), b = BUF(1000);
    struct template *t;
    for (size_t i = 0; i < LIMIT_TEMPLATE_DEPTH; i++)
        buf_str(&text, "{{#files}}x");
    for (size_t i = 0; i < LIMIT_TEMPLATE_DEPTH; i++)
        buf_str(&text, "{{/files}}");
    assert_ok(template_parse(a, &names, load, NULL, "letter", buf_view(&text), &t));
    template_render(t, all, TEMPLATE_PLAIN, &b);
    assert_err(ERR_LIMIT, buf_ok(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_sections_and_lists), cmocka_unit_test(a_value_stays_a_value),       cmocka_unit_test(a_tag_alone_takes_its_line_with_it),
        cmocka_unit_test(other_templates_are_taken_in), cmocka_unit_test(what_is_wrong_has_its_place), cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(a_letter_without_end_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
