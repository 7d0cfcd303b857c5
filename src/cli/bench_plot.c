#include "bench_plot.h"

#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1040, HEIGHT = 760, LEFT = 90, RIGHT = 260, TOP = 80, BOTTOM = 70, LABEL_STEP = 14 };

/* What part of the axes is shown, as powers of ten. */
struct axes {
    double x_from, x_to, y_from, y_to;
};

static const char *const colours[] = {"#1b6ca8", "#c0392b", "#1e8449", "#8e44ad", "#b9770e", "#117a65", "#7b241c", "#2e4053"};

static struct axes axes_of(const struct plot *p)
{
    struct axes a = {HUGE_VAL, -HUGE_VAL, HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; k < p->lines[i].count; k++) {
            a.x_from = fmin(a.x_from, log10(p->lines[i].x[k]));
            a.x_to = fmax(a.x_to, log10(p->lines[i].x[k]));
            a.y_from = fmin(a.y_from, log10(p->lines[i].y[k]));
            a.y_to = fmax(a.y_to, log10(p->lines[i].y[k]));
        }
    }
    a.y_from = floor(a.y_from);
    a.y_to = ceil(a.y_to + 0.01);
    a.x_from = floor(a.x_from);
    a.x_to = fmax(a.x_to, a.x_from + 1);
    return a;
}

static double x_at(const struct axes *a, double x)
{
    return LEFT + (log10(x) - a->x_from) / (a->x_to - a->x_from) * (WIDTH - LEFT - RIGHT);
}

static double y_at(const struct axes *a, double y)
{
    return HEIGHT - BOTTOM - (log10(y) - a->y_from) / (a->y_to - a->y_from) * (HEIGHT - TOP - BOTTOM);
}

static void put_text(struct buf *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '>' || *text == '&')
            buf_fmt(to, "&#%d;", *text);
        else
            buf_u8(to, (uint8_t)*text);
    }
}

/* 10000 as "10,000", 0.1 as it is. */
static void put_number(struct buf *to, double value)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, value < 1 ? "%g" : "%.0f", value);
    if (value < 1) {
        buf_str(to, digits);
        return;
    }
    for (int i = 0; i < len; i++)
        buf_fmt(to, i && (len - i) % 3 == 0 ? ",%c" : "%c", digits[i]);
}

static void put_grid(const struct plot *p, const struct axes *a, struct buf *to)
{
    double right = WIDTH - RIGHT, bottom = HEIGHT - BOTTOM;
    for (double e = a->x_from; e <= a->x_to + 1e-9; e++) {
        double x = x_at(a, pow(10, e));
        buf_fmt(to, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>\n<text x=\"%.1f\" y=\"%.1f\" class=\"middle\">", x, TOP, x, bottom, x,
                bottom + 20);
        put_number(to, pow(10, e));
        buf_str(to, "</text>\n");
    }
    for (double e = a->y_from; e <= a->y_to + 1e-9; e++) {
        double y = y_at(a, pow(10, e));
        buf_fmt(to, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>\n<text x=\"%d\" y=\"%.1f\" class=\"end\">", LEFT, y, right, y, LEFT - 8,
                y + 4);
        put_number(to, pow(10, e));
        buf_str(to, "</text>\n");
    }
    buf_fmt(to, "<text x=\"%.1f\" y=\"%d\" class=\"middle axis\">", (LEFT + right) / 2, HEIGHT - 22);
    put_text(to, p->x_label);
    buf_fmt(to, "</text>\n<text transform=\"translate(24 %.1f) rotate(-90)\" class=\"middle axis\">", (TOP + bottom) / 2);
    put_text(to, p->y_label);
    buf_str(to, "</text>\n");
}

static void put_line(const struct plot_line *line, const struct axes *a, const char *colour, struct buf *to)
{
    buf_fmt(to, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s points=\"", colour, line->dashed ? "1.2" : "1.8",
            line->dashed ? " stroke-dasharray=\"6 4\"" : "");
    for (size_t k = 0; k < line->count; k++)
        buf_fmt(to, "%s%.1f,%.1f", k ? " " : "", x_at(a, line->x[k]), y_at(a, line->y[k]));
    buf_str(to, "\"/>\n");
}

/* Names stand beside the ends of their lines, pushed apart where they would lie over each other. */
struct label {
    size_t line;
    double end, at;
};

static int by_end(const void *x, const void *y)
{
    const struct label *a = x, *b = y;
    return (a->end > b->end) - (a->end < b->end);
}

static err put_labels(const struct plot *p, const struct axes *a, struct buf *to)
{
    CLEANUP(mem_release) struct label *labels = mem_array(p->count + 1, sizeof *labels);
    ENSURE(labels, mem_none());
    for (size_t i = 0; i < p->count; i++)
        labels[i] = (struct label){i, y_at(a, p->lines[i].y[p->lines[i].count - 1]), 0};
    qsort(labels, p->count, sizeof *labels, by_end);
    for (size_t i = 0; i < p->count; i++)
        labels[i].at = i && labels[i].end < labels[i - 1].at + LABEL_STEP ? labels[i - 1].at + LABEL_STEP : labels[i].end;
    double over = p->count ? labels[p->count - 1].at - (HEIGHT - 8) : 0;
    for (size_t i = p->count; over > 0 && i-- > 0;) {
        double most = i + 1 < p->count ? labels[i + 1].at - LABEL_STEP : HEIGHT - 8;
        labels[i].at = fmin(labels[i].at, most);
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct plot_line *line = &p->lines[labels[i].line];
        const char *colour = colours[labels[i].line % (sizeof colours / sizeof colours[0])];
        double x = x_at(a, line->x[line->count - 1]);
        buf_fmt(to, "<path d=\"M%.1f %.1f L%.1f %.1f\" stroke=\"%s\" stroke-width=\"0.6\" fill=\"none\"/>\n<text x=\"%.1f\" y=\"%.1f\" style=\"fill:%s\">", x, labels[i].end,
                x + 26, labels[i].at, colour, x + 30, labels[i].at + 4, colour);
        put_text(to, line->name);
        buf_str(to, "</text>\n");
    }
    return OK;
}

err plot_svg(const struct plot *p, struct buf *to)
{
    struct axes a = axes_of(p);
    buf_fmt(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", WIDTH, HEIGHT, WIDTH, HEIGHT);
    buf_str(to, "<style>text{font:12px sans-serif;fill:#222} .middle{text-anchor:middle} .end{text-anchor:end} .axis{font-size:14px} "
                ".title{font-size:19px} .grid{stroke:#ddd;stroke-width:1}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<title>");
    put_text(to, p->title);
    buf_fmt(to, "</title>\n<text x=\"%d\" y=\"32\" class=\"title\">", LEFT);
    put_text(to, p->title);
    buf_fmt(to, "</text>\n<text x=\"%d\" y=\"54\">", LEFT);
    put_text(to, p->below);
    buf_str(to, "</text>\n");
    put_grid(p, &a, to);
    for (size_t i = 0; i < p->count; i++)
        put_line(&p->lines[i], &a, colours[i % (sizeof colours / sizeof colours[0])], to);
    TRY(put_labels(p, &a, to));
    buf_str(to, "</svg>\n");
    return buf_ok(to);
}
