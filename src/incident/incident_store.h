/* Incidents in the vault: opening with its legal hold, which grows with whom it may concern; new versions with their log entries.
 * Documents: kind "incident", id "I1" ..., incident.h's JSON under "incident".
 */
#ifndef INCIDENT_STORE_H
#define INCIDENT_STORE_H

#include "config.h"
#include "handover.h"
#include "incident.h"

err incident_load(struct vault *v, struct arena *a, const char *id, struct incident *ret); /* ERR_NOT_FOUND in words */
/* The newest version; or the one of that number, where it isn't 0. */
err incident_load_version(struct vault *v, struct arena *a, const char *id, uint32_t version, struct incident *ret);
err incident_list(struct vault *v, struct arena *a, struct incident **ret, size_t *ret_count);

/* What became of it.  A breach can be opened and changed even when the log can't go on: then the caller says so loudly. */
struct incident_outcome {
    uint64_t held;   /* people put under the legal hold */
    bool hold_waits; /* it could not be placed, for want of a warrant; the next change of the incident places it */
    bool done;       /* the same command did this already */
    bool again;      /* and came to its end: nothing new was done */
    err published;
};

/* Enters `wanted` (its id is given here) and puts everybody whom its recipients can hold under a legal hold, in one transaction.
 * `key`: the command's, for going on after a kill. */
err incident_open(struct vault *v, struct config *c, struct arena *a, struct incident *wanted, const uint8_t key[32], struct incident_outcome *o);

/* What the same command did to a breach just before: with `done` the breach as it is, published now if it was cut off.  Takes the lease, so
 * that nothing comes between this and the change. */
err incident_go_on(struct vault *v, struct arena *a, const uint8_t key[32], struct incident *ret, struct incident_outcome *o);

/* A new version; `action` is edit, promise, measure, told, explain or close.  Whom new recipients can hold come under the hold too.  ERR_CONFLICT: somebody
 * else changed it since `old` was loaded. */
err incident_change(struct vault *v, struct config *c, struct arena *a, const struct incident *old, const struct incident *wanted,
                    const char *action, const uint8_t key[32], struct incident *ret, struct incident_outcome *o);

/* Puts under the hold of every open breach whoever can be hit by it and is not under it yet: in the transaction of whatever made more
 * people reachable, with a warrant left for everybody RECORD_REACH_PASSES times.  `ret_placed`: how many people came under one. */
err incident_hold(struct vault *v, const struct config *c, uint64_t *ret_placed);
/* The warrant for it, before the transaction, where a breach is open. */
err incident_hold_warrant(struct vault *v);

#endif
