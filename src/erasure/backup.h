/* Backups: a sealed copy of the data directory in a new folder, and the way back from it.
 *
 * A backup holds register.db (a consistent copy), candour.conf and log/ (docs/format.md section 9).  It never holds a slot or the
 * signer's file: it opens nothing without them.  Both ways make PATH.part first, bring all of it to the disk, and give it its name
 * at the end.
 * Rules: design.md "Keys" (epochs), "One database is the truth"; spec/pitfalls.md A10, B11.
 * Errors: those of vault.h, publish.h, seam.h.
 */
#ifndef BACKUP_H
#define BACKUP_H

#include "vault.h"

enum { BACKUP_WORDS = 1200 };

struct backup_result {
    char dir[LIMIT_PATH_BYTES];
    uint64_t size;  /* of the log at the checkpoint that the backup names */
    struct hash root;
    uint64_t entry; /* the index of its own log entry, which the copy holds */
    uint64_t epoch; /* of the slots that open it */
    uint64_t bytes; /* of register.db */
    uint64_t files; /* of the log */
    bool same_disk; /* as a slot: whoever takes that disk has both */
    bool unpublished; /* the copy is good, but its entry could not be published: */
    char why[BACKUP_WORDS];
};

/* Copies an open vault (STORE_WRITE; takes the register's lease) into the new folder `dir`, and checks the copy.  What an interrupted
 * one left at dir.part is made anew.
 * Errors: ERR_CONFLICT: `dir` exists, or dir.part holds something else; ERR_USAGE: it lies in the data directory, or a slot would
 * lie in it, or its own path has a line break; ERR_CORRUPT: the database, or its copy, is damaged. */
err backup_run(struct vault *v, const char *dir, struct backup_result *ret);

struct restore_options {
    const char *backup, *to;
    const char *const *slots; /* none: those of the backup's candour.conf */
    size_t slot_count;
    const char *log;              /* a folder with the published log; NULL: none */
    const char *program;          /* as in vault_options */
    const struct secret_source *passphrase; /* as vault_options has it */
    bool has_now;
    int64_t now;
};

struct restore_result {
    char dir[LIMIT_PATH_BYTES];
    char slots[SLOT_SHARES_MAX][LIMIT_PATH_BYTES];
    size_t slot_count;
    uint64_t entries;    /* of the log in the backup */
    uint64_t signed_size; /* what the signer signed; 0 if it is not there */
    uint64_t regained;   /* entries taken from the published log: what they say was done is lost, only that it was done is known */
    char beside[LIMIT_PATH_BYTES]; /* the directory that the backup came from, which is still there: this is a copy for looking; else "" */
    bool went_on;        /* an interrupted restore was finished */
    bool two_epochs;     /* a destruction was under way when the slot was last written */
    bool publishes;      /* false: it can be read; nothing new can be published.  Why, and what to do: */
    char why[BACKUP_WORDS], todo[BACKUP_WORDS];
};

/* Makes a new data directory out of a backup.  Killed anywhere, the same call goes on.  The backup is only read.
 * Where the directory that the backup came from is still there and opens, what is made is a copy for looking, so
 * that trying out a backup does not fork the log: nothing can be changed in it, and what reads it in bulk does so under a warrant in the
 * log of the original.
 * Where the signer beside the slot signed more than the backup has, the missing entries' public bytes are taken from `log` (checked
 * against the newest checkpoint there), and a `restore` entry says from which size on; without them the directory can be read only.
 * Errors: ERR_CONFLICT: `to` is there and not empty, or `backup` does not say where it came from, as a data directory does not; ERR_NOT_FOUND: no backup, or a slot is missing; ERR_DENIED: slots of another
 * organisation or epoch; ERR_CORRUPT: the backup is damaged; ERR_INVALID: `log` is not the log of this backup.  Nothing is destroyed. */
err restore_run(const struct restore_options *o, struct restore_result *ret);

#endif
