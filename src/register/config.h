/* What the organisation has settled, read from the vault's documents: fields and their numbers, purposes, sources, end
 * rules, the organisation itself.  And the changes to these, each with its log entry.
 *
 * Documents: kind "field", id the key: catalogue.h's JSON under "field", and "no"; "purpose": purpose.h's JSON under "purpose",
 * "no"; "source": {"exported","ids","name","no","system"}; "rule": endrule.h's JSON under "rule"; "org", id "org":
 * {"contact","country","membership_tells","name","zone"}.
 * Owns: a config lives in its arena; changes go into the config given and into the vault.
 * Errors: those of vault.h; ERR_CORRUPT (a document that isn't one).
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "endrule.h"
#include "person.h"
#include "purpose.h"
#include "vault.h"

struct config_source {
    uint8_t no;
    const char *name; /* an id: "crm" */
    enum source_system system;
    const char *const *ids; /* keys of its id fields, the first is the chief one */
    size_t id_count;
    int32_t exported; /* day of the newest export that was imported; DAY_UNKNOWN: none was */
};

struct config {
    struct arena *arena;
    struct catalogue catalogue;
    struct field_numbers numbers;
    const struct purpose *purposes;
    const uint16_t *purpose_nos; /* beside purposes */
    size_t purpose_count;
    const struct end_rule *rules;
    size_t rule_count;
    const struct config_source *sources;
    size_t source_count;
    const char *name, *contact, *country;
    const char *membership_tells; /* that somebody is a member tells: union, politics, belief, health, special (which, is not said), nothing */
    bool membership_is_special;   /* anything but nothing: A9-1 */
    struct when_zone zone;
};

/* The first documents of a new installation; inside vault_create's transaction.  `tells`: as membership_tells. */
err config_init(struct vault *v, const char *name, const char *contact, const char *country, const char *zone, const char *tells);
bool config_tells_ok(const char *tells);

err config_load(struct vault *v, struct arena *a, struct config *ret);

/* Reads all of it again into the same arena: after a lease was waited for, others may have changed it. */
err config_again(struct vault *v, struct config *c);

const struct purpose *config_purpose(const struct config *c, struct view key); /* NULL: none */
uint16_t config_purpose_no(const struct config *c, struct view key);           /* 0: none */
const struct purpose *config_purpose_of(const struct config *c, uint16_t no);  /* NULL: none */
const struct config_source *config_source(const struct config *c, struct view name);   /* NULL: none */
const struct config_source *config_source_of(const struct config *c, uint8_t no);      /* NULL: none */
/* Bits of all categories that a field of the catalogue has. */
uint32_t config_categories(const struct config *c);

/* Changes: in a transaction.  `*ret_new` (may be NULL) false: there was nothing to do. */

/* Errors: field_check's; ERR_CONFLICT for the key with another category or type. */
err config_add_field(struct vault *v, struct config *c, const struct field *f, bool *ret_new);
/* Adds or replaces.  Errors: purpose_check's. */
err config_set_purpose(struct vault *v, struct config *c, const struct purpose *p, bool *ret_new);
/* Adds a rule, or a new version of one.  Errors: end_rule_check's. */
err config_set_rule(struct vault *v, struct config *c, const struct end_rule *r, bool *ret_new);
/* A source of that name: the one there is, with `ids` (keys) added to its id fields and `exported` if that is newer (DAY_UNKNOWN is
 * not), or a new one.  Errors: ERR_INVALID a
 * name that is no id (entry.h); ERR_LIMIT more than 255. */
err config_add_source(struct vault *v, struct config *c, const char *name, enum source_system system, const char *const *ids,
                      size_t id_count, int32_t exported, const struct config_source **ret);

#endif
