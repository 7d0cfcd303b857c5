/* The tables of commands, one a file cmd_*.c, each ended by a row without noun.  A new one is named here and in commands.c.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli.h"

extern const struct command cmd_init[];
extern const struct command cmd_import[];
extern const struct command cmd_person[];
extern const struct command cmd_records[];
extern const struct command cmd_field[];
extern const struct command cmd_purpose[];
extern const struct command cmd_consent[];
extern const struct command cmd_rule[];
extern const struct command cmd_recipient[];
extern const struct command cmd_handover[];
extern const struct command cmd_incident[];
extern const struct command cmd_incident_work[];
extern const struct command cmd_contact[];
extern const struct command cmd_report[];
extern const struct command cmd_evidence[];
extern const struct command cmd_log[];
extern const struct command cmd_backup[];
extern const struct command cmd_fsck[];
extern const struct command cmd_doctor[];
extern const struct command cmd_bench[];

#endif
