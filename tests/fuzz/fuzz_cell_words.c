/* What an import makes of a cell by its column: celltype_of(), status_word(), field_key_from().  Capitals and outer blanks change nothing of a
 * status; a key that was made is one that is taken. */
#include "catalogue.h"
#include "celltype.h"
#include "status.h"

#include <string.h>

static void check_types(struct view cell)
{
    for (int type = 0; type < TYPE_COUNT; type++) {
        for (int order = WHEN_YEAR_FIRST; order <= WHEN_MONTH_FIRST; order++) {
            enum celltype c = celltype_of((enum field_type)type, cell, (enum when_order)order);
            CHECK(c == CELLTYPE_FINE || c == CELLTYPE_NOTHING || c == CELLTYPE_ODD || c == CELLTYPE_WRONG);
            CHECK((c == CELLTYPE_NOTHING) <= celltype_is_nothing((enum field_type)type, cell));
            CHECK(!celltype_needs_order(cell, (enum when_order)order) || order == WHEN_YEAR_FIRST);
        }
    }
}

static void check_status(struct view cell)
{
    CLEANUP(buf_free) struct buf other = BUF(1 << 20);
    buf_str(&other, " \t");
    for (size_t i = 0; i < cell.len; i++) {
        bool small = cell.p[i] >= 'a' && cell.p[i] <= 'z';
        buf_u8(&other, small ? (uint8_t)(cell.p[i] - 'a' + 'A') : cell.p[i]);
    }
    buf_str(&other, " ");
    for (int system = SYSTEM_NONE; system < SYSTEM_COUNT; system++) {
        enum status_word word = status_word((enum source_system)system, cell);
        CHECK(word < WORD_COUNT && status_of_word(word) < STATUS_COUNT);
        CHECK(status_word((enum source_system)system, buf_view(&other)) == word);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char key[FIELD_KEY_MAX + 1];
    struct view cell = view_of(data, size);
    if (field_key_from(cell, key))
        CHECK(strlen(key) <= FIELD_KEY_MAX && field_key_ok(view_text(key)));
    check_types(cell);
    check_status(cell);
    return 0;
}
