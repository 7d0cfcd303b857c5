/* The words that keep hashes of one use apart from hashes of another.  A label is part of the format for ever: a change of
 * what is hashed takes a new label, never a new meaning of an old one.
 */
#ifndef LABELS_H
#define LABELS_H

#define LABEL_EPOCH "candour epoch v1"           /* the key of an epoch, out of its root */
#define LABEL_PASSPHRASE "candour passphrase v1" /* the check value of a slot, out of the stretched passphrase */
#define LABEL_RING "candour ring v1"             /* associated data: the ring */
#define LABEL_CELL_KEYS "candour cell keys v1"   /* associated data: a blob of cell keys */
#define LABEL_PEOPLE "candour people cell v1"    /* associated data: a key cell */
#define LABEL_INDEX "candour index cell v1"      /* associated data: an index cell */
#define LABEL_RECORD "candour record v1"         /* associated data: a record of a person */
#define LABEL_DOCUMENT "candour document v1"     /* associated data: a document */
#define LABEL_TOKEN "candour token v1"           /* look-up tokens */
#define LABEL_PROOF "candour proof v1"           /* the salt of a leaf, out of a proof key */
#define LABEL_SET "candour set v1" /* a leaf of a set commitment, commitment.h */

#endif
