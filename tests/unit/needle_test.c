/* Where keys and personal values are found, and where not.  A process of its own makes an installation, writes, reads and finds
 * somebody, and then waits; this one derives every key from the slot and looks for them in that process's memory and in all
 * files.  (It can't look into itself: it holds the needles.) */
#include "testing.h"

#include "helpers.h"

#include "labels.h"
#include "mem.h"
#include "seam.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *const values[] = {"Wilhelmina Needlestack", "wilhelmina@needlestack.example", "9 Haystack Rise, Pinbury", "no beef; vegan since 2011",
                                     "union secrets: strike fund"};
enum { VALUES = sizeof values / sizeof values[0] };

/* --- the process that works --- */

static err see(void *ctx, uint32_t ordinal, const struct keeper_person *p)
{
    size_t *seen = ctx;
    (void)ordinal;
    *seen += p->record_count;
    return OK;
}

static err hit(void *ctx, size_t asked, uint32_t ordinal, uint8_t flags)
{
    (void)asked;
    (void)flags;
    *(uint32_t *)ctx = ordinal;
    return OK;
}

static err write_somebody(struct vault *v)
{
    struct keeper_record records[3];
    struct keeper_value mail = {KEEPER_TOKEN_EMAIL, 1, view_text(values[1])};
    struct cell_token token = {0};
    uint8_t made[1][TOKEN_BYTES];
    uint32_t first, count;
    for (int i = 0; i < 3; i++)
        records[i] = (struct keeper_record){(uint8_t)(i + 1), 0, view_text(values[i])};
    TRY(vault_begin(v));
    TRY(vault_new_ordinals(v, 1, &first, &count));
    TRY(vault_write_people(v, &(struct vault_change){first, true, view_text(values[3]), records, 3}, 1));
    TRY(keeper_tokens(v->keeper, &mail, 1, made));
    memcpy(token.token, made[0], TOKEN_BYTES);
    token.ordinal = first;
    TRY(vault_index_add(v, &token, 1));
    json_t *note = json_pack("{s:s}", "note", values[4]);
    err e = vault_doc_put(v, "note", "N1", note, NULL);
    json_decref(note);
    TRY(e);
    TRY(vault_commit(v));
    TRY(vault_publish(v));
    size_t seen = 0;
    uint32_t found = UINT32_MAX;
    TRY(vault_read_people(v, &first, 1, 2 | 4 | 8, true, see, &seen));
    TRY(vault_find(v, (const uint8_t(*)[TOKEN_BYTES])made, 1, hit, &found));
    CHECK(seen == 3 && found == first);
    return OK;
}

static int work(int ready, int go_on)
{
    struct test_house h = {0};
    struct vault *v = NULL;
    err e = test_house_make(&h, NULL, NULL);
    if (e.kind == ERR_OK)
        e = vault_open(&h.options, STORE_WRITE, &v);
    if (e.kind == ERR_OK)
        e = write_somebody(v);
    if (e.kind != ERR_OK)
        fprintf(stderr, "%s %s\n", err_text()->what, err_text()->where);
    char byte = e.kind == ERR_OK ? 0 : 1;
    if (write(ready, h.root, sizeof h.root) != sizeof h.root || write(ready, &byte, 1) != 1 || read(go_on, &byte, 1) < 0)
        return 1;
    vault_close(&v);
    return 0;
}

/* --- looking --- */

struct needle {
    const char *name;
    uint8_t bytes[KEY_BYTES];
};
enum { NEEDLES_MAX = 16 };
static struct needle needles[NEEDLES_MAX];
static size_t needle_count;
static char root[64];
static pid_t worker;
static int to_worker;

static void add_needle(const char *name, const uint8_t *bytes)
{
    assert_true(needle_count < NEEDLES_MAX);
    needles[needle_count].name = name;
    memcpy(needles[needle_count++].bytes, bytes, KEY_BYTES);
}

static bool found_in(const struct buf *hay, const void *bytes, size_t len)
{
    return hay->len >= len && memmem(hay->p, hay->len, bytes, len) != NULL;
}

static void label(struct buf *ad, const char *text, const uint8_t org[ORG_BYTES])
{
    buf_clear(ad);
    buf_str(ad, text);
    buf_u8(ad, 0);
    buf_bytes(ad, org, ORG_BYTES);
}

static void derive_cell_keys(struct store *store, const uint8_t epoch_key[KEY_BYTES], const uint8_t org[ORG_BYTES])
{
    CLEANUP(buf_free) struct buf ad = BUF(256), sealed = BUF(1 << 20);
    static uint8_t keys[CELL_KEYS_PER_BLOB * KEY_BYTES], plain[1 << 18];
    label(&ad, LABEL_CELL_KEYS, org);
    buf_u64(&ad, 1);
    buf_u8(&ad, KEEPER_PEOPLE);
    buf_u32(&ad, 0);
    assert_ok(store_keys_get(store, STORE_KEYS_PEOPLE, 0, &sealed));
    assert_true(secret_open(keys, epoch_key, buf_view(&ad), buf_view(&sealed)));
    add_needle("the key of cell 0", keys);
    add_needle("the key of cell 999", keys + 999 * KEY_BYTES);
    label(&ad, LABEL_PEOPLE, org);
    buf_u32(&ad, 0);
    buf_clear(&sealed);
    assert_ok(store_cell_get(store, 0, &sealed));
    assert_true(secret_open(plain, keys, buf_view(&ad), buf_view(&sealed)));
    CLEANUP(mem_release) struct cell_people *people = mem_alloc(sizeof *people);
    assert_ok(cell_people_decode(view_of(plain, sealed.len - SEAL_OVERHEAD), people));
    assert_int_equal(people->places[0].category_count, 3);
    add_needle("a proof key", people->places[0].proof_key.p);
    for (uint8_t category = 1; category <= 3; category++)
        add_needle("a category's key", cell_category_key(&people->places[0], category));
}

static void derive(void)
{
    CLEANUP(buf_free) struct buf slot = BUF(SLOT_FILE_BYTES), ring = BUF(4096), ad = BUF(256), signer = BUF(4096);
    struct slot_record records[2];
    char path[128];
    uint8_t epoch_key[KEY_BYTES], token_key[KEY_BYTES], seed[32];
    snprintf(path, sizeof path, "%s/d.slot", root);
    assert_ok(seam_read(path, SLOT_FILE_BYTES, &slot));
    assert_ok(slot_decode(buf_view(&slot), records));
    add_needle("the share", records[0].share);
    secret_kdf(epoch_key, records[0].share, view_text(LABEL_EPOCH));
    add_needle("the epoch's key", epoch_key);
    snprintf(path, sizeof path, "%s/d", root);
    struct store *store = NULL;
    assert_ok(store_open(path, STORE_READ, &store));
    assert_ok(store_meta_get(store, "ring", &ring));
    label(&ad, LABEL_RING, records[0].org);
    buf_u64(&ad, 1);
    assert_true(secret_open(token_key, epoch_key, buf_view(&ad), buf_view(&ring)));
    add_needle("the look-up key", token_key);
    derive_cell_keys(store, epoch_key, records[0].org);
    store_close(&store);
    snprintf(path, sizeof path, "%s/d.slot.signer", root);
    assert_ok(seam_read(path, 4096, &signer));
    assert_true(hex_decode(seed, 32, view_of((uint8_t *)memchr(signer.p, '\n', signer.len) + 1, 64)));
    add_needle("the log's seed", seed);
}

static int start(void **state)
{
    (void)state;
    int ready[2], go_on[2];
    if (secret_start().kind != ERR_OK || pipe(ready) != 0 || pipe(go_on) != 0)
        return 1;
    worker = fork();
    if (worker == 0) {
        close(go_on[1]);
        _exit(work(ready[1], go_on[0]));
    }
    close(ready[1]);
    close(go_on[0]);
    to_worker = go_on[1];
    char failed = 1;
    if (read(ready[0], root, sizeof root) != sizeof root || read(ready[0], &failed, 1) != 1 || failed)
        return 1;
    derive();
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    close(to_worker);
    waitpid(worker, NULL, 0);
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* Reads a process's memory, region by region. */
static void search_memory(pid_t pid, bool found[NEEDLES_MAX], bool *found_value, uint64_t *ret_bytes)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int mem = open(path, O_RDONLY);
    assert_true(maps && mem >= 0);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' || to - from > (1ul << 31) || strstr(line, "[v"))
            continue;
        CLEANUP(buf_free) struct buf bytes = BUF(1ul << 31);
        uint8_t *space = buf_space(&bytes, to - from);
        ssize_t n = space ? pread(mem, space, to - from, (off_t)from) : 0;
        bytes.len = n > 0 ? (size_t)n : 0;
        *ret_bytes += bytes.len;
        for (size_t i = 0; i < needle_count; i++)
            found[i] = found[i] || found_in(&bytes, needles[i].bytes, KEY_BYTES);
        *found_value = *found_value || found_in(&bytes, values[2], strlen(values[2]));
    }
    fclose(maps);
    close(mem);
}

static void no_key_is_in_the_memory_of_a_process_that_writes_reads_and_finds(void **state)
{
    (void)state;
    bool found[NEEDLES_MAX] = {false}, value = false;
    uint64_t bytes = 0;
    search_memory(worker, found, &value, &bytes);
    assert_true(bytes > 1 << 16);
    assert_true(value); /* the search does find what is there */
    for (size_t i = 0; i < needle_count; i++)
        if (found[i])
            fail_msg("%s is in the memory of the caller", needles[i].name);
}

struct walk {
    size_t files;
    bool share_in_slot, seed_in_signer;
};

static void search_file(const char *path, struct walk *w)
{
    CLEANUP(buf_free) struct buf bytes = BUF(1 << 26), hex = BUF(128);
    if (seam_read(path, 1 << 26, &bytes).kind != ERR_OK)
        return; /* a socket */
    w->files++;
    const char *name = strrchr(path, '/') + 1;
    bool slot = strcmp(name, "d.slot") == 0, signer = strcmp(name, "d.slot.signer") == 0;
    for (size_t i = 0; i < needle_count; i++) {
        buf_clear(&hex);
        buf_hex(&hex, view_of(needles[i].bytes, KEY_BYTES));
        bool raw = found_in(&bytes, needles[i].bytes, KEY_BYTES), text = found_in(&bytes, hex.p, hex.len);
        if (slot && strcmp(needles[i].name, "the share") == 0)
            w->share_in_slot = raw;
        else if (signer && strcmp(needles[i].name, "the log's seed") == 0)
            w->seed_in_signer = text;
        else if (raw || text)
            fail_msg("%s is in %s", needles[i].name, path);
    }
    for (size_t i = 0; i < VALUES; i++)
        if (found_in(&bytes, values[i], strlen(values[i])))
            fail_msg("a personal value is in %s", path);
}

static void search_folder(const char *path, int depth, struct walk *w)
{
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char inside[4096];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        assert_true(snprintf(inside, sizeof inside, "%s/%s", path, e->d_name) < (int)sizeof inside);
        assert_int_equal(lstat(inside, &st), 0);
        if (S_ISDIR(st.st_mode) && depth < 10)
            search_folder(inside, depth + 1, w);
        else if (S_ISREG(st.st_mode))
            search_file(inside, w);
    }
    closedir(d);
}

static void no_file_holds_a_key_or_a_value_but_the_slot_its_share_and_the_signer_its_seed(void **state)
{
    (void)state;
    struct walk w = {0};
    search_folder(root, 0, &w);
    assert_true(w.files >= 6); /* configuration, database, its log, slot, signer, counters or public key */
    assert_true(w.share_in_slot && w.seed_in_signer);
}

int main(int argc, char **argv)
{
    TEST_ROLES(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_is_in_the_memory_of_a_process_that_writes_reads_and_finds),
        cmocka_unit_test(no_file_holds_a_key_or_a_value_but_the_slot_its_share_and_the_signer_its_seed),
    };
    return cmocka_run_group_tests_name("needle", tests, start, end);
}
