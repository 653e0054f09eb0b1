// Float series: Leibniz for pi, Basel for pi^2/6, and the alternating harmonic series for ln 2.
#include "bench.h"

static double leibniz(int64_t terms) {
  double sum = 0, sign = 1;
  for (int64_t k = 0; k < terms; k++) {
    sum += sign / (2.0 * (double)k + 1.0);
    sign = -sign;
  }
  return 4 * sum;
}

static double basel(int64_t terms) {
  double sum = 0;
  for (int64_t k = 1; k <= terms; k++) {
    double x = (double)k;
    sum += 1.0 / (x * x);
  }
  return sum;
}

static double alternating(int64_t terms) {
  double sum = 0;
  for (int64_t k = 1; k <= terms; k++) {
    if (k % 2 == 0) sum -= 1.0 / (double)k;
    else sum += 1.0 / (double)k;
  }
  return sum;
}

KERNEL double kernel(int64_t size) { return leibniz(size) + basel(size) + alternating(size); }

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 5000000), repeat = argument(argc, argv, 2, 24);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    double answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%.12f\n", answer);
    report_time(elapsed);
  }
}
