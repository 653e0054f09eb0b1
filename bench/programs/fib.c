// Doubly recursive Fibonacci: the cost of a call.
#include "bench.h"

static int64_t fib(int64_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

KERNEL int64_t kernel(int64_t n) { return fib(n); }

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 38), repeat = argument(argc, argv, 2, 6);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
