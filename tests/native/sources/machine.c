// Runs linked code on another machine: maps images at the addresses that they were linked for, calls functions, and
// writes down what came of it. Input and output are little-endian 64-bit words, and bytes as said; ../machine.ts has the other end.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef int (*Enter)(void *entry, void *memory, void *frame);

enum { stop, map, unmap, generated, plain, show, answer };

/* What `enter` returns for a host function that has failed, and why it has. */
enum { host_failure = 256 };
enum { no_failure, index_failure, too_many_objects };

static FILE *out;

static uint64_t get(void) {
  uint64_t word;
  if (fread(&word, 8, 1, stdin) != 1) {
    fputs("the input ends too early\n", stderr);
    exit(2);
  }
  return word;
}

static void put(uint64_t word) {
  fwrite(&word, 8, 1, out);
}

static void *at(uint64_t address) {
  return (void *)(uintptr_t)address;
}

static void map_image(void) {
  uint64_t address = get(), size = get(), access = get(), length = get();
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  void *place = mmap(at(address), size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (place != at(address)) {
    perror("mmap");
    exit(2);
  }
  if (length > size || fread(place, 1, length, stdin) != length) exit(2);
  __builtin___clear_cache((char *)place, (char *)place + size);
  static const int accesses[] = {PROT_READ, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE};
  if (mprotect(place, size, accesses[access]) != 0) {
    perror("mprotect");
    exit(2);
  }
}

/* The program that generated modules run in. */
static uint8_t *memory;
static int32_t *pending;
static int failure;
static int64_t failed_index, failed_length;
static int64_t logged[100000];
static uint64_t log_count;
/* Of the heap: see tests/fuzz/test-heap.ts. */
static uint32_t heap_start, object_size, most_objects, object_count;
static uint32_t stack_start, stack_pointer, reference_field, any_field;

static uint32_t word(uint32_t address) {
  uint32_t value;
  memcpy(&value, memory + address, 4);
  return value;
}

static void fail(int why) {
  failure = why;
  *pending = host_failure;
}

static void mark(uint8_t *marked, uint32_t address) {
  while (address >= heap_start && address < heap_start + object_count * object_size) {
    uint32_t object = (address - heap_start) / object_size;
    if (marked[object]) return;
    marked[object] = 1;
    uint32_t start = heap_start + object * object_size;
    if (word(start + any_field + 4) == 0) mark(marked, word(start + any_field));
    address = word(start + reference_field);
  }
}

static void collect_now(void) {
  uint8_t *marked = calloc(object_count + 1, 1);
  uint32_t end = word(stack_pointer);
  for (uint32_t place = stack_start; place < end; place += 4) mark(marked, word(place));
  for (uint32_t object = 0; object < object_count; object += 1) {
    if (!marked[object]) memset(memory + heap_start + object * object_size, 0xee, object_size);
  }
  free(marked);
}

void host_log(int64_t value) {
  if (log_count < sizeof logged / sizeof *logged) logged[log_count] = value;
  log_count += 1;
}

double host_half(double value) {
  return value / 2;
}

void host_collect(void) {
  collect_now();
}

uint32_t host_touch(uint32_t reference) {
  collect_now();
  return reference;
}

int64_t host_weigh(uint32_t reference) {
  int64_t value;
  memcpy(&value, memory + reference + 24, 8);
  return value ^ 5;
}

uint32_t host_rt_new(uint32_t type, uint32_t size) {
  collect_now();
  if (size != object_size || object_count == most_objects) {
    fail(too_many_objects);
    return 0;
  }
  uint32_t address = heap_start + object_count * object_size;
  object_count += 1;
  memset(memory + address, 0, size);
  memcpy(memory + address, &type, 4);
  return address;
}

void host_rt_index_error(int64_t index, int64_t length) {
  failed_index = index;
  failed_length = length;
  fail(index_failure);
}

static void prepare(uint64_t size) {
  static uint64_t allocated;
  if (size != allocated) {
    free(memory);
    memory = malloc(size);
    allocated = size;
  }
  memset(memory, 0, size);
}

/* Calls `f` of a generated module in fresh memory. */
static void call_generated(void) {
  Enter enter = (Enter)at(get());
  void *entry = at(get());
  pending = at(get());
  uint8_t *trace = at(get());
  prepare(get());
  stack_pointer = get();
  uint64_t stack_limit = get();
  stack_start = get();
  uint32_t data_start = get(), data_size = get(), shown = get();
  heap_start = get();
  object_size = get();
  most_objects = get();
  reference_field = get();
  any_field = get();
  uint64_t frame[32] = {0};
  uint64_t count = get();
  for (uint64_t i = 0; i < count && i < 32; i += 1) frame[i] = get();
  object_count = log_count = failure = 0;
  memcpy(memory + stack_pointer, &stack_start, 4);
  memcpy(memory + stack_limit, &data_start, 4);
  for (uint32_t i = 0; i < data_size; i += 1) memory[data_start + i] = i * 37 + 1;
  int why = enter(entry, memory, frame);
  put(why);
  put(failure);
  put(failed_index);
  put(failed_length);
  for (int i = 0; i < 4; i += 1) put(frame[i]);
  put(log_count);
  uint64_t kept = sizeof logged / sizeof *logged;
  for (uint64_t i = 0; i < log_count && i < kept; i += 1) put(logged[i]);
  int32_t frames;
  memcpy(&frames, trace, 4);
  if (why == 0) frames = 0;
  put(frames);
  for (int32_t i = 0; i < frames; i += 1) {
    uintptr_t address;
    memcpy(&address, trace + 8 + i * sizeof address, sizeof address);
    put(address);
  }
  fwrite(memory + data_start, 1, shown, out);
}

/* Calls a C function with up to six words, each of the size of a pointer. */
static void call_plain(void) {
  typedef uintptr_t (*Function)(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
  Function function = (Function)at(get());
  uintptr_t a[6];
  for (int i = 0; i < 6; i += 1) a[i] = get();
  put(function(a[0], a[1], a[2], a[3], a[4], a[5]));
}

/* Shows bytes of memory. */
static void show_bytes(void) {
  void *from = at(get());
  fwrite(from, 1, get(), out);
}

/* Memory through which a dispatcher and its callers speak. */
enum { most_cells = 8, stack_shown = 256 };
static struct {
  uint8_t *place;
  uint64_t size;
} cells[most_cells];
static uint64_t cell_count, dispatch_count, answer_count;
static uint8_t **stack_cell;
static uint8_t *answered;
static FILE *dispatches;

/* Reads what the dispatcher leaves in its cells, call for call; when the answers end, so does the program. */
static void read_answers(void) {
  stack_cell = at(get());
  cell_count = get();
  if (cell_count > most_cells) exit(2);
  uint64_t size = 0;
  for (uint64_t i = 0; i < cell_count; i += 1) {
    cells[i].place = at(get());
    size += cells[i].size = get();
  }
  answer_count = get();
  answered = malloc(answer_count * size + 1);
  if (fread(answered, size, answer_count, stdin) != answer_count) exit(2);
}

/* The dispatcher of native code: notes the call, with the cells and what is on the stack. */
void host_dispatch(int32_t number, int32_t program) {
  int64_t words[] = {number, program, (int64_t)(uintptr_t)*stack_cell};
  fwrite(words, 8, 3, dispatches);
  fwrite(*stack_cell, 1, stack_shown, dispatches);
  for (uint64_t i = 0; i < cell_count; i += 1) fwrite(cells[i].place, 1, cells[i].size, dispatches);
  if (dispatch_count == answer_count) {
    fclose(dispatches);
    exit(0);
  }
  dispatch_count += 1;
  for (uint64_t i = 0; i < cell_count; i += 1) {
    memcpy(cells[i].place, answered, cells[i].size);
    answered += cells[i].size;
  }
}

/* Functions of the C library, as ../machine.ts lists them. The linker's table of symbols has resolvers for some. */
struct name {
  const char *name;
  const void *address;
};
extern const struct name names[];

/* What generated modules call. */
#define HOST(name) {"host:" #name, (void *)host_##name}
static const struct name hosts[] = {
    HOST(log),    HOST(half),           HOST(collect), HOST(touch), HOST(weigh),
    HOST(rt_new), HOST(rt_index_error), HOST(dispatch), {NULL, NULL},
};

static void print_table(const struct name *row) {
  for (; row->name != NULL; row += 1) {
    printf("%s %llx\n", row->name, (unsigned long long)(uintptr_t)row->address);
  }
}

/* Without arguments: prints the addresses of what may be called. Else reads commands, and writes to the first file, and calls of
   the dispatcher to the second. */
int main(int count, char **arguments) {
  if (count == 1) {
    print_table(hosts);
    print_table(names);
    return 0;
  }
  out = fopen(arguments[1], "wb");
  dispatches = count > 2 ? fopen(arguments[2], "wb") : NULL;
  if (out == NULL || dispatches == NULL) return 2;
  for (;;) {
    switch (get()) {
      case stop: return fclose(out) == 0 && fclose(dispatches) == 0 ? 0 : 2;
      case map: map_image(); break;
      case unmap: {
        void *from = at(get());
        munmap(from, get());
        break;
      }
      case generated: call_generated(); break;
      case plain: call_plain(); break;
      case show: show_bytes(); break;
      case answer: read_answers(); break;
      default: return 2;
    }
  }
}

