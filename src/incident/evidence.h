/* What one person can show to others: that she was in a hand-over, or among those affected, with these fields; offline, and without
 * telling anything of another person.
 *
 * Per set: her leaf (salt, commitment id, fields) with its path to the set's root; the sealed entry that holds that root, opened; and
 * the proof that the entry is in the log of a signed checkpoint.  `tools/check-evidence` checks it.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "config.h"
#include "handover.h"

/* {"key": the log's public key, "sets": [{"kind","id","fields","leaf":{"salt","commitment","index","size","path"},"set",
 *  "entry":{"index","bytes","salt","body"},"proof"}]}.  An empty list where she is in none.  Of all records of the person
 *  (people.h).  `ret` is a new reference.
 * Errors: ERR_GONE for somebody erased. */
err evidence_of(struct vault *v, const struct config *c, struct arena *a, uint32_t ordinal, json_t **ret);

#endif
