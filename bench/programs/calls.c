// Small functions that call each other: Takeuchi, Ackermann and a mutually recursive parity.
#include "bench.h"

static int64_t tak(int64_t x, int64_t y, int64_t z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static int64_t ackermann(int64_t m, int64_t n) {
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

static int is_odd(int64_t n);
static int is_even(int64_t n) { return n == 0 ? 1 : is_odd(n - 1); }
static int is_odd(int64_t n) { return n == 0 ? 0 : is_even(n - 1); }

KERNEL int64_t kernel(int64_t size) {
  int64_t sum = 0;
  for (int64_t round = 0; round < size; round++) {
    sum += tak(18 + round % 2, 12, 6) + ackermann(2, 80 + round % 8);
    for (int64_t n = 0; n < 100; n++) {
      if (is_even(n + round)) sum++;
    }
  }
  return sum;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 100), repeat = argument(argc, argv, 2, 10);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
