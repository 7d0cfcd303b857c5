#include "people_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANDFUL = 2000 };

static bool is_number(const char *what, uint32_t *ret)
{
    char *end = NULL;
    unsigned long n = what[0] == '#' ? strtoul(what + 1, &end, 10) : 0;
    *ret = (uint32_t)n;
    return end && end != what + 1 && *end == 0 && n < UINT32_MAX;
}

err people_one(struct vault *v, const struct config *config, const char *what, uint32_t *ret)
{
    if (!is_number(what, ret))
        return people_find_one(v, config, view_text(what), ret);
    uint64_t count;
    TRY(people_count(v, &count));
    ENSURE(*ret < count, err_new(ERR_NOT_FOUND, "There is nobody of that number.", "'candour person find' looks for people."));
    return OK;
}

err people_arg(struct cli *c, struct vault *v, const struct config *config, size_t word, uint32_t *ret)
{
    return people_one(v, config, cli_word(c, word), ret);
}

static const char *id_in(struct arena *a, const struct config *config, const struct person *p, const char *key, int64_t at)
{
    uint16_t no = field_no_of(&config->numbers, key);
    struct view text = no ? person_text(p, &config->numbers, no, at) : (struct view){0};
    return text.len ? arena_text(a, (const char *)text.p, text.len) : NULL;
}

const char *people_id(struct arena *a, const struct config *config, const struct person *p, int64_t at)
{
    const char *id = id_in(a, config, p, "external_identifier", at);
    for (size_t i = 0; !id && i < config->source_count; i++) {
        for (size_t k = 0; !id && k < config->sources[i].id_count; k++)
            id = id_in(a, config, p, config->sources[i].ids[k], at);
    }
    char number[16];
    int len = snprintf(number, sizeof number, "#%u", p->ordinal);
    id = id ? id : arena_text(a, number, (size_t)len);
    return id ? id : "";
}

err people_many(struct vault *v, bool *ret)
{
    uint64_t count;
    TRY(people_count(v, &count));
    *ret = count > HANDFUL;
    return OK;
}

err people_warrant(struct vault *v)
{
    uint64_t count;
    TRY(people_count(v, &count));
    return vault_warrant_reading(v, 2 * count); /* who has several records is opened twice */
}
