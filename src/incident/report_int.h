/* What the sources of report.h share.  Includable only by src/incident/report*.c. */
#ifndef REPORT_INT_H
#define REPORT_INT_H

#include "report.h"

enum { REPORT_TEXT_BYTES = 1 << 20 };

struct draft {
    struct arena *a;
    const struct report_input *in;
    const struct incident *inc;
    struct report *r;
};

/* One filler per item or field: sets state, text, options. */
typedef err report_filler(struct draft *d, struct report_entry *e);

/* Text into the arena; state FILLED. */
err report_say(struct draft *d, struct report_entry *e, struct buf *text);
err report_say_text(struct draft *d, struct report_entry *e, const char *text);
/* State and a fixed text. */
err report_state(struct draft *d, struct report_entry *e, enum report_state state, const char *text);
/* "Not yet known", with the date promised on `on` or the command that promises one; ticks `option` if it isn't NULL. */
err report_not_yet(struct draft *d, struct report_entry *e, const char *on, const char *option);
/* The same in the middle of a text. */
err report_put_not_yet(struct draft *d, struct buf *to, const char *on);
err report_tick(struct draft *d, struct report_entry *e, const char *option);

err report_put_day(struct buf *to, int64_t at, const struct when_zone *zone);  /* 25 March 2026 */
err report_put_both(struct buf *to, int64_t at, const struct when_zone *zone); /* local with offset = UTC */
void report_put_span(struct buf *to, int64_t seconds);                         /* 70 h 18 min */
bool report_cyber(const struct incident *inc, bool *ret_known);

/* The fillers of the items. */
report_filler report_fill_nature, report_fill_people, report_fill_number, report_fill_details, report_fill_records;
report_filler report_fill_contacts, report_fill_consequences, report_fill_address, report_fill_mitigate;
/* Measures, as the form divides them. */
report_filler report_fill_actions, report_fill_prevent, report_fill_before;
/* The fillers of the form's fields, by the form's order; report_fields.c. */
extern report_filler *const report_field_fillers[ICO_FORM_FIELDS];

#endif
