// C that calls a program in Simple: functions that are given to it, and one that it knows by name.
#include <stdint.h>
#include <stdlib.h>

// The midpoint rule.
double integrate(double (*f)(double), double from, double to, int64_t steps) {
  double width = (to - from) / (double)steps, sum = 0;
  for (int64_t i = 0; i < steps; i++) sum += f(from + ((double)i + 0.5) * width);
  return sum * width;
}

// Bisection; f changes its sign between the two.
double root(double (*f)(double), double low, double high) {
  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;
    if ((f(low) < 0) == (f(middle) < 0)) low = middle;
    else high = middle;
  }
  return low;
}

static int64_t (*compare)(double, double);

static int order(const void *a, const void *b) {
  return (int)compare(*(const double *)a, *(const double *)b);
}

// Sorts the program's array where it is.
void sort_by(double *items, int64_t count, int64_t (*by)(double, double)) {
  compare = by;
  qsort(items, (size_t)count, sizeof *items, order);
}

// Defined by the program.
extern double term(int64_t n);

double series(int64_t count) {
  double sum = 0;
  for (int64_t n = 0; n < count; n++) sum += term(n);
  return sum;
}
