/* Reads XML as a stream of elements, and can pause between two of them.  The only file that touches Expat.
 *
 * Elements are told by namespace and local name, whatever their prefix, through a table of the caller's; an element that
 * isn't in the table is left out with everything in it.  Document type declarations are refused, and with them entities.
 * Errors: ERR_INVALID not well-formed or with a document type; ERR_LIMIT LIMIT_XML_DEPTH, LIMIT_XML_TOKEN_BYTES;
 * ERR_NOMEM; what the source or a handler gave.  After an error every further step gives it again.
 */
#ifndef XML_H
#define XML_H

#include "csv.h"

/* Namespaces of spreadsheets, each with its older and stricter names. */
enum xml_space {
    XML_OTHER,
    XML_PLAIN, /* no namespace: most attributes */
    XML_MAIN,  /* SpreadsheetML */
    XML_LINK,  /* the relationship attributes of office documents */
    XML_RELS,  /* the package's list of relationships */
    XML_OFFICE,
    XML_TABLE,
    XML_TEXT,
    XML_STYLE,
    XML_CALCEXT,
    XML_MANIFEST
};

struct xml_tag {
    int id; /* not 0 */
    enum xml_space space;
    const char *name;
};

struct xml_attributes {
    const char *const *list; /* name, value, ..., NULL */
};
/* The value, NULL where there is none; valid during the handler. */
const char *xml_attribute(const struct xml_attributes *a, enum xml_space space, const char *name);

struct xml_rules {
    const struct xml_tag *tags;
    size_t count;
    /* Any may be NULL.  *skip leaves out the element and everything in it (its end is not told). */
    err (*start)(void *ctx, int tag, const struct xml_attributes *a, bool *skip);
    err (*end)(void *ctx, int tag);
    err (*text)(void *ctx, struct view piece); /* text comes in pieces */
};

struct xml;

/* `rules` and what `read` and `ctx` stand for must live as long. */
err xml_open(const struct xml_rules *rules, void *ctx, csv_read *read, void *read_ctx, struct xml **ret);
void xml_close(struct xml **x); /* also for CLEANUP */

/* Runs until a handler pauses, or to the end. */
err xml_step(struct xml *x, bool *ret_end);
void xml_pause(struct xml *x); /* in an end or start handler: xml_step returns after it */

#endif
