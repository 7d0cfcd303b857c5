/* Shared by handover*.c and certificate.c only. */
#ifndef HANDOVER_INT_H
#define HANDOVER_INT_H

#include "handover.h"
#include "limits.h"

json_t *handover_time_json(int64_t t); /* "unknown" or UTC */
err handover_time_from(const json_t *value, int64_t unknown, int64_t *ret);

#endif
