/* Calls in all directions: tail calls, recursion, through pointers, between sections. */
int outside_function(int);
extern int (*outside_pointer)(int);
int common_number;
static int depth;
__attribute__((noinline)) int odd(unsigned n);
__attribute__((noinline)) int even(unsigned n) { return n == 0 ? 1 : odd(n - 1); }
__attribute__((noinline)) int odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }
int tail(int x) { return outside_function(x + 1); }
int through(int x) { return outside_pointer(x) + common_number; }
__attribute__((cold, noinline)) static int rare(int x) { depth += x; return outside_function(depth); }
int branchy(int x) { if (__builtin_expect(x > 1000, 0)) return rare(x); return even((unsigned)x) + depth; }
typedef int operation(int);
static int twice(int x) { return 2 * x; }
static int square(int x) { return x * x; }
static operation *const operations[] = {twice, square, outside_function};
int apply(unsigned i, int x) { return operations[i % 3](x); }
long long divide(long long a, long long b) { return a / b; }
