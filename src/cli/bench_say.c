/* Figures beside their limits, and the machine that they are of. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { CPU_BYTES = 4096 };

static const struct filesystem {
    unsigned long magic;
    const char *name;
} filesystems[] = {
    {0xef53, "ext4"}, {0x58465342, "xfs"}, {0x9123683e, "btrfs"}, {0x01021994, "tmpfs"}, {0x794c7630, "overlay"}, {0x6969, "nfs"}, {0x2fc12fc1, "zfs"},
};

static const char *filesystem_name(const char *path)
{
    struct statfs s;
    if (statfs(path, &s) != 0)
        return "unknown";
    for (size_t i = 0; i < sizeof filesystems / sizeof filesystems[0]; i++)
        if (filesystems[i].magic == (unsigned long)s.f_type)
            return filesystems[i].name;
    return "another";
}

/* Model of the processor; "" where the system does not say. */
static void processor(char *to, size_t size)
{
    char text[CPU_BYTES];
    to[0] = 0;
    FILE *f = fopen("/proc/cpuinfo", "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = 0;
    const char *at = strstr(text, "model name");
    at = at ? strchr(at, ':') : NULL;
    if (at)
        snprintf(to, size, "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
}

static json_t *machine(const struct bench *b)
{
    struct utsname u = {0};
    char cpu[128];
    double load[1] = {0};
    processor(cpu, sizeof cpu);
    bool known = uname(&u) == 0;
    if (getloadavg(load, 1) != 1)
        load[0] = 0;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGE_SIZE);
#ifdef __OPTIMIZE__
    bool optimised = true;
#else
    bool optimised = false;
#endif
    return json_pack("{s:I, s:s, s:I, s:s, s:s, s:f, s:b}", "cores", (json_int_t)cores, "processor", cpu, "memory_bytes", (json_int_t)memory, "kernel",
                     known ? u.release : "", "filesystem", filesystem_name(b->root), "load_average", load[0], "optimised_build", optimised);
}

/* 12345.6 as "12,346", 3.14159 as "3.14". */
static const char *number_text(struct cli *c, double value)
{
    if (value >= 1000)
        return cli_text(c, "%s", OUT_N(value + 0.5));
    return cli_text(c, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
}

static const char *aim_text(struct cli *c, const struct bench_figure *f)
{
    return cli_text(c, "%s %s", f->least > 0 ? "at least" : "at most", number_text(c, f->least > 0 ? f->least : f->most));
}

void bench_figure(struct bench *b, const struct bench_figure *f)
{
    struct cli *c = b->c;
    bool aims = f->least > 0 || f->most > 0;
    bool met = f->least > 0 ? f->value >= f->least : f->value <= f->most;
    struct jsonio j = jsonio_object();
    jsonio_put_text(&j, "name", f->name);
    jsonio_put_text(&j, "unit", f->unit);
    jsonio_put(&j, "value", json_real(f->value));
    if (f->limit_name)
        jsonio_put(&j, "limit", json_pack("{s:s, s:f}", "name", f->limit_name, "value", f->limit));
    if (aims) {
        jsonio_put_text(&j, "aim", aim_text(c, f));
        jsonio_put_bool(&j, "met", met);
    }
    json_t *whole = jsonio_take(&j);
    jsonio_drop(&j);
    if (!whole || json_array_append_new(b->figures, whole) != 0)
        c->out.poor = true;
    out_say(&c->out, "%s: %s %s", f->name, number_text(c, f->value), f->unit);
    if (f->limit_name)
        out_say(&c->out, " (%s: %s)", f->limit_name, number_text(c, f->limit));
    if (aims)
        out_say(&c->out, "; aim: %s, %s", aim_text(c, f), met ? "met" : "MISSED");
    out_say(&c->out, "\n");
}

void bench_say(struct bench *b)
{
    out_progress_end(&b->c->out);
    json_t *m = machine(b);
    if (m)
        out_say(&b->c->out, "On %lld cores (%s), kernel %s, %s, load %.1f.\n", (long long)json_integer_value(json_object_get(m, "cores")),
                json_string_value(json_object_get(m, "processor")), json_string_value(json_object_get(m, "kernel")),
                json_string_value(json_object_get(m, "filesystem")), json_real_value(json_object_get(m, "load_average")));
    out_set(&b->c->out, "machine", m);
    out_set(&b->c->out, "figures", json_incref(b->figures));
}
