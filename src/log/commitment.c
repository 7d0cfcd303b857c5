#include "commitment.h"

#include "mem.h"

#include "labels.h"

#include <stdlib.h>

static err bad_name(void)
{
    return err_new(ERR_INTERNAL, "A set was to be bound with an id that is empty or too long.",
                   "Please report this mistake of the program.");
}

static void add_name(struct digest *d, struct view name)
{
    digest_add_u8(d, (uint8_t)name.len);
    digest_add(d, name);
}

static bool name_ok(struct view name)
{
    return name.len >= 1 && name.len <= 255;
}

err commitment_leaf(const uint8_t salt[COMMITMENT_SALT_BYTES], struct view entry_id, const struct view *fields,
                    size_t field_count, struct hash *to)
{
    ENSURE(name_ok(entry_id), bad_name());
    ENSURE(field_count <= UINT16_MAX, err_newf(ERR_LIMIT, "More than {} fields were given at once.",
                                               "Leave out some fields.", err_int(UINT16_MAX)));
    struct digest d;
    digest_begin(&d);
    digest_add_u8(&d, 0x00);
    digest_add(&d, view_text(LABEL_SET));
    digest_add(&d, view_of(salt, COMMITMENT_SALT_BYTES));
    add_name(&d, entry_id);
    digest_add_u8(&d, (uint8_t)(field_count >> 8));
    digest_add_u8(&d, (uint8_t)field_count);
    for (size_t i = 0; i < field_count; i++) {
        ENSURE(name_ok(fields[i]) && (i == 0 || view_order(fields[i - 1], fields[i]) < 0), bad_name());
        add_name(&d, fields[i]);
    }
    *to = digest_end(&d);
    return OK;
}

static int order(const void *a, const void *b)
{
    return hash_order(a, b);
}

void commitment_sort(struct hash *leaves, size_t count)
{
    if (count)
        qsort(leaves, count, sizeof *leaves, order);
}

static err not_rising(void)
{
    return err_new(ERR_CORRUPT, "The stored leaves of a set are not in order, or one is there twice.", "Run `candour fsck`.");
}

static err check_sorted(const struct hash *leaves, size_t count)
{
    for (size_t i = 1; i < count; i++)
        ENSURE(hash_order(&leaves[i - 1], &leaves[i]) < 0, not_rising());
    return OK;
}

err commitment_sum_new(struct commitment_sum *ret)
{
    *ret = (struct commitment_sum){.edge = mem_alloc(sizeof *ret->edge)};
    ENSURE(ret->edge, mem_none());
    merkle_edge_init(ret->edge);
    return OK;
}

void commitment_sum_free(struct commitment_sum *s)
{
    mem_free(s->edge);
    s->edge = NULL;
}

err commitment_sum_add(struct commitment_sum *s, const struct hash *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ENSURE(s->edge->size == 0 || hash_order(&s->last, &sorted[i]) < 0, not_rising());
        TRY(merkle_edge_add(s->edge, &sorted[i], NULL));
        s->last = sorted[i];
    }
    return OK;
}

struct hash commitment_sum_root(const struct commitment_sum *s)
{
    return merkle_edge_root(s->edge);
}

uint64_t commitment_sum_count(const struct commitment_sum *s)
{
    return s->edge->size;
}

err commitment_root(const struct hash *sorted, size_t count, struct hash *to)
{
    TRY(check_sorted(sorted, count));
    *to = merkle_root(sorted, count);
    return OK;
}

err commitment_prove(const struct hash *sorted, size_t count, const struct hash *leaf, struct commitment_proof *to)
{
    TRY(check_sorted(sorted, count));
    const struct hash *found = count ? bsearch(leaf, sorted, count, sizeof *sorted, order) : NULL;
    ENSURE(found, err_new(ERR_NOT_FOUND, "This person with these fields is not in the set.",
                          "Check that the receipt is for this hand-over, incident or letter."));
    struct merkle_array a = {sorted, count};
    to->index = (uint64_t)(found - sorted);
    to->size = count;
    return merkle_prove_inclusion(merkle_array_reader(&a), to->index, to->size, &to->path);
}

bool commitment_verify(const struct commitment_proof *p, const struct hash *leaf, const struct hash *root)
{
    return merkle_verify_inclusion(p->index, p->size, leaf, &p->path, root);
}
