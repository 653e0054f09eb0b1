// Functions that call others by their addresses: arguments in registers and on the stack, results of all types, and what is not
// done any more when a function that is called has failed.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef double Mixed(int8_t, float, int16_t, double, int32_t, float, int64_t, double, bool, float, void *, double,
                     int8_t, float, int16_t, double, int32_t, float, int64_t, double, bool, void *);

/* Ten of each more than the registers hold; small integers are negative, and what is above them is not zero. */
int64_t mixed(Mixed *f, int64_t n) {
  return 8 * f((int8_t)n, 0.5f, (int16_t)(n << 8), -1.25, (int32_t)(n << 24), 2.5f, n << 56, 1e300, true, 3.5f, &f + n * 0, 4.5,
               (int8_t)(n - 1), 5.5f, (int16_t)(n - 2), 6.5, (int32_t)(n - 3), 7.5f, n - 4, 8.5, false, NULL);
}

int64_t give_i8(int8_t f(int64_t), int64_t n) { return f(n); }
int64_t give_i16(int16_t f(int64_t), int64_t n) { return f(n); }
int64_t give_i32(int32_t f(int64_t), int64_t n) { return f(n); }
int64_t give_u32(uint32_t f(int64_t), int64_t n) { return f(n); }
int64_t give_i64(int64_t f(int64_t), int64_t n) { return f(n); }
int64_t give_bool(bool f(int64_t), int64_t n) { return f(n) ? 10 : 20; }
int64_t give_f32(float f(int64_t), int64_t n) { return f(n) * 4; }
int64_t give_f64(double f(int64_t), int64_t n) { return f(n) * 4; }

typedef int32_t Order(double, double);
static Order *order;

static int compare(const void *a, const void *b) {
  return order(*(const double *)a, *(const double *)b);
}

double items[6] = {3, -1, 4, 1.5, -5, 9};

/* A function of the C library is between both. */
int64_t sort(Order *f) {
  order = f;
  qsort(items, 6, sizeof *items, compare);
  return 6;
}

int64_t steps;

int64_t count_steps(void) { return steps; }

/* The sum of f(1) to f(n). */
int64_t add_up(int64_t f(int64_t), int64_t n) {
  int64_t sum = 0;
  for (int64_t i = 1; i <= n; i += 1) {
    sum += f(i);
    steps += 1;
  }
  return sum;
}
