#include "out.h"

#include "mem.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, PROGRESS_MS = 100 };

err out_start(struct out *o, bool json)
{
    *o = (struct out){.json = json, .text = BUF(OUT_TEXT_BYTES), .bulk = BUF(2 * OUT_BULK_BYTES)};
    o->doc = json_object();
    o->terminal = isatty(STDERR_FILENO) == 1;
    return o->doc ? OK : mem_none();
}

void out_free(struct out *o)
{
    json_decref(o->doc);
    o->doc = NULL;
    buf_free(&o->text);
    buf_free(&o->bulk);
}

void out_set(struct out *o, const char *key, json_t *value)
{
    if (!value || json_object_set_new(o->doc, key, value) != 0)
        o->poor = true;
}

void out_set_text(struct out *o, const char *key, const char *value)
{
    out_set(o, key, json_string(value));
}

void out_set_number(struct out *o, const char *key, uint64_t value)
{
    out_set(o, key, json_integer((json_int_t)value));
}

void out_put(struct out *o, struct view text)
{
    if (!o->json)
        buf_put(&o->text, text);
}

void out_say(struct out *o, const char *format, ...)
{
    if (o->json)
        return;
    char line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len > 0)
        buf_bytes(&o->text, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

struct out_digits out_digits(uint64_t n)
{
    struct out_digits ret;
    char plain[24];
    int len = snprintf(plain, sizeof plain, "%llu", (unsigned long long)n);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            ret.text[at++] = ',';
        ret.text[at++] = plain[i];
    }
    ret.text[at] = 0;
    return ret;
}

/* --- to standard output --- */

static err write_all(struct view bytes)
{
    while (bytes.len) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            return OK; /* whoever read it has seen enough */
        if (n < 0)
            return err_at(err_system("write the result"), "standard output", 0, 0);
        bytes = view_of(bytes.p + n, bytes.len - (size_t)n);
    }
    return OK;
}

static err flush(struct out *o)
{
    err e = write_all(buf_view(&o->bulk));
    buf_clear(&o->bulk);
    return e;
}

err out_bulk(struct out *o, struct view bytes)
{
    o->raw = true;
    if (o->bulk.len + bytes.len > OUT_BULK_BYTES)
        TRY(flush(o));
    if (bytes.len > OUT_BULK_BYTES)
        return write_all(bytes);
    buf_put(&o->bulk, bytes);
    return buf_ok(&o->bulk);
}

static int dump_piece(const char *bytes, size_t len, void *ctx)
{
    return out_bulk(ctx, view_of(bytes, len)).kind == ERR_OK ? 0 : -1;
}

static err print_document(struct out *o)
{
    err_clear();
    if (json_dump_callback(o->doc, dump_piece, o, JSON_INDENT(2)) != 0 || dump_piece("\n", 1, o) != 0)
        return err_text()->what[0] ? (err){ERR_IO} : mem_none();
    return flush(o);
}

/* --- to standard error --- */

void out_note(struct out *o, const char *format, ...)
{
    out_progress_end(o);
    char line[LINE_MAX_BYTES];
    CLEANUP(buf_free) struct buf shown = BUF(8 * LINE_MAX_BYTES);
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_visible(&shown, view_text(line));
    fputs(buf_text(&shown), stderr);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1;
}

void out_progress(struct out *o, const char *what, uint64_t done, uint64_t total)
{
    int64_t now = o->terminal ? now_ms() : 0;
    if (!o->terminal || (o->shown_ms && now - o->shown_ms < PROGRESS_MS))
        return;
    o->shown_ms = now;
    if (total)
        fprintf(stderr, "\r\033[K%s: %s of %s (%llu %%)", what, OUT_N(done), OUT_N(total),
                (unsigned long long)(done >= total ? 100 : done * 100 / total));
    else
        fprintf(stderr, "\r\033[K%s: %s", what, OUT_N(done));
}

void out_progress_end(struct out *o)
{
    if (o->shown_ms)
        fputs("\r\033[K", stderr);
    o->shown_ms = 0;
}

static void print_error(void)
{
    const struct err_text *t = err_text();
    fprintf(stderr, "candour: %s%s%s\n", t->where, t->where[0] ? ": " : "", t->what[0] ? t->what : "Something failed.");
    if (t->todo[0])
        fprintf(stderr, "         %s\n", t->todo);
}

static void set_error(struct out *o)
{
    const struct err_text *t = err_text();
    out_set(o, "error", json_pack("{s:s, s:s, s:s}", "what", t->what[0] ? t->what : "Something failed.", "where", t->where, "do",
                                  t->todo));
}

static err print(struct out *o)
{
    ENSURE(!o->poor, mem_none());
    if (o->json && !o->raw)
        return print_document(o);
    TRY(flush(o));
    TRY(buf_ok(&o->text));
    CLEANUP(buf_free) struct buf shown = BUF(8 * (size_t)OUT_TEXT_BYTES);
    text_visible(&shown, buf_view(&o->text));
    (void)buf_text(&shown);
    TRY(buf_ok(&shown));
    if (!o->raw)
        return write_all(buf_view(&shown));
    fputs(buf_text(&shown), stderr);
    return OK;
}

int out_finish(struct out *o, err e)
{
    out_progress_end(o);
    if (mem_ran_short()) { /* the same command, run again, says the same of what it did */
        err_ignore(e, "what it says may come of the lack of memory");
        e = mem_none();
        buf_clear(&o->text);
    }
    if (e.kind != ERR_OK) {
        print_error();
        if (o->json)
            set_error(o);
        err_ignore(print(o), "the first failure is the one to report");
        return err_policy(e.kind)->exit;
    }
    err printed = print(o);
    if (printed.kind == ERR_OK)
        return 0;
    print_error();
    return err_policy(printed.kind)->exit;
}
