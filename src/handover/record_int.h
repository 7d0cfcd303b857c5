/* Shared by record*.c and create.c only. */
#ifndef RECORD_INT_H
#define RECORD_INT_H

#include "handover_int.h"
#include "people.h"
#include "record.h"

/* What a command is about: loaded and checked. */
struct record_case {
    struct vault *v;
    struct config *c;
    struct arena *a;
    struct recipient recipient;
    const struct purpose *purpose;
    const struct select *select; /* NULL: none */
    const char **given;          /* keys that the selection tells */
    size_t given_count;
};
err record_case_begin(struct vault *v, struct config *c, struct arena *a, const char *recipient, const char *purpose, const char *selection,
                      struct record_case *ret);

/* A field of the catalogue; ERR_INVALID with the nearest name. */
err record_field(const struct config *c, const char *key, const struct field **ret);

/* Key of a job: the command's words and the file's hash. */
struct record_key {
    struct digest d;
};
void record_key_begin(struct record_key *k, const char *kind);
void record_key_text(struct record_key *k, const char *text); /* NULL is another than "" */
void record_key_number(struct record_key *k, int64_t n);
void record_key_end(struct record_key *k, uint8_t key[32]);

err record_file(struct record_case *rc, const struct record_options *o, const uint8_t key[32], struct handover *h);
err record_rule(struct record_case *rc, const struct record_options *o, const uint8_t key[32], struct handover *h);

/* The end of each act: in the transaction, the job; then commit, publish, and the job's end. */
err record_finish(struct vault *v, const char *kind, const uint8_t key[32], const struct handover *h);

/* What the gate would have said of a recorded hand-over. */
err record_marks(struct record_case *rc, const struct field *const *fields, size_t count, struct handover *h);

err record_file_hash(const char *path, struct hash *ret);

#endif
