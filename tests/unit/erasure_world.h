/* A small register with everything in it that a backup copies and fsck looks at: people in two cells, of whom some have values, one
 * past value, recipients, a purpose, two hand-overs, a certificate. */
#ifndef ERASURE_WORLD_H
#define ERASURE_WORLD_H

#include "testing.h"

#include "entry.h"
#include "fsck.h"
#include "handover.h"
#include "helpers.h"
#include "match.h"
#include "mem.h"
#include "people.h"

#include <sys/stat.h>

enum { WORLD_PEOPLE = 270, WORLD_KNOWN = 20, WORLD_EDITED = 5 };

struct world {
    struct test_house house;
    struct buf old_row, old_index; /* of before the edit */
};

static err world_first(struct vault *v, void *ctx)
{
    (void)ctx;
    TRY(config_init(v, "Example Members' Union", "privacy@union.example", "GB", "Europe/London", "union"));
    return test_house_nothing(v, NULL);
}

/* The text's '#' is the person's number. */
static inline void world_set(struct config *c, struct arena *a, struct person *p, const char *key, const char *text)
{
    char made[80];
    const char *mark = strchr(text, '#');
    int len = mark ? snprintf(made, sizeof made, "%.*s%u%s", (int)(mark - text), text, p->ordinal, mark + 1)
                   : snprintf(made, sizeof made, "%s", text);
    struct view value = view_of(arena_text(a, made, (size_t)len), (size_t)len);
    assert_ok(person_set(a, &c->numbers, p, field_no_of(&c->numbers, key), 1, 1529049600 + p->ordinal, &value, 1));
}

static inline void world_people(struct vault *v, struct config *c, struct arena *a)
{
    static struct person list[WORLD_PEOPLE];
    const struct config_source *source;
    const char *ids[] = {"member_number"};
    assert_ok(vault_begin(v));
    assert_ok(config_add_source(v, c, "crm", SYSTEM_NONE, ids, 1, DAY_UNKNOWN, &source));
    for (unsigned i = 0; i < WORLD_PEOPLE; i++) {
        assert_ok(people_new(v, &list[i]));
        if (i != 9) /* she has no record at all */
            world_set(c, a, &list[i], "first_name", "First#");
        if (i >= WORLD_KNOWN)
            continue;
        world_set(c, a, &list[i], "last_name", i % 2 ? "Example" : "Sample#");
        world_set(c, a, &list[i], "member_number", "M#");
        world_set(c, a, &list[i], "email", "person#@members.example");
        world_set(c, a, &list[i], "postal_code", i % 3 ? "AB1 2CD" : "ZE1 0AA");
    }
    assert_ok(people_save(v, c, list, WORLD_PEOPLE));
    assert_ok(vault_commit(v));
}

static inline void world_edit(struct vault *v, struct config *c, struct arena *a, struct world *w)
{
    uint32_t ordinal = WORLD_EDITED;
    struct person p;
    w->old_row = BUF(1 << 20);
    w->old_index = BUF(1 << 20);
    assert_ok(store_row_get(v->store, ordinal, &w->old_row));
    assert_ok(store_index_get(v->store, 0, NULL, &w->old_index));
    assert_ok(people_open(v, c, a, &ordinal, 1, PEOPLE_ALL_CATEGORIES, &p));
    struct view now = view_text("new.address@members.example");
    assert_ok(person_set(a, &c->numbers, &p, field_no_of(&c->numbers, "email"), 1, 1529149600, &now, 1));
    assert_ok(vault_begin(v));
    assert_ok(people_save(v, c, &p, 1));
    assert_ok(vault_commit(v));
}

static inline void world_handover(struct vault *v, struct arena *a, enum handover_kind kind, uint32_t from, uint32_t to)
{
    CLEANUP(handover_draft_end) struct handover_draft d;
    const char *keys[] = {"first_name", "email"};
    struct handover h = {.recipient = "pellwick", .purpose = "membership", .kind = kind,
                         .sent = {1529000000, 1529000000}, .recorded_at = vault_now(v), .approver = "A. Officer", .source = "",
                         .selection = "", .file = "sent.csv", .delete_by = DAY_UNKNOWN, .marks = ""};
    assert_ok(handover_draft_begin(&d, a, keys, 2));
    for (uint32_t i = from; i < to; i++) {
        peopleset_add(d.people, i);
        if (i % 2 == 0)
            peopleset_add(d.exact, i);
        peopleset_add(d.have[handover_draft_key(&d, "first_name")], i);
        if (i < WORLD_KNOWN)
            peopleset_add(d.have[handover_draft_key(&d, "email")], i);
    }
    h.matched = to - from;
    assert_ok(handover_save(v, &h, &d));
}

static inline void world_certificate(struct vault *v)
{
    json_t *doc = json_pack("{s:s, s:s}", "id", "C1", "recipient", "pellwick");
    struct hash hash;
    uint32_t no;
    assert_ok(vault_next_id(v, "certificate", &no));
    assert_ok(vault_doc_put(v, "certificate", "C1", doc, &hash));
    assert_ok(vault_entry(v, json_pack("{s:s, s:[s], s:s, s:o}", "kind", "certificate", "handovers", "H1", "action", "believed", "doc",
                                       entry_hash(&hash)), NULL));
    json_decref(doc);
}

static inline void world_acts(struct vault *v, struct config *c, struct arena *a)
{
    struct recipient r = {.id = "pellwick", .name = "Pellwick Mailing Ltd", .number = "", .country = "GB", .does = "prints", .owner = "",
                          .contract_reference = "", .security_contact = "", .age_key = "", .officers = "", .class_ = RECIPIENT_PROCESSOR,
                          .contract = DAY_UNKNOWN, .contract_until = DAY_UNKNOWN};
    struct purpose purpose = *purpose_default(0);
    purpose.words = "your membership, as before";
    assert_ok(vault_begin(v));
    assert_ok(config_set_purpose(v, c, &purpose, NULL));
    assert_ok(recipient_save(v, &r, "add"));
    r.does = "prints and posts";
    assert_ok(recipient_save(v, &r, "edit"));
    world_handover(v, a, HANDOVER_FILE, 0, 200);
    world_handover(v, a, HANDOVER_SYSTEM, 100, 150);
    world_certificate(v);
    assert_ok(vault_commit(v));
    assert_ok(vault_publish(v));
}

static inline void world_make(struct world *w)
{
    memset(w, 0, sizeof *w);
    assert_ok(test_house_make(&w->house, world_first, NULL));
    CLEANUP(vault_close) struct vault *v = NULL;
    CLEANUP(arena_release) struct arena *a = arena_new();
    struct config c;
    assert_ok(vault_open(&w->house.options, STORE_WRITE, &v));
    assert_ok(config_load(v, a, &c));
    world_people(v, &c, a);
    world_edit(v, &c, a, w);
    world_acts(v, &c, a);
}

static inline void world_end(struct world *w)
{
    buf_free(&w->old_row);
    buf_free(&w->old_index);
    if (!getenv("KEEP")) test_house_end(&w->house);
}

__attribute__((format(printf, 1, 2))) static inline void world_shell(const char *format, ...)
{
    char command[600];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static inline struct vault *world_open(const struct world *w, const char *dir, enum store_mode mode)
{
    struct vault_options o = w->house.options;
    struct vault *v = NULL;
    o.dir = dir;
    assert_ok(vault_open(&o, mode, &v));
    return v;
}

/* Everything that fsck says of it, in `ret`. */
static inline void world_fsck(const struct world *w, const char *dir, bool write_nothing, struct fsck_result *ret)
{
    struct fsck_options o = {.write_nothing = write_nothing};
    CLEANUP(vault_close) struct vault *v = world_open(w, dir, write_nothing ? STORE_READ : STORE_WRITE);
    assert_ok(fsck_run(v, &o, ret));
}

static inline void world_assert_good(const struct world *w, const char *dir, bool write_nothing)
{
    struct fsck_result *r = mem_alloc(sizeof *r);
    world_fsck(w, dir, write_nothing, r);
    if (r->faults)
        fail_msg("%s: %s", dir, r->fault[0]);
    assert_true(r->people_opened);
    mem_free(r);
}

#endif
