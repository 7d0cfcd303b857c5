#include "status.h"

#include "text.h"

#include <string.h>
#include <strings.h>

static const char *const status_names[STATUS_COUNT] = {
    [STATUS_NONE] = "",           [STATUS_MEMBER] = "member",
    [STATUS_FORMER] = "former",   [STATUS_APPLICANT] = "applicant",
    [STATUS_REFUSED] = "refused", [STATUS_FILE_ONLY] = "file-only",
    [STATUS_OTHER] = "other",
};

static const char *const system_names[SYSTEM_COUNT] = {
    [SYSTEM_NONE] = "",
    [SYSTEM_CIVICRM] = "CiviCRM",
    [SYSTEM_NATIONBUILDER] = "NationBuilder",
    [SYSTEM_MAILCHIMP] = "Mailchimp",
    [SYSTEM_ACTION_NETWORK] = "Action Network",
    [SYSTEM_SALESFORCE] = "Salesforce",
    [SYSTEM_TENDENCI] = "Tendenci",
    [SYSTEM_ODOO] = "Odoo",
};

struct word_row {
    enum source_system system; /* SYSTEM_NONE: common words, which mean the same everywhere */
    const char *text;
    enum status_word word;
};

/* CiviCRM: the statuses that it comes with.  Odoo: addons/membership.  Tendenci: status_detail of memberships. */
static const struct word_row words[] = {
    {SYSTEM_CIVICRM, "New", WORD_NEW},
    {SYSTEM_CIVICRM, "Current", WORD_CURRENT},
    {SYSTEM_CIVICRM, "Grace", WORD_GRACE},
    {SYSTEM_CIVICRM, "Expired", WORD_EXPIRED},
    {SYSTEM_CIVICRM, "Pending", WORD_PENDING},
    {SYSTEM_CIVICRM, "Cancelled", WORD_CANCELLED},
    {SYSTEM_CIVICRM, "Canceled", WORD_CANCELLED},
    {SYSTEM_CIVICRM, "Deceased", WORD_DECEASED},
    {SYSTEM_NATIONBUILDER, "active", WORD_CURRENT},
    {SYSTEM_NATIONBUILDER, "expired", WORD_EXPIRED},
    {SYSTEM_NATIONBUILDER, "canceled", WORD_CANCELLED},
    {SYSTEM_TENDENCI, "active", WORD_CURRENT},
    {SYSTEM_TENDENCI, "expired", WORD_EXPIRED},
    {SYSTEM_TENDENCI, "pending", WORD_PENDING},
    {SYSTEM_TENDENCI, "archive", WORD_EXPIRED},
    {SYSTEM_TENDENCI, "archived", WORD_EXPIRED},
    {SYSTEM_TENDENCI, "inactive", WORD_EXPIRED},
    {SYSTEM_TENDENCI, "disapproved", WORD_REFUSED},
    {SYSTEM_ODOO, "none", WORD_NEVER},
    {SYSTEM_ODOO, "Non Member", WORD_NEVER},
    {SYSTEM_ODOO, "canceled", WORD_CANCELLED},
    {SYSTEM_ODOO, "Cancelled Member", WORD_CANCELLED},
    {SYSTEM_ODOO, "old", WORD_EXPIRED},
    {SYSTEM_ODOO, "Old Member", WORD_EXPIRED},
    {SYSTEM_ODOO, "waiting", WORD_PENDING},
    {SYSTEM_ODOO, "Waiting Member", WORD_PENDING},
    {SYSTEM_ODOO, "invoiced", WORD_PENDING},
    {SYSTEM_ODOO, "Invoiced Member", WORD_PENDING},
    {SYSTEM_ODOO, "free", WORD_CURRENT},
    {SYSTEM_ODOO, "Free Member", WORD_CURRENT},
    {SYSTEM_ODOO, "paid", WORD_CURRENT},
    {SYSTEM_ODOO, "Paid Member", WORD_CURRENT},
    {SYSTEM_NONE, "new", WORD_NEW},
    {SYSTEM_NONE, "current", WORD_CURRENT},
    {SYSTEM_NONE, "active", WORD_CURRENT},
    {SYSTEM_NONE, "grace", WORD_GRACE},
    {SYSTEM_NONE, "expired", WORD_EXPIRED},
    {SYSTEM_NONE, "pending", WORD_PENDING},
    {SYSTEM_NONE, "deceased", WORD_DECEASED},
    {SYSTEM_NONE, "canceled", WORD_CANCELLED},
    {SYSTEM_NONE, "member", WORD_CURRENT},
    {SYSTEM_NONE, "former", WORD_EXPIRED},
    {SYSTEM_NONE, "former member", WORD_EXPIRED},
    {SYSTEM_NONE, "lapsed", WORD_EXPIRED},
    {SYSTEM_NONE, "ended", WORD_EXPIRED},
    {SYSTEM_NONE, "left", WORD_CANCELLED},
    {SYSTEM_NONE, "resigned", WORD_CANCELLED},
    {SYSTEM_NONE, "cancelled", WORD_CANCELLED},
    {SYSTEM_NONE, "applicant", WORD_PENDING},
    {SYSTEM_NONE, "applied", WORD_PENDING},
    {SYSTEM_NONE, "refused", WORD_REFUSED},
    {SYSTEM_NONE, "rejected", WORD_REFUSED},
    {SYSTEM_NONE, "not a member", WORD_NEVER},
    {SYSTEM_NONE, "dead", WORD_DECEASED},
};

static bool same(struct view v, const char *text)
{
    return v.len == strlen(text) && strncasecmp((const char *)v.p, text, v.len) == 0;
}

const char *status_name(enum person_status status)
{
    return (unsigned)status < STATUS_COUNT ? status_names[status] : "";
}

enum person_status status_find(struct view name)
{
    for (int i = STATUS_NONE + 1; i < STATUS_COUNT; i++)
        if (same(name, status_names[i]))
            return (enum person_status)i;
    return STATUS_NONE;
}

enum person_status status_group(enum person_status status)
{
    return status == STATUS_MEMBER || status == STATUS_FORMER ? status : STATUS_OTHER;
}

const char *system_name(enum source_system system)
{
    return (unsigned)system < SYSTEM_COUNT ? system_names[system] : "";
}

enum status_word status_word(enum source_system system, struct view cell)
{
    struct view v = text_trim(cell);
    if (v.len == 0)
        return WORD_EMPTY;
    enum status_word found = WORD_UNKNOWN;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!same(v, words[i].text))
            continue;
        if (system != SYSTEM_NONE && words[i].system == system)
            return words[i].word;
        if (system != SYSTEM_NONE && words[i].system != SYSTEM_NONE)
            continue;
        if (found != WORD_UNKNOWN && found != words[i].word)
            return WORD_UNKNOWN;
        found = words[i].word;
    }
    return found;
}

enum status_word status_word_find(struct view name)
{
    static const char *const names[WORD_COUNT] = {
        [WORD_NEW] = "new",           [WORD_CURRENT] = "current",   [WORD_GRACE] = "grace",
        [WORD_EXPIRED] = "expired",   [WORD_CANCELLED] = "cancelled", [WORD_DECEASED] = "deceased",
        [WORD_PENDING] = "pending",   [WORD_REFUSED] = "refused",   [WORD_NEVER] = "never",
    };
    for (unsigned i = WORD_NEW; i < WORD_COUNT; i++)
        if (same(name, names[i]))
            return (enum status_word)i;
    return WORD_UNKNOWN;
}

enum person_status status_of_word(enum status_word word)
{
    static const enum person_status of[WORD_COUNT] = {
        [WORD_NEW] = STATUS_MEMBER,      [WORD_CURRENT] = STATUS_MEMBER,   [WORD_GRACE] = STATUS_MEMBER,
        [WORD_EXPIRED] = STATUS_FORMER,  [WORD_CANCELLED] = STATUS_FORMER, [WORD_PENDING] = STATUS_APPLICANT,
        [WORD_REFUSED] = STATUS_REFUSED, [WORD_NEVER] = STATUS_OTHER,
    };
    return (unsigned)word < WORD_COUNT ? of[word] : STATUS_NONE;
}
