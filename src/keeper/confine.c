#include "confine.h"

#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* --- files --- */

#define FILES_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILES_REPLACE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FILES_NEVER                                                                                                       \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |      \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static bool only_beneath(int ruleset, const char *dir)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = FILES_READ | FILES_REPLACE,
                                                 .parent_fd = (int)TEMP_FAILURE_RETRY(open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC))};
    if (beneath.parent_fd < 0)
        return false;
    bool added = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
    close(beneath.parent_fd);
    return added && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

static bool confine_files(const char *dir)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = FILES_READ | FILES_REPLACE | FILES_NEVER};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (ruleset < 0)
        return false;
    bool good = only_beneath(ruleset, dir);
    close(ruleset);
    return good;
}

/* --- calls --- */

/* By what they are for.  Old and new names of a call stand together: which one a C library uses depends on the machine. */
static const int allowed[] = {
    /* the conversation */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(accept4), SCMP_SYS(getsockopt), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(close),
    /* files beside the slot, and a look at the slots */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pwrite64), SCMP_SYS(ftruncate), SCMP_SYS(fchmod),
    SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(stat), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
    /* time, chance, itself, its end */
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(geteuid), SCMP_SYS(getpid),
    SCMP_SYS(alarm), SCMP_SYS(setitimer), SCMP_SYS(gettid), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
#ifdef SANITIZED
    SCMP_SYS(sched_yield), SCMP_SYS(sigaltstack), SCMP_SYS(getrusage), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(lseek),
    SCMP_SYS(rt_sigaction),
#endif
};

/* For reading, for writing, or both, and never to be emptied: Landlock is not asked about what is opened in the fourth way, and older ones
 * not about emptying. */
static int allow_opening(scmp_filter_ctx filter)
{
    static const unsigned ways[] = {O_RDONLY, O_WRONLY, O_RDWR};
    int rc = 0;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && rc == 0; i++) {
        const struct scmp_arg_cmp second = SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_TRUNC, ways[i]);
        const struct scmp_arg_cmp third = SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_TRUNC, ways[i]);
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, second);
        rc = rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, third);
    }
    return rc;
}

/* Calls of which one argument matters: all but these bits of it must have that value. */
static int allow_some(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp itself = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable);
    rc = rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable);
    return rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself); /* abort() */
}

static int load(scmp_filter_ctx filter)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    rc = rc ? rc : allow_opening(filter);
    rc = rc ? rc : allow_some(filter);
    return rc ? rc : seccomp_load(filter);
}

static bool has_filters(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* 0, or a negative errno. */
static int confine_calls(void)
{
    if (!has_filters())
        return -ENOSYS;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return -ENOMEM;
    int rc = load(filter);
    seccomp_release(filter);
    return rc;
}

/* Libraries read files of the system when they are first used: libcrypto its settings, jansson a seed against chosen collisions. */
static bool wake_libraries(void)
{
    static const uint8_t key[DIGEST_KEY_BYTES], signature[DIGEST_SIGNATURE_BYTES];
    bool good;
    json_object_seed(0);
    err e = digest_signed(key, view_text(""), signature, &good);
    err_ignore(e, "one that is not awake would be ended by its first call of the system: the caller ends itself");
    return e.kind == ERR_OK;
}

struct confined confine(const char *dir)
{
    struct confined c = {.whole = wake_libraries()};
    if (!c.whole)
        return c;
    c.files = confine_files(dir);
    int rc = confine_calls();
    c.calls = rc == 0;
    c.whole = rc != -ENOMEM;
    return c;
}
