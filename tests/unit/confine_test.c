/* Each call is made by a child of its own that confined itself: those of the table come back, all others end it. */
#include "testing.h"

#include "confine.h"
#include "seam.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { REFUSED = 40, ALLOWED = 41, UNCONFINED = 42 };

static char dir[64], inside[80], outside[] = "/etc/passwd";

static int start(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/candour-test-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(inside, sizeof inside, "%s/slot", dir);
    return seam_create_once(inside, view_text("held")).kind == ERR_OK ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* What this machine gives, as a child finds it: bit 0 calls, bit 1 files. */
static int given(void)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        struct confined c = confine(dir);
        syscall(SYS_exit_group, (c.calls ? 1 : 0) | (c.files ? 2 : 0));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct call {
    const char *name;
    long number, args[6];
};

/* A child that made the call: its wait status. */
static int made_by_a_child(const struct call *c)
{
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (!confine(dir).calls)
            syscall(SYS_exit_group, UNCONFINED);
        long r = syscall(c->number, c->args[0], c->args[1], c->args[2], c->args[3], c->args[4], c->args[5]);
        syscall(SYS_exit_group, r < 0 ? REFUSED : ALLOWED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void each_forbidden_call_ends_the_process(void **state)
{
    (void)state;
    if (!(given() & 1))
        skip();
    const long text = (long)outside;
    const struct call calls[] = {
        {"socket of the network", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
        {"socket of version 6", SYS_socket, {AF_INET6, SOCK_DGRAM, 0}},
        {"socket of this machine", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
        {"socket of the kernel", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
        {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0}},
        {"connect", SYS_connect, {0, 0, 0}},
        {"openat that empties", SYS_openat, {AT_FDCWD, text, O_WRONLY | O_TRUNC, 0}},
        {"openat for neither reading nor writing", SYS_openat, {AT_FDCWD, text, 3, 0}},
        {"openat for neither, that empties", SYS_openat, {AT_FDCWD, text, 3 | O_TRUNC, 0}},
        {"bind", SYS_bind, {0, 0, 0}},
        {"listen", SYS_listen, {0, 1}},
        {"sendmsg, with descriptors", SYS_sendmsg, {0, 0, 0}},
        {"execve", SYS_execve, {text, 0, 0}},
        {"execveat", SYS_execveat, {0, text, 0, 0, 0}},
        {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}},
        {"clone3", SYS_clone3, {0, 0}},
        {"ptrace", SYS_ptrace, {0, 0, 0, 0}},
        {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0, 0, 0, 0}},
        {"process_vm_writev", SYS_process_vm_writev, {1, 0, 0, 0, 0, 0}},
        {"pidfd_open", SYS_pidfd_open, {1, 0}},
        {"kill of others", SYS_kill, {1, 0}},
        {"kill of itself by number", SYS_kill, {0, 0}},
        {"tgkill of others", SYS_tgkill, {1, 1, 0}},
        {"tkill", SYS_tkill, {1, 0}},
        {"mount", SYS_mount, {text, text, text, 0, 0}},
        {"umount2", SYS_umount2, {text, 0}},
        {"unshare", SYS_unshare, {0}},
        {"setns", SYS_setns, {0, 0}},
        {"chroot", SYS_chroot, {text}},
        {"prctl that makes it dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
        {"setuid", SYS_setuid, {0}},
        {"setrlimit", SYS_setrlimit, {4, text}},
        {"bpf", SYS_bpf, {0, 0, 0}},
        {"perf_event_open", SYS_perf_event_open, {0, 0, -1, -1, 0}},
        {"userfaultfd", SYS_userfaultfd, {0}},
        {"io_uring_setup", SYS_io_uring_setup, {1, 0}},
        {"io_uring_enter", SYS_io_uring_enter, {0, 0, 0, 0, 0}},
        {"init_module", SYS_init_module, {0, 0, 0}},
        {"keyctl", SYS_keyctl, {0, 0, 0, 0, 0}},
        {"unlink", SYS_unlinkat, {AT_FDCWD, (long)inside, 0}},
        {"link", SYS_linkat, {AT_FDCWD, text, AT_FDCWD, (long)inside, 0}},
        {"symlink", SYS_symlinkat, {text, AT_FDCWD, (long)inside}},
        {"getdents64", SYS_getdents64, {0, 0, 0}},
        {"memfd_create", SYS_memfd_create, {text, 0}},
        {"ioctl", SYS_ioctl, {0, 0x5412, text}},
        {"shmget", SYS_shmget, {0, 4096, 0600}},
        {"munlock of keys", SYS_munlock, {0, 4096}},
        {"munlockall", SYS_munlockall, {0}},
        {"mmap of code", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
        {"mprotect into code", SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}},
        {"a call nobody knows", 1000, {0}},
#ifdef __x86_64__
        {"a call by the numbers of 32 bits", SYS_read | 0x40000000, {0, 0, 0}},
        {"fork", SYS_fork, {0}},
        {"vfork", SYS_vfork, {0}},
#endif
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int status = made_by_a_child(&calls[i]);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s did not end it: status %x", calls[i].name, status);
    }
}

#ifdef __x86_64__
/* What a keeper and a signer may call, whatever its arguments are; beside it, what depends on them. */
static const long whole[] = {
    SYS_poll, SYS_ppoll, SYS_accept4, SYS_getsockopt, SYS_recvfrom, SYS_sendto, SYS_close, SYS_read, SYS_write, SYS_pwrite64, SYS_ftruncate,
    SYS_fchmod, SYS_fsync, SYS_fdatasync, SYS_rename, SYS_renameat, SYS_renameat2, SYS_stat, SYS_fstat, SYS_newfstatat, SYS_statx,
    SYS_access, SYS_faccessat, SYS_faccessat2, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_clock_gettime,
    SYS_gettimeofday, SYS_time, SYS_getrandom, SYS_geteuid, SYS_getpid, SYS_gettid, SYS_alarm, SYS_setitimer, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_restart_syscall, SYS_exit, SYS_exit_group,
#ifdef SANITIZED
    SYS_sched_yield, SYS_sigaltstack, SYS_getrusage, SYS_readlink, SYS_readlinkat, SYS_lseek, SYS_rt_sigaction,
#endif
};
static const long by_arguments[] = {SYS_open, SYS_openat, SYS_mmap, SYS_mprotect};

enum {
    CALLS = 512,      /* the kernel's table ends before */
    URETPROBE = 335,  /* newer kernels make these two themselves in a program that is being traced, and ask no filter; */
    UPROBE = 336,     /* anybody else is refused or ended */
    X32 = 0x40000000, /* the same table by another door */
};

static bool among(const long *list, size_t count, long number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number)
            return true;
    return false;
}
#define AMONG(list, number) among(list, sizeof list / sizeof list[0], number)

static bool ended_by(long number, long argument)
{
    bool own = number == URETPROBE || number == UPROBE;
    const struct call c = {"", number, {argument, argument, argument, argument, argument, argument}};
    int status = made_by_a_child(&c);
    if (WIFEXITED(status) && WEXITSTATUS(status) == UNCONFINED)
        fail_msg("call %ld was made without a filter", number);
    if (own && WIFEXITED(status))
        return WEXITSTATUS(status) == REFUSED;
    return WIFSIGNALED(status) && (own || WTERMSIG(status) == SIGSYS);
}

/* Arguments of -1 are refused by any call that is made at all, and ask those whose arguments matter for what they may not. */
static void of_all_calls_only_those_of_the_table_come_back(void **state)
{
    (void)state;
    if (!(given() & 1))
        skip();
    for (long n = 0; n < CALLS; n++) /* rt_sigreturn() goes on wherever the stack says */
        if (n != SYS_rt_sigreturn && ended_by(n, -1) == AMONG(whole, n))
            fail_msg("call %ld %s", n, AMONG(whole, n) ? "ended it" : "did not end it");
    for (size_t i = 0; i < sizeof by_arguments / sizeof by_arguments[0]; i++)
        if (ended_by(by_arguments[i], 0))
            fail_msg("call %ld for reading ended it", by_arguments[i]);
    for (long n = 0; n < CALLS; n++)
        if (!ended_by(n | X32, -1))
            fail_msg("call %ld by the numbers of x32 did not end it", n);
}

/* The door for programs of 32 bits: any call through it ends the process, that of getpid() too. */
static long old_door(long number)
{
    long r;
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(0L), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
    return r;
}

static int through_the_old_door(long number, bool confined)
{
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGSEGV, SIG_DFL);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (confined && !confine(dir).calls)
            syscall(SYS_exit_group, UNCONFINED);
        syscall(SYS_exit_group, old_door(number) < 0 ? REFUSED : ALLOWED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void no_call_goes_through_the_door_for_32_bits(void **state)
{
    (void)state;
    enum { GETPID_32 = 20 };
    int open_door = through_the_old_door(GETPID_32, false);
    if (!(given() & 1))
        skip();
    if (!WIFEXITED(open_door) || WEXITSTATUS(open_door) != ALLOWED)
        return; /* this kernel has no such door: nobody goes through it, fenced in or not */
    for (long n = 0; n < CALLS; n++) {
        int status = through_the_old_door(n, true);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("call %ld of 32 bits did not end it: status %x", n, (unsigned)status);
    }
}
#endif

/* In a child that confined itself. */
static int work_inside(void)
{
    CLEANUP(buf_free) struct buf b = BUF(100);
    if (seam_replace(dir, "slot.counters", view_text("count"), 0600).kind != ERR_OK)
        return 1;
    if (seam_replace(dir, "slot.counters", view_text("counted"), 0600).kind != ERR_OK)
        return 2;
    if (seam_read(inside, 100, &b).kind != ERR_OK || !view_equal(buf_view(&b), view_text("held")))
        return 3;
    char *much = malloc(80 << 20);
    if (!much)
        return 4;
    memset(much, 7, 80 << 20);
    free(much);
    struct stat st;
    return stat(outside, &st) == 0 ? 0 : 5; /* a look at whether another slot is still there */
}

static int work_outside(void)
{
    char beside[100];
    snprintf(beside, sizeof beside, "%s.new", dir);
    if (open(outside, O_RDONLY) >= 0 || errno != EACCES)
        return 1;
    if (open("/", O_RDONLY | O_DIRECTORY) >= 0)
        return 2;
    if (open(beside, O_WRONLY | O_CREAT, 0600) >= 0)
        return 3;
    if (rename(inside, beside) == 0)
        return 4;
    return open("/proc/self/mem", O_RDWR) < 0 ? 0 : 5;
}

static int exit_of(int (*work)(void))
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL); /* cmocka has it */
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        (void)confine(dir);
        syscall(SYS_exit_group, work());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void what_it_needs_it_may_do(void **state)
{
    (void)state;
    assert_int_equal(exit_of(work_inside), 0);
}

static void files_outside_its_folder_are_out_of_reach(void **state)
{
    (void)state;
    if (!(given() & 2))
        skip();
    assert_int_equal(exit_of(work_outside), 0);
}

/* A mistake that CHECK() finds still ends it as such. */
static int aborts(void)
{
    abort();
}

static void its_own_end_is_its_own(void **state)
{
    (void)state;
    assert_int_equal(exit_of(aborts), 1000 + SIGABRT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_forbidden_call_ends_the_process),
#ifdef __x86_64__
        TEST(of_all_calls_only_those_of_the_table_come_back),
        TEST(no_call_goes_through_the_door_for_32_bits),
#endif
        TEST(what_it_needs_it_may_do),
        TEST(files_outside_its_folder_are_out_of_reach),
        TEST(its_own_end_is_its_own),
    };
    return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
