/* What a person is to the organisation, and the words for it that other systems use.
 * The numbers are written into sealed bytes: never renumber, only add.
 */
#ifndef STATUS_H
#define STATUS_H

#include "buf.h"

enum person_status {
    STATUS_NONE = 0, /* not a status */
    STATUS_MEMBER = 1,
    STATUS_FORMER = 2,
    STATUS_APPLICANT = 3, /* asked to join, not decided */
    STATUS_REFUSED = 4,   /* asked to join, was refused */
    STATUS_FILE_ONLY = 5, /* known only from a file of or for a recipient */
    STATUS_OTHER = 6,     /* supporter, contact, anybody else */
    STATUS_COUNT
};

/* A set of statuses is a uint32_t of these bits. */
#define STATUS_BIT(status) (1u << (status))

/* "member", "former", "applicant", "refused", "file-only", "other"; "" for anything else.  Of a person, in a selection,
 * a purpose and an end rule each word means this status alone. */
const char *status_name(enum person_status status);
/* Capitals don't matter.  STATUS_NONE where `name` is none of them. */
enum person_status status_find(struct view name);
/* The three groups into which the numbers of a breach are split so that they add up: member, former, other for all the rest (design,
 * "Hand-overs, sets and scope"). */
enum person_status status_group(enum person_status status);

/* The systems whose exports are known by their header row (spec/csv-exports.md). */
enum source_system {
    SYSTEM_NONE, /* not one of them: the columns are known by the catalogue or the map */
    SYSTEM_CIVICRM,
    SYSTEM_NATIONBUILDER,
    SYSTEM_MAILCHIMP,
    SYSTEM_ACTION_NETWORK,
    SYSTEM_SALESFORCE,
    SYSTEM_TENDENCI,
    SYSTEM_ODOO,
    SYSTEM_COUNT
};
const char *system_name(enum source_system system); /* "CiviCRM", ...; "" for SYSTEM_NONE */

/* What a cell of a status column says. */
enum status_word {
    WORD_UNKNOWN, /* not a word of this system: to be reported, never guessed */
    WORD_EMPTY,   /* an empty cell: says nothing */
    WORD_NEW,
    WORD_CURRENT,
    WORD_GRACE, /* the period is over, the system still counts a member */
    WORD_EXPIRED,
    WORD_CANCELLED,
    WORD_DECEASED,
    WORD_PENDING,
    WORD_REFUSED,
    WORD_NEVER, /* "none": was never a member */
    WORD_COUNT
};

/* `cell` as the system writes it; capitals and outer blanks don't matter.  A common word counts in every system, since people
 * add statuses of their own; the system's own word goes before.  With SYSTEM_NONE any system's word is taken if all that know it agree. */
enum status_word status_word(enum source_system system, struct view cell);
#define STATUS_WORDS_TAKEN                                                                                                \
    "New, Current, Active, Member, Grace, Expired, Lapsed, Former, Cancelled, Resigned, Pending, Applicant, Refused, Rejected, Deceased"
/* The words by which a map says what another one means: new, current, grace, expired, cancelled, deceased, pending, refused,
 * never.  WORD_UNKNOWN: none of these. */
enum status_word status_word_find(struct view name);
/* The status that the word alone tells: current, new, grace: member; expired, cancelled: former; pending: applicant;
 * refused: refused; never: other; deceased, empty, unknown: STATUS_NONE (the periods decide). */
enum person_status status_of_word(enum status_word word);

#endif
