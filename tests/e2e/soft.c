/* A program without any hardening, for test_hardening.py to find out. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    char name[16];
    memcpy(name, argv[argc - 1], strlen(argv[argc - 1]) % sizeof name);
    return printf("%.15s\n", name) < 0;
}
