#include "testing.h"

#include "when.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

/* The system call fails from now on, for this process. */
static bool forbid(int call)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool good = filter && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EIO), call, 0) == 0 && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

enum { FOUND, REFUSED, NO_FILTER };

static int find_without(int call)
{
    struct when_zone zone;
    if (!forbid(call))
        return NO_FILTER;
    err e = when_zone_find(&zone, view_text("Europe/London"));
    if (e.kind == ERR_OK)
        return FOUND;
    err_ignore(e, "told by the code");
    return REFUSED;
}

/* The C library takes a zone that it can't read for UTC, and says nothing: people would be former members a day early or late. */
static void a_zone_that_can_not_be_read_is_no_zone(void **state)
{
    (void)state;
    static const int calls[] = {SCMP_SYS(lseek), SCMP_SYS(read), SCMP_SYS(openat), SCMP_SYS(newfstatat)};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(find_without(calls[i]));
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), REFUSED);
    }
}

static void a_zone_that_is_found_can_be_used(void **state)
{
    (void)state;
    struct when_zone zone;
    int32_t offset;
    assert_ok(when_zone_find(&zone, view_text("Europe/London")));
    assert_ok(when_offset(&zone, 1529049600, &offset)); /* 15 June 2018 */
    assert_int_equal(offset, 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_that_can_not_be_read_is_no_zone),
        cmocka_unit_test(a_zone_that_is_found_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
