// What the C programs share: arguments, the clock, and a barrier that keeps a kernel from being hoisted or folded.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KERNEL __attribute__((noinline, noipa))

static inline int64_t argument(int argc, char **argv, int index, int64_t fallback) {
  return index < argc ? atoll(argv[index]) : fallback;
}

static inline int64_t now_micros(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void report_time(int64_t micros) {
  fflush(stdout);
  fprintf(stderr, "time %lld\n", (long long)micros);
}
