/* What a file says is the same however it is cut into lots: rows are judged one after the other. */
#include "testing.h"

#include "record_world.h"

/* The program is linked so that the tests say how many rows are matched at once. */
enum { SEEDS = 6 };
static size_t rows_at_once = 50000;

size_t __wrap_match_rows_at_once(uint64_t people);
size_t __wrap_match_rows_at_once(uint64_t people)
{
    (void)people;
    return rows_at_once;
}

#define LOTS_IMPORTED                                                                         \
    "Contact ID,First Name,Last Name,Email,City,Postal Code,Birth Date,Membership Status\n"   \
    "3,Cay,Instance,cay@elsewhere.example,York,YO1 7HH,1990-07-08,Current\n"                  \
    ",Ada,Example,ada@example.org,Bath,,1980-01-02,Current\n"                                 \
    ",Jo,Twin,twins@example.org,Hull,HU1 1AA,,Current\n"                                      \
    ",Jo,Twin,twins@example.org,Hull,HU1 1AA,1999-09-09,Current\n"                            \
    "3,Cay,Instance,cay2@elsewhere.example,York,YO1 7HH,1990-07-08,Current\n"                 \
    "7,Dan,Hopeful,dan@example.org,Hull,HU1 2AA,,Current\n"                                   \
    "8,New,Comer,new@example.org,Hull,HU1 2AA,,Current\n"

#define LOTS_SENT                                                                             \
    "contact_id,first_name,last_name,email,city\n"                                            \
    "901,Eve,Unknown,eve@elsewhere.example,\n"                                                \
    "1,Ada,,,Leeds\n"                                                                         \
    ",Eve,Unknown,eve@elsewhere.example,York\n"                                               \
    ",Jo,Twin,twins@example.org,\n"                                                           \
    "901,,,eve2@elsewhere.example,Hull\n"                                                     \
    ",,,ada@example.org,\n"                                                                   \
    ",Lou,Alpha,lou@elsewhere.example,\n"                                                     \
    ",Moe,Alpha,lou@elsewhere.example,\n"                                                     \
    ",LOU,ALPHA,lou@elsewhere.example,Bath\n"                                                 \
    "902,,,,Ripon\n"

/* All that is known afterwards, as one text. */
static void tell_all(struct world *w, struct handover *h, struct buf *to)
{
    world_again(w, h);
    uint64_t everybody;
    assert_ok(people_count(w->v, &everybody));
    for (uint32_t i = 0; i < everybody; i++) {
        struct person p;
        assert_ok(people_open(w->v, &w->c, w->a, &i, 1, PEOPLE_ALL_CATEGORIES, &p));
        buf_fmt(to, "%u alias %u:", i, p.facts.alias);
        for (size_t k = 0; k < p.count; k++)
            buf_fmt(to, " %u=%.*s", p.values[k].field, (int)p.values[k].text.len, (const char *)p.values[k].text.p);
        for (size_t k = 0; world_in(w, h, i, NULL) && k < h->field_count; k++)
            buf_fmt(to, " %s:%d", h->fields[k].key, world_in(w, h, i, h->fields[k].key));
        buf_str(to, "\n");
    }
    assert_ok(buf_ok(to));
}

static void work_in_lots(size_t rows, struct buf *to)
{
    CLEANUP(world_end) struct world w;
    struct record_result r;
    struct import_result in;
    struct import_options o = {.source = "crm", .mode = IMPORT_PART, .exported = DAY_UNKNOWN, .skip_rejected = true};
    rows_at_once = rows;
    o.path = world_file("again.csv", LOTS_IMPORTED);
    world_open(&w);
    assert_ok(import_run(w.v, &w.c, w.a, &o, &in));
    assert_ok(vault_publish(w.v));
    buf_fmt(to, "%d added, %d updated, %d rejected, %d near\n", (int)in.added, (int)in.updated, (int)in.rejected_count, (int)in.near_count);
    world_end(&w);
    record_csv(&w, LOTS_SENT, &r);
    buf_fmt(to, "%d people, %d matched, %d from the file, %d in doubt\n", (int)r.handover.people, (int)r.handover.matched, (int)r.handover.file_only,
            (int)r.handover.ambiguous);
    tell_all(&w, &r.handover, to);
    rows_at_once = 50000;
}

static void how_a_file_is_cut_into_lots_changes_nothing(void **state)
{
    CLEANUP(buf_free) struct buf whole = BUF(1 << 16);
    for (size_t rows = 0; rows < 5; rows++) {
        CLEANUP(buf_free) struct buf cut = BUF(1 << 16);
        world_remove(state);
        make(state);
        work_in_lots(rows ? rows : 50000, rows ? &cut : &whole);
        if (rows)
            assert_string_equal(buf_text(&cut), buf_text(&whole));
    }
    assert_non_null(strstr(buf_text(&whole), "2 added, 3 updated, 1 rejected, 1 near\n8 people, 1 matched, 5 from the file, 2 in doubt\n"));
}

/* Of whom too little is known, rows that are certainly about different people don't all mean her. */
static void rows_in_doubt_that_differ_are_different_people(void **state)
{
    (void)state;
    static const char *const sent[] = {
        "N1,,,ada@example.org\nN2,,,ada@example.org\n",
        "N1,Ada,,ada@example.org\nN2,Ada,,ada@example.org\nN1,,,ada@example.org\n",
        ",Ada,,ada@example.org\n,A.,,ada@example.org\nN3,,,ada@example.org\nN4,Ada,,ada@example.org\n",
    };
    for (size_t i = 0; i < 6; i++) {
        CLEANUP(world_end) struct world w;
        CLEANUP(buf_free) struct buf text = BUF(1 << 12);
        struct record_result r;
        struct record_options o = base(HANDOVER_FILE);
        o.source = i < 3 ? "newsletter" : NULL;
        world_remove(state);
        make(state);
        world_open(&w);
        buf_fmt(&text, "contact_id,first_name,last_name,email\n%s", sent[i % 3]);
        assert_ok(record_text_as(&w, buf_text(&text), &o, &r));
        assert_int_equal(r.handover.people, 2);
        assert_int_equal(r.handover.file_only, 1);
        assert_true(world_in(&w, &r.handover, world_who(&w, "1"), "email"));
    }
}

/* Earlier rows of the file say more of somebody who was known by little: the later rows are judged by that too, in one lot or in many. */
#define LOTS_EARLIER                             \
    "contact_id,external_identifier,first_name,last_name,email\n" \
    ",,,,shared@elsewhere.example\n"           \
    ",,,,zed@elsewhere.example\n"              \
    ",,,,initial@elsewhere.example\n"          \
    "801,,Jo,Quill,quill@elsewhere.example\n"  \
    "811,,,,two@elsewhere.example\n"           \
    ",E811,,,two@elsewhere.example\n"          \
    ",,,,ids@elsewhere.example\n"

static const struct {
    const char *rows;
    int people; /* known only from files, in it */
    int in_doubt;
} said_before[] = {
    {"901,,,,shared@elsewhere.example\n902,,,,shared@elsewhere.example\n", 2, 0},
    {",,Zed,Zulu,zed@elsewhere.example\n,,,Yoke,zed@elsewhere.example\n", 2, 0},
    {",,Zed,Zulu,initial@elsewhere.example\n,,Z.,Zulu,initial@elsewhere.example\n", 1, 0},
    {",,Z.,Zulu,initial@elsewhere.example\n,,Zed,Zulu,initial@elsewhere.example\n,,Yan,Zulu,initial@elsewhere.example\n", 2, 0},
    {"801,,Joan,,\n,,Joan,Quill,quill@elsewhere.example\n", 1, 0},
    {",,Joan,Quill,quill@elsewhere.example\n801,,Joan,,\n", 2, 0},
    {"811,E811,,,\n,,,,two@elsewhere.example\n", 1, 0},
    {",,,,two@elsewhere.example\n811,E811,,,\n", 2, 1}, /* two records of one person */
    {"811,E811,Ida,,\n,,Eda,,two@elsewhere.example\n", 2, 0},
    {"905,,Ann,Able,ids@elsewhere.example\n905,,,,else@elsewhere.example\n906,,,,else@elsewhere.example\n", 2, 0},
    {"905,E905,,,ids@elsewhere.example\n,E905,Ann,Able,\n,,Ben,Able,ids@elsewhere.example\n", 2, 0},
};

static void said_in_lots(size_t rows, const char *sent, struct record_result *r, struct buf *to)
{
    CLEANUP(world_end) struct world w;
    rows_at_once = rows;
    record_csv(&w, LOTS_EARLIER, r);
    world_end(&w);
    CLEANUP(buf_free) struct buf text = BUF(1 << 12);
    buf_fmt(&text, "contact_id,external_identifier,first_name,last_name,email\n%s", sent);
    record_csv(&w, buf_text(&text), r);
    tell_all(&w, &r->handover, to);
    rows_at_once = 50000;
}

static void what_earlier_rows_said_counts_for_later_ones(void **state)
{
    for (size_t i = 0; i < sizeof said_before / sizeof said_before[0]; i++) {
        CLEANUP(buf_free) struct buf whole = BUF(1 << 16);
        for (size_t rows = 0; rows < 4; rows++) {
            CLEANUP(buf_free) struct buf cut = BUF(1 << 16);
            struct record_result r;
            world_remove(state);
            make(state);
            said_in_lots(rows ? rows : 50000, said_before[i].rows, &r, rows ? &cut : &whole);
            if ((int)r.handover.people != said_before[i].people || (int)r.handover.ambiguous != said_before[i].in_doubt)
                fail_msg("%s at once %zu: %d people, %d in doubt", said_before[i].rows, rows, (int)r.handover.people, (int)r.handover.ambiguous);
            if (rows)
                assert_string_equal(buf_text(&cut), buf_text(&whole));
        }
    }
}

/* --- the same for files by chance: few ids, names and addresses, so that everything meets everything --- */

#define DRAWN(list) (list)[drawn(state, sizeof(list) / sizeof(list)[0])]

static size_t drawn(uint64_t *state, size_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(*state >> 33) % below;
}

static void put_rows_by_chance(uint64_t *state, struct buf *to)
{
    static const char *const ids[] = {"", "", "", "901", "902", "903", "1", "3"};
    static const char *const others[] = {"", "", "", "", "E1", "E2"};
    static const char *const firsts[] = {"", "", "Ada", "A.", "Jo", "Zed"};
    static const char *const families[] = {"", "", "Example", "Zulu", "Twin"};
    static const char *const emails[] = {"", "s@elsewhere.example", "t@elsewhere.example", "u@elsewhere.example", "ada@example.org", "twins@example.org"};
    static const char *const postcodes[] = {"", "", "HU1 1AA", "YO1 7HH"};
    static const char *const births[] = {"", "", "", "1980-01-02", "1999-09-09"};
    buf_str(to, "contact_id,external_identifier,first_name,last_name,email,postal_code,birth_date\n");
    for (size_t i = 0, rows = 4 + drawn(state, 12); i < rows; i++)
        buf_fmt(to, "%s,%s,%s,%s,%s,%s,%s\n", DRAWN(ids), DRAWN(others), DRAWN(firsts), DRAWN(families), DRAWN(emails), DRAWN(postcodes), DRAWN(births));
}

enum { FILES_BY_CHANCE = 3 };

static void record_by_chance(size_t rows, const struct buf *files, struct buf *to)
{
    rows_at_once = rows;
    for (size_t i = 0; i < FILES_BY_CHANCE; i++) {
        CLEANUP(world_end) struct world w;
        struct record_result r;
        record_csv(&w, (const char *)files[i].p, &r);
        buf_fmt(to, "%d people, %d matched, %d from files, %d in doubt\n", (int)r.handover.people, (int)r.handover.matched, (int)r.handover.file_only,
                (int)r.handover.ambiguous);
        if (i == FILES_BY_CHANCE - 1)
            tell_all(&w, &r.handover, to);
    }
    rows_at_once = 50000;
}

static void any_file_is_the_same_in_any_lots(void **state)
{
    static const size_t lots[] = {50000, 1, 2, 3, 5};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct buf files[FILES_BY_CHANCE];
        uint64_t chance = seed;
        for (size_t i = 0; i < FILES_BY_CHANCE; i++) {
            files[i] = BUF(1 << 14);
            put_rows_by_chance(&chance, &files[i]);
            assert_non_null(buf_text(&files[i]));
        }
        CLEANUP(buf_free) struct buf whole = BUF(1 << 18);
        for (size_t i = 0; i < sizeof lots / sizeof lots[0]; i++) {
            CLEANUP(buf_free) struct buf cut = BUF(1 << 18);
            world_remove(state);
            make(state);
            record_by_chance(lots[i], files, i ? &cut : &whole);
            if (i && strcmp(buf_text(&cut), buf_text(&whole)) != 0)
                fail_msg("seed %d, %zu rows at once:\n%s\nwhole:\n%s\nfiles:\n%s\n%s\n%s", (int)seed, lots[i], buf_text(&cut), buf_text(&whole),
                         buf_text(&files[0]), buf_text(&files[1]), buf_text(&files[2]));
        }
        for (size_t i = 0; i < FILES_BY_CHANCE; i++)
            buf_free(&files[i]);
    }
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_a_file_is_cut_into_lots_changes_nothing),
        cmocka_unit_test(rows_in_doubt_that_differ_are_different_people),
        cmocka_unit_test(what_earlier_rows_said_counts_for_later_ones),
        cmocka_unit_test(any_file_is_the_same_in_any_lots),
    };
    return cmocka_run_group_tests(tests, make, world_remove);
}
