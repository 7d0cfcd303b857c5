/* The quick look at an entry's form says yes only to what the slow one accepts, and names the same kind. */
#include "entry.h"
#include "publish_int.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct entry_kind *kind = publish_scan(view_of(data, size));
    json_t *entry = NULL;
    err slow = entry_parse(view_of(data, size), &entry);
    if (kind) {
        CHECK(slow.kind == ERR_OK);
        CHECK(strcmp(json_string_value(json_object_get(entry, "kind")), kind->name) == 0);
    }
    err_ignore(slow, "most inputs are no entries");
    json_decref(entry);
    return 0;
}
