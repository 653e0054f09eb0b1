// Mandelbrot set on a square grid, f64: the sum of the iteration counts.
#include "bench.h"

static int64_t escape(double cr, double ci) {
  double zr = 0, zi = 0;
  int64_t n = 0;
  while (n < 200) {
    double rr = zr * zr, ii = zi * zi;
    if (rr + ii > 4) return n;
    zi = 2 * zr * zi + ci;
    zr = rr - ii + cr;
    n++;
  }
  return n;
}

KERNEL int64_t kernel(int64_t size) {
  int64_t total = 0;
  for (int64_t y = 0; y < size; y++) {
    double ci = 2.0 * (double)y / (double)size - 1.0;
    for (int64_t x = 0; x < size; x++) total += escape(2.0 * (double)x / (double)size - 1.5, ci);
  }
  return total;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 600), repeat = argument(argc, argv, 2, 8);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
