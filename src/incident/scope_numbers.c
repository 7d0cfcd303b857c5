#include "scope_numbers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jsonio.h"
#include "limits.h"

#define TEXT_BYTES 400u

/* ---- the sums ---- */

static err broken(const char *rule, uint64_t left, uint64_t right)
{
    return err_newf(ERR_INTERNAL, "The numbers don't add up: {} ({} and {}).",
                    "Work out the scope again; if it stays, tell the makers of this program.", err_name(rule),
                    err_int((long long)left), err_int((long long)right));
}

static err check_sums(const struct scope_numbers *n)
{
    uint64_t status = n->members + n->former + n->other;
    uint64_t evidence = n->evidence.exact + n->evidence.listed + n->evidence.rebuilt;
    ENSURE(status == n->affected,
           broken("members, former members and others are not all affected", status, n->affected));
    ENSURE(evidence == n->affected, broken("exact, listed and rebuilt are not all affected", evidence, n->affected));
    return OK;
}

static err check_parts(const struct scope_numbers *n)
{
    const struct {
        const char *rule;
        uint64_t part, whole;
    } parts[] = {
        {"known only from a file, not recorded and deleted since are more than others", n->file_only + n->not_recorded + n->erased, n->other},
        {"kept too long is more than affected", n->past_end, n->affected},
        {"former members kept too long is more than former members", n->past_end_former, n->former},
        {"former members kept too long is more than kept too long", n->past_end_former, n->past_end},
        {"have died is more than affected", n->deceased, n->affected},
        {"deleted since is more than affected", n->erased, n->affected},
        {"gone from the source and known only from a file overlap", n->gone + n->file_only, n->affected},
        {"in danger is more than affected", n->care.in_danger, n->affected},
        {"under 18 is more than affected", n->care.under_18, n->affected},
        {"work e-mail is more than affected", n->care.work_email, n->affected},
        {"old address is more than affected", n->care.old_address, n->affected},
        {"no address is more than affected", n->care.no_address, n->affected},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        ENSURE(parts[i].part <= parts[i].whole, broken(parts[i].rule, parts[i].part, parts[i].whole));
    return OK;
}

static int order_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `texts` is sorted here. */
static err check_once(const char **texts, size_t count, const char *rule)
{
    qsort(texts, count, sizeof *texts, order_text);
    for (size_t i = 1; i < count; i++)
        ENSURE(strcmp(texts[i - 1], texts[i]) != 0, broken(rule, i, i + 1));
    return OK;
}

static err check_names(struct arena *a, const struct scope_numbers *n)
{
    size_t most = n->field_count > n->handover_count ? n->field_count : n->handover_count;
    most = n->category_count > most ? n->category_count : most;
    const char **names = arena_array(a, most + 1, sizeof *names);
    ENSURE(names, mem_none());
    for (size_t i = 0; i < n->field_count; i++)
        names[i] = n->fields[i].field;
    TRY(check_once(names, n->field_count, "a detail is counted twice"));
    for (size_t i = 0; i < n->handover_count; i++)
        names[i] = n->handovers[i];
    TRY(check_once(names, n->handover_count, "a hand-over is named twice"));
    for (size_t i = 0; i < n->category_count; i++)
        names[i] = n->categories[i].category;
    return check_once(names, n->category_count, "a kind of detail is counted twice");
}

static err check_category(const struct scope_numbers *n, const struct scope_category *c)
{
    uint64_t most = 0, sum = 0;
    for (size_t i = 0; i < n->field_count; i++) {
        if (strcmp(n->fields[i].category, c->category) != 0)
            continue;
        sum += n->fields[i].people;
        most = n->fields[i].people > most ? n->fields[i].people : most;
    }
    ENSURE(c->people >= most, broken("a kind of detail has fewer people than one of its details", c->people, most));
    ENSURE(c->people <= sum, broken("a kind of detail has more people than its details together", c->people, sum));
    ENSURE(c->people <= n->affected,
           broken("a kind of detail has more people than are affected", c->people, n->affected));
    return OK;
}

static err check_fields(const struct scope_numbers *n)
{
    for (size_t i = 0; i < n->field_count; i++) {
        const struct scope_field *f = &n->fields[i];
        ENSURE(f->people <= n->affected, broken("a detail has more people than are affected", f->people, n->affected));
        bool found = n->category_count == 0;
        for (size_t c = 0; c < n->category_count && !found; c++)
            found = strcmp(f->category, n->categories[c].category) == 0;
        ENSURE(found, broken("a detail's kind is not counted", i + 1, n->field_count));
    }
    for (size_t i = 0; i < n->category_count; i++)
        TRY(check_category(n, &n->categories[i]));
    return OK;
}

/* So that no sum of this file can run over. */
static err check_limits(const struct scope_numbers *n)
{
    const uint64_t people[] = {
        n->affected,       n->members,         n->former,           n->other,  n->file_only,
        n->past_end,       n->past_end_former, n->deceased,         n->erased, n->gone,
        n->evidence.exact, n->evidence.listed, n->evidence.rebuilt, n->late.people, n->not_recorded,
    };
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        ENSURE(people[i] <= LIMIT_SCOPE_PEOPLE, broken("more people than the limit", people[i], LIMIT_SCOPE_PEOPLE));
    for (size_t i = 0; i < n->field_count; i++)
        ENSURE(n->fields[i].people <= LIMIT_SCOPE_PEOPLE,
               broken("more people than the limit", n->fields[i].people, LIMIT_SCOPE_PEOPLE));
    ENSURE(n->field_count <= LIMIT_SCOPE_FIELDS && n->category_count <= LIMIT_SCOPE_FIELDS,
           broken("more details than the limit", n->field_count, LIMIT_SCOPE_FIELDS));
    ENSURE(n->late.certificate_count <= LIMIT_SCOPE_CERTIFICATES && (n->late.certificate_count || !n->late.people),
           broken("people are left out on the word of no certificate", n->late.people, n->late.certificate_count));
    ENSURE(n->handover_count <= LIMIT_SCOPE_HANDOVERS,
           broken("more hand-overs than the limit", n->handover_count, LIMIT_SCOPE_HANDOVERS));
    return OK;
}

err scope_numbers_check(const struct scope_numbers *n)
{
    TRY(check_limits(n));
    TRY(check_sums(n));
    TRY(check_parts(n));
    CLEANUP(arena_release) struct arena *a = arena_new();
    ENSURE(a, mem_none());
    TRY(check_names(a, n));
    return check_fields(n);
}

/* ---- JSON ---- */

static json_t *fields_json(const struct scope_numbers *n)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < n->field_count && !bad; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "field", n->fields[i].field);
        jsonio_put_text(&j, "label", n->fields[i].label);
        jsonio_put_text(&j, "category", n->fields[i].category);
        jsonio_put_number(&j, "people", n->fields[i].people);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *categories_json(const struct scope_numbers *n)
{
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < n->category_count && !bad; i++) {
        struct jsonio j = jsonio_object();
        jsonio_put_text(&j, "category", n->categories[i].category);
        jsonio_put_text(&j, "label", n->categories[i].label);
        jsonio_put_number(&j, "people", n->categories[i].people);
        jsonio_append(list, &j, &bad);
    }
    return jsonio_whole(list, bad);
}

static json_t *evidence_json(const struct scope_numbers *n)
{
    struct jsonio j = jsonio_object();
    jsonio_put_number(&j, "exact", n->evidence.exact);
    jsonio_put_number(&j, "listed", n->evidence.listed);
    jsonio_put_number(&j, "rebuilt", n->evidence.rebuilt);
    return jsonio_take(&j);
}

static json_t *care_json(const struct scope_care *c)
{
    struct jsonio j = jsonio_object();
    jsonio_put_number(&j, "in_danger", c->in_danger);
    jsonio_put_number(&j, "under_18", c->under_18);
    jsonio_put_number(&j, "work_email", c->work_email);
    jsonio_put_number(&j, "old_address", c->old_address);
    jsonio_put_number(&j, "no_address", c->no_address);
    return jsonio_take(&j);
}

static json_t *late_json(const struct scope_late *l)
{
    struct jsonio j = jsonio_object();
    jsonio_put_number(&j, "people", l->people);
    jsonio_put_texts(&j, "certificates", l->certificates, l->certificate_count);
    return jsonio_take(&j);
}

err scope_numbers_json(const struct scope_numbers *n, json_t **ret)
{
    TRY(scope_numbers_check(n));
    CLEANUP(jsonio_drop) struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "incident", n->incident);
    jsonio_put_number(&j, "version", n->version);
    jsonio_put_time(&j, "at", n->at);
    jsonio_put_number(&j, "affected", n->affected);
    jsonio_put_number(&j, "members", n->members);
    jsonio_put_number(&j, "former", n->former);
    jsonio_put_number(&j, "other", n->other);
    jsonio_put_number(&j, "file_only", n->file_only);
    jsonio_put_number(&j, "not_recorded", n->not_recorded);
    jsonio_put_number(&j, "past_end", n->past_end);
    jsonio_put_number(&j, "past_end_former", n->past_end_former);
    jsonio_put(&j, "evidence", evidence_json(n));
    jsonio_put(&j, "fields", fields_json(n));
    jsonio_put(&j, "categories", categories_json(n));
    jsonio_put_texts(&j, "handovers", n->handovers, n->handover_count);
    jsonio_put_number(&j, "deceased", n->deceased);
    jsonio_put_number(&j, "erased", n->erased);
    jsonio_put_number(&j, "gone", n->gone);
    jsonio_put(&j, "care", care_json(&n->care));
    jsonio_put(&j, "late_certificates", late_json(&n->late));
    return jsonio_finish(&j, ret);
}

static err people(struct jsonio_in *in, const char *key, uint64_t *ret)
{
    return jsonio_number(in, key, LIMIT_SCOPE_PEOPLE, ret);
}

static err decode_people(struct jsonio_in *in, struct scope_numbers *n)
{
    const struct {
        const char *key;
        uint64_t *to;
    } keys[] = {
        {"affected", &n->affected},   {"members", &n->members},
        {"former", &n->former},       {"other", &n->other},
        {"file_only", &n->file_only}, {"past_end", &n->past_end},
        {"deceased", &n->deceased},   {"erased", &n->erased},
        {"gone", &n->gone},           {"past_end_former", &n->past_end_former},
        {"not_recorded", &n->not_recorded},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        TRY(people(in, keys[i].key, keys[i].to));
    struct jsonio_in inner;
    TRY(jsonio_inner(in, "evidence", &inner));
    TRY(people(&inner, "exact", &n->evidence.exact));
    TRY(people(&inner, "listed", &n->evidence.listed));
    TRY(people(&inner, "rebuilt", &n->evidence.rebuilt));
    TRY(jsonio_close(&inner));
    TRY(jsonio_inner(in, "care", &inner));
    TRY(people(&inner, "in_danger", &n->care.in_danger));
    TRY(people(&inner, "under_18", &n->care.under_18));
    TRY(people(&inner, "work_email", &n->care.work_email));
    TRY(people(&inner, "old_address", &n->care.old_address));
    TRY(people(&inner, "no_address", &n->care.no_address));
    TRY(jsonio_close(&inner));
    TRY(jsonio_inner(in, "late_certificates", &inner));
    TRY(people(&inner, "people", &n->late.people));
    TRY(jsonio_texts(&inner, "certificates", LIMIT_SCOPE_CERTIFICATES, TEXT_BYTES, &n->late.certificates, &n->late.certificate_count));
    return jsonio_close(&inner);
}

static err decode_fields(struct jsonio_in *in, struct scope_numbers *n)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "fields", LIMIT_SCOPE_FIELDS, &list));
    n->field_count = json_array_size(list);
    struct scope_field *fields = arena_array(in->arena, n->field_count + 1, sizeof *fields);
    ENSURE(fields, mem_none());
    for (size_t i = 0; i < n->field_count; i++) {
        struct jsonio_in one;
        TRY(jsonio_open(in->arena, json_array_get(list, i), "fields", &one));
        TRY(jsonio_text(&one, "field", TEXT_BYTES, &fields[i].field));
        TRY(jsonio_text(&one, "label", TEXT_BYTES, &fields[i].label));
        TRY(jsonio_text(&one, "category", TEXT_BYTES, &fields[i].category));
        TRY(people(&one, "people", &fields[i].people));
        TRY(jsonio_close(&one));
    }
    n->fields = fields;
    return OK;
}

static err decode_categories(struct jsonio_in *in, struct scope_numbers *n)
{
    const json_t *list = NULL;
    TRY(jsonio_array(in, "categories", LIMIT_SCOPE_FIELDS, &list));
    n->category_count = json_array_size(list);
    struct scope_category *categories = arena_array(in->arena, n->category_count + 1, sizeof *categories);
    ENSURE(categories, mem_none());
    for (size_t i = 0; i < n->category_count; i++) {
        struct jsonio_in one;
        TRY(jsonio_open(in->arena, json_array_get(list, i), "categories", &one));
        TRY(jsonio_text(&one, "category", TEXT_BYTES, &categories[i].category));
        TRY(jsonio_text(&one, "label", TEXT_BYTES, &categories[i].label));
        TRY(people(&one, "people", &categories[i].people));
        TRY(jsonio_close(&one));
    }
    n->categories = categories;
    return OK;
}

err scope_numbers_decode(struct arena *a, const json_t *from, struct scope_numbers *ret)
{
    struct scope_numbers n = {0};
    struct jsonio_in in;
    uint64_t version = 0;
    TRY(jsonio_open(a, from, "scope", &in));
    TRY(jsonio_text(&in, "incident", TEXT_BYTES, &n.incident));
    TRY(jsonio_number(&in, "version", UINT32_MAX, &version));
    n.version = (uint32_t)version;
    TRY(jsonio_time(&in, "at", WHEN_UNKNOWN_EARLY, &n.at));
    TRY(decode_people(&in, &n));
    TRY(decode_fields(&in, &n));
    TRY(decode_categories(&in, &n));
    TRY(jsonio_texts(&in, "handovers", LIMIT_SCOPE_HANDOVERS, TEXT_BYTES, &n.handovers, &n.handover_count));
    TRY(jsonio_close(&in));
    if (scope_numbers_check(&n).kind != ERR_OK)
        return err_new(ERR_INVALID, "The stored numbers of a scope don't add up.", "Work out the scope again.");
    *ret = n;
    return OK;
}
