/* What every unit test includes: cmocka, and checks for the error type. */
#ifndef TESTING_H
#define TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"

/* The call must succeed; the words of its error are shown if it does not. */
#define assert_ok(call)                                                                                                   \
    do {                                                                                                                  \
        err test_error_ = (call);                                                                                         \
        if (test_error_.kind != ERR_OK)                                                                                   \
            fail_msg("%s: %s %s", err_policy(test_error_.kind)->name, err_text()->what, err_text()->todo);                \
    } while (0)

/* The call must fail with this kind. */
#define assert_err(expected, call)                                                                                        \
    do {                                                                                                                  \
        err test_error_ = (call);                                                                                         \
        assert_string_equal(err_policy(expected)->name, err_policy(test_error_.kind)->name);                              \
    } while (0)

#endif
