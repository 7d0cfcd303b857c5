/* template_parse, template_render: any text is taken or refused with words; of what is taken, what a person's name says can't add markup
 * or lines, and nothing is written that neither the template nor a value says. */
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "template.h"

static const struct template_name list[] = {{"name", TEMPLATE_TEXT}, {"day", TEMPLATE_TEXT}, {"fault", TEMPLATE_FLAG}, {"files", TEMPLATE_LIST}};
static const struct template_names names = {list, 4};
static const uint8_t mark[] = "\x01<\n\x02";

/* The text after its first empty line can be taken in as "more". */
static err load(void *ctx, const char *name, struct view *ret)
{
    if (strcmp(name, "more") != 0)
        return err_new(ERR_NOT_FOUND, "There is none.", "");
    *ret = *(const struct view *)ctx;
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEANUP(arena_release) struct arena *a = arena_new();
    CLEANUP(buf_free) struct buf plain = BUF(1 << 20), html = BUF(1 << 20);
    const uint8_t *gap = len ? memmem(data, len, "\n\n", 2) : NULL;
    struct view text = view_of(data, gap ? (size_t)(gap - data) : len), more = gap ? view_of(gap + 2, len - text.len - 2) : view_of(data, 0);
    struct template *t;
    CHECK(a);
    if (template_parse(a, &names, load, &more, "x", text, &t).kind != ERR_OK) {
        CHECK(err_text()->what[0] && err_text()->todo[0]);
        return 0;
    }
    const struct template_value item[4] = {{.text = view_of(mark, 4)}}, *const items[] = {item, item};
    const struct template_value values[4] = {{.text = view_of(mark, 4)}, {.text = view_of(mark, 4)}, {.up = len & 1}, {.items = items, .count = 2}};
    template_render(t, values, TEMPLATE_PLAIN, &plain);
    template_render(t, values, TEMPLATE_HTML, &html);
    bool controls = len && (memchr(data, 1, len) || memchr(data, 2, len));
    if (plain.state == BUF_FINE && plain.len && !controls)
        CHECK(!memchr(plain.p, 1, plain.len) && !memchr(plain.p, 2, plain.len));
    if (html.state == BUF_FINE && html.len && !(len && memchr(data, '<', len)))
        CHECK(!memchr(html.p, '<', html.len));
    return 0;
}
