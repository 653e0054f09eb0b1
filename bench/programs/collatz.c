// The longest Collatz chain below SIZE; values pass 2^31, so i64 is needed.
#include "bench.h"

KERNEL int64_t kernel(int64_t limit) {
  int64_t best = 0, best_start = 0;
  for (int64_t start = 1; start < limit; start++) {
    int64_t n = start, steps = 0;
    while (n != 1) {
      if ((n & 1) == 0) n = n >> 1;
      else n = 3 * n + 1;
      steps++;
    }
    if (steps > best) {
      best = steps;
      best_start = start;
    }
  }
  return best_start * 1000 + best;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 2000000), repeat = argument(argc, argv, 2, 3);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
