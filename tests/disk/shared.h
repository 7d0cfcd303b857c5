/* Memory that the programs of these tests share with the test itself: a file beside the folder in which a story is told.
 *
 * The folder is $DISK_HOME; where that is not set, as in a keeper that inherits nothing, the one in which the slot lies. */
#ifndef SHARED_H
#define SHARED_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH = 1024 };

/* False: it is not known. */
static inline bool shared_home(int argc, char **argv, char to[PATH])
{
    const char *home = getenv("DISK_HOME"), *slot = NULL;
    for (int i = 1; i + 1 < argc && !home; i++)
        slot = strcmp(argv[i], "--slot") == 0 && argv[i + 1][0] == '/' ? argv[i + 1] : slot;
    snprintf(to, PATH, "%s", home ? home : slot ? slot : "");
    char *end = strrchr(to, '/');
    if (!home && end)
        *end = 0;
    return to[0] != 0;
}

/* NULL: there is no such file, and nothing is to be done. */
static inline void *shared_map(const char *home, const char *name, size_t *ret_size)
{
    char path[PATH + 32];
    snprintf(path, sizeof path, "%s/../%s", home, name);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0); /* past all that stands before open() */
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return NULL;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        abort();
    syscall(SYS_close, fd);
    *ret_size = (size_t)st.st_size;
    return p;
}

#endif
