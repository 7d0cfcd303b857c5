#include "cli.h"

#include "digest.h"
#include "seam.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 8192 };

err cli_options(struct cli *c, struct vault_options *ret)
{
    ENSURE(c->dir && c->dir[0], err_new(ERR_USAGE, "Which data directory is meant?", "Name it with -C DIR or the variable CANDOUR_DIR."));
    *ret = (struct vault_options){.dir = c->dir, .program = c->program, .command = c->label, .has_now = c->has_now, .now = c->now,
                                   .passphrase = &c->source, .alarms = &c->alarms};
    return OK;
}

err cli_open(struct cli *c, enum store_mode mode, struct vault **ret)
{
    struct vault_options o;
    TRY(cli_options(c, &o));
    return vault_open(&o, mode, ret);
}

err cli_change(struct cli *c, struct vault **ret)
{
    CLEANUP(vault_close) struct vault *v = NULL;
    TRY(cli_open(c, STORE_WRITE, &v));
    TRY(vault_lease(v));
    TRY(vault_can_publish(v));
    TRY(vault_begin(v));
    *ret = v;
    v = NULL;
    return OK;
}

err cli_done(struct cli *c, struct vault *v)
{
    (void)c;
    TRY(vault_commit(v));
    seam_crash_point("committed");
    return vault_publish(v);
}

static void add_word(struct digest *d, const char *text)
{
    digest_add(d, view_of(text, strlen(text) + 1));
}

err cli_job_key(const struct cli *c, struct vault *v, uint8_t key[32])
{
    struct digest d;
    digest_begin(&d);
    add_word(&d, c->label);
    for (size_t i = 0; i < c->args.word_count; i++)
        add_word(&d, c->args.words[i]);
    for (size_t i = 0; i < c->args.given_count; i++) {
        const struct args_given *g = &c->args.given[i];
        if (strcmp(g->option->name, "now") == 0 || strcmp(g->option->name, "json") == 0)
            continue;
        add_word(&d, g->option->name);
        add_word(&d, g->value ? g->value : "");
    }
    struct hash h = digest_end(&d);
    return vault_job_key(v, h.b, key);
}

void cli_say_again(struct cli *c, bool again)
{
    out_set(&c->out, "again", json_boolean(again));
    if (again)
        out_note(&c->out, "The same command did this just before: it is not done a second time.\n");
}

/* --- reading values --- */

err cli_write_new(const char *path, struct view bytes)
{
    err e = seam_create_once(path, bytes);
    ENSURE(e.kind != ERR_CORRUPT,
           err_at(err_new(ERR_CONFLICT, "This file is there already, with something else in it.", "Choose another name, or move it away."), path, 0, 0));
    ENSURE(e.kind != ERR_NOT_FOUND, err_at(err_new(ERR_NOT_FOUND, "There is no such folder to put the file in.", "Make the folder, or choose another."), path, 0, 0));
    return e;
}

err cli_at(err e, const char *option)
{
    char place[64];
    snprintf(place, sizeof place, "--%s", option);
    return err_at(e, place, 0, 0);
}

err cli_day(const struct cli *c, const char *option, int32_t *ret)
{
    const char *text = args_value(&c->args, option);
    *ret = DAY_UNKNOWN;
    return text ? cli_at(when_parse_day(view_text(text), ret), option) : OK;
}

err cli_number(const struct cli *c, const char *option, uint64_t max, uint64_t *ret)
{
    const char *text = args_value(&c->args, option);
    if (!text)
        return OK;
    uint64_t n = 0;
    bool good = text[0] != 0 && strlen(text) < 19;
    for (const char *p = text; good && *p; p++) {
        good = *p >= '0' && *p <= '9';
        n = n * 10 + (uint64_t)(*p - '0');
    }
    ENSURE(good && n <= max, cli_at(err_newf(ERR_USAGE, "\"{}\" is not a whole number up to {}.", "Write it in digits.", err_name(text),
                                             err_int((long long)max)), option));
    *ret = n;
    return OK;
}

const char *cli_word(const struct cli *c, size_t i)
{
    const char *word = args_word(&c->args, i);
    CHECK(word);
    return word;
}

err cli_unknown(const char *thing, const char *name, const char *const *candidates, size_t count)
{
    long near = text_nearest(name, candidates, count);
    if (near >= 0)
        return err_newf(ERR_INVALID, "There is no {} \"{}\".", "Did you mean {}? 'candour {} list' shows all.", err_name(thing),
                        err_name(name), err_name(candidates[near]), err_name(thing));
    return err_newf(ERR_INVALID, "There is no {} \"{}\".", "'candour {} list' shows all; 'candour {} add' makes one.", err_name(thing),
                    err_name(name), err_name(thing), err_name(thing));
}

err cli_field(struct cli *c, const struct config *config, const char *key, const struct field **ret)
{
    *ret = catalogue_find(&config->catalogue, view_text(key));
    if (!*ret)
        *ret = catalogue_default(view_text(key));
    if (*ret)
        return OK;
    const char **keys = arena_array(c->arena, config->catalogue.count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < config->catalogue.count; i++)
        keys[i] = config->catalogue.fields[i].key;
    return cli_unknown("field", key, keys, config->catalogue.count);
}

err cli_purpose(struct cli *c, const struct config *config, const char *key, const struct purpose **ret)
{
    *ret = config_purpose(config, view_text(key));
    if (*ret)
        return OK;
    const char **keys = arena_array(c->arena, config->purpose_count + 1, sizeof *keys);
    ENSURE(keys, mem_none());
    for (size_t i = 0; i < config->purpose_count; i++)
        keys[i] = config->purposes[i].key;
    return cli_unknown("purpose", key, keys, config->purpose_count);
}

const char *cli_text(struct cli *c, const char *format, ...)
{
    char text[TEXT_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    CHECK(len >= 0);
    char *copy = arena_text(c->arena, text, strlen(text));
    return copy ? copy : "";
}

const char *cli_in_line(struct cli *c, const char *value)
{
    CLEANUP(buf_free) struct buf b = BUF(8 * LIMIT_RECORD_BYTES);
    text_in_line(&b, view_text(value));
    const char *shown = buf_ok(&b).kind == ERR_OK ? arena_text(c->arena, buf_text(&b), b.len) : NULL;
    return shown ? shown : "";
}

const char *cli_day_text(struct cli *c, int32_t day)
{
    CLEANUP(buf_free) struct buf b = BUF(64);
    if (day != DAY_UNKNOWN)
        when_put_day(&b, day);
    return cli_text(c, "%s", buf_text(&b));
}

const char *cli_time_text(struct cli *c, const struct vault *v, int64_t instant)
{
    CLEANUP(buf_free) struct buf b = BUF(64);
    err_ignore(when_put_local(&b, instant, &v->zone), "a time that can't be written shows as nothing");
    return cli_text(c, "%s", buf_text(&b));
}

json_t *cli_json_day(int32_t day)
{
    if (day == DAY_UNKNOWN)
        return json_null();
    CLEANUP(buf_free) struct buf b = BUF(64);
    when_put_day(&b, day);
    return json_string(buf_text(&b));
}
