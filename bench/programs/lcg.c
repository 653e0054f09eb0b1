// Nested integer loops over a 32-bit generator that wraps around.
#include "bench.h"

KERNEL uint32_t kernel(int64_t rows) {
  uint32_t state = 12345, sum = 0;
  for (int64_t row = 0; row < rows; row++) {
    uint32_t line = 0;
    for (int64_t column = 0; column < 1000; column++) {
      state = state * 1664525u + 1013904223u;
      line = line + (state >> 16);
    }
    sum = (sum ^ line) * 31u;
  }
  return sum;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 30000), repeat = argument(argc, argv, 2, 16);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    uint32_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%u\n", answer);
    report_time(elapsed);
  }
}
