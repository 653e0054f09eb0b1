// Primes by trial division, then a sum of greatest common divisors: division-bound integer loops.
#include "bench.h"

static int is_prime(int64_t n) {
  if (n < 2) return 0;
  if (n % 2 == 0) return n == 2;
  for (int64_t d = 3; d * d <= n; d += 2) {
    if (n % d == 0) return 0;
  }
  return 1;
}

static int64_t gcd(int64_t a, int64_t b) {
  int64_t x = a, y = b;
  while (y != 0) {
    int64_t r = x % y;
    x = y;
    y = r;
  }
  return x;
}

KERNEL int64_t kernel(int64_t size) {
  int64_t primes = 0;
  for (int64_t n = 0; n < size; n++) {
    if (is_prime(n)) primes++;
  }
  int64_t sum = 0;
  for (int64_t n = 1; n < size; n++) sum += gcd(size * 3, n) + gcd(n * 7, size + n);
  return primes * 100000000 + sum;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 300000), repeat = argument(argc, argv, 2, 14);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
