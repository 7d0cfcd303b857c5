/* Recipients: the legal bodies that get data, what they may get and for what, and to whom they pass it on.
 *
 * The built-in recipient "self" is our own system.  Rules: A4-9, A4-10, A28.2, A28.3, CK-16.
 * Owns: texts live in the arena.
 */
#ifndef RECIPIENT_H
#define RECIPIENT_H

#include "mem.h"
#include "vault.h"

enum recipient_class {
    RECIPIENT_NO_CLASS = 0,
    RECIPIENT_PROCESSOR = 1, /* works only on our orders */
    RECIPIENT_SUB_PROCESSOR = 2,
    RECIPIENT_JOINT_CONTROLLER = 3,
    RECIPIENT_CONTROLLER = 4,
    RECIPIENT_AFFILIATED = 5,
    RECIPIENT_AUTHORITY = 6,
    RECIPIENT_CLASS_COUNT
};
const char *recipient_class_name(enum recipient_class c);
enum recipient_class recipient_class_find(const char *name); /* RECIPIENT_NO_CLASS: none of that name */
bool recipient_is_processor(enum recipient_class c);         /* so that giving it data stays inside the body: A4-10 */

#define RECIPIENT_SELF "self"

/* `sub` gets from this recipient what it has for `purpose`. */
struct recipient_link {
    const char *sub, *purpose; /* purpose "" : all */
    int32_t from, until;       /* days; DAY_UNKNOWN: not known, still so */
};

struct recipient {
    const char *id;   /* a-z 0-9 first, then . _ - too */
    const char *name; /* legal */
    const char *number, *country, *does, *owner, *contract_reference, *security_contact, *age_key, *officers;
    enum recipient_class class_;
    int32_t contract, contract_until; /* days; DAY_UNKNOWN: none */
    uint32_t delete_after_days;       /* 0: nothing agreed */
    const char *const *purposes;      /* keys agreed */
    size_t purpose_count;
    const char *const *fields; /* keys agreed */
    size_t field_count;
    const struct recipient_link *links;
    size_t link_count;
};

/* Errors: ERR_INVALID in words; ERR_LIMIT too many purposes, fields or links. */
err recipient_check(const struct recipient *r);
bool recipient_agreed_purpose(const struct recipient *r, const char *purpose);
bool recipient_agreed_field(const struct recipient *r, const char *field);

err recipient_to_json(const struct recipient *r, json_t **ret);
err recipient_from_json(struct arena *a, const json_t *j, struct recipient *ret);

/* Adds or replaces (a new version) with its log entry; in a transaction.  `action` is a word of the entry: add, edit, link. */
err recipient_save(struct vault *v, const struct recipient *r, const char *action);
err recipient_load(struct vault *v, struct arena *a, const char *id, struct recipient *ret); /* ERR_NOT_FOUND with the nearest */
err recipient_list(struct vault *v, struct arena *a, struct recipient **ret, size_t *ret_count);
/* The number that consents and objections in people's facts carry: of the order in which recipients were entered, from 1. */
err recipient_number(struct vault *v, const char *id, uint16_t *ret);
/* "7d", "90d" -> days.  ERR_USAGE. */
err recipient_parse_days(const char *text, uint32_t *ret);

#endif
