/* Reads one e-mail message or a mailbox file (mbox) with many, and gives what hangs on them.  The only file that touches
 * GMime.  Messages inside messages are walked like their other parts; nothing is shown, opened or fetched.
 *
 * Limits (limits.h): parts of one message, nesting, addresses, bytes of one decoded attachment.
 * GMime is started with the first mail that is opened and stays; what it keeps is reachable and shows up in no leak
 * checker. GMime takes its memory by itself and ends the program when there is none. Threads: one at a time.
 */
#ifndef MAIL_H
#define MAIL_H

#include "origin.h"

struct mail;

enum mail_role { MAIL_FROM, MAIL_SENDER, MAIL_REPLY_TO, MAIL_TO, MAIL_CC, MAIL_BCC };

struct mail_address {
    enum mail_role role;
    const char *address; /* as written, without the name; those of groups stand one by one */
};

struct mail_part {
    const char *name; /* file name, last path component, UTF-8; "" where it has none */
    const char *type; /* such as "text/csv", lower case */
    bool attached;    /* says that it is an attachment, or has a file name */
};

/* Lives until the next mail_next or mail_close.  Parts are leaves only, in the order in which they stand. */
struct mail_message {
    uint64_t number; /* in the file, from 1 */
    bool has_date;
    int64_t date_s; /* seconds since 1970, UTC, as the sender claims */
    const char *id; /* Message-ID without < >, "" where there is none */
    const struct mail_address *addresses;
    size_t address_count;
    const struct mail_part *parts;
    size_t part_count;
};

/* `origin` must stay open.  ERR_INVALID: it is neither a message nor a mailbox. */
err mail_open(const struct origin *origin, struct mail **ret);
void mail_close(struct mail **m); /* also for CLEANUP */

/* The next message. */
err mail_next(struct mail *m, const struct mail_message **ret, bool *ret_end);

/* Part `index` of the current message, decoded (base64, quoted-printable, uuencode), appended to `to`, which has its own
 * ceiling: ERR_LIMIT. */
err mail_content(struct mail *m, size_t index, struct buf *to);

/* Begins like a message (a header line that only mail has) or a mailbox ("From "). */
bool mail_is(struct view start);

#endif
