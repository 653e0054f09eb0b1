// The sieve of Eratosthenes over an array of bytes.
#include "bench.h"

KERNEL int64_t kernel(int64_t limit) {
  uint8_t *composite = calloc((size_t)limit + 1, 1);
  int64_t count = 0;
  for (int64_t i = 2; i <= limit; i++) {
    if (composite[i]) continue;
    count++;
    for (int64_t j = i * i; j <= limit; j += i) composite[j] = 1;
  }
  free(composite);
  return count;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 5000000), repeat = argument(argc, argv, 2, 10);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
