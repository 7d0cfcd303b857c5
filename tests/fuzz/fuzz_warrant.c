/* Warrants behind the signature: any bytes at all stand as an entry in a log of our own, signed by its key, and are shown to the keeper, taken
 * on credit, and settled.  What is taken is an entry of that kind; no warrant is for more than 32 categories or for ever. */
#include "../unit/keeper_state.h"

static const uint8_t seed[32] = {1};
static struct keeper_state k;
static struct note_key key;

static void end(void)
{
    ks_end(&k);
}

static void prepare(void)
{
    ks_make_greeted(&k);
    ks_log_key(k.vkey, seed, &key);
    CHECK(ops_log_key(&k.s).kind == ERR_OK);
    atexit(end);
}

static void ask_shown(enum keeper_op op, struct view entry)
{
    CLEANUP(buf_free) struct buf check = BUF(4096), note = BUF(8192);
    struct hash leaves[2] = {merkle_leaf(view_text("another entry")), merkle_leaf(entry)};
    struct checkpoint c = {.origin = view_text(key.name), .size = 2, .root = merkle_node(&leaves[0], &leaves[1])};
    CHECK(checkpoint_format(&c, &check).kind == ERR_OK);
    uint8_t signature[SIGNATURE_BYTES];
    secret_sign(signature, seed, buf_view(&check));
    CHECK(note_assemble(buf_view(&check), &key, signature, &note).kind == ERR_OK);
    struct buf *r = ks_ask(&k, op);
    buf_block(r, entry);
    buf_u64(r, 1);
    buf_u8(r, 1);
    buf_put(r, hash_view(&leaves[0]));
    buf_block(r, buf_view(&note));
}

static bool is_warrant(struct view entry)
{
    json_t *j = NULL;
    bool good = entry_parse(entry, &j).kind == ERR_OK && strcmp(json_string_value(json_object_get(j, "kind")), "warrant") == 0;
    json_decref(j);
    return good;
}

/* Nothing is carried over: no file for each input, and each input stands alone. */
static void forget(void)
{
    memset(&k.s.counters.warrants, 0, sizeof k.s.counters.warrants);
    memset(&k.s.counters.credits, 0, sizeof k.s.counters.credits);
    k.s.counters.floor = 0;
    k.c.warrant = (struct ops_warrant){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view entry = view_of(data, size);
    if (!k.s.secrets)
        prepare();
    if (size > LIMIT_ENTRY_BYTES)
        return 0;
    forget();
    struct buf *r = ks_ask(&k, KEEPER_CREDIT);
    buf_block(r, entry);
    buf_u64(r, 7);
    buf_u8(r, 1);
    bool credit = ks_send(&k).kind == ERR_OK;
    CHECK(!credit || (is_warrant(entry) && k.c.warrant.credit && counters_credits(&k.s.counters) == 1));
    ask_shown(KEEPER_SETTLE, entry);
    CHECK(ks_send(&k).kind == ERR_OK && counters_credits(&k.s.counters) == 0);
    forget();
    ask_shown(KEEPER_WARRANT, entry);
    bool shown = ks_send(&k).kind == ERR_OK;
    CHECK(shown == k.c.warrant.open && (!shown || is_warrant(entry)));
    /* Whatever may be shown may be taken on credit, if it is short enough. */
    CHECK(credit == (shown && size <= LIMIT_CREDIT_BYTES));
    return 0;
}
