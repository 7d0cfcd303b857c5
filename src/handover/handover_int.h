/* Shared by handover*.c and certificate.c only. */
#ifndef HANDOVER_INT_H
#define HANDOVER_INT_H

#include "handover.h"
#include "limits.h"

json_t *handover_time_json(int64_t t); /* "unknown" or UTC */
err handover_time_from(const json_t *value, int64_t unknown, int64_t *ret);

/* Commits the draft's people under a new random id. */
err handover_commit_people(struct vault *v, struct handover_draft *d, uint8_t commitment[16], struct hash *ret_root);

#endif
