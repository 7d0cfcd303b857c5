/* People in and out of the vault: opened as struct person, saved with the tokens that their values need, selected, found.
 *
 * The caller sees to the warrant (vault_warrant) for bulk work.
 * Callbacks: the person lives for the call, and the vault's keeper must not be used in it.
 * Errors: those of vault.h, person.h.
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "config.h"
#include "select.h"

#define PEOPLE_ALL_CATEGORIES UINT32_MAX

typedef err people_fn(void *ctx, const struct person *p);

/* By rising ordinals.  Erased ones and ordinals never used come with their state only.  Facts always come. */
err people_read(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, uint32_t categories,
                people_fn *fn, void *ctx);
/* The same, kept in the arena: list[i] for ordinals[i]. */
err people_open(struct vault *v, const struct config *c, struct arena *a, const uint32_t *ordinals, size_t count,
                uint32_t categories, struct person *list);
/* Everybody there; `categories` 0 is fast: facts only (p->loaded is 0). */
err people_each(struct vault *v, const struct config *c, uint32_t categories, people_fn *fn, void *ctx);
/* How many ordinals were ever given: what a warrant for everybody is to name. */
err people_count(struct vault *v, uint64_t *ret);

/* Somebody new, with an ordinal; in a transaction. */
err people_new(struct vault *v, struct person *ret);
/* Writes facts and the categories that changed, and adds the tokens of new values; those of values that ended are marked past.
 * `list` by rising ordinals; in a transaction.  Their marks of change are taken off. */
err people_save(struct vault *v, const struct config *c, struct person *list, size_t count);

/* Saving very many: cells are written as people come, tokens gathered, and added to the index once, by people_tokens_add().  The last
 * cell is still with the keeper when people_save_gather() comes back: before anything else is asked of the keeper, people_save_settle(). */
struct people_sealing;
struct people_tokens {
    struct cell_token *list;
    size_t count, room;
    struct people_sealing *sealing;
};
void people_tokens_free(struct people_tokens *t); /* for CLEANUP too */
err people_save_gather(struct vault *v, const struct config *c, struct person *list, size_t count, struct people_tokens *t);
err people_save_settle(struct vault *v, struct people_tokens *t);
err people_tokens_add(struct vault *v, struct people_tokens *t); /* settles, and empties it */

/* Of every past value that is due (person.h), of anybody there, only the fingerprint stays; the categories that held it are sealed under
 * new keys.  The facts are gone through, and only whoever has something due is opened: the warrant is to name everybody twice, in
 * all categories.  `ret_values`: how many values that were.  In a transaction. */
err people_forget_past(struct vault *v, const struct config *c, uint64_t *ret_values);

/* --- selections --- */

/* Which categories must be opened to evaluate it: 0, facts are enough. */
uint32_t people_select_categories(const struct config *c, const struct select *s);
/* The fingerprints of what it compares with, against which those of past values are held (select.h); to be freed with mem_free(). */
err people_select_prints(struct vault *v, const struct config *c, const struct select *s, uint8_t (**ret)[TOKEN_BYTES]);
/* Whether it holds for a person as of `as_of`.  The categories above must be loaded.  `prints`: as above, or NULL. */
err people_holds(const struct config *c, const struct select *s, const uint8_t (*prints)[TOKEN_BYTES], const struct person *p,
                 int64_t as_of, enum truth *ret);
/* Everybody there with the answer: YES or UNKNOWN only; `categories` are opened besides those that the selection needs.  A NULL
 * selection is everybody.  Records come as they are: what was given was given by record. */
typedef err people_chosen(void *ctx, const struct person *p, enum truth truth);
err people_select(struct vault *v, const struct config *c, const struct select *s, int64_t as_of, uint32_t categories,
                  people_chosen *fn, void *ctx);
/* The same of people_whole(). */
err people_select_whole(struct vault *v, const struct config *c, const struct select *s, int64_t as_of, uint32_t categories,
                        people_chosen *fn, void *ctx);

/* --- finding one --- */

/* By an id of any source ("crm:1234" names the source), an e-mail address, a telephone number or a family name ("Ada Example" and
 * "Example" both: the last word).  Rising ordinals, each once; by past values only where `past`.  Nobody: count 0. */
err people_find(struct vault *v, const struct config *c, struct arena *a, struct view what, bool past, const uint32_t **ret,
                size_t *ret_count);
/* Exactly one; of several records of one person the one that stands for her.  Errors: ERR_NOT_FOUND; ERR_CONFLICT, if it means several
 * people (says how many records). */
err people_find_one(struct vault *v, const struct config *c, struct view what, uint32_t *ret);

/* --- several records of one person ---
 *
 * Two records are said to be one person's by hand (a merge), or by a row with the ids of both (below); it can be unsaid.  Nothing is moved: each record keeps its ids, values,
 * periods, choices and marks, imports and files find it as before, and sets of people are never rewritten.  The records of a person
 * form a ring in their facts (`alias`: the next one); the one with the smallest ordinal stands for her, so neither of two goes
 * before the other.  What she is, all say together (facts.h, `also`); whoever counts, chooses or writes to people reads them whole.
 * A row that means several records of one person means that person (match.h).  Scopes put all into one after their sets are united.
 * What holds one from erasure holds all, also once they are taken apart: nobody is erased because it turned out who she is.  Erasing one must erase all. */
enum { PEOPLE_RECORDS_MAX = 32 };
struct people_records {
    uint32_t list[PEOPLE_RECORDS_MAX]; /* rising; the first stands for her */
    size_t count;
};
err people_records(struct vault *v, const struct config *c, uint32_t ordinal, struct people_records *ret);
/* In a transaction.  `ret_changed` false: it was so already.  Errors: ERR_GONE (erased), ERR_LIMIT (too many records). */
err people_merge(struct vault *v, const struct config *c, uint32_t one, uint32_t other, bool *ret_changed);
err people_unmerge(struct vault *v, const struct config *c, uint32_t ordinal, bool *ret_changed);
/* In a transaction: of people whom the ids of one row mean, all but at most one known only from files: then they are one, and are merged
 * (*ret_one).  One file had one id of hers, another the other: nobody could say before that they belong together. */
err people_merge_from_files(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, bool *ret_one);
/* Of the records of a person the one that a row of `source` writes to when it means several of them: one that is in that source, else one
 * that is not known from files only, else the one that stands for her. */
err people_record_for(struct vault *v, const struct config *c, uint32_t ordinal, uint8_t source, uint32_t *ret);
/* All records of the person as one: the values of all, the facts linked by `also`.  To read only, never to be saved. */
err people_open_whole(struct vault *v, const struct config *c, struct arena *a, uint32_t ordinal, uint32_t categories, struct person *ret);
/* As people_read(), or with `ordinals` NULL as people_each(): each person once, whole, under the ordinal that stands for her; those
 * with several records come last. */
err people_whole(struct vault *v, const struct config *c, const uint32_t *ordinals, size_t count, uint32_t categories, people_fn *fn, void *ctx);

/* The person whom an alias stands for, or herself.  `alias_of(ctx, o)` gives the alias of facts (ordinal + 1, 0 none).  Rings end
 * at the smallest ordinal. */
uint32_t people_canonical(uint32_t ordinal, uint32_t (*alias_of)(void *ctx, uint32_t ordinal), void *ctx);
/* All aliases there are: pairs, rising by `from`; already canonical. */
struct people_alias {
    uint32_t from, to;
};
err people_aliases(struct vault *v, struct arena *a, const struct people_alias **ret, size_t *ret_count);

#endif
