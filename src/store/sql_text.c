#include "sql.h"

/* Blobs last, so that the small columns are read without following overflow pages.  In PostgreSQL `no` and `ordinal` lead
 * every key, so that tables can be distributed by them. */
const char *const sql_schema =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE cellkeys(kind INTEGER NOT NULL, no INTEGER NOT NULL, blob BLOB NOT NULL, PRIMARY KEY(kind, no)) STRICT;"
    "CREATE TABLE cell(no INTEGER PRIMARY KEY, blob BLOB NOT NULL) STRICT;"
    "CREATE TABLE person_row(ordinal INTEGER PRIMARY KEY, blob BLOB NOT NULL) STRICT;"
    "CREATE TABLE index_cell(no INTEGER PRIMARY KEY, prefix INTEGER NOT NULL UNIQUE, depth INTEGER NOT NULL,"
    " blob BLOB NOT NULL) STRICT;"
    "CREATE TABLE doc(no INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,"
    " blob BLOB NOT NULL, UNIQUE(kind, id, version)) STRICT;"
    "CREATE TABLE people_set(owner TEXT NOT NULL, name TEXT NOT NULL, sha256 BLOB NOT NULL, blob BLOB NOT NULL,"
    " PRIMARY KEY(owner, name)) STRICT;"
    "CREATE TABLE leaves(commitment BLOB NOT NULL, piece INTEGER NOT NULL, blob BLOB NOT NULL,"
    " PRIMARY KEY(commitment, piece)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE entry(idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL, private BLOB) STRICT;"
    "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT;"
    "CREATE TABLE job(key BLOB PRIMARY KEY, kind TEXT NOT NULL, state INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE lease(name TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL, command TEXT NOT NULL,"
    " since INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;";

#define DOC_COLUMNS "SELECT no, version, kind, id, blob FROM doc "

const struct sql_words sql_words[SQL_COUNT] = {
    [SQL_META_PUT] = {"INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                      "setting"},
    [SQL_META_GET] = {"SELECT value FROM meta WHERE key = ?1", "setting"},
    [SQL_META_DELETE] = {"DELETE FROM meta WHERE key = ?1", "setting"},

    [SQL_CELL_PUT] = {"REPLACE INTO cell(no, blob) VALUES(?1, ?2)", "key cell"},
    [SQL_CELL_GET] = {"SELECT blob FROM cell WHERE no = ?1", "key cell"},
    [SQL_CELL_DELETE] = {"DELETE FROM cell WHERE no = ?1", "key cell"},
    [SQL_CELL_EACH] = {"SELECT no, blob FROM cell WHERE no BETWEEN ?1 AND ?2 ORDER BY no", "key cell"},
    [SQL_CELL_COUNT] = {"SELECT count(*) FROM cell", "key cell"},

    [SQL_ROW_PUT] = {"REPLACE INTO person_row(ordinal, blob) VALUES(?1, ?2)", "person"},
    [SQL_ROW_GET] = {"SELECT blob FROM person_row WHERE ordinal = ?1", "person"},
    [SQL_ROW_DELETE] = {"DELETE FROM person_row WHERE ordinal = ?1", "person"},
    [SQL_ROW_EACH] = {"SELECT ordinal, blob FROM person_row WHERE ordinal BETWEEN ?1 AND ?2 ORDER BY ordinal", "person"},
    [SQL_ROW_COUNT] = {"SELECT count(*) FROM person_row", "person"},

    [SQL_KEYS_PUT] = {"INSERT INTO cellkeys(kind, no, blob) VALUES(?1, ?2, ?3)"
                      " ON CONFLICT(kind, no) DO UPDATE SET blob = excluded.blob",
                      "group of cell keys"},
    [SQL_KEYS_GET] = {"SELECT blob FROM cellkeys WHERE kind = ?1 AND no = ?2", "group of cell keys"},
    [SQL_KEYS_DELETE] = {"DELETE FROM cellkeys WHERE kind = ?1 AND no = ?2", "group of cell keys"},
    [SQL_KEYS_EACH] = {"SELECT no, blob FROM cellkeys WHERE kind = ?1 AND no BETWEEN ?2 AND ?3 ORDER BY no",
                       "group of cell keys"},
    [SQL_KEYS_COUNT] = {"SELECT count(*) FROM cellkeys WHERE kind = ?1", "group of cell keys"},
    [SQL_KEYS_STATE] = {"SELECT no, kind, blob FROM cellkeys ORDER BY kind, no", "group of cell keys"},

    [SQL_INDEX_PUT] = {"INSERT INTO index_cell(no, prefix, depth, blob) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(no) DO UPDATE"
                       " SET prefix = excluded.prefix, depth = excluded.depth, blob = excluded.blob",
                       "index cell"},
    [SQL_INDEX_GET] = {"SELECT no, prefix, depth, blob FROM index_cell WHERE no = ?1", "index cell"},
    [SQL_INDEX_FIND] = {"SELECT no, prefix, depth, blob FROM index_cell WHERE prefix <= ?1 ORDER BY prefix DESC LIMIT 1",
                        "index cell"},
    [SQL_INDEX_DELETE] = {"DELETE FROM index_cell WHERE no = ?1", "index cell"},
    [SQL_INDEX_EACH] = {"SELECT no, prefix, depth, blob FROM index_cell WHERE no BETWEEN ?1 AND ?2 ORDER BY no",
                        "index cell"},
    [SQL_INDEX_COUNT] = {"SELECT count(*) FROM index_cell", "index cell"},

    [SQL_DOC_PUT] = {"INSERT INTO doc(no, version, kind, id, blob) VALUES(?1, ?2, ?3, ?4, ?5)", "document"},
    [SQL_DOC_RESEAL] = {"UPDATE doc SET blob = ?2 WHERE no = ?1", "document"},
    [SQL_DOC_DELETE] = {"DELETE FROM doc WHERE no = ?1", "document"},
    [SQL_DOC_GET] = {DOC_COLUMNS "WHERE no = ?1", "document"},
    [SQL_DOC_NEWEST] = {DOC_COLUMNS "WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1", "document"},
    [SQL_DOC_VERSION] = {DOC_COLUMNS "WHERE kind = ?1 AND id = ?2 AND version = ?3", "version of the document"},
    [SQL_DOC_LIST] = {DOC_COLUMNS "WHERE no IN (SELECT no FROM doc AS d WHERE kind = ?1 AND version ="
                                  " (SELECT max(version) FROM doc AS e WHERE e.kind = d.kind AND e.id = d.id)) ORDER BY no",
                      "document"},
    [SQL_DOC_EACH] = {DOC_COLUMNS "WHERE no BETWEEN ?1 AND ?2 ORDER BY no", "document"},
    [SQL_DOC_COUNT] = {"SELECT count(*) FROM doc", "document"},

    [SQL_SET_PUT] = {"INSERT INTO people_set(owner, name, sha256, blob) VALUES(?1, ?2, ?3, ?4)"
                     " ON CONFLICT(owner, name) DO UPDATE SET sha256 = excluded.sha256, blob = excluded.blob",
                     "set of people"},
    [SQL_SET_GET] = {"SELECT sha256, blob FROM people_set WHERE owner = ?1 AND name = ?2", "set of people"},
    [SQL_SET_DELETE] = {"DELETE FROM people_set WHERE owner = ?1 AND name = ?2", "set of people"},
    [SQL_SET_EACH] = {"SELECT owner, name FROM people_set ORDER BY owner, name", "set of people"},
    [SQL_SET_EACH_OF] = {"SELECT owner, name FROM people_set WHERE owner = ?1 ORDER BY owner, name", "set of people"},

    [SQL_LEAVES_PUT] = {"INSERT INTO leaves(commitment, piece, blob) VALUES(?1, ?2, ?3)", "commitment"},
    [SQL_LEAVES_GET] = {"SELECT blob FROM leaves WHERE commitment = ?1 ORDER BY piece", "commitment"},
    [SQL_LEAVES_DELETE] = {"DELETE FROM leaves WHERE commitment = ?1", "commitment"},

    [SQL_ENTRY_PUT] = {"INSERT INTO entry(idx, bytes, private) VALUES(?1, ?2, ?3)", "log entry"},
    [SQL_ENTRY_GET] = {"SELECT bytes, private FROM entry WHERE idx = ?1", "log entry"},
    [SQL_ENTRY_RESEAL] = {"UPDATE entry SET private = ?2 WHERE idx = ?1", "log entry"},
    [SQL_ENTRY_EACH] = {"SELECT idx, bytes, private FROM entry WHERE idx BETWEEN ?1 AND ?2 ORDER BY idx", "log entry"},
    [SQL_ENTRY_COUNT] = {"SELECT coalesce(max(idx) + 1, 0) FROM entry", "log entry"},

    [SQL_CHECKPOINT_PUT] = {"INSERT INTO checkpoint(size, note) VALUES(?1, ?2)", "checkpoint"},
    [SQL_CHECKPOINT_GET] = {"SELECT size, note FROM checkpoint WHERE size = ?1", "checkpoint"},
    [SQL_CHECKPOINT_NEWEST] = {"SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1", "checkpoint"},

    [SQL_JOB_PUT] = {"INSERT INTO job(key, kind, state, bytes) VALUES(?1, ?2, ?3, ?4)", "job"},
    [SQL_JOB_GET] = {"SELECT key, kind, state, bytes FROM job WHERE key = ?1", "job"},
    [SQL_JOB_ADVANCE] = {"UPDATE job SET state = ?2, bytes = ?3 WHERE key = ?1 AND state < ?2", "job"},
    [SQL_JOB_DELETE] = {"DELETE FROM job WHERE key = ?1", "job"},
    [SQL_JOBS_DROP] = {"DELETE FROM job WHERE state = ?1", "job"},
    [SQL_JOB_EACH] = {"SELECT key, kind, state, bytes FROM job ORDER BY kind, key", "job"},
    [SQL_JOB_EACH_OF] = {"SELECT key, kind, state, bytes FROM job WHERE kind = ?1 ORDER BY kind, key", "job"},

    [SQL_LEASE_PUT] = {"REPLACE INTO lease(name, pid, started, command, since, until) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                       "lease"},
    [SQL_LEASE_GET] = {"SELECT pid, started, command, since, until FROM lease WHERE name = ?1", "lease"},
    [SQL_LEASE_DELETE] = {"DELETE FROM lease WHERE name = ?1 AND pid = ?2 AND started = ?3", "lease"},

    [SQL_BEGIN] = {"BEGIN IMMEDIATE", ""},
    [SQL_BEGIN_READ] = {"BEGIN DEFERRED", ""},
    [SQL_COMMIT] = {"COMMIT", ""},
    [SQL_ROLLBACK] = {"ROLLBACK", ""},
};
