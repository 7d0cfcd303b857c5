/* candour handover: what was given, when, to whom, and how sure that is. */
#include "commands.h"

#include "reach.h"
#include "table_args.h"

#include <string.h>

static const struct args_word one_id[] = {{"HANDOVER", ARGS_ONE}, {0}};

static const char *hash_text(struct cli *c, const struct hash *h)
{
    CLEANUP(buf_free) struct buf b = BUF(128);
    buf_hex(&b, hash_view(h));
    return cli_text(c, "%s", buf_text(&b));
}

static const char *sent_text(struct cli *c, const struct vault *v, const struct when_range *r)
{
    int32_t first, last;
    if (r->earliest == WHEN_UNKNOWN_EARLY && r->latest == WHEN_UNKNOWN_LATE)
        return "at a time not known";
    if (when_local_day(&v->zone, r->earliest, &first).kind != ERR_OK || when_local_day(&v->zone, r->latest, &last).kind != ERR_OK) {
        c->out.poor = true;
        return "";
    }
    if (first == last)
        return cli_day_text(c, first);
    return cli_text(c, "%s to %s", r->earliest == WHEN_UNKNOWN_EARLY ? "not known" : cli_day_text(c, first),
                    r->latest == WHEN_UNKNOWN_LATE ? "now" : cli_day_text(c, last));
}

static const char *sure_words(struct cli *c, const struct handover *h)
{
    static const char *const words[] = {"the file itself", "the company's own list", "rebuilt from a rule"};
    if (h->kind != HANDOVER_SYSTEM)
        return words[h->evidence];
    return cli_text(c, "exact for %s, rebuilt for %s", OUT_N(h->exact), OUT_N(h->people - h->exact));
}

static void say_handover(struct cli *c, const struct vault *v, const struct handover *h)
{
    struct out *o = &c->out;
    out_say(o, "%s: %s people, given to %s %s for %s. How sure: %s.\n", h->id, OUT_N(h->people), h->recipient, sent_text(c, v, &h->sent),
            h->purpose, sure_words(c, h));
    for (size_t i = 0; i < h->field_count; i++)
        out_say(o, "  %-24s %s\n", h->fields[i].key, OUT_N(h->fields[i].people));
    if (h->file_only)
        out_say(o, "  %s of them are known only from this file.\n", OUT_N(h->file_only));
    if (h->ambiguous)
        out_say(o, "  %s rows have too little to tell who is meant, fit several, or have a number that others have too; all who may be meant count.\n",
                OUT_N(h->ambiguous));
    if (h->delete_by != DAY_UNKNOWN)
        out_say(o, "  To be deleted there by %s.\n", cli_day_text(c, h->delete_by));
    if (h->marks[0])
        out_say(o, "  Marked: %s.\n", h->marks);
}

static void set_handover(struct cli *c, const struct handover *h)
{
    struct out *o = &c->out;
    out_set_text(o, "handover", h->id);
    out_set_text(o, "kind", handover_kind_word(h->kind));
    out_set_text(o, "evidence", handover_evidence_word(h->evidence));
    out_set_number(o, "people", h->people);
    if (h->kind == HANDOVER_SYSTEM)
        out_set_number(o, "exact", h->exact);
    out_set_number(o, "matched", h->matched);
    out_set_number(o, "file_only", h->file_only);
    out_set_number(o, "ambiguous", h->ambiguous);
    out_set(o, "fields", handover_field_keys(h));
    out_set_number(o, "log_index", h->log_index);
    out_set_text(o, "marks", h->marks);
}

static void progress(void *ctx, const char *what, uint64_t done, uint64_t of)
{
    out_progress(ctx, what, done, of);
}

/* --- record --- */

static const struct args_option record_options[] = {
    {"to", ARGS_VALUE, true, "RECIPIENT", "who got it"},
    {"purpose", ARGS_VALUE, true, "PURPOSE", "what for"},
    {"approved-by", ARGS_VALUE, true, "WHO", "who approved it: office or name"},
    {"date", ARGS_VALUE, false, "DATE", "when it was sent: a day, month, year, a range A..B, or unknown"},
    {"file", ARGS_VALUE, false, "FILE", "the file that was sent (or a saved e-mail that holds it)"},
    {"their-list", ARGS_VALUE, false, "FILE", "the list that the company gave us"},
    {"rule", ARGS_VALUE, false, "EXPR", "who was in it, where the file is gone: 'status = \"member\"'"},
    {"system", ARGS_FLAG, false, NULL, "the company ran a system for us"},
    {"from", ARGS_VALUE, false, "DATE", "with --system: since when"},
    {"until", ARGS_VALUE, false, "DATE", "with --system: until when; still so if left out"},
    {"fields", ARGS_LIST, false, "A,B", "with --rule and --system: the details that were sent"},
    {"select", ARGS_VALUE, false, "EXPR", "with --file: by what its people were chosen; with --system: whom it held"},
    {"as-of", ARGS_VALUE, false, "TIME", "with --rule: the register of that time (the day it was sent)"},
    {"source", ARGS_VALUE, false, "NAME", "with --file: whose ids stand in it"},
    TABLE_ARGS_OPTIONS,
    {0}};

static err usage(const char *option)
{
    return cli_at(err_new(ERR_USAGE, "A hand-over is recorded in one of four ways.",
                          "Give one of --file FILE, --their-list FILE, --rule EXPR with --fields, or --system with --from and --fields."), option);
}

static err which_kind(const struct cli *c, enum handover_kind *ret)
{
    static const struct {
        const char *option;
        enum handover_kind kind;
    } kinds[] = {{"file", HANDOVER_FILE}, {"their-list", HANDOVER_THEIR_LIST}, {"rule", HANDOVER_RULE}, {"system", HANDOVER_SYSTEM}};
    int found = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!args_has(&c->args, kinds[i].option))
            continue;
        *ret = kinds[i].kind;
        found++;
    }
    return found == 1 ? OK : usage("file");
}

static err read_span(struct cli *c, const struct vault *v, struct record_options *o)
{
    struct when_range from, until;
    const char *start = args_value(&c->args, "from"), *end = args_value(&c->args, "until");
    ENSURE(start, usage("from"));
    TRY(cli_at(when_parse_range(view_text(start), &v->zone, &from), "from"));
    o->sent = (struct when_range){from.earliest, WHEN_UNKNOWN_LATE};
    if (end) {
        TRY(cli_at(when_parse_range(view_text(end), &v->zone, &until), "until"));
        o->sent.latest = until.latest;
    }
    ENSURE(o->sent.earliest <= o->sent.latest, cli_at(err_new(ERR_INVALID, "The system's time ends before it begins.", "Check --from and --until."), "until"));
    return OK;
}

static err read_when(struct cli *c, const struct vault *v, struct record_options *o)
{
    if (o->kind == HANDOVER_SYSTEM)
        return read_span(c, v, o);
    const char *date = args_value(&c->args, "date");
    ENSURE(date, cli_at(err_new(ERR_USAGE, "When was it sent?", "Give --date DATE: a day, a month (2018-03), a year, a range A..B, or unknown."), "date"));
    TRY(cli_at(when_parse_range(view_text(date), &v->zone, &o->sent), "date"));
    const char *as_of = args_value(&c->args, "as-of");
    if (!as_of)
        return OK;
    struct when_range at;
    TRY(cli_at(when_parse_range(view_text(as_of), &v->zone, &at), "as-of"));
    o->has_as_of = true;
    o->as_of = at.latest;
    return OK;
}

static err read_record(struct cli *c, const struct vault *v, struct record_options *o)
{
    *o = (struct record_options){.recipient = args_value(&c->args, "to"), .purpose = args_value(&c->args, "purpose"),
                                 .approver = args_value(&c->args, "approved-by"), .source = args_value(&c->args, "source"),
                                 .progress = progress, .progress_ctx = &c->out};
    TRY(which_kind(c, &o->kind));
    TRY(read_when(c, v, o));
    TRY(table_args(c, &o->table, &o->dates));
    TRY(args_split(c->arena, &c->args, "fields", &o->fields, &o->field_count));
    o->map = args_value(&c->args, "map");
    o->path = o->kind == HANDOVER_FILE ? args_value(&c->args, "file") : args_value(&c->args, "their-list");
    o->selection = o->kind == HANDOVER_RULE ? args_value(&c->args, "rule") : args_value(&c->args, "select");
    bool needs_fields = o->kind == HANDOVER_RULE || o->kind == HANDOVER_SYSTEM;
    ENSURE(!needs_fields || o->field_count, usage("fields"));
    ENSURE(needs_fields || !o->field_count, cli_at(err_new(ERR_USAGE, "A file says by its columns which details it holds.", "Leave --fields out."), "fields"));
    return OK;
}

static err set_rejected(struct cli *c, const struct record_options *o, const struct record_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->rejected_shown; i++) {
        const struct import_rejected *x = &r->rejected[i];
        json_array_append_new(list, json_pack("{s:I, s:I, s:s}", "line", (json_int_t)x->line, "column", (json_int_t)x->column, "problem", x->problem));
        if (x->column)
            out_note(&c->out, "%s:%llu:%llu: %s\n", o->path, (unsigned long long)x->line, (unsigned long long)x->column, x->problem);
        else
            out_note(&c->out, "%s:%llu: %s\n", o->path, (unsigned long long)x->line, x->problem);
    }
    if (r->rejected_count > r->rejected_shown)
        out_note(&c->out, "%s: %s more rows can't be read.\n", o->path, OUT_N(r->rejected_count - r->rejected_shown));
    bool whole = list && json_array_size(list) == r->rejected_shown;
    out_set(&c->out, "rejected", list);
    return whole ? OK : mem_none();
}

/* What the officer must know beside the result: what was sent and is not in it. */
static void warn(struct cli *c, const struct record_options *o, const struct record_result *r)
{
    for (size_t i = 0; i < r->other_count; i++)
        out_note(&c->out, "The file holds another table, which was sent too: record it with --member \"%s\".\n", r->others[i]);
    if (r->ids_unused)
        out_note(&c->out, "The file has ids, but %s has no source: people were found by their addresses and names only. Name the source with --source.\n", o->path);
    out_set(&c->out, "other_tables", jsonio_list(r->others, r->other_count));
}

/* `--map ?` */
static err propose(struct cli *c, const struct config *config, const struct record_options *o)
{
    CLEANUP(buf_free) struct buf text = BUF(4u << 20);
    struct import_options io = {.path = o->path, .source = o->source, .table = o->table, .dates = o->dates};
    TRY(import_propose(config, c->arena, &io, &text));
    out_set_text(&c->out, "map", buf_text(&text));
    out_put(&c->out, buf_view(&text));
    return OK;
}

static err run_record(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    struct record_options o;
    struct record_result r = {0};
    struct reach reach = {0};
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(read_record(c, v, &o));
    if (o.path && o.map && strcmp(o.map, "?") == 0)
        return propose(c, &config, &o);
    o.reach = reach_of(&reach);
    err e = record_run(v, &config, c->arena, &o, &r);
    out_progress_end(&c->out);
    if (r.rejected_count)
        err_ignore(set_rejected(c, &o, &r), "the failure itself is told");
    TRY(e);
    warn(c, &o, &r);
    cli_say_again(c, r.again);
    set_handover(c, &r.handover);
    say_handover(c, v, &r.handover);
    reach_say(c, reach.held);
    return OK;
}

/* --- create --- */

static const struct args_option create_args[] = {
    {"to", ARGS_VALUE, true, "RECIPIENT", "who gets it"},
    {"purpose", ARGS_VALUE, true, "PURPOSE", "what for"},
    {"fields", ARGS_LIST, true, "A,B", "the details that go into the file"},
    {"approved-by", ARGS_VALUE, true, "WHO", "who approved it: office or name"},
    {"out", ARGS_VALUE, true, "FILE", "the file to make"},
    {"select", ARGS_VALUE, false, "EXPR", "who; everybody the purpose covers if left out"},
    {"plain", ARGS_FLAG, false, NULL, "in clear, not encrypted for the recipient's age key"},
    {"even-past-end", ARGS_VALUE, false, "REASON", "also people whose data should be gone, and why"},
    {0}};

static err run_create(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    struct create_result r;
    struct reach reach = {0};
    struct create_options o = {.recipient = args_value(&c->args, "to"), .purpose = args_value(&c->args, "purpose"),
                               .approver = args_value(&c->args, "approved-by"), .selection = args_value(&c->args, "select"),
                               .out = args_value(&c->args, "out"), .plain = args_has(&c->args, "plain"),
                               .even_past_end = args_value(&c->args, "even-past-end"), .reach = reach_of(&reach)};
    TRY(args_split(c->arena, &c->args, "fields", &o.fields, &o.field_count));
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(config_load(v, c->arena, &config));
    err e = create_run(v, &config, c->arena, &o, &r);
    out_set(&c->out, "left_out", json_pack("{s:I,s:I,s:I,s:I}", "objected", (json_int_t)r.objected, "no_consent", (json_int_t)r.no_consent,
                                           "past_end", (json_int_t)r.past_end, "status", (json_int_t)r.status));
    TRY(e);
    cli_say_again(c, r.again);
    set_handover(c, &r.handover);
    out_set_text(&c->out, "file", r.out);
    out_set_text(&c->out, "sha256", hash_text(c, &r.handover.file_sha));
    say_handover(c, v, &r.handover);
    out_say(&c->out, "Left out: %s by their status, %s objected, %s without consent, %s past their end date.\n", OUT_N(r.status),
            OUT_N(r.objected), OUT_N(r.no_consent), OUT_N(r.past_end));
    out_set_number(&c->out, "unsure", r.unsure);
    if (r.unsure)
        out_say(&c->out, "Not in it either: %s people of whom the selection can't be answered.\n", OUT_N(r.unsure));
    reach_say(c, reach.held);
    out_say(&c->out, "The file: %s\n  SHA-256 %s\n", r.out, hash_text(c, &r.handover.file_sha));
    return OK;
}

static err run_resume(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    size_t count;
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(create_resume(v, c->arena, &count));
    out_set_number(&c->out, "released", count);
    out_say(&c->out, count ? "%zu prepared hand-overs are released.\n" : "Nothing was waiting (%zu).\n", count);
    return OK;
}

/* --- certify --- */

static const struct args_option certify_options[] = {
    {"from", ARGS_VALUE, false, "RECIPIENT", "who wrote it (the hand-over's recipient)"},
    {"all-before", ARGS_VALUE, false, "DATE", "it speaks of everything given before that day"},
    {"deleted", ARGS_VALUE, false, "DATE", "when they say they deleted it: a day, range or unknown"},
    {"backups", ARGS_FLAG, false, NULL, "it says that backups are deleted too"},
    {"not-sub-processors", ARGS_FLAG, false, NULL, "it does not speak for their sub-processors"},
    {"received", ARGS_VALUE, false, "DATE", "when we got it (now)"},
    {"signed-by", ARGS_VALUE, false, "WHO", "who signed it"},
    {"believed", ARGS_FLAG, false, NULL, "we believe it (so if nothing is said, unless it came before the deletion that it speaks of: that is a promise)"},
    {"not-believed", ARGS_FLAG, false, NULL, "we do not believe it until it is checked"},
    {"believe", ARGS_VALUE, false, "C1", "changes a certificate: from now on we believe it"},
    {"disbelieve", ARGS_VALUE, false, "C1", "changes a certificate: from now on we do not believe it"},
    {0}};

static err read_certificate(struct cli *c, struct vault *v, struct handover_certificate *cert)
{
    struct when_range range;
    TRY(cli_at(when_parse_range(view_text(args_value(&c->args, "deleted")), &v->zone, &cert->deleted), "deleted"));
    cert->received_at = cert->recorded_at = vault_now(v);
    const char *received = args_value(&c->args, "received"), *before = args_value(&c->args, "all-before");
    if (received) {
        TRY(cli_at(when_parse_range(view_text(received), &v->zone, &range), "received"));
        cert->received_at = range.latest;
    }
    if (before) {
        TRY(cli_at(when_parse_range(view_text(before), &v->zone, &range), "all-before"));
        cert->all_before = true;
        cert->before = range.earliest;
    }
    cert->backups = args_has(&c->args, "backups");
    cert->sub_processors_left_out = args_has(&c->args, "not-sub-processors");
    cert->believed = args_has(&c->args, "believed") || !(args_has(&c->args, "not-believed") || handover_certificate_promises(cert));
    cert->signed_by = args_or(&c->args, "signed-by", "");
    ENSURE(cert->deleted.earliest == WHEN_UNKNOWN_EARLY || cert->deleted.earliest <= vault_now(v),
           cli_at(err_new(ERR_INVALID, "They can't have deleted it in the future.", "Check the date."), "deleted"));
    ENSURE(!args_has(&c->args, "not-believed") || !args_has(&c->args, "believed"),
           cli_at(err_new(ERR_USAGE, "Believed or not?", "Give one of --believed and --not-believed."), "believed"));
    return OK;
}

static err find_certificate(struct cli *c, struct vault *v, const char *id, struct handover_certificate *ret)
{
    struct handover_certificate *list;
    size_t count;
    TRY(handover_certificates(v, c->arena, &list, &count));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].id, id) != 0)
            continue;
        *ret = list[i];
        return OK;
    }
    return err_newf(ERR_NOT_FOUND, "There is no certificate {}.", "Certificates are named C1, C2 and so on; 'candour handover certify' said which.", err_name(id));
}

/* A certificate that is there: from now on believed, or not. */
static err change_belief(struct cli *c, const char *id, bool believed)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct handover_certificate found;
    TRY(cli_change(c, &v));
    TRY(find_certificate(c, v, id, &found));
    bool was = found.believed;
    found.believed = believed;
    if (was != believed) {
        TRY(handover_certificate_save(v, c->arena, &found));
        TRY(cli_done(c, v));
    }
    out_set_text(&c->out, "certificate", found.id);
    out_set(&c->out, "believed", json_boolean(believed));
    out_say(&c->out, "%s is %s %s.%s\n", found.id, was == believed ? "already recorded as" : "now recorded as", believed ? "believed" : "not believed",
            was == believed ? "" : " Work out again who is affected by open breaches: 'candour incident scope'.");
    return OK;
}

static err run_belief(struct cli *c)
{
    static const char *const others[] = {"from", "all-before", "deleted", "backups", "not-sub-processors", "received", "signed-by", "believed", "not-believed"};
    const char *believe = args_value(&c->args, "believe"), *disbelieve = args_value(&c->args, "disbelieve");
    bool more = (believe && disbelieve) || c->args.word_count;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        more = more || args_has(&c->args, others[i]);
    ENSURE(!more, err_new(ERR_USAGE, "Only whether a certificate is believed can be changed.", "Give --believe or --disbelieve with one certificate and nothing else."));
    return change_belief(c, believe ? believe : disbelieve, believe != NULL);
}

static const char certify_job[] = "handover certify";

/* What the same command recorded just before. */
static err certified(struct cli *c, struct vault *v, const uint8_t key[32], struct handover_certificate *ret, bool *ret_done, bool *ret_again)
{
    CLEANUP(jsonio_release) json_t *left = NULL;
    TRY(vault_job_result(v, certify_job, key, &left, ret_again));
    const char *id = json_string_value(json_object_get(left, "certificate"));
    *ret_done = left != NULL;
    return left ? find_certificate(c, v, id ? id : "", ret) : OK;
}

/* Committed and published, it is said. */
static err say_certificate(struct cli *c, struct vault *v, const uint8_t key[32], const struct handover_certificate *cert, bool again)
{
    struct recipient r;
    TRY(recipient_load(v, c->arena, cert->recipient, &r));
    TRY(cli_done(c, v));
    TRY(vault_job_done(v, key));
    cli_say_again(c, again);
    out_set_text(&c->out, "certificate", cert->id);
    bool promise = handover_certificate_promises(cert);
    out_set(&c->out, "believed", json_boolean(cert->believed));
    out_set(&c->out, "promise", json_boolean(promise));
    out_say(&c->out, "%s: %s says that it %s. It is recorded as %s.\n", cert->id, r.name, promise ? "will delete" : "deleted", cert->believed ? "believed" : "not believed");
    if (promise)
        out_note(&c->out, "A PROMISE, NOT A PROOF: %s was received before the day on which it says that the data was deleted. Ask %s for a word of the time after it%s.\n",
                 cert->id, r.name, cert->believed ? "" : "; until then nobody drops out of a breach by it, unless it is said with --believed");
    return OK;
}

static err run_certify(struct cli *c)
{
    if (args_has(&c->args, "believe") || args_has(&c->args, "disbelieve"))
        return run_belief(c);
    ENSURE(args_value(&c->args, "deleted"), cli_at(err_new(ERR_USAGE, "When do they say that they deleted it?", "Give --deleted DATE: a day, a range, or unknown."), "deleted"));
    CLEANUP(vault_close) struct vault *v = NULL;
    uint8_t key[32];
    bool done, again;
    struct handover_certificate cert = {.recipient = args_value(&c->args, "from"), .handovers = c->args.words, .handover_count = c->args.word_count};
    struct recipient r;
    TRY(cli_change(c, &v));
    TRY(cli_job_key(c, v, key));
    TRY(certified(c, v, key, &cert, &done, &again));
    if (done)
        return say_certificate(c, v, key, &cert, again);
    TRY(read_certificate(c, v, &cert));
    ENSURE(cert.handover_count || cert.all_before, err_new(ERR_USAGE, "Which hand-overs does it speak of?", "Name them, as in 'candour handover certify H1 H3 …', or give --all-before DATE with --from."));
    for (size_t i = 0; i < cert.handover_count; i++) {
        struct handover h;
        TRY(handover_load(v, c->arena, cert.handovers[i], &h));
        if (!cert.recipient)
            cert.recipient = h.recipient;
        TRY(handover_certificate_fits(&cert, &h));
    }
    ENSURE(cert.recipient, cli_at(err_new(ERR_USAGE, "Who wrote it?", "Give --from RECIPIENT."), "from"));
    TRY(recipient_load(v, c->arena, cert.recipient, &r));
    TRY(handover_certificate_save(v, c->arena, &cert));
    CLEANUP(jsonio_release) json_t *result = json_pack("{s:s}", "certificate", cert.id);
    ENSURE(result, mem_none());
    TRY(vault_job_acted(v, certify_job, key, result));
    return say_certificate(c, v, key, &cert, false);
}

/* --- edit --- */

static const struct args_option edit_options[] = {
    {"until", ARGS_VALUE, true, "DATE", "the last day of a system that the company ran for us"},
    {0}};

static err run_edit(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct config config;
    struct handover h;
    struct when_range until;
    struct reach reach = {0};
    struct record_reach reached = reach_of(&reach);
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(config_load(v, c->arena, &config));
    TRY(cli_at(when_parse_range(view_text(args_value(&c->args, "until")), &v->zone, &until), "until"));
    ENSURE(until.latest != WHEN_UNKNOWN_LATE, cli_at(err_new(ERR_INVALID, "When did it end?", "Give a day, or the latest day on which it can have ended."), "until"));
    TRY(record_end_system(v, &config, c->arena, cli_word(c, 0), until.latest, &reached, &h));
    set_handover(c, &h);
    out_set_text(&c->out, "sent", sent_text(c, v, &h.sent));
    say_handover(c, v, &h);
    reach_say(c, reach.held);
    return OK;
}

/* --- list, show --- */

static const char *moment_day(struct cli *c, const struct vault *v, int64_t at)
{
    struct when_range r = {at, at};
    return sent_text(c, v, &r);
}

static json_t *certificate_json(struct cli *c, const struct vault *v, const struct handover_certificate *cert)
{
    return json_pack("{s:s,s:s,s:o,s:o,s:b,s:b,s:s}", "certificate", cert->id, "deleted", sent_text(c, v, &cert->deleted), "received_at",
                     jsonio_moment(cert->received_at), "recorded_at", jsonio_moment(cert->recorded_at), "believed", cert->believed, "promise",
                     handover_certificate_promises(cert), "signed_by",
                     cert->signed_by);
}

/* What its recipient certified of it: said, and as JSON. */
static err put_certificates(struct cli *c, const struct vault *v, const struct handover *h, const struct handover_certificate *list, size_t count, json_t **ret)
{
    json_t *array = json_array();
    bool good = array != NULL;
    for (size_t i = 0; i < count && good; i++) {
        const struct handover_certificate *cert = &list[i];
        if (!handover_certificate_names(cert, h))
            continue;
        good = json_array_append_new(array, certificate_json(c, v, cert)) == 0;
        out_say(&c->out, "      %s: deleted %s, received %s, recorded %s, %s%s%s%s\n", cert->id,
                sent_text(c, v, &cert->deleted), moment_day(c, v, cert->received_at),
                moment_day(c, v, cert->recorded_at), cert->believed ? "believed" : "not believed",
                handover_certificate_promises(cert) ? "; A PROMISE, not a proof: received before the deletion" : "",
                handover_certificate_too_early(cert, h)
                    ? "; NOT A PROOF of this one: more may have been given after the deletion"
                    : "",
                cert->sub_processors_left_out ? "; not of what sub-processors have" : "");
    }
    *ret = array;
    return good ? OK : mem_none();
}

static err run_list(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct handover *list;
    struct handover_certificate *certificates;
    size_t count, certificate_count;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(handover_list(v, c->arena, &list, &count));
    TRY(handover_certificates(v, c->arena, &certificates, &certificate_count));
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct handover *h = &list[i];
        const char *deletion = handover_deletion_word(handover_deletion(h, certificates, certificate_count, vault_today(v)));
        json_t *item = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:s,s:s}", "handover", h->id, "recipient", h->recipient, "purpose", h->purpose, "kind",
                                 handover_kind_word(h->kind), "evidence", handover_evidence_word(h->evidence), "sent", sent_text(c, v, &h->sent),
                                 "people", (json_int_t)h->people, "fields", handover_field_keys(h), "deletion", deletion, "delete_by",
                                 cli_day_text(c, h->delete_by));
        json_t *certified;
        ENSURE(json_array_append_new(array, item) == 0, mem_none());
        out_say(&c->out, "%-5s %-12s %-12s %-24s %9s people  %-7s  deletion: %s%s%s\n", h->id, h->recipient, h->purpose, sent_text(c, v, &h->sent),
                OUT_N(h->people), handover_evidence_word(h->evidence), deletion, h->delete_by != DAY_UNKNOWN ? ", by " : "",
                cli_day_text(c, h->delete_by));
        TRY(put_certificates(c, v, h, certificates, certificate_count, &certified));
        ENSURE(json_object_set_new(item, "certificates", certified) == 0, mem_none());
    }
    if (count == 0)
        out_say(&c->out, "We don't know yet what your companies have. Start with 'candour handover record', with last year's sent mail or the three companies with the most people.\n");
    out_set(&c->out, "handovers", array);
    return OK;
}

static err run_show(struct cli *c)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    struct handover h;
    struct handover_certificate *certificates;
    size_t count;
    json_t *doc = NULL, *certified;
    TRY(cli_open(c, STORE_READ, &v));
    TRY(handover_load(v, c->arena, cli_word(c, 0), &h));
    TRY(handover_certificates(v, c->arena, &certificates, &count));
    TRY(handover_to_json(&h, &doc));
    out_set(&c->out, "document", doc);
    set_handover(c, &h);
    say_handover(c, v, &h);
    out_say(&c->out, "  Approved by %s. Entry %llu of the log.\n", h.approver, (unsigned long long)h.log_index);
    TRY(put_certificates(c, v, &h, certificates, count, &certified));
    out_set(&c->out, "certificates", certified);
    return OK;
}

static const struct args_word many_ids[] = {{"HANDOVER", ARGS_MANY}, {0}};

const struct command cmd_handover[] = {
    {"handover", "record", "Records what a company was given in the past.",
     "candour -C d handover record --to pellwick --purpose ballot --date 2018-03-02 --file sent.csv --source crm --approved-by \"Returning officer\"",
     NULL, record_options, run_record},
    {"handover", "create", "Makes a file for a company: gate, record, and then the file.",
     "candour -C d handover create --to pellwick --purpose ballot --fields first_name,last_name --out ballot.csv.age --approved-by \"Returning officer\"",
     NULL, create_args, run_create},
    {"handover", "resume", "Releases files that were prepared when a command was cut off.", "candour -C d handover resume", NULL, NULL, run_resume},
    {"handover", "certify", "Records that a company says it has deleted.",
     "candour -C d handover certify H1 --deleted 2018-06-01 --backups --not-believed", many_ids, certify_options, run_certify},
    {"handover", "edit", "Ends a system that a company ran for us.", "candour -C d handover edit H4 --until 2018-06-30", one_id, edit_options, run_edit},
    {"handover", "list", "Shows what was given, and whether it was deleted since.", "candour -C d handover list", NULL, NULL, run_list},
    {"handover", "show", "Shows one hand-over.", "candour -C d handover show H1", one_id, NULL, run_show},
    {0}};
