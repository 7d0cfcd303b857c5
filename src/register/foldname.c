#include "foldname.h"

static bool is_gap(uint8_t c)
{
    return c == ' ' || c == '_' || c == '-' || c == '\t' || c == '\n' || c == '\r';
}

static size_t fold(struct view v, uint8_t to[FOLDNAME_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.p[i];
        if (is_gap(c)) {
            if (n > 0 && to[n - 1] != ' ')
                to[n++] = ' ';
            continue;
        }
        to[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
    }
    return n > 0 && to[n - 1] == ' ' ? n - 1 : n;
}

bool foldname_same(struct view a, struct view b)
{
    if (a.len > FOLDNAME_MAX || b.len > FOLDNAME_MAX)
        return view_equal(a, b);
    uint8_t fa[FOLDNAME_MAX], fb[FOLDNAME_MAX];
    struct view va = view_of(fa, fold(a, fa)), vb = view_of(fb, fold(b, fb));
    return view_equal(va, vb);
}
