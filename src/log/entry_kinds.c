#include "entry_kinds.h"

#include <string.h>

/* clang-format off */
#define WORDS(...) .type = ENTRY_WORD, .words = (const char *const[]){__VA_ARGS__, NULL}
#define RULES(...) (const struct entry_rule[]){__VA_ARGS__, {0}}
/* clang-format on */
#define OBJECT(...) .type = ENTRY_OBJECT, .inside = RULES(__VA_ARGS__)

static const struct entry_kind kinds[] = {
    /* In clear. */
    {"init", false,
     RULES({"origin", ENTRY_ORIGIN}, {"practice", ENTRY_BOOLEAN}, {"country", ENTRY_COUNTRY}, {"format", ENTRY_NUMBER})},
    {"warrant", false,
     RULES({"job", ENTRY_ID}, {"purpose", ENTRY_ID}, {"categories", ENTRY_IDS}, {"number", ENTRY_COUNT},
           {"until", ENTRY_TIME}, {"set", ENTRY_HASH})},
    {"import", false,
     RULES({"source", ENTRY_ID}, {"mode", WORDS("full", "part")}, {"read", ENTRY_COUNT}, {"added", ENTRY_COUNT},
           {"updated", ENTRY_COUNT}, {"unchanged", ENTRY_COUNT}, {"gone", ENTRY_COUNT}, {"file", ENTRY_HASH})},
    {"field", false,
     RULES({"field", ENTRY_ID}, {"category", ENTRY_ID}, {"type", ENTRY_ID}, {"action", WORDS("add", "edit")},
           {"doc", ENTRY_HASH})},
    {"purpose", false, RULES({"purpose", ENTRY_ID}, {"action", WORDS("add", "edit", "end")}, {"doc", ENTRY_HASH})},
    {"recipient", false,
     RULES({"recipient", ENTRY_ID}, {"action", WORDS("add", "edit", "link", "unlink", "end")}, {"doc", ENTRY_HASH})},
    {"contact", false, RULES({"doc", ENTRY_HASH})},
    {"consent", false,
     RULES({"purpose", ENTRY_ID}, {"recipient", ENTRY_ID, .optional = true}, {"action", WORDS("give", "withdraw")},
           {"number", ENTRY_COUNT})},
    {"objection", false, RULES({"purpose", ENTRY_ID}, {"action", WORDS("add", "withdraw")}, {"number", ENTRY_COUNT})},
    {"merge", false, RULES({"action", WORDS("merge", "unmerge")})},
    {"rule", false,
     RULES({"rule", ENTRY_ID}, {"months", ENTRY_NUMBER}, {"action", WORDS("add", "edit", "set", "end")},
           {"doc", ENTRY_HASH})},
    {"legal-hold", true, /* would tell the world of a breach first */
     RULES({"incident", ENTRY_ID, .optional = true}, {"action", WORDS("place", "release")}, {"number", ENTRY_COUNT})},
    {"certificate", false,
     RULES({"handovers", ENTRY_IDS}, {"action", WORDS("believed", "not-believed")}, {"doc", ENTRY_HASH})},
    {"documents", false, RULES({"docs", ENTRY_HASHES})}, /* those that no other entry names */
    {"state", false, RULES({"root", ENTRY_HASH}, {"cells", ENTRY_NUMBER}, {"epoch", ENTRY_NUMBER})},
    {"backup", false, RULES({"root", ENTRY_HASH}, {"size", ENTRY_NUMBER})},
    {"restore", false, RULES({"size", ENTRY_NUMBER})},
    {"erasure", false, RULES({"number", ENTRY_COUNT})},
    {"destroyed", false, RULES({"epoch", ENTRY_NUMBER})},
    {"sealed", false, RULES({"hash", ENTRY_HASH})},
    {"release", false, RULES({"index", ENTRY_NUMBER}, {"salt", ENTRY_HASH}, {"body", ENTRY_BODY})},

    /* Sealed, released later. */
    {"handover", true,
     RULES({"id", ENTRY_ID}, {"handover_kind", WORDS("file", "rule", "system", "their-list", "created")},
           {"evidence", WORDS("exact", "listed", "rebuilt")}, {"recipient", ENTRY_ID}, {"purpose", ENTRY_ID},
           {"sent", OBJECT({"earliest", ENTRY_MOMENT}, {"latest", ENTRY_MOMENT})}, {"people", ENTRY_COUNT},
           {"file_only", ENTRY_COUNT}, {"fields", ENTRY_IDS}, {"set", ENTRY_HASH}, {"commitment", ENTRY_HEX16},
           {"doc", ENTRY_HASH})},
    {"incident", true,
     RULES({"id", ENTRY_ID}, {"recipients", ENTRY_IDS}, {"aware", ENTRY_MOMENT}, {"company_aware", ENTRY_MOMENT},
           {"action", WORDS("open", "edit", "promise", "measure", "told", "explain", "close")}, {"doc", ENTRY_HASH})},
    {"scope", true,
     RULES({"incident", ENTRY_ID}, {"version", ENTRY_NUMBER}, {"affected", ENTRY_COUNT}, {"members", ENTRY_COUNT},
           {"former", ENTRY_COUNT}, {"other", ENTRY_COUNT},
           {"evidence", OBJECT({"exact", ENTRY_COUNT}, {"listed", ENTRY_COUNT}, {"rebuilt", ENTRY_COUNT})},
           {"handovers", ENTRY_IDS}, {"set", ENTRY_HASH}, {"commitment", ENTRY_HEX16, .optional = true},
           {"doc", ENTRY_HASH})},
    {"letter", true,
     RULES({"incident", ENTRY_ID}, {"round", ENTRY_NUMBER},
           {"action", WORDS("approve", "send", "pause", "resume", "stop", "done", "correct")}, {"doc", ENTRY_HASH},
           {"affected", ENTRY_COUNT, .optional = true}, {"accepted", ENTRY_COUNT, .optional = true},
           {"post", ENTRY_COUNT, .optional = true}, {"phone", ENTRY_COUNT, .optional = true},
           {"waiting", ENTRY_COUNT, .optional = true}, {"not_told", ENTRY_COUNT, .optional = true},
           {"members", OBJECT({"first", ENTRY_MOMENT}, {"last", ENTRY_MOMENT}), .optional = true},
           {"former", OBJECT({"first", ENTRY_MOMENT}, {"last", ENTRY_MOMENT}), .optional = true},
           {"set", ENTRY_HASH, .optional = true}, {"commitment", ENTRY_HEX16, .optional = true})},
    {"report", true,
     RULES({"incident", ENTRY_ID}, {"to", WORDS("ico", "edpb", "markdown", "json")},
           {"action", WORDS("draft", "record")}, {"doc", ENTRY_HASH})},
    {"request", true,
     RULES({"id", ENTRY_ID}, {"type", WORDS("access", "rectify", "erase", "restrict", "port", "object", "complaint")},
           {"action", WORDS("open", "extend", "pause", "resume", "answer", "close")}, {"received", ENTRY_MOMENT},
           {"due", ENTRY_TIME, .optional = true}, {"doc", ENTRY_HASH, .optional = true})},
};

const struct entry_kind *entry_kind_at(size_t index)
{
    return index < sizeof kinds / sizeof kinds[0] ? &kinds[index] : NULL;
}

const struct entry_kind *entry_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}
