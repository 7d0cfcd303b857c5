/* What may be asked of the keeper, and how it stands on the wire.  Both ends use this table; anything that is not in it ends the
 * conversation.
 *
 * A frame is u32 length, then that many bytes.  A request is op u8 and its body, or nothing at all (is somebody there?).  An
 * answer is kind u8 (enum err_kind) and, where that is 0, alarms u8 (enum alarm) and the body, else three blocks: what
 * happened, what to do, and where (may be empty).  Before an answer that is held back (the day's limit) stand empty frames, one every
 * few seconds.
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include "buf.h"

enum keeper_op {
    KEEPER_RING_NEW = 1,
    KEEPER_HELLO,
    KEEPER_KEYS_NEW,
    KEEPER_PEOPLE_WRITE,
    KEEPER_PEOPLE_READ,
    KEEPER_TOKENS,
    KEEPER_INDEX_FIND,
    KEEPER_INDEX_WRITE,
    KEEPER_INDEX_SPLIT,
    KEEPER_DOC_SEAL,
    KEEPER_DOCS_OPEN,
    KEEPER_WARRANT,
    KEEPER_WARRANT_END,
    KEEPER_LEAVES,
    KEEPER_SALT,
    KEEPER_STATUS,
    KEEPER_CREDIT,
    KEEPER_SETTLE,
    SIGNER_SIGN,
    SIGNER_STATUS,
};

/* Blocks start requests that work on a cell: number u32, its key blob, its sealed bytes (empty: not written yet). */
enum { KEEPER_WANT_NOTHING = 0, KEEPER_WANT_FACTS = 1, KEEPER_WANT_ALL_FACTS = 2 };

/* What stands before the keys, in the keeper's status. */
enum keeper_guard { KEEPER_PASSPHRASE = 1, KEEPER_CALLS = 2, KEEPER_FILES = 4 };

/* Bits. */
enum alarm {
    ALARM_DAY = 1,    /* the request went past the day's limit */
    ALARM_CREDIT = 2, /* somebody did bulk work that the log does not show yet */
    ALARM_OWED = 4,   /* the same, but only because the register was being written; for an hour that is no alarm */
};

/* Reading and writing whole frames on a socket.  Reading skips empty ones.  Errors: ERR_IO if the other end is gone, or silent for
 * LIMIT_KEEPER_ANSWER_SECONDS, or sends what is no frame; ERR_LIMIT for a body past LIMIT_FRAME_BYTES. */
err frame_send(int fd, struct view body);
err frame_receive(int fd, struct buf *to);
int64_t frame_now_ms(void);  /* the clock by which silence is measured; it never goes back */
err answer_silent(void);     /* ERR_IO: the other end runs, and says nothing */

/* The error's words as an answer has them. */
void answer_put_error(struct buf *to, err e);

/* The head of an answer: an error in its words, or OK with `ret` at the body.  `alarms` (may be NULL) become those of the answer;
 * ALARM_DAY stays.  Errors: what was answered; ERR_IO if it is no answer. */
err answer_open(struct view frame, uint8_t *alarms, struct rd *ret);
err answer_broken(void);

#endif
