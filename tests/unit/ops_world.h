/* Shared by ops_test and ops_cells_test: one state, greeted, and somebody to write. */
#ifndef OPS_WORLD_H
#define OPS_WORLD_H

#include "testing.h"

#include "keeper_state.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

static struct keeper_state k;

static inline int start(void **state)
{
    (void)state;
    ks_make_greeted(&k);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    ks_end(&k);
    return 0;
}

static inline bool all_zero(const uint8_t *p, size_t len)
{
    while (len)
        if (p[--len])
            return false;
    return true;
}

static inline void assert_wiped(void)
{
    assert_true(all_zero(k.s.secrets->plain, sizeof k.s.secrets->plain));
    assert_true(all_zero(k.s.secrets->plain2, sizeof k.s.secrets->plain2));
    assert_true(all_zero(k.s.secrets->scratch, sizeof k.s.secrets->scratch));
}

static const struct ks_record jane[] = {{1, 0, "Jane Example"}, {2, 0, "7 Sample Street"}, {2, 9, "an older address, longer than thirty-two bytes"}};

struct one {
    struct buf cell, row;
};
#define ONE ((struct one){BUF(1 << 20), BUF(1 << 24)})

static inline void one_free(struct one *o)
{
    buf_free(&o->cell);
    buf_free(&o->row);
}

static inline struct one written(uint32_t no, uint8_t place)
{
    struct one o = ONE;
    assert_ok(ks_write(&k, no, &o.cell, place, &o.row, "facts", jane, 3));
    return o;
}

static inline void ask_find(struct keeper_state *ks, uint32_t no, struct view cell, uint32_t start_of, uint32_t n)
{
    struct buf *r = ks_ask(ks, KEEPER_INDEX_FIND);
    ks_put_cell(ks, KIND_INDEX, no, cell);
    buf_u32(r, n);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t token[TOKEN_BYTES];
        ks_token(token, start_of, 1);
        buf_bytes(r, token, TOKEN_BYTES);
    }
}

#endif
