/* A plot as SVG: lines over two logarithmic axes, each named at its right end.  Made by hand, so that it can be read without any program
 * but a browser, and is the same for the same numbers.
 */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "buf.h"

enum { PLOT_POINTS_MAX = 16 };

struct plot_line {
    const char *name;
    bool dashed; /* a guide, or what is told apart from the others */
    size_t count;
    double x[PLOT_POINTS_MAX], y[PLOT_POINTS_MAX]; /* above 0 */
};

struct plot {
    const char *title, *below, *x_label, *y_label; /* below: a line under the title */
    const struct plot_line *lines;
    size_t count;
};

err plot_svg(const struct plot *p, struct buf *to);

#endif
