/* Which person a row of a file means (design, "The register"; spec/pitfalls.md B3).
 *
 * The rule, in this order:
 * 1. A person with one of the row's ids under the same source.  Ids that lead to several people: several.
 * 2. A person with the row's e-mail address or postcode, now or in the past, whose family name agrees and whose first name or
 *    birth date agrees too; never somebody who has another value in an id field of this source that the row fills.
 * 3. Nobody.  Those who share the e-mail address, or postcode and family name, are `near`: possible duplicates.  Those of them with
 *    whom no detail of the row disagrees are `doubt` too: whether the row means them can't be told for lack of details, on either
 *    side.  Details disagree if both have some and none of them agrees: family names; birth dates, or, where one is not known, first
 *    names; ids in a field of this source.  An import passes `doubt` over (she is new, and a possible duplicate); for what was
 *    given away doubt includes.
 * Several records of one person (people.h) are that person: what means several of them only means one.  What means one record alone
 * means that record: should it turn out to be somebody else's, she had the row.
 * Names agree if they are equal without capitals, accents, hyphens and blanks.  A first name also agrees if one of the two is a
 * single letter, with or without a point, that begins the other: registers of the 18th century to our day hold "J. Smith",
 * and here the e-mail address or postcode and the family name agree already.  Longer beginnings ("Jo", "Joan") don't agree: they
 * are other names.  Birth dates that are both known and differ never agree, whatever the first names.
 * Of a past value that is no longer kept (person.h) the index has its token still, so that who had the id, address or postcode is found
 * as before, and past names agree by their fingerprint: if they are equal, as above; a single letter says nothing of them.
 *
 * Owns: results live in the arena.  Texts are borrowed for the call.
 * Errors: those of the callbacks; ERR_NOMEM.
 */
#ifndef MATCH_H
#define MATCH_H

#include "keeper.h"
#include "mem.h"
#include "when.h"

struct match_id {
    uint16_t field;
    struct view value;
};

enum { MATCH_IDS_MAX = 24, /* the widest export known has 19 columns with ids */ MATCH_EMAILS_MAX = 8, MATCH_NAME_BYTES = 1024 /* longer names never agree */ };

struct match_row {
    uint8_t source; /* 0: the row's ids belong to none, they are passed over */
    const struct match_id *ids; /* at most MATCH_IDS_MAX */
    const struct view *emails;  /* at most MATCH_EMAILS_MAX */
    size_t id_count, email_count;
    struct view postcode, family, first; /* empty: not in the row */
    int32_t birth;                       /* DAY_UNKNOWN: not in the row */
};

enum match_kind { MATCH_NONE, MATCH_ONE, MATCH_SEVERAL };

struct match {
    enum match_kind kind;
    bool by_id;
    bool past;                /* of ONE: found by a value that she no longer has */
    uint32_t ordinal;         /* of ONE; the one that stands for her, if `joined` */
    bool joined;              /* of ONE: the row means several records of hers */
    const uint32_t *ordinals; /* of SEVERAL: rising */
    size_t ordinal_count;
    bool never;               /* an id or address of somebody who asked never to be contacted again: kept only to say so */
    const uint32_t *near;     /* of NONE: rising */
    size_t near_count;
    const uint32_t *doubt;    /* of NONE: rising; those of `near` who may be meant */
    size_t doubt_count;
};

/* What matching needs to know of a candidate: all values that she has or had. */
struct match_person {
    uint32_t ordinal;
    bool there;  /* false: erased meanwhile */
    bool joined; /* one of several records of a person */
    const struct match_id *ids; /* of the row's source only: values she has now */
    size_t id_count;
    const struct view *families, *firsts;
    size_t family_count, first_count;
    const uint8_t (*family_prints)[TOKEN_BYTES], (*first_prints)[TOKEN_BYTES]; /* of those no longer kept */
    size_t family_print_count, first_print_count;
    int32_t birth; /* DAY_UNKNOWN: not known */
    /* Of match_changed(), not to be set: the family names of before. */
    bool changed;
    const struct view *found_families;
    size_t found_family_count;
};

struct field;
struct match_name_field {
    const struct field *field;
    uint16_t no;
};

/* Where tokens, look-ups and candidates come from: the vault, or a test. */
struct match_access {
    void *ctx;
    err (*tokens)(void *ctx, const struct keeper_value *values, size_t count, uint8_t (*ret)[TOKEN_BYTES]);
    /* As vault_find().  Whoever has one of `families` below is found by its token, present or past: where many share postcodes,
     * only those who also stand under the row's family name are opened. */
    err (*find)(void *ctx, const uint8_t (*tokens)[TOKEN_BYTES], size_t count,
                err (*fn)(void *fn_ctx, size_t asked, uint32_t ordinal, uint8_t flags), void *fn_ctx);
    /* Fills people[i] for ordinals[i], rising; ids for `source`.  Lives in the arena. */
    err (*people)(void *ctx, struct arena *a, uint8_t source, const uint32_t *ordinals, size_t count,
                  struct match_person *people);
    /* ret[i]: the record that stands for the person of ordinals[i], rising, each once. */
    err (*records)(void *ctx, const uint32_t *ordinals, size_t count, uint32_t *ret);
    struct match_name_field family, first; /* for fingerprints; NULL: no candidate has any */
    /* Whether her family name may be one of which `find` does not know yet (see match_changed()); NULL: nobody's. */
    bool (*renamed)(void *renamed_ctx, uint32_t ordinal);
    void *renamed_ctx;
    size_t hits_at_once; /* how many people rows may find before fewer are looked up at once; 0: as many as memory is meant for */
};

/* How many rows to match at once, of `people` in the register.  All index cells are opened for as many rows as that: so it is a fixed
 * part of a large register, or the work would grow with its square. */
size_t match_rows_at_once(uint64_t people);

/* All rows must be of one source. */
err match_rows(const struct match_access *access, struct arena *a, const struct match_row *rows, size_t count,
               struct match *results);

/* The same row by row, where what a row says counts for those after it: people are found by what they had and have in the vault, and
 * judged by what is known of them at the time, so that it makes no difference how many rows are looked up at once.  Somebody is found
 * by a postcode only under a family name that she had then. */
struct matching;
/* `count`: at least one; `*ret_count`: of how many, fewer where very many people share what stands in the rows.  `results` come
 * one by one from match_judge(). */
err match_begin(const struct match_access *access, struct arena *a, const struct match_row *rows, size_t count, struct match *results,
                struct matching **ret, size_t *ret_count);
void match_end(struct matching **m); /* for CLEANUP too */
/* Everybody who was found, rising, each once. */
err match_found(struct matching *m, const uint32_t **ret, size_t *ret_count);
err match_judge(struct matching *m, size_t row);
/* More is known of somebody than before. */
void match_changed(struct matching *m, const struct match_person *now);
/* Of the people that one row meant by its ids: they are one from now on. */
void match_joined(struct matching *m, const uint32_t *ordinals, size_t count);

/* The access over an open vault; `mv` is its ctx.  */
struct config;
struct vault;
struct match_vault {
    struct vault *v;
    const struct config *config;
};
struct match_access match_over(struct match_vault *mv);
/* What matching needs to know of her; her identity and ids must be loaded.  Lives in the arena. */
struct person;
err match_person_of(const struct config *c, struct arena *a, uint8_t source, const struct person *p, struct match_person *ret);
/* The categories that are to be loaded for it. */
uint32_t match_categories(const struct config *c, uint8_t source);

/* --- tokens (docs/format.md section 6): the normalised value to be given to keeper_tokens().  False: there is nothing to look
 * up in it (empty, or not an address, a number ...).  Appended to `to`. --- */
bool match_value_id(struct buf *to, uint8_t source, uint16_t field, struct view value);
bool match_value_email(struct buf *to, struct view value);
bool match_value_postcode(struct buf *to, struct view value);
bool match_value_phone(struct buf *to, struct view value);
bool match_value_family(struct buf *to, struct view value);

/* What the fingerprint of a value is made of, which stays of a past value that is no longer kept (docs/format.md section 4); also of
 * what is no address or number.  Values that text_fold() makes equal have the same.  Errors: ERR_NOMEM. */
enum { MATCH_PRINT_BYTES = 2 + HASH_BYTES };
err match_print(struct buf *to, const struct field *f, uint16_t no, struct view value);

/* Family and first name in a full name: "Example, Ada" or "Ada B. Example". */
void match_split_name(struct view full, struct view *ret_family, struct view *ret_first);

/* The rule's pieces, for tests. */
bool match_family_agrees(struct view a, struct view b);
bool match_first_agrees(struct view a, struct view b);

#endif
