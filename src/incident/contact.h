/* Who answers for the organisation, and who its data-protection officer is: one document, "contact", of which every version is kept.
 * Used by the report to the authority (A33.3-b, the form's fields about you), the sheet for the company, and letters.
 */
#ifndef CONTACT_H
#define CONTACT_H

#include "vault.h"

#include "incident.h"

/* "" where nothing was said. */
enum contact_fact {
    CONTACT_NAME,  /* who answers */
    CONTACT_EMAIL,
    CONTACT_PHONE,
    CONTACT_HOURS, /* when the telephone is answered */
    CONTACT_STAND_IN,
    CONTACT_ADDRESS, /* the organisation's, by post */
    CONTACT_REGISTRATION, /* its number in the authority's register */
    CONTACT_STAFF,        /* "under-250" or "250-or-more" */
    CONTACT_DPO,
    CONTACT_DPO_EMAIL,
    CONTACT_DPO_PHONE,
    CONTACT_OWNER,     /* of the address that is answered (W-9, CK-13) */
    CONTACT_UNTIL,     /* the last day of which owner and stand-in have said so: 2019-06-30 */
    CONTACT_SIGNED_BY, /* the head, by name and office, who stands for what people are told (W-11) */
    CONTACT_PAGE,      /* the page that people type themselves: union.example/breach */
    CONTACT_FACTS
};
struct contact {
    const char *fact[CONTACT_FACTS];
};
const char *contact_word(enum contact_fact fact);  /* "dpo-email": the option, and the document's member */
const char *contact_label(enum contact_fact fact); /* "Data-protection officer's e-mail" */

json_t *contact_to_json(const struct contact *c); /* NULL is no memory */
err contact_from_json(struct arena *a, const json_t *j, struct contact *ret);

/* All empty where nothing was set yet. */
err contact_load(struct vault *v, struct arena *a, struct contact *ret);
/* In a transaction, with its log entry.  ERR_INVALID: a text of more than one line or too long, no e-mail address, no such size, no day, no
 * name with an office, no address to type. */
err contact_save(struct vault *v, const struct contact *c);

#endif
