/* Reads ZIP archives (also those inside XLSX and ODS), member by member, as streams.  The only file that touches
 * libarchive. Encrypted members open with a password, both the old ZIP way (ZipCrypto) and AES.
 *
 * Limits (limits.h): members, bytes of one member, bytes of all, unpacked to packed bytes.  All count what really comes
 * out, not what a header claims.
 * Names: a member is never written anywhere, so ".." and absolute paths are only names.  Control characters and bytes
 * that aren't UTF-8 are replaced by "_". Errors: ERR_INVALID not a ZIP archive, damaged, or encrypted in a way that
 * can't be opened; ERR_DENIED a password is missing or wrong; ERR_LIMIT.  Messages name the member.
 */
#ifndef ZIPFILE_H
#define ZIPFILE_H

#include "origin.h"

struct zipfile;

struct zipfile_member {
    const char *name; /* UTF-8, valid until the next call */
    bool folder;
    bool encrypted;
};

/* `origin` must stay open; `password` is copied, empty for none. */
err zipfile_open(const struct origin *origin, struct view password, struct zipfile **ret);
void zipfile_close(struct zipfile **z); /* also for CLEANUP */

/* The next member, in the order in which they lie in the file. */
err zipfile_next(struct zipfile *z, struct zipfile_member *ret, bool *ret_end);

/* The rest of the current member; *ret_len 0 only at its end.  At the end its checksum has been compared. */
err zipfile_read(struct zipfile *z, void *to, size_t room, size_t *ret_len);

/* The same as a source for csv_open and xml_open; `zipfile` is the struct zipfile. */
err zipfile_pull(void *zipfile, uint8_t *to, size_t room, size_t *ret_len);

/* Its first bytes, up to `most` (at most 64 KB), without taking them away from zipfile_read. */
err zipfile_peek(struct zipfile *z, size_t most, struct view *ret);

/* Goes to the member of that name, searching from here on; as packages of office programs are read: ASCII letters of
 * either case and both slashes count as equal.  *ret_found tells whether there is one. */
err zipfile_find(struct zipfile *z, const char *name, bool *ret_found);

/* Reads all of the current member into `to` (which has its own ceiling). */
err zipfile_all(struct zipfile *z, struct buf *to);

bool zipfile_is(struct view start); /* begins like a ZIP archive */

#endif
