/* The newest answer to who is affected, and whether it may be another by now (design: "what would change it marks it stale").
 *
 * Looks at the kinds of what was entered in the log since: an import, a hand-over, a certificate, a recipient, two records of one person,
 * a new version of the breach.  So it costs nothing, and may say stale where the numbers stay; scope_stale() works it out.  That time alone
 * makes members former is not seen here.
 */
#ifndef SCOPE_SINCE_H
#define SCOPE_SINCE_H

#include "scope_numbers.h"
#include "vault.h"

struct scope_since {
    bool there; /* false: it has not been worked out yet */
    bool stale;
    struct scope_numbers numbers;
};
err scope_since(struct vault *v, struct arena *a, const char *incident, struct scope_since *ret);
/* The answer was worked out anew just now, and is that of the newest version.  In a transaction. */
err scope_since_asked(struct vault *v, const char *incident);

#endif
