/* The tables behind columns.h: one file for each system, each with the names that its exports use
 * (spec/csv-exports.md).  Private to columns*.c and map.c.
 */
#ifndef COLUMNS_KNOWN_H
#define COLUMNS_KNOWN_H

#include "columns.h"
#include "purpose.h"

/* What a system means by a column name. */
struct known {
    const char *name;
    enum column_role role;
    const char *key;        /* of the field; NULL: made of the name of the column */
    enum category category; /* of a field of the system's own; CATEGORY_NONE: `key` is in the default catalogue */
    enum field_type type;
    enum mark mark;
    enum column_sense sense;
    const char *purpose;
    bool many; /* repeats, or adds a value to the field of another column */
};

struct system_columns {
    enum source_system system;
    const struct known *rows;
    size_t count;
    /* Names that no other system and no handmade table uses: one of them says that it is this system. */
    const char *const *signs;
    size_t sign_count;
    /* Names made by a rule; NULL where there are none.  Fills `ret` but for its name. */
    bool (*by_rule)(struct view name, struct known *ret);
};

const struct system_columns *columns_civicrm(void);
const struct system_columns *columns_nationbuilder(void);
const struct system_columns *columns_mailchimp(void);
const struct system_columns *columns_action_network(void);
const struct system_columns *columns_salesforce(void);
const struct system_columns *columns_tendenci(void);
const struct system_columns *columns_odoo(void);

/* The row of that name: exactly, then folded. */
const struct known *columns_known_find(const struct system_columns *s, struct view name, bool *ret_exact);

/* Makes a column of this role: finds or defines its field.  `key` as in struct known. */
err columns_field(struct arena *a, const struct catalogue *c, struct view name, const struct known *k,
                  struct column *ret);

/* Rows of the tables. */
#define COLUMN_AS(n, k)                                                                                                 \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_FIELD, .key = (k)                                                                   \
    }
#define COLUMN_ADDS(n, k)                                                                                               \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_FIELD, .key = (k), .many = true                                                     \
    }
#define COLUMN_OWN(n, c, t)                                                                                             \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_FIELD, .category = CATEGORY_##c, .type = TYPE_##t                                   \
    }
#define COLUMN_KEY(n, k, c, t)                                                                                          \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_FIELD, .key = (k), .category = CATEGORY_##c, .type = TYPE_##t                       \
    }
#define COLUMN_KEYED(n, k)                                                                                              \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_ID, .key = (k), .category = CATEGORY_IDENTITY, .type = TYPE_ID                      \
    }
#define COLUMN_IS(n, r)                                                                                                 \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_##r, .key = FIELD_MEMBERSHIP                                                        \
    }
#define COLUMN_FLAG(n, m, s)                                                                                            \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_MARK, .key = FIELD_CONTACT_CHOICES, .mark = MARK_##m, .sense = SENSE_##s,           \
        .many = true                                                                                                    \
    }
#define COLUMN_DEAD(n, m, s)                                                                                            \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_MARK, .key = FIELD_DECEASED, .mark = MARK_##m, .sense = SENSE_##s, .many = true     \
    }
#define COLUMN_STOP(n, s)                                                                                               \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_OBJECTION, .key = FIELD_CONTACT_CHOICES, .sense = SENSE_##s, .many = true           \
    }
#define COLUMN_AGREE(n, p)                                                                                              \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_CONSENT, .key = FIELD_CONTACT_CHOICES, .sense = SENSE_YES_NO, .purpose = (p),       \
        .many = true                                                                                                    \
    }
#define COLUMN_NOTHING(n)                                                                                               \
    {                                                                                                                   \
        .name = (n), .role = COLUMN_IGNORE                                                                              \
    }

#define COLUMNS_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
