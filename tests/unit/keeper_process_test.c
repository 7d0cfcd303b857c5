/* The keeper and the signer as processes of their own; the test program is both. */
#include "testing.h"

#include "helpers.h"

#include "checkpoint.h"
#include "labels.h"
#include "seam.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>

static char dir[64], slots[2][80], program[4096];
static const uint8_t org[ORG_BYTES] = "sixteen bytes ok";

static void make_slot(int i, int count)
{
    struct slot_record r = {.epoch = 1, .share_no = (uint8_t)i, .share_count = (uint8_t)count, .practice = true};
    uint8_t bytes[SLOT_FILE_BYTES] = {0};
    memcpy(r.org, org, ORG_BYTES);
    memset(r.share, 0x30 + i, sizeof r.share);
    slot_encode(&r, bytes);
    assert_ok(seam_create_once(slots[i], view_of(bytes, sizeof bytes)));
}

static int start(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/candour-test-XXXXXX");
    if (!mkdtemp(dir) || secret_start().kind != ERR_OK)
        return 1;
    for (int i = 0; i < 2; i++)
        snprintf(slots[i], sizeof slots[i], "%s/slot%d", dir, i);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static err reach(size_t count, struct keeper **k)
{
    const char *paths[] = {slots[0], slots[1]};
    return keeper_open(program, paths, count, NULL, k);
}

static struct keeper *greeted(struct buf *ring)
{
    struct keeper *k = NULL;
    assert_ok(reach(1, &k));
    if (ring->len == 0)
        assert_ok(keeper_new_ring(k, 1, ring));
    bool practice;
    assert_ok(keeper_hello(k, org, 1, buf_view(ring), 1529049600, &practice));
    return k;
}

static pid_t pid_behind(const char *suffix)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct ucred who;
    socklen_t len = sizeof who;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(to.sun_path, sizeof to.sun_path, "%s%s", slots[0], suffix);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len), 0);
    close(fd);
    return who.pid;
}

static void kill_behind(const char *suffix)
{
    pid_t pid = pid_behind(suffix);
    assert_int_equal(kill(pid, SIGKILL), 0);
    usleep(100000);
}

static long status_of(pid_t pid, const char *name)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), ": %ld", &value);
    if (f)
        fclose(f);
    return value;
}

/* --- the keeper --- */

static void killed_in_the_middle_it_says_so_and_the_next_command_starts_another(void **state)
{
    (void)state;
    make_slot(0, 1);
    CLEANUP(buf_free) struct buf ring = BUF(256);
    CLEANUP(keeper_close) struct keeper *k = greeted(&ring);
    struct keeper_value value = {KEEPER_TOKEN_EMAIL, 1, view_text("jane@union.example")};
    uint8_t before[1][TOKEN_BYTES], after[1][TOKEN_BYTES];
    assert_ok(keeper_tokens(k, &value, 1, before));
    kill_behind(".keeper.sock");
    assert_err(ERR_IO, keeper_tokens(k, &value, 1, after));
    assert_non_null(strstr(err_text()->todo, "Run the command again"));
    assert_int_not_equal(keeper_tokens(k, &value, 1, after).kind, ERR_OK); /* this connection stays dead */
    CLEANUP(keeper_close) struct keeper *next = greeted(&ring);
    assert_ok(keeper_tokens(next, &value, 1, after));
    assert_memory_equal(before, after, TOKEN_BYTES);
}

static void counts_survive_a_kill(void **state)
{
    (void)state;
    make_slot(0, 1);
    CLEANUP(buf_free) struct buf ring = BUF(256), keys = BUF(40000), cell = BUF(100000);
    uint64_t opened = 0;
    for (int round = 0; round < 3; round++) {
        CLEANUP(keeper_close) struct keeper *k = greeted(&ring);
        struct keeper_status status;
        assert_ok(keeper_status(k, &status));
        assert_true(status.used_today >= opened);
        if (keys.len == 0) {
            struct keeper_cell empty = {0};
            struct cell_token t = {.ordinal = 5};
            struct view full, sealed;
            uint32_t count;
            assert_ok(keeper_new_keys(k, KEEPER_INDEX, 0, &keys));
            empty.keys = buf_view(&keys);
            assert_ok(keeper_write_index(k, &empty, 0, 0, &t, 1, &sealed, &count, &full));
            buf_put(&cell, sealed);
        }
        struct keeper_cell c = {0, buf_view(&keys), buf_view(&cell)};
        static const uint8_t tokens[100][TOKEN_BYTES];
        assert_ok(keeper_find(k, &c, tokens, 100));
        opened += 100;
        kill_behind(".keeper.sock");
    }
    assert_true(opened == 300);
}

static void its_keys_are_locked_and_few(void **state)
{
    (void)state;
    make_slot(0, 1);
    CLEANUP(buf_free) struct buf ring = BUF(256);
    CLEANUP(keeper_close) struct keeper *k = greeted(&ring);
    struct keeper_status status;
    assert_ok(keeper_status(k, &status));
    assert_true(status.locked_bytes > 0 && status.locked_bytes < 1000 * 1024);
    long locked = status_of(pid_behind(".keeper.sock"), "VmLck");
    assert_true(locked < 1024);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__) /* a sanitizer lets mlock do nothing */
    assert_true(locked >= (long)(status.locked_bytes / 1024));
#endif
}

/* As an ordinary user: another process of the same user may not look into it. */
static int look_as_nobody(void)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    if (access(program, X_OK) != 0)
        return 77;
    CLEANUP(keeper_close) struct keeper *k = NULL;
    if (reach(1, &k).kind != ERR_OK)
        return 2;
    pid_t pid = pid_behind(".keeper.sock");
    static const char *const files[] = {"mem", "environ", "maps", "fd/0"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        if (open(path, O_RDONLY) >= 0)
            return 3;
    }
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/%d/limits", pid);
    int fd = open(path, O_RDONLY);
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0 && !strstr(text, "Max core file size        0 "))
        return 4;
    return 0;
}

static void nobody_but_root_can_look_into_it(void **state)
{
    (void)state;
    make_slot(0, 1);
    assert_true(geteuid() != 0 || (chown(dir, 65534, 65534) == 0 && chown(slots[0], 65534, 65534) == 0));
    pid_t child = fork();
    if (child == 0)
        _exit(look_as_nobody());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    /* 77: the program lies where nobody may start it. */
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
}

static void another_user_is_not_served(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return; /* can't be another user */
    make_slot(0, 1);
    CLEANUP(keeper_close) struct keeper *k = NULL;
    assert_ok(reach(1, &k));
    char socket_path[104];
    snprintf(socket_path, sizeof socket_path, "%s.keeper.sock", slots[0]);
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(chmod(socket_path, 0777), 0); /* even if somebody opened the way */
    pid_t child = fork();
    if (child == 0) {
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        char byte;
        snprintf(to.sun_path, sizeof to.sun_path, "%s", socket_path);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (setuid(65534) != 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
            _exit(1);
        _exit(recv(fd, &byte, 1, 0) <= 0 ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void without_any_one_of_the_slots_it_does_not_start(void **state)
{
    (void)state;
    make_slot(0, 2);
    make_slot(1, 2);
    CLEANUP(keeper_close) struct keeper *k = NULL;
    assert_err(ERR_INVALID, reach(1, &k));
    assert_ok(reach(2, &k));
    keeper_close(&k);
    assert_ok(seam_unlink(slots[1]));
    usleep(1500000);
    assert_err(ERR_NOT_FOUND, reach(2, &k));
    assert_err(ERR_INVALID, reach(1, &k));
}

enum { EPOCHS = 4, DAMAGED = EPOCHS, RECORDS }; /* what a record of a slot may be: unused, of epoch 1 to 3, damaged */

static void make_epochs(const char *path, uint64_t first, uint64_t second)
{
    uint8_t bytes[SLOT_FILE_BYTES] = {0};
    const uint64_t epochs[2] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        struct slot_record r = {.epoch = epochs[i], .share_count = 1, .practice = true};
        memcpy(r.org, org, ORG_BYTES);
        memset(r.share, (int)epochs[i], sizeof r.share);
        if (epochs[i])
            slot_encode(&r, bytes + i * SLOT_RECORD_STEP);
        if (epochs[i] == DAMAGED)
            bytes[i * SLOT_RECORD_STEP + 60] ^= 1;
    }
    assert_ok(seam_create_once(path, view_of(bytes, sizeof bytes)));
}

static err reach_only(const char *path, struct keeper **k)
{
    return keeper_open(program, &path, 1, NULL, k);
}

/* A ring of each epoch, as a database of that time has it. */
static void make_rings(struct buf rings[EPOCHS])
{
    for (uint64_t e = 1; e < EPOCHS; e++) {
        char path[100];
        snprintf(path, sizeof path, "%s/alone%d", dir, (int)e);
        make_epochs(path, e, 0);
        CLEANUP(keeper_close) struct keeper *k = NULL;
        assert_ok(reach_only(path, &k));
        rings[e] = BUF(256);
        assert_ok(keeper_new_ring(k, e, &rings[e]));
    }
}

static void meet_every_database(const char *path, uint64_t a, uint64_t b, const struct buf rings[EPOCHS])
{
    CLEANUP(keeper_close) struct keeper *k = NULL;
    bool practice, damaged = a == DAMAGED || b == DAMAGED;
    a = a == DAMAGED ? 0 : a; /* counts as unused beside one that is whole */
    b = b == DAMAGED ? 0 : b;
    uint64_t apart = a > b ? a - b : b - a;
    err e = reach_only(path, &k);
    if (a + b == 0) /* nothing whole: damaged, or a file of zeros */
        assert_err(damaged ? ERR_CORRUPT : ERR_INVALID, e);
    else if (a && b && apart != 1)
        assert_int_equal(e.kind, a == b ? ERR_CORRUPT : ERR_INVALID);
    else
        assert_ok(e);
    for (uint64_t database = 1; k && database < EPOCHS; database++) {
        CLEANUP(keeper_close) struct keeper *one = NULL;
        assert_ok(reach_only(path, &one));
        e = keeper_hello(one, org, database, buf_view(&rings[database]), 1529049600, &practice);
        assert_int_equal(e.kind, database == a || database == b ? ERR_OK : ERR_DENIED);
        for (uint64_t other = 1; other < EPOCHS && e.kind == ERR_OK; other++) { /* the look-up keys of another time do not open */
            CLEANUP(keeper_close) struct keeper *wrong = NULL;
            assert_ok(reach_only(path, &wrong));
            e = keeper_hello(wrong, org, database, buf_view(&rings[other]), 1529049600, &practice);
            assert_int_equal(e.kind, other == database ? ERR_OK : ERR_CORRUPT);
            e = OK;
        }
    }
}

static void a_slot_and_a_database_of_different_epochs_never_meet(void **state)
{
    (void)state;
    struct buf rings[EPOCHS];
    make_rings(rings);
    for (uint64_t a = 0; a < RECORDS; a++) {
        for (uint64_t b = 0; b < RECORDS; b++) {
            char path[100];
            snprintf(path, sizeof path, "%s/slot-%d-%d", dir, (int)a, (int)b);
            make_epochs(path, a, b);
            CLEANUP(buf_free) struct buf before = BUF(10000), after = BUF(10000);
            assert_ok(seam_read(path, 10000, &before));
            meet_every_database(path, a, b, rings);
            assert_ok(seam_read(path, 10000, &after));
            assert_true(view_equal(buf_view(&before), buf_view(&after)));
        }
    }
    for (int i = 1; i < EPOCHS; i++)
        buf_free(&rings[i]);
}

static void both_are_confined_where_the_system_lets_them(void **state)
{
    (void)state;
    make_slot(0, 1);
    assert_ok(signer_create(slots[0], view_text("practice.test.example/log")));
    CLEANUP(buf_free) struct buf ring = BUF(256);
    CLEANUP(keeper_close) struct keeper *k = greeted(&ring);
    CLEANUP(signer_close) struct signer *s = NULL;
    assert_ok(signer_open(program, slots[0], &s));
    struct keeper_status status;
    assert_ok(keeper_status(k, &status));
    assert_false(status.passphrase);
    assert_int_equal(status_of(pid_behind(".keeper.sock"), "Seccomp"), status.calls_confined ? 2 : 0);
    assert_int_equal(status_of(pid_behind(".signer.sock"), "Seccomp"), status.calls_confined ? 2 : 0);
    assert_int_equal(status_of(pid_behind(".keeper.sock"), "NoNewPrivs"), 1);
}

#ifdef __x86_64__
/* Makes the process, which waits in a call of the system, make this one in its place; how it ended. */
static int ended_making(pid_t pid, long call)
{
    struct user_regs_struct regs;
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
    assert_int_equal(ptrace(PTRACE_PEEKTEXT, pid, regs.rip - 2, NULL) & 0xffff, 0x050f); /* syscall */
    regs.rax = (unsigned long long)call;
    regs.orig_rax = ~0ull;
    regs.rdi = regs.rsi = regs.rdx = regs.r10 = regs.r8 = regs.r9 = 0;
    regs.rip -= 2;
    assert_int_equal(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
    assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void keeper_and_signer_end_at_forbidden_calls(void **state)
{
    (void)state;
    static const long calls[] = {SYS_socket, SYS_execve, SYS_fork, SYS_ptrace, SYS_process_vm_readv, SYS_memfd_create, SYS_unlink, SYS_prctl};
    make_slot(0, 1);
    assert_ok(signer_create(slots[0], view_text("practice.test.example/log")));
    CLEANUP(buf_free) struct buf ring = BUF(256);
    for (size_t i = 0; i < 2 * sizeof calls / sizeof calls[0]; i++) {
        CLEANUP(keeper_close) struct keeper *k = greeted(&ring);
        CLEANUP(signer_close) struct signer *s = NULL;
        struct keeper_status status;
        assert_ok(signer_open(program, slots[0], &s));
        assert_ok(keeper_status(k, &status));
        pid_t pid = pid_behind(i % 2 ? ".signer.sock" : ".keeper.sock");
        if (!status.calls_confined || ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
            skip(); /* no fence here, or not root: nobody else can do this to them */
        int end = ended_making(pid, calls[i / 2]);
        if (!WIFSIGNALED(end) || WTERMSIG(end) != SIGSYS)
            fail_msg("call %ld did not end it: status %x", calls[i / 2], (unsigned)end);
    }
}
#endif

/* What a container without either looks like: children inherit it. */
static bool take_the_fences_away(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    return f && seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) == 0 && seccomp_load(f) == 0;
}

static int work_without_fences(void)
{
    if (!take_the_fences_away())
        return 77;
    CLEANUP(buf_free) struct buf ring = BUF(256);
    CLEANUP(keeper_close) struct keeper *k = greeted(&ring);
    struct keeper_status status;
    if (keeper_status(k, &status).kind != ERR_OK)
        return 1;
    return status.calls_confined || status.files_confined ? 2 : 0;
}

static void where_the_system_gives_no_fence_it_works_and_says_so(void **state)
{
    (void)state;
    make_slot(0, 1);
    pid_t child = fork();
    if (child == 0)
        _exit(work_without_fences());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip(); /* there is none to take away */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_damaged_slot_is_named_and_left_as_it_is(void **state)
{
    (void)state;
    make_slot(0, 1);
    CLEANUP(buf_free) struct buf before = BUF(10000), after = BUF(10000);
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    assert_ok(seam_open(&f, slots[0], SEAM_FOR_WRITING));
    assert_ok(seam_write(&f, 60, view_text("x")));
    assert_ok(seam_read(slots[0], 10000, &before));
    CLEANUP(keeper_close) struct keeper *k = NULL;
    assert_err(ERR_CORRUPT, reach(1, &k));
    assert_string_equal(err_text()->where, slots[0]);
    assert_non_null(strstr(err_text()->todo, "do not delete"));
    assert_ok(seam_read(slots[0], 10000, &after));
    assert_true(view_equal(buf_view(&before), buf_view(&after)));
}

static void damaged_counters_are_named(void **state)
{
    (void)state;
    make_slot(0, 1);
    assert_ok(seam_replace(dir, "slot0.counters", view_text("nonsense\n"), 0600));
    CLEANUP(keeper_close) struct keeper *k = NULL;
    assert_err(ERR_CORRUPT, reach(1, &k));
    assert_non_null(strstr(err_text()->where, "slot0.counters"));
}

/* --- the signer --- */

static const char origin[] = "practice.test.example/log";

static struct hash leaf(int i)
{
    char text[16];
    snprintf(text, sizeof text, "entry %d", i);
    return merkle_leaf(view_text(text));
}

static struct signer *signer(void)
{
    struct signer *s = NULL;
    assert_ok(signer_open(program, slots[0], &s));
    return s;
}

static void signer_made(void)
{
    make_slot(0, 1);
    assert_ok(signer_create(slots[0], view_text(origin)));
}

static void it_signs_extensions_only_and_the_same_again_alike(void **state)
{
    (void)state;
    signer_made();
    CLEANUP(signer_close) struct signer *s = signer();
    struct hash a = leaf(0), b = leaf(1), two = merkle_node(&a, &b), other = merkle_node(&b, &a);
    struct merkle_proof none = {0}, step = {.count = 1, .hash = {b}};
    uint8_t first[SIGNATURE_BYTES], again[SIGNATURE_BYTES];
    assert_ok(signer_sign(s, 1, &a, &none, first));
    assert_ok(signer_sign(s, 1, &a, &none, again));
    assert_memory_equal(first, again, SIGNATURE_BYTES);
    assert_err(ERR_CONFLICT, signer_sign(s, 1, &b, &none, again));     /* another tree of that size */
    assert_err(ERR_CONFLICT, signer_sign(s, 2, &two, &none, again));   /* no proof */
    assert_err(ERR_CONFLICT, signer_sign(s, 2, &other, &step, again)); /* does not extend it */
    assert_ok(signer_sign(s, 2, &two, &step, again));
    assert_err(ERR_CONFLICT, signer_sign(s, 1, &a, &none, again)); /* going back */
    struct hash empty = merkle_empty(), newest;
    uint64_t size;
    assert_err(ERR_CONFLICT, signer_sign(s, 0, &empty, &none, again));
    assert_ok(signer_newest(s, &size, &newest));
    assert_int_equal(size, 2);
    assert_true(hash_equal(&newest, &two));
    /* What it signed is a checkpoint of the public key beside the slot. */
    CLEANUP(buf_free) struct buf vkey = BUF(4096), text = BUF(4096), note = BUF(8192);
    struct note_key key;
    assert_ok(signer_vkey(slots[0], &vkey));
    assert_ok(note_vkey_parse(buf_view(&vkey), &key));
    assert_ok(checkpoint_format(&(struct checkpoint){.origin = view_text(origin), .size = 1, .root = a}, &text));
    assert_ok(note_assemble(buf_view(&text), &key, first, &note));
}

/* Anything extends nothing; kept, it would not be read back, and the log's key would be lost with it. */
static void a_size_that_no_log_can_have_is_not_kept(void **state)
{
    (void)state;
    signer_made();
    CLEANUP(signer_close) struct signer *s = signer();
    struct hash a = leaf(0), newest;
    struct merkle_proof none = {0};
    uint8_t signature[SIGNATURE_BYTES];
    uint64_t size;
    assert_err(ERR_INTERNAL, signer_sign(s, MERKLE_SIZE_MAX + 1, &a, &none, signature));
    signer_close(&s);
    kill_behind(".signer.sock");
    s = signer();
    assert_ok(signer_newest(s, &size, &newest));
    assert_int_equal(size, 0);
    assert_ok(signer_sign(s, 1, &a, &none, signature));
}

static void what_it_signed_is_remembered_after_a_kill(void **state)
{
    (void)state;
    signer_made();
    struct hash a = leaf(0), b = leaf(1), two = merkle_node(&a, &b), newest;
    struct merkle_proof none = {0}, step = {.count = 1, .hash = {b}};
    uint8_t signature[SIGNATURE_BYTES];
    uint64_t size;
    CLEANUP(signer_close) struct signer *s = signer();
    assert_ok(signer_sign(s, 1, &a, &none, signature));
    assert_ok(signer_sign(s, 2, &two, &step, signature));
    kill_behind(".signer.sock");
    assert_err(ERR_IO, signer_newest(s, &size, &newest));
    CLEANUP(signer_close) struct signer *next = signer();
    assert_ok(signer_newest(next, &size, &newest));
    assert_int_equal(size, 2);
    assert_err(ERR_CONFLICT, signer_sign(next, 1, &a, &none, signature));
}

static void nothing_is_signed_that_could_not_be_written_down(void **state)
{
    (void)state;
    signer_made();
    struct hash a = leaf(0), newest;
    struct merkle_proof none = {0};
    uint8_t signature[SIGNATURE_BYTES] = {0}, zero[SIGNATURE_BYTES] = {0};
    uint64_t size;
    char in_the_way[100];
    snprintf(in_the_way, sizeof in_the_way, "%s/slot0.signer.part", dir);
    assert_int_equal(mkdir(in_the_way, 0700), 0);
    CLEANUP(signer_close) struct signer *s = signer();
    assert_int_not_equal(signer_sign(s, 1, &a, &none, signature).kind, ERR_OK);
    assert_memory_equal(signature, zero, SIGNATURE_BYTES);
    assert_ok(signer_newest(s, &size, &newest));
    assert_int_equal(size, 0);
    assert_int_equal(rmdir(in_the_way), 0);
    assert_ok(signer_sign(s, 1, &a, &none, signature));
}

static void a_damaged_key_file_is_refused_and_named(void **state)
{
    (void)state;
    signer_made();
    CLEANUP(buf_free) struct buf whole = BUF(4096);
    char path[100];
    snprintf(path, sizeof path, "%s.signer", slots[0]);
    assert_ok(seam_read(path, 4096, &whole));
    struct signer *s = NULL;
    for (size_t len = 0; len < whole.len; len += 13) {
        assert_ok(seam_replace(dir, "slot0.signer", view_of(whole.p, len), 0600));
        assert_err(ERR_CORRUPT, signer_open(program, slots[0], &s));
        assert_string_equal(err_text()->where, path);
    }
    /* One digit of the seed: it would sign with another key. */
    uint8_t *digit = (uint8_t *)memchr(whole.p, '\n', whole.len) + 1;
    const uint8_t was = *digit;
    *digit = was == '0' ? '1' : '0';
    assert_ok(seam_replace(dir, "slot0.signer", buf_view(&whole), 0600));
    assert_err(ERR_CORRUPT, signer_open(program, slots[0], &s));
    assert_string_equal(err_text()->where, path);
    *digit = was;
    assert_ok(seam_replace(dir, "slot0.signer", buf_view(&whole), 0600));
    assert_err(ERR_CONFLICT, signer_create(slots[0], view_text("practice.other.example/log")));
    assert_ok(signer_create(slots[0], view_text(origin)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    const struct CMUnitTest tests[] = {
        TEST(killed_in_the_middle_it_says_so_and_the_next_command_starts_another),
        TEST(counts_survive_a_kill),
        TEST(its_keys_are_locked_and_few),
        TEST(nobody_but_root_can_look_into_it),
        TEST(another_user_is_not_served),
        TEST(without_any_one_of_the_slots_it_does_not_start),
        TEST(a_slot_and_a_database_of_different_epochs_never_meet),
        TEST(both_are_confined_where_the_system_lets_them),
#ifdef __x86_64__
        TEST(keeper_and_signer_end_at_forbidden_calls),
#endif
        TEST(where_the_system_gives_no_fence_it_works_and_says_so),
        TEST(a_damaged_slot_is_named_and_left_as_it_is),
        TEST(damaged_counters_are_named),
        TEST(it_signs_extensions_only_and_the_same_again_alike),
        TEST(a_size_that_no_log_can_have_is_not_kept),
        TEST(what_it_signed_is_remembered_after_a_kill),
        TEST(nothing_is_signed_that_could_not_be_written_down),
        TEST(a_damaged_key_file_is_refused_and_named),
    };
    return cmocka_run_group_tests_name("keeper_process", tests, NULL, NULL);
}
