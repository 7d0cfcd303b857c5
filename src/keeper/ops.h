/* The keeper's work, without its process: a request and the state in, an answer out.  A key never is in an answer.
 *
 * What a caller may do belongs to its channel: a staff channel is counted per user and day and slowed past the limit;
 * bulk work needs a warrant that stands in the log.  Where an error comes back, what `answer` holds is to be thrown away.
 */
#ifndef OPS_H
#define OPS_H

#include "counters.h"
#include "note.h"
#include "protocol.h"
#include "slot.h"

struct ops_secrets; /* locked memory */

struct ops_state {
    struct ops_secrets *secrets;
    uint8_t org[ORG_BYTES];
    bool practice;
    uint8_t guard;      /* enum keeper_guard: for status only */
    uint64_t epochs[2]; /* 0: none */
    size_t greeted;     /* channels that are; with the last of them the opened keys go */
    struct counters counters;
    const char *log_key_path; /* the log's verifier key, beside the slot; read once */
    bool has_log_key;
    struct note_key log_key;
};

struct ops_channel {
    uint32_t uid;
    bool greeted;
    int epoch_slot; /* which of ops_state.epochs */
    int64_t clock_shift; /* practice only: seconds from the machine's clock to the caller's */
    uint64_t slow_us; /* how long this answer is to be held back; set anew by each request */
    uint8_t alarm;    /* enum alarm; likewise */
    struct ops_warrant {
        bool open;
        uint64_t index;      /* of its entry in the log */
        uint32_t categories; /* bit per category */
        uint64_t number;     /* people that may be opened or looked up, by all who show it together */
        bool credit;         /* its entry was not proved to stand in the log yet; then: */
        struct hash leaf;    /* of it */
    } warrant;
};

/* Takes locked memory and the roots of the epochs found in the slots.  `roots` has two; `roots[i]` belongs to `epochs[i]`; they are copied. */
err ops_start(struct ops_state *s, const uint8_t (*roots)[KEY_BYTES]);
void ops_end(struct ops_state *s);

/* When a conversation is over. */
void ops_channel_end(struct ops_state *s, struct ops_channel *c);

/* Reads the log's key; it stays as it is from then on.  ERR_NOT_FOUND where there is none yet: the first warrant asks again. */
err ops_log_key(struct ops_state *s);

/* Bytes of the longest request of this channel that begins with `op`; of what is not in the table, a word's worth: it is refused. */
size_t ops_longest(const struct ops_channel *c, uint8_t op);

/* Answers one request.  An error goes back to the caller in words; ERR_DENIED and ERR_INTERNAL end the conversation. */
err ops_handle(struct ops_state *s, struct ops_channel *c, struct view request, struct buf *answer);

#endif
