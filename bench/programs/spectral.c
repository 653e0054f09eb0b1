// The spectral norm of an infinite matrix. The answer is in billionths.
#include "bench.h"
#include <math.h>

static double entry(int64_t i, int64_t j) {
  return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(int64_t n, const double *v, double *out) {
  for (int64_t i = 0; i < n; i++) {
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += entry(i, j) * v[j];
    out[i] = sum;
  }
}

static void times_transposed(int64_t n, const double *v, double *out) {
  for (int64_t i = 0; i < n; i++) {
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += entry(j, i) * v[j];
    out[i] = sum;
  }
}

static double *filled(int64_t n, double value) {
  double *out = malloc((size_t)n * sizeof(double));
  for (int64_t i = 0; i < n; i++) out[i] = value;
  return out;
}

KERNEL int64_t kernel(int64_t n) {
  double *u = filled(n, 1), *v = filled(n, 0), *t = filled(n, 0);
  for (int round = 0; round < 10; round++) {
    times(n, u, t);
    times_transposed(n, t, v);
    times(n, v, t);
    times_transposed(n, t, u);
  }
  double vbv = 0, vv = 0;
  for (int64_t i = 0; i < n; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  free(u);
  free(v);
  free(t);
  return (int64_t)(sqrt(vbv / vv) * 1000000000.0);
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 500), repeat = argument(argc, argv, 2, 10);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
