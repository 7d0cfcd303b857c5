#include "signer_int.h"

#include "checkpoint.h"
#include "confine.h"
#include "lines.h"
#include "mem.h"
#include "protocol.h"
#include "seam.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void signing_end(struct signing *s)
{
    void *region = s->secrets;
    secret_unlock(&region, sizeof *s->secrets);
    s->secrets = NULL;
}

err signing_begin(struct signing *s)
{
    void *region;
    TRY(secret_lock(sizeof *s->secrets, &region));
    s->secrets = region;
    return OK;
}

static void name_file(char *to, size_t size, const struct server_place *place, const char *suffix)
{
    snprintf(to, size, "%s%s", place->slot_name, suffix);
}

static void path_of(char *to, size_t size, const struct server_place *place, const char *suffix)
{
    snprintf(to, size, "%s/%s%s", place->dir, place->slot_name, suffix);
}

void signing_put(const struct signing *s, struct buf *to)
{
    buf_fmt(to, "%s\n", s->origin);
    buf_hex(to, view_of(s->secrets->seed, sizeof s->secrets->seed));
    buf_fmt(to, "\n%" PRIu64 "\n", s->size);
    buf_hex(to, hash_view(&s->root));
    buf_str(to, "\n");
}

static err save(const struct signing *s)
{
    struct signer_secrets *k = s->secrets;
    struct buf b = BUF_FIXED(k->file, sizeof k->file);
    signing_put(s, &b);
    TRY(buf_ok(&b));
    err e = seam_replace(s->dir, s->name, buf_view(&b), 0600);
    secret_wipe(k->file, sizeof k->file);
    return e;
}

bool signing_parse(struct signing *s, struct view rest)
{
    struct view origin, seed, size, root;
    if (!lines_take(&rest, &origin) || !lines_take(&rest, &seed) || !lines_take(&rest, &size) || !lines_take(&rest, &root) || rest.len ||
        origin.len > LIMIT_ORIGIN_BYTES || !hex_decode(s->secrets->seed, 32, seed) || !lines_decimal(size, MERKLE_SIZE_MAX, &s->size) ||
        !hex_decode(s->root.b, HASH_BYTES, root))
        return false;
    memcpy(s->origin, origin.p, origin.len);
    s->origin[origin.len] = 0;
    return checkpoint_origin_ok(origin);
}

static err load(struct signing *s, const char *path)
{
    struct signer_secrets *k = s->secrets;
    struct buf b = BUF_FIXED(k->file, sizeof k->file);
    TRY(seam_read(path, SIGNER_FILE_BYTES, &b));
    bool good = signing_parse(s, buf_view(&b));
    secret_wipe(k->file, sizeof k->file);
    ENSURE(good, err_at(err_new(ERR_CORRUPT, "The log's key file is damaged.",
                                "Put back your copy of it; until then nothing is published, and everything else works."), path, 0, 0));
    return OK;
}

static err put_vkey(const struct signing *s, struct buf *to)
{
    struct note_key key;
    uint8_t public_key[32];
    secret_sign_key(s->secrets->seed, public_key);
    TRY(note_key_make(view_text(s->origin), NOTE_ED25519, public_key, &key));
    note_vkey_format(&key, to);
    buf_str(to, "\n");
    return buf_ok(to);
}

static err write_vkey(const struct signing *s, const char *path)
{
    CLEANUP(buf_free) struct buf b = BUF(SIGNER_FILE_BYTES);
    TRY(put_vkey(s, &b));
    return seam_create_once(path, buf_view(&b));
}

/* What another key signs nobody can check, and it would count as signed all the same. */
static err check_vkey(const struct signing *s, const char *file, const char *vkey)
{
    CLEANUP(buf_free) struct buf mine = BUF(SIGNER_FILE_BYTES), said = BUF(SIGNER_FILE_BYTES);
    TRY(put_vkey(s, &mine));
    TRY(seam_read(vkey, SIGNER_FILE_BYTES, &said));
    ENSURE(view_equal(buf_view(&mine), buf_view(&said)),
           err_at(err_new(ERR_CORRUPT, "The log's key file is not that of the public key beside it: one of the two is damaged.",
                          "Put back your copies of them; until then nothing is published, and everything else works."), file, 0, 0));
    return OK;
}

/* The key that is there, if it is this log's; else a new one. */
static err find_or_make(struct signing *s, const char *path, struct view origin)
{
    bool there;
    TRY(seam_exists(path, &there));
    if (there) {
        TRY(load(s, path));
        ENSURE(view_equal(view_text(s->origin), origin),
               err_at(err_new(ERR_CONFLICT, "There is the key of another log beside the slot.", "Choose another place for the slot."), path, 0, 0));
        return OK;
    }
    secret_random(s->secrets->seed, sizeof s->secrets->seed);
    memcpy(s->origin, origin.p, origin.len);
    return save(s);
}

err signer_create(const char *slot, struct view origin)
{
    ENSURE(checkpoint_origin_ok(origin) && origin.len <= LIMIT_ORIGIN_BYTES,
           err_new(ERR_INVALID, "This name can't be the log's origin.", "Use something like union.example/log."));
    TRY(secret_start());
    struct server_place place;
    TRY(server_place_of(slot, &place));
    CLEANUP(signing_end) struct signing s = {.root = merkle_empty()};
    TRY(signing_begin(&s));
    char path[LIMIT_PATH_BYTES + 300], vkey[LIMIT_PATH_BYTES + 300];
    memcpy(s.dir, place.dir, sizeof s.dir);
    name_file(s.name, sizeof s.name, &place, ".signer");
    path_of(path, sizeof path, &place, ".signer");
    path_of(vkey, sizeof vkey, &place, ".vkey");
    TRY(find_or_make(&s, path, origin));
    return write_vkey(&s, vkey);
}

err signer_vkey(const char *slot, struct buf *to)
{
    struct server_place place;
    TRY(server_place_of(slot, &place));
    char path[LIMIT_PATH_BYTES + 300];
    path_of(path, sizeof path, &place, ".vkey");
    TRY(seam_read(path, SIGNER_FILE_BYTES, to));
    if (to->len && to->p[to->len - 1] == '\n')
        to->len--;
    return OK;
}

/* --- the process --- */

static err bad_request(void)
{
    return err_new(ERR_INTERNAL, "The signer was asked for something it does not understand.",
                   "Use the same version of candour everywhere on this machine.");
}

static err sign(struct signing *s, struct rd *r, struct buf *answer)
{
    uint64_t size = rd_u64(r);
    struct hash root;
    rd_copy(r, root.b, HASH_BYTES);
    struct merkle_proof proof = {.count = rd_u8(r)};
    ENSURE(rd_ok(r) && proof.count <= MERKLE_PROOF_MAX, bad_request());
    for (size_t i = 0; i < proof.count; i++)
        rd_copy(r, proof.hash[i].b, HASH_BYTES);
    ENSURE(rd_done(r), bad_request());
    ENSURE(size <= MERKLE_SIZE_MAX, bad_request()); /* from nothing, all else extends it */
    ENSURE(merkle_verify_consistency(s->size, size, &s->root, &root, &proof),
           err_newf(ERR_CONFLICT, "The log of {} entries does not extend the one of {} entries that was signed last: the database was put back to an older state, or changed.",
                    "Nothing was published. Everything else works. Restore the newest backup, then run 'candour log verify'.",
                    err_int((long long)size), err_int((long long)s->size)));
    /* Before it is kept: what can't be written as a checkpoint must not be what was signed last. */
    CLEANUP(buf_free) struct buf text = BUF(SIGNER_FILE_BYTES);
    TRY(checkpoint_format(&(struct checkpoint){.origin = view_text(s->origin), .size = size, .root = root}, &text));
    if (size != s->size) {
        struct signing next = *s;
        next.size = size;
        next.root = root;
        TRY(save(&next));
        *s = next;
    }
    uint8_t *signature = buf_space(answer, SIGNATURE_BYTES);
    TRY(buf_ok(answer));
    secret_sign(signature, s->secrets->seed, buf_view(&text));
    return OK;
}

err signing_handle(void *state, struct server_caller *caller, struct view request, struct buf *answer)
{
    struct signing *s = state;
    struct rd r = rd_of(request);
    uint8_t op = rd_u8(&r);
    if (op == SIGNER_SIGN)
        return sign(s, &r, answer);
    ENSURE(op == SIGNER_STATUS && rd_done(&r), bad_request());
    caller->known = true;
    buf_u64(answer, s->size);
    buf_put(answer, hash_view(&s->root));
    return OK;
}

static size_t longest(const struct server_caller *caller, uint8_t op)
{
    (void)caller;
    (void)op;
    return SIGNER_FILE_BYTES;
}

static err prepare(const char *slot, struct signing *s, struct server_files *files, int *ret_listener)
{
    TRY(secret_start());
    struct server_place place;
    TRY(server_place_of(slot, &place));
    memcpy(s->dir, place.dir, sizeof s->dir);
    name_file(s->name, sizeof s->name, &place, ".signer");
    char file[LIMIT_PATH_BYTES + 300], vkey[LIMIT_PATH_BYTES + 300];
    path_of(file, sizeof file, &place, ".signer");
    path_of(vkey, sizeof vkey, &place, ".vkey");
    /* Each save gives the signer's file a new inode: the file of its public key is the one to lock. */
    TRY(server_hold(files, vkey, true));
    TRY(server_hold(files, slot, false));
    TRY(signing_begin(s));
    TRY(load(s, file));
    TRY(check_vkey(s, file, vkey));
    TRY(server_listen(&place, ".signer.sock", ret_listener));
    ENSURE(confine(place.dir).whole, mem_none()); /* the keeper's status says what else this machine does not give */
    return OK;
}

int signer_main(int argc, char **argv)
{
    static struct signing s;
    static struct server_files files;
    if (argc != 4 || strcmp(argv[2], "--slot") != 0 || argv[3][0] != '/') {
        fputs("candour signer: started by the other commands; not to be called by hand.\n", stderr);
        return 2;
    }
    int listener = -1;
    err e = server_harden(false);
    if (e.kind == ERR_OK)
        e = prepare(argv[3], &s, &files, &listener);
    server_ready(e);
    if (e.kind == ERR_OK) {
        static const struct server_role role = {1, LIMIT_KEEPER_IDLE_SECONDS, longest, signing_handle, NULL};
        server_run(&role, &s, &files, listener);
    }
    signing_end(&s);
    _exit(e.kind == ERR_OK ? 0 : 3);
}

/* --- callers --- */

struct signer {
    int fd;
    struct buf request, answer;
};

void signer_close(struct signer **s)
{
    if (!*s)
        return;
    if ((*s)->fd >= 0)
        close((*s)->fd);
    buf_free(&(*s)->request);
    buf_free(&(*s)->answer);
    mem_free(*s);
    *s = NULL;
}

static err exchange(struct signer *s)
{
    ENSURE(s->fd >= 0, answer_broken());
    TRY(frame_send(s->fd, buf_view(&s->request)));
    return frame_receive(s->fd, &s->answer);
}

/* After half an exchange the connection is done with, as in keeper.c. */
static err ask(struct signer *s, struct rd *ret)
{
    TRY(buf_ok(&s->request));
    err e = exchange(s);
    if (e.kind == ERR_OK)
        return answer_open(buf_view(&s->answer), NULL, ret);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    return e;
}

err signer_open(const char *program, const char *slot, struct signer **ret)
{
    CLEANUP(signer_close) struct signer *s = mem_alloc(sizeof *s);
    ENSURE(s, mem_none());
    s->fd = -1;
    s->request = BUF(SIGNER_FILE_BYTES);
    s->answer = BUF(SIGNER_FILE_BYTES * 2);
    struct server_place place;
    TRY(server_place_of(slot, &place));
    char full[LIMIT_PATH_BYTES];
    if (!realpath(slot, full))
        return err_at(err_system("find the slot"), slot, 0, 0);
    char *args[] = {"candour", "signer", "--slot", full, NULL};
    TRY(server_reach(&place, ".signer.sock", program, args, NULL, &s->fd));
    uint64_t size;
    struct hash root;
    TRY(signer_newest(s, &size, &root)); /* from then on it knows us, and waits */
    *ret = s;
    s = NULL;
    return OK;
}

err signer_newest(struct signer *s, uint64_t *ret_size, struct hash *ret_root)
{
    buf_clear(&s->request);
    buf_u8(&s->request, SIGNER_STATUS);
    struct rd r;
    TRY(ask(s, &r));
    *ret_size = rd_u64(&r);
    rd_copy(&r, ret_root->b, HASH_BYTES);
    ENSURE(rd_done(&r), answer_broken());
    return OK;
}

err signer_sign(struct signer *s, uint64_t size, const struct hash *root, const struct merkle_proof *proof,
                uint8_t ret_signature[SIGNATURE_BYTES])
{
    buf_clear(&s->request);
    buf_u8(&s->request, SIGNER_SIGN);
    buf_u64(&s->request, size);
    buf_put(&s->request, hash_view(root));
    buf_u8(&s->request, (uint8_t)proof->count);
    for (size_t i = 0; i < proof->count; i++)
        buf_put(&s->request, hash_view(&proof->hash[i]));
    struct rd r;
    TRY(ask(s, &r));
    rd_copy(&r, ret_signature, SIGNATURE_BYTES);
    ENSURE(rd_done(&r), answer_broken());
    return OK;
}
