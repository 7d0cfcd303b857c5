/* Purposes: what data is used for, on which lawful basis, for whom, and which fields it may take.
 * The gate lets nothing out that no purpose covers (law: A5-1, A6-1, A9-2-uk, CK-35).
 *
 * The numbers of bases and conditions are stored: never renumber.
 */
#ifndef PURPOSE_H
#define PURPOSE_H

#include "catalogue.h"
#include "status.h"

enum art6 { /* Article 6(1), the letter */
            ART6_NONE = 0,
            ART6_A = 1,  /* consent */
            ART6_B = 2,  /* contract */
            ART6_C = 3,  /* legal duty */
            ART6_D = 4,  /* vital interests */
            ART6_E = 5,  /* public task */
            ART6_F = 6,  /* legitimate interests */
            ART6_EA = 7, /* UK only: recognised legitimate interests */
            ART6_COUNT
};

enum art9 { /* Article 9(2), the letter */
            ART9_NONE = 0,
            ART9_A = 1,  /* explicit consent */
            ART9_B = 2,  /* employment, social protection */
            ART9_C = 3,  /* vital interests */
            ART9_D = 4,  /* not-for-profit body with a political, philosophical, religious or trade-union aim */
            ART9_E = 5,  /* made public by the person */
            ART9_F = 6,  /* legal claims */
            ART9_G = 7,  /* substantial public interest */
            ART9_H = 8,  /* health care */
            ART9_I = 9,  /* public health */
            ART9_J = 10, /* archives, research, statistics */
            ART9_COUNT
};

enum condition { /* what Article 9(2)(g) or 10 needs besides: DPA 2018 Schedule 1, by paragraph */
                 CONDITION_NONE = 0,
                 CONDITION_S1_8 = 1,  /* equality of opportunity */
                 CONDITION_S1_18 = 2, /* safeguarding */
                 CONDITION_S1_22 = 3, /* political parties (law: S1-22) */
                 CONDITION_S1_31 = 4, /* criminal-offence data, not-for-profit body (law: S1-31) */
                 CONDITION_LAW = 5,   /* another law, outside the UK */
                 CONDITION_COUNT
};

#define PURPOSE_KEY_MAX 48u
#define PURPOSE_WORDS_MAX 200u /* bytes: it is half a line of a letter */
#define PURPOSE_FIELDS_MAX 512u

/* The default keys.  Objections of an import count against PURPOSE_NEWSLETTER and PURPOSE_FUNDRAISING. */
#define PURPOSE_MEMBERSHIP "membership"
#define PURPOSE_BALLOT "ballot"
#define PURPOSE_NEWSLETTER "newsletter"
#define PURPOSE_FUNDRAISING "fundraising"

struct purpose {
    const char *key;   /* as a field key */
    const char *label; /* in lists: "Ballots" */
    const char *words; /* in letters, after "for": "your ballot paper (by law)" */
    enum art6 basis;
    enum art9 special;
    enum condition condition;
    uint32_t statuses;         /* STATUS_BIT()s: whom it covers */
    const char *const *fields; /* keys, each once */
    size_t field_count;
    bool required_for_membership;
    bool marketing; /* an objection always ends it: A21.2 */
};

const char *art6_name(enum art6 b);              /* "6-1-a" ... "6-1-ea"; "none" */
enum art6 art6_find(struct view name);           /* also "a", "6(1)(a)"; ART6_COUNT: not one */
const char *art9_name(enum art9 s);              /* "9-2-a" ...; "none" */
enum art9 art9_find(struct view name);           /* also "a", "9(2)(a)"; ART9_COUNT: not one */
const char *condition_name(enum condition c);    /* "dpa-sch1-22" ...; "none" */
enum condition condition_find(struct view name); /* CONDITION_COUNT: not one */

/* membership, ballot, newsletter, fundraising. */
size_t purpose_default_count(void);
const struct purpose *purpose_default(size_t i);

/* Whether it rests on consent: 6-1-a or 9-2-a. */
bool purpose_is_consent(const struct purpose *p);
bool purpose_covers_status(const struct purpose *p, enum person_status status);
bool purpose_covers_field(const struct purpose *p, struct view key);

/* Whether the purpose may be entered.  `membership_is_special`: the organisation is a party, a union, a church, so that
 * its membership record is special-category data (A9-1). Errors: ERR_INVALID, saying which rule: no basis; covers nobody
 * or no field; an unknown field; consent required for membership (CK-35, A7-4); special data without an Article 9
 * condition (A9-2-uk); 9-2-g or criminal-offence data without its condition; marketing that is required for membership
 * (A21.2). */
err purpose_check(const struct purpose *p, const struct catalogue *c, bool membership_is_special);

/* {"basis","condition","fields","key","label","marketing","required_for_membership","special","statuses","words"}. */
err purpose_to_json(const struct purpose *p, json_t **ret);
/* Strict, as field_from_json; shapes only, purpose_check() is apart. */
err purpose_from_json(struct arena *a, const json_t *j, struct purpose *ret);

#endif
