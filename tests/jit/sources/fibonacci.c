// What clang-19 made fixtures/fibonacci.bc of, with -O1 -emit-llvm -c.
static long below(long n) { return n - 1; }
long fib(long n) { return n < 2 ? n : fib(below(n)) + fib(n - 2); }
int twice(int n) { return 2 * n; }
