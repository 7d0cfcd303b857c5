/* Every limit of the program, by what it limits, with its unit and its reason. */
#ifndef LIMITS_H
#define LIMITS_H

/* Input files. */
#define LIMIT_CELL_BYTES (1u << 20)     /* one cell of a table: longer is a broken quote, not a value */
#define LIMIT_COLUMNS 1024u             /* the widest export known has about 330 */
#define LIMIT_ROW_BYTES (16u << 20)     /* one row of a table, so that reading stays in constant memory */
#define LIMIT_ROWS 20000000u            /* rows of one file */

/* Archives, spreadsheets and mail. */
#define LIMIT_MEMBERS 10000u                    /* files in one archive; an export has a few dozen */
#define LIMIT_MEMBER_BYTES (16ull << 30)        /* one file unpacked: 20 million rows of 800 bytes */
#define LIMIT_ARCHIVE_BYTES (32ull << 30)       /* all files of one archive unpacked */
#define LIMIT_RATIO 200u                        /* unpacked to packed; real exports stay under 50 */
#define LIMIT_RATIO_FROM (64ull << 20)          /* bytes unpacked before the ratio is looked at */
#define LIMIT_NESTED_BYTES (256u << 20)         /* an archive or spreadsheet inside another file, held in memory */
#define LIMIT_ARCHIVE_DEPTH 2u                  /* an archive, and one (or a spreadsheet) in it */
#define LIMIT_SHARED_BYTES (512u << 20)         /* shared texts of one XLSX, held in memory */
#define LIMIT_SHARED_TEXTS 20000000u            /* their number */
#define LIMIT_SHEETS 1000u                      /* sheets of one spreadsheet */
#define LIMIT_SHEET_STYLES 70000u               /* cell formats of one spreadsheet; Excel stops at 65,490 */
#define LIMIT_ROW_REPEATS 100000u               /* one filled row of an ODS said to repeat: more is a column filled to the end */
#define LIMIT_XML_DEPTH 100u                    /* elements within elements; spreadsheets need about 20 */
#define LIMIT_XML_TOKEN_BYTES (4u << 20)        /* one tag with its attributes */
#define LIMIT_MAIL_BYTES (256u << 20)           /* one decoded attachment, held in memory */
#define LIMIT_MAIL_PARTS 1000u                  /* parts of one message */
#define LIMIT_MAIL_DEPTH 20u                    /* parts within parts and messages within messages */
#define LIMIT_MAIL_ADDRESSES 10000u             /* addresses of one message */

/* The log. */
#define LIMIT_NOTE_BYTES (1u << 20)    /* a signed note; other readers stop there too */
#define LIMIT_NOTE_LINES 100u          /* signatures of one note; other readers stop there too */
#define LIMIT_KEY_NAME_BYTES 255u      /* the name of a key that we trust */
#define LIMIT_ORIGIN_BYTES 200u        /* the name of our own log */
#define LIMIT_ENTRY_BYTES 65535u       /* one entry: its length has 16 bits */
#define LIMIT_ENTRY_BODY_BYTES 60000u  /* what is sealed: leaves room for the entry that releases it */
#define LIMIT_ENTRY_LIST 500u          /* ids in one list of an entry: 500 of the longest fit a body */

/* Letters (template.h). */
#define LIMIT_TEMPLATE_BYTES (1u << 16)  /* one file of it: thirty letters long */
#define LIMIT_TEMPLATE_NODES 4096u       /* tags and texts of all its files */
#define LIMIT_TEMPLATE_NAME_BYTES 64u
#define LIMIT_TEMPLATE_DEPTH 16u         /* parts inside each other */
#define LIMIT_TEMPLATE_LEVELS 8u         /* files that take each other in */

/* The register. */
#define LIMIT_FILE_VALUES 100u            /* values of one field kept of somebody known only from files: more are not hers */
#define LIMIT_DUPLICATE_KEYS (48u << 20) /* addresses compared for possible duplicates, in memory with 40 bytes each while they are sorted; 20 million people have 40 million */

/* The store. */
#define LIMIT_BLOB_BYTES (64u << 20)    /* one blob of the database; the largest, a set of 20 million people, has 2.5 MB */
#define LIMIT_NAME_BYTES 128u           /* a kind, an id, an owner, a key: names, not texts */
#define LIMIT_PATH_BYTES 4096u          /* a path; the system stops there too */

/* Incidents and scope. */
#define LIMIT_SCOPE_HANDOVERS 100000u   /* hand-overs looked at for one incident: 10 a day for 27 years */
#define LIMIT_SCOPE_LINKS 100000u       /* links to sub-processors */
#define LIMIT_SCOPE_CERTIFICATES 10000u /* deletion certificates */
#define LIMIT_SCOPE_PROOFS 1000000u     /* pairs of certificate and hand-over that one answer lists: 16 MB */
#define LIMIT_SCOPE_FIELDS 4096u        /* fields or categories in one set of numbers: more than a catalogue has */
#define LIMIT_SCOPE_PEOPLE 4294967295ull /* people: ordinals have 32 bits */
#define LIMIT_INCIDENT_TEXT 16000u      /* bytes of one typed text: four pages */
#define LIMIT_INCIDENT_LINES 5000u      /* lines of a timeline */
#define LIMIT_INCIDENT_PROMISES 1000u   /* promises of a next word */
#define LIMIT_INCIDENT_MEASURES 1000u   /* measures, and bodies told, each */
#define LIMIT_INCIDENT_RECIPIENTS 1000u /* recipients hit by one incident */
#define LIMIT_INCIDENT_BYTES (32u << 20) /* one encoded version */
#define LIMIT_REPORT_LIST 10000u        /* answers in one report */

/* The keeper. */
#define LIMIT_FRAME_BYTES (64u << 20)      /* one request or answer: a cell of people with the largest rows */
#define LIMIT_CELL_PLAIN_BYTES (224u << 10) /* one key cell, opened: 256 people at 900 bytes */
#define LIMIT_FACTS_BYTES 4096u            /* facts of one person: some hundred consents */
#define LIMIT_RECORD_BYTES (1u << 20)      /* one record of one person */
#define LIMIT_DOCUMENT_BYTES (48u << 20)   /* one sealed document: the list of a large scope */
#define LIMIT_KEEPER_CLIENTS 32u           /* commands, server and timer at once */
#define LIMIT_KEEPER_IDLE_SECONDS 600      /* the keeper ends after this long without anybody */
#define LIMIT_STAFF_UNITS_A_DAY 20000u     /* people opened or looked up without a warrant; then slow, with an alarm */
#define LIMIT_STAFF_SLOW_US 1000000u       /* per unit past it, over all of a user's connections: a million people take 12 days */
#define LIMIT_PERSON_RECORDS 255u          /* records of one person: their number has 8 bits in the cell */
#define LIMIT_KEEPER_TOKENS 65536u         /* tokens made by one request: 30 ms of work */
#define LIMIT_KEEPER_LOOKUPS 4096u         /* tokens looked up by one request */
#define LIMIT_KEEPER_DOCUMENTS 1000u       /* documents opened by one request */
#define LIMIT_TOKEN_VALUE_BYTES 4096u      /* a value of which a token is made */
#define LIMIT_KEEPER_FRAME_SECONDS 20      /* a frame that was begun must be whole after so long, or the conversation ends */
#define LIMIT_KEEPER_STRANGER_BYTES 1025u  /* one request before the greeting: a greeting with its ring has about 150 bytes */
#define LIMIT_KEEPER_GREETING_SECONDS 10   /* a caller that has not greeted after so long is dropped: opening a database takes less */
#define LIMIT_KEEPER_SILENT_SECONDS 30     /* where all places are taken, a caller silent for so long gives way ... */
#define LIMIT_KEEPER_STRANGE_SECONDS 1     /* ... and one that has not greeted after so long */
#define LIMIT_KEEPER_BEAT_SECONDS 5        /* an answer held back says so this often */
#define LIMIT_KEEPER_HELD_SECONDS 86400    /* longer no answer is held back: the next day's count begins at nought */
#define LIMIT_KEEPER_ANSWER_SECONDS 30     /* silence of the keeper or signer that a command takes: six beats, a slow disk's sync */
#define LIMIT_KEEPER_START_SECONDS 25      /* then one that starts gives up; whoever started it waits a little longer */
#define LIMIT_KEEPER_REACH_SECONDS 10      /* a keeper that is full, starting or ending is asked again for so long */
#define LIMIT_KEEPER_KEPT_BYTES (1u << 20) /* a connection's buffers above this are given back after each answer */
#define LIMIT_PASSPHRASE_BYTES 1024u       /* longer is a file named by mistake */
#define LIMIT_PASSPHRASE_LEAST 12u         /* characters of a new one: guessed against a stolen slot at some 5 a second and core */
#define LIMIT_PASSPHRASE_KB 65536u         /* memory of Argon2id for a new slot: what the smallest machines can spare at start */
#define LIMIT_PASSPHRASE_PASSES 3u         /* passes over it: 0.2 s; RFC 9106 section 4, its second choice */
#define LIMIT_PASSPHRASE_KB_MAX 1048576u   /* a slot that asks for more is refused */
#define LIMIT_PASSPHRASE_PASSES_MAX 64u
#define LIMIT_WARRANT_SECONDS 86400        /* a warrant may not be good for longer than from now until then */
#define LIMIT_COUNTERS_BYTES 65536u
#define LIMIT_KEEPER_CREDITS 16u           /* bulk work done while the log can't be published, until the log shows it: the first days of a breach */
#define LIMIT_CREDIT_QUIET_SECONDS 3600    /* a credit that only waits for a writer is no alarm for so long */
#define LIMIT_CREDIT_BYTES 1024u           /* the entry of such work: twice the longest that we make */

/* Selections that an officer types or a rule holds (select.h). */
#define LIMIT_SELECT_BYTES (1u << 16)   /* longer is a list of people: hand that over as a file */
#define LIMIT_SELECT_TERMS 128u         /* comparisons; nobody can check more by reading */
#define LIMIT_SELECT_VALUES 4096u       /* values in all its lists */
#define LIMIT_SELECT_DEPTH 64u          /* open parentheses and waiting and, or, not */

/* Commands. */
#define LIMIT_AGAIN_SECONDS 3600 /* so long after its end the same command again, with nothing else between, is the same one */

/* Hand-overs. */
#define LIMIT_LEAVES_BYTES ((size_t)2 << 30) /* field keys of all leaves of one commitment, in memory while it is made */
#define LIMIT_SETS_PASS_BYTES ((size_t)256 << 20) /* stored sets united in one pass */
#define LIMIT_SETS_KEPT_BYTES ((size_t)1 << 30) /* checked sets kept for the next question: a thousand hand-overs of ten fields, ten million people */
#define LIMIT_GIVEN_BYTES ((size_t)1 << 30)  /* a file made for a recipient, in memory until it is encrypted */

/* The register. */
#define LIMIT_PAST_KEPT_SECONDS (90 * 86400) /* a value that is no longer so; then only its interval and fingerprint */
#define LIMIT_IMPORT_KEPT_BYTES (96u << 20) /* rows of one import that wait for others of the same person */
#define LIMIT_IMPORT_TOKENS (2u << 20) /* tokens gathered before they go into the index, 24 bytes each; of a large file more, 1.5 a row ... */
#define LIMIT_IMPORT_TOKENS_MOST (30u << 20) /* ... and never more: 750 MB, what LIMIT_ROWS rows come to */
#define LIMIT_IMPORT_KNOWN_BYTES (32u << 20) /* rows of people in the register, gathered to open each cell once */

#endif
