/* Who is affected, as a pure decision: which hand-overs count for an incident, why, and whose people drop out of which
 * of them because their deletion was proved in time.  The caller holds the sets and does the arithmetic that the
 * verdicts call for: Affected = canonical(union over counting h of (P_h - D_h)); never anything subtracted from the
 * union.
 *
 * Times are seconds since 1970 UTC; ranges are struct when_range, closed at both ends; an unknown beginning is
 * WHEN_UNKNOWN_EARLY, an unknown or open end is WHEN_UNKNOWN_LATE.  Rule: the design, "Hand-overs, sets and scope";
 * doubt includes. Ids are the caller's texts and are borrowed; everything in a result lives in the arena. Limits:
 * LIMIT_SCOPE_* of limits.h.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "err.h"
#include "mem.h"
#include "when.h"

enum scope_kind { SCOPE_FILE, SCOPE_RULE, SCOPE_SYSTEM, SCOPE_THEIR_LIST, SCOPE_KIND_COUNT };

/* In the order of sureness: a person counts once, under the first that any of her counting hand-overs has. */
enum scope_evidence { SCOPE_EXACT, SCOPE_LISTED, SCOPE_REBUILT, SCOPE_EVIDENCE_COUNT };

const char *scope_kind_word(enum scope_kind kind);             /* "file", "rule", "system", "their-list" */
const char *scope_evidence_word(enum scope_evidence evidence); /* "exact", "listed", "rebuilt" */
bool scope_kind_find(const char *word, enum scope_kind *ret);
bool scope_evidence_find(const char *word, enum scope_evidence *ret);
enum scope_evidence scope_surest(enum scope_evidence a, enum scope_evidence b);

struct scope_handover {
    const char *id;
    const char *recipient; /* "self" for our own system */
    const char *purpose;   /* NULL where it isn't known: then every link carries it on */
    struct when_range
        sent; /* a system: sent.earliest is from, sent.latest is until (WHEN_UNKNOWN_LATE while it is open) */
    enum scope_kind kind;
    enum scope_evidence evidence;
    struct when_range delete_by; /* carried along for pages and letters; decides nothing here */
};

/* `recipient` gives data of this purpose on to `sub_processor`, between some time in `from` and some time in `until`. */
struct scope_link {
    const char *recipient, *sub_processor;
    const char *purpose; /* NULL: for every purpose */
    struct when_range from, until;
};

/* What a recipient wrote about a deletion.  It speaks for its giver, and for the giver's sub-processors unless it says
 * otherwise. */
struct scope_certificate {
    const char *id;
    const char *recipient;        /* who gave it; NULL: the hand-over's own recipient (not with all_before) */
    const char *const *handovers; /* the ids that it names ... */
    size_t handover_count;
    bool all_before; /* ... or everything that this recipient got, certainly, before `before` */
    int64_t before;
    bool subset; /* it covers only some people of the hand-over; the caller knows whom */
    struct when_range deleted;
    bool backups;                 /* says that backups are included */
    bool sub_processors_left_out; /* says that it does not speak for sub-processors' copies */
    int64_t received_at;          /* WHEN_UNKNOWN_LATE where unknown: then it doesn't count */
    int64_t recorded_at;          /* carried along; decides nothing here */
    bool believed;                /* false once an officer marked it as not believed */
};

struct scope_incident {
    const char *const *recipients;
    size_t recipient_count;
    struct when_range from; /* the whole of time where unknown */
    struct when_range to;   /* the whole of time where unknown; latest is WHEN_UNKNOWN_LATE while it goes on */
    int64_t opened_at;
};

/* "What if": changes the answer, never what is recorded. */
struct scope_what_if {
    bool other_from, other_to;
    struct when_range from, to;
    bool distrust;       /* believe no certificate */
    const char *without; /* leave out the hand-over with this id; NULL: none */
};

struct scope_input {
    struct scope_incident incident;
    const struct scope_handover *handovers;
    size_t handover_count;
    const struct scope_link *links;
    size_t link_count;
    const struct scope_certificate *certificates;
    size_t certificate_count;
    struct scope_what_if what_if;
};

/* Why a hand-over counts or doesn't.  Words: scope_why_words(). */
enum scope_why {
    SCOPE_DIRECT,      /* given to an affected recipient */
    SCOPE_CHAIN,       /* reaches one through sub-processors */
    SCOPE_SENT_LATER,  /* certainly given after the incident's end */
    SCOPE_NOT_REACHED, /* its recipient isn't affected, nor any of its sub-processors for this purpose then */
    SCOPE_LEFT_OUT,    /* by the what-if question only */
    SCOPE_WHY_COUNT
};
const char *scope_why_words(enum scope_why why); /* for people */

/* Why a certificate about a hand-over does not take its people out; a set of bits, none for one that does. */
enum scope_doubt {
    SCOPE_DOUBT_START_UNKNOWN = 1 << 0, /* nobody knows when the incident began */
    SCOPE_DOUBT_DELETED_LATE = 1 << 1,  /* not certainly deleted before the incident began */
    SCOPE_DOUBT_BACKUPS = 1 << 2,       /* backups aren't included */
    SCOPE_DOUBT_RECEIVED_LATE = 1 << 3, /* not received before the incident was opened, or nobody knows when */
    SCOPE_DOUBT_NOT_BELIEVED = 1 << 4,
    SCOPE_DOUBT_OTHER_GIVER = 1 << 5,   /* given by somebody else than the hand-over's recipient */
    SCOPE_DOUBT_SUB_PROCESSOR = 1 << 6, /* leaves out the sub-processors, through whom the hand-over counts */
    SCOPE_DOUBT_BEFORE_SENT = 1 << 7,   /* certainly deleted before the latest time at which it can have been given, though the certificate */
                                        /* names it: it may have come only then.  Of a system, before its beginning */
    SCOPE_DOUBT_STILL_FILLING = 1 << 8, /* a system into which people may have come after the deletion */
    SCOPE_DOUBT_COUNT = 9               /* how many bits there are */
};
const char *scope_doubt_words(unsigned bit_index); /* for people; 0 .. SCOPE_DOUBT_COUNT - 1 */

struct scope_proof {
    size_t certificate; /* index in the input */
    unsigned doubts;    /* 0: holds */
};

/* D_h: nobody; those whom the holding certificates with `subset` name (the union of them); everybody of the hand-over.
 */
enum scope_drop { SCOPE_DROP_NONE, SCOPE_DROP_SOME, SCOPE_DROP_ALL };

struct scope_verdict {
    size_t handover; /* index in the input; verdicts stand in the input's order */
    bool counts;
    enum scope_why why;
    const char *const *chain;         /* who got it from whom: first the hand-over's recipient, last an affected one */
    size_t chain_count;               /* 1 for SCOPE_DIRECT, 0 if it doesn't count */
    const struct scope_proof *proofs; /* every certificate that names a counting hand-over, in the input's order */
    size_t proof_count;
    enum scope_drop drop;
};

struct scope {
    const struct scope_verdict *verdicts; /* one per hand-over */
    size_t count;
    size_t counting; /* how many of them count */
};

/* Decides.  Errors: ERR_LIMIT; ERR_INVALID for a range that ends before it begins, a certificate for "all before"
 * without a giver, an unknown id in `without`; ERR_NOMEM.  Owns: the result lives in `a`, its ids and chain texts in the
 * input. */
err scope_decide(struct arena *a, const struct scope_input *input, struct scope *ret);

/* Everybody whom the recipients can hold: the hand-overs that count with the window forgotten and nothing believed, so
 * that no proof is listed. Used for the hold that opening an incident puts on. */
err scope_can_hold(struct arena *a, const struct scope_input *input, struct scope *ret);

#endif
