// A product of square matrices of f32, rows one after the other in one array.
#include "bench.h"

static float *matrix(int64_t n, int64_t seed) {
  float *out = malloc((size_t)(n * n) * sizeof(float));
  int64_t state = seed;
  for (int64_t i = 0; i < n * n; i++) {
    state = (state * 1103 + 12345) % 65537;
    out[i] = (float)(state % 17);
  }
  return out;
}

static void multiply(const float *a, const float *b, float *c, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < n; j++) c[i * n + j] = 0;
    for (int64_t k = 0; k < n; k++) {
      float x = a[i * n + k];
      for (int64_t j = 0; j < n; j++) c[i * n + j] = c[i * n + j] + x * b[k * n + j];
    }
  }
}

KERNEL int64_t kernel(int64_t n) {
  float *a = matrix(n, 1), *b = matrix(n, 2), *c = matrix(n, 3);
  multiply(a, b, c, n);
  int64_t sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (int64_t)c[i * n + (i * 7) % n];
  free(a);
  free(b);
  free(c);
  return sum;
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 512), repeat = argument(argc, argv, 2, 4);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
