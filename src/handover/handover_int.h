/* Shared by handover*.c, certificate.c and their fuzz target only. */
#ifndef HANDOVER_INT_H
#define HANDOVER_INT_H

#include "handover.h"
#include "limits.h"

json_t *handover_time_json(int64_t t); /* "unknown" or UTC */
err handover_time_from(const json_t *value, int64_t unknown, int64_t *ret);

json_t *handover_certificate_to_json(const struct handover_certificate *c); /* NULL is no memory */
err handover_certificate_from_json(struct arena *a, const json_t *j, struct handover_certificate *ret);

#endif
