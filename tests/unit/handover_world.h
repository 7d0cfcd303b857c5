/* A test house with a register of invented people, for the tests of hand-overs. */
#ifndef HANDOVER_WORLD_H
#define HANDOVER_WORLD_H

#include "helpers.h"
#include "import.h"
#include "people.h"
#include "record.h"

#include <sys/wait.h>

enum { WORLD_DAY = 86400 };

static struct test_house house;

struct world {
    struct vault *v;
    struct arena *a;
    struct config c;
};

static inline void world_end(struct world *w)
{
    vault_close(&w->v);
    arena_release(&w->a);
}

/* Opened for writing; the clock goes on a minute each time. */
static inline void world_open(struct world *w)
{
    *w = (struct world){.a = arena_new()};
    house.options.now += 60;
    assert_ok(vault_open(&house.options, STORE_WRITE, &w->v));
    assert_ok(config_load(w->v, w->a, &w->c));
}

static inline const char *world_path(const char *name)
{
    static char paths[8][200];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", house.root, name);
    return path;
}

static inline const char *world_file(const char *name, const char *text)
{
    const char *path = world_path(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline void world_import(const char *text, enum import_mode mode)
{
    CLEANUP(world_end) struct world w;
    struct import_result r;
    struct import_options o = {.path = world_file("people.csv", text), .source = "crm", .mode = mode, .exported = DAY_UNKNOWN, .accept_gone = true};
    world_open(&w);
    assert_ok(import_run(w.v, &w.c, w.a, &o, &r));
    assert_ok(vault_publish(w.v));
}

static inline struct recipient world_recipient(const char *id, enum recipient_class class_)
{
    static const char *const purposes[] = {"ballot", "newsletter", "membership"};
    static const char *const fields[] = {"first_name", "last_name", "email", "city", "postal_code", "birth_date", "phone"};
    return (struct recipient){.id = id, .name = "Pellwick Mailing Ltd", .number = "", .country = "GB", .does = "prints", .owner = "",
                              .contract_reference = "", .security_contact = "", .age_key = "", .officers = "", .class_ = class_,
                              .contract = when_day(2017, 5, 1), .contract_until = DAY_UNKNOWN, .delete_after_days = 90,
                              .purposes = purposes, .purpose_count = 3, .fields = fields, .field_count = 7};
}

static inline void world_add_recipient(const struct recipient *r)
{
    CLEANUP(world_end) struct world w;
    world_open(&w);
    assert_ok(vault_lease(w.v));
    assert_ok(vault_begin(w.v));
    assert_ok(recipient_save(w.v, r, "add"));
    assert_ok(vault_commit(w.v));
    assert_ok(vault_publish(w.v));
}

static inline err world_first(struct vault *v, void *ctx)
{
    TRY(config_init(v, "Example Members' Union", "privacy@union.example", "GB", "Europe/London", "union"));
    return test_house_nothing(v, ctx);
}

/* Of crm: 1 Ada, 2 Bob (left in 2015), 3 Cay, 4 and 5 the twins with one address, 6 Dan, an applicant. */
#define WORLD_PEOPLE \
    "Contact ID,First Name,Last Name,Email,City,Postal Code,Birth Date,Membership Start Date,Membership Expiration Date,Membership Status\n" \
    "1,Ada,Example,ada@example.org,Leeds,LS1 1AA,1980-01-02,2010-01-01,,Current\n" \
    "2,Bob,Sample,bob@example.org,,,1970-05-06,2011-01-01,2015-06-30,Expired\n" \
    "3,Cay,Instance,cay@example.org,York,YO1 7HH,1990-07-08,2017-03-01,,Current\n" \
    "4,Jo,Twin,twins@example.org,Hull,HU1 1AA,,2016-01-01,,Current\n" \
    "5,Jo,Twin,twins@example.org,Hull,HU1 1AA,,2016-01-01,,Current\n" \
    "6,Dan,Hopeful,dan@example.org,Hull,HU1 2AA,1999-01-01,,,Pending\n"

static inline int world_make(void **state)
{
    (void)state;
    house = (struct test_house){0};
    assert_ok(test_house_make(&house, world_first, NULL));
    struct recipient pellwick = world_recipient("pellwick", RECIPIENT_PROCESSOR), club = world_recipient("club", RECIPIENT_CONTROLLER);
    world_add_recipient(&pellwick);
    world_add_recipient(&club);
    return 0;
}

static inline int world_remove(void **state)
{
    (void)state;
    test_house_end(&house);
    return 0;
}

/* The ordinal of somebody of crm. */
static inline uint32_t world_who(struct world *w, const char *id)
{
    uint32_t ordinal = UINT32_MAX;
    assert_ok(people_find_one(w->v, &w->c, view_text(id), &ordinal));
    return ordinal;
}

/* A fresh conversation with the keeper, without the warrant of the work just done; `h` is read again. */
static inline void world_again(struct world *w, struct handover *h)
{
    char id[16];
    snprintf(id, sizeof id, "%s", h->id);
    world_end(w);
    world_open(w);
    assert_ok(handover_load(w->v, w->a, id, h));
}

/* Runs `fn` in a process that kills itself at the crash point. */
static inline void world_crash(const char *at, void (*fn)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("CANDOUR_CRASH_AT", at, 1);
        fn();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), 9);
}

/* Key "" where it was not given. */
static inline const struct handover_field *world_field(const struct handover *h, const char *key)
{
    for (size_t i = 0; i < h->field_count; i++)
        if (strcmp(h->fields[i].key, key) == 0)
            return &h->fields[i];
    static const struct handover_field none = {.key = ""};
    return &none;
}

/* Whether the hand-over has this person, and a value of the field for her. */
static inline bool world_in(struct world *w, const struct handover *h, uint32_t ordinal, const char *key)
{
    CLEANUP(peopleset_free) struct peopleset *people = NULL, *have = NULL;
    assert_ok(handover_people(w->v, h, &people));
    if (!key)
        return peopleset_has(people, ordinal);
    const struct handover_field *f = world_field(h, key);
    if (!f->key[0])
        return false;
    assert_ok(handover_field_people(w->v, h, (size_t)(f - h->fields), people, &have));
    return peopleset_has(have, ordinal);
}

#endif
