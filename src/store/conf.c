#include "conf.h"

#include "lines.h"
#include "seam.h"

#include <stdio.h>
#include <string.h>

/* --- reading --- */

static bool put_text(char *to, size_t size, struct view value)
{
    if (value.len == 0 || value.len >= size || memchr(value.p, 0, value.len))
        return false;
    memcpy(to, value.p, value.len);
    to[value.len] = 0;
    return true;
}

static bool put_answer(bool *to, struct view value)
{
    *to = view_equal(value, view_text("yes"));
    return *to || view_equal(value, view_text("no"));
}

static bool set_format(struct conf *c, struct view value)
{
    (void)c;
    return view_equal(value, view_text("1"));
}

static bool set_made(struct conf *c, struct view value)
{
    return put_answer(&c->made, value);
}

static bool set_practice(struct conf *c, struct view value)
{
    return put_answer(&c->practice, value);
}

static bool set_zone(struct conf *c, struct view value)
{
    return put_text(c->zone, sizeof c->zone, value);
}

static bool set_org(struct conf *c, struct view value)
{
    return hex_decode(c->org, ORG_BYTES, value);
}

static bool set_slot(struct conf *c, struct view value)
{
    return c->slot_count < SLOT_SHARES_MAX && put_text(c->slots[c->slot_count++], LIMIT_PATH_BYTES, value);
}

static bool set_home(struct conf *c, struct view value)
{
    return put_text(c->home, sizeof c->home, value);
}

static bool set_beside(struct conf *c, struct view value)
{
    return put_text(c->beside, sizeof c->beside, value);
}

enum { KEY_FORMAT, KEY_SLOT = 5, KEYS = 8, KEYS_NEEDED = 6 };

static const struct {
    const char *start;
    bool (*set)(struct conf *c, struct view value);
} keys[KEYS] = {
    [KEY_FORMAT] = {"format = ", set_format},
    {"made = ", set_made},
    {"practice = ", set_practice},
    {"zone = ", set_zone},
    {"organisation = ", set_org},
    [KEY_SLOT] = {"slot = ", set_slot},
    {"home = ", set_home},
    {"beside = ", set_beside},
};

static err bad(const char *file, uint64_t line)
{
    return err_at(err_new(ERR_INVALID, "This line of candour.conf is not understood.",
                          "Put candour.conf back as it was; a backup has a copy. Of its lines only 'slot = PATH' may be edited."), file, line, 0);
}

static err other_version(const char *file, uint64_t line)
{
    return err_at(err_new(ERR_INVALID, "This data directory was made by another version of Candour.",
                          "Use the version that it was made with; 'candour --version' says which this one is."), file, line, 0);
}

static err parse_line(struct conf *c, const char *file, uint64_t number, struct view line, unsigned *seen)
{
    for (int i = 0; i < KEYS; i++) {
        if (!lines_skip(&line, keys[i].start))
            continue;
        ENSURE(i == KEY_SLOT || !(*seen & 1u << i), bad(file, number));
        *seen |= 1u << i;
        bool good = keys[i].set(c, line);
        ENSURE(good || i != KEY_FORMAT, other_version(file, number));
        ENSURE(good, bad(file, number));
        return OK;
    }
    return bad(file, number);
}

err conf_parse(const char *file, struct view text, struct conf *ret)
{
    unsigned seen = 0;
    uint64_t number = 0;
    memset(ret, 0, sizeof *ret);
    while (text.len) {
        struct view line = text;
        number++;
        if (!lines_take(&text, &line))
            text = (struct view){0}; /* an editor left out the last line's end */
        if (line.len && line.p[0] != '#')
            TRY(parse_line(ret, file, number, line, &seen));
    }
    const unsigned needed = (1u << KEYS_NEEDED) - 1;
    ENSURE((seen & needed) == needed, bad(file, number));
    return OK;
}

err conf_load(const char *dir, struct conf *ret)
{
    char path[LIMIT_PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/candour.conf", dir);
    bool there;
    TRY(seam_exists(path, &there));
    ENSURE(there, err_at(err_new(ERR_NOT_FOUND, "There is no data directory of Candour here.",
                                 "Name it with -C DIR or CANDOUR_DIR, or make one with 'candour init'."), dir, 0, 0));
    CLEANUP(buf_free) struct buf b = BUF(CONF_BYTES_MAX);
    TRY(seam_read(path, CONF_BYTES_MAX, &b));
    return conf_parse(path, buf_view(&b), ret);
}

/* --- writing --- */

static void put_line(struct buf *to, const char *key, const char *value)
{
    if (value[0])
        buf_fmt(to, "%s = %s\n", key, value);
}

void conf_put(const struct conf *c, struct buf *to)
{
    buf_str(to, "# Candour, data directory. Written by 'candour init'; only the slots' places may be edited, if they move.\n");
    buf_fmt(to, "format = 1\nmade = %s\npractice = %s\nzone = %s\norganisation = ", c->made ? "yes" : "no", c->practice ? "yes" : "no", c->zone);
    buf_hex(to, view_of(c->org, ORG_BYTES));
    buf_str(to, "\n");
    for (size_t i = 0; i < c->slot_count; i++)
        put_line(to, "slot", c->slots[i]);
    put_line(to, "home", c->home);
    put_line(to, "beside", c->beside);
}

static err one_line(const char *path)
{
    ENSURE(!strchr(path, '\n'), err_new(ERR_INVALID, "The path of a slot can't have a line break in it.", "Choose another place for the slot."));
    return OK;
}

err conf_save(const char *dir, const struct conf *c)
{
    for (size_t i = 0; i < c->slot_count; i++)
        TRY(one_line(c->slots[i]));
    CLEANUP(buf_free) struct buf b = BUF(CONF_BYTES_MAX);
    conf_put(c, &b);
    TRY(buf_ok(&b));
    return seam_replace(dir, "candour.conf", buf_view(&b), 0600);
}
