/* Deletion certificates: what a recipient wrote about having deleted. */
#include "handover_int.h"

#include "entry.h"
#include "jsonio.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 400, HANDOVERS_MAX = 400 };

json_t *handover_certificate_to_json(const struct handover_certificate *c)
{
    return json_pack("{s:s,s:s,s:o,s:b,s:o, s:{s:o,s:o}, s:b,s:b,s:b, s:o,s:o,s:s}", "id", c->id, "recipient", c->recipient, "handovers",
                     jsonio_list(c->handovers, c->handover_count), "all_before", c->all_before, "before", handover_time_json(c->all_before ? c->before : WHEN_UNKNOWN_LATE),
                     "deleted", "earliest", handover_time_json(c->deleted.earliest), "latest", handover_time_json(c->deleted.latest), "backups",
                     c->backups, "sub_processors_left_out", c->sub_processors_left_out, "believed", c->believed, "received_at",
                     handover_time_json(c->received_at), "recorded_at", handover_time_json(c->recorded_at), "signed_by", c->signed_by);
}

static err bad(void)
{
    return err_new(ERR_CORRUPT, "The record of a deletion certificate is not understood.", "Run 'candour fsck'.");
}

err handover_certificate_from_json(struct arena *a, const json_t *j, struct handover_certificate *ret)
{
    const json_t *list = json_object_get(j, "handovers"), *deleted = json_object_get(j, "deleted");
    const char *signed_by = json_string_value(json_object_get(j, "signed_by"));
    struct handover_certificate *c = ret;
    struct jsonio_in in;
    TRY(jsonio_open(a, j, "certificate", &in));
    TRY(jsonio_line(&in, "id", TEXT_MAX, &c->id));
    TRY(jsonio_line(&in, "recipient", TEXT_MAX, &c->recipient));
    TRY(jsonio_bool(&in, "all_before", &c->all_before));
    TRY(jsonio_bool(&in, "backups", &c->backups));
    TRY(jsonio_bool(&in, "sub_processors_left_out", &c->sub_processors_left_out));
    TRY(jsonio_bool(&in, "believed", &c->believed));
    TRY(handover_time_from(json_object_get(j, "before"), WHEN_UNKNOWN_LATE, &c->before));
    TRY(handover_time_from(json_object_get(deleted, "earliest"), WHEN_UNKNOWN_EARLY, &c->deleted.earliest));
    TRY(handover_time_from(json_object_get(deleted, "latest"), WHEN_UNKNOWN_LATE, &c->deleted.latest));
    TRY(handover_time_from(json_object_get(j, "received_at"), WHEN_UNKNOWN_LATE, &c->received_at));
    TRY(handover_time_from(json_object_get(j, "recorded_at"), WHEN_UNKNOWN_LATE, &c->recorded_at));
    ENSURE(json_is_array(list) && json_is_object(deleted), bad());
    c->handover_count = json_array_size(list);
    const char **ids = arena_array(a, c->handover_count + 1, sizeof *ids);
    ENSURE(signed_by && c->handover_count <= HANDOVERS_MAX, bad());
    c->signed_by = arena_text(a, signed_by, strlen(signed_by));
    ENSURE(ids && c->signed_by, mem_none());
    for (size_t i = 0; i < c->handover_count; i++) {
        const char *id = json_string_value(json_array_get(list, i));
        ENSURE(id, bad());
        ENSURE(ids[i] = arena_text(a, id, strlen(id)), mem_none());
    }
    c->handovers = ids;
    return OK;
}

err handover_certificate_save(struct vault *v, struct arena *a, struct handover_certificate *c)
{
    char id[16];
    uint32_t number;
    ENSURE(c->handover_count <= HANDOVERS_MAX, err_new(ERR_LIMIT, "One certificate names too many hand-overs.", "Use --all-before DATE."));
    if (!c->id) {
        TRY(vault_next_id(v, "certificate", &number));
        snprintf(id, sizeof id, "C%u", number);
        ENSURE(c->id = arena_text(a, id, strlen(id)), mem_none());
    }
    CLEANUP(jsonio_release) json_t *doc = handover_certificate_to_json(c);
    struct hash hash;
    ENSURE(doc, mem_none());
    TRY(vault_doc_put(v, "certificate", c->id, doc, &hash));
    return vault_entry(v, json_pack("{s:s,s:o,s:s,s:o}", "kind", "certificate", "handovers", jsonio_list(c->handovers, c->handover_count), "action",
                                    c->believed ? "believed" : "not-believed", "doc", entry_hash(&hash)), NULL);
}

err handover_certificates(struct vault *v, struct arena *a, struct handover_certificate **ret, size_t *ret_count)
{
    CLEANUP(jsonio_release) json_t *docs = NULL;
    TRY(vault_docs(v, "certificate", &docs));
    *ret_count = json_array_size(docs);
    *ret = arena_array(a, *ret_count + 1, sizeof **ret);
    ENSURE(*ret, mem_none());
    for (size_t i = 0; i < *ret_count; i++)
        TRY(handover_certificate_from_json(a, json_object_get(json_array_get(docs, i), "doc"), &(*ret)[i]));
    return OK;
}

err handover_certificate_fits(const struct handover_certificate *c, const struct handover *h)
{
    ENSURE(strcmp(c->recipient, h->recipient) == 0,
           err_newf(ERR_INVALID, "Hand-over {} was given to {}, not to {}.", "Leave it out, or give --from its own recipient.", err_name(h->id),
                    err_name(h->recipient), err_name(c->recipient)));
    bool runs = h->kind == HANDOVER_SYSTEM && h->sent.latest == WHEN_UNKNOWN_LATE;
    ENSURE(!runs, err_newf(ERR_INVALID, "Hand-over {} is a system that still runs: what comes into it can't be deleted yet.",
                           "Leave it out.", err_name(h->id)));
    ENSURE(c->deleted.latest >= h->sent.earliest,
           err_newf(ERR_INVALID, "Hand-over {} was given only after the day of the deletion.", "Check --deleted, or leave it out.", err_name(h->id)));
    return OK;
}

bool handover_certificate_promises(const struct handover_certificate *c)
{
    return c->received_at < c->deleted.earliest;
}

bool handover_certificate_names(const struct handover_certificate *c, const struct handover *h)
{
    err e = handover_certificate_fits(c, h);
    if (e.kind != ERR_OK) {
        err_ignore(e, "then it says nothing of this one");
        return false;
    }
    if (c->all_before)
        return handover_sent_latest(h) < c->before;
    for (size_t i = 0; i < c->handover_count; i++)
        if (strcmp(c->handovers[i], h->id) == 0)
            return true;
    return false;
}

bool handover_certificate_too_early(const struct handover_certificate *c, const struct handover *h)
{
    return h->kind == HANDOVER_SYSTEM ? c->deleted.earliest <= h->sent.latest
                                      : c->deleted.latest < handover_sent_latest(h);
}

static enum handover_deletion deletion_by(const struct handover_certificate *c, const struct handover *h)
{
    if (!c->believed)
        return HANDOVER_CLAIMED;
    if (handover_certificate_too_early(c, h))
        return HANDOVER_BUT_LATER;
    return c->backups ? HANDOVER_PROVEN : HANDOVER_BUT_BACKUPS;
}

enum handover_deletion handover_deletion(const struct handover *h, const struct handover_certificate *list, size_t count, int32_t today)
{
    enum handover_deletion best = HANDOVER_NOTHING_AGREED;
    for (size_t i = 0; i < count; i++) {
        if (!handover_certificate_names(&list[i], h))
            continue;
        enum handover_deletion by = deletion_by(&list[i], h);
        best = by > best ? by : best;
    }
    if (best != HANDOVER_NOTHING_AGREED)
        return best;
    if (h->delete_by == DAY_UNKNOWN)
        return HANDOVER_NOTHING_AGREED;
    return today > h->delete_by ? HANDOVER_OVERDUE : HANDOVER_DUE;
}

const char *handover_deletion_word(enum handover_deletion d)
{
    static const char *const words[] = {
        [HANDOVER_NOTHING_AGREED] = "nothing agreed",
        [HANDOVER_DUE] = "due",
        [HANDOVER_OVERDUE] = "overdue",
        [HANDOVER_CLAIMED] = "claimed, not believed",
        [HANDOVER_BUT_LATER] = "not proven: more may have been given after it",
        [HANDOVER_BUT_BACKUPS] = "proven, but not of backups",
        [HANDOVER_PROVEN] = "proven",
    };
    return words[d];
}
