#include "text.h"

#include "limits.h"
#include "mem.h"

#include <string.h>
#include <utf8proc.h>

/* ---- Encodings ---- */

/* Length of the well-formed sequence at p (RFC 3629 section 4), 0 if there is none. */
static size_t sequence(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t first, last, len, second_min, second_max;
    } forms[] = {
        {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
        {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
        {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
    };
    size_t i = 0;
    while (i < sizeof forms / sizeof forms[0] && p[0] > forms[i].last)
        i++;
    if (i == sizeof forms / sizeof forms[0] || p[0] < forms[i].first || forms[i].len > left)
        return 0;
    if (forms[i].len > 1 && (p[1] < forms[i].second_min || p[1] > forms[i].second_max))
        return 0;
    for (size_t k = 2; k < forms[i].len; k++)
        if ((p[k] & 0xc0) != 0x80)
            return 0;
    return forms[i].len;
}

/* Bytes before the first one with its high bit set. */
static size_t ascii_run(const uint8_t *p, size_t len)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t eight;
        memcpy(&eight, p + i, 8);
        if (eight & 0x8080808080808080u)
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

size_t text_ascii_bytes(struct view text)
{
    return ascii_run(text.p, text.len);
}

size_t text_utf8_bad_at(struct view text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.p[at] < 0x80) {
            at += ascii_run(text.p + at, text.len - at);
            continue;
        }
        size_t len = sequence(text.p + at, text.len - at);
        if (len == 0)
            return at;
        at += len;
    }
    return text.len;
}

/* Windows-1252, 80 to 9F; 0 where it is undefined.  The rest is as in Latin-1. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static bool undefined_in_1252(uint8_t byte)
{
    return byte >= 0x80 && byte < 0xa0 && windows_1252[byte - 0x80] == 0;
}

size_t text_1252_bad_at(struct view text)
{
    size_t at = 0;
    while (at < text.len && !undefined_in_1252(text.p[at]))
        at++;
    return at;
}

size_t text_characters(struct view text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.p[i] & 0xc0) != 0x80;
    return count;
}

static void put_character(struct buf *to, int32_t c)
{
    uint8_t bytes[4];
    utf8proc_ssize_t len = utf8proc_encode_char(c, bytes);
    buf_bytes(to, bytes, (size_t)len);
}

/* Takes back what was appended if the buffer failed, so that `to` is as before on failure. */
static err appended(struct buf *to, size_t before)
{
    if (to->state != BUF_FINE)
        to->len = before;
    return buf_ok(to);
}

/* Bytes of the unseen character that `text` begins with; 0: it begins with none. */
static size_t unseen_first(struct view text)
{
    const uint8_t *p = text.p;
    if (text.len >= 1 && (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r')))
        return 1;
    if (text.len >= 2 && p[0] == 0xc2 && (p[1] == 0xa0 || p[1] == 0xad)) /* U+00A0, U+00AD */
        return 2;
    if (text.len < 3)
        return 0;
    uint32_t c = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    bool unseen = (c >= 0xe28080 && c <= 0xe2808f)    /* U+2000 to U+200F */
                  || (c >= 0xe280a8 && c <= 0xe280af) /* U+2028 to U+202F */
                  || (c >= 0xe2819f && c <= 0xe281af) /* U+205F to U+206F */
                  || c == 0xe38080 || c == 0xefbbbf;  /* U+3000, U+FEFF */
    return unseen ? 3 : 0;
}

static bool is_seen(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f;
}

static size_t unseen_last(struct view text)
{
    for (size_t n = 1; n <= 3 && n <= text.len; n++)
        if (unseen_first(view_of(text.p + text.len - n, n)) == n)
            return n;
    return 0;
}

struct view text_trim(struct view text)
{
    if (text.len && is_seen(text.p[0]) && is_seen(text.p[text.len - 1]))
        return text; /* as nearly always */
    for (size_t n; (n = unseen_first(text)) > 0;)
        text = view_of(text.p + n, text.len - n);
    for (size_t n; (n = unseen_last(text)) > 0;)
        text.len -= n;
    return text;
}

err text_from_1252(struct buf *to, struct view text)
{
    ENSURE(text_1252_bad_at(text) == text.len,
           err_new(ERR_INVALID, "The text holds a byte that Windows-1252 does not define.",
                   "It is probably in another encoding; save it as UTF-8."));
    size_t before = to->len;
    for (size_t at = 0; at < text.len;) {
        size_t run = ascii_run(text.p + at, text.len - at);
        buf_bytes(to, text.p + at, run);
        at += run;
        if (at == text.len)
            break;
        uint8_t byte = text.p[at++];
        put_character(to, byte < 0xa0 ? windows_1252[byte - 0x80] : byte);
    }
    return appended(to, before);
}

/* ---- Normal forms ---- */

struct range {
    int32_t first, last;
};

static bool within(int32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}
#define WITHIN(c, table) within((c), (table), sizeof(table) / sizeof(table)[0])

/* Apostrophes, quotes and dashes that typing and type-setting exchange for each other.  Taken before decomposition,
 * which would split some of them into a space and a mark. */
static utf8proc_int32_t unify(utf8proc_int32_t c, void *unused)
{
    static const struct range apostrophes[] = {
        {0x60, 0x60},     {0xb4, 0xb4},     {0x2b9, 0x2b9},   {0x2bb, 0x2bd},   {0x2c8, 0x2c8},   {0x374, 0x374},
        {0x384, 0x384},   {0x55a, 0x55a},   {0x5f3, 0x5f3},   {0x1fbd, 0x1fbd}, {0x1fbf, 0x1fbf}, {0x1fef, 0x1fef},
        {0x1ffd, 0x1ffe}, {0x2018, 0x201b}, {0x2032, 0x2032}, {0x2035, 0x2035}, {0x2039, 0x203a},
    };
    static const struct range quotes[] = {
        {0xab, 0xab},     {0xbb, 0xbb},     {0x2ba, 0x2ba},   {0x2dd, 0x2dd},   {0x5f4, 0x5f4},
        {0x201c, 0x201f}, {0x2033, 0x2033}, {0x2036, 0x2036}, {0x300c, 0x300f}, {0x301d, 0x301f},
    };
    static const struct range dashes[] = {
        {0x58a, 0x58a},   {0x5be, 0x5be},   {0x1806, 0x1806}, {0x2010, 0x2015},
        {0x2043, 0x2043}, {0x2212, 0x2212}, {0xfe58, 0xfe58},
    };
    (void)unused;
    if (WITHIN(c, apostrophes))
        return '\'';
    if (WITHIN(c, quotes))
        return '"';
    return WITHIN(c, dashes) ? '-' : c;
}

static bool white_space(int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP ||
           k == UTF8PROC_CATEGORY_CC;
}

/* Runs of white space become one space, those at the ends nothing. */
static size_t collapse(int32_t *c, size_t count)
{
    size_t kept = 0;
    bool pending = false;
    for (size_t i = 0; i < count; i++) {
        if (white_space(c[i])) {
            pending = kept > 0;
            continue;
        }
        if (pending)
            c[kept++] = ' ';
        pending = false;
        c[kept++] = c[i];
    }
    return kept;
}

/* An accent or a point, not a letter.  Cyrillic writes letters with U+0306 and U+0308 (short i, yi); of those only io is
 * commonly written without. */
static bool removable_mark(int32_t mark, int32_t base)
{
    static const struct range marks[] = {
        {0x300, 0x36f}, {0x591, 0x5bd},   {0x5bf, 0x5bf},   {0x5c1, 0x5c2},   {0x5c4, 0x5c5},   {0x5c7, 0x5c7},
        {0x610, 0x61a}, {0x64b, 0x65f},   {0x670, 0x670},   {0x6d6, 0x6dc},   {0x6df, 0x6e4},   {0x6e7, 0x6e8},
        {0x6ea, 0x6ed}, {0x1ab0, 0x1ace}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0}, {0xfe20, 0xfe2f},
    };
    if (base >= 0x400 && base <= 0x52f)
        return mark == 0x300 || mark == 0x301 || (mark == 0x308 && base == 0x435);
    return WITHIN(mark, marks);
}

static size_t without_marks(int32_t *c, size_t count)
{
    size_t kept = 0;
    int32_t base = 0;
    for (size_t i = 0; i < count; i++) {
        if (removable_mark(c[i], base))
            continue;
        if (utf8proc_get_property(c[i])->combining_class == 0)
            base = c[i];
        c[kept++] = c[i];
    }
    return kept;
}

enum {
    COMPAT = 1, /* NFKC instead of NFC */
    FOLD = 2,   /* upper and lower case agree, invisible characters go */
    UNIFY = 4,  /* typography */
    SPACES = 8, /* collapse white space */
    NO_MARKS = 16
};

enum { FEW = 256 };

/* Decomposes into *ret, which is `few` if that is enough and otherwise *ret_own. */
static err decompose(struct view text, unsigned how, int32_t few[FEW], int32_t **ret_own, int32_t **ret,
                     size_t *ret_count)
{
    unsigned options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    options |= how & COMPAT ? UTF8PROC_COMPAT : 0;
    options |= how & FOLD ? UTF8PROC_CASEFOLD | UTF8PROC_IGNORE : 0;
    utf8proc_custom_func custom = how & UNIFY ? unify : NULL;
    utf8proc_ssize_t need = utf8proc_decompose_custom(text.p, (utf8proc_ssize_t)text.len, few, FEW,
                                                      (utf8proc_option_t)options, custom, NULL);
    *ret = few;
    if (need > FEW) {
        *ret = *ret_own = mem_array((size_t)need, sizeof **ret);
        ENSURE(*ret, mem_none());
        need = utf8proc_decompose_custom(text.p, (utf8proc_ssize_t)text.len, *ret, need, (utf8proc_option_t)options,
                                         custom, NULL);
    }
    ENSURE(need >= 0, err_new(ERR_INTERNAL, "A text could not be brought into its normal form.", ""));
    *ret_count = (size_t)need;
    return OK;
}

static err normalise_once(struct buf *to, struct view text, unsigned how)
{
    int32_t few[FEW], *c;
    CLEANUP(mem_release) int32_t *own = NULL;
    size_t count = 0;
    TRY(decompose(text, how, few, &own, &c, &count));
    if (how & NO_MARKS)
        count = without_marks(c, count);
    if (how & SPACES)
        count = collapse(c, count);
    utf8proc_ssize_t composed = utf8proc_normalize_utf32(c, (utf8proc_ssize_t)count, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    ENSURE(composed >= 0, err_new(ERR_INTERNAL, "A text could not be brought into its normal form.", ""));
    size_t before = to->len;
    for (utf8proc_ssize_t i = 0; i < composed; i++)
        put_character(to, c[i]);
    return appended(to, before);
}

static err acceptable(struct view text)
{
    ENSURE(text.len <= LIMIT_CELL_BYTES, err_newf(ERR_LIMIT, "A text has {} bytes; the limit is {}.", "Shorten it.",
                                                  err_int((long long)text.len), err_int(LIMIT_CELL_BYTES)));
    ENSURE(text_utf8_bad_at(text) == text.len, err_new(ERR_INVALID, "The text is not valid UTF-8.",
                                                       "Save the file as UTF-8, or say which encoding it has."));
    return OK;
}

/* What normalise() gives for the commonest texts, many times faster. */
static err fold_ascii(struct buf *to, struct view text, bool typography)
{
    size_t before = to->len;
    bool pending = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        if (c <= ' ' || c == 0x7f) {
            pending = to->len > before;
            continue;
        }
        if (pending)
            buf_u8(to, ' ');
        pending = false;
        buf_u8(to, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c == '`' && typography ? '\'' : c);
    }
    return appended(to, before);
}

enum { LONGEST = 20 * LIMIT_CELL_BYTES, PASSES_MAX = 8 };

/* One pass of folding can leave something that folds again (a fold puts marks into another order), so until it rests. */
static err normalise(struct buf *to, struct view text, unsigned how)
{
    TRY(acceptable(text));
    if (how & FOLD && how & SPACES && ascii_run(text.p, text.len) == text.len)
        return fold_ascii(to, text, how & UNIFY);
    CLEANUP(buf_free) struct buf a = BUF(LONGEST), b = BUF(LONGEST);
    TRY(normalise_once(&a, text, how));
    struct buf *now = &a, *next = &b;
    for (int pass = 1; pass < PASSES_MAX && buf_view(now).len; pass++) {
        buf_clear(next);
        TRY(normalise_once(next, buf_view(now), how));
        if (view_equal(buf_view(now), buf_view(next)))
            break;
        struct buf *swap = now;
        now = next;
        next = swap;
    }
    size_t before = to->len;
    buf_put(to, buf_view(now));
    return appended(to, before);
}

err text_nfc(struct buf *to, struct view text)
{
    size_t before = to->len;
    if (ascii_run(text.p, text.len) < text.len) {
        TRY(acceptable(text));
        return normalise_once(to, text, 0);
    }
    buf_put(to, text);
    return appended(to, before);
}

err text_fold(struct buf *to, struct view text, enum text_marks marks)
{
    return normalise(to, text, COMPAT | FOLD | UNIFY | SPACES | (marks == TEXT_NO_MARKS ? NO_MARKS : 0u));
}

/* ---- Things with a form of their own ---- */

static err bad_email(void)
{
    return err_new(ERR_INVALID,
                   "This is not an e-mail address: it needs one @ with something on both sides, and no spaces.",
                   "Correct it, or leave it empty.");
}

static bool holds(struct view v, char c)
{
    return v.len && memchr(v.p, c, v.len);
}

err text_email(struct buf *to, struct view text)
{
    CLEANUP(buf_free) struct buf whole = BUF(LONGEST), domain = BUF(LONGEST);
    TRY(normalise(&whole, text, FOLD | SPACES));
    struct view v = buf_view(&whole);
    const uint8_t *at = v.len ? memchr(v.p, '@', v.len) : NULL;
    ENSURE(at && at > v.p && !holds(v, ' '), bad_email());
    struct view right = view_of(at + 1, (size_t)(v.p + v.len - at - 1));
    TRY(text_fold(&domain, right, TEXT_MARKS));
    right = buf_view(&domain);
    ENSURE(right.len && !holds(right, '@') && !holds(right, ' '), bad_email());
    size_t before = to->len;
    buf_bytes(to, v.p, (size_t)(at + 1 - v.p));
    buf_put(to, right);
    return appended(to, before);
}

/* Value of a decimal digit of any of the scripts in use, -1 for anything else. */
static int digit_value(int32_t c)
{
    static const int32_t zeroes[] = {'0',   0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6,  0xb66,  0xbe6,
                                     0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810};
    for (size_t i = 0; i < sizeof zeroes / sizeof zeroes[0]; i++)
        if (c >= zeroes[i] && c <= zeroes[i] + 9)
            return c - zeroes[i];
    return -1;
}

static bool ends_number(int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    bool letter = k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
    return letter || c == '#' || c == ';' || c == ',' || c == '+';
}

enum { PHONE_DIGITS_MIN = 5, PHONE_DIGITS_MAX = 20 };

struct phone {
    char digits[PHONE_DIGITS_MAX + 2]; /* one more than the most, for 00 */
    size_t count;
    bool plus, too_long;
};

/* The national 0 that is not dialled after a country code. */
static bool national_zero(const struct phone *p, struct view rest)
{
    bool international = p->plus || (p->count >= 2 && p->digits[0] == '0' && p->digits[1] == '0');
    return international && p->count && rest.len >= 3 && memcmp(rest.p, "(0)", 3) == 0;
}

static void collect_digits(struct phone *p, struct view v)
{
    for (size_t i = 0; i < v.len;) {
        int32_t c;
        utf8proc_ssize_t len = utf8proc_iterate(v.p + i, (utf8proc_ssize_t)(v.len - i), &c);
        int digit = digit_value(c);
        if (national_zero(p, view_of(v.p + i, v.len - i)))
            len = 3;
        else if (digit >= 0 && p->count == sizeof p->digits)
            p->too_long = true;
        else if (digit >= 0)
            p->digits[p->count++] = (char)('0' + digit);
        else if (p->count && ends_number(c))
            return;
        else if (c == '+')
            p->plus = true;
        i += (size_t)len;
    }
}

err text_phone(struct buf *to, struct view text)
{
    CLEANUP(buf_free) struct buf folded = BUF(LONGEST);
    TRY(text_fold(&folded, text, TEXT_MARKS));
    struct phone p = {.count = 0};
    collect_digits(&p, buf_view(&folded));
    size_t skip = 0;
    if (!p.plus && p.count >= 2 && p.digits[0] == '0' && p.digits[1] == '0') {
        p.plus = true;
        skip = 2;
    }
    size_t count = p.count - skip;
    ENSURE(count >= PHONE_DIGITS_MIN && count <= PHONE_DIGITS_MAX && !p.too_long,
           err_newf(ERR_INVALID, "This is not a telephone number: it needs {} to {} digits.",
                    "Correct it, or leave it empty.", err_int(PHONE_DIGITS_MIN), err_int(PHONE_DIGITS_MAX)));
    size_t before = to->len;
    if (p.plus)
        buf_u8(to, '+');
    buf_bytes(to, p.digits + skip, count);
    return appended(to, before);
}

err text_postcode(struct buf *to, struct view text)
{
    CLEANUP(buf_free) struct buf folded = BUF(LONGEST), close = BUF(LONGEST);
    TRY(text_fold(&folded, text, TEXT_MARKS));
    for (size_t i = 0; i < folded.len; i++)
        if (folded.p[i] != ' ' && folded.p[i] != '-')
            buf_u8(&close, folded.p[i]);
    TRY(buf_ok(&close));
    ENSURE(close.len, err_new(ERR_INVALID, "This is not a postcode: it is empty.", "Correct it, or leave it empty."));
    /* A mark may stand beside another letter now. */
    return text_fold(to, buf_view(&close), TEXT_MARKS);
}

/* ---- Did you mean ---- */

enum { NEAREST_BYTES = 64 };

static int loose(char c)
{
    if (c == '_' || c == ' ')
        return '-';
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edit distance with swaps of neighbours (optimal string alignment), three rows of the table at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NEAREST_BYTES + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned differ = loose(a[i - 1]) != loose(b[j - 1]);
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + differ);
            if (i > 1 && j > 1 && loose(a[i - 1]) == loose(b[j - 2]) && loose(a[i - 2]) == loose(b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

long text_nearest(const char *name, const char *const *candidates, size_t count)
{
    size_t len = strlen(name);
    if (len > NEAREST_BYTES)
        return -1;
    unsigned best = (unsigned)(len / 3) + 1;
    long found = -1;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        if (other > NEAREST_BYTES)
            continue;
        unsigned d = distance(name, len, candidates[i], other);
        if (d < best) {
            best = d;
            found = (long)i;
        }
    }
    return found;
}

bool text_plain(const char *text, size_t max)
{
    struct view v = view_text(text);
    if (v.len == 0 || v.len > max || text_utf8_bad_at(v) != v.len)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (v.p[i] < 0x20 || v.p[i] == 0x7f)
            return false;
    return true;
}

/* --- on a screen --- */

static bool disturbs(utf8proc_int32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool disturbs_line(utf8proc_int32_t c)
{
    return c == '\n' || c == '\t' || disturbs(c);
}

static void show(struct buf *to, struct view text, bool (*hides)(utf8proc_int32_t c))
{
    for (size_t i = 0; i < text.len;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t len = utf8proc_iterate(text.p + i, (utf8proc_ssize_t)(text.len - i), &c);
        if (len <= 0)
            buf_fmt(to, "<%02X>", text.p[i]);
        else if (hides(c))
            buf_fmt(to, "<U+%04X>", (unsigned)c);
        else
            buf_bytes(to, text.p + i, (size_t)len);
        i += len > 0 ? (size_t)len : 1;
    }
}

void text_visible(struct buf *to, struct view text)
{
    show(to, text, disturbs);
}

void text_in_line(struct buf *to, struct view text)
{
    show(to, text, disturbs_line);
}
