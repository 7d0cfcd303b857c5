#include "handover_int.h"

#include "jsonio.h"

#include <string.h>

enum { TEXT_MAX = 1000, FIELDS_MAX = 1024 };

static const char *const kind_words[] = {"file", "rule", "system", "their-list", "created"};
static const char *const evidence_words[] = {"exact", "listed", "rebuilt"};

const char *handover_kind_word(enum handover_kind kind)
{
    CHECK((unsigned)kind < HANDOVER_KINDS);
    return kind_words[kind];
}

const char *handover_evidence_word(enum handover_evidence evidence)
{
    CHECK((unsigned)evidence < HANDOVER_EVIDENCES);
    return evidence_words[evidence];
}

enum handover_evidence handover_evidence_of(enum handover_kind kind, uint64_t people, uint64_t exact)
{
    static const enum handover_evidence table[HANDOVER_KINDS] = {
        [HANDOVER_FILE] = HANDOVER_EXACT,   [HANDOVER_RULE] = HANDOVER_REBUILT, [HANDOVER_SYSTEM] = HANDOVER_REBUILT,
        [HANDOVER_THEIR_LIST] = HANDOVER_LISTED, [HANDOVER_CREATED] = HANDOVER_EXACT,
    };
    if (kind == HANDOVER_SYSTEM && exact == people)
        return HANDOVER_EXACT;
    return table[kind];
}

/* --- JSON --- */

json_t *handover_time_json(int64_t t)
{
    if (t == WHEN_UNKNOWN_EARLY || t == WHEN_UNKNOWN_LATE)
        return json_string("unknown");
    CLEANUP(buf_free) struct buf b = BUF(64);
    when_put_utc(&b, t);
    return json_string(buf_text(&b));
}

static json_t *hash_json(const struct hash *h)
{
    CLEANUP(buf_free) struct buf b = BUF(128);
    buf_hex(&b, hash_view(h));
    return json_string(buf_text(&b));
}

static json_t *fields_json(const struct handover *h)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < h->field_count; i++) {
        const struct handover_field *f = &h->fields[i];
        json_t *item = json_pack("{s:s, s:I, s:b, s:o}", "field", f->key, "people", (json_int_t)f->people, "lacks", f->lacks, "sha256", hash_json(&f->sha));
        if (!item || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *handover_field_keys(const struct handover *h)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < h->field_count && !bad; i++)
        bad = json_array_append_new(list, json_string(h->fields[i].key)) != 0;
    return jsonio_whole(list, bad);
}

err handover_to_json(const struct handover *h, json_t **ret)
{
    CLEANUP(buf_free) struct buf commitment = BUF(64), due = BUF(16);
    buf_hex(&commitment, view_of(h->commitment, sizeof h->commitment));
    when_put_day(&due, h->delete_by);
    *ret = json_pack("{s:s,s:s,s:s,s:s,s:s, s:{s:o,s:o}, s:o, s:s,s:s,s:s,s:s,s:s, s:o,s:s, s:I,s:I,s:I,s:I,s:I, s:o,s:o,s:o,s:s, s:o, s:I}",
                     "id", h->id, "recipient", h->recipient, "purpose", h->purpose, "kind", handover_kind_word(h->kind), "evidence",
                     handover_evidence_word(h->evidence), "sent", "earliest", handover_time_json(h->sent.earliest), "latest",
                     handover_time_json(h->sent.latest), "recorded_at", handover_time_json(h->recorded_at), "approver", h->approver, "source",
                     h->source, "selection", h->selection, "file", h->file, "marks", h->marks, "file_sha256", hash_json(&h->file_sha),
                     "delete_by", h->delete_by == DAY_UNKNOWN ? "" : buf_text(&due), "people", (json_int_t)h->people, "matched",
                     (json_int_t)h->matched, "file_only", (json_int_t)h->file_only, "ambiguous", (json_int_t)h->ambiguous, "exact",
                     (json_int_t)h->exact, "set_sha256", hash_json(&h->set_sha), "exact_sha256", hash_json(&h->exact_sha), "set_root", hash_json(&h->set_root), "commitment", buf_text(&commitment), "fields",
                     fields_json(h), "log_index", (json_int_t)h->log_index);
    return *ret ? OK : mem_none();
}

static err bad(void)
{
    return err_new(ERR_CORRUPT, "The record of a hand-over is not understood.", "Run 'candour fsck'.");
}

static err word_from(const json_t *j, const char *name, const char *const *words, int count, int *ret)
{
    const char *text = json_string_value(json_object_get(j, name));
    for (*ret = 0; text && *ret < count; ++*ret)
        if (strcmp(words[*ret], text) == 0)
            return OK;
    return bad();
}

err handover_time_from(const json_t *value, int64_t unknown, int64_t *ret)
{
    const char *text = json_string_value(value);
    ENSURE(text, bad());
    *ret = unknown;
    return strcmp(text, "unknown") == 0 ? OK : when_parse_instant(view_text(text), ret);
}

static err hash_from(const json_t *j, const char *name, struct hash *ret)
{
    const char *text = json_string_value(json_object_get(j, name));
    ENSURE(text && hex_decode(ret->b, HASH_BYTES, view_text(text)), bad());
    return OK;
}

static err fields_from(struct arena *a, const json_t *j, struct handover *h)
{
    const json_t *list = json_object_get(j, "fields");
    h->field_count = json_array_size(list);
    ENSURE(json_is_array(list) && h->field_count <= FIELDS_MAX, bad());
    struct handover_field *fields = arena_array(a, h->field_count + 1, sizeof *fields);
    ENSURE(fields, mem_none());
    for (size_t i = 0; i < h->field_count; i++) {
        const json_t *item = json_array_get(list, i);
        struct jsonio_in in;
        TRY(jsonio_open(a, item, "fields", &in));
        TRY(jsonio_line(&in, "field", TEXT_MAX, &fields[i].key));
        TRY(jsonio_number(&in, "people", UINT32_MAX, &fields[i].people));
        TRY(jsonio_bool(&in, "lacks", &fields[i].lacks));
        TRY(hash_from(item, "sha256", &fields[i].sha));
    }
    h->fields = fields;
    return OK;
}

/* As it was typed: a file's name may hold anything. */
static err text_from(struct arena *a, const json_t *j, const char *name, const char **ret)
{
    const char *text = json_string_value(json_object_get(j, name));
    ENSURE(text, bad());
    *ret = arena_text(a, text, strlen(text));
    return *ret ? OK : mem_none();
}

static err sums_from(struct jsonio_in *in, struct handover *h)
{
    const struct {
        const char *name;
        uint64_t *to;
    } sums[] = {{"people", &h->people}, {"matched", &h->matched}, {"file_only", &h->file_only}, {"ambiguous", &h->ambiguous}, {"exact", &h->exact}, {"log_index", &h->log_index}};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        TRY(jsonio_number(in, sums[i].name, INT64_MAX, sums[i].to));
    return OK;
}

err handover_from_json(struct arena *a, const json_t *j, struct handover *ret)
{
    struct handover h = {0};
    struct jsonio_in in;
    TRY(jsonio_open(a, j, "hand-over", &in));
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"id", &h.id}, {"recipient", &h.recipient}, {"purpose", &h.purpose}, {"approver", &h.approver}, {"source", &h.source},
                 {"selection", &h.selection}, {"file", &h.file}, {"marks", &h.marks}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        TRY(text_from(a, j, texts[i].name, texts[i].to));
    int kind, evidence;
    TRY(word_from(j, "kind", kind_words, HANDOVER_KINDS, &kind));
    TRY(word_from(j, "evidence", evidence_words, HANDOVER_EVIDENCES, &evidence));
    h.kind = (enum handover_kind)kind;
    h.evidence = (enum handover_evidence)evidence;
    const json_t *sent = json_object_get(j, "sent");
    TRY(handover_time_from(json_object_get(sent, "earliest"), WHEN_UNKNOWN_EARLY, &h.sent.earliest));
    TRY(handover_time_from(json_object_get(sent, "latest"), WHEN_UNKNOWN_LATE, &h.sent.latest));
    TRY(handover_time_from(json_object_get(j, "recorded_at"), WHEN_UNKNOWN_LATE, &h.recorded_at));
    const char *due = json_string_value(json_object_get(j, "delete_by"));
    ENSURE(due, bad());
    h.delete_by = DAY_UNKNOWN;
    if (due[0])
        TRY(when_parse_day(view_text(due), &h.delete_by));
    TRY(sums_from(&in, &h));
    TRY(hash_from(j, "file_sha256", &h.file_sha));
    TRY(hash_from(j, "set_sha256", &h.set_sha));
    TRY(hash_from(j, "exact_sha256", &h.exact_sha));
    TRY(hash_from(j, "set_root", &h.set_root));
    const char *commitment = json_string_value(json_object_get(j, "commitment"));
    ENSURE(commitment && hex_decode(h.commitment, sizeof h.commitment, view_text(commitment)), bad());
    TRY(fields_from(a, j, &h));
    *ret = h;
    return OK;
}
