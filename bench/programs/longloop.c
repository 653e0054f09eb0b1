// One long loop in main: it can only get faster while it runs. A checkpoint is printed every SIZE iterations.
#include "bench.h"

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 10000000), repeat = argument(argc, argv, 2, 12);
  int64_t total = size * repeat, i = 0, x = 1;
  double sum = 0;
  int64_t start = now_micros();
  while (i < total) {
    x = (x * 1103 + 12345) % 65537;
    if (x < 32768) sum += (double)x * 0.5;
    else sum -= 3;
    i++;
    if (i % size == 0) {
      int64_t now = now_micros();
      printf("%lld %.1f\n", (long long)x, sum);
      report_time(now - start);
      start = now_micros();
    }
  }
}
