/* No headers: the file is compiled for machines whose C library is not there. */
typedef unsigned long size;
double cos(double);
void *memcpy(void *, const void *, size);
size strlen(const char *);
extern int outside_counter;
extern int outside_table[];
int outside_function(int);
int weak_function(int) __attribute__((weak));
extern int weak_variable __attribute__((weak));
__attribute__((weak)) int replaceable(int x) { return x + 1; }
__attribute__((visibility("hidden"))) int hidden_variable = 17;

int counter = 5;
static int local_table[4] = {1, 2, 3, 4};
int zeros[300];
static long local_zeros[10];
const char *names[] = {"alpha", "beta", "gamma", "alphabet"};
int *pointers[] = {&counter, &zeros[7], &local_table[2], &outside_counter};
static const double constants[] = {0.1, 2.5, 1e100};
char bytes[3] = {1, 2, 3};
short shorts[3] = {10, 20, 30};
float floats[4] = {1.5f, 2.5f, 3.5f, 4.5f};

struct wide { long a, b, c, d; } wide_value = {1, 2, 3, 4};

__attribute__((noinline)) static int local_function(int x) { return x * 3 + local_table[x & 3]; }

double waves(double x) { return cos(x) * constants[((int)x) & 1] + counter; }

int choose(int x) {
  switch (x) {
    case 0: return 11;
    case 1: return zeros[3] + 7;
    case 2: return counter;
    case 3: return local_function(2);
    case 4: return outside_function(x) + 3;
    case 5: return (int)strlen(names[2]);
    case 6: return bytes[1] + shorts[2];
    case 7: return replaceable(x);
    case 8: return (int)local_zeros[4];
    default: return -1;
  }
}

int bump(void) { zeros[3]++; hidden_variable += 2; outside_counter++; return ++counter; }
void copy(char *to, const char *from, size n) { memcpy(to, from, n); }
int maybe(int x) { return weak_function ? weak_function(x) : -2; }
int *where(int i) { return i == 0 ? &weak_variable : i == 1 ? &outside_table[i] : pointers[i & 3]; }
float scale(int i) { return floats[i & 3] * 0.3f; }
struct wide both(int i) { struct wide w = wide_value; w.a += i; wide_value.d = w.b; return w; }
int (*callback(int i))(int) { return i ? local_function : outside_function; }
const char *greeting(void) { return "hello from an object"; }
long sum(const int *values, int n) { long s = 0; for (int i = 0; i < n; i++) s += values[i] * outside_table[i & 1]; return s; }
