/* Runs a fuzz target over files: every corpus is an ordinary test. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count;

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f || fstat(fileno(f), &st) != 0) {
        if (f)
            fclose(f);
        printf("not ok %d - can't read %s\n", ++count, path);
        return 1;
    }
    /* Exactly as long as the file, so that a sanitizer sees a read past its end. */
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size ? size : 1);
    bool whole = data && fread(data, 1, size, f) == size;
    fclose(f);
    if (whole)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    printf("%s %d - %s\n", whole ? "ok" : "not ok", ++count, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    return whole ? 0 : 1;
}

static int replay(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return replay_file(path);
    int failed = 0;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char inside[4096];
        if (e->d_name[0] == '.' || snprintf(inside, sizeof inside, "%s/%s", path, e->d_name) >= (int)sizeof inside)
            continue;
        failed += replay_file(inside);
    }
    closedir(d);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed += replay(argv[i]);
    printf("1..%d\n", count);
    return failed || count == 0;
}
