/* Commands run as processes of their own, as anybody would run them, and what they took. */
#include "bench.h"

#include "seam.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 60, ANSWER_BYTES = 256 << 20, SHOWN_BYTES = 4096, KEEPER_WORDS = 8192 };

/* `words` end with NULL. */
static _Noreturn void become(const char *program, const char *words[WORDS_MAX + 5], const char *out, const char *said)
{
    char *argv[WORDS_MAX + 5]; /* as execv() has them; it changes none */
    memcpy(argv, words, sizeof argv);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* what is not measured any more ends */
    int in = open("/dev/null", O_RDONLY), to = open(out, O_WRONLY), err_to = open(said, O_WRONLY);
    if (in >= 0 && to >= 0 && err_to >= 0 && dup2(in, 0) == 0 && dup2(to, 1) == 1 && dup2(err_to, 2) == 2)
        execv(program, argv);
    _exit(127);
}

static err empty_file(const char *path)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    TRY(seam_open(&f, path, SEAM_ANY));
    return seam_truncate(&f, 0);
}

/* What a failed command said: of our own people, who are invented. */
static err failed(struct bench *b, const char *const *words, int status, const char *said)
{
    CLEANUP(buf_free) struct buf text = BUF(SHOWN_BYTES);
    err e = seam_read(said, SHOWN_BYTES, &text);
    if (e.kind == ERR_OK)
        out_note(&b->c->out, "%s", buf_text(&text));
    err_ignore(e, "the exit code is told all the same");
    return err_newf(ERR_IO, "The command '{} {}' failed while it was measured: exit code {}.", "Its own words stand above, if it had any.",
                    err_name(words[0]), err_name(words[1] && words[1][0] != '-' ? words[1] : ""), err_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1));
}

static err take_answer(const char *path, json_t **doc)
{
    CLEANUP(buf_free) struct buf text = BUF(ANSWER_BYTES);
    TRY(seam_read(path, ANSWER_BYTES, &text));
    return jsonio_load(buf_view(&text), ANSWER_BYTES, doc);
}

static double processor_of(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) + (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

double bench_processor(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? processor_of(&used) : 0;
}

err bench_run(struct bench *b, const char *const *words, struct bench_ran *ret, json_t **doc)
{
    const char *argv[WORDS_MAX + 5] = {"candour", "-C", b->data};
    size_t count = 3;
    if (doc)
        argv[count++] = "--json";
    const char *out = bench_path(b, "out"), *said = bench_path(b, "said");
    for (size_t i = 0; words[i]; i++) {
        CHECK(i < WORDS_MAX);
        argv[count++] = words[i];
    }
    TRY(empty_file(out));
    TRY(empty_file(said));
    double from = bench_now();
    pid_t child = fork();
    if (child == 0)
        become(b->c->program, argv, out, said);
    ENSURE(child > 0, err_system("start a command to be measured"));
    int status = 0;
    struct rusage used;
    while (wait4(child, &status, 0, &used) < 0)
        ENSURE(errno == EINTR, err_system("wait for a command that is measured"));
    *ret = (struct bench_ran){bench_now() - from, processor_of(&used), (uint64_t)used.ru_maxrss * 1024};
    ENSURE(WIFEXITED(status) && WEXITSTATUS(status) == 0, failed(b, words, status, said));
    return doc ? take_answer(out, doc) : OK;
}

/* --- the keeper, which is nobody's child --- */

static size_t read_some(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, to, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = 0;
    return n > 0 ? (size_t)n : 0;
}

/* "candour\0keeper\0--slot\0PATH" */
static bool is_keeper(const char *line, size_t len, const char *slot)
{
    bool keeper = false, mine = false;
    for (const char *word = line; word < line + len; word += strlen(word) + 1) {
        keeper = keeper || strcmp(word, "keeper") == 0;
        mine = mine || strcmp(word, slot) == 0;
    }
    return keeper && mine;
}

static uint64_t peak_of(const char *pid)
{
    char path[300], status[SHOWN_BYTES];
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    read_some(path, status, sizeof status);
    const char *line = strstr(status, "\nVmHWM:");
    return line ? strtoull(line + strlen("\nVmHWM:"), NULL, 10) * 1024 : 0;
}

uint64_t bench_keeper_peak(const struct bench *b)
{
    DIR *all = opendir("/proc");
    uint64_t peak = 0;
    for (struct dirent *d = NULL; all && peak == 0 && (d = readdir(all));) {
        char path[300], line[KEEPER_WORDS];
        snprintf(path, sizeof path, "/proc/%s/cmdline", d->d_name);
        size_t len = d->d_name[0] >= '0' && d->d_name[0] <= '9' ? read_some(path, line, sizeof line) : 0;
        if (is_keeper(line, len, b->slot))
            peak = peak_of(d->d_name);
    }
    if (all)
        closedir(all);
    return peak;
}
