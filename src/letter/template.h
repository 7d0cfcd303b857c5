/* Templates of letters: a part of Mustache, written so that a million letters are composed from one parsed template.
 *
 *   {{name}}            its text
 *   {{#name}}...{{/name}}   once for each item of a list; else once if there is a text, or the flag is up
 *   {{^name}}...{{/name}}   if there is none
 *   {{>file}}           another template, taken in here
 *   {{! words }}        nothing
 *
 * A tag of the second to fifth kind that stands alone on its line takes the line with it.  What is not in this list is refused: other
 * delimiters, {{{name}}} and {{&name}} (a text is always written so that it can't become markup), lambdas, dotted names.
 * Names are known beforehand: a name that no record can fill is an error with its place when the template is read, not a gap in a letter.
 * Inside a list a name means the item's, and where the item has none, what it means outside.
 *
 * Pure; templates live in the arena and borrow nothing but `names`.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "buf.h"
#include "mem.h"

enum template_kind { TEMPLATE_TEXT, TEMPLATE_FLAG, TEMPLATE_LIST };

struct template_name {
    const char *name; /* small letters, digits, '_' */
    enum template_kind kind;
};
struct template_names {
    const struct template_name *list;
    size_t count;
};

/* In the order of the names: what each means.  Zeros: nothing. */
struct template_value {
    struct view text;                        /* of a text; UTF-8 */
    bool up;                                 /* of a flag */
    const struct template_value *const *items; /* of a list: `names.count` values each */
    size_t count;
};

/* How a value is written.  A control character in it, a line break too, becomes a blank: a name can't make lines of its own. */
enum template_form { TEMPLATE_PLAIN, TEMPLATE_HTML, TEMPLATE_FORMS };

struct template;

/* The text of another template by its name (letters, digits, '-', '_').  ERR_NOT_FOUND: there is none. */
typedef err template_load_fn(void *ctx, const char *name, struct view *ret);

/* `file` names the text in errors.  Errors: ERR_INVALID with the place: a tag that is not known, not closed, of the wrong kind, or a name
 * that is not in `names`; a template that takes itself in; ERR_LIMIT (limits.h). */
err template_parse(struct arena *a, const struct template_names *names, template_load_fn *load, void *ctx, const char *file, struct view text,
                   struct template **ret);

/* Appended to `to`; the caller asks buf_ok(). */
void template_render(const struct template *t, const struct template_value *values, enum template_form form, struct buf *to);

/* Whether the text, or a template taken into it, uses the name anywhere. */
bool template_uses(const struct template *t, const char *name);

#endif
