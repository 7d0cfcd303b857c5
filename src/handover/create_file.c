/* The file of a hand-over made now: written as OUT.part, encrypted or not, and renamed when its record is published. */
#include "create_int.h"

#include "limits.h"
#include "record_int.h"
#include "seam.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static err feed(int fd, struct view bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.p, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_system("give the list to age");
        bytes.p += n;
        bytes.len -= (size_t)n;
    }
    return OK;
}

/* In the child.  Its file is for its owner only. */
static _Noreturn void become_age(int from, const char *key, const char *part)
{
    umask(077);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(from, 0) == 0 && fcntl(0, F_SETFD, 0) == 0)
        execlp("age", "age", "-r", key, "-o", part, (char *)NULL);
    _exit(127);
}

static err feed_child(pid_t child, int to, struct view bytes)
{
    CLEANUP(close_fd) int fd = to;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    err fed = feed(fd, bytes);
    sigaction(SIGPIPE, &before, NULL);
    close_fd(&fd);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    ENSURE(!WIFEXITED(status) || WEXITSTATUS(status) != 127,
           err_new(ERR_IO, "The program age is not installed.", "Install it (apt-get install age), or hand over in clear with --plain if you must."));
    ENSURE(WIFEXITED(status) && WEXITSTATUS(status) == 0,
           err_new(ERR_IO, "age could not encrypt for this recipient.", "Check the recipient's age key, and that there is room for the file."));
    return fed;
}

/* age writes the .part file itself; the list in clear passes through a pipe only. */
static err encrypt(const char *key, const char *part, struct view bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system("start age");
    pid_t child = fork();
    if (child == 0)
        become_age(ends[0], key, part);
    int failed = errno;
    close(ends[0]);
    if (child > 0)
        return feed_child(child, ends[1], bytes);
    close(ends[1]);
    errno = failed;
    return err_system("start age");
}

static void part_of(const char *out, char to[LIMIT_PATH_BYTES + 8])
{
    snprintf(to, LIMIT_PATH_BYTES + 8, "%s.part", out);
}

static err write_part(const char *part, const char *age_key, struct view csv)
{
    CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
    if (age_key) {
        TRY(encrypt(age_key, part, csv));
        TRY(seam_open(&f, part, SEAM_FOR_WRITING));
        return seam_sync(&f);
    }
    TRY(seam_open(&f, part, SEAM_NEW));
    TRY(seam_write(&f, 0, csv));
    return seam_sync(&f);
}

void create_drop_part(const char *out)
{
    char part[LIMIT_PATH_BYTES + 8];
    part_of(out, part);
    err_ignore(seam_unlink(part), "it was perhaps never there; the next run takes it away");
}

err create_part(const char *out, const char *age_key, struct view csv, struct hash *ret_sha)
{
    char part[LIMIT_PATH_BYTES + 8];
    bool there;
    part_of(out, part);
    TRY(seam_exists(part, &there));
    if (there)
        TRY(seam_unlink(part)); /* left by a command that was cut off before its act */
    err e = write_part(part, age_key, csv);
    if (e.kind == ERR_OK)
        e = record_file_hash(part, ret_sha);
    if (e.kind == ERR_OK)
        e = seam_sync_parent(part);
    if (e.kind != ERR_OK)
        unlink(part); /* nothing of it is left; if that fails too, the next run does it */
    return e;
}

static err has_hash(const char *path, const struct hash *sha, bool *ret_there, bool *ret_same)
{
    struct hash now;
    *ret_same = false;
    TRY(seam_exists(path, ret_there));
    if (!*ret_there)
        return OK;
    TRY(record_file_hash(path, &now));
    *ret_same = hash_equal(&now, sha);
    return OK;
}

err create_release(const char *out, const struct hash *sha, bool *ret_lost)
{
    char part[LIMIT_PATH_BYTES + 8];
    bool prepared, good, released, there;
    part_of(out, part);
    TRY(has_hash(out, sha, &there, &released));
    *ret_lost = false;
    if (released)
        return seam_sync_parent(out);
    TRY(has_hash(part, sha, &prepared, &good));
    *ret_lost = !prepared;
    if (!prepared)
        return OK;
    ENSURE(good, err_at(err_new(ERR_CONFLICT, "The prepared file is not the one that was recorded.", "Move it away and run the command again."), part, 0, 0));
    ENSURE(!there, err_at(err_new(ERR_CONFLICT, "There is another file of that name now.", "Move it away and run the command again."), out, 0, 0));
    TRY(seam_rename(part, out));
    return seam_sync_parent(out);
}
