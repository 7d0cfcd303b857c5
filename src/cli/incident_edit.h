/* Changing a breach: opened, changed as a value, kept as a new version, and shown. */
#ifndef INCIDENT_EDIT_H
#define INCIDENT_EDIT_H

#include "cli.h"
#include "incident_store.h"

struct incident_edit {
    struct vault *v;
    struct config config;
    struct incident old, wanted; /* `wanted` begins as `old` */
};
typedef err incident_edit_fn(struct cli *c, struct incident_edit *e);
/* The breach that the command's first word names: `change` makes `wanted` of it, which is kept, called `action` in the log, and shown.
 * What the same command did just before is not done again. */
err incident_edit_run(struct cli *c, const char *action, incident_edit_fn *change);

/* The option's time; *ret stays where it is not given, and is INCIDENT_NO_TIME for "unknown". */
err incident_edit_instant(struct cli *c, const struct vault *v, const char *option, int64_t *ret);
/* The same for what was: nothing to come. */
err incident_edit_past(struct cli *c, const struct vault *v, const char *option, int64_t *ret);
/* A line for the timeline, of now. */
err incident_edit_line(struct cli *c, struct incident_edit *e, const char *text);

/* Of a practice installation: said first, and in the JSON document. */
void incident_edit_practice(struct cli *c, const struct vault *v);
/* Shown, and put into the JSON document. */
void incident_edit_say(struct cli *c, const struct vault *v, const struct incident *inc);
err incident_edit_set(struct cli *c, const struct incident *inc);
/* What was done stands, and is kept; only the public does not know of it yet: says so, and returns `published`. */
err incident_edit_loudly(struct cli *c, err published, bool hold_waits);

/* Texts for people. */
const char *incident_edit_time(struct cli *c, const struct vault *v, int64_t at); /* "not known yet" */
const char *incident_edit_edge(struct cli *c, const struct vault *v, struct incident_edge e);

#endif
