#include "celltype.h"

#include <string.h>
#include <strings.h>

#include "select.h"
#include "text.h"

enum { NORMAL_BYTES = 2048, PHONE_DIGITS = 7, PHONE_DIGITS_LONG = 15 };

static bool is_typed(enum field_type type)
{
    return type == TYPE_EMAIL || type == TYPE_PHONE || type == TYPE_DATE || type == TYPE_NUMBER;
}

bool celltype_says_nothing(struct view cell)
{
    static const char *const words[] = {"n/a", "n.a.", "na", "#n/a", "nan", "none", "nil", "null", "unknown", "not known", "not given",
                                        "not available", "tba", "tbc", "-", "--", "---", "\xe2\x80\x93", "\xe2\x80\x94", "?", "??", "."};
    static const char first_letters[] = "nNuUtT#-?.\xe2";
    if (cell.len == 0 || !strchr(first_letters, cell.p[0]))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (cell.len == strlen(words[i]) && strncasecmp((const char *)cell.p, words[i], cell.len) == 0)
            return true;
    return false;
}

bool celltype_is_nothing(enum field_type type, struct view cell)
{
    return is_typed(type) && celltype_says_nothing(cell);
}

static size_t count_digits(struct view cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell.len; i++)
        n += cell.p[i] >= '0' && cell.p[i] <= '9';
    return n;
}

static bool normalises(err (*normal)(struct buf *to, struct view text), struct view cell)
{
    uint8_t memory[NORMAL_BYTES];
    struct buf b = BUF_FIXED(memory, sizeof memory);
    err e = normal(&b, cell);
    err_ignore(e, "whether it can be is all that is asked");
    return e.kind == ERR_OK;
}

static bool is_email(struct view cell)
{
    size_t at = 0, strange = 0;
    for (size_t i = 0; i < cell.len; i++) {
        at += cell.p[i] == '@';
        strange += cell.p[i] <= ' ' || cell.p[i] >= 0x7f;
    }
    bool plain = at == 1 && strange == 0 && cell.p[0] != '@' && cell.p[cell.len - 1] != '@';
    return plain || normalises(text_email, cell);
}

static bool is_phone(struct view cell)
{
    size_t digits = count_digits(cell);
    return (digits >= PHONE_DIGITS && digits <= PHONE_DIGITS_LONG && cell.len < NORMAL_BYTES) || normalises(text_phone, cell);
}

static bool is_date(struct view cell, enum when_order order)
{
    int32_t day;
    err e = when_cell_day(cell, order, &day);
    err_ignore(e, "whether it can be is all that is asked");
    return e.kind == ERR_OK;
}

bool celltype_needs_order(struct view cell, enum when_order order)
{
    return order == WHEN_YEAR_FIRST && (is_date(cell, WHEN_DAY_FIRST) || is_date(cell, WHEN_MONTH_FIRST)) && !is_date(cell, order);
}

/* No digit, of whatever script. */
static bool is_letters(struct view cell)
{
    for (size_t i = 0; i < cell.len; i++)
        if (cell.p[i] >= 0x80 || (cell.p[i] >= '0' && cell.p[i] <= '9'))
            return false;
    return true;
}

enum celltype celltype_of(enum field_type type, struct view cell, enum when_order order)
{
    int64_t number;
    if (!is_typed(type) || cell.len == 0)
        return CELLTYPE_FINE;
    if (celltype_is_nothing(type, cell))
        return CELLTYPE_NOTHING;
    if (type == TYPE_EMAIL)
        return is_email(cell) ? CELLTYPE_FINE : CELLTYPE_ODD;
    if (type == TYPE_PHONE)
        return is_phone(cell) ? CELLTYPE_FINE : CELLTYPE_ODD;
    if (type == TYPE_DATE ? is_date(cell, order) : select_number(cell, &number))
        return CELLTYPE_FINE;
    return is_letters(cell) ? CELLTYPE_WRONG : CELLTYPE_ODD;
}

const char *celltype_words(enum field_type type)
{
    static const char *const words[TYPE_COUNT] = {
        [TYPE_EMAIL] = "an e-mail address", [TYPE_PHONE] = "a telephone number", [TYPE_DATE] = "a date", [TYPE_NUMBER] = "a number"};
    return (unsigned)type < TYPE_COUNT && words[type] ? words[type] : "";
}
