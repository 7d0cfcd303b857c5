/* For tests with a real keeper, signer and store: the test program is its own keeper and signer.  Start main() with
 * TEST_ROLES(argc, argv).  A test house is a data directory with its slot in a new folder under /tmp, removed at the end.
 */
#ifndef HELPERS_H
#define HELPERS_H

#include "keeper.h"
#include "signer.h"
#include "vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEST_ROLES(argc, argv)                                                                                            \
    do {                                                                                                                  \
        if ((argc) > 1 && strcmp((argv)[1], "keeper") == 0)                                                               \
            return keeper_main(argc, argv);                                                                               \
        if ((argc) > 1 && strcmp((argv)[1], "signer") == 0)                                                               \
            return signer_main(argc, argv);                                                                               \
    } while (0)

struct test_house {
    char root[64], dir[80], slot[80], program[4096];
    struct vault_options options;
};

static inline err test_house_nothing(struct vault *v, void *ctx)
{
    (void)ctx;
    return vault_entry(v, json_pack("{s:s, s:s, s:b, s:s, s:i}", "kind", "init", "origin", "practice.test.example/log", "practice", 1,
                                    "country", "GB", "format", 1), NULL);
}

/* `first` may be NULL.  The clock starts at 2018-06-15T08:00:00Z. */
static inline err test_house_make(struct test_house *h, err (*first)(struct vault *v, void *ctx), void *ctx)
{
    snprintf(h->root, sizeof h->root, "/tmp/candour-test-XXXXXX");
    CHECK(mkdtemp(h->root));
    snprintf(h->dir, sizeof h->dir, "%s/d", h->root);
    snprintf(h->slot, sizeof h->slot, "%s/d.slot", h->root);
    ssize_t n = readlink("/proc/self/exe", h->program, sizeof h->program - 1);
    CHECK(n > 0);
    h->program[n] = 0;
    h->options = (struct vault_options){.dir = h->dir, .program = h->program, .command = "test", .has_now = true, .now = 1529049600};
    const char *slots[] = {h->slot};
    struct vault_init init = {.name = "Example Members' Union", .contact = "privacy@union.example", .country = "GB", .zone = "Europe/London",
                              .origin = "practice.test.example/log", .slots = slots, .slot_count = 1, .practice = true};
    return vault_create(&h->options, &init, first ? first : test_house_nothing, ctx);
}

static inline void test_house_end(struct test_house *h)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", h->root);
    CHECK(system(command) == 0);
}

#endif
