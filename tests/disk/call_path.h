/* A number for the way that led here: the same for the same calls, whatever the process and wherever it was loaded; recursion counts as one
 * call. */
#ifndef CALL_PATH_H
#define CALL_PATH_H

#include <stdint.h>

void call_path_start(void);   /* once, before anything is confined */
uint64_t call_path(void);     /* 0: while it is being worked out itself; never else */

#endif
