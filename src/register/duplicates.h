/* People who may be one person twice: who share an e-mail address, or postcode and family name (match.h).
 *
 * Many are two people: couples share an address.  What is said to be one person by hand (people.h) is one here.
 * The caller sees to the warrant: everybody is opened.
 * Errors: those of people.h; ERR_LIMIT (more addresses than LIMIT_DUPLICATE_KEYS).
 */
#ifndef DUPLICATES_H
#define DUPLICATES_H

#include "people.h"

enum { DUPLICATE_EMAIL = 1, DUPLICATE_POSTCODE = 2, DUPLICATES_SHOWN = 20 };

struct duplicates {
    unsigned why;                        /* bits of the above */
    bool likely;                         /* of two the first names are the same, or one is not known */
    uint64_t people;
    uint32_t ordinals[DUPLICATES_SHOWN]; /* rising; the first of them */
    size_t shown;
};

/* The first `limit` groups, the likely ones before the others, then by their ordinals; how many there are in all. */
err duplicates_find(struct vault *v, const struct config *c, struct arena *a, size_t limit, const struct duplicates **ret, size_t *ret_shown,
                    uint64_t *ret_count);

#endif
